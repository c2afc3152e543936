//! Did money go from one enterprise to another, in order of time? Chains of payments.

use crate::access::{Doing, View};
use crate::http::Shared;
use crate::http::api::lists::{asked, none};
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::query::chain::{HOPS_MAX, Hop, Wanted};
use crate::source::live::wall_clock;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Days from the first payment to the last, unless the request says otherwise.
const DAYS: u32 = 30;
/// Days, at most.
const DAYS_MAX: u32 = 366;
/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Which chains.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ChainQuery {
    /// The code of the enterprise that pays first.
    from: String,
    /// The code of the enterprise that is paid last.
    to: String,
    /// Payments, at most: 1 to 5; 4 by default.
    hops: Option<usize>,
    /// Each payment, at least, in fen; 0 by default.
    fen_min: Option<i64>,
    /// Days from the first payment to the last: 1 to 366; 30 by default.
    days: Option<u32>,
}

/// A payment of a chain.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct HopShape {
    /// Who paid.
    from: String,
    /// Its name.
    from_name: String,
    /// Whom.
    to: String,
    /// Its name.
    to_name: String,
    /// When it was booked.
    at: String,
    /// In fen.
    amount_fen: i64,
    /// The event.
    event: String,
}

/// A chain of payments, each later than the one before.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Chain {
    /// In order of time.
    hops: Vec<HopShape>,
    /// The smallest of its payments, in fen: what it carried at most.
    bottleneck_fen: i64,
}

/// Chains of payments.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ChainPage {
    /// Largest bottleneck first, at most ten; of chains over the same enterprises the largest.
    chains: Vec<Chain>,
    /// Whether the search stopped at its bound: there may be more.
    bounded: bool,
}

fn hop(view: &View<'_>, one: &Hop) -> HopShape {
    HopShape {
        from: view.code(one.from),
        from_name: view.name(one.from),
        to: view.code(one.to),
        to_name: view.name(one.to),
        at: one.payment.at.to_string(),
        amount_fen: one.payment.fen,
        event: one.payment.event.as_str().to_owned(),
    }
}

/// Chains of payments from one enterprise to another, each payment later than the one before.
#[utoipa::path(get, path = "/api/v1/chains", params(ChainQuery), responses(
    (status = 200, body = ChainPage), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn chains(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<ChainQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    /// As long as can be explained.
    const HOPS: usize = 4;
    caller.needs(Doing::ReadFlows)?;
    let query = asked(query)?;
    let (hops, days) = (query.hops.unwrap_or(HOPS), query.days.unwrap_or(DAYS));
    if !(1..=HOPS_MAX).contains(&hops) || !(1..=DAYS_MAX).contains(&days) {
        let detail = format!("hops must be 1 to {HOPS_MAX}, days 1 to {DAYS_MAX}");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let wanted =
        Wanted { hops, fen_min: query.fen_min.unwrap_or_default(), within: i64::from(days) * DAY };
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let ends = (view.enterprise(&query.from)?, view.enterprise(&query.to)?);
        let found = view.chains(ends, wanted);
        let chain = |hops: &Vec<Hop>| Chain {
            hops: hops.iter().map(|one| hop(view, one)).collect(),
            bottleneck_fen: hops.iter().map(|one| one.payment.fen).min().unwrap_or_default(),
        };
        Some(ChainPage { chains: found.chains.iter().map(chain).collect(), bounded: found.bounded })
    });
    Ok(told(&headers, &found.ok_or_else(|| none("enterprise"))?))
}
