//! What does a model get to know of each account? One row of features each, as Parquet.
//!
//! Every column is described in docs/flows.md. Windows end with the last transfer of the file and
//! are `[last − w, last]`, both ends in it; self-loops take part in counts and sums, not in parties.

use super::features::store;
use super::read::Table;
use crate::app::Failure;
use crate::flow::miner::{Spread, Transfer};
use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use std::path::Path;
use std::sync::Arc;

/// Milliseconds of an hour.
const HOUR: f64 = 3_600_000.0;
/// The windows in days; none stands for the whole file.
const WINDOWS: [(&str, Option<i64>); 4] =
    [("1d", Some(1)), ("7d", Some(7)), ("30d", Some(30)), ("all", None)];
/// The directions: what it paid, what it was paid.
const WAYS: [&str; 2] = ["out", "in"];
/// Real numbers of one window and direction, in the order of the columns.
const REALS: [&str; 6] = ["sum", "max", "mean", "variance", "skew", "kurtosis"];

/// One direction of one window of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Side {
    count: u32,
    parties: u32,
    reals: [f64; REALS.len()],
}

/// What is told of one account.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    sides: [[Side; 2]; WINDOWS.len()],
    /// Accounts that it both paid and was paid by.
    mutual: u32,
    first: i64,
    last: i64,
    /// Hours from its last transfer to the last of the file.
    idle_hours: f64,
    /// Mean hours between its transfers; 0 with fewer than two.
    gap_hours: f64,
}

/// The transfers of every account, by account: indices in order of time.
fn touched(table: &Table) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new(); table.names.len()];
    for (nth, transfer) in table.transfers.iter().enumerate() {
        all[transfer.src as usize].push(nth);
        if transfer.dst != transfer.src {
            all[transfer.dst as usize].push(nth);
        }
    }
    all
}

/// The account at the near end of a transfer, seen this way, and the other one.
fn ends(transfer: &Transfer, way: usize) -> (u32, u32) {
    if way == 0 { (transfer.src, transfer.dst) } else { (transfer.dst, transfer.src) }
}

/// The other accounts of one direction, in order, without repeats.
fn others(own: u32, way: usize, transfers: &[&Transfer]) -> Vec<u32> {
    let mine = transfers.iter().map(|t| ends(t, way)).filter(|(near, _)| *near == own);
    let mut others: Vec<u32> = mine.map(|(_, other)| other).filter(|o| *o != own).collect();
    others.sort_unstable();
    others.dedup();
    others
}

fn side(own: u32, way: usize, transfers: &[&Transfer]) -> Side {
    let mine: Vec<&&Transfer> = transfers.iter().filter(|t| ends(t, way).0 == own).collect();
    let spread = Spread::of(mine.iter().map(|t| t.amount));
    let max = mine.iter().map(|t| t.amount).max().unwrap_or(0);
    let reals = [
        spread.sum / 100.0,
        max as f64 / 100.0,
        spread.mean / 100.0,
        spread.variance / 1e4,
        spread.skew,
        spread.kurtosis,
    ];
    Side { count: spread.count, parties: others(own, way, transfers).len() as u32, reals }
}

/// The row of an account; `own` has its transfers in order of time, at least one.
fn row(table: &Table, account: u32, own: &[usize], end: i64) -> Row {
    let all: Vec<&Transfer> = own.iter().map(|nth| &table.transfers[*nth]).collect();
    let mut row = Row::default();
    for (sides, (_, days)) in row.sides.iter_mut().zip(WINDOWS) {
        let width = days.map(|days| days * super::DAY / table.unit_ms);
        let from = width.map_or(0, |width| all.partition_point(|t| t.ts < end - width));
        for (way, side_of) in sides.iter_mut().enumerate() {
            *side_of = side(account, way, &all[from..]);
        }
    }
    let (paid, payers) = (others(account, 0, &all), others(account, 1, &all));
    row.mutual = payers.iter().filter(|o| paid.binary_search(o).is_ok()).count() as u32;
    let (first, last) = (all[0].ts, all[all.len() - 1].ts);
    let hours = |span: i64| (span * table.unit_ms) as f64 / HOUR;
    (row.first, row.last) = (first * table.unit_ms, last * table.unit_ms);
    row.idle_hours = hours(end - last);
    row.gap_hours = hours(last - first) / (all.len() - 1).max(1) as f64;
    row
}

/// Writes a row per account, in the order of first sight.
pub(super) fn write(path: &Path, table: &Table) -> Result<(), Failure> {
    let end = table.transfers.last().map_or(0, |last| last.ts);
    let touched = touched(table);
    let rows: Vec<(u32, Row)> = (0u32..)
        .zip(&touched)
        .filter(|(_, own)| !own.is_empty())
        .map(|(account, own)| (account, row(table, account, own, end)))
        .collect();
    let names = rows.iter().map(|(account, _)| &*table.names[*account as usize]);
    let mut fields = vec![Field::new("account", DataType::Utf8, false)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(names))];
    let mut whole = |name: String, of: &dyn Fn(&Row) -> u32| {
        fields.push(Field::new(name, DataType::UInt32, false));
        let values = rows.iter().map(|(_, row)| of(row));
        arrays.push(Arc::new(UInt32Array::from_iter_values(values)));
    };
    for (nth, (window, _)) in WINDOWS.into_iter().enumerate() {
        for (way, name) in WAYS.into_iter().enumerate() {
            whole(format!("{name}_count_{window}"), &|row| row.sides[nth][way].count);
            whole(format!("{name}_parties_{window}"), &|row| row.sides[nth][way].parties);
        }
    }
    whole("mutual_parties".into(), &|row| row.mutual);
    let mut real = |name: String, of: &dyn Fn(&Row) -> f64| {
        fields.push(Field::new(name, DataType::Float64, false));
        let values = rows.iter().map(|(_, row)| of(row));
        arrays.push(Arc::new(Float64Array::from_iter_values(values)));
    };
    for (nth, (window, _)) in WINDOWS.into_iter().enumerate() {
        for (way, name) in WAYS.into_iter().enumerate() {
            for (at, what) in REALS.into_iter().enumerate() {
                let of = move |row: &Row| row.sides[nth][way].reals[at];
                real(format!("{name}_{what}_{window}"), &of);
            }
        }
    }
    real("idle_hours".into(), &|row| row.idle_hours);
    real("gap_hours".into(), &|row| row.gap_hours);
    for (name, of) in [("first_ts", 0), ("last_ts", 1)] {
        fields.push(Field::new(name, DataType::Int64, false));
        let values = rows.iter().map(|(_, row)| [row.first, row.last][of]);
        arrays.push(Arc::new(Int64Array::from_iter_values(values)));
    }
    store(path, &Arc::new(Schema::new(fields)), std::iter::once(arrays))
}
