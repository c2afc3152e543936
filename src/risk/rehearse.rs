//! How long do a model's expressions take? Rows that look like enterprises, for benchmarks.

use crate::id::EventId;
use crate::risk::config::Config;
use crate::risk::features::{Found, Value};
use crate::risk::program::Row;

/// Of so many enterprises, one has something in a column.
const FILLED: u64 = 12;

/// Enterprises of whom something is known in some of the columns.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    config: &'a Config,
    rows: Vec<Row>,
}

impl<'a> Rehearsal<'a> {
    /// So many enterprises, the same every time.
    pub fn new(config: &'a Config, rows: usize) -> Self {
        let columns = config.program.features();
        let event = EventId::new("urn:vestigo:rehearsal", "1");
        let found = |row: usize, column: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&(row as u64).to_le_bytes());
            bytes[8..].copy_from_slice(&(column as u64).to_le_bytes());
            let hash = crate::id::stable_hash(&bytes);
            let text = config.features[columns[column]].is_text();
            (!text && hash.is_multiple_of(FILLED)).then(|| {
                let value = Value::Number((hash >> 32) as f64 % 7.0);
                (column, Found { value, events: vec![event.clone()], firm: true })
            })
        };
        let rows = (0..rows)
            .map(|row| (0..columns.len()).filter_map(|column| found(row, column)).collect())
            .collect();
        Self { config, rows }
    }

    /// Builds the columns and runs every expression once; how many contributions came of it.
    pub fn run(&self) -> usize {
        let rows: Vec<&Row> = self.rows.iter().collect();
        self.config.program.score(&rows).iter().map(Vec::len).sum()
    }
}
