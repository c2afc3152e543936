//! What counts as money led away? Free-trade accounts, special accounts, related enterprises.
//!
//! Amounts are whole yuan, times days, parts 0–1; weights add up to the suspicion of an instance
//! and a negative one speaks against. Must not know: how anything is computed.

use crate::graph::TroubleKind;
use serde::Deserialize;

/// Free-trade account (EF, FT) money that comes in over the first line and leaves over the second,
/// or to the domestic leg, to the same name or a related party.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EfLeakage {
    /// Days without such a transfer after which another instance begins.
    pub gap_days: i64,
    /// Least sum that left.
    pub total_yuan: i64,
    /// Least part of the money in that left.
    pub part: f64,
    /// Most transfers that are followed after the one that left the account.
    pub hops: usize,
    /// A followed transfer comes so many days after the one before, at most …
    pub hop_days: i64,
    /// … keeps at least this part of it …
    pub hop: f64,
    /// … and exceeds it by no more than this part.
    pub rise: f64,
    /// Days around the money within which declarations of goods are looked for.
    pub declared_days: i32,
    /// Base weight.
    pub base: f64,
    /// Part of the money in that left from which …
    pub tight_from: f64,
    /// … it weighs so much.
    pub tight: f64,
    /// Weight when no goods were declared.
    pub undeclared: f64,
    /// Weight of declarations that cover all that left; in proportion below.
    pub declared: f64,
    /// Weight when the followed money is passed on inland.
    pub onward: f64,
    /// Weight when it leaves the country again.
    pub abroad: f64,
}

/// Special accounts that pay for what they are not for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDrain {
    /// Fewest transfers of a programme that make an account its special account …
    pub seen: usize,
    /// … when they are at least this part of all that the account moves.
    pub tagged: f64,
    /// Days without such a payment after which another instance begins.
    pub gap_days: i64,
    /// Days before the first payment whose inflows are compared.
    pub window_days: i64,
    /// Days after the last payment in which money that comes back counts.
    pub returned_days: i64,
    /// Base weight.
    pub base: f64,
    /// Weight when all of the inflow is gone; in proportion below.
    pub whole: f64,
    /// Weight when related enterprises or holders were paid.
    pub related: f64,
    /// Weight when all that looks so has a purpose that fits; in proportion below.
    pub explained: f64,
    /// Weight when all of it came back; in proportion below.
    pub returned: f64,
    /// Wages of migrant workers (保障农民工工资支付条例, art. 26–33).
    pub wage: Purpose,
    /// Money that consumers paid in advance.
    pub prepaid: Purpose,
    /// Money of buyers of homes that are not yet built (城市商品房预售管理办法, art. 11).
    pub presale: Purpose,
}

/// What the money of a programme is not for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Whether a payment to any enterprise is none of it.
    pub firms: bool,
    /// Whether one to another account of the same holder is none of it.
    pub own: bool,
    /// Whether one to a person who represents or holds the firm is none of it.
    pub insiders: bool,
    /// Least part of the inflow that was used so.
    pub share: f64,
    /// Least sum.
    pub total_yuan: i64,
}

/// Money that goes to related enterprises after an adverse event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetShift {
    /// Adverse facts from which a firm may lead its money away.
    pub triggers: Vec<TroubleKind>,
    /// Days after one of them.
    pub days: i32,
    /// Days before the first, which show what is usual.
    pub base_days: i32,
    /// Least sum to related enterprises.
    pub total_yuan: i64,
    /// Least part of all payments to enterprises and others, wages and taxes left out.
    pub share: f64,
    /// Least rise of that part over what was usual.
    pub rise: f64,
    /// Least multiple of the usual sum.
    pub times: f64,
    /// An enterprise that was founded from so many days before the first event on, and shares a
    /// person, room, phone or mailbox with the firm, is a suspected successor.
    pub founded_days: i32,
    /// Base weight.
    pub base: f64,
    /// Weight when everything goes there; in proportion from `share` on.
    pub whole: f64,
    /// Weight when one of them is a suspected successor.
    pub successor: f64,
    /// Weight of assets that went there without a price.
    pub assets: f64,
    /// Weight when nothing is known of what was usual.
    pub unknown: f64,
    /// Weight of a merger, split or conversion that was declared between them.
    pub declared: f64,
    /// Weight of assets that were bought there at a price.
    pub bought: f64,
    /// Weight when all was paid by order of a court; in proportion below.
    pub ordered: f64,
    /// Weight when all has purposes of trade and trade was usual; in proportion below.
    pub trade: f64,
}
