//! Does the old firm live on, does an older one grow, is a firm left behind? What lives tell of a pair.

use super::{new_firm, old_firm, run, standing, timeless};
use crate::entity::Fact;
use crate::event::{Body, Change, Party, Person};
use crate::graph::kit::{Firm, change, fine, person, retire, staff};
use crate::id::EventId;
use crate::text::Level;
use crate::time::{Day, Month, Time};
use proptest::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Reports of so many months from one on.
fn reports(firm: u32, from: (i32, i32), months: i32, people: Range<u32>) -> Vec<Fact> {
    let first = Day::of(from.0, from.1, 1).month();
    let report = |n| {
        let month = Month(first.0 + n);
        staff(&format!("staff-{firm}-{}", month.0), month, firm, people.clone())
    };
    (0..months).map(report).collect()
}

fn level(facts: &[Fact]) -> Option<Level> {
    run(facts, 1).0.get(&(1, 2)).and_then(|pair| pair.level)
}

/// Another feed's copy of a registration, later, with names alone and without contacts.
fn copied(firm: &Firm) -> Fact {
    let mut copy = firm.registered();
    let mut event = (*copy.event).clone();
    event.id = EventId::new("copies", &format!("reg-{}", firm.number));
    if let Body::Established(data) = &mut event.body {
        data.phones.clear();
        data.legal_rep = Person(None);
        data.holders[0].party = Party::Person(Person(None));
    }
    copy.at = Time(copy.at.0 + 3_600_000);
    event.time = copy.at;
    copy.by = event.id.clone();
    copy.event = Arc::new(event);
    copy
}

#[test]
fn what_another_feed_leaves_out_takes_nothing_away() {
    let mut facts = vec![old_firm().registered(), new_firm().registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    let alone = run(&facts, 1).0[&(1, 2)].confidence;
    facts.extend([copied(&old_firm()), copied(&new_firm())]);
    assert_eq!(run(&facts, 1).0[&(1, 2)].confidence, alone);
}

/// A fined firm whose people found another under a like name, and the old one's staff of a year.
fn second_business() -> Vec<Fact> {
    let mut facts = vec![old_firm().registered(), new_firm().registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    facts.extend(reports(1, (2025, 1), 8, 0..12));
    facts
}

#[test]
fn a_second_business_is_told_apart_once_the_first_is_seen_to_carry_on() {
    let mut facts = second_business();
    assert_eq!(level(&facts), Some(Level::Red), "nobody knows yet");
    facts.extend(reports(1, (2025, 9), 4, 0..12));
    assert!(level(&facts) < Some(Level::Yellow), "{:#?}", run(&facts, 1).0);
}

#[test]
fn a_firm_that_is_emptied_later_does_not_carry_on() {
    let mut facts = second_business();
    facts.extend(reports(1, (2025, 9), 3, 0..12));
    facts.extend(reports(1, (2025, 12), 3, 0..2));
    assert_eq!(level(&facts), Some(Level::Red));
}

/// An older firm of the same person with one employee, elsewhere and in another trade.
fn sibling() -> Firm {
    Firm {
        number: 2,
        name: "东方云岭贸易有限公司",
        domicile: "海南省东方市感城镇渡口街3号".into(),
        phone: "13700001234",
        industry: "F5123",
        founded: Day::of(2019, 1, 1),
        known: Day::of(2025, 1, 2),
        ..old_firm()
    }
}

/// The old firm is fined and loses its staff; the sibling stays small or gets them.
fn heir(people: Range<u32>) -> Vec<Fact> {
    let mut facts = vec![old_firm().registered(), sibling().registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    facts.extend(reports(1, (2025, 1), 9, 0..12));
    facts.extend(reports(1, (2025, 10), 4, 0..1));
    facts.extend(reports(2, (2025, 1), 9, 30..31));
    facts.extend(reports(2, (2025, 10), 4, people));
    facts
}

#[test]
fn an_older_firm_that_grows_by_the_staff_of_a_fined_one_carries_it_on() {
    let facts = heir(1..11);
    assert!(level(&facts) >= Some(Level::Orange), "{:#?}", run(&facts, 1).0);
    assert_eq!(level(&heir(30..31)), None, "it stays as small as it was");
    assert!(level(&heir(40..52)) < Some(Level::Yellow), "it hired others");
}

#[test]
fn who_is_hired_later_does_not_undo_who_came() {
    let elsewhere =
        Firm { domicile: "海南省东方市板桥镇9号".into(), rep: 77, ..new_firm() };
    let after = |sizes: [u32; 4]| {
        let mut facts = vec![old_firm().registered(), elsewhere.registered()];
        facts.push(fine("fine", Day::of(2025, 8, 10), 1));
        facts.extend(reports(1, (2025, 3), 6, 0..14));
        let first = Day::of(2025, 9, 1).month();
        for (month, size) in (0..).zip(sizes) {
            let at = Month(first.0 + month);
            facts.push(staff(&format!("n{month}"), at, 2, 2..2 + size));
        }
        run(&facts, 1).0[&(1, 2)].confidence
    };
    let (same, grown) = (after([12, 12, 12, 12]), after([12, 14, 40, 80]));
    assert!(same > 0.5 && grown >= same, "{same} {grown}");
}

#[test]
fn hands_that_come_with_the_season_are_no_growth() {
    let farms = [old_firm(), sibling()].map(|firm| Firm { industry: "A0151", ..firm });
    let mut facts: Vec<Fact> = farms.iter().map(Firm::registered).collect();
    facts.extend(heir(1..11).into_iter().skip(2));
    assert!(level(&facts) < Some(Level::Yellow), "{:#?}", run(&facts, 1).0);
}

#[test]
fn two_that_are_left_on_one_nominee_are_not_each_others_heirs() {
    let left = Firm { rep: 60, number: 2, founded: Day::of(2021, 1, 1), ..sibling() };
    let nominee = |id: &str, on: Day, firm: u32| {
        let changes = vec![
            Change::LegalRep { before: None, after: person(99) },
            Change::Phones { after: vec!["13100009999".into()] },
            Change::Domicile {
                before: None, after: format!("海南省东方市板桥镇{firm}号").into()
            },
        ];
        change(id, on, firm, changes)
    };
    let mut facts = vec![old_firm().registered(), left.registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    facts.push(nominee("a", Day::of(2025, 9, 10), 1));
    facts.push(nominee("b", Day::of(2025, 9, 20), 2));
    let clean = run(&facts, 1).0[&(1, 2)].confidence;
    facts.push(fine("own", Day::of(2025, 7, 10), 2));
    let pairs = run(&facts, 1).0;
    let dumped = pairs.get(&(1, 2)).map_or(0.0, |pair| pair.confidence);
    assert!(dumped < clean && dumped < 0.5, "{clean} {pairs:#?}");
}

/// Reports that come, are told again and taken back, of a fined firm and two older ones.
fn some_reports(seed: &[u8]) -> Vec<Fact> {
    let third = Firm { number: 3, phone: "13700005678", ..sibling() };
    let mut facts = vec![old_firm().registered(), sibling().registered(), third.registered()];
    facts.push(fine("fine", Day::of(2025, 6, 10), 1));
    let first = Day::of(2025, 1, 1).month();
    for (step, bytes) in seed.chunks_exact(2).enumerate() {
        let month = Month(first.0 + step as i32 / 3);
        let (number, size) = (u32::from(bytes[0] % 3) + 1, u32::from(bytes[1] % 24));
        if bytes[0] < 200 {
            let at = u32::from(bytes[1] / 128) * 5;
            facts.push(staff(&format!("r{step}"), month, number, at..at + size));
        } else {
            let place = usize::from(bytes[1]) % facts.len();
            let gone = facts[place].clone();
            let taken = facts.iter().any(|f| !f.asserts() && f.event.id == gone.event.id);
            if gone.asserts() && !taken {
                let on = Day(Month(month.0 + 2).first_day().0.max(gone.at.day().0));
                facts.push(retire(&gone, on));
            }
        }
    }
    facts
}

proptest! {
    #[test]
    fn growth_that_is_undone_is_as_if_never_told(
        seed in proptest::collection::vec(any::<u8>(), 30..160),
    ) {
        let facts = some_reports(&seed);
        prop_assert_eq!(timeless(run(&facts, 1).0), timeless(run(&standing(&facts), 1).0));
        prop_assert_eq!(run(&facts, 1).0, run(&facts, 3).0);
    }
}
