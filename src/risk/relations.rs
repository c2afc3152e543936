//! What do its ties to others add? Troubles of relatives, neighbours, batches, rings, parents.
//!
//! Invariant: own facts never count, one fact counts once, and a pair that the successor
//! indicator counts is left out. Every enterprise on which a result may lean is told, so that its
//! change is followed. Must not know: how the graph is kept.

use crate::graph::{
    Graph, Holder, LinkKey, LinkKind, Office, Post, Profile, Related, Trouble, TroubleKind,
    TroubleState,
};
use crate::id::{EntityId, EventId};
use crate::risk::config::{
    Barred, Batch, Config, Contact, Indicator, Measure, Parent, Points, Relatives, Unit, band,
};
use crate::risk::measure::Hit;
use crate::risk::record::Record;
use crate::succession::Pair;
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An enterprise among its ties, on a day.
pub(crate) struct Kin<'a> {
    /// The model.
    pub(crate) config: &'a Config,
    /// The graph.
    pub(crate) graph: &'a Graph,
    /// What is known of it.
    pub(crate) record: &'a Record,
    /// Predecessors that it is thought to carry on.
    pub(crate) pairs: &'a BTreeMap<EntityId, Arc<Pair>>,
    /// Who has heeded troubles at all: not 0.
    pub(crate) troubled: &'a FxHashMap<EntityId, u64>,
    /// Who.
    pub(crate) entity: EntityId,
    /// The day.
    pub(crate) today: Day,
    /// The next day on which time alone may change a result.
    pub(crate) next: Cell<Day>,
    /// On whom a result may lean.
    pub(crate) leans: RefCell<Vec<EntityId>>,
}

/// What the relational indicators at these places give.
pub(crate) fn find(kin: &Kin<'_>, places: &[usize]) -> Vec<(usize, Hit)> {
    let Some(profile) = kin.graph.profile(kin.entity) else { return Vec::new() };
    let posts = profile.posts();
    let mut hits = Vec::new();
    for &place in places {
        let indicator = kin.config.at(place);
        let best = indicator
            .measures
            .iter()
            .filter_map(|measure| kin.measure(indicator, measure, profile, &posts))
            .filter(|hit| hit.points != 0.0)
            .max_by(|a, b| a.points.total_cmp(&b.points));
        hits.extend(best.map(|hit| (place, hit)));
    }
    let mut leans = kin.leans.borrow_mut();
    leans.sort_unstable();
    leans.dedup();
    hits
}

impl Kin<'_> {
    fn measure(
        &self,
        indicator: &Indicator,
        measure: &Measure,
        profile: &Profile,
        posts: &[Post<'_>],
    ) -> Option<Hit> {
        match measure {
            Measure::Relatives(rule) => Some(self.relatives(indicator, rule, posts)),
            Measure::Unit(rule) => Some(self.unit(rule)),
            Measure::Contact(rule) => self.contact(rule, profile),
            Measure::Batch(rule) => self.batch(indicator, rule, profile, posts),
            Measure::Nominee(rule) => self.nominee(indicator, rule, posts),
            Measure::Ring(points) => self.ring(points),
            Measure::Parent(rule) => Some(self.parent(rule, profile)),
            Measure::Barred(rule) => self.barred(indicator, rule, posts),
            _ => None,
        }
    }

    fn wake(&self, day: Day) {
        if day > self.today && day < self.next.get() {
            self.next.set(day);
        }
    }

    fn lean(&self, on: EntityId) {
        self.leans.borrow_mut().push(on);
    }

    fn lean_on_all(&self, key: LinkKey) {
        let members = self.graph.members(key).iter().map(|member| member.entity);
        self.leans.borrow_mut().extend(members.filter(|id| *id != self.entity));
    }

    /// Whether another has troubles that any of these indicators heeds.
    fn is_troubled(&self, other: EntityId) -> bool {
        self.troubled.get(&other).is_some_and(|signature| *signature != 0)
    }

    /// Whether a trouble of another stands today; wakes when that changes.
    fn stands(&self, trouble: &Trouble) -> bool {
        self.wake(trouble.on);
        if let Some(until) = trouble.until {
            self.wake(until.plus(1));
        }
        if let TroubleState::Repaired(on) | TroubleState::Ended(on) = trouble.state {
            self.wake(on);
        }
        trouble.stands_on(self.today)
    }

    /// Whether the fact is also this enterprise's own.
    fn is_own(&self, trouble: &Trouble) -> bool {
        self.record.marks.iter().any(|mark| mark.id == trouble.event)
    }

    /// The heaviest standing trouble of another enterprise by the points of its kind.
    fn heaviest<'t>(
        &'t self,
        other: EntityId,
        indicator: &Indicator,
        points: impl Fn(TroubleKind) -> f64,
    ) -> Option<(f64, &'t Trouble)> {
        let mut best: Option<(f64, &Trouble)> = None;
        for trouble in self.graph.troubles(other) {
            let base = points(trouble.kind);
            if base == 0.0 || !self.stands(trouble) || self.is_own(trouble) {
                continue;
            }
            let age = self.today.since(trouble.on);
            if let Some(window) = indicator.window_days {
                if age > window {
                    continue;
                }
                self.wake(trouble.on.plus(window + 1));
            }
            let points = base * self.decay(trouble.on, indicator.half_life_days);
            if best.is_none_or(|(known, _)| points > known) {
                best = Some((points, trouble));
            }
        }
        best
    }

    /// As for marks in equal steps of whole days, but all troubles of all relatives step on the
    /// same days, so that one evaluation does for them; the days differ by enterprise.
    fn decay(&self, on: Day, half_life_days: Option<i32>) -> f64 {
        let Some(half) = half_life_days else { return 1.0 };
        let scale = &self.config.scale;
        let step = (half / scale.decay_steps).clamp(1, scale.decay_step_days_max);
        let shift = (self.entity.rank() >> 1) as i32 % step;
        let stepped = Day((self.today.0 - shift).div_euclid(step) * step + shift);
        self.wake(stepped.plus(step));
        let age = stepped.since(on).max(0);
        (-f64::from(age) / f64::from(half)).exp2()
    }

    /// Troubles of those who share persons, accounts or contacts: of each the heaviest, by the
    /// strongest of the ties, weighed by how rare what they share is now.
    fn relatives(&self, indicator: &Indicator, rule: &Relatives, posts: &[Post<'_>]) -> Hit {
        let mut strongest: BTreeMap<EntityId, f64> = BTreeMap::new();
        for related in self.graph.related(self.entity, |kind| rule.links.contains_key(&kind)) {
            let factor = rule.links.get(&related.kind).copied().unwrap_or_default();
            if !self.is_troubled(related.other) || self.pairs.contains_key(&related.other) {
                continue;
            }
            let present = if related.current { 1.0 } else { rule.past_factor };
            let most = factor * present * related.rarity;
            let known = strongest.entry(related.other).or_default();
            // Offices only lower it: they are looked up where they can matter.
            if most > *known {
                *known = known.max(most * self.office(rule, &related, posts));
            }
        }
        let mut hit = Hit::default();
        let mut counted: BTreeSet<&EventId> = BTreeSet::new();
        for (other, strength) in strongest {
            let points = |kind| rule.troubles.get(&kind).copied().unwrap_or(0.0);
            self.lean(other);
            if let Some((points, trouble)) = self.heaviest(other, indicator, points)
                && counted.insert(&trouble.event)
            {
                hit.points += strength * points;
                hit.events.push(trouble.event.clone());
                hit.firm = true;
            }
        }
        hit
    }

    /// How much a shared person counts, by the offices on both sides.
    fn office(&self, rule: &Relatives, related: &Related, posts: &[Post<'_>]) -> f64 {
        if related.kind != LinkKind::Person {
            return 1.0;
        }
        let theirs = self.graph.profile(related.other).map(Profile::posts).unwrap_or_default();
        let best = |posts: &[Post<'_>]| {
            posts
                .iter()
                .filter(|post| LinkKey::person(post.person) == related.key)
                .map(|post| match post.office {
                    Office::LegalRep | Office::Holder => 1.0,
                    Office::Officer(_) => rule.officer_factor,
                    Office::Liaison => rule.liaison_factor,
                })
                .fold(0.0, f64::max)
        };
        best(posts) * best(&theirs)
    }

    /// The share of bad neighbours in the room, less that of the building.
    fn unit(&self, rule: &Unit) -> Hit {
        let mut best = Hit::default();
        let current = self.graph.ties(self.entity).iter().filter(|tie| tie.until.is_none());
        let units: Vec<LinkKey> = current
            .filter(|tie| tie.kind == LinkKind::AddressUnit && !self.graph.is_hub(tie.key))
            .map(|tie| tie.key)
            .collect();
        for unit in units {
            let (bad, others, events) = self.bad_members(unit, &rule.troubles);
            if bad == 0 {
                continue;
            }
            let share = f64::from(bad) / (f64::from(others) + rule.prior);
            let hit = Hit {
                points: band(&rule.bands, share - self.building_share(rule)),
                events,
                firm: true,
            };
            if hit.points > best.points {
                best = hit;
            }
        }
        best
    }

    fn building_share(&self, rule: &Unit) -> f64 {
        let building = self.graph.ties(self.entity).iter().find(|tie| {
            tie.kind == LinkKind::Building && tie.until.is_none() && !self.graph.is_hub(tie.key)
        });
        let Some(building) = building else { return 0.0 };
        let (bad, others, _) = self.bad_members(building.key, &rule.troubles);
        // A building whose only bad ones are in this room has no base rate of its own.
        if others <= 2 { 0.0 } else { f64::from(bad) / (f64::from(others) + rule.prior) / 2.0 }
    }

    /// Of the other present members of a value: how many have standing troubles of the kinds, how
    /// many they are, and the events.
    fn bad_members(&self, key: LinkKey, kinds: &[TroubleKind]) -> (u32, u32, Vec<EventId>) {
        let (mut bad, mut others, mut events) = (0, 0, Vec::new());
        for member in self.graph.members(key) {
            if member.entity == self.entity || member.until.is_some() {
                continue;
            }
            others += 1;
            if !self.is_troubled(member.entity) || self.pairs.contains_key(&member.entity) {
                continue;
            }
            let mut troubles = self.graph.troubles(member.entity).iter();
            let standing =
                troubles.find(|t| kinds.contains(&t.kind) && self.stands(t) && !self.is_own(t));
            if let Some(trouble) = standing {
                bad += 1;
                events.push(trouble.event.clone());
            }
        }
        if self.graph.members(key).iter().any(|m| self.is_troubled(m.entity)) {
            self.lean_on_all(key);
        }
        (bad, others, events)
    }

    /// A phone or e-mail that several share, unless a filing agent is among them.
    fn contact(&self, rule: &Contact, profile: &Profile) -> Option<Hit> {
        let event = &profile.registered.as_ref()?.0;
        let mut best = Hit::default();
        for tie in self.graph.ties(self.entity) {
            if !matches!(tie.kind, LinkKind::Phone | LinkKind::Email) || tie.until.is_some() {
                continue;
            }
            let class = self.graph.rarity_class(tie.key);
            let points = band(&rule.bands, f64::from(class));
            if class >= rule.class_max || points <= best.points {
                continue;
            }
            self.lean_on_all(tie.key);
            let members = self.graph.members(tie.key);
            let agent = members.iter().any(|member| {
                members.iter().any(|other| {
                    let profile = self.graph.profile(other.entity);
                    profile.and_then(|p| p.agent) == Some(member.entity)
                })
            });
            if !agent {
                best = Hit { points, events: vec![event.clone()], firm: true };
            }
        }
        Some(best)
    }

    /// Those who founded this enterprise founded many others within days of it.
    fn batch(
        &self,
        indicator: &Indicator,
        rule: &Batch,
        profile: &Profile,
        posts: &[Post<'_>],
    ) -> Option<Hit> {
        let born = profile.established_on?;
        let last = born.plus(indicator.window_days?);
        if self.today > last {
            return None;
        }
        self.wake(last.plus(1));
        let mut best = Hit::default();
        for post in posts {
            let key = LinkKey::person(post.person);
            let few = band(&rule.bands, self.graph.members(key).len() as f64) == 0.0;
            if few || !matches!(post.office, Office::LegalRep | Office::Holder) {
                continue;
            }
            let members: Vec<(Day, EntityId)> = self
                .graph
                .founded(key, born.plus(-rule.days), born.plus(rule.days))
                .filter_map(|id| Some((self.graph.profile(id)?.established_on?, id)))
                .collect();
            let group = densest(members, rule.days, self.entity);
            let points = band(&rule.bands, group.len() as f64);
            if points > best.points {
                best = Hit { points, events: self.registrations(&group), firm: true };
            }
        }
        Some(best)
    }

    /// The events by which enterprises became known; leans on all of them.
    fn registrations(&self, group: &[EntityId]) -> Vec<EventId> {
        group
            .iter()
            .filter_map(|id| {
                self.lean(*id);
                self.graph.profile(*id)?.registered.as_ref().map(|(event, _)| event.clone())
            })
            .collect()
    }

    /// The representative became representative of several within days, without shares in them.
    fn nominee(&self, indicator: &Indicator, rule: &Batch, posts: &[Post<'_>]) -> Option<Hit> {
        let mine = posts.iter().find(|p| p.office == Office::LegalRep && p.until.is_none())?;
        let last = mine.from.plus(indicator.window_days?);
        if self.today > last || holds(posts, mine) {
            return None;
        }
        self.wake(last.plus(1));
        let key = LinkKey::person(mine.person);
        let members = self.graph.members(key);
        if band(&rule.bands, members.len() as f64) == 0.0 || self.graph.is_hub(key) {
            return None;
        }
        let mut events = BTreeMap::new();
        let mut days = Vec::new();
        for member in members {
            let Some(profile) = self.graph.profile(member.entity) else { continue };
            let theirs = profile.posts();
            let led = theirs
                .iter()
                .filter(|post| post.person == mine.person && post.office == Office::LegalRep)
                .max_by_key(|post| post.from);
            if let Some(post) = led
                && !holds(&theirs, post)
                && post.from.since(mine.from).abs() <= rule.days
            {
                self.lean(member.entity);
                days.push((post.from, member.entity));
                events.insert(member.entity, post.event.clone());
            }
        }
        let group = densest(days, rule.days, self.entity);
        let points = band(&rule.bands, group.len() as f64);
        let events = group.iter().filter_map(|id| events.get(id).cloned()).collect();
        Some(Hit { points, events, firm: true })
    }

    /// Holdings that lead back to it.
    fn ring(&self, points: &Points) -> Option<Hit> {
        let ring = self.graph.holdings().ring_of(self.entity)?;
        let events = self.registrations(ring);
        Some(Hit { points: points.points, events, firm: true })
    }

    /// Who controls it, or whom it pays most, has heavy troubles.
    fn parent(&self, rule: &Parent, profile: &Profile) -> Hit {
        let mut parties: Vec<(EntityId, f64)> = Vec::new();
        for controller in self.graph.controllers(self.entity) {
            if let Holder::Enterprise(id) = controller.party {
                parties.push((id, rule.controller));
            }
        }
        let mut payees: Vec<(EntityId, i64)> = profile
            .paid_to
            .iter()
            .filter(|(_, (_, number))| *number >= rule.payments_min)
            .map(|(id, (sum, _))| (*id, sum.0))
            .collect();
        payees.sort_by_key(|(id, sum)| (std::cmp::Reverse(*sum), *id));
        parties.extend(payees.iter().take(rule.payees).map(|(id, _)| (*id, rule.payee)));
        let mut best = Hit::default();
        for (id, points) in parties {
            self.lean(id);
            if points <= best.points || id == self.entity {
                continue;
            }
            let mut troubles = self.graph.troubles(id).iter();
            let heavy = troubles
                .find(|t| rule.troubles.contains(&t.kind) && self.stands(t) && !self.is_own(t));
            if let Some(trouble) = heavy {
                best = Hit { points, events: vec![trouble.event.clone()], firm: true };
            }
        }
        best
    }

    /// The representative led another enterprise when its registration was revoked.
    fn barred(&self, indicator: &Indicator, rule: &Barred, posts: &[Post<'_>]) -> Option<Hit> {
        let mine = posts.iter().find(|p| p.office == Office::LegalRep && p.until.is_none())?;
        let key = LinkKey::person(mine.person);
        if self.graph.is_hub(key) {
            return None;
        }
        for member in self.graph.members(key) {
            let other = member.entity;
            if other == self.entity || !self.is_troubled(other) {
                continue;
            }
            self.lean(other);
            let points = |kind| if rule.troubles.contains(&kind) { rule.points } else { 0.0 };
            let Some((_, trouble)) = self.heaviest(other, indicator, points) else { continue };
            let theirs = self.graph.profile(other).map(Profile::posts).unwrap_or_default();
            let led = theirs.iter().any(|post| {
                post.person == mine.person
                    && post.office == Office::LegalRep
                    && post.from <= trouble.on
                    && post.until.is_none_or(|until| until >= trouble.on.plus(-rule.days_before))
            });
            if led {
                let events = vec![trouble.event.clone(), mine.event.clone()];
                return Some(Hit { points: rule.points, events, firm: true });
            }
        }
        None
    }
}

/// Whether the person of a post also holds shares.
fn holds(posts: &[Post<'_>], of: &Post<'_>) -> bool {
    posts.iter().any(|post| post.office == Office::Holder && post.person == of.person)
}

/// The largest group within so many days that holds one enterprise; sorted.
fn densest(mut members: Vec<(Day, EntityId)>, days: i32, with: EntityId) -> Vec<EntityId> {
    members.sort_unstable();
    let mut best: &[(Day, EntityId)] = &[];
    for first in 0..members.len() {
        let end = members.partition_point(|(day, _)| day.since(members[first].0) <= days);
        let group = &members[first..end];
        if group.len() > best.len() && group.iter().any(|(_, id)| *id == with) {
            best = group;
        }
    }
    let mut group: Vec<EntityId> = best.iter().map(|(_, id)| *id).collect();
    group.sort_unstable();
    group.dedup();
    group
}
