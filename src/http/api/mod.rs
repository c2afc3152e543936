//! What does the API know? Reads, acts, accounts and the stream, version 1.
//!
//! Every handler gets a [`Caller`] and reads through its view. Invariant: a path that is not in
//! [`OPEN`] answers nobody that it does not know. The OpenAPI document is made from the handlers.

mod about;
mod acts;
mod bodies;
mod caller;
mod chains;
mod command;
mod demo;
mod enterprises;
mod groups;
mod joint;
mod lists;
mod matters;
mod models;
mod money;
mod page;
mod profile;
mod promotions;
mod query;
mod rate;
mod relations;
mod samples;
mod shadow;
mod shapes;
mod sso;
mod stream;
mod upkeep;
mod users;
mod worked;

pub use about::{Agency, Category, Cuts, Indicator};
pub(in crate::http) use caller::{Caller, check};
pub use demo::{Cities, CityState, DemoCity};
pub use lists::Source;
pub(in crate::http) use page::Cursors;
pub(in crate::http) use rate::{Rates, STRANGERS_MAX, Strays, VOUCHED_MAX};

use crate::http::Shared;
use crate::http::problem::PROBLEM_JSON;
use axum::Json;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use std::sync::Arc;
use utoipa::openapi::{Content, RefOr};
use utoipa::{Modify, OpenApi};

/// Paths that answer everybody.
pub(in crate::http) const OPEN: [&str; 7] = [
    "/api/v1/openapi.json",
    "/api/v1/setup",
    "/api/v1/session",
    "/api/v1/session/oidc",
    "/api/v1/session/oidc/callback",
    "/health/live",
    "/health/ready",
];

/// The document of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vestigo",
        description = "Warnings, enterprises, pairs and tasks of a running service.",
        version = "1"
    ),
    paths(
        lists::warnings,
        lists::warning,
        lists::pairs,
        lists::pair,
        lists::tasks,
        lists::task,
        lists::sources,
        about::models,
        models::worth,
        shadow::shadow,
        promotions::list,
        promotions::show,
        promotions::propose,
        promotions::roll_back,
        promotions::decide,
        groups::list,
        enterprises::list,
        profile::show,
        enterprises::timeline,
        enterprises::index,
        relations::relations,
        relations::flows,
        relations::graph,
        money::payments,
        money::paths,
        chains::chains,
        command::load,
        command::shore,
        command::map,
        upkeep::feeds,
        upkeep::check_audit,
        profile::reveal,
        query::query,
        stream::stream,
        acts::pull,
        acts::act,
        acts::verdict,
        joint::measures,
        joint::proposals,
        matters::list,
        matters::show,
        matters::open,
        matters::end,
        samples::list,
        samples::show,
        samples::make,
        demo::show,
        demo::begin,
        users::set_up_state,
        users::set_up,
        users::log_in,
        users::me_,
        users::log_out,
        sso::begin,
        sso::finish,
        users::list_accounts,
        users::add_account,
        users::amend_account,
        users::keys,
        users::add_key,
        users::remove_key,
        users::audit,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Media)
)]
struct Document;

/// Says in the document by which media type problems are sent.
struct Media;

impl Modify for Media {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let problem = |content: &RefOr<Content>| match content {
            RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) => {
                schema.ref_location.ends_with("/ProblemBody")
            }
            _ => false,
        };
        for item in document.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                for response in operation.responses.responses.values_mut() {
                    let RefOr::T(response) = response else { continue };
                    if response.content.get("application/json").is_some_and(problem)
                        && let Some(content) = response.content.shift_remove("application/json")
                    {
                        response.content.insert(PROBLEM_JSON.to_owned(), content);
                    }
                }
            }
        }
    }
}

/// A problem (RFC 9457).
#[derive(serde::Serialize, utoipa::ToSchema)]
struct ProblemBody {
    /// `urn:vestigo:problem:` and a word.
    r#type: String,
    /// What kind of problem.
    title: String,
    /// The status.
    status: u16,
    /// What to do about it.
    detail: String,
    /// Fields of the body that are not as they must be.
    errors: Option<Vec<FieldError>>,
}

/// A field that is not as it must be.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct FieldError {
    /// JSON pointer.
    pointer: String,
    /// The rule.
    message: String,
}

/// The OpenAPI document, as it is served.
pub fn document() -> String {
    Document::openapi().to_pretty_json().expect("a document is JSON")
}

/// `GET /api/v1/openapi.json`.
async fn openapi() -> Response {
    Json(Document::openapi()).into_response()
}

/// The paths of the API beside events and dead letters.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/warnings", get(lists::warnings))
        .route("/api/v1/warnings/{id}", get(lists::warning))
        .route("/api/v1/pairs", get(lists::pairs))
        .route("/api/v1/pairs/{id}", get(lists::pair))
        .route("/api/v1/pairs/{id}/verdicts", post(acts::verdict))
        .route("/api/v1/tasks", get(lists::tasks))
        .route("/api/v1/tasks/pull", post(acts::pull))
        .route("/api/v1/tasks/{id}", get(lists::task))
        .route("/api/v1/tasks/{id}/{act}", post(acts::act))
        .route("/api/v1/tasks/{id}/proposals", get(joint::proposals))
        .route("/api/v1/measures", get(joint::measures))
        .route("/api/v1/matters", get(matters::list).post(matters::open))
        .route("/api/v1/matters/{id}", get(matters::show))
        .route("/api/v1/matters/{id}/end", post(matters::end))
        .route("/api/v1/samples", get(samples::list).post(samples::make))
        .route("/api/v1/samples/{id}", get(samples::show))
        .route("/api/v1/sources", get(lists::sources))
        .route("/api/v1/models", get(about::models))
        .route("/api/v1/models/quality", get(models::worth))
        .route("/api/v1/models/shadow", get(shadow::shadow))
        .route("/api/v1/models/promotions", get(promotions::list))
        .route("/api/v1/models/promotions/{id}", get(promotions::show))
        .route("/api/v1/models/promotions/{id}/{act}", post(promotions::decide))
        .route("/api/v1/models/rollback", post(promotions::roll_back))
        .route("/api/v1/models/{version}/promotions", post(promotions::propose))
        .route("/api/v1/groups", get(groups::list))
        .route("/api/v1/enterprises", get(enterprises::list))
        .route("/api/v1/enterprises/{uscc}", get(profile::show))
        .route("/api/v1/enterprises/{uscc}/timeline", get(enterprises::timeline))
        .route("/api/v1/enterprises/{uscc}/index", get(enterprises::index))
        .route("/api/v1/enterprises/{uscc}/relations", get(relations::relations))
        .route("/api/v1/enterprises/{uscc}/flows", get(relations::flows))
        .route("/api/v1/enterprises/{uscc}/graph", get(relations::graph))
        .route("/api/v1/enterprises/{uscc}/reveal", post(profile::reveal))
        .route("/api/v1/query", post(query::query))
        .route("/api/v1/enterprises/{uscc}/payments", get(money::payments))
        .route("/api/v1/paths", get(money::paths))
        .route("/api/v1/chains", get(chains::chains))
        .route("/api/v1/load", get(command::load))
        .route("/api/v1/shore", get(command::shore))
        .route("/api/v1/map", get(command::map))
        .route("/api/v1/feeds", get(upkeep::feeds))
        .route("/api/v1/stream", get(stream::stream))
        .route("/api/v1/setup", get(users::set_up_state).post(users::set_up))
        .route("/api/v1/setup/demo", get(demo::show).post(demo::begin))
        .route("/api/v1/session", get(users::me_).post(users::log_in).delete(users::log_out))
        .route("/api/v1/session/oidc", get(sso::begin))
        .route("/api/v1/session/oidc/callback", get(sso::finish))
        .route("/api/v1/accounts", get(users::list_accounts).post(users::add_account))
        .route("/api/v1/accounts/{id}", patch(users::amend_account))
        .route("/api/v1/keys", get(users::keys).post(users::add_key))
        .route("/api/v1/keys/{id}", axum::routing::delete(users::remove_key))
        .route("/api/v1/audit", get(users::audit))
        .route("/api/v1/audit/check", get(upkeep::check_audit))
}
