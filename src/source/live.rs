//! How do live sources hand in what they read? Checked batches, through one bounded inlet.
//!
//! A source reads on a thread (or task) of its own, checks each record there with a [`Checker`]
//! and offers a [`Batch`]. The inlet is bounded in events: a source that meets its end waits
//! (Kafka pauses, a file is read later) or says so (HTTP answers 429). A batch is answered when it
//! is on disk, not before.
//!
//! Invariant: what the inlet has taken is answered once, or the service is stopping. Must not
//! know: the journal, the engine.

use crate::entity::Forms;
use crate::event::{Event, EventType, Pseudonyms, Reader, Reject};
use crate::source::Original;
use crate::telemetry::labels::Part;
use crate::telemetry::metrics;
use crate::time::Time;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How long a blocked source sleeps before it looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// An event that was read and checked.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The event.
    pub event: Arc<Event>,
    /// Its comparable forms.
    pub forms: Arc<Forms>,
    /// Of its content.
    pub digest: u128,
    /// Its JSON as it may be kept: no clear personal number.
    pub sealed: Box<[u8]>,
}

/// A record that is no event.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why.
    pub reject: Reject,
    /// The type that it claims to be of.
    pub kind: Option<EventType>,
    /// What was sent; not masked yet.
    pub original: Original,
}

/// One record of a source.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where in the source it stands: the line of a file (from 1), the offset in a partition, the
    /// place in a request (from 1).
    pub position: u64,
    /// What it is.
    pub read: Result<Taken, Refusal>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In the journal.
    Accepted,
    /// Seen before with the same content.
    Duplicate,
    /// A dead letter.
    Rejected(Reject),
}

/// The service no longer takes anything: it stops, or its journal is poisoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the service takes no events any more")
    }
}

impl std::error::Error for Closed {}

/// Answers a batch when it is on disk, one verdict for each item, in order. Dropped without an
/// answer when the service closes.
pub type Reply = oneshot::Sender<Vec<Verdict>>;

/// What one source read at a time, in its own order.
#[derive(Debug)]
pub struct Batch {
    /// The source: a file path, `kafka:topic/partition`, `http`. Shown in dead letters.
    pub source: Arc<str>,
    /// The records.
    pub items: Vec<Item>,
    /// Where the source goes on after this batch: key (unique over all sources) and value. They
    /// come back at the next start, as of the last batch on disk.
    pub cursors: Vec<(String, String)>,
    /// Told the verdicts.
    pub reply: Option<Reply>,
}

/// A batch with its room in the queue.
#[derive(Debug)]
pub struct Offered {
    /// The batch.
    pub batch: Batch,
    /// When the inlet took it.
    pub since: Instant,
    room: Option<OwnedSemaphorePermit>,
}

impl Offered {
    /// Gives the room back: others may be offered. Also done by dropping.
    pub fn release(&mut self) {
        self.room = None;
    }
}

/// Why a batch was not taken; it is given back.
#[derive(Debug)]
pub enum NotTaken {
    /// No room for so many events now.
    Full(Batch),
    /// Nothing is taken any more.
    Closed(Batch),
}

/// The way in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Inlet {
    queue: mpsc::UnboundedSender<Offered>,
    rooms: Arc<Semaphore>,
    events_max: u32,
    stopping: Arc<AtomicBool>,
}

/// The other end of the inlet.
pub type Outlet = mpsc::UnboundedReceiver<Offered>;

impl Inlet {
    /// An inlet for so many events in flight, and its other end.
    pub fn new(events_max: u32) -> (Self, Outlet) {
        let (queue, outlet) = mpsc::unbounded_channel();
        let rooms = Arc::new(Semaphore::new(events_max as usize));
        (Self { queue, rooms, events_max, stopping: Arc::default() }, outlet)
    }

    /// Offers a batch without waiting.
    ///
    /// # Errors
    /// With the batch, when there is no room or nothing is taken any more.
    pub fn offer(&self, batch: Batch) -> Result<(), NotTaken> {
        if self.stopping() {
            return Err(NotTaken::Closed(batch));
        }
        // A batch larger than everything gets everything; an empty one (cursors only) one room.
        let rooms = u32::try_from(batch.items.len()).unwrap_or(u32::MAX).clamp(1, self.events_max);
        let Ok(room) = Arc::clone(&self.rooms).try_acquire_many_owned(rooms) else {
            return Err(NotTaken::Full(batch));
        };
        let offered = Offered { batch, since: Instant::now(), room: Some(room) };
        self.queue.send(offered).map_err(|error| NotTaken::Closed(error.0.batch))
    }

    /// Offers a batch and waits for room, on a thread that may block.
    ///
    /// # Errors
    /// When nothing is taken any more.
    pub fn offer_blocking(&self, mut batch: Batch) -> Result<(), Closed> {
        loop {
            match self.offer(batch) {
                Ok(()) => return Ok(()),
                Err(NotTaken::Closed(_)) => return Err(Closed),
                Err(NotTaken::Full(back)) => batch = back,
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// How many events may wait.
    pub fn events_max(&self) -> u32 {
        self.events_max
    }

    /// How many events wait.
    pub fn waiting(&self) -> u32 {
        self.events_max.saturating_sub(self.rooms.available_permits() as u32)
    }

    /// Whether sources should end: no new batch is taken.
    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed) || self.queue.is_closed()
    }

    /// Takes nothing any more; what was taken is still worked off.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// Checks records: one for each thread of a source.
#[derive(Clone, Debug)]
pub struct Checker {
    reader: Reader,
    spent: Spent,
}

/// Time and records of checks that are not told yet: told for a batch at a time.
#[derive(Debug, Default)]
struct Spent(Duration, usize);

impl Clone for Spent {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Spent {
    fn tell(&mut self) {
        if self.1 > 0 {
            metrics().stages.spent(Part::Check, self.0.as_secs_f64(), self.1);
        }
        (self.0, self.1) = (Duration::ZERO, 0);
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        self.tell();
    }
}

impl Checker {
    /// A checker under the pipeline's key and override list.
    pub fn new(pseudonyms: Pseudonyms, overrides: Vec<String>) -> Self {
        let reader = Reader::new(pseudonyms, overrides, wall_clock());
        Self { reader, spent: Spent::default() }
    }

    /// Brings the moment against which events from the future are refused up to date. Once for
    /// each batch is enough.
    pub fn tick(&mut self) {
        self.spent.tell();
        self.reader.ingest_at(wall_clock());
    }

    /// Checks one record, given without the end of its line.
    pub fn check(&mut self, position: u64, record: &[u8]) -> Item {
        let started = Instant::now();
        let read = match self.reader.read_sealed(record) {
            Ok((parsed, sealed)) => {
                let forms = Forms::shared(&parsed.event);
                let event = Arc::new(parsed.event);
                Ok(Taken { event, forms, digest: parsed.digest, sealed: sealed.into() })
            }
            Err(refused) => Err(Refusal {
                reject: refused.reject,
                kind: refused.kind,
                original: Original::of(record),
            }),
        };
        self.spent.0 += started.elapsed();
        self.spent.1 += 1;
        Item { position, read }
    }
}

/// The clock of arrival. Event time never comes from here.
#[expect(clippy::disallowed_types, reason = "the shell owns the clock")]
pub fn wall_clock() -> Time {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(items: usize) -> Batch {
        let mut checker = Checker::new(Pseudonyms::new(b"k"), Vec::new());
        let items = (0..items as u64).map(|at| checker.check(at, b"{}")).collect();
        Batch { source: "test".into(), items, cursors: Vec::new(), reply: None }
    }

    #[test]
    fn the_inlet_is_bounded_in_events() {
        let (inlet, mut outlet) = Inlet::new(10);
        inlet.offer(batch(6)).expect("there is room");
        assert_eq!(inlet.waiting(), 6);
        assert!(matches!(inlet.offer(batch(6)), Err(NotTaken::Full(_))));
        drop(outlet.try_recv().expect("one waits"));
        inlet.offer(batch(60)).expect("a batch larger than everything is taken alone");
        assert!(matches!(inlet.offer(batch(1)), Err(NotTaken::Full(_))));
        inlet.stop();
        assert!(matches!(inlet.offer(batch(1)), Err(NotTaken::Closed(_))));
        assert!(outlet.try_recv().is_ok(), "what was taken is still there");
    }
}
