//! Vestigo: streaming risk early warning for market regulators.
//!
//! Events about enterprises go in; explained warnings, a risk index for every enterprise and
//! dispatched tasks come out. **The order of the modules below is the architecture**: a module
//! names, through `crate::`, only modules declared above it. File order is dependency order and
//! the way of the data; `tests/it/tidy.rs` holds it.

// Vocabulary: newtypes, no state, every bound in one place.
pub mod limits;
pub mod time;
pub mod id;
pub mod money;
pub mod text;
pub mod shared;

// The way of the data: pure and synchronous; no I/O, no clock, no randomness, no async.
pub mod event;
pub mod entity;
pub mod graph;
pub mod succession;
pub mod flow;
pub mod risk;
pub mod warning;
pub mod dispatch;
pub mod sampling;
pub mod desk;
pub mod companion;
pub mod engine;

// The shell: all input and output.
pub mod model;
pub mod pipeline;
pub mod telemetry;
pub mod journal;
pub mod source;
pub mod sink;
pub mod query;
pub mod access;
pub mod oidc;
pub mod tls;
pub mod sql;
pub mod http;
pub mod simulate;
pub mod service;
pub mod evaluate;
pub mod backtest;
pub mod dossier;
pub mod export;
pub mod app;
