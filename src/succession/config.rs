//! What does the detector believe? Weights, thresholds and windows, all of them data.

use crate::graph::{LinkKind, TroubleKind};
use crate::text::Family;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The detector's weights, thresholds and windows (`succession.toml`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Log-odds of a candidate before any evidence.
    pub prior: f64,
    /// Confidence from which a pair has a level.
    pub levels: Levels,
    /// Windows in days.
    pub windows: Windows,
    /// What must be there for a pair to be flagged.
    pub gate: Gate,
    /// What the old firm may flee from.
    pub motive: Motive,
    /// Decline and nearness.
    pub timing: Timing,
    /// When an older enterprise grew into another.
    pub growth: Growth,
    /// Persons and companies in control.
    pub control: Control,
    /// Premises.
    pub premises: Premises,
    /// Phones and mail.
    pub contact: Contact,
    /// Names.
    pub name: Name,
    /// Trade, scope, licences.
    pub business: Business,
    /// Assets and money.
    pub assets: Assets,
    /// Staff.
    pub staff: Staff,
    /// Filing traces.
    pub filing: Filing,
    /// What was learned of each family.
    pub scale: Scale,
    /// Evidence against.
    pub counter: Counter,
    /// Factors by rarity.
    pub rarity: Rarity,
    /// Chains.
    pub chain: Chain,
    /// Candidate search.
    pub search: Search,
    /// How a filing agent is known.
    pub agents: Agents,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $type),+ }
    };
}

section!(
    /// Confidence from which a pair has a level.
    Levels { report: f64, blue: f64, yellow: f64, orange: f64, red: f64 });
section!(
/// Windows in days, two of them in months.
Windows {
    lookback: i32, full: i32, preempt: i32, takeover: i32, predecessor_age: i32,
    office_before: i32, office_after: i32, premises_before: i32, assets_before: i32,
    assets_after: i32, licence_after: i32, staff_months_before: i32, staff_months_after: i32,
    decline_before: i32, decline_after: i32,
});
section!(
/// What must be there for a pair to be flagged.
Gate {
    motive: f64, families: f64, family_bits: f64, strong_bits: f64, substitute_bits: f64,
    overwhelming_bits: f64, decline_bits: f64, majority: f64, cap_no_motive: f64,
    cap_declared: f64, cap_auction: f64, cap_open: f64, cap_through: f64, cap_carries_on: f64, cap_left_too: f64,
    cap_network: f64,
});
section!(
/// What the old firm may flee from.
Motive {
    cap: f64, preempt_signed: f64, preempt_unsigned: f64, floor_old: f64, ended_factor: f64,
    bits: BTreeMap<TroubleKind, f64>,
});
section!(
/// Decline and nearness.
Timing {
    near: f64, near_days: i32, headcount_drop: f64, headcount_drop_least: f64, ended: f64,
    representative: f64, address_lost: f64, abandoned: f64, growth: f64, decline_cap: f64,
});
section!(
/// When an older enterprise grew into another.
Growth {
    age_days: i32, months_known: usize, headcount: u64, headcount_ratio: f64, revenue_yuan: u64,
    revenue_ratio: f64, seasonal: Vec<String>,
});
section!(
/// Persons and companies in control.
Control {
    base: f64, cap: f64, again: f64, agent: f64, holder_full: f64, company: f64, later: f64,
    through: f64, beside: f64,
    office: Offices,
});
section!(
/// What an office weighs, 0–1.
Offices {
    legal_rep: f64, holder: f64, director: f64, manager: f64, supervisor: f64, finance: f64,
    liaison: f64,
});
section!(
    /// Premises.
    Premises { unit: f64, neighbour: f64, floor: f64, building: f64, hosted: f64 });
section!(
/// Phones and mail.
Contact {
    phone: f64, email: f64, domain: f64, cap: f64, again: f64, agent: f64, with_person: f64,
    with_premises: f64,
});
section!(
    /// Names.
    Name { exact: f64, alike: f64, alike_least: f64 });
section!(
/// Trade, scope, licences.
Business {
    industry: f64, industry_near: f64, scope: f64, scope_least: f64, licence: f64, cap: f64,
});
section!(
/// Assets and money.
Assets {
    token_yuan: i64, moved: f64, moved_other: f64, priced: f64, shared: f64, account: f64,
    paid: f64, again: f64, cap: f64,
});
section!(
/// Staff.
Staff {
    cap: f64, overlap_least: f64, overlap_full: f64, people_full: f64, people_least: f64,
    headcount_least: u32, shape: f64,
});
section!(
    /// Filing traces.
    Filing { fingerprint: f64, agent: f64, batch: f64, cap: f64 });
section!(
/// Factors by which the bits of each family are corrected, as `vestigo learn` finds them.
Scale {
    control: f64, premises: f64, contact: f64, name: f64, business: f64, assets: f64, staff: f64,
    filing: f64, timing: f64,
});
section!(
/// Evidence against.
Counter {
    declared: f64, auction: f64, auction_same_control: f64, tenant: f64, tenant_staff: f64,
    purchase: f64, carries_on: f64, carries_on_share: f64, carries_on_revenue: f64, carries_on_moved: f64,
    network: f64, network_class: u32, left_too: f64, group: f64, state_group: f64, state_words: Vec<String>, hosted: f64, serial: f64, serial_class: u32,
});
section!(
    /// Factors by class of rarity.
    Rarity { person: Vec<f64>, other: Vec<f64> });
section!(
/// Chains.
Chain {
    least: f64, bits: f64, split_days: i32, split: f64, through: f64,
});
section!(
    /// Candidate search.
    Search { leads: Vec<LinkKind>, bucket_max: usize });
section!(
    /// How a filing agent is known by its scope.
    Agents { words: Vec<String> });

impl Scale {
    /// The factor of a family.
    pub fn of(&self, family: Family) -> f64 {
        match family {
            Family::Control => self.control,
            Family::Premises => self.premises,
            Family::Contact => self.contact,
            Family::Name => self.name,
            Family::Business => self.business,
            Family::Assets => self.assets,
            Family::Staff => self.staff,
            Family::Filing => self.filing,
            Family::Timing => self.timing,
        }
    }
}

impl Rarity {
    /// The factor for a value of this kind and class (see [`crate::graph::Graph::rarity_class`]).
    pub fn factor(&self, kind: LinkKind, class: u32) -> f64 {
        let table = if kind == LinkKind::Person { &self.person } else { &self.other };
        let at = (class.max(1) as usize - 1).min(table.len().saturating_sub(1));
        table.get(at).copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_parses() {
        let text = include_str!("../../models/dongfang/2026.1/succession.toml");
        let config: Config = toml::from_str(text).expect("shipped file is valid");
        assert!(config.levels.blue < config.levels.yellow);
        assert!(config.gate.cap_open < config.levels.yellow);
    }
}
