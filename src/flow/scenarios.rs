//! Shapes from life: what must be found, and what must not.

use super::FlowKind;
use super::tests::{Pay, kinds, pay, run};

fn person(i: usize) -> String {
    format!("P{i}")
}

/// 60 persons pay a shell, which spreads to three firms, whose money comes back.
#[test]
fn v17_shell_network() {
    let mut pays: Vec<Pay> = Vec::new();
    for i in 0..60 {
        let yuan = 48_000 + (i as i64 * 7 % 13) * 1_000;
        pays.push(pay(&person(i), "Eshell", yuan, (i % 9) as i32, 9 + (i % 8) as i64));
    }
    let total: i64 = pays.iter().map(|p| p.yuan).sum();
    for (k, firm) in ["Ea", "Eb", "Ec"].into_iter().enumerate() {
        let part = total * (30 + k as i64) / 100;
        pays.push(pay("Eshell", firm, part, 10, 10 + k as i64).for_("货款"));
        let next = format!("{firm}x");
        pays.push(pay(firm, &next, part * 99 / 100, 11, 11).for_("服务费"));
        pays.push(pay(&next, "Eshell", part * 98 / 100, 12, 11).for_("咨询费"));
    }
    let found = run(&pays);
    let kinds = kinds(&found);
    assert!(kinds.contains(&FlowKind::FanIn) && kinds.contains(&FlowKind::Cycle), "{kinds:?}");
    let fan = found.values().find(|i| i.kind == FlowKind::FanIn).unwrap();
    assert!(fan.transfers.len() >= 63 && !fan.subjects.is_empty());
}

/// Small round deposits of the public, and monthly returns.
#[test]
fn v18_fundraising() {
    let mut pays = Vec::new();
    for i in 0..80 {
        let yuan = 10_000 * (1 + (i % 5) as i64);
        pays.push(pay(&person(i), "Ewell", yuan, (i / 2) as i32, 10).for_("养老项目款"));
    }
    for month in 1..4 {
        for i in 0..30 {
            pays.push(pay("Ewell", &person(i), 450, month * 30, 15).for_("返利"));
        }
    }
    let found = run(&pays);
    assert_eq!(kinds(&found), [FlowKind::Fundraising]);
    assert!(found.values().all(|i| i.suspicion > 0.7), "{found:#?}");
}

#[test]
fn v19_structuring() {
    let cash: Vec<Pay> =
        (0..9).map(|i| pay("P1", "Ex", 48_000, i / 5, 9 + i64::from(i % 5)).in_cash()).collect();
    assert_eq!(kinds(&run(&cash)), [FlowKind::Structuring]);
    let firm: Vec<Pay> =
        (0..6).map(|i| pay("Ea", "Eb", 1_900_000, i / 2, 10).for_("货款")).collect();
    assert_eq!(kinds(&run(&firm)), [FlowKind::Structuring]);
    let group: Vec<Pay> = (0..9)
        .map(|i| pay(&person(i), "Ex", 47_000 + 300 * i as i64, (i / 5) as i32, 9).in_cash())
        .collect();
    assert_eq!(kinds(&run(&group)), [FlowKind::Structuring], "many payers, one payee");
    let plain: Vec<Pay> =
        (0..9).map(|i| pay("P1", "Ex", 8_000 * (1 + i64::from(i)), i / 3, 9).in_cash()).collect();
    assert!(run(&plain).is_empty());
}

#[test]
fn v20_dormant_wake() {
    let mut pays = vec![pay("Ex", "Ey", 30_000, 0, 9), pay("Ez", "Ex", 40_000, 3, 9)];
    pays.push(pay("Eq", "Ex", 8_000_000, 700, 9).for_("往来款"));
    pays.push(pay("Ex", "Er", 7_950_000, 700, 15).for_("往来款"));
    assert!(kinds(&run(&pays)).contains(&FlowKind::DormantWake));
}

/// Six firms take three to five percent each: the ring keeps 81 % and every hop nearly all.
#[test]
fn long_ring_with_fees() {
    let mut yuan = 3_000_000;
    let ring: Vec<Pay> = (0..6)
        .map(|i| {
            let (from, to) = (format!("Er{i}"), format!("Er{}", (i + 1) % 6));
            yuan = yuan * (97 - i64::from(i % 3)) / 100;
            pay(&from, &to, yuan, i, 10)
        })
        .collect();
    assert_eq!(kinds(&run(&ring)), [FlowKind::Cycle]);
    let mut loose = ring;
    loose[3].yuan = loose[3].yuan * 80 / 100;
    assert!(run(&loose).is_empty(), "one hop keeps too little");
}

/// Four times in a month money comes in and leaves the next day, in pieces.
#[test]
fn quick_in_quick_out() {
    let mut pays = Vec::new();
    for turn in 0..4 {
        let day = turn * 6;
        pays.push(pay("Epayer", "Emule", 900_000, day, 9).for_("货款"));
        pays.push(pay(&format!("Eother{turn}"), "Emule", 300_000, day, 11).for_("货款"));
        pays.push(pay("Emule", "Ea", 700_000, day, 15).for_("服务费"));
        pays.push(pay("Emule", "Eb", 470_000, day + 1, 10).for_("咨询费"));
    }
    let found = run(&pays);
    assert_eq!(kinds(&found), [FlowKind::PassThrough], "{found:#?}");
    assert!(found.values().all(|i| i.transfers.len() == 16 && i.suspicion >= 0.6));
}

/// Salaries of 800 persons every month, a day of refunds, an agent that pays for others.
#[test]
fn n19_payroll_and_refunds() {
    let mut pays = Vec::new();
    for month in 0..3 {
        pays.push(pay("Eclient", "Eagent", 6_000_000, month * 30, 9).for_("代发工资款"));
        for i in 0..800 {
            let yuan = 5_000 + (i as i64 * 37) % 4_000;
            pays.push(pay("Eagent", &person(i), yuan, month * 30 + 1, 10).for_("工资"));
        }
    }
    for i in 0..300 {
        let shopper = format!("Pbuyer{i}");
        pays.push(pay("Eshop", &shopper, 1_200 + i64::from(i), 40, 10).for_("订单退款"));
    }
    pays.push(pay("Ebank", "Eshop", 900_000, 39, 10).for_("货款"));
    assert!(run(&pays).is_empty());
}

/// Payroll without a word on its purpose: known by its rhythm once it repeats.
#[test]
fn n19_silent_payroll() {
    let mut pays = Vec::new();
    for month in 0..4 {
        pays.push(pay("Ecustomer", "Emill", 900_000, month * 30, 9).for_("货款"));
        for i in 0..120 {
            pays.push(pay("Emill", &person(i), 6_100 + i as i64, month * 30 + 2, 10));
        }
    }
    assert!(run(&pays).is_empty());
}

/// A supermarket, a school and a property manager over half a year.
#[test]
fn n20_platforms() {
    let mut pays = Vec::new();
    for day in 0..180 {
        for i in 0..12 {
            let who = person((day * 7 + i * 13) % 400);
            let yuan = 20 + ((day * 31 + i * 17) % 300) as i64;
            let yuan = yuan * 20;
            pays.push(pay(&who, "Emarket", yuan, day as i32, 9 + (i % 10) as i64).for_("消费"));
        }
        if day % 3 == 2 {
            pays.push(pay("Emarket", "Esupplier", 80_000, day as i32, 20).for_("货款"));
        }
        if day % 30 == 10 {
            pays.push(pay("Emarket", "Elandlord", 20_000, day as i32, 9).for_("房租"));
            pays.push(pay("Emarket", "Etaxoffice", 9_000, day as i32, 9).for_("增值税"));
        }
    }
    for i in 0..500 {
        let day = 150 + (i % 5);
        pays.push(pay(&format!("Pparent{i}"), "Eschool", 6_000, day, 10).for_("学费"));
        pays.push(pay(&format!("Powner{i}"), "Eproperty", 2_400, day, 10).for_("物业费"));
    }
    pays.push(pay("Eschool", "Ebuilder", 2_500_000, 158, 10).for_("工程款"));
    assert!(run(&pays).is_empty());
}

/// A group sweeps its siblings' accounts every day. All accounts are of the group.
#[test]
fn n21_own_accounts() {
    let mut pays = Vec::new();
    for day in 0..60 {
        let yuan = 300_000 + i64::from(day) * 1_000;
        pays.push(pay("Egroup/1", "Egroup/2", yuan, day, 9));
        pays.push(pay("Egroup/2", "Egroup/3", yuan, day, 10));
        pays.push(pay("Egroup/3", "Egroup/1", yuan, day, 11));
    }
    assert!(run(&pays).is_empty());
}

/// An ordinary trading town: suppliers, customers, wages, rent, tax.
#[test]
fn ordinary_business_is_quiet() {
    let mut pays = Vec::new();
    let mut seed = 12_345u64;
    let mut draw = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    for firm in 0..150 {
        let name = format!("E{firm}");
        for month in 0..12 {
            for _ in 0..4 + draw(8) {
                let other = format!("E{}", (firm + 1 + draw(12)) % 150);
                let yuan = 1_000 * (5 + draw(800)) as i64;
                let day = month * 30 + draw(30) as i32;
                pays.push(pay(&name, &other, yuan, day, 8 + draw(9) as i64).for_("货款"));
            }
            for i in 0..5 + firm % 20 {
                let who = format!("Pstaff{firm}-{i}");
                let yuan = 5_000 + draw(3_000) as i64;
                pays.push(pay(&name, &who, yuan, month * 30 + 10, 10).for_("工资"));
            }
            pays.push(
                pay(&name, "Etax", 3_000 + draw(9_000) as i64, month * 30 + 15, 9).for_("税款"),
            );
            pays.push(pay(&name, "Elandlord", 8_000, month * 30 + 1, 9).for_("房租"));
        }
    }
    pays.retain(|p| p.from != p.to);
    let found = run(&pays);
    assert!(found.len() <= 1, "{found:#?}");
}
