//! What became of the enterprises? A companion learned from a history, out of time.

use crate::app::history::{History, Place};
use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome, backtest, batch, progress};
use crate::backtest::Labels;
use crate::companion::{self, Card, Enforcement, Plan, Sample, Samples, Scorecard, card};
use crate::engine::plain::Plain;
use crate::id::EntityId;
use crate::model::{self, Model};
use crate::risk::Index;
use crate::source::live::wall_clock;
use crate::time::Day;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file of a scorecard.
const FILE: &str = "scorecard.toml";

/// What `vestigo model train` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The model whose indicators are weighed: its folder, or its id below `models/`.
    model: String,
    #[command(flatten)]
    place: Place,
    /// `truth.json` of a simulated city: which enterprises are cases, beside enforcement.
    #[arg(long, conflicts_with = "verdicts")]
    truth: Option<PathBuf>,
    /// Verdicts of agencies, NDJSON: `uscc`, `confirmed`, `on`.
    #[arg(long)]
    verdicts: Option<PathBuf>,
    /// Days within which an enterprise must have become a case.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(7..=1_825))]
    horizon: u32,
    /// Days between the moments that it learns from.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=366))]
    every: u32,
    /// What draws the weights to 0.
    #[arg(long, default_value_t = 1.0)]
    l2: f64,
    /// Folder for `scorecard.toml`, `card.md` and `card.json`.
    #[arg(long, default_value = "companion")]
    out: PathBuf,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// An enterprise as it stood at a moment.
struct Stood {
    entity: EntityId,
    points: Vec<i32>,
    score: i32,
}

/// The moments: the last leaves room for the horizon, and those before it end theirs before it, so
/// that nothing that it is checked by was known when it was learned.
fn moments((first, last): (Day, Day), asked: &Asked) -> Result<(Vec<Day>, Day), Failure> {
    let (horizon, every) = (asked.horizon.cast_signed(), asked.every.cast_signed());
    let checked = last.plus(-horizon);
    let mut learned = Vec::new();
    let mut at = checked.plus(-horizon);
    while at >= first {
        learned.push(at);
        at = at.plus(-every);
    }
    learned.reverse();
    if learned.is_empty() {
        return Err(Failure::Data(format!(
            "the events ({first} to {last}) hold no two horizons of {horizon} days: give another \
             --horizon"
        )));
    }
    Ok((learned, checked))
}

/// Every scored enterprise at each of the moments, by the model.
fn stood(
    history: &mut History,
    model: &Model,
    samples: &Samples,
    moments: &[Day],
    enforcement: &mut Enforcement,
    bar: &progress::Bar,
) -> BTreeMap<Day, Vec<Stood>> {
    let last = moments.last().copied();
    let mut engine = Plain::new(&model.config(history.flow));
    let mut indices: BTreeMap<EntityId, Arc<Index>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for epoch in history.by_ref() {
        epoch.facts.iter().for_each(|fact| enforcement.take(fact));
        // What came after the last moment is looked at for what became of them, and judged no more.
        if Some(epoch.day) <= last {
            for delta in engine.step(&epoch).indices {
                indices.insert(delta.after.entity, delta.after);
            }
            if moments.contains(&epoch.day) {
                let stood = indices.values().map(|index| Stood {
                    entity: index.entity,
                    points: samples.points(index),
                    score: index.score,
                });
                found.insert(epoch.day, stood.collect());
            }
        }
        batch::Progress::day(bar);
    }
    found
}

/// Who became a case, by enterprise.
struct Became<'a> {
    decided: BTreeMap<EntityId, Vec<Day>>,
    labels: Option<Labels>,
    history: &'a History,
}

impl Became<'_> {
    /// Whether it became a case after a moment, within some days.
    fn case(&self, entity: EntityId, at: Day, horizon: u32) -> bool {
        let within = |day: Day| at < day && day.since(at) <= horizon.cast_signed();
        let decided = self.decided.get(&entity);
        decided.is_some_and(|days| days.iter().copied().any(within))
            || self.labels.as_ref().is_some_and(|labels| {
                let known = labels.cases.get(&self.history.name(entity).0);
                known.is_some_and(|day| day.is_none_or(within))
            })
    }

    fn samples(&self, stood: &[Stood], at: Day, horizon: u32) -> Vec<Sample> {
        let sample = |one: &Stood| Sample {
            points: one.points.clone(),
            score: one.score,
            case: self.case(one.entity, at, horizon),
        };
        stood.iter().map(sample).collect()
    }
}

/// Learns from the history and checks.
fn learn(asked: &Asked) -> Result<(Scorecard, Card), Failure> {
    let model = super::model::load(&asked.model)?;
    let labels = backtest::labels(asked.truth.as_deref(), asked.verdicts.as_deref())?;
    let bar = progress::Bar::new();
    let options = batch::Options { workers: 2, plain: true, ingested_at: wall_clock() };
    let mut history = History::read(&asked.place, options, &bar)?;
    let days = history.days().ok_or_else(|| Failure::Data("there are no events".into()))?;
    let (learned, checked) = moments(days, asked)?;
    batch::Progress::days(&bar, u64::try_from(days.1.since(days.0) + 1).unwrap_or(0));
    let indicators = model.stages.risk.indicators.iter();
    let indicators = indicators
        .map(|one| (Arc::from(one.id.get_ref().to_string()), one.zh.clone(), one.points))
        .collect();
    let mut samples = Samples { indicators, ..Samples::default() };
    let mut enforcement = Enforcement::default();
    let all: Vec<Day> = learned.iter().copied().chain([checked]).collect();
    let stood = stood(&mut history, &model, &samples, &all, &mut enforcement, &bar);
    bar.finish();
    let became = Became { decided: enforcement.days(), labels, history: &history };
    for (at, stood) in &stood {
        let rows = became.samples(stood, *at, asked.horizon);
        if *at == checked {
            samples.checked = rows;
        } else {
            samples.learned.extend(rows);
        }
    }
    let plan = Plan {
        model: model.name(),
        moments: learned.iter().map(ToString::to_string).collect(),
        checked_at: checked.to_string(),
        horizon_days: asked.horizon,
        l2: asked.l2,
    };
    companion::train(&samples, plan).map_err(|why| Failure::Data(why.to_string()))
}

/// Reads a companion for a model.
///
/// # Errors
/// When its file cannot be read, or does not fit the model.
pub(crate) fn read(folder: &Path, model: &Model) -> Result<Scorecard, Failure> {
    let path = folder.join(FILE);
    let scorecard: Scorecard =
        model::read_toml(&path).map_err(|error| Failure::Config(error.into()))?;
    let checked = scorecard.check(&model.stages.risk.ids());
    checked.map_err(|why| Failure::Data(format!("\"{}\": {why}", path.display())))?;
    Ok(scorecard)
}

const COLUMNS: &[Column] = &[
    ("indicator", "indicator"),
    ("", "zh"),
    ("experts' points", "expert_points"),
    ("learned points", "learned_points"),
    ("information", "information"),
    ("PSI", "psi"),
    ("drift", "drift"),
];

/// Does it.
pub(crate) fn run(asked: &Asked) -> Result<Outcome, Failure> {
    if !(asked.l2.is_finite() && asked.l2 >= 0.0) {
        return Err(Failure::Data("--l2 must not be negative".into()));
    }
    let (scorecard, card) = learn(asked)?;
    let text = toml::to_string_pretty(&scorecard)
        .map_err(|error| Failure::Defect(format!("write the scorecard: {error}")))?;
    let mut json = serde_json::to_vec_pretty(&card).expect("plain values");
    json.push(b'\n');
    std::fs::create_dir_all(&asked.out)?;
    std::fs::write(asked.out.join(FILE), text)?;
    std::fs::write(asked.out.join("card.md"), card::page(&card))?;
    std::fs::write(asked.out.join("card.json"), json)?;
    if asked.format == Format::Table {
        let rows: Vec<Value> = card.features.iter().map(|one| json!(one)).collect();
        output::rows(asked.format, &rows, COLUMNS)?;
        output::text(&format!(
            "learned from {} rows ({} cases), checked by {} ({} cases): area under the curve {:.3}, \
             that of the index {:.3}; in \"{}\"",
            card.learned.rows,
            card.learned.cases,
            card.checked.rows,
            card.checked.cases,
            card.auc,
            card.auc_of_index,
            asked.out.display(),
        ))?;
    } else {
        output::rows(asked.format, &[json!(card)], &[])?;
    }
    Ok(Outcome::Done)
}
