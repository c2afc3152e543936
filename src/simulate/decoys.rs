//! What looks bad and is not? Decoys that sit near true successions: declared ones, tenants,
//! brands, groups, towers, hosts, agents, families, namesakes.
//!
//! Invariant: no decoy shares with its double a set of ties that only a hidden succession would
//! leave. At least ten decoys with a pair are planted for every positive. Must not know: any threshold.

use super::acts::Case;
use super::firm::{Class, Firm, FirmNo, Kind, Owner};
use super::naming::Phone;
use super::place::{Atlas, Spot};
use super::population::{Background, Host};
use super::switch::Trigger;
use super::trades::index_of;
use super::truth::Decoy;
use super::world::World;
use crate::time::Day;

/// Decoys with a pair planted for each positive pair.
const DECOYS_PER_POSITIVE: usize = 11;
/// The order in which decoys about successions are planted, over and over.
const TURNS: [&str; 28] = [
    "N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N10", "N11", "N12", "N13", "N14", "N15",
    "N16", "N27", "N30", "N4", "N7", "N9", "N22", "N23", "N24", "V10", "N29", "N12", "N30",
];

impl World {
    /// Plants the decoys.
    pub(crate) fn plant_decoys(&mut self, background: &Background) {
        let positives = self.watched.len().max(2);
        let mut turns = self.turns(&TURNS, 6);
        let wanted = positives * DECOYS_PER_POSITIVE;
        // A small town runs out of firms for some kinds; others take their turns.
        let mut tries = wanted * 3;
        while self.truth.decoys.iter().map(|d| d.pairs.len().min(1)).sum::<usize>() < wanted
            && tries > 0
        {
            let kind = turns.draw(&mut self.chance);
            self.plant_decoy(kind, background);
            tries -= 1;
        }
        self.plant_other_decoys(positives);
    }

    fn plant_decoy(&mut self, kind: &'static str, background: &Background) {
        match kind {
            "N1" => self.declared(),
            "N2" => self.converted(),
            "N3" => self.bought_from_court(),
            "N4" => self.next_tenant(),
            "N5" => self.brand_mate(background),
            "N6" => self.sibling_in_trouble(background),
            "N7" => self.same_tower(),
            "N8" => self.same_host(background),
            "N9" => self.same_agent(),
            "N10" => self.relatives(),
            "N11" => self.serial_founder(),
            "N12" => self.namesakes(),
            "N13" => self.same_brand_elsewhere(),
            "N14" => self.out_of_season(),
            "N15" => self.suspended(),
            "N16" => self.annulled(),
            "N22" => self.state_director(),
            "N23" => self.public_address(),
            "N24" => self.told_twice(),
            "N27" => self.tolerated(),
            "N30" => self.coincidence(),
            "V10" => self.renamed(),
            _ => self.branching_out(),
        }
    }

    pub(crate) fn decoy(&mut self, kind: &str, pairs: &[(FirmNo, FirmNo)], others: &[FirmNo]) {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(a, b)| (self.code(*a), self.code(*b))).collect();
        let mut enterprises: Vec<String> =
            pairs.iter().flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        enterprises.extend(others.iter().map(|f| self.code(*f)));
        enterprises.sort();
        enterprises.dedup();
        let (transfers, warnings) = (Vec::new(), Vec::new());
        let kind = kind.to_owned();
        self.truth.decoys.push(Decoy { kind, enterprises, pairs, transfers, warnings });
    }

    /// Says which warnings would be false about the last decoy.
    pub(crate) fn false_alarms(&mut self, kinds: &[&str]) {
        if let Some(decoy) = self.truth.decoys.last_mut() {
            decoy.warnings = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        }
    }

    /// A day of trouble and a later day, both inside.
    pub(crate) fn two_days(&mut self) -> (Day, Day) {
        let span = i64::from(self.end.since(self.start));
        let first = self.chance.range(20, (span - 40).max(21)) as i32;
        let gap = self.chance.range(12, 200.min(span / 3).max(13)) as i32;
        let second = (first + gap).min(span as i32 - 8).max(first + 3);
        (self.start.plus(first), self.start.plus(second))
    }

    /// Trouble such as a true switcher has.
    pub(crate) fn any_trouble(&mut self, firm: FirmNo, on: Day) {
        let trigger = *self.chance.pick(&[
            Trigger::HeavyFine,
            Trigger::Fine,
            Trigger::SeriousList,
            Trigger::Enforcement,
            Trigger::Complaints,
            Trigger::Abnormal,
            Trigger::TaxAbnormal,
        ]);
        self.trouble(firm, on, trigger);
    }

    /// A company of its own, founded on a day, with nothing in common with any other.
    pub(crate) fn newcomer(&mut self, trade: u8, on: Day) -> Firm {
        let mut firm = self.draw_firm(trade, Kind::Company, on);
        firm.class = Class::A;
        firm.reserved = true;
        (firm.reports_staff, firm.reports_activity) = (true, true);
        firm
    }

    /// N1: a merger, split or conversion with notice and declared predecessor.
    fn declared(&mut self) {
        let Some(old) = self.find_old(&[]) else { return };
        let (troubled, founded) = self.two_days();
        let kind = *self.chance.pick(&["merger", "split"]);
        let mut firm = self.inheritor(old, founded);
        firm.predecessors = vec![(self.code(old), kind)];
        let new = self.admit_new(firm);
        if self.chance.chance(0.5) {
            self.trouble(old, troubled, Trigger::Fine);
        }
        self.later(founded.plus(-50), move |world| {
            let at = world.now();
            world.notice_with(old, at, kind, &[new]);
        });
        let part = if kind == "merger" { 1.0 } else { 0.4 };
        self.later(founded.plus(15), move |world| world.resettle(old, new, part));
        if kind == "merger" {
            self.later(founded.plus(30), move |world| {
                let at = world.now();
                world.end(old, at, "deregistered", Some("合并解散"));
            });
        }
        self.decoy("N1", &[(old, new)], &[]);
    }

    /// Takes over a part of the staff, openly.
    pub(crate) fn resettle(&mut self, old: FirmNo, new: FirmNo, part: f64) {
        self.move_staff(old, new, part);
        self.firms[old].target = self.firms[old].staff.len() as f64;
        self.firms[new].target = self.firms[new].staff.len() as f64;
    }

    /// A firm with the people, place, phone and trade of another.
    fn inheritor(&mut self, old: FirmNo, founded: Day) -> Firm {
        let before = self.firms[old].clone();
        let mut firm = self.newcomer(before.trade, founded);
        firm.name.brand = self.lexicon.near(&mut self.chance, &before.name.brand);
        firm.rep = before.rep;
        firm.holders = before.holders;
        firm.officers = before.officers;
        firm.liaison = before.liaison;
        firm.place = before.place;
        firm.phones = before.phones;
        firm.target = 2.0;
        firm
    }

    /// N2: a sole trader becomes a company.
    fn converted(&mut self) {
        let trade = self.one_trade(&["H6291", "F5212", "O8111", "O8040"]);
        let birthday = self.old_birthday(300);
        let firm = self.draw_firm(trade, Kind::SoleTrader, birthday);
        let old = self.admit_old(firm);
        self.firms[old].reserved = true;
        let (troubled, founded) = self.two_days();
        let mut firm = self.inheritor(old, founded);
        firm.holders = vec![(Owner::Person(firm.rep), 100)];
        firm.officers = vec![(firm.rep, "manager")];
        firm.predecessors = vec![(self.code(old), "conversion")];
        let new = self.admit_new(firm);
        if self.chance.chance(0.4) {
            self.trouble(old, troubled, Trigger::Fine);
        }
        self.later(founded.plus(3), move |world| {
            let at = world.now();
            world.end(old, at, "deregistered", Some("个转企"));
        });
        self.decoy("N2", &[(old, new)], &[]);
    }

    /// N3: a stranger buys works and brand from the court and keeps the staff.
    fn bought_from_court(&mut self) {
        let Some(old) = self.find_old(&["C1361", "C2110", "G5930", "H6110", "C3021", "C4342"])
        else {
            return;
        };
        let (accepted, sold) = self.two_days();
        let before = self.firms[old].clone();
        let mut firm = self.newcomer(before.trade, sold.plus(-5));
        firm.place = before.place;
        firm.target = 3.0;
        let new = self.admit_new(firm);
        let price = self.chance.range(80, 900) * 10_000;
        self.later(accepted, move |world| {
            let at = world.now();
            world.court(old, at, Case::debtor("bankruptcy_accepted", price * 2));
        });
        let label = self.label(old, "trademark");
        self.later(sold, move |world| {
            let at = world.now();
            world.court(
                old,
                at,
                Case { state: "closed", ..Case::debtor("asset_auctioned", price) },
            );
            let at = at.plus_hours(1);
            world.hand_over((old, new), at, ("trademark", &label), Some(price / 20));
            world.hand_over((old, new), at, ("equipment", "厂房设备一批"), Some(price));
        });
        self.later(sold.plus(12), move |world| world.resettle(old, new, 0.7));
        self.later(sold.plus(60), move |world| {
            let at = world.now();
            world.end(old, at, "deregistered", Some("破产终结"));
        });
        self.decoy("N3", &[(old, new)], &[]);
    }

    /// N4: the shop of one who failed is let to a stranger of the same trade.
    fn next_tenant(&mut self) {
        let shops = ["H6210", "H6291", "F5212", "O8040", "O8111", "R8930", "F5165", "K7030"];
        let Some(old) = self.find_old(&shops) else { return };
        let (troubled, founded) = self.two_days();
        self.any_trouble(old, troubled);
        let (place, trade) = (self.firms[old].place, self.firms[old].trade);
        let mut firm = self.newcomer(trade, founded);
        firm.place = place;
        firm.spelling = self.respelt(0.4);
        if self.chance.chance(0.15) {
            // It even keeps the landline that belongs to the shop.
            firm.phones.push(Phone::landline(&mut self.chance));
            let line = firm.phones[firm.phones.len() - 1];
            self.firms[old].phones.push(line);
        }
        let new = self.admit_new(firm);
        if self.chance.chance(0.25) {
            // A cook or two stay in the kitchen.
            self.later(founded.plus(10), move |world| world.resettle(old, new, 0.15));
        }
        if self.chance.chance(0.1) {
            // The fittings are paid for.
            let price = self.chance.range(30, 200) * 1_000;
            let when = founded.plus(self.chance.range(-3, 12) as i32);
            self.later(when, move |world| {
                let at = world.now();
                world.hand_over((old, new), at, ("equipment", "店内设施一批"), Some(price));
            });
        }
        if self.chance.chance(0.6) {
            self.later(founded.plus(-6), move |world| world.move_or_end(old));
        }
        self.decoy("N4", &[(old, new)], &[]);
    }

    /// A firm leaves its rooms: it ends, or goes elsewhere.
    fn move_or_end(&mut self, firm: FirmNo) {
        let at = self.now();
        if self.chance.chance(0.5) {
            self.end(firm, at, "deregistered", Some("决议解散"));
            return;
        }
        let before = self.address(firm);
        let town = self.firms[firm].place.town;
        self.firms[firm].place = self.atlas.elsewhere(&mut self.chance, town);
        let after = self.address(firm);
        let change = serde_json::json!({"item": "domicile", "before": before, "after": after});
        self.changed(firm, at, &[change]);
    }

    /// N5: one shop of a brand is punished and closes; another opens elsewhere.
    fn brand_mate(&mut self, background: &Background) {
        if background.franchises.is_empty() {
            return;
        }
        let chain = self.chance.pick(&background.franchises).clone();
        let old = *self.chance.pick(&chain[1..]);
        if self.firms[old].reserved || self.firms[old].established >= self.start {
            return;
        }
        self.reserve(old);
        let (troubled, founded) = self.two_days();
        self.any_trouble(old, troubled);
        let head = self.firms[chain[0]].clone();
        let mut firm = self.newcomer(head.trade, founded);
        let own: String = self.lexicon.brand(&mut self.chance).chars().take(1).collect();
        firm.name.brand = format!("{}{own}", head.name.brand);
        firm.name.trade = head.name.trade;
        firm.phones.push(head.phones[head.phones.len() - 1]);
        firm.suppliers = vec![chain[0]];
        let new = self.admit_new(firm);
        if self.chance.chance(0.5) {
            self.later(founded, move |world| {
                let at = world.now();
                world.end(old, at, "deregistered", Some("决议解散"));
            });
        }
        self.decoy("N5", &[(old, new)], &[]);
    }

    /// N6: one of a group that has existed for years is punished.
    fn sibling_in_trouble(&mut self, background: &Background) {
        if background.groups.is_empty() {
            return;
        }
        let group = self.chance.pick(&background.groups).clone();
        let old = *self.chance.pick(&group[1..]);
        if self.firms[old].reserved {
            return;
        }
        self.reserve(old);
        let (troubled, _) = self.two_days();
        self.any_trouble(old, troubled);
        let pairs: Vec<_> = group.iter().filter(|f| **f != old).map(|f| (old, *f)).collect();
        self.decoy("N6", &pairs, &[]);
    }

    /// N7: trouble on one floor, a newcomer on another.
    fn same_tower(&mut self) {
        let offices = ["F5181", "I6513", "L7259", "E4710", "L7212", "L7284", "I6450", "M7481"];
        let Some(old) = self.find_old(&offices) else { return };
        let tower = self.chance.skewed(self.atlas.towers(), 3.0) as u16;
        if !matches!(self.firms[old].place.spot, Spot::Tower { .. }) {
            self.firms[old].place = Atlas::room(&mut self.chance, tower);
        }
        let (troubled, founded) = self.two_days();
        self.any_trouble(old, troubled);
        let place = self.same_building(self.firms[old].place);
        let mut firm = self.newcomer(self.firms[old].trade, founded);
        firm.place = place;
        if self.chance.chance(0.3) {
            // Both went to the agent downstairs.
            let agent = self.agents[self.chance.skewed(self.agents.len(), 1.5)];
            self.through_agent(&mut firm, agent);
        }
        let new = self.admit_new(firm);
        self.decoy("N7", &[(old, new)], &[]);
    }

    /// N8: two desks with one cluster host.
    fn same_host(&mut self, background: &Background) {
        let host: Host = *self.chance.pick(&background.hosts);
        let (troubled, founded) = self.two_days();
        let trade = index_of("F5181");
        let birthday = self.old_birthday(300);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        firm.reserved = true;
        self.at_host(&mut firm, host);
        firm.phones = vec![host.phone];
        let old = self.admit_old(firm);
        self.any_trouble(old, troubled);
        let mut firm = self.newcomer(trade, founded);
        self.at_host(&mut firm, host);
        firm.phones = vec![host.phone];
        let new = self.admit_new(firm);
        self.decoy("N8", &[(old, new)], &[]);
    }

    /// N9: two clients of one agent: phone, liaison and device are the agent's.
    fn same_agent(&mut self) {
        let agent = self.agents[self.chance.skewed(self.agents.len(), 1.5)];
        let (troubled, founded) = self.two_days();
        let trade = self.draw_trade();
        let birthday = self.old_birthday(300);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        firm.reserved = true;
        self.client_of(&mut firm, agent);
        let old = self.admit_old(firm);
        self.any_trouble(old, troubled);
        let trade = if self.chance.chance(0.5) { trade } else { self.draw_trade() };
        let mut firm = self.newcomer(trade, founded);
        self.client_of(&mut firm, agent);
        let new = self.admit_new(firm);
        self.decoy("N9", &[(old, new)], &[]);
    }

    fn client_of(&mut self, firm: &mut Firm, agent: FirmNo) {
        self.through_agent(firm, agent);
        firm.phones = vec![self.firms[agent].phones[0]];
        firm.liaison = self.firms[agent].liaison;
        firm.emails.clone_from(&self.firms[agent].emails);
    }
}
