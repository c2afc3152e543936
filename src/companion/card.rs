//! How good is a companion, and does it still fit? Its model card.
//!
//! Area under the curve (Hanley and McNeil 1982), calibration by tenths, Brier score, and for each
//! feature its information value and the population stability index between what was learned from
//! and what it was checked by (Siddiqi 2006, *Credit Risk Scorecards*): under 0.1 is steady, over
//! 0.25 is another population. Invariant: figures are of the last moment, which nothing was
//! learned from.

use crate::companion::bins::{Bin, place};
use crate::companion::{Plan, Sample, Samples, Scorecard, kept};
use serde::Serialize;
use std::fmt::Write as _;

/// Cells of the calibration table.
const CELLS: usize = 10;
/// A stability index from which a feature is to be watched, and from which it has shifted.
const DRIFT: (f64, f64) = (0.1, 0.25);
/// Points that double the odds, when weights are told as points.
const DOUBLING: f64 = 20.0;

/// Rows and cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Enterprises, once for each moment.
    pub rows: usize,
    /// Those that became cases.
    pub cases: usize,
}

/// A part of the enterprises, by rising chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// How many.
    pub enterprises: usize,
    /// The mean chance that was told.
    pub told: f64,
    /// The share that became cases.
    pub became: f64,
}

/// What is known of a feature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureCard {
    /// The indicator.
    pub indicator: String,
    /// Its Chinese name.
    pub zh: String,
    /// Points that experts give at most.
    pub expert_points: i32,
    /// Points that were learned, from its lowest to its highest bin; 20 double the odds.
    pub learned_points: f64,
    /// How much it tells alone: its information value.
    pub information: f64,
    /// Population stability index.
    pub psi: f64,
    /// `steady`, `watch` or `shifted`.
    pub drift: &'static str,
}

/// The model card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// How it was trained.
    pub plan: Plan,
    /// What it learned from.
    pub learned: Counts,
    /// What it was checked by.
    pub checked: Counts,
    /// Area under the curve: the chance that a case stands above another enterprise.
    pub auc: f64,
    /// That of the index itself.
    pub auc_of_index: f64,
    /// Mean square of the difference between chance and outcome.
    pub brier: f64,
    /// By rising chance.
    pub calibration: Vec<Cell>,
    /// The most learned points first.
    pub features: Vec<FeatureCard>,
}

/// The area under the curve; ties count half. One half without cases or without others.
pub fn auc(mut rows: Vec<(f64, bool)>) -> f64 {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut area, mut cases) = (0.0, 0.0, 0.0);
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let own = tied.iter().filter(|(_, case)| *case).count() as f64;
        let others = tied.len() as f64 - own;
        area += own * (below + others / 2.0);
        below += others;
        cases += own;
    }
    if cases == 0.0 || below == 0.0 { 0.5 } else { area / (cases * below) }
}

/// Cells of about as many enterprises each; those with one chance are not parted.
fn calibration(mut rows: Vec<(f64, bool)>) -> Vec<Cell> {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let want = rows.len().div_ceil(CELLS).max(1);
    let mut cells = Vec::new();
    let (mut count, mut told, mut became) = (0_usize, 0.0, 0_usize);
    let mut left = rows.len();
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        count += tied.len();
        left -= tied.len();
        told += tied.iter().map(|(chance, _)| chance).sum::<f64>();
        became += tied.iter().filter(|(_, case)| *case).count();
        if count >= want || left == 0 {
            let all = count as f64;
            let (told_mean, share) = (kept(told / all), kept(became as f64 / all));
            cells.push(Cell { enterprises: count, told: told_mean, became: share });
            (count, told, became) = (0, 0.0, 0);
        }
    }
    cells
}

/// The population stability index between two counts of the same bins.
pub fn psi(expected: &[usize], actual: &[usize]) -> f64 {
    let share = |counts: &[usize], at: usize| {
        let all: usize = counts.iter().sum();
        (counts[at] as f64 + 0.5) / (all as f64 + counts.len() as f64 / 2.0)
    };
    let each = (0..expected.len()).map(|at| {
        let (was, is) = (share(expected, at), share(actual, at));
        (is - was) * (is / was).ln()
    });
    each.sum()
}

fn counted(rows: &[Sample], at: usize, bins: &[Bin]) -> Vec<usize> {
    let mut counts = vec![0; bins.len()];
    for row in rows {
        counts[place(bins, row.points[at])] += 1;
    }
    counts
}

/// How much bins tell apart: the sum of differences of shares, times their evidence.
fn information(bins: &[Bin]) -> f64 {
    let cases: u32 = bins.iter().map(|bin| bin.cases).sum();
    let others: u32 = bins.iter().map(|bin| bin.rows - bin.cases).sum();
    let each = bins.iter().map(|bin| {
        let share = f64::from(bin.cases) / f64::from(cases.max(1));
        let rest = f64::from(bin.rows - bin.cases) / f64::from(others.max(1));
        (share - rest) * bin.woe
    });
    each.sum()
}

/// The card of a scorecard; `binned`: places and bins of all features that were tried.
pub(super) fn card(samples: &Samples, scorecard: &Scorecard, binned: &[(usize, Vec<Bin>)]) -> Card {
    let counts = |rows: &[Sample]| Counts {
        rows: rows.len(),
        cases: rows.iter().filter(|row| row.case).count(),
    };
    let mut told: Vec<(f64, bool)> =
        samples.checked.iter().map(|row| (scorecard.chance_of(samples, row), row.case)).collect();
    // Sums do not depend on the order of the rows.
    told.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let by_index = samples.checked.iter().map(|row| (f64::from(row.score), row.case)).collect();
    let miss = told.iter().map(|(chance, case)| (chance - f64::from(u8::from(*case))).powi(2));
    let brier = miss.sum::<f64>() / told.len().max(1) as f64;
    let mut features: Vec<FeatureCard> = binned
        .iter()
        .map(|(at, bins)| {
            let (id, zh, expert_points) = &samples.indicators[*at];
            let used = scorecard.feature.iter().find(|one| *one.indicator == **id);
            let weight = used.map_or(0.0, |one| one.weight);
            let reach = bins.last().map_or(0.0, |last| last.woe - bins[0].woe);
            let psi =
                psi(&counted(&samples.learned, *at, bins), &counted(&samples.checked, *at, bins));
            FeatureCard {
                indicator: id.to_string(),
                zh: zh.clone(),
                expert_points: *expert_points,
                learned_points: kept(weight * reach * DOUBLING / std::f64::consts::LN_2),
                information: kept(information(bins)),
                psi: kept(psi),
                drift: match psi {
                    psi if psi > DRIFT.1 => "shifted",
                    psi if psi > DRIFT.0 => "watch",
                    _ => "steady",
                },
            }
        })
        .collect();
    features.sort_by(|a, b| {
        b.learned_points.total_cmp(&a.learned_points).then_with(|| a.indicator.cmp(&b.indicator))
    });
    Card {
        plan: scorecard.plan.clone(),
        learned: counts(&samples.learned),
        checked: counts(&samples.checked),
        auc: kept(auc(told.clone())),
        auc_of_index: kept(auc(by_index)),
        brier: kept(brier),
        calibration: calibration(told),
        features,
    }
}

/// The card for people, in Markdown.
pub fn page(card: &Card) -> String {
    let mut text = String::new();
    let plan = &card.plan;
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "# Companion of {}\n\nA scorecard that orders work inside a class. It is not the index, \
         says nothing about persons, and decides nothing.\n\n- Learned from {} enterprises ({} \
         became cases) as they stood on {}.\n- Checked by {} enterprises ({} became cases) as they \
         stood on {}.\n- A case: a penalty that is not minor, a list, or a confirmed verdict within \
         {} days.\n- One enterprise counts once for each moment. Cases are found where authorities \
         look, so what is never looked at is never learned.\n\n## How good\n\n| figure | companion | \
         index |\n|---|---|---|\n| area under the curve | {:.3} | {:.3} |\n| Brier score | {:.4} | \
         |\n\n## Calibration\n\n| enterprises | chance told | became cases |\n|---|---|---|\n",
        plan.model,
        card.learned.rows,
        card.learned.cases,
        plan.moments.join(", "),
        card.checked.rows,
        card.checked.cases,
        plan.checked_at,
        plan.horizon_days,
        card.auc,
        card.auc_of_index,
        card.brier,
    );
    for cell in &card.calibration {
        let (told, became) = (cell.told * 100.0, cell.became * 100.0);
        let _ = writeln!(text, "| {} | {told:.2} % | {became:.2} % |", cell.enterprises);
    }
    let _ = write!(
        text,
        "\n## Features\n\nLearned points: from the lowest to the highest bin; 20 double the odds. A \
         feature with 0 told nothing beside the others.\n\n| indicator | | experts' points | learned \
         points | information | PSI | |\n|---|---|---|---|---|---|---|\n",
    );
    for one in &card.features {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} | {:.3} | {:.3} | {} |",
            one.indicator,
            one.zh,
            one.expert_points,
            one.learned_points,
            one.information,
            one.psi,
            one.drift
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_chance_that_a_case_stands_above() {
        let rows = vec![(0.1, false), (0.2, true), (0.3, false), (0.4, true)];
        assert_eq!(auc(rows), 0.75, "three of four pairs stand right");
        assert_eq!(auc(vec![(0.5, true), (0.5, false)]), 0.5, "a tie counts half");
        assert_eq!(auc(vec![(0.5, true)]), 0.5, "nobody to compare with");
    }

    #[test]
    fn cells_hold_everybody_once() {
        let rows: Vec<(f64, bool)> =
            (0..95).map(|at| (f64::from(at / 7) / 100.0, at % 9 == 0)).collect();
        let cells = calibration(rows.clone());
        assert_eq!(cells.iter().map(|cell| cell.enterprises).sum::<usize>(), 95);
        assert!(cells.len() > 5 && cells.windows(2).all(|two| two[0].told < two[1].told));
        let became: f64 = cells.iter().map(|cell| cell.became * cell.enterprises as f64).sum();
        assert!((became - rows.iter().filter(|(_, case)| *case).count() as f64).abs() < 1e-3);
    }

    #[test]
    fn another_population_is_seen() {
        assert!(psi(&[900, 100], &[450, 50]) < 0.001);
        let shifted = psi(&[900, 100], &[500, 500]);
        assert!(shifted > DRIFT.1, "{shifted}");
    }
}
