//! Which versions of some events that name each other hold? Their canonical order decides.
//!
//! Invariant: a function of the set of events. Must not know: the order in which they arrived.

use super::{Key, Lineage, key};
use crate::event::{Event, EventType, Op};
use crate::id::EventId;
use crate::time::Time;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What holds of a lineage, kept at its root.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) enum Standing {
    /// Nothing yet.
    #[default]
    Open,
    /// This version.
    InForce(#[serde(with = "crate::shared")] Arc<Event>),
    /// Nothing any more, of this type.
    Withdrawn(EventType),
    /// Not a root: the lineage goes on at a member nearer the root.
    Towards(Key),
}

/// A version in force, and the rest of its lineage.
pub(super) type Version = (Arc<Event>, Option<Arc<Lineage>>);

/// Events that name each other, directly or through others.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Family {
    /// In canonical order.
    #[serde(with = "crate::shared::list")]
    events: Vec<Arc<Event>>,
    in_force: Vec<Version>,
}

fn order(event: &Event) -> (Time, &str, &str) {
    (event.time, event.id.source(), event.id.id())
}

impl Family {
    /// Takes in an event that stood alone so far.
    pub(super) fn begin(&mut self, alone: Arc<Event>) {
        self.in_force.push((alone.clone(), None));
        self.put(alone);
    }

    /// Takes in another family.
    pub(super) fn unite(&mut self, other: Self) {
        self.in_force.extend(other.in_force);
        for event in other.events {
            self.put(event);
        }
    }

    /// Takes in an event that is new; gives the versions that were in force before.
    pub(super) fn add(&mut self, event: Arc<Event>) -> Vec<Version> {
        self.put(event);
        let standings = self.standings();
        let now = versions(&self.events, &standings);
        std::mem::replace(&mut self.in_force, now)
    }

    fn put(&mut self, event: Arc<Event>) {
        let at = self.events.partition_point(|have| order(have) < order(&event));
        self.events.insert(at, event);
    }

    /// The versions in force.
    pub(super) fn in_force(&self) -> &[Version] {
        &self.in_force
    }

    /// What stands under every id in the family or named by it.
    pub(super) fn standings(&self) -> FxHashMap<Key, Standing> {
        let mut standings = FxHashMap::default();
        for event in &self.events {
            standings.entry(key(&event.id)).or_default();
            if let Op::Correct(target) | Op::Retract(target) = &event.op {
                standings.entry(key(target)).or_default();
            }
        }
        for event in &self.events {
            take(&mut standings, event);
        }
        standings
    }
}

fn root(standings: &FxHashMap<Key, Standing>, member: Key) -> Key {
    let mut root = member;
    while let Some(Standing::Towards(next)) = standings.get(&root) {
        root = *next;
    }
    root
}

/// The next event in canonical order. One that names an event of another type says nothing.
fn take(standings: &mut FxHashMap<Key, Standing>, event: &Arc<Event>) {
    let own = key(&event.id);
    let root = match &event.op {
        Op::Assert => root(standings, own),
        Op::Correct(target) | Op::Retract(target) => root(standings, key(target)),
    };
    let known = standings.get(&root).and_then(Standing::kind);
    if root != own && known.is_some_and(|kind| kind != event.kind) {
        return;
    }
    let mine = standings.insert(own, Standing::Towards(root)).unwrap_or_default();
    let mine = mine.version(event);
    let next = match standings.remove(&root) {
        // What named this event before it came goes over to the lineage that it names; when either
        // side is withdrawn, the lineage ends for good.
        Some(old) if root != own => match (&old, &mine) {
            (Standing::Withdrawn(_), _) | (_, Standing::Withdrawn(_)) => {
                Standing::Withdrawn(event.kind)
            }
            _ => mine,
        },
        _ => mine,
    };
    standings.insert(root, next);
}

/// The versions that are in force, in canonical order, each with the rest of its lineage.
fn versions(events: &[Arc<Event>], standings: &FxHashMap<Key, Standing>) -> Vec<Version> {
    let in_force = events.iter().filter_map(|event| {
        let root = root(standings, key(&event.id));
        let holds = matches!(standings.get(&root), Some(Standing::InForce(e)) if e.id == event.id);
        holds.then(|| (event.clone(), lineage(events, standings, event, root)))
    });
    in_force.collect()
}

fn lineage(
    events: &[Arc<Event>],
    standings: &FxHashMap<Key, Standing>,
    of: &Event,
    at: Key,
) -> Option<Arc<Lineage>> {
    let mut since = of.time;
    let mut others: Vec<EventId> = Vec::new();
    for event in events {
        let own = key(&event.id);
        if root(standings, own) != at {
            continue;
        }
        if own == at {
            since = event.time;
        }
        let named = match &event.op {
            Op::Assert => None,
            Op::Correct(target) | Op::Retract(target) => Some(target),
        };
        others.extend(named.into_iter().chain([&event.id]).filter(|id| **id != of.id).cloned());
    }
    others.sort_unstable();
    others.dedup();
    (!others.is_empty()).then(|| Arc::new(Lineage { since, others: others.into() }))
}

impl Standing {
    pub(super) fn kind(&self) -> Option<EventType> {
        match self {
            Self::InForce(event) => Some(event.kind),
            Self::Withdrawn(kind) => Some(*kind),
            Self::Open | Self::Towards(_) => None,
        }
    }

    /// What an event brings to its lineage when this holds under its id before it comes: that, if
    /// it is of the event's type, else the event. What is of another type did not mean this event,
    /// and what a retraction meets is withdrawn with it.
    fn version(self, event: &Arc<Event>) -> Self {
        match event.op {
            Op::Retract(_) => Self::Withdrawn(event.kind),
            Op::Assert | Op::Correct(_) if self.kind() == Some(event.kind) => self,
            Op::Assert | Op::Correct(_) => Self::InForce(event.clone()),
        }
    }
}
