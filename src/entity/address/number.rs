//! Which numbers stand in an address?

use super::words::UNITS;
use crate::entity::script::{digit, numeral};

/// Whether a number stands at the start, with its word or alone at the end.
pub(super) fn number_with_unit(text: &str) -> bool {
    number_at(text).is_some_and(|(_, used)| {
        let behind = &text[used..];
        behind.is_empty() || UNITS.iter().any(|(word, _)| behind.starts_with(word))
    })
}

/// A number at the start of the text and its length in bytes: digits with letters (`A1203`,
/// `66-1`, `12`) or a Chinese numeral. Leading zeros are dropped.
pub(super) fn number_at(text: &str) -> Option<(String, usize)> {
    let first = text.chars().next()?;
    if first.is_ascii_alphanumeric() {
        return Some(ascii_number(text)).filter(|(value, _)| !value.is_empty());
    }
    if let Some(letter) = heavenly_stem(first) {
        let behind = &text[first.len_utf8()..];
        let block = behind.starts_with(['座', '栋', '幢', '号', '区', '单']);
        return block.then(|| (letter.to_owned(), first.len_utf8()));
    }
    digit(first).or_else(|| matches!(first, '十').then_some(10))?;
    let chars: Vec<char> = text.chars().take(8).collect();
    let (value, used) = numeral(&chars)?;
    Some((value.to_string(), chars[..used].iter().map(|c| c.len_utf8()).sum()))
}

fn ascii_number(text: &str) -> (String, usize) {
    let mut end = 0;
    for (i, b) in text.bytes().enumerate() {
        let joined =
            b == b'-' && i > 0 && text.as_bytes().get(i + 1).is_some_and(u8::is_ascii_alphanumeric);
        // 12F03: the F is a word of its own.
        let floor = b == b'F' && i > 0 && text.as_bytes()[..i].iter().all(u8::is_ascii_digit);
        if !(b.is_ascii_alphanumeric() || joined) || floor {
            break;
        }
        end = i + 1;
    }
    let mut value = String::with_capacity(end);
    for (n, part) in text[..end].split('-').enumerate() {
        if n > 0 {
            value.push('-');
        }
        value.push_str(without_zeros(part));
    }
    (value, end)
}

/// `0712` → `712`; `A0087` stays, its zeros being part of a code.
fn without_zeros(part: &str) -> &str {
    let short = part.trim_start_matches('0');
    if short.is_empty() && !part.is_empty() { "0" } else { short }
}

fn heavenly_stem(c: char) -> Option<&'static str> {
    Some(match c {
        '甲' => "A",
        '乙' => "B",
        '丙' => "C",
        '丁' => "D",
        _ => return None,
    })
}

/// The floor that a room number of three or four digits names.
pub(super) fn floor_of_room(room: &str) -> Option<i16> {
    let digits = room.bytes().take_while(u8::is_ascii_digit).count();
    let number: i16 = matches!(digits, 3 | 4).then(|| room[..digits].parse().ok()).flatten()?;
    (number >= 100).then_some(number / 100)
}
