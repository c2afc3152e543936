//! Are amounts kept just under a reporting threshold?
//!
//! Thresholds: PBoC Order [2016] 3 (cash 50,000 yuan; between enterprises 2,000,000 yuan).
//! Must not know: instances.

use super::purpose::{CASH, LEVY, POOL, WAGE};
use super::sight::{DAY, Finding, Line, Sight, Verdict, parties, span, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::time::Day;

/// Many amounts of one payer, or into one account, aimed just under a threshold.
pub(super) fn structuring(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.structuring;
    let (from, end) = span(day, config.window_days);
    let (ins, outs) = (sight.window.ins(centre, from, end), sight.window.outs(centre, from, end));
    for (mine, paying) in [(outs, true), (ins, false)] {
        if mine.len() < config.times {
            continue;
        }
        for (threshold, cash) in [(config.cash_yuan, true), (config.corporate_yuan, false)] {
            let kind = of_kind(sight, centre, mine, cash);
            if let Some(near) = aimed(sight, &kind, threshold, paying) {
                return told(sight, centre, &near, threshold, cash, paying, from);
            }
        }
    }
    Verdict::Nothing
}

/// Cash transfers, or transfers between enterprises (or unknown parties) that are no wages or tax.
fn of_kind(sight: Sight<'_>, centre: AccountNo, entries: &[Entry], cash: bool) -> Vec<Entry> {
    let fits = |e: &&Entry| {
        let corporate = !cash
            && e.tags() & (CASH | WAGE | LEVY | POOL) == 0
            && (sight.accounts.firm(e.other).is_some() || sight.accounts.firm(centre).is_some());
        (cash && e.tags() & CASH != 0) || corporate
    };
    entries.iter().filter(fits).copied().collect()
}

/// The transfers just under the threshold, when they are many, with few counterparties, and when
/// neither larger nor somewhat smaller ones are usual for the account.
fn aimed(sight: Sight<'_>, kind: &[Entry], threshold: i64, paying: bool) -> Option<Vec<Entry>> {
    let config = &sight.config.structuring;
    let threshold = threshold * 100;
    let (low, high) =
        ((threshold as f64 * config.from) as i64, (threshold as f64 * config.to) as i64);
    let near: Vec<Entry> =
        kind.iter().filter(|e| (low..=high).contains(&e.amount())).copied().collect();
    let over = kind.iter().filter(|e| e.amount() > high).count() as f64;
    let below = kind.iter().filter(|e| (threshold / 2..low).contains(&e.amount())).count() as f64;
    let count = near.len() as f64;
    let aimed = near.len() >= config.times
        && over <= config.over_max * count
        && below <= config.below_max * count;
    // Many payers into one account are a collapsed group; many payees of one payer are suppliers.
    let few = !paying || parties(&near) <= config.parties_max;
    // What one payer does is told at that payer.
    let elsewhere = !paying && one_payer_suffices(&near, config.times);
    (aimed && few && !elsewhere).then_some(near)
}

fn one_payer_suffices(near: &[Entry], times: usize) -> bool {
    near.iter().any(|e| near.iter().filter(|o| o.other == e.other).count() >= times)
}

fn told(
    sight: Sight<'_>,
    centre: AccountNo,
    near: &[Entry],
    threshold: i64,
    cash: bool,
    paying: bool,
    from: i64,
) -> Verdict {
    let config = &sight.config.structuring;
    let (times, total) = (near.len(), sum(near));
    let what = if cash { ("现金", "cash") } else { ("对公转账", "corporate transfers") };
    let zh = format!(
        "{}日内{times}笔{}，每笔均在{threshold}元大额报告标准的{:.0}%以上、标准以下",
        config.window_days,
        what.0,
        config.from * 100.0
    );
    let en = format!(
        "{times} {} within {} days, each just under the large-value threshold of {threshold} yuan",
        what.1, config.window_days
    );
    let mut lines = vec![Line::new(config.base, near, zh, en)];
    let side =
        if paying { ("同一付款方", "one payer") } else { ("同一收款方", "one payee") };
    let zh = format!("{}合计{}元，远超标准；涉及{}个对手账户", side.0, yuan(total), parties(near));
    let en = format!(
        "{}, {} yuan in all, far over the threshold; {} counterparties",
        side.1,
        yuan(total),
        parties(near)
    );
    let more = config.more * (times - config.times) as f64;
    lines.push(Line::new(more.min(0.25), near, zh, en));
    let before = from - i64::from(sight.config.common.history_days) * DAY;
    let window = sight.window;
    let earlier =
        if paying { window.outs(centre, before, from) } else { window.ins(centre, before, from) };
    let earlier = of_kind(sight, centre, earlier, cash);
    lines.extend(sight.habit_line(&earlier, near, config.window_days));
    let zh = "达到或超过标准的同类交易很少".into();
    lines.push(Line::new(0.0, near, zh, "hardly any of the kind at or over the threshold".into()));
    Verdict::Found(Finding { rows: near.iter().map(|e| e.row).collect(), lines })
}
