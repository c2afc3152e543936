//! Stories of mentions, and random histories against a fresh directory.

use super::*;
use crate::event::{
    Body, Change, Changed, ComplaintKind, ComplaintReceived, EndKind, Ended, Established,
    EventType, Op, Person,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const CODES: [&str; 5] = [
    "91469007MA5T000027",
    "91469007MAC100018M",
    "91469007MAE7XY1245",
    "9144030071526726XG",
    "914403001922038216",
];
const NUMBERS: [&str; 2] = ["469007000000015", "469007012345672"];
const NAMES: [&str; 3] = ["东方鹭汀餐饮有限公司", "海南岫岩建材有限公司", "海南珞溪贸易有限公司"];

fn code(i: usize) -> Uscc {
    Uscc::parse(CODES[i]).expect("valid")
}

fn event(id: usize, day: i32, kind: EventType, body: Body) -> Arc<Event> {
    Arc::new(Event {
        id: EventId::new("t", &format!("{id:04}")),
        time: Day(day).start(),
        subject: None,
        op: Op::Assert,
        access_basis: None,
        kind,
        body,
    })
}

fn established(id: usize, day: i32, who: usize, name: &str, number: Option<usize>) -> Arc<Event> {
    let body = Established {
        uscc: code(who),
        reg_no: number.map(|n| RegNo::parse(NUMBERS[n]).expect("valid")),
        name: name.into(),
        entity_type: "1130".into(),
        established_on: Day(day - 2),
        division: "469007100".into(),
        domicile: "东方市八所镇港西路18号".into(),
        industry: None,
        scope: None,
        subscribed_fen: None,
        paid_fen: None,
        legal_rep: Person(None),
        officers: Vec::new(),
        holders: Vec::new(),
        phones: Vec::new(),
        emails: Vec::new(),
        liaison: None,
        agent: None,
        filing_fingerprint: None,
        predecessors: Vec::new(),
    };
    event(id, day, EventType::Established, Body::Established(Box::new(body)))
}

fn renamed(id: usize, day: i32, who: usize, after: &str) -> Arc<Event> {
    let changes = vec![Change::Name { before: None, after: after.into() }];
    let body = Changed { uscc: code(who), approved_on: Day(day), changes };
    event(id, day, EventType::Changed, Body::Changed(Box::new(body)))
}

fn ended(id: usize, day: i32, who: usize) -> Arc<Event> {
    let body = Ended { uscc: code(who), kind: EndKind::Deregistered, on: Day(day), reason: None };
    event(id, day, EventType::Ended, Body::Ended(Box::new(body)))
}

fn complaint(id: usize, day: i32, respondent: Mention) -> Arc<Event> {
    let body = ComplaintReceived {
        ticket_no: format!("T{id}").into(),
        kind: ComplaintKind::Complaint,
        respondent,
        issues: Vec::new(),
        amount_fen: None,
        victims: None,
        complainant: None,
    };
    event(id, day, EventType::ComplaintReceived, Body::ComplaintReceived(Box::new(body)))
}

fn by_name(name: &str) -> Mention {
    Mention { name: Some(name.into()), ..Mention::default() }
}

fn by_number(n: usize) -> Mention {
    Mention { reg_no: RegNo::parse(NUMBERS[n]).ok(), ..Mention::default() }
}

fn by_org(i: usize) -> Mention {
    Mention { org_code: Some(code(i).org_code()), ..Mention::default() }
}

fn step(op: StepOp, event: &Arc<Event>) -> Told {
    Told::of(Step {
        at: event.time,
        by: event.id.clone(),
        op,
        event: Arc::clone(event),
        lineage: None,
    })
}

fn say(event: &Arc<Event>) -> Told {
    step(StepOp::Assert, event)
}

/// What an entity is called that does not depend on ids.
fn called(directory: &Directory, id: EntityId) -> String {
    let entry = &directory.entries[id.index()];
    match (entry.uscc, entry.soft) {
        (Some(uscc), _) => uscc.to_string(),
        (None, Some(key)) => format!("?{key}"),
        (None, None) => entry.label.as_deref().expect("an organisation code").to_owned(),
    }
}

type Net = BTreeMap<EventId, (Option<EntityId>, Vec<(u64, EntityId)>)>;

/// Applies facts to what holds; every `Retire` must name exactly what was asserted.
fn hold(net: &mut Net, facts: &[Fact]) {
    for fact in facts {
        let told = (fact.subject, fact.mentions.to_vec());
        if fact.asserts() {
            assert_eq!(net.insert(fact.event.id.clone(), told), None, "asserted twice");
        } else {
            assert_eq!(net.remove(&fact.event.id), Some(told), "retired as it was asserted");
        }
    }
}

/// As [`called`], by organisation code: a whole code, once seen, stays known.
fn core(directory: &Directory, id: EntityId) -> String {
    let uscc = directory.uscc(id);
    uscc.map_or_else(|| called(directory, id), |uscc| uscc.org_code().to_string())
}

fn named(directory: &Directory, net: &Net) -> Vec<String> {
    net.iter()
        .map(|(event, (subject, mentions))| {
            let all: Vec<String> = mentions
                .iter()
                .map(|(key, id)| format!("{key}={}", core(directory, *id)))
                .collect();
            format!("{event} {:?} {all:?}", subject.map(|id| core(directory, id)))
        })
        .collect()
}

#[test]
fn a_name_mentioned_before_its_registration_is_moved_and_moved_back() {
    let mut directory = Directory::new();
    let early = complaint(1, 100, by_name("东方鷺汀餐飲有限責任公司"));
    let first = directory.apply(&[say(&early)]);
    let lone = first[0].subject.expect("provisional");
    assert!(directory.is_provisional(lone) && !directory.is_scored(lone));

    let birth = established(2, 101, 0, NAMES[0], None);
    let facts = directory.apply(&[say(&birth)]);
    let firm = directory.by_uscc(code(0)).expect("registered");
    let told: Vec<_> = facts.iter().map(|f| (f.event.id.id(), f.op, f.subject)).collect();
    assert_eq!(
        told,
        [
            ("0002", FactOp::Assert, Some(firm)),
            ("0001", FactOp::Retire, Some(lone)),
            ("0001", FactOp::Assert, Some(firm)),
        ]
    );
    assert_eq!(directory.name(firm), Some(NAMES[0]));
    assert!(directory.is_scored(firm));

    let facts = directory.apply(&[step(StepOp::Retire, &birth)]);
    let told: Vec<_> = facts.iter().map(|f| (f.event.id.id(), f.op, f.subject)).collect();
    assert_eq!(
        told,
        [
            ("0002", FactOp::Retire, Some(firm)),
            ("0001", FactOp::Retire, Some(firm)),
            ("0001", FactOp::Assert, Some(lone)),
        ]
    );
}

#[test]
fn a_name_means_who_bears_it_on_the_day() {
    let mut directory = Directory::new();
    let history = [
        established(1, 100, 0, NAMES[0], Some(0)),
        established(2, 100, 1, NAMES[1], None),
        complaint(3, 110, by_name(NAMES[0])),
        renamed(4, 120, 0, NAMES[2]),
        complaint(5, 125, by_name(NAMES[0])),
        established(6, 130, 2, NAMES[0], None),
        complaint(7, 140, by_name(NAMES[0])),
        complaint(8, 140, by_name(NAMES[2])),
        complaint(9, 140, by_number(0)),
        complaint(10, 140, by_org(1)),
        established(11, 150, 3, NAMES[0], None),
        complaint(12, 160, by_name(NAMES[0])),
        ended(13, 170, 3),
        complaint(14, 180, by_name(NAMES[0])),
    ];
    let mut net = Net::new();
    for event in &history {
        hold(&mut net, &directory.apply(&[say(event)]));
    }
    let subject = |i: usize| {
        let id = net[&EventId::new("t", &format!("{i:04}"))].0.expect("subject");
        called(&directory, id)
    };
    for (i, who) in [(3, 0), (5, 0), (7, 2), (8, 0), (9, 0), (10, 1), (14, 2)] {
        assert_eq!(subject(i), CODES[who], "complaint {i}");
    }
    assert!(subject(12).starts_with('?'), "two bear the name: neither is meant");
    assert_eq!(directory.names(directory.by_uscc(code(0)).expect("known")), [NAMES[0], NAMES[2]]);
    assert_eq!(directory.search("珞溪", 9), [directory.by_uscc(code(0)).expect("known")]);
}

#[test]
fn an_organisation_code_becomes_the_whole_code() {
    let mut directory = Directory::new();
    let early = complaint(1, 100, by_org(0));
    let lone = directory.apply(&[say(&early)])[0].subject;
    let later = Mention { uscc: Some(code(0)), ..Mention::default() };
    assert_eq!(directory.apply(&[say(&complaint(2, 101, later))])[0].subject, lone);
    // Another registration around the same organisation code is another enterprise.
    let other = Uscc::parse("93469007MA5T000021").expect("valid");
    let mention = Mention { uscc: Some(other), ..Mention::default() };
    assert_ne!(directory.apply(&[say(&complaint(3, 102, mention))])[0].subject, lone);
}

#[test]
fn a_person_merges_and_parts() {
    let mut directory = Directory::new();
    let by = EventId::new("desk", "1");
    let facts = directory.apply(&[
        say(&established(1, 100, 0, NAMES[0], None)),
        say(&complaint(2, 100, by_name("鹭汀海鲜"))),
    ]);
    let (firm, lone) = (facts[0].subject.expect("firm"), facts[1].subject.expect("lone"));
    assert_eq!(directory.merge(firm, firm, Time(0), &by).err(), Some(MergeFault::NotProvisional));
    assert_eq!(directory.merge(lone, lone, Time(0), &by).err(), Some(MergeFault::BadWinner));
    let merged = directory.merge(lone, firm, Time(0), &by).expect("possible");
    assert_eq!(merged.iter().map(|f| f.subject).collect::<Vec<_>>(), [Some(lone), Some(firm)]);
    let parted = directory.unmerge(lone, Time(1), &by).expect("possible");
    assert_eq!(parted.iter().map(|f| f.subject).collect::<Vec<_>>(), [Some(firm), Some(lone)]);
}

fn any_event(id: usize) -> impl Strategy<Value = Arc<Event>> {
    let day = 100 + id as i32;
    prop_oneof![
        (0usize..3, 0usize..3, proptest::option::of(0usize..2))
            .prop_map(move |(w, n, r)| established(id, day, w, NAMES[n], r)),
        (0usize..3, 0usize..3).prop_map(move |(w, n)| renamed(id, day, w, NAMES[n])),
        (0usize..3).prop_map(move |w| ended(id, day, w)),
        (0usize..3).prop_map(move |n| complaint(id, day, by_name(NAMES[n]))),
        (0usize..2).prop_map(move |n| complaint(id, day, by_number(n))),
        (0usize..3).prop_map(move |n| complaint(id, day, by_org(n))),
    ]
}

fn history() -> impl Strategy<Value = (Vec<Arc<Event>>, Vec<bool>)> {
    let events: Vec<_> = (0..14).map(any_event).collect();
    (events, proptest::collection::vec(proptest::bool::weighted(0.4), 14))
}

proptest! {
    #[test]
    fn withdrawn_events_leave_no_trace((events, withdrawn) in history(), gap in 1usize..6) {
        let mut directory = Directory::new();
        let mut net = Net::new();
        for (i, event) in events.iter().enumerate() {
            hold(&mut net, &directory.apply(&[say(event)]));
            if i >= gap && withdrawn[i - gap] {
                let gone = step(StepOp::Retire, &events[i - gap]);
                hold(&mut net, &directory.apply(&[gone]));
            }
        }
        let kept = events
            .iter()
            .enumerate()
            .filter(|(i, _)| !(withdrawn[*i] && i + gap < events.len()))
            .map(|(_, e)| say(e))
            .collect::<Vec<_>>();
        let mut fresh = Directory::new();
        let mut wanted = Net::new();
        hold(&mut wanted, &fresh.apply(&kept));
        prop_assert_eq!(named(&directory, &net), named(&fresh, &wanted));
    }
}
