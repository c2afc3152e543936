//! What is around an enterprise? Relations, fund flows, and the neighbourhood within a budget.

use crate::access::{Doing, View};
use crate::flow::Instance;
use crate::http::Shared;
use crate::http::api::enterprises::about;
use crate::http::api::lists::asked;
use crate::http::api::page::told;
use crate::http::api::shapes::{self, Evidence};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::id::EntityId;
use crate::query::around::{BUDGET_MAX, DEPTH_MAX, Edge};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A fund-flow pattern. Accounts are masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Flow {
    /// Its id.
    pub(in crate::http) id: String,
    /// The pattern in the contract's words.
    pub(in crate::http) kind: String,
    /// The pattern by its own name.
    pub(in crate::http) pattern: String,
    /// Accounts in the pattern's order, masked.
    pub(in crate::http) accounts: Vec<String>,
    /// How many transfers.
    pub(in crate::http) transfers: usize,
    /// First transfer.
    pub(in crate::http) first_at: String,
    /// Last transfer.
    pub(in crate::http) last_at: String,
    /// Sum, in fen.
    pub(in crate::http) total_fen: i64,
    /// Enterprises behind the accounts that the caller may see.
    pub(in crate::http) subjects: Vec<String>,
    /// 0–1.
    pub(in crate::http) suspicion: f64,
    /// Why it is suspicious.
    pub(in crate::http) evidence: Vec<Evidence>,
    /// What speaks against.
    pub(in crate::http) against: Vec<Evidence>,
}

/// A relation.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Relation {
    /// From whom.
    from: String,
    /// To whom.
    to: String,
    /// How: succession, declared, holds, controls, paid, or the kind of the value that they share.
    kind: String,
    /// How strongly it is followed; of a shared value its rarity.
    weight: f64,
    /// Whether it holds at present.
    current: bool,
    /// Percent held.
    pct: Option<f64>,
    /// Sum paid, in fen.
    amount_fen: Option<i64>,
}

/// A value that too many share to lead anywhere.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct HubShape {
    /// What it is.
    kind: String,
    /// How many share it.
    members: usize,
}

/// The relations of an enterprise.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Relations {
    /// Strongest first.
    relations: Vec<Relation>,
    /// What too many share.
    hubs: Vec<HubShape>,
}

/// The flow patterns of an enterprise.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Flows {
    /// By id.
    flows: Vec<Flow>,
    /// Whom it paid, largest sum first.
    paid: Vec<Relation>,
}

/// How far a neighbourhood goes.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct GraphQuery {
    /// 1 to 3; 1 by default.
    depth: Option<usize>,
    /// Enterprises, at most: 1 to 150; 60 by default.
    budget: Option<usize>,
}

/// An enterprise of a neighbourhood.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Node {
    /// Its code.
    uscc: String,
    /// Its name.
    name: String,
    /// Steps from the centre.
    distance: usize,
    /// Its index.
    score: Option<i32>,
    /// Its class.
    grade: Option<String>,
    /// Whether its registration ended.
    ended: bool,
}

/// What was left out.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Truncated {
    /// Enterprises.
    nodes: usize,
    /// Relations.
    edges: usize,
    /// Share of what was paid within sight, 0–1.
    amount_share: f64,
}

/// A neighbourhood.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Graph {
    /// The centre first.
    nodes: Vec<Node>,
    /// Strongest first.
    edges: Vec<Relation>,
    /// What was left out.
    truncated: Truncated,
}

fn flow(view: &View<'_>, instance: &Instance) -> Flow {
    let account = |token: &std::sync::Arc<str>| shapes::masked(token);
    Flow {
        id: instance.id.clone(),
        kind: instance.kind.word().into(),
        pattern: instance.kind.pattern().into(),
        accounts: instance.accounts.iter().map(account).collect(),
        transfers: instance.transfers.len(),
        first_at: instance.first_at.to_string(),
        last_at: instance.last_at.to_string(),
        total_fen: instance.total.0,
        subjects: shapes::codes(view, &instance.subjects),
        suspicion: shapes::rounded(instance.suspicion),
        evidence: shapes::evidence(&instance.evidence),
        against: shapes::evidence(&instance.against),
    }
}

pub(super) fn relation(view: &View<'_>, edge: &Edge) -> Relation {
    Relation {
        from: view.code(edge.from),
        to: view.code(edge.to),
        kind: edge.kind.word().into(),
        weight: shapes::rounded(edge.weight),
        current: edge.current,
        pct: edge.pct.map(shapes::rounded),
        amount_fen: edge.amount.map(|fen| fen.0),
    }
}

pub(super) fn node(view: &View<'_>, (entity, distance): (EntityId, usize)) -> Node {
    let index = view.index(entity);
    Node {
        uscc: view.code(entity),
        name: view.name(entity),
        distance,
        score: index.map(|index| index.score),
        grade: index.map(|index| index.grade.word().into()),
        ended: view.profile(entity).is_some_and(|p| p.ended_on().is_some()),
    }
}

/// The relations of an enterprise, strongest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}/relations",
    params(("uscc" = String, Path)), responses(
    (status = 200, body = Relations), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn relations(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadReasons)?;
    let found = about(&shared, &caller, path, |view, entity| {
        let hub = |hub: crate::query::around::Hub| HubShape {
            kind: hub.kind.word().into(),
            members: hub.members,
        };
        let relations = view.relations(entity);
        Some(Relations {
            relations: relations.iter().map(|edge| relation(view, edge)).collect(),
            hubs: view.hubs(entity).into_iter().map(hub).collect(),
        })
    })?;
    Ok(told(&headers, &found))
}

/// The fund-flow patterns of an enterprise, and whom it paid.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}/flows", params(("uscc" = String, Path)),
    responses(
    (status = 200, body = Flows), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn flows(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadFlows)?;
    let found = about(&shared, &caller, path, |view, entity| {
        let mut paid = view.relations(entity);
        paid.retain(|edge| edge.amount.is_some());
        paid.sort_by_key(|edge| std::cmp::Reverse(edge.amount));
        let flows = view.flows_of(entity);
        Some(Flows {
            flows: flows.into_iter().map(|one| flow(view, one)).collect(),
            paid: paid.iter().map(|edge| relation(view, edge)).collect(),
        })
    })?;
    Ok(told(&headers, &found))
}

/// What is around an enterprise, within a budget; what was left out is told.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}/graph",
    params(("uscc" = String, Path), GraphQuery), responses(
    (status = 200, body = Graph), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn graph(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<GraphQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    /// As many as can be read on a screen.
    const BUDGET: usize = 60;
    caller.needs(Doing::ReadReasons)?;
    let query = asked(query)?;
    let (depth, budget) = (query.depth.unwrap_or(1), query.budget.unwrap_or(BUDGET));
    if !(1..=DEPTH_MAX).contains(&depth) || !(1..=BUDGET_MAX).contains(&budget) {
        let detail = format!("depth must be 1 to {DEPTH_MAX}, budget 1 to {BUDGET_MAX}");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let found = about(&shared, &caller, path, |view, entity| {
        let around = view.around(entity, depth, budget);
        Some(Graph {
            nodes: around.nodes.iter().map(|one| node(view, *one)).collect(),
            edges: around.edges.iter().map(|edge| relation(view, edge)).collect(),
            truncated: Truncated {
                nodes: around.nodes_omitted,
                edges: around.edges_omitted,
                amount_share: around.amount_omitted,
            },
        })
    })?;
    Ok(told(&headers, &found))
}
