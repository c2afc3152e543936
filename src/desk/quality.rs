//! What is each rule worth? What work on its warnings found, with how sure that is.
//!
//! A finding of *confirmed* or *partly* speaks for a rule, *unfounded* against it; *unverified* says
//! nothing. Must not know: who found it.

use crate::desk::Outcome;
use crate::time::Time;
use std::collections::BTreeMap;

/// The 97.5th percentile of the normal distribution: for intervals of 95 %.
const Z: f64 = 1.959_964;
/// A rule costs more than it brings when even the upper end of its precision lies below this.
pub const COSTLY_BELOW: f64 = 0.3;

/// A warning with the findings of its tasks.
#[derive(Clone, Debug)]
pub struct Worked<'a> {
    /// The rule's kind.
    pub kind: &'a str,
    /// When it was raised.
    pub raised_at: Time,
    /// What was found, and when.
    pub found: Vec<(Time, Outcome)>,
}

/// What a rule is worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worth {
    /// Warnings raised.
    pub warnings: usize,
    /// Of those, with a finding that says something.
    pub judged: usize,
    /// Of those, confirmed or partly.
    pub right: usize,
    /// Findings that could not verify.
    pub unverified: usize,
    /// Median days from the warning to the finding.
    pub days: Option<f64>,
}

impl Worth {
    /// The share that was right, with the interval of 95 % (Wilson 1927, JASA 22:158).
    pub fn precision(&self) -> Option<(f64, f64, f64)> {
        if self.judged == 0 {
            return None;
        }
        let n = self.judged as f64;
        let share = self.right as f64 / n;
        let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Some((share, (centre - half).max(0.0), (centre + half).min(1.0)))
    }

    /// Whether it costs more than it brings, as surely as 95 %.
    pub fn is_costly(&self) -> bool {
        self.precision().is_some_and(|(.., high)| high < COSTLY_BELOW)
    }
}

/// By kind. Of several findings on a warning the last that says something counts.
pub fn worth<'a>(warnings: impl Iterator<Item = Worked<'a>>) -> BTreeMap<&'a str, Worth> {
    let mut found: BTreeMap<&str, (Worth, Vec<f64>)> = BTreeMap::new();
    for warning in warnings {
        let (worth, days) = found.entry(warning.kind).or_default();
        worth.warnings += 1;
        let says = |outcome: Outcome| outcome != Outcome::Unverified;
        worth.unverified += warning.found.iter().filter(|(_, outcome)| !says(*outcome)).count();
        let last = warning.found.iter().filter(|(_, outcome)| says(*outcome)).max_by_key(|f| f.0);
        let Some((at, outcome)) = last else { continue };
        worth.judged += 1;
        worth.right += usize::from(*outcome != Outcome::Unfounded);
        days.push(at.hours_since(warning.raised_at) / 24.0);
    }
    found
        .into_iter()
        .map(|(kind, (mut worth, mut days))| {
            days.sort_by(f64::total_cmp);
            worth.days = days.get(days.len() / 2).copied();
            (kind, worth)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(kind: &'static str, found: &[Outcome]) -> Worked<'static> {
        let at = |n: usize| Time((n as i64 + 1) * 86_400_000);
        let found = found.iter().enumerate().map(|(n, outcome)| (at(n), *outcome)).collect();
        Worked { kind, raised_at: Time(0), found }
    }

    #[test]
    fn the_last_finding_that_says_something_counts() {
        use Outcome::{Confirmed as C, Partly as P, Unfounded as U, Unverified as V};
        let all = [
            warning("a", &[U, C]),
            warning("a", &[P, V]),
            warning("a", &[U]),
            warning("a", &[V]),
            warning("a", &[]),
            warning("b", &[]),
        ];
        let worth = worth(all.into_iter());
        let a = &worth["a"];
        assert_eq!((a.warnings, a.judged, a.right, a.unverified), (5, 3, 2, 2));
        assert_eq!(a.days, Some(1.0));
        assert_eq!(worth["b"].precision(), None);
    }

    #[test]
    fn intervals_are_wilsons() {
        // 7 of 10: 0.397 to 0.892 (Wilson score interval, 95 %).
        let worth = Worth { judged: 10, right: 7, ..Worth::default() };
        let (share, low, high) = worth.precision().unwrap();
        assert!((share - 0.7).abs() < 1e-9);
        assert!((low - 0.3968).abs() < 1e-3 && (high - 0.8922).abs() < 1e-3, "{low} {high}");
        assert!(!worth.is_costly());
        assert!(Worth { judged: 40, right: 2, ..Worth::default() }.is_costly());
        assert!(!Worth { judged: 2, right: 0, ..Worth::default() }.is_costly(), "too few to tell");
    }
}
