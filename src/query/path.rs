//! How are two enterprises connected? Shortest ways along relations that may be shown.
//!
//! The search goes from both ends, strongest relations first, and stops at a bound that is told.
//! Further ways share no enterprise between the ends with earlier ones. Must not know: who asks.

use crate::id::EntityId;
use crate::query::Stand;
use crate::query::around::Edge;
use std::collections::{BTreeMap, BTreeSet};

/// Relations of a way, at most.
pub const STEPS_MAX: usize = 6;
/// Ways that are told, at most.
pub const PATHS_MAX: usize = 3;
/// Enterprises that one search looks at, at most.
const LOOKS_MAX: usize = 3_000;

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// Ways, shortest first: the relations in order from the first enterprise to the second.
    pub paths: Vec<Vec<Edge>>,
    /// Whether a search stopped at its bound: there may be more.
    pub bounded: bool,
}

/// One end's search: how each enterprise was reached.
struct Side {
    from: BTreeMap<EntityId, Option<(EntityId, Edge)>>,
    ring: Vec<EntityId>,
}

impl Side {
    fn new(end: EntityId) -> Self {
        Self { from: BTreeMap::from([(end, None)]), ring: vec![end] }
    }

    /// The relations back to the end, nearest to `at` first.
    fn back(&self, mut at: EntityId) -> Vec<Edge> {
        let mut edges = Vec::new();
        while let Some(Some((before, edge))) = self.from.get(&at) {
            edges.push(*edge);
            at = *before;
        }
        edges
    }
}

impl Stand {
    /// Ways between two enterprises.
    pub fn paths(&self, ends: (EntityId, EntityId), may_show: &dyn Fn(&Edge) -> bool) -> Paths {
        let mut found = Paths::default();
        let mut taken = BTreeSet::new();
        // The direct relations are one way each; a longer way must not use them again.
        let mut direct = false;
        while found.paths.len() < PATHS_MAX && ends.0 != ends.1 {
            let (path, bounded) = self.shortest(ends, &taken, direct, may_show);
            found.bounded |= bounded;
            let Some(path) = path else { break };
            direct |= path.len() == 1;
            let between = path.iter().flat_map(|edge| [edge.from, edge.to]);
            taken.extend(between.filter(|one| *one != ends.0 && *one != ends.1));
            found.paths.push(path);
        }
        found
    }

    fn shortest(
        &self,
        ends: (EntityId, EntityId),
        taken: &BTreeSet<EntityId>,
        direct: bool,
        may_show: &dyn Fn(&Edge) -> bool,
    ) -> (Option<Vec<Edge>>, bool) {
        let mut sides = [Side::new(ends.0), Side::new(ends.1)];
        let (mut looks, mut bounded) = (0, false);
        for _ in 0..STEPS_MAX {
            // The smaller ring grows.
            let grow = usize::from(sides[1].ring.len() < sides[0].ring.len());
            let ring = std::mem::take(&mut sides[grow].ring);
            let mut meets = None;
            for me in ring {
                looks += 1;
                if looks > LOOKS_MAX {
                    bounded = true;
                    break;
                }
                for edge in self.relations(me) {
                    let other = if edge.from == me { edge.to } else { edge.from };
                    let both =
                        (me == ends.0 && other == ends.1) || (me == ends.1 && other == ends.0);
                    if !may_show(&edge) || taken.contains(&other) || (direct && both) {
                        continue;
                    }
                    if sides[grow].from.contains_key(&other) {
                        continue;
                    }
                    sides[grow].from.insert(other, Some((me, edge)));
                    sides[grow].ring.push(other);
                    if sides[1 - grow].from.contains_key(&other) {
                        meets.get_or_insert(other);
                    }
                }
                if meets.is_some() {
                    break;
                }
            }
            if let Some(middle) = meets {
                let mut path = sides[0].back(middle);
                path.reverse();
                path.extend(sides[1].back(middle));
                return (Some(path), bounded);
            }
            if bounded || sides.iter().any(|side| side.ring.is_empty()) {
                break;
            }
        }
        (None, bounded)
    }
}
