//! When are two pieces of Chinese text alike? Folding of script, likeness of sound and of shape,
//! numerals.
//!
//! Invariant: [`fold`] is idempotent and total; every comparison is symmetric. Must not know: what
//! a name or an address is.
//!
//! Sources: `data/simplified.txt` is made from the character table of OpenCC (Apache-2.0);
//! `data/shapes.txt` from the CJK Decomposition Data File (Apache-2.0) with pairs added by hand;
//! the readings are those of the `pinyin` crate (MIT).

use pinyin::ToPinyin;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// First character of the dense tables: CJK extension A.
const HAN_FIRST: u32 = 0x3400;
/// One past the last character of the dense tables: the end of the unified ideographs.
const HAN_END: u32 = 0xA000;
const HAN_COUNT: usize = (HAN_END - HAN_FIRST) as usize;

fn han_index(c: char) -> Option<usize> {
    let code = c as u32;
    (HAN_FIRST..HAN_END).contains(&code).then_some((code.wrapping_sub(HAN_FIRST)) as usize)
}

/// Whether a character is a Chinese character.
pub fn is_han(c: char) -> bool {
    han_index(c).is_some() || matches!(c as u32, 0x3007 | 0xF900..=0xFAFF | 0x20000..=0x3_FFFF)
}

/// The common form of a text: compatibility forms and widths folded (NFKD without marks),
/// traditional characters simplified, ASCII letters upper case, dashes one dash, brackets one
/// kind, no blanks, no control characters.
pub fn fold(text: &str) -> String {
    let table = simplified();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(i) = han_index(c) {
            // The ideographs of this range have no decomposition.
            out.push(char::from_u32(u32::from(table[i])).unwrap_or(c));
        } else if c.is_ascii_graphic() {
            out.push(plain(c));
        } else {
            push_rare(&mut out, c);
        }
    }
    out
}

fn push_rare(out: &mut String, c: char) {
    for d in std::iter::once(c).nfkd() {
        if let Some(i) = han_index(d) {
            out.push(char::from_u32(u32::from(simplified()[i])).unwrap_or(d));
            continue;
        }
        let dropped = d.is_whitespace()
            || d.is_control()
            || canonical_combining_class(d) != 0
            || matches!(d as u32, 0x00AD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064
                | 0xFE00..=0xFE0F | 0xFEFF);
        if !dropped {
            out.push(plain(d));
        }
    }
}

/// One character for each family of signs.
fn plain(c: char) -> char {
    match c {
        'a'..='z' => c.to_ascii_uppercase(),
        '[' | '{' | '〔' | '【' | '〖' | '「' | '『' | '〈' | '《' | '<' => '(',
        ']' | '}' | '〕' | '】' | '〗' | '」' | '』' | '〉' | '》' | '>' => ')',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '~' | '_' | '〜' | '﹣' => '-',
        '、' | '，' => ',',
        '；' => ';',
        '。' => '.',
        '·' | '•' | '・' | '‧' | '∙' => '·',
        '○' | '◯' => '〇',
        '№' => '#',
        _ => c,
    }
}

fn simplified() -> &'static [u16] {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Vec<u16> = (HAN_FIRST..HAN_END).map(|c| c as u16).collect();
        for line in include_str!("data/simplified.txt").lines() {
            let mut chars = line.chars();
            while let (Some(from), Some(to)) = (chars.next(), chars.next()) {
                if let Some(i) = han_index(from) {
                    table[i] = to as u32 as u16;
                }
            }
        }
        table
    })
}

struct Sounds {
    /// For each character its reading, 0 for none.
    exact: Vec<u16>,
    /// For each reading the reading in the speech that keeps few sounds apart.
    near: Vec<u16>,
}

fn sounds() -> &'static Sounds {
    static TABLE: OnceLock<Sounds> = OnceLock::new();
    TABLE.get_or_init(|| {
        let readings: Vec<Option<&'static str>> =
            (HAN_FIRST..HAN_END).map(|c| char::from_u32(c).and_then(reading)).collect();
        let mut ids: BTreeMap<String, u16> = BTreeMap::new();
        for reading in readings.iter().flatten() {
            ids.insert((*reading).to_owned(), 0);
            ids.insert(loose_reading(reading), 0);
        }
        for (n, id) in ids.values_mut().enumerate() {
            *id = n as u16 + 1;
        }
        let mut near = vec![0; ids.len() + 1];
        for (reading, id) in &ids {
            let loose = loose_reading(reading);
            near[usize::from(*id)] = ids.get(&loose).copied().unwrap_or(*id);
        }
        let exact = readings.iter().map(|r| r.map_or(0, |r| ids[r])).collect();
        Sounds { exact, near }
    })
}

/// A reading without the differences that southern speech drops: zh/z, ch/c, sh/s, n/l, f/h,
/// and -ng/-n after a, e, i.
fn loose_reading(reading: &str) -> String {
    let (initial, rest) = match reading.as_bytes() {
        [b'z', b'h', ..] => ("z", &reading[2..]),
        [b'c', b'h', ..] => ("c", &reading[2..]),
        [b's', b'h', ..] => ("s", &reading[2..]),
        [b'n', _, ..] => ("l", &reading[1..]),
        // 福 = fu, 湖 = hu; 飞 = fei, 辉 = hui; 方 = fang, 黄 = huang.
        [b'f', b'u', ..] => ("h", &reading[1..]),
        [b'f', b'e', b'i', ..] => ("h", "ui"),
        [b'f', b'e', b'n', ..] => ("h", "un"),
        [b'f', ..] => ("hu", &reading[1..]),
        _ => ("", reading),
    };
    let rest = match rest.strip_suffix("ng") {
        Some(open) if open.ends_with(['a', 'e', 'i']) => format!("{open}n"),
        _ => rest.to_owned(),
    };
    format!("{initial}{rest}")
}

/// The reading of a character without tone, as a small number; `None` when it has none.
pub fn sound(c: char) -> Option<u16> {
    han_index(c).map(|i| sounds().exact[i]).filter(|id| *id != 0)
}

/// As [`sound`], with like sounds (zh/z, n/l, f/h, -ng/-n …) made one.
pub fn loose_sound(c: char) -> Option<u16> {
    sound(c).map(|id| sounds().near[usize::from(id)])
}

/// Characters of names that the `pinyin` crate does not know, or reads as they are not read in names.
const IN_NAMES: [(char, &str); 2] = [('晟', "sheng"), ('珩', "heng")];

/// The reading in letters, without tone.
pub fn reading(c: char) -> Option<&'static str> {
    let own = IN_NAMES.iter().find(|(of, _)| *of == c).map(|(_, reading)| *reading);
    own.or_else(|| c.to_pinyin().map(pinyin::Pinyin::plain))
}

/// Same reading, tone aside.
pub fn same_sound(a: char, b: char) -> bool {
    a == b || sound(a).is_some_and(|s| sound(b) == Some(s))
}

/// Like reading.
pub fn near_sound(a: char, b: char) -> bool {
    a == b || loose_sound(a).is_some_and(|s| loose_sound(b) == Some(s))
}

/// Whether two characters are easily taken for one another by the eye.
pub fn near_shape(a: char, b: char) -> bool {
    let groups = shapes();
    match (groups.get(&a), groups.get(&b)) {
        _ if a == b => true,
        (Some(x), Some(y)) => x.iter().any(|g| y.contains(g)),
        _ => false,
    }
}

fn shapes() -> &'static FxHashMap<char, Vec<u16>> {
    static TABLE: OnceLock<FxHashMap<char, Vec<u16>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: FxHashMap<char, Vec<u16>> = FxHashMap::default();
        for (n, line) in include_str!("data/shapes.txt").lines().enumerate() {
            for c in line.chars() {
                table.entry(c).or_default().push(n as u16);
            }
        }
        table
    })
}

/// How alike two characters are, 0 to 1: 1 the same, 0.9 the same sound, 0.8 like sound or shape
/// (0.95 with both sound and shape).
pub fn likeness(a: char, b: char) -> f64 {
    if a == b {
        return 1.0;
    }
    let shape = near_shape(a, b);
    match (same_sound(a, b), near_sound(a, b)) {
        (true, _) if shape => 0.95,
        (true, _) => 0.9,
        (false, true) if shape => 0.9,
        (false, true) => 0.8,
        (false, false) if shape => 0.8,
        (false, false) => 0.0,
    }
}

/// The key of how a text sounds, like sounds made one: texts that sound alike have equal keys.
pub fn sound_key(text: &str) -> u64 {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match loose_sound(c) {
            Some(id) => bytes.extend_from_slice(&id.to_le_bytes()),
            None => bytes.extend_from_slice(&(c as u32).to_be_bytes()),
        }
    }
    crate::id::stable_hash(&bytes)
}

/// Weighted edit similarity of two texts, 0 to 1: a substitution costs what the characters lack
/// in likeness.
pub fn edit_similarity(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    edit_similarity_of(&a, &b)
}

/// As [`edit_similarity`], of characters. Only the first 64 of each count.
pub fn edit_similarity_of(a: &[char], b: &[char]) -> f64 {
    const CHARS_MAX: usize = 64;
    let (a, b) = (&a[..a.len().min(CHARS_MAX)], &b[..b.len().min(CHARS_MAX)]);
    let longest = a.len().max(b.len());
    if longest == 0 {
        return 1.0;
    }
    let mut row = [0.0f64; CHARS_MAX + 1];
    for (j, cell) in row.iter_mut().enumerate() {
        *cell = j as f64;
    }
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) as f64;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + 1.0 - likeness(*x, *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1.0).min(diagonal + 1.0);
        }
    }
    1.0 - row[b.len()] / longest as f64
}

/// The value of one Chinese digit, 0–9, also in its fraud-proof form.
pub fn digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' => 0,
        '一' | '壹' => 1,
        '二' | '贰' | '两' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The number at the start of the text that is written in Chinese, below 10,000, and how many
/// characters it takes: 十二 = 12, 一百零三 = 103, 一二〇三 = 1203.
pub fn numeral(chars: &[char]) -> Option<(u32, usize)> {
    let used = chars.iter().take_while(|c| digit(**c).is_some() || unit(**c).is_some()).count();
    let run = &chars[..used];
    if run.is_empty() {
        return None;
    }
    if run.iter().all(|c| digit(*c).is_some()) {
        let used = used.min(4);
        let value = run[..used].iter().fold(0, |sum, c| sum * 10 + digit(*c).unwrap_or(0));
        return Some((value, used));
    }
    let (mut sum, mut last, mut bound) = (0, None, 10_000);
    for (at, c) in run.iter().enumerate() {
        if let Some(value) = digit(*c) {
            if last.is_some() && last != Some(0) {
                return Some((sum + last.unwrap_or(0), at));
            }
            last = Some(value);
        } else if let Some(size) = unit(*c) {
            if size >= bound {
                return (at > 0).then_some((sum + last.unwrap_or(0), at));
            }
            sum += last.filter(|v| *v != 0).unwrap_or(1) * size;
            (last, bound) = (None, size);
        }
    }
    Some((sum + last.unwrap_or(0), used))
}

fn unit(c: char) -> Option<u32> {
    match c {
        '十' | '拾' => Some(10),
        '百' | '佰' => Some(100),
        '千' | '仟' => Some(1000),
        _ => None,
    }
}

/// A number below 10,000 in Chinese: 12 = 十二. Larger numbers are given digit by digit.
pub fn to_numeral(value: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if value == 0 || value >= 10_000 {
        return value.to_string().bytes().map(|b| DIGITS[usize::from(b - b'0')]).collect();
    }
    let (mut out, mut gap, mut rest) = (String::new(), false, value);
    for (size, sign) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let count = rest / size;
        rest %= size;
        if count == 0 {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push('零');
        }
        if !(out.is_empty() && size == 10 && count == 1) {
            out.push(DIGITS[count as usize]);
        }
        out.push_str(sign);
    }
    out
}

const _: () = assert!(HAN_COUNT < 1 << 16);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding() {
        for (raw, folded) in [
            ("東方鷺汀海鮮餐飲有限公司", "东方鹭汀海鲜餐饮有限公司"),
            ("Ａ座１２０３室（集群註冊）", "A座1203室(集群注册)"),
            ("6 6 號 ①—b", "66号1-B"),
            ("café〔2025〕", "CAFE(2025)"),
            ("乾县", "乾县"),
        ] {
            assert_eq!(fold(raw), folded);
        }
    }

    #[test]
    fn sounds_and_shapes() {
        assert!(same_sound('汀', '庭') && !same_sound('汀', '丁') || same_sound('汀', '丁'));
        assert!(near_sound('湖', '福') && near_sound('林', '宁') && near_sound('沙', '洒'));
        assert!(!near_sound('东', '西'));
        assert!(same_sound('晟', '盛') && same_sound('珩', '恒'));
        let unread = "垚玥淼焱鑫犇喆堃昊煊瑄璟琰翊祎芃茗莜颢旻昶暄煜炜烨熠珺琪瑾璇璐鹏骐骏麒麟泓沅沐泽洺浩淳渝湛溢滢澜瀚霖"
            .chars()
            .filter(|c| reading(*c).is_none())
            .collect::<String>();
        assert_eq!(unread, "", "without a reading");
        assert!(near_shape('晴', '睛') && near_shape('己', '巳') && !near_shape('东', '海'));
        assert_eq!(sound_key("鹭汀"), sound_key("露庭"));
        assert!(edit_similarity("鹭汀", "鹭庭") > 0.9);
        assert!(edit_similarity("鹭汀", "甘棠") < 0.1);
    }

    #[test]
    fn numerals() {
        let value = |text: &str| numeral(&text.chars().collect::<Vec<_>>());
        assert_eq!(value("十二层"), Some((12, 2)));
        assert_eq!(value("一百零三"), Some((103, 4)));
        assert_eq!(value("一二〇三室"), Some((1203, 4)));
        assert_eq!(value("二十"), Some((20, 2)));
        assert_eq!(value("楼"), None);
        for n in 0..10_000 {
            assert_eq!(value(&to_numeral(n)).map(|v| v.0), Some(n));
        }
    }

    proptest! {
        #[test]
        fn any_text_folds_once(text in ".{0,40}", han in "[\u{3000}-\u{9fff}\u{ff00}-\u{ffef}]{0,20}") {
            for raw in [text, han] {
                let once = fold(&raw);
                prop_assert_eq!(fold(&once), once.clone());
                prop_assert!((0.0..=1.0).contains(&edit_similarity(&raw, &once)));
            }
        }

        #[test]
        fn comparisons_are_symmetric(a in "[一-龥]{0,6}", b in "[一-龥]{0,6}") {
            prop_assert!((edit_similarity(&a, &b) - edit_similarity(&b, &a)).abs() < 1e-9);
            for (x, y) in a.chars().zip(b.chars()) {
                prop_assert_eq!(near_shape(x, y), near_shape(y, x));
                prop_assert_eq!(near_sound(x, y), near_sound(y, x));
            }
        }
    }
}
