//! How do the features of many enterprises stand beside each other? Columns of a batch.

use crate::risk::features::{Found, Value};
use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Schema;
use std::sync::Arc;

/// Columns under construction, row by row.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    schema: &'a Arc<Schema>,
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug)]
enum Column {
    /// What nothing found is, and the numbers.
    Numbers(Option<f64>, Vec<Option<f64>>),
    Words(Vec<Option<Arc<str>>>),
}

impl<'a> Columns<'a> {
    /// No rows yet. `blank`: by column, whether it holds words, and what nothing found is.
    pub(crate) fn new(schema: &'a Arc<Schema>, blank: &[(bool, Option<f64>)]) -> Self {
        let columns = blank
            .iter()
            .map(|(words, nothing)| {
                if *words {
                    Column::Words(Vec::new())
                } else {
                    Column::Numbers(*nothing, Vec::new())
                }
            })
            .collect();
        Self { schema, columns, rows: 0 }
    }

    /// One more row: what was found, by column.
    pub(crate) fn push<'f>(&mut self, found: impl IntoIterator<Item = (usize, &'f Found)>) {
        self.rows += 1;
        for (column, found) in found {
            match (&mut self.columns[column], &found.value) {
                (Column::Numbers(nothing, numbers), Value::Number(number)) => {
                    numbers.resize(self.rows - 1, *nothing);
                    numbers.push(Some(*number));
                }
                (Column::Words(words), Value::Text(word)) => {
                    words.resize(self.rows - 1, None);
                    words.push(Some(word.clone()));
                }
                _ => {}
            }
        }
    }

    /// A number of the last row.
    pub(crate) fn put(&mut self, column: usize, number: f64) {
        if let Column::Numbers(nothing, numbers) = &mut self.columns[column] {
            numbers.resize(self.rows - 1, *nothing);
            numbers.push(Some(number));
        }
    }

    /// A word of the last row.
    pub(crate) fn put_word(&mut self, column: usize, word: &str) {
        if let Column::Words(words) = &mut self.columns[column] {
            words.resize(self.rows - 1, None);
            words.push(Some(word.into()));
        }
    }

    /// The batch.
    ///
    /// # Errors
    /// When the columns do not fit the schema, which [`Self::new`] prevents.
    pub(crate) fn finish(self) -> Result<RecordBatch, String> {
        let rows = self.rows;
        let arrays = self
            .columns
            .into_iter()
            .map(|column| -> ArrayRef {
                match column {
                    Column::Numbers(nothing, mut numbers) => {
                        numbers.resize(rows, nothing);
                        Arc::new(Float64Array::from(numbers))
                    }
                    Column::Words(mut words) => {
                        words.resize(rows, None);
                        Arc::new(words.iter().map(Option::as_deref).collect::<StringArray>())
                    }
                }
            })
            .collect();
        RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| error.to_string())
    }
}
