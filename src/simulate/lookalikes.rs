//! What else looks bad and is not? Relatives, founders of many, namesakes, seasons, suspensions,
//! penalties that fall, renaming, a second business.
//!
//! Must not know: any threshold.

use super::acts::Penalty;
use super::firm::{Class, Kind};
use super::naming::Phone;
use super::population::replace_person;
use super::switch::Trigger;
use super::trades::{TRADES, index_of};
use super::world::World;

impl World {
    /// N10: relatives open one firm after another; nobody is in trouble.
    pub(crate) fn relatives(&mut self) {
        let trade = self.draw_trade();
        let birthday = self.old_birthday(300);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        (firm.class, firm.kin) = (Class::A, true);
        let (elder, place, phone) = (firm.rep, firm.place, firm.phones[0]);
        let old = self.admit_old(firm);
        let (_, founded) = self.two_days();
        let mut firm = self.newcomer(trade, founded);
        let drawn = firm.rep;
        firm.rep = self.relative(elder);
        replace_person(&mut firm, drawn);
        (firm.place, firm.kin) = (place, true);
        if self.chance.chance(0.5) {
            firm.phones = vec![phone];
        }
        if self.chance.chance(0.5) {
            firm.officers.push((elder, "supervisor"));
        }
        let new = self.admit_new(firm);
        self.decoy("N10", &[(old, new)], &[]);
    }

    /// N11: six firms in a few years, all clean.
    pub(crate) fn serial_founder(&mut self) {
        let founder = self.person();
        let phone = Phone::mobile(&mut self.chance);
        let span = self.end.since(self.start);
        let mut firms = Vec::new();
        for i in 0..6 {
            let trade = self.draw_trade();
            let day = self.start.plus(span / 7 * i + self.chance.below(20) as i32 + 5);
            let mut firm = self.newcomer(trade, day);
            let drawn = firm.rep;
            firm.rep = founder;
            replace_person(&mut firm, drawn);
            firm.phones = vec![phone];
            firms.push(self.admit_new(firm));
        }
        let pairs: Vec<_> = firms.windows(2).map(|w| (w[0], w[1])).collect();
        self.decoy("N11", &pairs, &[]);
    }

    /// N12: two of the same name who are not the same.
    pub(crate) fn namesakes(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let (troubled, founded) = self.two_days();
        self.any_trouble(old, troubled);
        let mut firm = self.newcomer(self.firms[old].trade, founded);
        let drawn = firm.rep;
        firm.rep = self.namesake(self.firms[old].rep);
        replace_person(&mut firm, drawn);
        if self.chance.chance(0.3) {
            // In the same building at that, as half the town is.
            firm.place = self.same_building(self.firms[old].place);
        }
        let new = self.admit_new(firm);
        self.decoy("N12", &[(old, new)], &[]);
    }

    /// N13: the same brand word in two counties.
    pub(crate) fn same_brand_elsewhere(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let (troubled, founded) = self.two_days();
        self.any_trouble(old, troubled);
        let before = self.firms[old].name.clone();
        let mut firm = self.newcomer(self.firms[old].trade, founded);
        firm.name = before;
        firm.name.region = self.atlas.region.outside_word;
        firm.place = self.atlas.next_door(&mut self.chance);
        let new = self.admit_new(firm);
        self.decoy("N13", &[(old, new)], &[]);
    }

    /// N14: the melons are in, the pickers go home, or to the next farm until the next season.
    pub(crate) fn out_of_season(&mut self) {
        let birthday = self.old_birthday(300);
        let kind = if self.chance.chance(0.5) { Kind::Cooperative } else { Kind::Company };
        let mut firm = self.draw_firm(index_of("A0141"), kind, birthday);
        firm.class = Class::A;
        (firm.reports_staff, firm.target) = (true, firm.target.max(20.0));
        let old = self.admit_old(firm);
        if self.chance.chance(0.5) {
            self.decoy("N14", &[], &[old]);
            return;
        }
        let (moved, founded) = self.two_days();
        let trade = self.one_trade(&["A0159", "A0141", "A0512"]);
        let firm = self.newcomer(trade, founded);
        let new = self.admit_new(firm);
        self.later(founded.max(moved).plus(12), move |world| world.move_staff(old, new, 0.5));
        self.decoy("N14", &[(old, new)], &[]);
    }

    /// N15: a suspension of business, filed.
    pub(crate) fn suspended(&mut self) {
        let Some(firm) = self.find_old(&[]) else { return };
        let (day, _) = self.two_days();
        self.later(day, move |world| {
            let at = world.now();
            world.notice(firm, at, "suspension", 365);
            world.firms[firm].pace = 0.0;
            world.firms[firm].target = 0.0;
            let all = world.firms[firm].staff.len();
            world.dismiss(firm, all);
        });
        self.decoy("N15", &[], &[firm]);
    }

    /// N16: the penalty falls again: withdrawn, or an objection is upheld. The owner has a new firm
    /// beside the old one, which goes on.
    pub(crate) fn annulled(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let (troubled, founded) = self.two_days();
        let mut firm = self.newcomer(self.firms[old].trade, founded);
        let drawn = firm.rep;
        firm.rep = self.firms[old].rep;
        replace_person(&mut firm, drawn);
        firm.phones.clone_from(&self.firms[old].phones);
        let new = self.admit_new(firm);
        let how = self.chance.below(3);
        let last = self.end.plus(-6);
        self.later(troubled, move |world| {
            let at = world.now();
            let penalty =
                Penalty {
                    violation: "虚假宣传", fine_yuan: 60_000, severity: "serious", delay: 2
                };
            let filed = world.penalise(old, at, penalty);
            let due = founded.plus(20).min(last);
            world.later(due, move |world| {
                let at = world.now();
                match how {
                    0 => world.retract(old, &filed, at),
                    1 => world.object(old, at, &filed, 4, true),
                    _ => world.repair(old, at, &[&filed], true),
                }
            });
        });
        self.decoy("N16", &[(old, new)], &[]);
    }

    /// N24: one penalty told by two feeds, the owner's other firm years old.
    pub(crate) fn told_twice(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let birthday = self.old_birthday(500);
        let mut firm = self.newcomer(self.firms[old].trade, birthday);
        let drawn = firm.rep;
        firm.rep = self.firms[old].rep;
        replace_person(&mut firm, drawn);
        let other = self.admit_old(firm);
        let (day, _) = self.two_days();
        self.later(day, move |world| {
            let at = world.now();
            let penalty = Penalty {
                violation: "虚假宣传",
                fine_yuan: 90_000,
                severity: "serious",
                delay: 60,
            };
            let filed = world.penalise(old, at, penalty);
            let data = serde_json::from_str(&filed.data).expect("written as JSON");
            let again = at.plus_hours(30);
            let feed = super::desk::Feed::Credit;
            world.file(feed, "penalty.decided", again, Some(old), &data);
        });
        self.decoy("N24", &[(old, other)], &[]);
    }

    /// V10: renamed and moved after a listing; the same code all the time.
    pub(crate) fn renamed(&mut self) {
        let Some(firm) = self.find_old(&[]) else { return };
        let (troubled, day) = self.two_days();
        self.trouble(firm, troubled, Trigger::SeriousList);
        let brand = self.lexicon.brand(&mut self.chance);
        self.later(day, move |world| {
            let (name, domicile) = (world.firms[firm].full_name(), world.address(firm));
            let mut next = world.firms[firm].name.clone();
            next.brand = brand;
            if !world.claim_name(&next.full()) {
                return;
            }
            world.firms[firm].name = next;
            let town = world.firms[firm].place.town;
            world.firms[firm].place = world.atlas.elsewhere(&mut world.chance, town);
            let changes = [
                serde_json::json!({"item": "name", "before": name, "after": world.firms[firm].full_name()}),
                serde_json::json!({"item": "domicile", "before": domicile, "after": world.address(firm)}),
            ];
            let at = world.now();
            world.changed(firm, at, &changes);
        });
        self.decoy("V10", &[], &[firm]);
    }

    /// N29: the owner of a firm with a small fine opens a second business of another kind; the
    /// first goes on as before, and pays.
    pub(crate) fn branching_out(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let (troubled, founded) = self.two_days();
        self.later(troubled, move |world| {
            let at = world.now();
            let penalty =
                Penalty {
                    violation: "未明码标价", fine_yuan: 3_000, severity: "minor", delay: 2
                };
            let filed = world.penalise(old, at, penalty);
            world.later(troubled.plus(9), move |world| {
                let at = world.now();
                world.performed(old, &filed, at);
            });
        });
        let mut trade = self.draw_trade();
        while TRADES[usize::from(trade)].code[..3]
            == TRADES[usize::from(self.firms[old].trade)].code[..3]
        {
            trade = self.draw_trade();
        }
        let mut firm = self.newcomer(trade, founded);
        let drawn = firm.rep;
        firm.rep = self.firms[old].rep;
        replace_person(&mut firm, drawn);
        let new = self.admit_new(firm);
        self.decoy("N29", &[(old, new)], &[]);
    }
}
