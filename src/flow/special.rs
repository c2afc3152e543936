//! Is money of a special account used for something else? Wages, prepaid money, presold homes.
//!
//! The law: 保障农民工工资支付条例 (国务院令 724), art. 26–33: the wage account pays wages and nothing
//! else; 城市商品房预售管理办法, art. 11, and the rules on prepaid money keep the others for their
//! purpose. The programme of a transfer tells the account. Must not know: instances.

use super::FlowKind;
use super::accounts::Owner;
use super::config::{Purpose, SpecialDrain as Config};
use super::docket::{Case, Found};
use super::purpose::{COURT, LEVY, REFUND, SPECIAL, WAGE};
use super::sight::{DAY, Line, Sight, parties, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::event::Programme;
use rustc_hash::FxHashMap;

/// What a payment of a special account is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// What the money is for, or nothing that tells otherwise.
    Fit,
    /// To one that it is not for, with a purpose that explains it: tax, a refund, a court's order.
    Explained,
    /// To one that it is not for.
    Misfit,
    /// To a related enterprise or a holder.
    Related,
}

/// Every run of payments for which the account's money was not meant.
pub(super) fn special_drain(sight: Sight<'_>, account: AccountNo, from: i64) -> Found {
    let mut found = Found::default();
    let Some(config) = &sight.config.special_drain else { return found };
    let (ins, outs) =
        (sight.window.ins(account, from, i64::MAX), sight.window.outs(account, from, i64::MAX));
    // The tag spares a look at every event of a large account that a few such payments reach.
    let programme = |e: &Entry| {
        let special = e.tags() & SPECIAL != 0;
        special.then(|| sight.transfer(*e)).flatten().and_then(|t| t.programme)
    };
    let tagged: Vec<Programme> = ins.iter().chain(outs).filter_map(programme).collect();
    found.stays = !tagged.is_empty();
    for kind in [Programme::Wage, Programme::Prepaid, Programme::Presale] {
        let count = tagged.iter().filter(|p| **p == kind).count();
        let enough = count as f64 >= config.tagged * (ins.len() + outs.len()) as f64;
        let fed: Vec<Entry> = ins.iter().filter(|e| programme(e) == Some(kind)).copied().collect();
        if count < config.seen.max(1) || !enough || fed.is_empty() {
            continue;
        }
        found.read.extend(outs.iter().map(|e| e.other));
        let rule = rule(config, kind);
        let uses: Vec<(Entry, Use)> =
            outs.iter().map(|e| (*e, use_of(sight, account, kind, rule, *e))).collect();
        let taken = |(_, what): &&(Entry, Use)| matches!(what, Use::Misfit | Use::Related);
        let taken: Vec<(Entry, Use)> = uses.iter().filter(taken).copied().collect();
        let gap = config.gap_days * DAY;
        let account = Account { number: account, kind, rule, fed: &fed, ins, uses: &uses };
        let mut before = i64::MIN;
        for run in taken.chunk_by(|a, b| b.0.at - a.0.at <= gap) {
            found.cases.extend(judge(config, &account, run, before));
            before = run.last().map_or(before, |(e, _)| e.at);
        }
    }
    found
}

const fn rule(config: &Config, kind: Programme) -> &Purpose {
    match kind {
        Programme::Wage => &config.wage,
        Programme::Prepaid => &config.prepaid,
        Programme::Presale => &config.presale,
    }
}

fn use_of(
    sight: Sight<'_>,
    account: AccountNo,
    kind: Programme,
    rule: &Purpose,
    paid: Entry,
) -> Use {
    let (payer, payee) = (sight.accounts.owner(account), sight.accounts.owner(paid.other));
    let own = payer.is_some() && payer == payee;
    let related = match payee {
        Some(Owner::Firm(_)) if own => rule.own,
        Some(Owner::Firm(_)) => sight.related(account, paid.other),
        Some(Owner::Person(_)) => rule.insiders && is_insider(sight, account, payee),
        _ => false,
    };
    let firm = matches!(payee, Some(Owner::Firm(_) | Owner::Trader(_)));
    if !related && (own || !rule.firms || !firm) {
        return Use::Fit;
    }
    let agency = if kind == Programme::Wage && !related { WAGE } else { 0 };
    if sight.said(paid) & (LEVY | REFUND | COURT | agency) != 0 {
        return Use::Explained;
    }
    if related { Use::Related } else { Use::Misfit }
}

/// Whether a person represents the holder of an account, or holds shares in it.
fn is_insider(sight: Sight<'_>, account: AccountNo, person: Option<Owner>) -> bool {
    let Some(Owner::Person(person)) = person else { return false };
    sight.accounts.firm(account).is_some_and(|firm| sight.heads(firm).contains(&person))
}

/// A special account.
struct Account<'a> {
    number: AccountNo,
    kind: Programme,
    rule: &'a Purpose,
    /// What came in under the programme.
    fed: &'a [Entry],
    ins: &'a [Entry],
    uses: &'a [(Entry, Use)],
}

/// The case of a run of payments. `before`: the last payment of the run before. Money that came in
/// up to then is compared, but is no part of this case too: two cases share no transfer.
fn judge(
    config: &Config,
    account: &Account<'_>,
    run: &[(Entry, Use)],
    before: i64,
) -> Option<Case> {
    let taken: Vec<Entry> = run.iter().map(|(e, _)| *e).collect();
    let (first, last) = (taken.first()?.at, taken.last()?.at);
    let since = first - config.window_days * DAY;
    let within = |e: &&Entry| since <= e.at && e.at <= last;
    let fed: Vec<Entry> = account.fed.iter().filter(within).copied().collect();
    let share = sum(&taken) as f64 / sum(&fed).max(1) as f64;
    let rule = account.rule;
    if fed.is_empty() || share < rule.share || sum(&taken) < rule.total_yuan * 100 {
        return None;
    }
    let (zh, en) = words(account.kind);
    let zh = format!("{zh}转出{}笔共{}元，不属其用途", taken.len(), yuan(sum(&taken)));
    let en = format!(
        "{} payments of {} yuan left {en} for what it is not for",
        taken.len(),
        yuan(sum(&taken))
    );
    let mut lines = vec![Line::new(config.base, &taken, zh, en)];
    let zh =
        format!("占此前{}日专户转入{}元的{:.0}%", config.window_days, yuan(sum(&fed)), {
            share * 100.0
        });
    let en = format!(
        "that is {:.0} % of the {} yuan that came in within {} days before",
        share * 100.0,
        yuan(sum(&fed)),
        config.window_days
    );
    lines.push(Line::new(config.whole * share.min(1.0), &fed, zh, en));
    lines.push(payees(config, run, &taken));
    against(config, account, &taken, (since, last), &mut lines);
    let legs = fed.iter().filter(|e| e.at > before).chain(&taken).copied().collect();
    Some(Case { kind: FlowKind::SpecialDrain, centre: account.number, legs, lines, facts: vec![] })
}

const fn words(kind: Programme) -> (&'static str, &'static str) {
    match kind {
        Programme::Wage => ("农民工工资专户", "a wage account"),
        Programme::Prepaid => ("预付资金专户", "an account of prepaid money"),
        Programme::Presale => ("商品房预售专户", "an account of presold homes"),
    }
}

fn payees(config: &Config, run: &[(Entry, Use)], taken: &[Entry]) -> Line {
    let related = run.iter().filter(|(_, what)| *what == Use::Related);
    let related: Vec<Entry> = related.map(|(e, _)| *e).collect();
    if related.is_empty() {
        let zh = format!("收款方为{}个企业账户，并非工资领取人", parties(taken));
        let en = format!("paid to {} accounts of enterprises, who earn no wages", parties(taken));
        return Line::new(0.0, taken, zh, en);
    }
    let zh = format!("其中{}元转给同名账户、关联企业或股东", yuan(sum(&related)));
    let en = format!(
        "{} yuan of it went to the same name, related enterprises or holders",
        yuan(sum(&related))
    );
    Line::new(config.related, &related, zh, en)
}

/// Payments whose purpose explains them, and money that came back.
fn against(
    config: &Config,
    account: &Account<'_>,
    taken: &[Entry],
    (since, last): (i64, i64),
    lines: &mut Vec<Line>,
) {
    let fits = |(e, what): &&(Entry, Use)| *what == Use::Explained && since <= e.at && e.at <= last;
    let explained: Vec<Entry> = account.uses.iter().filter(fits).map(|(e, _)| *e).collect();
    if !explained.is_empty() {
        let part = sum(&explained) as f64 / (sum(&explained) + sum(taken)) as f64;
        let zh = format!("另有{}元为税费、退款或依法院扣划", yuan(sum(&explained)));
        let en = format!("{} yuan more for taxes, refunds or by a court", yuan(sum(&explained)));
        lines.push(Line::new(config.explained * part, &explained, zh, en));
    }
    let until = last + config.returned_days * DAY;
    let mut paid: FxHashMap<AccountNo, i64> = FxHashMap::default();
    for entry in taken {
        paid.entry(entry.other).or_insert(entry.at);
    }
    // Who feeds the account goes on doing so: that is no return.
    paid.retain(|payee, at| !account.fed.iter().any(|e| e.other == *payee && e.at < *at));
    let comes_back = |e: &&Entry| e.at <= until && paid.get(&e.other).is_some_and(|at| *at < e.at);
    let back: Vec<Entry> = account.ins.iter().filter(comes_back).copied().collect();
    if !back.is_empty() {
        let part = (sum(&back) as f64 / sum(taken).max(1) as f64).min(1.0);
        let zh = format!("收款方已退回{}元", yuan(sum(&back)));
        let en = format!("{} yuan came back from those paid", yuan(sum(&back)));
        lines.push(Line::new(config.returned * part, &back, zh, en));
    }
}
