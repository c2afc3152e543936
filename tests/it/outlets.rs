//! Do webhooks and tables tell what the other outlets tell, once, when the service is killed?

use crate::live::{Service, city, loaded, next};
use crate::vestigo::journaled;
use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What an endpoint was told: ids and bodies, in order.
type Told = Arc<Mutex<Vec<(String, Value)>>>;

/// An endpoint that takes everything, on a thread of its own.
fn endpoint() -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let told = Told::default();
    let takes = told.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A killed service leaves half a request.
            let (takes, stream) = (takes.clone(), stream.unwrap());
            std::thread::spawn(move || answer(&stream, &takes));
        }
    });
    (url, told)
}

fn answer(stream: &TcpStream, told: &Told) -> Option<()> {
    let mut from = BufReader::new(stream);
    loop {
        let (mut id, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or_default();
            match &*name.to_ascii_lowercase() {
                "webhook-id" => id = Some(value.to_owned()),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body).ok()?;
        told.lock().unwrap().push((id?, serde_json::from_slice(&body).ok()?));
        let mut to = stream;
        to.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
    }
}

/// Whether the outlets have everything: receipts come in their order.
fn finish(service: &Service) {
    let deadline = Instant::now() + Duration::from_mins(3);
    loop {
        let before = service.log().len();
        service.finish();
        if !service.log()[before..].contains("epochs wait on disk") {
            return;
        }
        assert!(Instant::now() < deadline, "{}", service.log());
    }
}

/// The values of text columns of a dataset, row by row.
fn rows(folder: &Path, dataset: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for day in fs::read_dir(folder.join(dataset)).unwrap() {
        for entry in fs::read_dir(day.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            // What a crash left aside is no table.
            if path.extension().is_none_or(|ending| ending != "parquet") {
                continue;
            }
            let file = fs::File::open(&path).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
            for batch in reader {
                let batch = batch.unwrap();
                let arrays: Vec<_> =
                    columns.iter().map(|name| batch[*name].as_string::<i32>()).collect();
                found.extend(
                    (0..batch.num_rows())
                        .map(|at| arrays.iter().map(|a| a.value(at).to_owned()).collect()),
                );
            }
        }
    }
    found
}

#[test]
fn killed_again_and_again_webhooks_and_tables_tell_everything_once() {
    let (url, told) = endpoint();
    let mut lines = city(12);
    lines.insert(lines.len() / 2, "{\"no\":\"event\"}".to_owned());
    let service = loaded("2", &lines);
    let secret = service.path("secret");
    fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    service.append(&format!(
        "[[outlets]]\nkind = \"webhook\"\nname = \"bureau\"\nurl = \"{url}\"\n\
         secrets = [\"file:{}\"]\nallow_private = true\nschedule_seconds = [1]\n\
         topics = [\"vestigo.warning.v1\", \"vestigo.succession.v1\", \"vestigo.dead-letter.v1\"]\n\
         [[outlets]]\nkind = \"parquet\"\npath = {:?}\ngather_rows = 400\ngather_seconds = 1\n",
        secret.display(),
        service.path("tables").display().to_string(),
    ));
    let places = ["outlet_told", "parquet_file", "outlet_delivered", "outlet_acknowledged"];
    let (mut seed, mut kills) = (3, 0);
    for round in 0..12 {
        let place = places[round % places.len()];
        let place = format!("{place}:{}", 1 + next(&mut seed) % 30);
        let mut child = service.start(Some(&place));
        let deadline = Instant::now() + Duration::from_millis(400 + next(&mut seed) % 2_000);
        while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().ok();
        kills += u32::from(!child.wait().unwrap().success());
    }
    assert!(kills > 4, "{kills} kills disturb nothing");
    finish(&service);

    // Each id has one content, and the first words come in the order in which they were said.
    let said = service.messages();
    let told = told.lock().unwrap().clone();
    let mut by_id: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut order: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, event) in &told {
        let plain = event["id"].as_str().unwrap();
        assert_eq!(*id, plain.replace('.', "%2E"), "ids have no other odd characters");
        match by_id.insert(plain, event) {
            Some(known) => assert_eq!(known, event, "{id} has two contents"),
            None => order.entry(event["type"].as_str().unwrap()).or_default().push(plain),
        }
    }
    for topic in ["vestigo.warning.v1", "vestigo.succession.v1", "vestigo.dead-letter.v1"] {
        let mut seen = BTreeSet::new();
        let ids = said.iter().filter(|m| m["type"] == topic).map(|m| m["id"].as_str().unwrap());
        let wanted: Vec<&str> = ids.filter(|id| seen.insert(*id)).collect();
        assert!(!wanted.is_empty(), "the city says something of {topic}");
        assert_eq!(order.get(topic), Some(&wanted), "{topic}");
    }

    // Tables: every message and every event once.
    let tables = service.path("tables");
    for (dataset, topic) in [("warnings", "vestigo.warning.v1"), ("index", "vestigo.index.v1")] {
        let mut rows: Vec<String> =
            rows(&tables, dataset, &["message"]).into_iter().flatten().collect();
        rows.sort();
        let of = said.iter().filter(|m| m["type"] == topic);
        let wanted: BTreeSet<String> = of.map(|m| m["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(rows, wanted.into_iter().collect::<Vec<_>>(), "{dataset}");
    }
    let mut events: Vec<String> =
        rows(&tables, "events", &["source", "id"]).into_iter().map(|row| row.join("#")).collect();
    events.sort();
    let mut wanted = journaled(&service.path("state/journal"));
    wanted.sort();
    assert_eq!(events, wanted, "events");
    eprintln!(
        "{kills} kills: {} calls for {} messages, {} events in tables",
        told.len(),
        by_id.len(),
        events.len()
    );
}
