//! Who is drawn for inspection, and was the draw fair? Double random sampling from the command line.

use crate::app::client::Client;
use crate::app::output;
use crate::app::{Failure, Outcome};
use crate::model::read_toml;
use crate::sampling::{self, Draw, Officer, PlanFile, Row};
use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What is done with a sample.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Draw from a list in a file.
    Draw(Own),
    /// Check that a draw follows from its seed and list. Exit code 1 when it does not.
    Verify {
        /// The draw, as `draw` and the service write it.
        draw: PathBuf,
        /// The list as it was published: CODE,GRADE,INSPECTED,RAISED,EXCLUDED.
        #[arg(long)]
        list: Option<PathBuf>,
    },
    /// Ask a service: for its list without a seed, for a draw with one. The draw is kept there.
    Ask(Asked),
}

/// A draw from files.
#[derive(Debug, Args)]
pub(crate) struct Own {
    /// The list: CODE,GRADE,INSPECTED,RAISED,EXCLUDED.
    #[arg(long)]
    list: PathBuf,
    /// The officers: ID,LOAD_MAX,CODES TO AVOID (separated by blanks).
    #[arg(long)]
    officers: Option<PathBuf>,
    /// The seed, published after the list.
    #[arg(long)]
    seed: String,
    /// Ratios, caps and bounds; those of the program when missing.
    #[arg(long)]
    plan: Option<PathBuf>,
}

/// A draw by a service.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The service.
    #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Enterprises of this division (prefix of GB/T 2260).
    #[arg(long)]
    division: String,
    /// The seed; without one the list is shown.
    #[arg(long)]
    seed: Option<String>,
    /// The digest of the list as it was published: another list is refused.
    #[arg(long)]
    list_digest: Option<String>,
    /// The officers: ID,LOAD_MAX,CODES TO AVOID (separated by blanks).
    #[arg(long)]
    officers: Option<PathBuf>,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
}

/// The fields of each line; a first line of names is passed over.
fn lines(path: &Path, first: &str) -> Result<Vec<Vec<String>>, Failure> {
    let fault = |error: csv::Error| Failure::Data(format!("\"{}\": {error}", path.display()));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(fault)?;
    let mut found = Vec::new();
    for record in reader.records() {
        let fields: Vec<String> = record.map_err(fault)?.iter().map(str::to_owned).collect();
        let names = found.is_empty() && fields.first().is_some_and(|one| one == first);
        if !names {
            found.push(fields);
        }
    }
    Ok(found)
}

fn list(path: &Path) -> Result<Vec<Row>, Failure> {
    let row = |(at, fields): (usize, Vec<String>)| {
        let fault = |why: &str| {
            let (path, line) = (path.display(), at + 1);
            Failure::Data(format!("\"{path}\", entry {line}: {why}"))
        };
        let field = |n: usize| fields.get(n).cloned().unwrap_or_default();
        if fields.len() < 2 {
            return Err(fault("needs at least CODE,GRADE"));
        }
        let inspected = match field(2).as_str() {
            "" => 0,
            text => text.parse().map_err(|_| fault("INSPECTED is no number"))?,
        };
        let raised = match field(3).as_str() {
            "" | "0" => false,
            "1" => true,
            _ => return Err(fault("RAISED is 0 or 1")),
        };
        Ok(Row { code: field(0), grade: field(1), inspected, raised, excluded: field(4) })
    };
    lines(path, "code")?.into_iter().enumerate().map(row).collect()
}

fn officers(path: Option<&PathBuf>) -> Result<Vec<Officer>, Failure> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let officer = |fields: Vec<String>| {
        let field = |n: usize| fields.get(n).cloned().unwrap_or_default();
        let load_max = match field(1).as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| {
                Failure::Data(format!("\"{}\": LOAD_MAX of {}", path.display(), field(0)))
            })?),
        };
        let avoid = field(2).split_whitespace().map(str::to_owned).collect();
        Ok(Officer { id: field(0), avoid, load_max })
    };
    lines(path, "id")?.into_iter().map(officer).collect()
}

fn draw(own: &Own) -> Result<Outcome, Failure> {
    let plan: PlanFile = match &own.plan {
        Some(path) => read_toml(path).map_err(|error| Failure::Config(error.into()))?,
        None => PlanFile::shipped(),
    };
    let drawn =
        sampling::draw(&plan, list(&own.list)?, officers(own.officers.as_ref())?, &own.seed);
    let drawn = drawn.map_err(|fault| Failure::Data(fault.to_string()))?;
    let short = drawn.short().count();
    if short > 0 {
        eprintln!("vestigo: {short} enterprises have too few officers");
    }
    output::text(&serde_json::to_string_pretty(&drawn).expect("plain values"))?;
    Ok(Outcome::Done)
}

fn verify(draw: &Path, published: Option<&PathBuf>) -> Result<Outcome, Failure> {
    let bytes = std::fs::read(draw)?;
    let read = |error: serde_json::Error| Failure::Data(format!("\"{}\": {error}", draw.display()));
    let mut value: Value = serde_json::from_slice(&bytes).map_err(read)?;
    // The service wraps a draw with what it says about it.
    if let Some(inner) = value.get_mut("draw") {
        value = inner.take();
    }
    let told: Draw = serde_json::from_value(value).map_err(read)?;
    let published = published.map(|path| list(path)).transpose()?;
    let faults = sampling::verify(&told, published.as_deref());
    if faults.is_empty() {
        let (drawn, listed) = (told.enterprises.len(), told.list.len());
        let digest = &told.list_digest;
        output::text(&format!("{drawn} of {listed} drawn as the seed says; list {digest}"))?;
        return Ok(Outcome::Done);
    }
    for fault in faults {
        eprintln!("vestigo: {fault}");
    }
    Ok(Outcome::No)
}

fn ask(asked: &Asked, key: Option<String>) -> Result<Outcome, Failure> {
    let client = Client::new(&asked.server, key)?;
    let officers = officers(asked.officers.as_ref())?;
    let body = json!({
        "seed": asked.seed,
        "division": asked.division,
        "officers": officers,
        "list_digest": asked.list_digest,
        "reason": asked.reason,
    });
    let told = client.ask(Method::POST, "/api/v1/samples", &[], Some(&body))?.good()?;
    if let Some(list) = told["list"].as_str() {
        eprintln!("vestigo: list {}", told["list_digest"].as_str().unwrap_or_default());
        output::text(list.trim_end())?;
    } else {
        output::text(&serde_json::to_string_pretty(&told).expect("plain values"))?;
    }
    Ok(Outcome::Done)
}

/// Runs a task. The key of a service stands in `VESTIGO_API_KEY`.
pub(crate) fn run(task: &Task, key: Option<String>) -> Result<Outcome, Failure> {
    match task {
        Task::Draw(own) => draw(own),
        Task::Verify { draw, list } => verify(draw, list.as_ref()),
        Task::Ask(asked) => ask(asked, key),
    }
}
