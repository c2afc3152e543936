//! May it be flagged? A motive, enough families, one of them strong; otherwise a ceiling.
//!
//! Invariant: a function of the bits of the families, before they are corrected by `[scale]`. Must
//! not know: where the bits come from.

use crate::succession::config::Config;
use crate::succession::weigh::round;
use crate::text::Family;

/// Whether what went over to the new firm was paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Sale {
    /// Not all of it, or nothing went over.
    #[default]
    No,
    /// All has its price, and these are fittings: what any buyer of the fittings gets.
    Fittings,
    /// All has its price, and the buyer was seen to pay it.
    Paid,
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Case {
    /// Bits of each family, in the contract's order.
    pub bits: [f64; 9],
    /// Bits of the motive alone.
    pub motive: f64,
    /// Bits of the old firm's decline alone.
    #[serde(default)]
    pub decline: f64,
    /// Whether what went over was paid for.
    pub sale: Sale,
    /// Most of the new firm's staff is the old one's.
    #[serde(default)]
    pub majority: bool,
    /// The new firm is an older one that grew: what both share they may have shared before.
    #[serde(default)]
    pub grew: bool,
}

/// What a pair lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lack {
    /// Trouble from which the old firm would flee.
    Motive,
    /// Staff or assets that came to an older firm that grew.
    Inflow,
    /// A strong family: control, assets or staff, or premises and contact under a like name.
    Anchor,
    /// Families; it has so many.
    Families(f64),
}

impl Case {
    pub(super) fn of(&self, family: Family) -> f64 {
        self.bits[family as usize]
    }

    /// Whether the new firm may be just the next tenant in the trade of the old one: premises, their
    /// phone and trade, fittings that were paid for, a few of the staff, and nothing else.
    pub(super) fn is_like_a_tenant(&self, config: &Config) -> bool {
        let least = config.gate.family_bits;
        self.of(Family::Premises) >= least
            && (self.sale != Sale::No || self.of(Family::Assets) < least)
            && self.of(Family::Staff) < config.counter.tenant_staff
            && [Family::Control, Family::Name].into_iter().all(|family| self.of(family) < least)
    }

    /// Whether strangers bought the business: all that went over was paid for, and neither people nor
    /// contacts, name or filing traces are common. The premises and the staff are then the buyer's. A
    /// price alone says little: it is easily stated.
    pub(super) fn is_like_a_purchase(&self, config: &Config) -> bool {
        let least = config.gate.family_bits;
        let strange = [Family::Control, Family::Contact, Family::Name, Family::Filing];
        self.sale == Sale::Paid
            && self.of(Family::Assets) >= least
            && strange.into_iter().all(|family| self.of(family) < least)
    }

    /// With two digits, as it is told.
    pub(super) fn rounded(self) -> Self {
        let (motive, decline) = (round(self.motive), round(self.decline));
        Self { bits: self.bits.map(round), motive, decline, ..self }
    }

    /// What a tenant takes over with the premises, or a stranger buys, is not what a firm is carried on
    /// by.
    fn strong(&self, config: &Config) -> [f64; 3] {
        let stranger = self.is_like_a_tenant(config) || self.is_like_a_purchase(config);
        [Family::Control, Family::Assets, Family::Staff]
            .map(|family| if stranger { 0.0 } else { self.of(family) })
    }

    /// What an older firm shares with the old one it may have shared before it grew.
    fn lacks_inflow(&self, config: &Config) -> bool {
        let [_, assets, staff] = self.strong(config);
        self.grew && assets.max(staff) < config.gate.strong_bits
    }

    fn is_anchored(&self, config: &Config) -> bool {
        let gate = &config.gate;
        let strongest = self.strong(config).into_iter().fold(0.0, f64::max);
        let alike = self.of(Family::Name) >= gate.family_bits;
        let substitute = self.of(Family::Premises) + self.of(Family::Contact);
        strongest >= gate.strong_bits || (alike && substitute >= gate.substitute_bits)
    }

    /// Families besides timing; two that tell half as much as one should are one. A firm that goes
    /// down while its people, its assets for nothing, or most of another's staff are elsewhere is one
    /// more: a competitor who hires some of its staff, or buys the fittings, gains nothing by that.
    fn families(&self, config: &Config) -> f64 {
        let gate = &config.gate;
        let others = Family::ALL.into_iter().filter(|family| *family != Family::Timing);
        let told: f64 = others.map(|family| (self.of(family) / gate.family_bits).min(1.0)).sum();
        let [control, assets, staff] = self.strong(config).map(|bits| bits / gate.strong_bits);
        // One minor office in common, such as a clerk's, is not its people.
        let carried = control >= 2.0
            || (assets >= 1.0 && self.sale == Sale::No)
            || (staff >= 1.0 && self.majority);
        let decline = if carried { (self.decline / gate.decline_bits).min(1.0) } else { 0.0 };
        told + decline
    }

    /// What is lacking first; `None` when the gate is passed.
    pub fn lack(&self, config: &Config) -> Option<Lack> {
        let gate = &config.gate;
        if self.motive < gate.motive {
            return Some(Lack::Motive);
        }
        if self.lacks_inflow(config) {
            return Some(Lack::Inflow);
        }
        if !self.is_anchored(config) {
            return Some(Lack::Anchor);
        }
        let families = self.families(config);
        let overwhelming = self.strong(config).iter().sum::<f64>() >= gate.overwhelming_bits;
        (families < gate.families && !overwhelming).then_some(Lack::Families(families))
    }

    /// Whether one family more would do at most: then another pair may lend it.
    pub(super) fn is_near(&self, config: &Config) -> bool {
        self.motive >= config.gate.motive
            && !self.lacks_inflow(config)
            && self.is_anchored(config)
            && self.families(config) + 1.0 >= config.gate.families
    }
}

impl Lack {
    /// The highest confidence of a pair that lacks it.
    pub fn ceiling(self, config: &Config) -> f64 {
        match self {
            Self::Motive => config.gate.cap_no_motive,
            Self::Inflow | Self::Anchor | Self::Families(_) => config.gate.cap_open,
        }
    }
}
