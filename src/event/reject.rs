//! What is wrong with it? The classes of the contract, section 4, and a rejection that names the
//! field and the rule and repeats no personal identifier.

use std::fmt;

/// The error classes, in the order in which they apply: an event with several faults gets the
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Not UTF-8, not JSON, not an object, a duplicate key, too long, too deep.
    Malformed,
    /// A required attribute is missing or of the wrong form.
    Envelope,
    /// No such type.
    UnknownType,
    /// A required field is missing, a wrong JSON type, a word that is not listed.
    Schema,
    /// Well-formed but impossible.
    InvalidValue,
    /// A number of the wrong length or whose check digit fails.
    Identity,
    /// Seen before with other content.
    Conflict,
    /// Older than the retention horizon.
    TooLate,
}

impl Class {
    /// All classes, in order.
    pub const ALL: [Self; 8] = [
        Self::Malformed,
        Self::Envelope,
        Self::UnknownType,
        Self::Schema,
        Self::InvalidValue,
        Self::Identity,
        Self::Conflict,
        Self::TooLate,
    ];

    /// The class of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }

    /// The contract's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Envelope => "envelope",
            Self::UnknownType => "unknown_type",
            Self::Schema => "schema",
            Self::InvalidValue => "invalid_value",
            Self::Identity => "identity",
            Self::Conflict => "conflict",
            Self::TooLate => "too_late",
        }
    }
}

/// Why an event is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The class.
    pub class: Class,
    /// The field, as a path such as `data.holders[0].pct`; `None` when the whole line is at fault.
    pub field: Option<String>,
    /// What was expected.
    pub rule: String,
}

impl Reject {
    /// A rejection of a field.
    pub fn of(class: Class, field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { class, field: Some(field.into()), rule: rule.into() }
    }

    /// A rejection of a whole line.
    pub fn line(class: Class, rule: impl Into<String>) -> Self {
        Self { class, field: None, rule: rule.into() }
    }
}

/// Field and rule.
impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "\"{field}\": {}", self.rule),
            None => f.write_str(&self.rule),
        }
    }
}
