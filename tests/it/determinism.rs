//! Is the output a function of the input? Workers, splits, order, repeats and packing change none.

use crate::vestigo::{LISTS, city, run, summary};
use std::fs;
use std::io::Write;
use std::path::Path;

/// What may not differ: every list, dead letters without their place, the summary's counts.
fn essence(folder: &Path) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    for name in LISTS {
        let text = fs::read_to_string(folder.join(format!("{name}.ndjson"))).unwrap();
        let text = if name == "dead_letters" { without_places(&text) } else { text };
        parts.push((name.to_owned(), text));
    }
    let whole = summary(folder);
    for key in ["accepted", "dead", "warnings", "model", "bounds"] {
        parts.push((key.to_owned(), whole[key].to_string()));
    }
    parts
}

fn without_places(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut letter: serde_json::Value = serde_json::from_str(line).unwrap();
            letter.as_object_mut().unwrap().retain(|key, _| key != "source_file" && key != "line");
            letter.to_string()
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn assert_same(expected: &Path, found: &Path, what: &str) {
    for ((name, a), (_, b)) in essence(expected).iter().zip(essence(found)) {
        if *a != b {
            let at = a.lines().zip(b.lines()).position(|(x, y)| x != y);
            let lines = at.map(|at| (a.lines().nth(at), b.lines().nth(at)));
            panic!("{what}: {name} differs, first at {at:?}: {lines:#?}");
        }
    }
}

fn all(events: &Path) -> String {
    format!("{}/*.ndjson", events.display())
}

#[test]
fn the_same_bytes_for_any_number_of_workers() {
    let (events, results) = city();
    let out = tempfile::tempdir().unwrap();
    for workers in ["2", "4"] {
        run(&all(events), out.path(), &["--workers", workers]);
        assert_same(results, out.path(), &format!("{workers} workers"));
    }
}

#[test]
fn the_dataflow_equals_the_plain_loop() {
    let (events, results) = city();
    let out = tempfile::tempdir().unwrap();
    run(&all(events), out.path(), &["--plain"]);
    assert_same(results, out.path(), "the plain loop");
}

#[test]
fn the_same_bytes_for_one_file_and_for_37_pieces_in_disorder() {
    let (events, results) = city();
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for entry in fs::read_dir(events).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            lines.extend(fs::read_to_string(path).unwrap().lines().map(str::to_owned));
        }
    }
    let one = folder.path().join("one.ndjson");
    fs::write(&one, lines.join("\n")).unwrap();
    let out = tempfile::tempdir().unwrap();
    run(&one.display().to_string(), out.path(), &[]);
    assert_same(results, out.path(), "one file");

    // A fixed disorder: by a hash of the line. Every ninth line comes twice.
    lines.sort_by_key(|line| vestigo::id::stable_hash(line.as_bytes()));
    let doubled: Vec<String> = lines.iter().step_by(9).cloned().collect();
    let before = lines.len();
    // Only what is accepted once may be repeated: a repeated bad event is another dead letter.
    let dead = crate::vestigo::objects(results, "dead_letters");
    let is_dead = |line: &String| dead.iter().any(|d| d["original"].as_str() == Some(line));
    lines.extend(doubled.into_iter().filter(|line| !is_dead(line)));
    assert!(lines.len() > before);
    let pieces = folder.path().join("pieces");
    fs::create_dir(&pieces).unwrap();
    for piece in 0..37 {
        let text: Vec<&str> = lines.iter().skip(piece).step_by(37).map(String::as_str).collect();
        let text = text.join("\n");
        let name = format!("{piece:02}.ndjson");
        match piece % 3 {
            0 => fs::write(pieces.join(name), text).unwrap(),
            1 => {
                let file = fs::File::create(pieces.join(name + ".gz")).unwrap();
                let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
                packed.write_all(text.as_bytes()).unwrap();
                packed.finish().unwrap();
            }
            _ => {
                let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
                fs::write(pieces.join(name + ".zst"), packed).unwrap();
            }
        }
    }
    run(&pieces.display().to_string(), out.path(), &["--workers", "2"]);
    assert_same(results, out.path(), "37 pieces");
}

#[test]
fn the_same_bytes_on_a_second_run() {
    let (events, results) = city();
    let out = tempfile::tempdir().unwrap();
    run(&all(events), out.path(), &["--workers", "1"]);
    assert_same(results, out.path(), "a second run");
}
