//! How is risk judged? The files of `models/`, read, checked and typed.
//!
//! A model is a folder: `model.toml` names it, each stage has its files beside it. Invariant: a
//! [`Model`] has passed every check of its stages; its digest covers every byte that was read.
//! Must not know: events.

pub mod diff;
mod file;
pub mod shelf;

pub use file::{FileError, parse_toml, read_toml};

use crate::dispatch::{self, CalendarFile, RoutingFile};
use crate::engine;
use crate::id::hex;
use crate::risk;
use crate::risk::features::FeaturesFile;
use crate::risk::groups::Signals;
use crate::risk::program::ConditionFile;
use crate::risk::weigh::WeightsFile;
use crate::warning::{self, MeasuresFile, RulesFile};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A model: every weight, threshold, window, word, rule and route.
#[derive(Clone, Debug)]
pub struct Model {
    /// Such as `dongfang/2026.1`.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// SHA-256 over names and bytes of its files, sorted by name, in hex.
    pub digest: String,
    /// The stages' configurations.
    pub stages: engine::Config,
    /// The files that were read, by path relative to the folder.
    files: BTreeMap<PathBuf, String>,
}

/// `model.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    id: String,
    description: String,
    calendar: PathBuf,
}

/// Reads files of a folder and remembers what it read.
struct Folder<'a> {
    dir: &'a Path,
    read: BTreeMap<PathBuf, String>,
}

impl Folder<'_> {
    /// A file of the folder, or relative to it.
    fn file<T: DeserializeOwned>(&mut self, name: impl AsRef<Path>) -> Result<T, FileError> {
        let path = self.dir.join(&name);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| FileError::at(&path, "", None, error.to_string()))?;
        let value = parse_toml(&path, &text);
        self.read.insert(name.as_ref().to_owned(), text);
        value
    }

    /// A fault in a file that was read.
    fn fault(
        &self,
        name: &str,
        span: Option<std::ops::Range<usize>>,
        message: impl Into<String>,
    ) -> FileError {
        let text = self.read.get(Path::new(name)).map_or("", String::as_str);
        FileError::at(&self.dir.join(name), text, span, message)
    }

    /// A fault of the indicator system; within an expression, at the word at fault.
    fn risk_fault(&self, fault: risk::Fault) -> FileError {
        let text = self.read.get(Path::new(fault.file)).map_or("", String::as_str);
        let around = fault.span.clone().unwrap_or(0..text.len());
        let inner = fault.within.and_then(|(sql, bytes)| {
            let start = around.start + text.get(around.clone())?.find(&sql)?;
            Some(start + bytes.start..start + bytes.end)
        });
        self.fault(fault.file, inner.or(fault.span), fault.message)
    }

    /// SHA-256 over the names and bytes of all files that were read.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (name, text) in &self.read {
            hash.update(name.to_string_lossy().as_bytes());
            hash.update([0]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hex(&hash.finalize())
    }
}

impl Model {
    /// Reads and checks a model's folder.
    ///
    /// # Errors
    /// When a file is missing, is not TOML, does not fit its type or breaks a rule; with the
    /// place in the file.
    pub fn load(dir: &Path) -> Result<Self, FileError> {
        let mut folder = Folder { dir, read: BTreeMap::new() };
        let model: ModelFile = folder.file("model.toml")?;
        let rules: RulesFile = folder.file("rules.toml")?;
        let risk = risk_config(&mut folder, &rules)?;
        let dispatch = dispatch_config(&mut folder, &model.calendar)?;
        let stages = engine::Config {
            graph: Arc::new(folder.file("graph.toml")?),
            succession: Arc::new(folder.file("succession.toml")?),
            flow: Arc::new(folder.file("flow.toml")?),
            warning: Arc::new(warning_config(&mut folder, rules, &risk)?),
            risk: Arc::new(risk),
            dispatch: Arc::new(dispatch),
            shadow: None,
            tells_features: false,
        };
        let digest = folder.digest();
        let (id, description, files) = (model.id, model.description, folder.read);
        Ok(Self { id, description, digest, stages, files })
    }

    /// The stages, with or without the fund-flow stage: a pipeline's switch.
    pub fn config(&self, flow: bool) -> engine::Config {
        let mut config = self.stages.clone();
        Arc::make_mut(&mut config.flow).enabled = flow;
        config
    }

    /// This model as one that runs beside another.
    pub fn shadow(&self) -> engine::Shadow {
        engine::Shadow { name: self.name().into(), risk: self.stages.risk.clone() }
    }

    /// Keeps a copy of the files below a folder, under the digest, so that the model can be loaded
    /// when its own folder has become another. Gives the copy's folder, relative to `below`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep(&self, below: &Path) -> std::io::Result<PathBuf> {
        let up = |path: &Path| path.components().filter(|c| *c == Component::ParentDir).count();
        // As deep as the files lead up: a copy reaches no file outside of its own folder.
        let depth = self.files.keys().map(|path| up(path)).max().unwrap_or(0);
        let mut copy = PathBuf::from(&self.digest[..12]);
        copy.extend(std::iter::repeat_n("model", depth));
        let folder = below.join(&copy);
        std::fs::create_dir_all(&folder)?;
        for (name, text) in &self.files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let mut file = std::fs::File::create(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        Ok(copy)
    }

    /// The files of its own folder, by name; what it shares with other versions is left out.
    pub fn own_files(&self) -> impl Iterator<Item = (&Path, &str)> {
        let own = self.files.iter().filter(|(path, _)| path.components().count() == 1);
        own.map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// Id and the beginning of the digest, as warnings name the model.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, &self.digest[..12])
    }
}

fn risk_config(folder: &mut Folder<'_>, rules: &RulesFile) -> Result<risk::Config, FileError> {
    let mut config: risk::Config = folder.file("indicators.toml")?;
    config.lexicon = folder.file("lexicon.toml")?;
    // Models without expressions need no features.
    let features = if folder.dir.join("features.toml").exists() {
        folder.file("features.toml")?
    } else {
        FeaturesFile::default()
    };
    if folder.dir.join("weights.toml").exists() {
        let weights: WeightsFile = folder.file("weights.toml")?;
        weights.check().map_err(|why| folder.fault("weights.toml", None, why.to_string()))?;
        let unknown = weights.ahp.items.iter().find(|item| !config.categories.contains_key(*item));
        if let Some(item) = unknown {
            let why = format!("no category is called \"{item}\"");
            return Err(folder.fault("weights.toml", None, why));
        }
        config.weights = Some(weights);
    }
    if folder.dir.join("groups.toml").exists() {
        let groups: Signals = folder.file("groups.toml")?;
        if let Some(why) = groups.fault() {
            return Err(folder.fault("groups.toml", None, why));
        }
        config.groups = Some(groups);
    }
    let fault = config.fault().or_else(|| config.complete(features, &conditions(rules)).err());
    match fault {
        Some(fault) => Err(folder.risk_fault(fault)),
        None => Ok(config),
    }
}

/// The conditions in SQL of the rules that are in use.
fn conditions(rules: &RulesFile) -> Vec<ConditionFile> {
    let rules = rules.rule.iter().filter(|rule| rule.on);
    rules
        .flat_map(|rule| {
            let conditions = rule.trigger.conditions().into_iter();
            conditions.map(|(level, sql)| ConditionFile {
                kind: rule.kind.clone(),
                level,
                sql: sql.to_owned(),
            })
        })
        .collect()
}

fn warning_config(
    folder: &mut Folder<'_>,
    rules: RulesFile,
    risk: &risk::Config,
) -> Result<warning::Config, FileError> {
    let measures: MeasuresFile = folder.file("measures.toml")?;
    if let Some(rule) = rules.rule.iter().find(|rule| {
        matches!(rule.trigger, warning::Trigger::Systemic { .. }) && risk.groups.is_none()
    }) {
        let why = format!("rules: {}: the model has no groups.toml with its bounds", rule.id);
        return Err(folder.fault("rules.toml", None, why));
    }
    match warning::Config::check(&rules, &measures).into_iter().next() {
        Some(problem) => Err(folder.fault("rules.toml", None, problem)),
        None => Ok(warning::Config::new(rules, measures, risk.names(), risk.scale.clone())
            .heeding(risk.groups.clone())),
    }
}

fn dispatch_config(
    folder: &mut Folder<'_>,
    calendar: &Path,
) -> Result<dispatch::Config, FileError> {
    let routing: RoutingFile = folder.file("routing.toml")?;
    let calendar: CalendarFile = folder.file(calendar)?;
    match dispatch::Config::check(&routing, &calendar).into_iter().next() {
        Some(problem) => Err(folder.fault("routing.toml", None, problem)),
        None => Ok(dispatch::Config::new(routing, &calendar)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miette::Diagnostic;

    const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/dongfang/2026.1");

    /// A copy of the shipped model with one replacement in one file.
    fn altered(file: &str, from: &str, to: &str) -> Result<Model, FileError> {
        let dir = tempfile::tempdir().expect("a folder");
        let model = dir.path().join("dongfang/2026.1");
        let calendars = dir.path().join("calendar");
        for (source, target) in [
            (PathBuf::from(SHIPPED), &model),
            (Path::new(SHIPPED).join("../../calendar"), &calendars),
        ] {
            std::fs::create_dir_all(target).expect("created");
            for entry in std::fs::read_dir(source).expect("listed") {
                let path = entry.expect("an entry").path();
                std::fs::copy(&path, target.join(path.file_name().expect("named")))
                    .expect("copied");
            }
        }
        let path = model.join(file);
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(text.contains(from), "\"{from}\" is in {file}");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("written");
        Model::load(&model)
    }

    #[test]
    fn loads_the_shipped_model() {
        let model = Model::load(Path::new(SHIPPED)).expect("the shipped model");
        assert_eq!(model.id, "dongfang/2026.1");
        assert_eq!(model.digest.len(), 64);
        assert!(model.stages.risk.indicators.len() >= 45);
        assert!(model.name().starts_with("dongfang/2026.1@"));
    }

    #[test]
    fn another_byte_is_another_digest() {
        let model = Model::load(Path::new(SHIPPED)).expect("the shipped model");
        let other = altered("model.toml", "# One version", "# 1 version").expect("still a model");
        assert_ne!(model.digest, other.digest);
        assert_eq!(altered("model.toml", "id", "id").expect("same").digest, model.digest);
    }

    #[test]
    fn faults_have_a_place() {
        for (file, from, to, says, at) in [
            ("indicators.toml", "\"B02\"", "\"B01\"", "defined twice", "\"B01\""),
            ("indicators.toml", "\"R01\"", "\"X01\"", "no category", "\"X01\""),
            ("indicators.toml", "points = 20\n", "points = 900\n", "at most 120", "\"B01\""),
            (
                "indicators.toml",
                "\"penalty.minor\"",
                "\"penalty.tiny\"",
                "no tag",
                "[\"penalty.tiny",
            ),
            (
                "indicators.toml",
                "half_life_days",
                "halflife_days",
                "unknown field",
                "halflife_days",
            ),
            ("indicators.toml", "zh = \"存续时长\"", "zh = \"\"", "needs zh", "\"B01\""),
            ("graph.toml", "members_max", "member_max", "unknown field", "member_max"),
        ] {
            let error = altered(file, from, to).expect_err(says);
            assert!(error.to_string().contains(says), "{error} should say {says}");
            let label = error.labels().expect("a place").next().expect("one");
            let text = error.source_code().expect("text");
            let span = text.read_span(label.inner(), 0, 0).expect("within");
            let found = String::from_utf8_lossy(span.data()).into_owned();
            assert!(found.starts_with(at) || found.contains(at), "{found} at {at}");
        }
    }

    #[test]
    fn caps_must_sum_and_grades_rise() {
        for (from, to, says) in [
            ("cap = 120", "cap = 130", "sum to 1010"),
            ("grade_b = 16", "grade_b = 450", "must rise"),
        ] {
            let error = altered("indicators.toml", from, to).expect_err(says);
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
