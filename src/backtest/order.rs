//! Would the companion order work inside a class better than the score does?

use crate::backtest::{Labels, Names, Watch};
use crate::companion::card::auc;
use crate::companion::{Plan, Scorecard};
use crate::risk::{Grade, Index};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A way of ordering, against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// By the score.
    pub score: f64,
    /// By the companion, classes kept.
    pub companion: f64,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Class {
    /// Which.
    pub grade: &'static str,
    /// Enterprises in it.
    pub enterprises: usize,
    /// Confirmed cases among them.
    pub cases: usize,
    /// The chance that a case stands above another enterprise of the class.
    pub auc: Pair,
}

/// What the companion does to the order of work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ordered {
    /// How it was trained.
    pub plan: Plan,
    /// Of the first so many of the ranking, the share that are cases.
    pub precision_at: BTreeMap<usize, Pair>,
    /// Class by class, from D to A.
    pub classes: Vec<Class>,
}

struct Row<'a> {
    index: &'a Arc<Index>,
    code: String,
    case: bool,
    chance: f64,
}

fn kept(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// Orders the candidate's enterprises both ways.
pub(super) fn ordered(
    watch: &Watch,
    scorecard: &Scorecard,
    labels: &Labels,
    names: &Names<'_>,
    first: &[usize],
) -> Ordered {
    let mut rows: Vec<Row<'_>> = watch
        .indices
        .values()
        .map(|index| {
            let code = (names.of)(index.entity).0;
            let case = labels.cases.contains_key(&code);
            Row { index, code, case, chance: scorecard.chance(index) }
        })
        .collect();
    let precision = |rows: &[Row<'_>], most: usize| {
        let found = rows[..most].iter().filter(|row| row.case).count();
        kept(found as f64 / most as f64)
    };
    let most: Vec<usize> = first.iter().copied().filter(|k| (1..=rows.len()).contains(k)).collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row<'_>| (row.index.grade, row.index.score);
        key(b).cmp(&key(a)).then_with(|| a.code.cmp(&b.code))
    });
    let by_score: Vec<f64> = most.iter().map(|k| precision(&rows, *k)).collect();
    rows.sort_by(|a, b| {
        let class = b.index.grade.cmp(&a.index.grade);
        let chance = class.then_with(|| b.chance.total_cmp(&a.chance));
        chance.then_with(|| b.index.score.cmp(&a.index.score)).then_with(|| a.code.cmp(&b.code))
    });
    let precision_at = most
        .iter()
        .zip(by_score)
        .map(|(k, score)| (*k, Pair { score, companion: precision(&rows, *k) }));
    let precision_at = precision_at.collect();
    let classes = [Grade::D, Grade::C, Grade::B, Grade::A].map(|grade| {
        let own: Vec<&Row<'_>> = rows.iter().filter(|row| row.index.grade == grade).collect();
        let by = |figure: fn(&Row<'_>) -> f64| {
            kept(auc(own.iter().map(|row| (figure(row), row.case)).collect()))
        };
        Class {
            grade: grade.word(),
            enterprises: own.len(),
            cases: own.iter().filter(|row| row.case).count(),
            auc: Pair {
                score: by(|row| f64::from(row.index.score)),
                companion: by(|row| row.chance),
            },
        }
    });
    Ordered { plan: scorecard.plan.clone(), precision_at, classes: classes.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::Window;
    use crate::companion::Feature;
    use crate::companion::bins::Bin;
    use crate::engine::Effects;
    use crate::id::EntityId;
    use crate::risk::{Contribution, IndexDelta};
    use crate::time::{Day, Time};

    fn delta(at: u32, grade: Grade, lines: &[(&str, i32)]) -> IndexDelta {
        let contributions = lines.iter().map(|(id, points)| Contribution {
            indicator: (*id).into(),
            points: *points,
            events: Vec::new(),
        });
        let after = Index {
            entity: EntityId::nth(at),
            as_of: Day(0),
            score: lines.iter().map(|(_, points)| points).sum(),
            grade,
            contributions: contributions.collect(),
            vetoes: Vec::new(),
            flags: Vec::new(),
        };
        IndexDelta { before: None, after: Arc::new(after), at: Time(0), by_fact: true }
    }

    #[test]
    fn classes_are_kept_and_work_is_ordered_inside_them() {
        let window = Window { from: Day(0), to: Day(9) };
        let mut watch = Watch::new(window);
        let indices = vec![
            delta(0, Grade::D, &[("R01", 500)]),
            delta(1, Grade::C, &[("R01", 300)]),
            delta(2, Grade::C, &[("R02", 250)]),
            delta(3, Grade::B, &[("R02", 90)]),
        ];
        watch.take(Effects { day: Day(1), indices, ..Effects::default() });
        let bin = |from, woe| Bin { from, woe, rows: 50, cases: 5 };
        let scorecard = Scorecard {
            intercept: -2.0,
            plan: Plan {
                model: "m@1".into(),
                moments: Vec::new(),
                checked_at: String::new(),
                horizon_days: 180,
                l2: 1.0,
            },
            feature: vec![Feature {
                indicator: "R02".into(),
                weight: 1.0,
                bins: vec![bin(None, -0.2), bin(Some(50), 1.5)],
            }],
        };
        let mut labels = Labels::default();
        labels.cases.insert("2".into(), None);
        let of = |entity: EntityId| (entity.index().to_string(), String::new());
        let names = Names { model: String::new(), against: String::new(), of: &of };
        let found = ordered(&watch, &scorecard, &labels, &names, &[1, 2, 9]);
        let at = |k: usize| (found.precision_at[&k].score, found.precision_at[&k].companion);
        assert_eq!(at(1), (0.0, 0.0), "class D stays first although its chance is lower");
        assert_eq!(at(2), (0.0, 0.5), "inside class C the case comes first");
        assert!(!found.precision_at.contains_key(&9), "there are not so many");
        let class = &found.classes[1];
        assert_eq!((class.grade, class.enterprises, class.cases), ("C", 2, 1));
        assert_eq!((class.auc.score, class.auc.companion), (0.0, 1.0));
    }
}
