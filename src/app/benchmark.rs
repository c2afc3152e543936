//! How good is the detector on cities that nobody tuned for? Many cities, one table.

use crate::app::lab::Lab;
use crate::app::{Failure, output};
use crate::evaluate::pool::{Pooled, Spread, pool};
use crate::evaluate::{Report, evaluate};
use crate::simulate;
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How well the owners hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Difficulty {
    /// Hardly.
    Easy,
    /// All skills, evenly.
    Mixed,
    /// Well.
    Hard,
}

impl From<Difficulty> for simulate::Difficulty {
    fn from(difficulty: Difficulty) -> Self {
        match difficulty {
            Difficulty::Easy => Self::Easy,
            Difficulty::Mixed => Self::Mixed,
            Difficulty::Hard => Self::Hard,
        }
    }
}

/// Trades and addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Flavour {
    /// A town of shops and services.
    Town,
    /// A port.
    Port,
    /// A trade zone.
    Zone,
}

impl From<Flavour> for simulate::Flavour {
    fn from(flavour: Flavour) -> Self {
        match flavour {
            Flavour::Town => Self::Town,
            Flavour::Port => Self::Port,
            Flavour::Zone => Self::Zone,
        }
    }
}

/// The shares of scenarios and decoy kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Scenarios {
    /// In turn.
    Even,
    /// As the seed draws them.
    Random,
}

/// A kind of city that the detector has to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Condition {
    /// As asked for on the command line.
    Mixed,
    /// Twice the noise.
    Noise,
    /// Three times as many unrelated enterprises.
    Background,
    /// Shares of scenarios and decoys drawn by the seed.
    Random,
}

impl Condition {
    const fn word(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Noise => "noise x2",
            Self::Background => "background x3",
            Self::Random => "random shares",
        }
    }

    fn apply(self, options: simulate::Options) -> simulate::Options {
        match self {
            Self::Mixed => options,
            Self::Noise => simulate::Options { noise: options.noise * 2.0, ..options },
            Self::Background => simulate::Options { background: 3.0, ..options },
            Self::Random => simulate::Options { random_shares: true, ..options },
        }
    }
}

/// What to run.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Plan {
    /// Seeds of the cities: `A..B`, both included, or single ones with commas.
    #[arg(long, default_value = "1..20", value_parser = seeds)]
    seeds: Seeds,
    /// Enterprises in each city, the planted ones aside.
    #[arg(long, default_value_t = 3_000)]
    enterprises: u32,
    /// Days of events.
    #[arg(long, default_value_t = 540)]
    days: u32,
    /// Conditions, with commas; all by default.
    #[arg(long, value_enum, value_delimiter = ',',
          default_values = ["mixed", "noise", "background", "random"])]
    conditions: Vec<Condition>,
    /// How well the owners hide.
    #[arg(long, value_enum, default_value = "mixed")]
    difficulty: Difficulty,
    /// Trades and addresses of the cities.
    #[arg(long, value_enum, default_value = "port")]
    flavour: Flavour,
    /// Noise of the first condition.
    #[arg(long, default_value_t = 1.0)]
    noise: f64,
    /// Planted successions as a share of the enterprises.
    #[arg(long, default_value_t = 0.004)]
    base_rate: f64,
    /// Pairs that a bureau looks into; by default five for every thousand enterprises.
    #[arg(long)]
    k: Option<usize>,
    /// Pipeline file.
    #[arg(long, default_value = "pipelines/batch.toml")]
    pipeline: PathBuf,
    /// Model folder instead of the pipeline's.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Cities made and run at a time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Write all figures, and what was missed and wrong in each city, to this JSON file.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Seeds, as given.
#[derive(Clone, Debug)]
pub(super) struct Seeds(pub(super) Vec<u64>);

pub(super) fn seeds(text: &str) -> Result<Seeds, String> {
    let number = |part: &str| {
        part.trim().parse::<u64>().map_err(|_| format!("\"{part}\" is no seed: give A..B or A,B,C"))
    };
    let seeds = match text.split_once("..") {
        Some((first, last)) => (number(first)?..=number(last.trim_start_matches('='))?).collect(),
        None => text.split(',').map(number).collect::<Result<Vec<_>, _>>()?,
    };
    if seeds.is_empty() { Err("no seed between these".to_owned()) } else { Ok(Seeds(seeds)) }
}

/// A city with the figures of its run.
#[derive(Debug, serde::Serialize)]
struct CityReport {
    seed: u64,
    #[serde(flatten)]
    report: Report,
}

/// All cities of a condition.
#[derive(Debug, serde::Serialize)]
struct Row {
    condition: &'static str,
    pooled: Pooled,
    /// Pairs found in the first condition and no longer here; where the planted cases are the same.
    lost: Option<usize>,
    cities: Vec<CityReport>,
}

/// Makes, runs and compares all cities, and shows the table.
pub(super) fn run(plan: &Plan) -> Result<(), Failure> {
    let lab = Lab::open(&plan.pipeline, plan.model.clone())?;
    let mut rows: Vec<Row> = Vec::new();
    for condition in &plan.conditions {
        let cities = cities(&lab, plan, *condition)?;
        let reports: Vec<Report> = cities.iter().map(|city| city.report.clone()).collect();
        let comparable = *condition == Condition::Background;
        let first = rows.first().filter(|row| comparable && row.condition == "mixed");
        let lost = first.map(|first| lost(&first.cities, &cities));
        rows.push(Row { condition: condition.word(), pooled: pool(&reports), lost, cities });
    }
    output::text(&shown(&rows))?;
    if let Some(path) = &plan.json {
        let text = serde_json::to_string_pretty(&rows).map_err(io::Error::other)?;
        std::fs::write(path, text + "\n")?;
    }
    Ok(())
}

fn cities(lab: &Lab, plan: &Plan, condition: Condition) -> Result<Vec<CityReport>, Failure> {
    let next = AtomicUsize::new(0);
    let seeds = &plan.seeds.0;
    let work = || -> Result<Vec<CityReport>, Failure> {
        let mut done = Vec::new();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(CityReport { seed: *seed, report: city(lab, plan, condition, *seed)? });
            eprintln!("{} seed {seed}: done", condition.word());
        }
        Ok(done)
    };
    let jobs: Vec<Result<Vec<CityReport>, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..plan.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| {
                let defect = |_| Failure::Defect("a city's thread panicked".to_owned());
                thread.join().map_err(defect).flatten()
            })
            .collect()
    });
    let mut cities = Vec::new();
    for job in jobs {
        cities.extend(job?);
    }
    cities.sort_by_key(|city| city.seed);
    Ok(cities)
}

fn city(lab: &Lab, plan: &Plan, condition: Condition, seed: u64) -> Result<Report, Failure> {
    let folder = tempfile::tempdir()?;
    let (events, out) = (folder.path().join("city"), folder.path().join("out"));
    let options = simulate::Options {
        noise: plan.noise,
        positives: plan.base_rate,
        difficulty: plan.difficulty.into(),
        flavour: plan.flavour.into(),
        ..simulate::Options::new(seed, plan.enterprises, plan.days, &events)
    };
    simulate::City::generate(&condition.apply(options))?;
    lab.run_city(&events, &out, 1)?;
    evaluate(&events.join("truth.json"), &out, plan.k)
        .map_err(|error| Failure::Data(error.to_string()))
}

/// Pairs found before and missed now.
fn lost(before: &[CityReport], now: &[CityReport]) -> usize {
    let missed = |city: &CityReport| -> BTreeSet<(String, String)> {
        let pairs = &city.report.successions.missed;
        pairs.iter().map(|p| (p.predecessor.clone(), p.successor.clone())).collect()
    };
    before.iter().zip(now).map(|(a, b)| missed(b).difference(&missed(a)).count()).sum()
}

fn shown(rows: &[Row]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN).set_header([
        "condition",
        "detector",
        "pairs",
        "precision",
        "recall",
        "AP",
        "easy",
        "medium",
        "hard",
        "worst decoy",
        "at k",
        "24 h",
        "lead d",
        "lost",
    ]);
    let two = |s: &Spread| format!("{:.3} ({:.3})", s.mean, s.min);
    for row in rows {
        let pooled = &row.pooled;
        let worst = pooled
            .worst_decoy()
            .map_or_else(String::new, |(kind, rate)| format!("{kind} {:.1} %", rate * 100.0));
        let thirds =
            ["easy", "medium", "hard"].map(|third| format!("{:.3}", pooled.recall_of(third)));
        let [easy, medium, hard] = thirds;
        table.add_row([
            row.condition.to_owned(),
            "vestigo".to_owned(),
            pooled.truth.to_string(),
            two(&pooled.precision),
            two(&pooled.recall),
            two(&pooled.average_precision),
            easy,
            medium,
            hard,
            worst,
            two(&pooled.precision_at_k),
            format!("{:.3}", pooled.within_24h.mean),
            format!("{:.0}", pooled.lead_days.mean),
            row.lost.map_or_else(|| "-".to_owned(), |lost| lost.to_string()),
        ]);
        if let Some(naive) = &pooled.baseline {
            let of = |third: &str| {
                naive.by_difficulty.get(third).map_or_else(String::new, |s| {
                    format!("{:.3}", s.found as f64 / s.of.max(1) as f64)
                })
            };
            table.add_row([
                row.condition.to_owned(),
                "naive".to_owned(),
                pooled.truth.to_string(),
                two(&naive.precision),
                two(&naive.recall),
                two(&naive.average_precision),
                of("easy"),
                of("medium"),
                of("hard"),
            ]);
        }
    }
    let mut text = format!("mean (worst city)\n{table}\n");
    for row in rows {
        let pooled = &row.pooled;
        for (title, shares) in [
            ("recall by scenario", &pooled.by_scenario),
            ("recall by evasion", &pooled.by_evasion),
            ("decoys flagged", &pooled.decoys),
        ] {
            let parts: Vec<String> =
                shares.iter().map(|(key, s)| format!("{key} {}/{}", s.found, s.of)).collect();
            let _ = writeln!(text, "\n{}, {title}: {}", row.condition, parts.join(", "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seeds() {
        assert_eq!(seeds("3..5").unwrap().0, [3, 4, 5]);
        assert_eq!(seeds("7, 9").unwrap().0, [7, 9]);
        assert!(seeds("5..3").is_err() && seeds("x").is_err());
    }
}
