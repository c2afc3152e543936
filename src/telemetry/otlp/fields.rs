//! What of a span's fields is told? Numbers, and words that stand on a list.

use std::fmt::Debug;
use tracing::field::{Field as Name, Visit};

/// Fields whose words are told: they come from the router, from enums, or are ids of requests.
pub const WORDS: [&str; 4] = ["request", "method", "route", "protocol"];

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    Whole(i64),
    Number(f64),
    YesNo(bool),
    Word(String),
}

/// The fields of a span, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(pub(super) Vec<(&'static str, Field)>);

impl Fields {
    /// A whole number that is not negative.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.0.iter().find(|(known, _)| *known == name) {
            Some((_, Field::Whole(number))) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    fn put(&mut self, name: &Name, value: Field) {
        let name = name.name();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, name: &Name, value: f64) {
        self.put(name, Field::Number(value));
    }

    fn record_i64(&mut self, name: &Name, value: i64) {
        self.put(name, Field::Whole(value));
    }

    fn record_u64(&mut self, name: &Name, value: u64) {
        self.put(name, Field::Whole(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, name: &Name, value: bool) {
        self.put(name, Field::YesNo(value));
    }

    fn record_str(&mut self, name: &Name, value: &str) {
        if WORDS.contains(&name.name()) {
            self.put(name, Field::Word(value.to_owned()));
        }
    }

    fn record_debug(&mut self, name: &Name, value: &dyn Debug) {
        if WORDS.contains(&name.name()) {
            self.put(name, Field::Word(format!("{value:?}")));
        }
    }
}
