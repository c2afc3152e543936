//! Which files, and which lines? Patterns become files; files become bounded chunks of whole lines.

use crate::id::hex;
use crate::limits::{DEAD_LETTER_BYTES_MAX, LINE_BYTES_MAX, UNPACK_RATIO_MAX};
use crate::source::SourceError;
use memchr::{memchr, memchr_iter, memrchr};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A chunk ends with the line that brings it to this many bytes.
const CHUNK_BYTES: usize = 2 << 20;
/// Bytes asked of a file at once.
const READ_BYTES: usize = 256 << 10;
/// A packed file may always unpack to so much, whatever its size.
const UNPACK_BYTES_FREE: u64 = 64 << 20;

/// The event files that a path means: a file, all event files below a folder, or a glob. Sorted.
///
/// # Errors
/// When the path means nothing or a folder cannot be read.
pub fn find(pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let path = Path::new(pattern);
    let mut found = Vec::new();
    if path.is_dir() {
        below(path, &mut found)?;
    } else if path.exists() {
        // A file, or a pipe: it is read as it comes.
        found.push(path.to_owned());
    } else {
        let paths = glob::glob(pattern)
            .map_err(|error| SourceError::Pattern(pattern.to_owned(), error.to_string()))?;
        for path in paths {
            let path = path.map_err(|error| {
                SourceError::Open(error.path().to_owned(), io::Error::other(error.to_string()))
            })?;
            if path.is_dir() {
                below(&path, &mut found)?;
            } else {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        return Err(SourceError::Nothing(pattern.to_owned()));
    }
    found.sort();
    Ok(found)
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let open = |error| SourceError::Open(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(open)? {
        let path = entry.map_err(open)?.path();
        if path.is_dir() {
            // A link to a folder could lead back up: the files of its target are found there.
            if !path.is_symlink() {
                below(&path, found)?;
            }
        } else if is_event_file(&path) {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a file in a folder holds events: NDJSON by its name, perhaps compressed.
fn is_event_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let ending = Path::new(plain).extension().and_then(|e| e.to_str());
    !name.starts_with('.') && matches!(ending, Some("ndjson" | "jsonl"))
}

/// Whole lines of one file.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The number of its first line, from 1.
    pub first_line: u64,
    /// The lines, each with its end, except perhaps the last of the file.
    pub bytes: Vec<u8>,
}

/// A line over the limit, of which only a prefix was kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Overlong {
    /// Its number, from 1.
    pub line: u64,
    /// Its first bytes.
    pub prefix: Vec<u8>,
    /// SHA-256 of the whole line, in hex.
    pub sha256: String,
}

/// What stopped the reading of a file before its end.
#[derive(Debug, PartialEq, Eq)]
pub struct FileFault {
    /// The line at which it stopped.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// The lines of one file, chunk by chunk.
pub struct Lines {
    reader: Box<dyn Read>,
    /// Bytes read and not yet handed out; the start of an unfinished line.
    pending: Vec<u8>,
    next_line: u64,
    unpacked: u64,
    unpacked_max: u64,
    ended: bool,
    /// Lines over the limit that were met so far.
    pub overlong: Vec<Overlong>,
    /// Why the file was not read to its end, if it was not.
    pub fault: Option<FileFault>,
}

impl Lines {
    /// Opens a file; `.gz` and `.zst` are unpacked on the way.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let (reader, unpacked_max) = unpacked(path)?;
        Ok(Self::over(reader, unpacked_max))
    }

    fn over(reader: Box<dyn Read>, unpacked_max: u64) -> Self {
        Self {
            reader,
            pending: Vec::new(),
            next_line: 1,
            unpacked: 0,
            unpacked_max,
            ended: false,
            overlong: Vec::new(),
            fault: None,
        }
    }

    /// The next chunk; `None` at the end of the file or at its fault.
    pub fn next_chunk(&mut self) -> Option<Chunk> {
        let mut bytes = std::mem::take(&mut self.pending);
        while !self.ended {
            if bytes.len() >= CHUNK_BYTES {
                if let Some(end) = memrchr(b'\n', &bytes) {
                    self.pending = bytes.split_off(end + 1);
                    return Some(self.hand_out(bytes));
                }
                // No line ends within a chunk: longer than any line may be.
                if bytes.len() > LINE_BYTES_MAX {
                    self.skip_overlong(bytes);
                    bytes = std::mem::take(&mut self.pending);
                    continue;
                }
            }
            self.fill(&mut bytes);
        }
        (!bytes.is_empty()).then(|| self.hand_out(bytes))
    }

    fn hand_out(&mut self, mut bytes: Vec<u8>) -> Chunk {
        const BOM: &[u8] = b"\xEF\xBB\xBF";
        if self.next_line == 1 && bytes.starts_with(BOM) {
            bytes.drain(..BOM.len());
        }
        let first_line = self.next_line;
        let ends = memchr_iter(b'\n', &bytes).count() as u64;
        self.next_line += ends;
        Chunk { first_line, bytes }
    }

    /// Reads on into the buffer; a fault ends the file after its last whole line.
    fn fill(&mut self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.resize(start + READ_BYTES, 0);
        let read = match self.reader.read(&mut bytes[start..]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                bytes.truncate(start);
                return;
            }
            Err(error) => {
                bytes.truncate(start);
                self.stop(bytes, format!("the file is damaged here: {error}"));
                return;
            }
        };
        bytes.truncate(start + read);
        self.unpacked += read as u64;
        self.ended = read == 0;
        if self.unpacked > self.unpacked_max {
            let why = format!("the file unpacks to over {} bytes", self.unpacked_max);
            self.stop(bytes, why);
        }
    }

    fn stop(&mut self, bytes: &mut Vec<u8>, why: String) {
        bytes.truncate(memrchr(b'\n', bytes).map_or(0, |end| end + 1));
        let whole = line_ends(bytes);
        self.fault = Some(FileFault { line: self.next_line + whole, why });
        self.ended = true;
    }

    /// Reads past the end of a line that is too long, keeping a prefix and a digest.
    fn skip_overlong(&mut self, start: Vec<u8>) {
        let mut digest = Sha256::new();
        let mut prefix = start;
        digest.update(&prefix);
        prefix.truncate(DEAD_LETTER_BYTES_MAX);
        let mut rest = Vec::new();
        while !self.ended {
            rest.clear();
            self.fill(&mut rest);
            if let Some(end) = memchr(b'\n', &rest) {
                digest.update(&rest[..end]);
                self.pending = rest.split_off(end + 1);
                break;
            }
            digest.update(&rest);
        }
        let sha256 = hex(&digest.finalize());
        self.overlong.push(Overlong { line: self.next_line, prefix, sha256 });
        self.next_line += 1;
    }
}

/// The bytes of a file, unpacked when it is `.gz` or `.zst`, and the most that they may be.
pub(super) fn unpacked(path: &Path) -> Result<(Box<dyn Read>, u64), SourceError> {
    let open = |error| SourceError::Open(path.to_owned(), error);
    let file = File::open(path).map_err(open)?;
    let size = file.metadata().map_err(open)?.len();
    let reader: Box<dyn Read> = match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::new(file))),
        Some("zst") => Box::new(zstd::stream::read::Decoder::new(file).map_err(open)?),
        _ => return Ok((Box::new(file), u64::MAX)),
    };
    Ok((reader, size.saturating_mul(UNPACK_RATIO_MAX).max(UNPACK_BYTES_FREE)))
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(bytes: Vec<u8>) -> (Vec<(u64, usize)>, Lines) {
        let mut lines = Lines::over(Box::new(io::Cursor::new(bytes)), u64::MAX);
        let mut found = Vec::new();
        while let Some(chunk) = lines.next_chunk() {
            for (at, line) in chunk.bytes.split_inclusive(|b| *b == b'\n').enumerate() {
                found.push((chunk.first_line + at as u64, line.len()));
            }
        }
        (found, lines)
    }

    #[test]
    fn lines_keep_their_numbers_across_chunks() {
        let mut text = Vec::new();
        for at in 0..60_000 {
            text.extend_from_slice(
                format!("{{\"line\":{at},\"pad\":\"{}\"}}\n", "x".repeat(60)).as_bytes(),
            );
        }
        text.extend_from_slice(b"{\"last\":1}");
        let (found, _) = lines_of(text);
        assert_eq!(found.len(), 60_001);
        assert!(found.iter().enumerate().all(|(at, (line, _))| *line == at as u64 + 1));
    }

    #[test]
    fn a_line_over_the_limit_is_cut_and_told() {
        let mut text = b"{}\n".to_vec();
        text.extend(std::iter::repeat_n(b'a', 5 << 20));
        text.extend_from_slice(b"\n{\"after\":1}\n");
        let (found, lines) = lines_of(text);
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(lines.overlong.len(), 1);
        assert_eq!(lines.overlong[0].line, 2);
        assert_eq!(lines.overlong[0].prefix.len(), DEAD_LETTER_BYTES_MAX);
    }

    #[test]
    fn a_bomb_stops_at_its_bound() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bomb.ndjson.zst");
        let zeros = io::repeat(b' ').take(200 << 20);
        let packed = zstd::stream::encode_all(zeros, 3).expect("packed");
        std::fs::write(&path, packed).expect("written");
        let mut lines = Lines::open(&path).expect("opens");
        while lines.next_chunk().is_some() {}
        assert!(lines.fault.is_some_and(|fault| fault.why.contains("unpacks")));
    }

    #[test]
    fn a_damaged_archive_gives_its_good_lines_and_a_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cut.ndjson.gz");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for at in 0..50_000 {
            io::Write::write_all(&mut encoder, format!("{{\"line\":{}}}\n", at * 7919).as_bytes())
                .expect("in memory");
        }
        let mut packed = encoder.finish().expect("in memory");
        packed.truncate(packed.len() / 2);
        std::fs::write(&path, packed).expect("written");
        let mut lines = Lines::open(&path).expect("opens");
        let mut whole = 0;
        while let Some(chunk) = lines.next_chunk() {
            assert_eq!(chunk.bytes.last(), Some(&b'\n'));
            whole += line_ends(&chunk.bytes);
        }
        let fault = lines.fault.expect("told");
        assert_eq!(fault.line, whole + 1);
    }
}
