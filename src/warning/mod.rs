//! When to speak? Warnings with levels, evidence and counter-evidence.
//!
//! Invariant: one warning for a subject and kind, updated rather than repeated, withdrawn when
//! its basis falls; a finding is a function of what holds now, and only levels remember. Must not
//! know: which agency acts.
//!
//! Every epoch the facts, pairs, flows and indices mark the subjects and groups whose findings
//! they may change ([`Work`]); each of those is judged anew by its rule, and [`lifecycle`] turns
//! the finding into a warning that is raised, changed, held or withdrawn.

mod book;
mod config;
mod finding;
mod judge;
mod lifecycle;
mod rules;
mod statement;
mod trigger;
mod words;
mod work;

pub use config::{Config, MeasureFile, MeasuresFile, RuleFile, RulesFile, TextFile};
pub use statement::told;
pub use trigger::{Batch, Step, Trigger};
pub use words::{Bar, GradeName, GroupBy, Pattern, Sign};

use crate::entity::Fact;
use crate::flow::FlowDelta;
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, Share};
use crate::risk::{Grade, IndexDelta};
use crate::succession::PairDelta;
use crate::text::{Evidence, Level, Text};
use crate::time::{Day, Time};
use book::Book;
use finding::{Finding, Sight};
use lifecycle::{About, Entry};
use rules::collective::Collectives;
use rules::flow::Flows;
use rules::founding::Foundings;
use rules::group::Groups;
use rules::index::Indices;
use rules::spread::{Buildings, Clients};
use rules::succession::Pairs;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use work::Work;

/// A warning as it stands.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// Deterministic: from kind and subject (or group).
    pub id: Arc<str>,
    /// E.g. `vest_switch`, `index_level`, `flow_cycle`, `group_building`.
    pub kind: Arc<str>,
    /// The enterprise; `None` for a group.
    pub subject: Option<EntityId>,
    /// All enterprises concerned, sorted.
    pub subjects: Vec<EntityId>,
    /// Where it falls: of the subject, or of most members of a group.
    pub place: Place,
    /// Level.
    pub level: Level,
    /// Open, or withdrawn since its basis fell.
    pub open: bool,
    /// When first raised.
    pub raised_at: Time,
    /// When last changed.
    pub updated_at: Time,
    /// The score behind it; its unit is the kind's.
    pub score: f64,
    /// One sentence.
    pub summary: Text,
    /// At least three lines, each with events.
    pub evidence: Vec<Evidence>,
    /// What speaks against.
    pub against: Vec<Evidence>,
    /// Proposed measures, by id.
    pub measures: Vec<Arc<str>>,
    /// Why it was withdrawn.
    pub withdrawn_because: Option<Text>,
}

/// Where an enterprise is registered, as far as known.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// GB/T 2260, 6 or 9 digits; empty when unknown.
    pub division: Arc<str>,
    /// Registered address as written; empty when unknown.
    pub domicile: Arc<str>,
}

/// A warning that was raised, changed, or withdrawn.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WarningDelta {
    /// Now.
    pub warning: Arc<Warning>,
    /// The level before, `None` when it was not open.
    pub level_before: Option<Level>,
}

/// How an enterprise stood at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Stand {
    /// Which.
    entity: EntityId,
    /// 0–1000.
    score: i32,
    /// Class.
    grade: Grade,
    /// Of class D: the day from which that follows from what was known by then and counts now.
    high_since: Option<Day>,
}

impl Stand {
    /// Which enterprise.
    pub const fn entity(&self) -> EntityId {
        self.entity
    }
}

/// All a day's inputs of [`Warnings::apply`].
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The graph after this epoch.
    pub graph: &'a Graph,
    /// What the epoch changed in it.
    pub delta: &'a Delta,
    /// The facts of the epoch.
    pub facts: &'a [Fact],
    /// Succession pairs that changed, all of them.
    pub pairs: &'a [PairDelta],
    /// Flow instances that changed, all of them.
    pub flows: &'a [FlowDelta],
    /// Indices of this share that changed.
    pub indices: &'a [IndexDelta],
    /// What all shares told of the day before ([`Warnings::tell`]).
    pub stands: &'a [Stand],
    /// The epoch's day.
    pub today: Day,
}

/// What an epoch brings to this stage.
#[derive(Clone, Copy)]
struct News<'a> {
    graph: &'a Graph,
    /// Enterprises that changed in the graph.
    changed: &'a [EntityId],
    /// Those that paid or were paid. Sorted.
    paid: &'a [EntityId],
    facts: &'a [Fact],
    pairs: &'a [PairDelta],
    flows: &'a [FlowDelta],
    indices: &'a [IndexDelta],
    stands: &'a [Stand],
    today: Day,
}

/// What a rule speaks about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
enum Topic {
    Entity(EntityId),
    Group(u64),
}

/// A rule (by its place) and what it speaks about.
type Key = (usize, Topic);

/// The warnings of one share of the subjects and groups.
#[derive(Debug)]
pub struct Warnings {
    config: Arc<Config>,
    share: Share,
    book: Book,
    pairs: Pairs,
    flows: Flows,
    indices: Indices,
    foundings: Foundings,
    nominees: Groups,
    brands: Groups,
    towns: Groups,
    buildings: Buildings,
    clients: Clients,
    collectives: Collectives,
    /// How enterprises of the share stand whose index changed since that was told.
    heard: Vec<Stand>,
    /// When systemic signals were last judged.
    met_on: Option<Day>,
    entries: BTreeMap<Key, Entry>,
    /// Enterprises that have a warning, open or not.
    watched: FxHashSet<EntityId>,
    agenda: BTreeMap<Day, BTreeSet<Key>>,
}

crate::shared::fields! {
    Warnings {
        book, pairs, flows, indices, foundings, nominees, brands, towns, buildings, clients,
        collectives, heard, met_on, entries, watched, agenda
    }
}

impl Warnings {
    /// Adds the state of another share.
    pub(crate) fn merge(&mut self, other: Self) {
        self.indices.merge(other.indices);
        self.foundings.merge(other.foundings);
        self.nominees.merge(other.nominees);
        self.brands.merge(other.brands);
        self.towns.merge(other.towns);
        self.buildings.merge(other.buildings);
        self.clients.merge(other.clients);
        self.heard.extend(other.heard);
        self.entries.extend(other.entries);
        self.watched.extend(other.watched);
        for (day, keys) in other.agenda {
            self.agenda.entry(day).or_default().extend(keys);
        }
    }

    /// Drops the warnings of other shares.
    pub(crate) fn keep(&mut self) {
        let share = self.share;
        let mine = |key: &Key| match key.1 {
            Topic::Entity(entity) => share.owns(entity.key()),
            Topic::Group(group) => share.owns(group),
        };
        self.entries.retain(|key, _| mine(key));
        self.heard.retain(|stand| share.owns(stand.entity.key()));
        for keys in self.agenda.values_mut() {
            keys.retain(mine);
        }
    }

    /// An empty state for one worker's share.
    pub fn new(config: Arc<Config>, share: Share) -> Self {
        Self {
            config,
            share,
            book: Book::default(),
            pairs: Pairs::default(),
            flows: Flows::default(),
            indices: Indices::default(),
            foundings: Foundings::default(),
            nominees: Groups::default(),
            brands: Groups::default(),
            towns: Groups::default(),
            buildings: Buildings::default(),
            clients: Clients::default(),
            collectives: Collectives::default(),
            heard: Vec::new(),
            met_on: None,
            entries: BTreeMap::new(),
            watched: FxHashSet::default(),
            agenda: BTreeMap::new(),
        }
    }

    /// How the enterprises of this share stand whose index changed since the last time: for the
    /// workers that own the groups in which they are. Sorted by entity.
    pub fn tell(&mut self) -> Vec<Stand> {
        self.heard.sort_unstable_by_key(|stand| stand.entity);
        std::mem::take(&mut self.heard)
    }

    /// Raises, changes and withdraws. Sorted by warning id.
    pub fn apply(&mut self, inputs: Inputs<'_>) -> Vec<WarningDelta> {
        let Inputs { graph, delta, facts, pairs, flows, indices, stands, today } = inputs;
        let (changed, paid) = (&delta.changed, &delta.paid);
        self.step(News { graph, changed, paid, facts, pairs, flows, indices, stands, today })
    }

    fn step(&mut self, news: News<'_>) -> Vec<WarningDelta> {
        let today = news.today;
        let mut work = Work::of(today);
        self.take_facts(&news, &mut work);
        self.take_changes(&news, &mut work);
        self.take_findings(&news, &mut work);
        self.take_stands(&news, &mut work);
        self.take_agenda(&mut work);
        let mut deltas = Vec::new();
        for (key, cause) in std::mem::take(&mut work.keys) {
            deltas.extend(self.judge(key, cause, news.graph, &work));
        }
        deltas.sort_by(|a: &WarningDelta, b| a.warning.id.cmp(&b.warning.id));
        deltas
    }

    fn judge(&mut self, key: Key, cause: Time, graph: &Graph, work: &Work) -> Option<WarningDelta> {
        let config = self.config.clone();
        let (rule, topic) = (&config.rules[key.0], key.1);
        let sight = Sight { book: &self.book, graph, config: &config, today: work.today };
        let found = self.find(sight, rule, topic);
        let again_anyway = found.as_ref().and_then(|finding| finding.again);
        let before = self.entries.get(&key);
        let open = before.is_some_and(|entry| entry.warning.open);
        let found = found
            .filter(|finding| finding.level.is_some() || (open && finding.keep.is_some()))
            .and_then(|finding| finding.completed(sight));
        let basis_fell = before.is_some_and(|entry| {
            let mut lines = entry.warning.evidence.iter().flat_map(|line| &line.events);
            lines.any(|event| work.fell.contains(event))
        });
        let about = self.about(rule, topic, found.as_ref(), before, &config);
        let about = About { cause, basis_fell, today: work.today, ..about };
        let outcome = lifecycle::settle(&about, before, found);
        if let Some(day) = outcome.again.or(again_anyway).filter(|day| *day > work.today) {
            self.agenda.entry(day).or_default().insert(key);
        }
        if let Some(entry) = outcome.entry {
            if let Topic::Entity(entity) = topic {
                self.watched.insert(entity);
            }
            self.entries.insert(key, entry);
        }
        outcome.delta
    }

    fn about<'a>(
        &self,
        rule: &'a RuleFile,
        topic: Topic,
        found: Option<&Finding>,
        before: Option<&Entry>,
        config: &'a Config,
    ) -> About<'a> {
        let known = before.map(|entry| entry.warning.id.clone());
        let (subject, name) = match topic {
            Topic::Entity(entity) => {
                let code = self.book.uscc(entity).map(|code| code.to_string());
                (Some(entity), code.unwrap_or_else(|| format!("e{}", entity.rank())))
            }
            Topic::Group(group) => (None, format!("{group:016x}")),
        };
        let members = found.map_or(&[][..], |finding| &finding.subjects);
        About {
            id: known.unwrap_or_else(|| format!("{}:{name}", rule.kind).into()),
            subject,
            place: match subject {
                Some(entity) => self.book.place(entity),
                None => self.common_place(members),
            },
            rule,
            config,
            cause: Time(0),
            basis_fell: false,
            today: Day(0),
        }
    }

    /// Where most members are; of equal ones, the first division.
    fn common_place(&self, members: &[EntityId]) -> Place {
        let mut counts: BTreeMap<Arc<str>, (usize, Place)> = BTreeMap::new();
        for place in members.iter().map(|member| self.book.place(*member)) {
            counts.entry(place.division.clone()).or_insert((0, place)).0 += 1;
        }
        let mut best: Option<(usize, Place)> = None;
        for (count, place) in counts.into_values() {
            if best.as_ref().is_none_or(|(most, _)| count > *most) {
                best = Some((count, place));
            }
        }
        best.map(|(_, place)| place).unwrap_or_default()
    }
}

#[cfg(test)]
mod feed;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod systemic;
#[cfg(test)]
mod tests;
