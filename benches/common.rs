//! What do benches share? The program under a key of its own, and the canonical city.

use std::path::{Path, PathBuf};
use std::process::Command;

const VESTIGO: &str = env!("CARGO_BIN_EXE_vestigo");

/// Runs the program, which must end well.
pub(crate) fn vestigo(arguments: &[&str]) {
    let status = Command::new(VESTIGO)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("VESTIGO_KEY", "env:VESTIGO_BENCH_KEY")
        .env("VESTIGO_BENCH_KEY", "the key under which all benches are run")
        .stdout(std::process::Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "vestigo {arguments:?}: {status}");
}

/// A simulated city, kept between runs.
pub(crate) fn city(enterprises: &str, days: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("city-{enterprises}-{days}"));
    if !folder.join("truth.json").exists() {
        let out = folder.display().to_string();
        vestigo(&[
            "simulate",
            "--seed",
            "1",
            "--enterprises",
            enterprises,
            "--days",
            days,
            "--out",
            &out,
        ]);
    }
    folder
}
