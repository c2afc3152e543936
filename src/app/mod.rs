//! What does the user run? The command line, wired to the parts.
//!
//! Owns the clock, the environment, stdout and the exit codes. Data goes to stdout, everything
//! else to stderr.

mod explain;
mod output;

use clap::{Parser, Subcommand};
use output::Format;
use std::io;
use std::path::PathBuf;
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
        /// Language of the statements.
        #[arg(long, value_enum, default_value = "zh")]
        lang: explain::Language,
        /// Form of the output; `table` is a tree here.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
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

fn command(command: Command) -> Result<Outcome, Failure> {
    match command {
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
        Command::Explain { id, out, lang, format } => {
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
