//! Where does the demo city come from? It is simulated, and handed in through the inlet.
//!
//! Its events take the way of any source: checked, journalled, answered. Invariant: it begins once,
//! and only while no enterprise is known. Must not know: who asks for it.

use crate::http::{Cities, CityState, DemoCity};
use crate::query::Stand;
use crate::service::spawn;
use crate::simulate::{City, Options};
use crate::source::due::{self, Due};
use crate::source::live::{Batch, Checker, Inlet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::oneshot;

/// The seed of the city: everybody gets the same.
const SEED: u64 = 7;
/// Enterprises in its background. Every scenario is planted from this size on.
const ENTERPRISES: u32 = 500;
/// Days of events.
const DAYS: u32 = 540;
/// Events handed in at a time.
const BATCH: usize = 1_000;

/// What it takes to make a city and hand it in.
#[derive(Clone)]
pub(super) struct Demo {
    checker: Checker,
    inlet: Inlet,
    stand: Arc<RwLock<Stand>>,
    /// Where its files are for as long as they are read.
    folder: PathBuf,
    city: Arc<Mutex<DemoCity>>,
}

impl Demo {
    /// Makes nothing yet.
    pub(super) fn new(
        checker: Checker,
        inlet: Inlet,
        stand: Arc<RwLock<Stand>>,
        state: &Path,
    ) -> Self {
        let folder = state.join("demo-city");
        Self { checker, inlet, stand, folder, city: Arc::default() }
    }

    fn known(&self) -> MutexGuard<'_, DemoCity> {
        self.city.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_empty(&self) -> bool {
        let stand = self.stand.read().unwrap_or_else(PoisonError::into_inner);
        stand.called.is_empty() && stand.newest.is_none()
    }

    /// Makes the city, and reads it.
    fn made(&self) -> io::Result<Vec<Due>> {
        fs::create_dir_all(&self.folder)?;
        City::generate(&Options::new(SEED, ENTERPRISES, DAYS, &self.folder))?;
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "ndjson") {
                files.push(path);
            }
        }
        // Folders are listed in any order, and events of one moment keep that of their files.
        files.sort();
        let mut all = Vec::new();
        for path in files {
            due::add(&fs::read_to_string(path)?, &mut all);
        }
        due::merge(&mut all);
        Ok(all)
    }

    /// Makes the city and hands it in, batch after batch, each when the one before is on disk.
    fn run(mut self) {
        let made = self.made();
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the files of the demo city are left in the state folder");
        }
        let all = match made {
            Ok(all) => all,
            Err(error) => return self.failed(format!("it cannot be made: {error}")),
        };
        {
            let mut city = self.known();
            (city.state, city.of) = (CityState::Feeding, all.len());
        }
        let source: Arc<str> = "demo".into();
        for chunk in all.chunks(BATCH) {
            self.checker.tick();
            let lines = chunk.iter().zip(1..);
            let items = lines.map(|(due, at)| self.checker.check(at, due.line.as_bytes()));
            let items = items.collect();
            let (reply, answered) = oneshot::channel();
            let (source, cursors) = (source.clone(), Vec::new());
            let batch = Batch { source, items, cursors, reply: Some(reply) };
            let taken = self.inlet.offer_blocking(batch).is_ok();
            if !taken || answered.blocking_recv().is_err() {
                return self.failed("the service takes no events any more".into());
            }
            self.known().events += chunk.len();
        }
        self.known().state = CityState::Done;
        tracing::info!(events = all.len(), "the demo city is in");
    }

    fn failed(&self, why: String) {
        tracing::warn!(why, "the demo city is not whole");
        let mut city = self.known();
        (city.state, city.why) = (CityState::Failed, Some(why));
    }
}

impl Cities for Demo {
    fn city(&self) -> DemoCity {
        let city = self.known().clone();
        let offered = city.state == CityState::None && self.is_empty();
        DemoCity { offered, ..city }
    }

    fn begin(&self) -> bool {
        {
            let mut city = self.known();
            if city.state != CityState::None || !self.is_empty() {
                return false;
            }
            city.state = CityState::Making;
        }
        let demo = self.clone();
        // It ends by itself when the inlet does.
        drop(spawn("demo-city", move || demo.run()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Pseudonyms;
    use crate::source::live::Verdict;
    use std::time::{Duration, Instant};

    #[test]
    fn a_city_begins_once_and_comes_in_through_the_inlet() {
        let state = tempfile::tempdir().expect("a folder");
        let (inlet, mut taken) = Inlet::new(5_000);
        let checker = Checker::new(Pseudonyms::new(b"key"), Vec::new());
        let stand: Arc<RwLock<Stand>> = Arc::default();
        let demo = Demo::new(checker, inlet, stand.clone(), state.path());
        assert!(demo.city().offered);
        assert!(demo.begin());
        assert!(!demo.begin() && !demo.city().offered, "once");
        let end = Instant::now() + Duration::from_mins(2);
        let (mut good, mut bad) = (0, 0);
        while demo.city().state != CityState::Done {
            assert!(Instant::now() < end, "{:?}", demo.city());
            assert_ne!(demo.city().state, CityState::Failed, "{:?}", demo.city());
            let Ok(mut offered) = taken.try_recv() else {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            };
            let read = offered.batch.items.iter().filter(|item| item.read.is_ok()).count();
            (good, bad) = (good + read, bad + offered.batch.items.len() - read);
            let verdicts = vec![Verdict::Accepted; offered.batch.items.len()];
            let reply = offered.batch.reply.take().expect("it waits for an answer");
            drop(reply.send(verdicts));
        }
        let city = demo.city();
        assert_eq!((city.events, city.of), (good + bad, good + bad));
        assert!(good > 5_000 && bad * 100 < good, "{good} good, {bad} bad");
        assert!(!state.path().join("demo-city").exists(), "its files are gone");
    }

    #[test]
    fn it_is_not_offered_to_a_service_that_knows_an_enterprise() {
        let state = tempfile::tempdir().expect("a folder");
        let (inlet, _taken) = Inlet::new(10);
        let checker = Checker::new(Pseudonyms::new(b"key"), Vec::new());
        let stand = Stand { called: vec![("code".into(), "name".into())], ..Stand::default() };
        let stand = Arc::new(RwLock::new(stand));
        let demo = Demo::new(checker, inlet, stand, state.path());
        assert!(!demo.city().offered && !demo.begin());
    }
}
