//! Which switches take a detour? By a shelf firm, from the next county, out of a branch.
//!
//! Must not know: how a detector weighs them.

use super::firm::{Firm, FirmNo, Kind};
use super::switch::{Decline, Trigger};
use super::words::NEIGHBOUR;
use super::world::World;
use serde_json::json;

impl World {
    /// V5: a dormant firm is bought, renamed and set to the old one's business.
    pub(crate) fn plant_shelf(&mut self, skill: f64) {
        let Some(old) = self.find_old(&[]) else { return };
        let like = *self.chance.pick(&["V1", "V2"]);
        let switch = self.planned("V5", like, skill, Trigger::HeavyFine);
        let (troubled_on, founded_on) = (switch.troubled_on, switch.founded_on);
        let birthday = self.old_birthday(400);
        let trade = self.draw_trade();
        let mut shelf = self.draw_firm(trade, Kind::Company, birthday);
        (shelf.pace, shelf.target, shelf.reserved) = (0.0, 0.0, true);
        let shelf = self.admit_old(shelf);
        let mut vest = self.make_vest(old, &switch);
        while !self.claim_name(&vest.full_name()) {
            vest.name.brand = self.lexicon.near(&mut self.chance, &vest.name.brand);
        }
        self.trouble(old, troubled_on, Trigger::HeavyFine);
        self.follow(old, shelf, &switch);
        self.later(founded_on, move |world| world.dress(shelf, vest));
    }

    /// The shelf firm takes on name, people, place and trade, in one filing or in two.
    fn dress(&mut self, shelf: FirmNo, vest: Firm) {
        let before = self.firms[shelf].clone();
        let (rep_before, holders_before) = (self.person_json(before.rep), self.holders_json(shelf));
        let domicile_before = self.address(shelf);
        let firm = &mut self.firms[shelf];
        firm.name = vest.name;
        firm.rep = vest.rep;
        firm.holders = vest.holders;
        firm.officers = vest.officers;
        firm.liaison = vest.liaison;
        firm.place = vest.place;
        firm.spelling = vest.spelling;
        firm.phones = vest.phones;
        firm.phone_style = vest.phone_style;
        firm.emails = vest.emails;
        firm.trade = vest.trade;
        firm.scope = vest.scope;
        firm.revenue = vest.revenue;
        firm.suppliers = vest.suppliers;
        firm.watched = vest.watched;
        (firm.pace, firm.target) = (1.0, 0.0);
        let people = vec![
            json!({"item": "legal_rep", "before": rep_before, "after": self.person_json(self.firms[shelf].rep)}),
            json!({"item": "holders", "before": holders_before, "after": self.holders_json(shelf)}),
            json!({"item": "officers", "after": self.officers_json(shelf)}),
        ];
        let mut rest = vec![
            json!({"item": "name", "before": before.full_name(), "after": self.firms[shelf].full_name()}),
            json!({"item": "domicile", "before": domicile_before, "after": self.address(shelf)}),
            json!({"item": "scope", "before": before.scope, "after": self.firms[shelf].scope}),
            json!({"item": "industry", "after": self.trade_code(shelf)}),
            json!({"item": "phones", "after": self.phones_json(shelf)}),
        ];
        if let Some(liaison) = self.firms[shelf].liaison {
            rest.push(json!({"item": "liaison", "after": self.person_json(liaison)}));
        }
        let at = self.now();
        self.changed(shelf, at, &people);
        let days = self.chance.range(0, 25) as i32;
        let at = self.moment(self.today.plus(days));
        self.changed(shelf, at.max(self.today.start().plus_hours(18)), &rest);
    }

    /// V11: the old firm was in the next county.
    pub(crate) fn plant_from_next_door(&mut self, skill: f64) {
        let trade = self.draw_trade();
        let birthday = self.old_birthday(600);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        firm.place = self.atlas.next_door(&mut self.chance);
        firm.code = self.new_code(Kind::Company, birthday, NEIGHBOUR);
        (firm.target, firm.grown) = (firm.target.max(9.0), firm.target.max(9.0));
        firm.name.region = self.atlas.region.outside_word;
        let old = self.admit_old(firm);
        self.reserve(old);
        let switch = self.planned("V11", "V11", skill, Trigger::SeriousList);
        let new = self.switch(old, &switch);
        self.firms[new].name.region = self.atlas.region.words[0];
    }

    /// V12: a penalised branch is dissolved; a company opens on its premises.
    pub(crate) fn plant_branch(&mut self, skill: f64) {
        let Some(parent) = self.find_old(&["H6210", "F5212", "O8111", "C3021", "G5431"]) else {
            return;
        };
        let trade = self.firms[parent].trade;
        let birthday = self.old_birthday(500);
        let mut firm = self.draw_firm(trade, Kind::Branch, birthday);
        firm.name = self.firms[parent].name.clone();
        firm.title = Some(format!("{}港区分公司", self.firms[parent].full_name()));
        firm.place = self.atlas.street(&mut self.chance);
        (firm.target, firm.grown) = (firm.target.max(9.0), firm.target.max(9.0));
        let old = self.admit_old(firm);
        self.reserve(old);
        let mut switch = self.planned("V12", "V12", skill, Trigger::HeavyFine);
        switch.decline = Decline::Close;
        self.switch(old, &switch);
    }
}
