//! Whom did an account pay, or who paid it? One list of an account, in order of time.
//!
//! Invariant: sorted by moment; equal moments in order of arrival. Twelve bytes
//! an entry of payments, eight of receipts. Must not know: what the entries mean.

use super::log::{Log, Row};

/// An entry of a list.
pub(super) trait Entry: Copy + PartialEq {
    /// The moment, modulo 2^32.
    fn at(&self) -> u32;
}

/// One transfer as its payer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Out {
    at: u32,
    /// The payee.
    pub(super) other: u32,
    /// Lower half of the row's number.
    pub(super) row: u32,
}

/// One transfer as its payee sees it. Searches name rows on the payers' side only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct In {
    at: u32,
    /// The payer.
    pub(super) other: u32,
}

impl Entry for Out {
    #[inline]
    fn at(&self) -> u32 {
        self.at
    }
}

impl Entry for In {
    #[inline]
    fn at(&self) -> u32 {
        self.at
    }
}

/// A queue in one piece of memory: what leaves at the front makes room for what comes.
#[derive(Debug)]
pub(super) struct Lane<E> {
    entries: Vec<E>,
    head: u32,
}

impl<E> Default for Lane<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), head: 0 }
    }
}

impl<E: Entry> Lane<E> {
    #[inline]
    pub(super) fn all(&self) -> &[E] {
        &self.entries[self.head as usize..]
    }

    /// Entries with `from ≤ moment − origin < to`.
    #[inline]
    pub(super) fn between(&self, origin: u32, from: u32, to: u32) -> &[E] {
        let all = self.all();
        let start = part(all, |e| e.at().wrapping_sub(origin) < from);
        let all = &all[start..];
        &all[..part(all, |e| e.at().wrapping_sub(origin) < to)]
    }

    #[inline]
    pub(super) fn push(&mut self, entry: E) {
        if self.entries.len() == self.entries.capacity() {
            self.make_room();
        }
        self.entries.push(entry);
    }

    fn make_room(&mut self) {
        let (head, len) = (self.head as usize, self.entries.len());
        if head * 4 >= len && head > 0 {
            self.entries.drain(..head);
            self.head = 0;
        } else {
            self.entries.reserve_exact((len / 4).max(1));
        }
    }

    /// Puts an entry behind all that are not later.
    pub(super) fn insert(&mut self, origin: u32, entry: E) {
        let moment = entry.at().wrapping_sub(origin);
        let at = part(self.all(), |e| e.at().wrapping_sub(origin) <= moment);
        if self.entries.len() == self.entries.capacity() {
            self.make_room();
        }
        self.entries.insert(self.head as usize + at, entry);
    }

    /// Drops an entry, or one that equals it.
    pub(super) fn remove(&mut self, origin: u32, entry: E) {
        let moment = entry.at().wrapping_sub(origin);
        let from = part(self.all(), |e| e.at().wrapping_sub(origin) < moment);
        match self.all()[from..].iter().position(|e| *e == entry) {
            Some(0) if from == 0 => self.pop(),
            Some(found) => {
                self.entries.remove(self.head as usize + from + found);
                self.give_back();
            }
            None => {}
        }
    }

    /// Drops the oldest entry.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.head += 1;
        self.give_back();
    }

    fn give_back(&mut self) {
        let live = self.entries.len() - self.head as usize;
        if live == 0 {
            *self = Self::default();
        } else if self.entries.capacity() > 4 && live * 2 < self.entries.capacity() {
            let mut entries = Vec::with_capacity(live + live / 4 + 1);
            entries.extend_from_slice(self.all());
            *self = Self { entries, head: 0 };
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<E>()
    }
}

/// `partition_point` that walks short lists.
#[inline]
fn part<E>(entries: &[E], before: impl Fn(&E) -> bool) -> usize {
    if entries.len() > 16 {
        return entries.partition_point(before);
    }
    entries.iter().position(|e| !before(e)).unwrap_or(entries.len())
}

fn entries(held: &Row, row: u64) -> (Out, In) {
    let at = held.ts as u32;
    (Out { at, other: held.dst, row: row as u32 }, In { at, other: held.src })
}

/// Both lists of one account: half a cache line each.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) outs: Lane<Out>,
    pub(super) ins: Lane<In>,
}

/// The lists of all accounts, and what moments are measured from.
#[derive(Debug, Default)]
pub(super) struct Net {
    pub(super) lanes: Vec<Lanes>,
    /// The oldest moment that is held, modulo 2^32.
    pub(super) origin: u32,
}

impl Net {
    #[inline]
    pub(super) fn outs(&self, account: u32, from: u32, to: u32) -> &[Out] {
        self.lanes[account as usize].outs.between(self.origin, from, to)
    }

    #[inline]
    pub(super) fn ins(&self, account: u32, from: u32, to: u32) -> &[In] {
        self.lanes[account as usize].ins.between(self.origin, from, to)
    }

    /// A moment's distance from the oldest.
    #[inline]
    pub(super) fn moment(&self, entry: &impl Entry) -> u32 {
        entry.at().wrapping_sub(self.origin)
    }

    pub(super) fn insert(&mut self, log: &Log, row: u64, late: bool) {
        let held = log.get(row);
        let (out, into) = entries(held, row);
        if late {
            self.lanes[held.src as usize].outs.insert(self.origin, out);
            self.lanes[held.dst as usize].ins.insert(self.origin, into);
        } else {
            self.lanes[held.src as usize].outs.push(out);
            self.lanes[held.dst as usize].ins.push(into);
        }
    }

    /// Drops a row: from the front when it is the oldest.
    pub(super) fn remove(&mut self, log: &Log, row: u64) {
        let held = log.get(row);
        let (out, into) = entries(held, row);
        let outs = &mut self.lanes[held.src as usize].outs;
        if outs.all().first() == Some(&out) {
            outs.pop();
        } else {
            outs.remove(self.origin, out);
        }
        let ins = &mut self.lanes[held.dst as usize].ins;
        if ins.all().first() == Some(&into) {
            ins.pop();
        } else {
            ins.remove(self.origin, into);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.lanes.iter().map(|l| l.outs.bytes() + l.ins.bytes()).sum()
    }
}
