//! When did this account last pay that one? The latest row of every ordered pair.
//!
//! Invariant: a pair that has a row in the log has exactly one slot here, which names its latest.
//! Open addressing with one byte of the hash beside the row: about eight bytes a pair. Must not
//! know: windows.

use super::log::Log;

/// The table.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    tags: Vec<u8>,
    rows: Vec<u32>,
    held: usize,
}

fn hash(src: u32, dst: u32) -> u64 {
    let key = (u64::from(src) << 32) | u64::from(dst);
    let mixed = (key ^ (key >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

impl Pairs {
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.rows.len() as u64) >> 32) as usize
    }

    fn tag(hash: u64) -> u8 {
        (hash as u8) | 1
    }

    fn after(&self, at: usize) -> usize {
        if at + 1 == self.rows.len() { 0 } else { at + 1 }
    }

    /// The slot of a pair, or the free one where it would go.
    #[inline]
    fn slot(&self, log: &Log, src: u32, dst: u32) -> usize {
        let hash = hash(src, dst);
        let (mut at, tag) = (self.home(hash), Self::tag(hash));
        loop {
            if self.tags[at] == 0 {
                return at;
            }
            if self.tags[at] == tag {
                let row = log.get(log.whole(self.rows[at]));
                if row.src == src && row.dst == dst {
                    return at;
                }
            }
            at = self.after(at);
        }
    }

    /// The latest row of a pair.
    #[inline]
    pub(super) fn latest(&self, log: &Log, src: u32, dst: u32) -> Option<u64> {
        if self.rows.is_empty() {
            return None;
        }
        let at = self.slot(log, src, dst);
        (self.tags[at] != 0).then(|| log.whole(self.rows[at]))
    }

    /// Names the latest row of its pair.
    pub(super) fn set(&mut self, log: &Log, row: u64) {
        if (self.held + 1) * 4 > self.rows.len() * 3 {
            self.grow(log);
        }
        let held = log.get(row);
        let at = self.slot(log, held.src, held.dst);
        if self.tags[at] == 0 {
            self.tags[at] = Self::tag(hash(held.src, held.dst));
            self.held += 1;
        }
        self.rows[at] = row as u32;
    }

    fn grow(&mut self, log: &Log) {
        let room = (self.rows.len() * 3 / 2).max(16);
        let tags = std::mem::replace(&mut self.tags, vec![0; room]);
        let rows = std::mem::replace(&mut self.rows, vec![0; room]);
        for (tag, row) in tags.into_iter().zip(rows) {
            if tag != 0 {
                let held = log.get(log.whole(row));
                let mut at = self.home(hash(held.src, held.dst));
                while self.tags[at] != 0 {
                    at = self.after(at);
                }
                (self.tags[at], self.rows[at]) = (tag, row);
            }
        }
    }

    /// Forgets a pair if this is its latest row.
    pub(super) fn drop_row(&mut self, log: &Log, row: u64) {
        let held = log.get(row);
        let mut hole = self.slot(log, held.src, held.dst);
        if self.tags[hole] == 0 || self.rows[hole] != row as u32 {
            return;
        }
        self.held -= 1;
        let mut at = hole;
        loop {
            at = self.after(at);
            if self.tags[at] == 0 {
                break;
            }
            let other = log.get(log.whole(self.rows[at]));
            let home = self.home(hash(other.src, other.dst));
            // It may move back unless its home lies behind the hole, going round.
            let stays =
                if hole <= at { home > hole && home <= at } else { home > hole || home <= at };
            if !stays {
                (self.tags[hole], self.rows[hole]) = (self.tags[at], self.rows[at]);
                hole = at;
            }
        }
        self.tags[hole] = 0;
    }

    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>() + self.tags.capacity()
    }
}
