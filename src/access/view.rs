//! What does one caller see of everything that stands?
//!
//! Invariant: a row that [`Who`] may not see is as if it were not there: not in a list, not by its
//! id, not in a neighbourhood, not in a stream. Must not know: how rows are shown.

use crate::access::duty::Duty;
use crate::access::{Doing, Who};
use crate::desk::{self, Case, Desk, Effect, Given, Standing};
use crate::dispatch::Task;
use crate::flow::Instance;
use crate::id::EntityId;
use crate::query::Stand;
use crate::query::around::{Around, Edge};
use crate::query::order::{PairKey, ScoreKey, TaskKey, WarningKey};
use crate::sink::Labels as _;
use crate::succession::Pair;
use crate::text::Level;
use crate::time::Time;
use crate::warning::Warning;
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

/// The only way to what stands.
#[derive(Clone, Debug)]
pub struct Reads {
    stand: Arc<RwLock<Stand>>,
    desk: Arc<RwLock<Desk>>,
    by_events: bool,
}

impl Reads {
    /// Over everything that stands and everything that was decided; `by_events`: time passes by
    /// the newest event alone, so tasks are due by it.
    pub fn new(stand: Arc<RwLock<Stand>>, desk: Arc<RwLock<Desk>>, by_events: bool) -> Self {
        Self { stand, desk, by_events }
    }

    /// Answers from one epoch, as a caller may see it.
    pub fn with<T>(&self, who: &Who, now: Time, ask: impl FnOnce(&View<'_>) -> T) -> T {
        let stand = self.stand.read().unwrap_or_else(PoisonError::into_inner);
        let desk = self.desk.read().unwrap_or_else(PoisonError::into_inner);
        let clock = if self.by_events { stand.newest.unwrap_or(now) } else { now };
        let by_events = self.by_events;
        ask(&View { stand: &stand, desk: &desk, who, now, clock, by_events })
    }
}

/// Everything as one caller may see it, at a moment.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(super) stand: &'a Stand,
    pub(super) desk: &'a Desk,
    who: &'a Who,
    now: Time,
    clock: Time,
    pub(super) by_events: bool,
}

/// Which warnings.
#[derive(Clone, Debug, Default)]
pub struct WarningFilter {
    /// Of these levels; all when empty.
    pub levels: Vec<Level>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Open or withdrawn ones.
    pub open: Option<bool>,
    /// In this division (prefix).
    pub division: Option<String>,
    /// About this enterprise.
    pub subject: Option<EntityId>,
    /// With a task of this agency.
    pub agency: Option<String>,
    /// Changed at or after.
    pub since: Option<Time>,
    /// Whose turn it is.
    pub duty: Option<Duty>,
    /// What a finding did to it.
    pub ruling: Option<Effect>,
}

/// Which tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// In these states; all when empty.
    pub states: Vec<desk::State>,
    /// Of this agency.
    pub agency: Option<String>,
    /// Of these levels; all when empty.
    pub levels: Vec<Level>,
    /// Of this warning.
    pub warning: Option<String>,
    /// Held by this account.
    pub holder: Option<String>,
    /// Overdue, or not.
    pub overdue: Option<bool>,
}

/// Which enterprises.
#[derive(Clone, Debug, Default)]
pub struct EnterpriseFilter {
    /// Part of the name, or the beginning of the code.
    pub q: Option<String>,
    /// Of these classes; all when empty.
    pub grades: Vec<crate::risk::Grade>,
    /// In this division (prefix).
    pub division: Option<String>,
    /// With an index of at least this.
    pub score_min: Option<i32>,
}

/// Which pairs.
#[derive(Clone, Debug, Default)]
pub struct PairFilter {
    /// Of these levels; all when empty, also without a level.
    pub levels: Vec<Level>,
    /// At least so sure.
    pub confidence_min: f64,
    /// With or without a verdict.
    pub judged: Option<bool>,
    /// One side is this enterprise.
    pub of: Option<EntityId>,
}

/// A task as it is seen: with its case and where it stands now.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// From its warning.
    pub task: &'a Task,
    /// What people did with it.
    pub case: Option<&'a Case>,
    /// Where it stands.
    pub standing: Standing,
}

/// So many of a sorted set, after a key; and the key after which there are more.
fn page<K: Ord + Clone>(
    set: &BTreeSet<K>,
    after: Option<&K>,
    limit: usize,
    pass: impl Fn(&K) -> bool,
) -> (Vec<K>, Option<K>) {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut found: Vec<K> = set
        .range::<K, _>((from, Bound::Unbounded))
        .filter(|key| pass(key))
        .take(limit + 1)
        .cloned()
        .collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).cloned();
    (found, next)
}

impl<'a> View<'a> {
    /// Who looks.
    pub fn who(&self) -> &'a Who {
        self.who
    }

    /// When.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The moment by which tasks are due: the newest event's where time passes by events alone.
    pub fn clock(&self) -> Time {
        self.clock
    }

    /// Which epoch is seen, and how many acts: every answer from the same pair is the same.
    pub fn version(&self) -> (u64, u64) {
        (self.stand.sequence, self.desk.acts)
    }

    /// The model under which it was judged.
    pub fn model(&self) -> &'a str {
        &self.stand.model
    }

    /// The newest event time.
    pub fn newest(&self) -> Option<Time> {
        self.stand.newest
    }

    /// Counts of accepted and rejected records by type.
    pub fn counts(&self) -> &'a std::collections::BTreeMap<String, crate::sink::Tally> {
        &self.stand.counts
    }

    /// How an enterprise is called: its code.
    pub fn code(&self, entity: EntityId) -> String {
        self.stand.code(entity)
    }

    /// Its name in use.
    pub fn name(&self, entity: EntityId) -> String {
        self.stand.name(entity)
    }

    pub(super) fn division(&self, entity: EntityId) -> &'a str {
        self.stand.graph.profile(entity).map_or("", crate::graph::Profile::division)
    }

    /// Whether an enterprise may be seen. A sole trader is a link, and is never shown by itself.
    pub fn sees_enterprise(&self, entity: EntityId) -> bool {
        self.who.may(Doing::Read)
            && self.stand.graph.scored(entity)
            && self.who.covers(self.division(entity))
    }

    pub(super) fn sees_warning(&self, warning: &Warning) -> bool {
        if !self.who.may(Doing::Read) {
            return false;
        }
        let stand: &'a Stand = self.stand;
        let ids = stand.orders.tasks_of.get(&warning.id).into_iter().flatten();
        let tasks: Vec<&'a Task> = ids.filter_map(|id| stand.board.tasks.get(id)).collect();
        let division = tasks.first().map_or(&*warning.place.division, |task| &*task.division);
        let part = |task: &&'a Task| self.agencies(task).any(|agency| self.who.sees_agency(agency));
        self.who.covers(division) && (self.who.sees_all_agencies() || tasks.iter().any(part))
    }

    fn sees_task(&self, task: &'a Task) -> bool {
        self.who.may(Doing::ReadTasks)
            && self.who.covers(&task.division)
            && self.agencies(task).any(|agency| self.who.sees_agency(agency))
    }

    pub(super) fn sees_pair(&self, pair: &Pair) -> bool {
        self.who.may(Doing::ReadPairs)
            && [pair.predecessor, pair.successor]
                .into_iter()
                .any(|side| self.who.covers(self.division(side)))
    }

    /// The agencies that a task is or was given to, and its partners.
    fn agencies(&self, task: &'a Task) -> impl Iterator<Item = &'a str> + use<'a> {
        let case = self.desk.cases.get(&task.id);
        let other = case.and_then(|case| case.agency.as_deref());
        let partners = case.into_iter().flat_map(|case| case.partners.iter().map(|p| &**p));
        [&*task.agency].into_iter().chain(other).chain(partners)
    }

    /// A warning by its id.
    pub fn warning(&self, id: &str) -> Option<&'a Arc<Warning>> {
        self.stand.board.warnings.get(id).filter(|warning| self.sees_warning(warning))
    }

    /// A page of warnings: highest level first, or newest change first.
    pub fn warnings(
        &self,
        filter: &WarningFilter,
        after: Option<&WarningKey>,
        limit: usize,
    ) -> (Vec<&'a Arc<Warning>>, Option<WarningKey>) {
        let pass = |key: &WarningKey| {
            self.warning(&key.2).is_some_and(|warning| self.passes(filter, warning))
        };
        let (keys, next) = page(&self.stand.orders.warnings, after, limit, pass);
        (keys.iter().filter_map(|key| self.stand.board.warnings.get(&key.2)).collect(), next)
    }

    /// A page of warnings, newest change first.
    pub fn latest_warnings(
        &self,
        filter: &WarningFilter,
        after: Option<&TaskKey>,
        limit: usize,
    ) -> (Vec<&'a Arc<Warning>>, Option<TaskKey>) {
        let pass = |key: &TaskKey| {
            self.warning(&key.1).is_some_and(|warning| self.passes(filter, warning))
        };
        let (keys, next) = page(&self.stand.orders.latest, after, limit, pass);
        (keys.iter().filter_map(|key| self.stand.board.warnings.get(&key.1)).collect(), next)
    }

    fn passes(&self, filter: &WarningFilter, warning: &Warning) -> bool {
        let division = |prefix: &String| warning.place.division.starts_with(prefix.as_str());
        let agency = |wanted: &String| {
            let tasks = self.stand.orders.tasks_of.get(&warning.id);
            let mut tasks =
                tasks.into_iter().flatten().filter_map(|id| self.stand.board.tasks.get(id));
            tasks.any(|task| *task.agency == **wanted)
        };
        (filter.levels.is_empty() || filter.levels.contains(&warning.level))
            && filter.kind.as_ref().is_none_or(|kind| *warning.kind == **kind)
            && filter.open.is_none_or(|open| warning.open == open)
            && filter.division.as_ref().is_none_or(division)
            && filter.subject.is_none_or(|subject| warning.subjects.contains(&subject))
            && filter.agency.as_ref().is_none_or(agency)
            && filter.since.is_none_or(|since| warning.updated_at >= since)
            && filter.duty.is_none_or(|duty| self.has_duty(warning, duty))
            && filter
                .ruling
                .is_none_or(|effect| self.ruling(warning).is_some_and(|one| one.effect == effect))
    }

    /// The warnings of an enterprise.
    pub fn warnings_of(&self, entity: EntityId) -> Vec<&'a Arc<Warning>> {
        let ids = self.stand.orders.warnings_of.get(&entity).into_iter().flatten();
        ids.filter_map(|id| self.warning(id)).collect()
    }

    /// An enterprise by its code.
    pub fn enterprise(&self, code: &str) -> Option<EntityId> {
        self.stand.find(code).filter(|entity| self.sees_enterprise(*entity))
    }

    /// A page of enterprises, highest index first.
    pub fn enterprises(
        &self,
        filter: &EnterpriseFilter,
        after: Option<&ScoreKey>,
        limit: usize,
    ) -> (Vec<EntityId>, Option<ScoreKey>) {
        let board = &self.stand.board;
        let named = |entity: &EntityId| {
            filter.q.as_ref().is_none_or(|q| {
                let called = self.stand.called.get(entity.index());
                called.is_some_and(|(code, name)| code.starts_with(q) || name.contains(q))
            })
        };
        let pass = |(score, entity): &ScoreKey| {
            filter.score_min.is_none_or(|min| score.0 >= min)
                && named(entity)
                && (filter.grades.is_empty()
                    || board.indices.get(entity).is_some_and(|i| filter.grades.contains(&i.grade)))
                && filter
                    .division
                    .as_ref()
                    .is_none_or(|prefix| self.division(*entity).starts_with(prefix.as_str()))
                && self.sees_enterprise(*entity)
        };
        let (keys, next) = page(&self.stand.orders.scores, after, limit, pass);
        (keys.into_iter().map(|(_, entity)| entity).collect(), next)
    }

    /// What is known of an enterprise that was found through this view.
    pub fn profile(&self, entity: EntityId) -> Option<&'a crate::graph::Profile> {
        self.stand.graph.profile(entity).filter(|_| self.sees_enterprise(entity))
    }

    /// Its facts that hold now.
    pub fn facts(&self, entity: EntityId) -> &'a [Arc<crate::entity::Fact>] {
        if self.sees_enterprise(entity) { self.stand.graph.facts(entity) } else { &[] }
    }

    /// What happened to it.
    pub fn rows(&self, entity: EntityId) -> &'a [crate::query::life::Row] {
        if self.sees_enterprise(entity) { self.stand.lives.rows(entity) } else { &[] }
    }

    /// How its index went.
    pub fn scores(&self, entity: EntityId) -> &'a [crate::query::life::Score] {
        if self.sees_enterprise(entity) { self.stand.lives.scores(entity) } else { &[] }
    }

    /// Its index.
    pub fn index(&self, entity: EntityId) -> Option<&'a Arc<crate::risk::Index>> {
        self.stand.board.indices.get(&entity).filter(|_| self.sees_enterprise(entity))
    }

    /// Who controls it.
    pub fn controllers(&self, entity: EntityId) -> Vec<crate::graph::Controller> {
        if self.sees_enterprise(entity) { self.stand.graph.controllers(entity) } else { Vec::new() }
    }

    /// Its relations to enterprises that may be seen.
    pub fn relations(&self, entity: EntityId) -> Vec<Edge> {
        if !self.sees_enterprise(entity) {
            return Vec::new();
        }
        let mut edges = self.stand.relations(entity);
        edges.retain(|edge| self.sees_edge(edge));
        edges
    }

    /// Succession and payments are seen by those who see pairs and flows.
    pub(super) fn sees_edge(&self, edge: &Edge) -> bool {
        use crate::query::around::Kind;
        let ends = self.sees_enterprise(edge.from) && self.sees_enterprise(edge.to);
        ends && match edge.kind {
            Kind::Succession => self.who.may(Doing::ReadPairs),
            Kind::Paid => self.who.may(Doing::ReadFlows),
            _ => true,
        }
    }

    /// The values that too many share.
    pub fn hubs(&self, entity: EntityId) -> Vec<crate::query::around::Hub> {
        if self.sees_enterprise(entity) { self.stand.hubs(entity) } else { Vec::new() }
    }

    /// What is around it, of what may be seen.
    pub fn around(&self, entity: EntityId, depth: usize, budget: usize) -> Around {
        self.stand.around(entity, depth, budget, &|edge| self.sees_edge(edge))
    }

    /// A pair by its two codes.
    pub fn pair(&self, predecessor: &str, successor: &str) -> Option<&'a Arc<Pair>> {
        let key = (self.stand.find(predecessor)?, self.stand.find(successor)?);
        self.stand.board.pairs.get(&key).filter(|pair| self.sees_pair(pair))
    }

    /// The verdicts on a pair.
    pub fn verdicts(&self, pair: &Pair) -> &'a [Given] {
        let id = self.pair_id(pair);
        self.desk.verdicts.get(id.as_str()).map_or(&[], Vec::as_slice)
    }

    /// How a pair is called.
    pub fn pair_id(&self, pair: &Pair) -> String {
        format!("{}..{}", self.code(pair.predecessor), self.code(pair.successor))
    }

    /// A page of pairs, surest first.
    pub fn pairs(
        &self,
        filter: &PairFilter,
        after: Option<&PairKey>,
        limit: usize,
    ) -> (Vec<&'a Arc<Pair>>, Option<PairKey>) {
        let find = |key: &PairKey| self.stand.board.pairs.get(&(key.1, key.2));
        let pass = |key: &PairKey| {
            find(key).is_some_and(|pair| {
                pair.confidence >= filter.confidence_min
                    && (filter.levels.is_empty()
                        || pair.level.is_some_and(|level| filter.levels.contains(&level)))
                    && filter.of.is_none_or(|of| of == pair.predecessor || of == pair.successor)
                    && filter.judged.is_none_or(|wanted| self.verdicts(pair).is_empty() != wanted)
                    && self.sees_pair(pair)
            })
        };
        let (keys, next) = page(&self.stand.orders.pairs, after, limit, pass);
        (keys.iter().filter_map(find).collect(), next)
    }

    /// The pairs of an enterprise.
    pub fn pairs_of(&self, entity: EntityId) -> Vec<&'a Arc<Pair>> {
        let keys = self.stand.orders.pairs_of.get(&entity).into_iter().flatten();
        keys.filter_map(|key| self.stand.board.pairs.get(key))
            .filter(|pair| self.sees_pair(pair))
            .collect()
    }

    /// The flow instances of an enterprise.
    pub fn flows_of(&self, entity: EntityId) -> Vec<&'a Arc<Instance>> {
        if !self.who.may(Doing::ReadFlows) || !self.sees_enterprise(entity) {
            return Vec::new();
        }
        let ids = self.stand.orders.flows_of.get(&entity).into_iter().flatten();
        ids.filter_map(|id| self.stand.board.flows.get(id)).collect()
    }

    fn seen(&self, task: &'a Task) -> Seen<'a> {
        let case = self.desk.cases.get(&task.id);
        Seen { task, case, standing: desk::standing(task, case, self.now, self.clock) }
    }

    /// A task by its id.
    pub fn task(&self, id: &str) -> Option<Seen<'a>> {
        let task = self.stand.board.tasks.get(id).filter(|task| self.sees_task(task))?;
        Some(self.seen(task))
    }

    /// A page of tasks, soonest due first.
    pub fn tasks(
        &self,
        filter: &TaskFilter,
        after: Option<&TaskKey>,
        limit: usize,
    ) -> (Vec<Seen<'a>>, Option<TaskKey>) {
        let pass = |key: &TaskKey| {
            self.task(&key.1).is_some_and(|seen| {
                let standing = &seen.standing;
                (filter.states.is_empty() || filter.states.contains(&standing.state))
                    && (filter.levels.is_empty() || filter.levels.contains(&seen.task.level))
                    && filter.agency.as_ref().is_none_or(|agency| *standing.agency == **agency)
                    && filter.warning.as_ref().is_none_or(|id| *seen.task.warning == **id)
                    && filter
                        .holder
                        .as_ref()
                        .is_none_or(|holder| standing.holder.as_deref() == Some(holder.as_str()))
                    && filter.overdue.is_none_or(|overdue| standing.overdue == overdue)
            })
        };
        let (keys, next) = page(&self.stand.orders.tasks, after, limit, pass);
        (keys.iter().filter_map(|key| self.task(&key.1)).collect(), next)
    }

    /// The tasks of a warning.
    pub fn tasks_of(&self, warning: &str) -> Vec<Seen<'a>> {
        let ids = self.stand.orders.tasks_of.get(warning).into_iter().flatten();
        ids.filter_map(|id| self.task(id)).collect()
    }
}
