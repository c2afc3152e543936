//! Helpers, and properties that hold for any transfers.

use super::{Config, Flow, FlowDelta, FlowKind, Instance};
use crate::entity::{Fact, FactOp, Forms, mention_key};
use crate::event::ledger::Lineage;
use crate::event::{AccessBasis, Account, Body, Event, EventType, Mention, Op, Party, Person};
use crate::event::{Programme, Transfer};
use crate::graph::{Delta, Graph};
use crate::id::{EntityId, EventId, PersonKey, Share};
use crate::money::Fen;
use crate::time::{Day, Time};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn config() -> Config {
    let mut config: Config =
        toml::from_str(include_str!("../../models/dongfang/2026.1/flow.toml")).unwrap();
    assert!(!config.enabled, "off unless switched on");
    config.enabled = true;
    config
}

/// Money from one account to another. Accounts `E…` belong to enterprises, `P…` to persons, others
/// to nobody known.
#[derive(Clone, Debug)]
pub(super) struct Pay {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) yuan: i64,
    pub(super) at: Time,
    pub(super) purpose: &'static str,
    pub(super) cash: bool,
}

pub(super) fn start() -> Day {
    Day::of(2026, 1, 5)
}

pub(super) fn pay(from: &str, to: &str, yuan: i64, day: i32, hour: i64) -> Pay {
    let at = start().plus(day).start().plus_hours(hour);
    Pay { from: from.into(), to: to.into(), yuan, at, purpose: "", cash: false }
}

impl Pay {
    pub(super) fn for_(mut self, purpose: &'static str) -> Self {
        self.purpose = purpose;
        self
    }

    pub(super) fn in_cash(mut self) -> Self {
        self.cash = true;
        self
    }
}

fn number(token: &str) -> u32 {
    token.bytes().fold(7, |n, b| n.wrapping_mul(31).wrapping_add(u32::from(b)))
}

fn side(token: &str) -> Account {
    let party = match token.as_bytes()[0] {
        b'E' => {
            let name = token.split('/').next().unwrap_or(token);
            Some(Party::Enterprise(Mention { name: Some(name.into()), ..Mention::default() }))
        }
        b'P' => Some(Party::Person(Person(Some(PersonKey(u128::from(number(token))))))),
        _ => None,
    };
    Account { account: token.into(), party, bank: None }
}

pub(super) fn fact(i: usize, pay: &Pay, op: FactOp, at: Time) -> Fact {
    let (payer, payee) = (side(&pay.from), side(&pay.to));
    let mentions = [&payer, &payee]
        .into_iter()
        .filter_map(|s| match &s.party {
            Some(Party::Enterprise(m)) => {
                Some((mention_key(m), EntityId::nth(number(m.name.as_deref()?))))
            }
            _ => None,
        })
        .collect();
    let id = EventId::new("urn:test:bank", &format!("t{i:05}"));
    let event = Event {
        id: id.clone(),
        time: pay.at,
        subject: None,
        op: Op::Assert,
        access_basis: Some(AccessBasis::Referral),
        kind: EventType::Transfer,
        body: Body::Transfer(Box::new(Transfer {
            txn_id: format!("X{i}").into(),
            payer,
            payee,
            amount_fen: Fen::yuan(pay.yuan),
            currency: None,
            amount_minor: None,
            cash: pay.cash,
            channel: None,
            purpose: (!pay.purpose.is_empty()).then(|| pay.purpose.into()),
            regime: None,
            line: None,
            programme: None::<Programme>,
        })),
    };
    let forms = Arc::new(Forms::default());
    Fact { event: Arc::new(event), op, at, by: id, subject: None, mentions, forms, lineage: None }
}

pub(super) type Held = BTreeMap<String, Arc<Instance>>;

pub(super) fn hold(held: &mut Held, deltas: Vec<FlowDelta>) {
    for delta in deltas {
        assert!(delta.instance.evidence.len() >= 3, "{:?}", delta.instance);
        if delta.fallen {
            assert!(held.remove(&delta.instance.id).is_some(), "fell without having been");
        } else {
            held.insert(delta.instance.id.clone(), delta.instance);
        }
    }
}

/// Steps of knowledge by day.
pub(super) fn days(facts: Vec<Fact>) -> BTreeMap<Day, Vec<Fact>> {
    let mut days: BTreeMap<Day, Vec<Fact>> = BTreeMap::new();
    for fact in facts {
        days.entry(fact.at.day()).or_default().push(fact);
    }
    for facts in days.values_mut() {
        facts.sort_by(|a, b| (a.at, &a.event.id).cmp(&(b.at, &b.event.id)));
    }
    days
}

pub(super) fn run_facts(facts: Vec<Fact>, share: Share, config: &Config) -> Held {
    let mut flow = Flow::new(Arc::new(config.clone()), share);
    let mut held = Held::new();
    for (day, facts) in days(facts) {
        hold(&mut held, flow.apply(&Graph::default(), &Delta::default(), &facts, day));
    }
    held
}

pub(super) fn run(pays: &[Pay]) -> Held {
    let facts = pays.iter().enumerate().map(|(i, p)| fact(i, p, FactOp::Assert, p.at)).collect();
    run_facts(facts, Share::WHOLE, &config())
}

pub(super) fn kinds(held: &Held) -> Vec<FlowKind> {
    let mut kinds: Vec<FlowKind> = held.values().map(|i| i.kind).collect();
    kinds.sort_unstable();
    kinds
}

/// A configuration under which small random data holds every pattern.
fn eager() -> Config {
    let mut config = config();
    config.report_from = 0.3;
    config.cycle.amount_yuan = 1;
    (config.cycle.retention, config.cycle.retention_long) = (0.5, 0.5);
    for fan in [&mut config.fan_in, &mut config.fan_out] {
        (fan.parties, fan.total_yuan, fan.concentrated) = (3, 1, 0.3);
    }
    (config.gather_scatter.parties, config.gather_scatter.total_yuan) = (3, 1);
    config.fan_out.window_days = 20;
    (config.scatter_gather.middlemen, config.scatter_gather.total_yuan) = (2, 1);
    config.scatter_gather.retention = 0.5;
    (config.pass_through.times, config.pass_through.dominance) = (1, 0.4);
    (config.pass_through.amount_yuan, config.pass_through.total_yuan) = (1, 1);
    (config.structuring.times, config.structuring.cash_yuan) = (2, 110);
    config.structuring.corporate_yuan = 120;
    (config.dormant_wake.idle_days, config.dormant_wake.total_yuan) = (20, 1);
    config.dormant_wake.times_history = 1.2;
    (config.fundraising.parties, config.fundraising.returned) = (2, 1);
    (config.fundraising.deposit_min_yuan, config.fundraising.round) = (1, 0.0);
    config.fundraising.return_part = 1.5;
    config
}

fn pays() -> impl Strategy<Value = Vec<Pay>> {
    let token = prop::sample::select(vec!["E1", "E2", "E2/b", "E3", "P1", "P2", "P3", "U1", "U2"]);
    let purpose = prop::sample::select(vec!["", "", "", "货款", "返利", "工资"]);
    let one = (token.clone(), token, 80i64..125, 0i32..90, 0i64..24, purpose, any::<bool>());
    prop::collection::vec(one, 0..120).prop_map(|list| {
        list.into_iter()
            .filter(|p| p.0 != p.1)
            .map(|(from, to, yuan, day, hour, purpose, cash)| Pay {
                cash,
                ..pay(from, to, yuan, day, hour).for_(purpose)
            })
            .collect()
    })
}

/// The properties below say nothing unless their data hold every pattern.
#[test]
fn random_data_hold_every_pattern() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<FlowKind, usize> = BTreeMap::new();
    for _ in 0..96 {
        let pays = pays().new_tree(&mut runner).unwrap().current();
        let facts = pays.iter().enumerate().map(|(i, p)| fact(i, p, FactOp::Assert, p.at));
        for kind in kinds(&run_facts(facts.collect(), Share::WHOLE, &eager())) {
            *seen.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
    assert!(seen.values().all(|n| *n >= 9), "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn incremental_equals_recomputation(
        pays in pays(),
        gone in prop::collection::vec(prop::option::weighted(0.2, 0i32..40), 120),
        late in prop::collection::vec(prop::option::weighted(0.2, 1i32..30), 120),
    ) {
        let (mut known, mut left) = (Vec::new(), Vec::new());
        for (i, p) in pays.iter().enumerate() {
            let at = late[i].map_or(p.at, |days| p.at.plus_days(i64::from(days)));
            known.push(fact(i, p, FactOp::Assert, at));
            match gone[i] {
                Some(days) => {
                    let at = at.plus_days(i64::from(days)).plus_hours(1);
                    known.push(fact(i, p, FactOp::Retire, at));
                }
                None => left.push(fact(i, p, FactOp::Assert, p.at)),
            }
        }
        let incremental = run_facts(known, Share::WHOLE, &eager());
        let again = run_facts(left, Share::WHOLE, &eager());
        prop_assert_eq!(incremental, again);
    }

    #[test]
    fn shares_add_up(pays in pays(), of in 2usize..5) {
        let facts = || -> Vec<Fact> {
            pays.iter().enumerate().map(|(i, p)| fact(i, p, FactOp::Assert, p.at)).collect()
        };
        let whole = run_facts(facts(), Share::WHOLE, &eager());
        let mut parts = Held::new();
        for index in 0..of {
            let part = run_facts(facts(), Share::new(index, of).unwrap(), &eager());
            let count = parts.len() + part.len();
            parts.extend(part);
            prop_assert_eq!(parts.len(), count, "found by two");
        }
        prop_assert_eq!(parts, whole);
    }
}

/// A correction replaces the amount; the transfer stays where it was in time.
#[test]
fn corrected_transfer_keeps_its_moment() {
    let ring = [("Ea", "Eb", 0), ("Eb", "Ec", 1), ("Ec", "Ea", 2)];
    let pays: Vec<Pay> = ring.iter().map(|(a, b, d)| pay(a, b, 500_000, *d, 10)).collect();
    let mut facts: Vec<Fact> =
        pays.iter().enumerate().map(|(i, p)| fact(i, p, FactOp::Assert, p.at)).collect();
    let correction = |i: usize, old: &Pay, yuan: i64, day: i32| {
        let at = start().plus(day).start();
        let mut new = fact(90 + i, &Pay { yuan, at, ..old.clone() }, FactOp::Assert, at);
        let event = Arc::make_mut(&mut new.event);
        let earlier = EventId::new("urn:test:bank", &format!("t{i:05}"));
        event.op = Op::Correct(earlier.clone());
        new.lineage = Some(Arc::new(Lineage { since: old.at, others: Box::new([earlier]) }));
        [fact(i, old, FactOp::Retire, at), new]
    };
    facts.extend(correction(1, &pays[1], 490_000, 30));
    let held = run_facts(facts.clone(), Share::WHOLE, &config());
    assert_eq!(kinds(&held), [FlowKind::Cycle]);
    let instance = held.values().next().unwrap();
    assert_eq!(instance.last_at, pays[2].at);
    assert_eq!(instance.total, Fen::yuan(1_490_000));
    facts.extend(correction(0, &pays[0], 90_000, 31));
    assert!(run_facts(facts, Share::WHOLE, &config()).is_empty(), "amounts no longer fit");
}
