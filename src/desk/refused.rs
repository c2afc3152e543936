//! Why does an act not count? In words that tell its author what would.

use crate::desk::State;
use crate::desk::promotion;
use crate::desk::table;
use crate::desk::table::{Need, Verb};
use std::fmt;

/// Why an act is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Others acted since its author looked.
    Stale {
        /// Acts on it now.
        version: u32,
    },
    /// The table has no such step.
    NotFrom {
        /// Where the task stands.
        state: State,
    },
    /// Somebody else holds the task.
    Held,
    /// Something that the step needs is missing or wrong.
    Needs(Need),
    /// The system does not decide this: a named person does.
    ByClock,
    /// It does not fit where the measure or the matter stands.
    Unfit(&'static str),
    /// A promotion cannot be decided so.
    Promotion(promotion::Fault),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { version } => write!(f, "others acted since: {version} acts by now"),
            Self::NotFrom { state } => {
                let verbs: Vec<&str> = table::from(*state).map(Verb::word).collect();
                let state = state.word();
                write!(f, "a task that is {state} takes: {}", verbs.join(", "))
            }
            Self::Held => f.write_str("somebody else holds the task until the lease ends"),
            Self::Needs(need) => write!(f, "the field \"{}\" is needed", need.field()),
            Self::ByClock => f.write_str("the system does not decide: a named person does"),
            Self::Unfit(why) => f.write_str(why),
            Self::Promotion(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Refused {}
