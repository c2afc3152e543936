//! What can an expression ask about an enterprise? Features, declared in `features.toml`.
//!
//! A feature is one number (or word) about one enterprise on one day, with the events that it
//! rests on. Invariant: a function of the facts that hold and of the day; every day on which time
//! alone changes it is known beforehand. Must not know: expressions, points.

mod facts;
mod find;
mod peers;
mod register;

pub(crate) use find::{Found, Value, find, of_nothing};
pub use peers::{Peers, PeersFile, Trait, Versus};
pub(crate) use peers::{looks_at_inflow, number_compared};

use crate::risk::config::{Band, Config, Corroborate, Fault, Indicator, Measure, Veto};
use crate::risk::tags::{Select, Tags};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use toml::Spanned;

/// `features.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturesFile {
    /// Who is whose peer.
    #[serde(default)]
    pub peers: PeersFile,
    /// The catalogue.
    #[serde(default)]
    pub features: Vec<Feature>,
}

/// One feature: a column of the expressions. Of `facts`, `register`, `measure` and `peers`, one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The column's name: small letters, digits and `_`.
    pub name: Spanned<Arc<str>>,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Of the number, such as `yuan`, `days`, `facts`.
    pub unit: String,
    /// Facts about the enterprise, brought down to a number.
    #[serde(default)]
    pub facts: Option<Facts>,
    /// What the register, the monthly reports or other stages say.
    #[serde(default)]
    pub register: Option<Register>,
    /// The points of a built-in measure, such as those over ties to other enterprises.
    #[serde(default)]
    pub measure: Option<Measure>,
    /// Another feature, set against that of like enterprises.
    #[serde(default)]
    pub peers: Option<Peers>,
    /// Of a measure: facts older than this, in days, do not count.
    #[serde(default)]
    pub window_days: Option<i32>,
    /// Of a measure: after so many days a fact counts half.
    #[serde(default)]
    pub half_life_days: Option<i32>,
}

/// Which facts, and how they become a number.
///
/// A fact counts by its *weight*: 1, less while an objection is pending or was upheld in part,
/// less by its half-life, by its size (`factors`) and as a repetition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// By tag: type of event and values of its fields.
    pub of: Select,
    /// How they become a number.
    #[serde(default)]
    pub aggregate: Aggregate,
    /// Facts older than this, in days, do not count.
    #[serde(default)]
    pub window_days: Option<i32>,
    /// After so many days a fact weighs half.
    #[serde(default)]
    pub half_life_days: Option<i32>,
    /// Facts whose number is smaller do not count.
    #[serde(default)]
    pub value_from: Option<f64>,
    /// Facts whose number is not smaller do not count.
    #[serde(default)]
    pub value_below: Option<f64>,
    /// Factor of the weight by the fact's number.
    #[serde(default)]
    pub factors: Vec<Band>,
    /// Factor of the weight of the second and every later one.
    #[serde(default)]
    pub repeat_factor: Option<f64>,
    /// Facts with these tags need another one to count.
    #[serde(default)]
    pub corroborate: Option<Corroborate>,
    /// Only facts near others.
    #[serde(default)]
    pub near: Option<Near>,
    /// A fact of the same key among these takes one out.
    #[serde(default)]
    pub unless: Option<Select>,
    /// One per complainant, none of professional claimants.
    #[serde(default)]
    pub per_claimant: bool,
    /// Facts with one key (one case, decision, ticket) all count.
    #[serde(default)]
    pub every: bool,
    /// Ended by a later fact with the same key.
    #[serde(default)]
    pub until: Option<Select>,
    /// Ended by a later fact, whatever the key.
    #[serde(default)]
    pub until_any: Option<Select>,
    /// Ended when the duty in it is done.
    #[serde(default)]
    pub until_done: bool,
    /// It counts only after so many days.
    #[serde(default)]
    pub after_days: i32,
    /// Of `days_since`: the days at which the number rises, in rising order.
    #[serde(default)]
    pub steps: Vec<i32>,
}

/// Facts that lie near a fact.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Which.
    pub of: Select,
    /// At most so many days before it.
    pub days_before: i32,
    /// Or at most so many days after it.
    #[serde(default)]
    pub days_after: i32,
    /// So many of them.
    #[serde(default = "crate::risk::config::one")]
    pub at_least: i32,
}

/// How facts become a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// The sum of their weights.
    #[default]
    Count,
    /// The sum of their numbers, each by its weight.
    Sum,
    /// The largest number of one, null when there is none.
    Max,
    /// The largest weight of one: whether a state is in force, and how surely.
    Strongest,
    /// Different keys, or, where facts carry them, violations.
    Distinct,
    /// The most that one violation came, by weight.
    Repeated,
    /// Different tags of `of.any`.
    Kinds,
    /// What goods were declared to be worth, in fen, each by its weight.
    Worth,
    /// The last of `steps` that the days since the latest have reached; 0 before the first, null
    /// when there is no fact.
    DaysSince,
}

/// What is not a fact that counts by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Register {
    /// The last of the steps that the whole months since establishment have reached; 0 before the
    /// first, null when the day is unknown.
    AgeMonths {
        /// In rising order.
        steps: Vec<i32>,
    },
    /// GB/T 4754 code: a word. Null when unknown.
    Industry {},
    /// Subscribed capital in yuan. Null when unknown.
    SubscribedYuan {},
    /// Paid-in capital in yuan. Null when unknown.
    PaidYuan {},
    /// Insured persons of the latest report. Null without a report that is fresh.
    Headcount {
        /// Months after a report for which it is fresh.
        months_kept: i32,
    },
    /// Reported revenue of the latest months, in yuan. Null unless each was reported.
    RevenueYuan {
        /// How many months.
        months: i32,
        /// Months after the last report for which it is fresh.
        months_kept: i32,
    },
    /// What was reported for each yuan of revenue over the latest months. Null unless each month
    /// has both, and where there was no revenue.
    PerRevenue {
        /// Tax in yuan, energy in kWh, emission in kg.
        of: Reported,
        /// How many months.
        months: i32,
        /// Months after the last report for which it is fresh.
        months_kept: i32,
    },
    /// Insured persons of the latest report over those some months before. Null without both.
    HeadcountChange {
        /// How many months before.
        months: i32,
        /// Fewer than so many before say nothing.
        before_min: f64,
        /// Months after the last report for which it is fresh.
        months_kept: i32,
    },
    /// The last of the steps that what it was paid over the latest reported months, as far as it
    /// is seen, has reached as a multiple of the revenue reported for them; 0 before the first,
    /// null unless each month tells its revenue, and where there was none in all.
    InflowToRevenue {
        /// How many months.
        months: i32,
        /// Months after the last report for which it is fresh.
        months_kept: i32,
        /// In rising order.
        steps: Vec<f64>,
    },
    /// Confidence of the strongest pair in which it is the successor, 0–1.
    Succession {
        /// Pairs from this confidence on.
        confidence_min: f64,
    },
}

/// What monthly reports tell beside revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// Tax, in yuan.
    Tax,
    /// Electricity, in kWh.
    Energy,
    /// Emission, in kg.
    Emission,
}

impl Feature {
    /// The feature behind it where it is set against peers', else itself.
    fn base(&self) -> &Self {
        self.peers.as_ref().and_then(Peers::base).unwrap_or(self)
    }

    /// Whether it is a word instead of a number.
    pub const fn is_text(&self) -> bool {
        matches!(self.register, Some(Register::Industry {}))
    }

    /// Whether monthly reports may change it.
    pub(crate) fn is_monthly(&self) -> bool {
        let base = self.base();
        match (&base.register, &base.measure) {
            (
                Some(
                    Register::Headcount { .. }
                    | Register::HeadcountChange { .. }
                    | Register::InflowToRevenue { .. }
                    | Register::PerRevenue { .. }
                    | Register::RevenueYuan { .. },
                ),
                _,
            ) => true,
            (_, Some(measure)) => measure.is_monthly(),
            _ => false,
        }
    }

    /// The tags without which it is as of an enterprise of which nothing is known;
    /// [`Tags::ALWAYS`] when it looks beyond facts.
    pub(crate) fn needs(&self) -> Tags {
        match &self.base().facts {
            Some(facts) => facts.of.any,
            None => Tags::ALWAYS,
        }
    }

    /// Its measure, as if it were an indicator.
    pub(crate) fn behind(&self, measure: &Measure) -> Indicator {
        Indicator {
            id: self.name.clone(),
            zh: self.zh.clone(),
            en: self.en.clone(),
            points: i32::MAX,
            window_days: self.window_days,
            half_life_days: self.half_life_days,
            veto: Veto::None,
            veto_points: 1,
            source: String::new(),
            measures: vec![measure.clone()],
            sql: None,
            bands: Vec::new(),
            rises_with: Vec::new(),
            falls_with: Vec::new(),
        }
    }

    /// How it is made, in a word.
    pub fn made(&self) -> String {
        let word = |debug: String| {
            let mut word = String::new();
            for c in debug.chars().take_while(char::is_ascii_alphanumeric) {
                if c.is_ascii_uppercase() && !word.is_empty() {
                    word.push('_');
                }
                word.push(c.to_ascii_lowercase());
            }
            word
        };
        if let Some(peers) = &self.peers {
            let how = word(format!("{:?}", peers.versus));
            return format!("{how} of {} against peers", peers.of.get_ref());
        }
        match (&self.facts, &self.register, &self.measure) {
            (Some(facts), ..) => word(format!("{:?}", facts.aggregate)),
            (_, Some(register), _) => word(format!("{register:?}")),
            (.., Some(measure)) => format!("measure {}", word(format!("{measure:?}"))),
            _ => String::new(),
        }
    }

    fn fault(&self) -> Option<String> {
        let name = self.name.get_ref();
        let sources = [
            self.facts.is_some(),
            self.register.is_some(),
            self.measure.is_some(),
            self.peers.is_some(),
        ];
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let rising = |steps: &[i32]| {
            !steps.is_empty() && steps[0] > 0 && steps.windows(2).all(|pair| pair[0] < pair[1])
        };
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(good) {
            return Some(format!(
                "feature \"{name}\": a name has small letters, digits and \"_\", a letter first"
            ));
        }
        if RESERVED.contains(&&**name) {
            return Some(format!("\"{name}\" is the name of a column that is there for rules"));
        }
        if self.zh.is_empty() || self.en.is_empty() || self.unit.is_empty() {
            return Some(format!("feature \"{name}\" needs zh, en and unit"));
        }
        if sources.iter().filter(|there| **there).count() != 1 {
            return Some(format!(
                "feature \"{name}\" needs one of `facts`, `register`, `measure` and `peers`"
            ));
        }
        if let Some(facts) = &self.facts {
            let positive = |days: Option<i32>| days.is_none_or(|days| days > 0);
            if !positive(facts.window_days) || !positive(facts.half_life_days) {
                return Some(format!("feature \"{name}\": window and half-life are over 0"));
            }
            if (facts.aggregate == Aggregate::DaysSince) != rising(&facts.steps) {
                return Some(format!(
                    "feature \"{name}\": `days_since` and it alone has `steps`, rising from 1 on"
                ));
            }
        }
        match &self.register {
            Some(Register::AgeMonths { steps }) if !rising(steps) => {
                Some(format!("feature \"{name}\" needs `steps`, rising from 1 on"))
            }
            Some(Register::InflowToRevenue { steps, .. })
                if steps.is_empty() || steps[0] <= 0.0 || !steps.is_sorted_by(|a, b| a < b) =>
            {
                Some(format!("feature \"{name}\" needs `steps` over 0 that rise"))
            }
            _ => None,
        }
    }
}

/// Columns that rules have beside the features.
pub const RESERVED: [&str; 2] = ["score", "grade"];

impl FeaturesFile {
    /// Checks the catalogue, and finds the features that others are set against.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub(crate) fn resolve(&mut self) -> Result<(), Fault> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        self.resolve_peers().map_err(|(message, span)| {
            let span = (!span.is_empty()).then_some(span);
            Fault { span, ..Fault::of("features.toml", message) }
        })
    }

    /// The first rule that the catalogue breaks, with its place in `features.toml`.
    pub fn fault(&self) -> Option<Fault> {
        let mut seen = BTreeSet::new();
        self.features.iter().find_map(|feature| {
            let twice = !seen.insert(feature.name.get_ref().clone());
            let message = if twice {
                Some(format!("feature \"{}\" is defined twice", feature.name.get_ref()))
            } else {
                feature.fault()
            };
            let span = Some(feature.name.span());
            message.map(|message| Fault { span, ..Fault::of("features.toml", message) })
        })
    }
}

impl Config {
    /// All measures: of indicators, and behind features.
    pub fn all_measures(&self) -> impl Iterator<Item = &Measure> {
        let indicators = self.indicators.iter().flat_map(|indicator| &indicator.measures);
        indicators.chain(self.features.iter().filter_map(|feature| feature.measure.as_ref()))
    }
}
