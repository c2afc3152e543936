//! When did it begin anew? Founding, or the takeover of a shelf company.
//!
//! Invariant: a function of one profile. Must not know: other enterprises.

use crate::graph::{Dated, Profile, Stake, Timeline};
use crate::id::EventId;
use crate::time::Day;

/// How an enterprise began anew.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(super) enum BirthKind {
    /// It was registered.
    Founded,
    /// An older company got new people in control and another name, trade or address.
    TakenOver,
}

/// A day on which an enterprise began anew.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Birth {
    pub(super) kind: BirthKind,
    pub(super) on: Day,
    pub(super) events: Vec<EventId>,
}

/// All births of an enterprise, oldest first.
pub(super) fn births(profile: &Profile, takeover_days: i32) -> Vec<Birth> {
    let mut births = Vec::new();
    let Some(founded) = profile.established_on else { return births };
    let registration = profile.registered.iter().map(|(event, _)| event.clone()).collect();
    births.push(Birth { kind: BirthKind::Founded, on: founded, events: registration });
    let control = control_changes(profile);
    if control.is_empty() {
        return births;
    }
    let face = face_changes(profile);
    let mut last = founded;
    for (on, event) in &control {
        let near = |day: Day| (day.0 - on.0).abs() <= takeover_days;
        if near(last) || on.0 - founded.0 <= takeover_days {
            continue;
        }
        let with: Vec<&(Day, EventId)> = face.iter().filter(|(day, _)| near(*day)).collect();
        let Some(first) = with.iter().map(|(day, _)| *day).min() else { continue };
        let mut events: Vec<EventId> = with.iter().map(|(_, event)| event.clone()).collect();
        events.push(event.clone());
        events.sort_unstable();
        events.dedup();
        let first = first.min(*on);
        births.push(Birth { kind: BirthKind::TakenOver, on: first, events });
        last = *on;
    }
    births
}

/// Days on which others came into control, sorted.
fn control_changes(profile: &Profile) -> Vec<(Day, EventId)> {
    let mut days = turns(&profile.legal_reps, |a, b| a != b);
    days.extend(turns(&profile.holders, |a, b| newcomers(a, b)));
    days.sort_unstable();
    days
}

/// Days on which name, trade or address turned.
fn face_changes(profile: &Profile) -> Vec<(Day, EventId)> {
    let mut days = turns(&profile.names, |a, b| a.brand() != b.brand());
    days.extend(turns(&profile.scopes, |a, b| a.text != b.text));
    days.extend(turns(&profile.industries, |a, b| a != b));
    days.extend(turns(&profile.domiciles, |a, b| a.text != b.text));
    days
}

fn newcomers(before: &[Stake], after: &[Stake]) -> bool {
    after.iter().any(|stake| {
        stake.owner.is_some() && !before.iter().any(|earlier| earlier.owner == stake.owner)
    })
}

fn turns<T>(line: &Timeline<T>, differs: impl Fn(&T, &T) -> bool) -> Vec<(Day, EventId)> {
    let turned = |pair: &[Dated<T>]| {
        differs(&pair[0].value, &pair[1].value).then(|| (pair[1].from, pair[1].event.clone()))
    };
    line.entries().windows(2).filter_map(turned).collect()
}
