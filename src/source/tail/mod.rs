//! What do growing files say? Files, folders and globs are watched, and new lines handed in.
//!
//! Files are picked up as they appear. A file that was renamed is read on under its new name; one
//! that was cut or replaced is read from its beginning. The place of each file travels with its
//! batches and comes back at the next start.
//!
//! Invariant: the lines of a file are handed in once and in order, however often the reading
//! stops; batches are cut by counts, so the same file is cut at the same lines, except where its
//! end was met. Must not know: the journal.

mod file;
mod line;
mod place;
#[cfg(test)]
mod tests;

use crate::source::live::{Checker, Inlet};
use crate::source::{SourceError, find};
use file::{Rules, Tail, key};
use place::{Inode, Place, Stat};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Files that are read at the same time, in turns.
const READING_MAX: usize = 16;
/// With more files than this, those that do not grow are not kept open.
const OPEN_MAX: usize = 256;
/// How long the thread sleeps before it looks whether it should end.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Which files are followed, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Files, folders (their `.ndjson` and `.jsonl`, also `.gz` and `.zst`, at any depth) and
    /// globs. They need not be there yet.
    pub paths: Vec<String>,
    /// How often the folders are looked at.
    #[serde(default = "poll_milliseconds")]
    pub poll_milliseconds: u64,
    /// Records of a batch; 2,000 by default.
    #[serde(default = "batch_events")]
    pub batch_events: usize,
    /// A file that has not changed for so long is taken to be complete: a last line without an end
    /// is read, and so is a packed file.
    #[serde(default = "settle_seconds")]
    pub settle_seconds: u64,
    /// Whether to end when everything that is there now was read.
    #[serde(default)]
    pub once: bool,
}

const fn poll_milliseconds() -> u64 {
    500
}

const fn batch_events() -> usize {
    2_000
}

const fn settle_seconds() -> u64 {
    10
}

impl Config {
    /// The defaults, for some paths.
    pub fn of(paths: Vec<String>) -> Self {
        Self {
            paths,
            poll_milliseconds: poll_milliseconds(),
            batch_events: batch_events(),
            settle_seconds: settle_seconds(),
            once: false,
        }
    }
}

/// Follows files until the inlet takes nothing any more. `start` are the cursors of the last run,
/// as its batches told them; those of other sources are passed over.
///
/// # Errors
/// When a pattern is no pattern. A file or folder that cannot be read is told once in the log and
/// tried again.
pub fn run(
    config: &Config,
    start: &BTreeMap<String, String>,
    mut checker: Checker,
    inlet: &Inlet,
) -> Result<(), SourceError> {
    let poll = Duration::from_millis(config.poll_milliseconds.max(1));
    let mut followed = Followed::new(config, start);
    while !inlet.stopping() {
        followed.look()?;
        let looked = Instant::now();
        while followed.read_round(&mut checker, inlet) && !inlet.stopping() {
            if looked.elapsed() >= poll && !config.once {
                break;
            }
        }
        if config.once {
            break;
        }
        while looked.elapsed() < poll && !inlet.stopping() {
            std::thread::sleep(LOOK_AGAIN.min(poll));
        }
    }
    Ok(())
}

struct Followed<'a> {
    paths: &'a [String],
    rules: Rules,
    /// Places of files that are not followed now: of the last run, or out of sight.
    known: BTreeMap<String, Place>,
    /// Places of the last run, to find what was renamed since.
    moved: BTreeMap<Inode, Place>,
    files: BTreeMap<PathBuf, Tail>,
    /// Files that lost their name and may still grow.
    nameless: Vec<Tail>,
    /// The latest fault of looking, which was told.
    fault: Option<String>,
}

impl<'a> Followed<'a> {
    fn new(config: &'a Config, start: &BTreeMap<String, String>) -> Self {
        let files = start.iter().filter(|(key, _)| key.starts_with("file:"));
        let known: BTreeMap<String, Place> = files
            .filter_map(|(key, text)| {
                let place = Place::parse(text);
                if place.is_none() {
                    tracing::warn!(key, "read a cursor of an unknown form: the file is read anew");
                }
                Some((key.clone(), place?))
            })
            .collect();
        let moved = known.values().map(|place| (place.inode, *place)).collect();
        let rules = Rules {
            batch_events: config.batch_events.max(1),
            settle: Duration::from_secs(config.settle_seconds),
            once: config.once,
        };
        let (files, nameless) = (BTreeMap::new(), Vec::new());
        Self { paths: &config.paths, rules, known, moved, files, nameless, fault: None }
    }

    /// Looks which files there are and what became of those that are followed.
    fn look(&mut self) -> Result<(), SourceError> {
        let Some(mut found) = self.found()? else { return Ok(()) };
        self.follow_renamed(&found);
        for (path, tail) in &mut self.files {
            if let Some(stat) = found.remove(path) {
                tail.notice(stat);
            }
        }
        for (path, stat) in found {
            let place = self.place_of(&path, &stat);
            self.files.insert(path.clone(), Tail::new(path, stat, place));
        }
        self.nameless.retain_mut(|tail| tail.notice_open(&self.rules));
        if self.files.len() > OPEN_MAX {
            self.files.values_mut().for_each(|tail| tail.close_if_quiet(&self.rules));
        }
        Ok(())
    }

    /// The files that are there; `None` when a folder could not be read, and nothing can be said.
    fn found(&mut self) -> Result<Option<BTreeMap<PathBuf, Stat>>, SourceError> {
        let mut found = BTreeMap::new();
        let mut fault = None;
        for pattern in self.paths {
            match find(pattern) {
                Ok(paths) => {
                    for path in paths {
                        match std::fs::metadata(&path) {
                            Ok(about) if about.is_file() => {
                                found.insert(path, Stat::of(&about));
                            }
                            // A pipe or a folder; or it went away just now.
                            Ok(_) | Err(_) => {}
                        }
                    }
                }
                Err(SourceError::Nothing(_)) => {}
                Err(error @ SourceError::Open(..)) => fault = Some(error.to_string()),
                Err(error @ SourceError::Pattern(..)) => return Err(error),
            }
        }
        if let Some(fault) = fault.as_ref().filter(|fault| self.fault.as_ref() != Some(fault)) {
            tracing::warn!(fault, "look for event files: tried again");
        }
        self.fault = fault;
        Ok(self.fault.is_none().then_some(found))
    }

    /// Files whose path leads elsewhere now: under their new name if it is among those that are
    /// watched, else read to the end from the open file.
    fn follow_renamed(&mut self, found: &BTreeMap<PathBuf, Stat>) {
        let here = |path: &Path, inode| found.get(path).is_some_and(|stat| stat.inode == inode);
        let gone = self.files.iter().filter(|(path, tail)| !here(path, tail.place().inode));
        let gone: Vec<PathBuf> = gone.map(|(path, _)| path.clone()).collect();
        for path in gone {
            let mut tail = self.files.remove(&path).expect("it was found above");
            let inode = tail.place().inode;
            let same = |(to, stat): &(&PathBuf, &Stat)| {
                stat.inode == inode && !self.files.contains_key(*to)
            };
            if let Some((to, stat)) = found.iter().find(same) {
                tracing::info!(from = %path.display(), to = %to.display(), "a file was renamed");
                tail.rename(to.clone());
                tail.notice(*stat);
                self.files.insert(to.clone(), tail);
                continue;
            }
            self.known.insert(key(tail.path()), tail.place());
            tracing::info!(path = %path.display(), "a file left its path: its rest is read");
            if tail.is_open() {
                tail.lose_name();
                self.nameless.push(tail);
            }
        }
    }

    /// How far a file that comes into sight was read before, perhaps under another name.
    fn place_of(&mut self, path: &Path, stat: &Stat) -> Option<Place> {
        let renamed = self.moved.get(&stat.inode).copied();
        let own = self.known.remove(&key(path));
        // A file that fits neither is found out, and told, when it is read.
        let fits = |place: &Place| {
            std::fs::File::open(path).and_then(|file| place.fits(&file, path)).unwrap_or(false)
        };
        own.filter(fits).or_else(|| renamed.filter(fits)).or(own)
    }

    /// Hands in one batch of each file that has something. Whether something may be left.
    fn read_round(&mut self, checker: &mut Checker, inlet: &Inlet) -> bool {
        let rules = self.rules;
        let mut hand_in = |tail: &mut Tail| match tail.next_batch(&rules, checker) {
            Some(batch) => inlet.offer_blocking(batch).is_ok(),
            None => true,
        };
        // A renamed file tells its place before the next file of its old name overwrites it.
        for tail in self.files.values_mut().filter(|tail| tail.announces()) {
            if !hand_in(tail) {
                return false;
            }
        }
        let (mut left, mut reading) = (false, 0);
        for tail in self.nameless.iter_mut().chain(self.files.values_mut()) {
            if !tail.is_due(&rules) {
                continue;
            }
            if !tail.is_reading() && reading >= READING_MAX {
                left = true;
                continue;
            }
            reading += 1;
            if !hand_in(tail) {
                return false;
            }
            left |= !tail.at_end();
        }
        left
    }
}
