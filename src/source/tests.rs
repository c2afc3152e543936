//! Are all lines read, whatever the files look like and however many threads read?

use crate::event::ledger::settle;
use crate::event::{Class, EventType, Pseudonyms, Reader};
use crate::source::{Intake, Key, KeyError, Options, Position, SourceError, lines_at, originals};
use crate::time::Time;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("VESTIGO_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    if folder.join("contract/events.md").exists() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the contract's files are not in {}", folder.display());
    None
}

fn line(id: usize) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{{"uscc":"91469007MA5TKB1082","matter":"东方{id}","on":"2026-01-01"}}}}"#
    )
}

fn read_with(pattern: &str, threads: usize) -> Result<Intake, SourceError> {
    let now = Time::parse("2026-11-25T12:00:00+08:00").expect("a moment");
    let reader = Reader::new(Pseudonyms::new(b"for tests only"), [], now);
    super::read_all(&[pattern.to_owned()], &Options { threads, reader, progress: &|_| () })
}

fn read(path: &Path) -> Intake {
    let one = read_with(&path.display().to_string(), 1).expect("readable");
    let three = read_with(&path.display().to_string(), 3).expect("readable");
    assert_eq!(one.entries, three.entries, "threads do not matter");
    assert_eq!(one.rejects, three.rejects, "threads do not matter");
    one
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

fn lines_of(intake: &Intake) -> Vec<u32> {
    intake.entries.iter().map(|e| e.at.line).collect()
}

#[test]
fn every_example_of_the_contract_is_accepted() {
    let Some(shared) = shared() else { return };
    let intake = read(&shared.join("contract/examples.ndjson"));
    assert_eq!(intake.rejects, []);
    assert_eq!(intake.read(), 71);
    let history = settle(intake.entries, 10);
    assert_eq!(history.refusals, []);
    assert_eq!(history.tallies.len(), EventType::ALL.len(), "one of every type");
}

#[test]
fn every_invalid_line_of_the_contract_gets_its_class() {
    let Some(shared) = shared() else { return };
    let examples = fs::read_to_string(shared.join("contract/examples.ndjson")).expect("there");
    let cases = fs::read_to_string(shared.join("contract/invalid.ndjson")).expect("there");
    let cases: Vec<serde_json::Value> =
        cases.lines().map(|case| serde_json::from_str(case).expect("JSON")).collect();
    let lines: Vec<&str> = cases.iter().map(|case| case["line"].as_str().expect("text")).collect();
    let (_folder, path) =
        written("all.ndjson", format!("{examples}{}", lines.join("\n")).as_bytes());
    let intake = read(&path);
    let history = settle(intake.entries, 10);
    for (at, case) in cases.iter().enumerate() {
        let number = 72 + at as u32;
        let early = intake.rejects.iter().find(|r| r.at.line == number).map(|r| &r.reject);
        let late = history.refusals.iter().find(|r| r.at.line == number).map(|r| &r.reject);
        let class = early.or(late).map(|reject| reject.class.word());
        assert_eq!(class, case["class"].as_str(), "{}", case["why"]);
    }
    assert_eq!(history.refusals.len() + intake.rejects.len(), cases.len());
}

#[test]
fn line_ends_blank_lines_and_marks() {
    let text = format!("\u{feff}{}\r\n\r\n  \n{}\n\n{}", line(1), line(2), line(3));
    for (name, bytes) in [
        ("a.ndjson", text.clone().into_bytes()),
        ("a.ndjson.gz", gzip(text.as_bytes())),
        ("named-otherwise", gzip(text.as_bytes())),
        ("a.jsonl.zst", zstd::encode_all(text.as_bytes(), 1).expect("memory")),
    ] {
        let (_folder, path) = written(name, &bytes);
        let intake = read(&path);
        assert_eq!(intake.rejects, [], "{name}");
        assert_eq!(lines_of(&intake), [1, 4, 6], "{name}");
        let found = lines_at(&path, &[4, 6, 2, 9]).expect("readable");
        assert_eq!(found.get(&4).map(Vec::as_slice), Some(line(2).as_bytes()));
        assert_eq!(found.get(&6).map(Vec::as_slice), Some(line(3).as_bytes()));
        assert_eq!(found.len(), 2);
    }
}

#[test]
fn members_of_a_packed_file_are_one_stream() {
    let mut bytes = gzip(line(1).as_bytes());
    bytes.extend(gzip(format!("\n{}\n", line(2)).as_bytes()));
    let (_folder, path) = written("a.ndjson.gz", &bytes);
    assert_eq!(lines_of(&read(&path)), [1, 2]);
}

#[test]
fn many_blocks_keep_their_line_numbers() {
    let text: String = (0..20_000).map(|id| line(id) + "\n").collect();
    assert!(text.len() > 4 * crate::limits::BLOCK_BYTES / 2);
    let (_folder, path) = written("a.ndjson", text.as_bytes());
    let intake = read(&path);
    assert_eq!(intake.read(), 20_000);
    assert!(
        intake
            .entries
            .iter()
            .enumerate()
            .all(|(at, e)| e.at.line as usize == at + 1 && e.event.id.id() == format!("e{at}"))
    );
    let positions = [Position { file: 0, line: 19_999 }, Position { file: 0, line: 3 }];
    let found = originals(&intake.files, &positions).expect("readable");
    assert_eq!(found[0].text.as_deref(), Some(line(19_998).as_str()));
    assert_eq!(found[1].text.as_deref(), Some(line(2).as_str()));
}

#[test]
fn a_line_too_long_is_one_dead_letter() {
    let long = "z".repeat(3 << 20);
    for (name, text) in [
        ("between", format!("{}\n{long}\n{}\n", line(1), line(2))),
        ("at the end", format!("{}\n{}\n{long}", line(1), line(2))),
        ("just over", format!("{}\n{}\n{}", line(1), &long[..(1 << 20) + 1], line(2))),
    ] {
        let (_folder, path) = written("a.ndjson", text.as_bytes());
        let intake = read(&path);
        assert_eq!(intake.entries.len(), 2, "{name}");
        assert_eq!(intake.rejects.len(), 1, "{name}");
        let rejected = &intake.rejects[0];
        assert_eq!(rejected.reject.class, Class::Malformed);
        assert_eq!(rejected.at.line, if name == "at the end" { 3 } else { 2 });
        assert!(rejected.original.text.as_ref().is_some_and(|text| text.len() <= 64 << 10));
        assert!(rejected.original.sha256.is_some());
    }
}

#[test]
fn a_bomb_ends_its_file_and_nothing_else() {
    let mut bytes = format!("{}\n", line(1)).into_bytes();
    bytes.resize(200 << 20, b' ');
    let bomb = zstd::encode_all(&*bytes, 1).expect("memory");
    let (folder, path) = written("a.ndjson.zst", &bomb);
    fs::write(folder.path().join("b.ndjson"), line(2)).expect("written");
    let intake = read(folder.path());
    assert_eq!(intake.files[0], path);
    assert_eq!(intake.entries.len(), 2);
    assert_eq!(intake.rejects.len(), 1);
    assert!(intake.rejects[0].reject.rule.contains("1000 times"), "{:?}", intake.rejects);
}

#[test]
fn a_damaged_packed_file_gives_what_it_holds() {
    let whole = gzip(format!("{}\n{}\n", line(1), line(2)).repeat(500).as_bytes());
    let (_folder, path) = written("a.ndjson.gz", &whole[..whole.len() - 9]);
    let intake = read(&path);
    assert!(intake.entries.len() > 500);
    assert_eq!(intake.rejects.len(), 1);
    assert!(intake.rejects[0].reject.rule.contains("unpacked"));
    let (_folder, path) = written("b.ndjson.gz", b"this is no gzip");
    assert_eq!(read(&path).rejects.len(), 1);
}

#[test]
fn files_folders_and_globs() {
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("2026/01");
    fs::create_dir_all(&below).expect("made");
    for (path, id) in [("b.ndjson", 1), ("2026/01/a.jsonl", 2), ("truth.json", 3), (".x.ndjson", 4)]
    {
        fs::write(folder.path().join(path), line(id)).expect("written");
    }
    let at = |rest: &str| format!("{}{rest}", folder.path().display());
    let names = |pattern: &str| {
        let intake = read_with(&at(pattern), 2).expect("readable");
        intake.entries.iter().map(|e| e.event.id.id().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["e2", "e1"]);
    assert_eq!(names("/*.ndjson"), ["e4", "e1"], "a glob names what it names");
    assert_eq!(names("/**/*.jsonl"), ["e2"]);
    assert_eq!(names("/truth.json"), ["e3"]);
    let error = read_with(&at("/none*"), 2).expect_err("nothing");
    assert!(error.to_string().contains("none*"), "{error}");
    fs::create_dir(folder.path().join("empty")).expect("made");
    assert!(matches!(read_with(&at("/empty"), 1), Err(SourceError::Nothing { .. })));
}

#[test]
fn a_key_is_made_once_and_kept_to_its_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state/key");
    let reference = format!("file:{}", path.display());
    let of = |key: &Key| key.pseudonyms().of_number("11010519491231002X").expect("valid");
    let first = Key::read(&reference, |_| None).expect("made");
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(of(&first), of(&Key::read(&reference, |_| None).expect("there")));
    assert_eq!(fs::read_dir(folder.path().join("state")).expect("there").count(), 1);

    let text = fs::read_to_string(&path).expect("there");
    let by_env = Key::read("env:K", |name| (name == "K").then(|| text.clone())).expect("set");
    assert_eq!(of(&first), of(&by_env));
    let home = |name: &str| (name == "HOME").then(|| folder.path().display().to_string());
    assert!(Key::read("state", home).is_ok());
    assert!(folder.path().join(".local/state/vestigo/pseudonym.key").exists());

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("owned");
    assert!(matches!(Key::read(&reference, |_| None), Err(KeyError::Exposed(_))));
    assert!(matches!(Key::read("env:K", |_| None), Err(KeyError::Unset(_))));
    assert!(matches!(Key::read("env:K", |_| Some("x".into())), Err(KeyError::Form(_))));
    assert!(matches!(Key::read("K", |_| None), Err(KeyError::Reference(_))));
    assert!(matches!(Key::read("state", |_| None), Err(KeyError::NoState)));
}
