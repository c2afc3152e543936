//! What would the index be if? One more fact on the last day, judged by the same stages.
//!
//! `repair:EVENT` repairs the credit for a fact, `repair:all` for every fact that the index rests
//! on; `perform:EVENT` pays the fine; `withdraw:EVENT` takes the fact back.

use crate::app::explain::Language;
use crate::app::history::{History, Place};
use crate::app::{Failure, batch, model, progress};
use crate::engine::plain::Plain;
use crate::engine::{Effects, Epoch};
use crate::entity::{Fact, FactOp};
use crate::event::{Body, Event, EventType, Mention, Op, Repair, RepairDecision};
use crate::id::{EntityId, EventId, Uscc};
use crate::model::Model;
use crate::risk::Index;
use crate::source::live::wall_clock;
use crate::text::{Text, did_you_mean};
use crate::time::{Day, Time};
use crate::warning::Warning;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// What is supposed.
enum Supposed {
    Repair(Vec<EventId>),
    Perform(EventId),
    Withdraw(EventId),
}

/// How an enterprise stands, and would stand.
pub(crate) fn find(
    id: &str,
    scenarios: &[String],
    place: &Place,
    named: Option<&str>,
) -> Result<Value, Failure> {
    let bar = progress::Bar::new();
    let options = batch::Options { workers: 2, plain: true, ingested_at: wall_clock() };
    let mut history = History::read(place, options, &bar)?;
    let model = match named {
        Some(named) => model::load(named)?,
        None => Model::load(&history.model).map_err(|error| Failure::Config(error.into()))?,
    };
    let (first, today) =
        history.days().ok_or_else(|| Failure::Data("there are no events".to_owned()))?;
    batch::Progress::days(&bar, u64::try_from(today.since(first) + 1).unwrap_or(0));
    let mut plain = Plain::new(&model.config(history.flow));
    let mut stand = Stand::default();
    for epoch in history.by_ref() {
        stand.note(&epoch);
        stand.take(plain.step(&epoch));
        batch::Progress::day(&bar);
    }
    bar.finish();
    let entity = history
        .entity(id)
        .filter(|entity| stand.indices.contains_key(entity))
        .ok_or_else(|| Failure::Data(format!("no enterprise with an index is called \"{id}\"")))?;
    let before = stand.indices[&entity].clone();
    let open: BTreeMap<Arc<str>, Arc<Warning>> = stand.about(entity);
    for scenario in scenarios {
        let supposed = suppose(scenario, &before, &stand)?;
        for epoch in epochs(&supposed, &mut history, &stand, entity, today)? {
            stand.take(plain.step(&epoch));
        }
    }
    let after = stand.indices[&entity].clone();
    let names = model.stages.risk.names();
    let (code, name) = history.name(entity);
    Ok(json!({
        "uscc": code,
        "name": name,
        "model": model.name(),
        "as_of": today.to_string(),
        "what_if": scenarios,
        "before": shown(&before),
        "after": shown(&after),
        "changes": changes(&before, &after, &names),
        "warnings": stand.warnings(&open),
    }))
}

/// What stands after the last day.
#[derive(Default)]
struct Stand {
    indices: BTreeMap<EntityId, Arc<Index>>,
    warnings: BTreeMap<Arc<str>, Arc<Warning>>,
    /// The facts that hold, by id of the event.
    facts: BTreeMap<EventId, Fact>,
}

impl Stand {
    fn note(&mut self, epoch: &Epoch) {
        for fact in epoch.facts.iter() {
            if matches!(
                fact.event.kind,
                EventType::Transfer | EventType::Staff | EventType::Activity
            ) {
                continue;
            }
            if fact.asserts() {
                self.facts.insert(fact.event.id.clone(), fact.clone());
            } else {
                self.facts.remove(&fact.event.id);
            }
        }
    }

    fn take(&mut self, effects: Effects) {
        for delta in effects.indices {
            self.indices.insert(delta.after.entity, delta.after);
        }
        for delta in effects.warnings {
            self.warnings.insert(delta.warning.id.clone(), delta.warning);
        }
    }

    /// The open warnings about an enterprise.
    fn about(&self, entity: EntityId) -> BTreeMap<Arc<str>, Arc<Warning>> {
        let open = self.warnings.iter().filter(|(_, w)| w.open && w.subject == Some(entity));
        open.map(|(id, warning)| (id.clone(), warning.clone())).collect()
    }

    /// What becomes of warnings that were open.
    fn warnings(&self, before: &BTreeMap<Arc<str>, Arc<Warning>>) -> Vec<Value> {
        let each = before.iter().filter_map(|(id, old)| Some((old, self.warnings.get(id)?)));
        each.map(|(old, new)| {
            json!({
                "id": old.id,
                "kind": old.kind,
                "level": old.level.word(),
                "then": if new.open { new.level.word() } else { "withdrawn" },
            })
        })
        .collect()
    }

    fn fact(&self, id: &str) -> Result<&Fact, Failure> {
        let found = self.facts.iter().find(|(known, _)| known.as_str() == id);
        found.map(|(_, fact)| fact).ok_or_else(|| {
            Failure::Data(format!("no event that holds is called \"{id}\" (source#id)"))
        })
    }
}

fn suppose(scenario: &str, index: &Index, stand: &Stand) -> Result<Supposed, Failure> {
    const KINDS: [&str; 3] = ["repair", "perform", "withdraw"];
    let (kind, id) = scenario.split_once(':').ok_or_else(|| {
        Failure::Data(format!(
            "\"{scenario}\" is none of repair:EVENT, perform:EVENT, withdraw:EVENT"
        ))
    })?;
    let event = || stand.fact(id).map(|fact| fact.event.id.clone());
    match kind {
        "repair" if id == "all" => {
            let bad = index.contributions.iter().filter(|line| line.points > 0);
            let events: BTreeSet<EventId> =
                bad.flat_map(|line| line.events.iter().cloned()).collect();
            Ok(Supposed::Repair(events.into_iter().collect()))
        }
        "repair" => Ok(Supposed::Repair(vec![event()?])),
        "perform" => Ok(Supposed::Perform(event()?)),
        "withdraw" => Ok(Supposed::Withdraw(event()?)),
        other => {
            let hint = did_you_mean(other, KINDS.into_iter());
            Err(Failure::Data(format!("nothing can be supposed by \"{other}\"{hint}")))
        }
    }
}

/// The epochs by which a supposition becomes known on a day.
fn epochs(
    supposed: &Supposed,
    history: &mut History,
    stand: &Stand,
    entity: EntityId,
    today: Day,
) -> Result<Vec<Epoch>, Failure> {
    let at = today.plus(1).start().plus_hours(-1);
    let known = |id: &EventId| stand.fact(id.as_str());
    match supposed {
        Supposed::Repair(targets) => {
            let uscc = Uscc::parse(&history.name(entity).0).map_err(|_| {
                Failure::Data("a repair needs an enterprise with a USCC".to_owned())
            })?;
            let repair = Repair {
                uscc,
                targets: targets.clone(),
                decision: RepairDecision::Granted,
                effective_on: today,
            };
            let event = Event {
                id: EventId::new("urn:vestigo:what-if", "repair"),
                time: at,
                subject: Some(Mention::of(uscc)),
                op: Op::Assert,
                access_basis: None,
                kind: EventType::Repair,
                body: Body::Repair(Box::new(repair)),
            };
            Ok(history.learn(event, today))
        }
        Supposed::Withdraw(id) => Ok(vec![epoch(today, vec![retired(known(id)?, at)])]),
        Supposed::Perform(id) => {
            let old = known(id)?;
            let mut event = Event::clone(&old.event);
            let Body::Penalty(penalty) = &mut event.body else {
                return Err(Failure::Data(format!("\"{}\" is no penalty", id.as_str())));
            };
            penalty.performed_on = Some(today);
            let new = Fact { event: Arc::new(event), op: FactOp::Assert, at, ..old.clone() };
            Ok(vec![epoch(today, vec![retired(old, at), new])])
        }
    }
}

fn retired(fact: &Fact, at: Time) -> Fact {
    Fact { op: FactOp::Retire, at, ..fact.clone() }
}

fn epoch(day: Day, facts: Vec<Fact>) -> Epoch {
    Epoch { day, facts: facts.into(), last: false, save: false }
}

fn shown(index: &Index) -> Value {
    json!({
        "score": index.score,
        "grade": index.grade.word(),
        "vetoes": index.vetoes.iter().map(|veto| &*veto.indicator).collect::<Vec<_>>(),
    })
}

/// The lines of the index that differ, the largest difference first.
fn changes(before: &Index, after: &Index, names: &BTreeMap<Arc<str>, Text>) -> Vec<Value> {
    let mut points: BTreeMap<&Arc<str>, (i32, i32)> = BTreeMap::new();
    for line in &before.contributions {
        points.entry(&line.indicator).or_default().0 = line.points;
    }
    for line in &after.contributions {
        points.entry(&line.indicator).or_default().1 = line.points;
    }
    let mut rows: Vec<_> = points.into_iter().filter(|(_, (old, new))| old != new).collect();
    rows.sort_by_key(|(_, (old, new))| std::cmp::Reverse((old - new).abs()));
    rows.into_iter()
        .map(|(id, (old, new))| {
            let name = names.get(id).cloned().unwrap_or_else(|| Text::new(&**id, &**id));
            json!({ "indicator": id, "zh": name.zh, "en": name.en, "before": old, "after": new })
        })
        .collect()
}

/// The answer on a terminal.
pub(crate) fn tree(found: &Value, language: Language) -> String {
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a String takes all");
    let (before, after) = (&found["before"], &found["after"]);
    line(format!(
        "{} {}  as of {}, if {}",
        word(found, "uscc"),
        word(found, "name"),
        word(found, "as_of"),
        found["what_if"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    ));
    line(format!(
        "├─ index {} → {}, grade {} → {}",
        before["score"],
        after["score"],
        word(before, "grade"),
        word(after, "grade")
    ));
    for change in found["changes"].as_array().into_iter().flatten() {
        let name = word(change, language.key());
        let id = word(change, "indicator");
        line(format!(
            "│  ├─ {id} {name}: {:+} → {:+}",
            as_points(change, "before"),
            as_points(change, "after")
        ));
    }
    for warning in found["warnings"].as_array().into_iter().flatten() {
        let (kind, level, then) =
            (word(warning, "kind"), word(warning, "level"), word(warning, "then"));
        line(format!("├─ warning {kind}: {level} → {then}"));
    }
    out
}

fn as_points(change: &Value, key: &str) -> i64 {
    change[key].as_i64().unwrap_or_default()
}
