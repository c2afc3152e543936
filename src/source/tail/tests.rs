//! Files that grow, are renamed, cut, replaced and packed; reading that stops and goes on.

use super::*;
use crate::event::Pseudonyms;
use crate::source::live::{Batch, Offered, Outlet};
use std::fs;
use std::io::Write;
use std::thread::JoinHandle;

fn event(id: usize) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{{"uscc":"91469007MA5TKB1082","matter":"m","on":"2026-01-01"}}}}"#
    )
}

fn lines(ids: std::ops::Range<usize>) -> String {
    ids.map(|id| event(id) + "\n").collect()
}

fn checker() -> Checker {
    Checker::new(Pseudonyms::new(b"k"), Vec::new())
}

/// What a reader of the inlet saw.
#[derive(Default)]
struct Seen {
    /// Ids of events, `!` and the position for dead letters, in order, by file name.
    records: BTreeMap<String, Vec<String>>,
    /// Items of each batch.
    cuts: Vec<usize>,
    cursors: BTreeMap<String, String>,
}

impl Seen {
    fn take(&mut self, batch: Batch) {
        let name = Path::new(&*batch.source).file_name().expect("a file");
        let records = self.records.entry(name.to_string_lossy().into_owned()).or_default();
        self.cuts.push(batch.items.len());
        for item in &batch.items {
            records.push(match &item.read {
                Ok(taken) => taken.event.id.id().to_owned(),
                Err(refusal) => format!("!{} {}", item.position, refusal.reject.rule),
            });
        }
        self.cursors.extend(batch.cursors);
    }

    fn of(&self, name: &str) -> Vec<&str> {
        self.records.get(name).map(|r| r.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    fn count(&self) -> usize {
        self.records.values().map(Vec::len).sum()
    }
}

/// Reads once what is there.
fn once(config: &Config, start: &BTreeMap<String, String>) -> Seen {
    let (inlet, mut outlet) = Inlet::new(1_000_000);
    run(&Config { once: true, ..config.clone() }, start, checker(), &inlet).expect("readable");
    let mut seen = Seen { cursors: start.clone(), ..Seen::default() };
    while let Ok(offered) = outlet.try_recv() {
        seen.take(offered.batch);
    }
    seen
}

/// A run on a thread of its own.
struct Live {
    outlet: Outlet,
    inlet: Inlet,
    thread: Option<JoinHandle<()>>,
    seen: Seen,
}

impl Live {
    fn start(config: Config) -> Self {
        let (inlet, outlet) = Inlet::new(1_000_000);
        let inside = inlet.clone();
        let thread = std::thread::spawn(move || {
            run(&config, &BTreeMap::new(), checker(), &inside).expect("readable");
        });
        Self { outlet, inlet, thread: Some(thread), seen: Seen::default() }
    }

    /// Waits until so many records were seen in all.
    fn until(&mut self, count: usize) {
        let begun = Instant::now();
        while self.seen.count() < count {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", self.seen.records);
            match self.outlet.try_recv() {
                Ok(Offered { batch, .. }) => self.seen.take(batch),
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn stop(mut self) -> Seen {
        // Time to see what should not come.
        std::thread::sleep(Duration::from_millis(100));
        self.inlet.stop();
        self.thread.take().expect("it runs").join().expect("it ends");
        while let Ok(offered) = self.outlet.try_recv() {
            self.seen.take(offered.batch);
        }
        self.seen
    }
}

fn config(folder: &Path, pattern: &str) -> Config {
    let path = folder.join(pattern).display().to_string();
    Config { poll_milliseconds: 5, settle_seconds: 3_600, ..Config::of(vec![path]) }
}

fn append(path: &Path, text: &str) {
    let file = fs::OpenOptions::new().append(true).create(true).open(path);
    file.expect("open").write_all(text.as_bytes()).expect("written");
}

fn ids(ids: std::ops::Range<usize>) -> Vec<String> {
    ids.map(|id| format!("e{id}")).collect()
}

#[test]
fn the_configuration_has_defaults_and_no_unknown_fields() {
    let config: Config = toml::from_str("paths = [\"in\"]").expect("a configuration");
    assert_eq!((config.batch_events, config.settle_seconds, config.once), (2_000, 10, false));
    assert!(toml::from_str::<Config>("paths = []\npol = 1").is_err());
}

#[test]
fn batches_are_cut_by_count_and_go_on_from_any_cursor() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson");
    fs::write(&path, format!("\u{feff}{}\r\n\n{{bad\n{}", event(0), lines(1..700)))
        .expect("written");
    let config = Config { batch_events: 100, ..config(folder.path(), "") };
    let all = once(&config, &BTreeMap::new());
    assert_eq!(all.cuts, [100, 100, 100, 100, 100, 100, 100, 1]);
    let records = all.of("a.ndjson");
    assert_eq!(records[0], "e0");
    assert!(records[1].starts_with("!3 "), "{}", records[1]);
    assert_eq!(records[2..], ids(1..700));

    let (inlet, mut outlet) = Inlet::new(1_000_000);
    run(&Config { once: true, ..config.clone() }, &BTreeMap::new(), checker(), &inlet).expect("ok");
    let mut read = 0;
    while let Ok(Offered { batch, .. }) = outlet.try_recv() {
        read += batch.items.len();
        let start: BTreeMap<String, String> = batch.cursors.into_iter().collect();
        let rest = once(&config, &start);
        assert_eq!(rest.of("a.ndjson"), records[read..]);
    }
    let again = once(&config, &all.cursors);
    assert_eq!(again.count(), 0, "nothing is read twice");
    append(&path, &lines(700..702));
    assert_eq!(once(&config, &all.cursors).of("a.ndjson"), ["e700", "e701"]);
}

#[test]
fn files_are_picked_up_and_followed_line_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut live = Live::start(config(folder.path(), "in/*.ndjson"));
    fs::create_dir(folder.path().join("in")).expect("made");
    let (a, b) = (folder.path().join("in/a.ndjson"), folder.path().join("in/b.ndjson"));
    append(&a, &lines(0..3));
    live.until(3);
    let (line, half) = (event(3), event(3).len() / 2);
    append(&a, &line[..half]);
    append(&b, &lines(10..12));
    live.until(5);
    std::thread::sleep(Duration::from_millis(50));
    append(&a, &format!("{}\n{}", &line[half..], lines(4..6)));
    live.until(8);
    append(&a, &event(6));
    let seen = live.stop();
    assert_eq!(seen.of("a.ndjson"), ids(0..6), "a line without an end waits");
    assert_eq!(seen.of("b.ndjson"), ids(10..12));
}

#[test]
fn a_last_line_without_an_end_is_read_when_the_file_is_quiet() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson");
    append(&path, &format!("{}{}", lines(0..1), event(1)));
    let config = Config { settle_seconds: 0, ..config(folder.path(), "") };
    let mut live = Live::start(config.clone());
    live.until(2);
    let seen = live.stop();
    assert_eq!(seen.of("a.ndjson"), ids(0..2));
    append(&path, &format!("\n{}", lines(2..3)));
    let rest = once(&config, &seen.cursors);
    assert_eq!(rest.of("a.ndjson"), ["e2"]);
    let place = Place::parse(&rest.cursors[&key(&path)]).expect("a place");
    assert_eq!((place.lines, place.offset), (3, fs::metadata(&path).expect("there").len()));
}

#[test]
fn a_rotated_file_is_read_to_its_end_and_the_new_one_from_its_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson");
    let away = folder.path().join("a.ndjson.1");
    append(&path, &lines(0..3));
    let mut live = Live::start(config(folder.path(), "a.ndjson"));
    live.until(3);
    // Written, renamed and made anew, all between two looks perhaps; then the writer that still
    // holds the old file adds to it.
    append(&path, &lines(3..5));
    fs::rename(&path, &away).expect("renamed");
    append(&path, &lines(10..12));
    live.until(7);
    append(&away, &lines(5..6));
    live.until(8);
    let mut records =
        live.stop().of("a.ndjson").iter().map(|r| (*r).to_owned()).collect::<Vec<_>>();
    records.sort();
    let mut all = [ids(0..6), ids(10..12)].concat();
    all.sort();
    assert_eq!(records, all);
}

#[test]
fn a_renamed_file_that_is_still_watched_keeps_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson");
    append(&path, &lines(0..3));
    let config = config(folder.path(), "*.ndjson*");
    let mut live = Live::start(config.clone());
    live.until(3);
    fs::rename(&path, folder.path().join("a.ndjson.1")).expect("renamed");
    append(&path, &lines(10..12));
    live.until(5);
    let seen = live.stop();
    assert_eq!(seen.of("a.ndjson").len(), 5);
    // The same while nothing ran.
    fs::rename(folder.path().join("a.ndjson.1"), folder.path().join("a.ndjson.2")).expect("moved");
    fs::rename(&path, folder.path().join("a.ndjson.1")).expect("renamed");
    append(&path, &lines(20..21));
    append(&folder.path().join("a.ndjson.1"), &lines(12..13));
    let rest = once(&config, &seen.cursors);
    assert_eq!(rest.of("a.ndjson"), ["e20"]);
    assert_eq!(rest.of("a.ndjson.1"), ["e12"]);
    assert_eq!(rest.count(), 2, "nothing is read twice: {:?}", rest.records);
}

#[test]
fn a_file_that_is_cut_or_replaced_is_read_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.ndjson");
    append(&path, &lines(0..3));
    let mut live = Live::start(config(folder.path(), ""));
    live.until(3);
    fs::write(&path, lines(10..12)).expect("cut and written");
    live.until(5);
    fs::write(&path, lines(20..29)).expect("cut, and longer at once");
    live.until(14);
    let aside = folder.path().join("aside");
    fs::write(&aside, lines(20..31)).expect("written");
    fs::rename(&aside, &path).expect("replaced by its own continuation");
    live.until(16);
    let seen = live.stop();
    assert_eq!(seen.of("a.ndjson"), [ids(0..3), ids(10..12), ids(20..31)].concat());
    // The same while nothing ran.
    fs::write(&path, lines(40..60)).expect("replaced");
    let config = config(folder.path(), "");
    assert_eq!(once(&config, &seen.cursors).of("a.ndjson"), ids(40..60));
}

#[test]
fn packed_files_are_read_once_and_damage_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let gzip = |text: &str| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text.as_bytes()).expect("memory");
        gz.finish().expect("memory")
    };
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.ndjson.gz"), gzip(&lines(0..250))).expect("written");
    let unended = format!("{}{}", lines(0..9), event(9));
    fs::write(at("b.ndjson.zst"), zstd::encode_all(unended.as_bytes(), 1).expect("memory"))
        .expect("written");
    let whole = gzip(&lines(0..20_000));
    fs::write(at("c.ndjson.gz"), &whole[..whole.len() / 2]).expect("written");
    let config = Config { batch_events: 100, ..config(folder.path(), "") };
    let seen = once(&config, &BTreeMap::new());
    assert_eq!(seen.of("a.ndjson.gz"), ids(0..250));
    assert_eq!(seen.of("b.ndjson.zst"), ids(0..10));
    let (fault, good) = seen.records["c.ndjson.gz"].split_last().expect("some");
    assert!(fault.contains("damaged"), "{fault}");
    assert!(good.len() > 1_000, "{}", good.len());
    assert_eq!(once(&config, &seen.cursors).count(), 0, "nothing is read twice");

    // In the middle of a packed file.
    let (inlet, mut outlet) = Inlet::new(1_000_000);
    run(&Config { once: true, ..config.clone() }, &BTreeMap::new(), checker(), &inlet).expect("ok");
    let first = outlet.try_recv().expect("a batch").batch;
    assert_eq!(
        (&*first.source, first.items.len()),
        (&*at("a.ndjson.gz").display().to_string(), 100)
    );
    let start = first.cursors.into_iter().collect();
    assert_eq!(once(&config, &start).of("a.ndjson.gz"), ids(100..250));

    // The rest of a damaged file comes, and a packed file still grows while it is copied.
    fs::write(at("c.ndjson.gz"), &whole).expect("written");
    assert_eq!(once(&config, &seen.cursors).count(), 20_000);
    let live = Live::start(Config { settle_seconds: 3_600, ..config });
    assert_eq!(live.stop().count(), 0, "a packed file that is young may still grow");
}

#[test]
fn a_line_over_the_limit_is_a_dead_letter_of_its_beginning() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = "x".repeat((1 << 20) + 1);
    fs::write(folder.path().join("a.ndjson"), format!("{}{long}\n{}", lines(0..1), lines(1..2)))
        .expect("written");
    let (inlet, mut outlet) = Inlet::new(10);
    let config = Config { once: true, ..config(folder.path(), "") };
    run(&config, &BTreeMap::new(), checker(), &inlet).expect("readable");
    let batch = outlet.try_recv().expect("a batch").batch;
    assert_eq!(batch.items.len(), 3);
    let refusal = batch.items[1].read.as_ref().expect_err("too long");
    assert_eq!(refusal.reject.class, crate::event::Class::Malformed);
    assert!(refusal.original.bytes.len() <= crate::limits::DEAD_LETTER_BYTES_MAX);
    assert!(refusal.original.sha256.is_some());
    assert!(batch.items[2].read.is_ok() && batch.items[2].position == 3);
}

#[test]
fn what_is_no_pattern_is_an_error_and_what_is_not_there_is_waited_for() {
    let (inlet, _outlet) = Inlet::new(10);
    let config = Config { once: true, ..Config::of(vec!["a[".into()]) };
    let result = run(&config, &BTreeMap::new(), checker(), &inlet);
    assert!(matches!(result, Err(SourceError::Pattern(..))));
    let config = Config { once: true, ..Config::of(vec!["/nothing/here".into()]) };
    assert!(run(&config, &BTreeMap::new(), checker(), &inlet).is_ok());
    inlet.stop();
    let config = Config::of(vec!["/nothing/here".into()]);
    assert!(run(&config, &BTreeMap::new(), checker(), &inlet).is_ok(), "it ends with the inlet");
}
