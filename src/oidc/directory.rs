//! What does the provider say of itself? Its addresses and keys, asked when somebody logs in, and
//! kept for a while.
//!
//! Invariant: nothing is asked before it is needed; a provider that does not answer is left alone
//! for a moment, and whoever waits for the same answer gets it; every answer is bounded.

use crate::oidc::config::is_safe;
use jsonwebtoken::jwk::Jwk;
use reqwest::header::ACCEPT;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long addresses and keys are kept.
const KEPT: Duration = Duration::from_hours(1);
/// How long a provider that did not answer is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(2);
/// How often keys are asked for again because a token names another, in [`AGAIN_WITHIN`].
const AGAIN_MAX: usize = 4;
/// See [`AGAIN_MAX`].
const AGAIN_WITHIN: Duration = Duration::from_mins(1);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// Keys that are looked at.
const KEYS_MAX: usize = 100;

/// What the provider says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    issuer: String,
    /// Where a browser is sent.
    pub(super) authorization_endpoint: String,
    /// Where a code becomes a token.
    pub(super) token_endpoint: String,
    jwks_uri: String,
    /// How a client shows its secret there.
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl About {
    /// Whether the secret goes into the body: only where no header is taken.
    pub(super) fn wants_secret_in_body(&self) -> bool {
        let takes =
            |way: &str| self.token_endpoint_auth_methods_supported.iter().any(|one| one == way);
        takes("client_secret_post") && !takes("client_secret_basic")
    }
}

#[derive(Default)]
struct Known {
    about: Option<(Arc<About>, Instant)>,
    keys: Option<(Arc<[Jwk]>, Instant)>,
    /// When keys were asked for again.
    again: Vec<Instant>,
    /// The last question that was not answered, and why.
    failed: Option<(Instant, Arc<str>)>,
}

/// Asks, and keeps what was answered.
pub(super) struct Directory {
    client: Client,
    issuer: String,
    known: Mutex<Known>,
}

/// Why there is no answer.
pub(super) type Down = Arc<str>;

impl Directory {
    pub(super) fn new(client: Client, issuer: String) -> Self {
        Self { client, issuer, known: Mutex::default() }
    }

    /// What the provider says of itself.
    pub(super) async fn about(&self) -> Result<Arc<About>, Down> {
        let mut known = self.known.lock().await;
        self.about_of(&mut known).await
    }

    async fn about_of(&self, known: &mut Known) -> Result<Arc<About>, Down> {
        if let Some((about, since)) = &known.about
            && since.elapsed() < KEPT
        {
            return Ok(about.clone());
        }
        let base = self.issuer.trim_end_matches('/');
        let place = format!("{base}/.well-known/openid-configuration");
        let read = |value: Value| {
            let about: About = serde_json::from_value(value).map_err(|_| "is incomplete")?;
            self.check(&about).map(|()| about)
        };
        let about = Arc::new(self.ask(known, &place, "its description", read).await?);
        known.about = Some((about.clone(), Instant::now()));
        Ok(about)
    }

    /// Whether the description is the issuer's own, and leads to safe addresses.
    fn check(&self, about: &About) -> Result<(), &'static str> {
        if about.issuer != self.issuer {
            return Err("names another issuer");
        }
        let plain = self.issuer.starts_with("http:");
        let safe = |url: &String| Url::parse(url).is_ok_and(|url| is_safe(&url, plain));
        let all = [&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri];
        if all.into_iter().all(safe) { Ok(()) } else { Err("names an address without TLS") }
    }

    /// The provider's keys; `again` when one is missing, which is asked for now and then only.
    pub(super) async fn keys(&self, again: bool) -> Result<Arc<[Jwk]>, Down> {
        let mut known = self.known.lock().await;
        let kept = known.keys.as_ref().filter(|(_, since)| since.elapsed() < KEPT);
        let kept = kept.map(|(keys, _)| keys.clone());
        if let Some(keys) = kept
            && !(again && known.may_ask_again())
        {
            return Ok(keys);
        }
        let about = self.about_of(&mut known).await?;
        let read = |mut value: Value| match value.get_mut("keys").map(Value::take) {
            // A key of a kind that is not known here is no fault of the others.
            Some(Value::Array(keys)) => {
                let keys = keys.into_iter().take(KEYS_MAX);
                Ok(keys.filter_map(|key| serde_json::from_value(key).ok()).collect())
            }
            _ => Err("is incomplete"),
        };
        let keys: Vec<Jwk> = self.ask(&mut known, &about.jwks_uri, "its keys", read).await?;
        let keys: Arc<[Jwk]> = keys.into();
        known.keys = Some((keys.clone(), Instant::now()));
        Ok(keys)
    }

    async fn ask<T>(
        &self,
        known: &mut Known,
        place: &str,
        what: &str,
        read: impl FnOnce(Value) -> Result<T, &'static str>,
    ) -> Result<T, Down> {
        if let Some((at, why)) = &known.failed
            && at.elapsed() < LEFT_ALONE
        {
            return Err(why.clone());
        }
        let asked = answered(self.client.get(place)).await;
        let found = asked.and_then(|(status, body)| match status {
            StatusCode::OK => read(body).map_err(|why| format!("{what} {why}")),
            other => Err(format!("{what} is answered {other}")),
        });
        known.failed = None;
        found.map_err(|why| {
            tracing::warn!(why, "the identity provider cannot be asked");
            let why: Down = why.into();
            known.failed = Some((Instant::now(), why.clone()));
            why
        })
    }
}

impl Known {
    fn may_ask_again(&mut self) -> bool {
        self.again.retain(|at| at.elapsed() < AGAIN_WITHIN);
        if self.again.len() >= AGAIN_MAX {
            return false;
        }
        self.again.push(Instant::now());
        true
    }
}

/// Sends a request; status and JSON of the answer.
pub(super) async fn answered(request: RequestBuilder) -> Result<(StatusCode, Value), String> {
    let mut answer = request.header(ACCEPT, "application/json").send().await.map_err(said)?;
    let mut body = Vec::new();
    while let Some(bytes) = answer.chunk().await.map_err(said)? {
        body.extend_from_slice(&bytes);
        if body.len() > ANSWER_BYTES_MAX {
            return Err("an answer is too long".into());
        }
    }
    let value = serde_json::from_slice(&body);
    match value {
        Ok(value) => Ok((answer.status(), value)),
        // What stands there is not repeated: it may be anything.
        Err(_) if answer.status().is_success() => Err("an answer is not JSON".into()),
        Err(_) => Ok((answer.status(), Value::Null)),
    }
}

/// An error with its causes, without the address.
pub(super) fn said(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
