//! What must be looked at again? What an epoch touched, account by account.
//!
//! Invariant: whatever a search around an account reads, a change of it touches the account. Must
//! not know: thresholds.

use super::Flow;
use crate::entity::Fact;
use crate::event::Transfer;
use crate::flow::Instance;
use crate::flow::accounts::named;
use crate::flow::cycles::Edge;
use crate::flow::window::AccountNo;
use crate::graph::{Delta, Graph, Profile};
use crate::time::{Day, Time};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an epoch touched.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) accounts: FxHashMap<AccountNo, Touch>,
    pub(super) fresh: Vec<(Edge, bool)>,
    pub(super) fallen: Vec<(Arc<Instance>, Time)>,
    pub(super) at: Time,
}

/// What is to be looked at again at one account.
#[derive(Clone, Copy, Default)]
pub(super) struct Touch {
    pub(super) at: Time,
    /// Its earlier days changed.
    pub(super) again: bool,
    /// What came before some of its transfers changed.
    pub(super) before: bool,
}

impl Touched {
    pub(super) fn touch(&mut self, account: AccountNo, at: Time, again: bool) {
        let touch = self.accounts.entry(account).or_default();
        touch.at = touch.at.max(at);
        touch.again |= again;
        touch.before |= again;
        self.at = self.at.max(at);
    }
}

impl Flow {
    /// Learns or unlearns holders; accounts that dealt with a changed one are looked at again.
    pub(super) fn name(
        &mut self,
        fact: &Fact,
        data: &Transfer,
        (payer, payee): (AccountNo, AccountNo),
        asserts: bool,
        touched: &mut Touched,
    ) {
        for (account, side) in [(payer, &data.payer), (payee, &data.payee)] {
            let before = self.accounts.firm(account);
            if !self.accounts.name(account, named(fact, side), asserts) {
                continue;
            }
            let after = self.accounts.firm(account);
            self.docket.named(&self.accounts, account, [before, after], fact.at);
            if before != after {
                if let Some(firm) = before.and_then(|firm| self.firms.get_mut(&firm)) {
                    firm.accounts.remove(&account);
                }
                if let Some(firm) = after {
                    self.firms.entry(firm).or_default().accounts.insert(account);
                }
            }
            let outs = self.window.outs(account, i64::MIN, i64::MAX);
            let ins = self.window.ins(account, i64::MIN, i64::MAX);
            if outs.len() + ins.len() > 1 || !asserts {
                touched.touch(account, fact.at, true);
                for entry in outs.iter().chain(ins) {
                    touched.touch(entry.other, fact.at, true);
                }
            }
        }
    }

    /// A first leg that came late, or was withdrawn, changes what was gathered behind its payee.
    pub(super) fn touch_beyond(
        &self,
        payee: AccountNo,
        after: i64,
        (at, today): (Time, Day),
        touched: &mut Touched,
    ) {
        for entry in self.window.outs(payee, after, i64::MAX) {
            touched.touch(entry.other, at, Time(entry.at).day() != today);
        }
    }

    /// Enterprises whose controllers, beginning or kind are others now: whether two accounts are
    /// related, and what is known of an idle one, may be otherwise.
    pub(super) fn take_firms(
        &mut self,
        graph: &Graph,
        delta: &Delta,
        today: Day,
        touched: &mut Touched,
    ) {
        for id in delta.changed.iter().chain(&delta.controlled) {
            let Some(firm) = self.firms.get_mut(id) else { continue };
            let profile = graph.profile(*id);
            let established_on = profile.and_then(|profile| profile.established_on);
            let scored = profile.is_some_and(Profile::is_scored);
            let same = (firm.established_on, firm.scored) == (established_on, scored);
            (firm.established_on, firm.scored) = (established_on, scored);
            let accounts: Vec<AccountNo> = firm.accounts.iter().copied().collect();
            if delta.controlled.binary_search(id).is_ok() {
                self.touch_related(&accounts, today.start(), touched);
            } else if !same {
                for account in accounts {
                    self.touch_around(account, today.start(), touched);
                }
            }
        }
    }

    /// An account, and the enterprises' accounts that deal with it, two steps far.
    fn touch_related(&self, accounts: &[AccountNo], at: Time, touched: &mut Touched) {
        let mut next: BTreeSet<AccountNo> = accounts.iter().copied().collect();
        let mut reached = next.clone();
        for _ in 0..2 {
            let others = next.iter().flat_map(|account| self.others(*account));
            let others = others.filter(|other| self.accounts.firm(*other).is_some());
            next = others.filter(|other| !reached.contains(other)).collect();
            reached.extend(&next);
        }
        for account in reached {
            touched.touch(account, at, true);
        }
    }

    fn touch_around(&self, account: AccountNo, at: Time, touched: &mut Touched) {
        touched.touch(account, at, true);
        for other in self.others(account) {
            touched.touch(other, at, true);
        }
    }

    fn others(&self, account: AccountNo) -> impl Iterator<Item = AccountNo> {
        let outs = self.window.outs(account, i64::MIN, i64::MAX);
        let ins = self.window.ins(account, i64::MIN, i64::MAX);
        outs.iter().chain(ins).map(|entry| entry.other)
    }

    /// The feed reaches back to another day than before: accounts that woke up so many idle days
    /// after it are looked at again.
    pub(super) fn take_beginning(&self, before: Option<Day>, today: Day, touched: &mut Touched) {
        let Some(now) = self.days.keys().next().copied() else { return };
        let Some(before) = before.filter(|before| *before != now) else { return };
        let idle = self.config.dormant_wake.idle_days;
        let from = before.min(now).plus(idle).start().0;
        let to = before.max(now).plus(idle + 1).start().0;
        for account in 0..self.accounts.len() as AccountNo {
            if !self.window.ins(account, from, to).is_empty() {
                touched.touch(account, today.start(), true);
            }
        }
    }
}
