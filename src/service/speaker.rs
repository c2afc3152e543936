//! What is said, and saved? The read model of everything that stands, and the messages of what
//! changed.
//!
//! Invariant: messages, results and snapshots are a function of the journal; nothing is said
//! during a rebuild but, at its end, what differs. Must not know: how messages are carried.

use crate::engine::{Effects, Part};
use crate::id::EntityId;
use crate::service::core::{Kind, Tag};
use crate::service::intake::Books;
use crate::service::snapshots::{FORMAT, Manifest, Snapshots};
use crate::sink::dead_letters::letter_id;
use crate::sink::outbox::Entrance;
use crate::sink::{
    self, Board, DeadLetter, Delivery, EventRow, Labels, Message, Results, Summary, Tally,
    speak::{self, Told},
};
use crate::telemetry::metrics;
use crate::text::Text;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, RwLock};

/// Everything that stands, as people and programs see it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stand {
    /// Pairs, flows, warnings, tasks, indices.
    pub board: Board,
    /// By entity: code and name.
    pub called: Vec<(Arc<str>, Arc<str>)>,
    /// Rejected records: id, when, what.
    pub dead: Vec<(String, Time, DeadLetter)>,
    /// The newest event time.
    pub newest: Option<Time>,
    /// Counts of accepted and rejected records by type.
    pub counts: BTreeMap<String, Tally>,
    /// The model, with its digest.
    pub model: String,
    /// The journal epoch.
    pub sequence: u64,
}

impl Labels for Stand {
    fn code(&self, entity: EntityId) -> String {
        self.called.get(entity.index()).map_or_else(String::new, |(code, _)| code.to_string())
    }

    fn name(&self, entity: EntityId) -> String {
        self.called.get(entity.index()).map_or_else(String::new, |(_, name)| name.to_string())
    }
}

/// The speaker's thread.
pub struct Speaker {
    /// What stands; read by others too.
    pub stand: Arc<RwLock<Stand>>,
    /// What stood before a rebuild.
    pub before: Option<Board>,
    /// Where the state is saved.
    pub snapshots: Snapshots,
    /// How many are kept.
    pub keep: usize,
    /// Worker threads, for the manifest.
    pub workers: usize,
    /// The folder for the result files.
    pub results: Option<PathBuf>,
    /// To the outbox.
    pub outbox: Option<Entrance>,
}

impl Speaker {
    /// Runs until the engine ends.
    ///
    /// # Errors
    /// When the results or a snapshot cannot be written.
    pub fn run(mut self, tags: &Receiver<Tag>, effects: &Receiver<Effects>) -> io::Result<()> {
        for mut tag in tags {
            let mut mine = Vec::with_capacity(tag.effects);
            for _ in 0..tag.effects {
                // An engine that stops early says why itself.
                let Ok(one) = effects.recv() else { return Ok(()) };
                mine.push(one);
            }
            match std::mem::replace(&mut tag.kind, Kind::Epoch) {
                Kind::Epoch => self.epoch(tag, mine)?,
                Kind::Rebuild(model) => self.rebuild(model),
                Kind::Rebuilt => self.rebuilt(tag.sequence)?,
                Kind::Closing => self.close(mine)?,
            }
        }
        Ok(())
    }

    fn epoch(&mut self, tag: Tag, mut effects: Vec<Effects>) -> io::Result<()> {
        let parts: Vec<Part> =
            effects.iter_mut().flat_map(|e| std::mem::take(&mut e.saved)).collect();
        let silent = self.before.is_some();
        let mut messages = Vec::new();
        {
            let mut stand = self.stand.write().expect("readers do not panic");
            stand.note(&tag);
            if !silent {
                let told =
                    Told { epoch: tag.sequence, at: tag.at, effects: &effects, dead: &tag.dead };
                messages = speak::messages(told, &*stand, &stand.model);
            }
            for one in effects {
                stand.board.take(one);
            }
        }
        if silent {
            return Ok(());
        }
        metrics().effect_seconds.observe(tag.since.elapsed().as_secs_f64());
        self.deliver(tag.sequence, messages, tag.rows)?;
        match tag.save {
            Some(save) => self.save(*save, parts),
            None => Ok(()),
        }
    }

    fn deliver(&self, epoch: u64, said: Vec<Message>, rows: Vec<EventRow>) -> io::Result<()> {
        let Some(outbox) = &self.outbox else { return Ok(()) };
        outbox.hand(&Delivery { epoch, messages: said.into(), events: rows.into() })
    }

    fn save(&self, (books, feeder): (Books, Vec<u8>), rooms: Vec<Part>) -> io::Result<()> {
        let Books { sequence, watermark, ticked, model, model_path, cursors, receipts, ledger } =
            books;
        let manifest = Manifest {
            format: FORMAT,
            sequence,
            model,
            model_path,
            workers: self.workers,
            watermark,
            ticked,
            cursors,
            receipts,
            parts: BTreeMap::new(),
        };
        let stand = self.stand.read().expect("readers do not panic");
        let stand = postcard::to_stdvec(&*stand).expect("plain values");
        let parts = [("ledger", ledger), ("feeder", feeder), ("stand", stand)];
        let parts = parts.into_iter().map(|(name, bytes)| (format!("{name}.part"), bytes));
        let rooms =
            rooms.into_iter().map(|part| (format!("rooms-{}.part", part.share.0), part.bytes));
        let started = std::time::Instant::now();
        if let Some(outbox) = &self.outbox {
            // A start from this snapshot says again only what comes after it.
            outbox.keep()?;
        }
        self.snapshots.write(manifest, parts.chain(rooms))?;
        self.snapshots.keep(self.keep)?;
        tracing::info!(sequence, seconds = started.elapsed().as_secs_f64(), "state saved");
        Ok(())
    }

    fn rebuild(&mut self, model: String) {
        let mut stand = self.stand.write().expect("readers do not panic");
        stand.model = model;
        let before = std::mem::take(&mut stand.board);
        // A switch within a rebuild: what was said before the first one still stands.
        self.before.get_or_insert(before);
    }

    /// Says what differs between two models.
    fn rebuilt(&mut self, sequence: u64) -> io::Result<()> {
        let Some(before) = self.before.take() else { return Ok(()) };
        let messages = {
            let mut stand = self.stand.write().expect("readers do not panic");
            let why = Text::new(
                format!("按新模型 {} 重新计算后，依据不再成立", stand.model),
                format!("computed anew under the model {}, its basis no longer holds", stand.model),
            );
            let effects = stand.board.differences(&before, &why);
            stand.board.take(effects.clone());
            let told = Told { epoch: sequence, at: Time(0), effects: &[effects], dead: &[] };
            speak::messages(told, &*stand, &stand.model)
        };
        self.deliver(sequence, messages, Vec::new())
    }

    /// The result files of the contract, as of now.
    fn close(&self, effects: Vec<Effects>) -> io::Result<()> {
        let mut stand = self.stand.write().expect("readers do not panic");
        for one in effects {
            stand.board.take(one);
        }
        let Some(folder) = &self.results else { return Ok(()) };
        stand.write(folder, self.workers)
    }
}

impl Stand {
    /// What an epoch tells beside its effects.
    fn note(&mut self, tag: &Tag) {
        for called in &tag.called {
            let own = (called.code.clone(), called.name.clone());
            match self.called.get_mut(called.entity.index()) {
                Some(known) => *known = own,
                None => self.called.push(own),
            }
        }
        for (kind, tally) in &tag.counts {
            self.counts.entry(kind.clone()).or_default().add(tally);
        }
        for (letter, number) in tag.dead.iter().zip(1..) {
            let id = letter_id(tag.sequence, number);
            self.dead.push((id, tag.at, letter.clone()));
        }
        self.newest = self.newest.max(tag.newest);
        self.sequence = self.sequence.max(tag.sequence);
    }

    /// Writes the result files.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &std::path::Path, workers: usize) -> io::Result<()> {
        let mut total = Tally::default();
        for tally in self.counts.values() {
            total.add(tally);
        }
        let summary = Summary {
            total,
            by_type: self.counts.clone(),
            workers,
            model: self.model.clone(),
            ..Summary::default()
        };
        sink::write(
            folder,
            &Results {
                board: &self.board,
                labels: self,
                as_of: self.newest,
                dead_letters: self.dead.iter().map(|(_, _, letter)| letter.clone()).collect(),
                summary: &summary,
            },
        )
    }
}
