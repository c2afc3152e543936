//! Do measures, matters and samples hold? Decided by persons, answered by agencies, kept over a kill.

use crate::api::{Bench, By, PASSWORD};
use crate::vestigo::command;
use crate::web::ask;
use serde_json::{Value, json};

/// A registered enterprise.
const FIRM: &str = "91469007MA5TKB431G";

/// Somebody who logged in.
struct Person {
    address: String,
    cookie: String,
    csrf: String,
}

impl Person {
    fn log_in(bench: &Bench, address: &str, name: &str, agency: &str) -> Self {
        let grant = json!({ "roles": ["investigator"], "agency": agency, "divisions": [""] });
        let account = json!({ "name": name, "password": PASSWORD, "grant": grant });
        let (status, made) = bench.ask("POST", "/api/v1/accounts", &account);
        assert_eq!(status, 201, "{made}");
        let login = json!({ "name": name, "password": PASSWORD }).to_string();
        let kind = [("Content-Type", "application/json")];
        let (status, head, body) = ask(address, "POST", "/api/v1/session", &kind, &login).unwrap();
        assert_eq!(status, 200, "{body}");
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let session = value.split(';').next()?.trim();
            name.eq_ignore_ascii_case("set-cookie").then(|| session.to_owned())
        });
        let me: Value = serde_json::from_str(&body).unwrap();
        let csrf = me["csrf"].as_str().unwrap().to_owned();
        Self { address: address.to_owned(), cookie: cookie.unwrap(), csrf }
    }

    fn send(&self, method: &str, path: &str, tag: &str, body: &Value) -> (u16, Value) {
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("X-CSRF-Token", self.csrf.as_str()),
            ("Content-Type", "application/json"),
            ("If-Match", tag),
        ];
        let body = body.to_string();
        let (status, _, body) = ask(&self.address, method, path, &headers, &body).unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    fn step(&self, task: &Value, verb: &str, body: &Value) -> (u16, Value) {
        let path = format!("{}/{verb}", path(task));
        self.send("POST", &path, task["etag"].as_str().unwrap(), body)
    }
}

fn path(task: &Value) -> String {
    format!("/api/v1/tasks/{}", task["id"].as_str().unwrap().replace('/', "~"))
}

fn good((status, value): (u16, Value)) -> Value {
    assert!((200..300).contains(&status), "{status} {value}");
    value
}

fn events() -> Vec<String> {
    let event = |id: &str, kind: &str, time: &str, data: Value| {
        json!({
            "specversion": "1.0", "id": id, "source": "urn:test:joint", "type": kind,
            "time": time, "subject": FIRM, "data": data,
        })
        .to_string()
    };
    let founded = json!({
        "uscc": FIRM, "name": "海南砚池财税代理有限公司", "entity_type": "1130",
        "established_on": "2019-04-11", "division": "469007100",
        "domicile": "海南省东方市八所镇鲸港大道9号鹭洲大厦A座12层1203室",
        "legal_rep": { "name": "某人" },
    });
    let halted = json!({
        "doc_no": "东市监罚〔2026〕7号", "uscc": FIRM, "authority": "market-regulation",
        "violations": ["安全"], "kinds": ["production_halted"], "procedure": "ordinary",
        "decided_on": "2026-02-09",
    });
    vec![
        event("1", "registration.established", "2026-01-20T09:00:00+08:00", founded),
        event("2", "penalty.decided", "2026-02-10T10:00:00+08:00", halted),
    ]
}

#[test]
fn agencies_act_together_as_a_person_decided() {
    let mut bench = Bench::start_with("");
    let feeder = bench.key(&["feeder"], None, &[""]);
    let chief = bench.key(&["dispatcher", "analyst"], None, &[""]);
    let machine = bench.key(&["investigator"], Some("market-regulation"), &[""]);
    let tax = bench.key(&["investigator"], Some("tax"), &[""]);
    let ann = Person::log_in(&bench, &chief.0, "ann", "market-regulation");
    bench.feed(&events(), &feeder);
    bench.settle();
    let tasks = chief.all("/api/v1/tasks", "tasks");
    let task = tasks.iter().find(|task| task["id"].as_str().unwrap().starts_with("veto:"));
    let task = task.expect("a halted production is a veto").clone();

    let closed = decided(&ann, &machine, &tax, &chief, &task);
    let warning = chief.get(&format!("/api/v1/warnings/{}", closed["warning"].as_str().unwrap()));
    assert_eq!(warning["ruling"]["effect"], "closed", "{warning}");
    assert_eq!(warning["ruling"]["level"], Value::Null);
    assert_eq!(warning["state"], "open", "the warning itself follows from events");
    let found = chief.all("/api/v1/warnings?ruling=closed", "warnings");
    assert!(found.iter().all(|one| one["id"] == warning["id"]) && found.len() == 1);
    let none = chief.get(&format!("{}/proposals", path(&task)));
    assert_eq!(none["measures"], json!([]), "nothing is proposed on what was not so");

    matters(&ann, &tax, &task);
    samples(&bench, &chief);
    let all = || {
        let paths = ["/api/v1/matters", "/api/v1/samples", "/api/v1/warnings?ruling=closed"];
        let mut told: Vec<Value> = paths.iter().map(|path| chief.get(path)).collect();
        told.push(chief.get(&path(&task)));
        told
    };
    let before = all();
    bench.restart();
    assert_eq!(all(), before, "the same after a kill");
    crate::web::terminate(&mut bench.child);
}

/// A measure from its proposal to its feedback, and the finding that ends it.
fn decided(ann: &Person, machine: &By, tax: &By, chief: &By, task: &Value) -> Value {
    let proposed = machine.get(&format!("{}/proposals", path(task)));
    let ids: Vec<&str> = proposed["measures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&"key_supervision"), "{ids:?}");
    let taken = good(ann.step(task, "ack", &json!({ "lease_minutes": 600 })));
    let asks =
        |id: &str| json!({ "reason": "实地检查", "measure": { "id": id, "agencies": ["tax"] } });
    let (status, problem) = machine.step(&taken, "initiate", &asks("key_supervision"));
    assert_eq!(status, 403, "a machine decides nothing: {problem}");
    let (status, _) = ann.step(&taken, "initiate", &asks("suspend_registration_fundraising"));
    assert_eq!(status, 403, "another agency's power");
    let (status, _) = ann.step(&taken, "initiate", &asks("no_such_measure"));
    assert_eq!(status, 422);
    assert_eq!(machine.step(&taken, "overdue", &json!({})).0, 403, "the clock's");
    let begun = good(ann.step(&taken, "initiate", &asks("key_supervision")));
    let measure = &begun["measures"][0];
    assert_eq!((&begun["state"], &measure["in_force"]), (&json!("acknowledged"), &json!(true)));
    assert!(measure["until"].is_string() && !measure["basis"].as_str().unwrap().is_empty());

    assert_eq!(measure["allowed"], json!(["push", "lift"]));

    let answer = json!({ "measure": { "id": "key_supervision", "accepts": true } });
    assert_eq!(tax.step(&begun, "respond", &answer).0, 409, "it was not pushed yet");
    let pushed = good(ann.step(&begun, "push", &json!({ "measure": { "id": "key_supervision" } })));
    assert_eq!(tax.step(&pushed, "report", &json!({})).0, 403, "a partner works on its own part");
    let answered = good(tax.step(&pushed, "respond", &answer));
    assert_eq!(answered["measures"][0]["allowed"], json!(["feedback"]), "of the one who asks");
    assert_eq!(tax.step(&answered, "respond", &answer).0, 409, "once");
    let did = json!({ "reason": "已核查发票", "measure": { "id": "key_supervision" } });
    let told = good(tax.step(&answered, "feedback", &did));
    assert_eq!(told["measures"][0]["agencies"][0]["stage"], "fed_back", "{told}");

    let finding = json!({ "outcome": "unfounded", "code": "on-site" });
    let report = json!({ "reason": "已复产", "finding": finding });
    let reported = good(ann.step(&told, "report", &report));
    good(chief.step(&reported, "close", &json!({})))
}

/// A referral through its stages.
fn matters(ann: &Person, tax: &By, task: &Value) {
    let open = json!({
        "kind": "referral", "subject": FIRM, "task": task["id"], "reason": "涉嫌犯罪",
    });
    let opened = good(ann.send("POST", "/api/v1/matters", "*", &open));
    assert_eq!(
        (&opened["stage"], &opened["agency"]),
        (&json!("decide"), &json!("market-regulation"))
    );
    // By the clock of events: three days from the 10th end with the 13th.
    assert_eq!(opened["due_at"], "2026-02-14T00:00:00+08:00");
    let path = format!("/api/v1/matters/{}", opened["id"].as_str().unwrap());
    let end = |outcome: &str, version: u32| {
        let body = json!({ "outcome": outcome, "version": version });
        ann.send("POST", &format!("{path}/end"), "*", &body)
    };
    assert_eq!(end("nonsense", 1).0, 422);
    let next = good(end("transfer", 1));
    assert_eq!((&next["stage"], &next["version"]), (&json!("transfer"), &json!(2)));
    assert_eq!(end("done", 1).0, 412, "somebody ended it since");
    assert_eq!(tax.send("GET", &path, &[], "").0, 404, "another agency's");
    for (version, outcome) in [(2, "done"), (3, "filed"), (4, "done")] {
        good(end(outcome, version));
    }
    let closed = good(ann.send("GET", &path, "*", &Value::Null));
    assert_eq!((&closed["stage"], closed["steps"].as_array().unwrap().len()), (&Value::Null, 5));
    assert_eq!(end("done", 5).0, 409, "it is closed");
    let wrong = json!({ "kind": "wish", "subject": FIRM });
    assert_eq!(ann.send("POST", "/api/v1/matters", "*", &wrong).0, 422);
}

/// A list, its digest, a draw, and its check.
fn samples(bench: &Bench, chief: &By) {
    let make = |body: Value| chief.send("POST", "/api/v1/samples", &[], &body.to_string());
    let listed = good(make(json!({ "division": "469007" })));
    assert_eq!((&listed["id"], &listed["listed"]), (&Value::Null, &json!(1)));
    let list = listed["list"].as_str().unwrap();
    assert_eq!(list, format!("{FIRM},D,0,0,\n"), "a veto is class D");
    let officers = json!([{ "id": "K1" }, { "id": "K2", "avoid": [FIRM] }]);
    let ask = |digest: &Value| {
        make(json!({
            "division": "469007", "seed": "SSQ-2026018", "list_digest": digest,
            "officers": officers, "reason": "第一季度",
        }))
    };
    assert_eq!(ask(&json!("0")).0, 409, "another list");
    let made = good(ask(&listed["list_digest"]));
    assert_eq!((&made["sample"]["drawn"], &made["sample"]["short"]), (&json!(1), &json!(1)));
    assert_eq!(made["draw"]["enterprises"][0]["officers"][0]["id"], "K1");
    let (draw, rows) = (bench.service.path("draw.json"), bench.service.path("list.csv"));
    std::fs::write(&draw, made.to_string()).unwrap();
    std::fs::write(&rows, list).unwrap();
    let (draw, rows) = (draw.display().to_string(), rows.display().to_string());
    let checked = command(&["sample", "verify", &draw, "--list", &rows]).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}
