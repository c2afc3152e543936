//! Who says it, and in which file? The feeds' desks: envelopes, ids and files.
//!
//! Invariant: a file holds its lines in order of time; an id is used once. Lines of days to come
//! wait here, lines of days gone by are on disk. Must not know: what an event means.

use super::prng::Chance;
use crate::time::{Day, Time};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feed {
    Registry,
    Penalty,
    Licence,
    Court,
    Bank,
    Hotline,
    Opinion,
    Customs,
    Coast,
    Inspection,
    Insurance,
    Tax,
    Assets,
    Credit,
}

impl Feed {
    const ALL: [Self; 14] = [
        Self::Registry,
        Self::Penalty,
        Self::Licence,
        Self::Court,
        Self::Bank,
        Self::Hotline,
        Self::Opinion,
        Self::Customs,
        Self::Coast,
        Self::Inspection,
        Self::Insurance,
        Self::Tax,
        Self::Assets,
        Self::Credit,
    ];

    /// Source and file stem.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Registry => ("urn:cn:469007:samr", "registry"),
            Self::Penalty => ("urn:cn:469007:samr-penalty", "penalty"),
            Self::Licence => ("urn:cn:469007:licence", "licence"),
            Self::Court => ("urn:cn:469007:court", "court"),
            Self::Bank => ("urn:cn:469007:bankfeed", "bank"),
            Self::Hotline => ("urn:cn:469007:hotline12345", "hotline"),
            Self::Opinion => ("urn:cn:460000:opinion", "opinion"),
            Self::Customs => ("urn:cn:460000:customs", "customs"),
            Self::Coast => ("urn:cn:469007:coastguard", "coast"),
            Self::Inspection => ("urn:cn:469007:inspection", "inspection"),
            Self::Insurance => ("urn:cn:469007:hrss", "staff"),
            Self::Tax => ("urn:cn:469007:tax", "tax"),
            Self::Assets => ("urn:cn:460000:assets", "assets"),
            Self::Credit => ("urn:cn:460000:credit", "credit"),
        }
    }
}

/// What an event does to an earlier one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed<'a> {
    Assert,
    /// Replaces the event of this id.
    Correct(&'a str),
    /// Withdraws the event of this id.
    Retract(&'a str),
}

/// An event to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice<'a> {
    pub(crate) feed: Feed,
    pub(crate) kind: &'static str,
    pub(crate) at: Time,
    /// Empty for none.
    pub(crate) subject: &'a str,
    pub(crate) deed: Deed<'a>,
    pub(crate) basis: Option<&'static str>,
    /// JSON of the data.
    pub(crate) data: &'a str,
}

#[derive(Debug)]
struct Line {
    at: Time,
    feed: Feed,
    sequence: u64,
    text: String,
}

/// All desks.
#[derive(Debug)]
pub(crate) struct Desk {
    waiting: BTreeMap<Day, Vec<Line>>,
    files: Vec<BufWriter<File>>,
    /// Second copies, as sent by two feeds at once.
    again: BufWriter<File>,
    /// Lines that reach us after their time.
    late: BufWriter<File>,
    sequences: [u64; Feed::ALL.len()],
    today: Day,
    end: Day,
    written: u64,
    duplicates: u64,
    broken: u64,
    /// In front of file names and ids: empty, or a district's.
    prefix: &'static str,
}

impl Desk {
    /// Empty files in a folder, which is made. File names and ids begin with the prefix.
    pub(crate) fn open(
        folder: &Path,
        prefix: &'static str,
        start: Day,
        end: Day,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let open = |stem: &str| -> io::Result<BufWriter<File>> {
            let path = folder.join(format!("events-{prefix}{stem}.ndjson"));
            Ok(BufWriter::with_capacity(1 << 18, File::create(path)?))
        };
        let files = Feed::ALL.iter().map(|f| open(f.names().1)).collect::<io::Result<_>>()?;
        Ok(Self {
            waiting: BTreeMap::new(),
            files,
            again: open("again")?,
            late: open("late")?,
            sequences: [0; Feed::ALL.len()],
            today: start,
            end,
            written: 0,
            duplicates: 0,
            broken: 0,
            prefix,
        })
    }

    /// Takes an event. One whose day lies after the end of the simulation is not written; one of
    /// a day that is already on disk cannot be. Returns the event's id within its feed.
    pub(crate) fn take(&mut self, notice: Notice<'_>) -> String {
        assert!(notice.at.day() >= self.today, "{} into a day gone by", notice.kind);
        let (source, stem) = notice.feed.names();
        let sequence = &mut self.sequences[notice.feed as usize];
        *sequence += 1;
        let sequence = *sequence;
        let id = format!("{}{stem}-{sequence}", self.prefix);
        if notice.at.day() >= self.end {
            return id;
        }
        let mut text = String::with_capacity(220 + notice.data.len());
        text += "{\"specversion\":\"1.0\",\"id\":\"";
        text += &id;
        text += "\",\"source\":\"";
        text += source;
        text += "\",\"type\":\"";
        text += notice.kind;
        text += "\",\"time\":\"";
        text += &notice.at.to_string();
        if !notice.subject.is_empty() {
            text += "\",\"subject\":\"";
            text += notice.subject;
        }
        text += "\",";
        if let Some(basis) = notice.basis {
            let _ = write!(text, "\"accessbasis\":\"{basis}\",");
        }
        match notice.deed {
            Deed::Assert => {}
            Deed::Correct(id) => drop(write!(text, "\"op\":\"correct\",\"ref\":\"{id}\",")),
            Deed::Retract(id) => drop(write!(text, "\"op\":\"retract\",\"ref\":\"{id}\",")),
        }
        text += "\"data\":";
        text += notice.data;
        text.push('}');
        let line = Line { at: notice.at, feed: notice.feed, sequence, text };
        self.waiting.entry(notice.at.day()).or_default().push(line);
        id
    }

    /// `source#id` of an id of a feed.
    pub(crate) fn reference(feed: Feed, id: &str) -> String {
        format!("{}#{id}", feed.names().0)
    }

    /// Writes a day and closes it.
    pub(crate) fn close(&mut self, day: Day, chance: &mut Chance, noise: f64) -> io::Result<()> {
        let mut lines = self.waiting.remove(&day).unwrap_or_default();
        lines.sort_unstable_by_key(|l| (l.at, l.feed, l.sequence));
        for line in lines {
            let uneven = matches!(line.feed, Feed::Penalty | Feed::Court | Feed::Credit);
            let late = uneven && chance.chance(0.02 * noise);
            let file = if late { &mut self.late } else { &mut self.files[line.feed as usize] };
            file.write_all(line.text.as_bytes())?;
            file.write_all(b"\n")?;
            self.written += 1;
            if uneven && chance.chance(0.02 * noise) {
                self.again.write_all(line.text.as_bytes())?;
                self.again.write_all(b"\n")?;
                self.duplicates += 1;
            }
        }
        self.today = day.plus(1);
        Ok(())
    }

    /// Takes an event that is to be refused.
    pub(crate) fn take_broken(&mut self, notice: Notice<'_>) {
        self.broken += u64::from(notice.at.day() < self.end);
        self.take(notice);
    }

    /// Flushes all files; returns the lines written, and of these the second copies and the broken.
    pub(crate) fn finish(mut self) -> io::Result<(u64, u64, u64)> {
        for file in &mut self.files {
            file.flush()?;
        }
        self.again.flush()?;
        self.late.flush()?;
        Ok((self.written + self.duplicates, self.duplicates, self.broken))
    }
}
