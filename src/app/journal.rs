//! Is the journal whole, and what stands in it? `vestigo journal verify | repair | dump`.

use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome, letters};
use crate::event::mask;
use crate::journal::{self, Epoch, Error, Record, Verified};
use crate::service::archive;
use crate::service::{Fault, History, Missing};
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What to do with a journal.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Read every byte; tell what is not whole. Exit 1 when something is not.
    Verify {
        /// The journal's folder (`state/journal`).
        folder: PathBuf,
        /// The archive's folder (`archive` beside the journal's).
        #[arg(long)]
        archive: Option<PathBuf>,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Take out what cannot be read. The bytes are kept in `cut/`; the epochs that are missing then
    /// are noted. The service must not run.
    Repair {
        /// The journal's folder.
        folder: PathBuf,
        /// Do it; without, only tell what would be done.
        #[arg(long)]
        yes: bool,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Show epochs and their records.
    Dump {
        /// The journal's folder.
        folder: PathBuf,
        /// The archive's folder (`archive` beside the journal's).
        #[arg(long)]
        archive: Option<PathBuf>,
        /// First epoch; the first that can be read unless given.
        #[arg(long)]
        from: Option<u64>,
        /// Last epoch.
        #[arg(long, default_value_t = u64::MAX)]
        to: u64,
        /// The records too, one a line; without, one line an epoch.
        #[arg(long)]
        records: bool,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

/// Columns of what is not whole.
const PROBLEMS: &[Column] = &[
    ("wound", "wound"),
    ("segment", "segment"),
    ("offset", "offset"),
    ("bytes", "bytes"),
    ("epoch", "epoch"),
    ("why", "why"),
];
/// Columns of epochs.
const EPOCHS: &[Column] = &[
    ("sequence", "sequence"),
    ("handed_at", "handed_at"),
    ("watermark", "watermark"),
    ("model", "model"),
    ("records", "records"),
    ("cursors", "cursors"),
];
/// Columns of records.
const RECORDS: &[Column] = &[
    ("sequence", "sequence"),
    ("record", "record"),
    ("source", "source"),
    ("position", "position"),
    ("what", "what"),
];

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Damaged { .. } | Error::Version(..) => Self::Data(error.to_string()),
            other => Self::Io(io::Error::other(other.to_string())),
        }
    }
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Journal(error) => error.into(),
            other => Fault::from(other).into(),
        }
    }
}

/// Does it.
pub(crate) fn run(task: Task) -> Result<Outcome, Failure> {
    match task {
        Task::Verify { folder, archive, format } => {
            let found = journal::verify(&folder)?;
            let journal = tell(&found, format)?;
            let archive = verify_archive(&history(folder, archive))?;
            Ok(if archive == Outcome::Done { journal } else { archive })
        }
        Task::Repair { folder, yes: false, format } => {
            let found = journal::verify(&folder)?;
            let outcome = tell(&found, format)?;
            if outcome == Outcome::No {
                eprintln!("these places would be moved to cut/; say --yes to do it");
            }
            Ok(outcome)
        }
        Task::Repair { folder, yes: true, format } => {
            let found = journal::repair(&folder)?;
            tell(&found, format)?;
            let after = journal::verify(&folder)?;
            eprintln!(
                "{} places taken out; {} epochs are left, {} problems remain",
                found.problems.len(),
                after.epochs,
                after.problems.len()
            );
            Ok(if after.problems.is_empty() { Outcome::Done } else { Outcome::No })
        }
        Task::Dump { folder, archive, from, to, records, format } => {
            let history = history(folder, archive);
            let from = from.map_or_else(|| letters::reachable(&history), Ok)?;
            if let Some(first) = history.journaled_from()?
                && from < first
            {
                let archive = history.archive.display();
                let last = first - 1;
                eprintln!("the epochs {from} to {last} are read from the archive \"{archive}\"");
            }
            dump(history.epochs(from), to, records, format)?;
            Ok(Outcome::Done)
        }
    }
}

fn history(journal: PathBuf, archive: Option<PathBuf>) -> History {
    let beside = || journal.parent().unwrap_or(Path::new(".")).join("archive");
    History { archive: archive.unwrap_or_else(beside), journal }
}

/// Reads every file of the archive.
fn verify_archive(history: &History) -> Result<Outcome, Failure> {
    let manifest = history.archived()?;
    let (Some(first), Some(last)) = (manifest.segments.first(), manifest.segments.last()) else {
        return Ok(Outcome::Done);
    };
    let damaged = manifest.damaged(&history.archive);
    for (file, why) in &damaged {
        eprintln!("archive: \"{file}\": {why}");
    }
    eprintln!(
        "archive: {} segments, epochs {} to {}: {}",
        manifest.segments.len(),
        first.first,
        last.last,
        if damaged.is_empty() { "whole" } else { "not whole" }
    );
    Ok(if damaged.is_empty() { Outcome::Done } else { Outcome::No })
}

fn tell(found: &Verified, format: Format) -> Result<Outcome, Failure> {
    let rows: Vec<Value> =
        found.problems.iter().map(|p| serde_json::to_value(p).expect("plain values")).collect();
    output::rows(format, &rows, PROBLEMS)?;
    eprintln!(
        "{} segments, {} epochs ({} to {}), {} records, {} bytes: {}",
        found.segments,
        found.epochs,
        found.first.unwrap_or(0),
        found.last.unwrap_or(0),
        found.records,
        found.bytes,
        if rows.is_empty() { "whole" } else { "not whole" }
    );
    Ok(if rows.is_empty() { Outcome::Done } else { Outcome::No })
}

/// Rows that are shown at once, so that memory stays bounded.
const PAGE: usize = 10_000;

fn dump(epochs: archive::Epochs, to: u64, records: bool, format: Format) -> Result<(), Failure> {
    let columns = if records { RECORDS } else { EPOCHS };
    let mut page = Vec::new();
    for epoch in epochs {
        let epoch = epoch?;
        if epoch.header.sequence > to {
            break;
        }
        if records {
            page.extend(epoch.records.iter().map(|record| row(epoch.header.sequence, record)));
        } else {
            page.push(summary(&epoch));
        }
        if page.len() >= PAGE && format == Format::Ndjson {
            output::rows(format, &page, columns)?;
            page.clear();
        }
    }
    output::rows(format, &page, columns)?;
    Ok(io::stdout().flush()?)
}

fn summary(epoch: &Epoch) -> Value {
    let header = &epoch.header;
    let cursors: Vec<String> =
        header.cursors.iter().map(|(key, value)| format!("{key}={value}")).collect();
    json!({
        "sequence": header.sequence,
        "handed_at": header.handed_at.to_string(),
        "watermark": header.watermark.to_string(),
        "model": header.model,
        "records": epoch.records.len(),
        "cursors": cursors,
        "counts": header.counts,
    })
}

fn row(sequence: u64, record: &Record) -> Value {
    let (kind, source, position, what) = match record {
        Record::Event { source, position, json, .. } => {
            ("event", Some(&**source), Some(*position), parsed(json))
        }
        Record::DeadLetter(json) => ("dead_letter", None, None, parsed(json)),
        Record::Act(json) => ("act", None, None, parsed(json)),
        Record::Tick(at) => ("tick", None, None, json!(at.to_string())),
        Record::Model { name, path, author, reason } => {
            let what = json!({ "name": name, "path": path, "author": author, "reason": reason });
            ("model", None, None, what)
        }
        Record::Receipt { outlet, epoch } => {
            ("receipt", None, None, json!({ "outlet": outlet, "epoch": epoch }))
        }
    };
    json!({
        "sequence": sequence,
        "record": kind,
        "source": source,
        "position": position,
        "what": what,
    })
}

/// The JSON of a record; masked text when it is none.
fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json)
        .unwrap_or_else(|_| Value::String(mask(&String::from_utf8_lossy(json)).into_owned()))
}
