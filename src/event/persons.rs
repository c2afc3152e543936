//! Which person, without saying who? Numbers become keyed pseudonyms; originals are masked.
//!
//! Invariant: nothing that leaves this file holds a clear number. The key is handed in.

use crate::event::seal::SEALED;
use crate::id::{CitizenId, IdFault, PersonKey, Uscc, normalise_number};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::borrow::Cow;
use std::ops::Range;

/// Makes pseudonyms under one key: the first 128 bits of HMAC-SHA-256.
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
    /// Whether a sealed number is taken for its pseudonym.
    reopens: bool,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(…)")
    }
}

impl Pseudonyms {
    /// Pseudonyms under a secret key.
    pub fn new(key: &[u8]) -> Self {
        let keyed = Hmac::new_from_slice(key).expect("HMAC takes a key of any length");
        Self { keyed, reopens: false }
    }

    /// The same, for events that were sealed before: a sealed number is its pseudonym. Feeds must
    /// not be read so: they could name anyone.
    pub(crate) fn reopening(self) -> Self {
        Self { reopens: true, ..self }
    }

    /// The pseudonym of a citizen id number or of `passport:<country>:<number>`.
    ///
    /// # Errors
    /// When the number is of the wrong form or fails its check.
    pub fn of_number(&self, raw: &str) -> Result<PersonKey, IdFault> {
        if let Some(sealed) = raw.strip_prefix(SEALED).filter(|_| self.reopens) {
            return u128::from_str_radix(sealed, 16).map(PersonKey).map_err(|_| IdFault::Form);
        }
        let normal = normalise_number(raw);
        if let Some(passport) = normal.strip_prefix("PASSPORT:") {
            let (country, number) = passport.split_once(':').ok_or(IdFault::Form)?;
            let country_fits =
                (2..=3).contains(&country.len()) && country.bytes().all(|b| b.is_ascii_uppercase());
            let number_fits = (4..=20).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_alphanumeric());
            if !country_fits || !number_fits {
                return Err(IdFault::Form);
            }
            return Ok(self.key_of(&[b"passport:", passport.as_bytes()]));
        }
        let number = CitizenId::parse(&normal)?;
        Ok(self.key_of(&[b"cn:", number.secret_bytes()]))
    }

    /// The pseudonym of a feed's own reference (`P:` and 64 hex digits): comparable only within
    /// that source.
    ///
    /// # Errors
    /// When the reference is of another form.
    pub fn of_reference(&self, source: &str, reference: &str) -> Result<PersonKey, IdFault> {
        let digits = reference.strip_prefix("P:").ok_or(IdFault::Form)?;
        if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(IdFault::Form);
        }
        let digits = digits.to_ascii_lowercase();
        Ok(self.key_of(&[b"ref:", source.as_bytes(), b"\0", digits.as_bytes()]))
    }

    fn key_of(&self, parts: &[&[u8]]) -> PersonKey {
        let mut mac = self.keyed.clone();
        for part in parts {
            mac.update(part);
        }
        let tag = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&tag[..16]);
        PersonKey(u128::from_be_bytes(key))
    }
}

/// What stands in place of a personal number.
const MASK: &str = "******";

/// Masks everything that looks like a personal number: 18 characters of citizen-id form (also
/// full-width, escaped, or with blanks or dashes between the digits), whatever an `id_no` holds, and
/// passports. The check digit is not asked: a mistyped number is personal too. A unified social
/// credit code is told apart by its check, a longer run of digits by its length.
pub fn mask(original: &str) -> Cow<'_, str> {
    let text = Spelled::of(original);
    let mut spans = text.numbers();
    spans.extend(text.values_of("id_no"));
    spans.extend(text.passports());
    spans.retain(|span| !span.is_empty());
    if spans.is_empty() {
        return Cow::Borrowed(original);
    }
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut masked = String::with_capacity(original.len());
    let mut from = 0;
    for span in spans {
        if span.start >= from {
            masked.push_str(&original[text.byte(from)..text.byte(span.start)]);
            masked.push_str(MASK);
        }
        from = from.max(span.end);
    }
    masked.push_str(&original[text.byte(from)..]);
    Cow::Owned(masked)
}

/// As [`mask`], of bytes that need not be text: masked as far as they are.
pub fn mask_bytes(original: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(original.len());
    for chunk in original.utf8_chunks() {
        masked.extend_from_slice(mask(chunk.valid()).as_bytes());
        masked.extend_from_slice(chunk.invalid());
    }
    masked
}

/// A text as characters, JSON's `\uXXXX` read, each with the byte at which it begins.
struct Spelled {
    chars: Vec<(usize, char)>,
    length: usize,
}

impl Spelled {
    fn of(text: &str) -> Self {
        let escaped = |rest: &str| {
            let digits = rest.strip_prefix("\\u")?.get(..4)?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        };
        let mut chars = Vec::with_capacity(text.len());
        let mut skip_until = 0;
        for (byte, c) in text.char_indices() {
            if byte < skip_until {
                continue;
            }
            match (c == '\\').then(|| escaped(&text[byte..])).flatten() {
                Some(meant) => {
                    chars.push((byte, meant));
                    skip_until = byte + 6;
                }
                None => chars.push((byte, c)),
            }
        }
        Self { chars, length: text.len() }
    }

    fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|(_, c)| *c)
    }

    /// The byte at which a character begins.
    fn byte(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.length, |(byte, _)| *byte)
    }

    /// Runs of 18 digits (the last perhaps X) that hold a date where a citizen id does.
    fn numbers(&self) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        let mut at = 0;
        while at < self.chars.len() {
            if digit(self.chars[at].1).is_none() {
                at += 1;
                continue;
            }
            let (number, end) = self.run(at);
            if looks_personal(&number) {
                spans.push(at..end);
            }
            at = end.max(at + 1);
        }
        spans
    }

    /// A run of digits with single blanks or dashes between, perhaps ended by X, and its end.
    fn run(&self, start: usize) -> (String, usize) {
        let mut number = String::new();
        let mut at = start;
        while let Some(c) = self.at(at) {
            if let Some(digit) = digit(c) {
                number.push(digit);
                at += 1;
            } else if number.len() == 17 && matches!(c, 'x' | 'X' | 'Ｘ' | 'ｘ') {
                number.push('X');
                at += 1;
                break;
            } else if matches!(c, ' ' | '-' | '\u{3000}' | '\u{a0}')
                && self.at(at + 1).and_then(digit).is_some()
            {
                at += 1;
            } else {
                break;
            }
        }
        (number, at)
    }

    fn matches(&self, at: usize, word: &str) -> bool {
        word.chars()
            .enumerate()
            .all(|(i, c)| self.at(at + i).is_some_and(|held| held.eq_ignore_ascii_case(&c)))
    }

    /// The values of a key, quoted (to the next quote) or digits.
    fn values_of(&self, key: &str) -> Vec<Range<usize>> {
        let blank = |at: usize| self.at(at).is_some_and(|c| c.is_whitespace() || c == '\\');
        let skip = |mut at: usize| {
            while blank(at) {
                at += 1;
            }
            at
        };
        let mut spans = Vec::new();
        for begin in 0..self.chars.len() {
            if !self.matches(begin, key) {
                continue;
            }
            let mut at = skip(begin + key.len());
            at = skip(at + usize::from(self.at(at) == Some('"')));
            if self.at(at) != Some(':') {
                continue;
            }
            at = skip(at + 1);
            if self.at(at) == Some('"') {
                at += 1;
                if self.matches(at, PASSPORT) {
                    continue;
                }
                let ends = |c: char| matches!(c, '"' | '\\');
                spans.push(at..self.until(at, ends));
            } else if self.at(at).and_then(digit).is_some() {
                spans.push(at..self.until(at, |c| matches!(c, ',' | '}' | ']' | '"')));
            }
        }
        spans
    }

    fn passports(&self) -> Vec<Range<usize>> {
        let begins = (0..self.chars.len()).filter(|at| self.matches(*at, PASSPORT));
        begins
            .map(|at| at + PASSPORT.len())
            .map(|at| at..self.until(at, |c| matches!(c, '"' | '\\')))
            .collect()
    }

    fn until(&self, start: usize, ends: impl Fn(char) -> bool) -> usize {
        let rest = self.chars[start.min(self.chars.len())..].iter();
        start + rest.take_while(|(_, c)| !ends(*c)).count()
    }
}

const PASSPORT: &str = "passport:";

/// The digit of a half- or full-width digit.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
        _ => None,
    }
}

fn looks_personal(number: &str) -> bool {
    if number.len() != 18 || Uscc::parse(number).is_ok() {
        return false;
    }
    ("1800".."2100").contains(&&number[6..10])
        && ("01"..="12").contains(&&number[10..12])
        && ("01"..="31").contains(&&number[12..14])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_number_has_one_pseudonym_under_one_key() {
        let ours = Pseudonyms::new(b"one");
        let theirs = Pseudonyms::new(b"two");
        let number = "11010519491231002x";
        assert_eq!(ours.of_number(number), ours.of_number(" 11010519491231002X"));
        assert_ne!(ours.of_number(number), theirs.of_number(number));
        assert!(ours.of_number("passport:VNM:C4410093").is_ok());
        assert_eq!(ours.of_number("passport:VNM"), Err(IdFault::Form));
        assert_eq!(ours.of_number("110105194912310021"), Err(IdFault::CheckDigit));
    }

    #[test]
    fn references_compare_within_a_source_only() {
        let ours = Pseudonyms::new(b"one");
        let reference = format!("P:{}", "3f".repeat(32));
        assert_ne!(ours.of_reference("a", &reference), ours.of_reference("b", &reference));
        assert!(ours.of_reference("a", "P:3f").is_err());
    }

    #[test]
    fn masks_numbers_in_all_their_spellings() {
        for number in [
            "11010519491231002X",
            "440524188001010014",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105 19491231 0021",
            "110105-19491231-002x",
        ] {
            let text = format!("{{\"id_no\":\"{number}\",\"name\":\"x\"}}");
            assert_eq!(mask(&text), "{\"id_no\":\"******\",\"name\":\"x\"}", "{number}");
            assert_eq!(mask(&format!("note {number}.")), "note ******.");
        }
        for value in ["110105491231002", "1101O5194912310021", "11010519491231002XX", "１１０１"]
        {
            let text = format!("{{\"id_no\" : \"{value}\"}}");
            assert_eq!(mask(&text), "{\"id_no\" : \"******\"}", "{value}");
        }
        assert_eq!(mask(r#"{"id_no":110105194912310021}"#), r#"{"id_no":******}"#);
        assert_eq!(mask(r#"{"id\u005fno":"12"}"#), r#"{"id\u005fno":"******"}"#);
        assert_eq!(mask(r#"{\"id_no\":\"12\"}"#), r#"{\"id_no\":\"******\"}"#);
        assert_eq!(mask(r"n \u0031\u00310105194912310021."), "n ******.");
        assert_eq!(mask("ID11010519491231002Xabc"), "ID******abc");
        assert_eq!(mask(r#"{"id_no":null,"id_no":""}"#), r#"{"id_no":null,"id_no":""}"#);
        assert_eq!(mask_bytes(b"\xff\"id_no\":\"12\""), b"\xff\"id_no\":\"******\"");
        assert_eq!(mask("\"id_no\":\"passport:VNM:C4410093\""), "\"id_no\":\"passport:******\"");
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in ["91469007MA5TKB1082", "640120261000000177", "102649900010", "{\"a\":1}"] {
            assert_eq!(mask(text), text);
        }
    }

    proptest! {
        #[test]
        fn masking_twice_is_masking_once(text in "[ -~0-9Xx\u{ff10}-\u{ff19}\u{4e00}-\u{4e20}]{0,60}") {
            let once = mask(&text).into_owned();
            prop_assert_eq!(mask(&once).into_owned(), once.clone());
        }
    }
}
