//! What must be looked after? How late each source tells what happened, and the audit's chain.

use crate::access::{Doing, audit};
use crate::http::Shared;
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::query::traces::{Feed, LATENESS_DAYS};
use crate::source::live::wall_clock;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Facts that were learned so late.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct LateStep {
    /// Less than so many days after the day on which it happened; null for the rest.
    under_days: Option<i32>,
    /// Facts.
    facts: u64,
}

/// What came from one source of events, by the attribute `source`.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct FeedShape {
    /// The source.
    source: String,
    /// Facts.
    facts: u64,
    /// Facts that were taken back.
    retired: u64,
    /// The newest event time.
    newest: String,
    /// The day on which something was last learned from it, by the event clock.
    learned: String,
    /// How late they were, in steps.
    late: Vec<LateStep>,
}

/// All feeds.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct FeedPage {
    /// By name.
    feeds: Vec<FeedShape>,
    /// The newest event time of all.
    newest: Option<String>,
}

/// Whether the chain holds.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ChainState {
    /// Lines that were checked.
    lines: u64,
    /// The hash of the last good one: keep it elsewhere.
    head: String,
    /// Whether every hash, link and signature is good.
    whole: bool,
    /// The first line that is not.
    fault_line: Option<u64>,
    /// What is wrong with it.
    fault: Option<String>,
}

fn feed((source, feed): (&Arc<str>, &Feed)) -> FeedShape {
    let ends = LATENESS_DAYS.iter().copied().map(Some).chain([None]);
    let step = |(under_days, facts): (Option<i32>, &u64)| LateStep { under_days, facts: *facts };
    FeedShape {
        source: source.to_string(),
        facts: feed.facts,
        retired: feed.retired,
        newest: feed.newest.to_string(),
        learned: feed.learned.to_string(),
        late: ends.zip(&feed.late).map(step).collect(),
    }
}

/// What came from each source of events, and how late.
#[utoipa::path(get, path = "/api/v1/feeds", responses(
    (status = 200, body = FeedPage), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn feeds(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadSystem)?;
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| FeedPage {
        feeds: view.feeds().iter().map(feed).collect(),
        newest: view.newest().map(|time| time.to_string()),
    });
    Ok(told(&headers, &page))
}

/// Checks the audit's chain from its first line: every hash, link and signature.
#[utoipa::path(get, path = "/api/v1/audit/check", responses(
    (status = 200, body = ChainState), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn check_audit(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.needs(Doing::Audit)?;
    let state = shared.handles.state.clone();
    let checked = tokio::task::spawn_blocking(move || audit::verify(&state)).await;
    let fault = || Problem::new(Kind::Internal, "the audit cannot be read");
    let audit::Verified { lines, head, fault: first } =
        checked.map_err(|_| fault())?.map_err(|_| fault())?;
    let whole = first.is_none();
    let (fault_line, fault) = first.unzip();
    Ok(Json(ChainState { lines, head, whole, fault_line, fault }).into_response())
}
