//! Were many enterprises founded at once? Batches through one agent, device or person.
//!
//! A busy agent founds many; what counts is the surprise against its own history, and what else
//! the members share.

use super::super::finding::{Finding, Sight, line, same};
use super::super::trigger::{Batch, Step, level_at, level_kept};
use super::complaint::surprise_bits;
use crate::entity::Fact;
use crate::event::{Body, Established, Event};
use crate::id::{EntityId, EventId, Share, stable_hash};
use crate::text::{Evidence, Text};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most members whose registration is a line of its own.
const LINES_MAX: usize = 8;
/// The part of the members that must share a thing for it to be the batch's own.
const SHARED_PART: f64 = 0.8;

/// What a group has in common.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
enum Shared {
    Agent,
    Device,
    Person,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Group {
    shared: Shared,
    /// By day, enterprise, and registration: two feeds may bring one founding.
    #[serde(with = "crate::shared::map")]
    members: BTreeMap<(Day, EntityId, EventId), Arc<Event>>,
}

/// Foundings by what they share; this worker's groups.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Foundings {
    groups: FxHashMap<u64, Group>,
}

/// Parameters, as in `rules.toml`.
pub(in super::super) struct Params<'a> {
    pub(in super::super) agent: Batch,
    pub(in super::super) device: Batch,
    pub(in super::super) person: Batch,
    pub(in super::super) fresh_days: i32,
    pub(in super::super) base_days: i32,
    pub(in super::super) surprise: f64,
    pub(in super::super) bits_per_point: f64,
    pub(in super::super) surprise_points_max: f64,
    pub(in super::super) same_device: f64,
    pub(in super::super) same_person: f64,
    pub(in super::super) same_address: f64,
    pub(in super::super) same_scope: f64,
    pub(in super::super) same_capital: f64,
    pub(in super::super) own_least: f64,
    pub(in super::super) levels: &'a [Step],
}

impl Foundings {
    /// Adds the groups of another share.
    pub(in super::super) fn merge(&mut self, other: Self) {
        self.groups.extend(other.groups);
    }

    /// Takes a founding in or out. Tells the groups that it changed.
    pub(in super::super) fn take(&mut self, fact: &Fact, share: Share) -> BTreeSet<u64> {
        let mut touched = BTreeSet::new();
        let (Body::Established(data), Some(entity)) = (&fact.event.body, fact.subject) else {
            return touched;
        };
        for (shared, key) in keys(fact, data) {
            if !share.owns(key) {
                continue;
            }
            let group = self
                .groups
                .entry(key)
                .or_insert_with(|| Group { shared, members: BTreeMap::new() });
            let place = (data.established_on, entity, fact.event.id.clone());
            if fact.asserts() {
                group.members.insert(place, fact.event.clone());
            } else {
                group.members.remove(&place);
            }
            touched.insert(key);
        }
        touched
    }

    /// The largest batch of a group.
    pub(in super::super) fn find(
        &self,
        sight: Sight<'_>,
        key: u64,
        params: &Params<'_>,
    ) -> Option<Finding> {
        let group = self.groups.get(&key)?;
        let batch = match group.shared {
            Shared::Agent => params.agent,
            Shared::Device => params.device,
            Shared::Person => params.person,
        };
        if group.members.len() < batch.min {
            return None;
        }
        let mut fresh: Vec<Member<'_>> = group
            .members
            .iter()
            .filter(|((_, entity, _), _)| sight.book.is_scored(*entity))
            .filter_map(|((on, entity, _), event)| Member::of(*on, *entity, event))
            .filter(|m| m.event.time.day().since(m.on) <= params.fresh_days)
            .collect();
        fresh.dedup_by_key(|member| (member.on, member.entity));
        // In an order that does not depend on which enterprise was heard of first.
        fresh.sort_by(|a, b| (a.on, &a.event.id).cmp(&(b.on, &b.event.id)));
        let members = largest(&fresh, batch.days);
        if members.len() < batch.min || is_told_elsewhere(group.shared, members, params) {
            return None;
        }
        let start = members.first()?.on;
        let before = start.plus(-params.base_days)..start;
        let mut base: Vec<EntityId> = group
            .members
            .keys()
            .filter(|(on, ..)| before.contains(on))
            .map(|(_, entity, _)| *entity)
            .collect();
        base.dedup();
        let base = base.len();
        let rate = (base as f64 + 1.0) / f64::from(params.base_days);
        let bits = surprise_bits(members.len() as u32, rate * f64::from(batch.days));
        if bits < params.surprise {
            return None;
        }
        finding(sight, group.shared, members, bits, params)
    }
}

fn keys(fact: &Fact, data: &Established) -> Vec<(Shared, u64)> {
    let mut keys = Vec::new();
    let mut add = |shared: Shared, tag: &str, value: &str| {
        keys.push((shared, stable_hash(format!("founding|{tag}|{value}").as_bytes())));
    };
    if let Some(agent) = &data.agent {
        match fact.entity(agent) {
            Some(id) => add(Shared::Agent, "agent", &id.rank().to_string()),
            None => add(Shared::Agent, "agent", agent.name.as_deref().unwrap_or("")),
        }
    }
    if let Some(device) = &data.filing_fingerprint {
        add(Shared::Device, "device", device);
    }
    for person in super::super::book::founders_in(&fact.event.body) {
        add(Shared::Person, "person", &person.0.to_string());
    }
    keys
}

/// A founding inside a group.
struct Member<'a> {
    on: Day,
    entity: EntityId,
    event: &'a Arc<Event>,
    data: &'a Established,
}

impl<'a> Member<'a> {
    fn of(on: Day, entity: EntityId, event: &'a Arc<Event>) -> Option<Self> {
        match &event.body {
            Body::Established(data) => Some(Self { on, entity, event, data }),
            _ => None,
        }
    }
}

/// The most members within so many days; of equal ones, the earliest.
fn largest<'a, 'b>(members: &'b [Member<'a>], days: i32) -> &'b [Member<'a>] {
    let (mut best, mut start) = (0..0, 0);
    for end in 0..members.len() {
        while members[end].on.since(members[start].on) >= days {
            start += 1;
        }
        if end + 1 - start > best.len() {
            best = start..end + 1;
        }
    }
    &members[best]
}

/// Whether the same batch is told as the group of its device or agent.
fn is_told_elsewhere(shared: Shared, members: &[Member<'_>], params: &Params<'_>) -> bool {
    let told = |batch: Batch, part: f64| {
        members.len() >= batch.min
            && part >= SHARED_PART
            && largest(members, batch.days).len() as f64 >= SHARED_PART * members.len() as f64
            && largest(members, batch.days).len() >= batch.min
    };
    let device = || part_of(members, |m| m.data.filing_fingerprint.as_deref());
    let agent = || part_of(members, |m| m.data.agent.as_ref());
    match shared {
        Shared::Device => false,
        Shared::Agent => told(params.device, device()),
        Shared::Person => told(params.device, device()) || told(params.agent, agent()),
    }
}

/// The part of the members that have the commonest value.
fn part_of<'a, V: Eq + std::hash::Hash + 'a>(
    members: &'a [Member<'a>],
    value: impl Fn(&'a Member<'a>) -> Option<V>,
) -> f64 {
    let mut counts: FxHashMap<V, usize> = FxHashMap::default();
    for found in members.iter().filter_map(value) {
        *counts.entry(found).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0) as f64 / members.len().max(1) as f64
}

/// The part of the members that share a person with another member.
fn part_with_persons(members: &[Member<'_>]) -> f64 {
    let mut counts: FxHashMap<u128, usize> = FxHashMap::default();
    let persons: Vec<_> =
        members.iter().map(|m| super::super::book::founders_in(&m.event.body)).collect();
    for person in persons.iter().flatten() {
        *counts.entry(person.0).or_default() += 1;
    }
    let sharing = persons.iter().filter(|all| all.iter().any(|person| counts[&person.0] > 1));
    sharing.count() as f64 / members.len().max(1) as f64
}

fn finding(
    sight: Sight<'_>,
    shared: Shared,
    members: &[Member<'_>],
    bits: f64,
    params: &Params<'_>,
) -> Option<Finding> {
    let by = match shared {
        Shared::Agent => Text::new("同一代理机构", "one agent"),
        Shared::Device => Text::new("同一申报设备", "one filing device"),
        Shared::Person => Text::new("同一自然人", "the same natural person"),
    };
    let ids: Vec<EventId> = members.iter().map(|member| member.event.id.clone()).collect();
    let surprise = (bits / params.bits_per_point).min(params.surprise_points_max);
    let (from, to) = (members[0].on, members[members.len() - 1].on);
    let count = members.len();
    let (mut points, mut own) = (surprise, 0.0);
    let mut evidence = vec![
        line(
            Text::new(
                format!("{from}至{to}经{}设立{count}户企业", by.zh),
                format!("{count} enterprises founded from {from} to {to} through {}", by.en),
            ),
            surprise,
            ids.clone(),
        ),
        line(
            Text::new(
                format!("与其自身历史水平相比的异常程度：{bits:.0}比特"),
                format!("Surprise against its own history: {bits:.0} bits"),
            ),
            surprise,
            ids.clone(),
        ),
    ];
    for Common { part, most, zh, en, own: theirs } in parts(shared, members, params) {
        if part >= SHARED_PART / 2.0 && most > 0.0 {
            points += part * most;
            own += if theirs { part * most } else { 0.0 };
            evidence.push(line(
                Text::new(
                    format!("其中{:.0}%{zh}", part * 100.0),
                    format!("{:.0} % of them {en}", part * 100.0),
                ),
                part * most,
                ids.clone(),
            ));
        }
    }
    // A busy week of an agent: clients who have nothing to do with each other.
    if shared != Shared::Person && own < params.own_least {
        return None;
    }
    evidence.extend(members.iter().take(LINES_MAX).map(|member| founded(sight, member)));
    let names: Vec<String> =
        members.iter().take(3).map(|member| sight.book.name(member.entity)).collect();
    let finding = Finding {
        level: level_at(params.levels, points),
        keep: level_kept(params.levels, points),
        score: (points * 100.0).round() / 100.0,
        subjects: members.iter().map(|member| member.entity).collect(),
        evidence,
        ..Finding::default()
    };
    let finding = finding
        .value("{reasons}", by)
        .value("{count}", same(count.to_string()))
        .value("{days}", same((to.since(from) + 1).to_string()))
        .value("{members}", Text::new(names.join("、"), names.join(", ")));
    Some(finding)
}

/// What a part of the members have in common beside the group's own.
struct Common {
    /// How many of them, 0–1.
    part: f64,
    /// Points if all have it.
    most: f64,
    /// In words.
    zh: &'static str,
    en: &'static str,
    /// Whether it is theirs, not their agent's: clients are filed from the agent's device.
    own: bool,
}

fn parts(shared: Shared, members: &[Member<'_>], params: &Params<'_>) -> Vec<Common> {
    let common = |part, most, zh, en| Common { part, most, zh, en, own: true };
    let mut parts = vec![
        common(
            part_of(members, |m| Some(&*m.data.domicile)),
            params.same_address,
            "登记在同一住所",
            "have the same registered address",
        ),
        common(
            part_of(members, |m| m.data.scope.as_deref()),
            params.same_scope,
            "经营范围完全相同",
            "have the very same scope",
        ),
        common(
            part_of(members, |m| m.data.subscribed_fen),
            params.same_capital,
            "认缴资本相同",
            "have the same subscribed capital",
        ),
    ];
    if shared != Shared::Device {
        let part = part_of(members, |m| m.data.filing_fingerprint.as_deref());
        let device =
            common(part, params.same_device, "出自同一申报设备", "were filed from one device");
        parts.push(Common { own: false, ..device });
    }
    if shared != Shared::Person {
        parts.push(common(
            part_with_persons(members),
            params.same_person,
            "与其他成员有同一自然人任职或持股",
            "share a person in office or holding with another member",
        ));
    }
    parts
}

fn founded(sight: Sight<'_>, member: &Member<'_>) -> Evidence {
    let (name, on) = (sight.book.name(member.entity), member.on);
    let text = Text::new(format!("{on}设立{name}"), format!("{name} founded on {on}"));
    line(text, 0.0, vec![member.event.id.clone()])
}
