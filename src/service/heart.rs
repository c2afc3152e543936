//! Does anything still pass? A heartbeat goes the way of the epochs, with the moment of its sending.
//!
//! The age of what passed a part last tells how far it is behind, on quiet days too.

use crate::service::intake::{Fed, Intake};
use crate::source::live::wall_clock;
use crate::telemetry::labels::{Beat, Queue};
use crate::telemetry::metrics;
use crate::time::Time;
use std::time::{Duration, Instant};

/// How often the heart beats.
const EVERY: Duration = Duration::from_secs(2);

/// What was sent at this moment has passed a part.
pub(super) fn passed(part: Beat, at: Time) {
    let beat = metrics().stages.heartbeat.of_key(part);
    beat.set(beat.get().max(at.0 as f64 / 1000.0));
}

impl Intake {
    /// Sends a heartbeat when it is time, and when there is room for one.
    pub(super) fn beat(&self, beaten: &mut Instant) {
        if beaten.elapsed() < EVERY {
            return;
        }
        *beaten = Instant::now();
        let at = wall_clock();
        passed(Beat::Journal, at);
        let Some(engine) = &self.engine else { return };
        let depth = metrics().stages.depth.of_key(Queue::Engine);
        depth.inc();
        if engine.try_send(Fed { at, beat: true, ..Fed::empty(0) }).is_err() {
            depth.dec();
        }
    }
}
