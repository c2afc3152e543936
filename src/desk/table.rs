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

impl State {
    /// Whether nothing is left to do.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Reported | Self::Closed | Self::Recalled)
    }

    /// Whether the term that runs is the one to acknowledge by.
    pub const fn awaits_acknowledgement(self) -> bool {
        matches!(
            self,
            Self::Raised | Self::Dispatched | Self::Transferred | Self::Returned | Self::Escalated
        )
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
        Remind = "remind" / "催办",
        Overdue = "overdue" / "逾期",
        Expire = "expire" / "到期收回",
        Initiate = "initiate" / "发起",
        Push = "push" / "推送",
        Respond = "respond" / "响应",
        Feedback = "feedback" / "反馈结果",
        Lift = "lift" / "解除措施",
    }
}

impl Verb {
    /// Whether it is a step with a measure that was decided.
    pub const fn is_of_measure(self) -> bool {
        matches!(self, Self::Push | Self::Respond | Self::Feedback | Self::Lift)
    }
}

/// Whose step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// An investigator's of the agency that has the task; a dispatcher may do it too.
    Worker,
    /// A dispatcher's.
    Dispatcher,
    /// An investigator's of an agency that was asked to take part in a measure.
    Partner,
    /// The system's alone.
    Clock,
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
    /// The measure.
    Measure,
    /// The end of the term that passed.
    Due,
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
            Self::Measure => "measure",
            Self::Due => "due_at",
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
    /// To this one; none where the task stays where it is.
    pub to: Option<State>,
    /// Whose step it is.
    pub side: Side,
    /// Of a task that is held, only the holder's (or a dispatcher's).
    pub by_holder: bool,
    /// What it needs.
    pub needs: &'static [Need],
    /// Whether the system may do it by itself when a term ends.
    pub by_clock: bool,
}

impl Rule {
    /// The state after the step.
    pub fn leads(&self, from: State) -> State {
        self.to.unwrap_or(from)
    }

    const fn also_by_clock(mut self) -> Self {
        self.by_clock = true;
        self
    }
}

const fn row(
    verb: Verb,
    from: &'static [State],
    to: State,
    side: Side,
    by_holder: bool,
    needs: &'static [Need],
) -> Rule {
    Rule { verb, from, to: Some(to), side, by_holder, needs, by_clock: false }
}

/// A step after which the task stands where it stood.
const fn stays(
    verb: Verb,
    from: &'static [State],
    side: Side,
    by_holder: bool,
    needs: &'static [Need],
) -> Rule {
    Rule { verb, from, to: None, side, by_holder, needs, by_clock: false }
}

/// States in which something is left to do.
const OPEN: &[State] = &[
    S::Raised,
    S::Dispatched,
    S::Acknowledged,
    S::InHand,
    S::Waiting,
    S::Returned,
    S::Transferred,
    S::Joint,
    S::Escalated,
];

/// States in which a measure can be decided: the task is held, or reported.
const DECIDES: &[State] = &[S::Acknowledged, S::InHand, S::Joint, S::Reported];

use Need as N;
use Side::{Clock, Dispatcher, Partner, Worker};
use State as S;
use Verb as V;

/// The transitions: every step, from where, to where, whose, and what it needs.
pub const TABLE: [Rule; 23] = [
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
    row(V::Recall, OPEN, S::Recalled, Dispatcher, false, &[N::Reason]).also_by_clock(),
    row(
        V::Escalate,
        &[
            S::Dispatched,
            S::Transferred,
            S::Acknowledged,
            S::InHand,
            S::Waiting,
            S::Returned,
            S::Joint,
        ],
        S::Escalated,
        Worker,
        false,
        &[N::Reason],
    )
    .also_by_clock(),
    stays(V::Remind, OPEN, Dispatcher, false, &[]).also_by_clock(),
    stays(V::Overdue, OPEN, Clock, false, &[N::Due]).also_by_clock(),
    row(V::Expire, &[S::Dispatched], S::Dispatched, Clock, false, &[]).also_by_clock(),
    stays(V::Initiate, DECIDES, Worker, true, &[N::Reason, N::Measure]),
    stays(V::Push, DECIDES, Worker, false, &[N::Measure]),
    stays(V::Respond, State::ALL, Partner, false, &[N::Measure]),
    stays(V::Feedback, State::ALL, Partner, false, &[N::Reason, N::Measure]),
    stays(V::Lift, State::ALL, Worker, false, &[N::Reason, N::Measure]).also_by_clock(),
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
            let reached = TABLE.iter().any(|row| row.to == Some(*state));
            assert!(reached, "{state:?} is never reached");
        }
    }

    #[test]
    fn the_clock_finds_nothing_and_decides_no_measure() {
        use Verb::{Acknowledge, Close, Initiate, Push, Report, Respond, Transfer};
        for verb in [Acknowledge, Close, Initiate, Push, Report, Respond, Transfer] {
            assert!(!rule(verb).by_clock, "{verb:?} is a person's");
        }
        assert!(TABLE.iter().filter(|row| row.side == Clock).all(|row| row.by_clock));
    }
}
