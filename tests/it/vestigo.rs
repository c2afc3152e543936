//! How do the tests call the program? As a user does: the binary, its output, its exit code.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The files of a result folder that hold lists.
pub(crate) const LISTS: [&str; 7] =
    ["warnings", "successions", "index", "flows", "control", "tasks", "dead_letters"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// External data, where it is there; otherwise says so.
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("VESTIGO_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = folder.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: \"{part}\" is not in {}", folder.display());
    None
}

/// Runs the program in the repository's folder, with a key of its own.
pub(crate) fn vestigo(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestigo"));
    command
        .args(arguments)
        .current_dir(root())
        .env("VESTIGO_KEY", "env:VESTIGO_TEST_KEY")
        .env("VESTIGO_TEST_KEY", "the key under which all tests are run")
        .env_remove("VESTIGO_EVENTS")
        .env_remove("VESTIGO_OUT");
    command
}

/// Runs the program on some lines of input.
pub(crate) fn piped(arguments: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs the program, which must end well, and gives its stdout.
pub(crate) fn done(arguments: &[&str]) -> String {
    let output = vestigo(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "vestigo {arguments:?}: {:?}\n{stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the batch pipeline.
pub(crate) fn run(events: &str, out: &Path, more: &[&str]) {
    let out = out.display().to_string();
    let arguments = ["run", "pipelines/batch.toml", "--events", events, "--out", &out];
    done(&[&arguments[..], more].concat());
}

pub(crate) fn objects(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.ndjson"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn summary(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap()
}

/// A folder that lives as long as the tests.
fn lasting(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::remove_dir_all(&folder).ok();
    folder
}

/// A city that several tests share, with the results of one run: (events, results).
pub(crate) fn city() -> (&'static Path, &'static Path) {
    static CITY: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    let (events, results) = CITY.get_or_init(|| {
        let (events, results) = (lasting("city"), lasting("city-results"));
        simulate(21, 1_500, 400, &events);
        run(&format!("{}/*.ndjson", events.display()), &results, &["--workers", "1"]);
        (events, results)
    });
    (events, results)
}

pub(crate) fn simulate(seed: u64, enterprises: u32, days: u32, out: &Path) {
    let [seed, enterprises, days] = [seed.to_string(), enterprises.to_string(), days.to_string()];
    let out = out.display().to_string();
    done(&[
        "simulate",
        "--seed",
        &seed,
        "--enterprises",
        &enterprises,
        "--days",
        &days,
        "--out",
        &out,
    ]);
}

/// `source#id` of every event in a journal.
pub(crate) fn journaled(journal: &Path) -> Vec<String> {
    let reader = ::vestigo::journal::Reader::open(journal).unwrap();
    let mut found = Vec::new();
    for epoch in reader.epochs(1) {
        for record in epoch.unwrap().records {
            if let ::vestigo::journal::Record::Event { json, .. } = record {
                let event: Value = serde_json::from_slice(&json).unwrap();
                let part = |key: &str| event[key].as_str().unwrap().to_owned();
                found.push(format!("{}#{}", part("source"), part("id")));
            }
        }
    }
    found
}

/// A folder in the user's cache.
pub(crate) fn cache(name: &str) -> PathBuf {
    let cache = std::env::var("XDG_CACHE_HOME").ok().filter(|path| !path.is_empty());
    let cache = cache
        .map_or_else(|| Path::new(&std::env::var("HOME").unwrap()).join(".cache"), PathBuf::from);
    cache.join("vestigo").join(name)
}

/// A Python with packages of PyPI, kept in the user's cache.
pub(crate) fn python(packages: &[&str]) -> PathBuf {
    let name: String = packages.join("-").chars().filter(|c| c.is_alphanumeric()).collect();
    let folder = cache(&format!("python-{name}"));
    let (python, ready) = (folder.join("bin/python"), folder.join("ready"));
    if !ready.exists() {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).output();
        let made = made.expect("python3 is installed by `make test-tools`");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        let installed = pip.output().unwrap();
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        std::fs::write(&ready, "").unwrap();
    }
    python
}
