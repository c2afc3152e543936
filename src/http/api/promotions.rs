//! Which model is to judge? Proposed by one person, decided by another.
//!
//! Invariant: a decision is about the model that its author saw (`If-Match`) and about nothing
//! else: when the files of the model, or the model that judges, became another, it is refused.
//! Must not know: the journal, how models are kept.

use crate::access::{Doing, View, Who};
use crate::desk::promotion::Fault;
use crate::desk::{Decision, Deed, ModelDeed, Need, Promotion, Proposal, Refused};
use crate::http::api::acts::{hand_in_one, new_id, refused};
use crate::http::api::bodies::Object;
use crate::http::api::lists::none;
use crate::http::api::page::{tagged, told};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::http::{Candidate, Gate, Shared};
use crate::source::live::wall_clock;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

/// A proposal that another model judge, and what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct PromotionShape {
    /// Its id.
    id: String,
    /// The model that is to judge: id and beginning of the digest.
    model: String,
    /// SHA-256 over the model's files, in hex.
    digest: String,
    /// The model that judged when it was proposed.
    before: String,
    /// `promote`, or `rollback` to a model that judged before.
    kind: String,
    /// `proposed`, `approved`, `rejected` or `overtaken`.
    state: String,
    /// When it was proposed.
    proposed_at: String,
    /// The account that proposed it.
    proposed_by: String,
    /// Why.
    reason: String,
    /// When it was decided.
    decided_at: Option<String>,
    /// The account that decided it.
    decided_by: Option<String>,
    /// Why it was decided so.
    decision: Option<String>,
    /// Sent back in `If-Match`; another one once it is decided or another model judges.
    etag: String,
}

/// All promotions.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct History {
    /// The model that judges, or is being switched to.
    model: String,
    /// The newest first.
    promotions: Vec<PromotionShape>,
}

/// Why.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct ReasonBody {
    /// Why. Citizen ids in it are masked.
    reason: String,
}

fn shown(view: &View<'_>, one: &Promotion) -> PromotionShape {
    let decided = one.decided.as_ref();
    let judging = crate::id::stable_hash(view.judging().as_bytes());
    PromotionShape {
        id: one.id.to_string(),
        model: one.proposal.model.to_string(),
        digest: one.proposal.digest.to_string(),
        before: one.proposal.before.to_string(),
        kind: if one.proposal.back { "rollback" } else { "promote" }.into(),
        state: one.stage.word().into(),
        proposed_at: one.at.to_string(),
        proposed_by: one.by.account.to_string(),
        reason: one.reason.clone(),
        decided_at: decided.map(|decided| decided.at.to_string()),
        decided_by: decided.map(|decided| decided.by.account.to_string()),
        decision: decided.map(|decided| decided.reason.clone()),
        etag: format!("\"m{}-{judging:016x}\"", one.stage.word()),
    }
}

/// Two people are needed: without accounts everybody is the same one.
fn two_people(shared: &Shared) -> Result<(), Problem> {
    match shared.handles.gate {
        Gate::Accounts(_) => Ok(()),
        Gate::Open => {
            let detail = "one person proposes a model and another approves it, so the pipeline \
                          needs accounts: give it a table [access] (without, SIGHUP switches)";
            Err(Problem::new(Kind::Forbidden, detail))
        }
    }
}

/// All promotions and rollbacks, with who proposed and who decided.
#[utoipa::path(get, path = "/api/v1/models/promotions", operation_id = "promotions", responses(
    (status = 200, body = History), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadSystem)?;
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| History {
        model: view.judging().to_owned(),
        promotions: view.promotions().all().iter().rev().map(|one| shown(view, one)).collect(),
    });
    Ok(told(&headers, &found))
}

fn find(shared: &Shared, who: &Who, id: &str) -> Result<PromotionShape, Problem> {
    let found = shared
        .handles
        .reads
        .with(who, wall_clock(), |view| view.promotions().find(id).map(|one| shown(view, one)));
    found.ok_or_else(|| none("promotion"))
}

/// One of them.
#[utoipa::path(get, path = "/api/v1/models/promotions/{id}", operation_id = "promotion",
    params(("id" = String, Path)), responses(
    (status = 200, body = PromotionShape), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn show(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadSystem)?;
    let Path(id) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    let found = find(&shared, &caller.0, &id)?;
    Ok(tagged(&headers, &found, Some(&found.etag)))
}

/// Loads a model on a thread that may wait.
async fn load(
    shared: &Shared,
    load: impl FnOnce(&dyn crate::http::Models) -> Result<Candidate, String> + Send + 'static,
) -> Result<Candidate, Problem> {
    let models = shared.handles.models.clone();
    let loaded = tokio::task::spawn_blocking(move || load(&*models)).await;
    let fault = |_| Problem::new(Kind::Internal, "the model cannot be loaded: see the log");
    loaded.map_err(fault)?.map_err(|why| Problem::new(Kind::NotAllowed, why))
}

async fn propose_it(
    shared: &Shared,
    caller: &Caller,
    body: ReasonBody,
    candidate: Candidate,
    back: bool,
) -> Result<Response, Problem> {
    let judging = |view: &View<'_>| view.judging().to_owned();
    let before = shared.handles.reads.with(&caller.0, wall_clock(), judging);
    if candidate.name == before {
        let detail = format!("{before} judges already");
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    let id = new_id(shared)?;
    let proposal = Proposal {
        model: candidate.name.into(),
        digest: candidate.digest.into(),
        path: candidate.path,
        before: before.into(),
        back,
    };
    let deed = Deed::Model(Box::new(ModelDeed::Propose(proposal)));
    let outcome = hand_in_one(shared, caller, id.clone(), &body.reason, (deed, None)).await?;
    outcome.map_err(|refusal| refused(&refusal))?;
    answer(StatusCode::CREATED, &find(shared, &caller.0, &id)?)
}

fn answer(status: StatusCode, found: &PromotionShape) -> Result<Response, Problem> {
    let mut response = (status, Json(found)).into_response();
    let etag = HeaderValue::from_str(&found.etag);
    let etag = etag.map_err(|_| Problem::new(Kind::Internal, "the etag is no header"))?;
    response.headers_mut().insert(ETAG, etag);
    Ok(response)
}

fn reasoned(body: Result<Object<ReasonBody>, Problem>) -> Result<ReasonBody, Problem> {
    let Object(body) = body?;
    if body.reason.trim().is_empty() {
        let pointer = format!("/{}", Need::Reason.field());
        return Err(Problem::field(pointer, "is needed to propose a model"));
    }
    Ok(body)
}

/// Proposes that a model judge; its id stands in the path with `~` for `/`. Nothing changes before
/// somebody else approves it.
#[utoipa::path(post, path = "/api/v1/models/{version}/promotions", operation_id = "propose_model",
    params(("version" = String, Path)), request_body = ReasonBody, responses(
    (status = 201, body = PromotionShape), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn propose(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    body: Result<Object<ReasonBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ProposeModel)?;
    two_people(&shared)?;
    let Path(version) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    let body = reasoned(body)?;
    let version = version.replace('~', "/");
    let candidate = load(&shared, move |models| models.candidate(&version)).await?;
    propose_it(&shared, &caller, body, candidate, false).await
}

/// Proposes that the model judge again that judged before the last promotion.
#[utoipa::path(post, path = "/api/v1/models/rollback", operation_id = "roll_model_back",
    request_body = ReasonBody, responses(
    (status = 201, body = PromotionShape), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn roll_back(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<ReasonBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ProposeModel)?;
    two_people(&shared)?;
    let body = reasoned(body)?;
    let last = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let last = view.promotions().in_force();
        last.map(|one| one.proposal.before.to_string())
    });
    let nothing = || {
        let detail = "no model was promoted, so there is none to go back to";
        Problem::new(Kind::NotAllowed, detail)
    };
    let before = last.ok_or_else(nothing)?;
    let candidate = load(&shared, move |models| models.kept(&before)).await?;
    propose_it(&shared, &caller, body, candidate, true).await
}

/// Approves a promotion, which switches the model, or rejects it. Its author may reject it alone.
#[utoipa::path(post, path = "/api/v1/models/promotions/{id}/{act}", operation_id = "decide_model",
    params(
    ("id" = String, Path), ("act" = String, Path, description = "approve or reject"),
    ("If-Match" = String, Header, description = "The promotion's etag")
), request_body = ReasonBody, responses(
    (status = 200, body = PromotionShape), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 412, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    (status = 428, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn decide(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Result<Object<ReasonBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::DecideModel)?;
    two_people(&shared)?;
    let Path((id, act)) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    let approved = match act.as_str() {
        "approve" => true,
        "reject" => false,
        _ => return Err(none("step")),
    };
    let Object(body) = body?;
    let told = headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
    let told = told.ok_or_else(|| {
        Problem::new(Kind::IfMatchMissing, "send the promotion's etag in the header If-Match")
    })?;
    let known = find(&shared, &caller.0, &id)?;
    let stale = |known: &PromotionShape| {
        let detail = "look at what changed, then send the new etag in If-Match";
        Problem::new(Kind::Stale, detail).showing(json!({ "promotion": known }))
    };
    if told != known.etag {
        return Err(stale(&known));
    }
    let decision = Decision { promotion: known.id.as_str().into(), approved };
    let deed = Deed::Model(Box::new(ModelDeed::Decide(decision)));
    let act_id = new_id(&shared)?;
    let outcome = hand_in_one(&shared, &caller, act_id, &body.reason, (deed, None)).await?;
    let found = find(&shared, &caller.0, &id)?;
    match outcome {
        Ok(()) => answer(StatusCode::OK, &found),
        Err(Refused::Promotion(Fault::Over(_) | Fault::Moved)) => Err(stale(&found)),
        Err(refusal) => Err(refused(&refusal)),
    }
}
