//! Are there suddenly many complaints? A surprise against the enterprise's own base rate, or many
//! victims; a professional complainant counts little, and the same complainant once.

use super::super::book::Book;
use super::super::finding::{Finding, line, same};
use super::super::trigger::{Step, level_at, level_kept};
use crate::event::{Body, ComplaintKind, ComplaintResult};
use crate::id::{EntityId, EventId};
use crate::text::{Evidence, Text};
use crate::time::Day;
use std::collections::{BTreeMap, BTreeSet};

/// Parameters, as in `rules.toml`.
pub(in super::super) struct Params<'a> {
    pub(in super::super) days: i32,
    pub(in super::super) min: u32,
    pub(in super::super) surprise: &'a [Step],
    pub(in super::super) victims: &'a [Step],
    pub(in super::super) prior: f64,
    pub(in super::super) prior_days: f64,
    pub(in super::super) base_days: i32,
    pub(in super::super) respondents_max: u32,
    pub(in super::super) professional: f64,
    pub(in super::super) keep_days: i32,
}

/// A complaint that counts.
struct Counted<'a> {
    day: Day,
    id: &'a EventId,
    token: Option<&'a str>,
    weight: f64,
    victims: u32,
    report: bool,
}

/// One window.
struct Window {
    from: Day,
    to: Day,
    count: f64,
    victims: f64,
    bits: f64,
}

/// The burst that deserves the highest level, in the windows that are still kept.
pub(in super::super) fn find(
    book: &Book,
    entity: EntityId,
    today: Day,
    params: &Params<'_>,
) -> Option<Finding> {
    let complaints = counted(book, entity, today, params);
    if complaints.is_empty() {
        return None;
    }
    let mut best: Option<(Window, _)> = None;
    let mut ends: Vec<Day> = complaints.iter().map(|c| c.day).collect();
    ends.dedup();
    for to in ends.into_iter().filter(|to| today.since(*to) <= params.keep_days) {
        let window = window(book, &complaints, to, params);
        let surprised = if window.count >= f64::from(params.min) { window.bits } else { 0.0 };
        let level =
            level_at(params.surprise, surprised).max(level_at(params.victims, window.victims));
        let keep =
            level_kept(params.surprise, surprised).max(level_kept(params.victims, window.victims));
        let rank = (level, keep, window.bits);
        let better = best.as_ref().is_none_or(|(_, (l, k, bits)): &(_, (_, _, f64))| {
            (level, keep).cmp(&(*l, *k)).then(window.bits.total_cmp(bits)).is_gt()
        });
        if better {
            best = Some((window, rank));
        }
    }
    let (window, (level, keep, _)) = best?;
    if level.is_none() && keep.is_none() {
        return None;
    }
    let days = params.days.to_string();
    let (count, victims) = (format!("{:.0}", window.count), format!("{:.0}", window.victims));
    let finding = Finding {
        level,
        keep,
        score: (window.bits * 10.0).round() / 10.0,
        subjects: vec![entity],
        evidence: lines(&complaints, &window),
        again: Some(window.to.plus(params.keep_days + 1)),
        ..Finding::default()
    };
    Some(
        finding
            .value("{name}", same(book.name(entity)))
            .value("{days}", same(days))
            .value("{count}", same(count))
            .value("{amount}", same(victims)),
    )
}

fn counted<'a>(
    book: &'a Book,
    entity: EntityId,
    today: Day,
    params: &Params<'_>,
) -> Vec<Counted<'a>> {
    let idle: BTreeSet<&str> = book
        .standing(entity, today)
        .filter_map(|held| match &held.event.body {
            Body::ComplaintClosed(data) => {
                let fell =
                    matches!(data.result, ComplaintResult::Withdrawn | ComplaintResult::Refused)
                        || data.substantiated == Some(false);
                fell.then_some(&*data.ticket_no)
            }
            _ => None,
        })
        .collect();
    let mut tickets = BTreeSet::new();
    book.standing(entity, today)
        .filter_map(|held| match &held.event.body {
            Body::ComplaintReceived(data) if !idle.contains(&*data.ticket_no) => {
                // The same ticket through two feeds is one complaint.
                if !tickets.insert(&*data.ticket_no) {
                    return None;
                }
                let token = data.complainant.as_deref();
                let many = token
                    .is_some_and(|token| book.respondents(token) > params.respondents_max as usize);
                Some(Counted {
                    day: held.event.time.day(),
                    id: &held.event.id,
                    token,
                    weight: if many { params.professional } else { 1.0 },
                    victims: data.victims.unwrap_or(1).max(1),
                    report: data.kind == ComplaintKind::Report,
                })
            }
            _ => None,
        })
        .collect()
}

fn window(book: &Book, complaints: &[Counted<'_>], to: Day, params: &Params<'_>) -> Window {
    let from = to.plus(1 - params.days);
    let inside = complaints.iter().filter(|c| c.day >= from && c.day <= to);
    let (count, victims) = weigh(inside);
    let base_from = from.plus(-params.base_days);
    let base = complaints.iter().filter(|c| c.day >= base_from && c.day < from);
    let seen_from = book.first_day().map_or(base_from, |first| first.max(base_from));
    let exposure = f64::from(from.since(seen_from).max(0));
    let before: f64 = base.map(|c| c.weight).sum();
    let rate = (params.prior + before) / (params.prior_days + exposure);
    let bits = surprise_bits(count.floor() as u32, rate * f64::from(params.days));
    Window { from, to, count, victims, bits }
}

/// Complaints and victims: the same complainant counts once, with its largest number of victims.
fn weigh<'a>(complaints: impl Iterator<Item = &'a Counted<'a>>) -> (f64, f64) {
    let (mut count, mut victims) = (0.0, 0.0);
    let mut by_token: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for complaint in complaints {
        let hurt = complaint.weight * f64::from(complaint.victims);
        match complaint.token {
            None => {
                count += complaint.weight;
                victims += hurt;
            }
            Some(token) => {
                let most = by_token.entry(token).or_default();
                *most = (most.0.max(complaint.weight), most.1.max(hurt));
            }
        }
    }
    for (weight, hurt) in by_token.into_values() {
        count += weight;
        victims += hurt;
    }
    (count, victims)
}

fn lines(complaints: &[Counted<'_>], window: &Window) -> Vec<Evidence> {
    let inside: Vec<&Counted<'_>> =
        complaints.iter().filter(|c| c.day >= window.from && c.day <= window.to).collect();
    let ids = |wanted: &dyn Fn(&Counted<'_>) -> bool| -> Vec<EventId> {
        inside.iter().filter(|c| wanted(c)).map(|c| c.id.clone()).collect()
    };
    let (from, to, count, victims) = (window.from, window.to, window.count, window.victims);
    let all = Text::new(
        format!("{from}至{to}收到投诉举报{}件，按不同投诉人折合{count:.0}件", inside.len()),
        format!(
            "{} complaints and reports from {from} to {to}, {count:.0} by distinct complainants",
            inside.len()
        ),
    );
    let hurt = Text::new(
        format!("涉及受害人约{victims:.0}人"),
        format!("About {victims:.0} persons are said to be harmed"),
    );
    let odds = Text::new(
        format!("与自身历史水平相比的异常程度：{:.0}比特", window.bits),
        format!("Surprise against its own history: {:.0} bits", window.bits),
    );
    let reports = Text::new("其中举报", "Of these, reports of violations");
    vec![
        line(all, count, ids(&|_| true)),
        line(hurt, victims, ids(&|c| c.victims > 1)),
        line(odds, window.bits, ids(&|_| true)),
        line(reports, 1.0, ids(&|c| c.report)),
    ]
}

/// −log2 of the chance that a Poisson count of this mean is at least `count`.
pub(in super::super) fn surprise_bits(count: u32, mean: f64) -> f64 {
    if count == 0 || mean <= 0.0 {
        return 0.0;
    }
    // The tail is its first term times a sum that falls fast; in logarithms, so that small chances
    // do not become zero.
    let ln_factorial: f64 = (2..=count).map(|n| f64::from(n).ln()).sum();
    let ln_first = f64::from(count) * mean.ln() - mean - ln_factorial;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..200 {
        term *= mean / f64::from(count + k);
        sum += term;
        if term < 1e-12 * sum {
            break;
        }
    }
    (-(ln_first + sum.ln()) / std::f64::consts::LN_2).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::surprise_bits;

    #[test]
    fn surprise_is_the_poisson_tail() {
        // P(X >= 1 | 1) = 1 - 1/e; P(X >= 3 | 0.5) = 1 - e^-0.5 (1 + 0.5 + 0.125)
        let one = -(1.0 - (-1.0f64).exp()).log2();
        let three = -(1.0 - (-0.5f64).exp() * 1.625).log2();
        assert!((surprise_bits(1, 1.0) - one).abs() < 1e-9);
        assert!((surprise_bits(3, 0.5) - three).abs() < 1e-9);
        assert!(surprise_bits(40, 0.5) > 150.0);
        assert!(surprise_bits(3, 10.0) < 0.1);
    }
}
