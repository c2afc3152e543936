//! What came in? All files read and parsed by some threads.
//!
//! A thread takes a file, reads (or unpacks) one block of whole lines, gives the file back for the
//! next thread and parses its block. So one large file, also a compressed one, keeps all threads
//! at work, and no thread holds more than one block.
//!
//! Invariant: the result is in the order of files and lines, whatever the number of threads.

use crate::event::ledger::Arrival;
use crate::event::{Class, EventType, Reader, Reject};
use crate::source::lines::{Block, Lines, numbered};
use crate::source::original::Original;
use crate::source::{SourceError, files};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Index into [`Intake::files`].
    pub file: u32,
    /// From 1.
    pub line: u32,
}

/// An event that came in, and where it stood.
pub type Entry = Arrival<Position>;

/// A line that was rejected.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// Why.
    pub reject: Reject,
    /// Of which type, where that could be read.
    pub kind: Option<EventType>,
    /// Where it stood.
    pub at: Position,
    /// What it said, masked.
    pub original: Original,
}

/// Everything that came in.
#[derive(Debug, Default)]
pub struct Intake {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// Events, in the order of files and lines.
    pub entries: Vec<Entry>,
    /// Rejected lines, in the order of files and lines.
    pub rejects: Vec<Rejected>,
}

impl Intake {
    /// Lines read, blank ones left out.
    pub fn read(&self) -> u64 {
        (self.entries.len() + self.rejects.len()) as u64
    }
}

/// How far the reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read, as stored.
    pub bytes: u64,
    /// Bytes of all files, as stored.
    pub bytes_total: u64,
    /// Lines read.
    pub lines: u64,
}

/// How to read.
pub struct Options<'a> {
    /// Threads; at least one is used.
    pub threads: usize,
    /// Reads a line; every thread has its own copy.
    pub reader: Reader,
    /// Is told how far the reading is, by any thread, about once a block.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// Reads all files that paths or globs name.
///
/// # Errors
/// When a pattern names nothing, or a file cannot be opened or read. A file that cannot be
/// unpacked to its end is no error but a rejection at the line at which it broke.
pub fn read_all(patterns: &[String], options: &Options<'_>) -> Result<Intake, SourceError> {
    let files = files::find(patterns)?;
    let size = |path: &PathBuf| path.metadata().map_or(0, |m| m.len());
    let bytes_total = files.iter().map(size).sum();
    let desk = Desk {
        files: &files,
        turn: Mutex::new(Turn::default()),
        changed: Condvar::new(),
        bytes: AtomicU64::new(0),
        lines: AtomicU64::new(0),
        bytes_total,
    };
    let mut parts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads.max(1))
            .map(|_| scope.spawn(|| desk.work(options.reader.clone(), options.progress)))
            .collect();
        let joined = threads.into_iter().map(|t| t.join());
        joined.flat_map(|parts| parts.unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
    });
    if let Some(error) = desk.turn.into_inner().unwrap_or_else(PoisonError::into_inner).failed {
        return Err(error);
    }
    Ok(join(files, &mut parts))
}

fn join(files: Vec<PathBuf>, parts: &mut Vec<Part>) -> Intake {
    parts.sort_by_key(|part| (part.file, part.first));
    let mut intake = Intake { files, ..Intake::default() };
    intake.entries.reserve_exact(parts.iter().map(|p| p.entries.len()).sum());
    for part in parts.drain(..) {
        intake.entries.extend(part.entries);
        intake.rejects.extend(part.rejects);
    }
    intake
}

/// What one block gave.
struct Part {
    file: u32,
    first: u64,
    entries: Vec<Entry>,
    rejects: Vec<Rejected>,
}

/// A file that is being read.
struct Open {
    file: u32,
    lines: Lines,
    told: u64,
}

/// Whose turn it is.
#[derive(Default)]
struct Turn {
    next_file: usize,
    idle: Vec<Open>,
    taken: usize,
    failed: Option<SourceError>,
}

/// Where threads take files and give them back.
struct Desk<'a> {
    files: &'a [PathBuf],
    turn: Mutex<Turn>,
    changed: Condvar,
    bytes: AtomicU64,
    lines: AtomicU64,
    bytes_total: u64,
}

impl Desk<'_> {
    fn work(&self, mut reader: Reader, progress: &(dyn Fn(Progress) + Sync)) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some(mut open) = self.take() {
            let block = open.lines.next();
            let packed = open.lines.packed_bytes();
            let bytes = packed - std::mem::replace(&mut open.told, packed);
            let (file, path) = (open.file, &self.files[open.file as usize]);
            let block = match block {
                Ok(block) => block,
                Err(error) => {
                    self.give_back(None, Some(SourceError::read(path)(error)));
                    break;
                }
            };
            self.give_back(block.is_some().then_some(open), None);
            let mut count = 0;
            if let Some(block) = block {
                let part = read_block(&mut reader, file, block);
                count = (part.entries.len() + part.rejects.len()) as u64;
                parts.push(part);
            }
            progress(Progress {
                bytes: self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes,
                bytes_total: self.bytes_total,
                lines: self.lines.fetch_add(count, Ordering::Relaxed) + count,
            });
        }
        parts
    }

    /// A file to read a block of; `None` when there will be none.
    fn take(&self) -> Option<Open> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if turn.failed.is_some() {
                return None;
            }
            if let Some(open) = turn.idle.pop() {
                turn.taken += 1;
                return Some(open);
            }
            if let Some(path) = self.files.get(turn.next_file) {
                let file = turn.next_file as u32;
                turn.next_file += 1;
                match Lines::open(path) {
                    Ok(lines) => {
                        turn.taken += 1;
                        return Some(Open { file, lines, told: 0 });
                    }
                    Err(error) => turn.failed = Some(SourceError::read(path)(error)),
                }
            } else if turn.taken == 0 {
                return None;
            } else {
                turn = self.changed.wait(turn).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn give_back(&self, open: Option<Open>, failed: Option<SourceError>) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.taken -= 1;
        turn.idle.extend(open);
        turn.failed = turn.failed.take().or(failed);
        drop(turn);
        self.changed.notify_all();
    }
}

fn read_block(reader: &mut Reader, file: u32, block: Block) -> Part {
    let at = |line: u64| Position { file, line: u32::try_from(line).unwrap_or(u32::MAX) };
    let refused = |original, line, rule: String| Rejected {
        reject: Reject::line(Class::Malformed, rule),
        kind: None,
        at: at(line),
        original,
    };
    match block {
        Block::Lines(bytes, first) => {
            let mut part = Part { file, first, entries: Vec::new(), rejects: Vec::new() };
            for (number, line) in numbered(&bytes, first) {
                match reader.read(line) {
                    Ok(parsed) => part.entries.push(Entry {
                        event: Arc::new(parsed.event),
                        at: at(number),
                        digest: parsed.digest,
                    }),
                    Err(refused) => part.rejects.push(Rejected {
                        reject: refused.reject,
                        kind: refused.kind,
                        at: at(number),
                        original: Original::of(line),
                    }),
                }
            }
            part
        }
        Block::TooLong(original, line) => {
            let rule = format!("a line of over {} bytes", crate::limits::LINE_BYTES_MAX);
            let rejects = vec![refused(original, line, rule)];
            Part { file, first: line, entries: Vec::new(), rejects }
        }
        Block::Broken(original, line, why) => {
            let rejects =
                vec![refused(original, line, format!("the file cannot be unpacked: {why}"))];
            Part { file, first: line, entries: Vec::new(), rejects }
        }
    }
}
