//! What was asked, and how did it go? Every request gets an id, a span of the log, and is counted.
//!
//! The id is the caller's `X-Request-Id` where it sends a decent one, and is sent back. Invariant:
//! neither path parameters nor queries reach the log or the metrics: routes are named as the router
//! knows them.

use crate::telemetry::labels::{Code, Refusal};
use crate::telemetry::{Route, metrics};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tracing::Instrument;

/// The header of the id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of an id that a caller sends, at most.
const ID_MAX: usize = 64;

/// The caller's id, if it is a decent one: it stands in every line of the log.
fn sent(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let decent = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!id.is_empty() && id.len() <= ID_MAX && id.bytes().all(decent)).then_some(id)
}

/// An id that this process gives once, and another one hardly.
fn made() -> String {
    static BASE: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let base = BASE.get_or_init(|| getrandom::u64().unwrap_or_else(|_| std::process::id().into()));
    format!("{:016x}", base.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Counts a request as open for as long as it lives.
struct Open;

impl Open {
    fn new() -> Self {
        metrics().api.open.inc();
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics().api.open.dec();
    }
}

/// Answers a request, and tells how it went.
pub(super) async fn record(request: Request, next: Next) -> Response {
    let id = sent(request.headers()).map_or_else(made, str::to_owned);
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map(MatchedPath::as_str);
    let method = request.method().clone();
    let route = Route::of(method.as_str(), path);
    let span = tracing::info_span!(
        "request",
        request = %id,
        %method,
        route = path.unwrap_or("other"),
        status = tracing::field::Empty,
    );
    let open = Open::new();
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(open);
    let took = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    span.record("status", status);
    let api = &metrics().api;
    api.requests.of_key((route, Code::of(status))).inc();
    api.time.of_key(route).observe(took);
    let refused = match status {
        401 => Some(Refusal::Unauthorized),
        403 => Some(Refusal::Forbidden),
        429 => Some(Refusal::TooMany),
        _ => None,
    };
    if let Some(refused) = refused {
        api.refused.of_key(refused).inc();
    }
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, seconds = took, "answered with a failure");
        } else {
            tracing::debug!(status, seconds = took, "answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_decent_id_is_taken_and_made_ones_differ() {
        let of = |value: &'static str| {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_static(value))]);
            sent(&headers).map(str::to_owned)
        };
        assert_eq!(of("a-1_b.C"), Some("a-1_b.C".into()));
        for wrong in ["", "a b", "a\"b", "姓名"] {
            let value = HeaderValue::from_bytes(wrong.as_bytes()).expect("a value");
            assert_eq!(sent(&HeaderMap::from_iter([(REQUEST_ID, value)])), None, "{wrong}");
        }
        assert_ne!(made(), made());
    }

    #[test]
    fn the_api_has_no_route_that_is_not_counted_by_name() {
        let document: serde_json::Value =
            serde_json::from_str(&crate::http::document()).expect("JSON");
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                let route = Route::of(&method.to_uppercase(), Some(path));
                assert!(!route.is_other(), "{method} {path}: add it to telemetry::routes");
            }
        }
    }
}
