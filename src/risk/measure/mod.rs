//! How much does an indicator add for an enterprise on a day?
//!
//! Invariant: a pure function of the record, the day and the model. Every day on which the result
//! may change by the passing of time alone is told to [`View::wake`]. Must not know: grades.

mod events;
mod months;
mod register;

pub(crate) use events::surprise;
pub(crate) use months::{activity, fresh, newest, staff};

use crate::id::{EntityId, EventId};
use crate::risk::config::{Config, Indicator, Measure};
use crate::risk::derived;
use crate::risk::feeds::Feeds;
use crate::risk::mark::Mark;
use crate::risk::peers::{Cells, Norms};
use crate::risk::record::{Record, Standing};
use crate::risk::tags::{Select, Tags};
use crate::succession::Pair;
use crate::time::Day;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an indicator found.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Hit {
    /// Points before the indicator's own limit.
    pub(crate) points: f64,
    /// What it rests on.
    pub(crate) events: Vec<EventId>,
    /// At least one fact in it may carry a veto.
    pub(crate) firm: bool,
}

impl Hit {
    /// Adds points resting on a mark.
    pub(crate) fn add(&mut self, points: f64, live: &Live<'_>) {
        self.points += points;
        self.rest_on(live.mark);
        self.firm |= live.standing.firm;
    }

    /// Rests on a mark.
    pub(crate) fn rest_on(&mut self, mark: &Mark) {
        match &mark.evidence {
            Some(events) => self.events.extend(events.iter().cloned()),
            None => self.events.push(mark.id.clone()),
        }
    }

    /// So many points, resting on one event that no objection weakens.
    fn of(points: f64, event: &EventId) -> Self {
        Self { points, events: vec![event.clone()], firm: true }
    }
}

/// One enterprise on one day.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// The model.
    pub(crate) config: &'a Config,
    /// What is known.
    pub(crate) record: &'a Record,
    /// Predecessors that it is thought to carry on.
    pub(crate) pairs: &'a BTreeMap<EntityId, Arc<Pair>>,
    /// How much each mark counts, in their order.
    pub(crate) standings: &'a [Standing],
    /// What is known of the feeds as a whole.
    pub(crate) feeds: &'a Feeds,
    /// What is usual among like enterprises.
    pub(crate) norms: &'a Norms,
    /// The cells of its peers, once they were asked for.
    pub(crate) cells: OnceCell<Cells>,
    /// The day.
    pub(crate) today: Day,
    /// The next day on which time alone may change a result.
    pub(crate) next: Cell<Day>,
}

/// A mark that counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live<'a> {
    /// The mark.
    pub(crate) mark: &'a Mark,
    /// How much.
    pub(crate) standing: Standing,
}

impl<'a> View<'a> {
    /// The cells of its peers, the narrowest way of being alike first.
    pub(crate) fn cells(&self) -> &[Option<u64>] {
        let profile = &self.record.profile;
        self.cells.get_or_init(|| self.norms.cells(&self.config.peers, profile))
    }

    /// A result may change on this day.
    pub(crate) fn wake(&self, day: Day) {
        if day > self.today && day < self.next.get() {
            self.next.set(day);
        }
    }

    /// When the duty in a mark was done, by any fact about the same decision: one feed may tell of a
    /// fine, and another that it was paid.
    pub(crate) fn done(&self, mark: &Mark) -> Day {
        if mark.key == 0 || !mark.tags.meets(Tags::PENALTY) {
            return mark.done;
        }
        let marks = self.record.marks.iter();
        let same = marks.filter(|other| other.key == mark.key && other.tags.meets(Tags::PENALTY));
        same.map(|other| other.done).fold(mark.done, Day::min)
    }

    /// The marks that count now and that are selected, whatever their age.
    pub(crate) fn live(&self, select: Select) -> impl Iterator<Item = Live<'a>> + '_ {
        let meant = self.record.tags.meets(select.any);
        let marks: &'a [Mark] = if meant { &self.record.marks } else { &[] };
        marks.iter().zip(self.standings).filter_map(move |(mark, standing)| {
            (standing.factor > 0.0 && select.takes(mark.tags))
                .then_some(Live { mark, standing: *standing })
        })
    }

    /// As [`Self::live`], within the indicator's window; each wakes when it leaves.
    pub(crate) fn recent(
        &self,
        select: Select,
        window_days: Option<i32>,
    ) -> impl Iterator<Item = Live<'a>> + '_ {
        self.live(select).filter(move |live| self.within(live.mark, window_days))
    }

    /// Whether a mark is no older than so many days.
    pub(crate) fn within(&self, mark: &Mark, window_days: Option<i32>) -> bool {
        let Some(days) = window_days else { return true };
        let last = mark.on.plus(days);
        if last >= self.today {
            self.wake(last.plus(1));
        }
        last >= self.today
    }

    /// What a half-life leaves of a mark: it falls in equal steps of whole days, so that a score
    /// changes on few days and each of them is known beforehand.
    pub(crate) fn decay(&self, mark: &Mark, half_life_days: Option<i32>) -> f64 {
        let Some(half) = half_life_days else { return 1.0 };
        let scale = &self.config.scale;
        let step = (half / scale.decay_steps).clamp(1, scale.decay_step_days_max);
        let steps = self.today.since(mark.on).max(0) / step;
        self.wake(mark.on.plus((steps + 1).saturating_mul(step)));
        (-f64::from(steps * step) / f64::from(half)).exp2()
    }

    /// Whether a later selected mark with the same key (or any key) is there.
    pub(crate) fn ended(&self, mark: &Mark, until: Option<Select>, any_key: bool) -> bool {
        let Some(select) = until else { return false };
        self.record.tags.meets(select.any)
            && self.record.marks.iter().any(|other| {
                other.on <= self.today
                    && select.takes(other.tags)
                    && (any_key || other.key == mark.key)
                    && other.order() > mark.order()
            })
    }
}

/// What an indicator gives, if anything: of its measures, the strongest.
pub(crate) fn measure(view: &View<'_>, indicator: &Indicator) -> Option<Hit> {
    let mut best: Option<Hit> = None;
    for each in &indicator.measures {
        let Some(hit) = one(view, indicator, each) else { continue };
        if hit.points != 0.0
            && best.as_ref().is_none_or(|known| hit.points.abs() > known.points.abs())
        {
            best = Some(hit);
        }
    }
    best
}

/// The tags without which an indicator gives nothing; [`Tags::ALWAYS`] when it looks beyond marks,
/// none when it is found apart.
pub(crate) fn needs(indicator: &Indicator) -> Tags {
    indicator.measures.iter().fold(Tags::NONE, |tags, measure| tags | needs_of(measure))
}

fn needs_of(measure: &Measure) -> Tags {
    match measure {
        Measure::Sum(sum) => sum.of.any,
        Measure::Count(count) => count.of.any,
        Measure::State(state) => state.of.any,
        Measure::Conflict(conflict) => conflict.of.any,
        Measure::After(after) => after.of.any,
        Measure::Ratio(ratio) => ratio.part.any,
        Measure::Burst(burst) => burst.of.any,
        Measure::Variety(variety) => variety.of,
        Measure::Repeat(repeat) => repeat.of.any,
        Measure::Claim(claim) => claim.of.any,
        Measure::Age(_)
        | Measure::Industry(_)
        | Measure::Wording(_)
        | Measure::Capital(_)
        | Measure::Hosted(_)
        | Measure::LicenceGap(_)
        | Measure::Takeover(_)
        | Measure::Headcount(_)
        | Measure::Dormant(_)
        | Measure::Divergence(_)
        | Measure::Successor(_) => Tags::ALWAYS,
        Measure::Relatives(_)
        | Measure::Unit(_)
        | Measure::Contact(_)
        | Measure::Batch(_)
        | Measure::Nominee(_)
        | Measure::Ring(_)
        | Measure::Parent(_)
        | Measure::Barred(_) => Tags::NONE,
        Measure::LicenceLapsed(_) => register::LICENCES,
    }
}

fn one(view: &View<'_>, indicator: &Indicator, measure: &Measure) -> Option<Hit> {
    match measure {
        Measure::Sum(sum) => events::sum(view, indicator, sum),
        Measure::Count(count) => events::count(view, indicator, count),
        Measure::State(state) => {
            events::state(view, state, f64::from(indicator.points), indicator.window_days)
        }
        Measure::Conflict(conflict) => events::conflict(view, indicator, conflict),
        Measure::After(after) => events::after(view, indicator, after),
        Measure::Ratio(ratio) => events::ratio(view, indicator, ratio),
        Measure::Burst(burst) => events::burst(view, indicator, burst),
        Measure::Variety(variety) => events::variety(view, indicator, variety),
        Measure::Repeat(repeat) => events::repeat(view, indicator, repeat),
        Measure::Claim(claim) => register::claim(view, indicator, claim),
        Measure::Age(age) => register::age(view, age),
        Measure::Industry(industry) => register::industry(view, industry),
        Measure::Wording(wording) => register::wording(view, wording),
        Measure::Capital(capital) => register::capital(view, capital),
        Measure::Hosted(points) => {
            view.record.profile.hosted.as_ref().map(|event| Hit::of(points.points, event))
        }
        Measure::LicenceGap(gap) => register::licence_gap(view, gap),
        Measure::LicenceLapsed(points) => register::licence_lapsed(view, points),
        Measure::Takeover(points) => register::takeover(view, indicator, points),
        Measure::Headcount(headcount) => months::headcount(view, headcount),
        Measure::Dormant(dormant) => months::dormant(view, dormant),
        Measure::Divergence(divergence) => months::divergence(view, divergence),
        Measure::Successor(successor) => derived::successor(view, successor),
        // Relational measures are found apart: see `relations`.
        Measure::Relatives(_)
        | Measure::Unit(_)
        | Measure::Contact(_)
        | Measure::Batch(_)
        | Measure::Nominee(_)
        | Measure::Ring(_)
        | Measure::Parent(_)
        | Measure::Barred(_) => None,
    }
}

/// Whether an indicator rests on monthly reports, so that one of them may change it.
pub(crate) fn is_monthly(indicator: &Indicator) -> bool {
    indicator.measures.iter().any(Measure::is_monthly)
}
