//! What holds? Accepted events become steps of knowledge: a fact holds, or no longer holds.
//!
//! A *lineage* is an event and everything that corrects it; naming any member names the lineage.
//! At most one version of a lineage is in force. `correct` replaces it for good, `retract`
//! withdraws it for good; either may arrive before the event that it names, which then gives no
//! step. A `correct` whose original never comes stands on its own.
//!
//! Invariant: fed in the canonical order (time, source, id), the steps depend on the set of events
//! alone. Must not know: where an event came from.

use crate::event::{Class, Event, EventType, Op, Reject};
use crate::id::{EventId, stable_hash_128};
use crate::time::{Day, Time};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether a fact begins or ceases to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOp {
    /// It holds from now on.
    Assert,
    /// It no longer holds.
    Retire,
}

/// One step of knowledge.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When it was known.
    pub at: Time,
    /// The event that told it.
    pub by: EventId,
    /// What it says.
    pub op: StepOp,
    /// The event that holds or ceases to hold.
    pub event: Arc<Event>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// Accepted, with its steps: none, one or two.
    Accepted(Vec<Step>),
    /// Seen before with the same content.
    Duplicate,
    /// Rejected: a conflict, too late, or a correction of another type.
    Rejected(Reject),
}

/// An event that came in: of a bounded run, or the next one of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival<P> {
    /// The event.
    pub event: Arc<Event>,
    /// Where it stood.
    pub at: P,
    /// Of its content.
    pub digest: u128,
}

/// An event that was read and is rejected all the same: a conflict, too late, or a correction of
/// another type.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal<P> {
    /// Why.
    pub reject: Reject,
    /// Of which type.
    pub kind: EventType,
    /// Where it stood.
    pub at: P,
}

/// What became of the events of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accepted.
    pub accepted: u64,
    /// Dropped: seen before with the same content.
    pub duplicate: u64,
    /// Rejected.
    pub dead: u64,
}

/// A bounded run, settled.
#[derive(Clone, Debug, PartialEq)]
pub struct History<P> {
    /// All steps, in canonical order.
    pub steps: Vec<Step>,
    /// What was rejected, in canonical order.
    pub refusals: Vec<Refusal<P>>,
    /// By type.
    pub tallies: BTreeMap<EventType, Tally>,
    /// The newest event time; `None` without events.
    pub newest: Option<Time>,
}

/// Settles all events of a bounded run, in any order: sorts them by time, source and id and admits
/// them one by one. Of several contents with the same three, the fullest stands (its digest comes
/// first) and the others are conflicts. The steps depend on the set of events alone.
pub fn settle<P: Copy + Ord>(mut arrivals: Vec<Arrival<P>>, horizon_years: u32) -> History<P> {
    let newest = arrivals.iter().map(|a| a.event.time).max();
    arrivals.sort_unstable_by(|a, b| {
        canonical(&a.event, &b.event)
            .then_with(|| a.digest.cmp(&b.digest).then_with(|| a.at.cmp(&b.at)))
    });
    let mut ledger = Ledger::new(horizon_years, newest.unwrap_or_default());
    let (mut steps, mut refusals) = (Vec::with_capacity(arrivals.len()), Vec::new());
    let mut tallies: BTreeMap<EventType, Tally> = BTreeMap::new();
    for Arrival { event, at, digest } in arrivals {
        let kind = event.kind;
        let tally = tallies.entry(kind).or_default();
        match ledger.admit(event, digest) {
            Admission::Accepted(known) => {
                tally.accepted += 1;
                steps.extend(known);
            }
            Admission::Duplicate => tally.duplicate += 1,
            Admission::Rejected(reject) => {
                tally.dead += 1;
                refusals.push(Refusal { reject, kind, at });
            }
        }
    }
    History { steps, refusals, tallies, newest }
}

/// The order of events: time, source, id.
pub fn canonical(a: &Event, b: &Event) -> std::cmp::Ordering {
    a.time.cmp(&b.time).then_with(|| (a.id.source(), a.id.id()).cmp(&(b.id.source(), b.id.id())))
}

/// 128 bits of an event id.
type Key = u128;

/// A lineage of corrections.
#[derive(Clone, Debug, Default)]
struct Lineage {
    in_force: Option<Arc<Event>>,
    withdrawn: bool,
}

/// All that was accepted so far.
#[derive(Debug)]
pub struct Ledger {
    horizon_years: u32,
    watermark: Time,
    /// Content by event.
    seen: FxHashMap<Key, u128>,
    /// Member of a lineage to one nearer its root; a root has none.
    towards_root: FxHashMap<Key, Key>,
    /// By root.
    lineages: FxHashMap<Key, Lineage>,
}

fn key(id: &EventId) -> Key {
    stable_hash_128(id.as_str().as_bytes())
}

impl Ledger {
    /// An empty ledger. `watermark` is the newest event time that is known beforehand: that of all
    /// events in a bounded run.
    pub fn new(horizon_years: u32, watermark: Time) -> Self {
        Self {
            horizon_years,
            watermark,
            seen: FxHashMap::default(),
            towards_root: FxHashMap::default(),
            lineages: FxHashMap::default(),
        }
    }

    /// The first day that is not too late.
    fn horizon(&self) -> Day {
        self.watermark.day().plus_months(-12 * self.horizon_years as i32)
    }

    /// Takes one event. `digest` is that of its content.
    pub fn admit(&mut self, event: Arc<Event>, digest: u128) -> Admission {
        let own = key(&event.id);
        match self.seen.get(&own) {
            Some(known) if *known == digest => return Admission::Duplicate,
            Some(_) => {
                let rule = "an event of this source and id was accepted with other content";
                return Admission::Rejected(Reject::of(Class::Conflict, "id", rule));
            }
            None => {}
        }
        self.watermark = self.watermark.max(event.time);
        if event.time.day() < self.horizon() {
            let rule = format!("before {}, the retention horizon", self.horizon());
            return Admission::Rejected(Reject::of(Class::TooLate, "time", rule));
        }
        let steps = match event.op.clone() {
            Op::Assert => Ok(self.assert(own, event)),
            Op::Correct(target) => self.correct(own, key(&target), event),
            Op::Retract(target) => self.retract(own, key(&target), &event),
        };
        match steps {
            Ok(steps) => {
                self.seen.insert(own, digest);
                Admission::Accepted(steps)
            }
            Err(reject) => Admission::Rejected(reject),
        }
    }

    fn root(&self, mut member: Key) -> Key {
        while let Some(next) = self.towards_root.get(&member) {
            member = *next;
        }
        member
    }

    fn assert(&mut self, own: Key, event: Arc<Event>) -> Vec<Step> {
        let lineage = self.lineages.entry(own).or_default();
        // A correction or retraction of another type that came first did not mean this event.
        let superseded = match &lineage.in_force {
            Some(other) => other.kind == event.kind,
            None => lineage.withdrawn,
        };
        if superseded {
            return Vec::new();
        }
        let step = step(StepOp::Assert, &event, &event);
        if lineage.in_force.is_none() {
            lineage.in_force = Some(event);
        }
        vec![step]
    }

    fn correct(&mut self, own: Key, target: Key, event: Arc<Event>) -> Result<Vec<Step>, Reject> {
        let root = self.root(target);
        let mine = self.lineages.remove(&own);
        let lineage = self.lineages.entry(root).or_default();
        let old = lineage.in_force.clone();
        if let Some(old) = &old {
            if let Err(reject) = same_type(old, &event) {
                if let Some(mine) = mine {
                    self.lineages.insert(own, mine);
                }
                return Err(reject);
            }
        }
        if own != root {
            self.towards_root.insert(own, root);
        }
        let mut steps = Vec::new();
        if let Some(mine) = mine {
            // Later members of this lineage came first: they stand, or all is withdrawn.
            if lineage.withdrawn || mine.withdrawn {
                lineage.withdrawn = true;
                lineage.in_force = None;
                let fallen = [old, mine.in_force];
                steps.extend(fallen.iter().flatten().map(|e| step(StepOp::Retire, e, &event)));
            } else {
                lineage.in_force = mine.in_force;
                steps.extend(old.iter().map(|e| step(StepOp::Retire, e, &event)));
            }
            return Ok(steps);
        }
        if lineage.withdrawn {
            return Ok(steps);
        }
        steps.extend(old.iter().map(|e| step(StepOp::Retire, e, &event)));
        steps.push(step(StepOp::Assert, &event, &event));
        lineage.in_force = Some(event);
        Ok(steps)
    }

    fn retract(&mut self, own: Key, target: Key, event: &Arc<Event>) -> Result<Vec<Step>, Reject> {
        let root = self.root(target);
        let lineage = self.lineages.entry(root).or_default();
        let old = lineage.in_force.clone();
        if let Some(old) = &old {
            same_type(old, event)?;
        }
        lineage.in_force = None;
        lineage.withdrawn = true;
        if own != root && !self.lineages.contains_key(&own) {
            self.towards_root.insert(own, root);
        }
        Ok(old.iter().map(|e| step(StepOp::Retire, e, event)).collect())
    }
}

fn same_type(old: &Event, new: &Event) -> Result<(), Reject> {
    if old.kind == new.kind {
        return Ok(());
    }
    let rule = format!("names an event of type \"{}\"", old.kind.word());
    Err(Reject::of(Class::InvalidValue, "ref", rule))
}

fn step(op: StepOp, event: &Arc<Event>, by: &Event) -> Step {
    Step { at: by.time, by: by.id.clone(), op, event: event.clone() }
}
