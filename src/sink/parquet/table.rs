//! What are the columns? The rows of each dataset as Arrow batches.
//!
//! Invariant: the same messages give the same batch. The whole message stands in the last column,
//! so that nothing is lost by what the others leave out.

use crate::sink::message::{EventRow, Message, Topic};
use crate::time::Time;
use arrow_array::{
    ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt64Array,
};
use arrow_schema::{Field, Schema};
use serde::Deserialize;
use std::sync::Arc;

/// The zone in which moments are shown: that of the contract's days.
const ZONE: &str = "+08:00";

/// A table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dataset {
    /// Each change of an enterprise's index.
    Index,
    /// Each change of a warning.
    Warnings,
    /// Each accepted event, sealed.
    Events,
}

impl Dataset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Index, Self::Warnings, Self::Events];

    /// Its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Warnings => "warnings",
            Self::Events => "events",
        }
    }

    /// Where a message belongs.
    pub(super) const fn of(topic: Topic) -> Option<Self> {
        match topic {
            Topic::Index => Some(Self::Index),
            Topic::Warning => Some(Self::Warnings),
            Topic::Succession | Topic::Task | Topic::DeadLetter => None,
        }
    }
}

/// The rows of one dataset and day, each with its epoch.
#[derive(Clone, Debug)]
pub(super) enum Rows<'a> {
    Index(Vec<(u64, &'a Message)>),
    Warnings(Vec<(u64, &'a Message)>),
    Events(Vec<(u64, &'a EventRow)>),
}

/// Columns with their names; a column may be empty in places when it says so.
type Columns = Vec<(&'static str, bool, ArrayRef)>;

fn batch(columns: Columns) -> RecordBatch {
    let fields = columns.iter().map(|(name, may_be_null, array)| {
        Field::new(*name, array.data_type().clone(), *may_be_null)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    RecordBatch::try_new(schema, arrays).expect("columns are of one length")
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn maybe_texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn numbers(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(values))
}

fn moments(values: impl Iterator<Item = Option<Time>>) -> ArrayRef {
    let array: TimestampMillisecondArray = values.map(|time| time.map(|time| time.0)).collect();
    Arc::new(array.with_timezone(ZONE))
}

/// Bytes that are JSON: text, but for damage, which would show as U+FFFD.
fn json(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

impl Rows<'_> {
    /// The rows as one batch.
    pub(super) fn batch(&self) -> RecordBatch {
        match self {
            Self::Index(rows) => indices(rows),
            Self::Warnings(rows) => warnings(rows),
            Self::Events(rows) => events(rows),
        }
    }
}

fn events(rows: &[(u64, &EventRow)]) -> RecordBatch {
    let sealed: Vec<_> = rows.iter().map(|(_, row)| json(&row.sealed)).collect();
    batch(vec![
        ("epoch", false, numbers(rows.iter().map(|(epoch, _)| *epoch))),
        ("source", false, texts(rows.iter().map(|(_, row)| &*row.source))),
        ("id", false, texts(rows.iter().map(|(_, row)| &*row.id))),
        ("type", false, texts(rows.iter().map(|(_, row)| &*row.kind))),
        ("time", false, moments(rows.iter().map(|(_, row)| Some(row.time)))),
        ("event", false, texts(sealed.iter().map(|text| &**text))),
    ])
}

/// What the columns of an index take from its message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct IndexData {
    name: String,
    score: i32,
    grade: String,
    score_before: i32,
    grade_before: String,
}

fn indices(rows: &[(u64, &Message)]) -> RecordBatch {
    let parsed: Vec<IndexData> = rows.iter().map(|(_, message)| parsed(message)).collect();
    let scores = |of: fn(&IndexData) -> i32| -> ArrayRef {
        Arc::new(Int32Array::from_iter_values(parsed.iter().map(of)))
    };
    let mut columns = envelope(rows);
    columns.extend([
        ("name", false, texts(parsed.iter().map(|data| &*data.name))),
        ("score", false, scores(|data| data.score)),
        ("grade", false, texts(parsed.iter().map(|data| &*data.grade))),
        ("score_before", false, scores(|data| data.score_before)),
        ("grade_before", false, texts(parsed.iter().map(|data| &*data.grade_before))),
        ("data", false, whole(rows)),
    ]);
    batch(columns)
}

/// What the columns of a warning take from its message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WarningData {
    id: String,
    kind: String,
    level: String,
    level_before: Option<String>,
    state: String,
    raised_at: String,
    updated_at: String,
    score: f64,
    summary: Summary,
    model: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    zh: String,
    en: String,
}

fn warnings(rows: &[(u64, &Message)]) -> RecordBatch {
    let parsed: Vec<WarningData> = rows.iter().map(|(_, message)| parsed(message)).collect();
    let text = |of: fn(&WarningData) -> &str| texts(parsed.iter().map(of));
    let scores: ArrayRef = Arc::new(Float64Array::from_iter_values(parsed.iter().map(|d| d.score)));
    let mut columns = envelope(rows);
    columns.extend([
        ("warning", false, text(|data| &data.id)),
        ("kind", false, text(|data| &data.kind)),
        ("level", false, text(|data| &data.level)),
        ("level_before", true, maybe_texts(parsed.iter().map(|d| d.level_before.as_deref()))),
        ("state", false, text(|data| &data.state)),
        ("raised_at", true, moments(parsed.iter().map(|data| Time::parse(&data.raised_at)))),
        ("updated_at", true, moments(parsed.iter().map(|data| Time::parse(&data.updated_at)))),
        ("score", false, scores),
        ("summary_zh", false, text(|data| &data.summary.zh)),
        ("summary_en", false, text(|data| &data.summary.en)),
        ("model", false, text(|data| &data.model)),
        ("data", false, whole(rows)),
    ]);
    batch(columns)
}

/// What every message has.
fn envelope(rows: &[(u64, &Message)]) -> Columns {
    vec![
        ("epoch", false, numbers(rows.iter().map(|(epoch, _)| *epoch))),
        ("message", false, texts(rows.iter().map(|(_, message)| &*message.id))),
        ("subject", false, texts(rows.iter().map(|(_, message)| &*message.subject))),
        ("time", false, moments(rows.iter().map(|(_, message)| Some(message.time)))),
    ]
}

fn whole(rows: &[(u64, &Message)]) -> ArrayRef {
    let data: Vec<_> = rows.iter().map(|(_, message)| json(&message.data)).collect();
    texts(data.iter().map(|text| &**text))
}

fn parsed<T: Default + for<'de> Deserialize<'de>>(message: &Message) -> T {
    serde_json::from_slice(&message.data).unwrap_or_default()
}
