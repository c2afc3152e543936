//! How big was it, month by month? Reports of staff and activity.
//!
//! Three of four events are such reports, so a report is kept as the event itself, in the order
//! of months. Invariant: of several reports of one month the last in canonical order stands that
//! tells the size; other feeds report other things of the month.
//! Must not know: what a decline means.

use crate::event::{Activity, Body, Event, Staff};
use crate::id::EventId;
use crate::time::{Month, Time};
use std::ops::Range;
use std::sync::Arc;

/// The reports of one kind, by month.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reports {
    #[serde(with = "crate::shared::pairs")]
    reports: Vec<(Month, Arc<Event>)>,
    /// Of each report, what it says of the size; see [`size`].
    sizes: Vec<u64>,
}

/// Growth to another size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surge {
    /// The month in which it began.
    pub month: Month,
    /// The report that shows it.
    pub event: EventId,
}

/// Insured staff, or revenue in fen; unknown where the report does not tell it.
fn size(event: &Event) -> u64 {
    match &event.body {
        Body::Staff(staff) => u64::from(staff.headcount),
        Body::Activity(activity) => {
            activity.revenue_fen.map_or(UNKNOWN, |fen| u64::try_from(fen.0).unwrap_or(0))
        }
        _ => UNKNOWN,
    }
}

/// No size.
const UNKNOWN: u64 = u64::MAX;

impl Reports {
    /// Adds a report; nearly always the newest month. Whether it is that.
    pub(super) fn insert(&mut self, month: Month, event: Arc<Event>) -> bool {
        fn order(month: Month, event: &Event) -> (Month, Time, &EventId) {
            (month, event.time, &event.id)
        }
        let before = |(have, it): &(Month, Arc<Event>)| order(*have, it) < order(month, &event);
        let says = size(&event);
        if self.reports.last().is_none_or(before) {
            self.reports.push((month, event));
            self.sizes.push(says);
            return true;
        }
        let at = self.reports.partition_point(before);
        self.reports.insert(at, (month, event));
        self.sizes.insert(at, says);
        false
    }

    /// Takes a report away.
    pub(super) fn remove(&mut self, id: &EventId) {
        while let Some(at) = self.reports.iter().position(|(_, event)| event.id == *id) {
            self.reports.remove(at);
            self.sizes.remove(at);
        }
    }

    /// When an enterprise grew: within three reports to at least `least`, and `ratio` times more
    /// than in any month before these; of those at least `known` must be known, `silent` of them
    /// without a report because there was nothing to report. A season that comes again is no growth.
    pub fn surges(&self, known: usize, silent: usize, least: u64, ratio: f64) -> Vec<Surge> {
        let mut found = Vec::new();
        // The last reports, newest last, and the most of the `before` months before these.
        let mut recent: [Option<(usize, u64)>; 3] = [None; 3];
        let (mut before, mut most) = (0, 0);
        for (at, says) in self.standing(0..self.reports.len()) {
            if let Some((_, left)) = recent[0] {
                before += 1;
                most = left.max(most);
            }
            recent = [recent[1], recent[2], Some((at, says))];
            let enough = says >= least && says as f64 >= ratio * (most as f64).max(1.0);
            if !enough || before + silent < known {
                continue;
            }
            let rise = recent.into_iter().flatten().find(|(_, size)| *size > most);
            let (month, _) = &self.reports[rise.map_or(at, |(at, _)| at)];
            found.push(Surge { month: *month, event: self.reports[at].1.id.clone() });
            most = says;
        }
        found
    }

    /// The place and the size of the report that stands of each month, among these, oldest first.
    fn standing(&self, among: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, u64)> {
        let stands = |at: &usize| {
            let (month, size) = (self.reports[*at].0, self.sizes[*at]);
            let of_month = self.reports[at + 1..].iter().take_while(|(next, _)| *next == month);
            size != UNKNOWN
                && (at + 1..).zip(of_month).all(|(later, _)| self.sizes[later] == UNKNOWN)
        };
        among.filter(stands).map(|at| (at, self.sizes[at]))
    }

    /// In how many months before one there are reports.
    pub fn months_before(&self, month: Month) -> usize {
        let before = self.reports.partition_point(|(known, _)| *known < month);
        self.reports[..before].chunk_by(|a, b| a.0 == b.0).count()
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
        self.standing(start..end).map(|(at, _)| &self.reports[at].1)
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
