//! What is known of an enterprise? What is registered, who is in it, its index, warnings and pairs.
//!
//! Persons are pseudonyms and masked; contacts too. Who works a case may have them revealed, with a
//! purpose, and the audit tells of it.

use crate::access::{Doing, View};
use crate::event::Body;
use crate::graph::{Holder, Office, Owner, Profile, Timeline};
use crate::http::Shared;
use crate::http::api::bodies::Object;
use crate::http::api::enterprises::about;
use crate::http::api::page::told;
use crate::http::api::shapes::{self, Index, Pair, Warning};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::Problem;
use crate::id::EntityId;
use crate::time::Day;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A registered item over valid time.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Dated {
    /// From this day; null when only its end is known.
    from: Option<String>,
    /// First day on which it no longer held.
    until: Option<String>,
    /// The value.
    value: String,
    /// The event that says so.
    event: String,
}

/// A person in an office, masked.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Post {
    /// A pseudonym, masked unless revealed.
    person: String,
    /// legal_rep, holder, director, supervisor, manager, finance or liaison.
    office: String,
    /// Share in percent, of a holder.
    pct: Option<f64>,
    /// From this day.
    from: Option<String>,
    /// First day on which it no longer held.
    until: Option<String>,
}

/// A holder or controller.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Party {
    /// The enterprise's code; null for a person.
    enterprise: Option<String>,
    /// A person's pseudonym, masked unless revealed.
    person: Option<String>,
    /// Percent.
    pct: Option<f64>,
}

/// A month of a series.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct MonthValue {
    /// `YYYY-MM`.
    month: String,
    /// The value.
    value: i64,
}

/// An enterprise.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Enterprise {
    /// Its code.
    uscc: String,
    /// Its name in use.
    name: String,
    /// GB/T 2260 division.
    division: String,
    /// active or ended.
    status: String,
    /// When the registration ended.
    ended_on: Option<String>,
    /// Date of establishment.
    established_on: Option<String>,
    /// Industry (GB/T 4754).
    industry: Option<String>,
    /// Business scope.
    scope: Option<String>,
    /// The registry's type code.
    entity_type: Option<String>,
    /// Subscribed capital, in fen.
    subscribed_fen: Option<i64>,
    /// Paid-in capital, in fen.
    paid_fen: Option<i64>,
    /// Names over time.
    names: Vec<Dated>,
    /// Registered addresses over time.
    domiciles: Vec<Dated>,
    /// Persons in offices, present and former.
    posts: Vec<Post>,
    /// Holders at present.
    holders: Vec<Party>,
    /// Who controls it (over 50 % of the votes).
    controllers: Vec<Party>,
    /// Phones at present, masked unless revealed.
    phones: Vec<String>,
    /// E-mail addresses at present, masked unless revealed.
    emails: Vec<String>,
    /// Its index.
    index: Option<Index>,
    /// Its warnings.
    warnings: Vec<Warning>,
    /// Its pairs. Left out for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<Pair>>,
    /// Insured persons by month.
    headcount: Vec<MonthValue>,
    /// Revenue by month, in fen.
    revenue_fen: Vec<MonthValue>,
    /// Whether persons and contacts are shown in clear.
    revealed: bool,
}

/// Why something masked is to be seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Reveal {
    /// The purpose, in words: written into the audit.
    purpose: String,
    /// The case it is for: a task or a warning.
    case: Option<String>,
}

fn day(day: Day) -> Option<String> {
    (day != Timeline::<()>::UNKNOWN).then(|| day.to_string())
}

fn dated<T>(line: &Timeline<T>, text: impl Fn(&T) -> String) -> Vec<Dated> {
    line.spans()
        .map(|span| Dated {
            from: day(span.from),
            until: span.until.and_then(day),
            value: text(span.value),
            event: span.event.as_str().to_owned(),
        })
        .collect()
}

fn person(key: crate::id::PersonKey, clear: bool) -> String {
    let whole = format!("P:{:032x}", key.0);
    if clear { whole } else { shapes::masked(&whole) }
}

fn office(office: Office) -> &'static str {
    match office {
        Office::LegalRep => "legal_rep",
        Office::Holder => "holder",
        Office::Officer(role) => role.word(),
        Office::Liaison => "liaison",
    }
}

fn holders(view: &View<'_>, profile: &Profile, clear: bool) -> Vec<Party> {
    let stakes = profile.holders.current().map_or(&[][..], |stakes| &stakes[..]);
    let party = |stake: &crate::graph::Stake| Party {
        enterprise: match stake.owner {
            Some(Owner::Enterprise(entity)) => Some(view.code(entity)),
            _ => None,
        },
        person: match stake.owner {
            Some(Owner::Person(key)) => Some(person(key, clear)),
            _ => None,
        },
        pct: stake.pct,
    };
    stakes.iter().map(party).collect()
}

fn controllers(view: &View<'_>, entity: EntityId, clear: bool) -> Vec<Party> {
    let party = |controller: crate::graph::Controller| {
        let (enterprise, person) = match controller.party {
            Holder::Enterprise(entity) => (Some(view.code(entity)), None),
            Holder::Person(key) => (None, Some(person(key, clear))),
        };
        Party { enterprise, person, pct: Some(shapes::rounded(controller.pct)) }
    };
    view.controllers(entity).into_iter().map(party).collect()
}

fn words_of(line: &Timeline<Arc<[Box<str>]>>, clear: bool) -> Vec<String> {
    let words = line.current().map_or(&[][..], |words| &words[..]);
    words.iter().map(|w| if clear { w.to_string() } else { shapes::masked(w) }).collect()
}

fn series(profile: &Profile) -> (Vec<MonthValue>, Vec<MonthValue>) {
    let mut headcount = Vec::new();
    for event in profile.staff.all() {
        if let Body::Staff(staff) = &event.body {
            let (month, value) = (staff.month.to_string(), i64::from(staff.headcount));
            headcount.push(MonthValue { month, value });
        }
    }
    let mut revenue = Vec::new();
    for event in profile.activity.all() {
        if let Body::Activity(activity) = &event.body
            && let Some(fen) = activity.revenue_fen
        {
            revenue.push(MonthValue { month: activity.month.to_string(), value: fen.0 });
        }
    }
    (headcount, revenue)
}

fn enterprise(view: &View<'_>, entity: EntityId, clear: bool) -> Option<Enterprise> {
    let profile = view.profile(entity)?;
    let (headcount, revenue_fen) = series(profile);
    let post = |post: crate::graph::Post<'_>| Post {
        person: person(post.person, clear),
        office: office(post.office).into(),
        pct: post.pct,
        from: day(post.from),
        until: post.until.and_then(day),
    };
    let warnings = view.warnings_of(entity);
    Some(Enterprise {
        uscc: view.code(entity),
        name: view.name(entity),
        division: profile.division().to_owned(),
        status: if profile.ended_on().is_some() { "ended" } else { "active" }.into(),
        ended_on: profile.ended_on().map(|day| day.to_string()),
        established_on: profile.established_on.map(|day| day.to_string()),
        industry: profile.industries.current().map(ToString::to_string),
        scope: profile.scopes.current().map(|scope| scope.text.to_string()),
        entity_type: profile.entity_types.current().map(ToString::to_string),
        subscribed_fen: profile.subscribed.current().map(|fen| fen.0),
        paid_fen: profile.paid.map(|fen| fen.0),
        names: dated(&profile.names, |named| named.text.to_string()),
        domiciles: dated(&profile.domiciles, |place| place.text.to_string()),
        posts: profile.posts().into_iter().map(post).collect(),
        holders: holders(view, profile, clear),
        controllers: controllers(view, entity, clear),
        phones: words_of(&profile.phones, clear),
        emails: words_of(&profile.emails, clear),
        index: view.index(entity).map(|index| shapes::index(view, index, true)),
        warnings: warnings.into_iter().map(|one| shapes::warning(view, one, false)).collect(),
        pairs: view.who().may(Doing::ReadPairs).then(|| {
            let pairs = view.pairs_of(entity).into_iter();
            pairs.map(|one| shapes::pair(view, one, false)).collect()
        }),
        headcount,
        revenue_fen,
        revealed: clear,
    })
}

/// An enterprise: what is registered, its index, warnings and pairs.
#[utoipa::path(get, path = "/api/v1/enterprises/{uscc}", operation_id = "enterprise", params(("uscc" = String, Path)),
    responses(
    (status = 200, body = Enterprise), (status = 304), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn show(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let found = about(&shared, &caller, path, |view, entity| enterprise(view, entity, false))?;
    Ok(told(&headers, &found))
}

/// An enterprise with persons and contacts in clear, for a purpose. The audit tells of it.
#[utoipa::path(post, path = "/api/v1/enterprises/{uscc}/reveal",
    params(("uscc" = String, Path)), request_body = Reveal, responses(
    (status = 200, body = Enterprise), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 415, body = ProblemBody),
    (status = 422, body = ProblemBody)
))]
pub(in crate::http) async fn reveal(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    body: Result<Object<Reveal>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Reveal)?;
    let Object(reveal) = body?;
    if reveal.purpose.trim().is_empty() {
        return Err(Problem::field("/purpose", "must not be empty"));
    }
    let found = about(&shared, &caller, path, |view, entity| enterprise(view, entity, true))?;
    // First the record, then what it is about.
    let detail = serde_json::json!({
        "purpose": crate::event::mask(&reveal.purpose),
        "case": reveal.case,
    });
    shared.audit(&caller.0.id, "reveal", &found.uscc, detail).await?;
    Ok(Json(found).into_response())
}
