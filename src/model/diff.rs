//! What is another in a model? Every value that differs, by file and by the name of its table.

use crate::model::Model;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::Value;

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file.
    pub file: String,
    /// The way to the value, such as `indicators.R01.points`.
    pub path: String,
    /// In the first model; empty when it is not there.
    pub before: String,
    /// In the second model; empty when it is not there.
    pub after: String,
}

/// Every value that differs between two models, by file and path.
pub fn differences(before: &Model, after: &Model) -> Vec<Difference> {
    let files: BTreeSet<&Path> =
        before.files.keys().chain(after.files.keys()).map(AsRef::as_ref).collect();
    let mut found = Vec::new();
    for file in files {
        let of = |model: &Model| {
            let text = model.files.get(file).map_or("", String::as_str);
            let mut values = BTreeMap::new();
            if let Ok(table) = text.parse::<toml::Table>() {
                flatten("", &Value::Table(table), &mut values);
            }
            values
        };
        let (old, new) = (of(before), of(after));
        let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for path in paths {
            let (before, after) = (old.get(path), new.get(path));
            if before != after {
                found.push(Difference {
                    file: file.display().to_string(),
                    path: path.clone(),
                    before: before.cloned().unwrap_or_default(),
                    after: after.cloned().unwrap_or_default(),
                });
            }
        }
    }
    found
}

/// Tables become paths; a table in a list is named by its id, so that its place does not matter.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                flatten(&below(key), value, into);
            }
        }
        Value::Array(items)
            if !items.is_empty() && items.iter().all(|item| name(item).is_some()) =>
        {
            for item in items {
                flatten(&below(name(item).unwrap_or_default()), item, into);
            }
        }
        other => {
            into.insert(path.to_owned(), other.to_string());
        }
    }
}

/// The name of a table in a list.
fn name(item: &Value) -> Option<&str> {
    ["id", "name", "kind"].iter().find_map(|key| item.get(key)?.as_str())
}
