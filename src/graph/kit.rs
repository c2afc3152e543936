//! How is a small city told in a test? Facts made by hand.

use crate::entity::{Fact, FactOp, Forms, mention_key};
use crate::event::{
    Body, Change, Changed, Established, Event, Holder, Mention, Op, Party, Penalty, PenaltyKind,
    Person, Procedure, Staff,
};
use crate::id::{EntityId, EventId, PersonKey, Uscc};
use crate::money::Fen;
use crate::time::{Day, Month, Time};
use std::sync::Arc;

/// The code of firm number `n`.
pub(crate) fn code(n: u32) -> Uscc {
    Uscc::admit(&format!("91469007MA5{n:06}X")).expect("of the right form")
}

/// Person number `n`.
pub(crate) fn person(n: u32) -> Person {
    Person(Some(PersonKey(u128::from(n))))
}

/// A fact of an event about firm `firm`, which is also its entity; every code in `others` is known.
pub(crate) fn fact(id: &str, on: Day, firm: u32, others: &[u32], body: Body) -> Fact {
    let kind = match &body {
        Body::Established(_) => crate::event::EventType::Established,
        Body::Changed(_) => crate::event::EventType::Changed,
        Body::Staff(_) => crate::event::EventType::Staff,
        Body::Penalty(_) => crate::event::EventType::Penalty,
        _ => crate::event::EventType::Notice,
    };
    let at = Time(on.start().0 + 9 * 3_600_000);
    let event = Event {
        id: EventId::new("t", id),
        time: at,
        subject: Some(Mention::of(code(firm))),
        op: Op::Assert,
        access_basis: None,
        kind,
        body,
    };
    let forms = Arc::new(Forms::of(&event));
    let known = others.iter().chain([&firm]);
    Fact {
        by: event.id.clone(),
        op: FactOp::Assert,
        at,
        subject: Some(EntityId::nth(firm)),
        mentions: known.map(|n| (mention_key(&Mention::of(code(*n))), EntityId::nth(*n))).collect(),
        forms,
        lineage: None,
        event: Arc::new(event),
    }
}

/// The retirement of a fact on a later day.
pub(crate) fn retire(of: &Fact, on: Day) -> Fact {
    Fact { op: FactOp::Retire, at: Time(on.start().0 + 10 * 3_600_000), ..of.clone() }
}

/// A firm to be registered.
#[derive(Clone, Debug)]
pub(crate) struct Firm {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) domicile: String,
    pub(crate) rep: u32,
    pub(crate) phone: &'static str,
    pub(crate) industry: &'static str,
    pub(crate) founded: Day,
    pub(crate) known: Day,
}

impl Firm {
    pub(crate) fn registered(&self) -> Fact {
        let body = Established {
            uscc: code(self.number),
            reg_no: None,
            name: self.name.into(),
            entity_type: "1130".into(),
            established_on: self.founded,
            division: "469007100".into(),
            domicile: self.domicile.as_str().into(),
            industry: Some(self.industry.into()),
            scope: Some("餐饮服务；酒类经营；外卖递送服务".into()),
            subscribed_fen: Some(Fen::yuan(1_000_000)),
            paid_fen: None,
            legal_rep: person(self.rep),
            officers: Vec::new(),
            holders: vec![Holder {
                party: Party::Person(person(self.rep)),
                pct: Some(100.0),
                subscribed_fen: None,
            }],
            phones: vec![self.phone.into()],
            emails: Vec::new(),
            liaison: None,
            agent: None,
            filing_fingerprint: None,
            predecessors: Vec::new(),
        };
        let id = format!("reg-{}", self.number);
        fact(&id, self.known, self.number, &[], Body::Established(Box::new(body)))
    }
}

/// A fine of 500,000 yuan.
pub(crate) fn fine(id: &str, on: Day, firm: u32) -> Fact {
    let body = Penalty {
        doc_no: id.into(),
        uscc: code(firm),
        authority: "市场监督管理局".into(),
        violations: vec!["食品安全".into()],
        kinds: vec![PenaltyKind::Fine],
        fine_fen: Some(Fen::yuan(500_000)),
        confiscated_fen: None,
        procedure: Procedure::Ordinary,
        severity: None,
        decided_on: on,
        public_until: None,
        performed_on: None,
    };
    fact(id, on, firm, &[], Body::Penalty(Box::new(body)))
}

/// Registered items changed.
pub(crate) fn change(id: &str, on: Day, firm: u32, changes: Vec<Change>) -> Fact {
    let body = Changed { uscc: code(firm), approved_on: on, changes };
    fact(id, on, firm, &[], Body::Changed(Box::new(body)))
}

/// Insured staff of a month, made of the persons of these numbers.
pub(crate) fn staff(id: &str, month: Month, firm: u32, people: std::ops::Range<u32>) -> Fact {
    let mut sketch = Box::new([u32::MAX; 128]);
    for one in people.clone() {
        for (at, value) in sketch.iter_mut().enumerate() {
            let hash = crate::id::stable_hash(format!("{at}/{one}").as_bytes()) as u32;
            *value = (*value).min(hash);
        }
    }
    let on = Day(Month(month.0 + 1).first_day().0 + 8);
    let body = Staff {
        uscc: code(firm),
        month,
        headcount: people.len() as u32,
        staff_minhash: Some(sketch),
    };
    fact(id, on, firm, &[], Body::Staff(Box::new(body)))
}
