//! What is wrong with these files? Every line checked, every fault shown at its place.

use crate::app::Failure;
use crate::app::output::{self, Format};
use crate::event::ledger::{Admission, Ledger};
use crate::event::{Pseudonyms, Reader, Reject, mask};
use crate::source::{self, Position};
use crate::time::Time;
use miette::{LabeledSpan, MietteDiagnostic, NamedSource};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// What a check found.
pub(crate) struct Checked {
    /// Lines read.
    pub(crate) read: u64,
    /// Faults, in the order of files and lines.
    pub(crate) faults: Vec<Fault>,
}

/// One rejected line.
pub(crate) struct Fault {
    file: PathBuf,
    line: u64,
    reject: Reject,
    original: String,
}

/// Checks event files as a run would: each line, then conflicts, corrections and the horizon.
/// Pseudonyms are made under a key of no meaning and thrown away.
pub(crate) fn check(
    patterns: &[String],
    overrides: Vec<String>,
    horizon_years: u32,
    now: Time,
) -> Result<Checked, Failure> {
    let reader = Reader::new(Pseudonyms::new(b"thrown away after the check"), overrides, now);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let intake = source::read_all(patterns, &reader, threads, Arc::new, |_| {})
        .map_err(|error| Failure::Data(error.to_string()))?;
    let read = (intake.taken.len() + intake.rejected.len()) as u64;
    let newest = intake.taken.iter().map(|t| t.value.time).max().unwrap_or_default();
    let mut ledger = Ledger::new(horizon_years, newest);
    let mut taken = intake.taken;
    taken.sort_by(|a, b| {
        let key =
            |t: &source::Taken<Arc<crate::event::Event>>| (t.value.time, t.digest, t.position);
        let ids =
            (a.value.id.source(), a.value.id.id()).cmp(&(b.value.id.source(), b.value.id.id()));
        a.value.time.cmp(&b.value.time).then(ids).then(key(a).cmp(&key(b)))
    });
    let mut late: Vec<(Position, Reject)> = Vec::new();
    for taken in taken {
        if let Admission::Rejected(reject) = ledger.admit(taken.value, taken.digest) {
            late.push((taken.position, reject));
        }
    }
    late.sort_by_key(|(position, _)| *position);
    let positions: Vec<Position> = late.iter().map(|(position, _)| *position).collect();
    let originals = source::lines_at(&intake.files, &positions)
        .map_err(|error| Failure::Io(std::io::Error::other(error.to_string())))?;
    let read_faults = intake.rejected.into_iter().map(|r| (r.position, r.reject, r.original));
    let late = late.into_iter().zip(originals).map(|((p, reject), original)| (p, reject, original));
    let mut faults: Vec<(Position, Reject, source::Original)> = read_faults.chain(late).collect();
    faults.sort_by_key(|(position, ..)| *position);
    let faults = faults.into_iter().map(|(position, reject, original)| Fault {
        file: intake.files[position.file as usize].clone(),
        line: u64::from(position.line),
        reject,
        original: mask(&String::from_utf8_lossy(&original.bytes)).into_owned(),
    });
    Ok(Checked { read, faults: faults.collect() })
}

impl Fault {
    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "file": self.file.display().to_string(),
            "line": self.line,
            "class": self.reject.class.word(),
            "field": self.reject.field,
            "rule": self.reject.rule,
        })
    }

    /// For people: the line, with a mark under the field at fault.
    pub(crate) fn shown(&self) -> String {
        const LINE_CHARS_MAX: usize = 4_000;
        let line: String = self.original.chars().take(LINE_CHARS_MAX).collect();
        let name = format!("{}:{}", self.file.display(), self.line);
        let label = self
            .place(&line)
            .map(|(at, length)| LabeledSpan::new(Some(self.reject.rule.clone()), at, length));
        let diagnostic = MietteDiagnostic::new(format!("{}: {}", name, self.reject))
            .with_code(self.reject.class.word())
            .with_labels(label);
        let report = miette::Report::new(diagnostic).with_source_code(NamedSource::new(name, line));
        format!("{report:?}")
    }

    /// Where the field's key stands in the line: found by following the path's keys in order.
    fn place(&self, line: &str) -> Option<(usize, usize)> {
        let field = self.reject.field.as_ref()?;
        let mut found = None;
        let mut from = 0;
        for key in field.split('.') {
            let key = key.split('[').next()?;
            let quoted = format!("\"{key}\"");
            if let Some(at) = line[from..].find(&quoted) {
                found = Some((from + at, quoted.len()));
                from += at + quoted.len();
            }
        }
        found
    }
}

/// Columns of the table of faults.
const FAULTS: &[crate::app::output::Column] =
    &[("file", "file"), ("line", "line"), ("class", "class"), ("field", "field"), ("rule", "rule")];

/// Shows what was found: faults on stdout (in full for people), counts on stderr.
pub(crate) fn show(checked: &Checked, most: usize, format: Format) -> Result<(), Failure> {
    let faults = &checked.faults[..checked.faults.len().min(most)];
    if format == Format::Table {
        for fault in faults {
            output::text(&fault.shown())?;
        }
    } else {
        let values: Vec<Value> = faults.iter().map(Fault::json).collect();
        output::rows(format, &values, FAULTS)?;
    }
    let left_out = checked.faults.len() - faults.len();
    let more =
        if left_out == 0 { String::new() } else { format!(", {left_out} of them not shown") };
    eprintln!("read {} lines: {} faulty{more}", checked.read, checked.faults.len());
    Ok(())
}
