//! Do the shipped cases hold?

use std::path::PathBuf;
use vestigo::evaluate::cases::{CaseFile, read_cases};
use vestigo::event::{Pseudonyms, Reader};
use vestigo::time::Time;

fn cases() -> Vec<CaseFile> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines/batch/cases");
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
