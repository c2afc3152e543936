//! Is it stored? Events are checked, handed in as one batch, and answered item by item when they
//! are on disk.
//!
//! Invariant: an answer of 202 is given after the reply of the inlet, never before; a problem that
//! says that nothing was taken is true.

use crate::access::Doing;
use crate::event::Class;
use crate::http::answers::{self, Answer, Claim};
use crate::http::api::Caller;
use crate::http::body::{self, Encoding, Room};
use crate::http::form::Form;
use crate::http::problem::{Kind, PROBLEM_JSON, Problem};
use crate::http::{Condition, Shared};
use crate::source::live::{Batch, Item, NotTaken, Verdict};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What became of one item.
#[derive(Debug, Serialize)]
struct Outcome<'a> {
    /// From 0.
    index: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Results<'a> {
    results: Vec<Outcome<'a>>,
    accepted: usize,
    duplicate: usize,
    rejected: usize,
}

/// `POST /api/v1/events`.
pub(super) async fn post(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    caller.needs(Doing::Feed)?;
    ready(&shared)?;
    let (head, body) = request.into_parts();
    let form = Form::of(&head.headers)?;
    let encoding = Encoding::of(&head.headers)?;
    let key = answers::key(&head.headers)?;
    let (bytes, room) = sent(&shared, &head.headers, body).await?;
    let claimed = match key {
        None => None,
        Some(key) => {
            let digest = answers::digest(&head.headers, &bytes);
            match shared.answers.claim(&key, digest, Instant::now()) {
                Claim::First(claimed) => Some(claimed),
                Claim::Answered(answer) => return Ok(answer.into_response()),
                Claim::Refused(problem) => return Err(problem),
            }
        }
    };
    let items = items(&shared, encoding, form, bytes, room).await?;
    let answer = take(&shared, "http".into(), items).await?;
    if let Some(claimed) = claimed {
        claimed.keep(answer.clone(), Instant::now());
    }
    Ok(answer.into_response())
}

/// Whether anything may be taken now.
pub(super) fn ready(shared: &Shared) -> Result<(), Problem> {
    let detail = match shared.handles.health.condition() {
        Condition::Ready if shared.handles.inlet.stopping() => return Err(closing()),
        Condition::Ready => return Ok(()),
        Condition::Starting => "the service is starting: send it again later",
        Condition::Stopping => return Err(closing()),
        Condition::Poisoned(_) => "the journal takes nothing: see /health/ready",
    };
    let seconds = shared.config.retry_after_seconds;
    Err(Problem::new(Kind::NotReady, detail).again_after(seconds))
}

fn closing() -> Problem {
    let detail = "the service stops: send it again when it runs; what was stored is told apart";
    Problem::new(Kind::Closing, detail)
}

/// Reads the body of a request whole, as it was sent.
pub(super) async fn sent(
    shared: &Shared,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Vec<u8>, Room), Problem> {
    let mut room = Room::new(shared);
    let bytes = body::read(shared, headers, body, &mut room).await?;
    Ok((bytes, room))
}

/// Unpacks, splits and checks, on a thread that may be busy for long.
pub(super) async fn items(
    shared: &Shared,
    encoding: Encoding,
    form: Form,
    bytes: Vec<u8>,
    mut room: Room,
) -> Result<Vec<Item>, Problem> {
    let mut checker = shared.handles.checker.clone();
    let unpacked_max = shared.config.unpacked_bytes_max;
    let events_max = shared.config.events_max.min(shared.handles.inlet.events_max() as usize);
    let work = move || {
        let plain = encoding.unpack(bytes, unpacked_max, &mut room)?;
        checker.tick();
        form.items(&plain, events_max, &mut checker)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(items) => items,
        Err(_) => Err(Problem::new(Kind::Internal, "the events could not be checked")),
    }
}

/// Hands in a batch and waits until it is on disk.
pub(super) async fn take(
    shared: &Shared,
    source: Arc<str>,
    items: Vec<Item>,
) -> Result<Answer, Problem> {
    let count = items.len();
    if count == 0 {
        return Ok(told(&[]));
    }
    let (reply, answered) = oneshot::channel();
    let batch = Batch { source, items, cursors: Vec::new(), reply: Some(reply) };
    let again = shared.config.retry_after_seconds;
    match shared.handles.inlet.offer(batch) {
        Ok(()) => {}
        Err(NotTaken::Closed(_)) => return Err(closing()),
        Err(NotTaken::Full(_)) => {
            let detail = "nothing was taken: send it again later";
            return Err(Problem::new(Kind::InletFull, detail).again_after(again));
        }
    }
    let wait = Duration::from_secs(shared.config.answer_seconds);
    match tokio::time::timeout(wait, answered).await {
        Ok(Ok(verdicts)) if verdicts.len() == count => Ok(told(&verdicts)),
        Ok(Ok(_)) => Err(Problem::new(Kind::Internal, "the answer does not fit the events")),
        Ok(Err(_)) => Err(closing()),
        Err(_) => {
            let detail = "they may be stored yet: send them again, what was stored is told apart";
            Err(Problem::new(Kind::AnswerLate, detail).again_after(again))
        }
    }
}

/// The answer of some verdicts: 202, or 422 when every item was rejected.
fn told(verdicts: &[Verdict]) -> Answer {
    let count = |outcome: fn(&Verdict) -> bool| verdicts.iter().filter(|v| outcome(v)).count();
    let results = Results {
        results: verdicts.iter().enumerate().map(|(index, v)| outcome(index, v)).collect(),
        accepted: count(|verdict| matches!(verdict, Verdict::Accepted)),
        duplicate: count(|verdict| matches!(verdict, Verdict::Duplicate)),
        rejected: count(|verdict| matches!(verdict, Verdict::Rejected(_))),
    };
    let all_rejected = results.rejected > 0 && results.rejected == verdicts.len();
    let value = serde_json::to_value(&results).expect("texts and numbers");
    if !all_rejected {
        let body = value.to_string().into();
        return Answer { status: StatusCode::ACCEPTED, content_type: "application/json", body };
    }
    let detail = "each is a dead letter with its class: mend it, then send it or replay the letter";
    let problem = Problem::new(Kind::AllRejected, detail);
    let mut members = problem.json();
    if let (Some(members), serde_json::Value::Object(more)) = (members.as_object_mut(), value) {
        members.extend(more);
    }
    let body = members.to_string().into();
    Answer { status: problem.status(), content_type: PROBLEM_JSON, body }
}

fn outcome(index: usize, verdict: &Verdict) -> Outcome<'_> {
    let (outcome, reject) = match verdict {
        Verdict::Accepted => ("accepted", None),
        Verdict::Duplicate => ("duplicate", None),
        Verdict::Rejected(reject) => ("rejected", Some(reject)),
    };
    Outcome {
        index,
        outcome,
        class: reject.map(|reject| reject.class).map(Class::word),
        field: reject.and_then(|reject| reject.field.as_deref()),
        message: reject.map(|reject| reject.rule.as_str()),
    }
}
