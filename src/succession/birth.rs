//! When did it begin anew? Founding, the takeover of a shelf company, or growth out of a small one.
//!
//! Invariant: a function of one profile. Must not know: other enterprises.

use crate::event::NoticeKind;
use crate::graph::{Dated, Profile, Stake, Timeline};
use crate::id::EventId;
use crate::succession::config::Config;
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
    /// An older, small or sleeping company grew into another size, or came back from a suspension.
    Grew,
}

/// A day on which an enterprise began anew.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Birth {
    pub(super) kind: BirthKind,
    pub(super) on: Day,
    pub(super) events: Vec<EventId>,
}

/// All births of an enterprise, oldest first.
pub(super) fn births(config: &Config, profile: &Profile) -> Vec<Birth> {
    let mut births = Vec::new();
    let Some(founded) = profile.established_on else { return births };
    let registration = profile.registered.iter().map(|(event, _)| event.clone()).collect();
    births.push(Birth { kind: BirthKind::Founded, on: founded, events: registration });
    taken_over(profile, config.windows.takeover, founded, &mut births);
    for (on, event) in growth(config, profile) {
        births.push(Birth { kind: BirthKind::Grew, on, events: vec![event] });
    }
    births.sort_by_key(|birth| birth.on);
    births
}

/// The newest day on which it may have begun anew, or changed in the register.
pub(super) fn newest(config: &Config, profile: &Profile) -> Option<Day> {
    let grown = growth(config, profile).into_iter().map(|(day, _)| day).max();
    profile.newest_change().max(grown)
}

/// The days from which an older enterprise was of another size, or at work again, sorted.
pub(super) fn growth(config: &Config, profile: &Profile) -> Vec<(Day, EventId)> {
    let model = &config.growth;
    let Some(founded) = profile.established_on else { return Vec::new() };
    let mut days: Vec<(Day, EventId)> = Vec::new();
    if !is_seasonal(config, profile) {
        // Whoever reported revenue for months before the first report of staff had none.
        let first = profile.staff.first_month();
        let silent = first.map_or(0, |month| profile.activity.months_before(month));
        let (known, staff, money) = (model.months_known, &profile.staff, &profile.activity);
        let staff = staff.surges(known, silent, model.headcount, model.headcount_ratio);
        let money = money.surges(known, 0, model.revenue_yuan * 100, model.revenue_ratio);
        days.extend(staff.into_iter().chain(money).map(|s| (s.month.first_day(), s.event)));
    }
    let back = profile.notices.iter().filter(|notice| notice.kind == NoticeKind::Resumption);
    days.extend(back.map(|notice| (notice.on, notice.event.clone())));
    days.retain(|(day, _)| day.0 - founded.0 >= model.age_days);
    days.sort_unstable();
    days
}

/// Whether its trade has seasons: then more and fewer hands tell nothing.
pub(super) fn is_seasonal(config: &Config, profile: &Profile) -> bool {
    let trade = profile.industries.latest();
    trade.is_some_and(|trade| {
        config.growth.seasonal.iter().any(|section| trade.value.starts_with(&**section))
    })
}

/// Adds the takeovers of a shelf company.
fn taken_over(profile: &Profile, takeover_days: i32, founded: Day, births: &mut Vec<Birth>) {
    let control = control_changes(profile);
    if control.is_empty() {
        return;
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
