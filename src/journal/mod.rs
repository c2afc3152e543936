//! What was accepted, decided and told? The only state: an append-only log of epochs.
//!
//! ```text
//! journal/
//!     000000000000000001.vj    segment, named by its first epoch; grows to `segment_bytes`
//!     000000000000048213.vj    the last one is written to
//!     LOCK                     held by the process that writes
//!     cut/                     torn tails and damaged parts that were taken out, never deleted
//! ```
//!
//! An epoch is written whole and counts only when it is there whole. Every record and every length
//! is covered by a CRC-32. Invariant: what [`Writer::commit`] has returned for is on the disk;
//! after a failed write or fsync nothing more is taken. Must not know: what a record means.

pub mod crash;
mod frame;
mod reader;
mod repair;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{Epochs, Reader, begun_at, segments};
pub use repair::{Problem, Verified, Wound, repair, verify};
pub use writer::{Cut, Disk, Opened, Options, Writer};

use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of an epoch beside its records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// From 1, without gaps.
    pub sequence: u64,
    /// Wall clock when it was handed to the engine.
    pub handed_at: Time,
    /// The newest event time so far.
    pub watermark: Time,
    /// The model in force, with its digest.
    pub model: String,
    /// Where sources go on after it; those that changed.
    pub cursors: Vec<(String, String)>,
    /// Records of sources by event type: `[read, accepted, duplicate, dead]`.
    pub counts: Vec<(String, [u64; 4])>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An accepted event.
    Event {
        /// Of its content, as it came.
        digest: u128,
        /// The source, as the pipeline names it.
        source: Arc<str>,
        /// Where in the source it stood.
        position: u64,
        /// Its sealed JSON.
        json: Box<[u8]>,
    },
    /// A rejected record, as JSON.
    DeadLetter(Box<[u8]>),
    /// The wall clock has reached a day.
    Tick(Time),
    /// Another model judges from the next epoch on.
    Model {
        /// Name with digest.
        name: String,
        /// Its folder.
        path: String,
        /// Who asked for it.
        author: String,
        /// Why.
        reason: String,
    },
    /// A person decided something; JSON.
    Act(Box<[u8]>),
    /// An outlet has delivered everything through an epoch.
    Receipt {
        /// The outlet.
        outlet: String,
        /// The epoch.
        epoch: u64,
    },
}

/// A header and its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epoch {
    /// What is known of it.
    pub header: Header,
    /// What is in it.
    pub records: Vec<Record>,
}

/// Why the journal cannot be read or written.
#[derive(Debug)]
pub enum Error {
    /// Reading or writing failed.
    Io(PathBuf, std::io::Error),
    /// Another process writes.
    Locked(PathBuf),
    /// A place that cannot be read, with something readable behind it, or in a sealed segment.
    Damaged {
        /// The segment.
        segment: PathBuf,
        /// The byte at which the damage begins.
        offset: u64,
        /// The epoch that should stand there.
        epoch: u64,
        /// What is wrong.
        why: String,
    },
    /// Written by a newer version.
    Version(PathBuf, u32),
    /// A write or fsync failed before: nothing is taken any more until the journal is opened again.
    Poisoned,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "journal \"{}\": {error}", path.display()),
            Self::Locked(path) => {
                write!(f, "the journal \"{}\" is written by another process", path.display())
            }
            Self::Damaged { segment, offset, epoch, why } => {
                let folder = segment.parent().unwrap_or(segment).display();
                write!(
                    f,
                    "the journal is damaged: segment \"{}\", byte {offset}, epoch {epoch}: {why}; \
                     see `vestigo journal verify {folder}`, then `vestigo journal repair {folder}`",
                    segment.display()
                )
            }
            Self::Version(path, version) => write!(
                f,
                "the journal segment \"{}\" is of format {version}; this program reads up to {}",
                path.display(),
                frame::VERSION
            ),
            Self::Poisoned => f.write_str(
                "the journal takes no more: a write failed before; mend the disk and start again",
            ),
        }
    }
}

impl std::error::Error for Error {}
