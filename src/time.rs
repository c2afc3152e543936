//! When? Moments and days as plain numbers; text only at the edge.
//!
//! Three times are kept apart: **event time** (when the source knew), **valid time** (the `*_on`
//! dates: when it took legal effect) and arrival (the epoch). Nothing here reads a clock.

use std::fmt;

/// Milliseconds of one day.
const DAY_MS: i64 = 86_400_000;
/// China Standard Time, the zone of every calendar day in the contract: UTC+08:00, no daylight
/// saving since 1991.
const ZONE_MS: i64 = 8 * 3_600_000;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Finer digits of a source are cut.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

/// A calendar day: days since 1970-01-01. As valid time it has no zone; as the day of a moment it
/// is the day in China (UTC+08:00).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Day(pub i32);

/// A calendar month: months since January of the year 0.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Month(pub i32);

impl Time {
    /// Reads RFC 3339 with an offset (`Z` or `±hh:mm`); `None` for anything else, also for a
    /// moment that does not exist. A leap second counts as the second before it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 20 {
            return None;
        }
        let day = Day::parse(text.get(..10)?)?;
        if !matches!(bytes[10], b'T' | b't') || bytes[13] != b':' || bytes[16] != b':' {
            return None;
        }
        let (hour, minute) = (digits(&bytes[11..13])?, digits(&bytes[14..16])?);
        let second = digits(&bytes[17..19])?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut rest = &bytes[19..];
        let mut millis = 0;
        if rest[0] == b'.' {
            let count = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            if count == 0 {
                return None;
            }
            for place in 0..3 {
                let digit = if place < count { i64::from(rest[1 + place] - b'0') } else { 0 };
                millis = millis * 10 + digit;
            }
            rest = &rest[1 + count..];
        }
        let offset_minutes = match rest {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let (h, m) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
                if h > 23 || m > 59 {
                    return None;
                }
                if *sign == b'-' { -(h * 60 + m) } else { h * 60 + m }
            }
            _ => return None,
        };
        let seconds = hour * 3600 + minute * 60 + second.min(59) - offset_minutes * 60;
        Some(Self(i64::from(day.0) * DAY_MS + seconds * 1000 + millis))
    }

    /// The day in China on which this moment falls.
    pub const fn day(self) -> Day {
        Day((self.0 + ZONE_MS).div_euclid(DAY_MS) as i32)
    }

    /// Later by so many days of 24 hours.
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days * DAY_MS)
    }

    /// Later by so many hours.
    pub const fn plus_hours(self, hours: i64) -> Self {
        Self(self.0 + hours * 3_600_000)
    }

    /// Hours (fractional) from an earlier moment to this one.
    pub fn hours_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 3_600_000.0
    }
}

impl Day {
    /// Reads `YYYY-MM-DD`; `None` for anything else, also for a day that does not exist or a year
    /// outside `limits`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let year = digits(&bytes[..4])? as i32;
        let (month, day) = (digits(&bytes[5..7])?, digits(&bytes[8..10])?);
        if !(crate::limits::YEAR_MIN..=crate::limits::YEAR_MAX).contains(&year)
            || !(1..=12).contains(&month)
            || day < 1
            || day > i64::from(month_length(year, month as i32))
        {
            return None;
        }
        Some(Self::of(year, month as i32, day as i32))
    }

    /// The day of a civil date in the proleptic Gregorian calendar. The date must exist.
    ///
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (`days_from_civil`).
    pub const fn of(year: i32, month: i32, day: i32) -> Self {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y - era * 400;
        let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Self(era * 146_097 + doe - 719_468)
    }

    /// Year, month (1–12) and day of the month.
    pub const fn civil(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z - era * 146_097;
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// The first moment of this day in China.
    pub const fn start(self) -> Time {
        Time(self.0 as i64 * DAY_MS - ZONE_MS)
    }

    /// Later (or, negative, earlier) by so many days.
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Later by calendar months; the last day of a shorter month stands for a day it lacks.
    pub fn plus_months(self, months: i32) -> Self {
        let (year, month, day) = self.civil();
        let target = Month(year * 12 + month - 1 + months);
        let (year, month) = target.civil();
        Self::of(year, month, day.min(month_length(year, month)))
    }

    /// Days from an earlier day to this one (negative when it is later).
    pub const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The month of this day.
    pub const fn month(self) -> Month {
        let (year, month, _) = self.civil();
        Month(year * 12 + month - 1)
    }

    /// Monday = 0 … Sunday = 6.
    pub const fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }
}

impl Month {
    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 7 || bytes[4] != b'-' {
            return None;
        }
        let (year, month) = (digits(&bytes[..4])? as i32, digits(&bytes[5..])? as i32);
        if !(crate::limits::YEAR_MIN..=crate::limits::YEAR_MAX).contains(&year) {
            return None;
        }
        (1..=12).contains(&month).then_some(Self(year * 12 + month - 1))
    }

    /// Year and month (1–12).
    pub const fn civil(self) -> (i32, i32) {
        (self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }

    /// The first day of this month.
    pub const fn first_day(self) -> Day {
        let (year, month) = self.civil();
        Day::of(year, month, 1)
    }
}

/// RFC 3339 in China's zone, with milliseconds only where there are any.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_day = (self.0 + ZONE_MS).rem_euclid(DAY_MS);
        let (seconds, millis) = (in_day / 1000, in_day % 1000);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}",
            self.day(),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("+08:00")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.civil();
        write!(f, "{year:04}-{month:02}")
    }
}

const fn month_length(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    let mut value = 0;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_writes_moments() {
        for (text, shown) in [
            ("2026-03-30T02:00:00Z", "2026-03-30T10:00:00+08:00"),
            ("2026-03-30T10:00:00+08:00", "2026-03-30T10:00:00+08:00"),
            ("2026-03-30T10:00:00.12345+08:00", "2026-03-30T10:00:00.123+08:00"),
            ("2025-12-31T17:30:00-05:30", "2026-01-01T07:00:00+08:00"),
        ] {
            assert_eq!(Time::parse(text).map(|t| t.to_string()).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "2026-03-04T10:31:00",
            "2026-02-30T10:31:00+08:00",
            "2026-03-04 10:31:00+08:00",
            "2026-03-04T24:00:00Z",
            "2026-03-04T10:31:00+0800",
            "2026-03-04T10:31:00.Z",
            "2026-03-04T10:31Z",
            "",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn adds_months_to_short_ones() {
        let day = Day::of(2024, 1, 31);
        assert_eq!(day.plus_months(1).to_string(), "2024-02-29");
        assert_eq!(day.plus_months(-2).to_string(), "2023-11-30");
        assert_eq!(Day::of(2026, 11, 25).weekday(), 2, "a Wednesday");
    }

    proptest! {
        #[test]
        fn days_agree_with_jiff(offset in -25_000i32..2_900_000) {
            let date = jiff::civil::date(1970, 1, 1)
                .checked_add(jiff::Span::new().days(offset)).expect("in range");
            let civil = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
            prop_assert_eq!(Day(offset).civil(), civil);
            prop_assert_eq!(Day::of(civil.0, civil.1, civil.2), Day(offset));
            prop_assert_eq!(Day::parse(&Day(offset).to_string()), Some(Day(offset)));
        }

        #[test]
        fn moments_agree_with_jiff(ms in -2_000_000_000_000i64..200_000_000_000_000) {
            let shown = Time(ms).to_string();
            let theirs: jiff::Timestamp = shown.parse().expect("jiff reads it");
            prop_assert_eq!(theirs.as_millisecond(), ms);
            prop_assert_eq!(Time::parse(&shown), Some(Time(ms)));
        }
    }
}
