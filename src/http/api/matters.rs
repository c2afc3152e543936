//! What else has a clock? Referrals, complaints, objections and credit repair, opened and ended.
//!
//! Invariant: stage and term come from the policy, and stand in the act as they were then.

use crate::access::Doing;
use crate::desk::{Deed, Matter, MatterDeed, MatterVerb};
use crate::dispatch::Rulebook;
use crate::http::Shared;
use crate::http::api::bodies::Object;
use crate::http::api::joint::rules;
use crate::http::api::lists::{asked, id, none};
use crate::http::api::page::told;
use crate::http::api::{Caller, ProblemBody, acts};
use crate::http::problem::{Kind, Problem};
use crate::source::live::wall_clock;
use crate::time::Time;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Matters of a page, at most.
const PAGE_MAX: usize = 500;
/// Events that a matter is about.
const ABOUT_MAX: usize = 50;

/// A matter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct MatterShape {
    /// Its id.
    id: String,
    /// referral, complaint, report, objection or repair; more where the policy has more.
    kind: String,
    /// The enterprise's code.
    subject: String,
    /// The task from which it arose.
    task: Option<String>,
    /// The events that it is about, as `source#id`.
    about: Vec<String>,
    /// The agency that has it.
    agency: String,
    /// The stage; null when it is closed.
    stage: Option<String>,
    /// How the stage may end.
    outcomes: Vec<String>,
    /// When the stage began.
    since: String,
    /// The end of its term; null when the policy gives none.
    due_at: Option<String>,
    /// Whether that has passed.
    overdue: bool,
    /// Acts on it so far.
    version: u32,
    /// All steps.
    steps: Vec<MatterStepShape>,
}

/// A step of a matter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct MatterStepShape {
    /// The act's id.
    act: String,
    /// When.
    at: String,
    /// The account; `clock` for the system.
    by: String,
    /// open, end, remind or overdue.
    verb: String,
    /// The stage in which it was.
    stage: Option<String>,
    /// How the stage ended.
    outcome: String,
    /// The end of the term that began, or that passed.
    due_at: Option<String>,
    /// Why.
    reason: String,
}

/// Matters, by id.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct MatterPage {
    /// At most 500; narrow the question where there are more.
    matters: Vec<MatterShape>,
    /// How many there are.
    total: usize,
}

/// Which matters.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct MatterQuery {
    /// Of this kind.
    kind: Option<String>,
    /// About this enterprise.
    subject: Option<String>,
    /// Closed ones (true) or open ones (false).
    closed: Option<bool>,
    /// Overdue ones (true) or others (false).
    overdue: Option<bool>,
}

/// A matter to be opened.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct MatterBody {
    /// A kind of the policy.
    kind: String,
    /// The enterprise's code.
    subject: String,
    /// The task from which it arises.
    #[serde(default)]
    task: Option<String>,
    /// The events that it is about.
    #[serde(default)]
    about: Vec<String>,
    /// The agency that has it; the caller's own by default.
    #[serde(default)]
    agency: Option<String>,
    /// Why. Citizen ids in it are masked.
    #[serde(default)]
    reason: String,
}

/// How a stage ended.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct EndBody {
    /// One of the stage's outcomes.
    outcome: String,
    /// `version` of the matter as its author saw it.
    version: u32,
    /// Why. Citizen ids in it are masked.
    #[serde(default)]
    reason: String,
}

fn shape(rules: &Rulebook, id: &str, matter: &Matter, clock: Time) -> MatterShape {
    let stage = matter.stage.as_ref().and_then(|stage| {
        let kind = rules.policy.matter(&matter.kind)?;
        kind.stage(stage)
    });
    let step = |step: &crate::desk::matter::MatterStep| MatterStepShape {
        act: step.act.to_string(),
        at: step.at.to_string(),
        by: step.by.to_string(),
        verb: step.verb.word().into(),
        stage: step.stage.as_ref().map(ToString::to_string),
        outcome: step.outcome.to_string(),
        due_at: step.due_at.map(|due_at| due_at.to_string()),
        reason: step.reason.clone(),
    };
    MatterShape {
        id: id.to_owned(),
        kind: matter.kind.to_string(),
        subject: matter.subject.to_string(),
        task: matter.task.as_ref().map(ToString::to_string),
        about: matter.about.clone(),
        agency: matter.agency.to_string(),
        stage: matter.stage.as_ref().map(ToString::to_string),
        outcomes: stage.map_or_else(Vec::new, |stage| stage.next.keys().cloned().collect()),
        since: matter.since.to_string(),
        due_at: matter.due_at.map(|due_at| due_at.to_string()),
        overdue: is_overdue(matter, clock),
        version: matter.version,
        steps: matter.steps.iter().map(step).collect(),
    }
}

fn is_overdue(matter: &Matter, clock: Time) -> bool {
    !matter.is_over() && matter.due_at.is_some_and(|due_at| clock > due_at)
}

/// Referrals, complaints, objections and repairs that the caller may see.
#[utoipa::path(get, path = "/api/v1/matters", operation_id = "matters", params(MatterQuery),
    responses((status = 200, body = MatterPage), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<MatterQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let query = asked(query)?;
    let rules = rules(&shared);
    let page = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let clock = view.clock();
        let passes = |matter: &Matter| {
            query.kind.as_ref().is_none_or(|kind| *matter.kind == **kind)
                && query.subject.as_ref().is_none_or(|code| *matter.subject == **code)
                && query.closed.is_none_or(|closed| matter.is_over() == closed)
                && query.overdue.is_none_or(|overdue| is_overdue(matter, clock) == overdue)
        };
        let found: Vec<_> = view.matters().filter(|(_, matter)| passes(matter)).collect();
        let shown = found.iter().take(PAGE_MAX);
        let matters = shown.map(|(id, matter)| shape(&rules, id, matter, clock)).collect();
        MatterPage { matters, total: found.len() }
    });
    Ok(told(&headers, &page))
}

/// One matter.
#[utoipa::path(get, path = "/api/v1/matters/{id}", operation_id = "matter",
    params(("id" = String, Path)), responses((status = 200, body = MatterShape), (status = 304),
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
    Ok(told(&headers, &read(&shared, &caller, &wanted)?))
}

fn read(shared: &Shared, caller: &Caller, id: &str) -> Result<MatterShape, Problem> {
    let rules = rules(shared);
    shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let matter = view.matter(id).ok_or_else(|| none("matter"))?;
        Ok(shape(&rules, id, matter, view.clock()))
    })
}

/// Opens a matter: its first stage begins.
#[utoipa::path(post, path = "/api/v1/matters", operation_id = "open_matter",
    request_body = MatterBody, responses(
    (status = 201, body = MatterShape), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 415, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn open(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<MatterBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Work)?;
    let Object(body) = body?;
    if body.about.len() > ABOUT_MAX {
        let rule = format!("must have at most {ABOUT_MAX}");
        return Err(Problem::field("/about", rule));
    }
    let rules = rules(&shared);
    let kind = rules.policy.matter(&body.kind);
    let kind = kind.ok_or_else(|| Problem::field("/kind", "is no kind of the policy"))?;
    let first = kind.stage.first().ok_or_else(|| Problem::field("/kind", "has no stage"))?;
    let agency = body.agency.as_deref().or(caller.0.agency.as_deref());
    let agency = agency.ok_or_else(|| Problem::field("/agency", "is needed"))?;
    if !rules.config.is_agency(agency) {
        return Err(Problem::field("/agency", "is no agency of the routing table"));
    }
    if !caller.0.sees_agency(agency) {
        return Err(Problem::new(Kind::Forbidden, "the matter would be another agency's"));
    }
    let act_id = acts::new_id(&shared)?;
    let matter: Arc<str> = format!("{}:{act_id}", body.kind).into();
    let deed = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let entity = view.enterprise(&body.subject).ok_or_else(|| none("enterprise"))?;
        if let Some(task) = &body.task {
            view.task(task).ok_or_else(|| none("task"))?;
        }
        Ok::<_, Problem>(MatterDeed {
            matter: matter.clone(),
            version: 0,
            verb: MatterVerb::Open,
            kind: body.kind.as_str().into(),
            subject: body.subject.as_str().into(),
            division: view.division_of(entity).unwrap_or_default().into(),
            task: body.task.as_deref().map(Into::into),
            about: body.about.clone(),
            agency: agency.into(),
            outcome: "".into(),
            stage: Some(first.id.as_str().into()),
            due_at: first.due(rules.config.calendar(), view.clock()),
        })
    })?;
    hand_in(&shared, &caller, act_id, deed, &body.reason).await?;
    let opened = read(&shared, &caller, &matter)?;
    Ok((StatusCode::CREATED, Json(opened)).into_response())
}

/// Ends a stage: the next one begins, or the matter is closed.
#[utoipa::path(post, path = "/api/v1/matters/{id}/end", operation_id = "end_stage",
    params(("id" = String, Path)), request_body = EndBody, responses(
    (status = 200, body = MatterShape), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 412, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn end(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    body: Result<Object<EndBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Work)?;
    let wanted = id(path)?;
    let Object(body) = body?;
    let rules = rules(&shared);
    let act_id = acts::new_id(&shared)?;
    let deed = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let matter = view.matter(&wanted).ok_or_else(|| none("matter"))?;
        let closed = || Problem::new(Kind::NotAllowed, "the matter is closed");
        let stage = matter.stage.as_deref().ok_or_else(closed)?;
        let kind = rules.policy.matter(&matter.kind);
        let gone = || Problem::new(Kind::NotAllowed, "the policy has no such stage any more");
        let rule = kind.and_then(|kind| kind.stage(stage)).ok_or_else(gone)?;
        let next = rule
            .after(&body.outcome)
            .map_err(|known| Problem::field("/outcome", format!("must be one of {known}")))?;
        let next = next.and_then(|next| kind.and_then(|kind| kind.stage(next)));
        Ok::<_, Problem>(MatterDeed {
            matter: wanted.as_str().into(),
            version: body.version,
            verb: MatterVerb::End,
            kind: matter.kind.clone(),
            subject: matter.subject.clone(),
            division: matter.division.clone(),
            task: matter.task.clone(),
            about: Vec::new(),
            agency: matter.agency.clone(),
            outcome: body.outcome.as_str().into(),
            stage: next.map(|next| next.id.as_str().into()),
            due_at: next.and_then(|next| next.due(rules.config.calendar(), view.clock())),
        })
    })?;
    hand_in(&shared, &caller, act_id, deed, &body.reason).await?;
    Ok(Json(read(&shared, &caller, &wanted)?).into_response())
}

async fn hand_in(
    shared: &Shared,
    caller: &Caller,
    act_id: Arc<str>,
    deed: MatterDeed,
    reason: &str,
) -> Result<(), Problem> {
    let deed = Deed::Matter(Box::new(deed));
    let outcome = acts::hand_in_one(shared, caller, act_id, reason, (deed, None)).await?;
    outcome.map_err(|refusal| acts::refused(&refusal))
}
