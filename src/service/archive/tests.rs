//! Is every epoch in the journal or in the archive, and equal, whatever moment it dies at?

use super::*;
use crate::journal::{Epoch, Header, Options, Record, Writer};
use crate::service::snapshots::{self, Snapshots};
use crate::time::Time;
use std::fs;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

fn epoch(sequence: u64) -> Epoch {
    let header = Header {
        sequence,
        handed_at: Time(sequence as i64 * DAY),
        watermark: Time(7 * sequence as i64),
        model: "m@1".into(),
        cursors: vec![("files:a".into(), sequence.to_string())],
        counts: vec![("penalty.decided".into(), [1, 2, 3, sequence])],
    };
    let event = |position: u64| Record::Event {
        digest: u128::from(position) << 77 | u128::from(sequence),
        source: if position == 1 { "甲" } else { "urn:b" }.into(),
        position,
        json: format!("{{\"id\":\"{sequence}-{position}\",  \"n\":1.0}}").into_bytes().into(),
    };
    let records = vec![
        Record::Model {
            name: "m@1".into(),
            path: "p".into(),
            author: "a\"b".into(),
            reason: String::new(),
        },
        event(1),
        event(u64::MAX),
        Record::DeadLetter(br#"{"class":"schema"}"#[..].into()),
        Record::Tick(Time(-5)),
        Record::Act(b"{}"[..].into()),
        Record::Receipt { outlet: "kafka".into(), epoch: sequence },
    ];
    // Some epochs hold nothing.
    Epoch { header, records: if sequence.is_multiple_of(5) { Vec::new() } else { records } }
}

struct Place {
    state: tempfile::TempDir,
}

impl Place {
    /// A journal of epochs, one segment for every three.
    fn new(epochs: u64) -> Self {
        let place = Self { state: tempfile::tempdir().unwrap() };
        let journal = place.state.path().join("journal");
        for first in (1..=epochs).step_by(3) {
            // Full at once: the next commit begins another segment.
            let options = Options { segment_bytes: 1, ..Options::default() };
            let (mut writer, _) = Writer::open(&journal, options).unwrap();
            for sequence in first..=epochs.min(first + 2) {
                writer.append(&epoch(sequence)).unwrap();
            }
            writer.commit().unwrap();
        }
        place
    }

    fn snapshot(&self, sequence: u64) {
        let manifest = snapshots::Manifest {
            format: snapshots::FORMAT,
            sequence,
            ..snapshots::Manifest::default()
        };
        let parts = vec![("a.part".to_owned(), vec![1])];
        Snapshots::at(self.state.path()).write(manifest, parts).unwrap();
    }

    fn retention(&self, days: u32) -> Retention {
        let (history, snapshots) = (self.history(), Snapshots::at(self.state.path()));
        Retention { history, snapshots, days }
    }

    fn history(&self) -> History {
        History::at(self.state.path(), None)
    }

    fn pass(&self, days: u32) -> Vec<u64> {
        let pass = self.retention(days).pass(Time(100 * DAY), || true).unwrap();
        pass.moved.iter().map(|entry| entry.first).collect()
    }

    /// Everything from an epoch on, which must be as it was written.
    fn assert_whole(&self, from: u64, through: u64) {
        let mut expected = from;
        for found in self.history().epochs(from) {
            assert_eq!(found.unwrap(), epoch(expected));
            expected += 1;
        }
        assert_eq!(expected, through + 1);
    }

    fn journaled(&self) -> Vec<u64> {
        let found = crate::journal::segments(&self.history().journal).unwrap();
        found.into_iter().map(|(first, _)| first).collect()
    }
}

#[test]
fn what_is_old_and_covered_moves_and_reads_as_before() {
    let place = Place::new(12);
    assert_eq!(place.journaled(), [1, 4, 7, 10]);
    assert!(place.pass(0).is_empty(), "no snapshot, no removal");
    place.snapshot(11);
    place.snapshot(8);
    // Of 100 days, epochs arrived on the days 1 to 12; the oldest snapshot is that of epoch 8.
    assert!(place.pass(97).is_empty(), "too young");
    assert_eq!(place.pass(95), [1], "the next segment's beginning must be old enough too");
    assert_eq!(place.pass(10), [4], "the segment from 7 on holds what the snapshot does not");
    assert_eq!(place.journaled(), [7, 10]);
    for from in [1, 2, 3, 4, 6, 7, 9, 12] {
        place.assert_whole(from, 12);
    }
    assert_eq!(place.history().reachable_from().unwrap(), 1);
    let manifest = place.history().archived().unwrap();
    let entry = &manifest.segments[1];
    assert_eq!((entry.first, entry.last, entry.epochs, entry.records), (4, 6, 3, 14));
    assert_eq!((entry.from, entry.through), (Time(4 * DAY), Time(6 * DAY)));
    fs::remove_dir_all(place.state.path().join("snapshots")).unwrap();
    place.snapshot(12);
    assert_eq!(place.pass(10), [7]);
    assert!(place.pass(0).is_empty(), "the last segment never goes");
    place.assert_whole(1, 12);
}

#[test]
fn a_snapshot_that_cannot_be_read_stops_everything() {
    let place = Place::new(12);
    place.snapshot(12);
    place.snapshot(9);
    let part = place.state.path().join("snapshots/000000000000000012/a.part");
    fs::write(part, b"damaged").unwrap();
    assert!(place.pass(0).is_empty());
    assert_eq!(place.journaled(), [1, 4, 7, 10]);
}

#[test]
fn a_crash_at_any_step_is_made_good_by_the_next_pass() {
    let place = Place::new(12);
    let archive = place.history().archive;
    let first = place.state.path().join("journal/000000000000000001.vj");
    let bytes = fs::read(&first).unwrap();
    place.snapshot(6);
    // A file without a note, half written.
    fs::create_dir_all(&archive).unwrap();
    let file = archive.join("000000000000000001-000000000000000003.parquet");
    fs::write(&file, b"half").unwrap();
    assert_eq!(place.pass(0), [1, 4]);
    place.assert_whole(1, 12);
    // A note without the removal.
    fs::write(&first, &bytes).unwrap();
    assert_eq!(place.pass(0), [1]);
    assert_eq!(place.journaled(), [7, 10]);
    place.assert_whole(1, 12);
    // And the segment is not removed when its file is no more what was noted.
    fs::write(&first, &bytes).unwrap();
    let good = fs::read(&file).unwrap();
    fs::write(&file, b"changed").unwrap();
    let error = place.retention(0).pass(Time(100 * DAY), || true).unwrap_err();
    assert!(error.to_string().contains("another content"), "{error}");
    assert!(first.exists());
    fs::write(&file, good).unwrap();
    assert_eq!(place.pass(0), [1]);
    place.assert_whole(1, 12);
}

#[test]
fn the_journal_may_lose_segments_while_it_is_read() {
    let place = Place::new(12);
    place.snapshot(12);
    let mut reading = place.history().epochs(1);
    for sequence in 1..=2 {
        assert_eq!(reading.next().unwrap().unwrap(), epoch(sequence));
    }
    assert_eq!(place.pass(0), [1, 4, 7]);
    for sequence in 3..=12 {
        assert_eq!(reading.next().unwrap().unwrap(), epoch(sequence));
    }
    assert!(reading.next().is_none());
}

#[test]
fn what_is_missing_is_named() {
    let place = Place::new(12);
    place.snapshot(9);
    assert_eq!(place.pass(0), [1, 4, 7]);
    let archive = place.history().archive;
    let file = archive.join("000000000000000004-000000000000000006.parquet");
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let error = place.history().epochs(5).next().unwrap().unwrap_err().to_string();
    assert!(error.contains("epochs 5 to 6") && error.contains("put its files"), "{error}");
    assert_eq!(place.history().reachable_from().unwrap(), 7);
    place.assert_whole(7, 12);
    // One flipped bit is noticed.
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    fs::write(&file, flipped).unwrap();
    let error = place.history().epochs(5).next().unwrap().unwrap_err().to_string();
    assert!(error.contains("digest"), "{error}");
    fs::remove_dir_all(&archive).unwrap();
    place.snapshot(12);
    let error = place.retention(0).pass(Time(100 * DAY), || true).map(|pass| pass.moved);
    assert_eq!(error.unwrap(), [], "one segment is left, which never goes");
    let error = place.history().epochs(1).next().unwrap().unwrap_err().to_string();
    assert!(error.contains("epochs 1 to 9"), "{error}");
    assert_eq!(place.history().reachable_from().unwrap(), 10);
}

#[test]
fn the_archive_of_another_journal_is_left_alone() {
    let (one, two) = (Place::new(12), Place::new(12));
    one.snapshot(9);
    two.snapshot(9);
    assert_eq!(one.pass(0), [1, 4, 7]);
    let mut retention = two.retention(0);
    retention.history.archive = one.history().archive;
    // The same epochs with the same bytes are no other journal's; with another number they are.
    let from = two.state.path().join("journal/000000000000000001.vj");
    fs::remove_file(from).unwrap();
    let manifest = one.history().archive.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"first\": 4", "\"first\": 5")).unwrap();
    let error = retention.pass(Time(100 * DAY), || true).unwrap_err();
    assert!(error.to_string().contains("another journal"), "{error}");
    assert_eq!(two.journaled(), [4, 7, 10]);
}

#[test]
fn without_its_manifest_no_other_archive_is_begun() {
    let place = Place::new(12);
    place.snapshot(6);
    assert_eq!(place.pass(0), [1, 4]);
    let archive = place.history().archive;
    fs::rename(&archive, archive.with_extension("away")).unwrap();
    fs::remove_dir_all(place.state.path().join("snapshots")).unwrap();
    place.snapshot(12);
    let error = place.retention(0).pass(Time(100 * DAY), || true).unwrap_err();
    assert!(error.to_string().contains("epochs 1 to 6"), "{error}");
    assert!(!archive.exists());
    fs::rename(archive.with_extension("away"), &archive).unwrap();
    assert_eq!(place.pass(0), [7]);
    place.assert_whole(1, 12);
}
