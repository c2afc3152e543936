//! How do results become tables for analysts? Parquet files, by dataset and day.
//!
//! ```text
//! index/day=2026-03-01/000000000000000812-000000000000000950.parquet     named by epochs
//! warnings/day=…/…  events/day=…/…
//! _vestigo.json                                          the last call's epochs and files
//! ```
//!
//! Invariant: a row stands in the folder once. What a call wrote whose receipt was lost is replaced
//! when the call comes again, whatever its epochs are then. Must not know: what the rows mean.

mod file;
mod table;
#[cfg(test)]
mod tests;

pub use file::write;
pub use table::Dataset;

use crate::journal::crash;
use crate::sink::frame::{replace, sync_folder};
use crate::sink::message::{Delivery, Gather, Outlet, OutletFault, Selection, Topic};
use crate::time::Day;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use table::Rows;

/// The file that tells what the last call wrote. Readers of datasets pass over names with `_`.
const LAST: &str = "_vestigo.json";

/// Where the tables are, and how often they grow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the outlet; `parquet` unless several are needed.
    #[serde(default = "usual_name")]
    pub name: String,
    /// The folder; it is made when it is not there.
    pub path: PathBuf,
    /// Which tables; all unless given.
    #[serde(default = "all_datasets")]
    pub datasets: Vec<Dataset>,
    /// Files are written once so many rows wait.
    #[serde(default = "usual_rows")]
    pub gather_rows: usize,
    /// Or once the oldest row waits so many seconds.
    #[serde(default = "usual_seconds")]
    pub gather_seconds: u64,
}

fn usual_name() -> String {
    "parquet".into()
}

fn all_datasets() -> Vec<Dataset> {
    Dataset::ALL.to_vec()
}

const fn usual_rows() -> usize {
    50_000
}

const fn usual_seconds() -> u64 {
    300
}

/// What the last call wrote, noted before it wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    first: u64,
    last: u64,
    /// Below the folder.
    files: Vec<PathBuf>,
}

/// The way out to a folder of tables.
#[derive(Debug)]
pub struct Tables {
    config: Config,
}

impl Tables {
    /// Opens the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(config: &Config) -> io::Result<Self> {
        fs::create_dir_all(&config.path)?;
        Ok(Self { config: config.clone() })
    }

    fn wants(&self, dataset: Dataset) -> bool {
        self.config.datasets.contains(&dataset)
    }

    /// The rows of a call by dataset and day, in the order in which they were told.
    fn rows<'a>(&self, deliveries: &'a [Delivery]) -> BTreeMap<(Dataset, Day), Rows<'a>> {
        let mut found: BTreeMap<(Dataset, Day), Rows<'a>> = BTreeMap::new();
        for delivery in deliveries {
            let epoch = delivery.epoch;
            for message in &*delivery.messages {
                let Some(dataset) = Dataset::of(message.topic).filter(|d| self.wants(*d)) else {
                    continue;
                };
                let rows = found.entry((dataset, message.time.day())).or_insert_with(|| {
                    if dataset == Dataset::Index {
                        Rows::Index(Vec::new())
                    } else {
                        Rows::Warnings(Vec::new())
                    }
                });
                if let Rows::Index(rows) | Rows::Warnings(rows) = rows {
                    rows.push((epoch, message));
                }
            }
            for event in delivery.events.iter().filter(|_| self.wants(Dataset::Events)) {
                let key = (Dataset::Events, event.time.day());
                let rows = found.entry(key).or_insert_with(|| Rows::Events(Vec::new()));
                if let Rows::Events(rows) = rows {
                    rows.push((epoch, event));
                }
            }
        }
        found
    }

    fn last(&self) -> io::Result<Option<Last>> {
        match fs::read(self.config.path.join(LAST)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what the last call wrote when that call has no receipt, but for what is written
    /// again now.
    fn take_back(&self, last: &Last, again: &[PathBuf]) -> io::Result<()> {
        for file in last.files.iter().filter(|file| !again.contains(file)) {
            let path = self.config.path.join(file);
            match fs::remove_file(&path) {
                Ok(()) => path.parent().map_or(Ok(()), sync_folder)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write(&self, deliveries: &[Delivery], first: u64, last: u64) -> Result<(), OutletFault> {
        let disk = |error: io::Error| OutletFault::again(error.to_string());
        let rows = self.rows(deliveries);
        let named = |(dataset, day): &(Dataset, Day)| {
            let file = format!("day={day}/{first:018}-{last:018}.parquet");
            PathBuf::from(dataset.name()).join(file)
        };
        let files: Vec<PathBuf> = rows.keys().map(named).collect();
        if let Some(before) = self.last().map_err(disk)? {
            if first < before.first {
                let folder = self.config.path.display();
                return Err(OutletFault::never(format!(
                    "\"{folder}\" holds epochs up to {}, and epoch {first} is told: it belongs to \
                     another journal; set another folder",
                    before.last
                )));
            }
            if first <= before.last {
                self.take_back(&before, &files).map_err(disk)?;
            }
        }
        let note = Last { first, last, files: files.clone() };
        let note = serde_json::to_vec_pretty(&note).expect("plain values");
        replace(&self.config.path.join(LAST), &note).map_err(disk)?;
        for (rows, file) in rows.values().zip(&files) {
            crash::point("parquet_file");
            let batch = rows.batch();
            let path = self.config.path.join(file);
            write(&path, batch.schema(), std::iter::once(Ok(batch))).map_err(disk)?;
        }
        Ok(())
    }
}

impl Outlet for Tables {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn wants_events(&self) -> bool {
        self.wants(Dataset::Events)
    }

    fn selects(&self) -> Selection {
        let topics = Topic::ALL.into_iter();
        let wanted = |topic: &Topic| Dataset::of(*topic).is_some_and(|d| self.wants(d));
        let mut topics: Vec<Topic> = topics.filter(wanted).collect();
        if topics.is_empty() {
            // A list of none would mean all. Dead letters are few, and passed over.
            topics.push(Topic::DeadLetter);
        }
        Selection { topics, level_min: None }
    }

    fn gathers(&self) -> Gather {
        let age = Duration::from_secs(self.config.gather_seconds);
        Gather { records: self.config.gather_rows, age, most: None }
    }

    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault> {
        let (Some(first), Some(last)) = (deliveries.first(), deliveries.last()) else {
            return Ok(());
        };
        self.write(deliveries, first.epoch, last.epoch)?;
        crash::point("outlet_delivered");
        Ok(())
    }
}
