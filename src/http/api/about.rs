//! By what is it judged? The model: its categories, indicators, classes, and the agencies.

use crate::http::Shared;
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::Problem;
use crate::source::live::wall_clock;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A category of indicators.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Category {
    /// Its letter.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Points of all its indicators together, at most.
    pub cap: i32,
    /// A professional pack, which adds to the generic categories.
    pub pack: bool,
}

/// An indicator of the index.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Indicator {
    /// Its id.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Its category.
    pub category: String,
    /// Points, at most.
    pub points: i32,
    /// Facts older than this, in days, do not count.
    pub window_days: Option<i32>,
    /// After so many days a fact counts half.
    pub half_life_days: Option<i32>,
    /// The worst class that it lets stand, whatever the score: `d` or `at_least_c`.
    pub veto: Option<String>,
    /// Where the rule comes from; `[P]` marks a proposal without an official source.
    pub source: String,
}

/// An agency of the routing table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Agency {
    /// Its id.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Its command level.
    pub command: String,
    /// Its application level.
    pub application: String,
    /// Prefixes of its divisions.
    pub divisions: Vec<String>,
}

/// From which score on an enterprise is of a class.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Cuts {
    /// B.
    pub b: i32,
    /// C.
    pub c: i32,
    /// D.
    pub d: i32,
    /// The highest score.
    pub max: i32,
}

/// The model that judges.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Models {
    /// Id and beginning of the digest.
    current: String,
    /// From which score on each class begins.
    cuts: Cuts,
    /// The categories of indicators.
    categories: Vec<Category>,
    /// The indicators of the index.
    indicators: Vec<Indicator>,
    /// The agencies of the routing table.
    agencies: Vec<Agency>,
}

/// The model that judges: categories, indicators and agencies.
#[utoipa::path(get, path = "/api/v1/models", responses(
    (status = 200, body = Models), (status = 304), (status = 401, body = ProblemBody)
))]
pub(in crate::http) async fn models(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let about =
        shared.handles.about.read().map_or_else(|_| crate::http::About::default(), |a| a.clone());
    let current =
        shared.handles.reads.with(&caller.0, wall_clock(), |view| view.model().to_owned());
    let crate::http::About { cuts, categories, indicators, agencies, .. } = about;
    Ok(told(&headers, &Models { current, cuts, categories, indicators, agencies }))
}
