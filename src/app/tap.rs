//! What comes out of a stage now? The stream of a running service, one object a line.

use crate::app::client::Client;
use crate::app::{Failure, Outcome, output};
use clap::{Args, ValueEnum};
use hyper::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;

/// The longest that is followed when no time is given: a year.
const ALWAYS: Duration = Duration::from_hours(24 * 365);

/// A stage that tells what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Pairs that changed.
    Succession,
    /// Indices that changed.
    Risk,
    /// Warnings that were raised, changed or withdrawn.
    Warning,
    /// Tasks that were made, changed or recalled.
    Dispatch,
    /// All of them.
    All,
}

impl Stage {
    const fn topics(self) -> &'static str {
        match self {
            Self::Succession => "pairs",
            Self::Risk => "indices",
            Self::Warning => "warnings",
            Self::Dispatch => "tasks",
            Self::All => "warnings,pairs,tasks,indices",
        }
    }
}

/// What is followed.
#[derive(Debug, Args)]
pub(crate) struct Tap {
    /// The stage.
    #[arg(value_enum)]
    stage: Stage,
    /// Only objects whose field has a value: `level=red`, `subject.division=3101*`; may be
    /// repeated, then all must fit. Each object is read for it.
    #[arg(long)]
    filter: Vec<String>,
    /// Print the objects themselves instead of topic and id.
    #[arg(long)]
    objects: bool,
    /// End after so many.
    #[arg(long)]
    limit: Option<u64>,
    /// End after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// The service.
    #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
}

/// A field by its path, and the value that it must have.
#[derive(Debug, PartialEq, Eq)]
struct Filter {
    path: Vec<String>,
    value: String,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Failure> {
        let (path, value) = text
            .split_once('=')
            .filter(|(path, _)| !path.is_empty())
            .ok_or_else(|| Failure::Data(format!("--filter \"{text}\": give FIELD=VALUE")))?;
        let path = path.split('.').map(str::to_owned).collect();
        Ok(Self { path, value: value.to_owned() })
    }

    /// Whether an object has the value there; in a list, whether any of it has.
    fn fits(&self, object: &Value) -> bool {
        self.fits_at(object, &self.path)
    }

    fn fits_at(&self, value: &Value, path: &[String]) -> bool {
        if let Value::Array(items) = value {
            return items.iter().any(|item| self.fits_at(item, path));
        }
        let Some((first, rest)) = path.split_first() else {
            let told = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            return match self.value.strip_suffix('*') {
                Some(start) => told.starts_with(start),
                None => told == self.value,
            };
        };
        value.get(first).is_some_and(|inner| self.fits_at(inner, rest))
    }
}

/// Where an object is read.
fn place(topic: &str, id: &str) -> Option<String> {
    let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
    match topic {
        "warning" => Some(format!("/api/v1/warnings/{id}")),
        "pair" => Some(format!("/api/v1/pairs/{id}")),
        "task" => Some(format!("/api/v1/tasks/{id}")),
        "index" => Some(format!("/api/v1/enterprises/{id}")),
        _ => None,
    }
}

/// What to print of an event; nothing when it does not fit.
fn shown(
    tap: &Tap,
    filters: &[Filter],
    client: &Client,
    event: Value,
) -> Result<Option<Value>, Failure> {
    if filters.is_empty() && !tap.objects {
        return Ok(Some(event));
    }
    let word = |key: &str| event[key].as_str().unwrap_or_default();
    let Some(path) = place(word("topic"), word("id")) else { return Ok(None) };
    let answer = client.ask(Method::GET, &path, &[], None)?;
    // What is gone by now, or may not be seen, is passed over.
    let fits = answer.status == 200 && filters.iter().all(|filter| filter.fits(&answer.body));
    Ok(fits.then_some(if tap.objects { answer.body } else { event }))
}

/// Follows.
pub(crate) fn run(tap: &Tap, key: Option<String>) -> Result<Outcome, Failure> {
    let client = Client::new(&tap.server, key)?;
    let filters: Vec<Filter> =
        tap.filter.iter().map(|text| Filter::parse(text)).collect::<Result<_, _>>()?;
    let time = tap.seconds.map_or(ALWAYS, Duration::from_secs);
    let path = format!("/api/v1/stream?topics={}", tap.stage.topics());
    let (mut left, mut fault) = (tap.limit.unwrap_or(u64::MAX), None);
    let mut refused = String::new();
    // Objects are read on a thread of their own: the stream's runtime is busy with the stream.
    std::thread::scope(|scope| {
        let (send, lines) = std::sync::mpsc::channel::<Value>();
        let (tap, filters, client) = (tap, &filters, &client);
        let enough = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let ended = enough.clone();
        let printing = scope.spawn(move || {
            let print = || -> Result<(), Failure> {
                for event in lines {
                    if let Some(value) = shown(tap, filters, client, event)? {
                        output::text(&value.to_string())?;
                        left -= 1;
                    }
                    if left == 0 {
                        break;
                    }
                }
                Ok(())
            };
            let printed = print();
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
            printed
        });
        let followed = client.follow(&path, time, &mut |status, line| {
            if status != 200 {
                refused.push_str(line);
                return true;
            }
            if let Some(data) = line.strip_prefix("data: ")
                && let Ok(event) = serde_json::from_str::<Value>(data)
                && event["topic"].is_string()
            {
                send.send(event).ok();
            }
            !enough.load(std::sync::atomic::Ordering::Relaxed)
        });
        drop(send);
        let printed = printing.join().map_err(|_| Failure::Defect("printing panicked".into()));
        fault = followed.err().or_else(|| match printed {
            Ok(done) => done.err(),
            Err(defect) => Some(defect),
        });
    });
    match fault {
        Some(fault) => Err(fault),
        None if !refused.is_empty() => Err(Failure::Data(refused)),
        None => Ok(Outcome::Done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_looks_along_its_path_and_into_lists() {
        let object = json!({ "level": "red", "n": 3, "of": [{ "code": "91A" }, { "code": "92" }] });
        let fits = |text: &str| Filter::parse(text).expect("a filter").fits(&object);
        for good in ["level=red", "level=r*", "n=3", "of.code=92", "of.code=91*"] {
            assert!(fits(good), "{good}");
        }
        for bad in ["level=re", "n=4", "of.code=9", "none=*", "of=92"] {
            assert!(!fits(bad), "{bad}");
        }
        assert!(Filter::parse("level").is_err() && Filter::parse("=x").is_err());
    }
}
