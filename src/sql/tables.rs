//! What is in each table? A row for everything the caller may see.
//!
//! What stands is held only while rows are taken: what can be taken as a whole and built later is.
//! Must not know: which statement asks.

use crate::access::view::Seen;
use crate::access::{Doing, View};
use crate::graph::Profile;
use crate::id::EntityId;
use crate::money::Fen;
use crate::risk::config::category_of;
use crate::sql::columns::schema;
use crate::sql::held::Table;
use crate::succession::Pair;
use crate::text::Level;
use crate::time::{Day, Time};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use std::sync::Arc;

/// Rows that were taken from an epoch, and are built when the next may be taken in.
pub(super) struct Taken(Box<dyn FnOnce() -> Vec<ArrayRef>>);

impl Taken {
    fn of(build: impl FnOnce() -> Vec<ArrayRef> + 'static) -> Self {
        Self(Box::new(build))
    }

    /// The rows.
    ///
    /// # Errors
    /// When the columns are not those of the table.
    pub(super) fn build(self, table: Table) -> Result<RecordBatch> {
        Ok(RecordBatch::try_new(schema(table), (self.0)())?)
    }
}

/// The rows that a caller may see.
pub(super) fn take(table: Table, view: &View<'_>) -> Taken {
    let columns = match table {
        Table::IndexHistory => return index_history(view),
        Table::Contributions => return contributions(view),
        Table::Features => return features(view),
        Table::Enterprises => enterprises(view),
        Table::Index => index(view),
        Table::Ties => ties(view, &view.all_enterprises()),
        Table::Facts => facts(view, &view.all_enterprises()),
        Table::Pairs => pairs(view),
        Table::Warnings => warnings(view),
        Table::Tasks => tasks(view),
        Table::Flows => flows(view),
    };
    Taken::of(move || columns)
}

/// The rows of some enterprises, of a table that is read in parts.
pub(super) fn of(table: Table, view: &View<'_>, some: &[EntityId]) -> Result<RecordBatch> {
    let columns = match table {
        Table::Ties => ties(view, some),
        Table::Facts => facts(view, some),
        other => return take(other, view).build(other),
    };
    Ok(RecordBatch::try_new(schema(table), columns)?)
}

fn text<S: AsRef<str>>(values: impl Iterator<Item = Option<S>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn told<S: AsRef<str>>(values: impl Iterator<Item = S>) -> ArrayRef {
    text(values.map(|value| Some(value).filter(|value| !value.as_ref().is_empty())))
}

fn whole(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn count(values: impl Iterator<Item = usize>) -> ArrayRef {
    whole(values.map(|value| Some(value as i64)))
}

fn number(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.collect::<Float64Array>())
}

fn yuan(values: impl Iterator<Item = Option<Fen>>) -> ArrayRef {
    number(values.map(|value| value.map(Fen::as_yuan)))
}

fn yes_no(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn day(values: impl Iterator<Item = Option<Day>>) -> ArrayRef {
    Arc::new(values.map(|value| value.map(|day| day.0)).collect::<Date32Array>())
}

fn moment(values: impl Iterator<Item = Time>) -> ArrayRef {
    let values = values.map(|time| Some(time.0)).collect::<TimestampMillisecondArray>();
    Arc::new(values.with_timezone("+00:00"))
}

fn enterprises(view: &View<'_>) -> Vec<ArrayRef> {
    let all: Vec<_> = view
        .all_enterprises()
        .into_iter()
        .filter_map(|entity| Some((entity, view.profile(entity)?)))
        .collect();
    let rows = || all.iter().map(|(_, profile)| *profile);
    let index = |entity| view.index(entity);
    vec![
        told(all.iter().map(|(entity, _)| view.code(*entity))),
        told(all.iter().map(|(entity, _)| view.name(*entity))),
        told(rows().map(Profile::division)),
        text(rows().map(|one| one.domiciles.current().map(|place| &*place.text))),
        text(rows().map(|one| one.industries.current())),
        day(rows().map(|one| one.established_on)),
        day(rows().map(Profile::ended_on)),
        yuan(rows().map(|one| one.subscribed.current().copied())),
        yuan(rows().map(|one| one.paid)),
        whole(all.iter().map(|(entity, _)| index(*entity).map(|index| i64::from(index.score)))),
        text(all.iter().map(|(entity, _)| index(*entity).map(|index| index.grade.word()))),
        count(all.iter().map(|(entity, _)| {
            view.warnings_of(*entity).iter().filter(|warning| warning.open).count()
        })),
    ]
}

fn index(view: &View<'_>) -> Vec<ArrayRef> {
    let all: Vec<_> =
        view.all_enterprises().into_iter().filter_map(|entity| view.index(entity)).collect();
    let reasons = view.who().may(Doing::ReadReasons);
    let vetoes = |index: &crate::risk::Index| {
        let ids: Vec<&str> = index.vetoes.iter().map(|line| &*line.indicator).collect();
        ids.join(" ")
    };
    vec![
        told(all.iter().map(|index| view.code(index.entity))),
        day(all.iter().map(|index| Some(index.as_of))),
        whole(all.iter().map(|index| Some(i64::from(index.score)))),
        told(all.iter().map(|index| index.grade.word())),
        told(all.iter().map(|index| if reasons { vetoes(index) } else { String::new() })),
    ]
}

fn index_history(view: &View<'_>) -> Taken {
    let taken = |entity: EntityId| (view.code(entity), view.scores(entity).to_vec());
    let all: Vec<_> = view.all_enterprises().into_iter().map(taken).collect();
    Taken::of(move || {
        // A row stands until the next of its enterprise.
        let rows = || {
            all.iter().flat_map(|(code, scores)| {
                let next = scores.iter().skip(1).map(|score| Some(score.day)).chain([None]);
                scores.iter().zip(next).map(move |(score, next)| (code, score, next))
            })
        };
        vec![
            told(rows().map(|(code, ..)| code)),
            day(rows().map(|(_, score, _)| Some(score.day))),
            day(rows().map(|(.., next)| next)),
            whole(rows().map(|(_, score, _)| Some(i64::from(score.score)))),
            told(rows().map(|(_, score, _)| score.grade.word())),
        ]
    })
}

fn contributions(view: &View<'_>) -> Taken {
    let mut all = Vec::new();
    if view.who().may(Doing::ReadReasons) {
        let index = |entity| Some((view.code(entity), view.index(entity)?.clone()));
        all.extend(view.all_enterprises().into_iter().filter_map(index));
    }
    Taken::of(move || {
        let lines = || {
            all.iter().flat_map(|(code, index)| index.contributions.iter().map(move |l| (code, l)))
        };
        vec![
            told(lines().map(|(code, _)| code)),
            told(lines().map(|(_, line)| &line.indicator)),
            told(lines().map(|(_, line)| category_of(&line.indicator))),
            whole(lines().map(|(_, line)| Some(i64::from(line.points)))),
            count(lines().map(|(_, line)| line.events.len())),
        ]
    })
}

fn features(view: &View<'_>) -> Taken {
    let taken = |entity: EntityId| (view.code(entity), view.features(entity));
    let mut all: Vec<_> = view.all_enterprises().into_iter().map(taken).collect();
    all.retain(|(_, said)| !said.is_empty());
    Taken::of(move || {
        let lines = || all.iter().flat_map(|(code, said)| said.iter().map(move |one| (code, one)));
        vec![
            told(lines().map(|(code, _)| code)),
            told(lines().map(|(_, one)| &one.feature)),
            number(lines().map(|(_, one)| one.number)),
            text(lines().map(|(_, one)| one.word.as_ref())),
            whole(lines().map(|(_, one)| Some(i64::from(one.events)))),
        ]
    })
}

fn ties(view: &View<'_>, some: &[EntityId]) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    if view.who().may(Doing::ReadReasons) {
        for entity in some {
            // Each is told at both its ends.
            all.extend(view.relations(*entity).into_iter().filter(|edge| edge.from == *entity));
        }
    }
    vec![
        told(all.iter().map(|edge| view.code(edge.from))),
        told(all.iter().map(|edge| view.code(edge.to))),
        told(all.iter().map(|edge| edge.kind.word())),
        number(all.iter().map(|edge| Some(edge.weight))),
        yes_no(all.iter().map(|edge| edge.current)),
        number(all.iter().map(|edge| edge.pct)),
        yuan(all.iter().map(|edge| edge.amount)),
    ]
}

fn pairs(view: &View<'_>) -> Vec<ArrayRef> {
    let all = view.all_pairs();
    let verdict = |pair: &Pair| view.verdicts(pair).last().map(|given| given.verdict.word());
    vec![
        told(all.iter().map(|pair| view.code(pair.predecessor))),
        told(all.iter().map(|pair| view.name(pair.predecessor))),
        told(all.iter().map(|pair| view.code(pair.successor))),
        told(all.iter().map(|pair| view.name(pair.successor))),
        number(all.iter().map(|pair| Some(pair.confidence))),
        text(all.iter().map(|pair| pair.level.map(Level::word))),
        moment(all.iter().map(|pair| pair.first_seen_at)),
        moment(all.iter().map(|pair| pair.last_changed_at)),
        count(all.iter().map(|pair| pair.evidence.len())),
        count(all.iter().map(|pair| pair.against.len())),
        count(all.iter().map(|pair| pair.chain.len())),
        text(all.iter().map(|pair| verdict(pair))),
    ]
}

fn warnings(view: &View<'_>) -> Vec<ArrayRef> {
    let all = view.all_warnings();
    // Reasons are for those who may read them; the sentence is for all.
    vec![
        told(all.iter().map(|one| &one.id)),
        told(all.iter().map(|one| &one.kind)),
        text(all.iter().map(|one| one.subject.map(|subject| view.code(subject)))),
        text(all.iter().map(|one| one.subject.map(|subject| view.name(subject)))),
        count(all.iter().map(|one| one.subjects.len())),
        told(all.iter().map(|one| &one.place.division)),
        told(all.iter().map(|one| one.level.word())),
        yes_no(all.iter().map(|one| one.open)),
        moment(all.iter().map(|one| one.raised_at)),
        moment(all.iter().map(|one| one.updated_at)),
        number(all.iter().map(|one| Some(one.score))),
        told(all.iter().map(|one| &one.summary.zh)),
        told(all.iter().map(|one| &one.summary.en)),
        text(all.iter().map(|one| one.withdrawn_because.as_ref().map(|text| &text.en))),
    ]
}

fn tasks(view: &View<'_>) -> Vec<ArrayRef> {
    let all = view.all_tasks();
    let outcome = |seen: &Seen<'_>| {
        let found = seen.case.and_then(|case| case.findings.last());
        found.map(|(_, finding)| finding.outcome.word())
    };
    vec![
        told(all.iter().map(|one| &one.task.id)),
        told(all.iter().map(|one| &one.task.warning)),
        told(all.iter().map(|one| &one.standing.agency)),
        yes_no(all.iter().map(|one| one.task.lead)),
        told(all.iter().map(|one| &one.task.division)),
        told(all.iter().map(|one| one.task.level.word())),
        told(all.iter().map(|one| one.standing.state.word())),
        yes_no(all.iter().map(|one| one.standing.holder.is_some())),
        whole(all.iter().map(|one| Some(i64::from(one.standing.version)))),
        moment(all.iter().map(|one| one.standing.ack_due_at)),
        moment(all.iter().map(|one| one.standing.judge_due_at)),
        yes_no(all.iter().map(|one| one.standing.overdue)),
        text(all.iter().map(outcome)),
    ]
}

fn flows(view: &View<'_>) -> Vec<ArrayRef> {
    let all = view.all_flows();
    let bearer = |one: &crate::flow::Instance| {
        one.bearer.filter(|entity| view.sees_enterprise(*entity)).map(|entity| view.code(entity))
    };
    vec![
        told(all.iter().map(|one| &one.id)),
        told(all.iter().map(|one| one.kind.pattern())),
        text(all.iter().map(|one| bearer(one))),
        moment(all.iter().map(|one| one.first_at)),
        moment(all.iter().map(|one| one.last_at)),
        count(all.iter().map(|one| one.transfers.len())),
        count(all.iter().map(|one| one.accounts.len())),
        count(all.iter().map(|one| one.subjects.len())),
        yuan(all.iter().map(|one| Some(one.total))),
        number(all.iter().map(|one| Some(one.suspicion))),
    ]
}

fn facts(view: &View<'_>, some: &[EntityId]) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    if view.who().may(Doing::ReadReasons) {
        for entity in some {
            let code: Arc<str> = view.code(*entity).into();
            all.extend(view.rows(*entity).iter().map(|row| (code.clone(), row)));
        }
    }
    vec![
        told(all.iter().map(|(code, _)| code)),
        told(all.iter().map(|(_, row)| row.event.to_string())),
        told(all.iter().map(|(_, row)| row.kind.word())),
        moment(all.iter().map(|(_, row)| row.time)),
        moment(all.iter().map(|(_, row)| row.at)),
        yes_no(all.iter().map(|(_, row)| row.asserts)),
        text(all.iter().map(|(_, row)| row.by.as_ref().map(ToString::to_string))),
    ]
}
