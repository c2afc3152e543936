//! How do records stand in a file so that a torn tail shows? Length, checksum, bytes.
//!
//! Invariant: what is read back is what was written; the first frame that is cut short or damaged
//! ends the file. Must not know: what the records mean.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Bytes before a record: its length and the CRC-32 of its bytes, little-endian.
const HEAD: usize = 8;
/// Longest record. More is taken for damage.
const RECORD_BYTES_MAX: usize = 256 << 20;

/// Lays a record out at the end of `out`.
pub(super) fn lay(record: &[u8], out: &mut Vec<u8>) {
    assert!(!record.is_empty(), "a record without bytes");
    assert!(record.len() <= RECORD_BYTES_MAX, "a record of {} bytes", record.len());
    out.extend_from_slice(&(record.len() as u32).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(record).to_le_bytes());
    out.extend_from_slice(record);
}

/// The next record, or `None` at the end or at the first damage.
pub(super) fn next(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD];
    if !filled(from, &mut head)? {
        return Ok(None);
    }
    let (length, checksum) = head.split_at(4);
    let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
    let checksum = u32::from_le_bytes(checksum.try_into().expect("four bytes"));
    // No record is empty: zeros are what a file system leaves where a write was lost.
    if length == 0 || length > RECORD_BYTES_MAX {
        return Ok(None);
    }
    let mut record = Vec::new();
    from.take(length as u64).read_to_end(&mut record)?;
    let whole = record.len() == length && crc32fast::hash(&record) == checksum;
    Ok(whole.then_some(record))
}

/// Bytes that a record takes in a file.
pub(super) const fn size(record: &[u8]) -> u64 {
    (HEAD + record.len()) as u64
}

fn filled(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Writes a whole file aside, syncs it and renames it into place.
///
/// # Errors
/// When it cannot be written; the old one is untouched then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("part");
    let mut file = File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// An error of a file, with its path.
pub(super) fn named(path: &Path, doing: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{doing} \"{}\": {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_or_damaged_tail_ends_the_file() {
        let mut bytes = Vec::new();
        lay(b"first", &mut bytes);
        let second = bytes.len();
        lay(b"second", &mut bytes);
        for cut in second..bytes.len() {
            let mut from = &bytes[..cut];
            assert_eq!(next(&mut from).expect("memory"), Some(b"first".to_vec()));
            assert_eq!(next(&mut from).expect("memory"), None, "cut at {cut}");
        }
        for at in second..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let mut from = &damaged[..];
            assert_eq!(next(&mut from).expect("memory"), Some(b"first".to_vec()));
            assert_eq!(next(&mut from).expect("memory"), None, "flipped at {at}");
        }
    }
}
