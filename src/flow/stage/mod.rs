//! How does a day's money change what is found? The state of the stage, and one epoch of it.
//!
//! Invariant: every worker holds the whole window and all rings; searches around accounts are
//! divided by the account, rings are told by the owner of their id. Must not know: thresholds.

mod touch;

use super::accounts::{Accounts, Firm};
use super::book::Book;
use super::config::Config;
use super::cycles::{Cycles, Edge, Limits};
use super::docket::Docket;
use super::purpose::Reader;
use super::rings::{Cycle, Rings};
use super::sight::{DAY, Receipt, Sight};
use super::story::Leg;
use super::window::{AccountNo, Payment, Window};
use super::{FlowDelta, Instance};
use crate::entity::Fact;
use crate::event::{Body, Transfer};
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, Share, stable_hash};
use crate::time::{Day, Time};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;
use touch::Touched;

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
    firms: FxHashMap<EntityId, Firm>,
    cycles: Cycles,
    rings: Rings,
    book: Book,
    docket: Docket,
    swept: Day,
    /// Transfers that came after they would have left the window.
    too_late: u64,
}

crate::shared::fields! {
    Flow { window, accounts, days, firms, cycles, rings, book, docket, swept, too_late }
}

impl Flow {
    /// Adds the state of another share.
    pub(crate) fn merge(&mut self, other: Self) {
        self.book.merge(other.book);
        self.docket.merge(other.docket);
    }

    /// Drops what other shares hold. What was counted is counted by the first.
    pub(crate) fn keep(&mut self) {
        let (share, accounts) = (self.share, &self.accounts);
        self.book.keep(|account| share.owns(accounts.key(account)));
        self.docket.keep(|key| share.owns(key.hash(accounts)));
        if !share.is_first() {
            self.book.bitten = 0;
            self.docket.bitten = 0;
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
            firms: FxHashMap::default(),
            cycles: Cycles::default(),
            rings: Rings::default(),
            book: Book::default(),
            docket: Docket::default(),
            swept: Day(0),
            too_late: 0,
        }
    }

    /// How often a bound bit, by name. Rings are searched whole by every worker and counted by the
    /// first.
    pub fn bounds(&self) -> BTreeMap<&'static str, u64> {
        let first = self.share.owns(0);
        let (cycles, late) = if first { (self.cycles.bitten, self.too_late) } else { (0, 0) };
        [
            ("flow_cycles", cycles),
            ("flow_scatter_gather", self.book.bitten),
            ("flow_ef_leakage", self.docket.bitten),
            ("flow_too_late", late),
        ]
        .into()
    }

    /// Takes the transfers among the facts of one epoch; returns what this share's searches found,
    /// sorted by id. `delta` is what the epoch changed in the graph.
    pub fn apply(
        &mut self,
        graph: &Graph,
        delta: &Delta,
        facts: &[Fact],
        today: Day,
    ) -> Vec<FlowDelta> {
        if !self.config.enabled {
            return Vec::new();
        }
        let mut touched = Touched::default();
        let fed = self.days.keys().next().copied();
        for fact in facts {
            match &fact.event.body {
                Body::Transfer(data) if fact.asserts() => {
                    self.enter(fact, data, today, &mut touched);
                }
                Body::Transfer(data) => self.withdraw(fact, data, &mut touched),
                _ => {}
            }
        }
        self.take_firms(graph, delta, today, &mut touched);
        if self.config.has_cases() {
            let accounts_of = |id: EntityId| self.firms.get(&id).map(|firm| &firm.accounts);
            self.docket.learned(graph, delta, today, accounts_of);
        }
        self.take_beginning(fed, today, &mut touched);
        if today.since(self.swept) >= SWEEP_DAYS {
            self.window.expire(today.plus(-self.config.retain_days).start().0);
            self.swept = today;
        }
        if touched.accounts.is_empty() && touched.fallen.is_empty() && self.docket.is_idle() {
            return Vec::new();
        }
        self.find_cycles(&touched.fresh);
        let before = touched.accounts.iter().filter(|(_, t)| t.before).map(|(a, _)| *a);
        let before: FxHashSet<AccountNo> = before.collect();
        if !before.is_empty() {
            self.rings.reweigh(&before);
        }
        let sight = Sight {
            window: &self.window,
            accounts: &self.accounts,
            graph,
            config: &self.config,
            days: &self.days,
            firms: &self.firms,
            reader: &self.reader,
        };
        let mut deltas = look(&mut self.book, sight, self.share, &touched, today);
        deltas.extend(tell_rings(&mut self.rings, sight, self.share, &touched));
        deltas.extend(tell_docket(&mut self.docket, sight, self.share, today));
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
        let at = fact.since().0;
        if at < today.plus(-self.config.retain_days).start().0 {
            self.too_late += 1;
            return;
        }
        let payer = self.accounts.number(&data.payer.account);
        let payee = self.accounts.number(&data.payee.account);
        let tags = self.reader.tags(data);
        let payment = Payment { payer, payee, at, amount: data.amount_fen.0, tags };
        self.window.grow(self.accounts.len());
        let receipt = Receipt(fact.event.clone());
        let Some(row) = self.window.insert(payment, receipt) else { return };
        let day = Time(at).day();
        *self.days.entry(day).or_default() += 1;
        self.name(fact, data, (payer, payee), true, touched);
        if self.config.has_cases() {
            self.docket.moved(&self.accounts, data, (payer, payee), fact.at);
        }
        touched.touch(payer, fact.at, day != today);
        touched.touch(payee, fact.at, day != today);
        let passed_on = !self.window.outs(payee, at + 1, i64::MAX).is_empty();
        if passed_on || !self.window.outs(payer, at + 1, i64::MAX).is_empty() {
            for account in [payer, payee] {
                touched.accounts.entry(account).or_default().before = true;
            }
        }
        self.touch_beyond(payee, at, (fact.at, today), touched);
        if data.amount_fen.0 >= self.config.cycle.amount_yuan * 100 {
            let outs = self.window.outs(payer, at, at + 1);
            if let Some(entry) = outs.iter().find(|e| e.row == row) {
                touched.fresh.push((Edge { payer, payee, entry: *entry }, passed_on));
            }
        }
    }

    fn withdraw(&mut self, fact: &Fact, data: &Transfer, touched: &mut Touched) {
        let (event, at) = (&fact.event, fact.since().0);
        let (Some(payer), Some(payee)) =
            (self.accounts.known(&data.payer.account), self.accounts.known(&data.payee.account))
        else {
            return;
        };
        let Some(row) = self.window.remove(payer, at, &Receipt(event.clone())) else {
            if let Some(row) = self.rings.row_of(&event.id) {
                self.rings.retire(row, &self.config.cycle);
            }
            self.docket.withdrawn(&event.id, fact.at);
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
        if self.config.has_cases() {
            self.docket.moved(&self.accounts, data, (payer, payee), fact.at);
        }
        self.docket.withdrawn(&event.id, fact.at);
        self.name(fact, data, (payer, payee), false, touched);
        touched.touch(payer, fact.at, true);
        touched.touch(payee, fact.at, true);
        self.touch_beyond(payee, i64::MIN, (fact.at, Day(i32::MAX)), touched);
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
        for (edge, passed_on) in fresh {
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
            if *passed_on {
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
}

/// Looks around every touched account of this share.
fn look(
    book: &mut Book,
    sight: Sight<'_>,
    share: Share,
    touched: &Touched,
    today: Day,
) -> Vec<FlowDelta> {
    let mut deltas = Vec::new();
    for (account, touch) in &touched.accounts {
        if !share.owns(sight.accounts.key(*account)) {
            continue;
        }
        let (before, now) = book.look(sight, *account, today, touch.again);
        let before = before.into_iter().map(|i| (i.id.clone(), i)).collect();
        compare(before, now, |_| touch.at, &mut deltas);
    }
    deltas
}

fn tell_rings(
    rings: &mut Rings,
    sight: Sight<'_>,
    share: Share,
    touched: &Touched,
) -> Vec<FlowDelta> {
    let (before, now) = rings.tell(sight);
    let mut deltas = Vec::new();
    let at = |instance: &Instance| {
        let touch = |token: &Arc<str>| {
            let account = sight.accounts.known(token)?;
            touched.accounts.get(&account).map(|t| t.at)
        };
        instance.accounts.iter().filter_map(touch).max().unwrap_or(touched.at)
    };
    compare(before, now, at, &mut deltas);
    deltas.retain(|d| share.owns(stable_hash(d.instance.id.as_bytes())));
    deltas
}

/// What is looked at whole: cases of the accounts and firms of this share.
fn tell_docket(docket: &mut Docket, sight: Sight<'_>, share: Share, today: Day) -> Vec<FlowDelta> {
    let mut deltas = Vec::new();
    for turn in docket.turn(sight, |key| share.owns(key), today) {
        let before = turn.before.into_iter().map(|i| (i.id.clone(), i)).collect();
        compare(before, turn.now, |_| turn.at, &mut deltas);
    }
    deltas
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
