//! What was found, for people? Counts per pattern and length, and folded instances.

use super::Patterns;
use super::read::Table;
use crate::flow::miner::fold::{Folds, Instance, Pattern};
use crate::flow::miner::{Hear, Seen, Transfer};
use crate::time::Time;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts of an instance that a table shows.
const SHOWN_MAX: usize = 8;

/// What one worker, or all of them, found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    patterns: Patterns,
    counts: BTreeMap<(&'static str, usize), u64>,
    folds: Folds,
    now: Transfer,
    least: (u32, u32),
    keeps: bool,
}

impl Listing {
    pub(super) fn new(patterns: Patterns) -> Self {
        Self { patterns, ..Self::default() }
    }

    /// The transfer that comes now; what it completes is kept if instances are wanted.
    pub(super) fn next(
        &mut self,
        _number: usize,
        transfer: &Transfer,
        least: (u32, u32),
        keeps: bool,
    ) {
        (self.now, self.least, self.keeps) = (*transfer, least, keeps);
    }

    fn count(&mut self, pattern: Pattern, length: usize) {
        *self.counts.entry((pattern.word(), length)).or_default() += 1;
    }

    fn sight(&mut self, pattern: Pattern, ends: (u32, u32), window: Option<i64>, size: u32) {
        let Some(window) = window else { return };
        self.count(pattern, size as usize);
        if self.keeps {
            self.folds.sight(pattern, ends, (self.now.ts - window, self.now.ts), size);
        }
    }

    /// Takes what is counted, not searched.
    pub(super) fn take(&mut self, seen: &Seen) {
        let Transfer { src, dst, .. } = self.now;
        if src == dst {
            return;
        }
        let (payers, payees) = (seen.fan[1].payers, seen.fan[0].payees);
        if payers >= self.least.0 {
            self.sight(Pattern::FanIn, (dst, dst), self.patterns.fan_in, payers);
        }
        if payees >= self.least.0 {
            self.sight(Pattern::FanOut, (src, src), self.patterns.fan_out, payees);
        }
        let both = seen.gather_scatter.payers.min(seen.gather_scatter.payees);
        if both >= self.least.0 {
            self.sight(Pattern::GatherScatter, (src, src), self.patterns.gather_scatter, both);
        }
    }

    /// Adds what another worker found.
    pub(super) fn merge(&mut self, other: Self) {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.folds.merge(other.folds);
    }

    pub(super) const fn counts(&self) -> &BTreeMap<(&'static str, usize), u64> {
        &self.counts
    }

    /// Folded instances as rows of output.
    pub(super) fn instances(&self, table: &Table) -> Vec<Value> {
        let instances = self.folds.instances(&table.transfers);
        instances.iter().map(|instance| told(instance, table)).collect()
    }
}

impl Hear for Listing {
    fn cycle(&mut self, rows: &[u64]) {
        self.count(Pattern::Cycle, rows.len());
        if self.keeps {
            self.folds.cycle(Pattern::Cycle, rows.iter().map(|row| *row as u32));
        }
    }

    fn simple_cycle(&mut self, rows: &[u64]) {
        self.count(Pattern::SimpleCycle, rows.len());
        if self.keeps {
            self.folds.cycle(Pattern::SimpleCycle, rows.iter().map(|row| *row as u32));
        }
    }

    fn scatter_gather(&mut self, source: u32, middlemen: u32) {
        if middlemen >= self.least.1 {
            let ends = (source, self.now.dst);
            let window = self.patterns.scatter_gather;
            self.sight(Pattern::ScatterGather, ends, window, middlemen);
        }
    }
}

fn told(instance: &Instance, table: &Table) -> Value {
    let rows = instance.rows.iter().map(|row| &table.transfers[*row as usize]);
    let amount: i128 = rows.clone().map(|t| i128::from(t.amount)).sum();
    let first = rows.clone().map(|t| t.ts).min().unwrap_or(0);
    let last = rows.clone().map(|t| t.ts).max().unwrap_or(0);
    let mut accounts: Vec<u32> = instance.centre.clone();
    let others: BTreeSet<u32> = rows.flat_map(|t| [t.src, t.dst]).collect();
    accounts.extend(others.into_iter().filter(|a| !instance.centre.contains(a)));
    let names: Vec<&str> = accounts.iter().map(|a| &*table.names[*a as usize]).collect();
    let ids: Vec<&str> = instance.rows.iter().map(|row| &*table.ids[*row as usize]).collect();
    let mut shown = names.iter().take(SHOWN_MAX).copied().collect::<Vec<_>>().join(" ");
    if names.len() > SHOWN_MAX {
        shown = format!("{shown} … {} more", names.len() - SHOWN_MAX);
    }
    json!({
        "pattern": instance.pattern.word(),
        "size": instance.size,
        "transfer_count": ids.len(),
        "amount": amount as f64 / 100.0,
        "retention": instance.retention.map(|r| (r * 1e4).round() / 1e4),
        "first": Time(first * table.unit_ms).to_string(),
        "last": Time(last * table.unit_ms).to_string(),
        "span_hours": ((last - first) * table.unit_ms / 36_000) as f64 / 100.0,
        "accounts": names,
        "accounts_shown": shown,
        "transfers": ids,
    })
}
