//! What raises a warning? The parameters of every trigger, as they stand in `rules.toml`.
//!
//! Invariant: no threshold, window or word list that decides about a warning stands in code. Must
//! not know: state.

use super::words::{Bar, GradeName, GroupBy, Pattern, Sign};
use crate::event::EventType;
use crate::risk::groups::Signal;
use crate::text::Level;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A level and the score from which it is given.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The score from which the level is given.
    pub at: f64,
    /// The score below which the level, once given, is lowered; `at` when missing.
    pub below: Option<f64>,
    /// The level.
    pub level: Level,
}

/// What raises a warning.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// A succession pair of at least this level (the successor is the subject).
    Succession {
        /// Least level of the pair.
        min: Level,
        /// A pair of at least this level …
        lift_from: Level,
        /// … is lifted to this one when the predecessor's simple deregistration is barred.
        lift_to: Level,
    },
    /// A simple deregistration while a statutory bar is true (D06).
    Deregistration {
        /// Level.
        level: Level,
        /// Level when it is also the predecessor of a pair …
        lift_to: Level,
        /// … of at least this level.
        lift_from: Level,
        /// The bars that are looked at.
        bars: Vec<Bar>,
        /// Length of a notice that names no end, in days.
        notice_days: i32,
        /// Days after the notice in which the deregistration may be applied for.
        apply_days: i32,
        /// Days for which a filed case without a decision counts as open.
        case_days: i32,
    },
    /// The index: a jump of grades, or a grade reached.
    Index {
        /// Grades up within `jump_days`.
        jump_grades: u8,
        /// Window of the jump, in days.
        jump_days: i32,
        /// A jump counts from this score on.
        jump_score: i32,
        /// Level of a jump.
        jump_level: Level,
        /// A grade that is always told.
        reach: GradeName,
        /// Level of reaching it.
        reach_level: Level,
        /// Level of a jump into that grade.
        jump_reach_level: Level,
        /// A jump is told while its last fact is known for less than so many days.
        memory_days: i32,
        /// Points that only fade with time are told again on every so manieth day.
        refresh_days: i32,
        /// Not raised on an enterprise with a veto in force: the veto has a warning of its own.
        quiet_with_veto: bool,
    },
    /// A veto indicator in force.
    Veto {
        /// Level by indicator.
        levels: BTreeMap<String, Level>,
        /// Level of an indicator that is not named.
        default: Level,
        /// Indicators that a rule of their own tells.
        except: Vec<String>,
    },
    /// Expressions over the features of an enterprise, its score and its grade: the highest level
    /// whose condition holds.
    Sql {
        /// Condition of the level; none when missing.
        #[serde(default)]
        blue: Option<String>,
        /// Condition of the level; none when missing.
        #[serde(default)]
        yellow: Option<String>,
        /// Condition of the level; none when missing.
        #[serde(default)]
        orange: Option<String>,
        /// Condition of the level; none when missing.
        #[serde(default)]
        red: Option<String>,
    },
    /// Complaints: a statistical surprise, or many victims.
    Complaints {
        /// Window in days.
        days: i32,
        /// Least complaints in the window for a surprise to count.
        min: u32,
        /// Level by surprise, in bits (−log2 of the chance to see as many or more).
        surprise: Vec<Step>,
        /// Level by victims in the window.
        victims: Vec<Step>,
        /// The base rate before anything is known: so many complaints …
        prior: f64,
        /// … in so many days.
        prior_days: f64,
        /// Days before the window from which the base rate is learned.
        base_days: i32,
        /// A complainant with more than so many respondents in a year is a professional one.
        respondents_max: u32,
        /// What a professional complainant's complaint counts.
        professional: f64,
        /// A warning is kept for so many days after the window.
        keep_days: i32,
    },
    /// A fund-flow pattern.
    Flow {
        /// The pattern.
        pattern: Pattern,
        /// Level by suspicion.
        levels: Vec<Step>,
    },
    /// Illegal fund-raising: flows, promises, words and victims together.
    Fundraising {
        /// Points of a fund-raising pattern at full suspicion.
        flow: f64,
        /// Points of a fan-in pattern at full suspicion.
        fan_in: f64,
        /// Points of publications that promise a return.
        promise: f64,
        /// Points of a forbidden word in name or scope.
        word: f64,
        /// Points of many victims.
        victims: f64,
        /// How many victims are many.
        victims_min: u32,
        /// Promised yearly return, in percent, that counts.
        rate_pct: f64,
        /// Least confidence of a mention.
        confidence: f64,
        /// Window of publications and complaints, in days.
        days: i32,
        /// Words that need a financial licence (防范和处置非法集资条例 9).
        words: Vec<String>,
        /// Level by points.
        levels: Vec<Step>,
    },
    /// Signs of smuggling (S pack).
    Smuggling {
        /// Points by sign.
        points: BTreeMap<Sign, f64>,
        /// Window of patrol signs, in days.
        days: i32,
        /// Months of the fishing moratorium (first and last), in which gaps of tracks say nothing.
        moratorium: (i32, i32),
        /// Level by points.
        levels: Vec<Step>,
    },
    /// Zero-tariff goods passed on, or duty-free goods resold.
    ZeroTariff {
        /// Window in days.
        days: i32,
        /// Points of a transfer of zero-tariff goods.
        transfer: f64,
        /// More points when the other side has no customs record of its own.
        stranger: f64,
        /// Points of a lead on resale of duty-free goods.
        resale: f64,
        /// More points when more was declared than the capital could ever have paid, by this
        /// factor …
        capacity: f64,
        /// … of declared value over paid or subscribed capital.
        capacity_factor: f64,
        /// Level by points.
        levels: Vec<Step>,
    },
    /// Imported lots that fail, of one enterprise.
    ImportQuality {
        /// Window in days.
        days: i32,
        /// Level by failed lots.
        levels: Vec<Step>,
    },
    /// Imported lots of one brand that fail at several consignees (a group).
    Brand {
        /// Window in days.
        days: i32,
        /// Least consignees.
        consignees: usize,
        /// So many clean lots after the last failed one count one failed lot off.
        clean_per_lot: u32,
        /// Level by failed lots.
        levels: Vec<Step>,
    },
    /// Many enterprises founded in few days through one agent, device or person (a group).
    Foundings {
        /// Days and least count by what is shared.
        agent: Batch,
        /// See `agent`.
        device: Batch,
        /// See `agent`.
        person: Batch,
        /// A founding that is first seen more than so many days later says nothing.
        fresh_days: i32,
        /// Days before the window from which the base rate is learned.
        base_days: i32,
        /// Least surprise against the base rate, in bits.
        surprise: f64,
        /// The surprise that earns one point, in bits …
        bits_per_point: f64,
        /// … up to so many points.
        surprise_points_max: f64,
        /// Points if all members share a device.
        same_device: f64,
        /// Points if all members share a person with another member.
        same_person: f64,
        /// Points if all members share their registered address.
        same_address: f64,
        /// Points if all members have the same scope.
        same_scope: f64,
        /// Points if all members have the same capital.
        same_capital: f64,
        /// Points that the members' own things must give, where an agent or a device made the group.
        own_least: f64,
        /// Level by points.
        levels: Vec<Step>,
    },
    /// One person who became legal representative of many enterprises (a group).
    Nominee {
        /// Window in days.
        days: i32,
        /// Level by enterprises in which the person holds nothing.
        levels: Vec<Step>,
    },
    /// Serious troubles pile up in a town (a group).
    Town {
        /// Window in days.
        days: i32,
        /// Days before the window from which the base rate is learned.
        base_days: i32,
        /// The part of a town's enterprises that usually come into serious trouble within the
        /// window: what is expected before anything is known …
        share: f64,
        /// … which weighs as much as so many days of the town's own history.
        prior_days: f64,
        /// Least enterprises.
        min: usize,
        /// Level by surprise, in bits.
        levels: Vec<Step>,
    },
    /// Serious troubles pile up in a building (a group).
    Building {
        /// Window in days.
        days: i32,
        /// The part of all enterprises that come into serious trouble within the window.
        base: f64,
        /// Least enterprises.
        min: usize,
        /// Level by surprise, in bits.
        levels: Vec<Step>,
    },
    /// An industry or a town gives a systemic signal: one of `groups.toml`, whose bounds raise it
    /// (a group).
    Systemic {
        /// Which.
        signal: Signal,
        /// Of which groups.
        by: Vec<GroupBy>,
        /// Most enterprises that the warning names, those that add most first.
        subjects_max: usize,
        /// Level by score: of growth the surprise in bits (−log2 of the chance of as many of class
        /// D or more where one more than 90 days before is expected), of concentration the
        /// Herfindahl–Hirschman index.
        levels: Vec<Step>,
    },
    /// Wage arrears spread from a failed client to those whom it paid (a group).
    Arrears {
        /// Wage troubles count from so many days before the client failed.
        days: i32,
        /// The part of all enterprises that have wage trouble at some time.
        base: f64,
        /// Least surprise, in bits.
        surprise: f64,
        /// Words in complaints and penalties that tell of wages.
        words: Vec<String>,
        /// Level by enterprises with wage trouble.
        levels: Vec<Step>,
    },
}

/// How many foundings in how many days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Window in days.
    pub days: i32,
    /// Least count.
    pub min: usize,
}

impl Trigger {
    /// Whether an event of a type can change what this trigger finds about an enterprise.
    pub(super) const fn listens(&self, kind: EventType) -> bool {
        use EventType as E;
        let relief = matches!(kind, E::Repair | E::ObjectionDecided | E::ObjectionFiled);
        match self {
            Self::Deregistration { .. } => {
                relief
                    || matches!(
                        kind,
                        E::Notice
                            | E::Established
                            | E::Changed
                            | E::Ended
                            | E::Licence
                            | E::Listing
                            | E::Penalty
                            | E::Court
                            | E::Inspection
                            | E::ComplaintClosed
                    )
            }
            Self::Complaints { .. } => {
                matches!(kind, E::ComplaintReceived | E::ComplaintClosed) || relief
            }
            Self::Fundraising { .. } => {
                relief
                    || matches!(
                        kind,
                        E::Opinion | E::ComplaintReceived | E::Established | E::Changed
                    )
            }
            Self::Smuggling { .. } => matches!(kind, E::Customs | E::Patrol) || relief,
            Self::ZeroTariff { .. } | Self::ImportQuality { .. } => {
                matches!(kind, E::Customs) || relief
            }
            _ => false,
        }
    }

    fn steps(&self) -> Vec<&[Step]> {
        match self {
            Self::Complaints { surprise, victims, .. } => vec![surprise, victims],
            Self::Flow { levels, .. }
            | Self::Fundraising { levels, .. }
            | Self::Smuggling { levels, .. }
            | Self::ZeroTariff { levels, .. }
            | Self::ImportQuality { levels, .. }
            | Self::Brand { levels, .. }
            | Self::Foundings { levels, .. }
            | Self::Nominee { levels, .. }
            | Self::Town { levels, .. }
            | Self::Building { levels, .. }
            | Self::Systemic { levels, .. }
            | Self::Arrears { levels, .. } => vec![levels],
            _ => Vec::new(),
        }
    }

    /// The conditions in SQL, with the level that each gives.
    pub fn conditions(&self) -> Vec<(Level, &str)> {
        let Self::Sql { blue, yellow, orange, red } = self else { return Vec::new() };
        let texts = [blue, yellow, orange, red].map(Option::as_deref);
        Level::ALL.into_iter().zip(texts).filter_map(|(level, sql)| Some((level, sql?))).collect()
    }

    /// What is wrong with the parameters.
    pub(super) fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if matches!(self, Self::Sql { .. }) && self.conditions().is_empty() {
            problems.push("no condition".to_owned());
        }
        if let Self::Systemic { by, subjects_max, .. } = self
            && (by.is_empty() || *subjects_max < 2)
        {
            problems.push("by names a group, subjects_max is at least 2".to_owned());
        }
        for steps in self.steps() {
            if steps.is_empty() {
                problems.push("no levels".to_owned());
            }
            for pair in steps.windows(2) {
                if pair[0].at >= pair[1].at || pair[0].level >= pair[1].level {
                    problems.push("levels do not rise".to_owned());
                }
            }
            if steps.iter().any(|step| step.below.is_some_and(|below| below > step.at)) {
                problems.push("below is over at".to_owned());
            }
        }
        problems
    }
}

/// The level that a score is given.
pub(super) fn level_at(steps: &[Step], score: f64) -> Option<Level> {
    steps.iter().filter(|step| score >= step.at).map(|step| step.level).max()
}

/// The highest level that a score keeps once it was given.
pub(super) fn level_kept(steps: &[Step], score: f64) -> Option<Level> {
    let kept = steps.iter().filter(|step| score >= step.below.unwrap_or(step.at));
    kept.map(|step| step.level).max()
}
