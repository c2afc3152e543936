//! How do facts become a number? Selection, weight, aggregate.
//!
//! Must not know: what the number is for.

use crate::risk::config::band;
use crate::risk::features::{Aggregate, Facts, Found, Near, Value};
use crate::risk::mark::Mark;
use crate::risk::measure::{Hit, Live, View};
use crate::risk::tags::Tags;

/// A fact that counts, and by how much.
struct Weighed<'a> {
    live: Live<'a>,
    weight: f64,
    /// May carry a veto.
    firm: bool,
}

/// The number that facts give; `None` when no fact counts.
pub(super) fn find(view: &View<'_>, facts: &Facts) -> Option<Found> {
    let mut hit = Hit::default();
    let weighed = weigh(view, facts, &mut hit);
    if weighed.is_empty() {
        return None;
    }
    let number = match facts.aggregate {
        Aggregate::Count => weighed.iter().map(|one| one.weight).sum(),
        Aggregate::Sum => {
            weighed.iter().map(|one| one.live.mark.value as f64 * one.weight).sum::<f64>()
        }
        Aggregate::Worth => {
            let worth = |mark: &Mark| mark.more.first().map_or(0.0, |fen| *fen as f64);
            weighed.iter().map(|one| worth(one.live.mark) * one.weight).sum::<f64>()
        }
        Aggregate::Max => {
            let values = weighed.iter().map(|one| one.live.mark.value as f64);
            values.fold(f64::NEG_INFINITY, f64::max)
        }
        Aggregate::Strongest => weighed.iter().map(|one| one.weight).fold(0.0, f64::max),
        Aggregate::Kinds => {
            let tags = weighed.iter().fold(Tags::NONE, |tags, one| tags | one.live.mark.tags);
            f64::from(tags.and(facts.of.any).len())
        }
        Aggregate::Distinct => f64::from(distinct(&weighed)),
        Aggregate::Repeated => return repeated(&weighed),
        Aggregate::DaysSince => since(view, facts, &weighed),
    };
    for one in &weighed {
        hit.rest_on(one.live.mark);
        hit.firm |= one.firm;
    }
    Some(Found { value: Value::Number(number), events: hit.events, firm: hit.firm })
}

/// The facts that count; what only confirms one of them goes into the hit.
fn weigh<'a>(view: &View<'a>, facts: &Facts, hit: &mut Hit) -> Vec<Weighed<'a>> {
    let (mut keys, mut claimants): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
    let mut weighed = Vec::new();
    for live in view.recent(facts.of, facts.window_days) {
        if !counts(view, facts, &live) {
            continue;
        }
        let mark = live.mark;
        let keyed = !facts.every && mark.key != 0;
        if keyed && keys.contains(&mark.key) {
            hit.rest_on(mark);
            continue;
        }
        if facts.per_claimant
            && let Some(&token) = mark.more.first()
        {
            if claimants.contains(&token) || view.feeds.is_professional(token) {
                continue;
            }
            claimants.push(token);
        }
        let mut weight = live.standing.factor * view.decay(mark, facts.half_life_days);
        let mut firm = live.standing.firm;
        if let Some(near) = &facts.near {
            let others = others(view, near, mark);
            if others.len() < near.at_least.max(1) as usize {
                continue;
            }
            weight *= others.iter().map(|other| other.standing.factor).fold(0.0, f64::max);
            firm &= others.iter().any(|other| other.standing.firm);
            for other in others {
                hit.rest_on(other.mark);
            }
        }
        if keyed {
            keys.push(mark.key);
        }
        if !facts.factors.is_empty() {
            weight *= band(&facts.factors, mark.value as f64);
        }
        if !weighed.is_empty() {
            weight *= facts.repeat_factor.unwrap_or(1.0);
        }
        if weight != 0.0 {
            weighed.push(Weighed { live, weight, firm });
        }
    }
    weighed
}

/// Whether a fact meets every condition.
fn counts(view: &View<'_>, facts: &Facts, live: &Live<'_>) -> bool {
    let mark = live.mark;
    let value = mark.value as f64;
    if facts.value_from.is_some_and(|from| value < from)
        || facts.value_below.is_some_and(|below| value >= below)
    {
        return false;
    }
    let since = mark.on.plus(facts.after_days);
    if since > view.today {
        view.wake(since);
        return false;
    }
    if facts.until_done {
        let done = view.done(mark);
        if done <= view.today {
            return false;
        }
        view.wake(done);
    }
    if view.ended(mark, facts.until, false) || view.ended(mark, facts.until_any, true) {
        return false;
    }
    let taken_out = facts.unless.is_some_and(|select| {
        mark.key != 0 && view.live(select).any(|other| other.mark.key == mark.key)
    });
    if taken_out {
        return false;
    }
    if let Some(rule) = &facts.corroborate
        && mark.tags.meets(rule.facts)
        && !view.live(rule.by).any(|other| {
            !other.mark.tags.meets(rule.facts) && other.mark.on.since(mark.on).abs() <= rule.days
        })
    {
        return false;
    }
    true
}

/// The facts that lie near one.
fn others<'a>(view: &View<'a>, near: &Near, mark: &Mark) -> Vec<Live<'a>> {
    let others = view.live(near.of).filter(|other| {
        let days = mark.on.since(other.mark.on);
        other.mark.id != mark.id && days <= near.days_before && -days <= near.days_after
    });
    others.collect()
}

fn distinct(weighed: &[Weighed<'_>]) -> u32 {
    let mut items: Vec<u64> = Vec::new();
    for one in weighed {
        let mark = one.live.mark;
        if mark.more.is_empty() {
            items.push(mark.key);
        } else {
            items.extend_from_slice(&mark.more);
        }
    }
    items.sort_unstable();
    items.dedup();
    items.len() as u32
}

/// The violation that came most often, resting on its facts alone.
fn repeated(weighed: &[Weighed<'_>]) -> Option<Found> {
    let mut items: Vec<u64> = weighed.iter().flat_map(|one| one.live.mark.more.to_vec()).collect();
    items.sort_unstable();
    items.dedup();
    let mut best: Option<(f64, Hit)> = None;
    for item in items {
        let mut hit = Hit::default();
        let mut number = 0.0;
        for one in weighed.iter().filter(|one| one.live.mark.more.contains(&item)) {
            number += one.weight;
            hit.add(0.0, &one.live);
        }
        if best.as_ref().is_none_or(|(most, _)| number > *most) {
            best = Some((number, hit));
        }
    }
    best.map(|(number, hit)| Found::number(number, hit))
}

/// The last step that the days since the latest fact have reached.
fn since(view: &View<'_>, facts: &Facts, weighed: &[Weighed<'_>]) -> f64 {
    let Some(latest) = weighed.iter().map(|one| one.live.mark.on).max() else { return 0.0 };
    for step in &facts.steps {
        view.wake(latest.plus(*step));
    }
    let days = view.today.since(latest);
    facts.steps.iter().rev().find(|step| days >= **step).map_or(0.0, |step| f64::from(*step))
}
