//! What is said, and saved? The read model of everything that stands, and the messages of what
//! changed.
//!
//! Invariant: messages, results and snapshots are a function of the journal; nothing is said
//! during a rebuild but, at its end, what differs. Must not know: how messages are carried.

use crate::engine::{Effects, Part};
use crate::http::ring::Ring;
use crate::query::Stand;
use crate::service::census;
use crate::service::core::{Kind, Tag};
use crate::service::decisions;
use crate::service::heart;
use crate::service::intake::Books;
use crate::service::snapshots::{FORMAT, Manifest, Saver};
use crate::sink::dead_letters::letter_id;
use crate::sink::outbox::Entrance;
use crate::sink::{
    Board, Delivery, EventRow, Message,
    speak::{self, Told},
};
use crate::telemetry::labels::{Beat, Part as Place, Queue};
use crate::telemetry::metrics;
use crate::text::Text;
use crate::time::Time;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, RwLock};
use std::time::Instant;

/// The speaker's thread.
pub struct Speaker {
    /// What stands; read by others too.
    pub stand: Arc<RwLock<Stand>>,
    /// What stands under another model, during a rebuild.
    pub rebuilt: Option<Board>,
    /// Saves the state.
    pub saver: Saver,
    /// Worker threads, for the manifest.
    pub workers: usize,
    /// The folder for the result files.
    pub results: Option<PathBuf>,
    /// To those who follow the stream.
    pub ring: Arc<Ring>,
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
                Kind::Beat => heart::passed(Beat::Speak, tag.at),
                Kind::Epoch => self.epoch(tag, mine)?,
                Kind::Rebuild(model) => self.rebuild(model),
                Kind::Rebuilt => self.rebuilt(tag.sequence)?,
                Kind::Closing => self.close(mine)?,
            }
            metrics().stages.depth.of_key(Queue::Speaker).dec();
        }
        self.saver.finish()
    }

    fn epoch(&mut self, tag: Tag, mut effects: Vec<Effects>) -> io::Result<()> {
        let _within = tracing::info_span!(
            "speak",
            epoch = tag.sequence,
            since_accepted = tag.since.elapsed().as_secs_f64(),
        )
        .entered();
        let started = Instant::now();
        heart::passed(Beat::Speak, tag.at);
        let parts: Vec<Part> =
            effects.iter_mut().flat_map(|e| std::mem::take(&mut e.saved)).collect();
        if let Some(rebuilt) = &mut self.rebuilt {
            // It was said; until the end what was said stands.
            for one in effects {
                rebuilt.take(one);
            }
            return Ok(());
        }
        let messages = {
            let mut stand = self.stand.write().expect("readers do not panic");
            note(&mut stand, &tag);
            let told = Told { epoch: tag.sequence, at: tag.at, effects: &effects, dead: &tag.dead };
            let mut messages = speak::messages(told, &*stand, &stand.model);
            census::changed(&effects, tag.since.elapsed());
            stand.take(&tag.facts, effects);
            tag.acts.iter().for_each(|act| census::claimed(&stand, act));
            decisions::tell(&stand, tag.sequence, &tag.acts, &mut messages);
            messages
        };
        let stages = &metrics().stages;
        stages.effect.observe(tag.since.elapsed().as_secs_f64());
        stages.spent(Place::Speak, started.elapsed().as_secs_f64(), messages.len());
        self.ring.add(tag.sequence, &messages);
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

    fn save(&mut self, (books, feeder): (Books, Vec<u8>), rooms: Vec<Part>) -> io::Result<()> {
        let Books {
            sequence,
            watermark,
            ticked,
            model,
            model_path,
            cursors,
            receipts,
            ledger,
            desk,
        } = books;
        let mut manifest = Manifest {
            format: FORMAT,
            sequence,
            model,
            model_path,
            shadow: None,
            workers: self.workers,
            watermark,
            ticked,
            cursors,
            receipts,
            parts: BTreeMap::new(),
        };
        let stand = self.stand.read().expect("readers do not panic");
        manifest.shadow = stand.shadow.as_ref().map(ToString::to_string);
        let stand = postcard::to_stdvec(&*stand).expect("plain values");
        let parts = [("ledger", ledger), ("desk", desk), ("feeder", feeder), ("stand", stand)];
        let parts = parts.into_iter().map(|(name, bytes)| (format!("{name}.part"), bytes));
        let rooms =
            rooms.into_iter().map(|part| (format!("rooms-{}.part", part.share.0), part.bytes));
        if let Some(outbox) = &self.outbox {
            // A start from this snapshot says again only what comes after it.
            outbox.keep()?;
        }
        self.saver.save(manifest, parts.chain(rooms).collect())
    }

    fn rebuild(&mut self, model: String) {
        self.stand.write().expect("readers do not panic").next_model = Some(model);
        // A switch within a rebuild begins it anew: what was said before the first one still stands.
        self.rebuilt = Some(Board::default());
    }

    /// Says what differs between two models.
    fn rebuilt(&mut self, sequence: u64) -> io::Result<()> {
        let Some(mut board) = self.rebuilt.take() else { return Ok(()) };
        let messages = {
            let mut stand = self.stand.write().expect("readers do not panic");
            let model = stand.next_model.clone().unwrap_or_default();
            let why = Text::new(
                format!("按新模型 {model} 重新计算后，依据不再成立"),
                format!("computed anew under the model {model}, its basis no longer holds"),
            );
            let effects = board.differences(&stand.board, &why);
            board.take(effects.clone());
            stand.replace(board, &effects);
            metrics().found.model(&stand.model);
            let told = Told { epoch: sequence, at: Time(0), effects: &[effects], dead: &[] };
            speak::messages(told, &*stand, &stand.model)
        };
        self.ring.add(sequence, &messages);
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

/// What an epoch tells beside its effects.
fn note(stand: &mut Stand, tag: &Tag) {
    stand.rename(&tag.called);
    for (kind, tally) in &tag.counts {
        stand.counts.entry(kind.clone()).or_default().add(tally);
    }
    for (letter, number) in tag.dead.iter().zip(1..) {
        let id = letter_id(tag.sequence, number);
        stand.dead.push((id, tag.at, letter.clone()));
    }
    stand.newest = stand.newest.max(tag.newest);
    stand.sequence = stand.sequence.max(tag.sequence);
}
