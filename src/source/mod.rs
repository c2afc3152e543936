//! Where do events come from? Files, folders and globs, plain or compressed, whole or growing.
//!
//! Invariant: every line that is not blank is read once and ends as an event or a dead letter,
//! whatever the number of threads. Memory per line and per unpacked file is bounded.

pub mod due;
mod files;
pub mod kafka;
mod key;
pub mod live;
mod read;
pub mod tail;
#[cfg(test)]
mod tests;

pub use files::{Chunk, FileFault, Lines, Overlong, find};
pub use key::{KeyError, secret};
pub use read::{Intake, Original, Position, Rejected, Taken, lines_at, read_all};

use std::fmt;
use std::path::PathBuf;

/// Why the input cannot be read at all. (A damaged file is a dead letter, not an error.)
#[derive(Debug)]
pub enum SourceError {
    /// A pattern that is no pattern.
    Pattern(String, String),
    /// A path that names nothing.
    Nothing(String),
    /// A file or folder that cannot be opened.
    Open(PathBuf, std::io::Error),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern, why) => write!(f, "read the pattern \"{pattern}\": {why}"),
            Self::Nothing(path) => write!(f, "no event file is at \"{path}\""),
            Self::Open(path, why) => write!(f, "open \"{}\": {why}", path.display()),
        }
    }
}

impl std::error::Error for SourceError {}
