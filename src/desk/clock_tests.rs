//! Does the clock act in time, once, and no further than it may?

use super::*;
use crate::desk::tests::task as plain_task;
use crate::desk::{Desk, Finding, Outcome, Refused, Round};
use crate::dispatch::{CalendarFile, RoutingFile};
use crate::text::Level;

struct Bench {
    policy: PolicyFile,
    catalogue: CatalogueFile,
    dispatch: Config,
    desk: Desk,
}

fn at(text: &str) -> Time {
    Time::parse(text).expect("a moment")
}

fn on(text: &str) -> Moment {
    Moment { now: at(text), clock: at(text) }
}

/// A task of an orange warning that was raised on the eve of the Spring Festival.
fn task() -> Task {
    let (ack, judge) = bench().dispatch.terms(Level::Orange, at("2026-02-14T10:00:00+08:00"));
    Task {
        level: Level::Orange,
        ack_due_at: ack,
        judge_due_at: judge,
        ..plain_task("t", "market-regulation")
    }
}

fn bench() -> Bench {
    let routing: RoutingFile =
        toml::from_str(include_str!("../../models/dongfang/2026.1/routing.toml")).expect("shipped");
    let calendar: CalendarFile =
        toml::from_str(include_str!("../../models/calendar/cn.toml")).expect("shipped");
    Bench {
        policy: PolicyFile::shipped(),
        catalogue: CatalogueFile::shipped(),
        dispatch: Config::new(routing, &calendar),
        desk: Desk::default(),
    }
}

impl Bench {
    fn rules(&self) -> Rules<'_> {
        let (policy, catalogue, dispatch) = (&self.policy, &self.catalogue, &self.dispatch);
        Rules { policy, catalogue, dispatch }
    }

    /// Lets the clock act until nothing is due: the verbs, in order.
    fn look(&mut self, task: &Task, moment: Moment) -> Vec<Verb> {
        let mut done = Vec::new();
        loop {
            let case = self.desk.cases.get(&task.id);
            let ruling = self.desk.rulings.get(&task.warning);
            let Some(due) = self.rules().due(task, case, ruling, moment) else { return done };
            let act = due.act(moment.now);
            let Deed::Task(deed) = &act.deed else { panic!("of a task") };
            done.push(deed.verb);
            self.desk.apply(&act).expect("what is due holds");
            assert!(done.len() < 10, "the clock does not stop: {done:?}");
        }
    }

    fn act(&mut self, task: &Task, when: &str, more: TaskDeed) -> Result<(), Refused> {
        let version = self.desk.cases.get(&task.id).map_or(0, |case| case.version);
        let act = Act {
            id: format!("{when}{version}").into(),
            at: at(when),
            by: By { account: "u1".into(), agency: Some("tax".into()), dispatcher: false },
            reason: "because".into(),
            deed: Deed::Task(Box::new(TaskDeed { version, ..more })),
        };
        self.desk.apply(&act)
    }
}

fn deed(task: &Task, verb: Verb) -> TaskDeed {
    let saw = Saw { state: State::Dispatched, agency: task.agency.clone() };
    TaskDeed::plain(task, verb, 0, saw)
}

#[test]
fn terms_pass_over_the_festival_one_step_at_a_time() {
    use Verb::{Escalate, Overdue, Remind};
    let (mut bench, task) = (bench(), task());
    assert_eq!(task.ack_due_at.to_string(), "2026-02-24T18:00:00+08:00", "nine days off");
    let days: [(&str, &[Verb]); 11] = [
        ("2026-02-20T10:00:00+08:00", &[]),
        ("2026-02-24T13:59:00+08:00", &[]),
        ("2026-02-24T14:00:00+08:00", &[Remind]),
        ("2026-02-24T18:00:00+08:00", &[]),
        ("2026-02-24T18:00:01+08:00", &[Overdue]),
        ("2026-02-25T17:59:00+08:00", &[]),
        ("2026-02-25T18:00:00+08:00", &[Escalate]),
        ("2026-02-26T10:00:00+08:00", &[]),
        // The upper level has a term of its own, and none above it.
        ("2026-02-26T18:00:00+08:00", &[Remind]),
        ("2026-02-26T18:00:01+08:00", &[Overdue]),
        ("2026-04-26T18:00:00+08:00", &[]),
    ];
    for (moment, expected) in days {
        assert_eq!(bench.look(&task, on(moment)), expected, "{moment}");
    }
    let case = &bench.desk.cases["t"];
    assert_eq!(case.agency.as_deref(), Some("city-command"));
    assert_eq!(case.state, State::Escalated);
    assert!(case.steps.iter().all(|step| step.by.is_clock() && step.due_at.is_some()));
}

#[test]
fn looking_late_gives_the_same_end_as_looking_often() {
    let (mut often, mut late, task) = (bench(), bench(), task());
    for hour in 0..30 * 24 {
        often.look(&task, on_hour(hour));
    }
    let done = late.look(&task, on_hour(30 * 24 - 1));
    assert_eq!(done, [Verb::Overdue, Verb::Escalate], "no reminder of what has passed");
    let state = |bench: &Bench| (bench.desk.cases["t"].state, bench.desk.cases["t"].agency.clone());
    assert_eq!(state(&often), state(&late));
}

fn on_hour(hour: i64) -> Moment {
    let time = at("2026-02-14T10:00:00+08:00").plus_hours(hour);
    Moment { now: time, clock: time }
}

#[test]
fn a_lease_that_ran_out_goes_back_and_at_last_up() {
    let (mut bench, task) = (bench(), task());
    let mut when = at("2026-02-14T10:00:00+08:00");
    for round in 1..=3 {
        let lease_until = Some(when.plus_hours(1));
        let take = TaskDeed { lease_until, ..deed(&task, Verb::Acknowledge) };
        bench.act(&task, &when.to_string(), take).expect("free");
        let within = Moment { now: when, clock: when };
        assert_eq!(bench.look(&task, within), [], "the lease runs");
        when = when.plus_hours(2);
        let done = bench.look(&task, Moment { now: when, clock: when });
        let expected: &[Verb] =
            if round < 3 { &[Verb::Expire] } else { &[Verb::Expire, Verb::Escalate] };
        assert_eq!(done, expected, "round {round}");
    }
    let steps = &bench.desk.cases["t"].steps;
    let expired = steps.iter().find(|step| step.verb == Verb::Expire).expect("there");
    assert_eq!((expired.from, expired.to), (State::Acknowledged, State::Dispatched));
}

#[test]
fn the_clock_waits_with_the_task_and_stops_with_it() {
    let (mut bench, task) = (bench(), task());
    let start = "2026-02-14T10:00:00+08:00";
    let lease_until = Some(at(start).plus_hours(9));
    bench.act(&task, start, TaskDeed { lease_until, ..deed(&task, Verb::Acknowledge) }).expect("1");
    let approver = Some("u9".into());
    bench.act(&task, start, TaskDeed { approver, ..deed(&task, Verb::Wait) }).expect("2");
    assert_eq!(bench.look(&task, on("2026-12-01T10:00:00+08:00")), []);
    let gone = Task { state: TaskState::Recalled, ..task };
    assert_eq!(bench.look(&gone, on("2026-12-01T10:00:00+08:00")), []);
}

#[test]
fn measures_are_a_persons_to_decide_and_lapse_by_themselves() {
    let (mut bench, task) = (bench(), task());
    let start = "2026-02-14T10:00:00+08:00";
    let measure = |agencies: &[&str], accepts| MeasureDeed {
        measure: "registration_review".into(),
        agencies: agencies.iter().map(|id| (*id).into()).collect(),
        basis: "art. 20".into(),
        scope: "applications".into(),
        until: Some(at("2026-08-13T00:00:00+08:00")),
        accepts,
    };
    let step = |verb, measure| TaskDeed { measure: Some(measure), ..deed(&task, verb) };
    let lease_until = Some(at(start).plus_hours(9));
    bench.act(&task, start, TaskDeed { lease_until, ..deed(&task, Verb::Acknowledge) }).expect("1");
    let unfit =
        |done: Result<(), Refused>| assert!(matches!(done, Err(Refused::Unfit(_))), "{done:?}");
    unfit(bench.act(&task, start, step(Verb::Push, measure(&[], None))));
    bench.act(&task, start, step(Verb::Initiate, measure(&["tax"], None))).expect("decided");
    unfit(bench.act(&task, start, step(Verb::Initiate, measure(&["tax"], None))));
    unfit(bench.act(&task, start, step(Verb::Respond, measure(&[], Some(true)))));
    unfit(bench.act(&task, start, step(Verb::Push, measure(&["police"], None))));
    bench.act(&task, start, step(Verb::Push, measure(&[], None))).expect("pushed");
    unfit(bench.act(&task, start, step(Verb::Feedback, measure(&[], None))));
    bench.act(&task, start, step(Verb::Respond, measure(&[], Some(true)))).expect("answered");
    unfit(bench.act(&task, start, step(Verb::Respond, measure(&[], Some(false)))));
    bench.act(&task, start, step(Verb::Feedback, measure(&[], None))).expect("told");
    unfit(bench.act(&task, start, step(Verb::Feedback, measure(&[], None))));
    let case = &bench.desk.cases["t"];
    assert_eq!(case.state, State::Acknowledged, "the task stands where it stood");
    assert_eq!(case.partners.first().map(|one| &**one), Some("tax"));
    let report = Finding {
        outcome: Outcome::Unfounded,
        code: "c".into(),
        amount_fen: None,
        referred: false,
        rectified: false,
        items: Vec::new(),
    };
    let finding = TaskDeed { finding: Some(report), ..deed(&task, Verb::Report) };
    bench.act(&task, start, finding).expect("reported");
    assert_eq!(bench.look(&task, on("2026-02-15T10:00:00+08:00")), [], "it stands");
    // A finding of the lead that it was not so closes the warning, and the measure with it.
    let closing = TaskDeed { rules_on: Some("w".into()), ..deed(&task, Verb::Close) };
    bench.act(&task, start, closing).expect("closed");
    assert_eq!(bench.desk.rulings["w"].effect, Effect::Closed);
    assert_eq!(bench.look(&task, on("2026-02-15T11:00:00+08:00")), [Verb::Lift]);
    let partner = Task { id: "p".into(), ..task.clone() };
    assert_eq!(bench.look(&partner, on("2026-02-15T11:00:00+08:00")), [Verb::Recall]);
    let higher = Task { id: "q".into(), level: Level::Red, ..task.clone() };
    assert_ne!(bench.look(&higher, on("2026-02-15T11:00:00+08:00")), [Verb::Recall], "it rose");
}

#[test]
fn the_clock_may_not_do_what_a_person_decides() {
    let (bench, task) = (bench(), task());
    for verb in Verb::ALL.iter().copied().filter(|verb| !rule(*verb).by_clock) {
        let act = Due::task(deed(&task, verb), "x".into()).act(at("2026-02-14T10:00:00+08:00"));
        assert_eq!(bench.desk.check(&act), Err(Refused::ByClock), "{verb:?}");
    }
}

#[test]
fn a_referral_is_reminded_of_and_told_late_and_closed() {
    let mut bench = bench();
    let start = at("2026-02-14T10:00:00+08:00");
    let stage = bench.policy.matter("referral").expect("a kind").stage[0].clone();
    let due_at = stage.due(bench.dispatch.calendar(), start);
    let mut deed = MatterDeed {
        matter: "m".into(),
        version: 0,
        verb: MatterVerb::Open,
        kind: "referral".into(),
        subject: "X".into(),
        division: "469007".into(),
        task: Some("t".into()),
        about: Vec::new(),
        agency: "market-regulation".into(),
        outcome: "".into(),
        stage: Some(stage.id.as_str().into()),
        due_at,
    };
    let by = |by: By, at: Time, deed: &MatterDeed| Act {
        id: format!("{}", deed.version).into(),
        at,
        by,
        reason: String::new(),
        deed: Deed::Matter(Box::new(deed.clone())),
    };
    let person = By { account: "u1".into(), agency: None, dispatcher: false };
    let opened = by(By::clock(), start, &deed);
    assert_eq!(bench.desk.apply(&opened), Err(Refused::ByClock));
    bench.desk.apply(&by(person.clone(), start, &deed)).expect("opened");
    let mut seen = Vec::new();
    for hour in 0..200 {
        let now = start.plus_hours(hour);
        let matter = &bench.desk.matters["m"];
        let moment = Moment { now, clock: now };
        if let Some(due) = bench.rules().due_of(&"m".into(), matter, moment) {
            seen.push((due.verb, hour));
            bench.desk.apply(&due.act(now)).expect("what is due holds");
        }
    }
    // Three days end with the 17th: 86 hours on; a day before it is reminded of.
    assert_eq!(seen, [("remind", 62), ("overdue", 87)]);
    deed.version = bench.desk.matters["m"].version;
    deed.verb = MatterVerb::End;
    (deed.stage, deed.outcome) = (None, "no_transfer".into());
    bench.desk.apply(&by(person.clone(), start, &deed)).expect("ended");
    deed.version += 1;
    let closed = bench.desk.apply(&by(person, start, &deed));
    assert!(matches!(closed, Err(Refused::Unfit(_))), "{closed:?}");
}

#[test]
fn a_reminder_holds_for_its_round_alone() {
    let (mut bench, task) = (bench(), task());
    assert_eq!(bench.look(&task, on("2026-02-24T15:00:00+08:00")), [Verb::Remind]);
    let again = Task {
        ack_due_at: at("2026-02-24T17:00:00+08:00"),
        judge_due_at: at("2026-02-27T18:00:00+08:00"),
        ..task
    };
    assert_ne!(Round::of(&again), bench.desk.cases["t"].round);
    assert_eq!(bench.look(&again, on("2026-02-24T15:00:00+08:00")), [Verb::Remind], "another end");
}
