//! Does scattered money meet again? Scatter-gather: one pays middlemen, who pay one.
//!
//! Searched at the transfer that gathers: for every source that paid its payer before, the distinct
//! middlemen over whom, in order of time, money came from that source to its payee inside the
//! window. Two middlemen make an instance. Must not know: counters.

use super::lane::{In, Net, Out};
use super::log::Log;
use super::marks::Marks;
use super::pairs::Pairs;

/// Payers of the gathering account from which its middlemen are sought on its side, when they are
/// fewer than the payers of the middleman.
const MANY: usize = if cfg!(test) { 2 } else { 32 };

/// Payments to the gathering account from which on they are not gone through if that can be helped.
const LISTED: usize = if cfg!(test) { 4 } else { 64 };

/// A gathering transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meeting {
    pub(super) middle: u32,
    pub(super) gather: u32,
    /// First and last moment; the last is that of the transfer.
    pub(super) from: u32,
    pub(super) at: u32,
    /// The first moment as it is told.
    pub(super) since: i64,
    /// Something that is held is later.
    pub(super) late: bool,
}

/// What the search reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'a> {
    pub(super) net: &'a Net,
    pub(super) log: &'a Log,
    pub(super) pairs: &'a Pairs,
}

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// Middlemen so far.
    count: u32,
    /// The last middleman that counted.
    last: u32,
    /// Whether it paid the middleman; 0 when not looked up.
    paid: u8,
}

/// Buffers of the search.
#[derive(Debug, Default)]
pub(super) struct Gather {
    /// For every payer of the gathering account, its latest payment and one.
    latest: Marks<u32>,
    middlemen: Vec<u32>,
    sources: Marks<Source>,
    met: Vec<u32>,
    /// The account for which a middleman was counted.
    counted: Marks<u32>,
    spent: u64,
}

/// The budget is used up.
pub(super) struct Bitten;

impl Gather {
    /// Tells every source with two middlemen or more, and how many.
    pub(super) fn meeting(
        &mut self,
        held: Held<'_>,
        meeting: Meeting,
        budget: u64,
        tell: &mut impl FnMut(u32, u32),
    ) -> Result<(), Bitten> {
        let Meeting { middle, gather, from, at, .. } = meeting;
        let sources = held.net.ins(middle, from, at);
        let others = held.net.ins(gather, from, at + 1);
        if sources.is_empty() || others.iter().all(|e| e.other == middle) {
            return Ok(());
        }
        self.spent = 0;
        if let Some(cost) = self.cost(held, meeting, sources, others.len()) {
            self.spent = cost;
            return self.looked_up(held, meeting, sources, budget, tell);
        }
        self.spent = others.len() as u64;
        if self.spent > budget {
            return Err(Bitten);
        }
        self.mark(held, meeting, others);
        if self.middlemen.is_empty() {
            return Ok(());
        }
        if sources.len() > MANY && sources.len() > self.middlemen.len() {
            self.by_middlemen(held, meeting, budget, tell)
        } else {
            self.by_sources(held, meeting, sources, budget, tell)
        }
    }

    /// What it costs to look up the pairs of payees of the sources and the gathering account, when
    /// that is far less than going through all who paid it.
    fn cost(&self, held: Held<'_>, meeting: Meeting, sources: &[In], others: usize) -> Option<u64> {
        if others < LISTED || sources.len() * 4 > others || meeting.late {
            return None;
        }
        let outs = |source: &In| held.net.outs(source.other, meeting.from, meeting.at).len();
        let cost: usize = sources.iter().map(outs).sum();
        (cost * 4 < others).then_some(cost as u64)
    }

    fn looked_up(
        &mut self,
        held: Held<'_>,
        meeting: Meeting,
        sources: &[In],
        budget: u64,
        tell: &mut impl FnMut(u32, u32),
    ) -> Result<(), Bitten> {
        self.sources.clear(held.net.lanes.len());
        for source in sources {
            let own = self.sources.at(source.other);
            if source.other == meeting.gather || own.count > 0 {
                continue;
            }
            own.count = 1;
            self.counted.clear(held.net.lanes.len());
            let mut count = 0;
            for entry in held.net.outs(source.other, meeting.from, meeting.at) {
                let barred = entry.other == meeting.middle || entry.other == meeting.gather;
                if barred || *self.counted.at(entry.other) > 0 {
                    continue;
                }
                let latest = held.pairs.latest(held.log, entry.other, meeting.gather);
                // The first payment to it is in hand: did it pay on after that?
                let paid_on = latest.is_some_and(|row| {
                    let ts = held.log.get(row).ts;
                    ts >= meeting.since
                        && (ts as u32).wrapping_sub(held.net.origin) > held.net.moment(entry)
                });
                *self.counted.at(entry.other) = 1;
                count += u32::from(paid_on);
            }
            if count > 0 {
                tell(source.other, count + 1);
            }
            if self.spent > budget {
                return Err(Bitten);
            }
        }
        Ok(())
    }

    /// Notes when each other middleman paid last.
    fn mark(&mut self, held: Held<'_>, meeting: Meeting, others: &[In]) {
        self.latest.clear(held.net.lanes.len());
        self.middlemen.clear();
        for entry in others {
            if entry.other != meeting.middle {
                let latest = self.latest.at(entry.other);
                if *latest == 0 {
                    self.middlemen.push(entry.other);
                }
                *latest = held.net.moment(entry) + 1;
            }
        }
    }

    /// From the payers of the middleman: whom else did they pay?
    fn by_sources(
        &mut self,
        held: Held<'_>,
        meeting: Meeting,
        sources: &[In],
        budget: u64,
        tell: &mut impl FnMut(u32, u32),
    ) -> Result<(), Bitten> {
        let mut bitten = false;
        self.sources.clear(held.net.lanes.len());
        for source in sources {
            let own = self.sources.at(source.other);
            if source.other == meeting.gather || own.count > 0 {
                continue;
            }
            own.count = 1;
            let outs = held.net.outs(source.other, meeting.from, meeting.at);
            let few = self.middlemen.len() * 4 < outs.len();
            let cost = if few { self.middlemen.len() } else { outs.len() } as u64;
            if self.spent + cost > budget {
                bitten = true;
                continue;
            }
            let count = if few {
                self.few(held, meeting, source.other)
            } else {
                self.spent += cost;
                self.listed(held.net, outs)
            };
            if count > 0 {
                tell(source.other, count + 1);
            }
        }
        if bitten { Err(Bitten) } else { Ok(()) }
    }

    /// Distinct payees in a list who paid the gathering account later.
    fn listed(&mut self, net: &Net, outs: &[Out]) -> u32 {
        let mut count = 0;
        let mut cleared = false;
        for entry in outs {
            let Some(latest) = self.latest.get(entry.other) else { continue };
            if net.moment(entry) + 1 < *latest {
                if !cleared {
                    self.counted.clear(net.lanes.len());
                    cleared = true;
                }
                let counted = self.counted.at(entry.other);
                count += u32::from(*counted == 0);
                *counted = 1;
            }
        }
        count
    }

    /// Middlemen whom the source paid before they paid on, when they are few and its payees many.
    fn few(&mut self, held: Held<'_>, meeting: Meeting, source: u32) -> u32 {
        let mut count = 0;
        for i in 0..self.middlemen.len() {
            let middle = self.middlemen[i];
            let until = self.latest.get(middle).map_or(0, |latest| latest - 1);
            count += u32::from(middle != source && self.paid(held, meeting, source, middle, until));
        }
        count
    }

    /// Whether one paid the other at or after the window's start and before `until`.
    fn paid(
        &mut self,
        held: Held<'_>,
        meeting: Meeting,
        payer: u32,
        payee: u32,
        until: u32,
    ) -> bool {
        self.spent += 1;
        let Some(latest) = held.pairs.latest(held.log, payer, payee) else { return false };
        let ts = held.log.get(latest).ts;
        if ts < meeting.since {
            return false;
        }
        // Inside the window and held, so its moment is measured rightly.
        if (ts as u32).wrapping_sub(held.net.origin) < until {
            return true;
        }
        let ins = held.net.ins(payee, meeting.from, until.max(meeting.from));
        self.spent += ins.len() as u64;
        ins.iter().any(|e| e.other == payer)
    }

    /// From the other middlemen: who paid them, and also the present one?
    fn by_middlemen(
        &mut self,
        held: Held<'_>,
        meeting: Meeting,
        budget: u64,
        tell: &mut impl FnMut(u32, u32),
    ) -> Result<(), Bitten> {
        self.sources.clear(held.net.lanes.len());
        self.met.clear();
        for i in 0..self.middlemen.len() {
            let middle = self.middlemen[i];
            let until = self.latest.get(middle).map_or(0, |latest| latest - 1);
            let ins = held.net.ins(middle, meeting.from, until.max(meeting.from));
            self.spent += ins.len() as u64;
            for entry in ins {
                let barred = entry.other == meeting.gather || entry.other == meeting.middle;
                let known = *self.sources.at(entry.other);
                if barred || known.paid == 1 || (known.count > 0 && known.last == middle) {
                    continue;
                }
                if known.paid == 0 {
                    let paid = self.paid(held, meeting, entry.other, meeting.middle, meeting.at);
                    self.sources.at(entry.other).paid = if paid { 2 } else { 1 };
                    if !paid {
                        continue;
                    }
                    self.met.push(entry.other);
                }
                let source = self.sources.at(entry.other);
                source.count += 1;
                source.last = middle;
            }
            if self.spent > budget {
                return Err(Bitten);
            }
        }
        for source in &self.met {
            let count = self.sources.get(*source).map_or(0, |s| s.count);
            tell(*source, count + 1);
        }
        Ok(())
    }
}
