//! Can it run here? Each thing that a service needs is tried, and a fix is told where it fails.
//!
//! Nothing of the state is changed: what is written to try the disk is taken away again.

use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome, environment, live};
use crate::journal;
use crate::model::Model;
use crate::service::config::{Outlet, Source};
use crate::service::disk::free_bytes;
use crate::service::{Live, Overrides};
use crate::source::kafka::Connection;
use crate::source::live::wall_clock;
use crate::source::secret;
use crate::time::Time;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Columns of the report.
const COLUMNS: &[Column] =
    &[("check", "check"), ("state", "state"), ("found", "found"), ("fix", "fix")];
/// Room for some days.
const ROOM_GOOD: u64 = 20 << 30;
/// Room for some hours.
const ROOM_LEAST: u64 = 2 << 30;
/// Commits that are tried.
const COMMITS: usize = 40;
/// A commit that is slower holds up every answer.
const COMMIT_SLOW: Duration = Duration::from_millis(20);
/// How long a broker may take.
const BROKER: Duration = Duration::from_secs(5);
/// How long the collector of traces may take.
const COLLECTOR: Duration = Duration::from_secs(2);
/// Files that a busy service opens: connections, segments, spools.
const FILES_LEAST: u64 = 4_096;
/// No clock that is right is before this program: 2025-01-01.
const CLOCK_LEAST: Time = Time(1_735_689_600_000);

/// How one thing is.
struct Finding {
    check: &'static str,
    state: &'static str,
    found: String,
    fix: String,
}

fn ok(check: &'static str, found: impl Into<String>) -> Finding {
    Finding { check, state: "ok", found: found.into(), fix: String::new() }
}

fn warn(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { check, state: "warn", found: found.into(), fix: fix.into() }
}

fn fail(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { check, state: "fail", found: found.into(), fix: fix.into() }
}

/// The folder itself, or the nearest above it that is there.
fn existing(folder: &Path) -> PathBuf {
    let above = folder.ancestors().find(|path| path.is_dir());
    above.filter(|path| *path != Path::new("")).unwrap_or(Path::new(".")).to_owned()
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

fn room(state: &Path) -> Finding {
    let place = existing(state);
    let fix = "give the state folder a larger disk, or set [state] retention with an archive \
               on another one";
    match free_bytes(&place) {
        Some(free) if free >= ROOM_GOOD => ok("disk", format!("{} free", gib(free))),
        Some(free) if free >= ROOM_LEAST => warn("disk", format!("{} free", gib(free)), fix),
        Some(free) => fail("disk", format!("{} free", gib(free)), fix),
        None => fail("disk", format!("\"{}\" cannot be asked", place.display()), fix),
    }
}

/// Times of small durable writes, shortest first.
fn commits(folder: &Path) -> std::io::Result<Vec<Duration>> {
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = Vec::with_capacity(COMMITS);
    for _ in 0..COMMITS {
        let started = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

fn fsync(state: &Path) -> Finding {
    let place = existing(state);
    let times = match commits(&place) {
        Ok(times) => times,
        Err(error) => {
            let fix = format!("let the service's user write below \"{}\"", place.display());
            return fail("fsync", error.to_string(), fix);
        }
    };
    let (half, worst) = (times[COMMITS / 2], times[COMMITS - 1]);
    let found = format!("median {half:.1?}, worst {worst:.1?} of {COMMITS} commits of 4 KiB");
    if half > COMMIT_SLOW {
        let fix = "put the state folder on a local SSD: every answer waits for one commit";
        return warn("fsync", found, fix);
    }
    ok("fsync", found)
}

fn clock(state: &Path) -> Finding {
    let now = wall_clock();
    let fix = "set the clock and keep it by NTP (timedatectl set-ntp true)";
    if now < CLOCK_LEAST {
        return fail("clock", now.to_string(), fix);
    }
    let newest = journal::Reader::open(&state.join("journal")).ok().and_then(|reader| {
        let segments = journal::segments(&state.join("journal")).ok()?;
        let (first, _) = segments.last()?;
        reader.epochs(*first).filter_map(Result::ok).last().map(|epoch| epoch.header.handed_at)
    });
    match newest {
        Some(newest) if newest > now => {
            fail("clock", format!("{now}, and the journal was written at {newest}"), fix)
        }
        _ if Path::new("/run/systemd/timesync/synchronized").exists() => {
            ok("clock", format!("{now}, kept by NTP"))
        }
        _ => ok("clock", now.to_string()),
    }
}

fn key(reference: &str) -> Finding {
    if let Some(path) = reference.strip_prefix("file:").filter(|path| !Path::new(path).exists()) {
        let fix = "nothing to do for a new instance; put the old key back before any other start";
        return warn("key", format!("\"{path}\" is made at the first start"), fix);
    }
    if reference == "state" {
        let found = "in the user's state folder";
        let fix = "name a file ([persons] key = \"file:PATH\") that is kept apart from the state";
        return warn("key", found, fix);
    }
    match secret(reference, environment) {
        Ok(_) => ok("key", "there, and readable by its owner alone"),
        Err(error) => fail("key", error.to_string(), "see docs/operate.md, keys"),
    }
}

fn model(live: &Live) -> Vec<Finding> {
    let model = match Model::load(&live.model) {
        Ok(model) => model,
        Err(error) => {
            let fix = "vestigo model check tells the place; put it right, or name another model";
            return vec![fail("model", error.to_string(), fix)];
        }
    };
    let mut found = vec![ok("model", model.name())];
    let (this, _, _) = wall_clock().day().civil();
    let calendar = model.stages.dispatch.calendar();
    for year in [this, this + 1] {
        let fix = "add the year's notice of the State Council to models/calendar/cn.toml";
        found.push(match calendar.tells_of(year) {
            Some(false) => ok("calendar", year.to_string()),
            Some(true) => warn("calendar", format!("{year} is provisional"), fix),
            None if year == this => fail("calendar", format!("{year} is missing"), fix),
            None => warn("calendar", format!("{year} is missing"), fix),
        });
    }
    found
}

fn broker(connection: Connection<'_>) -> Finding {
    let fix = "start the broker, or set brokers and security in the pipeline file";
    let client = match connection.client(&[], &[], &environment) {
        Ok(client) => client,
        Err(fault) => return fail("broker", fault.to_string(), fix),
    };
    let asked = client.create::<BaseConsumer>().and_then(|consumer: BaseConsumer| {
        let metadata = consumer.fetch_metadata(None, BROKER)?;
        Ok((metadata.brokers().len(), metadata.topics().len()))
    });
    match asked {
        Ok((brokers, topics)) => ok("broker", format!("{brokers} brokers, {topics} topics")),
        Err(error) => fail("broker", error.to_string(), fix),
    }
}

fn brokers(live: &Live) -> Vec<Finding> {
    let sources = live.sources.iter().filter_map(|source| match source {
        Source::Kafka(config) => Some(broker(config.connection())),
        Source::Files(_) => None,
    });
    let outlets = live.outlets.iter().filter_map(|outlet| match outlet {
        Outlet::Kafka(config) => Some(broker(Connection {
            brokers: &config.brokers,
            security: &config.security,
            properties: &config.properties,
        })),
        _ => None,
    });
    sources.chain(outlets).collect()
}

fn files() -> Finding {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    match most {
        Some(most) if most < FILES_LEAST => {
            let fix = "LimitNOFILE=65536 in the unit, or ulimit -n 65536";
            warn("open files", format!("{most} allowed"), fix)
        }
        Some(most) => ok("open files", format!("{most} allowed")),
        None => ok("open files", "without a limit that is told"),
    }
}

fn listens(live: &Live) -> Option<Finding> {
    let address = live.http.as_ref()?.address;
    Some(match std::net::TcpListener::bind(address) {
        Ok(_) => ok("http", format!("{address} is free")),
        Err(error) => {
            let fix = "if it is not the running service, free the port or set another address";
            warn("http", format!("{address}: {error}"), fix)
        }
    })
}

/// The port of the PostgreSQL protocol, and what its TLS needs.
fn sql(live: &Live) -> Vec<Finding> {
    let Some(address) = live.sql.address else { return Vec::new() };
    let port = match std::net::TcpListener::bind(address) {
        Ok(_) => ok("sql", format!("{address} is free")),
        Err(error) => {
            let fix = "if it is not the running service, free the port or set another address";
            warn("sql", format!("{address}: {error}"), fix)
        }
    };
    let files = [&live.sql.certificate, &live.sql.private_key].into_iter().flatten();
    let unread = files.filter_map(|path| {
        let error = std::fs::File::open(path).err()?;
        let fix = "[sql] certificate and private_key: PEM files that the service's user can read";
        Some(fail("sql", format!("\"{}\": {error}", path.display()), fix))
    });
    [port].into_iter().chain(unread).collect()
}

/// Whether somebody listens where traces go.
fn traces(live: &Live) -> Option<Finding> {
    let otlp = live.telemetry.otlp.as_ref()?;
    let fix = "start the collector, or set [telemetry.otlp] endpoint; without it spans are dropped";
    let told = |error: String| warn("traces", format!("{}: {error}", otlp.endpoint), fix);
    let url = match reqwest::Url::parse(&otlp.endpoint) {
        Ok(url) => url,
        Err(error) => return Some(told(error.to_string())),
    };
    let reached = url.socket_addrs(|| None).and_then(|all| {
        let first = all.first().ok_or(std::io::ErrorKind::AddrNotAvailable)?;
        std::net::TcpStream::connect_timeout(first, COLLECTOR)
    });
    Some(match reached {
        Ok(_) => ok("traces", format!("{} is reached", otlp.endpoint)),
        Err(error) => told(error.to_string()),
    })
}

/// Looks at everything that a pipeline needs.
pub(crate) fn run(
    pipeline: &Path,
    state: Option<PathBuf>,
    format: Format,
) -> Result<Outcome, Failure> {
    let mut findings = Vec::new();
    match live::read(pipeline, &Overrides { state, ..Overrides::default() }) {
        Ok(live) => {
            findings.push(ok("pipeline", format!("{} ({})", live.name, pipeline.display())));
            findings.extend([room(&live.state), fsync(&live.state), clock(&live.state)]);
            findings.push(key(&live.key));
            findings.extend(model(&live));
            findings.extend(brokers(&live));
            findings.extend(listens(&live));
            findings.extend(sql(&live));
            findings.extend(traces(&live));
            findings.push(files());
        }
        Err(Failure::Config(report)) => {
            let fix = "vestigo config show tells which file, variable or flag sets what";
            findings.push(fail("pipeline", report.to_string(), fix));
        }
        Err(other) => return Err(other),
    }
    let rows: Vec<Value> = findings
        .iter()
        .map(|one| {
            json!({ "check": one.check, "state": one.state, "found": one.found, "fix": one.fix })
        })
        .collect();
    output::rows(format, &rows, COLUMNS)?;
    let failed = findings.iter().any(|one| one.state == "fail");
    Ok(if failed { Outcome::No } else { Outcome::Done })
}
