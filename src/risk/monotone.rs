//! Do points move as an indicator says? Declared directions, tried out.
//!
//! An expression is run over rows in which one feature rises and the others stand still, at values
//! that its own text and bands name and between them. Invariant: the same expression is tried with
//! the same rows every time. Must not know: real enterprises.

use crate::risk::config::{Config, Indicator};
use crate::risk::features::{Found, Value};
use crate::risk::program::Row;
use std::collections::BTreeSet;

/// Rows of other features that are tried.
const SETTINGS: u64 = 64;

/// An indicator that moves against its word.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The indicator.
    pub indicator: String,
    /// The feature.
    pub feature: String,
    /// Whether it was to rise with it.
    pub rises: bool,
    /// The feature's value and the points, before and after.
    pub from: (f64, f64),
    /// After.
    pub to: (f64, f64),
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = if self.rises { "rise" } else { "fall" };
        write!(
            f,
            "{}: is said to {word} with {}, but gives {} points at {} and {} at {}",
            self.indicator, self.feature, self.from.1, self.from.0, self.to.1, self.to.0
        )
    }
}

/// The first breach of each declared direction.
pub fn breaches(config: &Config) -> Vec<Breach> {
    let mut found = Vec::new();
    for (place, indicator) in config.indicators.iter().enumerate() {
        let directions = indicator.rises_with.iter().map(|name| (name, true));
        let directions = directions.chain(indicator.falls_with.iter().map(|name| (name, false)));
        for (name, rises) in directions {
            found.extend(try_out(config, place, indicator, name, rises));
        }
    }
    found
}

fn try_out(
    config: &Config,
    place: usize,
    indicator: &Indicator,
    name: &str,
    rises: bool,
) -> Option<Breach> {
    let features = config.program.features();
    let columns = config.program.columns_of(place);
    let is_text = |column: usize| config.features[features[column]].is_text();
    let named = |column: usize| &**config.features[features[column]].name.get_ref();
    let moved = columns.iter().copied().find(|column| named(*column) == name)?;
    let values = values(indicator);
    // A word stands still at null: directions are about numbers.
    let row = |setting: u64, value: f64| -> Row {
        let numbers = columns.iter().copied().filter(|column| !is_text(*column));
        numbers
            .map(|column| {
                let value = if column == moved { value } else { still(&values, setting, column) };
                let value = Value::Number(value);
                (column, Found { value, events: Vec::new(), firm: true })
            })
            .collect()
    };
    let settings = 0..SETTINGS;
    let rows: Vec<Row> = settings
        .flat_map(|setting| values.iter().map(move |value| (setting, *value)))
        .map(|(setting, value)| row(setting, value))
        .collect();
    let refs: Vec<&Row> = rows.iter().collect();
    let limit = f64::from(indicator.points.abs());
    let points: Vec<f64> = config
        .program
        .score(&refs)
        .into_iter()
        .map(|hits| {
            let hit = hits.iter().find(|(of, _)| *of == place);
            hit.map_or(0.0, |(_, hit)| hit.points.round().clamp(-limit, limit))
        })
        .collect();
    points.chunks(values.len()).find_map(|points| {
        let at = (1..values.len()).find(|at| {
            let (before, after) = (points[at - 1], points[*at]);
            (rises && after < before) || (!rises && after > before)
        })?;
        Some(Breach {
            indicator: indicator.id.get_ref().to_string(),
            feature: name.to_owned(),
            rises,
            from: (values[at - 1], points[at - 1]),
            to: (values[at], points[at]),
        })
    })
}

/// The values that are tried, in rising order: those that the expression and its bands name, a
/// little less and more, and some others.
fn values(indicator: &Indicator) -> Vec<f64> {
    let text = indicator.sql.as_ref().map_or("", |sql| sql.get_ref().as_str());
    let numbers = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|word| word.parse::<f64>().ok());
    let named = numbers.chain(indicator.bands.iter().map(|band| band.0));
    let around = named.flat_map(|value| [value * 0.99, value, value * 1.01]);
    let others = [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0, 1e4, 1e7];
    let bits: BTreeSet<u64> = around.chain(others).map(f64::to_bits).collect();
    // Positive numbers are in the order of their bits.
    bits.into_iter().map(f64::from_bits).collect()
}

/// Where another feature stands: one of the values, by a fixed hash of setting and column.
fn still(values: &[f64], setting: u64, column: usize) -> f64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&setting.to_le_bytes());
    bytes[8..].copy_from_slice(&(column as u64).to_le_bytes());
    values[(crate::id::stable_hash(&bytes) % values.len() as u64) as usize]
}
