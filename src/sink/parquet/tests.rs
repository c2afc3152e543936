//! Does every row stand in the tables once, whatever happens between a write and its receipt?

use super::*;
use crate::sink::message::{EventRow, Message};
use crate::time::Time;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType, UInt64Type};
use arrow_array::{Array, RecordBatch};
use std::path::Path;

fn message(topic: Topic, id: &str, time: &str, data: &str) -> Message {
    Message {
        id: id.into(),
        topic,
        subject: "91469007MA5TKB1082".into(),
        time: Time::parse(time).unwrap(),
        data: data.as_bytes().into(),
    }
}

const EVENING: &str = "2026-03-01T15:59:59Z";
/// A moment later it is the next day in China.
const NEXT_DAY: &str = "2026-03-01T16:00:00Z";

fn delivery(epoch: u64) -> Delivery {
    let index = r#"{"uscc":"X","name":"甲公司","score":61,"grade":"C","score_before":5,"grade_before":"A"}"#;
    let warning = r#"{"id":"W-1","kind":"v01","level":"red","level_before":null,"state":"open",
        "raised_at":"2026-03-01T08:00:00+08:00","updated_at":"2026-03-01T08:00:00+08:00",
        "score":0.9,"summary":{"zh":"甲","en":"A"},"model":"m"}"#;
    let event = |id: &str, time: &str| EventRow {
        source: "urn:test".into(),
        id: id.into(),
        kind: "penalty.decided".into(),
        time: Time::parse(time).unwrap(),
        sealed: br#"{"id":"1"}"#[..].into(),
    };
    Delivery {
        epoch,
        messages: vec![
            message(Topic::Index, &format!("X@{epoch}"), EVENING, index),
            message(Topic::Warning, &format!("W-1@{epoch}"), NEXT_DAY, warning),
            message(Topic::Task, &format!("T-1@{epoch}"), NEXT_DAY, "{}"),
        ]
        .into(),
        events: vec![event("a", EVENING), event("b", NEXT_DAY)].into(),
    }
}

fn open(folder: &Path) -> Tables {
    let text = format!("path = {:?}", folder.display().to_string());
    Tables::open(&toml::from_str(&text).expect("settings")).expect("a folder")
}

/// All files of a dataset below its folder, and their batches.
fn read(folder: &Path, dataset: Dataset) -> (Vec<String>, Vec<RecordBatch>) {
    let root = folder.join(dataset.name());
    let (mut names, mut batches) = (Vec::new(), Vec::new());
    let mut days: Vec<PathBuf> =
        fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    days.sort();
    for day in days {
        for entry in fs::read_dir(day).unwrap() {
            let path = entry.unwrap().path();
            let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap());
            batches.extend(builder.unwrap().build().unwrap().map(|batch| batch.unwrap()));
            names.push(path.strip_prefix(&root).unwrap().display().to_string());
        }
    }
    (names, batches)
}

fn epochs(folder: &Path, dataset: Dataset) -> Vec<u64> {
    let (_, batches) = read(folder, dataset);
    let column =
        |batch: &RecordBatch| batch["epoch"].as_primitive::<UInt64Type>().values().to_vec();
    let mut found: Vec<u64> = batches.iter().flat_map(column).collect();
    found.sort_unstable();
    found
}

#[test]
fn rows_stand_under_the_day_in_china_with_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).deliver(&[delivery(7), delivery(9)]).expect("written");
    let file = "000000000000000007-000000000000000009.parquet";
    let (names, batches) = read(folder.path(), Dataset::Index);
    assert_eq!(names, [format!("day=2026-03-01/{file}")]);
    let index = &batches[0];
    assert_eq!(index["score"].as_primitive::<Int32Type>().values(), &[61, 61]);
    assert_eq!(index["grade_before"].as_string::<i32>().value(1), "A");
    assert_eq!(index["name"].as_string::<i32>().value(0), "甲公司");
    assert_eq!(index["message"].as_string::<i32>().value(1), "X@9");
    let time = index["time"].as_primitive::<TimestampMillisecondType>();
    assert_eq!(Some(Time(time.value(0))), Time::parse(EVENING));
    assert_eq!(time.timezone(), Some("+08:00"));
    let (names, batches) = read(folder.path(), Dataset::Warnings);
    assert_eq!(names, [format!("day=2026-03-02/{file}")]);
    assert_eq!(batches[0]["level"].as_string::<i32>().value(0), "red");
    assert!(batches[0]["level_before"].is_null(0) && batches[0]["raised_at"].is_valid(0));
    let (names, batches) = read(folder.path(), Dataset::Events);
    assert_eq!(names, [format!("day=2026-03-01/{file}"), format!("day=2026-03-02/{file}")]);
    assert_eq!(batches[1]["id"].as_string::<i32>().value(0), "b");
    assert_eq!(batches[1]["event"].as_string::<i32>().value(0), r#"{"id":"1"}"#);
}

#[test]
fn a_call_that_comes_again_doubles_nothing_whatever_its_epochs() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).deliver(&[delivery(1)]).expect("written");
    open(folder.path()).deliver(&[delivery(2), delivery(3)]).expect("written");
    // Its receipt is lost; after the restart more, then fewer, epochs wait.
    open(folder.path()).deliver(&[delivery(2), delivery(3), delivery(4)]).expect("written");
    assert_eq!(epochs(folder.path(), Dataset::Warnings), [1, 2, 3, 4]);
    open(folder.path()).deliver(&[delivery(2)]).expect("written");
    open(folder.path()).deliver(&[delivery(3), delivery(4)]).expect("written");
    for dataset in Dataset::ALL {
        let each = if dataset == Dataset::Events { 2 } else { 1 };
        let wanted: Vec<u64> = (1..=4).flat_map(|epoch| vec![epoch; each]).collect();
        assert_eq!(epochs(folder.path(), dataset), wanted, "{dataset:?}");
    }
}

#[test]
fn the_same_call_writes_the_same_bytes() {
    let bytes = |folder: &Path| {
        let day = folder.join("events/day=2026-03-01");
        let path = fs::read_dir(day).unwrap().next().unwrap().unwrap().path();
        fs::read(path).unwrap()
    };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    open(one.path()).deliver(&[delivery(1)]).expect("written");
    open(two.path()).deliver(&[delivery(1)]).expect("written");
    assert_eq!(bytes(one.path()), bytes(two.path()));
}

#[test]
fn the_folder_of_another_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).deliver(&[delivery(5)]).expect("written");
    let fault = open(folder.path()).deliver(&[delivery(2)]).expect_err("refused");
    assert!(!fault.again && fault.why.contains("another journal"), "{fault}");
    assert_eq!(epochs(folder.path(), Dataset::Index), [5]);
}

#[test]
fn only_the_tables_that_are_wanted_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("path = {:?}\ndatasets = [\"index\"]", folder.path().display().to_string());
    let mut tables = Tables::open(&toml::from_str(&text).unwrap()).unwrap();
    assert!(!tables.wants_events());
    assert_eq!(tables.selects().topics, [Topic::Index]);
    tables.deliver(&[delivery(1)]).expect("written");
    assert!(!folder.path().join("events").exists() && !folder.path().join("warnings").exists());
}
