//! What is it called, and how is it reached? Company names, person names, phones and mail, and
//! their variations.
//!
//! Must not know: why a variation is made.

use super::prng::Chance;
use super::words::{
    ALIKE, BRAND, BRAND_HEADS, BRAND_NUMBERS, BRAND_TAILS, GIVEN, RARE_SURNAMES, SURNAMES,
    characters,
};

/// A company name in its parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) region: &'static str,
    pub(crate) brand: String,
    pub(crate) trade: String,
    pub(crate) form: &'static str,
    /// Region in brackets behind the brand instead of in front.
    pub(crate) bracketed: bool,
}

impl Name {
    /// The full name.
    pub(crate) fn full(&self) -> String {
        if self.bracketed {
            format!("{}（{}）{}{}", self.brand, self.region, self.trade, self.form)
        } else {
            format!("{}{}{}{}", self.region, self.brand, self.trade, self.form)
        }
    }
}

/// The character lists, made once.
#[derive(Clone, Debug)]
pub(crate) struct Lexicon {
    brand: Vec<char>,
    surnames: Vec<char>,
    rare: Vec<&'static str>,
    given: Vec<char>,
}

impl Lexicon {
    pub(crate) fn new() -> Self {
        Self {
            brand: characters(BRAND),
            surnames: characters(SURNAMES),
            rare: RARE_SURNAMES.split_whitespace().collect(),
            given: characters(GIVEN),
        }
    }

    /// A brand word of two to four characters: mostly of fashionable single ones, else a family's
    /// name, a number, or a word with a head or a tail.
    pub(crate) fn brand(&self, chance: &mut Chance) -> String {
        match chance.below(20) {
            0..10 => self.word(chance, 2),
            10..13 => self.word(chance, 3),
            13..14 => self.word(chance, 4),
            14 => format!("{}{}", self.surname(chance), chance.pick(&BRAND_TAILS[..6])),
            15 => format!("{}{}", chance.pick(&BRAND_HEADS), self.surname(chance)),
            16 => format!("{}{}", self.word(chance, 2), chance.pick(&BRAND_TAILS)),
            17 => format!("{}{}", chance.pick(&BRAND_HEADS), self.word(chance, 2)),
            18 => format!("{}{}", chance.pick(&BRAND_NUMBERS), self.word(chance, 1)),
            _ => format!("{}{}", self.word(chance, 1), self.given(chance)),
        }
    }

    /// Different characters, the fashionable often.
    fn word(&self, chance: &mut Chance, length: usize) -> String {
        let mut word = String::new();
        while word.chars().count() < length {
            let c = self.brand[chance.skewed(self.brand.len(), 1.5)];
            if !word.contains(c) {
                word.push(c);
            }
        }
        word
    }

    /// A surname: the frequent ones often, the rare ones sometimes.
    pub(crate) fn surname(&self, chance: &mut Chance) -> String {
        if chance.chance(0.08) {
            return (*chance.pick(&self.rare)).to_owned();
        }
        self.surnames[chance.skewed(self.surnames.len(), 2.2)].to_string()
    }

    /// A given name of one or two characters.
    pub(crate) fn given(&self, chance: &mut Chance) -> String {
        let count = if chance.chance(0.8) { 2 } else { 1 };
        (0..count).map(|_| self.given[chance.skewed(self.given.len(), 1.4)]).collect()
    }

    /// A brand word near another: a character alike, changed, added or dropped, turned round, a
    /// head or a tail put on, or a part kept before a new end.
    pub(crate) fn near(&self, chance: &mut Chance, brand: &str) -> String {
        let mut word: Vec<char> = brand.chars().collect();
        match chance.below(9) {
            0 if word.len() > 1 => word.reverse(),
            1 => word.insert(0, '新'),
            2 => word.push(*chance.pick(&['盛', '源', '悦', '汇', '海'])),
            3 if word.len() > 2 => {
                word.remove(chance.below(word.len()));
            }
            4 => {
                let at = chance.below(word.len());
                word[at] = *chance.pick(&self.brand);
            }
            5 => word.extend(chance.pick(&BRAND_TAILS).chars()),
            6 => word = chance.pick(&BRAND_HEADS).chars().chain(word).collect(),
            7 if word.len() > 2 => {
                word.truncate(2);
                word.push(*chance.pick(&self.brand));
            }
            _ => {
                let at = chance.below(word.len());
                let group = ALIKE.iter().find(|group| group.contains(word[at]));
                let options: Vec<char> = group.map_or_else(
                    || self.brand.clone(),
                    |g| g.chars().filter(|c| *c != word[at]).collect(),
                );
                word[at] = *chance.pick(&options);
            }
        }
        let near: String = word.into_iter().collect();
        if near == brand { format!("新{near}") } else { near }
    }
}

/// A phone: eleven digits of a mobile, or eight of a landline of 0898.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phone(pub(crate) u64);

impl Phone {
    pub(crate) fn mobile(chance: &mut Chance) -> Self {
        const HEADS: [u64; 8] = [130, 136, 138, 139, 150, 176, 186, 189];
        Self(chance.pick(&HEADS) * 100_000_000 + chance.below(100_000_000) as u64)
    }

    pub(crate) fn landline(chance: &mut Chance) -> Self {
        Self(25_000_000 + chance.below(999_999) as u64)
    }

    /// The number with one digit wrong.
    pub(crate) fn mistyped(self, chance: &mut Chance) -> Self {
        let place = 10_u64.pow(chance.below(6) as u32);
        let digit = self.0 / place % 10;
        let other = (digit + chance.range(1, 9) as u64) % 10;
        Self(self.0 - digit * place + other * place)
    }

    /// The number as text; style 0 is plain, others are the ways people write.
    pub(crate) fn text(self, style: u8) -> String {
        let digits = self.0.to_string();
        if self.0 < 100_000_000 {
            return match style % 5 {
                1 => format!("0898{digits}"),
                2 => format!("（0898）{digits}"),
                3 => format!("0898 {} {}", &digits[..4], &digits[4..]),
                4 => format!("+86-898-{digits}"),
                _ => format!("0898-{digits}"),
            };
        }
        match style % 5 {
            1 => format!("+86 {} {} {}", &digits[..3], &digits[3..7], &digits[7..]),
            2 => format!("{}-{}-{}", &digits[..3], &digits[3..7], &digits[7..]),
            3 => format!("0086{digits}"),
            4 => digits.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap_or(c)).collect(),
            _ => digits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_differ_but_little() {
        let (lexicon, mut chance) = (Lexicon::new(), Chance::new(3, 3));
        for _ in 0..500 {
            let brand = lexicon.brand(&mut chance);
            let near = lexicon.near(&mut chance, &brand);
            assert_ne!(near, brand);
            assert!(near.chars().any(|c| brand.contains(c)) || brand.chars().count() == 1);
        }
    }
}
