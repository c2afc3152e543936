//! Which switches are planted? The scenarios V1–V8 and V11–V15, each easy, medium and hard.
//!
//! Easy: five or more kinds of tie. Medium: about four, with noise. Hard: three, weak and late.
//! Must not know: how a detector weighs them.

use super::firm::{Firm, FirmNo, Kind};
use super::place::{Place, Spot};
use super::population::Background;
use super::switch::{Decline, Front, Room, Switch, Ties, Trigger};
use super::trades::{TRADES, index_of};
use super::truth::TrueWarning;
use super::words::NEIGHBOUR;
use super::world::World;
use crate::time::Day;
use serde_json::json;

/// The order in which scenarios are planted, over and over.
const TURNS: [&str; 20] = [
    "V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V11", "V12", "V13", "V14", "V15", "V2", "V3",
    "V4", "V5", "V13", "V15", "V1",
];
const LEVELS: [&str; 3] = ["easy", "medium", "hard"];

impl World {
    /// Plants the successions.
    pub(crate) fn plant_switches(&mut self, background: &Background) {
        let enterprises = self.options.enterprises as usize;
        let share = (enterprises as f64 * self.options.positives).round() as usize;
        let floor = if enterprises >= 500 && self.options.positives > 0.0 { 18 } else { 0 };
        let wanted = share.max(floor);
        let mut level = self.chance.below(3);
        let mut turn = 0;
        while self.told() < wanted && turn < wanted * 4 {
            let scenario = TURNS[turn % TURNS.len()];
            let difficulty = LEVELS[level % 3];
            self.plant(scenario, difficulty, background);
            turn += 1;
            level += 1 + usize::from(turn.is_multiple_of(TURNS.len()));
        }
    }

    fn told(&self) -> usize {
        self.truth.successions.len() + self.truth.unripe.len()
    }

    fn plant(&mut self, scenario: &'static str, level: &'static str, background: &Background) {
        match scenario {
            "V5" => self.plant_shelf(level),
            "V6" => self.plant_chain(level),
            "V7" => self.plant_split(level),
            "V8" => self.plant_closer(level),
            "V11" => self.plant_from_next_door(level),
            "V12" => self.plant_branch(level),
            _ => {
                let trades = trades_of(scenario);
                if let Some(old) = self.find_old(trades) {
                    let switch = self.spec(scenario, level, background);
                    self.switch(old, &switch);
                }
            }
        }
    }

    /// A company of some trades (all, if none is named) that may get into trouble.
    pub(crate) fn find_old(&mut self, trades: &[&str]) -> Option<FirmNo> {
        let line = self.start.plus(-200);
        let fit = |f: &Firm| {
            f.kind == Kind::Company
                && !f.reserved
                && !f.kin
                && f.established < line
                && f.target >= 6.0
                && f.agent.is_none()
                && !matches!(f.place.spot, Spot::Hosted { .. } | Spot::Committee { .. })
                && (trades.is_empty() || trades.contains(&TRADES[usize::from(f.trade)].code))
        };
        for _ in 0..20_000 {
            let firm = self.chance.below(self.firms.len());
            if fit(&self.firms[firm]) && !self.agents.contains(&firm) {
                self.reserve(firm);
                return Some(firm);
            }
        }
        None
    }

    /// Days of trouble and of founding, `gap` apart, with time left for all to show.
    fn days(&mut self, gap: i32) -> (Day, Day) {
        let span = self.end.since(self.start);
        let room = span - 120 - gap.max(0);
        let low = 30 + (-gap).max(0);
        let offset =
            if room > low { self.chance.range(low.into(), room.into()) as i32 } else { low };
        let troubled = self.start.plus(offset);
        (troubled, troubled.plus(gap))
    }

    fn gap(&mut self, level: &str) -> i32 {
        let (low, high) = match level {
            "easy" => (10, 45),
            "medium" => (20, 120),
            _ => (60, 280),
        };
        let span = i64::from(self.end.since(self.start));
        self.chance.range(low.min(span / 6), high.min(span / 3).max(low.min(span / 6))) as i32
    }

    fn staff_share(&mut self, level: &str) -> f64 {
        let (low, high) = match level {
            "easy" => (70, 90),
            "medium" => (55, 75),
            _ => (42, 60),
        };
        self.chance.range(low, high) as f64 / 100.0
    }

    /// What a scenario of a difficulty looks like.
    fn spec(
        &mut self,
        scenario: &'static str,
        level: &'static str,
        _background: &Background,
    ) -> Switch {
        let gap = self.gap(level);
        let (mut troubled_on, mut founded_on) = self.days(gap);
        let mut trigger = *self.chance.pick(&[
            Trigger::HeavyFine,
            Trigger::HeavyFine,
            Trigger::Fine,
            Trigger::SeriousList,
            Trigger::Enforcement,
            Trigger::Complaints,
        ]);
        let mut trade = None;
        match scenario {
            "V1" if level == "easy" => trigger = Trigger::HeavyFine,
            "V4" => {
                let wait = self.chance.range(70, 120) as i32;
                (troubled_on, founded_on) = self.days(wait);
                founded_on = founded_on.plus(-self.chance.range(20, 60) as i32);
                trigger = Trigger::CaseThenFine(wait);
            }
            "V13" => trigger = Trigger::LicenceRevoked,
            "V14" => {
                trigger = Trigger::Arrears;
                trade = Some(index_of("L7263"));
            }
            _ => {}
        }
        let ties = self.ties(scenario, level);
        let decline = *self.chance.pick(&[Decline::Fade, Decline::Nominee, Decline::Close]);
        let (difficulty, scenario) = (level, scenario);
        Switch { scenario, difficulty, trigger, troubled_on, founded_on, ties, decline, trade }
    }

    /// What is carried over, by scenario and difficulty.
    pub(crate) fn ties(&mut self, scenario: &str, level: &str) -> Ties {
        let staff = self.staff_share(level);
        let (easy, hard) = (level == "easy", level == "hard");
        let coin = self.chance.chance(0.5);
        let straw = if hard || coin { Front::Straw } else { Front::Kin };
        let place = |hard_room| if hard { hard_room } else { Room::Same };
        match scenario {
            "V1" | "V6" => Ties {
                phone: easy || (coin && !hard),
                near_name: easy || (!coin && !hard),
                liaison: easy,
                staff: if easy && coin { 0.0 } else { staff },
                officer: hard,
                ..Ties::bare(Front::Same, place(Room::Elsewhere))
            },
            "V3" => Ties {
                near_name: easy,
                officer: easy || (coin && !hard),
                staff,
                suppliers: true,
                assets: vec!["trademark"],
                ..Ties::bare(straw, Room::Elsewhere)
            },
            "V4" => Ties {
                phone: !hard,
                liaison: easy,
                holder: hard,
                near_name: easy,
                staff,
                payments: coin,
                ..Ties::bare(if coin { Front::Partner } else { Front::Same }, place(Room::Beside))
            },
            "V13" => Ties {
                officer: true,
                phone: easy,
                near_name: easy,
                licence: true,
                staff: if easy { 0.0 } else { staff },
                ..Ties::bare(straw, Room::Same)
            },
            "V14" => Ties {
                officer: true,
                same_trade: false,
                staff,
                phone: easy,
                mail: easy,
                payments: easy,
                assets: vec!["contract"],
                ..Ties::bare(straw, if easy { Room::Same } else { Room::Elsewhere })
            },
            "V15" => Ties {
                mail: !hard,
                phone: easy,
                liaison: hard || coin,
                staff: if easy { 0.0 } else { staff },
                assets: if hard { vec!["online_shop"] } else { vec!["online_shop", "domain"] },
                ..Ties::bare(straw, place(Room::Elsewhere))
            },
            _ => Ties {
                liaison: !hard,
                officer: hard,
                holder: easy,
                phone: !hard,
                fingerprint: coin && !hard,
                staff,
                assets: if coin || hard { vec!["online_shop"] } else { vec!["equipment"] },
                ..Ties::bare(straw, place(Room::Beside))
            },
        }
    }

    /// V6: A → B → C.
    fn plant_chain(&mut self, level: &'static str) {
        let span = self.end.since(self.start);
        if span < 400 {
            return;
        }
        let Some(a) = self.find_old(&[]) else { return };
        let links = [(span / 10, span / 10 + 45), (span / 2, span / 2 + 50)];
        let mut old = a;
        for (troubled, founded) in links {
            let like = *self.chance.pick(&["V6", "V2"]);
            let ties = self.ties(like, level);
            let shift = self.chance.range(0, 25) as i32;
            let switch = Switch {
                scenario: "V6",
                difficulty: level,
                trigger: Trigger::HeavyFine,
                troubled_on: self.start.plus(troubled + shift),
                founded_on: self.start.plus(founded + shift),
                ties,
                decline: Decline::Fade,
                trade: None,
            };
            old = self.switch(old, &switch);
        }
    }

    /// V7: one into three, each with a part of the staff.
    fn plant_split(&mut self, level: &'static str) {
        let Some(old) = self.find_old(&[]) else { return };
        self.firms[old].target = self.firms[old].target.max(18.0);
        let gap = self.gap(level).min(90);
        let (troubled_on, founded_on) = self.days(gap);
        self.trouble(old, troubled_on, Trigger::HeavyFine);
        for (i, part) in [0.32, 0.44, 0.7].into_iter().enumerate() {
            let ties = Ties {
                staff: part,
                officer: true,
                phone: level == "easy",
                holder: level == "easy",
                assets: if level == "hard" { vec![] } else { vec!["equipment"] },
                ..Ties::bare(if i == 0 { Front::Partner } else { Front::Straw }, Room::Elsewhere)
            };
            let switch = Switch {
                scenario: "V7",
                difficulty: level,
                trigger: Trigger::HeavyFine,
                troubled_on,
                founded_on: founded_on.plus(i as i32 * 12),
                ties,
                decline: Decline::Fade,
                trade: None,
            };
            let vest = self.make_vest(old, &switch);
            let new = self.admit(vest);
            let vest = self.firms[new].clone();
            self.later(switch.founded_on, move |world| {
                let at = world.now();
                world.load_vest(new, at);
            });
            self.follow(old, new, &vest, &switch);
        }
    }

    /// V8: the professional closer. Promotion, complaints, a nominee of many firms, a notice of
    /// simple deregistration while a fine is open; the team reopens in the same rooms.
    fn plant_closer(&mut self, level: &'static str) {
        let Some(old) = self.find_old(&["R8930", "P8391", "O8040", "O8053", "H6210"]) else {
            return;
        };
        let gap = self.gap(level).clamp(30, 100);
        let (troubled_on, founded_on) = self.days(gap);
        let staff = self.staff_share(level);
        let easy = level == "easy";
        let ties = Ties {
            officer: true,
            phone: easy,
            staff,
            near_name: easy,
            ..Ties::bare(Front::Straw, Room::Same)
        };
        let switch = Switch {
            scenario: "V8",
            difficulty: level,
            trigger: Trigger::Complaints,
            troubled_on,
            founded_on,
            ties,
            decline: Decline::Fade,
            trade: None,
        };
        self.switch(old, &switch);
        self.later(troubled_on.plus(20), move |world| world.hand_to_nominee(old));
        let notice_on = troubled_on.plus(60);
        self.later(notice_on, move |world| {
            let at = world.now();
            world.notice(old, at, "simple_deregistration", 20);
        });
        if notice_on < self.end {
            let subject = self.code(old);
            self.warn_truth("deregistration_conflict", subject, "V8");
        }
    }

    pub(crate) fn warn_truth(&mut self, kind: &str, subject: String, scenario: &str) {
        self.truth.warnings.push(TrueWarning {
            kind: kind.to_owned(),
            subject,
            subjects: Vec::new(),
            scenario: scenario.to_owned(),
        });
    }

    /// V5: a dormant firm is bought, renamed and set to the old one's business.
    fn plant_shelf(&mut self, level: &'static str) {
        let Some(old) = self.find_old(&[]) else { return };
        let gap = self.gap(level);
        let (troubled_on, founded_on) = self.days(gap);
        let like = *self.chance.pick(&["V1", "V2"]);
        let ties = self.ties(like, level);
        let switch = Switch {
            scenario: "V5",
            difficulty: level,
            trigger: Trigger::HeavyFine,
            troubled_on,
            founded_on,
            ties,
            decline: Decline::Fade,
            trade: None,
        };
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
        self.follow(old, shelf, &vest, &switch);
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
    fn plant_from_next_door(&mut self, level: &'static str) {
        let trade = self.draw_trade();
        let birthday = self.old_birthday(600);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        firm.place = self.atlas.next_door(&mut self.chance);
        firm.code = self.new_code(Kind::Company, birthday, NEIGHBOUR);
        firm.target = firm.target.max(8.0);
        firm.name.region = "昌江";
        let old = self.admit_old(firm);
        self.reserve(old);
        let gap = self.gap(level);
        let (troubled_on, founded_on) = self.days(gap);
        let mut ties = self.ties("V1", level);
        ties.room = Room::Elsewhere;
        ties.staff = self.staff_share(level);
        ties.officer = true;
        let switch = Switch {
            scenario: "V11",
            difficulty: level,
            trigger: Trigger::SeriousList,
            troubled_on,
            founded_on,
            ties,
            decline: Decline::Fade,
            trade: None,
        };
        let new = self.switch(old, &switch);
        self.firms[new].name.region = "东方";
    }

    /// V12: a penalised branch is dissolved; a company opens on its premises.
    fn plant_branch(&mut self, level: &'static str) {
        let Some(parent) = self.find_old(&["H6210", "F5212", "O8111", "C3021", "G5431"]) else {
            return;
        };
        let trade = self.firms[parent].trade;
        let birthday = self.old_birthday(500);
        let mut firm = self.draw_firm(trade, Kind::Branch, birthday);
        firm.name = self.firms[parent].name.clone();
        firm.title = Some(format!("{}港区分公司", self.firms[parent].full_name()));
        firm.place = self.atlas.street(&mut self.chance);
        firm.target = firm.target.max(7.0);
        let old = self.admit_old(firm);
        self.reserve(old);
        let gap = self.gap(level).min(120);
        let (troubled_on, founded_on) = self.days(gap);
        let (easy, hard) = (level == "easy", level == "hard");
        let ties = Ties {
            phone: !hard,
            near_name: easy,
            staff: self.staff_share(level),
            ..Ties::bare(if hard { Front::Straw } else { Front::Same }, Room::Same)
        };
        let switch = Switch {
            scenario: "V12",
            difficulty: level,
            trigger: Trigger::HeavyFine,
            troubled_on,
            founded_on,
            ties,
            decline: Decline::Close,
            trade: None,
        };
        self.switch(old, &switch);
    }

    /// A place of the same building as another, for decoys.
    pub(crate) fn same_building(&mut self, place: Place) -> Place {
        match place.spot {
            Spot::Tower { tower, .. } | Spot::Hosted { tower, .. } => {
                self.atlas.room(&mut self.chance, tower)
            }
            _ => self.beside(place),
        }
    }
}

/// The trades in which a scenario plays.
fn trades_of(scenario: &str) -> &'static [&'static str] {
    match scenario {
        "V13" => &["H6210", "H6291", "F5212", "C1361", "C1371"],
        "V14" => &["E4710", "E4852", "E5011"],
        "V15" => &["F5292", "F5181", "F5224", "F5123", "O8053"],
        _ => &[],
    }
}
