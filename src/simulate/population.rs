//! Who lives here? The background: owners, families, groups, agents, towers, hosts, franchises.
//!
//! Invariant: firms that share owners, families or groups are either all old, or none of them is
//! in serious trouble; so that no true succession arises by chance that the truth does not name.
//! Must not know: which cases will be planted.

use super::Flavour;
use super::acts::Penalty;
use super::firm::{Class, Firm, FirmNo, Kind, Owner, PersonNo};
use super::naming::{Name, Phone};
use super::trades::{Seat, TRADES, index_of};
use super::world::World;
use crate::time::{Day, Time};

/// A cluster host: where its desks are and how it is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) spot: (u16, u8, u8),
    pub(crate) phone: Phone,
}

/// What the plots need to know of the background.
#[derive(Clone, Debug, Default)]
pub(crate) struct Background {
    pub(crate) hosts: Vec<Host>,
    pub(crate) groups: Vec<Vec<FirmNo>>,
    pub(crate) families: Vec<Vec<FirmNo>>,
    pub(crate) franchises: Vec<Vec<FirmNo>>,
}

impl World {
    /// Fills the city with about so many enterprises.
    pub(crate) fn settle(&mut self, count: usize) -> Background {
        let mut background = Background::default();
        self.found_agents(count);
        self.found_hosts(count, &mut background);
        for _ in 0..count / 400 {
            self.found_group(&mut background);
        }
        for _ in 0..count / 60 {
            self.found_family(&mut background);
        }
        for _ in 0..count / 60 {
            self.found_owner();
        }
        for _ in 0..(count / 800).max(2) {
            self.found_franchise(&mut background);
        }
        let zone = self.options.flavour == Flavour::Zone;
        while self.firms.len() < count {
            match self.chance.below(100) {
                0..16 => drop(self.single(Kind::SoleTrader)),
                16..18 => drop(self.single(Kind::Cooperative)),
                18..21 => self.branch(),
                21..25 => self.hosted(&background),
                25..40 if zone => self.hosted(&background),
                _ => drop(self.single(Kind::Company)),
            }
        }
        self.choose_suppliers();
        self.schedule_births();
        background
    }

    /// Established before the start, a few of every hundred in the time of the simulation.
    pub(crate) fn birthday(&mut self) -> Day {
        let span = self.end.since(self.start);
        if self.chance.chance(0.08 * f64::from(span) / 365.0) {
            return self.start.plus(8 + self.chance.below((span - 8).max(1) as usize) as i32);
        }
        self.old_birthday(400)
    }

    /// Established at least so many days before the start.
    pub(crate) fn old_birthday(&mut self, days: i32) -> Day {
        let years = -self.chance.unit().max(1e-9).ln() * 6.0;
        self.start.plus(-days - (years.min(24.0) * 365.0) as i32)
    }

    pub(crate) fn draw_trade(&mut self) -> u8 {
        let flavour = self.options.flavour;
        let total: u32 = TRADES.iter().map(|t| t.weight_in(flavour)).sum();
        let mut left = self.chance.below(total as usize) as u32;
        for (i, trade) in TRADES.iter().enumerate() {
            if left < trade.weight_in(flavour) {
                return i as u8;
            }
            left -= trade.weight_in(flavour);
        }
        0
    }

    /// One of some trades, by code.
    pub(crate) fn one_trade(&mut self, codes: &[&str]) -> u8 {
        index_of(codes[self.chance.below(codes.len())])
    }

    fn draw_class(&mut self) -> Class {
        match self.chance.below(100) {
            0..65 => Class::A,
            65..90 => Class::B,
            90..98 => Class::C,
            _ => Class::D,
        }
    }

    pub(crate) fn draw_name(&mut self, trade: u8, kind: Kind) -> Name {
        let region = match self.chance.below(100) {
            0..58 => self.atlas.region.words[0],
            58..88 => self.atlas.region.words[1],
            88..93 => self.atlas.region.words[2],
            _ => self.atlas.region.words[3],
        };
        let words: Vec<&str> = TRADES[usize::from(trade)].words.split(' ').collect();
        let form = match kind {
            Kind::SoleTrader => *self.chance.pick(&["店", "商行", "经营部", "铺"]),
            Kind::Cooperative => "农民专业合作社",
            Kind::Company | Kind::Branch => match self.chance.below(100) {
                0..88 => "有限公司",
                88..96 => "有限责任公司",
                96..98 => "股份有限公司",
                _ => "合伙企业（有限合伙）",
            },
        };
        let brand = self.lexicon.brand(&mut self.chance);
        let bracketed = kind == Kind::Company && self.chance.chance(0.06);
        Name { region, brand, trade: (*self.chance.pick(&words)).to_owned(), form, bracketed }
    }

    /// A firm of its own, not yet on the register.
    pub(crate) fn draw_firm(&mut self, trade: u8, kind: Kind, established: Day) -> Firm {
        let spec = &TRADES[usize::from(trade)];
        let place = self.atlas.place(&mut self.chance, spec.seat);
        let rep = self.person();
        let staff = if kind == Kind::SoleTrader { 2.0 } else { spec.staff };
        let target = self.chance.lognormal(staff, 0.6).clamp(1.0, 400.0);
        let capital = *self.chance.pick(&[10, 30, 50, 50, 100, 100, 100, 200, 300, 500, 1000]);
        let company = kind == Kind::Company;
        let mut firm = Firm {
            code: self.new_code(kind, established, place.town),
            reg_no: None,
            kind,
            name: self.draw_name(trade, kind),
            title: None,
            trade,
            scope: self.draw_scope(trade),
            place,
            spelling: self.respelt(0.1),
            established,
            rep,
            officers: Vec::new(),
            holders: Vec::new(),
            capital_fen: if kind == Kind::SoleTrader { 0 } else { capital * 1_000_000 },
            paid_fen: None,
            phones: vec![Phone::mobile(&mut self.chance)],
            phone_style: if self.chance.chance(0.8) { 0 } else { self.chance.below(5) as u8 },
            emails: Vec::new(),
            liaison: None,
            agent: None,
            fingerprint: Some(self.chance.next()),
            predecessors: Vec::new(),
            staff: Vec::new(),
            sketch: None,
            target,
            grown: target,
            revenue: target * self.chance.lognormal(22_000.0, 0.6),
            pace: 1.0,
            reports_staff: company && self.chance.chance(0.42),
            reports_activity: kind != Kind::Branch && self.chance.chance(0.62),
            watched: company && self.chance.chance(0.035),
            suppliers: Vec::new(),
            class: self.draw_class(),
            kin: false,
            reserved: false,
            registered: false,
            ended: false,
            licence: None,
            blanks: 0,
            emission_hidden: false,
        };
        if established < Day::of(2015, 10, 1) && self.chance.chance(0.5) {
            firm.reg_no = Some(self.new_reg_no());
        }
        if self.chance.chance(0.35) {
            firm.phones.push(Phone::landline(&mut self.chance));
        }
        if company || kind == Kind::Cooperative {
            self.staff_offices(&mut firm);
        }
        firm
    }

    fn draw_scope(&mut self, trade: u8) -> String {
        let mut items: Vec<&str> = TRADES[usize::from(trade)].scope.split('；').collect();
        if items.len() > 2 && self.chance.chance(0.4) {
            items.remove(self.chance.below(items.len()));
        }
        if self.chance.chance(0.4) {
            let other = self.draw_trade();
            items.extend(TRADES[usize::from(other)].scope.split('；').take(1));
        }
        self.chance.shuffle(&mut items);
        items.join("；")
    }

    /// Holders, officers, liaison, mail and agent of a company.
    fn staff_offices(&mut self, firm: &mut Firm) {
        let partners = match self.chance.below(10) {
            0..5 => 0,
            5..8 => 1,
            _ => 2,
        };
        let rep_holds = self.chance.chance(0.85);
        let mut owners: Vec<PersonNo> =
            if rep_holds { vec![firm.rep] } else { vec![self.person()] };
        for _ in 0..partners {
            let partner =
                if self.chance.chance(0.4) { self.relative(firm.rep) } else { self.person() };
            owners.push(partner);
        }
        let shares: &[u32] = match owners.len() {
            1 => &[100],
            2 => self.chance.pick::<&[u32]>(&[&[60, 40], &[70, 30], &[51, 49], &[90, 10]]),
            _ => self.chance.pick::<&[u32]>(&[&[40, 30, 30], &[55, 25, 20], &[70, 20, 10]]),
        };
        firm.holders =
            owners.iter().zip(shares).map(|(p, share)| (Owner::Person(*p), *share)).collect();
        firm.officers.push((firm.rep, "director"));
        let supervisor = if owners.len() > 1 { owners[1] } else { self.person() };
        firm.officers.push((supervisor, "supervisor"));
        let manager = if self.chance.chance(0.6) { firm.rep } else { self.person() };
        firm.officers.push((manager, "manager"));
        if self.chance.chance(0.4) {
            firm.officers.push((self.person(), "finance"));
        }
        firm.liaison = Some(if self.chance.chance(0.5) { firm.rep } else { self.person() });
        if self.chance.chance(0.5) {
            firm.emails.push(self.mail());
        }
        if self.chance.chance(0.3) {
            firm.paid_fen = Some(firm.capital_fen);
        }
        if !self.agents.is_empty() && self.chance.chance(0.35) {
            let at = self.chance.skewed(self.agents.len(), 3.0);
            self.through_agent(firm, self.agents[at]);
        }
    }

    /// The agent files for the firm, often under its own phone and clerk.
    pub(crate) fn through_agent(&mut self, firm: &mut Firm, agent: FirmNo) {
        firm.agent = Some(agent);
        firm.fingerprint = self.firms[agent].fingerprint;
        // Some only file; some answer the phone and sign for all their clients.
        let serves = [0.0, 0.4, 0.8][agent % 3];
        if self.chance.chance(serves) {
            firm.phones = vec![self.firms[agent].phones[0]];
        }
        if self.chance.chance(serves) {
            firm.liaison = self.firms[agent].liaison;
        }
        if self.chance.chance(0.1) {
            firm.emails.clone_from(&self.firms[agent].emails);
        }
    }

    pub(crate) fn mail(&mut self) -> String {
        let mut word = String::new();
        for _ in 0..self.chance.range(2, 4) {
            word.push(*self.chance.pick(&['b', 'd', 'f', 'g', 'h', 'j', 'l', 'm', 's', 'w', 'y']));
            word += *self.chance.pick(&["a", "o", "ei", "ang", "u", "in", "ao"]);
        }
        if self.chance.chance(0.25) {
            return format!("office@{word}.example");
        }
        let host = *self.chance.pick(&["mail", "post", "box"]);
        format!("{word}{}@{host}.example", self.chance.range(1, 9_999))
    }

    /// Takes a firm of before the start into the city; it comes with the first load.
    pub(crate) fn admit_old(&mut self, firm: Firm) -> FirmNo {
        let number = self.admit(firm);
        let day = self.start.plus(1);
        let at = self.moment(day);
        self.later(day, move |world| world.load(number, at));
        number
    }

    /// Takes a firm into the city that will be founded on its day.
    pub(crate) fn admit_new(&mut self, firm: Firm) -> FirmNo {
        let number = self.admit(firm);
        let shown = self.shown_on(self.firms[number].established);
        self.later(shown, move |world| {
            let at = world.now();
            world.load(number, at);
        });
        number
    }

    /// Takes a firm into the city, under a name that nobody bears yet.
    pub(crate) fn admit(&mut self, mut firm: Firm) -> FirmNo {
        while !self.claim_name(&firm.full_name()) {
            firm.title = None;
            firm.name.brand = self.lexicon.brand(&mut self.chance);
        }
        self.blemish(&mut firm);
        self.firms.push(firm);
        self.firms.len() - 1
    }

    fn single(&mut self, kind: Kind) -> FirmNo {
        let trade = match kind {
            Kind::Cooperative => self.one_trade(&["A0141", "A0159"]),
            _ => self.draw_trade(),
        };
        let birthday = self.birthday();
        let firm = self.draw_firm(trade, kind, birthday);
        self.admit(firm)
    }

    fn choose_suppliers(&mut self) {
        let old: Vec<FirmNo> = (0..self.firms.len())
            .filter(|f| {
                self.firms[*f].kind == Kind::Company && self.firms[*f].established < self.start
            })
            .collect();
        for firm in 0..self.firms.len() {
            for _ in 0..self.chance.range(2, 4) {
                let at = self.chance.skewed(old.len(), 1.5);
                if old[at] != firm {
                    self.firms[firm].suppliers.push(old[at]);
                }
            }
        }
    }

    /// The first load in the first days, the others when they are founded.
    fn schedule_births(&mut self) {
        let load = Time(self.start.start().0 + 8 * 3_600_000);
        for firm in 0..self.firms.len() {
            let born = self.firms[firm].established;
            if born < self.start {
                // Three nights of loading, in order; a second holds several.
                let at = Time(load.0 + firm as i64 * (48 * 3_600_000) / (self.firms.len() as i64));
                self.later(at.day(), move |world| world.load(firm, at));
            } else {
                self.later(born, move |world| {
                    let at = world.now();
                    world.load(firm, at);
                });
            }
        }
    }

    /// The more troubled have a history, told late: decisions of the year before the first load.
    fn old_sins(&mut self, firm: FirmNo) {
        let loaded = self.firms[firm].established < self.start.plus(-330);
        let troubled = self.firms[firm].class >= Class::C && !self.firms[firm].reserved;
        if loaded && troubled && self.chance.chance(0.3) {
            let when = self.today.plus(self.chance.range(1, 6) as i32);
            let delay = self.chance.range(60, 320) as i32;
            self.later(when, move |world| {
                let at = world.now();
                let fine_yuan = world.chance.range(20, 400) * 100;
                let (violation, severity) = ("超范围经营", "general");
                world.penalise(firm, at, Penalty { violation, fine_yuan, severity, delay });
            });
        }
    }

    /// The entry on the register and the licence that goes with the trade.
    pub(crate) fn load(&mut self, firm: FirmNo, at: Time) {
        let filed = self.register(firm, at);
        if self.slips(0.004) && !self.firms[firm].reserved {
            let day = at.day().plus(self.slip.range(2, 20) as i32);
            let place = self.firms[firm].place;
            self.later(day, move |world| {
                if world.firms[firm].place == place && world.firms[firm].active() {
                    let at = world.now();
                    world.correct_entry(firm, &filed, at);
                }
            });
        }
        self.old_sins(firm);
        let trade = &TRADES[usize::from(self.firms[firm].trade)];
        if let (Some(kind), true) = (trade.licence, self.firms[firm].kind != Kind::Branch) {
            let first_load = self.firms[firm].established < self.start;
            let days = if first_load { 1 } else { self.chance.range(5, 40) };
            self.later(at.day().plus(days as i32), move |world| {
                if world.firms[firm].active() {
                    let at = world.now();
                    world.grant(firm, at, kind);
                }
            });
        }
        if trade.seat == Seat::Village && self.chance.chance(0.02) {
            self.firms[firm].class = Class::A;
        }
    }
}

/// Puts the firm's representative in the place of a person among holders, officers and liaison.
pub(crate) fn replace_person(firm: &mut Firm, before: PersonNo) {
    let rep = firm.rep;
    for (owner, _) in &mut firm.holders {
        if *owner == Owner::Person(before) {
            *owner = Owner::Person(rep);
        }
    }
    for (person, _) in &mut firm.officers {
        if *person == before {
            *person = rep;
        }
    }
    if firm.liaison == Some(before) {
        firm.liaison = Some(rep);
    }
}
