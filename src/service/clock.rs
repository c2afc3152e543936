//! When does the clock act? A thread that looks at what is due and hands acts in.
//!
//! An act of the clock is a record of the journal like any other: a replay takes it from there, and
//! a restart before it was written finds it due again. Invariant: an act holds against what it saw,
//! so two looks never act twice. Must not know: what is due (`desk::clock`).

use crate::access::audit::Audit;
use crate::desk::clock::{Due, Moment, Rules};
use crate::desk::{Act, Desk};
use crate::dispatch::Rulebook;
use crate::http::Handed;
use crate::query::Stand;
use crate::service::config::{Live, Ticks};
use crate::service::intake::Order;
use crate::service::spawn;
use crate::source::live::wall_clock;
use crate::telemetry::labels::Line;
use crate::telemetry::{Note, metrics};
use serde_json::json;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How often it looks.
const EVERY: Duration = Duration::from_millis(200);
/// Acts handed in at a time: they share an epoch, and one fsync.
const ACTS_MAX: usize = 500;

/// What the clock sees and where it acts.
pub(super) struct Parts {
    /// Tasks.
    stand: Arc<RwLock<Stand>>,
    /// What was done with them.
    desk: Arc<RwLock<Desk>>,
    /// By which rules.
    rules: Arc<RwLock<Arc<Rulebook>>>,
    /// Where acts go.
    orders: mpsc::UnboundedSender<Order>,
    /// Where acts are noted.
    audit: Option<Arc<Audit>>,
    /// Terms run by the newest event.
    by_events: bool,
}

/// A clock that acts, for as long as it lives.
pub(super) struct Clock {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

/// What changed since the last look.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    epoch: u64,
    acts: u64,
    clock: i64,
}

impl Clock {
    /// Begins.
    pub(super) fn start(parts: Parts) -> Self {
        let (end, ended) = channel::<()>();
        let thread = spawn("clock", move || {
            let mut seen = None;
            loop {
                match ended.recv_timeout(EVERY) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => return,
                }
                // A look may make more due: a term that passed long ago is told, then escalated.
                while parts.look(&mut seen) {
                    if ended.try_recv() != Err(std::sync::mpsc::TryRecvError::Empty) {
                        return;
                    }
                }
            }
        });
        Self { end, thread }
    }

    /// Ends; what was handed in is answered first.
    pub(super) fn stop(self) {
        drop(self.end);
        self.thread.join().ok();
    }
}

/// What stands, what was done, and the rules.
type Sight = (Arc<RwLock<Stand>>, Arc<RwLock<Desk>>, Arc<RwLock<Arc<Rulebook>>>);

impl Parts {
    /// Those of a pipeline.
    pub(super) fn of(
        live: &Live,
        (stand, desk, rules): Sight,
        orders: mpsc::UnboundedSender<Order>,
        audit: Option<Arc<Audit>>,
    ) -> Self {
        Self { stand, desk, rules, orders, audit, by_events: live.ticks == Ticks::Events }
    }

    /// Hands in what is due; whether anything held.
    fn look(&self, seen: &mut Option<Seen>) -> bool {
        let now = wall_clock();
        let due = {
            let stand = self.stand.read().unwrap_or_else(PoisonError::into_inner);
            let desk = self.desk.read().unwrap_or_else(PoisonError::into_inner);
            let clock = if self.by_events { stand.newest } else { Some(now) };
            let Some(clock) = clock else { return false };
            // Leases run by the wall clock, so a second that passed is a change as well.
            let is = Seen { epoch: stand.sequence, acts: desk.acts, clock: now.0 / 1000 };
            if *seen == Some(is) {
                return false;
            }
            *seen = Some(is);
            let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner).clone();
            due(&stand, &desk, Rules::of(&rules), Moment { now, clock })
        };
        let mut told = Vec::with_capacity(due.len());
        for one in due {
            let (done, answer) = oneshot::channel();
            let handed = Box::new(Handed { act: one.act(now), event: None });
            if self.orders.send(Order::Act { handed, switch: None, done }).is_err() {
                return false;
            }
            told.push((one, answer));
        }
        let mut any = false;
        for (one, answer) in told {
            if let Ok(Ok(())) = answer.blocking_recv() {
                any = true;
                self.note(&one.act(now), &one);
            }
        }
        any
    }

    fn note(&self, act: &Act, due: &Due) {
        let Some(audit) = &self.audit else { return };
        let detail = json!({ "act": &*act.id, "verb": due.verb });
        match audit.add(act.at, &act.by.account, "act", &due.on, detail) {
            Ok(()) => metrics().audit.lines.of_key(Line::of("act")).inc(),
            // It holds; the next start adds the line.
            Err(error) => Note::AuditNotWritten(&error).tell(),
        }
    }
}

/// What is due, of tasks and matters.
fn due(stand: &Stand, desk: &Desk, rules: Rules<'_>, at: Moment) -> Vec<Due> {
    let tasks = stand.board.tasks.values().filter_map(|task| {
        let (case, ruling) = (desk.cases.get(&task.id), desk.rulings.get(&task.warning));
        rules.due(task, case, ruling, at)
    });
    let matters = desk.matters.iter().filter_map(|(id, matter)| rules.due_of(id, matter, at));
    tasks.chain(matters).take(ACTS_MAX).collect()
}
