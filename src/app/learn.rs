//! What should the detector's evidence weigh? A model with corrected weights, and a card that says
//! how it came about.

use crate::app::batch::{self, Quiet};
use crate::app::benchmark::{KEY, Seeds, environment, seeds};
use crate::app::{Failure, output};
use crate::evaluate::learn::{FAMILIES, Learned, Sample, by_expectation, by_verdicts, reliability};
use crate::pipeline::{Overrides, Pipeline};
use crate::simulate;
use crate::source::live::wall_clock;
use clap::ValueEnum;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// How to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Without verdicts: expectation-maximisation over the candidate pairs (Fellegi–Sunter).
    Em,
    /// From verdicts: logistic regression drawn towards the weights in force.
    Verdicts,
}

/// What to learn from.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Plan {
    /// How to learn.
    #[arg(long, value_enum, default_value = "verdicts")]
    method: Method,
    /// Seeds of invented cities to learn from, when no events are given.
    #[arg(long, default_value = "1..6", value_parser = seeds)]
    seeds: Seeds,
    /// Enterprises of each invented city.
    #[arg(long, default_value_t = 3_000)]
    enterprises: u32,
    /// Days of each invented city.
    #[arg(long, default_value_t = 540)]
    days: u32,
    /// Event files (glob) to learn from instead of invented cities.
    #[arg(long)]
    events: Vec<String>,
    /// Verdicts on pairs for these events, as `truth.json` (its `successions` alone will do).
    #[arg(long)]
    truth: Option<PathBuf>,
    /// How many verdicts the weights in force are worth.
    #[arg(long, default_value_t = 200.0)]
    strength: f64,
    /// Pipeline file.
    #[arg(long, default_value = "pipelines/batch.toml")]
    pipeline: PathBuf,
    /// Model folder to start from, instead of the pipeline's.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Write the model with the learned weights, and its card, to this new folder.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Learns, shows what was learned, and writes the model where one is wanted.
pub(super) fn run(plan: &Plan) -> Result<(), Failure> {
    let overrides = Overrides { events: Vec::new(), out: None, model: plan.model.clone() };
    let pipeline = Pipeline::read(&plan.pipeline, &overrides, environment)
        .map_err(|error| Failure::Config(error.into()))?;
    let from = plan.model.clone().unwrap_or(pipeline.model);
    let text = std::fs::read_to_string(from.join("succession.toml"))?;
    let file: toml::Table =
        toml::from_str(&text).map_err(|error| Failure::Data(error.to_string()))?;
    let prior = file.get("prior").and_then(toml::Value::as_float).unwrap_or_default();
    let samples = samples(plan, &from, &text)?;
    let learned = match plan.method {
        Method::Em => by_expectation(&samples, prior),
        Method::Verdicts => by_verdicts(&samples, prior, plan.strength),
    };
    let card = card(plan, &samples, prior, &learned);
    output::text(&card)?;
    if let Some(out) = &plan.out {
        write(&from, out, &text, &file, &learned)?;
        std::fs::write(out.join("succession-card.md"), card)?;
    }
    Ok(())
}

/// All candidate pairs, also those that are too weak to be told.
fn samples(plan: &Plan, from: &Path, text: &str) -> Result<Vec<Sample>, Failure> {
    let scratch = tempfile::tempdir()?;
    let model = scratch.path().join("model/version");
    copy(from, &model)?;
    if let Some(calendar) = from.parent().and_then(Path::parent).map(|all| all.join("calendar")) {
        // The calendar lies beside the models; where it is elsewhere, loading says so.
        copy(&calendar, &scratch.path().join("calendar"))?;
    }
    let open = replaced(text, "levels", "report", "0.0002");
    std::fs::write(model.join("succession.toml"), open)?;
    let mut samples = Vec::new();
    if plan.events.is_empty() {
        for seed in &plan.seeds.0 {
            let city = scratch.path().join(format!("city-{seed}"));
            simulate::City::generate(&simulate::Options::new(
                *seed,
                plan.enterprises,
                plan.days,
                &city,
            ))?;
            let events = vec![city.join("*.ndjson").display().to_string()];
            let truth = city.join("truth.json");
            samples.extend(of_run(plan, &model, events, Some(&truth), scratch.path())?);
            eprintln!("seed {seed}: done");
        }
    } else {
        let truth = plan.truth.as_deref();
        samples = of_run(plan, &model, plan.events.clone(), truth, scratch.path())?;
    }
    Ok(samples)
}

fn of_run(
    plan: &Plan,
    model: &Path,
    events: Vec<String>,
    truth: Option<&Path>,
    scratch: &Path,
) -> Result<Vec<Sample>, Failure> {
    let out = scratch.join("out");
    let overrides = Overrides { events, out: Some(out.clone()), model: Some(model.to_path_buf()) };
    let mut pipeline = Pipeline::read(&plan.pipeline, &overrides, environment)
        .map_err(|error| Failure::Config(error.into()))?;
    KEY.clone_into(&mut pipeline.key);
    let options = batch::Options { workers: 2, plain: false, ingested_at: wall_clock() };
    batch::run(&pipeline, options, environment, &Quiet)?;
    let verdicts = truth.map(Verdicts::read).transpose()?;
    let file = std::fs::File::open(out.join("successions.ndjson"))?;
    let mut samples = Vec::new();
    for line in io::BufReader::new(file).lines() {
        let pair: Value = serde_json::from_str(&line?).map_err(io::Error::other)?;
        samples.push(sample(&pair, verdicts.as_ref()));
    }
    Ok(samples)
}

fn sample(pair: &Value, verdicts: Option<&Verdicts>) -> Sample {
    let bits = FAMILIES.map(|family| pair["family_bits"][family].as_f64().unwrap_or(0.0));
    let against = pair["against"].as_array().into_iter().flatten();
    let against: f64 = against.filter_map(|line| line["weight"].as_f64()).sum();
    let evidence = pair["evidence"].as_array().into_iter().flatten();
    let told: f64 = evidence.filter_map(|line| line["weight"].as_f64()).sum();
    // What a neighbour in the chain lent is in no family; the gate's ceilings are round figures.
    let lent = (told - bits.iter().sum::<f64>()).abs() > 0.1;
    let confidence = pair["confidence"].as_f64().unwrap_or(0.0);
    let capped = [0.04, 0.2, 0.28, 0.45].iter().any(|cap| (confidence - cap).abs() < 1e-9);
    let name = |key: &str| pair[key].as_str().unwrap_or_default().to_owned();
    let key = (name("predecessor"), name("successor"));
    let verdict = verdicts.and_then(|verdicts| verdicts.of(&key));
    Sample { bits, against, open: !capped && !lent, verdict }
}

/// What is known of pairs.
struct Verdicts {
    right: BTreeSet<(String, String)>,
    silent: BTreeSet<(String, String)>,
}

impl Verdicts {
    fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)?;
        let truth: Value = serde_json::from_str(&text).map_err(io::Error::other)?;
        let of = |list: &str| {
            let pairs = truth[list].as_array().into_iter().flatten();
            pairs.filter_map(pair_of).collect::<BTreeSet<_>>()
        };
        let right = of("successions");
        let mut silent = of("unripe");
        // Pairs along a chain are neither right nor wrong.
        for (a, b) in &right {
            let next = right.iter().filter(|(c, _)| c == b);
            silent.extend(next.map(|(_, d)| (a.clone(), d.clone())));
        }
        Ok(Self { right, silent })
    }

    fn of(&self, pair: &(String, String)) -> Option<bool> {
        let right = self.right.contains(pair);
        (right || !self.silent.contains(pair)).then_some(right)
    }
}

fn pair_of(value: &Value) -> Option<(String, String)> {
    let (a, b) = match value.as_array() {
        Some(list) => (list.first()?, list.get(1)?),
        None => (&value["predecessor"], &value["successor"]),
    };
    Some((a.as_str()?.to_owned(), b.as_str()?.to_owned()))
}

fn card(plan: &Plan, samples: &[Sample], prior: f64, learned: &Learned) -> String {
    let mut text = String::from("# What the detector's evidence weighs\n\n");
    let judged = samples.iter().filter(|sample| sample.verdict.is_some()).count();
    let right = samples.iter().filter(|sample| sample.verdict == Some(true)).count();
    let data = if plan.events.is_empty() {
        let (seeds, number) = (&plan.seeds.0, plan.enterprises);
        let (first, last) = (seeds.first().unwrap_or(&0), seeds.last().unwrap_or(&0));
        format!("{} invented cities (seeds {first} to {last}) of {number}", seeds.len())
    } else {
        format!("the events of {}", plan.events.join(", "))
    };
    let method = match plan.method {
        Method::Em => "expectation-maximisation without verdicts (Fellegi–Sunter)",
        Method::Verdicts => "logistic regression on verdicts, drawn to the weights in force",
    };
    let _ = writeln!(
        text,
        "- data: {data}; {} candidate pairs, {judged} judged, {right} true",
        samples.len()
    );
    let _ = writeln!(text, "- method: {method}; {} pairs, {} steps", learned.pairs, learned.steps);
    let _ = writeln!(text, "- prior: {prior:.2} bits before, {:.2} after\n", learned.prior);
    text += "| family | factor | m and u by level (none, weak, plain, strong) |\n|---|---|---|\n";
    for (at, family) in FAMILIES.iter().enumerate() {
        let cells = learned.table[at].iter().map(|cell| format!("{:.3}/{:.3}", cell.m, cell.u));
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(text, "| {family} | {:.2} | {} |", learned.factors[at], cells.join(", "));
    }
    text += "\n## Reliability\n\n| said | before: true (pairs) | after: true (pairs) |\n|---|---|---|\n";
    let before = reliability(samples, prior, &[1.0; 9]);
    let after = reliability(samples, learned.prior, &learned.factors);
    for (at, (a, b)) in before.iter().zip(after).enumerate() {
        let from = at as f64 / 10.0;
        let cell = |(_, held, pairs): (f64, f64, usize)| match pairs {
            0 => "–".to_owned(),
            _ => format!("{held:.2} ({pairs})"),
        };
        let _ = writeln!(text, "| {from:.1}–{:.1} | {} | {} |", from + 0.1, cell(*a), cell(b));
    }
    text += "\n## Known weaknesses\n\n- Families are taken as independent given the verdict; \
             persons, phones and premises are not.\n- Pairs that the gate holds back and pairs \
             lifted by their chain teach nothing about confidence.\n- Invented cities know the \
             same scenarios as the detector: weights learned on them are no estimate for a real \
             register.\n";
    text
}

fn write(
    from: &Path,
    out: &Path,
    text: &str,
    file: &toml::Table,
    learned: &Learned,
) -> Result<(), Failure> {
    if out.exists() {
        let why =
            format!("\"{}\" is there already: versions are added, never edited", out.display());
        return Err(Failure::Data(why));
    }
    copy(from, out)?;
    let mut next = text.to_owned();
    for (family, factor) in FAMILIES.iter().zip(learned.factors) {
        let known = file.get("scale").and_then(|scale| scale.get(family));
        let known = known.and_then(toml::Value::as_float).unwrap_or(1.0);
        next = replaced(&next, "scale", family, &format!("{:.3}", known * factor));
    }
    next = replaced(&next, "", "prior", &format!("{:.3}", learned.prior));
    std::fs::write(out.join("succession.toml"), next)?;
    Ok(())
}

/// The text of a model file with one value replaced; comments stay.
fn replaced(text: &str, section: &str, key: &str, value: &str) -> String {
    let mut here = String::new();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix('[') {
            name.split(']').next().unwrap_or_default().clone_into(&mut here);
        }
        let own =
            line.split('=').next().is_some_and(|name| name.trim() == key) && line.contains('=');
        if own && here == section {
            let note =
                line.split_once('#').map(|(_, note)| format!("  #{note}")).unwrap_or_default();
            lines.push(format!("{key} = {value}{note}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_replaced_and_the_rest_stays() {
        let text =
            "prior = -10.0\n[scale]  # learned\ncontrol = 1.0   # people\n[other]\ncontrol = 2.0\n";
        let next = replaced(&replaced(text, "scale", "control", "0.8"), "", "prior", "-9.5");
        assert_eq!(
            next,
            "prior = -9.5\n[scale]  # learned\ncontrol = 0.8  # people\n[other]\ncontrol = 2.0\n"
        );
    }

    #[test]
    fn a_chain_is_neither_right_nor_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("truth.json");
        let text = r#"{"successions":[{"predecessor":"A","successor":"B"},
            {"predecessor":"B","successor":"C"}],"unripe":[["D","E"]]}"#;
        std::fs::write(&path, text).expect("written");
        let verdicts = Verdicts::read(&path).expect("read");
        let of = |a: &str, b: &str| verdicts.of(&(a.to_owned(), b.to_owned()));
        assert_eq!(
            [of("A", "B"), of("A", "C"), of("D", "E"), of("X", "Y")],
            [Some(true), None, None, Some(false)]
        );
    }
}
