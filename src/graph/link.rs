//! Who shares it? Link values, their members, and how rare they are now.
//!
//! Invariant: the members of a value are exactly the enterprises whose profiles hold it, now or
//! formerly. Must not know: what sharing a value means.

use crate::event::AssetKind;
use crate::graph::profile::{AssetMove, Profile};
use crate::graph::timeline::Timeline;
use crate::id::{EntityId, PersonKey, stable_hash};
use crate::time::Day;
use rustc_hash::FxHashMap;

/// The kinds of value that tie enterprises.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A natural person in any office.
    Person,
    /// A room or other smallest unit of an address, registered or licensed.
    AddressUnit,
    /// A building or house number.
    Building,
    /// A phone.
    Phone,
    /// An e-mail address.
    Email,
    /// A mail domain that is not a public provider's.
    EmailDomain,
    /// A bank account.
    Account,
    /// A filing agent.
    Agent,
    /// A filing device or channel.
    Fingerprint,
    /// A brand word (字号).
    Brand,
    /// A named or numbered asset.
    Asset,
    /// An online shop.
    OnlineShop,
}

impl LinkKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Person,
        Self::AddressUnit,
        Self::Building,
        Self::Phone,
        Self::Email,
        Self::EmailDomain,
        Self::Account,
        Self::Agent,
        Self::Fingerprint,
        Self::Brand,
        Self::Asset,
        Self::OnlineShop,
    ];

    /// Its name in counts of bounds.
    pub const fn bound_name(self) -> &'static str {
        match self {
            Self::Person => "graph_hub_person",
            Self::AddressUnit => "graph_hub_address_unit",
            Self::Building => "graph_hub_building",
            Self::Phone => "graph_hub_phone",
            Self::Email => "graph_hub_email",
            Self::EmailDomain => "graph_hub_email_domain",
            Self::Account => "graph_hub_account",
            Self::Agent => "graph_hub_agent",
            Self::Fingerprint => "graph_hub_fingerprint",
            Self::Brand => "graph_hub_brand",
            Self::Asset => "graph_hub_asset",
            Self::OnlineShop => "graph_hub_online_shop",
        }
    }
}

/// How many values of a kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The kind.
    pub kind: LinkKind,
    /// Values.
    pub values: usize,
    /// Enterprises that hold or held one; one that holds two counts twice.
    pub ties: usize,
    /// Values that too many share.
    pub hubs: usize,
    /// Members of the most shared value.
    pub largest: usize,
}

impl Sizes {
    const fn of(kind: LinkKind) -> Self {
        Self { kind, values: 0, ties: 0, hubs: 0, largest: 0 }
    }
}

/// A link value: a stable hash of its kind and content.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct LinkKey(pub u64);

/// Whether the label of an asset tells it from others of its kind: a mark, shop, domain or vessel
/// has a name; of other things only a number does ("店内设施一批" is in every second contract).
fn tells_apart(kind: AssetKind, label: &str) -> bool {
    let named = matches!(
        kind,
        AssetKind::Trademark | AssetKind::OnlineShop | AssetKind::Domain | AssetKind::Vessel
    );
    named || label.chars().filter(char::is_ascii_digit).count() >= 3
}

impl LinkKey {
    /// The key of a value.
    pub fn new(kind: LinkKind, value: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(value.len() + 1);
        bytes.push(kind as u8);
        bytes.extend_from_slice(value);
        Self(stable_hash(&bytes))
    }

    /// The key of a filing agent.
    pub fn agent(agent: EntityId) -> Self {
        Self::new(LinkKind::Agent, &agent.rank().to_le_bytes())
    }

    /// The key of an enterprise itself: for those who note on whom they lean. Nobody holds it.
    pub fn enterprise(id: EntityId) -> Self {
        let mut bytes = vec![u8::MAX];
        bytes.extend_from_slice(&id.rank().to_le_bytes());
        Self(stable_hash(&bytes))
    }

    /// The key of a person.
    pub fn person(person: PersonKey) -> Self {
        Self::new(LinkKind::Person, &person.0.to_le_bytes())
    }
}

/// A value that an enterprise holds or held.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Tie {
    /// The value.
    pub key: LinkKey,
    /// Its kind.
    pub kind: LinkKind,
    /// First day.
    pub from: Day,
    /// First day on which it no longer held; `None` while it holds.
    pub until: Option<Day>,
}

/// An enterprise that holds or held a value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Member {
    /// The enterprise.
    pub entity: EntityId,
    /// First day.
    pub from: Day,
    /// First day on which it no longer held; `None` while it holds.
    pub until: Option<Day>,
}

/// All link values.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Links {
    members: FxHashMap<LinkKey, Vec<Member>>,
    ties: Vec<Box<[Tie]>>,
}

/// The class of rarity of a value with so many members: the power of two below.
pub(super) const fn rarity_class(members: usize) -> u32 {
    if members == 0 { 0 } else { members.ilog2() + 1 }
}

impl Links {
    /// The ties of an enterprise, by key.
    pub(super) fn ties(&self, id: EntityId) -> &[Tie] {
        self.ties.get(id.index()).map_or(&[], |ties| ties)
    }

    /// The members of a value, by enterprise.
    pub(super) fn members(&self, key: LinkKey) -> &[Member] {
        self.members.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Replaces the ties of an enterprise; notes the values whose class of rarity changed.
    pub(super) fn set(&mut self, id: EntityId, next: Vec<Tie>, crossed: &mut Vec<LinkKey>) -> bool {
        if self.ties.len() <= id.index() {
            self.ties.resize_with(id.index() + 1, Box::default);
        }
        if *self.ties[id.index()] == *next {
            return false;
        }
        let before = std::mem::replace(&mut self.ties[id.index()], next.into());
        for tie in &before {
            let gone = self.ties[id.index()].binary_search_by_key(&tie.key, |t| t.key).is_err();
            if gone {
                self.leave(id, tie.key, crossed);
            }
        }
        for at in 0..self.ties[id.index()].len() {
            let tie = self.ties[id.index()][at];
            self.join(id, tie, crossed);
        }
        true
    }

    /// How many values there are, how they are shared, and which are hubs by a bound.
    pub(super) fn sizes(&self, bound: usize) -> Vec<Sizes> {
        let mut sizes: Vec<Sizes> = LinkKind::ALL.iter().map(|kind| Sizes::of(*kind)).collect();
        for (key, members) in &self.members {
            let Some(first) = members.first() else { continue };
            let ties = self.ties(first.entity);
            let Ok(at) = ties.binary_search_by_key(key, |tie| tie.key) else { continue };
            let size = &mut sizes[ties[at].kind as usize];
            size.values += 1;
            size.ties += members.len();
            size.hubs += usize::from(members.len() >= bound);
            size.largest = size.largest.max(members.len());
        }
        sizes
    }

    /// How many values of each kind reach a bound.
    pub(super) fn hubs(&self, bound: usize) -> Vec<(LinkKind, u64)> {
        let mut hubs: Vec<(LinkKind, u64)> = LinkKind::ALL.iter().map(|kind| (*kind, 0)).collect();
        for (key, members) in &self.members {
            if members.len() >= bound
                && let Ok(at) = self.ties(members[0].entity).binary_search_by_key(key, |t| t.key)
            {
                hubs[self.ties(members[0].entity)[at].kind as usize].1 += 1;
            }
        }
        hubs.retain(|(_, times)| *times > 0);
        hubs
    }

    fn join(&mut self, entity: EntityId, tie: Tie, crossed: &mut Vec<LinkKey>) {
        let members = self.members.entry(tie.key).or_default();
        let member = Member { entity, from: tie.from, until: tie.until };
        match members.binary_search_by_key(&entity, |m| m.entity) {
            Ok(at) => members[at] = member,
            Err(at) => {
                members.insert(at, member);
                if rarity_class(members.len()) != rarity_class(members.len() - 1) {
                    crossed.push(tie.key);
                }
            }
        }
    }

    fn leave(&mut self, entity: EntityId, key: LinkKey, crossed: &mut Vec<LinkKey>) {
        let Some(members) = self.members.get_mut(&key) else { return };
        if let Ok(at) = members.binary_search_by_key(&entity, |m| m.entity) {
            members.remove(at);
            if rarity_class(members.len()) != rarity_class(members.len() + 1) {
                crossed.push(key);
            }
        }
        if members.is_empty() {
            self.members.remove(&key);
        }
    }
}

/// All ties of a profile, sorted by key; one for each value.
pub(super) fn ties_of(profile: &Profile) -> Vec<Tie> {
    let mut ties = Ties(Vec::with_capacity(24));
    for post in profile.posts() {
        ties.add(LinkKind::Person, &post.person.0.to_le_bytes(), post.from, post.until);
    }
    for span in profile.domiciles.spans() {
        ties.place(span.value, span.from, span.until);
    }
    for step in &profile.licences {
        if let Some(premises) = &step.premises {
            ties.place(premises, step.on, None);
        }
    }
    ties.words(LinkKind::Phone, &profile.phones);
    ties.words(LinkKind::Email, &profile.emails);
    for span in profile.emails.spans() {
        for email in &**span.value {
            if let Some(domain) = super::forms::own_domain(email) {
                ties.add(LinkKind::EmailDomain, domain.as_bytes(), span.from, span.until);
            }
        }
    }
    for span in profile.names.spans() {
        if let Some(brand) = span.value.brand() {
            ties.add(LinkKind::Brand, brand.as_bytes(), span.from, span.until);
        }
    }
    let born = profile.established_on.unwrap_or(Timeline::<()>::UNKNOWN);
    if let Some(agent) = profile.agent {
        ties.add(LinkKind::Agent, &agent.rank().to_le_bytes(), born, None);
    }
    if let Some(fingerprint) = &profile.fingerprint {
        ties.add(LinkKind::Fingerprint, fingerprint.as_bytes(), born, None);
    }
    for (account, days) in &profile.accounts {
        if let Some(first) = days.keys().next() {
            ties.add(LinkKind::Account, &account.to_le_bytes(), *first, None);
        }
    }
    for moved in &profile.assets {
        ties.asset(moved);
    }
    ties.joined()
}

struct Ties(Vec<Tie>);

impl Ties {
    fn add(&mut self, kind: LinkKind, value: &[u8], from: Day, until: Option<Day>) {
        self.0.push(Tie { key: LinkKey::new(kind, value), kind, from, until });
    }

    fn place(&mut self, place: &super::forms::Place, from: Day, until: Option<Day>) {
        if let Some(unit) = place.unit() {
            self.add(LinkKind::AddressUnit, &unit.to_le_bytes(), from, until);
        }
        if let Some(building) = place.building() {
            self.add(LinkKind::Building, &building.to_le_bytes(), from, until);
        }
    }

    fn words(&mut self, kind: LinkKind, line: &Timeline<std::sync::Arc<[Box<str>]>>) {
        for span in line.spans() {
            for word in &**span.value {
                self.add(kind, word.as_bytes(), span.from, span.until);
            }
        }
    }

    fn asset(&mut self, moved: &AssetMove) {
        let Some(label) = moved.label.as_deref().filter(|label| tells_apart(moved.kind, label))
        else {
            return;
        };
        let kind = match moved.kind {
            AssetKind::OnlineShop => LinkKind::OnlineShop,
            _ => LinkKind::Asset,
        };
        let from = if moved.away { Timeline::<()>::UNKNOWN } else { moved.on };
        let until = moved.away.then_some(moved.on);
        self.add(kind, format!("{}\0{label}", moved.kind.word()).as_bytes(), from, until);
    }

    fn joined(mut self) -> Vec<Tie> {
        self.0.sort_unstable();
        self.0.dedup_by(|later, earlier| {
            let same = later.key == earlier.key;
            if same {
                earlier.from = earlier.from.min(later.from);
                earlier.until = match (earlier.until, later.until) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            same
        });
        self.0
    }
}
