//! What goes wrong, and how does an enterprise fade? Triggers with their forebodings; decline.
//!
//! Must not know: whether anyone comes after.

use super::acts::{Case, Penalty};
use super::firm::{FirmNo, Owner, PersonNo};
use super::naming::Phone;
use super::place::{Place, Spot};
use super::switch::{Decline, Switch, Trigger};
use super::world::World;
use crate::time::Day;
use serde_json::json;

impl World {
    /// What goes wrong, with its forebodings.
    pub(crate) fn trouble(&mut self, firm: FirmNo, on: Day, trigger: Trigger) {
        let fine =
            |violation, yuan, severity| Penalty { violation, fine_yuan: yuan, severity, delay: 3 };
        match trigger {
            Trigger::Fine => {
                let yuan = self.chance.range(80, 300) * 100;
                let before = self.chance.range(15, 50) as i32;
                self.inspected(firm, on.plus(-before));
                self.fine_on(firm, on, fine("销售不合格产品", yuan, "general"));
            }
            Trigger::HeavyFine => {
                let yuan = self.chance.range(1_500, 8_000) * 100;
                let before = self.chance.range(20, 60) as i32;
                self.inspected(firm, on.plus(-before));
                self.fine_on(firm, on, fine("生产销售不符合安全标准的食品", yuan, "serious"));
            }
            Trigger::CaseThenFine(days) => {
                let yuan = self.chance.range(800, 5_000) * 100;
                self.inspected(firm, on);
                self.fine_on(firm, on.plus(days), fine("销售假冒伪劣产品", yuan, "serious"));
            }
            Trigger::Abnormal => {
                self.list_on(firm, on, "abnormal_operations", "通过登记的住所无法联系");
            }
            Trigger::SeriousList => {
                let yuan = self.chance.range(1_000, 5_000) * 100;
                self.fine_on(firm, on, fine("无证经营", yuan, "serious"));
                self.list_on(firm, on.plus(14), "serious_violations", "较重行政处罚");
            }
            Trigger::Arrears => {
                self.fine_on(firm, on, fine("拖欠农民工工资", 50_000, "general"));
                self.list_on(firm, on.plus(10), "wage_arrears", "拖欠农民工工资");
            }
            Trigger::TaxAbnormal => self.list_on(firm, on, "tax_abnormal", "逾期未申报"),
            Trigger::LicenceRevoked => {
                let yuan = self.chance.range(500, 3_000) * 100;
                self.fine_on(firm, on, fine("食品安全事故", yuan, "serious"));
                self.later(on.plus(2), move |world| {
                    let at = world.now();
                    world.licence_state(firm, at, "revoked");
                });
            }
            Trigger::Enforcement => self.enforced_on(firm, on),
            Trigger::Complaints => self.complaints_on(firm, on),
        }
    }

    fn inspected(&mut self, firm: FirmNo, on: Day) {
        self.later(on, move |world| {
            let at = world.now();
            world.inspect(firm, at, "case", &[("F03", "sample_failed"), ("F07", "case_filed")]);
        });
    }

    pub(crate) fn fine_on(&mut self, firm: FirmNo, on: Day, penalty: Penalty) {
        self.later(on, move |world| {
            let at = world.now();
            world.penalise(firm, at, penalty);
        });
    }

    pub(crate) fn list_on(
        &mut self,
        firm: FirmNo,
        on: Day,
        list: &'static str,
        reason: &'static str,
    ) {
        self.later(on, move |world| {
            let at = world.now();
            world.list(firm, at, list, reason);
        });
    }

    fn enforced_on(&mut self, firm: FirmNo, on: Day) {
        let claim = self.chance.range(20, 300) * 10_000;
        self.later(on, move |world| {
            let at = world.now();
            world.court(firm, at, Case::debtor("enforcement_filed", claim));
        });
        self.later(on.plus(100), move |world| {
            let at = world.now();
            world.court(firm, at, Case::debtor("closed_without_assets", claim));
            world.saw_shell(firm, at);
        });
    }

    /// A burst of complaints, most of them true, and a fine in the end.
    fn complaints_on(&mut self, firm: FirmNo, on: Day) {
        for _ in 0..self.chance.range(12, 30) {
            let when = on.plus(self.chance.below(15) as i32);
            self.later(when, move |world| world.chance_complaint(firm, true));
        }
        // Half of them are in: a burst for anyone who counts.
        self.later(on.plus(8), move |world| {
            let at = world.now();
            world.saw_trouble(firm, at);
        });
        let penalty =
            Penalty { violation: "虚假宣传", fine_yuan: 30_000, severity: "general", delay: 3 };
        self.fine_on(firm, on.plus(40), penalty);
    }

    /// What becomes of the old firm after the new one is there.
    pub(crate) fn decline(&mut self, old: FirmNo, switch: &Switch, moved_by: Day) {
        let after = switch.founded_on.max(switch.troubled_on).max(moved_by);
        let day = after.plus(self.chance.range(5, 60) as i32);
        let kept = if switch.decline == Decline::Alive { (60, 95) } else { (5, 60) };
        let left = self.chance.range(kept.0, kept.1) as f64 / 100.0;
        self.later(day, move |world| {
            world.firms[old].pace = left / 2.0;
            world.firms[old].target *= left;
            let gone = world.firms[old].staff.len() as f64 * (1.0 - left);
            world.dismiss(old, gone as usize);
        });
        match switch.decline {
            Decline::Fade => {
                let unreachable = self.chance.chance(0.5);
                if unreachable {
                    let day = day.plus(self.chance.range(60, 140) as i32);
                    self.list_on(old, day, "abnormal_operations", "通过登记的住所无法联系");
                    self.later(day, move |world| {
                        let at = world.now();
                        world.saw_shell(old, at);
                    });
                }
            }
            Decline::Alive => {}
            Decline::Nominee => {
                self.later(day, move |world| {
                    let nominee = world.person();
                    world.hand_to_nominee(old, nominee);
                });
            }
            Decline::Close => {
                self.later(day, move |world| {
                    let at = world.now();
                    world.notice(old, at, "liquidation", 45);
                });
                self.later(day.plus(70), move |world| {
                    let at = world.now();
                    world.end(old, at, "deregistered", Some("决议解散"));
                });
            }
        }
    }

    /// What the offices do about the new firm once they look, months later and not always.
    pub(crate) fn aftermath(&mut self, new: FirmNo, founded: Day) {
        if !self.chance.chance(0.6) {
            return;
        }
        let day = founded.plus(self.chance.range(60, 420) as i32);
        match self.chance.below(3) {
            0 => self.inspected(new, day),
            1 => {
                let penalty = Penalty {
                    violation: "销售不合格产品",
                    fine_yuan: self.chance.range(50, 600) * 100,
                    severity: "general",
                    delay: 3,
                };
                self.fine_on(new, day, penalty);
            }
            _ => self.list_on(new, day, "abnormal_operations", "通过登记的住所无法联系"),
        }
    }

    /// The old firm is left to someone who owns nothing, at an address where nobody sits.
    pub(crate) fn hand_to_nominee(&mut self, old: FirmNo, nominee: PersonNo) {
        let rep_before = self.person_json(self.firms[old].rep);
        let (holders_before, phones_before) = (self.holders_json(old), self.phones_json(old));
        let domicile_before = self.address(old);
        let tower = self.chance.below(self.atlas.towers()) as u16;
        let desk = self.chance.range(1, 3_000) as u16;
        let firm = &mut self.firms[old];
        firm.rep = nominee;
        firm.holders = vec![(Owner::Person(nominee), 100)];
        firm.place = Place { town: 0, spot: Spot::Hosted { tower, floor: 3, room: 1, desk } };
        firm.phones = vec![Phone::mobile(&mut self.chance)];
        let changes = [
            json!({"item": "legal_rep", "before": rep_before, "after": self.person_json(nominee)}),
            json!({"item": "holders", "before": holders_before, "after": self.holders_json(old)}),
            json!({"item": "domicile", "before": domicile_before, "after": self.address(old)}),
            json!({"item": "phones", "before": phones_before, "after": self.phones_json(old)}),
        ];
        let at = self.now();
        self.changed(old, at, &changes);
    }
}
