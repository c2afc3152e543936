//! What does the clock do by itself, and which matters have a clock? The policy as data.
//!
//! Invariant: a policy that passed [`PolicyFile::check`] has one rule for each level, and each
//! matter's stages lead to stages that exist or to the end. Must not know: tasks, acts.

use super::{Calendar, Term};
use crate::text::Level;
use crate::time::Time;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Stands for the end of a matter in `next`.
const END: &str = "end";

/// `models/desk/*.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Its name.
    pub id: String,
    /// After so many leases that ran out at one agency the task goes to the upper command level.
    pub expiries_max: u32,
    /// What the clock does at each level.
    pub level: Vec<LevelRule>,
    /// Matters with a clock of their own.
    pub matter: Vec<MatterRule>,
}

/// What the clock does with tasks of a level.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// The level.
    pub level: Level,
    /// A reminder comes so many minutes before a term ends.
    pub remind_minutes: u16,
    /// So long after a term has passed the task goes to the upper command level; never without.
    pub escalate_after: Option<Term>,
}

/// A kind of matter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterRule {
    /// Its id.
    pub kind: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Where the terms come from.
    pub basis: String,
    /// Its stages; it begins with the first.
    pub stage: Vec<StageRule>,
}

/// A stage of a matter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageRule {
    /// Its id.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// How long it may take; no clock runs without.
    pub term: Option<Term>,
    /// A reminder comes so many minutes before the term ends; none by default.
    #[serde(default)]
    pub remind_minutes: u16,
    /// The stage that follows each outcome; `end` closes the matter.
    pub next: BTreeMap<String, String>,
    /// What is not sure about the term.
    #[serde(default)]
    pub note: String,
}

impl PolicyFile {
    /// The policy that comes with the program.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn shipped() -> Self {
        toml::from_str(include_str!("../../models/desk/cn.toml")).expect("read by a test")
    }

    /// What is wrong with it.
    pub fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for level in Level::ALL {
            if self.level.iter().filter(|rule| rule.level == level).count() != 1 {
                problems.push(format!("desk policy: {level} needs one rule"));
            }
        }
        if self.expiries_max == 0 {
            problems.push("desk policy: expiries_max must be at least 1".to_owned());
        }
        let mut kinds = BTreeSet::new();
        for matter in &self.matter {
            if !kinds.insert(&matter.kind) {
                problems.push(format!("desk policy: matter {} stands twice", matter.kind));
            }
            if matter.stage.is_empty() {
                problems.push(format!("desk policy: matter {} has no stage", matter.kind));
            }
            for stage in &matter.stage {
                let known = |id: &str| id == END || matter.stage.iter().any(|one| one.id == id);
                for (outcome, _) in stage.next.iter().filter(|(_, next)| !known(next)) {
                    let place = format!("{}.{}", matter.kind, stage.id);
                    problems.push(format!("desk policy: {place}: {outcome} leads nowhere"));
                }
                if stage.next.is_empty() {
                    problems.push(format!("desk policy: {}.{}: no way on", matter.kind, stage.id));
                }
            }
        }
        problems
    }

    /// The rule of a level.
    pub fn of(&self, level: Level) -> LevelRule {
        let never = LevelRule { level, remind_minutes: 0, escalate_after: None };
        self.level.iter().find(|rule| rule.level == level).copied().unwrap_or(never)
    }

    /// A kind of matter.
    pub fn matter(&self, kind: &str) -> Option<&MatterRule> {
        self.matter.iter().find(|matter| matter.kind == kind)
    }
}

impl MatterRule {
    /// A stage.
    pub fn stage(&self, id: &str) -> Option<&StageRule> {
        self.stage.iter().find(|stage| stage.id == id)
    }
}

impl StageRule {
    /// The end of its term, when it begins at a moment.
    pub fn due(&self, calendar: &Calendar, start: Time) -> Option<Time> {
        self.term.map(|term| calendar.due(start, term))
    }

    /// What follows an outcome: a stage, or none at the end; `Err` when it is no outcome.
    ///
    /// # Errors
    /// With the outcomes that there are.
    pub fn after(&self, outcome: &str) -> Result<Option<&str>, String> {
        match self.next.get(outcome) {
            Some(next) if next == END => Ok(None),
            Some(next) => Ok(Some(next)),
            None => {
                let known: Vec<&str> = self.next.keys().map(String::as_str).collect();
                Err(known.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::calendar::tests::shipped as calendar;

    #[test]
    fn shipped_policy_has_no_fault() {
        assert_eq!(PolicyFile::shipped().check(), Vec::<String>::new());
    }

    #[test]
    fn a_referral_has_three_days_a_day_and_three_days() {
        let policy = PolicyFile::shipped();
        let referral = policy.matter("referral").expect("a kind");
        let calendar = calendar().calendar();
        let at = |text: &str| Time::parse(text).expect("a moment");
        // The day before the Spring Festival: days of the law run over days off.
        let mut start = at("2026-02-14T10:00:00+08:00");
        for (stage, outcome, due) in [
            ("decide", "transfer", "2026-02-18T00:00:00+08:00"),
            ("transfer", "done", "2026-02-19T00:00:00+08:00"),
            ("police", "filed", "2026-02-23T00:00:00+08:00"),
        ] {
            let rule = referral.stage(stage).expect("a stage");
            let end = rule.due(&calendar, start).expect("a term");
            assert_eq!(end, at(due), "{stage}");
            assert!(rule.next.contains_key(outcome), "{stage}");
            start = end;
        }
    }

    #[test]
    fn a_complaint_counts_working_days() {
        let policy = PolicyFile::shipped();
        let calendar = calendar().calendar();
        let complaint = policy.matter("complaint").expect("a kind");
        let start = Time::parse("2026-02-13T09:00:00+08:00").expect("a moment");
        let due = complaint.stage("accept").expect("a stage").due(&calendar, start);
        // 14 (worked), 24 to 28 (28 is worked), 2 March: the seventh.
        assert_eq!(due.expect("a term").to_string(), "2026-03-02T18:00:00+08:00");
    }

    #[test]
    fn a_stage_that_leads_nowhere_is_named() {
        let mut policy = PolicyFile::shipped();
        policy.matter[0].stage[0].next.insert("x".into(), "nowhere".into());
        policy.level.pop();
        let problems = policy.check();
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
