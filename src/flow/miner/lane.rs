//! Whom did an account pay, or who paid it? One list of an account, in order of time.
//!
//! Invariant: sorted by moment; equal moments in order of arrival. Twelve bytes an entry; at most
//! a quarter of a list is air. Must not know: what the entries mean.

use super::log::Log;

/// One transfer as one of its two accounts sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The moment, modulo 2^32.
    pub(super) at: u32,
    /// The other account.
    pub(super) other: u32,
    /// Lower half of the row's number.
    pub(super) row: u32,
}

/// A queue in one piece of memory: what leaves at the front makes room for what comes.
#[derive(Debug, Default)]
pub(super) struct Lane {
    entries: Vec<Entry>,
    head: u32,
}

impl Lane {
    #[inline]
    pub(super) fn all(&self) -> &[Entry] {
        &self.entries[self.head as usize..]
    }

    /// Entries with `from ≤ moment − origin < to`.
    #[inline]
    pub(super) fn between(&self, origin: u32, from: u32, to: u32) -> &[Entry] {
        let all = self.all();
        let start = part(all, |e| e.at.wrapping_sub(origin) < from);
        let all = &all[start..];
        &all[..part(all, |e| e.at.wrapping_sub(origin) < to)]
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
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
    pub(super) fn insert(&mut self, origin: u32, entry: Entry) {
        let moment = entry.at.wrapping_sub(origin);
        let at = part(self.all(), |e| e.at.wrapping_sub(origin) <= moment);
        if self.entries.len() == self.entries.capacity() {
            self.make_room();
        }
        self.entries.insert(self.head as usize + at, entry);
    }

    /// Drops the entry of a row; says whether there was one.
    pub(super) fn remove(&mut self, origin: u32, at: u32, row: u32) -> bool {
        let moment = at.wrapping_sub(origin);
        let from = part(self.all(), |e| e.at.wrapping_sub(origin) < moment);
        let found = self.all()[from..].iter().position(|e| e.row == row);
        let Some(found) = found else { return false };
        if from + found == 0 {
            self.pop();
        } else {
            self.entries.remove(self.head as usize + from + found);
            self.give_back();
        }
        true
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
        } else if self.entries.capacity() > 8 && live * 2 < self.entries.capacity() {
            let mut entries = Vec::with_capacity(live + live / 4 + 1);
            entries.extend_from_slice(self.all());
            *self = Self { entries, head: 0 };
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }
}

/// `partition_point` that walks short lists.
#[inline]
fn part(entries: &[Entry], before: impl Fn(&Entry) -> bool) -> usize {
    if entries.len() > 16 {
        return entries.partition_point(before);
    }
    entries.iter().position(|e| !before(e)).unwrap_or(entries.len())
}

/// Both lists of one account: half a cache line each.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) outs: Lane,
    pub(super) ins: Lane,
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
    pub(super) fn outs(&self, account: u32, from: u32, to: u32) -> &[Entry] {
        self.lanes[account as usize].outs.between(self.origin, from, to)
    }

    #[inline]
    pub(super) fn ins(&self, account: u32, from: u32, to: u32) -> &[Entry] {
        self.lanes[account as usize].ins.between(self.origin, from, to)
    }

    /// A moment's distance from the oldest.
    #[inline]
    pub(super) fn moment(&self, entry: &Entry) -> u32 {
        entry.at.wrapping_sub(self.origin)
    }

    pub(super) fn insert(&mut self, log: &Log, row: u64, late: bool) {
        let held = log.get(row);
        let (at, row) = (held.ts as u32, row as u32);
        let out = Entry { at, other: held.dst, row };
        let into = Entry { at, other: held.src, row };
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
        let (at, row) = (held.ts as u32, row as u32);
        let out = &mut self.lanes[held.src as usize].outs;
        if out.all().first().is_some_and(|e| e.row == row) {
            out.pop();
        } else {
            out.remove(self.origin, at, row);
        }
        let into = &mut self.lanes[held.dst as usize].ins;
        if into.all().first().is_some_and(|e| e.row == row) {
            into.pop();
        } else {
            into.remove(self.origin, at, row);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.lanes.iter().map(|l| l.outs.bytes() + l.ins.bytes()).sum()
    }
}
