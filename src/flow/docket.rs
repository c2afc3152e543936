//! Which cases rest on more than one account's day? Accounts and firms that are looked at whole.
//!
//! Invariant: what is told of a key is a function of the transfers, ties and facts that hold; it is
//! found anew whenever something changed that the last search read. What began before the window
//! stays as it was. Must not know: thresholds.

use super::accounts::Accounts;
use super::sight::{Finding, Line, Sight};
use super::story::{self, Leg, Parts};
use super::window::{AccountNo, Entry};
use super::{FlowKind, Instance, leakage, shift, special};
use crate::event::Transfer;
use crate::graph::{Delta, Graph, LinkKey};
use crate::id::{EntityId, EventId};
use crate::text::Evidence;
use crate::time::{Day, Time};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is looked at whole.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub(super) enum Key {
    /// An account in transfers of free-trade accounts.
    Island(AccountNo),
    /// An account in transfers of a supervised programme.
    Special(AccountNo),
    /// All accounts of an enterprise.
    Firm(EntityId),
}

impl Key {
    /// The stable key by which the work is shared out.
    pub(super) fn hash(self, accounts: &Accounts) -> u64 {
        match self {
            Self::Island(account) | Self::Special(account) => accounts.key(account),
            Self::Firm(firm) => firm.key(),
        }
    }
}

/// One case that a search found.
#[derive(Debug)]
pub(super) struct Case {
    /// The pattern.
    pub(super) kind: FlowKind,
    /// The account around which it is.
    pub(super) centre: AccountNo,
    /// Its transfers, in any order.
    pub(super) legs: Vec<Entry>,
    /// For and against, by transfers.
    pub(super) lines: Vec<Line>,
    /// For and against, by other facts.
    pub(super) facts: Vec<Evidence>,
}

/// What a search gives.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The cases.
    pub(super) cases: Vec<Case>,
    /// Accounts whose payments or holders were read, beside the key's own.
    pub(super) read: Vec<AccountNo>,
    /// Whether further transfers of the account concern the key, whatever they say.
    pub(super) stays: bool,
    /// Searches that stopped at the budget.
    pub(super) bitten: u64,
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Page {
    told: Vec<Arc<Instance>>,
    read: Vec<AccountNo>,
}

/// The keys of one share.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Docket {
    pages: BTreeMap<Key, Page>,
    /// By account: the keys whose last search read it.
    readers: FxHashMap<AccountNo, BTreeSet<Key>>,
    /// Searches that stopped at their budget.
    pub(super) bitten: u64,
    /// What this epoch touched, and when.
    #[serde(skip)]
    touched: BTreeMap<Key, Time>,
    /// Events that were withdrawn in this epoch, and when.
    #[serde(skip)]
    gone: BTreeMap<EventId, Time>,
}

/// What was told of a key, and what is now.
#[derive(Debug)]
pub(super) struct Turn {
    /// Before.
    pub(super) before: Vec<Arc<Instance>>,
    /// Now.
    pub(super) now: Vec<Arc<Instance>>,
    /// When the latest of what changed it was known.
    pub(super) at: Time,
}

impl Docket {
    /// Adds the keys of another share.
    pub(super) fn merge(&mut self, other: Self) {
        self.pages.extend(other.pages);
        for (account, keys) in other.readers {
            self.readers.entry(account).or_default().extend(keys);
        }
        self.bitten += other.bitten;
    }

    /// Drops the keys of other shares.
    pub(super) fn keep(&mut self, mine: impl Fn(Key) -> bool) {
        self.pages.retain(|key, _| mine(*key));
        for keys in self.readers.values_mut() {
            keys.retain(|key| mine(*key));
        }
        self.readers.retain(|_, keys| !keys.is_empty());
    }

    /// Whether nothing was touched.
    pub(super) fn is_idle(&self) -> bool {
        self.touched.is_empty() && self.gone.is_empty()
    }

    /// A transfer came or went.
    pub(super) fn moved(
        &mut self,
        accounts: &Accounts,
        data: &Transfer,
        (payer, payee): (AccountNo, AccountNo),
        at: Time,
    ) {
        for account in [payer, payee] {
            if leakage::concerns(data) {
                self.touch(Key::Island(account), at);
            }
            let key = Key::Special(account);
            if data.programme.is_some() || self.pages.contains_key(&key) {
                self.touch(key, at);
            }
            if let Some(firm) = accounts.firm(account) {
                self.touch(Key::Firm(firm), at);
            }
        }
        // Free-trade money alone is followed over the accounts of others: of them, the other
        // searches ask who holds them.
        let readers = self.readers.get(&payer).into_iter().flatten();
        let islands: Vec<Key> =
            readers.filter(|key| matches!(key, Key::Island(_))).copied().collect();
        for key in islands {
            self.touch(key, at);
        }
    }

    /// An account has another holder; `firms`: the enterprise before and now.
    pub(super) fn named(
        &mut self,
        accounts: &Accounts,
        account: AccountNo,
        firms: [Option<EntityId>; 2],
        at: Time,
    ) {
        debug_assert!(firms[1] == accounts.firm(account), "named after the change");
        self.touch_account(account, at);
        for firm in firms.into_iter().flatten() {
            self.touch(Key::Firm(firm), at);
        }
    }

    /// What the graph says of enterprises is otherwise. `accounts_of`: of those that hold any.
    pub(super) fn learned<'a>(
        &mut self,
        graph: &Graph,
        delta: &Delta,
        today: Day,
        accounts_of: impl Fn(EntityId) -> Option<&'a BTreeSet<AccountNo>>,
    ) {
        // A value leads from one to another until it turns a hub: beyond that, nothing changes.
        let far = |key: &LinkKey| graph.is_hub(*key) && !graph.is_new_hub(*key);
        let crossed = delta.crossed.iter().filter(|key| !far(key));
        let members = crossed.flat_map(|key| graph.members(*key)).map(|member| member.entity);
        let changed = delta.changed.iter().chain(&delta.controlled).copied();
        let firms: BTreeSet<EntityId> = changed.chain(members).collect();
        for firm in firms {
            let Some(accounts) = accounts_of(firm) else { continue };
            let known = graph.touched_at(firm).filter(|at| at.day() == today);
            let at = known.unwrap_or(today.start());
            self.touch(Key::Firm(firm), at);
            for account in accounts {
                self.touch_account(*account, at);
            }
        }
    }

    /// An event no longer holds: what rests on it and began before the window falls.
    pub(super) fn withdrawn(&mut self, event: &EventId, at: Time) {
        let last = self.gone.entry(event.clone()).or_insert(at);
        *last = (*last).max(at);
    }

    /// What rests on events that were withdrawn.
    fn touch_resting(&mut self, gone: &BTreeMap<EventId, Time>) {
        if gone.is_empty() {
            return;
        }
        let last = |page: &Page| page.told.iter().filter_map(|i| withdrawn_at(i, gone)).max();
        let resting = self.pages.iter().filter_map(|(key, page)| Some((*key, last(page)?)));
        let resting: Vec<(Key, Time)> = resting.collect();
        for (key, at) in resting {
            self.touch(key, at);
        }
    }

    fn touch(&mut self, key: Key, at: Time) {
        let last = self.touched.entry(key).or_insert(at);
        *last = (*last).max(at);
    }

    fn touch_account(&mut self, account: AccountNo, at: Time) {
        for key in [Key::Island(account), Key::Special(account)] {
            if self.pages.contains_key(&key) {
                self.touch(key, at);
            }
        }
        for key in self.readers.get(&account).cloned().unwrap_or_default() {
            self.touch(key, at);
        }
    }

    /// Searches every key that was touched and is this share's.
    pub(super) fn turn(
        &mut self,
        sight: Sight<'_>,
        owns: impl Fn(u64) -> bool,
        today: Day,
    ) -> Vec<Turn> {
        let gone = std::mem::take(&mut self.gone);
        self.touch_resting(&gone);
        let touched = std::mem::take(&mut self.touched);
        let from = today.plus(-sight.config.retain_days).start().0;
        let mut turns = Vec::new();
        for (key, at) in touched.into_iter().filter(|(key, _)| owns(key.hash(sight.accounts))) {
            let found = search(sight, key, from);
            self.bitten += found.bitten;
            let page = self.pages.remove(&key).unwrap_or_default();
            let old = |i: &&Arc<Instance>| i.first_at.0 < from && withdrawn_at(i, &gone).is_none();
            let mut now: Vec<Arc<Instance>> = page.told.iter().filter(old).cloned().collect();
            let kept: FxHashSet<Arc<str>> =
                now.iter().flat_map(|i| i.transfers.iter().cloned()).collect();
            for instance in found.cases.into_iter().filter_map(|case| tell(sight, case)) {
                let again = instance.transfers.iter().any(|transfer| kept.contains(transfer));
                if instance.suspicion >= sight.config.report_from && !again {
                    now.push(Arc::new(instance));
                }
            }
            self.read(key, &page.read, &found.read);
            if !now.is_empty() || !found.read.is_empty() || found.stays {
                self.pages.insert(key, Page { told: now.clone(), read: found.read });
            }
            if !page.told.is_empty() || !now.is_empty() {
                turns.push(Turn { before: page.told, now, at });
            }
        }
        turns
    }

    fn read(&mut self, key: Key, before: &[AccountNo], now: &[AccountNo]) {
        for account in before {
            if let Some(keys) = self.readers.get_mut(account) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.readers.remove(account);
                }
            }
        }
        for account in now {
            self.readers.entry(*account).or_default().insert(key);
        }
    }
}

fn search(sight: Sight<'_>, key: Key, from: i64) -> Found {
    let mut found = match key {
        Key::Island(account) => leakage::ef_leakage(sight, account, from),
        Key::Special(account) => special::special_drain(sight, account, from),
        Key::Firm(firm) => shift::asset_shift(sight, firm, from),
    };
    // The holders behind all accounts of a case are told.
    let legs = found.cases.iter().flat_map(|case| &case.legs);
    let ends = legs.filter_map(|leg| sight.window.ends(leg.row));
    found.read.extend(ends.flat_map(<[AccountNo; 2]>::from));
    found.read.sort_unstable();
    found.read.dedup();
    found
}

/// When the last of the events was withdrawn on which an instance rests.
fn withdrawn_at(instance: &Instance, gone: &BTreeMap<EventId, Time>) -> Option<Time> {
    let events = instance.evidence.iter().flat_map(|line| &line.events);
    events.filter_map(|event| gone.get(event)).copied().max()
}

/// The case as an instance.
fn tell(sight: Sight<'_>, case: Case) -> Option<Instance> {
    let leg = |entry: &Entry| Leg::of(sight.window, entry.row, entry.at);
    let mut legs: Vec<Leg> = case.legs.iter().filter_map(leg).collect();
    legs.sort_by(|a, b| a.order().cmp(&b.order()));
    legs.dedup_by_key(|leg| leg.row);
    let legs: Vec<&Leg> = legs.iter().collect();
    if legs.is_empty() {
        return None;
    }
    let rows = legs.iter().map(|leg| leg.row).collect();
    let weights = case.lines.iter().map(|line| line.weight);
    let sum: f64 = weights.chain(case.facts.iter().map(|fact| fact.weight)).sum();
    let finding = Finding { rows, lines: case.lines };
    let parts = Parts {
        kind: case.kind,
        centre: Some(case.centre),
        legs: &legs,
        finding: &finding,
        suspicion: sum.clamp(0.0, 1.0),
    };
    let mut instance = story::instance(sight, &parts);
    for fact in case.facts {
        // The last line sums the transfers up.
        if fact.weight < 0.0 {
            instance.against.push(fact);
        } else {
            let last = instance.evidence.len() - 1;
            instance.evidence.insert(last, fact);
        }
    }
    Some(instance)
}
