//! What waits for one outlet? In memory while it keeps up, on disk past a bound.
//!
//! Invariant: deliveries leave in the order of their epochs; each is in memory or in the spool
//! until its receipt is on disk. Must not know: the other outlets.

use crate::sink::frame;
use crate::sink::message::{Delivery, Gather, Outlet, OutletFault, Selection};
use crate::sink::outbox::{Activity, Config, Receipts, Standing};
use crate::sink::spool::{Mark, Spool};
use crate::telemetry::{Note, metrics};
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Bytes of one call.
const CALL_BYTES_MAX: usize = 16 << 20;

/// How a line is made.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) name: Arc<str>,
    pub(super) wants_events: bool,
    pub(super) selects: Selection,
    pub(super) gather: Gather,
    pub(super) receipt: u64,
    pub(super) config: Config,
}

/// The queue of one outlet.
#[derive(Debug)]
pub(super) struct Line {
    parts: Parts,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug)]
struct Queue {
    /// The oldest, in memory.
    waiting: VecDeque<Waiting>,
    /// Of those in memory.
    bytes: usize,
    records: usize,
    /// The rest, and what was kept.
    spool: Spool,
    /// The last epoch handed in, and the last of them that told something.
    handed: u64,
    last: u64,
    /// Everything through this epoch is delivered.
    delivered: u64,
    /// At the start: what need not be told again.
    known: u64,
    activity: Activity,
    /// Nothing is taken any more; until when to deliver.
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    /// The delivery before it.
    follows: u64,
    on_disk: bool,
    since: Instant,
}

fn records(delivery: &Delivery) -> usize {
    delivery.messages.len() + delivery.events.len()
}

impl Line {
    pub(super) fn open(folder: &Path, parts: Parts) -> io::Result<Self> {
        let folder = folder.join(&*parts.name);
        let (spool, known) = Spool::open(&folder, parts.receipt)
            .map_err(|error| frame::named(&folder, "open the spool", &error))?;
        let queue = Queue {
            waiting: VecDeque::new(),
            bytes: 0,
            records: 0,
            spool,
            handed: known.through,
            last: known.last,
            delivered: parts.receipt,
            known: known.through,
            activity: Activity::Working,
            deadline: None,
        };
        Ok(Self { parts, queue: Mutex::new(queue), changed: Condvar::new() })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no holder panics")
    }

    pub(super) fn wants_events(&self) -> bool {
        self.parts.wants_events
    }

    pub(super) fn hand(&self, delivery: &Delivery) -> io::Result<()> {
        let mut queue = self.queue();
        // The epoch of a model's switch comes twice: at once, with nothing to tell, and when
        // everything was judged anew, with the differences.
        let again = delivery.epoch == queue.handed && queue.last < delivery.epoch;
        if delivery.epoch <= queue.handed && !again {
            return Ok(());
        }
        queue.handed = delivery.epoch;
        let mut delivery = delivery.clone();
        delivery.messages = self.parts.selects.of(&delivery.messages);
        if !self.parts.wants_events {
            delivery.events = Arc::default();
        }
        if delivery.is_empty() {
            return Ok(());
        }
        let (follows, size) = (queue.last, delivery.size());
        queue.last = delivery.epoch;
        let full = queue.bytes + size > self.parts.config.memory_bytes_max;
        if queue.spool.has_unread() || (full && !queue.waiting.is_empty()) {
            queue.spool.append(&delivery, follows)?;
        } else {
            queue.push(delivery, follows, false);
        }
        self.show(&queue);
        drop(queue);
        self.changed.notify_all();
        Ok(())
    }

    pub(super) fn keep(&self) -> io::Result<()> {
        let mut queue = self.queue();
        let Queue { waiting, spool, .. } = &mut *queue;
        let kept: Vec<(&Delivery, u64)> =
            waiting.iter().filter(|w| !w.on_disk).map(|w| (&w.delivery, w.follows)).collect();
        spool.keep(&kept)?;
        for waiting in waiting.iter_mut() {
            waiting.on_disk = true;
        }
        let mark = Mark { last: queue.last, through: queue.handed };
        queue.spool.sync(mark)
    }

    pub(super) fn known(&self) -> u64 {
        self.queue().known
    }

    pub(super) fn stop(&self, deadline: Instant) {
        self.queue().deadline = Some(deadline);
        self.changed.notify_all();
    }

    pub(super) fn standing(&self) -> Standing {
        let queue = self.queue();
        Standing {
            outlet: self.parts.name.clone(),
            handed: queue.handed,
            delivered: queue.delivered_through(),
            activity: queue.activity.clone(),
        }
    }

    fn show(&self, queue: &Queue) {
        let behind = queue.handed - queue.delivered_through().min(queue.handed);
        let lag = metrics().outlets.lag(&self.parts.name);
        lag.set(behind.try_into().unwrap_or(i64::MAX));
    }

    /// Carries until the line is stopped. Runs on the outlet's thread.
    pub(super) fn carry(&self, mut outlet: Box<dyn Outlet>, receipts: &dyn Receipts) {
        let last_words = LastWords(self);
        self.turn(Activity::Working);
        while let Some(call) = self.next() {
            if !self.deliver(&mut *outlet, &call) {
                break;
            }
            let through = call.last().expect("a call is never empty").epoch;
            if receipts.record(&self.parts.name, through).is_err() {
                break;
            }
            if let Err(error) = self.delivered(through) {
                self.halt(&error.to_string());
                break;
            }
        }
        std::mem::forget(last_words);
    }

    /// What is to be delivered next, when there is enough of it. `None` when the line ends.
    fn next(&self) -> Option<Vec<Delivery>> {
        let mut queue = self.queue();
        loop {
            let over = queue.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if over || matches!(queue.activity, Activity::Halted { .. }) {
                return None;
            }
            if let Err(error) = queue.fill(&self.parts) {
                drop(queue);
                self.halt(&error.to_string());
                return None;
            }
            let ripe = queue.ripe_in(&self.parts);
            if ripe == Some(Duration::ZERO) {
                return Some(queue.call(&self.parts));
            }
            if ripe.is_none() && queue.deadline.is_some() {
                return None;
            }
            queue = match ripe {
                Some(time) => self.changed.wait_timeout(queue, time).expect("no holder panics").0,
                None => self.changed.wait(queue).expect("no holder panics"),
            };
        }
    }

    /// Delivers, again and again while that may help. Says whether it is delivered.
    fn deliver(&self, outlet: &mut dyn Outlet, call: &[Delivery]) -> bool {
        let told: usize = call.iter().map(records).sum();
        let count = |outcome| {
            metrics().outlets.messages(&self.parts.name, outcome).inc_by(told as u64);
        };
        let mut attempts = 0;
        loop {
            match outlet.deliver(call) {
                Ok(()) => {
                    count("delivered");
                    if attempts > 0 {
                        Note::DeliversAgain { outlet: &self.parts.name, attempts }.tell();
                        self.turn(Activity::Working);
                    }
                    return true;
                }
                Err(OutletFault { why, again: false, .. }) => {
                    count("refused");
                    self.halt(&why);
                    return false;
                }
                Err(OutletFault { why, again: true, after }) => {
                    count("retried");
                    Note::TriesAgain { outlet: &self.parts.name, attempts, why: &why }.tell();
                    attempts += 1;
                    self.turn(Activity::Retrying { why, attempts });
                    let pause = after.unwrap_or_else(|| pause(&self.parts.config, attempts));
                    if !self.pause(pause) {
                        return false;
                    }
                }
            }
        }
    }

    /// Pauses before an attempt. Says whether there is time for one.
    fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut queue = self.queue();
        loop {
            let now = Instant::now();
            if queue.deadline.is_some_and(|deadline| now >= deadline) {
                return false;
            }
            if now >= until {
                return true;
            }
            let wake = queue.deadline.map_or(until, |deadline| deadline.min(until));
            queue = self.changed.wait_timeout(queue, wake - now).expect("no holder panics").0;
        }
    }

    fn delivered(&self, through: u64) -> io::Result<()> {
        let mut queue = self.queue();
        queue.delivered = through;
        while queue.waiting.front().is_some_and(|w| w.delivery.epoch <= through) {
            let waiting = queue.waiting.pop_front().expect("looked at above");
            queue.bytes -= waiting.delivery.size();
            queue.records -= records(&waiting.delivery);
        }
        queue.spool.forget(through)?;
        self.show(&queue);
        Ok(())
    }

    fn halt(&self, why: &str) {
        Note::Halted { outlet: &self.parts.name, why }.tell();
        self.turn(Activity::Halted { why: why.to_owned() });
    }

    fn turn(&self, activity: Activity) {
        let condition = match activity {
            Activity::Working => 0,
            Activity::Retrying { .. } => 1,
            Activity::Halted { .. } => 2,
        };
        metrics().outlets.condition(&self.parts.name).set(condition);
        self.queue().activity = activity;
    }
}

/// Notes that a thread ended by a panic.
struct LastWords<'a>(&'a Line);

impl Drop for LastWords<'_> {
    fn drop(&mut self) {
        self.0.halt("the outlet's thread has ended: this is a defect");
    }
}

impl Queue {
    fn push(&mut self, delivery: Delivery, follows: u64, on_disk: bool) {
        self.bytes += delivery.size();
        self.records += records(&delivery);
        self.waiting.push_back(Waiting { delivery, follows, on_disk, since: Instant::now() });
    }

    fn delivered_through(&self) -> u64 {
        if self.last <= self.delivered { self.handed } else { self.delivered }
    }

    /// Reads from disk while there is room in memory.
    fn fill(&mut self, parts: &Parts) -> io::Result<()> {
        let most = parts.config.memory_bytes_max / 2;
        while self.spool.has_unread() && (self.waiting.is_empty() || self.bytes < most) {
            // The receipt may lie within a segment: what it covers is not delivered again.
            let delivered = self.delivered;
            for delivery in self.spool.load()?.into_iter().filter(|d| d.epoch > delivered) {
                // What is on disk is not written again, so nobody asks what it follows.
                self.push(delivery, 0, true);
            }
        }
        Ok(())
    }

    /// In what time there is enough for a call: at once, later, or `None` when nothing waits.
    fn ripe_in(&self, parts: &Parts) -> Option<Duration> {
        let oldest = self.waiting.front()?;
        let enough = self.records >= parts.gather.records
            || self.bytes >= CALL_BYTES_MAX.min(parts.config.memory_bytes_max / 2)
            || self.deadline.is_some();
        let left = parts.gather.age.saturating_sub(oldest.since.elapsed());
        Some(if enough { Duration::ZERO } else { left })
    }

    /// The oldest deliveries, as many as one call takes. They stay until they are delivered.
    fn call(&self, parts: &Parts) -> Vec<Delivery> {
        let most = parts.config.call_records_max.max(parts.gather.records);
        let most = parts.gather.most.unwrap_or(most);
        let (mut told, mut bytes) = (0, 0);
        let fits = |waiting: &&Waiting| {
            let first = told == 0;
            told += records(&waiting.delivery);
            bytes += waiting.delivery.size();
            first || (told <= most && bytes <= CALL_BYTES_MAX)
        };
        self.waiting.iter().take_while(fits).map(|waiting| waiting.delivery.clone()).collect()
    }
}

/// The pause before an attempt: doubled each time, of which a random half is left out, so that
/// outlets that failed together do not come back together.
fn pause(config: &Config, attempts: u32) -> Duration {
    let doubled = config.pause_min.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    let whole = doubled.min(config.pause_max);
    let random = std::hash::RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
    whole.mul_f64(0.5 + random / 2.0)
}
