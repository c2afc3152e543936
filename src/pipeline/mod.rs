//! What flows where? The files of `pipelines/`, read and checked.
//!
//! Invariant: a [`Pipeline`] is complete: every setting is there, every path absolute or relative
//! to the working directory. Values of the environment are looked up after parsing, never spliced
//! into the text of the file.

use crate::model::{FileError, read_toml};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A pipeline file, as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    description: String,
    model: String,
    source: Source,
    persons: Persons,
    #[serde(default)]
    identity: Identity,
    retention: Retention,
    stages: Stages,
    sink: Sink,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Source {
    Files { paths: Vec<Setting> },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Persons {
    key: Setting,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    overrides: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    horizon_years: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stages {
    flow: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Sink {
    Folder { path: Setting },
}

/// A value in the file, or the name of a variable of the environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Setting {
    Text(String),
    Env { env: String, default: Option<String> },
}

/// A pipeline, ready to run.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The model's directory.
    pub model: PathBuf,
    /// Files, folders or globs to read.
    pub events: Vec<String>,
    /// Where the pseudonym key is: `state`, `file:PATH` or `env:NAME`.
    pub key: String,
    /// USCCs that are admitted although their check character fails.
    pub overrides: Vec<String>,
    /// Retention horizon, in years.
    pub horizon_years: u32,
    /// Whether the fund-flow stage runs.
    pub flow: bool,
    /// The folder for the results.
    pub out: PathBuf,
}

/// Values that the command line sets over the file and the environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Instead of the source's paths.
    pub events: Vec<String>,
    /// Instead of the sink's path.
    pub out: Option<PathBuf>,
    /// Instead of the model's directory.
    pub model: Option<PathBuf>,
}

/// Why a pipeline cannot run.
#[derive(Debug, miette::Diagnostic)]
pub enum PipelineError {
    /// The file cannot be read or is not a pipeline.
    #[diagnostic(transparent)]
    File(FileError),
    /// A variable of the environment that the file names is not set.
    #[diagnostic(help("set it, or give the value on the command line (see `vestigo run --help`)"))]
    Unset {
        /// The variable.
        variable: String,
        /// The setting that needs it.
        setting: &'static str,
    },
}

impl std::fmt::Display for PipelineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Unset { variable, setting } => {
                write!(f, "read \"{setting}\": the variable \"{variable}\" is not set")
            }
        }
    }
}

impl std::error::Error for PipelineError {}

impl Pipeline {
    /// Reads a pipeline file. `env` looks up variables of the environment.
    ///
    /// # Errors
    /// With the place in the file, or the variable that is not set.
    pub fn read(
        path: &Path,
        overrides: &Overrides,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, PipelineError> {
        let written: Written = read_toml(path).map_err(PipelineError::File)?;
        let beside = path.parent().unwrap_or(Path::new("."));
        let value = |setting: &Setting, name: &'static str| match setting {
            Setting::Text(text) => Ok(text.clone()),
            Setting::Env { env: variable, default } => env(variable)
                .or_else(|| default.clone())
                .ok_or_else(|| PipelineError::Unset { variable: variable.clone(), setting: name }),
        };
        let Source::Files { paths } = &written.source;
        let events = if overrides.events.is_empty() {
            paths.iter().map(|path| value(path, "source.paths")).collect::<Result<_, _>>()?
        } else {
            overrides.events.clone()
        };
        let Sink::Folder { path: out } = &written.sink;
        let out = match &overrides.out {
            Some(out) => out.clone(),
            None => PathBuf::from(value(out, "sink.path")?),
        };
        let model = overrides.model.clone().unwrap_or_else(|| beside.join(&written.model));
        Ok(Self {
            name: written.name,
            description: written.description,
            model,
            events,
            key: value(&written.persons.key, "persons.key")?,
            overrides: written.identity.overrides,
            horizon_years: written.retention.horizon_years,
            flow: written.stages.flow,
            out,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/batch.toml")
    }

    #[test]
    fn the_shipped_pipeline_reads() {
        let env = |name: &str| Some(format!("/{name}"));
        let pipeline = Pipeline::read(&shipped(), &Overrides::default(), env).expect("it is valid");
        assert_eq!(pipeline.events, ["/VESTIGO_EVENTS"]);
        assert_eq!(pipeline.out, Path::new("/VESTIGO_OUT"));
        assert!(pipeline.model.join("model.toml").exists());
    }

    #[test]
    fn an_unset_variable_is_named() {
        let error = Pipeline::read(&shipped(), &Overrides::default(), |_| None);
        let said = error.expect_err("nothing is set").to_string();
        assert!(said.contains("VESTIGO_EVENTS") && said.contains("source.paths"), "{said}");
    }

    #[test]
    fn the_command_line_wins() {
        let overrides = Overrides {
            events: vec!["x.ndjson".into()],
            out: Some("y".into()),
            model: Some("z".into()),
        };
        let pipeline = Pipeline::read(&shipped(), &overrides, |_| None).expect("nothing needed");
        assert_eq!((pipeline.events, pipeline.out), (vec!["x.ndjson".into()], "y".into()));
    }
}
