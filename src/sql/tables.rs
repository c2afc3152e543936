//! What is in each table? Columns, and a row for everything the caller may see.
//!
//! Names of columns are those of the API's answers. Persons have no column. Times are UTC.

use crate::access::view::Seen;
use crate::access::{Doing, View};
use crate::graph::Profile;
use crate::money::Fen;
use crate::risk::config::category_of;
use crate::sql::held::Table;
use crate::succession::Pair;
use crate::text::Level;
use crate::time::{Day, Time};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Number,
    YesNo,
    Day,
    Moment,
}

use Kind::{Day as D, Moment as M, Number as N, Text as T, Whole as W, YesNo as Y};

type Columns = &'static [(&'static str, Kind)];

fn columns(table: Table) -> Columns {
    match table {
        Table::Enterprises => &[
            ("uscc", T),
            ("name", T),
            ("division", T),
            ("domicile", T),
            ("industry", T),
            ("established_on", D),
            ("ended_on", D),
            ("subscribed_yuan", N),
            ("paid_yuan", N),
            ("score", W),
            ("grade", T),
            ("open_warnings", W),
        ],
        Table::Index => &[("uscc", T), ("as_of", D), ("score", W), ("grade", T), ("vetoes", T)],
        Table::IndexHistory => {
            &[("uscc", T), ("valid_from", D), ("valid_to", D), ("score", W), ("grade", T)]
        }
        Table::Contributions => {
            &[("uscc", T), ("indicator", T), ("category", T), ("points", W), ("events", W)]
        }
        Table::Ties => &[
            ("from_uscc", T),
            ("to_uscc", T),
            ("kind", T),
            ("weight", N),
            ("current", Y),
            ("pct", N),
            ("amount_yuan", N),
        ],
        Table::Pairs => &[
            ("predecessor", T),
            ("predecessor_name", T),
            ("successor", T),
            ("successor_name", T),
            ("confidence", N),
            ("level", T),
            ("first_seen_at", M),
            ("last_changed_at", M),
            ("evidence", W),
            ("against", W),
            ("chain", W),
            ("verdict", T),
        ],
        Table::Warnings => &[
            ("id", T),
            ("kind", T),
            ("uscc", T),
            ("name", T),
            ("subjects", W),
            ("division", T),
            ("level", T),
            ("open", Y),
            ("raised_at", M),
            ("updated_at", M),
            ("score", N),
            ("summary_zh", T),
            ("summary_en", T),
            ("withdrawn_because", T),
        ],
        Table::Tasks => &[
            ("id", T),
            ("warning", T),
            ("agency", T),
            ("lead", Y),
            ("division", T),
            ("level", T),
            ("state", T),
            ("held", Y),
            ("version", W),
            ("ack_due_at", M),
            ("judge_due_at", M),
            ("overdue", Y),
            ("outcome", T),
        ],
        Table::Flows => &[
            ("id", T),
            ("kind", T),
            ("uscc", T),
            ("first_at", M),
            ("last_at", M),
            ("transfers", W),
            ("accounts", W),
            ("enterprises", W),
            ("total_yuan", N),
            ("suspicion", N),
        ],
        Table::Facts => &[
            ("uscc", T),
            ("event", T),
            ("type", T),
            ("time", M),
            ("learned_at", M),
            ("holds", Y),
            ("taken_back_by", T),
        ],
    }
}

/// The columns of a table.
pub(super) fn schema(table: Table) -> SchemaRef {
    let fields: Vec<Field> = columns(table)
        .iter()
        .map(|(name, kind)| {
            let kind = match kind {
                T => DataType::Utf8,
                W => DataType::Int64,
                N => DataType::Float64,
                Y => DataType::Boolean,
                D => DataType::Date32,
                M => DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into())),
            };
            Field::new(*name, kind, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// The rows that a caller may see.
pub(super) fn read(table: Table, view: &View<'_>) -> Result<RecordBatch> {
    let columns = match table {
        Table::Enterprises => enterprises(view),
        Table::Index => index(view),
        Table::IndexHistory => index_history(view),
        Table::Contributions => contributions(view),
        Table::Ties => ties(view),
        Table::Pairs => pairs(view),
        Table::Warnings => warnings(view),
        Table::Tasks => tasks(view),
        Table::Flows => flows(view),
        Table::Facts => facts(view),
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

fn index_history(view: &View<'_>) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    for entity in view.all_enterprises() {
        let scores = view.scores(entity);
        let code: Arc<str> = view.code(entity).into();
        let next = scores.iter().skip(1).map(|score| Some(score.day)).chain([None]);
        all.extend(scores.iter().zip(next).map(|(score, next)| (code.clone(), *score, next)));
    }
    vec![
        told(all.iter().map(|(code, ..)| code)),
        day(all.iter().map(|(_, score, _)| Some(score.day))),
        day(all.iter().map(|(.., next)| *next)),
        whole(all.iter().map(|(_, score, _)| Some(i64::from(score.score)))),
        told(all.iter().map(|(_, score, _)| score.grade.word())),
    ]
}

fn contributions(view: &View<'_>) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    if view.who().may(Doing::ReadReasons) {
        for entity in view.all_enterprises() {
            let Some(index) = view.index(entity) else { continue };
            let code: Arc<str> = view.code(entity).into();
            all.extend(index.contributions.iter().map(|line| (code.clone(), line)));
        }
    }
    vec![
        told(all.iter().map(|(code, _)| code)),
        told(all.iter().map(|(_, line)| &line.indicator)),
        told(all.iter().map(|(_, line)| category_of(&line.indicator))),
        whole(all.iter().map(|(_, line)| Some(i64::from(line.points)))),
        count(all.iter().map(|(_, line)| line.events.len())),
    ]
}

fn ties(view: &View<'_>) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    if view.who().may(Doing::ReadReasons) {
        for entity in view.all_enterprises() {
            // Each is told at both its ends.
            all.extend(view.relations(entity).into_iter().filter(|edge| edge.from == entity));
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
        told(all.iter().map(|one| one.kind.word())),
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

fn facts(view: &View<'_>) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    if view.who().may(Doing::ReadReasons) {
        for entity in view.all_enterprises() {
            let code: Arc<str> = view.code(entity).into();
            all.extend(view.rows(entity).iter().map(|row| (code.clone(), row)));
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
