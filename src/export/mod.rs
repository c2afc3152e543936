//! How do other tools get it? A result folder as FollowTheMoney entities, a GraphML graph, or
//! statements of the Beneficial Ownership Data Standard.
//!
//! Invariant: enterprises alone are named; a natural person is a placeholder with a number that
//! holds in one export, and sole traders are persons in this. A suspected pair is never said to be
//! a succession unless a verdict confirmed it.

mod bods;
mod ftm;
mod graphml;

use crate::dossier::objects;
use crate::id::Uscc;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// FollowTheMoney entities, one JSON object a line.
    Ftm,
    /// GraphML, for graph tools.
    Graphml,
    /// Beneficial Ownership Data Standard 0.4: statements, one JSON array.
    Bods,
}

/// Who publishes an export, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its name.
    pub publisher: String,
    /// `YYYY-MM-DD`.
    pub day: String,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Enterprises.
    pub enterprises: usize,
    /// Placeholders of natural persons.
    pub persons: usize,
    /// Ties of control.
    pub control: usize,
    /// Suspected pairs.
    pub similar: usize,
    /// Pairs that a verdict confirmed.
    pub confirmed: usize,
}

/// Writes the export of a result folder. `verdicts` is an NDJSON file of people's decisions:
/// `predecessor`, `successor` and `verdict` (`confirmed` or `refuted`) in each line.
///
/// # Errors
/// When a file cannot be read or written; the message names it.
pub fn export(
    form: Form,
    folder: &Path,
    verdicts: Option<&Path>,
    publication: &Publication,
    to: &Path,
) -> io::Result<Written> {
    let network = Network::read(folder, verdicts)?;
    let named = |error: io::Error| io::Error::other(format!("write \"{}\": {error}", to.display()));
    let mut out = io::BufWriter::new(File::create(to).map_err(named)?);
    let written = match form {
        Form::Ftm => ftm::write(&network, &mut out),
        Form::Graphml => graphml::write(&network, &mut out),
        Form::Bods => bods::write(&network, publication, &mut out),
    };
    let written = written.map_err(named)?;
    out.flush().map_err(named)?;
    Ok(written)
}

/// Who holds control.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Enterprise(String),
    /// A natural person by number, from 1.
    Person(usize),
}

/// Votes over 50 %, held directly or through chains.
#[derive(Clone, Debug)]
struct Control {
    party: Party,
    owned: String,
    pct: f64,
    via: Vec<String>,
}

/// A suspected pair.
#[derive(Clone, Debug)]
struct Pair {
    old: String,
    new: String,
    confidence: f64,
    level: Option<String>,
    families: Vec<String>,
    first_seen_at: String,
    verdict: Option<Verdict>,
}

/// What people decided about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Confirmed,
    Refuted,
}

/// An enterprise with its index, where it has one.
#[derive(Clone, Debug, Default)]
struct Enterprise {
    name: Option<String>,
    score: Option<i64>,
    grade: Option<String>,
}

/// All that is exported.
#[derive(Debug, Default)]
struct Network {
    /// By code.
    enterprises: BTreeMap<String, Enterprise>,
    persons: usize,
    control: Vec<Control>,
    pairs: Vec<Pair>,
    /// The model that made the results.
    model: String,
    /// The newest event of the results.
    as_of: String,
}

impl Network {
    fn read(folder: &Path, verdicts: Option<&Path>) -> io::Result<Self> {
        let mut network = Self { model: model(folder), ..Self::default() };
        for index in objects(folder, "index")? {
            network.as_of = text(&index, "as_of");
            let enterprise = Enterprise {
                name: index["name"].as_str().map(str::to_owned),
                score: index["score"].as_i64(),
                grade: index["grade"].as_str().map(str::to_owned),
            };
            network.enterprises.insert(text(&index, "uscc"), enterprise);
        }
        let mut persons: BTreeMap<String, usize> = BTreeMap::new();
        for controlled in objects(folder, "control")? {
            for controller in controlled["controllers"].as_array().into_iter().flatten() {
                let party = party(&controller["party"], &mut persons);
                network.control.push(Control {
                    party,
                    owned: text(&controlled, "uscc"),
                    pct: controller["pct"].as_f64().unwrap_or_default(),
                    via: strings(&controller["via"]),
                });
            }
        }
        network.persons = persons.len();
        let decided = verdicts.map_or_else(|| Ok(BTreeMap::new()), decisions)?;
        for pair in objects(folder, "successions")? {
            let (old, new) = (text(&pair, "predecessor"), text(&pair, "successor"));
            network.pairs.push(Pair {
                verdict: decided.get(&(old.clone(), new.clone())).copied(),
                old,
                new,
                confidence: pair["confidence"].as_f64().unwrap_or_default(),
                level: pair["level"].as_str().map(str::to_owned),
                families: strings(&pair["families"]),
                first_seen_at: text(&pair, "first_seen_at"),
            });
        }
        network.name_all();
        Ok(network)
    }

    /// Every code that a tie names is a node, sole traders excepted.
    fn name_all(&mut self) {
        let mut codes: BTreeSet<String> = BTreeSet::new();
        for control in &self.control {
            codes.insert(control.owned.clone());
            if let Party::Enterprise(code) = &control.party {
                codes.insert(code.clone());
            }
        }
        codes.extend(self.pairs.iter().flat_map(|pair| [pair.old.clone(), pair.new.clone()]));
        for code in codes {
            self.enterprises.entry(code).or_default();
        }
    }
}

/// A party of `control.ndjson`; pseudonyms and sole traders become numbers.
fn party(value: &Value, persons: &mut BTreeMap<String, usize>) -> Party {
    let next = persons.len() + 1;
    let mut number = |key: &str| *persons.entry(key.to_owned()).or_insert(next);
    if let Some(code) = value["enterprise"].as_str() {
        let trader = Uscc::admit(code).is_ok_and(|code| code.is_sole_trader());
        return if trader {
            Party::Person(number(code))
        } else {
            Party::Enterprise(code.to_owned())
        };
    }
    Party::Person(number(value["person"].as_str().unwrap_or_default()))
}

fn decisions(path: &Path) -> io::Result<BTreeMap<(String, String), Verdict>> {
    let named = |why: String| io::Error::other(format!("read \"{}\": {why}", path.display()));
    let file = File::open(path).map_err(|error| named(error.to_string()))?;
    let mut found = BTreeMap::new();
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| named(error.to_string()))?;
        let value: Value = serde_json::from_str(&line)
            .map_err(|error| named(format!("line {}: {error}", at + 1)))?;
        let verdict = match value["verdict"].as_str() {
            Some("confirmed") => Verdict::Confirmed,
            Some("refuted") => Verdict::Refuted,
            _ => return Err(named(format!("line {}: verdict is confirmed or refuted", at + 1))),
        };
        found.insert((text(&value, "predecessor"), text(&value, "successor")), verdict);
    }
    Ok(found)
}

/// The model named in the summary of a run, or nothing.
fn model(folder: &Path) -> String {
    let read = std::fs::read_to_string(folder.join("summary.json")).unwrap_or_default();
    let summary: Value = serde_json::from_str(&read).unwrap_or_default();
    text(&summary, "model")
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
