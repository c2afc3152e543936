//! What does each small step cost? Parsing, normalising, comparing, control, and the stages.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestigo::engine::{Epoch, plain};
use vestigo::entity::{Address, CompanyName, Directory, Forms, Phone, Told, match_names};
use vestigo::event::ledger::{Admission, Ledger};
use vestigo::event::{Pseudonyms, Reader};
use vestigo::graph::control::{control_pairs, from_csv};
use vestigo::model::Model;
use vestigo::risk::rehearse::Rehearsal;
use vestigo::simulate::{City, Options};
use vestigo::time::{Day, Time};

fn reader() -> Reader {
    let now = Time::parse("2026-11-25T12:00:00+08:00").expect("a moment");
    Reader::new(Pseudonyms::new(b"for benches only"), [], now)
}

fn city() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("micro-city");
    if !folder.join("truth.json").exists() {
        City::generate(&Options::new(5, 2_000, 365, &folder)).expect("a city");
    }
    folder
}

fn lines() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(city()).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "ndjson")) {
        let bytes = std::fs::read(path).expect("readable");
        lines.extend(bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec));
    }
    lines
}

/// The city's days, resolved.
fn epochs() -> Vec<Epoch> {
    let mut reader = reader();
    let mut parsed: Vec<_> = lines().iter().filter_map(|line| reader.read(line).ok()).collect();
    parsed.sort_by(|a, b| (a.event.time, &a.event.id).cmp(&(b.event.time, &b.event.id)));
    let mut ledger = Ledger::new(10, parsed.last().expect("events").event.time);
    let mut directory = Directory::default();
    let mut days: std::collections::BTreeMap<Day, Vec<Told>> = std::collections::BTreeMap::new();
    for one in parsed {
        if let Admission::Accepted(steps) = ledger.admit(Arc::new(one.event), one.digest) {
            for step in steps {
                days.entry(step.at.day()).or_default().push(Told::of(step));
            }
        }
    }
    let last = *days.keys().next_back().expect("days");
    days.into_iter()
        .map(|(day, told)| Epoch {
            day,
            facts: directory.apply(&told).into(),
            last: day == last,
            save: false,
        })
        .collect()
}

fn events(c: &mut Criterion) {
    let lines = lines();
    let bytes = lines.iter().map(|line| line.len() as u64).sum();
    let mut group = c.benchmark_group("events");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes));
    let mut reader = reader();
    group.bench_function("parse a city", |b| {
        b.iter(|| lines.iter().filter(|line| reader.read(line).is_ok()).count());
    });
    let parsed: Vec<_> = lines.iter().filter_map(|line| reader.read(line).ok()).collect();
    group.throughput(Throughput::Elements(parsed.len() as u64));
    group.bench_function("comparable forms of a city", |b| {
        b.iter(|| parsed.iter().filter(|one| !Forms::of(&one.event).is_empty()).count());
    });
}

fn normalising(c: &mut Criterion) {
    let name = "东方鹭汀海鲜餐饮有限公司";
    let address = "海南省东方市八所镇鲸港大道9号鹭洲大厦A座12层1203室";
    c.bench_function("name", |b| b.iter(|| CompanyName::parse(black_box(name))));
    c.bench_function("address", |b| {
        b.iter(|| Address::parse(black_box(address), Some("469007100")));
    });
    c.bench_function("phone", |b| b.iter(|| Phone::parse(black_box("（0898）2550 7788"))));
    let (one, two) = (CompanyName::parse(name), CompanyName::parse("东方鹭庭渔家餐饮有限公司"));
    c.bench_function("match names", |b| b.iter(|| match_names(black_box(&one), black_box(&two))));
    let (one, two) =
        (Address::parse(address, None), Address::parse("东方市鲸港大道9号鹭洲大厦A座1205", None));
    c.bench_function("compare addresses", |b| {
        b.iter(|| Address::compare(black_box(&one), black_box(&two)));
    });
}

fn control(c: &mut Criterion) {
    let shared = std::env::var_os("VESTIGO_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("data/company-control/own.csv")) else {
        eprintln!("SKIPPED: the published holdings are not in {}", shared.display());
        return;
    };
    let table = from_csv(&text).expect("a table");
    c.bench_function("control, published example", |b| b.iter(|| control_pairs(&table.stakes)));
}

fn stages(c: &mut Criterion) {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/dongfang/2026.1");
    let mut config = Model::load(&model).expect("the shipped model").stages;
    Arc::make_mut(&mut config.flow).enabled = true;
    let epochs = epochs();
    let facts = epochs.iter().map(|epoch| epoch.facts.len() as u64).sum();
    let mut group = c.benchmark_group("stages");
    group.sample_size(10);
    group.throughput(Throughput::Elements(facts));
    group.bench_function("search, score, judge a city in the plain loop", |b| {
        b.iter_batched(
            || epochs.clone(),
            |epochs| {
                let mut warnings = 0;
                plain::run(&config, None, epochs, |effects| warnings += effects.warnings.len())
                    .expect("nothing is restored");
                warnings
            },
            BatchSize::PerIteration,
        );
    });
}

/// The indicators in SQL: columns built and every expression run, for so many enterprises.
fn expressions(c: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/dongfang/2026.2");
    let config = Model::load(&folder).expect("the shipped model").stages.risk;
    let mut group = c.benchmark_group("expressions");
    for rows in [1, 8, 64, 1_024, 8_192] {
        let rehearsal = Rehearsal::new(&config, rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(format!("{rows} enterprises"), |b| b.iter(|| rehearsal.run()));
    }
    group.finish();
    c.bench_function("load the model in SQL", |b| b.iter(|| Model::load(black_box(&folder))));
}

criterion_group!(all, events, normalising, control, expressions, stages);
criterion_main!(all);
