//! What may be asked in SQL, and what does one caller get?
//!
//! A [`Session`] is one caller's: its tables show what the caller may see ([`crate::access::View`])
//! and nothing else. All tables that a statement names are taken from one epoch, but for those that
//! take long ([`Table::is_gradual`]): of these the rows of one enterprise are of one epoch, at or
//! after that of the others. Invariant: a statement can read; it can change nothing, reach no file
//! and no other host, and it ends within its time and memory. Must not know: how statements come
//! and how answers are sent.

mod columns;
mod deadline;
pub mod folder;
mod held;
mod permit;
mod tables;
mod threads;
mod watch;
pub mod wire;

pub use held::Table;
pub use permit::{Refused, permit};
pub use threads::Threads;

use crate::access::{Reads, View, Who};
use crate::id::EntityId;
use crate::telemetry::labels::Protocol;
use crate::telemetry::metrics;
use crate::time::Time;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::resolve::resolve_table_references;
use deadline::Deadline;
use held::{Cache, Held, Lively, Version};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Name of the catalogue: what clients call the database.
pub const CATALOG: &str = "vestigo";

/// For how long at a time a table that takes long keeps the next epoch from being taken in.
const HOLD: Duration = Duration::from_millis(5);
/// Enterprises whose rows are read between two looks at the clock.
const BETWEEN_LOOKS: usize = 16;

/// Bounds of what is asked in SQL, and where the PostgreSQL protocol is spoken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port of the PostgreSQL protocol; nobody listens when it is missing.
    pub address: Option<SocketAddr>,
    /// Certificate chain (PEM). Beyond the loopback, passwords need TLS.
    pub certificate: Option<PathBuf>,
    /// Its private key (PEM, PKCS#8).
    pub private_key: Option<PathBuf>,
    /// Connections at a time; 32.
    pub connections_max: usize,
    /// Seconds of a statement; 30.
    pub seconds_max: u64,
    /// Bytes that all statements together may take; 512 MiB.
    pub memory_bytes_max: usize,
    /// Bytes of tables that are kept for further statements about the same epoch; 256 MiB.
    pub cache_bytes_max: usize,
    /// Threads of all statements together; 1, so that the pipeline keeps the other cores.
    pub threads: usize,
    /// Rows of an answer over HTTP; 100,000. An answer that is cut says so.
    pub rows_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: None,
            certificate: None,
            private_key: None,
            connections_max: 32,
            seconds_max: 30,
            memory_bytes_max: 512 << 20,
            cache_bytes_max: 256 << 20,
            threads: 1,
            rows_max: 100_000,
        }
    }
}

impl Config {
    /// Whether the settings agree; `accounts`: whether callers are asked who they are.
    ///
    /// # Errors
    /// With the setting at fault and what to do.
    pub fn check(&self, accounts: bool) -> Result<(), String> {
        let positive = [
            ("connections_max", self.connections_max),
            ("seconds_max", self.seconds_max as usize),
            ("memory_bytes_max", self.memory_bytes_max),
            ("threads", self.threads),
            ("rows_max", self.rows_max),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(format!("the SQL setting \"{name}\" must be at least 1"));
        }
        if self.certificate.is_some() != self.private_key.is_some() {
            return Err("the SQL settings \"certificate\" and \"private_key\" go together".into());
        }
        match self.address {
            Some(address) if !address.ip().is_loopback() && !accounts => Err(format!(
                "the pipeline has no accounts, so SQL is not served on \"{address}\": give it a \
                 table [access], or an address of the loopback"
            )),
            Some(address) if !address.ip().is_loopback() && self.certificate.is_none() => {
                Err(format!(
                    "SQL on \"{address}\" would send passwords in clear: set \"certificate\" and \
                     \"private_key\", or an address of the loopback"
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Why a statement gives nothing.
#[derive(Debug)]
pub enum Fault {
    /// It is none that may be asked.
    Refused(Refused),
    /// It does not fit the tables, took too long or too much.
    Query(DataFusionError),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Query(error) => f.write_str(&error.strip_backtrace()),
        }
    }
}

impl std::error::Error for Fault {}

impl From<DataFusionError> for Fault {
    fn from(error: DataFusionError) -> Self {
        Self::Query(error)
    }
}

/// Answers statements of many callers.
#[derive(Debug)]
pub struct Engine {
    reads: Reads,
    config: Config,
    runtime: Arc<RuntimeEnv>,
    cache: Arc<Cache>,
    hold: Duration,
}

impl Engine {
    /// Over everything that stands.
    ///
    /// # Errors
    /// When the bounds cannot be set up.
    pub fn new(reads: Reads, config: Config) -> Result<Self, DataFusionError> {
        let runtime = bounded(config.memory_bytes_max)?;
        let cache = Arc::new(Cache::new(config.cache_bytes_max));
        Ok(Self { reads, config, runtime, cache, hold: HOLD })
    }

    /// The bounds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The tables of one caller, who comes by one way.
    ///
    /// # Errors
    /// When the tables cannot be set up.
    pub fn session(&self, who: Arc<Who>, by: Protocol) -> Result<Session, DataFusionError> {
        let limit = Duration::from_secs(self.config.seconds_max);
        let deadline = Deadline { limit, protocol: by };
        let context = context(&self.runtime, self.config.threads, deadline);
        let held = Arc::new(Held::default());
        for table in Table::ALL {
            context.register_table(table.name(), Arc::new(Lively::new(table, held.clone())))?;
        }
        let (reads, cache) = (self.reads.clone(), self.cache.clone());
        let who = Arc::new(RwLock::new(who));
        let context = Arc::new(context);
        Ok(Session { context, reads, cache, held, who, by, hold: self.hold })
    }
}

/// Memory with a bound, and no way to the disk.
fn bounded(memory_bytes_max: usize) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    RuntimeEnvBuilder::new()
        .with_memory_limit(memory_bytes_max, 1.0)
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build_arc()
}

/// A context in which every statement has to end in time.
fn context(runtime: &Arc<RuntimeEnv>, threads: usize, deadline: Deadline) -> SessionContext {
    let config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, "public")
        .with_information_schema(true)
        .with_target_partitions(threads);
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime.clone())
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(deadline))
        .build();
    SessionContext::new_with_state(state)
}

/// Whether a statement may be asked.
fn permitted(statement: &Statement) -> Result<(), Fault> {
    let asked = match statement {
        Statement::Explain(explain) => &explain.statement,
        other => other,
    };
    match asked {
        Statement::Statement(one) => permit(one).map_err(Fault::Refused),
        other => Err(Fault::Refused(Refused::other(other))),
    }
}

/// One caller's tables.
#[derive(Clone)]
pub struct Session {
    context: Arc<SessionContext>,
    reads: Reads,
    cache: Arc<Cache>,
    held: Arc<Held>,
    who: Arc<RwLock<Arc<Who>>>,
    by: Protocol,
    hold: Duration,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("who", &self.who().id).finish_non_exhaustive()
    }
}

impl Session {
    /// Where the tables are.
    pub fn context(&self) -> &Arc<SessionContext> {
        &self.context
    }

    /// Whose it is.
    pub fn who(&self) -> Arc<Who> {
        self.who.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on it is another one's: who has said so.
    pub fn becomes(&self, who: Arc<Who>) {
        *self.who.write().unwrap_or_else(PoisonError::into_inner) = who;
    }

    /// Takes all tables that a statement names from the newest epoch.
    ///
    /// # Errors
    /// When the names cannot be read.
    pub fn refresh(&self, statement: &Statement, now: Time) -> Result<(), DataFusionError> {
        let (named, _) = resolve_table_references(statement, true)?;
        let wanted: BTreeSet<Table> =
            named.iter().filter_map(|name| Table::of(name.table())).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let who = self.who();
        let (gradual, whole): (Vec<Table>, Vec<Table>) =
            wanted.into_iter().partition(|table| table.is_gradual());
        let (version, found) = self.look(&who, now, |view| {
            let take = |table: &Table| match self.cache.find((&who, *table), view.version()) {
                Some(batch) => (*table, Ok(batch)),
                None => (*table, Err(tables::take(*table, view))),
            };
            (view.version(), whole.iter().map(take).collect::<Vec<_>>())
        });
        let mut taken = Vec::with_capacity(found.len() + gradual.len());
        for (table, found) in found {
            let batch = match found {
                Ok(known) => known,
                Err(rows) => self.cache.keep((&who, table), version, rows.build(table)?),
            };
            taken.push((table, batch));
        }
        for table in gradual {
            taken.push((table, self.gradually(table, &who, now)?));
        }
        self.held.put(taken);
        Ok(())
    }

    /// Looks at what stands, and tells for how long that held up the next epoch.
    fn look<T>(&self, who: &Who, now: Time, ask: impl FnOnce(&View<'_>) -> T) -> T {
        self.reads.with(who, now, |view| {
            let begun = Instant::now();
            let found = ask(view);
            metrics().sql.hold.observe(begun.elapsed().as_secs_f64());
            found
        })
    }

    /// Takes a table in parts, between which epochs are taken in. It is kept for further statements
    /// when none was: then it is of one epoch.
    fn gradually(
        &self,
        table: Table,
        who: &Arc<Who>,
        now: Time,
    ) -> Result<RecordBatch, DataFusionError> {
        let begin = |view: &View<'_>| (view.version(), view.all_enterprises());
        let (version, all) = self.look(who, now, begin);
        if let Some(known) = self.cache.find((who, table), version) {
            return Ok(known);
        }
        let mut parts: Vec<RecordBatch> = Vec::new();
        let (mut rest, mut still): (&[EntityId], bool) = (&all, true);
        while !rest.is_empty() {
            let (seen, left) = self.look(who, now, |view| {
                let (begun, mut rest) = (Instant::now(), rest);
                loop {
                    let (some, more) = rest.split_at(rest.len().min(BETWEEN_LOOKS));
                    parts.push(tables::of(table, view, some)?);
                    rest = more;
                    if rest.is_empty() || begun.elapsed() >= self.hold {
                        break;
                    }
                }
                Ok::<(Version, &[EntityId]), DataFusionError>((view.version(), rest))
            })?;
            still &= seen == version;
            rest = left;
        }
        let whole = concat_batches(&table.schema(), &parts)?;
        Ok(if still { self.cache.keep((who, table), version, whole) } else { whole })
    }

    /// Plans a statement over the newest epoch.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn plan(&self, statement: Statement, now: Time) -> Result<LogicalPlan, Fault> {
        self.counted(self.planned(statement, now).await)
    }

    async fn planned(&self, statement: Statement, now: Time) -> Result<LogicalPlan, Fault> {
        permitted(&statement)?;
        self.refresh(&statement, now)?;
        let plan = self.context.state().statement_to_plan(statement).await?;
        permit::reads_only(&plan)?;
        Ok(plan)
    }

    /// Answers one statement.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn query(&self, sql: &str, now: Time) -> Result<SendableRecordBatchStream, Fault> {
        let parsed = self.context.state().sql_to_statement(sql, &Dialect::PostgreSQL);
        let statement = self.counted(parsed.map_err(Fault::Query))?;
        let plan = self.plan(statement, now).await?;
        let found = self.counted(self.stream(plan).await)?;
        self.let_go();
        Ok(found)
    }

    async fn stream(&self, plan: LogicalPlan) -> Result<SendableRecordBatchStream, Fault> {
        Ok(self.context.execute_logical_plan(plan).await?.execute_stream().await?)
    }

    /// Counts a statement that gives no rows.
    fn counted<T>(&self, come: Result<T, Fault>) -> Result<T, Fault> {
        come.inspect_err(|fault| watch::fault(self.by, fault))
    }

    /// Counts a statement that is refused before it comes to a plan.
    fn refused(&self, refused: Refused) -> Fault {
        let fault = Fault::Refused(refused);
        watch::fault(self.by, &fault);
        fault
    }

    /// Counts a statement of which further rows are not told.
    pub fn rows_cut(&self, took: Duration) {
        watch::rows_cut(self.by, took);
    }

    /// Lets the tables go that a statement, whose stream has begun, has in hand by itself.
    pub fn let_go(&self) {
        self.held.drop_all();
    }
}

#[cfg(test)]
mod tests;
