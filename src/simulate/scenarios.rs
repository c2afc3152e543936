//! Which switches are planted? The scenarios V1–V8 and V11–V15, each by owners of all skills.
//!
//! Must not know: how a detector weighs them.

use super::Difficulty;
use super::firm::{Firm, FirmNo, Kind, PersonNo};
use super::owners::Plan;
use super::place::{Atlas, Place, Spot};
use super::population::Background;
use super::prng::Chance;
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

/// What comes next: in turn, or by shares that the seed drew.
pub(crate) struct Turns {
    kinds: Vec<&'static str>,
    /// Cumulated shares of the kinds; empty for in turn.
    shares: Vec<f64>,
    turn: usize,
}

impl Turns {
    pub(crate) fn draw(&mut self, chance: &mut Chance) -> &'static str {
        self.turn += 1;
        let Some(total) = self.shares.last() else {
            return self.kinds[(self.turn - 1) % self.kinds.len()];
        };
        let at = chance.unit() * total;
        self.kinds[self.shares.partition_point(|share| *share <= at).min(self.kinds.len() - 1)]
    }
}

impl World {
    /// The kinds in turn, or, where shares are to be random, by exponential shares: some kinds
    /// become common and others nearly vanish.
    pub(crate) fn turns(&self, kinds: &[&'static str], purpose: u64) -> Turns {
        let mut turns = Turns { kinds: kinds.to_vec(), shares: Vec::new(), turn: 0 };
        if self.options.random_shares {
            turns.kinds.sort_unstable();
            turns.kinds.dedup();
            let mut chance = Chance::new(self.options.seed, purpose);
            let mut sum = 0.0;
            for _ in &turns.kinds {
                sum -= chance.unit().max(1e-9).ln();
                turns.shares.push(sum);
            }
        }
        turns
    }

    /// Plants the successions.
    pub(crate) fn plant_switches(&mut self, background: &Background) {
        let enterprises = self.options.enterprises as usize;
        let share = (enterprises as f64 * self.options.positives).round() as usize;
        let floor = if enterprises >= 500 && self.options.positives > 0.0 { 18 } else { 0 };
        let wanted = share.max(floor);
        let mut turns = self.turns(&TURNS, 5);
        let mut level = self.chance.below(3);
        let mut turn = 0;
        while self.watched.len() < wanted && turn < wanted * 4 {
            let scenario = turns.draw(&mut self.chance);
            let skill = self.skill(level);
            self.plant(scenario, skill, background);
            turn += 1;
            level += 1 + usize::from(turn.is_multiple_of(TURNS.len()));
        }
    }

    /// A skill of a third, or of the one third that is wanted.
    fn skill(&mut self, level: usize) -> f64 {
        let third = match self.options.difficulty {
            Difficulty::Easy => 0,
            Difficulty::Mixed => level % 3,
            Difficulty::Hard => 2,
        };
        (third as f64 + self.chance.unit()) / 3.0
    }

    fn plant(&mut self, scenario: &'static str, skill: f64, _background: &Background) {
        match scenario {
            "V5" => self.plant_shelf(skill),
            "V6" => self.plant_chain(skill),
            "V7" => self.plant_split(skill),
            "V8" => self.plant_closer(skill),
            "V11" => self.plant_from_next_door(skill),
            "V12" => self.plant_branch(skill),
            _ => {
                let trades = trades_of(scenario);
                if let Some(old) = self.find_old(trades) {
                    let switch = self.spec(scenario, skill);
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

    /// A switch of a scenario, planned like one (which may be another), with its days.
    pub(crate) fn planned(
        &mut self,
        scenario: &'static str,
        like: &str,
        skill: f64,
        trigger: Trigger,
    ) -> Switch {
        let Plan { ties, evasions, wait, decline } = self.plan(like, skill);
        let (troubled_on, founded_on) = self.days(wait);
        Switch {
            scenario,
            skill,
            evasions,
            trigger,
            troubled_on,
            founded_on,
            ties,
            decline,
            trade: None,
        }
    }

    /// What a scenario looks like.
    fn spec(&mut self, scenario: &'static str, skill: f64) -> Switch {
        let trigger = *self.chance.pick(&[
            Trigger::HeavyFine,
            Trigger::HeavyFine,
            Trigger::Fine,
            Trigger::SeriousList,
            Trigger::Enforcement,
            Trigger::Complaints,
            Trigger::Abnormal,
            Trigger::TaxAbnormal,
        ]);
        let mut switch = self.planned(scenario, scenario, skill, trigger);
        match scenario {
            "V4" => {
                let wait = self.chance.range(70, 120) as i32;
                let (filed_on, fined_on) = self.days(wait);
                switch.troubled_on = filed_on;
                switch.founded_on = fined_on.plus(-self.chance.range(20, 60) as i32);
                switch.trigger = Trigger::CaseThenFine(wait);
                switch.evasions.retain(|what| *what != "long_wait");
                switch.evasions.push("before_the_penalty");
            }
            "V13" => switch.trigger = Trigger::LicenceRevoked,
            "V14" => {
                switch.trigger = Trigger::Arrears;
                switch.trade = Some(index_of("L7263"));
            }
            _ => {}
        }
        switch
    }

    /// V6: A → B → C.
    fn plant_chain(&mut self, skill: f64) {
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
            let mut switch = self.planned("V6", like, skill, Trigger::HeavyFine);
            switch.evasions.retain(|what| *what != "long_wait");
            let shift = self.chance.range(0, 25) as i32;
            switch.troubled_on = self.start.plus(troubled + shift);
            switch.founded_on = self.start.plus(founded + shift);
            switch.decline = Decline::Fade;
            old = self.switch(old, &switch);
        }
    }

    /// V7: one into three, each with a part of the staff.
    fn plant_split(&mut self, skill: f64) {
        let Some(old) = self.find_old(&[]) else { return };
        self.staffed(old, 18.0);
        let first = self.planned("V7", "V7", skill, Trigger::HeavyFine);
        self.trouble(old, first.troubled_on, Trigger::HeavyFine);
        for (i, part) in [0.32, 0.44, 0.7].into_iter().enumerate() {
            let Plan { ties, evasions, decline, .. } = self.plan("V7", skill);
            let front = if i == 0 && skill < 0.5 { Front::Partner } else { ties.front };
            let ties = Ties { staff: part, officer: true, front, room: Room::Elsewhere, ..ties };
            let founded_on = first.founded_on.plus(i as i32 * 12);
            let mut switch = Switch { evasions, founded_on, ties, decline, ..first.clone() };
            let staff = ["staff_left_behind", "part_of_staff", "officers_changed"];
            switch.evasions.retain(|what| !staff.contains(what));
            let vest = self.make_vest(old, &switch);
            let new = self.admit(vest);
            let shown = self.shown_on(switch.founded_on);
            self.later(shown, move |world| {
                let at = world.now();
                world.load_vest(new, at);
            });
            self.follow(old, new, &switch);
        }
    }

    /// V8: the professional closer. Promotion, complaints, a nominee of many firms, a notice of
    /// simple deregistration while a fine is open; the team reopens in the same rooms.
    fn plant_closer(&mut self, skill: f64) {
        let Some(old) = self.find_old(&["R8930", "P8391", "O8040", "O8053", "H6210"]) else {
            return;
        };
        let mut switch = self.planned("V8", "V8", skill, Trigger::Complaints);
        switch.decline = Decline::Fade;
        self.switch(old, &switch);
        let troubled_on = switch.troubled_on;
        let nominee = self.nominee(troubled_on);
        self.later(troubled_on.plus(20), move |world| world.hand_to_nominee(old, nominee));
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

    /// A person who has become representative of many by a day.
    pub(crate) fn nominee(&mut self, by: Day) -> PersonNo {
        let nominee = self.person();
        self.burden(nominee, by.plus(-25));
        nominee
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
