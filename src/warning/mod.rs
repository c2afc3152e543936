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

pub use config::{Config, MeasureFile, MeasuresFile, RuleFile, RulesFile, TextFile};
pub use trigger::{Bar, Batch, GradeName, Pattern, Sign, Step, Trigger};

use crate::entity::Fact;
use crate::event::{Body, Op};
use crate::flow::FlowDelta;
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, EventId, Share};
use crate::risk::IndexDelta;
use crate::succession::PairDelta;
use crate::text::{Evidence, Level, Text};
use crate::time::{Day, Time};
use book::Book;
use finding::{Finding, Sight};
use lifecycle::{About, Entry};
use rules::flow::Flows;
use rules::founding::Foundings;
use rules::group::{self, Groups};
use rules::index::Indices;
use rules::succession::Pairs;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A warning as it stands.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// GB/T 2260, 6 or 9 digits; empty when unknown.
    pub division: Arc<str>,
    /// Registered address as written; empty when unknown.
    pub domicile: Arc<str>,
}

/// A warning that was raised, changed, or withdrawn.
#[derive(Clone, Debug, PartialEq)]
pub struct WarningDelta {
    /// Now.
    pub warning: Arc<Warning>,
    /// The level before, `None` when it was not open.
    pub level_before: Option<Level>,
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
    /// The epoch's day.
    pub today: Day,
}

/// What an epoch brings to this stage.
#[derive(Clone, Copy)]
struct News<'a> {
    facts: &'a [Fact],
    pairs: &'a [PairDelta],
    flows: &'a [FlowDelta],
    indices: &'a [IndexDelta],
    today: Day,
}

/// What a rule speaks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Topic {
    Entity(EntityId),
    Group(u64),
}

/// A rule (by its place) and what it speaks about.
type Key = (usize, Topic);

/// What must be judged anew in an epoch, and what caused it.
struct Work {
    today: Day,
    keys: BTreeMap<Key, Time>,
    /// Facts that ceased to count today.
    fell: FxHashSet<EventId>,
}

impl Work {
    fn mark(&mut self, rule: usize, topic: Topic, cause: Time) {
        let known = self.keys.entry((rule, topic)).or_insert(cause);
        *known = cause.max(*known);
    }
}

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
    entries: BTreeMap<Key, Entry>,
    /// Enterprises that have a warning, open or not.
    watched: FxHashSet<EntityId>,
    agenda: BTreeMap<Day, BTreeSet<Key>>,
}

impl Warnings {
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
            entries: BTreeMap::new(),
            watched: FxHashSet::default(),
            agenda: BTreeMap::new(),
        }
    }

    /// Raises, changes and withdraws. Sorted by warning id.
    pub fn apply(&mut self, inputs: Inputs<'_>) -> Vec<WarningDelta> {
        let Inputs { facts, pairs, flows, indices, today, .. } = inputs;
        self.step(News { facts, pairs, flows, indices, today })
    }

    fn step(&mut self, news: News<'_>) -> Vec<WarningDelta> {
        let today = news.today;
        let mut work = Work { today, keys: BTreeMap::new(), fell: FxHashSet::default() };
        self.take_facts(news.facts, &mut work);
        self.take_findings(&news, &mut work);
        self.take_agenda(&mut work);
        let mut deltas = Vec::new();
        for (key, cause) in std::mem::take(&mut work.keys) {
            deltas.extend(self.judge(key, cause, &work));
        }
        deltas.sort_by(|a: &WarningDelta, b| a.warning.id.cmp(&b.warning.id));
        deltas
    }

    fn take_facts(&mut self, facts: &[Fact], work: &mut Work) {
        let config = self.config.clone();
        if config.rules.is_empty() {
            return;
        }
        for fact in facts.iter().filter(|fact| book::is_kept(fact.event.kind)) {
            note_fallen(fact, &mut work.fell);
            // A town is where the enterprise was when the fact came or went.
            let touched = self.book.take(fact);
            for (rule, file) in config.rules.iter().enumerate() {
                self.take_groups(rule, &file.trigger, fact, work);
                let listens = file.trigger.listens(fact.event.kind);
                for entity in &touched {
                    self.mark_entity(rule, *entity, listens, fact.at, work);
                }
            }
            for entity in touched {
                self.mark_successors(entity, fact.at, work);
                if tells_about_members(&fact.event.body) {
                    self.mark_groups(entity, fact.at, work);
                }
            }
            self.note_relief_day(fact, work.today);
        }
    }

    /// Groups in which the fact stands, or whose members it tells about.
    fn take_groups(&mut self, rule: usize, trigger: &Trigger, fact: &Fact, work: &mut Work) {
        let share = self.share;
        let touched = match trigger {
            Trigger::Foundings { .. } => self.foundings.take(fact, share),
            Trigger::Nominee { .. } => self.nominees.take(fact, share, group::nominee_group(fact)),
            Trigger::Brand { .. } => self.brands.take(fact, share, group::brand_group(fact)),
            Trigger::Town { .. } => {
                self.towns.take(fact, share, group::town_group(fact, &self.book))
            }
            _ => return,
        };
        for key in touched {
            work.mark(rule, Topic::Group(key), fact.at);
        }
    }

    fn mark_entity(&self, rule: usize, entity: EntityId, listens: bool, at: Time, work: &mut Work) {
        let topic = Topic::Entity(entity);
        let known = || self.watched.contains(&entity) && self.entries.contains_key(&(rule, topic));
        if (listens || known()) && self.share.owns(entity.key()) {
            work.mark(rule, topic, at);
        }
    }

    /// A predecessor changed: what is told of its successors may too.
    fn mark_successors(&self, entity: EntityId, at: Time, work: &mut Work) {
        for (rule, file) in self.config.rules.iter().enumerate() {
            if matches!(file.trigger, Trigger::Succession { .. }) {
                for successor in self.pairs.successors(entity) {
                    self.mark_entity(rule, successor, true, at, work);
                }
            }
        }
    }

    /// A member changed: what is told of its groups may too.
    fn mark_groups(&self, entity: EntityId, at: Time, work: &mut Work) {
        for (rule, file) in self.config.rules.iter().enumerate() {
            let groups = match &file.trigger {
                Trigger::Nominee { .. } => &self.nominees,
                Trigger::Brand { .. } => &self.brands,
                Trigger::Town { .. } => &self.towns,
                _ => continue,
            };
            if groups.is_empty() {
                continue;
            }
            for held in self.book.facts(entity) {
                for key in groups.of_event(&held.event.id) {
                    work.mark(rule, Topic::Group(key), at);
                }
            }
        }
    }

    /// A repair or an objection that takes effect later is looked at again on that day.
    fn note_relief_day(&mut self, fact: &Fact, today: Day) {
        let day = match &fact.event.body {
            Body::Repair(repair) => repair.effective_on,
            Body::ObjectionDecided(decided) => decided.effective_on,
            _ => return,
        };
        let Some(entity) = fact.subject.filter(|id| day > today && self.share.owns(id.key()))
        else {
            return;
        };
        for rule in 0..self.config.rules.len() {
            self.agenda.entry(day).or_default().insert((rule, Topic::Entity(entity)));
        }
    }

    fn take_findings(&mut self, news: &News<'_>, work: &mut Work) {
        let config = self.config.clone();
        let rules = || config.rules.iter().map(|rule| &rule.trigger).enumerate();
        for delta in news.pairs {
            self.pairs.take(delta);
            let pair = &delta.pair;
            for (rule, trigger) in rules() {
                match trigger {
                    Trigger::Succession { .. } => {
                        self.mark_entity(rule, pair.successor, true, pair.last_changed_at, work);
                    }
                    Trigger::Deregistration { .. } => {
                        self.mark_entity(rule, pair.predecessor, true, pair.last_changed_at, work);
                    }
                    _ => {}
                }
            }
        }
        for delta in news.flows {
            for entity in self.flows.take(delta) {
                for (rule, trigger) in rules() {
                    let listens =
                        matches!(trigger, Trigger::Flow { .. } | Trigger::Fundraising { .. });
                    self.mark_entity(rule, entity, listens, delta.at, work);
                }
            }
        }
        for delta in news.indices {
            if !self.indices.take(delta, work.today) {
                continue;
            }
            for (rule, trigger) in rules() {
                if matches!(trigger, Trigger::Index { .. } | Trigger::Veto { .. }) {
                    self.mark_entity(rule, delta.after.entity, true, delta.at, work);
                }
            }
        }
    }

    fn take_agenda(&mut self, work: &mut Work) {
        while let Some(first) = self.agenda.first_entry() {
            if *first.key() > work.today {
                return;
            }
            for (rule, topic) in first.remove() {
                work.mark(rule, topic, work.today.start());
            }
        }
    }

    fn judge(&mut self, key: Key, cause: Time, work: &Work) -> Option<WarningDelta> {
        let config = self.config.clone();
        let (rule, topic) = (&config.rules[key.0], key.1);
        let sight = Sight { book: &self.book, config: &config, today: work.today };
        let found = self.find(sight, &rule.trigger, topic);
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
                (Some(entity), code.unwrap_or_else(|| format!("e{}", entity.0)))
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

/// Whether a fact can change what is told of a group beyond the facts of the group itself: names,
/// holders, facts that no longer count.
const fn tells_about_members(body: &Body) -> bool {
    matches!(
        body,
        Body::Established(_) | Body::Changed(_) | Body::Repair(_) | Body::ObjectionDecided(_)
    )
}

/// The facts that a fact takes out of use: the event that it retires, the targets of a repair or
/// objection.
fn note_fallen(fact: &Fact, fell: &mut FxHashSet<EventId>) {
    if !fact.asserts() {
        fell.insert(fact.event.id.clone());
    }
    match &fact.event.body {
        Body::Repair(repair) => fell.extend(repair.targets.iter().cloned()),
        Body::ObjectionDecided(decided) => fell.extend(decided.targets.iter().cloned()),
        _ => {}
    }
    if let Op::Correct(earlier) = &fact.event.op {
        fell.insert(earlier.clone());
    }
}

#[cfg(test)]
mod feed;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
