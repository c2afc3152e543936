//! Which enterprise does a mention mean? Numbers and names become stable ids.
//!
//! A USCC is an identity for ever, and so is an organisation code that stands alone (it is part of
//! the USCC). Registration numbers and names are only *claimed*, by registrations: a mention by
//! one of them means the enterprise that claims it on the day of the event. While no single
//! enterprise does, it means a provisional entity of its own. When a registration is learned,
//! corrected or withdrawn, the events that mention what it claims are looked at again, and those
//! that now mean another entity are restated: `Retire` under the old one, `Assert` under the new.
//!
//! Invariant: what a mention means depends on the claims that hold and on the day, not on the
//! order in which they were learned; an id, once given, is never given to another. Must not know:
//! ties, risk, or anything later.

mod claims;
mod mentions;
#[cfg(test)]
mod tests;

use crate::entity::{Fact, FactOp, Forms};
use crate::event::ledger::{Lineage, Step, StepOp};
use crate::event::{Event, Mention};
use crate::id::{EntityId, EventId, OrgCode, RegNo, Uscc, stable_hash, stable_hash_128};
use crate::time::{Day, Time};
use claims::{Claims, Naming};
use mentions::{Parts, Soft};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A step of knowledge with the comparable forms of its event: what the directory takes in.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// The step.
    pub step: Step,
    /// The forms of `step.event`.
    #[serde(with = "crate::shared")]
    pub forms: Arc<Forms>,
}

impl Told {
    /// A step with its forms: the costly part of the work, free of state, so it can be done for
    /// many events at once.
    pub fn of(step: Step) -> Self {
        let forms = Forms::shared(&step.event);
        Self { step, forms }
    }

    /// A step that an event caused, with that event's forms at hand. Those of an older version are
    /// made again: corrections are rare.
    pub fn by(step: Step, event: &Arc<Event>, forms: &Arc<Forms>) -> Self {
        if Arc::ptr_eq(&step.event, event) {
            Self { step, forms: forms.clone() }
        } else {
            Self::of(step)
        }
    }
}

/// What is known about one entity.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Entry {
    uscc: Option<Uscc>,
    /// Of a provisional entity: the number or name by which it was first mentioned, as written.
    label: Option<Box<str>>,
    /// Of a provisional entity: the key of that number or name.
    soft: Option<u64>,
    /// Registrations, changes and ends, from which names follow.
    naming: Vec<Naming>,
    /// The name in force, as written.
    name: Option<Arc<str>>,
}

/// An event that mentions an enterprise by a claimed number or name, as last stated.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Stated {
    #[serde(with = "crate::shared")]
    event: Arc<Event>,
    #[serde(with = "crate::shared")]
    forms: Arc<Forms>,
    lineage: Option<Arc<Lineage>>,
    subject: Option<EntityId>,
    mentions: Box<[(u64, EntityId)]>,
}

/// All entities and what they are called.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Directory {
    entries: Vec<Entry>,
    /// By number: the rank of the id.
    ranks: Vec<u32>,
    by_uscc: FxHashMap<Uscc, EntityId>,
    by_org: FxHashMap<OrgCode, EntityId>,
    claims: Claims,
    /// Provisional entities by the claimed number or name.
    provisional: FxHashMap<u64, EntityId>,
    /// Numbers and names whose meaning a person decided.
    pinned: FxHashMap<u64, EntityId>,
    stated: FxHashMap<u128, Stated>,
    /// Events by the claimed number or name that they mention, in canonical order.
    mentioning: FxHashMap<u64, BTreeSet<(Time, EventId)>>,
}

/// The rank of an enterprise: from its organisation code, which is part of its USCC, so that the
/// rank stays when more of it is known.
fn rank_of(org: OrgCode) -> u32 {
    (stable_hash(org.as_str().as_bytes()) >> 32) as u32
}

fn event_key(id: &EventId) -> u128 {
    stable_hash_128(id.as_str().as_bytes())
}

/// Why a merge by hand is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum MergeFault {
    /// No such entity.
    Unknown,
    /// Only provisional entities can be merged into another: those with a code are identities.
    NotProvisional,
    /// The winner is itself provisional or the loser.
    BadWinner,
}

impl Directory {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the steps of one epoch in canonical order and gives its facts in the order in which
    /// they must be applied. A registration comes before the facts that it moves.
    pub fn apply(&mut self, told: &[Told]) -> Vec<Fact> {
        let mut facts = Vec::with_capacity(told.len());
        for one in told {
            match one.step.op {
                StepOp::Assert => self.assert(one, &mut facts),
                StepOp::Retire => self.retire(one, &mut facts),
            }
        }
        facts
    }

    fn assert(&mut self, told: &Told, facts: &mut Vec<Fact>) {
        let event = &told.step.event;
        let parts = Parts::of(event);
        let affected = self.learn(event, &parts);
        let (subject, mentions) = self.resolve(event, &parts);
        if parts.has_soft() {
            let stated = Stated {
                event: Arc::clone(event),
                forms: Arc::clone(&told.forms),
                lineage: told.step.lineage.clone(),
                subject,
                mentions: mentions.clone(),
            };
            self.stated.insert(event_key(&event.id), stated);
            for key in parts.soft_keys() {
                self.mentioning.entry(key).or_default().insert((event.time, event.id.clone()));
            }
        }
        facts.push(fact(told, FactOp::Assert, subject, mentions));
        self.restate(&affected, told.step.at, &told.step.by, facts);
    }

    fn retire(&mut self, told: &Told, facts: &mut Vec<Fact>) {
        let event = &told.step.event;
        let parts = Parts::of(event);
        let known = self.stated.remove(&event_key(&event.id));
        let (subject, mentions) = match known {
            Some(stated) => {
                for key in parts.soft_keys() {
                    if let Some(events) = self.mentioning.get_mut(&key) {
                        events.remove(&(event.time, event.id.clone()));
                    }
                }
                (stated.subject, stated.mentions)
            }
            None => self.resolve(event, &parts),
        };
        facts.push(fact(told, FactOp::Retire, subject, mentions));
        let affected = self.unlearn(event, &parts);
        self.restate(&affected, told.step.at, &told.step.by, facts);
    }

    /// Takes in what a registration claims; gives the keys whose meaning may have changed.
    fn learn(&mut self, event: &Event, parts: &Parts<'_>) -> Vec<u64> {
        let Some((uscc, naming)) = Naming::of(event) else { return Vec::new() };
        debug_assert_eq!(parts.own_code(), Some(uscc));
        let id = self.of_uscc(uscc);
        let entry = &mut self.entries[id.index()];
        let at = entry.naming.partition_point(|n| n.order() < naming.order());
        entry.naming.insert(at, naming);
        self.claim(id)
    }

    fn unlearn(&mut self, event: &Event, _parts: &Parts<'_>) -> Vec<u64> {
        let Some((uscc, naming)) = Naming::of(event) else { return Vec::new() };
        let id = self.of_uscc(uscc);
        let entry = &mut self.entries[id.index()];
        let Some(at) = entry.naming.iter().position(|n| n.order() == naming.order()) else {
            return Vec::new();
        };
        entry.naming.remove(at);
        self.claim(id)
    }

    fn claim(&mut self, id: EntityId) -> Vec<u64> {
        let entry = &mut self.entries[id.index()];
        let (held, name) = claims::held(&entry.naming);
        entry.name = name;
        self.claims.replace(id, held)
    }

    /// Looks again at the events that mention one of the keys.
    fn restate(&mut self, keys: &[u64], at: Time, by: &EventId, facts: &mut Vec<Fact>) {
        let mut events: BTreeSet<(Time, EventId)> = BTreeSet::new();
        for key in keys {
            events.extend(self.mentioning.get(key).into_iter().flatten().cloned());
        }
        for (_, id) in events {
            let Some(stated) = self.stated.get(&event_key(&id)).cloned() else { continue };
            let parts = Parts::of(&stated.event);
            let (subject, mentions) = self.resolve(&stated.event, &parts);
            if subject == stated.subject && mentions == stated.mentions {
                continue;
            }
            let old = (FactOp::Retire, stated.subject, stated.mentions);
            let new = (FactOp::Assert, subject, mentions.clone());
            for (op, subject, mentions) in [old, new] {
                facts.push(Fact {
                    event: Arc::clone(&stated.event),
                    op,
                    at,
                    by: by.clone(),
                    subject,
                    mentions,
                    forms: Arc::clone(&stated.forms),
                    lineage: stated.lineage.clone(),
                });
            }
            if let Some(stated) = self.stated.get_mut(&event_key(&id)) {
                (stated.subject, stated.mentions) = (subject, mentions);
            }
        }
    }

    /// The entities that an event means: its subject, and one for each mention.
    fn resolve(
        &mut self,
        event: &Event,
        parts: &Parts<'_>,
    ) -> (Option<EntityId>, Box<[(u64, EntityId)]>) {
        let day = event.time.day();
        let mut found: Vec<(u64, EntityId)> = Vec::with_capacity(parts.len());
        let subject = parts.main.best().map(|mention| match mention {
            mentions::Named::Code(uscc) => self.of_uscc(uscc),
            mentions::Named::Mention(mention) => self.of_mention(mention, day),
        });
        if let Some(id) = subject {
            for key in parts.main.keys() {
                push(&mut found, key, id);
            }
        }
        for named in &parts.others {
            let key = named.key();
            if found.iter().any(|(k, _)| *k == key) {
                continue;
            }
            let id = match *named {
                mentions::Named::Code(uscc) => self.of_uscc(uscc),
                mentions::Named::Mention(mention) => self.of_mention(mention, day),
            };
            push(&mut found, key, id);
        }
        (subject, found.into_boxed_slice())
    }

    fn of_mention(&mut self, mention: &Mention, day: Day) -> EntityId {
        if let Some(uscc) = mention.uscc {
            return self.of_uscc(uscc);
        }
        if let Some(org) = mention.org_code {
            return self.of_org(org);
        }
        let soft = Soft::of(mention);
        let pinned = self.pinned.get(&soft.own()).copied();
        let claimed = pinned.or_else(|| soft.keys().find_map(|key| self.claims.holder(key, day)));
        claimed.unwrap_or_else(|| self.provisional(soft.own(), mention))
    }

    fn provisional(&mut self, key: u64, mention: &Mention) -> EntityId {
        if let Some(id) = self.provisional.get(&key) {
            return *id;
        }
        let number = mention.reg_no.map(|n| n.as_str().into());
        let label = number.or_else(|| mention.name.clone());
        let rank = (key >> 32) as u32;
        let id = self.add(rank, Entry { label, soft: Some(key), ..Entry::default() });
        self.provisional.insert(key, id);
        id
    }

    fn of_uscc(&mut self, uscc: Uscc) -> EntityId {
        if let Some(id) = self.by_uscc.get(&uscc) {
            return *id;
        }
        let org = uscc.org_code();
        // An entity that was known by its organisation code alone now has its whole code.
        let alone = self.by_org.get(&org).copied().filter(|id| self.uscc(*id).is_none());
        let id = alone.unwrap_or_else(|| self.add(rank_of(org), Entry::default()));
        self.entries[id.index()].uscc = Some(uscc);
        self.by_uscc.insert(uscc, id);
        // Two codes around one organisation code are two registrations; the first keeps it.
        self.by_org.entry(org).or_insert(id);
        id
    }

    fn of_org(&mut self, org: OrgCode) -> EntityId {
        if let Some(id) = self.by_org.get(&org) {
            return *id;
        }
        let label = Some(org.as_str().into());
        let id = self.add(rank_of(org), Entry { label, ..Entry::default() });
        self.by_org.insert(org, id);
        id
    }

    fn add(&mut self, rank: u32, entry: Entry) -> EntityId {
        let index = u32::try_from(self.entries.len()).expect("fewer entities than 2^32");
        self.entries.push(entry);
        self.ranks.push(rank);
        EntityId::new(rank, index)
    }

    /// Merges a provisional entity into another by decision of a person: whatever mentions it by
    /// its number or name means the winner from now on. Undone by [`Directory::unmerge`].
    pub fn merge(
        &mut self,
        loser: EntityId,
        winner: EntityId,
        at: Time,
        by: &EventId,
    ) -> Result<Vec<Fact>, MergeFault> {
        let key = self.key_of_provisional(loser)?;
        if winner == loser || self.uscc(winner).is_none() {
            return Err(MergeFault::BadWinner);
        }
        self.pinned.insert(key, winner);
        Ok(self.restated(key, at, by))
    }

    /// Undoes [`Directory::merge`]: mentions mean again what the claims say.
    pub fn unmerge(
        &mut self,
        loser: EntityId,
        at: Time,
        by: &EventId,
    ) -> Result<Vec<Fact>, MergeFault> {
        let key = self.key_of_provisional(loser)?;
        self.pinned.remove(&key);
        Ok(self.restated(key, at, by))
    }

    fn restated(&mut self, key: u64, at: Time, by: &EventId) -> Vec<Fact> {
        let mut facts = Vec::new();
        self.restate(&[key], at, by, &mut facts);
        facts
    }

    /// The claimed number or name of a provisional entity.
    fn key_of_provisional(&self, id: EntityId) -> Result<u64, MergeFault> {
        let entry = self.entries.get(id.index()).ok_or(MergeFault::Unknown)?;
        entry.soft.ok_or(MergeFault::NotProvisional)
    }
}

/// What people and programs ask.
impl Directory {
    /// How many ids were given.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The ids that were given after so many.
    pub fn given_since(&self, known: usize) -> impl Iterator<Item = EntityId> {
        let given = self.ranks.iter().enumerate().skip(known);
        given.map(|(index, rank)| EntityId::new(*rank, index as u32))
    }

    /// Whether no id was given yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The code of an entity; `None` while it is provisional.
    pub fn uscc(&self, id: EntityId) -> Option<Uscc> {
        self.entries.get(id.index()).and_then(|e| e.uscc)
    }

    /// The name in force, as written; for an entity that was never registered here the number or
    /// name by which it was mentioned.
    pub fn name(&self, id: EntityId) -> Option<&str> {
        let entry = self.entries.get(id.index())?;
        entry.name.as_deref().or(entry.label.as_deref())
    }

    /// Every name that was borne, as written, oldest first, without repeats.
    pub fn names(&self, id: EntityId) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        let naming = self.entries.get(id.index()).into_iter().flat_map(|e| &e.naming);
        for name in naming.flat_map(Naming::names) {
            if !out.contains(&name) {
                out.push(name);
            }
        }
        out
    }

    /// Whether it may be scored and warned about: it has a code, and not that of a sole trader.
    pub fn is_scored(&self, id: EntityId) -> bool {
        self.uscc(id).is_some_and(|uscc| !uscc.is_sole_trader())
    }

    /// Whether it is known by a claimed number or name alone.
    pub fn is_provisional(&self, id: EntityId) -> bool {
        self.entries.get(id.index()).is_some_and(|e| e.soft.is_some())
    }

    /// The entity of a code.
    pub fn by_uscc(&self, uscc: Uscc) -> Option<EntityId> {
        self.by_uscc.get(&uscc).copied()
    }

    /// The entity of an organisation code.
    pub fn by_org_code(&self, org: OrgCode) -> Option<EntityId> {
        self.by_org.get(&org).copied()
    }

    /// The entity that alone claims a registration number on a day.
    pub fn by_reg_no(&self, number: RegNo, day: Day) -> Option<EntityId> {
        self.claims.holder(Soft::number_key(number), day)
    }

    /// The entity that alone claims a name on a day.
    pub fn by_name(&self, name: &str, day: Day) -> Option<EntityId> {
        self.claims.holder(Soft::name_key(name), day)
    }

    /// Entities whose present or former name holds the text, both folded; at most `most`, in the
    /// order of ids. A code is found as well.
    pub fn search(&self, text: &str, most: usize) -> Vec<EntityId> {
        let wanted = crate::entity::script::fold(text);
        if wanted.is_empty() {
            return Vec::new();
        }
        let holds = |name: &str| crate::entity::script::fold(name).contains(&wanted);
        let matches = |entry: &Entry| {
            entry.uscc.is_some_and(|u| u.as_str() == wanted)
                || entry.label.as_deref().is_some_and(holds)
                || entry.naming.iter().flat_map(Naming::names).any(holds)
        };
        let found = self.entries.iter().enumerate().filter(|(_, entry)| matches(entry));
        found.map(|(i, _)| EntityId::new(self.ranks[i], i as u32)).take(most).collect()
    }
}

fn push(found: &mut Vec<(u64, EntityId)>, key: u64, id: EntityId) {
    if !found.iter().any(|(k, _)| *k == key) {
        found.push((key, id));
    }
}

fn fact(
    told: &Told,
    op: FactOp,
    subject: Option<EntityId>,
    mentions: Box<[(u64, EntityId)]>,
) -> Fact {
    Fact {
        event: Arc::clone(&told.step.event),
        op,
        at: told.step.at,
        by: told.step.by.clone(),
        subject,
        mentions,
        forms: Arc::clone(&told.forms),
        lineage: told.step.lineage.clone(),
    }
}
