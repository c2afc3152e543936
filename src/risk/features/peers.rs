//! How does a number stand against those of like enterprises?
//!
//! A feature with `peers` takes another feature of the catalogue and sets it against what is
//! usual among enterprises of the same industry, town and age ([`crate::risk::peers`]). Must not
//! know: how the norms come about.

use crate::risk::features::{Aggregate, Feature, FeaturesFile, Found, Register, Value, find};
use crate::risk::measure::{View, surprise};
use crate::risk::peers::Norm;
use crate::risk::tags::{NAMES, Tags};
use serde::Deserialize;
use std::sync::Arc;
use toml::Spanned;

/// Who is whose peer (`[peers]` of `features.toml`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeersFile {
    /// What peers have in common, the narrowest way first: the first way in which at least ten
    /// have a number is taken.
    pub alike: Vec<Vec<Trait>>,
    /// Whole months since establishment at which an enterprise comes into the next band of age,
    /// rising.
    #[serde(default)]
    pub ages: Vec<i32>,
}

/// What peers may have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// Section of GB/T 4754: the letter.
    Section,
    /// Division of GB/T 4754: the letter and two digits.
    Division,
    /// GB/T 2260, as far as it is registered: the town.
    Town,
    /// Band of age.
    Age,
}

/// Another feature, set against peers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// Name of the feature that is compared: a number from facts or the register.
    pub of: Spanned<Arc<str>>,
    /// How the two are set against each other.
    #[serde(rename = "as")]
    pub versus: Versus,
    /// Of `ratio`: against which quantile of the peers, 0.5 for the median.
    #[serde(default = "median")]
    pub quantile: f64,
    /// Of `deviation`: of the decimal logarithms; what is not over 0 is left out.
    #[serde(default)]
    pub log: bool,
    /// The least that the quantile (`ratio`), the spread (`deviation`) or the expected number
    /// (`surprise`) of the peers is taken for.
    #[serde(default)]
    pub floor: f64,
    /// The feature behind `of`.
    #[serde(skip)]
    pub(super) base: Option<Arc<Feature>>,
    /// Its place among the features that are compared.
    #[serde(skip)]
    pub(super) place: usize,
}

/// How a number is set against peers'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versus {
    /// Divided by the peers' quantile.
    Ratio,
    /// Less the peers' median, in robust standard deviations: 1.4826 times the median absolute
    /// deviation (Hampel 1974, J. Am. Stat. Assoc. 69:346).
    Deviation,
    /// −log10 of the chance to see as many or more where the peers' mean is expected (Poisson); 0
    /// up to the mean.
    Surprise,
}

const fn median() -> f64 {
    0.5
}

impl Peers {
    /// The feature that is compared.
    pub(crate) fn base(&self) -> Option<&Feature> {
        self.base.as_deref()
    }

    /// A number as it goes into the norms, if it does.
    pub(crate) fn scaled(&self, number: f64) -> Option<f64> {
        if self.log { (number > 0.0).then(|| number.log10()) } else { Some(number) }
    }

    /// A number against a norm; `None` where the norm is nothing to divide by.
    fn against(&self, number: f64, norm: Norm) -> Option<f64> {
        let Norm { middle, spread } = norm;
        match self.versus {
            Versus::Ratio => {
                let middle = middle.max(self.floor);
                (middle > 0.0).then(|| number / middle)
            }
            Versus::Deviation => {
                let spread = spread.max(self.floor);
                (spread > 0.0).then(|| (number - middle) / spread)
            }
            Versus::Surprise => {
                let mean = middle.max(self.floor);
                if mean <= 0.0 {
                    return None;
                }
                // A count in a catalogue of facts; the bound keeps the sum below short.
                let count = number.round().clamp(0.0, 100_000.0) as u32;
                Some(if f64::from(count) > mean { surprise(count, mean) } else { 0.0 })
            }
        }
    }

    /// What is wrong with it, beside a name that is not known.
    fn fault(&self, base: &Feature) -> Option<&'static str> {
        let counts = base.facts.as_ref().is_some_and(|facts| {
            matches!(facts.aggregate, Aggregate::Count | Aggregate::Distinct | Aggregate::Kinds)
        });
        if base.peers.is_some() || base.measure.is_some() || base.is_text() {
            return Some("a number from facts or the register can be compared with peers'");
        }
        let flows = |name: &&&str| name.starts_with("flow.");
        let flows = NAMES.iter().filter(flows).filter_map(|name| Tags::named(name));
        let flows = flows.fold(Tags::NONE, |all, tag| all | tag);
        // Flows and pairs are found after the norms.
        if base.facts.as_ref().is_some_and(|facts| facts.of.any.meets(flows))
            || matches!(base.register, Some(Register::Succession { .. }))
        {
            return Some("flows and successions cannot be compared with peers'");
        }
        if self.versus == Versus::Surprise && !counts {
            return Some("only a count of facts can be a surprise");
        }
        if !(0.0..=1.0).contains(&self.quantile) || self.floor.is_nan() || self.floor < 0.0 {
            return Some("quantile lies within 0 to 1, floor is not negative");
        }
        if self.log && self.versus != Versus::Deviation {
            return Some("only a deviation is one of logarithms");
        }
        None
    }
}

/// The value of a feature against peers; `None` where it, or what is usual, is not known.
pub(super) fn compare(view: &View<'_>, peers: &Peers) -> Option<Found> {
    let found = find(view, peers.base()?)?;
    let Value::Number(own) = found.value else { return None };
    let norm = view.norms.of(peers.place, view.cells())?;
    let number = peers.against(peers.scaled(own)?, norm)?;
    Some(Found { value: Value::Number(number), ..found })
}

impl FeaturesFile {
    /// The fault of what is said about peers: a message, and the bytes of the file.
    pub(super) fn resolve_peers(&mut self) -> Result<(), (String, std::ops::Range<usize>)> {
        let bare = self.features.clone();
        for feature in &mut self.features {
            let name = feature.name.get_ref().clone();
            let Some(peers) = &mut feature.peers else { continue };
            let of = peers.of.get_ref();
            let Some(base) = bare.iter().find(|base| base.name.get_ref() == of) else {
                let names = bare.iter().map(|base| &**base.name.get_ref());
                let hint = crate::text::did_you_mean(of, names);
                let why = format!("feature \"{name}\": no feature is called \"{of}\"{hint}");
                return Err((why, peers.of.span()));
            };
            if let Some(why) = peers.fault(base) {
                return Err((format!("feature \"{name}\": {why}"), peers.of.span()));
            }
            peers.base = Some(Arc::new(base.clone()));
            if self.peers.alike.is_empty() {
                let why = format!("feature \"{name}\": [peers] must say who is alike");
                return Err((why, peers.of.span()));
            }
        }
        if let Some(way) = self.peers.alike.iter().find(|way| way.is_empty()) {
            return Err((format!("[peers] alike: {way:?} has nothing in common"), 0..0));
        }
        if self.peers.ages.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(("[peers] ages rise".to_owned(), 0..0));
        }
        Ok(())
    }
}

/// Numbers the features that are compared and that an expression names; gives their places.
pub(crate) fn number_compared(features: &mut [Feature], named: &[usize]) -> Vec<usize> {
    let mut places = Vec::new();
    for &place in named {
        if let Some(peers) = &mut features[place].peers {
            peers.place = places.len();
            places.push(place);
        }
    }
    places
}

/// Whether any of these features looks at what an enterprise is paid.
pub(crate) fn looks_at_inflow(features: &[Feature], named: &[usize]) -> bool {
    named.iter().any(|place| {
        matches!(features[*place].base().register, Some(Register::InflowToRevenue { .. }))
    })
}
