//! Which transfers are in a Parquet file? Columns of any plain type, a batch at a time.

use super::read::{Fields, Names, Table, Unit};
use crate::time::Time;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;

const ROWS: usize = 8_192;

/// Where, and why not.
type Fault = (String, String);

/// Reads all row groups.
pub(super) fn read(file: File, names: &Names, unit: Unit, table: &mut Table) -> Result<(), Fault> {
    let whole = |error: parquet::errors::ParquetError| ("file".to_owned(), error.to_string());
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(whole)?;
    let reader = reader.with_batch_size(ROWS).build().map_err(whole)?;
    let mut row = 0;
    for batch in reader {
        let batch = batch.map_err(|error| (format!("after row {row}"), error.to_string()))?;
        take(&batch, names, unit, row, table)?;
        row += batch.num_rows() as u64;
    }
    Ok(())
}

fn take(
    batch: &RecordBatch,
    names: &Names,
    unit: Unit,
    before: u64,
    table: &mut Table,
) -> Result<(), Fault> {
    let need = |name: &str| {
        texts(batch, name)?.ok_or_else(|| {
            let schema = batch.schema();
            let all: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let why = format!("no column \"{name}\" among {} (--map gives names)", all.join(", "));
            ("schema".to_owned(), why)
        })
    };
    let (ts, src, dst) = (need(&names.ts)?, need(&names.src)?, need(&names.dst)?);
    let wanted =
        |name: &str, strict: bool| if strict { need(name).map(Some) } else { texts(batch, name) };
    let (id, amount) =
        (wanted(&names.id, names.strict[0])?, wanted(&names.amount, names.strict[1])?);
    for nth in 0..batch.num_rows() {
        let row = before + nth as u64 + 1;
        let full = |column, name: &str| {
            cell(column, nth).ok_or_else(|| (format!("row {row}"), format!("\"{name}\" is null")))
        };
        let fields = Fields {
            id: id.as_ref().and_then(|column| cell(column, nth)),
            ts: full(&ts, &names.ts)?,
            src: full(&src, &names.src)?,
            dst: full(&dst, &names.dst)?,
            amount: amount.as_ref().and_then(|column| cell(column, nth)),
        };
        table.add(&fields, unit, row).map_err(|why| (format!("row {row}"), why))?;
    }
    Ok(())
}

fn cell(column: &StringArray, nth: usize) -> Option<&str> {
    column.is_valid(nth).then(|| column.value(nth))
}

/// A column as text; dates and timestamps as moments of RFC 3339.
fn texts(batch: &RecordBatch, name: &str) -> Result<Option<StringArray>, Fault> {
    let Some(column) = batch.column_by_name(name) else { return Ok(None) };
    let day = |days: i32| Time(i64::from(days) * super::DAY).to_string();
    let at = |millis: i64| Time(millis).to_string();
    let texts = match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().clone(),
        DataType::LargeUtf8 => column.as_string::<i64>().iter().collect(),
        DataType::Utf8View => column.as_string_view().iter().collect(),
        DataType::Int8 => each::<Int8Type>(column, |n| n.to_string()),
        DataType::Int16 => each::<Int16Type>(column, |n| n.to_string()),
        DataType::Int32 => each::<Int32Type>(column, |n| n.to_string()),
        DataType::Int64 => each::<Int64Type>(column, |n| n.to_string()),
        DataType::UInt8 => each::<UInt8Type>(column, |n| n.to_string()),
        DataType::UInt16 => each::<UInt16Type>(column, |n| n.to_string()),
        DataType::UInt32 => each::<UInt32Type>(column, |n| n.to_string()),
        DataType::UInt64 => each::<UInt64Type>(column, |n| n.to_string()),
        DataType::Float32 => each::<Float32Type>(column, |n| n.to_string()),
        DataType::Float64 => each::<Float64Type>(column, |n| n.to_string()),
        DataType::Date32 => each::<Date32Type>(column, day),
        DataType::Timestamp(TimeUnit::Second, _) => {
            each::<TimestampSecondType>(column, |n| at(n.saturating_mul(1000)))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            each::<TimestampMillisecondType>(column, at)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            each::<TimestampMicrosecondType>(column, |n| at(n.div_euclid(1000)))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            each::<TimestampNanosecondType>(column, |n| at(n.div_euclid(1_000_000)))
        }
        other => {
            return Err((format!("column \"{name}\""), format!("type {other} is not read")));
        }
    };
    Ok(Some(texts))
}

/// Every value that is there, written.
fn each<T: ArrowPrimitiveType>(
    column: &ArrayRef,
    write: impl Fn(T::Native) -> String,
) -> StringArray {
    column.as_primitive::<T>().iter().map(|value| value.map(&write)).collect()
}
