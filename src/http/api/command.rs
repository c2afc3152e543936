//! How does the whole city stand? The load of agencies and towns, the shore, the operator's map.

use crate::access::Doing;
use crate::access::wide::Count;
use crate::http::Shared;
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::query::traces::Sighting;
use crate::source::live::wall_clock;
use crate::text::Level;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Sightings that are told one by one.
const SIGHTINGS_MAX: usize = 200;
/// Bytes of a map, at most.
const MAP_BYTES_MAX: u64 = 4 << 20;

/// Open tasks of each level.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Levels {
    /// Red.
    red: u64,
    /// Orange.
    orange: u64,
    /// Yellow.
    yellow: u64,
    /// Blue.
    blue: u64,
}

/// Tasks, counted.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LoadShape {
    /// The agency's id, or the division.
    id: String,
    /// Open tasks.
    open: u64,
    /// Open tasks by level.
    levels: Levels,
    /// All tasks by state.
    states: BTreeMap<String, u64>,
    /// Open tasks of which a term has passed.
    overdue: u64,
    /// Open tasks that nobody holds.
    unheld: u64,
    /// Open tasks, not overdue, whose next term ends within a day.
    due_in_a_day: u64,
    /// Open tasks, not overdue, with less time left than half of those reported took; null where
    /// nothing was reported yet.
    forecast: Option<u64>,
    /// Median minutes from taking a task to its report.
    handling_minutes: Option<i64>,
    /// The earliest term of those that nobody holds.
    first_due_at: Option<String>,
    /// Findings: confirmed or partly.
    confirmed: u64,
    /// Other findings.
    unconfirmed: u64,
}

/// How much there is to do.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct LoadPage {
    /// The moment by which terms run.
    clock: String,
    /// Whether that is the newest event's, not the wall clock's.
    by_events: bool,
    /// By the agency that has the task.
    agencies: Vec<LoadShape>,
    /// By division.
    divisions: Vec<LoadShape>,
}

/// What a patrol saw.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SightingShape {
    /// The event.
    event: String,
    /// A word of the contract, e.g. `night_landing`.
    kind: String,
    /// The day.
    on: String,
    /// The cell of the shore grid.
    grid: String,
    /// Latitude.
    lat: Option<f64>,
    /// Longitude.
    lon: Option<f64>,
    /// The operating enterprise's code, where it may be seen.
    operator: Option<String>,
    /// Its name.
    operator_name: Option<String>,
    /// Its index.
    operator_score: Option<i32>,
    /// The vessel's name.
    vessel: Option<String>,
}

/// A cell of the shore grid.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Cell {
    /// Its name.
    grid: String,
    /// Sightings by kind.
    kinds: BTreeMap<String, u64>,
    /// Sightings.
    sightings: u64,
    /// The last one.
    last_on: String,
}

/// The shore.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Shore {
    /// Cells in which something was seen, by name.
    cells: Vec<Cell>,
    /// The newest sightings.
    sightings: Vec<SightingShape>,
    /// All sightings.
    total: usize,
}

fn shape((id, count): (&Arc<str>, &Count)) -> LoadShape {
    let level = |level: Level| count.levels.get(&level).copied().unwrap_or_default();
    LoadShape {
        id: id.to_string(),
        open: count.open(),
        levels: Levels {
            red: level(Level::Red),
            orange: level(Level::Orange),
            yellow: level(Level::Yellow),
            blue: level(Level::Blue),
        },
        states: count.states.iter().map(|(state, n)| (state.word().to_owned(), *n)).collect(),
        overdue: count.overdue,
        unheld: count.unheld,
        due_in_a_day: count.due_in_a_day,
        forecast: count.forecast,
        handling_minutes: count.handling.map(|took| took / 60_000),
        first_due_at: count.first_due.map(|due| due.to_string()),
        confirmed: count.found.0,
        unconfirmed: count.found.1,
    }
}

/// How much there is to do: tasks of each agency and division that the caller may see.
#[utoipa::path(get, path = "/api/v1/load", responses(
    (status = 200, body = LoadPage), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn load(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let load = view.load();
        LoadPage {
            clock: view.clock().to_string(),
            by_events: view.by_events(),
            agencies: load.agencies.iter().map(shape).collect(),
            divisions: load.divisions.iter().map(shape).collect(),
        }
    });
    Ok(told(&headers, &page))
}

/// What patrols saw along the shore, by cell of its grid.
#[utoipa::path(get, path = "/api/v1/shore", responses(
    (status = 200, body = Shore), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn shore(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadReasons)?;
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let mut cells: BTreeMap<&str, Cell> = BTreeMap::new();
        let mut newest: Vec<&Sighting> = view.sightings().iter().collect();
        newest.sort_by(|a, b| (b.on, &b.event).cmp(&(a.on, &a.event)));
        for one in &newest {
            let cell = cells.entry(&one.grid).or_insert_with(|| Cell {
                grid: one.grid.to_string(),
                kinds: BTreeMap::new(),
                sightings: 0,
                last_on: one.on.to_string(),
            });
            *cell.kinds.entry(one.kind.word().into()).or_default() += 1;
            cell.sightings += 1;
        }
        let total = newest.len();
        newest.truncate(SIGHTINGS_MAX);
        let sighting = |one: &Sighting| {
            let operator = one.operator.filter(|entity| view.sees_enterprise(*entity));
            SightingShape {
                event: one.event.as_str().to_owned(),
                kind: one.kind.word().into(),
                on: one.on.to_string(),
                grid: one.grid.to_string(),
                lat: one.place.map(|place| place.0),
                lon: one.place.map(|place| place.1),
                operator: operator.map(|entity| view.code(entity)),
                operator_name: operator.map(|entity| view.name(entity)),
                operator_score: operator.and_then(|e| view.index(e)).map(|index| index.score),
                vessel: one.vessel.as_ref().map(ToString::to_string),
            }
        };
        let sightings = newest.into_iter().map(sighting).collect();
        Shore { cells: cells.into_values().collect(), sightings, total }
    });
    Ok(told(&headers, &page))
}

/// The operator's map of the divisions (GeoJSON), from the pipeline's `http.map`.
#[utoipa::path(get, path = "/api/v1/map", responses(
    (status = 200, content_type = "application/geo+json"),
    (status = 204, description = "The pipeline names no map."), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 500, body = ProblemBody)
))]
pub(in crate::http) async fn map(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let Some(path) = shared.config.map.clone() else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let read = move || -> std::io::Result<Vec<u8>> {
        let length = std::fs::metadata(&path)?.len();
        if length > MAP_BYTES_MAX {
            return Err(std::io::Error::other("is larger than 4 MiB"));
        }
        std::fs::read(&path)
    };
    let bytes = tokio::task::spawn_blocking(read).await;
    let bytes = bytes.unwrap_or_else(|error| Err(std::io::Error::other(error.to_string())));
    let bytes = bytes.map_err(|error| {
        tracing::warn!(%error, "the map of http.map cannot be read");
        Problem::new(Kind::Internal, "the map cannot be read: see the log and http.map")
    })?;
    let head = [(CONTENT_TYPE, "application/geo+json"), (CACHE_CONTROL, "private, max-age=300")];
    Ok((head, bytes).into_response())
}
