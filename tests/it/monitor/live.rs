//! Does a real Prometheus get an answer to everything? The real binary, under load, scraped by it.
//!
//! `make test-tools` installs the Debian package `prometheus`; nothing of it is started by itself.

use super::files::asked;
use super::promql::read;
use crate::live::{Service, city};
use crate::vestigo::root;
use crate::web::{ask, await_ready, free_address, get, post, terminate};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Series of one instance, at most.
const SERIES_MAX: usize = 1_500;
/// How long answers are waited for: rates need some scrapes.
const PATIENCE: Duration = Duration::from_mins(2);
/// Metrics of what this service does not have: it reads no Kafka.
const NOT_HERE: [&str; 2] =
    ["vestigo_kafka_consumer_lag_messages", "vestigo_kafka_lost_messages_total"];

fn promtool(arguments: &[&str]) {
    let output = Command::new("promtool").args(arguments).current_dir(root()).output();
    let output = output.expect("promtool is there: make test-tools");
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}:\n{told}");
}

#[test]
fn promtool_finds_no_fault_and_every_alert_passes_its_unit_test() {
    let rules =
        ["recording", "alerts"].map(|name| format!("dashboards/prometheus/rules/{name}.yml"));
    promtool(&["check", "rules", &rules[0], &rules[1]]);
    promtool(&["check", "config", "dashboards/prometheus/prometheus.yml"]);
    promtool(&["test", "rules", "dashboards/prometheus/tests/alerts_test.yml"]);
}

/// A Prometheus that dies with the test.
struct Prometheus {
    address: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Prometheus {
    /// Scrapes a service every second, under the rules of the project.
    fn start(target: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = root().join("dashboards/prometheus/rules/*.yml");
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: [{:?}]\n\
             scrape_configs:\n- job_name: vestigo\n  static_configs:\n  - targets: [{target:?}]\n",
            rules.display().to_string()
        );
        fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        let address = free_address();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new("prometheus")
            .arg("--config.file=prometheus.yml")
            .arg("--storage.tsdb.path=data")
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus is there: make test-tools");
        let deadline = Instant::now() + Duration::from_secs(30);
        while get(&address, "/-/ready").is_none_or(|(status, _)| status != 200) {
            assert!(Instant::now() < deadline, "Prometheus is not ready");
            std::thread::sleep(Duration::from_millis(100));
        }
        Self { address, child, _folder: folder }
    }

    fn ask(&self, path: &str) -> Value {
        let (status, _, body) = ask(&self.address, "GET", path, &[], "").unwrap();
        // Bodies are sent in chunks, whose sizes stand on lines of their own.
        let whole = if body.starts_with('{') { body } else { unchunked(&body) };
        assert_eq!(status, 200, "{path}: {whole}");
        serde_json::from_str(&whole).unwrap()
    }

    /// Every sample that an expression gives now.
    fn samples(&self, expr: &str) -> Vec<f64> {
        let encoded =
            percent_encoding::utf8_percent_encode(expr, percent_encoding::NON_ALPHANUMERIC);
        let answer = self.ask(&format!("/api/v1/query?query={encoded}"));
        let result = &answer["data"]["result"];
        if answer["data"]["resultType"] == "scalar" {
            return vec![result[1].as_str().unwrap().parse().unwrap()];
        }
        let values = result.as_array().unwrap().iter();
        values.map(|one| one["value"][1].as_str().unwrap().parse().unwrap()).collect()
    }
}

fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body.as_bytes(), Vec::new());
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    String::from_utf8(whole).unwrap()
}

/// A service under load, and what loads it.
struct Load<'a> {
    address: &'a str,
    lines: &'a [String],
    at: usize,
}

impl Load<'_> {
    /// Sends some events, good, bad and repeated, reads a page of everything, acts on a task.
    fn turn(&mut self) {
        let chunk = &self.lines[self.at.min(self.lines.len() - 1)..];
        let chunk = &chunk[..chunk.len().min(150)];
        self.at += chunk.len();
        let body = chunk.join("\n") + "\n" + &chunk[0] + "\n{\"id\": 1}\n";
        post(self.address, "application/x-ndjson", body.as_bytes());
        for path in ["warnings", "enterprises", "pairs", "tasks", "sources", "models", "nothing"] {
            get(self.address, &format!("/api/v1/{path}"));
        }
        self.ask_sql();
        self.act();
    }

    /// Asks what is answered, what is refused and what does not fit.
    fn ask_sql(&self) {
        for sql in ["SELECT count(*) FROM ties", "DROP TABLE index", "SELECT nothing FROM index"] {
            let body = json!({ "sql": sql }).to_string();
            let headers = [("Content-Type", "application/json")];
            ask(self.address, "POST", "/api/v1/query", &headers, &body);
        }
    }

    fn send(&self, path: &str, etag: &str, body: &Value) -> Value {
        let headers = [("Content-Type", "application/json"), ("If-Match", etag)];
        let sent = ask(self.address, "POST", path, &headers, &body.to_string());
        sent.and_then(|(_, _, body)| serde_json::from_str(&body).ok()).unwrap_or_default()
    }

    /// Takes a task, reports on it; judges a pair; replays a dead letter.
    fn act(&self) {
        let read = |path: &str| {
            let answer = get(self.address, path).map(|(_, body)| body).unwrap_or_default();
            serde_json::from_str::<Value>(&answer).unwrap_or_default()
        };
        let task = &read("/api/v1/tasks?state=dispatched&limit=1")["tasks"][0];
        let Some(id) = task["id"].as_str() else { return };
        let path = format!("/api/v1/tasks/{}", id.replace('/', "~"));
        let mut etag = task["etag"].as_str().unwrap_or_default().to_owned();
        let finding = json!({ "outcome": "confirmed", "code": "x", "items": [] });
        for (verb, body) in [
            ("ack", json!({ "lease_minutes": 60 })),
            ("start", json!({})),
            ("report", json!({ "reason": "seen", "finding": finding })),
        ] {
            let done = self.send(&format!("{path}/{verb}"), &etag, &body);
            done["etag"].as_str().unwrap_or_default().clone_into(&mut etag);
        }
        let letters = read("/api/v1/dead-letters?limit=1");
        if let Some(id) = letters["dead_letters"][0]["id"].as_str() {
            let path = format!("/api/v1/dead-letters/{id}/replay");
            ask(self.address, "POST", &path, &[("Content-Type", "application/json")], "");
        }
    }
}

/// Follows the stream until the test ends.
fn follow(address: &str) -> std::net::TcpStream {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!("GET /api/v1/stream HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while reader.read(&mut bytes).is_ok_and(|read| read > 0) {}
    });
    stream
}

/// Whether an expression is about what is not here.
fn not_here(expr: &str) -> bool {
    NOT_HERE.iter().any(|name| expr.contains(name))
}

#[test]
fn a_real_prometheus_answers_every_expression_with_data() {
    let address = free_address();
    let more = format!(
        "[http]\naddress = \"{address}\"\n[snapshots]\nevery_epochs = 40\n[shadow]\nmodel = {:?}\n",
        root().join("models/dongfang/2026.2").display().to_string()
    );
    let service = Service::new("2", &more);
    let mut child = service.start(None);
    await_ready(&address);
    let prometheus = Prometheus::start(&address);
    let stream = follow(&address);
    let lines = city(91);
    let mut load = Load { address: &address, lines: &lines, at: 0 };
    // What is to rise must have been scraped before it does.
    std::thread::sleep(Duration::from_secs(3));
    let began = Instant::now();
    let mut missing: Vec<(String, String)> = Vec::new();
    let (mut reloaded, mut answered) = (false, BTreeSet::new());
    while began.elapsed() < PATIENCE {
        let turned = Instant::now();
        while turned.elapsed() < Duration::from_secs(8) {
            load.turn();
        }
        if !reloaded {
            reloaded = true;
            let id = child.id().to_string();
            Command::new("kill").args(["-HUP", &id]).status().unwrap();
        }
        missing = unanswered(&prometheus, &mut answered);
        if missing.is_empty() {
            break;
        }
    }
    let told: Vec<String> =
        missing.iter().map(|(place, expr)| format!("{place}: {expr}")).collect();
    assert!(missing.is_empty(), "no data after {:?} for\n{}", PATIENCE, told.join("\n"));
    let firing = prometheus.ask("/api/v1/alerts");
    let firing: BTreeSet<&str> = firing["data"]["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|alert| alert["labels"]["severity"] == "critical" && alert["state"] == "firing")
        .map(|alert| alert["labels"]["alertname"].as_str().unwrap())
        .collect();
    assert!(firing.iter().all(|alert| *alert == "VestigoDiskFilling"), "{firing:?}");
    scrape_is_bounded_and_says_nothing_of_persons(&address, &lines, &service.path("log"));
    drop(stream);
    terminate(&mut child);
}

/// Expressions that had no data yet, with their places. What had data once is answered: the load
/// ends with its events, and rates with it.
fn unanswered(prometheus: &Prometheus, answered: &mut BTreeSet<String>) -> Vec<(String, String)> {
    let mut missing = Vec::new();
    for one in asked("30s") {
        // An alert is silent when all is well: what it asks for must be there.
        let parts = if one.alert {
            prometheus.samples(&one.expr);
            read(&one.expr).unwrap().selected.into_iter().map(|one| one.text).collect()
        } else {
            vec![one.expr.clone()]
        };
        for expr in parts.into_iter().filter(|expr| !not_here(expr)) {
            if answered.contains(&expr) {
                continue;
            }
            // A quantile of nothing is no number: nothing has happened yet.
            let samples = prometheus.samples(&expr);
            let numbers = samples.iter().filter(|value| value.is_finite()).count();
            if numbers == 0 && !may_be_idle(&expr, &samples) {
                missing.push((one.place.clone(), expr));
            } else {
                answered.insert(expr);
            }
        }
    }
    missing
}

/// A quantile or share of something that did not happen within the window of the test.
fn may_be_idle(expr: &str, samples: &[f64]) -> bool {
    let rare = ["vestigo_task_", "vestigo_snapshot_"];
    !samples.is_empty() && rare.iter().any(|name| expr.contains(name))
}

fn scrape_is_bounded_and_says_nothing_of_persons(address: &str, lines: &[String], log: &Path) {
    let (_, text) = get(address, "/metrics").unwrap();
    let series = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count();
    println!("{series} series");
    assert!(series < SERIES_MAX, "{series} series");
    let log = fs::read_to_string(log).unwrap();
    let mut persons = BTreeSet::new();
    for event in lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        gather(&event, &mut persons);
    }
    assert!(persons.len() > 100, "{}", persons.len());
    for person in persons {
        let told = text.contains(&person) || log.contains(&person);
        assert!(!told, "a person's name or number is in the metrics or the log");
    }
}

/// Names and numbers of persons, wherever they stand in an event.
fn gather(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(number) = members.get("id_no").and_then(Value::as_str) {
                into.insert(number.to_owned());
                into.extend(members.get("name").and_then(Value::as_str).map(str::to_owned));
            }
            members.values().for_each(|member| gather(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        _ => {}
    }
}
