//! What counts as a pattern? Windows, thresholds and weights (`flow.toml`).
//!
//! Amounts are whole yuan, times hours or days, parts 0–1. Weights add up to the suspicion of an
//! instance (0–1); a negative weight speaks against. Must not know: how anything is computed.

mod cases;

pub use cases::*;

use serde::Deserialize;

/// The whole file. The default finds nothing: it is off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether the stage runs; the pipeline switches it on, for a stated lawful purpose.
    pub enabled: bool,
    /// Days that a transfer is held. Restating reaches no further back.
    pub retain_days: i32,
    /// Least suspicion that is reported.
    pub report_from: f64,
    /// Most entries that one search looks at; what bites is counted.
    pub budget: u64,
    /// Words of the purpose field.
    pub purposes: Purposes,
    /// What speaks for or against in several patterns.
    pub common: Common,
    /// Money comes back.
    pub cycle: Cycle,
    /// Many pay one.
    pub fan_in: Fan,
    /// One pays many.
    pub fan_out: Fan,
    /// Many pay one, who pays many.
    pub gather_scatter: GatherScatter,
    /// One pays many, who pay one.
    pub scatter_gather: ScatterGather,
    /// In and out within hours.
    pub pass_through: PassThrough,
    /// Amounts kept under a threshold.
    pub structuring: Structuring,
    /// A long idle account moves much.
    pub dormant_wake: DormantWake,
    /// Deposits from the public against promised returns.
    pub fundraising: Fundraising,
    /// Free-trade account money over the second line; not looked for when missing.
    #[serde(default)]
    pub ef_leakage: Option<EfLeakage>,
    /// Special accounts used for something else; not looked for when missing.
    #[serde(default)]
    pub special_drain: Option<SpecialDrain>,
    /// Money to related enterprises after an adverse event; not looked for when missing.
    #[serde(default)]
    pub asset_shift: Option<AssetShift>,
}

impl Config {
    /// Whether any case of money led away is looked for.
    pub(super) const fn has_cases(&self) -> bool {
        self.ef_leakage.is_some() || self.special_drain.is_some() || self.asset_shift.is_some()
    }
}

/// Words by class: a purpose belongs to every class of which it holds a word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purposes {
    /// Pay for work.
    pub wage: Vec<String>,
    /// Money given back to buyers.
    pub refund: Vec<String>,
    /// Daily consumption, fees of homes and schools.
    pub consumer: Vec<String>,
    /// Taxes, social insurance, rent, utilities: what a working firm pays.
    pub levy: Vec<String>,
    /// Cash pools of groups.
    pub pool: Vec<String>,
    /// Yield paid to investors.
    pub returns: Vec<String>,
    /// Money put in by investors.
    pub invest: Vec<String>,
    /// Goods and services between firms.
    pub trade: Vec<String>,
    /// By order of a court.
    #[serde(default)]
    pub court: Vec<String>,
}

/// Signals that several patterns share.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// Days before a window in which the same behaviour makes it a habit.
    pub history_days: i32,
    /// Activity of the history, as a part of the window's, from which it is a habit.
    pub habit_from: f64,
    /// Weight of a habit.
    pub habit: f64,
    /// Weight of having no history at all.
    pub sudden: f64,
    /// Days back in which wages, tax, rent or utilities show a working firm.
    pub working_days: i32,
    /// Weight of a working firm.
    pub working: f64,
    /// Weight of a firm that pays none of these.
    pub not_working: f64,
    /// Part of the transfers with consumer purposes from which it is consumption.
    pub consumer_from: f64,
    /// Weight of consumption.
    pub consumer: f64,
    /// An amount that is a multiple of this is round.
    pub round_yuan: i64,
    /// Part of round (or equal) amounts from which it speaks.
    pub round_from: f64,
    /// Weight of round amounts.
    pub round: f64,
    /// Weight of a pool that the purposes declare but no known control confirms.
    pub declared_pool: f64,
}

/// Cycles.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// First to last transfer.
    pub window_days: i64,
    /// Fewest transfers.
    pub length_min: usize,
    /// Most transfers.
    pub length_max: usize,
    /// Smallest over largest amount.
    pub retention: f64,
    /// The same for a long ring whose every hop keeps at least `hop` of the one before.
    pub retention_long: f64,
    /// See `retention_long`.
    pub hop: f64,
    /// A hop that exceeds the one before it by more than this …
    pub rise: f64,
    /// … weighs so much: fees shrink money on its way, nothing makes it grow.
    pub uneven: f64,
    /// Smallest transfer.
    pub amount_yuan: i64,
    /// Most cycles taken from one closing transfer.
    pub found_max: usize,
    /// Days by which a repetition of the same ring is the same instance.
    pub fold_days: i64,
    /// Base weight.
    pub base: f64,
    /// Weight of full retention; in proportion from `retention` on.
    pub tight: f64,
    /// Whole loop within so many days …
    pub fast_days: i64,
    /// … weighs so much.
    pub fast: f64,
    /// Weight of each account more than `length_min`.
    pub longer: f64,
    /// Weight of a repeated ring.
    pub repeated: f64,
    /// Weight when the accounts trade regularly in the history.
    pub partners: f64,
}

/// Fan-in and fan-out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fan {
    /// The window.
    pub window_days: i32,
    /// Fewest distinct persons or unknown parties.
    pub parties: usize,
    /// Least sum.
    pub total_yuan: i64,
    /// On the other side, at most so many accounts …
    pub concentrated_in: usize,
    /// … move at least this part of the sum.
    pub concentrated: f64,
    /// Base weight.
    pub base: f64,
    /// Median hours between in and out up to which …
    pub fast_hours: i64,
    /// … it weighs so much.
    pub fast: f64,
}

/// Gather-scatter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatherScatter {
    /// The window.
    pub window_days: i32,
    /// Fewest distinct payers and fewest distinct payees.
    pub parties: usize,
    /// Least sum.
    pub total_yuan: i64,
    /// Out over in, at least.
    pub forwarded: f64,
    /// Base weight.
    pub base: f64,
}

/// Scatter-gather.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScatterGather {
    /// The window, from the first leg to the last.
    pub window_days: i32,
    /// Fewest distinct middlemen.
    pub middlemen: usize,
    /// Least sum.
    pub total_yuan: i64,
    /// Second leg over first leg, at least.
    pub retention: f64,
    /// Base weight.
    pub base: f64,
}

/// Pass-through.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassThrough {
    /// The window.
    pub window_days: i32,
    /// Out within so many hours.
    pub hours: i64,
    /// The faster limit.
    pub fast_hours: i64,
    /// Least part of the money in that went out.
    pub part: f64,
    /// Most of it: what exceeds this was fed by other money.
    pub part_max: f64,
    /// Most transfers of one turn.
    pub pieces_max: usize,
    /// Fewest turns.
    pub times: usize,
    /// Fewest turns of an account that was idle before (`dormant_wake.idle_days`).
    pub times_asleep: usize,
    /// Part of all inflows of the window that was passed on.
    pub dominance: f64,
    /// Smallest inflow that counts.
    pub amount_yuan: i64,
    /// Least sum passed on.
    pub total_yuan: i64,
    /// Base weight.
    pub base: f64,
    /// Weight when most went within the faster limit.
    pub fast: f64,
}

/// Structuring.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structuring {
    /// The window.
    pub window_days: i32,
    /// Fewest transfers just under the threshold.
    pub times: usize,
    /// Lower edge as a part of the threshold; the upper is the threshold itself, not reached.
    pub from: f64,
    /// Upper edge as a part of the threshold.
    pub to: f64,
    /// Cash, single or same-day total (PBoC Order [2016] 3).
    pub cash_yuan: i64,
    /// Between accounts of enterprises (same order).
    pub corporate_yuan: i64,
    /// Transfers at or over the threshold, as a part of those under it, above which the account
    /// does not avoid it.
    pub over_max: f64,
    /// Transfers of the same kind between half the threshold and the lower edge, as a part of
    /// those near it, above which the amounts are not aimed.
    pub below_max: f64,
    /// Most counterparties.
    pub parties_max: usize,
    /// Base weight.
    pub base: f64,
    /// Weight of each transfer more than `times`.
    pub more: f64,
}

/// Dormant wake.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DormantWake {
    /// Days without any flow.
    pub idle_days: i32,
    /// Window of the wake.
    pub window_days: i32,
    /// Against the largest such window before.
    pub times_history: f64,
    /// Least sum.
    pub total_yuan: i64,
    /// Least sum for a known account that never moved before.
    pub first_total_yuan: i64,
    /// Out over in from which the money did not stay.
    pub forwarded: f64,
    /// Base weight.
    pub base: f64,
    /// Weight when the money did not stay.
    pub left: f64,
}

/// Fund-raising from the public.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fundraising {
    /// The window.
    pub window_days: i32,
    /// Fewest distinct payers: persons or unknown.
    pub parties: usize,
    /// Largest single deposit.
    pub deposit_max_yuan: i64,
    /// Smallest single deposit.
    pub deposit_min_yuan: i64,
    /// Part of round amounts among the deposits.
    pub round: f64,
    /// Fewest distinct depositors or persons who got returns.
    pub returned: usize,
    /// A return is at most this part of what the receiver paid in.
    pub return_part: f64,
    /// Base weight.
    pub base: f64,
    /// Weight when purposes name returns.
    pub named: f64,
    /// Weight when returns come in two months or more.
    pub periodic: f64,
    /// Weight when purposes name investment.
    pub invest: f64,
}
