//! What is decided, and by whom? Acts, as the journal keeps them.
//!
//! An act tells what its author saw, so that whether it holds follows from the acts before it
//! alone. Fields that came later have a default: an act that was written once is read for ever.
//! Must not know: who may do what.

use crate::desk::matter::MatterDeed;
use crate::desk::measure::MeasureDeed;
use crate::desk::promotion::ModelDeed;
use crate::desk::table::{State, Verb};
use crate::dispatch::Task;
use crate::money::Fen;
use crate::sampling::Draw;
use crate::text::Level;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The account under which the system acts when a term ends.
pub const CLOCK: &str = "clock";

/// Who did it. An account's id, never a name: names are kept apart and may be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The account.
    pub account: Arc<str>,
    /// The agency for which it acted, if it has one.
    pub agency: Option<Arc<str>>,
    /// Whether it acted as a dispatcher.
    pub dispatcher: bool,
}

impl By {
    /// The system, when a term ends.
    pub fn clock() -> Self {
        Self { account: CLOCK.into(), agency: None, dispatcher: true }
    }

    /// Whether the system did it.
    pub fn is_clock(&self) -> bool {
        *self.account == *CLOCK
    }
}

/// Something that a person decided: one record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Its id, unique in the journal.
    pub id: Arc<str>,
    /// When it was handed in.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// Why, in words; citizen ids in it are masked.
    pub reason: String,
    /// What.
    pub deed: Deed,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A step of a task.
    Task(Box<TaskDeed>),
    /// A verdict on a pair.
    Verdict(VerdictDeed),
    /// Another model is proposed, or that is decided.
    Model(Box<ModelDeed>),
    /// A step of a matter.
    Matter(Box<MatterDeed>),
    /// A draw of enterprises and officers.
    Sample(Box<SampleDeed>),
}

/// A draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleDeed {
    /// Its id.
    pub id: Arc<str>,
    /// The division that it was drawn from (prefix).
    pub division: Arc<str>,
    /// The draw.
    pub draw: Draw,
}

/// A step of a task, with what its author saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskDeed {
    /// The task.
    pub task: Arc<str>,
    /// What is done with it.
    pub verb: Verb,
    /// Acts on the task that its author knew of.
    pub version: u32,
    /// The task as its author saw it.
    pub round: Round,
    /// Until when the holder has it, of an acknowledgement or renewal.
    pub lease_until: Option<Time>,
    /// The agency that gets it, of a transfer.
    pub agency: Option<Arc<str>>,
    /// Who takes part, of joint work.
    #[serde(default)]
    pub partners: Vec<Arc<str>>,
    /// The account that approved that the clock stops.
    pub approver: Option<Arc<str>>,
    /// What was found, of a report.
    pub finding: Option<Finding>,
    /// Where the task stood for its author.
    #[serde(default)]
    pub saw: Option<Saw>,
    /// The end of the term for which the clock acts.
    #[serde(default)]
    pub due_at: Option<Time>,
    /// Terms that begin with the act.
    #[serde(default)]
    pub terms: Option<Terms>,
    /// The measure that is decided, answered or lifted.
    #[serde(default)]
    pub measure: Option<MeasureDeed>,
    /// The warning that the finding rules on: of the lead's task alone.
    #[serde(default)]
    pub rules_on: Option<Arc<str>>,
}

/// Where a task stood for the author of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saw {
    /// Its state.
    pub state: State,
    /// The agency that had it.
    pub agency: Arc<str>,
}

/// Terms in place of those of the routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Until when to acknowledge.
    pub ack_due_at: Time,
    /// Until when to judge.
    pub judge_due_at: Time,
}

impl TaskDeed {
    /// A step with nothing beside.
    pub fn plain(task: &Task, verb: Verb, version: u32, saw: Saw) -> Self {
        Self {
            task: task.id.clone(),
            verb,
            version,
            round: Round::of(task),
            lease_until: None,
            agency: None,
            partners: Vec::new(),
            approver: None,
            finding: None,
            saw: Some(saw),
            due_at: None,
            terms: None,
            measure: None,
            rules_on: None,
        }
    }
}

/// What makes a task another one although its id stays: level and clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Level of the warning.
    pub level: Level,
    /// Until when to acknowledge: moves when the clock starts anew.
    pub ack_due_at: Time,
}

impl Round {
    /// The round of a task.
    pub fn of(task: &Task) -> Self {
        Self { level: task.level, ack_due_at: task.ack_due_at }
    }
}

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As warned.
    Confirmed,
    /// In part.
    Partly,
    /// Not so.
    Unfounded,
    /// It could not be verified.
    Unverified,
}

impl Outcome {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Partly => "partly",
            Self::Unfounded => "unfounded",
            Self::Unverified => "unverified",
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub outcome: Outcome,
    /// A code for why, from the agency's list.
    pub code: String,
    /// Amount concerned.
    pub amount_fen: Option<Fen>,
    /// Passed to the police or a court.
    #[serde(default)]
    pub referred: bool,
    /// Put right.
    #[serde(default)]
    pub rectified: bool,
    /// Results of an inspection on the spot, by the contract's words: they become an event.
    #[serde(default)]
    pub items: Vec<Item>,
}

/// A result of an inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What was looked at.
    pub code: String,
    /// The contract's word for the result.
    pub result: String,
}

/// A verdict on a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictDeed {
    /// `PREDECESSOR..SUCCESSOR`, by codes.
    pub pair: Arc<str>,
    /// Verdicts on the pair that its author knew of.
    pub version: u32,
    /// What it says.
    pub verdict: Verdict,
}

/// What a verdict says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second is the first under another name.
    Same,
    /// It is not.
    Different,
    /// Not enough is known.
    Unsure,
}

impl Verdict {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Unsure => "unsure",
        }
    }
}
