//! What becomes of one record? Epochs, verdicts and counts: the parts of the intake without state.

use crate::entity::Told;
use crate::event::ledger::{Admission, Ledger};
use crate::event::{EventType, Reject};
use crate::service::intake::Counts;
use crate::sink::Tally;
use crate::source::live::{Offered, Taken, Verdict};
use crate::telemetry::labels::{Channel, Fate};
use crate::telemetry::metrics;
use crate::time::Time;

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

/// Adds a batch to the metrics. `accepted`: for each accepted event its type, its time and its
/// bytes.
pub(super) fn measure(
    source: &str,
    verdicts: &[Verdict],
    accepted: &[(EventType, Time, usize)],
    now: Time,
) {
    let channel = Channel::of(source);
    let ingest = &metrics().ingest;
    let count = |fate| {
        let of = |verdict: &&Verdict| match verdict {
            Verdict::Accepted => fate == Fate::Accepted,
            Verdict::Duplicate => fate == Fate::Duplicate,
            Verdict::Rejected(_) => fate == Fate::Rejected,
        };
        ingest.records.of_key((channel, fate)).inc_by(verdicts.iter().filter(of).count() as u64);
    };
    Fate::ALL.iter().copied().for_each(count);
    for verdict in verdicts {
        if let Verdict::Rejected(reject) = verdict {
            ingest.rejected.of_key((channel, reject.class)).inc();
        }
    }
    let lateness = ingest.lateness.of_key(channel).local();
    for (kind, time, _) in accepted {
        ingest.events.of_key(*kind).inc();
        lateness.observe((now.0 - time.0).max(0) as f64 / 1000.0);
    }
    lateness.flush();
    let bytes: usize = accepted.iter().map(|(_, _, bytes)| bytes).sum();
    ingest.bytes.of_key(channel).inc_by(bytes as u64);
    if let Some(newest) = accepted.iter().map(|(_, time, _)| *time).max() {
        let known = ingest.last_event.of_key(channel);
        known.set(known.get().max(newest.0 as f64 / 1000.0));
    }
    if !verdicts.is_empty() {
        ingest.last_record.of_key(channel).set(now.0 as f64 / 1000.0);
    }
}
