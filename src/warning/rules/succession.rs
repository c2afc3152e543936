//! Is it an old firm in a new coat? Warnings about suspected successions (换马甲).

use super::super::book::Book;
use super::super::finding::{Finding, line, same};
use super::deregistration::{Conflict, Terms, look};
use crate::id::EntityId;
use crate::succession::{Pair, PairDelta};
use crate::text::{Level, Text};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The pairs that have a level, both ways.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Pairs {
    by_successor: FxHashMap<EntityId, BTreeMap<EntityId, Arc<Pair>>>,
    successors: FxHashMap<EntityId, BTreeSet<EntityId>>,
}

impl Pairs {
    pub(in super::super) fn take(&mut self, delta: &PairDelta) {
        let (old, new) = (delta.pair.predecessor, delta.pair.successor);
        if delta.pair.level.is_some() {
            self.by_successor.entry(new).or_default().insert(old, delta.pair.clone());
            self.successors.entry(old).or_default().insert(new);
            return;
        }
        if let Some(pairs) = self.by_successor.get_mut(&new) {
            pairs.remove(&old);
        }
        if let Some(successors) = self.successors.get_mut(&old) {
            successors.remove(&new);
        }
    }

    /// Who is thought to carry an enterprise on.
    pub(in super::super) fn successors(&self, of: EntityId) -> impl Iterator<Item = EntityId> {
        self.successors.get(&of).into_iter().flatten().copied()
    }

    fn of_successor(&self, entity: EntityId) -> impl Iterator<Item = &Arc<Pair>> {
        self.by_successor.get(&entity).into_iter().flatten().map(|(_, pair)| pair)
    }

    /// The strongest pair in which an enterprise is the predecessor.
    pub(in super::super) fn as_predecessor(&self, entity: EntityId) -> Option<&Arc<Pair>> {
        let pairs = self.successors(entity).filter_map(|successor| {
            self.by_successor.get(&successor).and_then(|pairs| pairs.get(&entity))
        });
        pairs.reduce(stronger)
    }
}

fn stronger<'a>(a: &'a Arc<Pair>, b: &'a Arc<Pair>) -> &'a Arc<Pair> {
    let order = a.level.cmp(&b.level).then(a.confidence.total_cmp(&b.confidence));
    if order.is_lt() { b } else { a }
}

/// The parameters.
pub(in super::super) struct Params<'a> {
    pub(in super::super) min: Level,
    pub(in super::super) lift_from: Level,
    pub(in super::super) lift_to: Level,
    /// What counts as a barred deregistration, if that rule is on.
    pub(in super::super) terms: Option<Terms<'a>>,
}

/// The warning about a successor: its strongest pair, and the others as further evidence.
pub(in super::super) fn find(
    book: &Book,
    pairs: &Pairs,
    entity: EntityId,
    today: Day,
    params: &Params<'_>,
) -> Option<Finding> {
    let told: Vec<&Arc<Pair>> = pairs
        .of_successor(entity)
        .filter(|pair| pair.level >= Some(params.min) && book.is_scored(pair.predecessor))
        .collect();
    let best = told.iter().copied().reduce(stronger)?;
    let mut level = best.level?;
    let mut evidence = best.evidence.clone();
    let mut subjects = vec![entity];
    for pair in &told {
        subjects.push(pair.predecessor);
        if pair.predecessor != best.predecessor {
            evidence.push(other_pair(book, pair));
        }
        let Some(conflict) = barred(book, pair.predecessor, today, params) else { continue };
        if pair.level >= Some(params.lift_from) {
            level = level.max(params.lift_to);
        }
        evidence.push(conflict_line(book, pair.predecessor, &conflict));
    }
    if best.chain.len() > 2 {
        subjects.extend(best.chain.iter().copied().filter(|member| book.is_scored(*member)));
    }
    let percent = format!("{:.0}", best.confidence * 100.0);
    let members: Vec<String> = best.chain.iter().map(|member| book.name(*member)).collect();
    let finding = Finding {
        level: Some(level),
        keep: None,
        score: best.confidence,
        subjects,
        evidence,
        against: best.against.clone(),
        ..Finding::default()
    };
    Some(
        finding
            .value("{name}", same(book.name(entity)))
            .value("{predecessor}", same(book.name(best.predecessor)))
            .value("{percent}", same(percent))
            .value("{count}", same(told.len().to_string()))
            .value("{members}", same(members.join(" → "))),
    )
}

fn barred(book: &Book, predecessor: EntityId, today: Day, params: &Params<'_>) -> Option<Conflict> {
    look(book, predecessor, today, params.terms?).conflict
}

fn other_pair(book: &Book, pair: &Pair) -> crate::text::Evidence {
    let name = book.name(pair.predecessor);
    let percent = format!("{:.0}", pair.confidence * 100.0);
    let text = Text::new(
        format!("另疑似承接{name}，置信度{percent}%"),
        format!("It is also thought to carry on {name}, confidence {percent} %"),
    );
    let events = pair.evidence.iter().flat_map(|line| line.events.iter().cloned());
    line(text, pair.confidence, events.collect())
}

fn conflict_line(book: &Book, entity: EntityId, conflict: &Conflict) -> crate::text::Evidence {
    let name = book.name(entity);
    let reasons = join(&conflict.reasons);
    let text = Text::new(
        format!("{name}在存在法定禁止情形（{}）时公告简易注销", reasons.zh),
        format!("{name} gave notice of simple deregistration although barred ({})", reasons.en),
    );
    let events = conflict.evidence.iter().flat_map(|line| line.events.iter().cloned());
    line(text, 1.0, events.collect())
}

/// Reasons as one list.
pub(in super::super) fn join(reasons: &[Text]) -> Text {
    let zh: Vec<&str> = reasons.iter().map(|reason| reason.zh.as_str()).collect();
    let en: Vec<&str> = reasons.iter().map(|reason| reason.en.as_str()).collect();
    Text::new(zh.join("、"), en.join(", "))
}
