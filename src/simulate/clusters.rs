//! Who belongs together? Agents, hosts, groups, families, owners of several firms, franchises.
//!
//! Invariant: see [`super::population`]. Must not know: which cases will be planted.

use super::firm::{Class, Firm, FirmNo, Kind, Owner};
use super::naming::Phone;
use super::place::{Atlas, Place, Spot};
use super::population::{Background, Host, replace_person};
use super::trades::index_of;
use super::world::World;

impl World {
    pub(crate) fn branch(&mut self) {
        let parent = self.chance.below(self.firms.len());
        if self.firms[parent].kind != Kind::Company {
            return;
        }
        let day = self.old_birthday(400).max(self.firms[parent].established.plus(90));
        let mut firm = self.draw_firm(self.firms[parent].trade, Kind::Branch, day);
        let town = self.atlas.region.towns[usize::from(firm.place.town)].name;
        let district = town.trim_end_matches(['镇', '乡']);
        firm.title = Some(format!("{}{district}分公司", self.firms[parent].full_name()));
        firm.name = self.firms[parent].name.clone();
        firm.holders = vec![];
        if self.claim_name(&firm.full_name()) {
            self.firms.push(firm);
        }
    }

    pub(crate) fn hosted(&mut self, background: &Background) {
        let host = *self.chance.pick(&background.hosts);
        let trade = self.one_trade(&["F5181", "I6513", "L7259", "F5292", "L7212"]);
        let birthday = self.birthday();
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        self.at_host(&mut firm, host);
        self.admit(firm);
    }

    /// Puts a firm at a desk of a host.
    pub(crate) fn at_host(&mut self, firm: &mut Firm, host: Host) {
        let (tower, floor, room) = host.spot;
        let desk = self.chance.range(1, 3_000) as u16;
        firm.place = Place { town: 0, spot: Spot::Hosted { tower, floor, room, desk } };
        if self.chance.chance(0.5) {
            firm.phones = vec![host.phone];
        }
        firm.reports_staff = false;
    }

    /// Agents with hundreds of clients, and many with a handful.
    pub(crate) fn found_agents(&mut self, count: usize) {
        for _ in 0..(count / 100).max(4) {
            let birthday = self.old_birthday(900);
            let mut firm = self.draw_firm(index_of("L7241"), Kind::Company, birthday);
            firm.class = Class::A;
            firm.liaison = Some(self.person());
            firm.emails = vec![self.mail()];
            firm.phones = vec![Phone::landline(&mut self.chance)];
            let agent = self.admit(firm);
            self.agents.push(agent);
        }
    }

    pub(crate) fn found_hosts(&mut self, count: usize, background: &mut Background) {
        for _ in 0..(count / 3_000).max(1) {
            let birthday = self.old_birthday(900);
            let mut firm = self.draw_firm(index_of("L7241"), Kind::Company, birthday);
            let tower = self.chance.below(self.atlas.towers()) as u16;
            let (floor, room) = (self.chance.range(2, 20) as u8, self.chance.range(1, 16) as u8);
            let spot = Spot::Tower { tower, block: 0, floor, room };
            firm.place = Place { town: 0, spot };
            firm.scope += "；商务秘书服务";
            firm.class = Class::A;
            let phone = firm.phones[0];
            self.admit(firm);
            background.hosts.push(Host { spot: (tower, floor, room), phone });
        }
    }

    /// A holding and its firms: shared directors, floor and switchboard, for years.
    pub(crate) fn found_group(&mut self, background: &mut Background) {
        let birthday = self.old_birthday(1_500);
        let mut head = self.draw_firm(index_of("L7212"), Kind::Company, birthday);
        let tower = self.chance.below(self.atlas.towers()) as u16;
        head.place = Atlas::room(&mut self.chance, tower);
        head.class = Class::A;
        let (brand, director, finance) = (head.name.brand.clone(), head.rep, self.person());
        let (switchboard, base) = (Phone::landline(&mut self.chance), head.place);
        head.phones.push(switchboard);
        let mut members = vec![self.admit(head)];
        for _ in 0..self.chance.range(3, 7) {
            let birthday = self.old_birthday(500);
            let trade = self.draw_trade();
            let mut firm = self.draw_firm(trade, Kind::Company, birthday);
            if self.chance.chance(0.7) {
                firm.name.brand.clone_from(&brand);
            }
            let Spot::Tower { tower, block, floor, .. } = base.spot else { unreachable!("a room") };
            if self.chance.chance(0.6) {
                let room = self.chance.range(1, 16) as u8;
                firm.place = Place { town: 0, spot: Spot::Tower { tower, block, floor, room } };
            }
            // Subsidiaries of subsidiaries now and then: chains of control.
            let owner = *self.chance.pick(&members);
            firm.holders = match self.chance.below(3) {
                0 => vec![(Owner::Firm(owner), 100)],
                1 => vec![(Owner::Firm(owner), 60), (Owner::Person(firm.rep), 40)],
                _ => vec![(Owner::Firm(owner), 51), (Owner::Firm(members[0]), 49)],
            };
            if owner == members[0] && firm.holders.len() == 2 {
                firm.holders[1] = (Owner::Person(firm.rep), firm.holders[1].1);
            }
            firm.officers.push((director, "director"));
            firm.officers.push((finance, "finance"));
            firm.phones = vec![switchboard];
            members.push(self.admit(firm));
        }
        self.mark_kin(&members);
        background.groups.push(members);
    }

    /// Relatives with a firm each: one surname, often one house or one phone.
    pub(crate) fn found_family(&mut self, background: &mut Background) {
        let trade = self.draw_trade();
        let birthday = self.birthday();
        let first = self.draw_firm(trade, Kind::Company, birthday);
        let (elder, home, phone) = (first.rep, first.place, first.phones[0]);
        let mut members = vec![self.admit(first)];
        for _ in 0..self.chance.range(1, 3) {
            let trade = if self.chance.chance(0.5) { trade } else { self.draw_trade() };
            let birthday = self.birthday();
            let mut firm = self.draw_firm(trade, Kind::Company, birthday);
            let before = firm.rep;
            firm.rep = self.relative(elder);
            replace_person(&mut firm, before);
            if self.chance.chance(0.3) {
                firm.place = home;
            }
            if self.chance.chance(0.2) {
                firm.phones = vec![phone];
            }
            if self.chance.chance(0.3) {
                firm.officers.push((elder, "supervisor"));
            }
            members.push(self.admit(firm));
        }
        self.keep_quiet(&members);
        background.families.push(members);
    }

    /// A person with several firms.
    pub(crate) fn found_owner(&mut self) {
        let birthday = self.birthday();
        let trade = self.draw_trade();
        let first = self.draw_firm(trade, Kind::Company, birthday);
        let (owner, phone) = (first.rep, first.phones[0]);
        let mut members = vec![self.admit(first)];
        for _ in 0..self.chance.range(1, 3) {
            let (trade, birthday) = (self.draw_trade(), self.birthday());
            let mut firm = self.draw_firm(trade, Kind::Company, birthday);
            let before = firm.rep;
            firm.rep = owner;
            replace_person(&mut firm, before);
            if self.chance.chance(0.6) {
                firm.phones[0] = phone;
            }
            members.push(self.admit(firm));
        }
        self.keep_quiet(&members);
    }

    /// Shops of one brand with owners of their own, supplied and advertised in common.
    pub(crate) fn found_franchise(&mut self, background: &mut Background) {
        let trade = self.one_trade(&["H6210", "F5252", "P8391", "O8040", "R8930", "K7030"]);
        let birthday = self.old_birthday(1_200);
        let mut head = self.draw_firm(trade, Kind::Company, birthday);
        head.class = Class::A;
        let hotline = Phone::landline(&mut self.chance);
        head.phones.push(hotline);
        let (brand, words) = (head.name.brand.clone(), head.name.trade.clone());
        let head = self.admit(head);
        let mut members = vec![head];
        for _ in 0..self.chance.range(5, 11) {
            let birthday = self.birthday();
            let mut firm = self.draw_firm(trade, Kind::Company, birthday);
            let tail = self.atlas.region.towns[usize::from(firm.place.town)].name;
            let place_word: String = tail.chars().take(2).collect();
            let own: String = self.lexicon.brand(&mut self.chance).chars().take(1).collect();
            firm.name.brand = format!("{brand}{}{own}", place_word.chars().next().unwrap_or('新'));
            firm.name.trade.clone_from(&words);
            if self.chance.chance(0.6) {
                firm.phones.push(hotline);
            }
            firm.suppliers.push(head);
            members.push(self.admit(firm));
        }
        self.mark_kin(&members);
        background.franchises.push(members);
    }

    /// Where a member is new, none is in serious trouble.
    fn keep_quiet(&mut self, members: &[FirmNo]) {
        self.mark_kin(members);
        let line = self.start.plus(-365);
        if members.iter().any(|m| self.firms[*m].established >= line) {
            for member in members {
                let class = &mut self.firms[*member].class;
                *class = (*class).min(Class::A);
            }
        }
    }

    pub(crate) fn mark_kin(&mut self, members: &[FirmNo]) {
        for member in members {
            self.firms[*member].kin = true;
        }
    }
}
