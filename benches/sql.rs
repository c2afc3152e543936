//! How fast is SQL over files, beside DuckDB on the same Parquet files in one run?
//!
//! `cargo bench --bench sql -- [ENTERPRISES] [DAYS]`: a simulated city, its events and the indices
//! of a batch run as Parquet; each query best of five, both on two threads. DuckDB comes from a
//! Python environment `PEERS_HOME/duckdb`; without it, ours alone is printed, and it is said.

mod common;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray};
use common::{city, vestigo};
use datafusion::parquet::arrow::ArrowWriter;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;
use vestigo::sql::Threads;
use vestigo::sql::folder::Folder;
use vestigo::time::Time;

const ROUNDS: usize = 5;
const THREADS: usize = 2;

/// Name, statement. Both sides get the same text.
const QUERIES: [(&str, &str); 5] = [
    ("group by type", "SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY n DESC"),
    (
        "by month and type",
        "SELECT date_trunc('month', time) AS m, type, count(*) AS n FROM events GROUP BY 1, 2 \
         ORDER BY 1, 2",
    ),
    (
        "group by grade",
        "SELECT grade, count(*) AS n, avg(score) AS s FROM index GROUP BY grade ORDER BY grade",
    ),
    (
        "join and group",
        "SELECT i.grade, e.type, count(*) AS n FROM events e JOIN index i ON e.uscc = i.uscc \
         GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    (
        "as of a day",
        "SELECT uscc, max(time) AS last, count(*) AS n FROM events \
         WHERE time <= TIMESTAMP '2025-06-30 00:00:00' GROUP BY uscc ORDER BY n DESC, uscc LIMIT 20",
    ),
];

/// Runs a query of each line of stdin on the tables of a folder: seconds, best of five.
const DUCKDB: &str = "
import sys, time, duckdb
folder, threads, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
c = duckdb.connect()
c.execute(f'SET threads = {threads}')
for name in ('events', 'index'):
    c.execute(f'CREATE VIEW \"{name}\" AS SELECT * FROM \\'{folder}/{name}.parquet\\'')
for sql in sys.stdin.read().splitlines():
    sql = sql.replace(' index ', ' \"index\" ')
    best = None
    for _ in range(rounds):
        begun = time.perf_counter()
        rows = c.execute(sql).fetchall()
        spent = time.perf_counter() - begun
        best = spent if best is None else min(best, spent)
    print(best, len(rows))
";

/// A folder with `events.parquet` and `index.parquet`.
fn tables(enterprises: &str, days: &str) -> PathBuf {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = base.join(format!("tables-{enterprises}-{days}"));
    if folder.join("index.parquet").exists() {
        return folder;
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    let at = |path: &Path| path.display().to_string();
    let city = city(enterprises, days);
    events(&city, &folder.join("events.parquet"));
    let out = at(&base.join("sql-out"));
    let events = format!("{}/*.ndjson", city.display());
    vestigo(&["run", "pipelines/batch.toml", "--events", &events, "--out", &out]);
    let to = at(&folder.join("index.parquet"));
    let sql = "SELECT uscc, score, grade FROM index";
    vestigo(&["query", sql, "--out", &out, "--format", "parquet", "--to", &to]);
    folder
}

/// The events of a city, a row each.
fn events(city: &Path, to: &Path) {
    let (mut ids, mut types, mut codes, mut times) = (vec![], vec![], vec![], vec![]);
    for entry in std::fs::read_dir(city).expect("the city") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|end| end != "ndjson") {
            continue;
        }
        let file = std::fs::File::open(&path).expect("a file");
        for line in std::io::BufReader::new(file).lines() {
            let line = line.expect("text");
            let Ok(event) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
            let word = |key: &str| event[key].as_str().map(str::to_owned);
            ids.push(word("id"));
            types.push(word("type"));
            codes.push(
                word("subject").or_else(|| event["data"]["uscc"].as_str().map(str::to_owned)),
            );
            times.push(event["time"].as_str().and_then(Time::parse).map(|time| time.0));
        }
    }
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(StringArray::from(ids))),
        ("type", Arc::new(StringArray::from(types))),
        ("uscc", Arc::new(StringArray::from(codes))),
        ("time", Arc::new(TimestampMillisecondArray::from(times))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let file = std::fs::File::create(to).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a schema");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
}

fn ours(folder: &Path) -> Vec<(f64, usize)> {
    let threads = Threads::new(THREADS).expect("threads");
    let runtime = threads.handle();
    let folder = runtime.block_on(Folder::open(folder)).expect("tables");
    let measure = |sql: &str| {
        let mut best = (f64::INFINITY, 0);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let rows = runtime.block_on(folder.query(sql)).expect("an answer");
            let rows = rows.iter().map(RecordBatch::num_rows).sum();
            best = (best.0.min(begun.elapsed().as_secs_f64()), rows);
        }
        best
    };
    QUERIES.iter().map(|(_, sql)| measure(sql)).collect()
}

fn duckdb(folder: &Path) -> Option<Vec<(f64, usize)>> {
    use std::io::Write as _;
    let home = std::env::var_os("PEERS_HOME").map(PathBuf::from)?;
    let python = home.join("duckdb/bin/python");
    if !python.exists() {
        return None;
    }
    let mut child = Command::new(python)
        .args(["-c", DUCKDB, &folder.display().to_string()])
        .args([THREADS.to_string(), ROUNDS.to_string()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("Python starts");
    let text: Vec<&str> = QUERIES.iter().map(|(_, sql)| *sql).collect();
    child.stdin.take().expect("piped").write_all(text.join("\n").as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "duckdb");
    let text = String::from_utf8(output.stdout).expect("text");
    let pair = |line: &str| {
        let (seconds, rows) = line.split_once(' ')?;
        Some((seconds.parse().ok()?, rows.parse().ok()?))
    };
    Some(text.lines().map(|line| pair(line).expect("seconds and rows")).collect())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let word = |at: usize, or: &str| arguments.get(at).cloned().unwrap_or_else(|| or.to_owned());
    let folder = tables(&word(0, "50000"), &word(1, "730"));
    let ours = ours(&folder);
    let theirs = duckdb(&folder);
    if theirs.is_none() {
        eprintln!("SKIPPED: no DuckDB: python3 -m venv $PEERS_HOME/duckdb, pip install duckdb");
    }
    println!("query               rows   vestigo ms   duckdb ms   ratio");
    for (place, (name, _)) in QUERIES.iter().enumerate() {
        let (seconds, rows) = ours[place];
        let other = theirs.as_ref().map(|theirs| {
            assert_eq!(theirs[place].1, rows, "{name}: rows");
            theirs[place].0
        });
        let (peer, ratio) = other.map_or(("-".to_owned(), "-".to_owned()), |other| {
            (format!("{:.1}", other * 1e3), format!("{:.2}", seconds / other))
        });
        println!("{name:<18} {rows:>5} {:>12.1} {peer:>11} {ratio:>7}", seconds * 1e3);
    }
}
