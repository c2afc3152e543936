//! Does it happen to many at once? Group warnings: nominees, brands, towns.

use super::super::book::{Book, holders_in};
use super::super::finding::{Finding, Sight, line, same};
use super::super::statement::told;
use super::super::trigger::{Step, level_at, level_kept};
use super::complaint::surprise_bits;
use super::customs::is_failed_lot;
use crate::entity::Fact;
use crate::event::{Body, Change, CustomsKind, EndKind, Event, List, ListState, Party};
use crate::id::{EntityId, EventId, PersonKey, Share, stable_hash};
use crate::text::{Evidence, Text};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What happened to a member of a group.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Entry {
    pub(super) entity: EntityId,
    #[serde(with = "crate::shared")]
    pub(super) event: Arc<Event>,
}

#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Group {
    label: String,
    person: Option<PersonKey>,
    entries: BTreeMap<(Day, EventId), Entry>,
}

/// Facts by group; this worker's groups.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Groups {
    groups: FxHashMap<u64, Group>,
    /// In which groups an event was put, so that it can be taken out again.
    placed: FxHashMap<EventId, Vec<u64>>,
    /// How many enterprises were registered in a town.
    sizes: FxHashMap<u64, u32>,
}

/// A group that a fact belongs to.
pub(in super::super) struct Belongs {
    key: u64,
    label: String,
    person: Option<PersonKey>,
    on: Day,
    entity: EntityId,
}

impl Groups {
    /// Adds the groups of another share.
    pub(in super::super) fn merge(&mut self, other: Self) {
        self.groups.extend(other.groups);
        for (event, keys) in other.placed {
            self.placed.entry(event).or_default().extend(keys);
        }
        self.sizes.extend(other.sizes);
    }

    /// Takes a fact in or out. Tells the groups that it changed.
    pub(in super::super) fn take(
        &mut self,
        fact: &Fact,
        share: Share,
        belongs: Option<Belongs>,
    ) -> BTreeSet<u64> {
        let mut touched = BTreeSet::new();
        let id = &fact.event.id;
        for key in self.placed.remove(id).unwrap_or_default() {
            if let Some(group) = self.groups.get_mut(&key) {
                group.entries.retain(|(_, event), _| event != id);
            }
            touched.insert(key);
        }
        let Some(belongs) = belongs.filter(|b| fact.asserts() && share.owns(b.key)) else {
            return touched;
        };
        let group = self.groups.entry(belongs.key).or_default();
        group.label = belongs.label;
        group.person = belongs.person;
        let entry = Entry { entity: belongs.entity, event: fact.event.clone() };
        group.entries.insert((belongs.on, id.clone()), entry);
        self.placed.entry(id.clone()).or_default().push(belongs.key);
        touched.insert(belongs.key);
        touched
    }

    /// Counts a registration in its town.
    pub(in super::super) fn count_town(&mut self, fact: &Fact) {
        let Body::Established(data) = &fact.event.body else { return };
        let size = self.sizes.entry(town_key(&data.division)).or_default();
        *size = if fact.asserts() { *size + 1 } else { size.saturating_sub(1) };
    }

    /// Whether no fact is in any group.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }

    /// The groups of which an enterprise is a member by some event.
    pub(in super::super) fn of_event(&self, id: &EventId) -> impl Iterator<Item = u64> {
        self.placed.get(id).into_iter().flatten().copied()
    }
}

/// The group of a new legal representative.
pub(in super::super) fn nominee_group(fact: &Fact) -> Option<Belongs> {
    let Body::Changed(data) = &fact.event.body else { return None };
    let person = data.changes.iter().find_map(|change| match change {
        Change::LegalRep { after, .. } => after.0,
        _ => None,
    })?;
    let key = stable_hash(format!("nominee|{}", person.0).as_bytes());
    let (label, entity) = (String::new(), fact.subject?);
    Some(Belongs { key, label, person: Some(person), on: data.approved_on, entity })
}

/// The group of a brand.
pub(in super::super) fn brand_group(fact: &Fact) -> Option<Belongs> {
    let Body::Customs(data) = &fact.event.body else { return None };
    if !is_failed_lot(data.kind) && data.kind != CustomsKind::Declaration {
        return None;
    }
    let label = data.brand.as_deref()?.trim().to_uppercase();
    let key = stable_hash(format!("brand|{label}").as_bytes());
    Some(Belongs { key, label, person: None, on: data.on, entity: fact.subject? })
}

/// The group of a town, of serious troubles.
pub(in super::super) fn town_group(fact: &Fact, book: &Book) -> Option<Belongs> {
    let on = serious_on(&fact.event.body)?;
    let entity = fact.subject?;
    let place = book.place(entity);
    if place.division.len() < 9 || !book.is_scored(entity) {
        return None;
    }
    let label = place.division.to_string();
    let key = town_key(&label);
    Some(Belongs { key, label, person: None, on, entity })
}

fn town_key(division: &str) -> u64 {
    stable_hash(format!("town|{division}").as_bytes())
}

/// Whether a fact is a serious trouble.
pub(in super::super) fn is_serious(body: &Body) -> bool {
    serious_on(body).is_some()
}

/// The day of a serious trouble: onto a list, or revoked.
pub(super) fn serious_on(body: &Body) -> Option<Day> {
    match body {
        Body::Listing(data) if data.state == ListState::Listed && data.list != List::RedList => {
            Some(data.on)
        }
        Body::Ended(data) if data.kind == EndKind::Revoked => Some(data.on),
        _ => None,
    }
}

/// One person who took over many enterprises without holding anything in them.
pub(in super::super) fn nominee(
    sight: Sight<'_>,
    groups: &Groups,
    key: u64,
    days: i32,
    levels: &[Step],
) -> Option<Finding> {
    let group = groups.groups.get(&key)?;
    let person = group.person?;
    let held: Vec<(&Day, &Entry)> = group
        .entries
        .iter()
        .filter(|(_, entry)| {
            sight.book.is_scored(entry.entity) && !holds(sight.book, entry.entity, person)
        })
        .map(|((day, _), entry)| (day, entry))
        .collect();
    let mut best: &[(&Day, &Entry)] = &[];
    let (mut start, mut most) = (0, 0);
    for end in 0..held.len() {
        while held[end].0.since(*held[start].0) >= days {
            start += 1;
        }
        let count = distinct(&held[start..=end]);
        if count > most {
            (best, most) = (&held[start..=end], count);
        }
    }
    let entries: Vec<&Entry> = best.iter().map(|(_, entry)| *entry).collect();
    let score = most as f64;
    let head = Text::new(
        format!("同一自然人{days}日内受让{most}户企业的法定代表人职务，且均不持股"),
        format!(
            "The same natural person became legal representative of {most} enterprises within \
             {days} days, holding nothing in any"
        ),
    );
    let finding = told_group(sight, &entries, head, score, levels)?;
    Some(finding.value("{days}", same(days.to_string())))
}

fn distinct(entries: &[(&Day, &Entry)]) -> usize {
    entries.iter().map(|(_, entry)| entry.entity).collect::<BTreeSet<_>>().len()
}

fn holds(book: &Book, entity: EntityId, person: PersonKey) -> bool {
    let newest = book.facts(entity).iter().rev().find_map(|held| holders_in(&held.event.body));
    newest.unwrap_or(&[]).iter().any(|holder| match &holder.party {
        Party::Person(held) => held.0 == Some(person),
        Party::Enterprise(_) => false,
    })
}

/// A brand whose lots fail at several consignees.
pub(in super::super) fn brand(
    sight: Sight<'_>,
    groups: &Groups,
    key: u64,
    terms: (i32, usize, u32),
    levels: &[Step],
) -> Option<Finding> {
    let (days, consignees, clean_per_lot) = terms;
    let group = groups.groups.get(&key)?;
    let from = sight.today.plus(-days);
    let recent = || {
        let range = (from, EventId::new("", ""))..;
        group.entries.range(range).map(|((day, _), entry)| (*day, entry))
    };
    let failed: Vec<(Day, &Entry)> = recent()
        .filter(|(_, entry)| {
            sight.book.is_scored(entry.entity)
                && matches!(&entry.event.body, Body::Customs(data) if is_failed_lot(data.kind))
                && !sight.book.is_relieved(&entry.event, sight.today)
        })
        .collect();
    let (first, last) = (failed.first()?.0, failed.last()?.0);
    let clean = recent()
        .filter(|(day, entry)| {
            *day > last
                && matches!(&entry.event.body, Body::Customs(d) if d.kind == CustomsKind::Declaration)
        })
        .count();
    let entries: Vec<&Entry> = failed.iter().map(|(_, entry)| *entry).collect();
    let firms: BTreeSet<EntityId> = entries.iter().map(|entry| entry.entity).collect();
    if firms.len() < consignees {
        return None;
    }
    let score = failed.len() as f64 - (clean as f64 / f64::from(clean_per_lot.max(1))).floor();
    let (lots, count, label) = (failed.len(), firms.len(), &group.label);
    let head = Text::new(
        format!("品牌{label}在{count}户收货企业出现{lots}批次不合格或侵权"),
        format!("{lots} lots of the brand {label} failed at {count} consignees"),
    );
    let mut finding = told_group(sight, &entries, head, score, levels)?;
    finding.again = Some(first.plus(days + 1));
    if clean > 0 {
        let text = Text::new(
            format!("此后有{clean}批次通关无不合格记录"),
            format!("{clean} lots have passed since"),
        );
        let ids = recent().filter(|(day, _)| *day > last).map(|(_, e)| e.event.id.clone());
        finding.against.push(line(text, -(clean as f64), ids.collect()));
    }
    Some(finding.value("{name}", same(label.clone())))
}

/// Parameters of the town rule.
pub(in super::super) struct Town<'a> {
    pub(in super::super) days: i32,
    pub(in super::super) base_days: i32,
    pub(in super::super) share: f64,
    pub(in super::super) prior_days: f64,
    pub(in super::super) min: usize,
    pub(in super::super) levels: &'a [Step],
}

/// Serious troubles that pile up in a town.
pub(in super::super) fn town(
    sight: Sight<'_>,
    groups: &Groups,
    key: u64,
    params: &Town<'_>,
) -> Option<Finding> {
    let group = groups.groups.get(&key)?;
    let from = sight.today.plus(1 - params.days);
    let base_from = from.plus(-params.base_days);
    let of = |from: Day, until: Day| -> BTreeMap<EntityId, &Entry> {
        let none = || EventId::new("", "");
        let range = group.entries.range((from, none())..(until, none()));
        let counts = range.filter(|(_, e)| !sight.book.is_relieved(&e.event, sight.today));
        counts.map(|(_, entry)| (entry.entity, entry)).collect()
    };
    let now = of(from, sight.today.plus(1));
    if now.len() < params.min {
        return None;
    }
    let seen_from = sight.book.first_day().map_or(base_from, |first| first.max(base_from));
    let exposure = f64::from(from.since(seen_from).max(0));
    let none = || EventId::new("", "");
    let before = group.entries.range((base_from, none())..(from, none())).count() as f64;
    let known = groups.sizes.get(&key).copied().unwrap_or(0);
    let usual = params.share * f64::from(known) / f64::from(params.days) * params.prior_days;
    let rate = (usual + before) / (params.prior_days + exposure);
    let bits = surprise_bits(now.len() as u32, rate * f64::from(params.days));
    let (count, label, days) = (now.len(), &group.label, params.days);
    let head = Text::new(
        format!("区划{label}近{days}日有{count}户企业新出现严重失信情形，异常程度{bits:.0}比特"),
        format!(
            "{count} enterprises of division {label} came into serious trouble within {days} \
             days; surprise {bits:.0} bits"
        ),
    );
    let entries: Vec<&Entry> = now.into_values().collect();
    let finding = told_group(sight, &entries, head, (bits * 10.0).round() / 10.0, params.levels)?;
    let finding = Finding { again: Some(sight.today.plus(1)), ..finding };
    Some(finding.value("{name}", same(label.clone())).value("{days}", same(days.to_string())))
}

/// A head line over all, then a line for each member.
pub(super) fn told_group(
    sight: Sight<'_>,
    entries: &[&Entry],
    head: Text,
    score: f64,
    levels: &[Step],
) -> Option<Finding> {
    let level = level_at(levels, score);
    let keep = level_kept(levels, score);
    if level.is_none() && keep.is_none() {
        return None;
    }
    let all = entries.iter().map(|entry| entry.event.id.clone()).collect();
    let mut evidence = vec![line(head, score, all)];
    evidence.extend(entries.iter().map(|entry| member_line(sight.book, entry)));
    let subjects: BTreeSet<EntityId> = entries.iter().map(|entry| entry.entity).collect();
    let names: Vec<String> = subjects.iter().take(3).map(|id| sight.book.name(*id)).collect();
    let count = subjects.len().to_string();
    let finding = Finding {
        level,
        keep,
        score,
        subjects: subjects.into_iter().collect(),
        evidence,
        ..Finding::default()
    };
    Some(
        finding
            .value("{count}", same(count))
            .value("{members}", Text::new(names.join("、"), names.join(", "))),
    )
}

fn member_line(book: &Book, entry: &Entry) -> Evidence {
    let (name, fact) = (book.name(entry.entity), told(&entry.event));
    let text = Text::new(format!("{name}：{}", fact.zh), format!("{name}: {}", fact.en));
    line(text, 1.0, vec![entry.event.id.clone()])
}
