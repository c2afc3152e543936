//! Where is the state saved? Folders beside the journal, each whole or not there.
//!
//! ```text
//! snapshots/000000000000001234/     named by the journal epoch whose effects it holds
//!     ledger.part  feeder.part  board.part  rooms-0.part …      postcard, zstd
//!     manifest.json                                             last; names every part with its CRC
//! ```
//!
//! Invariant: a snapshot is a cache. One that is damaged, of another format or another model is
//! passed over, and the journal is replayed instead. Must not know: what is in a part.

use crate::source::live::wall_clock;
use crate::telemetry::Note;
use crate::time::{Day, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The layout of parts. Another version is passed over.
pub const FORMAT: u32 = 8;
/// zstd level: the fastest that still packs.
const LEVEL: i32 = 1;

/// What a snapshot stands for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// See [`FORMAT`].
    pub format: u32,
    /// The journal epoch whose effects are the last in it.
    pub sequence: u64,
    /// The model, with its digest.
    pub model: String,
    /// The model's folder.
    pub model_path: String,
    /// The model that ran beside it.
    #[serde(default)]
    pub shadow: Option<String>,
    /// Workers that wrote it.
    pub workers: usize,
    /// Watermark, as of the epoch.
    pub watermark: Time,
    /// The day that the clock has told.
    pub ticked: Option<Day>,
    /// Where sources go on.
    pub cursors: BTreeMap<String, String>,
    /// Through which epoch each outlet had delivered.
    pub receipts: BTreeMap<String, u64>,
    /// The files, with the CRC-32 of their bytes.
    pub parts: BTreeMap<String, u32>,
}

/// A snapshot that was read.
#[derive(Debug)]
pub struct Saved {
    /// What it stands for.
    pub manifest: Manifest,
    /// The unpacked parts, by name.
    pub parts: BTreeMap<String, Vec<u8>>,
}

/// The parts of a snapshot by name, before they are packed.
pub type Parts = Vec<(String, Vec<u8>)>;

/// Writes snapshots beside the work, one after the other.
#[derive(Debug)]
pub struct Saver {
    snapshots: Snapshots,
    keep: usize,
    running: Option<JoinHandle<io::Result<()>>>,
}

impl Saver {
    /// Keeps the `keep` newest in a folder of snapshots.
    pub const fn new(snapshots: Snapshots, keep: usize) -> Self {
        Self { snapshots, keep, running: None }
    }

    /// Begins to write one, when the one before is written.
    ///
    /// # Errors
    /// When the one before could not be written.
    pub fn save(&mut self, manifest: Manifest, parts: Parts) -> io::Result<()> {
        self.finish()?;
        let (snapshots, keep) = (self.snapshots.clone(), self.keep);
        let write = move || {
            let started = Instant::now();
            let sequence = manifest.sequence;
            let bytes = snapshots.write(manifest, parts)?;
            snapshots.keep(keep)?;
            let at = wall_clock().0 as f64 / 1000.0;
            Note::Saved { sequence, took: started.elapsed(), bytes, at }.tell();
            Ok(())
        };
        self.running = Some(std::thread::Builder::new().name("saver".into()).spawn(write)?);
        Ok(())
    }

    /// Waits for the last one.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn finish(&mut self) -> io::Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        running.join().map_err(|_| io::Error::other("writing a snapshot panicked"))?
    }
}

/// When the state is saved.
#[derive(Clone, Copy, Debug)]
pub struct Saves {
    /// Epochs between snapshots.
    pub epochs: u64,
    /// Time between snapshots.
    pub after: Duration,
    /// The epoch of the last one.
    pub last: u64,
    /// When it was.
    pub at: Instant,
}

impl Saves {
    /// Whether it is time.
    pub(super) fn due(&self, sequence: u64) -> bool {
        let epochs = sequence.saturating_sub(self.last);
        epochs >= self.epochs || (epochs > 0 && self.at.elapsed() >= self.after)
    }
}

/// The folder of the snapshots.
#[derive(Clone, Debug)]
pub struct Snapshots {
    dir: PathBuf,
}

impl Snapshots {
    /// The snapshots below a state folder.
    pub fn at(state: &Path) -> Self {
        Self { dir: state.join("snapshots") }
    }

    /// Writes one: aside, fsync, rename; the manifest is the last file in it. Gives the bytes of its
    /// parts.
    ///
    /// # Errors
    /// When a file cannot be written; nothing of the snapshot counts then.
    pub fn write(&self, mut manifest: Manifest, parts: Parts) -> io::Result<u64> {
        fs::create_dir_all(&self.dir)?;
        let name = format!("{:018}", manifest.sequence);
        let aside = self.dir.join(format!(".{name}.tmp"));
        if aside.exists() {
            fs::remove_dir_all(&aside)?;
        }
        fs::create_dir(&aside)?;
        let write = |(name, bytes): (String, Vec<u8>)| {
            let packed = zstd::bulk::compress(&bytes, LEVEL)?;
            write_through(&aside.join(&name), &packed)?;
            Ok((name, crc32fast::hash(&packed), packed.len() as u64))
        };
        let written = std::thread::scope(|scope| {
            let writes: Vec<_> =
                parts.into_iter().map(|part| scope.spawn(|| write(part))).collect();
            let joined = writes.into_iter().map(|one| one.join().expect("writing panics never"));
            joined.collect::<io::Result<Vec<_>>>()
        })?;
        let size = written.iter().map(|(_, _, size)| size).sum();
        manifest.parts = written.into_iter().map(|(name, crc, _)| (name, crc)).collect();
        let text = serde_json::to_vec_pretty(&manifest).expect("plain values");
        write_through(&aside.join("manifest.json"), &text)?;
        File::open(&aside)?.sync_all()?;
        crate::journal::crash::point("snapshot_rename");
        let whole = self.dir.join(name);
        if whole.exists() {
            fs::remove_dir_all(&whole)?;
        }
        fs::rename(&aside, &whole)?;
        File::open(&self.dir)?.sync_all()?;
        Ok(size)
    }

    /// The epochs of the snapshots that are there, newest first.
    pub fn sequences(&self) -> Vec<u64> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<u64> = names.filter_map(|name| name.parse().ok()).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found
    }

    /// What a snapshot stands for.
    ///
    /// # Errors
    /// When it is not there or no manifest of this format.
    pub fn manifest(&self, sequence: u64) -> io::Result<Manifest> {
        let bytes = fs::read(self.folder(sequence).join("manifest.json"))?;
        let manifest: Manifest = serde_json::from_slice(&bytes)?;
        if manifest.format != FORMAT || manifest.sequence != sequence {
            let why = format!("snapshot {sequence}: of format {}", manifest.format);
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(manifest)
    }

    /// Reads a snapshot whole.
    ///
    /// # Errors
    /// When a part is missing or damaged; the message names it.
    pub fn read(&self, sequence: u64) -> io::Result<Saved> {
        let manifest = self.manifest(sequence)?;
        let folder = self.folder(sequence);
        let part = |(name, crc): (&String, &u32)| {
            let path = folder.join(name);
            let packed = fs::read(&path)?;
            if crc32fast::hash(&packed) != *crc {
                let why = format!("\"{}\" is damaged", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            let mut bytes = Vec::new();
            zstd::Decoder::new(&packed[..])?.read_to_end(&mut bytes)?;
            Ok((name.clone(), bytes))
        };
        let parts = std::thread::scope(|scope| {
            let reads: Vec<_> =
                manifest.parts.iter().map(|each| scope.spawn(move || part(each))).collect();
            let joined = reads.into_iter().map(|read| read.join().expect("reading panics never"));
            joined.collect::<io::Result<BTreeMap<_, _>>>()
        })?;
        Ok(Saved { manifest, parts })
    }

    /// Removes all but the newest, and what a crash left aside.
    ///
    /// # Errors
    /// When a folder cannot be removed.
    pub fn keep(&self, newest: usize) -> io::Result<()> {
        for sequence in self.sequences().into_iter().skip(newest.max(1)) {
            fs::remove_dir_all(self.folder(sequence))?;
        }
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "tmp") {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }

    fn folder(&self, sequence: u64) -> PathBuf {
        self.dir.join(format!("{sequence:018}"))
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(store: &Snapshots, sequence: u64) {
        let manifest = Manifest { format: FORMAT, sequence, ..Manifest::default() };
        let parts = vec![("a.part".to_owned(), vec![7; 1000]), ("b.part".to_owned(), Vec::new())];
        store.write(manifest, parts).expect("written");
    }

    #[test]
    fn what_is_written_is_read_and_damage_is_noticed() {
        let state = tempfile::tempdir().expect("a folder");
        let store = Snapshots::at(state.path());
        assert!(store.sequences().is_empty());
        for sequence in [3, 12, 7] {
            write(&store, sequence);
        }
        assert_eq!(store.sequences(), [12, 7, 3]);
        let saved = store.read(12).expect("whole");
        assert_eq!(saved.parts["a.part"], vec![7; 1000]);
        fs::create_dir(store.dir.join(".x.tmp")).expect("left by a crash");
        store.keep(2).expect("removed");
        assert_eq!(store.sequences(), [12, 7]);
        assert!(!store.dir.join(".x.tmp").exists());

        let part = store.folder(7).join("a.part");
        let mut bytes = fs::read(&part).expect("there");
        *bytes.last_mut().expect("some") ^= 1;
        fs::write(&part, bytes).expect("damaged");
        let error = store.read(7).expect_err("damaged");
        assert!(error.to_string().contains("a.part"), "{error}");
    }
}
