//! What does an epoch say? The effects of one journal epoch as messages.
//!
//! Invariant: the messages are a function of the epoch: several changes of one object within it
//! are one message of its last state, and `<object>@<epoch>` is its id. Causes come before what
//! follows from them. Must not know: what was said before.

use crate::dispatch::Task;
use crate::engine::Effects;
use crate::id::EntityId;
use crate::risk::{Grade, IndexDelta};
use crate::sink::dead_letters::letter_id;
use crate::sink::message::{Message, Topic};
use crate::sink::{DeadLetter, Labels, folder, json};
use crate::succession::PairDelta;
use crate::time::Time;
use crate::warning::WarningDelta;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One journal epoch.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its sequence number.
    pub epoch: u64,
    /// When it was handed on, as its header says: the time of its dead letters.
    pub at: Time,
    /// The effects of its engine epochs, in order.
    pub effects: &'a [Effects],
    /// The records that it rejected, in order.
    pub dead: &'a [DeadLetter],
}

/// The messages of one journal epoch.
pub fn messages(told: Told<'_>, labels: &dyn Labels, model: &str) -> Vec<Message> {
    let voice = Voice { epoch: told.epoch, labels, model };
    let effects = told.effects;
    let mut said = Vec::new();
    said.extend(indices(effects).iter().map(|(before, after)| voice.index(*before, after)));
    said.extend(pairs(effects).values().map(|told| voice.pair(told)));
    said.extend(warnings(effects).values().map(|told| voice.warning(told)));
    let tasks = tasks(effects);
    said.extend(tasks.values().map(|(task, at)| voice.task(task, *at)));
    let dead = told.dead.iter().zip(1..);
    said.extend(dead.map(|(letter, number)| voice.dead_letter(letter, number, told.at)));
    said
}

/// The last state of an object in the epoch, and what it was before the epoch.
struct Change<'a, D, B> {
    last: &'a D,
    before: B,
}

type Warnings<'a> = BTreeMap<&'a str, Change<'a, WarningDelta, Option<crate::text::Level>>>;
type Pairs<'a> = BTreeMap<(EntityId, EntityId), Change<'a, PairDelta, Option<crate::text::Level>>>;

fn warnings(effects: &[Effects]) -> Warnings<'_> {
    let mut told = Warnings::new();
    for delta in effects.iter().flat_map(|effects| &effects.warnings) {
        let before = delta.level_before;
        told.entry(&delta.warning.id).or_insert(Change { last: delta, before }).last = delta;
    }
    told
}

/// Pairs at or above the threshold, and those that the stage reports once more as they fall.
fn pairs(effects: &[Effects]) -> Pairs<'_> {
    let mut told = Pairs::new();
    for delta in effects.iter().flat_map(|effects| &effects.pairs) {
        let key = (delta.pair.predecessor, delta.pair.successor);
        let before = delta.level_before;
        told.entry(key).or_insert(Change { last: delta, before }).last = delta;
    }
    told
}

/// The standing of an enterprise about which nothing is known.
const UNKNOWN: (i32, Grade) = (0, Grade::A);

/// Indices whose score or grade is another than before the epoch, with those from before.
fn indices(effects: &[Effects]) -> Vec<((i32, Grade), &IndexDelta)> {
    let mut told: BTreeMap<EntityId, ((i32, Grade), &IndexDelta)> = BTreeMap::new();
    for delta in effects.iter().flat_map(|effects| &effects.indices) {
        let before = delta.before.as_ref().map_or(UNKNOWN, |index| (index.score, index.grade));
        told.entry(delta.after.entity).or_insert((before, delta)).1 = delta;
    }
    told.retain(|_, (before, delta)| *before != (delta.after.score, delta.after.grade));
    told.into_values().collect()
}

/// Tasks, each with the time of the change of its warning, else of its day.
fn tasks(effects: &[Effects]) -> BTreeMap<&str, (&Task, Time)> {
    let mut told = BTreeMap::new();
    for effects in effects {
        for task in &effects.tasks {
            let mut warnings = effects.warnings.iter().map(|delta| &delta.warning);
            let at = warnings.find(|warning| warning.id == task.warning);
            let at = at.map_or_else(|| effects.day.start(), |warning| warning.updated_at);
            told.insert(&*task.id, (task, at));
        }
    }
    told
}

struct Voice<'a> {
    epoch: u64,
    labels: &'a dyn Labels,
    model: &'a str,
}

impl Voice<'_> {
    fn message(
        &self,
        topic: Topic,
        object: &str,
        subject: &str,
        time: Time,
        data: &Value,
    ) -> Message {
        Message {
            id: format!("{object}@{}", self.epoch).into(),
            topic,
            subject: if subject.is_empty() { object } else { subject }.into(),
            time,
            data: serde_json::to_vec(data).expect("a JSON value is JSON").into(),
        }
    }

    /// How an enterprise is called in ids: its USCC, else its number in the journal. ASCII, since
    /// ids travel in headers, and unlike a name never that of two.
    fn handle(&self, entity: EntityId) -> String {
        const USCC_CHARS: usize = 18;
        let code = self.labels.code(entity);
        let uscc = code.len() == USCC_CHARS && code.bytes().all(|b| b.is_ascii_alphanumeric());
        if uscc { code } else { format!("e{}", entity.index()) }
    }

    fn index(&self, before: (i32, Grade), delta: &IndexDelta) -> Message {
        let after = &delta.after;
        // A late fact changes the index of today, not that of its own day.
        let at = delta.at.max(after.as_of.start());
        let mut data = json::index(after, self.labels, &at.to_string());
        data["score_before"] = json!(before.0);
        data["grade_before"] = json!(json::grade(before.1));
        let code = self.labels.code(after.entity);
        self.message(Topic::Index, &self.handle(after.entity), &code, at, &data)
    }

    fn pair(&self, told: &Change<'_, PairDelta, Option<crate::text::Level>>) -> Message {
        let pair = &told.last.pair;
        let mut data = json::pair(pair, self.labels);
        data["level_before"] = json!(told.before.map(crate::text::Level::word));
        let object = format!("{}..{}", self.handle(pair.predecessor), self.handle(pair.successor));
        let subject = self.labels.code(pair.successor);
        self.message(Topic::Succession, &object, &subject, pair.last_changed_at, &data)
    }

    fn warning(&self, told: &Change<'_, WarningDelta, Option<crate::text::Level>>) -> Message {
        let warning = &told.last.warning;
        let mut data = json::warning(warning, self.labels, self.model);
        data["level_before"] = json!(told.before.map(crate::text::Level::word));
        let subject = warning.subject.map_or_else(String::new, |entity| self.labels.code(entity));
        self.message(Topic::Warning, &warning.id, &subject, warning.updated_at, &data)
    }

    fn task(&self, task: &Task, at: Time) -> Message {
        self.message(Topic::Task, &task.id, &task.warning, at, &json::task(task))
    }

    fn dead_letter(&self, letter: &DeadLetter, number: u32, at: Time) -> Message {
        let id = letter_id(self.epoch, number);
        let mut data = folder::dead_letter(letter);
        data["id"] = json!(id);
        data["at"] = json!(at.to_string());
        self.message(Topic::DeadLetter, &id, &letter.source_file, at, &data)
    }
}
