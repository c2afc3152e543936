//! What does the search for successors cost, and how does it grow with the city?
//!
//! Cities of several sizes, with a phone that one of fifty enterprises holds (10,000 at 500,000).
//! One thread; CPU seconds of the candidate search, the scoring and the settling of pairs, over all
//! facts, told per registration or change. The graph, which other stages need too, stands beside.
//! Sizes may be given: `cargo bench --bench succession -- 50000 200000`.

use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::Arc;
use vestigo::engine::{Epoch, Feeder};
use vestigo::entity::Told;
use vestigo::event::ledger::{Admission, Ledger};
use vestigo::event::{Body, Event, Pseudonyms, Reader};
use vestigo::graph::Graph;
use vestigo::id::Share;
use vestigo::model::Model;
use vestigo::simulate::{City, Options};
use vestigo::succession::Succession;
use vestigo::time::Time;

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Days of each city.
const DAYS: u32 = 120;
/// One of so many enterprises holds the hub's phone.
const HUB_PART: usize = 50;

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// The events of a city, in order, with a hub.
fn events(enterprises: u32) -> Vec<(Event, u128)> {
    let folder = tempfile::tempdir().expect("a folder");
    City::generate(&Options::new(11, enterprises, DAYS, folder.path())).expect("a city");
    let now = Time::parse("2030-01-01T00:00:00+08:00").expect("a moment");
    let mut reader = Reader::new(Pseudonyms::new(b"for benches only"), [], now);
    let mut events = Vec::new();
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            let bytes = std::fs::read(path).expect("readable");
            let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
            let good = lines.filter_map(|line| reader.read(line).ok());
            events.extend(good.map(|parsed| (parsed.event, parsed.digest)));
        }
    }
    events.sort_by(|(a, _), (b, _)| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let founded = events.iter_mut().filter_map(|(event, _)| match &mut event.body {
        Body::Established(data) => Some(data),
        _ => None,
    });
    for data in founded.step_by(HUB_PART) {
        data.phones.push("13800000000".into());
    }
    events
}

fn epochs(enterprises: u32) -> Vec<Epoch> {
    let events = events(enterprises);
    let newest = events.last().expect("events").0.time;
    let mut ledger = Ledger::new(10, newest);
    let mut told = Vec::new();
    for (event, digest) in events {
        if let Admission::Accepted(steps) = ledger.admit(Arc::new(event), digest) {
            told.extend(steps.into_iter().map(Told::of));
        }
    }
    Feeder::new().feed(told, Some(newest.day())).0
}

fn main() {
    let sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![50_000, 100_000, 200_000, 500_000] } else { sizes };
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/dongfang/2026.1");
    let config = Model::load(&model).expect("the shipped model").stages;
    println!(
        "| enterprises | facts | registrations and changes | search, CPU s | a second | graph, CPU s | pairs |"
    );
    println!("|---|---|---|---|---|---|---|");
    for size in sizes {
        let epochs = epochs(size);
        let mut graph = Graph::new(config.graph.clone());
        let mut succession = Succession::new(config.succession.clone(), Share::WHOLE);
        let (mut facts, mut changes) = (0, 0);
        let (mut in_graph, mut in_search) = (0.0, 0.0);
        for epoch in &epochs {
            facts += epoch.facts.len();
            let registry = |body: &Body| matches!(body, Body::Established(_) | Body::Changed(_));
            changes += epoch.facts.iter().filter(|fact| registry(&fact.event.body)).count();
            let start = cpu_seconds();
            let delta = graph.apply(&epoch.facts, epoch.day);
            let middle = cpu_seconds();
            let findings = succession.search(&graph, &delta, epoch.day);
            succession.settle(&graph, &findings, epoch.day);
            in_graph += middle - start;
            in_search += cpu_seconds() - middle;
        }
        let pairs = succession.pairs().count();
        let rate = changes as f64 / in_search;
        println!(
            "| {size} | {facts} | {changes} | {in_search:.2} | {rate:.0} | {in_graph:.2} | {pairs} |"
        );
    }
}
