//! What is the index of each queued enterprise? Found one by one, expressions run together.
//!
//! Invariant: the result for one enterprise does not depend on which others are queued. Must not
//! know: how facts came.

use crate::graph::Graph;
use crate::id::EntityId;
use crate::risk::config::{Config, Indicator};
use crate::risk::features::{Feature, Found, Value, find};
use crate::risk::mark::NEVER;
use crate::risk::measure::{Hit, View, measure};
use crate::risk::program::{Program, Row};
use crate::risk::tags::Tags;
use crate::risk::{Grade, Index, IndexDelta, Risk, Said, SaidDelta, score};
use crate::time::{Day, Month, Time};
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// As many rows as are run together at most: their columns stay in the cache.
const ROWS_MAX: usize = 1_024;

/// An enterprise whose expressions are still to be run.
struct Pending {
    entity: EntityId,
    hits: Vec<(usize, Hit)>,
    row: Row,
    at: Time,
    by_fact: bool,
}

/// What looking at one queued enterprise gave.
enum Looked {
    Same,
    Gone(IndexDelta),
    Pending(Pending),
}

impl Risk {
    /// Evaluates the queued enterprises, sorted.
    pub(super) fn settle(
        &mut self,
        queue: &[EntityId],
        graph: &Graph,
        today: Day,
    ) -> Vec<IndexDelta> {
        let mut deltas = Vec::new();
        let mut pending = Vec::new();
        for &entity in queue {
            match self.look(entity, graph, today) {
                Looked::Same => {}
                Looked::Gone(delta) => {
                    if self.tells {
                        self.said.push(SaidDelta { entity, said: Arc::default() });
                    }
                    deltas.push(delta);
                }
                Looked::Pending(one) => pending.push(one),
            }
            if pending.len() == ROWS_MAX {
                self.conclude(std::mem::take(&mut pending), today, &mut deltas);
            }
        }
        self.conclude(pending, today, &mut deltas);
        deltas.sort_by_key(|delta| delta.after.entity);
        self.said.sort_by_key(|delta| delta.entity);
        deltas
    }

    /// Runs the expressions and puts the indices in place.
    fn conclude(&mut self, mut pending: Vec<Pending>, today: Day, deltas: &mut Vec<IndexDelta>) {
        let config = self.config.clone();
        let program = &config.program;
        let rows: Vec<&Row> = pending.iter().map(|one| &one.row).collect();
        let scored = program.score(&rows);
        let mut indices = Vec::with_capacity(pending.len());
        for (one, more) in pending.iter_mut().zip(scored) {
            let mut hits = std::mem::take(&mut one.hits);
            hits.extend(more);
            indices.push(score::index(&config, today, one.entity, hits));
        }
        let rows: Vec<(&Row, &Index)> = pending.iter().map(|one| &one.row).zip(&indices).collect();
        let flags = program.flag(&rows);
        for ((one, mut index), mut flags) in pending.into_iter().zip(indices).zip(flags) {
            flags.sort_by(|a, b| a.kind.cmp(&b.kind));
            index.flags = flags;
            let Some(seat) = self.seats.get_mut(one.entity.index()).and_then(Option::as_mut) else {
                continue;
            };
            deltas.extend(replace(&mut seat.index, index, (one.at, one.by_fact)));
            if self.tells {
                self.said.push(SaidDelta { entity: one.entity, said: said(program, one.row) });
            }
        }
    }

    /// Finds what measures and features say of one queued enterprise, and when time alone may
    /// change it.
    fn look(&mut self, entity: EntityId, graph: &Graph, today: Day) -> Looked {
        let Some(known) = self.seats.get(entity.index()).and_then(Option::as_ref) else {
            return Looked::Same;
        };
        if (known.news.ties || known.relations_wake <= today) && graph.scored(entity) {
            self.relate(entity, graph, today);
        }
        let mut standings = std::mem::take(&mut self.standings);
        let Self { config, feeds, norms, monthly, seats, due, needs, .. } = self;
        let Some(seat) = seats[entity.index()].as_mut() else { return Looked::Same };
        let news = std::mem::take(&mut seat.news);
        let oldest = Month(today.month().0 - config.facts.months_kept);
        seat.record.forget_months(oldest);
        let at = news.at.unwrap_or(today.start());
        let known = || graph.profile(entity).and_then(|profile| profile.uscc);
        let looked = if seat.record.is_scored(seat.record.code.or_else(known)) {
            let next = seat.record.standings(today, &config.scale, &mut standings);
            let view = View {
                config,
                record: &seat.record,
                pairs: &seat.pairs,
                standings: &standings,
                feeds,
                norms,
                cells: OnceCell::new(),
                today,
                next: Cell::new(next),
            };
            let stale = news.all
                || seat.months != months_said(&view)
                || seat.index.as_ref().is_none_or(|i| months_differ(&view, monthly, i));
            if stale {
                let (hits, row) = find_all(&view, &seat.relations, needs);
                let wake = view.next.get().min(seat.relations_wake);
                seat.months = months_found(config, &row);
                if wake != seat.wake {
                    seat.wake = wake;
                    if wake < NEVER {
                        due.entry(wake).or_default().push(entity);
                    }
                }
                Looked::Pending(Pending { entity, hits, row, at, by_fact: news.fact })
            } else {
                Looked::Same
            }
        } else if let Some(before) = seat.index.take() {
            let none = Index {
                as_of: today,
                score: 0,
                grade: Grade::A,
                contributions: Vec::new(),
                vetoes: Vec::new(),
                flags: Vec::new(),
                ..*before
            };
            let (before, after) = (Some(before), Arc::new(none));
            Looked::Gone(IndexDelta { before, after, at, by_fact: true })
        } else {
            Looked::Same
        };
        self.standings = standings;
        looked
    }
}

/// What is told of a row.
fn said(program: &Program, row: Row) -> Arc<[Said]> {
    let told = row.into_iter().map(|(column, found)| {
        let (number, word) = match found.value {
            Value::Number(number) => (Some(number), None),
            Value::Text(word) => (None, Some(word)),
        };
        let feature = program.name(column);
        Said { feature, number, word, events: found.events.len() as u32 }
    });
    told.collect()
}

/// What the measures give, by the place of their indicator, and what the features say.
fn find_all(
    view: &View<'_>,
    relations: &[(usize, Hit)],
    needs: &[Tags],
) -> (Vec<(usize, Hit)>, Row) {
    let config = view.config;
    let tags = view.record.tags | Tags::ALWAYS;
    let (mut hits, mut row) = (Vec::new(), Row::new());
    let mut take = |place: usize, hit: Hit| match config.column(place) {
        Some(column) => row.push((column, Found::number(hit.points, hit))),
        None => hits.push((place, hit)),
    };
    for (place, hit) in relations {
        take(*place, hit.clone());
    }
    let behind = config.behind.iter().map(|(_, each)| each);
    for (place, indicator) in config.indicators.iter().chain(behind).enumerate() {
        if tags.meets(needs[place])
            && let Some(hit) = measure(view, indicator)
        {
            take(place, hit);
        }
    }
    for (column, place) in config.program.features().iter().enumerate() {
        let feature = &config.features[*place];
        if tags.meets(feature.needs())
            && let Some(found) = find(view, feature)
        {
            row.push((column, found));
        }
    }
    row.sort_by_key(|(column, _)| *column);
    (hits, row)
}

/// A hash of what the features over monthly reports say, as they are found anew.
fn months_said(view: &View<'_>) -> u64 {
    let config = view.config;
    hash_of_months(config, |column, feature| {
        match config.behind.iter().find(|(of, _)| *of == column) {
            Some((_, behind)) => measure(view, behind).map(|hit| Found::number(hit.points, hit)),
            None => find(view, feature),
        }
        .map(Cow::Owned)
    })
}

/// The same hash of what was found already.
fn months_found(config: &Config, row: &Row) -> u64 {
    hash_of_months(config, |column, _| {
        let place = row.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        Some(Cow::Borrowed(&row[place].1))
    })
}

/// A hash of the features over monthly reports; 0 when no expression names one.
fn hash_of_months<'a>(
    config: &Config,
    found: impl Fn(usize, &Feature) -> Option<Cow<'a, Found>>,
) -> u64 {
    let mut hasher = FxHasher::default();
    let mut any = false;
    for (column, place) in config.program.features().iter().enumerate() {
        let feature = &config.features[*place];
        if feature.is_monthly() {
            any = true;
            let found = found(column, feature);
            let number = found.as_ref().map(|found| match &found.value {
                Value::Number(number) => number.to_bits(),
                Value::Text(_) => 0,
            });
            (number, found.as_ref().map(|found| &found.events)).hash(&mut hasher);
        }
    }
    if any { hasher.finish() } else { 0 }
}

/// Whether the indicators over monthly reports say something else than the index shows.
fn months_differ(view: &View<'_>, monthly: &[usize], index: &Index) -> bool {
    let config: &Config = view.config;
    monthly.iter().filter(|place| **place < config.indicators.len()).any(|&place| {
        let indicator: &Indicator = &config.indicators[place];
        let hit: Option<Hit> = measure(view, indicator);
        let line = hit.and_then(|hit| score::line(config, indicator, hit));
        let known = index.contributions.iter().find(|l| l.indicator == *indicator.id.get_ref());
        line.as_ref().map(|(line, _)| line) != known
    })
}

/// Puts an index in place of the old one; tells when something but its day changed.
fn replace(
    known: &mut Option<Arc<Index>>,
    index: Index,
    (at, by_fact): (Time, bool),
) -> Option<IndexDelta> {
    let same = known.as_ref().is_some_and(|known| {
        known.score == index.score
            && known.grade == index.grade
            && known.contributions == index.contributions
            && known.vetoes == index.vetoes
            && known.flags == index.flags
    });
    if same {
        return None;
    }
    let after = Arc::new(index);
    let before = known.replace(after.clone());
    Some(IndexDelta { before, after, at, by_fact })
}
