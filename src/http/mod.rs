//! What can be asked and told over HTTP? Events in; dead letters, health, metrics and status out.
//!
//! Invariant: an event is acknowledged when it is on disk, not before; every request is bounded in
//! size, time and memory; no input makes it panic. Must not know: the journal, the engine.
//!
//! Nobody is asked who they are yet, so the default address is of the loopback alone.

mod answers;
mod body;
mod events;
mod form;
mod letters;
mod problem;
mod server;
mod split;
#[cfg(test)]
mod tests;
mod watch;

pub use letters::{DeadLetters, Filter, Letter, class_of, shown};
pub use server::{Server, serve};

use crate::sink::outbox::Standing;
use crate::source::live::{Checker, Inlet};
use crate::time::Time;
use answers::Answers;
use axum::Router;
use axum::routing::{get, post};
use problem::{Kind, Problem};
use serde::Deserialize;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// How the server listens, and its bounds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port; `127.0.0.1:8080` by default. There is no authentication: keep to the
    /// loopback, or put a proxy before it that has one.
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
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name, rule) => write!(f, "the HTTP setting \"{name}\" {rule}"),
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
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1/events", post(events::post))
        .route("/api/v1/dead-letters", get(letters::list))
        .route("/api/v1/dead-letters/{id}", get(letters::show))
        .route("/api/v1/dead-letters/{id}/replay", post(letters::replay))
        .route("/api/v1/status", get(watch::status))
        .route("/health/live", get(watch::live))
        .route("/health/ready", get(watch::ready))
        .route("/metrics", get(watch::scrape))
        .fallback(async || Problem::new(Kind::NotFound, "see the documentation for the paths"))
        .method_not_allowed_fallback(async || {
            Problem::new(Kind::MethodNotAllowed, "see the header Allow")
        })
        .with_state(shared)
}
