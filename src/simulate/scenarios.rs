//! Which switches are planted? The scenarios V1–V8 and V11–V15, each easy, medium and hard.
//!
//! Easy: five or more kinds of tie. Medium: about four, with noise. Hard: three, weak and late.
//! Must not know: how a detector weighs them.

use super::firm::{Firm, FirmNo, Kind, PersonNo};
use super::place::{Atlas, Place, Spot};
use super::population::Background;
use super::switch::{Decline, Front, Room, Switch, Ties, Trigger};
use super::trades::{TRADES, index_of};
use super::truth::TrueWarning;
use super::world::World;
use crate::time::Day;

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
                && f.target >= 8.0
                && !matches!(f.place.spot, Spot::Hosted { .. } | Spot::Committee { .. })
                && (trades.is_empty() || trades.contains(&TRADES[usize::from(f.trade)].code))
        };
        for _ in 0..20_000 {
            let firm = self.chance.below(self.firms.len());
            if fit(&self.firms[firm])
                && !self.agents.contains(&firm)
                && !self.reached_by_agent(firm)
            {
                self.reserve(firm);
                return Some(firm);
            }
        }
        None
    }

    /// Gives a firm at least so many people.
    pub(crate) fn staffed(&mut self, firm: FirmNo, least: f64) {
        let own = &mut self.firms[firm];
        own.target = own.target.max(least);
        own.grown = own.target;
    }

    /// Whether the agent's phone or clerk stands in the firm's file. Such a tie could be no tie of
    /// its own, so a case that rests on one would be unfair.
    fn reached_by_agent(&self, firm: FirmNo) -> bool {
        let own = &self.firms[firm];
        own.agent.is_some_and(|agent| {
            let agent = &self.firms[agent];
            own.phones[0] == agent.phones[0] || own.liaison == agent.liaison
        })
    }

    /// Days of trouble and of founding, `gap` apart, with time left for all to show.
    pub(crate) fn days(&mut self, gap: i32) -> (Day, Day) {
        let span = self.end.since(self.start);
        let room = span - 120 - gap.max(0);
        let low = 30 + (-gap).max(0);
        let offset =
            if room > low { self.chance.range(low.into(), room.into()) as i32 } else { low };
        let troubled = self.start.plus(offset);
        (troubled, troubled.plus(gap))
    }

    pub(crate) fn gap(&mut self, level: &str) -> i32 {
        let (low, high) = match level {
            "easy" => (10, 45),
            "medium" => (20, 120),
            _ => (60, 280),
        };
        let span = i64::from(self.end.since(self.start));
        self.chance.range(low.min(span / 6), high.min(span / 3).max(low.min(span / 6))) as i32
    }

    pub(crate) fn staff_share(&mut self, level: &str) -> f64 {
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
            Trigger::Abnormal,
            Trigger::TaxAbnormal,
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
        self.staffed(a, 20.0);
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
        self.staffed(old, 18.0);
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
        let nominee = self.person();
        self.later(troubled_on.plus(20), move |world| world.hand_to_nominee(old, nominee));
        self.burden(nominee, troubled_on.plus(-25));
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

    /// The nominee has signed for a dozen others before, who are of no further interest here.
    fn burden(&mut self, nominee: PersonNo, before: Day) {
        for _ in 0..self.chance.range(7, 12) {
            let Some(firm) = self.find_old(&[]) else { return };
            let day = before.plus(self.chance.range(0, 40) as i32);
            self.later(day, move |world| {
                let was = world.person_json(world.firms[firm].rep);
                world.firms[firm].rep = nominee;
                let is = world.person_json(nominee);
                let at = world.now();
                let change = serde_json::json!({"item": "legal_rep", "before": was, "after": is});
                world.changed(firm, at, &[change]);
            });
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

    /// A place of the same building as another, for decoys.
    pub(crate) fn same_building(&mut self, place: Place) -> Place {
        match place.spot {
            Spot::Tower { tower, .. } | Spot::Hosted { tower, .. } => {
                Atlas::room(&mut self.chance, tower)
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
