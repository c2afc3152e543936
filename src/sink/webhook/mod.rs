//! How are messages told to a web address? Standard Webhooks: signed, in order, tried for days.
//!
//! Invariant: one message at a time, in the order in which they were said; a message is left when
//! it was taken (2xx), or, refused to the end of a schedule, parked on disk. Repeats carry the same
//! `webhook-id`. Must not know: what the messages say.

mod address;
mod config;
mod sign;
#[cfg(test)]
mod tests;

pub use config::{Config, SettingFault};

use crate::journal::crash;
use crate::sink::message::{Delivery, Gather, Message, Outlet, OutletFault, Selection};
use crate::sink::ndjson;
use crate::source::live::wall_clock;
use crate::telemetry::metrics;
use config::fault;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, StatusCode, Url, redirect};
use serde_json::json;
use sign::{Secret, signatures, webhook_id};
use std::error::Error;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Messages of one call: what a restart repeats at most.
const CALL_MESSAGES: usize = 100;
/// The longest pause that an endpoint may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);
/// Bytes of an answer that are read, so that the connection can be used again.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// What is sent: a CloudEvent in structured mode.
const MEDIA: &str = "application/cloudevents+json; charset=utf-8";

/// The way out to one endpoint.
#[derive(Debug)]
pub struct Webhook {
    config: Config,
    url: Url,
    secrets: Vec<Secret>,
    client: Client,
    runtime: Runtime,
    /// Where refused messages are kept.
    parked: PathBuf,
    /// Of the call that failed: its first and last epoch, and messages of it that are done.
    done: (u64, u64, usize),
    /// Attempts in a row that did not reach the endpoint, or that it put off.
    failures: usize,
    /// Attempts in a row at which it refused this message.
    refusals: usize,
}

/// What became of an attempt.
enum Told {
    /// It is taken.
    Taken,
    /// The endpoint does not take anything now; tried later.
    Down { why: String, after: Option<Duration> },
    /// It does not take this message.
    Refused(StatusCode),
    /// It does not want to be called any more.
    Gone,
}

impl Webhook {
    /// Sets an endpoint up; does not call it. `env` looks up variables of the environment; refused
    /// messages go into a file in the folder `parked`.
    ///
    /// # Errors
    /// With the setting that is no good.
    pub fn open(
        config: &Config,
        env: &dyn Fn(&str) -> Option<String>,
        parked: &Path,
    ) -> Result<Self, SettingFault> {
        config.check()?;
        let (url, reach) = config.endpoint()?;
        let secrets = config.keys(env)?;
        let timeout = Duration::from_secs(config.timeout_seconds);
        let mut client = Client::builder()
            .user_agent(concat!("vestigo/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // A proxy would be the one to choose the address.
            .no_proxy()
            .dns_resolver(std::sync::Arc::new(reach))
            .https_only(!reach.plain)
            .pool_max_idle_per_host(1)
            .timeout(timeout);
        if let Some(path) = &config.ca {
            let bad = |why: String| fault("ca", format!("\"{}\": {why}", path.display()));
            let text = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
            let certificates =
                Certificate::from_pem_bundle(&text).map_err(|error| bad(said(error)))?;
            if certificates.is_empty() {
                return Err(bad("holds no certificate".into()));
            }
            client =
                certificates.into_iter().fold(client, reqwest::ClientBuilder::add_root_certificate);
        }
        let client = client.build().map_err(|error| fault("ca", said(error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| fault("url", error.to_string()))?;
        let parked = parked.join(format!("{}.ndjson", config.name));
        let (config, done) = (config.clone(), (0, 0, 0));
        Ok(Self { config, url, secrets, client, runtime, parked, done, failures: 0, refusals: 0 })
    }

    /// One attempt to tell one message.
    fn post(&self, message: &Message) -> Told {
        let id = webhook_id(&message.id);
        let timestamp = wall_clock().0 / 1000;
        let body = message.structured();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, MEDIA)
            .header("webhook-signature", signatures(&self.secrets, &id, timestamp, &body))
            .header("webhook-timestamp", timestamp)
            .header("webhook-id", id)
            .body(body);
        self.runtime.block_on(async {
            match request.send().await {
                Ok(answer) => judged(answer).await,
                Err(error) => Told::Down { why: said(error), after: None },
            }
        })
    }

    /// Puts a refused message aside.
    fn park(&self, message: &Message, status: StatusCode) -> std::io::Result<()> {
        let line = json!({
            "webhook_id": webhook_id(&message.id),
            "parked_at": wall_clock().to_string(),
            "status": status.as_u16(),
            "attempts": self.refusals,
        });
        let mut line = serde_json::to_vec(&line).expect("plain values");
        line.pop();
        line.extend_from_slice(b",\"event\":");
        line.extend(message.structured());
        line.extend_from_slice(b"}\n");
        if let Some(folder) = self.parked.parent() {
            std::fs::create_dir_all(folder)?;
        }
        ndjson::append(&self.parked, &line)
    }

    /// Tells one message, or says what stands against it.
    fn tell(&mut self, message: &Message) -> Result<(), OutletFault> {
        match self.post(message) {
            Told::Taken => {}
            Told::Gone => {
                return Err(OutletFault::never(
                    "the endpoint answered 410 Gone and is not called any more",
                ));
            }
            Told::Down { why, after } => {
                let step = self.failures.min(self.config.schedule_seconds.len() - 1);
                self.failures += 1;
                let pause = jittered(self.config.schedule_seconds[step]);
                let pause = pause.max(after.unwrap_or_default().min(RETRY_AFTER_MAX));
                return Err(OutletFault::again_in(why, pause));
            }
            Told::Refused(status) => {
                let step = self.refusals;
                self.refusals += 1;
                if let Some(pause) = self.config.refused_seconds.get(step) {
                    let why = format!("{} is refused: {status}", webhook_id(&message.id));
                    return Err(OutletFault::again_in(why, jittered(*pause)));
                }
                self.park(message, status).map_err(|error| {
                    OutletFault::again(format!("park in \"{}\": {error}", self.parked.display()))
                })?;
                let name = &*self.config.name;
                metrics().outlets.messages(name, "parked").inc();
                let (id, file) = (webhook_id(&message.id), self.parked.display());
                tracing::error!(outlet = name, id, %status, %file, "a refused message is parked");
            }
        }
        (self.failures, self.refusals) = (0, 0);
        Ok(())
    }
}

impl Outlet for Webhook {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn selects(&self) -> Selection {
        self.config.selection()
    }

    fn gathers(&self) -> Gather {
        Gather { most: Some(CALL_MESSAGES), ..Gather::default() }
    }

    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault> {
        let (Some(first), Some(last)) = (deliveries.first(), deliveries.last()) else {
            return Ok(());
        };
        // The same call again: what was taken of it is not told twice.
        let call = (first.epoch, last.epoch);
        let done = if (self.done.0, self.done.1) == call { self.done.2 } else { 0 };
        self.done = (call.0, call.1, done);
        let messages = deliveries.iter().flat_map(|delivery| delivery.messages.iter());
        for message in messages.skip(done) {
            self.tell(message)?;
            self.done.2 += 1;
            crash::point("outlet_told");
        }
        self.done = (0, 0, 0);
        crash::point("outlet_delivered");
        Ok(())
    }
}

/// What an answer means.
async fn judged(mut answer: Response) -> Told {
    let status = answer.status();
    let after = retry_after(answer.headers());
    // The connection serves the next message only when the answer was read.
    let mut read = 0;
    while read < ANSWER_BYTES_MAX {
        match answer.chunk().await {
            Ok(Some(bytes)) => read += bytes.len(),
            Ok(None) | Err(_) => break,
        }
    }
    match status {
        status if status.is_success() => Told::Taken,
        StatusCode::GONE => Told::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Told::Down { why: format!("the endpoint answered {status}"), after }
        }
        status if status.is_client_error() => Told::Refused(status),
        status if status.is_redirection() => {
            let why = format!("the endpoint answered {status}: redirects are not followed");
            Told::Down { why, after: None }
        }
        status => Told::Down { why: format!("the endpoint answered {status}"), after: None },
    }
}

/// What `Retry-After` asks for: seconds, or a date of HTTP.
#[expect(clippy::disallowed_types, reason = "the shell owns the clock")]
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(at.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

/// A pause of so many seconds, more or less a fifth, so that endpoints that failed together are
/// not called together.
fn jittered(seconds: u64) -> Duration {
    let random = std::hash::RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
    Duration::from_secs(seconds).mul_f64(0.8 + random * 0.4)
}

/// An error with its causes. The address is left out: its path or query may be a secret.
fn said(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
