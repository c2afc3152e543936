//! Which cycles are inside the cone? The walk over what can be on the way back.
//!
//! Only transfers between accounts of the cone are walked, so a hub's list is never gone through.
//! Must not know: how the cone was found.

use super::cycles::{Bitten, Bounds, Close, Cycles, LENGTH_MAX, NEVER};
use super::lane::Net;

/// A transfer inside the cone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) payer: u32,
    pub(super) payee: u32,
    pub(super) moment: u32,
    /// Which of those of the same payer, payee and moment.
    pub(super) nth: u32,
}

impl Cycles {
    /// Lists the transfers inside the cone by payer, so that no hub's list is gone through.
    pub(super) fn lay(
        &mut self,
        net: &Net,
        close: Close,
        (from, middle): (u32, u32),
        bounds: Bounds,
    ) {
        self.found.clear();
        let most = bounds.length - 2;
        for at in 0..=self.labelled.len() {
            let (payee, until) = match self.labelled.get(at) {
                Some(account) => (*account, self.latest[at][most]),
                None => (close.src, close.at),
            };
            if self.is_hub(payee) {
                for at in 0..self.into_hubs.len() {
                    let (hub, payer, moment) = self.into_hubs[at];
                    if hub == payee && moment < until {
                        let before = self.into_hubs[..at].iter().rev();
                        let before = before.take_while(|way| (way.1, way.2) == (payer, moment));
                        let nth = before.filter(|way| way.0 == hub).count() as u32;
                        self.note(Way { payer, payee, moment, nth }, close, middle);
                    }
                }
                continue;
            }
            let ins = net.ins(payee, from, until);
            self.spent += ins.len() as u64;
            for (at, entry) in ins.iter().enumerate() {
                let moment = net.moment(entry);
                let before = ins[..at].iter().rev().take_while(|e| net.moment(*e) == moment);
                let nth = before.filter(|e| e.other == entry.other).count() as u32;
                self.note(Way { payer: entry.other, payee, moment, nth }, close, middle);
            }
        }
        let slots = self.labelled.len() + 1;
        self.starts.clear();
        self.starts.resize(slots + 1, 0);
        self.found.iter().for_each(|(slot, _)| self.starts[*slot as usize + 1] += 1);
        for slot in 0..slots {
            self.starts[slot + 1] += self.starts[slot];
        }
        self.ways.clear();
        self.ways.resize(self.found.len(), Way::default());
        for (slot, way) in self.found.iter().rev() {
            let place = &mut self.starts[*slot as usize + 1];
            *place -= 1;
            self.ways[*place as usize] = *way;
        }
        self.starts.push(self.found.len() as u32);
    }

    /// Keeps a way whose payer is the payee of `close` or can be reached from it.
    fn note(&mut self, way: Way, close: Close, middle: u32) {
        let slot = match self.seen.get(way.payer) {
            _ if way.payer == close.dst => self.labelled.len() as u32,
            Some(cone) if cone.slot != NEVER => {
                if way.moment < middle && cone.early >= way.moment {
                    return;
                }
                cone.slot
            }
            _ => return,
        };
        self.found.push((slot, way));
    }

    pub(super) fn step(
        &mut self,
        net: &Net,
        close: Close,
        here: u32,
        from: u32,
        bounds: Bounds,
        visit: &mut impl FnMut(&[u32]),
    ) -> Result<(), Bitten> {
        let left = bounds.length - 1 - self.walk.len();
        let slot = match self.seen.get(here) {
            Some(cone) if here != close.dst => cone.slot as usize,
            _ => self.labelled.len(),
        };
        // The list of a slot starts where that of the one before ends.
        for at in self.starts[slot + 1]..self.starts[slot + 2] {
            let way = self.ways[at as usize];
            self.spent += 1;
            if way.moment < from {
                continue;
            }
            if way.payee == close.src {
                self.walk.push(way);
                self.tell(net, close.row, visit);
                self.walk.pop();
                continue;
            }
            if left < 2
                || self.leaves(way.payee, left - 1) <= way.moment
                || self.walk.iter().any(|on| on.payer == way.payee)
            {
                continue;
            }
            self.walk.push(way);
            let within = self.step(net, close, way.payee, way.moment + 1, bounds, visit);
            self.walk.pop();
            within?;
        }
        if self.spent > bounds.budget { Err(Bitten) } else { Ok(()) }
    }

    fn tell(&self, net: &Net, close: u32, visit: &mut impl FnMut(&[u32])) {
        let mut rows = [close; LENGTH_MAX];
        for (row, way) in rows.iter_mut().zip(&self.walk) {
            let outs = net.outs(way.payer, way.moment, way.moment + 1);
            let same = outs.iter().filter(|entry| entry.other == way.payee);
            *row = same.map(|entry| entry.row).nth(way.nth as usize).unwrap_or(close);
        }
        visit(&rows[..=self.walk.len()]);
    }
}
