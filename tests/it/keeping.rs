//! Is everything still there when the journal was archived, and can the rejected be mended?

use crate::live::{Service, assert_messages_agree, assert_same_results, city, fine, loaded, next};
use crate::vestigo::{journaled, piped, vestigo};
use crate::web::{await_ready, free_address, get, post, terminate};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

/// Small segments, all of them old at once.
const RETENTION: &str = "retention = { days = 0 }\nsegment_bytes = 60000\n";

fn with_retention(service: &Service) {
    let path = service.path("pipeline.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("[persons]", &format!("{RETENTION}[persons]"), 1)).unwrap();
}

fn segments(service: &Service) -> Vec<u64> {
    let found = vestigo::journal::segments(&service.path("state/journal")).unwrap();
    found.into_iter().map(|(first, _)| first).collect()
}

/// Runs the program; gives its exit code, stdout and stderr.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = vestigo(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// `source#id` of every event that a dump shows.
fn dumped(service: &Service) -> Vec<String> {
    let journal = service.path("state/journal").display().to_string();
    let (code, out, err) = run(&["journal", "dump", &journal, "--records", "--format", "ndjson"]);
    assert_eq!(code, Some(0), "{err}");
    let rows = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let events = rows.filter(|row| row["record"] == "event");
    let part = |row: &Value, key: &str| row["what"][key].as_str().unwrap().to_owned();
    events.map(|row| format!("{}#{}", part(&row, "source"), part(&row, "id"))).collect()
}

#[test]
fn killed_while_it_archives_it_ends_as_if_all_were_in_the_journal() {
    let lines = city(15);
    let calm = loaded("1", &lines);
    calm.finish();
    let service = loaded("2", &lines);
    with_retention(&service);
    let places = ["archive_written", "archive_noted", "snapshot_rename", "after_fsync"];
    let (mut seed, mut kills) = (17, 0);
    for round in 0..10 {
        let place = format!("{}:{}", places[round % places.len()], 1 + next(&mut seed) % 3);
        let mut child = service.start(Some(&place));
        let deadline = Instant::now() + Duration::from_millis(900 + next(&mut seed) % 2_000);
        while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().ok();
        kills += u32::from(!child.wait().unwrap().success());
    }
    service.finish();
    assert!(kills > 3, "{kills} kills disturb nothing");
    assert_same_results(&calm, &service, "archived");
    assert_messages_agree(&service);
    let moved = segments(&service)[0];
    assert!(moved > 1, "nothing was archived: {}", service.log());
    let (mut a, mut b) = (dumped(&calm), dumped(&service));
    a.sort();
    b.sort();
    assert_eq!(a, b, "every event once, in the archive or in the journal");
    assert!(journaled(&service.path("state/journal")).len() < b.len());
    eprintln!("{kills} kills; the journal begins with epoch {moved}");

    // Without a snapshot the archive is replayed.
    fs::remove_dir_all(service.path("state/snapshots")).unwrap();
    fs::remove_dir_all(service.path("out")).unwrap();
    service.finish();
    assert_same_results(&calm, &service, "replayed from the archive");
    // What the stop left waiting is told by the next run: then a snapshot owes nothing.
    service.finish();

    // Without the archive a snapshot is enough, and without both the start says what is missing.
    fs::rename(service.path("state/archive"), service.path("elsewhere")).unwrap();
    service.finish();
    assert_same_results(&calm, &service, "from a snapshot alone");
    let journal = service.path("state/journal").display().to_string();
    let (code, out, err) = run(&["journal", "dump", &journal, "--format", "ndjson"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("were removed from the journal") && !out.is_empty(), "{err}");
    fs::rename(service.path("state/snapshots"), service.path("snapshots")).unwrap();
    let status = service.start(None).wait().unwrap();
    assert_eq!(status.code(), Some(65), "{}", service.log());
    assert!(service.log().contains("put its files and its manifest back"), "{}", service.log());
    fs::rename(service.path("elsewhere"), service.path("state/archive")).unwrap();
    let (code, _, err) = run(&["journal", "verify", &journal]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("archive: "), "{err}");
    let file = fs::read_dir(service.path("state/archive")).unwrap();
    let file = file.map(|e| e.unwrap().path()).find(|p| p.extension().unwrap() == "parquet");
    let file = file.unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, bytes).unwrap();
    let (code, _, err) = run(&["journal", "verify", &journal]);
    assert_eq!(code, Some(1), "{err}");
}

#[test]
fn rejected_records_are_listed_shown_and_mended() {
    const CITIZEN: &str = "11010519491231002X";
    let address = free_address();
    let service = Service::new("1", &format!("[http]\naddress = {address:?}\n"));
    let mut child = service.start(None);
    await_ready(&address);
    let good = fine("1", "", 90_000_000, "2025-03-02T08:00:00Z");
    let bad = good.replace("\"severity\":\"serious\"", "\"severity\":\"odd\"");
    let bad = bad.replace("\"authority\":\"A\"", &format!("\"authority\":\"A {CITIZEN}\""));
    assert_ne!(bad, good);
    let body = format!("{bad}\nno json\n");
    assert_eq!(post(&address, "application/x-ndjson", body.as_bytes()).unwrap().0, 422);
    let url = format!("http://{address}");
    let list = |more: &[&str]| {
        let arguments = [&["dead-letters", "list", "--format", "ndjson"], more].concat();
        let (code, out, err) = run(&arguments);
        assert_eq!(code, Some(0), "{err}");
        let rows = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.collect::<Vec<_>>()
    };
    // They are answered when they are on disk, and listed a moment later.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut all = list(&["--url", &url]);
    while all.len() < 2 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
        all = list(&["--url", &url]);
    }
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(!format!("{all:?}").contains(CITIZEN), "masked: {all:?}");
    let malformed = list(&["--url", &url, "--class", "malformed"]);
    assert_eq!((malformed.len(), &malformed[0]["original"]), (1, &"no json".into()));
    assert_eq!(list(&["--url", &url, "--source", "elsewhere"]).len(), 0);
    assert_eq!(list(&["--url", &url, "--limit", "1"]), all[..1]);
    let at = all[0]["at"].as_str().unwrap();
    assert_eq!(list(&["--url", &url, "--since", at]).len(), 2);
    assert_eq!(list(&["--url", &url, "--until", at]).len(), 0);
    assert_eq!(run(&["dead-letters", "list", "--url", &url, "--class", "odd"]).0, Some(65));

    let id = all[0]["id"].as_str().unwrap();
    let (code, out, _) = run(&["dead-letters", "show", id, "--url", &url]);
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), all[0]);
    assert_eq!(run(&["dead-letters", "show", "dl-9-9", "--url", &url]).0, Some(1));
    assert_eq!(run(&["dead-letters", "replay", id, "--url", &url]).0, Some(1), "as bad as before");
    let mended = service.path("mended.json");
    fs::write(&mended, &good).unwrap();
    let mended = mended.display().to_string();
    let (code, out, err) = run(&["dead-letters", "mend", id, "--with", &mended, "--url", &url]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("accepted"), "{out}");
    let again = piped(&["dead-letters", "mend", id, "--with", "-", "--url", &url], &good);
    assert!(String::from_utf8_lossy(&again.stdout).contains("duplicate"));
    assert_eq!(
        run(&["dead-letters", "mend", "dl-9-9", "--with", &mended, "--url", &url]).0,
        Some(1)
    );
    let status: Value = serde_json::from_str(&get(&address, "/api/v1/status").unwrap().1).unwrap();
    assert_eq!(status["outlets"][0]["name"], "ndjson");
    assert_eq!(status["outlets"][0]["state"], "working");
    let all = list(&["--url", &url]);
    terminate(&mut child);

    // The same from the folder of the service that has ended, which stays as it is.
    let (code, _, err) = run(&["dead-letters", "list", "--url", &url]);
    assert_eq!(code, Some(74));
    assert!(err.contains("--state"), "{err}");
    let state = service.path("state").display().to_string();
    let pipeline = service.path("pipeline.toml").display().to_string();
    assert_eq!(list(&["--state", &state]), all);
    assert_eq!(list(&["--pipeline", &pipeline]), all);
    assert_eq!(list(&["--state", &state, "--class", "malformed"]), malformed);
    let (code, out, _) = run(&["dead-letters", "show", id, "--state", &state]);
    assert_eq!((code, serde_json::from_str::<Value>(&out).unwrap()), (Some(0), all[0].clone()));
    assert_eq!(run(&["dead-letters", "show", "dl-9-9", "--state", &state]).0, Some(1));
    let linked = vestigo::journal::Reader::open(&service.path("state/journal")).unwrap().epochs(1);
    let sources =
        linked.flat_map(|epoch| epoch.unwrap().records).filter_map(|record| match record {
            vestigo::journal::Record::Event { source, .. } => Some(source.to_string()),
            _ => None,
        });
    assert_eq!(sources.collect::<Vec<_>>(), [format!("mended:{id}")]);
}
