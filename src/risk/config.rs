//! What counts, and how much? The indicator system as data (`indicators.toml`, `lexicon.toml`).
//!
//! Every weight, threshold, window and word is here. A new indicator of a known measure is a
//! table in the file. Must not know: how a measure is computed.

use crate::risk::Grade;
use crate::risk::features::{Feature, FeaturesFile, PeersFile, number_compared};
use crate::risk::groups::Signals;
pub use crate::risk::measures::*;
use crate::risk::program::{ConditionFile, Program};
use crate::risk::tags::Tags;
use crate::risk::weigh::WeightsFile;
use crate::text::Text;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use toml::Spanned;

/// The indicator system (`indicators.toml`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Scale, grades, decay.
    pub scale: Scale,
    /// Rules by which events become facts.
    pub facts: FactRules,
    /// How long a penalty may be public, by date of decision; the latest `from` that is not after
    /// the decision applies.
    pub publicity: Vec<Publicity>,
    /// The class of a penalty whose authority does not state it.
    pub severity: SeverityRule,
    /// Terms of lists without an `until`, in months, by the contract's word.
    pub list_months: BTreeMap<String, i32>,
    /// Categories and packs by their letter.
    pub categories: BTreeMap<String, Category>,
    /// The indicators, in the order of evaluation.
    pub indicators: Vec<Indicator>,
    /// Words, from `lexicon.toml`.
    #[serde(skip)]
    pub lexicon: Lexicon,
    /// What expressions may name, from `features.toml`.
    #[serde(skip)]
    pub features: Vec<Feature>,
    /// The measures behind features, each as if it were an indicator: those of the places after
    /// the indicators'.
    #[serde(skip)]
    pub(super) behind: Vec<(usize, Indicator)>,
    /// The expressions of indicators and rules, planned.
    #[serde(skip)]
    pub program: Program,
    /// How the weights of the categories came about, from `weights.toml`.
    #[serde(skip)]
    pub weights: Option<WeightsFile>,
    /// Who is whose peer, from `features.toml`.
    #[serde(skip)]
    pub(super) peers: PeersFile,
    /// Places of the features that are compared with peers' and named by an expression.
    #[serde(skip)]
    pub(super) compared: Vec<usize>,
    /// When groups give a systemic signal, from `groups.toml`.
    #[serde(skip)]
    pub groups: Option<Signals>,
}

/// Scale, grades, decay.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Highest score.
    pub score_max: i32,
    /// From this score on: B.
    pub grade_b: i32,
    /// From this score on: C.
    pub grade_c: i32,
    /// From this score on: D.
    pub grade_d: i32,
    /// A half-life is walked in so many equal steps of whole days.
    pub decay_steps: i32,
    /// No step is longer than this, in days.
    pub decay_step_days_max: i32,
    /// Factor of a fact against which an objection is pending.
    pub pending_factor: f64,
    /// Factor of a fact against which an objection was upheld in part.
    pub partly_factor: f64,
    /// Most events that a contribution names; the latest are kept.
    pub events_max: usize,
}

impl Scale {
    /// The class of a score, vetoes aside.
    pub fn grade(&self, score: i32) -> Grade {
        match score {
            s if s >= self.grade_d => Grade::D,
            s if s >= self.grade_c => Grade::C,
            s if s >= self.grade_b => Grade::B,
            _ => Grade::A,
        }
    }
}

/// Rules by which events become facts about an enterprise.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactRules {
    /// A publication names an enterprise from this confidence on.
    pub opinion_confidence_min: f64,
    /// Sentiment at or below which a publication is negative.
    pub opinion_negative_max: f64,
    /// Promised yearly return, in percent, from which a publication entices.
    pub lure_rate_pct_min: f64,
    /// Tier of anonymous sources, which need corroboration.
    pub opinion_anonymous_tier: u8,
    /// Days to prove origin when the record states no date.
    pub proof_days: i32,
    /// Days to pay a fine (行政处罚法 art. 67).
    pub payment_days: i32,
    /// Days a notice counts when it states no end.
    pub notice_days: i32,
    /// A price up to this, in fen, is next to nothing.
    pub cheap_fen_max: i64,
    /// A complainant with tickets against at least so many enterprises is discounted.
    pub claimant_respondents_max: usize,
    /// Monthly reports are kept for so many months.
    pub months_kept: i32,
    /// First and last day of the fishing moratorium, `[month, day]`: a boat that lies still may be
    /// dark, so a gap in its track says nothing. None unless declared.
    #[serde(default)]
    pub moratorium: Option<[(i32, i32); 2]>,
}

/// Longest publicity of penalties decided from a date on, in months, by class.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publicity {
    /// First date of decision, `YYYY-MM-DD`.
    pub from: String,
    /// 轻微.
    pub minor_months: i32,
    /// 一般.
    pub general_months: i32,
    /// 严重.
    pub serious_months: i32,
    /// The rule.
    pub source: String,
}

/// How to class a penalty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityRule {
    /// Kinds that make it serious.
    pub serious: Tags,
    /// Fine plus confiscation, in fen, from which it is serious.
    pub serious_fen: i64,
    /// Fine, in fen, up to which a summary penalty is minor.
    pub minor_fen: i64,
}

/// A category of the official five, or a pack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Most points.
    pub cap: i32,
    /// Factor of the points of its indicators; 1 unless declared. `vestigo model weigh` tells what
    /// judgement and data say.
    #[serde(default = "unweighted")]
    pub weight: f64,
    /// A professional pack, which adds to the five generic categories.
    #[serde(default)]
    pub pack: bool,
}

const fn unweighted() -> f64 {
    1.0
}

/// What a veto does to the grade, whatever the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Veto {
    /// Nothing.
    #[default]
    None,
    /// D.
    D,
    /// C, or worse by score.
    AtLeastC,
}

/// One indicator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Such as `R01`; its letter is its category.
    pub id: Spanned<Arc<str>>,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Most points; negative lowers the score.
    pub points: i32,
    /// Facts older than this, in days, do not count.
    #[serde(default)]
    pub window_days: Option<i32>,
    /// After so many days a fact counts half.
    #[serde(default)]
    pub half_life_days: Option<i32>,
    /// Effect on the grade.
    #[serde(default)]
    pub veto: Veto,
    /// Points from which the veto holds; 1 by default.
    #[serde(default = "one")]
    pub veto_points: i32,
    /// Where the rule comes from; `[P]` marks a proposal without official source.
    pub source: String,
    /// How it is measured; of several, the one with most points counts.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Instead of measures: an expression over features. Yes gives all points; a number is the
    /// points, or, with `bands`, chooses them.
    #[serde(default)]
    pub sql: Option<Spanned<String>>,
    /// Points by the expression's number.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// Features with which the points never fall.
    #[serde(default)]
    pub rises_with: Vec<String>,
    /// Features with which the points never rise.
    #[serde(default)]
    pub falls_with: Vec<String>,
}

impl Indicator {
    /// A fault of this indicator.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault { span: Some(self.id.span()), ..Fault::of("indicators.toml", message) }
    }
}

pub(super) const fn one() -> i32 {
    1
}

/// Words (`lexicon.toml`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lexicon {
    /// Words that a name or scope may hold only with a licence (国务院令第737号 art. 9).
    pub financial: Vec<String>,
    /// Kinds of licence that allow them (part of the licence's name).
    pub financial_licences: Vec<String>,
    /// A clause with one of these denies rather than claims an activity.
    pub negations: Vec<String>,
    /// Scopes that need a licence.
    pub licensed: Vec<LicensedScope>,
    /// Ground of a listing: not reachable at the registered address.
    pub ground_unreachable: Vec<String>,
    /// Ground of a listing: annual report.
    pub ground_annual_report: Vec<String>,
    /// Ground of a listing or end: false or withheld facts.
    pub ground_false: Vec<String>,
    /// Issues of complaints about prepaid money.
    pub prepaid: Vec<String>,
    /// Words of an address of a cluster registration or a host (集群注册, 住所托管).
    pub hosted: Vec<String>,
    /// Purposes that a wage account may serve.
    pub wages: Vec<String>,
    /// Purposes of money that comes in without being turnover: loans, capital, refunds.
    #[serde(default)]
    pub not_turnover: Vec<String>,
    /// Purposes of a payment for goods.
    #[serde(default)]
    pub goods: Vec<String>,
    /// Violations, matters and items that tell of beneficial owners who were not filed.
    #[serde(default)]
    pub owners_unfiled: Vec<String>,
}

/// A scope that needs a licence.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicensedScope {
    /// Any of these words in the scope.
    pub words: Vec<String>,
    /// Any of these in the kind of a licence meets it.
    pub licences: Vec<String>,
}

impl Lexicon {
    /// Bit of a licence that allows financial words.
    pub const FINANCIAL: i64 = 1 << 62;

    /// Which licensed scopes a kind of licence meets: a bit for each, and [`Self::FINANCIAL`].
    pub fn covers(&self, kind: &str) -> i64 {
        let named = |words: &[String]| words.iter().any(|word| kind.contains(&**word));
        let mut bits = if named(&self.financial_licences) { Self::FINANCIAL } else { 0 };
        for (place, licensed) in self.licensed.iter().enumerate().take(62) {
            if named(&licensed.licences) {
                bits |= 1 << place;
            }
        }
        bits
    }
}

/// A fault that the types cannot see, with the place in the file where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// The file at fault.
    pub file: &'static str,
    /// Bytes of the file.
    pub span: Option<std::ops::Range<usize>>,
    /// An expression in it, and the bytes of the expression that are at fault.
    pub within: Option<(String, std::ops::Range<usize>)>,
}

impl Fault {
    /// A fault somewhere in a file.
    pub(super) fn of(file: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), file, span: None, within: None }
    }
}

impl Config {
    /// The first rule that the system breaks.
    pub fn fault(&self) -> Option<Fault> {
        self.scale_fault().map(|message| Fault::of("indicators.toml", message)).or_else(|| {
            let mut seen = BTreeSet::new();
            self.indicators.iter().find_map(|indicator| {
                let repeated = !seen.insert(indicator.id.get_ref().clone());
                let message = if repeated {
                    Some(format!("indicator \"{}\" is defined twice", indicator.id.get_ref()))
                } else {
                    self.indicator_fault(indicator)
                };
                message.map(|message| indicator.fault(message))
            })
        })
    }

    /// Takes the features and plans every expression of indicators and of warning rules.
    ///
    /// # Errors
    /// The first fault of the features or of an expression.
    pub fn complete(
        &mut self,
        features: FeaturesFile,
        conditions: &[ConditionFile],
    ) -> Result<(), Fault> {
        let mut features = features;
        features.resolve()?;
        self.peers = features.peers;
        self.features = features.features;
        self.program = Program::plan(self, conditions)?;
        self.compared = number_compared(&mut self.features, self.program.features());
        for (column, place) in self.program.features().iter().enumerate() {
            let feature = &self.features[*place];
            if let Some(measure) = &feature.measure {
                self.behind.push((column, feature.behind(measure)));
            }
        }
        match self.indicators.iter().find_map(|indicator| self.direction_fault(indicator)) {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// The ids of the model's indicators.
    pub fn ids(&self) -> Vec<&str> {
        self.indicators.iter().map(|one| &**one.id.get_ref()).collect()
    }

    /// The indicator at a place: one of the model's, or a measure behind a feature.
    pub(super) fn at(&self, place: usize) -> &Indicator {
        match self.indicators.get(place) {
            Some(indicator) => indicator,
            None => &self.behind[place - self.indicators.len()].1,
        }
    }

    /// The column of the feature before a measure, by its place.
    pub(super) fn column(&self, place: usize) -> Option<usize> {
        let behind = place.checked_sub(self.indicators.len())?;
        self.behind.get(behind).map(|(column, _)| *column)
    }

    fn direction_fault(&self, indicator: &Indicator) -> Option<Fault> {
        indicator.rises_with.iter().chain(&indicator.falls_with).find_map(|name| {
            let mut names = self.features.iter().map(|feature| &**feature.name.get_ref());
            if names.any(|known| known == name) && indicator.sql.is_some() {
                return None;
            }
            let names = self.features.iter().map(|feature| &**feature.name.get_ref());
            let hint = crate::text::did_you_mean(name, names);
            Some(indicator.fault(format!(
                "indicator \"{}\": its expression knows no feature \"{name}\"{hint}",
                indicator.id.get_ref()
            )))
        })
    }

    fn scale_fault(&self) -> Option<String> {
        let scale = &self.scale;
        let generic: i32 = self.categories.values().filter(|c| !c.pack).map(|c| c.cap).sum();
        if generic != scale.score_max {
            return Some(format!(
                "the caps of the generic categories sum to {generic}, not to score_max {}",
                scale.score_max
            ));
        }
        if let Some((letter, _)) =
            self.categories.iter().find(|(_, each)| !(0.0..=10.0).contains(&each.weight))
        {
            return Some(format!("the weight of category \"{letter}\" lies within 0 to 10"));
        }
        let rising = 0 < scale.grade_b
            && scale.grade_b < scale.grade_c
            && scale.grade_c < scale.grade_d
            && scale.grade_d <= scale.score_max;
        if !rising {
            return Some("the grades' cut-offs must rise: 0 < B < C < D".to_owned());
        }
        if scale.decay_steps < 1 || scale.decay_step_days_max < 1 || scale.events_max < 1 {
            return Some("decay_steps, decay_step_days_max and events_max are at least 1".into());
        }
        let dated = self.publicity.iter().all(|p| crate::time::Day::parse(&p.from).is_some());
        (self.publicity.is_empty() || !dated)
            .then(|| "publicity needs rules, each with a `from` date".to_owned())
    }

    fn indicator_fault(&self, indicator: &Indicator) -> Option<String> {
        let id = indicator.id.get_ref();
        let Some(category) = self.category(id) else {
            return Some(format!("indicator \"{id}\" has no category"));
        };
        if indicator.points == 0 || indicator.points > category.cap {
            return Some(format!(
                "indicator \"{id}\" has {} points; its category holds at most {}",
                indicator.points, category.cap
            ));
        }
        if indicator.zh.is_empty() || indicator.en.is_empty() || indicator.source.is_empty() {
            return Some(format!("indicator \"{id}\" needs zh, en and source"));
        }
        if indicator.measures.is_empty() != indicator.sql.is_some() {
            return Some(format!("indicator \"{id}\" needs measures or sql, and not both"));
        }
        let positive = |days: Option<i32>| days.is_none_or(|days| days > 0);
        (!positive(indicator.window_days) || !positive(indicator.half_life_days))
            .then(|| format!("indicator \"{id}\": window and half-life are over 0"))
    }

    /// What the indicators are called, by id; caps, the floor and features too.
    pub fn names(&self) -> BTreeMap<Arc<str>, Text> {
        let indicators = self.indicators.iter().map(|indicator| {
            (indicator.id.get_ref().clone(), Text::new(&*indicator.zh, &*indicator.en))
        });
        let caps = self.categories.iter().map(|(letter, category)| {
            let zh = format!("{}封顶", category.zh);
            let en = format!("{}: capped", category.en);
            (Arc::from(format!("cap:{letter}")), Text::new(zh, en))
        });
        let ends = [
            ("cap:total", Text::new("总分封顶", "Score: capped")),
            ("floor", Text::new("总分不低于零", "Score: not below zero")),
        ];
        let ends = ends.into_iter().map(|(name, text)| (Arc::from(name), text));
        let features = self
            .features
            .iter()
            .map(|feature| (feature.name.get_ref().clone(), Text::new(&*feature.zh, &*feature.en)));
        indicators.chain(caps).chain(ends).chain(features).collect()
    }

    /// The category of an indicator: its id without the number.
    pub fn category(&self, id: &str) -> Option<&Category> {
        self.categories.get(category_of(id))
    }
}

/// The letter of an indicator's category.
pub fn category_of(id: &str) -> &str {
    id.trim_end_matches(|c: char| c.is_ascii_digit())
}
