//! Which step leads where? The one table of a task's transitions.
//!
//! Invariant: a step that is not in the table does not exist. Must not know: tasks, acts.

use serde::{Deserialize, Serialize};

/// Words of a closed set, with their Chinese terms.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal / $zh:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = $zh] $variant),+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The Chinese term.
            pub const fn zh(self) -> &'static str {
                match self {
                    $(Self::$variant => $zh),+
                }
            }

            /// The value of a word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// Where a task stands.
    State {
        Raised = "raised" / "待派发",
        Dispatched = "dispatched" / "已派发",
        Acknowledged = "acknowledged" / "已签收",
        InHand = "in_hand" / "办理中",
        Waiting = "waiting" / "中止（停钟）",
        Returned = "returned" / "已退回",
        Transferred = "transferred" / "已移送",
        Joint = "joint" / "联合办理",
        Reported = "reported" / "已反馈",
        Closed = "closed" / "已办结",
        Recalled = "recalled" / "已撤回",
        Escalated = "escalated" / "已提级",
    }
}

words! {
    /// What is done with a task.
    Verb {
        Raise = "raise" / "重新立项",
        Dispatch = "dispatch" / "派发",
        Acknowledge = "ack" / "签收",
        Renew = "renew" / "续期",
        Release = "release" / "释放",
        Start = "start" / "开始办理",
        Wait = "wait" / "中止",
        Resume = "resume" / "恢复",
        Return = "return" / "退回",
        Transfer = "transfer" / "移送",
        Join = "join" / "联合办理",
        Report = "report" / "反馈",
        Close = "close" / "办结",
        Recall = "recall" / "撤回",
        Escalate = "escalate" / "提级",
    }
}

/// Whose step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// An investigator's of the agency that has the task; a dispatcher may do it too.
    Worker,
    /// A dispatcher's.
    Dispatcher,
}

/// What a step needs beside the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Why.
    Reason,
    /// A lease in the future.
    Lease,
    /// The agency that gets it.
    Agency,
    /// The agencies that take part.
    Partners,
    /// Who approved.
    Approver,
    /// What was found.
    Finding,
}

impl Need {
    /// The field of a request that gives it.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Lease => "lease_minutes",
            Self::Agency => "agency",
            Self::Partners => "partners",
            Self::Approver => "approver",
            Self::Finding => "finding",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The step.
    pub verb: Verb,
    /// From these states.
    pub from: &'static [State],
    /// To this one.
    pub to: State,
    /// Whose step it is.
    pub side: Side,
    /// Of a task that is held, only the holder's (or a dispatcher's).
    pub by_holder: bool,
    /// What it needs.
    pub needs: &'static [Need],
}

const fn row(
    verb: Verb,
    from: &'static [State],
    to: State,
    side: Side,
    by_holder: bool,
    needs: &'static [Need],
) -> Rule {
    Rule { verb, from, to, side, by_holder, needs }
}

use Need as N;
use Side::{Dispatcher, Worker};
use State as S;
use Verb as V;

/// The transitions: every step, from where, to where, whose, and what it needs.
pub const TABLE: [Rule; 15] = [
    row(V::Raise, &[S::Closed, S::Recalled], S::Raised, Dispatcher, false, &[N::Reason]),
    row(
        V::Dispatch,
        &[S::Raised, S::Returned, S::Escalated],
        S::Dispatched,
        Dispatcher,
        false,
        &[],
    ),
    row(
        V::Acknowledge,
        &[S::Dispatched, S::Transferred, S::Escalated],
        S::Acknowledged,
        Worker,
        false,
        &[N::Lease],
    ),
    row(V::Renew, &[S::Acknowledged], S::Acknowledged, Worker, true, &[N::Lease]),
    row(V::Release, &[S::Acknowledged, S::InHand], S::Dispatched, Worker, true, &[]),
    row(V::Start, &[S::Acknowledged, S::Joint], S::InHand, Worker, true, &[]),
    row(
        V::Wait,
        &[S::Acknowledged, S::InHand, S::Joint],
        S::Waiting,
        Worker,
        true,
        &[N::Reason, N::Approver],
    ),
    row(V::Resume, &[S::Waiting], S::InHand, Worker, true, &[]),
    row(
        V::Return,
        &[S::Dispatched, S::Transferred, S::Acknowledged, S::InHand],
        S::Returned,
        Worker,
        true,
        &[N::Reason],
    ),
    row(
        V::Transfer,
        &[S::Raised, S::Dispatched, S::Acknowledged, S::InHand, S::Returned, S::Escalated],
        S::Transferred,
        Worker,
        true,
        &[N::Reason, N::Agency],
    ),
    row(V::Join, &[S::Acknowledged, S::InHand], S::Joint, Worker, true, &[N::Partners]),
    row(
        V::Report,
        &[S::Acknowledged, S::InHand, S::Joint],
        S::Reported,
        Worker,
        true,
        &[N::Finding],
    ),
    row(V::Close, &[S::Reported], S::Closed, Dispatcher, false, &[]),
    row(
        V::Recall,
        &[
            S::Raised,
            S::Dispatched,
            S::Acknowledged,
            S::InHand,
            S::Waiting,
            S::Returned,
            S::Transferred,
            S::Joint,
            S::Escalated,
        ],
        S::Recalled,
        Dispatcher,
        false,
        &[N::Reason],
    ),
    row(
        V::Escalate,
        &[S::Dispatched, S::Transferred, S::Acknowledged, S::InHand, S::Waiting, S::Returned],
        S::Escalated,
        Worker,
        false,
        &[N::Reason],
    ),
];

/// The row of a step.
pub fn rule(verb: Verb) -> &'static Rule {
    TABLE.iter().find(|row| row.verb == verb).expect("a row for every step: held by a test")
}

/// The steps that a state takes.
pub fn from(state: State) -> impl Iterator<Item = Verb> {
    TABLE.iter().filter(move |row| row.from.contains(&state)).map(|row| row.verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_one_row_and_every_state_a_way_on() {
        for verb in Verb::ALL {
            assert_eq!(TABLE.iter().filter(|row| row.verb == *verb).count(), 1, "{verb:?}");
        }
        for state in State::ALL {
            assert!(from(*state).next().is_some(), "{state:?} is a dead end");
            let reached = TABLE.iter().any(|row| row.to == *state);
            assert!(reached, "{state:?} is never reached");
        }
    }
}
