//! When to speak? Warnings with levels, evidence and counter-evidence.
//!
//! Invariant: one warning for a subject and kind, updated rather than repeated, withdrawn when
//! its basis falls. Must not know: which agency acts.

use crate::entity::Fact;
use crate::flow::FlowDelta;
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, Share};
use crate::risk::IndexDelta;
use crate::succession::PairDelta;
use crate::text::{Evidence, Level, Text};
use crate::time::{Day, Time};
use std::sync::Arc;

/// A warning as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// Deterministic: from kind and subject (or group).
    pub id: Arc<str>,
    /// E.g. `vest_switch`, `index_level`, `flow_cycle`, `group_building`.
    pub kind: Arc<str>,
    /// The enterprise; `None` for a group.
    pub subject: Option<EntityId>,
    /// All enterprises concerned, sorted.
    pub subjects: Vec<EntityId>,
    /// Where it falls: of the subject, or of most members of a group.
    pub place: Place,
    /// Level.
    pub level: Level,
    /// Open, or withdrawn since its basis fell.
    pub open: bool,
    /// When first raised.
    pub raised_at: Time,
    /// When last changed.
    pub updated_at: Time,
    /// The score behind it; its unit is the kind's.
    pub score: f64,
    /// One sentence.
    pub summary: Text,
    /// At least three lines, each with events.
    pub evidence: Vec<Evidence>,
    /// What speaks against.
    pub against: Vec<Evidence>,
    /// Proposed measures, by id.
    pub measures: Vec<Arc<str>>,
    /// Why it was withdrawn.
    pub withdrawn_because: Option<Text>,
}

/// Where an enterprise is registered, as far as known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// GB/T 2260, 6 or 9 digits; empty when unknown.
    pub division: Arc<str>,
    /// Registered address as written; empty when unknown.
    pub domicile: Arc<str>,
}

/// A warning that was raised, changed, or withdrawn.
#[derive(Clone, Debug, PartialEq)]
pub struct WarningDelta {
    /// Now.
    pub warning: Arc<Warning>,
    /// The level before, `None` when it was not open.
    pub level_before: Option<Level>,
}

/// Warning rules and measures (`rules.toml`, `measures.toml`).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// All a day's inputs of [`Warnings::apply`].
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The graph after this epoch.
    pub graph: &'a Graph,
    /// What the epoch changed in it.
    pub delta: &'a Delta,
    /// The facts of the epoch.
    pub facts: &'a [Fact],
    /// Succession pairs that changed, all of them.
    pub pairs: &'a [PairDelta],
    /// Flow instances that changed, all of them.
    pub flows: &'a [FlowDelta],
    /// Indices of this share that changed.
    pub indices: &'a [IndexDelta],
    /// The epoch's day.
    pub today: Day,
}

/// The warnings of one share of the subjects and groups.
#[derive(Debug)]
pub struct Warnings {}

impl Warnings {
    /// An empty state for one worker's share.
    pub fn new(_config: Arc<Config>, _share: Share) -> Self {
        Self {}
    }

    /// Raises, changes and withdraws. Sorted by warning id.
    pub fn apply(&mut self, _inputs: Inputs<'_>) -> Vec<WarningDelta> {
        Vec::new()
    }
}
