//! Is the number real? Check digits of the five kinds of number that events carry.
//!
//! Sources: GB 32100-2015 (USCC), GB 11714-1997 (organisation code), GS 15-2006 (15-digit
//! registration number, ISO 7064 MOD 11,10), GB 11643-1999 (citizen id), IMO A.1117(30).

use crate::time::Day;
use std::borrow::Cow;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Why a number is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum IdFault {
    /// Wrong length or a character outside the alphabet.
    Form,
    /// The check digit does not fit.
    CheckDigit,
    /// Only the outer check of a USCC fails; the organisation code inside passes. Such codes
    /// exist in reality: quarantine, admitted when on the override list.
    OuterOnly,
}

/// NFKC, upper case, without blanks: the form in which every number is checked and compared.
pub fn normalise_number(raw: &str) -> Cow<'_, str> {
    let plain = raw.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_lowercase());
    if plain {
        return Cow::Borrowed(raw);
    }
    // Dropping a blank may leave marks that combine with what stood before it: again, until
    // nothing changes.
    let fold = |text: &str| -> String {
        text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
    };
    let mut folded = fold(raw);
    for _ in 0..8 {
        let again = fold(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    Cow::Owned(folded)
}

/// The number of a document, a case or a licence as it is compared: feeds write its year in brackets
/// of any kind, `〔2025〕`, `[2025]` or `（2025）`.
pub fn document_number(raw: &str) -> String {
    let normal = normalise_number(raw);
    let half = |c| match c {
        '〔' | '[' | '【' | '﹝' | '〈' | '<' => '(',
        '〕' | ']' | '】' | '﹞' | '〉' | '>' => ')',
        other => other,
    };
    normal.chars().map(half).collect()
}

fn shaped<const LENGTH: usize>(raw: &str) -> Result<[u8; LENGTH], IdFault> {
    normalise_number(raw).as_bytes().try_into().map_err(|_| IdFault::Form)
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// The normalised characters.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("ASCII by construction")
            }

        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        /// Of a saved state: the number was checked when it was read first.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
                let bytes = text.as_bytes().try_into().ok().filter(|b: &[u8; $length]| b.is_ascii());
                bytes.map(Self).ok_or_else(|| serde::de::Error::custom("not a saved number"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

number!(
    /// Unified social credit code (统一社会信用代码), 18 characters, for life.
    Uscc, 18);
number!(
    /// Organisation code (组织机构代码), 9 characters; also characters 9–17 of a USCC.
    OrgCode, 9);
number!(
    /// Registration number of the years before the USCC (工商注册号), 15 digits.
    RegNo, 15);
number!(
    /// Ship number of the IMO, 7 digits.
    Imo, 7);

/// The 31 characters of GB 32100-2015: no I, O, S, V, Z.
const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// W_i = 3^(i-1) mod 31.
const USCC_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// By character; 255 for those outside the alphabet.
const USCC_VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < USCC_ALPHABET.len() {
        values[USCC_ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};

fn uscc_value(byte: u8) -> Option<u32> {
    let value = USCC_VALUES[byte as usize];
    (value != u8::MAX).then(|| u32::from(value))
}

impl Uscc {
    /// Reads a code whose outer and inner checks both pass.
    pub fn parse(raw: &str) -> Result<Self, IdFault> {
        let code = shaped(raw)?;
        let mut sum = 0;
        for (byte, weight) in code.iter().zip(USCC_WEIGHTS) {
            sum += uscc_value(*byte).ok_or(IdFault::Form)? * weight;
        }
        if !code[2..8].iter().all(u8::is_ascii_digit) {
            return Err(IdFault::Form);
        }
        let check = uscc_value(code[17]).ok_or(IdFault::Form)?;
        let outer = check == (31 - sum % 31) % 31;
        let inner = OrgCode::check_of(&code[8..16]) == Some(code[16]);
        match (outer, inner) {
            (true, true) => Ok(Self(code)),
            (false, true) => Err(IdFault::OuterOnly),
            (_, false) => Err(IdFault::CheckDigit),
        }
    }

    /// Reads a code of the right form without looking at its check characters: for codes on the
    /// override list only.
    pub fn admit(raw: &str) -> Result<Self, IdFault> {
        let code = shaped(raw)?;
        let form = code.iter().all(|b| uscc_value(*b).is_some())
            && code[2..8].iter().all(u8::is_ascii_digit);
        if form { Ok(Self(code)) } else { Err(IdFault::Form) }
    }

    /// The organisation code inside (characters 9–17).
    pub fn org_code(&self) -> OrgCode {
        let mut code = [0; 9];
        code.copy_from_slice(&self.0[8..17]);
        OrgCode(code)
    }

    /// The six-digit division (GB/T 2260) of the *first* registration authority.
    pub fn division(&self) -> &str {
        &self.as_str()[2..8]
    }

    /// A sole trader (个体工商户, prefix `92`): a natural person's business, never scored.
    pub fn is_sole_trader(&self) -> bool {
        self.0.starts_with(b"92")
    }

    /// A farmers' cooperative (prefix `93`).
    pub fn is_cooperative(&self) -> bool {
        self.0.starts_with(b"93")
    }
}

impl OrgCode {
    /// Reads a code whose check passes. A hyphen before the check character is dropped.
    pub fn parse(raw: &str) -> Result<Self, IdFault> {
        let normal = normalise_number(raw);
        let joined = normal.replacen('-', "", usize::from(normal.len() == 10));
        let code: [u8; 9] = joined.as_bytes().try_into().map_err(|_| IdFault::Form)?;
        let check = Self::check_of(&code[..8]).ok_or(IdFault::Form)?;
        if check == code[8] { Ok(Self(code)) } else { Err(IdFault::CheckDigit) }
    }

    /// GB 11714-1997: C9 = 11 − Σ mod 11; 10 → X, 11 → 0.
    fn check_of(body: &[u8]) -> Option<u8> {
        const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
        let mut sum = 0;
        for (byte, weight) in body.iter().zip(WEIGHTS) {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                _ => return None,
            };
            sum += u32::from(value) * weight;
        }
        Some(match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            digit => b'0' + digit as u8,
        })
    }
}

impl RegNo {
    /// Reads a 15-digit number whose ISO 7064 MOD 11,10 check passes.
    pub fn parse(raw: &str) -> Result<Self, IdFault> {
        let number = shaped(raw)?;
        if !number.iter().all(u8::is_ascii_digit) {
            return Err(IdFault::Form);
        }
        let mut p = 10;
        for byte in &number[..14] {
            let s = (p + u32::from(byte - b'0')) % 10;
            p = 2 * if s == 0 { 10 } else { s } % 11;
        }
        let check = (11 - p) % 10;
        if u32::from(number[14] - b'0') == check {
            Ok(Self(number))
        } else {
            Err(IdFault::CheckDigit)
        }
    }
}

impl Imo {
    /// Reads seven digits (a leading `IMO` is dropped) whose check passes: Σ d_i·(7..2) mod 10.
    pub fn parse(raw: &str) -> Result<Self, IdFault> {
        let normal = normalise_number(raw);
        let digits = normal.strip_prefix("IMO").unwrap_or(&normal);
        let number: [u8; 7] = digits.as_bytes().try_into().map_err(|_| IdFault::Form)?;
        if !number.iter().all(u8::is_ascii_digit) {
            return Err(IdFault::Form);
        }
        let sum: u32 =
            number[..6].iter().zip((2..=7).rev()).map(|(b, w)| u32::from(b - b'0') * w).sum();
        if sum % 10 == u32::from(number[6] - b'0') {
            Ok(Self(number))
        } else {
            Err(IdFault::CheckDigit)
        }
    }
}

/// A citizen id number (公民身份号码), for as long as it takes to replace it by a pseudonym. It can
/// be neither shown nor stored: no `Debug`, no `Display`, no `Clone`.
pub struct CitizenId([u8; 18]);

impl CitizenId {
    /// Reads a number whose date of birth exists and whose check passes (ISO 7064 MOD 11-2).
    pub fn parse(raw: &str) -> Result<Self, IdFault> {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let normal = normalise_number(raw);
        let number: [u8; 18] = normal.as_bytes().try_into().map_err(|_| IdFault::Form)?;
        if !number[..17].iter().all(u8::is_ascii_digit)
            || !(number[17].is_ascii_digit() || number[17] == b'X')
        {
            return Err(IdFault::Form);
        }
        let digit = |i: usize| i32::from(number[i] - b'0');
        let year = digit(6) * 1000 + digit(7) * 100 + digit(8) * 10 + digit(9);
        let (month, day) = (digit(10) * 10 + digit(11), digit(12) * 10 + digit(13));
        let born = format!("{year:04}-{month:02}-{day:02}");
        // The standard's own example is of 1880, before the years that other dates may have.
        let exists = Day::parse(&born).is_some()
            || ((1800..1900).contains(&year)
                && Day::parse(&format!("{}{}", year + 200, &born[4..])).is_some());
        if !exists {
            return Err(IdFault::CheckDigit);
        }
        let sum: u32 = number.iter().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
        let check = b"10X98765432"[(sum % 11) as usize];
        if check == number[17] { Ok(Self(number)) } else { Err(IdFault::CheckDigit) }
    }

    /// The bytes to feed to the pseudonym's keyed hash, and to nothing else.
    pub fn secret_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_document_in_all_brackets_has_one_number() {
        for written in
            ["东市监处罚〔2025〕179号", "东市监处罚[2025] 179号", "东市监处罚（2025）１７９号"]
        {
            assert_eq!(document_number(written), "东市监处罚(2025)179号");
        }
    }

    #[test]
    fn uscc_vectors() {
        for code in [
            "9144030071526726XG",
            "914403001922038216",
            "91330100799655058B",
            "91110000802100433B",
            "91350100M000100Y43",
            "91469007MA5T000027",
            "91469007MAC100018M",
            "91469007MAE7XY1245",
            "93469007MA5T000021",
            "52469007MA5T000028",
            "９1469007ma5t0000 27",
        ] {
            assert!(Uscc::parse(code).is_ok(), "{code}");
        }
        assert_eq!(
            Uscc::parse("91350100M000100Y4Z"),
            Err(IdFault::Form),
            "Z is not in the alphabet"
        );
        assert_eq!(Uscc::parse("91350100M000100Y44"), Err(IdFault::OuterOnly));
        for code in ["91350211M0000XUF46", "91350100M0001TGQXM"] {
            assert_eq!(Uscc::parse(code), Err(IdFault::OuterOnly), "{code}");
            assert!(Uscc::admit(code).is_ok());
        }
        let code = Uscc::parse("91350100M000100Y43").expect("valid");
        assert_eq!(code.org_code().as_str(), "M000100Y4");
        assert_eq!(OrgCode::parse("M000100Y-4"), Ok(code.org_code()));
    }

    #[test]
    fn other_vectors() {
        for number in ["330203000030639", "469007000000015", "469007012345672"] {
            assert!(RegNo::parse(number).is_ok(), "{number}");
        }
        assert_eq!(RegNo::parse("330203000030638"), Err(IdFault::CheckDigit));
        for number in ["11010519491231002X", "440524188001010014", "11010519491231002x"] {
            assert!(CitizenId::parse(number).is_ok(), "{number}");
        }
        assert!(CitizenId::parse("110105194912310021").is_err());
        assert!(Imo::parse("9074729").is_ok());
        assert!(Imo::parse("IMO 9074729").is_ok());
        assert_eq!(Imo::parse("9074728"), Err(IdFault::CheckDigit));
    }

    proptest! {
        #[test]
        fn one_wrong_character_never_passes(at in 0usize..18, with in 0usize..31) {
            let mut code = *b"91469007MA5TKB1082";
            prop_assume!(code[at] != USCC_ALPHABET[with]);
            code[at] = USCC_ALPHABET[with];
            let text = String::from_utf8(code.to_vec()).expect("ASCII");
            prop_assert!(Uscc::parse(&text).is_err());
        }

        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,24}") {
            let _ = Uscc::parse(&text).is_ok();
            let _ = OrgCode::parse(&text).is_ok();
            let _ = RegNo::parse(&text).is_ok();
            let _ = Imo::parse(&text).is_ok();
            let _ = CitizenId::parse(&text).is_ok();
            let once = normalise_number(&text).into_owned();
            prop_assert_eq!(normalise_number(&once).into_owned(), once.clone());
        }
    }
}
