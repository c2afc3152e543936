//! What do they have in common? Control, premises, contact, name, business and filing.
//!
//! Each comparison is graded and weighed by how rare the shared value is now. Dependent signs
//! (one person in two offices, the building of a shared room) count once. Must not know: motive.

use crate::entity::AddressMatch;
use crate::entity::scope::{IndustryMatch, compare_industry};
use crate::event::{LicenceState, Role};
use crate::graph::{Graph, LinkKey, LinkKind, Office, Place, Post, Profile, Tie};
use crate::id::{EntityId, EventId};
use crate::succession::birth::Birth;
use crate::succession::circle;
use crate::succession::config::{Config, Control};
use crate::succession::weigh::Scales;
use crate::text::{Family, Text};
use crate::time::Day;
use std::collections::BTreeSet;

/// The two sides of a pair, and what they share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    pub(super) graph: &'a Graph,
    pub(super) config: &'a Config,
    pub(super) old_id: EntityId,
    pub(super) new_id: EntityId,
    pub(super) old: &'a Profile,
    pub(super) new: &'a Profile,
    pub(super) birth: &'a Birth,
    /// Ties of the old firm and of the new to the same values, by key.
    pub(super) shared: &'a [(Tie, Tie)],
    /// All filing agents.
    pub(super) agents: &'a BTreeSet<EntityId>,
}

impl Sides<'_> {
    /// The registrations of both.
    pub(super) fn registered(&self) -> Vec<EventId> {
        let both = [&self.old.registered, &self.new.registered];
        both.into_iter().flatten().map(|(event, _)| event.clone()).collect()
    }

    /// The factor by rarity, lowered when a filing agent holds the value too.
    fn factor(&self, tie: &Tie, agent_factor: f64) -> f64 {
        let factor = self.config.rarity.factor(tie.kind, self.graph.rarity_class(tie.key));
        if self.held_by_agent(tie.key) { factor.min(agent_factor) } else { factor }
    }

    /// Whether a third enterprise that holds the value is in the business of registering others.
    fn held_by_agent(&self, key: LinkKey) -> bool {
        self.graph.members(key).iter().any(|member| {
            let id = member.entity;
            let third = id != self.old_id && id != self.new_id;
            let hired = [self.old.agent, self.new.agent].contains(&Some(id));
            third && (hired || self.agents.contains(&id))
        })
    }
}

/// Whether an enterprise keeps books or files for others, by its scope or name.
pub(super) fn is_agent(config: &Config, profile: &Profile) -> bool {
    let scope = profile.scopes.current().map_or("", |scope| &scope.text);
    let name = profile.name();
    config.agents.words.iter().any(|word| scope.contains(&**word) || name.contains(&**word))
}

/// Whether two intervals of the old and the new firm matter for a birth.
fn ties_matter(sides: &Sides<'_>, old: &Tie, new: &Tie, before: i32, after: i32) -> bool {
    let born = sides.birth.on;
    let left = old.until.is_some_and(|until| until.0 < born.0 - before);
    let came = new.from.0 > born.0 + after;
    let gone = new.until.is_some_and(|until| until <= born);
    !left && !came && !gone && old.from.0 <= born.0 + after
}

/// Adds everything that is compared here.
pub(super) fn weigh(scales: &mut Scales, sides: &Sides<'_>) {
    control(scales, sides);
    premises(scales, sides);
    contact(scales, sides);
    name(scales, sides);
    business(scales, sides);
    filing(scales, sides);
}

fn control(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.control;
    let people = sides.shared.iter().filter(|(old, _)| old.kind == LinkKind::Person);
    if people.clone().next().is_some() {
        let (old_posts, new_posts) = (sides.old.posts(), sides.new.posts());
        for (tie, _) in people {
            person(scales, sides, tie, &old_posts, &new_posts);
        }
    }
    for (id, _, span) in sides.new.corporate_holders() {
        let mut theirs = sides.old.corporate_holders();
        if let Some((_, _, other)) = theirs.find(|(other, ..)| *other == id) {
            scales.add(
                Family::Control,
                model.company,
                Text::new("同一企业持有两家主体的股权", "one enterprise holds shares in both"),
                [span.event.clone(), other.event.clone()],
            );
            break;
        }
    }
    circle::weigh(scales, sides);
    scales.diminish(Family::Control, model.again);
    scales.cap(Family::Control, model.cap);
}

fn person(scales: &mut Scales, sides: &Sides<'_>, tie: &Tie, old: &[Post<'_>], new: &[Post<'_>]) {
    let model = &sides.config.control;
    let windows = &sides.config.windows;
    let born = sides.birth.on;
    let of = |post: &Post<'_>| LinkKey::person(post.person) == tie.key;
    let weight = |post: &Post<'_>| office_weight(model, post);
    let before = old.iter().filter(|post| {
        of(post)
            && post.from.0 <= born.0
            && post.until.is_none_or(|on| on.0 >= born.0 - windows.office_before)
    });
    let after = new.iter().filter(|post| {
        of(post)
            && post.from.0 <= born.0 + windows.office_after
            && post.until.is_none_or(|until| until > born)
    });
    let (before, after) = (
        before.max_by(|a, b| weight(a).total_cmp(&weight(b))),
        after.max_by(|a, b| weight(a).total_cmp(&weight(b))),
    );
    let (Some(before), Some(after)) = (before, after) else { return };
    let late = if after.from.0 > born.0 + windows.takeover { model.later } else { 1.0 };
    let offices = (weight(before) * weight(after)).sqrt();
    let left = before.until.map_or(1.0, |on| share_of_trouble(sides, on));
    let bits = model.base * offices * late * left * sides.factor(tie, model.agent);
    let (a, b) = (office_text(before), office_text(after));
    scales.add(
        Family::Control,
        bits,
        Text::new(
            format!("同一自然人：在前身任{}，在新主体任{}", a.zh, b.zh),
            format!("the same natural person: {} of the old firm, {} of the new", a.en, b.en),
        ),
        [before.event.clone(), after.event.clone()],
    );
}

/// Who left the old firm long before its trouble had little to flee from: 1 when it began before, or
/// as the person left, down to 0.
fn share_of_trouble(sides: &Sides<'_>, left: Day) -> f64 {
    let windows = &sides.config.windows;
    let near =
        sides.old.troubles.iter().filter(|trouble| {
            trouble.counts() && trouble.on.0 >= sides.birth.on.0 - windows.lookback
        });
    let first = near.map(|trouble| trouble.on.0).min().unwrap_or(left.0);
    let gap = (first - left.0).max(0);
    (1.0 - f64::from(gap) / f64::from(windows.office_before.max(1))).max(0.0)
}

fn office_weight(model: &Control, post: &Post<'_>) -> f64 {
    let office = &model.office;
    match post.office {
        Office::LegalRep => office.legal_rep,
        Office::Holder => {
            let pct = post.pct.unwrap_or(model.holder_full);
            office.holder * (pct / model.holder_full.max(1.0)).clamp(0.2, 1.0)
        }
        Office::Officer(Role::Director) => office.director,
        Office::Officer(Role::Manager) => office.manager,
        Office::Officer(Role::Supervisor) => office.supervisor,
        Office::Officer(Role::Finance) => office.finance,
        Office::Liaison => office.liaison,
    }
}

fn office_text(post: &Post<'_>) -> Text {
    match post.office {
        Office::LegalRep => Text::new("法定代表人", "legal representative"),
        Office::Holder => Text::new("股东", "shareholder"),
        Office::Officer(role) => Text::new(role.zh(), role.word()),
        Office::Liaison => Text::new("联络员", "liaison"),
    }
}

/// The nearest of the premises of both, registered or licensed, in the windows.
fn premises(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.premises;
    let born = sides.birth.on.0;
    let windows = &sides.config.windows;
    let left = born - windows.premises_before;
    let old_places = places(sides.old);
    let old_places: Vec<Premises<'_>> = old_places
        .into_iter()
        .filter(|p| p.from.0 <= born + windows.takeover && p.until.is_none_or(|on| on.0 >= left))
        .collect();
    let mut found: Option<(f64, AddressMatch, [EventId; 2])> = None;
    for new in places(sides.new) {
        let gone = new.until.is_some_and(|until| until <= sides.birth.on);
        if gone || new.from.0 > born + windows.licence_after {
            continue;
        }
        for old in &old_places {
            let (near, bits) = grade(sides, old.place, new.place);
            if bits > 0.0 && found.as_ref().is_none_or(|(have, ..)| bits > *have) {
                found = Some((bits, near, [old.event.clone(), new.event.clone()]));
            }
        }
    }
    let Some((bits, near, events)) = found else { return };
    let text = match near {
        AddressMatch::SameUnit => Text::new("同一场所（具体到房间、铺面或门牌）", "the same unit"),
        AddressMatch::Neighbour => Text::new("相邻房间或门牌", "the unit next door"),
        AddressMatch::SameFloor => Text::new("同一楼层", "the same floor"),
        _ => Text::new("同一楼宇", "the same building"),
    };
    scales.add(Family::Premises, bits.min(model.unit), text, events);
}

/// How near two addresses are, in bits by rarity.
fn grade(sides: &Sides<'_>, old: &Place, new: &Place) -> (AddressMatch, f64) {
    let model = &sides.config.premises;
    let near = old.compare(new);
    let base = match near {
        AddressMatch::SameUnit => model.unit,
        AddressMatch::Neighbour => model.neighbour,
        AddressMatch::SameFloor => model.floor,
        AddressMatch::SameBuilding => model.building,
        AddressMatch::SameRoad | AddressMatch::SameTown | AddressMatch::Different => {
            return (near, 0.0);
        }
    };
    let (kind, value) = match near {
        AddressMatch::SameUnit => (LinkKind::AddressUnit, new.unit()),
        _ => (LinkKind::Building, new.building()),
    };
    let class =
        value.map_or(1, |value| sides.graph.rarity_class(LinkKey::new(kind, &value.to_le_bytes())));
    let hosted = if old.is_hosted() || new.is_hosted() { model.hosted } else { 1.0 };
    (near, base * hosted * sides.config.rarity.factor(kind, class))
}

/// A place of business with the interval.
struct Premises<'a> {
    place: &'a Place,
    from: Day,
    until: Option<Day>,
    event: &'a EventId,
}

fn places(profile: &Profile) -> Vec<Premises<'_>> {
    let registered = profile.domiciles.spans().map(|span| Premises {
        place: span.value,
        from: span.from,
        until: span.until,
        event: span.event,
    });
    let licensed = profile.licences.iter().filter_map(|step| {
        let place = step.premises.as_ref()?;
        Some(Premises { place, from: step.on, until: None, event: &step.event })
    });
    registered.chain(licensed).collect()
}

pub(super) fn place_is_hosted(profile: &Profile) -> bool {
    profile.domiciles.current().is_some_and(crate::graph::Place::is_hosted)
}

fn contact(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.contact;
    let windows = &sides.config.windows;
    let mut domain_covered = false;
    for (old, new) in sides.shared {
        let (base, text) = match old.kind {
            LinkKind::Phone => (model.phone, Text::new("同一电话", "the same phone")),
            LinkKind::Email => (model.email, Text::new("同一电子邮箱", "the same e-mail address")),
            _ => continue,
        };
        domain_covered |= old.kind == LinkKind::Email;
        if ties_matter(sides, old, new, windows.premises_before, windows.licence_after) {
            let stays = old.kind == LinkKind::Phone
                && is_landline(sides.old, old.key)
                && scales.of(Family::Premises) >= sides.config.gate.family_bits;
            let stays = if stays { model.with_premises } else { 1.0 };
            let bits = base * stays * sides.factor(old, model.agent);
            scales.add(Family::Contact, bits, text, contact_events(sides));
        }
    }
    for (old, new) in sides.shared.iter().filter(|(old, _)| old.kind == LinkKind::EmailDomain) {
        if !domain_covered
            && ties_matter(sides, old, new, windows.premises_before, windows.licence_after)
        {
            let bits = model.domain * sides.factor(old, model.agent);
            let text = Text::new("同一自有邮箱域名", "the same mail domain of their own");
            scales.add(Family::Contact, bits, text, contact_events(sides));
        }
    }
    scales.diminish(Family::Contact, model.again);
    if scales.of(Family::Control) >= sides.config.gate.family_bits {
        scales.scale(Family::Contact, model.with_person);
    }
    scales.cap(Family::Contact, model.cap);
}

/// Whether a phone of an enterprise is a landline: it belongs to the premises, not to a person.
fn is_landline(profile: &Profile, key: LinkKey) -> bool {
    let mut phones = profile.phones.spans().flat_map(|span| span.value.iter());
    phones.any(|digits| {
        LinkKey::new(LinkKind::Phone, digits.as_bytes()) == key
            && (digits.starts_with('0') || digits.len() < 11)
    })
}

fn contact_events(sides: &Sides<'_>) -> Vec<EventId> {
    let of = |profile: &Profile| {
        let phones = profile.phones.latest().map(|entry| entry.event.clone());
        let emails = profile.emails.latest().map(|entry| entry.event.clone());
        phones.into_iter().chain(emails)
    };
    of(sides.old).chain(of(sides.new)).collect()
}

fn name(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.name;
    let born = sides.birth.on;
    let Some(new) = sides.new.names.on(Day(born.0 + sides.config.windows.takeover)) else { return };
    let best = sides
        .old
        .names
        .spans()
        .map(|span| (span.value.likeness(&new.value), span))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let Some((likeness, span)) = best else { return };
    let events = [span.event.clone(), new.event.clone()];
    if likeness >= 0.999 {
        let key = new.value.brand().map(|brand| LinkKey::new(LinkKind::Brand, brand.as_bytes()));
        let factor = key.map_or(0.0, |key| {
            sides.config.rarity.factor(LinkKind::Brand, sides.graph.rarity_class(key))
        });
        let text = Text::new("字号相同", "the same brand word in the name");
        scales.add(Family::Name, model.exact * factor, text, events);
    } else if likeness > model.alike_least {
        let grade = (likeness - model.alike_least) / (1.0 - model.alike_least).max(0.01);
        let text =
            Text::new("字号近似（字形、读音或包含）", "a like brand word (form, sound or part)");
        scales.add(Family::Name, model.alike * grade, text, events);
    }
}

fn business(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.business;
    let (old, new) = (sides.old, sides.new);
    if let (Some(a), Some(b)) = (old.industries.latest(), new.industries.latest()) {
        let bits = match compare_industry(&a.value, &b.value) {
            IndustryMatch::Class => model.industry,
            IndustryMatch::Group | IndustryMatch::Division => model.industry_near,
            IndustryMatch::Section | IndustryMatch::Different => 0.0,
        };
        let text = Text::new("同一行业", "the same industry");
        scales.add(Family::Business, bits, text, [a.event.clone(), b.event.clone()]);
    }
    if let (Some(a), Some(b)) = (old.scopes.latest(), new.scopes.latest()) {
        let likeness = a.value.form.similarity(&b.value.form);
        let above = (likeness - model.scope_least) / (1.0 - model.scope_least).max(0.01);
        let text = Text::new("经营范围相近", "a like business scope");
        scales.add(Family::Business, model.scope * above, text, [a.event.clone(), b.event.clone()]);
    }
    let born = sides.birth.on;
    let granted = new.licences.iter().find(|step| {
        matches!(step.state, LicenceState::Granted)
            && step.on.0 >= born.0 - sides.config.windows.takeover
            && step.on.0 <= born.0 + sides.config.windows.licence_after
            && old.licences.iter().any(|theirs| theirs.kind == step.kind)
    });
    if let Some(step) = granted {
        let text = Text::new(
            "新主体取得前身曾持有的同类许可",
            "the new firm got the kind of licence that the old one held",
        );
        let theirs = old.licences.iter().rfind(|theirs| theirs.kind == step.kind);
        let events = theirs.map(|s| s.event.clone()).into_iter().chain([step.event.clone()]);
        scales.add(Family::Business, model.licence, text, events);
    }
    scales.cap(Family::Business, model.cap);
}

fn filing(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.filing;
    for (old, _) in sides.shared {
        let (bits, text) = match old.kind {
            LinkKind::Fingerprint => {
                let by_agent = sides.old.agent.is_some() && sides.old.agent == sides.new.agent;
                let factor = sides.factor(old, model.batch);
                let factor = if by_agent { factor.min(model.batch) } else { factor };
                let text = Text::new("同一申报设备或渠道", "the same filing device or channel");
                (model.fingerprint * factor, text)
            }
            LinkKind::Agent => (
                model.agent * sides.factor(old, 1.0),
                Text::new("同一申报代理机构", "the same filing agent"),
            ),
            _ => continue,
        };
        scales.add(Family::Filing, bits, text, sides.registered());
    }
    scales.cap(Family::Filing, model.cap);
}
