//! What should the dataflow give? The plain loop: the same stages, one after the other.
//!
//! It is the reference in tests, and the way of a run with one worker on one thread.

use crate::engine::{Config, Effects, Epoch, Part, Rooms, Unreadable};
use crate::id::Share;

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
    let mut rooms = match saved {
        Some(parts) => Rooms::restore(config, Share::WHOLE, parts)?,
        None => Rooms::new(config, Share::WHOLE),
    };
    for epoch in epochs {
        let (delta, mut found) = rooms.look(&epoch);
        found.sort();
        let mut effects = rooms.judge(&epoch, &delta, &found);
        effects.sort();
        on_effects(effects);
    }
    Ok(())
}
