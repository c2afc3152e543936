//! What may a label say? Words of closed sets, so that the number of series is known beforehand.
//!
//! Invariant: a value comes from here or from the pipeline and model files, never from a record.

use crate::desk::{Outcome, State, Verb, Verdict};
use crate::engine::Stage;
use crate::event::{Class, EventType};
use crate::graph::LinkKind;
use crate::risk::Grade;
use crate::text::Level;

/// The value of one label, or the values of several.
pub trait Key: Copy + 'static {
    /// How many there are.
    fn count() -> usize;
    /// All of them, in order.
    fn all() -> Vec<Self>;
    /// Its place among all.
    fn place(self) -> usize;
    /// Its words, one for each label.
    fn words(self) -> Vec<&'static str>;
}

/// Two labels.
impl<A: Key, B: Key> Key for (A, B) {
    fn count() -> usize {
        A::count() * B::count()
    }

    fn all() -> Vec<Self> {
        let seconds = B::all();
        A::all().into_iter().flat_map(|a| seconds.iter().map(move |b| (a, *b))).collect()
    }

    fn place(self) -> usize {
        self.0.place() * B::count() + self.1.place()
    }

    fn words(self) -> Vec<&'static str> {
        [self.0.words(), self.1.words()].concat()
    }
}

/// Keys of a set that is declared in order.
macro_rules! keys {
    ($($name:ty),+ $(,)?) => {
        $(impl Key for $name {
            fn count() -> usize {
                <$name>::ALL.len()
            }

            fn all() -> Vec<Self> {
                <$name>::ALL.iter().copied().collect()
            }

            fn place(self) -> usize {
                self as usize
            }

            fn words(self) -> Vec<&'static str> {
                vec![self.word()]
            }
        })+
    };
}

/// A closed set of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$each])* $variant),+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        keys!($name);
    };
}

words! {
    /// By which way records come.
    Channel {
        /// Requests.
        Http = "http",
        /// Files that grow.
        File = "file",
        /// Partitions of topics.
        Kafka = "kafka",
        /// Dead letters that were mended and replayed.
        Mended = "mended",
        /// Findings of people that become events.
        Acts = "acts",
    }
}

impl Channel {
    /// The channel of a source, as a batch names it.
    pub fn of(source: &str) -> Self {
        match source.split_once(':') {
            _ if source == "http" => Self::Http,
            _ if source == "acts" => Self::Acts,
            Some(("kafka", _)) => Self::Kafka,
            Some(("mended", _)) => Self::Mended,
            _ => Self::File,
        }
    }
}

words! {
    /// What became of a record.
    Fate {
        /// In the journal.
        Accepted = "accepted",
        /// Seen before.
        Duplicate = "duplicate",
        /// A dead letter.
        Rejected = "rejected",
    }
}

words! {
    /// A part of the way, in its order.
    Part {
        /// Records are parsed and checked.
        Check = "check",
        /// Events are admitted and written.
        Journal = "journal",
        /// Mentions are resolved, days are cut.
        Resolve = "resolve",
        /// The graph takes the facts.
        Graph = "graph",
        /// Pairs are searched and settled.
        Succession = "succession",
        /// Patterns of money are searched.
        Flow = "flow",
        /// Indices are brought up to date.
        Risk = "risk",
        /// Warnings are raised and withdrawn.
        Warning = "warning",
        /// Tasks are made and recalled.
        Dispatch = "dispatch",
        /// What stands is brought up to date and told.
        Speak = "speak",
    }
}

impl From<Stage> for Part {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Graph => Self::Graph,
            Stage::Succession => Self::Succession,
            Stage::Flow => Self::Flow,
            Stage::Risk => Self::Risk,
            Stage::Warning => Self::Warning,
            Stage::Dispatch => Self::Dispatch,
        }
    }
}

words! {
    /// A part that a heartbeat passes.
    Beat {
        /// Intake.
        Journal = "journal",
        /// Before the engine.
        Resolve = "resolve",
        /// Behind it.
        Speak = "speak",
    }
}

words! {
    /// Where something waits.
    Queue {
        /// Events, before the journal.
        Inlet = "inlet",
        /// Epochs, before the engine.
        Engine = "engine",
        /// Epochs in the engine and behind it.
        Speaker = "speaker",
    }
}

words! {
    /// A bound that may bite.
    Bound {
        /// Cycles of transfers were searched in part.
        Cycles = "flow_cycles",
        /// Ways of a scatter-gather were counted in part.
        ScatterGather = "flow_scatter_gather",
        /// Ways of money that left a free-trade account were followed in part.
        EfLeakage = "flow_ef_leakage",
        /// A transfer came too late for its window.
        TooLate = "flow_too_late",
        /// A bucket of enterprises with like staff was too large to compare.
        StaffBucket = "succession_staff_bucket",
    }
}

words! {
    /// In what condition the service is.
    Phase {
        /// It replays its journal.
        Starting = "starting",
        /// It takes events.
        Ready = "ready",
        /// It works off what it has.
        Stopping = "stopping",
        /// Its journal takes nothing.
        Poisoned = "poisoned",
    }
}

words! {
    /// What came of something that was tried.
    Tried {
        /// Done.
        Ok = "ok",
        /// Not done.
        Error = "error",
    }
}

words! {
    /// A term of a task.
    Term {
        /// Until when it is to be acknowledged.
        Acknowledge = "acknowledge",
        /// Until when it is to be judged.
        Judge = "judge",
    }
}

words! {
    /// What an audit's line tells of.
    Line {
        /// An act on a task or a pair.
        Act = "act",
        /// Masked data was shown.
        Reveal = "reveal",
        /// A session began.
        Login = "login",
        /// An account was made or changed.
        Account = "account",
        /// A key was made or taken back.
        Key = "key",
        /// Anything else.
        Other = "other",
    }
}

impl Line {
    /// By the word in the line.
    pub fn of(what: &str) -> Self {
        Self::ALL.iter().copied().find(|line| line.word() == what).unwrap_or(Self::Other)
    }
}

words! {
    /// Why a caller was sent away.
    Refusal {
        /// Nobody knows who it is.
        Unauthorized = "unauthorized",
        /// It may not.
        Forbidden = "forbidden",
        /// It asks too often, or the inlet is full.
        TooMany = "too_many",
    }
}

words! {
    /// A class of status codes.
    Code {
        /// Done.
        Done = "2xx",
        /// Look elsewhere, or not changed.
        Other = "3xx",
        /// The caller's fault.
        Caller = "4xx",
        /// Ours.
        Ours = "5xx",
    }
}

impl Code {
    /// The class of a status.
    pub fn of(status: u16) -> Self {
        match status {
            0..300 => Self::Done,
            300..400 => Self::Other,
            400..500 => Self::Caller,
            _ => Self::Ours,
        }
    }
}

words! {
    /// By which way a statement of SQL comes.
    Protocol {
        /// `POST /api/v1/query`.
        Http = "http",
        /// The PostgreSQL protocol.
        Postgres = "postgres",
    }
}

words! {
    /// How a statement of SQL ended.
    Ended {
        /// All its rows were told.
        Answered = "answered",
        /// It is none that may be asked.
        Refused = "refused",
        /// It does not fit the tables, or failed.
        Failed = "failed",
        /// It took too long, or too much memory.
        Cut = "cut",
        /// Whoever asked went away, or had as many rows as it may have.
        Left = "left",
    }
}

words! {
    /// A bound of a statement of SQL that bit.
    Limit {
        /// `seconds_max`.
        Time = "time",
        /// `memory_bytes_max`.
        Memory = "memory",
        /// `rows_max`.
        Rows = "rows",
    }
}

words! {
    /// What became of a span.
    Carried {
        /// The collector has it.
        Sent = "sent",
        /// Nobody has it: there was no room, or no collector.
        Dropped = "dropped",
    }
}

words! {
    /// How bad a line of the log is.
    Severity {
        /// Something failed.
        Error = "error",
        /// Something is not as it should be.
        Warn = "warn",
        /// Something happened.
        Info = "info",
    }
}

keys!(Class, EventType, Level, State, Verb);

/// Keys of a set whose words are told here.
macro_rules! told {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl Key for $name {
            fn count() -> usize {
                [$($word),+].len()
            }

            fn all() -> Vec<Self> {
                vec![$(Self::$variant),+]
            }

            fn place(self) -> usize {
                self as usize
            }

            fn words(self) -> Vec<&'static str> {
                vec![match self {
                    $(Self::$variant => $word),+
                }]
            }
        }
    };
}

told!(Grade { A = "A", B = "B", C = "C", D = "D" });
told!(Verdict { Same = "same", Different = "different", Unsure = "unsure" });
told!(Outcome {
    Confirmed = "confirmed",
    Partly = "partly",
    Unfounded = "unfounded",
    Unverified = "unverified",
});
told!(LinkKind {
    Person = "person",
    AddressUnit = "address_unit",
    Building = "building",
    Phone = "phone",
    Email = "email",
    EmailDomain = "email_domain",
    Account = "account",
    Agent = "agent",
    Fingerprint = "fingerprint",
    Brand = "brand",
    Asset = "asset",
    OnlineShop = "online_shop",
});

/// A value, or none (yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maybe<K>(pub Option<K>);

impl<K: Key> Key for Maybe<K> {
    fn count() -> usize {
        K::count() + 1
    }

    fn all() -> Vec<Self> {
        K::all().into_iter().map(|key| Self(Some(key))).chain([Self(None)]).collect()
    }

    fn place(self) -> usize {
        self.0.map_or_else(K::count, Key::place)
    }

    fn words(self) -> Vec<&'static str> {
        self.0.map_or_else(|| vec!["none"], Key::words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_order<K: Key>() {
        let places: Vec<usize> = K::all().into_iter().map(Key::place).collect();
        assert_eq!(places, (0..K::count()).collect::<Vec<_>>());
        let mut words: Vec<_> = K::all().into_iter().map(Key::words).collect();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), K::count(), "every value has words of its own");
    }

    #[test]
    fn a_place_is_the_place_among_all() {
        in_order::<EventType>();
        in_order::<(Channel, Class)>();
        in_order::<(Part, Level)>();
        in_order::<State>();
        in_order::<Verb>();
        in_order::<(Outcome, Verdict)>();
        in_order::<LinkKind>();
        in_order::<(Protocol, Ended)>();
        in_order::<(Protocol, Limit)>();
        in_order::<(Maybe<Grade>, Maybe<Level>)>();
    }

    #[test]
    fn every_source_has_its_channel() {
        let words = ["http", "acts", "kafka:t/3", "mended:dl-1-1", "inbox/a:b.ndjson"];
        let channels = words.map(Channel::of).map(Channel::word);
        assert_eq!(channels, ["http", "acts", "kafka", "mended", "file"]);
    }
}
