//! What did the bad line say? Its bytes as a dead letter keeps them: masked and bounded.

use crate::event::mask;
use crate::limits::DEAD_LETTER_BYTES_MAX;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Bytes at the cut of a long original that could be the beginning of a personal number.
const CUT_BYTES_MAX: usize = 128;

/// The original of a dead letter. Exactly one of `text` and `base64` is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// The line, masked.
    pub text: Option<String>,
    /// The line, masked as far as it is text, in base 64, when it is not UTF-8.
    pub base64: Option<String>,
    /// SHA-256 of the whole line, in hex, when only a prefix is kept.
    pub sha256: Option<String>,
}

impl Original {
    /// Of a line.
    pub fn of(line: &[u8]) -> Self {
        if line.len() <= DEAD_LETTER_BYTES_MAX {
            return Self::kept(line, None);
        }
        Self::kept(prefix(line), Some(hex(&Sha256::digest(line))))
    }

    /// Of a line of which only the beginning was kept, and the hash of the whole.
    pub(super) fn of_long(beginning: &[u8], hash: Sha256) -> Self {
        Self::kept(prefix(beginning), Some(hex(&hash.finalize())))
    }

    fn kept(bytes: &[u8], sha256: Option<String>) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self { text: Some(mask(text).into_owned()), base64: None, sha256 };
        }
        let mut masked = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            masked.extend_from_slice(mask(chunk.valid()).as_bytes());
            masked.extend_from_slice(chunk.invalid());
        }
        Self { text: None, base64: Some(base64(&masked)), sha256 }
    }
}

/// The beginning that is kept: cut between characters and not within a run of digits, which could
/// be half of a personal number.
fn prefix(line: &[u8]) -> &[u8] {
    let mut kept = &line[..line.len().min(DEAD_LETTER_BYTES_MAX)];
    let joins = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b' ' | b'-' | b'\\');
    for _ in 0..CUT_BYTES_MAX {
        match kept.split_last() {
            Some((last, rest)) if joins(*last) => kept = rest,
            _ => break,
        }
    }
    // A text without an end in sight is cut between characters at least.
    if let Err(error) = std::str::from_utf8(kept) {
        if error.error_len().is_none() {
            kept = &kept[..error.valid_up_to()];
        }
    }
    kept
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 63;
            let padded = place > group.len();
            text.push(if padded { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_vectors() {
        // RFC 4648, section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_masked_where_they_are() {
        let line = b"\xFF\"id_no\":\"11010519491231002X\"";
        let original = Original::of(line);
        assert_eq!(original.text, None);
        assert_eq!(original.base64, Some(base64(b"\xFF\"id_no\":\"******\"")));
    }

    #[test]
    fn a_long_line_keeps_a_prefix_and_no_half_number() {
        for shift in 0..40 {
            let mut line = "x ".repeat(DEAD_LETTER_BYTES_MAX / 2 - 20);
            line.push_str(&"、".repeat(shift % 3));
            line.push_str(&" ".repeat(shift));
            line.push_str("11010519491231002X, and so on");
            line.push_str(&"y".repeat(DEAD_LETTER_BYTES_MAX));
            let original = Original::of(line.as_bytes());
            let text = original.text.expect("text");
            assert!(text.len() <= DEAD_LETTER_BYTES_MAX);
            assert!(!text.contains("110105"), "{shift}");
            assert_eq!(original.sha256, Some(hex(&Sha256::digest(line.as_bytes()))));
        }
    }
}
