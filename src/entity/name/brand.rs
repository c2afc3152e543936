//! How alike are two brands (字号)?

use super::CompanyName;
use crate::entity::script::{edit_similarity_of, likeness, loose_sound, near_shape, sound};

/// How alike, as a level; later ones are stronger.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum BrandLevel {
    /// Nothing that counts.
    Different,
    /// A character in common or alike, of two or three (鹭汀 / 鹭洲): weak.
    Partial,
    /// The same characters in another order (鹭汀 / 汀鹭).
    Reordered,
    /// One character of four or more differs.
    NearEdit,
    /// Every character is equal or looks alike, at least one differs.
    Shape,
    /// Every character is equal or sounds nearly alike (湖/福, 林/宁).
    NearSound,
    /// One contains the other, two characters at least (鹭汀 / 新鹭汀).
    Contains,
    /// The same reading, tones aside (鹭汀 / 露庭).
    Sound,
    /// Equal.
    Exact,
}

/// A comparison of two brands.
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BrandMatch {
    /// Equal.
    pub exact: bool,
    /// The same reading, tones aside.
    pub pinyin: bool,
    /// Like readings in southern speech.
    pub near_pinyin: bool,
    /// Equal or look-alike characters throughout.
    pub shape: bool,
    /// One contains the other.
    pub contains: bool,
    /// Weighted edit similarity, 0 to 1.
    pub edit: f64,
    /// The strongest level that holds.
    pub level: BrandLevel,
}

impl BrandMatch {
    /// One number from 0 to 1 for ranking: 1 exact, at least 0.9 for the same sound.
    pub fn score(&self) -> f64 {
        let floor = match self.level {
            BrandLevel::Exact => 1.0,
            BrandLevel::Sound => 0.9,
            BrandLevel::Contains => 0.8,
            BrandLevel::NearSound | BrandLevel::Shape => 0.75,
            BrandLevel::NearEdit => 0.7,
            BrandLevel::Reordered => 0.65,
            BrandLevel::Partial | BrandLevel::Different => 0.0,
        };
        self.edit.max(floor)
    }
}

/// Compares two folded brands. Symmetric.
pub fn brand_similarity(a: &str, b: &str) -> BrandMatch {
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let exact = x == y && !x.is_empty();
    let paired = |alike: fn(char, char) -> bool| {
        x.len() == y.len()
            && !x.is_empty()
            && x.iter().zip(&y).all(|(p, q)| p == q || alike(*p, *q))
    };
    let pinyin = paired(|p, q| sound(p).is_some() && sound(p) == sound(q));
    let near_pinyin =
        pinyin || paired(|p, q| loose_sound(p).is_some() && loose_sound(p) == loose_sound(q));
    let shape = paired(near_shape);
    let (short, long) = if x.len() <= y.len() { (&x, &y) } else { (&y, &x) };
    let contains = short.len() >= 2 && long.windows(short.len()).any(|w| w == short.as_slice());
    let edit = edit_similarity_of(&x, &y);
    let level = if exact {
        BrandLevel::Exact
    } else if pinyin {
        BrandLevel::Sound
    } else if contains {
        BrandLevel::Contains
    } else if near_pinyin {
        BrandLevel::NearSound
    } else if shape || (paired(|p, q| likeness(p, q) > 0.0) && x.len() >= 2) {
        BrandLevel::Shape
    } else if short.len() >= 4 && edit >= 0.75 {
        BrandLevel::NearEdit
    } else if reordered(&x, &y) {
        BrandLevel::Reordered
    } else if x.iter().any(|p| y.contains(p)) || (edit >= 0.5 && !x.is_empty()) {
        BrandLevel::Partial
    } else {
        BrandLevel::Different
    };
    BrandMatch { exact, pinyin, near_pinyin, shape, contains, edit, level }
}

fn reordered(x: &[char], y: &[char]) -> bool {
    let (mut p, mut q) = (x.to_vec(), y.to_vec());
    p.sort_unstable();
    q.sort_unstable();
    x.len() >= 2 && p == q
}

/// Compares two names by their brands. The brand is found by rule and may be cut wrongly where
/// the industry word is unknown, so a brand also counts as contained when the other name's brand
/// and industry together begin with it.
pub fn match_names(a: &CompanyName, b: &CompanyName) -> BrandMatch {
    let mut found = brand_similarity(&a.brand, &b.brand);
    if found.level < BrandLevel::Contains {
        let within = |brand: &str, other: &CompanyName| {
            brand.chars().count() >= 2 && other.body().starts_with(brand)
        };
        if within(&a.brand, b) || within(&b.brand, a) {
            found.contains = true;
            found.level = BrandLevel::Contains;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn levels() {
        for (a, b, level) in [
            ("鹭汀", "鹭汀", BrandLevel::Exact),
            ("鹭汀", "鹭庭", BrandLevel::Sound),
            ("鹭汀", "新鹭汀", BrandLevel::Contains),
            ("南湖", "兰福", BrandLevel::NearSound),
            ("晴川", "睛川", BrandLevel::Shape),
            ("鹭汀", "汀鹭", BrandLevel::Reordered),
            ("鹭汀", "鹭洲", BrandLevel::Partial),
            ("碧海蓝天", "碧海晴天", BrandLevel::NearEdit),
            ("鹭汀", "甘棠", BrandLevel::Different),
            ("", "", BrandLevel::Different),
        ] {
            assert_eq!(brand_similarity(a, b).level, level, "{a} {b}");
        }
        let (a, b) = (
            CompanyName::parse("海南岫岩建材有限公司"),
            CompanyName::parse("海南岫屏建材有限公司"),
        );
        assert_eq!(match_names(&a, &b).level, BrandLevel::Partial);
    }

    proptest! {
        #[test]
        fn symmetric(a in "[一-丿鹭汀庭]{0,5}", b in "[一-丿鹭汀庭]{0,5}") {
            prop_assert_eq!(brand_similarity(&a, &b), brand_similarity(&b, &a));
            prop_assert!(brand_similarity(&a, &b).score() <= 1.0);
        }
    }
}
