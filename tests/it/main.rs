//! The integration tests: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod api;
mod cases;
mod cli;
mod command;
mod console;
mod control;
mod determinism;
mod document;
mod flows;
mod dossier;
mod export;
mod kafka;
mod joint;
mod keeping;
mod live;
mod models;
mod month;
mod monitor;
mod operate;
mod outlets;
mod quality;
mod restatement;
mod restore;
mod sample;
mod simulate;
mod sql;
mod tidy;
mod vestigo;
mod web;
