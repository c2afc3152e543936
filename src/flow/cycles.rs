//! Which ways does money come back? Exact enumeration of simple temporal cycles.
//!
//! A cycle has at least two transfers with strictly increasing times, all accounts distinct, the
//! last at most `window` after the first; parallel transfers count apart, self-loops do not count.
//! Invariant: without a bound that bites, every cycle is visited exactly once, at its last
//! transfer. Must not know: what is suspicious.

use super::window::{AccountNo, Entry, Window};

/// Longest cycle that can be asked for.
pub const LENGTH_MAX: usize = 8;

/// Bounds of one search.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Most milliseconds from the first to the last transfer.
    pub window: i64,
    /// Most transfers, 2 to [`LENGTH_MAX`].
    pub length: usize,
    /// The smallest amount of a cycle is at least this part of the largest (0: any), in
    /// thousandths.
    pub retention: i64,
    /// Most entries looked at for one closing transfer.
    pub budget: u64,
}

/// The closing transfer, or any one of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edge {
    /// From.
    pub payer: AccountNo,
    /// To.
    pub payee: AccountNo,
    /// As the payer sees it.
    pub entry: Entry,
}

/// Buffers of the search, and how often a bound bit.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Cycles {
    stamp: u32,
    seen: Vec<(u32, u32)>,
    latest: Vec<[i64; LENGTH_MAX]>,
    layer: Vec<AccountNo>,
    next: Vec<AccountNo>,
    path: Vec<Edge>,
    spent: u64,
    /// Searches that stopped at their budget.
    pub bitten: u64,
}

#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Band {
    low: i64,
    high: i64,
    retention: i64,
}

impl Band {
    fn of(amount: i64, retention: i64) -> Self {
        Self { low: amount, high: amount, retention }
    }

    fn with(self, amount: i64) -> Option<Self> {
        let wider = Self { low: self.low.min(amount), high: self.high.max(amount), ..self };
        let holds =
            i128::from(wider.low) * 1000 >= i128::from(wider.high) * i128::from(self.retention);
        holds.then_some(wider)
    }
}

impl Cycles {
    /// Visits every cycle whose last transfer is `edge`, each as its transfers in order of time.
    pub fn closing<K: Ord>(
        &mut self,
        window: &Window<K>,
        edge: Edge,
        limits: &Limits,
        mut visit: impl FnMut(&[Edge]),
    ) {
        let from = edge.entry.at.saturating_sub(limits.window);
        if limits.length < 2
            || window.outs(edge.payee, from, edge.entry.at).is_empty()
            || window.ins(edge.payer, from, edge.entry.at).is_empty()
        {
            return;
        }
        self.spent = 0;
        let within =
            self.reach(window, edge, limits) && self.forward(window, edge, limits, &mut visit);
        if !within {
            self.bitten += 1;
        }
    }

    /// Fills `latest`: for every account the latest moment at which money may leave it and still
    /// reach the payer of `edge` before `edge`, by number of hops.
    fn reach<K: Ord>(&mut self, window: &Window<K>, edge: Edge, limits: &Limits) -> bool {
        self.seen.resize(window.accounts(), (0, 0));
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.seen.fill((0, 0));
            self.stamp = 1;
        }
        self.latest.clear();
        self.layer.clear();
        self.layer.push(edge.payer);
        let band = Band::of(edge.entry.amount(), limits.retention);
        let from = edge.entry.at.saturating_sub(limits.window);
        for hops in 1..limits.length - 1 {
            self.next.clear();
            for i in 0..self.layer.len() {
                let account = self.layer[i];
                let until = if hops == 1 { edge.entry.at } else { self.leaves(account, hops - 1) };
                for entry in window.ins(account, from, until) {
                    self.spent += 1;
                    let barred = entry.other == edge.payer || entry.other == edge.payee;
                    if !barred && band.with(entry.amount()).is_some() {
                        self.improve(entry.other, hops, entry.at);
                    }
                }
                if self.spent > limits.budget {
                    return false;
                }
            }
            std::mem::swap(&mut self.layer, &mut self.next);
        }
        true
    }

    fn leaves(&self, account: AccountNo, hops: usize) -> i64 {
        match self.seen[account as usize] {
            (stamp, slot) if stamp == self.stamp => self.latest[slot as usize][hops],
            _ => i64::MIN,
        }
    }

    fn improve(&mut self, account: AccountNo, hops: usize, at: i64) {
        let (stamp, slot) = self.seen[account as usize];
        if stamp != self.stamp {
            self.seen[account as usize] = (self.stamp, self.latest.len() as u32);
            let mut row = [i64::MIN; LENGTH_MAX];
            row[hops..].fill(at);
            self.latest.push(row);
            self.next.push(account);
            return;
        }
        let row = &mut self.latest[slot as usize];
        if row[hops] < at {
            row[hops..].fill(at);
            if !self.next.contains(&account) {
                self.next.push(account);
            }
        }
    }

    fn forward<K: Ord>(
        &mut self,
        window: &Window<K>,
        edge: Edge,
        limits: &Limits,
        visit: &mut impl FnMut(&[Edge]),
    ) -> bool {
        self.path.clear();
        let from = edge.entry.at.saturating_sub(limits.window);
        let band = Band::of(edge.entry.amount(), limits.retention);
        self.step(window, edge, edge.payee, from, band, limits, visit)
    }

    #[expect(clippy::too_many_arguments, reason = "one frame of a recursion at most eight deep")]
    fn step<K: Ord>(
        &mut self,
        window: &Window<K>,
        close: Edge,
        here: AccountNo,
        from: i64,
        band: Band,
        limits: &Limits,
        visit: &mut impl FnMut(&[Edge]),
    ) -> bool {
        let left = limits.length - 1 - self.path.len();
        for entry in window.outs(here, from, close.entry.at) {
            self.spent += 1;
            if self.spent > limits.budget {
                return false;
            }
            let Some(band) = band.with(entry.amount()) else { continue };
            let edge = Edge { payer: here, payee: entry.other, entry: *entry };
            if entry.other == close.payer {
                self.path.push(edge);
                self.path.push(close);
                visit(&self.path);
                self.path.truncate(self.path.len() - 2);
                continue;
            }
            if left < 2
                || self.leaves(entry.other, left - 1) <= entry.at
                || entry.other == close.payee
                || self.path.iter().any(|e| e.payer == entry.other)
            {
                continue;
            }
            self.path.push(edge);
            let within = self.step(window, close, entry.other, entry.at + 1, band, limits, visit);
            self.path.pop();
            if !within {
                return false;
            }
        }
        true
    }

    /// Visits every cycle that holds `edge`, wherever in it: for a transfer that came late.
    pub fn through<K: Ord>(
        &mut self,
        window: &Window<K>,
        edge: Edge,
        limits: &Limits,
        mut visit: impl FnMut(&[Edge]),
    ) {
        if limits.length < 2 {
            return;
        }
        self.spent = 0;
        self.path.clear();
        self.path.push(edge);
        let band = Band::of(edge.entry.amount(), limits.retention);
        if !self.around(window, edge.entry.at, None, band, limits, &mut visit) {
            self.bitten += 1;
        }
    }

    /// One hop on; `wrapped` is the index in the path of the cycle's first transfer, once known.
    fn around<K: Ord>(
        &mut self,
        window: &Window<K>,
        after: i64,
        wrapped: Option<usize>,
        band: Band,
        limits: &Limits,
        visit: &mut impl FnMut(&[Edge]),
    ) -> bool {
        let start = self.path[0];
        let here = self.path[self.path.len() - 1].payee;
        let mut spans = [Some((after + 1, start.entry.at.saturating_add(limits.window + 1))), None];
        match wrapped {
            Some(_) => spans[0] = Some((after + 1, start.entry.at)),
            None => spans[1] = Some((after.saturating_sub(limits.window), start.entry.at)),
        }
        for (turn, span) in spans.into_iter().enumerate() {
            let Some((from, to)) = span else { continue };
            let first = wrapped.or((turn == 1).then_some(self.path.len()));
            for entry in window.outs(here, from, to) {
                self.spent += 1;
                if self.spent > limits.budget {
                    return false;
                }
                let Some(band) = band.with(entry.amount()) else { continue };
                let closes = entry.other == start.payer;
                if !closes
                    && (self.path.len() + 1 >= limits.length
                        || self.path.iter().any(|e| e.payee == entry.other))
                {
                    continue;
                }
                self.path.push(Edge { payer: here, payee: entry.other, entry: *entry });
                let within = if closes {
                    self.tell(first.unwrap_or(0), limits, visit);
                    true
                } else {
                    self.around(window, entry.at, first, band, limits, visit)
                };
                self.path.pop();
                if !within {
                    return false;
                }
            }
        }
        true
    }

    fn tell(&self, first: usize, limits: &Limits, visit: &mut impl FnMut(&[Edge])) {
        let mut cycle = self.path.clone();
        cycle.rotate_left(first);
        if cycle[cycle.len() - 1].entry.at - cycle[0].entry.at <= limits.window {
            visit(&cycle);
        }
    }
}

#[cfg(test)]
#[path = "cycles_tests.rs"]
mod tests;
