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

/// As [`staff`].
pub(crate) fn activity(rows: &[ActivityMonth], month: Month) -> Option<&ActivityMonth> {
    let after = rows.partition_point(|row| row.month <= month);
    rows.get(after.checked_sub(1)?).filter(|row| row.month == month)
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
        let row = activity(rows, Month(last.0 - back))?;
        let nothing = |value: f32| value.is_nan() || value == 0.0;
        let said = !(row.tax.is_nan() && row.revenue.is_nan() && row.energy.is_nan());
        if !said || !nothing(row.tax) || !nothing(row.revenue) || !nothing(row.energy) {
            return None;
        }
        events.push(row.id.clone());
    }
    let staffed = staff(&view.record.staff, last).is_some_and(|row| row.headcount > 0);
    if staffed || !fresh(view, last, rule.months_kept) || suspended(view) {
        return None;
    }
    Some(Hit { points: rule.points, events, firm: true })
}

/// Energy moved and turnover or emission did not.
pub(super) fn divergence(view: &View<'_>, rule: &Divergence) -> Option<Hit> {
    let rows = &view.record.activity;
    if rows.len() < 2 * rule.months as usize {
        return None;
    }
    let last = rows.last()?.month;
    let mean = |until: i32, of: fn(&ActivityMonth) -> f32| {
        let mut sum = 0.0;
        for back in 0..rule.months {
            let value = f64::from(of(activity(rows, Month(until - back))?));
            if value.is_nan() {
                return None;
            }
            sum += value;
        }
        (sum > 0.0).then_some(sum)
    };
    let factor =
        |of: fn(&ActivityMonth) -> f32| Some(mean(last.0, of)? / mean(last.0 - rule.months, of)?);
    let energy = factor(|row| row.energy)?;
    if energy < rule.energy_factor && energy > 1.0 / rule.energy_factor {
        return None;
    }
    let flat = |ratio: f64| ratio <= rule.flat_factor && ratio >= 1.0 / rule.flat_factor;
    let still =
        factor(|row| row.revenue).is_some_and(flat) || factor(|row| row.emission).is_some_and(flat);
    if !still || !fresh(view, last, rule.months_kept) || suspended(view) {
        return None;
    }
    let first = last.0 - 2 * rule.months + 1;
    let events = (first..=last.0)
        .filter_map(|month| activity(rows, Month(month)).map(|row| row.id.clone()))
        .collect();
    Some(Hit { points: rule.points, events, firm: true })
}
