//! Does the shipped Kafka pipeline carry a city from topic to topic, also when it is killed?

use super::broker::shared;
use super::client::{consume_all, create_topic, produce_lines};
use crate::live::city;
use crate::vestigo::{command, journaled, objects};
use crate::web::{await_ready, free_address, get, terminate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

fn start(folder: &Path, address: &str) -> Child {
    let path = |name: &str| folder.join(name).display().to_string();
    let log = std::fs::File::options().create(true).append(true).open(path("log")).unwrap();
    command(&["run", "pipelines/city-kafka.toml"])
        .env("VESTIGO_KAFKA", shared().address())
        .env("VESTIGO_STATE", path("state"))
        .env("VESTIGO_OUT", path("out"))
        .env("VESTIGO_LISTEN", address)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Records of the source that are in the journal, as the metrics of this process and the ones
/// before it tell: by the journal itself.
fn wait_for(folder: &Path, address: &str, events: usize) {
    let until = Instant::now() + Duration::from_mins(2);
    loop {
        let found = journaled(&folder.join("state/journal")).len();
        if found >= events {
            return;
        }
        let log = || std::fs::read_to_string(folder.join("log")).unwrap();
        assert!(Instant::now() < until, "{found} of {events} events\n{}", log());
        assert!(get(address, "/health/live").is_some(), "it has ended\n{}", log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_shipped_pipeline_goes_from_topic_to_topic_over_kills() {
    let lines: Vec<String> = city(14);
    let good: BTreeSet<String> = lines
        .iter()
        .filter_map(|line| {
            let event: Value = serde_json::from_str(line).ok()?;
            Some(format!("{}#{}", event["source"].as_str()?, event["id"].as_str()?))
        })
        .collect();
    let (brokers, topic) = (shared().address(), "vestigo.events.v1");
    create_topic(&brokers, topic, 3);
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let half = lines.len() / 2;
    produce_lines(&brokers, topic, 3, &lines[..half]);
    let mut child = start(folder.path(), &address);
    await_ready(&address);
    for pause in [300, 700] {
        std::thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        child = start(folder.path(), &address);
        await_ready(&address);
    }
    produce_lines(&brokers, topic, 3, &lines[half..]);
    // Some lines of a city are bad on purpose.
    wait_for(folder.path(), &address, good.len() * 9 / 10);
    std::thread::sleep(Duration::from_secs(2));
    terminate(&mut child);

    let kept = journaled(&folder.path().join("state/journal"));
    let unique: BTreeSet<String> = kept.iter().cloned().collect();
    assert_eq!(kept.len(), unique.len(), "an event stands twice in the journal");
    let out = folder.path().join("out");
    let dead = objects(&out, "dead_letters").len();
    let missing = good.difference(&unique).count();
    assert!(missing <= dead, "{missing} events are nowhere, {dead} are dead letters");

    // The last message about each warning says what the results say; no id has two contents.
    let mut by_id = BTreeMap::new();
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    for record in consume_all(&brokers, "vestigo.warning.v1") {
        let header = |name: &str| {
            let found = record.headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        let data: Value = serde_json::from_slice(&record.value).unwrap();
        let known = by_id.insert(header("ce_id"), data.clone());
        assert!(known.is_none_or(|known| known == data), "{} twice", header("ce_id"));
        assert_eq!(header("ce_type"), "vestigo.warning.v1");
        last.insert(data["id"].as_str().unwrap().to_owned(), data);
    }
    let warnings = objects(&out, "warnings");
    assert!(warnings.len() > 5);
    assert_eq!(warnings.len(), last.len());
    for warning in warnings {
        let said = &last[warning["id"].as_str().unwrap()];
        for field in ["level", "state", "updated_at", "evidence"] {
            assert_eq!(said[field], warning[field], "{}: {field}", warning["id"]);
        }
    }
}
