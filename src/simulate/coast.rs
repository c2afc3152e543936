//! What happens at sea, in the customs house and on building sites? The cases V24–V27, and the
//! quiet season at sea, which looks bad and is not.
//!
//! Must not know: any window or threshold.

use super::acts::Case;
use super::desk::Feed;
use super::firm::{FirmNo, Kind};
use super::ledger::Terms;
use super::numbers;
use super::trades::index_of;
use super::truth::TrueWarning;
use super::world::World;
use crate::time::{Day, Time};
use serde_json::json;

/// First and last month of the summer fishing moratorium of the South China Sea, and its last day
/// (May 1 to August 16, by the ministry's yearly notice).
const MORATORIUM: ((i32, i32), (i32, i32)) = ((5, 1), (8, 16));

impl World {
    /// Plants V24–V27.
    pub(crate) fn plant_coast(&mut self) {
        self.plant_clone();
        self.plant_bad_brand();
        self.plant_false_emission();
        self.plant_contagion();
    }

    fn case_day(&mut self, left: i32) -> Day {
        let span = self.end.since(self.start);
        let high = i64::from((span - left).max(31));
        self.start.plus(self.chance.range(30, high) as i32)
    }

    fn patrol(&mut self, firm: FirmNo, at: Time, kind: &str, mmsi: &str, note: &str) {
        let data = json!({
            "kind": kind, "on": at.day().to_string(),
            "grid": format!("DF-{:02}-{:02}", self.chance.below(12), self.chance.below(20)),
            "lat": 19.0 + self.chance.range(500, 1_500) as f64 / 10_000.0,
            "lon": 108.0 + self.chance.range(6_000, 6_900) as f64 / 10_000.0,
            "operator": {"uscc": self.firms[firm].code}, "mmsi": mmsi, "note": note,
            "imo": numbers::imo(firm as u64),
        });
        self.file(Feed::Coast, "patrol.reported", at, Some(firm), &data);
    }

    /// V24: one number, two tracks, by night.
    fn plant_clone(&mut self) {
        let Some(firm) = self.find_old(&["G5521", "A0421", "C4342", "G5532"]) else { return };
        let day = self.case_day(40);
        let mmsi = format!("4126{:05}", self.chance.below(99_999));
        for i in 0..self.chance.range(3, 5) as i32 {
            let mmsi = mmsi.clone();
            self.later(day.plus(i * 4), move |world| {
                let at = Time(world.today.start().0 + world.chance.range(1, 4) * 3_600_000);
                let kind = if i % 2 == 0 { "identity_clash" } else { "track_gap" };
                world.patrol(firm, at, kind, &mmsi, "同一识别码两处航迹");
            });
        }
        let subject = self.code(firm);
        self.warn_truth("smuggling", subject, "V24");
    }

    /// V25: four lots of one brand fail at three consignees; clean lots follow.
    fn plant_bad_brand(&mut self) {
        let firms: Vec<FirmNo> =
            (0..3).filter_map(|_| self.find_old(&["F5181", "G5930", "F5123", "F5212"])).collect();
        let [first, second, third] = firms[..] else { return };
        let day = self.case_day(70);
        let brand = self.lexicon.brand(&mut self.chance);
        for (i, firm) in [first, second, first, third].into_iter().enumerate() {
            let (brand, when) = (brand.clone(), day.plus(i as i32 * 9));
            self.later(when, move |world| world.lot(firm, &brand, "nonconforming"));
        }
        for i in 0..4 {
            let brand = brand.clone();
            let when = day.plus(60 + i * 12);
            self.later(when, move |world| world.lot(second, &brand, "declaration"));
        }
        let subjects: Vec<String> = firms.iter().map(|f| self.code(*f)).collect();
        self.truth.warnings.push(TrueWarning {
            kind: "group_brand".into(),
            subject: subjects[0].clone(),
            subjects,
            scenario: "V25".into(),
        });
    }

    fn lot(&mut self, firm: FirmNo, brand: &str, kind: &str) {
        let at = self.now();
        let number = self.paper();
        let data = json!({
            "uscc": self.firms[firm].code, "kind": kind, "on": at.day().plus(-1).to_string(),
            "declaration_no": format!("6401{}1{number:09}", at.day().civil().0),
            "hs": "1905310000", "goods": "饼干", "brand": brand, "origin": "THA",
            "quantity": self.chance.range(200, 4_000), "declared_fen": 9_000_000,
        });
        self.file(Feed::Customs, "customs.recorded", at, Some(firm), &data);
    }

    /// V26: the works run at nearly twice the power, and the chimney says nothing.
    fn plant_false_emission(&mut self) {
        let Some(firm) = self.find_old(&["C2614", "C3021", "C3360", "C2110", "C1361"]) else {
            return;
        };
        let day = self.case_day(150);
        self.firms[firm].reports_activity = true;
        self.later(day, move |world| world.firms[firm].emission_hidden = true);
        let subject = self.code(firm);
        self.warn_truth("emission_mismatch", subject, "V26");
    }

    /// V27: a developer fails, and those whom it paid cannot pay their people.
    fn plant_contagion(&mut self) {
        let Some(developer) = self.find_old(&["K7010", "E4710"]) else { return };
        let day = self.case_day(110);
        let payer = self.side(developer);
        let mut hurt = Vec::new();
        for i in 0..6 {
            let Some(firm) = self.find_old(&["E4710", "E4852", "E5011", "L7263", "C3021"]) else {
                continue;
            };
            let own = self.side(firm);
            for month in 0..4 {
                let when = day.plus(-25 - month * 30);
                if when >= self.start {
                    let at = self.moment(when);
                    let fen = self.chance.range(40, 400) * 1_000_000;
                    let terms = Terms { programme: Some("wage"), ..Terms::of("工程款") };
                    let terms = terms.under("special_account");
                    self.transfer((&payer, &own), at, fen, terms);
                }
            }
            let when = day.plus(40 + i * 8);
            self.list_on(firm, when, "wage_arrears", "拖欠农民工工资");
            hurt.push(self.code(firm));
        }
        self.later(day, move |world| {
            let at = world.now();
            world.court(developer, at, Case::debtor("bankruptcy_accepted", 60_000_000));
        });
        if hurt.len() >= 3 {
            self.truth.warnings.push(TrueWarning {
                kind: "group_arrears".into(),
                subject: hurt[0].clone(),
                subjects: hurt,
                scenario: "V27".into(),
            });
        }
    }

    /// N26: all boats lie dark in the moratorium.
    pub(crate) fn moratorium(&mut self) {
        let year = self.end.civil().0;
        let ((from, first), (to, last)) = MORATORIUM;
        let mut days =
            [year - 1, year].map(|year| (Day::of(year, from, first), Day::of(year, to, last)));
        self.chance.shuffle(&mut days);
        let inside = |(a, b): &(Day, Day)| *a > self.start && b.plus(-40) < self.end;
        let Some((begin, _)) = days.into_iter().find(inside) else { return };
        let mut boats = Vec::new();
        for _ in 0..4 {
            let birthday = self.old_birthday(300);
            let mut firm = self.draw_firm(index_of("A0421"), Kind::Company, birthday);
            (firm.reserved, firm.class) = (true, super::firm::Class::A);
            let firm = self.admit_old(firm);
            let mmsi = format!("4126{:05}", self.chance.below(99_999));
            for i in 0..3 {
                let (mmsi, when) = (mmsi.clone(), begin.plus(5 + i * 15));
                self.later(when, move |world| {
                    let at = world.now();
                    world.patrol(firm, at, "track_gap", &mmsi, "休渔期停港");
                });
            }
            boats.push(firm);
        }
        self.decoy("N26", &[], &boats);
        self.false_alarms(&["smuggling"]);
    }
}
