//! Where did an enterprise's money go, and how is it connected to another? Payments and ways.

use crate::access::{Doing, View};
use crate::http::Shared;
use crate::http::api::enterprises::about;
use crate::http::api::lists::{asked, moment, none};
use crate::http::api::page::told;
use crate::http::api::relations::{Node, Relation, node, relation};
use crate::http::api::{Caller, ProblemBody, shapes};
use crate::http::problem::Problem;
use crate::id::EntityId;
use crate::query::traces::{Other, Payment};
use crate::source::live::wall_clock;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which payments.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PaymentQuery {
    /// Booked at or after this moment (RFC 3339).
    since: Option<String>,
    /// Booked before this moment (RFC 3339).
    until: Option<String>,
}

/// A payment.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PaymentShape {
    /// When it was booked.
    at: String,
    /// The event.
    event: String,
    /// in or out.
    direction: String,
    /// In fen.
    amount_fen: i64,
    /// The own account, masked.
    account: String,
    /// The other account, masked.
    other_account: String,
    /// enterprise, person or unknown: who holds the other account.
    party: String,
    /// The enterprise's code, where it may be seen.
    other: Option<String>,
    /// Its name.
    other_name: Option<String>,
    /// Cash.
    cash: bool,
}

/// The payments of an enterprise.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PaymentPage {
    /// Newest first.
    payments: Vec<PaymentShape>,
    /// Received in all, in fen.
    in_fen: i64,
    /// Paid in all, in fen.
    out_fen: i64,
    /// All payments.
    total: u64,
    /// Payments so old that they are known as sums alone.
    folded: u64,
    /// Their part of all that was paid and received, 0–1.
    folded_share: f64,
}

/// Between whom.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PathQuery {
    /// An enterprise's code.
    from: String,
    /// Another one's.
    to: String,
}

/// A way between two enterprises.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Way {
    /// The enterprises, in order.
    nodes: Vec<Node>,
    /// The relations between them, in order.
    edges: Vec<Relation>,
}

/// Ways between two enterprises.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Ways {
    /// Shortest first, at most three.
    paths: Vec<Way>,
    /// Whether the search stopped at its bound: there may be more.
    bounded: bool,
}

fn payment(view: &View<'_>, one: &Payment) -> PaymentShape {
    let (party, other) = match one.other {
        Other::Enterprise(entity) => ("enterprise", Some(entity)),
        Other::Person => ("person", None),
        Other::Unknown => ("unknown", None),
    };
    let seen = other.filter(|entity| view.sees_enterprise(*entity));
    PaymentShape {
        at: one.at.to_string(),
        event: one.event.as_str().to_owned(),
        direction: if one.received { "in" } else { "out" }.into(),
        amount_fen: one.fen,
        account: shapes::masked(&one.account),
        other_account: shapes::masked(&one.other_account),
        party: party.into(),
        other: seen.map(|entity| view.code(entity)),
        other_name: seen.map(|entity| view.name(entity)),
        cash: one.cash,
    }
}

/// The payments of an enterprise, newest first, accounts masked.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}/payments",
    params(("uscc" = String, Path), PaymentQuery), responses(
    (status = 200, body = PaymentPage), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn payments(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<PaymentQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadFlows)?;
    let query = asked(query)?;
    let since = moment("since", query.since.as_deref())?;
    let until = moment("until", query.until.as_deref())?;
    let page = about(&shared, &caller, path, |view, entity| {
        let Some(all) = view.payments(entity) else { return Some(nothing()) };
        let wanted = |one: &&Payment| {
            since.is_none_or(|since| one.at >= since) && until.is_none_or(|until| one.at < until)
        };
        let sum = |received| -> i64 {
            all.kept.iter().filter(|one| one.received == received).map(|one| one.fen).sum()
        };
        let (in_fen, out_fen) = (sum(true) + all.folded.in_fen, sum(false) + all.folded.out_fen);
        let folded = (all.folded.in_fen + all.folded.out_fen) as f64;
        Some(PaymentPage {
            payments: all.kept.iter().rev().filter(wanted).map(|one| payment(view, one)).collect(),
            in_fen,
            out_fen,
            total: all.kept.len() as u64 + all.folded.number,
            folded: all.folded.number,
            folded_share: shapes::rounded(folded / ((in_fen + out_fen).max(1) as f64)),
        })
    })?;
    Ok(told(&headers, &page))
}

fn nothing() -> PaymentPage {
    PaymentPage {
        payments: Vec::new(),
        in_fen: 0,
        out_fen: 0,
        total: 0,
        folded: 0,
        folded_share: 0.0,
    }
}

/// Ways between two enterprises, shortest first, along relations that the caller may see.
#[utoipa::path(get, path = "/api/v1/paths", params(PathQuery), responses(
    (status = 200, body = Ways), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn paths(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<PathQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadReasons)?;
    let query = asked(query)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let (from, to) = (view.enterprise(&query.from)?, view.enterprise(&query.to)?);
        let found = view.paths(from, to);
        let way = |edges: &Vec<crate::query::around::Edge>| {
            let mut at = from;
            let mut nodes: Vec<(EntityId, usize)> = vec![(from, 0)];
            for (step, edge) in edges.iter().enumerate() {
                at = if edge.from == at { edge.to } else { edge.from };
                nodes.push((at, step + 1));
            }
            Way {
                nodes: nodes.iter().map(|one| node(view, *one)).collect(),
                edges: edges.iter().map(|edge| relation(view, edge)).collect(),
            }
        };
        Some(Ways { paths: found.paths.iter().map(way).collect(), bounded: found.bounded })
    });
    Ok(told(&headers, &found.ok_or_else(|| none("enterprise"))?))
}
