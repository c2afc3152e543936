//! What was an index made of on a past day? The changes of its lines, undone from what stands now.
//!
//! Kept are changes, not whole compositions: most days move one line or two. Invariant: undoing a
//! day's changes gives the lines of the day before, and they add up to the score of that day. Must
//! not know: how an index is computed.

use crate::id::EntityId;
use crate::risk::{Contribution, IndexDelta};
use crate::time::Day;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Days of changes kept of an enterprise: more than a year of daily ones. Older ones are dropped.
const DAYS_MAX: usize = 400;

/// A line of an index: the indicator and its whole points.
pub type Line = (Arc<str>, i32);

/// A line that changed: the indicator, its points before and after.
pub type Moved = (Arc<str>, i32, i32);

/// What an index was made of at the end of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composition {
    /// Its lines, sorted by indicator; none is zero.
    pub lines: Vec<Line>,
    /// What changed on that day, sorted by indicator.
    pub moved: Vec<Moved>,
}

/// The lines that changed on a day: place of the indicator, points before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    day: Day,
    moved: Vec<(u16, i32, i32)>,
}

/// The changes of one index, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Turns {
    kept: VecDeque<Turn>,
    /// The newest day whose changes were dropped.
    dropped: Option<Day>,
}

/// The changes of all indices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lines {
    turns: Vec<Turns>,
    /// The indicators, in the order in which they first changed.
    words: Vec<Arc<str>>,
}

/// Points by indicator.
fn points(lines: &[Contribution]) -> BTreeMap<&Arc<str>, i32> {
    let mut all = BTreeMap::new();
    for line in lines {
        *all.entry(&line.indicator).or_default() += line.points;
    }
    all
}

impl Lines {
    fn place(&mut self, word: &Arc<str>) -> Option<u16> {
        let known = self.words.iter().position(|known| known == word);
        let place = known.unwrap_or_else(|| {
            self.words.push(word.clone());
            self.words.len() - 1
        });
        // A model has hundreds of indicators, not tens of thousands.
        u16::try_from(place).ok()
    }

    /// Takes an index that changed.
    pub(super) fn take(&mut self, delta: &IndexDelta) {
        let before = delta.before.as_ref().map_or(&[][..], |index| index.contributions.as_slice());
        let was = before.iter().map(|line| (&line.indicator, line.points, 0));
        let is = delta.after.contributions.iter().map(|line| (&line.indicator, 0, line.points));
        let mut lines: Vec<(&Arc<str>, i32, i32)> = was.chain(is).collect();
        lines.sort_unstable();
        lines.dedup_by(|next, line| {
            let same = next.0 == line.0;
            if same {
                line.1 += next.1;
                line.2 += next.2;
            }
            same
        });
        let moved = lines.into_iter().filter(|(_, was, is)| was != is);
        let moved = moved.filter_map(|(word, was, is)| Some((self.place(word)?, was, is)));
        let moved: Vec<_> = moved.collect();
        if moved.is_empty() {
            return;
        }
        let entity = delta.after.entity.index();
        if self.turns.len() <= entity {
            self.turns.resize_with(entity + 1, Turns::default);
        }
        self.turns[entity].add(delta.after.as_of, moved);
    }

    /// What an index is made of at the end of a day, given its lines now.
    ///
    /// # Errors
    /// With the first day that can be told, when the changes since then are no longer kept.
    pub fn on(&self, entity: EntityId, now: &[Contribution], day: Day) -> Result<Composition, Day> {
        let nothing = Turns::default();
        let turns = self.turns.get(entity.index()).unwrap_or(&nothing);
        if let Some(first) = turns.first().filter(|first| day < *first) {
            return Err(first);
        }
        let word = |place: u16| self.words[usize::from(place)].clone();
        let mut lines: BTreeMap<Arc<str>, i32> =
            points(now).into_iter().map(|(word, points)| (word.clone(), points)).collect();
        // All that came after the day, the newest first. A switch of the model may have told a day
        // again that had passed: it is undone too.
        let kept = turns.kept.iter().position(|turn| turn.day > day).unwrap_or(turns.kept.len());
        for turn in turns.kept.range(kept..).rev() {
            for (place, was, _) in &turn.moved {
                lines.insert(word(*place), *was);
            }
        }
        let own = kept.checked_sub(1).map(|at| &turns.kept[at]).filter(|turn| turn.day == day);
        let moved = own.map_or(&[][..], |turn| turn.moved.as_slice());
        let mut moved: Vec<Moved> =
            moved.iter().map(|(place, was, is)| (word(*place), *was, *is)).collect();
        moved.sort();
        Ok(Composition {
            lines: lines.into_iter().filter(|(_, points)| *points != 0).collect(),
            moved,
        })
    }

    /// The first day that can be told of an enterprise; none when all can.
    pub fn first(&self, entity: EntityId) -> Option<Day> {
        self.turns.get(entity.index()).and_then(Turns::first)
    }
}

impl Turns {
    fn first(&self) -> Option<Day> {
        self.dropped.map(|day| day.plus(1))
    }

    fn add(&mut self, day: Day, moved: Vec<(u16, i32, i32)>) {
        match self.kept.back_mut().filter(|last| last.day == day) {
            None => self.kept.push_back(Turn { day, moved }),
            Some(last) => {
                for (place, was, is) in moved {
                    match last.moved.iter_mut().find(|known| known.0 == place) {
                        Some(known) => known.2 = is,
                        None => last.moved.push((place, was, is)),
                    }
                }
                last.moved.retain(|(_, was, is)| was != is);
                if last.moved.is_empty() {
                    self.kept.pop_back();
                }
            }
        }
        while self.kept.len() > DAYS_MAX {
            let oldest = self.kept.pop_front().map(|turn| turn.day);
            self.dropped = self.dropped.max(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::{Grade, Index};

    const FIRM: EntityId = EntityId::nth(3);

    fn index(day: i32, lines: &[(&str, i32)]) -> Arc<Index> {
        let line = |(word, points): &(&str, i32)| Contribution {
            indicator: (*word).into(),
            points: *points,
            events: Vec::new(),
        };
        Arc::new(Index {
            entity: FIRM,
            as_of: Day(day),
            score: lines.iter().map(|(_, points)| points).sum(),
            grade: Grade::A,
            contributions: lines.iter().map(line).collect(),
            vetoes: Vec::new(),
            flags: Vec::new(),
        })
    }

    /// Tells a history, and gives it with the last index.
    fn told(history: &[(i32, &[(&str, i32)])]) -> (Lines, Arc<Index>) {
        let mut lines = Lines::default();
        let mut before = None;
        for (day, made) in history {
            let after = index(*day, made);
            let at = after.as_of.start();
            lines.take(&IndexDelta { before, after: after.clone(), at, by_fact: true });
            before = Some(after);
        }
        (lines, before.expect("at least one"))
    }

    fn on(lines: &Lines, now: &Index, day: i32) -> Vec<(String, i32)> {
        let found = lines.on(FIRM, &now.contributions, Day(day)).expect("it is kept");
        found.lines.iter().map(|(word, points)| (word.to_string(), *points)).collect()
    }

    #[test]
    fn each_day_is_made_of_what_was_told_then() {
        let history: [(i32, &[(&str, i32)]); 5] = [
            (10, &[("P01", 40)]),
            (12, &[("P01", 40), ("R02", 30), ("cap:R", -5)]),
            // Two epochs of one day; the first moves a line that the second puts back.
            (20, &[("P01", 10), ("R02", 30)]),
            (20, &[("P01", 40), ("R02", 20)]),
            (31, &[("X01", 7)]),
        ];
        let (lines, now) = told(&history);
        assert!(on(&lines, &now, 9).is_empty());
        for day in [10, 11] {
            assert_eq!(on(&lines, &now, day), [("P01".to_owned(), 40)]);
        }
        let twelfth = [("P01".to_owned(), 40), ("R02".to_owned(), 30), ("cap:R".to_owned(), -5)];
        assert_eq!(on(&lines, &now, 19), twelfth);
        assert_eq!(on(&lines, &now, 20), [("P01".to_owned(), 40), ("R02".to_owned(), 20)]);
        assert_eq!(on(&lines, &now, 99), [("X01".to_owned(), 7)]);
        let found = lines.on(FIRM, &now.contributions, Day(20)).expect("it is kept");
        let moved: Vec<(&str, i32, i32)> =
            found.moved.iter().map(|(word, was, is)| (&**word, *was, *is)).collect();
        assert_eq!(moved, [("R02", 30, 20), ("cap:R", -5, 0)]);
        let between = lines.on(FIRM, &now.contributions, Day(21)).expect("it is kept");
        assert!(between.moved.is_empty(), "nothing changed on that day");
    }

    #[test]
    fn a_day_that_ends_as_it_began_leaves_nothing() {
        let (lines, now) = told(&[(1, &[("P01", 4)]), (2, &[("P01", 9)]), (2, &[("P01", 4)])]);
        let found = lines.on(FIRM, &now.contributions, Day(2)).expect("it is kept");
        assert_eq!((found.lines.len(), found.moved.len()), (1, 0));
    }

    #[test]
    fn what_is_too_long_ago_is_said_to_be() {
        let days = DAYS_MAX as i32 + 10;
        let made: Vec<[(&str, i32); 1]> = (1..=days).map(|day| [("P01", day)]).collect();
        let history: Vec<(i32, &[(&str, i32)])> =
            (1..=days).zip(made.iter().map(|lines| &lines[..])).collect();
        let (lines, now) = told(&history);
        assert_eq!(lines.first(FIRM), Some(Day(11)));
        assert_eq!(lines.on(FIRM, &now.contributions, Day(10)), Err(Day(11)));
        assert_eq!(on(&lines, &now, 11), [("P01".to_owned(), 11)]);
    }
}
