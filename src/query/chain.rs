//! Did money go from one enterprise to another? Chains of payments, each later than the one before.
//!
//! Only payments that are kept one by one are followed ([`crate::query::traces`]); every bound that
//! bites is told. Of two chains over the same enterprises the one that carries more is kept. Must
//! not know: who asks.

use crate::id::EntityId;
use crate::query::Stand;
use crate::query::traces::{Other, Payment};
use crate::time::Time;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Payments of a chain, at most.
pub const HOPS_MAX: usize = 5;
/// Chains that are told, at most.
pub const CHAINS_MAX: usize = 10;
/// Payments that a search looks at, at most.
const LOOKS_MAX: usize = 200_000;

/// What a chain must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Payments, at most.
    pub hops: usize,
    /// Each payment, at least, in fen.
    pub fen_min: i64,
    /// From the first payment to the last, at most, in milliseconds.
    pub within: i64,
}

/// One payment of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who paid.
    pub from: EntityId,
    /// Whom.
    pub to: EntityId,
    /// The payment as the payer sees it.
    pub payment: Payment,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    /// Largest bottleneck first, then fewest payments, then earliest.
    pub chains: Vec<Vec<Hop>>,
    /// Whether the search stopped at its bound: there may be more.
    pub bounded: bool,
}

struct Search<'a> {
    stand: &'a Stand,
    to: EntityId,
    wanted: Wanted,
    may_show: &'a dyn Fn(EntityId) -> bool,
    looks: usize,
    way: Vec<Hop>,
    /// By the enterprises on the way.
    found: BTreeMap<Vec<EntityId>, Vec<Hop>>,
}

/// What a chain carries at most: its smallest payment.
fn bottleneck(chain: &[Hop]) -> i64 {
    chain.iter().map(|hop| hop.payment.fen).min().unwrap_or_default()
}

impl Search<'_> {
    fn follow(&mut self, me: EntityId, after: Time) {
        let Some(payments) = self.stand.traces.payments(me) else { return };
        let end =
            self.way.first().map(|first| first.payment.at.0.saturating_add(self.wanted.within));
        let begin = payments.kept.partition_point(|one| one.at <= after);
        for payment in &payments.kept[begin..] {
            if end.is_some_and(|end| payment.at.0 > end) {
                break;
            }
            self.looks += 1;
            if self.looks > LOOKS_MAX {
                return;
            }
            let Other::Enterprise(other) = payment.other else { continue };
            let passed = other == me || self.way.iter().any(|hop| hop.from == other);
            if payment.received || payment.fen < self.wanted.fen_min || passed {
                continue;
            }
            if !(self.may_show)(other) {
                continue;
            }
            self.way.push(Hop { from: me, to: other, payment: payment.clone() });
            if other == self.to {
                self.keep();
            } else if self.way.len() < self.wanted.hops {
                self.follow(other, payment.at);
            }
            self.way.pop();
        }
    }

    fn keep(&mut self) {
        let over: Vec<EntityId> = self.way.iter().map(|hop| hop.from).collect();
        let better = |known: &Vec<Hop>| bottleneck(known) >= bottleneck(&self.way);
        if !self.found.get(&over).is_some_and(better) {
            self.found.insert(over, self.way.clone());
        }
    }
}

impl Stand {
    /// Chains of payments from one enterprise to another, over enterprises that may be shown.
    pub fn chains(
        &self,
        ends: (EntityId, EntityId),
        wanted: Wanted,
        may_show: &dyn Fn(EntityId) -> bool,
    ) -> Chains {
        let wanted = Wanted { hops: wanted.hops.clamp(1, HOPS_MAX), ..wanted };
        let mut search = Search {
            stand: self,
            to: ends.1,
            wanted,
            may_show,
            looks: 0,
            way: Vec::new(),
            found: BTreeMap::new(),
        };
        if ends.0 != ends.1 {
            search.follow(ends.0, Time(i64::MIN));
        }
        let bounded = search.looks > LOOKS_MAX;
        let mut chains: Vec<Vec<Hop>> = search.found.into_values().collect();
        let first = |chain: &[Hop]| chain.first().map(|hop| hop.payment.at);
        chains.sort_by_key(|chain| (Reverse(bottleneck(chain)), chain.len(), first(chain)));
        chains.truncate(CHAINS_MAX);
        Chains { chains, bounded }
    }
}
