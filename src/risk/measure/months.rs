//! Measures over monthly reports: staff that fell, nothing going on, energy that does not fit.

use crate::id::EventId;
use crate::risk::config::{Divergence, Dormant, Headcount, band};
use crate::risk::measure::{Hit, View};
use crate::risk::record::{ActivityMonth, StaffMonth};
use crate::risk::tags::{Select, Tags};
use crate::time::Month;

/// The report of a month: of several, the latest.
pub(crate) fn staff(rows: &[StaffMonth], month: Month) -> Option<&StaffMonth> {
    let after = rows.partition_point(|row| row.month <= month);
    rows.get(after.checked_sub(1)?).filter(|row| row.month == month)
}

/// What was reported of the activity of a month, by one feed or several: the tax office knows the
/// revenue, the grid the energy.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a>(&'a [ActivityMonth]);

impl Told<'_> {
    /// A number: of several reports the latest that has it, NaN when none has.
    pub(crate) fn number(self, of: impl Fn(&ActivityMonth) -> f32) -> f32 {
        self.0.iter().rev().map(of).find(|number| !number.is_nan()).unwrap_or(f32::NAN)
    }

    /// The reports.
    pub(crate) fn events(self) -> impl Iterator<Item = EventId> {
        self.0.iter().map(|row| row.id.clone())
    }
}

/// What was reported of a month; none when nothing was.
pub(crate) fn activity(rows: &[ActivityMonth], month: Month) -> Option<Told<'_>> {
    let before = rows.partition_point(|row| row.month < month);
    let after = rows.partition_point(|row| row.month <= month);
    (before < after).then(|| Told(&rows[before..after]))
}

/// The newest month of which that much was reported: the feeds do not all come on one day.
pub(crate) fn newest(rows: &[ActivityMonth], enough: impl Fn(Told<'_>) -> bool) -> Option<Month> {
    let mut months = rows.chunk_by(|a, b| a.month == b.month).rev();
    months.find(|rows| enough(Told(rows))).map(|rows| rows[0].month)
}

/// Whether a report is still fresh; wakes when it no longer is.
pub(crate) fn fresh(view: &View<'_>, month: Month, months_kept: i32) -> bool {
    let stale = Month(month.0 + months_kept + 1).first_day();
    view.wake(stale);
    view.today < stale
}

/// Whether business is suspended (歇业) and was not resumed: nothing is expected of it.
fn suspended(view: &View<'_>) -> bool {
    let of = |any| Select { any, all: Tags::NONE, none: Tags::NONE };
    view.live(of(Tags::NOTICE_SUSPENSION))
        .any(|live| !view.ended(live.mark, Some(of(Tags::NOTICE_RESUMPTION)), true))
}

/// Insured persons fell against the month some months before.
pub(super) fn headcount(view: &View<'_>, rule: &Headcount) -> Option<Hit> {
    let rows = &view.record.staff;
    let last = rows.last()?;
    let before = staff(rows, Month(last.month.0 - rule.months))?;
    let start = f64::from(before.headcount);
    if start < rule.before_min || f64::from(last.headcount) >= start {
        return None;
    }
    let fall = 100.0 * (start - f64::from(last.headcount)) / start;
    let points = band(&rule.bands, fall);
    if points == 0.0 || !fresh(view, last.month, rule.months_kept) || suspended(view) {
        return None;
    }
    let seasonal = view.record.profile.industry.as_ref().is_some_and(|(code, _)| {
        rule.seasonal.iter().any(|beginning| code.starts_with(&**beginning))
    });
    let year_ago = |month: Month| staff(rows, Month(month.0 - 12)).map(|row| row.headcount);
    let usual = match (year_ago(before.month), year_ago(last.month)) {
        (Some(then), Some(after)) if then > 0 => {
            100.0 * (f64::from(then) - f64::from(after)) / f64::from(then)
                >= rule.season_share * fall
        }
        _ => false,
    };
    if seasonal || usual {
        return None;
    }
    Some(Hit { points, events: vec![before.id.clone(), last.id.clone()], firm: true })
}

/// Reports of several months in a row with nothing in them.
pub(super) fn dormant(view: &View<'_>, rule: &Dormant) -> Option<Hit> {
    let rows = &view.record.activity;
    let last = rows.last()?.month;
    let mut events: Vec<EventId> = Vec::new();
    for back in 0..rule.months {
        let told = activity(rows, Month(last.0 - back))?;
        let numbers = [
            told.number(|row| row.tax),
            told.number(|row| row.revenue),
            told.number(|row| row.energy),
        ];
        let something = |value: &f32| !value.is_nan() && *value != 0.0;
        if numbers.iter().all(|value| value.is_nan()) || numbers.iter().any(something) {
            return None;
        }
        events.extend(told.events());
    }
    let staffed = staff(&view.record.staff, last).is_some_and(|row| row.headcount > 0);
    if staffed || !fresh(view, last, rule.months_kept) || suspended(view) {
        return None;
    }
    Some(Hit { points: rule.points, events, firm: true })
}

/// Energy moved and turnover or emission did not, against the months before or, since a move stays
/// one while it lasts, up to as many months earlier. One month of each side may be missing.
pub(super) fn divergence(view: &View<'_>, rule: &Divergence) -> Option<Hit> {
    let rows = &view.record.activity;
    let last = newest(rows, |told| {
        let known = |of: fn(&ActivityMonth) -> f32| !told.number(of).is_nan();
        known(|row| row.energy) && (known(|row| row.revenue) || known(|row| row.emission))
    })?;
    let mean = |until: i32, of: fn(&ActivityMonth) -> f32| {
        let months = (0..rule.months).filter_map(|back| activity(rows, Month(until - back)));
        let known = months.map(|told| f64::from(told.number(of))).filter(|number| !number.is_nan());
        let (sum, count) = known.fold((0.0, 0), |(sum, count), one| (sum + one, count + 1));
        (count + 1 >= rule.months && sum > 0.0).then(|| sum / f64::from(count))
    };
    let factor = |before: i32, of| Some(mean(last.0, of)? / mean(before, of)?);
    let moved = |ratio: f64| ratio >= rule.energy_factor || ratio <= 1.0 / rule.energy_factor;
    let flat = |ratio: f64| ratio <= rule.flat_factor && ratio >= 1.0 / rule.flat_factor;
    let before =
        (0..=rule.months).map(|earlier| last.0 - rule.months - earlier).find(|before| {
            factor(*before, |row| row.energy).is_some_and(moved)
                && (factor(*before, |row| row.revenue).is_some_and(flat)
                    || factor(*before, |row| row.emission).is_some_and(flat))
        })?;
    if !fresh(view, last, rule.months_kept) || suspended(view) {
        return None;
    }
    let first = before - rule.months + 1;
    let events = (first..=last.0)
        .filter_map(|month| activity(rows, Month(month)))
        .flat_map(Told::events)
        .collect();
    Some(Hit { points: rule.points, events, firm: true })
}
