//! Does a firm take deposits from the public? Many small round inflows and periodic returns.
//!
//! The law: 防范和处置非法集资条例 (国务院令 737), art. 2: promised repayment or returns to an
//! unspecified public, without licence. Must not know: instances.

use super::purpose::{CONSUMER, INVEST, LEVY, REFUND, RETURNS, WAGE};
use super::sight::{Finding, Line, Sight, Verdict, part, parties, span, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::time::{Day, Time};
use rustc_hash::{FxHashMap, FxHashSet};

/// Deposits of many persons, round, and returns to some of them.
pub(super) fn fundraising(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.fundraising;
    let (from, end) = span(day, config.window_days);
    let (ins, outs) = (sight.window.ins(centre, from, end), sight.window.outs(centre, from, end));
    if ins.len() < config.parties || outs.len() < config.returned {
        return Verdict::Nothing;
    }
    let deposits = deposits(sight, ins);
    let round = deposits.iter().filter(|e| sight.is_round(**e)).count();
    let count = parties(&deposits);
    if count < config.parties || part(round, deposits.len()) < config.round {
        return Verdict::Nothing;
    }
    let returns = returns(sight, &deposits, outs);
    if parties(&returns) < config.returned {
        return Verdict::Nothing;
    }
    let zh = format!(
        "{}日内{count}个个人或不明账户存入{}笔共{}元，其中{round}笔为整数",
        config.window_days,
        deposits.len(),
        yuan(sum(&deposits))
    );
    let en = format!(
        "{count} personal or unknown accounts paid in {} yuan in {} transfers within {} days, \
         {round} of them round",
        yuan(sum(&deposits)),
        deposits.len(),
        config.window_days
    );
    let mut lines = vec![Line::new(config.base, &deposits, zh, en)];
    lines.extend(return_lines(sight, &returns));
    let invest: Vec<Entry> = deposits.iter().filter(|e| e.tags() & INVEST != 0).copied().collect();
    if part(invest.len(), deposits.len()) >= 0.3 {
        let zh = format!("{}笔存入的用途含投资、理财、认购等字样", invest.len());
        let en = format!("{} deposits name investment as their purpose", invest.len());
        lines.push(Line::new(config.invest, &invest, zh, en));
    }
    lines.extend(sight.consumer_line(&deposits));
    lines.push(sight.working_line(centre, day, &returns));
    let rows = deposits.iter().chain(&returns).map(|e| e.row).collect();
    Verdict::Found(Finding { rows, lines })
}

fn deposits(sight: Sight<'_>, ins: &[Entry]) -> Vec<Entry> {
    let config = &sight.config.fundraising;
    let sizes = config.deposit_min_yuan * 100..=config.deposit_max_yuan * 100;
    let fits = |e: &&Entry| {
        sizes.contains(&e.amount())
            && e.tags() & (WAGE | REFUND | LEVY) == 0
            && sight.accounts.is_public(e.other)
    };
    ins.iter().filter(fits).copied().collect()
}

/// Payments to persons that are named as yield, or that give depositors a part of what they paid.
fn returns(sight: Sight<'_>, deposits: &[Entry], outs: &[Entry]) -> Vec<Entry> {
    let config = &sight.config.fundraising;
    let mut paid: FxHashMap<AccountNo, (i64, i64)> = FxHashMap::default();
    for deposit in deposits {
        let entry = paid.entry(deposit.other).or_insert((deposit.at, 0));
        entry.1 += deposit.amount();
    }
    let is_return = |e: &&Entry| {
        if e.tags() & (WAGE | REFUND | LEVY) != 0 || !sight.accounts.is_public(e.other) {
            return false;
        }
        let part = paid.get(&e.other).is_some_and(|(since, sum)| {
            e.at > *since && e.amount() as f64 <= config.return_part * *sum as f64
        });
        e.tags() & RETURNS != 0 || (part && e.tags() & CONSUMER == 0)
    };
    outs.iter().filter(is_return).copied().collect()
}

fn return_lines(sight: Sight<'_>, returns: &[Entry]) -> Vec<Line> {
    let config = &sight.config.fundraising;
    let named: Vec<Entry> = returns.iter().filter(|e| e.tags() & RETURNS != 0).copied().collect();
    let months: FxHashSet<_> = returns.iter().map(|e| Time(e.at).day().month()).collect();
    let zh = format!(
        "向{}个个人账户支付回报{}笔共{}元",
        parties(returns),
        returns.len(),
        yuan(sum(returns))
    );
    let en = format!(
        "{} returns of {} yuan to {} personal accounts",
        returns.len(),
        yuan(sum(returns)),
        parties(returns)
    );
    let periodic = if months.len() >= 2 { config.periodic } else { 0.0 };
    let mut lines = vec![Line::new(periodic, returns, zh, en)];
    if named.len() * 2 >= returns.len() {
        let zh = format!("{}笔付款用途为返利、利息、分红等", named.len());
        let en = format!("{} payments are named as rebate, interest or dividend", named.len());
        lines.push(Line::new(config.named, &named, zh, en));
    }
    lines
}
