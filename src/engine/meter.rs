//! What does each stage take? Told to whoever has a clock: the engine has none.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A stage of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The graph takes the facts.
    Graph,
    /// Pairs are searched and settled.
    Succession,
    /// Patterns of money are searched.
    Flow,
    /// Indices are brought up to date.
    Risk,
    /// Warnings are raised and withdrawn.
    Warning,
    /// Tasks are made and recalled.
    Dispatch,
}

/// Whoever has a clock. What it says has no effect on what the engine does.
pub trait Meter: fmt::Debug + Send + Sync {
    /// Nanoseconds from some moment on.
    fn now(&self) -> u64;
    /// A stage took so long for so many things, on one worker.
    fn spent(&self, stage: Stage, nanos: u64, items: usize);
    /// A bound of a search bit so many times more.
    fn bitten(&self, bound: &'static str, times: u64);
}

/// The meter of one worker; without one nothing is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Metered {
    meter: Option<Arc<dyn Meter>>,
    /// How often each bound has bitten, as it was told.
    told: BTreeMap<&'static str, u64>,
}

impl Metered {
    /// What the bounds have counted so far, in a restored state, was told before.
    pub(super) fn by(meter: Option<Arc<dyn Meter>>, told: BTreeMap<&'static str, u64>) -> Self {
        Self { meter, told }
    }

    pub(super) fn start(&self) -> u64 {
        self.meter.as_ref().map_or(0, |meter| meter.now())
    }

    /// Tells what a stage took since a moment; gives the moment now.
    pub(super) fn lap(&self, stage: Stage, since: u64, items: usize) -> u64 {
        let Some(meter) = &self.meter else { return 0 };
        let now = meter.now();
        meter.spent(stage, now.saturating_sub(since), items);
        now
    }

    /// Tells which bounds have bitten since the last time.
    pub(super) fn bounds(&mut self, bounds: impl FnOnce() -> BTreeMap<&'static str, u64>) {
        let Some(meter) = &self.meter else { return };
        for (bound, times) in bounds() {
            let before = self.told.insert(bound, times).unwrap_or(0);
            if times > before {
                meter.bitten(bound, times - before);
            }
        }
    }
}
