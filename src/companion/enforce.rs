//! Against whom was something decided, and when? The cases that a companion learns from.

use crate::entity::Fact;
use crate::event::{Body, List, ListState, Severity};
use crate::id::{EntityId, EventId};
use crate::time::Day;
use std::collections::BTreeMap;

/// Decisions of authorities that hold: penalties that are not minor, and being put onto a list.
#[derive(Clone, Debug, Default)]
pub struct Enforcement(BTreeMap<EventId, (EntityId, Day)>);

impl Enforcement {
    /// Takes a fact that was learned, or that ceased to hold.
    pub fn take(&mut self, fact: &Fact) {
        let decided = match &fact.event.body {
            Body::Penalty(penalty) => penalty.severity != Some(Severity::Minor),
            Body::Listing(listing) => {
                listing.state == ListState::Listed && listing.list != List::RedList
            }
            _ => false,
        };
        if !decided {
            return;
        }
        let id = fact.event.id.clone();
        if let Some(subject) = fact.subject.filter(|_| fact.asserts()) {
            self.0.insert(id, (subject, fact.at.day()));
        } else {
            self.0.remove(&id);
        }
    }

    /// The days on which something against each enterprise became known, in order.
    pub fn days(&self) -> BTreeMap<EntityId, Vec<Day>> {
        let mut days: BTreeMap<EntityId, Vec<Day>> = BTreeMap::new();
        for (entity, day) in self.0.values() {
            days.entry(*entity).or_default().push(*day);
        }
        for days in days.values_mut() {
            days.sort_unstable();
        }
        days
    }
}
