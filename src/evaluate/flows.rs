//! Which flow patterns were found, missed and made up?

use super::ratio;
use crate::flow::FlowKind;
use crate::simulate::Truth;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Part of its transfers that an instance must share with a true pattern to be that pattern.
const OVERLAP_MIN: f64 = 0.5;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    kind: String,
    /// The pattern's own name, where the contract's word is that of its shape.
    pattern: Option<String>,
    #[serde(default)]
    subjects: Vec<String>,
    transfers: Vec<String>,
}

impl Found {
    fn name(&self) -> &str {
        self.pattern.as_deref().unwrap_or(&self.kind)
    }

    /// Whether it tells of money that went from a true predecessor to its successor: a part of the
    /// succession, which the truth tells, and not a flow of its own there.
    fn is_of_succession(&self, truth: &Truth) -> bool {
        let named = |code: &String| self.subjects.contains(code);
        self.name() == FlowKind::AssetShift.pattern()
            && truth.successions.iter().any(|s| named(&s.predecessor) && named(&s.successor))
    }
}

/// One kind of pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FlowScore {
    /// True patterns.
    pub truth: usize,
    /// True patterns found under their own kind.
    pub found: usize,
    /// True patterns found under any kind.
    pub found_as_any: usize,
    /// Instances reported.
    pub reported: usize,
    /// Reported instances at least half of whose transfers are of true patterns, or that tell of
    /// money from a true predecessor to its successor.
    pub reported_true: usize,
}

/// Fund-flow patterns, found against true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowReport {
    /// By kind.
    pub by_kind: BTreeMap<String, FlowScore>,
    /// True patterns found under their own kind, of all.
    pub recall: f64,
    /// Reported instances that are true, of all.
    pub precision: f64,
    /// Instances reported on transfers of decoys, by decoy kind.
    pub decoys: BTreeMap<String, usize>,
}

/// Compares patterns.
pub(super) fn compare(truth: &Truth, found: &[Found]) -> FlowReport {
    let true_transfers: BTreeSet<&str> =
        truth.flows.iter().flat_map(|f| &f.transfers).map(String::as_str).collect();
    let mut decoy_transfers: BTreeMap<&str, &str> = BTreeMap::new();
    for decoy in &truth.decoys {
        for transfer in &decoy.transfers {
            decoy_transfers.insert(transfer, &decoy.kind);
        }
    }
    let mut by_kind: BTreeMap<String, FlowScore> = BTreeMap::new();
    for flow in &truth.flows {
        let own: BTreeSet<&str> = flow.transfers.iter().map(String::as_str).collect();
        let matches = |f: &Found| {
            let shared = f.transfers.iter().filter(|t| own.contains(t.as_str())).count();
            let smaller = own.len().min(f.transfers.len()).max(1);
            shared as f64 >= OVERLAP_MIN * smaller as f64
        };
        let score = by_kind.entry(flow.kind.clone()).or_default();
        score.truth += 1;
        score.found += usize::from(found.iter().any(|f| f.name() == flow.kind && matches(f)));
        score.found_as_any += usize::from(found.iter().any(matches));
    }
    let mut decoys: BTreeMap<String, usize> = BTreeMap::new();
    for instance in found {
        let of_truth =
            instance.transfers.iter().filter(|t| true_transfers.contains(t.as_str())).count();
        let score = by_kind.entry(instance.name().to_owned()).or_default();
        score.reported += 1;
        let enough = of_truth as f64 >= OVERLAP_MIN * instance.transfers.len() as f64;
        if enough || instance.is_of_succession(truth) {
            score.reported_true += 1;
        } else if let Some(kind) =
            instance.transfers.iter().find_map(|t| decoy_transfers.get(t.as_str()))
        {
            *decoys.entry((*kind).to_owned()).or_default() += 1;
        }
    }
    let sum = |part: fn(&FlowScore) -> usize| by_kind.values().map(part).sum::<usize>();
    FlowReport {
        recall: ratio(sum(|s| s.found), sum(|s| s.truth)),
        precision: ratio(sum(|s| s.reported_true), sum(|s| s.reported)),
        by_kind,
        decoys,
    }
}
