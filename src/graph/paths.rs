//! How are two enterprises tied, and who is near? Shortest evidence paths and neighbourhoods
//! through shared link values.
//!
//! A step goes from an enterprise over one value that it shares (a person, a phone, a room, a
//! holding …) to another enterprise. A rare value is a short step, a common one a long step, and
//! one over the bound is none: a registration agent's phone ties nobody. All searches have a
//! stated budget and say when it bit.
//!
//! Invariant: the answer depends on the ties alone, not on the order in which they are given.
//! Must not know: how the ties are stored, beyond what [`Graph`] tells.

use super::{Graph, LinkKey};
use crate::id::EntityId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// The ties to walk over. Both directions must agree.
pub trait Ties {
    /// A link value, by a number or another small key.
    type Value: Copy + Ord + std::hash::Hash;

    /// Adds the values that an enterprise has.
    fn values(&self, enterprise: EntityId, into: &mut Vec<Self::Value>);

    /// How many enterprises have a value now.
    fn members_count(&self, value: Self::Value) -> usize;

    /// Adds the enterprises that have a value now.
    fn members(&self, value: Self::Value, into: &mut Vec<EntityId>);
}

/// Over the values that are held at present.
impl Ties for Graph {
    type Value = LinkKey;

    fn values(&self, enterprise: EntityId, into: &mut Vec<LinkKey>) {
        let present = self.ties(enterprise).iter().filter(|tie| tie.until.is_none());
        into.extend(present.map(|tie| tie.key));
    }

    /// Past members count too: what many had is no rare value.
    fn members_count(&self, value: LinkKey) -> usize {
        Graph::members(self, value).len()
    }

    fn members(&self, value: LinkKey, into: &mut Vec<EntityId>) {
        let present = Graph::members(self, value).iter().filter(|m| m.until.is_none());
        into.extend(present.map(|member| member.entity));
    }
}

/// How far a search may go.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Most enterprises in the answer (neighbourhood) or to be looked at (path).
    pub enterprises_max: usize,
    /// Values that more enterprises have are not walked over.
    pub members_max: usize,
    /// Longest way, in [`step_cost`] units.
    pub cost_max: u32,
}

/// The length of a step over a value that some enterprises share: 1,000 for two, 1,000 more each
/// time that their number doubles; between, linear. Whole numbers, so that ways compare exactly.
pub const fn step_cost(members: usize) -> u32 {
    if members <= 2 {
        return 1_000;
    }
    let doublings = members.ilog2();
    let base = 1usize << doublings;
    doublings * 1_000 + ((members - base) * 1_000 / base) as u32
}

/// One step of a path: over a value to an enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<V> {
    /// The shared value.
    pub over: V,
    /// The next enterprise.
    pub to: EntityId,
}

/// The answer of a path search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<V> {
    /// The shortest way, and its length. No steps when the two are one.
    Path {
        /// The steps from the first enterprise to the second.
        steps: Vec<Step<V>>,
        /// The length of the way.
        cost: u32,
    },
    /// There is no way within `cost_max` over values of at most `members_max`.
    Nothing,
    /// `enterprises_max` enterprises were looked at before an answer was certain.
    OutOfBudget,
}

/// What was left out of a neighbourhood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut<V> {
    /// Whether enterprises within reach did not fit.
    pub truncated: bool,
    /// Values too common to be walked over, sorted, with the number that have them.
    pub common: Vec<(V, usize)>,
}

/// A neighbourhood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ego<V> {
    /// The enterprises with their distance, nearest first; the first is the centre.
    pub enterprises: Vec<(EntityId, u32)>,
    /// Which of these have which value, where at least two of them have it; sorted.
    pub ties: Vec<(EntityId, V)>,
    /// What the budget left out.
    pub left_out: LeftOut<V>,
}

/// The shortest evidence path between two enterprises.
pub fn path<T: Ties>(ties: &T, from: EntityId, to: EntityId, budget: Budget) -> Found<T::Value> {
    let mut walk = Walk::new(ties, from, budget);
    while let Some((enterprise, cost)) = walk.next() {
        if enterprise == to {
            return Found::Path { steps: walk.steps_to(to), cost };
        }
        if walk.done.len() >= budget.enterprises_max {
            return Found::OutOfBudget;
        }
        walk.expand(enterprise, cost);
    }
    Found::Nothing
}

/// The enterprises nearest to one, up to the budget.
pub fn ego<T: Ties>(ties: &T, centre: EntityId, budget: Budget) -> Ego<T::Value> {
    let mut walk = Walk::new(ties, centre, budget);
    let mut enterprises = Vec::new();
    let mut truncated = false;
    while let Some((enterprise, cost)) = walk.next() {
        if enterprises.len() >= budget.enterprises_max {
            truncated = true;
            break;
        }
        enterprises.push((enterprise, cost));
        walk.expand(enterprise, cost);
    }
    let common = walk.common.iter().map(|value| (*value, ties.members_count(*value))).collect();
    let shown = shared(ties, &enterprises);
    Ego { enterprises, ties: shown, left_out: LeftOut { truncated, common } }
}

/// The values that at least two of the enterprises have.
fn shared<T: Ties>(ties: &T, enterprises: &[(EntityId, u32)]) -> Vec<(EntityId, T::Value)> {
    let mut all = Vec::new();
    let mut values = Vec::new();
    for (enterprise, _) in enterprises {
        values.clear();
        ties.values(*enterprise, &mut values);
        values.sort_unstable();
        values.dedup();
        all.extend(values.iter().map(|value| (*value, *enterprise)));
    }
    all.sort_unstable();
    let mut shown: Vec<_> = all
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|chunk| chunk.len() > 1)
        .flatten()
        .map(|(value, enterprise)| (*enterprise, *value))
        .collect();
    shown.sort_unstable();
    shown
}

/// The best way to an enterprise known so far: its length, and the last step's start and value.
type Way<V> = (u32, Option<(EntityId, V)>);

/// Dijkstra's walk. Ties of equal length are broken by the previous enterprise and the value, so
/// that the way found does not depend on the order of the ties.
struct Walk<'a, T: Ties> {
    ties: &'a T,
    budget: Budget,
    best: FxHashMap<EntityId, Way<T::Value>>,
    heap: BinaryHeap<Reverse<(u32, EntityId)>>,
    done: FxHashSet<EntityId>,
    common: BTreeSet<T::Value>,
    /// Values already walked over: later members come nearer by no other of them.
    spent: FxHashMap<T::Value, u32>,
    values: Vec<T::Value>,
    members: Vec<EntityId>,
}

impl<'a, T: Ties> Walk<'a, T> {
    fn new(ties: &'a T, from: EntityId, budget: Budget) -> Self {
        Self {
            ties,
            budget,
            best: FxHashMap::from_iter([(from, (0, None))]),
            heap: BinaryHeap::from([Reverse((0, from))]),
            done: FxHashSet::default(),
            common: BTreeSet::new(),
            spent: FxHashMap::default(),
            values: Vec::new(),
            members: Vec::new(),
        }
    }

    /// The nearest enterprise not seen yet.
    fn next(&mut self) -> Option<(EntityId, u32)> {
        while let Some(Reverse((cost, enterprise))) = self.heap.pop() {
            if self.done.insert(enterprise) {
                return Some((enterprise, cost));
            }
        }
        None
    }

    fn expand(&mut self, from: EntityId, cost: u32) {
        self.values.clear();
        self.ties.values(from, &mut self.values);
        self.values.sort_unstable();
        self.values.dedup();
        for value in std::mem::take(&mut self.values) {
            let count = self.ties.members_count(value);
            if count > self.budget.members_max {
                self.common.insert(value);
                continue;
            }
            let reached = cost.saturating_add(step_cost(count));
            // A value is worth walking over again only from an equally near enterprise, which may
            // be the smaller of two equal ways.
            let spent = *self.spent.entry(value).or_insert(cost);
            if reached > self.budget.cost_max || cost > spent {
                continue;
            }
            self.members.clear();
            self.ties.members(value, &mut self.members);
            for to in std::mem::take(&mut self.members) {
                self.offer(to, reached, (from, value));
            }
        }
    }

    fn offer(&mut self, to: EntityId, cost: u32, by: (EntityId, T::Value)) {
        let offered = (cost, Some(by));
        match self.best.get_mut(&to) {
            None => {
                self.best.insert(to, offered);
                self.heap.push(Reverse((cost, to)));
            }
            Some(best) if offered.0 < best.0 => {
                *best = offered;
                self.heap.push(Reverse((cost, to)));
            }
            // The start has no previous step and keeps none.
            Some(best) if best.1.is_some() && offered < *best => *best = offered,
            Some(_) => {}
        }
    }

    fn steps_to(&self, to: EntityId) -> Vec<Step<T::Value>> {
        let mut steps = Vec::new();
        let mut at = to;
        while let Some((_, Some((previous, value)))) = self.best.get(&at) {
            steps.push(Step { over: *value, to: at });
            at = *previous;
        }
        steps.reverse();
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Enterprises by value.
    struct Town(Vec<Vec<u32>>);

    impl Ties for Town {
        type Value = usize;

        fn values(&self, enterprise: EntityId, into: &mut Vec<usize>) {
            into.extend(
                (0..self.0.len()).filter(|value| self.0[*value].contains(&enterprise.rank())),
            );
        }

        fn members_count(&self, value: usize) -> usize {
            self.0[value].len()
        }

        fn members(&self, value: usize, into: &mut Vec<EntityId>) {
            into.extend(self.0[value].iter().copied().map(EntityId::nth));
        }
    }

    const WIDE: Budget = Budget { enterprises_max: 1_000, members_max: 100, cost_max: 100_000 };

    #[test]
    fn two_rare_steps_are_nearer_than_a_common_one() {
        let town = Town(vec![(0..40).collect(), vec![0, 50], vec![50, 1]]);
        let steps =
            vec![Step { over: 1, to: EntityId::nth(50) }, Step { over: 2, to: EntityId::nth(1) }];
        assert_eq!(
            path(&town, EntityId::nth(0), EntityId::nth(1), WIDE),
            Found::Path { steps, cost: 2_000 }
        );
        let near = Budget { cost_max: 1_500, ..WIDE };
        assert_eq!(path(&town, EntityId::nth(0), EntityId::nth(1), near), Found::Nothing);
        let poor = Budget { enterprises_max: 1, ..WIDE };
        assert_eq!(path(&town, EntityId::nth(0), EntityId::nth(1), poor), Found::OutOfBudget);
        let same = Found::Path { steps: Vec::new(), cost: 0 };
        assert_eq!(path(&town, EntityId::nth(3), EntityId::nth(3), WIDE), same);
    }

    #[test]
    fn neighbourhood_tells_what_it_left_out() {
        let town = Town(vec![(0..40).collect(), vec![0, 50], vec![50, 51], vec![50, 52]]);
        let budget = Budget { enterprises_max: 3, members_max: 30, ..WIDE };
        let ego = ego(&town, EntityId::nth(0), budget);
        let near = [(EntityId::nth(0), 0), (EntityId::nth(50), 1_000), (EntityId::nth(51), 2_000)];
        assert_eq!(ego.enterprises, near);
        let ties = [
            (EntityId::nth(0), 1),
            (EntityId::nth(50), 1),
            (EntityId::nth(50), 2),
            (EntityId::nth(51), 2),
        ];
        assert_eq!(ego.ties, ties);
        assert_eq!(ego.left_out, LeftOut { truncated: true, common: vec![(0, 40)] });
    }

    #[test]
    fn costs_grow_with_doublings() {
        let costs: Vec<u32> = [0, 1, 2, 3, 4, 6, 8, 1_024].map(step_cost).to_vec();
        assert_eq!(costs, [1_000, 1_000, 1_000, 1_500, 2_000, 2_500, 3_000, 10_000]);
    }

    fn slow_cost(town: &Town, from: u32, to: u32, nodes: u32) -> Option<u32> {
        let mut cost = vec![u32::MAX; nodes as usize];
        cost[from as usize] = 0;
        for _ in 0..nodes {
            for members in &town.0 {
                let step = step_cost(members.len());
                let low = members.iter().map(|m| cost[*m as usize]).min().unwrap_or(u32::MAX);
                for member in members {
                    let at = &mut cost[*member as usize];
                    *at = (*at).min(low.saturating_add(step));
                }
            }
        }
        Some(cost[to as usize]).filter(|cost| *cost < u32::MAX)
    }

    proptest! {
        #[test]
        fn shortest_by_a_slow_oracle(
            values in prop::collection::vec(prop::collection::btree_set(0u32..14, 2..6), 1..14),
            from in 0u32..14, to in 0u32..14,
        ) {
            let town = Town(values.into_iter().map(|set| set.into_iter().collect()).collect());
            let expected = slow_cost(&town, from, to, 14);
            match path(&town, EntityId::nth(from), EntityId::nth(to), WIDE) {
                Found::Path { steps, cost } => {
                    prop_assert_eq!(Some(cost), expected);
                    let walked: u32 = steps.iter().map(|s| step_cost(town.0[s.over].len())).sum();
                    prop_assert_eq!(walked, cost);
                    let mut at = EntityId::nth(from);
                    for step in steps {
                        prop_assert!(town.0[step.over].contains(&at.rank()));
                        prop_assert!(town.0[step.over].contains(&step.to.rank()));
                        at = step.to;
                    }
                    prop_assert_eq!(at, EntityId::nth(to));
                }
                Found::Nothing => prop_assert_eq!(expected, None),
                Found::OutOfBudget => prop_assert!(false, "the budget is wide"),
            }
        }
    }
}
