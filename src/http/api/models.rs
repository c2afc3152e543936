//! What are the model's rules worth?

use crate::access::Doing;
use crate::desk::quality::{self, Worth};
use crate::http::Shared;
use crate::http::api::page::told;
use crate::http::api::shapes::rounded;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::Problem;
use crate::source::live::wall_clock;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What a rule is worth.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct RuleWorth {
    /// The rule's kind.
    kind: String,
    /// Warnings raised.
    warnings: usize,
    /// Of those, with a finding that says something.
    judged: usize,
    /// Of those, confirmed or partly.
    right: usize,
    /// Findings that could not verify.
    unverified: usize,
    /// Share that was right; null before the first finding.
    precision: Option<f64>,
    /// Lower end of its interval of 95 %.
    precision_low: Option<f64>,
    /// Upper end.
    precision_high: Option<f64>,
    /// Median days from the warning to the finding.
    days: Option<f64>,
    /// Whether it surely costs more than it brings.
    costly: bool,
}

/// What the rules are worth.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Quality {
    /// By kind.
    rules: Vec<RuleWorth>,
    /// The model that judges now.
    model: String,
}

fn shown(kind: &str, worth: &Worth) -> RuleWorth {
    let precision = worth.precision();
    RuleWorth {
        kind: kind.to_owned(),
        warnings: worth.warnings,
        judged: worth.judged,
        right: worth.right,
        unverified: worth.unverified,
        precision: precision.map(|(share, ..)| rounded(share)),
        precision_low: precision.map(|(_, low, _)| rounded(low)),
        precision_high: precision.map(|(.., high)| rounded(high)),
        days: worth.days.map(rounded),
        costly: worth.is_costly(),
    }
}

/// What work on warnings found, by rule.
#[utoipa::path(get, path = "/api/v1/models/quality", operation_id = "model_quality", responses(
    (status = 200, body = Quality), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn worth(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let worth = quality::worth(view.worked().into_iter());
        let rules = worth.iter().map(|(kind, worth)| shown(kind, worth)).collect();
        Quality { rules, model: view.model().to_owned() }
    });
    Ok(told(&headers, &found))
}
