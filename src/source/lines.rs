//! Which lines? Blocks of whole lines with their numbers, and single lines by number.
//!
//! Invariant: blocks joined are the file without its byte order mark; a line too long is hashed
//! and discarded as it comes, never held whole.

use crate::limits::{BLOCK_BYTES, DEAD_LETTER_BYTES_MAX, LINE_BYTES_MAX};
use crate::source::original::Original;
use crate::source::unpack::Unpacked;
use crate::source::{Position, SourceError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// UTF-8 byte order mark, dropped at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A part of a file.
pub(super) enum Block {
    /// Whole lines; the number of the first, from 1.
    Lines(Vec<u8>, u64),
    /// A line over the limit.
    TooLong(Original, u64),
    /// The file cannot be unpacked any further: the line at which it broke, what there was of it,
    /// and why.
    Broken(Original, u64, String),
}

/// A file, block by block.
pub(super) struct Lines {
    input: Unpacked,
    carry: Vec<u8>,
    next_line: u64,
    begun: bool,
    ended: bool,
    broken: Option<String>,
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            input: Unpacked::open(path)?,
            carry: Vec::new(),
            next_line: 1,
            begun: false,
            ended: false,
            broken: None,
        })
    }

    /// Bytes of the file read so far, as stored.
    pub(super) fn packed_bytes(&self) -> u64 {
        self.input.packed_bytes()
    }

    /// The next block; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Block>> {
        let mut bytes = std::mem::take(&mut self.carry);
        bytes.reserve(BLOCK_BYTES.saturating_sub(bytes.len()));
        self.fill(&mut bytes)?;
        if !self.begun {
            self.begun = true;
            if bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
        }
        match memchr::memrchr(b'\n', &bytes) {
            Some(end) if !self.ended || self.broken.is_some() => {
                self.carry = bytes.split_off(end + 1);
                Ok(Some(self.lines(bytes)))
            }
            _ if self.ended => {
                if let Some(why) = self.broken.take() {
                    return Ok(Some(Block::Broken(Original::of(&bytes), self.next_line, why)));
                }
                Ok(if bytes.is_empty() { None } else { Some(self.lines(bytes)) })
            }
            _ => self.too_long(bytes).map(Some),
        }
    }

    fn lines(&mut self, bytes: Vec<u8>) -> Block {
        let first = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Block::Lines(bytes, first)
    }

    /// Reads up to a block. A fault of the packing ends the file; one of the system is an error.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let want = BLOCK_BYTES.saturating_sub(bytes.len());
        if self.ended || want == 0 {
            return Ok(());
        }
        match (&mut self.input).take(want as u64).read_to_end(bytes) {
            Ok(count) => self.ended = count < want,
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(error) => {
                self.ended = true;
                self.broken = Some(error.to_string());
            }
        }
        Ok(())
    }

    fn too_long(&mut self, mut bytes: Vec<u8>) -> io::Result<Block> {
        let number = self.next_line;
        let mut hash = Sha256::new();
        let beginning = bytes[..bytes.len().min(DEAD_LETTER_BYTES_MAX)].to_vec();
        loop {
            if let Some(end) = memchr::memchr(b'\n', &bytes) {
                hash.update(trimmed(&bytes[..end]));
                self.carry = bytes.split_off(end + 1);
                self.next_line += 1;
                break;
            }
            hash.update(&bytes);
            bytes.clear();
            if self.ended {
                break;
            }
            self.fill(&mut bytes)?;
        }
        if let Some(why) = self.broken.take() {
            return Ok(Block::Broken(Original::of(&beginning), number, why));
        }
        Ok(Block::TooLong(Original::of_long(&beginning, hash), number))
    }
}

/// A line without the carriage return at its end.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The lines of a block with their numbers, blank ones left out.
pub(super) fn numbered(bytes: &[u8], first: u64) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = bytes;
    let mut number = first;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let line = trimmed(&rest[..end.unwrap_or(rest.len())]);
            let here = number;
            rest = end.map_or(&[], |end| &rest[end + 1..]);
            number += 1;
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Some((here, line));
            }
        }
        None
    })
}

/// The lines of a file with these numbers (from 1), by number. A line over the limit is not given.
///
/// # Errors
/// When the file cannot be read.
pub fn lines_at(path: &Path, numbers: &[u64]) -> Result<BTreeMap<u64, Vec<u8>>, SourceError> {
    let mut found = BTreeMap::new();
    let mut wanted = numbers.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut file = Lines::open(path).map_err(SourceError::read(path))?;
    while found.len() < wanted.len() {
        let Some(block) = file.next().map_err(SourceError::read(path))? else { break };
        let Block::Lines(bytes, first) = block else { continue };
        let until = file.next_line + u64::from(file.ended);
        if wanted.iter().any(|n| (first..until).contains(n)) {
            let lines = numbered(&bytes, first).filter(|(n, _)| wanted.binary_search(n).is_ok());
            found.extend(lines.map(|(n, line)| (n, line.to_vec())));
        }
    }
    Ok(found)
}

/// The originals of lines that were accepted by the reader and refused later, in the order of the
/// positions.
///
/// # Errors
/// When a file cannot be read again.
pub fn originals(files: &[PathBuf], positions: &[Position]) -> Result<Vec<Original>, SourceError> {
    let mut by_file: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for position in positions {
        by_file.entry(position.file).or_default().push(u64::from(position.line));
    }
    let mut found = BTreeMap::new();
    for (file, numbers) in by_file {
        for (number, line) in lines_at(&files[file as usize], &numbers)? {
            found.insert((file, number), Original::of(&line));
        }
    }
    let of = |p: &Position| found.get(&(p.file, u64::from(p.line))).cloned().unwrap_or_default();
    Ok(positions.iter().map(of).collect())
}

const _: () = assert!(DEAD_LETTER_BYTES_MAX < LINE_BYTES_MAX);
