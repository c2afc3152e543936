//! How does an epoch stand in a table? A row for its header, and one for each record.
//!
//! Invariant: what was written is read back equal, record by record.

use crate::journal::{Epoch, Header, Record};
use crate::time::Time;
use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use arrow_array::builder::{
    FixedSizeBinaryBuilder, StringBuilder, TimestampMillisecondBuilder, UInt64Builder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMillisecondType, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde_json::json;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a batch.
const BATCH: usize = 20_000;
/// Bytes of an event's digest.
const DIGEST: i32 = 16;
/// The zone in which moments are shown.
const ZONE: &str = "+08:00";

/// The columns. `body` is JSON: of an event, the sealed event as the journal had it.
pub(super) fn schema() -> SchemaRef {
    let moment = DataType::Timestamp(TimeUnit::Millisecond, Some(ZONE.into()));
    Arc::new(Schema::new(vec![
        Field::new("epoch", DataType::UInt64, false),
        Field::new("handed_at", moment, false),
        Field::new("record", DataType::Utf8, false),
        Field::new("source", DataType::Utf8, true),
        Field::new("position", DataType::UInt64, true),
        Field::new("digest", DataType::FixedSizeBinary(DIGEST), true),
        Field::new("body", DataType::Utf8, false),
    ]))
}

struct Builder {
    epoch: UInt64Builder,
    handed_at: TimestampMillisecondBuilder,
    record: StringBuilder,
    source: StringBuilder,
    position: UInt64Builder,
    digest: FixedSizeBinaryBuilder,
    body: StringBuilder,
    rows: usize,
}

impl Builder {
    fn new() -> Self {
        Self {
            epoch: UInt64Builder::new(),
            handed_at: TimestampMillisecondBuilder::new().with_timezone(ZONE),
            record: StringBuilder::new(),
            source: StringBuilder::new(),
            position: UInt64Builder::new(),
            digest: FixedSizeBinaryBuilder::new(DIGEST),
            body: StringBuilder::new(),
            rows: 0,
        }
    }

    fn row(&mut self, header: &Header, record: &str, event: Option<(&str, u64, u128)>, body: &str) {
        self.epoch.append_value(header.sequence);
        self.handed_at.append_value(header.handed_at.0);
        self.record.append_value(record);
        self.source.append_option(event.map(|(source, _, _)| source));
        self.position.append_option(event.map(|(_, position, _)| position));
        match event {
            Some((_, _, digest)) => {
                self.digest.append_value(digest.to_be_bytes()).expect("sixteen bytes");
            }
            None => self.digest.append_null(),
        }
        self.body.append_value(body);
        self.rows += 1;
    }

    fn epoch(&mut self, epoch: &Epoch) -> io::Result<()> {
        let header = &epoch.header;
        let head = json!({
            "watermark": header.watermark,
            "model": header.model,
            "cursors": header.cursors,
            "counts": header.counts,
        });
        self.row(header, "epoch", None, &head.to_string());
        for record in &epoch.records {
            match record {
                Record::Event { digest, source, position, json } => {
                    self.row(header, "event", Some((source, *position, *digest)), text(json)?);
                }
                Record::DeadLetter(json) => self.row(header, "dead_letter", None, text(json)?),
                Record::Act(json) => self.row(header, "act", None, text(json)?),
                Record::Tick(at) => self.row(header, "tick", None, &json!(at).to_string()),
                Record::Model { name, path, author, reason } => {
                    let body = json!([name, path, author, reason]).to_string();
                    self.row(header, "model", None, &body);
                }
                Record::Receipt { outlet, epoch } => {
                    self.row(header, "receipt", None, &json!([outlet, epoch]).to_string());
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        let columns: Vec<arrow_array::ArrayRef> = vec![
            Arc::new(self.epoch.finish()),
            Arc::new(self.handed_at.finish()),
            Arc::new(self.record.finish()),
            Arc::new(self.source.finish()),
            Arc::new(self.position.finish()),
            Arc::new(self.digest.finish()),
            Arc::new(self.body.finish()),
        ];
        RecordBatch::try_new(schema(), columns).expect("columns are of one length")
    }
}

fn text(json: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(json).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Epochs as batches, a bounded number of rows at a time.
pub(super) fn batches(
    mut epochs: impl Iterator<Item = io::Result<Epoch>>,
) -> impl Iterator<Item = io::Result<RecordBatch>> {
    let mut builder = Builder::new();
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended && builder.rows < BATCH {
            match epochs.next() {
                Some(epoch) => {
                    if let Err(error) = epoch.and_then(|epoch| builder.epoch(&epoch)) {
                        ended = true;
                        return Some(Err(error));
                    }
                }
                None => ended = true,
            }
        }
        (builder.rows > 0).then(|| Ok(builder.finish()))
    })
}

/// The epochs of a file, in order.
pub(super) struct Archived {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    rows: VecDeque<Row>,
    /// The epoch whose records are being read.
    open: Option<Epoch>,
}

/// What a row says.
enum Row {
    Head(Header),
    Record(Record),
}

impl Archived {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| super::named(path, &error.to_string()))?;
        let batches = builder.with_batch_size(BATCH).build();
        let batches = batches.map_err(|error| super::named(path, &error.to_string()))?;
        Ok(Self { path: path.to_owned(), batches, rows: VecDeque::new(), open: None })
    }

    fn row(&mut self) -> io::Result<Option<Row>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Ok(Some(row));
            }
            let Some(batch) = self.batches.next() else { return Ok(None) };
            let rows = batch.map_err(|error| error.to_string()).and_then(|batch| unpacked(&batch));
            self.rows = rows.map_err(|why| super::named(&self.path, &why))?;
        }
    }

    fn step(&mut self) -> io::Result<Option<Epoch>> {
        loop {
            match self.row()? {
                None => return Ok(self.open.take()),
                Some(Row::Head(header)) => {
                    let next = Epoch { header, records: Vec::new() };
                    if let Some(epoch) = self.open.replace(next) {
                        return Ok(Some(epoch));
                    }
                }
                Some(Row::Record(record)) => match &mut self.open {
                    Some(epoch) => epoch.records.push(record),
                    None => return Err(super::named(&self.path, "a record without an epoch")),
                },
            }
        }
    }
}

impl Iterator for Archived {
    type Item = io::Result<Epoch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// The rest of a header.
#[derive(serde::Deserialize)]
struct Head {
    watermark: Time,
    model: String,
    cursors: Vec<(String, String)>,
    counts: Vec<(String, [u64; 4])>,
}

fn unpacked(batch: &RecordBatch) -> Result<VecDeque<Row>, String> {
    if batch.schema().fields() != schema().fields() {
        return Err("has other columns than an archive".into());
    }
    let epochs = batch.column(0).as_primitive::<UInt64Type>();
    let handed = batch.column(1).as_primitive::<TimestampMillisecondType>();
    let records = batch.column(2).as_string::<i32>();
    let sources = batch.column(3).as_string::<i32>();
    let positions = batch.column(4).as_primitive::<UInt64Type>();
    let digests = batch.column(5).as_fixed_size_binary();
    let bodies = batch.column(6).as_string::<i32>();
    let mut found = VecDeque::with_capacity(batch.num_rows());
    // What is repeated is held once.
    let mut source: Arc<str> = "".into();
    for at in 0..batch.num_rows() {
        let body = bodies.value(at);
        let bad = |error: serde_json::Error| format!("epoch {}: {error}", epochs.value(at));
        let record = match records.value(at) {
            "epoch" => {
                let head: Head = serde_json::from_str(body).map_err(bad)?;
                let Head { watermark, model, cursors, counts } = head;
                let (sequence, handed_at) = (epochs.value(at), Time(handed.value(at)));
                let header = Header { sequence, handed_at, watermark, model, cursors, counts };
                found.push_back(Row::Head(header));
                continue;
            }
            "event" => {
                if digests.is_null(at) || sources.is_null(at) || positions.is_null(at) {
                    return Err(format!("epoch {}: an event without digest", epochs.value(at)));
                }
                if *source != *sources.value(at) {
                    source = sources.value(at).into();
                }
                let digest = digests.value(at).try_into().expect("sixteen bytes");
                Record::Event {
                    digest: u128::from_be_bytes(digest),
                    source: source.clone(),
                    position: positions.value(at),
                    json: body.as_bytes().into(),
                }
            }
            "dead_letter" => Record::DeadLetter(body.as_bytes().into()),
            "act" => Record::Act(body.as_bytes().into()),
            "tick" => Record::Tick(serde_json::from_str(body).map_err(bad)?),
            "model" => {
                let (name, path, author, reason) = serde_json::from_str(body).map_err(bad)?;
                Record::Model { name, path, author, reason }
            }
            "receipt" => {
                let (outlet, epoch) = serde_json::from_str(body).map_err(bad)?;
                Record::Receipt { outlet, epoch }
            }
            other => return Err(format!("a record \"{other}\" of a later version")),
        };
        found.push_back(Row::Record(record));
    }
    Ok(found)
}
