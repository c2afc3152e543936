//! What do the models say? Listed, compared, checked, and their features named.

use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome};
use crate::model::{self, Model};
use crate::risk::features::Feature;
use crate::risk::monotone;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where models are looked for by id.
const SHELF: &str = "models";

/// What `vestigo model` is asked.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Task {
    /// All models, with their digests.
    List {
        /// Folder below which they are.
        #[arg(default_value = SHELF)]
        below: PathBuf,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Every value in which two models differ.
    Diff {
        /// A model's folder, or its id below `models/`.
        before: String,
        /// Another.
        after: String,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Read and check a model: types, expressions, directions. 1 when a direction is broken.
    Check {
        /// A model's folder, or its id below `models/`.
        model: String,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// The features that expressions may name.
    Features {
        /// A model's folder, or its id below `models/`.
        model: String,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

/// Loads a model by folder or id.
pub(crate) fn load(named: &str) -> Result<Model, Failure> {
    model::shelf::load(named, Path::new(SHELF)).map_err(|error| Failure::Config(error.into()))
}

/// Does it.
pub(crate) fn run(task: Task) -> Result<Outcome, Failure> {
    match task {
        Task::List { below, format } => list(&below, format),
        Task::Diff { before, after, format } => {
            let differences = model::diff::differences(&load(&before)?, &load(&after)?);
            let rows: Vec<Value> = differences
                .iter()
                .map(|each| serde_json::to_value(each).expect("plain values"))
                .collect();
            output::rows(format, &rows, DIFF)?;
            Ok(Outcome::Done)
        }
        Task::Check { model, format } => check(&load(&model)?, format),
        Task::Features { model, format } => {
            let model = load(&model)?;
            let risk = &model.stages.risk;
            let rows: Vec<Value> = risk.features.iter().map(|each| feature(&model, each)).collect();
            output::rows(format, &rows, FEATURES)?;
            Ok(Outcome::Done)
        }
    }
}

const LIST: &[Column] = &[
    ("model", "id"),
    ("digest", "digest"),
    ("indicators", "indicators"),
    ("in SQL", "in_sql"),
    ("features", "features"),
    ("rules in SQL", "rules_in_sql"),
    ("what it is", "description"),
];

const DIFF: &[Column] =
    &[("file", "file"), ("value", "path"), ("before", "before"), ("after", "after")];

const FEATURES: &[Column] = &[
    ("feature", "name"),
    ("what it is", "zh"),
    ("", "en"),
    ("unit", "unit"),
    ("made by", "made"),
    ("named by", "used_by"),
];

fn list(below: &Path, format: Format) -> Result<Outcome, Failure> {
    let mut rows = Vec::new();
    let mut outcome = Outcome::Done;
    for folder in model::shelf::folders(below)? {
        match Model::load(&folder) {
            Ok(model) => rows.push(shown(&model)),
            Err(error) => {
                outcome = Outcome::No;
                rows.push(json!({
                    "id": folder.display().to_string(), "description": error.to_string(),
                }));
            }
        }
    }
    output::rows(format, &rows, LIST)?;
    Ok(outcome)
}

fn shown(model: &Model) -> Value {
    let risk = &model.stages.risk;
    let (scored, conditions) = risk.program.expressions();
    json!({
        "id": model.id,
        "digest": model.digest[..12],
        "indicators": risk.indicators.len(),
        "in_sql": scored,
        "features": risk.features.len(),
        "rules_in_sql": conditions,
        "description": model.description,
    })
}

fn check(model: &Model, format: Format) -> Result<Outcome, Failure> {
    let risk = &model.stages.risk;
    let breaches = monotone::breaches(risk);
    let named = risk.program.features();
    let idle: Vec<&str> = risk
        .features
        .iter()
        .enumerate()
        .filter(|(place, _)| !named.contains(place))
        .map(|(_, feature)| &**feature.name.get_ref())
        .collect();
    let directions: usize =
        risk.indicators.iter().map(|each| each.rises_with.len() + each.falls_with.len()).sum();
    if format == Format::Table {
        let (scored, conditions) = risk.program.expressions();
        output::text(&format!(
            "{}\n{} indicators, {scored} of them in SQL, {conditions} conditions of rules; \
             {directions} directions tried, {} broken",
            model.name(),
            risk.indicators.len(),
            breaches.len()
        ))?;
        if !idle.is_empty() {
            output::text(&format!("features that nothing names: {}", idle.join(", ")))?;
        }
        for breach in &breaches {
            output::text(&breach.to_string())?;
        }
    } else {
        let mut row = shown(model);
        row["directions"] = json!(directions);
        row["broken"] = breaches.iter().map(ToString::to_string).collect();
        row["idle_features"] = json!(idle);
        output::rows(format, &[row], &[])?;
    }
    Ok(if breaches.is_empty() { Outcome::Done } else { Outcome::No })
}

fn feature(model: &Model, feature: &Feature) -> Value {
    let risk = &model.stages.risk;
    let name = &**feature.name.get_ref();
    let place = risk.features.iter().position(|each| each.name.get_ref() == feature.name.get_ref());
    let used_by = place.map(|place| risk.program.users(risk, place)).unwrap_or_default();
    json!({
        "name": name,
        "zh": feature.zh,
        "en": feature.en,
        "unit": feature.unit,
        "made": feature.made(),
        "used_by": used_by,
    })
}
