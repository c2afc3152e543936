//! What can be asked and told over HTTP? Events in; dead letters, health, metrics and status out.
//!
//! Invariant: an event is acknowledged when it is on disk, not before; every request is bounded in
//! size, time and memory; no input makes it panic. Must not know: the journal, the engine.
//!
//! Who calls is checked before anything else ([`Gate`]). A pipeline without accounts listens on the
//! loopback alone.

mod answers;
mod api;
mod body;
mod console;
mod events;
mod form;
mod letters;
mod problem;
mod record;
pub mod ring;
mod server;
mod split;
#[cfg(test)]
mod tests;
mod watch;

pub use api::{Agency, Category, Cities, CityState, Cuts, DemoCity, Indicator, Source, document};
pub use letters::{DeadLetters, Filter, Letter, class_of, shown};
pub use server::{Server, serve};

use crate::access::accounts::Accounts;
use crate::access::audit::Audit;
use crate::access::{Reads, random};
use crate::companion::Scorecard;
use crate::desk::{Act, Refused};
use crate::dispatch::Rulebook;
use crate::oidc::Provider;
use crate::risk::groups::Signals;
use crate::sampling::PlanFile;
use crate::sink::outbox::Standing;
use crate::source::live::{Checker, Closed, Inlet, Item};
use crate::sql;
use crate::telemetry::Note;
use crate::telemetry::labels::{Line, Phase};
use crate::time::Time;
use answers::Answers;
use axum::Router;
use axum::routing::{get, post};
use problem::{Kind, Problem};
use ring::Ring;
use serde::Deserialize;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// How the server listens, and its bounds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port; `127.0.0.1:8080` by default. Without accounts it must be of the loopback.
    pub address: SocketAddr,
    /// Bytes of a body as it is sent; 16 MiB.
    pub body_bytes_max: usize,
    /// Bytes of a packed body when it is unpacked; 64 MiB.
    pub unpacked_bytes_max: usize,
    /// Bytes that all bodies together may take; 256 MiB. Beyond that requests are put off (429).
    pub memory_bytes_max: usize,
    /// Events of a request; 10,000. Never more than the inlet holds.
    pub events_max: usize,
    /// Connections at a time; 1,024. Further ones wait.
    pub connections_max: usize,
    /// Seconds for the head of a request, also the longest pause between two; 30.
    pub header_seconds: u64,
    /// Seconds for a body; 30.
    pub body_seconds: u64,
    /// Seconds that a batch may take to be on disk; 30.
    pub answer_seconds: u64,
    /// Seconds that a client may leave an answer unread; 30.
    pub write_seconds: u64,
    /// Seconds for open requests at the end; 5.
    pub drain_seconds: u64,
    /// What `Retry-After` says; 1.
    pub retry_after_seconds: u64,
    /// Answers kept for repeated requests; 10,000. 0 keeps none.
    pub idempotency_keys_max: usize,
    /// Bytes of the kept answers; 64 MiB.
    pub idempotency_bytes_max: usize,
    /// Requests of one caller in a second; 2,000.
    pub requests_per_second: u32,
    /// Messages kept for those who follow the stream; 20,000.
    pub stream_messages_max: usize,
    /// A GeoJSON file of the divisions, for the console; none.
    pub map: Option<PathBuf>,
    /// TLS; none, for a proxy that ends it on the same machine.
    pub tls: Option<Tls>,
}

/// Certificate and key of the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM: the certificate, then those that vouch for it.
    pub certificate: PathBuf,
    /// PEM: its key, readable by the service alone.
    pub key: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 8080).into(),
            body_bytes_max: 16 << 20,
            unpacked_bytes_max: 64 << 20,
            memory_bytes_max: 256 << 20,
            events_max: 10_000,
            connections_max: 1_024,
            header_seconds: 30,
            body_seconds: 30,
            answer_seconds: 30,
            write_seconds: 30,
            drain_seconds: 5,
            retry_after_seconds: 1,
            idempotency_keys_max: 10_000,
            idempotency_bytes_max: 64 << 20,
            requests_per_second: 2_000,
            stream_messages_max: 20_000,
            map: None,
            tls: None,
        }
    }
}

impl Config {
    /// Whether the bounds agree.
    ///
    /// # Errors
    /// With the setting at fault.
    pub fn check(&self) -> Result<(), HttpError> {
        let bodies = self.body_bytes_max.saturating_add(self.unpacked_bytes_max);
        if self.memory_bytes_max < bodies {
            let rule = "must be at least body_bytes_max and unpacked_bytes_max together";
            return Err(HttpError::Setting("memory_bytes_max", rule));
        }
        if self.memory_bytes_max / body::ROOM_BYTES > Semaphore::MAX_PERMITS.min(u32::MAX as usize)
        {
            return Err(HttpError::Setting("memory_bytes_max", "is more than can be counted"));
        }
        let positive = [
            ("body_bytes_max", self.body_bytes_max),
            ("unpacked_bytes_max", self.unpacked_bytes_max),
            ("events_max", self.events_max),
            ("connections_max", self.connections_max),
            ("header_seconds", self.header_seconds as usize),
            ("body_seconds", self.body_seconds as usize),
            ("answer_seconds", self.answer_seconds as usize),
            ("write_seconds", self.write_seconds as usize),
            ("requests_per_second", self.requests_per_second as usize),
            ("stream_messages_max", self.stream_messages_max),
        ];
        match positive.into_iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(HttpError::Setting(name, "must be at least 1")),
            None => Ok(()),
        }
    }
}

/// Why the server does not run.
#[derive(Debug)]
pub enum HttpError {
    /// A setting that contradicts another one.
    Setting(&'static str, &'static str),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
    /// Certificate and key cannot be used.
    Tls(io::Error),
    /// The address is not of the loopback, and nobody would be asked who they are.
    NoAccounts(SocketAddr),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name, rule) => write!(f, "the HTTP setting \"{name}\" {rule}"),
            Self::Tls(why) => write!(f, "http.tls: {why}"),
            Self::NoAccounts(address) => write!(
                f,
                "the pipeline has no accounts, so it does not listen on \"{address}\": give it a \
                 table [access], or an address of the loopback"
            ),
            Self::Listen(address, why) => write!(
                f,
                "listen on \"{address}\": {why}; free the port or set another http address"
            ),
        }
    }
}

impl std::error::Error for HttpError {}

/// In what condition the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It reads its journal; nothing is taken yet.
    Starting,
    /// It takes events.
    Ready,
    /// It works off what it has.
    Stopping,
    /// Its journal takes nothing, for a reason. It must be started again.
    Poisoned(String),
}

/// The condition of the service, known to all who need it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Health(Arc<RwLock<Condition>>);

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(Condition::Starting)))
    }
}

impl Health {
    /// The condition now.
    pub fn condition(&self) -> Condition {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another condition from now on. A poisoned service stays poisoned.
    pub fn set(&self, condition: Condition) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*now, Condition::Poisoned(_)) {
            crate::telemetry::metrics().own.enter(match condition {
                Condition::Starting => Phase::Starting,
                Condition::Ready => Phase::Ready,
                Condition::Stopping => Phase::Stopping,
                Condition::Poisoned(_) => Phase::Poisoned,
            });
            *now = condition;
        }
    }
}

/// How far the service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Journal epochs on disk.
    pub epochs: u64,
    /// Event time of the newest event, once there is one.
    pub watermark: Option<Time>,
    /// The model, with its digest.
    pub model: String,
    /// How the ways out stand.
    pub outlets: Vec<Standing>,
}

/// What the server asks of the rest of the service.
#[derive(Clone)]
pub struct Handles {
    /// Where events go.
    pub inlet: Inlet,
    /// Checks them; cloned for each request.
    pub checker: Checker,
    /// The condition of the service.
    pub health: Health,
    /// Tells how far the service is. Must not block.
    pub status: Arc<dyn Fn() -> Status + Send + Sync>,
    /// Where dead letters are kept.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The way to everything that stands.
    pub reads: Reads,
    /// Who is let in.
    pub gate: Gate,
    /// Who vouches for people, beside the accounts with passwords.
    pub oidc: Option<Arc<Provider>>,
    /// Where acts go.
    pub acts: Arc<dyn Acts>,
    /// Where models are.
    pub models: Arc<dyn Models>,
    /// What was said lately.
    pub ring: Arc<Ring>,
    /// Who did and saw what.
    pub audit: Arc<Audit>,
    /// By which rules people and the clock work on tasks.
    pub rules: Arc<RwLock<Arc<Rulebook>>>,
    /// Ratios, caps and exclusions of double random sampling.
    pub sampling: Arc<PlanFile>,
    /// What the service is made of.
    pub about: Arc<RwLock<About>>,
    /// Answers statements of SQL, and the threads for it.
    pub sql: (Arc<sql::Engine>, tokio::runtime::Handle),
    /// The state folder.
    pub state: PathBuf,
    /// Counts what stands, before it is scraped. May take as long as a read.
    pub census: Arc<dyn Fn() + Send + Sync>,
    /// Makes the demo city.
    pub cities: Arc<dyn Cities>,
}

/// Who is let in.
#[derive(Clone, Debug)]
pub enum Gate {
    /// Whoever sits at the machine.
    Open,
    /// Who has an account or a key.
    Accounts(Arc<Accounts>),
}

/// What a service is made of.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Its sources.
    pub sources: Vec<Source>,
    /// Where the classes of its model begin.
    pub cuts: Cuts,
    /// The categories of its model.
    pub categories: Vec<Category>,
    /// The indicators of its model.
    pub indicators: Vec<Indicator>,
    /// The agencies of its model.
    pub agencies: Vec<Agency>,
    /// When groups give a systemic signal, where its model says so.
    pub groups: Option<Signals>,
    /// The companion that the pipeline names.
    pub companion: Option<Arc<Scorecard>>,
    /// Whether it fits the model that judges; it is told of only then.
    pub companion_fits: bool,
}

/// An act on its way, with the event that its finding becomes.
#[derive(Debug)]
pub struct Handed {
    /// The act.
    pub act: Act,
    /// Checked.
    pub event: Option<Item>,
}

/// Told when an act is on disk, or refused.
pub type Told = tokio::sync::oneshot::Receiver<Result<(), Refused>>;

/// Where acts go.
pub trait Acts: Send + Sync {
    /// Hands acts in, to be applied in order. Must not block.
    ///
    /// # Errors
    /// When nothing is taken any more.
    fn hand_in(&self, acts: Vec<Handed>) -> Result<Vec<Told>, Closed>;
}

/// A model that may be proposed: loaded, checked and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Id and beginning of the digest.
    pub name: String,
    /// SHA-256 over its files, in hex.
    pub digest: String,
    /// The folder of its copy, below that of all copies.
    pub path: String,
}

/// Where models are.
pub trait Models: Send + Sync {
    /// The model of an id: its folder is read, checked and kept. May take as long as planning.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    fn candidate(&self, id: &str) -> Result<Candidate, String>;

    /// The copy of a model that judged before, by its name.
    ///
    /// # Errors
    /// When it is not there, or holds another.
    fn kept(&self, name: &str) -> Result<Candidate, String>;
}

impl Handles {
    /// An id for an act: random, so that nobody guesses one.
    fn ids(&self) -> io::Result<String> {
        Ok(format!("{:032x}", u128::from_le_bytes(random::<16>()?)))
    }
}

impl fmt::Debug for Handles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handles").field("health", &self.health).finish_non_exhaustive()
    }
}

/// What all requests share.
#[derive(Debug)]
struct Shared {
    config: Config,
    handles: Handles,
    answers: Answers,
    /// Room for bodies, in units of [`body::ROOM_BYTES`].
    memory: Arc<Semaphore>,
    /// Places for password hashes.
    hashing: Arc<Semaphore>,
    /// Signs cursors.
    cursors: api::Cursors,
    /// How often each caller may ask.
    rates: api::Rates,
    /// Failed logins that the audit may still tell of.
    /// Failed logins of nobody that is known, and of those for whom the provider vouched.
    strays: [api::Strays; 2],
}

impl Shared {
    /// Writes a line into the audit, durably.
    async fn audit(
        &self,
        who: &str,
        what: &'static str,
        on: &str,
        detail: serde_json::Value,
    ) -> Result<(), Problem> {
        let (audit, who, on) = (self.handles.audit.clone(), who.to_owned(), on.to_owned());
        let at = crate::source::live::wall_clock();
        let write = move || audit.add(at, &who, what, &on, detail);
        let written = tokio::task::spawn_blocking(write).await;
        let written = written.unwrap_or_else(|error| Err(io::Error::other(error.to_string())));
        if written.is_ok() {
            crate::telemetry::metrics().audit.lines.of_key(Line::of(what)).inc();
        }
        written.map_err(|error| {
            Note::AuditNotWritten(&error).tell();
            Problem::new(Kind::Internal, "the audit cannot be written: see the log")
        })
    }
}

/// Bytes of a body of the API beside events.
const API_BODY_MAX: usize = 64 << 10;

fn routes(shared: Arc<Shared>) -> Router {
    let api = api::routes().layer(axum::extract::DefaultBodyLimit::max(API_BODY_MAX));
    let check = axum::middleware::from_fn_with_state(Arc::clone(&shared), api::check);
    Router::new()
        .merge(api)
        .route("/api/v1/events", post(events::post))
        .route("/api/v1/dead-letters", get(letters::list))
        .route("/api/v1/dead-letters/{id}", get(letters::show))
        .route("/api/v1/dead-letters/{id}/replay", post(letters::replay))
        .route("/api/v1/status", get(watch::status))
        .route("/health/live", get(watch::live))
        .route("/health/ready", get(watch::ready))
        .route("/metrics", get(watch::scrape))
        .fallback(console::serve)
        .method_not_allowed_fallback(async || {
            Problem::new(Kind::MethodNotAllowed, "see the header Allow")
        })
        .layer(check)
        .layer(axum::middleware::from_fn(record::record))
        .with_state(shared)
}
