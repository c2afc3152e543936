//! What does one caller see of everything, row by row? For those who ask for whole tables.

use crate::access::Doing;
use crate::access::view::{Seen, View};
use crate::desk::quality::Worked;
use crate::flow::Instance;
use crate::id::EntityId;
use crate::risk::Said;
use crate::succession::Pair;
use crate::warning::Warning;
use std::sync::Arc;

impl<'a> View<'a> {
    /// All enterprises that may be seen, in order.
    pub fn all_enterprises(&self) -> Vec<EntityId> {
        let known = self.stand.orders.by_code.values().copied();
        let mut seen: Vec<EntityId> = known.filter(|one| self.sees_enterprise(*one)).collect();
        seen.sort_unstable();
        seen
    }

    /// What the features say of an enterprise, to those who may read what an index rests on.
    pub fn features(&self, entity: EntityId) -> Arc<[Said]> {
        let may = self.who().may(Doing::ReadReasons) && self.sees_enterprise(entity);
        let said = self.stand.board.features.get(&entity).filter(|_| may);
        said.cloned().unwrap_or_default()
    }

    /// All warnings that may be seen, withdrawn ones too, by id.
    pub fn all_warnings(&self) -> Vec<&'a Arc<Warning>> {
        self.stand.board.warnings.values().filter(|one| self.sees_warning(one)).collect()
    }

    /// Every warning that may be seen, with what was found in those of its tasks that may be seen.
    pub fn worked(&self) -> Vec<Worked<'a>> {
        let worked = |warning: &'a Arc<Warning>| Worked {
            kind: &warning.kind,
            raised_at: warning.raised_at,
            found: self
                .tasks_of(&warning.id)
                .iter()
                .filter_map(|seen| seen.case)
                .flat_map(|case| case.findings.iter().map(|(at, found)| (*at, found.outcome)))
                .collect(),
        };
        self.all_warnings().into_iter().map(worked).collect()
    }

    /// All pairs that may be seen.
    pub fn all_pairs(&self) -> Vec<&'a Arc<Pair>> {
        self.stand.board.pairs.values().filter(|one| self.sees_pair(one)).collect()
    }

    /// All tasks that may be seen, recalled ones too, by id.
    pub fn all_tasks(&self) -> Vec<Seen<'a>> {
        self.stand.board.tasks.keys().filter_map(|id| self.task(id)).collect()
    }

    /// All flow patterns around an enterprise that may be seen, by id.
    pub fn all_flows(&self) -> Vec<&'a Arc<Instance>> {
        if !self.who().may(Doing::ReadFlows) {
            return Vec::new();
        }
        let seen =
            |one: &&Arc<Instance>| one.subjects.iter().any(|each| self.sees_enterprise(*each));
        self.stand.board.flows.values().filter(seen).collect()
    }
}
