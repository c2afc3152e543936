//! How is a result shown? A table for people, JSON or NDJSON for programs; stdout is data only.

use clap::ValueEnum;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// The form of a result on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Ndjson,
}

/// A column of a table: its title and the key (or JSON pointer) of its value.
pub(crate) type Column = (&'static str, &'static str);

/// Writes rows to stdout. A closed pipe ends the output quietly.
pub(crate) fn rows(format: Format, values: &[Value], columns: &[Column]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let done = match format {
        Format::Table => writeln!(out, "{}", table(values, columns)),
        Format::Json => serde_json::to_writer_pretty(&mut out, values)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
        Format::Ndjson => values.iter().try_for_each(|value| writeln!(out, "{value}")),
    };
    done.or_else(quiet_if_closed)
}

/// Writes text to stdout.
pub(crate) fn text(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}").or_else(quiet_if_closed)
}

/// Writes what is in its form already to stdout.
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    io::stdout().lock().write_all(bytes).or_else(quiet_if_closed)
}

/// A table of texts, with its end of line.
pub(crate) fn grid<'a, R: Iterator<Item = &'a str>>(
    titles: R,
    rows: impl Iterator<Item = R>,
) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY).set_header(titles);
    for row in rows {
        table.add_row(row);
    }
    format!("{table}\n")
}

fn quiet_if_closed(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn table(values: &[Value], columns: &[Column]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_header(columns.iter().map(|(title, _)| *title));
    if !io::stdout().is_terminal() {
        table.set_width(160);
    }
    for value in values {
        table.add_row(columns.iter().map(|(_, key)| {
            let found = if key.starts_with('/') { value.pointer(key) } else { value.get(*key) };
            found.map_or_else(String::new, cell)
        }));
    }
    table
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // A text of the API in both languages.
        Value::Object(text) if text.contains_key("en") => cell(&text["en"]),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
