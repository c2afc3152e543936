//! When does something leave the journal? On a thread of its own, after snapshots and by the hour.

use crate::service::archive::Retention;
use crate::service::snapshots::Snapshots;
use crate::service::{Live, spawn};
use crate::source::live::wall_clock;
use crate::telemetry::Note;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often is looked whether the snapshots are others.
const LOOK: Duration = Duration::from_millis(500);
/// How often time alone may have made a segment old enough.
const EVERY: Duration = Duration::from_hours(1);
/// How long a stop waits for a segment that is being archived. A crash would do no harm either.
const PATIENCE: Duration = Duration::from_secs(2);

/// The thread of a retention.
#[derive(Debug)]
pub(in crate::service) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Retention {
    /// Starts to look after the journal, where the pipeline wants that.
    pub(in crate::service) fn start(live: &Live, snapshots: &Snapshots) -> Option<Watch> {
        let days = live.retention.as_ref()?.days;
        let retention = Self { history: live.history(), snapshots: snapshots.clone(), days };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = spawn("retention", move || retention.watch(&stopped));
        Some(Watch { stop, thread })
    }

    fn watch(&self, stop: &AtomicBool) {
        let mut last: Option<(Instant, Vec<u64>)> = None;
        while !stop.load(Ordering::Relaxed) {
            let snapshots = self.snapshots.sequences();
            let due =
                last.as_ref().is_none_or(|(at, seen)| *seen != snapshots || at.elapsed() >= EVERY);
            if due {
                last = Some((Instant::now(), snapshots));
                self.tell(stop);
            }
            std::thread::park_timeout(LOOK);
        }
    }

    fn tell(&self, stop: &AtomicBool) {
        match self.pass(wall_clock(), || !stop.load(Ordering::Relaxed)) {
            Ok(done) => {
                for entry in done.moved {
                    let (first, last, file) = (entry.first, entry.last, &*entry.file);
                    Note::Archived { first, last, file }.tell();
                }
            }
            // The journal keeps what is not archived; the service goes on.
            Err(error) => Note::NotArchived(&error).tell(),
        }
    }
}

impl Watch {
    /// Ends after the segment that is being archived.
    pub(in crate::service) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        let deadline = Instant::now() + PATIENCE;
        while !self.thread.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
