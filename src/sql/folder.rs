//! What can be asked of files? The tables of a result folder, or of Parquet files by day.
//!
//! A folder's `NAME.ndjson`, `NAME.csv` and `NAME.parquet` are tables called NAME; so is a folder
//! NAME with Parquet files, whose parts `day=…` are a column. Where the tables tell changes, as those
//! of the Parquet outlet do, `index_history` and `warning_history` tell what held from when to when.
//! Statements are those of a service: they only read.

use crate::sql::permit::reads_only;
use crate::sql::{CATALOG, Fault};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::prelude::{
    CsvReadOptions, JsonReadOptions, ParquetReadOptions, SessionConfig, SessionContext,
};
use std::io;
use std::path::Path;

/// The tables of a folder.
pub struct Folder(SessionContext);

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").finish_non_exhaustive()
    }
}

impl Folder {
    /// Finds the tables.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub async fn open(folder: &Path) -> Result<Self, Fault> {
        let config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, "public")
            .with_information_schema(true);
        let context = SessionContext::new_with_config(config);
        let fault = |error: io::Error| {
            let why = format!("\"{}\": {error}", folder.display());
            DataFusionError::IoError(io::Error::new(error.kind(), why))
        };
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .map_err(fault)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(fault)?
            .into_iter()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        for path in paths {
            register(&context, &path).await?;
        }
        for history in HISTORIES {
            history.register(&context).await?;
        }
        Ok(Self(context))
    }

    /// Answers one statement.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, Fault> {
        let state = self.0.state();
        let statement = state.sql_to_statement(sql, &Dialect::PostgreSQL)?;
        super::permitted(&statement)?;
        let plan = state.statement_to_plan(statement).await?;
        reads_only(&plan)?;
        let frame = self.0.execute_logical_plan(plan).await?;
        let schema = frame.schema().inner().clone();
        let mut batches = frame.collect().await?;
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    }
}

/// A table that tells what held from when to when, made of one that tells changes.
struct History {
    name: &'static str,
    of: &'static str,
    /// Columns of a table of changes.
    needs: &'static [&'static str],
    sql: &'static str,
}

/// Two times: when it held by the time of events (`valid_*`, a moment), and between which journal
/// epochs it was what was said (`known_*`). A change that came late holds from its event's time, and
/// was known from its epoch.
const HISTORIES: [History; 2] = [
    History {
        name: "index_history",
        of: "index",
        needs: &["epoch", "subject", "time", "score", "grade"],
        sql: "SELECT subject AS uscc, time AS valid_from, \
              lead(time) OVER changes AS valid_to, epoch AS known_from, \
              lead(epoch) OVER changes AS known_to, score, grade FROM index \
              WINDOW changes AS (PARTITION BY subject ORDER BY epoch, time)",
    },
    History {
        name: "warning_history",
        of: "warnings",
        needs: &["epoch", "warning", "subject", "time", "kind", "level", "state"],
        sql: "SELECT warning, kind, subject AS uscc, level, state, time AS valid_from, \
              lead(time) OVER changes AS valid_to, epoch AS known_from, \
              lead(epoch) OVER changes AS known_to FROM warnings \
              WINDOW changes AS (PARTITION BY warning ORDER BY epoch, time)",
    },
];

impl History {
    /// Makes the table, where there are changes and no table of its name.
    async fn register(&self, context: &SessionContext) -> Result<(), DataFusionError> {
        let Ok(changes) = context.table_provider(self.of).await else { return Ok(()) };
        let schema = changes.schema();
        let told = self.needs.iter().all(|column| schema.column_with_name(column).is_some());
        if !told || context.table_exist(self.name)? {
            return Ok(());
        }
        let view = context.sql(self.sql).await?.into_view();
        context.register_table(self.name, view)?;
        Ok(())
    }
}

async fn register(context: &SessionContext, path: &Path) -> Result<(), DataFusionError> {
    let (Some(name), Some(place)) =
        (path.file_stem().and_then(|name| name.to_str()), path.to_str())
    else {
        return Ok(());
    };
    let empty = || path.metadata().is_ok_and(|meta| meta.len() == 0);
    match path.extension().and_then(|end| end.to_str()) {
        Some("ndjson") if !empty() => {
            let options = JsonReadOptions::default().file_extension("ndjson");
            context.register_json(name, place, options).await
        }
        Some("csv") => context.register_csv(name, place, CsvReadOptions::default()).await,
        Some("parquet") => {
            context.register_parquet(name, place, ParquetReadOptions::default()).await
        }
        None if path.is_dir() && holds_parquet(path) => {
            let mut options = ParquetReadOptions::default();
            if by_day(path) {
                options = options.table_partition_cols(vec![("day".to_owned(), DataType::Date32)]);
            }
            context.register_parquet(name, place, options).await
        }
        _ => Ok(()),
    }
}

fn by_day(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("day="))
}

fn holds_parquet(folder: &Path) -> bool {
    by_day(folder)
        || std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|end| end == "parquet"))
}
