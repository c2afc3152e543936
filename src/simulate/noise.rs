//! What looks like fraud and is not? Payroll, platforms, pools, claimants, rumours, plaintiffs.
//!
//! Must not know: any window or threshold.

use super::acts::Case;
use super::firm::FirmNo;
use super::ledger::Terms;
use super::trades::index_of;
use super::world::World;
use crate::time::{Day, Time};

impl World {
    /// Plants the decoys that are not about successions.
    pub(crate) fn plant_other_decoys(&mut self, positives: usize) {
        for _ in 0..(positives / 6).max(1) {
            self.claimants();
            self.rumour();
            self.plaintiff();
        }
        for _ in 0..(positives / 18).max(1) {
            self.payroll_agent();
            self.platform();
            self.cash_pool();
            self.moratorium();
        }
    }

    /// N17: two hundred complaints of one claimant, none true.
    fn claimants(&mut self) {
        let Some(firm) = self.find_old(&["F5212", "F5224", "F5252", "H6210", "F5292"]) else {
            return;
        };
        let (day, _) = self.two_days();
        let claimant = self.chance.next();
        for i in 0..self.chance.range(60, 200) {
            let when = day.plus((i / 20) as i32);
            self.later(when, move |world| {
                let at = world.now();
                let ticket = world.complain(firm, at, "标签瑕疵", claimant);
                let closing = world.today.plus(20);
                world.later(closing, move |world| {
                    let at = world.now();
                    world.close_complaint(firm, at, &ticket, false);
                });
            });
        }
        self.decoy("N17", &[], &[firm]);
        self.false_alarms(&["complaint_burst"]);
    }

    /// N18: a rumour of anonymous posts, denied within days.
    fn rumour(&mut self) {
        let Some(firm) = self.find_old(&[]) else { return };
        let (day, _) = self.two_days();
        for i in 0..self.chance.range(10, 30) {
            let when = day.plus((i % 4) as i32);
            self.later(when, move |world| {
                let at = world.now();
                world.opine(firm, at, 4, "食品安全", -0.9);
            });
        }
        self.later(day.plus(6), move |world| {
            let at = world.now();
            world.opine(firm, at, 1, "辟谣", 0.6);
        });
        self.decoy("N18", &[], &[firm]);
        self.false_alarms(&["complaint_burst", "index_level"]);
    }

    /// N28: a creditor who sues many.
    fn plaintiff(&mut self) {
        let Some(firm) = self.find_old(&["L7212", "K7020", "F5165", "C3021", "E4710"]) else {
            return;
        };
        let (day, _) = self.two_days();
        for _ in 0..self.chance.range(12, 30) {
            let when = day.plus(self.chance.below(60) as i32);
            self.later(when, move |world| {
                let at = world.now();
                let claim = world.chance.range(5, 80) * 10_000;
                let (kind, role) = *world
                    .chance
                    .pick(&[("litigation", "plaintiff"), ("enforcement_filed", "creditor")]);
                world.court(firm, at, Case { role, ..Case::debtor(kind, claim) });
            });
        }
        self.decoy("N28", &[], &[firm]);
        self.false_alarms(&["index_level", "veto"]);
    }

    /// N19: an agent pays the wages of hundreds every month.
    fn payroll_agent(&mut self) {
        let Some(firm) = self.find_old(&["L7263", "K7020", "E4710"]) else { return };
        let heads = self.chance.range(120, 300) as u64;
        let own = self.side(firm);
        let mut transfers = Vec::new();
        for day in self.monthly(15, 8) {
            let at = self.moment(day);
            for head in 0..heads {
                let saver = self.saver(940_000_000 + firm as u64 * 1_000 + head);
                let fen = (self.chance.lognormal(4_600.0, 0.2) as i64) * 100;
                let at = Time(at.0 + head as i64 * 1_500);
                let terms = Terms::of("代发工资").under("special_account");
                transfers.push(self.transfer((&own, &saver), at, fen, terms));
            }
        }
        self.flow_decoy("N19", firm, transfers);
    }

    /// N20: a supermarket or a school takes small sums of hundreds.
    fn platform(&mut self) {
        let school = self.chance.chance(0.5);
        let trade = if school { "P8391" } else { "F5212" };
        let Some(firm) = self.find_old(&[trade, "K7020", "F5252"]) else { return };
        let own = self.side(firm);
        let purpose = if school { "学费" } else { "消费" };
        let mut transfers = Vec::new();
        for day in self.monthly(5, 6) {
            for head in 0..self.chance.range(60, 120) as u64 {
                let saver = self.saver(950_000_000 + firm as u64 * 1_000 + head);
                let fen = self.chance.lognormal(180.0, 0.7) as i64 * 100 + 37;
                let when = day.plus(self.chance.below(6) as i32);
                let at = self.moment(when);
                transfers.push(self.transfer((&saver, &own), at, fen, Terms::of(purpose)));
            }
        }
        self.flow_decoy("N20", firm, transfers);
    }

    /// N21: the daily pool of a group: up in the evening, down in the morning.
    fn cash_pool(&mut self) {
        let trade = index_of("L7212");
        let birthday = self.old_birthday(900);
        let head = self.newcomer(trade, birthday);
        let head = self.admit_old(head);
        let mut members: Vec<FirmNo> = Vec::new();
        for _ in 0..3 {
            let (trade, birthday) = (self.draw_trade(), self.old_birthday(700));
            let mut firm = self.newcomer(trade, birthday);
            firm.holders = vec![(super::firm::Owner::Firm(head), 100)];
            members.push(self.admit_old(firm));
        }
        let pool = self.side(head);
        let mut transfers = Vec::new();
        for day in self.monthly(10, 12) {
            let mut at = Time(day.start().0 + 16 * 3_600_000);
            for member in &members {
                let own = self.side(*member);
                let fen = self.chance.range(100, 900) * 100_000;
                let terms = Terms::of("资金池归集");
                transfers.push(self.transfer((&own, &pool), at, fen, terms));
                at = at.plus_hours(1);
                transfers.push(self.transfer((&pool, &own), at, fen, Terms::of("资金池下拨")));
            }
        }
        self.flow_decoy("N21", head, transfers);
    }

    /// A day of each of the first so many months of the simulation.
    fn monthly(&self, of_month: i32, count: i32) -> Vec<Day> {
        let first = self.start.month().0 + 1;
        (first..first + count)
            .map(|m| crate::time::Month(m).first_day().plus(of_month - 1))
            .filter(|day| *day < self.end)
            .collect()
    }

    fn flow_decoy(&mut self, kind: &str, firm: FirmNo, transfers: Vec<String>) {
        self.decoy(kind, &[], &[firm]);
        if let Some(decoy) = self.truth.decoys.last_mut() {
            decoy.transfers = transfers;
        }
        self.false_alarms(&["flow_"]);
    }
}
