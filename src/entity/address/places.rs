//! Which division does an address name at its front?

use super::Address;
use crate::entity::division::{self, Division, Level, Row};

/// Takes the divisions off the front; the hint fills what the text leaves open.
pub(super) fn divisions<'a>(text: &'a str, hint: Option<&Division>, out: &mut Address) -> &'a str {
    let mut rest = text.strip_prefix("中国").unwrap_or(text);
    let mut found: Option<&Row> = None;
    for level in [Level::Province, Level::City, Level::County] {
        if let Some((row, used)) = division_at(rest, level, found, hint) {
            found = Some(row);
            rest = &rest[used..];
        }
    }
    out.code = resolve(found, hint);
    let county = division::cut(out.code, Level::County);
    if let Some(row) = division::gazetteer()
        .towns(county)
        .filter(|row| rest.starts_with(row.name))
        .max_by_key(|row| row.name.len())
    {
        out.code = row.code;
        return &rest[row.name.len()..];
    }
    let used = unlisted_town(rest);
    if used > 0 {
        out.town = rest[..used].into();
        out.code = county.max(division::cut(out.code, Level::City));
    }
    &rest[used..]
}

/// The code of what was found, made finer by the hint where both agree.
fn resolve(found: Option<&Row>, hint: Option<&Division>) -> u32 {
    match (found, hint) {
        (None, None) => 0,
        (None, Some(hint)) => hint.code,
        (Some(row), None) => row.code,
        (Some(row), Some(hint)) => {
            let agree = division::cut(hint.code, row.level) == row.code;
            if agree { hint.code } else { row.code }
        }
    }
}

/// A division of the level at the start of the text, below what was found before.
fn division_at<'t>(
    text: &str,
    level: Level,
    above: Option<&Row>,
    hint: Option<&Division>,
) -> Option<(&'t Row, usize)> {
    const CHARS_MAX: usize = 12;
    let table = division::gazetteer();
    let fits = |row: &Row| {
        row.level == level && above.is_none_or(|a| division::cut(row.code, a.level) == a.code)
    };
    let hinted = |row: &Row| hint.is_some_and(|h| division::cut(h.code, row.level) == row.code);
    let ends: Vec<usize> =
        text.char_indices().map(|(i, c)| i + c.len_utf8()).take(CHARS_MAX).collect();
    for end in ends.iter().skip(1).rev() {
        let (word, behind) = (&text[..*end], &text[*end..]);
        // 东方市场, 城市广场: the ending belongs to the next word.
        let torn = behind.starts_with('场') || behind.starts_with("政");
        let mut rows = table.named(word).filter(|r| fits(r)).peekable();
        if rows.peek().is_some() && !torn {
            let first = *rows.peek()?;
            let row = table.named(word).filter(|r| fits(r)).find(|r| hinted(r));
            let alone = rows.count() == 1;
            // A name that several places bear counts only with a hint or something above it.
            if let Some(row) = row.or((alone || above.is_some()).then_some(first)) {
                return Some((row, *end));
            }
        }
        let stems = || table.stemmed(word).filter(|r| fits(r));
        let short = stems()
            .find(|r| hinted(r) || county_suffix(r, behind) > 0)
            .or_else(|| stems().next().filter(|_| stems().nth(1).is_none()));
        if let Some(row) = short
            && short_form_stands(row, behind, word)
        {
            let used = county_suffix(row, behind);
            return Some((row, end + used));
        }
    }
    None
}

/// 海南东方市…: a name without its suffix counts when a division below it follows at once;
/// 昌江县 stands for 昌江黎族自治县.
fn short_form_stands(row: &Row, behind: &str, word: &str) -> bool {
    if row.name == word {
        return false;
    }
    if county_suffix(row, behind) > 0 {
        return true;
    }
    let table = division::gazetteer();
    let below = behind.char_indices().map(|(i, c)| i + c.len_utf8()).take(12).skip(1).any(|end| {
        table.named(&behind[..end]).any(|r| division::cut(r.code, row.level) == row.code)
    });
    below
        || (row.level == Level::County
            && table.towns(row.code).any(|town| behind.starts_with(town.name)))
}

fn county_suffix(row: &Row, behind: &str) -> usize {
    let autonomous = row.name.ends_with("自治县") || row.name.ends_with("自治区");
    if autonomous && (behind.starts_with('县') || behind.starts_with('省')) { 3 } else { 0 }
}

/// The length of a town that the table does not list: at most six characters that end in 镇, 乡,
/// 街道 or 街道办事处.
fn unlisted_town(text: &str) -> usize {
    for (count, (i, c)) in text.char_indices().take(8).enumerate() {
        let behind = &text[i + c.len_utf8()..];
        if c.is_ascii_digit() || matches!(c, '路' | '号' | '巷' | '村') {
            return 0;
        }
        if count >= 2 && c == '道' && text[..i].ends_with('街') {
            let office = if behind.starts_with("办事处") { "办事处".len() } else { 0 };
            return i + c.len_utf8() + office;
        }
        let town = matches!(c, '镇' | '乡') && count >= 1;
        let goes_on = ["村", "路", "街", "政府", "中", "南", "北", "东", "西"];
        if town && !(count == 1 && goes_on.iter().any(|w| behind.starts_with(w))) {
            return i + c.len_utf8();
        }
    }
    0
}
