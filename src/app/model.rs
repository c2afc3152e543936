//! What do the models say? Listed, compared, checked, and their features named.

use crate::app::client::Client;
use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome, promote, train};
use crate::model::{self, Model};
use crate::risk::config::category_of;
use crate::risk::features::Feature;
use crate::risk::{monotone, weigh};
use hyper::Method;
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
    /// Weights of the categories: declared, by judgement in pairs (AHP), by entropy, by CRITIC, mixed.
    Weigh(Weigh),
    /// What work on its warnings found each rule worth; asked of a running service, the key stands
    /// in VESTIGO_API_KEY.
    Quality {
        /// The service.
        #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
        server: String,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Learn a companion from what became of enterprises: a scorecard that orders work inside a
    /// class, with its model card. It is never a part of the index.
    Train(train::Asked),
    #[command(flatten)]
    Promotion(promote::Task),
    /// The features that expressions may name.
    Features {
        /// A model's folder, or its id below `models/`.
        model: String,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

/// What judgement and data say about the weights of categories.
#[derive(Debug, clap::Args)]
pub(crate) struct Weigh {
    /// A model's folder, or its id below `models/`; its `weights.toml` holds the judgements.
    model: String,
    /// A result folder: the enterprises whose points are looked at.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
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
        Task::Weigh(asked) => weigh(&asked),
        Task::Quality { server, format } => quality(&server, format),
        Task::Train(asked) => train::run(&asked),
        Task::Promotion(task) => promote::run(task),
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
    let idle: Vec<&str> = risk
        .features
        .iter()
        .enumerate()
        .filter(|(place, _)| risk.program.users(risk, *place).is_empty())
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

const QUALITY: &[Column] = &[
    ("rule", "kind"),
    ("warnings", "warnings"),
    ("judged", "judged"),
    ("right", "right"),
    ("precision", "precision"),
    ("from", "precision_low"),
    ("to", "precision_high"),
    ("days", "days"),
    ("costs more than it brings", "costly"),
];

fn quality(server: &str, format: Format) -> Result<Outcome, Failure> {
    let client = Client::new(server, super::environment("VESTIGO_API_KEY"))?;
    let told = client.ask(Method::GET, "/api/v1/models/quality", &[], None)?.good()?;
    let rules = told["rules"].as_array().cloned().unwrap_or_default();
    output::rows(format, &rules, QUALITY)?;
    Ok(Outcome::Done)
}

const WEIGH: &[Column] = &[
    ("category", "category"),
    ("", "zh"),
    ("declared", "declared"),
    ("AHP", "ahp"),
    ("entropy", "entropy"),
    ("CRITIC", "critic"),
    ("mixed", "mixed"),
    ("as a factor", "factor"),
];

/// Points of each enterprise by category, before caps.
fn points(out: &Path, items: &[String]) -> Result<Vec<Vec<f64>>, Failure> {
    let path = out.join("index.ndjson");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        std::io::Error::new(error.kind(), format!("\"{}\": {error}", path.display()))
    })?;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let index: Value = serde_json::from_str(line).map_err(|error| {
            Failure::Data(format!("\"{}\" line {}: {error}", path.display(), number + 1))
        })?;
        let lines = index["contributions"].as_array().map_or(&[][..], Vec::as_slice);
        let of = |item: &String| {
            let own = lines.iter().filter(|line| {
                line["indicator"].as_str().is_some_and(|id| category_of(id) == item.as_str())
            });
            own.filter_map(|line| line["points"].as_f64()).sum::<f64>().max(0.0)
        };
        rows.push(items.iter().map(of).collect());
    }
    Ok(rows)
}

fn weigh(asked: &Weigh) -> Result<Outcome, Failure> {
    let model = load(&asked.model)?;
    let risk = &model.stages.risk;
    let Some(weights) = &risk.weights else {
        let why = format!("\"{}\" has no weights.toml: it states the judgements", asked.model);
        return Err(Failure::Data(why));
    };
    let items = &weights.ahp.items;
    let by_pairs = weights.check().map_err(|fault| Failure::Data(fault.to_string()))?;
    let rows = points(&asked.out, items)?;
    if rows.len() < 2 {
        return Err(Failure::Data("weights need the indices of at least two enterprises".into()));
    }
    let (by_entropy, by_critic) = (weigh::entropy(&rows), weigh::critic(&rows));
    let mixed = weigh::mixed(weights.mix, &by_pairs, &by_entropy, &by_critic);
    // A factor of 1 is the mean weight: the scale of the index stays what it is.
    let factor = |place: usize| mixed[place] * items.len() as f64;
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let told: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(place, item)| {
            let category = &risk.categories[item];
            json!({
                "category": item,
                "zh": category.zh,
                "en": category.en,
                "declared": category.weight,
                "ahp": round(by_pairs[place]),
                "entropy": round(by_entropy[place]),
                "critic": round(by_critic[place]),
                "mixed": round(mixed[place]),
                "factor": round(factor(place)),
            })
        })
        .collect();
    output::rows(asked.format, &told, WEIGH)?;
    if asked.format == Format::Table {
        let (_, ratio) =
            weigh::ahp(&weights.ahp.matrix).map_err(|e| Failure::Data(e.to_string()))?;
        output::text(&format!(
            "{} enterprises; consistency ratio {ratio:.3} (at most {})",
            rows.len(),
            weigh::CONSISTENCY_MAX
        ))?;
    }
    Ok(Outcome::Done)
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
