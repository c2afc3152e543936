//! What is set, and where? Every value of a pipeline file with the place that it comes from.
//!
//! Secrets stay what they are in the file: references.

use crate::app::output::{self, Column, Format};
use crate::app::{Failure, environment};
use crate::model::FileError;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What to do with a configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Show every value that holds.
    Show {
        /// Pipeline file.
        #[arg(default_value = "pipelines/city.toml")]
        pipeline: PathBuf,
        /// Also where each comes from: a line of the file, or a variable of the environment.
        #[arg(long)]
        origin: bool,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

const COLUMNS: &[Column] = &[("key", "key"), ("value", "value"), ("origin", "origin")];

/// A value that holds.
#[derive(Debug, PartialEq)]
struct Held {
    key: String,
    value: Value,
    origin: String,
}

/// Walks a file.
struct Walk<'a> {
    file: String,
    text: &'a str,
    env: &'a dyn Fn(&str) -> Option<String>,
    held: Vec<Held>,
}

impl Walk<'_> {
    fn line(&self, at: usize) -> String {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        format!("{}:{line}", self.file)
    }

    fn table(&mut self, key: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let name = name.get_ref().as_ref();
            let key = if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
            self.value(&key, value);
        }
    }

    fn value(&mut self, key: &str, value: &Spanned<DeValue<'_>>) {
        let place = self.line(value.span().start);
        match value.get_ref() {
            DeValue::Table(table) => match setting(table) {
                Some((name, default)) => self.setting(key, name, default, &place),
                None => self.table(key, table),
            },
            DeValue::Array(items) if items.iter().any(|item| is_table(item.get_ref())) => {
                for (number, item) in items.iter().enumerate() {
                    self.value(&format!("{key}[{number}]"), item);
                }
            }
            plain => {
                let value = shown(plain);
                self.held.push(Held { key: key.to_owned(), value, origin: place });
            }
        }
    }

    fn setting(&mut self, key: &str, name: &str, default: Option<&str>, place: &str) {
        let (value, origin) = match ((self.env)(name), default) {
            (Some(value), _) => (json!(value), format!("env {name} ({place})")),
            (None, Some(default)) => (json!(default), format!("{place}, as {name} is not set")),
            (None, None) => (Value::Null, format!("{place}: {name} is not set")),
        };
        self.held.push(Held { key: key.to_owned(), value, origin });
    }
}

fn is_table(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::Table(_))
}

/// The variable and the default of `{ env = …, default = … }`.
fn setting<'a>(table: &'a DeTable<'_>) -> Option<(&'a str, Option<&'a str>)> {
    let of = |key: &str| {
        let found = table.iter().find(|(name, _)| name.get_ref().as_ref() == key);
        found.and_then(|(_, value)| value.get_ref().as_str())
    };
    let only = table.keys().all(|name| matches!(name.get_ref().as_ref(), "env" | "default"));
    only.then(|| Some((of("env")?, of("default")))).flatten()
}

fn shown(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text.as_ref()),
        DeValue::Integer(number) => number
            .to_string()
            .parse::<i64>()
            .map_or_else(|_| json!(number.to_string()), Value::from),
        DeValue::Float(number) => json!(number.to_string()),
        DeValue::Boolean(truth) => json!(truth),
        DeValue::Datetime(moment) => json!(moment.to_string()),
        DeValue::Array(items) => items.iter().map(|item| shown(item.get_ref())).collect(),
        DeValue::Table(_) => Value::Null,
    }
}

fn held(
    path: &Path,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Held>, FileError> {
    let parsed = DeTable::parse(text)
        .map_err(|error| FileError::at(path, text, error.span(), error.message().to_owned()))?;
    let file = path.display().to_string();
    let mut walk = Walk { file, text, env, held: Vec::new() };
    walk.table("", parsed.get_ref());
    Ok(walk.held)
}

/// Does it.
pub(crate) fn run(task: &Task) -> Result<(), Failure> {
    let Task::Show { pipeline, origin, format } = task;
    let text = std::fs::read_to_string(pipeline)?;
    let found = held(pipeline, &text, &environment).map_err(|e| Failure::Config(e.into()))?;
    let rows: Vec<Value> = found
        .into_iter()
        .map(|one| {
            let mut row = json!({ "key": one.key, "value": one.value });
            if *origin {
                row["origin"] = json!(one.origin);
            }
            row
        })
        .collect();
    let columns = if *origin { COLUMNS } else { &COLUMNS[..2] };
    Ok(output::rows(*format, &rows, columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let text = "name = \"x\"\n[state]\npath = { env = \"STATE\", default = \"s\" }\n\
                    [[sources]]\nkind = \"files\"\npaths = [{ env = \"IN\", default = \"i\" }, \"b\"]\n\
                    [intake]\nmost = 2_000\n[[outlets]]\nurl = { env = \"URL\" }\n";
        let env = |name: &str| (name == "STATE").then(|| "elsewhere".to_owned());
        let held = held(Path::new("p.toml"), text, &env).expect("TOML");
        let told: Vec<String> =
            held.iter().map(|one| format!("{}={} {}", one.key, one.value, one.origin)).collect();
        assert!(told.contains(&"name=\"x\" p.toml:1".to_owned()), "{told:?}");
        assert!(told.contains(&"state.path=\"elsewhere\" env STATE (p.toml:3)".to_owned()));
        assert!(told.contains(&"intake.most=2000 p.toml:8".to_owned()), "{told:?}");
        let list = "sources[0].paths[0]=\"i\" p.toml:6, as IN is not set";
        assert!(told.contains(&list.to_owned()), "{told:?}");
        assert!(told.contains(&"sources[0].paths[1]=\"b\" p.toml:6".to_owned()));
        assert!(told.contains(&"outlets[0].url=null p.toml:10: URL is not set".to_owned()));
    }
}
