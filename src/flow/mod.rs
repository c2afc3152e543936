//! How did the money go? Windows over accounts and the patterns in them.
//!
//! Invariant: an instance rests only on transfers that hold now; bounds that bite are reported.
//! Must not know: indicators, warnings, tasks.

pub mod cycles;
pub mod window;

use crate::entity::Fact;
use crate::graph::Graph;
use crate::id::{EntityId, Share};
use crate::money::Fen;
use crate::text::Evidence;
use crate::time::{Day, Time};
use std::sync::Arc;

/// The patterns of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowKind {
    /// Money comes back to where it started.
    Cycle,
    /// Many pay one.
    FanIn,
    /// One pays many.
    FanOut,
    /// One pays many, who pay one.
    ScatterGather,
    /// Many pay one, who pays many.
    GatherScatter,
    /// In and out within hours.
    PassThrough,
    /// Amounts kept under a threshold.
    Structuring,
    /// A long idle account moves much.
    DormantWake,
    /// Many small round inflows and periodic returns.
    Fundraising,
}

/// One suspicious pattern instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Deterministic: from kind, accounts and first transfer.
    pub id: String,
    /// The pattern.
    pub kind: FlowKind,
    /// Account tokens, in the pattern's order.
    pub accounts: Vec<Arc<str>>,
    /// `txn_id`s in order of time.
    pub transfers: Vec<Arc<str>>,
    /// First transfer.
    pub first_at: Time,
    /// Last transfer.
    pub last_at: Time,
    /// Sum of all amounts.
    pub total: Fen,
    /// Scored enterprises behind the accounts, sorted.
    pub subjects: Vec<EntityId>,
    /// Why it is suspicious; at least three lines, with events.
    pub evidence: Vec<Evidence>,
    /// What speaks against.
    pub against: Vec<Evidence>,
    /// 0–1: how suspicious, for points and levels.
    pub suspicion: f64,
}

/// An instance that appeared, changed, or fell (its transfers were retired or proved benign).
#[derive(Clone, Debug, PartialEq)]
pub struct FlowDelta {
    /// The instance now.
    pub instance: Arc<Instance>,
    /// No longer holds.
    pub fallen: bool,
    /// When we knew.
    pub at: Time,
}

/// Thresholds and windows of the flow patterns (`flow.toml`).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// The miner.
#[derive(Debug)]
pub struct Flow {}

impl Flow {
    /// An empty miner; searches are divided by share, the window is whole.
    pub fn new(_config: Arc<Config>, _share: Share) -> Self {
        Self {}
    }

    /// How often a bound bit, by name.
    pub fn bounds(&self) -> std::collections::BTreeMap<&'static str, u64> {
        std::collections::BTreeMap::new()
    }

    /// Takes the transfers among the facts of one epoch; returns what this share's searches found.
    pub fn apply(&mut self, _graph: &Graph, _facts: &[Fact], _today: Day) -> Vec<FlowDelta> {
        Vec::new()
    }
}
