//! How is an invented city made and run, the same everywhere?

use crate::app::Failure;
use crate::app::batch::{self, Quiet};
use crate::model::Model;
use crate::pipeline::{Overrides, Pipeline};
use crate::source::live::wall_clock;
use std::path::{Path, PathBuf};

/// A key of no meaning: the cities are invented, and figures must be the same everywhere.
const KEY: &str = "env:VESTIGO_LAB_KEY";

fn environment(name: &str) -> Option<String> {
    (name == "VESTIGO_LAB_KEY").then(|| "the key under which all cities are run".to_owned())
}

/// A pipeline without data, and the model that judges.
pub(super) struct Lab {
    file: PathBuf,
    /// The model.
    pub(super) model: Model,
}

impl Lab {
    /// Reads a pipeline file, and its model or another in its place.
    pub(super) fn open(file: &Path, model: Option<PathBuf>) -> Result<Self, Failure> {
        // What the file takes from the environment is not wanted: cities bring their own.
        let (events, out) = (vec!["unused".to_owned()], Some(PathBuf::from("unused")));
        let folder = pipeline(file, Overrides { events, out, model })?.model;
        let model = Model::load(&folder).map_err(|error| Failure::Config(error.into()))?;
        Ok(Self { file: file.to_owned(), model })
    }

    /// Runs event files (globs) and writes the results to a folder.
    pub(super) fn run(
        &self,
        events: Vec<String>,
        out: &Path,
        workers: usize,
    ) -> Result<(), Failure> {
        let out = Some(out.to_owned());
        let mut pipeline = pipeline(&self.file, Overrides { events, out, model: None })?;
        KEY.clone_into(&mut pipeline.key);
        let options = batch::Options { workers, plain: false, ingested_at: wall_clock() };
        batch::run_under(&self.model, &pipeline, options, environment, &Quiet)?;
        Ok(())
    }

    /// Runs all event files of a city's folder.
    pub(super) fn run_city(&self, city: &Path, out: &Path, workers: usize) -> Result<(), Failure> {
        self.run(vec![city.join("*.ndjson").display().to_string()], out, workers)
    }
}

fn pipeline(file: &Path, overrides: Overrides) -> Result<Pipeline, Failure> {
    Pipeline::read(file, &overrides, environment).map_err(|error| Failure::Config(error.into()))
}
