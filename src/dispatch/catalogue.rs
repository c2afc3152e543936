//! What does a measure mean: who decides it, what it covers, how long, and how it ends? Data.
//!
//! Invariant: a catalogue that passed [`CatalogueFile::check`] names each measure once, with a legal
//! basis, a scope and a way back. Must not know: which measures were decided.

use super::{Calendar, Term};
use crate::text::Level;
use crate::time::Time;
use serde::Deserialize;
use std::collections::BTreeSet;

/// `models/measures/*.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Its name.
    pub id: String,
    /// The measures.
    pub measure: Vec<MeasureRule>,
}

/// How a measure ends beside its term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// The clock lifts it when its warning falls or a finding closes it.
    WithWarning,
    /// A person lifts it.
    ByHand,
}

/// One measure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRule {
    /// Its id.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Legal basis.
    pub basis: String,
    /// What it covers.
    pub scope: String,
    /// Agencies whose people may decide it; any when empty.
    pub powers: Vec<String>,
    /// Kinds of warning for which it is proposed; `*` at the end stands for any rest.
    pub kinds: Vec<String>,
    /// Levels at which it is proposed.
    pub levels: Vec<Level>,
    /// When it lapses; it is done once without.
    pub term: Option<Term>,
    /// How it ends.
    pub undo: Undo,
    /// How it ends, in words.
    pub undo_how: String,
}

impl CatalogueFile {
    /// The catalogue that comes with the program.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn shipped() -> Self {
        toml::from_str(include_str!("../../models/measures/cn.toml")).expect("read by a test")
    }

    /// What is wrong with it by itself.
    pub fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut ids = BTreeSet::new();
        for measure in &self.measure {
            let id = &measure.id;
            if !ids.insert(id) {
                problems.push(format!("measures: {id} stands twice"));
            }
            for (name, text) in [
                ("zh", &measure.zh),
                ("en", &measure.en),
                ("basis", &measure.basis),
                ("scope", &measure.scope),
                ("undo_how", &measure.undo_how),
            ] {
                if text.trim().is_empty() {
                    problems.push(format!("measures: {id} needs {name}"));
                }
            }
        }
        problems
    }

    /// Powers of agencies that the routing table does not have; `agencies`: those that it has.
    pub fn strangers(&self, agencies: &[super::AgencyFile]) -> Vec<String> {
        let mut strangers = Vec::new();
        for measure in &self.measure {
            let unknown = |power: &&String| agencies.iter().all(|one| one.id != **power);
            for power in measure.powers.iter().filter(unknown) {
                strangers.push(format!("measures: {}: {power} is no agency", measure.id));
            }
        }
        strangers
    }

    /// A measure by its id.
    pub fn measure(&self, id: &str) -> Option<&MeasureRule> {
        self.measure.iter().find(|measure| measure.id == id)
    }

    /// The measures proposed for a kind of warning at a level.
    pub fn proposed(&self, kind: &str, level: Level) -> impl Iterator<Item = &MeasureRule> {
        let fits = move |pattern: &String| super::routing::fits(pattern, kind);
        self.measure
            .iter()
            .filter(move |one| one.levels.contains(&level) && one.kinds.iter().any(fits))
    }
}

impl MeasureRule {
    /// Whether people of an agency may decide it.
    pub fn is_in_power_of(&self, agency: &str) -> bool {
        self.powers.is_empty() || self.powers.iter().any(|power| power == agency)
    }

    /// When it lapses, decided at a moment.
    pub fn until(&self, calendar: &Calendar, start: Time) -> Option<Time> {
        self.term.map(|term| calendar.due(start, term))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::routing::tests::shipped as routing;

    #[test]
    fn shipped_catalogue_has_no_fault_and_the_nine_for_imports() {
        let catalogue = CatalogueFile::shipped();
        assert_eq!(catalogue.check(), Vec::<String>::new());
        assert_eq!(catalogue.strangers(&routing().agency), Vec::<String>::new());
        let nine = catalogue.measure.iter().filter(|one| one.id.starts_with("import_"));
        assert_eq!(nine.count(), 9);
    }

    #[test]
    fn a_higher_level_proposes_no_less() {
        let catalogue = CatalogueFile::shipped();
        let count = |level| catalogue.proposed("import_quality", level).count();
        assert_eq!(Level::ALL.map(count), [0, 2, 6, 9]);
        assert_eq!(catalogue.proposed("veto", Level::Red).count(), 0);
    }

    #[test]
    fn powers_terms_and_faults() {
        let mut catalogue = CatalogueFile::shipped();
        let detain = catalogue.measure("import_detain").expect("one of the nine");
        assert!(detain.is_in_power_of("anti-smuggling") && !detain.is_in_power_of("tax"));
        let calendar = Calendar::default();
        let until = detain.until(&calendar, Time::parse("2026-03-01T10:00:00+08:00").expect("t"));
        assert_eq!(until.expect("a term").to_string(), "2026-04-01T00:00:00+08:00");
        catalogue.measure[0].basis.clear();
        catalogue.measure[1].powers.push("nobody".into());
        assert_eq!(catalogue.check().len(), 1);
        assert_eq!(catalogue.strangers(&routing().agency).len(), 1);
    }
}
