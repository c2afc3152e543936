//! Why might one enterprise carry on another? The story of a pair, for a human decision.
//!
//! A dossier is made from a result folder and the events of its pipeline: both lives on one
//! timeline, the evidence by tests that a court knows, how rare each shared value is, what speaks
//! against it, what would change the finding, and the sources. It judges nothing anew: weights and
//! confidence are the result's. Invariant: it holds no name, number, phone or pseudonym of a
//! natural person, and always says that it is a lead.

mod chart;
mod draw;
mod finding;
mod folder;
mod html;
mod labels;
mod life;
mod markdown;
mod material;
mod party;
mod persons;
mod say;
mod sources;
mod texts;
mod values;
mod voice;

pub use finding::{Finding, Line, Refuted, Sum};
pub use folder::objects;
pub use life::{Entry, Heads, Matter, Side};
pub use party::{Birth, Enterprise};
pub use sources::{Condition, Hook, Source, Test};
pub use values::SharedValue;

use crate::id::Uscc;
use crate::model::{FileError, Model};
use crate::pipeline::Pipeline;
use crate::text::Text;
use crate::time::Time;
use folder::{Results, code};
use material::{Material, Wanted};
use persons::Persons;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use texts::Texts;

/// In which languages a dossier is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// Chinese, with the English beside it.
    Both,
}

/// The form of a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// One page that needs nothing else: to read, to print.
    Html,
    /// Markdown.
    Md,
    /// All of it, for programs.
    Json,
}

/// Why there is no dossier.
#[derive(Debug)]
pub enum DossierError {
    /// The folder has no such pair, or several.
    NoPair {
        /// What was asked for.
        asked: String,
        /// Where.
        folder: PathBuf,
        /// How many pairs are there.
        pairs: usize,
        /// The nearest.
        suggestions: Vec<String>,
    },
    /// A file of the result folder cannot be read.
    Results(io::Error),
    /// The events cannot be read.
    Events(String),
    /// The model or the dossier's texts cannot be used.
    Model(FileError),
    /// The events do not know a firm of the pair.
    Unknown(String),
}

impl fmt::Display for DossierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPair { asked, folder, pairs, suggestions } => {
                let place = folder.display();
                write!(f, "find the pair \"{asked}\": not one of the {pairs} in \"{place}\"")?;
                if suggestions.is_empty() {
                    return f.write_str("; a pair is written OLD..NEW, by codes or names");
                }
                write!(f, "\nnear: {}", suggestions.join("\n      "))
            }
            Self::Results(error) => error.fmt(f),
            Self::Events(why) => write!(f, "read the pipeline's events: {why}"),
            Self::Model(error) => error.fmt(f),
            Self::Unknown(code) => write!(
                f,
                "find \"{code}\" in the events: they do not know it; give the events of the run \
                 that made the result folder (--events or --pipeline)"
            ),
        }
    }
}

impl std::error::Error for DossierError {}

impl From<io::Error> for DossierError {
    fn from(error: io::Error) -> Self {
        Self::Results(error)
    }
}

impl From<FileError> for DossierError {
    fn from(error: FileError) -> Self {
        Self::Model(error)
    }
}

/// The story of a pair. Its serialised form is the JSON dossier.
#[derive(Clone, Debug, Serialize)]
pub struct Dossier {
    /// What it is, and what it is not.
    pub lead: Text,
    /// How persons appear in it.
    pub persons: Text,
    /// The suspected predecessor.
    pub old: Enterprise,
    /// The suspected successor.
    pub new: Enterprise,
    /// How the new firm began anew.
    pub birth: Birth,
    /// From the first predecessor on, by codes.
    pub chain: Vec<String>,
    /// When the pair was first seen (event time).
    pub first_seen_at: String,
    /// When it last changed (event time).
    pub last_changed_at: String,
    /// Lines, sums, what-ifs.
    pub finding: Finding,
    /// The confidence in a sentence.
    pub means: Text,
    /// The tests, the four mixing tests first.
    pub tests: Vec<Test>,
    /// What the two share.
    pub shared: Vec<SharedValue>,
    /// Both lives.
    pub timeline: Vec<Entry>,
    /// What the law asks, and what speaks to it.
    pub hooks: Vec<Hook>,
    /// Measures proposed with the warning, each with its legal basis.
    pub measures: Vec<Text>,
    /// Tasks that were dispatched.
    pub tasks: Vec<Text>,
    /// Other findings about the two.
    pub beside: Vec<Text>,
    /// Every event that is cited.
    pub sources: Vec<Source>,
    /// The model that the dossier was read with.
    pub model: String,
    /// Event time of the newest event at hand.
    pub as_of: String,
    /// How many events were read and admitted.
    pub events: usize,
}

impl Dossier {
    /// Makes the dossier of a pair from a result folder and its pipeline's events. `now` is the
    /// moment against which events from the future are refused; `env` looks up variables.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub fn make(
        folder: &Path,
        asked: &str,
        pipeline: &Pipeline,
        now: Time,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, DossierError> {
        let results = Results::find(folder, asked)?;
        let model = Model::load(&pipeline.model)?;
        let texts = Texts::beside(&pipeline.model)?;
        let parse = |key: &str| {
            let code = code(&results.pair, key);
            Uscc::admit(&code).map_err(|_| DossierError::Unknown(code))
        };
        let (old, new) = (parse("predecessor")?, parse("successor")?);
        let wanted = Wanted { old, new, cited: results.cited() };
        let material = Material::read(pipeline, &model.stages.graph, &wanted, now, env)?;
        Ok(assemble(&results, &model, &texts, &material))
    }

    /// The dossier in some form and language.
    pub fn show(&self, form: Form, language: Language) -> String {
        match form {
            Form::Html => html::page(self, language),
            Form::Md => markdown::page(self, language),
            Form::Json => {
                let mut text = serde_json::to_string_pretty(self).expect("plain values");
                text.push('\n');
                text
            }
        }
    }
}

fn assemble(results: &Results, model: &Model, texts: &Texts, material: &Material) -> Dossier {
    let config = &model.stages.succession;
    let pair = &results.pair;
    let mut persons = Persons::default();
    let mut finding = Finding::of(pair, config, texts);
    let shared = values::shared(material, &mut persons);
    values::attach(&mut finding, &shared);
    let cited: BTreeSet<&str> = results.cited().into_iter().collect();
    let birth = party::birth(material, &finding, config);
    let timeline = life::timeline(material, &mut persons, &cited);
    let said = |key: &str| pair[key].as_str().unwrap_or_default().to_owned();
    let strings = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let tests = sources::tests(&finding, texts);
    Dossier {
        lead: texts.lead.clone(),
        persons: texts.persons.clone(),
        old: party::enterprise(material, material.old, &results.index[0], &mut persons),
        new: party::enterprise(material, material.new, &results.index[1], &mut persons),
        birth,
        chain: strings(&pair["chain"]),
        first_seen_at: said("first_seen_at"),
        last_changed_at: said("last_changed_at"),
        means: finding.means(),
        hooks: sources::hooks(&finding, texts, config),
        tests,
        shared,
        timeline,
        measures: sources::measures(&results.warnings, &model.stages.warning),
        tasks: sources::tasks(&results.tasks, &model.stages.dispatch),
        beside: sources::beside(results, material),
        sources: sources::sources(&finding, material),
        model: model.name(),
        as_of: material.newest.to_string(),
        events: material.admitted,
        finding,
    }
}
