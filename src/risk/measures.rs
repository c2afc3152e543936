//! How can an indicator be measured? One type per measure, filled from `indicators.toml`.
//!
//! Must not know: how a measure is computed.

use crate::graph::{LinkKind, TroubleKind};
use crate::risk::config::one;
use crate::risk::tags::{Select, Tags};
use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// Troubles of enterprises that share persons, accounts or contacts.
    Relatives(Relatives),
    /// Troubled enterprises in the same room.
    Unit(Unit),
    /// A phone or e-mail that several share.
    Contact(Contact),
    /// One person founds many in short time.
    Batch(Batch),
    /// One person becomes representative of many without holding shares.
    Nominee(Batch),
    /// Holdings in a ring.
    Ring(Points),
    /// A controller or a main payee has heavy troubles.
    Parent(Parent),
    /// The representative led an enterprise whose registration was revoked.
    Barred(Barred),
}

impl Measure {
    /// Whether it looks at monthly reports.
    pub const fn is_monthly(&self) -> bool {
        matches!(self, Self::Headcount(_) | Self::Dormant(_) | Self::Divergence(_))
    }

    /// Whether it looks at ties to other enterprises.
    pub const fn is_relational(&self) -> bool {
        matches!(
            self,
            Self::Relatives(_)
                | Self::Unit(_)
                | Self::Contact(_)
                | Self::Batch(_)
                | Self::Nominee(_)
                | Self::Ring(_)
                | Self::Parent(_)
                | Self::Barred(_)
        )
    }
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

/// See [`Measure::Relatives`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relatives {
    /// Factor by kind of shared value.
    pub links: BTreeMap<LinkKind, f64>,
    /// Points of a standing trouble by kind; of one relative the heaviest counts.
    pub troubles: BTreeMap<TroubleKind, f64>,
    /// Factor when one of the two no longer holds the value.
    pub past_factor: f64,
    /// Factor of a person who is an officer, not a representative or holder, of one of the two.
    pub officer_factor: f64,
    /// Factor of a person who is only liaison of one of the two.
    pub liaison_factor: f64,
}

/// See [`Measure::Unit`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Kinds of trouble that make a neighbour bad.
    pub troubles: Vec<TroubleKind>,
    /// Added to the number of neighbours.
    pub prior: f64,
    /// Points by the bad share in the room less that in the building.
    pub bands: Vec<Band>,
}

/// See [`Measure::Contact`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Points by class of rarity: 3 for four to seven members, 4 for eight to fifteen, …
    pub bands: Vec<Band>,
    /// From this class on it is a service's number and says nothing.
    pub class_max: u32,
}

/// See [`Measure::Batch`] and [`Measure::Nominee`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Within so many days.
    pub days: i32,
    /// Points by number of enterprises, this one included.
    pub bands: Vec<Band>,
}

/// See [`Measure::Parent`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Kinds of trouble that count.
    pub troubles: Vec<TroubleKind>,
    /// Points for a controller.
    pub controller: f64,
    /// Points for a main payee.
    pub payee: f64,
    /// So many payees with the largest sums are main ones.
    pub payees: usize,
    /// At least so many payments make one.
    pub payments_min: u32,
}

/// See [`Measure::Barred`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barred {
    /// Kinds of trouble that bar.
    pub troubles: Vec<TroubleKind>,
    /// The person led it then, or until so many days before.
    pub days_before: i32,
    /// Points.
    pub points: f64,
}
