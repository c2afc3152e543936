//! Which successions were found, missed and made up?

use super::rank::{self, AtK, Bin};
use super::ratio;
use super::timing::{self, Latency, Lead, Spoken};
use crate::simulate::{TrueSuccession, Truth};
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

impl Found {
    /// Yellow or above.
    pub(super) fn is_flagged(&self) -> bool {
        matches!(self.level.as_deref(), Some("yellow" | "orange" | "red"))
    }
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
    /// Of those, the ones that count neither way: not ripe by the end of the events.
    pub unripe: usize,
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
    /// True pairs found, by evasion; a pair stands under each of its evasions, and under `none`
    /// where it has none.
    pub by_evasion: BTreeMap<String, Share>,
    /// Decoy pairs flagged, by kind; for kinds without pairs, enterprises of which any pair was, or
    /// about which a warning was raised that the truth calls false.
    pub decoys: BTreeMap<String, Share>,
    /// `decoys` as rates.
    pub false_alarm_rate: BTreeMap<String, f64>,
    /// Flagged pairs that are neither true nor planted decoys.
    pub false_in_background: usize,
    /// The first pairs, as many as a bureau looks into.
    pub at_k: AtK,
    /// Confidence against truth.
    pub reliability: Vec<Bin>,
    /// How soon after it could be seen.
    pub latency: Latency,
    /// How long before an office acted.
    pub lead: Lead,
    /// Flagged, and not true.
    pub wrong: Vec<WrongPair>,
    /// True, and not flagged.
    pub missed: Vec<WrongPair>,
}

/// Predecessor and successor.
pub(super) type Pair = (String, String);

/// Where each pair stands.
pub(super) struct Standing<'a> {
    /// True pairs.
    pub(super) direct: BTreeMap<Pair, &'a TrueSuccession>,
    /// True pairs, unripe ones, and what follows from both along chains.
    pub(super) implied: BTreeSet<Pair>,
    unripe: BTreeSet<Pair>,
}

impl<'a> Standing<'a> {
    fn of(truth: &'a Truth) -> Self {
        let pair = |s: &TrueSuccession| (s.predecessor.clone(), s.successor.clone());
        Self {
            direct: truth.successions.iter().map(|s| (pair(s), s)).collect(),
            implied: closure(truth),
            unripe: truth.unripe.iter().cloned().collect(),
        }
    }

    /// Whether its evidence shows only after the end.
    pub(super) fn is_unripe(&self, pair: &Pair) -> bool {
        self.unripe.contains(pair) && !self.direct.contains_key(pair)
    }

    /// Neither right nor wrong: implied by others, or unripe.
    pub(super) fn is_neutral(&self, pair: &Pair) -> bool {
        !self.direct.contains_key(pair)
            && (self.implied.contains(pair) || self.unripe.contains(pair))
    }
}

/// What a truth says of a pair: right, wrong, or neither.
pub(super) fn verdicts(truth: &Truth) -> impl Fn(&Pair) -> Option<bool> + '_ {
    let standing = Standing::of(truth);
    move |pair| {
        let right = standing.direct.contains_key(pair);
        (right || !standing.is_neutral(pair)).then_some(right)
    }
}

/// Compares pairs; the first `k` of them are looked into.
pub(super) fn compare(truth: &Truth, found: &[Found], spoken: &Spoken, k: usize) -> PairReport {
    let standing = Standing::of(truth);
    let Standing { direct, implied, .. } = &standing;
    let results: BTreeMap<Pair, &Found> =
        found.iter().map(|f| ((f.predecessor.clone(), f.successor.clone()), f)).collect();
    let flagged: Vec<&Pair> =
        results.iter().filter(|(_, f)| f.is_flagged()).map(|(pair, _)| pair).collect();
    let counted: Vec<&Pair> = flagged.iter().copied().filter(|p| !standing.is_unripe(p)).collect();
    let flagged_true = counted.iter().filter(|p| implied.contains(**p)).count();
    let hit = |pair: &Pair| results.get(pair).is_some_and(|f| f.is_flagged());
    let found_true = direct.keys().filter(|p| hit(p)).count();
    let planted = decoy_pairs(truth);
    let wrong: Vec<WrongPair> = counted
        .iter()
        .filter(|p| !implied.contains(**p))
        .map(|pair| wrong_pair(pair, decoy_of(&planted, truth, pair), results.get(*pair)))
        .collect();
    let missed: Vec<WrongPair> = direct
        .iter()
        .filter(|(pair, _)| !hit(pair))
        .map(|(pair, s)| wrong_pair(pair, described(s), results.get(pair)))
        .collect();
    let decoys = decoy_shares(truth, &results, spoken);
    PairReport {
        flagged: flagged.len(),
        unripe: flagged.len() - counted.len(),
        truth: direct.len(),
        flagged_true,
        found: found_true,
        precision: ratio(flagged_true, counted.len()),
        recall: ratio(found_true, direct.len()),
        average_precision: rank::average_precision(&results, &standing),
        by_scenario: shares(direct, hit, |s| vec![s.scenario.clone()]),
        by_difficulty: shares(direct, hit, |s| vec![s.difficulty.clone()]),
        by_evasion: shares(direct, hit, |s| match s.evasions.as_slice() {
            [] => vec!["none".to_owned()],
            some => some.to_vec(),
        }),
        false_alarm_rate: decoys.iter().map(|(k, s)| (k.clone(), ratio(s.found, s.of))).collect(),
        decoys,
        false_in_background: wrong.iter().filter(|w| w.case == "background").count(),
        at_k: rank::at_k(&results, &standing, k),
        reliability: rank::reliability(&results, &standing),
        latency: timing::latency(direct, &results, spoken),
        lead: timing::lead(direct, &results, spoken),
        wrong,
        missed,
    }
}

/// Scenario, difficulty and evasions of a missed pair.
fn described(truth: &TrueSuccession) -> String {
    let mut text = format!("{} {}", truth.scenario, truth.difficulty);
    if !truth.evasions.is_empty() {
        text += ": ";
        text += &truth.evasions.join(" ");
    }
    text
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
    keys: impl Fn(&TrueSuccession) -> Vec<String>,
) -> BTreeMap<String, Share> {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for (pair, succession) in direct {
        for key in keys(succession) {
            let share = shares.entry(key).or_default();
            share.of += 1;
            share.found += usize::from(hit(pair));
        }
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

fn decoy_shares(
    truth: &Truth,
    results: &BTreeMap<Pair, &Found>,
    spoken: &Spoken,
) -> BTreeMap<String, Share> {
    let flagged = |a: &str, b: &str| {
        let pair = (a.to_owned(), b.to_owned());
        results.get(&pair).is_some_and(|f| f.is_flagged())
    };
    let touched: BTreeSet<&str> = results
        .values()
        .filter(|f| f.is_flagged())
        .flat_map(|f| [f.predecessor.as_str(), f.successor.as_str()])
        .collect();
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for decoy in &truth.decoys {
        let share = shares.entry(decoy.kind.clone()).or_default();
        if decoy.pairs.is_empty() {
            share.of += decoy.enterprises.len();
            let flagged = |e: &&String| touched.contains(e.as_str()) || spoken.alarmed.contains(*e);
            share.found += decoy.enterprises.iter().filter(flagged).count();
        } else {
            share.of += decoy.pairs.len();
            share.found +=
                decoy.pairs.iter().filter(|(a, b)| flagged(a, b) || flagged(b, a)).count();
        }
    }
    shares
}
