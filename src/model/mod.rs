//! How is risk judged? The files of `models/`, read, checked and typed.

mod file;

pub use file::{FileError, parse_toml, read_toml};
