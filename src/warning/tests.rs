//! Do warnings come, change and go as they should?

use super::feed::{Feed, Founder, Run, code, pair, retired};
use super::*;
use crate::entity::mention_key;
use crate::event::{Body, CustomsKind, Holder, List, ListState, Mention, Party, PatrolKind};
use crate::id::Uscc;
use crate::risk::{Contribution, Grade, Index};

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
fn a_fine_that_one_feed_knows_to_be_paid_is_no_bar() {
    for paid in [[None, None], [None, Some("2026-01-20")], [Some("2026-01-20"), None]] {
        let mut feed = Feed::default();
        let facts = [
            feed.founded(1, "2026-01-02"),
            feed.fined(1, "2026-01-05", paid[0]),
            feed.fined(1, "2026-01-05", paid[1]),
            feed.leaves(1, "2026-03-02"),
        ];
        let mut run = Run::new(Share::WHOLE);
        run.feed(&facts, "2026-03-03");
        let barred = run.of_kind("deregistration_conflict").len();
        assert_eq!(barred, usize::from(paid == [None, None]), "{paid:?}");
    }
}

#[test]
fn a_copy_that_leaves_the_holders_out_frees_nobody() {
    let mut feed = Feed::default();
    let mut held = feed.founded(2, "2026-01-02");
    let mut event = (*held.event).clone();
    if let Body::Established(data) = &mut event.body {
        let party = Party::Enterprise(Mention::of(code(1)));
        data.holders = vec![Holder { party, pct: Some(60.0), subscribed_fen: None }];
    }
    let holder = (mention_key(&Mention::of(code(1))), EntityId::nth(1));
    held.mentions = held.mentions.iter().copied().chain([holder]).collect();
    held.event = Arc::new(event);
    let copy = feed.founded(2, "2026-01-03");
    let facts = [feed.founded(1, "2026-01-02"), held, copy, feed.leaves(1, "2026-01-10")];
    for told in [vec![0, 1, 3], vec![0, 1, 2, 3]] {
        let told: Vec<Fact> = told.into_iter().map(|at| facts[at].clone()).collect();
        let mut run = Run::new(Share::WHOLE);
        run.feed(&told, "2026-01-12");
        let warning = run.only("deregistration_conflict");
        assert!(warning.open, "{} facts", told.len());
    }
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
    assert_eq!(warning.subject, Some(EntityId::nth(2)));
    assert_eq!(warning.subjects, [EntityId::nth(1), EntityId::nth(2)]);
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
        let after = Index {
            entity: EntityId::nth(1),
            as_of: run.today,
            score,
            grade,
            contributions,
            vetoes,
            flags: Vec::new(),
        };
        let at = run.today.start().plus_hours(9);
        [IndexDelta { before: None, after: Arc::new(after), at, by_fact: true }]
    };
    for (score, grade) in [(10, Grade::A), (50, Grade::B)] {
        let delta = index(&run, score, grade, false);
        run.step(&[], &[], &delta);
        assert_eq!(run.told, 0, "no noise");
    }
    let delta = index(&run, 130, Grade::C, false);
    run.step(&[], &[], &delta);
    assert_eq!(run.only("index_level").level, Level::Yellow);
    let delta = index(&run, 101, Grade::C, false);
    run.step(&[], &[], &delta);
    let fallen_on = run.today;
    let delta = index(&run, 60, Grade::C, false);
    run.step(&[], &[], &delta);
    assert!(run.only("index_level").open, "held for a while");
    run.feed(&[], &fallen_on.plus(14).to_string());
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
    assert_eq!(warning.subject, Some(EntityId::nth(1)));
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
    let by = Founder {
        agent: Some("代理甲"),
        device: Some("F1"),
        scope: Some("货物销售"),
        ..Founder::default()
    };
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

    // Nor is its busiest week, when the clients have nothing else in common.
    let clients: Vec<Fact> =
        (200..=220).map(|n| feed.founded_by(n, &format!("2026-07-0{}", 1 + n % 6), &by)).collect();
    run.feed(&clients, "2026-07-10");
    assert!(run.of_kind("batch_shells").is_empty());
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

#[test]
fn trouble_that_piles_up_in_a_building_is_one_group() {
    let mut feed = Feed::default();
    let by = Founder {
        address: Some("海南省东方市八所镇东海路8号海天大厦3层301室"),
        ..Founder::default()
    };
    let mut facts: Vec<Fact> = (1..=8).map(|n| feed.founded_by(n, "2026-01-01", &by)).collect();
    facts.extend((9..=20).map(|n| feed.founded(n, "2026-01-01")));
    for n in (1..=5).chain(9..=13) {
        facts.push(feed.listed(n, "2026-02-01", List::AbnormalOperations, ListState::Listed));
    }
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-02-05");
    let warning = run.only("group_building");
    assert_eq!((warning.subjects.len(), warning.open), (5, true));
    run.feed(&[], "2026-12-01");
    assert!(!run.only("group_building").open, "the window passed");
}

#[test]
fn arrears_spread_from_a_failed_client() {
    let mut feed = Feed::default();
    let mut facts: Vec<Fact> = (1..=12).map(|n| feed.founded(n, "2026-01-01")).collect();
    facts.extend((2..=8).map(|n| feed.paid(1, n, "2026-01-10")));
    facts.push(feed.listed(1, "2026-02-01", List::DishonestDebtors, ListState::Listed));
    facts.extend(
        (3..=8).map(|n| feed.listed(n, "2026-03-01", List::WageArrears, ListState::Listed)),
    );
    facts.push(feed.listed(11, "2026-03-01", List::WageArrears, ListState::Listed));
    let mut run = Run::new(Share::WHOLE);
    run.feed(&facts, "2026-03-05");
    let warning = run.only("group_arrears");
    let subjects: Vec<u32> = warning.subjects.iter().map(|id| id.rank()).collect();
    assert_eq!(subjects, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(warning.level, Level::Orange);
}

#[test]
fn arrears_spread_through_a_contractor_that_lives_on_the_client() {
    for (payments, found) in [(3, true), (2, false)] {
        let mut feed = Feed::default();
        let mut facts: Vec<Fact> = (1..=12).map(|n| feed.founded(n, "2026-01-01")).collect();
        let days = ["2026-01-10", "2026-01-11", "2026-01-12"];
        facts.extend(days[..payments].iter().map(|day| feed.paid(1, 2, day)));
        facts.extend((3..=8).map(|n| feed.paid(2, n, "2026-01-14")));
        facts.push(feed.listed(1, "2026-02-01", List::DishonestDebtors, ListState::Listed));
        facts.extend(
            (3..=8).map(|n| feed.listed(n, "2026-03-01", List::WageArrears, ListState::Listed)),
        );
        let mut run = Run::new(Share::WHOLE);
        run.feed(&facts, "2026-03-05");
        let told = |run: &Run| run.of_kind("group_arrears").iter().any(|warning| warning.open);
        assert_eq!(told(&run), found, "{payments} of six payments are the client's");
        if !found {
            run.feed(&[feed.paid(1, 2, "2026-03-06")], "2026-03-07");
            assert!(told(&run), "the third payment came to be known later");
        }
    }
}
