//! Which files? A file, a folder or a glob becomes a sorted list of files.

use crate::limits::{FILES_MAX, FOLDER_DEPTH_MAX};
use crate::source::SourceError;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of event files in a folder; each may end in `.gz` or `.zst` besides.
const ENDINGS: [&str; 2] = [".ndjson", ".jsonl"];

/// The files that paths or globs name, sorted, each once. In a folder, also in the folders below
/// it, only files named `*.ndjson` or `*.jsonl` (with `.gz` or `.zst`) count; hidden ones do not.
///
/// # Errors
/// When one of them names nothing, or a folder cannot be read.
pub fn find(patterns: &[String]) -> Result<Vec<PathBuf>, SourceError> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let before = found.len();
        let mut any = false;
        for path in expand(pattern)? {
            any |= add(&path, &mut found)?;
        }
        if !any && found.len() == before {
            return Err(SourceError::Nothing { pattern: pattern.clone() });
        }
        if found.len() > FILES_MAX {
            return Err(SourceError::TooMany { pattern: pattern.clone() });
        }
    }
    Ok(found.into_iter().collect())
}

fn expand(pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let path = Path::new(pattern);
    if path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let paths = glob::glob(pattern)
        .map_err(|error| SourceError::Glob { pattern: pattern.to_owned(), error })?;
    paths
        .map(|found| {
            found.map_err(|error| SourceError::Read {
                path: error.path().to_owned(),
                error: error.into(),
            })
        })
        .collect()
}

/// Adds a file that was named, or the event files in a folder; whether there was any.
fn add(path: &Path, found: &mut BTreeSet<PathBuf>) -> Result<bool, SourceError> {
    if !path.is_dir() {
        found.insert(path.to_owned());
        return Ok(true);
    }
    let mut any = false;
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(SourceError::read(&folder))? {
            let path = entry.map_err(SourceError::read(&folder))?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase());
            let name = name.unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                // A link to a folder above ends here too.
                if depth < FOLDER_DEPTH_MAX && !path.is_symlink() {
                    folders.push((path, depth + 1));
                }
            } else if is_event_file(&name) {
                found.insert(path);
                any = true;
            }
        }
    }
    Ok(any)
}

fn is_event_file(name: &str) -> bool {
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    ENDINGS.iter().any(|ending| plain.ends_with(ending))
}
