//! Which records were rejected, by the journal of a service that does not run?

use crate::http::{Filter, Letter};
use crate::journal::Record;
use crate::service::Fault;
use crate::service::archive::History;
use crate::sink::DeadLetter;
use crate::sink::dead_letters::letter_id;

/// Letters that pass a filter, from an epoch on, in the order in which they came. Only reads.
///
/// # Errors
/// When the journal or the archive cannot be read.
pub fn dead_letters(history: &History, from: u64, filter: &Filter) -> Result<Vec<Letter>, Fault> {
    let mut found = Vec::new();
    walk(history, from, |letter| {
        if filter.passes(letter.at, &letter.letter) {
            found.push(letter);
        }
        found.len() < filter.limit
    })?;
    Ok(found)
}

/// The letter of an id. Only reads.
///
/// # Errors
/// As [`dead_letters`].
pub fn dead_letter(history: &History, id: &str) -> Result<Option<Letter>, Fault> {
    // The id names the epoch; it must be the only way to write it.
    let epoch = id.strip_prefix("dl-").and_then(|rest| rest.split_once('-')?.0.parse().ok());
    let Some(epoch) = epoch else { return Ok(None) };
    let mut found = None;
    walk(history, epoch, |letter| {
        let same = letter.id == id;
        let within = letter.id.starts_with(&format!("dl-{epoch}-"));
        if same {
            found = Some(letter);
        }
        within && !same
    })?;
    Ok(found)
}

/// Shows letters from an epoch on, as long as they are wanted.
fn walk(history: &History, from: u64, mut wanted: impl FnMut(Letter) -> bool) -> Result<(), Fault> {
    for epoch in history.epochs(from) {
        let epoch = epoch?;
        let mut number = 0;
        for record in epoch.records {
            let Record::DeadLetter(json) = record else { continue };
            number += 1;
            let id = letter_id(epoch.header.sequence, number);
            let letter: DeadLetter = serde_json::from_slice(&json)
                .map_err(|error| Fault::Replay(format!("the dead letter {id}: {error}")))?;
            if !wanted(Letter { id, at: epoch.header.handed_at, letter }) {
                return Ok(());
            }
        }
    }
    Ok(())
}
