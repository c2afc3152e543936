//! How are they tied? Temporal ties between enterprises, persons and link values.
//!
//! Every worker holds all of it: a [`Profile`] for each enterprise, folded from the facts about it
//! that hold now, and the members of every link value. When a fact is retired, or comes to a place
//! before the last, the enterprise's facts are folded anew in canonical order (time, id), so that
//! the way by which they became known leaves no trace.
//!
//! Invariant: the state is a function of the facts that hold now. Must not know: what a tie means
//! for risk or succession.

mod fold;
mod forms;
#[cfg(test)]
pub(crate) mod kit;
mod link;
mod month;
mod profile;
mod timeline;
mod trouble;

pub use fold::concerned;
pub use forms::{Named, Place, Scoped};
pub use link::{LinkKey, LinkKind, Member, Sizes, Tie};
pub use month::{Reports, Surge};
pub use profile::{
    Announcement, AssetMove, Auction, Declared, Ending, LicenceStep, ListStep, Office, Owner, Post,
    Profile, Stake,
};
pub use timeline::{Dated, Span, Timeline};
pub use trouble::{Trouble, TroubleKind, TroubleState};

pub mod control;
pub mod holdings;
pub mod paths;

pub use control::Holder;

use crate::entity::Fact;
use crate::event::{Body, Transfer};
use crate::id::{EntityId, EventId, stable_hash};
use crate::time::{Day, Time};
use control::{Control, Proportion};
use holdings::Holdings;
use link::{Links, rarity_class, ties_of};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Hub bounds of the graph (`graph.toml`).
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A value with as many members as this (a power of two), or more, leads from none of them to
    /// the others.
    pub members_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { members_max: 64 }
    }
}

/// Who controls an enterprise.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Controller {
    /// An enterprise or a person.
    pub party: Holder,
    /// Votes in percent that it controls, through chains and jointly with controlled firms.
    pub pct: f64,
    /// The controlled firms through which it holds.
    pub via: Vec<EntityId>,
}

/// What an epoch changed in the graph: input of the later stages.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Delta {
    /// Enterprises whose profile, ties or troubles changed by anything but a monthly report or a
    /// payment, sorted, without repeats.
    pub changed: Vec<EntityId>,
    /// Enterprises that paid or were paid, over accounts that were known; sorted, without repeats.
    pub paid: Vec<EntityId>,
    /// Enterprises with a monthly report of staff or activity (also a retired one), sorted,
    /// without repeats.
    pub reported: Vec<EntityId>,
    /// Of these, whose reports changed before the newest month; sorted, without repeats.
    pub revised: Vec<EntityId>,
    /// Link values whose number of members passed a power of two, sorted, without repeats: what
    /// rests on their rarity must be weighed again.
    pub crossed: Vec<LinkKey>,
    /// Enterprises that gained or lost a controller, or whose controller's share changed, sorted.
    pub controlled: Vec<EntityId>,
    /// Enterprises whose ring of cross-holdings is another than before, sorted.
    pub ringed: Vec<EntityId>,
}

/// Another enterprise that holds or held the same value.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Related {
    /// The other.
    pub other: EntityId,
    /// What they share.
    pub kind: LinkKind,
    /// The value.
    pub key: LinkKey,
    /// 0–1; see [`Graph::rarity`].
    pub rarity: f64,
    /// Whether both hold it at present.
    pub current: bool,
}

/// How rare a value of a class of rarity is; see [`Graph::rarity`].
fn rarity_of(class: u32) -> f64 {
    1.0 / f64::from(class.saturating_sub(1).max(1))
}

/// The facts about one enterprise.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Facts(#[serde(with = "crate::shared::list")] Vec<Arc<Fact>>);

/// The live relationship graph. Every worker holds all of it.
#[derive(Debug, Default)]
pub struct Graph {
    config: Arc<Config>,
    profiles: Vec<Option<Box<Profile>>>,
    /// By number: the id.
    ids: Vec<EntityId>,
    /// By enterprise, in canonical order; without monthly reports and payments.
    facts: Vec<Facts>,
    /// By enterprise: when the latest fact about it was learned.
    touched_at: Vec<Time>,
    links: Links,
    /// By claimant: how many complaints stand.
    claims: FxHashMap<u64, u32>,
    control: Control,
    holdings: Holdings,
    entities: usize,
}

crate::shared::fields! {
    Graph { profiles, ids, facts, touched_at, links, claims, control, holdings, entities }
}

impl Graph {
    /// An empty graph.
    pub fn new(config: Arc<Config>) -> Self {
        Self { config, ..Self::default() }
    }

    /// Takes the facts of one epoch, in canonical order.
    pub fn apply(&mut self, facts: &[Fact], _today: Day) -> Delta {
        let mut delta = Delta::default();
        let (mut retied, mut stale) = (Vec::new(), Vec::new());
        for fact in facts {
            match fact.event.body {
                Body::Staff(_) | Body::Activity(_) => self.report(fact, &mut delta),
                Body::None => {}
                Body::Transfer(ref transfer) => self.pay(fact, transfer, &mut delta, &mut retied),
                _ => self.learn(fact, &mut delta, &mut retied, &mut stale),
            }
        }
        stale.sort_unstable();
        stale.dedup();
        for id in &stale {
            self.rebuild(*id);
        }
        retied.extend(stale);
        retied.sort_unstable();
        retied.dedup();
        for id in &retied {
            if let Some(profile) = self.profiles[id.index()].as_deref() {
                self.links.set(*id, ties_of(profile), &mut delta.crossed);
                let held = profile.holders.current().map_or(Vec::new(), |stakes| shares(stakes));
                self.control.set_holders(*id, &held);
            }
        }
        for ids in [&mut delta.changed, &mut delta.paid, &mut delta.revised] {
            ids.sort_unstable();
            ids.dedup();
        }
        let settled = self.control.settle();
        delta.controlled = settled.controlled;
        delta.ringed = self.holdings.settle(&self.control, &settled.owners);
        delta.reported.sort_unstable();
        delta.reported.dedup();
        delta.crossed.sort_unstable();
        delta.crossed.dedup();
        delta
    }

    /// What is known of an enterprise.
    pub fn profile(&self, id: EntityId) -> Option<&Profile> {
        self.profiles.get(id.index())?.as_deref()
    }

    /// The facts about an enterprise that hold now, in canonical order; without monthly reports and
    /// payments.
    pub fn facts(&self, id: EntityId) -> &[Arc<Fact>] {
        self.facts.get(id.index()).map_or(&[], |facts| &facts.0)
    }

    /// Every profile, in the order in which the enterprises were first mentioned.
    pub fn profiles(&self) -> impl Iterator<Item = (EntityId, &Profile)> {
        self.profiles
            .iter()
            .enumerate()
            .filter_map(|(at, slot)| slot.as_deref().map(|p| (self.ids[at], p)))
    }

    /// Every entity with a profile, as [`Self::profiles`].
    pub fn entities(&self) -> impl Iterator<Item = EntityId> + use<'_> {
        self.profiles().map(|(id, _)| id)
    }

    /// How many enterprises have a profile.
    pub fn len(&self) -> usize {
        self.entities
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.entities == 0
    }

    /// Whether an enterprise may be scored, warned about and be in a pair.
    pub fn scored(&self, id: EntityId) -> bool {
        self.profile(id).is_some_and(Profile::is_scored)
    }

    /// The adverse facts of an enterprise, by day.
    pub fn troubles(&self, id: EntityId) -> &[Trouble] {
        self.profile(id).map_or(&[], |profile| &profile.troubles)
    }

    /// The values that an enterprise holds or held, by key.
    pub fn ties(&self, id: EntityId) -> &[Tie] {
        self.links.ties(id)
    }

    /// Who holds or held a value, by enterprise.
    pub fn members(&self, key: LinkKey) -> &[Member] {
        self.links.members(key)
    }

    /// The class of rarity of a value: 1 for one member, 2 for two or three, 3 for four to seven …
    /// A change of class is told in [`Delta::crossed`].
    pub fn rarity_class(&self, key: LinkKey) -> u32 {
        rarity_class(self.members(key).len())
    }

    /// How rare a value is now, 0–1: 1 when two share it, then falling as 1 / log₂ of the number
    /// of members (rounded down to a power of two).
    pub fn rarity(&self, key: LinkKey) -> f64 {
        rarity_of(self.rarity_class(key))
    }

    /// Whether a value is shared by too many to lead from one to another.
    pub fn is_hub(&self, key: LinkKey) -> bool {
        self.members(key).len() >= self.config.members_max
    }

    /// Whether a value is a hub of the lowest class of rarity, as it is when it has just become one.
    pub fn is_new_hub(&self, key: LinkKey) -> bool {
        self.rarity_class(key) == rarity_class(self.config.members_max)
    }

    /// Enterprises that share a value of some kinds with this one, hubs left out. An enterprise that
    /// shares several values appears several times.
    pub fn related(
        &self,
        id: EntityId,
        of: impl Fn(LinkKind) -> bool,
    ) -> impl Iterator<Item = Related> {
        let hub = self.config.members_max;
        // One look at the members of a value does for the bound, the rarity and the others.
        let values = self.ties(id).iter().filter(move |tie| of(tie.kind)).filter_map(move |tie| {
            let members = self.members(tie.key);
            (1..hub).contains(&members.len()).then_some((tie, members))
        });
        values.flat_map(move |(tie, members)| {
            let rarity = rarity_of(rarity_class(members.len()));
            members.iter().filter(move |member| member.entity != id).map(move |member| Related {
                other: member.entity,
                kind: tie.kind,
                key: tie.key,
                rarity,
                current: tie.until.is_none() && member.until.is_none(),
            })
        })
    }

    /// The members of a value that were established in a range of days: batches by one person,
    /// agent or fingerprint.
    pub fn founded(&self, key: LinkKey, from: Day, to: Day) -> impl Iterator<Item = EntityId> {
        self.members(key).iter().map(|m| m.entity).filter(move |id| {
            let on = self.profile(*id).and_then(|profile| profile.established_on);
            on.is_some_and(|on| from <= on && on <= to)
        })
    }

    /// Who controls an enterprise: over 50 % of the votes.
    pub fn controllers(&self, entity: EntityId) -> Vec<Controller> {
        let found = self.control.controllers_of(entity).into_iter();
        let told = found.map(|controller| Controller {
            party: controller.holder,
            pct: controller.share.percent(),
            via: controller.via,
        });
        told.collect()
    }

    /// All control pairs.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The rings of cross-holdings.
    pub fn holdings(&self) -> &Holdings {
        &self.holdings
    }

    /// How many standing complaints come from one claimant.
    pub fn claims_of(&self, claimant: u64) -> u32 {
        self.claims.get(&claimant).copied().unwrap_or(0)
    }

    /// When the latest fact about an enterprise was learned.
    pub fn touched_at(&self, id: EntityId) -> Option<Time> {
        self.profile(id).map(|_| self.touched_at[id.index()])
    }

    /// How often a bound of a search bit, by name. Hubs are counted once for each value.
    pub fn bounds(&self) -> BTreeMap<&'static str, u64> {
        let mut bounds = BTreeMap::new();
        for (kind, times) in self.links.hubs(self.config.members_max) {
            *bounds.entry(kind.bound_name()).or_default() += times;
        }
        bounds
    }

    /// How many link values of each kind there are. Looks at all of them.
    pub fn sizes(&self) -> Vec<Sizes> {
        self.links.sizes(self.config.members_max)
    }

    /// The short way of a monthly report.
    fn report(&mut self, fact: &Fact, delta: &mut Delta) {
        let Some(id) = fact.subject else { return };
        let profile = self.slot(id, fact.at);
        let known = profile.uscc;
        profile.identify(id, fact);
        let newest = if fact.asserts() {
            profile.report(fact)
        } else {
            profile.staff.remove(&fact.event.id);
            profile.activity.remove(&fact.event.id);
            false
        };
        if profile.uscc != known {
            delta.changed.push(id);
        }
        delta.reported.push(id);
        if !newest {
            delta.revised.push(id);
        }
    }

    /// The short way of a payment. `retied`: whose ties may be others now.
    fn pay(
        &mut self,
        fact: &Fact,
        transfer: &Transfer,
        delta: &mut Delta,
        retied: &mut Vec<EntityId>,
    ) {
        for id in fold::concerned(fact) {
            let profile = self.slot(id, fact.at);
            let known = profile.uscc;
            profile.identify(id, fact);
            if profile.pay(id, fact, transfer) {
                retied.push(id);
                delta.changed.push(id);
            } else if profile.uscc != known {
                delta.changed.push(id);
            }
            delta.paid.push(id);
        }
    }

    /// `retied`: whose ties or holders may be others now; `stale`: whose profile must be folded
    /// anew.
    fn learn(
        &mut self,
        fact: &Fact,
        delta: &mut Delta,
        retied: &mut Vec<EntityId>,
        stale: &mut Vec<EntityId>,
    ) {
        if let Body::ComplaintReceived(complaint) = &fact.event.body
            && let Some(token) = &complaint.complainant
        {
            let claims = self.claims.entry(stable_hash(token.as_bytes())).or_default();
            *claims = if fact.asserts() { *claims + 1 } else { claims.saturating_sub(1) };
        }
        let shared = Arc::new(fact.clone());
        for id in fold::concerned(fact) {
            self.slot(id, fact.at).identify(id, fact);
            delta.changed.push(id);
            let facts = &mut self.facts[id.index()].0;
            if !fact.asserts() {
                if let Some(at) = facts.iter().rposition(|f| f.event.id == fact.event.id) {
                    facts.remove(at);
                    stale.push(id);
                }
                continue;
            }
            if facts.last().is_some_and(|last| order(last) > order(fact)) {
                let at = facts.partition_point(|have| order(have) < order(fact));
                facts.insert(at, shared.clone());
                stale.push(id);
                continue;
            }
            facts.push(shared.clone());
            self.slot(id, fact.at).learn(id, fact);
            let ties = matches!(
                fact.event.body,
                Body::Established(_) | Body::Changed(_) | Body::Licence(_) | Body::Asset(_)
            );
            if ties {
                retied.push(id);
            }
        }
    }

    /// Folds the facts of an enterprise that hold now.
    fn rebuild(&mut self, id: EntityId) {
        let Some(old) = self.profiles[id.index()].take() else { return };
        let Profile { uscc, told, staff, activity, accounts, paid_to, .. } = *old;
        let kept = Profile { uscc, told, staff, activity, accounts, paid_to, ..Profile::default() };
        let mut profile = Box::new(kept);
        for fact in &self.facts[id.index()].0 {
            profile.learn(id, fact);
        }
        self.profiles[id.index()] = Some(profile);
    }

    fn slot(&mut self, id: EntityId, at: Time) -> &mut Profile {
        if self.profiles.len() <= id.index() {
            self.profiles.resize_with(id.index() + 1, || None);
            self.facts.resize_with(id.index() + 1, Facts::default);
            self.touched_at.resize(id.index() + 1, Time::default());
            self.ids.resize(id.index() + 1, id);
        }
        self.touched_at[id.index()] = at;
        let slot = &mut self.profiles[id.index()];
        if slot.is_none() {
            self.entities += 1;
            self.ids[id.index()] = id;
        }
        slot.get_or_insert_default()
    }
}

/// The canonical order of facts.
fn order(fact: &Fact) -> (Time, &EventId) {
    (fact.event.time, &fact.event.id)
}

/// What each known holder holds: the percentage, or else the part of the subscribed capital.
fn shares(stakes: &[Stake]) -> Vec<(Holder, Proportion)> {
    let capital = |stake: &Stake| stake.subscribed.map_or(0, |fen| fen.0.max(0) as u64);
    let whole: u64 = stakes.iter().map(capital).sum();
    let of = |stake: &Stake| {
        let holder = match stake.owner? {
            Owner::Enterprise(id) => Holder::Enterprise(id),
            Owner::Person(person) => Holder::Person(person),
        };
        let share = match stake.pct {
            Some(pct) => Proportion::from_percent(pct)?,
            None => Proportion::of_amounts(capital(stake), whole),
        };
        Some((holder, share))
    };
    stakes.iter().filter_map(of).collect()
}
