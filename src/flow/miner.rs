//! How does a day's money change what is found? The state of the stage, and one epoch of it.
//!
//! Invariant: every worker holds the whole window and all rings; searches around accounts are
//! divided by the account, rings are told by the owner of their id. Must not know: thresholds.

use super::accounts::{Accounts, named};
use super::book::Book;
use super::config::Config;
use super::cycles::{Cycles, Edge, Limits};
use super::purpose::Reader;
use super::rings::{Cycle, Rings};
use super::sight::{DAY, Receipt, Sight};
use super::story::Leg;
use super::window::{AccountNo, Payment, Window};
use super::{FlowDelta, Instance};
use crate::entity::Fact;
use crate::event::{Body, Op, Transfer};
use crate::graph::Graph;
use crate::id::{EventId, Share, stable_hash};
use crate::time::{Day, Time};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Days between two sweeps of expired transfers.
const SWEEP_DAYS: i32 = 30;

/// The miner.
#[derive(Debug)]
pub struct Flow {
    config: Arc<Config>,
    share: Share,
    window: Window<Receipt>,
    accounts: Accounts,
    reader: Reader,
    days: BTreeMap<Day, u32>,
    /// Moments of corrected transfers: that of the original, not of the correction.
    moved: FxHashMap<EventId, i64>,
    cycles: Cycles,
    rings: Rings,
    book: Book,
    swept: Day,
}

/// What an epoch touched.
#[derive(Default)]
struct Touched {
    accounts: FxHashMap<AccountNo, Touch>,
    fresh: Vec<(Edge, bool)>,
    retired: FxHashMap<EventId, i64>,
    fallen: Vec<(Arc<Instance>, Time)>,
    at: Time,
}

#[derive(Clone, Copy, Default)]
struct Touch {
    at: Time,
    again: bool,
}

impl Touched {
    fn touch(&mut self, account: AccountNo, at: Time, again: bool) {
        let touch = self.accounts.entry(account).or_default();
        touch.at = touch.at.max(at);
        touch.again |= again;
        self.at = self.at.max(at);
    }
}

crate::shared::fields! {
    Flow { window, accounts, days, moved, cycles, rings, book, swept }
}

impl Flow {
    /// Adds the state of another share.
    pub(crate) fn merge(&mut self, other: Self) {
        self.book.merge(other.book);
    }

    /// Drops what other shares hold. What was counted is counted by the first.
    pub(crate) fn keep(&mut self) {
        let (share, accounts) = (self.share, &self.accounts);
        self.book.keep(|account| share.owns(accounts.key(account)));
        if !share.is_first() {
            self.book.bitten = 0;
        }
    }

    /// An empty miner; searches are divided by share, the window is whole.
    pub fn new(config: Arc<Config>, share: Share) -> Self {
        Self {
            reader: Reader::new(&config.purposes),
            config,
            share,
            window: Window::default(),
            accounts: Accounts::default(),
            days: BTreeMap::new(),
            moved: FxHashMap::default(),
            cycles: Cycles::default(),
            rings: Rings::default(),
            book: Book::default(),
            swept: Day(0),
        }
    }

    /// How often a bound bit, by name. Rings are searched whole by every worker and counted by the
    /// first.
    pub fn bounds(&self) -> BTreeMap<&'static str, u64> {
        let cycles = if self.share.owns(0) { self.cycles.bitten } else { 0 };
        [("flow_cycles", cycles), ("flow_scatter_gather", self.book.bitten)].into()
    }

    /// Takes the transfers among the facts of one epoch; returns what this share's searches found,
    /// sorted by id.
    pub fn apply(&mut self, graph: &Graph, facts: &[Fact], today: Day) -> Vec<FlowDelta> {
        if !self.config.enabled {
            return Vec::new();
        }
        let mut touched = Touched::default();
        for fact in facts {
            match &fact.event.body {
                Body::Transfer(data) if fact.asserts() => {
                    self.enter(fact, data, today, &mut touched);
                }
                Body::Transfer(data) => self.withdraw(fact, data, &mut touched),
                _ => {}
            }
        }
        if today.since(self.swept) >= SWEEP_DAYS {
            self.window.expire(today.plus(-self.config.retain_days).start().0);
            self.swept = today;
        }
        if touched.accounts.is_empty() && touched.fallen.is_empty() {
            return Vec::new();
        }
        self.find_cycles(&touched.fresh);
        let again = touched.accounts.iter().filter(|(_, t)| t.again).map(|(a, _)| *a);
        let again: FxHashSet<AccountNo> = again.collect();
        if !again.is_empty() {
            self.rings.reweigh(&again);
        }
        let mut deltas = self.look(graph, &touched, today);
        deltas.extend(self.tell_rings(graph, &touched));
        let fallen = std::mem::take(&mut touched.fallen);
        deltas.extend(fallen.into_iter().map(|(instance, at)| FlowDelta {
            instance,
            fallen: true,
            at,
        }));
        deltas.sort_by(|a, b| (&a.instance.id, !a.fallen).cmp(&(&b.instance.id, !b.fallen)));
        deltas
    }

    fn enter(&mut self, fact: &Fact, data: &Transfer, today: Day, touched: &mut Touched) {
        let event = &fact.event;
        let own = event.time.0;
        let at = match &event.op {
            Op::Correct(earlier) => touched.retired.get(earlier).copied().unwrap_or(own),
            _ => own,
        };
        if at != own {
            self.moved.insert(event.id.clone(), at);
        }
        let payer = self.accounts.number(&data.payer.account);
        let payee = self.accounts.number(&data.payee.account);
        let tags = self.reader.tags(data);
        let payment = Payment { payer, payee, at, amount: data.amount_fen.0, tags };
        self.window.grow(self.accounts.len());
        let Some(row) = self.window.insert(payment, Receipt(event.clone())) else { return };
        let day = Time(at).day();
        let late = day != today;
        *self.days.entry(day).or_default() += 1;
        self.name(fact, data, (payer, payee), true, touched);
        touched.touch(payer, fact.at, late);
        touched.touch(payee, fact.at, late);
        if late {
            self.touch_beyond(payee, fact.at, touched);
        }
        if data.amount_fen.0 >= self.config.cycle.amount_yuan * 100 {
            let outs = self.window.outs(payer, at, at + 1);
            if let Some(entry) = outs.iter().find(|e| e.row == row) {
                touched.fresh.push((Edge { payer, payee, entry: *entry }, late));
            }
        }
    }

    fn withdraw(&mut self, fact: &Fact, data: &Transfer, touched: &mut Touched) {
        let event = &fact.event;
        let at = self.moved.remove(&event.id).unwrap_or(event.time.0);
        touched.retired.insert(event.id.clone(), at);
        if let Op::Correct(earlier) = &event.op {
            touched.retired.insert(earlier.clone(), at);
        }
        let (Some(payer), Some(payee)) =
            (self.accounts.known(&data.payer.account), self.accounts.known(&data.payee.account))
        else {
            return;
        };
        let Some(row) = self.window.remove(payer, at, &Receipt(event.clone())) else {
            if let Some(row) = self.rings.row_of(&event.id) {
                self.rings.retire(row, &self.config.cycle);
            }
            let fallen = self.book.drop_event(&event.id);
            touched.fallen.extend(fallen.into_iter().map(|instance| (instance, fact.at)));
            touched.touch(payer, fact.at, false);
            return;
        };
        touched.fresh.retain(|(edge, _)| edge.entry.row != row);
        self.rings.retire(row, &self.config.cycle);
        let day = Time(at).day();
        if let Some(count) = self.days.get_mut(&day) {
            *count -= 1;
            if *count == 0 {
                self.days.remove(&day);
            }
        }
        self.name(fact, data, (payer, payee), false, touched);
        touched.touch(payer, fact.at, true);
        touched.touch(payee, fact.at, true);
        self.touch_beyond(payee, fact.at, touched);
    }

    /// Learns or unlearns holders; accounts that dealt with a changed one are looked at again.
    fn name(
        &mut self,
        fact: &Fact,
        data: &Transfer,
        (payer, payee): (AccountNo, AccountNo),
        asserts: bool,
        touched: &mut Touched,
    ) {
        for (account, side) in [(payer, &data.payer), (payee, &data.payee)] {
            if !self.accounts.name(account, named(fact, side), asserts) {
                continue;
            }
            let outs = self.window.outs(account, i64::MIN, i64::MAX);
            let ins = self.window.ins(account, i64::MIN, i64::MAX);
            if outs.len() + ins.len() > 1 || !asserts {
                touched.touch(account, fact.at, true);
                for entry in outs.iter().chain(ins) {
                    touched.touch(entry.other, fact.at, true);
                }
            }
        }
    }

    /// A late or withdrawn first leg changes what was gathered behind its payee.
    fn touch_beyond(&self, payee: AccountNo, at: Time, touched: &mut Touched) {
        for entry in self.window.outs(payee, i64::MIN, i64::MAX) {
            touched.touch(entry.other, at, true);
        }
    }

    fn find_cycles(&mut self, fresh: &[(Edge, bool)]) {
        let config = &self.config.cycle;
        let limits = Limits {
            window: config.window_days * DAY,
            length: config.length_max.min(super::cycles::LENGTH_MAX),
            retention: (config.retention.min(config.retention_long) * 1000.0).round() as i64,
            budget: self.config.budget,
        };
        let mut found: Vec<Vec<Edge>> = Vec::new();
        let mut bitten = 0;
        for (edge, late) in fresh {
            let start = found.len();
            let visit = |cycle: &[Edge]| {
                let small = cycle.iter().any(|e| e.entry.amount() < config.amount_yuan * 100);
                if cycle.len() < config.length_min || small || !keeps(config, cycle) {
                    return;
                }
                if found.len() - start < config.found_max {
                    found.push(cycle.to_vec());
                } else {
                    bitten += 1;
                }
            };
            if *late {
                self.cycles.through(&self.window, *edge, &limits, visit);
            } else {
                self.cycles.closing(&self.window, *edge, &limits, visit);
            }
        }
        self.cycles.bitten += bitten;
        for edges in found {
            let leg = |e: &Edge| Leg::of(&self.window, e.entry.row, e.entry.at);
            let Some(legs) = edges.iter().map(leg).collect::<Option<Vec<_>>>() else { continue };
            self.rings.add(Cycle::new(legs), config);
        }
    }

    /// Looks around every touched account of this share.
    fn look(&mut self, graph: &Graph, touched: &Touched, today: Day) -> Vec<FlowDelta> {
        let sight = Sight {
            window: &self.window,
            accounts: &self.accounts,
            graph,
            config: &self.config,
            days: &self.days,
        };
        let mut deltas = Vec::new();
        for (account, touch) in &touched.accounts {
            if !self.share.owns(self.accounts.key(*account)) {
                continue;
            }
            let (before, now) = self.book.look(sight, *account, today, touch.again);
            let before = before.into_iter().map(|i| (i.id.clone(), i)).collect();
            compare(before, now, |_| touch.at, &mut deltas);
        }
        deltas
    }

    fn tell_rings(&mut self, graph: &Graph, touched: &Touched) -> Vec<FlowDelta> {
        let sight = Sight {
            window: &self.window,
            accounts: &self.accounts,
            graph,
            config: &self.config,
            days: &self.days,
        };
        let (before, now) = self.rings.tell(sight);
        let mut deltas = Vec::new();
        let at = |instance: &Instance| {
            let touch = |token: &Arc<str>| {
                let account = self.accounts.known(token)?;
                touched.accounts.get(&account).map(|t| t.at)
            };
            instance.accounts.iter().filter_map(touch).max().unwrap_or(touched.at)
        };
        compare(before, now, at, &mut deltas);
        deltas.retain(|d| self.share.owns(stable_hash(d.instance.id.as_bytes())));
        deltas
    }
}

/// Whether the amount comes round: nearly whole, or with no more than fees lost at every hop.
fn keeps(config: &super::config::Cycle, cycle: &[Edge]) -> bool {
    let amounts = cycle.iter().map(|e| e.entry.amount());
    let (low, high) = amounts.fold((i64::MAX, 0), |(l, h), a| (l.min(a), h.max(a)));
    let hop = |w: &[Edge]| w[1].entry.amount() as f64 >= w[0].entry.amount() as f64 * config.hop;
    low as f64 >= high as f64 * config.retention || cycle.windows(2).all(hop)
}

/// What appeared, changed or fell.
fn compare(
    mut before: BTreeMap<String, Arc<Instance>>,
    now: Vec<Arc<Instance>>,
    at: impl Fn(&Instance) -> Time,
    deltas: &mut Vec<FlowDelta>,
) {
    for instance in now {
        let same = before
            .remove(&instance.id)
            .is_some_and(|old| Arc::ptr_eq(&old, &instance) || old == instance);
        if !same {
            let at = at(&instance);
            deltas.push(FlowDelta { instance, fallen: false, at });
        }
    }
    for instance in before.into_values() {
        let at = at(&instance);
        deltas.push(FlowDelta { instance, fallen: true, at });
    }
}
