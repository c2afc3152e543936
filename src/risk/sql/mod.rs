//! What does an expression of an analyst give? SQL over features, planned once, run in batches.
//!
//! Invariant: what was planned is a pure function of one enterprise's columns: the rows of a batch
//! do not know each other, so that neither the size of a batch nor the number of workers shows in
//! a result. Must not know: what the result is for.

mod check;
mod columns;
mod plan;

pub use check::Class;
pub(crate) use columns::Columns;
pub use plan::{FUNCTIONS, Wrong};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::datatypes::{Float64Type, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use std::sync::Arc;

/// A planned expression.
#[derive(Clone, Debug)]
pub struct Formula {
    expr: Arc<dyn PhysicalExpr>,
    /// Number or boolean.
    class: Class,
    /// The columns that it names, in rising order.
    uses: Vec<usize>,
}

impl Formula {
    /// Plans an expression over the columns of a schema.
    ///
    /// # Errors
    /// When it is no SQL, names what is not there, mixes types or is no pure function of its row.
    pub fn plan(sql: &str, schema: &Arc<Schema>) -> Result<Self, Wrong> {
        plan::plan(sql, schema)
    }

    /// Whether it answers yes or no instead of a number.
    pub fn is_boolean(&self) -> bool {
        self.class == Class::Boolean
    }

    /// The columns that it names.
    pub fn uses(&self) -> &[usize] {
        &self.uses
    }

    /// Its number for each row; yes is 1, no is 0. Null and what is no finite number (a division
    /// by zero) are 0.
    ///
    /// # Errors
    /// When an operation fails, which no checked expression over numbers does.
    pub(crate) fn run(&self, batch: &RecordBatch) -> Result<Vec<f64>, String> {
        let value = self.expr.evaluate(batch).map_err(|error| error.to_string())?;
        let array: ArrayRef = match value {
            ColumnarValue::Array(array) => array,
            ColumnarValue::Scalar(scalar) => {
                return Ok(vec![number_of(&scalar); batch.num_rows()]);
            }
        };
        if let Some(booleans) = array.as_boolean_opt() {
            return Ok(booleans.iter().map(|yes| f64::from(u8::from(yes == Some(true)))).collect());
        }
        let Some(numbers): Option<&Float64Array> = array.as_primitive_opt::<Float64Type>() else {
            return Err(format!("a number was expected, not {}", array.data_type()));
        };
        Ok(numbers.iter().map(|number| number.filter(|n| n.is_finite()).unwrap_or(0.0)).collect())
    }
}

fn number_of(scalar: &ScalarValue) -> f64 {
    match scalar {
        ScalarValue::Boolean(Some(true)) => 1.0,
        ScalarValue::Float64(Some(number)) if number.is_finite() => *number,
        _ => 0.0,
    }
}
