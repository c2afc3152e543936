//! When are industries and towns told to be in trouble, and when is nothing told of them?

use super::feed::{Feed, Run, retired};
use super::*;
use crate::event::{List, ListState};
use crate::risk::groups::Signals;
use crate::risk::{Contribution, Grade, Index, Scale};
use crate::text::Level;

/// The model that has systemic rules.
fn config() -> Arc<Config> {
    let rules: RulesFile =
        toml::from_str(include_str!("../../models/dongfang/2026.3/rules.toml")).expect("rules");
    let measures: MeasuresFile =
        toml::from_str(include_str!("../../models/dongfang/2026.3/measures.toml"))
            .expect("measures");
    let signals: Signals =
        toml::from_str(include_str!("../../models/dongfang/2026.3/groups.toml")).expect("bounds");
    let scale = Scale { grade_b: 16, grade_c: 58, grade_d: 140, ..Scale::default() };
    assert_eq!(Config::check(&rules, &measures), Vec::<String>::new());
    Arc::new(Config::new(rules, measures, BTreeMap::new(), scale).heeding(Some(signals)))
}

fn run(share: Share) -> Run {
    let mut run = Run::new(share);
    run.stage = Warnings::new(config(), share);
    run
}

/// An index that rests on one fact.
fn index(fact: &Fact, score: i32, today: Day) -> IndexDelta {
    let line = Contribution {
        indicator: "R07".into(),
        points: score,
        events: vec![fact.event.id.clone()],
    };
    let grade = if score >= 140 { Grade::D } else { Grade::A };
    let after = Index {
        entity: fact.subject.expect("a subject"),
        as_of: today,
        score,
        grade,
        contributions: vec![line],
        vetoes: Vec::new(),
        flags: Vec::new(),
    };
    IndexDelta { before: None, after: Arc::new(after), at: today.start(), by_fact: true }
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// A town of so many, told in January, each with an index of 1.
fn town(feed: &mut Feed, run: &mut Run, count: u32) -> Vec<Fact> {
    let facts: Vec<Fact> = (1..=count).map(|n| feed.founded(n, "2026-01-01")).collect();
    let indices: Vec<IndexDelta> = facts.iter().map(|fact| index(fact, 1, run.today)).collect();
    run.step(&facts, &[], &indices);
    facts
}

/// The first of a town come onto a list on a day.
fn fall(feed: &mut Feed, run: &mut Run, count: u32, on: &str) -> Vec<Fact> {
    run.feed(&[], &day(on).plus(-1).to_string());
    let list = List::SeriousViolations;
    let facts: Vec<Fact> =
        (1..=count).map(|n| feed.listed(n, on, list, ListState::Listed)).collect();
    let indices: Vec<IndexDelta> = facts.iter().map(|fact| index(fact, 200, run.today)).collect();
    run.step(&facts, &[], &indices);
    facts
}

#[test]
fn growth_of_class_d_is_told_on_a_monday_and_taken_back() {
    let (mut feed, mut run) = (Feed::default(), run(Share::WHOLE));
    town(&mut feed, &mut run, 14);
    // A Wednesday.
    let fallen = fall(&mut feed, &mut run, 6, "2026-04-22");
    run.feed(&[], "2026-04-26");
    assert!(run.of_kind("group_growth").is_empty(), "before Monday");
    run.feed(&[], "2026-04-27");
    let warning = run.only("group_growth");
    assert_eq!((warning.level, warning.open, warning.subject), (Level::Yellow, true, None));
    let named: Vec<u32> = warning.subjects.iter().map(|id| id.rank()).collect();
    assert_eq!(named, [1, 2, 3, 4, 5, 6]);
    assert!(warning.summary.zh.contains("469007100"), "{}", warning.summary.zh);
    assert_eq!(&*warning.place.division, "469007100");
    assert!(warning.evidence[0].statement.en.starts_with("Of 14 enterprises 6 are of class D"));
    // It was a mistake.
    let gone: Vec<Fact> = fallen.iter().map(|fact| retired(fact, "2026-04-29")).collect();
    run.feed(&[], "2026-04-28");
    let indices: Vec<IndexDelta> = fallen.iter().map(|fact| index(fact, 1, run.today)).collect();
    run.step(&gone, &[], &indices);
    run.feed(&[], "2026-05-04");
    assert!(!run.only("group_growth").open);
}

#[test]
fn what_was_so_before_is_no_growth() {
    let (mut feed, mut run) = (Feed::default(), run(Share::WHOLE));
    town(&mut feed, &mut run, 14);
    fall(&mut feed, &mut run, 6, "2026-01-05");
    run.feed(&[], "2026-05-30");
    assert!(run.of_kind("group_growth").is_empty(), "{:?}", run.all.keys());
}

#[test]
fn of_few_and_of_dominated_groups_nothing_is_told() {
    let (mut feed, mut few) = (Feed::default(), run(Share::WHOLE));
    town(&mut feed, &mut few, 9);
    fall(&mut feed, &mut few, 6, "2026-04-22");
    few.feed(&[], "2026-05-30");
    assert!(few.all.keys().all(|id| !id.starts_with("group_growth")), "{:?}", few.all.keys());
    assert!(few.of_kind("group_concentration").is_empty());

    let (mut feed, mut run) = (Feed::default(), run(Share::WHOLE));
    let facts = town(&mut feed, &mut run, 13);
    let mut large = (*feed.founded(14, "2026-01-02").event).clone();
    if let crate::event::Body::Established(data) = &mut large.body {
        // Capital weighs: all others together have thirteen yuan.
        data.subscribed_fen = Some(crate::money::Fen::yuan(1_000_000));
    }
    let large = Fact { event: Arc::new(large), ..feed.founded(14, "2026-01-02") };
    let indices = [index(&large, 1, run.today)];
    run.step(&[large], &[], &indices);
    fall(&mut feed, &mut run, 6, "2026-04-22");
    run.feed(&[], "2026-05-30");
    assert!(run.of_kind("group_growth").is_empty(), "{} facts", facts.len());
    assert!(run.of_kind("group_concentration").is_empty());
}

#[test]
fn few_that_make_most_of_a_town_are_named() {
    let (mut feed, mut run) = (Feed::default(), run(Share::WHOLE));
    town(&mut feed, &mut run, 12);
    fall(&mut feed, &mut run, 1, "2026-01-20");
    run.feed(&[], "2026-02-02");
    let warning = run.only("group_concentration");
    assert_eq!((warning.level, warning.subjects.len()), (Level::Yellow, 1));
    assert!(warning.score > 0.8, "{}", warning.score);
}

#[test]
fn two_workers_tell_what_one_tells() {
    let share = |n| Share::new(n, 2).expect("two shares");
    let (mut feed, mut whole) = (Feed::default(), run(Share::WHOLE));
    let mut both = [run(share(0)), run(share(1))];
    let facts: Vec<Fact> = (1..=14).map(|n| feed.founded(n, "2026-01-01")).collect();
    let list = List::SeriousViolations;
    let fallen: Vec<Fact> =
        (1..=7).map(|n| feed.listed(n, "2026-04-22", list, ListState::Listed)).collect();
    while whole.today < day("2026-05-30") {
        let today = whole.today;
        let known = |all: &[Fact], score| -> Vec<(Fact, IndexDelta)> {
            let of_day = all.iter().filter(|fact| fact.at.day() == today);
            of_day.map(|fact| (fact.clone(), index(fact, score, today))).collect()
        };
        let news = [known(&facts, 1), known(&fallen, 200)].concat();
        let (facts, indices): (Vec<Fact>, Vec<IndexDelta>) = news.into_iter().unzip();
        whole.step(&facts, &[], &indices);
        let told: Vec<Stand> = both.iter_mut().flat_map(|run| run.stage.tell()).collect();
        for (place, run) in both.iter_mut().enumerate() {
            let mine = |delta: &&IndexDelta| share(place).owns(delta.after.entity.key());
            let mine: Vec<IndexDelta> = indices.iter().filter(mine).cloned().collect();
            run.step_told(&told, &facts, &[], &mine);
        }
    }
    let systemic = |runs: &[&Run]| -> BTreeMap<Arc<str>, Warning> {
        let all = runs.iter().flat_map(|run| run.all.values());
        let kinds = all.filter(|w| matches!(&*w.kind, "group_growth" | "group_concentration"));
        kinds.map(|w| (w.id.clone(), Warning::clone(w))).collect()
    };
    let expected = systemic(&[&whole]);
    assert!(!expected.is_empty());
    assert_eq!(systemic(&[&both[0], &both[1]]), expected);
}
