//! How bad is it? Indicators, the index of every enterprise, and its explanation.
//!
//! Invariant: contributions are whole points and add up to the score exactly. Persons and sole
//! traders are never scored. Must not know: warnings and tasks.

use crate::entity::Fact;
use crate::flow::FlowDelta;
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, EventId, Share};
use crate::succession::PairDelta;
use crate::time::{Day, Time};
use std::sync::Arc;

/// The four classes (国市监信发〔2022〕6号): A low … D high. An internal aid to allocate inspection
/// effort, "not an evaluation of the enterprise's credit".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Low.
    A,
    /// Ordinary.
    B,
    /// Higher.
    C,
    /// High.
    D,
}

/// What one indicator adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Indicator id, e.g. `R01`; a cap or floor shows as its own line, e.g. `cap:R`.
    pub indicator: Arc<str>,
    /// Whole points; negative lowers.
    pub points: i32,
    /// The events it rests on.
    pub events: Vec<EventId>,
}

/// The index of one enterprise.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Whose.
    pub entity: EntityId,
    /// As of the end of this day.
    pub as_of: Day,
    /// 0–1000, the sum of the contributions.
    pub score: i32,
    /// Class.
    pub grade: Grade,
    /// Sorted by indicator; no zero lines.
    pub contributions: Vec<Contribution>,
    /// Veto indicators that are in force, with what they rest on.
    pub vetoes: Vec<Contribution>,
}

/// An index that changed in score, grade or contributions.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDelta {
    /// Before, if it was ever computed.
    pub before: Option<Arc<Index>>,
    /// Now.
    pub after: Arc<Index>,
    /// The latest fact that caused it, or the start of the day when time alone did.
    pub at: Time,
}

/// The indicator system (`indicators.toml`).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// All a day's inputs of [`Risk::apply`].
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The graph after this epoch.
    pub graph: &'a Graph,
    /// What the epoch changed in it.
    pub delta: &'a Delta,
    /// The facts of the epoch, all of them; the stage picks its own.
    pub facts: &'a [Fact],
    /// Succession pairs that changed.
    pub pairs: &'a [PairDelta],
    /// Flow instances that changed.
    pub flows: &'a [FlowDelta],
    /// The epoch's day.
    pub today: Day,
}

/// The index of every enterprise of one share.
#[derive(Debug)]
pub struct Risk {}

impl Risk {
    /// An empty state for one worker's share of the enterprises.
    pub fn new(_config: Arc<Config>, _share: Share) -> Self {
        Self {}
    }

    /// Brings the indices up to date for the enterprises that the epoch touched or whose facts
    /// expire or decay on this day. Sorted by entity.
    pub fn apply(&mut self, _inputs: Inputs<'_>) -> Vec<IndexDelta> {
        Vec::new()
    }

    /// The index of every scored enterprise of this share as of the end of a day, sorted by entity.
    pub fn close(&mut self, _graph: &Graph, _today: Day) -> Vec<Arc<Index>> {
        Vec::new()
    }
}
