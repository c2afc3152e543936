//! Does the money stay? Pass-through (快进快出) and the wake of idle accounts.
//!
//! Must not know: instances.

use super::config::PassThrough as Config;
use super::purpose::{LEVY, POOL, REFUND, SPECIAL, WAGE};
use super::sight::{DAY, Finding, HOUR, Line, Sight, Verdict, parties, span, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::time::{Day, Time};

/// Purposes under which money in and out belongs to no chain.
const EXEMPT: u16 = WAGE | REFUND | LEVY | POOL | SPECIAL;

/// What went in and out again.
#[derive(Default)]
struct Passed {
    ins: Vec<Entry>,
    outs: Vec<Entry>,
    times: usize,
    fast: usize,
}

/// Money that came in and has not been matched yet.
#[derive(Default)]
struct Open {
    ins: Vec<Entry>,
    outs: Vec<Entry>,
    into: i64,
    out: i64,
}

/// Inflows that leave within hours, several times in a month, and little else.
pub(super) fn pass_through(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.pass_through;
    let (from, end) = span(day, config.window_days);
    let (ins, outs) = (sight.window.ins(centre, from, end), sight.window.outs(centre, from, end));
    if ins.is_empty() || outs.is_empty() {
        return Verdict::Nothing;
    }
    // What must hold of the sums alone, before anything is matched.
    let (total, left) = (sum(ins), sum(outs) as f64);
    if total < config.total_yuan * 100
        || left * config.dominance > total as f64
        || left < total as f64 * config.dominance * config.part
    {
        return Verdict::Nothing;
    }
    // Whose accounts they are is dear to ask: only when the flows alone would do.
    let passed = match_flows(config, ins, outs, |_| true);
    if passed.times < config.times.min(config.times_asleep) {
        return Verdict::Nothing;
    }
    let passed = match_flows(config, ins, outs, |e| !sight.related(centre, e.other));
    let into = sum(&passed.ins);
    let enough = passed.times >= config.times
        || (passed.times >= config.times_asleep && asleep_before(sight, centre, &passed));
    if !enough || into < config.total_yuan * 100 || (into as f64) < config.dominance * total as f64
    {
        return Verdict::Nothing;
    }
    let zh = format!(
        "{}次转入共{}元，均在{}小时内转出{:.0}%以上，账户不留余额",
        passed.times,
        yuan(into),
        config.hours,
        config.part * 100.0
    );
    let en = format!(
        "{} times money came in, {} yuan in all, and {:.0} % or more left within {} hours",
        passed.times,
        yuan(into),
        config.part * 100.0,
        config.hours
    );
    let mut lines = vec![Line::new(config.base, &passed.ins, zh, en)];
    let fast = passed.fast * 2 >= passed.times;
    let zh = format!(
        "转出至{}个账户，其中{}次在{}小时内完成",
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

/// Whether the account did not move for long before the first turn.
fn asleep_before(sight: Sight<'_>, centre: AccountNo, passed: &Passed) -> bool {
    let Some(first) = passed.ins.first() else { return false };
    let idle = i64::from(sight.config.dormant_wake.idle_days) * DAY;
    let total = sum(&passed.ins) >= sight.config.dormant_wake.total_yuan * 100;
    let window = sight.window;
    let still = window.ins(centre, first.at - idle, first.at).is_empty()
        && window.outs(centre, first.at - idle, first.at).is_empty();
    // A new account is not an idle one.
    let before = day_start(sight, first.at);
    let moved = !window.ins(centre, before, first.at - idle).is_empty()
        || !window.outs(centre, before, first.at - idle).is_empty();
    total && still && (moved || known_idle(sight, centre, first.at - idle, sum(&passed.ins)))
}

fn day_start(sight: Sight<'_>, at: i64) -> i64 {
    Time(at).day().plus(-sight.config.retain_days).start().0
}

/// Cuts the flow into turns: money comes in, and nearly all of it leaves in a few payments before
/// the hours are over. Money that leaves later, or more than came in, makes no turn.
fn match_flows(
    config: &Config,
    ins: &[Entry],
    outs: &[Entry],
    apart: impl Fn(&Entry) -> bool,
) -> Passed {
    let counts = |e: &&Entry| e.tags() & EXEMPT == 0 && apart(e);
    let large = |e: &&Entry| e.amount() >= config.amount_yuan * 100;
    let mut flow: Vec<(i64, bool, Entry)> = Vec::with_capacity(ins.len() + outs.len());
    flow.extend(ins.iter().filter(large).filter(counts).map(|e| (e.at, false, *e)));
    flow.extend(outs.iter().filter(counts).map(|e| (e.at, true, *e)));
    // A stable sort: of the same moment, money in comes first.
    flow.sort_by_key(|(at, out, _)| (*at, *out));
    let (mut passed, mut open) = (Passed::default(), Open::default());
    for (at, out, entry) in flow {
        let late = open.ins.first().is_some_and(|i| at > i.at + config.hours * HOUR);
        if late || open.ins.len() + open.outs.len() >= config.pieces_max {
            open = Open::default();
        }
        if !out {
            open.into += entry.amount();
            open.ins.push(entry);
            continue;
        }
        if open.ins.is_empty() || open.ins.iter().any(|i| i.other == entry.other) {
            continue;
        }
        open.out += entry.amount();
        open.outs.push(entry);
        let part = open.out as f64 / open.into as f64;
        if part > config.part_max {
            open = Open::default();
        } else if part >= config.part {
            passed.times += 1;
            passed.fast += usize::from(at <= open.ins[0].at + config.fast_hours * HOUR);
            passed.ins.append(&mut open.ins);
            passed.outs.append(&mut open.outs);
            open = Open::default();
        }
    }
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
