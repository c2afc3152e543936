//! Is the loop closed? Accounts, reads, acts and the stream, against the real binary.

use crate::days::days_agree;
use crate::live::{Service, city};
use crate::vestigo::command;
use crate::web::{ask, await_ready, free_address, post, terminate};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::Child;
use std::time::{Duration, Instant};
use vestigo::time::Time;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running service with accounts, and the administrator's session.
pub(crate) struct Bench {
    pub(crate) service: Service,
    pub(crate) address: String,
    pub(crate) child: Child,
    session: Vec<(String, String)>,
    /// The newest event that was handed in.
    newest: Cell<Option<Time>>,
}

/// Somebody with a key.
#[derive(Clone)]
pub(crate) struct By(pub(crate) String, pub(crate) String);

impl By {
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.1);
        let mut headers = vec![("Authorization", bearer.as_str())];
        headers.push(("Content-Type", "application/json"));
        headers.extend(more);
        let (status, _, body) = ask(&self.0, method, path, &headers, body).unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, value) = self.send("GET", path, &[], "");
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    pub(crate) fn step(&self, task: &Value, verb: &str, body: &Value) -> (u16, Value) {
        let path = format!("{}/{verb}", task_path(task));
        let etag = task["etag"].as_str().unwrap();
        self.send("POST", &path, &[("If-Match", etag)], &body.to_string())
    }

    /// Every object of a list, page by page.
    pub(crate) fn all(&self, path: &str, key: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        let sign = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{sign}limit=7{cursor}"));
            found.extend(page[key].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

fn task_path(task: &Value) -> String {
    format!("/api/v1/tasks/{}", task["id"].as_str().unwrap().replace('/', "~"))
}

impl Bench {
    /// `more` is added to the pipeline file.
    pub(crate) fn start_with(more: &str) -> Self {
        let address = free_address();
        let more = format!("[http]\naddress = \"{address}\"\n[access]\n{more}");
        Self::over(Service::new("2", &more), address)
    }

    /// Starts a service that listens there, and makes its administrator.
    pub(crate) fn over(service: Service, address: String) -> Self {
        let child = service.start(None);
        await_ready(&address);
        let mut bench =
            Self { service, address, child, session: Vec::new(), newest: Cell::new(None) };
        let token = std::fs::read_to_string(bench.service.path("state/access/setup-token"));
        let setup = json!({ "token": token.unwrap(), "name": "chief", "password": PASSWORD });
        assert_eq!(bench.ask("POST", "/api/v1/setup", &setup).0, 201);
        assert_eq!(bench.ask("POST", "/api/v1/setup", &setup).0, 409, "once");
        let login = json!({ "name": "chief", "password": PASSWORD });
        let wrong = json!({ "name": "chief", "password": "not this one" });
        assert_eq!(bench.ask("POST", "/api/v1/session", &wrong).0, 401);
        let kind = [("Content-Type", "application/json")];
        let login = ask(&bench.address, "POST", "/api/v1/session", &kind, &login.to_string());
        let (status, head, body) = login.unwrap();
        assert_eq!(status, 200, "{body}");
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let session = value.split(';').next()?.trim();
            name.eq_ignore_ascii_case("set-cookie").then(|| session.to_owned())
        });
        assert!(head.contains("HttpOnly") && head.contains("SameSite=Strict"), "{head}");
        let me: Value = serde_json::from_str(&body).unwrap();
        bench.session.push(("Cookie".into(), cookie.unwrap()));
        bench.session.push(("X-CSRF-Token".into(), me["csrf"].as_str().unwrap().into()));
        bench
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(self.session.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let (status, _, body) =
            ask(&self.address, method, path, &headers, &body.to_string()).unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub(crate) fn key(&self, roles: &[&str], agency: Option<&str>, divisions: &[&str]) -> By {
        let grant = json!({ "roles": roles, "agency": agency, "divisions": divisions });
        let (status, made) =
            self.ask("POST", "/api/v1/keys", &json!({ "name": "test", "grant": grant }));
        assert_eq!(status, 201, "{made}");
        By(self.address.clone(), made["key"].as_str().unwrap().to_owned())
    }

    /// Hands a city in and waits until it is judged.
    pub(crate) fn feed(&self, lines: &[String], by: &By) {
        let headers = [
            ("Authorization", format!("Bearer {}", by.1)),
            ("Content-Type", "application/x-ndjson".to_owned()),
        ];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let time = |line: &String| {
            let event: Value = serde_json::from_str(line).ok()?;
            Time::parse(event["time"].as_str()?)
        };
        self.newest.set(lines.iter().filter_map(time).max());
        for chunk in lines.chunks(2_000) {
            let body = chunk.join("\n");
            let sent = ask(&self.address, "POST", "/api/v1/events", &headers, &body);
            assert_eq!(sent.unwrap().0, 202);
        }
    }

    pub(crate) fn settle(&self) {
        let deadline = Instant::now() + Duration::from_mins(2);
        let mut last = Value::Null;
        loop {
            let (_, status) = self.ask("GET", "/api/v1/status", &Value::Null);
            let (_, warnings) = self.ask("GET", "/api/v1/warnings?limit=1", &Value::Null);
            let now = json!([status["epochs"], warnings]);
            let reached = status["watermark"].as_str().and_then(Time::parse);
            let judged = reached >= self.newest.get() && status["waiting_events"] == 0;
            if now == last && judged {
                return;
            }
            last = now;
            assert!(Instant::now() < deadline, "it does not settle");
            std::thread::sleep(Duration::from_millis(700));
        }
    }

    pub(crate) fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = self.service.start(None);
        await_ready(&self.address);
        self.settle();
    }
}

/// Everything that a reader sees, for comparing.
fn whole(by: &By) -> BTreeMap<&'static str, Vec<Value>> {
    let mut found = BTreeMap::new();
    for key in ["warnings", "pairs", "tasks", "enterprises"] {
        found.insert(key, by.all(&format!("/api/v1/{key}"), key));
    }
    let firms: Vec<String> = found["enterprises"]
        .iter()
        .take(20)
        .map(|firm| firm["uscc"].as_str().unwrap().to_owned())
        .collect();
    let mut more = Vec::new();
    for firm in &firms {
        for part in ["", "/timeline", "/index", "/relations", "/flows", "/graph?depth=2"] {
            more.push(by.get(&format!("/api/v1/enterprises/{firm}{part}")));
        }
    }
    found.insert("parts", more);
    found
}

#[test]
fn a_warning_goes_from_the_event_to_the_finding_and_survives_a_kill() {
    let mut bench = Bench::start_with("");
    let address = bench.address.clone();
    let (status, _, _) = ask(&address, "GET", "/api/v1/warnings", &[], "").unwrap();
    assert_eq!(status, 401, "nobody is let in unknown");
    assert_eq!(post(&address, "application/json", b"[]").unwrap().0, 401);
    let no_csrf = [(bench.session[0].0.as_str(), bench.session[0].1.as_str())];
    let body = r#"{"name":"x","grant":{"roles":["feeder"],"divisions":[""]}}"#;
    let (status, _, _) = ask(&address, "POST", "/api/v1/keys", &no_csrf, body).unwrap();
    assert_eq!(status, 403, "a session alone changes nothing");

    let feeder = bench.key(&["feeder"], None, &[""]);
    assert_eq!(feeder.send("GET", "/api/v1/warnings", &[], "").0, 403);
    let chief = bench.key(&["dispatcher", "analyst"], None, &[""]);
    let bureau = bench.key(&["investigator"], Some("market-regulation"), &[""]);
    let other = bench.key(&["investigator"], Some("anti-smuggling"), &[""]);
    bench.feed(&city(5), &feeder);
    bench.settle();

    reads_agree(&chief);
    groups_keep_to_themselves(&chief);
    rows_are_limited(&chief, &bureau, &other, &bench);
    let held = pulled_once(&bureau);
    let done = worked_off(&bench, &chief, &bureau, &other, &held);
    let place = streamed(&bureau, &done);

    let before = whole(&chief);
    bench.restart();
    let after = whole(&chief);
    for (key, list) in &before {
        for (a, b) in list.iter().zip(&after[key]) {
            assert_eq!(a, b, "{key}");
        }
        assert_eq!(list.len(), after[key].len(), "{key}");
    }
    // Where the stream was left, it goes on: nothing is missing, nothing comes again.
    let (first, _) = follow(&bureau, Some(&place), 1);
    assert_eq!(first[0].0, "hello");

    let audit = command(&["audit", "verify", &bench.service.path("state").display().to_string()]);
    let checked = { audit }.output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let log = bench.service.log();
    assert!(!log.contains(PASSWORD) && !log.contains("vk_k"), "no secret in the log");
    terminate(&mut bench.child);
}

/// What one list says the other says too; pages do not overlap; tags are good.
fn reads_agree(by: &By) {
    let warnings = by.all("/api/v1/warnings", "warnings");
    assert!(warnings.len() > 5, "there is something to see");
    let ids: BTreeSet<&str> = warnings.iter().map(|w| w["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), warnings.len(), "none twice");
    let latest = by.all("/api/v1/warnings?sort=updated", "warnings");
    let times: Vec<&str> = latest.iter().map(|w| w["updated_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
    assert_eq!(latest.len(), warnings.len());
    let red = by.all("/api/v1/warnings?level=red,orange&state=open", "warnings");
    assert!(red.iter().all(|w| w["level"] != "blue" && w["state"] == "open"));
    let one = by.get(&format!("/api/v1/warnings/{}", warnings[0]["id"].as_str().unwrap()));
    assert!(one["evidence"].as_array().unwrap().len() >= 3, "{one}");
    for firm in by.all("/api/v1/enterprises?score_min=1", "enterprises").iter().take(20) {
        let uscc = firm["uscc"].as_str().unwrap();
        let index = by.get(&format!("/api/v1/enterprises/{uscc}/index"));
        let lines = index["now"]["contributions"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|line| line["points"].as_i64().unwrap()).sum();
        assert_eq!(json!(sum), index["now"]["score"], "the lines add up");
        let last = index["history"].as_array().unwrap().last().unwrap();
        assert_eq!(last["score"], index["now"]["score"], "the history ends now");
        days_agree(by, uscc, &index);
        let graph = by.get(&format!("/api/v1/enterprises/{uscc}/graph?depth=3&budget=10"));
        assert!(graph["nodes"].as_array().unwrap().len() <= 10);
        assert_eq!(graph["nodes"][0]["uscc"], uscc);
    }
    let bearer = format!("Bearer {}", by.1);
    let (_, head, _) =
        ask(&by.0, "GET", "/api/v1/pairs", &[("Authorization", &bearer)], "").unwrap();
    let tag = head.lines().find_map(|line| {
        line.to_ascii_lowercase().starts_with("etag:").then(|| line[5..].trim().to_owned())
    });
    let headers = [("Authorization", bearer.as_str()), ("If-None-Match", &tag.unwrap())];
    let (status, _, body) = ask(&by.0, "GET", "/api/v1/pairs", &headers, "").unwrap();
    assert_eq!((status, body.as_str()), (304, ""));
    let cursor = by.get("/api/v1/warnings?limit=2")["next_cursor"].clone();
    let other = format!("/api/v1/tasks?cursor={}", cursor.as_str().unwrap());
    let (status, problem) = by.send("GET", &other, &[], "");
    assert_eq!(
        (status, problem["type"].as_str().unwrap()),
        (400, "urn:vestigo:problem:cursor-mismatch")
    );
    for path in ["/api/v1/warnings?limit=0", "/api/v1/warnings?level=pink", "/api/v1/tasks?x=1"] {
        assert_eq!(by.send("GET", path, &[], "").0, 400, "{path}");
    }
}

/// Groups are told whole or not at all.
fn groups_keep_to_themselves(by: &By) {
    for what in ["industry", "town"] {
        let page = by.get(&format!("/api/v1/groups?by={what}"));
        let groups = page["groups"].as_array().unwrap();
        assert!(!groups.is_empty(), "{page}");
        for group in groups {
            let grades = group["grades"].as_array().unwrap();
            let members: u64 = grades.iter().map(|count| count.as_u64().unwrap()).sum();
            assert!(members >= 10 && group["members"] == members, "{group}");
        }
        assert!(page["withheld"].as_u64() > Some(0), "a small city has small groups: {page}");
    }
    assert_eq!(by.send("GET", "/api/v1/groups?by=person", &[], "").0, 400);
}

/// Each sees what is its own.
fn rows_are_limited(chief: &By, bureau: &By, other: &By, bench: &Bench) {
    let all = chief.all("/api/v1/tasks", "tasks");
    let own = bureau.all("/api/v1/tasks", "tasks");
    assert!(own.len() < all.len() && !own.is_empty());
    assert!(own.iter().all(|task| task["agency"] == "market-regulation"));
    for task in &all {
        let (status, _) = other.send("GET", &task_path(task), &[], "");
        assert_eq!(status == 200, task["agency"] == "anti-smuggling", "{task}");
    }
    let nowhere = bench.key(&["dispatcher", "analyst"], None, &["11"]);
    assert!(nowhere.all("/api/v1/warnings", "warnings").is_empty());
    let viewer = bench.key(&["viewer"], None, &[""]);
    let id = chief.get("/api/v1/warnings?limit=1")["warnings"][0]["id"].clone();
    let seen = viewer.get(&format!("/api/v1/warnings/{}", id.as_str().unwrap()));
    assert!(seen.get("evidence").is_none(), "{seen}");
    assert_eq!(viewer.send("GET", "/api/v1/pairs", &[], "").0, 403);
    let firm = chief.get("/api/v1/enterprises?limit=1")["enterprises"][0]["uscc"].clone();
    let path = format!("/api/v1/enterprises/{}", firm.as_str().unwrap());
    let person = |value: &Value| value["posts"][0]["person"].as_str().unwrap().to_owned();
    assert!(person(&chief.get(&path)).starts_with("****"));
    let reveal = format!("{path}/reveal");
    assert_eq!(viewer.send("POST", &reveal, &[], r#"{"purpose":"x"}"#).0, 403);
    assert_eq!(chief.send("POST", &reveal, &[], r#"{"purpose":" "}"#).0, 422);
    let (status, clear) = chief.send("POST", &reveal, &[], r#"{"purpose":"case 7"}"#);
    assert_eq!(status, 200, "{clear}");
    assert!(person(&clear).starts_with("P:"));
    let (_, audit) = bench.ask("GET", "/api/v1/audit?limit=1", &Value::Null);
    assert_eq!(audit["lines"][0]["what"], "reveal");
    assert_eq!(audit["lines"][0]["detail"]["purpose"], "case 7");
}

/// Four workers pull at once: no task is taken twice.
fn pulled_once(bureau: &By) -> Vec<Value> {
    let free = bureau.all("/api/v1/tasks?state=dispatched", "tasks").len();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let by = bureau.clone();
            std::thread::spawn(move || {
                let mut got = Vec::new();
                loop {
                    let (status, pulled) =
                        by.send("POST", "/api/v1/tasks/pull", &[], r#"{"max":3}"#);
                    assert_eq!(status, 200, "{pulled}");
                    let tasks = pulled["tasks"].as_array().unwrap().clone();
                    if tasks.is_empty() {
                        return got;
                    }
                    got.extend(tasks);
                }
            })
        })
        .collect();
    let held: Vec<Value> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    let ids: BTreeSet<&str> = held.iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), held.len(), "none was given to two");
    assert_eq!(held.len(), free, "none was left");
    assert!(held.iter().all(|task| task["state"] == "acknowledged" && task["version"] == 1));
    held
}

/// A task through its states; what is stale, out of order or another's is refused.
fn worked_off(bench: &Bench, chief: &By, bureau: &By, other: &By, held: &[Value]) -> String {
    let task = held.iter().find(|task| {
        chief.get(&format!("/api/v1/warnings/{}", task["warning"].as_str().unwrap()))["subject"]
            .is_string()
    });
    let task = task.expect("a warning about one enterprise");
    let id = task["id"].as_str().unwrap().to_owned();
    let none = json!({});
    let (status, _) = bureau.send("POST", &format!("{}/start", task_path(task)), &[], "{}");
    assert_eq!(status, 428);
    assert_eq!(other.step(task, "start", &none).0, 404, "another's");
    let (status, started) = bureau.step(task, "start", &none);
    assert_eq!((status, &started["state"]), (200, &json!("in_hand")), "{started}");
    let (status, stale) = bureau.step(task, "start", &none);
    assert_eq!(status, 412, "{stale}");
    assert_eq!(stale["current"]["steps_since"][0]["verb"], "start", "{stale}");
    assert_eq!(bureau.step(&started, "ack", &json!({ "lease_minutes": 5 })).0, 409);
    assert_eq!(bureau.step(&started, "close", &none).0, 403, "a dispatcher's");
    let (status, problem) = bureau.step(&started, "report", &none);
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/finding")));
    let (status, problem) = bureau.step(&started, "wait", &json!({ "reason": "sample" }));
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/approver")));

    let finding = json!({
        "outcome": "confirmed", "code": "on-site",
        "items": [{ "code": "premises", "result": "rectify" }],
    });
    let body = json!({ "reason": "公民 11010519491231002X 在场", "finding": finding });
    let etag = started["etag"].as_str().unwrap();
    let headers = [("If-Match", etag), ("Idempotency-Key", "report-1")];
    let path = format!("{}/report", task_path(task));
    let (status, reported) = bureau.send("POST", &path, &headers, &body.to_string());
    assert_eq!((status, &reported["state"]), (200, &json!("reported")), "{reported}");
    let again = bureau.send("POST", &path, &headers, &body.to_string());
    assert_eq!(again, (200, reported.clone()), "answered once more, done once");
    assert!(!reported.to_string().contains("11010519491231002X"), "masked");
    let quality = chief.get("/api/v1/models/quality");
    let judged = |rule: &&Value| rule["judged"].as_u64() == Some(1);
    let rules: Vec<&Value> = quality["rules"].as_array().unwrap().iter().filter(judged).collect();
    assert_eq!(rules.len(), 1, "{quality}");
    assert_eq!((&rules[0]["kind"], &rules[0]["precision"]), (&reported["kind"], &json!(1.0)));
    let (status, closed) = chief.step(&reported, "close", &none);
    assert_eq!((status, &closed["state"]), (200, &json!("closed")), "{closed}");

    // The finding is an event like any other.
    let warning = chief.get(&format!("/api/v1/warnings/{}", task["warning"].as_str().unwrap()));
    let uscc = warning["subject"].as_str().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let timeline = chief.get(&format!("/api/v1/enterprises/{uscc}/timeline?limit=200"));
        let rows = timeline["rows"].as_array().unwrap().clone();
        if rows.iter().any(|row| row["event"].as_str().unwrap().starts_with("urn:vestigo:acts#")) {
            break;
        }
        assert!(Instant::now() < deadline, "the finding never came: {timeline}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let pairs = chief.all("/api/v1/pairs", "pairs");
    let pair = &pairs[0];
    let path = format!("/api/v1/pairs/{}/verdicts", pair["id"].as_str().unwrap());
    let verdict = json!({ "verdict": "same", "reason": "one owner", "version": 0 }).to_string();
    let (status, judged) = chief.send("POST", &path, &[], &verdict);
    assert_eq!((status, &judged["verdict"]), (200, &json!("same")), "{judged}");
    assert_eq!(chief.send("POST", &path, &[], &verdict).0, 412, "somebody judged since");

    // The same from the command line.
    let server = format!("http://{}", bench.address);
    let mut list = command(&["tasks", "show", &id, "--server", &server, "--format", "ndjson"]);
    let shown = list.env("VESTIGO_API_KEY", &bureau.1).output().unwrap();
    assert!(shown.status.success(), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["steps"].as_array().unwrap().len(), 4);
    let mut step = command(&["tasks", "start", &id, "--server", &server]);
    let refused = step.env("VESTIGO_API_KEY", &bureau.1).output().unwrap();
    assert_eq!(refused.status.code(), Some(65), "{refused:?}");
    id
}

/// Follows the stream: so many events as name and id, and the last id.
fn follow(by: &By, last: Option<&str>, count: usize) -> (Vec<(String, String)>, String) {
    let mut stream = std::net::TcpStream::connect(&by.0).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let last = last.map_or_else(String::new, |last| format!("Last-Event-ID: {last}\r\n"));
    let request = format!(
        "GET /api/v1/stream?topics=tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         {last}\r\n",
        by.1
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (mut found, mut place, mut name) = (Vec::new(), String::new(), String::new());
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        if let Some(id) = line.strip_prefix("id: ") {
            id.clone_into(&mut place);
        } else if let Some(event) = line.strip_prefix("event: ") {
            event.clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            let data: Value = serde_json::from_str(data).unwrap();
            found.push((name.clone(), data["id"].as_str().unwrap_or_default().to_owned()));
        } else if line.is_empty() && found.len() >= count {
            break;
        }
    }
    assert_eq!(found.len(), count, "{found:?}");
    (found, place)
}

/// A step comes over the stream; from its id on, only what came later. The last place.
fn streamed(bureau: &By, done: &str) -> String {
    let (start, place) = follow(bureau, None, 1);
    assert_eq!(start[0].0, "hello");
    let tasks = bureau.all("/api/v1/tasks?state=acknowledged", "tasks");
    let (first, second) = (&tasks[0], &tasks[1]);
    assert!(tasks.iter().all(|task| task["id"] != done));
    for task in [first, second] {
        assert_eq!(bureau.step(task, "start", &json!({})).0, 200);
    }
    let (seen, _) = follow(bureau, Some(&place), 3);
    let id = |task: &Value| ("task".to_owned(), task["id"].as_str().unwrap().to_owned());
    assert_eq!(seen[1..], [id(first), id(second)]);
    let (seen, middle) = follow(bureau, Some(&place), 2);
    assert_eq!(seen[1], id(first));
    let (seen, last) = follow(bureau, Some(&middle), 2);
    assert_eq!(seen[1], id(second), "neither lost nor again");
    let (seen, _) = follow(bureau, Some("1-1"), 2);
    assert!(["reset", "mark", "task"].contains(&seen[1].0.as_str()), "{seen:?}");
    last
}
