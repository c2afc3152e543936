//! Which person, without saying who? Numbers become keyed pseudonyms; originals are masked.
//!
//! Invariant: nothing that leaves this file holds a clear number. The key is handed in.

use crate::id::{CitizenId, IdFault, PersonKey, normalise_number};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::borrow::Cow;

/// Makes pseudonyms under one key: the first 128 bits of HMAC-SHA-256.
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(…)")
    }
}

impl Pseudonyms {
    /// Pseudonyms under a secret key.
    pub fn new(key: &[u8]) -> Self {
        Self { keyed: Hmac::new_from_slice(key).expect("HMAC takes a key of any length") }
    }

    /// The pseudonym of a citizen id number or of `passport:<country>:<number>`.
    ///
    /// # Errors
    /// When the number is of the wrong form or fails its check.
    pub fn of_number(&self, raw: &str) -> Result<PersonKey, IdFault> {
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
        parts.iter().for_each(|part| mac.update(part));
        let tag = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&tag[..16]);
        PersonKey(u128::from_be_bytes(key))
    }
}

/// What stands in place of a personal number.
const MASK: &str = "******";

/// Masks everything that looks like a personal number: 18 characters of citizen-id form (also
/// full-width, also with blanks or dashes between the digits), the old 15 digits after `id_no`, and
/// passports. The check digit is not asked: a mistyped number is personal too. A unified social
/// credit code is told apart by its form, a longer run of digits by its length.
pub fn mask(original: &str) -> Cow<'_, str> {
    let chars: Vec<(usize, char)> = original.char_indices().collect();
    let mut spans = passports(original);
    let mut at = 0;
    while at < chars.len() {
        if digit(chars[at].1).is_none() || (at > 0 && is_code(chars[at - 1].1)) {
            at += 1;
            continue;
        }
        let run = run(&chars, at);
        if is_personal(&run.text, &original[..chars[at].0]) {
            let end = chars.get(run.end).map_or(original.len(), |(byte, _)| *byte);
            spans.push(chars[at].0..end);
        }
        at = run.end.max(at + 1);
    }
    if spans.is_empty() {
        return Cow::Borrowed(original);
    }
    spans.sort_by_key(|span| span.start);
    let mut masked = String::with_capacity(original.len());
    let mut from = 0;
    for span in spans {
        if span.start >= from {
            masked.push_str(&original[from..span.start]);
            masked.push_str(MASK);
        }
        from = from.max(span.end);
    }
    masked.push_str(&original[from..]);
    Cow::Owned(masked)
}

/// The digit of a half- or full-width digit; `X` only ends a number.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
        _ => None,
    }
}

fn is_code(c: char) -> bool {
    c.is_ascii_alphanumeric() || digit(c).is_some()
}

/// A run of digits with single blanks or dashes between, perhaps ended by X.
struct Run {
    text: String,
    end: usize,
}

fn run(chars: &[(usize, char)], start: usize) -> Run {
    let mut text = String::new();
    let mut at = start;
    while let Some((_, c)) = chars.get(at) {
        if let Some(digit) = digit(*c) {
            text.push(digit);
            at += 1;
        } else if text.len() == 17 && matches!(c, 'x' | 'X' | 'Ｘ' | 'ｘ') {
            text.push('X');
            at += 1;
            break;
        } else if matches!(c, ' ' | '-' | '\u{3000}' | '\u{a0}')
            && chars.get(at + 1).is_some_and(|(_, next)| digit(*next).is_some())
        {
            at += 1;
        } else {
            break;
        }
    }
    // Letters that follow make it a code of another kind, such as a USCC.
    if chars.get(at).is_some_and(|(_, c)| c.is_ascii_alphabetic()) {
        text.clear();
    }
    Run { text, end: at }
}

fn is_personal(number: &str, before: &str) -> bool {
    let date = |digits: &str| {
        let (year, month, day) = (&digits[..4], &digits[4..6], &digits[6..8]);
        ("1800".."2100").contains(&year)
            && ("01"..="12").contains(&month)
            && ("01"..="31").contains(&day)
    };
    match number.len() {
        18 => date(&number[6..14]) || after_id_no(before),
        15..=20 => after_id_no(before),
        _ => false,
    }
}

/// Whether the text ends in the key of a personal number, a colon and a quote.
fn after_id_no(before: &str) -> bool {
    let tail =
        before.trim_end_matches(|c: char| c == '"' || c == ':' || c == '\\' || c.is_whitespace());
    tail.ends_with("id_no")
}

fn passports(text: &str) -> Vec<std::ops::Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut spans = Vec::new();
    for (at, word) in lower.match_indices("passport:") {
        let rest = &text[at + word.len()..];
        let length = rest.find(|c: char| c == '"' || c == '\\').unwrap_or(rest.len());
        spans.push(at + word.len()..at + word.len() + length);
    }
    spans
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
        assert_eq!(mask("\"id_no\":\"110105491231002\""), "\"id_no\":\"******\"");
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
