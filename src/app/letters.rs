//! What was rejected, and how is it mended? `vestigo dead-letters list | show | mend | replay`.
//!
//! A running service is asked over HTTP; the state folder of a stopped one is read, and never
//! written. Originals are shown as they are kept: with citizen ids masked.

use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome, live};
use crate::http::{Filter, class_of, shown};
use crate::service::{self, Overrides};
use crate::time::Time;
use clap::{Args, Subcommand};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Letters of one page of a running service.
const PAGE: usize = 1_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Where a service listens unless told otherwise.
const USUAL_URL: &str = "http://127.0.0.1:8080";

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// List them, oldest first.
    List {
        #[command(flatten)]
        from: Place,
        /// Of this error class, e.g. `identity`.
        #[arg(long)]
        class: Option<String>,
        /// Of this source, to the letter.
        #[arg(long)]
        source: Option<String>,
        /// Rejected at this moment or later (RFC 3339).
        #[arg(long)]
        since: Option<String>,
        /// Rejected before this moment (RFC 3339).
        #[arg(long)]
        until: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Form of the output.
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Show one, with its original.
    Show {
        /// Its id, e.g. `dl-812-1`.
        id: String,
        #[command(flatten)]
        from: Place,
    },
    /// Hand in a mended event in place of one. It is stored like any other, from the source
    /// `mended:ID`. Exit 1 when it is rejected again.
    Mend {
        /// Its id.
        id: String,
        /// The file that holds the mended event, one JSON object; `-` for stdin.
        #[arg(long)]
        with: PathBuf,
        #[command(flatten)]
        at: At,
    },
    /// Hand the original in again, as it was: after a rule or the overrides were changed. Exit 1
    /// when it is rejected again.
    Replay {
        /// Its id.
        id: String,
        #[command(flatten)]
        at: At,
    },
}

/// A running service.
#[derive(Debug, Args)]
pub(crate) struct At {
    /// Base address of the running service.
    #[arg(long, env = "VESTIGO_URL", default_value = USUAL_URL)]
    url: Url,
}

/// A running service, or the state folder of one.
#[derive(Debug, Args)]
pub(crate) struct Place {
    #[command(flatten)]
    at: At,
    /// Live pipeline whose state folder is read instead of asking a running service.
    #[arg(long)]
    pipeline: Option<PathBuf>,
    /// State folder that is read instead of asking a running service.
    #[arg(long)]
    state: Option<PathBuf>,
}

/// Columns of a list.
const LETTERS: &[Column] = &[
    ("id", "id"),
    ("at", "at"),
    ("class", "class"),
    ("field", "field"),
    ("source", "source"),
    ("position", "position"),
    ("message", "message"),
];

/// Does it.
pub(crate) fn run(task: Task) -> Result<Outcome, Failure> {
    match task {
        Task::List { from, class, source, since, until, limit, format } => {
            let class = class.as_deref().map(class_of).transpose().map_err(Failure::Data)?;
            let (since, until) = (moment(since.as_deref())?, moment(until.as_deref())?);
            let filter = Filter { class, source, since, until, after: None, limit };
            let letters = match from.history()? {
                Some(history) => {
                    let begin = reachable(&history)?;
                    let found = service::dead_letters(&history, begin, &filter)?;
                    found.iter().map(shown).collect()
                }
                None => Service::at(&from.at.url)?.list(&filter)?,
            };
            output::rows(format, &letters, LETTERS)?;
            Ok(Outcome::Done)
        }
        Task::Show { id, from } => {
            let letter = match from.history()? {
                Some(history) => service::dead_letter(&history, &id)?.map(|letter| shown(&letter)),
                None => Service::at(&from.at.url)?.show(&id)?,
            };
            let Some(letter) = letter else {
                eprintln!("vestigo: no dead letter is called \"{id}\"");
                return Ok(Outcome::No);
            };
            output::text(&serde_json::to_string_pretty(&letter).expect("plain values"))?;
            Ok(Outcome::Done)
        }
        Task::Mend { id, with, at } => {
            let event = event(&with)?;
            Service::at(&at.url)?.replay(&id, event)
        }
        Task::Replay { id, at } => Service::at(&at.url)?.replay(&id, Vec::new()),
    }
}

/// The first epoch that can be read; says so when earlier ones cannot.
pub(crate) fn reachable(history: &service::History) -> Result<u64, Failure> {
    let begin = history.reachable_from()?;
    if begin > 1 {
        let archive = history.archive.display();
        eprintln!(
            "vestigo: the epochs 1 to {} were removed from the journal, and the archive \"{archive}\" \
             does not hold them: what follows begins with epoch {begin}",
            begin - 1
        );
    }
    Ok(begin)
}

fn moment(text: Option<&str>) -> Result<Option<Time>, Failure> {
    let parse = |text: &str| {
        let why = || Failure::Data(format!("\"{text}\" is no moment in RFC 3339 with an offset"));
        Time::parse(text).ok_or_else(why)
    };
    text.map(parse).transpose()
}

/// The bytes of a mended event: something, since nothing would mean the original.
fn event(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())?.into_bytes()
    } else {
        std::fs::read(path)
            .map_err(|error| Failure::Data(format!("read \"{}\": {error}", path.display())))?
    };
    if bytes.trim_ascii().is_empty() {
        return Err(Failure::Data(format!("\"{}\" holds no event", path.display())));
    }
    Ok(bytes)
}

impl Place {
    /// The state folder's history, where one is named.
    fn history(&self) -> Result<Option<service::History>, Failure> {
        let state = self.state.clone();
        if let Some(pipeline) = &self.pipeline {
            let live = live::read(pipeline, &Overrides { state, ..Overrides::default() })?;
            return Ok(Some(live.history()));
        }
        let Some(state) = state else { return Ok(None) };
        let history = service::History::at(&state, None);
        if history.journal.is_dir() {
            return Ok(Some(history));
        }
        Err(Failure::Data(format!("no journal is in the state folder \"{}\"", state.display())))
    }
}

/// A running service, asked over HTTP.
struct Service {
    base: Url,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Service {
    fn at(url: &Url) -> Result<Self, Failure> {
        let mut base = url.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder().no_proxy().timeout(PATIENCE).build();
        let client = client.map_err(|error| Failure::Defect(error.to_string()))?;
        Ok(Self { base, client, runtime })
    }

    fn path(&self, below: &str) -> Result<Url, Failure> {
        let whole = self.base.join(&format!("api/v1/dead-letters{below}"));
        whole.map_err(|error| Failure::Data(format!("the address \"{}\": {error}", self.base)))
    }

    fn ask(&self, request: reqwest::RequestBuilder) -> Result<(StatusCode, Value), Failure> {
        let answered = self.runtime.block_on(async {
            let answer = request.send().await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let (status, body) = answered.map_err(|error| {
            let why = format!(
                "the service at {} does not answer: {}; start it, set --url, or read its folder \
                 with --state",
                self.base,
                error.without_url()
            );
            Failure::Io(std::io::Error::other(why))
        })?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    fn list(&self, filter: &Filter) -> Result<Vec<Value>, Failure> {
        let mut letters: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        while letters.len() < filter.limit {
            let limit = (filter.limit - letters.len()).min(PAGE);
            let mut url = self.path("")?;
            {
                let mut query = url.query_pairs_mut();
                query.append_pair("limit", &limit.to_string());
                let pairs = [
                    ("class", filter.class.map(|class| class.word().to_owned())),
                    ("source", filter.source.clone()),
                    ("since", filter.since.map(|time| time.to_string())),
                    ("until", filter.until.map(|time| time.to_string())),
                    ("cursor", cursor.take()),
                ];
                for (name, value) in pairs {
                    if let Some(value) = value {
                        query.append_pair(name, &value);
                    }
                }
            }
            let (status, mut page) = self.ask(self.client.get(url))?;
            if !status.is_success() {
                return Err(refused(status, &page));
            }
            if let Some(found) = page["dead_letters"].as_array_mut() {
                letters.append(found);
            }
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(letters)
    }

    fn show(&self, id: &str) -> Result<Option<Value>, Failure> {
        let url = self.path(&format!("/{}", escaped(id)))?;
        match self.ask(self.client.get(url))? {
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, letter) if status.is_success() => Ok(Some(letter)),
            (status, problem) => Err(refused(status, &problem)),
        }
    }

    /// Hands in an event for a letter; without bytes, its original.
    fn replay(&self, id: &str, event: Vec<u8>) -> Result<Outcome, Failure> {
        let url = self.path(&format!("/{}/replay", escaped(id)))?;
        let request = self.client.post(url).header("content-type", "application/json").body(event);
        let (status, answer) = self.ask(request)?;
        if status == StatusCode::NOT_FOUND {
            eprintln!("vestigo: no dead letter is called \"{id}\"");
            return Ok(Outcome::No);
        }
        let Some(result) = answer["results"].get(0) else { return Err(refused(status, &answer)) };
        output::rows(Format::Ndjson, std::slice::from_ref(result), &[])?;
        Ok(if result["outcome"] == "rejected" { Outcome::No } else { Outcome::Done })
    }
}

fn escaped(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

/// What the service said against it.
fn refused(status: StatusCode, problem: &Value) -> Failure {
    let detail = problem["detail"].as_str().unwrap_or("it gave no reason");
    Failure::Data(format!("the service answered {status}: {detail}"))
}
