//! What did people decide? Acts on tasks and verdicts on pairs, applied in the order of the journal.
//!
//! A task comes from its warning (`dispatch`); what people do with it is a [`Case`] here. An act
//! tells what its author saw ([`Round`], version), so that whether it holds follows from the acts
//! before it alone. Invariant: the same acts in the same order give the same desk; an act that was
//! allowed once is allowed in every replay. Must not know: who may do what, how an act travels.

pub mod act;
pub mod clock;
pub mod matter;
pub mod measure;
pub mod promotion;
pub mod quality;
mod refused;
pub mod ruling;
pub mod table;

pub use refused::Refused;

use crate::dispatch::{Task, TaskState};
use crate::event::InspectionResult;
use crate::sampling::Draw;
use crate::time::Time;
pub use act::{
    Act, By, CLOCK, Deed, Finding, Item, Outcome, Round, SampleDeed, Saw, TaskDeed, Terms, Verdict,
    VerdictDeed,
};
pub use matter::{Matter, MatterDeed, MatterVerb};
pub use measure::{Decided, MeasureDeed};
pub use promotion::{Decision, ModelDeed, Promotion, Promotions, Proposal};
pub use ruling::{Effect, Ruling};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
pub use table::{Need, Rule, Side, State, TABLE, Verb, rule};

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
    /// The end of the term for which the clock acted.
    pub due_at: Option<Time>,
    /// The measure that it is about.
    pub measure: Option<Arc<str>>,
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
    /// Terms that an escalation began.
    pub terms: Option<Terms>,
    /// The end of the term of which the clock reminded last.
    pub reminded_for: Option<Time>,
    /// The end of the term that the clock found passed last.
    pub overdue_for: Option<Time>,
    /// Leases that ran out since the agency has it.
    pub expiries: u32,
    /// Measures that were decided, by id.
    pub measures: BTreeMap<Arc<str>, Decided>,
    /// All steps.
    pub steps: Vec<Step>,
}

impl Case {
    /// The end of the lease of a task that was acknowledged and not begun, once that has come.
    pub fn lease_ended(&self, now: Time) -> Option<Time> {
        let lease = self.lease_until.filter(|_| self.state == State::Acknowledged);
        lease.filter(|end| *end <= now)
    }

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

/// A draw that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The act.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// The division that it was drawn from (prefix).
    pub division: Arc<str>,
    /// Why.
    pub reason: String,
    /// The draw.
    pub draw: Draw,
}

/// All cases and verdicts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// By task.
    pub cases: BTreeMap<Arc<str>, Case>,
    /// By pair, in the order in which they were given.
    pub verdicts: BTreeMap<Arc<str>, Vec<Given>>,
    /// What findings did to warnings.
    pub rulings: BTreeMap<Arc<str>, Ruling>,
    /// Matters with clocks of their own, by id.
    pub matters: BTreeMap<Arc<str>, Matter>,
    /// Draws, by id.
    pub samples: BTreeMap<Arc<str>, Sampled>,
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
    if case.lease_ended(now).is_some() { State::Dispatched } else { case.state }
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
    // Another level or another clock: what was stopped or begun on the old one does not count.
    let same = case.filter(|case| case.round == Round::of(task));
    let stopped = same.map_or(0, |case| {
        let running = case.waiting.as_ref().map_or(0, |(since, _)| (now.0 - since.0).max(0));
        case.stopped_ms + running
    });
    let terms = same
        .and_then(|case| case.terms)
        .unwrap_or(Terms { ack_due_at: task.ack_due_at, judge_due_at: task.judge_due_at });
    let judge_due_at = Time(terms.judge_due_at.0 + stopped);
    let due = if state.awaits_acknowledgement() { terms.ack_due_at } else { judge_due_at };
    let overdue = state != State::Waiting && !state.is_over() && clock > due;
    Standing {
        state,
        version: case.map_or(0, |case| case.version),
        agency: case.and_then(|case| case.agency.clone()).unwrap_or_else(|| task.agency.clone()),
        holder: held.and_then(|case| case.holder.clone()),
        lease_until: held.and_then(|case| case.lease_until),
        ack_due_at: terms.ack_due_at,
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
            Deed::Matter(deed) => matter::step(&mut self.matters, act, deed)?,
            Deed::Sample(deed) => {
                self.check(act)?;
                let sampled = Sampled {
                    act: act.id.clone(),
                    at: act.at,
                    by: act.by.clone(),
                    division: deed.division.clone(),
                    reason: act.reason.clone(),
                    draw: deed.draw.clone(),
                };
                self.samples.insert(deed.id.clone(), sampled);
            }
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
        let deed = match &act.deed {
            Deed::Task(deed) => deed,
            Deed::Matter(deed) => return matter::check(&self.matters, act, deed),
            Deed::Sample(_) if act.by.is_clock() => return Err(Refused::ByClock),
            Deed::Sample(deed) if self.samples.contains_key(&deed.id) => {
                return Err(Refused::Unfit("a draw is made once"));
            }
            Deed::Model(_) | Deed::Verdict(_) | Deed::Sample(_) => return Ok(()),
        };
        let case = self.cases.get(&deed.task);
        let version = case.map_or(0, |case| case.version);
        if version != deed.version {
            return Err(Refused::Stale { version });
        }
        let state = current(case, &deed.round, act.at);
        let rule = rule(deed.verb);
        if act.by.is_clock() && !rule.by_clock {
            return Err(Refused::ByClock);
        }
        let over = || case.is_some_and(|case| case.lease_ended(act.at).is_some());
        if !rule.from.contains(&state) || (deed.verb == Verb::Expire && !over()) {
            return Err(Refused::NotFrom { state });
        }
        let holder = case.and_then(|case| case.holder.as_ref());
        let held = matches!(state, State::Acknowledged | State::InHand | State::Waiting);
        let own = holder.is_none_or(|holder| *holder == act.by.account);
        if rule.by_holder && held && !own && !act.by.dispatcher {
            return Err(Refused::Held);
        }
        if let Some(need) = rule.needs.iter().find(|need| !has(act, deed, **need)) {
            return Err(Refused::Needs(*need));
        }
        measure::check(case, act, deed)
    }

    fn step(&mut self, act: &Act, deed: &TaskDeed) -> Result<(), Refused> {
        self.check(act)?;
        let from = match self.cases.get(&deed.task) {
            // The lease is over, so it reads as dispatched already; the history tells it as it was.
            Some(case) if deed.verb == Verb::Expire => case.state,
            case => current(case, &deed.round, act.at),
        };
        let to = rule(deed.verb).leads(from);
        let case = self.cases.entry(deed.task.clone()).or_insert_with(|| Case::new(from, deed));
        if case.round != deed.round {
            // Another clock: what was stopped on the old one does not count.
            case.stopped_ms = 0;
            case.terms = None;
            case.expiries = 0;
        }
        case.take(act, deed, (from, to));
        if let (Verb::Close, Some(warning)) = (deed.verb, &deed.rules_on) {
            let ruling = case.findings.last().map(|(_, finding)| Ruling::of(act, deed, finding));
            if let Some(ruling) = ruling {
                self.rulings.insert(warning.clone(), ruling);
            }
        }
        Ok(())
    }
}

impl Case {
    fn new(state: State, deed: &TaskDeed) -> Self {
        Self {
            version: 0,
            state,
            round: deed.round.clone(),
            agency: None,
            holder: None,
            lease_until: None,
            waiting: None,
            stopped_ms: 0,
            partners: Vec::new(),
            findings: Vec::new(),
            terms: None,
            reminded_for: None,
            overdue_for: None,
            expiries: 0,
            measures: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    /// A step that holds.
    fn take(&mut self, act: &Act, deed: &TaskDeed, (from, to): (State, State)) {
        let stays = rule(deed.verb).to.is_none();
        if let Some((since, _)) = self.waiting.take_if(|_| !stays) {
            self.stopped_ms += (act.at.0 - since.0).max(0);
        }
        match deed.verb {
            Verb::Acknowledge | Verb::Renew => {
                self.holder = Some(act.by.account.clone());
                self.lease_until = deed.lease_until;
            }
            Verb::Wait => {
                let approver = deed.approver.clone().unwrap_or_else(|| act.by.account.clone());
                self.waiting = Some((act.at, approver));
            }
            Verb::Start | Verb::Resume => self.lease_until = None,
            Verb::Transfer => self.moves_to(deed),
            Verb::Escalate if deed.agency.is_some() => self.moves_to(deed),
            Verb::Join => self.partners.clone_from(&deed.partners),
            Verb::Report => self.findings.extend(deed.finding.clone().map(|f| (act.at, f))),
            Verb::Remind => self.reminded_for = deed.due_at.or(self.reminded_for),
            Verb::Overdue => self.overdue_for = deed.due_at,
            Verb::Expire => self.expiries += 1,
            _ => measure::take(self, act, deed),
        }
        if to.awaits_acknowledgement() && !stays {
            self.holder = None;
            self.lease_until = None;
        }
        self.version += 1;
        self.state = to;
        self.round = deed.round.clone();
        self.steps.push(Step {
            act: act.id.clone(),
            at: act.at,
            by: act.by.clone(),
            verb: deed.verb,
            from,
            to,
            reason: act.reason.clone(),
            due_at: deed.due_at,
            measure: deed.measure.as_ref().map(|measure| measure.measure.clone()),
        });
    }

    fn moves_to(&mut self, deed: &TaskDeed) {
        self.agency.clone_from(&deed.agency);
        self.expiries = 0;
        if deed.terms.is_some() {
            self.terms = deed.terms;
            self.stopped_ms = 0;
        }
    }
}

fn has(act: &Act, deed: &TaskDeed, need: Need) -> bool {
    match need {
        Need::Reason => !act.reason.trim().is_empty(),
        Need::Lease => deed.lease_until.is_some_and(|until| until > act.at),
        Need::Agency => deed.agency.is_some(),
        Need::Partners => !deed.partners.is_empty(),
        Need::Approver => deed.approver.is_some(),
        Need::Measure => deed.measure.is_some(),
        Need::Due => deed.due_at.is_some(),
        Need::Finding => deed.finding.as_ref().is_some_and(|finding| {
            let known = |item: &Item| InspectionResult::parse(&item.result).is_some();
            !finding.code.trim().is_empty() && finding.items.iter().all(known)
        }),
    }
}

#[cfg(test)]
mod tests;
