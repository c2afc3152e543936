//! How does the model that runs beside see the same enterprises?

use crate::access::{Doing, View};
use crate::engine::{Compared, Seen};
use crate::http::Shared;
use crate::http::api::lists::asked;
use crate::http::api::page::{limit, told};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::source::live::wall_clock;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How many are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct ShadowQuery {
    /// Most enterprises listed: 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// How a model sees an enterprise.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SeenShape {
    /// Class.
    grade: String,
    /// Score.
    score: i32,
}

/// An enterprise that the two put into different classes.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Disagreement {
    /// Code.
    uscc: String,
    /// Name.
    name: String,
    /// By the model that judges; null where it does not score it.
    live: Option<SeenShape>,
    /// By the shadow.
    shadow: Option<SeenShape>,
}

/// Two models, compared.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ShadowShape {
    /// The model that judges.
    live: String,
    /// The model that runs beside.
    shadow: String,
    /// Enterprises that either scores.
    enterprises: u64,
    /// Those in the same class.
    agree: u64,
    /// Those in different classes.
    disagree: u64,
    /// Enterprises by class: rows A to D, then none, of the model that judges; columns of the shadow.
    grades: [[u64; 5]; 5],
    /// Enterprises in different classes, the furthest apart first.
    disagreements: Vec<Disagreement>,
}

fn seen(seen: Option<Seen>) -> Option<SeenShape> {
    seen.map(|seen| SeenShape { grade: seen.grade.word().into(), score: seen.score })
}

/// How far two models are apart: in classes, then in points.
fn apart(one: &Compared) -> (i32, i32) {
    let place = |seen: Option<Seen>| seen.map_or(-1, |seen| seen.grade as i32);
    let score = |seen: Option<Seen>| seen.map_or(0, |seen| seen.score);
    let classes = (place(one.live) - place(one.shadow)).abs();
    (classes, (score(one.live) - score(one.shadow)).abs())
}

fn shape(view: &View<'_>, most: usize) -> Option<ShadowShape> {
    let (shadow, grades) = view.shadow()?;
    let mut apart_most = view.disagreements();
    let code = |one: &Compared| view.code(one.entity);
    apart_most.sort_by_cached_key(|one| (std::cmp::Reverse(apart(one)), code(one)));
    let row = |one: &&Compared| Disagreement {
        uscc: code(one),
        name: view.name(one.entity),
        live: seen(one.live),
        shadow: seen(one.shadow),
    };
    let enterprises: u64 = grades.iter().flatten().sum();
    let agree: u64 = (0..grades.len()).map(|place| grades[place][place]).sum();
    Some(ShadowShape {
        live: view.model().to_owned(),
        shadow: shadow.to_owned(),
        enterprises,
        agree,
        disagree: enterprises - agree,
        grades,
        disagreements: apart_most.iter().take(most).map(row).collect(),
    })
}

/// How the model that the pipeline runs beside (`[shadow]`) sees the same enterprises. Counts are of
/// all, the list is of those that the caller may see.
#[utoipa::path(get, path = "/api/v1/models/shadow", operation_id = "shadow", params(ShadowQuery),
    responses(
    (status = 200, body = ShadowShape), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn shadow(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    query: Result<Query<ShadowQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadSystem)?;
    let most = limit(asked(query)?.limit)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| shape(view, most));
    let none = || {
        let detail = "no model runs beside: name one in the pipeline file ([shadow] model = …)";
        Problem::new(Kind::NotFound, detail)
    };
    Ok(told(&headers, &found.ok_or_else(none)?))
}
