//! Which transfers does the miner hold? The log, in order of arrival.
//!
//! Invariant: a row keeps its number for as long as it is held; numbers grow by one. 24 bytes a
//! row. Must not know: accounts' lists, patterns.

use super::Transfer;
use std::collections::VecDeque;

const CHUNK: usize = 4096;

/// The largest amount, in the smallest unit of the currency: 2^53 − 1, so that sums of fourth
/// powers over four million transfers fit 256 bits.
pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// A later transfer of the same pair is held.
pub(super) const SUPERSEDED: u64 = 1 << 61;
/// It came later than one that happened after it.
pub(super) const LATE: u64 = 1 << 62;
/// Retracted.
pub(super) const GONE: u64 = 1 << 63;

/// One transfer and its marks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) ts: i64,
    marked: u64,
    pub(super) src: u32,
    pub(super) dst: u32,
}

impl Row {
    pub(super) fn new(transfer: &Transfer, marks: u64) -> Self {
        let marked = transfer.amount as u64 | marks;
        Self { ts: transfer.ts, marked, src: transfer.src, dst: transfer.dst }
    }

    pub(super) const fn amount(self) -> i64 {
        (self.marked & AMOUNT_MAX as u64) as i64
    }

    pub(super) const fn is(self, mark: u64) -> bool {
        self.marked & mark != 0
    }

    pub(super) fn mark(&mut self, mark: u64, on: bool) {
        if on {
            self.marked |= mark;
        } else {
            self.marked &= !mark;
        }
    }
}

/// Rows by number.
#[derive(Debug, Default)]
pub(super) struct Log {
    chunks: VecDeque<Vec<Row>>,
    spare: Vec<Row>,
    /// Number of the first row of the first chunk.
    base: u64,
    front: u64,
    next: u64,
}

impl Log {
    /// Number of the oldest row.
    pub(super) const fn front(&self) -> u64 {
        self.front
    }

    /// Number of the row to come.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Rows held.
    pub(super) const fn len(&self) -> usize {
        (self.next - self.front) as usize
    }

    /// The whole number of a row of which the lower half is known.
    pub(super) const fn whole(&self, row: u32) -> u64 {
        self.front + row.wrapping_sub(self.front as u32) as u64
    }

    #[inline]
    pub(super) fn get(&self, row: u64) -> &Row {
        let at = (row - self.base) as usize;
        &self.chunks[at / CHUNK][at % CHUNK]
    }

    pub(super) fn get_mut(&mut self, row: u64) -> &mut Row {
        let at = (row - self.base) as usize;
        &mut self.chunks[at / CHUNK][at % CHUNK]
    }

    pub(super) fn push(&mut self, row: Row) -> u64 {
        if self.chunks.back().is_none_or(|chunk| chunk.len() == CHUNK) {
            let mut chunk = std::mem::take(&mut self.spare);
            chunk.clear();
            chunk.reserve_exact(CHUNK);
            self.chunks.push_back(chunk);
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(row);
        }
        self.next += 1;
        self.next - 1
    }

    /// Forgets all rows before this one.
    pub(super) fn trim(&mut self, front: u64) {
        self.front = front;
        while self.front - self.base >= CHUNK as u64 {
            if let Some(chunk) = self.chunks.pop_front() {
                self.spare = chunk;
            }
            self.base += CHUNK as u64;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        (self.chunks.iter().map(Vec::capacity).sum::<usize>() + self.spare.capacity())
            * size_of::<Row>()
    }
}
