//! What does a result look like as JSON? One function for each kind, keys as in the contract.

use crate::dispatch::{Task, TaskState};
use crate::engine::Controlled;
use crate::flow::Instance;
use crate::graph::Holder;
use crate::id::{EntityId, EventId};
use crate::risk::{Contribution, Grade, Index};
use crate::sink::Labels;
use crate::succession::{Case, Pair, Sale};
use crate::text::{Evidence, Family, Text};
use crate::warning::Warning;
use serde_json::{Value, json};

/// The threshold of the contract: pairs below it are not written.
pub(super) const CONFIDENCE_MIN: f64 = 0.05;

fn text(text: &Text) -> Value {
    json!({ "zh": text.zh, "en": text.en })
}

fn events(ids: &[EventId]) -> Value {
    ids.iter().map(EventId::as_str).collect()
}

/// Weights are shown with three digits: enough to compare, the same on every machine.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0 + 0.0
}

fn evidence(lines: &[Evidence]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| {
            json!({
                "statement": text(&line.statement),
                "weight": rounded(line.weight),
                "events": events(&line.events),
            })
        })
        .collect()
}

fn codes(entities: &[EntityId], labels: &dyn Labels) -> Value {
    entities.iter().map(|entity| labels.code(*entity)).collect()
}

pub(super) fn warning(warning: &Warning, labels: &dyn Labels, model: &str) -> Value {
    let mut value = json!({
        "id": &*warning.id,
        "kind": &*warning.kind,
        "subject": warning.subject.map(|entity| labels.code(entity)),
        "subjects": codes(&warning.subjects, labels),
        "level": warning.level.word(),
        "state": if warning.open { "open" } else { "withdrawn" },
        "raised_at": warning.raised_at.to_string(),
        "updated_at": warning.updated_at.to_string(),
        "score": rounded(warning.score),
        "summary": text(&warning.summary),
        "evidence": evidence(&warning.evidence),
        "against": evidence(&warning.against),
        "measures": warning.measures.iter().map(|m| &**m).collect::<Vec<&str>>(),
        "model": model,
    });
    if let Some(why) = &warning.withdrawn_because {
        value["withdrawn_because"] = text(why);
    }
    value
}

pub(super) fn pair(pair: &Pair, labels: &dyn Labels) -> Value {
    json!({
        "predecessor": labels.code(pair.predecessor),
        "successor": labels.code(pair.successor),
        "confidence": pair.confidence,
        "level": pair.level.map(crate::text::Level::word),
        "first_seen_at": pair.first_seen_at.to_string(),
        "last_changed_at": pair.last_changed_at.to_string(),
        "families": pair.families.iter().map(|f| f.word()).collect::<Vec<_>>(),
        "gate": gate(&pair.case),
        "evidence": told_by_family(pair),
        "against": evidence(&pair.against),
        "chain": codes(&pair.chain, labels),
    })
}

/// The evidence for, each line with its family and what it is to the gate: beside the contract, for
/// analysts and dossiers.
fn told_by_family(pair: &Pair) -> Vec<Value> {
    let mut lines = evidence(&pair.evidence);
    for (line, origin) in lines.iter_mut().zip(&pair.origins) {
        line["family"] = origin.map(|origin| origin.family.word()).into();
        if let Some(part) = origin.and_then(|origin| origin.part) {
            line["part"] = part.word().into();
        }
    }
    lines
}

/// What the gate looked at: bits of the families before `[scale]`, of the motive and the decline, and
/// what it heeds beside them.
fn gate(case: &Case) -> Value {
    let told = Family::ALL.iter().zip(case.bits).filter(|(_, bits)| *bits != 0.0);
    let bits: serde_json::Map<String, Value> =
        told.map(|(family, bits)| (family.word().to_owned(), bits.into())).collect();
    json!({
        "bits": bits,
        "motive": case.motive,
        "decline": case.decline,
        "sold": match case.sale {
            Sale::No => None,
            Sale::Fittings => Some("fittings"),
            Sale::Paid => Some("paid"),
        },
        "majority": case.majority,
        "grew": case.grew,
    })
}

pub(super) fn index(index: &Index, labels: &dyn Labels, as_of: &str) -> Value {
    json!({
        "uscc": labels.code(index.entity),
        "name": labels.name(index.entity),
        "as_of": as_of,
        "score": index.score,
        "grade": grade(index.grade),
        "contributions": contributions(&index.contributions),
        "vetoes": contributions(&index.vetoes),
    })
}

pub(super) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::A => "A",
        Grade::B => "B",
        Grade::C => "C",
        Grade::D => "D",
    }
}

fn contributions(lines: &[Contribution]) -> Value {
    lines
        .iter()
        .map(|line| {
            json!({
                "indicator": &*line.indicator,
                "points": line.points,
                "events": events(&line.events),
            })
        })
        .collect()
}

pub(super) fn flow(instance: &Instance, labels: &dyn Labels) -> Value {
    json!({
        "id": instance.id,
        "kind": instance.kind.word(),
        "pattern": instance.kind.pattern(),
        "accounts": instance.accounts.iter().map(|a| &**a).collect::<Vec<&str>>(),
        "transfers": instance.transfers.iter().map(|t| &**t).collect::<Vec<&str>>(),
        "first_at": instance.first_at.to_string(),
        "last_at": instance.last_at.to_string(),
        "total_fen": instance.total.0,
        "subjects": codes(&instance.subjects, labels),
        "suspicion": rounded(instance.suspicion),
        "evidence": evidence(&instance.evidence),
        "against": evidence(&instance.against),
    })
}

pub(super) fn control(controlled: &Controlled, labels: &dyn Labels) -> Value {
    let controllers: Vec<Value> = controlled
        .controllers
        .iter()
        .map(|controller| {
            let party = match controller.party {
                Holder::Enterprise(entity) => json!({ "enterprise": labels.code(entity) }),
                Holder::Person(key) => json!({ "person": format!("P:{:032x}", key.0) }),
            };
            json!({
                "party": party,
                "pct": rounded(controller.pct),
                "via": codes(&controller.via, labels),
            })
        })
        .collect();
    json!({ "uscc": labels.code(controlled.entity), "controllers": controllers })
}

pub(super) fn task(task: &Task) -> Value {
    json!({
        "id": &*task.id,
        "warning": &*task.warning,
        "agency": &*task.agency,
        "role": if task.lead { "lead" } else { "partner" },
        "division": &*task.division,
        "level": task.level.word(),
        "ack_due_at": task.ack_due_at.to_string(),
        "judge_due_at": task.judge_due_at.to_string(),
        "state": match task.state {
            TaskState::Dispatched => "dispatched",
            TaskState::Recalled => "recalled",
        },
        "reason": text(&task.reason),
    })
}
