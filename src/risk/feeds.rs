//! What do the feeds as a whole tell? Since when licences of a kind are shown, and which
//! complainants complain about everyone.
//!
//! Every worker sees all facts and holds the same. Must not know: points.

use crate::entity::Fact;
use crate::event::Body;
use crate::id::EntityId;
use crate::risk::config::{Config, Measure};
use crate::risk::mark::key_of;
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known of the feeds.
#[derive(Debug)]
pub(crate) struct Feeds {
    config: Arc<Config>,
    seen_min: u32,
    /// By licensed scope: licences that hold, by the day on which their source told them.
    licences: Vec<BTreeMap<Day, u32>>,
    /// By licensed scope: since which day there were enough.
    enough: Vec<Option<Day>>,
    /// By complainant: tickets by respondent.
    claimants: FxHashMap<u64, BTreeMap<EntityId, u32>>,
}

crate::shared::fields! {
    Feeds { licences, enough, claimants }
}

impl Feeds {
    /// Nothing seen.
    pub(crate) fn new(config: Arc<Config>) -> Self {
        let seen_min = config
            .all_measures()
            .filter_map(|measure| match measure {
                Measure::LicenceGap(gap) => Some(gap.seen_min),
                _ => None,
            })
            .max()
            .unwrap_or(1);
        let licences = vec![BTreeMap::new(); config.lexicon.licensed.len()];
        let enough = vec![None; config.lexicon.licensed.len()];
        Self { config, seen_min, licences, enough, claimants: FxHashMap::default() }
    }

    /// Takes the facts of an epoch. Returns the respondents of complainants who became, or ceased
    /// to be, professional, and the places of the licensed scopes for which it changed since when
    /// enough licences are shown.
    pub(crate) fn apply(&mut self, facts: &[Fact]) -> (Vec<EntityId>, BTreeSet<usize>) {
        let (mut turned, mut shown) = (Vec::new(), BTreeSet::new());
        for fact in facts {
            match &fact.event.body {
                Body::Licence(licence) => {
                    let covers = self.config.lexicon.covers(&licence.kind);
                    for place in (0..self.licences.len().min(62)).filter(|p| covers & (1 << p) != 0)
                    {
                        if self.show(place, fact.event.time.day(), fact.asserts()) {
                            shown.insert(place);
                        }
                    }
                }
                Body::ComplaintReceived(complaint) => {
                    let respondent = fact.entity(&complaint.respondent).or(fact.subject);
                    if let (Some(token), Some(respondent)) = (&complaint.complainant, respondent) {
                        self.claim(key_of(token), respondent, fact.asserts(), &mut turned);
                    }
                }
                _ => {}
            }
        }
        (turned, shown)
    }

    /// One more or less licence that meets a scope. Whether there were enough since another day.
    fn show(&mut self, place: usize, day: Day, asserts: bool) -> bool {
        let days = &mut self.licences[place];
        let count = days.entry(day).or_default();
        *count = if asserts { *count + 1 } else { count.saturating_sub(1) };
        let known = self.enough[place];
        if known.is_some_and(|since| since < day) {
            return false;
        }
        let mut seen = 0;
        let enough = days.iter().find_map(|(day, count)| {
            seen += count;
            (seen >= self.seen_min).then_some(*day)
        });
        self.enough[place] = enough;
        enough != known
    }

    fn claim(
        &mut self,
        token: u64,
        respondent: EntityId,
        asserts: bool,
        turned: &mut Vec<EntityId>,
    ) {
        let before = self.is_professional(token);
        let tickets = self.claimants.entry(token).or_default();
        let count = tickets.entry(respondent).or_default();
        *count = if asserts { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            tickets.remove(&respondent);
        }
        if self.is_professional(token) != before
            && let Some(tickets) = self.claimants.get(&token)
        {
            turned.extend(tickets.keys().copied());
        }
    }

    /// Whether a complainant has tickets against many enterprises.
    pub(crate) fn is_professional(&self, token: u64) -> bool {
        let max = self.config.facts.claimant_respondents_max;
        self.claimants.get(&token).is_some_and(|tickets| tickets.len() >= max)
    }

    /// Since which day enough licences that meet a licensed scope were seen.
    pub(crate) fn licences_seen_on(&self, place: usize) -> Option<Day> {
        self.enough.get(place).copied().flatten()
    }
}
