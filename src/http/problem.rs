//! What went wrong with a request? Problem details (RFC 9457) of a closed list of types.
//!
//! Invariant: a problem repeats nothing of a body, so no personal number.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The media type of a problem.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// The types of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    BadRequest,
    UnreadableBody,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    QueryTooLong,
    KeyInUse,
    TooLarge,
    TooManyEvents,
    UnsupportedMedia,
    AllRejected,
    KeyReused,
    OriginalIncomplete,
    InletFull,
    Internal,
    NotReady,
    Closing,
    AnswerLate,
    Unauthorized,
    Forbidden,
    CsrfMissing,
    CursorMismatch,
    NotAllowed,
    NotEmpty,
    Stale,
    IfMatchMissing,
    Invalid,
    RateLimited,
    LoginRefused,
    LoginNotGranted,
    ProviderDown,
}

impl Kind {
    /// Status, the end of the type's URN, and title.
    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadRequest => (S::BAD_REQUEST, "bad-request", "The request is malformed"),
            Self::UnreadableBody => {
                (S::BAD_REQUEST, "unreadable-body", "The body cannot be split into events")
            }
            Self::NotFound => (S::NOT_FOUND, "not-found", "Nothing is here"),
            Self::MethodNotAllowed => {
                (S::METHOD_NOT_ALLOWED, "method-not-allowed", "The method is not allowed here")
            }
            Self::RequestTimeout => {
                (S::REQUEST_TIMEOUT, "request-timeout", "The body came too slowly")
            }
            Self::QueryTooLong => {
                (S::REQUEST_TIMEOUT, "query-too-long", "The statement took too long or too much")
            }
            Self::KeyInUse => {
                (S::CONFLICT, "idempotency-key-in-use", "A request with this key is being answered")
            }
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::TooManyEvents => {
                (S::PAYLOAD_TOO_LARGE, "too-many-events", "The request has too many events")
            }
            Self::UnsupportedMedia => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The media type or encoding is not supported",
            ),
            Self::AllRejected => (S::UNPROCESSABLE_ENTITY, "all-rejected", "No event was accepted"),
            Self::KeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The key was used for another body",
            ),
            Self::OriginalIncomplete => {
                (S::UNPROCESSABLE_ENTITY, "original-incomplete", "The original was not kept whole")
            }
            Self::InletFull => {
                (S::TOO_MANY_REQUESTS, "inlet-full", "Too many events wait to be stored")
            }
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "The service is at fault"),
            Self::NotReady => (S::SERVICE_UNAVAILABLE, "not-ready", "The service is not ready"),
            Self::Closing => {
                (S::SERVICE_UNAVAILABLE, "closing", "The service takes no events any more")
            }
            Self::Unauthorized => {
                (S::UNAUTHORIZED, "unauthorized", "The request does not say who sends it")
            }
            Self::Forbidden => (S::FORBIDDEN, "forbidden", "The account may not do this"),
            Self::CsrfMissing => {
                (S::FORBIDDEN, "csrf-missing", "A request of a session lacks its token")
            }
            Self::CursorMismatch => {
                (S::BAD_REQUEST, "cursor-mismatch", "The cursor belongs to another list")
            }
            Self::NotAllowed => {
                (S::CONFLICT, "not-allowed", "The step does not fit where the task stands")
            }
            Self::NotEmpty => (S::CONFLICT, "not-empty", "The service holds enterprises already"),
            Self::Stale => (S::PRECONDITION_FAILED, "stale", "Others changed it in the meantime"),
            Self::IfMatchMissing => {
                (S::PRECONDITION_REQUIRED, "if-match-missing", "The request lacks If-Match")
            }
            Self::Invalid => (S::UNPROCESSABLE_ENTITY, "invalid", "A field is not as it must be"),
            Self::RateLimited => {
                (S::TOO_MANY_REQUESTS, "rate-limited", "Too many requests in a second")
            }
            Self::LoginRefused => {
                (S::UNAUTHORIZED, "login-refused", "The login by the identity provider failed")
            }
            Self::LoginNotGranted => {
                (S::FORBIDDEN, "login-not-granted", "Nothing is granted to this login")
            }
            Self::ProviderDown => {
                (S::SERVICE_UNAVAILABLE, "provider-down", "The identity provider cannot be asked")
            }
            Self::AnswerLate => (
                S::SERVICE_UNAVAILABLE,
                "answer-late",
                "The events were not stored within the time",
            ),
        }
    }
}

/// A problem to be told.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: String,
    hint: Option<Box<(HeaderName, &'static str)>>,
    retry_after_seconds: Option<u64>,
    /// Faults of fields: JSON pointer and rule.
    errors: Vec<(String, String)>,
    /// How it stands now.
    current: Option<Box<serde_json::Value>>,
}

impl Problem {
    /// A problem of a type, with what to do about it.
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            hint: None,
            retry_after_seconds: None,
            errors: Vec::new(),
            current: None,
        }
    }

    /// The same, with a header that helps.
    pub(super) fn with(self, name: HeaderName, value: &'static str) -> Self {
        Self { hint: Some(Box::new((name, value))), ..self }
    }

    /// The same, worth another try.
    pub(super) fn again_after(self, seconds: u64) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// A field of the body that is not as it must be.
    pub(super) fn field(pointer: impl Into<String>, rule: impl Into<String>) -> Self {
        let (pointer, rule) = (pointer.into(), rule.into());
        let mut problem = Self::new(Kind::Invalid, format!("{pointer}: {rule}"));
        problem.errors.push((pointer, rule));
        problem
    }

    /// The same, with how it stands now.
    pub(super) fn showing(self, current: serde_json::Value) -> Self {
        Self { current: Some(Box::new(current)), ..self }
    }

    /// Its members.
    pub(super) fn json(&self) -> serde_json::Value {
        let (status, slug, title) = self.kind.parts();
        let mut value = json!({
            "type": format!("urn:vestigo:problem:{slug}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail,
        });
        if !self.errors.is_empty() {
            let error =
                |(pointer, rule): &(String, String)| json!({ "pointer": pointer, "message": rule });
            value["errors"] = self.errors.iter().map(error).collect();
        }
        if let Some(current) = &self.current {
            value["current"] = (**current).clone();
        }
        value
    }

    /// The word of its type.
    pub(super) fn word(&self) -> &'static str {
        self.kind.parts().1
    }

    /// Its status.
    pub(super) fn status(&self) -> StatusCode {
        self.kind.parts().0
    }
}

/// A body that is not as its schema says. What it holds is not repeated but for words without
/// digits of a person.
pub(super) fn unreadable(why: &str) -> Problem {
    Problem::field("", crate::event::mask(why).into_owned())
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let content_type = (CONTENT_TYPE, PROBLEM_JSON);
        let body = self.json().to_string();
        let mut response = (self.status(), [content_type], body).into_response();
        let headers = response.headers_mut();
        if let Some((name, value)) = self.hint.map(|hint| *hint) {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
