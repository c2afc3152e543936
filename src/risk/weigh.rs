//! How much should each category weigh? Judgement in pairs, and what the data tell apart.
//!
//! - **AHP** (Saaty 1980, *The Analytic Hierarchy Process*): weights are the principal eigenvector
//!   of a reciprocal matrix of judgements; its consistency ratio may be 0.1 at most.
//! - **Entropy** (Shannon; as in Zeleny 1982): what is spread unevenly over the enterprises tells
//!   them apart and weighs more.
//! - **CRITIC** (Diakoulaki, Mavrotas, Papayannakis 1995, Computers & Operations Research 22:7):
//!   spread, times how little it repeats the others.
//!
//! Invariant: weights are not negative and sum to 1. Must not know: what is weighed.

use serde::Deserialize;
use std::fmt;

/// Largest consistency ratio of judgements (Saaty).
pub const CONSISTENCY_MAX: f64 = 0.1;
/// Mean consistency index of random matrices of 1 to 10 items (Saaty 1980, table 1-5).
const RANDOM_INDEX: [f64; 10] = [0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49];
/// Steps after which the eigenvector has settled far below what is printed.
const STEPS: usize = 200;

/// Judgements in pairs, as `weights.toml` states them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgements {
    /// What is compared: letters of categories.
    pub items: Vec<String>,
    /// Row by row: how much more the item of the row matters than that of the column, 1/9 to 9.
    pub matrix: Vec<Vec<f64>>,
    /// Whose judgement it is.
    pub source: String,
}

/// Shares of the ways in a mix; they sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// Judgement in pairs.
    #[serde(default)]
    pub ahp: f64,
    /// Entropy.
    #[serde(default)]
    pub entropy: f64,
    /// CRITIC.
    #[serde(default)]
    pub critic: f64,
}

/// `weights.toml`: how the declared weights of the categories came about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// Judgements in pairs.
    pub ahp: Judgements,
    /// How the ways are mixed.
    pub mix: Mix,
}

/// What is wrong with judgements or shares.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The matrix is not square, of 2 to 10 items.
    Shape,
    /// `a` over `b` is not the reciprocal of `b` over `a`, or out of 1/9 to 9: row and column.
    Pair(usize, usize),
    /// The judgements contradict each other: the ratio.
    Inconsistent(f64),
    /// The shares of the mix do not sum to 1.
    Mix,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => {
                f.write_str("the matrix needs a row and a column for each of 2 to 10 items")
            }
            Self::Pair(row, column) => write!(
                f,
                "row {}, column {}: judgements lie within 1/9 to 9, and the one across the \
                 diagonal is the reciprocal",
                row + 1,
                column + 1
            ),
            Self::Inconsistent(ratio) => write!(
                f,
                "the judgements contradict each other: consistency ratio {ratio:.3}, at most \
                 {CONSISTENCY_MAX} is accepted"
            ),
            Self::Mix => f.write_str("the shares of the mix are not negative and sum to 1"),
        }
    }
}

impl std::error::Error for Fault {}

impl WeightsFile {
    /// The weights by judgement, when judgements and shares are sound.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn check(&self) -> Result<Vec<f64>, Fault> {
        let Mix { ahp: by_pairs, entropy, critic } = self.mix;
        let negative = by_pairs < 0.0 || entropy < 0.0 || critic < 0.0;
        if negative || (by_pairs + entropy + critic - 1.0).abs() > 1e-9 {
            return Err(Fault::Mix);
        }
        if self.ahp.items.len() != self.ahp.matrix.len() {
            return Err(Fault::Shape);
        }
        let (weights, ratio) = ahp(&self.ahp.matrix)?;
        if ratio > CONSISTENCY_MAX { Err(Fault::Inconsistent(ratio)) } else { Ok(weights) }
    }
}

/// Weights by judgement in pairs, and the consistency ratio.
///
/// # Errors
/// When the matrix is not a reciprocal one.
pub fn ahp(matrix: &[Vec<f64>]) -> Result<(Vec<f64>, f64), Fault> {
    let n = matrix.len();
    if !(2..=RANDOM_INDEX.len()).contains(&n) || matrix.iter().any(|row| row.len() != n) {
        return Err(Fault::Shape);
    }
    for (i, row) in matrix.iter().enumerate() {
        for (j, &value) in row.iter().enumerate() {
            let fits = (1.0 / 9.0 - 1e-3..=9.0).contains(&value);
            // Thirds are written with some digits.
            if !fits || (value * matrix[j][i] - 1.0).abs() > 0.02 {
                return Err(Fault::Pair(i, j));
            }
        }
    }
    let times = |vector: &[f64]| -> Vec<f64> {
        let dot = |row: &Vec<f64>| row.iter().zip(vector).map(|(a, b)| a * b).sum();
        matrix.iter().map(dot).collect()
    };
    let mut weights = vec![1.0 / n as f64; n];
    for _ in 0..STEPS {
        weights = shares(times(&weights));
    }
    let largest: f64 =
        times(&weights).iter().zip(&weights).map(|(a, b)| a / b).sum::<f64>() / n as f64;
    let index = (largest - n as f64) / (n as f64 - 1.0);
    let random = RANDOM_INDEX[n - 1];
    Ok((weights, if random > 0.0 { (index / random).max(0.0) } else { 0.0 }))
}

/// Weights by entropy. `rows`: for each enterprise a number that is not negative for each item.
pub fn entropy(rows: &[Vec<f64>]) -> Vec<f64> {
    let Some(items) = rows.first().map(Vec::len) else { return Vec::new() };
    if rows.len() < 2 {
        return vec![1.0 / items as f64; items];
    }
    let most = (rows.len() as f64).ln();
    let told = (0..items).map(|item| {
        let sum: f64 = rows.iter().map(|row| row[item]).sum();
        if sum <= 0.0 {
            return 0.0;
        }
        let parts = rows.iter().map(|row| row[item] / sum).filter(|part| *part > 0.0);
        1.0 + parts.map(|part| part * part.ln()).sum::<f64>() / most
    });
    shares(told.map(|each| each.max(0.0)).collect())
}

/// Weights by CRITIC. `rows` as for [`entropy`].
pub fn critic(rows: &[Vec<f64>]) -> Vec<f64> {
    let Some(items) = rows.first().map(Vec::len) else { return Vec::new() };
    let columns: Vec<Vec<f64>> = (0..items)
        .map(|item| {
            let column: Vec<f64> = rows.iter().map(|row| row[item]).collect();
            let low = column.iter().copied().fold(f64::INFINITY, f64::min);
            let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let span = high - low;
            column.iter().map(|v| if span > 0.0 { (v - low) / span } else { 0.0 }).collect()
        })
        .collect();
    let spread: Vec<f64> = columns.iter().map(|column| covariance(column, column).sqrt()).collect();
    let told = (0..items).map(|item| {
        let conflict: f64 = (0..items)
            .filter(|other| *other != item)
            .map(|other| {
                let both = spread[item] * spread[other];
                let alike = if both > 0.0 {
                    covariance(&columns[item], &columns[other]) / both
                } else {
                    0.0
                };
                1.0 - alike
            })
            .sum();
        spread[item] * conflict
    });
    shares(told.collect())
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let mean = |column: &[f64]| column.iter().sum::<f64>() / column.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let products = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b));
    products.sum::<f64>() / (a.len() as f64 - 1.0).max(1.0)
}

/// Divided by their sum; alike when all are nothing.
fn shares(values: Vec<f64>) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    let count = values.len() as f64;
    values.into_iter().map(|value| if sum > 0.0 { value / sum } else { 1.0 / count }).collect()
}

/// The weights of a mix.
pub fn mixed(mix: Mix, by_pairs: &[f64], by_entropy: &[f64], by_critic: &[f64]) -> Vec<f64> {
    let parts = by_pairs.iter().zip(by_entropy).zip(by_critic);
    parts.map(|((a, b), c)| mix.ahp * a + mix.entropy * b + mix.critic * c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64], by: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < by, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn saatys_own_example() {
        // Wealth of seven nations compared by judgement, with λmax 7.61 (Saaty 1980, ch. 2).
        let matrix = vec![
            vec![1.0, 4.0, 9.0, 6.0, 6.0, 5.0, 5.0],
            vec![1.0 / 4.0, 1.0, 7.0, 5.0, 5.0, 3.0, 4.0],
            vec![1.0 / 9.0, 1.0 / 7.0, 1.0, 1.0 / 5.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 5.0],
            vec![1.0 / 6.0, 1.0 / 5.0, 5.0, 1.0, 1.0, 1.0 / 3.0, 1.0 / 3.0],
            vec![1.0 / 6.0, 1.0 / 5.0, 5.0, 1.0, 1.0, 1.0 / 3.0, 1.0 / 3.0],
            vec![1.0 / 5.0, 1.0 / 3.0, 7.0, 3.0, 3.0, 1.0, 2.0],
            vec![1.0 / 5.0, 1.0 / 4.0, 5.0, 3.0, 3.0, 1.0 / 2.0, 1.0],
        ];
        let (weights, ratio) = ahp(&matrix).unwrap();
        near(&weights, &[0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], 0.006);
        assert!((ratio - 0.077).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let circle = vec![vec![1.0, 5.0, 0.2], vec![0.2, 1.0, 5.0], vec![5.0, 0.2, 1.0]];
        let file = WeightsFile {
            ahp: Judgements {
                items: ["A", "B", "C"].map(str::to_owned).to_vec(),
                matrix: circle,
                source: "[P]".to_owned(),
            },
            mix: Mix { ahp: 1.0, entropy: 0.0, critic: 0.0 },
        };
        assert!(matches!(file.check(), Err(Fault::Inconsistent(ratio)) if ratio > 1.0));
        assert_eq!(ahp(&[vec![1.0, 2.0], vec![1.0, 1.0]]), Err(Fault::Pair(0, 1)));
        assert_eq!(ahp(&[vec![1.0, 2.0]]), Err(Fault::Shape));
        let mut shares = file.clone();
        shares.mix.entropy = 0.5;
        assert_eq!(shares.check(), Err(Fault::Mix));
    }

    #[test]
    fn a_consistent_matrix_gives_its_weights_back() {
        let wanted: [f64; 4] = [0.4, 0.3, 0.2, 0.1];
        let matrix: Vec<Vec<f64>> =
            wanted.iter().map(|a| wanted.iter().map(|b| a / b).collect()).collect();
        let (weights, ratio) = ahp(&matrix).unwrap();
        near(&weights, &wanted, 1e-9);
        assert!(ratio < 1e-9);
    }

    #[test]
    fn what_is_the_same_for_all_tells_nothing() {
        let rows: Vec<Vec<f64>> =
            (0..50).map(|n| vec![5.0, if n == 7 { 9.0 } else { 0.0 }, f64::from(n % 2)]).collect();
        let by_entropy = entropy(&rows);
        assert!(by_entropy[0] < 1e-9 && by_entropy[1] > by_entropy[2], "{by_entropy:?}");
        let by_critic = critic(&rows);
        assert!(by_critic[0] < 1e-9, "{by_critic:?}");
        for weights in [by_entropy, by_critic] {
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_repeats_another_weighs_less() {
        let rows: Vec<Vec<f64>> = (0..40)
            .map(|n| vec![f64::from(n % 4), f64::from(n % 4), f64::from(n / 4 % 4)])
            .collect();
        let weights = critic(&rows);
        assert!(weights[2] > 1.5 * weights[0], "{weights:?}");
    }

    #[test]
    fn a_mix_lies_between() {
        let mix = Mix { ahp: 0.5, entropy: 0.25, critic: 0.25 };
        near(&mixed(mix, &[1.0, 0.0], &[0.0, 1.0], &[0.0, 1.0]), &[0.5, 0.5], 1e-12);
    }
}
