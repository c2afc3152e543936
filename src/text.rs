//! How is it said? Text in Chinese and English, levels, and evidence that can be read aloud.

use crate::id::EventId;
use std::fmt;

/// One statement in both languages.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A statement in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// `; did you mean "…"?` when one of the known names is close, else nothing.
pub fn did_you_mean<'a>(said: &str, known: impl Iterator<Item = &'a str>) -> String {
    let distance = |name: &str| strsim::damerau_levenshtein(&said.to_lowercase(), name);
    let most = said.chars().count().div_ceil(3).max(1);
    let near = known.map(|name| (distance(name), name)).min().filter(|(far, _)| *far <= most);
    near.map_or_else(String::new, |(_, name)| format!("; did you mean \"{name}\"?"))
}

/// The four warning levels, lowest first. By convention (the colours are statutory for disasters
/// only: Emergency Response Law 2024, art. 63), red is the highest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// IV: an early sign.
    Blue,
    /// III: accumulating risk.
    Yellow,
    /// II: strong evidence from several sources.
    Orange,
    /// I: harm is likely and near, or proven on many sides.
    Red,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 4] = [Self::Blue, Self::Yellow, Self::Orange, Self::Red];

    /// The contract's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
        }
    }

    /// The Chinese word, e.g. 红色.
    pub const fn word_zh(self) -> &'static str {
        match self {
            Self::Blue => "蓝色",
            Self::Yellow => "黄色",
            Self::Orange => "橙色",
            Self::Red => "红色",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One line of evidence, for or against. It holds no personal identifier: persons are shown as
/// "the same person", never by name or number.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// What it says.
    pub statement: Text,
    /// How much it counts. The unit is the stage's: bits of log-odds in a succession, points in
    /// an index. Positive speaks for the finding, negative against.
    pub weight: f64,
    /// The events it rests on, sorted, without repeats.
    pub events: Vec<EventId>,
}

/// The nine evidence families of a succession (domain notes B.9), in the contract's order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// 控制: the same persons in control.
    Control,
    /// 场所: the same premises.
    Premises,
    /// 联系: the same phones, e-mail, domain.
    Contact,
    /// 名称: like names.
    Name,
    /// 业务: like business, licences, customers, suppliers.
    Business,
    /// 资产资金: assets and money moved over.
    Assets,
    /// 人员: the same staff.
    Staff,
    /// 行为: the same filing traces.
    Filing,
    /// 时序动机: trouble first, decline of the old, growth of the new.
    Timing,
}

impl Family {
    /// All, in the contract's order.
    pub const ALL: [Self; 9] = [
        Self::Control,
        Self::Premises,
        Self::Contact,
        Self::Name,
        Self::Business,
        Self::Assets,
        Self::Staff,
        Self::Filing,
        Self::Timing,
    ];

    /// The contract's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Premises => "premises",
            Self::Contact => "contact",
            Self::Name => "name",
            Self::Business => "business",
            Self::Assets => "assets",
            Self::Staff => "staff",
            Self::Filing => "filing",
            Self::Timing => "timing",
        }
    }
}
