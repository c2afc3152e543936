//! How bad is it? Indicators, the index of every enterprise, and its explanation.
//!
//! Invariant: contributions are whole points and add up to the score exactly. Persons and sole
//! traders are never scored. What the stage holds at the end of a day is what a computation from
//! the facts that hold on that day gives; every day on which time alone changes an index is known
//! beforehand. Must not know: warnings and tasks.

pub mod config;
mod derived;
mod divide;
pub mod features;
mod feeds;
mod follow;
pub mod groups;
mod mark;
mod measure;
pub mod measures;
pub mod monotone;
pub mod peers;
mod profile;
pub mod program;
mod record;
pub mod rehearse;
mod relations;
mod score;
mod settle;
pub mod sql;
pub mod tags;
mod take;
#[cfg(test)]
mod tests;
pub mod weigh;
mod words;

pub use config::{Category, Config, Fault, Indicator, Lexicon, Measure, Scale, Veto, category_of};
pub use tags::{NAMES, Select, Tags};

use crate::entity::Fact;
use crate::flow::FlowDelta;
use crate::graph::{Delta, Graph, TroubleKind};
use crate::id::{EntityId, EventId, Share};
use crate::risk::features::looks_at_inflow;
use crate::risk::feeds::Feeds;
use crate::risk::mark::{Marker, NEVER};
use crate::risk::measure::{Hit, is_monthly};
use crate::risk::peers::{Norms, Offers};
use crate::risk::record::{Record, Standing};
use crate::succession::{Pair, PairDelta};
use crate::text::Level;
use crate::time::{Day, Time};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The four classes (国市监信发〔2022〕6号): A low … D high. An internal aid to allocate inspection
/// effort, "not an evaluation of the enterprise's credit".
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Grade {
    /// Low.
    A,
    /// Ordinary.
    B,
    /// Higher.
    C,
    /// High.
    D,
}

impl Grade {
    /// The letter.
    pub const fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// What one indicator adds.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Contribution {
    /// Indicator id, e.g. `R01`; a cap or floor shows as its own line, e.g. `cap:R`.
    pub indicator: Arc<str>,
    /// Whole points; negative lowers.
    pub points: i32,
    /// The events it rests on.
    pub events: Vec<EventId>,
}

/// The index of one enterprise.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Index {
    /// Whose.
    pub entity: EntityId,
    /// As of the end of this day.
    pub as_of: Day,
    /// 0–1000, the sum of the contributions.
    pub score: i32,
    /// Class.
    pub grade: Grade,
    /// Sorted by indicator; no zero lines.
    pub contributions: Vec<Contribution>,
    /// Veto indicators that are in force, with what they rest on.
    pub vetoes: Vec<Contribution>,
    /// Conditions of warning rules that hold, sorted by kind; they add no points.
    pub flags: Vec<Flag>,
}

/// A condition of a warning rule that holds.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Flag {
    /// The kind of the warning.
    pub kind: Arc<str>,
    /// The level.
    pub level: Level,
    /// The features that it names and that say something.
    pub grounds: Vec<Ground>,
}

/// A feature behind a flag.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Ground {
    /// Its name.
    pub feature: Arc<str>,
    /// Its value, as it is said.
    pub value: Arc<str>,
    /// The events that it rests on.
    pub events: Vec<EventId>,
}

/// A feature that says something of an enterprise.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    /// Its name.
    pub feature: Arc<str>,
    /// Its number, unless it is a word.
    pub number: Option<f64>,
    /// Its word, unless it is a number.
    pub word: Option<Arc<str>>,
    /// On how many events it rests.
    pub events: u32,
}

/// What the features that expressions name say of an enterprise now: all that say something.
#[derive(Clone, Debug, PartialEq)]
pub struct SaidDelta {
    /// Of whom.
    pub entity: EntityId,
    /// By the order of the model's file.
    pub said: Arc<[Said]>,
}

/// An index that changed in score, grade or contributions.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct IndexDelta {
    /// Before, if it was ever computed.
    pub before: Option<Arc<Index>>,
    /// Now.
    pub after: Arc<Index>,
    /// The latest fact that caused it, or the start of the day when time alone did.
    pub at: Time,
    /// Whether facts caused it, its own or others', and not time alone.
    pub by_fact: bool,
}

/// All a day's inputs of [`Risk::apply`].
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The graph after this epoch.
    pub graph: &'a Graph,
    /// What the epoch changed in it.
    pub delta: &'a Delta,
    /// The facts of the epoch, all of them; the stage picks its own.
    pub facts: &'a [Fact],
    /// Succession pairs that changed.
    pub pairs: &'a [PairDelta],
    /// Flow instances that changed.
    pub flows: &'a [FlowDelta],
    /// What all shares told when they learned the epoch's facts ([`Risk::learn`]).
    pub offers: &'a [&'a Offers],
    /// The epoch's day.
    pub today: Day,
}

/// One enterprise of the share.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Seat {
    entity: EntityId,
    record: Record,
    /// Predecessors that it is thought to carry on.
    #[serde(with = "crate::shared::map")]
    pairs: BTreeMap<EntityId, Arc<Pair>>,
    /// What its ties give, by place of the indicator, and until when that holds.
    relations: Vec<(usize, Hit)>,
    relations_wake: Day,
    /// On whom `relations` may lean.
    leans: Vec<EntityId>,
    index: Option<Arc<Index>>,
    /// A hash of what the features over monthly reports said.
    months: u64,
    /// The next day on which time alone may change the index.
    wake: Day,
    /// What the epoch brought.
    news: News,
}

/// What an epoch brought for an enterprise.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct News {
    /// Waits for evaluation.
    queued: bool,
    /// More than monthly reports.
    all: bool,
    /// Its ties, or what is at their other ends.
    ties: bool,
    /// More than the passing of time.
    fact: bool,
    /// The latest fact.
    at: Option<Time>,
}

impl Seat {
    fn new(entity: EntityId) -> Self {
        Self {
            entity,
            record: Record::default(),
            pairs: BTreeMap::new(),
            relations: Vec::new(),
            relations_wake: NEVER,
            leans: Vec::new(),
            index: None,
            months: 0,
            wake: NEVER,
            news: News::default(),
        }
    }
}

/// The index of every enterprise of one share.
#[derive(Debug)]
pub struct Risk {
    config: Arc<Config>,
    share: Share,
    marker: Marker,
    feeds: Feeds,
    /// What is usual among like enterprises, this month.
    norms: Norms,
    /// Who may bring something else to them than is known.
    late: BTreeSet<EntityId>,
    /// Whether an expression looks at what an enterprise is paid.
    looks_at_inflow: bool,
    /// Places of the indicators that rest on monthly reports.
    monthly: Vec<usize>,
    /// Confidence from which a pair counts.
    confidence_min: f64,
    /// The subjects of this share of each flow pattern that holds.
    flows: FxHashMap<EventId, Vec<EntityId>>,
    /// Places of the indicators over ties.
    relational: Vec<usize>,
    /// The fewest enterprises of one person that a batch indicator looks at.
    batch_min: usize,
    /// The kinds of trouble that relational indicators heed.
    heeded: BTreeSet<TroubleKind>,
    /// By entity, of all shares: a hash of its heeded troubles.
    signatures: FxHashMap<EntityId, u64>,
    /// By place: the tags without which an indicator, or a measure behind a feature, gives nothing.
    needs: Vec<Tags>,
    /// By entity: those of the share whose relations may lean on it.
    leaning: FxHashMap<EntityId, Vec<EntityId>>,
    /// By entity; `None` for others' and for those without facts.
    seats: Vec<Option<Box<Seat>>>,
    /// Whom to look at on a day on which time alone may change something.
    due: BTreeMap<Day, Vec<EntityId>>,
    queue: Vec<EntityId>,
    standings: Vec<Standing>,
    /// Whether what features say is gathered.
    tells: bool,
    /// What the features of those who were looked at say, until it is asked for.
    said: Vec<SaidDelta>,
}

crate::shared::fields! {
    Risk { feeds, norms, flows, signatures, leaning, seats, due }
}

impl Risk {
    /// An empty state for one worker's share of the enterprises.
    pub fn new(config: Arc<Config>, share: Share) -> Self {
        let all = config.indicators.iter().chain(config.behind.iter().map(|(_, each)| each));
        let places = |wanted: fn(&Indicator) -> bool| {
            let places = all.clone().enumerate();
            places.filter(|(_, each)| wanted(each)).map(|(place, _)| place).collect()
        };
        Self {
            monthly: places(is_monthly),
            relational: places(|each| each.measures.iter().any(Measure::is_relational)),
            batch_min: follow::batch_min(&config),
            confidence_min: follow::confidence_min(&config),
            flows: FxHashMap::default(),
            heeded: follow::heeded(&config),
            signatures: FxHashMap::default(),
            needs: all.clone().map(measure::needs).collect(),
            leaning: FxHashMap::default(),
            marker: Marker::new(config.clone()),
            feeds: Feeds::new(config.clone()),
            norms: Norms::default(),
            late: BTreeSet::new(),
            looks_at_inflow: looks_at_inflow(&config.features, config.program.features()),
            config,
            share,
            seats: Vec::new(),
            due: BTreeMap::new(),
            queue: Vec::new(),
            standings: Vec::new(),
            tells: false,
            said: Vec::new(),
        }
    }

    /// With [`Self::said`], or without: gathering costs time for every enterprise that is looked at.
    /// A model whose expressions name no feature has nothing to tell.
    #[must_use]
    pub fn telling(mut self, tells: bool) -> Self {
        self.tells = tells && !self.config.program.features().is_empty();
        self
    }

    /// What the features say of the enterprises that the last epoch made be looked at, by entity, if
    /// that is told ([`Self::telling`]). Whoever was not looked at is as before.
    pub fn said(&mut self) -> Vec<SaidDelta> {
        std::mem::take(&mut self.said)
    }

    /// First half of an epoch: takes its facts. Tells what this changes in what the share brings
    /// to what is usual among peers; all shares' are wanted by [`Self::apply`].
    pub fn learn(&mut self, facts: &[Fact], today: Day) -> Offers {
        let (turned, shown) = self.feeds.apply(facts);
        for respondent in turned {
            self.touch(respondent, None);
            if self.share.owns(respondent.key()) {
                self.late.insert(respondent);
            }
        }
        if !shown.is_empty() {
            self.touch_licensed(&shown);
        }
        for fact in facts {
            self.take(fact);
        }
        self.offer(today)
    }

    /// Second half: brings the indices up to date for the enterprises that the epoch touched or
    /// whose facts expire or decay on this day. Sorted by entity.
    pub fn apply(&mut self, inputs: Inputs<'_>) -> Vec<IndexDelta> {
        // Who does not ask for it must not gather it.
        self.said.clear();
        self.take_norms(inputs.offers, inputs.today);
        for delta in inputs.flows {
            self.take_flow(delta);
        }
        for delta in inputs.pairs {
            self.take_pair(&delta.pair);
        }
        self.take_ties(&inputs);
        self.wake(inputs.today);
        let mut queue = std::mem::take(&mut self.queue);
        queue.sort_unstable();
        let deltas = self.settle(&queue, inputs.graph, inputs.today);
        queue.clear();
        self.queue = queue;
        deltas
    }

    /// The index of every scored enterprise of this share as of the end of a day, sorted by entity.
    pub fn close(&mut self, _graph: &Graph, today: Day) -> Vec<Arc<Index>> {
        let indices = self.seats.iter().flatten().filter_map(|seat| seat.index.as_ref());
        indices.map(|index| Arc::new(Index { as_of: today, ..Index::clone(index) })).collect()
    }

    /// The index of an enterprise of this share, as last computed; none when it is not scored.
    pub fn index(&self, entity: EntityId) -> Option<&Arc<Index>> {
        self.seats.get(entity.index())?.as_ref()?.index.as_ref()
    }

    /// The seat of an entity of this share.
    fn seat(&mut self, entity: EntityId) -> Option<&mut Seat> {
        if !self.share.owns(entity.key()) {
            return None;
        }
        let place = entity.index();
        if place >= self.seats.len() {
            self.seats.resize_with(place + 1, || None);
        }
        Some(self.seats[place].get_or_insert_with(|| Box::new(Seat::new(entity))))
    }

    /// Puts an enterprise on the queue for a full evaluation.
    fn touch(&mut self, entity: EntityId, at: Option<Time>) {
        self.bring(entity, News { queued: true, all: true, fact: true, ties: false, at });
    }

    /// Puts those whose scope needs one of some licences on the queue.
    fn touch_licensed(&mut self, places: &BTreeSet<usize>) {
        for seat in self.seats.iter_mut().flatten() {
            let licensed = &seat.record.profile.licensed;
            if licensed.iter().any(|(place, ..)| places.contains(place)) {
                let queued = std::mem::replace(&mut seat.news.queued, true);
                (seat.news.all, seat.news.fact) = (true, true);
                if !queued {
                    self.queue.push(seat.entity);
                }
            }
        }
    }

    /// As [`Self::touch`], with its relations.
    fn touch_ties(&mut self, entity: EntityId) {
        self.bring(entity, News { queued: true, all: true, ties: true, fact: true, at: None });
    }

    fn bring(&mut self, entity: EntityId, news: News) {
        let Some(seat) = self.seat(entity) else { return };
        let known = seat.news;
        seat.news = News {
            queued: true,
            all: known.all || news.all,
            ties: known.ties || news.ties,
            fact: known.fact || news.fact,
            at: known.at.max(news.at),
        };
        if !known.queued {
            self.queue.push(entity);
        }
    }
}
