//! Which ways does money come back? Exact enumeration of simple temporal cycles, fast when there
//! are none.
//!
//! A cycle has two transfers or more with strictly increasing moments, all accounts distinct, the
//! last at most a window after the first; parallel transfers count apart, self-loops do not count.
//! Nearly every transfer closes none, so the question is first whether there is a way at all: what
//! the payee's money can have reached before a middle moment is met with what can have reached the
//! payer after it. Two half cones are about the square root of a whole one, and the middle moves
//! away from the side that grows too much. Only when they meet are cycles enumerated.
//!
//! Hubs are not gone through: both cones are grown without them (`hubs`), and money that reaches a
//! hub on one side meets what the hub can have paid on the other.

use super::lane::Net;
use super::marks::Marks;
use super::ways::Way;

/// Longest cycle that can be asked for.
pub const LENGTH_MAX: usize = 16;
/// Entries that a half cone may look at before the middle is moved; doubled each time.
const HALF_MAX: u64 = if cfg!(test) { 4 } else { 128 };
/// Entries of one account in the window from which on it is a hub.
const HUB: usize = if cfg!(test) { 3 } else { 2_048 };
pub(super) const NEVER: u32 = u32::MAX;

/// A transfer to search from; moments are measured from the oldest that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Close {
    pub(super) src: u32,
    pub(super) dst: u32,
    pub(super) at: u32,
    pub(super) row: u32,
}

/// Bounds of a search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) window: u32,
    pub(super) length: usize,
    pub(super) budget: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cone {
    /// Earliest arrival from the payee, before the middle.
    pub(super) early: u32,
    /// Latest departure towards the payer, from the middle on; 0 when none.
    pub(super) leave: u32,
    pub(super) slot: u32,
    /// Not gone through on the side of the payee, of the payer.
    pub(super) hub: [bool; 2],
}

impl Default for Cone {
    fn default() -> Self {
        Self { early: NEVER, leave: 0, slot: NEVER, hub: [false; 2] }
    }
}

/// How far a half cone came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    /// Whole; whether it met the other side.
    Whole(bool),
    Over,
    Hub,
}

/// Buffers of the search.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    pub(super) seen: Marks<Cone>,
    pub(super) stack: Vec<(u32, u32, u32)>,
    /// Hubs that were met on the side of the payee, of the payer.
    pub(super) hubs: [Vec<u32>; 2],
    /// Transfers to hubs from what the payee's money reached: hub, payer, moment.
    pub(super) into_hubs: Vec<(u32, u32, u32)>,
    pub(super) latest: Vec<[u32; LENGTH_MAX]>,
    /// The accounts of `latest`.
    pub(super) labelled: Vec<u32>,
    layer: Vec<u32>,
    next: Vec<u32>,
    pub(super) found: Vec<(u32, Way)>,
    pub(super) ways: Vec<Way>,
    pub(super) starts: Vec<u32>,
    pub(super) walk: Vec<Way>,
    path: Vec<(u32, u32)>,
    pub(super) spent: u64,
}

/// The budget is used up.
pub(super) struct Bitten;

impl Cycles {
    /// Visits every cycle whose last transfer is `close`: its rows in order of time.
    #[inline]
    pub(super) fn closing(
        &mut self,
        net: &Net,
        close: Close,
        bounds: Bounds,
        visit: &mut impl FnMut(&[u32]),
    ) -> Result<(), Bitten> {
        let from = close.at.saturating_sub(bounds.window);
        let (outs, ins) = (net.outs(close.dst, from, close.at), net.ins(close.src, from, close.at));
        let (Some(first), Some(last)) = (outs.first(), ins.last()) else { return Ok(()) };
        let (first, last) = (net.moment(first), net.moment(last));
        if first > last || bounds.length < 2 {
            return Ok(());
        }
        self.spent = 0;
        self.into_hubs.clear();
        let span = (first, last + 1);
        let Some(middle) = self.meet(net, close, span, bounds.budget)? else {
            return Ok(());
        };
        self.reach(net, close, (first, middle), bounds)?;
        self.lay(net, close, (first, middle), bounds);
        self.walk.clear();
        self.step(net, close, close.dst, first, bounds, visit)
    }

    /// Whether there is any way from the payee to the payer inside `[from, to)`; if so, the moment
    /// that parts what is known of the accounts.
    fn meet(
        &mut self,
        net: &Net,
        close: Close,
        (from, to): (u32, u32),
        budget: u64,
    ) -> Result<Option<u32>, Bitten> {
        let mut middle = from + (to - from) / 2;
        let mut most = HALF_MAX;
        let mut hub = HUB;
        loop {
            if self.spent > budget {
                return Err(Bitten);
            }
            let most_now = most.min((budget - self.spent).saturating_add(1));
            self.seen.clear(net.lanes.len());
            let met = match self.spread(net, close, (from, middle), (most_now, hub)) {
                Half::Whole(met) => met,
                Half::Over => {
                    middle = from + (middle - from) / 2;
                    most *= 2;
                    continue;
                }
                Half::Hub => {
                    if let Some(meets) = self.without_hubs(net, close, (from, to), (HUB, budget))? {
                        return Ok(meets.then_some(from));
                    }
                    self.into_hubs.clear();
                    hub = usize::MAX;
                    continue;
                }
            };
            match self.gather(net, close, (middle, to), (most_now, hub)) {
                Half::Whole(meets) => return Ok((met || meets).then_some(middle)),
                Half::Over if met => return Ok(Some(middle)),
                Half::Over => {
                    middle = to - (to - middle) / 2;
                    most *= 2;
                }
                Half::Hub => {
                    if let Some(meets) = self.without_hubs(net, close, (from, to), (HUB, budget))? {
                        return Ok(meets.then_some(from));
                    }
                    self.into_hubs.clear();
                    hub = usize::MAX;
                }
            }
        }
    }

    /// All accounts that the payee's money can have reached before the middle; whether the payer
    /// is one. Each entry is looked at once: a better arrival looks only at what lies before the
    /// former one.
    #[inline]
    fn spread(
        &mut self,
        net: &Net,
        close: Close,
        span: (u32, u32),
        (most, hub): (u64, usize),
    ) -> Half {
        let limit = self.spent + most;
        let mut met = false;
        self.stack.clear();
        self.stack.push((close.dst, span.0, span.1));
        while let Some((account, from, to)) = self.stack.pop() {
            let outs = net.outs(account, from, to);
            if outs.len() > hub {
                return Half::Hub;
            }
            self.spent += outs.len() as u64 + 1;
            if self.spent > limit {
                return Half::Over;
            }
            for entry in outs {
                if entry.other == close.src {
                    met = true;
                    continue;
                }
                let moment = net.moment(entry);
                let cone = self.seen.at(entry.other);
                if moment < cone.early && entry.other != close.dst {
                    let until = if cone.early == NEVER { span.1 } else { cone.early + 1 };
                    cone.early = moment;
                    if moment + 1 < until {
                        self.stack.push((entry.other, moment + 1, until));
                    }
                }
            }
        }
        Half::Whole(met)
    }

    /// Whether anything that [`Self::spread`] reached can reach the payer from the middle on.
    #[inline]
    fn gather(
        &mut self,
        net: &Net,
        close: Close,
        span: (u32, u32),
        (most, hub): (u64, usize),
    ) -> Half {
        let limit = self.spent + most;
        self.stack.clear();
        self.stack.push((close.src, span.0, span.1));
        while let Some((account, from, to)) = self.stack.pop() {
            let ins = net.ins(account, from, to);
            if ins.len() > hub {
                return Half::Hub;
            }
            self.spent += ins.len() as u64 + 1;
            if self.spent > limit {
                return Half::Over;
            }
            for entry in ins.iter().rev() {
                if entry.other == close.dst {
                    return Half::Whole(true);
                }
                let moment = net.moment(entry);
                let cone = self.seen.at(entry.other);
                if cone.early != NEVER {
                    return Half::Whole(true);
                }
                if moment > cone.leave && entry.other != close.src {
                    let since = cone.leave.max(span.0);
                    cone.leave = moment;
                    if since < moment {
                        self.stack.push((entry.other, since, moment));
                    }
                }
            }
        }
        Half::Whole(false)
    }

    /// Fills `latest`: for every account the latest moment at which money may leave it and still
    /// reach the payer before `close`, by number of hops. Before the middle only accounts count
    /// that the payee's money reached.
    fn reach(
        &mut self,
        net: &Net,
        close: Close,
        (from, middle): (u32, u32),
        bounds: Bounds,
    ) -> Result<(), Bitten> {
        self.latest.clear();
        self.labelled.clear();
        self.layer.clear();
        self.layer.push(close.src);
        for hops in 1..bounds.length - 1 {
            self.next.clear();
            for i in 0..self.layer.len() {
                let account = self.layer[i];
                let until = if hops == 1 { close.at } else { self.leaves(account, hops - 1) };
                let take = |cycles: &mut Self, payer, moment| {
                    let barred = payer == close.src || payer == close.dst;
                    if !barred && (moment >= middle || cycles.is_reached(payer, moment)) {
                        cycles.improve(payer, hops, moment);
                    }
                };
                if self.is_hub(account) {
                    for at in 0..self.into_hubs.len() {
                        let (hub, payer, moment) = self.into_hubs[at];
                        if hub == account && moment < until {
                            take(self, payer, moment);
                        }
                    }
                    self.spent += self.into_hubs.len() as u64;
                } else {
                    let ins = net.ins(account, from, until);
                    self.spent += ins.len() as u64;
                    for entry in ins {
                        take(self, entry.other, net.moment(entry));
                    }
                }
                if self.spent > bounds.budget {
                    return Err(Bitten);
                }
            }
            std::mem::swap(&mut self.layer, &mut self.next);
        }
        Ok(())
    }

    /// A hub that is not gone through on the payer's side.
    pub(super) fn is_hub(&self, account: u32) -> bool {
        !self.into_hubs.is_empty() && self.seen.get(account).is_some_and(|cone| cone.hub[1])
    }

    fn is_reached(&self, account: u32, before: u32) -> bool {
        self.seen.get(account).is_some_and(|cone| cone.early < before)
    }

    pub(super) fn leaves(&self, account: u32, hops: usize) -> u32 {
        match self.seen.get(account) {
            Some(cone) if cone.slot != NEVER => self.latest[cone.slot as usize][hops],
            _ => 0,
        }
    }

    fn improve(&mut self, account: u32, hops: usize, at: u32) {
        let cone = self.seen.at(account);
        if cone.slot == NEVER {
            cone.slot = self.latest.len() as u32;
            let mut row = [0; LENGTH_MAX];
            row[hops..].fill(at);
            self.latest.push(row);
            self.labelled.push(account);
            self.next.push(account);
            return;
        }
        let row = &mut self.latest[cone.slot as usize];
        if row[hops] < at {
            // Unless it was improved in this layer, it goes into the next one.
            let queued = row[hops] > row[hops - 1];
            row[hops..].fill(at);
            if !queued {
                self.next.push(account);
            }
        }
    }

    /// Visits every cycle that holds `edge`, wherever in it: for one that came late or is
    /// retracted.
    pub(super) fn through(
        &mut self,
        net: &Net,
        edge: Close,
        bounds: Bounds,
        visit: &mut impl FnMut(&[u32]),
    ) -> Result<(), Bitten> {
        if bounds.length < 2 {
            return Ok(());
        }
        self.spent = 0;
        self.path.clear();
        self.path.push((edge.src, edge.row));
        self.around(net, edge, (edge.dst, edge.at), None, bounds, visit)
    }

    /// One hop on from an account reached at a moment; `turn` is the index in the path of the
    /// cycle's first transfer, once known. The spans see to it that the cycle fits the window.
    fn around(
        &mut self,
        net: &Net,
        edge: Close,
        (here, after): (u32, u32),
        turn: Option<usize>,
        bounds: Bounds,
        visit: &mut impl FnMut(&[u32]),
    ) -> Result<(), Bitten> {
        let later = (after + 1, edge.at.saturating_add(bounds.window).saturating_add(1));
        let (spans, count) = match turn {
            Some(_) => ([(after + 1, edge.at), (0, 0)], 1),
            None => ([later, (after.saturating_sub(bounds.window), edge.at)], 2),
        };
        for (nth, (from, to)) in spans.into_iter().take(count).enumerate() {
            let turn = turn.or((nth == 1).then_some(self.path.len()));
            for entry in net.outs(here, from, to.max(from)) {
                self.spent += 1;
                let closes = entry.other == edge.src;
                let full = self.path.len() + 1 >= bounds.length;
                if !closes && (full || self.path.iter().any(|(payer, _)| *payer == entry.other)) {
                    continue;
                }
                self.path.push((here, entry.row));
                let within = if closes {
                    self.tell_turned(turn.unwrap_or(0), visit);
                    Ok(())
                } else {
                    let next = (entry.other, net.moment(entry));
                    self.around(net, edge, next, turn, bounds, visit)
                };
                self.path.pop();
                within?;
            }
        }
        if self.spent > bounds.budget { Err(Bitten) } else { Ok(()) }
    }

    fn tell_turned(&self, first: usize, visit: &mut impl FnMut(&[u32])) {
        let mut rows = [0; LENGTH_MAX];
        for (row, hop) in rows.iter_mut().zip(&self.path) {
            *row = hop.1;
        }
        let rows = &mut rows[..self.path.len()];
        rows.rotate_left(first);
        visit(rows);
    }
}
