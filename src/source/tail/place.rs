//! How far was a file read, and is it still that file? A place that can be kept as text.
//!
//! A file is known by its content, not by its name: by the first and the last kilobyte before the
//! place. Event ids are unique, so two files that agree there are the same file, also after a move
//! to another disk. The inode only helps to find a file that was renamed.

use crate::id::stable_hash_128;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Bytes at the beginning and before the place by which a file is known.
const PRINT_BYTES: u64 = 1 << 10;

/// Device and inode; zeros where the system has none.
pub(super) type Inode = (u64, u64);

/// What a folder tells about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) inode: Inode,
    pub(super) size: u64,
    /// Since 1970; compared with itself alone.
    modified: Option<Duration>,
}

impl Stat {
    pub(super) fn of(about: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            (about.dev(), about.ino())
        };
        #[cfg(not(unix))]
        let inode = (0, 0);
        let modified = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Self { inode, size: about.len(), modified }
    }
}

/// How far a file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes read, unpacked ones of a packed file.
    pub(super) offset: u64,
    /// Ends of lines read.
    pub(super) lines: u64,
    /// Where the file was.
    pub(super) inode: Inode,
    /// Of the bytes of the file before `printed`.
    pub(super) print: u128,
    /// The bytes that the print stands for: the offset, or the size of a packed file.
    pub(super) printed: u64,
    /// Whether a packed file was read to its end.
    pub(super) done: bool,
}

/// `offset=… lines=… inode=…:… print=…:… done=…`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, lines, inode: (device, inode), print, printed, done } = self;
        write!(f, "offset={offset} lines={lines} inode={device}:{inode} ")?;
        write!(f, "print={printed}:{print:032x} done={done}")
    }
}

impl Place {
    /// Reads what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let mut pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.find(|(k, _)| *k == key).map(|(_, value)| value)
        };
        let (device, inode) = value("inode")?.split_once(':')?;
        let (printed, print) = value("print")?.split_once(':')?;
        Some(Self {
            offset: value("offset")?.parse().ok()?,
            lines: value("lines")?.parse().ok()?,
            inode: (device.parse().ok()?, inode.parse().ok()?),
            print: u128::from_str_radix(print, 16).ok()?,
            printed: printed.parse().ok()?,
            done: value("done")?.parse().ok()?,
        })
    }

    /// Whether the file has what this place saw. A packed file must have its whole size.
    pub(super) fn fits(&self, file: &File, path: &Path) -> io::Result<bool> {
        let size = file.metadata()?.len();
        let long_enough = if packed(path) { size == self.printed } else { size >= self.printed };
        Ok(long_enough && print(file, self.printed)? == self.print)
    }
}

/// Whether a file is packed, by its name.
pub(super) fn packed(path: &Path) -> bool {
    matches!(path.extension().and_then(|e| e.to_str()), Some("gz" | "zst"))
}

/// Of the first and the last kilobyte before a place, and of the place.
pub(super) fn print(file: &File, until: u64) -> io::Result<u128> {
    let length = until.min(PRINT_BYTES);
    let mut bytes = until.to_le_bytes().to_vec();
    for start in [0, until - length] {
        let from = bytes.len();
        bytes.resize(from + length as usize, 0);
        let mut read = from;
        while read < bytes.len() {
            let at = start + (read - from) as u64;
            match read_at(file, &mut bytes[read..], at)? {
                // Shorter than it was: the print of something else.
                0 => break,
                more => read += more,
            }
        }
    }
    Ok(stable_hash_128(&bytes))
}

/// The bytes of a file from a place on, whatever else reads it.
pub(super) struct From {
    pub(super) file: Arc<File>,
    pub(super) offset: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
    file.read(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_as_text() {
        let place = Place {
            offset: 812,
            lines: 4,
            inode: (2049, 131),
            print: 7,
            printed: 812,
            done: false,
        };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for text in ["", "offset=1", "offset=x lines=1 inode=1:1 print=1:1 done=true"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.ndjson");
        let mut text: Vec<u8> = (0..9_000_u32).flat_map(u32::to_le_bytes).collect();
        let check = |text: &[u8], place: &Place| {
            std::fs::write(&path, text).expect("written");
            place.fits(&File::open(&path).expect("there"), &path).expect("readable")
        };
        std::fs::write(&path, &text).expect("written");
        let file = File::open(&path).expect("there");
        let printed = 30_000;
        let print = print(&file, printed).expect("readable");
        let place = Place { print, printed, ..Place::default() };
        assert!(check(&text, &place));
        text.extend_from_slice(b"more");
        assert!(check(&text, &place), "it has grown");
        assert!(!check(&text[..29_999], &place), "it was cut");
        for at in [0, 1_023, 29_999, 28_976] {
            text[at] ^= 1;
            assert!(!check(&text, &place), "byte {at} is another");
            text[at] ^= 1;
        }
    }
}
