//! What does the user run? The command line, wired to the parts.
//!
//! Owns the clock, the environment, stdout and the exit codes. Data goes to stdout, everything
//! else to stderr.

mod audit;
mod backtest;
mod backup;
mod batch;
mod benchmark;
mod cases;
mod client;
mod command;
mod doctor;
mod dossier;
mod explain;
mod feed;
mod flows;
mod history;
mod journal;
mod lab;
mod learn;
mod letters;
mod live;
mod model;
mod output;
mod progress;
mod promote;
mod query;
mod sample;
mod settings;
mod shell;
mod tap;
mod tasks;
mod toolbox;
mod top;
mod topology;
mod train;
mod usage;
mod validate;
mod what_if;

use crate::pipeline::{Overrides, Pipeline, PipelineError};
use crate::service;
use crate::simulate;
use crate::source::live::wall_clock;
use clap::Parser;
use command::Command;
use output::Format;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// How a command ended. The numbers are those of BSD `sysexits` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done = 0,
    /// The answer is no: faults found, cases failed, nothing matches.
    No = 1,
}

/// Why a command failed, and with which exit code.
#[derive(Debug)]
enum Failure {
    /// Input that cannot be used (65).
    Data(String),
    /// Input or output failed (74).
    Io(io::Error),
    /// A pipeline or model file is wrong (78).
    Config(miette::Report),
    /// A defect of the program (70).
    Defect(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Streaming risk early warning for market regulators.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let code = match run(cli.command) {
        Ok(outcome) => outcome as u8,
        Err(failure) => report(failure),
    };
    ExitCode::from(code)
}

fn report(failure: Failure) -> u8 {
    let (said, code) = match failure {
        Failure::Data(why) => (why, 65),
        Failure::Defect(why) => (format!("{why}\nthis is a defect: please report it"), 70),
        Failure::Io(error) => (error.to_string(), 74),
        Failure::Config(report) => (format!("{report:?}"), 78),
    };
    eprintln!("vestigo: {said}");
    code
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read_pipeline(path: &Path, overrides: &Overrides) -> Result<Pipeline, Failure> {
    Pipeline::read(path, overrides, environment)
        .map_err(|error: PipelineError| Failure::Config(error.into()))
}

fn run(command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Run { pipeline, workers, events, out, model, plain, state, listen } => {
            if service::is_live(&pipeline).map_err(|error| Failure::Config(error.into()))? {
                let overrides = service::Overrides { state, out, model, listen, files: events };
                live::run(&live::read(&pipeline, &overrides)?, workers)?;
                return Ok(Outcome::Done);
            }
            let overrides = Overrides { events, out, model };
            let pipeline = read_pipeline(&pipeline, &overrides)?;
            let options = batch::Options { workers, plain, ingested_at: wall_clock() };
            let bar = progress::Bar::new();
            let summary = batch::run(&pipeline, options, environment, &bar)?;
            bar.finish();
            eprintln!("{}", progress::said(&summary, &pipeline.out));
            Ok(Outcome::Done)
        }
        Command::Validate { paths, admit, horizon_years, most, format } => {
            let checked = validate::check(&paths, admit, horizon_years, wall_clock())?;
            validate::show(&checked, most, format)?;
            Ok(if checked.faults.is_empty() { Outcome::Done } else { Outcome::No })
        }
        Command::Simulate {
            seed,
            enterprises,
            days,
            out,
            noise,
            base_rate,
            difficulty,
            scenarios,
            flavour,
            background,
        } => {
            let options = simulate::Options {
                noise,
                positives: base_rate,
                difficulty: difficulty.into(),
                random_shares: scenarios == benchmark::Scenarios::Random,
                flavour: flavour.into(),
                background,
                ..simulate::Options::new(seed, enterprises, days, out)
            };
            let made = simulate::City::generate(&options)?;
            let made = serde_json::to_value(made).expect("plain counts");
            output::rows(Format::Ndjson, &[made], &[])?;
            Ok(Outcome::Done)
        }
        Command::Evaluate { truth, out, k, format, json } => {
            let report = crate::evaluate::evaluate(&truth, &out, k)
                .map_err(|error| Failure::Data(error.to_string()))?;
            match if json { Format::Json } else { format } {
                Format::Table => output::text(&report.to_table())?,
                format @ (Format::Json | Format::Ndjson) => {
                    let value = serde_json::to_value(report).expect("plain figures");
                    output::rows(format, &[value], &[])?;
                }
            }
            Ok(Outcome::Done)
        }
        Command::Benchmark(plan) => {
            benchmark::run(&plan)?;
            Ok(Outcome::Done)
        }
        Command::Learn(plan) => {
            learn::run(&plan)?;
            Ok(Outcome::Done)
        }
        Command::Test { paths, pipeline } => {
            let failed = cases::run(&paths, &pipeline)?;
            Ok(if failed == 0 { Outcome::Done } else { Outcome::No })
        }
        Command::Parse { what, text } => toolbox::parse(what, text).map(|()| Outcome::Done),
        Command::Match { what, text } => toolbox::matches(what, text).map(|()| Outcome::Done),
        Command::Control { file, format } => {
            output::rows(format, &toolbox::control(&file)?, toolbox::CONTROL)?;
            Ok(Outcome::Done)
        }
        Command::Flows(asked) => flows::run(&asked),
        Command::Warnings { folder, top, all, reasons, lang, format } => {
            let mut values = explain::board(&folder, all, lang)?;
            values.truncate(top.unwrap_or(usize::MAX));
            if reasons && format == Format::Table {
                for value in &values {
                    output::text(&explain::warning_tree(value, lang))?;
                }
            } else {
                output::rows(format, &values, explain::BOARD)?;
            }
            Ok(Outcome::Done)
        }
        Command::Model(task) => model::run(task),
        Command::Backtest(asked) => {
            let started = std::time::Instant::now();
            let report = backtest::run(&asked)?;
            let seconds = started.elapsed().as_secs_f64();
            eprintln!("{}; {seconds:.1} s", backtest::said(&report, &asked.out));
            Ok(Outcome::Done)
        }
        Command::Query(asked) => query::run(&asked, environment("VESTIGO_API_KEY")),
        Command::Tasks(tasks) => tasks::run(&tasks, environment("VESTIGO_API_KEY")),
        Command::Sample(task) => sample::run(&task, environment("VESTIGO_API_KEY")),
        Command::Feed(feed) => feed::run(&feed, environment("VESTIGO_API_KEY")),
        Command::Audit(task) => audit::run(task),
        Command::Journal(task) => journal::run(task),
        Command::DeadLetters(task) => letters::run(task),
        Command::Doctor { pipeline, state, format } => doctor::run(&pipeline, state, format),
        Command::Config(task) => settings::run(&task).map(|()| Outcome::Done),
        Command::Topology { pipeline, format } => {
            topology::run(&pipeline, format).map(|()| Outcome::Done)
        }
        Command::Top(asked) => top::run(&asked, environment("VESTIGO_API_KEY")),
        Command::Tap(asked) => tap::run(&asked, environment("VESTIGO_API_KEY")),
        Command::Backup(asked) => backup::run(&asked),
        Command::Restore(asked) => backup::restore(&asked),
        Command::Completions { shell } => shell::completions(shell).map(|()| Outcome::Done),
        Command::Man { to } => shell::man(to.as_deref()).map(|()| Outcome::Done),
        Command::Dossier(asked) => dossier::run(&asked),
        Command::Export { form, out, to, verdicts, publisher } => {
            let day = wall_clock().day().to_string();
            let publication = crate::export::Publication { publisher, day };
            let verdicts = verdicts.as_deref();
            let written = crate::export::export(form, &out, verdicts, &publication, &to)?;
            let written = serde_json::to_value(written).expect("plain counts");
            output::rows(Format::Ndjson, &[written], &[])?;
            Ok(Outcome::Done)
        }
        Command::Explain { id, what_if, pipeline, state, events, model, lang, format, .. }
            if !what_if.is_empty() =>
        {
            let pipeline = pipeline.unwrap_or_else(|| "pipelines/batch.toml".into());
            let place = history::Place { pipeline, events, state };
            let found = what_if::find(&id, &what_if, &place, model.as_deref())?;
            match format {
                Format::Table => output::text(&what_if::tree(&found, lang))?,
                Format::Json | Format::Ndjson => output::rows(format, &[found], &[])?,
            }
            Ok(Outcome::Done)
        }
        Command::Explain { id, out, as_of, pipeline, state, lang, format, .. } => {
            let pipeline = pipeline.unwrap_or_else(|| "pipelines/city.toml".into());
            let then = as_of.map(|at| live::as_of(&pipeline, state, &at)).transpose()?;
            let out = then.as_ref().map_or(out, |folder| folder.path().to_owned());
            let found = explain::find(&out, &id)?;
            if explain::is_empty(&found) {
                eprintln!("vestigo: nothing in \"{}\" is called \"{id}\"", out.display());
                return Ok(Outcome::No);
            }
            match format {
                Format::Table => output::text(&explain::tree(&found, lang))?,
                Format::Json | Format::Ndjson => output::rows(format, &[found], &[])?,
            }
            Ok(Outcome::Done)
        }
    }
}
