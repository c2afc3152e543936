//! How good were the results? Found against true, by scenario.
//!
//! Reads `truth.json` and the files that a bounded run left (contract, section 6). A pair counts
//! as flagged when its level is yellow or above; as true when it is in the truth or follows from
//! it along a chain (A→C, where A→B and B→C are true). Pairs whose evidence shows only after the
//! end count neither way. Must not know: how anything was found.

mod baseline;
pub mod cases;
mod flows;
mod index;
pub mod learn;
mod pairs;
pub mod pool;
mod rank;
mod read;
mod table;
mod timing;
mod warnings;

pub use baseline::BaselineReport;
pub use flows::{FlowReport, FlowScore};
pub use index::IndexReport;
pub use pairs::{PairReport, Share, WrongPair};
pub use rank::{AtK, Bin};
pub use read::Error;
pub use timing::{Latency, Lead};
pub use warnings::WarningReport;

use crate::simulate::Truth;
use serde::Serialize;
use std::path::Path;

/// What was found of what is true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Successions.
    pub successions: PairReport,
    /// The naive baseline on the same events; `None` where no event files lie beside the truth.
    pub baseline: Option<BaselineReport>,
    /// Fund-flow patterns.
    pub flows: FlowReport,
    /// Warnings: form, and those that the truth calls for.
    pub warnings: WarningReport,
    /// The index.
    pub index: IndexReport,
}

/// Compares the results in a folder with the truth in a file. Where event files lie beside the
/// truth, the events that evidence names are looked up in them and the naive baseline is computed
/// from them. `k` is how many pairs a bureau looks into; by default five for every thousand
/// enterprises with an index, at least ten.
pub fn evaluate(truth: &Path, results: &Path, k: Option<usize>) -> Result<Report, Error> {
    let known: Truth = read::object(truth)?;
    let folder = truth.parent().unwrap_or(Path::new("."));
    let events = read::event_ids(folder)?;
    let indices: Vec<index::Found> = read::lines(&results.join("index.ndjson"))?;
    let spoken: Vec<warnings::Found> = read::lines(&results.join("warnings.ndjson"))?;
    let told = timing::Spoken::of(&known, &spoken);
    let k = k.unwrap_or_else(|| rank::capacity(indices.len()));
    let found: Vec<pairs::Found> = read::lines(&results.join("successions.ndjson"))?;
    let naive = baseline::pairs(folder)?;
    let naive = naive.map(|found| pairs::compare(&known, &found, &timing::Spoken::default(), k));
    Ok(Report {
        successions: pairs::compare(&known, &found, &told, k),
        baseline: naive.map(BaselineReport::from),
        flows: flows::compare(&known, &read::lines(&results.join("flows.ndjson"))?),
        warnings: warnings::compare(&known, &spoken, events.as_ref()),
        index: index::compare(&known, &indices),
    })
}

/// A share as a number; 1 where there is nothing to find.
pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0 }
}

#[cfg(test)]
mod tests;
