//! Which pairs may have changed? Changed enterprises against troubled ones, in both directions.
//!
//! Invariant: every pair whose score the epoch may have changed is in the answer of some share.
//! Must not know: how a pair is scored.

use crate::graph::{Delta, Graph, LinkKey, Owner, Profile};
use crate::id::{EntityId, Share};
use crate::succession::birth::{growth, newest};
use crate::succession::circle;
use crate::succession::config::Config;
use crate::succession::score::{may_pair, new_sketches};
use crate::succession::staff::{Side, Sketches, troubled_sketch};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// A pair: the troubled enterprise, and the one that may carry it on.
pub(super) type Key = (EntityId, EntityId);

/// One share of the search.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Search {
    sketches: Sketches,
    /// Filing agents that have been seen; their values weigh less.
    agents: BTreeSet<EntityId>,
    /// When those of the share grew; only those that did.
    grown: FxHashMap<EntityId, Vec<Day>>,
}

impl Search {
    /// Adds what another share holds.
    pub(super) fn merge(&mut self, other: Self) {
        self.sketches.merge(other.sketches);
        self.grown.extend(other.grown);
    }

    /// Drops what other shares hold.
    pub(super) fn keep(&mut self, share: Share) {
        self.sketches.keep(share);
        self.grown.retain(|id, _| share.owns(id.key()));
    }

    /// The candidates of this share that are not followed yet, sorted, without repeats.
    /// `of_agents`: see [`Self::agents_values`].
    pub(super) fn candidates(
        &mut self,
        graph: &Graph,
        config: &Config,
        delta: &Delta,
        of_agents: &[LinkKey],
        share: Share,
    ) -> Vec<Key> {
        let mut found = Vec::new();
        for id in &delta.changed {
            self.by_staff(graph, config, *id, share, &mut found);
            self.by_staff_again(graph, config, *id, &mut found);
            if share.owns(id.key()) {
                by_ties(graph, config, *id, &mut found);
            }
        }
        for id in &delta.reported {
            if delta.changed.binary_search(id).is_err() {
                if share.owns(id.key()) && self.grew(graph, config, *id) {
                    by_ties(graph, config, *id, &mut found);
                }
                let late = delta.revised.binary_search(id).is_ok();
                if late || matters(graph, config, *id) {
                    self.by_staff(graph, config, *id, share, &mut found);
                }
            }
        }
        for id in delta.controlled.iter().filter(|id| share.owns(id.key())) {
            if delta.changed.binary_search(id).is_err() {
                by_ties(graph, config, *id, &mut found);
            }
        }
        for key in delta.crossed.iter().chain(of_agents).filter(|key| share.owns(key.0)) {
            among_members(graph, config, *key, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a report changed when an enterprise grew: then it may be the new side of other pairs.
    fn grew(&mut self, graph: &Graph, config: &Config, id: EntityId) -> bool {
        let Some(profile) = graph.profile(id) else { return false };
        let now: Vec<Day> = growth(config, profile).into_iter().map(|(day, _)| day).collect();
        let was = self.grown.get(&id).map_or(&[][..], |days| days);
        if was == now {
            return false;
        }
        if now.is_empty() {
            self.grown.remove(&id);
        } else {
            self.grown.insert(id, now);
        }
        true
    }

    /// The values whose weight changed because a filing agent came to hold them, or left.
    pub(super) fn agents_values(
        &mut self,
        graph: &Graph,
        config: &Config,
        delta: &Delta,
    ) -> Vec<LinkKey> {
        let mut values = Vec::new();
        for id in &delta.changed {
            let is = graph.profile(*id).is_some_and(|p| super::compare::is_agent(config, p));
            let was = if is { !self.agents.insert(*id) } else { self.agents.remove(id) };
            let hired = || !graph.members(LinkKey::agent(*id)).is_empty();
            if is || was || hired() {
                values.extend(graph.ties(*id).iter().map(|tie| tie.key));
            }
        }
        values
    }

    /// All filing agents, up to date after [`Self::agents_values`].
    pub(super) fn agents(&self) -> &BTreeSet<EntityId> {
        &self.agents
    }

    /// How often a bound of the search bit.
    pub(super) fn bitten(&self) -> u64 {
        self.sketches.bitten
    }

    /// Files an enterprise's sketch, as troubled and as new, and notes whom it meets.
    fn by_staff(
        &mut self,
        graph: &Graph,
        config: &Config,
        id: EntityId,
        share: Share,
        found: &mut Vec<Key>,
    ) {
        let Some(profile) = graph.profile(id) else { return };
        let bucket_max = config.search.bucket_max;
        let troubled = profile.is_scored() && !profile.troubles.is_empty();
        if troubled || self.sketches.has(id, Side::Old) {
            let sketch = if troubled { troubled_sketch(config, profile) } else { None };
            let met = self.sketches.set(id, Side::Old, sketch, share, bucket_max);
            found.extend(
                met.into_iter().map(|new| (id, new)).filter(|k| allowed(graph, config, *k)),
            );
        }
        let born = profile.is_scored() && has_first_months(config, profile);
        if born || self.sketches.has(id, Side::New) {
            let sketch = if born { new_sketches(config, profile) } else { None };
            let met = self.sketches.set(id, Side::New, sketch, share, bucket_max);
            found.extend(
                met.into_iter().map(|old| (old, id)).filter(|k| allowed(graph, config, *k)),
            );
        }
    }
}

impl Search {
    /// Those whom a changed enterprise met before by staff, which may be pairs only now.
    fn by_staff_again(&self, graph: &Graph, config: &Config, id: EntityId, found: &mut Vec<Key>) {
        let as_old = self.sketches.met(id, Side::Old).iter().map(|new| (id, *new));
        let as_new = self.sketches.met(id, Side::New).iter().map(|old| (*old, id));
        found.extend(as_old.chain(as_new).filter(|key| allowed(graph, config, *key)));
    }
}

/// Whether there are reports that may be of the first months after a birth: none is born after its
/// newest change.
fn has_first_months(config: &Config, profile: &Profile) -> bool {
    let (Some(change), Some(first)) = (newest(config, profile), profile.staff.first_month()) else {
        return false;
    };
    first.0 - change.month().0 <= config.windows.staff_months_after
}

/// Whether the newest report of an enterprise can be the best around its troubles or its births.
fn matters(graph: &Graph, config: &Config, id: EntityId) -> bool {
    let Some(profile) = graph.profile(id) else { return false };
    let Some(month) = profile.staff.last_month() else { return false };
    let as_old = profile.troubles.last().is_some_and(|t| month.0 <= t.on.month().0 + 1);
    let after = config.windows.staff_months_after;
    as_old || newest(config, profile).is_some_and(|day| month.0 <= day.month().0 + after)
}

fn allowed(graph: &Graph, config: &Config, key: Key) -> bool {
    may_pair(graph, config, key.0, key.1)
}

/// Pairs of one enterprise with those that share a value, hubs left out, and with those it gave
/// assets to or got them from.
fn by_ties(graph: &Graph, config: &Config, id: EntityId, found: &mut Vec<Key>) {
    let mut try_both = |other: EntityId| {
        found.extend([(id, other), (other, id)].into_iter().filter(|k| allowed(graph, config, *k)));
    };
    for tie in graph.ties(id) {
        if config.search.leads.contains(&tie.kind) && !graph.is_hub(tie.key) {
            for member in graph.members(tie.key) {
                if member.entity != id {
                    try_both(member.entity);
                }
            }
        }
    }
    for other in circle::reached(graph, id) {
        if other != id {
            try_both(other);
        }
    }
    let Some(profile) = graph.profile(id) else { return };
    for moved in &profile.assets {
        if let Some(Owner::Enterprise(other)) = moved.other {
            try_both(other);
        }
    }
}

/// All pairs among the members of a value whose rarity changed; their number is bounded, since
/// hubs are left out, and a value seldom changes its class.
fn among_members(graph: &Graph, config: &Config, key: LinkKey, found: &mut Vec<Key>) {
    if graph.is_hub(key) {
        return;
    }
    let members = graph.members(key);
    for old in members.iter().filter(|m| !graph.troubles(m.entity).is_empty()) {
        for new in members {
            let pair = (old.entity, new.entity);
            if allowed(graph, config, pair) {
                found.push(pair);
            }
        }
    }
}
