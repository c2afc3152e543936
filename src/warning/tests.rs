//! Do warnings come, change and go as they should?

use super::config::tests::shipped;
use super::*;
use crate::entity::{FactOp, Forms, mention_key};
use crate::event::{
    Change, Changed, ComplaintKind, ComplaintReceived, Customs, CustomsKind, Established, Event,
    EventType, List, ListState, Listing, Mention, Notice, NoticeKind, Patrol, PatrolKind, Penalty,
    PenaltyKind, Person, Procedure, Repair, RepairDecision,
};
use crate::id::{PersonKey, Uscc};
use crate::money::Fen;
use crate::risk::{Contribution, Grade, Index};
use crate::succession::Pair;
use crate::text::Family;
use proptest::prelude::*;

/// A code with right check characters for a number.
fn code(number: u32) -> Uscc {
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
struct Feed {
    count: u32,
}

impl Feed {
    fn fact(&mut self, number: u32, day: &str, kind: EventType, body: Body) -> Fact {
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
            subject: Some(EntityId(number)),
            mentions: Box::new([(mention_key(&Mention::of(code)), EntityId(number))]),
            forms: Arc::new(Forms::default()),
            op: FactOp::Assert,
            event: Arc::new(event),
        }
    }

    fn founded(&mut self, number: u32, day: &str) -> Fact {
        self.founded_by(number, day, &Founder::default())
    }

    fn founded_by(&mut self, number: u32, day: &str, by: &Founder) -> Fact {
        let body = Body::Established(Box::new(Established {
            uscc: code(number),
            reg_no: None,
            name: format!("东方试验{number}号有限公司").into(),
            entity_type: "1130".into(),
            established_on: Day::parse(day).expect("a day"),
            division: "469007100".into(),
            domicile: format!("东方市八所镇{number}号").into(),
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

    fn listed(&mut self, number: u32, day: &str, list: List, state: ListState) -> Fact {
        let on = Day::parse(day).expect("a day");
        let uscc = code(number);
        let body = Listing { uscc, list, state, on, reason: None, until: None };
        self.fact(number, day, EventType::Listing, Body::Listing(Box::new(body)))
    }

    fn fined(&mut self, number: u32, day: &str, paid: Option<&str>) -> Fact {
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

    fn leaves(&mut self, number: u32, day: &str) -> Fact {
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

    fn complained(&mut self, number: u32, day: &str, who: &str, victims: u32) -> Fact {
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

    fn customs(&mut self, number: u32, day: &str, kind: CustomsKind, due: Option<&str>) -> Fact {
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

    fn patrolled(&mut self, number: u32, day: &str, kind: PatrolKind) -> Fact {
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

    fn repaired(&mut self, number: u32, day: &str, target: &Fact) -> Fact {
        let body = Body::Repair(Box::new(Repair {
            uscc: code(number),
            targets: vec![target.event.id.clone()],
            decision: RepairDecision::Granted,
            effective_on: Day::parse(day).expect("a day"),
        }));
        self.fact(number, day, EventType::Repair, body)
    }

    fn new_rep(&mut self, number: u32, day: &str, person: u128) -> Fact {
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
struct Founder {
    agent: Option<&'static str>,
    device: Option<&'static str>,
    person: Option<u128>,
    scope: Option<&'static str>,
}

fn retired(fact: &Fact, day: &str) -> Fact {
    let at = Day::parse(day).expect("a day").start().plus_hours(11);
    Fact { op: FactOp::Retire, at, ..fact.clone() }
}

fn config() -> Arc<Config> {
    let (rules, measures) = shipped();
    Arc::new(Config::new(rules, measures, BTreeMap::new()))
}

/// A stage that is fed day by day.
struct Run {
    stage: Warnings,
    today: Day,
    all: BTreeMap<Arc<str>, Arc<Warning>>,
    told: usize,
}

impl Run {
    fn new(share: Share) -> Self {
        let today = Day::parse("2026-01-01").expect("a day");
        Self { stage: Warnings::new(config(), share), today, all: BTreeMap::new(), told: 0 }
    }

    fn step(&mut self, facts: &[Fact], pairs: &[PairDelta], indices: &[IndexDelta]) {
        let news = News { facts, pairs, flows: &[], indices, today: self.today };
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
    fn feed(&mut self, facts: &[Fact], until: &str) {
        let until = Day::parse(until).expect("a day");
        while self.today <= until {
            let of_day: Vec<Fact> =
                facts.iter().filter(|fact| fact.at.day() == self.today).cloned().collect();
            self.step(&of_day, &[], &[]);
        }
    }

    fn of_kind(&self, kind: &str) -> Vec<&Warning> {
        self.all.values().map(|warning| &**warning).filter(|w| &*w.kind == kind).collect()
    }

    fn only(&self, kind: &str) -> &Warning {
        let found = self.of_kind(kind);
        assert_eq!(found.len(), 1, "{kind}: {:?}", self.all.keys());
        found[0]
    }
}

fn pair(old: u32, new: u32, level: Option<Level>, day: &str, events: &[&Fact]) -> PairDelta {
    let at = Day::parse(day).expect("a day").start().plus_hours(12);
    let evidence = events
        .iter()
        .map(|fact| finding::line(Text::new("证据", "evidence"), 3.0, vec![fact.event.id.clone()]))
        .collect();
    let pair = Pair {
        predecessor: EntityId(old),
        successor: EntityId(new),
        confidence: 0.93,
        level,
        first_seen_at: at,
        last_changed_at: at,
        families: vec![Family::Control],
        evidence,
        against: Vec::new(),
        chain: vec![EntityId(old), EntityId(new)],
    };
    PairDelta { pair: Arc::new(pair), level_before: None }
}

#[test]
fn a_barred_deregistration_is_orange_and_falls_with_its_bar() {
    let mut feed = Feed::default();
    let fine = feed.fined(1, "2026-01-05", None);
    let facts = [feed.founded(1, "2026-01-02"), fine.clone(), feed.leaves(1, "2026-01-10")];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-01-12");
    let warning = run.only("deregistration_conflict");
    assert_eq!((warning.level, warning.open), (Level::Orange, true));
    assert_eq!(warning.raised_at, facts[2].at);
    assert!(warning.summary.zh.contains("罚款尚未执行完毕"), "{}", warning.summary.zh);
    assert_eq!(&*warning.place.division, "469007100");
    assert!(warning.measures.iter().any(|id| &**id == "stop_simple_deregistration"));

    run.feed(&[retired(&fine, "2026-01-15")], "2026-01-20");
    let warning = run.only("deregistration_conflict");
    assert!(!warning.open);
    assert_eq!(warning.updated_at.day(), Day::parse("2026-01-15").expect("a day"));
    assert!(warning.withdrawn_because.as_ref().expect("a reason").en.contains("withdrawn"));
}

#[test]
fn a_bar_that_is_lifted_after_the_notice_changes_nothing() {
    let mut feed = Feed::default();
    let facts = [
        feed.founded(1, "2026-01-02"),
        feed.listed(1, "2026-01-03", List::AbnormalOperations, ListState::Listed),
        feed.leaves(1, "2026-01-10"),
        feed.listed(1, "2026-04-10", List::AbnormalOperations, ListState::Removed),
    ];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-05-01");
    assert!(run.only("deregistration_conflict").open);

    let facts = [
        feed.founded(1, "2026-01-02"),
        feed.listed(1, "2026-01-03", List::AbnormalOperations, ListState::Listed),
        feed.leaves(1, "2026-01-10"),
        feed.listed(1, "2026-01-20", List::AbnormalOperations, ListState::Removed),
    ];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-05-01");
    assert!(!run.only("deregistration_conflict").open, "lifted while the notice ran");
}

#[test]
fn a_clean_firm_may_leave() {
    let mut feed = Feed::default();
    let facts = [
        feed.founded(1, "2026-01-02"),
        feed.fined(1, "2026-01-03", Some("2026-01-08")),
        feed.leaves(1, "2026-01-10"),
    ];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-03-01");
    assert!(run.of_kind("deregistration_conflict").is_empty());
}

#[test]
fn a_pair_warns_about_the_successor_and_a_barred_predecessor_makes_it_red() {
    let mut feed = Feed::default();
    let facts = [
        feed.founded(1, "2026-01-01"),
        feed.fined(1, "2026-01-02", None),
        feed.founded(2, "2026-01-03"),
    ];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-01-04");
    let found = pair(1, 2, Some(Level::Orange), "2026-01-05", &[&facts[0], &facts[1]]);
    run.step(&[], &[found], &[]);
    let warning = run.only("vest_switch");
    assert_eq!(warning.subject, Some(EntityId(2)));
    assert_eq!(warning.subjects, [EntityId(1), EntityId(2)]);
    assert_eq!(warning.level, Level::Orange);
    assert_eq!(warning.evidence.len(), 3, "two lines of the pair and one of the background");
    let (id, raised_at) = (warning.id.clone(), warning.raised_at);

    let notice = feed.leaves(1, "2026-01-06");
    run.feed(std::slice::from_ref(&notice), "2026-01-06");
    assert_eq!(run.only("vest_switch").level, Level::Red);
    assert_eq!(run.only("deregistration_conflict").level, Level::Red);

    run.step(&[], &[pair(1, 2, None, "2026-01-07", &[])], &[]);
    assert!(!run.only("vest_switch").open, "the pair fell");
    assert_eq!(run.only("deregistration_conflict").level, Level::Orange);
    let back = pair(1, 2, Some(Level::Yellow), "2026-01-08", &[&facts[0], &facts[2], &facts[1]]);
    run.step(&[], &[back], &[]);
    let warning = run.only("vest_switch");
    assert_eq!((&warning.id, warning.raised_at, warning.open), (&id, raised_at, true));
}

#[test]
fn an_index_speaks_of_jumps_and_of_vetoes_only() {
    let mut feed = Feed::default();
    let facts = [feed.founded(1, "2026-01-01"), feed.fined(1, "2026-01-02", None)];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-01-02");
    let index = |run: &Run, score, grade, veto: bool| {
        let line = Contribution {
            indicator: "R07".into(),
            points: score,
            events: vec![facts[1].event.id.clone()],
        };
        let vetoes = if veto { vec![line.clone()] } else { Vec::new() };
        let contributions = vec![line];
        let after =
            Index { entity: EntityId(1), as_of: run.today, score, grade, contributions, vetoes };
        let at = run.today.start().plus_hours(9);
        [IndexDelta { before: None, after: Arc::new(after), at }]
    };
    for (score, grade) in [(50, Grade::A), (200, Grade::B)] {
        let delta = index(&run, score, grade, false);
        run.step(&[], &[], &delta);
        assert_eq!(run.told, 0, "no noise");
    }
    let delta = index(&run, 350, Grade::C, false);
    run.step(&[], &[], &delta);
    assert_eq!(run.only("index_level").level, Level::Orange);
    let delta = index(&run, 100, Grade::B, false);
    run.step(&[], &[], &delta);
    assert!(!run.only("index_level").open);
    let delta = index(&run, 700, Grade::D, true);
    run.step(&[], &[], &delta);
    assert_eq!(run.only("veto").level, Level::Red);
    assert!(!run.only("index_level").open, "the veto is told alone");
    let delta = index(&run, 700, Grade::C, false);
    run.step(&[], &[], &delta);
    assert!(!run.only("veto").open);
}

#[test]
fn many_complainants_are_a_burst_and_one_claimant_is_not() {
    let mut feed = Feed::default();
    let mut facts = vec![feed.founded(1, "2026-01-01"), feed.founded(2, "2026-01-01")];
    for n in 0..40 {
        facts.push(feed.complained(1, "2026-02-10", &format!("C:{n}"), 1));
        facts.push(feed.complained(2, "2026-02-10", "C:claimant", 1));
    }
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-02-12");
    let warning = run.only("complaint_burst");
    assert_eq!(warning.subject, Some(EntityId(1)));
    assert_eq!(warning.level, Level::Orange);
}

#[test]
fn a_professional_claimant_counts_little_everywhere() {
    let mut feed = Feed::default();
    let mut facts = Vec::new();
    for firm in 1..=12 {
        facts.push(feed.founded(firm, "2026-01-01"));
        for n in 0..10 {
            facts.push(feed.complained(firm, "2026-02-10", &format!("C:pro{n}"), 5));
        }
    }
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-02-12");
    assert!(run.of_kind("complaint_burst").iter().all(|warning| !warning.open));
}

#[test]
fn signs_of_smuggling_add_up_and_the_term_runs_out() {
    let mut feed = Feed::default();
    let facts = [
        feed.founded(1, "2026-01-01"),
        feed.patrolled(1, "2026-02-01", PatrolKind::NightLanding),
        feed.patrolled(1, "2026-02-02", PatrolKind::StorageMismatch),
        feed.customs(1, "2026-02-03", CustomsKind::NoProofOfOrigin, Some("2026-02-12")),
    ];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-02-12");
    assert_eq!(run.only("smuggling").level, Level::Red);
    run.feed(&[], "2026-02-13");
    let warning = run.only("smuggling");
    assert!(warning.score > 4.9, "the proof is overdue now");
    assert_eq!(warning.updated_at, Day::parse("2026-02-13").expect("a day").start());

    let gap = feed.patrolled(2, "2026-06-01", PatrolKind::TrackGap);
    run.feed(&[feed.founded(2, "2026-03-01"), gap], "2026-06-02");
    assert_eq!(run.of_kind("smuggling").len(), 1, "nets rest in June");
}

#[test]
fn a_batch_of_shells_is_one_group() {
    let mut feed = Feed::default();
    let by = Founder { agent: Some("代理甲"), device: Some("F1"), ..Founder::default() };
    let facts: Vec<Fact> =
        (1..=40).map(|n| feed.founded_by(n, &format!("2026-03-0{}", 1 + n % 5), &by)).collect();
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-03-20");
    let warning = run.only("batch_shells");
    assert_eq!((warning.subject, warning.subjects.len()), (None, 40));
    assert_eq!(warning.level, Level::Orange);
    assert!(warning.summary.en.starts_with("40 enterprises founded within 5 days"));
}

#[test]
fn a_busy_agent_is_no_batch() {
    let mut feed = Feed::default();
    let by = Founder { agent: Some("代理乙"), device: Some("F2"), ..Founder::default() };
    let facts: Vec<Fact> = (1..=120)
        .map(|n| {
            let day = Day::parse("2026-01-01").expect("a day").plus(n as i32);
            feed.founded_by(n, &day.to_string(), &by)
        })
        .collect();
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-05-20");
    assert!(run.of_kind("batch_shells").iter().all(|w| w.level < Level::Orange));
}

#[test]
fn a_nominee_ties_the_firms_without_being_named() {
    let mut feed = Feed::default();
    let mut facts: Vec<Fact> = (1..=9).map(|n| feed.founded(n, "2026-01-01")).collect();
    facts.extend((1..=9).map(|n| feed.new_rep(n, &format!("2026-02-0{n}"), 77)));
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-03-01");
    let warning = run.only("group_nominee");
    assert_eq!((warning.level, warning.subjects.len()), (Level::Orange, 9));
    assert!(!format!("{warning:?}").contains("PersonKey"));
}

#[test]
fn failing_lots_of_a_brand_rise_and_fall() {
    let mut feed = Feed::default();
    let mut facts: Vec<Fact> = (1..=3).map(|n| feed.founded(n, "2026-01-01")).collect();
    for (firm, day) in [(1, "01"), (2, "05"), (3, "09"), (1, "12")] {
        let day = format!("2026-02-{day}");
        facts.push(feed.customs(firm, &day, CustomsKind::Nonconforming, None));
    }
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-02-20");
    assert_eq!(run.only("group_brand").level, Level::Orange);
    let clean: Vec<Fact> =
        (0..6).map(|_| feed.customs(2, "2026-03-01", CustomsKind::Declaration, None)).collect();
    run.feed(&clean, "2026-03-02");
    let warning = run.only("group_brand");
    assert_eq!((warning.level, warning.against.len()), (Level::Yellow, 1));
}

#[test]
fn a_repair_withdraws_on_the_day_it_takes_effect() {
    let mut feed = Feed::default();
    let fine = feed.fined(1, "2026-01-05", None);
    let mut repair = feed.repaired(1, "2026-02-01", &fine);
    repair.at = Day::parse("2026-01-20").expect("a day").start();
    let facts = [feed.founded(1, "2026-01-02"), fine, feed.leaves(1, "2026-01-15"), repair];
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-01-31");
    assert!(run.only("deregistration_conflict").open);
    run.feed(&facts, "2026-02-01");
    assert!(!run.only("deregistration_conflict").open);
}

#[test]
fn sole_traders_are_never_warned_about() {
    let mut feed = Feed::default();
    let mut facts = vec![feed.fined(1, "2026-01-05", None), feed.leaves(1, "2026-01-06")];
    let trader = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"].iter().find_map(|inner| {
        "0123456789ABCDEFGHJKLMNPQRTUWXY"
            .chars()
            .find_map(|c| Uscc::parse(&format!("92469007MA000001{inner}{c}")).ok())
    });
    for fact in &mut facts {
        let mut event = (*fact.event).clone();
        let trader = trader.expect("a code");
        event.subject = Some(Mention::of(trader));
        fact.event = Arc::new(event);
    }
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-02-01");
    assert!(run.all.is_empty());
}

/// A random life of three enterprises: what happens on which day.
fn any_fact() -> impl Strategy<Value = (u8, u32, u8)> {
    (0u8..9, 1u32..4, 2u8..28)
}

fn build(feed: &mut Feed, what: u8, firm: u32, day: u8) -> Fact {
    let day = format!("2026-01-{day:02}");
    match what {
        0 => feed.fined(firm, &day, None),
        1 => feed.listed(firm, &day, List::AbnormalOperations, ListState::Listed),
        2 => feed.listed(firm, &day, List::AbnormalOperations, ListState::Removed),
        3 => feed.leaves(firm, &day),
        4 => feed.complained(firm, &day, &format!("C:{firm}{day}"), 20),
        5 => feed.customs(firm, &day, CustomsKind::NoProofOfOrigin, Some("2026-01-20")),
        6 => feed.customs(firm, &day, CustomsKind::Nonconforming, None),
        7 => feed.patrolled(firm, &day, PatrolKind::NightLanding),
        _ => feed.new_rep(firm, &day, 5),
    }
}

/// What must be the same however it came about.
type Open = (Arc<str>, Level, Vec<EntityId>, Text, Vec<crate::text::Evidence>);

fn open(run: &Run) -> Vec<Open> {
    let open = run.all.values().filter(|warning| warning.open);
    open.map(|w| (w.id.clone(), w.level, w.subjects.clone(), w.summary.clone(), w.evidence.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn retired_facts_leave_no_open_trace(
        kept in prop::collection::vec(any_fact(), 0..14),
        gone in prop::collection::vec(any_fact(), 0..8),
    ) {
        let mut feed = Feed::default();
        let mut facts: Vec<Fact> = (1..4).map(|n| feed.founded(n, "2026-01-01")).collect();
        facts.extend(kept.iter().map(|(what, firm, day)| build(&mut feed, *what, *firm, *day)));
        let mut plain = Run::new(Share::WHOLE);
        plain.feed(&facts, "2026-03-01");

        for (what, firm, day) in &gone {
            let fact = build(&mut feed, *what, *firm, *day);
            facts.push(retired(&fact, "2026-01-29"));
            facts.push(fact);
        }
        facts.sort_by(|a, b| a.at.cmp(&b.at).then(a.event.id.cmp(&b.event.id)));
        let mut corrected = Run::new(Share::WHOLE);
        corrected.feed(&facts, "2026-03-01");
        prop_assert_eq!(open(&plain), open(&corrected));
    }

    #[test]
    fn shares_together_give_the_whole(
        kept in prop::collection::vec(any_fact(), 0..20),
    ) {
        let mut feed = Feed::default();
        let mut facts: Vec<Fact> = (1..4).map(|n| feed.founded(n, "2026-01-01")).collect();
        facts.extend(kept.iter().map(|(what, firm, day)| build(&mut feed, *what, *firm, *day)));
        facts.sort_by(|a, b| a.at.cmp(&b.at).then(a.event.id.cmp(&b.event.id)));
        let mut whole = Run::new(Share::WHOLE);
        whole.feed(&facts, "2026-03-01");
        let mut parts = BTreeMap::new();
        for index in 0..3 {
            let mut part = Run::new(Share::new(index, 3).expect("a share"));
            part.feed(&facts, "2026-03-01");
            for (id, warning) in part.all {
                prop_assert!(parts.insert(id, warning).is_none(), "told twice");
            }
        }
        prop_assert_eq!(whole.all, parts);
    }
}
