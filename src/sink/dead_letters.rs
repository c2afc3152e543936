//! Which records were rejected, and what became of them?
//!
//! Invariant: a letter's id is a function of the journal. Must not hold a personal identifier:
//! originals are masked before they come here.

/// The id of a dead letter: its journal epoch, and its place (from 1) among those of the epoch.
pub fn letter_id(epoch: u64, number: u32) -> String {
    format!("dl-{epoch}-{number}")
}
