//! What counts, and how much? The indicator system as data (`indicators.toml`, `lexicon.toml`).
//!
//! Every weight, threshold, window and word is here. A new indicator of a known measure is a
//! table in the file. Must not know: how a measure is computed.

use crate::risk::tags::{Select, Tags};
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
    /// A professional pack, which adds to the five generic categories.
    #[serde(default)]
    pub pack: bool,
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
    pub measures: Vec<Measure>,
}

const fn one() -> i32 {
    1
}

/// A band: from this value on, so many points. Bands are in rising order.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Band(pub f64, pub f64);

/// The points of the highest band that a value reaches.
pub fn band(bands: &[Band], value: f64) -> f64 {
    bands.iter().rev().find(|band| value >= band.0).map_or(0.0, |band| band.1)
}

/// How an indicator is measured.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// Points per fact, decaying.
    Sum(Sum),
    /// Bands over a number of facts, or over the sum of their values.
    Count(Count),
    /// A state that is in force now.
    State(State),
    /// A notice while something stands against it.
    Conflict(Conflict),
    /// A fact soon after another.
    After(After),
    /// Share of facts among facts.
    Ratio(Ratio),
    /// Many more than before.
    Burst(Burst),
    /// Different kinds of fact within the window.
    Variety(Variety),
    /// The same violation again.
    Repeat(Repeat),
    /// Claims in execution against capital.
    Claim(Claim),
    /// Time since establishment.
    Age(Age),
    /// Base hazard of the industry.
    Industry(Industry),
    /// Words in name or scope that need a licence.
    Wording(Wording),
    /// Capital that does not fit.
    Capital(Capital),
    /// Cluster registration or hosted address.
    Hosted(Points),
    /// A scope that needs a licence, without one.
    LicenceGap(LicenceGap),
    /// A licence that ended while it was needed.
    LicenceLapsed(Points),
    /// The majority holder was replaced.
    Takeover(Points),
    /// Insured persons fell.
    Headcount(Headcount),
    /// Nothing goes on.
    Dormant(Dormant),
    /// Energy does not fit turnover or emission.
    Divergence(Divergence),
    /// Thought to carry on an enterprise with troubles.
    Successor(Successor),
}

/// Points when it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// So many.
    pub points: f64,
}

/// See [`Measure::Sum`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// Which facts.
    pub of: Select,
    /// Points for each.
    pub each: f64,
    /// Factor by the fact's value (fen, tier, per mille …, by kind of fact).
    #[serde(default)]
    pub factors: Vec<Band>,
    /// The value is per mille of the points.
    #[serde(default)]
    pub scaled: bool,
    /// Factor of the second and every later one.
    #[serde(default)]
    pub repeat_factor: Option<f64>,
    /// Facts with these tags need another one to count.
    #[serde(default)]
    pub corroborate: Option<Corroborate>,
}

/// Facts that do not count alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corroborate {
    /// Which need it.
    pub facts: Tags,
    /// By what.
    pub by: Select,
    /// Within so many days, before or after.
    pub days: i32,
}

/// See [`Measure::Count`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Which facts.
    pub of: Select,
    /// Points by number.
    pub bands: Vec<Band>,
    /// Add the values instead of counting.
    #[serde(default)]
    pub by_value: bool,
    /// A fact of the same key among these takes one out.
    #[serde(default)]
    pub unless: Option<Select>,
    /// One per complainant.
    #[serde(default)]
    pub per_claimant: bool,
}

/// See [`Measure::State`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What begins it.
    pub of: Select,
    /// What ends it: a later fact with the same key.
    #[serde(default)]
    pub until: Option<Select>,
    /// What ends it, whatever the key.
    #[serde(default)]
    pub until_any: Option<Select>,
    /// It counts only after so many days.
    #[serde(default)]
    pub after_days: i32,
    /// It counts only until the duty is done.
    #[serde(default)]
    pub until_done: bool,
    /// Points by tag, the first that fits; the indicator's points otherwise.
    #[serde(default)]
    pub graded: Vec<Graded>,
}

/// Points of facts with a tag.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// Any of these.
    pub tags: Tags,
    /// So many points.
    pub points: f64,
}

/// See [`Measure::Conflict`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The notice.
    pub of: Select,
    /// What ends it.
    #[serde(default)]
    pub until_any: Option<Select>,
    /// What stands against it, while in force.
    pub bars: Vec<State>,
    /// Points with one bar.
    pub points: f64,
    /// Points for each further one.
    pub further: f64,
}

/// See [`Measure::After`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The later fact.
    pub of: Select,
    /// The earlier fact.
    pub trigger: Select,
    /// The trigger lies at most so many days before it.
    pub days: i32,
    /// The trigger may also follow within so many days.
    #[serde(default)]
    pub days_following: i32,
    /// So many triggers are needed.
    #[serde(default = "one")]
    pub triggers_min: i32,
    /// Points for each later fact.
    pub each: f64,
}

/// See [`Measure::Ratio`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// Counted above the line.
    pub part: Select,
    /// Counted below the line.
    pub whole: Select,
    /// Added above (beta prior).
    pub prior_part: f64,
    /// Added below.
    pub prior_whole: f64,
    /// Fewer parts than this do not count.
    pub part_min: f64,
    /// Points by share.
    pub bands: Vec<Band>,
}

/// See [`Measure::Burst`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// Which facts.
    pub of: Select,
    /// A fact of the same key among these takes one out.
    #[serde(default)]
    pub unless: Option<Select>,
    /// One per complainant.
    #[serde(default)]
    pub per_claimant: bool,
    /// Length of the burst in days.
    pub days: i32,
    /// Expected number in that time when nothing happened before.
    pub expected_min: f64,
    /// Fewer than this is no burst.
    pub count_min: f64,
    /// Points by surprise: −log10 of the Poisson tail.
    pub bands: Vec<Band>,
}

/// See [`Measure::Variety`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variety {
    /// The kinds.
    pub of: Tags,
    /// Points by number of kinds.
    pub bands: Vec<Band>,
}

/// See [`Measure::Repeat`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Which facts.
    pub of: Select,
    /// Points by the number of times that one violation came.
    pub bands: Vec<Band>,
}

/// See [`Measure::Claim`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Which cases.
    pub of: Select,
    /// What ends one.
    pub until: Select,
    /// Points by the claim in percent of the paid (else subscribed) capital.
    pub bands: Vec<Band>,
    /// Points when claim or capital is unknown.
    pub unknown: f64,
}

/// See [`Measure::Age`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// Points until so many months after establishment, rising: `[months, points]`.
    pub below: Vec<(i32, f64)>,
}

/// See [`Measure::Industry`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Industry {
    /// Points by the beginning of the GB/T 4754 code; the longest that fits counts.
    pub hazard: BTreeMap<String, f64>,
}

/// See [`Measure::Wording`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Points for a word in the name.
    pub name: f64,
    /// Points for a word in the scope only.
    pub scope: f64,
}

/// See [`Measure::Capital`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capital {
    /// Subscribed capital, in fen, from which nothing paid is odd.
    pub subscribed_fen_min: i64,
    /// Paid share, in percent, up to which next to nothing is paid.
    pub paid_pct_max: f64,
    /// Months after establishment by which it should be paid (公司法 art. 47: five years; [P]
    /// earlier as a sign).
    pub due_months: i32,
    /// Points.
    pub points: f64,
}

/// See [`Measure::LicenceGap`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceGap {
    /// Points by days without a licence.
    pub bands: Vec<Band>,
    /// Licences of the kind that the feed must have shown before, else their absence says nothing.
    pub seen_min: u32,
}

/// See [`Measure::Headcount`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headcount {
    /// Months over which it fell.
    pub months: i32,
    /// Insured persons before, at least.
    pub before_min: f64,
    /// Points by fall in percent.
    pub bands: Vec<Band>,
    /// Beginnings of codes of seasonal industries, which are left out.
    pub seasonal: Vec<String>,
    /// Share of the same fall a year before that explains it as a season.
    pub season_share: f64,
    /// Months after the report for which it counts.
    pub months_kept: i32,
}

/// See [`Measure::Dormant`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dormant {
    /// Months of reports in a row with nothing in them.
    pub months: i32,
    /// Points.
    pub points: f64,
    /// Months after the last report for which it counts.
    pub months_kept: i32,
}

/// See [`Measure::Divergence`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Months that are compared with the same number before.
    pub months: i32,
    /// Energy must have changed by this factor, up or down.
    pub energy_factor: f64,
    /// While turnover or emission changed by no more than this factor.
    pub flat_factor: f64,
    /// Points.
    pub points: f64,
    /// Months after the last report for which it counts.
    pub months_kept: i32,
}

/// See [`Measure::Successor`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Successor {
    /// Confidence from which the pair counts.
    pub confidence_min: f64,
    /// Points at confidence 1.
    pub points: f64,
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
    /// Bytes of `indicators.toml`.
    pub span: Option<std::ops::Range<usize>>,
}

impl Config {
    /// The first rule that the system breaks.
    pub fn fault(&self) -> Option<Fault> {
        self.scale_fault().map(|message| Fault { message, span: None }).or_else(|| {
            let mut seen = BTreeSet::new();
            self.indicators.iter().find_map(|indicator| {
                let repeated = !seen.insert(indicator.id.get_ref().clone());
                let message = if repeated {
                    Some(format!("indicator \"{}\" is defined twice", indicator.id.get_ref()))
                } else {
                    self.indicator_fault(indicator)
                };
                message.map(|message| Fault { message, span: Some(indicator.id.span()) })
            })
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
        if indicator.measures.is_empty() {
            return Some(format!("indicator \"{id}\" has no measure"));
        }
        let positive = |days: Option<i32>| days.is_none_or(|days| days > 0);
        (!positive(indicator.window_days) || !positive(indicator.half_life_days))
            .then(|| format!("indicator \"{id}\": window and half-life are over 0"))
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
