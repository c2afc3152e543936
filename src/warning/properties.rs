//! Does the way not matter? What holds now decides, however it came about and whoever looked.

use super::feed::{Feed, Run, retired};
use super::*;
use crate::event::{CustomsKind, List, ListState, PatrolKind};
use crate::text::Evidence;
use proptest::prelude::*;

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
type Open = (Arc<str>, Level, Vec<EntityId>, Text, Vec<Evidence>);

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
