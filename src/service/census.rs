//! How does everything stand, in numbers? What stands, counted for each scrape.
//!
//! Counting anew cannot drift from what stands; what changes is counted as it changes. Invariant:
//! a count takes the time of a read, and the dear ones are taken once a minute.

use crate::desk::{Act, Case, Deed, Desk, State, Verb, standing};
use crate::dispatch::Task;
use crate::engine::{Effects, Seen};
use crate::event::Class;
use crate::query::Stand;
use crate::risk::Grade;
use crate::service::config::Live;
use crate::source::live::wall_clock;
use crate::telemetry::labels::{Key, Maybe, Term};
use crate::telemetry::metrics;
use crate::time::Time;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How often the graph is counted.
const GRAPH_EVERY: Duration = Duration::from_mins(1);

/// What is counted.
#[derive(Debug)]
pub(super) struct Census {
    stand: Arc<RwLock<Stand>>,
    desk: Arc<RwLock<Desk>>,
    /// Tasks are due by the newest event.
    by_events: bool,
    state: PathBuf,
    graph_at: Mutex<Option<Instant>>,
}

fn seconds(time: Time) -> f64 {
    time.0 as f64 / 1000.0
}

fn gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Numbers by key.
struct Tally<K>(Vec<i64>, std::marker::PhantomData<K>);

impl<K: Key> Tally<K> {
    fn new() -> Self {
        Self(vec![0; K::count()], std::marker::PhantomData)
    }

    fn add(&mut self, key: K) {
        self.0[key.place()] += 1;
    }

    fn show(&self, family: &crate::telemetry::Family<K, prometheus::IntGauge>) {
        for key in K::all() {
            family.of_key(key).set(self.0[key.place()]);
        }
    }
}

impl Census {
    /// Of a service.
    pub(super) fn new(live: &Live, stand: Arc<RwLock<Stand>>, desk: Arc<RwLock<Desk>>) -> Self {
        let by_events = live.ticks == crate::service::config::Ticks::Events;
        Self { stand, desk, by_events, state: live.state.clone(), graph_at: Mutex::default() }
    }

    /// Counts.
    pub(super) fn take(&self) {
        {
            let stand = self.stand.read().unwrap_or_else(PoisonError::into_inner);
            found(&stand);
            let now = wall_clock();
            let clock = if self.by_events { stand.newest.unwrap_or(Time(0)) } else { now };
            metrics().stages.clock.set(seconds(clock));
            let desk = self.desk.read().unwrap_or_else(PoisonError::into_inner);
            work(&stand, &desk, now, clock);
            drop(desk);
            if self.graph_due() {
                graph(&stand);
            }
        }
        self.disk();
    }

    fn graph_due(&self) -> bool {
        let mut at = self.graph_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = at.is_none_or(|at| at.elapsed() >= GRAPH_EVERY);
        if due {
            *at = Some(Instant::now());
        }
        due
    }

    fn disk(&self) {
        let journal = &metrics().journal;
        let entries = std::fs::read_dir(self.state.join("journal")).into_iter().flatten().flatten();
        let segments = entries.filter(|one| one.path().extension().is_some_and(|e| e == "vj"));
        let sizes: Vec<u64> = segments.filter_map(|one| Some(one.metadata().ok()?.len())).collect();
        journal.segments.set(gauge(sizes.len()));
        journal.disk.set(i64::try_from(sizes.iter().sum::<u64>()).unwrap_or(i64::MAX));
        if let Some(free) = crate::service::disk::free_bytes(&self.state) {
            journal.free.set(i64::try_from(free).unwrap_or(i64::MAX));
        }
    }
}

/// Pairs, flows, indices, warnings, dead letters.
fn found(stand: &Stand) {
    let all = metrics();
    let mut pairs: Tally<Maybe<_>> = Tally::new();
    for pair in stand.board.pairs.values() {
        pairs.add(Maybe(pair.level));
    }
    pairs.show(&all.found.pairs);
    all.found.flows.set(gauge(stand.board.flows.len()));
    let mut grades = Tally::new();
    for index in stand.board.indices.values() {
        grades.add(index.grade);
    }
    grades.show(&all.found.grades);
    let mut shadow: Tally<(Maybe<Grade>, Maybe<Grade>)> = Tally::new();
    let class = |seen: Option<Seen>| Maybe(seen.map(|seen| seen.grade));
    for one in stand.board.compared.values() {
        shadow.add((class(one.live), class(one.shadow)));
    }
    shadow.show(&all.found.shadow);
    let mut open: FxHashMap<(&str, usize), i64> = FxHashMap::default();
    for warning in stand.board.warnings.values().filter(|warning| warning.open) {
        *open.entry((&warning.kind, warning.level.place())).or_default() += 1;
    }
    all.found.open_are(|kind, level| open.get(&(kind, level.place())).copied().unwrap_or(0));
    let mut dead: Tally<Class> = Tally::new();
    for (_, _, letter) in &stand.dead {
        if let Some(class) = Class::of(letter.class) {
            dead.add(class);
        }
    }
    dead.show(&all.ingest.dead_letters);
}

/// Tasks.
fn work(stand: &Stand, desk: &Desk, now: Time, clock: Time) {
    let work = &metrics().work;
    let mut states: Tally<State> = Tally::new();
    let mut overdue: Tally<Term> = Tally::new();
    let mut agencies: BTreeMap<Arc<str>, (i64, i64)> = BTreeMap::new();
    let mut oldest: Option<Time> = None;
    for task in stand.board.tasks.values() {
        let stands = standing(task, desk.cases.get(&task.id), now, clock);
        states.add(stands.state);
        let unclaimed = stands.state.awaits_acknowledgement();
        if stands.overdue {
            overdue.add(if unclaimed { Term::Acknowledge } else { Term::Judge });
        }
        if !stands.state.is_over() {
            let agency = agencies.entry(stands.agency).or_default();
            agency.0 += 1;
            agency.1 += i64::from(stands.overdue);
        }
        if unclaimed && let Some(raised) = raised_at(stand, task) {
            oldest = Some(oldest.map_or(raised, |known| known.min(raised)));
        }
    }
    states.show(&work.tasks);
    overdue.show(&work.overdue);
    work.agencies(&agencies);
    work.oldest.set(oldest.map_or(0.0, seconds));
}

fn raised_at(stand: &Stand, task: &Task) -> Option<Time> {
    Some(stand.board.warnings.get(&task.warning)?.raised_at)
}

fn graph(stand: &Stand) {
    let graph = &metrics().graph;
    graph.enterprises.set(gauge(stand.graph.len()));
    for size in stand.graph.sizes() {
        graph.values.of_key(size.kind).set(gauge(size.values));
        graph.ties.of_key(size.kind).set(gauge(size.ties));
        graph.hubs.of_key(size.kind).set(gauge(size.hubs));
        graph.largest.of_key(size.kind).set(gauge(size.largest));
    }
}

/// Counts what an epoch changed.
pub(super) fn changed(effects: &[Effects], took: Duration) {
    let all = metrics();
    for one in effects {
        all.found.pair_changes.inc_by(one.pairs.len() as u64);
        for delta in &one.indices {
            let before = delta.before.as_ref().map(|index| index.grade);
            let after = Some(delta.after.grade);
            if before != after {
                all.found.transitions.of_key((Maybe(before), Maybe(after))).inc();
            }
            let by = if delta.by_fact { &all.found.by_fact } else { &all.found.by_time };
            by.inc();
        }
        for delta in &one.warnings {
            let warning = &delta.warning;
            match (delta.level_before, warning.open) {
                (None, true) => {
                    all.found.raised(&warning.kind, warning.level).inc();
                    all.stages.warning.of_key(warning.level).observe(took.as_secs_f64());
                }
                (Some(_), false) => all.found.withdrawn(&warning.kind).inc(),
                _ => {}
            }
        }
    }
}

/// Counts an act, with the desk as it is after it.
pub(super) fn acted(desk: &Desk, act: &Act) {
    let work = &metrics().work;
    match &act.deed {
        Deed::Verdict(deed) => work.verdicts.of_key(deed.verdict).inc(),
        Deed::Model(_) | Deed::Matter(_) | Deed::Sample(_) => {}
        Deed::Task(deed) => {
            work.acts.of_key(deed.verb).inc();
            let Some(finding) = deed.finding.as_ref().filter(|_| deed.verb == Verb::Report) else {
                return;
            };
            if let Some(took) = desk.cases.get(&deed.task).and_then(Case::handling_ms) {
                work.handling.of_key(finding.outcome).observe(took as f64 / 1000.0);
            }
        }
    }
}

/// Counts how long a task waited for somebody.
pub(super) fn claimed(stand: &Stand, act: &Act) {
    let Deed::Task(deed) = &act.deed else { return };
    if deed.verb != Verb::Acknowledge {
        return;
    }
    let raised = stand.board.tasks.get(&deed.task).and_then(|task| raised_at(stand, task));
    if let Some(raised) = raised {
        metrics().work.claim.observe(seconds(Time((act.at.0 - raised.0).max(0))));
    }
}
