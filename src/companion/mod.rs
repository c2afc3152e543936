//! In which order should the work inside a class be done? A scorecard learned from later cases.
//!
//! The companion stands beside the index and is never a part of it: it orders work inside a class
//! and challenges the experts' points. It is trained out of time: what became of the enterprises
//! after some moments, checked at a later one. Invariant: more points of an indicator never give
//! less; whoever has no index (persons, sole traders) has no companion. Must not know: files.

pub mod bins;
pub mod card;
mod enforce;
pub mod fit;

pub use card::Card;
pub use enforce::Enforcement;

use crate::companion::bins::{Bin, monotone, place};
use crate::companion::fit::{Alike, chance, fit};
use crate::risk::Index;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Fewest cases to learn from.
const CASES_MIN: usize = 20;
/// Fewest cases to check by.
const CHECKED_MIN: usize = 5;

/// One enterprise at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Points by indicator, in the order of [`Samples::indicators`].
    pub points: Vec<i32>,
    /// The index.
    pub score: i32,
    /// Whether it became a case within the horizon.
    pub case: bool,
}

/// What is learned from, and what it is checked by.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// The model's indicators: id, Chinese name, points at most.
    pub indicators: Vec<(Arc<str>, String, i32)>,
    /// Of the earlier moments.
    pub learned: Vec<Sample>,
    /// Of the last moment.
    pub checked: Vec<Sample>,
}

impl Samples {
    /// The points of an index, by indicator.
    pub fn points(&self, index: &Index) -> Vec<i32> {
        self.indicators.iter().map(|(id, ..)| points(index, id)).collect()
    }
}

fn points(index: &Index, indicator: &str) -> i32 {
    let own = index.contributions.iter().filter(|line| *line.indicator == *indicator);
    own.map(|line| line.points).sum()
}

/// How it is trained: part of the scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The model whose indicators it weighs: id and beginning of the digest.
    pub model: String,
    /// The moments that it learned from.
    pub moments: Vec<String>,
    /// The moment that it was checked at.
    pub checked_at: String,
    /// Days within which an enterprise became a case.
    pub horizon_days: u32,
    /// What draws the weights to 0.
    pub l2: f64,
}

/// A feature of the scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The indicator whose points it is.
    pub indicator: String,
    /// Its weight: log-odds for each unit of evidence.
    pub weight: f64,
    /// Its bins, by rising points.
    pub bins: Vec<Bin>,
}

/// What was learned: `scorecard.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scorecard {
    /// Log-odds where there is no evidence.
    pub intercept: f64,
    /// How it was trained.
    pub plan: Plan,
    /// Its features; those that tell nothing are left out.
    pub feature: Vec<Feature>,
}

/// Why nothing was learned, or a scorecard cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

impl Scorecard {
    /// Whether it can be used beside a model with these indicators.
    ///
    /// # Errors
    /// With the feature at fault.
    pub fn check(&self, indicators: &[&str]) -> Result<(), Unusable> {
        for feature in &self.feature {
            let name = &feature.indicator;
            let wrong = |why: &str| Err(Unusable(format!("feature {name}: {why}")));
            if !indicators.contains(&name.as_str()) {
                return wrong("the model has no indicator of this id: train it anew");
            }
            if !(feature.weight >= 0.0 && feature.weight.is_finite()) {
                return wrong("its weight must not be negative");
            }
            let opens = feature.bins.first().is_some_and(|bin| bin.from.is_none());
            let rises = feature.bins.windows(2).all(|two| {
                two[0].woe <= two[1].woe && two[1].from.is_some() && two[0].from < two[1].from
            });
            if !opens || !rises {
                return wrong(
                    "its bins must rise, in points and in woe, and the first has no from",
                );
            }
        }
        Ok(())
    }

    /// The log-odds that an enterprise becomes a case.
    pub fn log_odds(&self, index: &Index) -> f64 {
        self.intercept + self.sum(|indicator| points(index, indicator))
    }

    /// The chance that an enterprise becomes a case within the horizon.
    pub fn chance(&self, index: &Index) -> f64 {
        chance(self.log_odds(index))
    }

    fn sum(&self, points: impl Fn(&str) -> i32) -> f64 {
        let each = self.feature.iter().map(|feature| {
            let at = place(&feature.bins, points(&feature.indicator));
            feature.bins.get(at).map_or(0.0, |bin| feature.weight * bin.woe)
        });
        each.sum()
    }

    /// As [`Self::chance`], of a sample.
    fn chance_of(&self, samples: &Samples, sample: &Sample) -> f64 {
        let points = |indicator: &str| {
            let at = samples.indicators.iter().position(|(id, ..)| **id == *indicator);
            at.map_or(0, |at| sample.points[at])
        };
        chance(self.intercept + self.sum(points))
    }
}

/// So many digits are kept, so that a file says what was checked.
fn kept(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// Learns a scorecard, and says how well it does.
///
/// # Errors
/// When there are too few cases to learn from or to check by, or no indicator tells anything.
pub fn train(samples: &Samples, plan: Plan) -> Result<(Scorecard, Card), Unusable> {
    let cases = |rows: &[Sample]| rows.iter().filter(|row| row.case).count();
    let (learned, checked) = (cases(&samples.learned), cases(&samples.checked));
    if learned < CASES_MIN || checked < CHECKED_MIN {
        return Err(Unusable(format!(
            "{learned} cases to learn from and {checked} to check by: at least {CASES_MIN} and \
             {CHECKED_MIN} are needed; take more events, or another horizon"
        )));
    }
    let binned: Vec<(usize, Vec<Bin>)> = (0..samples.indicators.len())
        .map(|at| {
            let rows = samples.learned.iter().map(|row| (row.points[at], row.case));
            let mut bins = monotone(rows);
            for bin in &mut bins {
                bin.woe = kept(bin.woe);
            }
            (at, bins)
        })
        .filter(|(_, bins)| bins.len() > 1)
        .collect();
    let mut alike: BTreeMap<Vec<usize>, (u32, u32)> = BTreeMap::new();
    for row in &samples.learned {
        let key = binned.iter().map(|(at, bins)| place(bins, row.points[*at])).collect();
        let counts = alike.entry(key).or_default();
        counts.0 += 1;
        counts.1 += u32::from(row.case);
    }
    let rows: Vec<Alike> = alike
        .into_iter()
        .map(|(key, (rows, cases))| Alike {
            evidence: key.iter().zip(&binned).map(|(at, (_, bins))| bins[*at].woe).collect(),
            rows: f64::from(rows),
            cases: f64::from(cases),
        })
        .collect();
    let found = fit(&rows, binned.len(), plan.l2);
    let feature: Vec<Feature> = binned
        .iter()
        .zip(&found.weights)
        .map(|((at, bins), weight)| Feature {
            indicator: samples.indicators[*at].0.to_string(),
            weight: kept(*weight),
            bins: bins.clone(),
        })
        .filter(|feature| feature.weight > 0.0)
        .collect();
    if feature.is_empty() {
        return Err(Unusable("no indicator tells who becomes a case".into()));
    }
    let scorecard = Scorecard { intercept: kept(found.intercept), plan, feature };
    let card = card::card(samples, &scorecard, &binned);
    Ok((scorecard, card))
}

#[cfg(test)]
mod tests;
