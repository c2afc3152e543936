//! What does a dossier say around a finding? Tests, legal hooks and plain words, from a file.
//!
//! Must not know: weights and thresholds, which are the model's.

use crate::model::{FileError, read_toml};
use crate::text::Text;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The file's place, relative to a model's folder.
const BESIDE_MODEL: &str = "../../dossier/cn.toml";

/// All texts of a dossier (`models/dossier/cn.toml`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) test: Vec<TestText>,
    strength: Vec<Strength>,
    pub(super) hook: Vec<HookText>,
    pub(super) lead: Text,
    pub(super) persons: Text,
}

/// A test of the dossier and the families whose evidence it holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestText {
    pub(super) id: String,
    pub(super) mixing: bool,
    pub(super) families: Vec<String>,
    zh: String,
    en: String,
    ask_zh: String,
    ask_en: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strength {
    bits: f64,
    zh: String,
    en: String,
}

/// A provision, and the conditions that evidence may speak to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HookText {
    title_zh: String,
    title_en: String,
    says_zh: String,
    says_en: String,
    pub(super) condition: Vec<ConditionText>,
}

/// One condition of a provision.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionText {
    pub(super) tests: Vec<String>,
    zh: String,
    en: String,
}

impl Texts {
    /// Reads the file beside a model's folder.
    ///
    /// # Errors
    /// With the place in the file.
    pub(super) fn beside(model: &Path) -> Result<Self, FileError> {
        let path: PathBuf = model.join(BESIDE_MODEL);
        let texts: Self = read_toml(&path)?;
        for hook in &texts.hook {
            for test in hook.condition.iter().flat_map(|condition| &condition.tests) {
                if !texts.test.iter().any(|known| known.id == *test) {
                    let why = format!("a condition names the test \"{test}\", which is not there");
                    return Err(FileError::at(&path, "", None, why));
                }
            }
        }
        Ok(texts)
    }

    /// A weight in plain words.
    pub(super) fn strength(&self, bits: f64) -> Text {
        let found = self.strength.iter().find(|strength| bits.abs() >= strength.bits);
        found.map_or_else(|| Text::new("", ""), |found| Text::new(&*found.zh, &*found.en))
    }
}

impl TestText {
    pub(super) fn title(&self) -> Text {
        Text::new(&*self.zh, &*self.en)
    }

    pub(super) fn ask(&self) -> Text {
        Text::new(&*self.ask_zh, &*self.ask_en)
    }
}

impl HookText {
    pub(super) fn title(&self) -> Text {
        Text::new(&*self.title_zh, &*self.title_en)
    }

    pub(super) fn says(&self) -> Text {
        Text::new(&*self.says_zh, &*self.says_en)
    }
}

impl ConditionText {
    pub(super) fn text(&self) -> Text {
        Text::new(&*self.zh, &*self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_reads() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/dongfang/2026.1");
        let texts = Texts::beside(&model).expect("it is valid");
        let mixing = texts.test.iter().filter(|test| test.mixing).count();
        assert_eq!(mixing, 4, "property, business, personnel, premises");
        assert_eq!(texts.strength(-4.5).en, "very strong");
    }
}
