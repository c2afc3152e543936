//! Is the money moving strangely? Warnings about fund-flow patterns and illegal fund-raising.

use super::super::book::Book;
use super::super::finding::{Finding, Sight, line, same};
use super::super::trigger::{Step, level_at, level_kept};
use super::super::words::Pattern;
use super::succession::join;
use crate::event::{Body, Change, LicenceState};
use crate::flow::{FlowDelta, FlowKind, Instance};
use crate::id::{EntityId, EventId};
use crate::money::Fen;
use crate::text::{Evidence, Text};
use crate::time::{Day, Time};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most instances that a warning tells beside the strongest.
const OTHERS_MAX: usize = 5;
/// Days between two patterns of an enterprise that tell of one matter.
const BESIDE_DAYS: i32 = 30;

/// The pattern instances that hold, by the enterprise that is warned about.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Flows {
    by_subject: FxHashMap<EntityId, BTreeMap<String, Arc<Instance>>>,
    subject_of: FxHashMap<String, EntityId>,
    /// By enterprise: those of whom instances tell in which it takes part, and in how many.
    bearers: FxHashMap<EntityId, BTreeMap<EntityId, u32>>,
}

impl Flows {
    /// Takes a delta. Tells the enterprises whose warnings may change.
    pub(in super::super) fn take(&mut self, delta: &FlowDelta) -> Vec<EntityId> {
        let id = &delta.instance.id;
        let mut touched = Vec::new();
        if let Some(subject) = self.subject_of.remove(id) {
            let instances = self.by_subject.get_mut(&subject);
            if let Some(gone) = instances.and_then(|instances| instances.remove(id)) {
                self.count(&gone, subject, false);
            }
            touched.push(subject);
        }
        if delta.fallen {
            return touched;
        }
        if let Some(subject) = delta.instance.bearer {
            self.subject_of.insert(id.clone(), subject);
            let instances = self.by_subject.entry(subject).or_default();
            instances.insert(id.clone(), delta.instance.clone());
            self.count(&delta.instance, subject, true);
            touched.push(subject);
        }
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    fn count(&mut self, instance: &Instance, bearer: EntityId, more: bool) {
        for subject in &instance.subjects {
            let bearers = self.bearers.entry(*subject).or_default();
            let times = bearers.entry(bearer).or_default();
            *times = if more { *times + 1 } else { times.saturating_sub(1) };
            if *times == 0 {
                bearers.remove(&bearer);
            }
        }
    }

    /// Of whom the instances tell in which an enterprise takes part.
    pub(in super::super) fn told_of(&self, subject: EntityId) -> impl Iterator<Item = EntityId> {
        self.bearers.get(&subject).into_iter().flat_map(|bearers| bearers.keys().copied())
    }

    /// When the last transfer of an instance of an enterprise was known that rests on an event.
    pub(in super::super) fn known_on(&self, entity: EntityId, event: &EventId) -> Option<Day> {
        let instances = self.by_subject.get(&entity)?.values();
        let rests = |i: &&Arc<Instance>| i.evidence.iter().any(|line| line.events.contains(event));
        instances.filter(rests).map(|instance| instance.last_at.day()).max()
    }

    /// The strongest instance of another kind about the same time that rests on other transfers.
    fn beside(&self, entity: EntityId, one: &Instance) -> Option<&Arc<Instance>> {
        let about = |other: &&Arc<Instance>| {
            let (first, last) = (one.first_at.day(), one.last_at.day());
            other.kind != one.kind
                && other.last_at.day().since(first) >= -BESIDE_DAYS
                && last.since(other.first_at.day()) >= -BESIDE_DAYS
        };
        let own: FxHashSet<&Arc<str>> = one.transfers.iter().collect();
        let shared = |other: &Instance| other.transfers.iter().filter(|t| own.contains(t)).count();
        let all = self.by_subject.get(&entity)?.values().filter(about);
        all.filter(|other| 2 * shared(other) <= other.transfers.len())
            .max_by(|a, b| a.suspicion.total_cmp(&b.suspicion).then_with(|| b.id.cmp(&a.id)))
    }

    /// The instances of a kind, strongest first.
    fn of(&self, entity: EntityId, kind: FlowKind) -> Vec<&Arc<Instance>> {
        let all = self.by_subject.get(&entity).into_iter().flatten();
        let mut found: Vec<&Arc<Instance>> =
            all.map(|(_, instance)| instance).filter(|i| i.kind == kind).collect();
        found.sort_by(|a, b| b.suspicion.total_cmp(&a.suspicion).then(a.id.cmp(&b.id)));
        found
    }
}

impl Pattern {
    const fn kind(self) -> FlowKind {
        match self {
            Self::Cycle => FlowKind::Cycle,
            Self::FanIn => FlowKind::FanIn,
            Self::FanOut => FlowKind::FanOut,
            Self::ScatterGather => FlowKind::ScatterGather,
            Self::GatherScatter => FlowKind::GatherScatter,
            Self::PassThrough => FlowKind::PassThrough,
            Self::Structuring => FlowKind::Structuring,
            Self::DormantWake => FlowKind::DormantWake,
            Self::EfLeakage => FlowKind::EfLeakage,
            Self::SpecialDrain => FlowKind::SpecialDrain,
            Self::AssetShift => FlowKind::AssetShift,
        }
    }
}

/// The instances of one pattern.
pub(in super::super) fn pattern(
    book: &Book,
    flows: &Flows,
    entity: EntityId,
    pattern: Pattern,
    levels: &[Step],
) -> Option<Finding> {
    let instances = flows.of(entity, pattern.kind());
    let best = *instances.first()?;
    let mut evidence = best.evidence.clone();
    evidence.extend(instances.iter().skip(1).take(OTHERS_MAX).map(|other| told(other)));
    let mut subjects: Vec<EntityId> =
        instances.iter().flat_map(|instance| instance.subjects.iter().copied()).collect();
    subjects.retain(|subject| book.is_scored(*subject));
    let total: Fen = instances.iter().map(|instance| instance.total).sum();
    let beside = flows.beside(entity, best);
    // Two patterns of different money: either alone may be chance, both less so.
    let suspicion = beside.map_or(best.suspicion, |other| {
        let either = 1.0 - (1.0 - best.suspicion) * (1.0 - other.suspicion);
        (either * 100.0).round() / 100.0
    });
    evidence.extend(beside.map(|other| told_beside(other)));
    let finding = Finding {
        level: level_at(levels, suspicion),
        keep: level_kept(levels, suspicion),
        score: suspicion,
        subjects,
        evidence,
        against: best.against.clone(),
        ..Finding::default()
    };
    Some(
        finding
            .value("{name}", same(book.name(entity)))
            .value("{count}", same(instances.len().to_string()))
            .value("{amount}", same(total.to_string())),
    )
}

fn told_beside(instance: &Instance) -> Evidence {
    let (from, to, total) = (instance.first_at.day(), instance.last_at.day(), instance.total);
    let text = Text::new(
        format!("同期另有{}：{from}至{to}，共{total}元", instance.kind.zh()),
        format!(
            "Another pattern about then, {}: {from} to {to}, {total} yuan",
            instance.kind.pattern()
        ),
    );
    let events = instance.evidence.iter().flat_map(|line| line.events.iter().cloned());
    line(text, instance.suspicion, events.collect())
}

fn told(instance: &Instance) -> Evidence {
    let (from, to, total) = (instance.first_at.day(), instance.last_at.day(), instance.total);
    let count = instance.transfers.len();
    let text = Text::new(
        format!("另有同类形态：{from}至{to}，{count}笔共{total}元"),
        format!("The same pattern again: {from} to {to}, {count} transfers of {total} yuan"),
    );
    let events = instance.evidence.iter().flat_map(|line| line.events.iter().cloned());
    line(text, instance.suspicion, events.collect())
}

/// Parameters of the fund-raising rule, as in `rules.toml`.
pub(in super::super) struct Raising<'a> {
    pub(in super::super) flow: f64,
    pub(in super::super) fan_in: f64,
    pub(in super::super) promise: f64,
    pub(in super::super) word: f64,
    pub(in super::super) victims: f64,
    pub(in super::super) victims_min: u32,
    pub(in super::super) rate_pct: f64,
    pub(in super::super) confidence: f64,
    pub(in super::super) days: i32,
    pub(in super::super) words: &'a [String],
    pub(in super::super) levels: &'a [Step],
}

/// Illegal fund-raising: money, promises, words and victims together.
pub(in super::super) fn fundraising(
    sight: Sight<'_>,
    flows: &Flows,
    entity: EntityId,
    params: &Raising<'_>,
) -> Option<Finding> {
    let mut signs = Signs::default();
    for (kind, points) in [(FlowKind::Fundraising, params.flow), (FlowKind::FanIn, params.fan_in)] {
        if let Some(best) = flows.of(entity, kind).first() {
            let reason = if kind == FlowKind::Fundraising {
                Text::new("集资型资金流", "fund-raising flows")
            } else {
                Text::new("分散转入", "fan-in of payments")
            };
            signs.add(points * best.suspicion, reason, best.evidence.clone());
            signs.against.extend(best.against.iter().cloned());
        }
    }
    let anchor = anchor(sight, flows, entity, params);
    promises(sight, entity, params, anchor, &mut signs);
    word(sight, entity, params, &mut signs);
    victims(sight, entity, params, anchor, &mut signs);
    let level = level_at(params.levels, signs.points);
    let keep = level_kept(params.levels, signs.points);
    if level.is_none() && keep.is_none() {
        return None;
    }
    let score = (signs.points * 100.0).round() / 100.0;
    let finding = Finding {
        level,
        keep,
        score,
        subjects: vec![entity],
        evidence: signs.evidence,
        against: signs.against,
        // Signs leave the window one by one; few enterprises have any.
        again: Some(sight.today.plus(1)),
        ..Finding::default()
    };
    Some(
        finding
            .value("{name}", same(sight.book.name(entity)))
            .value("{reasons}", join(&signs.reasons)),
    )
}

/// What was found so far.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Signs {
    pub(super) points: f64,
    pub(super) reasons: Vec<Text>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) against: Vec<Evidence>,
}

impl Signs {
    pub(super) fn add(&mut self, points: f64, reason: Text, evidence: Vec<Evidence>) {
        self.points += points;
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
        self.evidence.extend(evidence);
    }
}

/// The day around which signs count together: the last transfer of a pattern that holds, else
/// today.
fn anchor(sight: Sight<'_>, flows: &Flows, entity: EntityId, params: &Raising<'_>) -> Day {
    let kinds = [FlowKind::Fundraising, FlowKind::FanIn];
    let last = kinds.iter().filter_map(|kind| flows.of(entity, *kind).first().map(|i| i.last_at));
    let last = last.max().map(Time::day);
    last.filter(|day| sight.today.since(*day) > params.days).unwrap_or(sight.today)
}

/// Publications that promise a return or entice.
fn promises(
    sight: Sight<'_>,
    entity: EntityId,
    params: &Raising<'_>,
    anchor: Day,
    signs: &mut Signs,
) {
    let Some(code) = sight.book.uscc(entity) else { return };
    let mut events = Vec::new();
    let mut highest: f64 = 0.0;
    for held in sight.book.standing(entity, sight.today) {
        let Body::Opinion(opinion) = &held.event.body else { continue };
        let named =
            opinion.mentions.iter().any(|m| m.uscc == code && m.confidence >= params.confidence);
        let rate = opinion.promised_rate_pct.unwrap_or(0.0);
        let entices = rate >= params.rate_pct || !opinion.lure_terms.is_empty();
        if named && entices && is_near(held.event.time.day(), anchor, params.days) {
            highest = highest.max(rate);
            events.push(held.event.id.clone());
        }
    }
    if events.is_empty() {
        return;
    }
    let text = Text::new(
        format!("{}条宣传信息含诱导性用语或承诺回报（最高年化{highest:.1}%）", events.len()),
        format!(
            "{} publications entice or promise a return (up to {highest:.1} % a year)",
            events.len()
        ),
    );
    let reason = Text::new("承诺高回报", "promised returns");
    signs.add(params.promise, reason, vec![line(text, params.promise, events)]);
}

fn is_near(day: Day, anchor: Day, days: i32) -> bool {
    day.since(anchor).abs() <= days
}

/// A word in name or scope that needs a financial licence, without one.
fn word(sight: Sight<'_>, entity: EntityId, params: &Raising<'_>, signs: &mut Signs) {
    let facts = sight.book.facts(entity);
    let licensed = facts.iter().any(|held| match &held.event.body {
        Body::Licence(data) => {
            matches!(data.state, LicenceState::Granted | LicenceState::Renewed)
                && data.kind.contains("金融")
        }
        _ => false,
    });
    if licensed {
        return;
    }
    let name = sight.book.name(entity);
    let used = |text: &str| params.words.iter().find(|word| text.contains(word.as_str()));
    let found = facts.iter().rev().find_map(|held| {
        let texts: Vec<&str> = match &held.event.body {
            Body::Established(data) => {
                std::iter::once(&*data.name).chain(data.scope.as_deref()).collect()
            }
            Body::Changed(data) => data
                .changes
                .iter()
                .filter_map(|change| match change {
                    Change::Name { after, .. } | Change::Scope { after } => Some(&**after),
                    _ => None,
                })
                .collect(),
            _ => return None,
        };
        let word = texts.into_iter().find_map(used)?;
        Some((word.clone(), held.event.id.clone()))
    });
    let Some((word, event)) = found else { return };
    let text = Text::new(
        format!("{name}的名称或经营范围含须经许可的字样“{word}”，未见相应许可"),
        format!("Name or scope holds a word that needs a licence ({word}); none is known"),
    );
    let reason = Text::new("名称或经营范围含敏感字样", "a word that needs a licence");
    signs.add(params.word, reason, vec![line(text, params.word, vec![event])]);
}

/// Complaints of many victims.
fn victims(
    sight: Sight<'_>,
    entity: EntityId,
    params: &Raising<'_>,
    anchor: Day,
    signs: &mut Signs,
) {
    let (mut count, mut events): (u32, Vec<EventId>) = (0, Vec::new());
    for held in sight.book.standing(entity, sight.today) {
        if let Body::ComplaintReceived(data) = &held.event.body
            && is_near(held.event.time.day(), anchor, params.days)
        {
            count = count.saturating_add(data.victims.unwrap_or(1));
            events.push(held.event.id.clone());
        }
    }
    if count < params.victims_min {
        return;
    }
    let text = Text::new(
        format!("投诉举报涉及受害人{count}人"),
        format!("Complaints tell of {count} persons harmed"),
    );
    let reason = Text::new("涉众投诉", "many victims");
    signs.add(params.victims, reason, vec![line(text, params.victims, events)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Level;

    fn instance(kind: FlowKind, day: &str, transfers: &[&str], suspicion: f64) -> FlowDelta {
        let at = Day::parse(day).expect("a day").start();
        let firm = EntityId::nth(1);
        let instance = Instance {
            id: format!("{kind:?}-{day}"),
            kind,
            accounts: Vec::new(),
            transfers: transfers.iter().map(|id| (*id).into()).collect(),
            first_at: at,
            last_at: at,
            total: Fen::yuan(1_000_000),
            subjects: vec![firm],
            centre: Some(firm),
            bearer: Some(firm),
            evidence: Vec::new(),
            against: Vec::new(),
            suspicion,
        };
        FlowDelta { instance: Arc::new(instance), fallen: false, at }
    }

    fn level(beside: &[FlowDelta]) -> (Option<Level>, f64) {
        let mut flows = Flows::default();
        flows.take(&instance(FlowKind::FanIn, "2026-03-01", &["a", "b", "c"], 0.6));
        for delta in beside {
            flows.take(delta);
        }
        let levels = [
            Step { at: 0.5, below: Some(0.4), level: Level::Yellow },
            Step { at: 0.75, below: Some(0.65), level: Level::Orange },
        ];
        let book = Book::default();
        let found = pattern(&book, &flows, EntityId::nth(1), Pattern::FanIn, &levels);
        let found = found.expect("the fan-in stands");
        (found.level, found.score)
    }

    #[test]
    fn two_patterns_of_different_money_tell_more_than_one() {
        assert_eq!(level(&[]), (Some(Level::Yellow), 0.6));
        let cycle = |day, transfers: &[&str]| instance(FlowKind::Cycle, day, transfers, 0.5);
        assert_eq!(level(&[cycle("2026-03-20", &["x", "y"])]), (Some(Level::Orange), 0.8));
        let same = "of the same transfers";
        assert_eq!(level(&[cycle("2026-03-20", &["a", "b"])]).0, Some(Level::Yellow), "{same}");
        let later = "months later";
        assert_eq!(level(&[cycle("2026-07-20", &["x", "y"])]).0, Some(Level::Yellow), "{later}");
        let kind = instance(FlowKind::FanIn, "2026-03-10", &["x", "y"], 0.5);
        assert_eq!(level(&[kind]).0, Some(Level::Yellow), "the same pattern again");
    }
}
