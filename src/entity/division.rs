//! Which place is a division code, and which code is a place? GB/T 2260 and the statistical codes
//! of towns.
//!
//! Invariant: a code resolves to the same ladder for ever; an unknown code resolves to the nearest
//! known level above it. Must not know: addresses, enterprises.
//!
//! Data: `data/divisions.zst`, made from modood/Administrative-divisions-of-China (WTFPL), to
//! 2022-10-31: one line a division in the order of codes, `<level><distance> <name>`, the level
//! letter being p, c, a or none (province, city, county, town).

use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// The level of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 省级.
    Province,
    /// 地级.
    City,
    /// 县级.
    County,
    /// 乡级.
    Town,
}

/// A place in the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// Nine digits; zeros where the level ends.
    pub code: u32,
    /// How far down the ladder reaches.
    pub level: Level,
    /// Whether the code itself is known; otherwise the ladder is that of the nearest level above.
    pub exact: bool,
    /// 省级.
    pub province: &'static str,
    /// 地级; absent where the level is only a heading (市辖区, 省直辖县级行政区划).
    pub city: Option<&'static str>,
    /// 县级.
    pub county: Option<&'static str>,
    /// 乡级.
    pub town: Option<&'static str>,
}

impl Division {
    /// The place of a code of 2, 4, 6 or 9 digits (12 digits: the first 9 count). `None` when not
    /// even the province is known.
    pub fn of(code: &str) -> Option<Self> {
        let (wanted, level) = read(code)?;
        (0..=level as u8).rev().find_map(|l| ladder(wanted, LEVELS[usize::from(l)], level))
    }

    /// The name of the lowest level.
    pub fn name(&self) -> &'static str {
        self.town.or(self.county).or(self.city).unwrap_or(self.province)
    }

    /// All levels joined: 海南省东方市八所镇.
    pub fn full_name(&self) -> String {
        let parts = [Some(self.province), self.city, self.county, self.town];
        let mut out = String::new();
        for part in parts.into_iter().flatten() {
            if !out.ends_with(part) {
                out.push_str(part);
            }
        }
        out
    }
}

const LEVELS: [Level; 4] = [Level::Province, Level::City, Level::County, Level::Town];
/// What a code is cut to at each level.
const SIZES: [u32; 4] = [10_000_000, 100_000, 1_000, 1];
/// Headings that stand for no city.
const HEADINGS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

fn read(code: &str) -> Option<(u32, Level)> {
    let digits = code.as_bytes();
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let significant = match digits.len() {
        6 if digits.ends_with(b"0000") => 2,
        6 if digits.ends_with(b"00") && !is_known(&code[..6], Level::County) => 4,
        9 | 12 if digits[6..9] == *b"000" => 6,
        12 => 9,
        n @ (2 | 4 | 6 | 9) => n,
        _ => return None,
    };
    let level = LEVELS[match significant {
        2 => 0,
        4 => 1,
        6 => 2,
        _ => 3,
    }];
    let value: u32 = code[..significant].parse().ok()?;
    Some((value * SIZES[match_level(level)], level))
}

const fn match_level(level: Level) -> usize {
    level as usize
}

fn is_known(code: &str, level: Level) -> bool {
    let padded = code.parse::<u32>().map_or(0, |c| c * 1_000);
    gazetteer().find(padded, level).is_some()
}

fn ladder(wanted: u32, at: Level, asked: Level) -> Option<Division> {
    let table = gazetteer();
    let code = cut(wanted, at);
    table.find(code, at)?;
    let name = |level: Level| {
        (level <= at).then(|| table.find(cut(wanted, level), level)).flatten().map(|r| r.name)
    };
    Some(Division {
        code,
        level: at,
        exact: at == asked,
        province: name(Level::Province)?,
        city: name(Level::City).filter(|n| !HEADINGS.contains(n)),
        county: name(Level::County),
        town: name(Level::Town),
    })
}

/// A code cut to a level.
pub(super) const fn cut(code: u32, level: Level) -> u32 {
    code / SIZES[match_level(level)] * SIZES[match_level(level)]
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) code: u32,
    pub(super) level: Level,
    pub(super) name: &'static str,
}

/// The whole table, sorted by code and level, and the rows of each name down to the county.
pub(super) struct Gazetteer {
    rows: Vec<Row>,
    names: FxHashMap<&'static str, Vec<u32>>,
    stems: FxHashMap<&'static str, Vec<u32>>,
}

impl Gazetteer {
    fn find(&self, code: u32, level: Level) -> Option<&Row> {
        self.rows
            .binary_search_by_key(&(code, level), |row| (row.code, row.level))
            .ok()
            .map(|i| &self.rows[i])
    }

    /// The provinces, cities and counties of a full name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Row> {
        self.names.get(name).into_iter().flatten().map(|i| &self.rows[*i as usize])
    }

    /// The provinces, cities and counties of a name without its suffix (海南, 东方, 昌江).
    pub(super) fn stemmed(&self, stem: &str) -> impl Iterator<Item = &Row> {
        self.stems.get(stem).into_iter().flatten().map(|i| &self.rows[*i as usize])
    }

    /// The towns of a county.
    pub(super) fn towns(&self, county: u32) -> impl Iterator<Item = &Row> {
        let county = cut(county, Level::County);
        let start = self.rows.partition_point(|r| (r.code, r.level) <= (county, Level::County));
        self.rows[start..]
            .iter()
            .take_while(move |r| cut(r.code, Level::County) == county)
            .filter(|r| r.level == Level::Town)
    }
}

/// The table; read from its packed form on first use.
pub(super) fn gazetteer() -> &'static Gazetteer {
    static TABLE: OnceLock<Gazetteer> = OnceLock::new();
    TABLE.get_or_init(|| {
        let packed: &[u8] = include_bytes!("data/divisions.zst");
        let text = zstd::decode_all(packed).expect("the embedded table is a whole zstd frame");
        let text = String::from_utf8(text).expect("the embedded table is UTF-8");
        build(Box::leak(text.into_boxed_str()))
    })
}

fn build(text: &'static str) -> Gazetteer {
    let (mut rows, mut code) = (Vec::with_capacity(45_000), 0u32);
    for line in text.lines() {
        let (head, name) =
            line.split_once(' ').expect("each line of the embedded table has a blank");
        let level = match head.as_bytes()[0] {
            b'p' => Level::Province,
            b'c' => Level::City,
            b'a' => Level::County,
            _ => Level::Town,
        };
        let distance = head.trim_start_matches(['p', 'c', 'a']);
        code += distance.parse::<u32>().expect("each line of the embedded table has a distance");
        rows.push(Row { code, level, name });
    }
    let mut names: FxHashMap<&'static str, Vec<u32>> = FxHashMap::default();
    let mut stems: FxHashMap<&'static str, Vec<u32>> = FxHashMap::default();
    for (i, row) in rows.iter().enumerate() {
        if row.level == Level::Town || HEADINGS.contains(&row.name) {
            continue;
        }
        names.entry(row.name).or_default().push(i as u32);
        stems.entry(stem(row.name)).or_default().push(i as u32);
    }
    Gazetteer { rows, names, stems }
}

/// Endings of the names of provinces, cities and counties, longest first.
const ENDINGS: [&str; 10] =
    ["特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "省", "市", "县", "区"];

/// Peoples in the names of autonomous divisions, as they are written there.
const PEOPLES: [&str; 44] = [
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯",
    "塔吉克",
    "怒族",
    "鄂温克族",
    "保安族",
    "裕固族",
    "独龙族",
    "各族",
    "蒙古",
];

/// A name without its suffix, at least two characters: 昌江黎族自治县 → 昌江.
pub(super) fn stem(name: &str) -> &str {
    let Some(mut rest) = ENDINGS.iter().find_map(|e| name.strip_suffix(e)) else {
        return name;
    };
    if rest.chars().count() < 2 {
        return name;
    }
    while let Some(shorter) = PEOPLES.iter().find_map(|p| rest.strip_suffix(p)) {
        if shorter.chars().count() < 2 {
            break;
        }
        rest = shorter;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    #[test]
    fn ladders() {
        let place = Division::of("469007100").expect("known");
        assert_eq!(place.full_name(), "海南省东方市八所镇");
        assert_eq!((place.city, place.exact), (None, true));
        assert_eq!(Division::of("469007999").map(|d| (d.name(), d.exact)), Some(("东方市", false)));
        assert_eq!(Division::of("460000").map(|d| d.name()), Some("海南省"));
        assert_eq!(Division::of("440100").map(|d| d.name()), Some("广州市"));
        assert_eq!(Division::of("441900").map(|d| d.full_name()), Some("广东省东莞市".to_owned()));
        assert_eq!(Division::of("110101").map(|d| d.full_name()), Some("北京市东城区".to_owned()));
        for wrong in ["", "4", "99", "46900x", "990000"] {
            assert_eq!(Division::of(wrong), None, "{wrong}");
        }
        assert_eq!(stem("昌江黎族自治县"), "昌江");
        assert_eq!(stem("内蒙古自治区"), "内蒙古");
        assert_eq!(stem("广西壮族自治区"), "广西");
    }

    fn shared() -> Option<PathBuf> {
        let root = std::env::var_os("VESTIGO_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
        let folder = root.join("data/divisions");
        folder.is_dir().then_some(folder)
    }

    #[test]
    fn every_published_code_resolves() {
        let Some(folder) = shared() else {
            eprintln!("SKIPPED: ../shared/data/divisions is absent; no code was compared");
            return;
        };
        let (mut count, mut folded) = (0, 0);
        for file in ["provinces.csv", "cities.csv", "areas.csv", "streets.csv"] {
            let text = std::fs::read_to_string(folder.join(file)).expect("readable table");
            for line in text.lines().skip(1) {
                let mut fields = line.split(',').map(|f| f.trim_matches('"'));
                let (code, name) = (fields.next().expect("code"), fields.next().expect("name"));
                let place = Division::of(code).expect(code);
                assert!(place.exact, "{code}");
                let listed = [Some(place.province), place.city, place.county, place.town];
                assert!(listed.contains(&Some(name)) || HEADINGS.contains(&name), "{code} {name}");
                let plain = name.replace('（', "(").replace('）', ")").replace('、', ",");
                folded += usize::from(crate::entity::script::fold(name) != plain);
                count += 1;
            }
        }
        assert_eq!(count, 31 + 342 + 2_978 + 41_352);
        assert!(folded < 30, "folding keeps nearly all names as they are: {folded}");
    }
}
