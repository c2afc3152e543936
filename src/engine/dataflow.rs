//! How do N workers share an epoch? The stages, wired on timely dataflow.
//!
//! ```text
//! input ──every worker──▶ look ──every worker──▶ judge ──first worker──▶ gather ──▶ effects
//! ```
//!
//! One epoch is in flight at a time, because `judge` reads the graph that `look` has brought to
//! that epoch; the next epochs wait in a bounded channel, so that the feeder (reading, resolving
//! mentions) runs ahead of the workers. Records cross threads as shared pointers. Records that
//! cross processes would need an encoding; [`Shipped`] refuses until there is one.

use crate::engine::{Config, Effects, Epoch, Found, Meter, Part, Rooms};
use crate::graph;
use crate::id::Share;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilderSession;
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::probe::Probe;
use timely::dataflow::{InputHandle, ProbeHandle, StreamVec};
use timely::worker::Worker;

/// How many epochs may wait before the workers.
const EPOCHS_AHEAD: usize = 8;
/// Longest sleep of a worker that has nothing to do.
const PARK: Duration = Duration::from_millis(50);

/// Why a run could not start or end.
#[derive(Debug)]
pub enum EngineError {
    /// The worker count is zero or over the number of virtual nodes.
    Workers(usize),
    /// The workers could not be started.
    Start(String),
    /// A worker stopped before the end.
    Worker(String),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(n) => {
                write!(f, "{n} workers: give 1 to {}", crate::limits::VIRTUAL_NODES)
            }
            Self::Start(why) => write!(f, "start workers: {why}"),
            Self::Worker(why) => write!(f, "a worker stopped: {why}"),
        }
    }
}

impl std::error::Error for EngineError {}

/// A record on its way to another worker of this process.
#[derive(Clone)]
struct Shipped<T>(T);

impl<T> serde::Serialize for Shipped<T> {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("records cross threads of one process only"))
    }
}

impl<'de, T> serde::Deserialize<'de> for Shipped<T> {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("records cross threads of one process only"))
    }
}

/// A record and the worker that it goes to.
type To<T> = Shipped<(u64, T)>;
/// Effects on their way to the first worker, which may take them out once.
type Parcel = Arc<Mutex<Option<Effects>>>;

/// What an operator without output writes to.
type Session<'a> = OutputBuilderSession<'a, u64, CapacityContainerBuilder<Vec<()>>>;

/// Runs the epochs, in order, over so many workers, and hands out the effects of each, in order.
///
/// The workers start from a saved state, if one is given.
/// `epochs` is drawn on the calling thread's side, at most [`EPOCHS_AHEAD`] ahead of the workers.
///
/// # Errors
/// When the workers cannot be started or one of them stops (a panic in a stage).
pub fn run(
    config: &Config,
    workers: usize,
    saved: Option<Vec<Part>>,
    epochs: impl Iterator<Item = Epoch> + Send,
    on_effects: impl FnMut(Effects),
) -> Result<(), EngineError> {
    run_metered((config, None), workers, saved, epochs, on_effects)
}

/// As [`run`]; a meter is told what the stages take.
///
/// # Errors
/// As [`run`].
pub fn run_metered(
    (config, meter): (&Config, Option<&Arc<dyn Meter>>),
    workers: usize,
    saved: Option<Vec<Part>>,
    epochs: impl Iterator<Item = Epoch> + Send,
    mut on_effects: impl FnMut(Effects),
) -> Result<(), EngineError> {
    if Share::new(0, workers).is_none() {
        return Err(EngineError::Workers(workers));
    }
    let rooms = restored(config, workers, saved)?;
    let rooms = rooms.into_iter().map(|rooms| rooms.metered(meter.cloned())).collect();
    let (epoch_in, epoch_out) = sync_channel::<Epoch>(EPOCHS_AHEAD);
    let (effects_in, effects_out) = channel::<Effects>();
    std::thread::scope(|scope| {
        let running = scope.spawn(move || start(rooms, epoch_out, effects_in));
        scope.spawn(move || feed(epochs, &epoch_in));
        for effects in effects_out {
            on_effects(effects);
        }
        running.join().map_err(|_| EngineError::Worker("panic at start".into()))?
    })
}

fn feed(epochs: impl Iterator<Item = Epoch>, into: &SyncSender<Epoch>) {
    for epoch in epochs {
        if into.send(epoch).is_err() {
            return; // The workers are gone; the run reports why.
        }
    }
}

/// The rooms of all workers. Each is restored on a thread of its own.
fn restored(
    config: &Config,
    workers: usize,
    saved: Option<Vec<Part>>,
) -> Result<Vec<Rooms>, EngineError> {
    let shares = (0..workers).filter_map(|index| Share::new(index, workers));
    let Some(parts) = saved else {
        return Ok(shares.map(|share| Rooms::new(config, share)).collect());
    };
    let parts = &parts[..];
    std::thread::scope(|scope| {
        let rooms: Vec<_> =
            shares.map(|share| scope.spawn(move || Rooms::restore(config, share, parts))).collect();
        rooms
            .into_iter()
            .map(|rooms| rooms.join().expect("restoring does not panic"))
            .map(|rooms| rooms.map_err(|error| EngineError::Start(error.to_string())))
            .collect()
    })
}

fn start(
    rooms: Vec<Rooms>,
    epochs: Receiver<Epoch>,
    effects: Sender<Effects>,
) -> Result<(), EngineError> {
    let ends = Mutex::new(Some((epochs, effects)));
    let workers = rooms.len();
    let rooms = Mutex::new(rooms.into_iter().map(Some).collect::<Vec<_>>());
    let guards = timely::execute(timely::Config::process(workers), move |worker| {
        let own = rooms.lock().expect("no holder panics")[worker.index()].take();
        let own = own.expect("every worker takes its own once");
        // Only the first worker feeds and gathers.
        let mine =
            (worker.index() == 0).then(|| ends.lock().expect("no holder panics").take()).flatten();
        work(worker, own, mine);
    })
    .map_err(EngineError::Start)?;
    for outcome in guards.join() {
        outcome.map_err(EngineError::Worker)?;
    }
    Ok(())
}

fn work(worker: &mut Worker, rooms: Rooms, ends: Option<(Receiver<Epoch>, Sender<Effects>)>) {
    let rooms = Rc::new(RefCell::new(rooms));
    let (epochs, effects) = ends.unzip();
    let peers = worker.peers() as u64;
    let probe = ProbeHandle::new();
    let mut input = InputHandle::new();
    worker.dataflow::<u64, _, _>(|scope| {
        let stream = input.to_stream(scope);
        let looked: Looked = Rc::default();
        let found = look(stream, rooms.clone(), looked.clone(), peers);
        let judged = judge(found, rooms, looked);
        gather(judged, effects).probe_with(&probe);
    });
    let Some(epochs) = epochs else {
        input.close();
        return; // timely steps this worker until the dataflow is complete.
    };
    for (number, epoch) in epochs.iter().enumerate() {
        for to in 0..peers {
            input.send(Shipped((to, epoch.clone())));
        }
        input.advance_to(number as u64 + 1);
        while probe.less_than(input.time()) {
            worker.step_or_park(Some(PARK));
        }
    }
    input.close();
}

/// What `look` leaves for `judge` of the same worker.
type Looked = Rc<RefCell<BTreeMap<u64, (Epoch, graph::Delta)>>>;

fn look(
    epochs: StreamVec<'_, u64, To<Epoch>>,
    rooms: Rc<RefCell<Rooms>>,
    looked: Looked,
    peers: u64,
) -> StreamVec<'_, u64, To<Arc<Found>>> {
    let to = Exchange::new(|record: &To<Epoch>| record.0.0);
    epochs.unary(to, "look", move |_, _| {
        move |input, output| {
            input.for_each_stamp(|stamp, data| {
                let Some(time) = stamp.retain_least(0) else { return };
                for Shipped((_, epoch)) in data.flat_map(|batch| batch.drain(..)) {
                    let (delta, found) = rooms.borrow_mut().look(&epoch);
                    looked.borrow_mut().insert(*time.time(), (epoch, delta));
                    let found = Arc::new(found);
                    let mut session = output.session(&time);
                    for to in 0..peers {
                        session.give(Shipped((to, found.clone())));
                    }
                }
            });
        }
    })
}

fn judge(
    found: StreamVec<'_, u64, To<Arc<Found>>>,
    rooms: Rc<RefCell<Rooms>>,
    looked: Looked,
) -> StreamVec<'_, u64, To<Parcel>> {
    let to = Exchange::new(|record: &To<Arc<Found>>| record.0.0);
    found.unary_frontier(to, "judge", move |_, _| {
        let mut waiting = BTreeMap::new();
        move |(input, frontier), output| {
            input.for_each_stamp(|stamp, data| {
                let Some(capability) = stamp.retain_least(0) else { return };
                let time = *capability.time();
                let (_, joined) =
                    waiting.entry(time).or_insert_with(|| (capability, Found::default()));
                for Shipped((_, found)) in data.flat_map(|batch| batch.drain(..)) {
                    joined.join(&found);
                }
            });
            while let Some(entry) = waiting.first_entry() {
                if frontier.less_equal(entry.key()) {
                    break;
                }
                let (time, (capability, mut joined)) = entry.remove_entry();
                joined.sort();
                let (epoch, delta) =
                    looked.borrow_mut().remove(&time).expect("look came before judge");
                let effects = rooms.borrow_mut().judge(&epoch, &delta, &joined);
                let parcel = Arc::new(Mutex::new(Some(effects)));
                output.session(&capability).give(Shipped((0, parcel)));
            }
        }
    })
}

fn gather(
    judged: StreamVec<'_, u64, To<Parcel>>,
    out: Option<Sender<Effects>>,
) -> StreamVec<'_, u64, ()> {
    let to = Exchange::new(|record: &To<Parcel>| record.0.0);
    judged.unary_frontier(to, "gather", move |_, _| {
        let mut waiting: BTreeMap<u64, (Capability<u64>, Effects)> = BTreeMap::new();
        move |(input, frontier), output: &mut Session<'_>| {
            input.for_each_stamp(|stamp, data| {
                // The capability is held until the effects are out, so that the probe waits.
                let Some(capability) = stamp.retain_least(output.output_index()) else { return };
                for Shipped((_, parcel)) in data.flat_map(|batch| batch.drain(..)) {
                    let theirs = parcel.lock().expect("no holder panics").take();
                    let theirs = theirs.expect("a parcel is opened once");
                    waiting
                        .entry(*capability.time())
                        .or_insert_with(|| (capability.clone(), Effects::of(theirs.day)))
                        .1
                        .join(theirs);
                }
            });
            while let Some(entry) = waiting.first_entry() {
                if frontier.less_equal(entry.key()) {
                    break;
                }
                let (_capability, mut effects) = entry.remove();
                effects.sort();
                if let Some(out) = &out {
                    // A receiver that is gone has ended the run; there is nobody to tell.
                    out.send(effects).ok();
                }
            }
        }
    })
}
