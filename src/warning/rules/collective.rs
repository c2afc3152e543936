//! Does an industry or a town give a systemic signal? Group warnings over indices.
//!
//! Judged on Mondays, over the indices of the end of Sunday: the workers tell each other theirs
//! with the next day's findings. What every worker holds is the same; it judges the groups that it
//! owns. Growth is read from what counts now and when it became known, so that the way by which it
//! came to be believed leaves no trace (ADR 6). Invariant: of a group that may not be published
//! nothing is told.

use super::super::Stand;
use super::super::book::Book;
use super::super::finding::{Finding, Sight, is_trouble, line, same};
use super::super::statement::told;
use super::super::trigger::{Step, level_at, level_kept};
use super::super::words::GroupBy;
use super::complaint::surprise_bits;
use crate::event::{Body, Event};
use crate::graph::Graph;
use crate::id::{EntityId, Share, stable_hash};
use crate::money::Fen;
use crate::risk::Grade;
use crate::risk::groups::{self, GROWTH_DAYS, GroupIndex, INDUSTRY_CHARS, Member, Signal, Signals};
use crate::text::{Evidence, Text};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// How an enterprise stands, and the groups that it is in.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Standing {
    stand: Stand,
    /// What it weighs in a group: its subscribed capital in yuan, at least one.
    weight: f64,
    keys: BTreeSet<u64>,
}

/// An industry or a town.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Collective {
    by: GroupBy,
    label: String,
    members: BTreeSet<EntityId>,
}

/// The standings of all enterprises and the groups that they are in. Every worker holds all.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Collectives {
    /// By the place of the enterprise.
    standings: Vec<Option<Box<Standing>>>,
    groups: FxHashMap<u64, Collective>,
}

/// Parameters of a systemic rule.
pub(in super::super) struct Params<'a> {
    pub(in super::super) signal: Signal,
    pub(in super::super) by: &'a [GroupBy],
    pub(in super::super) subjects_max: usize,
    pub(in super::super) bounds: &'a Signals,
    pub(in super::super) levels: &'a [Step],
}

/// A member whose index is part of why the signal is there.
struct Driver {
    entity: EntityId,
    score: i32,
    grade: Grade,
    added: f64,
}

impl Collectives {
    /// Takes how enterprises stand.
    pub(in super::super) fn take(&mut self, graph: &Graph, stands: &[Stand]) {
        for stand in stands {
            let place = stand.entity.index();
            if place >= self.standings.len() {
                self.standings.resize_with(place + 1, || None);
            }
            if let Some(known) = &mut self.standings[place] {
                // Where it belongs changes with the graph alone.
                known.stand = *stand;
                continue;
            }
            let fresh = Standing { stand: *stand, weight: 1.0, keys: BTreeSet::new() };
            self.standings[place] = Some(Box::new(fresh));
            self.place(graph, stand.entity);
        }
    }

    /// Finds anew in which groups an enterprise is that changed in the graph, and what it weighs.
    pub(in super::super) fn place(&mut self, graph: &Graph, entity: EntityId) {
        let Some(Some(standing)) = self.standings.get_mut(entity.index()) else { return };
        let capital = graph.profile(entity).and_then(|profile| profile.subscribed.current());
        standing.weight = capital.copied().unwrap_or(Fen::ZERO).as_yuan().max(1.0);
        let mut keys = BTreeSet::new();
        for (by, label) in labels(graph, entity) {
            let key = key_of(by, &label);
            keys.insert(key);
            let fresh = || Collective { by, label, members: BTreeSet::new() };
            self.groups.entry(key).or_insert_with(fresh).members.insert(entity);
        }
        let before = std::mem::replace(&mut standing.keys, keys.clone());
        for gone in before.difference(&keys) {
            if let Some(group) = self.groups.get_mut(gone) {
                group.members.remove(&entity);
            }
        }
    }

    /// The groups that a worker owns.
    pub(in super::super) fn owned(&self, share: Share) -> impl Iterator<Item = u64> {
        self.groups.keys().copied().filter(move |key| share.owns(*key))
    }

    /// The signal of a group, if it gives one.
    pub(in super::super) fn find(
        &self,
        sight: Sight<'_>,
        key: u64,
        params: &Params<'_>,
    ) -> Option<Finding> {
        let group = self.groups.get(&key).filter(|group| params.by.contains(&group.by))?;
        let earlier = sight.today.plus(-1 - GROWTH_DAYS);
        let members = self.members(sight, group, earlier);
        let plain: Vec<Member> = members.iter().map(|(_, member)| *member).collect();
        let index = groups::index(&plain)?;
        let (score, drivers) = match params.signal {
            Signal::Growth => {
                // What was so 90 days before must have been known then.
                sight.book.first_day().filter(|first| *first <= earlier)?;
                let now = index.grades[Grade::D as usize] as u32;
                let bits = surprise_bits(now, index.d_before as f64 + 1.0);
                let new =
                    |member: &Member| member.grade == Grade::D && member.before != Some(Grade::D);
                ((bits * 10.0).round() / 10.0, drivers(&members, new))
            }
            Signal::Concentration => {
                let hundredths = (index.concentration * 100.0).round() / 100.0;
                (hundredths, half(drivers(&members, |member| member.score > 0)))
            }
        };
        let holds = params.bounds.of(&index).contains(&params.signal);
        let level = level_at(params.levels, score).filter(|_| holds);
        let keep = level_kept(params.levels, score);
        if level.is_none() && keep.is_none() {
            return None;
        }
        let drivers = &drivers[..drivers.len().min(params.subjects_max)];
        let finding = Finding { level, keep, score, ..Finding::default() };
        Some(told_drivers(sight, finding, group, (params.signal, &index), drivers))
    }

    /// The members that are scored, and which of them were of class D at an earlier day.
    fn members(
        &self,
        sight: Sight<'_>,
        group: &Collective,
        earlier: Day,
    ) -> Vec<(EntityId, Member)> {
        let member = |entity: &EntityId| {
            let Standing { stand, weight, .. } = &**self.standings.get(entity.index())?.as_ref()?;
            let Stand { score, grade, high_since, .. } = *stand;
            let was = high_since.filter(|since| *since <= earlier).map(|_| Grade::D);
            let scored = sight.book.is_scored(*entity);
            scored.then_some((*entity, Member { score, grade, before: was, weight: *weight }))
        };
        group.members.iter().filter_map(member).collect()
    }
}

fn key_of(by: GroupBy, label: &str) -> u64 {
    stable_hash(format!("collective|{}|{label}", by.word()).as_bytes())
}

/// The groups of an enterprise, by their code.
fn labels(graph: &Graph, entity: EntityId) -> Vec<(GroupBy, String)> {
    let Some(profile) = graph.profile(entity) else { return Vec::new() };
    let industry = profile.industries.current();
    let industry = industry.map(|code| code.chars().take(INDUSTRY_CHARS).collect::<String>());
    let town = Some(profile.division().to_owned());
    let found = [(GroupBy::Industry, industry), (GroupBy::Town, town)];
    let told = found.into_iter().filter_map(|(by, label)| Some((by, label?)));
    told.filter(|(_, label)| !label.is_empty()).collect()
}

/// Those of the members that matter, by what they add to the group's index, the most first.
fn drivers(members: &[(EntityId, Member)], matters: impl Fn(&Member) -> bool) -> Vec<Driver> {
    let sum: f64 = members.iter().map(|(_, one)| f64::from(one.score) * one.weight).sum();
    let mut found: Vec<Driver> = members
        .iter()
        .filter(|(_, member)| matters(member))
        .map(|(entity, member)| Driver {
            entity: *entity,
            score: member.score,
            grade: member.grade,
            added: if sum > 0.0 { f64::from(member.score) * member.weight / sum } else { 0.0 },
        })
        .collect();
    found.sort_by(|a, b| b.added.total_cmp(&a.added).then(a.entity.cmp(&b.entity)));
    found
}

/// The fewest that make half of the group's index.
fn half(mut drivers: Vec<Driver>) -> Vec<Driver> {
    let mut added = 0.0;
    let enough = drivers.iter().position(|driver| {
        added += driver.added;
        added >= 0.5
    });
    drivers.truncate(enough.map_or(drivers.len(), |place| place + 1));
    drivers
}

/// A head line over all, then a line for each driver.
fn told_drivers(
    sight: Sight<'_>,
    mut finding: Finding,
    group: &Collective,
    (signal, index): (Signal, &GroupIndex),
    drivers: &[Driver],
) -> Finding {
    let lines: Vec<Evidence> =
        drivers.iter().filter_map(|driver| driver_line(sight, driver)).collect();
    let (members, now, before) = (index.members, index.grades[Grade::D as usize], index.d_before);
    let percent = format!("{:.0}", index.concentration * 100.0);
    let head = match signal {
        Signal::Growth => Text::new(
            format!("{members}户企业中D类{now}户，{GROWTH_DAYS}日前{before}户"),
            format!(
                "Of {members} enterprises {now} are of class D, {before} were {GROWTH_DAYS} days \
                 before"
            ),
        ),
        Signal::Concentration => Text::new(
            format!("{members}户企业的风险指数为{:.0}，集中度（HHI）{percent}%", index.index),
            format!(
                "The index of {members} enterprises is {:.0}, its concentration (HHI) {percent} %",
                index.index
            ),
        ),
    };
    let events = lines.iter().flat_map(|line| line.events.iter().cloned()).collect();
    finding.evidence.push(line(head, finding.score, events));
    finding.evidence.extend(lines);
    finding.subjects = drivers.iter().map(|driver| driver.entity).collect();
    let names: Vec<String> =
        drivers.iter().take(3).map(|driver| sight.book.name(driver.entity)).collect();
    finding
        .value("{name}", group.by.named(&group.label))
        .value("{count}", same(now.to_string()))
        .value("{days}", same(GROWTH_DAYS.to_string()))
        .value("{percent}", same(percent))
        .value("{score}", same(format!("{:.0}", index.index)))
        .value("{members}", Text::new(names.join("、"), names.join(", ")))
}

/// What is known against a driver, else that it is registered.
fn driver_line(sight: Sight<'_>, driver: &Driver) -> Option<Evidence> {
    let event = ground(sight.book, driver.entity, sight.today)?;
    let (name, fact) = (sight.book.name(driver.entity), told(event));
    let (grade, score, part) = (driver.grade.word(), driver.score, driver.added * 100.0);
    let text = Text::new(
        format!("{name}（{grade}类，{score}分，占{part:.0}%）：{}", fact.zh),
        format!("{name} (class {grade}, {score}, {part:.0} % of the whole): {}", fact.en),
    );
    Some(line(text, driver.added, vec![event.id.clone()]))
}

fn ground(book: &Book, entity: EntityId, today: Day) -> Option<&Event> {
    let facts = || book.standing(entity, today).map(|held| &*held.event);
    let trouble = facts().filter(|event| is_trouble(&event.body)).last();
    let founding = || facts().find(|event| matches!(event.body, Body::Established(_)));
    trouble.or_else(founding).or_else(|| facts().last())
}
