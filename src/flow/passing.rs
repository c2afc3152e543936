//! Does the money stay? Pass-through (快进快出) and the wake of idle accounts.
//!
//! Must not know: instances.

use super::purpose::{LEVY, POOL, REFUND, SPECIAL, WAGE};
use super::sight::{DAY, Finding, HOUR, Line, Sight, Verdict, parties, span, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::time::Day;

/// Purposes under which money in and out belongs to no chain.
const EXEMPT: u16 = WAGE | REFUND | LEVY | POOL | SPECIAL;

/// What went in and out again.
#[derive(Default)]
struct Passed {
    ins: Vec<Entry>,
    outs: Vec<Entry>,
    fast: usize,
}

/// Inflows that leave within hours, several times in a month, and little else.
pub(super) fn pass_through(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.pass_through;
    let (from, end) = span(day, config.window_days);
    let (ins, outs) = (sight.window.ins(centre, from, end), sight.window.outs(centre, from, end));
    if ins.len() < config.times || outs.len() < config.times {
        return Verdict::Nothing;
    }
    let passed = match_flows(sight, centre, ins, outs);
    let (into, total) = (sum(&passed.ins), sum(ins));
    let apart = passed.outs.iter().filter(|o| !passed.ins.iter().any(|i| i.other == o.other));
    if passed.ins.len() < config.times
        || apart.count() < config.times
        || into < config.total_yuan * 100
        || (into as f64) < config.dominance * total as f64
        || sum(outs) as f64 * config.dominance > total as f64
    {
        return Verdict::Nothing;
    }
    let zh = format!(
        "{}笔转入共{}元在{}小时内转出{:.0}%以上",
        passed.ins.len(),
        yuan(into),
        config.hours,
        config.part * 100.0
    );
    let en = format!(
        "{} inflows of {} yuan left to {:.0} % or more within {} hours",
        passed.ins.len(),
        yuan(into),
        config.part * 100.0,
        config.hours
    );
    let mut lines = vec![Line::new(config.base, &passed.ins, zh, en)];
    let fast = passed.fast * 2 >= passed.ins.len();
    let zh = format!(
        "转出至{}个账户，其中{}笔在{}小时内完成",
        parties(&passed.outs),
        passed.fast,
        config.fast_hours
    );
    let en = format!(
        "to {} accounts; {} of them within {} hours",
        parties(&passed.outs),
        passed.fast,
        config.fast_hours
    );
    lines.push(Line::new(if fast { config.fast } else { 0.0 }, &passed.outs, zh, en));
    let before = from - i64::from(sight.config.common.history_days) * DAY;
    let earlier = sight.window.ins(centre, before, from);
    lines.extend(sight.habit_line(earlier, &passed.ins, config.window_days));
    lines.extend(sight.consumer_line(&passed.ins));
    lines.push(sight.working_line(centre, day, &passed.outs));
    let rows = passed.ins.iter().chain(&passed.outs).map(|e| e.row).collect();
    Verdict::Found(Finding { rows, lines })
}

/// Matches outflows to inflows, first in first out; every fen is used once.
fn match_flows(sight: Sight<'_>, centre: AccountNo, ins: &[Entry], outs: &[Entry]) -> Passed {
    let config = &sight.config.pass_through;
    let mut passed = Passed::default();
    let mut left: Vec<i64> = outs
        .iter()
        .map(|e| {
            let own = e.tags() & EXEMPT != 0 || sight.related(centre, e.other);
            if own { 0 } else { e.amount() }
        })
        .collect();
    let mut start = 0;
    for inflow in ins {
        let own = sight.related(centre, inflow.other);
        if inflow.amount() < config.amount_yuan * 100 || inflow.tags() & EXEMPT != 0 || own {
            continue;
        }
        start += outs[start..].partition_point(|e| e.at <= inflow.at);
        let until = inflow.at + config.hours * HOUR;
        let need = (inflow.amount() as f64 * config.part) as i64;
        let (mut got, mut used, mut last) = (0, Vec::new(), inflow.at);
        for (i, out) in outs.iter().enumerate().skip(start) {
            if out.at > until || got >= need {
                break;
            }
            // A payment much larger than the inflow is fed by other money.
            if left[i] == 0 || out.other == inflow.other || out.amount() > inflow.amount() * 3 {
                continue;
            }
            let take = left[i].min(inflow.amount() - got);
            got += take;
            used.push((i, take));
            last = out.at;
        }
        if got >= need {
            for (i, take) in used {
                left[i] -= take;
                passed.outs.push(outs[i]);
            }
            passed.ins.push(*inflow);
            passed.fast += usize::from(last <= inflow.at + config.fast_hours * HOUR);
        }
    }
    passed.outs.sort_unstable_by_key(|e| (e.at, e.row));
    passed.outs.dedup_by_key(|e| e.row);
    passed
}

/// Idle for half a year, then much at once.
pub(super) fn dormant_wake(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.dormant_wake;
    let (from, end) = span(day, config.window_days);
    let window = sight.window;
    let (ins, outs) = (window.ins(centre, from, end), window.outs(centre, from, end));
    let (into, out) = (sum(ins), sum(outs));
    if into.max(out) < config.total_yuan * 100 {
        return Verdict::Nothing;
    }
    let first = ins.iter().chain(outs).map(|e| e.at).min().unwrap_or(end);
    let idle_from = first - i64::from(config.idle_days) * DAY;
    if !window.ins(centre, idle_from, first).is_empty()
        || !window.outs(centre, idle_from, first).is_empty()
    {
        return Verdict::Nothing;
    }
    let left = out.min(into) as f64 >= config.forwarded * into.max(out) as f64;
    let start = day.plus(-sight.config.retain_days).start().0;
    let (old_in, old_out) =
        (window.ins(centre, start, idle_from), window.outs(centre, start, idle_from));
    let never = old_in.is_empty() && old_out.is_empty();
    let most =
        largest_week(old_in, config.window_days).max(largest_week(old_out, config.window_days));
    let small = (into.max(out) as f64) < config.times_history * most as f64;
    if small || (never && !(left && known_idle(sight, centre, idle_from, into.max(out)))) {
        return Verdict::Nothing;
    }
    let all: Vec<Entry> = ins.iter().chain(outs).copied().collect();
    let zh = format!(
        "账户静止{}日以上后{}日内转入{}元、转出{}元",
        config.idle_days,
        config.window_days,
        yuan(into),
        yuan(out)
    );
    let en = format!(
        "idle for over {} days, then {} yuan in and {} yuan out within {} days",
        config.idle_days,
        yuan(into),
        yuan(out),
        config.window_days
    );
    let mut lines = vec![Line::new(config.base, &all, zh, en)];
    let old: Vec<Entry> = old_in.iter().chain(old_out).copied().collect();
    let (zh, en) = if never {
        (
            "企业成立已久而账户此前从无往来".into(),
            "an old firm whose account never moved before".into(),
        )
    } else {
        let zh = format!("此前最大{}日流量仅{}元", config.window_days, yuan(most));
        (zh, format!("the most in {} days before was {} yuan", config.window_days, yuan(most)))
    };
    let basis = if never { &all } else { &old };
    lines.push(Line::new(0.0, basis, zh, en));
    if left {
        let zh = "资金随即转出，账户不留余额".into();
        lines.push(Line::new(config.left, outs, zh, "the money left again at once".into()));
    }
    lines.push(sight.working_line(centre, day, &all));
    Verdict::Found(Finding { rows: all.iter().map(|e| e.row).collect(), lines })
}

/// An account that never moved is known to be idle only when the feed and the firm are old enough.
fn known_idle(sight: Sight<'_>, centre: AccountNo, idle_from: i64, total: i64) -> bool {
    let firm = sight.accounts.firm(centre).and_then(|firm| sight.graph.profile(firm));
    let born = firm.and_then(|profile| profile.established_on);
    let fed = sight.days.keys().next();
    total >= sight.config.dormant_wake.first_total_yuan * 100
        && born.is_some_and(|day| day.start().0 <= idle_from)
        && fed.is_some_and(|day| day.start().0 <= idle_from)
}

/// The largest sum within any window of so many days.
fn largest_week(entries: &[Entry], days: i32) -> i64 {
    let (mut start, mut held, mut most) = (0, 0, 0);
    for entry in entries {
        held += entry.amount();
        while entries[start].at <= entry.at - i64::from(days) * DAY {
            held -= entries[start].amount();
            start += 1;
        }
        most = most.max(held);
    }
    most
}
