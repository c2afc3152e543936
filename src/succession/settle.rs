//! What do the pairs make together? Chains, levels, and what is told.
//!
//! Invariant: a function of the scored pairs; only the times remember. Must not know: the graph's
//! insides.

use crate::graph::{Graph, LinkKey};
use crate::id::{EntityId, EventId};
use crate::succession::config::Config;
use crate::succession::gate::Case;
use crate::succession::score::Scored;
use crate::succession::search::Key;
use crate::succession::weigh::{by_strength, round};
use crate::succession::{Finding, Pair, PairDelta};
use crate::text::{Evidence, Level, Text};
use crate::time::{Day, Time};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest chain that is told.
const CHAIN_MAX: usize = 12;

/// The pairs that are followed, the same on every worker.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Pairs {
    #[serde(with = "crate::shared::map")]
    held: BTreeMap<Key, Arc<Scored>>,
    successors: BTreeMap<EntityId, BTreeSet<EntityId>>,
    predecessors: BTreeMap<EntityId, BTreeSet<EntityId>>,
    by_value: FxHashMap<LinkKey, BTreeSet<Key>>,
    #[serde(with = "crate::shared::map")]
    told: BTreeMap<Key, Arc<Pair>>,
    first_seen: FxHashMap<Key, Time>,
}

impl Pairs {
    /// Whether a pair is followed.
    pub(super) fn has(&self, key: Key) -> bool {
        self.held.contains_key(&key)
    }

    /// The followed pairs that an enterprise is part of.
    pub(super) fn of(&self, id: EntityId) -> Vec<Key> {
        let next = self.successors.get(&id).into_iter().flatten().map(|new| (id, *new));
        let past = self.predecessors.get(&id).into_iter().flatten().map(|old| (*old, id));
        next.chain(past).collect()
    }

    /// The followed pairs that share a value.
    pub(super) fn sharing(&self, value: LinkKey) -> impl Iterator<Item = Key> {
        self.by_value.get(&value).into_iter().flatten().copied()
    }

    /// All pairs as last told, in order.
    pub(super) fn told(&self) -> impl Iterator<Item = &Arc<Pair>> {
        self.told.values()
    }

    /// Takes the findings of all shares; tells what changed, in order of pairs.
    pub(super) fn settle(
        &mut self,
        graph: &Graph,
        config: &Config,
        findings: &[Finding],
        today: Day,
    ) -> Vec<PairDelta> {
        let mut dirty = BTreeSet::new();
        for finding in findings {
            let key = (finding.predecessor, finding.successor);
            let same = match (self.held.get(&key), &finding.scored) {
                (Some(have), Some(new)) => have == new,
                (None, None) => true,
                _ => false,
            };
            if same {
                continue;
            }
            self.dirty_around(key, &mut dirty);
            self.put(key, finding.scored.clone());
            self.dirty_around(key, &mut dirty);
        }
        let mut deltas = Vec::new();
        for key in dirty {
            deltas.extend(self.tell(graph, config, key, today));
        }
        deltas
    }

    fn put(&mut self, key: Key, scored: Option<Arc<Scored>>) {
        if let Some(old) = self.held.remove(&key) {
            for value in &old.scales.values {
                if let Some(pairs) = self.by_value.get_mut(value) {
                    pairs.remove(&key);
                    if pairs.is_empty() {
                        self.by_value.remove(value);
                    }
                }
            }
            take_out(&mut self.successors, key.0, key.1);
            take_out(&mut self.predecessors, key.1, key.0);
        }
        if let Some(scored) = scored {
            for value in &scored.scales.values {
                self.by_value.entry(*value).or_default().insert(key);
            }
            self.successors.entry(key.0).or_default().insert(key.1);
            self.predecessors.entry(key.1).or_default().insert(key.0);
            self.held.insert(key, scored);
        }
    }

    /// A pair and those whose chain it may be part of: its neighbours, and all that follow.
    fn dirty_around(&self, key: Key, dirty: &mut BTreeSet<Key>) {
        dirty.insert(key);
        dirty.extend(self.of(key.0));
        dirty.extend(self.of(key.1));
        let mut reached = BTreeSet::from([key.1]);
        let mut next = vec![key.1];
        for _ in 0..CHAIN_MAX {
            let mut further = Vec::new();
            for id in next {
                for new in self.successors.get(&id).into_iter().flatten() {
                    dirty.insert((id, *new));
                    if reached.insert(*new) {
                        further.push(*new);
                    }
                }
            }
            next = further;
        }
    }

    /// Brings what is told of a pair up to date.
    fn tell(&mut self, graph: &Graph, config: &Config, key: Key, today: Day) -> Option<PairDelta> {
        let before = self.told.get(&key).cloned();
        let at = moment(graph, key, today);
        let now = self.held.get(&key).map(|scored| self.compose(config, key, scored));
        let reported = now.filter(|pair| pair.confidence >= config.levels.report);
        let level_before = before.as_ref().and_then(|pair| pair.level);
        let mut pair = match (reported, &before) {
            (Some(pair), _) => pair,
            (None, None) => return None,
            (None, Some(had)) => {
                let scored = self.held.get(&key);
                let mut fallen = match scored {
                    Some(scored) => self.compose(config, key, scored),
                    None => Pair {
                        evidence: Vec::new(),
                        families: Vec::new(),
                        case: Case::default(),
                        origins: Vec::new(),
                        ..(**had).clone()
                    },
                };
                if scored.is_none() {
                    fallen.confidence = 0.0;
                    fallen.against = vec![fallen_because()];
                }
                fallen.level = None;
                fallen.first_seen_at = had.first_seen_at;
                fallen.last_changed_at = at.max(had.last_changed_at);
                self.told.remove(&key);
                return Some(PairDelta { pair: Arc::new(fallen), level_before });
            }
        };
        pair.first_seen_at = *self.first_seen.entry(key).or_insert(at);
        if let Some(had) = &before {
            pair.last_changed_at = had.last_changed_at;
            if **had == pair {
                return None;
            }
        }
        let told = before.as_ref().map_or(pair.first_seen_at, |had| had.last_changed_at);
        pair.last_changed_at = at.max(told);
        let pair = Arc::new(pair);
        self.told.insert(key, pair.clone());
        Some(PairDelta { pair, level_before })
    }

    /// The pair as it is to be told, without times.
    fn compose(&self, config: &Config, key: Key, scored: &Scored) -> Pair {
        let mut evidence = scored.scales.evidence();
        let mut against = scored.scales.against.clone();
        let mut more = 0.0;
        let lent = [self.lent(config, key, scored), self.split(config, key, scored)];
        for line in lent.into_iter().flatten().filter(|_| scored.near) {
            more += line.weight;
            evidence.push((line, None));
        }
        let mut cap = 1.0;
        for line in
            [self.through(config, key), self.reversed(config, key, scored)].into_iter().flatten()
        {
            more += line.weight;
            cap = config.gate.cap_through;
            against.push(line);
        }
        evidence.sort_by(|a, b| by_strength(&a.0, &b.0));
        against.sort_by(by_strength);
        let (evidence, origins) = evidence.into_iter().unzip();
        let confidence = if more > 0.0 {
            scored.confidence_ungated(more, &config.gate)
        } else {
            scored.confidence(more)
        };
        let confidence = (confidence.min(cap) * 10_000.0).round() / 10_000.0;
        Pair {
            predecessor: key.0,
            successor: key.1,
            confidence,
            level: level(config, confidence),
            first_seen_at: Time::default(),
            last_changed_at: Time::default(),
            families: scored.scales.families(config.gate.family_bits),
            case: scored.case.rounded(),
            evidence,
            origins,
            against,
            chain: self.chain(config, key),
        }
    }

    /// What a neighbour pair lends: the new firm goes on to become another, or the old one came
    /// of another already.
    fn lent(&self, config: &Config, key: Key, scored: &Scored) -> Option<Evidence> {
        let best_past = self.best(self.past(key.0).filter(|k| k.0 != key.1));
        let best_next = self.best(self.next(key.1).filter(|k| k.1 != key.0));
        let neighbours = [best_past, best_next];
        let (confidence, other) = neighbours
            .into_iter()
            .flatten()
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(confidence, _)| *confidence >= config.chain.least)?;
        let bits = round(config.chain.bits * confidence);
        let mut events: Vec<EventId> = self
            .held
            .get(&other)
            .into_iter()
            .flat_map(|scored| scored.scales.lines.iter().take(1))
            .flat_map(|line| line.events.iter().cloned())
            .collect();
        events.extend(scored.scales.lines.iter().take(1).flat_map(|l| l.events.iter().cloned()));
        events.sort_unstable();
        events.dedup();
        let statement = Text::new(
            "连续更换主体：链条上另有一对前后主体",
            "serial: another pair of old and new firm in the same chain",
        );
        Some(Evidence { statement, weight: bits, events })
    }

    /// What a flagged sister lends: the old firm was split, and each piece alone shows less.
    fn split(&self, config: &Config, key: Key, scored: &Scored) -> Option<Evidence> {
        let sister = self.next(key.0).filter(|other| *other != key).find_map(|other| {
            let sister = self.held.get(&other)?;
            let near = (sister.born.0 - scored.born.0).abs() <= config.chain.split_days;
            (near && sister.confidence(0.0) >= config.levels.orange).then_some(sister)
        })?;
        let line = sister.scales.lines.first();
        Some(Evidence {
            statement: Text::new(
                "前身被拆分：同期另有一家承接其业务的新主体",
                "a split: another new firm took over from the old one at the same time",
            ),
            weight: config.chain.split,
            events: line.map(|line| line.events.clone()).unwrap_or_default(),
        })
    }

    /// Whether a pair is explained by a chain through a third firm.
    fn through(&self, config: &Config, key: Key) -> Option<Evidence> {
        let flagged = config.levels.yellow;
        let direct = self.held.get(&key)?;
        let middle =
            self.next(key.0).map(|k| k.1).filter(|middle| *middle != key.1).find(|middle| {
                let first = self.held.get(&(key.0, *middle));
                let second = self.held.get(&(*middle, key.1));
                first.is_some_and(|a| a.born < direct.born && a.confidence(0.0) >= flagged)
                    && second.is_some_and(|b| b.confidence(0.0) >= flagged)
            })?;
        let line = self.held[&(key.0, middle)].scales.lines.first();
        Some(Evidence {
            statement: Text::new(
                "经由中间主体相承，非直接前后主体",
                "the succession runs through a firm in between",
            ),
            weight: -config.chain.through,
            events: line.map(|line| line.events.clone()).unwrap_or_default(),
        })
    }

    /// Whether the two stand the other way round: the one that is thought to carry on had trouble of
    /// its own first, and the other began anew after it.
    fn reversed(&self, config: &Config, key: Key, scored: &Scored) -> Option<Evidence> {
        let other = self.held.get(&(key.1, key.0))?;
        let stronger = other.bits > scored.bits;
        let near = other.confidence(0.0) >= config.levels.yellow;
        let line = other.scales.lines.first().filter(|_| stronger && near)?;
        Some(Evidence {
            statement: Text::new(
                "方向相反的一对前后主体更为可信",
                "the pair the other way round is more likely",
            ),
            weight: -config.chain.through,
            events: line.events.clone(),
        })
    }

    fn chain(&self, config: &Config, key: Key) -> Vec<EntityId> {
        let mut chain = vec![key.1, key.0];
        while chain.len() < CHAIN_MAX {
            let first = chain[chain.len() - 1];
            let past = self.past(first).filter(|k| !chain.contains(&k.0));
            match self.best(past) {
                Some((confidence, (old, _))) if confidence >= config.levels.blue => chain.push(old),
                _ => break,
            }
        }
        chain.reverse();
        chain
    }

    fn past(&self, id: EntityId) -> impl Iterator<Item = Key> {
        self.predecessors.get(&id).into_iter().flatten().map(move |old| (*old, id))
    }

    fn next(&self, id: EntityId) -> impl Iterator<Item = Key> {
        self.successors.get(&id).into_iter().flatten().map(move |new| (id, *new))
    }

    /// The most confident of some pairs; the first in order among equals.
    fn best(&self, pairs: impl Iterator<Item = Key>) -> Option<(f64, Key)> {
        pairs
            .filter_map(|key| Some((self.held.get(&key)?.confidence(0.0), key)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
    }
}

fn take_out(map: &mut BTreeMap<EntityId, BTreeSet<EntityId>>, key: EntityId, value: EntityId) {
    if let Some(values) = map.get_mut(&key) {
        values.remove(&value);
        if values.is_empty() {
            map.remove(&key);
        }
    }
}

/// When we knew: the latest fact of the day about either side, or the start of the day.
fn moment(graph: &Graph, key: Key, today: Day) -> Time {
    [key.0, key.1]
        .into_iter()
        .filter_map(|id| graph.touched_at(id))
        .filter(|at| at.day() == today)
        .max()
        .unwrap_or(today.start())
}

fn level(config: &Config, confidence: f64) -> Option<Level> {
    let levels = &config.levels;
    [
        (levels.red, Level::Red),
        (levels.orange, Level::Orange),
        (levels.yellow, Level::Yellow),
        (levels.blue, Level::Blue),
    ]
    .into_iter()
    .find(|(least, _)| confidence >= *least)
    .map(|(_, level)| level)
}

fn fallen_because() -> Evidence {
    Evidence {
        statement: Text::new(
            "依据已撤回、修复或不再成立",
            "what it rested on was withdrawn, repaired or no longer holds",
        ),
        weight: 0.0,
        events: Vec::new(),
    }
}
