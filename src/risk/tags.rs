//! What kind of thing happened? Every event, seen from one enterprise, as a set of tags.
//!
//! Indicators select facts by tags, so that a new indicator of a known measure is a table in
//! `indicators.toml` and no code. Invariant: a tag name is never given another meaning. Must not
//! know: points, windows, indicators.

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use std::ops::{BitOr, BitOrAssign};

/// A set of tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tags(pub u128);

impl Tags {
    /// None.
    pub const NONE: Self = Self(0);

    /// A place that no fact has: of what does not look at facts' tags.
    pub const ALWAYS: Self = Self(1 << 127);

    /// The tag of a name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().position(|known| *known == name).map(|place| Self(1 << place))
    }

    /// Whether the two share a tag.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every tag of `other` is here.
    pub const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Those in either; as `|`, where that must be constant.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Tags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl BitOrAssign for Tags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl serde::Serialize for Tags {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Models name them; a saved state keeps the bits.
        if !deserializer.is_human_readable() {
            return u128::deserialize(deserializer).map(Self);
        }
        let names = Vec::<String>::deserialize(deserializer)?;
        let mut tags = Self::NONE;
        for name in names {
            tags |= Self::named(&name).ok_or_else(|| {
                D::Error::custom(format!("no tag is called \"{name}\" (see docs/indicators.md)"))
            })?;
        }
        Ok(tags)
    }
}

macro_rules! tags {
    ($($constant:ident = $name:literal),+ $(,)?) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts places")]
        #[repr(u8)]
        enum Place { $($constant),+ }

        impl Tags {
            $(#[doc = concat!("`", $name, "`.")]
            pub const $constant: Self = Self(1 << Place::$constant as u8);)+
        }

        /// The names, in the order of the bits.
        pub const NAMES: &[&str] = &[$($name),+];
    };
}

tags! {
    ESTABLISHED = "established",
    CHANGED_NAME = "changed.name",
    CHANGED_LEGAL_REP = "changed.legal_rep",
    CHANGED_DOMICILE = "changed.domicile",
    CHANGED_DIVISION = "changed.division",
    CHANGED_HOLDERS = "changed.holders",
    CHANGED_HOLDERS_ALL = "changed.holders_all",
    CHANGED_OFFICERS = "changed.officers",
    CHANGED_SCOPE = "changed.scope",
    CHANGED_CAPITAL = "changed.capital",
    CHANGED_CONTACT = "changed.contact",
    CHANGED_LIAISON = "changed.liaison",
    CHANGED_TYPE = "changed.type",
    NOTICE_SIMPLE = "notice.simple_deregistration",
    NOTICE_LIQUIDATION = "notice.liquidation",
    NOTICE_MERGER = "notice.merger",
    NOTICE_SPLIT = "notice.split",
    NOTICE_REDUCTION = "notice.capital_reduction",
    NOTICE_SUSPENSION = "notice.suspension",
    NOTICE_RESUMPTION = "notice.resumption",
    NOTICE_COMPULSORY = "notice.compulsory_deregistration",
    NOTICE_IMPERSONATION = "notice.impersonation_claim",
    ENDED_DEREGISTERED = "ended.deregistered",
    ENDED_REVOKED = "ended.revoked",
    ENDED_RESCINDED = "ended.rescinded",
    ENDED_MOVED = "ended.moved_out",
    LICENCE_GRANTED = "licence.granted",
    LICENCE_RENEWED = "licence.renewed",
    LICENCE_SUSPENDED = "licence.suspended",
    LICENCE_REVOKED = "licence.revoked",
    LICENCE_EXPIRED = "licence.expired",
    LICENCE_CANCELLED = "licence.cancelled",
    LIST_ABNORMAL = "list.abnormal_operations",
    LIST_SERIOUS = "list.serious_violations",
    LIST_DEBTORS = "list.dishonest_debtors",
    LIST_WAGES = "list.wage_arrears",
    LIST_TAX = "list.tax_abnormal",
    LIST_CUSTOMS = "list.customs_dishonest",
    LIST_CUSTOMS_SERIOUS = "list.customs_seriously_dishonest",
    LIST_RED = "list.red_list",
    LISTED = "listed",
    REMOVED = "removed",
    GROUND_UNREACHABLE = "ground.unreachable",
    GROUND_ANNUAL_REPORT = "ground.annual_report",
    GROUND_FALSE = "ground.false",
    PENALTY = "penalty",
    PENALTY_MINOR = "penalty.minor",
    PENALTY_GENERAL = "penalty.general",
    PENALTY_SERIOUS = "penalty.serious",
    PENALTY_EXEMPT = "penalty.exempt",
    PENALTY_MONEY = "penalty.money",
    PENALTY_LICENCE_SUSPENDED = "penalty.licence_suspended",
    PENALTY_LICENCE_REVOKED = "penalty.licence_revoked",
    PENALTY_HALTED = "penalty.production_halted",
    PENALTY_CLOSURE = "penalty.closure",
    PENALTY_RESTRICTED = "penalty.business_restricted",
    COURT_ENFORCEMENT = "court.enforcement_filed",
    COURT_DISHONEST = "court.dishonest_listed",
    COURT_CONSUMPTION = "court.consumption_restricted",
    COURT_NO_ASSETS = "court.closed_without_assets",
    COURT_FROZEN = "court.equity_frozen",
    COURT_AUCTIONED = "court.asset_auctioned",
    COURT_BANKRUPTCY = "court.bankruptcy_accepted",
    COURT_LITIGATION = "court.litigation",
    COURT_OPENED = "court.opened",
    COURT_CLOSED = "court.closed",
    COURT_OWING = "court.owing",
    COMPLAINT = "complaint.complaint",
    REPORT = "complaint.report",
    CLOSED_SETTLED = "complaint.settled",
    CLOSED_FAILED = "complaint.failed",
    CLOSED_WITHDRAWN = "complaint.withdrawn",
    CLOSED_REFUSED = "complaint.refused",
    CLOSED_CASE = "complaint.case_filed",
    SUBSTANTIATED = "complaint.substantiated",
    UNSUBSTANTIATED = "complaint.unsubstantiated",
    PREPAID = "complaint.prepaid",
    OPINION_NEGATIVE = "opinion.negative",
    OPINION_LURE = "opinion.lure",
    OPINION_ANONYMOUS = "opinion.anonymous",
    OPINION_OFFICIAL = "opinion.official",
    CUSTOMS_DECLARATION = "customs.declaration",
    CUSTOMS_NONCONFORMING = "customs.nonconforming",
    CUSTOMS_TRADEMARK = "customs.trademark_infringement",
    CUSTOMS_ZERO_TARIFF = "customs.zero_tariff_transfer",
    CUSTOMS_DUTY_FREE = "customs.duty_free_resale_lead",
    CUSTOMS_SMUGGLING = "customs.smuggling_case",
    CUSTOMS_NO_PROOF = "customs.no_proof_of_origin",
    PATROL_LANDING = "patrol.night_landing",
    PATROL_GAP = "patrol.track_gap",
    PATROL_CLASH = "patrol.identity_clash",
    PATROL_NO_PAPERS = "patrol.no_papers",
    PATROL_STORAGE = "patrol.storage_mismatch",
    INSPECTION_OK = "inspection.ok",
    INSPECTION_UNDISCLOSED = "inspection.not_disclosed",
    INSPECTION_FALSE = "inspection.false",
    INSPECTION_UNREACHABLE = "inspection.unreachable",
    INSPECTION_UNCOOPERATIVE = "inspection.uncooperative",
    INSPECTION_RECTIFY = "inspection.rectify",
    INSPECTION_CASE = "inspection.case_filed",
    INSPECTION_SAMPLE = "inspection.sample_failed",
    COMMITMENT = "commitment",
    ASSET_OUT = "asset.out",
    ASSET_CHEAP = "asset.cheap",
    REPAIRED = "repair.granted",
    FLOW_CYCLE = "flow.cycle",
    FLOW_FAN_IN = "flow.fan_in",
    FLOW_FAN_OUT = "flow.fan_out",
    FLOW_SCATTER_GATHER = "flow.scatter_gather",
    FLOW_GATHER_SCATTER = "flow.gather_scatter",
    FLOW_PASS_THROUGH = "flow.pass_through",
    FLOW_STRUCTURING = "flow.structuring",
    FLOW_DORMANT_WAKE = "flow.dormant_wake",
    FLOW_FUNDRAISING = "flow.fundraising",
    TRANSFER_MISUSE = "transfer.special_misuse",
    TRANSFER_EF_IN = "transfer.ef_in",
    TRANSFER_SECOND_OUT = "transfer.second_out",
    TRANSFER_GOODS_OUT = "transfer.goods_abroad",
    OWNERS_UNFILED = "ground.beneficial_owner",
    PREDECESSOR = "predecessor",
    FLOW_EF_LEAKAGE = "flow.ef_leakage",
    FLOW_SPECIAL_DRAIN = "flow.special_drain",
    FLOW_ASSET_SHIFT = "flow.asset_shift",
}

const _: () = assert!(NAMES.len() <= 127, "the set has 128 places, the last for what needs none");

/// Which facts an indicator looks at: any of `any`, all of `all`, none of `none`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Select {
    /// At least one of these.
    pub any: Tags,
    /// All of these.
    #[serde(default)]
    pub all: Tags,
    /// None of these.
    #[serde(default)]
    pub none: Tags,
}

impl Select {
    /// Whether a fact with these tags is meant.
    pub const fn takes(self, tags: Tags) -> bool {
        tags.meets(self.any) && tags.holds(self.all) && !tags.meets(self.none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (place, name) in NAMES.iter().enumerate() {
            assert_eq!(Tags::named(name), Some(Tags(1 << place)), "{name}");
        }
        assert_eq!(Tags::named("nothing"), None);
    }

    #[test]
    fn selects_by_any_all_none() {
        let select =
            Select { any: Tags::PENALTY, all: Tags::PENALTY_MONEY, none: Tags::PENALTY_EXEMPT };
        assert!(select.takes(Tags::PENALTY | Tags::PENALTY_MONEY));
        assert!(!select.takes(Tags::PENALTY));
        assert!(!select.takes(Tags::PENALTY | Tags::PENALTY_MONEY | Tags::PENALTY_EXEMPT));
    }
}
