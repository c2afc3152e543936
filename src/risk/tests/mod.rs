//! Is what the stage holds what a computation from scratch gives? Histories, and to the day.

use crate::entity::{Fact, FactOp, Forms, mention_key};
use crate::event::{
    Activity, Body, CaseState, Change, Changed, Commitment, ComplaintClosed, ComplaintKind,
    ComplaintReceived, ComplaintResult, Court, CourtKind, CourtRole, Established, Event, EventType,
    Holder, Inspection, InspectionItem, InspectionPlan, InspectionResult, List, ListState, Listing,
    Mention, Notice, NoticeKind, ObjectionDecided, ObjectionDecision, ObjectionFiled, Op, Opinion,
    OpinionMention, Party, Penalty, PenaltyKind, Person, Procedure, Repair, RepairDecision,
    Severity, Staff,
};
use crate::flow::{FlowDelta, FlowKind, Instance};
use crate::graph::Graph;
use crate::id::{EntityId, EventId, PersonKey, Share, Uscc};
use crate::money::Fen;
use crate::risk::{Config, Grade, Index, IndexDelta, Inputs, Risk};
use crate::succession::{Pair, PairDelta};
use crate::text::{Evidence, Text};
use crate::time::{Day, Month, Time};
use std::sync::{Arc, OnceLock};

mod cases;
mod expressions;
mod history;
mod peers;

const CODES: [&str; 4] =
    ["91469007MA5TKB1082", "91469007MA5TKB2126", "91469007MA5TKB327C", "92469007MA5TKD437E"];
/// 2026-01-01.
const START: Day = Day::of(2026, 1, 1);

fn config() -> Arc<Config> {
    let mut config: Config =
        toml::from_str(include_str!("../../../models/dongfang/2026.1/indicators.toml"))
            .expect("the shipped file");
    config.lexicon = toml::from_str(include_str!("../../../models/dongfang/2026.1/lexicon.toml"))
        .expect("the shipped file");
    Arc::new(config)
}

/// The model with most indicators in SQL.
fn in_sql() -> Arc<Config> {
    static MODEL: OnceLock<Arc<Config>> = OnceLock::new();
    let of = || {
        let mut config: Config =
            toml::from_str(include_str!("../../../models/dongfang/2026.2/indicators.toml"))
                .expect("the shipped file");
        config.lexicon =
            toml::from_str(include_str!("../../../models/dongfang/2026.2/lexicon.toml"))
                .expect("the shipped file");
        let features =
            toml::from_str(include_str!("../../../models/dongfang/2026.2/features.toml"))
                .expect("the shipped file");
        config.complete(features, &[]).expect("the shipped expressions");
        Arc::new(config)
    };
    MODEL.get_or_init(of).clone()
}

/// Of the first four as they stand; of more, some that pass their check characters.
fn code(entity: usize) -> Uscc {
    static MORE: OnceLock<Vec<Uscc>> = OnceLock::new();
    let Some(place) = entity.checked_sub(CODES.len()) else {
        return Uscc::parse(CODES[entity]).expect("valid");
    };
    let found = || {
        let check = |n: u32| {
            let ends = (0..36 * 36).map(|end| [end / 36, end % 36]);
            let digit = |n: u32| char::from_digit(n, 36).expect("a digit").to_ascii_uppercase();
            let mut codes =
                ends.map(|[a, b]| format!("91469007MA7K{n:04}{}{}", digit(a), digit(b)));
            codes.find_map(|code| Uscc::parse(&code).ok()).expect("one passes")
        };
        (0..40).map(check).collect()
    };
    MORE.get_or_init(found)[place]
}

fn noon(day: Day) -> Time {
    day.start().plus_hours(12)
}

/// An asserted fact about one of the enterprises.
fn fact(id: &str, entity: usize, known: Day, body: Body) -> Fact {
    let mention = Mention::of(code(entity));
    let id = EventId::new("urn:t", id);
    let event = Event {
        id: id.clone(),
        time: noon(known),
        subject: Some(mention.clone()),
        op: Op::Assert,
        access_basis: None,
        kind: EventType::Penalty,
        body,
    };
    let owner = EntityId::nth(entity as u32);
    Fact {
        event: Arc::new(event),
        op: FactOp::Assert,
        at: noon(known),
        by: id,
        subject: Some(owner),
        mentions: Box::new([(mention_key(&mention), owner)]),
        forms: Arc::new(Forms::default()),
        lineage: None,
    }
}

fn retired(fact: &Fact, at: Day) -> Fact {
    Fact { op: FactOp::Retire, at: noon(at), ..fact.clone() }
}

fn penalty(entity: usize, on: Day, severity: Severity, fine: i64) -> Body {
    Body::Penalty(Box::new(Penalty {
        doc_no: format!("{entity}-{}-{fine}", on.0).into(),
        uscc: code(entity),
        authority: "A".into(),
        violations: vec!["违法排污".into()],
        kinds: vec![PenaltyKind::Fine],
        fine_fen: Some(Fen(fine)),
        confiscated_fen: None,
        procedure: Procedure::Ordinary,
        severity: Some(severity),
        decided_on: on,
        public_until: None,
        performed_on: Some(on),
    }))
}

fn listing(entity: usize, on: Day, list: List, state: ListState, until: Option<Day>) -> Body {
    let reason = Some("通过登记的住所无法联系".into());
    Body::Listing(Box::new(Listing { uscc: code(entity), list, state, on, reason, until }))
}

fn repair(entity: usize, target: &EventId, from: Day) -> Body {
    Body::Repair(Box::new(Repair {
        uscc: code(entity),
        targets: vec![target.clone()],
        decision: RepairDecision::Granted,
        effective_on: from,
    }))
}

fn filed(entity: usize, target: &EventId, on: Day) -> Body {
    let targets = vec![target.clone()];
    Body::ObjectionFiled(Box::new(ObjectionFiled { uscc: code(entity), targets, filed_on: on }))
}

fn decided(entity: usize, target: &EventId, on: Day, decision: ObjectionDecision) -> Body {
    Body::ObjectionDecided(Box::new(ObjectionDecided {
        uscc: code(entity),
        targets: vec![target.clone()],
        decision,
        effective_on: on,
    }))
}

fn court(entity: usize, on: Day, case: u16, kind: CourtKind, state: CaseState) -> Body {
    Body::Court(Box::new(Court {
        case_no: format!("（2026）琼9007执{case}号").into(),
        court: "C".into(),
        kind,
        state,
        role: CourtRole::Debtor,
        party: Party::Enterprise(Mention::of(code(entity))),
        on,
        claim_fen: Some(Fen::yuan(100_000)),
        performed_fen: None,
        until: None,
    }))
}

fn established(entity: usize, on: Day) -> Body {
    Body::Established(Box::new(Established {
        uscc: code(entity),
        reg_no: None,
        name: "东方金融信息有限公司".into(),
        entity_type: "1130".into(),
        established_on: on,
        division: "469007".into(),
        domicile: "八所镇集群注册".into(),
        industry: Some("H6210".into()),
        scope: None,
        subscribed_fen: Some(Fen::yuan(200_000_000)),
        paid_fen: Some(Fen::ZERO),
        legal_rep: Person(Some(PersonKey(7))),
        officers: Vec::new(),
        holders: Vec::new(),
        phones: Vec::new(),
        emails: Vec::new(),
        liaison: None,
        agent: None,
        filing_fingerprint: None,
        predecessors: Vec::new(),
    }))
}

/// Runs a stage day by day.
struct Run {
    risk: Risk,
    graph: Graph,
    today: Day,
}

impl Run {
    fn new(config: &Arc<Config>) -> Self {
        let risk = Risk::new(config.clone(), Share::WHOLE).telling(true);
        Self { risk, graph: Graph::default(), today: START.plus(-1) }
    }

    fn day(&mut self, facts: &[Fact], pairs: &[PairDelta], flows: &[FlowDelta]) -> Vec<IndexDelta> {
        self.today = self.today.plus(1);
        let delta = self.graph.apply(facts, self.today);
        let (graph, today) = (&self.graph, self.today);
        let offers = self.risk.learn(facts, today);
        let offers = &[&offers][..];
        self.risk.apply(Inputs { graph, delta: &delta, facts, pairs, flows, offers, today })
    }

    /// Quiet days up to and with a day.
    fn until(&mut self, day: Day) {
        while self.today < day {
            self.day(&[], &[], &[]);
        }
    }

    fn close(&mut self) -> Vec<Arc<Index>> {
        self.risk.close(&self.graph, self.today)
    }

    fn points(&mut self, indicator: &str) -> i32 {
        let indices = self.close();
        let lines = indices.iter().flat_map(|index| &index.contributions);
        lines.filter(|line| &*line.indicator == indicator).map(|line| line.points).sum()
    }

    fn grade(&mut self) -> Grade {
        self.close().first().expect("scored").grade
    }
}

fn sums_hold(indices: &[Arc<Index>]) {
    for index in indices {
        let sum: i32 = index.contributions.iter().map(|line| line.points).sum();
        assert_eq!(sum, index.score);
        assert!((0..=1000).contains(&index.score), "{}", index.score);
        for line in &index.contributions {
            assert_ne!(line.points, 0, "{}", line.indicator);
            assert!(!line.events.is_empty(), "{}", line.indicator);
        }
    }
}

fn opinion(entity: usize, cluster: &str, tier: u8) -> Body {
    Body::Opinion(Box::new(Opinion {
        doc_id: format!("{cluster}{tier}").into(),
        tier,
        topics: Vec::new(),
        sentiment: -0.6,
        lure_terms: Vec::new(),
        promised_rate_pct: None,
        reach: None,
        cluster: Some(cluster.into()),
        mentions: vec![OpinionMention { uscc: code(entity), confidence: 0.9 }],
    }))
}

fn complaint(entity: usize, ticket: u16, token: u16, victims: u32) -> Body {
    Body::ComplaintReceived(Box::new(ComplaintReceived {
        ticket_no: format!("T{ticket}").into(),
        kind: ComplaintKind::Complaint,
        respondent: Mention::of(code(entity)),
        issues: vec!["预付卡".into()],
        amount_fen: None,
        victims: Some(victims),
        complainant: Some(format!("C:{token}").into()),
    }))
}

fn instance(id: &str, fallen: bool, at: Day) -> FlowDelta {
    let line = Evidence {
        statement: Text::new("", ""),
        weight: 1.0,
        events: vec![EventId::new("urn:t", "x")],
    };
    let instance = Instance {
        id: id.to_owned(),
        kind: FlowKind::Cycle,
        accounts: Vec::new(),
        transfers: Vec::new(),
        first_at: noon(at),
        last_at: noon(at),
        total: Fen::ZERO,
        subjects: vec![EntityId::nth(0)],
        centre: None,
        bearer: None,
        evidence: vec![line],
        against: Vec::new(),
        suspicion: 0.75,
    };
    FlowDelta { instance: Arc::new(instance), fallen, at: noon(at) }
}
