//! What happened? A line of the log and its metric, written together or not at all.
//!
//! Whoever has something to tell names it here: what is in the log is then in the metrics too, and
//! the other way round. Invariant: no personal data; fields are numbers, names of the pipeline,
//! ids and paths of Vestigo's own.

use crate::telemetry::labels::{Carried, Limit, Protocol, Tried};
use crate::telemetry::metrics;
use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

/// Something that operators want to know.
#[derive(Clone, Copy)]
pub enum Note<'a> {
    /// The journal was replayed at the start.
    Replayed {
        /// From this epoch.
        from: u64,
        /// Through this one.
        through: u64,
        /// For so long.
        took: Duration,
    },
    /// The state was saved.
    Saved {
        /// As of this epoch.
        sequence: u64,
        /// For so long.
        took: Duration,
        /// So large.
        bytes: u64,
        /// When, in seconds since 1970.
        at: f64,
    },
    /// A snapshot cannot be used.
    PassedOver {
        /// The epoch that it is of.
        sequence: u64,
        /// Why.
        why: &'a str,
    },
    /// A segment of the journal went to the archive.
    Archived {
        /// Its first epoch.
        first: u64,
        /// Its last.
        last: u64,
        /// The archive's file.
        file: &'a str,
    },
    /// A segment cannot be archived: the journal keeps it.
    NotArchived(&'a dyn Display),
    /// The model's folder was loaded.
    Loaded {
        /// Name with digest.
        model: &'a str,
        /// Whether it is another than before.
        other: bool,
    },
    /// The model's folder cannot be loaded: the service goes on under the model that it has.
    NotLoaded(&'a dyn Display),
    /// Records of a partition were gone before they were read.
    Lost {
        /// The topic.
        topic: &'a str,
        /// The partition.
        partition: i32,
        /// What was to be read next.
        from: i64,
        /// What is there.
        range: (i64, i64),
        /// So many.
        lost: u64,
    },
    /// An outlet did not deliver, and tries again.
    TriesAgain {
        /// The outlet.
        outlet: &'a str,
        /// So often before.
        attempts: u32,
        /// Why it did not.
        why: &'a str,
    },
    /// An outlet delivers after it tried again.
    DeliversAgain {
        /// The outlet.
        outlet: &'a str,
        /// So often.
        attempts: u32,
    },
    /// An outlet is halted.
    Halted {
        /// The outlet.
        outlet: &'a str,
        /// Why.
        why: &'a str,
    },
    /// A bound cut a statement of SQL. What it asked is not told: it may name anybody.
    StatementCut {
        /// By which way it came.
        protocol: Protocol,
        /// The bound.
        limit: Limit,
        /// After so long.
        took: Duration,
    },
    /// A collector of traces did not take a batch of spans.
    SpansDropped {
        /// So many.
        spans: usize,
        /// Why.
        why: &'a str,
    },
    /// A line of the audit cannot be written.
    AuditNotWritten(&'a dyn Display),
    /// The audit's chain was checked.
    AuditWhole {
        /// Its lines.
        lines: u64,
        /// When, in seconds since 1970.
        at: f64,
    },
    /// The audit's chain is broken.
    AuditBroken {
        /// At this line.
        line: u64,
        /// What is wrong with it.
        why: &'a str,
    },
    /// A torn line at the end of the audit was cut off.
    AuditTorn(&'a Path),
}

impl Note<'_> {
    /// Writes both.
    pub fn tell(self) {
        self.count();
        self.log();
    }

    fn count(self) {
        let all = metrics();
        match self {
            Self::Replayed { took, .. } => all.journal.replay.set(took.as_secs_f64()),
            Self::Saved { took, bytes, at, .. } => {
                all.journal.snapshot.observe(took.as_secs_f64());
                all.journal.snapshot_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
                all.journal.snapshot_at.set(at);
            }
            Self::PassedOver { .. } => all.journal.passed_over.inc(),
            Self::Archived { .. } => all.journal.archived.inc(),
            Self::NotArchived(_) => all.journal.archive_faults.inc(),
            Self::Loaded { .. } => all.own.loads.of_key(Tried::Ok).inc(),
            Self::NotLoaded(_) => all.own.loads.of_key(Tried::Error).inc(),
            Self::Lost { topic, partition, lost, .. } => {
                all.ingest.lost(topic, partition).inc_by(lost);
            }
            Self::TriesAgain { outlet, .. } => all.outlets.condition(outlet).set(1),
            Self::DeliversAgain { outlet, .. } => all.outlets.condition(outlet).set(0),
            Self::Halted { outlet, .. } => all.outlets.condition(outlet).set(2),
            Self::StatementCut { protocol, limit, .. } => {
                all.sql.cut.of_key((protocol, limit)).inc();
            }
            Self::SpansDropped { spans, .. } => {
                all.own.spans.of_key(Carried::Dropped).inc_by(spans as u64);
            }
            Self::AuditNotWritten(_) => all.audit.write_failures.inc(),
            Self::AuditWhole { at, .. } => all.audit.verified_at.set(at),
            Self::AuditBroken { .. } => all.audit.verify_failures.inc(),
            Self::AuditTorn(_) => {}
        }
    }

    fn log(self) {
        match self {
            Self::Replayed { from, through, took } => {
                let seconds = took.as_secs_f64();
                tracing::info!(from, through, seconds, "the journal is replayed");
            }
            Self::Saved { sequence, took, bytes, .. } => {
                tracing::info!(sequence, seconds = took.as_secs_f64(), bytes, "state saved");
            }
            Self::PassedOver { sequence, why } => {
                tracing::warn!(sequence, why, "a snapshot is passed over");
            }
            Self::Archived { first, last, file } => {
                tracing::info!(first, last, file, "a segment of the journal is archived");
            }
            Self::NotArchived(error) => {
                tracing::error!(%error, "a segment of the journal cannot be archived");
            }
            Self::Loaded { model, other: true } => tracing::info!(model, "switching the model"),
            Self::Loaded { model, other: false } => {
                tracing::info!(model, "the model is the one in force");
            }
            Self::NotLoaded(why) => tracing::error!(%why, "the model is not loaded"),
            Self::Lost { topic, partition, from, range: (low, high), lost } => {
                tracing::error!(topic, partition, from, low, high, lost, "out of range");
            }
            Self::TriesAgain { outlet, attempts, why } => {
                /// Every so many attempts are told.
                const EACH: u32 = 20;
                if attempts.is_multiple_of(EACH) {
                    tracing::warn!(outlet, attempts, why, "tries again");
                }
            }
            Self::DeliversAgain { outlet, attempts } => {
                tracing::info!(outlet, attempts, "delivers again");
            }
            Self::Halted { outlet, why } => tracing::error!(
                outlet,
                why,
                "the outlet is halted: its messages wait on disk; mend the cause, then start again"
            ),
            Self::StatementCut { protocol, limit, took } => {
                let (protocol, limit, seconds) =
                    (protocol.word(), limit.word(), took.as_secs_f64());
                tracing::info!(protocol, limit, seconds, "a statement of SQL is cut");
            }
            Self::SpansDropped { spans, why } => {
                tracing::warn!(spans, why, "spans are dropped: see [telemetry.otlp]");
            }
            Self::AuditNotWritten(error) => tracing::error!(%error, "the audit cannot be written"),
            Self::AuditWhole { lines, .. } => tracing::debug!(lines, "the audit is whole"),
            Self::AuditBroken { line, why } => {
                tracing::error!(line, why, "the audit's chain is broken: see vestigo audit verify");
            }
            Self::AuditTorn(path) => {
                let path = path.display();
                tracing::warn!(%path, "a torn line at the end of the audit is cut off");
            }
        }
    }
}
