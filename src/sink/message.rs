//! What is told to the outside? Messages with ids that follow from the journal alone.
//!
//! Invariant: the same journal gives the same messages with the same ids and the same bytes; a
//! receiver that drops repeated ids sees each once. Must not know: how they are carried.

use crate::event::Event;
use crate::text::Level;
use crate::time::Time;
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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

    /// The topic of a public name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

impl<'de> serde::Deserialize<'de> for Topic {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::of(&name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            serde::de::Error::custom(format!("no topic \"{name}\": one of {names}"))
        })
    }
}

/// One message: a CloudEvent whose `type` is the topic's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// CloudEvents `id`: deterministic.
    pub id: Arc<str>,
    /// What it is about.
    pub topic: Topic,
    /// CloudEvents `subject` and the Kafka key: the enterprise's code (of a pair, the successor's),
    /// the id of a group's warning, the warning of a task, the source of a dead letter. Never
    /// empty.
    pub subject: Arc<str>,
    /// CloudEvents `time`: event time of what it tells.
    pub time: Time,
    /// CloudEvents `data`: JSON (`application/json`), in the shape of the result files. Never empty.
    pub data: Arc<[u8]>,
}

/// The CloudEvents `source` of every message.
pub const SOURCE: &str = "urn:vestigo";

impl Message {
    /// The message as a CloudEvent in structured JSON, on one line without its end.
    pub fn structured(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec(&json!({
            "specversion": "1.0",
            "id": &*self.id,
            "source": SOURCE,
            "type": self.topic.name(),
            "subject": &*self.subject,
            "time": self.time.to_string(),
            "datacontenttype": "application/json",
        }))
        .expect("plain text is JSON");
        // The data is JSON already, on one line: it goes in as it is.
        text.pop();
        text.extend_from_slice(b",\"data\":");
        text.extend_from_slice(&self.data);
        text.push(b'}');
        text
    }

    /// The higher of the levels now and before; `None` when it is about nothing with a level.
    pub fn level(&self) -> Option<Level> {
        #[derive(serde::Deserialize)]
        struct Levels {
            level: Option<Level>,
            level_before: Option<Level>,
        }
        let levels: Levels = serde_json::from_slice(&self.data).ok()?;
        levels.level.max(levels.level_before)
    }
}

/// An accepted event as it is kept: for outlets that keep the events too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The feed.
    pub source: Arc<str>,
    /// The id within the feed.
    pub id: Arc<str>,
    /// Its type, as in the contract.
    pub kind: Arc<str>,
    /// Event time.
    pub time: Time,
    /// Sealed JSON: no clear personal number.
    pub sealed: Arc<[u8]>,
}

impl EventRow {
    /// The row of an accepted event.
    pub fn of(event: &Event, sealed: &[u8]) -> Self {
        Self {
            source: event.id.source().into(),
            id: event.id.id().into(),
            kind: event.kind.word().into(),
            time: event.time,
            sealed: sealed.into(),
        }
    }
}

/// What one journal epoch tells, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The journal epoch's sequence number.
    pub epoch: u64,
    /// Its messages; may be empty.
    pub messages: Arc<[Message]>,
    /// The events that it accepted: for outlets that [want](Outlet::wants_events) them.
    pub events: Arc<[EventRow]>,
}

impl Delivery {
    /// A delivery of messages alone.
    pub fn new(epoch: u64, messages: Vec<Message>) -> Self {
        Self { epoch, messages: messages.into(), events: Arc::default() }
    }

    /// Whether there is nothing to carry.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.events.is_empty()
    }

    /// Bytes that it holds, about.
    pub fn size(&self) -> usize {
        const FIXED: usize = 96;
        let message = |m: &Message| FIXED + m.id.len() + m.subject.len() + m.data.len();
        let event = |e: &EventRow| FIXED + e.source.len() + e.id.len() + e.sealed.len();
        let messages: usize = self.messages.iter().map(message).sum();
        messages + self.events.iter().map(event).sum::<usize>()
    }
}

/// Why a delivery did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutletFault {
    /// What happened, without personal data.
    pub why: String,
    /// Whether trying again may help.
    pub again: bool,
    /// When to try again, where the outlet knows; the usual pauses otherwise.
    pub after: Option<Duration>,
}

impl OutletFault {
    /// Trying again may help.
    pub fn again(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: true, after: None }
    }

    /// Trying again may help, after a pause.
    pub fn again_in(why: impl Into<String>, pause: Duration) -> Self {
        Self { after: Some(pause), ..Self::again(why) }
    }

    /// Trying again does not help.
    pub fn never(why: impl Into<String>) -> Self {
        Self { again: false, ..Self::again(why) }
    }
}

impl fmt::Display for OutletFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for OutletFault {}

/// When what waits is delivered: as soon as there is so much of it, or it is so old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gather {
    /// Messages and events together.
    pub records: usize,
    /// Age of the oldest.
    pub age: Duration,
    /// No more than so many at once, unless one epoch alone has more; the outbox's own bound
    /// otherwise.
    pub most: Option<usize>,
}

/// Which messages an outlet carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of these topics; of all when there is none.
    pub topics: Vec<Topic>,
    /// Of this level or higher; those without a level too.
    pub level_min: Option<Level>,
}

impl Selection {
    /// Whether a message is carried.
    pub fn passes(&self, message: &Message) -> bool {
        let topic = self.topics.is_empty() || self.topics.contains(&message.topic);
        let high = |least| message.level().is_none_or(|level| level >= least);
        topic && self.level_min.is_none_or(high)
    }

    /// What passes of an epoch.
    pub fn of(&self, messages: &Arc<[Message]>) -> Arc<[Message]> {
        if *self == Self::default() || messages.iter().all(|message| self.passes(message)) {
            return messages.clone();
        }
        messages.iter().filter(|message| self.passes(message)).cloned().collect()
    }
}

/// A way out. Each runs on a thread of its own and may block.
pub trait Outlet: Send {
    /// Its name in receipts, metrics and logs: unique in the pipeline, e.g. `kafka`.
    fn name(&self) -> &str;

    /// Whether it carries accepted events too; deliveries come without them otherwise.
    fn wants_events(&self) -> bool {
        false
    }

    /// Which messages it carries; deliveries come with no others. By default all.
    fn selects(&self) -> Selection {
        Selection::default()
    }

    /// How much it likes to be given at once; by default whatever waits.
    fn gathers(&self) -> Gather {
        Gather::default()
    }

    /// Delivers, and returns when the receiver has it safely. Called again with the same
    /// deliveries after a fault or a restart: repeats carry the same ids.
    ///
    /// # Errors
    /// When something was not delivered; everything of the call counts as undelivered then.
    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault>;
}
