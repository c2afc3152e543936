//! What should the dataflow give? The plain loop: the same stages, one after the other.
//!
//! It is the reference in tests, and the way of a run with one worker on one thread.

use crate::engine::{Config, Effects, Epoch, Rooms};
use crate::id::Share;

/// Runs the epochs, in order, and hands out the effects of each.
pub fn run(
    config: &Config,
    epochs: impl IntoIterator<Item = Epoch>,
    mut on_effects: impl FnMut(Effects),
) {
    let mut rooms = Rooms::new(config, Share::WHOLE);
    for epoch in epochs {
        let (delta, mut found) = rooms.look(&epoch);
        found.sort();
        let mut effects = rooms.judge(&epoch, &delta, &found);
        effects.sort();
        on_effects(effects);
    }
}
