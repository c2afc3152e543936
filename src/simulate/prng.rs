//! Which way does chance fall? A small seeded generator, the same on every platform.
//!
//! Invariant: the sequence depends on the seed alone. Must not know: what it is used for.

/// `xoshiro256**` by Blackman and Vigna, seeded by `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Chance([u64; 4]);

/// One step of `SplitMix64`: a good mix of 64 bits.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Chance {
    /// The stream of a seed and a purpose; streams of different purposes are unrelated.
    pub(crate) const fn new(seed: u64, purpose: u64) -> Self {
        let a = mix(seed ^ mix(purpose));
        let b = mix(a);
        let c = mix(b);
        Self([a, b, c, mix(c)])
    }

    pub(crate) fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `0..bound`; the bias of the multiply method is below 2^-32 here.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "nothing to choose from");
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Uniform in `low..=high`.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "an empty range");
        low + self.below((high - low + 1) as usize) as i64
    }

    /// Uniform in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with the given probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// An index of a list of which the first are chosen far more often: `u^power` of the length.
    pub(crate) fn skewed(&mut self, length: usize, power: f64) -> usize {
        ((self.unit().powf(power) * length as f64) as usize).min(length - 1)
    }

    /// About normal (sum of four), mean 0, deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 1.732
    }

    /// Log-normal with a median and a spread (deviation of the logarithm).
    pub(crate) fn lognormal(&mut self, median: f64, spread: f64) -> f64 {
        median * (self.normal() * spread).exp()
    }

    /// Poisson, for small means.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit && count < 50 {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Puts a list in random order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_sequence() {
        let (mut a, mut b, mut c) = (Chance::new(7, 1), Chance::new(7, 1), Chance::new(7, 2));
        let first: Vec<u64> = (0..8).map(|_| a.next()).collect();
        assert_eq!(first, (0..8).map(|_| b.next()).collect::<Vec<_>>());
        assert_ne!(first, (0..8).map(|_| c.next()).collect::<Vec<_>>());
    }

    #[test]
    fn stays_in_bounds() {
        let mut chance = Chance::new(1, 1);
        for _ in 0..1000 {
            assert!(chance.below(3) < 3);
            assert!((-2..=5).contains(&chance.range(-2, 5)));
            assert!(chance.skewed(10, 2.0) < 10);
        }
    }
}
