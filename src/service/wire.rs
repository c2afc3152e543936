//! Which parts does the pipeline name? Sources, outlets and the HTTP server, set up and started.

use crate::http::{self, Handles, Health, Status};
use crate::service::config::{Live, Outlet, Source};
use crate::service::{Fault, Stand, spawn};
use crate::sink::{self, DeadLetter};
use crate::source::live::{Checker, Inlet};
use crate::time::Time;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// The outlets that the pipeline names.
///
/// # Errors
/// When one cannot be set up.
pub(super) fn outlets(
    live: &Live,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Box<dyn sink::Outlet>>, Fault> {
    let mut outlets: Vec<Box<dyn sink::Outlet>> = Vec::new();
    for outlet in &live.outlets {
        outlets.push(match outlet {
            Outlet::Ndjson(config) => Box::new(
                sink::ndjson::Ndjson::open(config)
                    .map_err(|error| Fault::Setup(format!("the ndjson outlet: {error}")))?,
            ),
            Outlet::Kafka(config) => Box::new(
                sink::kafka::Kafka::open("kafka", config, env)
                    .map_err(|error| Fault::Setup(format!("the kafka outlet: {error}")))?,
            ),
            Outlet::Parquet(config) => Box::new(
                sink::parquet::Tables::open(config)
                    .map_err(|error| Fault::Setup(format!("the parquet outlet: {error}")))?,
            ),
            Outlet::Webhook(config) => {
                let opened = sink::webhook::Webhook::open(config, env, &live.state.join("parked"));
                Box::new(opened.map_err(|error| {
                    Fault::Setup(format!("the webhook outlet \"{}\": {error}", config.name))
                })?)
            }
        });
    }
    let mut names: Vec<&str> = outlets.iter().map(|outlet| outlet.name()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Fault::Setup(format!(
            "two outlets are called \"{}\": give one another name",
            pair[0]
        ))),
        None => Ok(outlets),
    }
}

/// Starts the sources, each where it left off.
pub(super) fn sources(
    live: &Live,
    cursors: &BTreeMap<String, String>,
    checker: &Checker,
    inlet: &Inlet,
) -> Vec<JoinHandle<()>> {
    let sources = live.sources.iter().map(|source| {
        let (checker, inlet, cursors) = (checker.clone(), inlet.clone(), cursors.clone());
        match source {
            Source::Files(config) => {
                let config = config.clone();
                spawn("files", move || {
                    if let Err(error) = crate::source::tail::run(&config, &cursors, checker, &inlet)
                    {
                        tracing::error!(%error, "a file source has ended");
                    }
                })
            }
            Source::Kafka(config) => {
                let config = config.clone();
                spawn("kafka", move || {
                    if let Err(error) =
                        crate::source::kafka::run(&config, &cursors, checker, &inlet)
                    {
                        tracing::error!(%error, "a Kafka source has ended");
                    }
                })
            }
        }
    });
    sources.collect()
}

/// A running HTTP server.
pub(super) struct Web {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Web {
    /// Starts the server, if the pipeline has one.
    ///
    /// # Errors
    /// When it cannot listen.
    pub(super) fn start(
        live: &Live,
        checker: &Checker,
        inlet: &Inlet,
        health: &Health,
        stand: &Arc<RwLock<Stand>>,
        outbox: sink::outbox::Entrance,
    ) -> Result<Option<Self>, Fault> {
        let Some(config) = live.http.clone() else { return Ok(None) };
        let told = stand.clone();
        let handles = Handles {
            inlet: inlet.clone(),
            checker: checker.clone(),
            health: health.clone(),
            status: Arc::new(move || {
                let stand = told.read().expect("no writer panics");
                Status {
                    epochs: stand.sequence,
                    watermark: stand.newest,
                    model: stand.model.clone(),
                    outlets: outbox.standings(),
                }
            }),
            dead_letters: Arc::new(Letters(stand.clone())),
        };
        let setup = |error: String| Fault::Setup(error);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(|error| setup(error.to_string()))?;
        let server = runtime
            .block_on(http::Server::bind(config, handles))
            .map_err(|error| setup(error.to_string()))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = spawn("http-main", move || {
            // A sender that is gone asks to stop too.
            runtime.block_on(server.run(async { drop(stopped.await) }));
        });
        Ok(Some(Self { stop, thread }))
    }

    /// Lets open requests end.
    pub(super) fn stop(self) {
        self.stop.send(()).ok();
        self.thread.join().ok();
    }
}

/// The dead letters of the journal.
struct Letters(Arc<RwLock<Stand>>);

impl http::DeadLetters for Letters {
    fn list(&self, filter: &http::Filter) -> Result<Vec<http::Letter>, String> {
        let stand = self.0.read().expect("no writer panics");
        let mut from = 0;
        if let Some(after) = &filter.after {
            let place = stand.dead.iter().position(|(id, _, _)| id == after);
            from = place.ok_or_else(|| format!("no dead letter \"{after}\""))? + 1;
        }
        let found = stand.dead[from..].iter().filter(|(_, at, letter)| filter.passes(*at, letter));
        Ok(found.take(filter.limit).map(letter).collect())
    }

    fn find(&self, id: &str) -> Result<Option<http::Letter>, String> {
        let stand = self.0.read().expect("no writer panics");
        Ok(stand.dead.iter().find(|(known, _, _)| known == id).map(letter))
    }
}

fn letter((id, at, letter): &(String, Time, DeadLetter)) -> http::Letter {
    http::Letter { id: id.clone(), at: *at, letter: letter.clone() }
}
