//! What happened, when, to which of the two? Both lives on one timeline.
//!
//! Invariant: one entry for each fact that names either firm, and none for anything else, except
//! monthly reports and payments, which are told together. Must not know: weights.

use crate::dossier::material::Material;
use crate::dossier::persons::{Persons, plain};
use crate::dossier::say::{Said, say};
use crate::entity::Fact;
use crate::event::{Body, Party};
use crate::graph::Profile;
use crate::money::Fen;
use crate::text::Text;
use crate::time::{Day, Month};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// On which side of the pair an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The suspected predecessor.
    Old,
    /// Something between the two.
    Both,
    /// The suspected successor.
    New,
}

/// What kind of thing happened: the lane and colour of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// Founding, changes, notices, the end.
    Registration,
    /// Penalties, lists, courts, complaints, inspections.
    Trouble,
    /// Licences.
    Licence,
    /// Assets and money.
    Property,
    /// Staff.
    Staff,
    /// Repairs, objections and what speaks well of it.
    Relief,
}

impl Matter {
    /// Its name in styles.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Trouble => "trouble",
            Self::Licence => "licence",
            Self::Property => "property",
            Self::Staff => "staff",
            Self::Relief => "relief",
        }
    }
}

/// One entry of the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// When it took effect (valid time).
    #[serde(serialize_with = "shown")]
    pub on: Day,
    /// When the source recorded it (event time).
    pub known_at: String,
    /// Whose life.
    pub side: Side,
    /// What kind.
    pub matter: Matter,
    /// What.
    pub text: Text,
    /// The events, as `source#id`.
    pub events: Vec<String>,
    /// Whether the evidence cites it.
    pub cited: bool,
    /// When it was withdrawn or corrected, if it was.
    pub withdrawn_at: Option<String>,
}

/// Staff of one month.
#[derive(Clone, Debug, Serialize)]
pub struct Heads {
    /// `YYYY-MM`.
    #[serde(serialize_with = "shown")]
    pub month: Month,
    /// Insured staff.
    pub headcount: u32,
}

fn shown<T: std::fmt::Display, S: serde::Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Monthly staff of an enterprise, oldest first.
pub(super) fn staff(profile: &Profile) -> Vec<Heads> {
    let all = profile.staff.staff(Month(i32::MIN), Month(i32::MAX));
    all.map(|(staff, _)| Heads { month: staff.month, headcount: staff.headcount }).collect()
}

/// The timeline of both, oldest first.
pub(super) fn timeline(
    material: &Material,
    persons: &mut Persons,
    cited: &BTreeSet<&str>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let standing = material.facts.iter().map(|fact| (fact, None));
    let fallen = material.withdrawn.iter().map(|w| (&w.fact, Some(w.at.to_string())));
    for (fact, withdrawn_at) in standing.chain(fallen) {
        let Some(Said { on, matter, text }) = say(fact, material, persons) else { continue };
        let id = fact.event.id.as_str();
        entries.push(Entry {
            on,
            known_at: fact.event.time.to_string(),
            side: side(fact, material),
            matter,
            text: Text::new(plain(&text.zh), plain(&text.en)),
            events: vec![id.to_owned()],
            cited: cited.contains(id),
            withdrawn_at,
        });
    }
    entries.extend(payments(material, cited));
    entries.extend(headcounts(material, cited));
    entries.sort_by(|a, b| {
        (a.on, &a.known_at, a.side, &a.events).cmp(&(b.on, &b.known_at, b.side, &b.events))
    });
    entries
}

fn side(fact: &Fact, material: &Material) -> Side {
    let named = |id| fact.subject == Some(id) || fact.mentions.iter().any(|(_, m)| *m == id);
    match (named(material.old), named(material.new)) {
        (true, true) if between(fact) => Side::Both,
        _ if fact.subject == Some(material.new) => Side::New,
        _ if fact.subject == Some(material.old) || named(material.old) => Side::Old,
        _ => Side::New,
    }
}

fn between(fact: &Fact) -> bool {
    matches!(fact.event.body, Body::Asset(_) | Body::Transfer(_) | Body::Notice(_))
}

/// Payments between the two, told together for each direction and month.
fn payments(material: &Material, cited: &BTreeSet<&str>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for away in [true, false] {
        let mut months: BTreeMap<Month, (Fen, Vec<&Fact>)> = BTreeMap::new();
        for fact in &material.facts {
            let Body::Transfer(transfer) = &fact.event.body else { continue };
            let payer = match &transfer.payer.party {
                Some(Party::Enterprise(mention)) => fact.entity(mention),
                _ => None,
            };
            if (payer == Some(material.old)) == away {
                let slot = months.entry(fact.event.time.day().month()).or_default();
                slot.0 += transfer.amount_fen;
                slot.1.push(fact);
            }
        }
        for (sum, facts) in months.into_values() {
            let (Some(first), number) = (facts.first(), facts.len()) else { continue };
            let (zh, en) = if away {
                ("前身付给新主体", "the old firm paid the new one")
            } else {
                ("新主体付给前身", "the new firm paid the old one")
            };
            let events: Vec<String> = facts.iter().map(|f| f.event.id.to_string()).collect();
            entries.push(Entry {
                on: first.event.time.day(),
                known_at: first.event.time.to_string(),
                side: Side::Both,
                matter: Matter::Property,
                text: Text::new(
                    format!("{zh} {number} 笔，当月共 {sum} 元"),
                    format!("{en} {number} times, {sum} yuan in the month"),
                ),
                cited: events.iter().any(|id| cited.contains(&**id)),
                events,
                withdrawn_at: None,
            });
        }
    }
    entries
}

/// The turning points of the staff: first, most, least, last month, and what the evidence cites.
fn headcounts(material: &Material, cited: &BTreeSet<&str>) -> Vec<Entry> {
    let (old, new) = material.sides();
    let mut entries = Vec::new();
    for (profile, side) in [(old, Side::Old), (new, Side::New)] {
        let reports = profile.staff.all().filter_map(|event| match &event.body {
            Body::Staff(staff) => Some((event, &**staff)),
            _ => None,
        });
        let all: Vec<_> = reports.collect();
        let most = all.iter().map(|(_, staff)| staff.headcount).max();
        let mut told_most = false;
        for (at, (event, staff)) in all.iter().enumerate() {
            let is_cited = cited.contains(event.id.as_str());
            let is_most = !told_most && Some(staff.headcount) == most;
            told_most |= is_most;
            if at != 0 && at + 1 != all.len() && !is_most && !is_cited {
                continue;
            }
            entries.push(Entry {
                on: staff.month.first_day(),
                known_at: event.time.to_string(),
                side,
                matter: Matter::Staff,
                text: Text::new(
                    format!("{} 参保 {} 人", staff.month, staff.headcount),
                    format!("{} insured staff in {}", staff.headcount, staff.month),
                ),
                events: vec![event.id.to_string()],
                cited: is_cited,
                withdrawn_at: None,
            });
        }
    }
    entries
}
