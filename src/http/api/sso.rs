//! How does somebody come in by the identity provider? Sent there, and taken when sent back.
//!
//! Invariant: a browser is sent to the provider's address or to a path of this service, nowhere
//! else; a failed login is in the audit, and a browser is told of it on the console's own page.

use crate::access::accounts::Begun;
use crate::http::Shared;
use crate::http::api::ProblemBody;
use crate::http::api::caller::{cookie_of, secure, set_cookie};
use crate::http::api::lists::{asked, none};
use crate::http::api::users::apart;
use crate::http::problem::{Kind, Problem};
use crate::oidc::{Answer, CALLBACK, LOGIN_SECONDS, Provider, Refused, is_place};
use crate::source::live::wall_clock;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use utoipa::IntoParams;

/// The cookie of a login on its way: sent along when the provider sends the browser back, which is
/// why it is not `Strict`.
const LOGIN_COOKIE: &str = "vestigo_login";

/// Where to go after the login.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct BeginQuery {
    /// A path of this service; `/` unless given.
    to: Option<String>,
}

/// What the provider sends back. It may add more.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct AnswerQuery {
    /// What stands for the token.
    code: Option<String>,
    /// Which login it was.
    state: Option<String>,
    /// Why the provider lets nobody in.
    error: Option<String>,
    /// Who answers (RFC 9207).
    iss: Option<String>,
}

fn provider(shared: &Shared) -> Result<&Provider, Problem> {
    shared.handles.oidc.as_deref().ok_or_else(|| none("identity provider"))
}

fn login_cookie(shared: &Shared, value: &str, seconds: i64) -> String {
    let secure = secure(shared);
    format!(
        "{LOGIN_COOKIE}={value}; Path={CALLBACK}; HttpOnly; SameSite=Lax; \
         Max-Age={seconds}{secure}"
    )
}

/// Sends a browser on; what it was asked with is told to nobody.
fn sent_to(place: &str) -> Response {
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, place);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    let value = HeaderValue::from_str(cookie).expect("a cookie is ASCII");
    response.headers_mut().append(SET_COOKIE, value);
    response
}

/// A problem; a person sees it on the console's page, which knows the word.
fn told(headers: &HeaderMap, problem: Problem) -> Response {
    let mut accepted = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    if accepted.any(|value| value.contains("text/html")) {
        return sent_to(&format!("/?refused={}", problem.word()));
    }
    problem.into_response()
}

fn refused(why: &Refused) -> Problem {
    let detail = why.to_string();
    match why {
        Refused::NotBegun
        | Refused::Spent
        | Refused::Declined
        | Refused::Code
        | Refused::Token(_) => Problem::new(Kind::LoginRefused, detail),
        Refused::Down(_) => Problem::new(Kind::ProviderDown, detail).again_after(5),
        Refused::Busy => Problem::new(Kind::RateLimited, detail).again_after(5),
    }
}

/// Sends the browser to the identity provider.
#[utoipa::path(get, path = "/api/v1/session/oidc", operation_id = "begin_single_sign_on",
    params(BeginQuery), responses(
    (status = 303, description = "To the identity provider"), (status = 400, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 429, body = ProblemBody),
    (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn begin(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    query: Result<Query<BeginQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let provider = provider(&shared)?;
    let to = asked(query)?.to.unwrap_or_else(|| "/".into());
    if !is_place(&to) {
        let detail = "\"to\" must be a path of this service, such as /alerts";
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    Ok(match provider.begin(&to, wall_clock()).await {
        Ok(begun) => {
            let cookie = login_cookie(&shared, &begun.cookie, LOGIN_SECONDS);
            with_cookie(sent_to(&begun.url), &cookie)
        }
        Err(why) => told(&headers, refused(&why)),
    })
}

/// Begins a session of whom the identity provider vouches for, and sends the browser on.
#[utoipa::path(get, path = "/api/v1/session/oidc/callback", operation_id = "finish_single_sign_on",
    params(AnswerQuery), responses(
    (status = 303, description = "To where the login was begun from"),
    (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 429, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn finish(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    query: Result<Query<AnswerQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let provider = provider(&shared)?;
    // The query holds the code: what is wrong with it is not repeated.
    let bad = |_| Problem::new(Kind::BadRequest, "the query is no answer of a provider");
    let Query(query) = query.map_err(bad)?;
    let done = entered(&shared, provider, &headers, &query).await;
    let response = match done {
        Ok((begun, to)) => {
            let seconds = (begun.ends_at.0 - wall_clock().0) / 1_000;
            with_cookie(sent_to(&to), &set_cookie(&shared, &begun.token, seconds))
        }
        Err(problem) => told(&headers, problem),
    };
    Ok(with_cookie(response, &login_cookie(&shared, "", 0)))
}

async fn entered(
    shared: &Shared,
    provider: &Provider,
    headers: &HeaderMap,
    query: &AnswerQuery,
) -> Result<(Begun, String), Problem> {
    let cookie = cookie_of(headers, LOGIN_COOKIE).unwrap_or_default();
    let answer = Answer {
        code: query.code.as_deref(),
        state: query.state.as_deref(),
        error: query.error.as_deref(),
        issuer: query.iss.as_deref(),
    };
    let (vouched, to) = match provider.finish(cookie, answer, wall_clock()).await {
        Ok(done) => done,
        Err(why) => {
            stray(shared, why.word(), None).await?;
            return Err(refused(&why));
        }
    };
    let subject = vouched.subject.clone();
    let grant = vouched.grant.clone();
    let entering = apart(shared, move |accounts| accounts.enter(&vouched, wall_clock())).await;
    let (begun, is_new) = match entering {
        Ok(entered) => entered,
        Err(problem) => {
            stray(shared, problem.word(), Some(&subject)).await?;
            return Err(problem);
        }
    };
    let id = &begun.who.id;
    if is_new {
        let detail = json!({ "did": "made", "by": "oidc", "grant": grant });
        shared.audit(id, "account", id, detail).await?;
    }
    shared.audit(id, "login", id, json!({ "by": "oidc", "grant": grant })).await?;
    Ok((begun, to))
}

/// Tells the audit of a login that failed.
async fn stray(shared: &Shared, why: &str, subject: Option<&str>) -> Result<(), Problem> {
    // Strangers must not crowd out what is told of somebody.
    let [strangers, vouched] = &shared.strays;
    let strays = if subject.is_some() { vouched } else { strangers };
    let Some(more) = strays.tell(Instant::now()) else { return Ok(()) };
    let detail = json!({ "by": "oidc", "refused": why, "subject": subject, "untold_before": more });
    shared.audit("nobody", "login", "oidc", detail).await
}
