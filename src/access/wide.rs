//! What does one caller see of the whole: the load of agencies, ways between enterprises, payments,
//! the shore?
//!
//! Invariant: as [`crate::access::view`]: what may not be seen is neither counted nor passed through.

use crate::access::{Doing, View};
use crate::desk::promotion::Promotions;
use crate::desk::{Case, Outcome, State};
use crate::engine::{Compared, Seen};
use crate::id::EntityId;
use crate::query::chain::{Chains, Wanted};
use crate::query::lines::Composition;
use crate::query::path::Paths;
use crate::query::traces::{Feed, Payments, Sighting};
use crate::text::Level;
use crate::time::{Day, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Tasks of an agency or a division, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Open tasks by level.
    pub levels: BTreeMap<Level, u64>,
    /// All tasks by state.
    pub states: BTreeMap<State, u64>,
    /// Open tasks of which a term has passed.
    pub overdue: u64,
    /// Open tasks that wait for somebody to take them.
    pub unheld: u64,
    /// Open tasks, not overdue, whose next term ends within a day.
    pub due_in_a_day: u64,
    /// Open tasks, not overdue, with less time left than half of those reported took; none where
    /// nothing was reported yet.
    pub forecast: Option<u64>,
    /// The median time from taking a task to its report, in milliseconds.
    pub handling: Option<i64>,
    /// The earliest term of the tasks that nobody holds.
    pub first_due: Option<Time>,
    /// Findings: confirmed or partly, and others.
    pub found: (u64, u64),
}

impl Count {
    /// Open tasks.
    pub fn open(&self) -> u64 {
        self.levels.values().sum()
    }
}

/// How much there is to do.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// By the agency that has the task.
    pub agencies: BTreeMap<Arc<str>, Count>,
    /// By the task's division.
    pub divisions: BTreeMap<Arc<str>, Count>,
}

#[derive(Default)]
struct Gathered {
    count: Count,
    left: Vec<i64>,
    took: Vec<i64>,
}

impl Gathered {
    fn finish(mut self) -> Count {
        self.took.sort_unstable();
        self.count.handling = self.took.get(self.took.len() / 2).copied();
        let short = |median: i64| self.left.iter().filter(|left| **left < median).count() as u64;
        self.count.forecast = self.count.handling.map(short);
        self.count
    }
}

impl<'a> View<'a> {
    /// Proposals of another model and what became of them, the oldest first.
    pub fn promotions(&self) -> &'a Promotions {
        &self.desk.promotions
    }

    /// The model that judges, or is being switched to.
    pub fn judging(&self) -> &'a str {
        self.stand.next_model.as_deref().unwrap_or(&self.stand.model)
    }
}

/// Enterprises by class: rows A to D, then none, of the model that judges; columns of its shadow.
pub type Classes = [[u64; 5]; 5];

impl<'a> View<'a> {
    /// The model that runs beside, and how many enterprises both put where; of all of them.
    pub fn shadow(&self) -> Option<(&'a str, Classes)> {
        let name = self.stand.shadow.as_deref()?;
        let mut classes = Classes::default();
        let place = |seen: Option<Seen>| seen.map_or(4, |seen| seen.grade as usize);
        for one in self.stand.board.compared.values() {
            classes[place(one.live)][place(one.shadow)] += 1;
        }
        Some((name, classes))
    }

    /// Those that may be seen and that the two put into different classes.
    pub fn disagreements(&self) -> Vec<&'a Compared> {
        let all = self.stand.board.compared.values();
        all.filter(|one| one.differs() && self.sees_enterprise(one.entity)).collect()
    }
}

impl View<'_> {
    /// What an index was made of at the end of a day, or the first day that can be told. None where
    /// the index or its reasons are not to be seen.
    pub fn made_of(&self, entity: EntityId, day: Day) -> Option<Result<Composition, Day>> {
        let index = self.index(entity).filter(|_| self.who().may(Doing::ReadReasons))?;
        Some(self.stand.lines.on(entity, &index.contributions, day))
    }

    /// How much there is to do, of the tasks that may be seen.
    pub fn load(&self) -> Load {
        let mut agencies: BTreeMap<Arc<str>, Gathered> = BTreeMap::new();
        let mut divisions: BTreeMap<Arc<str>, Gathered> = BTreeMap::new();
        for id in self.stand.board.tasks.keys() {
            let Some(seen) = self.task(id) else { continue };
            let standing = &seen.standing;
            let due = standing.due_at();
            let left = due.0 - self.clock().0;
            let places = [
                agencies.entry(standing.agency.clone()).or_default(),
                divisions.entry(seen.task.division.clone()).or_default(),
            ];
            for Gathered { count, left: all_left, took } in places {
                *count.states.entry(standing.state).or_default() += 1;
                for (_, finding) in seen.case.map_or(&[][..], |case| &case.findings) {
                    let held = matches!(finding.outcome, Outcome::Confirmed | Outcome::Partly);
                    *(if held { &mut count.found.0 } else { &mut count.found.1 }) += 1;
                }
                took.extend(seen.case.and_then(Case::handling_ms));
                if standing.state.is_over() {
                    continue;
                }
                *count.levels.entry(seen.task.level).or_default() += 1;
                count.overdue += u64::from(standing.overdue);
                if standing.is_free() {
                    count.unheld += 1;
                    count.first_due = count.first_due.into_iter().chain([due]).min();
                }
                if standing.state != State::Waiting && !standing.overdue {
                    count.due_in_a_day += u64::from(left < DAY);
                    all_left.push(standing.judge_due_at.0 - self.clock().0);
                }
            }
        }
        let finish = |all: BTreeMap<Arc<str>, Gathered>| {
            all.into_iter().map(|(key, gathered)| (key, gathered.finish())).collect()
        };
        Load { agencies: finish(agencies), divisions: finish(divisions) }
    }

    /// Whether time passes by the newest event alone.
    pub fn by_events(&self) -> bool {
        self.by_events
    }

    /// Ways between two enterprises that were found through this view.
    pub fn paths(&self, from: EntityId, to: EntityId) -> Paths {
        self.stand.paths((from, to), &|edge| self.sees_edge(edge))
    }

    /// Chains of payments between two enterprises that were found through this view.
    pub fn chains(&self, ends: (EntityId, EntityId), wanted: Wanted) -> Chains {
        if !self.who().may(Doing::ReadFlows) {
            return Chains::default();
        }
        self.stand.chains(ends, wanted, &|entity| self.sees_enterprise(entity))
    }

    /// The payments of an enterprise.
    pub fn payments(&self, entity: EntityId) -> Option<&Payments> {
        let may = self.who().may(Doing::ReadFlows) && self.sees_enterprise(entity);
        self.stand.traces.payments(entity).filter(|_| may)
    }

    /// What patrols saw. The shore has no division: whoever reads reasons sees it; the enterprise
    /// behind it is seen like any other.
    pub fn sightings(&self) -> &[Sighting] {
        if self.who().may(Doing::ReadReasons) { self.stand.traces.sightings() } else { &[] }
    }

    /// What came from each source.
    pub fn feeds(&self) -> &BTreeMap<Arc<str>, Feed> {
        self.stand.traces.feeds()
    }
}
