//! What does the file hold? Plain, gzip or zstd bytes as one bounded stream.
//!
//! Invariant: a compressed file never yields more than the bounds of `limits`: a bomb is an error
//! of kind `InvalidData`, raised before its bytes are kept.

use crate::limits::{UNPACK_BYTES_FREE, UNPACK_BYTES_MAX, UNPACK_RATIO_MAX};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes asked of the file system at a time.
const BUFFER_BYTES: usize = 128 << 10;
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// The unpacked bytes of a file.
pub(super) struct Unpacked {
    inner: Box<dyn Read + Send>,
    packed: Arc<AtomicU64>,
    unpacked: u64,
    bounded: bool,
}

impl Unpacked {
    /// Opens a file. How it is packed is told by its name, else by its first bytes.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let packing = packing(path, &mut file)?;
        let packed = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, count: packed.clone() };
        let inner: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(counted),
            Packing::Gzip => {
                let buffered = BufReader::with_capacity(BUFFER_BYTES, counted);
                Box::new(flate2::bufread::MultiGzDecoder::new(buffered))
            }
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
        };
        Ok(Self { inner, packed, unpacked: 0, bounded: packing != Packing::Plain })
    }

    /// Bytes of the file read so far, as stored.
    pub(super) fn packed_bytes(&self) -> u64 {
        self.packed.load(Ordering::Relaxed)
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.unpacked += count as u64;
        if self.bounded && self.unpacked > UNPACK_BYTES_FREE {
            if self.unpacked / UNPACK_RATIO_MAX > self.packed_bytes() {
                let why = format!("unpacks to over {UNPACK_RATIO_MAX} times its size");
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            if self.unpacked > UNPACK_BYTES_MAX {
                let why = format!("unpacks to over {UNPACK_BYTES_MAX} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
        Ok(count)
    }
}

/// A file that counts what is read from it.
struct Counted {
    file: File,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

fn packing(path: &Path, file: &mut File) -> io::Result<Packing> {
    match path.extension().map(|e| e.to_string_lossy().to_lowercase()).as_deref() {
        Some("gz") => return Ok(Packing::Gzip),
        Some("zst") => return Ok(Packing::Zstd),
        _ => {}
    }
    if !file.metadata()?.is_file() {
        // A pipe gives its bytes once: it is read as it comes.
        return Ok(Packing::Plain);
    }
    let mut first = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(if first.starts_with(&GZIP_MAGIC) {
        Packing::Gzip
    } else if first == ZSTD_MAGIC {
        Packing::Zstd
    } else {
        Packing::Plain
    })
}
