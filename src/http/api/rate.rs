//! How often may one caller ask, and how often is told that nobody was let in? So many times.

use crate::http::problem::{Kind, Problem};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests that each caller has left.
#[derive(Debug)]
pub(in crate::http) struct Rates {
    a_second: f64,
    left: Mutex<FxHashMap<Arc<str>, (f64, Instant)>>,
}

impl Rates {
    /// So many requests a second.
    pub(in crate::http) fn new(a_second: u32) -> Self {
        Self { a_second: f64::from(a_second), left: Mutex::default() }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When none is left.
    pub(in crate::http) fn take(&self, caller: &Arc<str>) -> Result<(), Problem> {
        let now = Instant::now();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        // Callers are accounts and keys: a bounded number.
        let (tokens, last) = left.entry(caller.clone()).or_insert((self.a_second, now));
        let filled = now.duration_since(*last).as_secs_f64().mul_add(self.a_second, *tokens);
        *tokens = filled.min(self.a_second);
        *last = now;
        if *tokens < 1.0 {
            let detail = "ask less often, or follow the stream instead";
            return Err(Problem::new(Kind::RateLimited, detail).again_after(1));
        }
        *tokens -= 1.0;
        Ok(())
    }
}

/// Lines of the audit about failed logins of nobody that is known, in [`WITHIN`]: whoever asks
/// without an account must not fill the disk.
pub(in crate::http) const STRANGERS_MAX: u32 = 30;
/// The same of those for whom the provider vouched.
pub(in crate::http) const VOUCHED_MAX: u32 = 60;
/// See [`STRANGERS_MAX`].
const WITHIN: Duration = Duration::from_mins(1);

/// Failed logins that are told of.
#[derive(Debug)]
pub(in crate::http) struct Strays {
    lines_max: u32,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    since: Option<Instant>,
    lines: u32,
    /// Failed logins since the last line.
    silent: u64,
}

impl Strays {
    /// So many lines, in [`WITHIN`].
    pub(in crate::http) fn new(lines_max: u32) -> Self {
        Self { lines_max, told: Mutex::default() }
    }

    /// Whether one is told of, with how many before it were not.
    pub(in crate::http) fn tell(&self, now: Instant) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.since.is_none_or(|since| now.duration_since(since) >= WITHIN) {
            (told.since, told.lines) = (Some(now), 0);
        }
        if told.lines >= self.lines_max {
            told.silent += 1;
            return None;
        }
        told.lines += 1;
        Some(std::mem::take(&mut told.silent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_logins_are_told_of_up_to_a_bound_and_the_rest_counted() {
        let (strays, now) = (Strays::new(6), Instant::now());
        for _ in 0..6 {
            assert_eq!(strays.tell(now), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(strays.tell(now), None);
        }
        assert_eq!(strays.tell(now + WITHIN), Some(5));
        assert_eq!(strays.tell(now + WITHIN), Some(0));
    }
}
