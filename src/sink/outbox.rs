//! Who carries what is said? Every outlet on a thread of its own, in order, until it is delivered.
//!
//! Invariant: an outlet gets the deliveries in order, the next call only when the receipt for the
//! last one is on disk; so a restart repeats at most the last call, with the same ids. An outlet
//! that is down holds up nobody: past a bound its deliveries wait in a [spool](super::spool) on
//! disk. Must not know: what the messages say.

use crate::sink::line::{Line, Parts};
use crate::sink::message::{Delivery, Outlet};
use crate::source::live::Closed;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a stopping outbox looks whether its threads have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Keeps receipts.
pub trait Receipts: Send + Sync {
    /// Notes that an outlet has delivered everything through an epoch, and returns when that is
    /// on disk.
    ///
    /// # Errors
    /// When nothing is kept any more.
    fn record(&self, outlet: &str, epoch: u64) -> Result<(), Closed>;
}

/// Bounds of an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Bytes of deliveries that wait in memory for one outlet; more wait on disk.
    pub memory_bytes_max: usize,
    /// Messages and events of one call, if an outlet does not like more.
    pub call_records_max: usize,
    /// The first pause after a fault. Each is twice the one before, with a jitter of half of it.
    pub pause_min: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_bytes_max: 64 << 20,
            call_records_max: 10_000,
            pause_min: Duration::from_millis(100),
            pause_max: Duration::from_secs(30),
        }
    }
}

/// What an outlet does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Delivers, or has nothing to deliver.
    Working,
    /// The last call failed; tried again.
    Retrying {
        /// What happened.
        why: String,
        /// Calls that failed in a row.
        attempts: u32,
    },
    /// Trying again does not help: what is said waits on disk until the cause is mended and the
    /// service started again.
    Halted {
        /// What happened.
        why: String,
    },
}

/// How an outlet stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub outlet: Arc<str>,
    /// The last epoch that was handed in.
    pub handed: u64,
    /// Everything through this epoch is delivered.
    pub delivered: u64,
    /// What it does.
    pub activity: Activity,
}

/// The outlets of a service.
#[derive(Debug)]
pub struct Outbox {
    entrance: Entrance,
    threads: Vec<JoinHandle<()>>,
}

/// Where deliveries are handed in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Entrance(Arc<[Arc<Line>]>);

impl Outbox {
    /// Starts the outlets, each with the epoch of its last receipt: 0 when it has to carry
    /// everything from the beginning, the journal's end when it is new and the past is not wanted.
    /// Their spools stand in `folder`, by name.
    ///
    /// # Errors
    /// When a spool cannot be read.
    pub fn start(
        folder: &Path,
        outlets: Vec<(Box<dyn Outlet>, u64)>,
        receipts: &Arc<dyn Receipts>,
        config: Config,
    ) -> io::Result<Self> {
        let mut lines = Vec::with_capacity(outlets.len());
        let mut carriers = Vec::with_capacity(outlets.len());
        for (outlet, receipt) in outlets {
            let parts = Parts {
                name: outlet.name().into(),
                wants_events: outlet.wants_events(),
                selects: outlet.selects(),
                gather: outlet.gathers(),
                receipt,
                config,
            };
            let line = Arc::new(Line::open(folder, parts)?);
            carriers.push((line.clone(), outlet));
            lines.push(line);
        }
        let mut threads = Vec::with_capacity(carriers.len());
        for (line, outlet) in carriers {
            let receipts = receipts.clone();
            let thread = std::thread::Builder::new().name(format!("outlet-{}", outlet.name()));
            threads.push(thread.spawn(move || line.carry(outlet, &*receipts))?);
        }
        Ok(Self { entrance: Entrance(lines.into()), threads })
    }

    /// Where deliveries are handed in.
    pub fn entrance(&self) -> Entrance {
        self.entrance.clone()
    }

    /// Takes nothing any more, delivers what waits until the time is over, and keeps the rest on
    /// disk. A thread that does not end within the time is left to itself.
    ///
    /// # Errors
    /// When the rest cannot be kept; the next start has to tell it again.
    pub fn stop(self, within: Duration) -> io::Result<Vec<Standing>> {
        let deadline = Instant::now() + within;
        for line in &*self.entrance.0 {
            line.stop(deadline);
        }
        // A call under way may end a little after the time.
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(LOOK_AGAIN);
        }
        for line in &*self.entrance.0 {
            line.keep()?;
        }
        Ok(self.entrance.standings())
    }
}

impl Entrance {
    /// Hands in what an epoch tells. Epochs come in order; one that an outlet knows already (the
    /// replay of a start) is dropped. Does not wait for outlets.
    ///
    /// # Errors
    /// When a spool cannot be written: an outlet is down, and the disk is full or broken.
    pub fn hand(&self, delivery: &Delivery) -> io::Result<()> {
        self.0.iter().try_for_each(|line| line.hand(delivery))
    }

    /// Keeps everything that was handed in on disk, however far the outlets are. To be called
    /// before a snapshot counts: a start from it does not tell again what was before.
    ///
    /// # Errors
    /// When a spool cannot be written.
    pub fn keep(&self) -> io::Result<()> {
        self.0.iter().try_for_each(|line| line.keep())
    }

    /// The epoch through which every outlet has, or keeps on disk, everything. A start has to tell
    /// again all that comes after it: it must replay from a snapshot of this epoch or before.
    /// `None` without outlets.
    pub fn known(&self) -> Option<u64> {
        self.0.iter().map(|line| line.known()).min()
    }

    /// Whether an outlet carries accepted events too.
    pub fn wants_events(&self) -> bool {
        self.0.iter().any(|line| line.wants_events())
    }

    /// How the outlets stand.
    pub fn standings(&self) -> Vec<Standing> {
        self.0.iter().map(|line| line.standing()).collect()
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
pub(super) mod tests;
