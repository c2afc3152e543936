//! How does SQL do? Statements by the way they came and how they ended, and what they held up.

use crate::telemetry::family::{Book, Family};
use crate::telemetry::labels::{Ended, Limit, Protocol};
use prometheus::{Histogram, IntCounter, IntGauge};

/// From a page of a dashboard to the usual limit.
const STATEMENT: [f64; 6] = [0.01, 0.05, 0.25, 1.0, 5.0, 30.0];
/// What nobody notices, and what an epoch waits for.
const HOLD: [f64; 5] = [0.001, 0.005, 0.02, 0.1, 0.5];

/// Statements of SQL.
#[derive(Debug)]
pub struct Sql {
    /// Statements that ended.
    pub statements: Family<(Protocol, Ended), IntCounter>,
    /// From the start of a statement to its last row.
    pub time: Family<Protocol, Histogram>,
    /// Rows told.
    pub rows: Family<Protocol, IntCounter>,
    /// Statements whose rows are being found.
    pub running: Family<Protocol, IntGauge>,
    /// Bounds that bit.
    pub cut: Family<(Protocol, Limit), IntCounter>,
    /// Connections of the PostgreSQL protocol.
    pub connections: IntGauge,
    /// For how long at a time what stands was held for reading.
    pub hold: Histogram,
}

impl Sql {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            statements: book.counters(
                "vestigo_sql_statements_total",
                "Statements of SQL, by how they ended.",
                &["protocol", "outcome"],
            ),
            time: book.histograms(
                "vestigo_sql_statement_duration_seconds",
                "From the start of a statement of SQL to its last row.",
                &["protocol"],
                &STATEMENT,
            ),
            rows: book.counters(
                "vestigo_sql_rows_total",
                "Rows that statements of SQL gave.",
                &["protocol"],
            ),
            running: book.gauges(
                "vestigo_sql_running",
                "Statements of SQL whose rows are being found.",
                &["protocol"],
            ),
            cut: book.counters(
                "vestigo_sql_cut_total",
                "Statements of SQL that a bound cut, by bound.",
                &["protocol", "limit"],
            ),
            connections: book
                .gauge("vestigo_sql_connections", "Connections of the PostgreSQL protocol."),
            hold: book.histogram(
                "vestigo_sql_hold_duration_seconds",
                "For how long at a time SQL kept an epoch from being taken in, to read tables.",
                &HOLD,
            ),
        }
    }
}
