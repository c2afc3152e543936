//! What can a case expect? The TOML of a case.
//!
//! Every rule names the records it is about (all its identifying fields must fit) and what must
//! hold for at least one of them; with `absent = true`, no such record may exist. Firms are named
//! by their short name in `[firms]`.

use crate::text::Level;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What happens, in one line.
    pub title: String,
    /// The scenario it stands for, such as `V1` (to be found) or `N7` (to be left alone).
    pub scenario: String,
    /// Why the expectation is right.
    pub why: String,
    /// Event files, relative to the case.
    pub events: Vec<String>,
    /// Short names of enterprises and their USCC.
    #[serde(default)]
    pub firms: BTreeMap<String, String>,
    /// Enterprises that must stay unsuspected: no open warning over blue and no flagged
    /// succession, in either part.
    #[serde(default)]
    pub quiet: Vec<String>,
    /// Texts that may occur in no result.
    #[serde(default)]
    pub nowhere: Vec<String>,
    /// Flagged pairs that the case does not judge, as `predecessor>successor`.
    #[serde(default)]
    pub tolerated: Vec<String>,
    /// Expected successions.
    #[serde(default, rename = "succession")]
    pub successions: Vec<SuccessionRule>,
    /// Expected warnings.
    #[serde(default, rename = "warning")]
    pub warnings: Vec<WarningRule>,
    /// Expected indices.
    #[serde(default)]
    pub index: Vec<IndexRule>,
    /// Expected flow patterns.
    #[serde(default, rename = "flow")]
    pub flows: Vec<FlowRule>,
    /// Expected controllers.
    #[serde(default)]
    pub control: Vec<ControlRule>,
    /// Expected tasks.
    #[serde(default, rename = "task")]
    pub tasks: Vec<TaskRule>,
    /// Expected dead letters.
    #[serde(default, rename = "dead_letter")]
    pub dead_letters: Vec<DeadLetterRule>,
    /// Expected counts.
    pub summary: Option<SummaryRule>,
}

/// A level, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelWord {
    /// No level: too weak to warn about.
    None,
    /// See [`Level::Blue`].
    Blue,
    /// See [`Level::Yellow`].
    Yellow,
    /// See [`Level::Orange`].
    Orange,
    /// See [`Level::Red`].
    Red,
}

impl LevelWord {
    /// The level of a record; `None` for null or anything unknown.
    pub fn of(value: &serde_json::Value) -> Self {
        let level = Level::ALL.into_iter().find(|level| value.as_str() == Some(level.word()));
        match level {
            None => Self::None,
            Some(Level::Blue) => Self::Blue,
            Some(Level::Yellow) => Self::Yellow,
            Some(Level::Orange) => Self::Orange,
            Some(Level::Red) => Self::Red,
        }
    }
}

/// A succession pair.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessionRule {
    /// The old firm.
    pub predecessor: String,
    /// The new firm.
    pub successor: String,
    /// No such pair (of at least `level_min`, where given).
    #[serde(default)]
    pub absent: bool,
    /// At least.
    pub level_min: Option<LevelWord>,
    /// At most.
    pub level_max: Option<LevelWord>,
    /// At least.
    pub confidence_min: Option<f64>,
    /// At most.
    pub confidence_max: Option<f64>,
    /// All of these families speak for it.
    #[serde(default)]
    pub families: Vec<String>,
    /// At least this many families speak for it.
    pub families_min: Option<usize>,
    /// The whole chain, first predecessor first.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Something is said against it.
    #[serde(default)]
    pub has_against: bool,
    /// First seen no later than this date.
    pub seen_by: Option<String>,
}

/// A warning.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningRule {
    /// Kinds, any of them; a trailing `*` stands for any ending.
    pub kind: Vec<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// All of these are among its subjects.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// At least this many subjects.
    pub subjects_min: Option<usize>,
    /// No such warning that is open (of at least `level_min`, where given).
    #[serde(default)]
    pub absent: bool,
    /// At least.
    pub level_min: Option<LevelWord>,
    /// At most.
    pub level_max: Option<LevelWord>,
    /// `open` (unless stated) or `withdrawn`.
    pub state: Option<String>,
    /// Raised no later than this date.
    pub raised_by: Option<String>,
}

/// An index.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexRule {
    /// Whose.
    pub firm: String,
    /// Not scored at all.
    #[serde(default)]
    pub absent: bool,
    /// At least this bad: A < B < C < D.
    pub grade_min: Option<String>,
    /// At most this bad.
    pub grade_max: Option<String>,
    /// At least.
    pub score_min: Option<i64>,
    /// At most.
    pub score_max: Option<i64>,
    /// All of these indicators contribute.
    #[serde(default)]
    pub with: Vec<String>,
    /// None of these does.
    #[serde(default)]
    pub without: Vec<String>,
}

/// A flow pattern.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowRule {
    /// The pattern in the contract's words.
    pub kind: Option<String>,
    /// The pattern by its own name.
    pub pattern: Option<String>,
    /// All of these are among its subjects.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// All of these are among its accounts.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// All of these are among its transfers.
    #[serde(default)]
    pub transfers: Vec<String>,
    /// No such instance.
    #[serde(default)]
    pub absent: bool,
}

/// A controller of an enterprise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlRule {
    /// Whose.
    pub firm: String,
    /// The controlling enterprise; a person when left out.
    pub controller: Option<String>,
    /// No controller at all (or not this one).
    #[serde(default)]
    pub absent: bool,
    /// The percentage, to three digits.
    pub pct: Option<f64>,
    /// Exactly through these.
    pub via: Option<Vec<String>>,
}

/// A task.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskRule {
    /// Kind of the warning behind it, as in [`WarningRule::kind`].
    pub kind: Vec<String>,
    /// Subject of the warning behind it.
    pub subject: Option<String>,
    /// No such task.
    #[serde(default)]
    pub absent: bool,
    /// The agency's id.
    pub agency: Option<String>,
    /// `dispatched` or `recalled`.
    pub state: Option<String>,
    /// At least.
    pub level_min: Option<LevelWord>,
    /// The division starts so.
    pub division: Option<String>,
}

/// Dead letters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterRule {
    /// The class.
    pub class: String,
    /// The field.
    pub field: Option<String>,
    /// How many; at least one when left out.
    pub count: Option<usize>,
    /// The kept original contains this.
    pub original: Option<String>,
}

/// Counts of a run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryRule {
    /// Lines read.
    pub read: Option<u64>,
    /// Accepted.
    pub accepted: Option<u64>,
    /// Dropped as duplicates.
    pub duplicate: Option<u64>,
    /// Rejected.
    pub dead: Option<u64>,
}

impl Case {
    /// The code of a short name.
    pub fn code<'a>(&'a self, name: &'a str) -> &'a str {
        self.firms.get(name).map_or(name, String::as_str)
    }

    /// Whether every firm that a rule names is known.
    pub(super) fn check_names(&self) -> Result<(), String> {
        let mut used: Vec<&String> = self.quiet.iter().collect();
        for rule in &self.successions {
            used.extend([&rule.predecessor, &rule.successor]);
            used.extend(&rule.chain);
        }
        for rule in &self.warnings {
            used.extend(rule.subject.iter().chain(&rule.subjects));
        }
        used.extend(self.index.iter().map(|rule| &rule.firm));
        used.extend(self.flows.iter().flat_map(|rule| &rule.subjects));
        for rule in &self.control {
            used.extend([&rule.firm].into_iter().chain(&rule.controller));
            used.extend(rule.via.iter().flatten());
        }
        used.extend(self.tasks.iter().filter_map(|rule| rule.subject.as_ref()));
        match used.iter().find(|name| !self.firms.contains_key(**name)) {
            None => Ok(()),
            Some(name) => Err(format!("no firm \"{name}\" in [firms]")),
        }
    }
}
