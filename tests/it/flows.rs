//! What does `vestigo flows` say of files of transfers? Known counts, formats, faults, features.

use super::vestigo::{done, shared, vestigo};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt32Type};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Counts by pattern and length.
fn counts(arguments: &[&str]) -> BTreeMap<(String, u64), u64> {
    let said = done(&[&["flows"], arguments, &["--counts", "--format", "ndjson"]].concat());
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let pattern = row["pattern"].as_str().unwrap().to_owned();
        ((pattern, row["length"].as_u64().unwrap()), row["count"].as_u64().unwrap())
    };
    said.lines().map(row).collect()
}

fn cycles(arguments: &[&str]) -> Vec<u64> {
    counts(arguments).into_values().collect()
}

#[test]
fn published_counts_of_temporal_cycles() {
    let Some(folder) = shared("data/temporal-network") else { return };
    // The sample has no heading.
    let own = tempfile::tempdir().unwrap();
    let sample = own.path().join("sample.txt");
    let rows = std::fs::read_to_string(folder.join("spaa22_sample.txt")).unwrap();
    std::fs::write(&sample, format!("src dst time\n{rows}")).unwrap();
    let college = folder.join("CollegeMsg.txt");
    let run = |file: &Path, window: &str, length: &str| {
        let file = file.to_str().unwrap();
        let asked = ["--map", "ts=time", "--patterns", "cycle", "--budget", "0"];
        let bounds = ["--window", window, "--cycle-length-max", length];
        cycles(&[&[file], &asked[..], &bounds].concat())
    };
    assert_eq!(run(&sample, "1000s", "10"), [1, 1, 1]);
    for (window, known) in [
        ("3600s", [54_802, 1_653, 3_748, 602, 254]),
        ("21600s", [73_517, 4_269, 13_439, 17_275, 30_087]),
        ("86400s", [95_074, 9_850, 64_101, 106_822, 449_791]),
    ] {
        assert_eq!(run(&college, window, "6"), known, "{window}");
    }
}

/// A ring of three, a fan of four, and money that meets again.
const ROWS: [(&str, i64, &str, &str, &str); 11] = [
    ("t1", 1_000, "a", "b", "100.00"),
    ("t2", 2_000, "b", "c", "99.50"),
    ("t3", 3_000, "c", "a", "99"),
    ("t4", 4_000, "p1", "shop", "10"),
    ("t5", 4_000, "p2", "shop", "20.5"),
    ("t6", 5_000, "p3", "shop", "30"),
    ("t7", 6_000, "p4", "shop", "40"),
    ("t8", 7_000, "s", "m1", "5"),
    ("t9", 8_000, "s", "m2", "5"),
    ("t10", 9_000, "m1", "g", "5"),
    ("t11", 10_000, "m2", "g", "5"),
];
const ASKED: [&str; 6] = ["--window", "1m", "--parties", "4", "--middlemen", "2"];

fn write_csv(folder: &Path) -> String {
    let path = folder.join("transfers.csv");
    let mut text = String::from("tx,when,\"payer\",payee,value,note\n");
    for (id, ts, src, dst, amount) in ROWS {
        writeln!(text, "{id},{ts},\"{src}\",{dst},{amount},\"a, b\"").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const MAP: [&str; 4] =
    ["--map", "id=tx,ts=when,src=payer,dst=payee,amount=value", "--time-unit", "ms"];

#[test]
fn all_formats_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let csv = write_csv(folder.path());
    let ndjson = folder.path().join("transfers.ndjson");
    let line = |(id, ts, src, dst, amount): (&str, i64, &str, &str, &str)| {
        format!(
            "{{\"id\":\"{id}\",\"ts\":{ts},\"src\":\"{src}\",\"dst\":\"{dst}\",\"amount\":{amount}}}\n"
        )
    };
    std::fs::write(&ndjson, ROWS.map(line).concat()).unwrap();
    let parquet = folder.path().join("transfers.parquet");
    let text = |of: fn(&(&str, i64, &str, &str, &str)) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(ROWS.iter().map(of)))
    };
    let batch = RecordBatch::try_from_iter([
        ("id", text(|r| r.0.into())),
        ("ts", Arc::new(Int64Array::from_iter_values(ROWS.iter().map(|r| r.1))) as ArrayRef),
        ("src", text(|r| r.2.into())),
        ("dst", text(|r| r.3.into())),
        ("amount", text(|r| r.4.into())),
    ])
    .unwrap();
    let file = File::create(&parquet).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let tail = [&ASKED[..], &["--time-unit", "ms", "--format", "ndjson"]].concat();
    let one = done(&[&["flows", &csv], &MAP[..], &ASKED, &["--format", "ndjson"]].concat());
    for other in [&ndjson, &parquet] {
        let told = done(&[&["flows", other.to_str().unwrap()], &tail[..]].concat());
        assert_eq!(told, one, "{}", other.display());
    }
    let rows: Vec<Value> = one.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let told: Vec<(&str, u64)> = rows
        .iter()
        .map(|r| (r["pattern"].as_str().unwrap(), r["size"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [("fan-in", 4), ("cycle", 3), ("scatter-gather", 2)]);
    assert_eq!(rows[0]["transfers"], serde_json::json!(["t4", "t5", "t6", "t7"]));
    assert_eq!(rows[1]["retention"], 0.99);
    assert_eq!(rows[0]["amount"], 100.5);
    assert_eq!(rows[2]["accounts"][0], "s");
}

#[test]
fn workers_find_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.csv");
    let mut text = String::from("id,ts,src,dst,amount\n");
    let mut seed = 5u64;
    for i in 0..3_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (a, b) = ((seed >> 33) % 60, (seed >> 45) % 60);
        writeln!(text, "{i},{},{a},{b},{}.25", i * 7, seed % 900).unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let run = |workers: &str, counts: bool| {
        let features = folder.path().join(format!("{workers}-{counts}.parquet"));
        let mut asked = vec!["flows", path, "--window", "20m", "--cycle-length-max", "5"];
        let features = features.to_str().unwrap().to_owned();
        asked.extend(["--workers", workers, "--format", "ndjson", "--features", &features]);
        asked.extend(counts.then_some("--counts"));
        (done(&asked), read(Path::new(&features)))
    };
    for counts in [true, false] {
        let one = run("1", counts);
        assert!(one.0.contains("\"cycle\"") && one.0.contains("scatter-gather"));
        assert!(one == run("3", counts), "three workers, counts: {counts}");
    }
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mut batches = reader.with_batch_size(100_000).build().unwrap();
    batches.next().unwrap().unwrap()
}

#[test]
fn features_of_each_transfer() {
    let folder = tempfile::tempdir().unwrap();
    let csv = write_csv(folder.path());
    let out = folder.path().join("features.parquet");
    let path = out.to_str().unwrap();
    done(&[&["flows", &csv], &MAP[..], &ASKED, &["--features", path]].concat());
    let rows = read(&out);
    assert_eq!(rows.num_rows(), ROWS.len());
    let whole = |name: &str| rows.column_by_name(name).unwrap().as_primitive::<UInt32Type>();
    let real = |name: &str| rows.column_by_name(name).unwrap().as_primitive::<Float64Type>();
    assert_eq!(whole("cycles_3").value(2), 1, "t3 closes the ring");
    assert_eq!(whole("dst_fan_in").value(6), 4);
    assert_eq!(whole("scatter_gather_middlemen").value(10), 2);
    assert_eq!(real("dst_in_sum_1d").value(6), 100.5);
    assert_eq!(real("src_paid_max_7d").value(8), 5.0);
    assert_eq!(real("src_paid_parties_30d").value(8), 2.0);
    assert!((real("dst_in_variance_1d").value(4) - 27.5625).abs() < 1e-9);
}

/// Sum, largest and moments, by two passes.
fn spread(yuan: &[f64]) -> [(&'static str, f64); 6] {
    let n = yuan.len().max(1) as f64;
    let mean = yuan.iter().sum::<f64>() / n;
    let moment = |k| yuan.iter().map(|y| (y - mean).powi(k)).sum::<f64>() / n;
    let variance = moment(2);
    let part = |m: f64, by: f64| if by > 0.0 { m / by } else { 0.0 };
    [
        ("sum", yuan.iter().sum()),
        ("max", yuan.iter().copied().fold(0.0, f64::max)),
        ("mean", mean),
        ("variance", variance),
        ("skew", part(moment(3), variance.powf(1.5))),
        ("kurtosis", part(moment(4), variance * variance)),
    ]
}

/// Every number of every account, against sums over the whole list.
#[test]
fn features_of_each_account() {
    let folder = tempfile::tempdir().unwrap();
    let (mut rows, mut seed) = (Vec::new(), 7u64);
    let mut draw = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    for nth in 0..400u64 {
        let (src, dst) = (draw(9), draw(9));
        rows.push((nth as i64 * 9_000 + draw(9_000) as i64, src, dst, 1 + draw(90_000) as i64));
    }
    let mut csv = String::from("ts,src,dst,amount\n");
    for (ts, src, dst, fen) in &rows {
        writeln!(csv, "{ts},n{src},n{dst},{}.{:02}", fen / 100, fen % 100).unwrap();
    }
    let (file, out) = (folder.path().join("t.csv"), folder.path().join("accounts.parquet"));
    std::fs::write(&file, csv).unwrap();
    let unit = ["--time-unit", "s"];
    let path = ["flows", file.to_str().unwrap(), "--account-features", out.to_str().unwrap()];
    done(&[&path[..], &unit].concat());
    let told = read(&out);
    let names = told.column_by_name("account").unwrap().as_string::<i32>();
    assert_eq!(told.num_rows(), 9);
    let end = rows.iter().map(|r| r.0).max().unwrap();
    for (at, name) in names.iter().enumerate() {
        let own: u64 = name.unwrap()[1..].parse().unwrap();
        let whole =
            |c: &str| told.column_by_name(c).unwrap().as_primitive::<UInt32Type>().value(at);
        let real =
            |c: &str| told.column_by_name(c).unwrap().as_primitive::<Float64Type>().value(at);
        for (window, days) in [("1d", 1), ("7d", 7), ("30d", 30), ("all", 36_500)] {
            for (way, is_out) in [("out", true), ("in", false)] {
                let mine = rows.iter().filter(|r| {
                    r.0 >= end - days * 86_400 && own == if is_out { r.1 } else { r.2 }
                });
                let mine: Vec<_> = mine.collect();
                let others: std::collections::BTreeSet<u64> =
                    mine.iter().map(|r| if is_out { r.2 } else { r.1 }).collect();
                let parties = others.iter().filter(|o| **o != own).count();
                assert_eq!(whole(&format!("{way}_count_{window}")) as usize, mine.len());
                assert_eq!(whole(&format!("{way}_parties_{window}")) as usize, parties);
                let yuan: Vec<f64> = mine.iter().map(|r| r.3 as f64 / 100.0).collect();
                for (what, right) in spread(&yuan) {
                    let got = real(&format!("{way}_{what}_{window}"));
                    let near = (got - right).abs() <= 1e-7 * (1.0 + right.abs());
                    assert!(near, "{name:?} {way} {what} {window}: {got} {right}");
                }
            }
        }
        let mine: Vec<_> = rows.iter().filter(|r| r.1 == own || r.2 == own).collect();
        let paid = |a: u64, b: u64| rows.iter().any(|r| r.1 == a && r.2 == b);
        let mutual = (0..9).filter(|o| *o != own && paid(own, *o) && paid(*o, own)).count();
        assert_eq!(whole("mutual_parties") as usize, mutual);
        let (first, last) = (mine[0].0, mine[mine.len() - 1].0);
        let times = |c: &str| told.column_by_name(c).unwrap().as_primitive::<Int64Type>().value(at);
        assert_eq!((times("first_ts"), times("last_ts")), (first * 1_000, last * 1_000));
        assert!((real("idle_hours") - (end - last) as f64 / 3_600.0).abs() < 1e-9);
        let gap = (last - first) as f64 / 3_600.0 / (mine.len() - 1).max(1) as f64;
        assert!((real("gap_hours") - gap).abs() < 1e-9);
    }
}

#[test]
fn faults_name_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.csv");
    let path = path.to_str().unwrap();
    for (text, said) in [
        ("id,ts,src,dst,amount\n1,5,a,b,1\n2,6,a,b,much\n", "line 3: amount \"much\""),
        ("id,ts,src,dst,amount\n1,soon,a,b,1\n", "line 2: ts \"soon\""),
        ("id,ts,src,dst,amount\n1,5,,b,1\n", "line 2: src or dst is empty"),
        ("id,ts,from,dst,amount\n1,5,a,b,1\n", "no column \"src\""),
        ("id,ts,src,dst,amount\n1,5,a\n", "line 2"),
    ] {
        std::fs::write(path, text).unwrap();
        let output = vestigo(&["flows", path]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(65), "{error}");
        assert!(error.contains(said), "{said}: {error}");
    }
    std::fs::write(path, "id,ts,src,dst,amount\n").unwrap();
    for wrong in [["--window", "7"], ["--patterns", "circle"], ["--map", "x=y"]] {
        let output = vestigo(&[&["flows", path], &wrong[..]].concat());
        assert_eq!(output.status.code(), Some(65), "{wrong:?}");
    }
}
