//! How are they tied? Temporal ties between enterprises, persons and link values.
//!
//! Invariant: the state is a function of the facts that hold now; a retired fact leaves no trace
//! but its history. Must not know: what a tie means for risk or succession.

use crate::entity::Fact;
use crate::id::EntityId;
use crate::time::Day;

/// The live relationship graph. Every worker holds all of it.
#[derive(Debug, Default)]
pub struct Graph {}

/// What an epoch changed in the graph: input of the later stages.
#[derive(Debug, Default)]
pub struct Delta {
    /// Enterprises whose profile, ties or troubles changed, sorted, without repeats.
    pub changed: Vec<EntityId>,
}

impl Graph {
    /// Takes the facts of one epoch, in canonical order.
    pub fn apply(&mut self, _facts: &[Fact], _today: Day) -> Delta {
        Delta::default()
    }
}
