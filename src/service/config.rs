//! What flows where, in a service? A live pipeline file, read and checked.
//!
//! Invariant: a [`Live`] is complete, and every secret is still a reference (`env:NAME`,
//! `file:PATH`): none is ever in a file or a log. Values of the environment are looked up after
//! parsing, never spliced into the text of the file.

use crate::dispatch::{CatalogueFile, PolicyFile};
use crate::http;
use crate::model::FileError;
use crate::oidc;
use crate::sampling;
use crate::service::archive::History;
use crate::sink;
use crate::source;
use crate::sql;
use crate::telemetry::otlp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::{Spanned, Table, Value};

/// A live pipeline file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    description: String,
    model: String,
    state: State,
    persons: Persons,
    #[serde(default)]
    identity: Identity,
    retention: Retention,
    stages: Stages,
    #[serde(default)]
    clock: Clock,
    #[serde(default)]
    desk: DeskFile,
    #[serde(default)]
    intake: Intake,
    #[serde(default)]
    snapshots: Snapshots,
    http: Option<Spanned<Value>>,
    #[serde(default)]
    sql: Option<Spanned<Value>>,
    telemetry: Option<Spanned<Value>>,
    access: Option<Spanned<Value>>,
    #[serde(default)]
    sources: Vec<Spanned<Value>>,
    #[serde(default)]
    outlets: Vec<Spanned<Value>>,
    results: Option<Results>,
    shadow: Option<Beside>,
    companion: Option<Companion>,
}

/// A scorecard that stands beside the index.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Companion {
    path: Spanned<Value>,
}

/// A model that runs beside the one that judges.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    model: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    path: Spanned<Value>,
    retention: Option<Spanned<Value>>,
    #[serde(default = "usual_segment")]
    segment_bytes: u64,
}

/// A segment of the journal is followed by another once it holds so many bytes: 256 MiB.
const fn usual_segment() -> u64 {
    256 << 20
}

/// What stays in the journal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Epochs that arrived so many days ago are archived.
    pub days: u32,
    /// The archive's folder; `archive` in the state folder unless given.
    pub archive: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Results {
    path: Spanned<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Persons {
    key: Spanned<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    overrides: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    horizon_years: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stages {
    flow: bool,
}

/// Who is let in: with this table, only who has an account or a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Hours that a session lasts.
    pub session_hours: u32,
    /// Who vouches for people, beside the accounts with passwords.
    pub oidc: Option<oidc::Config>,
}

impl Default for Access {
    fn default() -> Self {
        Self { session_hours: 12, oidc: None }
    }
}

/// What makes time pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ticks {
    /// The newest event alone: for data of the past, and demonstrations.
    #[default]
    Events,
    /// The wall clock too: each new day is a record of the journal, so that a quiet day still
    /// lowers an index and escalates a task.
    Wall,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    ticks: Ticks,
}

/// By which rules people and the clock work on tasks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeskFile {
    clock: Option<bool>,
    policy: Option<PathBuf>,
    measures: Option<PathBuf>,
    sampling: Option<PathBuf>,
}

/// By which rules people and the clock work on tasks.
#[derive(Clone, Debug)]
pub struct DeskRules {
    /// Whether the clock acts by itself: where `clock.ticks` is `wall`, unless the file says so.
    pub acts: bool,
    /// Reminders, escalation, matters.
    pub policy: PolicyFile,
    /// What measures mean.
    pub measures: CatalogueFile,
    /// Ratios, caps and exclusions of double random sampling.
    pub sampling: sampling::PlanFile,
}

impl DeskFile {
    /// The rules of the files that are named beside the pipeline; the program's own otherwise.
    fn rules(&self, beside: &Path, ticks: Ticks) -> Result<DeskRules, FileError> {
        fn named<T: DeserializeOwned>(
            beside: &Path,
            path: Option<&PathBuf>,
            shipped: fn() -> T,
            check: impl Fn(&T) -> Vec<String>,
        ) -> Result<T, FileError> {
            let Some(path) = path else { return Ok(shipped()) };
            let path = beside.join(path);
            let read: T = crate::model::read_toml(&path)?;
            match check(&read).into_iter().next() {
                Some(problem) => Err(FileError::at(&path, "", None, problem)),
                None => Ok(read),
            }
        }
        Ok(DeskRules {
            acts: self.clock.unwrap_or(ticks == Ticks::Wall),
            policy: named(beside, self.policy.as_ref(), PolicyFile::shipped, PolicyFile::check)?,
            measures: named(
                beside,
                self.measures.as_ref(),
                CatalogueFile::shipped,
                // Agencies are the model's: strangers among them are told of with the model.
                CatalogueFile::check,
            )?,
            sampling: named(
                beside,
                self.sampling.as_ref(),
                sampling::PlanFile::shipped,
                sampling::PlanFile::check,
            )?,
        })
    }
}

/// How events are gathered into epochs.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    /// Most events of an epoch.
    pub epoch_events_max: usize,
    /// Most events in flight; past that a source waits and HTTP answers 429.
    pub waiting_events_max: u32,
    /// Most epochs on their way through the engine.
    pub epochs_ahead_max: usize,
}

impl Default for Intake {
    fn default() -> Self {
        Self { epoch_events_max: 2_000, waiting_events_max: 50_000, epochs_ahead_max: 16 }
    }
}

/// When the state is saved. A snapshot is a cache: without one the journal is replayed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Snapshots {
    /// After so many journal epochs, if anything changed.
    pub every_epochs: u64,
    /// Or after so many minutes.
    pub every_minutes: u64,
    /// How many are kept.
    pub keep: usize,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { every_epochs: 20_000, every_minutes: 15, keep: 2 }
    }
}

/// A live source.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Source {
    /// Files that grow.
    Files(source::tail::Config),
    /// Topics of a Kafka cluster.
    Kafka(Box<source::kafka::Config>),
}

/// A way out.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Outlet {
    /// Files to which messages are appended.
    Ndjson(sink::ndjson::Config),
    /// Topics of a Kafka cluster.
    Kafka(sink::kafka::Config),
    /// A web address that is called with each message.
    Webhook(sink::webhook::Config),
    /// Tables for analysts.
    Parquet(sink::parquet::Config),
}

/// A live pipeline, ready to run.
#[derive(Debug)]
pub struct Live {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The model's directory.
    pub model: PathBuf,
    /// The directory of the model that runs beside it.
    pub shadow: Option<PathBuf>,
    /// The file of the scorecard that stands beside the index.
    pub companion: Option<PathBuf>,
    /// The folder of the journal, the snapshots and the spools.
    pub state: PathBuf,
    /// What stays in the journal; everything when it is not given.
    pub retention: Option<Kept>,
    /// Bytes of a journal segment, about.
    pub segment_bytes: u64,
    /// Where the pseudonym key is: `state`, `file:PATH` or `env:NAME`.
    pub key: String,
    /// USCCs that are admitted although their check character fails.
    pub overrides: Vec<String>,
    /// Retention horizon, in years.
    pub horizon_years: u32,
    /// Whether the fund-flow stage runs.
    pub flow: bool,
    /// What makes time pass.
    pub ticks: Ticks,
    /// By which rules people and the clock work.
    pub desk: DeskRules,
    /// How events are gathered.
    pub intake: Intake,
    /// When the state is saved.
    pub snapshots: Snapshots,
    /// The HTTP server, if there is one.
    pub http: Option<http::Config>,
    /// What may be asked in SQL, and where.
    pub sql: sql::Config,
    /// Where traces go, if anywhere.
    pub telemetry: otlp::Settings,
    /// Who is let in; whoever sits at the machine without.
    pub access: Option<Access>,
    /// The other sources.
    pub sources: Vec<Source>,
    /// The ways out.
    pub outlets: Vec<Outlet>,
    /// The folder for the files of the contract's section 6, written when the service ends.
    pub results: Option<PathBuf>,
}

/// Values that the command line sets over the file and the environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Instead of the state folder.
    pub state: Option<PathBuf>,
    /// Instead of the results' folder.
    pub out: Option<PathBuf>,
    /// Instead of the model's directory.
    pub model: Option<PathBuf>,
    /// Instead of the HTTP server's address.
    pub listen: Option<SocketAddr>,
    /// Instead of the paths of the file sources.
    pub files: Vec<String>,
}

/// Whether a pipeline file is that of a service: it has a `state`.
///
/// # Errors
/// When the file cannot be read or is not TOML.
pub fn is_live(path: &Path) -> Result<bool, FileError> {
    crate::model::read_toml::<Table>(path).map(|table| table.contains_key("state"))
}

/// Looks values of the environment up and turns tables into types, with the place of a fault.
struct Place<'a> {
    path: &'a Path,
    text: &'a str,
    env: &'a dyn Fn(&str) -> Option<String>,
}

impl Place<'_> {
    fn fault(&self, span: std::ops::Range<usize>, why: impl Into<String>) -> FileError {
        FileError::at(self.path, self.text, Some(span), why)
    }

    /// The value with every `{ env = …, default = … }` in it looked up.
    fn looked_up(&self, value: Value) -> Result<Value, String> {
        match value {
            Value::Table(table) if is_setting(&table) => {
                let name = table["env"].as_str().unwrap_or_default();
                let default = || table.get("default").and_then(Value::as_str).map(str::to_owned);
                let found = (self.env)(name).or_else(default);
                found.map(Value::String).ok_or(format!("the variable \"{name}\" is not set"))
            }
            Value::Table(table) => {
                let fields = table.into_iter();
                let fields = fields.map(|(key, value)| Ok((key, self.looked_up(value)?)));
                fields.collect::<Result<Table, String>>().map(Value::Table)
            }
            Value::Array(items) => {
                let items = items.into_iter().map(|item| self.looked_up(item));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            other => Ok(other),
        }
    }

    fn typed<T: DeserializeOwned>(&self, value: Spanned<Value>) -> Result<T, FileError> {
        let span = value.span();
        self.looked_up(value.into_inner())
            .and_then(|value| value.try_into().map_err(|e: toml::de::Error| e.message().to_owned()))
            .map_err(|why| self.fault(span, why))
    }

    /// A table that may be missing, with a check of its own.
    fn checked<T: DeserializeOwned, E: Into<String>>(
        &self,
        value: Option<Spanned<Value>>,
        check: impl FnOnce(&T) -> Result<(), E>,
    ) -> Result<Option<T>, FileError> {
        let Some(value) = value else { return Ok(None) };
        let span = value.span();
        let typed = self.typed(value)?;
        check(&typed).map_err(|why| self.fault(span, why))?;
        Ok(Some(typed))
    }
}

fn is_setting(table: &Table) -> bool {
    table.get("env").is_some_and(Value::is_str)
        && table.keys().all(|key| matches!(key.as_str(), "env" | "default"))
}

impl Live {
    /// The journal and its archive.
    pub fn history(&self) -> History {
        let archive = self.retention.as_ref().and_then(|kept| kept.archive.as_deref());
        History::at(&self.state, archive)
    }

    /// Reads a live pipeline file. `env` looks up variables of the environment.
    ///
    /// # Errors
    /// With the place in the file, or the variable that is not set.
    pub fn read(
        path: &Path,
        overrides: &Overrides,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| FileError::at(path, "", None, error.to_string()))?;
        let written: Written = crate::model::parse_toml(path, &text)?;
        let place = Place { path, text: &text, env };
        let beside = path.parent().unwrap_or(Path::new("."));
        let folder = |given: &Option<PathBuf>, value: Spanned<Value>| match given {
            Some(given) => Ok(given.clone()),
            None => place.typed::<PathBuf>(value),
        };
        let mut http: Option<http::Config> = written.http.map(|v| place.typed(v)).transpose()?;
        if let (Some(http), Some(listen)) = (&mut http, overrides.listen) {
            http.address = listen;
        }
        let has_accounts = written.access.is_some();
        let sql = place.checked(written.sql, |sql: &sql::Config| sql.check(has_accounts))?;
        let telemetry = place.checked(written.telemetry, |telemetry: &otlp::Settings| {
            telemetry.otlp.as_ref().map_or(Ok(()), otlp::Config::check)
        })?;
        let access = place.checked(written.access, |access: &Access| {
            let checked = access.oidc.as_ref().map_or(Ok(()), oidc::Config::check);
            checked.map_err(|why| format!("access.{why}"))
        })?;
        let results = match written.results {
            Some(results) => Some(folder(&overrides.out, results.path)?),
            None => overrides.out.clone(),
        };
        let sources = written.sources.into_iter().map(|v| place.typed(v));
        let mut sources: Vec<Source> = sources.collect::<Result<_, _>>()?;
        for source in &mut sources {
            if let (Source::Files(files), false) = (source, overrides.files.is_empty()) {
                files.paths.clone_from(&overrides.files);
            }
        }
        Ok(Self {
            name: written.name,
            description: written.description,
            model: overrides.model.clone().unwrap_or_else(|| beside.join(&written.model)),
            shadow: written.shadow.map(|shadow| beside.join(&shadow.model)),
            companion: written.companion.map(|one| place.typed(one.path)).transpose()?,
            state: folder(&overrides.state, written.state.path)?,
            retention: written.state.retention.map(|v| place.typed(v)).transpose()?,
            segment_bytes: written.state.segment_bytes,
            key: place.typed(written.persons.key)?,
            overrides: written.identity.overrides,
            horizon_years: written.retention.horizon_years,
            flow: written.stages.flow,
            ticks: written.clock.ticks,
            desk: written.desk.rules(beside, written.clock.ticks)?,
            intake: written.intake,
            snapshots: written.snapshots,
            http,
            sql: sql.unwrap_or_default(),
            telemetry: telemetry.unwrap_or_default(),
            access,
            sources,
            outlets: written
                .outlets
                .into_iter()
                .map(|v| place.typed(v))
                .collect::<Result<_, _>>()?,
            results,
        })
    }
}
