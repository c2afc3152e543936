//! What is a feature worth for an enterprise today?

use crate::id::EventId;
use crate::risk::features::{Aggregate, Feature, Register, facts, peers, register};
use crate::risk::measure::{Hit, View};
use std::sync::Arc;

/// A number or a word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number; never null, that is `None` of the whole.
    Number(f64),
    /// A word.
    Text(Arc<str>),
}

/// What was found, with what it rests on. Nothing found is 0 or null, by feature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The number or word.
    pub(crate) value: Value,
    /// The events that it rests on.
    pub(crate) events: Vec<EventId>,
    /// At least one fact in it may carry a veto.
    pub(crate) firm: bool,
}

impl Found {
    /// A number that rests on what a hit rests on.
    pub(crate) fn number(number: f64, hit: Hit) -> Self {
        Self { value: Value::Number(number), events: hit.events, firm: hit.firm }
    }

    /// A number that rests on one event.
    pub(crate) fn on(number: f64, event: &EventId) -> Self {
        Self { value: Value::Number(number), events: vec![event.clone()], firm: true }
    }
}

/// The value of a feature over facts or the register; `None` for nothing found, and for measures,
/// which are found as indicators are.
pub(crate) fn find(view: &View<'_>, feature: &Feature) -> Option<Found> {
    if let Some(peers) = &feature.peers {
        return peers::compare(view, peers);
    }
    match (&feature.facts, &feature.register) {
        (Some(facts), _) => facts::find(view, facts),
        (_, Some(register)) => register::find(view, register),
        _ => None,
    }
}

/// What nothing found is: 0 where something can be counted, null where it is unknown.
pub(crate) fn of_nothing(feature: &Feature) -> Option<f64> {
    if feature.peers.is_some() {
        return None;
    }
    match (&feature.facts, &feature.register) {
        (Some(facts), _) => {
            (!matches!(facts.aggregate, Aggregate::Max | Aggregate::DaysSince)).then_some(0.0)
        }
        (_, Some(Register::Succession { .. })) => Some(0.0),
        (_, Some(_)) => None,
        _ => Some(0.0),
    }
}
