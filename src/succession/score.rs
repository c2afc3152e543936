//! How likely is one pair? All families, the gate, and the confidence.
//!
//! Invariant: a pure function of the graph and the model. Must not know: other pairs.

use crate::graph::{Graph, LinkKey, Owner, Profile, Tie};
use crate::id::EntityId;
use crate::succession::birth::{Birth, BirthKind, births, newest};
use crate::succession::circle;
use crate::succession::compare::{self, Sides};
use crate::succession::config::{Config, Gate};
use crate::succession::gate::Case;
use crate::succession::motive;
use crate::succession::weigh::Scales;
use crate::succession::{assets, counter, staff};
use crate::text::Family;
use crate::time::Day;
use std::collections::BTreeSet;

/// A pair as it stands by itself.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Scored {
    /// Log-odds in bits, prior included.
    pub(super) bits: f64,
    /// The most that the gate allows.
    pub(super) cap: f64,
    /// Whether the gate lacks one family at most: then another pair may lend it.
    pub(super) near: bool,
    /// What the gate looked at.
    pub(super) case: Case,
    /// When the new firm began anew.
    pub(super) born: Day,
    /// The evidence.
    pub(super) scales: Scales,
}

impl Scored {
    /// The confidence when another pair lends the family that the gate lacks.
    pub(super) fn confidence_ungated(&self, more: f64, gate: &Gate) -> f64 {
        let open = self.near && self.cap.total_cmp(&gate.cap_open).is_eq();
        squash(self.bits + more).min(if open { 1.0 } else { self.cap })
    }

    /// The confidence with so many bits more (or less).
    pub(super) fn confidence(&self, more: f64) -> f64 {
        squash(self.bits + more).min(self.cap)
    }
}

/// Bits of log-odds to a probability.
fn squash(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// Whether two enterprises may be a pair at all: a cheap look before the comparison.
pub(super) fn may_pair(graph: &Graph, config: &Config, old: EntityId, new: EntityId) -> bool {
    let (Some(a), Some(b)) = (graph.profile(old), graph.profile(new)) else { return false };
    let Some(first) = a.troubles.first() else { return false };
    let reach = first.on.0 - config.windows.preempt;
    old != new
        && a.is_scored()
        && b.is_scored()
        && newest(config, b).is_some_and(|day| day.0 >= reach)
        && fitting_births(config, a, b).next().is_some()
}

/// Whether one is or was a branch of the other: they are one legal person, not two (Company Law,
/// art. 13). A registered branch bears the full name of its company in front of its own.
fn is_branch_of(branch: &Profile, company: &Profile) -> bool {
    branch.names.spans().any(|span| {
        let name = &span.value.form;
        name.is_branch()
            && company.names.spans().any(|other| {
                let whole = &other.value.form.full;
                name.full.len() > whole.len() && name.full.starts_with(&**whole)
            })
    })
}

/// The births of the new firm around which the old one had trouble.
fn fitting_births<'a>(
    config: &'a Config,
    old: &'a Profile,
    new: &Profile,
) -> impl Iterator<Item = Birth> + use<'a> {
    let age = config.windows.predecessor_age;
    births(config, new).into_iter().filter(move |birth| {
        let lived = old.established_on.is_none_or(|on| birth.on.0 - on.0 >= age);
        lived && motive::may_flee(config, old, birth.on)
    })
}

/// Scores a pair; `None` when it is no candidate: nothing leads from one to the other.
pub(super) fn score(
    graph: &Graph,
    config: &Config,
    agents: &BTreeSet<EntityId>,
    (old_id, new_id): (EntityId, EntityId),
) -> Option<Scored> {
    let (old, new) = (graph.profile(old_id)?, graph.profile(new_id)?);
    if !may_pair(graph, config, old_id, new_id) || is_branch_of(old, new) || is_branch_of(new, old)
    {
        return None;
    }
    let shared = shared(graph.ties(old_id), graph.ties(new_id));
    let led =
        |(tie, _): &(Tie, Tie)| config.search.leads.contains(&tie.kind) && !graph.is_hub(tie.key);
    let given = old.assets.iter().any(|m| m.away && m.other == Some(Owner::Enterprise(new_id)));
    let led = given || shared.iter().any(led) || staff_meets(config, old, new);
    if !led && circle::behind(graph, old_id, new_id).is_none() {
        return None;
    }
    let values: Vec<LinkKey> = shared.iter().map(|(tie, _)| tie.key).collect();
    fitting_births(config, old, new)
        .map(|birth| {
            let (birth, shared) = (&birth, &shared);
            let sides = Sides { graph, config, old_id, new_id, old, new, birth, shared, agents };
            weigh(&sides, values.clone())
        })
        .max_by(|a, b| a.confidence(0.0).total_cmp(&b.confidence(0.0)))
}

fn staff_meets(config: &Config, old: &Profile, new: &Profile) -> bool {
    let Some(sketch) = staff::troubled_sketch(config, old) else { return false };
    new_sketches(config, new).is_some_and(|theirs| staff::meet(&sketch, &theirs))
}

/// The sketch by which a new enterprise is searched: that of its last birth.
pub(super) fn new_sketches<'a>(config: &Config, new: &'a Profile) -> Option<staff::Sketch<'a>> {
    let birth = births(config, new).pop()?;
    staff::new_sketch(config, new, birth.on)
}

fn weigh(sides: &Sides<'_>, values: Vec<LinkKey>) -> Scored {
    let config = sides.config;
    let mut scales = Scales { values, ..Scales::default() };
    compare::weigh(&mut scales, sides);
    assets::weigh(&mut scales, sides);
    scales.values.sort_unstable();
    scales.values.dedup();
    let heads = motive::headcounts(config, sides.old, sides.birth.on);
    let overlap = staff::weigh(&mut scales, sides, &heads);
    let (motive, decline) = motive::weigh(&mut scales, sides, &heads);
    let case = Case {
        bits: scales.bits(),
        motive,
        decline,
        sale: assets::sale(sides),
        majority: overlap.is_some_and(|found| found.of_new >= config.gate.majority),
        grew: sides.birth.kind == BirthKind::Grew,
    };
    let came = overlap.map_or(0.0, |found| found.of_old);
    let ceiling = counter::weigh(&mut scales, sides, &case, (&heads, came));
    let cap = case.lack(config).map_or(1.0, |lack| lack.ceiling(config)).min(ceiling);
    // What is lawful, lives or was left is not mended by another pair.
    let near = case.is_near(config) && ceiling >= 1.0;
    for family in Family::ALL {
        scales.scale(family, config.scale.of(family));
    }
    Scored { bits: config.prior + scales.sum(), cap, near, case, born: sides.birth.on, scales }
}

/// The ties of both to the same values, by key.
fn shared(a: &[Tie], b: &[Tie]) -> Vec<(Tie, Tie)> {
    let mut shared = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].key.cmp(&b[j].key) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared.push((a[i], b[j]));
                i += 1;
                j += 1;
            }
        }
    }
    shared
}
