//! How is the result folder written? Every file aside first, then renamed into place.

use crate::event::{Class, Reject, mask, mask_bytes};
use crate::id::EntityId;
use crate::sink::board::Board;
use crate::sink::{Labels, json};
use crate::source::Original;
use crate::time::Time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A rejected event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct DeadLetter {
    /// Error class of the contract.
    pub class: &'static str,
    /// Names the field and the rule.
    pub message: String,
    /// The field, where there is one.
    pub field: Option<String>,
    /// The original, masked; `None` when its bytes are not UTF-8.
    pub original: Option<String>,
    /// The original in base 64, when its bytes are not UTF-8.
    pub original_b64: Option<String>,
    /// SHA-256 of the whole original, when only a prefix is kept.
    pub original_sha256: Option<String>,
    /// Where it stood.
    pub source_file: String,
    /// From 1.
    pub line: u64,
}

impl DeadLetter {
    /// A rejected record as it may be kept: its original masked.
    pub fn of(source: impl Into<String>, line: u64, reject: &Reject, original: Original) -> Self {
        let (mut text, mut base64) = (None, None);
        match String::from_utf8(original.bytes) {
            Ok(bytes) => text = Some(mask(&bytes).into_owned()),
            Err(error) => base64 = Some(STANDARD.encode(mask_bytes(error.as_bytes()))),
        }
        Self {
            class: reject.class.word(),
            message: reject.to_string(),
            field: reject.field.clone(),
            original: text,
            original_b64: base64,
            original_sha256: original.sha256,
            source_file: source.into(),
            line,
        }
    }
}

impl<'de> serde::Deserialize<'de> for DeadLetter {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        /// The same with the class as text: a static word cannot be borrowed from the input.
        #[derive(serde::Deserialize)]
        struct Kept {
            class: String,
            message: String,
            field: Option<String>,
            original: Option<String>,
            original_b64: Option<String>,
            original_sha256: Option<String>,
            source_file: String,
            line: u64,
        }
        let kept = Kept::deserialize(from)?;
        let class = Class::of(&kept.class).map(Class::word).ok_or_else(|| {
            serde::de::Error::custom(format!("no error class \"{}\"", kept.class))
        })?;
        Ok(Self {
            class,
            message: kept.message,
            field: kept.field,
            original: kept.original,
            original_b64: kept.original_b64,
            original_sha256: kept.original_sha256,
            source_file: kept.source_file,
            line: kept.line,
        })
    }
}

/// Counts of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// Lines read.
    pub read: u64,
    /// Accepted.
    pub accepted: u64,
    /// Seen before with the same content.
    pub duplicate: u64,
    /// Rejected.
    pub dead: u64,
}

impl Tally {
    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.dead += other.dead;
    }
}

/// The run in figures.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// All events.
    pub total: Tally,
    /// The same by event type; `unknown` where the type could not be read.
    pub by_type: BTreeMap<String, Tally>,
    /// Wall time.
    pub wall_seconds: f64,
    /// CPU time of the process.
    pub cpu_seconds: f64,
    /// Largest resident memory.
    pub peak_memory_bytes: u64,
    /// The 99th percentile of the time from an epoch's start to its effects, in milliseconds.
    pub epoch_ms_p99: f64,
    /// Workers.
    pub workers: usize,
    /// Model id and digest.
    pub model: String,
    /// Seconds of wall time by part of the run.
    pub phases: Vec<(&'static str, f64)>,
}

/// Everything that a bounded run writes.
pub struct Results<'a> {
    /// The latest states.
    pub board: &'a Board,
    /// How enterprises are called.
    pub labels: &'a dyn Labels,
    /// The newest event time; `None` when nothing was accepted.
    pub as_of: Option<Time>,
    /// Rejected events, in any order.
    pub dead_letters: Vec<DeadLetter>,
    /// The run in figures.
    pub summary: &'a Summary,
}

/// Writes the eight files of the contract into a folder, which is made when it is not there.
///
/// # Errors
/// When a file cannot be written; the message names it.
pub fn write(folder: &Path, results: &Results<'_>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let (board, labels) = (results.board, results.labels);
    let code = |entity: EntityId| labels.code(entity);

    let mut warnings: Vec<_> = board.warnings.values().collect();
    warnings.sort_by(|a, b| (a.raised_at, &a.id).cmp(&(b.raised_at, &b.id)));
    let model = &results.summary.model;
    lines(folder, "warnings", warnings.iter().map(|w| json::warning(w, labels, model)))?;

    let reported = |p: &&std::sync::Arc<_>| reported(p);
    let mut pairs: Vec<_> = board.pairs.values().filter(reported).collect();
    pairs.sort_by_cached_key(|p| (p.first_seen_at, code(p.predecessor), code(p.successor)));
    lines(folder, "successions", pairs.iter().map(|p| json::pair(p, labels)))?;

    let as_of = results.as_of.map_or_else(String::new, |time| time.to_string());
    let mut indices: Vec<_> = board.closing.indices.iter().collect();
    indices.sort_by_cached_key(|index| code(index.entity));
    lines(folder, "index", indices.iter().map(|index| json::index(index, labels, &as_of)))?;

    let mut flows: Vec<_> = board.flows.values().collect();
    flows.sort_by(|a, b| (a.first_at, &a.id).cmp(&(b.first_at, &b.id)));
    lines(folder, "flows", flows.iter().map(|flow| json::flow(flow, labels)))?;

    let mut control: Vec<_> = board.closing.control.iter().collect();
    control.sort_by_cached_key(|controlled| code(controlled.entity));
    lines(folder, "control", control.iter().map(|c| json::control(c, labels)))?;

    let mut tasks: Vec<_> = board.tasks.values().collect();
    tasks.sort_by(|a, b| (a.ack_due_at, &a.id).cmp(&(b.ack_due_at, &b.id)));
    lines(folder, "tasks", tasks.iter().map(|task| json::task(task)))?;

    let mut dead: Vec<_> = results.dead_letters.iter().collect();
    dead.sort();
    lines(folder, "dead_letters", dead.into_iter().map(dead_letter))?;

    let mut text = serde_json::to_string_pretty(&summary(results)).expect("no map with odd keys");
    text.push('\n');
    aside(folder, "summary.json", |file| file.write_all(text.as_bytes()))
}

fn reported(pair: &crate::succession::Pair) -> bool {
    pair.confidence >= json::CONFIDENCE_MIN
}

pub(super) fn dead_letter(letter: &DeadLetter) -> Value {
    let mut value = json!({ "class": letter.class, "message": letter.message });
    let mut set = |key: &str, text: &Option<String>| {
        if let Some(text) = text {
            value[key] = json!(text);
        }
    };
    set("field", &letter.field);
    set("original", &letter.original);
    set("original_b64", &letter.original_b64);
    set("original_sha256", &letter.original_sha256);
    value["source_file"] = json!(letter.source_file);
    value["line"] = json!(letter.line);
    value
}

fn tally(tally: &Tally) -> Value {
    json!({
        "read": tally.read,
        "accepted": tally.accepted,
        "duplicate": tally.duplicate,
        "dead": tally.dead,
    })
}

fn summary(results: &Results<'_>) -> Value {
    let summary = results.summary;
    let mut warnings: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for warning in results.board.warnings.values() {
        let word = if warning.open { warning.level.word() } else { "withdrawn" };
        *warnings.entry(&warning.kind).or_default().entry(word).or_default() += 1;
    }
    let by_type: BTreeMap<&str, Value> =
        summary.by_type.iter().map(|(kind, counts)| (kind.as_str(), tally(counts))).collect();
    let seconds = |value: f64| (value * 1000.0).round() / 1000.0;
    let mut value = tally(&summary.total);
    value["by_type"] = json!(by_type);
    value["warnings"] = json!(warnings);
    value["bounds"] = json!(results.board.closing.bounds);
    value["model"] = json!(summary.model);
    value["workers"] = json!(summary.workers);
    value["wall_seconds"] = json!(seconds(summary.wall_seconds));
    let rate = summary.total.read as f64 / summary.wall_seconds.max(1e-9);
    value["events_per_second"] = json!(rate.round());
    value["cpu_seconds"] = json!(seconds(summary.cpu_seconds));
    value["peak_memory_bytes"] = json!(summary.peak_memory_bytes);
    value["epoch_ms_p99"] = json!(seconds(summary.epoch_ms_p99));
    let phases: BTreeMap<&str, f64> =
        summary.phases.iter().map(|(name, wall)| (*name, seconds(*wall))).collect();
    value["phase_seconds"] = json!(phases);
    value
}

fn lines(folder: &Path, name: &str, values: impl Iterator<Item = Value>) -> io::Result<()> {
    aside(folder, &format!("{name}.ndjson"), |file| {
        for value in values {
            serde_json::to_writer(&mut *file, &value)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Writes a file under another name, then renames it: a reader sees all of it or nothing.
fn aside(
    folder: &Path,
    name: &str,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let (temporary, path) = (folder.join(format!(".{name}.part")), folder.join(name));
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("write \"{}\": {error}", path.display()))
    };
    let mut file = BufWriter::new(File::create(&temporary).map_err(named)?);
    fill(&mut file).map_err(named)?;
    file.into_inner().map_err(|error| named(error.into_error()))?.sync_all().map_err(named)?;
    std::fs::rename(&temporary, &path).map_err(named)
}
