//! How does everything stand? The latest state of every pair, flow, warning and task.

use crate::dispatch::Task;
use crate::engine::{Closing, Effects};
use crate::flow::Instance;
use crate::id::EntityId;
use crate::succession::Pair;
use crate::warning::Warning;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The latest states, fed by the effects of every epoch.
#[derive(Debug, Default)]
pub struct Board {
    /// By predecessor and successor.
    pub pairs: BTreeMap<(EntityId, EntityId), Arc<Pair>>,
    /// By instance id; fallen ones are taken off.
    pub flows: BTreeMap<String, Arc<Instance>>,
    /// By warning id, withdrawn ones too.
    pub warnings: BTreeMap<Arc<str>, Arc<Warning>>,
    /// By task id, recalled ones too.
    pub tasks: BTreeMap<Arc<str>, Task>,
    /// After the last epoch.
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
        if let Some(closing) = effects.closing {
            self.closing = closing;
        }
    }
}
