//! What changes now? Server-sent events that can be followed from any of them on.
//!
//! An event is thin: a topic and the object's id; whoever may see the object reads it. Invariant:
//! from a `Last-Event-ID` that the ring knows, every later event that the caller may see comes
//! once, in order; else one `reset` tells to read anew.

use crate::access::{Doing, View};
use crate::http::api::lists::asked;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::http::ring::{After, Place, Said};
use crate::http::{Condition, Shared};
use crate::sink::Topic;
use crate::source::live::wall_clock;
use crate::telemetry::metrics;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use utoipa::IntoParams;

/// Events that are looked at in one go.
const GO: usize = 200;
/// How often the end of the service is looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often a silent stream says that it lives.
const PING: Duration = Duration::from_secs(15);

/// What is followed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct StreamQuery {
    /// warnings, pairs, tasks, indices; separated by commas, all by default.
    topics: Option<String>,
    /// As the header `Last-Event-ID`, where none can be set.
    last_event_id: Option<String>,
}

/// Counted as long as it follows.
struct Following;

impl Following {
    fn new() -> Self {
        metrics().api.followers.inc();
        Self
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        metrics().api.followers.dec();
    }
}

struct Follower {
    _following: Following,
    shared: Arc<Shared>,
    caller: Caller,
    topics: Vec<Topic>,
    place: Place,
    news: watch::Receiver<Place>,
    ready: VecDeque<Event>,
}

fn word(topic: Topic) -> &'static str {
    match topic {
        Topic::Warning => "warning",
        Topic::Succession => "pair",
        Topic::Task => "task",
        Topic::Index => "index",
        Topic::DeadLetter => "dead_letter",
    }
}

fn topic(word: &str) -> Option<Topic> {
    match word {
        "warnings" => Some(Topic::Warning),
        "pairs" => Some(Topic::Succession),
        "tasks" => Some(Topic::Task),
        "indices" => Some(Topic::Index),
        _ => None,
    }
}

/// Whether the caller may see what an event is about.
fn sees(view: &View<'_>, said: &Said) -> bool {
    match said.topic {
        Topic::Warning => view.warning(&said.object).is_some(),
        Topic::Task => view.task(&said.object).is_some(),
        Topic::Index => view.enterprise(&said.object).is_some(),
        Topic::Succession => {
            said.object.split_once("..").is_some_and(|(a, b)| view.pair(a, b).is_some())
        }
        Topic::DeadLetter => false,
    }
}

fn event(said: &Said) -> Event {
    let data = json!({ "topic": word(said.topic), "id": &*said.object });
    Event::default().id(said.place.to_string()).event(word(said.topic)).data(data.to_string())
}

/// Where to follow from from now on: an event without a message.
fn mark(name: &str, place: Place) -> Event {
    Event::default().id(place.to_string()).event(name).data("{}")
}

impl Follower {
    /// Looks for what came; whether to go on.
    fn look(&mut self) -> bool {
        let ring = &self.shared.handles.ring;
        match ring.after(self.place, GO) {
            After::TooOld(top) => {
                self.place = top;
                metrics().api.resets.inc();
                self.ready.push_back(mark("reset", top));
            }
            After::Messages(said) => {
                let Some(last) = said.last().map(|one| one.place) else { return false };
                let topics = &self.topics;
                let wanted = said.iter().filter(|one| topics.contains(&one.topic));
                let ready: Vec<Event> =
                    self.shared.handles.reads.with(&self.caller.0, wall_clock(), |view| {
                        wanted.filter(|one| sees(view, one)).map(event).collect()
                    });
                if ready.is_empty() && said.len() == GO {
                    // Much passed that is not for this caller: its place moves on.
                    self.ready.push_back(mark("mark", last));
                }
                self.ready.extend(ready);
                self.place = last;
            }
        }
        true
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                metrics().api.sent.inc();
                return Some((Ok(event), self));
            }
            if self.shared.handles.health.condition() != Condition::Ready {
                return None;
            }
            self.news.borrow_and_update();
            if !self.look() {
                tokio::time::timeout(LOOK, self.news.changed()).await.ok();
            }
        }
    }
}

/// What changes, as server-sent events: `warning`, `pair`, `task`, `index`, each with `topic` and
/// `id`; `hello` first, `reset` when events after `Last-Event-ID` are no longer known.
#[utoipa::path(get, path = "/api/v1/stream", params(StreamQuery,
    ("Last-Event-ID" = Option<String>, Header)), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn stream(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    query: Result<Query<StreamQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let query = asked(query)?;
    // While the journal is replayed, an id may be of an epoch that is still to be said again.
    crate::http::events::ready(&shared)?;
    let mut topics = super::lists::words("topics", query.topics.as_deref(), topic)?;
    if topics.is_empty() {
        topics = vec![Topic::Warning, Topic::Succession, Topic::Task, Topic::Index];
    }
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let last = header.map(str::to_owned).or(query.last_event_id).filter(|last| !last.is_empty());
    let wrong = || Problem::new(Kind::BadRequest, "Last-Event-ID is none that was given here");
    let last = last.map(|text| Place::parse(&text).ok_or_else(wrong)).transpose()?;
    let news = shared.handles.ring.news();
    let place = last.unwrap_or_else(|| shared.handles.ring.top());
    let ready = VecDeque::from([mark("hello", place)]);
    let following = Following::new();
    let follower = Follower { _following: following, shared, caller, topics, place, news, ready };
    let events = stream::unfold(follower, Follower::next);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(PING)).into_response();
    let headers = response.headers_mut();
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    Ok(response)
}
