//! Which transfers are in the file? CSV and NDJSON read line by line; every fault names its line.

use super::columns;
use crate::app::Failure;
use crate::flow::miner::{AMOUNT_MAX, Transfer};
use crate::time::Time;
use clap::ValueEnum;
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The unit of times that are plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unit {
    /// Seconds under 10^11, milliseconds from there on.
    Auto,
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Days.
    Day,
}

impl Unit {
    pub(super) fn millis(self, number: i64) -> Option<i64> {
        match self {
            Self::Auto if number.abs() < 100_000_000_000 => number.checked_mul(1000),
            Self::Auto | Self::Ms => Some(number),
            Self::S => number.checked_mul(1000),
            Self::Day => number.checked_mul(super::DAY),
        }
    }
}

/// Transfers in order of time; of equal times in order of the file.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(super) transfers: Vec<Transfer>,
    /// The id of each transfer.
    pub(super) ids: Vec<Box<str>>,
    /// The name of each account.
    pub(super) names: Vec<Box<str>>,
    /// Milliseconds of a unit of time.
    pub(super) unit_ms: i64,
    numbers: FxHashMap<Box<str>, u32>,
}

/// Names of the five columns in the file.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) id: String,
    pub(super) ts: String,
    pub(super) src: String,
    pub(super) dst: String,
    pub(super) amount: String,
    /// Whether id and amount were asked for by name; else they may be absent.
    pub(super) strict: [bool; 2],
}

impl Names {
    fn parse(map: &[String]) -> Result<Self, Failure> {
        let [id, ts, src, dst, amount] = ["id", "ts", "src", "dst", "amount"].map(String::from);
        let mut names = Self { id, ts, src, dst, amount, strict: [false; 2] };
        for item in map {
            let place = item.split_once('=').and_then(|(field, column)| {
                let place = match field {
                    "id" => &mut names.id,
                    "ts" => &mut names.ts,
                    "src" => &mut names.src,
                    "dst" => &mut names.dst,
                    "amount" => &mut names.amount,
                    _ => return None,
                };
                Some((place, column, field))
            });
            let Some((place, column, field)) = place else {
                return Err(Failure::Data(format!(
                    "--map \"{item}\": id, ts, src, dst or amount, = and a column is expected"
                )));
            };
            column.clone_into(place);
            match field {
                "id" => names.strict[0] = true,
                "amount" => names.strict[1] = true,
                _ => {}
            }
        }
        Ok(names)
    }
}

/// One line's fields as text.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) ts: &'a str,
    pub(super) src: &'a str,
    pub(super) dst: &'a str,
    pub(super) amount: Option<&'a str>,
}

impl Table {
    pub(super) fn account(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    /// Adds a line; the fault when it cannot be read.
    pub(super) fn add(&mut self, fields: &Fields<'_>, unit: Unit, line: u64) -> Result<(), String> {
        let ts =
            moment(fields.ts, unit).ok_or_else(|| format!("ts \"{}\" is no time", fields.ts))?;
        let amount = match fields.amount {
            Some(text) => {
                hundredths(text).ok_or_else(|| format!("amount \"{text}\" is no amount"))?
            }
            None => 100,
        };
        if fields.src.is_empty() || fields.dst.is_empty() {
            return Err("src or dst is empty".into());
        }
        let (src, dst) = (self.account(fields.src), self.account(fields.dst));
        self.transfers.push(Transfer { ts, src, dst, amount });
        match fields.id {
            Some(id) => self.ids.push(id.into()),
            None => self.ids.push(itoa::Buffer::new().format(line).into()),
        }
        Ok(())
    }
}

/// Milliseconds of a time: a number, RFC 3339, or a date with or without a time of day, with `-`
/// or `/`, which is then China's.
pub(super) fn moment(text: &str, unit: Unit) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return unit.millis(number);
    }
    if let Some(time) = Time::parse(text) {
        return Some(time.0);
    }
    let date = text.get(..10)?.replace('/', "-");
    let clock = match text.get(11..).unwrap_or_default().trim() {
        "" => "00:00:00".to_owned(),
        short if short.len() == 5 => format!("{short}:00"),
        whole => whole.to_owned(),
    };
    let zoned =
        clock.ends_with('Z') || clock.get(8..).is_some_and(|rest| rest.contains(['+', '-']));
    let zone = if zoned { "" } else { "+08:00" };
    Time::parse(&format!("{date}T{clock}{zone}")).map(|time| time.0)
}

/// Hundredths of a decimal number; digits beyond the second decimal are rounded.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() > 14 || !plain(whole) || !plain(decimals) || text.is_empty() || text == "." {
        let float = text.parse::<f64>().ok().filter(|f| *f >= 0.0)? * 100.0;
        return (float <= AMOUNT_MAX as f64).then_some(float.round() as i64);
    }
    let digit = |nth: usize| decimals.as_bytes().get(nth).map_or(0, |b| i64::from(b - b'0'));
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    let amount = whole * 100 + digit(0) * 10 + digit(1) + i64::from(digit(2) >= 5);
    (amount <= AMOUNT_MAX).then_some(amount)
}

/// Reads a file of transfers.
pub(super) fn table(path: &Path, map: &[String], unit: Unit) -> Result<Table, Failure> {
    let names = Names::parse(map)?;
    let open = || {
        let named = |e: std::io::Error| {
            std::io::Error::new(e.kind(), format!("read \"{}\": {e}", path.display()))
        };
        File::open(path).map_err(|error| Failure::Io(named(error)))
    };
    let mut table = Table { unit_ms: 1, ..Table::default() };
    let fault =
        |at: &str, why: &str| Failure::Data(format!("read \"{}\": {at}: {why}", path.display()));
    match path.extension().and_then(|e| e.to_str()) {
        Some("parquet") => columns::read(open()?, &names, unit, &mut table)
            .map_err(|(at, why)| fault(&at, &why))?,
        Some("ndjson" | "jsonl") => ndjson(open()?, &names, unit, &mut table)
            .map_err(|(line, why)| fault(&format!("line {line}"), &why))?,
        _ => csv(open()?, &names, unit, &mut table)
            .map_err(|(line, why)| fault(&format!("line {line}"), &why))?,
    }
    let mut order: Vec<u32> = (0..table.transfers.len() as u32).collect();
    if !table.transfers.is_sorted_by_key(|t| t.ts) {
        order.sort_by_key(|at| table.transfers[*at as usize].ts);
        table.transfers = order.iter().map(|at| table.transfers[*at as usize]).collect();
        let mut ids = std::mem::take(&mut table.ids);
        table.ids = order.iter().map(|at| std::mem::take(&mut ids[*at as usize])).collect();
    }
    Ok(table)
}

type Fault = (u64, String);

fn csv(file: File, names: &Names, unit: Unit, table: &mut Table) -> Result<(), Fault> {
    let mut input = BufReader::new(file);
    let mut head = String::new();
    input.read_line(&mut head).map_err(|error| (1, error.to_string()))?;
    // The separator of the heading is that of the file.
    let found = [b',', b'\t', b';', b' '].into_iter().find(|b| head.as_bytes().contains(b));
    let delimiter = found.unwrap_or(b',');
    let heading: Vec<String> = head
        .trim_end()
        .trim_start_matches('\u{feff}')
        .split(char::from(delimiter))
        .map(|name| name.trim_matches('"').to_owned())
        .collect();
    let find = |name: &str| heading.iter().position(|column| column == name);
    let need = |name: &str| {
        find(name).ok_or_else(|| {
            let all = heading.join(", ");
            (1, format!("no column \"{name}\" among {all} (--map gives columns their names)"))
        })
    };
    let (ts, src, dst) = (need(&names.ts)?, need(&names.src)?, need(&names.dst)?);
    let id = if names.strict[0] { Some(need(&names.id)?) } else { find(&names.id) };
    let amount = if names.strict[1] { Some(need(&names.amount)?) } else { find(&names.amount) };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(input);
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line() + 1;
        if !reader.read_record(&mut record).map_err(|error| (line, error.to_string()))? {
            return Ok(());
        }
        let field = |at: usize| {
            record
                .get(at)
                .map(str::trim)
                .ok_or_else(|| (line, format!("column {} is missing", at + 1)))
        };
        let fields = Fields {
            id: id.map(field).transpose()?,
            ts: field(ts)?,
            src: field(src)?,
            dst: field(dst)?,
            amount: amount.map(field).transpose()?,
        };
        table.add(&fields, unit, line).map_err(|why| (line, why))?;
    }
}

fn ndjson(file: File, names: &Names, unit: Unit, table: &mut Table) -> Result<(), Fault> {
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let number = number as u64 + 1;
        let line = line.map_err(|error| (number, error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let value: Value =
            serde_json::from_str(&line).map_err(|error| (number, error.to_string()))?;
        let text = |name: &str| match value.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(n)) => Some(n.to_string()),
            _ => None,
        };
        let need = |name: &str| {
            text(name).ok_or_else(|| (number, format!("no text or number \"{name}\"")))
        };
        let (ts, src, dst) = (need(&names.ts)?, need(&names.src)?, need(&names.dst)?);
        let id = if names.strict[0] { Some(need(&names.id)?) } else { text(&names.id) };
        let amount = if names.strict[1] { Some(need(&names.amount)?) } else { text(&names.amount) };
        let fields =
            Fields { id: id.as_deref(), ts: &ts, src: &src, dst: &dst, amount: amount.as_deref() };
        table.add(&fields, unit, number).map_err(|why| (number, why))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_times_are_read() {
        for (text, amount) in [
            ("12", 1200),
            ("0.5", 50),
            ("685.51", 68_551),
            ("1.005", 101),
            (".5", 50),
            ("1e3", 100_000),
        ] {
            assert_eq!(hundredths(text), Some(amount), "{text}");
        }
        for text in ["", "x", "-1", ".", "1,5"] {
            assert_eq!(hundredths(text), None, "{text}");
        }
        let at = Time::parse("2022-09-01T00:06:00+08:00").map(|t| t.0);
        for text in ["2022/09/01 00:06", "2022-09-01 00:06:00", "2022-09-01T00:06:00"] {
            assert_eq!(moment(text, Unit::Auto), at, "{text}");
        }
        assert_eq!(moment("1082040961", Unit::Auto), Some(1_082_040_961_000));
        assert_eq!(moment("1700000000000", Unit::Auto), Some(1_700_000_000_000));
        assert_eq!(moment("3", Unit::Day), Some(3 * super::super::DAY));
        assert_eq!(moment("2022-13-01", Unit::Auto), None);
    }
}
