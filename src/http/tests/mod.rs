//! A real server on a port of its own, before an intake that answers as the tests want.

mod console;
mod events;
mod server;
mod tls;

use super::*;
use crate::event::{Class, Pseudonyms, Reject};
use crate::sink::DeadLetter;
use crate::sink::outbox::Activity;
use crate::source::live::{Item, Outlet, Verdict};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const ANSWER: u8 = 0;
const HOLD: u8 = 1;
const DROP: u8 = 2;

/// A server and what stands behind it.
struct Bench {
    address: SocketAddr,
    client: reqwest::Client,
    health: Health,
    inlet: Inlet,
    /// What the intake does with a batch.
    intake: Arc<AtomicU8>,
    /// Sources and items of the batches that were taken.
    taken: Arc<Mutex<Vec<(String, usize)>>>,
    end: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
    _state: tempfile::TempDir,
}

/// Takes no acts.
struct Nowhere;

impl Acts for Nowhere {
    fn hand_in(&self, _: Vec<Handed>) -> Result<Vec<super::Told>, Closed> {
        Err(Closed)
    }
}

impl Models for Nowhere {
    fn candidate(&self, id: &str) -> Result<Candidate, String> {
        Err(format!("no model is called \"{id}\""))
    }

    fn kept(&self, name: &str) -> Result<Candidate, String> {
        self.candidate(name)
    }
}

impl Cities for Nowhere {
    fn city(&self) -> DemoCity {
        DemoCity::default()
    }

    fn begin(&self) -> bool {
        false
    }
}

fn small() -> Config {
    Config {
        address: (Ipv4Addr::LOCALHOST, 0).into(),
        body_bytes_max: 100_000,
        unpacked_bytes_max: 200_000,
        memory_bytes_max: 2_000_000,
        events_max: 20,
        header_seconds: 1,
        body_seconds: 1,
        answer_seconds: 20,
        write_seconds: 1,
        retry_after_seconds: 7,
        ..Config::default()
    }
}

async fn bench() -> Bench {
    bench_of(small(), 50).await
}

/// What stands behind a server that was told nothing.
fn handles(inlet: Inlet, state: &std::path::Path) -> Handles {
    let reads = Reads::new(Arc::default(), Arc::default(), false);
    let engine = sql::Engine::new(reads.clone(), sql::Config::default()).expect("bounds");
    Handles {
        inlet,
        checker: Checker::new(Pseudonyms::new(b"key"), Vec::new()),
        health: Health::default(),
        status: Arc::new(Status::default),
        dead_letters: Arc::new(Letters),
        reads,
        gate: Gate::Open,
        oidc: None,
        census: Arc::new(|| ()),
        cities: Arc::new(Nowhere),
        acts: Arc::new(Nowhere),
        models: Arc::new(Nowhere),
        ring: Arc::new(Ring::new(10)),
        audit: Arc::new(Audit::open(state).expect("a folder")),
        about: Arc::default(),
        rules: Arc::default(),
        sampling: Arc::new(crate::sampling::PlanFile::shipped()),
        sql: (Arc::new(engine), tokio::runtime::Handle::current()),
        state: state.to_owned(),
    }
}

async fn bench_of(config: Config, inlet_events: u32) -> Bench {
    let (inlet, outlet) = Inlet::new(inlet_events);
    let health = Health::default();
    health.set(Condition::Ready);
    let state = tempfile::tempdir().expect("a folder");
    let status = || Status {
        epochs: 3,
        model: "dongfang/2026.1".into(),
        outlets: vec![Standing {
            outlet: "bureau".into(),
            handed: 3,
            delivered: 1,
            activity: Activity::Halted { why: "410".into() },
        }],
        ..Status::default()
    };
    let handles = Handles {
        health: health.clone(),
        status: Arc::new(status),
        ..handles(inlet.clone(), state.path())
    };
    let intake = Arc::new(AtomicU8::new(ANSWER));
    let taken = Arc::new(Mutex::new(Vec::new()));
    let (behaviour, seen) = (Arc::clone(&intake), Arc::clone(&taken));
    std::thread::spawn(move || answer(outlet, &behaviour, &seen));
    let server = Server::bind(config, handles).await.expect("a free port");
    let address = server.address();
    let (end, told) = oneshot::channel();
    let ended = tokio::spawn(server.run(async { told.await.unwrap_or_default() }));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    Bench { address, client, health, inlet, intake, taken, end: Some(end), ended, _state: state }
}

/// Answers batches as the contract says: by id and content.
fn answer(mut outlet: Outlet, behaviour: &AtomicU8, seen: &Mutex<Vec<(String, usize)>>) {
    let mut known: BTreeMap<String, u128> = BTreeMap::new();
    while let Some(mut offered) = outlet.blocking_recv() {
        while behaviour.load(Ordering::SeqCst) == HOLD {
            std::thread::sleep(Duration::from_millis(2));
        }
        if behaviour.load(Ordering::SeqCst) == DROP {
            continue;
        }
        let batch = &mut offered.batch;
        seen.lock().expect("whole").push((batch.source.to_string(), batch.items.len()));
        let verdict = |item: &Item| match &item.read {
            Err(refusal) => Verdict::Rejected(refusal.reject.clone()),
            Ok(taken) => match known.insert(taken.event.id.to_string(), taken.digest) {
                None => Verdict::Accepted,
                Some(digest) if digest == taken.digest => Verdict::Duplicate,
                Some(_) => Verdict::Rejected(Reject::of(Class::Conflict, "id", "is another's")),
            },
        };
        let verdicts = batch.items.iter().map(verdict).collect();
        if let Some(reply) = batch.reply.take() {
            reply.send(verdicts).ok();
        }
    }
}

/// Three letters: a whole one, one that is cut, one that is not text.
struct Letters;

impl Letters {
    fn all() -> Vec<Letter> {
        let letter = |id: &str, class: &'static str, original: Option<&str>| Letter {
            id: id.to_owned(),
            at: Time(if id.starts_with("dl-1") { 1_000 } else { 2_000 }),
            letter: DeadLetter {
                class,
                message: "a rule".into(),
                field: Some("data.on".into()),
                original: original.map(str::to_owned),
                original_b64: original.is_none().then(|| "/w==".to_owned()),
                original_sha256: (class == "malformed").then(|| "ab".repeat(32)),
                source_file: "http".into(),
                line: 1,
            },
        };
        let whole = event(500);
        vec![
            letter("dl-1-1", "schema", Some(&whole)),
            letter("dl-1-2", "malformed", Some("{cut")),
            letter("dl-2-1", "schema", None),
        ]
    }
}

impl DeadLetters for Letters {
    fn list(&self, filter: &Filter) -> Result<Vec<Letter>, String> {
        let all = Self::all().into_iter();
        let after = filter.after.as_deref();
        let rest = all.skip_while(|l| after.is_some_and(|after| l.id.as_str() <= after));
        Ok(rest
            .filter(|letter| filter.passes(letter.at, &letter.letter))
            .take(filter.limit)
            .collect())
    }

    fn find(&self, id: &str) -> Result<Option<Letter>, String> {
        if id == "broken" {
            return Err("the disk is gone".into());
        }
        Ok(Self::all().into_iter().find(|letter| letter.id == id))
    }
}

/// A good event on one line.
fn event(id: usize) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{{"uscc":"91469007MA5TKB1082","matter":"m","on":"2026-01-01"}}}}"#
    )
}

/// What came back.
#[derive(Debug)]
struct Told {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON: {}", self.text))
    }

    /// Accepted, duplicate, rejected.
    fn counts(&self) -> (u64, u64, u64) {
        let json = self.json();
        let count = |key: &str| json[key].as_u64().unwrap_or_else(|| panic!("{key}: {json}"));
        (count("accepted"), count("duplicate"), count("rejected"))
    }

    /// Asserts that it is a problem of a type.
    fn is_problem(&self, status: u16, slug: &str) {
        assert_eq!(self.status, status, "{slug}: {}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json", "{slug}");
        let json = self.json();
        assert_eq!(json["type"], format!("urn:vestigo:problem:{slug}"), "{json}");
        assert_eq!(json["status"], status);
        assert!(json["title"].is_string() && json["detail"].is_string(), "{json}");
    }
}

impl Bench {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    fn events(&self, media: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        let request = self.request(Method::POST, "/api/v1/events");
        request.header("content-type", media).body(body)
    }

    async fn post(&self, media: &str, body: impl Into<reqwest::Body>) -> Told {
        told(self.events(media, body)).await
    }

    async fn fetch(&self, path: &str) -> Told {
        told(self.request(Method::GET, path)).await
    }

    /// Writes bytes and reads to the end, which the server must bring about.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("written");
        let mut text = Vec::new();
        // What was answered before a reset counts.
        stream.read_to_end(&mut text).ok();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        stream
    }

    fn batches(&self) -> usize {
        self.taken.lock().expect("whole").len()
    }
}

async fn told(request: RequestBuilder) -> Told {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Told { status, headers, text: response.text().await.expect("text") }
}
