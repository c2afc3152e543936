//! What did a rule find, and is it told well enough? Findings, and the evidence that completes
//! them.
//!
//! Invariant: a finding that leaves here has at least three lines of evidence, each with an event,
//! or it is not told at all. Must not know: rules, levels, what was told before.

use super::book::{Book, Held};
use super::config::Config;
use super::statement::told;
use crate::event::{Body, CaseState, InspectionResult, List, ListState, RepairDecision};
use crate::graph::Graph;
use crate::id::{EntityId, EventId};
use crate::text::{Evidence, Level, Text};
use crate::time::Day;
use std::collections::BTreeSet;

/// Least lines of evidence of a warning.
const LINES_MIN: usize = 3;
/// Most lines of evidence of a warning; the weakest are left out.
const LINES_MAX: usize = 24;
/// Most events named in one line.
const EVENTS_MAX: usize = 40;

/// What rules see.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) book: &'a Book,
    pub(super) graph: &'a Graph,
    pub(super) config: &'a Config,
    pub(super) today: Day,
}

/// What a rule found about a subject or group.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    /// The level that it deserves; `None`: nothing to tell.
    pub(super) level: Option<Level>,
    /// The highest level that it keeps if it had it.
    pub(super) keep: Option<Level>,
    pub(super) score: f64,
    /// All enterprises concerned; sorted on completion.
    pub(super) subjects: Vec<EntityId>,
    /// What the summary's placeholders stand for.
    pub(super) values: Vec<(&'static str, Text)>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) against: Vec<Evidence>,
    /// Time alone may change it: look again on this day.
    pub(super) again: Option<Day>,
}

/// A line of evidence.
pub(super) fn line(statement: Text, weight: f64, mut events: Vec<EventId>) -> Evidence {
    events.sort();
    events.dedup();
    events.truncate(EVENTS_MAX);
    Evidence { statement, weight, events }
}

/// A line that tells a fact.
pub(super) fn fact_line(held: &Held, weight: f64) -> Evidence {
    line(told(&held.event), weight, vec![held.event.id.clone()])
}

/// The same word in both languages: a number, a name.
pub(super) fn same(word: impl Into<String>) -> Text {
    let word = word.into();
    Text::new(word.clone(), word)
}

impl Finding {
    /// A value of a placeholder.
    pub(super) fn value(mut self, word: &'static str, text: Text) -> Self {
        self.values.push((word, text));
        self
    }

    /// Sorts, bounds, and fills up the evidence from the cards of the subjects. `None` when fewer
    /// lines with events can be given than a warning needs.
    pub(super) fn completed(mut self, sight: Sight<'_>) -> Option<Self> {
        self.subjects.sort_unstable();
        self.subjects.dedup();
        self.evidence.retain(|line| !line.events.is_empty());
        self.against.retain(|line| !line.events.is_empty());
        self.evidence.truncate(LINES_MAX);
        self.add_background(sight);
        self.add_general();
        self.add_doubts(sight);
        (self.evidence.len() >= LINES_MIN).then_some(self)
    }

    fn cited(&self) -> BTreeSet<EventId> {
        self.evidence.iter().flat_map(|line| line.events.iter().cloned()).collect()
    }

    /// Facts that stand behind: troubles first, then the registration, then anything else.
    fn add_background(&mut self, sight: Sight<'_>) {
        if self.evidence.len() >= LINES_MIN {
            return;
        }
        let mut cited = self.cited();
        for wanted in [is_trouble, is_registration, is_other] {
            for entity in self.subjects.clone() {
                let facts: Vec<&Held> = sight.book.standing(entity, sight.today).collect();
                for held in facts.into_iter().rev().filter(|held| wanted(&held.event.body)) {
                    if self.evidence.len() >= LINES_MIN {
                        return;
                    }
                    if cited.insert(held.event.id.clone()) {
                        let mut added = fact_line(held, 0.0);
                        let name = sight.book.name(entity);
                        added.statement.zh = format!("背景（{name}）：{}", added.statement.zh);
                        added.statement.en = format!("Background ({name}): {}", added.statement.en);
                        self.evidence.push(added);
                    }
                }
            }
        }
    }

    /// Too little is known for three lines: what is known of the sources themselves.
    fn add_general(&mut self) {
        let cited: Vec<EventId> = self.cited().into_iter().collect();
        if cited.is_empty() || self.evidence.len() >= LINES_MIN {
            return;
        }
        let sources: BTreeSet<&str> = cited.iter().map(EventId::source).collect();
        let sources = sources.into_iter().collect::<Vec<_>>().join("、");
        let of_sources = Text::new(
            format!("信息来源：{sources}"),
            format!("Reported by: {}", sources.replace('、', ", ")),
        );
        let alone = Text::new(
            format!("除上述{}条信息外，暂无该主体的其他登记或监管信息", cited.len()),
            format!("Nothing else is known of it beside these {} events", cited.len()),
        );
        for statement in [of_sources, alone] {
            if self.evidence.len() < LINES_MIN {
                self.evidence.push(line(statement, 0.0, cited.clone()));
            }
        }
    }

    /// What speaks against: honours, repairs, objections to the very facts of the evidence.
    fn add_doubts(&mut self, sight: Sight<'_>) {
        let cited = self.cited();
        let mut seen: BTreeSet<EventId> =
            self.against.iter().flat_map(|line| line.events.iter().cloned()).collect();
        for entity in self.subjects.clone() {
            let facts = sight.book.facts(entity);
            let mut honour: Option<&Held> = None;
            for held in facts {
                let speaks = match &held.event.body {
                    Body::Listing(data) if data.list == List::RedList => {
                        honour = (data.state == ListState::Listed).then_some(held);
                        false
                    }
                    Body::Repair(data) => {
                        data.decision == RepairDecision::Granted && data.effective_on <= sight.today
                    }
                    Body::ObjectionFiled(data) => {
                        data.targets.iter().any(|target| cited.contains(target))
                            && !is_decided(facts, &data.targets)
                    }
                    _ => false,
                };
                if speaks && seen.insert(held.event.id.clone()) {
                    self.against.push(fact_line(held, -1.0));
                }
            }
            if let Some(held) = honour.filter(|held| seen.insert(held.event.id.clone())) {
                self.against.push(fact_line(held, -1.0));
            }
            if self.against.len() >= LINES_MAX {
                self.against.truncate(LINES_MAX);
                return;
            }
        }
    }
}

fn is_decided(facts: &[Held], targets: &[EventId]) -> bool {
    facts.iter().any(|held| match &held.event.body {
        Body::ObjectionDecided(data) => data.targets.iter().any(|target| targets.contains(target)),
        _ => false,
    })
}

/// Facts that count against an enterprise.
pub(super) fn is_trouble(body: &Body) -> bool {
    match body {
        Body::Listing(data) => data.list != List::RedList && data.state == ListState::Listed,
        Body::Penalty(_) | Body::Commitment(_) => true,
        Body::Court(data) => data.state == CaseState::Opened,
        Body::Inspection(data) => data.items.iter().any(|item| item.result != InspectionResult::Ok),
        _ => false,
    }
}

fn is_registration(body: &Body) -> bool {
    matches!(body, Body::Established(_) | Body::Changed(_) | Body::Notice(_) | Body::Ended(_))
}

fn is_other(body: &Body) -> bool {
    !is_trouble(body)
        && !is_registration(body)
        && !matches!(body, Body::Repair(_) | Body::ObjectionFiled(_) | Body::ObjectionDecided(_))
}
