//! Does a companion learn what is there, and nothing that is not?

use super::*;
use crate::id::{EntityId, stable_hash};
use crate::risk::{Contribution, Grade};
use crate::time::Day;
use proptest::prelude::*;

/// The next number of a seed, 0–1.
fn share(seed: &mut u64) -> f64 {
    *seed += 1;
    (stable_hash(&seed.to_le_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}

fn plan() -> Plan {
    Plan {
        model: "m@1".into(),
        moments: vec!["2025-01-01".into()],
        checked_at: "2025-07-01".into(),
        horizon_days: 180,
        l2: 1.0,
    }
}

/// R01 tells much, R02 little, R03 nothing and R04 the wrong way round.
fn samples(seed: u64, rows: usize) -> Samples {
    // Seeds stand far enough apart to share no number.
    let mut seed = seed << 32;
    let mut draw = |rows: usize| {
        let row = |_| {
            let points: Vec<i32> =
                (0..4).map(|_| if share(&mut seed) < 0.3 { 10 } else { 0 }).collect();
            let on = |at: usize| f64::from(points[at]) / 10.0;
            let chance = fit::chance(-3.0 + 2.0 * on(0) + 0.7 * on(1) - 1.5 * on(3));
            let case = share(&mut seed) < chance;
            Sample { score: points.iter().sum(), points, case }
        };
        (0..rows).map(row).collect::<Vec<Sample>>()
    };
    let (learned, checked) = (draw(rows), draw(rows / 2));
    let indicator = |id: &str| (id.into(), format!("指标{id}"), 20);
    Samples { indicators: ["R01", "R02", "R03", "R04"].map(indicator).to_vec(), learned, checked }
}

fn index(lines: &[(&str, i32)]) -> Index {
    Index {
        entity: EntityId::nth(0),
        as_of: Day(0),
        score: lines.iter().map(|(_, points)| points).sum(),
        grade: Grade::B,
        contributions: lines
            .iter()
            .map(|(id, points)| Contribution {
                indicator: (*id).into(),
                points: *points,
                events: Vec::new(),
            })
            .collect(),
        vetoes: Vec::new(),
        flags: Vec::new(),
    }
}

#[test]
fn what_tells_is_weighed_and_what_does_not_is_left_out() {
    let samples = samples(7, 20_000);
    let (scorecard, card) = train(&samples, plan()).expect("there are cases");
    let reach = |id: &str| {
        let feature = scorecard.feature.iter().find(|feature| feature.indicator == id);
        feature.map_or(0.0, |one| one.weight * (one.bins[1].woe - one.bins[0].woe))
    };
    assert!((reach("R01") - 2.0).abs() < 0.2, "{}", reach("R01"));
    assert!((reach("R02") - 0.7).abs() < 0.2, "{}", reach("R02"));
    assert!(reach("R03") < 0.15, "{}", reach("R03"));
    assert_eq!(reach("R04"), 0.0, "more points never give less");
    assert!(card.auc > card.auc_of_index && card.auc > 0.65, "{card:?}");
    assert_eq!(card.checked.rows, 10_000);
    for cell in &card.calibration {
        assert!((cell.told - cell.became).abs() < 0.06, "{cell:?}");
    }
    assert!(card.features.iter().all(|one| one.drift == "steady"), "{card:?}");
    let page = card::page(&card);
    assert!(page.contains("R01") && page.contains("It is not the index"), "{page}");
}

#[test]
fn a_file_gives_what_was_learned() {
    let samples = samples(8, 4_000);
    let (scorecard, card) = train(&samples, plan()).expect("there are cases");
    let text = toml::to_string_pretty(&scorecard).expect("plain values");
    let read: Scorecard = toml::from_str(&text).expect("its own");
    assert_eq!(read, scorecard);
    read.check(&["R01", "R02", "R03", "R04"]).expect("sound");
    let said = read.check(&["R02", "R03"]).expect_err("R01 is gone").to_string();
    assert!(said.contains("R01") && said.contains("train it anew"), "{said}");
    // The order of the rows does not matter.
    let mut turned = samples.clone();
    turned.learned.reverse();
    turned.checked.reverse();
    assert_eq!(train(&turned, plan()).expect("the same"), (scorecard.clone(), card));
    let mut broken = read;
    broken.feature[0].bins[1].woe = -9.0;
    assert!(broken.check(&["R01", "R02", "R03", "R04"]).is_err());
}

#[test]
fn too_few_cases_teach_nothing() {
    let mut samples = samples(9, 2_000);
    samples.learned.iter_mut().for_each(|row| row.case = false);
    let said = train(&samples, plan()).expect_err("no case").to_string();
    assert!(said.starts_with("0 cases to learn from"), "{said}");
}

proptest! {
    #[test]
    fn more_points_never_give_less(
        seed in 0_u64..4,
        points in prop::collection::vec(-5_i32..40, 4),
        at in 0_usize..4,
        more in 1_i32..20,
    ) {
        let (scorecard, _) = train(&samples(seed, 2_000), plan()).expect("there are cases");
        let ids = ["R01", "R02", "R03", "R04"];
        let lines: Vec<(&str, i32)> = ids.into_iter().zip(points).collect();
        let mut higher = lines.clone();
        higher[at].1 += more;
        let (before, after) = (scorecard.chance(&index(&lines)), scorecard.chance(&index(&higher)));
        prop_assert!(after >= before && (0.0..=1.0).contains(&after));
    }
}
