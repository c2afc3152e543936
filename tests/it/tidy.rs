//! Does the code keep to its own architecture? Rules that a compiler does not hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that do no I/O, read no clock and draw no randomness.
const PURE: [&str; 16] = [
    "id",
    "time",
    "money",
    "limits",
    "text",
    "event",
    "entity",
    "graph",
    "succession",
    "flow",
    "risk",
    "warning",
    "dispatch",
    "sampling",
    "desk",
    "engine",
];
/// Longest file, in lines. A longer one must be one repeated shape and stand in `LONG`.
const FILE_LINES_MAX: usize = 500;
/// Long files, each with the shape that it repeats.
const LONG: [(&str, &str); 2] = [
    ("src/event/body.rs", "one struct or word list per event type"),
    ("src/event/bodies.rs", "one function per event type"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The modules of `src/lib.rs`, in order.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect()
}

/// The top-level module that a source file belongs to.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src")).ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib" && name != "main").then(|| name.to_owned())
}

/// Code lines with their numbers, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| {
        let line = line.trim_start();
        !line.starts_with("//")
    })
}

#[test]
fn a_module_names_only_what_stands_above_it() {
    let order = modules();
    assert!(order.len() > 15, "src/lib.rs lists the modules");
    let rank: BTreeMap<&str, usize> =
        order.iter().enumerate().map(|(rank, name)| (name.as_str(), rank)).collect();
    let mut faults = Vec::new();
    for path in sources(&root().join("src")) {
        let Some(own) = module_of(&path) else { continue };
        let own_rank = *rank.get(own.as_str()).unwrap_or_else(|| panic!("{own} not in lib.rs"));
        let text = fs::read_to_string(&path).unwrap();
        for (line, content) in code(&text) {
            if content.contains("use crate::{") {
                faults.push(format!("{}:{line}: braced use crate::{{…}}", shown(&path)));
            }
            for named in content.split("crate::").skip(1) {
                let name: String =
                    named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                match rank.get(name.as_str()) {
                    Some(other) if *other > own_rank => {
                        faults.push(format!("{}:{line}: {own} names {name}", shown(&path)));
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_simulator_names_no_stage() {
    let stages = &PURE[5..];
    for path in sources(&root().join("src/simulate")) {
        let text = fs::read_to_string(&path).unwrap();
        for (line, content) in code(&text) {
            for stage in stages {
                let names = content.contains(&format!("crate::{stage}"));
                assert!(!names, "{}:{line}: the simulator names {stage}", shown(&path));
            }
        }
    }
}

#[test]
fn pure_modules_do_no_io_and_read_no_clock() {
    let banned = [
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "Instant::now",
        "SystemTime",
        "tokio",
        "tracing::",
        "async fn",
        "println!",
        "eprintln!",
        "thread_rng",
    ];
    let mut faults = Vec::new();
    for path in sources(&root().join("src")) {
        let pure = module_of(&path).is_some_and(|own| PURE.contains(&own.as_str()));
        let of_tests = shown(&path).contains("tests");
        if !pure || of_tests {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let before_tests = text.split("#[cfg(test)]").next().unwrap();
        for (line, content) in code(before_tests) {
            for word in banned {
                if content.contains(word) {
                    faults.push(format!("{}:{line}: {word}", shown(&path)));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_opens_with_its_question_and_stays_short() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for path in sources(&root().join(folder)) {
            let name = shown(&path);
            let text = fs::read_to_string(&path).unwrap();
            if !text.starts_with("//! ") {
                faults.push(format!("{name}: opens with no question"));
            }
            let lines = text.lines().count();
            if lines > FILE_LINES_MAX && !LONG.iter().any(|(long, _)| *long == name) {
                faults.push(format!("{name}: {lines} lines"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn long_files_still_need_their_exception() {
    for (name, shape) in LONG {
        let lines = fs::read_to_string(root().join(name)).unwrap().lines().count();
        assert!(lines > FILE_LINES_MAX, "{name} ({shape}) is short now: drop the exception");
    }
}

#[test]
fn names_are_nouns_of_the_trade() {
    let banned = ["Manager", "Helper", "Util", "Handler", "Processor"];
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        for (line, content) in code(&text) {
            let Some(name) = ["struct ", "enum ", "trait "]
                .iter()
                .find_map(|word| content.trim_start_matches("pub ").strip_prefix(word))
            else {
                continue;
            };
            let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
            assert!(
                !banned.iter().any(|word| name.ends_with(word)),
                "{}:{line}: {name}",
                shown(&path)
            );
        }
    }
}

#[test]
fn links_in_the_documentation_resolve() {
    let mut pages: Vec<PathBuf> = fs::read_dir(root())
        .unwrap()
        .chain(fs::read_dir(root().join("docs")).unwrap())
        .chain(fs::read_dir(root().join("docs/adr")).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    let mut faults = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || link.contains("://") || link.contains(' ') {
                continue;
            }
            if !page.parent().unwrap().join(file).exists() {
                faults.push(format!("{}: {link}", shown(&page)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
