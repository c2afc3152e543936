//! How alike are two businesses? Business scopes as sets of items, industry codes as a ladder.
//!
//! Invariant: similarity is symmetric, 1 for equal scopes, 0 for scopes with nothing in common.
//! Must not know: names, enterprises.

use crate::entity::script::fold;
use crate::id::stable_hash;

/// A business scope (经营范围) as normalised items.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Scope {
    /// Items, folded, sorted, without repeats and boilerplate.
    pub items: Box<[Box<str>]>,
    /// Hashes of the pairs of neighbouring characters within items, sorted, without repeats.
    bigrams: Box<[u32]>,
}

/// Most items that are kept of one scope.
const ITEMS_MAX: usize = 256;
/// Openings that are no business.
const OPENINGS: [&str; 10] = [
    "一般项目",
    "许可项目",
    "一般经营项目",
    "许可经营项目",
    "前置许可经营项目",
    "主营",
    "兼营",
    "经营范围",
    "一般事项",
    "许可事项",
];
/// Words of the boilerplate of registries: an item or bracket with one of them says nothing.
const BOILERPLATE: [&str; 12] = [
    "依法须经批准",
    "经相关部门批准",
    "相关部门批准后",
    "方可开展经营活动",
    "凭营业执照",
    "自主开展经营活动",
    "自主开展",
    "以审批结果为准",
    "审批文件",
    "许可证件为准",
    "法律法规禁止",
    "具体经营项目",
];
/// What stands in brackets and does not change the business.
const QUALIFIERS: [&str; 8] =
    ["除许可业务外", "不含", "除外", "以上", "涉及", "仅限", "国家有专项规定", "可自主"];

impl Scope {
    /// Reads a scope as written.
    pub fn parse(raw: &str) -> Self {
        let folded = fold(raw);
        let text = without_brackets(&folded);
        let mut items: Vec<Box<str>> = Vec::new();
        for part in text.split([';', ',', '.', '\u{b7}', '/', '|']) {
            let item = clean(part);
            if item.chars().count() >= 2 && !BOILERPLATE.iter().any(|b| item.contains(b)) {
                items.push(item.into());
            }
        }
        items.sort_unstable();
        items.dedup();
        items.truncate(ITEMS_MAX);
        let mut bigrams: Vec<u32> = Vec::new();
        for item in &items {
            let mut last = None;
            for c in item.chars() {
                if let Some(before) = last.replace(c) {
                    bigrams.push(pair(before, c));
                }
            }
        }
        bigrams.sort_unstable();
        bigrams.dedup();
        Self { items: items.into(), bigrams: bigrams.into() }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How alike, 0 to 1: the larger of the Jaccard index of the items and the cosine of the
    /// character pairs (which sees through other wording).
    pub fn similarity(&self, other: &Self) -> f64 {
        let items = common(&self.items, &other.items);
        let union = self.items.len() + other.items.len() - items;
        if union == 0 || items == 0 && self.bigrams.is_empty() {
            return 0.0;
        }
        let jaccard = items as f64 / union as f64;
        let pairs = common(&self.bigrams, &other.bigrams) as f64;
        let norm = ((self.bigrams.len() * other.bigrams.len()) as f64).sqrt();
        let cosine = if norm > 0.0 { pairs / norm } else { 0.0 };
        jaccard.max(cosine.min(1.0))
    }

    /// The part of the smaller scope's items that the other holds too, 0 to 1.
    pub fn containment(&self, other: &Self) -> f64 {
        let smaller = self.items.len().min(other.items.len());
        if smaller == 0 { 0.0 } else { common(&self.items, &other.items) as f64 / smaller as f64 }
    }

    /// Keys of the items, in order.
    pub fn item_keys(&self) -> impl Iterator<Item = u64> {
        self.items.iter().map(|item| stable_hash(item.as_bytes()))
    }
}

fn pair(a: char, b: char) -> u32 {
    (a as u32).wrapping_mul(0x9E37_79B1) ^ (b as u32)
}

fn without_brackets(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut rest = folded;
    while let Some(open) = rest.find('(') {
        out.push_str(&rest[..open]);
        let inside = &rest[open + 1..];
        let end = inside.find(')').unwrap_or(inside.len());
        let content = &inside[..end];
        let noise = BOILERPLATE.iter().chain(&QUALIFIERS).any(|w| content.contains(w));
        if !noise {
            out.push_str(content);
        }
        rest = inside.get(end + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out.retain(|c| !matches!(c, '(' | ')'));
    out
}

fn clean(part: &str) -> &str {
    let mut item = part;
    loop {
        let before = item;
        item = item.trim_matches([':', '：', '等', '-', '(', ')', '"', '*']);
        for opening in OPENINGS {
            item = item.strip_prefix(opening).unwrap_or(item);
        }
        if item == before {
            return item;
        }
    }
}

fn common<T: Ord>(a: &[T], b: &[T]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, count) = (i + 1, j + 1, count + 1),
        }
    }
    count
}

/// How near two industries are in GB/T 4754.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum IndustryMatch {
    /// Different sections (门类).
    Different,
    /// The same section (one letter).
    Section,
    /// The same division (大类, two digits).
    Division,
    /// The same group (中类, three digits).
    Group,
    /// The same class (小类, four digits).
    Class,
}

/// Compares two industry codes (letter and up to four digits; the letter may be missing).
pub fn compare_industry(one: &str, other: &str) -> IndustryMatch {
    let ((section, digits), (letter, number)) = (industry(one), industry(other));
    let same = digits.bytes().zip(number.bytes()).take_while(|(a, b)| a == b).count();
    if section.is_some() && letter.is_some() && section != letter {
        return IndustryMatch::Different;
    }
    match same {
        4.. => IndustryMatch::Class,
        3 => IndustryMatch::Group,
        2 => IndustryMatch::Division,
        _ if section.is_some() && section == letter => IndustryMatch::Section,
        _ => IndustryMatch::Different,
    }
}

fn industry(code: &str) -> (Option<char>, String) {
    let code = fold(code);
    let letter = code.chars().next().filter(char::is_ascii_uppercase);
    (letter, code.chars().filter(char::is_ascii_digit).take(4).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scopes() {
        let a = Scope::parse(
            "一般项目：餐饮服务；酒类经营；外卖递送服务（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）",
        );
        let b = Scope::parse("许可项目:酒类經營；餐饮服务");
        assert_eq!(a.items.len(), 3);
        assert_eq!(b.items.len(), 2);
        assert!((a.similarity(&b) - 2.0 / 3.0).abs() < 0.2);
        assert!((a.containment(&b) - 1.0).abs() < 1e-9);
        let c = Scope::parse("建筑材料批发；石材加工");
        assert!(a.similarity(&c) < 0.1);
        assert!(Scope::parse("").is_empty());
    }

    #[test]
    fn industries() {
        assert_eq!(compare_industry("H6210", "H6210"), IndustryMatch::Class);
        assert_eq!(compare_industry("H6210", "6210"), IndustryMatch::Class);
        assert_eq!(compare_industry("H6210", "H6220"), IndustryMatch::Division);
        assert_eq!(compare_industry("F5110", "F5219"), IndustryMatch::Section);
        assert_eq!(compare_industry("H6210", "C2110"), IndustryMatch::Different);
        assert_eq!(compare_industry("", ""), IndustryMatch::Different);
    }

    proptest! {
        #[test]
        fn any_scope(a in ".{0,60}", b in "[一-四；，（）、a-c]{0,40}") {
            let (x, y) = (Scope::parse(&a), Scope::parse(&b));
            prop_assert!((x.similarity(&y) - y.similarity(&x)).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&x.similarity(&y)));
            if !y.is_empty() {
                prop_assert!((y.similarity(&y) - 1.0).abs() < 1e-9);
            }
            let again = Scope::parse(&y.items.join(";"));
            prop_assert_eq!(again, y);
        }
    }
}
