//! Which number does it bear? Codes with right check digits, of areas that do not exist for
//! persons, so that no number can be a living person's.
//!
//! Invariant: different indices give different numbers. Must not know: whose number it is.

use crate::time::Day;

const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 31^6, the number of bodies after `MA`.
const MODERN_BODIES: u64 = 887_503_681;
const LEGACY_BODIES: u64 = 90_000_000;
/// Coprime to both sizes: steps through all bodies in a scattered order.
const STRIDE: u64 = 387_420_489 - 2;

/// A unified social credit code: prefix (`91`, `92`, `93`), six-digit division, and the body of an
/// index; codes of before October 2015 keep an all-digit organisation code.
pub(crate) fn uscc(prefix: &str, division: &str, index: u64, legacy: bool) -> String {
    let body = if legacy {
        format!("{:08}", 10_000_000 + (index * STRIDE) % LEGACY_BODIES)
    } else {
        let mut rest = (index * STRIDE) % MODERN_BODIES;
        let mut body = *b"MA000000";
        for slot in body.iter_mut().skip(2).rev() {
            *slot = USCC_ALPHABET[(rest % 31) as usize];
            rest /= 31;
        }
        String::from_utf8_lossy(&body).into_owned()
    };
    let mut code = format!("{prefix}{division}{body}");
    code.push(org_check(body.as_bytes()));
    code.push(uscc_check(code.as_bytes()));
    code
}

/// GB 11714-1997.
fn org_check(body: &[u8]) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let value = |b: u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b - b'A' + 10 });
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(b, w)| value(*b) * w).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    }
}

/// GB 32100-2015: weights are the powers of 3 modulo 31.
fn uscc_check(code: &[u8]) -> char {
    let (mut sum, mut weight) = (0, 1);
    for byte in code {
        let value = USCC_ALPHABET.iter().position(|c| c == byte).expect("written from it") as u32;
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    char::from(USCC_ALPHABET[((31 - sum % 31) % 31) as usize])
}

/// A 15-digit registration number of before the credit code (ISO 7064 MOD 11,10).
pub(crate) fn reg_no(division: &str, index: u64) -> String {
    let mut number = format!("{division}{:08}", index % 40_000_000);
    let mut p = 10;
    for byte in number.bytes() {
        let s = (p + u32::from(byte - b'0')) % 10;
        p = 2 * if s == 0 { 10 } else { s } % 11;
    }
    number.push(char::from(b'0' + ((11 - p) % 10) as u8));
    number
}

/// A citizen id number of the areas 469090–469099, which are none (GB 11643-1999).
pub(crate) fn citizen_id(index: u64) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (area, rest) = (index % 10, index / 10);
    let born = Day::of(1956, 1, 1).plus((rest * 7_919 % 16_000) as i32);
    let (year, month, day) = born.civil();
    let sequence = rest / 16_000 % 999 + 1;
    let mut number = format!("46909{area}{year:04}{month:02}{day:02}{sequence:03}");
    let sum: u32 = number.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    number.push(char::from(b"10X98765432"[(sum % 11) as usize]));
    number
}

/// A ship number with its check digit.
pub(crate) fn imo(index: u64) -> String {
    let body = format!("{:06}", 900_000 + index % 99_999);
    let sum: u32 = body.bytes().zip((2..=7).rev()).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{body}{}", sum % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CitizenId, Imo, RegNo, Uscc};
    use std::collections::BTreeSet;

    #[test]
    fn every_number_passes_its_check() {
        let mut seen = BTreeSet::new();
        for index in 0..3_000 {
            let modern = uscc("91", "469007", index, false);
            let legacy = uscc("93", "469026", index, true);
            let person = citizen_id(index);
            assert!(Uscc::parse(&modern).is_ok(), "{modern}");
            assert!(Uscc::parse(&legacy).is_ok(), "{legacy}");
            assert!(CitizenId::parse(&person).is_ok(), "{person}");
            assert!(RegNo::parse(&reg_no("469007", index)).is_ok());
            assert!(Imo::parse(&imo(index)).is_ok());
            assert!(seen.insert(modern) && seen.insert(legacy) && seen.insert(person));
        }
    }
}
