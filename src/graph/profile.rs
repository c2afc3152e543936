//! What is known of one enterprise?
//!
//! Invariant: a profile is a function of the facts about the enterprise that hold now, in
//! canonical order. Must not know: other enterprises' profiles.

use crate::event::{
    AssetKind, EndKind, LicenceState, List, ListState, NoticeKind, PredecessorKind, Role,
};
use crate::graph::forms::{Named, Place, Scoped};
use crate::graph::month::Reports;
use crate::graph::timeline::{Span, Timeline};
use crate::graph::trouble::Trouble;
use crate::id::{EntityId, EventId, PersonKey, Uscc};
use crate::money::Fen;
use crate::time::{Day, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An enterprise or a known person.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Owner {
    /// An enterprise.
    Enterprise(EntityId),
    /// A person.
    Person(PersonKey),
}

/// A holding in an enterprise.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Stake {
    /// Who holds; `None` for a person without an identity.
    pub owner: Option<Owner>,
    /// Percent.
    pub pct: Option<f64>,
    /// Subscribed capital.
    pub subscribed: Option<Fen>,
}

/// What a person is to an enterprise.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Office {
    /// Legal representative.
    LegalRep,
    /// Holder of shares.
    Holder,
    /// Director, supervisor, manager or head of finance.
    Officer(Role),
    /// Registry liaison.
    Liaison,
}

/// A person in an office, with the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Post<'a> {
    /// Who.
    pub person: PersonKey,
    /// In which office.
    pub office: Office,
    /// Share in percent, of a holder.
    pub pct: Option<f64>,
    /// First day.
    pub from: Day,
    /// First day on which it no longer held.
    pub until: Option<Day>,
    /// The event that says so.
    pub event: &'a EventId,
}

/// A registry notice.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Announcement {
    /// What.
    pub kind: NoticeKind,
    /// When.
    pub on: Day,
    /// End of the period.
    pub until: Option<Day>,
    /// Others concerned.
    pub others: Vec<EntityId>,
    /// When it was known.
    pub at: Time,
    /// The event.
    pub event: EventId,
}

/// The end of the registration.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Ending {
    /// How.
    pub kind: EndKind,
    /// When.
    pub on: Day,
    /// When it was known.
    pub at: Time,
    /// The event.
    pub event: EventId,
}

/// A step of a licence.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LicenceStep {
    /// Number.
    pub number: Box<str>,
    /// Kind, in words.
    pub kind: Box<str>,
    /// State from then on.
    pub state: LicenceState,
    /// When.
    pub on: Day,
    /// Premises.
    pub premises: Option<Place>,
    /// The event.
    pub event: EventId,
}

/// A step of a listing.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ListStep {
    /// The list.
    pub list: List,
    /// Onto or off.
    pub state: ListState,
    /// When.
    pub on: Day,
    /// The event.
    pub event: EventId,
}

/// A declared tie of succession, seen from one side.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Declared {
    /// The other side.
    pub other: EntityId,
    /// How.
    pub kind: PredecessorKind,
    /// Whether the other came before.
    pub other_is_predecessor: bool,
    /// The event.
    pub event: EventId,
}

/// An asset that went away or came.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AssetMove {
    /// Kind.
    pub kind: AssetKind,
    /// The other side.
    pub other: Option<Owner>,
    /// Whether this enterprise gave it away.
    pub away: bool,
    /// When.
    pub on: Day,
    /// Name or number.
    pub label: Option<Box<str>>,
    /// Price.
    pub price: Option<Fen>,
    /// The event.
    pub event: EventId,
}

/// A court auction of its assets or other record in which it is no debtor.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Auction {
    /// When.
    pub on: Day,
    /// The event.
    pub event: EventId,
}

/// All that is known of one enterprise.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// Code, where one is known.
    pub uscc: Option<Uscc>,
    /// How many facts that hold tell the code.
    pub(super) told: u32,
    /// Names.
    pub names: Timeline<Named>,
    /// Registered addresses.
    pub domiciles: Timeline<Place>,
    /// Divisions (GB/T 2260).
    pub divisions: Timeline<Box<str>>,
    /// Legal representatives; `None` for a person without an identity.
    pub legal_reps: Timeline<Option<PersonKey>>,
    /// Holders.
    pub holders: Timeline<Arc<[Stake]>>,
    /// Officers.
    pub officers: Timeline<Arc<[(PersonKey, Role)]>>,
    /// Liaisons.
    pub liaisons: Timeline<Option<PersonKey>>,
    /// Phones, comparable.
    pub phones: Timeline<Arc<[Box<str>]>>,
    /// E-mail addresses, comparable.
    pub emails: Timeline<Arc<[Box<str>]>>,
    /// Business scopes.
    pub scopes: Timeline<Scoped>,
    /// Industries (GB/T 4754).
    pub industries: Timeline<Box<str>>,
    /// Type codes of the registry.
    pub entity_types: Timeline<Box<str>>,
    /// Subscribed capital.
    pub subscribed: Timeline<Fen>,
    /// Paid-in capital.
    pub paid: Option<Fen>,
    /// Date of establishment.
    pub established_on: Option<Day>,
    /// The registration, and when it was known.
    pub registered: Option<(EventId, Time)>,
    /// Filing agent.
    pub agent: Option<EntityId>,
    /// Filing device or channel.
    pub fingerprint: Option<Box<str>>,
    /// Notices, in canonical order.
    pub notices: Vec<Announcement>,
    /// Ends of the registration.
    pub endings: Vec<Ending>,
    /// Steps of licences.
    pub licences: Vec<LicenceStep>,
    /// Steps of listings.
    pub listings: Vec<ListStep>,
    /// Declared predecessors and successors.
    pub declared: Vec<Declared>,
    /// Assets that came or went.
    pub assets: Vec<AssetMove>,
    /// Court auctions of its assets.
    pub auctions: Vec<Auction>,
    /// Adverse facts, by day.
    pub troubles: Vec<Trouble>,
    /// Repairs and upheld objections, for troubles that are learned later than these.
    pub(super) pardons: Vec<(EventId, crate::graph::trouble::TroubleState)>,
    /// Ends of threads, for troubles that are learned later than these.
    pub(super) ends: Vec<(u64, Day)>,
    /// Monthly staff.
    pub staff: Reports,
    /// Monthly activity.
    pub activity: Reports,
    /// Accounts, with the days of their transfers.
    pub accounts: BTreeMap<u64, BTreeMap<Day, u32>>,
    /// What it paid to other enterprises: sum and number.
    pub paid_to: BTreeMap<EntityId, (Fen, u32)>,
}

impl Profile {
    /// Whether it may be scored, warned about and be in a pair: it has a code, and it is not a
    /// sole trader.
    pub fn is_scored(&self) -> bool {
        self.uscc.is_some_and(|uscc| !uscc.is_sole_trader())
    }

    /// The present name as written.
    pub fn name(&self) -> &str {
        self.names.current().map_or("", |named| &named.text)
    }

    /// The present division (GB/T 2260), or that of the code.
    pub fn division(&self) -> &str {
        match (self.divisions.current(), &self.uscc) {
            (Some(division), _) => division,
            (None, Some(uscc)) => uscc.division(),
            (None, None) => "",
        }
    }

    /// When the registration ended, if it did.
    pub fn ended_on(&self) -> Option<Day> {
        self.endings.iter().map(|ending| ending.on).min()
    }

    /// Whether the list names it on a day.
    pub fn is_listed(&self, list: List, day: Day) -> bool {
        self.listings
            .iter()
            .filter(|step| step.list == list && step.on <= day)
            .max_by_key(|step| step.on)
            .is_some_and(|step| step.state == ListState::Listed)
    }

    /// Everyone who is or was in an office, with intervals.
    pub fn posts(&self) -> Vec<Post<'_>> {
        let mut posts = Vec::new();
        for span in self.legal_reps.spans() {
            if let Some(person) = *span.value {
                posts.push(post(person, Office::LegalRep, None, &span));
            }
        }
        for span in self.holders.spans() {
            for stake in &**span.value {
                if let Some(Owner::Person(person)) = stake.owner {
                    posts.push(post(person, Office::Holder, stake.pct, &span));
                }
            }
        }
        for span in self.officers.spans() {
            for (person, role) in &**span.value {
                posts.push(post(*person, Office::Officer(*role), None, &span));
            }
        }
        for span in self.liaisons.spans() {
            if let Some(person) = *span.value {
                posts.push(post(person, Office::Liaison, None, &span));
            }
        }
        posts
    }

    /// Enterprises that hold or held shares, with intervals.
    pub fn corporate_holders(
        &self,
    ) -> impl Iterator<Item = (EntityId, Option<f64>, Span<'_, Arc<[Stake]>>)> {
        self.holders.spans().flat_map(|span| {
            span.value.iter().filter_map(move |stake| match stake.owner {
                Some(Owner::Enterprise(id)) => Some((id, stake.pct, span.clone())),
                _ => None,
            })
        })
    }

    /// The newest day on which a registered item was set or changed.
    pub fn newest_change(&self) -> Option<Day> {
        [
            self.established_on,
            self.names.latest().map(|entry| entry.from),
            self.legal_reps.latest().map(|entry| entry.from),
            self.holders.latest().map(|entry| entry.from),
            self.domiciles.latest().map(|entry| entry.from),
            self.scopes.latest().map(|entry| entry.from),
        ]
        .into_iter()
        .flatten()
        .max()
    }
}

fn post<'a, T>(
    person: PersonKey,
    office: Office,
    pct: Option<f64>,
    span: &Span<'a, T>,
) -> Post<'a> {
    Post { person, office, pct, from: span.from, until: span.until, event: span.event }
}
