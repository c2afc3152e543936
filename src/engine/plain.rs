//! What should the dataflow give? The plain loop: the same stages, one after the other.
//!
//! It is the reference in tests, and the way of a run with one worker on one thread.

use crate::engine::{Config, Effects, Epoch, Part, Rooms, Unreadable};
use crate::id::Share;

/// All stages on one thread, epoch by epoch.
#[derive(Debug)]
pub struct Plain(Rooms);

impl Plain {
    /// Nothing was learned yet.
    pub fn new(config: &Config) -> Self {
        Self(Rooms::new(config, Share::WHOLE))
    }

    /// Learns one epoch.
    pub fn step(&mut self, epoch: &Epoch) -> Effects {
        let (delta, mut found) = self.0.look(epoch);
        found.sort();
        let mut effects = self.0.judge(epoch, &delta, &found);
        effects.sort();
        effects
    }
}

/// Runs the epochs, in order, and hands out the effects of each. Starts from a saved state, if one
/// is given.
///
/// # Errors
/// When that cannot be restored.
pub fn run(
    config: &Config,
    saved: Option<&[Part]>,
    epochs: impl IntoIterator<Item = Epoch>,
    mut on_effects: impl FnMut(Effects),
) -> Result<(), Unreadable> {
    let mut plain = match saved {
        Some(parts) => Plain(Rooms::restore(config, Share::WHOLE, parts)?),
        None => Plain::new(config),
    };
    for epoch in epochs {
        on_effects(plain.step(&epoch));
    }
    Ok(())
}
