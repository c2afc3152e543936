//! What is found of laundering that others planted? Recall, precision and alerts beside floors.
//!
//! An instance counts as found when one alert of its pattern holds half of its transfers or more.
//! Precision is over transfers: of those in alerts, the part that is planted.

use crate::stream::{self, DAY, Raw};
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use vestigo::flow::miner::fold::{Folds, Instance, Pattern};
use vestigo::flow::miner::{Config, Hear, Miner, Seen, Transfer};

/// A planted instance: its typology and the places of its transfers.
type Planted = BTreeMap<String, (String, BTreeSet<u32>)>;

#[derive(Clone, Copy)]
struct Bounds {
    window: i64,
    parties: u32,
    middlemen: u32,
    length_max: usize,
    /// Only the first transfer of every pair within the window.
    first_contacts: bool,
}

struct Alerts {
    folds: Folds,
    now: Transfer,
    window: i64,
    middlemen: u32,
    /// Places in the list of the rows that the miner took.
    places: Vec<u32>,
}

impl Hear for Alerts {
    fn cycle(&mut self, rows: &[u64]) {
        let places: Vec<u32> = rows
            .iter()
            .map(|row| self.places.get(*row as usize).copied().unwrap_or(self.places.len() as u32))
            .collect();
        self.folds.cycle(Pattern::Cycle, places.into_iter());
    }

    fn scatter_gather(&mut self, source: u32, middlemen: u32) {
        if middlemen >= self.middlemen {
            let window = (self.now.ts - self.window, self.now.ts);
            self.folds.sight(Pattern::ScatterGather, (source, self.now.dst), window, middlemen);
        }
    }
}

fn mine(transfers: &[Transfer], bounds: Bounds) -> Vec<Instance> {
    let window = Some(bounds.window);
    let mut miner = Miner::new(Config {
        fan: window,
        gather_scatter: window,
        scatter_gather: window,
        cycle: window,
        length_max: bounds.length_max,
        ..Config::default()
    });
    let mut alerts = Alerts {
        folds: Folds::default(),
        now: Transfer::default(),
        window: bounds.window,
        middlemen: bounds.middlemen,
        places: Vec::new(),
    };
    let mut last: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    for (place, transfer) in transfers.iter().enumerate() {
        let before = last.insert((transfer.src, transfer.dst), transfer.ts);
        let known = before.is_some_and(|ts| ts >= transfer.ts - bounds.window);
        if bounds.first_contacts && known {
            continue;
        }
        alerts.now = *transfer;
        alerts.places.push(place as u32);
        if let Some(seen) = miner.push(transfer, &mut alerts) {
            take(seen, transfer, bounds, &mut alerts.folds);
        }
    }
    alerts.folds.instances(transfers)
}

fn take(seen: &Seen, transfer: &Transfer, bounds: Bounds, folds: &mut Folds) {
    let window = (transfer.ts - bounds.window, transfer.ts);
    let through = seen.gather_scatter;
    for (pattern, account, size) in [
        (Pattern::FanIn, transfer.dst, seen.fan[1].payers),
        (Pattern::FanOut, transfer.src, seen.fan[0].payees),
        (Pattern::GatherScatter, transfer.src, through.payers.min(through.payees)),
    ] {
        if size >= bounds.parties {
            folds.sight(pattern, (account, account), window, size);
        }
    }
}

fn pattern(typology: &str) -> Option<Pattern> {
    match typology.to_lowercase().replace('-', "_").as_str() {
        "fan_in" => Some(Pattern::FanIn),
        "fan_out" => Some(Pattern::FanOut),
        "cycle" => Some(Pattern::Cycle),
        "scatter_gather" => Some(Pattern::ScatterGather),
        "gather_scatter" => Some(Pattern::GatherScatter),
        _ => None,
    }
}

/// One line per typology, and one of all.
fn report(transfers: &[Transfer], planted: &Planted, bounds: Bounds, least: usize) {
    let alerts = mine(transfers, bounds);
    let labelled: BTreeSet<u32> = planted.values().flat_map(|p| p.1.iter().copied()).collect();
    let mut said = Vec::new();
    let (mut found_all, mut all) = (0usize, 0usize);
    let kinds: BTreeSet<&str> = planted.values().map(|p| p.0.as_str()).collect();
    for typology in kinds {
        let Some(pattern) = pattern(typology) else { continue };
        let of: Vec<&Instance> = alerts.iter().filter(|a| a.pattern == pattern).collect();
        let rows: Vec<BTreeSet<u32>> =
            of.iter().map(|a| a.rows.iter().copied().collect()).collect();
        let wanted: Vec<&BTreeSet<u32>> = planted
            .values()
            .filter(|p| p.0 == typology && p.1.len() >= least)
            .map(|p| &p.1)
            .collect();
        let hit = |rows: &BTreeSet<u32>, own: &BTreeSet<u32>| {
            rows.intersection(own).count() * 2 >= own.len()
        };
        let found = wanted.iter().filter(|own| rows.iter().any(|rows| hit(rows, own))).count();
        (found_all, all) = (found_all + found, all + wanted.len());
        said.push(format!("{typology} {found}/{} ({} alerts)", wanted.len(), of.len()));
    }
    let flagged: BTreeSet<u32> = alerts.iter().flat_map(|a| a.rows.iter().copied()).collect();
    let right = flagged.intersection(&labelled).count();
    println!(
        "parties {} middlemen {} first contacts {}: recall {:.3} ({found_all}/{all}), precision \
         {:.4} (base {:.4}), {:.1} alerts per 1,000 transfers; {}",
        bounds.parties,
        bounds.middlemen,
        bounds.first_contacts,
        found_all as f64 / all as f64,
        right as f64 / flagged.len() as f64,
        labelled.len() as f64 / transfers.len() as f64,
        alerts.len() as f64 * 1000.0 / transfers.len() as f64,
        said.join(", ")
    );
}

/// Area under the curve of a score that should be higher for the planted.
fn auc(scores: &[f64], planted: &BTreeSet<u32>) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut rank_sum, mut at) = (0.0, 0);
    while at < order.len() {
        let tied = order[at..].iter().take_while(|i| scores[**i] == scores[order[at]]).count();
        let rank = at as f64 + f64::midpoint(tied as f64, 1.0);
        let ours = order[at..at + tied].iter().filter(|i| planted.contains(&(**i as u32))).count();
        rank_sum += rank * ours as f64;
        at += tied;
    }
    let (yes, no) = (planted.len() as f64, (scores.len() - planted.len()) as f64);
    (rank_sum - yes * (yes + 1.0) / 2.0) / (yes * no)
}

pub(crate) fn measure() {
    amlgentex();
    amlworld();
}

fn amlgentex() {
    let folder = stream::shared().join("data/amlgentex");
    let Ok(packed) = std::fs::read(folder.join("transfers.csv.gz")) else {
        eprintln!("SKIPPED: {} has no transfers", folder.display());
        return;
    };
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    let mut accounts = stream::Accounts::default();
    let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
    let mut transfers = Vec::new();
    let mut lines: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    lines.sort_by_key(|f| (f[1].parse::<i64>().expect("a step"), f[0].parse::<i64>().ok()));
    for fields in &lines {
        let number = |text: &str| text.parse::<i64>().expect("an account") as u64;
        let amount = fields[4].parse::<f64>().expect("an amount") * 100.0;
        ids.insert(fields[0], transfers.len() as u32);
        transfers.push(Transfer {
            ts: fields[1].parse::<i64>().expect("a step") * DAY,
            src: accounts.number(number(fields[5])),
            dst: accounts.number(number(fields[6])),
            amount: amount.round() as i64,
        });
    }
    let truth = std::fs::read_to_string(folder.join("truth_sar_transactions.csv")).expect("truth");
    let mut planted = Planted::new();
    for line in truth.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let place = ids[fields[0]];
        let entry = planted.entry(fields[1].into()).or_insert((fields[2].into(), BTreeSet::new()));
        entry.1.insert(place);
    }
    println!("amlgentex: {} transfers, {} planted instances", transfers.len(), planted.len());
    floors(&transfers, &planted);
    for first_contacts in [false, true] {
        for (parties, middlemen) in [(2, 2), (3, 2), (5, 3), (8, 3)] {
            let window = 28 * DAY;
            let bounds = Bounds { window, parties, middlemen, length_max: 10, first_contacts };
            report(&transfers, &planted, bounds, 1);
        }
    }
}

/// One feature each, as good as it gets: how well does it alone tell the planted from the rest?
fn floors(transfers: &[Transfer], planted: &Planted) {
    let labelled: BTreeSet<u32> = planted.values().flat_map(|p| p.1.iter().copied()).collect();
    let mut pairs: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let mut ins: BTreeMap<u32, f64> = BTreeMap::new();
    for t in transfers {
        *pairs.entry((t.src, t.dst)).or_default() += 1.0;
        *ins.entry(t.dst).or_default() += 1.0;
    }
    let score = |of: &dyn Fn(&Transfer) -> f64| {
        let scores: Vec<f64> = transfers.iter().map(of).collect();
        let area = auc(&scores, &labelled);
        area.max(1.0 - area)
    };
    println!(
        "floors, area under the curve: pair count {:.3}, in-degree {:.3}, amount {:.3}",
        score(&|t| pairs[&(t.src, t.dst)]),
        score(&|t| ins[&t.dst]),
        score(&|t| t.amount as f64)
    );
}

/// The attempts of AMLworld at random moments among random accounts of a generated background.
fn amlworld() {
    let path = stream::shared().join("data/aml-patterns/patterns.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is absent", path.display());
        return;
    };
    let Some(background) = stream::generated("1m") else { return };
    let (from, to) = (background[0].ts, background[background.len() - 1].ts);
    let mut seed = 11u64;
    let mut draw = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let mut attempts: BTreeMap<(&str, &str), Vec<Vec<&str>>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        attempts.entry((fields[0], fields[1])).or_default().push(fields);
    }
    let mut rows: Vec<(Raw, Option<(String, String)>)> =
        background.iter().map(|raw| (*raw, None)).collect();
    for ((id, family), lines) in &attempts {
        let start = from + draw((to - from - 4 * DAY) as u64) as i64;
        let zero = lines.iter().map(|f| minutes(f[5])).min().unwrap_or(0);
        let mut names: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for f in lines {
            let mut account = |key| *names.entry(key).or_insert_with(|| draw(100_000));
            let (src, dst) = (account((f[6], f[7])), account((f[8], f[9])));
            let amount = f[12].parse::<f64>().unwrap_or(1.0) * 100.0;
            let ts = start + (minutes(f[5]) - zero) * 60_000;
            let raw = Raw { ts, src, dst, amount: amount as i64 % (1 << 50) };
            rows.push((raw, Some(((*id).into(), (*family).into()))));
        }
    }
    rows.sort_by_key(|(raw, _)| raw.ts);
    let mut accounts = stream::Accounts::default();
    let mut planted = Planted::new();
    let mut transfers = Vec::new();
    for (raw, attempt) in rows {
        if let Some((id, family)) = attempt {
            let place = transfers.len() as u32;
            planted.entry(id).or_insert((family, BTreeSet::new())).1.insert(place);
        }
        let (src, dst) = (accounts.number(raw.src), accounts.number(raw.dst));
        transfers.push(Transfer { ts: raw.ts, src, dst, amount: raw.amount });
    }
    println!("AMLworld attempts in {} transfers: all, then those of two or more", transfers.len());
    for least in [1, 2] {
        for parties in [2, 3, 5] {
            let bounds = Bounds {
                window: 4 * DAY,
                parties,
                middlemen: 5,
                length_max: 12,
                first_contacts: false,
            };
            report(&transfers, &planted, bounds, least);
        }
    }
}

/// Minutes of `YYYY/MM/DD HH:MM` in one month.
fn minutes(text: &str) -> i64 {
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().expect("digits");
    let month = part(5, 7) - 9;
    ((month * 30 + part(8, 10)) * 24 + part(11, 13)) * 60 + part(14, 16)
}
