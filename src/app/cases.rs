//! Do the cases hold? Each is run by itself through the pipeline and compared.

use crate::app::Failure;
use crate::app::batch::{self, Options, Quiet};
use crate::evaluate::cases::{CaseError, CaseFile, Results, read_cases};
use crate::pipeline::{Overrides, Pipeline};
use crate::source::live::wall_clock;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A key of no meaning: cases must give the same results everywhere.
const KEY: &str = "env:VESTIGO_CASE_KEY";

fn environment(name: &str) -> Option<String> {
    (name == "VESTIGO_CASE_KEY").then(|| "the key under which all cases are run".to_owned())
}

/// Runs all cases of some folders (or case files), tells of each on stderr, and gives the number
/// that failed. The last line is `N passed, N failed`.
pub(crate) fn run(paths: &[PathBuf], pipeline: &Path) -> Result<usize, Failure> {
    let config = |error: CaseError| Failure::Data(error.to_string());
    let mut cases = Vec::new();
    for path in paths {
        if path.is_dir() {
            cases.extend(read_cases(path).map_err(config)?);
        } else {
            cases.push(CaseFile::read(path).map_err(config)?);
        }
    }
    let mut failed = 0;
    for case in &cases {
        let problems = problems(case, pipeline)?;
        if problems.is_empty() {
            eprintln!("ok      {}", case.name);
            continue;
        }
        failed += 1;
        eprintln!("FAILED  {}", case.name);
        for problem in problems {
            eprintln!("        {problem}");
        }
    }
    crate::app::output::text(&format!("{} passed, {failed} failed", cases.len() - failed))?;
    Ok(failed)
}

/// What the pipeline gets wrong about one case.
pub(crate) fn problems(case: &CaseFile, pipeline: &Path) -> Result<Vec<String>, Failure> {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let out = std::env::temp_dir().join(format!("vestigo-case-{}-{run}", std::process::id()));
    let events = case.events.iter().map(|path| path.display().to_string()).collect();
    let overrides = Overrides { events, out: Some(out.clone()), model: None };
    let mut pipeline = Pipeline::read(pipeline, &overrides, |_| None)
        .map_err(|error| Failure::Config(error.into()))?;
    KEY.clone_into(&mut pipeline.key);
    let options = Options { workers: 1, plain: false, ingested_at: wall_clock() };
    batch::run(&pipeline, options, environment, &Quiet)?;
    let compared = Results::read(&out).and_then(|results| case.failures(&results));
    std::fs::remove_dir_all(&out)?;
    compared.map_err(|error| Failure::Data(error.to_string()))
}
