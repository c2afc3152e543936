//! What stood, and what was learned, in the past? The journal, computed again.
//!
//! Invariant: what is computed for a moment is what was told then. Must not know: outlets, HTTP.

use crate::entity::Told;
use crate::http::ring::Ring;
use crate::query::Stand;
use crate::service::config::Live;
use crate::service::recover::State;
use crate::service::snapshots::Saver;
use crate::service::speaker::Speaker;
use crate::service::{EngineSide, Fault, core, models};
use crate::time::{Day, Time};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, RwLock};

/// Everything that stood at a moment of arrival: the journal up to it, computed again.
///
/// # Errors
/// See [`Fault`].
pub fn as_of(live: &Live, workers: usize, at: Time) -> Result<Stand, Fault> {
    let state = State::at(&live.state, live.history());
    // What is archived is told by its manifest; the rest by its headers.
    let archived = state.history.archived()?.segments;
    let passed = archived.iter().rev().find(|entry| entry.through <= at);
    let mut through = passed.map_or(0, |entry| entry.last);
    for epoch in state.history.epochs(through + 1) {
        let header = epoch?.header;
        if header.handed_at > at {
            break;
        }
        through = header.sequence;
    }
    let models = models(&live.state, live.flow, None);
    let mut recovered = state.load(through, u64::MAX, live.horizon_years, &models)?;
    let (to_engine, fed) = sync_channel(live.intake.epochs_ahead_max);
    let stand = Arc::new(RwLock::new(recovered.stand));
    let speaker = Speaker {
        stand: stand.clone(),
        rebuilt: None,
        saver: Saver::new(state.snapshots.clone(), live.snapshots.keep),
        workers,
        results: None,
        ring: Arc::new(Ring::new(1)),
        // What would be said is said to nobody.
        outbox: None,
    };
    let start =
        core::Start { config: recovered.config, feeder: recovered.feeder, rooms: recovered.rooms };
    let engine = EngineSide::start(start, fed, &state, models, live.horizon_years, speaker);
    state.feed(&mut recovered.reopener, through, &to_engine)?;
    drop(to_engine);
    engine.join()?;
    let stand = Arc::into_inner(stand).expect("the speaker has ended");
    Ok(stand.into_inner().expect("no writer panicked"))
}

/// Steps that were learned together, and the day that the clock had reached.
pub type Learned = (Vec<Told>, Option<Day>);

/// What was learned, epoch by epoch of the journal, without any model.
///
/// # Errors
/// See [`Fault`].
pub fn learned(live: &Live) -> Result<Vec<Learned>, Fault> {
    let state = State::at(&live.state, live.history());
    let models = models(&live.state, live.flow, None);
    let mut reopener = state.beginning(live.horizon_years, &models)?.reopener;
    let mut all = Vec::new();
    for epoch in state.history.epochs(1) {
        let fed = reopener.open(epoch?).map_err(Fault::Replay)?;
        all.push((fed.told, fed.until));
    }
    Ok(all)
}
