//! What does an outlet still have to deliver? Deliveries on disk, oldest first.
//!
//! A spool holds what does not fit into memory while an outlet is down, and what must outlive a
//! snapshot of the state. Each segment says which delivery it follows, so that a hole (deliveries
//! that were in memory alone when the process died) shows: what stands behind a hole is dropped,
//! since the replay tells it again.
//!
//! Invariant: what [`Spool::open`] gives is without holes from the receipt on. Must not know: how
//! messages are carried.

use crate::sink::frame;
use crate::sink::message::{Delivery, EventRow, Message, Topic};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

/// A segment is closed with the delivery that brings it to this many bytes.
const SEGMENT_BYTES: u64 = 8 << 20;
/// Bytes of a delivery in one record; a larger one takes several.
const PART_BYTES: usize = 4 << 20;
/// Ending of a segment's name, which is its first epoch.
const ENDING: &str = "spool";
/// The file that says how far the spool is complete.
const MARK: &str = "complete";

/// Deliveries on disk.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    /// By first epoch.
    segments: Vec<Segment>,
    /// The last one, while it is written.
    open: Option<File>,
    /// Segments were written since the last sync.
    unsynced: Vec<PathBuf>,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    first: u64,
    last: u64,
    bytes: u64,
    /// Not in memory.
    unread: bool,
}

/// The first record of a segment.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The epoch of the delivery before its first; 0 at the beginning.
    follows: u64,
}

/// A delivery, or a part of one.
#[derive(Serialize, Deserialize)]
struct Part {
    epoch: u64,
    more: bool,
    messages: Vec<(String, u8, String, i64, Vec<u8>)>,
    events: Vec<(String, String, String, i64, Vec<u8>)>,
}

/// How far everything is known: delivered, or in the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The last delivery.
    pub(super) last: u64,
    /// Nothing was to be delivered between that and this epoch.
    pub(super) through: u64,
}

impl Spool {
    /// Opens the spool in a folder, which is made when it is not there. Gives how far everything is
    /// known: delivered by `receipt`, or in the spool.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub(super) fn open(folder: &Path, receipt: u64) -> io::Result<(Self, Mark)> {
        std::fs::create_dir_all(folder)?;
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                paths.push(path);
            }
        }
        paths.sort();
        let mut last = receipt;
        let mut segments = Vec::new();
        for path in paths {
            let (follows, found) = scan(&path)?;
            let follows_known = follows.is_some_and(|follows| follows <= last);
            match found {
                Some(segment) if follows_known && segment.last > last => {
                    last = segment.last;
                    segments.push(segment);
                }
                _ => std::fs::remove_file(&path)?,
            }
        }
        let mark = read_mark(folder)?.filter(|mark| mark.last <= last);
        let through = mark.map_or(last, |mark| mark.through.max(last));
        frame::sync_folder(folder)?;
        let spool = Self { folder: folder.to_owned(), segments, open: None, unsynced: vec![] };
        Ok((spool, Mark { last, through }))
    }

    /// Whether deliveries on disk are not in memory.
    pub(super) fn has_unread(&self) -> bool {
        self.segments.iter().any(|segment| segment.unread)
    }

    /// Appends a delivery that is not in memory. `follows` is the one before it. Not synced.
    pub(super) fn append(&mut self, delivery: &Delivery, follows: u64) -> io::Result<()> {
        let mut bytes = Vec::new();
        if self.open.is_none() {
            lay_head(follows, &mut bytes);
            let path = self.path(delivery.epoch);
            self.open = Some(File::create(&path).map_err(|e| frame::named(&path, "make", &e))?);
            let (first, last) = (delivery.epoch, delivery.epoch);
            self.unsynced.push(path.clone());
            self.segments.push(Segment { path, first, last, bytes: 0, unread: true });
        }
        lay(delivery, &mut bytes);
        let file = self.open.as_mut().expect("opened above");
        let segment = self.segments.last_mut().expect("the open one is there");
        file.write_all(&bytes).map_err(|e| frame::named(&segment.path, "write", &e))?;
        segment.last = delivery.epoch;
        segment.bytes += bytes.len() as u64;
        if segment.bytes >= SEGMENT_BYTES {
            self.open = None;
        }
        Ok(())
    }

    /// Writes deliveries that stay in memory too, each with the one before it. Not synced.
    pub(super) fn keep(&mut self, deliveries: &[(&Delivery, u64)]) -> io::Result<()> {
        let mut run: Vec<(&Delivery, u64)> = Vec::new();
        for &(delivery, follows) in deliveries {
            // One segment for each unbroken run: others may stand in segments of their own.
            if run.last().is_some_and(|(before, _)| before.epoch != follows) {
                self.keep_run(&std::mem::take(&mut run))?;
            }
            run.push((delivery, follows));
        }
        self.keep_run(&run)
    }

    fn keep_run(&mut self, run: &[(&Delivery, u64)]) -> io::Result<()> {
        let (Some((first, follows)), Some((last, _))) = (run.first(), run.last()) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        lay_head(*follows, &mut bytes);
        for (delivery, _) in run {
            lay(delivery, &mut bytes);
        }
        let (path, first, last) = (self.path(first.epoch), first.epoch, last.epoch);
        std::fs::write(&path, &bytes).map_err(|e| frame::named(&path, "write", &e))?;
        self.unsynced.push(path.clone());
        let at = self.segments.partition_point(|segment| segment.first < first);
        let bytes = bytes.len() as u64;
        self.segments.insert(at, Segment { path, first, last, bytes, unread: false });
        Ok(())
    }

    /// Makes everything durable and notes how far it is complete.
    pub(super) fn sync(&mut self, mark: Mark) -> io::Result<()> {
        for path in std::mem::take(&mut self.unsynced) {
            match File::open(&path) {
                Ok(file) => file.sync_all().map_err(|e| frame::named(&path, "sync", &e))?,
                // Delivered and forgotten meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(frame::named(&path, "sync", &error)),
            }
        }
        if let (Some(_), Some(segment)) = (&self.open, self.segments.last()) {
            self.unsynced.push(segment.path.clone());
        }
        let mut bytes = Vec::new();
        let mark = postcard::to_stdvec(&mark).expect("plain values");
        frame::lay(&mark, &mut bytes);
        frame::replace(&self.folder.join(MARK), &bytes)
    }

    /// The oldest deliveries that are not in memory: those of one segment.
    pub(super) fn load(&mut self) -> io::Result<Vec<Delivery>> {
        let Some(at) = self.segments.iter().position(|segment| segment.unread) else {
            return Ok(Vec::new());
        };
        if at + 1 == self.segments.len() {
            // What comes goes to another segment: this one is read once.
            self.open = None;
        }
        let segment = &mut self.segments[at];
        let (mut found, mut read) = (Vec::new(), Frames::open(&segment.path)?);
        while let Some(delivery) = read.delivery()? {
            found.push(delivery);
        }
        if found.last().map(|delivery| delivery.epoch) != Some(segment.last) {
            let why = format!("the spool file \"{}\" is damaged", segment.path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        segment.unread = false;
        Ok(found)
    }

    /// Drops what was delivered: everything through an epoch.
    pub(super) fn forget(&mut self, through: u64) -> io::Result<()> {
        while self.segments.first().is_some_and(|s| !s.unread && s.last <= through) {
            let segment = self.segments.remove(0);
            std::fs::remove_file(&segment.path)
                .map_err(|e| frame::named(&segment.path, "remove", &e))?;
        }
        Ok(())
    }

    fn path(&self, first: u64) -> PathBuf {
        self.folder.join(format!("{first:020}.{ENDING}"))
    }
}

/// The records of a segment.
struct Frames {
    file: BufReader<File>,
    follows: Option<u64>,
    /// Bytes that were read, and those of whole deliveries.
    bytes: u64,
    whole: u64,
}

impl Frames {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path).map_err(|e| frame::named(path, "open", &e))?;
        let mut file = BufReader::new(file);
        let head = frame::next(&mut file)?.unwrap_or_default();
        let follows = postcard::from_bytes::<Head>(&head).ok().map(|head| head.follows);
        let bytes = frame::size(&head);
        Ok(Self { file, follows, bytes, whole: bytes })
    }

    /// The next whole delivery.
    fn delivery(&mut self) -> io::Result<Option<Delivery>> {
        let (mut messages, mut events) = (Vec::new(), Vec::new());
        while let Some(bytes) = frame::next(&mut self.file)? {
            self.bytes += frame::size(&bytes);
            let Ok(part) = postcard::from_bytes::<Part>(&bytes) else { return Ok(None) };
            for (id, topic, subject, time, data) in part.messages {
                let Some(topic) = Topic::ALL.get(usize::from(topic)).copied() else {
                    return Ok(None);
                };
                let (id, subject, time) = (id.into(), subject.into(), Time(time));
                messages.push(Message { id, topic, subject, time, data: data.into() });
            }
            events.extend(part.events.into_iter().map(|(source, id, kind, time, sealed)| {
                let (source, id, kind) = (source.into(), id.into(), kind.into());
                EventRow { source, id, kind, time: Time(time), sealed: sealed.into() }
            }));
            if !part.more {
                self.whole = self.bytes;
                let (messages, events) = (messages.into(), events.into());
                return Ok(Some(Delivery { epoch: part.epoch, messages, events }));
            }
        }
        Ok(None)
    }
}

/// What a segment follows, and what it holds as far as it is whole. A torn tail is cut.
fn scan(path: &Path) -> io::Result<(Option<u64>, Option<Segment>)> {
    let mut frames = Frames::open(path)?;
    let Some(follows) = frames.follows else { return Ok((None, None)) };
    let mut found: Option<Segment> = None;
    while let Some(delivery) = frames.delivery()? {
        let (path, last) = (path.to_owned(), delivery.epoch);
        let first = found.as_ref().map_or(last, |segment| segment.first);
        found = Some(Segment { path, first, last, bytes: frames.whole, unread: true });
    }
    let bytes = frames.whole;
    let length = std::fs::metadata(path)?.len();
    if found.is_some() && bytes < length {
        tracing::warn!(
            file = %path.display(), at = bytes, cut = length - bytes,
            "a torn tail of the spool is cut"
        );
        File::options().write(true).open(path)?.set_len(bytes)?;
    }
    Ok((Some(follows), found))
}

fn read_mark(folder: &Path) -> io::Result<Option<Mark>> {
    match std::fs::read(folder.join(MARK)) {
        Ok(bytes) => {
            let bytes = frame::next(&mut &bytes[..])?;
            Ok(bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn lay_head(follows: u64, out: &mut Vec<u8>) {
    frame::lay(&postcard::to_stdvec(&Head { follows }).expect("plain values"), out);
}

fn lay(delivery: &Delivery, out: &mut Vec<u8>) {
    let mut part = Part { epoch: delivery.epoch, more: true, messages: vec![], events: vec![] };
    let mut bytes = 0;
    let close = |part: &mut Part, out: &mut Vec<u8>| {
        frame::lay(&postcard::to_stdvec(part).expect("plain values"), out);
        part.messages.clear();
        part.events.clear();
    };
    for message in &*delivery.messages {
        let topic = Topic::ALL.iter().position(|topic| *topic == message.topic);
        let topic = topic.expect("every topic is listed") as u8;
        let (id, subject) = (message.id.to_string(), message.subject.to_string());
        bytes += id.len() + subject.len() + message.data.len();
        part.messages.push((id, topic, subject, message.time.0, message.data.to_vec()));
        if bytes >= PART_BYTES {
            close(&mut part, out);
            bytes = 0;
        }
    }
    for event in &*delivery.events {
        let (source, id, kind) =
            (event.source.to_string(), event.id.to_string(), event.kind.to_string());
        bytes += source.len() + id.len() + event.sealed.len();
        part.events.push((source, id, kind, event.time.0, event.sealed.to_vec()));
        if bytes >= PART_BYTES {
            close(&mut part, out);
            bytes = 0;
        }
    }
    part.more = false;
    close(&mut part, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::outbox::tests::delivery;

    fn epochs(spool: &mut Spool) -> Vec<u64> {
        let mut found = Vec::new();
        while spool.has_unread() {
            found.extend(spool.load().expect("whole").iter().map(|delivery| delivery.epoch));
        }
        found
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut spool, known) = Spool::open(folder.path(), 3).expect("empty");
        assert_eq!(known, Mark { last: 3, through: 3 });
        let (four, six) = (delivery(4, 3), delivery(6, 1));
        spool.append(&six, 4).expect("room");
        spool.keep(&[(&four, 3)]).expect("room");
        spool.sync(Mark { last: 6, through: 9 }).expect("room");
        drop(spool);
        let (mut spool, known) = Spool::open(folder.path(), 3).expect("whole");
        let through_nine = Mark { last: 6, through: 9 };
        assert_eq!(known, through_nine, "nothing was to be told after the sixth");
        assert_eq!(spool.load().expect("whole"), [four]);
        assert_eq!(spool.load().expect("whole"), [six]);
        spool.forget(4).expect("there");
        let (mut spool, known) = Spool::open(folder.path(), 4).expect("whole");
        assert_eq!((known, epochs(&mut spool)), (through_nine, vec![6]));
        spool.forget(6).expect("there");
        let (spool, known) = Spool::open(folder.path(), 6).expect("empty");
        assert_eq!((known, spool.has_unread()), (through_nine, false));
    }

    #[test]
    fn what_stands_behind_a_hole_is_told_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut spool, _) = Spool::open(folder.path(), 0).expect("empty");
        spool.append(&delivery(1, 1), 0).expect("room");
        spool.load().expect("whole");
        // The second was in memory alone.
        spool.append(&delivery(3, 1), 2).expect("room");
        let (mut spool, known) = Spool::open(folder.path(), 0).expect("whole");
        assert_eq!((known.through, epochs(&mut spool)), (1, vec![1]));
    }

    #[test]
    fn a_torn_tail_is_cut_at_every_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut spool, _) = Spool::open(folder.path(), 0).expect("empty");
        spool.append(&delivery(1, 1), 0).expect("room");
        let path = spool.segments[0].path.clone();
        let whole = std::fs::metadata(&path).expect("there").len();
        spool.append(&delivery(2, 1), 1).expect("room");
        let bytes = std::fs::read(&path).expect("there");
        for cut in whole..bytes.len() as u64 {
            std::fs::write(&path, &bytes[..cut as usize]).expect("room");
            let (mut spool, known) = Spool::open(folder.path(), 0).expect("readable");
            assert_eq!((known.through, epochs(&mut spool)), (1, vec![1]), "cut at {cut}");
        }
    }

    #[test]
    fn a_large_delivery_takes_several_records() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut spool, _) = Spool::open(folder.path(), 0).expect("empty");
        let mut large = delivery(1, 3);
        let data = vec![b'7'; PART_BYTES];
        large.messages = large
            .messages
            .iter()
            .map(|m| Message { data: data.clone().into(), ..m.clone() })
            .collect();
        spool.append(&large, 0).expect("room");
        assert_eq!(spool.load().expect("whole"), [large]);
    }
}
