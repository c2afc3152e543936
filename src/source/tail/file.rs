//! What is new in this file? One file that is followed, from the place where reading stopped.
//!
//! Invariant: the place moves only past lines that are in a batch (or blank). A batch is cut by
//! counts alone, except at the end of the file.

use crate::event::{Class, Reject};
use crate::limits::LINE_BYTES_MAX;
use crate::source::files::unpacked;
use crate::source::live::{Batch, Checker, Item, Refusal};
use crate::source::tail::line::{Line, LineReader};
use crate::source::tail::place::{From, Place, Stat, packed, print};
use crate::source::{Original, SourceError};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A batch also ends with the line that brings it to this many bytes.
const BATCH_BYTES_MAX: u64 = 8 << 20;
/// What a byte order mark is in UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How files are followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Records of a batch.
    pub(super) batch_events: usize,
    /// A file that has not changed for so long is complete.
    pub(super) settle: Duration,
    /// Whether everything is complete as it is now.
    pub(super) once: bool,
}

/// A file that is followed.
#[expect(clippy::struct_excessive_bools, reason = "facts about a file that hold apart")]
pub(super) struct Tail {
    path: PathBuf,
    source: Arc<str>,
    place: Place,
    seen: Option<Stat>,
    quiet_since: Instant,
    /// Kept open, so that what was written before a rotation is still found.
    file: Option<Arc<File>>,
    reader: Option<LineReader>,
    unpacked_max: u64,
    at_end: bool,
    /// A line without an end waits at the end.
    partial: bool,
    /// The file may have become another one since it was last looked at.
    unchecked: bool,
    /// Whether the place is to be told, even with no record.
    announce: bool,
    /// Whether the path still leads here.
    named: bool,
    grown: bool,
    /// Whether its latest fault was told.
    faulty: bool,
}

impl Tail {
    /// A file that was read so far; from its beginning without a place.
    pub(super) fn new(path: PathBuf, stat: Stat, place: Option<Place>) -> Self {
        Self {
            source: path.display().to_string().into(),
            path,
            place: Place { inode: stat.inode, ..place.unwrap_or_default() },
            seen: Some(stat),
            quiet_since: Instant::now(),
            file: None,
            reader: None,
            unpacked_max: u64::MAX,
            at_end: false,
            partial: false,
            unchecked: true,
            announce: false,
            named: true,
            grown: false,
            faulty: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    pub(super) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Whether it is in the middle of being read.
    pub(super) fn is_reading(&self) -> bool {
        self.reader.is_some()
    }

    /// What the folder tells about the file now.
    pub(super) fn notice(&mut self, stat: Stat) {
        if self.seen != Some(stat) {
            self.grown |= self.seen.is_some();
            self.seen = Some(stat);
            self.quiet_since = Instant::now();
            self.at_end = false;
            self.unchecked = true;
        }
    }

    /// The file has another name now; its place is told under that one.
    pub(super) fn rename(&mut self, path: PathBuf) {
        self.source = path.display().to_string().into();
        self.path = path;
        self.announce = true;
        self.at_end = false;
    }

    /// Whether it was renamed and has not told its place yet.
    pub(super) fn announces(&self) -> bool {
        self.announce && !self.at_end
    }

    /// No path leads to the file any more, or to another one: it is read to its end without telling
    /// its place, because the name belongs to another file now.
    pub(super) fn lose_name(&mut self) {
        self.named = false;
    }

    /// Looks at a file without a name. Whether it may still grow.
    pub(super) fn notice_open(&mut self, rules: &Rules) -> bool {
        match self.file.as_ref().map(|file| file.metadata()) {
            Some(Ok(about)) => self.notice(Stat::of(&about)),
            _ => return false,
        }
        !(self.at_end && !self.partial && self.is_quiet(rules))
    }

    /// Gives the open file back, unless the file was seen growing lately.
    pub(super) fn close_if_quiet(&mut self, rules: &Rules) {
        if self.at_end && (!self.grown || self.is_quiet(rules)) {
            self.file = None;
        }
    }

    fn is_quiet(&self, rules: &Rules) -> bool {
        rules.once || self.quiet_since.elapsed() >= rules.settle
    }

    /// Whether there may be something to read now.
    pub(super) fn is_due(&self, rules: &Rules) -> bool {
        let complete = self.is_quiet(rules);
        let waits = packed(&self.path) && !complete && !self.is_reading();
        (!self.at_end && !waits) || (self.partial && complete)
    }

    /// The next batch. None where nothing was found; more may follow unless the file is
    /// [at its end](Self::at_end).
    pub(super) fn next_batch(&mut self, rules: &Rules, checker: &mut Checker) -> Option<Batch> {
        match self.try_next_batch(rules, checker) {
            Ok(batch) => {
                self.faulty = false;
                batch
            }
            Err(error) => {
                if !std::mem::replace(&mut self.faulty, true) {
                    let (path, line) = (self.path.display(), self.place.lines + 1);
                    tracing::warn!(%path, line, %error, "read events: tried again");
                }
                // Nothing moved: the next look at the folder begins anew from the place.
                (self.reader, self.file, self.seen, self.at_end) = (None, None, None, true);
                None
            }
        }
    }

    fn try_next_batch(
        &mut self,
        rules: &Rules,
        checker: &mut Checker,
    ) -> io::Result<Option<Batch>> {
        let file = self.opened()?;
        if self.place.done {
            self.at_end = true;
            return Ok(self.batch(Vec::new(), self.place));
        }
        let packed = packed(&self.path);
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.reader(&file)?,
        };
        checker.tick();
        // A file that has grown since it was called quiet may be in the middle of a line.
        let quiet_at = self.seen.filter(|_| self.is_quiet(rules)).map(|stat| stat.size);
        let complete = |end| packed || rules.once || quiet_at == Some(end);
        let mut items = Vec::new();
        let mut place = self.place;
        let mut ended = false;
        self.partial = false;
        while items.len() < rules.batch_events
            && place.offset - self.place.offset < BATCH_BYTES_MAX
            && !ended
        {
            let fault = match reader.next() {
                Ok(Some(line)) if line.ended || complete(place.offset + line.length) => {
                    items.extend(item(checker, &place, &line));
                    place.offset += line.length;
                    place.lines += u64::from(line.ended);
                    let why = || format!("the file unpacks to over {} bytes", self.unpacked_max);
                    (place.offset > self.unpacked_max).then(why)
                }
                Ok(more) => {
                    self.partial = more.is_some();
                    ended = true;
                    None
                }
                Err(error) if packed => Some(format!("the file is damaged here: {error}")),
                Err(error) => return Err(error),
            };
            if let Some(why) = fault {
                items.push(refusal(place.lines + 1, why, Original::of(b"")));
                ended = true;
            }
        }
        if packed {
            place.done = ended;
        } else if print(&file, self.place.printed)? == self.place.print || self.place.printed == 0 {
            (place.print, place.printed) = (print(&file, place.offset)?, place.offset);
        } else {
            // It became another file while it was read: what was read is of no file.
            self.start_anew();
            return Ok(None);
        }
        if ended {
            self.at_end = packed || !self.unchecked;
        } else {
            self.reader = Some(reader);
        }
        Ok(self.batch(items, place))
    }

    fn batch(&mut self, items: Vec<Item>, place: Place) -> Option<Batch> {
        let tell = self.announce || place.done != self.place.done || !items.is_empty();
        self.place = place;
        if !tell {
            return None;
        }
        self.announce = false;
        let cursor = (key(&self.path), place.to_string());
        let cursors = if self.named { vec![cursor] } else { Vec::new() };
        if items.is_empty() && cursors.is_empty() {
            return None;
        }
        Some(Batch { source: Arc::clone(&self.source), items, cursors, reply: None })
    }

    /// The open file, known to be the one of the place.
    fn opened(&mut self) -> io::Result<Arc<File>> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(File::open(&self.path)?),
        };
        self.file = Some(Arc::clone(&file));
        if self.unchecked && self.reader.is_none() {
            self.unchecked = false;
            let begun = self.place.offset > 0 || self.place.done;
            if begun && !self.place.fits(&file, &self.path)? {
                self.start_anew();
                self.unchecked = false;
            }
            let about = file.metadata()?;
            self.place.inode = Stat::of(&about).inode;
            if packed(&self.path) {
                self.place.printed = about.len();
                self.place.print = print(&file, about.len())?;
            }
        }
        Ok(file)
    }

    fn start_anew(&mut self) {
        let (path, lines) = (self.path.display(), self.place.lines);
        tracing::warn!(%path, lines, "the file was cut or replaced: read from its beginning");
        self.place = Place { inode: self.place.inode, ..Place::default() };
        self.reader = None;
        self.unchecked = true;
    }

    fn reader(&mut self, file: &Arc<File>) -> io::Result<LineReader> {
        if !packed(&self.path) {
            let file = Arc::clone(file);
            let bytes = From { file, offset: self.place.offset };
            return Ok(LineReader::over(Box::new(bytes)));
        }
        let (bytes, unpacked_max) = unpacked(&self.path).map_err(|error| match error {
            SourceError::Open(_, error) => error,
            other => io::Error::other(other.to_string()),
        })?;
        self.unpacked_max = unpacked_max;
        let mut reader = LineReader::over(Box::new(bytes.take(unpacked_max.saturating_add(1))));
        reader.skip(self.place.offset)?;
        Ok(reader)
    }
}

/// Under which key a file's place is kept.
pub(super) fn key(path: &Path) -> String {
    format!("file:{}", path.display())
}

fn item(checker: &mut Checker, place: &Place, line: &Line) -> Option<Item> {
    let mut record = line.record()?;
    if place.offset == 0 {
        record = record.strip_prefix(BOM).unwrap_or(record);
    }
    let position = place.lines + 1;
    Some(match &line.sha256 {
        None => checker.check(position, record),
        Some(sha256) => {
            let rule = format!("a line of over {LINE_BYTES_MAX} bytes");
            refusal(position, rule, Original::cut(&line.bytes, sha256.clone()))
        }
    })
}

fn refusal(position: u64, rule: String, original: Original) -> Item {
    let reject = Reject::line(Class::Malformed, rule);
    Item { position, read: Err(Refusal { reject, kind: None, original }) }
}
