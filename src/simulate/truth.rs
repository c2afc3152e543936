//! What is really so? The planted cases, as written to `truth.json`.
//!
//! Invariant: every code in it is a code of an enterprise of the same city. Extra keys may be
//! added by other generators and are ignored.

use serde::{Deserialize, Serialize};

/// All planted cases of a city.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Enterprises that live on under another registration.
    pub successions: Vec<TrueSuccession>,
    /// True successions that do not show before the end: neither right nor wrong when flagged.
    #[serde(default)]
    pub unripe: Vec<(String, String)>,
    /// Enterprises that look bad and are not.
    #[serde(default)]
    pub decoys: Vec<Decoy>,
    /// Planted money flows.
    #[serde(default)]
    pub flows: Vec<TrueFlow>,
    /// Planted cases that must be warned about by a kind of their own.
    #[serde(default)]
    pub warnings: Vec<TrueWarning>,
}

/// A true succession.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueSuccession {
    /// Code of the enterprise that was left behind.
    pub predecessor: String,
    /// Code of the enterprise that carries it on.
    pub successor: String,
    /// `V1` … `V16`.
    #[serde(default)]
    pub scenario: String,
    /// `easy`, `medium` or `hard`: the third of the owner's skill.
    #[serde(default)]
    pub difficulty: String,
    /// The owner's skill in hiding, 0 to 1.
    #[serde(default)]
    pub skill: f64,
    /// What the owner did to hide it, such as `straw_man` or `new_phone`.
    #[serde(default)]
    pub evasions: Vec<String>,
    /// Event time of the event that makes it visible: from then on the trouble, the successor and
    /// at least three kinds of tie, one of them of control, assets or staff, are known (RFC 3339).
    #[serde(default)]
    pub visible_at: String,
    /// Event time of the first official action against the successor, or against the predecessor
    /// as an empty shell, after the successor appeared; none where there is none before the end.
    #[serde(default)]
    pub first_official_at: Option<String>,
    /// Kinds of tie that were planted and can be seen.
    #[serde(default)]
    pub ties: Vec<String>,
}

/// Enterprises that must not be flagged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decoy {
    /// `N1` … `N30`, and `V10` (a mere change of name).
    pub kind: String,
    /// The codes concerned.
    #[serde(default)]
    pub enterprises: Vec<String>,
    /// Pairs that look like predecessor and successor.
    #[serde(default)]
    pub pairs: Vec<(String, String)>,
    /// Transfers that look like a pattern.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<String>,
    /// Kinds of warning, or their beginnings, that would be false alarms about these enterprises,
    /// beside switches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A true flow pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueFlow {
    /// The contract's pattern name.
    pub kind: String,
    /// `V17` … `V21`.
    #[serde(default)]
    pub scenario: String,
    /// Account tokens.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// `txn_id`s.
    #[serde(default)]
    pub transfers: Vec<String>,
    /// Codes of the enterprises behind the accounts.
    #[serde(default)]
    pub subjects: Vec<String>,
}

/// A case that calls for a warning other than `vest_switch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueWarning {
    /// Kind of warning, such as `deregistration_conflict`.
    pub kind: String,
    /// One enterprise of the case.
    pub subject: String,
    /// All enterprises of the case, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// `V8` … `V23`.
    #[serde(default)]
    pub scenario: String,
}
