//! Which models are there? Folders below `models/`, found by path or by id.

use crate::model::{FileError, Model};
use crate::text::did_you_mean;
use std::path::{Path, PathBuf};

/// The folders below one that hold a `model.toml`, sorted.
///
/// # Errors
/// When a folder cannot be listed.
pub fn folders(below: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![below.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.join("model.toml").is_file() {
                found.push(path);
            } else if path.is_dir() {
                open.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The folder of a model that is named by its path, or by its id below a folder.
///
/// # Errors
/// When there is none; with the nearest id that there is.
pub fn find(named: &str, below: &Path) -> Result<PathBuf, FileError> {
    for path in [PathBuf::from(named), below.join(named)] {
        if path.join("model.toml").is_file() {
            return Ok(path);
        }
    }
    let ids: Vec<String> = folders(below)
        .unwrap_or_default()
        .iter()
        .filter_map(|path| Some(path.strip_prefix(below).ok()?.display().to_string()))
        .collect();
    let hint = did_you_mean(named, ids.iter().map(String::as_str));
    let message = format!(
        "no model is called \"{named}\" and no folder of that name holds a model.toml{hint}; below \
         \"{}\" there are: {}",
        below.display(),
        ids.join(", ")
    );
    Err(FileError::at(Path::new(named), "", None, message))
}

/// Loads the model of [`find`].
///
/// # Errors
/// When there is none, or it cannot be used.
pub fn load(named: &str, below: &Path) -> Result<Model, FileError> {
    Model::load(&find(named, below)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_id_and_by_path() {
        let below = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        let by_id = find("dongfang/2026.1", below).expect("the shipped model");
        assert_eq!(find(&by_id.display().to_string(), below).expect("its path"), by_id);
        let error = find("dongfang/2026.l", below).expect_err("a misprint").to_string();
        assert!(error.contains("did you mean \"dongfang/2026."), "{error}");
        assert!(folders(below).expect("listed").len() >= 2);
    }
}
