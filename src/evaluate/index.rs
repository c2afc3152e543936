//! Does the index add up, and do the grades spread as they should?

use crate::simulate::Truth;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    uscc: String,
    score: f64,
    grade: String,
    #[serde(default)]
    contributions: Vec<Part>,
}

#[derive(Clone, Debug, Deserialize)]
struct Part {
    points: f64,
}

/// The index: form and spread.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexReport {
    /// Enterprises with an index.
    pub enterprises: usize,
    /// Codes of enterprises whose contributions do not sum to the score.
    pub not_adding_up: Vec<String>,
    /// Sole traders with an index; there must be none.
    pub sole_traders: usize,
    /// Per cent of each grade.
    pub grades_pct: BTreeMap<String, f64>,
    /// Mean score of predecessors of true successions.
    pub mean_of_predecessors: f64,
    /// Mean score of successors of true successions.
    pub mean_of_successors: f64,
    /// Mean score of all.
    pub mean: f64,
}

/// Examines the index.
pub(super) fn compare(truth: &Truth, found: &[Found]) -> IndexReport {
    let mut grades: BTreeMap<String, f64> = BTreeMap::new();
    for index in found {
        *grades.entry(index.grade.clone()).or_default() += 100.0 / found.len() as f64;
    }
    for share in grades.values_mut() {
        *share = (*share * 10.0).round() / 10.0;
    }
    let mean_of = |codes: &BTreeSet<&str>| {
        mean(found.iter().filter(|f| codes.contains(f.uscc.as_str())).map(|f| f.score))
    };
    let old = truth.successions.iter().map(|s| s.predecessor.as_str()).collect();
    let new = truth.successions.iter().map(|s| s.successor.as_str()).collect();
    IndexReport {
        enterprises: found.len(),
        not_adding_up: found.iter().filter(|f| !adds_up(f)).map(|f| f.uscc.clone()).collect(),
        sole_traders: found.iter().filter(|f| f.uscc.starts_with("92")).count(),
        grades_pct: grades,
        mean_of_predecessors: mean_of(&old),
        mean_of_successors: mean_of(&new),
        mean: mean(found.iter().map(|f| f.score)),
    }
}

/// Sums of decimals, compared in millionths.
fn adds_up(found: &Found) -> bool {
    let millionths = |points: f64| (points * 1e6).round() as i64;
    found.contributions.iter().map(|p| millionths(p.points)).sum::<i64>() == millionths(found.score)
}

fn mean(scores: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = scores.fold((0.0, 0), |(sum, count), s| (sum + s, count + 1));
    if count == 0 { 0.0 } else { (sum / f64::from(count) * 10.0).round() / 10.0 }
}
