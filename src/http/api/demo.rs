//! How does a first visitor see something? A simulated city, handed in like any feed's events.
//!
//! Invariant: it is offered to operators alone, and only while no enterprise is known, so that no
//! invented enterprise ever stands beside a real one.

use crate::access::Doing;
use crate::http::Shared;
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

/// How far the demo city is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CityState {
    /// Nobody asked for it.
    #[default]
    None,
    /// It is being made up.
    Making,
    /// Its events come in.
    Feeding,
    /// All of them are in.
    Done,
    /// It ended early.
    Failed,
}

/// The demo city.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DemoCity {
    /// Whether it may be asked for: no enterprise is known, and none is on its way.
    pub offered: bool,
    /// How far it is.
    pub state: CityState,
    /// Events that are in.
    pub events: usize,
    /// Events that it has; 0 before they are made.
    pub of: usize,
    /// Why it ended early.
    pub why: Option<String>,
}

/// Makes the demo city and hands it in.
pub trait Cities: Send + Sync {
    /// How far it is.
    fn city(&self) -> DemoCity;

    /// Begins, in the background; `false` when it is not offered.
    fn begin(&self) -> bool;
}

/// Whether a simulated city is offered, and how far it is.
#[utoipa::path(get, path = "/api/v1/setup/demo", operation_id = "demo_city", responses(
    (status = 200, body = DemoCity), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn show(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::Operate)?;
    Ok(told(&headers, &shared.handles.cities.city()))
}

/// Makes a small simulated city and hands its events in, in the background. Only while no
/// enterprise is known.
#[utoipa::path(post, path = "/api/v1/setup/demo", operation_id = "load_demo_city", responses(
    (status = 202, body = DemoCity), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 409, body = ProblemBody)
))]
pub(in crate::http) async fn begin(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.needs(Doing::Operate)?;
    let refused = || {
        let detail = "the demo city is offered once, to a service without enterprises: begin with \
                      an empty state folder";
        Problem::new(Kind::NotEmpty, detail)
    };
    if !shared.handles.cities.city().offered {
        return Err(refused());
    }
    // First the record, then what it is about.
    shared.audit(&caller.0.id, "demo", "city", json!({ "simulated": true })).await?;
    if !shared.handles.cities.begin() {
        return Err(refused());
    }
    Ok((StatusCode::ACCEPTED, Json(shared.handles.cities.city())).into_response())
}
