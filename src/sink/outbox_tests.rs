//! Does everything arrive, in order, whatever fails and whenever the process ends?

use super::*;
use crate::sink::message::{Gather, Message, OutletFault, Topic};
use crate::time::Time;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

pub(in crate::sink) fn delivery(epoch: u64, messages: usize) -> Delivery {
    let message = |number| Message {
        id: format!("w{number}@{epoch}").into(),
        topic: Topic::Warning,
        subject: format!("s{number}").into(),
        time: Time(epoch as i64),
        data: br#"{"level":"red"}"#.as_slice().into(),
    };
    Delivery::new(epoch, (0..messages).map(message).collect())
}

/// Everything outside of the process.
#[derive(Debug, Default)]
struct World {
    /// Ids in order of arrival.
    arrived: Mutex<Vec<String>>,
    receipts: Mutex<Vec<u64>>,
    calls: Mutex<Vec<usize>>,
    down: AtomicBool,
    refuses: AtomicBool,
    closed: AtomicBool,
}

struct Flaky(Arc<World>, Gather);

impl Outlet for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }

    fn gathers(&self) -> Gather {
        self.1
    }

    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault> {
        if self.0.refuses.load(Ordering::SeqCst) {
            return Err(OutletFault::never("never"));
        }
        if self.0.down.load(Ordering::SeqCst) {
            return Err(OutletFault::again("down"));
        }
        self.0.calls.lock().unwrap().push(deliveries.len());
        let ids = deliveries.iter().flat_map(|d| &*d.messages).map(|m| m.id.to_string());
        self.0.arrived.lock().unwrap().extend(ids);
        Ok(())
    }
}

impl Receipts for World {
    fn record(&self, outlet: &str, epoch: u64) -> Result<(), Closed> {
        assert_eq!(outlet, "flaky");
        if self.closed.load(Ordering::SeqCst) {
            return Err(Closed);
        }
        self.receipts.lock().unwrap().push(epoch);
        Ok(())
    }
}

impl World {
    fn receipt(&self) -> u64 {
        self.receipts.lock().unwrap().last().copied().unwrap_or(0)
    }

    fn arrived(&self) -> Vec<String> {
        self.arrived.lock().unwrap().clone()
    }

    fn until(&self, what: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !what(self) {
            assert!(Instant::now() < deadline, "it never came: {self:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

const QUICK: Config = Config {
    memory_bytes_max: 2_000,
    call_records_max: 10,
    pause_min: Duration::from_millis(1),
    pause_max: Duration::from_millis(4),
};
const SOON: Duration = Duration::from_secs(10);

fn start(folder: &Path, world: &Arc<World>, gather: Gather) -> Outbox {
    let receipts: Arc<dyn Receipts> = world.clone();
    let flaky: Box<dyn Outlet> = Box::new(Flaky(world.clone(), gather));
    Outbox::start(folder, vec![(flaky, world.receipt())], &receipts, QUICK).expect("a spool")
}

fn ids(epochs: std::ops::RangeInclusive<u64>) -> Vec<String> {
    epochs.map(|epoch| format!("w0@{epoch}")).collect()
}

fn hand(outbox: &Outbox, epochs: std::ops::RangeInclusive<u64>) {
    for epoch in epochs {
        outbox.entrance().hand(&delivery(epoch, 1)).expect("a spool that takes");
    }
}

#[test]
fn everything_arrives_in_order_through_faults() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    let outbox = start(folder.path(), &world, Gather::default());
    world.down.store(true, Ordering::SeqCst);
    // 300 are many times what fits into memory.
    hand(&outbox, 1..=300);
    let behind = || outbox.entrance().standings()[0].clone();
    world.until(|_| matches!(behind().activity, Activity::Retrying { .. }));
    assert_eq!((behind().handed, behind().delivered), (300, 0));
    world.down.store(false, Ordering::SeqCst);
    world.until(|world| world.receipt() == 300);
    world.until(|_| behind().activity == Activity::Working && behind().delivered == 300);
    assert_eq!(world.arrived(), ids(1..=300));
    assert!(world.calls.lock().unwrap().iter().all(|call| *call <= QUICK.call_records_max));
    let left = std::fs::read_dir(folder.path().join("flaky")).expect("a spool").count();
    assert_eq!(left, 0, "what is delivered is not kept");
    outbox.stop(SOON).expect("nothing to keep");
}

/// An outlet to which the first epoch told something, and which has its receipt.
fn told_once() -> (tempfile::TempDir, Arc<World>, Outbox) {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    let outbox = start(folder.path(), &world, Gather::default());
    hand(&outbox, 1..=1);
    world.until(|world| world.receipt() == 1);
    (folder, world, outbox)
}

fn hand_nothing(outbox: &Outbox, epochs: std::ops::RangeInclusive<u64>) {
    for epoch in epochs {
        outbox.entrance().hand(&delivery(epoch, 0)).expect("room");
    }
}

#[test]
fn epochs_that_tell_nothing_make_no_receipts() {
    let (_folder, world, outbox) = told_once();
    hand_nothing(&outbox, 2..=49);
    world.until(|_| outbox.entrance().standings()[0].delivered == 49);
    outbox.stop(SOON).expect("nothing to keep");
    assert_eq!(*world.receipts.lock().unwrap(), [1]);
}

#[test]
fn what_told_nothing_is_known_however_often_it_starts() {
    let (folder, world, mut outbox) = told_once();
    for through in [10, 19, 28] {
        hand_nothing(&outbox, through - 8..=through);
        let told = outbox.stop(SOON).expect("nothing to keep");
        assert_eq!((told[0].handed, told[0].delivered), (through, through), "nothing waits");
        outbox = start(folder.path(), &world, Gather::default());
        assert_eq!(outbox.entrance().known(), Some(through), "nothing is told again");
    }
    outbox.stop(SOON).expect("nothing to keep");
    assert_eq!(*world.receipts.lock().unwrap(), [1]);
}

#[test]
fn a_stop_keeps_the_rest_and_a_start_goes_on() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    world.down.store(true, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    hand(&outbox, 1..=100);
    let told = outbox.stop(Duration::from_millis(20)).expect("a spool");
    assert_eq!((told[0].handed, told[0].delivered), (100, 0));
    world.down.store(false, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    assert_eq!(outbox.entrance().known(), Some(100));
    // The replay tells some again: they are known.
    hand(&outbox, 90..=120);
    world.until(|world| world.receipt() == 120);
    outbox.stop(SOON).expect("nothing to keep");
    assert_eq!(world.arrived(), ids(1..=120));
}

#[test]
fn a_restart_repeats_at_most_the_last_call() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    let outbox = start(folder.path(), &world, Gather::default());
    hand(&outbox, 1..=10);
    world.until(|world| world.receipt() == 10);
    // From here on deliveries arrive and their receipts do not: the process dies in between.
    world.closed.store(true, Ordering::SeqCst);
    hand(&outbox, 11..=11);
    world.until(|world| world.arrived().len() == 11);
    hand(&outbox, 12..=40);
    drop(outbox);
    world.closed.store(false, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    let known = outbox.entrance().known().expect("an outlet");
    assert_eq!(known, 10, "what was in memory alone is told again");
    hand(&outbox, 1..=40);
    world.until(|world| world.receipt() == 40);
    outbox.stop(SOON).expect("nothing to keep");
    let mut wanted = ids(1..=11);
    wanted.extend(ids(11..=40));
    assert_eq!(world.arrived(), wanted, "the eleventh came twice, with the same id");
}

#[test]
fn what_is_kept_before_a_snapshot_outlives_a_crash() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    world.down.store(true, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    hand(&outbox, 1..=150);
    outbox.entrance().hand(&delivery(151, 0)).expect("room");
    outbox.entrance().keep().expect("a spool");
    hand(&outbox, 152..=160);
    // A crash: nobody stops it, its thread sees no receipts any more.
    world.closed.store(true, Ordering::SeqCst);
    drop(outbox);
    let next = Arc::new(World { receipts: Mutex::new(vec![]), ..World::default() });
    let outbox = start(folder.path(), &next, Gather::default());
    assert!(outbox.entrance().known() >= Some(151));
    hand(&outbox, 152..=170);
    next.until(|world| world.receipt() == 170);
    outbox.stop(SOON).expect("nothing to keep");
    let mut wanted = ids(1..=170);
    wanted.remove(150);
    assert_eq!(next.arrived(), wanted);
}

#[test]
fn a_receipt_within_what_is_kept_is_heeded() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    world.down.store(true, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    hand(&outbox, 1..=150);
    outbox.entrance().keep().expect("a spool");
    world.closed.store(true, Ordering::SeqCst);
    drop(outbox);
    let next = Arc::new(World { receipts: Mutex::new(vec![75]), ..World::default() });
    let outbox = start(folder.path(), &next, Gather::default());
    next.until(|world| world.receipt() == 150);
    outbox.stop(SOON).expect("nothing to keep");
    assert_eq!(next.arrived(), ids(76..=150), "nothing with a receipt comes again");
}

#[test]
fn a_refusal_halts_the_outlet_and_loses_nothing() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    world.refuses.store(true, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    hand(&outbox, 1..=50);
    let activity = || outbox.entrance().standings()[0].activity.clone();
    world.until(|_| activity() == Activity::Halted { why: "never".into() });
    hand(&outbox, 51..=60);
    outbox.stop(SOON).expect("a spool");
    world.refuses.store(false, Ordering::SeqCst);
    let outbox = start(folder.path(), &world, Gather::default());
    world.until(|world| world.receipt() == 60);
    outbox.stop(SOON).expect("nothing to keep");
    assert_eq!(world.arrived(), ids(1..=60));
}

#[test]
fn an_outlet_that_gathers_is_called_seldom() {
    let (folder, world) = (tempfile::tempdir().expect("a folder"), Arc::<World>::default());
    let gather = Gather { records: 5, age: Duration::from_hours(1), most: None };
    let outbox = start(folder.path(), &world, gather);
    hand(&outbox, 1..=4);
    std::thread::sleep(Duration::from_millis(20));
    assert!(world.arrived().is_empty());
    hand(&outbox, 5..=7);
    world.until(|world| world.receipt() >= 5);
    outbox.stop(SOON).expect("nothing to keep");
    assert_eq!(world.arrived(), ids(1..=7), "a stop delivers what was gathered");
    assert!(world.calls.lock().unwrap().len() <= 3);
}
