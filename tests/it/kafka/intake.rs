//! What does the service see of a source? A stand-in behind the inlet that keeps all it is handed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use vestigo::event::{Class, Pseudonyms};
use vestigo::source::kafka::{Config, run};
use vestigo::source::live::{Checker, Inlet};

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// An item: where it stood, and its event's id or why it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) source: String,
    pub(super) position: u64,
    pub(super) read: Result<String, (Class, String)>,
}

/// What was handed in, in order, and the cursors of the last batches.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) items: Vec<Item>,
    pub(super) cursors: BTreeMap<String, String>,
}

impl Seen {
    /// The ids of a source, in order.
    pub(super) fn ids(&self, source: &str) -> Vec<&str> {
        let of = self.items.iter().filter(|item| item.source == source);
        of.filter_map(|item| item.read.as_deref().ok()).collect()
    }

    /// Why records of a source are dead letters, in order.
    pub(super) fn rules(&self) -> Vec<&str> {
        let dead = self.items.iter().filter_map(|item| item.read.as_ref().err());
        dead.map(|(_, rule)| &**rule).collect()
    }
}

/// A source and a stand-in for the service.
pub(super) struct Intake {
    pub(super) inlet: Inlet,
    seen: Arc<Mutex<Seen>>,
    stalled: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Intake {
    /// Starts a source from cursors, before an inlet for so many events.
    pub(super) fn start(config: &str, cursors: BTreeMap<String, String>, events_max: u32) -> Self {
        let config: Config = toml::from_str(config).unwrap();
        let (inlet, mut outlet) = Inlet::new(events_max);
        let (seen, stalled) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicBool>::default());
        let (shared, stall) = (Arc::clone(&seen), Arc::clone(&stalled));
        let keeper = std::thread::spawn(move || {
            while let Some(offered) = outlet.blocking_recv() {
                while stall.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let mut seen = shared.lock().unwrap();
                seen.items.extend(offered.batch.items.iter().map(|item| Item {
                    source: offered.batch.source.to_string(),
                    position: item.position,
                    read: match &item.read {
                        Ok(taken) => Ok(taken.event.id.id().to_owned()),
                        Err(refusal) => Err((refusal.reject.class, refusal.reject.rule.clone())),
                    },
                }));
                seen.cursors.extend(offered.batch.cursors.iter().cloned());
            }
        });
        let own = inlet.clone();
        let source = std::thread::spawn(move || {
            let checker = Checker::new(Pseudonyms::new(b"a key of the tests"), Vec::new());
            run(&config, &cursors, checker, &own).unwrap();
        });
        Self { inlet, seen, stalled, threads: vec![keeper, source] }
    }

    /// Takes nothing from the inlet for a while.
    pub(super) fn stall(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until so many items were handed in.
    pub(super) fn wait_for(&self, items: usize) {
        self.wait_until(&format!("{items} items"), |seen| seen.items.len() >= items);
    }

    pub(super) fn wait_until(&self, what: &str, so: impl Fn(&Seen) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !so(&self.seen.lock().unwrap()) {
            let count = self.seen.lock().unwrap().items.len();
            assert!(Instant::now() < until, "{what} expected, {count} items came");
            assert!(!self.threads[1].is_finished(), "the source has ended");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops the source, which must end promptly; what was taken is still seen.
    pub(super) fn stop(self) -> Seen {
        self.stall(false);
        self.inlet.stop();
        let begun = Instant::now();
        let Self { inlet, seen, threads, .. } = self;
        drop(inlet);
        for thread in threads.into_iter().rev() {
            thread.join().unwrap();
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "the source does not end");
        seen.lock().unwrap().clone()
    }
}

/// A good event.
pub(super) fn event(id: impl std::fmt::Display) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{DATA}}}"#
    )
}

/// The data of that event.
pub(super) const DATA: &str = r#"{"uscc":"91469007MA5TKB1082","matter":"m","on":"2026-01-01"}"#;
