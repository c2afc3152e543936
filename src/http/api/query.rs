//! What does a statement of SQL give? Rows of one epoch, as JSON, NDJSON or CSV.
//!
//! NDJSON and CSV flow as they are found. Must not know: tables, who may see what.

use crate::http::Shared;
use crate::http::api::bodies::Object;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::source::live::wall_clock;
use crate::sql::{Fault, Session};
use crate::telemetry::labels::Protocol;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::json::{ArrayWriter, LineDelimitedWriter};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use utoipa::ToSchema;

/// Batches that wait for a slow reader.
const AHEAD: usize = 4;

/// A statement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct QueryBody {
    /// One statement that reads: SELECT, EXPLAIN or SHOW.
    sql: String,
    /// How the rows are wanted.
    #[serde(default)]
    format: RowFormat,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum RowFormat {
    /// One document with columns and rows, bounded in rows.
    #[default]
    Json,
    /// One object a line.
    Ndjson,
    /// With a header.
    Csv,
}

/// A column.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct QueryColumn {
    /// Its name.
    name: String,
    /// Its Arrow type.
    r#type: String,
}

/// The rows.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct QueryAnswer {
    /// In order.
    columns: Vec<QueryColumn>,
    /// Objects by the names of columns.
    #[schema(value_type = Vec<Object>)]
    rows: Box<RawValue>,
    /// Whether more rows were found than are told.
    truncated: bool,
}

fn problem(fault: &Fault) -> Problem {
    let kind = match fault {
        Fault::Refused(_) => Kind::Forbidden,
        Fault::Query(error) if is_over(error) => Kind::QueryTooLong,
        Fault::Query(_) => Kind::BadRequest,
    };
    Problem::new(kind, fault.to_string())
}

fn is_over(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// Answers one statement of SQL.
#[utoipa::path(post, path = "/api/v1/query", request_body = QueryBody, responses(
    (status = 200, body = QueryAnswer), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 408, body = ProblemBody),
    (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    (status = 429, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn query(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<QueryBody>, Problem>,
) -> Result<Response, Problem> {
    let Object(body) = body?;
    let (engine, threads) = &shared.handles.sql;
    let internal = |why: String| Problem::new(Kind::Internal, why);
    let session = engine
        .session(caller.0.clone(), Protocol::Http)
        .map_err(|error| internal(error.to_string()))?;
    let rows_max = engine.config().rows_max;
    let run = async move {
        match body.format {
            RowFormat::Json => whole(session, &body.sql, rows_max).await,
            RowFormat::Ndjson | RowFormat::Csv => flowing(session, &body.sql, body.format).await,
        }
    };
    let answered = threads.spawn(run).await;
    answered.map_err(|_| internal("the statement could not be run".to_owned()))?
}

/// All rows, up to a bound.
async fn whole(session: Session, sql: &str, rows_max: usize) -> Result<Response, Problem> {
    let begun = Instant::now();
    let mut found = session.query(sql, wall_clock()).await.map_err(|fault| problem(&fault))?;
    let columns = found.schema();
    let columns = columns.fields().iter().map(|field| QueryColumn {
        name: field.name().clone(),
        r#type: field.data_type().to_string(),
    });
    let columns = columns.collect();
    let mut writer = ArrayWriter::new(Vec::new());
    let (mut rows, mut truncated) = (0, false);
    while let Some(batch) = found.next().await {
        let batch = batch.map_err(|error| problem(&Fault::Query(error)))?;
        let room = rows_max - rows;
        truncated = batch.num_rows() > room;
        let batch = batch.slice(0, batch.num_rows().min(room));
        rows += batch.num_rows();
        writer.write(&batch).map_err(|error| problem(&Fault::Query(error.into())))?;
        if truncated {
            session.rows_cut(begun.elapsed());
            break;
        }
    }
    let unreadable = |why: String| Problem::new(Kind::Internal, why);
    writer.finish().map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(writer.into_inner()).map_err(|e| unreadable(e.to_string()))?;
    let text = if text.is_empty() { "[]".to_owned() } else { text };
    let rows = RawValue::from_string(text).map_err(|error| unreadable(error.to_string()))?;
    Ok(Json(QueryAnswer { columns, rows, truncated }).into_response())
}

/// Rows as they are found. What goes wrong before the first is a problem; after it the answer
/// breaks off, so that nobody takes it for whole.
async fn flowing(session: Session, sql: &str, format: RowFormat) -> Result<Response, Problem> {
    let mut found = session.query(sql, wall_clock()).await.map_err(|fault| problem(&fault))?;
    let first = match found.next().await {
        Some(batch) => batch.map_err(|error| problem(&Fault::Query(error)))?,
        None => RecordBatch::new_empty(found.schema()),
    };
    let (to_reader, from_found) = mpsc::channel::<io::Result<Bytes>>(AHEAD);
    tokio::spawn(write(first, found, format, to_reader));
    let flow = stream::unfold(from_found, |mut from| async move {
        from.recv().await.map(|bytes| (bytes, from))
    });
    let kind =
        if format == RowFormat::Csv { "text/csv; charset=utf-8" } else { "application/x-ndjson" };
    Ok(([(CONTENT_TYPE, kind)], Body::from_stream(flow)).into_response())
}

async fn write(
    first: RecordBatch,
    mut found: SendableRecordBatchStream,
    format: RowFormat,
    to: mpsc::Sender<io::Result<Bytes>>,
) {
    let mut header = true;
    let mut next: Option<Result<RecordBatch, DataFusionError>> = Some(Ok(first));
    while let Some(batch) = next {
        let bytes =
            batch.map_err(|error| io::Error::other(error.strip_backtrace())).and_then(|batch| {
                match format {
                    RowFormat::Csv => csv(&batch, header),
                    _ => lines(&batch),
                }
            });
        header = false;
        let broken = bytes.is_err();
        if to.send(bytes).await.is_err() || broken {
            return;
        }
        next = found.next().await;
    }
}

fn csv(batch: &RecordBatch, header: bool) -> io::Result<Bytes> {
    let mut writer = WriterBuilder::new().with_header(header).build(Vec::new());
    writer.write(batch).map_err(io::Error::other)?;
    Ok(writer.into_inner().into())
}

fn lines(batch: &RecordBatch) -> io::Result<Bytes> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write(batch).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(writer.into_inner().into())
}
