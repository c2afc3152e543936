//! Does a model that runs beside another say what it would say alone, and change nothing?

use crate::api::{Bench, By};
use crate::live::city;
use crate::promote::{edit, service};
use crate::web::{ask, await_ready, free_address, post, terminate};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

const SHADOW: &str = "/api/v1/models/shadow?limit=200";

fn grades(by: &By) -> BTreeMap<String, String> {
    let firms = by.all("/api/v1/enterprises", "enterprises");
    let told = |firm: &Value| {
        let grade = firm["index"]["grade"].as_str()?;
        Some((firm["uscc"].as_str()?.to_owned(), grade.to_owned()))
    };
    firms.iter().filter_map(told).collect()
}

#[test]
fn a_shadow_says_what_the_model_says_when_it_judges() {
    let address = free_address();
    let service = service(&format!("[http]\naddress = \"{address}\"\n[access]\n"));
    let strict = service.path("models/dongfang/strict").display().to_string();
    service.append(&format!("[shadow]\nmodel = {strict:?}\n"));
    let mut bench = Bench::over(service, address);
    let (feeder, ann) = (bench.key(&["feeder"], None, &[""]), bench.key(&["analyst"], None, &[""]));
    let operator = bench.key(&["operator"], None, &[""]);
    let nowhere = bench.key(&["analyst"], None, &["11"]);
    bench.feed(&city(5), &feeder);
    bench.settle();

    let seen = ann.get(SHADOW);
    assert!(seen["shadow"].as_str().unwrap().starts_with("dongfang/strict@"), "{seen}");
    let apart = seen["disagreements"].as_array().unwrap().clone();
    assert!(apart.len() > 3, "a lower cut puts some into B: {seen}");
    assert_eq!(seen["disagree"], apart.len());
    assert_eq!(seen["grades"][0][1].as_u64().unwrap(), apart.len() as u64, "all from A to B");
    let mut expected = grades(&ann);
    for one in &apart {
        let uscc = one["uscc"].as_str().unwrap();
        assert_eq!(one["live"]["grade"], expected[uscc].as_str(), "{one}");
        assert_eq!(one["live"]["score"], one["shadow"]["score"], "only the cut is another");
        expected.insert(uscc.to_owned(), one["shadow"]["grade"].as_str().unwrap().to_owned());
    }
    let hidden = nowhere.get(SHADOW);
    assert_eq!((&hidden["disagreements"], &hidden["disagree"]), (&json!([]), &seen["disagree"]));
    assert_eq!(feeder.send("GET", SHADOW, &[], "").0, 403);
    let bearer = format!("Bearer {}", operator.1);
    let (_, _, text) =
        ask(&bench.address, "GET", "/metrics", &[("Authorization", &bearer)], "").unwrap();
    let series = format!("vestigo_shadow_enterprises{{live=\"A\",shadow=\"B\"}} {}", apart.len());
    assert!(text.contains(&series), "{series}");

    bench.restart();
    assert_eq!(ann.get(SHADOW), seen, "a kill changes nothing");

    // Now it judges itself.
    let reason = r#"{"reason":"the shadow showed it"}"#;
    let (_, one) = ann.send("POST", "/api/v1/models/dongfang~strict/promotions", &[], reason);
    let path = format!("/api/v1/models/promotions/{}/approve", one["id"].as_str().unwrap());
    let headers = [("If-Match", one["etag"].as_str().unwrap())];
    let bob = bench.key(&["analyst"], None, &[""]);
    assert_eq!(bob.send("POST", &path, &headers, "{}").0, 200);
    let deadline = Instant::now() + Duration::from_mins(1);
    while !bench.ask("GET", "/api/v1/status", &Value::Null).1["model"]
        .as_str()
        .unwrap()
        .starts_with("dongfang/strict@")
    {
        assert!(Instant::now() < deadline, "{}", bench.service.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(grades(&ann), expected, "what the shadow said, the model says");
    let alone = ann.get(SHADOW);
    assert_eq!((&alone["disagree"], &alone["enterprises"]), (&json!(0), &seen["enterprises"]));
    terminate(&mut bench.child);
}

/// A companion that knows one indicator.
fn companion(indicator: &str) -> String {
    format!(
        "intercept = -3.0\n[plan]\nmodel = \"m@1\"\nmoments = []\nchecked_at = \"2025-01-01\"\n\
         horizon_days = 180\nl2 = 1.0\n[[feature]]\nindicator = {indicator:?}\nweight = 1.5\n\
         [[feature.bins]]\nwoe = -0.2\nrows = 900\ncases = 20\n\
         [[feature.bins]]\nfrom = 1\nwoe = 1.4\nrows = 90\ncases = 30\n"
    )
}

/// Those with points of its indicator have the larger chance, all others the smaller.
fn companion_stands_beside(by: &By) {
    let mut chances: BTreeMap<bool, Vec<f64>> = BTreeMap::new();
    for firm in by.all("/api/v1/enterprises?score_min=1", "enterprises") {
        let path = format!("/api/v1/enterprises/{}/index", firm["uscc"].as_str().unwrap());
        let page = by.get(&path);
        let lines = page["now"]["contributions"].as_array().unwrap();
        let has = lines.iter().any(|line| line["indicator"] == "R01" && line["points"] != 0);
        chances.entry(has).or_default().push(page["companion"]["chance"].as_f64().unwrap());
    }
    let of = |log_odds: f64| 1.0 / (1.0 + (-log_odds).exp());
    for (has, expected) in [(false, of(-3.0 - 0.3)), (true, of(-3.0 + 2.1))] {
        assert!(!chances[&has].is_empty(), "{chances:?}");
        assert!(chances[&has].iter().all(|chance| (chance - expected).abs() < 0.01), "{chances:?}");
    }
}

#[test]
fn a_shadow_that_comes_later_learns_everything_and_changes_nothing() {
    let address = free_address();
    let service = service(&format!("[http]\naddress = \"{address}\"\n"));
    let scorecard = service.path("scorecard.toml");
    service.append(&format!("[companion]\npath = {:?}\n", scorecard.display().to_string()));
    fs::write(&scorecard, companion("X99")).unwrap();
    let status = service.start(None).wait().unwrap();
    assert!(!status.success() && service.log().contains("X99"), "{}", service.log());
    fs::write(&scorecard, companion("R01")).unwrap();
    let by = By(address.clone(), String::new());
    let mut child = service.start(None);
    await_ready(&address);
    for chunk in city(5).chunks(1_000) {
        let sent = post(&address, "application/x-ndjson", chunk.join("\n").as_bytes());
        assert_eq!(sent.unwrap().0, 202);
    }
    let (status, none) = by.send("GET", SHADOW, &[], "");
    assert_eq!(status, 404, "{none}");
    terminate(&mut child);
    let (index, warnings) = (service.result("index"), service.result("warnings"));

    let strict = service.path("models/dongfang/strict").display().to_string();
    service.append(&format!("[shadow]\nmodel = {strict:?}\n"));
    let mut child = service.start(None);
    await_ready(&address);
    terminate(&mut child);
    assert!(service.log().contains("learns everything first"), "{}", service.log());
    assert!(index == service.result("index") && warnings == service.result("warnings"));

    // It is saved, restored, and left out again.
    fs::write(service.path("log"), "").unwrap();
    let mut child = service.start(None);
    await_ready(&address);
    let deadline = Instant::now() + Duration::from_mins(1);
    let seen = loop {
        // What the journal holds after the snapshot is worked off behind the reads.
        let seen = by.get(SHADOW);
        if seen["enterprises"] == index.lines().count() {
            break seen;
        }
        assert!(Instant::now() < deadline, "{} of {}", seen["enterprises"], index.lines().count());
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(seen["disagree"].as_u64() > Some(3), "{seen}");
    assert!(!service.log().contains("learns everything first"), "the snapshot has it");
    companion_stands_beside(&by);
    terminate(&mut child);
    let pipeline = service.path("pipeline.toml");
    edit(&pipeline, &format!("[shadow]\nmodel = {strict:?}\n"), "");
    let mut child = service.start(None);
    await_ready(&address);
    assert_eq!(by.send("GET", SHADOW, &[], "").0, 404);
    terminate(&mut child);
    assert_eq!(index, service.result("index"));
}
