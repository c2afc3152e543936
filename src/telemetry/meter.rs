//! What do the engine's stages take? The clock that the engine itself does not read.

use crate::engine::{Meter, Stage};
use crate::telemetry::labels::{Bound, Part};
use crate::telemetry::metrics;
use std::time::Instant;

/// Times the stages into the metrics of the process.
#[derive(Debug)]
pub struct Timer(Instant);

impl Default for Timer {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Meter for Timer {
    fn now(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }

    fn spent(&self, stage: Stage, nanos: u64, items: usize) {
        metrics().stages.spent(Part::from(stage), nanos as f64 / 1e9, items);
    }

    fn bitten(&self, bound: &'static str, times: u64) {
        if let Some(bound) = Bound::ALL.iter().find(|one| one.word() == bound) {
            metrics().stages.bitten.of_key(*bound).inc_by(times);
        }
    }
}
