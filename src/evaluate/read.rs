//! What do the files say? JSON objects and lines, with the place of what cannot be read.

use rustc_hash::FxHashSet;
use serde::de::DeserializeOwned;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// A file that cannot be read, or is not what it should be.
#[derive(Debug)]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// From 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read '{}'", self.path.display())?;
        if self.line > 0 {
            write!(f, " line {}", self.line)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for Error {}

fn error(path: &Path, line: usize, problem: impl fmt::Display) -> Error {
    Error { path: path.to_owned(), line, problem: problem.to_string() }
}

/// The one object of a file.
pub(super) fn object<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read(path).map_err(|e| error(path, 0, e))?;
    serde_json::from_slice(&text).map_err(|e| error(path, e.line(), e))
}

/// Calls for every line of a file that is not blank.
pub(super) fn each_line(path: &Path, mut take: impl FnMut(&str)) -> Result<(), Error> {
    let file = File::open(path).map_err(|e| error(path, 0, e))?;
    for (i, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|e| error(path, i + 1, e))?;
        if !line.trim().is_empty() {
            take(&line);
        }
    }
    Ok(())
}

/// The objects of an NDJSON file; unknown keys are ignored.
pub(super) fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    let file = File::open(path).map_err(|e| error(path, 0, e))?;
    let mut found = Vec::new();
    for (i, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|e| error(path, i + 1, e))?;
        if !line.trim().is_empty() {
            found.push(serde_json::from_str(&line).map_err(|e| error(path, i + 1, e))?);
        }
    }
    Ok(found)
}

/// The plain event files of a folder, by name.
pub(super) fn event_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.retain(|p| {
        let name = p.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with("events") && name.ends_with(".ndjson")
    });
    files.sort();
    files
}

/// Hashes of `source#id` of all events in the plain files of a folder; `None` without such files.
pub(super) fn event_ids(folder: &Path) -> Result<Option<FxHashSet<u64>>, Error> {
    #[derive(serde::Deserialize)]
    struct Head {
        id: String,
        source: String,
    }
    let files = event_files(folder);
    let mut ids = FxHashSet::default();
    for file in &files {
        for head in lines::<Head>(file)? {
            ids.insert(hash(&format!("{}#{}", head.source, head.id)));
        }
    }
    Ok((!files.is_empty()).then_some(ids))
}

/// The hash under which [`event_ids`] keeps an event.
pub(super) fn hash(event: &str) -> u64 {
    crate::id::stable_hash(event.as_bytes())
}
