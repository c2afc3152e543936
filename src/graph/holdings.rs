//! Who owns itself in a circle? Rings of cross-holdings among enterprises.
//!
//! A ring is a strongly connected set of two or more enterprises by direct holdings of any size:
//! each of them holds, through the others, a part of itself. Capital counted around a ring is
//! counted twice.
//!
//! Invariant: after [`Holdings::settle`] the rings are those of all present holdings. Must not
//! know: what a ring means for risk.

use super::control::Control;
use crate::id::EntityId;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{Graph, NodeIndex};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The rings of cross-holdings.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Holdings {
    /// By member: its ring, sorted.
    rings: FxHashMap<EntityId, Arc<[EntityId]>>,
}

impl Holdings {
    /// Brings the rings up to date after the holdings of some owners changed (those that
    /// [`Control::settle`] told) and gives the enterprises whose ring is another than before,
    /// sorted.
    ///
    /// A ring that appears, grows, shrinks or breaks contains a changed owner or contained one.
    /// Everything that can be reached downwards from these is looked at again: that set is closed,
    /// so its rings are whole; no other ring can have changed.
    pub fn settle(&mut self, control: &Control, owners: &[EntityId]) -> Vec<EntityId> {
        let mut seeds = owners.to_vec();
        for owner in owners {
            seeds.extend(self.ring_of(*owner).unwrap_or_default());
        }
        let (members, components) = below(control, seeds);
        let mut changed = Vec::new();
        let mut next = FxHashMap::default();
        for component in components.iter().filter(|component| component.len() > 1) {
            let mut ring: Vec<EntityId> = component.iter().map(|n| members[n.index()]).collect();
            ring.sort_unstable();
            let ring: Arc<[EntityId]> = ring.into();
            next.extend(ring.iter().map(|member| (*member, Arc::clone(&ring))));
        }
        for member in members {
            let after = next.remove(&member);
            let before = match after.clone() {
                Some(ring) => self.rings.insert(member, ring),
                None => self.rings.remove(&member),
            };
            if before != after {
                changed.push(member);
            }
        }
        changed.sort_unstable();
        changed
    }

    /// The ring that an enterprise is in, sorted; `None` when it is in none.
    pub fn ring_of(&self, enterprise: EntityId) -> Option<&[EntityId]> {
        self.rings.get(&enterprise).map(|ring| &**ring)
    }

    /// All rings, each sorted, in order of their first members.
    pub fn rings(&self) -> Vec<&[EntityId]> {
        let mut found: Vec<&[EntityId]> = self
            .rings
            .iter()
            .filter(|(member, ring)| ring.first() == Some(member))
            .map(|(_, ring)| &**ring)
            .collect();
        found.sort_unstable();
        found
    }
}

/// Everything that can be reached downwards from some enterprises, and its components.
fn below(control: &Control, mut seeds: Vec<EntityId>) -> (Vec<EntityId>, Vec<Vec<NodeIndex>>) {
    seeds.sort_unstable();
    seeds.dedup();
    let mut graph: Graph<(), ()> = Graph::new();
    let mut nodes: FxHashMap<EntityId, NodeIndex> = FxHashMap::default();
    let mut members = Vec::new();
    let mut edges = Vec::new();
    for seed in &seeds {
        nodes.insert(*seed, graph.add_node(()));
        members.push(*seed);
    }
    let mut at = 0;
    while at < members.len() {
        for (owned, _) in control.holdings_of(members[at]) {
            let node = *nodes.entry(owned).or_insert_with(|| {
                members.push(owned);
                graph.add_node(())
            });
            edges.push((NodeIndex::new(at), node));
        }
        at += 1;
    }
    graph.extend_with_edges(edges);
    (members, tarjan_scc(&graph))
}

#[cfg(test)]
mod tests {
    use super::super::control::{Holder, Proportion};
    use super::*;
    use proptest::prelude::*;

    fn set(control: &mut Control, owner: u32, owned: u32, percent: f64) {
        let share = Proportion::from_percent(percent).expect("within 0–100");
        control.set(Holder::Enterprise(EntityId::nth(owner)), EntityId::nth(owned), share);
    }

    #[test]
    fn a_ring_forms_and_breaks() {
        let (mut control, mut holdings) = (Control::default(), Holdings::default());
        for (owner, owned) in [(1, 2), (2, 3), (3, 1), (3, 4)] {
            set(&mut control, owner, owned, 10.0);
        }
        let settled = control.settle();
        let ring = [EntityId::nth(1), EntityId::nth(2), EntityId::nth(3)];
        assert_eq!(holdings.settle(&control, &settled.owners), ring);
        assert_eq!(holdings.ring_of(EntityId::nth(2)), Some(&ring[..]));
        assert_eq!(holdings.ring_of(EntityId::nth(4)), None);
        set(&mut control, 2, 3, 0.0);
        let settled = control.settle();
        assert_eq!(holdings.settle(&control, &settled.owners), ring);
        assert!(holdings.rings().is_empty());
    }

    proptest! {
        #[test]
        fn incremental_equals_from_scratch(
            steps in prop::collection::vec((0u32..10, 0u32..10, any::<bool>(), any::<bool>()), 1..80)
        ) {
            let (mut control, mut holdings) = (Control::default(), Holdings::default());
            for (owner, owned, there, settle) in steps {
                set(&mut control, owner, owned, if there { 5.0 } else { 0.0 });
                if settle {
                    let settled = control.settle();
                    holdings.settle(&control, &settled.owners);
                    let mut fresh = Holdings::default();
                    let everyone: Vec<_> = (0..10).map(EntityId::nth).collect();
                    fresh.settle(&control, &everyone);
                    prop_assert_eq!(holdings.rings(), fresh.rings());
                }
            }
        }
    }
}
