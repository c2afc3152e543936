//! The integration tests: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod api;
mod cases;
mod cli;
mod command;
mod console;
mod contract;
mod control;
mod days;
mod determinism;
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
mod oidc;
mod operate;
mod outlets;
mod promote;
mod quality;
mod restatement;
mod restore;
mod sample;
mod shadow;
mod simulate;
mod sql;
mod surface;
mod tidy;
mod traces;
mod vestigo;
mod web;
