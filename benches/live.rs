//! What load does a service carry, and how long does an event wait for its effects?
//!
//! Starts the program on a file that grows, with the journal, snapshots and messages on, and feeds
//! it a simulated city: first as fast as it takes it, then at half of that rate. Prints rates, the
//! latency histogram of the program's own metrics, and memory over time.
//! `VESTIGO_LIVE_SECONDS` (60) sets how long each phase lasts, `VESTIGO_LIVE_ENTERPRISES` (50,000)
//! the city.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Service {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Service {
    fn start(folder: tempfile::TempDir) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let address = {
            let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            free.local_addr().expect("bound").to_string()
        };
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir_all(path("inbox")).expect("made");
        let child = Command::new(env!("CARGO_BIN_EXE_vestigo"))
            .current_dir(root)
            .args(["run", "pipelines/city.toml", "--workers", "2"])
            .env("VESTIGO_STATE", path("state"))
            .env("VESTIGO_EVENTS", path("inbox"))
            .env("VESTIGO_MESSAGES", path("messages"))
            .env("VESTIGO_OUT", path("out"))
            .env("VESTIGO_LISTEN", &address)
            .env("VESTIGO_KEY", "env:VESTIGO_BENCH_KEY")
            .env("VESTIGO_BENCH_KEY", "the key under which all benches are run")
            .env("VESTIGO_LOG", "warn")
            .spawn()
            .expect("starts");
        let service = Self { child, address, folder };
        let deadline = Instant::now() + Duration::from_mins(2);
        while service.get("/health/ready").is_none_or(|text| !text.starts_with("HTTP/1.1 200")) {
            assert!(Instant::now() < deadline, "not ready");
            std::thread::sleep(Duration::from_millis(5));
        }
        service
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Every sample of the metrics.
    fn metrics(&self) -> BTreeMap<String, f64> {
        let text = self.get("/metrics").unwrap_or_default();
        text.lines()
            .filter(|line| line.starts_with("vestigo_"))
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            })
            .collect()
    }

    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
    }

    fn stop(mut self) -> tempfile::TempDir {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill is there");
        let asked = Instant::now();
        let status = self.child.wait().expect("it was started");
        assert!(status.success(), "{status}");
        println!("SIGTERM to exit 0: {:.1} s", asked.elapsed().as_secs_f64());
        self.folder
    }
}

fn accepted(metrics: &BTreeMap<String, f64>) -> f64 {
    let records = "vestigo_ingest_records_total";
    metrics.iter().filter(|(name, _)| name.starts_with(records)).map(|(_, value)| value).sum()
}

/// The bound below which a share of the samples of a histogram lies, between two scrapes.
fn quantiles(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>, name: &str) {
    let mut buckets: Vec<(f64, f64)> = after
        .iter()
        .filter_map(|(key, value)| {
            let bound = key.strip_prefix(&format!("{name}_bucket{{le=\""))?.strip_suffix("\"}")?;
            let bound = bound.parse().unwrap_or(f64::INFINITY);
            Some((bound, value - before.get(key).unwrap_or(&0.0)))
        })
        .collect();
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    print!("{name}: {all:.0} epochs;");
    for share in [0.5, 0.9, 0.99, 0.999] {
        let bound = buckets.iter().find(|(_, count)| *count >= all * share);
        print!(" p{} <= {} s;", share * 100.0, bound.map_or(f64::NAN, |(bound, _)| *bound));
    }
    println!();
    let mut below = 0.0;
    for (bound, count) in buckets {
        println!("  <= {bound:>7} s  {:>8.0}  {:5.1} %", count - below, count / all * 100.0);
        below = count;
    }
}

/// Feeds lines for some seconds, at most so many a second (0: as many as are taken).
fn feed(
    service: &Service,
    lines: &mut impl Iterator<Item = String>,
    seconds: u64,
    rate: u64,
) -> f64 {
    let path = service.folder.path().join("inbox/events.ndjson");
    let mut file = fs::File::options().create(true).append(true).open(path).expect("opened");
    let before = service.metrics();
    let begun = accepted(&before);
    let started = Instant::now();
    let mut written = 0_u64;
    let mut told = 0;
    let mut ended = false;
    while started.elapsed() < Duration::from_secs(seconds) && !ended {
        let taken = accepted(&service.metrics()) - begun;
        // Without a rate: so much ahead that the program never waits for more.
        let wanted = if rate == 0 {
            taken as u64 + 200_000
        } else {
            (started.elapsed().as_secs_f64() * rate as f64) as u64
        };
        let mut block = String::new();
        while written < wanted {
            let Some(line) = lines.next() else {
                ended = true;
                break;
            };
            block.push_str(&line);
            block.push('\n');
            written += 1;
        }
        file.write_all(block.as_bytes()).expect("written");
        std::thread::sleep(Duration::from_millis(if rate == 0 { 100 } else { 10 }));
        let at = started.elapsed().as_secs();
        if at >= told + (seconds / 6).max(1) {
            told = at;
            println!("  {at:>4} s: {taken:.0} events, {} MiB", service.memory());
        }
    }
    let elapsed = started.elapsed().as_secs_f64();
    let after = service.metrics();
    let taken = accepted(&after) - begun;
    println!("{taken:.0} events in {elapsed:.1} s: {:.0} events/s", taken / elapsed);
    quantiles(&before, &after, "vestigo_event_to_effect_duration_seconds");
    quantiles(&before, &after, "vestigo_journal_commit_duration_seconds");
    // What waits still must not count for the next phase.
    while accepted(&service.metrics()) - begun < written as f64 {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(3));
    taken / elapsed
}

fn city(folder: &Path, enterprises: u64, days: u64) -> PathBuf {
    let out = folder.join("city");
    let status = Command::new(env!("CARGO_BIN_EXE_vestigo"))
        .args(["simulate", "--seed", "1", "--enterprises", &enterprises.to_string()])
        .args(["--days", &days.to_string(), "--out", &out.display().to_string()])
        .stdout(std::process::Stdio::null())
        .status()
        .expect("starts");
    assert!(status.success());
    // One file in the order of time, as a feed would send it.
    let mut lines = Vec::new();
    for entry in fs::read_dir(&out).expect("listed") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            lines.extend(fs::read_to_string(path).expect("read").lines().map(str::to_owned));
        }
    }
    lines.sort_by_cached_key(|line| {
        let at = line.find("\"time\":\"").map_or(0, |at| at + 8);
        line[at..].chars().take(25).collect::<String>()
    });
    let path = folder.join("all.ndjson");
    fs::write(&path, lines.join("\n")).expect("written");
    path
}

fn main() {
    let seconds = setting("VESTIGO_LIVE_SECONDS", 60);
    let enterprises = setting("VESTIGO_LIVE_ENTERPRISES", 50_000);
    let days = setting("VESTIGO_LIVE_DAYS", 730);
    let source = tempfile::tempdir_in(".").expect("a folder on the disk of the project");
    let path = city(source.path(), enterprises, days);
    let lines = BufReader::new(fs::File::open(path).expect("written before")).lines();
    let mut lines = lines.map(|line| line.expect("text"));
    let folder = tempfile::tempdir_in(".").expect("a folder on the disk of the project");
    let service = Service::start(folder);
    println!("as fast as it takes them:");
    let most = feed(&service, &mut lines, seconds, 0);
    println!("at half of that:");
    feed(&service, &mut lines, seconds, (most / 2.0) as u64);
    let folder = service.stop();
    let started = Instant::now();
    let service = Service::start(folder);
    println!("start from the last snapshot: {:.2} s", started.elapsed().as_secs_f64());
    let folder = service.stop();
    fs::remove_dir_all(folder.path().join("state/snapshots")).expect("there were some");
    let started = Instant::now();
    let service = Service::start(folder);
    println!("start from the journal alone: {:.2} s", started.elapsed().as_secs_f64());
    service.stop();
}
