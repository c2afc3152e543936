//! How does it run for real? Sources, journal, engine and outlets, wired, started and stopped.
//!
//! ```text
//! sources ─▶ inlet ─▶ intake ═ journal ═▶ core (engine) ─▶ speaker ─▶ outbox ─▶ outlets
//!                        ▲                                    └▶ snapshots      │
//!                        └──────────────────── receipts ────────────────────────┘
//! ```
//!
//! The journal is the only state. At the start the newest snapshot that fits is loaded and what
//! the journal holds after it is replayed; without one, all of it. Invariant: what was answered is
//! in the journal; what is told follows from it.

mod accept;
pub mod archive;
pub mod backup;
mod census;
mod clock;
pub mod config;
pub mod core;
mod decisions;
mod demo;
pub mod disk;
mod fault;
mod heart;
pub mod intake;
mod judging;
mod letters;
mod past;
mod promote;
pub mod recover;
pub mod replay;
pub mod snapshots;
pub mod speaker;
mod vigil;
mod wire;

pub use archive::{History, Missing};
pub use config::{Live, Overrides, is_live};
pub use fault::Fault;
pub use letters::{dead_letter, dead_letters};
pub use past::{Learned, as_of, learned};

use crate::access::Reads;
use crate::desk::Desk;
use crate::engine::Shadow;
use crate::event::Pseudonyms;
use crate::http::ring::Ring;
use crate::http::{Condition, Health};
use crate::journal::{self, Epoch, Header, Record, Writer};
use crate::model::Model;
use crate::query::Stand;
use crate::service::archive::Watch;
use crate::service::census::Census;
use crate::service::clock::Clock;
use crate::service::intake::{Ended, Intake, Order, Switch};
use crate::service::judging::Judging;
use crate::service::promote::Shelf;
use crate::service::recover::State;
use crate::service::replay::Reopener;
use crate::service::snapshots::{Saver, Saves};
use crate::service::speaker::Speaker;
use crate::service::wire::Web;
use crate::sink::{self, Outbox};
use crate::source::live::{Checker, Closed, Inlet, wall_clock};
use crate::telemetry::labels::Queue;
use crate::telemetry::{Note, metrics};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::sync::{Arc, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// What may be asked of a running service from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Drain, commit, end.
    Stop,
    /// Load the model's folder again, and switch to it if it is another.
    Reload,
}

/// How often the parts are looked after.
const LOOK: Duration = Duration::from_millis(50);
/// How long the outlets may take to deliver the rest at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// Tells the journal what outlets delivered.
struct Receipts(mpsc::UnboundedSender<Order>);

impl sink::Receipts for Receipts {
    fn record(&self, outlet: &str, epoch: u64) -> Result<(), Closed> {
        let (done, told) = tokio::sync::oneshot::channel();
        self.0.send(Order::Receipt { outlet: outlet.into(), epoch, done }).map_err(|_| Closed)?;
        told.blocking_recv().map_err(|_| Closed)
    }
}

/// Loads the models that the journal names: copies in the state folder.
fn models(state: &Path, flow: bool, shadow: Option<Shadow>) -> replay::Models {
    let below = state.join("models");
    Arc::new(move |path, name| {
        let folder = below.join(path);
        let model = Model::load(&folder).map_err(|error| error.to_string())?;
        if model.name() == name {
            return Ok(judging::stages(&model, flow, shadow.as_ref()));
        }
        let (folder, found) = (folder.display(), model.name());
        Err(format!("the journal needs the model {name}, and \"{folder}\" holds {found}"))
    })
}

/// The parts of a running service.
struct Running {
    orders: mpsc::UnboundedSender<Order>,
    inlet: Inlet,
    stand: Arc<RwLock<Stand>>,
    shown: Arc<RwLock<Desk>>,
    judging: Judging,
    shadow: Option<Shadow>,
    intake: JoinHandle<Ended>,
    engine: EngineSide,
    outbox: Outbox,
    sources: Vec<JoinHandle<()>>,
    health: Health,
    web: Option<Web>,
    clock: Option<Clock>,
    retention: Option<Watch>,
}

/// The threads behind the journal.
struct EngineSide {
    core: JoinHandle<Result<(), crate::engine::EngineError>>,
    speaker: JoinHandle<std::io::Result<()>>,
}

impl EngineSide {
    /// Starts them; what is fed is worked off in order.
    fn start(
        start: core::Start,
        fed: Receiver<intake::Fed>,
        state: &State,
        models: replay::Models,
        horizon_years: u32,
        speaker: Speaker,
    ) -> Self {
        let workers = speaker.workers;
        let (tags, tagged) = channel();
        let (effects, effected) = channel();
        let state = state.clone();
        let replayed = move |through: u64| {
            let recovered = state.beginning(horizon_years, &models).map_err(|e| e.to_string())?;
            Ok(replay::Replay::new(state.history.epochs(1), through, recovered.reopener))
        };
        let core = move || {
            let mut fed = fed;
            core::run(workers, start, &mut fed, &replayed, (tags, effects))
        };
        let speaker = move || speaker.run(&tagged, &effected);
        Self { core: spawn("core", core), speaker: spawn("speaker", speaker) }
    }

    fn join(self) -> Result<(), Fault> {
        let core = self.core.join().map_err(|_| Fault::Engine("the core panicked".into()))?;
        let spoken = self.speaker.join();
        core.map_err(|error| Fault::Engine(error.to_string()))?;
        spoken.map_err(|_| Fault::Engine("the speaker panicked".into()))?.map_err(Fault::Io)
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.expect("the system has room for one more thread")
}

/// Runs a live pipeline until it is told to stop, or, `once`, until its files are read. Blocks.
///
/// # Errors
/// See [`Fault`]. What was answered before is in the journal whatever happens.
pub fn run(
    live: &Live,
    workers: usize,
    env: &dyn Fn(&str) -> Option<String>,
    signals: &Receiver<Signal>,
) -> Result<(), Fault> {
    let running = start(live, workers, env)?;
    let reason = loop {
        match signals.recv_timeout(LOOK) {
            Ok(Signal::Stop) => break "asked to stop",
            Ok(Signal::Reload) => running.reload(live),
            Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if running.intake.is_finished() || running.engine.core.is_finished() {
            break "a part has stopped";
        }
        if running.web.is_none() && running.sources.iter().all(JoinHandle::is_finished) {
            break "the sources have ended";
        }
        metrics().stages.depth.of_key(Queue::Inlet).set(running.inlet.waiting().into());
    };
    tracing::info!(reason, "stopping");
    running.stop()
}

/// The model as its folder holds it now, kept in the state folder: the journal names the copy.
fn load_model(
    live: &Live,
    shadow: Option<&Shadow>,
    (author, reason): (&str, &str),
) -> Result<(Model, Switch), Fault> {
    let model = Model::load(&live.model).map_err(|error| Fault::Model(error.to_string()))?;
    let copy = model.keep(&live.state.join("models")).map_err(Fault::Io)?;
    let switch = Switch {
        name: model.name(),
        path: copy.display().to_string(),
        author: author.to_owned(),
        reason: reason.to_owned(),
        config: judging::stages(&model, live.flow, shadow),
    };
    Ok((model, switch))
}

/// The model that the pipeline runs beside the one that judges.
fn load_shadow(live: &Live) -> Result<Option<Shadow>, Fault> {
    let load = |folder| Model::load(folder).map(|model| model.shadow());
    live.shadow.as_deref().map(load).transpose().map_err(|error| Fault::Model(error.to_string()))
}

/// Begins a new journal with the model that judges from its first event on.
fn begin(writer: &mut Writer, model: &Switch) -> Result<(), Fault> {
    let Switch { name, path, author, reason, .. } = model.clone();
    let record = Record::Model { name: name.clone(), path, author, reason };
    let header = Header { sequence: 1, handed_at: wall_clock(), model: name, ..Header::default() };
    writer.append(&Epoch { header, records: vec![record] }).map_err(Fault::Journal)?;
    writer.commit().map_err(Fault::Journal)
}

/// Notes outlets that the journal does not know: they carry what comes from now on.
fn welcome(
    writer: &mut Writer,
    outlets: &[Box<dyn sink::Outlet>],
    known: &mut BTreeMap<String, u64>,
) -> Result<(), Fault> {
    let sequence = writer.next_sequence();
    let mut records = Vec::new();
    for outlet in outlets.iter().filter(|outlet| !known.contains_key(outlet.name())) {
        records.push(Record::Receipt { outlet: outlet.name().to_owned(), epoch: sequence });
    }
    for outlet in outlets {
        known.entry(outlet.name().to_owned()).or_insert(sequence);
    }
    if records.is_empty() {
        return Ok(());
    }
    let header = Header { sequence, handed_at: wall_clock(), ..Header::default() };
    writer.append(&Epoch { header, records }).map_err(Fault::Journal)?;
    writer.commit().map_err(Fault::Journal)
}

fn journal_options(live: &Live) -> journal::Options {
    journal::Options { segment_bytes: live.segment_bytes, ..journal::Options::default() }
}

fn start(
    live: &Live,
    workers: usize,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Running, Fault> {
    let began = Instant::now();
    let setup = |why: String| Fault::Setup(why);
    let key = crate::source::secret(&live.key, env).map_err(|error| setup(error.to_string()))?;
    let checker = Checker::new(Pseudonyms::new(&key), live.overrides.clone());
    let state = State::at(&live.state, live.history());
    let shadow = load_shadow(live)?;
    let why = ("start", "the pipeline names this model");
    let (model, current) = load_model(live, shadow.as_ref(), why)?;
    let (mut writer, opened) =
        Writer::open(&state.history.journal, journal_options(live)).map_err(Fault::Journal)?;
    if let Some(cut) = &opened.cut {
        let (segment, kept) = (cut.segment.display(), cut.kept.display());
        tracing::warn!(%segment, cut.offset, cut.bytes, %kept, "a torn tail was cut off");
    }
    if opened.last.is_none() {
        begin(&mut writer, &current)?;
    }
    let models = models(&live.state, live.flow, shadow.clone());

    // Through which epoch each outlet has delivered; a new one begins now.
    let mut known = state.receipts()?;
    let outlets = wire::outlets(live, env)?;
    welcome(&mut writer, &outlets, &mut known)?;
    let outlets = outlets.into_iter().map(|outlet| {
        let through = known[outlet.name()];
        (outlet, through)
    });
    let last = writer.next_sequence() - 1;
    let (orders, asked) = mpsc::unbounded_channel();
    let receipts: Arc<dyn sink::Receipts> = Arc::new(Receipts(orders.clone()));
    let outbox = Outbox::start(
        &live.state.join("spool"),
        outlets.collect(),
        &receipts,
        sink::outbox::Config::default(),
    );
    let outbox = outbox.map_err(Fault::Io)?;
    drop(receipts);
    // What is not delivered, and not kept on disk to be delivered, must be said again.
    let told = outbox.entrance().known().unwrap_or(last);
    let mut recovered = state.load(last, told, live.horizon_years, &models)?;
    let from = recovered.reopener.books.sequence;

    let (to_engine, fed) = sync_channel(live.intake.epochs_ahead_max);
    let stand = Arc::new(RwLock::new(recovered.stand));
    let shown = Arc::new(RwLock::new(Desk::default()));
    let ring = Arc::new(Ring::new(live.http.as_ref().map_or(1, |http| http.stream_messages_max)));
    ring.begin(from);
    let speaker = Speaker {
        stand: stand.clone(),
        rebuilt: None,
        saver: Saver::new(state.snapshots.clone(), live.snapshots.keep),
        workers,
        results: live.results.clone(),
        ring: ring.clone(),
        outbox: Some(outbox.entrance()),
    };
    let engine = EngineSide::start(
        core::Start { config: recovered.config, feeder: recovered.feeder, rooms: recovered.rooms },
        fed,
        &state,
        models,
        live.horizon_years,
        speaker,
    );
    let (inlet, taken) = Inlet::new(live.intake.waiting_events_max);
    let health = Health::default();
    // It listens from the start, and is ready once the journal is replayed.
    let reads = Reads::new(stand.clone(), shown.clone(), live.ticks == config::Ticks::Events);
    let judging = Judging::begin(live, &model)?;
    wire::capacities(live);
    metrics().stages.workers.set(i64::try_from(workers).unwrap_or(i64::MAX));
    let census = Arc::new(Census::new(live, stand.clone(), shown.clone()));
    let parts = wire::Parts {
        checker: checker.clone(),
        shelf: Arc::new(Shelf::of(live, &model, shadow.clone())),
        shown: shown.clone(),
        inlet: inlet.clone(),
        health: health.clone(),
        stand: stand.clone(),
        reads,
        ring,
        orders: orders.clone(),
        judging: judging.clone(),
        outbox: outbox.entrance(),
        census,
    };
    let web = Web::start(live, parts, env)?;
    recovered.reopener.rows = outbox.entrance().wants_events();
    state.feed(&mut recovered.reopener, last, &to_engine)?;
    Note::Replayed { from, through: last, took: began.elapsed() }.tell();

    let Reopener { ledger, desk, books, .. } = recovered.reopener;
    shown.write().expect("nobody panics").clone_from(&desk);
    if let Some(web) = &web {
        web.complete_audit(&live.state, &desk);
    }
    let cursors = books.cursors.clone();
    let current_model = books.model.clone();
    if desk.promotions.in_force().is_some() {
        // What two people decided stands, whatever the pipeline names.
        let promoted = promote::in_force(live, &books)?;
        judging.turn(&promoted);
    } else if books.model != current.name {
        // Nobody is at the other end yet, and the receiver is held below.
        orders.send(Order::Model(Box::new(current))).ok();
    }
    let seen = (stand.clone(), shown.clone(), judging.rules.clone());
    let hands = clock::Parts::of(live, seen, orders.clone(), web.as_ref().map(Web::audit));
    let saves = Saves {
        epochs: live.snapshots.every_epochs,
        after: Duration::from_secs(live.snapshots.every_minutes * 60),
        last: from,
        at: Instant::now(),
    };
    let (limits, ticks) = (live.intake, live.ticks);
    let engine_end = Some(to_engine);
    let rows = outbox.entrance().wants_events();
    let intake = Intake {
        writer,
        ledger,
        desk,
        shown: shown.clone(),
        books,
        limits,
        ticks,
        saves,
        rows,
        engine: engine_end,
    };
    let intake = spawn("intake", move || intake.run(taken, asked));
    let sources = wire::sources(live, &cursors, &checker, &inlet);
    let retention = archive::Retention::start(live, &state.snapshots);
    metrics().found.model(&current_model);
    health.set(Condition::Ready);
    let clock = live.desk.acts.then(|| Clock::start(hands));
    Ok(Running {
        orders,
        inlet,
        stand,
        shown,
        judging,
        shadow,
        intake,
        engine,
        outbox,
        sources,
        health,
        web,
        clock,
        retention,
    })
}

impl Running {
    fn reload(&self, live: &Live) {
        let shown = self.shown.read().expect("no writer panics");
        let promoted = shown.promotions.in_force().map(|one| one.proposal.model.clone());
        drop(shown);
        if let Some(model) = promoted {
            tracing::warn!(%model, "a promoted model judges: promote another one to switch");
            return;
        }
        let why = ("operator", "the model's folder was loaded again");
        let (model, switch) = match load_model(live, self.shadow.as_ref(), why) {
            Ok(loaded) => loaded,
            Err(why) => {
                // The service goes on under the model that it has.
                Note::NotLoaded(&why).tell();
                return;
            }
        };
        let stand = self.stand.read().expect("no writer panics");
        let current = stand.next_model.clone().unwrap_or_else(|| stand.model.clone());
        drop(stand);
        let other = current != switch.name;
        Note::Loaded { model: &switch.name, other }.tell();
        if other {
            self.judging.turn(&model);
            self.orders.send(Order::Model(Box::new(switch))).ok();
        }
    }

    /// Drains, commits and ends: sources first, then the engine, then the outlets, the journal
    /// last.
    fn stop(self) -> Result<(), Fault> {
        self.inlet.stop();
        self.health.set(Condition::Stopping);
        if let Some(web) = self.web {
            web.stop();
        }
        if let Some(clock) = self.clock {
            clock.stop();
        }
        for source in self.sources {
            source.join().map_err(|_| Fault::Engine("a source panicked".into()))?;
        }
        self.orders.send(Order::Snapshot).ok();
        self.orders.send(Order::Stop).ok();
        let engine = self.engine.join();
        if let Some(retention) = self.retention {
            retention.stop();
        }
        let delivered = self.outbox.stop(DRAIN);
        drop(self.orders);
        let ended = self.intake.join().map_err(|_| Fault::Engine("the intake panicked".into()))?;
        if let Ended::Poisoned(error) = ended {
            return Err(Fault::Journal(error));
        }
        engine?;
        for outlet in delivered.map_err(Fault::Io)? {
            if outlet.delivered < outlet.handed {
                let waits = outlet.handed - outlet.delivered;
                tracing::warn!(outlet = %outlet.outlet, waits, "epochs wait on disk");
            }
        }
        Ok(())
    }
}
