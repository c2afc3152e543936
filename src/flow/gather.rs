//! Does scattered money meet again? Scatter-gather: one pays many middlemen, who pay one.
//!
//! Searched at the account where it gathers. Must not know: instances.

use super::purpose::{LEVY, POOL, REFUND, WAGE};
use super::sight::{DAY, Finding, Line, Sight, Verdict, span, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::time::Day;
use rustc_hash::FxHashMap;

const EXEMPT: u16 = WAGE | REFUND | LEVY | POOL;

/// First and second legs by source.
type Legs = FxHashMap<AccountNo, Vec<(Entry, Entry)>>;

/// Enough middlemen hand on what the same account gave them. `bitten` counts searches cut short.
pub(super) fn scatter_gather(
    sight: Sight<'_>,
    centre: AccountNo,
    day: Day,
    bitten: &mut u64,
) -> Verdict {
    let config = &sight.config.scatter_gather;
    let (from, end) = span(day, config.window_days);
    let ins = sight.window.ins(centre, from, end);
    if ins.len() < config.middlemen {
        return Verdict::Nothing;
    }
    let legs = legs(sight, centre, ins, from, bitten);
    let best = legs
        .into_iter()
        .map(|(source, pairs)| (distinct(&pairs), source, pairs))
        .filter(|(count, _, _)| *count >= config.middlemen)
        .max_by(|a, b| (a.0, sight.accounts.token(b.1)).cmp(&(b.0, sight.accounts.token(a.1))));
    let Some((count, source, pairs)) = best else { return Verdict::Nothing };
    let firsts: Vec<Entry> = pairs.iter().map(|p| p.0).collect();
    let seconds: Vec<Entry> = pairs.iter().map(|p| p.1).collect();
    if sum(&seconds) < config.total_yuan * 100 {
        return Verdict::Nothing;
    }
    told(sight, centre, day, (count, source), &firsts, &seconds)
}

fn legs(sight: Sight<'_>, centre: AccountNo, ins: &[Entry], from: i64, bitten: &mut u64) -> Legs {
    let config = &sight.config.scatter_gather;
    let mut legs = Legs::default();
    let mut spent = 0;
    for second in ins.iter().filter(|e| e.tags() & EXEMPT == 0) {
        let firsts = sight.window.ins(second.other, from, second.at);
        spent += firsts.len() as u64;
        if spent > sight.config.budget {
            *bitten += 1;
            break;
        }
        let handed_on = |first: &&Entry| {
            let least = first.amount() as f64 * config.retention;
            first.other != centre
                && first.tags() & EXEMPT == 0
                && second.amount() as f64 >= least
                && second.amount() as f64 * config.retention <= first.amount() as f64
        };
        // The latest fitting payment of each source.
        let mut latest: Vec<Entry> = Vec::new();
        for first in firsts.iter().rev().filter(handed_on) {
            if latest.iter().all(|l| l.other != first.other) {
                latest.push(*first);
            }
        }
        for first in latest {
            legs.entry(first.other).or_default().push((first, *second));
        }
    }
    legs
}

fn distinct(pairs: &[(Entry, Entry)]) -> usize {
    let mut middle: Vec<AccountNo> = pairs.iter().map(|p| p.1.other).collect();
    middle.sort_unstable();
    middle.dedup();
    middle.len()
}

fn told(
    sight: Sight<'_>,
    centre: AccountNo,
    day: Day,
    (count, source): (usize, AccountNo),
    firsts: &[Entry],
    seconds: &[Entry],
) -> Verdict {
    let config = &sight.config.scatter_gather;
    let zh = format!("一个账户在{}日内向{count}个中间账户分散转出", config.window_days);
    let en = format!("one account paid {count} middlemen within {} days", config.window_days);
    let mut lines = vec![Line::new(config.base, firsts, zh, en)];
    let zh = format!("{count}个中间账户随后将共{}元汇入同一账户", yuan(sum(seconds)));
    let en = format!("the {count} then paid {} yuan into one account", yuan(sum(seconds)));
    lines.push(Line::new(0.0, seconds, zh, en));
    let zh = format!("每笔转出金额与转入金额相差不超过{:.0}%", (1.0 - config.retention) * 100.0);
    let en =
        format!("each amount within {:.0} % of what came in", (1.0 - config.retention) * 100.0);
    lines.push(Line::new(0.0, seconds, zh, en));
    let (from, _) = span(day, config.window_days);
    let before = from - i64::from(sight.config.common.history_days) * DAY;
    let middle = |e: &&Entry| seconds.iter().any(|s| s.other == e.other);
    let earlier: Vec<Entry> =
        sight.window.ins(centre, before, from).iter().filter(middle).copied().collect();
    lines.extend(sight.habit_line(&earlier, seconds, config.window_days));
    lines.extend(sight.consumer_line(seconds));
    if sight.related(source, centre) && seconds.iter().all(|e| sight.related(e.other, centre)) {
        let zh = "各账户同受一方控制".into();
        let weight = sight.config.common.declared_pool;
        lines.push(Line::new(weight, seconds, zh, "all accounts under the same control".into()));
    }
    let mut rows: Vec<u32> = firsts.iter().chain(seconds).map(|e| e.row).collect();
    rows.sort_unstable();
    rows.dedup();
    Verdict::Found(Finding { rows, lines })
}
