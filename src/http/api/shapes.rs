//! What does an object look like in the API? One type for each, from which the schema is made.
//!
//! Keys and words are those of the result files and messages, so that one object looks the same
//! wherever it is met. Invariant: what a caller's role does not see is left out, not emptied.

use crate::access::{Doing, View};
use crate::desk::Given;
pub(in crate::http) use crate::http::api::worked::{Ruling, Task, task, task_etag};
use crate::id::{EntityId, EventId};
use crate::risk;
use crate::succession;
use crate::text;
use crate::warning;
use serde::Serialize;
use utoipa::ToSchema;

/// A statement in both languages.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Text {
    /// Chinese.
    pub(in crate::http) zh: String,
    /// English.
    pub(in crate::http) en: String,
}

/// A line of evidence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Evidence {
    /// What it says.
    pub(in crate::http) statement: Text,
    /// How much it counts, in the unit of its kind.
    pub(in crate::http) weight: f64,
    /// The events that it rests on, as `source#id`.
    pub(in crate::http) events: Vec<String>,
}

/// A warning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Warning {
    /// Its id.
    pub(in crate::http) id: String,
    /// Its kind, e.g. `vest_switch`.
    pub(in crate::http) kind: String,
    /// The enterprise's code; null for a group.
    pub(in crate::http) subject: Option<String>,
    /// Its name.
    pub(in crate::http) subject_name: Option<String>,
    /// All enterprises concerned that the caller may see.
    pub(in crate::http) subjects: Vec<String>,
    /// GB/T 2260 division.
    pub(in crate::http) division: String,
    /// red, orange, yellow or blue.
    pub(in crate::http) level: String,
    /// open or withdrawn.
    pub(in crate::http) state: String,
    /// When it was raised (event time).
    pub(in crate::http) raised_at: String,
    /// When it last changed (event time).
    pub(in crate::http) updated_at: String,
    /// The score behind it.
    pub(in crate::http) score: f64,
    /// One sentence.
    pub(in crate::http) summary: Text,
    /// Proposed measures, by id.
    pub(in crate::http) measures: Vec<String>,
    /// Why it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) withdrawn_because: Option<Text>,
    /// The model that judged.
    pub(in crate::http) model: String,
    /// What speaks for it. Left out of lists, and for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) evidence: Option<Vec<Evidence>>,
    /// What speaks against it. Left out of lists, and for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) against: Option<Vec<Evidence>>,
    /// The three lines of evidence that count most. Left out for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) reasons: Option<Vec<Text>>,
    /// What the lead's finding did to it; left out before that, and when it rose since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) ruling: Option<Ruling>,
    /// Its tasks. Left out for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) tasks: Option<Vec<Task>>,
}

/// A pair: a suspected succession.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Pair {
    /// `PREDECESSOR..SUCCESSOR`.
    pub(in crate::http) id: String,
    /// The enterprise with the trouble.
    pub(in crate::http) predecessor: String,
    /// Its name.
    pub(in crate::http) predecessor_name: String,
    /// The enterprise that is thought to carry it on.
    pub(in crate::http) successor: String,
    /// Its name.
    pub(in crate::http) successor_name: String,
    /// 0–1.
    pub(in crate::http) confidence: f64,
    /// null when too weak to warn about.
    pub(in crate::http) level: Option<String>,
    /// When it first reached the threshold.
    pub(in crate::http) first_seen_at: String,
    /// When it last changed.
    pub(in crate::http) last_changed_at: String,
    /// Families of evidence.
    pub(in crate::http) families: Vec<String>,
    /// From the first predecessor on.
    pub(in crate::http) chain: Vec<String>,
    /// The last verdict.
    pub(in crate::http) verdict: Option<String>,
    /// Verdicts so far: `version` of the next one.
    pub(in crate::http) version: usize,
    /// What speaks for it, strongest first. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) evidence: Option<Vec<Evidence>>,
    /// What speaks against it, strongest first. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) against: Option<Vec<Evidence>>,
    /// All verdicts. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) verdicts: Option<Vec<Verdict>>,
}

/// A verdict on a pair.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Verdict {
    /// same, different or unsure.
    pub(in crate::http) verdict: String,
    /// When.
    pub(in crate::http) at: String,
    /// The account.
    pub(in crate::http) by: String,
    /// Why.
    pub(in crate::http) reason: String,
}

/// A line of an index.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Contribution {
    /// The indicator.
    pub(in crate::http) indicator: String,
    /// Whole points.
    pub(in crate::http) points: i32,
    /// The events that it rests on.
    pub(in crate::http) events: Vec<String>,
}

/// The index of an enterprise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Index {
    /// As of the end of this day.
    pub(in crate::http) as_of: String,
    /// 0–1000.
    pub(in crate::http) score: i32,
    /// A to D.
    pub(in crate::http) grade: String,
    /// Lines that add up to the score. Left out for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) contributions: Option<Vec<Contribution>>,
    /// Vetoes in force. Left out for viewers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) vetoes: Option<Vec<Contribution>>,
}

pub(in crate::http) fn text(text: &text::Text) -> Text {
    Text { zh: text.zh.clone(), en: text.en.clone() }
}

/// Three digits: enough to compare, the same on every machine.
pub(in crate::http) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0 + 0.0
}

fn events(ids: &[EventId]) -> Vec<String> {
    ids.iter().map(|id| id.as_str().to_owned()).collect()
}

pub(in crate::http) fn evidence(lines: &[text::Evidence]) -> Vec<Evidence> {
    let line = |line: &text::Evidence| Evidence {
        statement: text(&line.statement),
        weight: rounded(line.weight),
        events: events(&line.events),
    };
    lines.iter().map(line).collect()
}

/// What counts most.
fn reasons(lines: &[text::Evidence]) -> Vec<Text> {
    let mut lines: Vec<&text::Evidence> = lines.iter().collect();
    lines.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    lines.iter().take(3).map(|line| text(&line.statement)).collect()
}

/// Codes of those that may be seen.
pub(in crate::http) fn codes(view: &View<'_>, entities: &[EntityId]) -> Vec<String> {
    let seen = entities.iter().filter(|entity| view.sees_enterprise(**entity));
    seen.map(|entity| view.code(*entity)).collect()
}

pub(in crate::http) fn warning(
    view: &View<'_>,
    warning: &warning::Warning,
    whole: bool,
) -> Warning {
    let reads = view.who().may(Doing::ReadReasons);
    let whole = whole && reads;
    Warning {
        id: warning.id.to_string(),
        kind: warning.kind.to_string(),
        subject: warning.subject.map(|entity| view.code(entity)),
        subject_name: warning.subject.map(|entity| view.name(entity)),
        subjects: codes(view, &warning.subjects),
        division: warning.place.division.to_string(),
        level: warning.level.word().into(),
        state: if warning.open { "open" } else { "withdrawn" }.into(),
        raised_at: warning.raised_at.to_string(),
        updated_at: warning.updated_at.to_string(),
        score: rounded(warning.score),
        summary: text(&warning.summary),
        measures: warning.measures.iter().map(ToString::to_string).collect(),
        withdrawn_because: warning.withdrawn_because.as_ref().map(text),
        model: view.model().to_owned(),
        evidence: whole.then(|| evidence(&warning.evidence)),
        against: whole.then(|| evidence(&warning.against)),
        reasons: reads.then(|| reasons(&warning.evidence)),
        ruling: view.ruling(warning).filter(|_| reads).map(|one| Ruling::of(one, warning.level)),
        tasks: reads.then(|| {
            view.tasks_of(&warning.id).iter().map(|seen| task(view, seen, false)).collect()
        }),
    }
}

pub(in crate::http) fn pair(view: &View<'_>, pair: &succession::Pair, whole: bool) -> Pair {
    let verdicts = view.verdicts(pair);
    Pair {
        id: view.pair_id(pair),
        predecessor: view.code(pair.predecessor),
        predecessor_name: view.name(pair.predecessor),
        successor: view.code(pair.successor),
        successor_name: view.name(pair.successor),
        confidence: pair.confidence,
        level: pair.level.map(|level| level.word().into()),
        first_seen_at: pair.first_seen_at.to_string(),
        last_changed_at: pair.last_changed_at.to_string(),
        families: pair.families.iter().map(|family| family.word().into()).collect(),
        chain: pair.chain.iter().map(|entity| view.code(*entity)).collect(),
        verdict: verdicts.last().map(|given| given.verdict.word().into()),
        version: verdicts.len(),
        evidence: whole.then(|| evidence(&pair.evidence)),
        against: whole.then(|| evidence(&pair.against)),
        verdicts: whole.then(|| verdicts.iter().map(verdict).collect()),
    }
}

fn verdict(given: &Given) -> Verdict {
    Verdict {
        verdict: given.verdict.word().into(),
        at: given.at.to_string(),
        by: given.by.account.to_string(),
        reason: given.reason.clone(),
    }
}

pub(in crate::http) fn index(view: &View<'_>, index: &risk::Index, whole: bool) -> Index {
    let whole = whole && view.who().may(Doing::ReadReasons);
    let lines = |lines: &[risk::Contribution]| {
        let line = |line: &risk::Contribution| Contribution {
            indicator: line.indicator.to_string(),
            points: line.points,
            events: events(&line.events),
        };
        lines.iter().map(line).collect()
    };
    Index {
        as_of: index.as_of.to_string(),
        score: index.score,
        grade: index.grade.word().into(),
        contributions: whole.then(|| lines(&index.contributions)),
        vetoes: whole.then(|| lines(&index.vetoes)),
    }
}

/// A token with all but its last characters masked.
pub(in crate::http) fn masked(token: &str) -> String {
    const SHOWN: usize = 4;
    let count = token.chars().count();
    let tail: String = token.chars().skip(count.saturating_sub(SHOWN)).collect();
    if count <= SHOWN * 2 { "****".into() } else { format!("****{tail}") }
}
