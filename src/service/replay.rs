//! What does the journal say? Its epochs, read again, as the intake fed them.
//!
//! Invariant: the same steps in the same order as when the events were accepted.

use crate::desk::{Act, Desk};
use crate::entity::Forms;
use crate::event::ledger::Ledger;
use crate::event::{Pseudonyms, Reader};
use crate::journal::{Epoch, Record};
use crate::service::accept::{admit, recounted};
use crate::service::archive::Epochs;
use crate::service::intake::{Books, Fed, Switch};
use crate::sink::DeadLetter;
use crate::source::live::Taken;
use crate::time::Time;
use std::sync::Arc;

/// Loads the model of a switch: its folder and the name that it must have.
pub type Models = Arc<dyn Fn(&str, &str) -> Result<crate::engine::Config, String> + Send + Sync>;

/// Turns journal epochs into what the engine's side gets.
pub struct Reopener {
    reader: Reader,
    models: Models,
    /// What was accepted.
    pub ledger: Ledger,
    /// What was decided.
    pub desk: Desk,
    /// What is known beside.
    pub books: Books,
    /// Whether an outlet wants the events.
    pub rows: bool,
}

impl std::fmt::Debug for Reopener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reopener").field("books", &self.books).finish_non_exhaustive()
    }
}

impl Reopener {
    /// From some state on: empty for the whole journal.
    pub fn new(ledger: Ledger, books: Books, models: Models) -> Self {
        let reader = Reader::new(Pseudonyms::new(&[]), Vec::new(), Time(0)).reopening();
        Self { reader, models, ledger, desk: Desk::default(), books, rows: false }
    }

    /// One epoch.
    ///
    /// # Errors
    /// When an event that was accepted once is refused now, or a model is not there any more; with
    /// the epoch.
    pub fn open(&mut self, epoch: Epoch) -> Result<Fed, String> {
        let Epoch { header, records } = epoch;
        let sequence = header.sequence;
        let broken = |why: String| format!("epoch {sequence} of the journal: {why}");
        let counts = recounted(header.counts);
        let mut fed = Fed { at: header.handed_at, counts, ..Fed::empty(sequence) };
        for record in records {
            self.take(record, &mut fed).map_err(broken)?;
        }
        self.books.sequence = sequence;
        self.books.watermark = self.books.watermark.max(header.watermark);
        self.books.cursors.extend(header.cursors);
        Ok(fed)
    }

    fn take(&mut self, record: Record, fed: &mut Fed) -> Result<(), String> {
        match record {
            Record::Event { digest, json, .. } => {
                let parsed = self.reader.read(&json).map_err(|r| r.reject.to_string())?;
                let forms = Forms::shared(&parsed.event);
                let taken = Taken { event: Arc::new(parsed.event), forms, digest, sealed: json };
                let told = admit(&mut self.ledger, &taken)
                    .map_err(|_| format!("{} was accepted before", taken.event.id.as_str()))?;
                fed.take(told, &taken, self.rows);
            }
            Record::DeadLetter(json) => {
                let letter: DeadLetter =
                    serde_json::from_slice(&json).map_err(|error| error.to_string())?;
                fed.dead.push(letter);
            }
            Record::Tick(now) => {
                self.books.ticked = Some(now.day());
                fed.until = self.books.ticked;
            }
            Record::Model { name, path, author, reason } => {
                let config = (self.models)(&path, &name)?;
                self.books.model.clone_from(&name);
                self.books.model_path.clone_from(&path);
                fed.switch = Some(Box::new(Switch { name, path, author, reason, config }));
            }
            Record::Act(json) => {
                let act: Act = serde_json::from_slice(&json).map_err(|e| format!("an act: {e}"))?;
                self.desk.apply(&act).map_err(|why| format!("act {}: {why}", act.id))?;
                fed.acts.push(Arc::new(act));
            }
            Record::Receipt { outlet, epoch } => {
                self.books.receipts.insert(outlet, epoch);
            }
        }
        Ok(())
    }
}

/// The journal from its beginning through an epoch, under one model.
#[derive(Debug)]
pub struct Replay {
    epochs: Epochs,
    through: u64,
    reopener: Reopener,
}

impl Replay {
    /// Replays what `epochs` gives, through an epoch.
    pub fn new(epochs: Epochs, through: u64, reopener: Reopener) -> Self {
        Self { epochs, through, reopener }
    }

    /// The last epoch of it.
    pub fn sequence(&self) -> u64 {
        self.through
    }
}

impl Iterator for Replay {
    type Item = Result<Fed, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reopener.books.sequence >= self.through {
            return None;
        }
        let epoch = match self.epochs.next()? {
            Ok(epoch) => epoch,
            Err(error) => return Some(Err(error.to_string())),
        };
        // Switches of the past do not count under the new model; what was said was said.
        Some(self.reopener.open(epoch).map(|fed| Fed {
            switch: None,
            dead: Vec::new(),
            acts: Vec::new(),
            ..fed
        }))
    }
}
