//! What was ever accepted? The archive first, then the journal, as one.
//!
//! Invariant: epochs come in order without a hole between archive and journal; when something of
//! that is not at hand, the error says which epochs, and where they belong. May be read while
//! segments move from one to the other.

use crate::journal::{self, Epoch, Reader};
use crate::service::archive::rows::Archived;
use crate::service::archive::{Entry, Manifest, digest};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why history cannot be read.
#[derive(Debug)]
pub enum Missing {
    /// The journal cannot be read.
    Journal(journal::Error),
    /// The archive cannot be read; the message names the file.
    Archive(io::Error),
    /// Epochs that are neither in the journal nor in the archive.
    Epochs {
        /// The first of them.
        from: u64,
        /// The last of them.
        through: u64,
        /// Where the archive should be.
        archive: PathBuf,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Archive(error) => error.fmt(f),
            Self::Epochs { from, through, archive } => write!(
                f,
                "the epochs {from} to {through} were removed from the journal, and the archive \
                 \"{}\" does not hold them: put its files and its manifest back, or start from a \
                 snapshot of epoch {through} or later",
                archive.display()
            ),
        }
    }
}

impl std::error::Error for Missing {}

/// The folders of journal and archive.
#[derive(Clone, Debug)]
pub struct History {
    /// The journal.
    pub journal: PathBuf,
    /// The archive.
    pub archive: PathBuf,
}

impl History {
    /// Both below a state folder.
    pub fn at(state: &Path, archive: Option<&Path>) -> Self {
        let usual = || super::usual_folder(state);
        Self { journal: state.join("journal"), archive: archive.map_or_else(usual, Path::to_owned) }
    }

    /// The first epoch that the journal itself holds.
    ///
    /// # Errors
    /// When the journal's folder cannot be listed.
    pub fn journaled_from(&self) -> Result<Option<u64>, Missing> {
        Reader::open(&self.journal).map(|reader| reader.first()).map_err(Missing::Journal)
    }

    /// What is archived.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn archived(&self) -> Result<Manifest, Missing> {
        Manifest::read(&self.archive).map_err(Missing::Archive)
    }

    /// The first epoch from which everything up to the journal's end is at hand: 1, unless archived
    /// files are gone.
    ///
    /// # Errors
    /// When the folders cannot be read.
    pub fn reachable_from(&self) -> Result<u64, Missing> {
        let reader = Reader::open(&self.journal).map_err(Missing::Journal)?;
        let mut begin = reader.first().unwrap_or(1);
        for entry in self.archived()?.segments.iter().rev() {
            let joined = |next| next == begin || reader.accepts_gap(next, begin);
            if entry.first < begin {
                if !joined(entry.last + 1) || !self.archive.join(&entry.file).exists() {
                    break;
                }
                begin = entry.first;
            }
        }
        Ok(begin)
    }

    /// The epochs from a sequence number on. What is missing shows when it is reached.
    pub fn epochs(&self, from: u64) -> Epochs {
        Epochs { history: self.clone(), next: from.max(1), open: None, failed: false }
    }
}

/// The epochs of a history, in order. Ends after an error.
pub struct Epochs {
    history: History,
    next: u64,
    open: Option<Open>,
    failed: bool,
}

impl fmt::Debug for Epochs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epochs")
            .field("history", &self.history)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

enum Open {
    Archive(Entry, Box<Archived>),
    Journal(Box<journal::Epochs>),
}

impl Epochs {
    fn open(&self) -> Result<Open, Missing> {
        let reader = Reader::open(&self.history.journal).map_err(Missing::Journal)?;
        let first = reader.first().unwrap_or(1);
        if first <= self.next || reader.accepts_gap(self.next, first) {
            return Ok(Open::Journal(Box::new(reader.epochs(self.next))));
        }
        let manifest = self.history.archived()?;
        let missing = |through| Missing::Epochs {
            from: self.next,
            through,
            archive: self.history.archive.clone(),
        };
        match manifest.holding(self.next) {
            None => Err(missing(first - 1)),
            Some(entry)
                if entry.first > self.next && !reader.accepts_gap(self.next, entry.first) =>
            {
                Err(missing(entry.first - 1))
            }
            Some(entry) => {
                let path = self.history.archive.join(&entry.file);
                if !path.exists() {
                    return Err(missing(entry.last));
                }
                let sum = digest(&path).map_err(Missing::Archive)?;
                if sum != entry.sha256 {
                    let why = "its digest is not that of the manifest: it was changed or damaged";
                    return Err(Missing::Archive(super::named(&path, why)));
                }
                let archived = Archived::open(&path).map_err(Missing::Archive)?;
                Ok(Open::Archive(entry.clone(), Box::new(archived)))
            }
        }
    }

    fn step(&mut self) -> Result<Option<Epoch>, Missing> {
        loop {
            let open = if let Some(open) = &mut self.open {
                open
            } else {
                let next = self.open()?;
                self.open.insert(next)
            };
            let found = match open {
                Open::Archive(_, archived) => {
                    archived.next().transpose().map_err(Missing::Archive)?
                }
                Open::Journal(epochs) => match epochs.next().transpose() {
                    Ok(Some(epoch)) => Some(epoch),
                    Ok(None) => return Ok(None),
                    // The segment was archived while the ones before it were read.
                    Err(journal::Error::Io(_, error))
                        if error.kind() == io::ErrorKind::NotFound =>
                    {
                        self.open = None;
                        continue;
                    }
                    Err(error) => return Err(Missing::Journal(error)),
                },
            };
            match found {
                Some(epoch) if epoch.header.sequence >= self.next => {
                    self.next = epoch.header.sequence + 1;
                    return Ok(Some(epoch));
                }
                Some(_) => {}
                // The end of an archived segment.
                None => {
                    if let Some(Open::Archive(entry, _)) = &self.open {
                        self.next = self.next.max(entry.last + 1);
                    }
                    self.open = None;
                }
            }
        }
    }
}

impl Iterator for Epochs {
    type Item = Result<Epoch, Missing>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step().transpose();
        self.failed = !matches!(step, Some(Ok(_)));
        step
    }
}
