//! How is a running instance kept elsewhere? A copy of the journal and of what stands beside it,
//! taken while the service writes, checked, and put back.
//!
//! ```text
//! access, audit, parked ─▶ journal ─▶ archive ─▶ models ─▶ cut to the last whole epoch ─▶ backup.json
//! ```
//!
//! The order matters. A line of the audit follows what it tells of, so the audit comes first: a
//! start adds lines that are missing. An archived segment is durable before it leaves the journal,
//! so the archive comes after it; a model is kept before the journal names it. Snapshots and spools
//! follow from the journal and are left out. Invariant: a backup is whole, or has no `backup.json`;
//! the key of the pseudonyms is not in it.

use crate::journal::{self, Writer};
use crate::service::archive::{self, History, usual_folder};
use crate::source::live::wall_clock;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The layout of a backup.
pub const FORMAT: u32 = 1;
/// Names every file; written last.
const MANIFEST: &str = "backup.json";
/// Folders of the state that are copied before the journal.
const BEFORE: [&str; 3] = ["access", "audit", "parked"];

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// See [`FORMAT`].
    pub format: u32,
    /// The program that made it.
    pub version: String,
    /// When it was begun.
    pub at: Time,
    /// The last epoch in it; 0 for none.
    pub epoch: u64,
    /// SHA-256 of every file, in hexadecimal, by its path.
    pub files: BTreeMap<PathBuf, String>,
}

/// Why there is no backup, or it is not put back.
#[derive(Debug)]
pub enum BackupError {
    /// A file cannot be read or written.
    Io(PathBuf, io::Error),
    /// The place is taken.
    Taken(PathBuf),
    /// The journal is not whole.
    Journal(journal::Error),
    /// The copy is not what was written.
    Damaged(PathBuf, String),
}

impl std::fmt::Display for BackupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "\"{}\": {error}", path.display()),
            Self::Taken(path) => write!(
                f,
                "\"{}\" holds something already: give an empty or new folder",
                path.display()
            ),
            Self::Journal(error) => error.fmt(f),
            Self::Damaged(path, why) => {
                write!(f, "\"{}\": {why}: take another backup", path.display())
            }
        }
    }
}

impl std::error::Error for BackupError {}

impl From<journal::Error> for BackupError {
    fn from(error: journal::Error) -> Self {
        Self::Journal(error)
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |error| BackupError::Io(path.to_owned(), error)
}

/// An empty folder that its owner alone can read.
fn vacant(folder: &Path) -> Result<(), BackupError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    if fs::read_dir(folder).map_err(at(folder))?.next().is_some() {
        return Err(BackupError::Taken(folder.to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(at(folder))?;
    }
    Ok(())
}

/// Copies a file, as long as it is now. `false` when it is gone.
fn copy(from: &Path, to: &Path) -> Result<bool, BackupError> {
    let file = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(at(from)(error)),
    };
    let metadata = file.metadata().map_err(at(from))?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let mut copy = File::create(to).map_err(at(to))?;
    copy.set_permissions(metadata.permissions()).map_err(at(to))?;
    io::copy(&mut file.take(metadata.len()), &mut copy).map_err(at(from))?;
    copy.sync_all().map_err(at(to))?;
    Ok(true)
}

/// Copies a folder whole. What disappears meanwhile was temporary.
fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<(), BackupError> {
    for path in files(from)? {
        if wanted(&path) {
            copy(&from.join(&path), &to.join(&path))?;
        }
    }
    Ok(())
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = folders.pop() {
        let place = folder.join(&below);
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(at(&place)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(at(&place))?;
            let path = below.join(entry.file_name());
            if entry.file_type().map_err(at(&place))?.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn digest(path: &Path) -> Result<String, BackupError> {
    archive::digest(path).map_err(at(path))
}

/// Cuts lines that were being written off the end of files of lines.
fn whole_lines(path: &Path) -> Result<(), BackupError> {
    let bytes = fs::read(path).map_err(at(path))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        let file = File::options().write(true).open(path).map_err(at(path))?;
        file.set_len(whole as u64).map_err(at(path))?;
    }
    Ok(())
}

/// Cuts the copy of a journal to its last whole epoch, and checks it.
fn whole_epochs(folder: &Path) -> Result<u64, BackupError> {
    let (writer, opened) = Writer::open(folder, journal::Options::default())?;
    drop(writer);
    if opened.cut.is_some() {
        let cut = folder.join("cut");
        fs::remove_dir_all(&cut).map_err(at(&cut))?;
    }
    let lock = folder.join("LOCK");
    fs::remove_file(&lock).map_err(at(&lock))?;
    checked(folder)
}

/// The last epoch of a journal without a fault; 0 for none.
fn checked(folder: &Path) -> Result<u64, BackupError> {
    let found = journal::verify(folder)?;
    match found.problems.first() {
        Some(problem) => {
            let why = format!("at byte {}: {}", problem.offset, problem.why);
            Err(BackupError::Damaged(problem.segment.clone(), why))
        }
        None => Ok(found.last.unwrap_or(0)),
    }
}

/// Copies the state of an instance, running or not, into an empty folder. `archive`: where the
/// pipeline keeps it, when that is elsewhere.
///
/// # Errors
/// See [`BackupError`]. What was copied before stays, without a manifest.
pub fn take(state: &Path, archive: Option<&Path>, to: &Path) -> Result<Manifest, BackupError> {
    let begun = wall_clock();
    vacant(to)?;
    let finished = |path: &Path| !path.extension().is_some_and(|e| e == "tmp" || e == "part");
    for folder in BEFORE {
        copy_folder(&state.join(folder), &to.join(folder), &finished)?;
    }
    let history = History::at(state, archive);
    let segments =
        |path: &Path| path.extension().is_some_and(|e| e == "vj") && path.components().count() == 1;
    copy_folder(&history.journal, &to.join("journal"), &segments)?;
    // The manifest of the archive first: whatever it names is there.
    let archived = usual_folder(to);
    copy(&history.archive.join("manifest.json"), &archived.join("manifest.json"))?;
    copy_folder(&history.archive, &archived, &|path| {
        path.extension().is_some_and(|e| e == "parquet")
    })?;
    copy_folder(&state.join("models"), &to.join("models"), &finished)?;
    let audit = to.join("audit/audit.ndjson");
    if audit.exists() {
        whole_lines(&audit)?;
    }
    let journal = to.join("journal");
    let epoch = if journal.exists() { whole_epochs(&journal)? } else { 0 };
    let mut manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at: begun,
        epoch,
        files: BTreeMap::new(),
    };
    for path in files(to)? {
        manifest.files.insert(path.clone(), digest(&to.join(&path))?);
    }
    let text = serde_json::to_vec_pretty(&manifest).expect("plain values");
    let place = to.join(MANIFEST);
    fs::write(&place, text).map_err(at(&place))?;
    File::open(&place).and_then(|file| file.sync_all()).map_err(at(&place))?;
    File::open(to).and_then(|folder| folder.sync_all()).map_err(at(to))?;
    Ok(manifest)
}

/// Checks a backup: every file by its digest, every byte of the journal.
///
/// # Errors
/// With the first file that is missing, changed or damaged.
pub fn verify(from: &Path) -> Result<Manifest, BackupError> {
    let place = from.join(MANIFEST);
    let text = fs::read(&place).map_err(at(&place))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| BackupError::Damaged(place.clone(), error.to_string()))?;
    if manifest.format != FORMAT {
        let why = format!("it is of format {}, and this program reads {FORMAT}", manifest.format);
        return Err(BackupError::Damaged(place, why));
    }
    for (path, known) in &manifest.files {
        let path = from.join(path);
        if digest(&path)? != *known {
            return Err(BackupError::Damaged(path, "it was changed".into()));
        }
    }
    let journal = from.join("journal");
    let last = if journal.exists() { checked(&journal)? } else { 0 };
    if last != manifest.epoch {
        let why = format!("it ends at epoch {last}, and the backup at {}", manifest.epoch);
        return Err(BackupError::Damaged(journal, why));
    }
    Ok(manifest)
}

/// Puts a backup back, as the state folder of an instance, after it was checked. The next start
/// replays the journal.
///
/// # Errors
/// See [`BackupError`]; the state folder must be empty or new.
pub fn restore(from: &Path, state: &Path) -> Result<Manifest, BackupError> {
    let manifest = verify(from)?;
    vacant(state)?;
    for (path, known) in &manifest.files {
        let to = state.join(path);
        copy(&from.join(path), &to)?;
        if digest(&to)? != *known {
            return Err(BackupError::Damaged(to, "it was not written as it was read".into()));
        }
    }
    File::open(state).and_then(|folder| folder.sync_all()).map_err(at(state))?;
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Epoch, Header, Record};

    fn state() -> tempfile::TempDir {
        let state = tempfile::tempdir().expect("a folder");
        let journal = state.path().join("journal");
        let (mut writer, _) = Writer::open(&journal, journal::Options::default()).expect("opened");
        for sequence in 1..=3 {
            let header = Header { sequence, ..Header::default() };
            let records = vec![Record::Tick(Time(sequence as i64))];
            writer.append(&Epoch { header, records }).expect("written");
            writer.commit().expect("on disk");
        }
        fs::create_dir(state.path().join("audit")).expect("made");
        fs::write(state.path().join("audit/audit.ndjson"), "{}\n{\"half").expect("written");
        fs::create_dir(state.path().join("snapshots")).expect("made");
        fs::write(state.path().join("snapshots/x"), "a cache").expect("written");
        state
    }

    #[test]
    fn a_backup_ends_with_a_whole_epoch_and_comes_back_equal() {
        let (state, place) = (state(), tempfile::tempdir().expect("a folder"));
        // An epoch is being written.
        let segment = journal::segments(&state.path().join("journal")).expect("listed");
        let segment = segment.last().expect("one").1.clone();
        let mut bytes = fs::read(&segment).expect("read");
        let whole = bytes.len();
        bytes.extend([7; 9]);
        fs::write(&segment, bytes).expect("written");
        let to = place.path().join("copy");
        let made = take(state.path(), None, &to).expect("taken");
        assert_eq!(made.epoch, 3);
        assert_eq!(verify(&to).expect("whole"), made);
        assert!(!to.join("snapshots").exists());
        assert_eq!(fs::read_to_string(to.join("audit/audit.ndjson")).expect("read"), "{}\n");
        let back = place.path().join("back");
        assert_eq!(restore(&to, &back).expect("put back"), made);
        let name = segment.file_name().expect("a name");
        assert_eq!(fs::read(back.join("journal").join(name)).expect("read").len(), whole);
        assert!(matches!(restore(&to, &back), Err(BackupError::Taken(_))));
    }

    #[test]
    fn a_changed_or_missing_file_is_noticed() {
        let (state, place) = (state(), tempfile::tempdir().expect("a folder"));
        let to = place.path().join("copy");
        let made = take(state.path(), None, &to).expect("taken");
        for path in made.files.keys() {
            let path = to.join(path);
            let bytes = fs::read(&path).expect("read");
            let mut other = bytes.clone();
            *other.last_mut().expect("some") ^= 1;
            fs::write(&path, other).expect("written");
            assert!(verify(&to).is_err(), "{}", path.display());
            fs::remove_file(&path).expect("removed");
            assert!(restore(&to, &place.path().join("never")).is_err());
            fs::write(&path, bytes).expect("written");
        }
        assert!(verify(&to).is_ok());
    }
}
