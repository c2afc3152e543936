//! Does a draw keep to its plan, and can it be checked by hand?

use super::*;
use proptest::prelude::*;

fn row(code: &str, grade: &str) -> Row {
    Row {
        code: code.to_owned(),
        grade: grade.to_owned(),
        inspected: 0,
        raised: false,
        excluded: String::new(),
    }
}

fn officer(id: &str, avoid: &[&str]) -> Officer {
    let avoid = avoid.iter().map(|code| (*code).to_owned()).collect();
    Officer { id: id.to_owned(), avoid, load_max: None }
}

#[test]
fn shipped_plan_has_no_fault() {
    assert_eq!(PlanFile::shipped().check(), Vec::<String>::new());
    let mut wrong = PlanFile::shipped();
    wrong.grade[0].per_mille = 1_001;
    wrong.raised_tickets = 0;
    wrong.grade.pop();
    assert_eq!(wrong.check().len(), 3, "{:?}", wrong.check());
}

#[test]
fn hashes_are_those_of_sha256sum() {
    // printf '%s' 'SSQ-2026001|L|91460000MA5T000001|1' | sha256sum
    let code = "91460000MA5T000001";
    assert_eq!(
        ticket("SSQ-2026001", "L", code, 1),
        "e29289a3c6aca019861d61d0a79c040b6e0ed01a791196669d1be6d88d082f82"
    );
    assert_eq!(
        lot("SSQ-2026001", "L", code, "K7"),
        "998df01f69659c8d04e0d80296231178f0eddb558cb7553e646cab15d2bcd80f"
    );
    // printf 'A1,A,0,0,\nB1,D,1,1,\n' | sha256sum
    let raised = Row { inspected: 1, raised: true, ..row("B1", "D") };
    let digest = "0ae5c67ce7d7525c9c77f2c0a26498675b4b8e85bed1ceaccb1af67f9204a0dc";
    assert_eq!(list_digest(&[raised.clone(), row("A1", "A")]), digest);
    assert_eq!(list_digest(&[row("A1", "A"), raised]), digest, "in any order");
}

#[test]
fn shares_round_up_and_caps_hold() {
    let mut list: Vec<Row> = (0..101).map(|n| row(&format!("B{n:03}"), "B")).collect();
    list.extend((0..7).map(|n| row(&format!("D{n}"), "D")));
    list.push(Row { inspected: 4, ..row("D8", "D") });
    list.push(Row { excluded: "已注销".into(), ..row("D9", "D") });
    let draw = draw(&PlanFile::shipped(), list, vec![officer("K1", &[])], "s").expect("a draw");
    let by = |grade: &str| draw.strata.iter().find(|one| one.grade == grade).expect("a class");
    let (b, d) = (by("B"), by("D"));
    assert_eq!((b.listed, b.eligible, b.drawn), (101, 101, 11));
    assert_eq!((d.listed, d.eligible, d.drawn), (9, 7, 7), "all that may be drawn");
    assert_eq!(by("A").drawn, 0);
    let out: Vec<&str> = draw.excluded.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(out, ["D8", "D9"]);
    assert_eq!(draw.short().count(), 18, "one officer is not two");
    assert!(draw.enterprises.is_sorted_by_key(|one| one.ticket.clone()));
}

#[test]
fn faults_are_named() {
    let plan = PlanFile::shipped();
    let twice = vec![row("A1", "A"), row("A1", "B")];
    assert_eq!(draw(&plan, twice, vec![], "s"), Err(Fault::TwiceListed("A1".into())));
    let none = vec![row("A1", "E")];
    assert_eq!(draw(&plan, none, vec![], "s"), Err(Fault::NoGrade("A1".into(), "E".into())));
    assert_eq!(draw(&plan, vec![], vec![], "a|b"), Err(Fault::Seed));
    assert_eq!(draw(&plan, vec![row("a,b", "A")], vec![], "s"), Err(Fault::BadName("a,b".into())));
    let both = vec![officer("K", &[]), officer("K", &[])];
    assert_eq!(draw(&plan, vec![], both, "s"), Err(Fault::TwiceOfficer("K".into())));
}

#[test]
fn raised_weight_is_drawn_more_often() {
    let plan = PlanFile::shipped();
    let list: Vec<Row> =
        (0..200).map(|n| Row { raised: n < 100, ..row(&format!("B{n:03}"), "B") }).collect();
    let (mut raised, mut all) = (0, 0);
    for seed in 0..60 {
        let drawn = draw(&plan, list.clone(), vec![], &format!("s{seed}")).expect("a draw");
        all += drawn.enterprises.len();
        raised += drawn.enterprises.iter().filter(|one| one.code.as_str() < "B100").count();
    }
    // Two tickets of three: 2/3 less what the drawing without replacement takes off.
    let share = raised as f64 / all as f64;
    assert!((0.6..0.72).contains(&share), "{share}");
}

#[test]
fn a_changed_draw_is_noticed() {
    let list: Vec<Row> = (0..60).map(|n| row(&format!("C{n:02}"), "C")).collect();
    let officers = vec![officer("K1", &["C01"]), officer("K2", &[]), officer("K3", &[])];
    let good = draw(&PlanFile::shipped(), list.clone(), officers, "2026-18").expect("a draw");
    assert_eq!(verify(&good, Some(&list)), Vec::<String>::new());
    let json = serde_json::to_string(&good).expect("plain values");
    let again: Draw = serde_json::from_str(&json).expect("as written");
    assert_eq!(verify(&again, None), Vec::<String>::new());

    let changes: [fn(&mut Draw); 8] = [
        |draw| draw.seed.push('x'),
        |draw| drop(draw.enterprises.pop()),
        |draw| draw.enterprises[0].officers.clear(),
        |draw| draw.enterprises.swap(0, 1),
        |draw| draw.list[0].inspected = 9,
        |draw| draw.plan.grade[2].per_mille = 500,
        |draw| draw.officers[0].avoid.clear(),
        |draw| draw.strata[2].eligible = 3,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        // Avoiding nobody may give the same officers: then nothing was changed that counts.
        let same = at == 6 && {
            let redrawn = draw(&bad.plan, bad.list.clone(), bad.officers.clone(), &bad.seed);
            redrawn.is_ok_and(|redrawn| redrawn.enterprises == bad.enterprises)
        };
        assert!(same || !verify(&bad, None).is_empty(), "change {at}");
    }
    let mut shorter = list;
    shorter.pop();
    assert!(!verify(&good, Some(&shorter)).is_empty(), "of another list");
}

proptest! {
    #[test]
    fn a_draw_keeps_to_its_plan_in_any_order(
        grades in proptest::collection::vec((0..4usize, 0..5u32, any::<bool>(), 0..10u8), 0..80),
        avoids in proptest::collection::vec(proptest::collection::btree_set(0..80usize, 0..20), 0..6),
        seed in "[a-z0-9]{1,12}",
    ) {
        let code = |n: usize| format!("X{n:02}");
        let list: Vec<Row> = grades.iter().enumerate().map(|(n, (grade, inspected, raised, out))| Row {
            code: code(n),
            grade: ["A", "B", "C", "D"][*grade].into(),
            inspected: *inspected,
            raised: *raised,
            excluded: if *out == 0 { "歇业".into() } else { String::new() },
        }).collect();
        let officers: Vec<Officer> = avoids.iter().enumerate().map(|(n, avoid)| Officer {
            id: format!("K{n}"),
            avoid: avoid.iter().map(|n| code(*n)).collect(),
            load_max: (n == 0).then_some(1),
        }).collect();
        let plan = PlanFile::shipped();
        let made = draw(&plan, list.clone(), officers.clone(), &seed).expect("a draw");
        let mut backwards = list.clone();
        backwards.reverse();
        let mut others = officers.clone();
        others.reverse();
        prop_assert_eq!(&draw(&plan, backwards, others, &seed).expect("a draw"), &made);
        prop_assert_eq!(verify(&made, Some(&list)), Vec::<String>::new());
        let mut loads: BTreeMap<&str, u32> = BTreeMap::new();
        for drawn in &made.enterprises {
            let row = list.iter().find(|row| row.code == drawn.code).expect("of the list");
            prop_assert!(row.excluded.is_empty());
            prop_assert!(row.inspected < plan.of(&row.grade).expect("a class").cap_per_year);
            prop_assert!(drawn.officers.len() <= plan.inspectors_per_enterprise as usize);
            for assigned in &drawn.officers {
                let officer = officers.iter().find(|one| one.id == assigned.id).expect("known");
                prop_assert!(!officer.avoid.contains(&drawn.code));
                *loads.entry(&assigned.id).or_default() += 1;
            }
        }
        for (id, load) in loads {
            let most = if id == "K0" { 1 } else { plan.inspector_load_max };
            prop_assert!(load <= most);
        }
        for stratum in &made.strata {
            let drawn = made.enterprises.iter().filter(|one| one.grade == stratum.grade).count();
            prop_assert_eq!(drawn as u64, stratum.drawn);
        }
    }
}
