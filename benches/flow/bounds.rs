//! What are the bounds? Latency at hubs, bytes a transfer, ten windows long, two threads.

use crate::stream::{self, DAY, Raw};
use vestigo::flow::miner::{Config, Miner, Transfer};

fn patterns() -> Config {
    Config {
        fan: Some(DAY),
        degree: Some(DAY),
        scatter_gather: Some(3 * DAY),
        cycle: Some(7 * DAY),
        length_max: 10,
        budget: 20_000,
        ..Config::default()
    }
}

/// A stream with three hubs, each with so many transfers in seven days: one is paid, one pays, one
/// does both. As many transfers again are between others.
fn hubs(edges: usize) -> Vec<Raw> {
    let mut seed = 7u64;
    let mut draw = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let step = 7 * DAY / (edges as i64 * 6);
    let one = |nth: i64, draw: &mut dyn FnMut(u64) -> u64| {
        let (a, b) = (10 + draw(100_000), 10 + draw(100_000));
        let (src, dst) = match nth % 6 {
            0 => (a, 0),
            1 => (1, b),
            2 => (a, 2),
            3 => (2, b),
            _ => (a, if a == b { b + 1 } else { b }),
        };
        Raw { ts: nth * step, src, dst, amount: 1 + draw(1_000_000) as i64 }
    };
    (0..edges as i64 * 12).map(|nth| one(nth, &mut draw)).collect()
}

pub(crate) fn measure() {
    let stream = hubs(50_000);
    let run = stream::run(&patterns(), &stream, 128);
    println!(
        "hubs of 50,000: {:.0} /CPU-s; batch of 128: p50 {:.2}, p99 {:.2}, max {:.2} ms CPU; \
         searches bounded {} of {}; {:.1} bytes a transfer",
        run.per_cpu_second,
        run.quantile(0.5),
        run.quantile(0.99),
        run.quantile(1.0 - 1e-9),
        run.bitten,
        stream.len(),
        run.bytes
    );
    let Some(million) = stream::generated("1m") else { return };
    let run = stream::run(&patterns(), &million, 128);
    println!(
        "patterns, a million: {:.0} /CPU-s; batch of 128: p50 {:.2}, p99 {:.2}, max {:.2} ms CPU; \
         searches bounded {}; {:.1} bytes a transfer",
        run.per_cpu_second,
        run.quantile(0.5),
        run.quantile(0.99),
        run.quantile(1.0 - 1e-9),
        run.bitten,
        run.bytes
    );
    flat(&million);
    threads(&million);
}

/// Throughput of each tenth of a stream of ten windows.
fn flat(million: &[Raw]) {
    let config = Config { cycle: Some(3 * DAY), ..patterns() };
    let run = stream::run(&config, million, 1000);
    let tenth = run.batches.len() / 10;
    let rates: Vec<String> = run
        .batches
        .chunks(tenth)
        .map(|part| format!("{:.0}", part.len() as f64 * 1e6 / part.iter().sum::<f64>()))
        .collect();
    println!("window of 3 days over 30, transfers per CPU-s by tenth: {}", rates.join(" "));
}

/// Searches divided among two threads, each of which keeps the window.
fn threads(million: &[Raw]) {
    let mut accounts = stream::Accounts::default();
    let transfers: Vec<Transfer> = million
        .iter()
        .map(|raw| {
            let (src, dst) = (accounts.number(raw.src), accounts.number(raw.dst));
            Transfer { ts: raw.ts, src, dst, amount: raw.amount }
        })
        .collect();
    let share = |own: u32, of: u32| {
        let config = Config { share: (of > 1).then_some((own, of)), ..patterns() };
        let mut miner = Miner::new(config);
        let start = stream::cpu_seconds();
        let mut cycles = 0u64;
        for transfer in &transfers {
            if let Some(seen) = miner.push(transfer, &mut ()) {
                cycles += seen.cycles.iter().map(|n| u64::from(*n)).sum::<u64>();
            }
        }
        (stream::cpu_seconds() - start, cycles)
    };
    let (one_wall, (one, cycles)) = stream::wall(|| share(0, 1));
    let (two_wall, parts) = stream::wall(|| {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..2).map(|own| scope.spawn(move || share(own, 2))).collect();
            threads.into_iter().map(|t| t.join().expect("no panic")).collect::<Vec<_>>()
        })
    });
    assert_eq!(cycles, parts.iter().map(|p| p.1).sum::<u64>(), "shares add up");
    let slowest = parts.iter().map(|p| p.0).fold(0.0, f64::max);
    println!(
        "two threads: {:.2} times one by CPU of the slower thread, {:.2} by the wall clock",
        one / slowest,
        one_wall / two_wall
    );
}
