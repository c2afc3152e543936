//! Who paid whom, what was seen at the shore, and how late does each source tell it?
//!
//! What pages ask of single payments and sightings; the stages keep their own. Invariant: payments
//! and sightings are those that hold now; past [`PAYMENTS_MAX`] an enterprise's oldest payments are
//! kept as sums alone. Must not know: what a payment means.

use crate::entity::Fact;
use crate::event::{Account, Body, Party, PatrolKind, Transfer};
use crate::id::{EntityId, EventId};
use crate::time::{Day, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Payments of an enterprise that are kept one by one.
pub const PAYMENTS_MAX: usize = 1_000;
/// Ends of the steps of lateness, in days: the day itself, the next, a week, thirty days, and above.
pub const LATENESS_DAYS: [i32; 4] = [1, 2, 8, 31];

/// Who stands at the other end of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Other {
    /// An enterprise.
    Enterprise(EntityId),
    /// A natural person.
    Person,
    /// Nobody was named.
    Unknown,
}

/// A payment, as one of its sides sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// When it was booked.
    pub at: Time,
    /// Its event.
    pub event: EventId,
    /// Whether money came in.
    pub received: bool,
    /// In fen.
    pub fen: i64,
    /// The own account's token.
    pub account: Box<str>,
    /// The other account's token.
    pub other_account: Box<str>,
    /// Who holds the other account.
    pub other: Other,
    /// Cash.
    pub cash: bool,
}

/// Payments that are kept as sums alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// How many.
    pub number: u64,
    /// Received, in fen.
    pub in_fen: i64,
    /// Paid, in fen.
    pub out_fen: i64,
}

/// The payments of an enterprise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payments {
    /// In order of time.
    pub kept: Vec<Payment>,
    /// Earlier ones.
    pub folded: Folded,
}

/// What a patrol saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The event that says so.
    pub event: EventId,
    /// What was seen.
    pub kind: PatrolKind,
    /// The day.
    pub on: Day,
    /// The cell of the shore grid.
    pub grid: Box<str>,
    /// Latitude and longitude.
    pub place: Option<(f64, f64)>,
    /// The enterprise that operates what was seen.
    pub operator: Option<EntityId>,
    /// The vessel's name.
    pub vessel: Option<Box<str>>,
}

/// What came from one source of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Facts.
    pub facts: u64,
    /// Facts that were taken back.
    pub retired: u64,
    /// The newest event time.
    pub newest: Time,
    /// The day on which something was last learned from it, by the clock of the events.
    pub learned: Day,
    /// Facts by lateness: see [`LATENESS_DAYS`].
    pub late: [u64; LATENESS_DAYS.len() + 1],
}

/// All of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Traces {
    payments: BTreeMap<EntityId, Payments>,
    sightings: Vec<Sighting>,
    feeds: BTreeMap<Arc<str>, Feed>,
}

fn holder(fact: &Fact, account: &Account) -> Other {
    match &account.party {
        None => Other::Unknown,
        Some(Party::Person(_)) => Other::Person,
        Some(Party::Enterprise(mention)) => {
            fact.entity(mention).map_or(Other::Unknown, Other::Enterprise)
        }
    }
}

impl Payments {
    fn add(&mut self, payment: Payment) {
        let at =
            self.kept.partition_point(|one| (one.at, &one.event) < (payment.at, &payment.event));
        self.kept.insert(at, payment);
        if self.kept.len() > PAYMENTS_MAX {
            let oldest = self.kept.remove(0);
            self.folded.count(&oldest, 1);
        }
    }

    fn withdraw(&mut self, payment: &Payment) {
        let same = |one: &Payment| one.event == payment.event && one.received == payment.received;
        match self.kept.iter().position(same) {
            Some(at) => drop(self.kept.remove(at)),
            None => self.folded.count(payment, -1),
        }
    }
}

impl Folded {
    fn count(&mut self, payment: &Payment, sign: i64) {
        self.number = self.number.saturating_add_signed(sign);
        let sum = if payment.received { &mut self.in_fen } else { &mut self.out_fen };
        *sum += sign * payment.fen;
    }
}

impl Traces {
    /// The payments of an enterprise.
    pub fn payments(&self, entity: EntityId) -> Option<&Payments> {
        self.payments.get(&entity)
    }

    /// What patrols saw, in the order in which it was learned.
    pub fn sightings(&self) -> &[Sighting] {
        &self.sightings
    }

    /// What came from each source.
    pub fn feeds(&self) -> &BTreeMap<Arc<str>, Feed> {
        &self.feeds
    }

    /// Takes a fact that is learned on a day.
    pub(super) fn fact(&mut self, fact: &Fact, today: Day) {
        self.feed(fact, today);
        match &fact.event.body {
            Body::Transfer(transfer) => self.transfer(fact, transfer),
            Body::Patrol(_) if !fact.asserts() => {
                self.sightings.retain(|one| one.event != fact.event.id);
            }
            Body::Patrol(patrol) => self.sightings.push(Sighting {
                event: fact.event.id.clone(),
                kind: patrol.kind,
                on: patrol.on,
                grid: patrol.grid.clone(),
                place: patrol.lat.zip(patrol.lon),
                operator: patrol.operator.as_ref().and_then(|mention| fact.entity(mention)),
                vessel: patrol.vessel.clone(),
            }),
            _ => {}
        }
    }

    fn transfer(&mut self, fact: &Fact, transfer: &Transfer) {
        let sides =
            [(&transfer.payer, &transfer.payee, false), (&transfer.payee, &transfer.payer, true)];
        for (own, other, received) in sides {
            let Other::Enterprise(me) = holder(fact, own) else { continue };
            let payment = Payment {
                at: fact.event.time,
                event: fact.event.id.clone(),
                received,
                fen: transfer.amount_fen.0,
                account: own.account.clone(),
                other_account: other.account.clone(),
                other: holder(fact, other),
                cash: transfer.cash,
            };
            let payments = self.payments.entry(me).or_default();
            if fact.asserts() { payments.add(payment) } else { payments.withdraw(&payment) }
        }
    }

    fn feed(&mut self, fact: &Fact, today: Day) {
        let id = fact.event.id.as_str();
        let source = id.rsplit_once('#').map_or(id, |(source, _)| source);
        if !self.feeds.contains_key(source) {
            self.feeds.insert(source.into(), Feed::default());
        }
        let Some(feed) = self.feeds.get_mut(source) else { return };
        if !fact.asserts() {
            feed.retired += 1;
            return;
        }
        let days = (today.0 - fact.event.time.day().0).max(0);
        let step = LATENESS_DAYS.iter().position(|end| days < *end);
        feed.late[step.unwrap_or(LATENESS_DAYS.len())] += 1;
        feed.facts += 1;
        feed.newest = feed.newest.max(fact.event.time);
        feed.learned = feed.learned.max(today);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(number: usize, received: bool) -> Payment {
        Payment {
            at: Time(number as i64),
            event: EventId::new("bank", &number.to_string()),
            received,
            fen: 100,
            account: "own".into(),
            other_account: "other".into(),
            other: Other::Unknown,
            cash: false,
        }
    }

    #[test]
    fn old_payments_are_sums_and_nothing_is_lost() {
        let mut payments = Payments::default();
        for number in (0..PAYMENTS_MAX + 7).rev() {
            payments.add(payment(number, number % 2 == 0));
        }
        assert_eq!(payments.kept.len(), PAYMENTS_MAX);
        assert!(payments.kept.is_sorted_by_key(|one| one.at));
        assert_eq!(payments.folded, Folded { number: 7, in_fen: 400, out_fen: 300 });
        assert_eq!(payments.kept[0].at, Time(7), "the newest are kept");
        payments.withdraw(&payment(0, true));
        payments.withdraw(&payment(9, false));
        assert_eq!(payments.folded, Folded { number: 6, in_fen: 300, out_fen: 300 });
        assert_eq!(payments.kept.len(), PAYMENTS_MAX - 1);
    }
}
