//! Whose work is it? Keys spread over virtual nodes, virtual nodes over workers.

use crate::limits::VIRTUAL_NODES;

/// One worker's part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Share {
    index: u32,
    of: u32,
}

impl Share {
    /// All of it: the plain loop, or a single worker.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The part of worker `index` of `of`; `None` unless `index < of <= VIRTUAL_NODES`.
    pub fn new(index: usize, of: usize) -> Option<Self> {
        (index < of && of as u64 <= VIRTUAL_NODES)
            .then_some(Self { index: index as u32, of: of as u32 })
    }

    /// Which worker, from 0.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether this is the share of the first worker, who tells what all have in common.
    pub const fn is_first(self) -> bool {
        self.index == 0
    }

    /// Whether the owner of a key (a stable hash) is this worker.
    pub const fn owns(self, key: u64) -> bool {
        (key % VIRTUAL_NODES) % self.of as u64 == self.index as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_owner() {
        for of in [1, 2, 3, 7] {
            for key in 0..5_000u64 {
                let owners = (0..of)
                    .filter(|i| {
                        Share::new(*i, of)
                            .expect("within")
                            .owns(key.wrapping_mul(0x9E37_79B9_7F4A_7C15))
                    })
                    .count();
                assert_eq!(owners, 1);
            }
        }
        assert_eq!(Share::new(2, 2), None);
    }
}
