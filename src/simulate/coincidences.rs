//! What else looks bad and is not? What the State holds, what a village shares, what is tolerated,
//! and what happens to coincide.
//!
//! Must not know: any threshold.

use super::acts::Penalty;
use super::firm::{Class, Kind, Owner};
use super::naming::Phone;
use super::place::{Place, Spot};
use super::population::replace_person;
use super::switch::Trigger;
use super::trades::index_of;
use super::world::World;

/// Firms that a holding of the State has beside those of a decoy.
const STATE_FIRMS: usize = 9;

impl World {
    /// N22: a holding of the State owns many, and its director sits on their boards; one of them
    /// is punished, another is founded.
    pub(crate) fn state_director(&mut self) {
        let director = self.person();
        let (troubled, founded) = self.two_days();
        let birthday = self.old_birthday(1_500);
        let mut holding = self.newcomer(index_of("L7212"), birthday);
        holding.name.trade = "国有资本运营".into();
        holding.officers.push((director, "director"));
        let held = self.chance.chance(0.5);
        let holding = self.admit_old(holding);
        let mut firms = Vec::new();
        let count = if held { STATE_FIRMS } else { 4 };
        for i in 0..=count {
            let trade = self.draw_trade();
            let birthday = if i == count { founded } else { self.old_birthday(400) };
            let mut firm = self.newcomer(trade, birthday);
            firm.officers.push((director, "director"));
            if held {
                firm.holders = vec![(Owner::Firm(holding), 100)];
            }
            firms.push(if i == count { self.admit_new(firm) } else { self.admit_old(firm) });
        }
        self.any_trouble(firms[0], troubled);
        self.decoy("N22", &[(firms[0], firms[count])], &[]);
    }

    /// N23: many sit at the village committee; some give its phone, and its clerk as liaison.
    pub(crate) fn public_address(&mut self) {
        let (troubled, founded) = self.two_days();
        let village = self.chance.below(4) as u16;
        let town = 1 + (village % 10) as u8;
        let place = Place { town, spot: Spot::Committee { village } };
        let clerk =
            self.chance.chance(0.4).then(|| (self.person(), Phone::landline(&mut self.chance)));
        let mut firms = Vec::new();
        for i in 0..5 {
            let birthday = self.old_birthday(300);
            let trade = self.one_trade(&["A0141", "A0159", "A0411"]);
            let mut firm = match i {
                4 => self.newcomer(trade, founded),
                _ => self.draw_firm(trade, Kind::Cooperative, birthday),
            };
            (firm.place, firm.reserved) = (place, true);
            if let Some((person, phone)) = clerk {
                firm.liaison = Some(person);
                firm.phones = vec![phone];
            }
            firms.push(if i == 4 { self.admit_new(firm) } else { self.admit_old(firm) });
        }
        self.trouble(firms[0], troubled, Trigger::Fine);
        self.decoy("N23", &[(firms[0], firms[4])], &[]);
    }

    /// N27: a firm of the new economy, told off without a fine and corrected at once; its owner
    /// opens a second one beside it, with the same phone.
    pub(crate) fn tolerated(&mut self) {
        let trades = ["I6450", "F5292", "I6513", "O8053", "L7259"];
        let Some(old) = self.find_old(&trades) else { return };
        let (troubled, founded) = self.two_days();
        self.later(troubled, move |world| {
            let at = world.now();
            let (violation, severity) = ("未按规定公示信息", "minor");
            world.penalise(old, at, Penalty { violation, fine_yuan: 0, severity, delay: 1 });
        });
        let trade = self.one_trade(&trades);
        let mut firm = self.newcomer(trade, founded);
        let drawn = firm.rep;
        firm.rep = self.firms[old].rep;
        replace_person(&mut firm, drawn);
        firm.phones.clone_from(&self.firms[old].phones);
        let new = self.admit_new(firm);
        self.decoy("N27", &[(old, new)], &[]);
    }

    /// N30: chance alone: a newcomer of the same trade has two or three weak things in common with
    /// one in trouble, each of them common in the town: the agent, the building, a fashionable
    /// character, a surname, a clerk of the agent. The old one goes on, or fails by itself.
    pub(crate) fn coincidence(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let (troubled, founded) = self.two_days();
        self.any_trouble(old, troubled);
        let mut firm = self.newcomer(self.firms[old].trade, founded);
        firm.class = Class::A;
        let mut things = [0, 1, 2, 3, 4];
        self.chance.shuffle(&mut things);
        let count = 2 + self.chance.below(2);
        for thing in &things[..count] {
            match thing {
                0 => firm.place = self.same_building(self.firms[old].place),
                1 => {
                    let agent = self.agents[self.chance.skewed(self.agents.len(), 3.0)];
                    firm.agent = Some(agent);
                    firm.fingerprint = self.firms[agent].fingerprint;
                }
                2 => {
                    let brand = self.firms[old].name.brand.clone();
                    firm.name.brand = self.lexicon.near(&mut self.chance, &brand);
                }
                3 => {
                    let drawn = firm.rep;
                    firm.rep = self.relative(self.firms[old].rep);
                    replace_person(&mut firm, drawn);
                }
                _ => firm.scope.clone_from(&self.firms[old].scope),
            }
        }
        let new = self.admit_new(firm);
        if self.chance.chance(0.4) {
            let day = founded.plus(self.chance.range(10, 90) as i32);
            self.later(day, move |world| {
                let at = world.now();
                world.end(old, at, "deregistered", Some("决议解散"));
            });
        }
        self.decoy("N30", &[(old, new)], &[]);
    }
}
