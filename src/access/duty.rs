//! Whose turn is it on a warning? The board's parts: mine, nobody's, overdue.
//!
//! Invariant: only tasks that the caller sees count.

use crate::access::view::{View, WarningFilter};
use crate::warning::Warning;

/// Whose turn it is on a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// The caller holds one of its tasks.
    Mine,
    /// Nobody holds one of its open tasks.
    Unassigned,
    /// A term of one of its tasks has passed.
    Overdue,
}

impl Duty {
    /// Reads a word of a query.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "mine" => Some(Self::Mine),
            "unassigned" => Some(Self::Unassigned),
            "overdue" => Some(Self::Overdue),
            _ => None,
        }
    }
}

impl View<'_> {
    /// Whether a task of the warning is so.
    pub(super) fn has_duty(&self, warning: &Warning, duty: Duty) -> bool {
        let me = &self.who().id;
        self.tasks_of(&warning.id).iter().any(|seen| {
            let standing = &seen.standing;
            match duty {
                Duty::Mine => standing.holder.as_deref() == Some(me),
                Duty::Unassigned => standing.is_free(),
                Duty::Overdue => standing.overdue,
            }
        })
    }

    /// How many warnings pass a filter.
    pub fn count_warnings(&self, filter: &WarningFilter) -> usize {
        self.warnings(filter, None, usize::MAX - 1).0.len()
    }
}
