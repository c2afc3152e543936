//! How often may one caller ask? So many requests a second, and as many at once.

use crate::http::problem::{Kind, Problem};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

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
