//! How many are drawn, and how often? Ratios, caps and bounds as data.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Thousandths of a whole.
const WHOLE: u64 = 1_000;
/// Tickets of one enterprise, at most.
const TICKETS_MAX: u32 = 10;

/// `models/sampling/*.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Its name.
    pub id: String,
    /// One rule for each class.
    pub grade: Vec<GradeRule>,
    /// Tickets of an enterprise whose weight is raised.
    pub raised_tickets: u32,
    /// Officers for one enterprise.
    pub inspectors_per_enterprise: u32,
    /// Enterprises of a draw for one officer, at most.
    pub inspector_load_max: u32,
}

/// The rule of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeRule {
    /// A to D.
    pub grade: String,
    /// Drawn of a thousand that are eligible.
    pub per_mille: u32,
    /// Inspections of an enterprise in a year; those triggered by a case do not count.
    pub cap_per_year: u32,
}

impl GradeRule {
    /// So many of these are drawn: the share, rounded up.
    pub fn share_of(&self, eligible: u64) -> u64 {
        (eligible * u64::from(self.per_mille)).div_ceil(WHOLE)
    }
}

impl PlanFile {
    /// The plan that comes with the program.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn shipped() -> Self {
        toml::from_str(include_str!("../../models/sampling/cn.toml")).expect("read by a test")
    }

    /// The rule of a class.
    pub fn of(&self, grade: &str) -> Option<&GradeRule> {
        self.grade.iter().find(|rule| rule.grade == grade)
    }

    /// What is wrong with it.
    pub fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut known = BTreeSet::new();
        for rule in &self.grade {
            if !["A", "B", "C", "D"].contains(&rule.grade.as_str()) {
                problems.push(format!("no class is called \"{}\"", rule.grade));
            }
            if !known.insert(&rule.grade) {
                problems.push(format!("the class {} stands twice", rule.grade));
            }
            if u64::from(rule.per_mille) > WHOLE {
                problems.push(format!("{}: per_mille is over {WHOLE}", rule.grade));
            }
        }
        if known.len() < 4 {
            problems.push("each of the classes A to D needs a rule".to_owned());
        }
        if !(1..=TICKETS_MAX).contains(&self.raised_tickets) {
            problems.push(format!("raised_tickets must be 1 to {TICKETS_MAX}"));
        }
        if self.inspectors_per_enterprise == 0 || self.inspector_load_max == 0 {
            problems.push("inspectors need at least 1".to_owned());
        }
        problems
    }
}
