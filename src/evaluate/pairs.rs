//! Which successions were found, missed and made up?

use super::ratio;
use crate::simulate::{TrueSuccession, Truth};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A pair as written by a run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) predecessor: String,
    pub(super) successor: String,
    pub(super) confidence: f64,
    #[serde(default)]
    pub(super) level: Option<String>,
    #[serde(default)]
    pub(super) first_seen_at: String,
}

/// Some of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Found (or, of decoys, flagged).
    pub found: usize,
    /// There are.
    pub of: usize,
}

/// A pair that was flagged wrongly or missed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WrongPair {
    /// Code.
    pub predecessor: String,
    /// Code.
    pub successor: String,
    /// Scenario and difficulty of a missed pair; decoy kind, or `background`, of a false one.
    pub case: String,
    /// Confidence given to it; 0 where the pair is not in the results at all.
    pub confidence: f64,
}

/// Successions, found against true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairReport {
    /// Pairs flagged yellow or above.
    pub flagged: usize,
    /// True pairs.
    pub truth: usize,
    /// Flagged pairs that are true, or implied by a true chain.
    pub flagged_true: usize,
    /// True pairs that were flagged.
    pub found: usize,
    /// `flagged_true` of the flagged pairs that count.
    pub precision: f64,
    /// `found` of `truth`.
    pub recall: f64,
    /// Mean of the precision at the rank of every true pair, over all pairs by confidence.
    pub average_precision: f64,
    /// True pairs found, by scenario.
    pub by_scenario: BTreeMap<String, Share>,
    /// True pairs found, by difficulty.
    pub by_difficulty: BTreeMap<String, Share>,
    /// Decoy pairs flagged, by kind; for kinds without pairs, enterprises of which any pair was.
    pub decoys: BTreeMap<String, Share>,
    /// Flagged pairs that are neither true nor planted decoys.
    pub false_in_background: usize,
    /// Days from the time when a found pair could be seen to when it was; negative when earlier.
    pub delay_days_median: f64,
    /// The same, ninth decile.
    pub delay_days_p90: f64,
    /// Flagged, and not true.
    pub wrong: Vec<WrongPair>,
    /// True, and not flagged.
    pub missed: Vec<WrongPair>,
}

type Pair = (String, String);

/// Compares pairs.
pub(super) fn compare(truth: &Truth, found: &[Found]) -> PairReport {
    let direct: BTreeMap<Pair, &TrueSuccession> = truth
        .successions
        .iter()
        .map(|s| ((s.predecessor.clone(), s.successor.clone()), s))
        .collect();
    let implied = closure(truth);
    let unripe: BTreeSet<Pair> = truth.unripe.iter().cloned().collect();
    let results: BTreeMap<Pair, &Found> =
        found.iter().map(|f| ((f.predecessor.clone(), f.successor.clone()), f)).collect();
    let flagged: Vec<&Pair> =
        results.iter().filter(|(_, f)| is_flagged(f)).map(|(pair, _)| pair).collect();
    let counted: Vec<&Pair> = flagged
        .iter()
        .copied()
        .filter(|p| !unripe.contains(*p) || direct.contains_key(*p))
        .collect();
    let flagged_true = counted.iter().filter(|p| implied.contains(**p)).count();
    let hit = |pair: &Pair| results.get(pair).is_some_and(|f| is_flagged(f));
    let found_true = direct.keys().filter(|p| hit(p)).count();
    let decoys = decoy_pairs(truth);
    let wrong: Vec<WrongPair> = counted
        .iter()
        .filter(|p| !implied.contains(**p))
        .map(|pair| wrong_pair(pair, decoy_of(&decoys, truth, pair), results.get(*pair)))
        .collect();
    let missed: Vec<WrongPair> = direct
        .iter()
        .filter(|(pair, _)| !hit(pair))
        .map(|(pair, s)| {
            wrong_pair(pair, format!("{} {}", s.scenario, s.difficulty), results.get(pair))
        })
        .collect();
    let delays = delays(&direct, &results);
    PairReport {
        flagged: flagged.len(),
        truth: direct.len(),
        flagged_true,
        found: found_true,
        precision: ratio(flagged_true, counted.len()),
        recall: ratio(found_true, direct.len()),
        average_precision: average_precision(&results, &direct, &implied, &unripe),
        by_scenario: shares(&direct, hit, |s| s.scenario.clone()),
        by_difficulty: shares(&direct, hit, |s| s.difficulty.clone()),
        decoys: decoy_shares(truth, &results),
        false_in_background: wrong.iter().filter(|w| w.case == "background").count(),
        delay_days_median: quantile(&delays, 0.5),
        delay_days_p90: quantile(&delays, 0.9),
        wrong,
        missed,
    }
}

fn is_flagged(found: &Found) -> bool {
    matches!(found.level.as_deref(), Some("yellow" | "orange" | "red"))
}

fn wrong_pair(pair: &Pair, case: String, found: Option<&&Found>) -> WrongPair {
    WrongPair {
        predecessor: pair.0.clone(),
        successor: pair.1.clone(),
        case,
        confidence: found.map_or(0.0, |f| f.confidence),
    }
}

/// All pairs that follow from the true ones along chains.
fn closure(truth: &Truth) -> BTreeSet<Pair> {
    let mut pairs: BTreeSet<Pair> = truth
        .successions
        .iter()
        .map(|s| (s.predecessor.clone(), s.successor.clone()))
        .chain(truth.unripe.iter().cloned())
        .collect();
    loop {
        let more: Vec<Pair> = pairs
            .iter()
            .flat_map(|(a, b)| {
                pairs.iter().filter(move |(c, _)| c == b).map(move |(_, d)| (a.clone(), d.clone()))
            })
            .filter(|pair| !pairs.contains(pair) && pair.0 != pair.1)
            .collect();
        if more.is_empty() {
            return pairs;
        }
        pairs.extend(more);
    }
}

fn shares(
    direct: &BTreeMap<Pair, &TrueSuccession>,
    hit: impl Fn(&Pair) -> bool,
    key: impl Fn(&TrueSuccession) -> String,
) -> BTreeMap<String, Share> {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for (pair, succession) in direct {
        let share = shares.entry(key(succession)).or_default();
        share.of += 1;
        share.found += usize::from(hit(pair));
    }
    shares
}

fn decoy_pairs(truth: &Truth) -> BTreeMap<Pair, String> {
    let mut pairs = BTreeMap::new();
    for decoy in &truth.decoys {
        for (a, b) in &decoy.pairs {
            pairs.insert((a.clone(), b.clone()), decoy.kind.clone());
            pairs.insert((b.clone(), a.clone()), decoy.kind.clone());
        }
    }
    pairs
}

/// The decoy that a false pair belongs to: as a pair, else by one of its enterprises.
fn decoy_of(pairs: &BTreeMap<Pair, String>, truth: &Truth, pair: &Pair) -> String {
    if let Some(kind) = pairs.get(pair) {
        return kind.clone();
    }
    truth
        .decoys
        .iter()
        .find(|d| d.enterprises.contains(&pair.0) || d.enterprises.contains(&pair.1))
        .map_or_else(|| "background".to_owned(), |d| format!("{} with a stranger", d.kind))
}

fn decoy_shares(truth: &Truth, results: &BTreeMap<Pair, &Found>) -> BTreeMap<String, Share> {
    let flagged = |a: &str, b: &str| {
        let pair = (a.to_owned(), b.to_owned());
        results.get(&pair).is_some_and(|f| is_flagged(f))
    };
    let touched: BTreeSet<&str> = results
        .values()
        .filter(|f| is_flagged(f))
        .flat_map(|f| [f.predecessor.as_str(), f.successor.as_str()])
        .collect();
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for decoy in &truth.decoys {
        let share = shares.entry(decoy.kind.clone()).or_default();
        if decoy.pairs.is_empty() {
            share.of += decoy.enterprises.len();
            share.found +=
                decoy.enterprises.iter().filter(|e| touched.contains(e.as_str())).count();
        } else {
            share.of += decoy.pairs.len();
            share.found +=
                decoy.pairs.iter().filter(|(a, b)| flagged(a, b) || flagged(b, a)).count();
        }
    }
    shares
}

fn average_precision(
    results: &BTreeMap<Pair, &Found>,
    direct: &BTreeMap<Pair, &TrueSuccession>,
    implied: &BTreeSet<Pair>,
    unripe: &BTreeSet<Pair>,
) -> f64 {
    if direct.is_empty() {
        return 1.0;
    }
    let mut ranked: Vec<(&Pair, f64)> = results.iter().map(|(p, f)| (p, f.confidence)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let (mut rank, mut hits, mut sum) = (0, 0, 0.0);
    for (pair, _) in ranked {
        let is_direct = direct.contains_key(pair);
        // What is implied or unripe takes no rank: it is neither right nor wrong here.
        if !is_direct && (implied.contains(pair) || unripe.contains(pair)) {
            continue;
        }
        rank += 1;
        if is_direct {
            hits += 1;
            sum += f64::from(hits) / f64::from(rank);
        }
    }
    (sum / direct.len() as f64 * 10_000.0).round() / 10_000.0
}

fn delays(direct: &BTreeMap<Pair, &TrueSuccession>, results: &BTreeMap<Pair, &Found>) -> Vec<f64> {
    let mut delays: Vec<f64> = direct
        .iter()
        .filter_map(|(pair, truth)| {
            let found = results.get(pair).filter(|f| is_flagged(f))?;
            let seen = Time::parse(&found.first_seen_at)?;
            let visible = Time::parse(&truth.visible_at)?;
            Some(seen.hours_since(visible) / 24.0)
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    delays
}

fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = ((sorted.len() as f64 - 1.0).max(0.0) * at).round() as usize;
    sorted.get(place).map_or(0.0, |days| (days * 10.0).round() / 10.0)
}
