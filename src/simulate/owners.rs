//! How well does an owner hide? A plan of what is carried over and what is covered up.
//!
//! An owner who has no skill leaves everything as it was: people, phone, rooms, name, staff. Skill
//! (0 to 1) cuts ties, the easy ones first: a phone is soon changed, a good team hardly. What the
//! owner needs to stay in business stays, so that at least three kinds of tie remain, one of them
//! of control, assets or staff.
//! Must not know: what anyone looks at.

use super::switch::{Decline, Front, Room, Ties};
use super::world::World;

/// What is carried over, what was done to hide it, and when.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) ties: Ties,
    pub(crate) evasions: Vec<&'static str>,
    /// Days between trouble and founding.
    pub(crate) wait: i32,
    pub(crate) decline: Decline,
}

/// Third of skill.
pub(crate) fn third(skill: f64) -> &'static str {
    match skill {
        s if s < 1.0 / 3.0 => "easy",
        s if s < 2.0 / 3.0 => "medium",
        _ => "hard",
    }
}

impl World {
    /// Whether an owner covers something up: the easier it is and the more skilful, the likelier.
    /// The unskilled do not think of it; to the skilful even what is difficult becomes easier.
    fn hides(&mut self, plan: &mut Plan, skill: f64, ease: f64, what: &'static str) -> bool {
        let thinks_of_it = (1.4 * skill).min(1.0);
        let done = self.chance.chance((thinks_of_it * ease.powf(1.0 - 0.6 * skill)).min(0.97));
        if done {
            plan.evasions.push(what);
        }
        done
    }

    /// A plan for a scenario.
    pub(crate) fn plan(&mut self, scenario: &str, skill: f64) -> Plan {
        let mut plan = Plan {
            ties: self.untroubled(scenario),
            evasions: Vec::new(),
            wait: self.chance.range(8, 60) as i32,
            decline: *self.chance.pick(&[Decline::Fade, Decline::Nominee, Decline::Close]),
        };
        self.change_people(scenario, skill, &mut plan);
        self.change_traces(scenario, skill, &mut plan);
        self.change_staff(skill, &mut plan);
        if self.hides(&mut plan, skill, 0.6, "long_wait") {
            plan.wait = self.chance.range(90, 300) as i32;
        }
        if self.hides(&mut plan, skill, 0.35, "old_kept_alive") {
            plan.decline = Decline::Alive;
        }
        let span = self.end.since(self.start);
        plan.wait = plan.wait.min(span / 3).max(5);
        self.keep_enough(&mut plan);
        plan
    }

    /// What an owner would leave who hides nothing.
    fn untroubled(&mut self, scenario: &str) -> Ties {
        let mut chance = |p: f64| self.chance.chance(p);
        let front = match scenario {
            "V1" | "V4" | "V6" | "V12" if chance(0.75) => Front::Same,
            "V1" | "V4" | "V6" | "V12" => Front::Partner,
            _ if chance(0.5) => Front::Kin,
            _ => Front::Straw,
        };
        let room = match scenario {
            "V3" | "V7" | "V11" => Room::Elsewhere,
            "V8" | "V12" | "V13" => Room::Same,
            _ if chance(0.7) => Room::Same,
            _ if chance(0.5) => Room::Beside,
            _ => Room::Elsewhere,
        };
        let mut ties = Ties {
            phone: chance(0.8),
            mail: chance(0.5),
            liaison: chance(0.55),
            officer: chance(0.5),
            holder: chance(0.35),
            near_name: chance(0.6),
            fingerprint: chance(0.35),
            suppliers: chance(0.3),
            payments: chance(0.25),
            ..Ties::bare(front, room)
        };
        for (asset, p) in [("equipment", 0.2), ("vehicle", 0.1), ("online_shop", 0.08)] {
            if chance(p) {
                ties.assets.push(asset);
            }
        }
        ties.staff = self.chance.range(50, 92) as f64 / 100.0;
        self.of_scenario(scenario, &mut ties);
        ties
    }

    /// What makes the scenario what it is.
    fn of_scenario(&mut self, scenario: &str, ties: &mut Ties) {
        let coin = self.chance.chance(0.5);
        match scenario {
            "V3" => {
                (ties.phone, ties.mail) = (false, false);
                ties.suppliers = true;
                ties.assets = vec!["trademark"];
            }
            "V7" => (ties.officer, ties.near_name) = (true, false),
            "V8" => (ties.officer, ties.payments) = (true, false),
            "V11" => ties.officer |= coin,
            "V13" => (ties.officer, ties.licence) = (true, true),
            "V14" => {
                (ties.officer, ties.same_trade) = (true, false);
                ties.assets = vec!["contract"];
            }
            "V15" => {
                ties.assets =
                    if coin { vec!["online_shop"] } else { vec!["online_shop", "domain"] };
            }
            _ => {}
        }
    }

    fn change_people(&mut self, scenario: &str, skill: f64, plan: &mut Plan) {
        let openly = matches!(plan.ties.front, Front::Same | Front::Partner);
        if openly && !matches!(scenario, "V1" | "V12") && self.hides(plan, skill, 0.7, "straw_man")
        {
            plan.ties.front = Front::Straw;
        } else if openly && self.hides(plan, skill, 0.4, "kin_in_front") {
            plan.ties.front = Front::Kin;
        }
        if plan.ties.front == Front::Straw {
            if self.hides(plan, skill, 0.25, "nominee_of_many") {
                plan.ties.front = Front::Nominee;
            } else if self.hides(plan, skill, 0.25, "holding_between") {
                plan.ties.front = Front::Holding;
            }
        }
        let keeps = matches!(scenario, "V13");
        if plan.ties.officer && !keeps && self.hides(plan, skill, 0.55, "officers_changed") {
            plan.ties.officer = false;
        }
        if plan.ties.liaison && self.hides(plan, skill, 0.7, "liaison_changed") {
            plan.ties.liaison = false;
        }
        if plan.ties.holder && self.hides(plan, skill, 0.7, "shares_given_up") {
            plan.ties.holder = false;
        }
    }

    fn change_traces(&mut self, scenario: &str, skill: f64, plan: &mut Plan) {
        if plan.ties.phone && self.hides(plan, skill, 0.85, "new_phone") {
            plan.ties.phone = false;
        }
        if plan.ties.mail && self.hides(plan, skill, 0.85, "new_mail") {
            plan.ties.mail = false;
        }
        if plan.ties.near_name && self.hides(plan, skill, 0.8, "new_name") {
            plan.ties.near_name = false;
        }
        if plan.ties.fingerprint && self.hides(plan, skill, 0.6, "other_device") {
            plan.ties.fingerprint = false;
        }
        let bound = matches!(scenario, "V8" | "V12" | "V13");
        if plan.ties.room == Room::Same && !bound {
            if self.hides(plan, skill, 0.5, "moved_away") {
                plan.ties.room = Room::Elsewhere;
            } else if self.hides(plan, skill, 0.4, "next_door") {
                plan.ties.room = Room::Beside;
            }
        }
        if plan.ties.room != Room::Elsewhere && self.hides(plan, skill, 0.6, "address_respelt") {
            plan.ties.respelt = true;
        }
        if self.hides(plan, skill, 0.3, "filed_by_agent") {
            plan.ties.by_agent = true;
            (plan.ties.fingerprint, plan.ties.phone, plan.ties.liaison) = (false, false, false);
        }
        if plan.ties.same_trade && self.hides(plan, skill, 0.3, "scope_reworded") {
            plan.ties.reworded = true;
        }
        let free = !matches!(scenario, "V12" | "V13" | "V15");
        if plan.ties.same_trade && free && self.hides(plan, skill, 0.15, "other_trade") {
            plan.ties.same_trade = false;
        }
        if plan.ties.payments && self.hides(plan, skill, 0.7, "no_payments") {
            plan.ties.payments = false;
        }
        let wanted = matches!(scenario, "V3" | "V14" | "V15");
        if !plan.ties.assets.is_empty() && self.hides(plan, skill, 0.4, "assets_by_third_party") {
            plan.ties.middleman = true;
        } else if plan.ties.assets.len() > usize::from(wanted)
            && self.hides(plan, skill, 0.5, "assets_left_behind")
        {
            plan.ties.assets.truncate(usize::from(wanted));
        }
    }

    fn change_staff(&mut self, skill: f64, plan: &mut Plan) {
        if self.hides(plan, skill, 0.25, "staff_left_behind") {
            plan.ties.staff = 0.0;
        } else if self.hides(plan, skill, 0.6, "part_of_staff") {
            plan.ties.staff *= self.chance.range(40, 75) as f64 / 100.0;
        }
        if plan.ties.staff > 0.0 && self.hides(plan, skill, 0.2, "staff_unreported") {
            plan.ties.unreported = true;
        }
        if plan.ties.staff > 0.0 {
            if self.hides(plan, skill, 0.5, "staff_in_waves") {
                plan.ties.waves = 4;
            }
            if self.hides(plan, skill, 0.35, "strangers_hired") {
                plan.ties.strangers = self.chance.range(20, 120) as f64 / 100.0;
            }
        }
    }

    /// Puts ties back until the business can go on: three kinds, one of them strong.
    fn keep_enough(&mut self, plan: &mut Plan) {
        let mut ways = ["officer", "staff", "staff", "equipment", "holder"];
        self.chance.shuffle(&mut ways);
        let mut ways = ways.into_iter();
        while !is_enough(&plan.ties) {
            match ways.next() {
                Some("officer") => plan.ties.officer = true,
                Some("staff") => {
                    plan.ties.staff = plan.ties.staff.max(0.5);
                    plan.ties.unreported = false;
                }
                Some("equipment") => {
                    plan.ties.middleman = false;
                    plan.ties.assets.push("equipment");
                }
                Some("holder") => plan.ties.holder = true,
                _ => {
                    (plan.ties.suppliers, plan.ties.same_trade) = (true, true);
                    (plan.ties.officer, plan.ties.payments) = (true, true);
                }
            }
        }
        // What was put back was not done.
        let ties = &plan.ties;
        let undone = |what: &str| match what {
            "officers_changed" => ties.officer,
            "staff_left_behind" => ties.staff > 0.0,
            "staff_unreported" => !ties.unreported,
            "other_trade" => ties.same_trade,
            "assets_by_third_party" => !ties.middleman,
            "shares_given_up" => ties.holder,
            "no_payments" => ties.payments,
            _ => false,
        };
        plan.evasions.retain(|what| !undone(what));
    }
}

/// Three kinds of tie, one of them of control, assets or staff.
fn is_enough(ties: &Ties) -> bool {
    let control = matches!(ties.front, Front::Same | Front::Partner | Front::Holding)
        || ties.holder
        || ties.officer
        || ties.liaison;
    let assets = ties.payments || (!ties.assets.is_empty() && !ties.middleman);
    let staff = ties.staff >= 0.3 && !ties.unreported;
    let kinds = [
        control,
        assets,
        staff,
        ties.room == Room::Same,
        ties.phone || ties.mail,
        ties.near_name,
        ties.same_trade || ties.licence || ties.suppliers,
        ties.fingerprint,
    ];
    kinds.iter().filter(|kind| **kind).count() >= 3 && (control || assets || staff)
}
