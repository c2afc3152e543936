//! Does what must hold of every run hold? Checked with each case, whatever it is about.

use super::Results;
use super::rules::{Case, LevelWord};
use serde_json::Value;
use std::collections::BTreeSet;

/// What the events of a case tell that may, or may not, come out.
#[derive(Debug, Default)]
pub(super) struct Input {
    /// Event ids, as `source#id`.
    events: BTreeSet<String>,
    /// Numbers of persons: nowhere in any result.
    numbers: BTreeSet<String>,
    /// Names of persons and phone numbers: nowhere in what is said.
    private: BTreeSet<String>,
}

impl Input {
    /// Takes one event.
    pub(super) fn take(&mut self, event: &Value) {
        if let (Some(source), Some(id)) = (event["source"].as_str(), event["id"].as_str()) {
            self.events.insert(format!("{source}#{id}"));
        }
        self.persons(&event["data"]);
    }

    fn persons(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(number) = fields.get("id_no").and_then(Value::as_str) {
                    self.numbers.insert(number.to_owned());
                    let name = fields.get("name").and_then(Value::as_str);
                    self.private.extend(name.map(str::to_owned));
                }
                let phones = fields.get("phones").and_then(Value::as_array);
                let phones = phones.into_iter().flatten().filter_map(Value::as_str);
                self.private.extend(phones.map(str::to_owned));
                fields.values().for_each(|field| self.persons(field));
            }
            Value::Array(items) => items.iter().for_each(|item| self.persons(item)),
            _ => {}
        }
    }
}

/// Everything that does not hold.
pub(super) fn failures(case: &Case, input: &Input, results: &Results) -> Vec<String> {
    let mut failures = Vec::new();
    failures.extend(results.index.iter().filter_map(contributions));
    failures.extend(results.warnings.iter().flat_map(|warning| evidence(warning, input)));
    failures.extend(results.successions.iter().filter_map(|pair| unexpected(case, pair)));
    failures.extend(counts(&results.summary));
    for (file, records) in results.files() {
        for record in records {
            let text = record.to_string();
            failures.extend(sole_trader(file, record));
            failures.extend(leak(file, &text, input));
            let named = case.nowhere.iter().find(|word| text.contains(word.as_str()));
            failures.extend(named.map(|word| format!("{file}: \"{word}\" occurs in {text}")));
        }
    }
    failures
}

fn contributions(index: &Value) -> Option<String> {
    let lines = index["contributions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let sum: i64 = lines.iter().filter_map(|line| line["points"].as_i64()).sum();
    let score = index["score"].as_i64()?;
    let fits = sum == score && (0..=1000).contains(&score);
    (!fits).then(|| format!("index of {}: {sum} points make a score of {score}", index["uscc"]))
}

fn evidence(warning: &Value, input: &Input) -> Vec<String> {
    let lines = warning["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    let id = &warning["id"];
    let mut failures = Vec::new();
    if lines.len() < 3 {
        failures.push(format!("warning {id}: {} lines of evidence", lines.len()));
    }
    for line in lines.iter().chain(warning["against"].as_array().into_iter().flatten()) {
        let said = line["statement"]["zh"].as_str().unwrap_or_default();
        let events: Vec<&str> =
            line["events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if said.is_empty() || line["statement"]["en"].as_str().is_none_or(str::is_empty) {
            failures.push(format!("warning {id}: a statement is empty"));
        }
        let unknown = events.iter().find(|event| !input.events.contains(**event));
        failures.extend(unknown.map(|event| format!("warning {id}: no event {event}")));
    }
    let bare = lines.iter().filter(|line| line["events"].as_array().is_none_or(Vec::is_empty));
    failures
        .extend(bare.map(|line| format!("warning {id}: no events behind {}", line["statement"])));
    failures
}

/// A flagged pair that no rule of the case is about.
fn unexpected(case: &Case, pair: &Value) -> Option<String> {
    let (old, new) = (pair["predecessor"].as_str()?, pair["successor"].as_str()?);
    let flagged = LevelWord::of(&pair["level"]) > LevelWord::Blue;
    let named = case
        .successions
        .iter()
        .any(|rule| case.code(&rule.predecessor) == old && case.code(&rule.successor) == new);
    let tolerated = case.tolerated.iter().filter_map(|pair| pair.split_once('>'));
    let tolerated = tolerated.into_iter().any(|(a, b)| case.code(a) == old && case.code(b) == new);
    (flagged && !named && !tolerated).then(|| {
        let name = |code: &str| {
            let known = case.firms.iter().find(|(_, known)| known.as_str() == code);
            known.map_or(code.to_owned(), |(name, _)| name.clone())
        };
        format!(
            "unexpected succession {} > {}: {} {} {}",
            name(old),
            name(new),
            pair["confidence"],
            pair["level"],
            pair["evidence"]
        )
    })
}

fn counts(summary: &Value) -> Option<String> {
    let count = |field: &str| summary[field].as_u64().unwrap_or(u64::MAX / 4);
    let sum = count("accepted") + count("duplicate") + count("dead");
    (count("read") != sum).then(|| format!("summary: read {} but {sum} in all", summary["read"]))
}

/// Fields of each file that name enterprises which are judged.
fn sole_trader(file: &str, record: &Value) -> Option<String> {
    let fields: &[&str] = match file {
        "warnings" => &["subject", "subjects"],
        "successions" => &["predecessor", "successor", "chain"],
        "index" => &["uscc"],
        "flows" => &["subjects"],
        _ => &[],
    };
    let judged = fields.iter().flat_map(|field| match &record[*field] {
        Value::Array(items) => items.iter().collect::<Vec<_>>(),
        one => vec![one],
    });
    let trader = judged.filter_map(Value::as_str).find(|code| code.starts_with("92"))?;
    Some(format!("{file}: the sole trader {trader} is judged"))
}

fn leak(file: &str, text: &str, input: &Input) -> Option<String> {
    let number = input.numbers.iter().find(|number| text.contains(number.as_str()));
    if let Some(number) = number {
        return Some(format!("{file}: the personal number {number} occurs in {text}"));
    }
    let said = matches!(file, "warnings" | "successions" | "tasks");
    let private = input.private.iter().find(|word| said && text.contains(word.as_str()))?;
    Some(format!("{file}: \"{private}\" of a person occurs in {text}"))
}
