//! Which weights explain the cases best? Logistic regression with weights that are not negative.
//!
//! Newton's method on the penalised likelihood (iteratively reweighted least squares, ridge: Hoerl
//! and Kennard 1970; le Cessie and van Houwelingen 1992); each step is the minimum of the quadratic
//! under the bounds, by coordinate descent, halved until the likelihood rises. Rows that look the
//! same are one. Invariant: a function of the rows, not of their order.

/// Steps at most; it takes about ten.
const STEPS_MAX: usize = 100;
/// Rounds over the coordinates within a step, at most.
const ROUNDS_MAX: usize = 2_000;
/// A change below which a round or a step is the last.
const SETTLED: f64 = 1e-9;
/// How often a step is halved, at most.
const HALVINGS_MAX: usize = 40;

/// Rows that look the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// The evidence of each feature.
    pub evidence: Vec<f64>,
    /// How many.
    pub rows: f64,
    /// Cases among them.
    pub cases: f64,
}

/// What was found: the first weight is the intercept.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Log-odds where there is no evidence.
    pub intercept: f64,
    /// One for each feature; not negative.
    pub weights: Vec<f64>,
}

/// The chance of log-odds.
pub fn chance(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

fn log_odds(all: &[f64], evidence: &[f64]) -> f64 {
    all[0] + all[1..].iter().zip(evidence).map(|(weight, each)| weight * each).sum::<f64>()
}

/// The penalised negative log-likelihood.
fn loss(rows: &[Alike], all: &[f64], l2: f64) -> f64 {
    let likelihood: f64 = rows
        .iter()
        .map(|row| {
            let z = log_odds(all, &row.evidence);
            // ln(1 + e^z), without overflow.
            let soft = z.max(0.0) + (-z.abs()).exp().ln_1p();
            row.rows * soft - row.cases * z
        })
        .sum();
    likelihood + l2 / 2.0 * all[1..].iter().map(|weight| weight * weight).sum::<f64>()
}

/// Gradient and curvature (row by row) of the loss.
fn slopes(rows: &[Alike], all: &[f64], l2: f64) -> (Vec<f64>, Vec<f64>) {
    let size = all.len();
    let (mut slope, mut curve) = (vec![0.0; size], vec![0.0; size * size]);
    let mut point = vec![1.0; size];
    for row in rows {
        point[1..].copy_from_slice(&row.evidence);
        let p = chance(log_odds(all, &row.evidence));
        let (over, spread) = (row.rows * p - row.cases, row.rows * p * (1.0 - p));
        for a in 0..size {
            slope[a] += over * point[a];
            let scaled = spread * point[a];
            for b in 0..=a {
                curve[a * size + b] += scaled * point[b];
            }
        }
    }
    for a in 0..size {
        for b in 0..a {
            curve[b * size + a] = curve[a * size + b];
        }
        if a > 0 {
            slope[a] += l2 * all[a];
            curve[a * size + a] += l2;
        }
    }
    (slope, curve)
}

/// The step to the minimum of the quadratic at which no weight is negative.
fn step(all: &[f64], slope: &[f64], curve: &[f64]) -> Vec<f64> {
    let size = all.len();
    let mut step = vec![0.0; size];
    for _ in 0..ROUNDS_MAX {
        let mut largest = 0.0_f64;
        for a in 0..size {
            let bent = curve[a * size + a];
            if bent <= 0.0 {
                continue;
            }
            let row = &curve[a * size..(a + 1) * size];
            let pull: f64 = row.iter().zip(&step).map(|(each, moved)| each * moved).sum();
            let mut to = step[a] - (slope[a] + pull) / bent;
            if a > 0 {
                to = to.max(-all[a]);
            }
            largest = largest.max((to - step[a]).abs());
            step[a] = to;
        }
        if largest < SETTLED {
            break;
        }
    }
    step
}

/// Fits weights to rows; `l2` draws them to 0.
pub fn fit(rows: &[Alike], features: usize, l2: f64) -> Fit {
    let sums = rows.iter().fold((0.0, 0.0), |(n, c), row| (n + row.rows, c + row.cases));
    let base: f64 = (sums.1 + 0.5) / (sums.0 + 1.0);
    let mut all = vec![0.0; features + 1];
    all[0] = (base / (1.0 - base)).ln();
    let mut known = loss(rows, &all, l2);
    for _ in 0..STEPS_MAX {
        let (slope, curve) = slopes(rows, &all, l2);
        let mut moved = step(&all, &slope, &curve);
        let mut better = None;
        for _ in 0..HALVINGS_MAX {
            let next: Vec<f64> = all.iter().zip(&moved).map(|(each, by)| each + by).collect();
            let found = loss(rows, &next, l2);
            if found <= known {
                better = Some((next, found));
                break;
            }
            for by in &mut moved {
                *by /= 2.0;
            }
        }
        let Some((next, found)) = better else { break };
        let largest = moved.iter().fold(0.0_f64, |most, by| most.max(by.abs()));
        (all, known) = (next, found);
        if largest < SETTLED {
            break;
        }
    }
    Fit { intercept: all[0], weights: all.split_off(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_yes_or_no_is_the_log_odds_ratio() {
        // 10 of 100 without, 40 of 100 with: odds 1/9 and 2/3, ratio 6.
        let rows = [
            Alike { evidence: vec![0.0], rows: 100.0, cases: 10.0 },
            Alike { evidence: vec![1.0], rows: 100.0, cases: 40.0 },
        ];
        let found = fit(&rows, 1, 0.0);
        assert!((found.intercept - (1.0_f64 / 9.0).ln()).abs() < 1e-6, "{found:?}");
        assert!((found.weights[0] - 6.0_f64.ln()).abs() < 1e-6, "{found:?}");
        let drawn = fit(&rows, 1, 50.0);
        assert!(drawn.weights[0] > 0.0 && drawn.weights[0] < found.weights[0]);
    }

    #[test]
    fn what_would_be_negative_is_nothing() {
        let rows = [
            Alike { evidence: vec![0.0, 0.0], rows: 100.0, cases: 20.0 },
            Alike { evidence: vec![1.0, 0.0], rows: 100.0, cases: 40.0 },
            Alike { evidence: vec![0.0, 1.0], rows: 100.0, cases: 5.0 },
        ];
        let found = fit(&rows, 2, 1.0);
        assert!(found.weights[0] > 0.0 && found.weights[1] == 0.0, "{found:?}");
    }

    #[test]
    fn what_parts_all_cases_stays_finite() {
        let rows = [
            Alike { evidence: vec![-1.0], rows: 500.0, cases: 0.0 },
            Alike { evidence: vec![1.0], rows: 20.0, cases: 20.0 },
        ];
        let found = fit(&rows, 1, 1.0);
        assert!(found.weights[0].is_finite() && found.weights[0] > 1.0, "{found:?}");
    }

    proptest! {
        /// At the minimum no step along a coordinate is better (Karush–Kuhn–Tucker).
        #[test]
        fn no_neighbour_is_better(
            rows in prop::collection::vec(
                (prop::collection::vec(-2.0_f64..2.0, 3), 1_u32..50, 0.0_f64..1.0), 3..20,
            ),
        ) {
            let rows: Vec<Alike> = rows
                .into_iter()
                .map(|(evidence, rows, share)| {
                    let rows = f64::from(rows);
                    Alike { evidence, rows, cases: (rows * share).floor() }
                })
                .collect();
            let found = fit(&rows, 3, 1.0);
            prop_assert!(found.weights.iter().all(|weight| *weight >= 0.0));
            let mut all = vec![found.intercept];
            all.extend(&found.weights);
            let known = loss(&rows, &all, 1.0);
            for at in 0..all.len() {
                for by in [-1e-3, 1e-3] {
                    let mut near = all.clone();
                    near[at] += by;
                    if at == 0 || near[at] >= 0.0 {
                        prop_assert!(loss(&rows, &near, 1.0) >= known - 1e-9);
                    }
                }
            }
        }
    }
}
