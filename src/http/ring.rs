//! What was said lately? The newest messages, to be followed from any of them on.
//!
//! Each has a place: the journal epoch and its number within it, the same after a restart.
//! Invariant: whoever follows from a place that the ring still knows gets every later message once
//! and in order; whoever comes too late is told so.

use crate::sink::{Message, Topic};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where a message stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The journal epoch.
    pub epoch: u64,
    /// From 1; 0 stands before the first of the epoch.
    pub number: u32,
}

impl Place {
    /// Reads `EPOCH-NUMBER`.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, number) = text.trim().split_once('-')?;
        Some(Self { epoch: epoch.parse().ok()?, number: number.parse().ok()? })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.epoch, self.number)
    }
}

/// A message as it is followed: thin, the object is read by whoever may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where it stands.
    pub place: Place,
    /// What it is about.
    pub topic: Topic,
    /// The object: a warning's id, a task's id, an enterprise's code, `A..B`.
    pub object: Arc<str>,
}

#[derive(Debug, Default)]
struct Kept {
    said: VecDeque<Said>,
    /// The place of the last message that was dropped, or before which nothing is known.
    floor: Place,
    /// The newest place.
    top: Place,
}

/// The newest messages.
#[derive(Debug)]
pub struct Ring {
    most: usize,
    kept: Mutex<Kept>,
    news: watch::Sender<Place>,
}

/// What there is after a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// These, in order; none when it is the newest.
    Messages(Vec<Said>),
    /// Some after the place are no longer known: read anew and follow from here.
    TooOld(Place),
}

impl Ring {
    /// Keeps so many.
    pub fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default(), news: watch::Sender::new(Place::default()) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing through this epoch is known: the service starts from it.
    pub fn begin(&self, epoch: u64) {
        let mut kept = self.kept();
        let place = Place { epoch, number: u32::MAX };
        (kept.floor, kept.top) = (kept.floor.max(place), kept.top.max(place));
    }

    /// Adds what an epoch said.
    pub fn add(&self, epoch: u64, messages: &[Message]) {
        if messages.is_empty() {
            return;
        }
        let top = {
            let mut kept = self.kept();
            for (message, number) in messages.iter().zip(1..) {
                let place = Place { epoch, number };
                if place <= kept.top {
                    continue;
                }
                let object = message.id.rsplit_once('@').map_or(&*message.id, |(object, _)| object);
                let object = match message.topic {
                    Topic::Index => message.subject.clone(),
                    _ => object.into(),
                };
                kept.said.push_back(Said { place, topic: message.topic, object });
                kept.top = place;
            }
            while kept.said.len() > self.most {
                if let Some(gone) = kept.said.pop_front() {
                    kept.floor = gone.place;
                }
            }
            kept.top
        };
        self.news.send_replace(top);
    }

    /// The newest place.
    pub fn top(&self) -> Place {
        self.kept().top
    }

    /// Told when something is added.
    pub fn news(&self) -> watch::Receiver<Place> {
        self.news.subscribe()
    }

    /// At most so many messages after a place.
    pub fn after(&self, place: Place, most: usize) -> After {
        let kept = self.kept();
        if place < kept.floor || place > kept.top {
            return After::TooOld(kept.top);
        }
        let from = kept.said.partition_point(|said| said.place <= place);
        After::Messages(kept.said.range(from..).take(most).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn messages(count: usize) -> Vec<Message> {
        let message = |at| Message {
            id: format!("w{at}@1").into(),
            topic: Topic::Warning,
            subject: "x".into(),
            time: Time(0),
            data: b"{}".to_vec().into(),
        };
        (0..count).map(message).collect()
    }

    #[test]
    fn nothing_is_lost_or_repeated_from_any_known_place() {
        let ring = Ring::new(10);
        ring.begin(4);
        let mut all = Vec::new();
        for (epoch, count) in [(5, 3), (6, 0), (7, 4), (9, 2)] {
            ring.add(epoch, &messages(count));
            all.extend((1..=count as u32).map(|number| Place { epoch, number }));
        }
        let start = Place { epoch: 4, number: u32::MAX };
        for from in [&[start][..], &all].concat() {
            let After::Messages(said) = ring.after(from, 100) else { panic!("{from} is known") };
            let places: Vec<Place> = said.into_iter().map(|one| one.place).collect();
            let later: Vec<Place> = all.iter().copied().filter(|place| *place > from).collect();
            assert_eq!(places, later, "after {from}");
        }
        ring.add(9, &messages(2));
        assert_eq!(ring.top(), Place { epoch: 9, number: 2 }, "said again, kept once");
        ring.add(10, &messages(9));
        assert!(matches!(ring.after(all[0], 100), After::TooOld(_)), "dropped since");
        let future = Place { epoch: 99, number: 1 };
        assert!(matches!(ring.after(future, 100), After::TooOld(_)), "of another journal");
        assert_eq!(Place::parse("9-2"), Some(Place { epoch: 9, number: 2 }));
        assert_eq!(Place::parse("9"), None);
    }
}
