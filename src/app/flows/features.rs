//! What does a model get to know of each transfer? One row of features each, as Parquet.
//!
//! Every column is described in docs/flows.md. Written in batches, whole or not at all.

use super::read::Table;
use crate::app::Failure;
use crate::flow::miner::{Config, LENGTH_MAX, Seen, Transfer};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::path::Path;
use std::sync::Arc;

const ROWS: usize = 65_536;

/// One column: its name and how a row fills it.
struct Column {
    name: String,
    of: Kind,
}

type Whole = Box<dyn Fn(&Transfer, &Seen) -> u32>;
type Real = Box<dyn Fn(&Transfer, &Seen) -> f64>;

enum Kind {
    Whole(Whole),
    Real(Real),
}

/// The searches of all workers in one: each found its share, the first counted.
pub(super) fn joined(shares: Vec<Vec<Seen>>) -> Vec<Seen> {
    let mut shares = shares.into_iter();
    let mut all = shares.next().unwrap_or_default();
    for share in shares {
        for (own, other) in all.iter_mut().zip(share) {
            for (a, b) in own.cycles.iter_mut().zip(other.cycles) {
                *a += b;
            }
            for (a, b) in own.simple_cycles.iter_mut().zip(other.simple_cycles) {
                *a += b;
            }
            own.scatter_gathers += other.scatter_gathers;
            own.middlemen = own.middlemen.max(other.middlemen);
            own.bitten |= other.bitten;
        }
    }
    all
}

fn columns(config: &Config) -> Vec<Column> {
    let mut all = Vec::new();
    let mut whole = |name: &str, of: Whole| {
        all.push(Column { name: name.into(), of: Kind::Whole(of) });
    };
    for (end, name) in ["src", "dst"].into_iter().enumerate() {
        whole(&format!("{name}_fan_out"), Box::new(move |_, s| s.fan[end].payees));
        whole(&format!("{name}_fan_in"), Box::new(move |_, s| s.fan[end].payers));
    }
    for (end, name) in ["src", "dst"].into_iter().enumerate() {
        whole(&format!("{name}_degree_out"), Box::new(move |_, s| s.degree[end].outs));
        whole(&format!("{name}_degree_in"), Box::new(move |_, s| s.degree[end].ins));
    }
    if config.gather_scatter.is_some() {
        let least = |s: &Seen| s.gather_scatter.payers.min(s.gather_scatter.payees);
        whole("gather_scatter", Box::new(move |_, s| least(s)));
    }
    if config.scatter_gather.is_some() {
        whole("scatter_gather_sources", Box::new(|_, s| s.scatter_gathers));
        whole("scatter_gather_middlemen", Box::new(|_, s| s.middlemen));
    }
    for length in 2..=config.length_max.min(LENGTH_MAX) {
        if config.cycle.is_some() {
            whole(&format!("cycles_{length}"), Box::new(move |_, s| s.cycles[length]));
        }
        if config.simple_cycle.is_some() {
            let of: Whole = Box::new(move |_, s| s.simple_cycles[length]);
            whole(&format!("simple_cycles_{length}"), of);
        }
    }
    whole("bounded", Box::new(|_, s| u32::from(s.bitten)));
    moments(&mut all);
    all
}

/// Amounts of both ends within a day, and the payer's windows.
fn moments(all: &mut Vec<Column>) {
    let mut real = |name: String, of: Real| all.push(Column { name, of: Kind::Real(of) });
    for (end, name) in ["src", "dst"].into_iter().enumerate() {
        for (side, way) in ["out", "in"].into_iter().enumerate() {
            let column = |what: &str| format!("{name}_{way}_{what}_1d");
            real(column("sum"), Box::new(move |_, s| s.spread[end][side].sum / 100.0));
            real(column("mean"), Box::new(move |_, s| s.spread[end][side].mean / 100.0));
            real(column("variance"), Box::new(move |_, s| s.spread[end][side].variance / 1e4));
            real(column("skew"), Box::new(move |_, s| s.spread[end][side].skew));
            real(column("kurtosis"), Box::new(move |_, s| s.spread[end][side].kurtosis));
        }
    }
    for (nth, days) in [1, 7, 30].into_iter().enumerate() {
        let column = |what: &str| format!("src_paid_{what}_{days}d");
        real(column("count"), Box::new(move |_, s| f64::from(s.paid[nth].count)));
        real(column("sum"), Box::new(move |_, s| s.paid[nth].sum as f64 / 100.0));
        real(column("max"), Box::new(move |_, s| s.paid[nth].max as f64 / 100.0));
        real(column("parties"), Box::new(move |_, s| f64::from(s.paid[nth].parties)));
    }
}

/// Writes a row per transfer.
pub(super) fn write(
    path: &Path,
    table: &Table,
    config: &Config,
    seen: &[Seen],
) -> Result<(), Failure> {
    let columns = columns(config);
    let mut fields = vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("ts", DataType::Int64, false),
        Field::new("src", DataType::Utf8, false),
        Field::new("dst", DataType::Utf8, false),
        Field::new("amount", DataType::Float64, false),
    ];
    fields.extend(columns.iter().map(|column| match column.of {
        Kind::Whole(_) => Field::new(&column.name, DataType::UInt32, false),
        Kind::Real(_) => Field::new(&column.name, DataType::Float64, false),
    }));
    let schema = Arc::new(Schema::new(fields));
    let batches = (0..seen.len()).step_by(ROWS).map(|from| {
        let to = (from + ROWS).min(seen.len());
        let rows = || table.transfers[from..to].iter().zip(&seen[from..to]);
        let name = |account: u32| &*table.names[account as usize];
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(table.ids[from..to].iter())),
            Arc::new(Int64Array::from_iter_values(rows().map(|(t, _)| t.ts * table.unit_ms))),
            Arc::new(StringArray::from_iter_values(rows().map(|(t, _)| name(t.src)))),
            Arc::new(StringArray::from_iter_values(rows().map(|(t, _)| name(t.dst)))),
            Arc::new(Float64Array::from_iter_values(rows().map(|(t, _)| t.amount as f64 / 100.0))),
        ];
        arrays.extend(columns.iter().map(|column| -> ArrayRef {
            match &column.of {
                Kind::Whole(of) => {
                    Arc::new(UInt32Array::from_iter_values(rows().map(|(t, s)| of(t, s))))
                }
                Kind::Real(of) => {
                    Arc::new(Float64Array::from_iter_values(rows().map(|(t, s)| of(t, s))))
                }
            }
        }));
        arrays
    });
    store(path, &schema, batches)
}

/// Writes batches of columns to a file, whole or not at all.
pub(super) fn store(
    path: &Path,
    schema: &Arc<Schema>,
    batches: impl Iterator<Item = Vec<ArrayRef>>,
) -> Result<(), Failure> {
    let failed = |why: String| {
        Failure::Io(std::io::Error::other(format!("write \"{}\": {why}", path.display())))
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(e.to_string()))?;
    let level = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(level).build();
    let mut writer = ArrowWriter::try_new(file.as_file(), schema.clone(), Some(properties))
        .map_err(|e| failed(e.to_string()))?;
    for arrays in batches {
        let batch =
            RecordBatch::try_new(schema.clone(), arrays).map_err(|e| failed(e.to_string()))?;
        writer.write(&batch).map_err(|e| failed(e.to_string()))?;
    }
    writer.close().map_err(|e| failed(e.to_string()))?;
    file.persist(path).map_err(|error| failed(error.to_string()))?;
    Ok(())
}
