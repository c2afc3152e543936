//! What does a step need that its body does not say? Measures from the catalogue, the upper level.
//!
//! Invariant: a measure is decided by a person with an account, of an agency that has the power, and
//! the act holds basis, scope and end as they were then. Must not know: the journal.

use crate::access::view::Seen;
use crate::access::{Doing, View};
use crate::desk::{MeasureDeed, TaskDeed, Terms, Verb};
use crate::dispatch::{MeasureRule, Rulebook, Term, Undo};
use crate::http::Shared;
use crate::http::api::bodies::{ActBody, MeasureBody};
use crate::http::api::lists::{asked, id, level, none};
use crate::http::api::page::told;
use crate::http::api::shapes::Text;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::source::live::wall_clock;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use utoipa::{IntoParams, ToSchema};

/// Bytes of a scope.
const SCOPE_MAX: usize = 1_000;

/// By which rules it is worked now.
pub(super) fn rules(shared: &Shared) -> Arc<Rulebook> {
    shared.handles.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Completes a deed.
///
/// # Errors
/// With the field that is wrong, or who may decide.
pub(super) fn complete(
    shared: &Shared,
    view: &View<'_>,
    (seen, body): (&Seen<'_>, &ActBody),
    deed: TaskDeed,
) -> Result<TaskDeed, Problem> {
    let rules = rules(shared);
    match deed.verb {
        Verb::Escalate if deed.agency.is_none() => {
            let upper = rules.config.upper(&seen.standing.agency, &seen.task.division);
            let Some(upper) = upper else { return Ok(deed) };
            let (ack_due_at, judge_due_at) = rules.config.terms(seen.task.level, view.clock());
            let terms = Some(Terms { ack_due_at, judge_due_at });
            Ok(TaskDeed { agency: Some(upper.id.as_str().into()), terms, ..deed })
        }
        Verb::Initiate => {
            let Some(asked) = &body.measure else { return Ok(deed) };
            let measure = Some(decided(&rules, view, seen, asked)?);
            Ok(TaskDeed { measure, ..deed })
        }
        Verb::Push | Verb::Respond | Verb::Feedback | Verb::Lift => {
            let measure = body.measure.as_ref().map(|asked| MeasureDeed {
                agencies: asked.agencies.iter().map(|id| id.as_str().into()).collect(),
                accepts: asked.accepts,
                ..MeasureDeed::of(asked.id.as_str().into())
            });
            Ok(TaskDeed { measure, ..deed })
        }
        _ => Ok(deed),
    }
}

/// A measure that a person decides.
fn decided(
    rules: &Rulebook,
    view: &View<'_>,
    seen: &Seen<'_>,
    asked: &MeasureBody,
) -> Result<MeasureDeed, Problem> {
    let who = view.who();
    if who.is_machine() {
        let detail = "a measure is decided by a named person: log in, and do not use a key";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let rule = rules.catalogue.measure(&asked.id);
    let rule = rule.ok_or_else(|| Problem::field("/measure/id", "is not in the catalogue"))?;
    let own = who.agency.as_deref().unwrap_or(&seen.standing.agency);
    if !rule.is_in_power_of(own) {
        let powers = rule.powers.join(", ");
        let detail = format!("people of {powers} decide this measure: transfer the task, or ask");
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    if let Some(at) = asked.agencies.iter().position(|one| !rules.config.is_agency(one)) {
        let pointer = format!("/measure/agencies/{at}");
        return Err(Problem::field(pointer, "is no agency of the routing table"));
    }
    let scope = asked.scope.as_ref().unwrap_or(&rule.scope);
    if scope.trim().is_empty() || scope.len() > SCOPE_MAX {
        let rule = format!("must have 1 to {SCOPE_MAX} bytes");
        return Err(Problem::field("/measure/scope", rule));
    }
    Ok(MeasureDeed {
        measure: rule.id.as_str().into(),
        agencies: asked.agencies.iter().map(|id| id.as_str().into()).collect(),
        basis: rule.basis.clone(),
        scope: crate::event::mask(scope).into_owned(),
        until: rule.until(rules.config.calendar(), view.clock()),
        accepts: None,
    })
}

/// A measure of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct MeasureRow {
    /// Its id.
    id: String,
    /// Chinese name.
    zh: String,
    /// English name.
    en: String,
    /// Legal basis.
    basis: String,
    /// What it covers.
    scope: String,
    /// Agencies whose people may decide it; any when empty.
    powers: Vec<String>,
    /// Kinds of warning for which it is proposed.
    kinds: Vec<String>,
    /// Levels at which it is proposed.
    levels: Vec<String>,
    /// How long it lasts; null when it is done once.
    term: Option<Text>,
    /// with_warning or by_hand.
    undo: String,
    /// How it ends, in words.
    undo_how: String,
}

/// Measures.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Measures {
    /// In the order of the catalogue.
    measures: Vec<MeasureRow>,
}

/// Which measures.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct MeasureQuery {
    /// Proposed for this kind of warning; needs `level`.
    kind: Option<String>,
    /// Proposed at this level; needs `kind`.
    level: Option<String>,
}

fn lasts(count: u16, zh: &str, en: &str) -> Text {
    Text { zh: format!("{count}{zh}"), en: format!("{count} {en}") }
}

fn row(rule: &MeasureRule) -> MeasureRow {
    MeasureRow {
        id: rule.id.clone(),
        zh: rule.zh.clone(),
        en: rule.en.clone(),
        basis: rule.basis.clone(),
        scope: rule.scope.clone(),
        powers: rule.powers.clone(),
        kinds: rule.kinds.clone(),
        levels: rule.levels.iter().map(|level| level.word().into()).collect(),
        term: rule.term.map(|term| match term {
            Term::Hours(count) => lasts(count, "小时", "hours"),
            Term::WorkingDays(count) => lasts(count, "个工作日", "working days"),
            Term::Days(count) => lasts(count, "天", "days"),
        }),
        undo: match rule.undo {
            Undo::WithWarning => "with_warning",
            Undo::ByHand => "by_hand",
        }
        .into(),
        undo_how: rule.undo_how.clone(),
    }
}

/// What measures mean, and which are proposed for a kind and level of warning.
#[utoipa::path(get, path = "/api/v1/measures", operation_id = "measures", params(MeasureQuery),
    responses((status = 200, body = Measures), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn measures(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<MeasureQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let query = asked(query)?;
    let rules = rules(&shared);
    let catalogue = &rules.catalogue;
    let measures = match (&query.kind, query.level.as_deref().map(level)) {
        (None, None) => catalogue.measure.iter().map(row).collect(),
        (Some(kind), Some(Some(level))) => catalogue.proposed(kind, level).map(row).collect(),
        (_, Some(None)) => return Err(Problem::new(Kind::BadRequest, "level: no such level")),
        _ => return Err(Problem::new(Kind::BadRequest, "kind and level go together")),
    };
    Ok(told(&headers, &Measures { measures }))
}

/// What is proposed on a task: by the model for its warning, and by the catalogue for its kind and
/// level. Nothing of it is in force before a person decides.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/proposals", operation_id = "proposals",
    params(("id" = String, Path)), responses((status = 200, body = Measures), (status = 304),
    (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn proposals(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::ReadTasks)?;
    let task = id(path)?;
    let rules = rules(&shared);
    let measures = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let seen = view.task(&task).ok_or_else(|| none("task"))?;
        let Some(warning) = view.warning(&seen.task.warning).filter(|one| one.open) else {
            return Ok(Vec::new());
        };
        let ruling = view.ruling(warning);
        let level = ruling.map_or(Some(warning.level), |one| one.treated_at(warning.level));
        // A finding that it was not so proposes nothing.
        let Some(level) = level else { return Ok(Vec::new()) };
        let lowered = level != warning.level;
        let of_model = warning.measures.iter().filter(|_| !lowered);
        let of_model = of_model.filter_map(|id| rules.catalogue.measure(id));
        let mut found: Vec<&MeasureRule> = of_model.collect();
        for rule in rules.catalogue.proposed(&warning.kind, level) {
            if found.iter().all(|known| known.id != rule.id) {
                found.push(rule);
            }
        }
        Ok::<_, Problem>(found.into_iter().map(row).collect())
    })?;
    Ok(told(&headers, &Measures { measures }))
}
