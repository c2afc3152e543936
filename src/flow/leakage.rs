//! Does free-trade account money leak? In over the first line, out over the second to one's own.
//!
//! EF and FT accounts are free over the first line (with other countries) and watched as a border
//! over the second (with the mainland): 琼银发〔2024〕32号. Goods should stand against the money:
//! customs declarations of a comparable value speak against. Must not know: instances.

use super::FlowKind;
use super::config::EfLeakage as Config;
use super::docket::{Case, Found};
use super::purpose::{LEVY, POOL, REFUND, WAGE};
use super::sight::{DAY, HOUR, Line, Sight, part, sum, yuan};
use super::story::sorted;
use super::window::{AccountNo, Entry};
use crate::event::{Body, CustomsKind, Line as Border, Regime, Transfer};
use crate::id::EventId;
use crate::text::{Evidence, Text};
use crate::time::Time;

/// Purposes of a working firm that need no goods.
const EXEMPT: u16 = WAGE | REFUND | LEVY;

/// Whether a transfer is one of a free-trade account.
pub(super) fn concerns(data: &Transfer) -> bool {
    matches!(data.regime, Some(Regime::Ef | Regime::Ft))
}

/// Money that left, the way on which it was passed on, and whether that led abroad.
struct Left {
    out: Entry,
    way: Vec<Entry>,
    abroad: bool,
}

/// Turns of one account without a long pause.
#[derive(Default)]
struct Run {
    ins: Vec<Entry>,
    outs: Vec<Left>,
}

/// Every run in which most of what came in over the first line left again.
pub(super) fn ef_leakage(sight: Sight<'_>, island: AccountNo, from: i64) -> Found {
    let mut found = Found::default();
    let Some(config) = &sight.config.ef_leakage else { return found };
    let ins = sight.window.ins(island, from, i64::MAX);
    let first = |e: &&Entry| {
        let told = sight.transfer(**e);
        told.is_some_and(|t| concerns(t) && t.line == Some(Border::First))
    };
    let ins: Vec<Entry> = ins.iter().filter(first).copied().collect();
    let Some(start) = ins.first().map(|e| e.at) else { return found };
    found.stays = true;
    let mut left = Vec::new();
    for out in sight.window.outs(island, start, i64::MAX) {
        let inland =
            |t: &Transfer| concerns(t) && matches!(t.line, Some(Border::Second | Border::Domestic));
        if out.tags() & EXEMPT != 0 || !sight.transfer(*out).is_some_and(inland) {
            continue;
        }
        found.read.push(out.other);
        let read = &mut found.read;
        let (way, best) = (Vec::new(), Vec::new());
        let mut trail = Trail { sight, config, way, best, spent: 0, read };
        let abroad = trail.follow(*out, config.hops);
        let (way, bitten) = (trail.best, trail.spent > sight.config.budget);
        found.bitten += u64::from(bitten);
        if abroad || sight.related(island, out.other) {
            left.push(Left { out: *out, way, abroad });
        }
    }
    for run in runs(config, ins, left) {
        found.cases.extend(judge(sight, config, island, &run));
    }
    found
}

/// A search for the way of one payment.
struct Trail<'a> {
    sight: Sight<'a>,
    config: &'a Config,
    way: Vec<Entry>,
    /// The longest so far, or the one that led abroad.
    best: Vec<Entry>,
    spent: u64,
    read: &'a mut Vec<AccountNo>,
}

impl Trail<'_> {
    /// Whether the payee passed the money on, over so many payments at most, to abroad. Of equal
    /// ways the first in order of time is kept.
    fn follow(&mut self, paid: Entry, hops: usize) -> bool {
        if hops == 0 || self.spent > self.sight.config.budget {
            return false;
        }
        self.read.push(paid.other);
        let until = paid.at + self.config.hop_days * DAY;
        let amount = paid.amount() as f64;
        let fits = |e: &Entry| {
            let next = e.amount() as f64;
            next >= amount * self.config.hop
                && next <= amount * (1.0 + self.config.rise)
                && e.tags() & EXEMPT == 0
        };
        let onward = self.sight.window.outs(paid.other, paid.at + 1, until + 1);
        self.spent += onward.len() as u64;
        let onward: Vec<Entry> = onward.iter().filter(|e| fits(e)).copied().collect();
        for next in onward {
            self.way.push(next);
            let abroad = self.sight.transfer(next).is_some_and(is_abroad);
            if abroad || self.way.len() > self.best.len() {
                self.best.clone_from(&self.way);
            }
            if abroad || self.follow(next, hops - 1) {
                return true;
            }
            self.way.pop();
        }
        false
    }
}

/// Whether a payment goes to another country or to an offshore account.
fn is_abroad(data: &Transfer) -> bool {
    data.line == Some(Border::First) || matches!(data.regime, Some(Regime::Nra | Regime::Osa))
}

/// Cuts the transfers where the account rested.
fn runs(config: &Config, ins: Vec<Entry>, left: Vec<Left>) -> Vec<Run> {
    let mut all: Vec<(i64, Option<Left>, Option<Entry>)> = Vec::new();
    all.extend(ins.into_iter().map(|e| (e.at, None, Some(e))));
    all.extend(left.into_iter().map(|l| (l.out.at, Some(l), None)));
    // A stable sort: of the same moment, money in comes first.
    all.sort_by_key(|(at, _, _)| *at);
    let (mut runs, mut last): (Vec<Run>, i64) = (Vec::new(), i64::MIN);
    for (at, out, into) in all {
        if runs.is_empty() || at > last.saturating_add(config.gap_days * DAY) {
            runs.push(Run::default());
        }
        last = at;
        let Some(run) = runs.last_mut() else { continue };
        run.ins.extend(into);
        // What leaves before anything came in was fed by other money.
        run.outs.extend(out.filter(|_| !run.ins.is_empty()));
    }
    runs
}

fn judge(sight: Sight<'_>, config: &Config, island: AccountNo, run: &Run) -> Option<Case> {
    let outs: Vec<Entry> = run.outs.iter().map(|l| l.out).collect();
    let (into, out) = (sum(&run.ins), sum(&outs));
    let kept = out as f64 / into.max(1) as f64;
    if outs.is_empty() || out < config.total_yuan * 100 || kept < config.part {
        return None;
    }
    let zh = format!("自贸账户经一线流入{}笔共{}元", run.ins.len(), yuan(into));
    let en = format!("{} yuan came in over the first line ({})", yuan(into), run.ins.len());
    let mut lines = vec![Line::new(config.base, &run.ins, zh, en)];
    let hours = hours_between(&run.ins, &outs);
    let zh = format!(
        "其中{:.0}%（{}元）转入境内同名或关联账户，中位间隔{hours}小时",
        kept.min(1.0) * 100.0,
        yuan(out)
    );
    let en = format!(
        "{:.0} % of it ({} yuan) left to domestic accounts of the same name or related parties, \
         {hours} hours later in the median",
        kept.min(1.0) * 100.0,
        yuan(out)
    );
    let tight = if kept >= config.tight_from { config.tight } else { 0.0 };
    lines.push(Line::new(tight, &outs, zh, en));
    let way: Vec<Entry> = run.outs.iter().flat_map(|l| l.way.iter().copied()).collect();
    lines.extend(way_line(config, run, &way));
    let pooled: Vec<Entry> = outs.iter().filter(|e| e.tags() & POOL != 0).copied().collect();
    if !pooled.is_empty() {
        let zh = format!("{}笔用途为资金归集或集团内调拨", pooled.len());
        let en = format!("{} are named as cash pooling of a group", pooled.len());
        let weight = sight.config.common.declared_pool * part(pooled.len(), outs.len());
        lines.push(Line::new(weight, &pooled, zh, en));
    }
    let facts = declared(sight, config, island, run, &outs, &mut lines);
    let legs = run.ins.iter().chain(&outs).chain(&way).copied().collect();
    Some(Case { kind: FlowKind::EfLeakage, centre: island, legs, lines, facts })
}

/// The median time from the last money in to a payment out.
fn hours_between(ins: &[Entry], outs: &[Entry]) -> i64 {
    let last = |out: &Entry| {
        let before = ins.partition_point(|i| i.at <= out.at);
        before.checked_sub(1).map(|nth| out.at - ins[nth].at)
    };
    let mut gaps: Vec<i64> = outs.iter().filter_map(last).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(0) / HOUR
}

/// What became of the money that left.
fn way_line(config: &Config, run: &Run, way: &[Entry]) -> Option<Line> {
    let abroad = run.outs.iter().filter(|l| l.abroad).count();
    let ends = run.outs.iter().filter_map(|l| l.way.last());
    let carried: i64 = ends.map(|last| last.amount()).sum();
    if way.is_empty() {
        return None;
    }
    let gone = part(abroad, run.outs.len());
    let weight = config.abroad * gone + config.onward * (1.0 - gone);
    let zh = format!(
        "随后经{}次划转继续转出，至多带出{}元，其中{abroad}笔流向境外",
        way.len(),
        yuan(carried)
    );
    let en = format!(
        "it was passed on over {} transfers, {} yuan at most; {abroad} ways led abroad",
        way.len(),
        yuan(carried)
    );
    Some(Line::new(weight, way, zh, en))
}

/// The goods that stand against the money: a line when there are none, else a fact against. Goods
/// without a value are neither.
fn declared(
    sight: Sight<'_>,
    config: &Config,
    island: AccountNo,
    run: &Run,
    outs: &[Entry],
    lines: &mut Vec<Line>,
) -> Vec<Evidence> {
    let Some(firm) = sight.accounts.firm(island) else { return Vec::new() };
    let ends = run.ins.iter().chain(outs).map(|e| Time(e.at).day());
    let first = ends.clone().min().map(|day| day.plus(-config.declared_days));
    let last = ends.max().map(|day| day.plus(config.declared_days));
    let (mut value, mut events): (i64, Vec<EventId>) = (0, Vec::new());
    for fact in sight.graph.facts(firm) {
        let Body::Customs(data) = &fact.event.body else { continue };
        let near = first.is_some_and(|day| day <= data.on) && last.is_some_and(|d| data.on <= d);
        if data.kind == CustomsKind::Declaration && near {
            value = value.saturating_add(data.declared_fen.map_or(0, |fen| fen.0));
            events.push(fact.event.id.clone());
        }
    }
    if events.is_empty() {
        let days = config.declared_days;
        let zh = format!("前后{days}日内没有相应的报关记录");
        let en = format!("no goods were declared within {days} days");
        lines.push(Line::new(config.undeclared, &run.ins, zh, en));
        return Vec::new();
    }
    if value == 0 {
        return Vec::new();
    }
    let events = sorted(events.into_iter());
    let covered = (value as f64 / sum(outs).max(1) as f64).min(1.0);
    let statement = Text::new(
        format!("同期报关{}票、申报价值{}元", events.len(), yuan(value)),
        format!("goods of {} yuan were declared at the time ({})", yuan(value), events.len()),
    );
    vec![Evidence { statement, weight: config.declared * covered, events }]
}
