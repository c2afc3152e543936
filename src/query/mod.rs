//! What can be asked? Everything that stands, ready to be read: the effects of every closed epoch.
//!
//! [`Stand`] is written by one thread, an epoch at a time, and read by many; an answer that holds
//! it sees one epoch whole. Beside the latest states ([`Board`]) it keeps what a profile page needs:
//! the graph, what happened to an enterprise and how its index went ([`life`]), payments and what
//! was seen at the shore ([`traces`]), what indices were made of ([`lines`]), and the orders in
//! which lists are read ([`order`]). Invariant: a function of the journal; the same after a restart.
//! Must not know: who asks.

pub mod around;
pub mod chain;
pub mod life;
pub mod lines;
pub mod order;
pub mod path;
pub mod traces;

use crate::engine::{Called, Effects};
use crate::entity::Fact;
use crate::graph::{self, Graph};
use crate::id::EntityId;
use crate::sink::{self, Board, DeadLetter, Labels, Results, Summary, Tally};
use crate::time::Time;
use life::Lives;
use lines::Lines;
use order::Orders;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use traces::Traces;

/// Everything that stands, as people and programs see it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stand {
    /// Pairs, flows, warnings, tasks, indices.
    pub board: Board,
    /// By entity: code and name.
    pub called: Vec<(Arc<str>, Arc<str>)>,
    /// Rejected records: id, when, what.
    pub dead: Vec<(String, Time, DeadLetter)>,
    /// The newest event time.
    pub newest: Option<Time>,
    /// Counts of accepted and rejected records by type.
    pub counts: BTreeMap<String, Tally>,
    /// The model, with its digest.
    pub model: String,
    /// The journal epoch.
    pub sequence: u64,
    /// What happened to each enterprise, and how its index went.
    pub lives: Lives,
    /// How the lines of each index changed.
    pub lines: Lines,
    /// Payments, sightings and feeds.
    pub traces: Traces,
    /// The model that runs beside.
    #[serde(skip)]
    pub shadow: Option<Arc<str>>,
    /// The model that everything is being told anew under.
    #[serde(skip)]
    pub next_model: Option<String>,
    /// How they are tied. Restored from the engine's parts.
    #[serde(skip)]
    pub graph: Graph,
    /// The orders in which lists are read. Made anew from the board.
    #[serde(skip)]
    pub orders: Orders,
}

impl Labels for Stand {
    fn code(&self, entity: EntityId) -> String {
        self.called.get(entity.index()).map_or_else(String::new, |(code, _)| code.to_string())
    }

    fn name(&self, entity: EntityId) -> String {
        self.called.get(entity.index()).map_or_else(String::new, |(_, name)| name.to_string())
    }
}

impl Stand {
    /// Nothing yet, under a model.
    pub fn new(model: String, graph: Arc<graph::Config>) -> Self {
        Self { model, graph: Graph::new(graph), ..Self::default() }
    }

    /// Makes what is not saved: the graph as given, and the orders.
    pub fn complete(&mut self, graph: Graph) {
        self.graph = graph;
        let known = self.graph.entities();
        let by_code = known
            .filter_map(|entity| Some((self.called.get(entity.index())?.0.clone(), entity)))
            .collect();
        self.orders = Orders::of(&self.board, by_code);
    }

    /// Names that changed.
    pub fn rename(&mut self, called: &[Called]) {
        for called in called {
            let own = (called.code.clone(), called.name.clone());
            self.orders.called(called.entity, self.called.get(called.entity.index()), &own.0);
            match self.called.get_mut(called.entity.index()) {
                Some(known) => *known = own,
                None => self.called.push(own),
            }
        }
    }

    /// Takes the facts and the effects of the days of one journal epoch.
    pub fn take(&mut self, facts: &[Arc<[Fact]>], effects: Vec<Effects>) {
        for (facts, effects) in facts.iter().zip(&effects) {
            self.graph.apply(facts, effects.day);
            for fact in &**facts {
                self.lives.fact(fact);
                self.traces.fact(fact, effects.day);
            }
        }
        for one in effects {
            self.indices(&one);
            self.orders.take(&self.board, &one);
            self.board.take(one);
        }
    }

    /// What became of indices: how each went, and what it was made of.
    fn indices(&mut self, effects: &Effects) {
        self.lives.indices(effects);
        for delta in &effects.indices {
            self.lines.take(delta);
        }
    }

    /// Takes the board of another model in place of this one, which differs by `effects`.
    pub fn replace(&mut self, board: Board, effects: &Effects) {
        self.indices(effects);
        self.board = board;
        self.orders = Orders::of(&self.board, std::mem::take(&mut self.orders.by_code));
        if let Some(model) = self.next_model.take() {
            self.model = model;
        }
    }

    /// The enterprise of a code.
    pub fn find(&self, code: &str) -> Option<EntityId> {
        self.orders.by_code.get(code).copied()
    }

    /// Writes the result files.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &std::path::Path, workers: usize) -> io::Result<()> {
        let mut total = Tally::default();
        for tally in self.counts.values() {
            total.add(tally);
        }
        let summary = Summary {
            total,
            by_type: self.counts.clone(),
            workers,
            model: self.model.clone(),
            ..Summary::default()
        };
        sink::write(
            folder,
            &Results {
                board: &self.board,
                labels: self,
                as_of: self.newest,
                dead_letters: self.dead.iter().map(|(_, _, letter)| letter.clone()).collect(),
                summary: &summary,
            },
        )
    }
}
