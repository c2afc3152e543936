//! Small cities told by hand: what is flagged, what is not, and what undoing does.

mod lives;

use super::*;
use crate::entity::Fact;
use crate::event::{
    Asset, AssetKind, Body, Change, Notice, NoticeKind, Party, Repair, RepairDecision,
};
use crate::graph::kit::{Firm, change, code, fact, fine, person, retire, staff};
use crate::time::Month;
use proptest::prelude::*;

fn model() -> Arc<Config> {
    let text = include_str!("../../../models/dongfang/2026.1/succession.toml");
    Arc::new(toml::from_str(text).expect("shipped file is valid"))
}

/// By predecessor and successor.
type Pairs = BTreeMap<(u32, u32), Arc<Pair>>;

/// Runs facts through graph and detector, day by day, over so many shares.
fn run(facts: &[Fact], shares: usize) -> (Pairs, Vec<PairDelta>) {
    let mut facts = facts.to_vec();
    facts.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.event.id.cmp(&b.event.id)));
    let mut graph = Graph::default();
    let mut rooms: Vec<Succession> = (0..shares)
        .map(|at| Succession::new(model(), Share::new(at, shares).expect("within")))
        .collect();
    let mut told = Vec::new();
    for day in facts.chunk_by(|a, b| a.at.day() == b.at.day()) {
        let today = day[0].at.day();
        let delta = graph.apply(day, today);
        let mut found: Vec<Finding> =
            rooms.iter_mut().flat_map(|room| room.search(&graph, &delta, today)).collect();
        found.sort_by_key(|f| (f.predecessor, f.successor));
        let deltas: Vec<_> = rooms.iter_mut().map(|r| r.settle(&graph, &found, today)).collect();
        assert!(deltas.windows(2).all(|pair| pair[0] == pair[1]), "every share tells the same");
        told.extend(deltas.into_iter().next().unwrap_or_default());
    }
    let pairs =
        rooms[0].pairs().map(|p| ((p.predecessor.rank(), p.successor.rank()), p.clone())).collect();
    (pairs, told)
}

fn old_firm() -> Firm {
    Firm {
        number: 1,
        name: "东方鹭汀海鲜餐饮有限公司",
        domicile: "海南省东方市八所镇鲸港大道66号1栋102室".into(),
        rep: 11,
        phone: "0898-25511223",
        industry: "H6210",
        founded: Day::of(2021, 6, 18),
        known: Day::of(2025, 1, 2),
    }
}

fn new_firm() -> Firm {
    Firm {
        number: 2,
        name: "东方新鹭汀餐饮管理有限公司",
        founded: Day::of(2025, 9, 1),
        known: Day::of(2025, 9, 1),
        ..old_firm()
    }
}

fn level_of(facts: &[Fact]) -> Option<Level> {
    run(facts, 1).0.get(&(1, 2)).and_then(|pair| pair.level)
}

#[test]
fn classic_switch_is_red_in_both_orders() {
    let (old, new) = (old_firm().registered(), new_firm().registered());
    let early = fine("fine", Day::of(2025, 8, 10), 1);
    let late = fine("fine", Day::of(2025, 10, 20), 1);
    let (pairs, _) = run(&[old.clone(), new.clone(), early], 1);
    let pair = &pairs[&(1, 2)];
    assert_eq!(pair.level, Some(Level::Red), "{pair:#?}");
    assert!(pair.evidence.len() >= 3);
    assert!(pair.evidence.iter().all(|line| !line.events.is_empty()), "{pair:#?}");
    assert!(level_of(&[old, new, late]) >= Some(Level::Orange));
}

#[test]
fn without_trouble_there_is_no_motive() {
    assert_eq!(level_of(&[old_firm().registered(), new_firm().registered()]), None);
}

#[test]
fn a_repair_or_retraction_takes_the_pair_back() {
    let base = [old_firm().registered(), new_firm().registered()];
    let fine = fine("fine", Day::of(2025, 8, 10), 1);
    let repair = Repair {
        uscc: code(1),
        targets: vec![fine.event.id.clone()],
        decision: RepairDecision::Granted,
        effective_on: Day::of(2025, 12, 1),
    };
    let repair = fact("repair", Day::of(2025, 12, 1), 1, &[], Body::Repair(Box::new(repair)));
    for undoing in [repair, retire(&fine, Day::of(2025, 12, 1))] {
        let mut facts = base.to_vec();
        facts.extend([fine.clone(), undoing]);
        let (pairs, told) = run(&facts, 1);
        assert!(pairs.is_empty(), "{pairs:#?}");
        let last = told.last().expect("told");
        assert_eq!((last.pair.level, last.level_before), (None, Some(Level::Red)));
    }
}

#[test]
fn staff_and_brand_in_another_town_are_enough() {
    let new = Firm {
        domicile: "海南省昌江黎族自治县石碌镇人民北路9号301室".into(),
        rep: 77,
        phone: "13900008888",
        name: "昌江海屿食品有限公司",
        ..new_firm()
    };
    let mut facts = vec![old_firm().registered(), new.registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    for month in 0..6 {
        let at = Month(Day::of(2025, 3, 1).month().0 + month);
        facts.push(staff(&format!("a{month}"), at, 1, 0..14));
        let later = Month(at.0 + 7);
        facts.push(staff(&format!("b{month}"), later, 2, 2..15));
        facts.push(staff(&format!("c{month}"), later, 1, 0..2));
    }
    let trademark = Asset {
        kind: AssetKind::Trademark,
        from: Party::Enterprise(crate::event::Mention::of(code(1))),
        to: Party::Enterprise(crate::event::Mention::of(code(2))),
        on: Day::of(2025, 9, 20),
        label: Some("鹭汀".into()),
        price_fen: None,
    };
    facts.push(fact("tm", Day::of(2025, 9, 21), 1, &[2], Body::Asset(Box::new(trademark))));
    let level = level_of(&facts);
    assert!(level >= Some(Level::Orange), "{:#?}", run(&facts, 1).0);
}

#[test]
fn a_shelf_company_that_is_bought_is_a_new_start() {
    let shelf = Firm {
        number: 2,
        name: "东方云岭贸易有限公司",
        domicile: "海南省东方市感城镇渡口街3号".into(),
        rep: 50,
        phone: "13700001234",
        industry: "F5123",
        founded: Day::of(2023, 1, 1),
        known: Day::of(2025, 1, 2),
    };
    let facts = [
        old_firm().registered(),
        shelf.registered(),
        fine("fine", Day::of(2025, 8, 10), 1),
        change(
            "chg",
            Day::of(2025, 9, 3),
            2,
            vec![
                Change::Name { before: None, after: "东方鹭汀轩餐饮有限公司".into() },
                Change::LegalRep { before: None, after: person(11) },
                Change::Industry { before: None, after: "H6210".into() },
                Change::Phones { after: vec!["0898-25511223".into()] },
            ],
        ),
    ];
    assert!(level_of(&facts) >= Some(Level::Orange), "{:#?}", run(&facts, 1).0);
}

#[test]
fn a_declared_merger_is_no_switch() {
    let mut facts = vec![old_firm().registered(), new_firm().registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    let notice = Notice {
        uscc: code(1),
        kind: NoticeKind::Merger,
        notice_on: Day::of(2025, 8, 20),
        until: None,
        counterparties: vec![crate::event::Mention::of(code(2))],
    };
    facts.push(fact("merger", Day::of(2025, 8, 20), 1, &[2], Body::Notice(Box::new(notice))));
    assert!(level_of(&facts) < Some(Level::Yellow));
}

#[test]
fn a_new_tenant_in_the_same_trade_is_no_switch() {
    let tenant = Firm {
        rep: 80, phone: "13900008888", name: "东方海屿酒家有限公司", ..new_firm()
    };
    let facts =
        [old_firm().registered(), tenant.registered(), fine("fine", Day::of(2025, 8, 10), 1)];
    assert!(level_of(&facts) < Some(Level::Yellow), "{:#?}", run(&facts, 1).0);
}

#[test]
fn a_value_that_turns_common_weighs_less() {
    let mut facts = vec![old_firm().registered(), new_firm().registered()];
    facts.push(fine("fine", Day::of(2025, 8, 10), 1));
    let before = run(&facts, 1).0[&(1, 2)].clone();
    for number in 10..80 {
        let other = Firm { number, known: Day::of(2025, 11, 1), ..new_firm() };
        facts.push(other.registered());
    }
    let after = run(&facts, 1).0.get(&(1, 2)).map_or(0.0, |pair| pair.confidence);
    assert!(after < before.confidence, "{after} {}", before.confidence);
}

/// Facts that make and unmake pairs among five firms.
fn some_facts(seed: &[u8]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let base = Day::of(2025, 1, 1);
    for (step, byte) in seed.iter().enumerate() {
        let on = Day(base.0 + step as i32 * 9);
        let number = u32::from(byte % 5) + 1;
        let id = format!("e{step}");
        let made = match byte / 5 % 7 {
            0 | 1 => {
                let mut firm = Firm { number, known: on, ..new_firm() };
                firm.founded = if byte % 2 == 0 { on } else { Day::of(2020, 1, 1) };
                firm.rep = u32::from(byte % 3);
                let mut made = firm.registered();
                let mut event = (*made.event).clone();
                event.id = crate::id::EventId::new("t", &id);
                made.event = Arc::new(event);
                made
            }
            2 => fine(&id, on, number),
            3 => staff(&id, on.month(), number, 0..u32::from(byte % 16)),
            4 => change(
                &id,
                on,
                number,
                vec![
                    Change::LegalRep { before: None, after: person(u32::from(byte % 3)) },
                    Change::Name { before: None, after: format!("东方鹭汀{number}店").into() },
                ],
            ),
            _ => {
                let live: Vec<&Fact> = facts
                    .iter()
                    .filter(|f| f.asserts())
                    .filter(|f| !facts.iter().any(|g| !g.asserts() && g.event.id == f.event.id))
                    .collect();
                match live.get(usize::from(*byte) % live.len().max(1)) {
                    Some(gone) => retire(gone, Day(gone.at.day().0.max(on.0))),
                    None => continue,
                }
            }
        };
        facts.push(made);
    }
    facts
}

/// What does not remember: confidence, level and evidence.
fn timeless(pairs: BTreeMap<(u32, u32), Arc<Pair>>) -> Vec<((u32, u32), f64, Vec<Evidence>)> {
    pairs.into_iter().map(|(key, p)| (key, p.confidence, p.evidence.clone())).collect()
}

/// What is left when undone facts and their undoing are left out.
fn standing(facts: &[Fact]) -> Vec<Fact> {
    let undone = |f: &Fact| facts.iter().any(|g| !g.asserts() && g.event.id == f.event.id);
    facts.iter().filter(|f| f.asserts() && !undone(f)).cloned().collect()
}

/// Found by chance: a person beside the old circle turned rarer when a third firm's registration
/// was undone, and a pair that only rested on it was not weighed again.
#[test]
fn a_person_beside_who_turns_rarer_is_weighed_again() {
    let seed = [
        0, 0, 0, 25, 35, 0, 0, 0, 25, 0, 0, 35, 25, 150, 96, 45, 0, 99, 250, 61, 1, 106, 0, 25, 70,
        37, 96, 114, 70, 58, 183, 240, 63, 1, 41, 45, 7, 182, 37, 78, 100, 95, 238,
    ];
    let facts = some_facts(&seed);
    assert_eq!(timeless(run(&facts, 1).0), timeless(run(&standing(&facts), 1).0));
}

proptest! {
    #[test]
    fn undone_is_as_if_never_told(seed in proptest::collection::vec(any::<u8>(), 4..60)) {
        let facts = some_facts(&seed);
        let kept = standing(&facts);
        prop_assert_eq!(timeless(run(&facts, 1).0), timeless(run(&kept, 1).0));
    }

    #[test]
    fn shares_find_the_same(seed in proptest::collection::vec(any::<u8>(), 4..60)) {
        let facts = some_facts(&seed);
        let (one, told_one) = run(&facts, 1);
        let (three, told_three) = run(&facts, 3);
        prop_assert_eq!(one, three);
        prop_assert_eq!(told_one, told_three);
    }
}
