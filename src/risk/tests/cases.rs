//! Indicators one by one, to the day.

use super::*;

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
fn a_fine_is_paid_when_any_feed_says_so() {
    let unpaid = |on: Day| {
        let Body::Penalty(mut fine) = penalty(0, on, Severity::General, 1_000_000) else {
            unreachable!("a penalty")
        };
        fine.performed_on = None;
        Body::Penalty(fine)
    };
    for paid_too in [false, true] {
        let mut run = Run::new(&config());
        let mut facts = vec![fact("a", 0, START, unpaid(START))];
        if paid_too {
            let paid = penalty(0, START, Severity::General, 1_000_000);
            facts.push(fact("b", 0, START, paid));
        }
        run.day(&facts, &[], &[]);
        run.until(START.plus(60));
        assert_eq!(run.points("R05") > 0, !paid_too);
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
    assert_eq!(run.grade(), Grade::B, "35 points are over B and below C");
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
    assert_eq!((run.points("R07"), run.grade()), (100, Grade::C), "no new veto on it alone");
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

#[test]
fn findings_of_other_stages_count_while_they_hold() {
    let mut run = Run::new(&config());
    let pair = |confidence| PairDelta {
        pair: Arc::new(Pair {
            case: crate::succession::Case::default(),
            origins: Vec::new(),
            predecessor: EntityId::nth(1),
            successor: EntityId::nth(0),
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

#[test]
fn relatives_count_by_rarity_and_never_own_facts() {
    let config = config();
    let mut run = Run::new(&config);
    let born = Day::of(2020, 1, 1);
    run.day(
        &[fact("a", 0, START, established(0, born)), fact("b", 1, START, established(1, born))],
        &[],
        &[],
    );
    assert_eq!(run.points("A02"), 0);
    let bad = listing(1, run.today, List::SeriousViolations, ListState::Listed, None);
    let bad = fact("l", 1, run.today.plus(1), bad);
    run.day(std::slice::from_ref(&bad), &[], &[]);
    assert_eq!(run.points("A02"), 45, "two share one person");
    let index = &run.close()[0];
    let line = index.contributions.iter().find(|line| &*line.indicator == "A02");
    assert_eq!(line.expect("a line").events, std::slice::from_ref(&bad.event.id));
    run.day(&[retired(&bad, run.today.plus(1))], &[], &[]);
    assert_eq!(run.points("A02"), 0);
}

#[test]
fn five_in_ninety_days_are_a_batch() {
    let config = config();
    let mut run = Run::new(&config);
    let mut facts = Vec::new();
    for n in 0..5usize {
        let mut each = fact(&format!("e{n}"), 0, START, established(0, START.plus(n as i32 * 20)));
        each.subject = Some(EntityId::nth(n as u32));
        facts.push(each);
    }
    run.day(&facts[..4], &[], &[]);
    assert_eq!(run.points("A05"), 0);
    run.day(&facts[4..], &[], &[]);
    assert_eq!((run.points("A05"), run.points("A06")), (5 * 15, 5 * 15));
    run.day(&[retired(&facts[0], run.today.plus(1))], &[], &[]);
    assert_eq!((run.points("A05"), run.points("A06")), (0, 4 * 15), "four are no batch");
    run.day(&[retired(&facts[1], run.today.plus(1))], &[], &[]);
    assert_eq!((run.points("A05"), run.points("A06")), (0, 0));
}

#[test]
fn who_leads_as_many_as_make_a_hub_is_no_nominee() {
    let mut run = Run::new(&config());
    run.graph = Graph::new(Arc::new(crate::graph::Config { members_max: 8 }));
    let firms = [0, 1, 2, 4, 5, 6, 7, 8];
    let facts = firms.map(|n| fact(&format!("e{n}"), n, START, established(n, START)));
    run.day(&facts[..7], &[], &[]);
    assert_eq!(run.points("A06"), 7 * 25);
    run.day(&facts[7..], &[], &[]);
    assert_eq!(run.points("A06"), 0, "eight are a hub");
    run.day(&[retired(&facts[7], run.today.plus(1))], &[], &[]);
    assert_eq!(run.points("A06"), 7 * 25, "seven are none");
}

#[test]
fn every_indicator_is_documented() {
    let docs = include_str!("../../../docs/indicators.md");
    for indicator in &config().indicators {
        let id = indicator.id.get_ref();
        let row = format!("| {id} | {} / {} | {} |", indicator.zh, indicator.en, indicator.points);
        assert!(docs.contains(&row), "docs/indicators.md lacks {row}");
    }
    for name in crate::risk::NAMES {
        assert!(docs.contains(&format!("`{name}`")), "docs/indicators.md lacks {name}");
    }
}
