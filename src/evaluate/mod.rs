//! How good were the results? Found against true, by scenario.

pub mod cases;
