//! Do acts hold as the table says, in any order and again in a replay?

use super::*;
use crate::text::{Level, Text};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

pub(crate) fn task(id: &str, agency: &str) -> Task {
    Task {
        id: id.into(),
        warning: "w".into(),
        agency: agency.into(),
        lead: true,
        division: "469007103".into(),
        level: Level::Red,
        ack_due_at: Time(2 * HOUR),
        judge_due_at: Time(24 * HOUR),
        state: TaskState::Dispatched,
        reason: Text::new("", ""),
    }
}

fn deed(verb: Verb, version: u32, round: Round) -> TaskDeed {
    TaskDeed {
        task: "t".into(),
        verb,
        version,
        round,
        lease_until: None,
        agency: Some("customs".into()),
        partners: vec!["tax".into()],
        approver: Some("u9".into()),
        finding: Some(Finding {
            outcome: Outcome::Confirmed,
            code: "c".into(),
            amount_fen: None,
            referred: false,
            rectified: false,
            items: Vec::new(),
        }),
        saw: None,
        due_at: Some(Time(9 * HOUR)),
        terms: None,
        measure: None,
        rules_on: None,
    }
}

fn act(at: i64, who: &str, dispatcher: bool, deed: TaskDeed) -> Act {
    let lease_until = deed.lease_until.or(Some(Time(at + HOUR)));
    Act {
        id: format!("{at}").into(),
        at: Time(at),
        by: By { account: who.into(), agency: None, dispatcher },
        reason: "because".into(),
        deed: Deed::Task(Box::new(TaskDeed { lease_until, ..deed })),
    }
}

fn round() -> Round {
    Round::of(&task("t", "x"))
}

#[test]
fn a_task_is_held_by_one_until_the_lease_ends() {
    let mut desk = Desk::default();
    let take = |version| deed(Verb::Acknowledge, version, round());
    desk.apply(&act(0, "u1", false, take(0))).expect("free");
    assert_eq!(desk.apply(&act(1, "u2", false, take(0))), Err(Refused::Stale { version: 1 }));
    let held = desk.apply(&act(2, "u2", false, take(1)));
    assert_eq!(held, Err(Refused::NotFrom { state: State::Acknowledged }));
    let start = |version| deed(Verb::Start, version, round());
    assert_eq!(desk.apply(&act(3, "u2", false, start(1))), Err(Refused::Held));
    desk.apply(&act(HOUR + 1, "u2", false, take(1))).expect("the lease is over");
    desk.apply(&act(HOUR + 2, "u2", false, start(2))).expect("it is his now");
    let standing = standing(&task("t", "x"), desk.cases.get("t"), Time(9 * HOUR), Time(9 * HOUR));
    assert_eq!(standing.state, State::InHand, "work has no lease");
    assert_eq!(standing.holder.as_deref(), Some("u2"));
}

#[test]
fn a_stopped_clock_moves_the_term() {
    let mut desk = Desk::default();
    for (at, verb) in [(0, Verb::Acknowledge), (1, Verb::Start), (2, Verb::Wait)] {
        let deed = deed(verb, at as u32, round());
        desk.apply(&act(at, "u1", false, deed)).expect("in order");
    }
    let at = |hour: i64| Time(hour * HOUR);
    let seen = |desk: &Desk, now| standing(&task("t", "x"), desk.cases.get("t"), now, now);
    assert!(!seen(&desk, at(100)).overdue, "a stopped clock does not run out");
    desk.apply(&act(10 * HOUR + 2, "u1", false, deed(Verb::Resume, 3, round()))).expect("again");
    assert_eq!(seen(&desk, at(11)).judge_due_at, at(34));
    assert!(seen(&desk, at(35)).overdue);
}

#[test]
fn a_clock_that_starts_anew_opens_what_was_ended() {
    let mut desk = Desk::default();
    for (version, verb) in [Verb::Acknowledge, Verb::Report, Verb::Close].into_iter().enumerate() {
        let at = version as i64;
        desk.apply(&act(at, "u1", true, deed(verb, at as u32, round()))).expect("in order");
    }
    let again = Task { level: Level::Orange, ack_due_at: Time(50 * HOUR), ..task("t", "x") };
    let now = Time(40 * HOUR);
    let closed = standing(&task("t", "x"), desk.cases.get("t"), now, now);
    assert_eq!(closed.state, State::Closed);
    let open = standing(&again, desk.cases.get("t"), now, now);
    assert_eq!(open.state, State::Dispatched);
    let take = deed(Verb::Acknowledge, 3, Round::of(&again));
    desk.apply(&act(41 * HOUR, "u2", false, take)).expect("open again");
    let gone = Task { state: TaskState::Recalled, ..again };
    assert_eq!(standing(&gone, desk.cases.get("t"), now, now).state, State::Recalled);
}

#[test]
fn a_step_needs_what_the_table_says() {
    let desk = Desk::default();
    let mut bare = act(0, "u1", true, deed(Verb::Recall, 0, round()));
    bare.reason = " ".into();
    assert_eq!(desk.check(&bare), Err(Refused::Needs(Need::Reason)));
    let mut desk = Desk::default();
    desk.apply(&act(0, "u1", false, deed(Verb::Acknowledge, 0, round()))).expect("free");
    let mut report = deed(Verb::Report, 1, round());
    let item = Item { code: "site".into(), result: "no word".into() };
    report.finding.as_mut().expect("there").items.push(item);
    let refused = desk.apply(&act(1, "u1", false, report));
    assert_eq!(refused, Err(Refused::Needs(Need::Finding)));
}

proptest! {
    #[test]
    fn any_acts_keep_to_the_table_and_replay_to_the_same(
        steps in proptest::collection::vec((0..Verb::ALL.len(), 0..3u8, 0..2_000_000i64, any::<bool>()), 0..60)
    ) {
        let mut desk = Desk::default();
        let mut taken = Vec::new();
        let mut now = 0;
        for (verb, who, pause, dispatcher) in steps {
            now += pause;
            let version = desk.cases.get("t").map_or(0, |case| case.version);
            let from = current(desk.cases.get("t"), &round(), Time(now));
            let verb = Verb::ALL[verb];
            let act = act(now, &format!("u{who}"), dispatcher, deed(verb, version, round()));
            let before = desk.clone();
            if let Ok(()) = desk.apply(&act) {
                prop_assert!(rule(verb).from.contains(&from));
                let from = if verb == Verb::Expire { State::Acknowledged } else { from };
                let case = &desk.cases["t"];
                prop_assert_eq!(case.state, rule(verb).leads(from));
                prop_assert_eq!(case.version, version + 1);
                prop_assert_eq!(case.steps.len() as u32, case.version);
                taken.push(act);
            } else { prop_assert_eq!(&desk, &before) }
        }
        let mut again = Desk::default();
        for act in &taken {
            let json = serde_json::to_vec(act).expect("plain values");
            let act: Act = serde_json::from_slice(&json).expect("as written");
            prop_assert_eq!(again.apply(&act), Ok(()));
        }
        prop_assert_eq!(&again, &desk);
        let bytes = postcard::to_stdvec(&desk).expect("plain values");
        let saved: Desk = postcard::from_bytes(&bytes).expect("as saved");
        prop_assert_eq!(saved, desk);
    }
}
