//! Is what the stage holds what a computation from scratch gives? Histories, and to the day.

use crate::entity::{Fact, FactOp, Forms, mention_key};
use crate::event::{
    Activity, Body, CaseState, Change, Changed, Commitment, ComplaintClosed, ComplaintKind,
    ComplaintReceived, ComplaintResult, Court, CourtKind, CourtRole, Established, Event, EventType,
    Inspection, InspectionItem, InspectionPlan, InspectionResult, List, ListState, Listing,
    Mention, Notice, NoticeKind, ObjectionDecided, ObjectionDecision, ObjectionFiled, Op, Opinion,
    OpinionMention, Party, Penalty, PenaltyKind, Person, Procedure, Repair, RepairDecision,
    Severity, Staff,
};
use crate::flow::{FlowDelta, FlowKind, Instance};
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, EventId, Share, Uscc};
use crate::money::Fen;
use crate::risk::{Config, Grade, Index, IndexDelta, Inputs, Risk};
use crate::succession::{Pair, PairDelta};
use crate::text::{Evidence, Text};
use crate::time::{Day, Month, Time};
use proptest::prelude::*;
use std::sync::Arc;

const CODES: [&str; 4] =
    ["91469007MA5TKB1082", "91469007MA5TKB2126", "91469007MA5TKB327C", "92469007MA5TKD437E"];
/// 2026-01-01.
const START: Day = Day::of(2026, 1, 1);

fn config() -> Arc<Config> {
    let mut config: Config =
        toml::from_str(include_str!("../../models/dongfang/2026.1/indicators.toml"))
            .expect("the shipped file");
    config.lexicon = toml::from_str(include_str!("../../models/dongfang/2026.1/lexicon.toml"))
        .expect("the shipped file");
    Arc::new(config)
}

fn code(entity: usize) -> Uscc {
    Uscc::parse(CODES[entity]).expect("valid")
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
    let owner = EntityId(entity as u32);
    Fact {
        event: Arc::new(event),
        op: FactOp::Assert,
        at: noon(known),
        by: id,
        subject: Some(owner),
        mentions: Box::new([(mention_key(&mention), owner)]),
        forms: Arc::new(Forms::default()),
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
        legal_rep: Person(None),
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
        let risk = Risk::new(config.clone(), Share::WHOLE);
        Self { risk, graph: Graph::default(), today: START.plus(-1) }
    }

    fn day(&mut self, facts: &[Fact], pairs: &[PairDelta], flows: &[FlowDelta]) -> Vec<IndexDelta> {
        self.today = self.today.plus(1);
        let delta = Delta::default();
        let (graph, today) = (&self.graph, self.today);
        self.risk.apply(Inputs { graph, delta: &delta, facts, pairs, flows, today })
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

#[test]
fn publicity_ends_to_the_day() {
    let config = config();
    for (severity, decided, last) in [
        (Severity::General, Day::of(2026, 4, 10), Day::of(2027, 4, 10)),
        (Severity::Minor, Day::of(2026, 4, 10), Day::of(2026, 7, 10)),
    ] {
        let mut run = Run::new(&config);
        run.until(decided.plus(-1));
        run.day(&[fact("p", 0, decided, penalty(0, decided, severity, 1_000_000))], &[], &[]);
        assert!(run.points("R01") > 0);
        run.until(last);
        assert!(run.points("R01") > 0, "still on its last day");
        run.until(last.plus(1));
        assert_eq!(run.points("R01"), 0);
        assert_eq!(run.close()[0].score, 0);
    }
}

#[test]
fn penalties_halve() {
    let mut run = Run::new(&config());
    run.day(&[fact("p", 0, START, penalty(0, START, Severity::Serious, 1_000_000))], &[], &[]);
    assert_eq!(run.points("R02"), 70);
    run.until(START.plus(365));
    // 360 of 365 days: the step that was last taken.
    assert_eq!(run.points("R02"), 35);
    assert_eq!(run.grade(), Grade::A, "35 points are below B");
}

#[test]
fn a_repair_counts_from_its_day_and_may_come_first() {
    let config = config();
    let target = EventId::new("urn:t", "p");
    let (decided, effective) = (START.plus(10), START.plus(20));
    let mut run = Run::new(&config);
    run.day(&[fact("r", 0, START, repair(0, &target, effective))], &[], &[]);
    run.until(decided.plus(-1));
    run.day(&[fact("p", 0, decided, penalty(0, decided, Severity::Serious, 9))], &[], &[]);
    run.until(effective.plus(-1));
    assert_eq!(run.points("R02"), 70);
    run.until(effective);
    assert_eq!((run.points("R02"), run.points("R20")), (0, -20));
    assert_eq!(run.points("floor"), 20, "the score stays at 0");
    sums_hold(&run.close());
}

#[test]
fn objections_halve_then_annul() {
    let config = config();
    let target = EventId::new("urn:t", "l");
    let on_list = || listing(0, START, List::SeriousViolations, ListState::Listed, None);
    let mut run = Run::new(&config);
    run.day(&[fact("l", 0, START, on_list())], &[], &[]);
    assert_eq!((run.points("R07"), run.grade()), (200, Grade::D));
    run.day(&[fact("o", 0, START.plus(1), filed(0, &target, START.plus(1)))], &[], &[]);
    assert_eq!((run.points("R07"), run.grade()), (100, Grade::D), "an old veto stays");
    let upheld = decided(0, &target, START.plus(2), ObjectionDecision::Upheld);
    run.day(&[fact("d", 0, START.plus(2), upheld)], &[], &[]);
    assert_eq!((run.points("R07"), run.grade()), (0, Grade::A));

    let mut run = Run::new(&config);
    let facts = [fact("l", 0, START, on_list()), fact("o", 0, START, filed(0, &target, START))];
    run.day(&facts, &[], &[]);
    assert_eq!((run.points("R07"), run.grade()), (100, Grade::B), "no new veto on it alone");
}

#[test]
fn lists_end_by_removal_or_term() {
    let config = config();
    let mut run = Run::new(&config);
    let listed = |until| listing(0, START, List::AbnormalOperations, ListState::Listed, until);
    run.day(&[fact("l", 0, START, listed(Some(START.plus(30))))], &[], &[]);
    run.until(START.plus(30));
    assert_eq!(run.points("R06"), 60);
    run.until(START.plus(31));
    assert_eq!(run.points("R06"), 0);

    let mut run = Run::new(&config);
    run.day(&[fact("l", 0, START, listed(None))], &[], &[]);
    let off = listing(0, START.plus(1), List::AbnormalOperations, ListState::Removed, None);
    let off = fact("x", 0, START.plus(1), off);
    run.day(std::slice::from_ref(&off), &[], &[]);
    assert_eq!(run.points("R06"), 0);
    run.day(&[retired(&off, START.plus(2))], &[], &[]);
    assert_eq!(run.points("R06"), 60, "the removal was withdrawn");
}

#[test]
fn categories_are_capped_in_sight() {
    let mut run = Run::new(&config());
    let mut facts = vec![
        fact("a", 0, START, listing(0, START, List::SeriousViolations, ListState::Listed, None)),
        fact("b", 0, START, listing(0, START, List::DishonestDebtors, ListState::Listed, None)),
        fact("c", 0, START, listing(0, START, List::WageArrears, ListState::Listed, None)),
    ];
    facts.sort_by(|a, b| a.event.id.cmp(&b.event.id));
    run.day(&facts, &[], &[]);
    assert_eq!(run.points("cap:R"), -70);
    assert_eq!(run.close()[0].score, 380);
    sums_hold(&run.close());
}

#[test]
fn sole_traders_and_mentions_are_not_scored() {
    let mut run = Run::new(&config());
    let mut facts = vec![fact("p", 3, START, penalty(3, START, Severity::Serious, 1_000_000_000))];
    let mut press = fact("o", 0, START, opinion(0, "K", 1));
    press.subject = None;
    facts.push(press);
    assert!(run.day(&facts, &[], &[]).is_empty());
    assert!(run.close().is_empty());
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

#[test]
fn rumours_need_corroboration_and_echoes_count_once() {
    let config = config();
    let mut run = Run::new(&config);
    run.day(&[fact("a", 0, START, opinion(0, "K", 4))], &[], &[]);
    assert_eq!(run.points("P05"), 0);
    run.day(&[fact("b", 0, START.plus(1), opinion(0, "L", 2))], &[], &[]);
    let both = run.points("P05");
    assert!(both >= 9, "{both}");
    run.day(&[fact("c", 0, START.plus(2), opinion(0, "L", 1))], &[], &[]);
    assert!(run.points("P05") <= both);
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

#[test]
fn one_claimant_is_no_burst() {
    let config = config();
    let burst = |token: fn(u16) -> u16| {
        let mut run = Run::new(&config);
        let facts: Vec<Fact> = (0..20)
            .map(|n| fact(&format!("c{n:02}"), 0, START, complaint(0, n, token(n), 1)))
            .collect();
        run.day(&facts, &[], &[]);
        run.points("P01")
    };
    assert_eq!(burst(|_| 7), 0);
    assert_eq!(burst(|n| n), 25);
}

#[test]
fn a_fall_in_staff_counts_and_a_usual_one_does_not() {
    let config = config();
    let staff = |n: i32, headcount: u32| {
        let month = Month(START.month().0 + n);
        let body = Staff { uscc: code(0), month, headcount, staff_minhash: None };
        let known = month.first_day().plus(35);
        fact(&format!("s{n:02}"), 0, known, Body::Staff(Box::new(body)))
    };
    let mut run = Run::new(&config);
    for (n, headcount) in [(0, 20), (1, 19), (2, 18), (3, 4)] {
        let report = staff(n, headcount);
        run.until(report.at.day().plus(-1));
        run.day(&[report], &[], &[]);
    }
    assert_eq!(run.points("D09"), 20);
    let later = run.today.plus(260);
    run.until(later);
    assert_eq!(run.points("D09"), 0, "an old report says nothing about now");
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
        subjects: vec![EntityId(0)],
        evidence: vec![line],
        against: Vec::new(),
        suspicion: 0.75,
    };
    FlowDelta { instance: Arc::new(instance), fallen, at: noon(at) }
}

#[test]
fn findings_of_other_stages_count_while_they_hold() {
    let mut run = Run::new(&config());
    let pair = |confidence| PairDelta {
        pair: Arc::new(Pair {
            predecessor: EntityId(1),
            successor: EntityId(0),
            confidence,
            level: None,
            first_seen_at: noon(START),
            last_changed_at: noon(START),
            families: Vec::new(),
            evidence: vec![Evidence {
                statement: Text::new("", ""),
                weight: 1.0,
                events: vec![EventId::new("urn:t", "y")],
            }],
            against: Vec::new(),
            chain: Vec::new(),
        }),
        level_before: None,
    };
    let facts = [fact("e", 0, START, established(0, Day::of(2020, 1, 1)))];
    run.day(&facts, &[pair(0.9)], &[instance("i", false, START)]);
    assert_eq!((run.points("A01"), run.points("F05")), (72, 15));
    run.day(&[], &[pair(0.2)], &[instance("i", true, START.plus(1))]);
    assert_eq!((run.points("A01"), run.points("F05")), (0, 0));
}

#[test]
fn the_register_counts() {
    let mut run = Run::new(&config());
    run.day(&[fact("e", 0, START, established(0, Day::of(2023, 3, 1)))], &[], &[]);
    assert_eq!(run.points("B01"), 6);
    assert_eq!(run.points("B02"), 10);
    assert_eq!(run.points("B03"), 25);
    assert_eq!(run.points("B04"), 15);
    assert_eq!(run.points("B05"), 5);
    run.until(Day::of(2026, 2, 28));
    assert_eq!(run.points("B01"), 6);
    run.until(Day::of(2026, 3, 1));
    assert_eq!(run.points("B01"), 0);
}

/// A fact made from small numbers: what, about whom, and two parameters.
fn random_fact(
    n: usize,
    today: Day,
    (what, entity, a, b): (u8, usize, u16, u16),
    known: &[Fact],
) -> Fact {
    let earlier = |back: u16| today.plus(-i32::from(back % 400));
    let target = || known.get(usize::from(a) % known.len().max(1)).map(|f| f.event.id.clone());
    let target = target().unwrap_or(EventId::new("urn:t", "none"));
    let severities = [Severity::Minor, Severity::General, Severity::Serious];
    let states = [ListState::Listed, ListState::Listed, ListState::Removed];
    let ahead = today.plus(i32::from(b % 60) - 20);
    let body = match what % 16 {
        0 | 1 => penalty(entity, earlier(a), severities[usize::from(b % 3)], i64::from(b) * 9_000),
        2 => {
            let list = List::ALL[usize::from(a) % List::ALL.len()];
            let until = (b % 4 == 0).then(|| today.plus(i32::from(b % 90)));
            listing(entity, earlier(b), list, states[usize::from(b % 3)], until)
        }
        3 => {
            let kind = CourtKind::ALL[usize::from(a) % CourtKind::ALL.len()];
            let state = if b % 3 == 0 { CaseState::Closed } else { CaseState::Opened };
            court(entity, earlier(b), a % 3, kind, state)
        }
        4 => repair(entity, &target, ahead),
        5 => filed(entity, &target, ahead),
        6 => {
            let decision = ObjectionDecision::ALL[usize::from(b % 3)];
            decided(entity, &target, ahead, decision)
        }
        7 => complaint(entity, a % 20, b % 6, u32::from(b % 12)),
        8 => Body::ComplaintClosed(Box::new(ComplaintClosed {
            ticket_no: format!("T{}", a % 20).into(),
            respondent: Mention::of(code(entity)),
            result: ComplaintResult::ALL[usize::from(b) % ComplaintResult::ALL.len()],
            substantiated: [None, Some(true), Some(false)][usize::from(b % 3)],
        })),
        9 => Body::Inspection(Box::new(Inspection {
            uscc: code(entity),
            plan: InspectionPlan::Random,
            on: earlier(a),
            authority: "A".into(),
            items: vec![InspectionItem {
                code: "x".into(),
                result: InspectionResult::ALL[usize::from(b) % InspectionResult::ALL.len()],
            }],
        })),
        10 => Body::Staff(Box::new(Staff {
            uscc: code(entity),
            month: Month(today.month().0 - i32::from(a % 6)),
            headcount: u32::from(b % 30),
            staff_minhash: None,
        })),
        11 => Body::Activity(Box::new(Activity {
            uscc: code(entity),
            month: Month(today.month().0 - i32::from(a % 8)),
            revenue_fen: Some(Fen(i64::from(b % 2) * 1_000)),
            tax_fen: Some(Fen::ZERO),
            energy_kwh: Some(f64::from(b % 3)),
            water_m3: None,
            emission_kg: None,
            stock_units: None,
        })),
        12 => opinion(entity, ["K", "L"][usize::from(a % 2)], (b % 4) as u8 + 1),
        13 => Body::Notice(Box::new(Notice {
            uscc: code(entity),
            kind: NoticeKind::ALL[usize::from(a) % NoticeKind::ALL.len()],
            notice_on: today,
            until: (b % 2 == 0).then(|| today.plus(i32::from(b % 50))),
            counterparties: Vec::new(),
        })),
        14 => established(entity, earlier(a)),
        _ if a % 2 == 0 => {
            let matter = "m".into();
            Body::Commitment(Box::new(Commitment { uscc: code(entity), matter, on: earlier(b) }))
        }
        _ => Body::Changed(Box::new(Changed {
            uscc: code(entity),
            approved_on: earlier(b % 70),
            changes: vec![
                Change::LegalRep { before: None, after: Person(None) },
                Change::Name { before: None, after: "东方餐饮有限公司".into() },
                Change::Domicile { before: None, after: "八所镇".into() },
            ],
        })),
    };
    fact(&format!("f{n:03}"), entity, today, body)
}

fn shown(indices: &[Arc<Index>]) -> Vec<String> {
    indices
        .iter()
        .map(|index| {
            let lines: Vec<String> = index
                .contributions
                .iter()
                .map(|l| format!("{} {} {:?}", l.indicator, l.points, l.events))
                .collect();
            let vetoes: Vec<&str> = index.vetoes.iter().map(|l| &*l.indicator).collect();
            format!("{:?} {} {:?} {lines:?} {vetoes:?}", index.entity, index.score, index.grade)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// After any history, on any day, what is held equals what the facts that hold now give.
    #[test]
    fn incremental_equals_from_scratch(
        steps in prop::collection::vec(
            (0i32..45, any::<u8>(), 0usize..4, any::<u16>(), any::<u16>()), 1..25),
    ) {
        let config = config();
        let mut run = Run::new(&config);
        let mut held: Vec<Fact> = Vec::new();
        let mut all: Vec<Fact> = Vec::new();
        for (n, (gap, what, entity, a, b)) in steps.into_iter().enumerate() {
            let target = run.today.plus(gap);
            run.until(target);
            let today = run.today.plus(1);
            let step = if what % 5 == 4 && !held.is_empty() {
                let gone = held.remove(usize::from(a) % held.len());
                retired(&gone, today)
            } else {
                let new = random_fact(n, today, (what, entity, a, b), &all);
                held.push(new.clone());
                all.push(new.clone());
                new
            };
            run.day(&[step], &[], &[]);
            let mut oracle = Run::new(&config);
            oracle.today = run.today.plus(-1);
            oracle.day(&held, &[], &[]);
            let (mine, theirs) = (run.close(), oracle.close());
            sums_hold(&mine);
            prop_assert_eq!(shown(&mine), shown(&theirs), "on {}", run.today);
        }
    }
}
