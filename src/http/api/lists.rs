//! What is on the board? Warnings, pairs, tasks, and what the service is made of.

use crate::access::Doing;
use crate::access::duty::Duty;
use crate::access::view::{PairFilter, TaskFilter, WarningFilter};
use crate::desk::{Effect, State as TaskState};
use crate::http::Shared;
use crate::http::api::page::{limit, tagged, told};
use crate::http::api::shapes::{self, Pair, Task, Warning};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::source::live::wall_clock;
use crate::text::Level;
use crate::time::Time;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which warnings.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct WarningQuery {
    /// Levels, separated by commas.
    level: Option<String>,
    /// A kind, e.g. `vest_switch`.
    kind: Option<String>,
    /// open or withdrawn.
    state: Option<String>,
    /// Prefix of a GB/T 2260 division.
    division: Option<String>,
    /// An enterprise's code.
    subject: Option<String>,
    /// An agency with a task.
    agency: Option<String>,
    /// Changed at or after this moment (RFC 3339).
    since: Option<String>,
    /// Whose turn it is: mine, unassigned or overdue.
    duty: Option<String>,
    /// What the finding of the lead did: kept, lowered or closed.
    ruling: Option<String>,
    /// Whether to say how many there are in all.
    count: Option<bool>,
    /// `level` (highest first, the default) or `updated` (newest change first).
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// A page of warnings.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Warnings {
    /// In order.
    warnings: Vec<Warning>,
    /// The cursor of the next page; null at the end.
    next_cursor: Option<String>,
    /// How many there are in all, when asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
}

/// Which pairs.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PairQuery {
    /// Levels, separated by commas.
    level: Option<String>,
    /// At least so sure; 0.05 by default.
    confidence_min: Option<f64>,
    /// With a verdict (true) or without (false).
    judged: Option<bool>,
    /// An enterprise's code: either side.
    of: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// A page of pairs, surest first.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Pairs {
    /// In order.
    pairs: Vec<Pair>,
    /// The cursor of the next page; null at the end.
    next_cursor: Option<String>,
}

/// Which tasks.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct TaskQuery {
    /// States, separated by commas.
    state: Option<String>,
    /// An agency.
    agency: Option<String>,
    /// Levels, separated by commas.
    level: Option<String>,
    /// A warning's id.
    warning: Option<String>,
    /// An account; `me` for the caller's own.
    holder: Option<String>,
    /// Overdue ones (true) or others (false).
    overdue: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// A page of tasks, soonest due first.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Tasks {
    /// In order.
    tasks: Vec<Task>,
    /// The cursor of the next page; null at the end.
    next_cursor: Option<String>,
}

/// Where events come from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Source {
    /// http, files or kafka.
    pub kind: String,
    /// What it reads.
    pub reads: String,
}

/// Records of one type.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct TypeCount {
    /// The event type; `unknown` where it could not be read.
    r#type: String,
    /// Records read.
    read: u64,
    /// Accepted ones.
    accepted: u64,
    /// Repeated ones.
    duplicate: u64,
    /// Rejected ones.
    dead: u64,
}

/// The sources and what came from them.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Sources {
    /// As the pipeline names them.
    sources: Vec<Source>,
    /// Records by type.
    types: Vec<TypeCount>,
    /// The newest event time.
    newest: Option<String>,
}

/// A list of words, each read by a function.
///
/// # Errors
/// With the parameter, when a word is none.
pub(super) fn words<T>(
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let words = text.into_iter().flat_map(|text| text.split(',')).filter(|word| !word.is_empty());
    let word = |word: &str| {
        let why = || Problem::new(Kind::BadRequest, format!("{name}: no such word"));
        read(word.trim()).ok_or_else(why)
    };
    words.map(word).collect()
}

pub(super) fn level(word: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.word() == word)
}

pub(super) fn moment(name: &str, text: Option<&str>) -> Result<Option<Time>, Problem> {
    let read = |text| {
        let why = || Problem::new(Kind::BadRequest, format!("{name} is no moment in RFC 3339"));
        Time::parse(text).ok_or_else(why)
    };
    text.map(read).transpose()
}

pub(super) fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(query)| query).map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))
}

/// An id of a path. `/` may be written as `~`.
pub(super) fn id(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let bad = |why: PathRejection| Problem::new(Kind::BadRequest, why.body_text());
    path.map(|Path(id)| id.replace('~', "/")).map_err(bad)
}

pub(super) fn none(what: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("there is no such {what}, or none that you may see"))
}

/// Warnings, a page at a time.
#[utoipa::path(get, path = "/api/v1/warnings", params(WarningQuery), responses(
    (status = 200, body = Warnings), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn warnings(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<WarningQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let query = asked(query)?;
    let limit = limit(query.limit)?;
    let open = match query.state.as_deref() {
        None => None,
        Some("open") => Some(true),
        Some("withdrawn") => Some(false),
        Some(_) => return Err(Problem::new(Kind::BadRequest, "state: open or withdrawn")),
    };
    let by_update = match query.sort.as_deref() {
        None | Some("level") => false,
        Some("updated") => true,
        Some(_) => return Err(Problem::new(Kind::BadRequest, "sort: level or updated")),
    };
    let mut filter = WarningFilter {
        levels: words("level", query.level.as_deref(), level)?,
        kind: query.kind.clone(),
        open,
        division: query.division.clone(),
        subject: None,
        agency: query.agency.clone(),
        since: moment("since", query.since.as_deref())?,
        duty: words("duty", query.duty.as_deref(), Duty::read)?.pop(),
        ruling: words("ruling", query.ruling.as_deref(), Effect::parse)?.pop(),
    };
    let cursors = &shared.cursors;
    let same = WarningQuery { cursor: None, limit: None, ..query.clone() };
    let question = format!("warnings {same:?}");
    let cursor = query.cursor.as_deref();
    let (by_level, latest) = if by_update {
        (None, cursors.key(&question, cursor)?)
    } else {
        (cursors.key(&question, cursor)?, None)
    };
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        if let Some(code) = &query.subject {
            filter.subject = Some(view.enterprise(code).ok_or_else(|| none("enterprise"))?);
        }
        let (found, next) = if by_update {
            let (found, next) = view.latest_warnings(&filter, latest.as_ref(), limit);
            (found, next.map(|key| cursors.after(&question, &key)))
        } else {
            let (found, next) = view.warnings(&filter, by_level.as_ref(), limit);
            (found, next.map(|key| cursors.after(&question, &key)))
        };
        let warnings = found.into_iter().map(|one| shapes::warning(view, one, false)).collect();
        let total = query.count.unwrap_or(false).then(|| view.count_warnings(&filter));
        Ok(Warnings { warnings, next_cursor: next, total })
    })?;
    Ok(told(&headers, &page))
}

/// A warning with its reasons and tasks.
#[utoipa::path(get, path = "/api/v1/warnings/{id}", params(("id" = String, Path)), responses(
    (status = 200, body = Warning), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn warning(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let id = id(path)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        view.warning(&id).map(|warning| shapes::warning(view, warning, true))
    });
    Ok(told(&headers, &found.ok_or_else(|| none("warning"))?))
}

/// Pairs, surest first.
#[utoipa::path(get, path = "/api/v1/pairs", params(PairQuery), responses(
    (status = 200, body = Pairs), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn pairs(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<PairQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    /// The contract's threshold.
    const CONFIDENCE_MIN: f64 = 0.05;
    caller.needs(Doing::ReadPairs)?;
    let query = asked(query)?;
    let limit = limit(query.limit)?;
    let mut filter = PairFilter {
        levels: words("level", query.level.as_deref(), level)?,
        confidence_min: query.confidence_min.unwrap_or(CONFIDENCE_MIN),
        judged: query.judged,
        of: None,
    };
    let same = PairQuery { cursor: None, limit: None, ..query.clone() };
    let question = format!("pairs {same:?}");
    let after = shared.cursors.key(&question, query.cursor.as_deref())?;
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        if let Some(code) = &query.of {
            filter.of = Some(view.enterprise(code).ok_or_else(|| none("enterprise"))?);
        }
        let (found, next) = view.pairs(&filter, after.as_ref(), limit);
        let pairs = found.into_iter().map(|one| shapes::pair(view, one, false)).collect();
        let next_cursor = next.map(|key| shared.cursors.after(&question, &key));
        Ok(Pairs { pairs, next_cursor })
    })?;
    Ok(told(&headers, &page))
}

/// A pair with its evidence for and against.
#[utoipa::path(get, path = "/api/v1/pairs/{id}", params(("id" = String, Path)), responses(
    (status = 200, body = Pair), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn pair(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadPairs)?;
    let id = id(path)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let (a, b) = id.split_once("..")?;
        view.pair(a, b).map(|pair| shapes::pair(view, pair, true))
    });
    Ok(told(&headers, &found.ok_or_else(|| none("pair"))?))
}

/// Tasks, soonest due first.
#[utoipa::path(get, path = "/api/v1/tasks", params(TaskQuery), responses(
    (status = 200, body = Tasks), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn tasks(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<TaskQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let query = asked(query)?;
    let limit = limit(query.limit)?;
    let me = caller.0.id.to_string();
    let filter = TaskFilter {
        states: words("state", query.state.as_deref(), TaskState::parse)?,
        agency: query.agency.clone(),
        levels: words("level", query.level.as_deref(), level)?,
        warning: query.warning.clone(),
        holder: query.holder.clone().map(|holder| if holder == "me" { me } else { holder }),
        overdue: query.overdue,
    };
    let same = TaskQuery { cursor: None, limit: None, ..query.clone() };
    let question = format!("tasks {same:?}");
    let after = shared.cursors.key(&question, query.cursor.as_deref())?;
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let (found, next) = view.tasks(&filter, after.as_ref(), limit);
        let tasks = found.iter().map(|one| shapes::task(view, one, false)).collect();
        Tasks { tasks, next_cursor: next.map(|key| shared.cursors.after(&question, &key)) }
    });
    Ok(told(&headers, &page))
}

/// A task with its steps and findings.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", params(("id" = String, Path)), responses(
    (status = 200, body = Task), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn task(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let id = id(path)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        view.task(&id).map(|seen| shapes::task(view, &seen, true))
    });
    let task = found.ok_or_else(|| none("task"))?;
    Ok(tagged(&headers, &task, Some(&task.etag)))
}

/// Where events come from, and how many.
#[utoipa::path(get, path = "/api/v1/sources", responses(
    (status = 200, body = Sources), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn sources(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadSystem)?;
    let sources = shared.handles.about.read().map_or_else(|_| Vec::new(), |a| a.sources.clone());
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let types = view.counts().iter().map(|(kind, tally)| TypeCount {
            r#type: kind.clone(),
            read: tally.read,
            accepted: tally.accepted,
            duplicate: tally.duplicate,
            dead: tally.dead,
        });
        let newest = view.newest().map(|time| time.to_string());
        Sources { sources, types: types.collect(), newest }
    });
    Ok(told(&headers, &found))
}
