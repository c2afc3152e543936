//! How fast beside IBM's Graph Feature Preprocessor, on the same transfers in the same run?
//!
//! snapml sees the whole batch before it answers, so its counts depend on the batch (it is causal
//! at batch 1), and its temporal cycles have no length bound; ours go to ten transfers.

use crate::stream::{self, DAY, Raw, Run};
use std::process::Command;
use vestigo::flow::miner::Config;

/// The parameter sets of `snapml_w1.py`, as ours.
fn sets() -> Vec<(&'static str, Config)> {
    let none = Config { length_max: 10, ..Config::default() };
    let paper = Config {
        fan: Some(DAY),
        degree: Some(DAY),
        scatter_gather: Some(DAY / 4),
        cycle: Some(DAY),
        spread: Some(DAY),
        ..none.clone()
    };
    let patterns = Config {
        fan: Some(DAY),
        degree: Some(DAY),
        scatter_gather: Some(3 * DAY),
        cycle: Some(7 * DAY),
        ..none.clone()
    };
    vec![
        ("fan1d", Config { fan: Some(DAY), ..none.clone() }),
        ("deg1d", Config { degree: Some(DAY), ..none.clone() }),
        ("sg1d", Config { scatter_gather: Some(DAY), ..none.clone() }),
        ("sg3d", Config { scatter_gather: Some(3 * DAY), ..none.clone() }),
        ("tc1d", Config { cycle: Some(DAY), ..none.clone() }),
        ("tc3d", Config { cycle: Some(3 * DAY), ..none.clone() }),
        ("paper_nolc", paper.clone()),
        ("paper", Config { simple_cycle: Some(DAY), ..paper }),
        ("patterns", patterns),
    ]
}

/// What snapml said: transfers per CPU second, and its line.
struct Peer {
    per_cpu_second: f64,
    said: serde_json::Value,
}

fn snapml(n: usize, batch: usize, set: &str, limit: u32) -> Option<Peer> {
    let python = stream::peers_home().join("snapml/bin/python");
    let script = stream::shared().join("peers/snapml_w1.py");
    if !python.exists() || !script.exists() {
        eprintln!(
            "SKIPPED: no snapml: set it up with ../shared/peers/setup.sh gen snapml and gen.py, \
             PEERS_HOME={}",
            stream::peers_home().display()
        );
        return None;
    }
    let done = Command::new(python)
        .arg(script)
        .args([n.to_string(), batch.to_string(), "1".into(), set.into()])
        .args(["--limit".into(), limit.to_string()])
        .env("PEERS_HOME", stream::peers_home())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python runs");
    let text = String::from_utf8_lossy(&done.stdout);
    let said: Option<serde_json::Value> =
        text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let Some(said) = said else {
        eprintln!("FAILED: snapml {set}: {}", String::from_utf8_lossy(&done.stderr));
        return None;
    };
    Some(Peer { per_cpu_second: said["tx_per_cpu_s"].as_f64().unwrap_or(f64::NAN), said })
}

/// Both, set by set. `FLOW_LIMIT` is the most wall seconds of one run of the peer.
pub(crate) fn side_by_side() {
    let limit = std::env::var("FLOW_LIMIT").ok().and_then(|s| s.parse().ok()).unwrap_or(240);
    println!("set | transfers | batch of the peer | vestigo /CPU-s | snapml /CPU-s | times | aim");
    if let Some(million) = stream::generated("1m") {
        for (name, config) in sets() {
            let aim = match name {
                "paper" | "paper_nolc" => 5.0,
                "patterns" => 20.0,
                _ => 3.0,
            };
            let own = stream::best(&config, &million, 3);
            row(name, &own, million.len(), 1024, limit, aim);
        }
    }
    if let Some(some) = stream::generated("200k") {
        let (name, config) = sets().pop().expect("patterns is the last");
        let own = stream::best(&config, &some, 3);
        row(name, &own, some.len(), 1, limit, 12.0);
    }
}

fn row(name: &str, own: &Run, n: usize, batch: usize, limit: u32, aim: f64) {
    let peer = snapml(n, batch, name, limit);
    let (theirs, times) = peer.as_ref().map_or((f64::NAN, f64::NAN), |peer| {
        (peer.per_cpu_second, own.per_cpu_second / peer.per_cpu_second)
    });
    println!(
        "{name} | {n} | {batch} | {:.0} | {theirs:.0} | {times:.1} | {aim}",
        own.per_cpu_second
    );
    println!("    vestigo {:?} cycles by length {:?}", own.counts, &own.by_length[2..=10]);
    if let Some(Peer { said, .. }) = peer {
        println!(
            "    snapml over {} transfers, last fifth {} /CPU-s, {} edges {}",
            said["n"], said["tail_tx_per_cpu_s"], said["counts"], said["edges_hit"]
        );
    }
}

/// Checksums of windows of 1, 7 and 30 days per payer at every transfer, on which DuckDB, Polars,
/// Bytewax and Flink agree: sums of count, sum, maximum and distinct counterparties.
const CHECKSUMS: [(&str, [[u64; 4]; 3]); 2] = [
    (
        "200k",
        [
            [333_303, 117_553_177_637, 94_262_534_240, 333_260],
            [855_437, 303_498_137_557, 154_707_528_525, 854_367],
            [1_741_792, 619_528_003_142, 220_785_130_149, 1_733_084],
        ],
    ),
    (
        "1m",
        [
            [3_708_701, 1_316_766_833_298, 730_365_349_210, 3_704_514],
            [17_178_451, 6_122_718_271_760, 1_686_138_922_975, 17_018_472],
            [39_904_403, 14_127_285_818_707, 2_566_116_901_564, 39_029_532],
        ],
    ),
];

/// Windows per payer, with the checksums of the peers.
pub(crate) fn windows() {
    for (tag, checksums) in CHECKSUMS {
        let Some(transfers) = stream::generated(tag) else { continue };
        let transfers: Vec<Raw> = transfers;
        let config = Config { payer: [1, 7, 30].map(|d| d * DAY).to_vec(), ..Config::default() };
        let run = stream::best(&config, &transfers, 5);
        assert_eq!(run.paid, checksums, "the windows differ from those of the peers");
        println!("windows 1, 7, 30 days, {tag}: {:.0} /CPU-s, checksums equal", run.per_cpu_second);
    }
}
