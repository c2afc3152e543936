//! What does a result folder say of a pair? Its files, read; the pair, found.

use crate::dossier::DossierError;
use serde_json::Value;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Most pairs that an error suggests.
const SUGGESTIONS: usize = 5;

/// All objects of one file of a result folder.
///
/// # Errors
/// When the file is not there or a line is not JSON; the message names file and line.
pub fn objects(folder: &Path, name: &str) -> io::Result<Vec<Value>> {
    let path = folder.join(format!("{name}.ndjson"));
    let named = |why: String| io::Error::other(format!("read \"{}\": {why}", path.display()));
    let file = std::fs::File::open(&path).map_err(|error| named(error.to_string()))?;
    let mut found = Vec::new();
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| named(error.to_string()))?;
        let value = serde_json::from_str(&line)
            .map_err(|error| named(format!("line {}: {error}", at + 1)))?;
        found.push(value);
    }
    Ok(found)
}

/// What a folder holds of one pair.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) pair: Value,
    /// Index of the old firm and of the new; `Null` where there is none.
    pub(super) index: [Value; 2],
    /// Warnings about the succession.
    pub(super) warnings: Vec<Value>,
    pub(super) tasks: Vec<Value>,
    /// Flow patterns that either firm is in.
    pub(super) flows: Vec<Value>,
    /// Other pairs that either firm is in.
    pub(super) others: Vec<Value>,
}

impl Results {
    /// Finds a pair: `OLD..NEW`, each a code or a name, or one of the two where it is in one pair.
    ///
    /// # Errors
    /// When a file cannot be read, or no pair is meant; with the nearest ones.
    pub(super) fn find(folder: &Path, asked: &str) -> Result<Self, DossierError> {
        let index = objects(folder, "index")?;
        let pairs = objects(folder, "successions")?;
        let pair = choose(&pairs, &index, asked, folder)?.clone();
        let (old, new) = (code(&pair, "predecessor"), code(&pair, "successor"));
        let of = |uscc: &str| {
            index.iter().find(|value| value["uscc"] == uscc).cloned().unwrap_or(Value::Null)
        };
        let holds = |value: &Value, uscc: &str| {
            value["subjects"].as_array().is_some_and(|list| list.iter().any(|x| x == uscc))
        };
        let mut warnings = objects(folder, "warnings")?;
        warnings.retain(|warning| {
            let about = warning["subject"] == new || warning["subject"] == old;
            warning["kind"] == "vest_switch" && about && rests_on(warning, &pair)
        });
        let mut tasks = objects(folder, "tasks")?;
        tasks.retain(|task| warnings.iter().any(|warning| warning["id"] == task["warning"]));
        let mut flows = objects(folder, "flows")?;
        flows.retain(|flow| holds(flow, &old) || holds(flow, &new));
        let others = pairs.iter().filter(|other| {
            let touches = [&old, &new]
                .iter()
                .any(|uscc| other["predecessor"] == ***uscc || other["successor"] == ***uscc);
            touches && *other != &pair
        });
        let others = others.cloned().collect();
        Ok(Self { index: [of(&old), of(&new)], pair, warnings, tasks, flows, others })
    }

    /// The ids of all events that the pair cites.
    pub(super) fn cited(&self) -> Vec<&str> {
        let lines = ["evidence", "against"].into_iter();
        let lines = lines.flat_map(|key| self.pair[key].as_array().into_iter().flatten());
        let ids = lines.flat_map(|line| line["events"].as_array().into_iter().flatten());
        ids.filter_map(Value::as_str).collect()
    }
}

/// A code of a pair.
pub(super) fn code(pair: &Value, key: &str) -> String {
    pair[key].as_str().unwrap_or_default().to_owned()
}

/// Whether a warning is about this pair and not about another of the same firm: it shares
/// evidence with it.
fn rests_on(warning: &Value, pair: &Value) -> bool {
    let list = |value: &Value| value["evidence"].as_array().cloned().unwrap_or_default();
    let statements: Vec<Value> =
        list(pair).into_iter().map(|line| line["statement"].clone()).collect();
    let theirs = list(warning);
    theirs.is_empty() || theirs.iter().any(|line| statements.contains(&line["statement"]))
}

fn choose<'a>(
    pairs: &'a [Value],
    index: &[Value],
    asked: &str,
    folder: &Path,
) -> Result<&'a Value, DossierError> {
    let resolve = |text: &str| -> String {
        let text = text.trim();
        let named = index.iter().find(|value| value["name"] == text);
        named.and_then(|value| value["uscc"].as_str()).unwrap_or(text).to_owned()
    };
    let matching: Vec<&Value> = if let Some((old, new)) = asked.split_once("..") {
        let (old, new) = (resolve(old), resolve(new));
        pairs.iter().filter(|p| p["predecessor"] == old && p["successor"] == new).collect()
    } else {
        let one = resolve(asked);
        pairs.iter().filter(|p| p["predecessor"] == one || p["successor"] == one).collect()
    };
    if let [only] = matching[..] {
        return Ok(only);
    }
    let sides: Vec<String> = asked.split("..").map(resolve).collect();
    let near = if matching.is_empty() { nearest(pairs, &sides) } else { matching };
    let suggestions = near.into_iter().take(SUGGESTIONS).map(shown).collect();
    Err(DossierError::NoPair {
        asked: asked.to_owned(),
        folder: folder.to_owned(),
        pairs: pairs.len(),
        suggestions,
    })
}

fn shown(pair: &Value) -> String {
    let confidence = pair["confidence"].as_f64().unwrap_or_default();
    format!("{}..{} ({confidence:.2})", code(pair, "predecessor"), code(pair, "successor"))
}

/// The pairs whose codes are nearest to what was asked.
fn nearest<'a>(pairs: &'a [Value], sides: &[String]) -> Vec<&'a Value> {
    let distance = |pair: &Value| -> usize {
        let codes = [code(pair, "predecessor"), code(pair, "successor")];
        match sides {
            [one] => codes.iter().map(|code| edits(one, code)).min().unwrap_or(usize::MAX),
            [old, new, ..] => {
                let straight = edits(old, &codes[0]) + edits(new, &codes[1]);
                let crossed = edits(old, &codes[1]) + edits(new, &codes[0]) + 1;
                straight.min(crossed)
            }
            [] => usize::MAX,
        }
    };
    let mut ranked: Vec<(usize, &Value)> = pairs.iter().map(|p| (distance(p), p)).collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().map(|(_, pair)| pair).collect()
}

/// Edit distance (Levenshtein) of two short texts.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("91460000", "91460000"), 0);
        assert_eq!(edits("91460000", "91469000"), 1);
        assert_eq!(edits("", "abc"), 3);
    }

    #[test]
    fn a_pair_is_found_by_codes_names_or_one_side() {
        let pairs = [
            json!({"predecessor": "A1", "successor": "B1", "confidence": 0.9}),
            json!({"predecessor": "A2", "successor": "B2", "confidence": 0.4}),
        ];
        let index = [json!({"uscc": "B2", "name": "新星公司"})];
        let folder = Path::new("out");
        let find = |asked: &str| choose(&pairs, &index, asked, folder);
        assert_eq!(find("A1..B1").expect("by codes"), &pairs[0]);
        assert_eq!(find("A2..新星公司").expect("by a name"), &pairs[1]);
        assert_eq!(find("A2").expect("by one side"), &pairs[1]);
        let said = find("B1..A1").expect_err("the wrong way round").to_string();
        assert!(said.contains("A1..B1 (0.90)"), "{said}");
        assert!(said.find("A1..B1") < said.find("A2..B2"), "the nearest first: {said}");
    }
}
