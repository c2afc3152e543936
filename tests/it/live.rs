//! Does a service lose, repeat or change anything when it is killed?
//!
//! The short version runs with all tests; `VESTIGO_KILL_ROUNDS=200 cargo test --test it live::` is
//! the long one. The figures are printed.

use crate::vestigo::{LISTS, command, journaled, objects, root, simulate};
use crate::web::{await_ready, free_address, get, post, terminate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A service with folders of its own.
pub(crate) struct Service {
    pub(crate) folder: tempfile::TempDir,
    workers: &'static str,
}

/// A number from a seed: the next of a small generator (SplitMix64).
pub(crate) fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Service {
    /// Reads the files of its `inbox`; `more` is added to the pipeline file.
    pub(crate) fn new(workers: &'static str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let model = root().join("models/dongfang/2026.1").display().to_string();
        fs::create_dir(path("inbox")).unwrap();
        let text = format!(
            "name = \"test\"\ndescription = \"a test\"\nmodel = {model:?}\n\
             [state]\npath = {:?}\n[persons]\nkey = \"env:VESTIGO_TEST_KEY\"\n\
             [retention]\nhorizon_years = 10\n[stages]\nflow = true\n\
             [results]\npath = {:?}\n\
             [[outlets]]\nkind = \"ndjson\"\npath = {:?}\n{more}",
            path("state"),
            path("out"),
            path("messages"),
        );
        fs::write(folder.path().join("pipeline.toml"), text).unwrap();
        Self { folder, workers }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Reads the inbox once and ends.
    pub(crate) fn once() -> String {
        "[snapshots]\nevery_epochs = 7\n[intake]\nepoch_events_max = 300\n".to_owned()
    }

    pub(crate) fn inbox(&self) -> String {
        format!(
            "[[sources]]\nkind = \"files\"\npaths = [{:?}]\nonce = true\nbatch_events = 150\n",
            self.path("inbox").display().to_string()
        )
    }

    pub(crate) fn append(&self, more: &str) {
        let path = self.path("pipeline.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + more).unwrap();
    }

    pub(crate) fn start(&self, crash_at: Option<&str>) -> Child {
        let pipeline = self.path("pipeline.toml").display().to_string();
        let mut command = command(&["run", &pipeline, "--workers", self.workers]);
        if let Some(place) = crash_at {
            command.env("VESTIGO_CRASH_AT", place);
        }
        let log = fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Runs to the end of its files.
    pub(crate) fn finish(&self) {
        let status = self.start(None).wait().unwrap();
        assert!(status.success(), "{status}: {}", self.log());
    }

    pub(crate) fn result(&self, name: &str) -> String {
        fs::read_to_string(self.path("out").join(format!("{name}.ndjson"))).unwrap()
    }

    /// All messages, by topic's file, in order.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.path("messages")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "ndjson") {
                let text = fs::read_to_string(path).unwrap();
                found.extend(text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()));
            }
        }
        found
    }
}

/// One file of events of a small city.
pub(crate) fn city(seed: u64) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    simulate(seed, 250, 200, folder.path());
    let mut lines = Vec::new();
    let mut paths: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "ndjson")) {
        lines.extend(fs::read_to_string(path).unwrap().lines().map(str::to_owned));
    }
    lines.sort_by_cached_key(|line| {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        event["time"].as_str().unwrap_or_default().to_owned()
    });
    lines
}

pub(crate) fn loaded(workers: &'static str, lines: &[String]) -> Service {
    let service = Service::new(workers, &Service::once());
    service.append(&service.inbox());
    fs::write(service.path("inbox/events.ndjson"), lines.join("\n") + "\n").unwrap();
    service
}

pub(crate) fn assert_same_results(expected: &Service, found: &Service, what: &str) {
    for name in LISTS {
        let (mut a, mut b) = (expected.result(name), found.result(name));
        if name == "dead_letters" {
            // Each has an inbox of its own.
            let inbox = |s: &Service| s.path("inbox").display().to_string();
            a = a.replace(&inbox(expected), "inbox");
            b = b.replace(&inbox(found), "inbox");
        }
        if a != b {
            let at = a.lines().zip(b.lines()).position(|(x, y)| x != y);
            let lines = at.map(|at| (a.lines().nth(at), b.lines().nth(at)));
            panic!("{what}: {name} differs, first at {at:?}: {lines:#?}\n{}", found.log());
        }
    }
}

/// No id has two contents, and the last word on every warning is what the results say.
pub(crate) fn assert_messages_agree(service: &Service) -> (usize, usize) {
    let messages = service.messages();
    let mut by_id: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
    for message in &messages {
        let id = message["id"].as_str().unwrap();
        let known = by_id.insert(id, message);
        assert!(known.is_none_or(|known| known == message), "{id} has two contents");
        if message["type"] == "vestigo.warning.v1" {
            last.insert(message["data"]["id"].as_str().unwrap(), &message["data"]);
        }
    }
    let warnings = objects(&service.path("out"), "warnings");
    for warning in &warnings {
        let said = last[warning["id"].as_str().unwrap()];
        for field in ["level", "state", "updated_at", "evidence"] {
            assert_eq!(said[field], warning[field], "{}: {field}", warning["id"]);
        }
    }
    assert_eq!(last.len(), warnings.len(), "nothing else was said");
    (messages.len(), by_id.len())
}

fn rounds(short: u64) -> u64 {
    let asked = std::env::var("VESTIGO_KILL_ROUNDS").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(short)
}

const PLACES: [&str; 6] = [
    "before_write",
    "before_fsync",
    "after_fsync",
    "snapshot_rename",
    "outlet_delivered",
    "outlet_acknowledged",
];

#[test]
fn killed_at_any_moment_it_ends_as_if_undisturbed() {
    let lines = city(5);
    let calm = loaded("1", &lines);
    calm.finish();
    assert!(objects(&calm.path("out"), "warnings").len() > 5, "there is something to lose");
    let (mut kills, mut ends, mut seed) = (0, 0, 7);
    let (mut said, mut distinct) = (0, 0);
    let started = Instant::now();
    while kills < rounds(16) {
        let service = loaded(if ends % 2 == 0 { "2" } else { "1" }, &lines);
        loop {
            // Every other time at a named place, else at any moment.
            let place = PLACES[next(&mut seed) as usize % PLACES.len()];
            let place = format!("{place}:{}", 1 + next(&mut seed) % 9);
            let at_place = next(&mut seed).is_multiple_of(2);
            let mut child = service.start(at_place.then_some(place.as_str()));
            let patience = if at_place { 1_500 } else { 50 + next(&mut seed) % 900 };
            let deadline = Instant::now() + Duration::from_millis(patience);
            let ended = loop {
                match child.try_wait().unwrap() {
                    Some(status) => break Some(status),
                    None if Instant::now() > deadline => break None,
                    None => std::thread::sleep(Duration::from_millis(5)),
                }
            };
            if ended.is_some_and(|status| status.success()) {
                break;
            }
            if ended.is_none() {
                child.kill().unwrap();
                child.wait().unwrap();
            }
            kills += 1;
            if kills % 8 == 0 {
                service.finish();
                break;
            }
        }
        ends += 1;
        assert_same_results(&calm, &service, &format!("after {kills} kills"));
        let (all, once) = assert_messages_agree(&service);
        said += all;
        distinct += once;
    }
    let seconds = started.elapsed().as_secs();
    eprintln!(
        "{kills} kills, {ends} services run to their end in {seconds} s: equal results; \
         {distinct} messages, {} repeated",
        said - distinct
    );
}

#[test]
fn without_snapshots_it_recovers_from_the_journal_alone() {
    let lines = city(6);
    let calm = loaded("1", &lines);
    calm.finish();
    let service = loaded("2", &lines);
    let mut child = service.start(None);
    std::thread::sleep(Duration::from_millis(1_500));
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_dir_all(service.path("state/snapshots")).ok();
    service.finish();
    assert_same_results(&calm, &service, "snapshots removed");
    // And once more over everything, with another number of workers.
    fs::remove_dir_all(service.path("state/snapshots")).ok();
    fs::remove_dir_all(service.path("out")).unwrap();
    service.finish();
    assert_same_results(&calm, &service, "replayed whole");
    assert_messages_agree(&service);
}

#[test]
fn what_http_acknowledged_survives_kills() {
    let lines = city(8);
    let address = free_address();
    let service = Service::new("2", &format!("{}[http]\naddress = {address:?}\n", Service::once()));
    let mut seed = 11;
    let mut child = service.start(None);
    let mut acknowledged = BTreeSet::new();
    let mut kill_at = Instant::now() + Duration::from_millis(900);
    let (mut kills, mut refused) = (0, 0);
    for batch in lines.chunks(40) {
        loop {
            if Instant::now() > kill_at && kills < rounds(4).min(40) {
                child.kill().unwrap();
                child.wait().unwrap();
                child = service.start(None);
                kills += 1;
                kill_at = Instant::now() + Duration::from_millis(300 + next(&mut seed) % 900);
            }
            let answer = post(&address, "application/x-ndjson", batch.join("\n").as_bytes());
            let Some((202 | 422, body)) = answer else {
                refused += 1;
                std::thread::sleep(Duration::from_millis(20));
                continue;
            };
            let answer: Value = serde_json::from_str(&body).unwrap();
            for (line, result) in batch.iter().zip(answer["results"].as_array().unwrap()) {
                if result["outcome"] != "rejected" {
                    let event: Value = serde_json::from_str(line).unwrap();
                    let part = |key: &str| event[key].as_str().unwrap().to_owned();
                    acknowledged.insert(format!("{}#{}", part("source"), part("id")));
                }
            }
            break;
        }
    }
    let asked = Instant::now();
    terminate(&mut child);
    assert!(asked.elapsed() < Duration::from_secs(10), "SIGTERM took {:?}", asked.elapsed());
    let kept = journaled(&service.path("state/journal"));
    let unique: BTreeSet<&String> = kept.iter().collect();
    assert_eq!(unique.len(), kept.len(), "an event stands twice in the journal");
    let lost: Vec<_> = acknowledged.iter().filter(|id| !unique.contains(id)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(kept.len() > 500);
    // The same journal, computed again from its beginning, gives the same results.
    let before: Vec<String> = LISTS.iter().map(|name| service.result(name)).collect();
    fs::remove_dir_all(service.path("state/snapshots")).unwrap();
    fs::remove_dir_all(service.path("out")).unwrap();
    let mut child = service.start(None);
    await_ready(&address);
    terminate(&mut child);
    for (name, before) in LISTS.iter().zip(before) {
        assert!(service.result(name) == before, "{name} differs after a replay");
    }
    assert_messages_agree(&service);
    eprintln!("{kills} kills, {} acknowledged, {refused} posts tried again", acknowledged.len());
}

/// Three events about one enterprise: registered, fined, and a correction of the fine.
pub(crate) fn fine(id: &str, more: &str, fen: u64, time: &str) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"urn:test\",\"time\":\"{time}\",{more}\
         \"type\":\"penalty.decided\",\"subject\":\"91469007MA5TKB1082\",\"data\":{{\"doc_no\":\
         \"D1\",\"uscc\":\"91469007MA5TKB1082\",\"authority\":\"A\",\"violations\":[\"x\"],\
         \"kinds\":[\"fine\"],\"fine_fen\":{fen},\"procedure\":\"ordinary\",\"severity\":\"serious\",\
         \"decided_on\":\"2025-03-01\"}}}}"
    )
}

fn explained(service: &Service, id: &str, at: &str) -> Option<Value> {
    let pipeline = service.path("pipeline.toml").display().to_string();
    let arguments = ["explain", id, "--pipeline", &pipeline, "--as-of", at, "--format", "json"];
    let output = crate::vestigo::vestigo(&arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Some(serde_json::from_slice(&output.stdout).unwrap()),
        Some(1) => None,
        _ => panic!("{said}"),
    }
}

fn moment() -> String {
    std::thread::sleep(Duration::from_millis(30));
    let now = vestigo::source::live::wall_clock().to_string();
    std::thread::sleep(Duration::from_millis(30));
    now
}

#[test]
fn what_was_believed_then_can_be_asked_now() {
    const FIRM: &str = "91469007MA5TKB1082";
    let address = free_address();
    let service = Service::new("1", &format!("[http]\naddress = {address:?}\n"));
    let mut child = service.start(None);
    await_ready(&address);
    let send = |line: String| {
        let (status, body) = post(&address, "application/json", line.as_bytes()).unwrap();
        assert_eq!(status, 202, "{body}");
    };
    send(fine("1", "", 90_000_000, "2025-03-02T08:00:00Z"));
    let fined = moment();
    send(fine("2", "\"op\":\"retract\",\"ref\":\"1\",", 90_000_000, "2025-03-05T08:00:00Z"));
    let cleared = moment();
    terminate(&mut child);
    let score = |at: &str| {
        let found = explained(&service, FIRM, at);
        found.map_or(0, |found| found[0]["enterprises"][0]["score"].as_i64().unwrap())
    };
    assert!(
        score(&fined) > 50 && score(&cleared) == 0,
        "{} then, {} now",
        score(&fined),
        score(&cleared)
    );
}

#[test]
fn another_model_judges_anew_and_a_replay_says_the_same() {
    let lines = city(9);
    let address = free_address();
    let service = Service::new("2", &format!("[http]\naddress = {address:?}\n"));
    // A model of its own, to be changed while it is in use.
    let (from, to) = (root().join("models"), service.path("models"));
    for part in ["dongfang/2026.1", "calendar"] {
        fs::create_dir_all(to.join(part)).unwrap();
        for entry in fs::read_dir(from.join(part)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join(part).join(path.file_name().unwrap())).unwrap();
        }
    }
    let pipeline = service.path("pipeline.toml");
    let text = fs::read_to_string(&pipeline).unwrap();
    let model = to.join("dongfang/2026.1").display().to_string();
    let old = root().join("models/dongfang/2026.1").display().to_string();
    fs::write(&pipeline, text.replace(&old, &model)).unwrap();

    let mut child = service.start(None);
    await_ready(&address);
    for batch in lines.chunks(500) {
        post(&address, "application/x-ndjson", batch.join("\n").as_bytes()).unwrap();
    }
    terminate(&mut child);
    let before = service.result("index");

    // The folder in use becomes another model, which is loaded when the service is told to.
    let mut child = service.start(None);
    await_ready(&address);
    let judged_by = || get(&address, "/api/v1/status").unwrap().1;
    let old = judged_by();
    let indicators = to.join("dongfang/2026.1/indicators.toml");
    let text = fs::read_to_string(&indicators).unwrap();
    assert!(text.contains("grade_b = 16"));
    fs::write(&indicators, text.replacen("grade_b = 16", "grade_b = 9", 1)).unwrap();
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-HUP", &id]).status().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while judged_by() == old {
        assert!(Instant::now() < deadline, "the model is not switched: {}", service.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    terminate(&mut child);
    let after = service.result("index");
    assert_ne!(before, after, "the new model judges otherwise");
    assert_messages_agree(&service);
    fs::remove_dir_all(service.path("state/snapshots")).unwrap();
    let mut child = service.start(None);
    await_ready(&address);
    terminate(&mut child);
    assert!(after == service.result("index"), "a replay over both models differs");
}

#[test]
fn the_journal_can_be_looked_after() {
    let lines = city(10);
    let service = loaded("1", &lines);
    service.finish();
    let journal = service.path("state/journal").display().to_string();
    let run = |arguments: &[&str]| {
        let output = crate::vestigo::vestigo(&[&["journal"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), text)
    };
    assert_eq!(run(&["verify", &journal]).0, 0);
    let (_, dumped) = run(&["dump", &journal, "--records", "--format", "ndjson"]);
    assert!(dumped.lines().count() > lines.len());
    let segment = vestigo::journal::segments(journal.as_ref()).unwrap().remove(0).1;
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    assert_eq!(run(&["verify", &journal]).0, 1);
    let status = service.start(None).wait().unwrap();
    assert_eq!(status.code(), Some(74), "{}", service.log());
    assert!(service.log().contains("vestigo journal repair"), "{}", service.log());
    assert_eq!(run(&["repair", &journal]).0, 1, "nothing is done without --yes");
    assert_eq!(run(&["repair", &journal, "--yes"]).0, 0);
    assert_eq!(run(&["verify", &journal]).0, 0);
}

#[test]
fn a_quiet_day_of_the_clock_lowers_an_index() {
    let score = |ticks: &str| {
        let address = free_address();
        let more = format!("[clock]\nticks = {ticks:?}\n[http]\naddress = {address:?}\n");
        let service = Service::new("1", &more);
        let mut child = service.start(None);
        await_ready(&address);
        let line = fine("1", "", 90_000_000, "2025-03-02T08:00:00Z");
        let (status, body) = post(&address, "application/json", line.as_bytes()).unwrap();
        assert_eq!(status, 202, "{body}");
        // The clock is looked at several times a second.
        std::thread::sleep(Duration::from_millis(600));
        terminate(&mut child);
        let scores = || {
            let index = objects(&service.path("out"), "index");
            index.iter().map(|firm| firm["score"].as_i64().unwrap()).sum::<i64>()
        };
        let before = scores();
        fs::remove_dir_all(service.path("state/snapshots")).unwrap();
        let mut child = service.start(None);
        await_ready(&address);
        terminate(&mut child);
        assert_eq!(before, scores(), "a replay passes the same days");
        before
    };
    let (by_events, by_clock) = (score("events"), score("wall"));
    assert!(by_events > 50 && by_clock < by_events, "{by_events} then, {by_clock} now");
}
