//! What does a browser get? The console's files, which stand in the binary.
//!
//! A path that is no file is a place within the console and answered with its page; nothing of the
//! API is ever answered so. Invariant: the policy lets a page load and ask nothing but this service.

use crate::http::problem::{Kind, Problem};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

/// The files of a built console: path and content. Empty when it was not built.
const BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console_files.rs"));
/// The page that stands for all others.
const PAGE: &str = "index.html";
/// Files whose names change with their content.
const HASHED: &str = "assets/";
/// What is served when the console was not built.
const MISSING: &[u8] = include_bytes!("console_missing.html");

/// Nothing of another origin, no inline script or style, in no other page's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// A file as it is served.
struct File {
    media: &'static str,
    etag: HeaderValue,
    plain: Bytes,
    /// Packed, where that is shorter.
    packed: Option<Bytes>,
    cache: &'static str,
}

static FILES: LazyLock<BTreeMap<&'static str, File>> = LazyLock::new(|| {
    let built: &[(&str, &[u8])] = if BUILT.is_empty() { &[(PAGE, MISSING)] } else { BUILT };
    built.iter().map(|(path, content)| (*path, file(path, content))).collect()
});

fn media(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

fn packed(content: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).ok()?;
    encoder.finish().ok().filter(|packed| packed.len() < content.len()).map(Bytes::from)
}

fn file(path: &str, content: &'static [u8]) -> File {
    let digest = Sha256::digest(content);
    let digest = u128::from_be_bytes(digest[..16].try_into().unwrap_or_default());
    let etag = HeaderValue::from_str(&format!("\"{digest:032x}\"")).expect("hexadecimal digits");
    let kept = path.starts_with(HASHED);
    let cache = if kept { "public, max-age=31536000, immutable" } else { "no-cache" };
    File {
        media: media(path),
        etag,
        plain: Bytes::from_static(content),
        packed: packed(content),
        cache,
    }
}

/// Whether a request is for the console: it is answered whoever asks.
pub(super) fn is_for(method: &Method, path: &str) -> bool {
    let api = ["/api", "/health", "/metrics"].iter().any(|own| {
        path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    matches!(*method, Method::GET | Method::HEAD) && !api
}

/// Answers what no other route does.
pub(super) async fn serve(request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    if !is_for(method, path) {
        return nothing();
    }
    let name = path.trim_start_matches('/');
    let found = FILES.get(name).or_else(|| {
        // A file that is gone must not be answered with a page; a place within the console is.
        let place = !name.starts_with(HASHED) && (name.contains('/') || !name.contains('.'));
        place.then(|| FILES.get(PAGE)).flatten()
    });
    found.map_or_else(nothing, |file| answer(file, request.headers()))
}

fn nothing() -> Response {
    Problem::new(Kind::NotFound, "see the documentation for the paths").into_response()
}

fn says(headers: &HeaderMap, name: HeaderName, accepted: impl Fn(&str) -> bool) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| accepted(value.trim()))
}

fn answer(file: &File, asked: &HeaderMap) -> Response {
    let tag = file.etag.to_str().unwrap_or_default();
    let known = says(asked, IF_NONE_MATCH, |value| value.trim_start_matches("W/") == tag);
    let gzip = says(asked, ACCEPT_ENCODING, |value| {
        let (name, weight) = value.split_once(';').unwrap_or((value, ""));
        name.trim() == "gzip" && !matches!(weight.trim(), "q=0" | "q=0.0")
    });
    let packed = file.packed.as_ref().filter(|_| gzip);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(packed.unwrap_or(&file.plain).clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.media));
    if packed.is_some() && !known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(ETAG, file.etag.clone());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(file.cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    );
    response
}
