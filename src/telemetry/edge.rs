//! How do the edges do? Outlets, the API, the audit and the process itself.

use crate::telemetry::family::{Book, Family, Named};
use crate::telemetry::labels::{Carried, Code, Line, Phase, Refusal, Severity, Tried};
use crate::telemetry::process::Process;
use crate::telemetry::routes::Route;
use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

/// Outlets that are shown by name.
const OUTLETS: usize = 12;
/// Requests: a page from memory, a search, and what takes too long. The last lies above what
/// VestigoApiSlow asks for, and there are few: each is a series of every route.
const REQUEST: [f64; 3] = [0.05, 0.5, 5.0];

/// The ways out.
#[derive(Debug)]
pub struct Outlets {
    messages: Named<IntCounterVec>,
    lag: Named<IntGaugeVec>,
    condition: Named<IntGaugeVec>,
}

impl Outlets {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            messages: book.named_counters(
                "vestigo_messages_total",
                "Messages, by outlet and outcome.",
                &["outlet", "outcome"],
                OUTLETS,
            ),
            lag: book.named_gauges(
                "vestigo_outlet_lag_epochs",
                "Epochs that an outlet has not delivered yet.",
                &["outlet"],
                OUTLETS,
            ),
            condition: book.named_gauges(
                "vestigo_outlet_condition",
                "0 works, 1 tries again, 2 is halted (a webhook that answered 410 too).",
                &["outlet"],
                OUTLETS,
            ),
        }
    }

    /// Makes the series of an outlet.
    pub fn know(&self, outlet: &str) {
        for outcome in ["delivered", "retried", "refused", "parked"] {
            self.messages(outlet, outcome);
        }
        self.lag(outlet);
        self.condition(outlet);
    }

    /// Messages.
    pub fn messages(&self, outlet: &str, outcome: &'static str) -> IntCounter {
        self.messages.of(outlet, &[outcome])
    }

    /// Epochs behind.
    pub fn lag(&self, outlet: &str) -> IntGauge {
        self.lag.of(outlet, &[])
    }

    /// 0, 1 or 2.
    pub fn condition(&self, outlet: &str) -> IntGauge {
        self.condition.of(outlet, &[])
    }
}

/// Requests.
#[derive(Debug)]
pub struct Api {
    /// Answered.
    pub requests: Family<(Route, Code), IntCounter>,
    /// Time to the head of the answer.
    pub time: Family<Route, Histogram>,
    /// Being answered.
    pub open: IntGauge,
    /// Who follows the stream.
    pub followers: IntGauge,
    /// Events sent to them.
    pub sent: IntCounter,
    /// Times that one had to read anew.
    pub resets: IntCounter,
    /// Callers sent away.
    pub refused: Family<Refusal, IntCounter>,
}

impl Api {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            requests: book.counters(
                "vestigo_http_requests_total",
                "Requests answered.",
                &["method", "route", "code"],
            ),
            time: book.histograms(
                "vestigo_http_request_duration_seconds",
                "Time of a request to the head of its answer.",
                &["method", "route"],
                &REQUEST,
            ),
            open: book.gauge("vestigo_http_requests_open", "Requests that are being answered."),
            followers: book.gauge("vestigo_sse_clients", "Who follows the stream."),
            sent: book.counter("vestigo_sse_events_total", "Events sent on streams."),
            resets: book.counter(
                "vestigo_sse_resets_total",
                "Times that a follower came too late and must read anew.",
            ),
            refused: book.counters(
                "vestigo_access_refusals_total",
                "Callers that were sent away.",
                &["reason"],
            ),
        }
    }
}

/// The audit.
#[derive(Debug)]
pub struct Audit {
    /// Lines written.
    pub lines: Family<Line, IntCounter>,
    /// Lines that could not be written.
    pub write_failures: IntCounter,
    /// Checks of the chain that failed.
    pub verify_failures: IntCounter,
    /// When the chain was found whole.
    pub verified_at: Gauge,
}

impl Audit {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            lines: book.counters(
                "vestigo_audit_records_total",
                "Lines written into the audit.",
                &["class"],
            ),
            write_failures: book.counter(
                "vestigo_audit_write_failures_total",
                "Lines that could not be written into the audit.",
            ),
            verify_failures: book.counter(
                "vestigo_audit_verify_failures_total",
                "Checks that found the audit's chain broken.",
            ),
            verified_at: book.fine_gauge(
                "vestigo_audit_verified_timestamp_seconds",
                "When the audit's chain was last found whole; 0 for never since the start.",
            ),
        }
    }
}

/// The service and its process.
#[derive(Debug)]
pub struct Own {
    condition: Family<Phase, IntGauge>,
    /// Loads of the model's folder.
    pub loads: Family<Tried, IntCounter>,
    /// Lines of the log.
    pub log: Family<Severity, IntCounter>,
    /// Spans for a collector of traces.
    pub spans: Family<Carried, IntCounter>,
    pub(super) process: Process,
}

impl Own {
    pub(super) fn new(book: &mut Book) -> Self {
        let build = book.named_gauges("vestigo_build_info", "The program.", &["version"], 1);
        build.of(env!("CARGO_PKG_VERSION"), &[]).set(1);
        let own = Self {
            condition: book.gauges(
                "vestigo_condition",
                "1 for the condition in which the service is.",
                &["state"],
            ),
            loads: book.counters(
                "vestigo_model_loads_total",
                "Loads of the model's folder.",
                &["result"],
            ),
            log: book.counters("vestigo_log_messages_total", "Lines of the log.", &["level"]),
            spans: book.counters(
                "vestigo_trace_spans_total",
                "Spans that ended, for a collector of traces.",
                &["outcome"],
            ),
            process: Process::new(book),
        };
        own.enter(Phase::Starting);
        own
    }

    /// Another condition from now on.
    pub fn enter(&self, phase: Phase) {
        for one in Phase::ALL {
            self.condition.of_key(*one).set((*one == phase).into());
        }
    }
}
