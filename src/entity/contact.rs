//! Which phones and e-mail addresses are the same? One canonical form of each.
//!
//! Invariant: `parse` of a canonical form gives it back. Must not know: who uses it, how many do.
//! Phones are personal data: nothing here is ever shown; stages use the keys.

use crate::entity::script::fold;
use crate::id::stable_hash;
use std::borrow::Cow;

/// What kind of number a phone number is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum PhoneKind {
    /// 移动电话: 11 digits from 13 to 19.
    Mobile,
    /// 固定电话 with its area code.
    Landline,
    /// 400/800/95 numbers: those of a brand or a service, shared by design.
    Hotline,
    /// A landline without its area code: comparable within one division only.
    Local,
}

/// One phone number.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Phone {
    /// What it is.
    pub kind: PhoneKind,
    /// Digits only: national form with the area code's 0; the extension is left out.
    pub digits: Box<str>,
    /// Extension (分机).
    pub extension: Option<Box<str>>,
}

impl Phone {
    /// Reads a number as written. `None` when no phone number can be made of it.
    pub fn parse(raw: &str) -> Option<Self> {
        let folded = fold(raw);
        let (main, extension) = split_extension(&folded);
        let written: String = main.chars().filter(char::is_ascii_digit).collect();
        let foreign = main.starts_with('+') && !main.starts_with("+86");
        if foreign || written.len() < 5 || written.len() > 20 {
            return None;
        }
        let digits = national(main, &written);
        let kind = kind_of(&digits)?;
        Some(Self { kind, digits: digits.into(), extension: extension.map(Into::into) })
    }

    /// The key under which equal numbers meet, without the extension.
    pub fn key(&self) -> u64 {
        stable_hash(self.digits.as_bytes())
    }

    /// Whether many enterprises share it by design.
    pub fn is_hotline(&self) -> bool {
        self.kind == PhoneKind::Hotline
    }
}

/// Splits all the numbers of one text field ("0898-25507788/13900001201", "…、…").
pub fn phones(raw: &str) -> Vec<Phone> {
    let folded = fold_spaced(raw);
    let mut out: Vec<Phone> = Vec::new();
    for part in folded.split(['/', ',', ';', '|', '、', '，', '；']) {
        if let Some(phone) = Phone::parse(part)
            && !out.contains(&phone)
        {
            out.push(phone);
        }
    }
    out
}

fn fold_spaced(raw: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    raw.nfkc().collect()
}

fn split_extension(folded: &str) -> (&str, Option<&str>) {
    for mark in ["转", "分机", "EXT", "X", "#", "*"] {
        if let Some((main, rest)) = folded.split_once(mark) {
            let number = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
            let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            let enough = main.chars().filter(char::is_ascii_digit).count() >= 5;
            if enough {
                return (main, Some(&number[..end]).filter(|n| !n.is_empty() && n.len() <= 8));
            }
        }
    }
    // 0898-25507788-801: a third group of at most five digits.
    let groups: Vec<&str> = folded.split('-').collect();
    if let [area, number, extension] = groups[..] {
        let digits = |t: &str| t.chars().filter(char::is_ascii_digit).count();
        let landline = area.starts_with(['0', '(', '+']) && digits(number) >= 7;
        if landline && (1..=5).contains(&extension.len()) && digits(extension) == extension.len() {
            return (&folded[..folded.len() - extension.len() - 1], Some(extension));
        }
    }
    (folded, None)
}

/// The national form of a number: no country code, the 0 of the area code in front.
fn national<'a>(main: &str, digits: &'a str) -> Cow<'a, str> {
    let bare = main.trim_start_matches(['(', '+']);
    let abroad = digits.strip_prefix("0086").or_else(|| {
        let rest = digits.strip_prefix("86")?;
        // 86-898-…: nobody sets off the first two digits of a number without reason.
        let set_off = bare.strip_prefix("86").is_some_and(|b| b.starts_with(['-', ')']));
        let marked = main.starts_with('+') || main.starts_with("(+") || set_off;
        (marked || (kind_of(digits).is_none() && is_long_distance(rest))).then_some(rest)
    });
    let digits = abroad.unwrap_or(digits);
    match digits.strip_prefix('0') {
        // The long distance prefix before a mobile number.
        Some(mobile) if is_mobile(mobile) => mobile.into(),
        // An area code without its 0.
        None if digits.len() >= 10 && kind_of(digits).is_none() && is_long_distance(digits) => {
            format!("0{digits}").into()
        }
        _ => digits.into(),
    }
}

/// Whether it is a mobile number, or an area code, with or without its 0, and a number.
fn is_long_distance(digits: &str) -> bool {
    let area = if digits.starts_with('0') { digits.into() } else { format!("0{digits}") };
    is_mobile(digits) || is_landline(&area)
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && digits.starts_with('1') && digits.as_bytes()[1] >= b'3'
}

fn is_hotline(digits: &str) -> bool {
    (digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800")))
        || ((5..=8).contains(&digits.len())
            && (digits.starts_with("95") || digits.starts_with("96"))
            && digits.len() <= 6)
        || (digits.len() == 5 && digits.starts_with("12"))
}

/// An area code (010, 02x, or four digits from 03 on) and a number of 7 or 8 digits.
fn is_landline(digits: &str) -> bool {
    let area = match digits.as_bytes() {
        [b'0', b'1', b'0', ..] | [b'0', b'2', ..] => 3,
        [b'0', b'3'..=b'9', ..] => 4,
        _ => return false,
    };
    matches!(digits.len().checked_sub(area), Some(7 | 8))
}

fn kind_of(digits: &str) -> Option<PhoneKind> {
    if is_mobile(digits) {
        Some(PhoneKind::Mobile)
    } else if is_hotline(digits) {
        Some(PhoneKind::Hotline)
    } else if is_landline(digits) {
        Some(PhoneKind::Landline)
    } else if matches!(digits.len(), 7 | 8) && !digits.starts_with('0') {
        Some(PhoneKind::Local)
    } else {
        None
    }
}

/// One e-mail address.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Email {
    /// Lower case, whole.
    pub address: Box<str>,
    /// Where the domain begins in `address`.
    at: u16,
    /// Whether the domain is that of a public provider, which says nothing about who uses it.
    pub free: bool,
}

/// Public mail providers.
const FREE_MAIL: &[&str] = &[
    "qq.com",
    "vip.qq.com",
    "foxmail.com",
    "163.com",
    "vip.163.com",
    "126.com",
    "yeah.net",
    "139.com",
    "189.cn",
    "wo.cn",
    "wo.com.cn",
    "sina.com",
    "sina.cn",
    "vip.sina.com",
    "sina.com.cn",
    "sohu.com",
    "tom.com",
    "21cn.com",
    "aliyun.com",
    "263.net",
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "live.cn",
    "msn.com",
    "icloud.com",
    "me.com",
    "yahoo.com",
    "yahoo.cn",
    "yahoo.com.cn",
    "proton.me",
    "protonmail.com",
    "88.com",
    "eyou.com",
    "188.com",
    "2980.com",
];

impl Email {
    /// Reads an address as written; `None` when it is none.
    pub fn parse(raw: &str) -> Option<Self> {
        use unicode_normalization::UnicodeNormalization;
        let address: String =
            raw.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        let address = address.strip_prefix("mailto:").unwrap_or(&address);
        let (local, domain) = address.rsplit_once('@')?;
        let whole = !local.is_empty()
            && !local.contains('@')
            && domain.len() >= 3
            && address.len() <= 254
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.');
        whole.then(|| Self {
            address: address.into(),
            at: local.len() as u16 + 1,
            free: FREE_MAIL.contains(&domain),
        })
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        &self.address[usize::from(self.at)..]
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        &self.address[..usize::from(self.at) - 1]
    }

    /// The key under which equal addresses meet.
    pub fn key(&self) -> u64 {
        stable_hash(self.address.as_bytes())
    }

    /// The key under which equal own domains meet; `None` for a public provider.
    pub fn domain_key(&self) -> Option<u64> {
        (!self.free).then(|| stable_hash(self.domain().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phone_forms() {
        let check = |raw: &str, kind, digits: &str, extension: Option<&str>| {
            let phone = Phone::parse(raw).unwrap_or_else(|| panic!("{raw}"));
            let got = (phone.kind, &*phone.digits, phone.extension.as_deref());
            assert_eq!(got, (kind, digits, extension), "{raw}");
        };
        for raw in [
            "0898-25507788",
            "（0898）25507788",
            "（0898）2550 7788",
            "+86 898 25507788",
            "0898 2550-7788",
            "0086-0898-25507788",
            "０８９８－２５５０７７８８",
            "86-0898-25507788",
            "089825507788",
            "+86-898-2550-7788",
            "(0898)-25507788",
            "86-898-25507788",
            "(86)898-25507788",
            "8689825507788",
            "898-25507788",
        ] {
            check(raw, PhoneKind::Landline, "089825507788", None);
        }
        for raw in [
            "13900001201",
            "+86 139 0000 1201",
            "0086 13900001201",
            "139-0000-1201",
            "013900001201",
            "86-139-0000-1201",
            "8613900001201",
            "１３９００００１２０１",
            "(+86)13900001201",
        ] {
            check(raw, PhoneKind::Mobile, "13900001201", None);
        }
        check("0898-25507788-801", PhoneKind::Landline, "089825507788", Some("801"));
        check("0898-25507788转801", PhoneKind::Landline, "089825507788", Some("801"));
        check("010-62345678", PhoneKind::Landline, "01062345678", None);
        check("400-123-4567", PhoneKind::Hotline, "4001234567", None);
        check("25507788", PhoneKind::Local, "25507788", None);
        for wrong in ["", "无", "123", "+1 415 555 0100", "99999999999999"] {
            assert_eq!(Phone::parse(wrong), None, "{wrong}");
        }
        assert_eq!(phones("0898-25507788/13900001201、13900001201").len(), 2);
    }

    #[test]
    fn email_forms() {
        let mail = Email::parse(" Svc@YanChi.example ").expect("address");
        assert_eq!(
            (&*mail.address, mail.domain(), mail.free),
            ("svc@yanchi.example", "yanchi.example", false)
        );
        let free = Email::parse("a＠QQ.com").expect("address");
        assert!(free.free && free.domain_key().is_none());
        assert_eq!(Email::parse("nobody"), None);
        assert_eq!(Email::parse("@a.b"), None);
    }

    proptest! {
        #[test]
        fn canonical_forms_stay(raw in "[-+()（）0-9０-９ 转xX#]{0,24}", any in ".{0,30}") {
            for text in [&raw, &any] {
                if let Some(phone) = Phone::parse(text) {
                    prop_assert_eq!(Phone::parse(&phone.digits).map(|p| p.digits), Some(phone.digits));
                }
                if let Some(mail) = Email::parse(text) {
                    prop_assert_eq!(Email::parse(&mail.address), Some(mail.clone()));
                }
            }
        }
    }
}
