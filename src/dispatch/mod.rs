//! Who must act? Warnings become tasks of agencies with a clock in working days.
//!
//! Invariant: the same warning gives the same task ids and due times. Must not know: how a task
//! reaches its agency.
//!
//! One task for each agency that has a part in a warning, the lead first. A clock starts when the
//! warning is raised and starts again when its level changes: other terms, other partners. Tasks
//! of agencies that a lower level no longer needs are recalled, and all of them when the warning
//! is withdrawn.

mod calendar;
mod catalogue;
mod policy;
mod routing;

pub use calendar::{Calendar, CalendarFile, HolidayFile, Term, YearFile};
pub use catalogue::{CatalogueFile, MeasureRule, Undo};
pub use policy::{LevelRule, MatterRule, PolicyFile, StageRule};
pub use routing::{AgencyFile, ClockFile, LevelFile, PartnerFile, RouteFile, RoutingFile};

use crate::graph::Graph;
use crate::text::{Level, Text};
use crate::time::{Day, Time};
use crate::warning::{Warning, WarningDelta};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A task of an agency.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Task {
    /// Deterministic: from warning and agency.
    pub id: Arc<str>,
    /// The warning's id.
    pub warning: Arc<str>,
    /// Agency id of the routing table.
    pub agency: Arc<str>,
    /// Whether this agency leads, or takes part.
    pub lead: bool,
    /// GB/T 2260 division that it falls in.
    pub division: Arc<str>,
    /// Level of the warning.
    pub level: Level,
    /// Until when to acknowledge.
    pub ack_due_at: Time,
    /// Until when to judge.
    pub judge_due_at: Time,
    /// Dispatched, or recalled since its warning fell.
    pub state: TaskState,
    /// Why this agency, and why recalled.
    pub reason: Text,
}

/// States that a bounded run can reach.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum TaskState {
    /// Sent to the agency.
    Dispatched,
    /// Its warning was withdrawn, or its part is no longer needed.
    Recalled,
}

/// Routing, clocks and calendar: `routing.toml` of the model and the calendar file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    routing: Option<RoutingFile>,
    calendar: Calendar,
}

impl Config {
    /// The configuration of two files.
    pub fn new(routing: RoutingFile, calendar: &CalendarFile) -> Self {
        Self { calendar: calendar.calendar(), routing: Some(routing) }
    }

    /// What is wrong with the files, if anything.
    pub fn check(routing: &RoutingFile, calendar: &CalendarFile) -> Vec<String> {
        let mut problems = routing.check();
        problems.extend(calendar.check());
        problems
    }

    /// Working days.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The agencies of the routing table.
    pub fn agencies(&self) -> &[AgencyFile] {
        self.routing.as_ref().map_or(&[], |routing| &routing.agency)
    }

    /// Whether the routing table has an agency.
    pub fn is_agency(&self, id: &str) -> bool {
        self.agencies().iter().any(|one| one.id == id)
    }

    /// The agency of the next higher command level to which a task of an agency goes; none at the
    /// top.
    pub fn upper(&self, agency: &str, division: &str) -> Option<&AgencyFile> {
        self.routing.as_ref()?.upper(agency, division)
    }

    /// Until when to acknowledge and to judge, from a moment on.
    pub fn terms(&self, level: Level, start: Time) -> (Time, Time) {
        let clock = self.routing.as_ref().map(|routing| routing.clock(level));
        clock.map_or((start, start), |clock| {
            (self.calendar.due(start, clock.ack), self.calendar.due(start, clock.judge))
        })
    }
}

/// All rules by which people and the clock work: routing and calendar of the model, and what all
/// models share.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// What the clock does by itself, and matters.
    pub policy: PolicyFile,
    /// What measures mean.
    pub catalogue: CatalogueFile,
    /// Routing and calendar.
    pub config: Arc<Config>,
}

impl Default for Rulebook {
    fn default() -> Self {
        let (policy, catalogue) = (PolicyFile::shipped(), CatalogueFile::shipped());
        Self { policy, catalogue, config: Arc::default() }
    }
}

/// The tasks of one share of the warnings.
#[derive(Debug)]
pub struct Dispatch {
    config: Arc<Config>,
    tasks: BTreeMap<Arc<str>, Vec<Task>>,
}

crate::shared::fields! {
    Dispatch { tasks }
}

impl Dispatch {
    /// Adds the tasks of another share.
    pub(crate) fn merge(&mut self, other: Self) {
        self.tasks.extend(other.tasks);
    }

    /// An empty state. A task lives where its warning does.
    pub fn new(config: Arc<Config>) -> Self {
        Self { config, tasks: BTreeMap::new() }
    }

    /// Tasks that were made or changed. Sorted by task id.
    pub fn apply(&mut self, _graph: &Graph, warnings: &[WarningDelta], _today: Day) -> Vec<Task> {
        self.take(warnings)
    }

    fn take(&mut self, warnings: &[WarningDelta]) -> Vec<Task> {
        let mut changed = Vec::new();
        for delta in warnings {
            let warning = &*delta.warning;
            let before = self.tasks.get(&warning.id).map_or(&[][..], Vec::as_slice);
            let after = self.config.plan(warning, before);
            changed.extend(after.iter().filter(|task| !before.contains(task)).cloned());
            self.tasks.insert(warning.id.clone(), after);
        }
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        changed
    }
}

impl Config {
    /// The tasks of a warning, given those that it had.
    fn plan(&self, warning: &Warning, before: &[Task]) -> Vec<Task> {
        let Some(routing) = &self.routing else { return Vec::new() };
        if !warning.open {
            return before
                .iter()
                .map(|task| recalled(task, warning.withdrawn_because.as_ref()))
                .collect();
        }
        let division: Arc<str> = routing.division(&warning.place).into();
        let clock = routing.clock(warning.level);
        let parts = routing.parts(&warning.kind, warning.level, &division);
        let mut tasks = Vec::with_capacity(parts.len().max(before.len()));
        for part in parts {
            let old = before.iter().find(|task| task.agency == part.agency);
            let running = old
                .filter(|task| task.level == warning.level && task.state == TaskState::Dispatched);
            let (ack_due_at, judge_due_at) = running.map_or_else(
                || {
                    let start = warning.updated_at;
                    (self.calendar.due(start, clock.ack), self.calendar.due(start, clock.judge))
                },
                |task| (task.ack_due_at, task.judge_due_at),
            );
            tasks.push(Task {
                id: format!("{}/{}", warning.id, part.agency).into(),
                warning: warning.id.clone(),
                agency: part.agency,
                lead: part.lead,
                division: division.clone(),
                level: warning.level,
                ack_due_at,
                judge_due_at,
                state: TaskState::Dispatched,
                reason: part.reason,
            });
        }
        let no_longer = Text::new(
            "等级或属地变化，不再需要该部门办理",
            "Level or place changed: no longer needed",
        );
        for task in before {
            if tasks.iter().all(|kept| kept.agency != task.agency) {
                tasks.push(recalled(task, Some(&no_longer)));
            }
        }
        tasks
    }
}

/// A task that is taken back, with the reason. One that is back already stays as it is.
fn recalled(task: &Task, why: Option<&Text>) -> Task {
    let mut task = task.clone();
    if task.state == TaskState::Dispatched {
        task.state = TaskState::Recalled;
        let unknown = Text::new("预警已撤销", "the warning was withdrawn");
        let why = why.unwrap_or(&unknown);
        task.reason.zh = format!("{}；收回：{}", task.reason.zh, why.zh);
        task.reason.en = format!("{}; recalled: {}", task.reason.en, why.en);
    }
    task
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warning::Place;

    fn warning(level: Level, at: &str) -> Warning {
        let at = Time::parse(at).expect("a moment");
        Warning {
            id: "vest_switch:x".into(),
            kind: "vest_switch".into(),
            subject: None,
            subjects: Vec::new(),
            place: Place { division: "469007103".into(), domicile: "".into() },
            level,
            open: true,
            raised_at: at,
            updated_at: at,
            score: 0.9,
            summary: Text::new("", ""),
            evidence: Vec::new(),
            against: Vec::new(),
            measures: Vec::new(),
            withdrawn_because: None,
        }
    }

    fn dispatch() -> Dispatch {
        let config = Config::new(routing::tests::shipped(), &calendar::tests::shipped());
        Dispatch::new(Arc::new(config))
    }

    fn apply(dispatch: &mut Dispatch, warning: Warning) -> Vec<Task> {
        let delta = WarningDelta { warning: Arc::new(warning), level_before: None };
        dispatch.take(&[delta])
    }

    #[test]
    fn levels_move_the_clock_and_the_circle() {
        let mut dispatch = dispatch();
        let first = apply(&mut dispatch, warning(Level::Orange, "2026-04-30T10:00:00+08:00"));
        assert_eq!(first.len(), 1);
        assert_eq!(&*first[0].id, "vest_switch:x/market-regulation");
        assert_eq!(first[0].ack_due_at.to_string(), "2026-05-06T18:00:00+08:00");
        assert_eq!(first[0].judge_due_at.to_string(), "2026-05-08T18:00:00+08:00");

        let mut same = warning(Level::Orange, "2026-05-06T10:00:00+08:00");
        same.score = 0.8;
        assert_eq!(apply(&mut dispatch, same), [], "new evidence moves no clock");

        let red = apply(&mut dispatch, warning(Level::Red, "2026-05-08T17:00:00+08:00"));
        assert_eq!(red.len(), 5);
        assert!(red.iter().all(|t| t.ack_due_at.to_string() == "2026-05-08T19:00:00+08:00"));
        assert!(red.iter().all(|t| t.judge_due_at.to_string() == "2026-05-09T18:00:00+08:00"));
        assert_eq!(red.iter().filter(|task| task.lead).count(), 1);

        let lower = apply(&mut dispatch, warning(Level::Yellow, "2026-06-01T09:00:00+08:00"));
        let back: Vec<_> = lower.iter().filter(|t| t.state == TaskState::Recalled).collect();
        assert_eq!((lower.len(), back.len()), (5, 4));
    }

    #[test]
    fn a_withdrawn_warning_takes_its_tasks_back() {
        let mut dispatch = dispatch();
        apply(&mut dispatch, warning(Level::Red, "2026-04-30T10:00:00+08:00"));
        let mut gone = warning(Level::Red, "2026-05-12T10:00:00+08:00");
        gone.open = false;
        gone.withdrawn_because = Some(Text::new("处罚已撤销", "the penalty was annulled"));
        let tasks = apply(&mut dispatch, gone.clone());
        assert_eq!(tasks.len(), 5);
        assert!(tasks.iter().all(|t| t.state == TaskState::Recalled));
        assert!(tasks[0].reason.en.ends_with("recalled: the penalty was annulled"));
        assert_eq!(apply(&mut dispatch, gone), [], "taken back once");
        let again = apply(&mut dispatch, warning(Level::Orange, "2026-06-01T10:00:00+08:00"));
        assert_eq!(again.len(), 1, "only what the new level needs");
        assert_eq!(again[0].state, TaskState::Dispatched);
    }
}
