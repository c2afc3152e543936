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
use std::sync::Arc;

/// Whether a fact begins or ceases to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum StepOp {
    /// It holds from now on.
    Assert,
    /// It no longer holds.
    Retire,
}

/// One step of knowledge.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// When it was known.
    pub at: Time,
    /// The event that told it.
    pub by: EventId,
    /// What it says.
    pub op: StepOp,
    /// The event that holds or ceases to hold.
    #[serde(with = "crate::shared")]
    pub event: Arc<Event>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// Accepted, with its steps: at most three.
    Accepted(Vec<Step>),
    /// Seen before with the same content.
    Duplicate,
    /// Rejected: a conflict, too late, or a correction of another type.
    Rejected(Reject),
}

/// 128 bits of an event id.
type Key = u128;

/// What stands under the id of an event that was accepted or only named.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Member {
    /// Of its content; 0 while it was only named by a correction or retraction.
    digest: u128,
    standing: Standing,
}

/// What holds of a lineage, kept at its root.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
enum Standing {
    /// Nothing yet.
    #[default]
    Open,
    /// This version.
    InForce(#[serde(with = "crate::shared")] Arc<Event>),
    /// Nothing any more, of this type.
    Withdrawn(EventType),
    /// Not a root: the lineage goes on at a member nearer the root.
    Towards(Key),
}

/// All that was accepted so far.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Ledger {
    horizon_years: u32,
    watermark: Time,
    members: FxHashMap<Key, Member>,
}

fn key(id: &EventId) -> Key {
    stable_hash_128(id.as_str().as_bytes())
}

impl Ledger {
    /// An empty ledger. `watermark` is the newest event time that is known beforehand: that of all
    /// events in a bounded run.
    pub fn new(horizon_years: u32, watermark: Time) -> Self {
        Self { horizon_years, watermark, members: FxHashMap::default() }
    }

    /// Makes room for so many more events.
    pub fn reserve(&mut self, events: usize) {
        self.members.reserve(events);
    }

    /// The first day that is not too late.
    fn horizon(&self) -> Day {
        self.watermark.day().plus_months(-12 * self.horizon_years as i32)
    }

    /// Takes one event. `digest` is that of its content.
    pub fn admit(&mut self, event: Arc<Event>, digest: u128) -> Admission {
        let own = key(&event.id);
        let known = self.members.get(&own).map_or(0, |member| member.digest);
        if known == digest && known != 0 {
            return Admission::Duplicate;
        }
        let root = match &event.op {
            Op::Assert => self.root(own),
            Op::Correct(target) | Op::Retract(target) => self.root(key(target)),
        };
        if let Err(reject) = self.same_type(root, own, &event) {
            return Admission::Rejected(reject);
        }
        if known != 0 {
            let rule = "an event of this source and id was accepted with other content";
            return Admission::Rejected(Reject::of(Class::Conflict, "id", rule));
        }
        self.watermark = self.watermark.max(event.time);
        if event.time.day() < self.horizon() {
            let rule = format!("before {}, the retention horizon", self.horizon());
            return Admission::Rejected(Reject::of(Class::TooLate, "time", rule));
        }
        let mut steps = Vec::new();
        let member = self.members.entry(own).or_default();
        member.digest = digest;
        if root == own {
            member.begin(&event, &mut steps);
        } else {
            // What named this event before it came goes over to the lineage that it names.
            let mine = std::mem::replace(&mut member.standing, Standing::Towards(root));
            let version = mine.version(&event, &mut steps);
            let lineage = self.members.entry(root).or_default();
            lineage.go_on(version, &event, &mut steps);
        }
        Admission::Accepted(steps)
    }

    /// The root of a member's lineage. The way is shortened for the next time.
    fn root(&mut self, member: Key) -> Key {
        let towards = |members: &FxHashMap<Key, Member>, at: Key| match members.get(&at)?.standing {
            Standing::Towards(next) => Some(next),
            _ => None,
        };
        let mut root = member;
        while let Some(next) = towards(&self.members, root) {
            root = next;
        }
        let mut at = member;
        while let Some(next) = towards(&self.members, at) {
            if let Some(passed) = self.members.get_mut(&at) {
                passed.standing = Standing::Towards(root);
            }
            at = next;
        }
        root
    }

    /// A correction or retraction must be of the type of the lineage that it names. What came
    /// before the event that it names cannot know better, and gives way when that comes.
    fn same_type(&self, root: Key, own: Key, event: &Event) -> Result<(), Reject> {
        let known = self.members.get(&root).and_then(|member| member.standing.kind());
        match known {
            Some(known) if known != event.kind && root != own => {
                let rule = format!("names an event of type \"{}\"", known.word());
                Err(Reject::of(Class::InvalidValue, "ref", rule))
            }
            _ => Ok(()),
        }
    }
}

impl Event {
    /// What holds of a lineage that this event begins or replaces.
    fn first(self: &Arc<Self>) -> Standing {
        match self.op {
            Op::Assert | Op::Correct(_) => Standing::InForce(self.clone()),
            Op::Retract(_) => Standing::Withdrawn(self.kind),
        }
    }
}

impl Member {
    /// The root of a lineage comes. What named it before stands, if it is of the same type.
    fn begin(&mut self, event: &Arc<Event>, steps: &mut Vec<Step>) {
        self.standing = std::mem::take(&mut self.standing).version(event, steps);
        let stands = self.standing.in_force().is_some_and(|e| e.id == event.id);
        if stands {
            steps.push(step(StepOp::Assert, event, event));
        }
    }

    /// A lineage gets its next version, or ends for good when either side is withdrawn.
    fn go_on(&mut self, next: Standing, by: &Arc<Event>, steps: &mut Vec<Step>) {
        let old = std::mem::take(&mut self.standing);
        steps.extend(old.in_force().map(|e| step(StepOp::Retire, e, by)));
        // The newcomer itself was never in force; a version that came before it was.
        let came_before = next.in_force().filter(|e| e.id != by.id);
        let withdrawn = |s: &Standing| matches!(s, Standing::Withdrawn(_));
        self.standing = if withdrawn(&old) || withdrawn(&next) {
            steps.extend(came_before.map(|e| step(StepOp::Retire, e, by)));
            Standing::Withdrawn(by.kind)
        } else {
            if came_before.is_none() {
                steps.push(step(StepOp::Assert, by, by));
            }
            next
        };
    }
}

impl Standing {
    fn kind(&self) -> Option<EventType> {
        match self {
            Self::InForce(event) => Some(event.kind),
            Self::Withdrawn(kind) => Some(*kind),
            Self::Open | Self::Towards(_) => None,
        }
    }

    fn in_force(&self) -> Option<&Arc<Event>> {
        match self {
            Self::InForce(event) => Some(event),
            _ => None,
        }
    }

    /// What an event brings to its lineage when this holds under its id before it comes: that, if
    /// it is of the event's type, else the event. What is of another type did not mean this event,
    /// and what a retraction meets is withdrawn with it: both are taken back.
    fn version(self, event: &Arc<Event>, steps: &mut Vec<Step>) -> Self {
        let meant = self.kind() == Some(event.kind);
        if meant && !matches!(event.op, Op::Retract(_)) {
            return self;
        }
        steps.extend(self.in_force().map(|e| step(StepOp::Retire, e, event)));
        event.first()
    }
}

fn step(op: StepOp, event: &Arc<Event>, by: &Event) -> Step {
    Step { at: by.time, by: by.id.clone(), op, event: event.clone() }
}
