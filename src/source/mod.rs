//! Where do events come from? Files of NDJSON, plain, `.gz` or `.zst`, read and parsed in parallel.
//!
//! Invariant: every line that is not blank becomes an entry or a rejection with its position and
//! its masked original; nothing is dropped silently. Memory is bounded by the typed events: no more
//! than one block of raw bytes is held per thread, whatever the files hold.
//! Must not know: what is done with events.

mod files;
mod intake;
mod key;
mod lines;
mod original;
#[cfg(test)]
mod tests;
mod unpack;

pub use files::find;
pub use intake::{Entry, Intake, Options, Position, Progress, Rejected, read_all};
pub use key::{Key, KeyError};
pub use lines::{lines_at, originals};
pub use original::Original;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why files cannot be read.
#[derive(Debug, miette::Diagnostic)]
pub enum SourceError {
    /// Nothing is there.
    #[diagnostic(help("give a file, a folder with .ndjson files (or .gz, .zst), or a glob"))]
    Nothing {
        /// The path or glob as given.
        pattern: String,
    },
    /// The glob is wrong.
    Glob {
        /// The glob as given.
        pattern: String,
        /// What is wrong.
        error: glob::PatternError,
    },
    /// More files than one run may have.
    TooMany {
        /// The path or glob at which it was noticed.
        pattern: String,
    },
    /// A file or folder cannot be read.
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl SourceError {
    fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Read { path, error }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { pattern } => write!(f, "read events: nothing in \"{pattern}\""),
            Self::Glob { pattern, error } => write!(f, "read events: \"{pattern}\": {error}"),
            Self::TooMany { pattern } => {
                let most = crate::limits::FILES_MAX;
                write!(f, "read events: over {most} files in \"{pattern}\"")
            }
            Self::Read { path, error } => write!(f, "read \"{}\": {error}", path.display()),
        }
    }
}

impl std::error::Error for SourceError {}
