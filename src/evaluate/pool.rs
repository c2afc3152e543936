//! What do many cities say together? Means, worst cities, and counts put together.
//!
//! Must not know: how the cities were made or run.

use super::pairs::Share;
use super::rank::Bin;
use super::{BaselineReport, Report, ratio};
use serde::Serialize;
use std::collections::BTreeMap;

/// A figure over several cities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Mean of the cities.
    pub mean: f64,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let fold = |from: f64, pick: fn(f64, f64) -> f64| values.iter().copied().fold(from, pick);
        let round = |value: f64| (value * 10_000.0).round() / 10_000.0;
        if values.is_empty() {
            return Self::default();
        }
        Self {
            mean: round(values.iter().sum::<f64>() / values.len() as f64),
            min: round(fold(f64::INFINITY, f64::min)),
            max: round(fold(f64::NEG_INFINITY, f64::max)),
        }
    }
}

/// A detector's figures over several cities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pooled {
    /// Cities.
    pub cities: usize,
    /// True pairs in all.
    pub truth: usize,
    /// By city.
    pub precision: Spread,
    /// By city.
    pub recall: Spread,
    /// By city.
    pub average_precision: Spread,
    /// True among the first `k` flagged, by city.
    pub precision_at_k: Spread,
    /// Flagged within 24 hours of becoming visible, of all true pairs, by city.
    pub within_24h: Spread,
    /// Median days of lead over the first official action, by city.
    pub lead_days: Spread,
    /// Flagged before that action, of those with one, by city.
    pub flagged_before: Spread,
    /// True pairs found, all cities together.
    pub by_difficulty: BTreeMap<String, Share>,
    /// The same by scenario.
    pub by_scenario: BTreeMap<String, Share>,
    /// The same by evasion.
    pub by_evasion: BTreeMap<String, Share>,
    /// Decoys flagged, all cities together.
    pub decoys: BTreeMap<String, Share>,
    /// Flagged pairs that are neither true nor planted decoys.
    pub false_in_background: usize,
    /// Confidence against truth, all cities together.
    pub reliability: Vec<Bin>,
    /// The naive baseline on the same cities.
    pub baseline: Option<PooledBaseline>,
}

/// The naive baseline's figures over several cities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PooledBaseline {
    /// By city.
    pub precision: Spread,
    /// By city.
    pub recall: Spread,
    /// By city.
    pub average_precision: Spread,
    /// True pairs found, all cities together.
    pub by_difficulty: BTreeMap<String, Share>,
    /// Decoys flagged, all cities together.
    pub decoys: BTreeMap<String, Share>,
}

/// Puts reports together.
pub fn pool(reports: &[Report]) -> Pooled {
    let spread = |figure: &dyn Fn(&Report) -> f64| Spread::of(reports.iter().map(figure));
    let sum = |part: fn(&Report) -> &BTreeMap<String, Share>| sum(reports.iter().map(part));
    let naive: Vec<&BaselineReport> = reports.iter().filter_map(|r| r.baseline.as_ref()).collect();
    Pooled {
        cities: reports.len(),
        truth: reports.iter().map(|r| r.successions.truth).sum(),
        precision: spread(&|r| r.successions.precision),
        recall: spread(&|r| r.successions.recall),
        average_precision: spread(&|r| r.successions.average_precision),
        precision_at_k: spread(&|r| r.successions.at_k.precision),
        within_24h: spread(&|r| r.successions.latency.within_24h_of_all),
        lead_days: spread(&|r| r.successions.lead.median_days),
        flagged_before: spread(&|r| r.successions.lead.flagged_before),
        by_difficulty: sum(|r| &r.successions.by_difficulty),
        by_scenario: sum(|r| &r.successions.by_scenario),
        by_evasion: sum(|r| &r.successions.by_evasion),
        decoys: sum(|r| &r.successions.decoys),
        false_in_background: reports.iter().map(|r| r.successions.false_in_background).sum(),
        reliability: bins(reports),
        baseline: (!naive.is_empty()).then(|| baseline(&naive)),
    }
}

fn baseline(naive: &[&BaselineReport]) -> PooledBaseline {
    let spread =
        |figure: fn(&BaselineReport) -> f64| Spread::of(naive.iter().map(|report| figure(report)));
    PooledBaseline {
        precision: spread(|b| b.precision),
        recall: spread(|b| b.recall),
        average_precision: spread(|b| b.average_precision),
        by_difficulty: sum(naive.iter().map(|b| &b.by_difficulty)),
        decoys: sum(naive.iter().map(|b| &b.decoys)),
    }
}

/// Shares of several cities as one.
fn sum<'a>(parts: impl Iterator<Item = &'a BTreeMap<String, Share>>) -> BTreeMap<String, Share> {
    let mut total: BTreeMap<String, Share> = BTreeMap::new();
    for (key, share) in parts.flatten() {
        let of_key = total.entry(key.clone()).or_default();
        of_key.found += share.found;
        of_key.of += share.of;
    }
    total
}

fn bins(reports: &[Report]) -> Vec<Bin> {
    let Some(first) = reports.first() else { return Vec::new() };
    let mut bins = first.successions.reliability.clone();
    for (at, bin) in bins.iter_mut().enumerate() {
        let of_all = || reports.iter().map(|r| r.successions.reliability[at]);
        let pairs: usize = of_all().map(|b| b.pairs).sum();
        let mean = |part: fn(&Bin) -> f64| {
            let sum: f64 = of_all().map(|b| part(&b) * b.pairs as f64).sum();
            (sum / pairs.max(1) as f64 * 1_000.0).round() / 1_000.0
        };
        (bin.said, bin.true_share) = (mean(|b| b.said), mean(|b| b.true_share));
        bin.pairs = pairs;
    }
    bins
}

impl Pooled {
    /// Recall of a difficulty third, all cities together; 1 where it has none.
    pub fn recall_of(&self, difficulty: &str) -> f64 {
        self.by_difficulty.get(difficulty).map_or(1.0, |share| ratio(share.found, share.of))
    }

    /// The decoy kind most often flagged, and its rate.
    pub fn worst_decoy(&self) -> Option<(&str, f64)> {
        let rates = self.decoys.iter().map(|(kind, s)| (kind.as_str(), ratio(s.found, s.of)));
        rates.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_and_sums() {
        let spread = Spread::of([0.5, 1.0].into_iter());
        assert_eq!((spread.mean, spread.min, spread.max), (0.75, 0.5, 1.0));
        assert_eq!(Spread::of(std::iter::empty()), Spread::default());
        let part = |found, of| BTreeMap::from([("N4".to_owned(), Share { found, of })]);
        let total = sum([part(1, 2), part(0, 3)].iter());
        assert_eq!(total["N4"], Share { found: 1, of: 5 });
    }
}
