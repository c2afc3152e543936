//! How good is the order of the pairs, and does confidence mean what it says?

use super::pairs::{Found, Pair, Standing};
use serde::Serialize;
use std::collections::BTreeMap;

/// Bins of the reliability table.
const BINS: usize = 10;
/// Cases a bureau can look into, for every thousand indexed enterprises: an assumption, stated so
/// that it can be argued with.
const CASES_PER_THOUSAND: f64 = 5.0;
/// A bureau of the smallest town looks into so many.
const CASES_MIN: usize = 10;

/// What a bureau sees that looks into the first so many pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AtK {
    /// Pairs looked into at most.
    pub k: usize,
    /// Pairs looked into: fewer than `k` where fewer were flagged.
    pub looked_into: usize,
    /// True ones among them.
    pub hits: usize,
    /// `hits` of `looked_into`.
    pub precision: f64,
}

/// Pairs of like confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Lowest confidence of the bin.
    pub from: f64,
    /// Highest; itself in the next bin, but for 1.
    pub to: f64,
    /// Pairs.
    pub pairs: usize,
    /// Their mean confidence.
    pub said: f64,
    /// The share of them that is true.
    pub true_share: f64,
}

/// Cases that a bureau can look into, by the size of its town.
pub(super) fn capacity(enterprises: usize) -> usize {
    ((enterprises as f64 / 1_000.0 * CASES_PER_THOUSAND).round() as usize).max(CASES_MIN)
}

/// Pairs that count, the most confident first; what is implied or unripe takes no rank.
fn ranked<'a>(
    results: &'a BTreeMap<Pair, &Found>,
    standing: &Standing<'_>,
) -> Vec<(&'a Pair, &'a Found)> {
    let mut ranked: Vec<(&Pair, &Found)> = results
        .iter()
        .filter(|(pair, _)| !standing.is_neutral(pair))
        .map(|(pair, found)| (pair, *found))
        .collect();
    ranked.sort_by(|a, b| b.1.confidence.total_cmp(&a.1.confidence).then_with(|| a.0.cmp(b.0)));
    ranked
}

/// Mean of the precision at the rank of every true pair; pairs not in the results count 0.
pub(super) fn average_precision(results: &BTreeMap<Pair, &Found>, standing: &Standing<'_>) -> f64 {
    if standing.direct.is_empty() {
        return 1.0;
    }
    let (mut hits, mut sum) = (0_u32, 0.0);
    for (rank, (pair, _)) in (1_u32..).zip(ranked(results, standing)) {
        if standing.direct.contains_key(pair) {
            hits += 1;
            sum += f64::from(hits) / f64::from(rank);
        }
    }
    (sum / standing.direct.len() as f64 * 10_000.0).round() / 10_000.0
}

/// The first `k` flagged pairs, by confidence.
pub(super) fn at_k(results: &BTreeMap<Pair, &Found>, standing: &Standing<'_>, k: usize) -> AtK {
    let ranked = ranked(results, standing);
    let first: Vec<_> = ranked.iter().filter(|(_, f)| f.is_flagged()).take(k).collect();
    let hits = first.iter().filter(|(pair, _)| standing.direct.contains_key(*pair)).count();
    AtK { k, looked_into: first.len(), hits, precision: super::ratio(hits, first.len()) }
}

/// Ten bins of confidence; a pair implied by a chain counts as true.
pub(super) fn reliability(results: &BTreeMap<Pair, &Found>, standing: &Standing<'_>) -> Vec<Bin> {
    let mut sums = [(0_usize, 0.0, 0_usize); BINS];
    for (pair, found) in results {
        if standing.is_unripe(pair) {
            continue;
        }
        let bin = ((found.confidence * BINS as f64) as usize).min(BINS - 1);
        let (pairs, said, right) = &mut sums[bin];
        *pairs += 1;
        *said += found.confidence;
        *right += usize::from(standing.implied.contains(pair));
    }
    let of = |sum: f64, pairs: usize| {
        if pairs == 0 { 0.0 } else { (sum / pairs as f64 * 1_000.0).round() / 1_000.0 }
    };
    let edge = |bin: usize| bin as f64 / BINS as f64;
    sums.iter()
        .enumerate()
        .map(|(bin, (pairs, said, right))| Bin {
            from: edge(bin),
            to: edge(bin + 1),
            pairs: *pairs,
            said: of(*said, *pairs),
            true_share: of(*right as f64, *pairs),
        })
        .collect()
}
