//! Who calls? A session's cookie or a machine's key, checked before anything else is done.
//!
//! A request of a session that changes something carries the session's token in a header too: a
//! page of another origin cannot send it. Invariant: without accounts the caller is whoever sits
//! at the machine, and the server listens on the loopback alone.

use crate::access::accounts::Accounts;
use crate::access::{Doing, Who};
use crate::http::api::OPEN;
use crate::http::problem::{Kind, Problem};
use crate::http::{Condition, Gate, Shared, console};
use crate::source::live::wall_clock;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The cookie of a session.
pub(super) const COOKIE_NAME: &str = "vestigo_session";
/// The header of its token.
pub(super) const CSRF_HEADER: &str = "x-csrf-token";

/// Who calls.
#[derive(Clone, Debug)]
pub(in crate::http) struct Caller(pub(in crate::http) Arc<Who>);

impl Caller {
    /// Whether it may.
    ///
    /// # Errors
    /// When none of its roles may.
    pub(in crate::http) fn needs(&self, doing: Doing) -> Result<(), Problem> {
        if self.0.may(doing) {
            return Ok(());
        }
        let roles: Vec<&str> = doing.roles().iter().map(|role| role.word()).collect();
        let detail = format!("this needs one of the roles {}", roles.join(", "));
        Err(Problem::new(Kind::Forbidden, detail))
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Shared>) -> Result<Self, Problem> {
        // `check` put it there; a route without it answers nobody.
        parts.extensions.get::<Self>().cloned().ok_or_else(unknown)
    }
}

fn unknown() -> Problem {
    let detail = "log in (POST /api/v1/session), or send a key as Authorization: Bearer";
    Problem::new(Kind::Unauthorized, detail)
}

/// The session's token, where a cookie brings one.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    cookie_of(headers, COOKIE_NAME)
}

/// What a cookie of a name holds.
pub(super) fn cookie_of<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim())
}

/// The cookie: kept from scripts and other sites.
pub(super) fn set_cookie(shared: &Shared, token: &str, seconds: i64) -> String {
    let secure = secure(shared);
    format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// What keeps a cookie to TLS: left out on the loopback alone.
pub(super) fn secure(shared: &Shared) -> &'static str {
    let proxied = shared.handles.oidc.as_ref().is_some_and(|one| one.is_over_tls());
    let open = shared.config.tls.is_none() && shared.config.address.ip().is_loopback() && !proxied;
    if open { "" } else { "; Secure" }
}

fn of(accounts: &Accounts, method: &Method, headers: &HeaderMap) -> Result<Caller, Problem> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let key = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let who = key.and_then(|key| accounts.key(key.trim())).ok_or_else(unknown)?;
        return Ok(Caller(Arc::new(who)));
    }
    let token = cookie(headers).ok_or_else(unknown)?;
    let (who, csrf, _) = accounts.session(token, wall_clock()).ok_or_else(unknown)?;
    let told = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if !matches!(*method, Method::GET | Method::HEAD) && told != Some(csrf.as_str()) {
        let detail = format!("send the session's csrf token in the header {CSRF_HEADER}");
        return Err(Problem::new(Kind::CsrfMissing, detail));
    }
    Ok(Caller(Arc::new(who)))
}

/// Lets a request through when it says who calls, within the caller's rate.
pub(in crate::http) async fn check(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let open = OPEN.contains(&path) || console::is_for(request.method(), path);
    let found = match &shared.handles.gate {
        Gate::Open => Ok(Caller(Arc::new(Who::local()))),
        Gate::Accounts(accounts) => of(accounts, request.method(), request.headers()),
    };
    match found {
        Ok(caller) => {
            if let Err(problem) = shared.rates.take(&caller.0.id) {
                return problem.into_response();
            }
            request.extensions_mut().insert(caller);
        }
        Err(problem) if !open => return problem.into_response(),
        Err(_) => {}
    }
    if reads_early(&shared, &request) {
        let detail = "the journal is replayed: ask again when /health/ready says so";
        let seconds = shared.config.retry_after_seconds;
        return Problem::new(Kind::NotReady, detail).again_after(seconds).into_response();
    }
    next.run(request).await
}

/// Whether a read would see less than what was told before the start.
fn reads_early(shared: &Shared, request: &Request) -> bool {
    /// They tell how far the start is, or nothing of the stand.
    const EARLY: [&str; 3] = ["/api/v1/status", "/api/v1/dead-letters", "/api/v1/openapi.json"];
    let path = request.uri().path();
    *request.method() == Method::GET
        && path.starts_with("/api/v1/")
        && !EARLY.iter().any(|early| path.starts_with(early))
        && shared.handles.health.condition() == Condition::Starting
}
