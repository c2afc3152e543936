//! How does a table of holdings read? `owner,owned,share` lines into numbered nodes.
//!
//! One header line naming `owner`, `owned` and one of `share`, `pct` or `percent` (any order, any
//! case, further columns ignored), then one holding a line. Fields may be quoted. Owners and
//! companies are any text. Shares are decimal numbers: fractions 0–1, unless one of them is over 1
//! (then the whole file is in percent, 0–100) or ends in `%` (then that one is). Several lines for
//! the same two add up. Invariant: a table is read whole, or not at all. Must not know: files.

use super::{Proportion, Stake};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::fmt;

/// Room above 1 for a fraction that was summed or rounded elsewhere (the contract's tolerance,
/// 0.01 percentage points); such a share counts as the whole.
const TOLERANCE: f64 = 1e-4;

/// A table of holdings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The nodes' names by number, in the order of first mention.
    pub names: Vec<String>,
    /// The holdings.
    pub stakes: Vec<Stake>,
    /// Whether the shares were read as percent.
    pub in_percent: bool,
}

/// What is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvError {
    /// The line, from 1.
    pub line: usize,
    /// What was expected there.
    pub problem: String,
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for CsvError {}

/// Reads a table of holdings from its text.
pub fn from_csv(text: &str) -> Result<Table, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let (first, header) = lines
        .find(|(_, line)| !line.trim().is_empty())
        .ok_or_else(|| wrong(1, "the table is empty; a header owner,owned,share was expected"))?;
    let columns = Columns::read(header).map_err(|problem| wrong(first, problem))?;
    let mut rows = Vec::new();
    for (line, text) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        rows.push(columns.row(text).map_err(|problem| wrong(line, problem))?.at(line));
    }
    let in_percent = rows.iter().any(|row| !row.marked && row.share > 1.0 + TOLERANCE);
    let mut table = Table { in_percent, ..Table::default() };
    let mut numbers = FxHashMap::default();
    for row in &rows {
        let share = row.proportion(in_percent)?;
        let owner = number(&mut numbers, &mut table.names, &row.owner);
        let owned = number(&mut numbers, &mut table.names, &row.owned);
        table.stakes.push(Stake { owner, owned, share });
    }
    Ok(table)
}

fn wrong(line: usize, problem: impl Into<String>) -> CsvError {
    CsvError { line, problem: problem.into() }
}

fn number<'a>(
    numbers: &mut FxHashMap<&'a str, u32>,
    names: &mut Vec<String>,
    name: &'a str,
) -> u32 {
    *numbers.entry(name).or_insert_with(|| {
        names.push(name.to_owned());
        u32::try_from(names.len() - 1).expect("a text holds fewer than 2^32 names")
    })
}

struct Columns {
    owner: usize,
    owned: usize,
    share: usize,
}

impl Columns {
    fn read(header: &str) -> Result<Self, String> {
        let names: Vec<String> =
            fields(header)?.iter().map(|field| field.trim().to_ascii_lowercase()).collect();
        let find = |wanted: &[&str]| {
            names
                .iter()
                .position(|name| wanted.contains(&name.as_str()))
                .ok_or_else(|| format!("no column \"{}\" in the header", wanted[0]))
        };
        Ok(Self {
            owner: find(&["owner"])?,
            owned: find(&["owned"])?,
            share: find(&["share", "pct", "percent"])?,
        })
    }

    fn row<'a>(&self, line: &'a str) -> Result<Row<'a>, String> {
        let mut fields = fields(line)?;
        let mut take = |column: usize, name: &str| match fields.get_mut(column) {
            Some(field) if !field.trim().is_empty() => Ok(trim(std::mem::take(field))),
            _ => Err(format!("no {name}")),
        };
        let (owner, owned) = (take(self.owner, "owner")?, take(self.owned, "owned")?);
        let text = take(self.share, "share")?;
        let (digits, marked) = match text.strip_suffix('%') {
            Some(digits) => (digits.trim_end(), true),
            None => (&*text, false),
        };
        let share: f64 =
            digits.parse().map_err(|_| format!("the share \"{text}\" is not a number"))?;
        if !(0.0..=100.0 * (1.0 + TOLERANCE)).contains(&share) {
            return Err(format!("the share {text} is outside 0–1 and 0–100 %"));
        }
        Ok(Row { line: 0, owner, owned, share, marked })
    }
}

struct Row<'a> {
    line: usize,
    owner: Cow<'a, str>,
    owned: Cow<'a, str>,
    share: f64,
    /// Whether it bears a percent sign.
    marked: bool,
}

impl Row<'_> {
    fn at(mut self, line: usize) -> Self {
        self.line = line;
        self
    }

    fn proportion(&self, in_percent: bool) -> Result<Proportion, CsvError> {
        let found = if in_percent || self.marked {
            Proportion::from_percent(self.share.min(100.0))
        } else {
            Proportion::from_fraction(self.share.min(1.0))
        };
        found.ok_or_else(|| wrong(self.line, format!("the share {} is out of range", self.share)))
    }
}

fn trim(field: Cow<'_, str>) -> Cow<'_, str> {
    match field {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Splits a line; a quoted field may hold commas and doubled quotes, but no line break.
fn fields(line: &str) -> Result<Vec<Cow<'_, str>>, String> {
    if !line.contains('"') {
        return Ok(line.split(',').map(Cow::Borrowed).collect());
    }
    let mut found = Vec::with_capacity(4);
    let mut rest = line;
    loop {
        let (field, after) = if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            quoted_field(quoted)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (Cow::Borrowed(&rest[..end]), &rest[end..])
        };
        found.push(field);
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next,
            None if after.trim().is_empty() => return Ok(found),
            None => return Err("text after a closing quote".to_owned()),
        }
    }
}

fn quoted_field(text: &str) -> Result<(Cow<'_, str>, &str), String> {
    let mut from = 0;
    loop {
        let end = from + text[from..].find('"').ok_or("a quote is not closed on its line")?;
        if text[end + 1..].starts_with('"') {
            from = end + 2;
            continue;
        }
        let raw = &text[..end];
        let field = if raw.contains('"') {
            Cow::Owned(raw.replace("\"\"", "\""))
        } else {
            Cow::Borrowed(raw)
        };
        return Ok((field, &text[end + 1..]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str, &str)]) {
        let table = from_csv(text).expect("a good table");
        let found: Vec<_> = table
            .stakes
            .iter()
            .map(|s| {
                let name = |n: u32| table.names[n as usize].as_str();
                (name(s.owner), name(s.owned), s.share.to_string())
            })
            .collect();
        let found: Vec<_> = found.iter().map(|(a, b, c)| (*a, *b, c.as_str())).collect();
        assert_eq!(found, expected);
    }

    fn fails(text: &str, line: usize, problem: &str) {
        let error = from_csv(text).expect_err("a bad table");
        assert_eq!(error.line, line, "{error}");
        assert!(error.problem.contains(problem), "{error}");
    }

    #[test]
    fn reads_fractions_and_percent() {
        check("owner,owned,share\n1,2,0.9\n2,3,1.0\n", &[("1", "2", "0.9"), ("2", "3", "1.0")]);
        check(
            "owner,owned,pct\r\n1,2,90\r\n2,3,0.5\r\n",
            &[("1", "2", "0.9"), ("2", "3", "0.005")],
        );
        check(
            "\u{feff}\"Share\",\"Owner\",\"Owned\"\n51%,\"甲, \"\"乙\"\"\", 丙 \n",
            &[("甲, \"乙\"", "丙", "0.51")],
        );
    }

    #[test]
    fn says_where_a_table_is_wrong() {
        fails("", 1, "empty");
        fails("owner,share\n", 1, "owned");
        fails("owner,owned,share\n\n1,2,much\n", 3, "much");
        fails("owner,owned,share\n1,2,0.5\n1,,0.5\n", 3, "no owned");
        fails("owner,owned,share\n1,2,-0.5\n", 2, "outside");
        fails("owner,owned,share\n1,2,NaN\n", 2, "outside");
        fails("owner,owned,share\n1,\"2,0.5\n", 2, "not closed");
    }
}
