//! In which order does a city live? The lines of its event files, merged by event time.
//!
//! Within a file the order stays, so that what a feed sent late comes late. What cannot be read
//! keeps its place too: the service tells what is wrong with it. Must not know: who sends them.

use crate::time::Time;
use serde::Deserialize;

/// An event with the time at which it is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Event time, or that of the event before it where a feed was late.
    pub at: Time,
    /// The event as it is sent.
    pub line: String,
}

/// The only part of an event that matters here.
#[derive(Deserialize)]
struct Stamped {
    time: String,
}

/// The lines of one file, each with its time, after `all`.
pub fn add(text: &str, all: &mut Vec<Due>) {
    let mut at = Time(i64::MIN);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let told = serde_json::from_str::<Stamped>(line).ok();
        // What cannot be read is handed in too, with the event before it.
        let told = told.and_then(|stamped| Time::parse(&stamped.time));
        at = at.max(told.unwrap_or(at));
        all.push(Due { at, line: line.to_owned() });
    }
}

/// Puts the lines of several files into the order in which they come.
pub fn merge(all: &mut [Due]) {
    all.sort_by_key(|due| due.at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_feed_sent_late_comes_late() {
        let event = |time: &str| format!(r#"{{"time":"2026-03-{time}T00:00:00+08:00"}}"#);
        let (first, second, third) = (event("01"), event("02"), event("03"));
        let mut all = Vec::new();
        add(&format!("{third}\n{first}\n\nno event\n"), &mut all);
        add(&second, &mut all);
        merge(&mut all);
        let lines: Vec<&str> = all.iter().map(|due| due.line.as_str()).collect();
        assert_eq!(lines, [second.as_str(), third.as_str(), first.as_str(), "no event"]);
    }
}
