//! How are persons told apart without being named? By numbers that hold in one dossier alone.
//!
//! Invariant: what leaves here is neither a name nor a pseudonym, nor a number of a person.

use crate::event::{Person, mask};
use crate::id::PersonKey;
use crate::text::Text;
use std::collections::BTreeMap;

/// Digits of a mobile phone in mainland China.
const MOBILE_DIGITS: usize = 11;

/// The persons of one dossier, numbered in the order in which they appear.
#[derive(Debug, Default)]
pub(super) struct Persons(BTreeMap<PersonKey, usize>);

impl Persons {
    /// The number of a person, from 1.
    pub(super) fn number(&mut self, key: PersonKey) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(key).or_insert(next)
    }

    /// What a person is called here.
    pub(super) fn shown(&mut self, key: PersonKey) -> Text {
        let number = self.number(key);
        Text::new(format!("自然人{number}"), format!("natural person {number}"))
    }

    /// As [`Self::shown`], of a person who may have come without an identity.
    pub(super) fn of(&mut self, person: Person) -> Text {
        match person.0 {
            Some(key) => self.shown(key),
            None => Text::new("身份不明的自然人", "a natural person without an identity"),
        }
    }
}

/// Free text of a feed as it may be shown: numbers of persons, phones and mail addresses masked.
pub(super) fn plain(text: &str) -> String {
    let masked = mask(text);
    let mut out = String::with_capacity(masked.len());
    let mut rest = &*masked;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..start]);
        let tail = &rest[start..];
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let run = &tail[..end];
        if run.len() == MOBILE_DIGITS && run.starts_with('1') {
            out.push_str("***********");
        } else {
            out.push_str(run);
        }
        rest = &tail[end..];
    }
    out.push_str(rest);
    without_mail(&out)
}

fn without_mail(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let local = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('@').enumerate() {
        if at == 0 {
            out.push_str(part.trim_end_matches(local));
            continue;
        }
        out.push_str("***@***");
        out.push_str(part.trim_start_matches(local).trim_end_matches(local));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hold_within_one_dossier() {
        let mut persons = Persons::default();
        let (a, b) = (PersonKey(7), PersonKey(9));
        assert_eq!(persons.shown(a).en, "natural person 1");
        assert_eq!(persons.shown(b).zh, "自然人2");
        assert_eq!(persons.shown(a).zh, "自然人1");
    }

    #[test]
    fn free_text_loses_what_identifies() {
        for (given, shown) in [
            ("八所镇解放路12号", "八所镇解放路12号"),
            ("联系13800138000收货", "联系***********收货"),
            ("证件11010519491231002X", "证件******"),
            ("写信到 li.si@example.com 即可", "写信到 ***@*** 即可"),
            ("编号123456789012", "编号123456789012"),
        ] {
            assert_eq!(plain(given), shown);
        }
    }
}
