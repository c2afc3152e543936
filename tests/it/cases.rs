//! Do the cases of the pipelines hold, and does the runner notice when one does not?

use crate::vestigo::{root, vestigo as program};
use vestigo::evaluate::cases::{CaseFile, read_cases};
use vestigo::event::{Pseudonyms, Reader};
use vestigo::time::Time;

fn cases() -> Vec<CaseFile> {
    let folder = root().join("pipelines/batch/cases");
    read_cases(&folder).unwrap()
}

#[test]
fn only_cases_about_bad_input_have_any() {
    let ingested = Time::parse("2026-07-01T00:00:00+08:00").unwrap();
    for file in cases().iter().filter(|file| file.case.dead_letters.is_empty()) {
        let mut reader = Reader::new(Pseudonyms::new(&[7; 32]), [], ingested);
        for path in &file.events {
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let parsed = reader.read(line.as_bytes());
                parsed.unwrap_or_else(|e| panic!("{}: {:?}: {line}", file.name, e.reject));
            }
        }
    }
}

#[test]
fn every_case_passes() {
    let output = program(&["test"]);
    let said = String::from_utf8_lossy(&output.stderr);
    let failed: Vec<&str> = said.lines().skip_while(|line| line.starts_with("ok ")).collect();
    assert!(output.status.success(), "{}", failed.join("\n"));
    assert!(said.lines().filter(|line| line.starts_with("ok ")).count() >= 25);
}

#[test]
fn a_wrong_expectation_fails() {
    let cases = root().join("pipelines/batch/cases");
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(&cases).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    // The decoy's events with the switch's expectations.
    let expected = std::fs::read_to_string(cases.join("v01_classic_switch.toml")).unwrap();
    let wrong = expected.replace("v01_classic_switch.ndjson", "n04_next_tenant.ndjson");
    assert_ne!(expected, wrong);
    let path = folder.path().join("wrong.toml");
    std::fs::write(&path, wrong).unwrap();
    let output = program(&["test", &path.display().to_string()]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}
