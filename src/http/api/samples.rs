//! Who is drawn for inspection? Draws from what stands, kept with their seed for anybody to check.
//!
//! Invariant: a draw holds its list, so that it can be drawn anew whatever has changed since.

use crate::access::Doing;
use crate::desk::{Deed, SampleDeed, Sampled};
use crate::http::Shared;
use crate::http::api::bodies::Object;
use crate::http::api::lists::{id, none};
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody, acts};
use crate::http::problem::{Kind, Problem};
use crate::sampling::{self, Fault, Officer};
use crate::source::live::wall_clock;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// An officer who may be drawn.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct OfficerBody {
    /// The number of the account or badge; never a name.
    id: String,
    /// Codes of enterprises that the officer must avoid.
    #[serde(default)]
    avoid: Vec<String>,
    /// Inspects so many of the draw at most; the plan's bound by default.
    #[serde(default)]
    #[schema(format = "uint32")]
    load_max: Option<u32>,
}

/// A draw to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct SampleBody {
    /// The seed, as published after the list; without one only the list's digest is told.
    #[serde(default)]
    seed: Option<String>,
    /// Enterprises of this division (prefix).
    division: String,
    /// The officers.
    #[serde(default)]
    officers: Vec<OfficerBody>,
    /// The digest of the list as it was published: another list is refused.
    #[serde(default)]
    list_digest: Option<String>,
    /// Why. Citizen ids in it are masked.
    #[serde(default)]
    reason: String,
}

/// A draw, without its list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct SampleShape {
    /// Its id; null when nothing was drawn yet.
    id: Option<String>,
    /// When.
    at: String,
    /// The account.
    by: Option<String>,
    /// The division.
    division: String,
    /// The seed.
    seed: Option<String>,
    /// SHA-256 of the list.
    list_digest: String,
    /// Enterprises on the list.
    listed: usize,
    /// Enterprises that were drawn.
    drawn: usize,
    /// Of those, with too few officers.
    short: usize,
    /// Why.
    reason: String,
    /// The list to be published, one line for each enterprise; where nothing was drawn yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
}

/// Draws, by id.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Samples {
    /// All that the caller may see.
    samples: Vec<SampleShape>,
}

/// A draw, whole.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SampleWhole {
    /// What it is.
    sample: SampleShape,
    /// The draw with plan, list and officers: what `vestigo sample verify` reads.
    draw: Value,
}

fn shape(id: &str, one: &Sampled) -> SampleShape {
    SampleShape {
        id: Some(id.to_owned()),
        at: one.at.to_string(),
        by: Some(one.by.account.to_string()),
        division: one.division.to_string(),
        seed: Some(one.draw.seed.clone()),
        list_digest: one.draw.list_digest.clone(),
        listed: one.draw.list.len(),
        drawn: one.draw.enterprises.len(),
        short: one.draw.short().count(),
        reason: one.reason.clone(),
        list: None,
    }
}

/// Draws that were made in the caller's divisions.
#[utoipa::path(get, path = "/api/v1/samples", operation_id = "samples", responses(
    (status = 200, body = Samples), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let samples = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        view.samples().map(|(id, one)| shape(id, one)).collect()
    });
    Ok(told(&headers, &Samples { samples }))
}

fn whole(shared: &Shared, caller: &Caller, wanted: &str) -> Result<SampleWhole, Problem> {
    shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let one = view.sample(wanted).ok_or_else(|| none("draw"))?;
        let draw = serde_json::to_value(&one.draw).expect("plain values");
        Ok(SampleWhole { sample: shape(wanted, one), draw })
    })
}

/// One draw with everything that it follows from.
#[utoipa::path(get, path = "/api/v1/samples/{id}", operation_id = "sample",
    params(("id" = String, Path)), responses((status = 200, body = SampleWhole), (status = 304),
    (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn show(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let wanted = id(path)?;
    Ok(told(&headers, &whole(&shared, &caller, &wanted)?))
}

fn faulty(fault: &Fault) -> Problem {
    match fault {
        Fault::Seed => Problem::field("/seed", fault.to_string()),
        Fault::TwiceOfficer(_) | Fault::BadName(_) => {
            Problem::field("/officers", fault.to_string())
        }
        _ => Problem::new(Kind::Internal, fault.to_string()),
    }
}

/// Draws enterprises and officers; without a seed, tells the digest of the list alone.
#[utoipa::path(post, path = "/api/v1/samples", operation_id = "make_sample",
    request_body = SampleBody, responses(
    (status = 200, body = SampleShape, description = "No seed: nothing is drawn."),
    (status = 201, body = SampleWhole), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    (status = 500, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn make(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<SampleBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Direct)?;
    let Object(body) = body?;
    if !caller.0.covers(&body.division) {
        return Err(Problem::new(Kind::Forbidden, "the division is not one of your own"));
    }
    let (rows, clock) = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        (view.sampling_list(&body.division, view.clock().day()), view.clock())
    });
    let digest = sampling::list_digest(&rows);
    if body.list_digest.as_ref().is_some_and(|told| *told != digest) {
        let detail = format!("the list changed since: its digest is {digest}; publish it anew");
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    let Some(seed) = &body.seed else {
        let shape = SampleShape {
            id: None,
            at: clock.to_string(),
            by: None,
            division: body.division.clone(),
            seed: None,
            list_digest: digest,
            listed: rows.len(),
            drawn: 0,
            short: 0,
            reason: String::new(),
            list: Some(sampling::list_text(&rows)),
        };
        return Ok(Json(shape).into_response());
    };
    let officer = |one: &OfficerBody| Officer {
        id: one.id.clone(),
        avoid: one.avoid.iter().cloned().collect::<BTreeSet<String>>(),
        load_max: one.load_max,
    };
    let officers = body.officers.iter().map(officer).collect();
    let draw = sampling::draw(&shared.handles.sampling, rows, officers, seed);
    let draw = draw.map_err(|fault| faulty(&fault))?;
    let act_id = acts::new_id(&shared)?;
    let sample: Arc<str> = format!("sample:{act_id}").into();
    let deed = SampleDeed { id: sample.clone(), division: body.division.as_str().into(), draw };
    let deed = Deed::Sample(Box::new(deed));
    let outcome = acts::hand_in_one(&shared, &caller, act_id, &body.reason, (deed, None)).await?;
    outcome.map_err(|refusal| acts::refused(&refusal))?;
    let made = whole(&shared, &caller, &sample)?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}
