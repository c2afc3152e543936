//! How does a city live? `vestigo feed`: files of events, handed to a running service as time goes.
//!
//! Files are merged by event time; within a file the order stays, so that what a feed sent late
//! comes late. Sending again is safe, so whatever was put off is sent again.

use crate::app::output::{self, Format};
use crate::app::{Failure, Outcome};
use crate::source::due::{self, Due};
use crate::time::Time;
use clap::Args;
use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

/// Events of one request.
const BATCH: usize = 1_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a batch is offered.
const OFFERED: Duration = Duration::from_mins(10);
/// How long to wait when the service takes nothing.
const PAUSE: Duration = Duration::from_millis(500);
/// How often the paced part hands something in.
const TICK: Duration = Duration::from_millis(500);
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

/// What to hand in, where, and how fast.
#[derive(Debug, Args)]
pub(crate) struct Feed {
    /// Files or globs of events, one a line.
    #[arg(required = true)]
    files: Vec<String>,
    /// Address of the service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: Url,
    /// The last days, which come at a pace; all before comes as fast as it is taken.
    #[arg(long, default_value_t = 30)]
    live_days: u32,
    /// Days of events in a minute of the clock. 0: everything at once.
    #[arg(long, default_value_t = 6.0)]
    days_per_minute: f64,
}

/// All events in the order in which they are handed in.
fn read(patterns: &[String]) -> Result<Vec<Due>, Failure> {
    let mut all = Vec::new();
    for pattern in patterns {
        let found = glob::glob(pattern)
            .map_err(|error| Failure::Data(format!("the pattern \"{pattern}\": {error}")))?;
        let mut any = false;
        for path in found {
            let path = path.map_err(|error| Failure::Io(error.into()))?;
            any = true;
            due::add(&fs::read_to_string(&path)?, &mut all);
        }
        if !any {
            return Err(Failure::Data(format!("no file is called \"{pattern}\"")));
        }
    }
    due::merge(&mut all);
    Ok(all)
}

/// A service that takes events.
struct Taker {
    client: Client,
    url: Url,
    key: Option<String>,
    runtime: tokio::runtime::Runtime,
    /// Accepted, duplicate, rejected.
    counts: [u64; 3],
}

impl Taker {
    fn at(url: &Url, key: Option<String>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder().no_proxy().timeout(PATIENCE).build();
        let client = client.map_err(|error| Failure::Defect(error.to_string()))?;
        let url = url
            .join("api/v1/events")
            .map_err(|error| Failure::Data(format!("the address \"{url}\": {error}")))?;
        Ok(Self { client, url, key, runtime, counts: [0; 3] })
    }

    fn send(&self, body: &str) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request = self.client.post(self.url.clone());
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let request = request.header("content-type", "application/x-ndjson").body(body.to_owned());
        self.runtime.block_on(async {
            let answer = request.send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
        })
    }

    /// Hands a batch in, again and again while it is put off.
    fn hand_in(&mut self, events: &[Due]) -> Result<(), Failure> {
        let lines: Vec<&str> = events.iter().map(|due| due.line.as_str()).collect();
        let body = lines.join("\n");
        let given_up = Instant::now() + OFFERED;
        loop {
            match self.send(&body) {
                Ok((StatusCode::ACCEPTED | StatusCode::UNPROCESSABLE_ENTITY, told)) => {
                    for (at, name) in ["accepted", "duplicate", "rejected"].iter().enumerate() {
                        self.counts[at] += told[name].as_u64().unwrap_or(0);
                    }
                    return Ok(());
                }
                Ok((StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _))
                    if Instant::now() < given_up => {}
                Ok((status, told)) => {
                    let detail = told["detail"].as_str().unwrap_or_default();
                    let why = format!("\"{}\" answers {status}: {detail}", self.url);
                    return Err(Failure::Data(why));
                }
                Err(error) if Instant::now() > given_up => {
                    let why = format!("\"{}\" does not answer: {error}; start it", self.url);
                    return Err(Failure::Io(std::io::Error::other(why)));
                }
                Err(_) => {}
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn all_of(&mut self, events: &[Due]) -> Result<(), Failure> {
        events.chunks(BATCH).try_for_each(|batch| self.hand_in(batch))
    }
}

/// Hands everything in.
///
/// # Errors
/// When there is nothing to read, or the service does not take it.
pub(crate) fn run(feed: &Feed, key: Option<String>) -> Result<Outcome, Failure> {
    let events = read(&feed.files)?;
    let mut taker = Taker::at(&feed.url, key)?;
    let last = events.last().map_or(Time(0), |due| due.at);
    let paced = feed.days_per_minute > 0.0;
    let begin = if paced { last.plus_days(-i64::from(feed.live_days)) } else { last };
    let cut = events.partition_point(|due| due.at <= begin);
    taker.all_of(&events[..cut])?;
    eprintln!("vestigo: {cut} events up to {} are in", begin.day());
    let (start, mut next) = (Instant::now(), cut);
    while next < events.len() {
        std::thread::sleep(TICK);
        let days = start.elapsed().as_secs_f64() / 60.0 * feed.days_per_minute;
        let now = Time(begin.0 + (days * DAY_MS) as i64);
        let until = next + events[next..].partition_point(|due| due.at <= now);
        taker.all_of(&events[next..until])?;
        next = until;
    }
    let [accepted, duplicate, rejected] = taker.counts;
    let told = json!({"accepted": accepted, "duplicate": duplicate, "rejected": rejected});
    output::rows(Format::Ndjson, &[told], &[])?;
    Ok(Outcome::Done)
}
