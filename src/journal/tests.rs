//! Does the journal keep what it promises, on a disk that does not?

use super::*;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

fn epoch(sequence: u64) -> Epoch {
    let header = Header {
        sequence,
        handed_at: Time(1_000 + sequence as i64),
        watermark: Time(sequence as i64),
        model: "m@1".into(),
        cursors: vec![("file:a".into(), sequence.to_string())],
        counts: vec![("penalty.decided".into(), [3, 1, 1, 1])],
    };
    let event = |at: u64| Record::Event {
        digest: u128::from(at) << 70 | 5,
        source: "file:a".into(),
        position: at,
        json: format!("{{\"id\":\"{sequence}-{at}\"}}").into_bytes().into(),
    };
    let mut records: Vec<Record> = (0..sequence % 4).map(event).collect();
    records.push(Record::Tick(Time(7)));
    records.push(Record::Receipt { outlet: "ndjson".into(), epoch: sequence });
    records.push(Record::DeadLetter(b"{}".as_slice().into()));
    if sequence == 2 {
        let text = |t: &str| t.to_owned();
        let (name, path, author, reason) = (text("m@2"), text("/m"), text("x"), text("because"));
        records.push(Record::Model { name, path, author, reason });
        records.push(Record::Act(b"{\"act\":1}".as_slice().into()));
    }
    Epoch { header, records }
}

fn written(dir: &Path, epochs: std::ops::RangeInclusive<u64>, segment_bytes: u64) {
    let options = Options { segment_bytes, ..Options::default() };
    let (mut writer, _) = Writer::open(dir, options).expect("opens");
    for sequence in epochs {
        writer.append(&epoch(sequence)).expect("appended");
        writer.commit().expect("durable");
    }
}

fn read(dir: &Path, from: u64) -> Result<Vec<Epoch>, Error> {
    Reader::open(dir)?.epochs(from).collect()
}

fn only_segment(dir: &Path) -> PathBuf {
    let mut all = segments(dir).expect("listed");
    assert_eq!(all.len(), 1);
    all.remove(0).1
}

#[test]
fn what_is_written_is_read_over_segments_and_openings() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), 1..=5, 300);
    written(dir.path(), 6..=9, 300);
    assert!(segments(dir.path()).expect("listed").len() > 2);
    for from in 1..=10 {
        let expected: Vec<Epoch> = (from..=9).map(epoch).collect();
        assert_eq!(read(dir.path(), from).expect("whole"), expected);
    }
    let found = verify(dir.path()).expect("read");
    assert_eq!((found.epochs, found.first, found.last), (9, Some(1), Some(9)));
    assert!(found.problems.is_empty());
}

#[test]
fn two_writers_are_one_too_many() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_held, _) = Writer::open(dir.path(), Options::default()).expect("opens");
    let second = Writer::open(dir.path(), Options::default());
    assert!(matches!(second, Err(Error::Locked(_))));
}

#[test]
fn every_cut_is_noticed_and_nothing_wrong_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), 1..=4, 1 << 20);
    let path = only_segment(dir.path());
    let whole = fs::read(&path).expect("there");
    let ends: Vec<usize> = {
        let mut at = frame::PREAMBLE;
        let step = |at: &mut usize| {
            *at += frame::read(&whole[*at..]).expect("whole").1;
            *at
        };
        std::iter::once(at).chain((0..4).map(|_| step(&mut at))).collect()
    };
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).expect("cut");
        let kept = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1) as u64;
        let expected: Vec<Epoch> = (1..=kept).map(epoch).collect();
        assert_eq!(read(dir.path(), 1).expect("a torn tail is no error"), expected, "{cut}");
        let (writer, opened) = Writer::open(dir.path(), Options::default()).expect("opens");
        assert_eq!(writer.next_sequence(), kept + 1);
        assert_eq!(opened.cut.is_some(), cut > 0 && !ends.contains(&cut), "{cut}");
        if let Some(cut_off) = opened.cut {
            assert_eq!(fs::read(cut_off.kept).expect("kept").len() as u64, cut_off.bytes);
        }
        drop(writer);
        fs::write(&path, &whole).expect("again");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), 1..=3, 1 << 20);
    let path = only_segment(dir.path());
    let whole = fs::read(&path).expect("there");
    let truth: Vec<Epoch> = (1..=3).map(epoch).collect();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&path, &bytes).expect("flipped");
            let found = verify(dir.path()).expect("read");
            assert!(!found.problems.is_empty(), "byte {at}, bit {bit} went unnoticed");
            // What is read is a beginning of the truth, and a loss in the middle is an error.
            let mut seen = Vec::new();
            let mut failed = false;
            for epoch in Reader::open(dir.path()).expect("listed").epochs(1) {
                match epoch {
                    Ok(epoch) => seen.push(epoch),
                    Err(Error::Damaged { .. } | Error::Version(..)) => failed = true,
                    Err(other) => panic!("{other}"),
                }
            }
            assert!(truth.starts_with(&seen), "byte {at}, bit {bit} gave a wrong record");
            assert!(failed || seen.len() == 2, "byte {at}, bit {bit}: {} read", seen.len());
        }
    }
}

#[test]
fn repair_keeps_everything_and_says_what_is_missing() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), 1..=6, 1 << 20);
    let path = only_segment(dir.path());
    let whole = fs::read(&path).expect("there");
    let mut bytes = whole.clone();
    let second = frame::PREAMBLE + frame::read(&whole[frame::PREAMBLE..]).expect("whole").1;
    bytes[second + 40] ^= 4;
    fs::write(&path, &bytes).expect("damaged");
    let error = Writer::open(dir.path(), Options::default()).expect_err("damaged");
    let said = error.to_string();
    assert!(said.contains(&format!("byte {second}")) && said.contains("repair"), "{said}");
    let found = repair(dir.path()).expect("repaired");
    assert_eq!(found.problems[0].epoch, 2);
    let left: Vec<u64> =
        read(dir.path(), 1).expect("whole").iter().map(|e| e.header.sequence).collect();
    assert_eq!(left, [1, 3, 4, 5, 6]);
    assert!(verify(dir.path()).expect("read").problems.is_empty());
    let kept = fs::read_dir(dir.path().join("cut")).expect("there").count();
    assert_eq!(kept, 1);
    written(dir.path(), 7..=7, 1 << 20);
    assert_eq!(read(dir.path(), 6).expect("goes on").len(), 2);
}

#[test]
fn damage_before_a_begun_segment_is_never_cut() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), 1..=3, 1 << 20);
    let path = only_segment(dir.path());
    let mut bytes = fs::read(&path).expect("there");
    *bytes.last_mut().expect("some") ^= 1;
    fs::write(&path, &bytes).expect("damaged");
    fs::write(dir.path().join("000000000000000004.vj"), frame::preamble()).expect("begun");
    // Also not at the second try.
    for _ in 0..2 {
        let opened = Writer::open(dir.path(), Options::default());
        assert!(matches!(opened, Err(Error::Damaged { .. })));
        assert_eq!(fs::read(&path).expect("there"), bytes);
    }
}

/// Fails after so many appends or syncs.
struct Failing {
    file: File,
    syncs: bool,
}

static LEFT: AtomicUsize = AtomicUsize::new(0);

fn last_straw() -> io::Result<()> {
    let left = LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
    left.map(|_| ()).map_err(|_| io::Error::from(io::ErrorKind::StorageFull))
}

impl Disk for Failing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.syncs {
            last_straw()?;
        }
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.syncs {
            last_straw()?;
        }
        self.file.sync()
    }
}

#[test]
fn a_failed_write_or_fsync_poisons_the_writer() {
    for syncs in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        let disk: fn(File) -> Box<dyn Disk> = if syncs {
            |file| Box::new(Failing { file, syncs: true })
        } else {
            |file| Box::new(Failing { file, syncs: false })
        };
        LEFT.store(3, Ordering::SeqCst);
        let options = Options { disk, ..Options::default() };
        let (mut writer, _) = Writer::open(dir.path(), options).expect("opens");
        let mut durable = 0;
        let failed = (1..10).find_map(|sequence| {
            writer.append(&epoch(sequence)).expect("in memory");
            let done = writer.commit();
            durable = if done.is_ok() { sequence } else { durable };
            done.err()
        });
        assert!(matches!(failed, Some(Error::Io(..))));
        LEFT.store(100, Ordering::SeqCst);
        assert!(matches!(writer.commit(), Err(Error::Poisoned)), "no silent second try");
        assert!(matches!(writer.append(&epoch(durable + 2)), Err(Error::Poisoned)));
        drop(writer);
        let (writer, _) = Writer::open(dir.path(), Options::default()).expect("opens again");
        assert!(writer.next_sequence() > durable, "what was called durable is there");
    }
}

#[test]
fn the_kept_segment_of_version_1_still_reads() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journal/v1");
    let expected: Vec<Epoch> = (1..=4).map(epoch).collect();
    assert_eq!(read(Path::new(folder), 1).expect("whole"), expected);
}

/// A changed format needs a new version and a fixture of its own, made with
/// `VESTIGO_KEEP_FIXTURE=1`; the old ones stay and must be read.
#[test]
fn the_kept_segment_is_what_this_version_writes() {
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), 1..=4, 1 << 20);
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journal/v1/000000000000000001.vj");
    if std::env::var_os("VESTIGO_KEEP_FIXTURE").is_some() {
        fs::create_dir_all(Path::new(kept).parent().expect("a folder")).expect("made");
        fs::copy(only_segment(dir.path()), kept).expect("copied");
    }
    assert_eq!(fs::read(only_segment(dir.path())).expect("there"), fs::read(kept).expect("kept"));
}
