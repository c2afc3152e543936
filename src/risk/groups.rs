//! How does a group of enterprises stand? The index of an industry, a town, a division.
//!
//! Published only where nobody can be read out of it: at least [`MEMBERS_MIN`] enterprises, none
//! with more than [`SHARE_MAX`] of the weight (the threshold and dominance rules of official
//! statistics). Must not know: which group an enterprise is in.

use crate::risk::Grade;
use serde::Deserialize;

/// Fewest enterprises of a group that is published.
pub const MEMBERS_MIN: usize = 10;
/// Largest share of the weight that one may have.
pub const SHARE_MAX: f64 = 0.3;

/// Days over which the growth of grade D is told.
pub const GROWTH_DAYS: i32 = 90;
/// Digits of a GB/T 4754 code that name a division of industry: a letter and two digits.
pub const INDUSTRY_CHARS: usize = 3;

/// One enterprise of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// Its index now.
    pub score: i32,
    /// Its grade now.
    pub grade: Grade,
    /// Its grade at the earlier day; `None` when it was not known.
    pub before: Option<Grade>,
    /// What it weighs, positive.
    pub weight: f64,
}

/// A group that may be published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupIndex {
    /// How many.
    pub members: usize,
    /// The mean index by weight.
    pub index: f64,
    /// How many of each grade, A to D.
    pub grades: [usize; 4],
    /// Of grade D at the earlier day.
    pub d_before: usize,
    /// Herfindahl–Hirschman index of what the members add to the mean: 1 when one makes it alone.
    pub concentration: f64,
}

/// `groups.toml`: when a group gives a systemic signal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signals {
    /// Few make most of the index.
    pub concentration: Concentration,
    /// Grade D grows.
    pub growth: Growth,
}

/// When few make most of a group's index.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concentration {
    /// The Herfindahl–Hirschman index from which on; 0 to 1.
    pub from: f64,
    /// The group's index from which on: of a quiet group nothing is said.
    pub index_from: f64,
    /// Where the bounds come from.
    pub source: String,
}

/// When grade D grows in a group.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// At least so many now.
    pub d_from: usize,
    /// At least so many times as many as before.
    pub times: f64,
    /// Where the bounds come from.
    pub source: String,
}

/// A systemic signal of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Few make most of the index.
    Concentration,
    /// Grade D grows.
    Growth,
}

impl Signal {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Concentration => "concentration",
            Self::Growth => "growth",
        }
    }
}

impl Signals {
    /// The first rule that the bounds break.
    pub fn fault(&self) -> Option<&'static str> {
        let Self { concentration, growth } = self;
        if !(concentration.from > 0.0 && concentration.from <= 1.0) {
            return Some("concentration.from is over 0 and at most 1");
        }
        if growth.d_from == 0 || !(growth.times > 1.0 && growth.times.is_finite()) {
            return Some("growth.d_from is at least 1, and growth.times over 1");
        }
        None
    }

    /// The signals of a group.
    pub fn of(&self, group: &GroupIndex) -> Vec<Signal> {
        let Self { concentration, growth } = self;
        let mut found = Vec::new();
        if group.concentration >= concentration.from && group.index >= concentration.index_from {
            found.push(Signal::Concentration);
        }
        let (now, before) = (group.grades[Grade::D as usize], group.d_before);
        if now >= growth.d_from && now as f64 >= growth.times * before as f64 {
            found.push(Signal::Growth);
        }
        found
    }
}

/// The index of a group; `None` when it must not be published.
pub fn index(members: &[Member]) -> Option<GroupIndex> {
    let weight: f64 = members.iter().map(|one| one.weight).sum();
    let largest = members.iter().map(|one| one.weight).fold(0.0, f64::max);
    if members.len() < MEMBERS_MIN || weight <= 0.0 || largest > SHARE_MAX * weight {
        return None;
    }
    let added = |one: &Member| f64::from(one.score) * one.weight / weight;
    let index: f64 = members.iter().map(added).sum();
    let mut grades = [0; 4];
    for one in members {
        grades[one.grade as usize] += 1;
    }
    let shares = members.iter().map(|one| if index > 0.0 { added(one) / index } else { 0.0 });
    Some(GroupIndex {
        members: members.len(),
        index,
        grades,
        d_before: members.iter().filter(|one| one.before == Some(Grade::D)).count(),
        concentration: shares.map(|share| share * share).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(score: i32, weight: f64) -> Member {
        let grade = if score > 100 { Grade::D } else { Grade::A };
        Member { score, grade, before: Some(Grade::A), weight }
    }

    #[test]
    fn small_and_dominated_groups_are_kept_back() {
        let alike = vec![member(10, 1.0); 9];
        assert_eq!(index(&alike), None, "nine");
        let mut ten = alike.clone();
        ten.push(member(200, 1.0));
        let found = index(&ten).unwrap();
        assert_eq!((found.members, found.grades), (10, [9, 0, 0, 1]));
        assert!((found.index - 29.0).abs() < 1e-9);
        assert!(found.concentration > 0.4, "one makes most of it");
        ten.push(member(0, 9.0));
        assert_eq!(index(&ten), None, "one has almost half of the weight");
    }

    #[test]
    fn few_that_make_most_and_a_growing_class_d_are_told() {
        let source = String::new;
        let signals = Signals {
            concentration: Concentration { from: 0.25, index_from: 16.0, source: source() },
            growth: Growth { d_from: 3, times: 2.0, source: source() },
        };
        assert_eq!(signals.fault(), None);
        let group = |high: usize, score: i32, before: Grade| {
            let mut members = vec![member(10, 1.0); 20];
            members.extend(vec![Member { before: Some(before), ..member(score, 1.0) }; high]);
            index(&members).unwrap()
        };
        assert!(signals.of(&group(0, 0, Grade::A)).is_empty());
        assert_eq!(signals.of(&group(1, 900, Grade::D)), [Signal::Concentration]);
        assert_eq!(signals.of(&group(4, 110, Grade::A)), [Signal::Growth]);
        assert!(signals.of(&group(4, 110, Grade::D)).is_empty(), "they were there before");
        assert!(signals.of(&group(2, 110, Grade::A)).is_empty(), "too few");
        let quiet = GroupIndex { index: 15.0, ..group(1, 900, Grade::D) };
        assert!(signals.of(&quiet).is_empty(), "of a quiet group nothing is said");
        let growth = Growth { times: 1.0, ..signals.growth.clone() };
        assert!(Signals { growth, ..signals }.fault().is_some());
    }

    #[test]
    fn the_mean_goes_by_weight() {
        let mut members = vec![member(0, 1.0); 12];
        members.extend(vec![member(100, 1.0); 4]);
        assert!((index(&members).unwrap().index - 25.0).abs() < 1e-9);
        for one in &mut members[12..] {
            one.weight = 3.0;
        }
        assert!((index(&members).unwrap().index - 50.0).abs() < 1e-9);
    }
}
