//! How does everything stand? Graph, pairs, indices, warnings and tasks, in numbers.

use crate::desk::{Outcome, State, Verb, Verdict};
use crate::graph::LinkKind;
use crate::risk::Grade;
use crate::telemetry::family::{Book, Family, Named};
use crate::telemetry::labels::{Key as _, Maybe, Term};
use crate::text::Level;
use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kinds of warning that are shown by name.
const KINDS: usize = 32;
/// Agencies that are shown by name.
const AGENCIES: usize = 32;
/// From a minute to a week.
const CLAIM: [f64; 8] = [60.0, 900.0, 3_600.0, 14_400.0, 28_800.0, 86_400.0, 259_200.0, 604_800.0];
/// From an hour to two months.
const HANDLING: [f64; 8] =
    [3_600.0, 14_400.0, 86_400.0, 259_200.0, 604_800.0, 1_209_600.0, 2_592_000.0, 5_184_000.0];

/// The graph.
#[derive(Debug)]
pub struct Graph {
    /// Enterprises.
    pub enterprises: IntGauge,
    /// Link values.
    pub values: Family<LinkKind, IntGauge>,
    /// Enterprises that hold one.
    pub ties: Family<LinkKind, IntGauge>,
    /// Values that lead nowhere since too many share them.
    pub hubs: Family<LinkKind, IntGauge>,
    /// Members of the largest value.
    pub largest: Family<LinkKind, IntGauge>,
}

impl Graph {
    pub(super) fn new(book: &mut Book) -> Self {
        let kind = &["kind"][..];
        Self {
            enterprises: book.gauge("vestigo_graph_enterprises", "Enterprises in the graph."),
            values: book.gauges("vestigo_graph_values", "Values that tie enterprises.", kind),
            ties: book.gauges("vestigo_graph_ties", "Ties of enterprises to values.", kind),
            hubs: book.gauges(
                "vestigo_graph_hubs",
                "Values that so many share that no search goes through them.",
                kind,
            ),
            largest: book.gauges(
                "vestigo_graph_largest_value_members",
                "Enterprises that share the most shared value.",
                kind,
            ),
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Pairs by level.
    pub pairs: Family<Maybe<Level>, IntGauge>,
    /// Pairs that changed.
    pub pair_changes: IntCounter,
    /// Flow instances that hold.
    pub flows: IntGauge,
    /// Enterprises by grade.
    pub grades: Family<Grade, IntGauge>,
    /// Enterprises that came from one grade to another.
    pub transitions: Family<(Maybe<Grade>, Maybe<Grade>), IntCounter>,
    /// Enterprises by class under the model that judges and under its shadow.
    pub shadow: Family<(Maybe<Grade>, Maybe<Grade>), IntGauge>,
    /// Indices that changed by facts.
    pub by_fact: IntCounter,
    /// Indices that changed since time passed.
    pub by_time: IntCounter,
    open: Named<IntGaugeVec>,
    raised: Named<IntCounterVec>,
    withdrawn: Named<IntCounterVec>,
    model: Named<IntGaugeVec>,
}

impl Found {
    pub(super) fn new(book: &mut Book) -> Self {
        let of_warning = &["kind", "level"][..];
        Self {
            pairs: book.gauges(
                "vestigo_pairs",
                "Pairs of a closed and a new enterprise, by level.",
                &["level"],
            ),
            pair_changes: book.counter("vestigo_pair_changes_total", "Pairs that changed."),
            flows: book.gauge("vestigo_flows", "Patterns of fund flow that hold."),
            grades: book.gauges(
                "vestigo_index_enterprises",
                "Scored enterprises, by class of their index (A low to D high).",
                &["grade"],
            ),
            transitions: book.counters(
                "vestigo_index_transitions_total",
                "Enterprises that came from one class to another.",
                &["from", "to"],
            ),
            shadow: book.gauges(
                "vestigo_shadow_enterprises",
                "Scored enterprises, by class under the model in force and under its shadow.",
                &["live", "shadow"],
            ),
            by_fact: book.counter(
                "vestigo_index_changes_by_fact_total",
                "Indices that changed because of facts.",
            ),
            by_time: book.counter(
                "vestigo_index_changes_by_time_total",
                "Indices that changed because time passed.",
            ),
            open: book.named_gauges("vestigo_warnings_open", "Open warnings.", of_warning, KINDS),
            raised: book.named_counters(
                "vestigo_warnings_raised_total",
                "Warnings raised.",
                of_warning,
                KINDS,
            ),
            withdrawn: book.named_counters(
                "vestigo_warnings_withdrawn_total",
                "Warnings withdrawn since their basis fell.",
                &["kind"],
                KINDS,
            ),
            model: book.named_gauges("vestigo_model_info", "The model in force.", &["model"], 1),
        }
    }

    /// Makes the series of the kinds of warning that a model has.
    pub fn know<'a>(&self, kinds: impl Iterator<Item = &'a str>) {
        for kind in kinds {
            for level in Level::ALL {
                self.open(kind, level);
                self.raised(kind, level);
            }
            self.withdrawn(kind);
        }
    }

    /// Sets the open warnings of all kinds that are known; `open`: of a kind and level.
    pub fn open_are(&self, open: impl Fn(&str, Level) -> i64) {
        for kind in self.open.names() {
            for level in Level::ALL {
                self.open.of(&kind, &level.words()).set(open(&kind, level));
            }
        }
    }

    fn open(&self, kind: &str, level: Level) -> IntGauge {
        self.open.of(kind, &level.words())
    }

    /// Warnings raised.
    pub fn raised(&self, kind: &str, level: Level) -> IntCounter {
        self.raised.of(kind, &level.words())
    }

    /// Warnings withdrawn.
    pub fn withdrawn(&self, kind: &str) -> IntCounter {
        self.withdrawn.of(kind, &[])
    }

    /// Another model is in force.
    pub fn model(&self, model: &str) {
        self.model.clear();
        self.model.of(model, &[]).set(1);
    }
}

/// What people have to do, and do.
#[derive(Debug)]
pub struct Work {
    /// Tasks by state.
    pub tasks: Family<State, IntGauge>,
    /// Tasks past a term.
    pub overdue: Family<Term, IntGauge>,
    open_of: Named<IntGaugeVec>,
    overdue_of: Named<IntGaugeVec>,
    /// Since when the oldest task waits for somebody.
    pub oldest: Gauge,
    /// Acts on tasks.
    pub acts: Family<Verb, IntCounter>,
    /// From warning to acknowledgement.
    pub claim: Histogram,
    /// From acknowledgement to report.
    pub handling: Family<Outcome, Histogram>,
    /// Verdicts on pairs.
    pub verdicts: Family<Verdict, IntCounter>,
}

impl Work {
    pub(super) fn new(book: &mut Book) -> Self {
        let agency = &["agency"][..];
        Self {
            tasks: book.gauges("vestigo_tasks", "Tasks, by state.", &["state"]),
            overdue: book.gauges("vestigo_tasks_overdue", "Tasks past a term.", &["term"]),
            open_of: book.named_gauges(
                "vestigo_agency_tasks_open",
                "Tasks of an agency that are not done.",
                agency,
                AGENCIES,
            ),
            overdue_of: book.named_gauges(
                "vestigo_agency_tasks_overdue",
                "Tasks of an agency past a term.",
                agency,
                AGENCIES,
            ),
            oldest: book.fine_gauge(
                "vestigo_tasks_oldest_unclaimed_timestamp_seconds",
                "When the warning of the oldest task that nobody has was raised; 0 for none.",
            ),
            acts: book.counters("vestigo_task_acts_total", "Acts on tasks.", &["act"]),
            claim: book.histogram(
                "vestigo_task_claim_latency_seconds",
                "From the raising of a warning to the acknowledgement of its task.",
                &CLAIM,
            ),
            handling: book.histograms(
                "vestigo_task_handling_seconds",
                "From the acknowledgement of a task to its report.",
                &["outcome"],
                &HANDLING,
            ),
            verdicts: book.counters("vestigo_verdicts_total", "Verdicts on pairs.", &["verdict"]),
        }
    }

    /// Tasks of each agency: open ones, and those of them that are overdue. An agency that was told
    /// of before and has none now has none.
    pub fn agencies(&self, all: &BTreeMap<Arc<str>, (i64, i64)>) {
        for known in self.open_of.names() {
            self.open_of.of(&known, &[]).set(0);
            self.overdue_of.of(&known, &[]).set(0);
        }
        for (agency, (open, overdue)) in all {
            self.open_of.of(agency, &[]).add(*open);
            self.overdue_of.of(agency, &[]).add(*overdue);
        }
    }

    /// Makes the series of an agency.
    pub fn know(&self, agency: &str) {
        self.open_of.of(agency, &[]);
        self.overdue_of.of(agency, &[]);
    }
}
