//! Was this request answered before? Answers kept by `Idempotency-Key`.
//!
//! Kept in memory, for a day, within bounds: after a restart, or when an answer had to make room, a
//! repeated request is taken again and the contract's rule about duplicates does the same job.

use crate::http::problem::{Kind, Problem};
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);
/// Longest key, in characters.
const KEY_CHARS_MAX: usize = 255;

/// An answer that may be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, [(CONTENT_TYPE, self.content_type)], self.body).into_response()
    }
}

/// The key of a request, where it has one.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    // A structured string (as the draft of the IETF has it) or the bare text.
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let fits = (1..=KEY_CHARS_MAX).contains(&text.len()) && values.next().is_none();
    if fits {
        return Ok(Some(text.to_owned()));
    }
    let detail = format!("Idempotency-Key must be one text of 1 to {KEY_CHARS_MAX} characters");
    Err(Problem::new(Kind::BadRequest, detail))
}

/// What a request was, for telling a repeated one from another.
pub(super) fn digest(headers: &HeaderMap, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for (name, value) in headers {
        let name = name.as_str();
        if name.starts_with("ce-") || name == "content-type" || name == "content-encoding" {
            for part in [name.as_bytes(), value.as_bytes()] {
                digest.update((part.len() as u64).to_le_bytes());
                digest.update(part);
            }
        }
    }
    digest.update(body);
    digest.finalize().into()
}

/// The answers of a server.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    kept: Arc<Mutex<Kept>>,
    keys_max: usize,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Kept {
    by_key: BTreeMap<Arc<str>, Entry>,
    /// Keys of answers, oldest first.
    order: VecDeque<(Instant, Arc<str>)>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    digest: [u8; 32],
    /// None while the first request is being answered.
    answer: Option<Answer>,
}

/// What a key means for a request.
#[derive(Debug)]
pub(super) enum Claim {
    /// It is the first.
    First(Claimed),
    /// It was answered so.
    Answered(Answer),
    /// The key belongs to another request, or to one that is being answered.
    Refused(Problem),
}

/// A key that a request holds until it is answered; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Claimed {
    answers: Answers,
    key: Arc<str>,
}

impl Answers {
    pub(super) fn new(keys_max: usize, bytes_max: usize) -> Self {
        Self { kept: Arc::default(), keys_max, bytes_max }
    }

    /// Claims a key for a request.
    pub(super) fn claim(&self, key: &str, digest: [u8; 32], now: Instant) -> Claim {
        let mut kept = self.lock();
        kept.expire(now);
        match kept.by_key.get(key) {
            Some(entry) if entry.digest != digest => Claim::Refused(Problem::new(
                Kind::KeyReused,
                "use another Idempotency-Key for another request",
            )),
            Some(Entry { answer: Some(answer), .. }) => Claim::Answered(answer.clone()),
            Some(Entry { answer: None, .. }) => Claim::Refused(Problem::new(
                Kind::KeyInUse,
                "wait for the answer to the first request, or send this one again later",
            )),
            None => {
                let key: Arc<str> = key.into();
                kept.by_key.insert(Arc::clone(&key), Entry { digest, answer: None });
                Claim::First(Claimed { answers: self.clone(), key })
            }
        }
    }

    /// The books are whole at every step, so a panic elsewhere does not spoil them.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claimed {
    /// Keeps the answer for repeated requests.
    pub(super) fn keep(self, answer: Answer, now: Instant) {
        let bytes = answer.body.len();
        if bytes > self.answers.bytes_max || self.answers.keys_max == 0 {
            return;
        }
        let mut kept = self.answers.lock();
        while kept.order.len() >= self.answers.keys_max
            || kept.bytes + bytes > self.answers.bytes_max
        {
            kept.forget_oldest();
        }
        if let Some(entry) = kept.by_key.get_mut(&self.key) {
            entry.answer = Some(answer);
            kept.order.push_back((now, Arc::clone(&self.key)));
            kept.bytes += bytes;
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut kept = self.answers.lock();
        if kept.by_key.get(&self.key).is_some_and(|entry| entry.answer.is_none()) {
            kept.by_key.remove(&self.key);
        }
    }
}

impl Kept {
    fn expire(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(since, _)| now.duration_since(*since) >= KEPT) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front()
            && let Some(Entry { answer: Some(answer), .. }) = self.by_key.remove(&key)
        {
            self.bytes -= answer.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: usize) -> Answer {
        let body = vec![b'x'; bytes].into();
        Answer { status: StatusCode::ACCEPTED, content_type: "application/json", body }
    }

    fn first(answers: &Answers, key: &str, now: Instant) -> Claimed {
        match answers.claim(key, [1; 32], now) {
            Claim::First(claimed) => claimed,
            other => panic!("{key}: {other:?}"),
        }
    }

    #[test]
    fn a_key_is_answered_once_and_then_again() {
        let answers = Answers::new(10, 1_000);
        let now = Instant::now();
        let claimed = first(&answers, "a", now);
        assert!(matches!(answers.claim("a", [1; 32], now), Claim::Refused(p) if p.status() == 409));
        assert!(matches!(answers.claim("a", [2; 32], now), Claim::Refused(p) if p.status() == 422));
        drop(claimed);
        first(&answers, "a", now).keep(answer(3), now);
        let again = answers.claim("a", [1; 32], now + KEPT / 2);
        assert!(matches!(again, Claim::Answered(kept) if kept == answer(3)));
        assert!(matches!(answers.claim("a", [2; 32], now), Claim::Refused(p) if p.status() == 422));
        first(&answers, "a", now + KEPT);
    }

    #[test]
    fn answers_are_bounded_in_number_and_bytes() {
        let now = Instant::now();
        let answers = Answers::new(3, 1_000);
        let held = first(&answers, "held", now);
        for at in 0..100 {
            first(&answers, &at.to_string(), now).keep(answer(at * 10), now);
            let kept = answers.lock();
            assert!(kept.order.len() <= 3 && kept.bytes <= 1_000, "{at}");
            assert_eq!(kept.by_key.len(), kept.order.len() + 1);
        }
        assert!(matches!(answers.claim("99", [1; 32], now), Claim::Answered(_)));
        drop(first(&answers, "0", now));
        first(&answers, "large", now).keep(answer(1_001), now);
        drop(first(&answers, "large", now));
        drop(held);
        let kept = answers.lock();
        assert_eq!(kept.by_key.len(), kept.order.len());
    }

    #[test]
    fn keys_are_bare_or_quoted() {
        let check = |value: &'static str, expected: Option<&str>| {
            let headers = HeaderMap::from_iter([(
                axum::http::HeaderName::from_static("idempotency-key"),
                axum::http::HeaderValue::from_static(value),
            )]);
            assert_eq!(key(&headers).ok().flatten().as_deref(), expected, "{value}");
        };
        check("8e03978e-40d5", Some("8e03978e-40d5"));
        check("\"8e03978e-40d5\"", Some("8e03978e-40d5"));
        check("", None);
        check("\"\"", None);
        assert!(matches!(key(&HeaderMap::new()), Ok(None)));
    }
}
