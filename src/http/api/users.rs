//! Who may come in? The first administrator, sessions, accounts and keys.
//!
//! Passwords are hashed away from the threads that answer, a few at a time. Invariant: no secret
//! is told but to whom it was made for, once.

use crate::access::accounts::{Accounts, Begun, Denied, Grant, Listed};
use crate::access::{Doing, Role, Who, audit};
use crate::http::api::bodies::Object;
use crate::http::api::caller::{cookie, set_cookie};
use crate::http::api::joint::rules;
use crate::http::api::lists::{asked, none};
use crate::http::api::page::limit;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::http::{Gate, Shared};
use crate::source::live::wall_clock;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct SetupBody {
    /// The one-time token of the file that the log names.
    token: String,
    /// A name to log in with.
    name: String,
    /// At least 12 characters.
    password: String,
}

/// A login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct LoginBody {
    /// The account's name.
    name: String,
    /// Its password.
    password: String,
}

/// Who somebody is.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Me {
    /// The account's or key's id.
    id: String,
    /// Its name.
    name: String,
    /// What it is for.
    roles: Vec<String>,
    /// Its agency.
    agency: Option<String>,
    /// Prefixes of its divisions.
    divisions: Vec<String>,
    /// What requests of this session that change something must carry in `X-CSRF-Token`.
    csrf: Option<String>,
    /// Until when the session lasts.
    ends_at: Option<String>,
}

/// What an account or key is for, and where.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct GrantBody {
    /// viewer, investigator, dispatcher, analyst, operator, auditor; of keys also feeder.
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    /// Its agency, of the routing table.
    #[serde(default)]
    agency: Option<String>,
    /// Prefixes of divisions; an empty prefix stands for all.
    divisions: Vec<String>,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AccountBody {
    /// A name to log in with.
    name: String,
    /// At least 12 characters.
    password: String,
    /// What it is for.
    grant: GrantBody,
}

/// A change of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AmendBody {
    /// What it is for from now on.
    #[serde(default)]
    grant: Option<GrantBody>,
    /// Whether it is switched off.
    disabled: bool,
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct KeyBody {
    /// What it is called.
    name: String,
    /// What it is for.
    grant: GrantBody,
}

/// An account or key.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Account {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it is for.
    roles: Vec<String>,
    /// Its agency.
    agency: Option<String>,
    /// Prefixes of its divisions.
    divisions: Vec<String>,
    /// Whether the identity provider vouches for it, and says what it is for at each login.
    vouched: bool,
    /// Whether it is switched off.
    disabled: bool,
    /// Since when.
    created_at: String,
}

/// All accounts, or all keys.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct AccountList {
    /// By id.
    accounts: Vec<Account>,
}

/// A new account's or key's id.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Made {
    /// Its id.
    id: String,
    /// The key itself: told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Which lines of the audit.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct AuditQuery {
    /// Lines before this number; the newest without.
    #[param(format = "uint64")]
    before: Option<u64>,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

/// Lines of the audit.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct AuditPage {
    /// Newest first.
    #[schema(value_type = Vec<Object>)]
    lines: Vec<audit::Line>,
}

fn accounts(shared: &Shared) -> Result<Arc<Accounts>, Problem> {
    match &shared.handles.gate {
        Gate::Accounts(accounts) => Ok(accounts.clone()),
        Gate::Open => {
            let detail = "this pipeline has no accounts: give it a table [access]";
            Err(Problem::new(Kind::NotFound, detail))
        }
    }
}

/// Works where it may take long: hashing, and writing of files.
pub(super) async fn apart<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce(&Accounts) -> Result<T, Denied> + Send + 'static,
) -> Result<T, Problem> {
    let accounts = accounts(shared)?;
    // A hash takes 19 MiB: a few at a time.
    let place = shared.hashing.clone().acquire_owned().await;
    let done = tokio::task::spawn_blocking(move || work(&accounts)).await;
    drop(place);
    let done = done.map_err(|_| Problem::new(Kind::Internal, "the accounts are at fault"))?;
    done.map_err(|denied| {
        let detail = denied.to_string();
        match denied {
            Denied::Wrong => Problem::new(Kind::Unauthorized, detail),
            Denied::Resting => Problem::new(Kind::RateLimited, detail).again_after(60),
            Denied::SetUp => Problem::new(Kind::NotAllowed, detail),
            Denied::Field(name, rule) => Problem::field(format!("/{name}"), rule),
            Denied::Unknown => none("account or key"),
            Denied::Disabled => Problem::new(Kind::Forbidden, detail),
            Denied::Ungranted => Problem::new(Kind::LoginNotGranted, detail),
            Denied::Io(error) => {
                tracing::error!(%error, "the accounts cannot be written");
                Problem::new(Kind::Internal, "the accounts cannot be written: see the log")
            }
        }
    })
}

fn grant(shared: &Shared, body: GrantBody, of_person: bool) -> Result<Grant, Problem> {
    let GrantBody { roles, agency, divisions } = body;
    if of_person && roles.contains(&Role::Feeder) {
        return Err(Problem::field("/grant/roles", "feeder is for keys"));
    }
    if agency.as_ref().is_some_and(|agency| !rules(shared).config.is_agency(agency)) {
        return Err(Problem::field("/grant/agency", "is no agency of the routing table"));
    }
    if let Some(at) = divisions.iter().position(|d| !d.bytes().all(|b| b.is_ascii_digit())) {
        return Err(Problem::field(format!("/grant/divisions/{at}"), "must be digits"));
    }
    let divisions = divisions.into_iter().map(Into::into).collect();
    Ok(Grant { roles, agency: agency.map(Into::into), divisions })
}

fn me(who: &Who, csrf: Option<String>, ends_at: Option<crate::time::Time>) -> Me {
    Me {
        id: who.id.to_string(),
        name: who.name.to_string(),
        roles: who.roles.iter().map(|role| role.word().into()).collect(),
        agency: who.agency.as_ref().map(ToString::to_string),
        divisions: who.divisions.iter().map(ToString::to_string).collect(),
        csrf,
        ends_at: ends_at.map(|time| time.to_string()),
    }
}

fn account(listed: Listed) -> Account {
    Account {
        id: listed.id.to_string(),
        name: listed.name.to_string(),
        roles: listed.grant.roles.iter().map(|role| role.word().into()).collect(),
        agency: listed.grant.agency.map(|agency| agency.to_string()),
        divisions: listed.grant.divisions.iter().map(ToString::to_string).collect(),
        vouched: listed.vouched,
        disabled: listed.disabled,
        created_at: listed.created_at.to_string(),
    }
}

fn made(id: &str, key: Option<String>) -> Response {
    let body = Json(Made { id: id.to_owned(), key });
    (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], body).into_response()
}

/// Whether the first administrator is still to be made.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SetupState {
    /// Whether it is.
    needed: bool,
    /// Whether an identity provider lets people in too (`GET /api/v1/session/oidc`).
    single_sign_on: bool,
}

/// Tells whether the first administrator is still to be made.
#[utoipa::path(get, path = "/api/v1/setup", responses((status = 200, body = SetupState)))]
pub(in crate::http) async fn set_up_state(State(shared): State<Arc<Shared>>) -> Response {
    let needed = matches!(&shared.handles.gate, Gate::Accounts(accounts) if accounts.is_new());
    let single_sign_on = shared.handles.oidc.is_some();
    ([(CACHE_CONTROL, "no-store")], Json(SetupState { needed, single_sign_on })).into_response()
}

/// Makes the first administrator, by the one-time token.
#[utoipa::path(post, path = "/api/v1/setup", request_body = SetupBody, responses(
    (status = 201, body = Made), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)
))]
pub(in crate::http) async fn set_up(
    State(shared): State<Arc<Shared>>,
    body: Result<Object<SetupBody>, Problem>,
) -> Result<Response, Problem> {
    let Object(body) = body?;
    let made_it = apart(&shared, move |accounts| {
        accounts.set_up(&body.token, &body.name, &body.password, wall_clock())
    });
    let id = made_it.await?;
    shared.audit(&id, "account", &id, json!({ "did": "set up" })).await?;
    Ok(made(&id, None))
}

/// Begins a session: the cookie, and the token that requests which change something must carry.
#[utoipa::path(post, path = "/api/v1/session", request_body = LoginBody, responses(
    (status = 200, body = Me), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 415, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 429, body = ProblemBody)
))]
pub(in crate::http) async fn log_in(
    State(shared): State<Arc<Shared>>,
    body: Result<Object<LoginBody>, Problem>,
) -> Result<Response, Problem> {
    let Object(body) = body?;
    let begun: Begun =
        apart(&shared, move |accounts| accounts.log_in(&body.name, &body.password, wall_clock()))
            .await?;
    shared.audit(&begun.who.id, "login", &begun.who.id, Value::Null).await?;
    let seconds = (begun.ends_at.0 - wall_clock().0) / 1_000;
    let cookie = set_cookie(&shared, &begun.token, seconds);
    let told = me(&begun.who, Some(begun.csrf), Some(begun.ends_at));
    let headers = [(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Json(told)).into_response())
}

/// Who the caller is.
#[utoipa::path(get, path = "/api/v1/session", operation_id = "me", responses(
    (status = 200, body = Me), (status = 401, body = ProblemBody)
))]
pub(in crate::http) async fn me_(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = match &shared.handles.gate {
        Gate::Open => None,
        Gate::Accounts(accounts) => {
            cookie(&headers).and_then(|token| accounts.session(token, wall_clock()))
        }
    };
    let session = session.filter(|(who, ..)| who.id == caller.0.id);
    let (csrf, ends_at) = session.map_or((None, None), |(_, csrf, end)| (Some(csrf), Some(end)));
    Ok(([(CACHE_CONTROL, "no-store")], Json(me(&caller.0, csrf, ends_at))).into_response())
}

/// Ends the session.
#[utoipa::path(delete, path = "/api/v1/session", responses(
    (status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn log_out(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = cookie(&headers).unwrap_or_default().to_owned();
    apart(&shared, move |accounts| accounts.log_out(&token)).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, set_cookie(&shared, "", 0))]).into_response())
}

/// All accounts.
#[utoipa::path(get, path = "/api/v1/accounts", operation_id = "accounts", responses(
    (status = 200, body = AccountList), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn list_accounts(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.needs(Doing::Administer)?;
    let all = accounts(&shared)?.accounts().into_iter().map(account).collect();
    Ok(Json(AccountList { accounts: all }).into_response())
}

/// Makes an account.
#[utoipa::path(post, path = "/api/v1/accounts", request_body = AccountBody, responses(
    (status = 201, body = Made), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)
))]
pub(in crate::http) async fn add_account(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<AccountBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Administer)?;
    let Object(body) = body?;
    let granted = grant(&shared, body.grant, true)?;
    let kept = granted.clone();
    let id = apart(&shared, move |accounts| {
        accounts.add(&body.name, &body.password, granted, wall_clock())
    });
    let id = id.await?;
    shared.audit(&caller.0.id, "account", &id, json!({ "did": "made", "grant": kept })).await?;
    Ok(made(&id, None))
}

/// Changes what an account is for, or switches it off; its sessions end.
#[utoipa::path(patch, path = "/api/v1/accounts/{id}", params(("id" = String, Path)),
    request_body = AmendBody, responses(
    (status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 415, body = ProblemBody),
    (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)
))]
pub(in crate::http) async fn amend_account(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    body: Result<Object<AmendBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Administer)?;
    let Path(id) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    if *caller.0.id == *id {
        let detail = "another administrator must change this account: nobody locks himself out";
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    let Object(body) = body?;
    let granted = body.grant.map(|body| grant(&shared, body, true)).transpose()?;
    let (kept, account, disabled) = (granted.clone(), id.clone(), body.disabled);
    apart(&shared, move |accounts| accounts.amend(&account, granted, disabled)).await?;
    let detail = json!({ "did": "amended", "grant": kept, "disabled": disabled });
    shared.audit(&caller.0.id, "account", &id, detail).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// All keys, without their secrets.
#[utoipa::path(get, path = "/api/v1/keys", responses(
    (status = 200, body = AccountList), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn keys(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.needs(Doing::Administer)?;
    let all = accounts(&shared)?.keys().into_iter().map(account).collect();
    Ok(Json(AccountList { accounts: all }).into_response())
}

/// Makes a key for a machine; it is told once.
#[utoipa::path(post, path = "/api/v1/keys", request_body = KeyBody, responses(
    (status = 201, body = Made), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)
))]
pub(in crate::http) async fn add_key(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<KeyBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Administer)?;
    let Object(body) = body?;
    let granted = grant(&shared, body.grant, false)?;
    let kept = granted.clone();
    let (id, key) =
        apart(&shared, move |accounts| accounts.add_key(&body.name, granted, wall_clock())).await?;
    shared.audit(&caller.0.id, "key", &id, json!({ "did": "made", "grant": kept })).await?;
    Ok(made(&id, Some(key)))
}

/// Takes a key back.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", params(("id" = String, Path)), responses(
    (status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)
))]
pub(in crate::http) async fn remove_key(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Administer)?;
    let Path(id) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    let key = id.clone();
    apart(&shared, move |accounts| accounts.remove_key(&key)).await?;
    shared.audit(&caller.0.id, "key", &id, json!({ "did": "taken back" })).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who did and saw what, newest first.
#[utoipa::path(get, path = "/api/v1/audit", params(AuditQuery), responses(
    (status = 200, body = AuditPage), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn audit(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Audit)?;
    let query = asked(query)?;
    let limit = limit(query.limit)?;
    let state = shared.handles.state.clone();
    let read = tokio::task::spawn_blocking(move || audit::lines(&state)).await;
    let fault = || Problem::new(Kind::Internal, "the audit cannot be read");
    let mut lines = read.map_err(|_| fault())?.map_err(|_| fault())?;
    lines.retain(|line| query.before.is_none_or(|before| line.seq < before));
    lines.reverse();
    lines.truncate(limit);
    Ok(Json(AuditPage { lines }).into_response())
}
