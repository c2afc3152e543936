//! Which files of the console are built in? All of `dashboards/console/dist`; none when it was not
//! built, so that building needs no Node.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const DIST: &str = "dashboards/console/dist";

fn files(below: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(below)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            found.push(path);
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DIST}");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let dist = root.join(DIST);
    let mut found = Vec::new();
    if dist.join("index.html").exists() {
        files(&dist, &mut found)?;
    }
    found.sort();
    // Copied, and named by where the list stands: two clones may share a folder of build products,
    // and the path of one of them must not end in the other's list.
    let out = PathBuf::from(std::env::var("OUT_DIR").map_err(io::Error::other)?);
    let copies = out.join("console");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }
    fs::create_dir_all(&copies)?;
    let mut list = String::from("&[\n");
    for (number, path) in found.iter().enumerate() {
        let name = path.strip_prefix(&dist).map_err(io::Error::other)?.to_string_lossy();
        let name = name.replace('\\', "/");
        fs::copy(path, copies.join(number.to_string()))?;
        writeln!(list, "    ({name:?}, include_bytes!(\"console/{number}\")),")
            .map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(out.join("console_files.rs"), list)
}
