//! How is it doing? The metrics of a running service.
//!
//! Invariant: every label comes from an enum or the pipeline file, so the number of series is
//! bounded; no personal data. Must not know: what the parts do with their time.

use prometheus::core::Collector;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use std::sync::OnceLock;

/// The metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Records by source and what became of them.
    pub events: IntCounterVec,
    /// Events in the inlet.
    pub waiting: IntGauge,
    /// Journal epochs on disk.
    pub epochs: IntCounter,
    /// Bytes of the journal written.
    pub journal_bytes: IntCounter,
    /// Seconds of a commit: write and fsync.
    pub commit_seconds: Histogram,
    /// Seconds from an event's acceptance to the effects of its epoch.
    pub effect_seconds: Histogram,
    /// Event time of the newest event, in seconds since 1970.
    pub watermark: IntGauge,
    /// Records behind the end of each partition that this process reads.
    pub kafka_lag: IntGaugeVec,
    /// Records of each partition that were gone before they were read.
    pub kafka_lost: IntCounterVec,
    /// Segments that left the journal for the archive.
    pub archived_segments: IntCounter,
    /// Times that a segment could not be archived.
    pub archive_faults: IntCounter,
    /// Messages by outlet and outcome.
    pub messages: IntCounterVec,
    /// Journal epochs that an outlet is behind.
    pub outlet_lag: IntGaugeVec,
    /// What an outlet does: 0 it works, 1 it tries again, 2 it is halted.
    pub outlet_condition: IntGaugeVec,
}

const SECONDS: [f64; 14] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

impl Metrics {
    fn new() -> Self {
        let registry = Registry::new();
        let opts = |name: &str, help: &str| Opts::new(format!("vestigo_{name}"), help);
        let seconds = |name: &str, help: &str| {
            let opts = HistogramOpts::from(opts(name, help)).buckets(SECONDS.to_vec());
            kept(&registry, Histogram::with_opts(opts))
        };
        let counter = |name, help| kept(&registry, IntCounter::with_opts(opts(name, help)));
        let gauge = |name, help| kept(&registry, IntGauge::with_opts(opts(name, help)));
        let counters = |name, help, labels: &[&str]| {
            kept(&registry, IntCounterVec::new(opts(name, help), labels))
        };
        let gauges = |name, help, labels: &[&str]| {
            kept(&registry, IntGaugeVec::new(opts(name, help), labels))
        };
        Self {
            events: counters("events_total", "Records read.", &["source", "outcome"]),
            waiting: gauge("inlet_events", "Events that wait to be journaled."),
            epochs: counter("epochs_total", "Epochs on disk."),
            journal_bytes: counter("journal_bytes_total", "Bytes written to the journal."),
            commit_seconds: seconds("journal_commit_duration_seconds", "Write and fsync."),
            effect_seconds: seconds(
                "event_to_effect_duration_seconds",
                "From an event's acceptance to the effects of its epoch.",
            ),
            watermark: gauge("watermark_timestamp_seconds", "Event time of the newest event."),
            kafka_lag: gauges(
                "kafka_lag_records",
                "Records behind the end of a partition.",
                &["topic", "partition"],
            ),
            kafka_lost: counters(
                "kafka_lost_records_total",
                "Records that were gone (retention) before they were read.",
                &["topic", "partition"],
            ),
            archived_segments: counter("archived_segments_total", "Journal segments archived."),
            archive_faults: counter("archive_faults_total", "Failures to archive a segment."),
            messages: counters("messages_total", "Messages told.", &["outlet", "outcome"]),
            outlet_lag: gauges("outlet_lag_epochs", "Epochs not delivered yet.", &["outlet"]),
            outlet_condition: gauges(
                "outlet_condition",
                "0 works, 1 tries again, 2 is halted (a webhook that answered 410 too).",
                &["outlet"],
            ),
            registry,
        }
    }

    /// The text format that Prometheus scrapes.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .expect("memory takes every byte, and the registry checked the names");
        text
    }
}

fn kept<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let made = made.expect("names and labels are constants of the right form");
    registry.register(Box::new(made.clone())).expect("every name is registered once");
    made
}

/// The metrics of this process.
pub fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(Metrics::new)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_text_names_every_metric_once() {
        let metrics = super::metrics();
        metrics.events.with_label_values(&["http", "accepted"]).inc();
        let text = String::from_utf8(metrics.text()).expect("text");
        assert!(text.contains("vestigo_events_total{outcome=\"accepted\",source=\"http\"} 1"));
        assert_eq!(text.matches("# TYPE vestigo_epochs_total counter").count(), 1);
    }
}
