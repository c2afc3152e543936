//! Who decides? Control of companies through chains, jointly, and around cycles.
//!
//! X controls Y when X, together with the companies that X controls, holds **more than half** of
//! Y (Company Law 2023, art. 265(2): over 50 % of the capital or votes). The companies that X
//! controls are the least set that this rule gives: X starts alone, every company over the half
//! joins, and its own holdings count from then on. A cycle therefore cannot lift itself: shares
//! count only when their holder has been reached from X. X is never its own controlled company.
//! The total share of a pair adds the holdings of X and of all companies that X controls; with
//! wrong or circular data it may pass the whole, and is told as it is.
//!
//! Invariant: after [`Control::settle`] the pairs are those of a computation from scratch over the
//! present edges. Must not know: where an edge came from, or what control means for risk.

mod csv;
mod exact;

pub use csv::{CsvError, Table, from_csv};
pub use exact::{Pair, Stake, control_pairs};

use crate::id::{EntityId, PersonKey};
use exact::Reach;
use rustc_hash::FxHashMap;
use std::fmt;

/// A share of a company, in billionths of the whole (10⁻⁷ percent).
///
/// Whole numbers, because "more than half" must be exact: 33.33 % and 16.67 % are a half and give
/// no control, in whatever order they are added. A share given as a decimal is rounded to the
/// nearest billionth, which takes away the noise of binary fractions and nothing that a registry
/// would state. There is no further tolerance.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Proportion(u64);

impl Proportion {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(1_000_000_000);

    /// From a percentage, 0–100; `None` when it is not a number or outside.
    pub fn from_percent(percent: f64) -> Option<Self> {
        (0.0..=100.0).contains(&percent).then(|| Self((percent * 1e7).round() as u64))
    }

    /// From a fraction, 0–1; `None` when it is not a number or outside.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (0.0..=1.0).contains(&fraction).then(|| Self((fraction * 1e9).round() as u64))
    }

    /// The share that a part has in a whole; nothing of an empty whole. A part over the half stays
    /// over the half, and one that is not stays so: only the other shares are rounded.
    pub fn of_amounts(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::NONE;
        }
        let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
        let scaled = part * u128::from(Self::WHOLE.0);
        let over_half = part * 2 > whole;
        Self(if over_half { scaled.div_ceil(whole) } else { scaled / whole } as u64)
    }

    /// Whether it decides: strictly more than half.
    pub const fn is_majority(self) -> bool {
        self.0 * 2 > Self::WHOLE.0
    }

    /// In percent, for showing and for files; never for comparing.
    pub fn percent(self) -> f64 {
        self.0 as f64 / 1e7
    }

    /// In billionths.
    pub const fn billionths(self) -> u64 {
        self.0
    }
}

impl std::ops::Add for Proportion {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// As a decimal fraction, as short as is exact: `0.9`, `1.0`, `0.333333333`.
impl fmt::Display for Proportion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:09}", self.0 % Self::WHOLE.0);
        let digits = digits.trim_end_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        write!(f, "{}.{digits}", self.0 / Self::WHOLE.0)
    }
}

/// Who can hold a share: an enterprise, or a natural person as a link node.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Holder {
    /// An enterprise.
    Enterprise(EntityId),
    /// A person, by pseudonym.
    Person(PersonKey),
}

/// One controller of an enterprise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Controller {
    /// Who.
    pub holder: Holder,
    /// All that it decides over, its own and that of the companies it controls.
    pub share: Proportion,
    /// The controlled companies whose holdings count, sorted; empty when it holds directly only.
    pub via: Vec<EntityId>,
}

/// What a [`Control::settle`] found different.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Settled {
    /// Enterprises that gained or lost a controller, or whose controller's total share changed;
    /// sorted, without repeats.
    pub controlled: Vec<EntityId>,
    /// Enterprises whose own holdings changed; sorted, without repeats.
    pub owners: Vec<EntityId>,
}

/// Control pairs under insertion and removal of holdings.
///
/// A change of what O holds can only alter the companies of O itself and of those who control O:
/// anyone else's computation never reads an edge of O. Only these are computed again.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Control {
    number: FxHashMap<Holder, u32>,
    holders: Vec<Holder>,
    /// By owner: what it holds, sorted by the owned node.
    holdings: Vec<Vec<(u32, Proportion)>>,
    /// By owned: its owners, sorted.
    owners: Vec<Vec<u32>>,
    /// By controller: what it controls and the total share, sorted.
    controlled: Vec<Vec<(u32, Proportion)>>,
    /// By controlled: its controllers, sorted.
    controllers: Vec<Vec<u32>>,
    touched: Vec<u32>,
    reach: Reach,
}

impl Control {
    /// States what an owner holds of an enterprise, in place of what was stated before;
    /// [`Proportion::NONE`] removes it. Takes effect with the next [`Control::settle`].
    pub fn set(&mut self, owner: Holder, owned: EntityId, share: Proportion) {
        let target = Holder::Enterprise(owned);
        if owner == target {
            return;
        }
        let (from, to) = (self.number_of(owner), self.number_of(target));
        let row = &mut self.holdings[from as usize];
        match row.binary_search_by_key(&to, |(node, _)| *node) {
            Ok(at) if row[at].1 == share => return,
            Ok(at) if share == Proportion::NONE => {
                row.remove(at);
                let owners = &mut self.owners[to as usize];
                let at = owners.binary_search(&from).expect("kept on both sides");
                owners.remove(at);
            }
            Ok(at) => row[at].1 = share,
            Err(_) if share == Proportion::NONE => return,
            Err(at) => {
                row.insert(at, (to, share));
                let owners = &mut self.owners[to as usize];
                let at = owners.binary_search(&from).expect_err("kept on both sides");
                owners.insert(at, from);
            }
        }
        self.touched.push(from);
    }

    /// Removes what an owner holds of an enterprise.
    pub fn remove(&mut self, owner: Holder, owned: EntityId) {
        self.set(owner, owned, Proportion::NONE);
    }

    /// States all holders of an enterprise, in place of those stated before. An owner that is
    /// named twice holds the sum.
    pub fn set_holders(&mut self, owned: EntityId, holders: &[(Holder, Proportion)]) {
        let mut next = holders.to_vec();
        next.sort_unstable();
        next.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = earlier.1 + later.1;
            }
            same
        });
        if let Some(&node) = self.number.get(&Holder::Enterprise(owned)) {
            let gone: Vec<Holder> = self.owners[node as usize]
                .iter()
                .map(|owner| self.holders[*owner as usize])
                .filter(|owner| next.binary_search_by_key(owner, |(h, _)| *h).is_err())
                .collect();
            for owner in gone {
                self.remove(owner, owned);
            }
        }
        for (owner, share) in next {
            self.set(owner, owned, share);
        }
    }

    /// Brings the pairs up to date and tells what changed.
    pub fn settle(&mut self) -> Settled {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        let mut affected = touched.clone();
        for owner in &touched {
            affected.extend_from_slice(&self.controllers[*owner as usize]);
        }
        affected.sort_unstable();
        affected.dedup();
        let mut changed = Vec::new();
        for controller in affected {
            self.compute(controller, &mut changed);
        }
        Settled {
            controlled: self.enterprises(changed.into_iter()),
            owners: self.enterprises(touched.into_iter()),
        }
    }

    /// The controllers of an enterprise, sorted.
    pub fn controllers_of(&self, enterprise: EntityId) -> Vec<Controller> {
        assert!(self.touched.is_empty(), "asked between a change and its settling");
        let Some(&node) = self.number.get(&Holder::Enterprise(enterprise)) else {
            return Vec::new();
        };
        let mut found: Vec<Controller> = self.controllers[node as usize]
            .iter()
            .map(|controller| Controller {
                holder: self.holders[*controller as usize],
                share: self.share(*controller, node).expect("kept on both sides"),
                via: self.via(*controller, node),
            })
            .collect();
        found.sort_unstable_by_key(|controller| controller.holder);
        found
    }

    /// What a holder controls, with the total share, sorted.
    pub fn controlled_by(&self, holder: Holder) -> Vec<(EntityId, Proportion)> {
        assert!(self.touched.is_empty(), "asked between a change and its settling");
        let Some(&node) = self.number.get(&holder) else { return Vec::new() };
        let mut found: Vec<_> = self.controlled[node as usize]
            .iter()
            .filter_map(|(company, share)| Some((self.enterprise(*company)?, *share)))
            .collect();
        found.sort_unstable();
        found
    }

    /// Enterprises with a controller, sorted.
    pub fn controlled(&self) -> Vec<EntityId> {
        let nodes = (0..self.controllers.len()).filter(|node| !self.controllers[*node].is_empty());
        self.enterprises(nodes.map(|node| node as u32))
    }

    /// What an enterprise holds directly of others.
    pub fn holdings_of(
        &self,
        enterprise: EntityId,
    ) -> impl Iterator<Item = (EntityId, Proportion)> + '_ {
        let node = self.number.get(&Holder::Enterprise(enterprise)).copied();
        let row = node.map_or(&[][..], |node| &self.holdings[node as usize]);
        row.iter().filter_map(|(owned, share)| Some((self.enterprise(*owned)?, *share)))
    }

    fn number_of(&mut self, holder: Holder) -> u32 {
        if let Some(node) = self.number.get(&holder) {
            return *node;
        }
        let node = u32::try_from(self.holders.len()).expect("fewer than 2^32 holders");
        self.number.insert(holder, node);
        self.holders.push(holder);
        self.holdings.push(Vec::new());
        self.owners.push(Vec::new());
        self.controlled.push(Vec::new());
        self.controllers.push(Vec::new());
        node
    }

    fn compute(&mut self, controller: u32, changed: &mut Vec<u32>) {
        let holdings = &self.holdings;
        let next =
            self.reach.from(controller, holdings.len(), |node| &holdings[node as usize]).to_vec();
        let before = std::mem::replace(&mut self.controlled[controller as usize], next);
        let next = &self.controlled[controller as usize];
        for (node, share) in &before {
            match next.binary_search_by_key(node, |(n, _)| *n) {
                Ok(at) if next[at].1 == *share => {}
                Ok(_) => changed.push(*node),
                Err(_) => {
                    let controllers = &mut self.controllers[*node as usize];
                    let at = controllers.binary_search(&controller).expect("kept on both sides");
                    controllers.remove(at);
                    changed.push(*node);
                }
            }
        }
        for (node, _) in next {
            let controllers = &mut self.controllers[*node as usize];
            if let Err(at) = controllers.binary_search(&controller) {
                controllers.insert(at, controller);
                changed.push(*node);
            }
        }
    }

    fn share(&self, controller: u32, node: u32) -> Option<Proportion> {
        let row = &self.controlled[controller as usize];
        row.binary_search_by_key(&node, |(n, _)| *n).ok().map(|at| row[at].1)
    }

    fn via(&self, controller: u32, node: u32) -> Vec<EntityId> {
        let counted = self.owners[node as usize]
            .iter()
            .copied()
            .filter(|owner| self.share(controller, *owner).is_some());
        self.enterprises(counted)
    }

    fn enterprise(&self, node: u32) -> Option<EntityId> {
        match self.holders[node as usize] {
            Holder::Enterprise(id) => Some(id),
            Holder::Person(_) => None,
        }
    }

    fn enterprises(&self, nodes: impl Iterator<Item = u32>) -> Vec<EntityId> {
        let mut found: Vec<EntityId> = nodes.filter_map(|node| self.enterprise(node)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn enterprise(n: u32) -> Holder {
        Holder::Enterprise(EntityId::nth(n))
    }

    fn percent(value: f64) -> Proportion {
        Proportion::from_percent(value).expect("within 0–100")
    }

    #[test]
    fn half_is_no_control() {
        let mut control = Control::default();
        control.set(enterprise(1), EntityId::nth(2), percent(50.0));
        control.set(enterprise(3), EntityId::nth(4), percent(50.000_000_1));
        let settled = control.settle();
        assert_eq!(settled.controlled, [EntityId::nth(4)]);
        assert_eq!(settled.owners, [EntityId::nth(1), EntityId::nth(3)]);
        let thirds = percent(33.33) + percent(16.67);
        assert!(!thirds.is_majority());
        assert_eq!(thirds, percent(50.0));
        assert!(Proportion::of_amounts(u64::MAX / 2 + 1, u64::MAX).is_majority());
        assert!(!Proportion::of_amounts(u64::MAX / 2, u64::MAX).is_majority());
    }

    #[test]
    fn jointly_and_by_a_person() {
        let person = Holder::Person(PersonKey(7));
        let mut control = Control::default();
        control.set_holders(EntityId::nth(1), &[(person, percent(80.0))]);
        control.set_holders(EntityId::nth(2), &[(person, percent(60.0))]);
        control.set_holders(
            EntityId::nth(3),
            &[(enterprise(1), percent(30.0)), (enterprise(2), percent(25.0))],
        );
        control.settle();
        let found = control.controllers_of(EntityId::nth(3));
        assert_eq!(
            found,
            [Controller {
                holder: person,
                share: percent(55.0),
                via: vec![EntityId::nth(1), EntityId::nth(2)],
            }]
        );
        control.set_holders(EntityId::nth(2), &[(person, percent(50.0))]);
        assert_eq!(control.settle().controlled, [EntityId::nth(2), EntityId::nth(3)]);
        assert!(control.controllers_of(EntityId::nth(3)).is_empty());
        assert_eq!(control.controlled_by(person), [(EntityId::nth(1), percent(80.0))]);
    }

    #[test]
    fn shows_short_fractions() {
        for (share, text) in [(percent(90.0), "0.9"), (percent(100.0), "1.0")] {
            assert_eq!(share.to_string(), text);
        }
        assert_eq!((Proportion::WHOLE + percent(80.0)).to_string(), "1.8");
        assert_eq!(Proportion::of_amounts(1, 3).to_string(), "0.333333333");
    }

    fn all_pairs(control: &Control, nodes: u32) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for controlled in 0..nodes {
            for found in control.controllers_of(EntityId::nth(controlled)) {
                let Holder::Enterprise(controller) = found.holder else { continue };
                let via = found.via.iter().map(|id| id.rank()).collect();
                pairs.push(Pair {
                    controller: controller.rank(),
                    controlled,
                    share: found.share,
                    via,
                });
            }
        }
        pairs.sort_unstable_by_key(|pair| (pair.controller, pair.controlled));
        pairs
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn incremental_equals_from_scratch(
            steps in prop::collection::vec((0u32..12, 0u32..12, 0u64..5, any::<bool>()), 1..120)
        ) {
            let mut control = Control::default();
            let mut edges = BTreeMap::new();
            for (owner, owned, quarter, settle) in steps {
                if owner == owned {
                    continue;
                }
                let share = Proportion(quarter * 250_000_000);
                control.set(enterprise(owner), EntityId::nth(owned), share);
                edges.insert((owner, owned), share);
                if !settle {
                    continue;
                }
                control.settle();
                let stakes: Vec<Stake> = edges
                    .iter()
                    .map(|((owner, owned), share)| Stake {
                        owner: *owner,
                        owned: *owned,
                        share: *share,
                    })
                    .collect();
                prop_assert_eq!(all_pairs(&control, 12), control_pairs(&stakes));
            }
        }
    }
}
