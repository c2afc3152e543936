//! What happened? Events as the contract (version 1) defines them, typed and checked.
//!
//! Invariant: a value of type [`Event`] has passed every rule of the contract; it holds no
//! personal identifier. Bad input becomes a [`Reject`] with its class, field and rule.
//! Must not know: which enterprise a mention means, and anything later in the way of the data.

mod bodies;
mod body;
mod fields;
pub mod json;
pub mod ledger;
mod parse;
mod persons;
mod reject;
mod seal;
mod shapes;
mod sketch;
#[cfg(test)]
mod tests;

pub use body::*;
pub use parse::{Parsed, Reader, Refused};
pub use persons::{Pseudonyms, mask, mask_bytes};
pub use reject::{Class, Reject};

use crate::id::{EventId, OrgCode, PersonKey, RegNo, Uscc};
use crate::time::Time;

/// One accepted event.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Event {
    /// `source#id`.
    pub id: EventId,
    /// Event time: when the source recorded or published the fact.
    pub time: Time,
    /// The enterprise it is about, where the envelope names one.
    pub subject: Option<Mention>,
    /// What it does to earlier events.
    pub op: Op,
    /// The lawful basis of a flow; present on every transfer.
    pub access_basis: Option<AccessBasis>,
    /// The type, also of a retraction that carries no data.
    pub kind: EventType,
    /// The data; [`Body::None`] for a retraction.
    pub body: Body,
}

/// What an event does.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Op {
    /// Adds a fact.
    Assert,
    /// Replaces the fact of the named event.
    Correct(EventId),
    /// Withdraws the fact of the named event.
    Retract(EventId),
}

/// A mention of an enterprise: at least one of the four is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Mention {
    /// Unified social credit code.
    pub uscc: Option<Uscc>,
    /// 15-digit registration number.
    pub reg_no: Option<RegNo>,
    /// Organisation code.
    pub org_code: Option<OrgCode>,
    /// Full name as written.
    pub name: Option<Box<str>>,
}

impl Mention {
    /// A mention by USCC alone.
    pub fn of(uscc: Uscc) -> Self {
        Self { uscc: Some(uscc), ..Self::default() }
    }
}

/// A natural person as a link: a pseudonym, or nothing that could identify (a name alone is no
/// identity and is not kept).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Person(pub Option<PersonKey>);

/// An enterprise or a person.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Party {
    /// An enterprise.
    Enterprise(Mention),
    /// A natural person.
    Person(Person),
}
