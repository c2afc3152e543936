//! Are the warnings of the right form, and are those there that the truth calls for?

use super::read::hash;
use crate::simulate::{TrueWarning, Truth};
use crate::time::Time;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of evidence that every warning must have.
const EVIDENCE_LINES_MIN: usize = 3;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    id: String,
    kind: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    subjects: Vec<String>,
    level: String,
    state: String,
    #[serde(default)]
    raised_at: String,
    #[serde(default)]
    evidence: Vec<Line>,
    #[serde(default)]
    against: Vec<Line>,
}

#[derive(Clone, Debug, Deserialize)]
struct Line {
    #[serde(default)]
    events: Vec<String>,
}

/// Warnings: their form, and those the truth calls for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WarningReport {
    /// Open ones, by kind.
    pub open: BTreeMap<String, usize>,
    /// Withdrawn ones, by kind.
    pub withdrawn: BTreeMap<String, usize>,
    /// Open ones, by level.
    pub by_level: BTreeMap<String, usize>,
    /// Ids of warnings with fewer than three lines of evidence.
    pub thin: Vec<String>,
    /// Ids of warnings of which a line names no event.
    pub without_events: Vec<String>,
    /// Events named that no event file holds; `None` where there are no event files.
    pub unknown_events: Option<usize>,
    /// Ids of warnings about a person or a sole trader.
    pub about_persons: Vec<String>,
    /// Called for by the truth, by kind and scenario: found under that kind, found under any
    /// kind, there are.
    pub called_for: BTreeMap<String, (usize, usize, usize)>,
    /// Open warnings of orange and above on decoys, by decoy kind and warning kind. A decoy in
    /// real trouble may well have an index warning.
    pub on_decoys: BTreeMap<String, usize>,
}

/// Examines warnings.
pub(super) fn compare(
    truth: &Truth,
    found: &[Found],
    events: Option<&FxHashSet<u64>>,
) -> WarningReport {
    let ids = |test: &dyn Fn(&Found) -> bool| -> Vec<String> {
        found.iter().filter(|w| test(w)).map(|w| w.id.clone()).collect()
    };
    let count = |test: &dyn Fn(&Found) -> bool, key: &dyn Fn(&Found) -> String| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for warning in found.iter().filter(|w| test(w)) {
            *counts.entry(key(warning)).or_default() += 1;
        }
        counts
    };
    let open = |w: &Found| w.state == "open";
    WarningReport {
        open: count(&open, &|w| w.kind.clone()),
        withdrawn: count(&|w| !open(w), &|w| w.kind.clone()),
        by_level: count(&open, &|w| w.level.clone()),
        thin: ids(&|w| w.evidence.len() < EVIDENCE_LINES_MIN),
        without_events: ids(&|w| w.evidence.iter().any(|line| line.events.is_empty())),
        unknown_events: events.map(|known| unknown(found, known)),
        about_persons: ids(&|w| w.codes().any(|code| code.starts_with("92"))),
        called_for: called_for(truth, found),
        on_decoys: on_decoys(truth, found),
    }
}

impl Found {
    /// Successor and moment, of a warning about a switch.
    pub(super) fn switch_raised(&self) -> Option<(&str, Time)> {
        let subject = self.subject.as_deref().filter(|_| self.kind == "vest_switch")?;
        Some((subject, Time::parse(&self.raised_at)?))
    }

    /// Whether it is open, yellow or above, and of a kind that begins so.
    pub(super) fn speaks(&self, kind: &str) -> bool {
        self.state == "open" && self.level != "blue" && self.kind.starts_with(kind)
    }

    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.subject.iter().chain(&self.subjects).map(String::as_str)
    }
}

fn unknown(found: &[Found], known: &FxHashSet<u64>) -> usize {
    let named: BTreeSet<&str> = found
        .iter()
        .flat_map(|w| w.evidence.iter().chain(&w.against))
        .flat_map(|line| line.events.iter().map(String::as_str))
        .collect();
    named.into_iter().filter(|event| !known.contains(&hash(event))).count()
}

fn called_for(truth: &Truth, found: &[Found]) -> BTreeMap<String, (usize, usize, usize)> {
    let mut scores: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for wanted in &truth.warnings {
        let codes: BTreeSet<&str> =
            wanted.subjects.iter().chain([&wanted.subject]).map(String::as_str).collect();
        let about = |w: &Found| w.codes().any(|code| codes.contains(code));
        let score = scores.entry(format!("{} {}", wanted.kind, wanted.scenario)).or_default();
        score.0 += usize::from(found.iter().any(|w| about(w) && is_kind(w, wanted)));
        score.1 += usize::from(found.iter().any(about));
        score.2 += 1;
    }
    scores
}

/// Kinds have names of their own in every model; the families are told by their first words.
fn is_kind(found: &Found, wanted: &TrueWarning) -> bool {
    let has = |word: &str| found.kind.contains(word);
    match wanted.kind.as_str() {
        "ef_leakage" => has("flow_") || has("ef_"),
        "smuggling" => has("smuggling") || has("origin") || has("tariff"),
        "batch_shells" => has("batch"),
        "group_brand" => has("brand") || has("import_quality"),
        "group_arrears" => has("arrears"),
        "emission_mismatch" => has("emission") || has("pollution"),
        kind => found.kind == kind,
    }
}

fn on_decoys(truth: &Truth, found: &[Found]) -> BTreeMap<String, usize> {
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    for decoy in &truth.decoys {
        for code in &decoy.enterprises {
            kinds.insert(code, &decoy.kind);
        }
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for warning in found {
        let loud = warning.state == "open" && matches!(warning.level.as_str(), "orange" | "red");
        if let (true, Some(kind)) = (loud, warning.codes().find_map(|code| kinds.get(code))) {
            *counts.entry(format!("{kind} {}", warning.kind)).or_default() += 1;
        }
    }
    counts
}
