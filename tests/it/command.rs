//! Do the whole city's numbers agree with its parts? Load, payments, ways, shore, feeds, map.

use crate::live::{Service, city};
use crate::web::{await_ready, free_address, get, post, terminate};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn read(address: &str, path: &str) -> Value {
    let (status, body) = get(address, path).unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn all(address: &str, path: &str, key: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(address, &format!("/api/v1/{path}?limit=200{cursor}"));
        found.extend(page[key].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Waits until nothing waits and what is told stays the same for some looks.
fn settle(address: &str) {
    let deadline = Instant::now() + Duration::from_mins(3);
    let (mut last, mut same) = (Value::Null, 0);
    while same < 4 {
        let status = read(address, "/api/v1/status");
        let now = serde_json::json!([status["epochs"], read(address, "/api/v1/load")]);
        let any = !now[1]["agencies"].as_array().unwrap().is_empty();
        same = if now == last && any && status["waiting_events"] == 0 { same + 1 } else { 0 };
        last = now;
        assert!(Instant::now() < deadline, "it does not settle");
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn load_agrees(address: &str) {
    let tasks = all(address, "tasks", "tasks");
    let load = read(address, "/api/v1/load");
    assert!(load["by_events"].as_bool().unwrap(), "the pipeline's ticks are events");
    for (key, place) in [("agencies", "agency"), ("divisions", "division")] {
        let mut open: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for task in &tasks {
            let named = task["subject_name"].is_string() || task["subject"].is_null();
            assert!(named && task["kind"].is_string(), "{task}");
            let done = ["reported", "closed", "recalled"].iter().any(|s| task["state"] == **s);
            let count = open.entry(task[place].as_str().unwrap()).or_default();
            count.0 += u64::from(!done);
            count.1 += u64::from(!done && task["overdue"] == true);
        }
        let told = load[key].as_array().unwrap();
        assert_eq!(told.len(), open.len(), "{key}");
        for one in told {
            let count = (one["open"].as_u64().unwrap(), one["overdue"].as_u64().unwrap());
            assert_eq!(open[one["id"].as_str().unwrap()], count, "{one}");
            assert!(one["forecast"].is_null(), "nobody reported anything yet");
        }
    }
}

fn payments_agree(address: &str) {
    let mut seen = 0;
    for firm in all(address, "enterprises", "enterprises") {
        let path = format!("/api/v1/enterprises/{}", firm["uscc"].as_str().unwrap());
        let page = read(address, &format!("{path}/payments"));
        let rows = page["payments"].as_array().unwrap();
        seen += rows.len();
        let sum = |direction: &str| -> i64 {
            let rows = rows.iter().filter(|row| row["direction"] == direction);
            rows.map(|row| row["amount_fen"].as_i64().unwrap()).sum()
        };
        // Of one that pays very often the oldest are sums.
        let whole = page["folded"] == 0;
        for (told, direction) in [("in_fen", "in"), ("out_fen", "out")] {
            let told = page[told].as_i64().unwrap();
            assert!(told == sum(direction) || (!whole && told > sum(direction)), "{path}");
        }
        let times: Vec<&str> = rows.iter().map(|row| row["at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
        assert!(rows.iter().all(|row| row["account"].as_str().unwrap().starts_with("****")));
        let paid = read(address, &format!("{path}/flows"));
        for edge in paid["paid"].as_array().unwrap() {
            let to = rows.iter().filter(|r| r["other"] == edge["to"] && r["direction"] == "out");
            let sum: i64 = to.map(|row| row["amount_fen"].as_i64().unwrap()).sum();
            let told = edge["amount_fen"].as_i64().unwrap();
            assert!(told == sum || (!whole && told >= sum), "ledger and relation: {edge}");
        }
    }
    assert!(seen > 100, "there are payments");
}

fn ways_lead_there(address: &str) {
    let pairs = all(address, "pairs", "pairs");
    assert!(!pairs.is_empty(), "there are pairs");
    for pair in pairs.iter().take(5) {
        let ends = [&pair["predecessor"], &pair["successor"]].map(|end| end.as_str().unwrap());
        let found = read(address, &format!("/api/v1/paths?from={}&to={}", ends[0], ends[1]));
        let paths = found["paths"].as_array().unwrap();
        assert!(!paths.is_empty() && paths.len() <= 3);
        assert!(paths[0]["edges"].as_array().unwrap().len() == 1, "a pair is a relation");
        for path in paths {
            let nodes = path["nodes"].as_array().unwrap();
            let edges = path["edges"].as_array().unwrap();
            assert_eq!(nodes[0]["uscc"], ends[0]);
            assert_eq!(nodes.last().unwrap()["uscc"], ends[1]);
            assert_eq!(nodes.len(), edges.len() + 1);
            for (edge, two) in edges.iter().zip(nodes.windows(2)) {
                let there = edge["from"] == two[0]["uscc"] && edge["to"] == two[1]["uscc"];
                let back = edge["to"] == two[0]["uscc"] && edge["from"] == two[1]["uscc"];
                assert!(there || back, "{path}");
            }
        }
    }
}

/// What a chain says stands in the ledger, in order of time.
fn chains_are_in_the_ledger(address: &str) {
    let mut seen = 0;
    for firm in all(address, "enterprises", "enterprises") {
        let from = firm["uscc"].as_str().unwrap();
        let page = read(address, &format!("/api/v1/enterprises/{from}/flows"));
        for edge in page["paid"].as_array().unwrap().iter().take(2) {
            let to = edge["to"].as_str().unwrap();
            let path = format!("/api/v1/chains?from={from}&to={to}&hops=2&days=366");
            let chains = read(address, &path)["chains"].as_array().unwrap().clone();
            let folded =
                read(address, &format!("/api/v1/enterprises/{from}/payments"))["folded"].as_u64();
            assert!(!chains.is_empty() || folded > Some(0), "{from} paid {to}");
            for chain in chains {
                let hops = chain["hops"].as_array().unwrap();
                assert_eq!(
                    (&hops[0]["from"], &hops.last().unwrap()["to"]),
                    (&firm["uscc"], &edge["to"])
                );
                let times: Vec<&str> = hops.iter().map(|hop| hop["at"].as_str().unwrap()).collect();
                assert!(times.is_sorted_by(|a, b| a < b), "{chain}");
                assert!(hops.windows(2).all(|two| two[0]["to"] == two[1]["from"]), "{chain}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "there are chains");
}

#[test]
fn the_whole_agrees_with_its_parts() {
    let address = free_address();
    let folder = tempfile::tempdir().unwrap();
    let map = folder.path().join("map.geojson");
    std::fs::write(&map, r#"{"type":"FeatureCollection","features":[]}"#).unwrap();
    let more = format!(
        "[http]\naddress = \"{address}\"\nmap = {:?}\n[clock]\nticks = \"events\"\n",
        map.display().to_string()
    );
    let service = Service::new("2", &more);
    let mut child = service.start(None);
    await_ready(&address);
    let lines = city(5);
    for chunk in lines.chunks(2_000) {
        let sent = post(&address, "application/x-ndjson", chunk.join("\n").as_bytes());
        assert_eq!(sent.unwrap().0, 202);
    }
    settle(&address);
    load_agrees(&address);
    payments_agree(&address);
    ways_lead_there(&address);
    chains_are_in_the_ledger(&address);
    let shore = read(&address, "/api/v1/shore");
    let seen: u64 =
        shore["cells"].as_array().unwrap().iter().map(|c| c["sightings"].as_u64().unwrap()).sum();
    assert_eq!(shore["total"], seen);
    let feeds = read(&address, "/api/v1/feeds");
    for feed in feeds["feeds"].as_array().unwrap() {
        let late = feed["late"].as_array().unwrap();
        let sum: u64 = late.iter().map(|step| step["facts"].as_u64().unwrap()).sum();
        assert_eq!(feed["facts"], sum, "{feed}");
    }
    assert_eq!(read(&address, "/api/v1/map")["type"], "FeatureCollection");
    let chain = read(&address, "/api/v1/audit/check");
    assert_eq!(chain["whole"], true);
    assert_eq!(get(&address, "/api/v1/paths?from=x&to=y").unwrap().0, 404);
    terminate(&mut child);
}
