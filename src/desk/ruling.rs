//! What does a finding do to its warning? Closes it, keeps it, or lowers it.
//!
//! The warning itself follows from events alone; what people found out about it is kept beside it.
//! Invariant: a ruling holds as long as the warning is no higher than it was when the finding was
//! made: a warning that rises is looked at anew. Must not know: why it was raised.

use crate::desk::act::{Act, Finding, Outcome, TaskDeed};
use crate::text::Level;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a finding does to its warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It was so, or it could not be told: the warning stays.
    Kept,
    /// It was so in part: one level lower.
    Lowered,
    /// It was not so: nothing is left to do.
    Closed,
}

impl Effect {
    /// The effect of an outcome.
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Confirmed | Outcome::Unverified => Self::Kept,
            Outcome::Partly => Self::Lowered,
            Outcome::Unfounded => Self::Closed,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Lowered => "lowered",
            Self::Closed => "closed",
        }
    }

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Kept, Self::Lowered, Self::Closed].into_iter().find(|one| one.word() == word)
    }
}

/// What the lead's finding did to a warning, once a dispatcher closed the lead's task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The act that closed the task.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// The account that closed it.
    pub by: Arc<str>,
    /// What was found.
    pub outcome: Outcome,
    /// What it does.
    pub effect: Effect,
    /// The warning's level as it was judged.
    pub level: Level,
}

impl Ruling {
    /// Of a closing act and the last finding before it.
    pub(super) fn of(act: &Act, deed: &TaskDeed, finding: &Finding) -> Self {
        Self {
            act: act.id.clone(),
            at: act.at,
            by: act.by.account.clone(),
            outcome: finding.outcome,
            effect: Effect::of(finding.outcome),
            level: deed.round.level,
        }
    }

    /// Whether it still holds for a warning of this level.
    pub fn holds(&self, level: Level) -> bool {
        level <= self.level
    }

    /// The level at which a warning of this level is to be treated; none when it is closed.
    pub fn treated_at(&self, level: Level) -> Option<Level> {
        match self.effect {
            _ if !self.holds(level) => Some(level),
            Effect::Kept => Some(level),
            Effect::Closed => None,
            Effect::Lowered => {
                // One below what was judged, if the warning is not lower by itself.
                let below = Level::ALL.into_iter().filter(|other| *other < self.level).max();
                Some(below.unwrap_or(self.level).min(level))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruling(outcome: Outcome) -> Ruling {
        Ruling {
            act: "a".into(),
            at: Time(0),
            by: "u1".into(),
            outcome,
            effect: Effect::of(outcome),
            level: Level::Orange,
        }
    }

    #[test]
    fn findings_close_keep_or_lower_until_the_warning_rises() {
        use Level::{Blue, Orange, Red, Yellow};
        for (outcome, at, treated) in [
            (Outcome::Confirmed, Orange, Some(Orange)),
            (Outcome::Unverified, Orange, Some(Orange)),
            (Outcome::Partly, Orange, Some(Yellow)),
            (Outcome::Partly, Blue, Some(Blue)),
            (Outcome::Partly, Red, Some(Red)),
            (Outcome::Unfounded, Orange, None),
            (Outcome::Unfounded, Yellow, None),
            (Outcome::Unfounded, Red, Some(Red)),
        ] {
            assert_eq!(ruling(outcome).treated_at(at), treated, "{outcome:?} at {at:?}");
        }
        let lowest = Ruling { level: Blue, ..ruling(Outcome::Partly) };
        assert_eq!(lowest.treated_at(Blue), Some(Blue), "nothing is below");
    }
}
