//! What becomes of a warning? Raised, changed, held, withdrawn, opened again.
//!
//! Invariant: a warning keeps its id and the moment it was first raised; `updated_at` never goes
//! back; what did not change is not told again. Must not know: how a finding came about.

use super::config::{Config, RuleFile};
use super::finding::Finding;
use super::{Place, Warning, WarningDelta};
use crate::id::EntityId;
use crate::text::{Level, Text};
use crate::time::{Day, Time};
use std::sync::Arc;

/// A warning and what its lowering depends on.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Entry {
    pub(super) warning: Arc<Warning>,
    /// The last day on which a finding deserved the level that it has.
    deserved_on: Day,
}

/// What a warning is about, beside its finding.
pub(super) struct About<'a> {
    pub(super) id: Arc<str>,
    pub(super) subject: Option<EntityId>,
    pub(super) place: Place,
    pub(super) rule: &'a RuleFile,
    pub(super) config: &'a Config,
    /// When the change was caused.
    pub(super) cause: Time,
    /// A fact that the warning rests on was withdrawn, corrected, repaired or annulled today.
    pub(super) basis_fell: bool,
    pub(super) today: Day,
}

/// What is told, and when to look again.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Outcome {
    pub(super) entry: Option<Entry>,
    pub(super) delta: Option<WarningDelta>,
    pub(super) again: Option<Day>,
}

/// The next state of a warning.
pub(super) fn settle(
    about: &About<'_>,
    before: Option<&Entry>,
    finding: Option<Finding>,
) -> Outcome {
    let open = before.filter(|entry| entry.warning.open);
    let current = open.map(|entry| entry.warning.level);
    let again = finding.as_ref().and_then(|finding| finding.again);
    let deserved = finding.as_ref().and_then(|finding| finding.level);
    let keep = finding.as_ref().and_then(|finding| finding.keep);
    let mut outcome = Outcome { again, ..Outcome::default() };
    let mut level = deserved;
    if let (Some(entry), Some(had)) = (open, current) {
        let falls = deserved.is_none_or(|level| level < had);
        let near = keep.is_some_and(|keep| keep >= had);
        let days = if near {
            about.rule.keep_days.max(about.rule.hold_days)
        } else {
            about.rule.hold_days
        };
        let until = entry.deserved_on.plus(i32::from(days));
        if falls && !about.basis_fell && about.today < until {
            level = current;
            outcome.again = Some(again.map_or(until, |day| day.min(until)));
        }
    }
    let deserved_on = match open {
        Some(entry) if deserved.is_none_or(|d| Some(d) < level) => entry.deserved_on,
        _ => about.today,
    };
    match (level, finding) {
        (Some(level), Some(finding)) if !finding.evidence.is_empty() => {
            told(about, before, level, deserved_on, finding, &mut outcome);
        }
        // Held although nothing is found any more: it stays as it was told.
        (Some(_), _) => outcome.entry = before.cloned(),
        (None, _) => {
            if let Some(entry) = open {
                withdrawn(about, entry, &mut outcome);
            } else {
                outcome.entry = before.cloned();
            }
        }
    }
    outcome
}

fn told(
    about: &About<'_>,
    before: Option<&Entry>,
    level: Level,
    deserved_on: Day,
    finding: Finding,
    outcome: &mut Outcome,
) {
    let open = before.filter(|entry| entry.warning.open);
    let earliest = before.map_or(about.cause, |entry| about.cause.max(entry.warning.updated_at));
    let mut warning = Warning {
        id: about.id.clone(),
        kind: about.rule.kind.clone(),
        subject: about.subject,
        subjects: finding.subjects,
        place: about.place.clone(),
        level,
        open: true,
        raised_at: before.map_or(about.cause, |entry| entry.warning.raised_at),
        updated_at: earliest,
        score: finding.score,
        summary: about.rule.summary.filled(&finding.values),
        evidence: finding.evidence,
        against: finding.against,
        measures: about.config.measures(&about.rule.kind, level),
        withdrawn_because: None,
    };
    if let Some(entry) = open {
        let moment = std::mem::replace(&mut warning.updated_at, entry.warning.updated_at);
        if warning == *entry.warning {
            outcome.entry = Some(Entry { warning: entry.warning.clone(), deserved_on });
            return;
        }
        warning.updated_at = moment;
    }
    let warning = Arc::new(warning);
    outcome.delta = Some(WarningDelta {
        warning: warning.clone(),
        level_before: open.map(|entry| entry.warning.level),
    });
    outcome.entry = Some(Entry { warning, deserved_on });
}

fn withdrawn(about: &About<'_>, entry: &Entry, outcome: &mut Outcome) {
    let mut warning = (*entry.warning).clone();
    let why = about.rule.fallen.plain();
    warning.open = false;
    warning.updated_at = about.cause.max(warning.updated_at);
    warning.withdrawn_because = Some(if about.basis_fell {
        Text::new(
            format!("所依据的事实已被撤回、更正、修复或异议成立；{}", why.zh),
            format!(
                "A fact it rested on was withdrawn, corrected, repaired or annulled; {}",
                why.en
            ),
        )
    } else {
        why
    });
    let warning = Arc::new(warning);
    outcome.delta =
        Some(WarningDelta { warning: warning.clone(), level_before: Some(entry.warning.level) });
    outcome.entry = Some(Entry { warning, deserved_on: entry.deserved_on });
}
