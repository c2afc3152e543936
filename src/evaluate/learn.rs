//! What should each family of evidence weigh? Weights from pairs, with verdicts or without.
//!
//! Without verdicts: the model of Fellegi and Sunter (1969), two classes of candidate pairs and
//! families that are independent within a class, fitted by expectation-maximisation (Winkler
//! 1988). With verdicts: a logistic regression that starts at, and is drawn towards, the weights
//! in force. Both give a factor for each family and a prior, in bits. Same input, same output.
//!
//! Must not know: how a pair was found.

use crate::evaluate::{Error, pairs, read};
use crate::simulate::Truth;
use serde::Deserialize;
use std::path::Path;

/// The families, in the order of the contract.
pub const FAMILIES: [&str; 9] =
    ["control", "premises", "contact", "name", "business", "assets", "staff", "filing", "timing"];
const N: usize = FAMILIES.len();

/// Bits from which the evidence of a family is of level 1, 2, 3; below is level 0.
const STEPS: [f64; 3] = [0.5, 2.0, 4.0];
const LEVELS: usize = STEPS.len() + 1;

/// Most and least that a factor may be: weights are corrected, not turned around.
const FACTOR: (f64, f64) = (0.4, 1.6);

/// Most steps of the climb.
const STEPS_MAX: usize = 4_000;

/// A candidate pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Bits of each family.
    pub bits: [f64; N],
    /// Bits of the evidence against, not above zero.
    pub against: f64,
    /// Whether its confidence is the sum's: a pair that the gate holds back, or to which another
    /// lends, teaches nothing about confidence.
    pub open: bool,
    /// The verdict, where there is one.
    pub verdict: Option<bool>,
}

/// What is read of a pair in `successions.ndjson`.
#[derive(Deserialize)]
struct Found {
    predecessor: String,
    successor: String,
    confidence: f64,
    evidence: Vec<Told>,
    against: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    weight: f64,
    family: Option<String>,
}

/// The pairs of a result folder, with the verdicts of a truth file where there is one. `ceilings`:
/// the confidences at which the gate holds pairs back.
pub fn samples(
    results: &Path,
    truth: Option<&Path>,
    ceilings: &[f64],
) -> Result<Vec<Sample>, Error> {
    let truth: Option<Truth> = truth.map(read::object).transpose()?;
    let verdict = truth.as_ref().map(pairs::verdicts);
    let found: Vec<Found> = read::lines(&results.join("successions.ndjson"))?;
    let sample = |found: Found| {
        let of = |family: &str| {
            let own = |line: &&Told| line.family.as_deref() == Some(family);
            found.evidence.iter().filter(own).map(|line| line.weight).sum()
        };
        let lent = found.evidence.iter().any(|line| line.family.is_none());
        let held = ceilings.iter().any(|cap| (found.confidence - cap).abs() < 1e-9);
        Sample {
            bits: FAMILIES.map(of),
            against: found.against.iter().map(|line| line.weight).sum(),
            open: !lent && !held,
            verdict: verdict.as_ref().and_then(|v| v(&(found.predecessor, found.successor))),
        }
    };
    Ok(found.into_iter().map(sample).collect())
}

impl Sample {
    fn sum(&self, prior: f64, factors: &[f64; N]) -> f64 {
        let pro: f64 = self.bits.iter().zip(factors).map(|(bits, factor)| bits * factor).sum();
        prior + pro + self.against
    }
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// By family: what its bits are to be multiplied with.
    pub factors: [f64; N],
    /// Log-odds before any evidence, in bits.
    pub prior: f64,
    /// By family and level: the chance among switches and among others, and how many pairs.
    pub table: Vec<[Cell; LEVELS]>,
    /// How many pairs taught it.
    pub pairs: usize,
    /// Steps until nothing changed.
    pub steps: usize,
}

/// A level of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Chance of the level among switches.
    pub m: f64,
    /// Chance among other candidate pairs.
    pub u: f64,
    /// Pairs that show it.
    pub pairs: usize,
    /// Mean bits of these pairs under the weights in force.
    pub bits: f64,
}

fn squash(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

fn level(bits: f64) -> usize {
    STEPS.iter().take_while(|step| bits >= **step).count()
}

/// Weights without verdicts. `prior` and factors of one are where it starts.
pub fn by_expectation(samples: &[Sample], prior: f64) -> Learned {
    let mut weights: Vec<f64> =
        samples.iter().map(|sample| squash(sample.sum(prior, &[1.0; N]))).collect();
    let mut steps = 0;
    for _ in 0..200 {
        let table = tabulate(samples, &weights);
        let share = weights.iter().sum::<f64>() / samples.len().max(1) as f64;
        let odds = (share / (1.0 - share).max(1e-9)).max(1e-9).log2();
        let next: Vec<f64> = samples
            .iter()
            .map(|sample| {
                let told = sample.bits.iter().enumerate().map(|(family, bits)| {
                    let cell = table[family][level(*bits)];
                    (cell.m / cell.u).log2()
                });
                squash(odds + told.sum::<f64>() + sample.against)
            })
            .collect();
        let moved = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        weights = next;
        steps += 1;
        if moved < 1e-6 {
            break;
        }
    }
    let table = tabulate(samples, &weights);
    let factors = std::array::from_fn(|family| factor(&table[family]));
    // The prior that keeps the expected number of switches.
    let expected: f64 = weights.iter().sum();
    let prior = solve_prior(samples, &factors, expected);
    Learned { factors, prior, table, pairs: samples.len(), steps }
}

/// Chances by level, smoothed by one pair spread over the levels.
fn tabulate(samples: &[Sample], weights: &[f64]) -> Vec<[Cell; LEVELS]> {
    let all: f64 = weights.iter().sum();
    let rest = samples.len() as f64 - all;
    let of_family = |family: usize| {
        let mut cells = [Cell::default(); LEVELS];
        for (sample, weight) in samples.iter().zip(weights) {
            let cell = &mut cells[level(sample.bits[family])];
            cell.m += weight;
            cell.u += 1.0 - weight;
            cell.pairs += 1;
            cell.bits += sample.bits[family];
        }
        for cell in &mut cells {
            cell.m = (cell.m + 1.0 / LEVELS as f64) / (all + 1.0);
            cell.u = (cell.u + 1.0 / LEVELS as f64) / (rest + 1.0);
            cell.bits /= cell.pairs.max(1) as f64;
        }
        cells
    };
    (0..N).map(of_family).collect()
}

/// The factor that brings the bits in force nearest to what the levels are worth, by least
/// squares over the pairs.
fn factor(cells: &[Cell; LEVELS]) -> f64 {
    let worth = |cell: &Cell| (cell.m / cell.u).log2();
    let base = worth(&cells[0]);
    let (mut both, mut square) = (0.0, 0.0);
    for cell in &cells[1..] {
        let pairs = cell.pairs as f64;
        both += pairs * cell.bits * (worth(cell) - base);
        square += pairs * cell.bits * cell.bits;
    }
    if square > 0.0 { (both / square).clamp(FACTOR.0, FACTOR.1) } else { 1.0 }
}

fn solve_prior(samples: &[Sample], factors: &[f64; N], expected: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let sum: f64 = samples.iter().map(|sample| squash(sample.sum(middle, factors))).sum();
        if sum < expected { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Weights from verdicts: the penalised likelihood is climbed by gradient steps. `strength` is how
/// many verdicts the weights in force are worth.
pub fn by_verdicts(samples: &[Sample], prior: f64, strength: f64) -> Learned {
    let judged: Vec<(&Sample, f64)> = samples
        .iter()
        .filter(|sample| sample.open)
        .filter_map(|sample| Some((sample, f64::from(u8::from(sample.verdict?)))))
        .collect();
    let mut factors = [1.0; N];
    let mut start = prior;
    let mut steps = 0;
    let number = judged.len().max(1) as f64;
    // Bits reach about five; the step keeps the quadratic part below one.
    let pace = 0.5 / (N as f64 * 6.0);
    for _ in 0..STEPS_MAX {
        let mut slope = [0.0; N];
        let mut slope_prior = 0.0;
        for (sample, truth) in &judged {
            let error = truth - squash(sample.sum(start, &factors));
            slope_prior += error;
            for (slope, bits) in slope.iter_mut().zip(sample.bits) {
                *slope += error * bits;
            }
        }
        let mut moved: f64 = 0.0;
        for (factor, slope) in factors.iter_mut().zip(slope) {
            let step = pace * (slope - strength * (*factor - 1.0)) / number;
            *factor = (*factor + step).clamp(FACTOR.0, FACTOR.1);
            moved = moved.max(step.abs());
        }
        let step = pace * (slope_prior - 0.05 * strength * (start - prior)) / number;
        start += step;
        steps += 1;
        if moved.max(step.abs()) < 1e-7 {
            break;
        }
    }
    let weights: Vec<f64> = judged.iter().map(|(_, truth)| *truth).collect();
    let owned: Vec<Sample> = judged.iter().map(|(sample, _)| (*sample).clone()).collect();
    let table = tabulate(&owned, &weights);
    Learned { factors, prior: start, table, pairs: judged.len(), steps }
}

/// Of pairs said at so much, how many are true: ten bins of (said, true, pairs).
pub fn reliability(samples: &[Sample], prior: f64, factors: &[f64; N]) -> [(f64, f64, usize); 10] {
    let mut bins = [(0.0, 0.0, 0); 10];
    for sample in samples.iter().filter(|sample| sample.open) {
        let Some(verdict) = sample.verdict else { continue };
        let said = squash(sample.sum(prior, factors));
        let bin = &mut bins[((said * 10.0) as usize).min(9)];
        bin.0 += said;
        bin.1 += f64::from(u8::from(verdict));
        bin.2 += 1;
    }
    bins.map(|(said, held, pairs)| {
        let number = pairs.max(1) as f64;
        (said / number, held / number, pairs)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs whose families tell what the factors of nature say, by a fixed disorder.
    fn drawn(number: usize, nature: f64) -> Vec<Sample> {
        let mut state = 7_u64;
        let mut chance = || {
            state = crate::id::stable_hash(&state.to_le_bytes());
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let sample = |_| {
            let bits = std::array::from_fn(|family| match family {
                0 | 6 => [0.0, 3.0, 5.0][(chance() * 3.0) as usize],
                1 | 2 => [0.0, 4.0][(chance() * 2.0) as usize],
                _ => chance() * 1.5,
            });
            let mut factors = [1.0; N];
            factors[0] = nature;
            let mut sample = Sample { bits, against: 0.0, open: true, verdict: None };
            sample.verdict = Some(chance() < squash(sample.sum(-10.0, &factors)));
            sample
        };
        (0..number).map(sample).collect()
    }

    #[test]
    fn verdicts_correct_a_weight_that_is_off() {
        let samples = drawn(1_500, 0.5);
        let learned = by_verdicts(&samples, -10.0, 5.0);
        assert!((learned.factors[0] - 0.5).abs() < 0.2, "{learned:?}");
        assert!((learned.factors[6] - 1.0).abs() < 0.2, "{learned:?}");
        assert!((learned.prior + 10.0).abs() < 2.0, "{learned:?}");
        let before = gap(&reliability(&samples, -10.0, &[1.0; N]));
        let after = gap(&reliability(&samples, learned.prior, &learned.factors));
        assert!(after < before / 2.0, "calibration {before} to {after}");
    }

    #[test]
    fn few_verdicts_move_little() {
        let learned = by_verdicts(&drawn(20, 0.5), -10.0, 200.0);
        assert!(learned.factors.iter().all(|factor| (factor - 1.0).abs() < 0.1), "{learned:?}");
    }

    #[test]
    fn expectation_finds_the_classes_without_verdicts() {
        // Switches show control, staff and contact together; others one of them by chance.
        let mut samples = Vec::new();
        for at in 0..2_000_usize {
            let switch = at % 20 == 0;
            let show = |family: usize| switch && !(at / 20 + family).is_multiple_of(10);
            let chance = |family: usize| !switch && (at * 7 + family * 13).is_multiple_of(25);
            let bits = std::array::from_fn(|family| {
                if family < 7 && (show(family) || chance(family)) { 4.0 } else { 0.0 }
            });
            samples.push(Sample { bits, against: 0.0, open: true, verdict: Some(switch) });
        }
        let learned = by_expectation(&samples, -8.0);
        for family in 0..7 {
            let cell = learned.table[family][3];
            assert!(cell.m > 0.8 && cell.u < 0.1, "{family}: {cell:?}");
        }
        let right = samples.iter().filter(|sample| {
            (squash(sample.sum(learned.prior, &learned.factors)) > 0.5)
                == (sample.verdict == Some(true))
        });
        assert!(right.count() >= 1_980, "{learned:?}");
        assert_eq!(learned, by_expectation(&samples, -8.0), "the same twice");
    }

    fn gap(bins: &[(f64, f64, usize); 10]) -> f64 {
        let all: usize = bins.iter().map(|bin| bin.2).sum();
        bins.iter().map(|(said, held, n)| (said - held).abs() * *n as f64).sum::<f64>()
            / all.max(1) as f64
    }
}
