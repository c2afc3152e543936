//! How did a statement go? Counted when its rows end, by whichever way it came.
//!
//! A [`Run`] is one statement: the root of its plan and the streams of its rows hold it, and what
//! it came to is told when the last of them lets it go. What never gave rows (refused, wrong) is
//! counted by [`fault`]. Must not know: what was asked.

use crate::sql::Fault;
use crate::sql::deadline::TOO_LONG;
use crate::telemetry::labels::{Ended, Limit, Protocol};
use crate::telemetry::{Note, metrics};
use datafusion::error::DataFusionError;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The bound that an error tells of.
fn limit(error: &DataFusionError) -> Option<Limit> {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(why) if why == TOO_LONG => Some(Limit::Time),
        DataFusionError::ResourcesExhausted(_) => Some(Limit::Memory),
        _ => None,
    }
}

fn ended(protocol: Protocol, error: &DataFusionError, took: Duration) -> Ended {
    match limit(error) {
        Some(limit) => {
            Note::StatementCut { protocol, limit, took }.tell();
            Ended::Cut
        }
        None => Ended::Failed,
    }
}

/// Counts a statement that gave no rows.
pub(super) fn fault(protocol: Protocol, fault: &Fault) {
    let ended = match fault {
        Fault::Refused(_) => Ended::Refused,
        Fault::Query(error) => ended(protocol, error, Duration::ZERO),
    };
    metrics().sql.statements.of_key((protocol, ended)).inc();
}

/// Counts a statement whose further rows are not told.
pub(super) fn rows_cut(protocol: Protocol, took: Duration) {
    Note::StatementCut { protocol, limit: Limit::Rows, took }.tell();
}

/// One statement whose rows are found.
#[derive(Debug)]
pub(super) struct Run {
    protocol: Protocol,
    /// When its first stream was opened.
    begun: OnceLock<Instant>,
    /// Streams that were opened and have not come to their end.
    open: AtomicUsize,
    rows: AtomicU64,
    /// How the first stream that failed did.
    failed: OnceLock<Ended>,
}

impl Run {
    /// A statement that was planned.
    pub(super) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            begun: OnceLock::new(),
            open: AtomicUsize::new(0),
            rows: AtomicU64::new(0),
            failed: OnceLock::new(),
        }
    }

    /// A stream of its rows is opened.
    pub(super) fn begin(&self) {
        self.begun.get_or_init(|| {
            metrics().sql.running.of_key(self.protocol).inc();
            Instant::now()
        });
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// So many rows more.
    pub(super) fn rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// A stream has told all its rows.
    pub(super) fn end(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// A stream failed. Of several, the first tells why.
    pub(super) fn fail(&self, error: &DataFusionError) {
        let took = self.begun.get().map_or(Duration::ZERO, Instant::elapsed);
        self.failed.get_or_init(|| ended(self.protocol, error, took));
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // A plan that is only explained has not begun.
        let Some(begun) = self.begun.get() else { return };
        let whole = *self.open.get_mut() == 0;
        let told = if whole { Ended::Answered } else { Ended::Left };
        let ended = self.failed.get().copied().unwrap_or(told);
        let sql = &metrics().sql;
        sql.running.of_key(self.protocol).dec();
        sql.statements.of_key((self.protocol, ended)).inc();
        sql.time.of_key(self.protocol).observe(begun.elapsed().as_secs_f64());
        sql.rows.of_key(self.protocol).inc_by(*self.rows.get_mut());
    }
}
