//! How does an enterprise change its vest? Trouble, a new registration, and what is carried over.
//!
//! Invariant: every succession put into the truth can be seen: beside the trigger at least three
//! kinds of tie show in events, one of them of control, assets or staff.
//! Must not know: how anyone would look for it.

use super::firm::{Class, Firm, FirmNo, Kind, Owner, PersonNo};
use super::place::{Place, Spot};
use super::trades::TRADES;
use super::truth::TrueSuccession;
use super::world::World;
use crate::time::Day;

/// Who fronts the new firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// The same representative.
    Same,
    /// Another holder or officer of the old firm.
    Partner,
    /// A relative: the surname is the same, nothing else.
    Kin,
    /// A straw man.
    Straw,
}

/// Where the new firm sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Same,
    /// Next door: same house or floor.
    Beside,
    Elsewhere,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    Fine,
    HeavyFine,
    Abnormal,
    SeriousList,
    Enforcement,
    Arrears,
    LicenceRevoked,
    Complaints,
    TaxAbnormal,
    /// Inspection with a case filed; the penalty comes so many days later.
    CaseThenFine(i32),
}

/// What becomes of the old firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decline {
    /// Goes quiet, stays on the register.
    Fade,
    /// Is handed to a nominee at another address, then goes quiet.
    Nominee,
    /// Is liquidated.
    Close,
}

/// What is carried over.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent traits, each its own")]
pub(crate) struct Ties {
    pub(crate) front: Front,
    /// The old owner keeps a small share.
    pub(crate) holder: bool,
    /// An officer of the old firm serves in the new one.
    pub(crate) officer: bool,
    pub(crate) liaison: bool,
    pub(crate) phone: bool,
    pub(crate) mail: bool,
    pub(crate) room: Room,
    pub(crate) near_name: bool,
    pub(crate) same_trade: bool,
    pub(crate) fingerprint: bool,
    /// Share of the staff that moves over.
    pub(crate) staff: f64,
    pub(crate) assets: Vec<&'static str>,
    pub(crate) licence: bool,
    pub(crate) suppliers: bool,
    /// Money goes from the old to the new firm.
    pub(crate) payments: bool,
}

impl Ties {
    /// Nothing but the trade.
    pub(crate) const fn bare(front: Front, room: Room) -> Self {
        Self {
            front,
            holder: false,
            officer: false,
            liaison: false,
            phone: false,
            mail: false,
            room,
            near_name: false,
            same_trade: true,
            fingerprint: false,
            staff: 0.0,
            assets: Vec::new(),
            licence: false,
            suppliers: false,
            payments: false,
        }
    }
}

/// A switch to be made.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    pub(crate) scenario: &'static str,
    pub(crate) difficulty: &'static str,
    pub(crate) trigger: Trigger,
    pub(crate) troubled_on: Day,
    pub(crate) founded_on: Day,
    pub(crate) ties: Ties,
    pub(crate) decline: Decline,
    /// Trade of the new firm where it differs.
    pub(crate) trade: Option<u8>,
}

impl World {
    /// Arranges a whole switch; returns the new firm, which registers on its day.
    pub(crate) fn switch(&mut self, old: FirmNo, switch: &Switch) -> FirmNo {
        let vest = self.make_vest(old, switch);
        let new = self.admit(vest);
        self.later(switch.founded_on, move |world| {
            let at = world.now();
            world.load_vest(new, at);
        });
        self.trouble(old, switch.troubled_on, switch.trigger);
        let vest = self.firms[new].clone();
        self.follow(old, new, &vest, switch);
        new
    }

    /// Arranges what is carried over and what becomes of the old firm, and tells the truth. The
    /// vest is the new firm as it will be.
    pub(crate) fn follow(&mut self, old: FirmNo, new: FirmNo, vest: &Firm, switch: &Switch) {
        self.reserve(old);
        self.reserve(new);
        let moved_by = self.carry_over(old, new, switch);
        self.decline(old, switch, moved_by);
        self.tell(old, new, vest, switch);
    }

    /// A firm of a case: no chance events, and reports that let the case be seen.
    pub(crate) fn reserve(&mut self, firm: FirmNo) {
        self.firms[firm].reserved = true;
        self.firms[firm].reports_staff = true;
        self.firms[firm].reports_activity = true;
    }

    pub(crate) fn load_vest(&mut self, new: FirmNo, at: crate::time::Time) {
        self.register(new, at);
        self.firms[new].target = self.firms[new].staff.len() as f64;
    }

    /// The new firm as it will be registered.
    pub(crate) fn make_vest(&mut self, old: FirmNo, switch: &Switch) -> Firm {
        let ties = &switch.ties;
        let before = self.firms[old].clone();
        let trade = switch.trade.unwrap_or(before.trade);
        let mut firm = self.draw_firm(trade, Kind::Company, switch.founded_on);
        firm.class = Class::A;
        firm.reserved = true;
        (firm.reports_staff, firm.reports_activity) = (true, true);
        firm.target = self.chance.range(1, 3) as f64;
        firm.grown = firm.target + before.grown * ties.staff;
        firm.revenue = before.revenue * self.chance.lognormal(0.8, 0.2);
        self.front(&mut firm, &before, ties);
        self.sit(&mut firm, &before, ties.room);
        if ties.near_name {
            firm.name.brand = self.lexicon.near(&mut self.chance, &before.name.brand);
            if self.chance.chance(0.6) {
                firm.name.region = before.name.region;
            }
        }
        if ties.same_trade && switch.trade.is_none() && self.chance.chance(0.7) {
            firm.scope.clone_from(&before.scope);
        }
        if ties.phone {
            let kept = before.phones[0];
            firm.phones =
                if self.chance.chance(0.6) { vec![kept] } else { vec![firm.phones[0], kept] };
            let restyled = self.chance.chance(0.5 * self.options.noise);
            firm.phone_style = if restyled { self.chance.below(5) as u8 } else { 0 };
        }
        if ties.mail && !before.emails.is_empty() {
            firm.emails.clone_from(&before.emails);
            if self.chance.chance(0.3 * self.options.noise) {
                firm.emails[0] = firm.emails[0].to_uppercase();
            }
        }
        if ties.fingerprint {
            firm.fingerprint = before.fingerprint;
        }
        if ties.suppliers {
            (firm.suppliers, firm.watched) = (before.suppliers.clone(), true);
        }
        firm
    }

    /// Puts the people into the new firm's offices.
    fn front(&mut self, firm: &mut Firm, before: &Firm, ties: &Ties) {
        let drawn = firm.rep;
        let partner = self.partner_of(before);
        firm.rep = match ties.front {
            Front::Same => before.rep,
            Front::Partner => partner,
            Front::Kin => self.relative(before.rep),
            Front::Straw => drawn,
        };
        super::population::replace_person(firm, drawn);
        firm.agent = None;
        if ties.holder && ties.front != Front::Same {
            let share = *self.chance.pick(&[10, 20, 30, 45]);
            let kept = if ties.front == Front::Partner { before.rep } else { partner };
            firm.holders =
                vec![(Owner::Person(firm.rep), 100 - share), (Owner::Person(kept), share)];
        }
        if ties.officer {
            let role = *self.chance.pick(&["manager", "supervisor", "finance"]);
            let person = if ties.front == Front::Same { partner } else { self.officer_of(before) };
            firm.officers.retain(|(_, r)| *r != role);
            firm.officers.push((person, role));
        }
        if ties.liaison {
            firm.liaison = before.liaison.or(Some(before.rep));
        }
    }

    /// Someone of the old firm beside the representative.
    fn partner_of(&mut self, firm: &Firm) -> PersonNo {
        let holders = firm.holders.iter().filter_map(|(owner, _)| match owner {
            Owner::Person(p) if *p != firm.rep => Some(*p),
            _ => None,
        });
        let officers = firm.officers.iter().map(|(p, _)| *p).filter(|p| *p != firm.rep);
        let all: Vec<PersonNo> = holders.chain(officers).collect();
        if all.is_empty() { firm.rep } else { *self.chance.pick(&all) }
    }

    fn officer_of(&mut self, firm: &Firm) -> PersonNo {
        if firm.officers.is_empty() { firm.rep } else { self.chance.pick(&firm.officers).0 }
    }

    fn sit(&mut self, firm: &mut Firm, before: &Firm, room: Room) {
        firm.spelling = self.respelt(0.6);
        match room {
            Room::Same => firm.place = before.place,
            Room::Beside => firm.place = self.beside(before.place),
            Room::Elsewhere => {
                firm.place = self.atlas.elsewhere(&mut self.chance, before.place.town);
            }
        }
    }

    /// The next door of a place.
    pub(crate) fn beside(&mut self, place: Place) -> Place {
        let step = self.chance.range(1, 3) as u16;
        let spot = match place.spot {
            Spot::Street { road, number, shop } => {
                Spot::Street { road, number, shop: shop + step as u8 }
            }
            Spot::Tower { tower, block, floor, room } => {
                Spot::Tower { tower, block, floor, room: room + step as u8 }
            }
            Spot::Village { village, number } => Spot::Village { village, number: number + step },
            Spot::Park { park, number, hall } => Spot::Park { park, number: number + step, hall },
            other => other,
        };
        Place { spot, ..place }
    }

    /// Staff, assets, licence and money follow in the weeks after. Returns the day by which the
    /// staff has moved.
    fn carry_over(&mut self, old: FirmNo, new: FirmNo, switch: &Switch) -> Day {
        let ties = &switch.ties;
        let day = switch.founded_on;
        let mut moved_by = day;
        if ties.staff > 0.0 {
            let late = if switch.difficulty == "hard" { 45 } else { 15 };
            let waves = self.chance.range(1, 3) as i32;
            let gap = self.chance.range(12, 30) as i32;
            let first = day.plus(self.chance.range(6, late) as i32);
            moved_by = first.plus((waves - 1) * gap);
            // Each wave takes its part of what is then left, so that the whole part has moved.
            for wave in 0..waves {
                let part = ties.staff / f64::from(waves);
                let left = 1.0 - part * f64::from(wave);
                self.later(first.plus(wave * gap), move |world| {
                    world.move_staff(old, new, part / left);
                    world.firms[old].target = world.firms[old].staff.len() as f64;
                    world.firms[new].target = world.firms[new].staff.len() as f64;
                    world.firms[old].pace *= 0.6;
                });
            }
        }
        for kind in ties.assets.clone() {
            let label = self.label(old, kind);
            let price =
                if self.chance.chance(0.6) { None } else { Some(self.chance.range(1, 900)) };
            let when = day.plus(self.chance.range(5, 70) as i32);
            self.later(when, move |world| {
                let at = world.now();
                world.hand_over((old, new), at, (kind, &label), price);
            });
        }
        if ties.licence {
            let kind =
                TRADES[usize::from(self.firms[new].trade)].licence.unwrap_or("食品经营许可证");
            let when = day.plus(self.chance.range(8, 30) as i32);
            self.later(when, move |world| {
                let at = world.now();
                world.grant(new, at, kind);
            });
        }
        if ties.suppliers {
            self.firms[old].watched = true;
        }
        self.pay_over(old, new, switch);
        moved_by
    }

    fn pay_over(&mut self, old: FirmNo, new: FirmNo, switch: &Switch) {
        let (ties, day) = (&switch.ties, switch.founded_on);
        if ties.payments {
            for i in 0..self.chance.range(1, 4) as i32 {
                let when = day.plus(10 + i * self.chance.range(6, 20) as i32);
                self.later(when, move |world| {
                    let (a, b) = (world.side(old), world.side(new));
                    let fen = (world.firms[new].revenue * world.chance.lognormal(60.0, 0.6)) as i64;
                    let at = world.now();
                    let terms = super::ledger::Terms::of("往来款").under("registry_inquiry");
                    world.transfer((&a, &b), at, fen, terms);
                });
            }
        }
    }

    /// What an asset is called.
    pub(crate) fn label(&mut self, firm: FirmNo, kind: &str) -> String {
        let brand = self.firms[firm].name.brand.clone();
        let number = self.chance.range(10_000, 99_999);
        match kind {
            "trademark" => format!("{brand} {number}"),
            "online_shop" => format!("https://shop{number}.example/{number}"),
            "domain" => format!("www.s{number}.example"),
            "vehicle" => format!("琼D{number}"),
            "contract" => format!("施工劳务合同 {number}"),
            "premises" => self.address(firm),
            _ => format!("设备一批 {number}"),
        }
    }

    /// Puts the switch into the truth, with what shows of it and when.
    fn tell(&mut self, old: FirmNo, new: FirmNo, vest: &Firm, switch: &Switch) {
        let ties = &switch.ties;
        let founded = switch.founded_on;
        let (a, b) = (&self.firms[old], vest);
        let people = |firm: &Firm| {
            let holders = firm.holders.iter().filter_map(|(owner, _)| match owner {
                Owner::Person(p) => Some(*p),
                Owner::Firm(_) => None,
            });
            let mut all: Vec<PersonNo> =
                firm.officers.iter().map(|(p, _)| *p).chain(holders).collect();
            all.extend([firm.rep].into_iter().chain(firm.liaison));
            all
        };
        let shared = people(a).iter().any(|p| people(b).contains(p));
        let mut seen: Vec<(&str, Day)> = Vec::new();
        let mut note = |tie, holds: bool, day| {
            if holds {
                seen.push((tie, day));
            }
        };
        note("control", shared, founded);
        note("premises", a.place == b.place, founded);
        let phones = a.phones.iter().any(|p| b.phones.contains(p));
        note("contact", phones || a.emails.iter().any(|m| b.emails.contains(m)), founded);
        note("name", ties.near_name, founded);
        note("business", a.trade == b.trade || ties.licence || ties.suppliers, founded);
        note("filing", ties.fingerprint, founded);
        note("assets", !ties.assets.is_empty() || ties.payments, founded.plus(70));
        // A sketch is made of three or more; fewer who move cannot be seen.
        note("staff", a.grown * ties.staff >= 3.0, founded.plus(80));
        seen.sort_by_key(|(_, day)| *day);
        let strong = |tie: &&str| matches!(*tie, "control" | "assets" | "staff");
        let first_strong = seen.iter().filter(|(t, _)| strong(t)).map(|(_, d)| *d).min();
        let third = seen.get(2).map(|(_, day)| *day);
        let (Some(strong_on), Some(third_on)) = (first_strong, third) else {
            unreachable!("{}: too few ties to be seen: {seen:?}", switch.scenario)
        };
        let day = strong_on.max(third_on).max(switch.troubled_on);
        let (predecessor, successor) = (self.code(old), self.code(new));
        if day >= self.end {
            self.truth.unripe.push((predecessor, successor));
            return;
        }
        self.truth.successions.push(TrueSuccession {
            predecessor,
            successor,
            scenario: switch.scenario.to_owned(),
            difficulty: switch.difficulty.to_owned(),
            visible_at: day.start().plus_hours(18).to_string(),
            ties: seen.iter().map(|(tie, _)| (*tie).to_owned()).collect(),
        });
    }
}
