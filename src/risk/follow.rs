//! Whose relations may have changed? The other ends of ties, followed.
//!
//! An enterprise is looked at again when its own ties changed, when one on whom its relations lean
//! changed, when a relative with troubles changed, or when a value that it shares turned common.
//! Must not know: what a relation is worth.

use crate::event::Body;
use crate::graph::{Graph, LinkKind};
use crate::id::EntityId;
use crate::risk::config::{Config, Measure};
use crate::risk::mark::NEVER;
use crate::risk::relations::{self, Kin};
use crate::risk::{Inputs, Risk};
use crate::time::Day;
use std::cell::{Cell, RefCell};

impl Risk {
    /// Queues those whose relations the epoch may have changed.
    pub(super) fn take_ties(&mut self, inputs: &Inputs<'_>) {
        if self.relational.is_empty() {
            return;
        }
        let Inputs { graph, delta, facts, .. } = *inputs;
        for &changed in &delta.changed {
            self.touch_ties(changed);
            for leaning in self.leaning.get(&changed).cloned().unwrap_or_default() {
                self.touch_ties(leaning);
            }
            if !graph.troubles(changed).is_empty() {
                for related in graph.related(changed) {
                    self.touch_ties(related.other);
                }
            }
        }
        for &entity in delta.paid.iter().chain(&delta.controlled).chain(&delta.ringed) {
            self.touch_ties(entity);
        }
        for key in delta.crossed.iter().filter(|key| !graph.is_hub(**key)) {
            for member in graph.members(*key) {
                self.touch_ties(member.entity);
            }
        }
        for fact in facts {
            if let (Body::Established(_) | Body::Changed(_), Some(subject)) =
                (&fact.event.body, fact.subject)
            {
                self.take_batch(graph, subject);
            }
        }
    }

    /// A new or changed enterprise may make a batch of what its persons founded or lead.
    fn take_batch(&mut self, graph: &Graph, subject: EntityId) {
        for tie in graph.ties(subject) {
            let members = graph.members(tie.key);
            if tie.kind == LinkKind::Person
                && members.len() >= self.batch_min
                && !graph.is_hub(tie.key)
            {
                for member in members {
                    self.touch_ties(member.entity);
                }
            }
        }
    }

    /// Finds anew what an enterprise's ties give.
    pub(super) fn relate(&mut self, entity: EntityId, graph: &Graph, today: Day) {
        let Some(seat) = self.seats[entity.index()].as_mut() else { return };
        let kin = Kin {
            config: &self.config,
            graph,
            record: &seat.record,
            pairs: &seat.pairs,
            entity,
            today,
            next: Cell::new(NEVER),
            leans: RefCell::new(Vec::new()),
        };
        let found = relations::find(&kin, &self.relational);
        let (next, leans) = (kin.next.get(), kin.leans.into_inner());
        seat.relations = found;
        seat.relations_wake = next;
        if seat.leans == leans {
            return;
        }
        let before = std::mem::replace(&mut seat.leans, leans);
        for other in before.iter().filter(|other| seat.leans.binary_search(other).is_err()) {
            if let Some(leaning) = self.leaning.get_mut(other) {
                leaning.retain(|id| *id != entity);
            }
        }
        for other in seat.leans.iter().filter(|other| before.binary_search(other).is_err()) {
            self.leaning.entry(*other).or_default().push(entity);
        }
    }
}

/// The fewest enterprises of one person at which a batch indicator gives points.
pub(super) fn batch_min(config: &Config) -> usize {
    let measures = config.indicators.iter().flat_map(|indicator| &indicator.measures);
    let least = measures.filter_map(|measure| match measure {
        Measure::Batch(batch) | Measure::Nominee(batch) => batch.bands.first(),
        _ => None,
    });
    least.map(|band| band.0 as usize).min().unwrap_or(usize::MAX)
}

/// The least confidence from which a successor indicator counts a pair.
pub(super) fn confidence_min(config: &Config) -> f64 {
    let measures = config.indicators.iter().flat_map(|indicator| &indicator.measures);
    let least = measures.filter_map(|measure| match measure {
        Measure::Successor(successor) => Some(successor.confidence_min),
        _ => None,
    });
    least.fold(f64::INFINITY, f64::min)
}
