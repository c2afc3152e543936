//! What is the index? Indicators added up, caps and floor shown, grade and vetoes.
//!
//! Invariant: the contributions add up to the score exactly. Must not know: when it is asked.

use crate::id::{EntityId, EventId};
use crate::risk::config::{Config, Indicator, Veto, category_of};
use crate::risk::measure::Hit;
use crate::risk::{Contribution, Grade, Index};
use crate::time::Day;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adds up what the indicators found: `hits` by the place of the indicator.
pub(crate) fn index(
    config: &Config,
    today: Day,
    entity: EntityId,
    hits: Vec<(usize, Hit)>,
) -> Index {
    let mut lines: Vec<Contribution> = Vec::with_capacity(hits.len());
    let mut vetoes = Vec::new();
    let mut floor_grade = Grade::A;
    for (place, hit) in hits {
        let indicator = &config.indicators[place];
        let Some((line, firm)) = line(config, indicator, hit) else { continue };
        let weight = weight_of(config, indicator);
        let veto_points = (f64::from(indicator.veto_points) * weight).round() as i32;
        if indicator.veto != Veto::None && firm && line.points >= veto_points {
            floor_grade = floor_grade.max(match indicator.veto {
                Veto::D => Grade::D,
                Veto::AtLeastC => Grade::C,
                Veto::None => Grade::A,
            });
            vetoes.push(line.clone());
        }
        lines.push(line);
    }
    cap(config, &mut lines);
    let score = lines.iter().map(|line| line.points).sum();
    lines.sort_by(|a, b| a.indicator.cmp(&b.indicator));
    vetoes.sort_by(|a, b| a.indicator.cmp(&b.indicator));
    let grade = config.scale.grade(score).max(floor_grade);
    let flags = Vec::new();
    Index { entity, as_of: today, score, grade, contributions: lines, vetoes, flags }
}

/// The declared weight of an indicator's category.
fn weight_of(config: &Config, indicator: &Indicator) -> f64 {
    config.category(indicator.id.get_ref()).map_or(1.0, |category| category.weight)
}

/// An indicator's line: whole points within its limit, events sorted without repeats.
pub(crate) fn line(
    config: &Config,
    indicator: &Indicator,
    mut hit: Hit,
) -> Option<(Contribution, bool)> {
    let weight = weight_of(config, indicator);
    let limit = f64::from(indicator.points.abs());
    let points = (hit.points.round().clamp(-limit, limit) * weight).round() as i32;
    if points == 0 {
        return None;
    }
    let excess = hit.events.len().saturating_sub(config.scale.events_max);
    hit.events.drain(..excess);
    hit.events.sort_unstable();
    hit.events.dedup();
    let indicator = indicator.id.get_ref().clone();
    Some((Contribution { indicator, points, events: hit.events }, hit.firm))
}

/// Adds the lines by which caps and the floor change the sum.
fn cap(config: &Config, lines: &mut Vec<Contribution>) {
    let mut sums: BTreeMap<&str, i32> = BTreeMap::new();
    for line in lines.iter() {
        *sums.entry(category_of(&line.indicator)).or_default() += line.points;
    }
    let mut caps = Vec::new();
    for (category, sum) in &sums {
        let cap = config.categories.get(*category).map_or(0, |category| category.cap);
        if *sum > cap {
            let rests = lines.iter().filter(|l| category_of(&l.indicator) == *category);
            let events = events_of(config, rests);
            caps.push(limit_line(&format!("cap:{category}"), cap - sum, events));
        }
    }
    lines.extend(caps);
    let total: i32 = lines.iter().map(|line| line.points).sum();
    if total > config.scale.score_max {
        let events = events_of(config, lines.iter());
        lines.push(limit_line("cap:total", config.scale.score_max - total, events));
    } else if total < 0 {
        let events = events_of(config, lines.iter().filter(|line| line.points < 0));
        lines.push(limit_line("floor", -total, events));
    }
}

fn limit_line(name: &str, points: i32, events: Vec<EventId>) -> Contribution {
    Contribution { indicator: Arc::from(name), points, events }
}

fn events_of<'a>(config: &Config, lines: impl Iterator<Item = &'a Contribution>) -> Vec<EventId> {
    let mut events: Vec<EventId> = lines.flat_map(|line| line.events.iter().cloned()).collect();
    events.sort_unstable();
    events.dedup();
    events.truncate(config.scale.events_max);
    events
}
