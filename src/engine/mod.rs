//! How does one epoch run? Facts in, effects out, over one or many workers.
//!
//! An epoch is one calendar day of event time, quiet days too, so that time alone (a publicity
//! period that ends, a half-life, a due date) has its effect to the day. Within an epoch every
//! stage sees the facts in canonical order. [`Rooms`] holds the stages of one worker and runs them
//! in two steps, between which the workers tell each other what they found:
//!
//! 1. [`Rooms::look`]: the graph takes the facts (every worker holds all of it); the searches for
//!    successions and fund-flow patterns are divided by key.
//! 2. [`Rooms::judge`]: with all findings together, chains are settled by everyone; index,
//!    warnings and tasks are computed by the owner of each enterprise.
//!
//! Invariant: the effects do not depend on the number of workers: [`plain`] (a loop) is the
//! reference that [`dataflow`] (timely) must equal. Every timely type stays in this module.

mod dataflow;
mod feed;
mod meter;
pub mod plain;
mod shadow;

pub use dataflow::{EngineError, run, run_metered};
pub use feed::{Called, Feeder};
pub use meter::{Meter, Stage};
pub use shadow::{Compared, Seen, Shadow};

use crate::dispatch::{self, Dispatch, Task};
use crate::entity::Fact;
use crate::flow::{self, Flow, FlowDelta};
use crate::graph::{self, Graph};
use crate::id::{EntityId, Share};
use crate::risk::peers::Offers;
use crate::risk::{self, Index, IndexDelta, Risk, SaidDelta};
use crate::shared;
use crate::succession::{self, Finding, PairDelta, Succession};
use crate::time::Day;
use crate::warning::{self, Stand, WarningDelta, Warnings};
use meter::Metered;
use shadow::Beside;
use std::sync::Arc;

/// The configurations of all stages: one model.
#[derive(Clone, Debug)]
pub struct Config {
    /// Windows and hub bounds of the graph.
    pub graph: Arc<graph::Config>,
    /// The detector.
    pub succession: Arc<succession::Config>,
    /// The flow patterns; off unless the pipeline switches them on.
    pub flow: Arc<flow::Config>,
    /// The indicator system.
    pub risk: Arc<risk::Config>,
    /// Rules and measures.
    pub warning: Arc<warning::Config>,
    /// Routing and calendar.
    pub dispatch: Arc<dispatch::Config>,
    /// A model that runs beside this one; none unless the pipeline names one.
    pub shadow: Option<Shadow>,
    /// Whether what the features say is told: to a service that answers SQL about them.
    pub tells_features: bool,
}

/// One day of facts.
#[derive(Clone, Debug)]
pub struct Epoch {
    /// The day.
    pub day: Day,
    /// What was learned on it, in canonical order.
    pub facts: Arc<[Fact]>,
    /// The run ends after this day: the closing state is wanted.
    pub last: bool,
    /// The state after this epoch is wanted.
    pub save: bool,
}

/// What the searches of one worker, or of all together, found in an epoch.
#[derive(Clone, Debug, Default)]
pub struct Found {
    findings: Vec<Finding>,
    flows: Vec<FlowDelta>,
    /// What changed in what is brought to the norms of peers, for the model and its shadow.
    offers: Vec<Arc<Offers>>,
    offers_beside: Vec<Arc<Offers>>,
    /// How enterprises stood at the end of the day before, where that changed.
    stands: Vec<Stand>,
}

impl Found {
    /// Adds what another worker found.
    fn join(&mut self, other: &Self) {
        self.findings.extend(other.findings.iter().cloned());
        self.flows.extend(other.flows.iter().cloned());
        self.offers.extend(other.offers.iter().cloned());
        self.offers_beside.extend(other.offers_beside.iter().cloned());
        self.stands.extend(&other.stands);
    }

    /// One order for all workers, whatever the order of arrival.
    fn sort(&mut self) {
        self.findings.sort_by_key(|f| (f.predecessor, f.successor));
        // An instance that fell on one worker may stand on another: what stands is taken last.
        self.flows.sort_by(|a, b| (&a.instance.id, !a.fallen).cmp(&(&b.instance.id, !b.fallen)));
        self.stands.sort_by_key(Stand::entity);
    }
}

/// What an epoch changed, for the outside.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// The epoch's day.
    pub day: Day,
    /// Pairs that changed.
    pub pairs: Vec<PairDelta>,
    /// Flow instances that changed.
    pub flows: Vec<FlowDelta>,
    /// Indices that changed.
    pub indices: Vec<IndexDelta>,
    /// What the features say of those whose indices were looked at.
    pub features: Vec<SaidDelta>,
    /// Warnings that changed.
    pub warnings: Vec<WarningDelta>,
    /// Tasks that changed.
    pub tasks: Vec<Task>,
    /// How the model and its shadow see those that either looked at.
    pub compared: Vec<Compared>,
    /// The state after the last epoch.
    pub closing: Option<Closing>,
    /// The state after an epoch that wanted it, one part for each worker.
    pub saved: Vec<Part>,
}

/// The state of one worker's rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which of how many workers.
    pub share: (u32, u32),
    /// What the rooms hold.
    pub bytes: Vec<u8>,
}

/// Saved parts that cannot be restored: of another version, or damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "restore the saved state: {}", self.0)
    }
}

impl std::error::Error for Unreadable {}

/// The graph in saved parts: every worker holds all of it.
///
/// # Errors
/// When there is no part, or it is not what this version saves.
pub fn graph_of(config: &Config, parts: &[Part]) -> Result<Graph, Unreadable> {
    let first = parts.first().ok_or_else(|| Unreadable("a worker's part is missing".into()))?;
    let mut graph = Graph::new(config.graph.clone());
    let mut bytes = &first.bytes[..];
    let read = shared::scope(|| graph.restore(&mut bytes));
    read.map_err(|error| Unreadable(error.to_string()))?;
    Ok(graph)
}

/// The state at the end of a bounded run.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    /// Every scored enterprise's index.
    pub indices: Vec<Arc<Index>>,
    /// Every enterprise with a controller.
    pub control: Vec<Controlled>,
    /// How often a bound bit, by name; of the whole run.
    pub bounds: std::collections::BTreeMap<&'static str, u64>,
}

/// An enterprise and who controls it.
#[derive(Clone, Debug, PartialEq)]
pub struct Controlled {
    /// The enterprise.
    pub entity: EntityId,
    /// Its controllers, in order.
    pub controllers: Vec<graph::Controller>,
}

impl Effects {
    fn of(day: Day) -> Self {
        Self { day, ..Self::default() }
    }

    /// Adds the effects of another worker. Pairs and flows are the same on every worker and are
    /// told by the first alone.
    fn join(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.flows.extend(other.flows);
        self.indices.extend(other.indices);
        self.features.extend(other.features);
        self.warnings.extend(other.warnings);
        self.tasks.extend(other.tasks);
        self.compared.extend(other.compared);
        self.saved.extend(other.saved);
        if let Some(theirs) = other.closing {
            let closing = self.closing.get_or_insert_default();
            closing.indices.extend(theirs.indices);
            closing.control.extend(theirs.control);
            for (name, times) in theirs.bounds {
                *closing.bounds.entry(name).or_default() += times;
            }
        }
    }

    fn sort(&mut self) {
        self.indices.sort_by_key(|delta| delta.after.entity);
        self.features.sort_by_key(|delta| delta.entity);
        self.warnings.sort_by(|a, b| a.warning.id.cmp(&b.warning.id));
        self.tasks.sort_by(|a, b| a.id.cmp(&b.id));
        self.compared.sort_by_key(|compared| compared.entity);
        self.saved.sort_by_key(|part| part.share);
        if let Some(closing) = &mut self.closing {
            closing.indices.sort_by_key(|index| index.entity);
            closing.control.sort_by_key(|controlled| controlled.entity);
        }
    }
}

fn refs<T>(held: &[Arc<T>]) -> Vec<&T> {
    held.iter().map(|one| &**one).collect()
}

/// What stands in a saved part before the shadow's index.
const BESIDE: u8 = 1;

/// The stages of one worker.
#[derive(Debug)]
pub struct Rooms {
    share: Share,
    first: bool,
    graph: Graph,
    succession: Succession,
    flow: Flow,
    risk: Risk,
    beside: Option<Beside>,
    warnings: Warnings,
    dispatch: Dispatch,
    metered: Metered,
}

impl Rooms {
    /// Empty rooms for one share of the work. The first share also tells what all have in common.
    pub fn new(config: &Config, share: Share) -> Self {
        Self {
            share,
            first: share.is_first(),
            graph: Graph::new(config.graph.clone()),
            succession: Succession::new(config.succession.clone(), share),
            flow: Flow::new(config.flow.clone(), share),
            risk: Risk::new(config.risk.clone(), share).telling(config.tells_features),
            beside: config.shadow.as_ref().map(|shadow| Beside::new(shadow, share)),
            warnings: Warnings::new(config.warning.clone(), share),
            dispatch: Dispatch::new(config.dispatch.clone()),
            metered: Metered::default(),
        }
    }

    /// Tells a meter from now on what the stages take.
    pub fn metered(mut self, meter: Option<Arc<dyn Meter>>) -> Self {
        self.metered = Metered::by(meter, search_bounds(&self.flow, &self.succession));
        self
    }

    /// First step: takes the facts, searches this share.
    pub fn look(&mut self, epoch: &Epoch) -> (graph::Delta, Found) {
        let metered = &self.metered;
        let since = metered.start();
        let delta = self.graph.apply(&epoch.facts, epoch.day);
        let since = metered.lap(Stage::Graph, since, epoch.facts.len());
        let findings = self.succession.search(&self.graph, &delta, epoch.day);
        let since = metered.lap(Stage::Succession, since, findings.len());
        let flows = self.flow.apply(&self.graph, &delta, &epoch.facts, epoch.day);
        let since = metered.lap(Stage::Flow, since, flows.len());
        let offers = vec![Arc::new(self.risk.learn(&epoch.facts, epoch.day))];
        let beside = self.beside.as_mut();
        let learned = beside.map(|beside| beside.0.learn(&epoch.facts, epoch.day));
        let offers_beside = learned.map(Arc::new).into_iter().collect();
        metered.lap(Stage::Risk, since, 0);
        let stands = self.warnings.tell();
        (delta, Found { findings, flows, offers, offers_beside, stands })
    }

    /// Second step: with the findings of all shares, judges this share.
    pub fn judge(&mut self, epoch: &Epoch, delta: &graph::Delta, found: &Found) -> Effects {
        let (graph, facts, today) = (&self.graph, &*epoch.facts, epoch.day);
        let since = self.metered.start();
        let pairs = self.succession.settle(graph, &found.findings, today);
        let since = self.metered.lap(Stage::Succession, since, pairs.len());
        let flows = &found.flows[..];
        let (offers, besides) = (refs(&found.offers), refs(&found.offers_beside));
        let inputs =
            risk::Inputs { graph, delta, facts, pairs: &pairs, flows, offers: &offers, today };
        let indices = self.risk.apply(inputs);
        let features = self.risk.said();
        let beside = self.beside.as_mut();
        let inputs = risk::Inputs { offers: &besides, ..inputs };
        let compared = beside.map(|beside| beside.apply(inputs, &self.risk, &indices));
        let compared = compared.unwrap_or_default();
        let since = self.metered.lap(Stage::Risk, since, indices.len());
        let warnings = self.warnings.apply(warning::Inputs {
            graph,
            delta,
            facts,
            pairs: &pairs,
            flows,
            indices: &indices,
            stands: &found.stands,
            today,
        });
        let since = self.metered.lap(Stage::Warning, since, warnings.len());
        let tasks = self.dispatch.apply(graph, &warnings, today);
        self.metered.lap(Stage::Dispatch, since, tasks.len());
        let (flow, succession) = (&self.flow, &self.succession);
        self.metered.bounds(|| search_bounds(flow, succession));
        let closing = epoch.last.then(|| self.close(today));
        let saved = if epoch.save { vec![self.save()] } else { Vec::new() };
        let (pairs, flows) =
            if self.first { (pairs, flows.to_vec()) } else { (Vec::new(), Vec::new()) };
        Effects {
            day: today,
            pairs,
            flows,
            indices,
            features,
            warnings,
            tasks,
            compared,
            closing,
            saved,
        }
    }

    /// The state, after an epoch.
    fn save(&self) -> Part {
        let bytes = shared::scope(|| {
            let mut bytes = Vec::new();
            self.graph.save(&mut bytes);
            self.succession.save(&mut bytes);
            self.flow.save(&mut bytes);
            self.risk.save(&mut bytes);
            self.warnings.save(&mut bytes);
            self.dispatch.save(&mut bytes);
            if let Some(beside) = &self.beside {
                bytes.push(BESIDE);
                beside.0.save(&mut bytes);
            }
            bytes
        });
        Part { share: (self.share.index(), self.share.of()), bytes }
    }

    /// Rooms with a saved state. The parts of all workers of the past are wanted, in order; there
    /// may have been more or fewer of them.
    ///
    /// # Errors
    /// When the parts are not what this version saves.
    pub fn restore(config: &Config, share: Share, parts: &[Part]) -> Result<Self, Unreadable> {
        let whole = parts
            .iter()
            .enumerate()
            .all(|(at, part)| part.share == (at as u32, parts.len() as u32));
        if parts.is_empty() || !whole {
            return Err(Unreadable("a worker's part is missing".into()));
        }
        let own = parts.iter().find(|part| part.share == (share.index(), share.of()));
        if let Some(own) = own {
            return Self::new(config, share).load(own);
        }
        // Another number of workers: what each worker holds is taken from any, what is divided is
        // put together and divided anew.
        let mut rooms = Self::new(config, share).load(&parts[0])?;
        for part in &parts[1..] {
            let other = Self::new(config, share).load(part)?;
            rooms.succession.merge(other.succession);
            rooms.flow.merge(other.flow);
            rooms.risk.merge(other.risk);
            rooms.warnings.merge(other.warnings);
            rooms.dispatch.merge(other.dispatch);
            if let (Some(own), Some(theirs)) = (&mut rooms.beside, other.beside) {
                own.0.merge(theirs.0);
            }
        }
        rooms.succession.keep();
        rooms.flow.keep();
        rooms.risk.keep();
        if let Some(beside) = &mut rooms.beside {
            beside.0.keep();
        }
        rooms.warnings.keep();
        Ok(rooms)
    }

    fn load(mut self, part: &Part) -> Result<Self, Unreadable> {
        let mut bytes = &part.bytes[..];
        let read: postcard::Result<()> = shared::scope(|| {
            self.graph.restore(&mut bytes)?;
            self.succession.restore(&mut bytes)?;
            self.flow.restore(&mut bytes)?;
            self.risk.restore(&mut bytes)?;
            self.warnings.restore(&mut bytes)?;
            self.dispatch.restore(&mut bytes)?;
            match (&mut self.beside, bytes.split_first()) {
                (Some(beside), Some((&BESIDE, mut rest))) => {
                    beside.0.restore(&mut rest)?;
                    bytes = rest;
                }
                // It was saved beside a shadow that runs no more.
                (None, Some((&BESIDE, _))) => bytes = &[],
                _ => {}
            }
            Ok(())
        });
        match read {
            Ok(()) if bytes.is_empty() => Ok(self),
            Ok(()) => Err(Unreadable(format!("{} bytes are left over", bytes.len()))),
            Err(why) => Err(Unreadable(why.to_string())),
        }
    }

    fn close(&mut self, today: Day) -> Closing {
        let mut control = Vec::new();
        for entity in self.graph.entities() {
            if self.share.owns(entity.key()) {
                let controllers = self.graph.controllers(entity);
                if !controllers.is_empty() {
                    control.push(Controlled { entity, controllers });
                }
            }
        }
        let mut bounds = search_bounds(&self.flow, &self.succession);
        if self.first {
            bounds.extend(self.graph.bounds());
        }
        Closing { indices: self.risk.close(&self.graph, today), control, bounds }
    }
}

/// How often the bounds of the searches have bitten, by name.
fn search_bounds(
    flow: &Flow,
    succession: &Succession,
) -> std::collections::BTreeMap<&'static str, u64> {
    let mut bounds = flow.bounds();
    bounds.extend(succession.bounds());
    bounds
}
