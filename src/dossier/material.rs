//! What is known of the two? The pipeline's events, read and resolved as in a run, kept for a pair.
//!
//! Events pass the same reader, ledger, directory and graph as in a bounded run, so that a
//! correction, a retraction or a repeated event means the same here. Invariant: what is kept holds
//! pseudonyms of persons, never their numbers or names.

use crate::dossier::DossierError;
use crate::entity::{Directory, Fact, Forms, Told};
use crate::event::ledger::{Admission, Ledger};
use crate::event::{Body, Event, EventType, Pseudonyms, Reader};
use crate::graph::{self, Graph, Profile};
use crate::id::{EntityId, EventId, Uscc};
use crate::pipeline::Pipeline;
use crate::source::{self, Taken};
use crate::time::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why and when a fact ceased to hold.
#[derive(Clone, Debug)]
pub(super) struct Withdrawn {
    pub(super) fact: Fact,
    pub(super) at: Time,
}

/// The events of a pipeline, as far as they matter for one pair.
#[derive(Debug)]
pub(super) struct Material {
    pub(super) graph: Graph,
    pub(super) directory: Directory,
    pub(super) old: EntityId,
    pub(super) new: EntityId,
    /// Facts that name either of the two and hold, in the order in which they were learned.
    pub(super) facts: Vec<Fact>,
    /// Facts that named either and no longer hold.
    pub(super) withdrawn: Vec<Withdrawn>,
    /// Time and type of the events that a result cites.
    pub(super) cited: BTreeMap<String, (Time, EventType)>,
    /// Event time of the newest event.
    pub(super) newest: Time,
    /// Events that were read and admitted.
    pub(super) admitted: usize,
}

/// What to look for.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) old: Uscc,
    pub(super) new: Uscc,
    /// Ids of events that the result cites.
    pub(super) cited: Vec<&'a str>,
}

impl Material {
    /// Reads the pipeline's events. `now` is the moment against which events from the future are
    /// refused; `env` looks up the variable of the key.
    ///
    /// # Errors
    /// When the events or the key cannot be read, or the events do not know one of the two.
    pub(super) fn read(
        pipeline: &Pipeline,
        graph: &Arc<graph::Config>,
        wanted: &Wanted<'_>,
        now: Time,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, DossierError> {
        let unread = |error: &dyn std::fmt::Display| DossierError::Events(error.to_string());
        let key = source::secret(&pipeline.key, env).map_err(|error| unread(&error))?;
        let reader = Reader::new(Pseudonyms::new(&key), pipeline.overrides.clone(), now);
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let make = |event: Event| {
            let forms = Forms::shared(&event);
            (Arc::new(event), forms)
        };
        let intake = source::read_all(&pipeline.events, &reader, threads, make, |_| {})
            .map_err(|error| unread(&error))?;
        let steps = admit(intake.taken, pipeline.horizon_years);
        let newest = steps.last().map_or(Time(0), |told| told.step.at);
        let admitted = steps.len();
        let cited = cited(&steps, &wanted.cited);
        let mut learning = Learning::new(graph, wanted);
        for day in steps.chunk_by(|a, b| a.step.at.day() == b.step.at.day()) {
            learning.day(day);
        }
        let Learning { graph, directory, facts, withdrawn, .. } = learning;
        let known = |code: Uscc| {
            let id = directory.by_uscc(code).filter(|id| graph.profile(*id).is_some());
            id.ok_or_else(|| DossierError::Unknown(code.to_string()))
        };
        let (old, new) = (known(wanted.old)?, known(wanted.new)?);
        Ok(Self { graph, directory, old, new, facts, withdrawn, cited, newest, admitted })
    }

    /// The profiles of the old and the new firm.
    pub(super) fn sides(&self) -> (&Profile, &Profile) {
        let profile = |id| self.graph.profile(id).expect("both are known since they were read");
        (profile(self.old), profile(self.new))
    }

    /// The name under which an enterprise may be shown; a sole trader bears a person's name often.
    pub(super) fn shown(&self, id: EntityId) -> Option<String> {
        let code = self.directory.uscc(id);
        if code.is_some_and(|code| code.is_sole_trader()) {
            return None;
        }
        let name = self.directory.name(id).map(str::to_owned);
        name.or_else(|| code.map(|code| code.to_string()))
    }
}

/// An event with its comparable forms.
type Read = (Arc<Event>, Arc<Forms>);

/// All events as steps in the order of time, source, id, as a bounded run admits them.
fn admit(mut taken: Vec<Taken<Read>>, horizon_years: u32) -> Vec<Told> {
    fn key(taken: &Taken<Read>) -> (Time, &str, &str, u128, source::Position) {
        let event = &taken.value.0;
        (event.time, event.id.source(), event.id.id(), taken.digest, taken.position)
    }
    taken.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    let watermark = taken.last().map_or(Time(0), |last| last.value.0.time);
    let mut ledger = Ledger::new(horizon_years, watermark);
    ledger.reserve(taken.len());
    let mut steps = Vec::with_capacity(taken.len());
    for Taken { value: (event, forms), digest, .. } in taken {
        if let Admission::Accepted(told) = ledger.admit(event.clone(), digest) {
            steps.extend(told.into_iter().map(|step| Told::by(step, &event, &forms)));
        }
    }
    steps
}

fn cited(steps: &[Told], ids: &[&str]) -> BTreeMap<String, (Time, EventType)> {
    let wanted: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    let all = steps.iter().map(|told| &told.step.event);
    all.filter(|event| wanted.contains(event.id.as_str()))
        .map(|event| (event.id.to_string(), (event.time, event.kind)))
        .collect()
}

/// The state while the days pass.
struct Learning {
    graph: Graph,
    directory: Directory,
    codes: [Uscc; 2],
    facts: Vec<Fact>,
    withdrawn: Vec<Withdrawn>,
}

impl Learning {
    fn new(config: &Arc<graph::Config>, wanted: &Wanted<'_>) -> Self {
        Self {
            graph: Graph::new(config.clone()),
            directory: Directory::default(),
            codes: [wanted.old, wanted.new],
            facts: Vec::new(),
            withdrawn: Vec::new(),
        }
    }

    fn day(&mut self, told: &[Told]) {
        let facts = self.directory.apply(told);
        let Some(first) = told.first() else { return };
        self.graph.apply(&facts, first.step.at.day());
        let two: Vec<EntityId> =
            self.codes.iter().filter_map(|code| self.directory.by_uscc(*code)).collect();
        for fact in facts {
            if !concerns(&fact, &two) {
                continue;
            }
            let same = |id: &EventId| *id == fact.event.id;
            self.facts.retain(|have| !same(&have.event.id));
            self.withdrawn.retain(|have| !same(&have.fact.event.id));
            if fact.asserts() {
                self.facts.push(fact);
            } else {
                let at = fact.at;
                self.withdrawn.push(Withdrawn { fact, at });
            }
        }
    }
}

/// Whether a fact belongs to the story of some enterprises: it is about one of them, or it is
/// something that passed between one and others.
fn concerns(fact: &Fact, two: &[EntityId]) -> bool {
    if fact.subject.is_some_and(|subject| two.contains(&subject)) {
        return true;
    }
    let between = matches!(
        fact.event.body,
        Body::Asset(_)
            | Body::Notice(_)
            | Body::Court(_)
            | Body::Patrol(_)
            | Body::ComplaintReceived(_)
            | Body::ComplaintClosed(_)
            | Body::Opinion(_)
    );
    let named = |id: &EntityId| fact.mentions.iter().any(|(_, named)| named == id);
    match fact.event.body {
        // Of the money only what went between the two belongs here.
        Body::Transfer(_) => two.len() == 2 && two.iter().all(named),
        _ => between && two.iter().any(named),
    }
}
