//! What is known about one enterprise? Its marks, registration, reports, repairs and objections.
//!
//! Invariant: a set, whatever the order in which facts came: taking a fact back leaves what would
//! be there without it. Must not know: indicators.

use crate::entity::Fact;
use crate::event::{Activity, Body, Event, ObjectionDecision, RepairDecision};
use crate::id::{EntityId, EventId, Uscc};
use crate::risk::config::{Lexicon, Scale};
use crate::risk::mark::{Mark, NEVER};
use crate::risk::profile::Profile;
use crate::risk::tags::Tags;
use crate::time::{Day, Month, Time};
use std::borrow::Cow;
use std::sync::Arc;

/// Insured persons of a month.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct StaffMonth {
    /// The month.
    pub(crate) month: Month,
    /// Persons.
    pub(crate) headcount: u32,
    /// When its source knew.
    pub(crate) at: Time,
    /// The report.
    pub(crate) id: EventId,
}

/// Activity of a month. NaN where the report is silent.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ActivityMonth {
    /// The month.
    pub(crate) month: Month,
    /// Revenue in fen.
    pub(crate) revenue: f32,
    /// Tax in fen.
    pub(crate) tax: f32,
    /// Electricity in kWh.
    pub(crate) energy: f32,
    /// Emissions in kg.
    pub(crate) emission: f32,
    /// When its source knew.
    pub(crate) at: Time,
    /// The report.
    pub(crate) id: EventId,
}

/// What became of facts by decisions about them.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Ruling {
    /// The event that says so.
    pub(crate) id: EventId,
    /// The fact it is about.
    pub(crate) target: EventId,
    /// What.
    pub(crate) kind: RulingKind,
    /// From which day.
    pub(crate) from: Day,
}

/// Kinds of ruling.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum RulingKind {
    /// An objection was filed.
    Filed,
    /// It was rejected.
    Rejected,
    /// It was upheld in part.
    Partly,
    /// It was upheld: the fact never counted.
    Upheld,
    /// The credit was repaired: the fact counts no more.
    Repaired,
}

/// How much a fact counts on a day.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Standing {
    /// 0 to 1.
    pub(crate) factor: f64,
    /// May carry a veto: no objection was pending when it became known.
    pub(crate) firm: bool,
}

impl Standing {
    const FULL: Self = Self { factor: 1.0, firm: true };
    const NONE: Self = Self { factor: 0.0, firm: false };
}

/// One enterprise.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Record {
    /// Its code, where a fact that holds tells it.
    pub(crate) code: Option<Uscc>,
    /// How many facts that hold tell it.
    told: u32,
    /// How many facts it is the subject of.
    pub(crate) facts: u32,
    /// By day, time and id.
    pub(crate) marks: Vec<Mark>,
    /// All tags of the marks.
    pub(crate) tags: Tags,
    /// Registration events.
    #[serde(with = "crate::shared::list")]
    pub(crate) registry: Vec<Arc<Event>>,
    /// What they say together.
    pub(crate) profile: Profile,
    /// By month; of one month, the later report counts.
    pub(crate) staff: Vec<StaffMonth>,
    /// By month; of one month, the later report counts.
    pub(crate) activity: Vec<ActivityMonth>,
    /// By month: what it was paid by others, in fen, as far as that is looked at and seen.
    pub(crate) inflow: Vec<(Month, i64)>,
    /// Repairs and objections.
    pub(crate) rulings: Vec<Ruling>,
}

/// What adding or removing a fact touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Touched {
    /// Anything that a full evaluation may need.
    pub(crate) all: bool,
    /// Monthly reports alone.
    pub(crate) months: bool,
}

impl Record {
    /// Whether it is scored: an enterprise with a code, no sole trader, subject of a fact.
    pub(crate) fn is_scored(&self, code: Option<Uscc>) -> bool {
        self.facts > 0 && code.is_some_and(|code| !code.is_sole_trader())
    }

    /// Takes a mark in, or out.
    pub(crate) fn mark(&mut self, mark: Mark, asserts: bool) {
        let place = self.marks.binary_search_by(|known| known.order().cmp(&mark.order()));
        match (asserts, place) {
            (true, Err(place)) => {
                self.tags |= mark.tags;
                self.marks.insert(place, mark);
            }
            (true, Ok(place)) => {
                self.marks[place] = mark;
                self.gather_tags();
            }
            (false, Ok(place)) => {
                self.marks.remove(place);
                self.gather_tags();
            }
            (false, Err(_)) => {}
        }
    }

    /// Takes out the marks of a derived finding.
    pub(crate) fn unmark(&mut self, id: &EventId) {
        self.marks.retain(|mark| mark.id != *id);
        self.gather_tags();
    }

    fn gather_tags(&mut self) {
        self.tags = self.marks.iter().fold(Tags::NONE, |tags, mark| tags | mark.tags);
    }

    /// Takes in, or out, what a fact says about its subject besides marks.
    pub(crate) fn subject(&mut self, fact: &Fact, owner: EntityId, lexicon: &Lexicon) -> Touched {
        if fact.subject != Some(owner) {
            return Touched::default();
        }
        let asserts = fact.asserts();
        self.facts = if asserts { self.facts + 1 } else { self.facts.saturating_sub(1) };
        let code = match &fact.event.body {
            Body::Established(data) => Some(data.uscc),
            Body::Changed(data) => Some(data.uscc),
            _ => fact.event.subject.as_ref().and_then(|subject| subject.uscc),
        };
        if let Some(code) = code {
            self.told = if asserts { self.told + 1 } else { self.told.saturating_sub(1) };
            self.code = (self.told > 0).then_some(code);
        }
        let (at, id) = (fact.event.time, &fact.event.id);
        match &fact.event.body {
            Body::Established(_) | Body::Changed(_) => {
                self.registry(&fact.event, asserts, lexicon);
            }
            Body::Staff(staff) => {
                let (month, headcount, id) = (staff.month, staff.headcount, id.clone());
                let row = StaffMonth { month, headcount, at, id };
                put_month(&mut self.staff, row, asserts, |r| (r.month, r.at, &r.id));
                return Touched { months: true, all: false };
            }
            Body::Activity(activity) => {
                let row = activity_month(activity, at, id);
                put_month(&mut self.activity, row, asserts, |r| (r.month, r.at, &r.id));
                return Touched { months: true, all: false };
            }
            Body::Repair(repair) if repair.decision == RepairDecision::Granted => {
                let kind = RulingKind::Repaired;
                self.rule(id, &repair.targets, kind, repair.effective_on, asserts);
            }
            Body::ObjectionFiled(filed) => {
                self.rule(id, &filed.targets, RulingKind::Filed, filed.filed_on, asserts);
            }
            Body::ObjectionDecided(decided) => {
                let kind = match decided.decision {
                    ObjectionDecision::Upheld => RulingKind::Upheld,
                    ObjectionDecision::Rejected => RulingKind::Rejected,
                    ObjectionDecision::Partly => RulingKind::Partly,
                };
                self.rule(id, &decided.targets, kind, decided.effective_on, asserts);
            }
            _ => {}
        }
        Touched { all: true, months: false }
    }

    fn registry(&mut self, event: &Arc<Event>, asserts: bool, lexicon: &Lexicon) {
        self.registry.retain(|known| known.id != event.id);
        if asserts {
            self.registry.push(event.clone());
            self.registry.sort_by(|a, b| registry_order(a).cmp(&registry_order(b)));
        }
        self.profile = Profile::of(&self.registry, lexicon);
    }

    fn rule(
        &mut self,
        id: &EventId,
        targets: &[EventId],
        kind: RulingKind,
        from: Day,
        asserts: bool,
    ) {
        self.rulings.retain(|ruling| ruling.id != *id);
        if asserts {
            self.rulings.extend(targets.iter().map(|target| Ruling {
                id: id.clone(),
                target: target.clone(),
                kind,
                from,
            }));
            self.rulings.sort_by(|a, b| {
                (a.from, a.kind, &a.id, &a.target).cmp(&(b.from, b.kind, &b.id, &b.target))
            });
        }
    }

    /// What of it the sources knew before a moment. Payments stay: they are told by month.
    pub(crate) fn before(&self, moment: Time, lexicon: &Lexicon) -> Cow<'_, Self> {
        let whole = self.marks.iter().all(|mark| mark.at < moment)
            && self.registry.iter().all(|event| event.time < moment)
            && self.staff.iter().all(|row| row.at < moment)
            && self.activity.iter().all(|row| row.at < moment);
        if whole {
            return Cow::Borrowed(self);
        }
        let mut past = self.clone();
        past.marks.retain(|mark| mark.at < moment);
        past.gather_tags();
        past.registry.retain(|event| event.time < moment);
        past.profile = Profile::of(&past.registry, lexicon);
        past.staff.retain(|row| row.at < moment);
        past.activity.retain(|row| row.at < moment);
        Cow::Owned(past)
    }

    /// Takes in, or out, a payment that it got.
    pub(crate) fn paid(&mut self, month: Month, fen: i64, asserts: bool) {
        let place = self.inflow.partition_point(|row| row.0 < month);
        if self.inflow.get(place).is_none_or(|row| row.0 != month) {
            self.inflow.insert(place, (month, 0));
        }
        let row = &mut self.inflow[place];
        row.1 = row.1.saturating_add(if asserts { fen } else { -fen });
        if row.1 == 0 {
            self.inflow.remove(place);
        }
    }

    /// Forgets reports that no window can reach any more.
    pub(crate) fn forget_months(&mut self, before: Month) {
        if self.staff.first().is_some_and(|row| row.month < before) {
            self.staff.retain(|row| row.month >= before);
        }
        if self.activity.first().is_some_and(|row| row.month < before) {
            self.activity.retain(|row| row.month >= before);
        }
        if self.inflow.first().is_some_and(|row| row.0 < before) {
            self.inflow.retain(|row| row.0 >= before);
        }
    }

    /// How much each mark counts on a day, and the next day on which that changes.
    pub(crate) fn standings(&self, today: Day, scale: &Scale, into: &mut Vec<Standing>) -> Day {
        into.clear();
        let mut next = NEVER;
        for mark in &self.marks {
            let mut standing = Standing::FULL;
            if mark.on > today {
                next = next.min(mark.on);
                standing = Standing::NONE;
            } else if mark.end < today {
                standing = Standing::NONE;
            } else {
                if mark.end < NEVER {
                    next = next.min(mark.end.plus(1));
                }
                if !self.rulings.is_empty() {
                    standing = self.ruled(mark, today, scale);
                }
            }
            into.push(standing);
        }
        for ruling in &self.rulings {
            if ruling.from > today {
                next = next.min(ruling.from);
            }
        }
        next
    }

    /// What the rulings leave of a mark.
    fn ruled(&self, mark: &Mark, today: Day, scale: &Scale) -> Standing {
        let (mut filed, mut partly): (Option<Day>, bool) = (None, false);
        for ruling in self.rulings.iter().filter(|ruling| ruling.from <= today) {
            if !self.concerns(ruling, mark) {
                continue;
            }
            match ruling.kind {
                RulingKind::Repaired | RulingKind::Upheld => return Standing::NONE,
                RulingKind::Filed => filed = filed.or(Some(ruling.from)),
                RulingKind::Rejected => filed = None,
                RulingKind::Partly => (filed, partly) = (None, true),
            }
        }
        let mut factor = if partly { scale.partly_factor } else { 1.0 };
        let mut firm = true;
        if let Some(since) = filed {
            factor *= scale.pending_factor;
            // A veto that was there before the objection stays; none is newly built on it.
            firm = mark.at.day() < since;
        }
        Standing { factor, firm }
    }

    /// Whether a ruling is about a mark: by the id of its event, or of another of its lineage, or, for a penalty that two feeds brought, by the number of the decision.
    fn concerns(&self, ruling: &Ruling, mark: &Mark) -> bool {
        let names = |m: &Mark| m.is_named(&ruling.target);
        names(mark)
            || (mark.tags.meets(Tags::PENALTY)
                && self.marks.iter().any(|other| {
                    other.key == mark.key && other.tags.meets(Tags::PENALTY) && names(other)
                }))
    }
}

/// The order in which registration events take effect.
fn registry_order(event: &Event) -> (Day, Time, &EventId) {
    let on = match &event.body {
        Body::Established(data) => data.established_on,
        Body::Changed(data) => data.approved_on,
        _ => event.time.day(),
    };
    (on, event.time, &event.id)
}

fn put_month<T>(
    rows: &mut Vec<T>,
    row: T,
    asserts: bool,
    order: impl Fn(&T) -> (Month, Time, &EventId),
) {
    if asserts {
        let place = rows.partition_point(|known| order(known) < order(&row));
        rows.insert(place, row);
    } else {
        rows.retain(|known| order(known).2 != order(&row).2);
    }
}

fn activity_month(activity: &Activity, at: Time, id: &EventId) -> ActivityMonth {
    let number = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
    ActivityMonth {
        month: activity.month,
        revenue: number(activity.revenue_fen.map(|fen| fen.0 as f64)),
        tax: number(activity.tax_fen.map(|fen| fen.0 as f64)),
        energy: number(activity.energy_kwh),
        emission: number(activity.emission_kg),
        at,
        id: id.clone(),
    }
}
