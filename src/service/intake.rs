//! What is accepted? The one thread that admits, journals and acknowledges.
//!
//! ```text
//! batches ─▶ admit (duplicate, conflict, too late) ─▶ epoch in the journal ─▶ fsync ─▶ answer
//!                                                                              └────▶ engine
//! ```
//!
//! A batch that carries cursors is an epoch of its own, so that the epochs of a file or partition
//! do not depend on timing; batches without (HTTP) are gathered. All epochs that wait are written
//! and made durable by one fsync: the busier, the larger the group.
//!
//! Invariant: nothing is answered, and nothing reaches the engine, before it is on disk. When the
//! journal is poisoned nothing more is taken. Must not know: what events mean.

use crate::desk::{Act, Desk, Refused};
use crate::engine::Config;
use crate::entity::Told;
use crate::event::EventType;
use crate::event::ledger::Ledger;
use crate::http::Handed;
use crate::journal::{self, Epoch, Header, Record, Writer};
use crate::service::accept::{admit, count, counted, groups, measure};
use crate::service::census;
use crate::service::config::{Intake as Limits, Ticks};
use crate::service::snapshots::Saves;
use crate::sink::{DeadLetter, EventRow, Tally};
use crate::source::Original;
use crate::source::live::{Item, Offered, Outlet, Refusal, Taken, Verdict, wall_clock};
use crate::telemetry::labels::{Part, Queue};
use crate::telemetry::metrics;
use crate::time::{Day, Time};
use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// How often the clock is looked at when nothing comes.
const IDLE: Duration = Duration::from_millis(200);

/// Epochs that one fsync makes durable, at most, by their events.
const EPOCHS_PER_COMMIT: usize = 8;

/// What else is written into the journal.
#[derive(Debug)]
pub enum Order {
    /// An outlet has delivered everything through an epoch. Answered when that is on disk.
    Receipt {
        /// The outlet.
        outlet: Arc<str>,
        /// The epoch.
        epoch: u64,
        /// Answered.
        done: oneshot::Sender<()>,
    },
    /// Another model judges from now on.
    Model(Box<Switch>),
    /// Somebody decided something. Answered when it is on disk, or refused.
    Act {
        /// The act, with the event that it becomes.
        handed: Box<Handed>,
        /// The model that judges when it holds: of an approval.
        switch: Option<Box<Switch>>,
        /// Answered.
        done: oneshot::Sender<Result<(), Refused>>,
    },
    /// Save the state soon.
    Snapshot,
    /// Take no more, work off what waits, and end.
    Stop,
}

/// A switch to another model.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Name with digest.
    pub name: String,
    /// Its folder.
    pub path: String,
    /// Who asked for it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Its stages.
    pub config: Config,
}

/// Records by type (`unknown` where it could not be read) and what became of them.
pub type Counts = BTreeMap<String, Tally>;

/// What the engine's side gets, in the order of the journal.
#[derive(Debug)]
pub struct Fed {
    /// The journal epoch.
    pub sequence: u64,
    /// When it was handed on, as its header says.
    pub at: Time,
    /// What was accepted, in the order of arrival.
    pub told: Vec<Told>,
    /// The newest event time in it.
    pub newest: Option<Time>,
    /// Accepted events as they are kept: when an outlet wants them.
    pub rows: Vec<EventRow>,
    /// The day that the clock has reached.
    pub until: Option<Day>,
    /// Rejected records.
    pub dead: Vec<DeadLetter>,
    /// Records by type and what became of them.
    pub counts: Counts,
    /// What was decided, in order.
    pub acts: Vec<Arc<Act>>,
    /// Judge by another model from here on.
    pub switch: Option<Box<Switch>>,
    /// Save the state after this epoch: the books as of it.
    pub save: Option<Box<Books>>,
    /// When the oldest of its events was taken.
    pub since: Instant,
    /// Nothing of the journal: a heartbeat that passes all parts, sent at `at`.
    pub beat: bool,
}

impl Fed {
    /// An epoch with nothing in it.
    pub fn empty(sequence: u64) -> Self {
        Self {
            sequence,
            at: Time(0),
            told: Vec::new(),
            newest: None,
            rows: Vec::new(),
            until: None,
            dead: Vec::new(),
            counts: Counts::new(),
            acts: Vec::new(),
            switch: None,
            save: None,
            since: Instant::now(),
            beat: false,
        }
    }

    /// Takes an accepted event in; with `rows`, also as outlets carry it.
    pub(super) fn take(&mut self, told: Vec<Told>, taken: &Taken, rows: bool) {
        self.told.extend(told);
        self.newest = self.newest.max(Some(taken.event.time));
        if rows {
            self.rows.push(EventRow::of(&taken.event, &taken.sealed));
        }
    }
}

/// What the intake knows beside the journal: part of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// The epoch that they are as of.
    pub sequence: u64,
    /// Of event time.
    pub watermark: Time,
    /// The day that the clock has told.
    pub ticked: Option<Day>,
    /// The model, with its digest.
    pub model: String,
    /// The model's folder.
    pub model_path: String,
    /// Where sources go on.
    pub cursors: BTreeMap<String, String>,
    /// Through which epoch each outlet has delivered.
    pub receipts: BTreeMap<String, u64>,
    /// The ledger, saved.
    pub ledger: Vec<u8>,
    /// The desk, saved.
    pub desk: Vec<u8>,
}

/// The intake thread's state.
pub struct Intake {
    /// The log.
    pub writer: Writer,
    /// What was accepted.
    pub ledger: Ledger,
    /// What was decided, as of the last epoch written.
    pub desk: Desk,
    /// The same as of the last epoch on disk; read by others.
    pub shown: Arc<RwLock<Desk>>,
    /// What is known beside.
    pub books: Books,
    /// How events are gathered.
    pub limits: Limits,
    /// What makes time pass.
    pub ticks: Ticks,
    /// When the state is saved.
    pub saves: Saves,
    /// Whether an outlet wants the events.
    pub rows: bool,
    /// To the engine's side; full when the engine is behind. Gone once the intake was told to stop.
    pub engine: Option<SyncSender<Fed>>,
}

/// An epoch that is written and not durable yet.
pub(super) struct Pending {
    pub(super) fed: Fed,
    answers: Vec<(Offered, Vec<Verdict>)>,
    done: Vec<oneshot::Sender<()>>,
    pub(super) acted: Vec<oneshot::Sender<Result<(), Refused>>>,
}

/// Why the intake ended.
#[derive(Debug)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// The journal takes no more: nothing that was not answered counts.
    Poisoned(journal::Error),
    /// The engine is gone; its own error says why.
    Engine,
}

impl Intake {
    /// Runs until told to stop, then takes receipts until nobody is left to send one.
    pub fn run(mut self, mut inlet: Outlet, mut orders: mpsc::UnboundedReceiver<Order>) -> Ended {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a timer needs no file");
        let mut stop = false;
        let mut beaten = Instant::now();
        loop {
            self.beat(&mut beaten);
            let (mut batches, mut asked) = (Vec::new(), Vec::new());
            let wait = if stop && self.engine.is_some() { Duration::ZERO } else { IDLE };
            let gone = runtime.block_on(async {
                tokio::select! {
                    order = orders.recv() => match order {
                        Some(order) => asked.push(order),
                        None => return true,
                    },
                    Some(offered) = inlet.recv() => batches.push(offered),
                    () = tokio::time::sleep(wait) => {}
                }
                false
            });
            if gone {
                return Ended::Stopped;
            }
            // What waits already shares the fsync.
            let mut events: usize = batches.iter().map(|b| b.batch.items.len()).sum();
            while events < self.limits.epoch_events_max * EPOCHS_PER_COMMIT {
                let Ok(offered) = inlet.try_recv() else { break };
                events += offered.batch.items.len();
                batches.push(offered);
            }
            while let Ok(order) = orders.try_recv() {
                asked.push(order);
            }
            stop |= asked.iter().any(|order| matches!(order, Order::Stop));
            let idle = batches.is_empty() && asked.is_empty();
            if let Err(ended) = self.turn(batches, asked) {
                return ended;
            }
            if stop && idle {
                self.engine = None;
            }
        }
    }

    /// Writes everything that came, makes it durable by one fsync, answers, and feeds the engine.
    fn turn(&mut self, batches: Vec<Offered>, asked: Vec<Order>) -> Result<(), Ended> {
        let started = Instant::now();
        let mut pending = Vec::new();
        for group in groups(batches, self.limits.epoch_events_max) {
            pending.push(self.write_events(group).map_err(Ended::Poisoned)?);
        }
        let (acts, asked): (Vec<Order>, Vec<Order>) =
            asked.into_iter().partition(|order| matches!(order, Order::Act { .. }));
        pending.extend(self.write_orders(asked).map_err(Ended::Poisoned)?);
        pending.extend(self.write_acts(acts).map_err(Ended::Poisoned)?);
        if pending.is_empty() {
            return Ok(());
        }
        let committed = Instant::now();
        self.writer.commit().map_err(Ended::Poisoned)?;
        let all = metrics();
        all.journal.commit.observe(committed.elapsed().as_secs_f64());
        all.journal.epochs.inc_by(pending.len() as u64);
        all.stages.watermark.set(self.books.watermark.0 as f64 / 1000.0);
        let records = pending.iter().map(|epoch| epoch.fed.told.len() + epoch.fed.dead.len()).sum();
        all.stages.spent(Part::Journal, started.elapsed().as_secs_f64(), records);
        for epoch in pending {
            if !epoch.fed.acts.is_empty() {
                let mut shown = self.shown.write().expect("readers do not panic");
                for act in &epoch.fed.acts {
                    shown.apply(act).expect("it was applied to the same desk before");
                    census::acted(&shown, act);
                }
            }
            let fed = epoch.answer();
            if let Some(engine) = &self.engine {
                let waits = Instant::now();
                all.stages.depth.of_key(Queue::Engine).inc();
                engine.send(fed).map_err(|_| Ended::Engine)?;
                all.stages.backpressure.inc_by(waits.elapsed().as_secs_f64());
            }
        }
        Ok(())
    }

    /// One epoch of batches.
    fn write_events(&mut self, group: Vec<Offered>) -> Result<Pending, journal::Error> {
        let mut epoch = self.begin(group.iter().map(|o| o.since).min());
        let mut records = Vec::new();
        let mut answers = Vec::with_capacity(group.len());
        let mut cursors = Vec::new();
        let now = wall_clock();
        for mut offered in group {
            let items = std::mem::take(&mut offered.batch.items);
            let mut verdicts = Vec::with_capacity(items.len());
            let mut accepted: Vec<(EventType, Time, usize)> = Vec::with_capacity(items.len());
            for item in items {
                let read = item.read.as_ref().ok();
                let about = read.map(|t| (t.event.kind, t.event.time, t.sealed.len()));
                verdicts.push(self.take(&offered.batch.source, item, &mut epoch.fed, &mut records));
                let taken = verdicts.last() == Some(&Verdict::Accepted);
                accepted.extend(about.filter(|_| taken));
            }
            measure(&offered.batch.source, &verdicts, &accepted, now);
            cursors.append(&mut offered.batch.cursors);
            answers.push((offered, verdicts));
        }
        epoch.answers = answers;
        self.books.cursors.extend(cursors.iter().cloned());
        self.close(epoch, records, cursors)
    }

    /// One epoch of everything else; none when there is nothing to write.
    fn write_orders(&mut self, asked: Vec<Order>) -> Result<Option<Pending>, journal::Error> {
        let mut epoch = self.begin(None);
        let mut records = Vec::new();
        if let Some(now) = self.tick() {
            epoch.fed.until = self.books.ticked;
            records.push(Record::Tick(now));
        }
        let mut save = false;
        for order in asked {
            match order {
                Order::Receipt { outlet, epoch: through, done } => {
                    self.books.receipts.insert(outlet.to_string(), through);
                    records.push(Record::Receipt { outlet: outlet.to_string(), epoch: through });
                    epoch.done.push(done);
                }
                Order::Model(switch) => {
                    records.push(self.switched(&switch));
                    epoch.fed.switch = Some(switch);
                }
                Order::Snapshot => save = true,
                // Acts have epochs of their own.
                Order::Act { .. } | Order::Stop => {}
            }
        }
        if save {
            self.saves.last = 0;
            self.saves.at -= self.saves.after;
        }
        if records.is_empty() && !save {
            return Ok(None);
        }
        self.close(epoch, records, Vec::new()).map(Some)
    }

    pub(super) fn begin(&self, since: Option<Instant>) -> Pending {
        let since = since.unwrap_or_else(Instant::now);
        let fed = Fed { since, ..Fed::empty(self.books.sequence + 1) };
        Pending { fed, answers: Vec::new(), done: Vec::new(), acted: Vec::new() }
    }

    pub(super) fn close(
        &mut self,
        mut epoch: Pending,
        records: Vec<Record>,
        cursors: Vec<(String, String)>,
    ) -> Result<Pending, journal::Error> {
        self.books.sequence += 1;
        epoch.fed.at = wall_clock();
        let header = Header {
            sequence: self.books.sequence,
            handed_at: epoch.fed.at,
            watermark: self.books.watermark,
            model: self.books.model.clone(),
            cursors,
            counts: counted(&epoch.fed.counts),
        };
        let written = self.writer.append(&Epoch { header, records })?;
        metrics().journal.bytes.inc_by(written);
        // The rooms of an epoch that switches are still those of the model before.
        if epoch.fed.switch.is_none() && self.saves.due(self.books.sequence) {
            self.saves.last = self.books.sequence;
            self.saves.at = Instant::now();
            let ledger = postcard::to_stdvec(&self.ledger).expect("plain values");
            let desk = postcard::to_stdvec(&self.desk).expect("plain values");
            epoch.fed.save = Some(Box::new(Books { ledger, desk, ..self.books.clone() }));
        }
        Ok(epoch)
    }

    /// A new day of the wall clock, once; not before the first event.
    fn tick(&mut self) -> Option<Time> {
        if self.ticks != Ticks::Wall || self.books.watermark == Time(0) || self.engine.is_none() {
            return None;
        }
        let now = wall_clock();
        let day = now.day();
        if self.books.ticked.is_some_and(|ticked| ticked >= day) {
            return None;
        }
        self.books.ticked = Some(day);
        Some(now)
    }

    /// Admits one record.
    pub(super) fn take(
        &mut self,
        source: &Arc<str>,
        item: Item,
        fed: &mut Fed,
        records: &mut Vec<Record>,
    ) -> Verdict {
        let position = item.position;
        let (kind, verdict, dead) = match item.read {
            Ok(taken) => {
                let kind = Some(taken.event.kind);
                match admit(&mut self.ledger, &taken) {
                    Ok(told) => {
                        self.books.watermark = self.books.watermark.max(taken.event.time);
                        fed.take(told, &taken, self.rows);
                        records.push(Record::Event {
                            digest: taken.digest,
                            source: source.clone(),
                            position,
                            json: taken.sealed,
                        });
                        (kind, Verdict::Accepted, None)
                    }
                    Err(None) => (kind, Verdict::Duplicate, None),
                    Err(Some(reject)) => {
                        let original = Original::of(&taken.sealed);
                        (kind, Verdict::Rejected(reject), Some(original))
                    }
                }
            }
            Err(Refusal { reject, kind, original }) => {
                (kind, Verdict::Rejected(reject), Some(original))
            }
        };
        if let (Verdict::Rejected(reject), Some(original)) = (&verdict, dead) {
            let letter = DeadLetter::of(&**source, position, reject, original);
            let json = serde_json::to_vec(&letter).expect("plain values");
            records.push(Record::DeadLetter(json.into()));
            fed.dead.push(letter);
        }
        count(&mut fed.counts, kind, &verdict);
        verdict
    }
}

impl Pending {
    /// Tells everyone who waits; what remains goes to the engine.
    fn answer(self) -> Fed {
        for (mut offered, verdicts) in self.answers {
            offered.release();
            if let Some(reply) = offered.batch.reply.take() {
                // A sender that has gone away has lost its answer, not its events.
                reply.send(verdicts).ok();
            }
        }
        for done in self.done {
            done.send(()).ok();
        }
        for acted in self.acted {
            acted.send(Ok(())).ok();
        }
        self.fed
    }
}
