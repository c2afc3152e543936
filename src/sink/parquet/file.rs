//! How does a batch become a file? Written aside, synced, renamed into place.
//!
//! Invariant: a file that is there is whole, and the same batches give the same bytes.

use crate::sink::frame::{named, sync_folder};
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use std::fs::File;
use std::io;
use std::path::Path;

/// zstd level: packs JSON well and is not what a service waits for.
const LEVEL: i32 = 3;

/// Writes a file, replacing one of the same name; gives its length in bytes. Its folder is made
/// when it is not there.
///
/// # Errors
/// When it cannot be written, with its path; the old one is untouched then.
pub fn write(
    path: &Path,
    schema: SchemaRef,
    batches: impl Iterator<Item = io::Result<RecordBatch>>,
) -> io::Result<u64> {
    let folder = path.parent().unwrap_or(Path::new("."));
    if !folder.exists() {
        std::fs::create_dir_all(folder)?;
        if let Some(above) = folder.parent() {
            sync_folder(above)?;
        }
    }
    let aside = path.with_extension("part");
    let file = filled(&aside, schema, batches).map_err(|e| named(&aside, "write", &e))?;
    file.sync_all().map_err(|error| named(&aside, "sync", &error))?;
    let bytes = file.metadata()?.len();
    std::fs::rename(&aside, path).map_err(|error| named(path, "rename to", &error))?;
    sync_folder(folder)?;
    Ok(bytes)
}

fn filled(
    path: &Path,
    schema: SchemaRef,
    batches: impl Iterator<Item = io::Result<RecordBatch>>,
) -> io::Result<File> {
    let level = ZstdLevel::try_new(LEVEL).map_err(said)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by("vestigo".into())
        .build();
    let mut writer =
        ArrowWriter::try_new(File::create(path)?, schema, Some(properties)).map_err(said)?;
    for batch in batches {
        writer.write(&batch?).map_err(said)?;
    }
    writer.into_inner().map_err(said)
}

fn said(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other.to_string()),
        },
        other => io::Error::other(other.to_string()),
    }
}
