//! Are the results what they must be? Form and truth of every line, on a city and on the contract.

use crate::vestigo::{city, done, objects, run, shared, summary};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// `source#id` of every line of a city.
fn event_ids(events: &Path) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for entry in std::fs::read_dir(events).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "ndjson") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            if let Ok(event) = serde_json::from_str::<Value>(line)
                && let (Some(source), Some(id)) = (event["source"].as_str(), event["id"].as_str())
            {
                ids.insert(format!("{source}#{id}"));
            }
        }
    }
    ids
}

#[test]
fn every_warning_has_three_lines_of_evidence_whose_events_exist() {
    let (events, results) = city();
    let ids = event_ids(events);
    let warnings = objects(results, "warnings");
    assert!(warnings.len() > 20, "a city gives warnings");
    for warning in &warnings {
        let evidence = list(warning, "evidence");
        assert!(
            evidence.len() >= 3,
            "{} {}: {} lines",
            warning["kind"],
            warning["id"],
            evidence.len()
        );
        for line in evidence.iter().chain(list(warning, "against")) {
            for language in ["zh", "en"] {
                assert!(!line["statement"][language].as_str().unwrap().is_empty(), "{line}");
            }
            for event in list(line, "events") {
                assert!(ids.contains(event.as_str().unwrap()), "{event} is no event");
            }
        }
        for line in evidence {
            assert!(!list(line, "events").is_empty(), "{}: {line}", warning["kind"]);
        }
    }
}

#[test]
fn contributions_add_up_to_the_score() {
    let (events, results) = city();
    let ids = event_ids(events);
    let indices = objects(results, "index");
    assert!(indices.len() > 1_000);
    for index in &indices {
        let sum: i64 =
            list(index, "contributions").iter().map(|c| c["points"].as_i64().unwrap()).sum();
        assert_eq!(index["score"].as_i64(), Some(sum), "{}", index["uscc"]);
        assert!((0..=1000).contains(&sum));
        for event in list(index, "contributions").iter().flat_map(|c| list(c, "events")) {
            assert!(ids.contains(event.as_str().unwrap()), "{event} is no event");
        }
    }
}

#[test]
fn nobody_but_enterprises_is_scored_or_warned_about() {
    let (_, results) = city();
    let sole_trader = |value: &Value| value.as_str().is_some_and(|code| code.starts_with("92"));
    for index in objects(results, "index") {
        assert!(!sole_trader(&index["uscc"]));
    }
    for warning in objects(results, "warnings") {
        assert!(!list(&warning, "subjects").iter().any(sole_trader), "{warning}");
    }
    for pair in objects(results, "successions") {
        assert!(!list(&pair, "chain").iter().any(sole_trader), "{pair}");
        assert!(!sole_trader(&pair["predecessor"]) && !sole_trader(&pair["successor"]));
    }
}

#[test]
fn tasks_belong_to_warnings_and_fall_due_in_order() {
    let (_, results) = city();
    let warnings = objects(results, "warnings");
    let tasks = objects(results, "tasks");
    assert!(!tasks.is_empty());
    for task in &tasks {
        let warning = warnings.iter().find(|w| w["id"] == task["warning"]).expect("its warning");
        let recalled = task["state"] == "recalled";
        assert!(recalled || warning["state"] == "open", "{task}");
        assert!(task["ack_due_at"].as_str() <= task["judge_due_at"].as_str(), "{task}");
    }
    for warning in warnings.iter().filter(|w| w["state"] == "open") {
        let mut own = tasks.iter().filter(|task| task["warning"] == warning["id"]);
        assert!(own.any(|task| task["state"] == "dispatched"), "nobody acts on {}", warning["id"]);
    }
}

#[test]
fn switches_are_found_and_decoys_left_alone() {
    let (events, results) = city();
    let truth = events.join("truth.json").display().to_string();
    let report = done(&["evaluate", &truth, &results.display().to_string(), "--format", "json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let pairs = &report[0]["successions"];
    let figure = |key: &str| pairs[key].as_f64().unwrap_or_else(|| panic!("no {key} in {pairs}"));
    assert!(figure("precision") >= 0.8, "{pairs:#}");
    assert!(figure("recall") >= 0.8, "{pairs:#}");
}

#[test]
fn the_contracts_examples_are_accepted_whole() {
    let Some(examples) = shared("contract/examples.ndjson") else { return };
    let out = tempfile::tempdir().unwrap();
    run(&examples.display().to_string(), out.path(), &[]);
    let summary = summary(out.path());
    assert_eq!((&summary["read"], &summary["accepted"]), (&71.into(), &71.into()), "{summary:#}");
    let pairs = objects(out.path(), "successions");
    let found = pairs.iter().find(|p| p["successor"] == "91469007MA5TKB2126").expect("the switch");
    assert_eq!(found["predecessor"], "91469007MA5TKB1082");
    assert!(found["level"] == "red" || found["level"] == "orange", "{found:#}");
    // A branch and its company are one legal person.
    let branch = |p: &&Value| p["predecessor"] == "91469007MA5TKE43XW";
    assert!(pairs.iter().filter(branch).all(|p| p["successor"] != "91469007MA5TKB1082"));
    // A declared merger and a sole trader's conversion are no switches.
    for successor in ["91469007MA5TKE106H", "91469007MA5TKE210M"] {
        assert!(pairs.iter().all(|p| p["successor"] != successor || p["level"].is_null()));
    }
}

#[test]
fn no_personal_number_is_in_any_result() {
    let Some(invalid) = shared("contract/invalid.ndjson") else { return };
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("bad.ndjson");
    let lines: Vec<String> = std::fs::read_to_string(invalid)
        .unwrap()
        .lines()
        .map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            case["line"].as_str().unwrap().to_owned()
        })
        .collect();
    std::fs::write(&events, lines.join("\n")).unwrap();
    let out = folder.path().join("out");
    run(&events.display().to_string(), &out, &[]);
    let numbers: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| {
            line.split("\"id_no\":\"").skip(1).filter_map(|rest| rest.split('"').next())
        })
        .collect();
    assert!(!numbers.is_empty());
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for number in &numbers {
            assert!(!text.contains(number), "a personal number is in {}", path.display());
        }
    }
    let summary = summary(&out);
    let [read, accepted, duplicate, dead] =
        ["read", "accepted", "duplicate", "dead"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(read, accepted + duplicate + dead);
}
