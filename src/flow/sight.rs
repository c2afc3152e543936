//! What can a search see? The window, the holders and the graph, with the sums that searches share.
//!
//! Invariant: what is seen for a day holds nothing later than that day. Must not know: instances.

use super::accounts::{Accounts, Firm, Owner};
use super::config::Config;
use super::purpose::{CONSUMER, INVEST, LEVY, Reader, WAGE};
use super::window::{AccountNo, Entry, Window};
use crate::event::{Body, Event, Transfer};
use crate::graph::{Graph, Office};
use crate::id::{EntityId, PersonKey};
use crate::text::Text;
use crate::time::Day;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;
/// Milliseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000;

/// The event of a transfer, ordered by its id.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Receipt(#[serde(with = "crate::shared")] pub(super) Arc<Event>);

impl PartialEq for Receipt {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}
impl Eq for Receipt {}
impl PartialOrd for Receipt {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Receipt {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

/// The transfer of an event.
pub(super) fn transfer(event: &Event) -> Option<&Transfer> {
    match &event.body {
        Body::Transfer(transfer) => Some(transfer),
        _ => None,
    }
}

/// One thing that speaks for or against.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Line {
    /// What it says.
    pub(super) text: Text,
    /// Part of the suspicion; negative speaks against.
    pub(super) weight: f64,
    /// The transfers it rests on.
    pub(super) rows: Vec<u32>,
}

impl Line {
    /// A line over some entries.
    pub(super) fn new(weight: f64, entries: &[Entry], zh: String, en: String) -> Self {
        Self { text: Text { zh, en }, weight, rows: entries.iter().map(|e| e.row).collect() }
    }
}

/// A pattern that holds on a day.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Finding {
    /// Its transfers.
    pub(super) rows: Vec<u32>,
    /// For and against.
    pub(super) lines: Vec<Line>,
}

impl Finding {
    /// 0–1.
    pub(super) fn suspicion(&self) -> f64 {
        self.lines.iter().map(|l| l.weight).sum::<f64>().clamp(0.0, 1.0)
    }
}

/// What a search says about an account and a day.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// No such shape.
    Nothing,
    /// The shape has a good reason, which also explains what was found before.
    Benign,
    /// The shape, with what speaks for and against.
    Found(Finding),
}

/// Everything that searches look at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    /// Transfers that hold.
    pub(super) window: &'a Window<Receipt>,
    /// Holders.
    pub(super) accounts: &'a Accounts,
    /// Ties and control.
    pub(super) graph: &'a Graph,
    /// Thresholds.
    pub(super) config: &'a Config,
    /// Transfers by day: how far the feed reaches back.
    pub(super) days: &'a BTreeMap<Day, u32>,
    /// Enterprises that hold accounts.
    pub(super) firms: &'a FxHashMap<EntityId, Firm>,
    /// What purposes say.
    pub(super) reader: &'a Reader,
}

impl<'a> Sight<'a> {
    /// What the feed said of a payment.
    pub(super) fn transfer(self, entry: Entry) -> Option<&'a Transfer> {
        transfer(&self.window.key(entry.row)?.0)
    }

    /// The classes of its purpose as written. The tags of the entry know no court, and take a
    /// programme of wages for a word.
    pub(super) fn said(self, entry: Entry) -> u16 {
        let purpose = self.transfer(entry).and_then(|transfer| transfer.purpose.as_deref());
        purpose.map_or(0, |text| self.reader.read(text))
    }

    /// Everybody who represents or holds an enterprise, or did.
    pub(super) fn heads(self, firm: EntityId) -> BTreeSet<PersonKey> {
        let Some(profile) = self.graph.profile(firm) else { return BTreeSet::new() };
        let posts = profile.posts();
        let heads = posts.iter().filter(|p| matches!(p.office, Office::LegalRep | Office::Holder));
        heads.map(|post| post.person).collect()
    }

    /// Whether two accounts have the same holder, or enterprises under the same control.
    pub(super) fn related(self, a: AccountNo, b: AccountNo) -> bool {
        match (self.accounts.owner(a), self.accounts.owner(b)) {
            (Some(Owner::Firm(a)), Some(Owner::Firm(b))) => a == b || self.same_control(a, b),
            (Some(Owner::Person(a)), Some(Owner::Person(b))) => a == b,
            _ => false,
        }
    }

    /// Whether one enterprise controls the other, or one party controls both.
    pub(super) fn same_control(self, a: EntityId, b: EntityId) -> bool {
        use crate::graph::Holder;
        let (of_a, of_b) = (self.graph.controllers(a), self.graph.controllers(b));
        of_a.iter().any(|c| c.party == Holder::Enterprise(b))
            || of_b.iter().any(|c| c.party == Holder::Enterprise(a))
            || of_a.iter().any(|c| of_b.iter().any(|d| c.party == d.party))
    }

    /// Payments of wages, tax, rent or utilities: signs of a working firm.
    pub(super) fn working(self, account: AccountNo, day: Day) -> Vec<Entry> {
        let (from, end) = span(day, self.config.common.working_days);
        let outs = self.window.outs(account, from, end);
        outs.iter().filter(|e| e.tags() & (WAGE | LEVY) != 0).copied().collect()
    }

    /// The line on whether the firm works, whichever way it speaks.
    pub(super) fn working_line(self, account: AccountNo, day: Day, basis: &[Entry]) -> Line {
        let common = &self.config.common;
        let works = self.working(account, day);
        let days = common.working_days;
        if works.len() >= 2 {
            let zh = format!("该账户{days}日内有{}笔工资、税费、租金等经营支出", works.len());
            let en = format!("{} payments of wages, tax or rent in {days} days", works.len());
            return Line::new(common.working, &works, zh, en);
        }
        let zh = format!("该账户{days}日内没有工资、税费、租金等经营支出");
        let en = format!("no wages, tax or rent paid from the account in {days} days");
        Line::new(common.not_working, basis, zh, en)
    }

    /// The line on how the days before the window compare, if it says anything: `before` and `now`
    /// are counts over `common.history_days` and over `days`.
    pub(super) fn habit_line(self, before: &[Entry], now: &[Entry], days: i32) -> Option<Line> {
        let common = &self.config.common;
        let expected = now.len() as f64 * f64::from(common.history_days) / f64::from(days.max(1));
        let part = before.len() as f64 / expected.max(1.0);
        if part >= common.habit_from {
            let zh = format!(
                "此前{}日已有{}笔同类往来，属持续性业务",
                common.history_days,
                before.len()
            );
            let en = format!(
                "{} like transfers in the {} days before: a lasting business",
                before.len(),
                common.history_days
            );
            return Some(Line::new(common.habit, before, zh, en));
        }
        (part < common.habit_from / 4.0).then(|| {
            let zh = format!("此前{}日几乎没有同类往来，突然发生", common.history_days);
            let en =
                format!("hardly any like transfers in the {} days before", common.history_days);
            Line::new(common.sudden, now, zh, en)
        })
    }

    /// Whether most of these have consumer purposes.
    pub(super) fn consumer_line(self, entries: &[Entry]) -> Option<Line> {
        let consumes = |e: &&Entry| e.tags() & (CONSUMER | INVEST) == CONSUMER;
        let hits: Vec<Entry> = entries.iter().filter(consumes).copied().collect();
        (part(hits.len(), entries.len()) >= self.config.common.consumer_from).then(|| {
            let zh = format!("{}笔用途为日常消费或收费", hits.len());
            let en = format!("{} with purposes of daily consumption or fees", hits.len());
            Line::new(self.config.common.consumer, &hits, zh, en)
        })
    }

    /// Whether most of these have round amounts.
    pub(super) fn round_line(self, entries: &[Entry]) -> Option<Line> {
        let common = &self.config.common;
        let hits: Vec<Entry> = entries.iter().filter(|e| self.is_round(**e)).copied().collect();
        (part(hits.len(), entries.len()) >= common.round_from).then(|| {
            let zh = format!("{}笔为{}元的整数倍", hits.len(), common.round_yuan);
            let en = format!("{} in multiples of {} yuan", hits.len(), common.round_yuan);
            Line::new(common.round, &hits, zh, en)
        })
    }

    /// Whether an amount is round.
    pub(super) fn is_round(self, entry: Entry) -> bool {
        entry.amount() % (self.config.common.round_yuan.max(1) * 100) == 0
    }

    /// The entries of the other side that go to (or come from) the few largest accounts.
    pub(super) fn largest(self, entries: &[Entry], accounts: usize) -> Vec<Entry> {
        let mut sums: FxHashMap<AccountNo, i64> = FxHashMap::default();
        for entry in entries {
            *sums.entry(entry.other).or_default() += entry.amount();
        }
        let mut order: Vec<(i64, AccountNo)> = sums.into_iter().map(|(a, s)| (s, a)).collect();
        order.sort_unstable_by(|x, y| {
            (y.0, self.accounts.token(x.1)).cmp(&(x.0, self.accounts.token(y.1)))
        });
        order.truncate(accounts);
        let kept: FxHashSet<AccountNo> = order.into_iter().map(|(_, a)| a).collect();
        entries.iter().filter(|e| kept.contains(&e.other)).copied().collect()
    }
}

/// `[from, to)` of a window of so many days that ends with a day.
pub(super) fn span(day: Day, days: i32) -> (i64, i64) {
    let end = day.plus(1).start().0;
    (end - i64::from(days) * DAY, end)
}

/// Sum in fen.
pub(super) fn sum(entries: &[Entry]) -> i64 {
    entries.iter().fold(0, |s, e| s.saturating_add(e.amount()))
}

/// Distinct other accounts.
pub(super) fn parties(entries: &[Entry]) -> usize {
    entries.iter().map(|e| e.other).collect::<FxHashSet<_>>().len()
}

/// `some` of `all`, 0 when there is none.
pub(super) fn part(some: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { some as f64 / all as f64 }
}

/// Whole yuan, for people.
pub(super) fn yuan(fen: i64) -> i64 {
    fen / 100
}
