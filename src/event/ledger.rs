//! What holds? Accepted events become steps of knowledge: a fact holds, or no longer holds.
//!
//! A *lineage* is an event and everything that corrects it; naming any member names the lineage.
//! At most one version of a lineage is in force. `correct` replaces it for good, `retract`
//! withdraws it for good; either may arrive before the event that it names, which then gives no
//! step. A `correct` whose original never comes stands on its own.
//!
//! Invariant: what is in force, and what is known of its lineage, depends on the set of accepted
//! events alone: it is what their canonical order (time, source, id) gives. Must not know: where an
//! event came from.

mod lineage;

use crate::event::{Class, Event, Op, Reject};
use crate::id::{EventId, stable_hash_128};
use crate::time::{Day, Time};
use lineage::{Family, Standing};
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

/// What is known of the other members of an event's lineage.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lineage {
    /// Event time of the event that began it; of a correction whose original never came, its own.
    pub since: Time,
    /// All other members, sorted; whoever names one of them names this event.
    pub others: Box<[EventId]>,
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
    /// The rest of its lineage; `None` while nothing else belongs to it.
    pub lineage: Option<Arc<Lineage>>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// Accepted, with its steps.
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

/// All that was accepted so far.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Ledger {
    horizon_years: u32,
    watermark: Time,
    members: FxHashMap<Key, Member>,
    /// Events that name each other, by number; most events are in none.
    families: FxHashMap<u32, Family>,
    /// The family of an event that is in one, or that one of it names.
    family_of: FxHashMap<Key, u32>,
    next_family: u32,
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
            members: FxHashMap::default(),
            families: FxHashMap::default(),
            family_of: FxHashMap::default(),
            next_family: 0,
        }
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
        let target = match &event.op {
            Op::Assert => None,
            Op::Correct(target) | Op::Retract(target) => Some(key(target)),
        };
        let root = self.root(target.unwrap_or(own));
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
        if target.is_none() && !self.family_of.contains_key(&own) {
            member.standing = Standing::InForce(event.clone());
            steps.push(step(StepOp::Assert, event.clone(), None, &event));
        } else {
            self.join(target, &event, &mut steps);
        }
        Admission::Accepted(steps)
    }

    /// An event that names another, or that was named before it came: its family is gone through
    /// in canonical order again, and what now holds of it, or no longer, becomes steps.
    fn join(&mut self, target: Option<Key>, event: &Arc<Event>, steps: &mut Vec<Step>) {
        let mut family = Family::default();
        let own = key(&event.id);
        for member in target.into_iter().chain([own]) {
            if let Some(number) = self.family_of.get(&member) {
                family.unite(self.families.remove(number).unwrap_or_default());
            } else if let Some(Standing::InForce(alone)) =
                self.members.get(&member).map(|m| &m.standing)
            {
                family.begin(alone.clone());
            }
        }
        let before = family.add(event.clone());
        let number = self.next_family;
        self.next_family += 1;
        for (member, standing) in family.standings() {
            self.members.entry(member).or_default().standing = standing;
            self.family_of.insert(member, number);
        }
        let gone = before.iter().filter(|version| !family.in_force().contains(version));
        steps.extend(gone.map(|v| step(StepOp::Retire, v.0.clone(), v.1.clone(), event)));
        let come = family.in_force().iter().filter(|version| !before.contains(version));
        steps.extend(come.map(|v| step(StepOp::Assert, v.0.clone(), v.1.clone(), event)));
        self.families.insert(number, family);
    }

    /// The root of a member's lineage.
    fn root(&self, member: Key) -> Key {
        let mut root = member;
        while let Some(Standing::Towards(next)) = self.members.get(&root).map(|m| &m.standing) {
            root = *next;
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

fn step(op: StepOp, event: Arc<Event>, lineage: Option<Arc<Lineage>>, by: &Event) -> Step {
    Step { at: by.time, by: by.id.clone(), op, event, lineage }
}
