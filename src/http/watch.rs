//! How is the service? Health for the supervisor, metrics for the monitor, status for people.

use crate::access::Doing;
use crate::http::api::Caller;
use crate::http::problem::Problem;
use crate::http::{Condition, Shared, Status};
use crate::sink::outbox::{Activity, Standing};
use crate::telemetry::labels::Queue;
use crate::telemetry::metrics;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// The text format of Prometheus.
const METRICS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /health/live`: it answers, so it lives.
pub(super) async fn live() -> Response {
    Json(json!({ "state": "live" })).into_response()
}

/// `GET /health/ready`: whether events are taken.
pub(super) async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let condition = shared.handles.health.condition();
    let status = match condition {
        Condition::Ready => StatusCode::OK,
        Condition::Starting | Condition::Stopping | Condition::Poisoned(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    (status, Json(told(&condition))).into_response()
}

/// `GET /metrics`.
pub(super) async fn scrape(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.needs(Doing::Operate)?;
    let census = Arc::clone(&shared.handles.census);
    // A census that fails leaves the numbers of the one before.
    tokio::task::spawn_blocking(move || census()).await.ok();
    let depth = metrics().stages.depth.of_key(Queue::Inlet);
    depth.set(shared.handles.inlet.waiting().into());
    Ok(([(CONTENT_TYPE, METRICS_TEXT)], metrics().text()).into_response())
}

/// `GET /api/v1/status`.
pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Response {
    let Status { epochs, watermark, model, outlets } = (shared.handles.status)();
    let mut value = told(&shared.handles.health.condition());
    value["version"] = json!(env!("CARGO_PKG_VERSION"));
    value["epochs"] = json!(epochs);
    value["waiting_events"] = json!(shared.handles.inlet.waiting());
    value["watermark"] = json!(watermark.map(|time| time.to_string()));
    value["model"] = json!(model);
    value["outlets"] = outlets.iter().map(outlet).collect();
    Json(value).into_response()
}

fn outlet(standing: &Standing) -> Value {
    let (state, reason, attempts) = match &standing.activity {
        Activity::Working => ("working", None, 0),
        Activity::Retrying { why, attempts } => ("retrying", Some(why), *attempts),
        Activity::Halted { why } => ("halted", Some(why), 0),
    };
    json!({
        "name": &*standing.outlet,
        "state": state,
        "reason": reason,
        "attempts": attempts,
        "handed_epoch": standing.handed,
        "delivered_epoch": standing.delivered,
    })
}

fn told(condition: &Condition) -> Value {
    match condition {
        Condition::Starting => json!({ "state": "starting" }),
        Condition::Ready => json!({ "state": "ready" }),
        Condition::Stopping => json!({ "state": "stopping" }),
        Condition::Poisoned(why) => json!({ "state": "poisoned", "reason": why }),
    }
}
