//! What happened to an enterprise, and how did its index go?
//!
//! Monthly reports and payments are no rows here: the graph keeps them as series. Invariant: rows
//! are in the order in which they were learned; one score a day. Must not know: what a fact means.

use crate::engine::Effects;
use crate::entity::Fact;
use crate::event::{Body, EventType};
use crate::graph::concerned;
use crate::id::{EntityId, EventId};
use crate::risk::Grade;
use crate::time::{Day, Time};
use serde::{Deserialize, Serialize};

/// One step of knowledge about an enterprise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// When it was learned.
    pub at: Time,
    /// Event time of the fact.
    pub time: Time,
    /// Its event.
    pub event: EventId,
    /// Its type.
    pub kind: EventType,
    /// Holds from now on, or no longer.
    pub asserts: bool,
    /// The correction or retraction that took it back.
    pub by: Option<EventId>,
}

/// The index at the end of a day on which it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The day.
    pub day: Day,
    /// 0–1000.
    pub score: i16,
    /// Class.
    pub grade: Grade,
}

/// The lives of all enterprises.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lives {
    rows: Vec<Vec<Row>>,
    scores: Vec<Vec<Score>>,
}

fn at<T>(lists: &mut Vec<Vec<T>>, entity: EntityId) -> &mut Vec<T> {
    if lists.len() <= entity.index() {
        lists.resize_with(entity.index() + 1, Vec::new);
    }
    &mut lists[entity.index()]
}

impl Lives {
    /// What happened, in the order in which it was learned.
    pub fn rows(&self, entity: EntityId) -> &[Row] {
        self.rows.get(entity.index()).map_or(&[], Vec::as_slice)
    }

    /// How the index went, oldest first.
    pub fn scores(&self, entity: EntityId) -> &[Score] {
        self.scores.get(entity.index()).map_or(&[], Vec::as_slice)
    }

    /// Takes a fact.
    pub(super) fn fact(&mut self, fact: &Fact) {
        if matches!(fact.event.body, Body::Staff(_) | Body::Activity(_) | Body::Transfer(_)) {
            return;
        }
        let row = Row {
            at: fact.at,
            time: fact.event.time,
            event: fact.event.id.clone(),
            kind: fact.event.kind,
            asserts: fact.asserts(),
            by: (fact.by != fact.event.id).then(|| fact.by.clone()),
        };
        for entity in concerned(fact) {
            at(&mut self.rows, entity).push(row.clone());
        }
    }

    /// Takes the indices that changed.
    pub(super) fn indices(&mut self, effects: &Effects) {
        for delta in &effects.indices {
            let after = &delta.after;
            let score = Score { day: after.as_of, score: after.score as i16, grade: after.grade };
            let scores = at(&mut self.scores, after.entity);
            let unchanged = |last: &Score| (last.score, last.grade) == (score.score, score.grade);
            match scores.last_mut() {
                Some(last) if last.day == score.day => *last = score,
                Some(last) if unchanged(last) => {}
                _ => scores.push(score),
            }
        }
    }
}
