//! Who bears a name or number, and from when to when?

use super::mentions::Soft;
use crate::event::{Body, Change, EndKind, Event};
use crate::id::{EntityId, EventId, RegNo, Uscc};
use crate::time::{Day, Time};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What an event says about the names of its subject.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Naming {
    /// From when it counts.
    day: Day,
    time: Time,
    id: EventId,
    what: What,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum What {
    Registered { name: Arc<str>, number: Option<RegNo>, since: Day },
    Renamed { before: Option<Arc<str>>, after: Arc<str> },
    Ended,
}

impl Naming {
    /// The code and the naming of a registration event; `None` for all others.
    pub(super) fn of(event: &Event) -> Option<(Uscc, Self)> {
        let (uscc, day, what) = match &event.body {
            Body::Established(e) => {
                let name = Arc::from(&*e.name);
                let what = What::Registered { name, number: e.reg_no, since: e.established_on };
                // The name is the one borne when the source told it.
                (e.uscc, event.time.day(), what)
            }
            Body::Changed(e) => {
                let what = e.changes.iter().rev().find_map(|change| match change {
                    Change::Name { before, after } => Some(What::Renamed {
                        before: before.as_deref().map(Arc::from),
                        after: Arc::from(&**after),
                    }),
                    _ => None,
                })?;
                (e.uscc, e.approved_on, what)
            }
            Body::Ended(e) if matches!(e.kind, EndKind::Deregistered | EndKind::Rescinded) => {
                (e.uscc, e.on, What::Ended)
            }
            _ => return None,
        };
        Some((uscc, Self { day, time: event.time, id: event.id.clone(), what }))
    }

    /// The order in which namings count.
    pub(super) fn order(&self) -> (Day, Time, &EventId) {
        (self.day, self.time, &self.id)
    }

    /// The names in it, as written, older first.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let (before, after) = match &self.what {
            What::Registered { name, .. } => (None, Some(name)),
            What::Renamed { before, after } => (before.as_ref(), Some(after)),
            What::Ended => (None, None),
        };
        before.into_iter().chain(after).map(|name| &**name)
    }
}

/// A claim: the key of a name or number, from a day on, to before a day.
pub(super) type Held = (u64, Day, Day);

const EARLIEST: Day = Day(i32::MIN);
const LATEST: Day = Day(i32::MAX);

/// The claims that follow from the namings of one entity, given in order, and the name in force.
pub(super) fn held(naming: &[Naming]) -> (Vec<Held>, Option<Arc<str>>) {
    let mut out: Vec<Held> = Vec::new();
    let (mut name, mut open): (Option<Arc<str>>, Option<(u64, Day)>) = (None, None);
    for one in naming {
        match &one.what {
            What::Registered { name: new, number, since } => {
                let from = if name.is_none() { *since } else { one.day };
                take(&mut out, &mut open, new, from.min(one.day));
                name = Some(Arc::clone(new));
                out.extend(number.map(|n| (Soft::number_key(n), EARLIEST, LATEST)));
            }
            What::Renamed { before, after } => {
                if let (Some(before), None) = (before, &open) {
                    out.push((Soft::name_key(before), EARLIEST, one.day));
                }
                take(&mut out, &mut open, after, one.day);
                name = Some(Arc::clone(after));
            }
            What::Ended => {
                out.extend(open.take().map(|(key, from)| (key, from, one.day)));
            }
        }
    }
    out.extend(open.map(|(key, from)| (key, from, LATEST)));
    out.sort_unstable();
    out.dedup();
    (out, name)
}

fn take(out: &mut Vec<Held>, open: &mut Option<(u64, Day)>, name: &str, from: Day) {
    let key = Soft::name_key(name);
    match open {
        Some((held, _)) if *held == key => {}
        _ => {
            out.extend(open.take().map(|(held, since)| (held, since, from)));
            *open = Some((key, from));
        }
    }
}

/// All claims.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Claims {
    by_key: FxHashMap<u64, Vec<(EntityId, Day, Day)>>,
    by_entity: FxHashMap<EntityId, Vec<Held>>,
}

impl Claims {
    /// Puts the claims of an entity in place of its former ones; gives the keys that changed.
    pub(super) fn replace(&mut self, id: EntityId, held: Vec<Held>) -> Vec<u64> {
        let former = self.by_entity.remove(&id).unwrap_or_default();
        let mut changed = Vec::new();
        for claim in former.iter().filter(|c| !held.contains(c)) {
            if let Some(list) = self.by_key.get_mut(&claim.0) {
                list.retain(|(e, from, to)| (*e, *from, *to) != (id, claim.1, claim.2));
            }
            changed.push(claim.0);
        }
        for claim in held.iter().filter(|c| !former.contains(c)) {
            self.by_key.entry(claim.0).or_default().push((id, claim.1, claim.2));
            changed.push(claim.0);
        }
        self.by_entity.insert(id, held);
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// The one entity that holds the key on a day; else the one that held it last before; else
    /// the one that takes it next after. `None` where two do.
    pub(super) fn holder(&self, key: u64, day: Day) -> Option<EntityId> {
        let list = self.by_key.get(&key)?;
        let now = list.iter().filter(|(_, from, to)| *from <= day && day < *to);
        let before = list.iter().filter(|(_, _, to)| *to <= day);
        let last = before.clone().map(|c| c.2).max();
        let after = list.iter().filter(|(_, from, _)| day < *from);
        let next = after.clone().map(|c| c.1).min();
        match sole(now.map(|c| c.0)) {
            Sole::None => {}
            found => return found.id(),
        }
        match sole(before.filter(|c| Some(c.2) == last).map(|c| c.0)) {
            Sole::None => {}
            found => return found.id(),
        }
        sole(after.filter(|c| Some(c.1) == next).map(|c| c.0)).id()
    }
}

enum Sole {
    None,
    One(EntityId),
    Several,
}

impl Sole {
    fn id(self) -> Option<EntityId> {
        match self {
            Sole::One(id) => Some(id),
            Sole::None | Sole::Several => None,
        }
    }
}

fn sole(ids: impl Iterator<Item = EntityId>) -> Sole {
    let mut found = Sole::None;
    for id in ids {
        found = match found {
            Sole::None => Sole::One(id),
            Sole::One(other) if other == id => Sole::One(id),
            _ => return Sole::Several,
        };
    }
    found
}
