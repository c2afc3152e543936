//! Do enterprises stand against their peers as the norms of the month say?

use super::history::shown;
use super::*;
use crate::event::{Account, Transfer};
use crate::risk::peers::Offers;
use proptest::prelude::*;

/// The model that compares with peers.
fn model() -> Arc<Config> {
    static MODEL: OnceLock<Arc<Config>> = OnceLock::new();
    let of = || {
        let mut config: Config =
            toml::from_str(include_str!("../../../models/dongfang/2026.3/indicators.toml"))
                .expect("the shipped file");
        config.lexicon =
            toml::from_str(include_str!("../../../models/dongfang/2026.3/lexicon.toml"))
                .expect("the shipped file");
        let features =
            toml::from_str(include_str!("../../../models/dongfang/2026.3/features.toml"))
                .expect("the shipped file");
        config.complete(features, &[]).expect("the shipped expressions");
        Arc::new(config)
    };
    MODEL.get_or_init(of).clone()
}

/// An enterprise of one trade, with so much capital, nothing of it paid.
fn of_trade(entity: usize, on: Day, (town, industry): (&str, &str), capital: i64) -> Body {
    let Body::Established(mut data) = established(entity, on) else { unreachable!("a founding") };
    data.name = "东方鱼排餐饮有限公司".into();
    data.domicile = "八所镇".into();
    data.division = town.into();
    data.industry = Some(industry.into());
    // Each has its own representative: what ties give is not asked here.
    data.legal_rep = Person(Some(PersonKey(1_000 + entity as u128)));
    data.subscribed_fen = Some(Fen::yuan(capital));
    Body::Established(data)
}

const TRADE: (&str, &str) = ("469007100", "H6210");

/// So many alike, the first with a hundred times the capital of the others.
fn alike(count: usize) -> Vec<Fact> {
    let born = START.plus(-200);
    (0..count)
        .map(|n| {
            let capital = if n == 0 { 90_000_000 } else { 900_000 };
            fact(&format!("e{n:02}"), n, START, of_trade(n, born, TRADE, capital))
        })
        .collect()
}

fn line(run: &mut Run, entity: usize, indicator: &str) -> i32 {
    let indices = run.close();
    let mine = indices.iter().find(|index| index.entity == EntityId::nth(entity as u32));
    let lines = mine.into_iter().flat_map(|index| &index.contributions);
    lines.filter(|line| &*line.indicator == indicator).map(|line| line.points).sum()
}

#[test]
fn ten_make_a_norm_and_nine_do_not() {
    // The fourth of the codes is a sole trader's and counts for nobody.
    for (count, points) in [(10, 0), (11, 8)] {
        let mut run = Run::new(&model());
        run.day(&alike(count), &[], &[]);
        run.until(Day::of(2026, 1, 31));
        assert_eq!(line(&mut run, 0, "B04"), 0, "the month in which they came");
        run.until(Day::of(2026, 2, 1));
        assert_eq!(line(&mut run, 0, "B04"), points, "{count}, one of them a sole trader");
        assert_eq!(line(&mut run, 1, "B04"), 0, "one like the others");
    }
}

#[test]
fn what_is_new_counts_from_the_next_month_and_what_was_wrong_at_once() {
    let mut run = Run::new(&model());
    let all = alike(11);
    run.day(&all, &[], &[]);
    run.until(Day::of(2026, 2, 10));
    assert_eq!(line(&mut run, 0, "B04"), 8);
    // A peer that comes now counts from the next month on.
    let tenth = fact("e10b", 11, Day::of(2026, 2, 11), of_trade(11, START, TRADE, 900_000));
    run.day(&[tenth], &[], &[]);
    // One that was never there goes at once: nine are left of the month before.
    run.day(&[retired(&all[10], Day::of(2026, 2, 12))], &[], &[]);
    assert_eq!(line(&mut run, 0, "B04"), 0);
    run.day(&[all[10].clone()], &[], &[]);
    assert_eq!(line(&mut run, 0, "B04"), 8, "it was there after all");
    // Its own capital was a slip of the pen.
    let right = fact("e00b", 0, Day::of(2026, 2, 14), of_trade(0, START, TRADE, 900_000));
    run.day(&[retired(&all[0], Day::of(2026, 2, 14)), right.clone()], &[], &[]);
    assert_eq!(line(&mut run, 0, "B04"), 0);
    run.day(&[retired(&right, Day::of(2026, 2, 15)), all[0].clone()], &[], &[]);
    assert_eq!(line(&mut run, 0, "B04"), 8);
}

#[test]
fn as_many_complaints_as_the_trade_has_are_no_surprise() {
    let mut run = Run::new(&model());
    let mut facts = alike(12);
    for firm in 4..12 {
        for n in 0..6u16 {
            let (ticket, token) = (firm as u16 * 50 + n, 1_000 + firm as u16 * 50 + n);
            let known = Day::of(2026, 1, 3 + 4 * i32::from(n));
            facts.push(fact(&format!("k{ticket}"), firm, known, complaint(firm, ticket, token, 1)));
        }
    }
    run.day(&facts, &[], &[]);
    run.until(Day::of(2026, 2, 1));
    let month = Day::of(2026, 2, 20);
    let many = |firm: usize, count: u16| -> Vec<Fact> {
        (0..count)
            .map(|n| {
                let (ticket, token) = (5_000 + n, 9_000 + n);
                fact(&format!("m{ticket}"), firm, month, complaint(firm, ticket, token, 1))
            })
            .collect()
    };
    run.until(month.plus(-1));
    run.day(&many(1, 20), &[], &[]);
    // Its own burst is past after thirty days; that peers have far fewer is not.
    run.until(month.plus(45));
    assert!(line(&mut run, 1, "P01") >= 6, "{}", line(&mut run, 1, "P01"));
    assert_eq!(line(&mut run, 5, "P01"), 0);
}

#[test]
fn what_cannot_be_compared_is_told_with_its_place() {
    let shipped = include_str!("../../../models/dongfang/2026.3/features.toml");
    for (from, to, says) in [
        (
            "of = \"subscribed_yuan\"",
            "of = \"subscribed_yaun\"",
            "did you mean \"subscribed_yuan\"?",
        ),
        ("of = \"complaints_90d\"", "of = \"subscribed_yuan\"", "only a count"),
        ("of = \"energy_per_revenue_3m\"", "of = \"industry\"", "a number from facts"),
        ("of = \"energy_per_revenue_3m\"", "of = \"energy_to_peers\"", "a number from facts"),
        ("ages = [12, 36, 120]", "ages = [12, 12]", "ages rise"),
        ("alike = [[\"division\", \"town\", \"age\"], ", "alike = [[], ", "nothing in common"),
    ] {
        assert!(shipped.contains(from), "{from}");
        let mut config = Config::clone(&model());
        let features = toml::from_str(&shipped.replacen(from, to, 1)).expect("a catalogue");
        let fault = config.complete(features, &[]).expect_err(says);
        assert!(fault.message.contains(says), "{}", fault.message);
        assert_eq!(fault.file, "features.toml");
    }
}

/// A payment from somebody unknown.
fn paid(entity: usize, yuan: i64) -> Body {
    let account = |token: &str, party| Account { account: token.into(), party, bank: None };
    Body::Transfer(Box::new(Transfer {
        txn_id: "T".into(),
        payer: account("A:1", None),
        payee: account("A:2", Some(Party::Enterprise(Mention::of(code(entity))))),
        amount_fen: Fen::yuan(yuan),
        currency: None,
        amount_minor: None,
        cash: false,
        channel: None,
        purpose: Some("货款".into()),
        regime: None,
        line: None,
        programme: None,
    }))
}

/// A fact about one of many of two trades in two towns.
fn random_fact(n: usize, today: Day, (what, entity, a, b): (u8, usize, u16, u16)) -> Fact {
    let trade = (
        ["469007100", "469007101"][usize::from(a % 5 == 0)],
        ["H6210", "H6220", "F5211"][usize::from(b % 7).min(2)],
    );
    let earlier = today.plus(-i32::from(a % 500));
    let month = Month(today.month().0 - i32::from(a % 4));
    let body = match what % 7 {
        _ if what % 11 > 8 => paid(entity, i64::from(b % 50) * 4_000 + 1),
        0 | 1 => of_trade(entity, earlier, trade, i64::from(b % 40 + 1) * 50_000),
        2 => complaint(entity, a % 200, b % 90, 1),
        3 | 4 => Body::Activity(Box::new(Activity {
            uscc: code(entity),
            month,
            revenue_fen: Some(Fen::yuan(1_000 + i64::from(b % 3) * 40_000)),
            tax_fen: Some(Fen::ZERO),
            energy_kwh: Some(f64::from(b % 50) * 100.0),
            water_m3: None,
            emission_kg: None,
            stock_units: None,
        })),
        _ => Body::Changed(Box::new(Changed {
            uscc: code(entity),
            approved_on: today,
            changes: vec![Change::Subscribed {
                before: None,
                after: Fen::yuan(i64::from(b) * 9_000),
            }],
        })),
    };
    fact(&format!("f{n:03}"), entity, today, body)
}

/// Two workers who tell each other their offers.
struct Shared(Vec<Risk>, Graph);

impl Shared {
    fn new(config: &Arc<Config>) -> Self {
        let share = |index| Share::new(index, 2).expect("two shares");
        Self((0..2).map(|n| Risk::new(config.clone(), share(n))).collect(), Graph::default())
    }

    fn day(&mut self, facts: &[Fact], today: Day) {
        let Self(risks, graph) = self;
        let delta = graph.apply(facts, today);
        let learned = risks.iter_mut().map(|risk| risk.learn(facts, today));
        let offers: Vec<Offers> = learned.collect();
        let offers: Vec<&Offers> = offers.iter().rev().collect();
        for risk in risks {
            let (graph, delta, offers) = (&*graph, &delta, &offers[..]);
            risk.apply(Inputs { graph, delta, facts, pairs: &[], flows: &[], offers, today });
        }
    }

    fn close(&mut self, today: Day) -> Vec<Arc<Index>> {
        let Self(risks, graph) = self;
        let mut all: Vec<Arc<Index>> =
            risks.iter_mut().flat_map(|risk| risk.close(graph, today)).collect();
        all.sort_by_key(|index| index.entity);
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// After any history, what is held is what recomputing gives, for one worker and for two.
    #[test]
    fn incremental_equals_recomputed_for_any_number_of_workers(
        steps in prop::collection::vec(
            (0i32..9, any::<u8>(), 0usize..24, any::<u16>(), any::<u16>()), 30..90,
        ),
    ) {
        let config = model();
        let (mut run, mut two) = (Run::new(&config), Shared::new(&config));
        let mut held: Vec<Fact> = Vec::new();
        for (n, (gap, what, entity, a, b)) in steps.into_iter().enumerate() {
            run.until(run.today.plus(gap));
            for quiet in 0..gap {
                two.day(&[], run.today.plus(quiet + 1 - gap));
            }
            let today = run.today.plus(1);
            let step = if what % 7 == 6 && !held.is_empty() {
                retired(&held.remove(usize::from(a) % held.len()), today)
            } else {
                // One in three was known to its source long before it came.
                let known = if b % 3 == 0 { today.plus(-i32::from(a % 80)) } else { today };
                let new = random_fact(n, known, (what, entity, a, b));
                held.push(new.clone());
                new
            };
            run.day(std::slice::from_ref(&step), &[], &[]);
            two.day(std::slice::from_ref(&step), today);
            let mine = shown(&run.close());
            prop_assert_eq!(&mine, &shown(&two.close(today)), "two workers on {}", today);
            let mut fresh = Run::new(&config);
            fresh.today = today.plus(-1);
            fresh.day(&held, &[], &[]);
            prop_assert_eq!(&mine, &shown(&fresh.close()), "from scratch on {}", today);
        }
    }
}
