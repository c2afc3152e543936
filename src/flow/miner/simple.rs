//! Is there a ring at all, whatever the order? Simple cycles up to a length inside a window.
//!
//! As temporal cycles, but the moments need not increase: all transfers lie in the window that
//! ends with the closing one. Searched from both ends, the smaller front first. Must not know:
//! temporal cycles.

use super::cycles::{Bitten, Bounds, Close, LENGTH_MAX};
use super::lane::Net;
use super::marks::Marks;

/// Hops from the payee and to the payer, plus one; 0 when not reached.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    from: u8,
    to: u8,
}

/// Buffers of the search.
#[derive(Debug, Default)]
pub(super) struct Simple {
    seen: Marks<Reach>,
    fronts: [Vec<u32>; 2],
    next: Vec<u32>,
    path: Vec<(u32, u32)>,
    spent: u64,
}

impl Simple {
    /// Visits every simple cycle that `close` is the last to arrive of.
    pub(super) fn closing(
        &mut self,
        net: &Net,
        close: Close,
        bounds: Bounds,
        visit: &mut impl FnMut(&[u32]),
    ) -> Result<(), Bitten> {
        let from = close.at.saturating_sub(bounds.window);
        let span = (from, close.at.saturating_add(1));
        if bounds.length < 2
            || net.outs(close.dst, span.0, span.1).is_empty()
            || net.ins(close.src, span.0, span.1).is_empty()
        {
            return Ok(());
        }
        self.spent = 0;
        let Some(depth) = self.meet(net, close, span, bounds)? else { return Ok(()) };
        self.path.clear();
        self.step(net, close, close.dst, span, (bounds, depth), visit)
    }

    /// Grows both fronts until they touch; how many hops back from the payer are known then.
    fn meet(
        &mut self,
        net: &Net,
        close: Close,
        span: (u32, u32),
        bounds: Bounds,
    ) -> Result<Option<u8>, Bitten> {
        self.seen.clear(net.lanes.len());
        self.seen.at(close.dst).from = 1;
        self.seen.at(close.src).to = 1;
        for (front, start) in self.fronts.iter_mut().zip([close.dst, close.src]) {
            front.clear();
            front.push(start);
        }
        let mut hops = [0u8; 2];
        while usize::from(hops[0] + hops[1]) + 1 < bounds.length {
            let side = usize::from(self.fronts[1].len() < self.fronts[0].len());
            hops[side] += 1;
            let met = self.grow(net, side, hops[side], span);
            if self.spent > bounds.budget {
                return Err(Bitten);
            }
            if met {
                return Ok(Some(hops[1]));
            }
            if self.fronts[side].is_empty() {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn grow(&mut self, net: &Net, side: usize, hops: u8, span: (u32, u32)) -> bool {
        let mut met = false;
        self.next.clear();
        for account in std::mem::take(&mut self.fronts[side]) {
            if side == 0 {
                let outs = net.outs(account, span.0, span.1);
                for entry in outs {
                    met |= self.reach(entry.other, side, hops);
                }
            } else {
                let ins = net.ins(account, span.0, span.1);
                for entry in ins {
                    met |= self.reach(entry.other, side, hops);
                }
            }
        }
        self.fronts[side] = std::mem::take(&mut self.next);
        met
    }

    /// Notes that a side reached an account; whether the other side did.
    #[inline]
    fn reach(&mut self, account: u32, side: usize, hops: u8) -> bool {
        self.spent += 1;
        let reach = self.seen.at(account);
        let (own, other) =
            if side == 0 { (&mut reach.from, reach.to) } else { (&mut reach.to, reach.from) };
        if *own == 0 {
            *own = hops + 1;
            self.next.push(account);
        }
        other > 0
    }

    fn step(
        &mut self,
        net: &Net,
        close: Close,
        here: u32,
        span: (u32, u32),
        (bounds, depth): (Bounds, u8),
        visit: &mut impl FnMut(&[u32]),
    ) -> Result<(), Bitten> {
        let left = bounds.length - 1 - self.path.len();
        for entry in net.outs(here, span.0, span.1) {
            self.spent += 1;
            if entry.other == close.src {
                let mut rows = [0; LENGTH_MAX];
                for (row, hop) in rows.iter_mut().zip(&self.path) {
                    *row = hop.1;
                }
                rows[self.path.len()] = entry.row;
                rows[self.path.len() + 1] = close.row;
                visit(&rows[..self.path.len() + 2]);
                continue;
            }
            // What was not reached from the payer's side is farther than that side was grown.
            let known = self.seen.get(entry.other).map_or(0, |reach| reach.to);
            let need = if known == 0 { depth + 1 } else { known - 1 };
            if left < 1 + usize::from(need)
                || entry.other == close.dst
                || self.path.iter().any(|(payer, _)| *payer == entry.other)
            {
                continue;
            }
            self.path.push((here, entry.row));
            let within = self.step(net, close, entry.other, span, (bounds, depth), visit);
            self.path.pop();
            within?;
        }
        if self.spent > bounds.budget { Err(Bitten) } else { Ok(()) }
    }
}
