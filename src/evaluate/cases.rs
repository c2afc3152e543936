//! Does a run do what its cases expect? Cases as data: events in, results expected.
//!
//! A case is `NAME.toml` in `pipelines/PIPELINE/cases`, naming the event files it feeds (NDJSON of
//! the contract) and what must, and must not, come out. Firms go by short names. Beside its own
//! expectations every case holds what holds always (`standing`): no person and no sole trader in
//! any result, contributions that add up, evidence that exists, and no flagged succession that
//! the case does not name.
//!
//! Invariant: comparing is pure, and a failed expectation says what was found instead. Must not
//! know: how the pipeline is run.

mod check;
mod rules;
mod standing;

pub use rules::{
    Case, ControlRule, DeadLetterRule, FlowRule, IndexRule, LevelWord, SuccessionRule, SummaryRule,
    TaskRule, WarningRule,
};

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The files of a finished run, parsed.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// `warnings.ndjson`.
    pub warnings: Vec<Value>,
    /// `successions.ndjson`.
    pub successions: Vec<Value>,
    /// `index.ndjson`.
    pub index: Vec<Value>,
    /// `flows.ndjson`.
    pub flows: Vec<Value>,
    /// `control.ndjson`.
    pub control: Vec<Value>,
    /// `tasks.ndjson`.
    pub tasks: Vec<Value>,
    /// `dead_letters.ndjson`.
    pub dead_letters: Vec<Value>,
    /// `summary.json`.
    pub summary: Value,
}

impl Results {
    /// Reads the files of a result folder.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let lines = |name: &str| -> Result<Vec<Value>, CaseError> {
            let path = folder.join(name);
            let text = read(&path)?;
            text.lines().map(|line| json(&path, line)).collect()
        };
        let summary = folder.join("summary.json");
        Ok(Self {
            warnings: lines("warnings.ndjson")?,
            successions: lines("successions.ndjson")?,
            index: lines("index.ndjson")?,
            flows: lines("flows.ndjson")?,
            control: lines("control.ndjson")?,
            tasks: lines("tasks.ndjson")?,
            dead_letters: lines("dead_letters.ndjson")?,
            summary: json(&summary, &read(&summary)?)?,
        })
    }

    fn files(&self) -> [(&'static str, &[Value]); 7] {
        [
            ("warnings", &self.warnings),
            ("successions", &self.successions),
            ("index", &self.index),
            ("flows", &self.flows),
            ("control", &self.control),
            ("tasks", &self.tasks),
            ("dead_letters", &self.dead_letters),
        ]
    }
}

/// A case cannot be read.
#[derive(Debug)]
pub struct CaseError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for CaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for CaseError {}

/// A case and where it stands.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The file's name without its ending.
    pub name: String,
    /// What it expects.
    pub case: Case,
    /// Its event files, in order.
    pub events: Vec<PathBuf>,
}

/// Reads every case of a folder, in order of name.
pub fn read_cases(folder: &Path) -> Result<Vec<CaseFile>, CaseError> {
    let entries = std::fs::read_dir(folder).map_err(|e| wrong(folder, &e))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| wrong(folder, &e))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| CaseFile::read(path)).collect()
}

impl CaseFile {
    /// Reads one case.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let case: Case = toml::from_str(&read(path)?).map_err(|e| wrong(path, &e))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let events: Vec<PathBuf> = case.events.iter().map(|name| folder.join(name)).collect();
        if let Some(missing) = events.iter().find(|events| !events.exists()) {
            return Err(wrong(path, &format!("no event file {}", missing.display())));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        case.check_names().map_err(|problem| wrong(path, &problem))?;
        Ok(Self { name, case, events })
    }

    /// What the results of a run over its events get wrong, in sentences; empty when all is well.
    pub fn failures(&self, results: &Results) -> Result<Vec<String>, CaseError> {
        let mut input = standing::Input::default();
        for path in &self.events {
            // Compressed or broken lines are for the pipeline; here only good lines matter.
            for line in read(path)?.lines() {
                if let Ok(event) = serde_json::from_str(line) {
                    input.take(&event);
                }
            }
        }
        let mut failures = check::expectations(&self.case, results);
        failures.extend(standing::failures(&self.case, &input, results));
        Ok(failures)
    }
}

fn wrong(path: &Path, problem: &dyn ToString) -> CaseError {
    CaseError { path: path.to_owned(), problem: problem.to_string() }
}

fn read(path: &Path) -> Result<String, CaseError> {
    let bytes = std::fs::read(path).map_err(|e| wrong(path, &e))?;
    // A case may feed bytes that are no text; lossy reading serves looking for ids and names.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn json(path: &Path, text: &str) -> Result<Value, CaseError> {
    serde_json::from_str(text).map_err(|e| wrong(path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(body: &str) -> CaseFile {
        let head = "title = 't'\nscenario = 'V0'\nwhy = 'w'\nevents = []\n";
        let case = toml::from_str(&format!("{head}{body}")).expect("a good case");
        CaseFile { name: "t".to_owned(), case, events: Vec::new() }
    }

    fn failures(body: &str, results: &Results) -> Vec<String> {
        case(body).failures(results).expect("no files to read")
    }

    fn empty() -> Results {
        let summary = json!({ "read": 0, "accepted": 0, "duplicate": 0, "dead": 0 });
        Results { summary, ..Results::default() }
    }

    #[test]
    fn shipped_cases_are_well_formed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/batch/cases");
        let cases = read_cases(&folder).expect("good cases");
        assert!(cases.len() >= 25, "{} cases", cases.len());
    }

    #[test]
    fn tells_what_is_missing_and_what_is_too_much() {
        let firms = "firms = { a = '91A', b = '91B' }\n";
        let rule = "[[succession]]\npredecessor = 'a'\nsuccessor = 'b'\nlevel_min = 'orange'";
        let body = format!("{firms}{rule}");
        let none = failures(&body, &empty());
        assert_eq!(none, ["succession a > b is missing"]);
        let pair =
            |level: &str| json!({ "predecessor": "91A", "successor": "91B", "level": level });
        let mut results = Results { successions: vec![pair("yellow")], ..empty() };
        assert!(failures(&body, &results)[0].contains("level under Orange"));
        results.successions = vec![pair("red")];
        assert!(failures(&body, &results).is_empty());
        assert!(failures(firms, &results)[0].starts_with("unexpected succession a > b"));
        assert!(failures("firms = { b = '91B' }\nquiet = ['b']", &results).len() == 2);
    }

    #[test]
    fn holds_what_always_holds() {
        let line = json!({ "statement": { "zh": "x", "en": "x" }, "weight": 1, "events": ["s#1"] });
        let results = Results {
            index: vec![json!({ "uscc": "92X", "score": 5, "contributions": [{ "points": 4 }] })],
            warnings: vec![json!({ "id": "w", "evidence": [line], "state": "open" })],
            ..empty()
        };
        let found = failures("", &results).join("\n");
        for text in ["4 points make a score of 5", "no event s#1", "1 lines", "92X is judged"] {
            assert!(found.contains(text), "{text} is not in {found}");
        }
    }
}
