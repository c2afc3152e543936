//! Which warnings are there, and what do they propose? Rules and measures as data.
//!
//! Invariant: a checked configuration has one rule for a kind, placeholders that are known, and a
//! legal basis for every measure. Must not know: the state of any warning.

use super::trigger::Trigger;
use crate::risk::groups::Signals;
use crate::risk::{Grade, Scale};
use crate::text::{Level, Text};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `rules.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesFile {
    /// The rules; one for a kind.
    pub rule: Vec<RuleFile>,
}

/// One rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Id, for the record.
    pub id: String,
    /// Kind of the warnings that it raises.
    pub kind: Arc<str>,
    /// Whether it is in use.
    pub on: bool,
    /// Days for which a level is held after the findings fell below it, unless a fact that it
    /// rests on was withdrawn, corrected or repaired. 0: lowered at once.
    #[serde(default)]
    pub hold_days: u16,
    /// Days for which a level is kept while the findings are only somewhat below it: long enough
    /// not to flicker, short enough that the way by which the facts came leaves no trace.
    #[serde(default = "a_month")]
    pub keep_days: u16,
    /// What raises it.
    pub trigger: Trigger,
    /// The summary; words in braces are filled in.
    pub summary: TextFile,
    /// Why it is withdrawn when its findings fall.
    pub fallen: TextFile,
}

const fn a_month() -> u16 {
    30
}

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextFile {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// `measures.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuresFile {
    /// The measures, in the order in which they are proposed.
    pub measure: Vec<MeasureFile>,
}

/// A measure that an agency may take; the decision is a person's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureFile {
    /// Id, as in the results.
    pub id: Arc<str>,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// The law that allows it, or the rule that makes it an internal step.
    pub basis: String,
    /// Kinds of warning; `*` at the end stands for any rest.
    pub kinds: Vec<String>,
    /// The levels at which it is proposed.
    pub levels: Vec<Level>,
}

/// Warning rules and measures (`rules.toml`, `measures.toml`), and the names of indicators.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(super) rules: Vec<RuleFile>,
    measures: Vec<MeasureFile>,
    names: BTreeMap<Arc<str>, Text>,
    scale: Scale,
    /// When groups give a systemic signal; rules that heed it do nothing without.
    pub(super) signals: Option<Signals>,
}

/// Placeholders of a summary, all of them: whatever a trigger fills.
pub(super) const PLACEHOLDERS: [&str; 10] = [
    "{name}",
    "{predecessor}",
    "{percent}",
    "{count}",
    "{days}",
    "{reasons}",
    "{amount}",
    "{grade}",
    "{score}",
    "{members}",
];

impl Config {
    /// The configuration of two files. `names`: what the indicators are called, by id; `scale`:
    /// the index's.
    pub fn new(
        rules: RulesFile,
        measures: MeasuresFile,
        names: BTreeMap<Arc<str>, Text>,
        scale: Scale,
    ) -> Self {
        Self {
            rules: rules.rule.into_iter().filter(|rule| rule.on).collect(),
            measures: measures.measure,
            names,
            scale,
            signals: None,
        }
    }

    /// With the bounds from which a group gives a systemic signal.
    #[must_use]
    pub fn heeding(self, signals: Option<Signals>) -> Self {
        Self { signals, ..self }
    }

    /// Whether a rule heeds systemic signals.
    pub(super) fn is_systemic(&self) -> bool {
        self.signals.is_some()
            && self.rules.iter().any(|rule| matches!(rule.trigger, Trigger::Systemic { .. }))
    }

    /// What is wrong with the files, if anything.
    pub fn check(rules: &RulesFile, measures: &MeasuresFile) -> Vec<String> {
        let mut problems = Vec::new();
        let mut kinds = BTreeSet::new();
        for rule in &rules.rule {
            if !kinds.insert(&*rule.kind) {
                problems.push(format!("rules: {}: a second rule for {}", rule.id, rule.kind));
            }
            for text in [&rule.summary.zh, &rule.summary.en] {
                for word in unknown_placeholders(text) {
                    problems.push(format!("rules: {}: unknown placeholder {word}", rule.id));
                }
            }
            problems.extend(
                rule.trigger.check().into_iter().map(|what| format!("rules: {}: {what}", rule.id)),
            );
            for level in Level::ALL {
                let proposed = measures.measure.iter().any(|m| m.fits(&rule.kind, level));
                if !proposed {
                    problems.push(format!("measures: none for {} at {level}", rule.kind));
                }
            }
        }
        let mut ids = BTreeSet::new();
        for measure in &measures.measure {
            if !ids.insert(&*measure.id) {
                problems.push(format!("measures: {} stands twice", measure.id));
            }
            if measure.basis.trim().is_empty() {
                problems.push(format!("measures: {} has no legal basis", measure.id));
            }
        }
        problems
    }

    /// The kinds of warning that there are.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.kind)
    }

    /// The measures that a kind proposes at a level.
    pub(super) fn measures(&self, kind: &str, level: Level) -> Vec<Arc<str>> {
        let fitting = self.measures.iter().filter(|measure| measure.fits(kind, level));
        fitting.map(|measure| measure.id.clone()).collect()
    }

    /// The class of a score without vetoes.
    pub(super) fn grade(&self, score: i32) -> Grade {
        self.scale.grade(score)
    }

    /// What an indicator is called.
    pub(super) fn indicator(&self, id: &str) -> Text {
        self.names.get(id).cloned().unwrap_or_else(|| Text::new(id, id))
    }

    /// The measures by id, for showing them.
    pub fn measure(&self, id: &str) -> Option<&MeasureFile> {
        self.measures.iter().find(|measure| *measure.id == *id)
    }
}

impl MeasureFile {
    fn fits(&self, kind: &str, level: Level) -> bool {
        self.levels.contains(&level)
            && self.kinds.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => kind.starts_with(start),
                None => pattern == kind,
            })
    }
}

fn unknown_placeholders(text: &str) -> Vec<String> {
    let mut rest = text.to_owned();
    for known in PLACEHOLDERS {
        rest = rest.replace(known, "");
    }
    rest.split('{')
        .skip(1)
        .map(|part| format!("{{{}", part.split('}').next().unwrap_or("")))
        .collect()
}

impl TextFile {
    /// The text with its placeholders filled.
    pub(super) fn filled(&self, values: &[(&str, Text)]) -> Text {
        let mut text = self.plain();
        for (word, value) in values {
            text.zh = text.zh.replace(word, &value.zh);
            text.en = text.en.replace(word, &value.en);
        }
        text
    }

    /// The text as it stands.
    pub(super) fn plain(&self) -> Text {
        Text::new(&*self.zh, &*self.en)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::warning) fn shipped() -> (RulesFile, MeasuresFile) {
        let rules = include_str!("../../models/dongfang/2026.1/rules.toml");
        let measures = include_str!("../../models/dongfang/2026.1/measures.toml");
        (toml::from_str(rules).expect("rules"), toml::from_str(measures).expect("measures"))
    }

    #[test]
    fn shipped_files_have_no_fault() {
        let (rules, measures) = shipped();
        assert_eq!(Config::check(&rules, &measures), Vec::<String>::new());
        assert!(rules.rule.len() >= 20);
    }

    #[test]
    fn faults_are_named() {
        let (mut rules, mut measures) = shipped();
        rules.rule[1].kind = rules.rule[0].kind.clone();
        rules.rule[0].summary.en = "{who}".to_owned();
        measures.measure[0].basis = String::new();
        assert_eq!(Config::check(&rules, &measures).len(), 3);
    }
}
