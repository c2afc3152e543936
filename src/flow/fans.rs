//! Who gathers and who scatters? Fan-in, fan-out and gather-scatter around one account.
//!
//! A fan alone is everyday business; it is a finding only when the other side is concentrated
//! (集中转出/集中转入). Must not know: instances.

use super::config::Fan;
use super::purpose::{LEVY, POOL, REFUND, RETURNS, SPECIAL, WAGE};
use super::sight::{DAY, Finding, HOUR, Line, Sight, Verdict, part, parties, span, sum, yuan};
use super::window::{AccountNo, Entry};
use crate::time::Day;
use rustc_hash::FxHashSet;

/// Purposes that explain a payment by or to many.
const EXEMPT: u16 = WAGE | REFUND | LEVY | POOL | SPECIAL;

/// At least so many persons pay one account, from which the money goes to few.
pub(super) fn fan_in(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.fan_in;
    let (from, end) = span(day, config.window_days);
    let ins = sight.window.ins(centre, from, end);
    if ins.len() < config.parties {
        return Verdict::Nothing;
    }
    let gathered = public(sight, ins, EXEMPT);
    let (count, total) = (parties(&gathered), sum(&gathered));
    if count < config.parties || total < config.total_yuan * 100 {
        return Verdict::Nothing;
    }
    let after = sight.window.outs(centre, gathered[0].at + 1, end);
    let after: Vec<Entry> = after.iter().filter(|e| e.tags() & EXEMPT == 0).copied().collect();
    let moved = sight.largest(&after, config.concentrated_in);
    if (sum(&moved) as f64) < config.concentrated * total as f64 {
        return Verdict::Nothing;
    }
    let before = sight.window.ins(centre, from - history(sight), from);
    let before = public(sight, before, EXEMPT);
    let zh =
        format!("{}日内{count}个个人或不明账户分散转入共{}元", config.window_days, yuan(total));
    let en = format!(
        "{count} personal or unknown accounts paid in {} yuan within {} days",
        yuan(total),
        config.window_days
    );
    let head = Line::new(config.base, &gathered, zh, en);
    let zh = format!("随后{}元集中转出至{}个账户", yuan(sum(&moved)), parties(&moved));
    let en = format!("{} yuan then left to {} accounts", yuan(sum(&moved)), parties(&moved));
    let gap = median(&moved) - median(&gathered);
    let mut lines = vec![head, concentrated(config, &moved, gap, zh, en)];
    lines.extend(sight.habit_line(&before, &gathered, config.window_days));
    lines.extend(sight.consumer_line(&gathered));
    lines.extend(sight.round_line(&gathered));
    lines.push(sight.working_line(centre, day, &moved));
    settle(lines, &gathered, &moved)
}

/// One account pays many, out of what few paid in just before.
pub(super) fn fan_out(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.fan_out;
    let (from, end) = span(day, config.window_days);
    let outs = sight.window.outs(centre, from, end);
    if outs.len() < config.parties {
        return Verdict::Nothing;
    }
    let scattered = public(sight, outs, EXEMPT | RETURNS);
    let (count, total) = (parties(&scattered), sum(&scattered));
    if count < config.parties || total < config.total_yuan * 100 {
        return Verdict::Nothing;
    }
    if recurs(sight, centre, &scattered) {
        return Verdict::Benign;
    }
    let until = scattered[scattered.len() - 1].at;
    let since = scattered[0].at - i64::from(config.window_days) * DAY;
    let fed = sight.window.ins(centre, since, until);
    let fed: Vec<Entry> = fed.iter().filter(|e| e.tags() & EXEMPT == 0).copied().collect();
    let fed = sight.largest(&fed, config.concentrated_in);
    if (sum(&fed) as f64) < config.concentrated * total as f64 {
        return Verdict::Nothing;
    }
    let before = sight.window.outs(centre, from - history(sight), from);
    let before = public(sight, before, EXEMPT | RETURNS);
    let zh =
        format!("{}日内向{count}个个人或不明账户分散转出共{}元", config.window_days, yuan(total));
    let en = format!(
        "{} yuan paid out to {count} personal or unknown accounts within {} days",
        yuan(total),
        config.window_days
    );
    let head = Line::new(config.base, &scattered, zh, en);
    let zh = format!("此前{}个账户集中转入{}元", parties(&fed), yuan(sum(&fed)));
    let en = format!("{} yuan came in from {} accounts before", yuan(sum(&fed)), parties(&fed));
    let gap = median(&scattered) - median(&fed);
    let mut lines = vec![head, concentrated(config, &fed, gap, zh, en)];
    lines.extend(sight.habit_line(&before, &scattered, config.window_days));
    lines.extend(sight.consumer_line(&scattered));
    lines.extend(sight.round_line(&scattered));
    lines.push(sight.working_line(centre, day, &scattered));
    settle(lines, &scattered, &fed)
}

/// Many pay one, who pays many.
pub(super) fn gather_scatter(sight: Sight<'_>, centre: AccountNo, day: Day) -> Verdict {
    let config = &sight.config.gather_scatter;
    let (from, end) = span(day, config.window_days);
    let (ins, outs) = (sight.window.ins(centre, from, end), sight.window.outs(centre, from, end));
    if ins.len() < config.parties || outs.len() < config.parties {
        return Verdict::Nothing;
    }
    let gathered = public(sight, ins, EXEMPT);
    let Some(first) = gathered.first() else { return Verdict::Nothing };
    let mut scattered = public(sight, outs, EXEMPT | RETURNS);
    scattered.retain(|e| e.at > first.at);
    let (into, out) = (sum(&gathered), sum(&scattered));
    let few = parties(&gathered).min(parties(&scattered)) < config.parties;
    if few || into < config.total_yuan * 100 || (out as f64) < config.forwarded * into as f64 {
        return Verdict::Nothing;
    }
    if recurs(sight, centre, &scattered) {
        return Verdict::Benign;
    }
    let before = sight.window.ins(centre, from - history(sight), from);
    let before = public(sight, before, EXEMPT);
    let zh = format!("{}个个人或不明账户转入共{}元", parties(&gathered), yuan(into));
    let en = format!("{} yuan from {} accounts", yuan(into), parties(&gathered));
    let mut lines = vec![Line::new(config.base, &gathered, zh, en)];
    let zh = format!("随后向{}个账户分散转出共{}元", parties(&scattered), yuan(out));
    let en = format!("{} yuan then to {} accounts", yuan(out), parties(&scattered));
    lines.push(Line::new(0.0, &scattered, zh, en));
    lines.extend(sight.habit_line(&before, &gathered, config.window_days));
    lines.extend(sight.consumer_line(&gathered));
    lines.push(sight.working_line(centre, day, &scattered));
    settle(lines, &gathered, &scattered)
}

fn history(sight: Sight<'_>) -> i64 {
    i64::from(sight.config.common.history_days) * DAY
}

/// Transfers with persons or unknown parties that no everyday purpose explains.
fn public(sight: Sight<'_>, entries: &[Entry], exempt: u16) -> Vec<Entry> {
    let kept = |e: &&Entry| e.tags() & exempt == 0 && sight.accounts.is_public(e.other);
    entries.iter().filter(kept).copied().collect()
}

/// Whether half of the receivers were paid about a month before too: a payroll by its rhythm.
fn recurs(sight: Sight<'_>, centre: AccountNo, scattered: &[Entry]) -> bool {
    let first = scattered[0].at;
    let earlier = sight.window.outs(centre, first - 45 * DAY, first - 20 * DAY);
    let earlier: FxHashSet<AccountNo> = earlier.iter().map(|e| e.other).collect();
    let now: FxHashSet<AccountNo> = scattered.iter().map(|e| e.other).collect();
    let again = now.iter().filter(|a| earlier.contains(*a)).count();
    part(again, now.len()) >= 0.5
}

fn concentrated(config: &Fan, entries: &[Entry], gap: i64, zh: String, en: String) -> Line {
    let fast = (0..=config.fast_hours * HOUR).contains(&gap);
    Line::new(if fast { config.fast } else { 0.0 }, entries, zh, en)
}

/// The median moment.
fn median(entries: &[Entry]) -> i64 {
    entries.get(entries.len() / 2).map_or(0, |e| e.at)
}

fn settle(lines: Vec<Line>, one: &[Entry], other: &[Entry]) -> Verdict {
    let rows = one.iter().chain(other).map(|e| e.row).collect();
    Verdict::Found(Finding { rows, lines })
}
