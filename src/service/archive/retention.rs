//! What may leave the journal? Segments that are old enough and that no start needs.
//!
//! A segment goes when its newest epoch is older than the retention and every kept snapshot stands
//! behind it. The last segment never goes. Invariant: at any moment, also after a crash, each epoch
//! is in the journal or in the archive.

use crate::journal::{self, Epoch, Reader, crash};
use crate::service::archive::rows::{Archived, batches, schema};
use crate::service::archive::{Entry, History, Manifest, digest, named};
use crate::service::snapshots::Snapshots;
use crate::sink::parquet;
use crate::time::Time;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// What is kept in the journal, and where the rest goes.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Journal and archive.
    pub history: History,
    /// The snapshots that starts need.
    pub snapshots: Snapshots,
    /// Age of an epoch, by its arrival, at which it may go.
    pub days: u32,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Segments that left the journal.
    pub moved: Vec<Entry>,
}

impl Retention {
    /// Moves what may go, oldest first, until `go_on` says no. `now` is the wall clock.
    ///
    /// # Errors
    /// When a segment or snapshot cannot be read, or a file cannot be written; the segment at
    /// fault, and all behind it, stay in the journal.
    pub fn pass(&self, now: Time, go_on: impl Fn() -> bool) -> io::Result<Pass> {
        let mut done = Pass::default();
        let segments = journal::segments(&self.history.journal).map_err(told)?;
        if segments.len() < 2 {
            return Ok(done);
        }
        let Some(covered) = self.covered() else { return Ok(done) };
        let before = now.plus_days(-i64::from(self.days));
        let mut manifest = Manifest::read(&self.history.archive)?;
        self.check_joined(&manifest, segments[0].0)?;
        for pair in segments.windows(2) {
            let ((first, path), (next, follows)) = (&pair[0], &pair[1]);
            let old = || {
                let handed = journal::begun_at(follows).map_err(told)?;
                io::Result::Ok(handed.is_some_and(|handed| handed < before))
            };
            if *next - 1 > covered || !old()? || !go_on() {
                break;
            }
            let entry = self.archive(&mut manifest, (*first, *next), path)?;
            crash::point("archive_noted");
            fs::remove_file(path)?;
            File::open(&self.history.journal)?.sync_all()?;
            done.moved.push(entry);
        }
        Ok(done)
    }

    /// Whether the archive ends where the journal begins. Its files may be elsewhere; its manifest
    /// may not, since a new one would know nothing of them.
    fn check_joined(&self, manifest: &Manifest, first: u64) -> io::Result<()> {
        let next = manifest.segments.last().map_or(1, |entry| entry.last + 1);
        let reader = Reader::open(&self.history.journal).map_err(told)?;
        if first <= next || reader.accepts_gap(next, first) {
            return Ok(());
        }
        let why = format!(
            "does not know the epochs {next} to {}, which were removed from the journal: put its \
             manifest back",
            first - 1
        );
        Err(named(&self.history.archive, &why))
    }

    /// The epoch of the oldest snapshot that is kept, when all of them can be read. One that
    /// cannot is none: then nothing goes until it was replaced.
    fn covered(&self) -> Option<u64> {
        let sequences = self.snapshots.sequences();
        let unread = sequences.iter().find_map(|sequence| self.snapshots.read(*sequence).err());
        if let Some(error) = unread {
            tracing::warn!(%error, "a snapshot cannot be read: no segment is archived");
            return None;
        }
        sequences.last().copied()
    }

    /// Makes sure that a segment's file is in the archive, durable and noted.
    fn archive(
        &self,
        manifest: &mut Manifest,
        (first, next): (u64, u64),
        segment: &Path,
    ) -> io::Result<Entry> {
        let segment_sha256 = digest(segment)?;
        let known = manifest.segments.iter().find(|entry| entry.first == first);
        if let Some(entry) = known.cloned() {
            // A crash came between the note and the removal.
            let path = self.history.archive.join(&entry.file);
            if entry.segment_sha256 == segment_sha256 && digest(&path)? == entry.sha256 {
                return Ok(entry);
            }
            return Err(named(&path, "holds this segment already, with another content"));
        }
        if manifest.segments.last().is_some_and(|last| last.last >= first) {
            let why = format!("holds epochs behind {first}: is it of another journal?");
            return Err(named(&self.history.archive, &why));
        }
        let file = format!("{first:018}-{:018}.parquet", next - 1);
        let path = self.history.archive.join(&file);
        let (mut epochs, mut records) = (0, 0);
        let (mut from, mut through) = (None, Time::default());
        let counted = self.segment(first, next)?.inspect(|epoch| {
            if let Ok(epoch) = epoch {
                epochs += 1;
                records += epoch.records.len() as u64;
                from.get_or_insert(epoch.header.handed_at);
                through = epoch.header.handed_at;
            }
        });
        let bytes = parquet::write(&path, schema(), batches(counted))?;
        self.compare(&path, first, next)?;
        crash::point("archive_written");
        let sha256 = digest(&path)?;
        let from = from.unwrap_or_default();
        let last = next - 1;
        let entry = Entry {
            first,
            last,
            from,
            through,
            epochs,
            records,
            file,
            bytes,
            sha256,
            segment_sha256,
        };
        manifest.segments.push(entry.clone());
        manifest.write(&self.history.archive)?;
        Ok(entry)
    }

    /// The epochs of one segment, from the journal.
    fn segment(
        &self,
        first: u64,
        next: u64,
    ) -> io::Result<impl Iterator<Item = io::Result<Epoch>> + use<>> {
        let epochs = Reader::open(&self.history.journal).map_err(told)?.epochs(first);
        let within = move |epoch: &Result<Epoch, journal::Error>| {
            epoch.as_ref().map_or(true, |epoch| epoch.header.sequence < next)
        };
        Ok(epochs.take_while(within).map(|epoch| epoch.map_err(told)))
    }

    /// Reads an archived file back: every epoch must be that of the journal.
    fn compare(&self, path: &Path, first: u64, next: u64) -> io::Result<()> {
        let mut archived = Archived::open(path)?;
        for epoch in self.segment(first, next)? {
            let epoch = epoch?;
            let equal = archived.next().transpose()?.is_some_and(|found| found == epoch);
            if !equal {
                let why = format!("epoch {} is not what the journal holds", epoch.header.sequence);
                return Err(named(path, &why));
            }
        }
        match archived.next() {
            None => Ok(()),
            Some(_) => Err(named(path, "holds more than the journal's segment")),
        }
    }
}

fn told(error: journal::Error) -> io::Error {
    match error {
        journal::Error::Io(path, error) => {
            io::Error::new(error.kind(), format!("journal \"{}\": {error}", path.display()))
        }
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}
