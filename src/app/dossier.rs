//! Who asks for a dossier? The command line of `vestigo dossier`.

use crate::app::{Failure, Outcome, environment, output, read_pipeline};
use crate::dossier::{Dossier, DossierError, Form, Language};
use crate::pipeline::Overrides;
use crate::source::live::wall_clock;
use std::path::PathBuf;

/// What to tell, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// The pair, `OLD..NEW`, each a USCC or a name; or one of the two, where it is in one pair.
    pair: String,
    /// Form of the dossier.
    #[arg(long, value_enum, default_value = "html")]
    format: Form,
    /// Language of the dossier.
    #[arg(long, value_enum, default_value = "both")]
    lang: Language,
    /// Result folder of a run.
    #[arg(long, env = "VESTIGO_OUT", default_value = "out")]
    out: PathBuf,
    /// Pipeline of that run: its events, key and model.
    #[arg(long, default_value = "pipelines/batch.toml")]
    pipeline: PathBuf,
    /// Event file, folder or glob instead of the pipeline's; may be repeated.
    #[arg(long)]
    events: Vec<String>,
    /// Model folder instead of the pipeline's.
    #[arg(long)]
    model: Option<PathBuf>,
}

/// Writes the dossier to stdout.
pub(super) fn run(asked: &Asked) -> Result<Outcome, Failure> {
    let overrides = Overrides {
        events: asked.events.clone(),
        out: Some(asked.out.clone()),
        model: asked.model.clone(),
    };
    let pipeline = read_pipeline(&asked.pipeline, &overrides)?;
    let made = Dossier::make(&asked.out, &asked.pair, &pipeline, wall_clock(), environment);
    match made {
        Ok(dossier) => {
            output::text(dossier.show(asked.format, asked.lang).trim_end())?;
            Ok(Outcome::Done)
        }
        Err(DossierError::Results(error)) => Err(Failure::Io(error)),
        Err(DossierError::Model(error)) => Err(Failure::Config(error.into())),
        Err(error @ DossierError::NoPair { .. }) => {
            eprintln!("vestigo: {error}");
            Ok(Outcome::No)
        }
        Err(error) => Err(Failure::Data(error.to_string())),
    }
}
