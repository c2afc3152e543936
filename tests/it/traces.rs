//! Do traces reach a collector, and nothing of a person with them?

use crate::live::{Service, city};
use crate::web::{ask, await_ready, free_address, get, post, terminate};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a collector got: path, media type, body.
type Got = Arc<Mutex<Vec<(String, String, String)>>>;

/// A collector that takes everything, or, `down`, nothing.
fn collector(down: bool) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let got = Got::default();
    let kept = got.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_owned());
            }
            if head.is_empty() {
                continue;
            }
            let header = |name: &str| {
                let found = head.iter().find_map(|line| {
                    let (key, value) = line.split_once(':')?;
                    key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                });
                found.unwrap_or_default()
            };
            let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            let path = head.first().map_or("", |line| line.split(' ').nth(1).unwrap_or(""));
            let one = (path.to_owned(), header("content-type"), String::from_utf8(body).unwrap());
            kept.lock().unwrap().push(one);
            let status = if down { "503 Service Unavailable" } else { "200 OK" };
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
            reader.get_mut().write_all(answer.as_bytes()).ok();
        }
    });
    (address, got)
}

fn spans(got: &Got) -> Vec<Value> {
    let bodies = got.lock().unwrap().clone();
    let mut all = Vec::new();
    for (_, _, body) in bodies {
        let body: Value = serde_json::from_str(&body).unwrap();
        let service = &body["resourceSpans"][0]["resource"]["attributes"][0];
        assert_eq!(service, &json!({ "key": "service.name", "value": { "stringValue": "east" } }));
        let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
        all.extend(spans.as_array().unwrap().iter().cloned());
    }
    all
}

/// Sends events and asks for a page, under a pipeline with `more`.
fn served(more: &str, lines: &[String]) -> (Service, String) {
    let address = free_address();
    let service = Service::new("1", &format!("[http]\naddress = \"{address}\"\n{more}"));
    let mut child = service.start(None);
    await_ready(&address);
    post(&address, "application/x-ndjson", lines.join("\n").as_bytes());
    let id = ("X-Request-Id", "own-id-1");
    ask(&address, "GET", "/api/v1/enterprises?q=%E5%BC%A0%E4%B8%89", &[id], "");
    let until = Instant::now() + Duration::from_secs(20);
    while get(&address, "/api/v1/status").is_none_or(|(_, body)| body.contains("\"epochs\":0")) {
        assert!(Instant::now() < until, "nothing is taken in");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (_, metrics) = get(&address, "/metrics").unwrap();
    terminate(&mut child);
    (service, metrics)
}

fn word<'a>(span: &'a Value, key: &str) -> &'a str {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|one| one["key"] == key);
    found.and_then(|one| one["value"]["stringValue"].as_str()).unwrap_or_default()
}

#[test]
fn spans_of_requests_and_epochs_reach_a_collector() {
    let (collector, got) = collector(false);
    let more = format!("[telemetry.otlp]\nendpoint = \"http://{collector}\"\nservice = \"east\"\n");
    let lines: Vec<String> = city(17).into_iter().take(400).collect();
    let (service, _) = served(&more, &lines);
    let told = got.lock().unwrap().clone();
    assert!(told.iter().all(|(path, kind, _)| path == "/v1/traces" && kind == "application/json"));
    let spans = spans(&got);
    let named = |name: &str| spans.iter().filter(|span| span["name"] == name).collect::<Vec<_>>();
    let page = named("GET /api/v1/enterprises");
    assert_eq!(page.len(), 1, "{spans:?}");
    assert_eq!((word(page[0], "vestigo.request"), &page[0]["kind"]), ("own-id-1", &json!(2)));
    // What the intake and the speaker do for one epoch is one trace.
    let traces = |name: &str| -> BTreeSet<String> {
        named(name).iter().map(|span| span["traceId"].as_str().unwrap().to_owned()).collect()
    };
    let (committed, spoken) = (traces("commit"), traces("speak"));
    assert!(!committed.is_disjoint(&spoken), "{committed:?} {spoken:?}");
    let mut ids = BTreeSet::new();
    for span in &spans {
        let of = |key: &str| span[key].as_str().unwrap();
        assert_eq!((of("traceId").len(), of("spanId").len()), (32, 16), "{span}");
        assert!(ids.insert(of("spanId").to_owned()), "{span}");
        let nanos = |key: &str| of(key).parse::<u64>().unwrap();
        assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"), "{span}");
    }
    let text: String = told.iter().map(|(_, _, body)| body.as_str()).collect();
    let subjects = lines.iter().filter_map(|line| {
        let event: Value = serde_json::from_str(line).ok()?;
        Some(event["subject"].as_str()?.to_owned())
    });
    for subject in subjects {
        assert!(!text.contains(&subject), "an enterprise's code is in a span");
    }
    assert!(!text.contains("张三") && !text.contains("%E5"), "a query is in a span");
    drop(service);
}

#[test]
fn a_collector_that_is_down_holds_nothing_up_and_none_is_called_by_default() {
    let lines: Vec<String> = city(17).into_iter().take(60).collect();
    let (collector, got) = collector(true);
    let more = format!("[telemetry.otlp]\nendpoint = \"http://{collector}/\"\n");
    let (service, metrics) = served(&more, &lines);
    assert!(metrics.contains("vestigo_trace_spans_total{outcome=\"dropped\"}"), "{metrics}");
    assert!(service.log().contains("spans are dropped"), "{}", service.log());
    assert!(!got.lock().unwrap().is_empty());
    let (service, metrics) = served("", &lines);
    assert!(!service.log().contains("spans"), "{}", service.log());
    assert!(metrics.contains("vestigo_trace_spans_total{outcome=\"sent\"} 0"), "{metrics}");
    let wrong = Service::new("1", "[telemetry.otlp]\nendpoint = \"ftp://x\"\n");
    let status = wrong.start(None).wait().unwrap();
    assert_eq!(status.code(), Some(78), "{}", wrong.log());
}
