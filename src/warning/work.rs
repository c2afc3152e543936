//! What must be judged anew? The marks that facts, ties, pairs, flows, indices and time set.
//!
//! Invariant: whatever can change a finding marks its key, on the worker that owns it. Must not
//! know: what a finding is.

use super::book;
use super::rules::group::{self, is_serious};
use super::rules::index;
use super::trigger::Trigger;
use super::{Key, News, Stand, Topic, Warnings};
use crate::entity::Fact;
use crate::event::{Body, Op};
use crate::graph::Graph;
use crate::id::{EntityId, EventId};
use crate::time::{Day, Time};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// The weekday on which systemic signals are judged: see [`Day::weekday`].
const MONDAY: i32 = 0;

/// What must be judged anew in an epoch, and what caused it.
pub(super) struct Work {
    pub(super) today: Day,
    pub(super) keys: BTreeMap<Key, Time>,
    /// Facts that ceased to count today.
    pub(super) fell: FxHashSet<EventId>,
}

impl Work {
    pub(super) fn of(today: Day) -> Self {
        Self { today, keys: BTreeMap::new(), fell: FxHashSet::default() }
    }

    fn mark(&mut self, rule: usize, topic: Topic, cause: Time) {
        let known = self.keys.entry((rule, topic)).or_insert(cause);
        *known = cause.max(*known);
    }
}

impl Warnings {
    pub(super) fn take_facts(&mut self, news: &News<'_>, work: &mut Work) {
        let config = self.config.clone();
        if config.rules.is_empty() {
            return;
        }
        for fact in news.facts.iter().filter(|fact| book::is_kept(fact.event.kind)) {
            note_fallen(fact, &mut work.fell);
            // A town is where the enterprise was when the fact came or went.
            let was_scored = fact.subject.is_some_and(|subject| self.book.is_scored(subject));
            let touched = self.book.take(fact);
            if let Some(subject) = fact.subject.filter(|_| !was_scored) {
                self.mark_scored(subject, fact.at, work);
            }
            for (rule, file) in config.rules.iter().enumerate() {
                self.take_groups(rule, &file.trigger, fact, news.graph, work);
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
    fn take_groups(
        &mut self,
        rule: usize,
        trigger: &Trigger,
        fact: &Fact,
        graph: &Graph,
        work: &mut Work,
    ) {
        let share = self.share;
        let touched = match trigger {
            Trigger::Foundings { .. } => self.foundings.take(fact, share),
            Trigger::Nominee { .. } => self.nominees.take(fact, share, group::nominee_group(fact)),
            Trigger::Brand { .. } => self.brands.take(fact, share, group::brand_group(fact)),
            Trigger::Town { .. } => {
                self.towns.count_town(fact);
                self.towns.take(fact, share, group::town_group(fact, &self.book))
            }
            Trigger::Building { .. } => {
                let Some(entity) = fact.subject.filter(|_| is_serious(&fact.event.body)) else {
                    return;
                };
                self.buildings.touched(graph, entity, true, share).into_iter().collect()
            }
            Trigger::Arrears { words, .. } => {
                let clients = self.clients.take(graph, fact, words);
                clients.into_iter().filter_map(|id| self.clients.key(id, share)).collect()
            }
            _ => return,
        };
        for key in touched {
            work.mark(rule, Topic::Group(key), fact.at);
        }
    }

    /// Enterprises whose ties changed: who is in a building, whom a failed client paid.
    pub(super) fn take_changes(&mut self, news: &News<'_>, work: &mut Work) {
        let (config, share, start) = (self.config.clone(), self.share, work.today.start());
        for (rule, file) in config.rules.iter().enumerate() {
            match &file.trigger {
                Trigger::Building { .. } => {
                    for entity in news.changed {
                        let facts = self.book.facts(*entity);
                        let troubled = facts.iter().any(|held| is_serious(&held.event.body));
                        for key in self.buildings.touched(news.graph, *entity, troubled, share) {
                            work.mark(rule, Topic::Group(key), start);
                        }
                    }
                }
                Trigger::Arrears { .. } => {
                    let paying = self.clients.paying(news.graph, news.paid);
                    for client in news.changed.iter().copied().chain(paying) {
                        if let Some(key) = self.clients.key(client, share) {
                            work.mark(rule, Topic::Group(key), start);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn mark_entity(&self, rule: usize, entity: EntityId, listens: bool, at: Time, work: &mut Work) {
        let topic = Topic::Entity(entity);
        let known = || self.watched.contains(&entity) && self.entries.contains_key(&(rule, topic));
        if (listens || known()) && self.share.owns(entity.key()) {
            work.mark(rule, topic, at);
        }
    }

    /// An enterprise is known to be one only now: what was found of it before may be told, and
    /// flows in which it takes part tell of it.
    fn mark_scored(&self, entity: EntityId, at: Time, work: &mut Work) {
        if self.book.is_scored(entity) {
            for rule in 0..self.config.rules.len() {
                self.mark_entity(rule, entity, true, at, work);
                for bearer in self.flows.told_of(entity) {
                    self.mark_entity(rule, bearer, false, at, work);
                }
            }
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

    pub(super) fn take_findings(&mut self, news: &News<'_>, work: &mut Work) {
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
            if !self.indices.take(delta) {
                continue;
            }
            for (rule, trigger) in rules() {
                let listens = matches!(
                    trigger,
                    Trigger::Index { .. } | Trigger::Veto { .. } | Trigger::Sql { .. }
                );
                if listens {
                    self.mark_entity(rule, delta.after.entity, true, delta.at, work);
                }
            }
        }
    }

    /// How enterprises stand, and on Mondays all groups of them.
    pub(super) fn take_stands(&mut self, news: &News<'_>, work: &mut Work) {
        let config = self.config.clone();
        if !config.is_systemic() {
            return;
        }
        self.collectives.take(news.graph, news.stands);
        for entity in news.changed {
            self.collectives.place(news.graph, *entity);
        }
        // A day may come in parts: its first part is what follows the day before.
        if work.today.weekday() == MONDAY && self.met_on != Some(work.today) {
            self.met_on = Some(work.today);
            for (rule, file) in config.rules.iter().enumerate() {
                if matches!(file.trigger, Trigger::Systemic { .. }) {
                    for key in self.collectives.owned(self.share) {
                        work.mark(rule, Topic::Group(key), work.today.start());
                    }
                }
            }
        }
        let stands = news.indices.iter().map(|delta| {
            let (entity, score, grade) = (delta.after.entity, delta.after.score, delta.after.grade);
            let high_since = index::high_since(&self.book, &self.flows, &config, &delta.after);
            Stand { entity, score, grade, high_since }
        });
        self.heard.extend(stands);
    }

    pub(super) fn take_agenda(&mut self, work: &mut Work) {
        while let Some(first) = self.agenda.first_entry() {
            if *first.key() > work.today {
                return;
            }
            for (rule, topic) in first.remove() {
                work.mark(rule, topic, work.today.start());
            }
        }
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
