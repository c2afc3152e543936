//! Are all lines read, whatever the files look like? And is the contract kept, from file to class?

use crate::event::ledger::{Admission, Ledger};
use crate::event::{EventType, Pseudonyms, Reader, Reject, mask};
use crate::source::{Intake, Original, Position, SourceError, lines_at, read_all};
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Event = Arc<crate::event::Event>;

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("VESTIGO_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    if folder.join("contract/events.md").exists() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the contract's files are not in {}", folder.display());
    None
}

fn line(id: u32) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{{"uscc":"91469007MA5TKB1082","matter":"东方{id}","on":"2026-01-01"}}}}"#
    )
}

fn try_read(pattern: &str, threads: usize) -> Result<Intake<Event>, SourceError> {
    let now = Time::parse("2026-11-25T12:00:00+08:00").expect("a moment");
    let reader = Reader::new(Pseudonyms::new(b"for tests only"), [], now);
    read_all(&[pattern.to_owned()], &reader, threads, Arc::new, |_| {})
}

fn read(path: &Path) -> Intake<Event> {
    try_read(&path.display().to_string(), 2).expect("readable")
}

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

/// What becomes of every line, in canonical order: the rejections by line, and the accepted types.
fn judged(path: &Path) -> (BTreeMap<u32, Reject>, BTreeSet<EventType>) {
    let mut intake = read(path);
    let mut rejects: BTreeMap<u32, Reject> =
        intake.rejected.into_iter().map(|r| (r.position.line, r.reject)).collect();
    intake.taken.sort_by(|a, b| {
        let key = |t: &super::Taken<Event>| {
            (t.value.time, t.value.id.source().to_owned(), t.value.id.id().to_owned(), t.digest)
        };
        key(a).cmp(&key(b))
    });
    let newest = intake.taken.iter().map(|t| t.value.time).max().expect("some");
    let mut ledger = Ledger::new(10, newest);
    let mut accepted = BTreeSet::new();
    for taken in intake.taken {
        match ledger.admit(taken.value.clone(), taken.digest) {
            Admission::Accepted(_) => {
                accepted.insert(taken.value.kind);
            }
            Admission::Duplicate => panic!("{:?}", taken.position),
            Admission::Rejected(reject) => {
                rejects.insert(taken.position.line, reject);
            }
        }
    }
    (rejects, accepted)
}

#[test]
fn every_example_of_the_contract_is_accepted() {
    let Some(shared) = shared() else { return };
    let (rejects, accepted) = judged(&shared.join("contract/examples.ndjson"));
    assert_eq!(rejects, BTreeMap::new());
    assert_eq!(accepted.len(), EventType::ALL.len(), "one of every type");
}

#[test]
fn every_invalid_line_of_the_contract_gets_its_class() {
    let Some(shared) = shared() else { return };
    let examples = fs::read_to_string(shared.join("contract/examples.ndjson")).expect("there");
    let cases = fs::read_to_string(shared.join("contract/invalid.ndjson")).expect("there");
    let cases: Vec<serde_json::Value> =
        cases.lines().map(|case| serde_json::from_str(case).expect("JSON")).collect();
    let lines: Vec<&str> = cases.iter().map(|case| case["line"].as_str().expect("text")).collect();
    let text = format!("{examples}{}", lines.join("\n"));
    let (_folder, path) = written("all.ndjson", text.as_bytes());
    let (rejects, _) = judged(&path);
    for (number, case) in (1 + examples.lines().count() as u32..).zip(&cases) {
        let class = rejects.get(&number).map(|reject| reject.class.word());
        assert_eq!(class, case["class"].as_str(), "{}", case["why"]);
    }
    assert_eq!(rejects.len(), cases.len(), "no example is rejected");
}

#[test]
fn line_ends_blank_lines_and_marks() {
    let text = format!("\u{feff}{}\r\n\r\n  \n{}\n\n{}", line(1), line(2), line(3));
    let mut members = gzip(&text.as_bytes()[..100]);
    members.extend(gzip(&text.as_bytes()[100..]));
    for (name, bytes) in [
        ("a.ndjson", text.clone().into_bytes()),
        ("a.ndjson.gz", gzip(text.as_bytes())),
        ("members.ndjson.gz", members),
        ("a.jsonl.zst", zstd::encode_all(text.as_bytes(), 1).expect("memory")),
    ] {
        let (_folder, path) = written(name, &bytes);
        let intake = read(&path);
        assert!(intake.rejected.is_empty(), "{name}: {:?}", intake.rejected);
        let lines: Vec<u32> = intake.taken.iter().map(|t| t.position.line).collect();
        assert_eq!(lines, [1, 4, 6], "{name}");
        let at = |line| Position { file: 0, line };
        let found = lines_at(&intake.files, &[at(2), at(4), at(6), at(9)]).expect("readable");
        let found: Vec<&[u8]> = found.iter().map(|original| &*original.bytes).collect();
        assert_eq!(found, [&b""[..], line(2).as_bytes(), line(3).as_bytes(), &b""[..]]);
    }
}

#[test]
fn files_folders_and_globs() {
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("2026/01");
    fs::create_dir_all(&below).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), below.join("up")).expect("linked");
    let files = [("b.ndjson", 1), ("2026/01/a.jsonl", 2), ("truth.json", 3), (".x.ndjson", 4)];
    for (path, id) in files {
        fs::write(folder.path().join(path), line(id)).expect("written");
    }
    let at = |rest: &str| format!("{}{rest}", folder.path().display());
    let names = |pattern: &str| {
        let intake = try_read(&at(pattern), 2).expect("readable");
        intake.taken.iter().map(|t| t.value.id.id().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["e2", "e1"]);
    assert_eq!(names("/b.ndjson"), ["e1"]);
    assert_eq!(names("/2026/*/*.jsonl"), ["e2"]);
    assert_eq!(names("/truth.json"), ["e3"], "a file that is named is read");
    assert!(matches!(try_read(&at("/none*"), 1), Err(SourceError::Nothing(_))));
    fs::create_dir(folder.path().join("empty")).expect("made");
    assert!(matches!(try_read(&at("/empty"), 1), Err(SourceError::Nothing(_))));
}

#[test]
fn a_long_line_keeps_a_prefix_and_no_half_number() {
    use crate::limits::DEAD_LETTER_BYTES_MAX;
    for shift in 0..40 {
        let mut line = "x ".repeat(DEAD_LETTER_BYTES_MAX / 2 - 20);
        line.push_str(&"、".repeat(shift % 3));
        line.push_str(&" ".repeat(shift));
        line.push_str("11010519491231002X, and so on");
        line.push_str(&"y".repeat(DEAD_LETTER_BYTES_MAX));
        let original = Original::of(line.as_bytes());
        assert!(original.bytes.len() <= DEAD_LETTER_BYTES_MAX);
        let text = String::from_utf8(original.bytes).expect("cut between characters");
        assert!(!mask(&text).contains("110105"), "{shift}");
        assert!(original.sha256.is_some());
    }
}
