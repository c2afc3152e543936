//! Which commands are there? Their names, arguments and help.

use crate::app::output::Format;
use crate::app::{
    audit, backtest, backup, benchmark, dossier, explain, feed, flows, journal, learn, letters,
    model, query, sample, settings, tap, tasks, toolbox, top, topology,
};
use clap::Subcommand;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What is asked.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
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
    /// Draw enterprises and officers for inspection, or check a draw (双随机).
    #[command(subcommand)]
    Sample(sample::Task),
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
        /// Who publishes it; stands in every BODS statement.
        #[arg(long, default_value = "Vestigo")]
        publisher: String,
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
