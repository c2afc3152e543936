//! What does each transfer complete? Patterns over a sliding window, as transfers arrive.
//!
//! An in-memory multigraph of integer accounts with insertion, expiry, late arrival and retraction.
//! Causal: a transfer sees those that arrived before it and itself, never a later one, so answers
//! do not depend on how a stream is cut into batches. A window is `[t − w, t]`, both ends in it.
//!
//! Invariant: counts are exact; searches are exact unless their budget bites, which is told with
//! the transfer and in [`Totals`]. Must not know: enterprises, purposes, suspicion, files.

mod cycles;
pub mod fold;
mod gather;
mod hubs;
mod lane;
mod log;
mod marks;
mod moments;
mod pairs;
mod retract;
mod simple;
mod spans;
mod ways;

#[cfg(test)]
mod tests;

pub use cycles::LENGTH_MAX;
pub use log::AMOUNT_MAX;
pub use moments::Spread;
pub use spans::{PAYER_WINDOWS, Paid, Tally};

use cycles::{Bounds, Close, Cycles};
use gather::{Gather, Held, Meeting};
use lane::Net;
use log::{LATE, Log, Row, SUPERSEDED};
use pairs::Pairs;
use simple::Simple;
use spans::{Edge, Payers, Span};

/// Money from one account to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// When, in any unit; windows are in the same.
    pub ts: i64,
    /// Who pays. Accounts are small numbers, given out from 0 on.
    pub src: u32,
    /// Who is paid.
    pub dst: u32,
    /// How much, in the smallest unit of the currency; 0 to [`AMOUNT_MAX`].
    pub amount: i64,
}

/// What is searched, each in a window of its own. A window of the searches (cycles,
/// scatter-gather) is under 2^32 units of time.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Fan-in and fan-out: distinct counterparties.
    pub fan: Option<i64>,
    /// Transfers in and out.
    pub degree: Option<i64>,
    /// Fan-in and fan-out of the paying account together.
    pub gather_scatter: Option<i64>,
    /// One pays middlemen, who pay one.
    pub scatter_gather: Option<i64>,
    /// Simple temporal cycles.
    pub cycle: Option<i64>,
    /// Simple cycles, whatever the order inside the window.
    pub simple_cycle: Option<i64>,
    /// Most transfers of a cycle, 2 to [`LENGTH_MAX`].
    pub length_max: usize,
    /// Moments of the amounts, in and out, of both accounts.
    pub spread: Option<i64>,
    /// Count, sum, maximum and distinct counterparties of the payer; at most [`PAYER_WINDOWS`].
    pub payer: Vec<i64>,
    /// Most entries that the search for one pattern looks at for one transfer; 0: no bound.
    pub budget: u64,
    /// This share and of how many: searches are divided by the pair of accounts.
    pub share: Option<(u32, u32)>,
}

/// What one transfer completes and where it stands; 0 where nothing is searched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Fans of the payer and of the payee.
    pub fan: [Tally; 2],
    /// Degrees of the payer and of the payee.
    pub degree: [Tally; 2],
    /// Fans of the payer in the window of gather-scatter.
    pub gather_scatter: Tally,
    /// Sources whose money meets again with this transfer over two middlemen or more.
    pub scatter_gathers: u32,
    /// Most middlemen among them.
    pub middlemen: u32,
    /// Temporal cycles that it completes, by length.
    pub cycles: [u32; LENGTH_MAX + 1],
    /// Simple cycles that it completes, by length.
    pub simple_cycles: [u32; LENGTH_MAX + 1],
    /// Amounts out and in, of the payer and of the payee.
    pub spread: [[Spread; 2]; 2],
    /// The payer's windows, the narrowest first.
    pub paid: [Paid; PAYER_WINDOWS],
    /// A search stopped at its budget: its count is a lower bound.
    pub bitten: bool,
    /// Some cycle was counted.
    rings: bool,
}

impl Seen {
    /// Clears what is added up; the rest is overwritten for every transfer.
    #[inline]
    fn reset(&mut self) {
        (self.scatter_gathers, self.middlemen, self.bitten) = (0, 0, false);
        if std::mem::take(&mut self.rings) {
            self.cycles = [0; LENGTH_MAX + 1];
            self.simple_cycles = [0; LENGTH_MAX + 1];
        }
    }
}

/// Sums over all transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Taken in.
    pub taken: u64,
    /// Came later than a transfer that happened after them.
    pub late: u64,
    /// Older than the widest window when they came, and left out.
    pub too_late: u64,
    /// Retracted.
    pub retracted: u64,
    /// Searches that stopped at their budget.
    pub bitten: u64,
}

/// Hears of what is found. Rows are the numbers of transfers in order of arrival, from 0 on, of
/// those that were taken in.
pub trait Hear {
    /// A temporal cycle: its rows in order of time.
    fn cycle(&mut self, _rows: &[u64]) {}
    /// A simple cycle: its rows from the payee of the last one on.
    fn simple_cycle(&mut self, _rows: &[u64]) {}
    /// Money of a source met again over so many middlemen.
    fn scatter_gather(&mut self, _source: u32, _middlemen: u32) {}
}

impl Hear for () {}

/// The window and the searches over it.
#[derive(Debug, Default)]
pub struct Miner {
    config: Config,
    now: Option<i64>,
    accounts: usize,
    log: Log,
    widest: Edge,
    pairs: Pairs,
    has_pairs: bool,
    net: Net,
    keeps: Option<Edge>,
    spans: Vec<Span>,
    /// Which span answers for fans, degrees, gather-scatter, moments.
    of: [Option<usize>; 4],
    payers: Payers,
    cycles: Cycles,
    simple: Simple,
    gather: Gather,
    totals: Totals,
    seen: Seen,
}

impl Miner {
    /// An empty window.
    pub fn new(mut config: Config) -> Self {
        config.length_max = config.length_max.min(LENGTH_MAX);
        if config.budget == 0 {
            config.budget = u64::MAX;
        }
        let mut spans: Vec<Span> = Vec::new();
        let wanted = [config.fan, config.degree, config.gather_scatter, config.spread];
        let mut of = [None; 4];
        for (place, window) in of.iter_mut().zip(wanted) {
            let Some(window) = window else { continue };
            let known = spans.iter().position(|span| span.edge.window == window);
            *place = Some(known.unwrap_or(spans.len()));
            if known.is_none() {
                spans.push(Span { edge: Edge::new(window), ..Span::default() });
            }
        }
        if let Some(span) = of[3] {
            spans[span].powers = Some(Vec::new());
        }
        let net = [config.cycle, config.simple_cycle, config.scatter_gather];
        let keeps = net.into_iter().flatten().max();
        let payers = Payers::new(&config.payer);
        let all = wanted.into_iter().flatten().chain(keeps).chain(config.payer.iter().copied());
        let widest = Edge::new(all.max().unwrap_or(0));
        let has_pairs =
            !spans.is_empty() || !config.payer.is_empty() || config.scatter_gather.is_some();
        let keeps = keeps.map(Edge::new);
        Self { config, widest, has_pairs, keeps, spans, of, payers, ..Self::default() }
    }

    /// Sums so far.
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Transfers in the widest window.
    pub const fn held(&self) -> usize {
        self.log.len()
    }

    /// Bytes that hold transfers: log, lists and pairs; what is kept per account is not in it.
    pub fn bytes(&self) -> usize {
        self.log.bytes() + self.net.bytes() + self.pairs.bytes()
    }

    /// A held transfer, by its row.
    pub fn transfer(&self, row: u64) -> Option<Transfer> {
        (self.log.front()..self.log.next()).contains(&row).then(|| {
            let row = self.log.get(row);
            Transfer { ts: row.ts, src: row.src, dst: row.dst, amount: row.amount() }
        })
    }

    /// Takes a transfer in and tells what it completes; `None` when it is older than the widest
    /// window. The counts of a late one are those of the windows that end at the latest moment
    /// seen; its cycles are all in which it has a place, wherever.
    ///
    /// # Panics
    ///
    /// On an amount outside 0 to [`AMOUNT_MAX`].
    pub fn push(&mut self, transfer: &Transfer, hear: &mut impl Hear) -> Option<&Seen> {
        assert!((0..=AMOUNT_MAX).contains(&transfer.amount), "amount out of range");
        let late = self.now.is_some_and(|now| transfer.ts < now);
        let now = if late { self.now.unwrap_or(transfer.ts) } else { transfer.ts };
        if !late {
            self.now = Some(now);
            self.expire(now);
        } else if transfer.ts < now.saturating_sub(self.widest.window) {
            self.totals.too_late += 1;
            return None;
        }
        self.totals.taken += 1;
        self.totals.late += u64::from(late);
        self.grow(transfer.src.max(transfer.dst) as usize + 1);
        self.seen.reset();
        let latest = self
            .has_pairs
            .then(|| self.pairs.latest(&self.log, transfer.src, transfer.dst))
            .flatten();
        self.search(transfer, now, late, hear);
        self.insert(transfer, now, late, latest);
        self.tell(transfer, now);
        Some(&self.seen)
    }

    fn grow(&mut self, accounts: usize) {
        if accounts <= self.accounts {
            return;
        }
        self.accounts = accounts;
        if self.keeps.is_some() {
            self.net.lanes.resize_with(accounts, Default::default);
        }
        self.spans.iter_mut().for_each(|span| span.grow(accounts));
        if !self.payers.edges.is_empty() {
            self.payers.grow(accounts);
        }
    }

    fn expire(&mut self, now: i64) {
        for span in &mut self.spans {
            span.expire(&self.log, now);
        }
        self.payers.expire(&self.log, now);
        if let Some(edge) = &mut self.keeps {
            let since = now.saturating_sub(edge.window);
            while let Some(row) = edge.leaving(&self.log, since) {
                if self.log.get(row).src != self.log.get(row).dst {
                    self.net.remove(&self.log, row);
                }
            }
            self.net.origin = since as u32;
        }
        let since = now.saturating_sub(self.widest.window);
        while let Some(row) = self.widest.leaving(&self.log, since) {
            if self.has_pairs && !self.log.get(row).is(SUPERSEDED) {
                self.pairs.drop_row(&self.log, row);
            }
        }
        self.log.trim(self.widest.next);
    }

    fn owns(&self, transfer: &Transfer) -> bool {
        self.config.share.is_none_or(|(own, of)| {
            let key =
                transfer.src.wrapping_mul(0x9E37_79B1) ^ transfer.dst.wrapping_mul(0x85EB_CA77);
            (u64::from(key) * u64::from(of)) >> 32 == u64::from(own)
        })
    }

    /// The transfer as the searches see it, if they do.
    fn close(&self, transfer: &Transfer, now: i64, row: u64) -> Option<Close> {
        let keeps = self.keeps.as_ref()?;
        let oldest = now.saturating_sub(keeps.window);
        (transfer.src != transfer.dst && transfer.ts >= oldest).then(|| Close {
            src: transfer.src,
            dst: transfer.dst,
            at: (transfer.ts - oldest) as u32,
            row: row as u32,
        })
    }

    fn bounds(&self, window: i64) -> Bounds {
        let Config { length_max, budget, .. } = self.config;
        Bounds { window: window as u32, length: length_max, budget }
    }

    fn search(&mut self, transfer: &Transfer, now: i64, late: bool, hear: &mut impl Hear) {
        let Some(close) = self.close(transfer, now, self.log.next()) else { return };
        if !self.owns(transfer) {
            return;
        }
        if self.config.cycle.is_some() {
            let bitten = self.temporal(close, late, hear);
            self.bite(bitten);
        }
        if let Some(window) = self.config.simple_cycle {
            let bounds = self.bounds(window);
            let (log, seen) = (&self.log, &mut self.seen);
            let mut visit = |rows: &[u32]| {
                seen.simple_cycles[rows.len()] += 1;
                seen.rings = true;
                whole(log, rows, |rows| hear.simple_cycle(rows));
            };
            let done = self.simple.closing(&self.net, close, bounds, &mut visit);
            self.bite(done.is_err());
        }
        if let Some(window) = self.config.scatter_gather {
            let held = Held { net: &self.net, log: &self.log, pairs: &self.pairs };
            let meeting = Meeting {
                middle: close.src,
                gather: close.dst,
                from: close.at.saturating_sub(window as u32),
                at: close.at,
                since: transfer.ts.saturating_sub(window),
                late,
            };
            let seen = &mut self.seen;
            let mut tell = |source, middlemen| {
                seen.scatter_gathers += 1;
                seen.middlemen = seen.middlemen.max(middlemen);
                hear.scatter_gather(source, middlemen);
            };
            let done = self.gather.meeting(held, meeting, self.config.budget, &mut tell);
            self.bite(done.is_err());
        }
    }

    /// Cycles that a transfer closes or, when it is not the last, takes part in; whether the
    /// budget bit.
    fn temporal(&mut self, close: Close, anywhere: bool, hear: &mut impl Hear) -> bool {
        let Some(window) = self.config.cycle else { return false };
        let bounds = self.bounds(window);
        let (log, seen) = (&self.log, &mut self.seen);
        let mut visit = |rows: &[u32]| {
            seen.cycles[rows.len()] += 1;
            seen.rings = true;
            whole(log, rows, |rows| hear.cycle(rows));
        };
        let done = if anywhere {
            self.cycles.through(&self.net, close, bounds, &mut visit)
        } else {
            self.cycles.closing(&self.net, close, bounds, &mut visit)
        };
        done.is_err()
    }

    fn bite(&mut self, bitten: bool) {
        self.seen.bitten |= bitten;
        self.totals.bitten += u64::from(bitten);
    }

    fn insert(&mut self, transfer: &Transfer, now: i64, late: bool, latest: Option<u64>) {
        let latest_ts = latest.map(|row| self.log.get(row).ts);
        let superseded = latest_ts.is_some_and(|ts| ts > transfer.ts);
        let marks = if superseded { SUPERSEDED } else { 0 } | if late { LATE } else { 0 };
        let row = Row::new(transfer, marks);
        let number = self.log.push(row);
        if self.has_pairs && !superseded {
            if let Some(latest) = latest {
                self.log.get_mut(latest).mark(SUPERSEDED, true);
            }
            self.pairs.set(&self.log, number);
        }
        if late {
            self.widest.note_late(row.ts, number);
        }
        if let Some(edge) = &mut self.keeps {
            let inside = row.ts >= now.saturating_sub(edge.window);
            if late && inside {
                edge.note_late(row.ts, number);
            }
            if inside && row.src != row.dst {
                self.net.insert(&self.log, number, late);
            }
        }
        for span in &mut self.spans {
            let since = now.saturating_sub(span.edge.window);
            if row.ts >= since {
                span.count(row, latest_ts.is_none_or(|ts| ts < since));
                if late {
                    span.edge.note_late(row.ts, number);
                }
            }
        }
        for nth in 0..self.payers.edges.len() {
            let since = now.saturating_sub(self.payers.edges[nth].window);
            if row.ts >= since {
                self.payers.count(nth, row, latest_ts.is_none_or(|ts| ts < since));
                if late {
                    self.payers.edges[nth].note_late(row.ts, number);
                }
            }
        }
        if !self.payers.edges.is_empty() {
            self.payers.peak(row, now);
        }
    }

    fn tell(&mut self, transfer: &Transfer, now: i64) {
        let (src, dst) = (transfer.src as usize, transfer.dst as usize);
        let [fan, degree, through, spread] = self.of;
        let both = |span: usize| [self.spans[span].tallies[src], self.spans[span].tallies[dst]];
        self.seen.fan = fan.map_or(self.seen.fan, both);
        self.seen.degree = degree.map_or(self.seen.degree, both);
        if let Some(span) = through {
            self.seen.gather_scatter = self.spans[span].tallies[src];
        }
        if let Some(powers) = spread.and_then(|span| self.spans[span].powers.as_ref()) {
            for (told, account) in self.seen.spread.iter_mut().zip([src, dst]) {
                *told = [powers[account][0].spread(), powers[account][1].spread()];
            }
        }
        if !self.payers.edges.is_empty() {
            self.seen.paid = self.payers.told(transfer.src, now);
        }
    }
}

/// Rows by their whole numbers.
fn whole(log: &Log, rows: &[u32], mut told: impl FnMut(&[u64])) {
    let mut numbers = [0; LENGTH_MAX];
    for (number, row) in numbers.iter_mut().zip(rows) {
        *number = log.whole(*row);
    }
    told(&numbers[..rows.len()]);
}
