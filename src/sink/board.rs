//! How does everything stand? The latest state of every pair, flow, warning and task.

use crate::dispatch::{Task, TaskState};
use crate::engine::{Closing, Compared, Effects};
use crate::flow::Instance;
use crate::id::EntityId;
use crate::risk::{Index, IndexDelta};
use crate::succession::{Pair, PairDelta};
use crate::text::Text;
use crate::warning::{Warning, WarningDelta};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The latest states, fed by the effects of every epoch.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Board {
    /// By predecessor and successor.
    #[serde(with = "crate::shared::map")]
    pub pairs: BTreeMap<(EntityId, EntityId), Arc<Pair>>,
    /// By instance id; fallen ones are taken off.
    #[serde(with = "crate::shared::map")]
    pub flows: BTreeMap<String, Arc<Instance>>,
    /// By warning id, withdrawn ones too.
    #[serde(with = "crate::shared::map")]
    pub warnings: BTreeMap<Arc<str>, Arc<Warning>>,
    /// By task id, recalled ones too.
    pub tasks: BTreeMap<Arc<str>, Task>,
    /// By enterprise: as last computed.
    #[serde(with = "crate::shared::map")]
    pub indices: BTreeMap<EntityId, Arc<Index>>,
    /// By enterprise: as the model and its shadow see it; empty without a shadow.
    pub compared: BTreeMap<EntityId, Compared>,
    /// After the last epoch.
    #[serde(skip)]
    pub closing: Closing,
}

impl Board {
    /// Takes the effects of one epoch.
    pub fn take(&mut self, effects: Effects) {
        for delta in effects.pairs {
            self.pairs.insert((delta.pair.predecessor, delta.pair.successor), delta.pair);
        }
        for delta in effects.flows {
            if delta.fallen {
                self.flows.remove(&delta.instance.id);
            } else {
                self.flows.insert(delta.instance.id.clone(), delta.instance);
            }
        }
        for delta in effects.warnings {
            self.warnings.insert(delta.warning.id.clone(), delta.warning);
        }
        for task in effects.tasks {
            self.tasks.insert(task.id.clone(), task);
        }
        for delta in effects.indices {
            self.indices.insert(delta.after.entity, delta.after);
        }
        for one in effects.compared {
            if one.live.is_none() && one.shadow.is_none() {
                self.compared.remove(&one.entity);
            } else {
                self.compared.insert(one.entity, one);
            }
        }
        if let Some(closing) = effects.closing {
            self.closing = closing;
        }
    }

    /// The effects that lead from what was said before to this board: what is new or other, and
    /// what is gone. A warning that is gone is withdrawn for the reason, its tasks are recalled.
    pub fn differences(&self, before: &Self, why: &Text) -> Effects {
        let mut effects = Effects::default();
        for (id, warning) in &self.warnings {
            let known = before.warnings.get(id);
            if known != Some(warning) {
                let level_before = known.filter(|w| w.open).map(|w| w.level);
                effects.warnings.push(WarningDelta { warning: warning.clone(), level_before });
            }
        }
        for (id, warning) in &before.warnings {
            if !self.warnings.contains_key(id) {
                let because =
                    if warning.open { Some(why) } else { warning.withdrawn_because.as_ref() };
                let gone = Warning {
                    open: false,
                    withdrawn_because: because.cloned(),
                    ..Warning::clone(warning)
                };
                let level_before = warning.open.then_some(warning.level);
                effects.warnings.push(WarningDelta { warning: Arc::new(gone), level_before });
            }
        }
        for (id, task) in &self.tasks {
            if before.tasks.get(id) != Some(task) {
                effects.tasks.push(task.clone());
            }
        }
        for (id, task) in &before.tasks {
            if !self.tasks.contains_key(id) {
                let recalled = TaskState::Recalled;
                effects.tasks.push(Task { state: recalled, reason: why.clone(), ..task.clone() });
            }
        }
        for (key, pair) in &self.pairs {
            let known = before.pairs.get(key);
            if known != Some(pair) {
                let level_before = known.and_then(|pair| pair.level);
                effects.pairs.push(PairDelta { pair: pair.clone(), level_before });
            }
        }
        for (key, pair) in &before.pairs {
            if !self.pairs.contains_key(key) {
                let gone = Pair { confidence: 0.0, level: None, ..Pair::clone(pair) };
                effects.pairs.push(PairDelta { pair: Arc::new(gone), level_before: pair.level });
            }
        }
        for (entity, index) in &self.indices {
            let known = before.indices.get(entity);
            if known != Some(index) {
                let (before, at) = (known.cloned(), index.as_of.start());
                let after = index.clone();
                effects.indices.push(IndexDelta { before, after, at, by_fact: true });
            }
        }
        effects
    }
}
