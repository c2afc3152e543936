//! Does the service keep to its own document, whatever is sent?
//!
//! schemathesis (PyPI) reads the OpenAPI document and sends what fits it and what does not, to
//! objects that exist and to others. `VESTIGO_FUZZ_EXAMPLES=200 VESTIGO_FUZZ_SEED=7 cargo test
//! --test it contract::` is a longer run; the figures are printed.

use crate::api::{Bench, By};
use crate::live::city;
use crate::vestigo::python;
use crate::web::terminate;
use serde_json::Value;
use std::process::Command;

/// The version whose findings are known.
const PACKAGE: &str = "schemathesis==4.32.5";
/// No failure of ours, no answer that the document does not know, nothing taken that it forbids.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,\
                      negative_data_rejection,unsupported_method,allow_header_conformance";
/// It never ends; `api.rs` follows it.
const STREAM: &str = "/api/v1/stream";

fn set(name: &str, usual: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| usual.to_owned())
}

/// Objects that exist, for the paths that name one.
fn known(by: &By) -> String {
    let first = |path: &str, key: &str, field: &str| {
        let page = by.get(&format!("/api/v1/{path}?limit=1"));
        page[key][0][field].as_str().unwrap().to_owned()
    };
    let pair = first("pairs", "pairs", "id");
    let (from, to) = pair.split_once("..").unwrap();
    let operations = [
        ("enterprises/\\{uscc\\}", format!("uscc = {from:?}")),
        ("warnings/\\{id\\}", format!("id = {:?}", first("warnings", "warnings", "id"))),
        ("pairs/\\{id\\}", format!("id = {pair:?}")),
        ("tasks/\\{id\\}", format!("id = {:?}", first("tasks", "tasks", "id").replace('/', "~"))),
        ("(paths|chains)$", format!("from = {from:?}, to = {to:?}")),
    ];
    let table = |(path, parameters): (&str, String)| {
        format!(
            "[[operations]]\ninclude-path-regex = '^/api/v1/{path}'\n\
             parameters = {{ {parameters} }}\n"
        )
    };
    operations.map(table).concat()
}

/// One run; what it tells, once it found nothing.
fn run(by: &By, config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schemathesis.toml");
    std::fs::write(&file, config).unwrap();
    let program = python(&[PACKAGE]).with_file_name("schemathesis");
    let output = Command::new(program)
        .arg("--config-file")
        .arg(&file)
        .args(["run", &format!("http://{}/api/v1/openapi.json", by.0)])
        .args(["--header", &format!("Authorization: Bearer {}", by.1)])
        .args(["--checks", CHECKS, "--phases", "coverage,fuzzing"])
        .args(["--max-examples", &set("VESTIGO_FUZZ_EXAMPLES", "5")])
        .args(["--seed", &set("VESTIGO_FUZZ_SEED", "1")])
        .args(["--exclude-path", STREAM, "--request-timeout", "20", "--continue-on-failure"])
        .args(["--workers", "2", "--warnings", "off", "--no-color"])
        // Ids with a slash cannot stand in a path: the tool throws many examples away.
        .args(["--suppress-health-check", "filter_too_much,too_slow"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

#[test]
fn the_document_holds_for_whatever_is_sent() {
    let mut bench = Bench::start_with("");
    let feeder = bench.key(&["feeder"], None, &[""]);
    bench.feed(&city(5), &feeder);
    bench.settle();
    let all = ["viewer", "investigator", "dispatcher", "analyst", "operator", "auditor", "feeder"];
    let by = bench.key(&all, None, &[""]);

    let document: Value = serde_json::from_str(&vestigo::http::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
    for config in ["", &known(&by)] {
        let told = run(&by, config);
        let tested = format!("Tested: {}", operations - 1);
        assert!(told.contains(&tested), "all but the stream: {told}");
        let figures = told.lines().filter(|line| line.contains("generated"));
        println!("{operations} operations:{}", figures.collect::<String>());
    }
    by.get("/api/v1/warnings");
    let log = bench.service.log();
    assert!(!log.contains("panicked"), "{log}");
    terminate(&mut bench.child);
}
