//! Does another model judge when two people agreed, and only then? Against the real binary.

use crate::api::{Bench, By};
use crate::live::{Service, city};
use crate::vestigo::{command, root};
use crate::web::{free_address, terminate};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A service on a shelf of its own: the shipped version, and a stricter one.
pub(crate) fn service(more: &str) -> Service {
    let service = Service::new("2", more);
    let shelf = service.path("models");
    copy(&root().join("models/calendar"), &shelf.join("calendar"));
    copy(&root().join("models/dongfang/2026.1"), &shelf.join("dongfang/2026.1"));
    copy(&root().join("models/dongfang/2026.1"), &shelf.join("dongfang/strict"));
    edit(&shelf.join("dongfang/strict/model.toml"), "\"dongfang/2026.1\"", "\"dongfang/strict\"");
    edit(&shelf.join("dongfang/strict/indicators.toml"), "grade_b = 16", "grade_b = 9");
    let old = root().join("models/dongfang/2026.1").display().to_string();
    let new = shelf.join("dongfang/2026.1").display().to_string();
    edit(&service.path("pipeline.toml"), &old, &new);
    service
}

pub(crate) fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

fn model(by: &By) -> String {
    by.get("/api/v1/models/promotions")["model"].as_str().unwrap().to_owned()
}

/// Waits until everything stands under a model.
fn until(by: &By, bench: &Bench, id: &str) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let (_, status) = bench.ask("GET", "/api/v1/status", &Value::Null);
        if status["model"].as_str().unwrap().starts_with(&format!("{id}@")) {
            assert_eq!(model(by), status["model"].as_str().unwrap());
            return;
        }
        assert!(Instant::now() < deadline, "{id} does not judge: {status} {}", bench.service.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn grades(by: &By) -> Vec<Value> {
    let firms = by.all("/api/v1/enterprises", "enterprises");
    let told = |firm: &Value| {
        let index = &firm["index"];
        (index["grade"].is_string()).then(|| json!([firm["uscc"], index["grade"], index["score"]]))
    };
    firms.iter().filter_map(told).collect()
}

const STRICT: &str = "/api/v1/models/dongfang~strict/promotions";

fn propose(by: &By, path: &str) -> Value {
    let (status, made) = by.send("POST", path, &[], r#"{"reason":"more inspections in B"}"#);
    assert_eq!((status, &made["state"]), (201, &json!("proposed")), "{made}");
    made
}

fn decide(by: &By, one: &Value, act: &str, reason: &str) -> (u16, Value) {
    let path = format!("/api/v1/models/promotions/{}/{act}", one["id"].as_str().unwrap());
    let etag = one["etag"].as_str().unwrap();
    by.send("POST", &path, &[("If-Match", etag)], &json!({ "reason": reason }).to_string())
}

fn bench() -> Bench {
    let address = free_address();
    let more = format!("[http]\naddress = \"{address}\"\n[access]\n");
    Bench::over(service(&more), address)
}

#[test]
fn a_model_is_proposed_by_one_approved_by_another_and_survives_a_kill() {
    let mut bench = bench();
    let (feeder, ann) = (bench.key(&["feeder"], None, &[""]), bench.key(&["analyst"], None, &[""]));
    let bob = bench.key(&["dispatcher"], None, &[""]);
    bench.feed(&city(5), &feeder);
    bench.settle();
    let (first, old) = (grades(&ann), model(&ann));
    assert!(old.starts_with("dongfang/2026.1@"));

    // Who may, and what cannot be proposed.
    assert_eq!(bob.send("POST", STRICT, &[], r#"{"reason":"x"}"#).0, 403, "a dispatcher decides");
    assert_eq!(ann.send("POST", STRICT, &[], r#"{"reason":" "}"#).0, 422);
    for (version, status) in
        [("dongfang~strickt", 409), ("..~models", 409), ("dongfang~2026.1", 409)]
    {
        let path = format!("/api/v1/models/{version}/promotions");
        assert_eq!(ann.send("POST", &path, &[], r#"{"reason":"x"}"#).0, status, "{version}");
    }
    assert_eq!(ann.send("POST", "/api/v1/models/rollback", &[], r#"{"reason":"x"}"#).0, 409);

    // One person alone changes nothing, nor does somebody who saw something else.
    let one = propose(&ann, STRICT);
    let path = format!("/api/v1/models/promotions/{}/approve", one["id"].as_str().unwrap());
    assert_eq!(bob.send("POST", &path, &[], r#"{"reason":"x"}"#).0, 428);
    assert_eq!(bob.send("POST", &path, &[("If-Match", "\"m0\"")], r#"{"reason":"x"}"#).0, 412);
    let (status, own) = decide(&ann, &one, "approve", "");
    assert_eq!(status, 403, "{own}");
    assert_eq!(feeder.send("GET", "/api/v1/models/promotions", &[], "").0, 403);
    assert_eq!(model(&ann), old);
    bench.restart();
    assert_eq!(ann.get("/api/v1/models/promotions")["promotions"][0], one, "it waits on disk");

    // Another one agrees: everything is judged anew, and a kill does not undo it.
    let (status, approved) = decide(&bob, &one, "approve", "seen the backtest");
    assert_eq!((status, &approved["state"]), (200, &json!("approved")), "{approved}");
    let (status, again) = decide(&bob, &one, "approve", "");
    assert_eq!((status, &again["current"]["promotion"]["state"]), (412, &json!("approved")));
    until(&ann, &bench, "dongfang/strict");
    let strict = grades(&ann);
    assert_ne!(first, strict, "it judges otherwise");
    bench.restart();
    until(&ann, &bench, "dongfang/strict");
    assert_eq!(grades(&ann), strict, "the journal wins over the pipeline file");
    fs::remove_dir_all(bench.service.path("state/snapshots")).ok();
    bench.restart();
    until(&ann, &bench, "dongfang/strict");
    assert_eq!(grades(&ann), strict, "from the journal alone too");
    let about = ann.get("/api/v1/models");
    assert!(about.to_string().contains("dongfang/strict@"), "{about}");

    // The folder's reload is not a way around the second person.
    let id = bench.child.id().to_string();
    std::process::Command::new("kill").args(["-HUP", &id]).status().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(model(&ann).starts_with("dongfang/strict@"));
    assert!(bench.service.log().contains("promote another one"), "{}", bench.service.log());

    // And back, from the copy: the folder may be gone.
    fs::remove_dir_all(bench.service.path("models/dongfang/strict")).unwrap();
    let back = propose(&ann, "/api/v1/models/rollback");
    assert_eq!((&back["kind"], &back["model"]), (&json!("rollback"), &json!(old)));
    assert_eq!(decide(&bob, &back, "approve", "too many").0, 200);
    until(&ann, &bench, "dongfang/2026.1");
    assert_eq!(grades(&ann), first);
    let history = ann.get("/api/v1/models/promotions")["promotions"].clone();
    let told: Vec<&str> =
        history.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(told, ["rollback", "promote"]);
    assert_eq!(history[0]["decision"], "too many");
    terminate(&mut bench.child);

    let journal = bench.service.path("state/journal").display().to_string();
    let reader = ::vestigo::journal::Reader::open(Path::new(&journal)).unwrap();
    let switches: Vec<(String, String)> = reader
        .epochs(1)
        .flat_map(|epoch| epoch.unwrap().records)
        .filter_map(|record| match record {
            ::vestigo::journal::Record::Model { author, reason, .. } => Some((author, reason)),
            _ => None,
        })
        .collect();
    assert_eq!(switches.len(), 3, "{switches:?}");
    assert_eq!(switches[1].0, one["proposed_by"].as_str().unwrap());
    let approver = approved["decided_by"].as_str().unwrap();
    assert!(switches[1].1.starts_with("more inspections in B ("), "{switches:?}");
    assert!(switches[1].1.contains(&format!("approved by {approver}")), "{switches:?}");
}

#[test]
fn what_changed_since_it_was_proposed_is_not_switched_to() {
    let mut bench = bench();
    let ann = bench.key(&["analyst"], None, &[""]);
    let (bob, server) = (bench.key(&["analyst"], None, &[""]), format!("http://{}", bench.address));
    let old = model(&ann);
    let run = |arguments: &[&str], by: &By| {
        let mut run = command(&[&["model"], arguments, &["--server", server.as_str()]].concat());
        let output = run.args(["--format", "json"]).env("VESTIGO_API_KEY", &by.1).output().unwrap();
        let shown = serde_json::from_slice::<Value>(&output.stdout).unwrap_or(Value::Null);
        (output.status.code(), shown[0].clone(), String::from_utf8(output.stderr).unwrap())
    };
    let (_, one, _) = run(&["promote", "dongfang/strict", "--reason", "a try"], &ann);
    let id = one["id"].as_str().unwrap();
    let file = bench.service.path("models/dongfang/strict/indicators.toml");
    edit(&file, "grade_b = 9", "grade_b = 10");
    let (code, _, said) = run(&["approve", id], &bob);
    let said = said.replace(['\n', '│', ' '], "");
    assert_eq!(code, Some(65), "{said}");
    assert!(said.contains("proposeitanew"), "{said}");
    assert_eq!(model(&ann), old, "nothing was switched");
    // It waits still: with the old files it is what was proposed.
    let (code, rejected, _) = run(&["reject", id, "--reason", "another is coming"], &ann);
    assert_eq!((code, &rejected["state"]), (Some(0), &json!("rejected")));
    let (_, two, _) = run(&["promote", "dongfang/strict", "--reason", "as it is now"], &ann);
    assert_ne!(one["digest"], two["digest"]);

    // The pipeline's own folder is loaded again meanwhile: it was proposed against another model.
    edit(
        &bench.service.path("models/dongfang/2026.1/indicators.toml"),
        "grade_b = 16",
        "grade_b = 15",
    );
    let process = bench.child.id().to_string();
    std::process::Command::new("kill").args(["-HUP", &process]).status().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while model(&ann) == old {
        assert!(Instant::now() < deadline, "not switched: {}", bench.service.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(decide(&bob, &two, "approve", "").0, 412, "another model judges");
    let (code, _, said) = run(&["approve", two["id"].as_str().unwrap()], &bob);
    let said = said.replace(['\n', '│', ' '], "");
    assert!(code == Some(65) && said.contains("412"), "{said}");
    let (_, three, _) = run(&["promote", "dongfang/strict", "--reason", "against that"], &ann);
    let (code, done, said) = run(&["approve", three["id"].as_str().unwrap()], &bob);
    assert_eq!((code, &done["state"]), (Some(0), &json!("approved")), "{said}");
    until(&ann, &bench, "dongfang/strict");
    let all = ann.get("/api/v1/models/promotions")["promotions"].clone();
    let states: Vec<&str> =
        all.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["approved", "overtaken", "rejected"]);
    terminate(&mut bench.child);
}

#[test]
fn without_accounts_there_are_no_two_people() {
    let address = free_address();
    let service = service(&format!("[http]\naddress = \"{address}\"\n"));
    let mut child = service.start(None);
    crate::web::await_ready(&address);
    let local = By(address.clone(), String::new());
    let (status, said) = local.send("POST", STRICT, &[], r#"{"reason":"x"}"#);
    assert_eq!(status, 403, "{said}");
    assert!(said["detail"].as_str().unwrap().contains("[access]"), "{said}");
    terminate(&mut child);
}
