//! What is in a window now? Cursors along the log, and what they count.
//!
//! Invariant: a row is counted from its arrival until it is older than the window, or retracted;
//! `[t − window, t]`, both ends in it. A pair of accounts counts once, by its latest row. Must not
//! know: lists, searches.

use super::log::{GONE, LATE, Log, Row, SUPERSEDED};
use super::moments::Powers;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The edge of one window in the log.
#[derive(Debug, Default)]
pub(super) struct Edge {
    pub(super) window: i64,
    /// The first row in order that is inside.
    pub(super) next: u64,
    late: BinaryHeap<Reverse<(i64, u64)>>,
}

impl Edge {
    pub(super) fn new(window: i64) -> Self {
        Self { window, ..Self::default() }
    }

    /// The next row that is older than `since`.
    #[inline]
    pub(super) fn leaving(&mut self, log: &Log, since: i64) -> Option<u64> {
        while let Some(Reverse((ts, row))) = self.late.peek().copied() {
            if ts >= since {
                break;
            }
            self.late.pop();
            if !log.get(row).is(GONE) {
                return Some(row);
            }
        }
        while self.next < log.next() {
            let row = log.get(self.next);
            if !row.is(LATE) && row.ts >= since {
                break;
            }
            self.next += 1;
            if !row.is(GONE | LATE) {
                return Some(self.next - 1);
            }
        }
        None
    }

    /// A row that came late and is inside.
    pub(super) fn note_late(&mut self, ts: i64, row: u64) {
        self.late.push(Reverse((ts, row)));
    }
}

/// Counts around one account inside a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Transfers paid.
    pub outs: u32,
    /// Transfers received.
    pub ins: u32,
    /// Distinct accounts paid: fan-out.
    pub payees: u32,
    /// Distinct accounts that paid: fan-in.
    pub payers: u32,
}

/// Counts and moments of every account in one window.
#[derive(Debug, Default)]
pub(super) struct Span {
    pub(super) edge: Edge,
    pub(super) tallies: Vec<Tally>,
    /// Amounts paid and received, when moments are wanted.
    pub(super) powers: Option<Vec<[Powers; 2]>>,
}

impl Span {
    pub(super) fn grow(&mut self, accounts: usize) {
        self.tallies.resize(accounts, Tally::default());
        if let Some(powers) = &mut self.powers {
            powers.resize(accounts, <[Powers; 2]>::default());
        }
    }

    #[inline]
    pub(super) fn expire(&mut self, log: &Log, now: i64) {
        let since = now.saturating_sub(self.edge.window);
        while let Some(row) = self.edge.leaving(log, since) {
            let row = *log.get(row);
            self.uncount(row, !row.is(SUPERSEDED));
        }
    }

    /// Takes a row in; `fresh` when the window held none of its pair.
    #[inline]
    pub(super) fn count(&mut self, row: Row, fresh: bool) {
        let fresh = u32::from(fresh && row.src != row.dst);
        let payer = &mut self.tallies[row.src as usize];
        payer.outs += 1;
        payer.payees += fresh;
        let payee = &mut self.tallies[row.dst as usize];
        payee.ins += 1;
        payee.payers += fresh;
        if let Some(powers) = &mut self.powers {
            powers[row.src as usize][0].add(row.amount());
            powers[row.dst as usize][1].add(row.amount());
        }
    }

    /// Lets a row go; `last` when it was the only one of its pair.
    #[inline]
    pub(super) fn uncount(&mut self, row: Row, last: bool) {
        let last = u32::from(last && row.src != row.dst);
        let payer = &mut self.tallies[row.src as usize];
        payer.outs -= 1;
        payer.payees -= last;
        let payee = &mut self.tallies[row.dst as usize];
        payee.ins -= 1;
        payee.payers -= last;
        if let Some(powers) = &mut self.powers {
            powers[row.src as usize][0].take(row.amount());
            powers[row.dst as usize][1].take(row.amount());
        }
    }
}

/// Most windows per payer.
pub const PAYER_WINDOWS: usize = 3;

/// What an account paid inside a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Transfers.
    pub count: u32,
    /// Distinct accounts paid.
    pub parties: u32,
    /// Sum of amounts, modulo 2^64.
    pub sum: u64,
    /// Largest amount.
    pub max: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u32,
    parties: u32,
    sum: u64,
}

#[derive(Debug, Default)]
struct Payer {
    sums: [Sum; PAYER_WINDOWS],
    /// Transfers larger than all later ones of the widest window: moment and amount. One list
    /// serves all windows, as each ends now.
    peaks: VecDeque<(i64, i64)>,
}

/// Windows per payer, the narrowest first.
#[derive(Debug, Default)]
pub(super) struct Payers {
    pub(super) edges: Vec<Edge>,
    payers: Vec<Payer>,
}

impl Payers {
    pub(super) fn new(windows: &[i64]) -> Self {
        let mut windows: Vec<i64> = windows.iter().copied().take(PAYER_WINDOWS).collect();
        windows.sort_unstable();
        Self { edges: windows.into_iter().map(Edge::new).collect(), payers: Vec::new() }
    }

    pub(super) fn grow(&mut self, accounts: usize) {
        self.payers.resize_with(accounts, Payer::default);
    }

    #[inline]
    pub(super) fn expire(&mut self, log: &Log, now: i64) {
        for (nth, edge) in self.edges.iter_mut().enumerate() {
            let since = now.saturating_sub(edge.window);
            while let Some(row) = edge.leaving(log, since) {
                let row = log.get(row);
                let sum = &mut self.payers[row.src as usize].sums[nth];
                sum.count -= 1;
                sum.parties -= u32::from(!row.is(SUPERSEDED) && row.src != row.dst);
                sum.sum = sum.sum.wrapping_sub(row.amount() as u64);
            }
        }
    }

    /// Takes a row into one window.
    #[inline]
    pub(super) fn count(&mut self, nth: usize, row: Row, fresh: bool) {
        let sum = &mut self.payers[row.src as usize].sums[nth];
        sum.count += 1;
        sum.parties += u32::from(fresh && row.src != row.dst);
        sum.sum = sum.sum.wrapping_add(row.amount() as u64);
    }

    /// Lets a retracted row go from one window; `last` when it was the only one of its pair.
    pub(super) fn uncount(&mut self, nth: usize, row: Row, last: bool) {
        let sum = &mut self.payers[row.src as usize].sums[nth];
        sum.count -= 1;
        sum.parties -= u32::from(last && row.src != row.dst);
        sum.sum = sum.sum.wrapping_sub(row.amount() as u64);
    }

    /// Notes a row's amount.
    #[inline]
    pub(super) fn peak(&mut self, row: Row, now: i64) {
        let widest = self.edges.last().map_or(0, |edge| edge.window);
        let peaks = &mut self.payers[row.src as usize].peaks;
        while peaks.front().is_some_and(|(ts, _)| *ts < now.saturating_sub(widest)) {
            peaks.pop_front();
        }
        let (ts, amount) = (row.ts, row.amount());
        let at = match peaks.back() {
            Some((last, _)) if *last > ts => peaks.partition_point(|(other, _)| *other <= ts),
            _ => peaks.len(),
        };
        if peaks.get(at).is_some_and(|(_, later)| *later >= amount) {
            return;
        }
        let mut keep = at;
        while keep > 0 && peaks[keep - 1].1 <= amount {
            keep -= 1;
        }
        if at == peaks.len() {
            peaks.truncate(keep);
            peaks.push_back((ts, amount));
        } else {
            peaks.drain(keep..at);
            peaks.insert(keep, (ts, amount));
        }
    }

    /// Drops a retracted row's amount; says whether the peaks must be found anew.
    pub(super) fn unpeak(&mut self, row: Row) -> bool {
        let peaks = &mut self.payers[row.src as usize].peaks;
        let was = peaks.contains(&(row.ts, row.amount()));
        if was {
            peaks.clear();
        }
        was
    }

    /// What the payer paid up to now, by window.
    #[inline]
    pub(super) fn told(&self, account: u32, now: i64) -> [Paid; PAYER_WINDOWS] {
        let payer = &self.payers[account as usize];
        let mut told = [Paid::default(); PAYER_WINDOWS];
        for ((paid, sum), edge) in told.iter_mut().zip(&payer.sums).zip(&self.edges) {
            let since = now.saturating_sub(edge.window);
            let max = payer.peaks.iter().find(|(ts, _)| *ts >= since).map_or(0, |peak| peak.1);
            *paid = Paid { count: sum.count, parties: sum.parties, sum: sum.sum, max };
        }
        told
    }
}
