//! How does an epoch get on the disk? Gathered, written at once, made durable by one fsync.
//!
//! Invariant: after a failed write or fsync the writer is poisoned: what the disk holds is not
//! known then, and trying again could call lost bytes durable.

use crate::journal::frame;
use crate::journal::reader::{Segment, Stands, last_of, segments};
use crate::journal::{Epoch, Error, Header, crash};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a segment is written to. A file, or, in tests, a disk that fails.
pub trait Disk: Send {
    /// Appends all bytes.
    ///
    /// # Errors
    /// When not all were taken.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything that was appended is durable.
    ///
    /// # Errors
    /// When that is not sure.
    fn sync(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// How the journal is written.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A segment is followed by another once it holds so many bytes.
    pub segment_bytes: u64,
    /// Makes a disk of a file.
    pub disk: fn(File) -> Box<dyn Disk>,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 256 << 20, disk: |file| Box::new(file) }
    }
}

/// A torn tail that was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub segment: PathBuf,
    /// Where the tail began.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
    /// The file that holds it now.
    pub kept: PathBuf,
}

/// What was found at the opening.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// The last epoch's header; `None` for a new journal.
    pub last: Option<Header>,
    /// The torn tail that was cut off, if there was one.
    pub cut: Option<Cut>,
}

/// The end of the journal.
pub struct Writer {
    dir: PathBuf,
    options: Options,
    _lock: File,
    disk: Option<Box<dyn Disk>>,
    /// Bytes of the open segment.
    written: u64,
    pending: Vec<u8>,
    /// First epoch of `pending`.
    first: u64,
    expected: u64,
    poisoned: bool,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("dir", &self.dir)
            .field("next", &self.expected)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Opens a journal to write, or begins one. A torn tail is moved to `cut/` and told.
    ///
    /// # Errors
    /// When another process writes, the last segment is damaged, or the disk fails.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, Opened), Error> {
        let io = |error| Error::Io(dir.to_owned(), error);
        fs::create_dir_all(dir).map_err(io)?;
        let lock = File::create(dir.join("LOCK")).map_err(io)?;
        lock.try_lock().map_err(|_| Error::Locked(dir.to_owned()))?;
        let mut opened = Opened::default();
        let mut listed = segments(dir)?;
        let mut writer = Self {
            dir: dir.to_owned(),
            options,
            _lock: lock,
            disk: None,
            written: 0,
            pending: Vec::new(),
            first: 0,
            expected: 1,
            poisoned: false,
        };
        // Segments that were only begun. They go once the opening has succeeded: while they stand,
        // the one before them is sealed, and damage at its end is no torn tail.
        let mut begun_only = Vec::new();
        while let Some((first, path)) = listed.pop() {
            let segment = Segment::read(&path, !begun_only.is_empty())?;
            // A crash between a segment's creation and its first epoch.
            let begun = segment.bytes.len() < frame::PREAMBLE;
            let (header, end, stands) = if begun {
                (None, 0, Stands::Torn("a segment was only begun"))
            } else {
                segment.check(first)?;
                last_of(&segment)
            };
            match stands {
                Stands::Damaged(why, _) => return Err(segment.damaged(end, first, why)),
                Stands::Torn(_) if !segment.bytes.is_empty() => {
                    opened.cut = Some(cut(&segment, end)?);
                }
                _ => {}
            }
            if header.is_none() {
                // Nothing in it: the one before is the last.
                begun_only.push(path);
                writer.expected = first;
                continue;
            }
            writer.expected = header.as_ref().map_or(1, |h| h.sequence + 1);
            opened.last = header;
            let file = OpenOptions::new().append(true).open(&path);
            let file = file.map_err(|error| Error::Io(path.clone(), error))?;
            writer.disk = Some((options.disk)(file));
            writer.written = end as u64;
            break;
        }
        for path in begun_only {
            fs::remove_file(&path).map_err(|error| Error::Io(path.clone(), error))?;
        }
        Ok((writer, opened))
    }

    /// The sequence number of the next epoch.
    pub fn next_sequence(&self) -> u64 {
        self.expected
    }

    /// Adds an epoch, in memory; gives its bytes. It counts after [`Self::commit`].
    ///
    /// # Errors
    /// When the writer is poisoned.
    ///
    /// # Panics
    /// When the sequence number is not the next one: a defect of the caller.
    pub fn append(&mut self, epoch: &Epoch) -> Result<u64, Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        assert_eq!(epoch.header.sequence, self.expected, "epochs are numbered without gaps");
        if self.pending.is_empty() {
            self.first = self.expected;
        }
        self.expected += 1;
        let before = self.pending.len();
        frame::write(epoch, &mut self.pending);
        Ok((self.pending.len() - before) as u64)
    }

    /// Writes everything that was added and returns when it is durable.
    ///
    /// # Errors
    /// When the disk fails: the writer is poisoned, and nothing since the last commit counts.
    pub fn commit(&mut self) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let done = self.write_pending();
        if let Err(error) = done {
            self.poisoned = true;
            return Err(Error::Io(self.dir.clone(), error));
        }
        self.pending.clear();
        Ok(())
    }

    fn write_pending(&mut self) -> io::Result<()> {
        if self.written >= self.options.segment_bytes {
            self.disk = None;
        }
        if self.disk.is_none() {
            let path = self.dir.join(format!("{:018}.vj", self.first));
            let file = OpenOptions::new().append(true).create_new(true).open(path)?;
            let mut disk = (self.options.disk)(file);
            disk.append(&frame::preamble())?;
            File::open(&self.dir)?.sync_all()?;
            self.written = frame::PREAMBLE as u64;
            self.disk = Some(disk);
        }
        let disk = self.disk.as_mut().expect("opened above");
        crash::point("before_write");
        disk.append(&self.pending)?;
        crash::point("before_fsync");
        disk.sync()?;
        crash::point("after_fsync");
        self.written += self.pending.len() as u64;
        Ok(())
    }
}

/// Moves a segment's tail to `cut/`.
pub(super) fn cut(segment: &Segment, end: usize) -> Result<Cut, Error> {
    let io = |error| Error::Io(segment.path.clone(), error);
    let kept = keep(segment, end, &segment.bytes[end..]).map_err(io)?;
    let file = OpenOptions::new().write(true).open(&segment.path).map_err(io)?;
    file.set_len(end as u64).map_err(io)?;
    file.sync_all().map_err(io)?;
    let bytes = (segment.bytes.len() - end) as u64;
    Ok(Cut { segment: segment.path.clone(), offset: end as u64, bytes, kept })
}

/// Keeps bytes that are taken out of a segment.
pub(super) fn keep(segment: &Segment, at: usize, bytes: &[u8]) -> io::Result<PathBuf> {
    let folder = segment.path.parent().unwrap_or(Path::new(".")).join("cut");
    fs::create_dir_all(&folder)?;
    let name = segment.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut path = folder.join(format!("{name}-{at}.bytes"));
    let mut copy = 1;
    while path.exists() {
        copy += 1;
        path = folder.join(format!("{name}-{at}-{copy}.bytes"));
    }
    let mut file = File::create_new(&path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    File::open(&folder)?.sync_all()?;
    Ok(path)
}
