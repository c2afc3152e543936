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
mod query;
mod settings;
mod shell;
mod tap;
mod tasks;
mod toolbox;
mod top;
mod topology;
mod usage;
mod validate;
mod what_if;

use crate::pipeline::{Overrides, Pipeline, PipelineError};
use crate::service;
use crate::simulate;
use crate::source::live::wall_clock;
use clap::{Parser, Subcommand};
use output::Format;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a pipeline: over all its events and end (batch), or as a service until SIGTERM (live).
    Run {
        /// Pipeline file.
        #[arg(default_value = "pipelines/batch.toml")]
        pipeline: PathBuf,
        /// Worker threads.
        #[arg(long, default_value_t = 2)]
        workers: usize,
        /// Event file, folder or glob instead of the pipeline's; may be repeated.
        #[arg(long)]
        events: Vec<String>,
        /// Result folder instead of the pipeline's.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Model folder instead of the pipeline's.
        #[arg(long)]
        model: Option<PathBuf>,
        /// Run the stages in a plain loop on one thread instead of the dataflow: the reference.
        #[arg(long, hide = true)]
        plain: bool,
        /// State folder of a live pipeline instead of the file's.
        #[arg(long)]
        state: Option<PathBuf>,
        /// Address of a live pipeline's HTTP server instead of the file's.
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Check event files; show every fault at its place.
    Validate {
        /// Files, folders or globs.
        #[arg(required = true)]
        paths: Vec<String>,
        /// USCC to admit although its check character fails; may be repeated.
        #[arg(long)]
        admit: Vec<String>,
        /// Retention horizon, in years.
        #[arg(long, default_value_t = 10)]
        horizon_years: u32,
        /// Show at most so many faults.
        #[arg(long, default_value_t = 20)]
        most: usize,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Make a synthetic city: contract events and the truth about them.
    Simulate {
        /// Another seed, another city.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Enterprises in the background.
        #[arg(long, default_value_t = 5_000)]
        enterprises: u32,
        /// Days of events.
        #[arg(long, default_value_t = 730)]
        days: u32,
        /// Folder for the files.
        #[arg(long)]
        out: PathBuf,
        /// 0 for clean data, 1 for life as it is, 2 for twice as much that is wrong.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
        /// Planted successions as a share of the enterprises.
        #[arg(long, visible_alias = "positives", default_value_t = 0.004)]
        base_rate: f64,
        /// How well the owners of planted successions hide.
        #[arg(long, value_enum, default_value = "mixed")]
        difficulty: benchmark::Difficulty,
        /// Scenarios and decoys in turn, or in shares that the seed draws.
        #[arg(long, value_enum, default_value = "even")]
        scenarios: benchmark::Scenarios,
        /// Trades and addresses of the city.
        #[arg(long, value_enum, default_value = "port")]
        flavour: benchmark::Flavour,
        /// Times as many unrelated enterprises; the planted cases stay as they are.
        #[arg(long, default_value_t = 1.0)]
        background: f64,
    },
    /// Compare results with the truth about a synthetic city.
    Evaluate {
        /// `truth.json` of a simulation.
        truth: PathBuf,
        /// Result folder of a run over its events.
        #[arg(default_value = "out")]
        out: PathBuf,
        /// Pairs that a bureau looks into; by default five for every thousand enterprises.
        #[arg(long)]
        k: Option<usize>,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
        /// The same as `--format json`.
        #[arg(long)]
        json: bool,
    },
    /// Make many synthetic cities, run and evaluate each, and show the table of figures.
    Benchmark(benchmark::Plan),
    /// Learn what each family of evidence should weigh, from cities or from verdicts.
    Learn(learn::Plan),
    /// Run the cases of pipelines: small events in, expected results out.
    Test {
        /// Folders of cases, or single case files.
        #[arg(default_value = "pipelines/batch/cases")]
        paths: Vec<PathBuf>,
        /// Pipeline file.
        #[arg(long, default_value = "pipelines/batch.toml")]
        pipeline: PathBuf,
    },
    /// Take names, addresses, phones or codes apart: lines in, objects out.
    Parse {
        /// What the lines are.
        #[arg(value_enum)]
        what: toolbox::Part,
        /// Text to take apart; lines of stdin when none is given.
        text: Vec<String>,
    },
    /// Compare two names or addresses a line, separated by a tab.
    Match {
        /// What the lines are.
        #[arg(value_enum)]
        what: toolbox::Pairing,
        /// Two texts to compare; lines of stdin when none are given.
        #[arg(num_args = 0..=2)]
        text: Vec<String>,
    },
    /// Who controls whom: every control pair of a table `owner,owned,share`.
    Control {
        /// CSV file.
        file: PathBuf,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Which patterns of fund flow are in a file of transfers `id,ts,src,dst,amount`?
    Flows(Box<flows::Asked>),
    /// List the warnings of a result folder, highest level first.
    Warnings {
        /// Result folder of a run.
        #[arg(default_value = "out")]
        folder: PathBuf,
        /// At most so many.
        #[arg(long)]
        top: Option<usize>,
        /// Withdrawn ones too.
        #[arg(long)]
        all: bool,
        /// With the evidence for and against.
        #[arg(long)]
        reasons: bool,
        /// Language of the statements.
        #[arg(long, value_enum, default_value = "zh")]
        lang: explain::Language,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Explain a warning, a pair (A..B), a task, a flow or an enterprise (USCC or name).
    Explain {
        /// What to explain.
        id: String,
        /// Result folder of a run.
        #[arg(long, env = "VESTIGO_OUT", default_value = "out")]
        out: PathBuf,
        /// What was known and believed at this moment of arrival (RFC 3339), computed from the
        /// journal of a live pipeline instead of read from a result folder.
        #[arg(long)]
        as_of: Option<String>,
        /// The pipeline of `--as-of` (`pipelines/city.toml` unless given) or of `--what-if`
        /// (`pipelines/batch.toml` unless given).
        #[arg(long)]
        pipeline: Option<PathBuf>,
        /// The live pipeline's state folder instead of the file's.
        #[arg(long)]
        state: Option<PathBuf>,
        /// What the index would be if: `repair:EVENT`, `repair:all`, `perform:EVENT`,
        /// `withdraw:EVENT`. Computed from the events of `--pipeline` (the batch pipeline unless
        /// given); may be repeated.
        #[arg(long, conflicts_with = "as_of")]
        what_if: Vec<String>,
        /// Event file, folder or glob instead of the pipeline's, for `--what-if`.
        #[arg(long)]
        events: Vec<String>,
        /// Model instead of the pipeline's, for `--what-if`: its folder, or its id below `models/`.
        #[arg(long)]
        model: Option<String>,
        /// Language of the statements.
        #[arg(long, value_enum, default_value = "zh")]
        lang: explain::Language,
        /// Form of the output; `table` is a tree here.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// List, compare and check models.
    #[command(subcommand)]
    Model(model::Task),
    /// What would another model have said? Two models over the same events, compared.
    Backtest(backtest::Asked),
    /// Ask in SQL: of a running service, or of a folder of results or Parquet tables.
    Query(query::Asked),
    /// Work on the tasks of a running service; the key stands in VESTIGO_API_KEY.
    Tasks(tasks::Tasks),
    /// Check the audit of a live pipeline.
    #[command(subcommand)]
    Audit(audit::Task),
    /// Tell the story of a suspected succession, for a human decision: both lives, the evidence
    /// test by test, what speaks against it, what would change it, and the sources.
    Dossier(dossier::Asked),
    /// Write a result folder for other tools: enterprises by name, persons as placeholders.
    Export {
        /// Form of the export.
        #[arg(value_enum)]
        form: crate::export::Form,
        /// Result folder of a run.
        #[arg(long, env = "VESTIGO_OUT", default_value = "out")]
        out: PathBuf,
        /// File to write.
        #[arg(long)]
        to: PathBuf,
        /// People's decisions, one object a line: predecessor, successor, and the verdict
        /// `confirmed` or `refuted`. Without one no pair is called a succession.
        #[arg(long)]
        verdicts: Option<PathBuf>,
    },
    /// Hand files of events to a running service, in order of time: the past at once, the last
    /// days at a pace. The key stands in VESTIGO_API_KEY.
    Feed(feed::Feed),
    /// Look after the journal of a live pipeline.
    #[command(subcommand)]
    Journal(journal::Task),
    /// List, show, mend and replay rejected records.
    #[command(subcommand)]
    DeadLetters(letters::Task),
    /// Try everything that a service needs, and tell how to mend what fails. Exit 1 when something
    /// does.
    Doctor {
        /// Pipeline file.
        #[arg(default_value = "pipelines/city.toml")]
        pipeline: PathBuf,
        /// State folder instead of the file's.
        #[arg(long)]
        state: Option<PathBuf>,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Show what a pipeline file comes to, and where each value is set.
    #[command(subcommand)]
    Config(settings::Task),
    /// Draw what flows where.
    Topology {
        /// Pipeline file.
        #[arg(default_value = "pipelines/city.toml")]
        pipeline: PathBuf,
        /// Language of the picture.
        #[arg(long, value_enum, default_value = "mermaid")]
        format: topology::Language,
    },
    /// Watch a running service in the terminal; the key stands in VESTIGO_API_KEY.
    Top(top::Top),
    /// Follow what comes out of a stage of a running service, one object a line.
    Tap(tap::Tap),
    /// Copy the state of an instance, running or not, and check the copy.
    Backup(backup::Backup),
    /// Put a backup back as a state folder.
    Restore(backup::Restore),
    /// Write the completions of a shell to stdout.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual page to stdout.
    Man {
        /// Write the page of every command into this folder instead.
        #[arg(long)]
        to: Option<PathBuf>,
    },
}

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let code = match command(cli.command) {
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

fn command(command: Command) -> Result<Outcome, Failure> {
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
        Command::Export { form, out, to, verdicts } => {
            let written = crate::export::export(form, &out, verdicts.as_deref(), &to)?;
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
