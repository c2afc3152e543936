//! What if a transfer never was? Corrections: the window as if it had not come.
//!
//! Must not know: searches' inner workings.

use super::log::{GONE, Row, SUPERSEDED};
use super::{Hear, Miner, Transfer};

impl Miner {
    /// Takes one transfer back that equals this one, and hears of the temporal cycles that fall
    /// with it; whether there was one.
    pub fn retract(&mut self, transfer: &Transfer, hear: &mut impl Hear) -> bool {
        let Some(now) = self.now else { return false };
        let Some(number) = self.find(transfer) else { return false };
        let close = self.close(transfer, now, number);
        if let Some(close) = close {
            self.seen.reset();
            let bitten = self.temporal(close, true, hear);
            self.bite(bitten);
            self.net.remove(&self.log, number);
        }
        self.totals.retracted += 1;
        let row = *self.log.get(number);
        self.log.get_mut(number).mark(GONE, true);
        let last = self.has_pairs && !row.is(SUPERSEDED);
        let former = if last { self.former(row, number) } else { None };
        if let Some(former) = former {
            self.log.get_mut(former).mark(SUPERSEDED, false);
            self.pairs.set(&self.log, former);
        } else if last {
            self.pairs.drop_row(&self.log, number);
        }
        let former_ts = former.map(|former| self.log.get(former).ts);
        let lone = |since: i64| last && former_ts.is_none_or(|ts| ts < since);
        for span in &mut self.spans {
            let since = now.saturating_sub(span.edge.window);
            if row.ts >= since {
                span.uncount(row, lone(since));
            }
        }
        for nth in 0..self.payers.edges.len() {
            let since = now.saturating_sub(self.payers.edges[nth].window);
            if row.ts >= since {
                self.payers.uncount(nth, row, lone(since));
            }
        }
        if !self.payers.edges.is_empty() && self.payers.unpeak(row) {
            let others = self.rows().filter(|(_, other)| other.src == row.src);
            let others: Vec<Row> = others.map(|(_, other)| *other).collect();
            for other in others {
                self.payers.peak(other, now);
            }
        }
        true
    }

    /// Rows of the widest window; what came late leaves it before its neighbours in the log.
    fn rows(&self) -> impl DoubleEndedIterator<Item = (u64, &Row)> {
        let since = self.now.unwrap_or(0).saturating_sub(self.widest.window);
        (self.log.front()..self.log.next())
            .map(|number| (number, self.log.get(number)))
            .filter(move |(_, row)| !row.is(GONE) && row.ts >= since)
    }

    fn find(&self, transfer: &Transfer) -> Option<u64> {
        let same = |number: &u64| {
            let row = self.log.get(*number);
            !row.is(GONE)
                && (row.ts, row.src, row.dst) == (transfer.ts, transfer.src, transfer.dst)
                && row.amount() == transfer.amount
        };
        if let Some(close) = self.now.and_then(|now| self.close(transfer, now, 0)) {
            let lanes = self.net.lanes.get(transfer.src as usize)?;
            let outs = lanes.outs.between(self.net.origin, close.at, close.at.saturating_add(1));
            return outs.iter().map(|entry| self.log.whole(entry.row)).find(same);
        }
        self.rows().rev().map(|(number, _)| number).find(same)
    }

    /// The latest other row of the same pair.
    fn former(&self, row: Row, number: u64) -> Option<u64> {
        let other = |at: &u64| {
            let held = self.log.get(*at);
            *at != number && !held.is(GONE) && (held.src, held.dst) == (row.src, row.dst)
        };
        let latest = |at: &u64| (self.log.get(*at).ts, *at);
        let whole = self.keeps.as_ref().is_some_and(|keeps| keeps.window == self.widest.window);
        if whole && row.src != row.dst {
            let outs = self.net.lanes[row.src as usize].outs.all();
            return outs.iter().map(|e| self.log.whole(e.row)).filter(other).max_by_key(latest);
        }
        self.rows().map(|(number, _)| number).filter(other).max_by_key(latest)
    }
}
