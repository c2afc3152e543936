//! Which days are working days? Holidays and adjusted working days as data.
//!
//! Invariant: a due time in working days never falls on a day off, and a later start or a longer
//! term never gives an earlier due time. Must not know: agencies, levels.

use crate::time::{Day, Time};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The calendar file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// Hour of the day (China time) at which a term in working days ends.
    pub day_ends_hour: u8,
    /// The years, in order.
    pub year: Vec<YearFile>,
}

/// One year of the calendar file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearFile {
    /// The year.
    pub year: i32,
    /// The notice that it follows.
    pub notice: String,
    /// The notice is not out yet: only the days that the law itself names.
    #[serde(default)]
    pub provisional: bool,
    /// Days off, weekends inside them too.
    pub holidays: Vec<HolidayFile>,
    /// Saturdays and Sundays that are worked.
    pub workdays: Vec<String>,
}

/// A run of days off.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayFile {
    /// Its name.
    pub name: String,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// How long a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Hours on the clock, days off or not.
    Hours(u16),
    /// Working days, at least one; the day of the start is not counted.
    WorkingDays(u16),
    /// Days, days off or not, at least one: the day of the start is not counted, and the term ends
    /// with the end of its last day.
    Days(u16),
}

/// Working days.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    ends_hour: i64,
    off: BTreeSet<Day>,
    worked: BTreeSet<Day>,
    /// Years that it tells of, and whether they are only announced.
    years: BTreeMap<i32, bool>,
}

impl CalendarFile {
    /// The calendar. Days that cannot be read are left out; [`Self::check`] names them.
    pub fn calendar(&self) -> Calendar {
        let mut calendar =
            Calendar { ends_hour: i64::from(self.day_ends_hour), ..Calendar::default() };
        for year in &self.year {
            calendar.years.insert(year.year, year.provisional);
            for holiday in &year.holidays {
                let (Some(from), Some(to)) = (Day::parse(&holiday.from), Day::parse(&holiday.to))
                else {
                    continue;
                };
                let length = to.since(from).min(HOLIDAY_DAYS_MAX);
                calendar.off.extend((0..=length).map(|days| from.plus(days)));
            }
            calendar.worked.extend(year.workdays.iter().filter_map(|day| Day::parse(day)));
        }
        calendar
    }

    /// What is wrong with the file.
    pub fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.day_ends_hour > 23 {
            problems.push("calendar: day_ends_hour is over 23".to_owned());
        }
        for pair in self.year.windows(2) {
            if pair[1].year != pair[0].year + 1 {
                problems
                    .push(format!("calendar: {} does not follow {}", pair[1].year, pair[0].year));
            }
        }
        for year in &self.year {
            year.check(&mut problems);
        }
        problems
    }
}

/// Longest run of days off that is believed.
const HOLIDAY_DAYS_MAX: i32 = 16;

impl YearFile {
    fn check(&self, problems: &mut Vec<String>) {
        let mut off = BTreeSet::new();
        for holiday in &self.holidays {
            let days = (Day::parse(&holiday.from), Day::parse(&holiday.to));
            let (Some(from), Some(to)) = days else {
                problems.push(format!("calendar {}: {}: no such day", self.year, holiday.name));
                continue;
            };
            if to < from || to.since(from) > HOLIDAY_DAYS_MAX {
                problems.push(format!("calendar {}: {}: bad range", self.year, holiday.name));
                continue;
            }
            if from.civil().0 != self.year {
                problems.push(format!("calendar {}: {}: other year", self.year, holiday.name));
            }
            off.extend((0..=to.since(from)).map(|days| from.plus(days)));
        }
        for word in &self.workdays {
            match Day::parse(word) {
                None => problems.push(format!("calendar {}: no such day {word}", self.year)),
                Some(day) if day.weekday() < 5 => {
                    problems.push(format!("calendar {}: {word} is no weekend", self.year));
                }
                Some(day) if off.contains(&day) => {
                    problems.push(format!("calendar {}: {word} is both", self.year));
                }
                Some(_) => {}
            }
        }
    }
}

impl Calendar {
    /// Whether it tells of a year: `Some(true)` when that is only provisional.
    pub fn tells_of(&self, year: i32) -> Option<bool> {
        self.years.get(&year).copied()
    }

    /// Whether a day is worked.
    pub fn is_working(&self, day: Day) -> bool {
        self.worked.contains(&day) || (day.weekday() < 5 && !self.off.contains(&day))
    }

    /// The `count`-th working day after a day; the day itself is not counted. 0 gives the day.
    pub fn working_day_after(&self, day: Day, count: u16) -> Day {
        let mut found = day;
        for _ in 0..count {
            found = found.plus(1);
            while !self.is_working(found) {
                found = found.plus(1);
            }
        }
        found
    }

    /// When a term that starts at a moment ends.
    pub fn due(&self, start: Time, term: Term) -> Time {
        match term {
            Term::Hours(hours) => start.plus_hours(i64::from(hours)),
            Term::WorkingDays(count) => {
                self.working_day_after(start.day(), count.max(1)).start().plus_hours(self.ends_hour)
            }
            Term::Days(count) => start.day().plus(i32::from(count.max(1)) + 1).start(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::dispatch) fn shipped() -> CalendarFile {
        toml::from_str(include_str!("../../models/calendar/cn.toml")).expect("the shipped file")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn shipped_file_has_no_fault() {
        assert_eq!(shipped().check(), Vec::<String>::new());
        assert!(shipped().year.iter().any(|year| year.year == 2027 && year.provisional));
    }

    #[test]
    fn knows_days_off_and_worked_weekends() {
        let calendar = shipped().calendar();
        for (text, working) in [
            ("2025-01-01", false),
            ("2025-01-26", true),
            ("2025-10-08", false),
            ("2025-10-11", true),
            ("2026-01-02", false),
            ("2026-01-04", true),
            ("2026-02-14", true),
            ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-11-25", true),
            ("2026-11-28", false),
            ("2027-02-05", false),
        ] {
            assert_eq!(calendar.is_working(day(text)), working, "{text}");
        }
    }

    #[test]
    fn counts_over_the_spring_festival() {
        let calendar = shipped().calendar();
        let start = Time::parse("2026-02-13T16:30:00+08:00").expect("a moment");
        for (term, due) in [
            (Term::Hours(2), "2026-02-13T18:30:00+08:00"),
            (Term::WorkingDays(1), "2026-02-14T18:00:00+08:00"),
            (Term::WorkingDays(2), "2026-02-24T18:00:00+08:00"),
            (Term::WorkingDays(6), "2026-02-28T18:00:00+08:00"),
            (Term::WorkingDays(7), "2026-03-02T18:00:00+08:00"),
        ] {
            assert_eq!(calendar.due(start, term).to_string(), due);
        }
    }

    #[test]
    fn names_the_faults_of_a_file() {
        let text = r#"
            day_ends_hour = 24
            [[year]]
            year = 2025
            notice = ""
            workdays = ["2025-01-27", "2025-02-30"]
            holidays = [{ name = "x", from = "2025-03-02", to = "2025-03-01" }]
            [[year]]
            year = 2027
            notice = ""
            workdays = []
            holidays = []
        "#;
        let file: CalendarFile = toml::from_str(text).expect("well-formed");
        assert_eq!(file.check().len(), 5, "{:?}", file.check());
    }

    proptest! {
        #[test]
        fn due_is_worked_and_monotone(
            start in 1_735_660_800_000i64..1_830_000_000_000,
            later in 0i64..2_000_000_000,
            count in 1u16..30,
        ) {
            let calendar = shipped().calendar();
            let (start, later) = (Time(start), Time(start + later));
            let due = calendar.due(start, Term::WorkingDays(count));
            prop_assert!(calendar.is_working(due.day()));
            prop_assert!(due > start);
            prop_assert!(calendar.due(later, Term::WorkingDays(count)) >= due);
            prop_assert!(calendar.due(start, Term::WorkingDays(count + 1)) > due);
        }

        #[test]
        fn counts_as_a_walk_does(start in 20_089i32..21_000, count in 1u16..40) {
            let calendar = shipped().calendar();
            let end = calendar.working_day_after(Day(start), count);
            let walked = (start + 1..=end.0).filter(|d| calendar.is_working(Day(*d))).count();
            prop_assert_eq!(walked, usize::from(count));
        }
    }
}
