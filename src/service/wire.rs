//! Which parts does the pipeline name? Sources, outlets and the HTTP server, set up and started.

use crate::access::Reads;
use crate::access::accounts::Accounts;
use crate::access::audit::{self, Audit};
use crate::http::ring::Ring;
use crate::http::{self, Gate, Handles, Health, Status};
use crate::oidc::Provider;
use crate::query::Stand;
use crate::service::census::Census;
use crate::service::config::{Live, Outlet, Source};
use crate::service::demo::Demo;
use crate::service::intake::Order;
use crate::service::judging::Judging;
use crate::service::promote::{Desk, Shelf};
use crate::service::vigil::Vigil;
use crate::service::{Fault, spawn};
use crate::sink::{self, DeadLetter};
use crate::source::live::{Checker, Inlet, wall_clock};
use crate::sql;
use crate::telemetry::labels::Queue;
use crate::telemetry::{Note, metrics};
use crate::time::Time;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

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
    for name in &names {
        metrics().outlets.know(name);
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Fault::Setup(format!(
            "two outlets are called \"{}\": give one another name",
            pair[0]
        ))),
        None => Ok(outlets),
    }
}

/// Tells how much room the pipeline's queues have.
pub(super) fn capacities(live: &Live) {
    let capacity = &metrics().stages.capacity;
    capacity.of_key(Queue::Inlet).set(live.intake.waiting_events_max.into());
    let ahead = i64::try_from(live.intake.epochs_ahead_max).unwrap_or(i64::MAX);
    capacity.of_key(Queue::Engine).set(ahead);
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

/// What the HTTP server needs of the other parts.
pub(super) struct Parts {
    /// Checks events.
    pub(super) checker: Checker,
    /// Where models are.
    pub(super) shelf: Arc<Shelf>,
    /// What was decided.
    pub(super) shown: Arc<RwLock<crate::desk::Desk>>,
    /// Where they go.
    pub(super) inlet: Inlet,
    /// The condition of the service.
    pub(super) health: Health,
    /// Everything that stands.
    pub(super) stand: Arc<RwLock<Stand>>,
    /// How the outlets stand.
    pub(super) outbox: sink::outbox::Entrance,
    /// The way to it for callers.
    pub(super) reads: Reads,
    /// What was said lately.
    pub(super) ring: Arc<Ring>,
    /// Where acts go.
    pub(super) orders: mpsc::UnboundedSender<Order>,
    /// What follows from the model that judges.
    pub(super) judging: Judging,
    /// Counts what stands.
    pub(super) census: Arc<Census>,
}

/// A running HTTP server.
pub(super) struct Web {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
    audit: Arc<Audit>,
    _vigil: Vigil,
}

/// From where the pipeline takes events, as it is told.
pub(super) fn named_sources(live: &Live) -> Vec<http::Source> {
    let mut sources = Vec::new();
    if let Some(http) = &live.http {
        sources.push(http::Source { kind: "http".into(), reads: http.address.to_string() });
    }
    for source in &live.sources {
        let (kind, reads) = match source {
            Source::Files(files) => ("files", files.paths.join(", ")),
            Source::Kafka(kafka) => {
                let topics: Vec<&str> =
                    kafka.topics.iter().map(super::super::source::kafka::Topic::name).collect();
                ("kafka", topics.join(", "))
            }
        };
        sources.push(http::Source { kind: kind.into(), reads });
    }
    sources
}

impl Web {
    /// Starts the server, if the pipeline has one.
    ///
    /// # Errors
    /// When it cannot listen, or the files of accounts and audit cannot be had.
    pub(super) fn start(
        live: &Live,
        parts: Parts,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, Fault> {
        let Some(config) = live.http.clone() else { return Ok(None) };
        let setup = |error: String| Fault::Setup(error);
        let Parts {
            checker,
            shelf,
            shown,
            inlet,
            health,
            stand,
            outbox,
            reads,
            ring,
            orders,
            judging,
            census,
        } = parts;
        let audit = Arc::new(Audit::open(&live.state).map_err(Fault::Io)?);
        let oidc = provider(live, &config, &audit, &judging, env)?;
        let gate = match &live.access {
            None => Gate::Open,
            Some(access) => {
                let folder = live.state.join("access");
                let accounts = Accounts::open(&folder, access.session_hours);
                Gate::Accounts(Arc::new(accounts.map_err(Fault::Io)?))
            }
        };
        let threads = sql::Threads::new(live.sql.threads).map_err(Fault::Io)?;
        let engine = sql::Engine::new(reads.clone(), live.sql.clone());
        let engine = Arc::new(engine.map_err(|error| setup(error.to_string()))?);
        let door = match &gate {
            Gate::Open => None,
            Gate::Accounts(accounts) => Some(accounts.clone()),
        };
        let listening = sql::wire::Server::bind(engine.clone(), door, wall_clock);
        if let Some(port) = threads.handle().block_on(listening).map_err(Fault::Io)? {
            threads.handle().spawn(port.run());
        }
        let cities = Demo::new(checker.clone(), inlet.clone(), stand.clone(), &live.state);
        let told = stand.clone();
        let handles = Handles {
            inlet,
            checker,
            health,
            status: Arc::new(move || {
                let stand = told.read().expect("no writer panics");
                Status {
                    epochs: stand.sequence,
                    watermark: stand.newest,
                    model: stand.model.clone(),
                    outlets: outbox.standings(),
                }
            }),
            dead_letters: Arc::new(Letters(stand)),
            reads,
            gate,
            oidc: oidc.map(Arc::new),
            rules: judging.rules.clone(),
            about: judging.about.clone(),
            acts: Arc::new(Desk { orders, shelf: shelf.clone(), shown, judging }),
            models: shelf,
            ring,
            audit: audit.clone(),
            sampling: Arc::new(live.desk.sampling.clone()),
            sql: (engine, threads.handle()),
            state: live.state.clone(),
            census: Arc::new(move || census.take()),
            cities: Arc::new(cities),
        };
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
            drop(threads);
        });
        let vigil = Vigil::start(&live.state, audit.clone());
        Ok(Some(Self { stop, thread, audit, _vigil: vigil }))
    }

    /// Where acts are noted.
    pub(super) fn audit(&self) -> Arc<Audit> {
        self.audit.clone()
    }

    /// Adds the lines of acts that a crash kept from the audit: what is in the journal holds.
    pub(super) fn complete_audit(&self, state: &std::path::Path, desk: &crate::desk::Desk) {
        let known = match audit::acts(state) {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "the audit cannot be read");
                return;
            }
        };
        let steps = desk.cases.iter().flat_map(|(task, case)| {
            case.steps.iter().map(move |step| (step.at, &step.act, &step.by.account, task))
        });
        let verdicts = desk.verdicts.iter().flat_map(|(pair, given)| {
            given.iter().map(move |one| (one.at, &one.act, &one.by.account, pair))
        });
        let matters = desk.matters.iter().flat_map(|(matter, known)| {
            known.steps.iter().map(move |step| (step.at, &step.act, &step.by, matter))
        });
        let samples = desk.samples.iter();
        let samples = samples.map(|(id, one)| (one.at, &one.act, &one.by.account, id));
        let promotions = desk.promotions.all().iter().flat_map(|one| {
            let decided =
                one.decided.iter().map(move |by| (by.at, &by.act, &by.by.account, &one.id));
            std::iter::once((one.at, &one.id, &one.by.account, &one.id)).chain(decided)
        });
        let all = steps.chain(verdicts).chain(promotions).chain(matters).chain(samples);
        let mut missing: Vec<_> = all.filter(|(_, act, ..)| !known.contains(&***act)).collect();
        missing.sort_by_key(|(at, act, ..)| (*at, (*act).clone()));
        for (at, act, by, on) in missing {
            let detail = json!({ "act": &**act, "added_at_start": true });
            if let Err(error) = self.audit.add(at, by, "act", on, detail) {
                Note::AuditNotWritten(&error).tell();
                return;
            }
        }
    }

    /// Lets open requests end.
    pub(super) fn stop(self) {
        self.stop.send(()).ok();
        self.thread.join().ok();
    }
}

/// Who vouches for people, if the pipeline names anybody. It is not asked yet: it may be down.
fn provider(
    live: &Live,
    http: &http::Config,
    audit: &Audit,
    judging: &Judging,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Provider>, Fault> {
    let Some(config) = live.access.as_ref().and_then(|access| access.oidc.clone()) else {
        return Ok(None);
    };
    let setup = |why: String| Fault::Setup(format!("access.{why}"));
    let rules = judging.rules.read().expect("no writer panics").clone();
    if let Some(agency) = config.unknown_agency(|id| rules.config.is_agency(id)) {
        return Err(setup(format!("oidc.grants: \"{agency}\" is no agency of the model")));
    }
    let redirect = config.redirect(http.address, http.tls.is_some()).map_err(setup)?;
    let provider = Provider::new(config, redirect, audit.derive("oidc"), env);
    provider.map(Some).map_err(setup)
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
