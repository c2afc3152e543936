//! What becomes of one record? Epochs, verdicts and counts: the parts of the intake without state.

use crate::entity::Told;
use crate::event::ledger::{Admission, Ledger};
use crate::event::{EventType, Reject};
use crate::service::intake::Counts;
use crate::sink::Tally;
use crate::source::live::{Offered, Taken, Verdict};
use crate::telemetry::metrics;

/// Epochs: a batch with cursors alone, those without together up to the bound.
pub(super) fn groups(batches: Vec<Offered>, events_max: usize) -> Vec<Vec<Offered>> {
    let mut groups: Vec<Vec<Offered>> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for offered in batches {
        let events = offered.batch.items.len();
        if !offered.batch.cursors.is_empty() {
            groups.push(vec![offered]);
            continue;
        }
        match &mut open {
            Some((at, held)) if *held + events <= events_max => {
                *held += events;
                groups[*at].push(offered);
            }
            _ => {
                open = Some((groups.len(), events));
                groups.push(vec![offered]);
            }
        }
    }
    groups
}

/// The steps of an accepted event; `None` for a duplicate.
pub(super) fn admit(ledger: &mut Ledger, taken: &Taken) -> Result<Vec<Told>, Option<Reject>> {
    match ledger.admit(taken.event.clone(), taken.digest) {
        Admission::Accepted(steps) => {
            let told = steps.into_iter().map(|step| Told::by(step, &taken.event, &taken.forms));
            Ok(told.collect())
        }
        Admission::Duplicate => Err(None),
        Admission::Rejected(reject) => Err(Some(reject)),
    }
}

/// Counts a record by its type; `unknown` where that could not be read.
pub(super) fn count(counts: &mut Counts, kind: Option<EventType>, verdict: &Verdict) {
    let word = kind.map_or("unknown", EventType::word);
    if !counts.contains_key(word) {
        counts.insert(word.to_owned(), Tally::default());
    }
    let tally = counts.get_mut(word).expect("it is there now");
    tally.read += 1;
    match verdict {
        Verdict::Accepted => tally.accepted += 1,
        Verdict::Duplicate => tally.duplicate += 1,
        Verdict::Rejected(_) => tally.dead += 1,
    }
}

/// Counts as the journal keeps them: `[read, accepted, duplicate, dead]`.
pub(super) fn counted(counts: &Counts) -> Vec<(String, [u64; 4])> {
    let row = |t: &Tally| [t.read, t.accepted, t.duplicate, t.dead];
    counts.iter().map(|(kind, tally)| (kind.clone(), row(tally))).collect()
}

/// The counts that the journal keeps.
pub(super) fn recounted(kept: Vec<(String, [u64; 4])>) -> Counts {
    let tally =
        |[read, accepted, duplicate, dead]: [u64; 4]| Tally { read, accepted, duplicate, dead };
    kept.into_iter().map(|(kind, row)| (kind, tally(row))).collect()
}

/// Adds a batch to the metrics.
pub(super) fn measure(source: &str, verdicts: &[Verdict]) {
    let (mut accepted, mut duplicate, mut rejected) = (0, 0, 0);
    for verdict in verdicts {
        match verdict {
            Verdict::Accepted => accepted += 1,
            Verdict::Duplicate => duplicate += 1,
            Verdict::Rejected(_) => rejected += 1,
        }
    }
    let kind = kind_of(source);
    let outcomes = [("accepted", accepted), ("duplicate", duplicate), ("rejected", rejected)];
    for (outcome, count) in outcomes {
        metrics().events.with_label_values(&[kind, outcome]).inc_by(count);
    }
}

/// The kind of a source, as a metric names it.
fn kind_of(source: &str) -> &'static str {
    match source.split_once(':') {
        _ if source == "http" => "http",
        Some(("kafka", _)) => "kafka",
        Some(("mended", _)) => "mended",
        _ => "file",
    }
}
