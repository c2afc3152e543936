//! How are the amounts of an account spread? Mean, variance, skew and kurtosis of a window.
//!
//! Power sums are kept exactly, as integers of 256 bits, so that taking away what was added gives
//! what was there before; moments are taken around the rounded mean, which leaves no cancellation.
//! Must not know: windows.

/// An integer modulo 2^256, lowest limb first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wide([u64; 4]);

impl Wide {
    fn of(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64, 0, 0])
    }

    fn low(self) -> u128 {
        (u128::from(self.0[1]) << 64) | u128::from(self.0[0])
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        let mut out = self;
        let mut carry = false;
        for (limb, other) in out.0.iter_mut().zip(other.0) {
            let (sum, over) = limb.overflowing_add(other);
            let (sum, more) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over | more);
        }
        out
    }

    #[inline]
    fn negated(self) -> Self {
        Self(self.0.map(|limb| !limb)).plus(Self([1, 0, 0, 0]))
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    #[inline]
    fn times(self, factor: u64) -> Self {
        let mut out = self;
        let mut carry = 0u128;
        for limb in &mut out.0 {
            carry += u128::from(*limb) * u128::from(factor);
            *limb = carry as u64;
            carry >>= 64;
        }
        out
    }

    fn to_f64(self) -> f64 {
        let negative = self.0[3] >> 63 == 1;
        let size = if negative { self.negated() } else { self };
        let float = size.0.iter().rev().fold(0.0, |sum, limb| sum * 2f64.powi(64) + *limb as f64);
        if negative { -float } else { float }
    }
}

/// Sums of the first four powers of amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Powers {
    count: u32,
    first: u128,
    second: u128,
    third: Wide,
    fourth: Wide,
}

/// What is told of a set of amounts; zeros when it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many.
    pub count: u32,
    /// Their sum, in the smallest unit.
    pub sum: f64,
    /// Mean.
    pub mean: f64,
    /// Population variance.
    pub variance: f64,
    /// Skewness (third standardised moment); 0 when all are equal.
    pub skew: f64,
    /// Kurtosis (fourth standardised moment, 3 for a normal distribution); 0 when all are equal.
    pub kurtosis: f64,
}

impl Spread {
    /// Of all these amounts, each from 0 to [`AMOUNT_MAX`](super::AMOUNT_MAX).
    pub fn of(amounts: impl Iterator<Item = i64>) -> Self {
        let mut powers = Powers::default();
        amounts.for_each(|amount| powers.add(amount));
        powers.spread()
    }
}

impl Powers {
    #[inline]
    pub(super) fn add(&mut self, amount: i64) {
        let (square, third, fourth) = powers(amount);
        self.count += 1;
        self.first += amount as u128;
        self.second += square;
        self.third = self.third.plus(third);
        self.fourth = self.fourth.plus(fourth);
    }

    #[inline]
    pub(super) fn take(&mut self, amount: i64) {
        let (square, third, fourth) = powers(amount);
        self.count -= 1;
        self.first -= amount as u128;
        self.second -= square;
        self.third = self.third.minus(third);
        self.fourth = self.fourth.minus(fourth);
    }

    /// Moments from the sums.
    #[inline]
    pub(super) fn spread(&self) -> Spread {
        let n = f64::from(self.count);
        if self.count == 0 {
            return Spread::default();
        }
        let sum = self.first as f64;
        let mean = sum / n;
        if self.count == 1 {
            return Spread { count: 1, sum, mean, ..Spread::default() };
        }
        let count = u64::from(self.count);
        let centre = (self.first / u128::from(count)) as u64;
        // Sums of powers of (amount − centre), by Horner's rule.
        let first = self.first as i128 - i128::from(count) * i128::from(centre);
        let (second, third, fourth) = self.centred(centre);
        // From the rounded mean to the mean itself.
        let d = first as f64 / n;
        let (m2, m3, m4) = (second / n, third / n, fourth / n);
        let variance = (m2 - d * d).max(0.0);
        if variance == 0.0 {
            return Spread { count: self.count, sum, mean, ..Spread::default() };
        }
        let skew = (m3 - 3.0 * d * m2 + 2.0 * d * d * d) / (variance * variance.sqrt());
        let kurtosis =
            (m4 - 4.0 * d * m3 + 6.0 * d * d * m2 - 3.0 * d * d * d * d) / (variance * variance);
        Spread { count: self.count, sum, mean, variance, skew, kurtosis }
    }

    /// Sums of powers of (amount − centre), by Horner's rule.
    #[inline]
    fn centred(&self, centre: u64) -> (f64, f64, f64) {
        let count = u128::from(self.count);
        let (c, nc) = (u128::from(centre), count * u128::from(centre));
        let (s1, s2) = (self.first, self.second);
        let second = nc.wrapping_sub(2 * s1).wrapping_mul(c).wrapping_add(s2);
        if second < 1 << 63 {
            // No sum of fourth powers exceeds the square of that of squares: 128 bits hold them.
            let (s3, s4) = (self.third.low(), self.fourth.low());
            let third = (3 * s1).wrapping_sub(nc).wrapping_mul(c).wrapping_sub(3 * s2);
            let third = third.wrapping_mul(c).wrapping_add(s3);
            let fourth = nc.wrapping_sub(4 * s1).wrapping_mul(c).wrapping_add(6 * s2);
            let fourth = fourth.wrapping_mul(c).wrapping_sub(s3.wrapping_mul(4));
            let fourth = fourth.wrapping_mul(c).wrapping_add(s4);
            return (second as f64, third as i128 as f64, fourth as i128 as f64);
        }
        let (s1, s2, nc) = (Wide::of(s1), Wide::of(s2), Wide::of(nc));
        let third = s1.times(3).minus(nc).times(centre).minus(s2.times(3)).times(centre);
        let fourth = nc.minus(s1.times(4)).times(centre).plus(s2.times(6)).times(centre);
        let fourth = fourth.minus(self.third.times(4)).times(centre).plus(self.fourth);
        (second as f64, third.plus(self.third).to_f64(), fourth.to_f64())
    }
}

#[inline]
fn powers(amount: i64) -> (u128, Wide, Wide) {
    let amount = amount as u64;
    let square = u128::from(amount) * u128::from(amount);
    let third = Wide::of(square).times(amount);
    (square, third, third.times(amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_two_passes(
            kept in prop::collection::vec(0i64..=super::super::AMOUNT_MAX, 1..40),
            gone in prop::collection::vec(0i64..=super::super::AMOUNT_MAX, 0..40),
            scale in 0u32..45,
        ) {
            let kept: Vec<i64> = kept.into_iter().map(|a| a >> scale).collect();
            let mut powers = Powers::default();
            kept.iter().chain(&gone).for_each(|a| powers.add(*a));
            for a in gone {
                powers.take(a);
            }
            let n = kept.len() as f64;
            let mean = kept.iter().map(|a| *a as f64).sum::<f64>() / n;
            let moment = |k: i32| kept.iter().map(|a| (*a as f64 - mean).powi(k)).sum::<f64>() / n;
            let got = powers.spread();
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()));
            prop_assert!(near(got.mean, mean) && near(got.variance, moment(2)));
            if kept.len() > 1 && moment(2) > 0.0 {
                prop_assert!(near(got.skew, moment(3) / moment(2).powf(1.5)), "{got:?}");
                prop_assert!(near(got.kurtosis, moment(4) / moment(2).powi(2)), "{got:?}");
            }
        }
    }

    #[test]
    fn a_huge_amount_leaves_nothing_behind() {
        let mut powers = Powers::default();
        for a in [100, 300, 700] {
            powers.add(a);
        }
        let before = powers.spread();
        powers.add(super::super::AMOUNT_MAX);
        powers.take(super::super::AMOUNT_MAX);
        assert_eq!(powers.spread(), before);
    }
}
