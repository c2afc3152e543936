//! Which enterprises were really cases? The truth of a simulation, or the verdicts of agencies.

use crate::simulate::Truth;
use crate::time::{Day, Time};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A verdict of an agency about an enterprise: one line of NDJSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The enterprise.
    pub uscc: String,
    /// Whether the suspicion proved true.
    pub confirmed: bool,
    /// The day of the verdict, `YYYY-MM-DD`.
    pub on: String,
}

/// Confirmed cases by code, each with the day from which it is known, where that is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Cases.
    pub cases: BTreeMap<String, Option<Day>>,
    /// Enterprises that were looked at and proved to be none.
    pub cleared: Vec<String>,
}

impl Labels {
    /// From the truth of a simulated city. A succession counts from when it can be seen.
    pub fn of_truth(truth: &Truth) -> Self {
        let mut labels = Self::default();
        for succession in &truth.successions {
            let day = Time::parse(&succession.visible_at).map(Time::day);
            labels.add(&succession.successor, day);
        }
        for warning in &truth.warnings {
            for code in warning.subjects.iter().chain([&warning.subject]) {
                labels.add(code, None);
            }
        }
        for code in truth.flows.iter().flat_map(|flow| &flow.subjects) {
            labels.add(code, None);
        }
        labels.cleared = truth.decoys.iter().flat_map(|d| d.enterprises.iter().cloned()).collect();
        labels
    }

    /// From verdicts; the first confirmation of an enterprise counts.
    ///
    /// # Errors
    /// When a day is none.
    pub fn of_verdicts(verdicts: &[Verdict]) -> Result<Self, String> {
        let mut labels = Self::default();
        for verdict in verdicts {
            let day = Day::parse(&verdict.on)
                .ok_or_else(|| format!("\"{}\" is no day (YYYY-MM-DD)", verdict.on))?;
            if verdict.confirmed {
                labels.add(&verdict.uscc, Some(day));
            } else {
                labels.cleared.push(verdict.uscc.clone());
            }
        }
        Ok(labels)
    }

    fn add(&mut self, code: &str, day: Option<Day>) {
        let known = self.cases.entry(code.to_owned()).or_insert(day);
        *known = match (*known, day) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
