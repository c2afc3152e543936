//! Is there a way that goes round hubs, or over one? Cones that stop at hubs.
//!
//! A hub has more entries in the window than can be looked at for every transfer. Both cones are
//! grown over the whole span without going through hubs. The answer is exact when one side met no
//! hub, for then its cone is whole; or when both met the same one alone, for a simple cycle goes
//! over it once. Must not know: how cycles are enumerated.

use super::cycles::{Bitten, Close, Cycles};
use super::lane::Net;

impl Cycles {
    /// Whether there is a way from the payee to the payer inside `[from, to)`; `None` when it
    /// might go over two hubs. Notes transfers to hubs from what the payee's money reached.
    pub(super) fn without_hubs(
        &mut self,
        net: &Net,
        close: Close,
        span: (u32, u32),
        (hub, budget): (usize, u64),
    ) -> Result<Option<bool>, Bitten> {
        self.seen.clear(net.lanes.len());
        self.hubs.iter_mut().for_each(Vec::clear);
        self.into_hubs.clear();
        let mut met = self.spread_between(net, close, span, (hub, budget))?;
        met |= self.gather_between(net, close, span, (hub, budget))?;
        let [ahead, behind] = &self.hubs;
        let exact = ahead.is_empty() || behind.is_empty() || (ahead == behind && ahead.len() == 1);
        let over = |(hub, _, moment): &(u32, u32, u32)| {
            let cone = self.seen.get(*hub);
            *hub == close.src && behind.contains(hub) || cone.is_some_and(|c| *moment < c.leave)
        };
        met |= self.into_hubs.iter().any(over);
        Ok(exact.then_some(met))
    }

    fn spread_between(
        &mut self,
        net: &Net,
        close: Close,
        span: (u32, u32),
        (hub, budget): (usize, u64),
    ) -> Result<bool, Bitten> {
        let mut met = false;
        self.stack.clear();
        self.stack.push((close.dst, span.0, span.1));
        while let Some((account, from, to)) = self.stack.pop() {
            let outs = net.outs(account, from, to);
            if outs.len() > hub || self.seen.at(account).hub[0] {
                if !std::mem::replace(&mut self.seen.at(account).hub[0], true) {
                    self.hubs[0].push(account);
                }
                continue;
            }
            self.spent += outs.len() as u64 + 1;
            if self.spent > budget {
                return Err(Bitten);
            }
            for entry in outs {
                if entry.other == close.dst {
                    continue;
                }
                let moment = net.moment(entry);
                if net.ins(entry.other, span.0, span.1).len() > hub {
                    self.into_hubs.push((entry.other, account, moment));
                }
                if entry.other == close.src {
                    met = true;
                    continue;
                }
                let cone = self.seen.at(entry.other);
                if moment < cone.early {
                    let until = span.1.min(cone.early.saturating_add(1));
                    cone.early = moment;
                    if moment + 1 < until {
                        self.stack.push((entry.other, moment + 1, until));
                    }
                }
            }
        }
        Ok(met)
    }

    fn gather_between(
        &mut self,
        net: &Net,
        close: Close,
        span: (u32, u32),
        (hub, budget): (usize, u64),
    ) -> Result<bool, Bitten> {
        let mut met = false;
        self.stack.clear();
        self.stack.push((close.src, span.0, span.1));
        while let Some((account, from, to)) = self.stack.pop() {
            // By the whole list, as transfers into hubs were noted by it.
            if net.ins(account, span.0, span.1).len() > hub {
                if !std::mem::replace(&mut self.seen.at(account).hub[1], true) {
                    self.hubs[1].push(account);
                }
                continue;
            }
            let ins = net.ins(account, from, to);
            self.spent += ins.len() as u64 + 1;
            if self.spent > budget {
                return Err(Bitten);
            }
            for entry in ins {
                if entry.other == close.dst {
                    met = true;
                    continue;
                }
                if entry.other == close.src {
                    continue;
                }
                let moment = net.moment(entry);
                let cone = self.seen.at(entry.other);
                met |= cone.early < moment;
                if moment > cone.leave {
                    let since = cone.leave.max(span.0);
                    cone.leave = moment;
                    if since < moment {
                        self.stack.push((entry.other, since, moment));
                    }
                }
            }
        }
        Ok(met)
    }
}
