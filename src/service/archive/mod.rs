//! Where is what was removed from the journal? In Parquet files beside it, complete and sealed.
//!
//! ```text
//! archive/
//!     000000000000000001-000000000000048212.parquet    one segment: every epoch, every record
//!     manifest.json                                     the files with their digests; last
//! ```
//!
//! An archived segment can be read as the journal was: a replay from the beginning, a switch of the
//! model and a question about the past go through the archive first. Invariant: a segment is
//! removed when its file is durable, noted in the manifest, and was read back equal. Must not know:
//! what a record means.

mod history;
mod retention;
mod rows;
#[cfg(test)]
mod tests;
mod watch;

pub use history::{Epochs, History, Missing};
pub use retention::{Pass, Retention};
pub(super) use watch::Watch;

use crate::id::hex;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The layout of the files. A reader refuses a later one.
pub const FORMAT: u32 = 1;
/// The file that lists the others.
const MANIFEST: &str = "manifest.json";

/// A segment that was archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its first epoch.
    pub first: u64,
    /// Its last epoch.
    pub last: u64,
    /// When its first epoch was handed on.
    pub from: Time,
    /// When its last one was.
    pub through: Time,
    /// Epochs in it.
    pub epochs: u64,
    /// Records in it.
    pub records: u64,
    /// The file.
    pub file: String,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the journal segment that it stands for.
    pub segment_sha256: String,
}

/// The list of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// See [`FORMAT`].
    pub format: u32,
    /// The segments, oldest first.
    pub segments: Vec<Entry>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { format: FORMAT, segments: Vec::new() }
    }
}

impl Manifest {
    /// Reads the list of an archive's folder; empty when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is of a later format.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let path = folder.join(MANIFEST);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(named(&path, &error.to_string())),
        };
        let found: Self =
            serde_json::from_slice(&bytes).map_err(|error| named(&path, &error.to_string()))?;
        if found.format > FORMAT {
            let why = format!("is of format {}; this program reads up to {FORMAT}", found.format);
            return Err(named(&path, &why));
        }
        Ok(found)
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).expect("plain values");
        crate::sink::replace(&folder.join(MANIFEST), &text)
    }

    /// Files that are missing or not what was noted, with the reason.
    pub fn damaged(&self, folder: &Path) -> Vec<(String, String)> {
        let wrong = |entry: &Entry| {
            let why = match digest(&folder.join(&entry.file)) {
                Ok(sum) if sum == entry.sha256 => return None,
                Ok(_) => "its digest is not that of the manifest".to_owned(),
                Err(error) => error.to_string(),
            };
            Some((entry.file.clone(), why))
        };
        self.segments.iter().filter_map(wrong).collect()
    }

    /// The archived segment that holds an epoch, or the first one behind it.
    pub fn holding(&self, epoch: u64) -> Option<&Entry> {
        self.segments.iter().find(|entry| entry.last >= epoch)
    }
}

/// The archive's folder, below a state folder, unless the pipeline names another.
pub fn usual_folder(state: &Path) -> PathBuf {
    state.join("archive")
}

fn named(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive \"{}\": {why}", path.display()))
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    const STEP: usize = 1 << 20;
    let (mut file, mut sum, mut bytes) = (File::open(path)?, Sha256::new(), vec![0; STEP]);
    loop {
        match file.read(&mut bytes)? {
            0 => break,
            read => sum.update(&bytes[..read]),
        }
    }
    Ok(hex(&sum.finalize()))
}
