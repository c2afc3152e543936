//! How soon was it said: after it could be seen, and before an office acted?

use super::pairs::{Found, Pair};
use super::warnings;
use crate::simulate::{TrueSuccession, Truth};
use crate::time::Time;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Hours within which a flag counts as prompt.
const PROMPT_HOURS: f64 = 24.0;

/// From the first event that makes a pair visible to the first flag, in event time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Found pairs of which both times are known.
    pub measured: usize,
    /// Hours; negative where the flag came before all planted evidence was there.
    pub median_hours: f64,
    /// Ninth decile.
    pub p90_hours: f64,
    /// Found within 24 hours, of the measured.
    pub within_24h: f64,
    /// Found within 24 hours, of all true pairs: the missed count as late.
    pub within_24h_of_all: f64,
}

/// From the first flag to the first official action against the new enterprise, or against the old
/// one as an empty shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lead {
    /// True pairs with an official action before the end.
    pub with_action: usize,
    /// Of these, flagged before it.
    pub flagged_before: f64,
    /// Days between flag and action, median of the found; positive where the flag was first.
    pub median_days: f64,
    /// First decile.
    pub p10_days: f64,
}

/// What the warnings say of pairs and decoys.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken {
    /// When each successor was first warned about, withdrawn or not.
    pub(super) raised: BTreeMap<String, Time>,
    /// Decoy enterprises with a warning that the truth calls false.
    pub(super) alarmed: BTreeSet<String>,
}

impl Spoken {
    pub(super) fn of(truth: &Truth, found: &[warnings::Found]) -> Self {
        let mut raised = BTreeMap::new();
        for (subject, at) in found.iter().filter_map(warnings::Found::switch_raised) {
            let first = raised.entry(subject.to_owned()).or_insert(at);
            *first = (*first).min(at);
        }
        let mut alarmed = BTreeSet::new();
        for decoy in truth.decoys.iter().filter(|d| !d.warnings.is_empty()) {
            let is_false = |w: &&warnings::Found| decoy.warnings.iter().any(|kind| w.speaks(kind));
            let about = found.iter().filter(is_false).flat_map(warnings::Found::codes);
            let own = about.filter(|code| decoy.enterprises.iter().any(|own| own == code));
            alarmed.extend(own.map(str::to_owned));
        }
        Self { raised, alarmed }
    }
}

/// A pair is first seen when its confidence is worth a line; it is flagged when it is warned about.
fn flagged_at(found: &Found, spoken: &Spoken) -> Option<Time> {
    let seen = Time::parse(&found.first_seen_at)?;
    Some(spoken.raised.get(&found.successor).map_or(seen, |warned| seen.max(*warned)))
}

/// Hours from the visibility of each found pair to its flag.
fn delays(
    direct: &BTreeMap<Pair, &TrueSuccession>,
    results: &BTreeMap<Pair, &Found>,
    spoken: &Spoken,
) -> Vec<f64> {
    let delay = |(pair, truth): (&Pair, &&TrueSuccession)| {
        let found = results.get(pair).filter(|f| f.is_flagged())?;
        Some(flagged_at(found, spoken)?.hours_since(Time::parse(&truth.visible_at)?))
    };
    sorted(direct.iter().filter_map(delay))
}

/// Measures promptness.
pub(super) fn latency(
    direct: &BTreeMap<Pair, &TrueSuccession>,
    results: &BTreeMap<Pair, &Found>,
    spoken: &Spoken,
) -> Latency {
    let delays = delays(direct, results, spoken);
    let prompt = delays.iter().filter(|hours| **hours <= PROMPT_HOURS).count();
    Latency {
        measured: delays.len(),
        median_hours: quantile(&delays, 0.5),
        p90_hours: quantile(&delays, 0.9),
        within_24h: super::ratio(prompt, delays.len()),
        within_24h_of_all: super::ratio(prompt, direct.len()),
    }
}

/// Measures the lead over the offices.
pub(super) fn lead(
    direct: &BTreeMap<Pair, &TrueSuccession>,
    results: &BTreeMap<Pair, &Found>,
    spoken: &Spoken,
) -> Lead {
    let acted: Vec<(&Pair, Time)> = direct
        .iter()
        .filter_map(|(pair, truth)| Some((pair, Time::parse(truth.first_official_at.as_deref()?)?)))
        .collect();
    let days = sorted(acted.iter().filter_map(|(pair, action)| {
        let found = results.get(*pair).filter(|f| f.is_flagged())?;
        Some(action.hours_since(flagged_at(found, spoken)?) / 24.0)
    }));
    Lead {
        with_action: acted.len(),
        flagged_before: super::ratio(days.iter().filter(|d| **d > 0.0).count(), acted.len()),
        median_days: quantile(&days, 0.5),
        p10_days: quantile(&days, 0.1),
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// A quantile by the nearest rank, to a tenth; 0 of nothing.
pub(super) fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = ((sorted.len() as f64 - 1.0).max(0.0) * at).round() as usize;
    sorted.get(place).map_or(0.0, |value| (value * 10.0).round() / 10.0)
}
