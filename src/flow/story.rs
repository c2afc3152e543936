//! How is it told? From transfers and lines to an instance.
//!
//! Invariant: the id depends only on kind, first account and first transfer; no account number and
//! no person stands in a text. Must not know: searches.

use super::sight::{Finding, Line, Receipt, Sight, transfer, yuan};
use super::window::{AccountNo, Window};
use super::{FlowKind, Instance};
use crate::event::{Event, Transfer};
use crate::id::{EventId, stable_hash};
use crate::money::Fen;
use crate::text::{Evidence, Text};
use crate::time::Time;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A transfer of an instance; it outlives its place in the window.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Leg {
    /// Its row.
    pub(super) row: u32,
    /// When.
    pub(super) at: i64,
    /// From.
    pub(super) payer: AccountNo,
    /// To.
    pub(super) payee: AccountNo,
    /// What the feed said.
    #[serde(with = "crate::shared")]
    pub(super) event: Arc<Event>,
}

impl Leg {
    /// The leg of a row that is held, at its moment.
    pub(super) fn of(window: &Window<Receipt>, row: u32, at: i64) -> Option<Self> {
        let (payer, payee) = window.ends(row)?;
        Some(Self { row, at, payer, payee, event: window.key(row)?.0.clone() })
    }

    /// The data.
    pub(super) fn transfer(&self) -> &Transfer {
        transfer(&self.event).expect("only transfers come into the window")
    }

    /// Order of time, then of ids.
    pub(super) fn order(&self) -> (i64, &EventId) {
        (self.at, &self.event.id)
    }
}

/// What an instance is made of.
pub(super) struct Parts<'a> {
    /// The pattern.
    pub(super) kind: FlowKind,
    /// The account around which it is, if there is one.
    pub(super) centre: Option<AccountNo>,
    /// In order of time.
    pub(super) legs: &'a [&'a Leg],
    /// For and against.
    pub(super) finding: &'a Finding,
    /// The highest suspicion so far.
    pub(super) suspicion: f64,
}

/// The instance of these parts.
pub(super) fn instance(sight: Sight<'_>, parts: &Parts<'_>) -> Instance {
    let accounts = sight.accounts;
    let legs = parts.legs;
    let (first, last) = (legs[0], legs[legs.len() - 1]);
    let order = order(parts);
    let centre = parts.centre.and_then(|account| accounts.firm(account));
    let firms = order.iter().filter_map(|a| accounts.firm(*a));
    let mut subjects: Vec<_> = firms.filter(|firm| !is_trader(sight, *firm)).collect();
    let bearer = centre.or(subjects.first().copied());
    subjects.sort_unstable();
    subjects.dedup();
    let total: Fen = legs.iter().map(|leg| leg.transfer().amount_fen).sum();
    let (mut evidence, mut against) = (Vec::new(), Vec::new());
    for line in &parts.finding.lines {
        let told = told(line, sight.window);
        if line.weight < 0.0 { against.push(told) } else { evidence.push(told) }
    }
    evidence.push(summary(legs, total, order.len()));
    let named = parts.centre.unwrap_or(order[0]);
    let seed = format!("{}|{}|{}", parts.kind.pattern(), accounts.token(named), first.event.id);
    Instance {
        id: format!("flow-{}-{:016x}", parts.kind.pattern(), stable_hash(seed.as_bytes())),
        kind: parts.kind,
        accounts: order.iter().map(|a| accounts.token(*a).clone()).collect(),
        transfers: legs.iter().map(|leg| (*leg.transfer().txn_id).into()).collect(),
        first_at: Time(first.at),
        last_at: Time(last.at),
        total,
        subjects,
        centre,
        bearer,
        evidence,
        against,
        suspicion: (parts.suspicion * 1e4).round() / 1e4,
    }
}

/// A sole trader that the transfer named without its code.
fn is_trader(sight: Sight<'_>, firm: crate::id::EntityId) -> bool {
    let code = sight.graph.profile(firm).and_then(|profile| profile.uscc);
    code.is_some_and(|code| code.is_sole_trader())
}

/// Accounts: payers, the centre, payees; without a centre in order of appearance.
fn order(parts: &Parts<'_>) -> Vec<AccountNo> {
    let mut order = Vec::new();
    let mut seen = FxHashSet::default();
    let mut add = |account: AccountNo| {
        if seen.insert(account) {
            order.push(account);
        }
    };
    match parts.centre {
        Some(centre) if parts.kind != FlowKind::ScatterGather => {
            for leg in parts.legs.iter().filter(|l| l.payee == centre) {
                add(leg.payer);
            }
            add(centre);
            for leg in parts.legs {
                add(leg.payee);
            }
        }
        _ => {
            for leg in parts.legs {
                add(leg.payer);
                add(leg.payee);
            }
        }
    }
    order
}

fn told(line: &Line, window: &Window<Receipt>) -> Evidence {
    let keys = line.rows.iter().filter_map(|row| window.key(*row));
    let events = sorted(keys.map(|key| key.0.id.clone()));
    Evidence { statement: line.text.clone(), weight: line.weight, events }
}

/// The events of a line of evidence: in order, without repeats.
pub(super) fn sorted(events: impl Iterator<Item = EventId>) -> Vec<EventId> {
    let mut events: Vec<EventId> = events.collect();
    events.sort_unstable();
    events.dedup();
    events
}

fn summary(legs: &[&Leg], total: Fen, accounts: usize) -> Evidence {
    let (first, last) = (Time(legs[0].at), Time(legs[legs.len() - 1].at));
    let events = sorted(legs.iter().map(|leg| leg.event.id.clone()));
    let (n, sum) = (legs.len(), yuan(total.0));
    let (from, to) = (first.day(), last.day());
    let statement = Text::new(
        format!("共{n}笔、{sum}元，{from}至{to}，涉及{accounts}个账户"),
        format!("{n} transfers, {sum} yuan in all, {from} to {to}, {accounts} accounts"),
    );
    Evidence { statement, weight: 0.0, events }
}
