//! Which patterns are in a file of transfers? `vestigo flows`: for analysts, without a pipeline.
//!
//! The file is read whole, put in order of time, and run through the miner as if it arrived.

mod accounts;
mod columns;
mod features;
mod listing;
mod read;

use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome};
use crate::flow::miner::{Config, LENGTH_MAX, Miner, Seen, Totals};
use clap::Args;
use listing::Listing;
use read::Table;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// What is asked of a file of transfers.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// CSV, NDJSON or Parquet file with columns id, ts, src, dst, amount.
    file: PathBuf,
    /// Patterns, comma-separated, each with its own window if wanted: fan-in, fan-out, cycle,
    /// simple-cycle, scatter-gather, gather-scatter (`cycle=7d,fan-in=1d`).
    #[arg(long, value_delimiter = ',', default_values_t = DEFAULT.map(String::from))]
    patterns: Vec<String>,
    /// Window of patterns without one of their own: a number and ms, s, m, h or d.
    #[arg(long, default_value = "7d")]
    window: String,
    /// Most transfers of a cycle.
    #[arg(long, default_value_t = 10)]
    cycle_length_max: usize,
    /// Fewest counterparties of a fan, and on each side of gather-scatter.
    #[arg(long, default_value_t = 10)]
    parties: u32,
    /// Fewest middlemen of scatter-gather.
    #[arg(long, default_value_t = 3)]
    middlemen: u32,
    /// Print the number of instances per pattern and length instead of the instances.
    #[arg(long)]
    counts: bool,
    /// Write a vector of features per transfer to this Parquet file.
    #[arg(long, value_name = "OUT.parquet")]
    features: Option<PathBuf>,
    /// Write a vector of features per account, as of the last transfer, to this Parquet file.
    #[arg(long, value_name = "OUT.parquet")]
    account_features: Option<PathBuf>,
    /// Names of the file's columns: `id=tx_id,ts=date,src=from,dst=to,amount=value`.
    #[arg(long, value_delimiter = ',')]
    map: Vec<String>,
    /// Unit of times that are plain numbers.
    #[arg(long, value_enum, default_value = "auto")]
    time_unit: read::Unit,
    /// Most list entries that the search for one pattern looks at for one transfer; 0: no bound.
    #[arg(long, default_value_t = 1_000_000)]
    budget: u64,
    /// Threads among which the searches are divided.
    #[arg(long, default_value_t = 1)]
    workers: u32,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

const DEFAULT: [&str; 5] = ["fan-in", "fan-out", "cycle", "scatter-gather", "gather-scatter"];
const COUNTS: &[Column] = &[("pattern", "pattern"), ("length", "length"), ("count", "count")];
const INSTANCES: &[Column] = &[
    ("pattern", "pattern"),
    ("size", "size"),
    ("transfers", "transfer_count"),
    ("amount", "amount"),
    ("retention", "retention"),
    ("first", "first"),
    ("span, h", "span_hours"),
    ("accounts", "accounts_shown"),
];

/// What is searched, as asked; windows in the unit of the table's times.
#[derive(Clone, Copy, Debug, Default)]
struct Patterns {
    fan_in: Option<i64>,
    fan_out: Option<i64>,
    cycle: Option<i64>,
    simple_cycle: Option<i64>,
    scatter_gather: Option<i64>,
    gather_scatter: Option<i64>,
}

impl Patterns {
    fn parse(asked: &Asked) -> Result<Self, Failure> {
        let own = duration(&asked.window)?;
        let mut patterns = Self::default();
        for item in &asked.patterns {
            let (name, window) = match item.split_once('=') {
                Some((name, window)) => (name, duration(window)?),
                None => (item.as_str(), own),
            };
            let place = match name {
                "fan-in" => &mut patterns.fan_in,
                "fan-out" => &mut patterns.fan_out,
                "cycle" => &mut patterns.cycle,
                "simple-cycle" => &mut patterns.simple_cycle,
                "scatter-gather" => &mut patterns.scatter_gather,
                "gather-scatter" => &mut patterns.gather_scatter,
                other => {
                    return Err(Failure::Data(format!(
                        "--patterns: \"{other}\" is none of fan-in, fan-out, cycle, \
                         simple-cycle, scatter-gather, gather-scatter"
                    )));
                }
            };
            *place = Some(window);
        }
        if patterns.fan_in.is_some()
            && patterns.fan_out.is_some()
            && patterns.fan_in != patterns.fan_out
        {
            let why = "--patterns: fan-in and fan-out share one window; run them one by one";
            return Err(Failure::Data(why.into()));
        }
        Ok(patterns)
    }

    fn all(&mut self) -> [&mut Option<i64>; 6] {
        [
            &mut self.fan_in,
            &mut self.fan_out,
            &mut self.cycle,
            &mut self.simple_cycle,
            &mut self.scatter_gather,
            &mut self.gather_scatter,
        ]
    }
}

/// Reads `7d`, `36h`, `90m`, `3600s`, `500ms` as milliseconds.
fn duration(text: &str) -> Result<i64, Failure> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match &text[digits..] {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(DAY),
        _ => None,
    };
    let number = text[..digits].parse::<i64>().ok();
    number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit)).ok_or_else(|| {
        Failure::Data(format!("window \"{text}\": a number and ms, s, m, h or d is expected (7d)"))
    })
}

/// Reads the file, runs the miner, shows what was found.
pub(crate) fn run(asked: &Asked) -> Result<Outcome, Failure> {
    if !(2..=LENGTH_MAX).contains(&asked.cycle_length_max) {
        return Err(Failure::Data(format!("--cycle-length-max: from 2 to {LENGTH_MAX}")));
    }
    let mut patterns = Patterns::parse(asked)?;
    let mut table = read::table(&asked.file, &asked.map, asked.time_unit)?;
    fit(&mut table, &mut patterns)?;
    let config = config(asked, &table, patterns);
    let workers = asked.workers.clamp(1, 64);
    let shares = std::thread::scope(|scope| {
        let run = |own| {
            let (config, table) = (&config, &table);
            scope.spawn(move || mine(asked, config, patterns, table, (own, workers)))
        };
        let threads: Vec<_> = (0..workers).map(run).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.collect::<Result<Vec<_>, _>>()
    });
    let shares = shares.map_err(|_| Failure::Defect("a worker of the miner panicked".into()))?;
    let mut listing = Listing::new(patterns);
    let mut totals = Totals::default();
    let mut sights = Vec::new();
    for (share, found, seen) in shares {
        totals = Totals { bitten: totals.bitten + share.bitten, ..share };
        listing.merge(found);
        sights.push(seen);
    }
    if let Some(path) = &asked.features {
        let seen = features::joined(sights);
        features::write(path, &table, &config, &seen)?;
    }
    if let Some(path) = &asked.account_features {
        accounts::write(path, &table)?;
    }
    show(asked, &table, &listing)?;
    say(asked, &table, &totals);
    Ok(Outcome::Done)
}

/// Sees to it that windows fit the miner: milliseconds, or seconds when all times are whole ones.
fn fit(table: &mut Table, patterns: &mut Patterns) -> Result<(), Failure> {
    let widest = patterns.all().into_iter().filter_map(|window| *window).max().unwrap_or(0);
    if widest < i64::from(u32::MAX) {
        return Ok(());
    }
    let whole = table.transfers.iter().all(|t| t.ts % 1000 == 0) && widest / 1000 < 1 << 32;
    if !whole {
        let why = "--window: over 49 days only when all times are whole seconds";
        return Err(Failure::Data(why.into()));
    }
    table.unit_ms = 1000;
    table.transfers.iter_mut().for_each(|t| t.ts /= 1000);
    for window in patterns.all().into_iter().flatten() {
        *window /= 1000;
    }
    Ok(())
}

fn config(asked: &Asked, table: &Table, patterns: Patterns) -> Config {
    let days = |n: i64| n * DAY / table.unit_ms;
    let vectors = asked.features.is_some();
    let fan = patterns.fan_in.or(patterns.fan_out);
    Config {
        fan: fan.or(vectors.then(|| days(1))),
        degree: fan.or(vectors.then(|| days(1))),
        gather_scatter: patterns.gather_scatter,
        scatter_gather: patterns.scatter_gather,
        cycle: patterns.cycle,
        simple_cycle: patterns.simple_cycle,
        length_max: asked.cycle_length_max,
        spread: vectors.then(|| days(1)),
        payer: if vectors { [1, 7, 30].map(days).to_vec() } else { Vec::new() },
        budget: asked.budget,
        share: None,
    }
}

/// One worker's run: all transfers, its share of the searches.
fn mine(
    asked: &Asked,
    config: &Config,
    patterns: Patterns,
    table: &Table,
    (own, of): (u32, u32),
) -> (Totals, Listing, Vec<Seen>) {
    let share = (of > 1).then_some((own, of));
    let mut config = Config { share, ..config.clone() };
    if own > 0 {
        // What is counted, not searched, is counted by the first.
        let none = Config::default();
        config = Config {
            fan: none.fan,
            degree: none.degree,
            gather_scatter: none.gather_scatter,
            spread: none.spread,
            payer: none.payer,
            ..config
        };
    }
    let mut miner = Miner::new(config);
    let mut listing = Listing::new(patterns);
    let mut sights = Vec::new();
    for (number, transfer) in table.transfers.iter().enumerate() {
        listing.next(number, transfer, (asked.parties, asked.middlemen), !asked.counts);
        let Some(seen) = miner.push(transfer, &mut listing) else { continue };
        if own == 0 {
            listing.take(seen);
        }
        if asked.features.is_some() {
            sights.push(seen.clone());
        }
    }
    (miner.totals(), listing, sights)
}

fn show(asked: &Asked, table: &Table, listing: &Listing) -> Result<(), Failure> {
    if asked.counts {
        let count = |((pattern, length), count): (&(&str, usize), &u64)| json!({ "pattern": pattern, "length": length, "count": count });
        let rows: Vec<Value> = listing.counts().iter().map(count).collect();
        return Ok(output::rows(asked.format, &rows, COUNTS)?);
    }
    let rows = listing.instances(table);
    Ok(output::rows(asked.format, &rows, INSTANCES)?)
}

fn say(asked: &Asked, table: &Table, totals: &Totals) {
    eprintln!(
        "vestigo: {} transfers among {} accounts in \"{}\"",
        totals.taken,
        table.names.len(),
        asked.file.display()
    );
    if totals.bitten > 0 {
        eprintln!(
            "vestigo: {} searches stopped at the budget of {} entries: their counts are lower \
             bounds (--budget 0 searches without one)",
            totals.bitten, asked.budget
        );
    }
}
