//! In which order are lists read? Keys kept sorted, so that a page costs a page.
//!
//! Invariant: the orders hold exactly what is on the board. Must not know: filters, who asks.

use crate::engine::Effects;
use crate::id::EntityId;
use crate::sink::Board;
use crate::succession::Pair;
use crate::text::Level;
use crate::time::Time;
use crate::warning::Warning;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Warnings: highest level first, then newest change, then id.
pub type WarningKey = (Reverse<Level>, Reverse<Time>, Arc<str>);
/// Pairs: highest confidence (in ten-thousandths) first.
pub type PairKey = (Reverse<u32>, EntityId, EntityId);
/// Tasks: soonest due first.
pub type TaskKey = (Time, Arc<str>);
/// Enterprises: highest index first.
pub type ScoreKey = (Reverse<i32>, EntityId);

/// All orders.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Enterprises by code.
    pub by_code: FxHashMap<Arc<str>, EntityId>,
    /// Warnings, withdrawn ones too.
    pub warnings: BTreeSet<WarningKey>,
    /// The same: by the time of the last change, counted down.
    pub latest: BTreeSet<TaskKey>,
    /// Pairs.
    pub pairs: BTreeSet<PairKey>,
    /// Tasks, recalled ones too.
    pub tasks: BTreeSet<TaskKey>,
    /// Scored enterprises.
    pub scores: BTreeSet<ScoreKey>,
    /// Warnings of an enterprise.
    pub warnings_of: FxHashMap<EntityId, BTreeSet<Arc<str>>>,
    /// Pairs of an enterprise.
    pub pairs_of: FxHashMap<EntityId, BTreeSet<(EntityId, EntityId)>>,
    /// Flow instances of an enterprise.
    pub flows_of: FxHashMap<EntityId, BTreeSet<String>>,
    /// Tasks of a warning.
    pub tasks_of: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

/// The place of a warning.
pub fn warning_key(warning: &Warning) -> WarningKey {
    (Reverse(warning.level), Reverse(warning.updated_at), warning.id.clone())
}

/// The place of a warning among the latest.
fn latest_key(warning: &Warning) -> TaskKey {
    (Time(-warning.updated_at.0), warning.id.clone())
}

/// The place of a pair.
pub fn pair_key(pair: &Pair) -> PairKey {
    (Reverse((pair.confidence * 10_000.0).round() as u32), pair.predecessor, pair.successor)
}

impl Orders {
    /// The orders of a whole board.
    pub fn of(board: &Board, by_code: FxHashMap<Arc<str>, EntityId>) -> Self {
        let mut orders = Self { by_code, ..Self::default() };
        for warning in board.warnings.values() {
            orders.add_warning(warning);
        }
        for pair in board.pairs.values() {
            orders.add_pair(pair);
        }
        for flow in board.flows.values() {
            for subject in &flow.subjects {
                orders.flows_of.entry(*subject).or_default().insert(flow.id.clone());
            }
        }
        for task in board.tasks.values() {
            orders.tasks.insert((task.judge_due_at, task.id.clone()));
            orders.tasks_of.entry(task.warning.clone()).or_default().insert(task.id.clone());
        }
        for index in board.indices.values() {
            orders.scores.insert((Reverse(index.score), index.entity));
        }
        orders
    }

    /// An enterprise got another code than before.
    pub(super) fn called(
        &mut self,
        entity: EntityId,
        before: Option<&(Arc<str>, Arc<str>)>,
        code: &Arc<str>,
    ) {
        if let Some((old, _)) = before
            && self.by_code.get(old) == Some(&entity)
        {
            self.by_code.remove(old);
        }
        self.by_code.insert(code.clone(), entity);
    }

    /// Takes the effects of an epoch, before the board does.
    pub(super) fn take(&mut self, board: &Board, effects: &Effects) {
        for delta in &effects.warnings {
            if let Some(old) = board.warnings.get(&delta.warning.id) {
                self.warnings.remove(&warning_key(old));
                self.latest.remove(&latest_key(old));
                for subject in &old.subjects {
                    if let Some(ids) = self.warnings_of.get_mut(subject) {
                        ids.remove(&old.id);
                    }
                }
            }
            self.add_warning(&delta.warning);
        }
        for delta in &effects.pairs {
            if let Some(old) = board.pairs.get(&(delta.pair.predecessor, delta.pair.successor)) {
                self.pairs.remove(&pair_key(old));
            }
            self.add_pair(&delta.pair);
        }
        for delta in &effects.flows {
            let id = &delta.instance.id;
            if let Some(old) = board.flows.get(id) {
                for subject in &old.subjects {
                    if let Some(ids) = self.flows_of.get_mut(subject) {
                        ids.remove(id);
                    }
                }
            }
            for subject in delta.instance.subjects.iter().filter(|_| !delta.fallen) {
                self.flows_of.entry(*subject).or_default().insert(id.clone());
            }
        }
        for task in &effects.tasks {
            if let Some(old) = board.tasks.get(&task.id) {
                self.tasks.remove(&(old.judge_due_at, old.id.clone()));
            }
            self.tasks.insert((task.judge_due_at, task.id.clone()));
            self.tasks_of.entry(task.warning.clone()).or_default().insert(task.id.clone());
        }
        for delta in &effects.indices {
            let entity = delta.after.entity;
            if let Some(old) = board.indices.get(&entity) {
                self.scores.remove(&(Reverse(old.score), entity));
            }
            self.scores.insert((Reverse(delta.after.score), entity));
        }
    }

    fn add_warning(&mut self, warning: &Warning) {
        self.warnings.insert(warning_key(warning));
        self.latest.insert(latest_key(warning));
        for subject in &warning.subjects {
            self.warnings_of.entry(*subject).or_default().insert(warning.id.clone());
        }
    }

    fn add_pair(&mut self, pair: &Pair) {
        self.pairs.insert(pair_key(pair));
        let key = (pair.predecessor, pair.successor);
        for side in [pair.predecessor, pair.successor] {
            self.pairs_of.entry(side).or_default().insert(key);
        }
    }
}
