//! What does a statement of SQL give? Of a running service, or of files.

use crate::app::client::Client;
use crate::app::output;
use crate::app::{Failure, Outcome, live};
use crate::sql::folder::Folder;
use crate::sql::{Fault, Threads};
use clap::{Args, ValueEnum};
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::json::{ArrayWriter, LineDelimitedWriter};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use hyper::Method;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use tempfile::TempDir;

/// A statement and where to ask it.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// One statement that reads: SELECT, EXPLAIN or SHOW. `SHOW TABLES` lists what there is.
    sql: String,
    /// A result folder, or a folder of Parquet tables, instead of a running service.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The results as they were known at a moment (RFC 3339 with an offset), computed again from the
    /// journal of a live pipeline.
    #[arg(long, conflicts_with = "out")]
    as_of: Option<String>,
    /// Pipeline file, for --as-of.
    #[arg(long, default_value = "pipelines/city.toml")]
    pipeline: PathBuf,
    /// State folder of the pipeline instead of the file's, for --as-of.
    #[arg(long)]
    state: Option<PathBuf>,
    /// The service.
    #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Form of the rows.
    #[arg(long, value_enum, default_value = "table")]
    format: Rows,
    /// File for the rows instead of stdout.
    #[arg(long)]
    to: Option<PathBuf>,
}

/// The form of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rows {
    /// Aligned columns.
    Table,
    /// With a header.
    Csv,
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
    /// A file for `--to`; of files alone.
    Parquet,
}

/// Asks, and writes the rows.
///
/// # Errors
/// When the statement is refused or wrong, or the place cannot be reached.
pub(crate) fn run(asked: &Asked, key: Option<String>) -> Result<Outcome, Failure> {
    let past = |at: &String| live::as_of(&asked.pipeline, asked.state.clone(), at);
    let then = asked.as_of.as_ref().map(past).transpose()?;
    let folder = then.as_ref().map(TempDir::path).or(asked.out.as_deref());
    let bytes = match folder {
        Some(folder) => {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let threads = Threads::new(threads)?;
            let ask = async { Folder::open(folder).await?.query(&asked.sql).await };
            let batches = threads
                .handle()
                .block_on(ask)
                .map_err(|fault: Fault| Failure::Data(fault.to_string()))?;
            written(&batches, asked.format)?
        }
        None => of_service(asked, key)?,
    };
    match &asked.to {
        Some(path) => File::create(path)?.write_all(&bytes)?,
        None if asked.format == Rows::Parquet => {
            return Err(Failure::Data("name a file for Parquet with --to".to_owned()));
        }
        None => output::bytes(&bytes)?,
    }
    Ok(Outcome::Done)
}

fn written(batches: &[RecordBatch], format: Rows) -> Result<Vec<u8>, Failure> {
    let fault = |error: &dyn std::fmt::Display| Failure::Defect(error.to_string());
    let mut bytes = Vec::new();
    match format {
        Rows::Table => {
            let table = datafusion::arrow::util::pretty::pretty_format_batches(batches);
            writeln!(bytes, "{}", table.map_err(|error| fault(&error))?)?;
        }
        Rows::Csv => {
            let mut writer = WriterBuilder::new().with_header(true).build(&mut bytes);
            for batch in batches {
                writer.write(batch).map_err(|error| fault(&error))?;
            }
        }
        Rows::Json => {
            let mut writer = ArrayWriter::new(&mut bytes);
            for batch in batches {
                writer.write(batch).map_err(|error| fault(&error))?;
            }
            writer.finish().map_err(|error| fault(&error))?;
        }
        Rows::Ndjson => {
            let mut writer = LineDelimitedWriter::new(&mut bytes);
            for batch in batches {
                writer.write(batch).map_err(|error| fault(&error))?;
            }
            writer.finish().map_err(|error| fault(&error))?;
        }
        Rows::Parquet => {
            let schema = batches[0].schema();
            let mut writer =
                ArrowWriter::try_new(&mut bytes, schema, None).map_err(|error| fault(&error))?;
            for batch in batches {
                writer.write(batch).map_err(|error| fault(&error))?;
            }
            writer.close().map_err(|error| fault(&error))?;
        }
    }
    Ok(bytes)
}

fn of_service(asked: &Asked, key: Option<String>) -> Result<Vec<u8>, Failure> {
    let format = match asked.format {
        Rows::Table | Rows::Csv => "csv",
        Rows::Ndjson | Rows::Json => "ndjson",
        Rows::Parquet => {
            let why = "a service gives no Parquet: ask files with --out, or take csv";
            return Err(Failure::Data(why.to_owned()));
        }
    };
    let client = Client::new(&asked.server, key)?;
    let body = json!({ "sql": asked.sql, "format": format });
    let (status, bytes) = client.fetch(Method::POST, "/api/v1/query", &[], Some(&body))?;
    if status != 200 {
        let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or("no reason was given");
        return Err(Failure::Data(format!("{status}: {detail}")));
    }
    let fault = |error: csv::Error| Failure::Io(io::Error::other(error.to_string()));
    match asked.format {
        Rows::Table => {
            let mut reader = csv::Reader::from_reader(&*bytes);
            let titles = reader.headers().map_err(fault)?.clone();
            let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(fault)?;
            Ok(output::grid(titles.iter(), rows.iter().map(|row| row.iter())).into_bytes())
        }
        Rows::Json => {
            let rows: Result<Vec<Value>, _> =
                serde_json::Deserializer::from_slice(&bytes).into_iter().collect();
            let rows = rows.map_err(|error| Failure::Io(error.into()))?;
            Ok(serde_json::to_vec_pretty(&rows).map_err(io::Error::from)?)
        }
        _ => Ok(bytes),
    }
}
