//! How are spans told? Batches of JSON, posted by a thread of its own.
//!
//! The form is that of `ExportTraceServiceRequest` in the OTLP specification's JSON encoding: ids in
//! hexadecimal digits, 64-bit numbers as text. A batch that is not taken is tried once more, then
//! dropped: a collector that is down for long must not cost memory.

use super::fields::Field;
use crate::telemetry::labels::Carried;
use crate::telemetry::{Note, metrics};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url, redirect};
use serde_json::{Value, json};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Spans of a batch, at most.
const BATCH: usize = 512;
/// How long a span waits for others.
const GATHER: Duration = Duration::from_secs(2);
/// One call.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Before the second attempt.
const PAUSE: Duration = Duration::from_millis(500);
/// OTLP's kinds of span.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
/// OTLP's code of a failure.
const FAILED: u8 = 2;

/// A span that ended.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: &'static str,
    /// Nanoseconds since 1970.
    pub(super) begun: u64,
    pub(super) ended: u64,
    pub(super) fields: Vec<(&'static str, Field)>,
}

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum Order {
    /// Tell this one, soon.
    Tell(Box<Span>),
    /// Tell all that came, then answer.
    Flush(SyncSender<()>),
}

/// The way to one collector.
pub(super) struct Post {
    client: Client,
    runtime: Runtime,
    url: Url,
    service: String,
}

impl Post {
    pub(super) fn new(url: Url, service: String) -> io::Result<Self> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime, url, service })
    }

    /// Tells what comes, until nobody can hand in anything more.
    pub(super) fn run(self, from: &Receiver<Order>) {
        let mut batch: Vec<Span> = Vec::new();
        let mut due = Instant::now() + GATHER;
        loop {
            match from.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(Order::Tell(span)) => {
                    if batch.is_empty() {
                        due = Instant::now() + GATHER;
                    }
                    batch.push(*span);
                    if batch.len() < BATCH {
                        continue;
                    }
                    self.tell(&mut batch);
                }
                Ok(Order::Flush(done)) => {
                    self.tell(&mut batch);
                    done.send(()).ok();
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.tell(&mut batch);
                    due = Instant::now() + GATHER;
                }
                Err(RecvTimeoutError::Disconnected) => return self.tell(&mut batch),
            }
        }
    }

    fn tell(&self, batch: &mut Vec<Span>) {
        let spans = std::mem::take(batch);
        if spans.is_empty() {
            return;
        }
        let body = request(&self.service, &spans).to_string();
        let told = self.attempt(&body).or_else(|_| {
            std::thread::sleep(PAUSE);
            self.attempt(&body)
        });
        match told {
            Ok(()) => metrics().own.spans.of_key(Carried::Sent).inc_by(spans.len() as u64),
            Err(why) => Note::SpansDropped { spans: spans.len(), why: &why }.tell(),
        }
    }

    fn attempt(&self, body: &str) -> Result<(), String> {
        let call = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        let call = call.body(body.to_owned());
        // Within the runtime: the call's time limit is set when it is made.
        let answer = self.runtime.block_on(async { call.send().await });
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("the collector answered {}", answer.status().as_u16())),
            Err(error) => Err(error.without_url().to_string()),
        }
    }
}

fn attribute(key: &str, value: &Value) -> Value {
    json!({ "key": key, "value": value })
}

fn resource(service: &str) -> Value {
    let text = |key: &str, value: &str| attribute(key, &json!({ "stringValue": value }));
    json!({ "attributes": [
        text("service.name", service),
        text("service.version", env!("CARGO_PKG_VERSION")),
    ] })
}

/// One request of a batch.
fn request(service: &str, spans: &[Span]) -> Value {
    json!({ "resourceSpans": [{
        "resource": resource(service),
        "scopeSpans": [{
            "scope": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "spans": spans.iter().map(shape).collect::<Vec<_>>(),
        }],
    }] })
}

/// The names of OpenTelemetry's conventions, where there are some.
fn named(field: &str) -> String {
    match field {
        "method" => "http.request.method".to_owned(),
        "route" => "http.route".to_owned(),
        "status" => "http.response.status_code".to_owned(),
        other => format!("vestigo.{other}"),
    }
}

fn shape(span: &Span) -> Value {
    let word = |name: &str| {
        span.fields.iter().find_map(|(known, value)| match value {
            Field::Word(word) if *known == name => Some(word.as_str()),
            _ => None,
        })
    };
    let (name, kind) = match (word("method"), word("route")) {
        (Some(method), Some(route)) => (format!("{method} {route}"), SERVER),
        _ => (span.name.to_owned(), INTERNAL),
    };
    let failed = span.fields.iter().any(|(name, value)| {
        *name == "status" && matches!(value, Field::Whole(status) if *status >= 500)
    });
    let attributes: Vec<Value> =
        span.fields.iter().map(|(name, field)| attribute(&named(name), &value(field))).collect();
    let mut told = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.span),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": span.begun.to_string(),
        "endTimeUnixNano": span.ended.to_string(),
        "attributes": attributes,
    });
    if let Some(parent) = span.parent {
        told["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    if failed {
        told["status"] = json!({ "code": FAILED });
    }
    told
}

fn value(field: &Field) -> Value {
    match field {
        Field::Whole(number) => json!({ "intValue": number.to_string() }),
        Field::Number(number) => json!({ "doubleValue": number }),
        Field::YesNo(yes) => json!({ "boolValue": yes }),
        Field::Word(word) => json!({ "stringValue": word }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_shape_of_the_specification() {
        let fields = vec![
            ("method", Field::Word("GET".into())),
            ("route", Field::Word("/api/v1/tasks/{id}".into())),
            ("status", Field::Whole(503)),
            ("seconds", Field::Number(0.5)),
        ];
        let (trace, span, parent) = (0xabc, 7, Some(6));
        let span = Span { trace, span, parent, name: "request", begun: 1, ended: 2, fields };
        let told = request("x", &[span]);
        let told = &told["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(told["traceId"], "00000000000000000000000000000abc");
        assert_eq!(
            (&told["spanId"], &told["parentSpanId"]),
            (&json!("0000000000000007"), &json!("0000000000000006"))
        );
        assert_eq!(
            (&told["name"], &told["kind"]),
            (&json!("GET /api/v1/tasks/{id}"), &json!(SERVER))
        );
        assert_eq!(
            (&told["startTimeUnixNano"], &told["status"]["code"]),
            (&json!("1"), &json!(FAILED))
        );
        let code = &told["attributes"][2];
        assert_eq!(code["key"], "http.response.status_code");
        assert_eq!(code["value"]["intValue"], "503");
    }
}
