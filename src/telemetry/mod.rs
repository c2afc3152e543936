//! How is it doing? The metrics of a running service, and the lines of its log that go with them.
//!
//! Invariant: every label comes from an enum, or is a capped name of the pipeline or model file, so
//! the number of series is bounded; no personal data. Must not know: what the parts do with their
//! time.

mod edge;
mod family;
pub mod labels;
mod log;
mod meter;
mod note;
pub mod otlp;
mod process;
mod routes;
mod sql;
mod stand;
mod stream;

pub use edge::{Api, Audit, Outlets, Own};
pub use family::{Described, Family, Form, Named};
pub use log::Counted;
pub use meter::Timer;
pub use note::Note;
pub use routes::Route;
pub use sql::Sql;
pub use stand::{Found, Graph, Work};
pub use stream::{Ingest, Journal, Stages};

use prometheus::{Encoder, Registry, TextEncoder};
use std::sync::OnceLock;

/// The metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    described: Vec<Described>,
    /// What comes in.
    pub ingest: Ingest,
    /// What the stages take.
    pub stages: Stages,
    /// What is kept.
    pub journal: Journal,
    /// The graph.
    pub graph: Graph,
    /// What was found.
    pub found: Found,
    /// What people do.
    pub work: Work,
    /// The ways out.
    pub outlets: Outlets,
    /// Requests.
    pub api: Api,
    /// Statements of SQL.
    pub sql: Sql,
    /// The audit.
    pub audit: Audit,
    /// The service and its process.
    pub own: Own,
}

impl Metrics {
    fn new() -> Self {
        let mut book = family::Book::default();
        let ingest = Ingest::new(&mut book);
        let stages = Stages::new(&mut book);
        let journal = Journal::new(&mut book);
        let graph = Graph::new(&mut book);
        let found = Found::new(&mut book);
        let work = Work::new(&mut book);
        let outlets = Outlets::new(&mut book);
        let api = Api::new(&mut book);
        let sql = Sql::new(&mut book);
        let audit = Audit::new(&mut book);
        let own = Own::new(&mut book);
        let family::Book { registry, described } = book;
        Self {
            registry,
            described,
            ingest,
            stages,
            journal,
            graph,
            found,
            work,
            outlets,
            api,
            sql,
            audit,
            own,
        }
    }

    /// Every metric, as it is declared.
    pub fn described(&self) -> &[Described] {
        &self.described
    }

    /// The text format that Prometheus scrapes.
    pub fn text(&self) -> Vec<u8> {
        self.own.process.look();
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .expect("memory takes every byte, and the registry checked the names");
        text
    }
}

/// The metrics of this process.
pub fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(Metrics::new)
}

#[cfg(test)]
mod tests {
    use super::labels::{Channel, Fate};
    use super::*;

    #[test]
    fn the_text_names_every_metric_once() {
        let metrics = metrics();
        metrics.ingest.records.of_key((Channel::Acts, Fate::Accepted)).inc();
        let text = String::from_utf8(metrics.text()).expect("text");
        let line = "vestigo_ingest_records_total{outcome=\"accepted\",source=\"acts\"} ";
        assert!(text.contains(line), "{text}");
        assert_eq!(text.matches("# TYPE vestigo_journal_epochs_total counter").count(), 1);
        for described in metrics.described() {
            assert!(described.help.ends_with('.'), "{}: a help is a sentence", described.name);
            let total = described.name.ends_with("_total");
            assert_eq!(total, described.form == Form::Counter, "{}", described.name);
        }
    }
}
