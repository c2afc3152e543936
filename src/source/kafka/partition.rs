//! Where does a partition stand? What was read of it and not handed in yet.
//!
//! Invariant: `next` is behind every record in `items`; a cursor is handed in only together with,
//! or after, every record before it. Must not know: the broker, the inlet.

use crate::event::{Class, Reject};
use crate::source::Original;
use crate::source::live::{Batch, Item, Refusal};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A batch is full at so many bytes of records: large records come in small batches.
const BATCH_BYTES: usize = 4 << 20;

/// One partition that this source reads.
#[derive(Debug)]
pub(super) struct Partition {
    pub(super) topic: Arc<str>,
    pub(super) number: i32,
    /// The offset that is read next.
    pub(super) next: i64,
    /// Where the inlet would go on, as of the last batch that it took.
    pub(super) taken: i64,
    /// The broker was asked to send nothing of it.
    pub(super) paused: bool,
    source: Arc<str>,
    items: Vec<Item>,
    bytes: usize,
    /// When the first of `items` was read.
    since: Option<Instant>,
    /// The position is worth a batch without records.
    tell: bool,
}

impl Partition {
    /// A partition that is read from `next`. `tell`: no cursor tells of it yet.
    pub(super) fn new(topic: Arc<str>, number: i32, next: i64, tell: bool) -> Self {
        let source = cursor_key(&topic, number).into();
        let items = Vec::new();
        let (paused, bytes, since) = (false, 0, None);
        Self { topic, number, next, taken: next, paused, source, items, bytes, since, tell }
    }

    /// A record was read. Returns whether it is new: after a partition is resumed, the broker may
    /// send again what it sent before.
    pub(super) fn reads(&mut self, offset: i64) -> bool {
        let new = offset >= self.next;
        self.next = self.next.max(offset + 1);
        new
    }

    /// Keeps an item until the inlet takes it.
    pub(super) fn push(&mut self, item: Item, bytes: usize) {
        self.items.push(item);
        self.bytes += bytes;
        self.since.get_or_insert_with(Instant::now);
    }

    /// Records from `next` on are gone, or `next` is behind the end: the reading goes on at `low`,
    /// and a dead letter tells it. Returns how many records were lost.
    pub(super) fn jump(&mut self, low: i64, high: i64) -> u64 {
        let (from, lost) = (self.next, low.saturating_sub(self.next).max(0) as u64);
        let rule = if lost > 0 {
            format!(
                "the offsets {from} to {} are no longer in the topic (retention): {lost} records \
                 were not read",
                low - 1
            )
        } else {
            format!(
                "the partition ends at offset {high}, before {from}, to where it was read: it was \
                 made anew or cut, and is read from offset {low} again"
            )
        };
        let original = Original { bytes: Vec::new(), sha256: None };
        let reject = Reject::line(Class::Malformed, rule);
        let read = Err(Refusal { reject, kind: None, original });
        self.push(Item { position: from.max(0) as u64, read }, 0);
        self.next = low;
        lost
    }

    /// Since when a batch is due, if it is: it is full, it has waited long enough, or there is a
    /// position to tell.
    pub(super) fn due(&self, events_max: usize, wait: Duration) -> Option<Instant> {
        match self.since {
            Some(since) => {
                let full = self.items.len() >= events_max || self.bytes >= BATCH_BYTES;
                (full || since.elapsed() >= wait).then_some(since)
            }
            None => self.tell.then(Instant::now),
        }
    }

    /// Whether records wait for their batch.
    pub(super) fn waits(&self) -> bool {
        self.since.is_some()
    }

    /// All that was read, as a batch. It comes back by [`Self::put_back`], or was taken.
    pub(super) fn batch(&mut self) -> Batch {
        Batch {
            source: Arc::clone(&self.source),
            items: std::mem::take(&mut self.items),
            cursors: vec![(self.source.to_string(), self.next.to_string())],
            reply: None,
        }
    }

    /// The inlet had no room.
    pub(super) fn put_back(&mut self, batch: Batch) {
        self.items = batch.items;
    }

    /// The inlet has taken the batch.
    pub(super) fn handed_in(&mut self) {
        (self.taken, self.bytes, self.since, self.tell) = (self.next, 0, None, false);
    }
}

/// The name of a partition: in cursors and as a source.
pub(super) fn cursor_key(topic: &str, partition: i32) -> String {
    format!("kafka:{topic}/{partition}")
}

/// The topic and partition that a cursor's key names, if it is one of Kafka.
pub(super) fn parse_key(key: &str) -> Option<(&str, i32)> {
    let (topic, partition) = key.strip_prefix("kafka:")?.rsplit_once('/')?;
    Some((topic, partition.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(position: u64) -> Item {
        let reject = Reject::line(Class::Malformed, "test");
        let original = Original { bytes: Vec::new(), sha256: None };
        Item { position, read: Err(Refusal { reject, kind: None, original }) }
    }

    const WAIT: Duration = Duration::from_mins(10);

    #[test]
    fn a_batch_carries_the_position_behind_its_records() {
        let mut partition = Partition::new("t/x".into(), 3, 7, false);
        assert_eq!(partition.due(1, WAIT), None);
        for offset in [7, 8, 12] {
            assert!(partition.reads(offset));
            partition.push(item(offset as u64), 10);
        }
        assert!(!partition.reads(8), "sent again after a resume");
        assert_eq!(partition.due(4, WAIT), None);
        assert!(partition.due(3, WAIT).is_some() && partition.due(4, Duration::ZERO).is_some());
        let batch = partition.batch();
        assert_eq!(batch.cursors, [("kafka:t/x/3".to_owned(), "13".to_owned())]);
        assert_eq!(parse_key("kafka:t/x/3"), Some(("t/x", 3)));
        partition.put_back(batch);
        assert_eq!((partition.taken, partition.batch().items.len()), (7, 3));
        partition.handed_in();
        assert_eq!((partition.taken, partition.waits()), (13, false));
    }

    #[test]
    fn large_records_fill_a_batch() {
        let mut partition = Partition::new("t".into(), 0, 0, false);
        partition.push(item(0), BATCH_BYTES);
        assert!(partition.due(1_000, WAIT).is_some());
    }

    #[test]
    fn a_new_position_is_told_once() {
        let mut partition = Partition::new("t".into(), 0, 5, true);
        assert!(partition.due(10, WAIT).is_some());
        assert_eq!(partition.batch().cursors[0].1, "5");
        partition.handed_in();
        assert_eq!(partition.due(10, WAIT), None);
    }

    #[test]
    fn a_jump_is_told_by_a_dead_letter() {
        let mut partition = Partition::new("t".into(), 0, 5, false);
        assert_eq!(partition.jump(9, 20), 4);
        assert_eq!(partition.jump(2, 3), 0);
        let batch = partition.batch();
        let rules: Vec<String> = batch
            .items
            .iter()
            .map(|item| item.read.as_ref().expect_err("a dead letter").reject.to_string())
            .collect();
        assert!(rules[0].contains("offsets 5 to 8") && rules[0].contains("4 records"), "{rules:?}");
        assert!(rules[1].contains("ends at offset 3, before 9"), "{rules:?}");
        assert_eq!(batch.cursors[0].1, "2");
    }
}
