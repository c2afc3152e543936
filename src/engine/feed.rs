//! How do accepted events become epochs? Cut by day, in canonical order, quiet days too.
//!
//! Invariant: the epochs are a function of the batches fed. A day never goes back: what is learned
//! late belongs to the day on which it is learned, and keeps its own time.

use crate::engine::{Epoch, Unreadable};
use crate::entity::{Directory, Fact, Told};
use crate::event::EventType;
use crate::event::ledger::StepOp;
use crate::id::{EntityId, EventId};
use crate::shared;
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How an enterprise is called from now on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Called {
    /// Who.
    pub entity: EntityId,
    /// The USCC, or, where no feed has told one, `regno:…`, `orgcode:…` or `name:…`.
    pub code: Arc<str>,
    /// The name in use, empty when no feed has told one.
    pub name: Arc<str>,
}

/// Resolves mentions and cuts epochs.
#[derive(Debug, Default)]
pub struct Feeder {
    directory: Directory,
    today: Option<Day>,
    /// By entity: as last told.
    called: Vec<Called>,
}

impl Feeder {
    /// A feeder that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state, saved.
    pub fn save(&self) -> Vec<u8> {
        let whole = (&self.directory, self.today, &self.called);
        shared::scope(|| postcard::to_stdvec(&whole)).expect("plain values")
    }

    /// A feeder with a saved state.
    ///
    /// # Errors
    /// When the bytes are not what this version saves.
    pub fn restore(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (directory, today, called) =
            shared::scope(|| postcard::from_bytes(bytes)).map_err(|e| Unreadable(e.to_string()))?;
        Ok(Self { directory, today, called })
    }

    /// The day that was reached.
    pub fn today(&self) -> Option<Day> {
        self.today
    }

    /// The epochs of a batch of steps; every day up to `until` is passed. None when no day is
    /// known yet. Then the names that changed.
    pub fn feed(&mut self, told: Vec<Told>, until: Option<Day>) -> (Vec<Epoch>, Vec<Called>) {
        let mut days: BTreeMap<Day, Vec<Told>> = BTreeMap::new();
        for one in told {
            let day = one.step.at.day();
            days.entry(self.today.map_or(day, |today| day.max(today))).or_default().push(one);
        }
        let newest = days.keys().next_back().copied().max(until);
        let first = self.today.or_else(|| days.keys().next().copied()).or(until);
        let (Some(first), Some(newest)) = (first, newest) else { return Default::default() };
        // A day that was reached gets another epoch only for something new.
        let from = if self.today.is_some() && !days.contains_key(&first) {
            Day(first.0 + 1)
        } else {
            first
        };
        let mut epochs = Vec::new();
        let mut called = Vec::new();
        for day in (from.0..=newest.0).map(Day) {
            let told = settled(days.remove(&day).unwrap_or_default());
            let facts = self.directory.apply(&told);
            self.name(&facts, &mut called);
            epochs.push(Epoch { day, facts: facts.into(), last: false, save: false });
        }
        self.today = Some(self.today.map_or(newest, |today| today.max(newest)));
        (epochs, called)
    }

    /// Notes the names that facts may have changed.
    fn name(&mut self, facts: &[Fact], changed: &mut Vec<Called>) {
        let known = self.called.len();
        let registered = facts.iter().filter(|fact| {
            let kind = fact.event.kind;
            matches!(kind, EventType::Established | EventType::Changed | EventType::Ended)
        });
        let mut affected: Vec<EntityId> = registered.filter_map(|fact| fact.subject).collect();
        affected.retain(|entity| entity.index() < known);
        affected.sort_unstable();
        affected.dedup();
        affected.extend(self.directory.given_since(known));
        for entity in affected {
            let name = self.directory.name(entity).unwrap_or_default();
            let code = self.directory.uscc(entity).map(|code| code.to_string());
            let code = code.as_deref().unwrap_or(name);
            let told = self.called.get(entity.index());
            if told.is_some_and(|told| *told.code == *code && *told.name == *name) {
                continue;
            }
            let called = Called { entity, code: code.into(), name: name.into() };
            match self.called.get_mut(entity.index()) {
                Some(told) => *told = called.clone(),
                None => self.called.push(called.clone()),
            }
            changed.push(called);
        }
    }
}

/// What the steps of a day come to, in the order of time and teller; steps of one event keep their
/// order. An event that came and went on one day leaves nothing: a correction may bear an earlier
/// time, or at the same time a lesser id, than the event that it replaces, and would be put before
/// it.
fn settled(mut told: Vec<Told>) -> Vec<Told> {
    let retired = told.iter().filter(|one| one.step.op == StepOp::Retire);
    let mut last: FxHashMap<EventId, StepOp> =
        retired.map(|one| (one.step.event.id.clone(), StepOp::Retire)).collect();
    if !last.is_empty() {
        for one in &told {
            if let Some(op) = last.get_mut(&one.step.event.id) {
                *op = one.step.op;
            }
        }
        told = net(told, &last);
    }
    told.sort_by(|a, b| (a.step.at, &a.step.by).cmp(&(b.step.at, &b.step.by)));
    // What is asserted again was first retired, whatever the times say.
    let again = |one: &Told| last.get(&one.step.event.id) == Some(&StepOp::Assert);
    let (mut first, rest): (Vec<Told>, Vec<Told>) =
        told.into_iter().partition(|one| one.step.op == StepOp::Retire && again(one));
    first.extend(rest);
    first
}

/// The steps of a day without those that change nothing of an event which was retired on it: of
/// each such event there is left its first retirement, when it held before, and its last
/// assertion, when it holds in the end.
fn net(told: Vec<Told>, last: &FxHashMap<EventId, StepOp>) -> Vec<Told> {
    let mut held: FxHashMap<EventId, bool> = FxHashMap::default();
    let mut asserted: FxHashMap<EventId, usize> = FxHashMap::default();
    for (at, one) in told.iter().enumerate() {
        let event = &one.step.event.id;
        if last.contains_key(event) {
            held.entry(event.clone()).or_insert(one.step.op == StepOp::Retire);
            if one.step.op == StepOp::Assert {
                asserted.insert(event.clone(), at);
            }
        }
    }
    let mut counts = |(at, one): &(usize, Told)| {
        let event = &one.step.event.id;
        match (last.get(event), one.step.op) {
            (None, _) => true,
            (Some(_), StepOp::Retire) => {
                held.get_mut(event).is_some_and(|held| std::mem::replace(held, false))
            }
            (Some(end), StepOp::Assert) => {
                *end == StepOp::Assert && asserted.get(event) == Some(at)
            }
        }
    };
    told.into_iter().enumerate().filter(|one| counts(one)).map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_pass_once_and_quiet_ones_too() {
        let mut feeder = Feeder::new();
        let days = |epochs: &[Epoch]| epochs.iter().map(|e| e.day.0).collect::<Vec<_>>();
        assert!(feeder.feed(Vec::new(), None).0.is_empty());
        assert_eq!(days(&feeder.feed(Vec::new(), Some(Day(10))).0), [10]);
        assert!(feeder.feed(Vec::new(), Some(Day(10))).0.is_empty());
        assert_eq!(days(&feeder.feed(Vec::new(), Some(Day(13))).0), [11, 12, 13]);
        assert!(feeder.feed(Vec::new(), Some(Day(9))).0.is_empty(), "no way back");
    }
}
