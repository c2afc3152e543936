//! What is around an enterprise? Its relations, and its neighbourhood within a budget.
//!
//! The strongest relations are followed first; what is left out is counted and told. Values that
//! too many share (hubs) lead nowhere and are told apart. Must not know: who asks.

use crate::graph::{LinkKind, Owner};
use crate::id::EntityId;
use crate::money::Fen;
use crate::query::Stand;
use std::collections::{BTreeMap, BTreeSet};

/// Steps from the centre, at most.
pub const DEPTH_MAX: usize = 3;
/// Enterprises of a neighbourhood, at most.
pub const BUDGET_MAX: usize = 150;
/// Relations of a neighbourhood for each enterprise of it, at most.
const EDGES_PER_NODE: usize = 4;

/// How two enterprises are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The first is thought to live on as the second.
    Succession,
    /// The registry says that the first became the second.
    Declared,
    /// The first holds or held shares of the second.
    Holds,
    /// The first controls the second.
    Controls,
    /// Both hold or held one value.
    Shares(LinkKind),
    /// The first paid the second.
    Paid,
}

impl Kind {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succession => "succession",
            Self::Declared => "declared",
            Self::Holds => "holds",
            Self::Controls => "controls",
            Self::Paid => "paid",
            Self::Shares(LinkKind::Person) => "person",
            Self::Shares(LinkKind::AddressUnit) => "address_unit",
            Self::Shares(LinkKind::Building) => "building",
            Self::Shares(LinkKind::Phone) => "phone",
            Self::Shares(LinkKind::Email) => "email",
            Self::Shares(LinkKind::EmailDomain) => "email_domain",
            Self::Shares(LinkKind::Account) => "account",
            Self::Shares(LinkKind::Agent) => "agent",
            Self::Shares(LinkKind::Fingerprint) => "fingerprint",
            Self::Shares(LinkKind::Brand) => "brand",
            Self::Shares(LinkKind::Asset) => "asset",
            Self::Shares(LinkKind::OnlineShop) => "online_shop",
        }
    }
}

/// One relation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// From whom.
    pub from: EntityId,
    /// To whom; of a shared value, the other.
    pub to: EntityId,
    /// How.
    pub kind: Kind,
    /// 0–2: how strongly it is followed; of a shared value its rarity.
    pub weight: f64,
    /// Whether it holds at present.
    pub current: bool,
    /// Percent held.
    pub pct: Option<f64>,
    /// Sum paid.
    pub amount: Option<Fen>,
}

impl Edge {
    fn key(&self) -> (EntityId, EntityId, Kind) {
        match self.kind {
            Kind::Shares(_) => (self.from.min(self.to), self.from.max(self.to), self.kind),
            _ => (self.from, self.to, self.kind),
        }
    }
}

/// A value that too many share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hub {
    /// What it is.
    pub kind: Kind,
    /// How many share it.
    pub members: usize,
}

/// A neighbourhood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// The enterprises with their distance, the centre first.
    pub nodes: Vec<(EntityId, usize)>,
    /// The relations between them, strongest first.
    pub edges: Vec<Edge>,
    /// Enterprises that were seen and left out.
    pub nodes_omitted: usize,
    /// Relations that were seen and left out.
    pub edges_omitted: usize,
    /// Of what was paid within sight, the share left out, 0–1.
    pub amount_omitted: f64,
}

impl Stand {
    /// The relations of an enterprise, strongest first.
    pub fn relations(&self, me: EntityId) -> Vec<Edge> {
        let plain = |from, to, kind, weight| Edge {
            from,
            to,
            kind,
            weight,
            current: true,
            pct: None,
            amount: None,
        };
        let mut edges = Vec::new();
        for (a, b) in self.orders.pairs_of.get(&me).into_iter().flatten() {
            if let Some(pair) = self.board.pairs.get(&(*a, *b)) {
                edges.push(plain(*a, *b, Kind::Succession, 1.0 + pair.confidence));
            }
        }
        let mut shared: BTreeMap<(EntityId, LinkKind), (f64, bool)> = BTreeMap::new();
        for related in self.graph.related(me, |_| true) {
            let known = shared.entry((related.other, related.kind)).or_default();
            *known = (known.0.max(related.rarity), known.1 || related.current);
        }
        for ((other, kind), (rarity, current)) in shared {
            let weight = if current { rarity } else { rarity / 2.0 };
            edges.push(Edge { current, ..plain(me, other, Kind::Shares(kind), weight) });
        }
        let Some(profile) = self.graph.profile(me) else { return edges };
        for (holder, pct, span) in profile.corporate_holders() {
            let current = span.until.is_none();
            edges.push(Edge { current, pct, ..plain(holder, me, Kind::Holds, 1.0) });
        }
        let controlled = self.graph.control().controlled_by(crate::graph::Holder::Enterprise(me));
        for (owned, share) in controlled {
            let pct = Some(share.percent());
            edges.push(Edge { pct, ..plain(me, owned, Kind::Controls, 1.0) });
        }
        for declared in &profile.declared {
            let other = declared.other;
            let (from, to) = if declared.other_is_predecessor { (other, me) } else { (me, other) };
            edges.push(plain(from, to, Kind::Declared, 1.0));
        }
        for moved in &profile.assets {
            let Some(Owner::Enterprise(other)) = moved.other else { continue };
            let kind = Kind::Shares(LinkKind::Asset);
            edges.push(plain(me, other, kind, 0.8));
        }
        for (other, (sum, _)) in &profile.paid_to {
            let amount = Some(*sum);
            edges.push(Edge { amount, ..plain(me, *other, Kind::Paid, 0.3) });
        }
        edges.retain(|edge| edge.from != edge.to);
        strongest_first(&mut edges);
        edges.dedup_by_key(|edge| edge.key());
        edges
    }

    /// The values of an enterprise that too many share to lead anywhere.
    pub fn hubs(&self, me: EntityId) -> Vec<Hub> {
        let ties = self.graph.ties(me).iter().filter(|tie| self.graph.is_hub(tie.key));
        ties.map(|tie| Hub {
            kind: Kind::Shares(tie.kind),
            members: self.graph.members(tie.key).len(),
        })
        .collect()
    }

    /// What is around an enterprise, within so many steps and so many enterprises, along relations
    /// that may be shown.
    pub fn around(
        &self,
        centre: EntityId,
        depth: usize,
        budget: usize,
        may_show: &dyn Fn(&Edge) -> bool,
    ) -> Around {
        let (depth, budget) = (depth.min(DEPTH_MAX), budget.clamp(1, BUDGET_MAX));
        let mut distance = BTreeMap::from([(centre, 0)]);
        let mut nodes = vec![(centre, 0)];
        let mut seen: BTreeMap<(EntityId, EntityId, Kind), Edge> = BTreeMap::new();
        let mut omitted = BTreeSet::new();
        let mut reached = BTreeSet::new();
        let mut ring = vec![centre];
        for step in 1..=depth + 1 {
            let mut found: Vec<Edge> = Vec::new();
            for me in &ring {
                for edge in self.relations(*me) {
                    if may_show(&edge) {
                        found.push(edge);
                    }
                }
            }
            strongest_first(&mut found);
            let mut next = Vec::new();
            for edge in found {
                for side in [edge.from, edge.to] {
                    if step > depth || distance.contains_key(&side) {
                        continue;
                    }
                    if nodes.len() < budget {
                        distance.insert(side, step);
                        nodes.push((side, step));
                        reached.insert(edge.key());
                        next.push(side);
                    } else {
                        omitted.insert(side);
                    }
                }
                // What leads beyond the last step is out of sight, not left out.
                let known = |side: &EntityId| distance.contains_key(side) || omitted.contains(side);
                if known(&edge.from) && known(&edge.to) {
                    seen.insert(edge.key(), edge);
                }
            }
            ring = next;
        }
        let inside =
            |edge: &Edge| distance.contains_key(&edge.from) && distance.contains_key(&edge.to);
        let all_paid = paid(seen.values());
        let seen_edges = seen.len();
        let edges = chosen(seen.into_values().filter(inside), nodes.len(), |edge| {
            reached.contains(&edge.key()) || edge.from == centre || edge.to == centre
        });
        let kept = paid(edges.iter());
        let amount_omitted = if all_paid > 0.0 { 1.0 - kept / all_paid } else { 0.0 };
        Around {
            nodes_omitted: omitted.len(),
            edges_omitted: seen_edges - edges.len(),
            amount_omitted: (amount_omitted * 1000.0).round() / 1000.0,
            nodes,
            edges,
        }
    }
}

/// The relations that are shown: every enterprise keeps the one by which it was reached, the centre
/// all of its own; of the others the strongest.
fn chosen(
    edges: impl Iterator<Item = Edge>,
    nodes: usize,
    kept: impl Fn(&Edge) -> bool,
) -> Vec<Edge> {
    let (mut edges, mut others): (Vec<Edge>, Vec<Edge>) = edges.partition(kept);
    strongest_first(&mut others);
    others.truncate((nodes * EDGES_PER_NODE).saturating_sub(edges.len()));
    edges.append(&mut others);
    strongest_first(&mut edges);
    edges
}

fn paid<'a>(edges: impl Iterator<Item = &'a Edge>) -> f64 {
    edges.filter_map(|edge| edge.amount).map(|sum| sum.0 as f64).sum()
}

fn strongest_first(edges: &mut [Edge]) {
    edges.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.key().cmp(&b.key())));
}
