//! Who became whom? Enterprises that came back under another name (换马甲).
//!
//! Invariant: a pair's confidence is a pure function of the graph and the model on that day.
//! Must not know: indicators, warnings, tasks.

use crate::graph::{Delta, Graph};
use crate::id::{EntityId, Share};
use crate::text::{Evidence, Family, Level};
use crate::time::{Day, Time};

/// A suspected succession: `predecessor` is thought to live on as `successor`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The enterprise with the trouble.
    pub predecessor: EntityId,
    /// The enterprise that is thought to carry it on.
    pub successor: EntityId,
    /// Calibrated confidence, 0–1, rounded to four digits.
    pub confidence: f64,
    /// `None` when too weak to warn about; yellow and above is flagged.
    pub level: Option<Level>,
    /// When the pair first reached the reporting threshold.
    pub first_seen_at: Time,
    /// When confidence, level or evidence last changed.
    pub last_changed_at: Time,
    /// Families that speak for it, in order.
    pub families: Vec<Family>,
    /// Evidence for, strongest first. The weight is log-odds in bits.
    pub evidence: Vec<Evidence>,
    /// Evidence against, strongest first.
    pub against: Vec<Evidence>,
    /// From the first predecessor on; at least these two.
    pub chain: Vec<EntityId>,
}

/// A pair as it stands after an epoch that changed it. A pair that fell below the reporting
/// threshold is reported once more, with `level` `None` and its low confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct PairDelta {
    /// The pair now.
    pub pair: std::sync::Arc<Pair>,
    /// The level before.
    pub level_before: Option<Level>,
}

/// What the search on one worker found for the pairs it owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The enterprise with the trouble.
    pub predecessor: EntityId,
    /// The enterprise that may carry it on.
    pub successor: EntityId,
}

/// The detector's weights, thresholds and windows (`succession.toml`).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// The detector.
#[derive(Debug)]
pub struct Succession {}

impl Succession {
    /// An empty detector for one worker's share of the pairs.
    pub fn new(_config: std::sync::Arc<Config>, _share: Share) -> Self {
        Self {}
    }

    /// Scores the pairs of this share that the epoch may have changed (also by the passing of
    /// time). The findings of all shares together, sorted by pair, go to [`Self::settle`].
    pub fn search(&mut self, _graph: &Graph, _delta: &Delta, _today: Day) -> Vec<Finding> {
        Vec::new()
    }

    /// Joins the findings of all shares: chains, levels, what changed. Every worker does the same.
    pub fn settle(&mut self, _graph: &Graph, _findings: &[Finding], _today: Day) -> Vec<PairDelta> {
        Vec::new()
    }
}
