//! What can an analyst do without a pipeline? Control of enterprises; parsing and matching of names, addresses,
//! phones and codes, one line in, one object out.

use crate::app::Failure;
use crate::graph::control::{self, control_pairs};
use serde_json::{Value, json};
use std::path::Path;

/// Every control pair of a table `owner,owned,share`, with the total share that is controlled.
pub(crate) fn control(path: &Path) -> Result<Vec<Value>, Failure> {
    let named = |why: String| format!("read \"{}\": {why}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|error| std::io::Error::new(error.kind(), named(error.to_string())))?;
    let table = control::from_csv(&text).map_err(|error| Failure::Data(named(error.to_string())))?;
    Ok(control_pairs(&table.stakes)
        .into_iter()
        .map(|pair| {
            json!({
                "controller": table.names[pair.controller as usize],
                "controlled": table.names[pair.controlled as usize],
                "share": pair.share.percent() / 100.0,
            })
        })
        .collect())
}
