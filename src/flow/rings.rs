//! Which cycles are one ring? Cycles that share a transfer, or that repeat among the same
//! accounts, fold into one instance.
//!
//! Invariant: the rings are the connected components of the cycles that hold, so they do not
//! depend on the order in which cycles were found. Every worker holds all of them. Must not know:
//! how cycles are found.

use super::accounts::Owner;
use super::config::Cycle as Config;
use super::purpose::{LEVY, POOL, REFUND, WAGE};
use super::sight::{DAY, Finding, Line, Sight, yuan};
use super::story::{self, Leg, Parts};
use super::window::AccountNo;
use super::{FlowKind, Instance};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One cycle, in order of time.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Cycle {
    legs: Box<[Leg]>,
    accounts: Box<[AccountNo]>,
}

impl Cycle {
    pub(super) fn new(legs: Vec<Leg>) -> Self {
        let mut accounts: Vec<AccountNo> = legs.iter().map(|l| l.payer).collect();
        accounts.sort_unstable();
        Self { legs: legs.into(), accounts: accounts.into() }
    }

    fn span(&self) -> (i64, i64) {
        (self.legs[0].at, self.legs[self.legs.len() - 1].at)
    }

    fn rows(&self) -> Box<[u32]> {
        self.legs.iter().map(|l| l.row).collect()
    }

    fn amounts(&self) -> impl Iterator<Item = i64> + use<'_> {
        self.legs.iter().map(|l| l.transfer().amount_fen.0)
    }

    /// Hops that exceed the one before by more than `rise`.
    fn rises(&self, rise: f64) -> usize {
        let amounts: Vec<i64> = self.amounts().collect();
        amounts.windows(2).filter(|w| w[1] as f64 > w[0] as f64 * (1.0 + rise)).count()
    }
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Ring {
    cycles: Vec<Cycle>,
    instance: Option<Arc<Instance>>,
}

/// All rings.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Rings {
    next: u32,
    held: BTreeMap<u32, Ring>,
    by_row: FxHashMap<u32, u32>,
    by_accounts: FxHashMap<Box<[AccountNo]>, BTreeSet<u32>>,
    known: FxHashSet<Box<[u32]>>,
    /// Instances of rings that were taken apart or changed, until they are told.
    #[serde(with = "crate::shared::map")]
    before: BTreeMap<String, Arc<Instance>>,
    changed: BTreeSet<u32>,
}

impl Rings {
    /// Adds a cycle that holds; a repeated one is nothing new.
    pub(super) fn add(&mut self, cycle: Cycle, config: &Config) {
        if !self.known.insert(cycle.rows()) {
            return;
        }
        let mut joined: BTreeSet<u32> =
            cycle.legs.iter().filter_map(|l| self.by_row.get(&l.row)).copied().collect();
        let fold = config.fold_days * DAY;
        let (from, to) = cycle.span();
        for ring in self.by_accounts.get(&cycle.accounts).into_iter().flatten() {
            let near = self.held[ring].cycles.iter().any(|c| {
                let (start, end) = c.span();
                c.accounts == cycle.accounts && start - fold <= to && from <= end + fold
            });
            if near {
                joined.insert(*ring);
            }
        }
        let mut whole = Ring::default();
        for ring in joined {
            whole.cycles.extend(self.take(ring));
        }
        whole.cycles.push(cycle);
        let number = self.next;
        self.next += 1;
        for cycle in &whole.cycles {
            self.by_row.extend(cycle.legs.iter().map(|l| (l.row, number)));
            self.by_accounts.entry(cycle.accounts.clone()).or_default().insert(number);
        }
        self.held.insert(number, whole);
        self.changed.insert(number);
    }

    /// Takes every cycle through a retired event apart.
    pub(super) fn retire(&mut self, row: u32, config: &Config) {
        let Some(ring) = self.by_row.get(&row).copied() else { return };
        let cycles = self.take(ring);
        for cycle in &cycles {
            self.known.remove(&cycle.rows());
        }
        for cycle in cycles {
            if cycle.legs.iter().all(|l| l.row != row) {
                self.add(cycle, config);
            }
        }
    }

    /// The row of an event that is held by a ring, also after it left the window.
    pub(super) fn row_of(&self, event: &crate::id::EventId) -> Option<u32> {
        let legs = self.held.values().flat_map(|r| &r.cycles).flat_map(|c| &c.legs[..]);
        legs.into_iter().find(|l| l.event.id == *event).map(|l| l.row)
    }

    fn take(&mut self, number: u32) -> Vec<Cycle> {
        let Some(ring) = self.held.remove(&number) else { return Vec::new() };
        self.changed.remove(&number);
        if let Some(instance) = ring.instance {
            self.before.insert(instance.id.clone(), instance);
        }
        for cycle in &ring.cycles {
            for leg in &cycle.legs {
                self.by_row.remove(&leg.row);
            }
            if let Some(set) = self.by_accounts.get_mut(&cycle.accounts) {
                set.remove(&number);
                if set.is_empty() {
                    self.by_accounts.remove(&cycle.accounts);
                }
            }
        }
        ring.cycles
    }

    /// Marks the rings of accounts whose earlier days have changed.
    pub(super) fn reweigh(&mut self, accounts: &FxHashSet<AccountNo>) {
        for (number, ring) in &self.held {
            let mut members = ring.cycles.iter().flat_map(|c| &c.accounts[..]);
            if members.any(|a| accounts.contains(a)) {
                self.changed.insert(*number);
            }
        }
    }

    /// Weighs changed rings anew; gives old and new instances.
    pub(super) fn tell(
        &mut self,
        sight: Sight<'_>,
    ) -> (BTreeMap<String, Arc<Instance>>, Vec<Arc<Instance>>) {
        let mut now = Vec::new();
        for number in std::mem::take(&mut self.changed) {
            let Some(ring) = self.held.get_mut(&number) else { continue };
            if let Some(old) = ring.instance.take() {
                self.before.insert(old.id.clone(), old);
            }
            ring.instance = weigh(sight, &ring.cycles).map(Arc::new);
            now.extend(ring.instance.clone());
        }
        (std::mem::take(&mut self.before), now)
    }
}

/// The instance of a ring, when it is suspicious enough.
fn weigh(sight: Sight<'_>, cycles: &[Cycle]) -> Option<Instance> {
    let mut legs: BTreeMap<(i64, &crate::id::EventId), &Leg> = BTreeMap::new();
    for leg in cycles.iter().flat_map(|c| &c.legs[..]) {
        legs.insert(leg.order(), leg);
    }
    let legs: Vec<&Leg> = legs.into_values().collect();
    if explained(sight, &legs) {
        return None;
    }
    let orders = |c: &Cycle| c.legs.iter().map(|l| (l.at, l.event.id.clone())).collect::<Vec<_>>();
    let best = cycles.iter().max_by(|a, b| {
        let stronger = strength(sight, a).total_cmp(&strength(sight, b));
        stronger.then_with(|| orders(b).cmp(&orders(a)))
    })?;
    let finding = Finding { rows: Vec::new(), lines: lines(sight, cycles, best, &legs) };
    let suspicion = finding.suspicion();
    (suspicion >= sight.config.report_from).then(|| {
        let parts = Parts {
            kind: FlowKind::Cycle,
            centre: None,
            legs: &legs,
            finding: &finding,
            suspicion,
        };
        story::instance(sight, &parts)
    })
}

fn retention(cycle: &Cycle) -> f64 {
    let (low, high) = (cycle.amounts().min().unwrap_or(0), cycle.amounts().max().unwrap_or(1));
    low as f64 / high.max(1) as f64
}

/// What one cycle by itself weighs.
fn strength(sight: Sight<'_>, cycle: &Cycle) -> f64 {
    let config = &sight.config.cycle;
    let (from, to) = cycle.span();
    let tight = (retention(cycle) - config.retention) / (1.0 - config.retention).max(1e-9);
    let fast = if to - from <= config.fast_days * DAY { config.fast } else { 0.0 };
    let longer = cycle.legs.len().saturating_sub(config.length_min) as f64 * config.longer;
    let uneven = if cycle.rises(config.rise) > 0 { config.uneven } else { 0.0 };
    config.base + config.tight * tight.clamp(0.0, 1.0) + fast + longer + uneven
}

fn lines(sight: Sight<'_>, cycles: &[Cycle], best: &Cycle, legs: &[&Leg]) -> Vec<Line> {
    let config = &sight.config.cycle;
    let rows: Vec<u32> = best.legs.iter().map(|l| l.row).collect();
    let line = |weight: f64, zh: String, en: String| Line {
        text: crate::text::Text { zh, en },
        weight,
        rows: rows.clone(),
    };
    let n = best.legs.len();
    let kept = retention(best);
    let (from, to) = best.span();
    let hours = (to - from) / super::sight::HOUR;
    let first = best.amounts().next().unwrap_or(0);
    let longer = n.saturating_sub(config.length_min) as f64 * config.longer;
    let rises = best.rises(config.rise);
    let uneven = if rises > 0 { config.uneven } else { 0.0 };
    let tight = strength(sight, best) - config.base - longer - uneven;
    let mut lines = vec![
        line(
            config.base + longer,
            format!("资金经{n}个账户后回到起点，首笔{}元", yuan(first)),
            format!(
                "money came back to its start through {n} accounts, {} yuan at first",
                yuan(first)
            ),
        ),
        line(
            tight,
            format!("全程{hours}小时，金额保留{:.1}%", kept * 100.0),
            format!("within {hours} hours, {:.1} % of the amount kept", kept * 100.0),
        ),
    ];
    if rises > 0 {
        let zh = format!("{rises}笔金额大于前一笔，未必是同一资金");
        let en = format!("{rises} hops larger than the one before: perhaps not the same money");
        lines.push(line(uneven, zh, en));
    }
    if cycles.len() > 1 {
        let zh = format!("同一批账户之间共有{}个循环", cycles.len());
        let en = format!("{} cycles among these accounts", cycles.len());
        lines.push(Line {
            rows: legs.iter().map(|l| l.row).collect(),
            ..line(config.repeated, zh, en)
        });
    }
    lines.extend(partners(sight, best, legs));
    let labelled = best.legs.iter().filter(|l| tags(sight, l) & POOL != 0).count();
    if labelled * 2 > n {
        let weight = sight.config.common.declared_pool;
        let zh = format!("{labelled}笔用途为资金归集或下拨，但控制关系未证实");
        let en = format!("{labelled} declared as cash pooling, without known common control");
        lines.push(line(weight, zh, en));
    }
    lines
}

/// Accounts that trade with each other all the time come round by chance.
fn partners(sight: Sight<'_>, best: &Cycle, legs: &[&Leg]) -> Option<Line> {
    let ours: FxHashSet<u32> = legs.iter().map(|l| l.row).collect();
    let from = best.legs[0].at - i64::from(sight.config.common.history_days) * DAY;
    let mut rows = Vec::new();
    for leg in &best.legs {
        let earlier = sight.window.outs(leg.payer, from, best.legs[0].at);
        let before = rows.len();
        rows.extend(
            earlier
                .iter()
                .filter(|e| e.other == leg.payee && !ours.contains(&e.row))
                .map(|e| e.row),
        );
        if rows.len() < before + 2 {
            return None;
        }
    }
    let text = crate::text::Text::new(
        format!("各账户此前{}日内已有{}笔经常性往来", sight.config.common.history_days, rows.len()),
        format!("regular partners: {} transfers between them before", rows.len()),
    );
    Some(Line { text, weight: sight.config.cycle.partners, rows })
}

fn tags(sight: Sight<'_>, leg: &Leg) -> u16 {
    let outs = sight.window.outs(leg.payer, leg.at, leg.at + 1);
    outs.iter().find(|e| e.row == leg.row).map_or(0, |e| e.tags())
}

/// One holder moving his own money, a refund or pay on the way, or the pool of a group.
fn explained(sight: Sight<'_>, legs: &[&Leg]) -> bool {
    let first = legs[0].payer;
    let owner = sight.accounts.owner(first).filter(|o| *o != Owner::Somebody);
    if owner.is_some() && legs.iter().all(|l| sight.accounts.owner(l.payee) == owner) {
        return true;
    }
    let everyday =
        legs.iter().filter(|l| tags(sight, l) & (WAGE | REFUND | LEVY) != 0).count() as f64;
    if everyday * 3.0 >= legs.len() as f64 {
        return true;
    }
    let pooled = legs.iter().filter(|l| tags(sight, l) & POOL != 0).count();
    let siblings = legs.iter().all(|l| sight.related(l.payer, l.payee));
    siblings && (pooled * 2 >= legs.len() || lasting(sight, legs))
}

/// Whether siblings moved money between each other in each of the three months before.
fn lasting(sight: Sight<'_>, legs: &[&Leg]) -> bool {
    let start = legs[0].at;
    (1..=3).all(|month| {
        let (from, to) = (start - month * 30 * DAY, start - (month - 1) * 30 * DAY);
        legs.iter().any(|l| sight.window.outs(l.payer, from, to).iter().any(|e| e.other == l.payee))
    })
}
