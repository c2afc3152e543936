//! Which words may a rule name? Grades, patterns, signs, bars, kinds of group.
//!
//! Must not know: state.

use crate::risk::Grade;
use crate::text::Text;
use serde::Deserialize;

/// A statutory bar to simple deregistration (登记管理条例 33, 实施细则 48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// In the list of abnormal operations.
    AbnormalList,
    /// In the list of serious violations.
    SeriousList,
    /// Equity frozen or pledged.
    EquityFrozen,
    /// Under a filed investigation.
    CaseFiled,
    /// In litigation.
    Litigation,
    /// Under enforcement.
    Enforcement,
    /// A fine that is not fully paid.
    UnpaidFine,
    /// Holds stakes in others.
    HoldsStakes,
    /// Licence revoked or ordered to close.
    Revoked,
}

/// What makes a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Division of GB/T 4754.
    Industry,
    /// GB/T 2260, as far as it is known: the town.
    Town,
}

impl GroupBy {
    /// Its word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Industry => "industry",
            Self::Town => "town",
        }
    }

    /// A group of its kind, as it is said.
    pub(super) fn named(self, label: &str) -> Text {
        match self {
            Self::Industry => Text::new(format!("行业{label}"), format!("industry {label}")),
            Self::Town => Text::new(format!("区划{label}"), format!("division {label}")),
        }
    }
}

/// A grade, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the four grades")]
pub enum GradeName {
    A,
    B,
    C,
    D,
}

impl GradeName {
    /// The grade.
    pub(super) const fn grade(self) -> Grade {
        match self {
            Self::A => Grade::A,
            Self::B => Grade::B,
            Self::C => Grade::C,
            Self::D => Grade::D,
        }
    }
}

/// A fund-flow pattern, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the patterns of the contract")]
pub enum Pattern {
    Cycle,
    FanIn,
    FanOut,
    ScatterGather,
    GatherScatter,
    PassThrough,
    Structuring,
    DormantWake,
    EfLeakage,
    SpecialDrain,
    AssetShift,
}

/// A sign of smuggling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// A smuggling case.
    SmugglingCase,
    /// No proof of lawful origin at the end of the term.
    NoProof,
    /// No proof yet, the term runs.
    ProofPending,
    /// Stock does not fit the papers.
    StorageMismatch,
    /// A landing at night off the customs ports.
    NightLanding,
    /// A vessel without papers.
    NoPapers,
    /// Two tracks, one number.
    IdentityClash,
    /// A gap in a track.
    TrackGap,
}
