//! Which of the things found are one? Overlapping sub-patterns fold into instances.
//!
//! Cycles that share a transfer are one instance. A fan, a gather-scatter or a scatter-gather is
//! one instance for as long as its windows overlap. Must not know: how they were found.

use super::Transfer;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Many pay one.
    FanIn,
    /// One pays many.
    FanOut,
    /// Money comes back, in order of time.
    Cycle,
    /// A ring, whatever the order.
    SimpleCycle,
    /// One pays many, who pay one.
    ScatterGather,
    /// Many pay one, who pays many.
    GatherScatter,
}

impl Pattern {
    /// The word of the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FanIn => "fan-in",
            Self::FanOut => "fan-out",
            Self::Cycle => "cycle",
            Self::SimpleCycle => "simple-cycle",
            Self::ScatterGather => "scatter-gather",
            Self::GatherScatter => "gather-scatter",
        }
    }
}

/// One reported instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The pattern.
    pub pattern: Pattern,
    /// Its transfers, as places in the list of all, in order.
    pub rows: Vec<u32>,
    /// Most counterparties at once, most middlemen, or transfers of the longest cycle.
    pub size: u32,
    /// The account around which it is; source and gathering account; none for cycles.
    pub centre: Vec<u32>,
    /// For cycles: the smallest amount as a part of the largest, in the best of its cycles.
    pub retention: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Episode {
    from: i64,
    to: i64,
    size: u32,
}

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    cycles: [Vec<Box<[u32]>>; 2],
    episodes: BTreeMap<(Pattern, u32, u32), Vec<Episode>>,
}

impl Folds {
    /// A cycle: places of its transfers.
    pub fn cycle(&mut self, pattern: Pattern, rows: impl Iterator<Item = u32>) {
        self.cycles[usize::from(pattern == Pattern::SimpleCycle)].push(rows.collect());
    }

    /// A sight of a pattern around an account (twice the same) or between two, in a window. Sights
    /// come in order of time.
    pub fn sight(&mut self, pattern: Pattern, ends: (u32, u32), window: (i64, i64), size: u32) {
        let episodes = self.episodes.entry((pattern, ends.0, ends.1)).or_default();
        match episodes.last_mut() {
            Some(last) if window.0 <= last.to => {
                last.to = window.1;
                last.size = last.size.max(size);
            }
            _ => episodes.push(Episode { from: window.0, to: window.1, size }),
        }
    }

    /// Adds what another share of the searches found; each sight must have been of one share.
    pub fn merge(&mut self, other: Self) {
        for (own, other) in self.cycles.iter_mut().zip(other.cycles) {
            own.extend(other);
        }
        for (key, episodes) in other.episodes {
            let own = self.episodes.entry(key).or_default();
            own.extend(episodes);
            own.sort_by_key(|e| (e.from, e.to));
            let mut merged: Vec<Episode> = Vec::new();
            for episode in own.drain(..) {
                match merged.last_mut() {
                    Some(last) if episode.from <= last.to => {
                        last.to = last.to.max(episode.to);
                        last.size = last.size.max(episode.size);
                    }
                    _ => merged.push(episode),
                }
            }
            *own = merged;
        }
    }

    /// The instances among these transfers, which are in order of time; by pattern, then by first
    /// transfer.
    pub fn instances(&self, transfers: &[Transfer]) -> Vec<Instance> {
        let mut found = Vec::new();
        for (pattern, cycles) in
            [Pattern::Cycle, Pattern::SimpleCycle].into_iter().zip(&self.cycles)
        {
            found.extend(components(pattern, cycles, transfers));
        }
        let (outs, ins) = (Index::of(transfers, |t| t.src), Index::of(transfers, |t| t.dst));
        for ((pattern, a, b), episodes) in &self.episodes {
            for episode in episodes {
                let mut rows = match pattern {
                    Pattern::FanOut => outs.between(transfers, *a, *episode),
                    Pattern::FanIn => ins.between(transfers, *a, *episode),
                    Pattern::GatherScatter => {
                        let mut rows = ins.between(transfers, *a, *episode);
                        rows.extend(outs.between(transfers, *a, *episode));
                        rows
                    }
                    _ => over_middlemen(
                        transfers,
                        outs.between(transfers, *a, *episode),
                        ins.between(transfers, *b, *episode),
                    ),
                };
                rows.sort_unstable();
                rows.dedup();
                let centre = if a == b { vec![*a] } else { vec![*a, *b] };
                let size = episode.size;
                found.push(Instance { pattern: *pattern, rows, size, centre, retention: None });
            }
        }
        found.sort_by(|x, y| (x.pattern, &x.rows, &x.centre).cmp(&(y.pattern, &y.rows, &y.centre)));
        found
    }
}

/// Rows of the transfers of each account, in order of time.
struct Index {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Index {
    fn of(transfers: &[Transfer], key: impl Fn(&Transfer) -> u32) -> Self {
        let accounts = transfers.iter().map(|t| t.src.max(t.dst) as usize + 1).max().unwrap_or(0);
        let mut starts = vec![0; accounts + 1];
        for transfer in transfers {
            starts[key(transfer) as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; transfers.len()];
        for (row, transfer) in transfers.iter().enumerate() {
            let place = &mut next[key(transfer) as usize];
            rows[*place as usize] = row as u32;
            *place += 1;
        }
        Self { starts, rows }
    }

    fn between(&self, transfers: &[Transfer], account: u32, episode: Episode) -> Vec<u32> {
        let (from, to) = (self.starts[account as usize], self.starts[account as usize + 1]);
        let rows = &self.rows[from as usize..to as usize];
        let inside = |row: &&u32| {
            let transfer = &transfers[**row as usize];
            (episode.from..=episode.to).contains(&transfer.ts) && transfer.src != transfer.dst
        };
        rows.iter().filter(inside).copied().collect()
    }
}

/// First and second legs of the middlemen who got money before they paid on.
fn over_middlemen(transfers: &[Transfer], firsts: Vec<u32>, seconds: Vec<u32>) -> Vec<u32> {
    let mut early: FxHashMap<u32, i64> = FxHashMap::default();
    for row in &firsts {
        let first = &transfers[*row as usize];
        early.entry(first.dst).or_insert(first.ts);
    }
    let passes = |row: &&u32| {
        let second = &transfers[**row as usize];
        early.get(&second.src).is_some_and(|ts| *ts < second.ts)
    };
    let seconds: Vec<u32> = seconds.iter().filter(passes).copied().collect();
    let middle: BTreeSet<u32> = seconds.iter().map(|row| transfers[*row as usize].src).collect();
    let firsts = firsts.into_iter().filter(|row| middle.contains(&transfers[*row as usize].dst));
    firsts.chain(seconds.iter().copied()).collect()
}

/// Cycles that share transfers.
fn components(pattern: Pattern, cycles: &[Box<[u32]>], transfers: &[Transfer]) -> Vec<Instance> {
    let mut parent: FxHashMap<u32, u32> = FxHashMap::default();
    for cycle in cycles {
        let first = root(&mut parent, cycle[0]);
        for row in &cycle[1..] {
            let other = root(&mut parent, *row);
            parent.insert(other, first);
        }
    }
    let mut found: BTreeMap<u32, (BTreeSet<u32>, u32, f64)> = BTreeMap::new();
    for cycle in cycles {
        let component = found.entry(root(&mut parent, cycle[0])).or_default();
        component.0.extend(cycle.iter());
        component.1 = component.1.max(cycle.len() as u32);
        let amounts = cycle.iter().map(|row| transfers[*row as usize].amount);
        let (low, high) = amounts.fold((i64::MAX, 0), |(l, h), a| (l.min(a), h.max(a)));
        component.2 = component.2.max(if high > 0 { low as f64 / high as f64 } else { 0.0 });
    }
    let instance = |(rows, size, retention): (BTreeSet<u32>, u32, f64)| Instance {
        pattern,
        rows: rows.into_iter().collect(),
        size,
        centre: Vec::new(),
        retention: Some(retention),
    };
    found.into_values().map(instance).collect()
}

fn root(parent: &mut FxHashMap<u32, u32>, row: u32) -> u32 {
    let mut at = row;
    while let Some(up) = parent.get(&at).copied().filter(|up| *up != at) {
        at = up;
    }
    let top = at;
    let mut at = row;
    while let Some(up) = parent.insert(at, top).filter(|up| *up != top && *up != at) {
        at = up;
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pay(ts: i64, src: u32, dst: u32, amount: i64) -> Transfer {
        Transfer { ts, src, dst, amount }
    }

    #[test]
    fn cycles_that_share_a_transfer_are_one() {
        let transfers = [pay(0, 0, 1, 100), pay(1, 1, 0, 90), pay(2, 1, 2, 80), pay(3, 2, 0, 70)];
        let mut folds = Folds::default();
        folds.cycle(Pattern::Cycle, [0, 1].into_iter());
        folds.cycle(Pattern::Cycle, [0, 2, 3].into_iter());
        let found = folds.instances(&transfers);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].rows.as_slice(), found[0].size), ([0, 1, 2, 3].as_slice(), 3));
        assert_eq!(found[0].retention, Some(0.9));
    }

    #[test]
    fn overlapping_windows_are_one_fan_and_shares_merge() {
        let transfers: Vec<Transfer> = (0..6).map(|i| pay(i * 10, i as u32 + 1, 0, 5)).collect();
        let sight = |folds: &mut Folds, at: i64| {
            folds.sight(Pattern::FanIn, (0, 0), (at - 12, at), 2);
        };
        let (mut one, mut other, mut both) = (Folds::default(), Folds::default(), Folds::default());
        for at in [10, 30] {
            sight(&mut one, at);
        }
        sight(&mut other, 20);
        for at in [10, 20, 30] {
            sight(&mut both, at);
        }
        one.merge(other);
        assert_eq!(one.instances(&transfers), both.instances(&transfers));
        assert_eq!(both.instances(&transfers)[0].rows, [0, 1, 2, 3]);
    }

    #[test]
    fn only_middlemen_who_passed_on_belong() {
        let transfers =
            [pay(0, 0, 1, 5), pay(1, 0, 2, 5), pay(2, 0, 3, 5), pay(3, 1, 9, 5), pay(4, 2, 9, 5)];
        let mut folds = Folds::default();
        folds.sight(Pattern::ScatterGather, (0, 9), (-10, 4), 2);
        assert_eq!(folds.instances(&transfers)[0].rows, [0, 1, 3, 4]);
    }
}
