//! Does a saved state go on as if it had never been saved, whatever the number of workers?

use crate::vestigo::simulate;
use std::fs;
use std::sync::Arc;
use vestigo::engine::{self, Config, Effects, Epoch, Feeder, Part};
use vestigo::entity::Told;
use vestigo::event::ledger::{Admission, Ledger};
use vestigo::event::{Parsed, Pseudonyms, Reader};
use vestigo::model::Model;
use vestigo::time::{Day, Time};

/// The events of a small city, in order.
pub(crate) fn events_of_city(seed: u64, enterprises: u32, days: u32) -> Vec<Parsed> {
    let folder = tempfile::tempdir().unwrap();
    simulate(seed, enterprises, days, folder.path());
    let now = Time::parse("2030-01-01T00:00:00Z").unwrap();
    let mut reader = Reader::new(Pseudonyms::new(b"key"), Vec::new(), now);
    let mut events = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            let text = fs::read_to_string(path).unwrap();
            events.extend(text.lines().filter_map(|line| reader.read(line.as_bytes()).ok()));
        }
    }
    events.sort_by(|a, b| (a.event.time, &a.event.id).cmp(&(b.event.time, &b.event.id)));
    events
}

/// The accepted steps of a small city, by day.
fn city(seed: u64) -> Vec<(Day, Vec<Told>)> {
    let events = events_of_city(seed, 120, 150);
    let mut ledger = Ledger::new(10, events.last().unwrap().event.time);
    let mut days: Vec<(Day, Vec<Told>)> = Vec::new();
    for parsed in events {
        if let Admission::Accepted(steps) = ledger.admit(Arc::new(parsed.event), parsed.digest) {
            for step in steps {
                let day = step.at.day();
                if days.last().is_none_or(|(last, _)| *last != day) {
                    days.push((day, Vec::new()));
                }
                days.last_mut().unwrap().1.push(Told::of(step));
            }
        }
    }
    days
}

pub(crate) fn model() -> Config {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models/dongfang/2026.1");
    let mut config = Model::load(folder.as_ref()).unwrap().stages;
    Arc::make_mut(&mut config.flow).enabled = true;
    config
}

/// Runs epochs over so many workers (0: the plain loop); gives the effects.
fn run(config: &Config, workers: usize, from: Option<&[Part]>, epochs: Vec<Epoch>) -> Vec<Effects> {
    let mut all = Vec::new();
    if workers == 0 {
        engine::plain::run(config, from, epochs, |effects| all.push(effects)).unwrap();
    } else {
        let from = from.map(<[Part]>::to_vec);
        engine::run(config, workers, from, epochs.into_iter(), |effects| all.push(effects))
            .unwrap();
    }
    all
}

#[test]
fn a_restored_state_goes_on_as_if_undisturbed() {
    let config = model();
    for seed in [3, 4] {
        let days = city(seed);
        let mut feeder = Feeder::new();
        let mut epochs = Vec::new();
        for (day, told) in days.clone() {
            epochs.extend(feeder.feed(told, Some(day)).0);
        }
        epochs.last_mut().unwrap().last = true;
        let calm = run(&config, 0, None, epochs.clone());
        let warnings: usize = calm.iter().map(|e| e.warnings.len()).sum();
        assert!(warnings > 10, "there is something to compare");
        for (saved_by, restored_by, at) in
            [(0, 0, 60), (1, 2, 90), (2, 1, 100), (2, 4, 77), (4, 2, 40), (2, 2, 120)]
        {
            let mut first = epochs[..at].to_vec();
            first.last_mut().unwrap().save = true;
            let mut before = run(&config, saved_by, None, first);
            let parts = std::mem::take(&mut before.last_mut().unwrap().saved);
            assert_eq!(parts.len(), saved_by.max(1));
            let after = run(&config, restored_by, Some(&parts), epochs[at..].to_vec());
            for (expected, found) in calm.iter().zip(before.iter().chain(&after)) {
                let what = format!("seed {seed}, {saved_by} to {restored_by} workers at {at}");
                assert_eq!(format!("{expected:?}"), format!("{found:?}"), "{what}");
            }
        }
    }
}

#[test]
fn a_restored_feeder_goes_on_as_if_undisturbed() {
    let days = city(5);
    let mut calm = Feeder::new();
    let mut broken = Feeder::new();
    for (at, (day, told)) in days.into_iter().enumerate() {
        if at % 20 == 10 {
            broken = Feeder::restore(&broken.save()).unwrap();
        }
        let expected = format!("{:?}", calm.feed(told.clone(), Some(day)));
        assert_eq!(expected, format!("{:?}", broken.feed(told, Some(day))));
    }
    assert!(Feeder::restore(b"no state").is_err());
}
