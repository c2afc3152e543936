//! What runs behind the journal? The engine's side: journal epochs in, effects out, in order.
//!
//! ```text
//! Fed ─▶ feeder (mentions, days) ─▶ engine (N workers) ─▶ effects ┐
//!            └──────────── tags: which effects are whose ─────────┴─▶ speaker
//! ```
//!
//! A switch of the model ends one *generation* of the engine and begins the next: the journal is
//! replayed under the new model up to the switch, in silence, and the speaker tells the
//! differences. Invariant: what the speaker gets is a function of the journal. Must not know:
//! outlets.

use crate::desk::Act;
use crate::engine::{self, Called, Config, Effects, EngineError, Epoch, Feeder, Meter, Part};
use crate::entity::Fact;
use crate::service::heart;
use crate::service::intake::{Books, Counts, Fed, Switch};
use crate::service::replay::Replay;
use crate::sink::{DeadLetter, EventRow};
use crate::telemetry::labels::{Beat, Part as Place, Queue};
use crate::telemetry::{Timer, metrics};
use crate::time::{Day, Time};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// What belongs to the effects that follow: of one journal epoch.
#[derive(Debug)]
pub struct Tag {
    /// The journal epoch.
    pub sequence: u64,
    /// When it was handed on.
    pub at: Time,
    /// How many effects are its own.
    pub effects: usize,
    /// Names that changed.
    pub called: Vec<Called>,
    /// The facts of each of its days.
    pub facts: Vec<Arc<[Fact]>>,
    /// What was decided.
    pub acts: Vec<Arc<Act>>,
    /// Rejected records.
    pub dead: Vec<DeadLetter>,
    /// Records by type and what became of them.
    pub counts: Counts,
    /// The newest event time in it.
    pub newest: Option<Time>,
    /// Accepted events, when an outlet wants them.
    pub rows: Vec<EventRow>,
    /// Save the state: with the intake's books and the feeder.
    pub save: Option<Box<(Books, Vec<u8>)>>,
    /// When the oldest event was taken.
    pub since: Instant,
    /// What it is.
    pub kind: Kind,
}

/// What a tag stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A journal epoch.
    Epoch,
    /// Everything is told anew under this model; nothing is said until [`Kind::Rebuilt`].
    Rebuild(String),
    /// The replay has caught up: say what differs.
    Rebuilt,
    /// The end: the closing state.
    Closing,
    /// A heartbeat.
    Beat,
}

/// Where a generation starts.
#[derive(Debug)]
pub struct Start {
    /// The model.
    pub config: Config,
    /// Mentions, names, the day.
    pub feeder: Feeder,
    /// The stages, saved; none for an empty engine.
    pub rooms: Option<Vec<Part>>,
}

/// Runs generations until the intake ends. Blocks.
///
/// # Errors
/// When the workers cannot start or one stops, or the journal cannot be replayed under a new model.
pub fn run(
    workers: usize,
    start: Start,
    fed: &mut Receiver<Fed>,
    replay: &(dyn Fn(u64) -> Result<Replay, String> + Sync),
    to: (Sender<Tag>, Sender<Effects>),
) -> Result<(), EngineError> {
    let (tags, effects) = to;
    let Start { mut config, mut feeder, mut rooms } = start;
    let mut again: Option<Replay> = None;
    let meter: Arc<dyn Meter> = Arc::new(Timer::default());
    loop {
        let (failed_in, failed) = channel();
        let mut epochs = Epochs {
            fed,
            feeder: &mut feeder,
            tags: &tags,
            again: again.take(),
            ready: VecDeque::new(),
            switch: None,
            closed: false,
            failed: failed_in,
        };
        engine::run_metered((&config, Some(&meter)), workers, rooms.take(), &mut epochs, |done| {
            // A speaker that is gone has ended the service, which says why.
            effects.send(done).ok();
        })?;
        let switch = epochs.switch.take();
        if let Ok(why) = failed.try_recv() {
            return Err(EngineError::Start(why));
        }
        let Some((sequence, switch)) = switch else { return Ok(()) };
        config = switch.config;
        feeder = Feeder::new();
        again = Some(replay(sequence).map_err(EngineError::Start)?);
        metrics().stages.depth.of_key(Queue::Speaker).inc();
        tags.send(Tag::plain(sequence, Kind::Rebuild(switch.name))).ok();
    }
}

impl Tag {
    fn plain(sequence: u64, kind: Kind) -> Self {
        Self {
            sequence,
            at: Time(0),
            effects: 0,
            called: Vec::new(),
            facts: Vec::new(),
            acts: Vec::new(),
            dead: Vec::new(),
            counts: Counts::new(),
            newest: None,
            rows: Vec::new(),
            save: None,
            since: Instant::now(),
            kind,
        }
    }
}

/// The engine epochs of one generation.
struct Epochs<'a> {
    fed: &'a mut Receiver<Fed>,
    feeder: &'a mut Feeder,
    tags: &'a Sender<Tag>,
    /// The journal, replayed under a new model, before what is fed.
    again: Option<Replay>,
    ready: VecDeque<Epoch>,
    switch: Option<(u64, Switch)>,
    closed: bool,
    failed: Sender<String>,
}

impl Iterator for Epochs<'_> {
    type Item = Epoch;

    fn next(&mut self) -> Option<Epoch> {
        loop {
            if let Some(epoch) = self.ready.pop_front() {
                return Some(epoch);
            }
            if self.closed {
                return None;
            }
            if let Some(again) = &mut self.again {
                match again.next() {
                    Some(Ok(fed)) => self.take(fed),
                    Some(Err(why)) => {
                        self.failed.send(why).ok();
                        return None;
                    }
                    None => {
                        let sequence = again.sequence();
                        self.again = None;
                        self.send(Tag::plain(sequence, Kind::Rebuilt));
                    }
                }
                continue;
            }
            match self.fed.recv() {
                Ok(fed) if fed.beat => self.beat(fed.at),
                Ok(mut fed) => {
                    metrics().stages.depth.of_key(Queue::Engine).dec();
                    if let Some(switch) = fed.switch.take() {
                        // The rest of the epoch belongs to the old generation.
                        self.switch = Some((fed.sequence, *switch));
                        self.closed = true;
                    }
                    self.take(fed);
                }
                Err(_) => self.close(),
            }
        }
    }
}

impl Epochs<'_> {
    fn beat(&mut self, at: Time) {
        metrics().stages.depth.of_key(Queue::Engine).dec();
        heart::passed(Beat::Resolve, at);
        self.send(Tag { at, ..Tag::plain(0, Kind::Beat) });
    }

    /// A speaker that is gone has ended the service, which says why.
    fn send(&self, tag: Tag) {
        metrics().stages.depth.of_key(Queue::Speaker).inc();
        self.tags.send(tag).ok();
    }

    fn take(&mut self, fed: Fed) {
        let started = Instant::now();
        heart::passed(Beat::Resolve, fed.at);
        let items = fed.told.len();
        let Fed {
            sequence, at, told, newest, rows, until, dead, counts, acts, save, since, ..
        } = fed;
        let (mut epochs, called) = self.feeder.feed(told, until);
        metrics().stages.spent(Place::Resolve, started.elapsed().as_secs_f64(), items);
        let save = save.and_then(|books| {
            let day = self.feeder.today()?;
            if epochs.is_empty() {
                epochs.push(quiet(day));
            }
            epochs.last_mut().expect("there is one now").save = true;
            Some(Box::new((*books, self.feeder.save())))
        });
        let tag = Tag {
            at,
            effects: epochs.len(),
            called,
            facts: epochs.iter().map(|epoch| epoch.facts.clone()).collect(),
            acts,
            dead,
            counts,
            newest,
            rows,
            save,
            since,
            ..Tag::plain(sequence, Kind::Epoch)
        };
        self.send(tag);
        self.ready.extend(epochs);
    }

    /// The intake has ended: the closing state is wanted.
    fn close(&mut self) {
        self.closed = true;
        if let Some(day) = self.feeder.today() {
            self.send(Tag { effects: 1, ..Tag::plain(0, Kind::Closing) });
            self.ready.push_back(Epoch { last: true, ..quiet(day) });
        }
    }
}

fn quiet(day: Day) -> Epoch {
    Epoch { day, facts: Vec::new().into(), last: false, save: false }
}
