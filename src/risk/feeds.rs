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
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of the feeds.
#[derive(Debug)]
pub(crate) struct Feeds {
    config: Arc<Config>,
    seen_min: u32,
    /// By licensed scope: licences seen, and the day on which there were enough.
    licences: Vec<(u32, Option<Day>)>,
    /// By complainant: tickets by respondent.
    claimants: FxHashMap<u64, BTreeMap<EntityId, u32>>,
}

crate::shared::fields! {
    Feeds { licences, claimants }
}

impl Feeds {
    /// Nothing seen.
    pub(crate) fn new(config: Arc<Config>) -> Self {
        let measures = config.indicators.iter().flat_map(|indicator| &indicator.measures);
        let seen_min = measures
            .filter_map(|measure| match measure {
                Measure::LicenceGap(gap) => Some(gap.seen_min),
                _ => None,
            })
            .max()
            .unwrap_or(1);
        let licences = vec![(0, None); config.lexicon.licensed.len()];
        Self { config, seen_min, licences, claimants: FxHashMap::default() }
    }

    /// Takes the facts of a day. Returns the respondents of complainants who became, or ceased to
    /// be, professional.
    pub(crate) fn apply(&mut self, facts: &[Fact], today: Day) -> Vec<EntityId> {
        let mut turned = Vec::new();
        for fact in facts {
            match &fact.event.body {
                Body::Licence(licence) if fact.asserts() => {
                    let covers = self.config.lexicon.covers(&licence.kind);
                    for (place, (count, since)) in self.licences.iter_mut().enumerate() {
                        if place < 62 && covers & (1 << place) != 0 {
                            *count += 1;
                            if *count >= self.seen_min && since.is_none() {
                                *since = Some(today);
                            }
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
        turned
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
        self.licences.get(place).and_then(|(_, since)| *since)
    }
}
