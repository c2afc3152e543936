//! What is usual among like enterprises? Norms, fixed for a month of event time.
//!
//! The norms of a month follow from what was known to the sources before it began: every worker
//! holds what each enterprise brings to them (its offer) and the norms that follow. A fact of the
//! month changes none; a late, corrected or withdrawn one from before changes the offer of its
//! enterprise and so, rarely, a norm. Why: `docs/adr/0008-peers-by-the-month.md`. Invariant: a
//! function of the facts that hold, whatever the order in which they came and the number of
//! shares; no norm rests on fewer than [`MEMBERS_MIN`] enterprises. Must not know: points.

use crate::entity::Fact;
use crate::event::Body;
use crate::id::{EntityId, stable_hash};
use crate::risk::config::Config;
use crate::risk::features::{Peers, PeersFile, Trait, Value, Versus, find, of_nothing};
use crate::risk::groups::{INDUSTRY_CHARS, MEMBERS_MIN};
use crate::risk::mark::NEVER;
use crate::risk::measure::View;
use crate::risk::profile::Profile;
use crate::risk::record::{Record, Standing};
use crate::risk::tags::Tags;
use crate::risk::{News, Risk, Seat};
use crate::time::{Day, Month};
use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

/// A median absolute deviation times this is the standard deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;
/// Significant digits of a norm. Who is compared is looked at again when a norm moves: what nobody
/// would tell apart should not move it.
const DIGITS: i32 = 3;

/// Whoever is one of these has ended and is nobody's peer.
const ENDED: Tags = Tags::ENDED_DEREGISTERED
    .or(Tags::ENDED_REVOKED)
    .or(Tags::ENDED_RESCINDED)
    .or(Tags::ENDED_MOVED);

/// What is usual in one cell.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Norm {
    /// The quantile, the median or the mean, by how the feature is compared.
    pub(crate) middle: f64,
    /// Robust standard deviation; 0 where it is not asked for.
    pub(crate) spread: f64,
}

/// The norms of a month, and what they rest on.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Norms {
    /// None before the first month began.
    month: Option<Month>,
    /// Of all shares.
    offers: BTreeMap<EntityId, Offer>,
    /// By place of the compared feature: by cell.
    norms: Vec<BTreeMap<u64, Norm>>,
}

/// By way of being alike: the cell, if it is known.
pub(crate) type Cells = Box<[Option<u64>]>;

/// What one enterprise brings to the norms.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Offer {
    cells: Cells,
    /// By place of the compared feature.
    numbers: Box<[Option<f64>]>,
}

/// What changed in what the enterprises of one share bring to the norms; none for one that brings
/// nothing any more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers(Vec<(EntityId, Option<Offer>)>);

impl Norms {
    /// The norm against which an enterprise's feature stands: of the narrowest of its cells that
    /// has one.
    pub(crate) fn of(&self, place: usize, cells: &[Option<u64>]) -> Option<Norm> {
        let norms = self.norms.get(place).filter(|norms| !norms.is_empty())?;
        cells.iter().flatten().find_map(|cell| norms.get(cell).copied())
    }

    /// The cells of an enterprise in the month of the norms, the narrowest way first; none before
    /// the first month.
    pub(crate) fn cells(&self, file: &PeersFile, profile: &Profile) -> Cells {
        self.month.map_or_else(Cells::default, |month| cells(file, profile, month))
    }

    /// Takes what changed, and finds the norms of the cells that it concerns anew.
    fn take(&mut self, config: &Config, offers: &[&Offers]) {
        let mut concerned: BTreeSet<u64> = BTreeSet::new();
        for (entity, offer) in offers.iter().flat_map(|offers| &offers.0) {
            let known = match offer {
                Some(offer) => self.offers.insert(*entity, offer.clone()),
                None => self.offers.remove(entity),
            };
            for offer in known.iter().chain(offer) {
                concerned.extend(offer.cells.iter().flatten());
            }
        }
        if concerned.is_empty() {
            return;
        }
        let mut numbers: Vec<BTreeMap<u64, Vec<f64>>> =
            vec![BTreeMap::new(); config.compared.len()];
        for offer in self.offers.values() {
            for cell in offer.cells.iter().flatten().filter(|cell| concerned.contains(cell)) {
                for (by_cell, number) in numbers.iter_mut().zip(&offer.numbers) {
                    by_cell.entry(*cell).or_default().extend(number);
                }
            }
        }
        self.norms.resize_with(config.compared.len(), BTreeMap::new);
        let compared = config.compared.iter().map(|place| config.features[*place].peers.as_ref());
        for ((norms, mut numbers), peers) in self.norms.iter_mut().zip(numbers).zip(compared) {
            for cell in &concerned {
                let numbers = numbers.remove(cell).filter(|all| all.len() >= MEMBERS_MIN);
                match peers.zip(numbers) {
                    Some((peers, numbers)) => norms.insert(*cell, norm(peers, numbers)),
                    None => norms.remove(cell),
                };
            }
        }
    }
}

/// The cells of an enterprise in a month.
fn cells(file: &PeersFile, profile: &Profile, month: Month) -> Cells {
    let since = profile.established.as_ref().map(|established| established.0);
    let band = since.map(|since| {
        let reached = |months: &&i32| since.plus_months(**months) <= month.first_day();
        file.ages.iter().take_while(reached).count()
    });
    file.alike.iter().map(|way| cell(way, profile, band)).collect()
}

/// One cell, by the band of age among others; none while a trait is not known.
fn cell(way: &[Trait], profile: &Profile, band: Option<usize>) -> Option<u64> {
    // A trait's kind, then its value, which no kind's number can be part of.
    let mut name: Vec<u8> = Vec::with_capacity(32);
    for each in way {
        name.push(*each as u8);
        match each {
            Trait::Section => name.extend(profile.industry.as_ref()?.0.get(..1)?.bytes()),
            Trait::Division => {
                name.extend(profile.industry.as_ref()?.0.get(..INDUSTRY_CHARS)?.bytes());
            }
            Trait::Town => name.extend(profile.division.as_deref()?.bytes()),
            Trait::Age => name.extend(band?.to_string().bytes()),
        }
    }
    Some(stable_hash(&name))
}

fn norm(peers: &Peers, mut numbers: Vec<f64>) -> Norm {
    numbers.sort_by(f64::total_cmp);
    match peers.versus {
        Versus::Ratio => Norm { middle: rounded(quantile(&numbers, peers.quantile)), spread: 0.0 },
        Versus::Surprise => {
            // Summed in one order, so that shares do not matter.
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            Norm { middle: rounded(mean), spread: 0.0 }
        }
        Versus::Deviation => {
            let middle = quantile(&numbers, 0.5);
            let mut off: Vec<f64> = numbers.iter().map(|number| (number - middle).abs()).collect();
            off.sort_by(f64::total_cmp);
            let spread = rounded(MAD_TO_SIGMA * quantile(&off, 0.5));
            Norm { middle: rounded(middle), spread }
        }
    }
}

/// A quantile of sorted numbers, between two of them by straight line.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * (place - place.floor())
}

fn rounded(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(DIGITS - 1 - number.abs().log10().floor() as i32);
    (number * scale).round() / scale
}

impl Risk {
    /// Notes that a fact may change what an enterprise brings to the norms of the month: it was
    /// known to its source before the month began, or says what such a fact is worth.
    pub(super) fn note_late(&mut self, owner: EntityId, fact: &Fact) {
        let Some(month) = self.norms.month else { return };
        let rules = matches!(
            fact.event.body,
            Body::Repair(_) | Body::ObjectionFiled(_) | Body::ObjectionDecided(_)
        );
        if rules || fact.event.time.day() < month.first_day() {
            self.late.insert(owner);
        }
    }

    /// What changed in what this share brings to the norms: all of it when a month begins.
    pub(super) fn offer(&mut self, today: Day) -> Offers {
        let month = today.month();
        let late = std::mem::take(&mut self.late);
        if self.config.compared.is_empty() {
            return Offers::default();
        }
        let mut standings = Vec::new();
        if self.norms.month < Some(month) {
            let seats = self.seats.iter().flatten();
            let all = seats.filter_map(|seat| {
                Some((seat.entity, Some(self.offer_of(seat, month, &mut standings)?)))
            });
            return Offers(all.collect());
        }
        let offers = late.into_iter().filter_map(|entity| {
            let seat = self.seats.get(entity.index())?.as_ref()?;
            let offer = self.offer_of(seat, month, &mut standings);
            (self.norms.offers.get(&entity) != offer.as_ref()).then_some((entity, offer))
        });
        Offers(offers.collect())
    }

    fn offer_of(&self, seat: &Seat, month: Month, standings: &mut Vec<Standing>) -> Option<Offer> {
        let (config, first) = (&*self.config, month.first_day());
        seat.record.code.filter(|code| !code.is_sole_trader())?;
        let record = seat.record.before(first.start(), &config.lexicon);
        let record: &Record = &record;
        if record.tags.meets(ENDED) {
            return None;
        }
        let cells = cells(&config.peers, &record.profile, month);
        if cells.iter().all(Option::is_none) {
            return None;
        }
        let today = first.plus(-1);
        record.standings(today, &config.scale, standings);
        let view = View {
            config,
            record,
            pairs: &seat.pairs,
            standings,
            feeds: &self.feeds,
            norms: &self.norms,
            cells: OnceCell::new(),
            today,
            next: Cell::new(NEVER),
        };
        let numbers = config.compared.iter().map(|place| {
            let peers = config.features[*place].peers.as_ref()?;
            let base = peers.base()?;
            let number = match find(&view, base).map(|found| found.value) {
                Some(Value::Number(number)) => number,
                Some(Value::Text(_)) => return None,
                // Of whom nothing is told, nothing is counted.
                None => of_nothing(base)?,
            };
            peers.scaled(number)
        });
        let numbers = numbers.collect();
        Some(Offer { cells, numbers })
    }

    /// Takes what changed in the offers of all shares, and queues those for whom what is usual
    /// moved.
    pub(super) fn take_norms(&mut self, offers: &[&Offers], today: Day) {
        let month = today.month();
        let begins = self.norms.month < Some(month);
        if self.config.compared.is_empty()
            || !(begins || offers.iter().any(|offers| !offers.0.is_empty()))
        {
            return;
        }
        // Without the offers: of every enterprise one.
        let Norms { month: before, norms, .. } = &self.norms;
        let old = Norms { month: *before, offers: BTreeMap::new(), norms: norms.clone() };
        if begins {
            self.norms = Norms { month: Some(month), ..Norms::default() };
        }
        self.norms.take(&self.config, offers);
        if !begins && old.norms == self.norms.norms {
            return;
        }
        let (file, places) = (&self.config.peers, self.config.compared.len());
        let moved = |seat: &Seat| {
            let cells = self.norms.cells(file, &seat.record.profile);
            let earlier = begins.then(|| old.cells(file, &seat.record.profile));
            let earlier = earlier.as_ref().unwrap_or(&cells);
            (0..places).any(|place| old.of(place, earlier) != self.norms.of(place, &cells))
        };
        let seats = self.seats.iter().flatten().filter(|seat| moved(seat));
        let moved: Vec<EntityId> = seats.map(|seat| seat.entity).collect();
        for entity in moved {
            self.bring(entity, News { queued: true, all: true, ..News::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_and_norms_are_rounded() {
        let numbers: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(quantile(&numbers, 0.5), 5.5);
        assert_eq!(quantile(&numbers, 0.9), 9.1);
        assert_eq!((quantile(&numbers, 0.0), quantile(&numbers, 1.0)), (1.0, 10.0));
        assert_eq!(
            (rounded(123_456.0), rounded(0.001_234_9), rounded(-2.724)),
            (123_000.0, 0.001_23, -2.72)
        );
        assert_eq!(rounded(0.0), 0.0);
    }
}
