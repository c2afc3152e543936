//! Which columns has each table?
//!
//! Names are those of the API's answers. Persons have no column. Times are UTC.

use crate::sql::held::Table;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Number,
    YesNo,
    Day,
    Moment,
}

use Kind::{Day as D, Moment as M, Number as N, Text as T, Whole as W, YesNo as Y};

type Columns = &'static [(&'static str, Kind)];

fn columns(table: Table) -> Columns {
    match table {
        Table::Enterprises => &[
            ("uscc", T),
            ("name", T),
            ("division", T),
            ("domicile", T),
            ("industry", T),
            ("established_on", D),
            ("ended_on", D),
            ("subscribed_yuan", N),
            ("paid_yuan", N),
            ("score", W),
            ("grade", T),
            ("open_warnings", W),
        ],
        Table::Index => &[("uscc", T), ("as_of", D), ("score", W), ("grade", T), ("vetoes", T)],
        Table::IndexHistory => {
            &[("uscc", T), ("valid_from", D), ("valid_to", D), ("score", W), ("grade", T)]
        }
        Table::Contributions => {
            &[("uscc", T), ("indicator", T), ("category", T), ("points", W), ("events", W)]
        }
        Table::Ties => &[
            ("from_uscc", T),
            ("to_uscc", T),
            ("kind", T),
            ("weight", N),
            ("current", Y),
            ("pct", N),
            ("amount_yuan", N),
        ],
        Table::Pairs => &[
            ("predecessor", T),
            ("predecessor_name", T),
            ("successor", T),
            ("successor_name", T),
            ("confidence", N),
            ("level", T),
            ("first_seen_at", M),
            ("last_changed_at", M),
            ("evidence", W),
            ("against", W),
            ("chain", W),
            ("verdict", T),
        ],
        Table::Warnings => &[
            ("id", T),
            ("kind", T),
            ("uscc", T),
            ("name", T),
            ("subjects", W),
            ("division", T),
            ("level", T),
            ("open", Y),
            ("raised_at", M),
            ("updated_at", M),
            ("score", N),
            ("summary_zh", T),
            ("summary_en", T),
            ("withdrawn_because", T),
        ],
        Table::Tasks => &[
            ("id", T),
            ("warning", T),
            ("agency", T),
            ("lead", Y),
            ("division", T),
            ("level", T),
            ("state", T),
            ("held", Y),
            ("version", W),
            ("ack_due_at", M),
            ("judge_due_at", M),
            ("overdue", Y),
            ("outcome", T),
        ],
        Table::Flows => &[
            ("id", T),
            ("kind", T),
            ("uscc", T),
            ("first_at", M),
            ("last_at", M),
            ("transfers", W),
            ("accounts", W),
            ("enterprises", W),
            ("total_yuan", N),
            ("suspicion", N),
        ],
        Table::Features => &[("uscc", T), ("feature", T), ("value", N), ("word", T), ("events", W)],
        Table::Facts => &[
            ("uscc", T),
            ("event", T),
            ("type", T),
            ("time", M),
            ("learned_at", M),
            ("holds", Y),
            ("taken_back_by", T),
        ],
    }
}

/// The columns of a table.
pub(super) fn schema(table: Table) -> SchemaRef {
    let fields: Vec<Field> = columns(table)
        .iter()
        .map(|(name, kind)| {
            let kind = match kind {
                T => DataType::Utf8,
                W => DataType::Int64,
                N => DataType::Float64,
                Y => DataType::Boolean,
                D => DataType::Date32,
                M => DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into())),
            };
            Field::new(*name, kind, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}
