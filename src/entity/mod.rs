//! Who is it about? Mentions become stable entities; names, addresses and phones become
//! comparable forms.
//!
//! Invariant: the same mentions in the same order give the same ids; an id, once given, is never
//! given to another enterprise. A merge re-states the facts of the loser under the winner and can
//! be undone. Must not know: ties, risk, or anything later.

pub mod address;
pub mod contact;
pub mod division;
pub mod name;
pub mod scope;
pub mod script;

mod directory;
mod forms;

pub use address::{Address, AddressMatch};
pub use contact::{Email, Phone, PhoneKind};
pub use directory::{Directory, MergeFault, Told};
pub use division::Division;
pub use forms::Forms;
pub use name::{BrandLevel, BrandMatch, CompanyName, brand_similarity, match_names};
pub use scope::Scope;

use crate::event::ledger::Lineage;
use crate::event::{Event, Mention};
use crate::id::{EntityId, EventId, Uscc};
use crate::time::Time;
use std::sync::Arc;

/// Whether a fact begins or ceases to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FactOp {
    /// The fact holds from now on (as far as is known).
    Assert,
    /// The fact no longer holds: withdrawn, replaced, or moved to another entity. The stages undo
    /// what was built on the event of this id.
    Retire,
}

/// One step of knowledge: at `at` we learn that an event's fact holds, or no longer holds.
///
/// A `correct` event gives two: `Retire` of the old version (with the old event), then `Assert`
/// of the new one. A `retract` gives one `Retire` (with the old event). Both have the `at` of the
/// later event. Events that are superseded before they arrive give none.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Fact {
    /// The event that holds or ceases to hold.
    #[serde(with = "crate::shared")]
    pub event: Arc<Event>,
    /// Which of the two.
    pub op: FactOp,
    /// Knowledge time of this step.
    pub at: Time,
    /// The event that brought this step: `event.id`, or the id of the correction or retraction.
    pub by: EventId,
    /// The enterprise it is about.
    pub subject: Option<EntityId>,
    /// Every mention of the event and the entity that it means: the key of the mention (see
    /// [`mention_key`]) and the id. Few; searched in order.
    pub mentions: Box<[(u64, EntityId)]>,
    /// Comparable forms of the names, addresses and contacts in the event.
    #[serde(with = "crate::shared")]
    pub forms: Arc<Forms>,
    /// What is known of the event's corrections and of what it corrects, if there are any.
    pub lineage: Option<Arc<Lineage>>,
}

impl Fact {
    /// The entity that a mention in this event means.
    pub fn entity(&self, mention: &Mention) -> Option<EntityId> {
        let key = mention_key(mention);
        self.mentions.iter().find(|(k, _)| *k == key).map(|(_, id)| *id)
    }

    /// The entity of a code in this event.
    pub fn entity_of(&self, uscc: Uscc) -> Option<EntityId> {
        self.entity(&Mention::of(uscc))
    }

    /// Event time of the first event of its lineage: when the matter came up, whatever was corrected
    /// about it since.
    pub fn since(&self) -> Time {
        self.lineage.as_ref().map_or(self.event.time, |lineage| lineage.since)
    }

    /// The other events of its lineage; whoever names one of them names this event.
    pub fn others(&self) -> &[EventId] {
        self.lineage.as_ref().map_or(&[], |lineage| &lineage.others)
    }

    /// Whether it begins to hold.
    pub fn asserts(&self) -> bool {
        self.op == FactOp::Assert
    }
}

/// The key of a mention: equal mentions have equal keys. The firmest part counts alone: the code,
/// else the organisation code, else the registration number, else the name.
pub fn mention_key(mention: &Mention) -> u64 {
    let bytes = if let Some(uscc) = &mention.uscc {
        uscc.as_str().as_bytes()
    } else if let Some(code) = &mention.org_code {
        code.as_str().as_bytes()
    } else if let Some(number) = &mention.reg_no {
        number.as_str().as_bytes()
    } else {
        mention.name.as_deref().unwrap_or("").as_bytes()
    };
    crate::id::stable_hash(bytes)
}
