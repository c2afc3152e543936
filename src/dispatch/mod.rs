//! Who must act? Warnings become tasks of agencies with a clock in working days.
//!
//! Invariant: the same warning gives the same task ids and due times. Must not know: how a task
//! reaches its agency.

use crate::graph::Graph;
use crate::text::{Level, Text};
use crate::time::{Day, Time};
use crate::warning::WarningDelta;
use std::sync::Arc;

/// A task of an agency.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Deterministic: from warning and agency.
    pub id: Arc<str>,
    /// The warning's id.
    pub warning: Arc<str>,
    /// Agency id of the routing table.
    pub agency: Arc<str>,
    /// GB/T 2260 division that it falls in.
    pub division: Arc<str>,
    /// Level of the warning.
    pub level: Level,
    /// Until when to acknowledge.
    pub ack_due_at: Time,
    /// Until when to judge.
    pub judge_due_at: Time,
    /// Dispatched, or recalled since its warning fell.
    pub state: TaskState,
    /// Why this agency, and why recalled.
    pub reason: Text,
}

/// States that a bounded run can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskState {
    /// Sent to the agency.
    Dispatched,
    /// Its warning was withdrawn.
    Recalled,
}

/// Routing, clocks and calendar (`routing.toml`, `calendar.toml`).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// The tasks of one share of the warnings.
#[derive(Debug)]
pub struct Dispatch {}

impl Dispatch {
    /// An empty state. A task lives where its warning does.
    pub fn new(_config: Arc<Config>) -> Self {
        Self {}
    }

    /// Tasks that were made or changed. Sorted by task id.
    pub fn apply(&mut self, _graph: &Graph, _warnings: &[WarningDelta], _today: Day) -> Vec<Task> {
        Vec::new()
    }
}
