//! Which enterprises are there, and what happened to one? Lists, timelines, index histories.

use crate::access::view::EnterpriseFilter;
use crate::access::{Doing, View};
use crate::companion::Scorecard;
use crate::graph::Profile;
use crate::http::Shared;
use crate::http::api::lists::{asked, none, words};
use crate::http::api::page::{limit, told};
use crate::http::api::shapes::{self, Index, Text};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::id::EntityId;
use crate::query::lines::{Line, Moved};
use crate::risk::Grade;
use crate::source::live::wall_clock;
use crate::time::Day;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which enterprises.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct EnterpriseQuery {
    /// Part of the name, or the beginning of the code.
    q: Option<String>,
    /// Classes A to D, separated by commas.
    grade: Option<String>,
    /// Prefix of a GB/T 2260 division.
    division: Option<String>,
    /// An index of at least this.
    score_min: Option<i32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// An enterprise in a list.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct EnterpriseBrief {
    /// Its code.
    uscc: String,
    /// Its name in use.
    name: String,
    /// GB/T 2260 division.
    division: String,
    /// Its index.
    index: Option<Index>,
    /// Open warnings.
    open_warnings: usize,
}

/// A page of enterprises, highest index first.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Enterprises {
    /// In order.
    enterprises: Vec<EnterpriseBrief>,
    /// The cursor of the next page; null at the end.
    next_cursor: Option<String>,
}

/// Which rows of a timeline.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct TimelineQuery {
    /// Event types, separated by commas.
    r#type: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// What happened.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TimelineRow {
    /// When it was learned.
    at: String,
    /// Event time of the fact.
    time: String,
    /// The event, as `source#id`.
    event: String,
    /// Its type.
    r#type: String,
    /// `asserted`, or `retired` when it no longer holds.
    op: String,
    /// The correction or retraction that did it.
    by: Option<String>,
    /// In words; null for what no longer holds.
    statement: Option<Text>,
}

/// A page of a timeline, newest first.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TimelinePage {
    /// In order.
    rows: Vec<TimelineRow>,
    /// The cursor of the next page; null at the end.
    next_cursor: Option<String>,
}

/// A day on which the index changed.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ScoreDay {
    /// The day.
    day: String,
    /// 0–1000.
    score: i16,
    /// A to D.
    grade: String,
}

/// What a companion says beside the index: it orders work inside a class, and is no part of it.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Companion {
    /// The chance that the enterprise becomes a case within the horizon.
    chance: f64,
    /// Days of the horizon.
    horizon_days: u32,
    /// The model whose indicators it was learned from.
    of: String,
}

/// Which past day of an index.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct IndexQuery {
    /// A day as YYYY-MM-DD: also tell what the index was made of at its end.
    on: Option<String>,
}

/// A line of the index on a past day.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PastLine {
    /// The indicator.
    indicator: String,
    /// Whole points.
    points: i32,
}

/// A line that changed on a past day.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct MovedLine {
    /// The indicator.
    indicator: String,
    /// Points at the end of the day before; 0 when there was no such line.
    before: i32,
    /// Points at the end of the day; 0 when the line is gone.
    after: i32,
}

/// What the index was at the end of a past day.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct IndexThen {
    /// The day.
    day: String,
    /// 0–1000; null before the first score.
    score: Option<i16>,
    /// A to D.
    grade: Option<String>,
    /// Lines that add up to the score. Null for viewers, and where the day is too long ago: see
    /// `known_from`.
    contributions: Option<Vec<PastLine>>,
    /// Lines that changed on that day. Null where `contributions` is.
    moved: Option<Vec<MovedLine>>,
    /// The first day that can be told, when the asked one is before it.
    known_from: Option<String>,
}

/// The index now and before.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct IndexPage {
    /// Now.
    now: Option<Index>,
    /// Days on which it changed, oldest first.
    history: Vec<ScoreDay>,
    /// The companion, where the pipeline names one and it fits the model.
    companion: Option<Companion>,
    /// At the end of the day that was asked for. Left out when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<IndexThen>,
}

/// Answers about one enterprise that the caller may see.
pub(super) fn about<T>(
    shared: &Shared,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
    ask: impl FnOnce(&View<'_>, EntityId) -> Option<T>,
) -> Result<T, Problem> {
    let Path(code) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        view.enterprise(&code).and_then(|entity| ask(view, entity))
    });
    found.ok_or_else(|| none("enterprise"))
}

/// Enterprises, highest index first.
#[utoipa::path(get, path = "/api/v1/enterprises", operation_id = "enterprises", params(EnterpriseQuery), responses(
    (status = 200, body = Enterprises), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<EnterpriseQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let query = asked(query)?;
    let limit = limit(query.limit)?;
    let grade = |word: &str| match word {
        "A" => Some(Grade::A),
        "B" => Some(Grade::B),
        "C" => Some(Grade::C),
        "D" => Some(Grade::D),
        _ => None,
    };
    let filter = EnterpriseFilter {
        q: query.q.clone().filter(|q| !q.is_empty()),
        grades: words("grade", query.grade.as_deref(), grade)?,
        division: query.division.clone(),
        score_min: query.score_min,
    };
    let same = EnterpriseQuery { cursor: None, limit: None, ..query.clone() };
    let question = format!("enterprises {same:?}");
    let after = shared.cursors.key(&question, query.cursor.as_deref())?;
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let (found, next) = view.enterprises(&filter, after.as_ref(), limit);
        let brief = |entity: EntityId| EnterpriseBrief {
            uscc: view.code(entity),
            name: view.name(entity),
            division: view.profile(entity).map_or("", Profile::division).to_owned(),
            index: view.index(entity).map(|index| shapes::index(view, index, false)),
            open_warnings: view.warnings_of(entity).iter().filter(|one| one.open).count(),
        };
        let next_cursor = next.map(|key| shared.cursors.after(&question, &key));
        Enterprises { enterprises: found.into_iter().map(brief).collect(), next_cursor }
    });
    Ok(told(&headers, &page))
}

/// What happened to an enterprise, newest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}/timeline",
    params(("uscc" = String, Path), TimelineQuery), responses(
    (status = 200, body = TimelinePage), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn timeline(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<TimelineQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadReasons)?;
    let query = asked(query)?;
    let limit = limit(query.limit)?;
    let kinds = words("type", query.r#type.as_deref(), crate::event::EventType::parse)?;
    let question = format!("timeline {:?} {:?}", path.as_ref().ok().map(|p| &p.0), query.r#type);
    // Rows are only added: the place counted from the oldest stays.
    let before: Option<usize> = shared.cursors.key(&question, query.cursor.as_deref())?;
    let page = about(&shared, &caller, path, |view, entity| {
        let (rows, facts) = (view.rows(entity), view.facts(entity));
        let end = before.unwrap_or(rows.len()).min(rows.len());
        let mut found = Vec::new();
        let mut next = None;
        for (place, row) in rows[..end].iter().enumerate().rev() {
            if !kinds.is_empty() && !kinds.contains(&row.kind) {
                continue;
            }
            if found.len() == limit {
                next = Some(place + 1);
                break;
            }
            let fact = facts.iter().find(|fact| fact.event.id == row.event && row.asserts);
            found.push(TimelineRow {
                at: row.at.to_string(),
                time: row.time.to_string(),
                event: row.event.as_str().to_owned(),
                r#type: row.kind.word().into(),
                op: if row.asserts { "asserted" } else { "retired" }.into(),
                by: row.by.as_ref().map(|by| by.as_str().to_owned()),
                statement: fact.map(|fact| shapes::text(&crate::warning::told(&fact.event))),
            });
        }
        let next_cursor = next.map(|place| shared.cursors.after(&question, &place));
        Some(TimelinePage { rows: found, next_cursor })
    })?;
    Ok(told(&headers, &page))
}

/// The companion, where the pipeline names one that fits the model.
fn scorecard(shared: &Shared) -> Option<Arc<Scorecard>> {
    let about = shared.handles.about.read().ok()?;
    about.companion.clone().filter(|_| about.companion_fits)
}

/// The index at the end of a day.
fn then(view: &View<'_>, entity: EntityId, day: Day) -> IndexThen {
    let score = view.scores(entity).iter().rev().find(|score| score.day <= day);
    let made_of = view.made_of(entity, day);
    let known_from = made_of.as_ref().and_then(|made| made.as_ref().err().map(Day::to_string));
    let made_of = made_of.and_then(Result::ok).map(|made| {
        let line = |(word, points): Line| PastLine { indicator: word.to_string(), points };
        let moved =
            |(word, before, after): Moved| MovedLine { indicator: word.to_string(), before, after };
        let lines: Vec<_> = made.lines.into_iter().map(line).collect();
        (lines, made.moved.into_iter().map(moved).collect())
    });
    let (contributions, moved) = made_of.unzip();
    IndexThen {
        day: day.to_string(),
        score: score.map(|score| score.score),
        grade: score.map(|score| score.grade.word().into()),
        contributions,
        moved,
        known_from,
    }
}

/// The index of an enterprise, now and before; with `on`, what it was made of on that day.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}/index",
    params(("uscc" = String, Path), IndexQuery), responses(
    (status = 200, body = IndexPage), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn index(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<IndexQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let companion = scorecard(&shared);
    let day = asked(query)?.on.map(|on| Day::parse(&on));
    let no_day = || Problem::new(Kind::BadRequest, "on must be a day, written as YYYY-MM-DD");
    let day = day.map(|day| day.ok_or_else(no_day)).transpose()?;
    let found = about(&shared, &caller, path, |view, entity| {
        let history = view.scores(entity).iter().map(|score| ScoreDay {
            day: score.day.to_string(),
            score: score.score,
            grade: score.grade.word().into(),
        });
        let now = view.index(entity).map(|index| shapes::index(view, index, true));
        let told = view.index(entity).zip(companion.as_ref()).map(|(index, scorecard)| Companion {
            chance: shapes::rounded(scorecard.chance(index)),
            horizon_days: scorecard.plan.horizon_days,
            of: scorecard.plan.model.clone(),
        });
        let then = day.map(|day| then(view, entity, day));
        Some(IndexPage { now, history: history.collect(), companion: told, then })
    })?;
    Ok(told(&headers, &found))
}
