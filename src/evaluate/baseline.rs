//! What would a simple rule find? The naive baseline, from the same events alone.
//!
//! Rule: an enterprise that is registered within a year after another was punished, and shares a
//! person, a phone or an address with it as written. No weights, no counter-evidence; blanks and
//! widths of characters are evened out, nothing else. The more kinds are shared, the higher the
//! rank. Must not know: what the truth is, and how the pipeline looks at things.

use super::pairs::{Found, PairReport, Share};
use super::read;
use crate::time::Day;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use unicode_normalization::UnicodeNormalization as _;

/// Days after a penalty within which a newcomer is suspect.
const WITHIN_DAYS: i32 = 365;

/// The baseline, found against true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BaselineReport {
    /// Pairs that the rule flags.
    pub flagged: usize,
    /// True ones of these.
    pub precision: f64,
    /// True pairs found.
    pub recall: f64,
    /// As of the pipeline's pairs; many ranks are shared and go by code.
    pub average_precision: f64,
    /// True pairs found, by difficulty.
    pub by_difficulty: BTreeMap<String, Share>,
    /// Decoys flagged, by kind.
    pub decoys: BTreeMap<String, Share>,
}

impl From<PairReport> for BaselineReport {
    fn from(pairs: PairReport) -> Self {
        Self {
            flagged: pairs.flagged,
            precision: pairs.precision,
            recall: pairs.recall,
            average_precision: pairs.average_precision,
            by_difficulty: pairs.by_difficulty,
            decoys: pairs.decoys,
        }
    }
}

/// What is known of all enterprises.
#[derive(Debug, Default)]
struct Register {
    numbers: FxHashMap<String, usize>,
    codes: Vec<String>,
    /// Values of each enterprise, as (kind, value).
    values: Vec<FxHashSet<(u8, String)>>,
    founded: Vec<Option<Day>>,
    punished: Vec<Vec<Day>>,
}

const PERSON: u8 = 0;
const PHONE: u8 = 1;
const ADDRESS: u8 = 2;

/// The pairs that the rule flags; `None` where no event files lie in the folder.
pub(super) fn pairs(folder: &Path) -> Result<Option<Vec<Found>>, read::Error> {
    let files = read::event_files(folder);
    if files.is_empty() {
        return Ok(None);
    }
    let mut register = Register::default();
    for file in &files {
        read::each_line(file, |line| {
            let of_use = line.contains("\"registration.") || line.contains("\"penalty.decided\"");
            // What is no JSON is for the pipeline to refuse.
            if of_use && let Ok(event) = serde_json::from_str::<Value>(line) {
                register.take(&event);
            }
        })?;
    }
    Ok(Some(register.suspects()))
}

impl Register {
    fn number(&mut self, code: &str) -> usize {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        let number = self.codes.len();
        self.numbers.insert(code.to_owned(), number);
        self.codes.push(code.to_owned());
        self.values.push(FxHashSet::default());
        self.founded.push(None);
        self.punished.push(Vec::new());
        number
    }

    fn take(&mut self, event: &Value) {
        let data = &event["data"];
        let Some(code) = data["uscc"].as_str().filter(|_| event["op"] != "retract") else { return };
        let firm = self.number(code);
        let day = |value: &Value| value.as_str().and_then(Day::parse);
        match event["type"].as_str() {
            Some("registration.established") => {
                self.founded[firm] = day(&data["established_on"]);
                for item in ["legal_rep", "officers", "holders", "liaison", "phones", "domicile"] {
                    self.note(firm, item, &data[item]);
                }
            }
            Some("registration.changed") => {
                for change in data["changes"].as_array().into_iter().flatten() {
                    let item = change["item"].as_str().unwrap_or_default();
                    self.note(firm, item, &change["after"]);
                }
            }
            Some("penalty.decided") => self.punished[firm].extend(day(&data["decided_on"])),
            _ => {}
        }
    }

    fn note(&mut self, firm: usize, item: &str, value: &Value) {
        let values = &mut self.values[firm];
        match item {
            "phones" => {
                let phones = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                values.extend(phones.map(|phone| (PHONE, plain(phone))));
            }
            "domicile" => values.extend(value.as_str().map(|text| (ADDRESS, plain(text)))),
            "legal_rep" | "officers" | "holders" | "liaison" => persons(value, values),
            _ => {}
        }
    }

    fn suspects(&self) -> Vec<Found> {
        let mut holders: FxHashMap<&(u8, String), Vec<usize>> = FxHashMap::default();
        for (firm, values) in self.values.iter().enumerate() {
            for value in values.iter().filter(|_| self.founded[firm].is_some()) {
                holders.entry(value).or_default().push(firm);
            }
        }
        let scored = |firm: usize| !self.codes[firm].starts_with("92");
        let mut found = Vec::new();
        for old in (0..self.codes.len()).filter(|f| !self.punished[*f].is_empty() && scored(*f)) {
            let mut kinds: BTreeMap<usize, u8> = BTreeMap::new();
            for value in &self.values[old] {
                for new in holders.get(value).into_iter().flatten() {
                    *kinds.entry(*new).or_default() |= 1 << value.0;
                }
            }
            kinds.retain(|new, _| *new != old && scored(*new) && self.follows(old, *new));
            found.extend(kinds.into_iter().map(|(new, kinds)| self.suspect(old, new, kinds)));
        }
        found
    }

    fn follows(&self, old: usize, new: usize) -> bool {
        let Some(founded) = self.founded[new] else { return false };
        self.punished[old].iter().any(|day| (0..=WITHIN_DAYS).contains(&founded.since(*day)))
    }

    fn suspect(&self, old: usize, new: usize, kinds: u8) -> Found {
        Found {
            predecessor: self.codes[old].clone(),
            successor: self.codes[new].clone(),
            confidence: f64::from(kinds.count_ones()) / 3.0,
            level: Some("yellow".to_owned()),
            first_seen_at: String::new(),
        }
    }
}

/// Numbers of all persons in a value, however deep.
fn persons(value: &Value, into: &mut FxHashSet<(u8, String)>) {
    match value {
        Value::Object(fields) => {
            for key in ["id_no", "ref"] {
                let number = fields.get(key).and_then(Value::as_str);
                into.extend(number.map(|number| (PERSON, number.to_owned())));
            }
            fields.values().for_each(|field| persons(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| persons(item, into)),
        _ => {}
    }
}

/// Text without blanks and widths.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn founded(code: &str, on: &str, phone: &str) -> Value {
        json!({"type": "registration.established", "data": {"uscc": code, "established_on": on,
               "phones": [phone], "domicile": format!("{code} 路 1 号"),
               "legal_rep": {"id_no": format!("P{code}"), "name": "王伟"}}})
    }

    #[test]
    fn flags_newcomers_with_a_shared_value_within_a_year() {
        let mut register = Register::default();
        for event in [
            founded("91A", "2020-01-01", "138 0000 0000"),
            founded("91B", "2025-03-01", "１3800000000"),
            founded("91C", "2025-03-01", "13911111111"),
            founded("91D", "2026-09-01", "13800000000"),
            founded("92E", "2025-03-01", "13800000000"),
            json!({"type": "penalty.decided", "data": {"uscc": "91A", "decided_on": "2025-01-01"}}),
        ] {
            register.take(&event);
        }
        let found = register.suspects();
        let pairs: Vec<_> =
            found.iter().map(|f| (f.predecessor.as_str(), f.successor.as_str())).collect();
        assert_eq!(pairs, [("91A", "91B")]);
    }
}
