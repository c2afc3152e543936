//! Whose account is it? Tokens as numbers, and who was named as their holder.
//!
//! Invariant: the holder is a function of the transfers that hold now: the party that most of them
//! name. Must not know: patterns.

use super::window::AccountNo;
use crate::entity::Fact;
use crate::event::{Account, Party};
use crate::id::{EntityId, PersonKey, stable_hash};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who holds an account.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(super) enum Owner {
    /// An enterprise that is scored.
    Firm(EntityId),
    /// A sole trader: a link node, never a subject.
    Trader(EntityId),
    /// A natural person with a pseudonym.
    Person(PersonKey),
    /// A natural person without one.
    Somebody,
}

/// An enterprise that holds accounts, and what searches ask of it beside its controllers.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Firm {
    /// Its accounts.
    pub(super) accounts: BTreeSet<AccountNo>,
    /// When it was founded.
    pub(super) established_on: Option<Day>,
    /// Whether it is scored.
    pub(super) scored: bool,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Holder {
    token: Arc<str>,
    key: u64,
    /// Named owners and by how many transfers; nearly always one.
    named: Vec<(Owner, u32)>,
}

/// All accounts ever seen.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Accounts {
    numbers: FxHashMap<Arc<str>, AccountNo>,
    holders: Vec<Holder>,
}

impl Accounts {
    /// The number of a token; new tokens get one.
    pub(super) fn number(&mut self, token: &str) -> AccountNo {
        if let Some(number) = self.numbers.get(token) {
            return *number;
        }
        let number = self.holders.len() as AccountNo;
        let token: Arc<str> = token.into();
        let key = stable_hash(token.as_bytes());
        self.numbers.insert(token.clone(), number);
        self.holders.push(Holder { token, key, named: Vec::new() });
        number
    }

    /// The number of a token, if seen.
    pub(super) fn known(&self, token: &str) -> Option<AccountNo> {
        self.numbers.get(token).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.holders.len()
    }

    /// The token.
    pub(super) fn token(&self, account: AccountNo) -> &Arc<str> {
        &self.holders[account as usize].token
    }

    /// The stable key by which searches are shared out.
    pub(super) fn key(&self, account: AccountNo) -> u64 {
        self.holders[account as usize].key
    }

    /// The holder that most transfers name.
    pub(super) fn owner(&self, account: AccountNo) -> Option<Owner> {
        let named = &self.holders[account as usize].named;
        if let [(owner, _)] = named[..] {
            return Some(owner);
        }
        named.iter().max_by_key(|(owner, count)| (*count, std::cmp::Reverse(*owner))).map(|n| n.0)
    }

    /// The scored enterprise behind an account.
    pub(super) fn firm(&self, account: AccountNo) -> Option<EntityId> {
        match self.owner(account) {
            Some(Owner::Firm(id)) => Some(id),
            _ => None,
        }
    }

    /// Whether the holder is a natural person or unknown.
    pub(super) fn is_public(&self, account: AccountNo) -> bool {
        !matches!(self.owner(account), Some(Owner::Firm(_) | Owner::Trader(_)))
    }

    /// Learns (or, with `asserts` false, unlearns) a holder; whether the answer changed.
    pub(super) fn name(&mut self, account: AccountNo, owner: Option<Owner>, asserts: bool) -> bool {
        let Some(owner) = owner else { return false };
        let before = self.owner(account);
        let named = &mut self.holders[account as usize].named;
        let place = named.iter().position(|(known, _)| *known == owner);
        match (place, asserts) {
            (Some(i), true) => named[i].1 += 1,
            (None, true) => named.push((owner, 1)),
            (Some(i), false) if named[i].1 > 1 => named[i].1 -= 1,
            (Some(i), false) => drop(named.remove(i)),
            (None, false) => {}
        }
        self.owner(account) != before
    }
}

/// The holder that a transfer names for one of its sides.
pub(super) fn named(fact: &Fact, side: &Account) -> Option<Owner> {
    match side.party.as_ref()? {
        Party::Person(person) => Some(person.0.map_or(Owner::Somebody, Owner::Person)),
        Party::Enterprise(mention) => {
            let id = fact.entity(mention)?;
            let trader = mention.uscc.is_some_and(|code| code.is_sole_trader());
            Some(if trader { Owner::Trader(id) } else { Owner::Firm(id) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_named_holder_wins_and_is_unlearned() {
        let mut accounts = Accounts::default();
        let a = accounts.number("A:1");
        assert_eq!((accounts.number("A:1"), accounts.known("A:2")), (a, None));
        assert!(accounts.is_public(a));
        let (one, two) = (Some(Owner::Firm(EntityId::nth(7))), Some(Owner::Somebody));
        assert!(accounts.name(a, one, true));
        assert!(!accounts.name(a, two, true), "a tie goes to the first kind");
        assert!(accounts.name(a, two, true));
        assert!(accounts.name(a, two, false));
        assert_eq!(accounts.firm(a), Some(EntityId::nth(7)));
        accounts.name(a, two, false);
        assert!(accounts.name(a, one, false));
        assert_eq!(accounts.owner(a), None);
    }
}
