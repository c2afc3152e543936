//! Who became whom? Enterprises that came back under another name (换马甲).
//!
//! A *pair* is an enterprise with trouble and another that began anew around it (by founding, or by
//! the takeover of a shelf company). Evidence of nine families is compared in grades, weighed in
//! bits of log-odds by how rare it is now, and held against what a lawful succession, a tenant or a
//! shared host would show as well. A gate asks for a motive and for several families of which one
//! is strong.
//!
//! Invariant: a pair's confidence is a pure function of the graph and the model on that day.
//! Must not know: indicators, warnings, tasks.

mod assets;
mod birth;
mod circle;
mod compare;
mod config;
mod counter;
mod gate;
mod motive;
mod score;
mod search;
mod settle;
mod staff;
mod weigh;

#[cfg(test)]
mod tests;

pub use config::Config;
pub use gate::{Case, Lack, Sale};
pub use weigh::{Origin, Part};

use crate::graph::{Delta, Graph, Holder, LinkKey, LinkKind};
use crate::id::{EntityId, Share};
use crate::text::{Evidence, Family, Level};
use crate::time::{Day, Time};
use score::{Scored, score};
use search::Search;
use settle::Pairs;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A suspected succession: `predecessor` is thought to live on as `successor`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Pair {
    /// The enterprise with the trouble.
    pub predecessor: EntityId,
    /// The enterprise that is thought to carry it on.
    pub successor: EntityId,
    /// Calibrated confidence, 0–1, rounded to four digits.
    pub confidence: f64,
    /// `None` when too weak to warn about; yellow and above is flagged.
    pub level: Option<Level>,
    /// When the pair first reached the reporting threshold.
    pub first_seen_at: Time,
    /// When confidence, level or evidence last changed.
    pub last_changed_at: Time,
    /// Families that speak for it, in order.
    pub families: Vec<Family>,
    /// What the gate looked at, with two digits.
    pub case: Case,
    /// Evidence for, strongest first. The weight is log-odds in bits.
    pub evidence: Vec<Evidence>,
    /// The family of each line of `evidence`; `None` of what another pair lends.
    pub origins: Vec<Option<Origin>>,
    /// Evidence against, strongest first.
    pub against: Vec<Evidence>,
    /// From the first predecessor on; at least these two.
    pub chain: Vec<EntityId>,
}

/// A pair as it stands after an epoch that changed it. A pair that fell below the reporting
/// threshold is reported once more, with `level` `None` and its low confidence.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PairDelta {
    /// The pair now.
    pub pair: Arc<Pair>,
    /// The level before.
    pub level_before: Option<Level>,
}

/// What the search on one worker found of a pair.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// The enterprise with the trouble.
    pub predecessor: EntityId,
    /// The enterprise that may carry it on.
    pub successor: EntityId,
    /// The pair by itself; `None` when it is none any more.
    scored: Option<Arc<Scored>>,
}

/// The detector.
#[derive(Debug)]
pub struct Succession {
    config: Arc<Config>,
    share: Share,
    search: Search,
    pairs: Pairs,
}

crate::shared::fields! {
    Succession { search, pairs }
}

impl Succession {
    /// Adds the state of another share.
    pub(crate) fn merge(&mut self, other: Self) {
        self.search.merge(other.search);
    }

    /// Drops what other shares hold.
    pub(crate) fn keep(&mut self) {
        self.search.keep(self.share);
    }

    /// An empty detector for one worker's share of the pairs.
    pub fn new(config: Arc<Config>, share: Share) -> Self {
        Self { config, share, search: Search::default(), pairs: Pairs::default() }
    }

    /// Scores the pairs of this share that the epoch may have changed. The findings of all shares
    /// together, sorted by pair, go to [`Self::settle`]; two shares may find the same of a pair.
    pub fn search(&mut self, graph: &Graph, delta: &Delta, _today: Day) -> Vec<Finding> {
        let (config, share) = (&*self.config, self.share);
        let of_agents = self.search.agents_values(graph, config, delta);
        let mut keys = self.search.candidates(graph, config, delta, &of_agents, share);
        for ids in [&delta.changed, &delta.paid, &delta.reported, &delta.controlled] {
            for id in ids.iter().filter(|id| share.owns(id.key())) {
                keys.extend(self.pairs.of(*id));
            }
        }
        for id in delta.changed.iter().filter(|id| share.owns(id.key())) {
            keys.extend(self.pairs.sharing(LinkKey::enterprise(*id)));
            // Its people may sit beside each other now.
            for tie in graph.ties(*id).iter().filter(|tie| tie.kind == LinkKind::Person) {
                if !graph.is_hub(tie.key) {
                    for member in graph.members(tie.key) {
                        keys.extend(self.pairs.of(member.entity));
                    }
                }
            }
        }
        // What a parent is called tells whether it is the State's.
        for parent in delta.changed.iter().filter(|id| share.owns(id.key())) {
            for (id, _) in graph.control().controlled_by(Holder::Enterprise(*parent)) {
                keys.extend(self.pairs.of(id));
            }
        }
        for value in delta.crossed.iter().chain(&of_agents).filter(|value| share.owns(value.0)) {
            keys.extend(self.pairs.sharing(*value));
        }
        keys.sort_unstable();
        keys.dedup();
        let found = keys.into_iter().filter_map(|key| {
            let scored = score(graph, config, self.search.agents(), key);
            // A neighbour in a chain may lift a pair somewhat over its own confidence.
            let kept = scored.filter(|s| s.confidence(config.chain.bits) >= config.levels.report);
            (kept.is_some() || self.pairs.has(key)).then(|| Finding {
                predecessor: key.0,
                successor: key.1,
                scored: kept.map(Arc::new),
            })
        });
        found.collect()
    }

    /// Joins the findings of all shares: chains, levels, what changed. Every worker does the same.
    pub fn settle(&mut self, graph: &Graph, findings: &[Finding], today: Day) -> Vec<PairDelta> {
        self.pairs.settle(graph, &self.config, findings, today)
    }

    /// All pairs that stand at or above the reporting threshold, in order.
    pub fn pairs(&self) -> impl Iterator<Item = &Arc<Pair>> {
        self.pairs.told()
    }

    /// How often a bound of the search bit in this share, by name.
    pub fn bounds(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::from([("succession_staff_bucket", self.search.bitten())])
    }
}
