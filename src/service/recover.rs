//! Where did it stand? The newest snapshot that fits, and the journal after it.
//!
//! A snapshot fits when it can be read, when its model is at hand, and when every outlet had
//! delivered what it holds: what was not delivered must be said again, so it must be computed
//! again. Invariant: with any snapshot, or none, the state and what is said are the same.

use crate::desk::Desk;
use crate::engine::{self, Config, Feeder, Part};
use crate::event::ledger::Ledger;
use crate::journal;
use crate::query::Stand;
use crate::service::Fault;
use crate::service::archive::History;
use crate::service::intake::{Books, Fed};
use crate::service::replay::{Models, Reopener};
use crate::service::snapshots::{Saved, Snapshots};
use crate::telemetry::labels::Queue;
use crate::telemetry::{Note, metrics};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::SyncSender;

/// The folders of a service's state.
#[derive(Clone, Debug)]
pub struct State {
    /// The journal and its archive.
    pub history: History,
    /// The snapshots.
    pub snapshots: Snapshots,
}

/// A state to start from.
#[derive(Debug)]
pub struct Recovered {
    /// Mentions, names, the day.
    pub feeder: Feeder,
    /// The stages.
    pub rooms: Option<Vec<Part>>,
    /// Everything that stands.
    pub stand: Stand,
    /// The journal after it.
    pub reopener: Reopener,
    /// Under which model the engine starts.
    pub config: Config,
}

impl State {
    /// Below a state folder.
    pub fn at(folder: &Path, history: History) -> Self {
        Self { history, snapshots: Snapshots::at(folder) }
    }

    /// Loads the newest snapshot that fits, or begins with nothing. `through`: no later epoch;
    /// `delivered`: through which epoch every outlet has delivered.
    ///
    /// # Errors
    /// When the first model of the journal is not at hand.
    pub fn load(
        &self,
        through: u64,
        delivered: u64,
        horizon_years: u32,
        models: &Models,
    ) -> Result<Recovered, Fault> {
        for sequence in self.snapshots.sequences() {
            if sequence > through.min(delivered) {
                continue;
            }
            let read = self.snapshots.read(sequence).map_err(|error| error.to_string());
            match read.and_then(|saved| recovered(saved, models)) {
                Ok(found) => return Ok(found),
                Err(why) => Note::PassedOver { sequence, why: &why }.tell(),
            }
        }
        self.beginning(horizon_years, models)
    }

    /// Through which epoch each outlet has delivered, at the end of the journal.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn receipts(&self) -> Result<BTreeMap<String, u64>, Fault> {
        let mut manifests = self.snapshots.sequences().into_iter();
        let newest = manifests.find_map(|sequence| self.snapshots.manifest(sequence).ok());
        let (from, mut receipts) =
            newest.map_or((0, BTreeMap::new()), |manifest| (manifest.sequence, manifest.receipts));
        for epoch in self.history.epochs(from + 1) {
            for record in epoch?.records {
                if let journal::Record::Receipt { outlet, epoch } = record {
                    receipts.insert(outlet, epoch);
                }
            }
        }
        Ok(receipts)
    }

    /// Nothing yet, under the first model of the journal.
    ///
    /// # Errors
    /// When that model is not at hand.
    pub fn beginning(&self, horizon_years: u32, models: &Models) -> Result<Recovered, Fault> {
        let first = self.history.epochs(1).next().transpose()?;
        let model = first.and_then(|epoch| {
            epoch.records.into_iter().find_map(|record| match record {
                journal::Record::Model { name, path, .. } => Some((path, name)),
                _ => None,
            })
        });
        let (path, name) = model.unwrap_or_default();
        let config = models(&path, &name).map_err(Fault::Model)?;
        let ledger = Ledger::new(horizon_years, crate::time::Time(0));
        let books = Books { model: name.clone(), model_path: path, ..Books::default() };
        Ok(Recovered {
            feeder: Feeder::new(),
            rooms: None,
            stand: Stand { shadow: shadow_of(&config), ..Stand::new(name, config.graph.clone()) },
            reopener: Reopener::new(ledger, books, models.clone()),
            config,
        })
    }

    /// Feeds what the journal holds after the state, through an epoch (or to its end).
    ///
    /// # Errors
    /// When the journal cannot be read or does not fit.
    pub fn feed(
        &self,
        reopener: &mut Reopener,
        through: u64,
        to: &SyncSender<Fed>,
    ) -> Result<(), Fault> {
        for epoch in self.history.epochs(reopener.books.sequence + 1) {
            let epoch = epoch?;
            if epoch.header.sequence > through {
                break;
            }
            let fed = reopener.open(epoch).map_err(Fault::Replay)?;
            metrics().stages.depth.of_key(Queue::Engine).inc();
            if to.send(fed).is_err() {
                break; // The engine's side has stopped and says why.
            }
        }
        Ok(())
    }
}

/// The model that runs beside.
fn shadow_of(config: &Config) -> Option<std::sync::Arc<str>> {
    config.shadow.as_ref().map(|shadow| shadow.name.clone())
}

fn recovered(mut saved: Saved, models: &Models) -> Result<Recovered, String> {
    let mut part = |name: &str| {
        let found = saved.parts.remove(&format!("{name}.part"));
        found.ok_or_else(|| format!("it has no part \"{name}\""))
    };
    let ledger: Ledger =
        postcard::from_bytes(&part("ledger")?).map_err(|error| format!("ledger: {error}"))?;
    let desk: Desk =
        postcard::from_bytes(&part("desk")?).map_err(|error| format!("desk: {error}"))?;
    let mut stand: Stand =
        postcard::from_bytes(&part("stand")?).map_err(|error| format!("stand: {error}"))?;
    let feeder = Feeder::restore(&part("feeder")?).map_err(|error| format!("feeder: {error}"))?;
    let manifest = saved.manifest;
    let config = models(&manifest.model_path, &manifest.model)?;
    let shadow = config.shadow.as_ref().map(|shadow| &*shadow.name);
    if shadow.is_some() && shadow != manifest.shadow.as_deref() {
        return Err("another model runs beside it now, and learns everything first".into());
    }
    let of = manifest.workers as u32;
    let rooms = saved.parts.into_iter().filter_map(|(name, bytes)| {
        let index = name.strip_prefix("rooms-")?.strip_suffix(".part")?.parse().ok()?;
        Some(Part { share: (index, of), bytes })
    });
    let mut rooms: Vec<Part> = rooms.collect();
    rooms.sort_by_key(|part| part.share);
    stand.shadow = shadow_of(&config);
    if stand.shadow.is_none() {
        stand.board.compared.clear();
    }
    stand.complete(engine::graph_of(&config, &rooms).map_err(|error| error.to_string())?);
    let books = Books {
        sequence: manifest.sequence,
        watermark: manifest.watermark,
        ticked: manifest.ticked,
        model: manifest.model,
        model_path: manifest.model_path,
        cursors: manifest.cursors,
        receipts: manifest.receipts,
        ledger: Vec::new(),
        desk: Vec::new(),
    };
    let mut reopener = Reopener::new(ledger, books, models.clone());
    reopener.desk = desk;
    Ok(Recovered { feeder, rooms: Some(rooms), stand, reopener, config })
}
