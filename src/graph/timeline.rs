//! What held when? The values of one registered item over valid time.
//!
//! Invariant: entries are sorted by the day from which they hold; of two of the same day the one
//! inserted later stands. Must not know: what the item is.

use crate::id::EventId;
use crate::time::Day;

/// A value from a day on.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Dated<T> {
    /// First day; [`Timeline::UNKNOWN`] when only the end is known.
    pub from: Day,
    /// The value.
    pub value: T,
    /// The event that says so.
    pub event: EventId,
}

/// A value with the interval in which it held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span<'a, T> {
    /// The value.
    pub value: &'a T,
    /// First day.
    pub from: Day,
    /// First day on which it no longer held; `None` while it holds.
    pub until: Option<Day>,
    /// The event that brought it.
    pub event: &'a EventId,
}

/// All values of one item.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Timeline<T> {
    entries: Vec<Dated<T>>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// Stands for "since before anything is known".
    pub const UNKNOWN: Day = Day(-1_000_000);

    /// Adds a value that holds from a day on.
    pub(super) fn insert(&mut self, from: Day, value: T, event: EventId) {
        let at = self.entries.partition_point(|entry| entry.from <= from);
        self.entries.insert(at, Dated { from, value, event });
    }

    /// Adds the value before a change, unless an earlier one is known.
    pub(super) fn insert_before(&mut self, from: Day, value: T, event: EventId) {
        if self.entries.first().is_none_or(|entry| entry.from >= from) {
            self.entries.insert(0, Dated { from: Self::UNKNOWN, value, event });
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The latest value.
    pub fn current(&self) -> Option<&T> {
        self.entries.last().map(|entry| &entry.value)
    }

    /// The latest value, with its day and event.
    pub fn latest(&self) -> Option<&Dated<T>> {
        self.entries.last()
    }

    /// The value on a day.
    pub fn on(&self, day: Day) -> Option<&Dated<T>> {
        self.entries[..self.entries.partition_point(|entry| entry.from <= day)].last()
    }

    /// The value just before a day.
    pub fn before(&self, day: Day) -> Option<&Dated<T>> {
        self.entries[..self.entries.partition_point(|entry| entry.from < day)].last()
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> &[Dated<T>] {
        &self.entries
    }

    /// All values with their intervals, oldest first. Of several of the same day only the last
    /// has an interval.
    pub fn spans(&self) -> impl Iterator<Item = Span<'_, T>> {
        self.entries.iter().enumerate().filter_map(|(at, entry)| {
            let until = self.entries.get(at + 1).map(|next| next.from);
            (until != Some(entry.from)).then_some(Span {
                value: &entry.value,
                from: entry.from,
                until,
                event: &entry.event,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_knowledge_of_an_early_change_is_no_news() {
        let mut names = Timeline::default();
        let event = |id| EventId::new("t", id);
        names.insert(Day(100), "new", event("2"));
        names.insert_before(Day(100), "old", event("2"));
        names.insert(Day(50), "middle", event("3"));
        assert_eq!(names.current(), Some(&"new"));
        assert_eq!(names.on(Day(60)).map(|d| d.value), Some("middle"));
        let spans: Vec<_> = names.spans().map(|s| (*s.value, s.until)).collect();
        assert_eq!(spans, [("old", Some(Day(50))), ("middle", Some(Day(100))), ("new", None)]);
    }
}
