//! How many lines does the log get? Counted by severity, whatever is shown.

use crate::telemetry::labels::Severity;
use crate::telemetry::metrics;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Counts lines of the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted;

impl<S: Subscriber> Layer<S> for Counted {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let severity = match *event.metadata().level() {
            Level::ERROR => Severity::Error,
            Level::WARN => Severity::Warn,
            Level::INFO => Severity::Info,
            _ => return,
        };
        metrics().own.log.of_key(severity).inc();
    }
}
