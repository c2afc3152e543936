//! What is told to the outside? Messages with ids that follow from the journal alone.
//!
//! Invariant: the same journal gives the same messages with the same ids and the same bytes; a
//! receiver that drops repeated ids sees each once. Must not know: how they are carried.

use crate::time::Time;
use std::fmt;
use std::sync::Arc;

/// What a message is about; the name of its Kafka topic and the `type` of its CloudEvent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A warning was raised, changed or withdrawn.
    Warning,
    /// A suspected succession appeared or changed.
    Succession,
    /// A task was dispatched, changed or recalled.
    Task,
    /// An enterprise's index changed.
    Index,
    /// A record was rejected.
    DeadLetter,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 5] =
        [Self::Warning, Self::Succession, Self::Task, Self::Index, Self::DeadLetter];

    /// The public name, with its version.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "vestigo.warning.v1",
            Self::Succession => "vestigo.succession.v1",
            Self::Task => "vestigo.task.v1",
            Self::Index => "vestigo.index.v1",
            Self::DeadLetter => "vestigo.dead-letter.v1",
        }
    }
}

/// One message: a CloudEvent whose `type` is the topic's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// CloudEvents `id`: deterministic.
    pub id: Arc<str>,
    /// What it is about.
    pub topic: Topic,
    /// CloudEvents `subject` and the Kafka key: the enterprise's code, or the id of a group's
    /// warning. Never empty.
    pub subject: Arc<str>,
    /// CloudEvents `time`: event time of what it tells.
    pub time: Time,
    /// CloudEvents `data`: JSON (`application/json`), in the shape of the result files. Never empty.
    pub data: Arc<[u8]>,
}

/// The CloudEvents `source` of every message.
pub const SOURCE: &str = "urn:vestigo";

/// The messages of one journal epoch, in order.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The journal epoch's sequence number.
    pub epoch: u64,
    /// Its messages; may be empty.
    pub messages: Arc<[Message]>,
}

/// Why a delivery did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutletFault {
    /// What happened, without personal data.
    pub why: String,
    /// Whether trying again may help.
    pub again: bool,
}

impl fmt::Display for OutletFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for OutletFault {}

/// A way out. Each runs on a thread of its own and may block.
pub trait Outlet: Send {
    /// Its name in receipts, metrics and logs: unique in the pipeline, e.g. `kafka`.
    fn name(&self) -> &str;

    /// Delivers, and returns when the receiver has it safely. Called again with the same
    /// deliveries after a fault or a restart: repeats carry the same ids.
    ///
    /// # Errors
    /// When something was not delivered; everything of the call counts as undelivered then.
    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault>;
}
