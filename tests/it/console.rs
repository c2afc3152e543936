//! Does the console get what it needs? The document that its types are made from, the board's
//! parts, and a city that is handed in as time goes.

use crate::live::{Service, city};
use crate::vestigo::{command, root};
use crate::web::{await_ready, free_address, get, terminate};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

fn read(address: &str, path: &str) -> Value {
    let (status, body) = get(address, path).unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn total(address: &str, query: &str) -> u64 {
    let page = read(address, &format!("/api/v1/warnings?limit=1&count=true{query}"));
    page["total"].as_u64().unwrap()
}

#[test]
fn the_types_of_the_console_are_made_from_the_document_that_is_served() {
    let kept = fs::read_to_string(root().join("dashboards/console/openapi.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let served: Value = serde_json::from_str(&vestigo::http::document()).unwrap();
    if kept != served {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        fs::write(&path, served.to_string()).unwrap();
        panic!(
            "dashboards/console/openapi.json is not what is served: copy \"{}\" over it, then \
             `npm run types` there",
            path.display()
        );
    }
}

fn feed(address: &str, file: &str, more: &[&str]) -> Value {
    let url = format!("http://{address}");
    let fixed = ["feed", file, "--url", &url];
    let output = command(&[&fixed[..], more].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn settle(address: &str) {
    let deadline = Instant::now() + Duration::from_mins(2);
    let mut last = 0;
    loop {
        let now = total(address, "");
        if now == last && now > 0 {
            return;
        }
        last = now;
        assert!(Instant::now() < deadline, "it does not settle");
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn a_city_is_handed_in_as_time_goes_and_the_board_tells_whose_turn_it_is() {
    let address = free_address();
    let more = format!("[clock]\nticks = \"events\"\n[http]\naddress = \"{address}\"\n");
    let service = Service::new("2", &more);
    let mut child = service.start(None);
    await_ready(&address);
    assert_eq!(read(&address, "/api/v1/setup")["needed"], false, "there are no accounts");
    let (status, page) = get(&address, "/alerts").unwrap();
    assert!(status == 200 && page.contains("<title>Vestigo</title>"), "{status}");

    let mut lines = city(5);
    let count = lines.len() as u64;
    // The order of the file does not matter across files: the newest comes last.
    let newer = lines.split_off(lines.len() / 2);
    for (name, part) in [("b.ndjson", &lines), ("a.ndjson", &newer)] {
        fs::write(service.path(name), part.join("\n")).unwrap();
    }
    let files = service.path("?.ndjson").display().to_string();
    let fed = feed(&address, &files, &["--live-days", "2", "--days-per-minute", "240"]);
    let taken = fed["accepted"].as_u64().unwrap() + fed["duplicate"].as_u64().unwrap();
    assert_eq!(taken + fed["rejected"].as_u64().unwrap(), count, "{fed}");
    let again = feed(&address, &files, &["--days-per-minute", "0"]);
    assert_eq!(again["accepted"], 0, "what is there is not taken again: {again}");
    settle(&address);

    let all = total(&address, "");
    let (mine, free) = (total(&address, "&duty=mine"), total(&address, "&duty=unassigned"));
    assert!(mine == 0 && free > 0 && free <= all, "{mine} {free} {all}");
    let page = read(&address, "/api/v1/warnings?duty=unassigned&limit=1");
    assert!(page.get("total").is_none(), "it is counted when asked");
    let warning = &page["warnings"][0];
    assert!((1..=3).contains(&warning["reasons"].as_array().unwrap().len()), "{warning}");
    let task = &warning["tasks"][0];
    let path = task["id"].as_str().unwrap().replace('/', "~");
    let tag = task["etag"].as_str().unwrap();
    let url = format!("/api/v1/tasks/{path}/ack");
    let (status, _, told) =
        crate::web::ask(&address, "POST", &url, &[("If-Match", tag)], r#"{"lease_minutes":60}"#)
            .unwrap();
    assert_eq!(status, 200, "{told}");
    let held = read(&address, "/api/v1/warnings?duty=mine&count=true");
    assert_eq!((&held["total"], &held["warnings"][0]["id"]), (&1.into(), &warning["id"]));
    for task in read(&address, "/api/v1/warnings?duty=overdue")["warnings"].as_array().unwrap() {
        let tasks = task["tasks"].as_array().unwrap();
        assert!(tasks.iter().any(|task| task["overdue"] == true), "{task}");
    }
    let (status, _) = get(&address, "/api/v1/warnings?duty=yours").unwrap();
    assert_eq!(status, 400);
    terminate(&mut child);
}
