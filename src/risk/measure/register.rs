//! Measures over the register: age, industry, wording, capital, licences, holders, claims.

use crate::risk::config::{
    Age, Capital, Claim, Indicator, Industry, Lexicon, LicenceGap, Points, Wording, band,
};
use crate::risk::mark::{Mark, NEVER};
use crate::risk::measure::{Hit, View};
use crate::risk::tags::Tags;
use crate::time::Day;

/// Every state of a licence.
pub(super) const LICENCES: Tags = Tags(
    Tags::LICENCE_GRANTED.0
        | Tags::LICENCE_RENEWED.0
        | Tags::LICENCE_SUSPENDED.0
        | Tags::LICENCE_REVOKED.0
        | Tags::LICENCE_EXPIRED.0
        | Tags::LICENCE_CANCELLED.0,
);

/// Time since establishment.
pub(super) fn age(view: &View<'_>, age: &Age) -> Option<Hit> {
    let (since, event) = view.record.profile.established.as_ref()?;
    for &(months, points) in &age.below {
        let until = since.plus_months(months);
        if view.today < until {
            view.wake(until);
            return (points != 0.0).then(|| Hit::of(points, event));
        }
    }
    None
}

/// Base hazard of the industry: the longest beginning of the code that is listed.
pub(super) fn industry(view: &View<'_>, industry: &Industry) -> Option<Hit> {
    let (code, event) = view.record.profile.industry.as_ref()?;
    (1..=code.len()).rev().find_map(|length| {
        let points = industry.hazard.get(code.get(..length)?)?;
        (*points != 0.0).then(|| Hit::of(*points, event))
    })
}

/// Words in name or scope that need a licence, without one.
pub(super) fn wording(view: &View<'_>, wording: &Wording) -> Option<Hit> {
    let profile = &view.record.profile;
    if profile.name_word.is_none() && profile.scope_word.is_none() {
        return None;
    }
    if has_licence(view, Lexicon::FINANCIAL) {
        return None;
    }
    let in_name = profile.name_word.as_ref().map(|event| Hit::of(wording.name, event));
    in_name.or_else(|| profile.scope_word.as_ref().map(|event| Hit::of(wording.scope, event)))
}

/// Large subscribed capital of which nothing was paid when it was due.
pub(super) fn capital(view: &View<'_>, capital: &Capital) -> Option<Hit> {
    let profile = &view.record.profile;
    let (subscribed, event) = profile.subscribed.as_ref()?;
    let paid = profile.paid?;
    let (since, _) = profile.established.as_ref()?;
    if subscribed.0 < capital.subscribed_fen_min {
        return None;
    }
    let due = since.plus_months(capital.due_months);
    if due > view.today {
        view.wake(due);
        return None;
    }
    let share = paid.as_yuan() * 100.0 / subscribed.as_yuan();
    (share <= capital.paid_pct_max).then(|| Hit::of(capital.points, event))
}

/// The last state of every licence that counts: the mark and whether it is valid today.
fn licences<'a>(view: &View<'a>) -> Vec<(&'a Mark, bool)> {
    let mut last: Vec<&Mark> = Vec::new();
    for (mark, standing) in view.record.marks.iter().zip(view.standings) {
        if !mark.tags.meets(LICENCES) || standing.factor == 0.0 {
            continue;
        }
        match last.iter_mut().find(|known| known.key == mark.key) {
            Some(known) => *known = mark,
            None => last.push(mark),
        }
    }
    last.into_iter()
        .map(|mark| {
            let holds = mark.tags.meets(Tags::LICENCE_GRANTED | Tags::LICENCE_RENEWED);
            if holds && mark.done < NEVER {
                view.wake(mark.done.plus(1));
            }
            (mark, holds && view.today <= mark.done)
        })
        .collect()
}

/// Whether a licence that meets one of the bits is valid.
fn has_licence(view: &View<'_>, bits: i64) -> bool {
    licences(view).iter().any(|(mark, valid)| *valid && mark.value & bits != 0)
}

/// A scope that needs a licence, without one for some time (照后证前). It says nothing where the
/// feed did not yet show licences of the kind when this one was due, nor for enterprises that
/// were older than our knowledge.
pub(super) fn licence_gap(view: &View<'_>, gap: &LicenceGap) -> Option<Hit> {
    let profile = &view.record.profile;
    let known_on = profile.known_on?;
    let first = gap.bands.first()?.0 as i32;
    let mut best: Option<Hit> = None;
    for (place, since, event) in &profile.licensed {
        let seen = view.feeds.licences_seen_on(*place);
        let due = since.plus(first);
        let days = view.today.since(*since);
        for step in &gap.bands {
            view.wake(since.plus(step.0 as i32));
        }
        if since.plus(first) < known_on || seen.is_none_or(|seen| seen > due) {
            continue;
        }
        let points = band(&gap.bands, f64::from(days));
        // A licence that was there and lapsed is another indicator's.
        let shown = licences(view).iter().any(|(mark, _)| mark.value & (1 << place) != 0);
        if points == 0.0 || shown {
            continue;
        }
        if best.as_ref().is_none_or(|known| points > known.points) {
            best = Some(Hit::of(points, event));
        }
    }
    best
}

/// A licence that was revoked or suspended, or that ran out, while no other of its kind is valid.
pub(super) fn licence_lapsed(view: &View<'_>, points: &Points) -> Option<Hit> {
    let last = licences(view);
    let over = Tags::ENDED_DEREGISTERED | Tags::ENDED_REVOKED | Tags::ENDED_RESCINDED;
    if view.record.tags.meets(over) {
        return None;
    }
    let mut hit = Hit::default();
    for (mark, valid) in &last {
        let gone = !*valid && !mark.tags.meets(Tags::LICENCE_CANCELLED);
        let other = last.iter().any(|(other, valid)| *valid && other.more == mark.more);
        if gone && !other {
            hit.points = points.points;
            hit.rest_on(mark);
            hit.firm = true;
        }
    }
    (hit.points != 0.0).then_some(hit)
}

/// The majority holder was replaced within the window.
pub(super) fn takeover(view: &View<'_>, indicator: &Indicator, points: &Points) -> Option<Hit> {
    let window = indicator.window_days.unwrap_or(365);
    let mut hit = Hit::default();
    for (on, event) in &view.record.profile.takeovers {
        let last: Day = on.plus(window);
        if *on <= view.today && view.today <= last {
            view.wake(last.plus(1));
            hit.points += points.points;
            hit.events.push(event.clone());
        }
        view.wake(*on);
    }
    (hit.points != 0.0).then_some(hit)
}

/// Open claims in execution against the paid (else subscribed) capital.
pub(super) fn claim(view: &View<'_>, indicator: &Indicator, claim: &Claim) -> Option<Hit> {
    let mut hit = Hit::default();
    let mut sum = 0.0;
    let mut keys: Vec<u64> = Vec::new();
    for live in view.recent(claim.of, indicator.window_days) {
        let mark = live.mark;
        if mark.done <= view.today
            || keys.contains(&mark.key)
            || view.ended(mark, Some(claim.until), false)
        {
            continue;
        }
        keys.push(mark.key);
        sum += mark.value as f64 * live.standing.factor;
        hit.add(0.0, &live);
    }
    if hit.events.is_empty() {
        return None;
    }
    let profile = &view.record.profile;
    let paid = profile.paid.filter(|paid| paid.0 > 0);
    let capital = paid.or(profile.subscribed.as_ref().map(|(fen, _)| *fen));
    hit.points = match capital {
        Some(capital) if capital.0 > 0 && sum > 0.0 => {
            band(&claim.bands, sum * 100.0 / capital.0 as f64)
        }
        _ => claim.unknown,
    };
    (hit.points != 0.0).then_some(hit)
}
