//! How is a running instance kept elsewhere, and put back? `vestigo backup`, `vestigo restore`.

use crate::app::output::{self, Format};
use crate::app::{Failure, Outcome};
use crate::service::backup::{self, BackupError, Manifest};
use clap::Args;
use serde_json::json;
use std::io;
use std::path::PathBuf;

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Journal(error) => error.into(),
            BackupError::Damaged(..) => Self::Data(error.to_string()),
            other => Self::Io(io::Error::other(other.to_string())),
        }
    }
}

/// Where from and where to.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// State folder of the instance; it may be running.
    #[arg(long, env = "VESTIGO_STATE", default_value = "state")]
    state: PathBuf,
    /// The archive's folder, when it is not in the state folder.
    #[arg(long)]
    archive: Option<PathBuf>,
    /// An empty or new folder.
    #[arg(long, required_unless_present = "verify")]
    to: Option<PathBuf>,
    /// Check a backup instead of making one.
    #[arg(long, conflicts_with_all = ["to", "archive"])]
    verify: Option<PathBuf>,
}

/// Where from and where to.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(long)]
    from: PathBuf,
    /// State folder to make: empty or new.
    #[arg(long, env = "VESTIGO_STATE")]
    state: PathBuf,
}

fn tell(done: &str, manifest: &Manifest) -> Result<Outcome, Failure> {
    let row = json!({
        "done": done,
        "epoch": manifest.epoch,
        "at": manifest.at.to_string(),
        "version": manifest.version,
        "files": manifest.files.len(),
    });
    output::rows(Format::Ndjson, &[row], &[])?;
    Ok(Outcome::Done)
}

/// Makes or checks a backup.
pub(crate) fn run(asked: &Backup) -> Result<Outcome, Failure> {
    if let Some(from) = &asked.verify {
        return tell("verified", &backup::verify(from)?);
    }
    let to = asked.to.as_deref().unwrap_or_else(|| std::path::Path::new("."));
    let made = backup::take(&asked.state, asked.archive.as_deref(), to)?;
    eprintln!("keep the key of the pseudonyms ([persons] key) apart: it is not in the backup");
    tell("backed up", &made)
}

/// Puts a backup back.
pub(crate) fn restore(asked: &Restore) -> Result<Outcome, Failure> {
    tell("restored", &backup::restore(&asked.from, &asked.state)?)
}
