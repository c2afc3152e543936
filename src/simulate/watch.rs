//! What can be seen of each planted switch, and since when? Noted as the events are written.
//!
//! Invariant: a tie is noted at the moment of the event that shows it, and only if that event is
//! written. Must not know: what anyone makes of it.

use super::firm::{Firm, FirmNo, Owner, PersonNo};
use super::slips::blank;
use super::switch::Switch;
use super::truth::TrueSuccession;
use super::world::World;
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of tie without which nothing is visible.
const STRONG: [&str; 3] = ["control", "assets", "staff"];
/// Kinds of tie that make a switch visible.
const TIES_MIN: usize = 3;
/// Of fewer people no sketch is made.
const STAFF_MIN: usize = 3;

/// A switch under way.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    old: FirmNo,
    new: FirmNo,
    switch: Switch,
    /// The old firm before anything happened.
    before: Firm,
    trouble: Option<Time>,
    official: Option<Time>,
    ties: BTreeMap<&'static str, Time>,
    /// The old firm's staff was reported with those who then moved.
    old_staff_known: bool,
    moved: BTreeSet<u32>,
}

/// All switches, by their firms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    all: Vec<Watched>,
    by_old: BTreeMap<FirmNo, Vec<usize>>,
    by_new: BTreeMap<FirmNo, Vec<usize>>,
}

impl Watch {
    /// Switches planted so far.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    fn add(&mut self, watched: Watched) {
        let number = self.all.len();
        self.by_old.entry(watched.old).or_default().push(number);
        self.by_new.entry(watched.new).or_default().push(number);
        self.all.push(watched);
    }

    fn of_old(&mut self, firm: FirmNo, mut each: impl FnMut(&mut Watched)) {
        for number in self.by_old.get(&firm).into_iter().flatten() {
            each(&mut self.all[*number]);
        }
    }

    fn of_new(&mut self, firm: FirmNo, mut each: impl FnMut(&mut Watched)) {
        for number in self.by_new.get(&firm).into_iter().flatten() {
            each(&mut self.all[*number]);
        }
    }
}

impl Watched {
    fn note(&mut self, tie: &'static str, holds: bool, at: Time) {
        if holds {
            let first = self.ties.entry(tie).or_insert(at);
            *first = (*first).min(at);
        }
    }

    /// From when it can be seen.
    fn visible(&self) -> Option<Time> {
        let strong = STRONG.iter().filter_map(|tie| self.ties.get(tie)).min()?;
        let mut times: Vec<Time> = self.ties.values().copied().collect();
        times.sort_unstable();
        let third = times.get(TIES_MIN - 1)?;
        Some((*strong).max(*third).max(self.trouble?))
    }
}

impl World {
    /// Begins to watch a switch.
    pub(crate) fn watch(&mut self, old: FirmNo, new: FirmNo, switch: &Switch) {
        self.watched.add(Watched {
            old,
            new,
            switch: switch.clone(),
            before: self.firms[old].clone(),
            trouble: None,
            official: None,
            ties: BTreeMap::new(),
            old_staff_known: false,
            moved: BTreeSet::new(),
        });
    }

    /// An office moved against a firm: trouble of the old one, an official action against the new.
    pub(crate) fn saw_trouble(&mut self, firm: FirmNo, at: Time) {
        self.watched.of_old(firm, |case| {
            case.trouble = Some(case.trouble.map_or(at, |first| first.min(at)));
        });
        self.watched.of_new(firm, |case| {
            if !case.ties.is_empty() {
                case.official = Some(case.official.map_or(at, |first| first.min(at)));
            }
        });
    }

    /// An office found the old firm to be an empty shell.
    pub(crate) fn saw_shell(&mut self, firm: FirmNo, at: Time) {
        self.watched.of_old(firm, |case| {
            if !case.ties.is_empty() {
                case.official = Some(case.official.map_or(at, |first| first.min(at)));
            }
        });
    }

    /// The register says something new of a firm.
    pub(crate) fn saw_entry(&mut self, firm: FirmNo, at: Time) {
        if !self.watched.by_new.contains_key(&firm) {
            return;
        }
        let is = self.firms[firm].clone();
        let through = self.people_behind(&is);
        self.watched.of_new(firm, |case| {
            let was = &case.before;
            let both = |field: u8| !was.lacks(field) && !is.lacks(field);
            let phones = both(blank::PHONES) && was.phones.iter().any(|p| is.phones.contains(p));
            let mail = both(blank::EMAILS) && was.emails.iter().any(|m| is.emails.contains(m));
            let rough = was.spelling.rough || is.spelling.rough;
            let print = was.fingerprint.is_some() && was.fingerprint == is.fingerprint;
            let shown = [
                ("control", people(was).iter().any(|p| through.contains(p))),
                ("premises", was.place == is.place && !rough),
                ("contact", phones || mail),
                ("name", case.switch.ties.near_name),
                ("business", was.trade == is.trade),
                ("filing", print && both(blank::FINGERPRINT)),
            ];
            for (tie, holds) in shown {
                case.note(tie, holds, at);
            }
        });
    }

    /// Everyone in a firm's offices and behind its holders.
    fn people_behind(&self, firm: &Firm) -> Vec<PersonNo> {
        let mut all = people(firm);
        for (owner, _) in &firm.holders {
            if let Owner::Firm(parent) = owner {
                all.extend(people(&self.firms[*parent]));
            }
        }
        all
    }

    /// Something of worth went from one firm to another, in the open.
    pub(crate) fn saw_passage(
        &mut self,
        (from, to): (FirmNo, FirmNo),
        tie: &'static str,
        at: Time,
    ) {
        self.watched.of_new(to, |case| case.note(tie, case.old == from, at));
    }

    /// The firm got the licence for the old premises, or deals with the old suppliers.
    pub(crate) fn saw_business(&mut self, firm: FirmNo, at: Time) {
        let place = self.firms[firm].place;
        self.watched.of_new(firm, |case| {
            let (licence, suppliers) = (case.switch.ties.licence, case.switch.ties.suppliers);
            case.note("business", suppliers || (licence && case.before.place == place), at);
        });
    }

    /// So many people went from one firm to another.
    pub(crate) fn saw_move(&mut self, (from, to): (FirmNo, FirmNo), who: &[u32]) {
        self.watched.of_new(to, |case| {
            if case.old == from && case.old_staff_known {
                case.moved.extend(who);
            }
        });
    }

    /// A firm reported its staff with a sketch.
    pub(crate) fn saw_staff(&mut self, firm: FirmNo, at: Time) {
        self.watched.of_old(firm, |case| case.old_staff_known = true);
        if !self.watched.by_new.contains_key(&firm) {
            return;
        }
        let staff: BTreeSet<u32> = self.firms[firm].staff.iter().copied().collect();
        self.watched.of_new(firm, |case| {
            let known = case.moved.intersection(&staff).count();
            case.note("staff", known >= STAFF_MIN, at);
        });
    }

    /// Puts all switches into the truth: those that can be seen before the end, and the others.
    pub(crate) fn tell(&mut self) {
        for case in std::mem::take(&mut self.watched).all {
            let (predecessor, successor) = (self.code(case.old), self.code(case.new));
            let Some(visible) = case.visible().filter(|at| at.day() < self.end) else {
                self.truth.unripe.push((predecessor, successor));
                continue;
            };
            let switch = case.switch;
            self.truth.successions.push(TrueSuccession {
                predecessor,
                successor,
                scenario: switch.scenario.to_owned(),
                difficulty: super::owners::third(switch.skill).to_owned(),
                skill: (switch.skill * 1_000.0).round() / 1_000.0,
                evasions: switch.evasions.iter().map(|e| (*e).to_owned()).collect(),
                visible_at: visible.to_string(),
                first_official_at: case
                    .official
                    .filter(|at| at.day() < self.end)
                    .map(|at| at.to_string()),
                ties: case.ties.keys().map(|tie| (*tie).to_owned()).collect(),
            });
        }
    }
}

/// Everyone in a firm's offices.
fn people(firm: &Firm) -> Vec<PersonNo> {
    let holders = firm.holders.iter().filter_map(|(owner, _)| match owner {
        Owner::Person(p) => Some(*p),
        Owner::Firm(_) => None,
    });
    let named = firm.lacks(blank::OFFICERS) || firm.lacks(blank::NUMBERS);
    let officers = firm.officers.iter().map(|(p, _)| *p).filter(|_| !named);
    let mut all: Vec<PersonNo> = officers.chain(holders).collect();
    let liaison = firm.liaison.filter(|_| !firm.lacks(blank::LIAISON));
    all.extend([firm.rep].into_iter().chain(liaison));
    all
}
