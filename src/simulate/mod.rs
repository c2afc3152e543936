//! What would a city look like? Synthetic events with known truth.
//!
//! A city of invented enterprises lives day by day: they are founded, hire, report, pay, get into
//! trouble and close. Into this background two kinds of case are planted: enterprises that shed a
//! bad name under a new registration, launder or smuggle (to be found), and at least ten times as
//! many that merely look so (not to be found). What is so is written to `truth.json`.
//!
//! Invariant: files are a function of the options. Must not know: any stage; it writes contract
//! events as any feed would, and no stage knows its vocabulary.

mod acts;
mod clusters;
mod coast;
mod coincidences;
mod decoys;
mod desk;
mod firm;
mod frauds;
mod ledger;
mod lookalikes;
mod month;
mod naming;
mod noise;
mod numbers;
mod owners;
mod place;
mod population;
mod prng;
mod records;
mod region;
mod scenarios;
mod shelf;
mod slips;
mod switch;
mod trades;
mod trouble;
mod truth;
mod watch;
mod words;
mod world;

pub use truth::{Decoy, TrueFlow, TrueSuccession, TrueWarning, Truth};

use crate::time::Day;
use desk::Desk;
use std::io;
use std::path::PathBuf;
use world::World;

/// The day after the last one of every simulation: fixed, so that output is a function of the
/// options and no event lies in the future.
const END: Day = Day::of(2026, 7, 1);

/// What city to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Seed: another seed, another city.
    pub seed: u64,
    /// Enterprises in the background; planted cases add a few of a hundred.
    pub enterprises: u32,
    /// Days of events, up to 2026-06-30.
    pub days: u32,
    /// Folder of the files.
    pub out: PathBuf,
    /// 0 for clean data, 1 for life as it is, 2 for twice as much that is wrong.
    pub noise: f64,
    /// Planted successions as a share of the enterprises (the base rate); at least one of every
    /// scenario is planted where the city is large enough (500) and the time long enough.
    pub positives: f64,
    /// How well the owners hide.
    pub difficulty: Difficulty,
    /// Its trades, its buildings and the county where it lies.
    pub flavour: Flavour,
    /// The share of each scenario and of each decoy kind drawn by the seed instead of even.
    pub random_shares: bool,
    /// Times as many unrelated enterprises, 1 or more, without a change to the planted cases:
    /// `enterprises` stays the size of the city in which they are planted.
    pub background: f64,
}

/// How well the owners of switches hide: which skills are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Difficulty {
    /// Skills of the lowest third.
    Easy,
    /// Skills of all thirds, evenly.
    #[default]
    Mixed,
    /// Skills of the highest third.
    Hard,
}

/// What kind of city it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavour {
    /// Shops, restaurants, services, farms.
    Town,
    /// Fish, cold stores, ships, works.
    #[default]
    Port,
    /// Offices, traders, cluster hosts, logistics.
    Zone,
}

impl Options {
    /// A city with the usual noise and share of positives.
    pub fn new(seed: u64, enterprises: u32, days: u32, out: impl Into<PathBuf>) -> Self {
        Self {
            seed,
            enterprises,
            days,
            out: out.into(),
            noise: 1.0,
            positives: 0.004,
            difficulty: Difficulty::Mixed,
            flavour: Flavour::Port,
            random_shares: false,
            background: 1.0,
        }
    }
}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Made {
    /// Lines in all event files.
    pub events: u64,
    /// Lines that repeat another one.
    pub duplicates: u64,
    /// Lines with a code that fails its check, to be refused.
    pub broken: u64,
    /// Enterprises.
    pub enterprises: usize,
    /// True successions.
    pub successions: usize,
    /// Decoy cases.
    pub decoys: usize,
}

/// A synthetic city.
#[derive(Clone, Copy, Debug)]
pub struct City;

impl City {
    /// Makes a city and writes `events-*.ndjson` and `truth.json`. At least 10 enterprises and 60
    /// days are made.
    pub fn generate(options: &Options) -> io::Result<Made> {
        let options = Options {
            enterprises: options.enterprises.max(10),
            days: options.days.max(60),
            noise: options.noise.clamp(0.0, 3.0),
            background: options.background.clamp(1.0, 1_000.0),
            ..options.clone()
        };
        let start = END.plus(-(options.days as i32));
        let desk = Desk::open(&options.out, "", start, END)?;
        let mut world = World::new(options, desk, start, END);
        let background = world.settle(world.options.enterprises as usize);
        world.plant_switches(&background);
        world.plant_frauds(&background);
        world.plant_decoys(&background);
        world.pass_time()?;
        world.tell();
        let more = Self::outskirts(&world)?;
        let made = Self::finish(world)?;
        Ok(Made {
            events: made.events + more.events,
            duplicates: made.duplicates + more.duplicates,
            broken: made.broken + more.broken,
            enterprises: made.enterprises + more.enterprises,
            ..made
        })
    }

    /// The unrelated enterprises beyond those among which cases are planted.
    fn outskirts(city: &World) -> io::Result<Made> {
        let count = f64::from(city.options.enterprises) * (city.options.background - 1.0);
        if count < 1.0 {
            return Ok(Made::default());
        }
        let options = Options { enterprises: count as u32, ..city.options.clone() };
        let desk = Desk::open(&options.out, "more-", city.start, city.end)?;
        let mut world = World::outskirts(city, options, desk);
        world.settle(count as usize);
        world.pass_time()?;
        let (events, duplicates, broken) = world.desk.finish()?;
        Ok(Made { events, duplicates, broken, enterprises: world.firms.len(), ..Made::default() })
    }

    fn finish(world: World) -> io::Result<Made> {
        let path = world.options.out.join("truth.json");
        let text = serde_json::to_string_pretty(&world.truth).map_err(io::Error::other)?;
        std::fs::write(path, text + "\n")?;
        let (events, duplicates, broken) = world.desk.finish()?;
        Ok(Made {
            events,
            duplicates,
            broken,
            enterprises: world.firms.len(),
            successions: world.truth.successions.len(),
            decoys: world.truth.decoys.len(),
        })
    }
}

impl World {
    /// Lives through all days.
    fn pass_time(&mut self) -> io::Result<()> {
        for day in self.start.0..self.end.0 {
            let day = Day(day);
            self.live(day);
            self.routine(day);
            let noise = self.options.noise;
            self.desk.close(day, &mut self.slip, noise)?;
        }
        Ok(())
    }
}
