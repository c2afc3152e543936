//! What holds about each enterprise? The facts that warnings rest on, by enterprise.
//!
//! Invariant: a card is a function of the facts that hold now, whatever the order in which they
//! came. Must not know: rules, levels.

use super::Place;
use crate::entity::Fact;
use crate::event::{Body, Change, Event, EventType, Holder, Mention, ObjectionDecision, Op, Party};
use crate::event::{RepairDecision, Role};
use crate::id::{EntityId, EventId, PersonKey, Uscc, stable_hash};
use crate::time::Day;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A fact that holds.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Held {
    #[serde(with = "crate::shared")]
    pub(super) event: Arc<Event>,
    /// Of its id: see [`Book::marked`].
    key: u64,
    /// Enterprises that it names besides the subject, in order of the event.
    pub(super) others: Box<[EntityId]>,
}

fn key_of(id: &EventId) -> u64 {
    stable_hash(id.as_str().as_bytes())
}

/// What is known of one enterprise.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Card {
    uscc: Option<Uscc>,
    facts: Vec<Held>,
}

/// A decision that a fact no longer counts.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Relief {
    by: EventId,
    from: Day,
}

/// The cards of all enterprises. Every worker holds all of them.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Book {
    cards: Vec<Card>,
    relief: FxHashMap<EventId, Vec<Relief>>,
    corrects: FxHashMap<EventId, EventId>,
    /// Keys of the ids in the two above: most facts are in neither.
    marked: FxHashSet<u64>,
    stakes: FxHashMap<EntityId, BTreeMap<EntityId, EventId>>,
    holders: FxHashMap<EntityId, Vec<EntityId>>,
    claims: FxHashMap<u64, BTreeMap<EntityId, u32>>,
    first_day: Option<Day>,
}

/// Kinds of event that warnings look at; the frequent monthly reports are not among them.
pub(super) const fn is_kept(kind: EventType) -> bool {
    !matches!(kind, EventType::Staff | EventType::Activity | EventType::Transfer | EventType::Asset)
}

impl Book {
    /// Takes a fact in or out. Tells the enterprises whose card it changed.
    pub(super) fn take(&mut self, fact: &Fact) -> BTreeSet<EntityId> {
        let mut touched = filed_under(fact);
        for entity in touched.clone() {
            self.note_code(entity, fact);
            let card = self.card_mut(entity);
            if fact.asserts() {
                let key = key_of(&fact.event.id);
                card.add(Held { event: fact.event.clone(), key, others: others(fact) });
            } else {
                card.remove(&fact.event.id);
            }
            if names_holders(&fact.event.body) {
                self.restate_holders(entity, &mut touched);
            }
        }
        if let (true, Op::Correct(earlier)) = (fact.asserts(), &fact.event.op) {
            self.marked.insert(key_of(&fact.event.id));
            self.corrects.insert(fact.event.id.clone(), earlier.clone());
        }
        self.take_relief(fact);
        self.take_claim(fact, &mut touched);
        if self.first_day.is_none_or(|first| fact.at.day() < first) {
            self.first_day = Some(fact.at.day());
        }
        touched
    }

    /// Counts the respondents of a complainant. One more or less respondent may change what all
    /// its complaints count, so all its respondents are touched.
    fn take_claim(&mut self, fact: &Fact, touched: &mut BTreeSet<EntityId>) {
        let Body::ComplaintReceived(complaint) = &fact.event.body else { return };
        let (Some(token), Some(respondent)) = (&complaint.complainant, fact.subject) else {
            return;
        };
        let all = self.claims.entry(stable_hash(token.as_bytes())).or_default();
        let before = all.len();
        if fact.asserts() {
            *all.entry(respondent).or_default() += 1;
        } else if let Some(count) = all.get_mut(&respondent) {
            *count -= 1;
            if *count == 0 {
                all.remove(&respondent);
            }
        }
        if all.len() != before {
            touched.extend(all.keys());
        }
    }

    /// Against how many enterprises a complainant has complained.
    pub(super) fn respondents(&self, token: &str) -> usize {
        self.claims.get(&stable_hash(token.as_bytes())).map_or(0, BTreeMap::len)
    }

    /// The first day of which anything is known.
    pub(super) fn first_day(&self) -> Option<Day> {
        self.first_day
    }

    fn note_code(&mut self, entity: EntityId, fact: &Fact) {
        let named = fact.event.subject.as_ref().filter(|_| fact.subject == Some(entity));
        let code = named
            .and_then(|mention| mention.uscc)
            .or_else(|| body_code(&fact.event.body).filter(|c| fact.entity_of(*c) == Some(entity)));
        let card = self.card_mut(entity);
        if card.uscc.is_none() {
            card.uscc = code;
        }
    }

    fn card_mut(&mut self, entity: EntityId) -> &mut Card {
        if self.cards.len() <= entity.index() {
            self.cards.resize_with(entity.index() + 1, Card::default);
        }
        &mut self.cards[entity.index()]
    }

    /// Who holds stakes in whom, after the holders of an enterprise may have changed.
    fn restate_holders(&mut self, held: EntityId, touched: &mut BTreeSet<EntityId>) {
        for holder in self.holders.remove(&held).unwrap_or_default() {
            touched.insert(holder);
            if let Some(stakes) = self.stakes.get_mut(&holder) {
                stakes.remove(&held);
            }
        }
        let naming = || self.facts(held).iter().rev().filter(|f| names_holders(&f.event.body));
        let changes = |f: &&Held| matches!(f.event.body, Body::Changed(_));
        // A copy of the registration may come after a change, and tells what was before it.
        let Some(newest) = naming().find(changes).or_else(|| naming().next()) else { return };
        let (event, holders) = (newest.event.id.clone(), newest.others.to_vec());
        for holder in &holders {
            touched.insert(*holder);
            self.stakes.entry(*holder).or_default().insert(held, event.clone());
        }
        self.holders.insert(held, holders);
    }

    fn take_relief(&mut self, fact: &Fact) {
        let (targets, from) = match &fact.event.body {
            Body::Repair(repair) if repair.decision == RepairDecision::Granted => {
                (&repair.targets, repair.effective_on)
            }
            Body::ObjectionDecided(decided) if decided.decision == ObjectionDecision::Upheld => {
                (&decided.targets, decided.effective_on)
            }
            _ => return,
        };
        for target in targets {
            self.marked.insert(key_of(target));
            let list = self.relief.entry(target.clone()).or_default();
            list.retain(|relief| relief.by != fact.event.id);
            if fact.asserts() {
                list.push(Relief { by: fact.event.id.clone(), from });
            }
        }
    }

    /// The facts of an enterprise, in order of event time and id.
    pub(super) fn facts(&self, entity: EntityId) -> &[Held] {
        self.cards.get(entity.index()).map_or(&[], |card| &card.facts)
    }

    /// When the source knew a fact of an enterprise's card.
    pub(super) fn known_on(&self, entity: EntityId, id: &EventId) -> Option<Day> {
        let key = key_of(id);
        let held = self.facts(entity).iter().find(|held| held.key == key);
        held.map(|held| held.event.time.day())
    }

    /// The facts that count on a day: not repaired, and no objection to them was upheld.
    pub(super) fn standing(&self, entity: EntityId, day: Day) -> impl Iterator<Item = &Held> {
        self.facts(entity).iter().filter(move |held| {
            !(self.marked.contains(&held.key) && self.is_relieved(&held.event, day))
        })
    }

    /// Whether a repair or an upheld objection has taken a fact out of use on a day.
    pub(super) fn is_relieved(&self, event: &Event, day: Day) -> bool {
        let mut id = &event.id;
        // A correction of a correction may be named by any of its ids; eight is generous.
        for _ in 0..8 {
            if self.relief.get(id).is_some_and(|all| all.iter().any(|relief| relief.from <= day)) {
                return true;
            }
            match self.corrects.get(id) {
                Some(earlier) => id = earlier,
                None => return false,
            }
        }
        false
    }

    /// The unified social credit code, where an event gave one.
    pub(super) fn uscc(&self, entity: EntityId) -> Option<Uscc> {
        self.cards.get(entity.index()).and_then(|card| card.uscc)
    }

    /// Whether warnings may name it: an enterprise with a code, not a sole trader.
    pub(super) fn is_scored(&self, entity: EntityId) -> bool {
        self.uscc(entity).is_some_and(|code| !code.is_sole_trader())
    }

    /// Its name now, or its code, or a word for the unknown.
    pub(super) fn name(&self, entity: EntityId) -> String {
        let named = |held: &Held| match &held.event.body {
            Body::Established(data) => Some(data.name.to_string()),
            Body::Changed(data) => data.changes.iter().find_map(|change| match change {
                Change::Name { after, .. } => Some(after.to_string()),
                _ => None,
            }),
            _ => None,
        };
        let given = self.facts(entity).iter().rev().find_map(named);
        given
            .or_else(|| self.uscc(entity).map(|code| code.to_string()))
            .unwrap_or_else(|| "（名称未知 / name unknown）".to_owned())
    }

    /// Where it is registered now.
    pub(super) fn place(&self, entity: EntityId) -> Place {
        let (mut division, mut domicile) = (None, None);
        for held in self.facts(entity).iter().rev() {
            match &held.event.body {
                Body::Established(data) => {
                    division = division.or(Some(&data.division));
                    domicile = domicile.or(Some(&data.domicile));
                }
                Body::Changed(data) => {
                    for change in &data.changes {
                        match change {
                            Change::Division { after } => division = division.or(Some(after)),
                            Change::Domicile { after, .. } => domicile = domicile.or(Some(after)),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
            if division.is_some() && domicile.is_some() {
                break;
            }
        }
        Place {
            division: division.map_or_else(|| "".into(), |text| (**text).into()),
            domicile: domicile.map_or_else(|| "".into(), |text| (**text).into()),
        }
    }

    /// The enterprises in which it holds a stake, with the event that says so.
    pub(super) fn stakes(&self, holder: EntityId) -> impl Iterator<Item = (EntityId, &EventId)> {
        self.stakes.get(&holder).into_iter().flatten().map(|(held, event)| (*held, event))
    }

    /// When its registration ended, by what is known, with the event.
    pub(super) fn ended(&self, entity: EntityId) -> Option<(Day, &EventId)> {
        self.facts(entity).iter().rev().find_map(|held| match &held.event.body {
            Body::Ended(ended) => Some((ended.on, &held.event.id)),
            _ => None,
        })
    }
}

impl Card {
    fn add(&mut self, held: Held) {
        let key = (held.event.time, &held.event.id);
        let place = self.facts.partition_point(|f| (f.event.time, &f.event.id) < key);
        if self.facts.get(place).is_some_and(|f| f.event.id == held.event.id) {
            self.facts[place] = held;
        } else {
            self.facts.insert(place, held);
        }
    }

    fn remove(&mut self, id: &EventId) {
        if let Some(place) = self.facts.iter().rposition(|f| f.event.id == *id) {
            self.facts.remove(place);
        }
    }
}

/// The enterprises on whose cards a fact stands.
fn filed_under(fact: &Fact) -> BTreeSet<EntityId> {
    let mut under: BTreeSet<EntityId> = fact.subject.into_iter().collect();
    match &fact.event.body {
        Body::Opinion(opinion) => {
            under.extend(opinion.mentions.iter().filter_map(|m| fact.entity_of(m.uscc)));
        }
        Body::Patrol(patrol) => {
            under.extend(patrol.operator.as_ref().and_then(|m| fact.entity(m)));
        }
        _ => {}
    }
    under
}

fn names_holders(body: &Body) -> bool {
    match body {
        // What a feed leaves out it does not know.
        Body::Established(data) => !data.holders.is_empty(),
        Body::Changed(data) => data.changes.iter().any(|c| matches!(c, Change::Holders { .. })),
        _ => false,
    }
}

/// The holders that an event states, if it states any.
pub(super) fn holders_in(body: &Body) -> Option<&[Holder]> {
    match body {
        Body::Established(data) => Some(&data.holders),
        Body::Changed(data) => data.changes.iter().find_map(|change| match change {
            Change::Holders { after, .. } => Some(&after[..]),
            _ => None,
        }),
        _ => None,
    }
}

/// The persons that an event puts into control: legal representative, holders, managers.
pub(super) fn founders_in(body: &Body) -> BTreeSet<PersonKey> {
    let mut persons = BTreeSet::new();
    if let Body::Established(data) = body {
        persons.extend(data.legal_rep.0);
        let officers = data.officers.iter().filter(|officer| officer.role == Role::Manager);
        persons.extend(officers.filter_map(|officer| officer.person.0));
        persons.extend(data.holders.iter().filter_map(|holder| match &holder.party {
            Party::Person(person) => person.0,
            Party::Enterprise(_) => None,
        }));
    }
    persons
}

fn others(fact: &Fact) -> Box<[EntityId]> {
    let found = |mention: &Mention| fact.entity(mention).filter(|id| Some(*id) != fact.subject);
    match &fact.event.body {
        Body::Notice(notice) => notice.counterparties.iter().filter_map(found).collect(),
        Body::Customs(customs) => customs.counterparty.iter().filter_map(found).collect(),
        body => holders_in(body)
            .unwrap_or(&[])
            .iter()
            .filter_map(|holder| match &holder.party {
                Party::Enterprise(mention) => found(mention),
                Party::Person(_) => None,
            })
            .collect(),
    }
}

fn body_code(body: &Body) -> Option<Uscc> {
    Some(match body {
        Body::Established(data) => data.uscc,
        Body::Changed(data) => data.uscc,
        Body::Notice(data) => data.uscc,
        Body::Ended(data) => data.uscc,
        Body::Licence(data) => data.uscc,
        Body::Listing(data) => data.uscc,
        Body::Penalty(data) => data.uscc,
        Body::Customs(data) => data.uscc,
        Body::Inspection(data) => data.uscc,
        Body::Commitment(data) => data.uscc,
        Body::Repair(data) => data.uscc,
        Body::ObjectionFiled(data) => data.uscc,
        Body::ObjectionDecided(data) => data.uscc,
        _ => return None,
    })
}
