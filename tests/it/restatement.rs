//! Does a history with mistakes, late facts, repeats and corrections end where the truth ends?
//!
//! A small city is told twice: once as it was, in order; once as feeds tell it, by seed. Wrong
//! versions come first and are corrected, events that never happened are told and withdrawn, facts
//! come weeks late, and some come twice. In the end both must believe the same.
//!
//! `VESTIGO_HISTORIES=n` tries that many seeds (`docs/live.md`).

use crate::restore::{events_of_city, model};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use vestigo::engine::{self, Config, Effects, Epoch, Feeder};
use vestigo::entity::Told;
use vestigo::event::ledger::{Admission, Ledger};
use vestigo::event::{Body, Event, Op, Parsed};
use vestigo::id::{EntityId, EventId, stable_hash, stable_hash_128};
use vestigo::text::Evidence;
use vestigo::time::Day;

/// Quiet days at the end, past every `hold_days`.
const QUIET: i32 = 40;

/// Numbers by seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = stable_hash(&self.0.to_le_bytes());
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// An event that a feed tells on a day.
type Arrival = (Day, Event);

/// Another event of the same type, told of this one's moment under an id of its own.
fn mistaken(event: &Event, events: &[Parsed], draw: &mut Draw) -> Option<Event> {
    let same: Vec<&Event> =
        events.iter().map(|e| &e.event).filter(|e| e.kind == event.kind).collect();
    let other = same[draw.below(same.len())];
    let id = EventId::new(event.id.source(), &format!("{}-wrong", event.id.id()));
    let told = other.id != event.id && !matches!(other.body, Body::None);
    told.then(|| Event { id, time: event.time, op: Op::Assert, ..other.clone() })
}

/// The history as feeds tell it, and which corrections the truth knows as plain facts.
fn told(events: &[Parsed], last: Day, draw: &mut Draw) -> Vec<Arrival> {
    let mut told = Vec::new();
    for Parsed { event, .. } in events {
        let day = event.time.day();
        let late = |draw: &mut Draw| Day(last.0.min(day.0 + 1 + draw.below(60) as i32));
        match draw.below(100) {
            0..12 => told.push((late(draw), event.clone())),
            12..15 => {
                told.push((day, event.clone()));
                told.push((late(draw), event.clone()));
            }
            15..19 if event.op == Op::Assert => {
                if let Some(wrong) = mistaken(event, events, draw) {
                    let op = Op::Correct(wrong.id.clone());
                    told.push((day, wrong));
                    told.push((late(draw), Event { op, ..event.clone() }));
                } else {
                    told.push((day, event.clone()));
                }
            }
            19..23 => {
                told.push((day, event.clone()));
                if let Some(wrong) = mistaken(event, events, draw) {
                    let id = EventId::new(wrong.id.source(), &format!("{}-back", wrong.id.id()));
                    let op = Op::Retract(wrong.id.clone());
                    let back = Event { id, op, body: Body::None, subject: None, ..wrong.clone() };
                    let when = late(draw);
                    // Some withdrawals overtake what they withdraw.
                    let (first, second) = if draw.chance(20) { (when, day) } else { (day, when) };
                    told.push((first, wrong));
                    told.push((second, back));
                }
            }
            _ => told.push((day, event.clone())),
        }
    }
    told.sort_by_key(|(day, event)| (*day, stable_hash(event.id.as_str().as_bytes())));
    told
}

/// What is believed in the end, in names instead of entity numbers.
type Belief = BTreeMap<String, String>;

fn lines(evidence: &[Evidence]) -> String {
    let line = |e: &Evidence| format!("\n    {} {:?} {:?}", e.statement.zh, e.weight, e.events);
    evidence.iter().map(line).collect::<Vec<_>>().concat()
}

/// Feeds a history and tells what is believed at the end.
fn believed(config: &Config, arrivals: &[Arrival], last: Day) -> Belief {
    let newest = arrivals.iter().map(|(_, event)| event.time).max().unwrap();
    let mut ledger = Ledger::new(10, newest);
    let mut feeder = Feeder::new();
    let mut epochs: Vec<Epoch> = Vec::new();
    let mut names: BTreeMap<EntityId, Arc<str>> = BTreeMap::new();
    for of_day in arrivals.chunk_by(|a, b| a.0 == b.0) {
        let mut told = Vec::new();
        for (_, event) in of_day {
            let digest = stable_hash_128(format!("{event:?}").as_bytes());
            if let Admission::Accepted(steps) = ledger.admit(Arc::new(event.clone()), digest) {
                told.extend(steps.into_iter().map(Told::of));
            }
        }
        let (cut, called) = feeder.feed(told, Some(of_day[0].0));
        epochs.extend(cut);
        names.extend(called.into_iter().map(|called| (called.entity, called.code)));
    }
    epochs.extend(feeder.feed(Vec::new(), Some(last.plus(QUIET))).0);
    epochs.last_mut().unwrap().last = true;
    let mut ends = Ends { names, belief: Belief::new(), open: BTreeMap::new() };
    engine::plain::run(config, None, epochs, |effects| ends.take(effects)).unwrap();
    ends.belief.retain(|_, text| !text.is_empty());
    ends.belief
}

struct Ends {
    names: BTreeMap<EntityId, Arc<str>>,
    belief: Belief,
    open: BTreeMap<Arc<str>, bool>,
}

impl Ends {
    fn name(&self, entity: EntityId) -> String {
        self.names.get(&entity).map_or_else(|| format!("{entity:?}"), ToString::to_string)
    }

    fn names(&self, entities: &[EntityId]) -> Vec<String> {
        let mut names: Vec<String> = entities.iter().map(|entity| self.name(*entity)).collect();
        names.sort();
        names
    }

    fn take(&mut self, effects: Effects) {
        for delta in effects.pairs {
            let pair = &delta.pair;
            let id = format!("pair {}..{}", self.name(pair.predecessor), self.name(pair.successor));
            let holds = pair.level.is_some();
            let text = format!("{} {:?} {:?}", pair.confidence, pair.level, pair.families);
            let text = format!("{text}{}\n  -{}", lines(&pair.evidence), lines(&pair.against));
            self.belief.insert(id, if holds { text } else { String::new() });
        }
        for delta in effects.flows {
            let flow = &delta.instance;
            let text = format!("{:?} {:?} {:?}", flow.kind, flow.total, flow.transfers);
            let text = format!("{text} {:?}", self.names(&flow.subjects));
            let id = format!("flow {}", flow.id);
            self.belief.insert(id, if delta.fallen { String::new() } else { text });
        }
        for delta in effects.warnings {
            let warning = &delta.warning;
            self.open.insert(warning.id.clone(), warning.open);
            let text = format!(
                "{:?} {} {:?} {:?}{}\n  -{}",
                warning.level,
                warning.summary.zh,
                self.names(&warning.subjects),
                warning.measures,
                lines(&warning.evidence),
                lines(&warning.against)
            );
            let text = if warning.open { text } else { String::new() };
            self.belief.insert(format!("warning {}", warning.id), text);
        }
        for task in effects.tasks {
            let text = format!("{:?} {:?} {}", task.level, task.state, task.lead);
            let fallen = !self.open.get(&task.warning).copied().unwrap_or_default();
            assert!(
                !fallen || format!("{:?}", task.state) == "Recalled",
                "a task stands although its warning fell: {task:?}"
            );
            let recalled = format!("{:?}", task.state) == "Recalled";
            let key = format!("task {} {}", task.warning, task.agency);
            self.belief.insert(key, if recalled { String::new() } else { text });
        }
        for index in effects.closing.iter().flat_map(|closing| &closing.indices) {
            let mut text = format!("{} {:?}", index.score, index.grade);
            for line in index.contributions.iter().chain(&index.vetoes) {
                let mut events = line.events.clone();
                events.sort();
                write!(text, "\n    {} {} {events:?}", line.indicator, line.points).unwrap();
            }
            self.belief.insert(format!("index {}", self.name(index.entity)), text);
        }
    }
}

/// The lines that only one of two texts has.
fn only<'a>(a: &'a str, b: &str) -> Vec<&'a str> {
    a.lines().filter(|line| !b.lines().any(|other| other == *line)).collect()
}

fn differences(truth: &Belief, found: &Belief) -> Vec<String> {
    let none = String::new();
    let keys: BTreeSet<&String> = truth.keys().chain(found.keys()).collect();
    let both = keys
        .into_iter()
        .map(|key| (key, truth.get(key).unwrap_or(&none), found.get(key).unwrap_or(&none)));
    both.filter(|(_, truth, found)| truth != found)
        .map(|(key, truth, found)| {
            format!("{key}\n  truth {:#?}\n  found {:#?}", only(truth, found), only(found, truth))
        })
        .collect()
}

#[test]
fn every_history_ends_where_the_truth_ends() {
    let rounds = std::env::var("VESTIGO_HISTORIES").ok().and_then(|n| n.parse().ok());
    let from = std::env::var("VESTIGO_HISTORY_FROM").ok().and_then(|n| n.parse().ok());
    let (rounds, from): (u64, u64) = (rounds.unwrap_or(16), from.unwrap_or(0));
    let config = model();
    let mut failed = Vec::new();
    for city in from / 8..(from + rounds).div_ceil(8) {
        let mut events = events_of_city(1000 + city, 60, 120);
        // Repeats are told here, by seed.
        events.dedup_by(|a, b| a.event.id == b.event.id);
        let last = events.last().unwrap().event.time.day();
        let plain: Vec<Arrival> =
            events.iter().map(|e| (e.event.time.day(), e.event.clone())).collect();
        let truth = believed(&config, &plain, last);
        for seed in (from.max(city * 8))..(from + rounds).min(city * 8 + 8) {
            let arrivals = told(&events, last, &mut Draw(seed));
            let differ = differences(&truth, &believed(&config, &arrivals, last));
            if !differ.is_empty() {
                println!("seed {seed}: {} differ\n{}", differ.len(), differ.join("\n"));
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "{} of {rounds} histories end elsewhere: {failed:?}", failed.len());
}
