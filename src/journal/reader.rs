//! What stands in the journal? Its epochs, in order, each whole.
//!
//! Invariant: an epoch that is given was written so; what cannot be read is an error with its
//! place, or, in the last segment with nothing readable behind it, the end.

use crate::journal::frame::{self, Broken, MARK, PREAMBLE};
use crate::journal::repair::gaps;
use crate::journal::{Epoch, Error, Header};
use crate::time::Time;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The segments of a journal: first epoch and path, in order.
///
/// # Errors
/// When the folder cannot be listed.
pub fn segments(dir: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let io = |error| Error::Io(dir.to_owned(), error);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|e| e == "vj")
            && let Some(first) = path.file_stem().and_then(|s| s.to_str()?.parse().ok())
        {
            found.push((first, path));
        }
    }
    found.sort();
    Ok(found)
}

/// When the first epoch of a segment was handed on; `None` when it has none yet.
///
/// # Errors
/// When the segment cannot be read.
pub fn begun_at(path: &Path) -> Result<Option<Time>, Error> {
    /// Bytes that hold the first header, unless it is very long.
    const BEGINNING: u64 = 64 << 10;
    let io = |error| Error::Io(path.to_owned(), error);
    let mut file = fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    (&mut file).take(BEGINNING).read_to_end(&mut bytes).map_err(io)?;
    let header = |bytes: &[u8]| frame::header(bytes.get(PREAMBLE..).unwrap_or_default()).ok();
    if let Some(header) = header(&bytes) {
        return Ok(Some(header.handed_at));
    }
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok(header(&bytes).map(|header| header.handed_at))
}

/// A segment in memory.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    /// Whether another segment follows.
    pub(super) sealed: bool,
}

/// What stands at a place of a segment.
#[derive(Debug)]
pub(super) enum Stands {
    /// An epoch, and where the next begins.
    Epoch(Box<Epoch>, usize),
    /// Nothing: the segment ends here.
    End,
    /// An epoch that was not written to its end, and nothing behind it.
    Torn(&'static str),
    /// Something that cannot be read; where the next readable epoch begins, if there is one.
    Damaged(&'static str, Option<usize>),
}

impl Segment {
    pub(super) fn read(path: &Path, sealed: bool) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|error| Error::Io(path.to_owned(), error))?;
        Ok(Self { path: path.to_owned(), bytes, sealed })
    }

    /// Whether the segment's beginning can be read.
    pub(super) fn check(&self, first: u64) -> Result<(), Error> {
        match frame::version(&self.bytes) {
            Ok(version) if version > frame::VERSION => {
                Err(Error::Version(self.path.clone(), version))
            }
            Ok(_) => Ok(()),
            Err(why) => Err(self.damaged(0, first, why)),
        }
    }

    pub(super) fn at(&self, at: usize) -> Stands {
        let rest = &self.bytes[at.min(self.bytes.len())..];
        if rest.is_empty() {
            return Stands::End;
        }
        match frame::read(rest) {
            Ok((epoch, length)) => Stands::Epoch(Box::new(epoch), at + length),
            Err(broken) => {
                let why = match broken {
                    Broken::Short => "an epoch is cut off",
                    Broken::Bad(why) => why,
                };
                match self.next_readable(at + 1) {
                    None if !self.sealed => Stands::Torn(why),
                    next => Stands::Damaged(why, next),
                }
            }
        }
    }

    /// Where the next epoch with a readable header begins.
    fn next_readable(&self, from: usize) -> Option<usize> {
        let mut from = from;
        while let Some(found) = memchr::memmem::find(self.bytes.get(from..)?, MARK) {
            let at = from + found;
            if frame::header(&self.bytes[at..]).is_ok() {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }

    pub(super) fn damaged(&self, at: usize, epoch: u64, why: impl Into<String>) -> Error {
        let (segment, offset, why) = (self.path.clone(), at as u64, why.into());
        Error::Damaged { segment, offset, epoch, why }
    }
}

/// A journal to read. May be read while it is written.
#[derive(Debug)]
pub struct Reader {
    segments: Vec<(u64, PathBuf)>,
    gaps: Vec<(u64, u64)>,
}

impl Reader {
    /// Opens a journal's folder.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Ok(Self { segments: segments(dir)?, gaps: gaps(dir)? })
    }

    /// The first epoch that is kept; `None` when there is none.
    pub fn first(&self) -> Option<u64> {
        self.segments.first().map(|(first, _)| *first)
    }

    /// Whether a repair took the epochs from `from` up to, but not with, `to` out, and a person
    /// accepted that.
    pub fn accepts_gap(&self, from: u64, to: u64) -> bool {
        self.gaps.contains(&(from, to))
    }

    /// The epochs from a sequence number on.
    pub fn epochs(self, from: u64) -> Epochs {
        let behind = self.segments.iter().skip(1).take_while(|(first, _)| *first <= from).count();
        Epochs {
            from,
            segments: self.segments,
            gaps: self.gaps,
            next: behind,
            segment: None,
            at: 0,
            expected: 0,
            failed: false,
        }
    }
}

/// The epochs of a journal, in order. Ends after an error.
#[derive(Debug)]
pub struct Epochs {
    from: u64,
    segments: Vec<(u64, PathBuf)>,
    gaps: Vec<(u64, u64)>,
    next: usize,
    segment: Option<Segment>,
    at: usize,
    /// The sequence number that comes next; 0 when any may.
    expected: u64,
    failed: bool,
}

impl Epochs {
    fn step(&mut self) -> Result<Option<Epoch>, Error> {
        loop {
            let Some(segment) = &self.segment else {
                let Some((first, path)) = self.segments.get(self.next) else { return Ok(None) };
                self.next += 1;
                let segment = Segment::read(path, self.next < self.segments.len())?;
                // A segment that was just begun may be empty still.
                if segment.sealed || !segment.bytes.is_empty() {
                    if segment.bytes.len() < PREAMBLE && !segment.sealed {
                        return Ok(None);
                    }
                    segment.check(*first)?;
                }
                self.at = PREAMBLE;
                self.segment = Some(segment);
                continue;
            };
            match segment.at(self.at) {
                Stands::Epoch(epoch, next) => {
                    let sequence = epoch.header.sequence;
                    let fits = self.expected == 0
                        || sequence == self.expected
                        || self.gaps.contains(&(self.expected, sequence));
                    if !fits {
                        let why = format!("epoch {sequence} stands where {} should", self.expected);
                        return Err(segment.damaged(self.at, self.expected, why));
                    }
                    self.expected = sequence + 1;
                    self.at = next;
                    if sequence >= self.from {
                        return Ok(Some(*epoch));
                    }
                }
                Stands::End => self.segment = None,
                Stands::Torn(_) => return Ok(None),
                Stands::Damaged(why, _) => {
                    return Err(segment.damaged(self.at, self.expected, why));
                }
            }
        }
    }
}

impl Iterator for Epochs {
    type Item = Result<Epoch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step().transpose();
        self.failed = !matches!(step, Some(Ok(_)));
        step
    }
}

/// The header of the last epoch of a segment's readable part, where that part ends, and what
/// stands there.
pub(super) fn last_of(segment: &Segment) -> (Option<Header>, usize, Stands) {
    let (mut at, mut header) = (PREAMBLE, None);
    loop {
        match segment.at(at) {
            Stands::Epoch(epoch, next) => {
                header = Some(epoch.header);
                at = next;
            }
            other => return (header, at, other),
        }
    }
}
