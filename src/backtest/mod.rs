//! What would another model have said? Two models over the same days, compared.
//!
//! Both models get the same facts on the days on which they were learned, so that nothing that was
//! learned later shows in what was said earlier. Invariant: the report is a function of the events,
//! the models and the window; no clock, no order of threads. Must not know: files.

mod compare;
mod order;
mod page;
mod truth;

pub use compare::{Both, Names, Options, Report, compare};
pub use order::{Class, Ordered, Pair};
pub use page::page;
pub use truth::{Labels, Verdict};

use crate::dispatch::TaskState;
use crate::engine::Effects;
use crate::entity::Fact;
use crate::event::{Body, Change};
use crate::id::EntityId;
use crate::risk::{Grade, Index};
use crate::text::{Level, Text};
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The days that a report is about, both included. What came before is learned, not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Day,
    /// The last day; nothing after it is looked at.
    pub to: Day,
}

impl Window {
    fn holds(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }
}

/// How many enterprises stand in each grade, A to D.
pub type Mix = [u32; 4];

/// A warning that was raised within the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// Kind.
    pub kind: Arc<str>,
    /// The enterprise, or none for a group.
    pub subject: Option<EntityId>,
    /// All enterprises concerned.
    pub subjects: Vec<EntityId>,
    /// The first day on which it was open within the window.
    pub on: Day,
    /// The highest level that it had.
    pub level: Level,
    /// Whether it was open at the end.
    pub open: bool,
    /// What it last said.
    pub summary: Text,
}

/// What one model said, day by day.
#[derive(Debug)]
pub struct Watch {
    window: Window,
    indices: BTreeMap<EntityId, Arc<Index>>,
    mix: Mix,
    months: Vec<(Day, Mix)>,
    raised: BTreeMap<Arc<str>, Raised>,
    /// By agency and day: tasks that were new.
    load: BTreeMap<Arc<str>, BTreeMap<Day, u32>>,
    tasks: BTreeSet<Arc<str>>,
    changes: u64,
}

impl Watch {
    /// Nothing was said yet.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            indices: BTreeMap::new(),
            mix: [0; 4],
            months: Vec::new(),
            raised: BTreeMap::new(),
            load: BTreeMap::new(),
            tasks: BTreeSet::new(),
            changes: 0,
        }
    }

    /// Takes the effects of a day.
    pub fn take(&mut self, effects: Effects) {
        let day = effects.day;
        let within = self.window.holds(day);
        for delta in effects.indices {
            if let Some(before) = &delta.before {
                self.mix[before.grade as usize] -= 1;
            }
            self.mix[delta.after.grade as usize] += 1;
            let moved = delta.before.as_ref().is_some_and(|b| b.grade != delta.after.grade);
            self.changes += u64::from(within && moved);
            self.indices.insert(delta.after.entity, delta.after);
        }
        for delta in effects.warnings {
            let warning = &delta.warning;
            let known = self.raised.get_mut(&warning.id);
            match known {
                Some(known) => {
                    known.open = warning.open;
                    if warning.open {
                        known.level = known.level.max(warning.level);
                        known.summary = warning.summary.clone();
                    }
                }
                None if within && warning.open && delta.level_before.is_none() => {
                    let raised = Raised {
                        kind: warning.kind.clone(),
                        subject: warning.subject,
                        subjects: warning.subjects.clone(),
                        on: day,
                        level: warning.level,
                        open: true,
                        summary: warning.summary.clone(),
                    };
                    self.raised.insert(warning.id.clone(), raised);
                }
                None => {}
            }
        }
        for task in effects.tasks {
            let fresh = task.state == TaskState::Dispatched && self.tasks.insert(task.id);
            if fresh && within {
                *self.load.entry(task.agency).or_default().entry(day).or_default() += 1;
            }
        }
        if within && (day.plus(1).month() != day.month() || day == self.window.to) {
            self.months.push((day, self.mix));
        }
    }
}

/// What the register says of an enterprise, for comparing groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// GB/T 2260 division, six digits; empty when unknown.
    pub division: String,
    /// Letter of the GB/T 4754 code; empty when unknown.
    pub industry: String,
    /// Subscribed capital in fen.
    pub capital_fen: Option<i64>,
}

/// What is known of every enterprise beside what models say.
#[derive(Clone, Debug, Default)]
pub struct Book(BTreeMap<EntityId, About>);

impl Book {
    /// Takes a fact that was learned.
    pub fn take(&mut self, fact: &Fact) {
        let Some(subject) = fact.subject.filter(|_| fact.asserts()) else { return };
        match &fact.event.body {
            Body::Established(data) => {
                let about = self.0.entry(subject).or_default();
                about.division = six(&data.division);
                about.industry = letter(data.industry.as_deref().unwrap_or_default());
                about.capital_fen = data.subscribed_fen.map(|fen| fen.0);
            }
            Body::Changed(data) => {
                let about = self.0.entry(subject).or_default();
                for change in &data.changes {
                    match change {
                        Change::Division { after, .. } => about.division = six(after),
                        Change::Industry { after, .. } => about.industry = letter(after),
                        Change::Subscribed { after, .. } => about.capital_fen = Some(after.0),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// What is known of an enterprise.
    pub fn about(&self, entity: EntityId) -> About {
        self.0.get(&entity).cloned().unwrap_or_default()
    }
}

fn six(division: &str) -> String {
    division.chars().take(6).collect()
}

fn letter(industry: &str) -> String {
    industry.chars().take(1).collect()
}

/// The place of a grade in a [`Mix`].
pub const fn place(grade: Grade) -> usize {
    grade as usize
}
