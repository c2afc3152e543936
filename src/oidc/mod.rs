//! Who vouches for somebody? A provider of OpenID Connect: authorization code with PKCE.
//!
//! ```text
//! begin ─▶ browser at the provider ─▶ finish: state ─▶ code ─▶ ID token ─▶ claims ─▶ Vouched
//! ```
//!
//! Invariant: nobody is vouched for but by a token that the provider signed for this service and
//! this login; no code, token or claim is in an error or the log. The provider is asked when
//! somebody logs in and not before, so one that is down holds up nobody else. Must not know:
//! accounts and sessions, how callers are answered.

mod config;
mod crypto;
mod directory;
mod flow;
mod token;

pub use config::{CALLBACK, Config, Mapping};
pub use flow::{LOGIN_SECONDS, is_place};

use crate::access::Vouched;
use crate::time::Time;
use directory::{Directory, answered, said};
use flow::{Seal, Stray};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Certificate, Client, StatusCode, Url, redirect};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use token::{Expected, Fault, claims};
use tokio::sync::{Semaphore, SemaphorePermit};

/// What stands encoded in a form. The rest stays as it is, for providers that do not decode.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// Logins that ask the provider at a time.
const PLACES: usize = 8;

/// The provider, and how it is asked.
pub struct Provider {
    config: Config,
    secret: Option<String>,
    redirect: String,
    seal: Seal,
    directory: Directory,
    client: Client,
    places: Semaphore,
}

impl Provider {
    /// Whether browsers reach the service over TLS, perhaps through a proxy: the provider sends them
    /// back there.
    pub fn is_over_tls(&self) -> bool {
        self.redirect.starts_with("https:")
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.config.issuer).finish_non_exhaustive()
    }
}

/// A login that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser is sent.
    pub url: String,
    /// What it brings back in a cookie.
    pub cookie: String,
}

/// What a browser brings back from the provider.
#[derive(Clone, Copy, Default)]
pub struct Answer<'a> {
    /// What stands for the token.
    pub code: Option<&'a str>,
    /// Which login it was.
    pub state: Option<&'a str>,
    /// Why the provider lets nobody in.
    pub error: Option<&'a str>,
    /// Who answers (RFC 9207).
    pub issuer: Option<&'a str>,
}

/// Why nobody is vouched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This browser did not begin this login, or too long ago.
    NotBegun,
    /// This login was finished before.
    Spent,
    /// The provider lets nobody in.
    Declined,
    /// The provider does not take the code.
    Code,
    /// The token is not taken: the rule against it.
    Token(&'static str),
    /// The provider cannot be asked; why.
    Down(String),
    /// Too many ask at a time.
    Busy,
}

impl Refused {
    /// A word for the audit.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::Spent => "spent",
            Self::Declined => "declined",
            Self::Code => "code",
            Self::Token(_) => "token",
            Self::Down(_) => "down",
            Self::Busy => "busy",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun => f.write_str(
                "this browser did not begin this login, or more than ten minutes ago: log in again",
            ),
            Self::Spent => f.write_str("this login was finished before: log in again"),
            Self::Declined => f.write_str("the identity provider did not let you in"),
            Self::Code => f.write_str("the identity provider does not take the code: log in again"),
            Self::Token(rule) => write!(f, "the identity provider's token is not taken: {rule}"),
            Self::Down(why) => write!(
                f,
                "the identity provider cannot be asked ({why}): try again, or use a local account"
            ),
            Self::Busy => f.write_str("too many logins at a time: try again"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Stray> for Refused {
    fn from(stray: Stray) -> Self {
        match stray {
            Stray::NotBegun => Self::NotBegun,
            Stray::Spent => Self::Spent,
        }
    }
}

fn down(why: impl AsRef<str>) -> Refused {
    Refused::Down(why.as_ref().to_owned())
}

impl Provider {
    /// Sets a provider up; does not ask it. `redirect` is where it sends browsers back, `key` a
    /// secret of this service that is the same after a restart.
    ///
    /// # Errors
    /// With the setting that is no good.
    pub fn new(
        config: Config,
        redirect: String,
        key: [u8; 32],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        config.check()?;
        let secret = config.secret(env)?;
        let mut client = Client::builder()
            .user_agent(concat!("vestigo/", env!("CARGO_PKG_VERSION")))
            // A code or secret is sent to the address that was checked, and to no other.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .https_only(config.issuer.starts_with("https:"))
            .timeout(Duration::from_secs(config.timeout_seconds));
        if let Some(path) = &config.ca {
            let bad = |why: String| format!("oidc.ca: \"{}\": {why}", path.display());
            let text = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
            let all = Certificate::from_pem_bundle(&text).map_err(|error| bad(said(error)))?;
            if all.is_empty() {
                return Err(bad("holds no certificate".into()));
            }
            client = all.into_iter().fold(client, reqwest::ClientBuilder::add_root_certificate);
        }
        let client = client.build().map_err(|error| format!("oidc: {}", said(error)))?;
        let directory = Directory::new(client.clone(), config.issuer.clone());
        let (seal, places) = (Seal::new(key), Semaphore::new(PLACES));
        Ok(Self { config, secret, redirect, seal, directory, client, places })
    }

    /// A place to ask from, within the time of one question.
    async fn place(&self) -> Result<SemaphorePermit<'_>, Refused> {
        let patience = Duration::from_secs(self.config.timeout_seconds);
        let place = tokio::time::timeout(patience, self.places.acquire()).await;
        place.ok().and_then(Result::ok).ok_or(Refused::Busy)
    }

    /// Begins a login that ends at a place of this service ([`is_place`]).
    ///
    /// # Errors
    /// When the provider cannot be asked.
    pub async fn begin(&self, to: &str, now: Time) -> Result<Begun, Refused> {
        let place = self.place().await?;
        let about = self.directory.about().await.map_err(down)?;
        drop(place);
        let login = self.seal.begin(to, now).map_err(|error| down(error.to_string()))?;
        let mut url = Url::parse(&about.authorization_endpoint).map_err(|_| down("no address"))?;
        let mut scopes = vec!["openid"];
        scopes.extend(self.config.scopes.iter().map(String::as_str).filter(|s| *s != "openid"));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.redirect)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", &login.state)
            .append_pair("nonce", &login.nonce)
            .append_pair("code_challenge", &login.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(Begun { url: url.into(), cookie: self.seal.cookie(&login) })
    }

    /// Finishes a login: whom the provider vouches for, and where to go.
    ///
    /// # Errors
    /// When nobody is vouched for.
    pub async fn finish(
        &self,
        cookie: &str,
        answer: Answer<'_>,
        now: Time,
    ) -> Result<(Vouched, String), Refused> {
        let login = self.seal.finish(cookie, answer.state.unwrap_or_default(), now)?;
        if answer.issuer.is_some_and(|issuer| issuer != self.config.issuer) {
            return Err(Refused::Token("another issuer answers"));
        }
        let (None, Some(code)) = (answer.error, answer.code) else {
            return Err(Refused::Declined);
        };
        let place = self.place().await?;
        let token = self.exchange(code, login.verifier()).await?;
        let issuer = &self.config.issuer;
        let expected =
            Expected { issuer, client: &self.config.client_id, nonce: &login.nonce, now };
        let keys = self.directory.keys(false).await.map_err(down)?;
        let mut told = claims(&token, &keys, expected);
        if told == Err(Fault::Key) {
            // The provider may have a new key since.
            let keys = self.directory.keys(true).await.map_err(down)?;
            told = claims(&token, &keys, expected);
        }
        drop(place);
        let told = told.map_err(|fault| match fault {
            Fault::Key => Refused::Token("no key of the provider signed it"),
            Fault::Rule(rule) => Refused::Token(rule),
        })?;
        Ok((self.vouched(&told), login.to))
    }

    /// The ID token for a code.
    async fn exchange(&self, code: &str, verifier: &str) -> Result<String, Refused> {
        let about = self.directory.about().await.map_err(down)?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect),
            ("code_verifier", verifier),
        ];
        let mut request = self.client.post(&about.token_endpoint);
        let id = &self.config.client_id;
        match &self.secret {
            Some(secret) if !about.wants_secret_in_body() => {
                request = request.basic_auth(encoded(id), Some(encoded(secret)));
            }
            Some(secret) => form.extend([("client_id", id.as_str()), ("client_secret", secret)]),
            None => form.push(("client_id", id)),
        }
        let (status, mut body) = answered(request.form(&form)).await.map_err(down)?;
        match (status, body.get_mut("id_token").map(Value::take)) {
            (StatusCode::OK, Some(Value::String(token))) => Ok(token),
            (StatusCode::OK, _) => Err(Refused::Token("there is none in the answer")),
            (StatusCode::BAD_REQUEST, _) if body["error"] == "invalid_grant" => Err(Refused::Code),
            (status, _) => {
                // The rest of the answer may be anything: it is not repeated.
                tracing::warn!(%status, "the identity provider gives no token for a code");
                Err(down(format!("it answers {status} to a code")))
            }
        }
    }

    fn vouched(&self, claims: &Value) -> Vouched {
        let subject = claims["sub"].as_str().unwrap_or_default();
        let told = format!("{}#{subject}", self.config.issuer);
        let subject = self.seal.derived("subject", &told);
        let name = self.config.name(claims, &subject);
        Vouched { name, grant: self.config.granted(claims), subject }
    }
}

/// As a form has it, which is how id and secret stand in the header (RFC 6749, 2.3.1).
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string()
}
