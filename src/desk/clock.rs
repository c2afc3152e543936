//! What does the system do by itself when a term ends? Reminders, overdue, escalation, reassignment.
//!
//! What is due follows from the task, its case, the policy and a moment; what the clock does about
//! it is an act like any other, in the journal and in the task's history. Invariant: for one end of
//! a term there is one reminder and one finding that it passed; a task goes up one command level
//! at a time; the clock never finds, closes or decides. Must not know: which clock runs.

use crate::desk::act::{By, Deed, Saw, TaskDeed, Terms};
use crate::desk::matter::{Matter, MatterDeed, MatterVerb};
use crate::desk::measure::MeasureDeed;
use crate::desk::table::{State, Verb, rule};
use crate::desk::{Act, Case, Effect, Ruling, Standing, standing};
use crate::dispatch::{CatalogueFile, Config, PolicyFile, Rulebook, Task, TaskState, Undo};
use crate::time::Time;
use std::sync::Arc;

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// The moment of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock: leases run by it, and acts are dated by it.
    pub now: Time,
    /// The clock by which terms run: the newest event's where time passes by events.
    pub clock: Time,
}

/// By which rules the clock acts.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Reminders, escalation, matters.
    pub policy: &'a PolicyFile,
    /// Measures.
    pub catalogue: &'a CatalogueFile,
    /// Agencies, terms, calendar.
    pub dispatch: &'a Config,
}

/// An act of the clock that is not handed in yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The task or matter.
    pub on: Arc<str>,
    /// What is done with it, in a word.
    pub verb: &'static str,
    /// Acts on it so far.
    version: u32,
    deed: Deed,
    reason: String,
}

impl Due {
    fn task(deed: TaskDeed, reason: String) -> Self {
        let (on, verb, version) = (deed.task.clone(), deed.verb.word(), deed.version);
        Self { on, verb, version, deed: Deed::Task(Box::new(deed)), reason }
    }

    fn matter(deed: MatterDeed, reason: String) -> Self {
        let (on, verb, version) = (deed.matter.clone(), deed.verb.word(), deed.version);
        Self { on, verb, version, deed: Deed::Matter(Box::new(deed)), reason }
    }

    /// The act: its id follows from what it is about and how often that was acted on.
    pub fn act(&self, now: Time) -> Act {
        Act {
            id: format!("clock:{}:{}", self.on, self.version).into(),
            at: now,
            by: By::clock(),
            reason: self.reason.clone(),
            deed: self.deed.clone(),
        }
    }
}

impl<'a> Rules<'a> {
    /// Those of a rulebook.
    pub fn of(book: &'a Rulebook) -> Self {
        Self { policy: &book.policy, catalogue: &book.catalogue, dispatch: &book.config }
    }
}

impl Rules<'_> {
    /// What the clock does with a task now, if anything. After it, look again: there may be more.
    pub fn due(
        &self,
        task: &Task,
        case: Option<&Case>,
        ruling: Option<&Ruling>,
        at: Moment,
    ) -> Option<Due> {
        let stands = standing(task, case, at.now, at.clock);
        let saw = Saw { state: stands.state, agency: stands.agency.clone() };
        let plain = |verb| TaskDeed::plain(task, verb, stands.version, saw.clone());
        let told = |deed: TaskDeed, reason: String| Some(Due::task(deed, reason));
        let closed = ruling.filter(|one| one.effect == Effect::Closed && one.holds(task.level));
        let fallen = task.state == TaskState::Recalled;
        if let Some((measure, why)) = self.lapsed(case, fallen || closed.is_some(), at) {
            return told(TaskDeed { measure: Some(measure), ..plain(Verb::Lift) }, why);
        }
        if stands.state.is_over() {
            return None;
        }
        if let Some(ruling) = closed {
            let why =
                format!("主办部门查明不实，预警已关闭 (act {} closed the warning)", ruling.act);
            return told(plain(Verb::Recall), why);
        }
        if let Some(end) = case.and_then(|case| case.lease_ended(at.now)) {
            let why = format!("签收期满未办，收回重新派发 (the lease ended at {end})");
            return told(TaskDeed { due_at: Some(end), ..plain(Verb::Expire) }, why);
        }
        if stands.state == State::Waiting {
            return None;
        }
        let due_at = stands.due_at();
        let often = case.map_or(0, |case| case.expiries) >= self.policy.expiries_max;
        let rises = often || self.is_long_overdue(task, due_at, at);
        if rises && let Some(deed) = self.raised(task, &stands, plain(Verb::Escalate), at) {
            let why = if often {
                format!("{}次签收期满未办，提级 (leases ran out)", self.policy.expiries_max)
            } else {
                format!("逾期未办，提级 (the term ended at {due_at})")
            };
            let passed = case.and_then(|case| case.overdue_for);
            // First it is told that the term has passed.
            if often || passed == Some(due_at) {
                return told(TaskDeed { due_at: Some(due_at), ..deed }, why);
            }
        }
        let verb = self.tells(task, case, due_at, at)?;
        let what = if stands.state.awaits_acknowledgement() { "签收" } else { "研判" };
        let why = match verb {
            Verb::Overdue => format!("{what}期限已过 (the term ended at {due_at})"),
            _ => format!("{what}期限将至 (the term ends at {due_at})"),
        };
        told(TaskDeed { due_at: Some(due_at), ..plain(verb) }, why)
    }

    /// A reminder, or that a term has passed: each once for one end.
    fn tells(&self, task: &Task, case: Option<&Case>, due_at: Time, at: Moment) -> Option<Verb> {
        if at.clock > due_at {
            let told = case.and_then(|case| case.overdue_for) == Some(due_at);
            return (!told).then_some(Verb::Overdue);
        }
        let before = i64::from(self.policy.of(task.level).remind_minutes) * MINUTE;
        let told = case.and_then(|case| case.reminded_for) == Some(due_at);
        (before > 0 && !told && at.clock.0 >= due_at.0 - before).then_some(Verb::Remind)
    }

    fn is_long_overdue(&self, task: &Task, due_at: Time, at: Moment) -> bool {
        let after = self.policy.of(task.level).escalate_after;
        at.clock > due_at
            && after.is_some_and(|term| at.clock >= self.dispatch.calendar().due(due_at, term))
    }

    /// The step to the upper command level, with terms of its own.
    fn raised(
        &self,
        task: &Task,
        stands: &Standing,
        deed: TaskDeed,
        at: Moment,
    ) -> Option<TaskDeed> {
        if !rule(Verb::Escalate).from.contains(&stands.state) {
            return None;
        }
        let upper = self.dispatch.upper(&stands.agency, &task.division)?;
        let (ack_due_at, judge_due_at) = self.dispatch.terms(task.level, at.clock);
        Some(TaskDeed {
            agency: Some(upper.id.as_str().into()),
            terms: Some(Terms { ack_due_at, judge_due_at }),
            ..deed
        })
    }

    /// A measure whose time is over, or whose warning fell.
    fn lapsed(&self, case: Option<&Case>, fell: bool, at: Moment) -> Option<(MeasureDeed, String)> {
        let standing = case?.measures.iter().filter(|(_, one)| one.stands());
        for (id, one) in standing {
            let with = self.catalogue.measure(id).is_some_and(|m| m.undo == Undo::WithWarning);
            let why = match one.until {
                Some(until) if until <= at.clock => format!("措施期满 (it lapsed at {until})"),
                _ if fell && with => "预警已解除，措施随之解除 (the warning fell)".to_owned(),
                _ => continue,
            };
            return Some((MeasureDeed::of(id.clone()), why));
        }
        None
    }

    /// What the clock does with a matter now, if anything.
    pub fn due_of(&self, id: &Arc<str>, matter: &Matter, at: Moment) -> Option<Due> {
        let stage = matter.stage.as_ref()?;
        let due_at = matter.due_at?;
        let rule = self.policy.matter(&matter.kind).and_then(|kind| kind.stage(stage));
        let before = rule.map_or(0, |rule| i64::from(rule.remind_minutes)) * MINUTE;
        let (verb, why) = if at.clock > due_at {
            (MatterVerb::Overdue, format!("期限已过 (the term ended at {due_at})"))
        } else if before > 0 && at.clock.0 >= due_at.0 - before {
            (MatterVerb::Remind, format!("期限将至 (the term ends at {due_at})"))
        } else {
            return None;
        };
        let told = match verb {
            MatterVerb::Overdue => matter.overdue_for,
            _ => matter.reminded_for,
        };
        if told == Some(due_at) {
            return None;
        }
        let deed = MatterDeed {
            matter: id.clone(),
            version: matter.version,
            verb,
            kind: matter.kind.clone(),
            subject: matter.subject.clone(),
            division: matter.division.clone(),
            task: None,
            about: Vec::new(),
            agency: matter.agency.clone(),
            outcome: "".into(),
            stage: None,
            due_at: Some(due_at),
        };
        Some(Due::matter(deed, why))
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
