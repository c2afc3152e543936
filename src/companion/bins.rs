//! Where do the points of an indicator begin to tell more? Bins whose rate of cases never falls.
//!
//! Pool-adjacent-violators (Barlow et al. 1972, *Statistical Inference under Order Restrictions*)
//! over bins with enough rows; each bin's weight of evidence is the log-odds of its cases against
//! those of all (Good 1950). Invariant: the weight of evidence rises from bin to bin.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Fewest rows of a bin.
const ROWS_MIN: u32 = 20;
/// Fewest rows of a bin, as a share of all: one in so many.
const SHARE_MIN: u32 = 400;
/// Most bins of an indicator.
const BINS_MAX: usize = 6;

/// A range of points, and what it tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// The fewest points in it; none in the first bin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i32>,
    /// Weight of evidence, in natural log-odds.
    pub woe: f64,
    /// Rows that it was learned from.
    pub rows: u32,
    /// Cases among them.
    pub cases: u32,
}

/// A bin before its evidence is known.
#[derive(Clone, Copy, Debug)]
struct Block {
    from: i32,
    rows: u32,
    cases: u32,
}

impl Block {
    /// Rate of cases, drawn towards that of all as by one further row.
    fn rate(self, base: f64) -> f64 {
        (f64::from(self.cases) + base) / (f64::from(self.rows) + 1.0)
    }

    fn join(&mut self, other: Self) {
        self.rows += other.rows;
        self.cases += other.cases;
    }
}

fn logit(rate: f64) -> f64 {
    (rate / (1.0 - rate)).ln()
}

/// The bins of an indicator's points, each with whether the row is a case. Fewer than two when the
/// points tell nothing that rises.
pub fn monotone(rows: impl Iterator<Item = (i32, bool)>) -> Vec<Bin> {
    let mut by_points: BTreeMap<i32, (u32, u32)> = BTreeMap::new();
    let (mut all, mut cases) = (0_u32, 0_u32);
    for (points, case) in rows {
        let counts = by_points.entry(points).or_default();
        counts.0 += 1;
        counts.1 += u32::from(case);
        all += 1;
        cases += u32::from(case);
    }
    if cases == 0 || cases == all {
        return Vec::new();
    }
    let base = f64::from(cases) / f64::from(all);
    let mut blocks: Vec<Block> = Vec::new();
    let fewest = ROWS_MIN.max(all / SHARE_MIN);
    for (from, (rows, cases)) in by_points {
        let next = Block { from, rows, cases };
        match blocks.last_mut() {
            Some(last) if last.rows < fewest => last.join(next),
            _ => blocks.push(next),
        }
    }
    if blocks.last().is_some_and(|last| last.rows < fewest)
        && let Some(few) = blocks.pop()
        && let Some(last) = blocks.last_mut()
    {
        last.join(few);
    }
    let mut pooled: Vec<Block> = Vec::new();
    for block in blocks {
        pooled.push(block);
        while let [.., before, last] = pooled[..] {
            if before.rate(base) < last.rate(base) {
                break;
            }
            pool(&mut pooled);
        }
    }
    while pooled.len() > BINS_MAX {
        let nearest = (1..pooled.len()).min_by(|a, b| {
            let step = |at: usize| pooled[at].rate(base) - pooled[at - 1].rate(base);
            step(*a).total_cmp(&step(*b))
        });
        let Some(at) = nearest else { break };
        let gone = pooled.remove(at);
        pooled[at - 1].join(gone);
    }
    let bin = |(place, block): (usize, Block)| Bin {
        from: (place > 0).then_some(block.from),
        woe: logit(block.rate(base)) - logit(base),
        rows: block.rows,
        cases: block.cases,
    };
    pooled.into_iter().enumerate().map(bin).collect()
}

/// Joins the last two.
fn pool(blocks: &mut Vec<Block>) {
    if let Some(last) = blocks.pop()
        && let Some(before) = blocks.last_mut()
    {
        before.join(last);
    }
}

/// The place of the bin that some points fall into.
pub fn place(bins: &[Bin], points: i32) -> usize {
    bins.iter().rposition(|bin| bin.from.is_none_or(|from| points >= from)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_rises_is_kept_and_what_falls_is_pooled() {
        let rows = |rates: &[(i32, u32)]| {
            let rows: Vec<(i32, bool)> = rates
                .iter()
                .flat_map(|(points, cases)| (0..100).map(move |row| (*points, row < *cases)))
                .collect();
            monotone(rows.into_iter())
        };
        let rising = rows(&[(0, 2), (10, 10), (20, 40)]);
        let from: Vec<Option<i32>> = rising.iter().map(|bin| bin.from).collect();
        assert_eq!(from, [None, Some(10), Some(20)]);
        assert!(rising[0].woe < 0.0 && rising[2].woe > 0.0);
        let pooled = rows(&[(0, 2), (10, 30), (20, 20)]);
        assert_eq!(pooled.len(), 2, "{pooled:?}");
        assert_eq!((pooled[1].rows, pooled[1].cases), (200, 50));
        assert_eq!(rows(&[(0, 30), (10, 10)]).len(), 1, "it falls: it tells nothing");
        assert!(rows(&[(0, 0), (10, 0)]).is_empty(), "no case");
    }

    proptest! {
        #[test]
        fn evidence_rises_and_every_row_is_in_one_bin(
            rows in prop::collection::vec((-20_i32..60, prop::bool::weighted(0.2)), 40..600),
        ) {
            let bins = monotone(rows.iter().copied());
            prop_assert!(bins.windows(2).all(|two| two[0].woe < two[1].woe));
            prop_assert!(bins.len() <= BINS_MAX);
            for (at, bin) in bins.iter().enumerate() {
                let own = rows.iter().filter(|(points, _)| place(&bins, *points) == at);
                let (count, cases) = own.fold((0, 0), |(n, c), (_, case)| (n + 1, c + u32::from(*case)));
                prop_assert_eq!((bin.rows, bin.cases), (count, cases));
            }
        }
    }
}
