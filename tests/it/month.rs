//! Does the loop hold for a month? Four agencies, a thousand warnings, a festival and two kills.
//!
//! The clock of the pipeline is the newest event's, so that the month passes as the test lets it.

use crate::api::{Bench, By};
use crate::vestigo::{command, simulate};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Warnings that are raised.
const WARNINGS: usize = 1_000;
/// Tuesday in the week before the Spring Festival (15 to 23 February; the 14th is worked).
const START: &str = "2026-02-10T10:00:00+08:00";

/// Where each task stands: state, version, agency, end of the term to acknowledge.
type Board = BTreeMap<String, (String, u64, String, String)>;

fn word(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// Registered enterprises of a simulated city, as of the month before.
fn firms() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    simulate(11, 1_100, 20, folder.path());
    let text = std::fs::read_to_string(folder.path().join("events-registry.ndjson")).unwrap();
    let mut seen = BTreeSet::new();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let firms = events.filter_map(|event| {
        let data = &event["data"];
        let code = data["uscc"].as_str()?;
        let old = data["established_on"].as_str()? < "2026-01-01";
        let own = event["type"] == "registration.established" && event["op"].is_null();
        if !own || !old || code.starts_with("92") || !seen.insert(code.to_owned()) {
            return None;
        }
        Some(json!({
            "uscc": code, "name": data["name"], "entity_type": data["entity_type"],
            "established_on": data["established_on"], "division": data["division"],
            "domicile": data["domicile"], "legal_rep": data["legal_rep"],
        }))
    });
    let found: Vec<Value> = firms.take(WARNINGS).collect();
    assert_eq!(found.len(), WARNINGS, "the city is too small");
    found
}

fn event(id: String, kind: &str, time: &str, subject: &Value, data: Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "urn:test:month", "type": kind,
        "time": time, "subject": subject, "data": data,
    })
    .to_string()
}

/// The enterprises, and what each is warned about: by turns a halted production (orange, market
/// regulation), lots that fail (yellow, food and drugs), a vessel's clashing identity (yellow,
/// anti-smuggling).
fn events(firms: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    for (n, firm) in firms.iter().enumerate() {
        let founded = event(
            format!("f{n}"),
            "registration.established",
            "2026-01-20T09:00:00+08:00",
            &firm["uscc"],
            firm.clone(),
        );
        lines.push(founded);
    }
    for (n, firm) in firms.iter().enumerate() {
        let uscc = &firm["uscc"];
        let lot = |lot: u64| {
            let number = format!("6401{}1{:09}", 2026, n as u64 * 2 + lot);
            let data = json!({
                "uscc": uscc, "kind": "nonconforming", "on": "2026-02-09",
                "declaration_no": number, "goods": "冻虾",
            });
            event(format!("q{n}-{lot}"), "customs.recorded", START, uscc, data)
        };
        match n % 3 {
            0 => {
                let data = json!({
                    "doc_no": format!("东市监罚〔2026〕{n}号"), "uscc": uscc,
                    "authority": "market-regulation", "violations": ["安全"],
                    "kinds": ["production_halted"], "procedure": "ordinary",
                    "decided_on": "2026-02-09",
                });
                lines.push(event(format!("p{n}"), "penalty.decided", START, uscc, data));
            }
            1 => lines.extend([lot(0), lot(1)]),
            _ => {
                let data = json!({
                    "kind": "identity_clash", "on": "2026-02-09", "grid": "GC-03-07",
                    "operator": { "uscc": uscc },
                });
                lines.push(event(format!("v{n}"), "patrol.reported", START, uscc, data));
            }
        }
    }
    lines
}

/// All tasks, in pages.
fn board(by: &By) -> (Board, Vec<Value>) {
    let (mut tasks, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = by.get(&format!("/api/v1/tasks?limit=200{cursor}"));
        tasks.extend(page["tasks"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let row = |task: &Value| {
        let version = task["version"].as_u64().unwrap();
        let stands = (word(task, "state"), version, word(task, "agency"), word(task, "ack_due_at"));
        (word(task, "id"), stands)
    };
    (tasks.iter().map(row).collect(), tasks)
}

/// Waits until nothing has moved for a while: the clock acts in parts, and a slow machine pauses.
fn still(by: &By) -> (Board, Vec<Value>) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let (mut last, mut alike) = (board(by), 0);
    loop {
        std::thread::sleep(Duration::from_millis(400));
        let now = board(by);
        alike = if now.0 == last.0 { alike + 1 } else { 0 };
        if alike == 3 {
            return now;
        }
        assert!(Instant::now() < deadline, "it does not come to rest");
        last = now;
    }
}

/// The board, once these tasks have so many acts each, and nothing moves any more.
fn acted(by: &By, expected: &[(&[String], usize)]) -> Board {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let (now, _) = still(by);
        let done =
            |(ids, acts): &(&[String], usize)| ids.iter().all(|id| now[id].1 >= *acts as u64);
        if expected.iter().all(done) || Instant::now() > deadline {
            return now;
        }
    }
}

fn pass(bench: &Bench, feeder: &By, firm: &Value, time: &str) {
    let data = json!({ "uscc": firm["uscc"], "month": "2026-01", "headcount": 9 });
    let line = event(format!("t{time}"), "staff.reported", time, &firm["uscc"], data);
    bench.feed(&[line], feeder);
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let (_, status) = bench.ask("GET", "/api/v1/status", &Value::Null);
        let reached = status["watermark"].as_str().and_then(::vestigo::time::Time::parse);
        if reached >= ::vestigo::time::Time::parse(time) {
            return;
        }
        assert!(Instant::now() < deadline, "{time} is not reached: {status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Several workers of an agency pull at once until they have so many between them.
fn pull(by: &By, workers: usize, rounds: usize) -> Vec<Value> {
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            let by = by.clone();
            std::thread::spawn(move || {
                let mut got = Vec::new();
                for _ in 0..rounds {
                    let body = r#"{"max":40,"lease_minutes":1440}"#;
                    let (status, pulled) = by.send("POST", "/api/v1/tasks/pull", &[], body);
                    assert_eq!(status, 200, "{pulled}");
                    got.extend(pulled["tasks"].as_array().unwrap().clone());
                }
                got
            })
        })
        .collect();
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
}

fn good(stepped: (u16, Value)) -> Value {
    assert_eq!(stepped.0, 200, "{}", stepped.1);
    stepped.1
}

/// The verbs of a task, in order.
fn verbs(by: &By, id: &str) -> Vec<String> {
    let task = by.get(&format!("/api/v1/tasks/{}", id.replace('/', "~")));
    task["steps"].as_array().unwrap().iter().map(|step| word(step, "verb")).collect()
}

/// The lines of the audit that tell of acts: by act, how often.
fn audited(bench: &Bench) -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(bench.service.path("state/audit/audit.ndjson")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut acts = BTreeMap::new();
    for line in lines.filter(|line| line["what"] == "act") {
        *acts.entry(word(&line["detail"], "act")).or_default() += 1;
    }
    acts
}

#[test]
fn four_agencies_live_a_month() {
    let firms = firms();
    let mut bench = Bench::start_with("[desk]\nclock = true\n");
    let feeder = bench.key(&["feeder"], None, &[""]);
    let chief = bench.key(&["dispatcher", "analyst"], None, &[""]);
    let key = |agency: &str| bench.key(&["investigator"], Some(agency), &[""]);
    let (market, food, coast) = (key("market-regulation"), key("food-drug"), key("anti-smuggling"));
    let city = key("city-command");
    bench.feed(&events(&firms), &feeder);
    bench.settle();
    let (first, tasks) = still(&chief);
    assert!(tasks.len() >= WARNINGS, "{} tasks of {WARNINGS} warnings", tasks.len());
    // What was raised before has terms of its own; nothing that begins now is touched yet.
    let begun = first.values().filter(|stands| stands.3.as_str() > START);
    assert!(begun.clone().count() >= WARNINGS, "{} tasks begin", begun.clone().count());
    assert!(begun.clone().all(|(state, version, ..)| state == "dispatched" && *version == 0));

    // Pulled by several at once: none twice.
    let mut held = pull(&market, 4, 1);
    held.extend(pull(&food, 3, 1));
    held.extend(pull(&coast, 3, 1));
    let ids: BTreeSet<String> = held.iter().map(|task| word(task, "id")).collect();
    assert_eq!(ids.len(), held.len(), "none was given to two");
    assert!(ids.len() >= 200, "{} of 400 that were asked for", ids.len());
    let done = worked(&held, [&market, &food, &coast, &chief]);
    let (before, _) = still(&chief);
    bench.restart();
    assert_eq!(still(&chief).0, before, "a kill in the middle changes nothing");
    assert_eq!(before.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>(), "none is lost");

    let levels: BTreeMap<String, String> =
        tasks.iter().map(|task| (word(task, "id"), word(task, "level"))).collect();
    let untouched = |kind: &str, agency: &str, level: &str| -> Vec<String> {
        let own = before.iter().filter(|(id, (state, version, has, _))| {
            id.starts_with(kind)
                && levels[*id] == level
                && has == agency
                && state == "dispatched"
                && *version == 0
        });
        own.map(|(id, _)| id.clone()).collect()
    };
    let orange = untouched("veto:", "market-regulation", "orange");
    let yellow = untouched("import_quality:", "food-drug", "yellow");
    assert!(orange.len() > 100 && yellow.len() > 100, "{} {}", orange.len(), yellow.len());
    clocks(&bench, (&feeder, &chief), &firms[0], (&orange, &yellow));

    // What was reported is left alone; what waits does not run out.
    for id in done.reported.iter().chain(&done.waiting).take(40) {
        let ends = verbs(&chief, id).last().cloned().unwrap_or_default();
        assert!(["report", "wait"].contains(&ends.as_str()), "{id}: {ends}");
    }
    // The upper level takes over.
    for id in orange.iter().take(5) {
        let task = city.get(&format!("/api/v1/tasks/{}", id.replace('/', "~")));
        let taken = good(city.step(&task, "ack", &json!({ "lease_minutes": 60 })));
        assert_eq!(
            (&taken["state"], &taken["agency"]),
            (&json!("acknowledged"), &json!("city-command"))
        );
        good(city.step(&taken, "start", &json!({})));
    }
    let (end, _) = still(&chief);
    let acts: u64 = end.values().map(|stands| stands.1).sum();
    let audit = audited(&bench);
    assert!(audit.values().all(|lines| *lines == 1), "each act once");
    assert_eq!(audit.len() as u64, acts, "every transition is in the audit");
    bench.restart();
    assert_eq!(still(&chief).0, end, "the same after a kill at the end");
    assert_eq!(audited(&bench).len() as u64, acts);
    let state = bench.service.path("state").display().to_string();
    let checked = command(&["audit", "verify", &state]).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let told = bench.service.messages();
    let escalated = told
        .iter()
        .filter(|one| one["type"] == "vestigo.task.v1" && one["data"]["act"] == "escalate");
    let escalated: BTreeSet<String> = escalated
        .map(|one| {
            assert_eq!(one["data"]["state"], "escalated");
            assert_eq!(one["data"]["agency"], "city-command");
            word(&one["data"], "id")
        })
        .collect();
    assert!(orange.iter().chain(&yellow).all(|id| escalated.contains(id)), "it was told");
    crate::web::terminate(&mut bench.child);
}

/// What became of tasks that were held.
struct Done {
    reported: Vec<String>,
    waiting: Vec<String>,
}

/// Held tasks are returned, transferred, released, stopped and reported, by turns.
fn worked(held: &[Value], [market, food, coast, chief]: [&By; 4]) -> Done {
    let mut done = Done { reported: Vec::new(), waiting: Vec::new() };
    for (n, task) in held.iter().enumerate().filter(|(n, _)| n % 4 == 0) {
        let by = match task["agency"].as_str().unwrap() {
            "market-regulation" => market,
            "food-drug" => food,
            _ => coast,
        };
        let id = word(task, "id");
        match n / 4 % 10 {
            0 => {
                let back = good(by.step(task, "return", &json!({ "reason": "another's" })));
                good(chief.step(&back, "dispatch", &json!({})));
            }
            1 => {
                let to = json!({ "reason": "wages", "agency": "human-resources" });
                assert_eq!(good(by.step(task, "transfer", &to))["state"], "transferred");
            }
            2 => {
                let why = json!({ "reason": "sample", "approver": "u9" });
                good(by.step(task, "wait", &why));
                done.waiting.push(id);
            }
            3 => {
                good(by.step(task, "escalate", &json!({ "reason": "beyond us" })));
            }
            _ => {
                let outcome = ["confirmed", "partly", "unfounded", "unverified"][n / 4 % 4];
                let finding = json!({ "outcome": outcome, "code": "on-site" });
                let told = json!({ "reason": "seen", "finding": finding });
                assert_eq!(good(by.step(task, "report", &told))["state"], "reported");
                done.reported.push(id);
            }
        }
        let again = by.step(task, "start", &json!({}));
        // Another agency's by now, out of sight, or not as it was seen.
        assert!([403, 404, 412].contains(&again.0), "what was seen is stale: {}", again.1);
    }
    done
}

/// Terms of untouched tasks end at the minute that the calendar says, over the festival.
fn clocks(
    bench: &Bench,
    (feeder, chief): (&By, &By),
    firm: &Value,
    (orange, yellow): (&[String], &[String]),
) {
    let days: [(&str, &[&str], &[&str]); 6] = [
        // The orange term to acknowledge ends on the 11th, the yellow one on the 12th, at 18:00.
        ("2026-02-11T13:59:59+08:00", &[], &[]),
        ("2026-02-11T14:00:00+08:00", &["remind"], &[]),
        ("2026-02-11T18:00:01+08:00", &["remind", "overdue"], &[]),
        ("2026-02-12T18:00:00+08:00", &["remind", "overdue", "escalate"], &["remind"]),
        // Nine days off: the third working day after the 12th is the 24th.
        (
            "2026-02-24T17:59:59+08:00",
            &["remind", "overdue", "escalate", "overdue"],
            &["remind", "overdue"],
        ),
        (
            "2026-02-24T18:00:00+08:00",
            &["remind", "overdue", "escalate", "overdue"],
            &["remind", "overdue", "escalate"],
        ),
    ];
    for (time, of_orange, of_yellow) in days {
        pass(bench, feeder, firm, time);
        let now = acted(chief, &[(orange, of_orange.len()), (yellow, of_yellow.len())]);
        for (ids, expected) in [(orange, of_orange), (yellow, of_yellow)] {
            for id in ids {
                let (state, version, agency, _) = &now[id];
                assert_eq!(*version, expected.len() as u64, "{id} at {time}: {state} {agency}");
                let up = expected.contains(&"escalate");
                assert_eq!(state == "escalated" && agency == "city-command", up, "{id} at {time}");
            }
            for id in ids.iter().step_by(40) {
                assert_eq!(verbs(chief, id), expected, "{id} at {time}");
            }
        }
    }
}
