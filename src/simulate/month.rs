//! What happens in an ordinary month? Reports, hiring, troubles, changes and closures.
//!
//! Invariant: chance trouble never comes to a firm of a planted case. Must not know: the cases.

use super::acts::{Case, Filed, Penalty};
use super::firm::{Class, FirmNo, Kind, Owner};
use super::naming::Phone;
use super::trades::TRADES;
use super::world::World;
use crate::time::{Day, Month};
use serde_json::json;

/// Yearly rates of the troubles of a class.
struct Rates {
    inspection: f64,
    problem: f64,
    complaint: f64,
    minor: f64,
    general: f64,
    serious: f64,
    abnormal: f64,
    court: f64,
    closing: f64,
}

const fn rates(class: Class) -> Rates {
    match class {
        Class::A => Rates {
            inspection: 0.12,
            problem: 0.02,
            complaint: 0.08,
            minor: 0.005,
            general: 0.0,
            serious: 0.0,
            abnormal: 0.003,
            court: 0.004,
            closing: 0.015,
        },
        Class::B => Rates {
            inspection: 0.3,
            problem: 0.3,
            complaint: 0.4,
            minor: 0.2,
            general: 0.03,
            serious: 0.0,
            abnormal: 0.08,
            court: 0.05,
            closing: 0.03,
        },
        Class::C => Rates {
            inspection: 0.6,
            problem: 0.6,
            complaint: 0.9,
            minor: 0.3,
            general: 0.5,
            serious: 0.05,
            abnormal: 0.35,
            court: 0.35,
            closing: 0.08,
        },
        Class::D => Rates {
            inspection: 0.8,
            problem: 0.8,
            complaint: 1.6,
            minor: 0.2,
            general: 0.6,
            serious: 0.6,
            abnormal: 0.5,
            court: 0.9,
            closing: 0.15,
        },
    }
}

/// Violations of small, of middle and of great weight.
const MINOR: [&str; 4] = ["未明码标价", "未按规定公示信息", "未亮照经营", "台账记录不全"];
const GENERAL: [&str; 6] = [
    "虚假宣传",
    "销售不合格产品",
    "超范围经营",
    "食品经营过程不符合规范",
    "使用未检定计量器具",
    "商标侵权",
];
const SERIOUS: [&str; 5] =
    ["生产销售不符合安全标准的食品", "无证经营", "违法排污", "销售假冒伪劣产品", "合同欺诈"];

impl World {
    /// All that is routine on a day.
    pub(crate) fn routine(&mut self, day: Day) {
        let (_, _, of_month) = day.civil();
        let last = Month(day.month().0 - 1);
        for firm in 0..self.firms.len() {
            if !self.firms[firm].active() {
                continue;
            }
            let turn = (firm % 28) as i32 + 1;
            if turn == of_month {
                self.month_of(firm);
            }
            // Offices report in the first weeks of the next month; the day varies little.
            if self.firms[firm].reports_staff && (firm % 13) as i32 + 3 == of_month {
                self.breathe(firm, last);
                let at = self.now();
                if !self.slips(0.03) {
                    self.report_staff(firm, at, last);
                }
            }
            if self.firms[firm].reports_activity && (firm % 11) as i32 + 9 == of_month {
                let at = self.now();
                let factor = season(self.firms[firm].trade, last);
                self.report_activity(firm, at, last, factor);
            }
        }
    }

    /// Staff come and go; those of a season mostly go.
    fn breathe(&mut self, firm: FirmNo, month: Month) {
        let leaving =
            (0..self.firms[firm].staff.len()).filter(|_| self.chance.chance(0.025)).count();
        if leaving > 0 {
            self.dismiss(firm, leaving);
        }
        let factor =
            if self.firms[firm].reserved { 1.0 } else { season(self.firms[firm].trade, month) };
        let wanted = (self.firms[firm].target * factor).round() as usize;
        let present = self.firms[firm].staff.len();
        if present < wanted {
            // Vacancies are not filled at once.
            let open = wanted - present;
            let count = if open > 3 || self.chance.chance(0.6) { open } else { 0 };
            if count > 0 {
                self.hire(firm, count);
            }
        } else if present as f64 > wanted as f64 * 1.3 + 2.0 {
            self.dismiss(firm, present - wanted);
        }
    }

    fn month_of(&mut self, firm: FirmNo) {
        if self.firms[firm].watched {
            self.pay_bills(firm);
        }
        if self.firms[firm].reserved {
            return;
        }
        let r = rates(self.firms[firm].class);
        let scored = self.firms[firm].kind != Kind::SoleTrader;
        let scale = if scored { 1.0 } else { 0.4 };
        if self.month_chance(r.inspection * scale) {
            self.chance_inspection(firm, r.problem);
        }
        for _ in 0..self.chance.poisson(r.complaint * scale / 12.0) {
            self.chance_complaint(firm, self.firms[firm].class > Class::A);
        }
        if self.month_chance(r.minor * scale) {
            self.chance_penalty(firm, "minor");
        }
        if self.month_chance(r.general * scale) {
            self.chance_penalty(firm, "general");
        }
        if self.month_chance(r.serious * scale) {
            self.chance_penalty(firm, "serious");
        }
        if scored && self.month_chance(r.abnormal) {
            self.chance_listing(firm);
        }
        if scored && self.month_chance(r.court) {
            self.chance_case(firm);
        }
        if self.month_chance(0.16) {
            self.chance_change(firm);
        }
        if self.month_chance(0.05) {
            let (tier, mood) = (self.chance.range(2, 4) as u8, self.chance.unit() * 1.6 - 0.8);
            let at = self.now();
            self.opine(firm, at, tier, "企业动态", mood);
        }
        if TRADES[usize::from(self.firms[firm].trade)].scope.contains("进出口") {
            self.chance_declaration(firm);
        }
        if self.month_chance(r.closing) {
            self.close_down(firm);
        }
    }

    fn month_chance(&mut self, yearly: f64) -> bool {
        self.chance.chance(yearly / 12.0)
    }

    fn chance_inspection(&mut self, firm: FirmNo, problem: f64) {
        let plan = *self.chance.pick(&["random", "random", "targeted", "special", "combined"]);
        let at = self.now();
        if self.chance.chance(problem) {
            let result =
                *self.chance.pick(&["rectify", "not_disclosed", "rectify", "sample_failed"]);
            self.inspect(firm, at, plan, &[("G01", "ok"), ("F03", result)]);
        } else {
            self.inspect(firm, at, plan, &[("G01", "ok"), ("G02", "ok")]);
        }
    }

    pub(crate) fn chance_complaint(&mut self, firm: FirmNo, may_be_true: bool) {
        let from = self.chance.next();
        let issue = *self.chance.pick(&["质量", "价格", "虚假宣传", "售后", "食品安全", "合同"]);
        let at = self.now();
        let ticket = self.complain(firm, at, issue, from);
        let found = may_be_true && self.chance.chance(0.4);
        let days = self.chance.range(7, 45) as i32;
        self.later(self.today.plus(days), move |world| {
            let at = world.now();
            world.close_complaint(firm, at, &ticket, found);
        });
    }

    fn chance_penalty(&mut self, firm: FirmNo, severity: &'static str) {
        let (list, median): (&[&'static str], f64) = match severity {
            "minor" => (&MINOR, 0.0),
            "general" => (&GENERAL, 12_000.0),
            _ => (&SERIOUS, 160_000.0),
        };
        let violation = *self.chance.pick(list);
        let fine_yuan = (self.chance.lognormal(median, 0.8) / 100.0) as i64 * 100;
        let slow = self.chance.chance(0.06 * self.options.noise);
        let delay = if slow { self.chance.range(30, 90) } else { self.chance.range(1, 12) } as i32;
        let at = self.now();
        let penalty = Penalty { violation, fine_yuan, severity, delay };
        let filed = self.penalise(firm, at, penalty);
        self.follow_up(firm, filed, fine_yuan, severity == "minor");
    }

    /// Fines are paid, repaired, disputed, withdrawn; or not.
    fn follow_up(&mut self, firm: FirmNo, filed: Filed, fine_yuan: i64, minor: bool) {
        let days = self.chance.range(10, 60) as i32;
        match self.chance.below(100) {
            0..60 if fine_yuan > 0 => self.later(self.today.plus(days), move |world| {
                let at = world.now();
                let paid = world.performed(firm, &filed, at);
                let wait = world.chance.range(90, 300) as i32;
                if world.chance.chance(0.3) {
                    world.later(world.today.plus(wait), move |world| {
                        if world.firms[firm].active() {
                            let (at, granted) = (world.now(), world.chance.chance(0.85));
                            world.repair(firm, at, &[&paid], granted);
                        }
                    });
                }
            }),
            60..63 => self.later(self.today.plus(days / 6 + 1), move |world| {
                let at = world.now();
                world.retract(firm, &filed, at);
            }),
            63..67 => self.later(self.today.plus(days), move |world| {
                let (at, upheld) = (world.now(), world.chance.chance(0.3));
                world.object(firm, at, &filed, 15, upheld);
            }),
            67..72 if minor => self.later(self.today.plus(days), move |world| {
                let at = world.now();
                world.repair(firm, at, &[&filed], true);
            }),
            _ => {}
        }
    }

    fn chance_listing(&mut self, firm: FirmNo) {
        let serious = self.firms[firm].class == Class::D && self.chance.chance(0.3);
        let (list, reason) = if serious {
            ("serious_violations", "较重行政处罚")
        } else if self.chance.chance(0.65) {
            ("abnormal_operations", "未按规定公示年度报告")
        } else {
            ("abnormal_operations", "通过登记的住所无法联系")
        };
        let at = self.now();
        self.list(firm, at, list, reason);
        if !serious && self.chance.chance(0.6) {
            let days = self.chance.range(20, 240) as i32;
            self.later(self.today.plus(days), move |world| {
                if world.firms[firm].active() {
                    let at = world.now();
                    world.unlist(firm, at, list);
                }
            });
        }
    }

    fn chance_case(&mut self, firm: FirmNo) {
        let claim = self.chance.lognormal(120_000.0, 1.1) as i64;
        let at = self.now();
        match self.chance.below(10) {
            0..4 => {
                let role = if self.chance.chance(0.5) { "defendant" } else { "plaintiff" };
                let case = Case { kind: "litigation", role, ..Case::debtor("litigation", claim) };
                self.court(firm, at, case);
            }
            4..9 => self.chance_enforcement(firm, claim),
            _ => drop(self.court(firm, at, Case::debtor("equity_frozen", claim))),
        }
    }

    fn chance_enforcement(&mut self, firm: FirmNo, claim: i64) {
        let at = self.now();
        self.court(firm, at, Case::debtor("enforcement_filed", claim));
        let days = self.chance.range(30, 150) as i32;
        let broke = self.firms[firm].class == Class::D && self.chance.chance(0.5);
        self.later(self.today.plus(days), move |world| {
            if !world.firms[firm].active() {
                return;
            }
            let at = world.now();
            if broke {
                let case =
                    Case { until_days: Some(730), ..Case::debtor("dishonest_listed", claim) };
                world.court(firm, at, case);
                world.list(firm, at, "dishonest_debtors", "有履行能力而拒不履行");
            } else {
                let case = Case { state: "closed", ..Case::debtor("enforcement_filed", claim) };
                world.court(firm, at, case);
            }
        });
    }

    fn chance_declaration(&mut self, firm: FirmNo) {
        for _ in 0..self.chance.poisson(0.35) {
            let at = self.now();
            let value = self.chance.lognormal(300_000.0, 0.8) as i64;
            let number = self.paper();
            let data = json!({
                "uscc": self.firms[firm].code, "kind": "declaration",
                "on": at.day().plus(-1).to_string(),
                "declaration_no": format!("6401{}1{:09}", at.day().civil().0, number),
                "hs": "0303890000", "goods": "冻鱼", "origin": "VNM",
                "quantity": value / 18,
                "declared_fen": value * 100,
                "reference_fen": (value as f64 * self.chance.lognormal(100.0, 0.08)) as i64,
            });
            self.file(super::desk::Feed::Customs, "customs.recorded", at, Some(firm), &data);
        }
    }

    /// A change such as any firm makes.
    fn chance_change(&mut self, firm: FirmNo) {
        let at = self.now();
        let change = match self.chance.below(8) {
            0 => {
                let before = self.phones_json(firm);
                self.firms[firm].phones = vec![Phone::mobile(&mut self.chance)];
                json!({"item": "phones", "before": before, "after": self.phones_json(firm)})
            }
            1..3 if self.firms[firm].kind == Kind::Company => {
                let before = self.address(firm);
                let seat = TRADES[usize::from(self.firms[firm].trade)].seat;
                let place = self.atlas.place(&mut self.chance, seat);
                self.firms[firm].place = place;
                self.firms[firm].spelling = self.respelt(0.2);
                json!({"item": "domicile", "before": before, "after": self.address(firm)})
            }
            3 if self.firms[firm].kind == Kind::Company => {
                let before = self.person_json(self.firms[firm].rep);
                let old = self.firms[firm].rep;
                let new = self.relative(old);
                self.firms[firm].rep = new;
                json!({"item": "legal_rep", "before": before, "after": self.person_json(new)})
            }
            4 if self.firms[firm].kind == Kind::Company => {
                let before = self.holders_json(firm);
                let new = self.person();
                if let Some((owner, _)) = self.firms[firm].holders.last_mut() {
                    *owner = Owner::Person(new);
                }
                json!({"item": "holders", "before": before, "after": self.holders_json(firm)})
            }
            5 => {
                self.firms[firm].capital_fen += 50_000_000;
                json!({"item": "subscribed_fen", "after": self.firms[firm].capital_fen})
            }
            _ => {
                let more = *self.chance.pick(&["信息咨询服务", "会议及展览服务", "包装服务"]);
                if !self.firms[firm].scope.contains(more) {
                    self.firms[firm].scope.push('；');
                    self.firms[firm].scope += more;
                }
                json!({"item": "scope", "after": self.firms[firm].scope})
            }
        };
        self.changed(firm, at, &[change]);
    }

    /// A firm closes as firms do: the clean ones the simple way, the others after liquidation.
    fn close_down(&mut self, firm: FirmNo) {
        let at = self.now();
        self.firms[firm].reserved = true;
        self.firms[firm].pace = 0.3;
        self.firms[firm].target *= 0.3;
        let (notice, days) = match (self.firms[firm].kind, self.firms[firm].class) {
            (Kind::SoleTrader, _) => (None, 3),
            (_, Class::A) => (Some(("simple_deregistration", 20)), 30),
            _ => (Some(("liquidation", 45)), 80),
        };
        if let Some((kind, publicity)) = notice {
            self.notice(firm, at, kind, publicity);
        }
        let wait = days + self.chance.below(30) as i32;
        self.later(self.today.plus(wait), move |world| {
            let at = world.now();
            world.end(firm, at, "deregistered", Some("决议解散"));
        });
    }
}

/// How busy a trade is in a month: 1, or a fifth out of season.
fn season(trade: u8, month: Month) -> f64 {
    let Some((from, to)) = TRADES[usize::from(trade)].season else { return 1.0 };
    let now = month.civil().1 as u8;
    let inside = if from <= to { (from..=to).contains(&now) } else { now >= from || now <= to };
    if inside { 1.0 } else { 0.2 }
}
