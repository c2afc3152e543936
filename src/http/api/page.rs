//! Where does a list go on? Signed cursors, and answers that say whether they changed.
//!
//! A cursor holds the sort key of the last object and a hash of the question; it is good for that
//! question alone. Invariant: a page begins after the key, whatever changed since: nothing stands
//! twice unless it moved down the list, nothing is missing unless it moved up.

use crate::http::problem::{Kind, Problem};
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Objects of a page, unless the request says otherwise.
const PAGE: usize = 50;
/// Objects of a page, at most.
const PAGE_MAX: usize = 200;
/// Bytes of a cursor's signature.
const SIGNATURE: usize = 12;

/// How many objects a page may have.
///
/// # Errors
/// When it is out of bounds.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(PAGE);
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(Kind::BadRequest, format!("limit must be 1 to {PAGE_MAX}")))
}

/// Makes and reads cursors, under a secret.
#[derive(Clone)]
pub(in crate::http) struct Cursors(pub(in crate::http) [u8; 32]);

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursors")
    }
}

impl Cursors {
    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(bytes);
        mac.finalize().into_bytes()[..SIGNATURE].to_vec()
    }

    /// The cursor after a key, for a question.
    pub(super) fn after<K: Serialize>(&self, question: &str, key: &K) -> String {
        let hash = crate::id::stable_hash(question.as_bytes());
        let mut bytes = serde_json::to_vec(&(hash, key)).expect("plain values");
        bytes.extend(self.sign(&bytes));
        BASE64.encode(bytes)
    }

    /// The key of a cursor.
    ///
    /// # Errors
    /// When it was not made here, or for another question.
    pub(super) fn key<K: DeserializeOwned>(
        &self,
        question: &str,
        cursor: Option<&str>,
    ) -> Result<Option<K>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let wrong = || {
            let detail = "begin the list anew: a cursor is good for the same filters and order";
            Problem::new(Kind::CursorMismatch, detail)
        };
        let bytes = BASE64.decode(cursor).map_err(|_| wrong())?;
        let at = bytes.len().checked_sub(SIGNATURE).ok_or_else(wrong)?;
        let (told, signature) = bytes.split_at(at);
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(told);
        mac.verify_truncated_left(signature).map_err(|_| wrong())?;
        let (hash, key): (u64, K) = serde_json::from_slice(told).map_err(|_| wrong())?;
        if hash == crate::id::stable_hash(question.as_bytes()) {
            Ok(Some(key))
        } else {
            Err(wrong())
        }
    }
}

/// An object as JSON with an entity tag; 304 when the caller has it already.
pub(super) fn told<T: Serialize>(headers: &HeaderMap, value: &T) -> Response {
    tagged(headers, value, None)
}

/// As [`told`], with a tag of its own.
pub(super) fn tagged<T: Serialize>(headers: &HeaderMap, value: &T, tag: Option<&str>) -> Response {
    let body = serde_json::to_vec(value).expect("plain values are JSON");
    let tag = match tag {
        Some(tag) => tag.to_owned(),
        None => format!("\"{:032x}\"", crate::id::stable_hash_128(&body)),
    };
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = known.is_some_and(|known| {
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
    });
    let etag = HeaderValue::from_str(&tag).expect("a tag is ASCII");
    let cache = HeaderValue::from_static("private, no-cache");
    if fresh {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag), (CACHE_CONTROL, cache)]).into_response();
    }
    let kind = HeaderValue::from_static("application/json");
    let headers = [(ETAG, etag), (CACHE_CONTROL, cache), (CONTENT_TYPE, kind)];
    (headers, Body::from(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_question_alone() {
        let cursors = Cursors([7; 32]);
        let cursor = cursors.after("warnings|red", &(3, "x"));
        let key: Option<(i32, String)> =
            cursors.key("warnings|red", Some(&cursor)).expect("its own");
        assert_eq!(key, Some((3, "x".to_owned())));
        assert!(cursors.key::<(i32, String)>("warnings|blue", Some(&cursor)).is_err());
        assert!(Cursors([8; 32]).key::<(i32, String)>("warnings|red", Some(&cursor)).is_err());
        let mut bytes = BASE64.decode(&cursor).expect("its own");
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            let forged = BASE64.encode(&bytes);
            assert!(cursors.key::<(i32, String)>("warnings|red", Some(&forged)).is_err(), "{at}");
            bytes[at] ^= 1;
        }
        for junk in ["", "x", "AAAA", "%%%"] {
            assert!(cursors.key::<(i32, String)>("warnings|red", Some(junk)).is_err(), "{junk}");
        }
    }
}
