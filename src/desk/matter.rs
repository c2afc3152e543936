//! What else has a clock of its own? Referrals, complaints, objections and credit repair.
//!
//! A matter goes through the stages that the policy names; each stage has a term, and how it ends
//! says which stage follows. Stages and terms are data: an act carries the stage and the end of its
//! term as they were when it was handed in, so that a replay needs no policy. Invariant: a matter
//! is in one stage or closed; nothing happens to a closed one. Must not know: the law.

use crate::desk::Refused;
use crate::desk::act::Act;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is done with a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterVerb {
    /// It begins.
    Open,
    /// Its stage ended: the next one begins, or it is closed.
    End,
    /// The clock reminds.
    Remind,
    /// The clock finds a term passed.
    Overdue,
}

impl MatterVerb {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::End => "end",
            Self::Remind => "remind",
            Self::Overdue => "overdue",
        }
    }
}

/// A step of a matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatterDeed {
    /// The matter.
    pub matter: Arc<str>,
    /// Acts on it that the author knew of.
    pub version: u32,
    /// What is done.
    pub verb: MatterVerb,
    /// The kind, of an opening.
    #[serde(default)]
    pub kind: Arc<str>,
    /// The enterprise's code, of an opening.
    #[serde(default)]
    pub subject: Arc<str>,
    /// The division of the enterprise, of an opening: who may see it.
    #[serde(default)]
    pub division: Arc<str>,
    /// The task from which it arose.
    #[serde(default)]
    pub task: Option<Arc<str>>,
    /// What it is about: event ids, of an opening.
    #[serde(default)]
    pub about: Vec<String>,
    /// The agency that has it, of an opening.
    #[serde(default)]
    pub agency: Arc<str>,
    /// How the stage ended.
    #[serde(default)]
    pub outcome: Arc<str>,
    /// The stage that begins; none when it is closed.
    #[serde(default)]
    pub stage: Option<Arc<str>>,
    /// The end of that stage's term; of the clock's acts, of the term that passes.
    #[serde(default)]
    pub due_at: Option<Time>,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatterStep {
    /// The act.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// The account.
    pub by: Arc<str>,
    /// What.
    pub verb: MatterVerb,
    /// The stage in which it was.
    pub stage: Option<Arc<str>>,
    /// How the stage ended.
    pub outcome: Arc<str>,
    /// The end of the term that passed, of the clock's acts.
    pub due_at: Option<Time>,
    /// Why.
    pub reason: String,
}

/// Something with a clock of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// A kind of the policy, such as `referral`.
    pub kind: Arc<str>,
    /// The enterprise's code.
    pub subject: Arc<str>,
    /// Its division when the matter began.
    pub division: Arc<str>,
    /// The task from which it arose.
    pub task: Option<Arc<str>>,
    /// The events that it is about.
    pub about: Vec<String>,
    /// The agency that has it.
    pub agency: Arc<str>,
    /// Acts on it so far.
    pub version: u32,
    /// The stage; none when it is closed.
    pub stage: Option<Arc<str>>,
    /// When the stage began.
    pub since: Time,
    /// The end of its term; none when the policy gives none.
    pub due_at: Option<Time>,
    /// The end of the term of which the clock reminded last.
    pub reminded_for: Option<Time>,
    /// The end of the term that the clock found passed last.
    pub overdue_for: Option<Time>,
    /// All steps.
    pub steps: Vec<MatterStep>,
}

impl Matter {
    /// Whether nothing is left to do.
    pub const fn is_over(&self) -> bool {
        self.stage.is_none()
    }
}

/// Whether a step fits.
pub(super) fn check(
    matters: &BTreeMap<Arc<str>, Matter>,
    act: &Act,
    deed: &MatterDeed,
) -> Result<(), Refused> {
    let known = matters.get(&deed.matter);
    let version = known.map_or(0, |known| known.version);
    if version != deed.version {
        return Err(Refused::Stale { version });
    }
    let clocks = matches!(deed.verb, MatterVerb::Remind | MatterVerb::Overdue);
    if act.by.is_clock() != clocks {
        return Err(Refused::ByClock);
    }
    match (deed.verb, known) {
        (MatterVerb::Open, None) if deed.stage.is_some() => Ok(()),
        (MatterVerb::Open, _) => Err(Refused::Unfit("the matter is open already")),
        (_, Some(known)) if !known.is_over() => Ok(()),
        _ => Err(Refused::Unfit("the matter is closed")),
    }
}

/// Applies a step.
pub(super) fn step(
    matters: &mut BTreeMap<Arc<str>, Matter>,
    act: &Act,
    deed: &MatterDeed,
) -> Result<(), Refused> {
    check(matters, act, deed)?;
    let matter = matters.entry(deed.matter.clone()).or_insert_with(|| Matter {
        kind: deed.kind.clone(),
        subject: deed.subject.clone(),
        division: deed.division.clone(),
        task: deed.task.clone(),
        about: deed.about.clone(),
        agency: deed.agency.clone(),
        version: 0,
        stage: None,
        since: act.at,
        due_at: None,
        reminded_for: None,
        overdue_for: None,
        steps: Vec::new(),
    });
    let before = matter.stage.clone();
    match deed.verb {
        MatterVerb::Open | MatterVerb::End => {
            matter.stage.clone_from(&deed.stage);
            matter.due_at = deed.due_at;
            matter.since = act.at;
        }
        MatterVerb::Remind => matter.reminded_for = deed.due_at,
        MatterVerb::Overdue => matter.overdue_for = deed.due_at,
    }
    matter.version += 1;
    matter.steps.push(MatterStep {
        act: act.id.clone(),
        at: act.at,
        by: act.by.account.clone(),
        verb: deed.verb,
        stage: before,
        outcome: deed.outcome.clone(),
        due_at: deed.due_at,
        reason: act.reason.clone(),
    });
    Ok(())
}
