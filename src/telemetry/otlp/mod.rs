//! Which spans are told to a collector of traces? OTLP over HTTP, in JSON; off unless a pipeline
//! names an endpoint.
//!
//! ```text
//! span ends ─▶ Traces (a layer of the log) ─▶ bounded queue ─▶ a thread that posts batches
//! ```
//!
//! Invariant: whoever opens a span never waits; what finds no room is dropped and counted. Of a
//! span's fields only numbers and the words of [`WORDS`] are told: no path, no query, no name. Must
//! not know: what a span is about.

mod fields;
mod send;

use crate::id::stable_hash;
use crate::telemetry::labels::Carried;
use crate::telemetry::metrics;
use fields::Fields;
use reqwest::Url;
use send::{Order, Span};
use serde::Deserialize;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tracing::Subscriber;
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

pub use fields::WORDS;

/// Spans that wait for the collector.
const QUEUE: usize = 4_096;
/// How long the last spans may take at the end.
const FLUSH: Duration = Duration::from_secs(3);
/// Where the collector takes traces, below its endpoint.
const PATH: &str = "/v1/traces";

/// `[telemetry]` of a pipeline file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where traces go; nowhere when it is missing.
    pub otlp: Option<Config>,
}

/// Where traces go, and how many.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The collector, such as `http://127.0.0.1:4318`; traces go to `/v1/traces` below it.
    pub endpoint: String,
    /// The share of traces that are told, 0–1; 1 unless given.
    #[serde(default = "all")]
    pub ratio: f64,
    /// How the service is called (`service.name`); `vestigo` unless given.
    #[serde(default = "own_name")]
    pub service: String,
}

const fn all() -> f64 {
    1.0
}

fn own_name() -> String {
    "vestigo".to_owned()
}

impl Config {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// With the setting at fault and what to do.
    pub fn check(&self) -> Result<(), String> {
        self.url()?;
        if !(0.0..=1.0).contains(&self.ratio) {
            return Err(format!("the ratio of traces is {}, and must lie in 0–1", self.ratio));
        }
        Ok(())
    }

    fn url(&self) -> Result<Url, String> {
        let base = self.endpoint.trim_end_matches('/');
        let whole = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
        let url = Url::parse(&whole)
            .map_err(|error| format!("the OTLP endpoint \"{}\": {error}", self.endpoint))?;
        match url.scheme() {
            "http" | "https" => Ok(url),
            other => Err(format!("the OTLP endpoint speaks http or https, not \"{other}\"")),
        }
    }
}

/// Hands spans that ended to the thread that tells them.
#[derive(Debug)]
pub struct Traces {
    to: SyncSender<Order>,
    /// Traces whose last 64 bits are at most this are told.
    most: u64,
    /// Tells this process from others.
    base: u64,
    next: AtomicU64,
}

/// The end of the thread that tells spans.
#[derive(Debug)]
pub struct Teller(SyncSender<Order>);

/// Sets the way to a collector up; does not call it.
///
/// # Errors
/// When the settings cannot be used, or the system has no room for a thread.
pub fn open(config: &Config) -> io::Result<(Traces, Teller)> {
    config.check().map_err(io::Error::other)?;
    let url = config.url().map_err(io::Error::other)?;
    let (to, from) = sync_channel(QUEUE);
    let post = send::Post::new(url, config.service.clone())?;
    std::thread::Builder::new().name("traces".to_owned()).spawn(move || post.run(&from))?;
    let base = getrandom::u64().unwrap_or_else(|_| std::process::id().into());
    // A whole share is every trace: the product is too large for the type, and is cut to its end.
    let most = (config.ratio * 2f64.powi(64)) as u64;
    let teller = Teller(to.clone());
    Ok((Traces { to, most, base, next: AtomicU64::new(1) }, teller))
}

impl Teller {
    /// Waits, for a bounded time, until what ended has been told.
    pub fn finish(&self) {
        let (done, told) = sync_channel(1);
        let begun = Instant::now();
        let mut order = Order::Flush(done);
        while begun.elapsed() < FLUSH {
            match self.0.try_send(order) {
                Ok(()) => {
                    told.recv_timeout(FLUSH).ok();
                    return;
                }
                Err(std::sync::mpsc::TrySendError::Full(back)) => order = back,
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return,
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A span that is open.
struct Open {
    trace: u128,
    span: u64,
    parent: Option<u64>,
    begun: u64,
    fields: Fields,
}

/// Nanoseconds since 1970.
#[expect(clippy::disallowed_types, reason = "a span has a moment; no stage sees it")]
fn now() -> u64 {
    use std::time::SystemTime;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Spreads a number over 64 bits; never 0, which OTLP takes for no id.
fn spread(number: u64) -> u64 {
    stable_hash(&number.to_le_bytes()).max(1)
}

impl Traces {
    fn number(&self) -> u64 {
        spread(self.base.wrapping_add(self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// The trace of a span without a parent. What threads do for one epoch is one trace.
    fn trace(&self, fields: &Fields) -> u128 {
        let low = match fields.number("epoch") {
            Some(epoch) => spread(self.base ^ epoch.rotate_left(32)),
            None => self.number(),
        };
        (u128::from(spread(self.base)) << 64) | u128::from(low)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Traces {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if !span.metadata().target().starts_with(env!("CARGO_PKG_NAME")) {
            return;
        }
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            parent.extensions().get::<Open>().map(|open| (open.trace, open.span))
        });
        let (trace, parent) = match above {
            Some((trace, parent)) => (trace, Some(parent)),
            None => (self.trace(&fields), None),
        };
        if trace as u64 <= self.most {
            let open = Open { trace, span: self.number(), parent, begun: now(), fields };
            span.extensions_mut().insert(open);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let name = span.metadata().name();
        let Open { trace, span, parent, begun, fields } = open;
        let told = Span { trace, span, parent, name, begun, ended: now(), fields: fields.0 };
        if self.to.try_send(Order::Tell(Box::new(told))).is_err() {
            metrics().own.spans.of_key(Carried::Dropped).inc();
        }
    }
}
