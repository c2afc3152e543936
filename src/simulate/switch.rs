//! How does an enterprise change its vest? Trouble, a new registration, and what is carried over.
//!
//! Invariant: every succession put into the truth can be seen: beside the trigger at least three
//! kinds of tie show in events, one of them of control, assets or staff.
//! Must not know: how anyone would look for it.

use super::firm::{Class, Firm, FirmNo, Kind, Owner, PersonNo};
use super::place::{Place, Spot};
use super::trades::TRADES;
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
    /// A straw man who fronts many unrelated firms.
    Nominee,
    /// A straw man; the shares are with a holding of the old owner.
    Holding,
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
    /// Goes on at half its pace, as if nothing had happened.
    Alive,
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
    /// The new firm reports no staff: an agency employs them.
    pub(crate) unreported: bool,
    /// In so many waves at most.
    pub(crate) waves: i32,
    /// Strangers hired, as a share of those who move.
    pub(crate) strangers: f64,
    pub(crate) assets: Vec<&'static str>,
    pub(crate) licence: bool,
    pub(crate) suppliers: bool,
    /// Money goes from the old to the new firm.
    pub(crate) payments: bool,
    /// Assets go through the hands of a third party.
    pub(crate) middleman: bool,
    /// The address is written in another way.
    pub(crate) respelt: bool,
    /// An agent files for it, under the agent's phone, clerk and device.
    pub(crate) by_agent: bool,
    /// The scope is put in other words.
    pub(crate) reworded: bool,
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
            unreported: false,
            waves: 2,
            strangers: 0.0,
            assets: Vec::new(),
            licence: false,
            suppliers: false,
            payments: false,
            middleman: false,
            respelt: false,
            by_agent: false,
            reworded: false,
        }
    }
}

/// A switch to be made.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    pub(crate) scenario: &'static str,
    /// The owner's skill in hiding, 0 to 1.
    pub(crate) skill: f64,
    pub(crate) evasions: Vec<&'static str>,
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
        let shown = self.shown_on(switch.founded_on);
        self.later(shown, move |world| {
            let at = world.now();
            world.load_vest(new, at);
        });
        self.trouble(old, switch.troubled_on, switch.trigger);
        self.follow(old, new, switch);
        new
    }

    /// Arranges what is carried over, what becomes of the old firm, and what the offices do later.
    pub(crate) fn follow(&mut self, old: FirmNo, new: FirmNo, switch: &Switch) {
        self.reserve(old);
        self.reserve(new);
        self.firms[new].reports_staff = !switch.ties.unreported;
        self.watch(old, new, switch);
        let moved_by = self.carry_over(old, new, switch);
        self.decline(old, switch, moved_by);
        self.aftermath(new, switch.founded_on);
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
        let other = (!ties.same_trade && switch.trade.is_none()).then(|| self.draw_trade());
        let trade = switch.trade.or(other).unwrap_or(before.trade);
        let mut firm = self.draw_firm(trade, Kind::Company, switch.founded_on);
        firm.class = Class::A;
        firm.reserved = true;
        (firm.reports_staff, firm.reports_activity) = (true, true);
        firm.target = self.chance.range(1, 3) as f64 + before.grown * ties.staff * ties.strangers;
        firm.grown = firm.target + before.grown * ties.staff;
        firm.revenue = before.revenue * self.chance.lognormal(0.8, 0.2);
        self.front(&mut firm, &before, ties);
        self.sit(&mut firm, &before, ties);
        if ties.near_name {
            firm.name.brand = self.lexicon.near(&mut self.chance, &before.name.brand);
            if self.chance.chance(0.6) {
                firm.name.region = before.name.region;
            }
        }
        let same_words = ties.same_trade && switch.trade.is_none() && !ties.reworded;
        if same_words && self.chance.chance(0.7) {
            firm.scope.clone_from(&before.scope);
        }
        if ties.phone {
            let kept = before.phones[0];
            firm.phones =
                if self.chance.chance(0.6) { vec![kept] } else { vec![firm.phones[0], kept] };
            let restyled = self.slips(0.5);
            firm.phone_style = if restyled { self.slip.below(5) as u8 } else { 0 };
        }
        if ties.mail && !before.emails.is_empty() {
            firm.emails.clone_from(&before.emails);
            if self.slips(0.3) {
                firm.emails[0] = firm.emails[0].to_uppercase();
            }
        }
        if ties.fingerprint {
            firm.fingerprint = before.fingerprint;
        }
        if ties.suppliers {
            (firm.suppliers, firm.watched) = (before.suppliers.clone(), true);
        }
        if ties.by_agent {
            let at = self.chance.skewed(self.agents.len(), 3.0);
            self.through_agent(&mut firm, self.agents[at]);
        }
        firm
    }

    /// Puts the people into the new firm's offices.
    fn front(&mut self, firm: &mut Firm, before: &Firm, ties: &Ties) {
        let (drawn, founded) = (firm.rep, firm.established);
        let partner = self.partner_of(before);
        firm.rep = match ties.front {
            Front::Same => before.rep,
            Front::Partner => partner,
            Front::Kin => self.relative(before.rep),
            Front::Straw | Front::Holding => drawn,
            Front::Nominee => self.nominee(founded),
        };
        super::population::replace_person(firm, drawn);
        firm.agent = None;
        if ties.front == Front::Holding {
            let holding = self.holding_of(before);
            firm.holders = vec![(Owner::Firm(holding), 100)];
        }
        if ties.holder && !matches!(ties.front, Front::Same | Front::Holding) {
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

    /// An old holding of the owner, which does nothing else.
    fn holding_of(&mut self, before: &Firm) -> FirmNo {
        let birthday = self.old_birthday(400);
        let trade = self.one_trade(&["L7212"]);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        let behind = if self.chance.chance(0.5) { before.rep } else { self.partner_of(before) };
        firm.holders = vec![(Owner::Person(behind), 100)];
        firm.class = Class::A;
        (firm.reserved, firm.reports_staff, firm.pace) = (true, false, 0.1);
        self.admit_old(firm)
    }

    fn sit(&mut self, firm: &mut Firm, before: &Firm, ties: &Ties) {
        firm.spelling = self.respelt(if ties.respelt { 1.0 } else { 0.3 });
        match ties.room {
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
            let late = if ties.waves > 2 { 60 } else { 20 };
            let waves = self.chance.range(1, ties.waves.into()) as i32;
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
            let middle = ties.middleman.then(|| self.middleman());
            self.later(when, move |world| {
                let at = world.now();
                let Some(middle) = middle else {
                    world.hand_over((old, new), at, (kind, &label), price);
                    return;
                };
                world.hand_over((old, middle), at, (kind, &label), price);
                let next = world.today.plus(world.chance.range(10, 40) as i32);
                world.later(next, move |world| {
                    let at = world.now();
                    world.hand_over((middle, new), at, (kind, &label), price);
                });
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

    /// A dealer through whose hands an asset goes.
    fn middleman(&mut self) -> FirmNo {
        let birthday = self.old_birthday(400);
        let trade = self.one_trade(&["F5181", "L7259", "F5192"]);
        let mut firm = self.draw_firm(trade, Kind::Company, birthday);
        (firm.class, firm.reserved) = (Class::A, true);
        self.admit_old(firm)
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
                    world.saw_passage((old, new), "assets", at);
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
}
