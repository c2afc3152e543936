//! How fast is the journal, beside plain sequential writes of the same bytes?
//!
//! Both write the same bytes to the same disk with one fsync a commit, in turns, in one run. Prints
//! both rates and their ratio.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use vestigo::journal::{Epoch, Header, Options, Record, Writer};

/// Events of a commit.
const EVENTS: usize = 10_000;
/// Commits of one turn.
const COMMITS: u64 = 30;
/// Turns.
const TURNS: usize = 5;

fn epoch(sequence: u64) -> Epoch {
    let line = |at: usize| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{sequence}-{at}\",\"source\":\"urn:cn:469007:hrss\",\
             \"type\":\"activity.reported\",\"time\":\"2026-01-05T08:00:00+08:00\",\"subject\":\
             \"91469007MA5TKB1082\",\"data\":{{\"uscc\":\"91469007MA5TKB1082\",\"month\":\"2025-12\",\
             \"revenue_fen\":{},\"tax_fen\":{},\"energy_kwh\":{},\"water_m3\":12}}}}",
            at * 7_919,
            at * 131,
            at
        )
    };
    let record = |at: usize| Record::Event {
        digest: at as u128 * 0x9e37_79b9_7f4a_7c15,
        source: "file:inbox/events.ndjson".into(),
        position: at as u64,
        json: line(at).into_bytes().into(),
    };
    let header = Header { sequence, model: "bench".into(), ..Header::default() };
    Epoch { header, records: (0..EVENTS).map(record).collect() }
}

fn journal(folder: &Path, epochs: &mut [Epoch]) -> (Duration, u64) {
    let (mut writer, _) = Writer::open(folder, Options::default()).expect("a new journal");
    let mut bytes = 0;
    let started = Instant::now();
    for epoch in epochs {
        bytes += writer.append(epoch).expect("takes it");
        writer.commit().expect("durable");
    }
    (started.elapsed(), bytes)
}

fn plain(folder: &Path, bytes: u64) -> Duration {
    let block = vec![0x5a; (bytes / COMMITS) as usize];
    let mut file = File::create(folder.join("plain")).expect("made");
    let started = Instant::now();
    for _ in 0..COMMITS {
        file.write_all(&block).expect("written");
        file.sync_data().expect("durable");
    }
    started.elapsed()
}

fn main() {
    let mut epochs: Vec<Epoch> = (1..=COMMITS).map(epoch).collect();
    let (mut ours, mut theirs, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..TURNS {
        let folder = tempfile::tempdir_in(".").expect("a folder on the disk of the project");
        let (took, written) = journal(folder.path(), &mut epochs);
        theirs.push(plain(folder.path(), written));
        ours.push(took);
        bytes = written;
    }
    ours.sort();
    theirs.sort();
    let (ours, theirs) = (ours[TURNS / 2].as_secs_f64(), theirs[TURNS / 2].as_secs_f64());
    let events = (EVENTS as u64 * COMMITS) as f64;
    let megabytes = bytes as f64 / 1e6;
    println!(
        "journal: {EVENTS} events a commit, {:.0} bytes an event: {:.0} events/s, {:.0} MB/s",
        bytes as f64 / events,
        events / ours,
        megabytes / ours
    );
    println!("plain writes with fsync of the same bytes: {:.0} MB/s", megabytes / theirs);
    println!("ratio: {:.2}", theirs / ours);
}
