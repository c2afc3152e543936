//! Measures over marks: sums, counts, states, conflicts, sequences, shares, bursts.

use crate::risk::config::{
    After, Burst, Conflict, Count, Indicator, Ratio, Repeat, State, Sum, Variety, band,
};
use crate::risk::measure::{Hit, Live, View};
use crate::risk::tags::{Select, Tags};

/// Points per fact, decaying. Of facts with one key (two feeds, one decision) the first counts.
pub(super) fn sum(view: &View<'_>, indicator: &Indicator, sum: &Sum) -> Option<Hit> {
    let mut hit = Hit::default();
    let mut keys: Vec<u64> = Vec::new();
    let mut counted = 0;
    for live in view.recent(sum.of, indicator.window_days) {
        let mark = live.mark;
        if let Some(rule) = &sum.corroborate
            && mark.tags.meets(rule.facts)
            && !view.live(rule.by).any(|other| {
                !other.mark.tags.meets(rule.facts)
                    && other.mark.on.since(mark.on).abs() <= rule.days
            })
        {
            continue;
        }
        if mark.key != 0 {
            if keys.contains(&mark.key) {
                hit.rest_on(mark);
                continue;
            }
            keys.push(mark.key);
        }
        let mut points = sum.each * live.standing.factor;
        points *= view.decay(mark, indicator.half_life_days);
        if !sum.factors.is_empty() {
            points *= band(&sum.factors, mark.value as f64);
        }
        if sum.scaled {
            points *= mark.value as f64 / 1000.0;
        }
        if counted > 0 {
            points *= sum.repeat_factor.unwrap_or(1.0);
        }
        if points != 0.0 {
            counted += 1;
            hit.add(points, &live);
        }
    }
    (counted > 0).then_some(hit)
}

/// The facts that count one by one: one per key, not taken out by another with the same key, one
/// per complainant, none of professional claimants.
fn counted<'a>(
    view: &View<'a>,
    lives: impl Iterator<Item = Live<'a>>,
    unless: Option<Select>,
    per_claimant: bool,
) -> Vec<Live<'a>> {
    let (mut keys, mut claimants): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
    let mut out = Vec::new();
    for live in lives {
        let key = live.mark.key;
        if key != 0 && (keys.contains(&key) || taken_out(view, key, unless)) {
            continue;
        }
        if per_claimant && let Some(&token) = live.mark.more.first() {
            if claimants.contains(&token) || view.feeds.is_professional(token) {
                continue;
            }
            claimants.push(token);
        }
        keys.push(key);
        out.push(live);
    }
    out
}

fn taken_out(view: &View<'_>, key: u64, unless: Option<Select>) -> bool {
    unless.is_some_and(|select| view.live(select).any(|other| other.mark.key == key))
}

/// Bands over a number of facts, or over the sum of their values.
pub(super) fn count(view: &View<'_>, indicator: &Indicator, count: &Count) -> Option<Hit> {
    let recent = view.recent(count.of, indicator.window_days);
    let lives = counted(view, recent, count.unless, count.per_claimant);
    let mut hit = Hit::default();
    let mut number = 0.0;
    for live in &lives {
        let value = if count.by_value { live.mark.value as f64 } else { 1.0 };
        number += value * live.standing.factor;
        hit.add(0.0, live);
    }
    hit.points = band(&count.bands, number);
    (hit.points != 0.0).then_some(hit)
}

/// The strongest state that is in force.
pub(super) fn state(
    view: &View<'_>,
    state: &State,
    points: f64,
    window_days: Option<i32>,
) -> Option<Hit> {
    let mut best = Hit::default();
    for live in view.recent(state.of, window_days) {
        let mark = live.mark;
        let since = mark.on.plus(state.after_days);
        if since > view.today {
            view.wake(since);
            continue;
        }
        if state.until_done {
            let done = view.done(mark);
            if done <= view.today {
                continue;
            }
            view.wake(done);
        }
        if view.ended(mark, state.until, false) || view.ended(mark, state.until_any, true) {
            continue;
        }
        let graded = state.graded.iter().find(|grade| mark.tags.meets(grade.tags));
        let points = graded.map_or(points, |grade| grade.points) * live.standing.factor;
        best.add(0.0, &live);
        if points.abs() > best.points.abs() {
            best.points = points;
        }
    }
    (best.points != 0.0).then_some(best)
}

/// A notice while something stands against it.
pub(super) fn conflict(view: &View<'_>, indicator: &Indicator, conflict: &Conflict) -> Option<Hit> {
    let mut hit = Hit::default();
    for live in view.recent(conflict.of, indicator.window_days) {
        if !view.ended(live.mark, conflict.until_any, true) {
            hit.add(0.0, &live);
        }
    }
    if hit.events.is_empty() {
        return None;
    }
    let (mut bars, mut firm) = (0, false);
    for bar in &conflict.bars {
        if let Some(standing) = state(view, bar, 1.0, None) {
            bars += 1;
            firm |= standing.firm;
            hit.events.extend(standing.events);
        }
    }
    hit.firm &= firm;
    hit.points = match bars {
        0 => 0.0,
        _ => conflict.points + conflict.further * f64::from(bars - 1),
    };
    (bars > 0).then_some(hit)
}

/// Facts that come soon after a trigger.
pub(super) fn after(view: &View<'_>, indicator: &Indicator, after: &After) -> Option<Hit> {
    if !view.record.tags.meets(after.trigger.any) {
        return None;
    }
    let mut hit = Hit::default();
    let mut any = false;
    for live in view.recent(after.of, indicator.window_days) {
        let near: Vec<Live<'_>> = view
            .live(after.trigger)
            .filter(|trigger| {
                let days = live.mark.on.since(trigger.mark.on);
                trigger.mark.id != live.mark.id
                    && days <= after.days
                    && -days <= after.days_following
            })
            .collect();
        if near.len() < after.triggers_min as usize {
            continue;
        }
        let factor = near.iter().map(|n| n.standing.factor).fold(0.0, f64::max);
        let decay = view.decay(live.mark, indicator.half_life_days);
        let firm = hit.firm;
        hit.add(after.each * factor * live.standing.factor * decay, &live);
        hit.firm = firm || (live.standing.firm && near.iter().any(|n| n.standing.firm));
        for trigger in &near {
            hit.rest_on(trigger.mark);
        }
        any = true;
    }
    any.then_some(hit)
}

/// Share of facts among facts, with a prior.
pub(super) fn ratio(view: &View<'_>, indicator: &Indicator, ratio: &Ratio) -> Option<Hit> {
    let recent = |select| view.recent(select, indicator.window_days);
    let mut hit = Hit::default();
    let mut part = 0.0;
    for live in counted(view, recent(ratio.part), None, false) {
        part += live.standing.factor;
        hit.add(0.0, &live);
    }
    if part < ratio.part_min {
        return None;
    }
    let whole: f64 = counted(view, recent(ratio.whole), None, false)
        .iter()
        .map(|live| live.standing.factor)
        .sum();
    let share = (part + ratio.prior_part) / (whole + ratio.prior_whole);
    hit.points = band(&ratio.bands, share);
    (hit.points != 0.0).then_some(hit)
}

/// Many more in the last days than the time before lets expect.
pub(super) fn burst(view: &View<'_>, indicator: &Indicator, burst: &Burst) -> Option<Hit> {
    let window = indicator.window_days.unwrap_or(365).max(burst.days + 1);
    let recent = view.recent(burst.of, Some(window));
    let lives = counted(view, recent, burst.unless, burst.per_claimant);
    let (mut now, mut before) = (0.0, 0.0);
    let mut hit = Hit::default();
    for live in &lives {
        if view.today.since(live.mark.on) < burst.days {
            view.wake(live.mark.on.plus(burst.days));
            now += live.standing.factor;
            hit.add(0.0, live);
        } else {
            before += live.standing.factor;
        }
    }
    if now < burst.count_min {
        return None;
    }
    let expected = before * f64::from(burst.days) / f64::from(window - burst.days);
    let surprise = surprise(now.round() as u32, expected.max(burst.expected_min));
    hit.points = band(&burst.bands, surprise);
    (hit.points != 0.0).then_some(hit)
}

/// −log10 of the chance of at least so many when so many are expected (Poisson).
pub(crate) fn surprise(count: u32, expected: f64) -> f64 {
    // The tail from the first term on; terms shrink by expected / k once k passes it.
    let mut log_term = -expected;
    for k in 1..=count {
        log_term += expected.ln() - f64::from(k).ln();
    }
    let (mut tail, mut term) = (1.0, 1.0);
    for k in count + 1..count + 200 {
        term *= expected / f64::from(k);
        tail += term;
        if term < 1e-12 * tail {
            break;
        }
    }
    -(log_term + tail.ln()) / std::f64::consts::LN_10
}

/// Different kinds of fact within the window.
pub(super) fn variety(view: &View<'_>, indicator: &Indicator, variety: &Variety) -> Option<Hit> {
    let select = Select { any: variety.of, all: Tags::NONE, none: Tags::NONE };
    let mut hit = Hit::default();
    let mut kinds = Tags::NONE;
    for live in view.recent(select, indicator.window_days) {
        kinds |= live.mark.tags.and(variety.of);
        hit.add(0.0, &live);
    }
    hit.points = band(&variety.bands, f64::from(kinds.len()));
    (hit.points != 0.0).then_some(hit)
}

/// The violation that came most often.
pub(super) fn repeat(view: &View<'_>, indicator: &Indicator, repeat: &Repeat) -> Option<Hit> {
    let recent = view.recent(repeat.of, indicator.window_days);
    let lives = counted(view, recent, None, false);
    if lives.len() < 2 {
        return None;
    }
    let mut best = Hit::default();
    let mut violations: Vec<u64> = lives.iter().flat_map(|l| l.mark.more.to_vec()).collect();
    violations.sort_unstable();
    violations.dedup();
    for violation in violations {
        let mut hit = Hit::default();
        let mut number = 0.0;
        for live in lives.iter().filter(|live| live.mark.more.contains(&violation)) {
            number += live.standing.factor;
            hit.add(0.0, live);
        }
        hit.points = band(&repeat.bands, number);
        if hit.points > best.points {
            best = hit;
        }
    }
    (best.points != 0.0).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_tails() {
        // P(X >= 1 | 1) = 1 - 1/e = 0.632; P(X >= 5 | 0.5) = 1.7212e-4.
        assert!((surprise(1, 1.0) - 0.1992).abs() < 1e-3, "{}", surprise(1, 1.0));
        assert!((surprise(5, 0.5) - 3.7642).abs() < 1e-3, "{}", surprise(5, 0.5));
        assert!(surprise(0, 3.0).abs() < 1e-9);
    }
}
