//! What goes through the miner, and what does it cost? Files of transfers, streams, clocks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use vestigo::flow::miner::{Config, Hear, LENGTH_MAX, Miner, Seen, Transfer};

pub(crate) const DAY: i64 = 86_400_000;

/// A transfer as it comes: accounts are numbers of the outside world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw {
    pub(crate) ts: i64,
    pub(crate) src: u64,
    pub(crate) dst: u64,
    pub(crate) amount: i64,
}

/// What is shared with the bench: data of others, peers.
pub(crate) fn shared() -> PathBuf {
    std::env::var_os("VESTIGO_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}

/// Where the peers' environments and files are.
pub(crate) fn peers_home() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    std::env::var_os("PEERS_HOME").map_or(home.join(".cache/vestigo-peers"), PathBuf::from)
}

/// A file of `gen.py`; `None`, said aloud, when it is not there.
pub(crate) fn generated(tag: &str) -> Option<Vec<Raw>> {
    let path = peers_home().join(format!("data/transfers_{tag}.csv"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is absent: see ../shared/peers/README.md", path.display());
        return None;
    };
    let field = |field: Option<&str>| field.and_then(|f| f.parse::<i64>().ok()).expect("a number");
    let raw = |line: &str| {
        let mut fields = line.split(',').skip(1);
        let mut next = || field(fields.next());
        Raw { ts: next(), src: next() as u64, dst: next() as u64, amount: next() }
    };
    Some(text.lines().skip(1).map(raw).collect())
}

/// CPU seconds of this thread so far.
pub(crate) fn cpu_seconds() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// Numbers for accounts, as a caller would give them out: inside the clock.
#[derive(Default)]
pub(crate) struct Accounts(rustc_hash::FxHashMap<u64, u32>);

impl Accounts {
    pub(crate) fn number(&mut self, account: u64) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(account).or_insert(next)
    }
}

/// What a run gave.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) per_cpu_second: f64,
    /// CPU milliseconds of each batch.
    pub(crate) batches: Vec<f64>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) by_length: [u64; LENGTH_MAX + 1],
    pub(crate) paid: [[u64; 4]; 3],
    /// Bytes a transfer in the window, the window's largest.
    pub(crate) bytes: f64,
    pub(crate) bitten: u64,
}

impl Run {
    /// Of a batch, the part of all that were faster.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.batches.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or(0.0)
    }

    fn take(&mut self, seen: &Seen) {
        let mut add = |name, n: u64| *self.counts.entry(name).or_default() += n;
        add("fan-in", u64::from(seen.fan[1].payers >= 2));
        add("fan-out", u64::from(seen.fan[0].payees >= 2));
        add("scatter-gather", u64::from(seen.scatter_gathers));
        add("temp-cycle", seen.cycles.iter().map(|n| u64::from(*n)).sum());
        add("lc-cycle", seen.simple_cycles.iter().map(|n| u64::from(*n)).sum());
        for (sum, n) in self.by_length.iter_mut().zip(seen.cycles) {
            *sum += u64::from(n);
        }
        for (sums, paid) in self.paid.iter_mut().zip(seen.paid) {
            let own = [u64::from(paid.count), paid.sum, paid.max as u64, u64::from(paid.parties)];
            sums.iter_mut().zip(own).for_each(|(sum, n)| *sum += n);
        }
    }
}

/// Runs a stream through a miner. The clock covers the numbering of accounts, the miner and the
/// reading of what it says; the clock of a batch costs about a microsecond.
pub(crate) fn run(config: &Config, stream: &[Raw], batch: usize) -> Run {
    let mut run = Run::default();
    let mut miner = Miner::new(config.clone());
    let mut accounts = Accounts::default();
    let mut held = 0;
    let whole = cpu_seconds();
    for batch in stream.chunks(batch) {
        let start = cpu_seconds();
        for raw in batch {
            let (src, dst) = (accounts.number(raw.src), accounts.number(raw.dst));
            let transfer = Transfer { ts: raw.ts, src, dst, amount: raw.amount };
            if let Some(seen) = miner.push(&transfer, &mut Deaf) {
                run.take(seen);
            }
        }
        run.batches.push((cpu_seconds() - start) * 1e3);
        if miner.held() > held {
            held = miner.held();
            run.bytes = miner.bytes() as f64 / held as f64;
        }
    }
    run.per_cpu_second = stream.len() as f64 / (cpu_seconds() - whole);
    run.bitten = miner.totals().bitten;
    run
}

struct Deaf;

impl Hear for Deaf {}

/// The best of some runs.
pub(crate) fn best(config: &Config, stream: &[Raw], runs: usize) -> Run {
    let all = (0..runs).map(|_| run(config, stream, 1024));
    all.max_by(|a, b| a.per_cpu_second.total_cmp(&b.per_cpu_second)).expect("a run")
}

/// Wall seconds of something.
pub(crate) fn wall<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64(), done)
}
