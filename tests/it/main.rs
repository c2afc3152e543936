//! The integration tests: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod api;
mod cases;
mod cli;
mod control;
mod determinism;
mod kafka;
mod live;
mod quality;
mod restore;
mod simulate;
mod tidy;
mod vestigo;
mod web;
