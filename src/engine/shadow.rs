//! What would another model have said of the same enterprises, on the same days?
//!
//! A shadow is the index of a second model, run beside the first one over the same graph, pairs and
//! flows. It tells how both see an enterprise, and nothing else follows from it. Invariant: what is
//! told of the first model does not depend on whether there is a shadow.

use crate::id::{EntityId, Share};
use crate::risk::{self, Grade, IndexDelta, Risk};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A model that runs beside the one that judges.
#[derive(Clone, Debug)]
pub struct Shadow {
    /// Its name: id and beginning of the digest.
    pub name: Arc<str>,
    /// Its indicator system.
    pub risk: Arc<risk::Config>,
}

/// How a model sees an enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Class.
    pub grade: Grade,
    /// Score.
    pub score: i32,
}

/// How two models see an enterprise; none where a model does not score it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Which.
    pub entity: EntityId,
    /// The model that judges.
    pub live: Option<Seen>,
    /// The shadow.
    pub shadow: Option<Seen>,
}

impl Compared {
    /// Whether they put it into different classes.
    pub fn differs(&self) -> bool {
        let grade = |seen: Option<Seen>| seen.map(|seen| seen.grade);
        grade(self.live) != grade(self.shadow)
    }
}

/// The shadow's own index, of one share.
#[derive(Debug)]
pub(super) struct Beside(pub(super) Risk);

impl Beside {
    pub(super) fn new(config: &Shadow, share: Share) -> Self {
        Self(Risk::new(config.risk.clone(), share))
    }

    /// Brings it up to date, and compares those that either model looked at.
    pub(super) fn apply(
        &mut self,
        inputs: risk::Inputs<'_>,
        live: &Risk,
        told: &[IndexDelta],
    ) -> Vec<Compared> {
        let own = self.0.apply(inputs);
        let touched: BTreeSet<EntityId> =
            told.iter().chain(&own).map(|delta| delta.after.entity).collect();
        let seen = |risk: &Risk, entity| {
            let index = risk.index(entity)?;
            Some(Seen { grade: index.grade, score: index.score })
        };
        let compared = touched.into_iter().map(|entity| Compared {
            entity,
            live: seen(live, entity),
            shadow: seen(&self.0, entity),
        });
        compared.collect()
    }
}
