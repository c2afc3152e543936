//! Was the audit changed? Its chain, checked from the command line.

use crate::access::audit::verify;
use crate::app::{Failure, Outcome};
use clap::Subcommand;
use std::path::PathBuf;

/// What is done with an audit.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Check every line, link and signature. Exit code 1 when something was changed.
    Verify {
        /// The state folder of the live pipeline.
        #[arg(default_value = "state")]
        state: PathBuf,
        /// A head that was kept elsewhere: the chain must still hold it.
        #[arg(long)]
        head: Option<String>,
    },
}

/// Runs a task.
pub(crate) fn run(task: Task) -> Result<Outcome, Failure> {
    let Task::Verify { state, head } = task;
    let found = verify(&state)?;
    if let Some((line, why)) = &found.fault {
        eprintln!("vestigo: line {line} of the audit {why}");
        return Ok(Outcome::No);
    }
    if let Some(head) = head {
        let lines = crate::access::audit::lines(&state)?;
        if !lines.iter().any(|line| line.hash == head) {
            eprintln!("vestigo: the audit does not hold the head {head}: lines were cut off");
            return Ok(Outcome::No);
        }
    }
    crate::app::output::text(&format!("{} lines, whole; head {}", found.lines, found.head))?;
    Ok(Outcome::Done)
}
