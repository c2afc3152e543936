//! Is the journal whole, and what can be saved when it is not?
//!
//! Invariant: repair deletes nothing: what cannot be read is moved to `cut/`, and the epochs that
//! are missing then are written down in `gaps.json`, so that a reader knows that a person has
//! accepted them.

use crate::journal::frame::PREAMBLE;
use crate::journal::reader::{Segment, Stands, segments};
use crate::journal::writer::{cut, keep};
use crate::journal::{Error, frame};
use serde::Serialize;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wound {
    /// The last epoch was not written to its end, as after a crash. The next start cuts it.
    Torn,
    /// Something cannot be read, and something readable stands behind it.
    Damaged,
    /// Epochs are missing.
    Gap,
}

/// A place that is not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The segment.
    pub segment: PathBuf,
    /// The byte at which it begins.
    pub offset: u64,
    /// Its length, up to the next readable epoch or the end of the segment.
    pub bytes: u64,
    /// The epoch that should stand there.
    pub epoch: u64,
    /// What kind.
    pub wound: Wound,
    /// What is wrong.
    pub why: String,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Segments.
    pub segments: u64,
    /// Whole epochs.
    pub epochs: u64,
    /// Their records.
    pub records: u64,
    /// Bytes of all segments.
    pub bytes: u64,
    /// The first epoch.
    pub first: Option<u64>,
    /// The last epoch.
    pub last: Option<u64>,
    /// What is not whole.
    pub problems: Vec<Problem>,
}

/// Reads every byte of a journal.
///
/// # Errors
/// When a file cannot be read.
pub fn verify(dir: &Path) -> Result<Verified, Error> {
    let mut found = Verified::default();
    walk(dir, &mut found, |_, _| Ok(()))?;
    Ok(found)
}

/// A stretch of a segment that cannot be read.
struct Hole<'a> {
    segment: &'a Segment,
    from: usize,
    to: usize,
}

/// Reads all segments; `on_holes` is told each segment's unreadable stretches, with the segment.
fn walk(
    dir: &Path,
    found: &mut Verified,
    mut on_holes: impl FnMut(&Segment, &[(usize, usize)]) -> Result<(), Error>,
) -> Result<(), Error> {
    let gaps = gaps(dir)?;
    let listed = segments(dir)?;
    let mut expected = 0;
    for (at, (first, path)) in listed.iter().enumerate() {
        let segment = Segment::read(path, at + 1 < listed.len())?;
        found.segments += 1;
        found.bytes += segment.bytes.len() as u64;
        let mut holes = Vec::new();
        let mut hole = |from: usize, to: usize, epoch: u64, wound: Wound, why: &str| {
            let problem = Hole { segment: &segment, from, to }.problem(epoch, wound, why);
            found.problems.push(problem);
            holes.push((from, to));
        };
        let mut place = PREAMBLE;
        if let Err(why) = frame::version(&segment.bytes) {
            let wound = if segment.sealed { Wound::Damaged } else { Wound::Torn };
            hole(0, PREAMBLE.min(segment.bytes.len()), *first, wound, why);
        }
        loop {
            match segment.at(place) {
                Stands::Epoch(epoch, next) => {
                    let sequence = epoch.header.sequence;
                    if expected != 0
                        && sequence != expected
                        && !gaps.contains(&(expected, sequence))
                    {
                        let why = format!("epochs {expected} to {} are missing", sequence - 1);
                        let hole = Hole { segment: &segment, from: place, to: place };
                        found.problems.push(hole.problem(expected, Wound::Gap, &why));
                    }
                    expected = sequence + 1;
                    found.first = found.first.or(Some(sequence));
                    found.last = Some(sequence);
                    found.epochs += 1;
                    found.records += epoch.records.len() as u64;
                    place = next;
                }
                Stands::End => break,
                Stands::Torn(why) => {
                    let end = segment.bytes.len();
                    let problem = Hole { segment: &segment, from: place, to: end }.problem(
                        expected,
                        Wound::Torn,
                        why,
                    );
                    found.problems.push(problem);
                    holes.push((place, end));
                    break;
                }
                Stands::Damaged(why, next) => {
                    let end = next.unwrap_or(segment.bytes.len());
                    let hole = Hole { segment: &segment, from: place, to: end };
                    found.problems.push(hole.problem(expected, Wound::Damaged, why));
                    holes.push((place, end));
                    place = end;
                }
            }
        }
        on_holes(&segment, &holes)?;
    }
    Ok(())
}

impl Hole<'_> {
    fn problem(&self, epoch: u64, wound: Wound, why: &str) -> Problem {
        Problem {
            segment: self.segment.path.clone(),
            offset: self.from as u64,
            bytes: (self.to - self.from) as u64,
            epoch,
            wound,
            why: why.to_owned(),
        }
    }
}

/// Takes out what cannot be read, and notes the epochs that are missing then. Gives what was wrong.
/// The journal must not be written meanwhile.
///
/// # Errors
/// When a file cannot be read or written; what was done until then is whole.
pub fn repair(dir: &Path) -> Result<Verified, Error> {
    let lock = File::create(dir.join("LOCK")).map_err(|e| Error::Io(dir.to_owned(), e))?;
    lock.try_lock().map_err(|_| Error::Locked(dir.to_owned()))?;
    let mut found = Verified::default();
    walk(dir, &mut found, |segment, holes| match holes {
        [] => Ok(()),
        [(from, to)] if *to == segment.bytes.len() && *from >= PREAMBLE => {
            cut(segment, *from).map(|_| ())
        }
        holes => rewrite(segment, holes),
    })?;
    let mut after = Verified::default();
    walk(dir, &mut after, |_, _| Ok(()))?;
    let missing = after.problems.iter().filter(|p| p.wound == Wound::Gap);
    let mut gaps = gaps(dir)?;
    for problem in missing {
        // The epoch that stands there is the next after the gap.
        let segment = Segment::read(&problem.segment, true)?;
        if let Stands::Epoch(epoch, _) = segment.at(problem.offset as usize) {
            gaps.push((problem.epoch, epoch.header.sequence));
        }
    }
    let path = dir.join("gaps.json");
    let text = serde_json::to_vec(&gaps).expect("plain numbers");
    aside(&path, &text).map_err(|error| Error::Io(path.clone(), error))?;
    Ok(found)
}

/// Writes a segment anew without its holes; the whole old one is kept.
fn rewrite(segment: &Segment, holes: &[(usize, usize)]) -> Result<(), Error> {
    let io = |error| Error::Io(segment.path.clone(), error);
    keep(segment, 0, &segment.bytes).map_err(io)?;
    let mut bytes = frame::preamble().to_vec();
    let mut from = PREAMBLE;
    for (start, end) in holes {
        bytes.extend_from_slice(segment.bytes.get(from..*start).unwrap_or_default());
        from = (*end).max(PREAMBLE);
    }
    bytes.extend_from_slice(segment.bytes.get(from..).unwrap_or_default());
    aside(&segment.path, &bytes).map_err(io)
}

fn aside(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("part");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Gaps that a repair left and a person accepted: the epoch that is missing, and the next that is
/// there.
pub(super) fn gaps(dir: &Path) -> Result<Vec<(u64, u64)>, Error> {
    let path = dir.join("gaps.json");
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| Error::Io(path, e.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::Io(path, error)),
    }
}
