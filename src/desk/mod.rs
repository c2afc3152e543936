//! What did people decide? Acts on tasks and verdicts on pairs, applied in the order of the journal.
//!
//! A task comes from its warning (`dispatch`); what people do with it is a [`Case`] here. An act
//! tells what its author saw ([`Round`], version), so that whether it holds follows from the acts
//! before it alone. Invariant: the same acts in the same order give the same desk; an act that was
//! allowed once is allowed in every replay. Must not know: who may do what, how an act travels.

pub mod promotion;
pub mod quality;
mod refused;
pub mod table;

pub use refused::Refused;

use crate::dispatch::{Task, TaskState};
use crate::event::InspectionResult;
use crate::money::Fen;
use crate::text::Level;
use crate::time::Time;
pub use promotion::{Decision, ModelDeed, Promotion, Promotions, Proposal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
pub use table::{Need, Rule, Side, State, TABLE, Verb, rule};

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

impl State {
    /// Whether nothing is left to do.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Reported | Self::Closed | Self::Recalled)
    }

    /// Whether the term that runs is the one to acknowledge by.
    pub const fn awaits_acknowledgement(self) -> bool {
        matches!(self, Self::Raised | Self::Dispatched | Self::Transferred | Self::Returned)
    }
}

/// One step of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The act.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// What.
    pub verb: Verb,
    /// From which state.
    pub from: State,
    /// To which.
    pub to: State,
    /// Why.
    pub reason: String,
}

/// What people did with a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Acts on it so far.
    pub version: u32,
    /// Where it stands by the acts alone; see [`current`].
    pub state: State,
    /// The task as the last act saw it.
    pub round: Round,
    /// The agency that has it, when it is not the one of the routing table.
    pub agency: Option<Arc<str>>,
    /// Who holds it.
    pub holder: Option<Arc<str>>,
    /// Until when.
    pub lease_until: Option<Time>,
    /// Since when the clock is stopped, and who approved it.
    pub waiting: Option<(Time, Arc<str>)>,
    /// For how long the clock was stopped before, in milliseconds.
    pub stopped_ms: i64,
    /// Agencies that take part.
    pub partners: Vec<Arc<str>>,
    /// What was found, in order.
    pub findings: Vec<(Time, Finding)>,
    /// All steps.
    pub steps: Vec<Step>,
}

impl Case {
    /// The time from the last acknowledgement before the last report to that report, in
    /// milliseconds; none before a report.
    pub fn handling_ms(&self) -> Option<i64> {
        let told = self.steps.iter().rposition(|step| step.verb == Verb::Report)?;
        let (before, report) = (&self.steps[..told], &self.steps[told]);
        let taken = before.iter().rfind(|step| step.verb == Verb::Acknowledge)?;
        Some((report.at.0 - taken.at.0).max(0))
    }
}

/// A verdict that was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The act.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// What it says.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// All cases and verdicts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// By task.
    pub cases: BTreeMap<Arc<str>, Case>,
    /// By pair, in the order in which they were given.
    pub verdicts: BTreeMap<Arc<str>, Vec<Given>>,
    /// Proposals of another model, and what became of them.
    pub promotions: Promotions,
    /// Acts so far.
    pub acts: u64,
}

/// Where a task stands at a moment: by its case, unless its clock started anew after its end or
/// its lease is over.
pub fn current(case: Option<&Case>, round: &Round, now: Time) -> State {
    let Some(case) = case else { return State::Dispatched };
    if case.state.is_over() && case.round != *round {
        return State::Dispatched;
    }
    let over = case.lease_until.is_some_and(|until| until <= now);
    if case.state == State::Acknowledged && over { State::Dispatched } else { case.state }
}

/// A task with its case, at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// Acts on it so far.
    pub version: u32,
    /// The agency that has it.
    pub agency: Arc<str>,
    /// Who holds it.
    pub holder: Option<Arc<str>>,
    /// Until when.
    pub lease_until: Option<Time>,
    /// Until when to acknowledge.
    pub ack_due_at: Time,
    /// Until when to judge: later by the time for which the clock was stopped.
    pub judge_due_at: Time,
    /// Whether a term has passed in which nothing was done.
    pub overdue: bool,
}

impl Standing {
    /// Whether it is open and nobody holds it.
    pub fn is_free(&self) -> bool {
        !self.state.is_over() && self.holder.is_none()
    }

    /// The end of the term that runs.
    pub fn due_at(&self) -> Time {
        if self.state.awaits_acknowledgement() { self.ack_due_at } else { self.judge_due_at }
    }
}

/// How a task stands at a moment. `clock` is the moment by which it is due: another one than `now`
/// where time passes by events alone.
pub fn standing(task: &Task, case: Option<&Case>, now: Time, clock: Time) -> Standing {
    let state = match task.state {
        TaskState::Recalled => State::Recalled,
        TaskState::Dispatched => current(case, &Round::of(task), now),
    };
    let held = matches!(state, State::Acknowledged | State::InHand | State::Waiting | State::Joint);
    let held = case.filter(|_| held);
    let stopped = case.map_or(0, |case| {
        let running = case.waiting.as_ref().map_or(0, |(since, _)| (now.0 - since.0).max(0));
        case.stopped_ms + running
    });
    let judge_due_at = Time(task.judge_due_at.0 + stopped);
    let due = if state.awaits_acknowledgement() { task.ack_due_at } else { judge_due_at };
    let overdue = state != State::Waiting && !state.is_over() && clock > due;
    Standing {
        state,
        version: case.map_or(0, |case| case.version),
        agency: case.and_then(|case| case.agency.clone()).unwrap_or_else(|| task.agency.clone()),
        holder: held.and_then(|case| case.holder.clone()),
        lease_until: held.and_then(|case| case.lease_until),
        ack_due_at: task.ack_due_at,
        judge_due_at,
        overdue,
    }
}

impl Desk {
    /// Applies an act.
    ///
    /// # Errors
    /// When it does not hold; nothing is changed then.
    pub fn apply(&mut self, act: &Act) -> Result<(), Refused> {
        match &act.deed {
            Deed::Task(deed) => self.step(act, deed)?,
            Deed::Model(deed) => self.promotions.apply(act, deed)?,
            Deed::Verdict(deed) => {
                let given = self.verdicts.get(&deed.pair).map_or(0, Vec::len) as u32;
                if given != deed.version {
                    return Err(Refused::Stale { version: given });
                }
                self.verdicts.entry(deed.pair.clone()).or_default().push(Given {
                    act: act.id.clone(),
                    at: act.at,
                    by: act.by.clone(),
                    verdict: deed.verdict,
                    reason: act.reason.clone(),
                });
            }
        }
        self.acts += 1;
        Ok(())
    }

    /// Whether an act would hold.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn check(&self, act: &Act) -> Result<(), Refused> {
        let Deed::Task(deed) = &act.deed else { return Ok(()) };
        let case = self.cases.get(&deed.task);
        let version = case.map_or(0, |case| case.version);
        if version != deed.version {
            return Err(Refused::Stale { version });
        }
        let state = current(case, &deed.round, act.at);
        let rule = rule(deed.verb);
        if !rule.from.contains(&state) {
            return Err(Refused::NotFrom { state });
        }
        let holder = case.and_then(|case| case.holder.as_ref());
        let held = matches!(state, State::Acknowledged | State::InHand | State::Waiting);
        let own = holder.is_none_or(|holder| *holder == act.by.account);
        if rule.by_holder && held && !own && !act.by.dispatcher {
            return Err(Refused::Held);
        }
        match rule.needs.iter().find(|need| !has(act, deed, **need)) {
            Some(need) => Err(Refused::Needs(*need)),
            None => Ok(()),
        }
    }

    fn step(&mut self, act: &Act, deed: &TaskDeed) -> Result<(), Refused> {
        self.check(act)?;
        let from = current(self.cases.get(&deed.task), &deed.round, act.at);
        let to = rule(deed.verb).to;
        let case = self.cases.entry(deed.task.clone()).or_insert_with(|| Case {
            version: 0,
            state: from,
            round: deed.round.clone(),
            agency: None,
            holder: None,
            lease_until: None,
            waiting: None,
            stopped_ms: 0,
            partners: Vec::new(),
            findings: Vec::new(),
            steps: Vec::new(),
        });
        if case.round != deed.round {
            // Another clock: what was stopped on the old one does not count.
            case.stopped_ms = 0;
        }
        if let Some((since, _)) = case.waiting.take() {
            case.stopped_ms += (act.at.0 - since.0).max(0);
        }
        match deed.verb {
            Verb::Acknowledge | Verb::Renew => {
                case.holder = Some(act.by.account.clone());
                case.lease_until = deed.lease_until;
            }
            Verb::Wait => {
                let approver = deed.approver.clone().unwrap_or_else(|| act.by.account.clone());
                case.waiting = Some((act.at, approver));
            }
            Verb::Start | Verb::Resume => case.lease_until = None,
            Verb::Transfer => case.agency.clone_from(&deed.agency),
            Verb::Join => case.partners.clone_from(&deed.partners),
            Verb::Report => case.findings.extend(deed.finding.clone().map(|f| (act.at, f))),
            _ => {}
        }
        if to.awaits_acknowledgement() {
            case.holder = None;
            case.lease_until = None;
        }
        case.version += 1;
        case.state = to;
        case.round = deed.round.clone();
        case.steps.push(Step {
            act: act.id.clone(),
            at: act.at,
            by: act.by.clone(),
            verb: deed.verb,
            from,
            to,
            reason: act.reason.clone(),
        });
        Ok(())
    }
}

fn has(act: &Act, deed: &TaskDeed, need: Need) -> bool {
    match need {
        Need::Reason => !act.reason.trim().is_empty(),
        Need::Lease => deed.lease_until.is_some_and(|until| until > act.at),
        Need::Agency => deed.agency.is_some(),
        Need::Partners => !deed.partners.is_empty(),
        Need::Approver => deed.approver.is_some(),
        Need::Finding => deed.finding.as_ref().is_some_and(|finding| {
            let known = |item: &Item| InspectionResult::parse(&item.result).is_some();
            !finding.code.trim().is_empty() && finding.items.iter().all(known)
        }),
    }
}

#[cfg(test)]
mod tests;
