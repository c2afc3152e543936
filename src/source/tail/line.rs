//! Which line comes next? Bounded lines of a stream of bytes, each with its length.

use crate::id::hex;
use crate::limits::{DEAD_LETTER_BYTES_MAX, LINE_BYTES_MAX};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};

/// Bytes asked of a file at once.
const READ_BYTES: usize = 256 << 10;

/// A line, with its end where it has one.
#[derive(Debug)]
pub(super) struct Line {
    /// Its bytes; of a line over the limit only the first ones.
    pub(super) bytes: Vec<u8>,
    /// SHA-256 of the whole line without its end, in hex, when it is over the limit.
    pub(super) sha256: Option<String>,
    /// Its length with its end, in bytes.
    pub(super) length: u64,
    /// Whether its end was there.
    pub(super) ended: bool,
}

impl Line {
    /// The record in it: without the end of the line, nothing when the line is blank.
    pub(super) fn record(&self) -> Option<&[u8]> {
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.iter().all(u8::is_ascii_whitespace)).then_some(line)
    }
}

/// Lines, one after the other.
pub(super) struct LineReader {
    bytes: BufReader<Box<dyn Read>>,
}

impl LineReader {
    pub(super) fn over(bytes: Box<dyn Read>) -> Self {
        Self { bytes: BufReader::with_capacity(READ_BYTES, bytes) }
    }

    /// Reads past so many bytes. Whether they were there.
    pub(super) fn skip(&mut self, bytes: u64) -> io::Result<bool> {
        let skipped = io::copy(&mut self.bytes.by_ref().take(bytes), &mut io::sink())?;
        Ok(skipped == bytes)
    }

    /// The next line; `None` at the end. After an unfinished line the reader is to be made anew.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { bytes: Vec::new(), sha256: None, length: 0, ended: false };
        let mut digest: Option<Sha256> = None;
        while !line.ended {
            let ready = match self.bytes.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if ready.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', ready);
            let part = &ready[..end.unwrap_or(ready.len())];
            line.ended = end.is_some();
            if digest.is_none() && line.bytes.len() + part.len() > LINE_BYTES_MAX {
                digest = Some(Sha256::new_with_prefix(&line.bytes));
                let missing = DEAD_LETTER_BYTES_MAX.saturating_sub(line.bytes.len());
                line.bytes.extend_from_slice(&part[..part.len().min(missing)]);
                line.bytes.truncate(DEAD_LETTER_BYTES_MAX);
            }
            match &mut digest {
                Some(digest) => digest.update(part),
                None => line.bytes.extend_from_slice(part),
            }
            let used = part.len() + usize::from(line.ended);
            line.length += used as u64;
            self.bytes.consume(used);
        }
        line.sha256 = digest.map(|digest| hex(&digest.finalize()));
        Ok((line.length > 0).then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<Line> {
        let mut reader = LineReader::over(Box::new(io::Cursor::new(text.to_vec())));
        std::iter::from_fn(|| reader.next().expect("memory")).collect()
    }

    #[test]
    fn lines_have_their_lengths_and_ends() {
        let found = lines(b"{}\r\n\n  \nlast");
        let told: Vec<_> = found.iter().map(|l| (l.record(), l.length, l.ended)).collect();
        assert_eq!(
            told,
            [
                (Some(&b"{}"[..]), 4, true),
                (None, 1, true),
                (None, 3, true),
                (Some(&b"last"[..]), 4, false)
            ]
        );
    }

    #[test]
    fn a_line_over_the_limit_keeps_a_prefix_and_the_digest_of_all() {
        let long = vec![b'a'; LINE_BYTES_MAX + 1];
        let mut text = long.clone();
        text.extend_from_slice(b"\n{}\n");
        let found = lines(&text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].bytes.len(), DEAD_LETTER_BYTES_MAX);
        assert_eq!(found[0].sha256, Some(hex(&Sha256::digest(&long))));
        assert_eq!(found[0].length, long.len() as u64 + 1);
        assert!(lines(&text[1..])[0].sha256.is_none(), "a line of just 1 MiB is whole");
    }
}
