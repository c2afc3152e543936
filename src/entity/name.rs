//! What are the parts of an enterprise name, and how alike are two brands?
//!
//! By the rules on enterprise names (企业名称登记管理规定) a name is 行政区划 + 字号 + 行业 +
//! 组织形式; the region may stand in brackets in the middle. The brand (字号) is what a successor
//! keeps or hides.
//!
//! Invariant: parts are pieces of the folded text; parsing is total. Must not know: who bears it.

mod brand;

pub use brand::{BrandLevel, BrandMatch, brand_similarity, match_names};

use crate::entity::division::{self, Division, Level};
use crate::entity::script::{fold, sound_key};
use crate::id::stable_hash;
use rustc_hash::FxHashSet;
use std::sync::OnceLock;

/// Kinds of organisation form.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum FormKind {
    /// 有限责任公司.
    Limited,
    /// 股份有限公司.
    Joint,
    /// 合伙企业.
    Partnership,
    /// 农民专业合作社 and the like.
    Cooperative,
    /// 个人独资.
    Proprietor,
    /// 事务所.
    Office,
    /// 店, 厂, 经营部 …: the forms of sole traders and small firms.
    Shop,
    /// None found.
    Unknown,
}

/// An enterprise name in parts, all folded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CompanyName {
    /// The whole name, folded.
    pub full: Box<str>,
    /// 行政区划, as written; empty without.
    pub region: Box<str>,
    /// 字号; never empty unless the name is.
    pub brand: Box<str>,
    /// 行业; empty when none is found.
    pub industry: Box<str>,
    /// 组织形式; empty when none is found.
    pub form: Box<str>,
    /// The kind of the form.
    pub kind: FormKind,
    /// What marks a branch, e.g. 感城分公司; empty for a head office.
    pub branch: Box<str>,
    key: u64,
    brand_key: u64,
    sound_key: u64,
}

impl CompanyName {
    /// Reads a name as written.
    pub fn parse(raw: &str) -> Self {
        Self::parse_in(raw, None)
    }

    /// Reads a name as written; with the division (GB/T 2260) where it is registered, a town of the
    /// same county that stands in front is the region, not a part of the brand (八所…, 感城…).
    pub fn parse_in(raw: &str, division: Option<&str>) -> Self {
        let full = fold(raw);
        let county = division.and_then(Division::of).map(|division| division.code);
        let text = strip_annotation(&full);
        let (head, branch) = split_branch(text);
        let (stem, form, kind) = split_form(head);
        let (region, body) = split_region(stem, county);
        let (brand, industry) = split_brand(&body);
        let brand = if brand.is_empty() { body.clone() } else { brand };
        let brand = if brand.is_empty() { text.to_owned() } else { brand };
        Self {
            key: name_key_of_folded(&full),
            brand_key: stable_hash(brand.as_bytes()),
            sound_key: sound_key(&brand),
            region: region.into(),
            brand: brand.into(),
            industry: industry.into(),
            form: form.into(),
            kind,
            branch: branch.into(),
            full: full.into(),
        }
    }

    /// The key of the whole name; see [`name_key`].
    pub fn key(&self) -> u64 {
        self.key
    }

    /// The key under which equal brands meet.
    pub fn brand_key(&self) -> u64 {
        self.brand_key
    }

    /// The key under which brands that sound alike meet.
    pub fn sound_key(&self) -> u64 {
        self.sound_key
    }

    /// Whether it names a branch (分公司, 分店).
    pub fn is_branch(&self) -> bool {
        !self.branch.is_empty()
    }

    /// Brand and industry together: what remains when region and form are dropped.
    pub fn body(&self) -> String {
        format!("{}{}", self.brand, self.industry)
    }
}

/// The key under which equal names meet: widths, scripts, brackets and blanks do not count, nor
/// whether 有限责任公司 is written out.
pub fn name_key(raw: &str) -> u64 {
    name_key_of_folded(&fold(raw))
}

fn name_key_of_folded(full: &str) -> u64 {
    let mut bytes = Vec::with_capacity(full.len());
    let mut rest = full;
    while let Some(at) = rest.find("有限责任公司") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        bytes.extend_from_slice("有限公司".as_bytes());
        rest = &rest[at + "有限责任公司".len()..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes.retain(|b| !matches!(b, b'(' | b')' | b'-' | b'.' | b',' | b'"' | b'\''));
    stable_hash(&bytes)
}

/// Remarks of registries that are no part of the name.
const ANNOTATIONS: [&str; 7] =
    ["(个体工商户)", "(个人独资)", "(已注销)", "(已吊销)", "(注销)", "(吊销)", "(曾用名)"];

fn strip_annotation(full: &str) -> &str {
    let mut text = full;
    while let Some(shorter) = ANNOTATIONS.iter().find_map(|a| text.strip_suffix(a)) {
        text = shorter;
    }
    text
}

/// 某某有限公司感城分公司 → head and branch.
fn split_branch(text: &str) -> (&str, &str) {
    for head in ["公司", "合作社", "合伙企业"] {
        if let Some(at) = text.find(head) {
            let end = at + head.len();
            let tail = &text[end..];
            let marked = !tail.is_empty() && !tail.starts_with('(') && !tail.starts_with("联合社");
            if marked && BRANCH_ENDINGS.iter().any(|e| tail.ends_with(e)) {
                return (&text[..end], tail);
            }
        }
    }
    (text, "")
}

const BRANCH_ENDINGS: [&str; 18] = [
    "分公司",
    "分店",
    "分部",
    "分社",
    "分厂",
    "支行",
    "分行",
    "营业部",
    "门市部",
    "门店",
    "经营部",
    "店",
    "办事处",
    "项目部",
    "服务部",
    "销售部",
    "分中心",
    "厂",
];

struct Forms {
    /// Forms by decreasing length, in bytes.
    list: Vec<(&'static str, FormKind)>,
}

fn forms() -> &'static Forms {
    static TABLE: OnceLock<Forms> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut list = Vec::new();
        for line in include_str!("data/forms.txt").lines().filter(|l| !l.starts_with('#')) {
            let mut words = line.split_whitespace();
            let kind = match words.next() {
                Some("limited") => FormKind::Limited,
                Some("joint") => FormKind::Joint,
                Some("partnership") => FormKind::Partnership,
                Some("cooperative") => FormKind::Cooperative,
                Some("proprietor") => FormKind::Proprietor,
                Some("office") => FormKind::Office,
                _ => FormKind::Shop,
            };
            list.extend(words.map(|word| (word, kind)));
        }
        list.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Forms { list }
    })
}

fn split_form(head: &str) -> (&str, &str, FormKind) {
    for (form, kind) in &forms().list {
        if let Some(stem) = head.strip_suffix(form)
            && stem.chars().count() >= 2
        {
            return (stem, &head[stem.len()..], *kind);
        }
    }
    (head, "", FormKind::Unknown)
}

/// Takes the region off: at the front, or in brackets in the middle or at the end.
fn split_region(stem: &str, county: Option<u32>) -> (String, String) {
    let (region, body) = region_and_body(stem, county);
    // 海南自由贸易港…: the zone is part of the region.
    for zone in ["自由贸易港", "自贸港", "自由贸易试验区", "自贸区", "经济特区"]
    {
        if let Some(rest) = body.strip_prefix(zone)
            && !region.is_empty()
            && rest.chars().nth(1).is_some()
        {
            return (format!("{region}{zone}"), rest.to_owned());
        }
    }
    (region, body)
}

fn region_and_body(stem: &str, county: Option<u32>) -> (String, String) {
    if let Some(open) = stem.find('(')
        && let Some(length) = stem[open..].find(')')
    {
        let inside = &stem[open + 1..open + length];
        let around = format!("{}{}", &stem[..open], &stem[open + length + 1..]);
        if region_length(inside, false) == inside.len() || inside == "中国" {
            // What stands before is then the brand, even if it reads like a place (阿里巴巴), but for
            // a province.
            let used = province_length(&around);
            let region = if used == 0 { inside } else { &around[..used] };
            return (region.to_owned(), around[used..].to_owned());
        }
        let remark = ["集团", "控股", "筹", "中外合资", "外商独资"].contains(&inside);
        let plain = if remark { around } else { stem.replace(['(', ')'], "") };
        let used = region_length(&plain, true);
        return (plain[..used].to_owned(), plain[used..].to_owned());
    }
    let used = match region_length(stem, true) {
        0 => county.map_or(0, |code| town_length(division::gazetteer(), code, stem, true)),
        used => used,
    };
    let used = if is_called_after(&stem[..used], &stem[used..]) { 0 } else { used };
    (stem[..used].to_owned(), stem[used..].to_owned())
}

/// Whether a place in front is the brand itself, since the trade alone follows: 新龙海鲜餐饮 is called
/// 新龙. A place with its suffix is none.
fn is_called_after(place: &str, rest: &str) -> bool {
    const SUFFIXES: [char; 8] = ['省', '市', '县', '区', '镇', '乡', '州', '道'];
    !place.is_empty() && !place.ends_with(SUFFIXES) && tails(rest, &starts(rest))[0]
}

fn province_length(text: &str) -> usize {
    let table = division::gazetteer();
    match longest_place(table, text, None) {
        Some((length, _, Level::Province)) if text[length..].chars().nth(1).is_some() => length,
        _ => 0,
    }
}

/// How many bytes of the start are a region. With `leave`, at least two characters remain.
fn region_length(text: &str, leave: bool) -> usize {
    let table = division::gazetteer();
    let remains = |used: usize| !leave || text[used..].chars().nth(1).is_some();
    let (mut used, mut within): (usize, Option<(u32, Level)>) = (0, None);
    if let Some(rest) = text.strip_prefix("中国")
        && rest.chars().count() >= 4
    {
        return "中国".len();
    }
    while used < text.len() {
        let Some((length, code, level)) = longest_place(table, &text[used..], within) else {
            break;
        };
        if !remains(used + length) {
            break;
        }
        used += length;
        if level == Level::County {
            return used + town_length(table, code, &text[used..], leave);
        }
        within = Some((code, level));
    }
    used
}

/// A town behind its county (东方市八所…), its suffix written or not; what remains must have room
/// for a brand and more.
fn town_length(table: &division::Gazetteer, county: u32, text: &str, leave: bool) -> usize {
    let mut best = 0;
    for row in table.towns(county) {
        let stem = TOWN_ENDINGS.iter().find_map(|e| row.name.strip_suffix(e)).unwrap_or(row.name);
        for word in [row.name, stem] {
            let room = if leave { 3 } else { 0 };
            let fits = word.chars().count() >= 2 && text.starts_with(word);
            if fits && text[word.len()..].chars().count() >= room {
                best = best.max(word.len());
            }
        }
    }
    best
}

const TOWN_ENDINGS: [&str; 5] = ["街道", "镇", "乡", "苏木", "地区"];

fn longest_place(
    table: &division::Gazetteer,
    text: &str,
    within: Option<(u32, Level)>,
) -> Option<(usize, u32, Level)> {
    const CHARS_MAX: usize = 12;
    let ends: Vec<usize> =
        text.char_indices().map(|(i, c)| i + c.len_utf8()).take(CHARS_MAX).collect();
    let fits = |code: u32, level: Level| match within {
        None => true,
        Some((above, at)) => level > at && division::cut(code, at) == above,
    };
    for end in ends.iter().skip(1).rev() {
        let word = &text[..*end];
        if let Some(row) = table.named(word).find(|r| fits(r.code, r.level)) {
            return Some((*end, row.code, row.level));
        }
        // A district without its 区 is too often an ordinary word (和平, 新华, 长安).
        let row = table.stemmed(word).find(|r| {
            let district = r.level == Level::County && r.name.ends_with('区');
            fits(r.code, r.level) && (!district || within.is_some())
        });
        if let Some(row) = row {
            return Some((*end, row.code, row.level));
        }
    }
    None
}

fn industry_words() -> &'static FxHashSet<&'static str> {
    static TABLE: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    TABLE.get_or_init(|| {
        include_str!("data/industry_words.txt")
            .lines()
            .filter(|l| !l.starts_with('#'))
            .flat_map(str::split_whitespace)
            .collect()
    })
}

/// Words that join two industries.
const JOINERS: [&str; 5] = ["与", "和", "及", "·", "暨"];
/// Longest industry word, in characters.
const WORD_CHARS_MAX: usize = 9;

/// Splits brand and industry: the longest tail that consists of industry words, leaving at least
/// two characters of brand; failing that, the part from the first industry word inside; failing
/// that, the last two characters of five or more.
fn split_brand(body: &str) -> (String, String) {
    let starts = starts(body);
    let count = starts.len() - 1;
    let brand_min = if count >= 3 { 2 } else { count };
    let covered = tails(body, &starts);
    let tail = (brand_min..count).find(|i| covered[*i]);
    let at = tail.or_else(|| {
        // An unknown word behind a known one (海鲜美馔).
        (brand_min..count.saturating_sub(1)).find(|i| word_at(body, &starts, *i) >= 2)
    });
    let at = at.unwrap_or(if count >= 5 { (count - 2).min(4) } else { count });
    (body[..starts[at]].to_owned(), body[starts[at]..].to_owned())
}

/// Where the characters of a text begin, and its end.
fn starts(text: &str) -> Vec<usize> {
    text.char_indices().map(|(i, _)| i).chain(std::iter::once(text.len())).collect()
}

/// For each character position, whether the text from there on consists of industry words.
fn tails(body: &str, starts: &[usize]) -> Vec<bool> {
    let count = starts.len() - 1;
    let words = industry_words();
    let mut covered = vec![false; count + 1];
    covered[count] = true;
    for i in (0..count).rev() {
        covered[i] = (i + 1..=count.min(i + WORD_CHARS_MAX)).any(|j| {
            let word = &body[starts[i]..starts[j]];
            covered[j] && (words.contains(word) || (j < count && JOINERS.contains(&word)))
        });
    }
    covered
}

/// The length in characters of the longest industry word at a position, 0 for none.
fn word_at(body: &str, starts: &[usize], i: usize) -> usize {
    let count = starts.len() - 1;
    (i + 1..=count.min(i + WORD_CHARS_MAX))
        .rev()
        .find(|j| industry_words().contains(&body[starts[i]..starts[*j]]))
        .map_or(0, |j| j - i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts() {
        let check = |raw: &str, parts: [&str; 5]| {
            let name = CompanyName::parse(raw);
            let got = [&*name.region, &*name.brand, &*name.industry, &*name.form, &*name.branch];
            assert_eq!(got, parts, "{raw}");
        };
        check("东方鹭汀海鲜餐饮有限公司", ["东方", "鹭汀", "海鲜餐饮", "有限公司", ""]);
        check(
            "东方鹭汀海鲜餐饮有限公司感城分公司",
            ["东方", "鹭汀", "海鲜餐饮", "有限公司", "感城分公司"],
        );
        check("海南岫岩建材有限公司", ["海南", "岫岩", "建材", "有限公司", ""]);
        let here = |raw: &str| CompanyName::parse_in(raw, Some("469007103"));
        for (raw, region, brand) in [
            ("八所鹭汀海鲜餐饮有限公司", "八所", "鹭汀"),
            ("感城镇鹭汀餐饮店", "感城镇", "鹭汀"),
            ("新龙海鲜餐饮有限公司", "", "新龙"),
            ("东方鹭汀海鲜餐饮有限公司", "东方", "鹭汀"),
        ] {
            let name = here(raw);
            assert_eq!((&*name.region, &*name.brand), (region, brand), "{raw}");
        }
        assert_eq!(&*CompanyName::parse("八所鹭汀餐饮有限公司").region, "", "of which county?");
        check("海南砚池财税代理有限公司", ["海南", "砚池", "财税代理", "有限公司", ""]);
        check("鹭汀（海南）餐飲管理有限责任公司", ["海南", "鹭汀", "餐饮管理", "有限责任公司", ""]);
        check(
            "海南省东方市甘棠石化装备股份有限公司",
            ["海南省东方市", "甘棠", "石化装备", "股份有限公司", ""],
        );
        check("东方市八所粉汤凌霜餐饮店", ["东方市八所", "粉汤凌霜", "餐饮", "店", ""]);
        check("海南鲸浦供应链有限公司", ["海南", "鲸浦", "供应链", "有限公司", ""]);
        check("东方麦垄种养专业合作社", ["东方", "麦垄", "种养", "专业合作社", ""]);
        check(
            "海南潮生企业管理合伙企业（有限合伙）",
            ["海南", "潮生", "企业管理", "合伙企业(有限合伙)", ""],
        );
        check(
            "广东省深圳市南山区云上科技有限公司",
            ["广东省深圳市南山区", "云上", "科技", "有限公司", ""],
        );
        check("阿里巴巴（中国）有限公司", ["中国", "阿里巴巴", "", "有限公司", ""]);
        check(
            "昌江黎族自治县石碌镇潮生矿业有限公司",
            ["昌江黎族自治县石碌镇", "潮生", "矿业", "有限公司", ""],
        );
        check("海南自贸港鹭汀（集团）科技有限公司", ["海南自贸港", "鹭汀", "科技", "有限公司", ""]);
        check("", ["", "", "", "", ""]);
    }

    #[test]
    fn keys_ignore_spelling() {
        assert_eq!(name_key("东方鷺汀（海南）有限責任公司"), name_key("东方鹭汀(海南) 有限公司"));
        assert_ne!(name_key("东方鹭汀有限公司"), name_key("东方鹭庭有限公司"));
        let (a, b) = (
            CompanyName::parse("海南鹭汀餐饮有限公司"),
            CompanyName::parse("东方鹭庭渔家餐饮有限公司"),
        );
        assert_eq!(a.sound_key(), b.sound_key());
        assert_ne!(a.brand_key(), b.brand_key());
    }

    proptest! {
        #[test]
        fn any_name(raw in ".{0,40}", shaped in "(海南|东方市|)[一-龥]{0,5}(\\(海南\\)|)(餐饮|商贸|)(有限公司|店|)") {
            for text in [raw, shaped] {
                let name = CompanyName::parse(&text);
                prop_assert_eq!(name.brand.is_empty(), name.full.is_empty());
                let again = CompanyName::parse(&name.full);
                prop_assert_eq!(again, name);
            }
        }
    }
}
