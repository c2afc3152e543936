//! What is sent with an act? The bodies of requests, and their schemas.

use crate::desk::{Finding, Verdict};
use crate::http::api::shapes::Task;
use crate::http::problem::{Kind, Problem, unreadable};
use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A body that is a JSON object. An array would be read too, as the fields by their order; the
/// document knows nothing of that.
pub(in crate::http) struct Object<T>(pub(in crate::http) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Object<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read = Json::<Box<RawValue>>::from_request(request, state).await;
        let Json(text) = read.map_err(|why| match why.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::TooLarge, why.body_text()),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Problem::new(Kind::UnsupportedMedia, why.body_text())
            }
            _ => unreadable(&why.body_text()),
        })?;
        object(text.get().as_bytes()).map(Self)
    }
}

/// Reads an object.
///
/// # Errors
/// When it is none, or not as its schema says.
pub(super) fn object<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(unreadable("the body must be an object"));
    }
    serde_json::from_slice(text).map_err(|why| unreadable(&why.to_string()))
}

/// What goes with a step. Which fields a step needs is told in docs/api.md.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct ActBody {
    /// Why. Citizen ids in it are masked.
    pub(super) reason: String,
    /// For how long the task is held.
    pub(super) lease_minutes: Option<u32>,
    /// The agency that gets it.
    pub(super) agency: Option<String>,
    /// The agencies that take part.
    pub(super) partners: Vec<String>,
    /// The account that approved that the clock stops.
    pub(super) approver: Option<String>,
    /// What was found.
    #[schema(value_type = Option<FindingBody>)]
    pub(super) finding: Option<Finding>,
    /// The measure that is decided, pushed, answered or lifted.
    pub(super) measure: Option<MeasureBody>,
}

/// What a step says of a measure.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct MeasureBody {
    /// Its id in the catalogue.
    pub(super) id: String,
    /// initiate: the agencies that are asked; push: some of them, all when empty.
    #[serde(default)]
    pub(super) agencies: Vec<String>,
    /// initiate: what it covers; as in the catalogue when missing.
    #[serde(default)]
    pub(super) scope: Option<String>,
    /// respond: whether the agency takes part.
    #[serde(default)]
    pub(super) accepts: Option<bool>,
}

/// A finding, as it is handed in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of a finding")]
struct FindingBody {
    /// confirmed, partly, unfounded or unverified.
    outcome: String,
    /// Why, by the agency's list.
    code: String,
    /// Amount concerned, in fen.
    amount_fen: Option<i64>,
    /// Passed to the police or a court.
    referred: Option<bool>,
    /// Put right.
    rectified: Option<bool>,
    /// Results of an inspection: they become an event `inspection.completed` about the enterprise.
    items: Option<Vec<ItemBody>>,
}

/// A result of an inspection.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of an item")]
struct ItemBody {
    /// What was looked at.
    code: String,
    /// A word of the contract, e.g. ok, rectify, case_filed.
    result: String,
}

/// What is pulled.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct PullBody {
    /// Of this agency; the caller's own by default.
    pub(super) agency: Option<String>,
    /// So many at most: 1 to 50; 1 by default.
    pub(super) max: Option<usize>,
    /// For how long they are held; 60 by default.
    pub(super) lease_minutes: Option<u32>,
}

/// The tasks that were pulled.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Pulled {
    /// Now held by the caller.
    pub(super) tasks: Vec<Task>,
}

/// A verdict on a pair.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct VerdictBody {
    /// same, different or unsure.
    #[schema(value_type = String)]
    pub(super) verdict: Verdict,
    /// Why. Citizen ids in it are masked.
    pub(super) reason: String,
    /// `version` of the pair as its author saw it.
    pub(super) version: u32,
}
