//! Is money led away after an adverse event? To related enterprises, beyond what was usual.
//!
//! The law: 公司法 art. 23 (a holder who uses several companies to evade debts), 总局令 95 art. 20
//! (assets moved to evade penalties). Related: the same controller, one holding the other, the same
//! representative or holder, or a young firm that shares a person, room, phone or mailbox. Must not
//! know: instances.

use super::FlowKind;
use super::config::AssetShift as Config;
use super::docket::{Case, Found};
use super::purpose::{COURT, LEVY, POOL, REFUND, TRADE, WAGE};
use super::sight::{DAY, Line, Sight, sum, yuan};
use super::story::sorted;
use super::window::{AccountNo, Entry};
use crate::graph::{AssetMove, LinkKind, Owner, Profile, Trouble};
use crate::id::{EntityId, EventId};
use crate::text::{Evidence, Text};
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};

/// Purposes that are no leading away.
const EXEMPT: u16 = WAGE | REFUND | LEVY;

/// How an enterprise is related to the payer. The later, the more telling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    Person,
    Control,
    Successor,
}

/// Adverse events without a long pause, and the money around them.
struct Affair<'a> {
    troubles: Vec<&'a Trouble>,
    /// The first event, and the day after the last on which money counts.
    span: (Day, Day),
    before: Vec<Entry>,
    after: Vec<Entry>,
    ties: BTreeMap<EntityId, Tie>,
}

/// Every affair after which the firm's money went to related enterprises.
pub(super) fn asset_shift(sight: Sight<'_>, firm: EntityId, from: i64) -> Found {
    let mut found = Found::default();
    let Some(config) = &sight.config.asset_shift else { return found };
    let Some(accounts) = sight.firms.get(&firm).map(|firm| &firm.accounts) else { return found };
    let troubles = sight.graph.troubles(firm).iter();
    let mut troubles: Vec<&Trouble> =
        troubles.filter(|t| t.counts() && config.triggers.contains(&t.kind)).collect();
    troubles.sort_by(|a, b| (a.on, &a.event).cmp(&(b.on, &b.event)));
    for group in troubles.chunk_by(|a, b| b.on.since(a.on) <= config.days) {
        let Some((first, last)) = group.first().zip(group.last()) else { continue };
        let span = (first.on, last.on.plus(config.days + 1));
        let start = first.on.start().0;
        let since = (start - i64::from(config.base_days) * DAY).max(from);
        let before = paid(sight, firm, accounts, (since, start));
        let after = paid(sight, firm, accounts, (start.max(from), span.1.start().0));
        found.read.extend(before.iter().chain(&after).map(|e| e.other));
        let payees = after.iter().filter_map(|e| sight.accounts.firm(e.other));
        let payees: BTreeSet<EntityId> = payees.collect();
        let tied = payees.into_iter().filter_map(|b| Some((b, tie(sight, config, firm, b, span)?)));
        let ties: BTreeMap<EntityId, Tie> = tied.collect();
        let affair = Affair { troubles: group.to_vec(), span, before, after, ties };
        found.cases.extend(judge(sight, config, firm, &affair));
    }
    found
}

/// What a firm paid to others, wages, taxes and refunds left out, in order of time.
fn paid(
    sight: Sight<'_>,
    firm: EntityId,
    accounts: &BTreeSet<AccountNo>,
    (from, to): (i64, i64),
) -> Vec<Entry> {
    let counts = |e: &&Entry| e.tags() & EXEMPT == 0 && sight.accounts.firm(e.other) != Some(firm);
    let all = accounts.iter().flat_map(|account| sight.window.outs(*account, from, to));
    let mut all: Vec<Entry> = all.filter(counts).copied().collect();
    all.sort_by(|a, b| (a.at, sight.window.key(a.row)).cmp(&(b.at, sight.window.key(b.row))));
    all
}

fn tie(
    sight: Sight<'_>,
    config: &Config,
    a: EntityId,
    b: EntityId,
    span: (Day, Day),
) -> Option<Tie> {
    let graph = sight.graph;
    let (mine, theirs) = (graph.profile(a)?, graph.profile(b)?);
    let founded = theirs.established_on;
    let young = founded.is_some_and(|on| span.0.plus(-config.founded_days) <= on && on < span.1);
    if young && shares_a_value(sight, a, b) {
        return Some(Tie::Successor);
    }
    let holds = |owned: &Profile, owner: EntityId| {
        let stakes = owned.holders.current();
        stakes.is_some_and(|s| s.iter().any(|s| s.owner == Some(Owner::Enterprise(owner))))
    };
    if sight.same_control(a, b) || holds(mine, b) || holds(theirs, a) {
        return Some(Tie::Control);
    }
    (!sight.heads(a).is_disjoint(&sight.heads(b))).then_some(Tie::Person)
}

/// Whether two firms share a person, room, phone or mailbox that is not everybody's.
fn shares_a_value(sight: Sight<'_>, a: EntityId, b: EntityId) -> bool {
    let telling = |kind| {
        let kinds = [LinkKind::Person, LinkKind::AddressUnit, LinkKind::Phone, LinkKind::Email];
        kinds.contains(&kind)
    };
    sight.graph.related(b, telling).any(|related| related.other == a)
}

fn judge(sight: Sight<'_>, config: &Config, firm: EntityId, affair: &Affair<'_>) -> Option<Case> {
    let moved = related(sight, affair, &affair.after);
    let usual = related(sight, affair, &affair.before);
    let (sum_moved, sum_usual) = (sum(&moved), sum(&usual));
    let share = sum_moved as f64 / sum(&affair.after).max(1) as f64;
    let was = sum_usual as f64 / sum(&affair.before).max(1) as f64;
    let days = f64::from(affair.span.1.since(affair.span.0));
    let expected = sum_usual as f64 * days / f64::from(config.base_days.max(1));
    if sum_moved < config.total_yuan * 100
        || share < config.share
        || share - was < config.rise
        || (sum_moved as f64) < config.times * expected
    {
        return None;
    }
    let centre = sight.window.ends(moved.first()?.row)?.0;
    let zh = format!(
        "不利事件发生后{}日内向{}户关联企业转出{}笔共{}元",
        config.days,
        affair.ties.len(),
        moved.len(),
        yuan(sum_moved)
    );
    let en = format!(
        "{} yuan went to {} related enterprises in {} payments within {} days of an adverse event",
        yuan(sum_moved),
        affair.ties.len(),
        moved.len(),
        config.days
    );
    let mut lines = vec![Line::new(config.base, &moved, zh, en)];
    let over = (share - config.share) / (1.0 - config.share).max(0.01);
    let both: Vec<Entry> = usual.iter().chain(&moved).copied().collect();
    let zh = format!(
        "占同期对外支付的{:.0}%；此前{}日为{:.0}%（{}元）",
        share * 100.0,
        config.base_days,
        was * 100.0,
        yuan(sum_usual)
    );
    let en = format!(
        "that is {:.0} % of what it paid, against {:.0} % ({} yuan) in the {} days before",
        share * 100.0,
        was * 100.0,
        yuan(sum_usual),
        config.base_days
    );
    lines.push(Line::new(config.whole * over.clamp(0.0, 1.0), &both, zh, en));
    lines.push(tie_line(config, affair, &moved));
    counter(sight, config, affair, (&moved[..], &usual[..]), &mut lines);
    let mut facts = vec![trigger(affair)];
    facts.extend(assets(sight, config, firm, affair));
    facts.extend(declared(sight, config, firm, affair));
    Some(Case { kind: FlowKind::AssetShift, centre, legs: moved, lines, facts })
}

/// The payments to related enterprises.
fn related(sight: Sight<'_>, affair: &Affair<'_>, paid: &[Entry]) -> Vec<Entry> {
    let related =
        |e: &&Entry| sight.accounts.firm(e.other).is_some_and(|b| affair.ties.contains_key(&b));
    paid.iter().filter(related).copied().collect()
}

fn tie_line(config: &Config, affair: &Affair<'_>, moved: &[Entry]) -> Line {
    let strongest = affair.ties.values().copied().max().unwrap_or(Tie::Person);
    let (zh, en, weight) = match strongest {
        Tie::Successor => (
            "收款方中有新设立且与其共用人员、场所或联系方式的企业，疑似承接其业务",
            "among the payees is a young firm that shares a person, room or contact with it",
            config.successor,
        ),
        Tie::Control => (
            "收款方与其同受一方控制或相互持股",
            "the payees are under the same control, or one holds the other",
            0.0,
        ),
        Tie::Person => (
            "收款方与其法定代表人或股东相同",
            "the payees have the same representative or holder",
            0.0,
        ),
    };
    Line::new(weight, moved, zh.into(), en.into())
}

/// What lowers the suspicion, by transfers.
fn counter(
    sight: Sight<'_>,
    config: &Config,
    affair: &Affair<'_>,
    (moved, usual): (&[Entry], &[Entry]),
    lines: &mut Vec<Line>,
) {
    let mut say = |weight: f64, some: &[Entry], zh: &str, en: &str| {
        if !some.is_empty() {
            let part = sum(some) as f64 / sum(moved).max(1) as f64;
            let zh = format!("{zh}（{}元）", yuan(sum(some)));
            lines.push(Line::new(
                weight * part,
                some,
                zh,
                format!("{en} ({} yuan)", yuan(sum(some))),
            ));
        }
    };
    let ordered: Vec<Entry> =
        moved.iter().filter(|e| sight.said(**e) & COURT != 0).copied().collect();
    say(config.ordered, &ordered, "依法院裁判或扣划支付", "paid by order of a court");
    let named = |tag: u16| -> Vec<Entry> {
        moved.iter().filter(|e| e.tags() & tag != 0).copied().collect()
    };
    let pool = sight.config.common.declared_pool;
    say(pool, &named(POOL), "用途为资金归集或集团内调拨", "named as cash pooling of a group");
    if !usual.is_empty() {
        let trade = named(TRADE);
        say(config.trade, &trade, "用途为货款等，此前已有往来", "named as trade, which was usual");
    }
    if affair.before.is_empty() {
        let zh = "此前没有可比的对外支付记录".to_owned();
        let en = "nothing that it paid before is known to compare".to_owned();
        lines.push(Line::new(config.unknown, moved, zh, en));
    }
}

/// The adverse events.
fn trigger(affair: &Affair<'_>) -> Evidence {
    let events = sorted(affair.troubles.iter().map(|t| t.event.clone()));
    let (count, on) = (events.len(), affair.span.0);
    let statement = Text::new(
        format!("{on}起有处罚、执行、列名等不利事件{count}项"),
        format!("{count} adverse events (penalties, enforcement, listings) from {on} on"),
    );
    Evidence { statement, weight: 0.0, events }
}

/// Assets that went to the payees without a price, and assets that were bought from them.
fn assets(sight: Sight<'_>, config: &Config, firm: EntityId, affair: &Affair<'_>) -> Vec<Evidence> {
    let moves = sight.graph.profile(firm).map_or(&[][..], |profile| &profile.assets);
    let with = |m: &&AssetMove| {
        let other = match m.other {
            Some(Owner::Enterprise(other)) => affair.ties.contains_key(&other),
            _ => false,
        };
        other && affair.span.0 <= m.on && m.on < affair.span.1
    };
    let events = |of: &dyn Fn(&AssetMove) -> bool| -> Vec<EventId> {
        let some = moves.iter().filter(with).filter(|m| of(m));
        sorted(some.map(|m| m.event.clone()))
    };
    let priced = |m: &AssetMove| m.price.is_some_and(|fen| fen.0 > 0);
    let given = events(&|m| m.away && !priced(m));
    let bought = events(&|m| !m.away && priced(m));
    let mut told = Vec::new();
    if !given.is_empty() {
        let n = given.len();
        let statement = Text::new(
            format!("同期向其无偿转让资产{n}项"),
            format!("{n} assets went there without a price"),
        );
        told.push(Evidence { statement, weight: config.assets, events: given });
    }
    if !bought.is_empty() {
        let n = bought.len();
        let statement = Text::new(
            format!("同期自其有偿购入资产{n}项"),
            format!("{n} assets were bought there at a price"),
        );
        told.push(Evidence { statement, weight: config.bought, events: bought });
    }
    told
}

/// A merger, split or conversion that was declared.
fn declared(
    sight: Sight<'_>,
    config: &Config,
    firm: EntityId,
    affair: &Affair<'_>,
) -> Option<Evidence> {
    let declared = &sight.graph.profile(firm)?.declared;
    let of = declared.iter().filter(|declared| affair.ties.contains_key(&declared.other));
    let events = sorted(of.map(|declared| declared.event.clone()));
    let statement = Text::new(
        "与收款方之间有已公示的合并、分立或改制",
        "a merger, split or conversion between them was declared",
    );
    (!events.is_empty()).then_some(Evidence { statement, weight: config.declared, events })
}
