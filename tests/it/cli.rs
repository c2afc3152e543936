//! Does the command line keep its promises? Exit codes, stdout as data, errors with a place.

use crate::vestigo::{city, done, piped, root, shared, vestigo};
use serde_json::Value;

fn code(arguments: &[&str]) -> Option<i32> {
    vestigo(arguments).status.code()
}

#[test]
fn exit_codes_are_as_documented() {
    let (_, results) = city();
    let results = results.display().to_string();
    assert_eq!(code(&["warnings", &results]), Some(0));
    assert_eq!(code(&["explain", "nobody", "--out", &results]), Some(1));
    assert_eq!(code(&["frobnicate"]), Some(2));
    assert_eq!(
        code(&["run", "pipelines/batch.toml", "--events", "/nowhere", "--out", "x"]),
        Some(65)
    );
    assert_eq!(code(&["warnings", "/nowhere"]), Some(74));
    assert_eq!(code(&["run", "README.md", "--events", "x", "--out", "x"]), Some(78));
    assert_eq!(
        code(&["run", "pipelines/batch.toml", "--out", "x"]),
        Some(78),
        "no events are named"
    );
}

/// It makes cities of its own: nothing of the environment is wanted.
#[test]
fn the_benchmark_runs_as_the_manual_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told.json");
    let cities = ["--seeds", "3", "--enterprises", "300", "--days", "300", "--conditions", "mixed"];
    let mut arguments = vec!["benchmark"];
    arguments.extend(cities);
    let path = told.display().to_string();
    arguments.extend(["--json", &path]);
    let table = done(&arguments);
    assert!(table.contains("mixed"), "{table}");
    let rows: Value = serde_json::from_slice(&std::fs::read(&told).unwrap()).unwrap();
    assert_eq!(rows[0]["cities"][0]["seed"], 3);
}

#[test]
fn a_faulty_pipeline_file_is_shown_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    let text = std::fs::read_to_string(root().join("pipelines/batch.toml")).unwrap();
    std::fs::write(&path, text.replace("horizon_years", "horizon_yeers")).unwrap();
    let output = vestigo(&["run", &path.display().to_string(), "--events", "x", "--out", "x"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("horizon_yeers") && said.contains("p.toml:"), "{said}");
}

#[test]
fn validate_points_at_the_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e.ndjson");
    let good = r#"{"specversion":"1.0","id":"1","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{"uscc":"91469007MA5TKB1082","matter":"m","on":"2026-01-01"}}"#;
    let bad =
        good.replace("2026-01-01\"}}", "2026-02-30\"}}").replace("\"id\":\"1\"", "\"id\":\"2\"");
    std::fs::write(&path, format!("{good}\n{bad}\n")).unwrap();
    let path = path.display().to_string();
    let output = vestigo(&["validate", &path]);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("data.on") && shown.contains("e.ndjson:2"), "{shown}");
    let listed = vestigo(&["validate", &path, "--format", "ndjson"]);
    let fault: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&fault["line"], &fault["class"]), (&2.into(), &"invalid_value".into()));
}

#[test]
fn every_division_code_resolves_through_a_uscc() {
    let output = done(&["parse", "uscc", "91469007MA5TKB1082"]);
    let code: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(code["valid"], true);
    assert_eq!(code["org_code"], "MA5TKB108");
    assert!(code["registered_first_in"].as_str().unwrap().contains("东方"), "{code}");
}

#[test]
fn the_toolbox_reads_lines_and_writes_objects() {
    let output = piped(
        &["parse", "address"],
        "东方市八所镇鲸港大道66号1楼铺面\n\n海南省东方市八所镇鲸港大道66号一楼铺面\n",
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let addresses: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(addresses.len(), 2);
    assert_eq!(addresses[0]["floor"], 1);
    assert_eq!(addresses[0]["road"], addresses[1]["road"]);
    let output = done(&["match", "names", "东方鹭汀海鲜餐饮有限公司", "东方鹭庭渔家餐饮有限公司"]);
    let found: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(found["level"], "sound", "{found}");
    let output = done(&["parse", "phone", "+86 139 0000 1201"]);
    let phone: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(phone["digits"], "13900001201");
}

#[test]
fn control_prints_the_published_pairs() {
    let Some(folder) = shared("data/company-control") else { return };
    let table = folder.join("own.csv").display().to_string();
    let output = done(&["control", &table, "--format", "ndjson"]);
    let mut ours: Vec<String> = output
        .lines()
        .map(|line| {
            let pair: Value = serde_json::from_str(line).unwrap();
            let share = (pair["share"].as_f64().unwrap() * 1e6).round();
            format!(
                "{},{},{share}",
                pair["controller"].as_str().unwrap(),
                pair["controlled"].as_str().unwrap()
            )
        })
        .collect();
    let expected = std::fs::read_to_string(folder.join("expected_control.csv")).unwrap();
    let mut theirs: Vec<String> = expected
        .lines()
        .skip(1)
        .map(|line| {
            let (pair, share) = line.rsplit_once(',').unwrap();
            format!("{pair},{}", (share.parse::<f64>().unwrap() * 1e6).round())
        })
        .collect();
    ours.sort();
    theirs.sort();
    assert_eq!(theirs.len(), 51);
    assert_eq!(ours, theirs);
}

#[test]
fn explain_shows_a_warning_and_its_enterprise() {
    let (_, results) = city();
    let warnings = crate::vestigo::objects(results, "warnings");
    let warning = warnings
        .iter()
        .find(|w| w["kind"] == "vest_switch" && w["state"] == "open")
        .expect("a switch");
    let out = results.display().to_string();
    let tree = done(&["explain", warning["id"].as_str().unwrap(), "--out", &out, "--lang", "en"]);
    assert!(tree.contains("vest_switch") && tree.contains("├─ + "), "{tree}");
    let subject = warning["subject"].as_str().unwrap();
    let tree = done(&["explain", subject, "--out", &out]);
    assert!(tree.contains("index") && tree.contains("succession"), "{tree}");
}
