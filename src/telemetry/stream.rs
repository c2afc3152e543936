//! How do events come through? Sources, stages, queues, journal and snapshots.

use crate::event::{Class, EventType};
use crate::telemetry::family::{Book, Family, Named};
use crate::telemetry::labels::{Beat, Bound, Channel, Fate, Part, Queue};
use crate::text::Level;
use prometheus::{Counter, Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

/// Topics that are shown by name.
const TOPICS: usize = 16;
/// Partitions of a topic that are shown by number.
const PARTITIONS: i32 = 32;

/// From a moment to hours.
const LATENESS: [f64; 7] = [1.0, 60.0, 300.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0];
/// From a commit of a fast disk to a stall.
const SHORT: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 20.0];
/// Four times as long each: from the least work to eight seconds.
const STAGE: [f64; 8] = [0.000_5, 0.002, 0.008, 0.032, 0.128, 0.512, 2.048, 8.192];
/// From at once to an hour.
const LATENCY: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 600.0, 3_600.0];
/// A snapshot.
const LONG: [f64; 8] = [0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 60.0];

/// What comes in.
#[derive(Debug)]
pub struct Ingest {
    /// Records read.
    pub records: Family<(Channel, Fate), IntCounter>,
    /// Accepted events.
    pub events: Family<EventType, IntCounter>,
    /// Bytes of accepted events.
    pub bytes: Family<Channel, IntCounter>,
    /// Rejected records.
    pub rejected: Family<(Channel, Class), IntCounter>,
    /// From event time to acceptance.
    pub lateness: Family<Channel, Histogram>,
    /// Event time of the newest event.
    pub last_event: Family<Channel, Gauge>,
    /// When the last record came.
    pub last_record: Family<Channel, Gauge>,
    /// Rejected records that are kept.
    pub dead_letters: Family<Class, IntGauge>,
    kafka_lag: Named<IntGaugeVec>,
    kafka_lost: Named<IntCounterVec>,
}

impl Ingest {
    pub(super) fn new(book: &mut Book) -> Self {
        let place = &["topic", "partition"][..];
        Self {
            records: book.counters(
                "vestigo_ingest_records_total",
                "Records read, by what became of them.",
                &["source", "outcome"],
            ),
            events: book.counters(
                "vestigo_ingest_events_total",
                "Events accepted, by type.",
                &["kind"],
            ),
            bytes: book.counters(
                "vestigo_ingest_bytes_total",
                "Bytes of accepted events, as they are kept.",
                &["source"],
            ),
            rejected: book.counters(
                "vestigo_ingest_rejected_total",
                "Records rejected, by class.",
                &["source", "reason"],
            ),
            lateness: book.histograms(
                "vestigo_event_lateness_seconds",
                "From the time of an event to its acceptance.",
                &["source"],
                &LATENESS,
            ),
            last_event: book.fine_gauges(
                "vestigo_source_last_event_timestamp_seconds",
                "Event time of the newest event of a source.",
                &["source"],
            ),
            last_record: book.fine_gauges(
                "vestigo_source_last_record_timestamp_seconds",
                "When the last record of a source was taken; 0 for none since the start.",
                &["source"],
            ),
            dead_letters: book.gauges(
                "vestigo_dead_letters",
                "Rejected records that are kept, by class.",
                &["reason"],
            ),
            kafka_lag: book.named_gauges(
                "vestigo_kafka_consumer_lag_messages",
                "Records behind the end of a partition that this process reads.",
                place,
                TOPICS,
            ),
            kafka_lost: book.named_counters(
                "vestigo_kafka_lost_messages_total",
                "Records that were gone (retention) before they were read.",
                place,
                TOPICS,
            ),
        }
    }

    /// How far a partition is behind its end.
    pub fn lag(&self, topic: &str, partition: i32) -> IntGauge {
        self.kafka_lag.of(topic, &[&shown(partition)])
    }

    /// Records that were gone.
    pub fn lost(&self, topic: &str, partition: i32) -> IntCounter {
        self.kafka_lost.of(topic, &[&shown(partition)])
    }
}

fn shown(partition: i32) -> String {
    if (0..PARTITIONS).contains(&partition) { partition.to_string() } else { "other".into() }
}

/// What the parts of the way take.
#[derive(Debug)]
pub struct Stages {
    /// Records, facts or effects that a part worked on.
    pub items: Family<Part, IntCounter>,
    /// Time of one go, on one thread.
    pub time: Family<Part, Histogram>,
    /// What waits.
    pub depth: Family<Queue, IntGauge>,
    /// What may wait.
    pub capacity: Family<Queue, IntGauge>,
    /// Time for which the intake waited for room.
    pub backpressure: Counter,
    /// When what passes a part was sent.
    pub heartbeat: Family<Beat, Gauge>,
    /// Threads of the engine.
    pub workers: IntGauge,
    /// Event time of the newest event.
    pub watermark: Gauge,
    /// The moment by which terms run.
    pub clock: Gauge,
    /// From acceptance to effects.
    pub effect: Histogram,
    /// From acceptance to a warning.
    pub warning: Family<Level, Histogram>,
    /// Bounds that bit.
    pub bitten: Family<Bound, IntCounter>,
}

impl Stages {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            items: book.counters(
                "vestigo_stage_items_total",
                "Records, facts or effects that a stage worked on.",
                &["stage"],
            ),
            time: book.histograms(
                "vestigo_stage_duration_seconds",
                "Time of one go of a stage, on one thread.",
                &["stage"],
                &STAGE,
            ),
            depth: book.gauges(
                "vestigo_queue_depth",
                "What waits: events in the inlet, epochs elsewhere.",
                &["queue"],
            ),
            capacity: book.gauges(
                "vestigo_queue_capacity",
                "What may wait; 0 where nothing bounds it by itself.",
                &["queue"],
            ),
            backpressure: book.seconds_total(
                "vestigo_backpressure_seconds_total",
                "Time for which the intake waited because the engine was behind.",
            ),
            heartbeat: book.fine_gauges(
                "vestigo_pipeline_heartbeat_timestamp_seconds",
                "When that was sent which passed a stage last: its age is how far behind it is.",
                &["stage"],
            ),
            workers: book.gauge("vestigo_workers", "Worker threads of the engine."),
            watermark: book.fine_gauge(
                "vestigo_watermark_timestamp_seconds",
                "Event time of the newest event.",
            ),
            clock: book.fine_gauge(
                "vestigo_clock_timestamp_seconds",
                "The moment by which terms run: the wall clock, or the newest event's.",
            ),
            effect: book.histogram(
                "vestigo_event_to_effect_duration_seconds",
                "From an event's acceptance to the effects of its epoch.",
                &SHORT,
            ),
            warning: book.histograms(
                "vestigo_event_to_warning_seconds",
                "From an event's acceptance to the warning that it raises.",
                &["level"],
                &LATENCY,
            ),
            bitten: book.counters(
                "vestigo_bounds_bitten_total",
                "How often a bound of a search bit: something was not looked at.",
                &["bound"],
            ),
        }
    }

    /// One go of a part.
    pub fn spent(&self, part: Part, seconds: f64, items: usize) {
        self.time.of_key(part).observe(seconds);
        self.items.of_key(part).inc_by(items as u64);
    }
}

/// What is kept.
#[derive(Debug)]
pub struct Journal {
    /// Epochs on disk.
    pub epochs: IntCounter,
    /// Bytes written.
    pub bytes: IntCounter,
    /// Write and fsync.
    pub commit: Histogram,
    /// Segments that are there.
    pub segments: IntGauge,
    /// Their bytes.
    pub disk: IntGauge,
    /// Bytes left on the disk of the state folder.
    pub free: IntGauge,
    /// Segments that went to the archive.
    pub archived: IntCounter,
    /// Times that one could not.
    pub archive_faults: IntCounter,
    /// Time of a snapshot.
    pub snapshot: Histogram,
    /// Bytes of the last one.
    pub snapshot_bytes: IntGauge,
    /// When it was.
    pub snapshot_at: Gauge,
    /// Snapshots that could not be used at a start.
    pub passed_over: IntCounter,
    /// Time of the replay at the start.
    pub replay: Gauge,
}

impl Journal {
    pub(super) fn new(book: &mut Book) -> Self {
        Self {
            epochs: book.counter("vestigo_journal_epochs_total", "Epochs made durable."),
            bytes: book.counter("vestigo_journal_bytes_total", "Bytes written to the journal."),
            commit: book.histogram(
                "vestigo_journal_commit_duration_seconds",
                "Write and fsync of what waited.",
                &SHORT,
            ),
            segments: book.gauge("vestigo_journal_segments", "Segments of the journal."),
            disk: book.gauge("vestigo_journal_disk_bytes", "Bytes of the journal on disk."),
            free: book.gauge("vestigo_state_free_bytes", "Bytes free where the state folder is."),
            archived: book.counter(
                "vestigo_archived_segments_total",
                "Segments that left the journal for the archive.",
            ),
            archive_faults: book.counter(
                "vestigo_archive_faults_total",
                "Times that a segment could not be archived.",
            ),
            snapshot: book.histogram(
                "vestigo_snapshot_duration_seconds",
                "Time of writing a snapshot.",
                &LONG,
            ),
            snapshot_bytes: book
                .gauge("vestigo_snapshot_size_bytes", "Bytes of the last snapshot."),
            snapshot_at: book.fine_gauge(
                "vestigo_snapshot_last_success_timestamp_seconds",
                "When the last snapshot was written; 0 for none since the start.",
            ),
            passed_over: book.counter(
                "vestigo_snapshots_passed_over_total",
                "Snapshots that could not be used at a start.",
            ),
            replay: book.fine_gauge(
                "vestigo_replay_duration_seconds",
                "Time of the replay at the last start.",
            ),
        }
    }
}
