//! What may be asked in SQL, and what does one caller get?
//!
//! A [`Session`] is one caller's: its tables show what the caller may see ([`crate::access::View`])
//! and nothing else. All tables that a statement names are taken from one epoch. Invariant: a
//! statement can read; it can change nothing, reach no file and no other host, and it ends within
//! its time and memory. Must not know: how statements come and how answers are sent.

mod deadline;
pub mod folder;
mod held;
mod permit;
mod tables;
mod threads;
pub mod tls;
pub mod wire;

pub use held::Table;
pub use permit::{Refused, permit};
pub use threads::Threads;

use crate::access::{Reads, Who};
use crate::time::Time;
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
use held::{Cache, Held, Lively};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Name of the catalogue: what clients call the database.
pub const CATALOG: &str = "vestigo";

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
}

impl Engine {
    /// Over everything that stands.
    ///
    /// # Errors
    /// When the bounds cannot be set up.
    pub fn new(reads: Reads, config: Config) -> Result<Self, DataFusionError> {
        let runtime = bounded(config.memory_bytes_max)?;
        let cache = Arc::new(Cache::new(config.cache_bytes_max));
        Ok(Self { reads, config, runtime, cache })
    }

    /// The bounds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The tables of one caller.
    ///
    /// # Errors
    /// When the tables cannot be set up.
    pub fn session(&self, who: Arc<Who>) -> Result<Session, DataFusionError> {
        let limit = Duration::from_secs(self.config.seconds_max);
        let context = context(&self.runtime, self.config.threads, limit);
        let held = Arc::new(Held::default());
        for table in Table::ALL {
            context.register_table(table.name(), Arc::new(Lively::new(table, held.clone())))?;
        }
        let (reads, cache) = (self.reads.clone(), self.cache.clone());
        let who = Arc::new(RwLock::new(who));
        Ok(Session { context: Arc::new(context), reads, cache, held, who })
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
fn context(runtime: &Arc<RuntimeEnv>, threads: usize, limit: Duration) -> SessionContext {
    let config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, "public")
        .with_information_schema(true)
        .with_target_partitions(threads);
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime.clone())
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(Deadline(limit)))
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
        let taken = self.reads.with(&who, now, |view| {
            let version = view.version();
            let take = |table: &Table| {
                let make = || tables::read(*table, view);
                self.cache.get((&who, *table), version, make).map(|batch| (*table, batch))
            };
            wanted.iter().map(take).collect::<Result<Vec<_>, _>>()
        })?;
        self.held.put(taken);
        Ok(())
    }

    /// Plans a statement over the newest epoch.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn plan(&self, statement: Statement, now: Time) -> Result<LogicalPlan, Fault> {
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
        let statement = self.context.state().sql_to_statement(sql, &Dialect::PostgreSQL)?;
        let plan = self.plan(statement, now).await?;
        let found = self.context.execute_logical_plan(plan).await?.execute_stream().await?;
        self.let_go();
        Ok(found)
    }

    /// Lets the tables go that a statement, whose stream has begun, has in hand by itself.
    pub fn let_go(&self) {
        self.held.drop_all();
    }
}

#[cfg(test)]
mod tests;
