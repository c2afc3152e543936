//! Does the simulation write what the contract admits, and the same every time?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vestigo::event::{Body, Class, Event, Pseudonyms, Reader};
use vestigo::simulate::{City, Difficulty, Flavour, Made, Options, Truth};
use vestigo::time::Time;

fn city(options: &Options) -> Made {
    City::generate(options).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

/// All events of a folder, and how many lines were refused for their code; panics at any other that
/// is refused, and at the first out of order.
fn events(folder: &Path) -> (Vec<Event>, u64) {
    let ingested = Time::parse("2026-07-01T00:00:00+08:00").unwrap();
    let mut reader = Reader::new(Pseudonyms::new(&[7; 32]), [], ingested);
    let (mut events, mut broken) = (Vec::new(), 0);
    for file in files(folder).iter().filter(|f| f.extension().is_some_and(|e| e == "ndjson")) {
        let mut last = Time(i64::MIN);
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let event = match reader.read(line.as_bytes()) {
                Ok(read) => read.event,
                Err(e) if e.reject.class == Class::Identity => {
                    broken += 1;
                    continue;
                }
                Err(e) => panic!("{:?}: {line}", e.reject),
            };
            assert!(last <= event.time, "{} is out of order: {line}", file.display());
            last = event.time;
            events.push(event);
        }
    }
    (events, broken)
}

fn truth(folder: &Path) -> Truth {
    serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap()
}

#[test]
fn every_event_is_admitted_and_every_case_is_of_the_city() {
    for (seed, noise) in [(1, 1.0), (2, 2.0), (3, 0.0)] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { noise, ..Options::new(seed, 600, 500, folder.path()) };
        let made = city(&options);
        let (events, broken) = events(folder.path());
        assert_eq!((events.len() as u64 + broken, broken), (made.events, made.broken));
        assert!(broken > 0 || noise < 2.0, "codes are mistyped where there is noise");
        assert!(broken == 0 || noise > 0.0, "clean data have no slips");
        let codes: BTreeSet<String> = events
            .iter()
            .filter_map(|e| match &e.body {
                Body::Established(data) => Some(data.uscc.to_string()),
                _ => None,
            })
            .collect();
        let truth = truth(folder.path());
        assert!(truth.successions.len() >= 15, "{}", truth.successions.len());
        for case in &truth.successions {
            assert!(codes.contains(&case.predecessor), "{case:?}");
            assert!(codes.contains(&case.successor), "{case:?}");
            assert!(Time::parse(&case.visible_at).is_some());
            assert!(case.ties.len() >= 3, "{case:?}");
            assert!(!case.predecessor.starts_with("92") && !case.successor.starts_with("92"));
        }
        let decoys = truth.decoys.iter().filter(|d| !d.pairs.is_empty()).count();
        assert!(decoys >= 10 * truth.successions.len(), "{decoys}");
        // Noise may keep a registration back; it must be an exception.
        let members: Vec<&String> = truth.decoys.iter().flat_map(|d| &d.enterprises).collect();
        let lost = members.iter().filter(|code| !codes.contains(**code)).count();
        assert!(lost == 0 || (noise > 0.0 && lost * 50 <= members.len()), "{lost} decoys unseen");
        for case in &truth.warnings {
            assert!(codes.contains(&case.subject), "{case:?}");
        }
        let booked: BTreeSet<&str> = events
            .iter()
            .filter_map(|e| match &e.body {
                Body::Transfer(data) => Some(&*data.txn_id),
                _ => None,
            })
            .collect();
        for transfer in truth.flows.iter().flat_map(|f| &f.transfers) {
            assert!(booked.contains(transfer.as_str()), "transfer {transfer}");
        }
    }
}

#[test]
fn the_same_options_make_the_same_bytes() {
    let (one, two, three) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    city(&Options::new(9, 300, 300, one.path()));
    city(&Options::new(9, 300, 300, two.path()));
    city(&Options::new(10, 300, 300, three.path()));
    let bytes = |folder: &Path| -> Vec<Vec<u8>> {
        files(folder).iter().map(|f| std::fs::read(f).unwrap()).collect()
    };
    assert_eq!(bytes(one.path()), bytes(two.path()));
    assert_ne!(bytes(one.path()), bytes(three.path()));
}

#[test]
fn small_and_short_cities_can_be_made() {
    for (enterprises, days) in [(1, 1), (10, 60), (40, 90), (700, 61), (500, 120)] {
        let folder = tempfile::tempdir().unwrap();
        let made = city(&Options::new(4, enterprises, days, folder.path()));
        let (events, broken) = events(folder.path());
        assert_eq!(events.len() as u64 + broken, made.events);
    }
}

#[test]
fn more_background_leaves_the_cases_as_they_are() {
    let (one, three) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = Options::new(5, 600, 400, one.path());
    let few = city(&options);
    let many = city(&Options { background: 3.0, out: three.path().into(), ..options });
    assert_eq!(truth(one.path()), truth(three.path()));
    assert!(many.enterprises >= few.enterprises + 1_200);
    for file in files(one.path()) {
        let other = three.path().join(file.file_name().unwrap());
        assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(other).unwrap());
    }
    let (events, _) = events(three.path());
    let mut first_times: BTreeSet<(String, String)> = BTreeSet::new();
    let mut founded: BTreeSet<String> = BTreeSet::new();
    for event in &events {
        let key = (event.id.source().to_owned(), event.id.id().to_owned());
        if let (true, Body::Established(data)) = (first_times.insert(key), &event.body) {
            let corrects = !matches!(event.op, vestigo::event::Op::Assert);
            assert!(founded.insert(data.uscc.to_string()) || corrects, "{} twice", data.uscc);
        }
    }
}

#[test]
fn difficulty_flavour_and_shares_do_what_they_say() {
    let folders: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let of = |at: usize| Options::new(6, 600, 500, folders[at].path());
    city(&Options { difficulty: Difficulty::Hard, ..of(0) });
    city(&Options { difficulty: Difficulty::Easy, flavour: Flavour::Town, ..of(1) });
    city(&Options { random_shares: true, flavour: Flavour::Zone, ..of(2) });
    city(&of(3));
    let [hard, easy, random, even] = [0, 1, 2, 3].map(|at| truth(folders[at].path()));
    assert!(hard.successions.iter().all(|s| s.difficulty == "hard" && s.skill >= 0.66));
    assert!(easy.successions.iter().all(|s| s.difficulty == "easy" && s.skill <= 0.34));
    let evasions =
        |truth: &Truth| truth.successions.iter().map(|s| s.evasions.len()).sum::<usize>();
    assert!(evasions(&hard) > 2 * evasions(&easy), "the skilful hide more");
    let kinds = |truth: &Truth| truth.decoys.iter().map(|d| d.kind.clone()).collect::<Vec<_>>();
    assert_ne!(kinds(&random), kinds(&even));
    let registry = |at: usize| {
        std::fs::read_to_string(folders[at].path().join("events-registry.ndjson")).unwrap()
    };
    assert!(registry(1).contains("屯昌县") && registry(2).contains("洋浦"));
}
