//! What should the detector's evidence weigh? A model with corrected weights, and a card that says
//! how it came about.

use crate::app::benchmark::{Seeds, seeds};
use crate::app::lab::Lab;
use crate::app::{Failure, output};
use crate::evaluate::learn::{
    self, FAMILIES, Learned, Sample, by_expectation, by_verdicts, reliability,
};
use crate::model::Model;
use crate::simulate;
use crate::text::Family;
use clap::ValueEnum;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Confidence from which a candidate pair is learned from.
const REPORT: f64 = 0.000_2;
const WORKERS: usize = 2;

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
    if plan.out.as_ref().is_some_and(|out| out.exists()) {
        let why = "the folder of --out is there already: versions are added, never edited";
        return Err(Failure::Data(why.to_owned()));
    }
    let mut lab = Lab::open(&plan.pipeline, plan.model.clone())?;
    let config = Arc::make_mut(&mut lab.model.stages.succession);
    let (prior, scale) = (config.prior, Family::ALL.map(|family| config.scale.of(family)));
    // Candidates that are too weak to be told teach as well.
    config.levels.report = REPORT;
    let samples = samples(plan, &lab)?;
    let learned = match plan.method {
        Method::Em => by_expectation(&samples, prior),
        Method::Verdicts => by_verdicts(&samples, prior, plan.strength),
    };
    let card = card(plan, &samples, prior, &learned);
    output::text(&card)?;
    if let Some(out) = &plan.out {
        write(&lab.model, &scale, out, &learned)?;
        std::fs::write(out.join("succession-card.md"), card)?;
    }
    Ok(())
}

/// All candidate pairs.
fn samples(plan: &Plan, lab: &Lab) -> Result<Vec<Sample>, Failure> {
    let gate = &lab.model.stages.succession.gate;
    let ceilings =
        [gate.cap_no_motive, gate.cap_declared, gate.cap_auction, gate.cap_open, gate.cap_through];
    let scratch = tempfile::tempdir()?;
    let (city, out) = (scratch.path().join("city"), scratch.path().join("out"));
    let read = |truth: Option<&Path>| {
        learn::samples(&out, truth, &ceilings).map_err(|error| Failure::Data(error.to_string()))
    };
    if !plan.events.is_empty() {
        lab.run(plan.events.clone(), &out, WORKERS)?;
        return read(plan.truth.as_deref());
    }
    let mut samples = Vec::new();
    for seed in &plan.seeds.0 {
        let options = simulate::Options::new(*seed, plan.enterprises, plan.days, &city);
        simulate::City::generate(&options)?;
        lab.run_city(&city, &out, WORKERS)?;
        samples.extend(read(Some(&city.join("truth.json")))?);
        std::fs::remove_dir_all(&city)?;
        eprintln!("seed {seed}: done");
    }
    Ok(samples)
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

/// The model's files in a new folder, with the learned weights.
fn write(model: &Model, scale: &[f64; 9], out: &Path, learned: &Learned) -> Result<(), Failure> {
    std::fs::create_dir_all(out)?;
    for (name, text) in model.own_files() {
        let text = if name == Path::new("succession.toml") {
            let mut next = replaced(text, "", "prior", &format!("{:.3}", learned.prior));
            for (at, family) in Family::ALL.into_iter().enumerate() {
                let value = format!("{:.3}", scale[at] * learned.factors[at]);
                next = replaced(&next, "scale", family.word(), &value);
            }
            next
        } else {
            text.to_owned()
        };
        std::fs::write(out.join(name), text)?;
    }
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
}
