//! What does a test feed? Facts about numbered enterprises, and a stage that takes them by day.

use super::config::tests::shipped;
use super::*;
use crate::entity::{FactOp, Forms, mention_key};
use crate::event::{
    Account, Body, Change, Changed, ComplaintKind, ComplaintReceived, Customs, CustomsKind,
    Established, Event, EventType, List, ListState, Listing, Mention, Notice, NoticeKind, Op,
    Party, Patrol, PatrolKind, Penalty, PenaltyKind, Person, Procedure, Repair, RepairDecision,
    Transfer,
};
use crate::id::{EventId, PersonKey, Uscc};
use crate::money::Fen;
use crate::risk::Scale;
use crate::succession::{Case, Pair};
use crate::text::Family;

/// A code with right check characters for a number.
pub(super) fn code(number: u32) -> Uscc {
    let body = format!("91469007MA{number:06}");
    for inner in "0123456789X".chars() {
        for outer in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
            if let Ok(code) = Uscc::parse(&format!("{body}{inner}{outer}")) {
                return code;
            }
        }
    }
    panic!("no code of {number}")
}

/// Builds facts about enterprises that are numbered from 1.
#[derive(Default)]
pub(super) struct Feed {
    pub(super) count: u32,
}

impl Feed {
    pub(super) fn fact(&mut self, number: u32, day: &str, kind: EventType, body: Body) -> Fact {
        self.count += 1;
        let code = code(number);
        let event = Event {
            id: EventId::new("urn:test", &format!("e{:05}", self.count)),
            time: Day::parse(day).expect("a day").start().plus_hours(10),
            subject: Some(Mention::of(code)),
            op: Op::Assert,
            access_basis: None,
            kind,
            body,
        };
        Fact {
            at: event.time,
            by: event.id.clone(),
            subject: Some(EntityId::nth(number)),
            mentions: Box::new([(mention_key(&Mention::of(code)), EntityId::nth(number))]),
            forms: Arc::new(Forms::of(&event)),
            op: FactOp::Assert,
            lineage: None,
            event: Arc::new(event),
        }
    }

    pub(super) fn founded(&mut self, number: u32, day: &str) -> Fact {
        self.founded_by(number, day, &Founder::default())
    }

    pub(super) fn founded_by(&mut self, number: u32, day: &str, by: &Founder) -> Fact {
        let body = Body::Established(Box::new(Established {
            uscc: code(number),
            reg_no: None,
            name: format!("东方试验{number}号有限公司").into(),
            entity_type: "1130".into(),
            established_on: Day::parse(day).expect("a day"),
            division: "469007100".into(),
            domicile: by
                .address
                .map_or_else(|| format!("东方市八所镇滨海路{number}号"), str::to_owned)
                .into(),
            industry: None,
            scope: by.scope.map(Into::into),
            subscribed_fen: None,
            paid_fen: None,
            legal_rep: Person(by.person.map(PersonKey)),
            officers: Vec::new(),
            holders: Vec::new(),
            phones: Vec::new(),
            emails: Vec::new(),
            liaison: None,
            agent: by.agent.map(|name| Mention { name: Some(name.into()), ..Mention::default() }),
            filing_fingerprint: by.device.map(Into::into),
            predecessors: Vec::new(),
        }));
        self.fact(number, day, EventType::Established, body)
    }

    pub(super) fn listed(&mut self, number: u32, day: &str, list: List, state: ListState) -> Fact {
        let on = Day::parse(day).expect("a day");
        let uscc = code(number);
        let body = Listing { uscc, list, state, on, reason: None, until: None };
        self.fact(number, day, EventType::Listing, Body::Listing(Box::new(body)))
    }

    pub(super) fn fined(&mut self, number: u32, day: &str, paid: Option<&str>) -> Fact {
        let body = Body::Penalty(Box::new(Penalty {
            doc_no: "东罚1号".into(),
            uscc: code(number),
            authority: "东方市市场监督管理局".into(),
            violations: vec!["虚假宣传".into()],
            kinds: vec![PenaltyKind::Fine],
            fine_fen: Some(Fen::yuan(50_000)),
            confiscated_fen: None,
            procedure: Procedure::Ordinary,
            severity: None,
            decided_on: Day::parse(day).expect("a day"),
            public_until: None,
            performed_on: paid.and_then(Day::parse),
        }));
        self.fact(number, day, EventType::Penalty, body)
    }

    pub(super) fn leaves(&mut self, number: u32, day: &str) -> Fact {
        let notice_on = Day::parse(day).expect("a day");
        let body = Body::Notice(Box::new(Notice {
            uscc: code(number),
            kind: NoticeKind::SimpleDeregistration,
            notice_on,
            until: Some(notice_on.plus(20)),
            counterparties: Vec::new(),
        }));
        self.fact(number, day, EventType::Notice, body)
    }

    pub(super) fn complained(&mut self, number: u32, day: &str, who: &str, victims: u32) -> Fact {
        let body = Body::ComplaintReceived(Box::new(ComplaintReceived {
            ticket_no: format!("T{}", self.count).into(),
            kind: ComplaintKind::Complaint,
            respondent: Mention::of(code(number)),
            issues: vec!["退款".into()],
            amount_fen: None,
            victims: Some(victims),
            complainant: Some(who.into()),
        }));
        self.fact(number, day, EventType::ComplaintReceived, body)
    }

    pub(super) fn customs(
        &mut self,
        number: u32,
        day: &str,
        kind: CustomsKind,
        due: Option<&str>,
    ) -> Fact {
        let body = Body::Customs(Box::new(Customs {
            uscc: code(number),
            kind,
            on: Day::parse(day).expect("a day"),
            declaration_no: None,
            hs: None,
            goods: Some("冻牛肉".into()),
            brand: Some("PAMPA".into()),
            origin: None,
            quantity: None,
            declared_fen: None,
            reference_fen: None,
            counterparty: None,
            proof_due_on: due.and_then(Day::parse),
            proof_provided_on: None,
            case_value_fen: None,
        }));
        self.fact(number, day, EventType::Customs, body)
    }

    pub(super) fn patrolled(&mut self, number: u32, day: &str, kind: PatrolKind) -> Fact {
        let body = Body::Patrol(Box::new(Patrol {
            kind,
            on: Day::parse(day).expect("a day"),
            grid: "DF-07".into(),
            lat: None,
            lon: None,
            operator: Some(Mention::of(code(number))),
            imo: None,
            mmsi: None,
            vessel: None,
            note: None,
        }));
        self.fact(number, day, EventType::Patrol, body)
    }

    pub(super) fn repaired(&mut self, number: u32, day: &str, target: &Fact) -> Fact {
        let body = Body::Repair(Box::new(Repair {
            uscc: code(number),
            targets: vec![target.event.id.clone()],
            decision: RepairDecision::Granted,
            effective_on: Day::parse(day).expect("a day"),
        }));
        self.fact(number, day, EventType::Repair, body)
    }

    pub(super) fn paid(&mut self, from: u32, to: u32, day: &str) -> Fact {
        let account = |number: u32| Account {
            account: format!("A:{number}").into(),
            party: Some(Party::Enterprise(Mention::of(code(number)))),
            bank: None,
        };
        let body = Body::Transfer(Box::new(Transfer {
            txn_id: format!("X{}", self.count).into(),
            payer: account(from),
            payee: account(to),
            amount_fen: Fen::yuan(80_000),
            currency: None,
            amount_minor: None,
            cash: false,
            channel: None,
            purpose: None,
            regime: None,
            line: None,
            programme: None,
        }));
        let mut fact = self.fact(from, day, EventType::Transfer, body);
        let key = |number: u32| mention_key(&Mention::of(code(number)));
        fact.mentions = Box::new([(key(from), EntityId::nth(from)), (key(to), EntityId::nth(to))]);
        fact
    }

    pub(super) fn new_rep(&mut self, number: u32, day: &str, person: u128) -> Fact {
        let after = Person(Some(PersonKey(person)));
        let body = Body::Changed(Box::new(Changed {
            uscc: code(number),
            approved_on: Day::parse(day).expect("a day"),
            changes: vec![Change::LegalRep { before: None, after }],
        }));
        self.fact(number, day, EventType::Changed, body)
    }
}

#[derive(Default)]
pub(super) struct Founder {
    pub(super) agent: Option<&'static str>,
    pub(super) device: Option<&'static str>,
    pub(super) person: Option<u128>,
    pub(super) scope: Option<&'static str>,
    pub(super) address: Option<&'static str>,
}

pub(super) fn retired(fact: &Fact, day: &str) -> Fact {
    let at = Day::parse(day).expect("a day").start().plus_hours(11);
    Fact { op: FactOp::Retire, at, ..fact.clone() }
}

pub(super) fn config() -> Arc<Config> {
    let (rules, measures) = shipped();
    let scale = Scale { grade_b: 16, grade_c: 58, grade_d: 140, ..Scale::default() };
    Arc::new(Config::new(rules, measures, BTreeMap::new(), scale))
}

/// A stage that is fed day by day.
pub(super) struct Run {
    pub(super) stage: Warnings,
    pub(super) graph: Graph,
    pub(super) today: Day,
    pub(super) all: BTreeMap<Arc<str>, Arc<Warning>>,
    pub(super) told: usize,
}

impl Run {
    pub(super) fn new(share: Share) -> Self {
        let today = Day::parse("2026-01-01").expect("a day");
        let graph = Graph::new(Arc::default());
        let stage = Warnings::new(config(), share);
        Self { stage, graph, today, all: BTreeMap::new(), told: 0 }
    }

    pub(super) fn step(&mut self, facts: &[Fact], pairs: &[PairDelta], indices: &[IndexDelta]) {
        let stands = self.stage.tell();
        self.step_told(&stands, facts, pairs, indices);
    }

    /// As [`Self::step`], with how the enterprises of all shares stood the day before.
    pub(super) fn step_told(
        &mut self,
        stands: &[Stand],
        facts: &[Fact],
        pairs: &[PairDelta],
        indices: &[IndexDelta],
    ) {
        let delta = &self.graph.apply(facts, self.today);
        let (changed, paid) = (&*delta.changed, &*delta.paid);
        let (graph, flows, today) = (&self.graph, &[][..], self.today);
        let news = News { graph, changed, paid, facts, pairs, flows, indices, stands, today };
        for delta in self.stage.step(news) {
            assert!(delta.warning.evidence.len() >= 3, "{:?}", delta.warning);
            assert!(delta.warning.evidence.iter().all(|line| !line.events.is_empty()));
            assert!(!delta.warning.measures.is_empty());
            assert!(!delta.warning.summary.zh.contains('{'), "{}", delta.warning.summary.zh);
            self.told += 1;
            self.all.insert(delta.warning.id.clone(), delta.warning);
        }
        self.today = self.today.plus(1);
    }

    /// Feeds facts on their days, and quiet days up to `until`.
    pub(super) fn feed(&mut self, facts: &[Fact], until: &str) {
        let until = Day::parse(until).expect("a day");
        while self.today <= until {
            let of_day: Vec<Fact> =
                facts.iter().filter(|fact| fact.at.day() == self.today).cloned().collect();
            self.step(&of_day, &[], &[]);
        }
    }

    pub(super) fn of_kind(&self, kind: &str) -> Vec<&Warning> {
        self.all.values().map(|warning| &**warning).filter(|w| &*w.kind == kind).collect()
    }

    pub(super) fn only(&self, kind: &str) -> &Warning {
        let found = self.of_kind(kind);
        assert_eq!(found.len(), 1, "{kind}: {:?}", self.all.keys());
        found[0]
    }
}

pub(super) fn pair(
    old: u32,
    new: u32,
    level: Option<Level>,
    day: &str,
    events: &[&Fact],
) -> PairDelta {
    let at = Day::parse(day).expect("a day").start().plus_hours(12);
    let evidence = events
        .iter()
        .map(|fact| finding::line(Text::new("证据", "evidence"), 3.0, vec![fact.event.id.clone()]))
        .collect();
    let pair = Pair {
        case: Case::default(),
        origins: Vec::new(),
        predecessor: EntityId::nth(old),
        successor: EntityId::nth(new),
        confidence: 0.93,
        level,
        first_seen_at: at,
        last_changed_at: at,
        families: vec![Family::Control],
        evidence,
        against: Vec::new(),
        chain: vec![EntityId::nth(old), EntityId::nth(new)],
    };
    PairDelta { pair: Arc::new(pair), level_before: None }
}
