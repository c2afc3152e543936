//! What is so on this day? The city's state, its people, and what is going to happen.
//!
//! Invariant: things happen in order of day; what happens depends on the seed and the options
//! alone. Must not know: any stage of the pipeline.

use super::Options;
use super::desk::Desk;
use super::firm::{Firm, FirmNo, Kind, Owner, PersonNo};
use super::naming::Lexicon;
use super::numbers;
use super::place::{Atlas, Spelling};
use super::prng::Chance;
use super::region::Region;
use super::trades::TRADES;
use super::truth::Truth;
use super::watch::Watch;
use crate::time::{Day, Time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Something that happens on a day.
pub(crate) type Deal = Box<dyn FnOnce(&mut World)>;

/// Why so many firms may be made: an index of a code must stay below 2^32.
const SERIAL_STEP: u64 = 1 << 40;

/// The city.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) chance: Chance,
    /// The stream of what goes wrong on paper.
    pub(crate) slip: Chance,
    pub(crate) lexicon: Lexicon,
    pub(crate) atlas: Atlas,
    pub(crate) firms: Vec<Firm>,
    people: Vec<(String, String)>,
    names: BTreeSet<String>,
    pub(crate) agents: Vec<FirmNo>,
    pub(crate) desk: Desk,
    pub(crate) truth: Truth,
    deals: BTreeMap<Day, Vec<Deal>>,
    pub(crate) today: Day,
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) watched: Watch,
    /// Number of the first person, so that districts have people of their own.
    first_person: u64,
    /// Staff who left somewhere of late and may turn up elsewhere.
    leavers: Vec<u32>,
    next_staff: u32,
    serial: u64,
    papers: u64,
}

impl World {
    pub(crate) fn new(options: Options, desk: Desk, start: Day, end: Day) -> Self {
        let mut chance = Chance::new(options.seed, 1);
        let region = Region::of(options.flavour);
        let atlas = Atlas::new(&mut chance, options.enterprises as usize, region);
        // Seeds use different persons; 97 keeps the areas mixed.
        let first_person = options.seed % 97 * 1_000_003;
        // Codes of different seeds rarely meet.
        let serial = (chance.next() % SERIAL_STEP) % 400_000_000;
        Self {
            slip: Chance::new(options.seed, 3),
            options,
            lexicon: Lexicon::new(),
            atlas,
            chance,
            firms: Vec::new(),
            people: Vec::new(),
            names: BTreeSet::new(),
            agents: Vec::new(),
            desk,
            truth: Truth::default(),
            deals: BTreeMap::new(),
            watched: Watch::default(),
            first_person,
            today: start,
            start,
            end,
            leavers: Vec::new(),
            next_staff: 1,
            serial,
            papers: 0,
        }
    }

    /// More of the same city: unrelated enterprises in the same streets, under names, numbers and
    /// papers that nobody has. Nothing there depends on what was planted, and nothing planted on it.
    pub(crate) fn outskirts(city: &Self, options: Options, desk: Desk) -> Self {
        let mut world = Self::new(options, desk, city.start, city.end);
        world.chance = Chance::new(world.options.seed, 2);
        world.slip = Chance::new(world.options.seed, 4);
        world.atlas = city.atlas.clone();
        world.names.clone_from(&city.names);
        world.serial = city.serial % 90_000_000 + 30_000_000;
        world.first_person = 98_000_000 + world.options.seed % 53 * 1_000_003;
        world.next_staff = 1 << 30;
        world.papers = 1 << 30;
        world
    }

    /// Arranges for something to happen; after the end nothing happens.
    pub(crate) fn later(&mut self, day: Day, deal: impl FnOnce(&mut Self) + 'static) {
        let day = day.max(self.today);
        if day < self.end {
            self.deals.entry(day).or_default().push(Box::new(deal));
        }
    }

    /// Does what was arranged for a day, also what it leads to on the same day.
    pub(crate) fn live(&mut self, day: Day) {
        self.today = day;
        while let Some(deals) = self.deals.remove(&day) {
            for deal in deals {
                deal(self);
            }
        }
    }

    /// A moment of office hours today.
    pub(crate) fn now(&mut self) -> Time {
        self.moment(self.today)
    }

    /// A moment of office hours on a day.
    pub(crate) fn moment(&mut self, day: Day) -> Time {
        Time(day.start().0 + self.chance.range(9 * 3600, 18 * 3600) * 1000)
    }

    /// Running number of papers (cases, decisions, tickets).
    pub(crate) fn paper(&mut self) -> u64 {
        self.papers += 1;
        self.papers
    }

    /// A new person.
    pub(crate) fn person(&mut self) -> PersonNo {
        let surname = self.lexicon.surname(&mut self.chance);
        self.relative_named(surname)
    }

    /// A new person of the same surname.
    pub(crate) fn relative(&mut self, of: PersonNo) -> PersonNo {
        self.relative_named(self.people[of as usize].0.clone())
    }

    fn relative_named(&mut self, surname: String) -> PersonNo {
        let given = self.lexicon.given(&mut self.chance);
        self.people.push((surname, given));
        (self.people.len() - 1) as PersonNo
    }

    /// A person of the very same name as another.
    pub(crate) fn namesake(&mut self, of: PersonNo) -> PersonNo {
        self.people.push(self.people[of as usize].clone());
        (self.people.len() - 1) as PersonNo
    }

    /// A person as JSON.
    pub(crate) fn person_json(&self, person: PersonNo) -> Value {
        let (surname, given) = &self.people[person as usize];
        let index = self.first_person + u64::from(person);
        json!({"id_no": numbers::citizen_id(index), "name": format!("{surname}{given}")})
    }

    /// An owner as JSON.
    pub(crate) fn party_json(&self, owner: Owner) -> Value {
        match owner {
            Owner::Person(person) => json!({"person": self.person_json(person)}),
            Owner::Firm(firm) => json!({"enterprise": self.mention(firm)}),
        }
    }

    /// A firm as mentioned by code and name.
    pub(crate) fn mention(&self, firm: FirmNo) -> Value {
        json!({"uscc": self.firms[firm].code, "name": self.firms[firm].full_name()})
    }

    pub(crate) fn code(&self, firm: FirmNo) -> String {
        self.firms[firm].code.clone()
    }

    /// The address as registered, in the firm's own spelling.
    pub(crate) fn address(&self, firm: FirmNo) -> String {
        self.atlas.text(self.firms[firm].place, self.firms[firm].spelling)
    }

    /// A new code. Codes keep the authority of first registration.
    pub(crate) fn new_code(&mut self, kind: Kind, established: Day, town: u8) -> String {
        let prefix = match kind {
            Kind::SoleTrader => "92",
            Kind::Cooperative => "93",
            Kind::Company | Kind::Branch => "91",
        };
        self.serial += 1;
        let division = &self.atlas.region.towns[usize::from(town)].code[..6];
        numbers::uscc(prefix, division, self.serial, established < Day::of(2015, 10, 1))
    }

    pub(crate) fn new_reg_no(&mut self) -> String {
        self.serial += 1;
        numbers::reg_no(self.atlas.region.code, self.serial)
    }

    /// Takes a full name if no one in the city bears it.
    pub(crate) fn claim_name(&mut self, full: &str) -> bool {
        self.names.insert(full.to_owned())
    }

    /// Hires so many: mostly new to the city's firms, some who left another.
    pub(crate) fn hire(&mut self, firm: FirmNo, count: usize) {
        for _ in 0..count {
            let known = !self.leavers.is_empty() && self.chance.chance(0.15);
            let person = if known {
                let at = self.chance.below(self.leavers.len());
                self.leavers.swap_remove(at)
            } else {
                self.next_staff += 1;
                self.next_staff
            };
            self.firms[firm].staff.push(person);
        }
        self.firms[firm].sketch = None;
    }

    /// Lets so many go, at random.
    pub(crate) fn dismiss(&mut self, firm: FirmNo, count: usize) {
        for _ in 0..count.min(self.firms[firm].staff.len()) {
            let at = self.chance.below(self.firms[firm].staff.len());
            let person = self.firms[firm].staff.swap_remove(at);
            if self.leavers.len() < 4_000 {
                self.leavers.push(person);
            } else {
                let slot = self.chance.below(4_000);
                self.leavers[slot] = person;
            }
        }
        self.firms[firm].sketch = None;
    }

    /// Moves a part of one firm's staff to another.
    pub(crate) fn move_staff(&mut self, from: FirmNo, to: FirmNo, part: f64) {
        let count = (self.firms[from].staff.len() as f64 * part).round() as usize;
        let mut moved = Vec::with_capacity(count);
        for _ in 0..count {
            let at = self.chance.below(self.firms[from].staff.len());
            moved.push(self.firms[from].staff.swap_remove(at));
        }
        self.saw_move((from, to), &moved);
        self.firms[to].staff.extend(moved);
        self.firms[from].sketch = None;
        self.firms[to].sketch = None;
    }

    /// A spelling of the day for an address: usual, or careless as noise has it.
    pub(crate) fn respelt(&mut self, share: f64) -> Spelling {
        let noise = self.options.noise;
        if self.slips(share) {
            Spelling::careless(&mut self.slip, noise)
        } else {
            Spelling::usual(&mut self.slip)
        }
    }

    pub(crate) fn trade_code(&self, firm: FirmNo) -> &'static str {
        TRADES[usize::from(self.firms[firm].trade)].code
    }
}
