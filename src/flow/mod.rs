//! How did the money go? Windows over accounts and the patterns in them.
//!
//! Invariant: an instance rests only on transfers that hold now; bounds that bite are reported.
//! Must not know: indicators, warnings, tasks.

mod accounts;
mod book;
mod config;
pub mod cycles;
mod docket;
mod fans;
mod fundraising;
mod gather;
mod leakage;
pub mod miner;
mod passing;
mod purpose;
mod rings;
mod shift;
mod sight;
mod special;
mod stage;
mod story;
mod structuring;
pub mod window;

#[cfg(test)]
mod docket_tests;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod tests;

pub use config::*;
pub use stage::Flow;

use crate::id::EntityId;
use crate::money::Fen;
use crate::text::Evidence;
use crate::time::Time;
use std::sync::Arc;

/// The patterns of the contract.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum FlowKind {
    /// Money comes back to where it started.
    Cycle,
    /// Many pay one.
    FanIn,
    /// One pays many.
    FanOut,
    /// One pays many, who pay one.
    ScatterGather,
    /// Many pay one, who pays many.
    GatherScatter,
    /// In and out within hours.
    PassThrough,
    /// Amounts kept under a threshold.
    Structuring,
    /// A long idle account moves much.
    DormantWake,
    /// Many small round inflows and periodic returns.
    Fundraising,
    /// Free-trade account money over the second line to one's own, without declarations.
    EfLeakage,
    /// A supervised special account pays for what it is not for.
    SpecialDrain,
    /// After an adverse event money goes to a related enterprise.
    AssetShift,
}

impl FlowKind {
    /// The contract's word. Its list is closed: of what it does not name, the shape that the money
    /// has (in and out of one account; from one to others); [`Self::pattern`] tells which it is.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EfLeakage | Self::SpecialDrain => Self::PassThrough.pattern(),
            Self::AssetShift => Self::FanOut.pattern(),
            _ => self.pattern(),
        }
    }

    /// The name of the pattern, as in the kinds of warnings.
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Cycle => "cycle",
            Self::FanIn => "fan_in",
            Self::FanOut => "fan_out",
            Self::ScatterGather => "scatter_gather",
            Self::GatherScatter => "gather_scatter",
            Self::PassThrough => "pass_through",
            Self::Structuring => "structuring",
            Self::DormantWake => "dormant_wake",
            Self::Fundraising => "fundraising",
            Self::EfLeakage => "ef_leakage",
            Self::SpecialDrain => "special_drain",
            Self::AssetShift => "asset_shift",
        }
    }

    /// The Chinese term.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Cycle => "循环流转",
            Self::FanIn => "分散转入集中转出",
            Self::FanOut => "集中转入分散转出",
            Self::ScatterGather => "分散后再汇集",
            Self::GatherScatter => "汇集后再分散",
            Self::PassThrough => "快进快出",
            Self::Structuring => "拆分交易",
            Self::DormantWake => "休眠账户激活",
            Self::Fundraising => "疑似非法集资",
            Self::EfLeakage => "自贸账户资金跨二线外流",
            Self::SpecialDrain => "专户资金挪用",
            Self::AssetShift => "不利事件后向关联方转移资金",
        }
    }
}

/// One suspicious pattern instance.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Instance {
    /// Deterministic: from kind, accounts and first transfer.
    pub id: String,
    /// The pattern.
    pub kind: FlowKind,
    /// Account tokens, in the pattern's order.
    pub accounts: Vec<Arc<str>>,
    /// `txn_id`s in order of time.
    pub transfers: Vec<Arc<str>>,
    /// First transfer.
    pub first_at: Time,
    /// Last transfer.
    pub last_at: Time,
    /// Sum of all amounts.
    pub total: Fen,
    /// Scored enterprises behind the accounts, sorted.
    pub subjects: Vec<EntityId>,
    /// The scored enterprise around whose account it is, if it is around one.
    pub centre: Option<EntityId>,
    /// Of whom a warning about it tells: the centre's enterprise, else the first in the pattern's
    /// order.
    pub bearer: Option<EntityId>,
    /// Why it is suspicious; at least three lines, with events.
    pub evidence: Vec<Evidence>,
    /// What speaks against.
    pub against: Vec<Evidence>,
    /// 0–1: how suspicious, for points and levels.
    pub suspicion: f64,
}

/// An instance that appeared, changed, or fell (its transfers were retired or proved benign).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FlowDelta {
    /// The instance now.
    pub instance: Arc<Instance>,
    /// No longer holds.
    pub fallen: bool,
    /// When we knew.
    pub at: Time,
}
