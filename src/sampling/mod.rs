//! Which enterprises are inspected, and by whom? Double random sampling that anybody can check.
//!
//! ```text
//! ticket  = SHA-256("SEED|LIST|CODE|N")          N = 1, and further ones where the weight is raised
//! officer = SHA-256("SEED|LIST|CODE|OFFICER")
//! ```
//!
//! `SEED` is published, `LIST` is the digest of the list that was drawn from. Within a class the
//! enterprises with the smallest tickets are drawn; an enterprise gets the officers with the
//! smallest numbers who need not avoid it and have room. Invariant: a draw follows from plan,
//! list, officers and seed alone, in whatever order they are given; nobody is drawn over the
//! year's cap, and no officer where he must avoid. Must not know: where the list comes from.

mod plan;
mod verify;

pub use plan::{GradeRule, PlanFile};
pub use verify::verify;

use crate::id::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The form of a draw that this version writes and reads.
pub const FORMAT: u32 = 1;

/// One enterprise of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its code.
    pub code: String,
    /// Its class: A to D.
    pub grade: String,
    /// Inspections of the year that count against the cap; those triggered by a case do not.
    pub inspected: u32,
    /// Whether a person decided that it has more tickets.
    #[serde(default)]
    pub raised: bool,
    /// Why it may not be drawn; empty when it may.
    #[serde(default)]
    pub excluded: String,
}

/// Somebody who inspects: by the number of the account or badge, never by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// The number.
    pub id: String,
    /// Codes of the enterprises that the officer must avoid (回避).
    #[serde(default)]
    pub avoid: BTreeSet<String>,
    /// Inspects so many of the draw at most; the plan's bound when there is none.
    #[serde(default)]
    pub load_max: Option<u32>,
}

/// How many of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// The class.
    pub grade: String,
    /// On the list.
    pub listed: u64,
    /// Of those, neither excluded nor at the cap.
    pub eligible: u64,
    /// To be drawn: the plan's share of those that are eligible, rounded up.
    pub drawn: u64,
}

/// An officer who was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// The number.
    pub id: String,
    /// The hash by which the officer was drawn.
    pub hash: String,
}

/// An enterprise that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Its code.
    pub code: String,
    /// Its class.
    pub grade: String,
    /// The smallest of its tickets.
    pub ticket: String,
    /// Which of its tickets that is.
    pub number: u32,
    /// Who inspects it. Fewer than the plan wants where nobody was left.
    pub officers: Vec<Assigned>,
}

/// Why an enterprise of the list could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Its code.
    pub code: String,
    /// Why.
    pub why: String,
}

/// A draw, with everything that it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// See [`FORMAT`].
    pub format: u32,
    /// The plan, whole.
    pub plan: PlanFile,
    /// The seed, as published.
    pub seed: String,
    /// SHA-256 of the list's text; see [`list_text`].
    pub list_digest: String,
    /// By class.
    pub strata: Vec<Stratum>,
    /// What was drawn, by ticket.
    pub enterprises: Vec<Drawn>,
    /// What could not be drawn.
    pub excluded: Vec<Excluded>,
    /// The list.
    pub list: Vec<Row>,
    /// The officers, with what each must avoid.
    pub officers: Vec<Officer>,
}

/// Why nothing is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The plan is wrong.
    Plan(String),
    /// The seed is empty, too long or holds the separator.
    Seed,
    /// An enterprise stands twice on the list.
    TwiceListed(String),
    /// A row's class is none of the plan's.
    NoGrade(String, String),
    /// An officer stands twice.
    TwiceOfficer(String),
    /// A code or number is empty or holds a character that separates.
    BadName(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plan(why) => write!(f, "the plan: {why}"),
            Self::Seed => write!(f, "the seed must have 1 to {SEED_MAX} characters and no \"|\""),
            Self::TwiceListed(code) => write!(f, "{code} stands twice on the list"),
            Self::NoGrade(code, grade) => {
                write!(f, "{code}: the plan has no class \"{grade}\"")
            }
            Self::TwiceOfficer(id) => write!(f, "the officer {id} stands twice"),
            Self::BadName(name) => {
                write!(f, "\"{name}\" must not be empty or hold a comma, a bar or a line's end")
            }
        }
    }
}

impl std::error::Error for Fault {}

/// Characters of a seed, at most.
const SEED_MAX: usize = 200;

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The list as text: one line for each enterprise, `CODE,GRADE,INSPECTED,RAISED,EXCLUDED`, sorted
/// by code, each line ended. Its SHA-256 is the list's digest.
pub fn list_text(list: &[Row]) -> String {
    let mut rows: Vec<&Row> = list.iter().collect();
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    let mut text = String::new();
    for row in rows {
        let raised = u8::from(row.raised);
        let Row { code, grade, inspected, excluded, .. } = row;
        writeln!(text, "{code},{grade},{inspected},{raised},{excluded}")
            .expect("a String takes all");
    }
    text
}

/// The digest of a list.
pub fn list_digest(list: &[Row]) -> String {
    sha256(&list_text(list))
}

/// A ticket of an enterprise.
pub fn ticket(seed: &str, list: &str, code: &str, number: u32) -> String {
    sha256(&format!("{seed}|{list}|{code}|{number}"))
}

/// The number by which an officer is drawn for an enterprise.
pub fn lot(seed: &str, list: &str, code: &str, officer: &str) -> String {
    sha256(&format!("{seed}|{list}|{code}|{officer}"))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['|', ',', '\n', '\r'])
}

fn check(plan: &PlanFile, list: &[Row], officers: &[Officer], seed: &str) -> Result<(), Fault> {
    if let Some(problem) = plan.check().into_iter().next() {
        return Err(Fault::Plan(problem));
    }
    if seed.is_empty() || seed.chars().count() > SEED_MAX || seed.contains('|') {
        return Err(Fault::Seed);
    }
    let mut codes = BTreeSet::new();
    for row in list {
        if !is_name(&row.code) {
            return Err(Fault::BadName(row.code.clone()));
        }
        if !row.excluded.is_empty() && !is_name(&row.excluded) {
            return Err(Fault::BadName(row.excluded.clone()));
        }
        if !codes.insert(row.code.as_str()) {
            return Err(Fault::TwiceListed(row.code.clone()));
        }
        if plan.of(&row.grade).is_none() {
            return Err(Fault::NoGrade(row.code.clone(), row.grade.clone()));
        }
    }
    let mut ids = BTreeSet::new();
    for officer in officers {
        if !is_name(&officer.id) {
            return Err(Fault::BadName(officer.id.clone()));
        }
        if !ids.insert(officer.id.as_str()) {
            return Err(Fault::TwiceOfficer(officer.id.clone()));
        }
    }
    Ok(())
}

/// Draws enterprises and officers.
///
/// # Errors
/// With what is wrong with plan, list, officers or seed.
pub fn draw(
    plan: &PlanFile,
    mut list: Vec<Row>,
    mut officers: Vec<Officer>,
    seed: &str,
) -> Result<Draw, Fault> {
    check(plan, &list, &officers, seed)?;
    list.sort_by(|a, b| a.code.cmp(&b.code));
    officers.sort_by(|a, b| a.id.cmp(&b.id));
    let digest = list_digest(&list);
    let mut excluded = Vec::new();
    let mut eligible: BTreeMap<String, Vec<Drawn>> = BTreeMap::new();
    for row in &list {
        let Some(rule) = plan.of(&row.grade) else { continue };
        let why = if row.excluded.is_empty() {
            (row.inspected >= rule.cap_per_year)
                .then(|| format!("年度检查已达上限 {} 次 (cap of the year)", rule.cap_per_year))
        } else {
            Some(row.excluded.clone())
        };
        if let Some(why) = why {
            excluded.push(Excluded { code: row.code.clone(), why });
            continue;
        }
        let tickets = if row.raised { plan.raised_tickets } else { 1 };
        let numbered = (1..=tickets).map(|n| (ticket(seed, &digest, &row.code, n), n));
        let Some((ticket, number)) = numbered.min() else { continue };
        let (code, grade) = (row.code.clone(), row.grade.clone());
        let drawn = Drawn { code, grade, ticket, number, officers: Vec::new() };
        eligible.entry(row.grade.clone()).or_default().push(drawn);
    }
    let mut strata = Vec::new();
    let mut enterprises = Vec::new();
    for rule in &plan.grade {
        let mut own = eligible.remove(&rule.grade).unwrap_or_default();
        own.sort_by(|a, b| (&a.ticket, &a.code).cmp(&(&b.ticket, &b.code)));
        let drawn = rule.share_of(own.len() as u64);
        strata.push(Stratum {
            grade: rule.grade.clone(),
            listed: list.iter().filter(|row| row.grade == rule.grade).count() as u64,
            eligible: own.len() as u64,
            drawn,
        });
        own.truncate(usize::try_from(drawn).unwrap_or(usize::MAX));
        enterprises.append(&mut own);
    }
    enterprises.sort_by(|a, b| (&a.ticket, &a.code).cmp(&(&b.ticket, &b.code)));
    assign(plan, &mut enterprises, &officers, (seed, &digest));
    Ok(Draw {
        format: FORMAT,
        plan: plan.clone(),
        seed: seed.to_owned(),
        list_digest: digest,
        strata,
        enterprises,
        excluded,
        list,
        officers,
    })
}

/// Gives each enterprise its officers, in the order of the tickets.
fn assign(plan: &PlanFile, drawn: &mut [Drawn], officers: &[Officer], from: (&str, &str)) {
    let (seed, digest) = from;
    let mut loads: BTreeMap<&str, u32> = BTreeMap::new();
    for enterprise in drawn {
        let free = officers.iter().filter(|officer| {
            let load = loads.get(officer.id.as_str()).copied().unwrap_or(0);
            load < officer.load_max.unwrap_or(plan.inspector_load_max)
                && !officer.avoid.contains(&enterprise.code)
        });
        let mut lots: Vec<(String, &str)> = free
            .map(|one| (lot(seed, digest, &enterprise.code, &one.id), one.id.as_str()))
            .collect();
        lots.sort();
        lots.truncate(plan.inspectors_per_enterprise as usize);
        for (hash, id) in lots {
            *loads.entry(id).or_default() += 1;
            enterprise.officers.push(Assigned { id: id.to_owned(), hash });
        }
    }
}

impl Draw {
    /// Enterprises for which too few officers were left.
    pub fn short(&self) -> impl Iterator<Item = &Drawn> {
        let wanted = self.plan.inspectors_per_enterprise as usize;
        self.enterprises.iter().filter(move |one| one.officers.len() < wanted)
    }
}

#[cfg(test)]
mod tests;
