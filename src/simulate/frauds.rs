//! What else is done that must be found? Money that runs in circles, batches of shells, illegal
//! fund-raising, smuggling, notices of closure against the law.
//!
//! Must not know: any window or threshold but those that the law makes public.

use super::acts::Penalty;
use super::desk::Feed;
use super::firm::{FirmNo, Kind, Owner};
use super::ledger::{Side, Terms};
use super::numbers;
use super::place::{Place, Spot};
use super::population::Background;
use super::switch::Trigger;
use super::trades::index_of;
use super::truth::{TrueFlow, TrueWarning};
use super::world::World;
use crate::time::{Day, Time};
use serde_json::json;

/// A pattern while it is planted.
struct Pattern {
    kind: &'static str,
    scenario: &'static str,
    accounts: Vec<String>,
    transfers: Vec<String>,
    subjects: Vec<String>,
}

impl Pattern {
    fn of(kind: &'static str, scenario: &'static str) -> Self {
        Self { kind, scenario, accounts: vec![], transfers: vec![], subjects: vec![] }
    }
}

const INQUIRY: &str = "registry_inquiry";
const FUNDRAISING: &str = "illegal_fundraising_inquiry";

impl World {
    /// Plants about one fraud of each kind for every 4,000 enterprises, at least one of each.
    pub(crate) fn plant_frauds(&mut self, background: &Background) {
        if self.options.positives <= 0.0 {
            return;
        }
        for _ in 0..(self.options.enterprises / 4_000).max(1) {
            self.plant_conflict();
            self.plant_shells(background);
            self.plant_laundry();
            self.plant_ring();
            self.plant_scatter();
            self.plant_fundraising();
            self.plant_structuring();
            self.plant_wake();
            self.plant_leak();
            self.plant_cold_store();
            self.plant_zero_tariff();
            self.plant_burst();
            self.plant_coast();
        }
    }

    /// A day with at least so many days before the end.
    fn fraud_day(&mut self, left: i32) -> Day {
        let span = self.end.since(self.start);
        let high = i64::from((span - left).max(31));
        self.start.plus(self.chance.range(30, high) as i32)
    }

    fn record(&mut self, pattern: Pattern) {
        self.truth.flows.push(TrueFlow {
            kind: pattern.kind.to_owned(),
            scenario: pattern.scenario.to_owned(),
            accounts: pattern.accounts,
            transfers: pattern.transfers,
            subjects: pattern.subjects,
        });
    }

    /// V9: a notice of simple deregistration while a fine is unpaid.
    fn plant_conflict(&mut self) {
        let Some(firm) = self.find_old(&[]) else { return };
        let day = self.fraud_day(60);
        self.trouble(firm, day, Trigger::Fine);
        let notice = day.plus(self.chance.range(8, 30) as i32);
        self.later(notice, move |world| {
            let at = world.now();
            world.notice(firm, at, "simple_deregistration", 20);
        });
        let subject = self.code(firm);
        self.warn_truth("deregistration_conflict", subject, "V9");
    }

    /// V16: dozens of firms in five days by one device, with nominees.
    fn plant_shells(&mut self, background: &Background) {
        let day = self.fraud_day(40);
        let agent = *self.chance.pick(&self.agents.clone());
        let print = self.chance.next();
        let tower = self.chance.below(self.atlas.towers()) as u16;
        let nominees: Vec<u32> = (0..8).map(|_| self.person()).collect();
        let count = self.chance.range(24, 40);
        let mut codes = Vec::new();
        for i in 0..count {
            let trade = self.one_trade(&["F5181", "L7259", "I6513", "F5165"]);
            let mut firm = self.draw_firm(trade, Kind::Company, day.plus((i % 5) as i32));
            firm.rep = *self.chance.pick(&nominees);
            firm.holders = vec![(Owner::Person(firm.rep), 100)];
            firm.officers = vec![(firm.rep, "manager")];
            (firm.agent, firm.fingerprint) = (Some(agent), Some(print));
            firm.liaison = Some(firm.rep);
            if self.chance.chance(0.5) {
                self.at_host(&mut firm, background.hosts[0]);
            } else {
                let room = self.chance.range(1, 9) as u8;
                let spot = Spot::Tower { tower, block: 0, floor: 17, room };
                firm.place = Place { town: 0, spot };
            }
            (firm.reserved, firm.reports_staff, firm.pace) = (true, false, 0.0);
            codes.push(firm.code.clone());
            self.admit_new(firm);
        }
        self.truth.warnings.push(TrueWarning {
            kind: "batch_shells".into(),
            subject: codes[0].clone(),
            subjects: codes,
            scenario: "V16".into(),
        });
    }

    /// A young firm without business, as launderers use.
    fn shell(&mut self) -> FirmNo {
        let birthday = self.old_birthday(30);
        let mut firm = self.draw_firm(index_of("F5181"), Kind::Company, birthday);
        (firm.reserved, firm.reports_staff, firm.pace) = (true, false, 0.02);
        self.admit_old(firm)
    }

    /// V17: sixty savers into a shell, on to three firms, and back to the shell.
    fn plant_laundry(&mut self) {
        let day = self.fraud_day(40);
        let shell = self.shell();
        let three: Vec<FirmNo> = (0..3).map(|_| self.shell()).collect();
        let mut inflow = Pattern::of("fan_in", "V17");
        let hub = self.side(shell);
        inflow.accounts.push(hub.account.clone());
        inflow.subjects.push(self.code(shell));
        let savers = self.chance.range(45, 70);
        let mut sum = 0;
        for i in 0..savers {
            let saver = self.new_saver();
            let at = self.moment(day.plus((i % 6) as i32));
            let fen = self.chance.range(20, 480) * 10_000;
            sum += fen;
            inflow.accounts.push(saver.account.clone());
            let terms = Terms::of("往来款").under(INQUIRY);
            inflow.transfers.push(self.transfer((&saver, &hub), at, fen, terms));
        }
        self.record(inflow);
        let mut way: Vec<FirmNo> = vec![shell];
        way.extend(&three);
        self.circle(&way, day.plus(7), sum, "V17");
    }

    /// A ring of firms alone, each passing on nearly all.
    fn plant_ring(&mut self) {
        let day = self.fraud_day(30);
        let length = self.chance.range(3, 6) as usize;
        let firms: Vec<FirmNo> = (0..length).map(|_| self.shell()).collect();
        let fen = self.chance.range(60, 900) * 1_000_000;
        self.circle(&firms, day, fen, "V17");
    }

    fn circle(&mut self, firms: &[FirmNo], day: Day, mut fen: i64, scenario: &'static str) {
        let mut pattern = Pattern::of("cycle", scenario);
        let mut at = self.moment(day);
        for i in 0..firms.len() {
            let (from, to) = (self.side(firms[i]), self.side(firms[(i + 1) % firms.len()]));
            pattern.accounts.push(from.account.clone());
            pattern.subjects.push(self.code(firms[i]));
            let purpose = *self.chance.pick(&["货款", "往来款", "服务费", "咨询费"]);
            let terms = Terms::of(purpose).under(INQUIRY);
            pattern.transfers.push(self.transfer((&from, &to), at, fen, terms));
            fen = (fen as f64 * (0.95 + self.chance.unit() * 0.04)) as i64;
            at = Time(at.0 + self.chance.range(2, 30) * 3_600_000);
        }
        self.record(pattern);
    }

    /// Scattered over a dozen accounts and gathered again.
    fn plant_scatter(&mut self) {
        let day = self.fraud_day(20);
        let (a, b) = (self.shell(), self.shell());
        let (from, to) = (self.side(a), self.side(b));
        let mut pattern = Pattern::of("scatter_gather", "V17");
        pattern.accounts = vec![from.account.clone(), to.account.clone()];
        pattern.subjects = vec![self.code(a), self.code(b)];
        for _ in 0..self.chance.range(8, 16) {
            let middle = self.new_saver();
            let fen = self.chance.range(100, 400) * 10_000;
            let out = self.moment(day);
            let back = self.moment(day.plus(2));
            let terms = Terms::of("往来款").under(INQUIRY);
            pattern.transfers.push(self.transfer((&from, &middle), out, fen, terms));
            pattern.transfers.push(self.transfer((&middle, &to), back, fen * 97 / 100, terms));
            pattern.accounts.push(middle.account);
        }
        self.record(pattern);
    }

    /// V18: a wellness firm takes round sums of many and pays monthly returns.
    fn plant_fundraising(&mut self) {
        let day = self.fraud_day(150);
        let birthday = self.old_birthday(200);
        let mut firm = self.draw_firm(index_of("O8053"), Kind::Company, birthday);
        firm.name.trade = "康养财富管理".into();
        (firm.reserved, firm.reports_activity) = (true, true);
        let firm = self.admit_old(firm);
        let hub = self.side(firm);
        let mut pattern = Pattern::of("fundraising", "V18");
        pattern.accounts.push(hub.account.clone());
        pattern.subjects.push(self.code(firm));
        let terms = Terms::of("认购款").under(FUNDRAISING);
        let savers: Vec<Side> = (0..self.chance.range(50, 120)).map(|_| self.new_saver()).collect();
        for (i, saver) in savers.iter().enumerate() {
            let at = self.moment(day.plus((i % 45) as i32));
            let fen = *self.chance.pick(&[1, 2, 3, 5, 5, 10]) * 1_000_000;
            pattern.transfers.push(self.transfer((saver, &hub), at, fen, terms));
            for month in 1..4 {
                let at = Time(at.0 + month * 30 * 86_400_000);
                let back = Terms::of("返利").under(FUNDRAISING);
                pattern.transfers.push(self.transfer((&hub, saver), at, fen * 15 / 1000, back));
            }
            pattern.accounts.push(saver.account.clone());
        }
        self.record(pattern);
        for week in 0..6 {
            let when = day.plus(week * 7 + 3);
            self.later(when, move |world| world.advertise(firm));
        }
        let subject = self.code(firm);
        self.warn_truth("flow_fundraising", subject, "V18");
    }

    fn advertise(&mut self, firm: FirmNo) {
        let (at, number) = (self.now(), self.paper());
        let data = json!({
            "doc_id": format!("D-{number}"), "tier": 3, "topics": ["投资理财"], "sentiment": 0.8,
            "lure_terms": ["保本", "高收益", "返利"], "promised_rate_pct": 18.0,
            "reach": self.chance.range(300, 4_000), "cluster": format!("K-{number}"),
            "mentions": [{"uscc": self.firms[firm].code, "confidence": 0.93}],
        });
        self.file(Feed::Opinion, "opinion.published", at, Some(firm), &data);
    }

    /// V19: cash just under the line, again and again within two days.
    fn plant_structuring(&mut self) {
        let day = self.fraud_day(20);
        let firm = self.shell();
        let (payer, hub) = (self.new_saver(), self.side(firm));
        let mut pattern = Pattern::of("structuring", "V19");
        pattern.accounts = vec![payer.account.clone(), hub.account.clone()];
        pattern.subjects = vec![self.code(firm)];
        for i in 0..self.chance.range(7, 10) {
            let at = self.moment(day.plus((i % 2) as i32));
            let fen = self.chance.range(4_500, 4_980) * 1_000;
            let terms = Terms { cash: true, ..Terms::of("存款").under(INQUIRY) };
            pattern.transfers.push(self.transfer((&payer, &hub), at, fen, terms));
        }
        self.record(pattern);
    }

    /// V20: years of nothing, then eight million in and out on one day.
    fn plant_wake(&mut self) {
        let span = self.end.since(self.start);
        let day = self
            .start
            .plus(self.chance.range(i64::from(span * 2 / 3), i64::from(span - 15)) as i32);
        let (firm, other) = (self.shell(), self.shell());
        let (own, to) = (self.side(firm), self.side(other));
        let from = self.stranger(&format!("far-{firm}"));
        let small = Terms::of("账户管理费").under(INQUIRY);
        let at = self.moment(self.start.plus(3));
        self.transfer((&own, &from), at, 12_000, small);
        let mut pattern = Pattern::of("dormant_wake", "V20");
        pattern.accounts = vec![own.account.clone()];
        pattern.subjects = vec![self.code(firm)];
        let morning = Time(day.start().0 + 9 * 3_600_000 + 600_000);
        let fen = self.chance.range(600, 1_200) * 1_000_000;
        let terms = Terms::of("货款").under(INQUIRY);
        pattern.transfers.push(self.transfer((&from, &own), morning, fen, terms));
        let noon = morning.plus_hours(4);
        pattern.transfers.push(self.transfer((&own, &to), noon, fen * 99 / 100, terms));
        let through = Pattern {
            kind: "pass_through",
            accounts: pattern.accounts.clone(),
            transfers: pattern.transfers.clone(),
            subjects: pattern.subjects.clone(),
            ..Pattern::of("pass_through", "V20")
        };
        self.record(pattern);
        self.record(through);
    }

    /// V21: a first-line inflow to an EF account leaks inland and out again, without declarations.
    fn plant_leak(&mut self) {
        let day = self.fraud_day(30);
        let (firm, related) = (self.shell(), self.shell());
        let (inland, out) = (self.side(firm), self.side(related));
        let code = self.code(firm);
        let own = Side {
            account: super::firm::account_of(&format!("EF-{code}")),
            party: Some(json!({"enterprise": {"uscc": code}})),
        };
        let abroad = self.stranger(&format!("abroad-{firm}"));
        let offshore = self.stranger(&format!("offshore-{firm}"));
        let terms = Terms { basis: "special_account", regime: Some("EF"), ..Terms::of("货款") };
        let mut pattern = Pattern::of("ef_leakage", "V21");
        pattern.accounts = [&own, &inland, &out].map(|side| side.account.clone()).to_vec();
        pattern.subjects = vec![code.clone()];
        for i in 0..self.chance.range(2, 4) {
            let at = self.moment(day.plus((i * 6) as i32));
            let fen = self.chance.range(300, 900) * 1_000_000;
            let first = Terms { line: Some("first"), ..terms };
            pattern.transfers.push(self.transfer((&abroad, &own), at, fen, first));
            let at = at.plus_hours(7);
            let second = Terms { line: Some("second"), ..terms };
            let inward = self.transfer((&own, &inland), at, fen * 98 / 100, second);
            pattern.transfers.push(inward);
            let at = at.plus_hours(20);
            let loan = Terms::of("往来款").under(INQUIRY);
            pattern.transfers.push(self.transfer((&inland, &out), at, fen * 97 / 100, loan));
            let last = Terms { regime: Some("OSA"), line: Some("first"), ..terms };
            let (at, fen) = (at.plus_hours(8), fen * 96 / 100);
            pattern.transfers.push(self.transfer((&out, &offshore), at, fen, last));
        }
        self.record(pattern);
        self.warn_truth("ef_leakage", code, "V21");
    }

    /// V22: night landings, stock that nobody bought, no proof of origin.
    fn plant_cold_store(&mut self) {
        let day = self.fraud_day(60);
        let Some(firm) = self.find_old(&["G5930", "F5123", "G5990", "C1361"]) else { return };
        let ship = numbers::imo(self.paper());
        for i in 0..3 {
            let ship = ship.clone();
            self.later(day.plus(i * 3), move |world| world.night_landing(firm, &ship));
        }
        self.later(day.plus(10), move |world| {
            let at = world.now();
            let code = world.code(firm);
            let operator = json!({"uscc": code});
            let data = json!({
                "kind": "storage_mismatch", "on": at.day().to_string(), "grid": "DF-07-12",
                "operator": operator, "note": "库存多于进货凭证，无中文标签",
            });
            world.file(Feed::Coast, "patrol.reported", at, Some(firm), &data);
            let data = json!({
                "uscc": code, "kind": "no_proof_of_origin", "on": at.day().to_string(),
                "goods": "冻牛肉", "quantity": 9_000,
                "proof_due_on": at.day().plus(9).to_string(), "case_value_fen": 42_000_000,
            });
            world.file(Feed::Customs, "customs.recorded", at, Some(firm), &data);
        });
        let subject = self.code(firm);
        self.warn_truth("smuggling", subject, "V22");
    }

    fn night_landing(&mut self, firm: FirmNo, ship: &str) {
        let at = Time(self.today.start().0 + self.chance.range(1, 4) * 3_600_000);
        let data = json!({
            "kind": "night_landing", "on": self.today.to_string(), "grid": "DF-07-12",
            "lat": 19.0 + self.chance.range(500, 1_500) as f64 / 10_000.0,
            "lon": 108.0 + self.chance.range(6_000, 6_900) as f64 / 10_000.0,
            "operator": {"uscc": self.firms[firm].code}, "imo": ship,
            "mmsi": format!("4126{:05}", self.chance.below(99_999)), "note": "冷藏车等候",
        });
        self.file(Feed::Coast, "patrol.reported", at, Some(firm), &data);
    }

    /// V23: zero-tariff goods far beyond need, passed on to a firm that has no right to them.
    fn plant_zero_tariff(&mut self) {
        let day = self.fraud_day(90);
        let Some(firm) = self.find_old(&["F5181", "C1361", "G5930", "C3021", "F5123"]) else {
            return;
        };
        let buyer = self.shell();
        for i in 0..5 {
            self.later(day.plus(i * 9), move |world| {
                let at = world.now();
                let (code, other) = (world.code(firm), world.mention(buyer));
                let value = world.chance.range(400, 900) * 1_000_000;
                let number = world.paper();
                let data = json!({
                    "uscc": code, "kind": "declaration", "on": at.day().plus(-1).to_string(),
                    "declaration_no": format!("6401{}1{number:09}", at.day().civil().0),
                    "hs": "1511100000", "goods": "棕榈油", "origin": "MYS",
                    "quantity": value / 900, "declared_fen": value, "reference_fen": value,
                });
                world.file(Feed::Customs, "customs.recorded", at, Some(firm), &data);
                let data = json!({
                    "uscc": code, "kind": "zero_tariff_transfer", "on": at.day().to_string(),
                    "hs": "1511100000", "goods": "棕榈油", "quantity": value / 950,
                    "counterparty": other,
                });
                world.file(Feed::Customs, "customs.recorded", at.plus_hours(2), Some(firm), &data);
            });
        }
        let subject = self.code(firm);
        self.warn_truth("smuggling", subject, "V23");
    }

    /// A true burst of complaints by many people.
    fn plant_burst(&mut self) {
        let Some(firm) = self.find_old(&["O8040", "R8930", "P8391", "H6110", "L7291"]) else {
            return;
        };
        let day = self.fraud_day(50);
        for _ in 0..self.chance.range(35, 60) {
            let when = day.plus(self.chance.below(12) as i32);
            self.later(when, move |world| world.chance_complaint(firm, true));
        }
        self.later(day.plus(30), move |world| {
            let at = world.now();
            let penalty =
                Penalty {
                    violation: "虚假宣传", fine_yuan: 50_000, severity: "general", delay: 2
                };
            world.penalise(firm, at, penalty);
        });
        let subject = self.code(firm);
        self.warn_truth("complaint_burst", subject, "D12");
    }
}
