//! How are they tied? Temporal ties between enterprises, persons and link values.
//!
//! Invariant: the state is a function of the facts that hold now; a retired fact leaves no trace
//! but its history. Must not know: what a tie means for risk or succession.

pub mod control;
pub mod holdings;
pub mod paths;

pub use control::Holder;

use crate::entity::Fact;
use crate::id::EntityId;
use crate::time::Day;

/// The live relationship graph. Every worker holds all of it.
#[derive(Debug, Default)]
pub struct Graph {}

/// Windows and hub bounds of the graph (`graph.toml`).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// Who controls an enterprise.
#[derive(Clone, Debug, PartialEq)]
pub struct Controller {
    /// An enterprise or a person.
    pub party: Holder,
    /// Votes in percent that it controls, through chains and jointly with controlled firms.
    pub pct: f64,
    /// The controlled firms through which it holds.
    pub via: Vec<EntityId>,
}

/// What an epoch changed in the graph: input of the later stages.
#[derive(Debug, Default)]
pub struct Delta {
    /// Enterprises whose profile, ties or troubles changed, sorted, without repeats.
    pub changed: Vec<EntityId>,
}

impl Graph {
    /// An empty graph.
    pub fn new(_config: std::sync::Arc<Config>) -> Self {
        Self::default()
    }

    /// Every entity with a profile, in order of id.
    pub fn entities(&self) -> impl Iterator<Item = EntityId> + use<'_> {
        std::iter::empty()
    }

    /// Who controls an enterprise: over 50 % of the votes.
    pub fn controllers(&self, _entity: EntityId) -> Vec<Controller> {
        Vec::new()
    }

    /// How often a bound of a search bit, by name.
    pub fn bounds(&self) -> std::collections::BTreeMap<&'static str, u64> {
        std::collections::BTreeMap::new()
    }

    /// Takes the facts of one epoch, in canonical order.
    pub fn apply(&mut self, _facts: &[Fact], _today: Day) -> Delta {
        Delta::default()
    }
}
