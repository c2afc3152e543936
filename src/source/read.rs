//! How do lines become events? Read by one thread, parsed by many, in the order of the files.

use crate::event::{Class, Event, EventType, Reader, Reject};
use crate::id::hex;
use crate::limits::DEAD_LETTER_BYTES_MAX;
use crate::source::files::{Chunk, Lines};
use crate::source::{SourceError, find};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Chunks that wait for a parser, for each parser.
const CHUNKS_AHEAD: usize = 2;

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Index into [`Intake::files`].
    pub file: u32,
    /// From 1.
    pub line: u32,
}

/// An event that was read, with what the caller made of it.
#[derive(Debug)]
pub struct Taken<T> {
    /// What the caller made of the event.
    pub value: T,
    /// Digest of its content.
    pub digest: u128,
    /// Where it stands.
    pub position: Position,
}

/// The bytes of a rejected line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// All of them, or the first 64 KiB.
    pub bytes: Vec<u8>,
    /// SHA-256 of the whole, in hex, when only a prefix is kept.
    pub sha256: Option<String>,
}

impl Original {
    /// The bytes of a line, cut where the contract says so.
    pub fn of(line: &[u8]) -> Self {
        if line.len() <= DEAD_LETTER_BYTES_MAX {
            return Self { bytes: line.to_vec(), sha256: None };
        }
        let sha256 = hex(&Sha256::digest(line));
        Self::cut(line, sha256)
    }

    /// The beginning of a longer line: cut between characters, and not within a run of letters and
    /// digits, which could be half of a personal number that nobody would know as one.
    pub(super) fn cut(beginning: &[u8], sha256: String) -> Self {
        const RUN_BYTES_MAX: usize = 128;
        let mut kept = &beginning[..beginning.len().min(DEAD_LETTER_BYTES_MAX)];
        let runs = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || b" -\\".contains(&b);
        for _ in 0..RUN_BYTES_MAX {
            match kept.split_last() {
                Some((last, rest)) if runs(*last) => kept = rest,
                _ => break,
            }
        }
        if let Err(error) = std::str::from_utf8(kept)
            && error.error_len().is_none()
        {
            kept = &kept[..error.valid_up_to()];
        }
        Self { bytes: kept.to_vec(), sha256: Some(sha256) }
    }
}

/// A line that is no event.
#[derive(Debug)]
pub struct Rejected {
    /// Why.
    pub reject: Reject,
    /// The type that it claims to be of.
    pub kind: Option<EventType>,
    /// Where it stands.
    pub position: Position,
    /// What stands there.
    pub original: Original,
}

/// All that was read, in the order of files and lines.
#[derive(Debug)]
pub struct Intake<T> {
    /// The files.
    pub files: Vec<PathBuf>,
    /// The events.
    pub taken: Vec<Taken<T>>,
    /// The rest.
    pub rejected: Vec<Rejected>,
}

/// Reads everything that the patterns mean. `make` turns each event into what the caller keeps, on
/// the parsing threads; `progress` is told the bytes handed to the parsers.
///
/// # Errors
/// When a pattern means nothing or a file cannot be opened.
pub fn read_all<T: Send>(
    patterns: &[String],
    reader: &Reader,
    threads: usize,
    make: impl Fn(Event) -> T + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<Intake<T>, SourceError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        files.extend(find(pattern)?);
    }
    files.sort();
    files.dedup();
    let threads = threads.max(1);
    let (send, receive) = sync_channel(threads * CHUNKS_AHEAD);
    let receive = Mutex::new(receive);
    let done: Mutex<BTreeMap<usize, Part<T>>> = Mutex::default();
    let listed = std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| parse_chunks(&receive, reader.clone(), &make, &done));
        }
        list_chunks(&files, send, &progress)
    })?;
    let mut intake = Intake { files, taken: Vec::new(), rejected: listed };
    for (_, part) in done.into_inner().expect("no parser panics") {
        intake.taken.extend(part.taken);
        intake.rejected.extend(part.rejected);
    }
    intake.rejected.sort_by_key(|rejected| rejected.position);
    Ok(intake)
}

/// The lines at some positions, in the order of the positions (which must be sorted): for events
/// that are rejected after they were read. Reads the files again.
///
/// # Errors
/// When a file cannot be opened again.
pub fn lines_at(files: &[PathBuf], positions: &[Position]) -> Result<Vec<Original>, SourceError> {
    let mut found = BTreeMap::new();
    for (at, path) in files.iter().enumerate() {
        let wanted: Vec<u64> = positions
            .iter()
            .filter(|position| position.file as usize == at)
            .map(|position| u64::from(position.line))
            .collect();
        let Some(last) = wanted.last().copied() else { continue };
        let mut lines = Lines::open(path)?;
        while let Some(chunk) = lines.next_chunk() {
            if chunk.first_line > last {
                break;
            }
            for (number, line) in numbered(&chunk) {
                if wanted.binary_search(&number).is_ok() {
                    found.insert((at, number), Original::of(line));
                }
            }
        }
    }
    let empty = Original { bytes: Vec::new(), sha256: None };
    let original = |p: &Position| found.remove(&(p.file as usize, u64::from(p.line)));
    let mut original = original;
    Ok(positions.iter().map(|p| original(p).unwrap_or_else(|| empty.clone())).collect())
}

/// A chunk with its place in the order of the whole input.
struct Numbered {
    order: usize,
    file: u32,
    chunk: Chunk,
}

struct Part<T> {
    taken: Vec<Taken<T>>,
    rejected: Vec<Rejected>,
}

/// Sends the chunks of all files in order; returns what no parser sees: lines that are too long,
/// and files that are damaged.
fn list_chunks(
    files: &[PathBuf],
    send: SyncSender<Numbered>,
    progress: &impl Fn(u64),
) -> Result<Vec<Rejected>, SourceError> {
    let mut rejected = Vec::new();
    let mut order = 0;
    for (file, path) in files.iter().enumerate() {
        let file = file as u32;
        let mut lines = Lines::open(path)?;
        while let Some(chunk) = lines.next_chunk() {
            progress(chunk.bytes.len() as u64);
            send.send(Numbered { order, file, chunk }).expect("parsers outlive the reader");
            order += 1;
        }
        let at = |line: u64| Position { file, line: line as u32 };
        for line in lines.overlong {
            let rule = format!("a line of over {} bytes", crate::limits::LINE_BYTES_MAX);
            rejected.push(Rejected {
                reject: Reject::line(Class::Malformed, rule),
                kind: None,
                position: at(line.line),
                original: Original::cut(&line.prefix, line.sha256),
            });
        }
        if let Some(fault) = lines.fault {
            rejected.push(Rejected {
                reject: Reject::line(Class::Malformed, fault.why),
                kind: None,
                position: at(fault.line),
                original: Original { bytes: Vec::new(), sha256: None },
            });
        }
    }
    Ok(rejected)
}

fn parse_chunks<T>(
    chunks: &Mutex<Receiver<Numbered>>,
    mut reader: Reader,
    make: &impl Fn(Event) -> T,
    done: &Mutex<BTreeMap<usize, Part<T>>>,
) {
    loop {
        let next = chunks.lock().expect("no parser panics").recv();
        let Ok(Numbered { order, file, chunk }) = next else { return };
        let mut part = Part { taken: Vec::new(), rejected: Vec::new() };
        for (number, line) in numbered(&chunk) {
            let position = Position { file, line: number as u32 };
            match reader.read(line) {
                Ok(parsed) => part.taken.push(Taken {
                    value: make(parsed.event),
                    digest: parsed.digest,
                    position,
                }),
                Err(refused) => part.rejected.push(Rejected {
                    reject: refused.reject,
                    kind: refused.kind,
                    position,
                    original: Original::of(line),
                }),
            }
        }
        done.lock().expect("no parser panics").insert(order, part);
    }
}

/// The lines of a chunk that are not blank, without their ends, with their numbers.
fn numbered(chunk: &Chunk) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = &chunk.bytes[..];
    let mut next = chunk.first_line;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            rest = end.map_or(&[], |end| &rest[end + 1..]);
            next += 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Some((next - 1, line));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Pseudonyms;
    use crate::time::Time;
    use std::io::Write;
    use std::path::Path;

    fn event(id: usize) -> String {
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{{"uscc":"91469007MA5TKB1082","matter":"m","on":"2026-01-01"}}}}"#
        )
    }

    fn read(pattern: &Path, threads: usize) -> Intake<String> {
        let now = Time::parse("2026-11-25T12:00:00+08:00").expect("a moment");
        let reader = Reader::new(Pseudonyms::new(b"k"), [], now);
        let pattern = pattern.display().to_string();
        read_all(&[pattern], &reader, threads, |event| event.id.to_string(), |_| {}).expect("reads")
    }

    fn write(path: &Path, lines: &[String]) {
        let text = lines.join("\r\n");
        let mut file = std::fs::File::create(path).expect("made");
        match path.extension().and_then(|e| e.to_str()) {
            Some("gz") => {
                let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
                gz.write_all(text.as_bytes()).expect("written");
                gz.finish().expect("written");
            }
            Some("zst") => {
                file.write_all(&zstd::encode_all(text.as_bytes(), 1).expect("packed"))
                    .expect("written");
            }
            _ => file.write_all(text.as_bytes()).expect("written"),
        }
    }

    #[test]
    fn plain_and_packed_files_read_alike_on_any_number_of_threads() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut lines: Vec<String> = (0..20_000).map(event).collect();
        lines[7] = "{not json".into();
        lines[8] = "  ".into();
        let mut results = Vec::new();
        for name in ["a.ndjson", "b.ndjson.gz", "c.ndjson.zst"] {
            let path = folder.path().join(name);
            write(&path, &lines);
            for threads in [1, 3] {
                let intake = read(&path, threads);
                assert_eq!(intake.rejected.len(), 1);
                assert_eq!(intake.rejected[0].position.line, 8);
                assert_eq!(intake.rejected[0].original.bytes, b"{not json");
                let again = lines_at(&intake.files, &[intake.rejected[0].position]).expect("again");
                assert_eq!(again[0].bytes, b"{not json");
                results
                    .push(intake.taken.into_iter().map(|t| (t.value, t.position.line)).collect());
            }
        }
        let first: &Vec<(String, u32)> = &results[0];
        assert_eq!(first.len(), 19_998);
        assert!(results.iter().all(|other| other == first));
        let all = read(folder.path(), 2);
        assert_eq!((all.files.len(), all.taken.len()), (3, 3 * 19_998));
    }
}
