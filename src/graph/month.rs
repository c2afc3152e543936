//! How big was it, month by month? Reports of staff and activity.
//!
//! Three of four events are such reports, so a report is kept as the event itself, in the order
//! of months. Invariant: of several reports of one month the last in canonical order stands.
//! Must not know: what a decline means.

use crate::event::{Activity, Body, Event, Staff};
use crate::id::EventId;
use crate::time::{Month, Time};
use std::sync::Arc;

/// The reports of one kind, by month.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reports {
    #[serde(with = "crate::shared::pairs")]
    reports: Vec<(Month, Arc<Event>)>,
}

impl Reports {
    /// Adds a report; nearly always the newest month. Whether it is that.
    pub(super) fn insert(&mut self, month: Month, event: Arc<Event>) -> bool {
        fn order(month: Month, event: &Event) -> (Month, Time, &EventId) {
            (month, event.time, &event.id)
        }
        let before = |(have, it): &(Month, Arc<Event>)| order(*have, it) < order(month, &event);
        if self.reports.last().is_none_or(before) {
            self.reports.push((month, event));
            return true;
        }
        let at = self.reports.partition_point(before);
        self.reports.insert(at, (month, event));
        false
    }

    /// Takes a report away.
    pub(super) fn remove(&mut self, id: &EventId) {
        self.reports.retain(|(_, event)| event.id != *id);
    }

    /// The oldest month.
    pub fn first_month(&self) -> Option<Month> {
        self.reports.first().map(|(month, _)| *month)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }

    /// The newest month.
    pub fn last_month(&self) -> Option<Month> {
        self.reports.last().map(|(month, _)| *month)
    }

    /// The standing reports of the months in a range, oldest first.
    pub fn between(&self, from: Month, to: Month) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        let start = self.reports.partition_point(|(month, _)| *month < from);
        let end = self.reports.partition_point(|(month, _)| *month <= to).max(start);
        let rows = &self.reports[start..end];
        rows.iter()
            .enumerate()
            .filter(|(at, (month, _))| rows.get(at + 1).is_none_or(|(next, _)| next != month))
            .map(|(_, (_, event))| event)
    }

    /// All standing reports, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        self.between(Month(i32::MIN), Month(i32::MAX))
    }

    /// The standing staff reports of the months in a range, with their events.
    pub fn staff(
        &self,
        from: Month,
        to: Month,
    ) -> impl DoubleEndedIterator<Item = (&Staff, &EventId)> {
        self.between(from, to).filter_map(|event| match &event.body {
            Body::Staff(staff) => Some((&**staff, &event.id)),
            _ => None,
        })
    }

    /// The standing activity reports of the months in a range, with their events.
    pub fn activity(
        &self,
        from: Month,
        to: Month,
    ) -> impl DoubleEndedIterator<Item = (&Activity, &EventId)> {
        self.between(from, to).filter_map(|event| match &event.body {
            Body::Activity(activity) => Some((&**activity, &event.id)),
            _ => None,
        })
    }
}
