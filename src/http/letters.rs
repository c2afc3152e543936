//! What was rejected, and can it be mended? Dead letters listed, shown and replayed.

use crate::access::Doing;
use crate::event::Class;
use crate::http::Shared;
use crate::http::api::Caller;
use crate::http::body::Encoding;
use crate::http::events::{items, ready, sent, take};
use crate::http::form::Form;
use crate::http::problem::{Kind, Problem};
use crate::sink::DeadLetter;
use crate::time::Time;
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Letters of a page, unless the request says otherwise.
const PAGE: usize = 100;
/// Letters of a page, at most.
const PAGE_MAX: usize = 1_000;

/// A kept dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its id. Ids sort in no particular way.
    pub id: String,
    /// When it was rejected, by the wall clock.
    pub at: Time,
    /// Class, message, field, source, position and the masked original.
    pub letter: DeadLetter,
}

/// Which letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this class.
    pub class: Option<Class>,
    /// Of this source, to the letter.
    pub source: Option<String>,
    /// Rejected at this moment or later.
    pub since: Option<Time>,
    /// Rejected before this moment.
    pub until: Option<Time>,
    /// Those that follow the letter of this id; from the first without.
    pub after: Option<String>,
    /// So many at most.
    pub limit: usize,
}

impl Filter {
    /// Whether a letter is of this class, source and time; its place is not looked at.
    pub fn passes(&self, at: Time, letter: &DeadLetter) -> bool {
        self.class.is_none_or(|class| class.word() == letter.class)
            && self.source.as_ref().is_none_or(|source| *source == letter.source_file)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
    }
}

/// Where dead letters are kept. May block.
pub trait DeadLetters: Send + Sync {
    /// Letters that pass the filter, in the order in which they came.
    ///
    /// # Errors
    /// With a text for people when they cannot be read. A cursor that names no letter is none.
    fn list(&self, filter: &Filter) -> Result<Vec<Letter>, String>;

    /// The letter of an id.
    ///
    /// # Errors
    /// As [`Self::list`].
    fn find(&self, id: &str) -> Result<Option<Letter>, String>;
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    class: Option<String>,
    source: Option<String>,
    since: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// `GET /api/v1/dead-letters`.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Operate)?;
    let Query(query) = query.map_err(|why| bad(why.body_text()))?;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(bad(format!("limit must be 1 to {PAGE_MAX}")));
    }
    let class = query.class.as_deref().map(class_of).transpose().map_err(bad)?;
    let (since, until) =
        (moment("since", query.since.as_deref())?, moment("until", query.until.as_deref())?);
    // One more tells whether another page follows.
    let (source, after) = (query.source, query.cursor);
    let filter = Filter { class, source, since, until, after, limit: limit + 1 };
    let mut letters = asked(&shared, move |kept| kept.list(&filter)).await?;
    let more = letters.len() > limit;
    letters.truncate(limit);
    let next = letters.last().filter(|_| more).map(|letter| letter.id.clone());
    let shown: Vec<Value> = letters.iter().map(shown).collect();
    Ok(Json(json!({ "dead_letters": shown, "next_cursor": next })).into_response())
}

/// `GET /api/v1/dead-letters/{id}`.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Operate)?;
    let letter = find(&shared, id).await?;
    Ok(Json(shown(&letter)).into_response())
}

/// `POST /api/v1/dead-letters/{id}/replay`: the mended event in the body, or the original.
pub(super) async fn replay(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    caller.needs(Doing::Operate)?;
    ready(&shared)?;
    let letter = find(&shared, id).await?;
    let (head, body) = request.into_parts();
    let mut encoding = Encoding::of(&head.headers)?;
    let typed = head.headers.contains_key(CONTENT_TYPE);
    if typed && !matches!(Form::of(&head.headers)?, Form::Json | Form::Structured) {
        return Err(Problem::new(Kind::UnsupportedMedia, "a mended event is one JSON object"));
    }
    let (mut bytes, room) = sent(&shared, &head.headers, body).await?;
    if bytes.is_empty() {
        (bytes, encoding) = (original(&letter)?, Encoding::Plain);
    }
    // One event, whatever its media type: an array is no event, and said to be none.
    let items = items(&shared, encoding, Form::Structured, bytes, room).await?;
    let source = format!("mended:{}", letter.id);
    Ok(take(&shared, source.into(), items).await?.into_response())
}

async fn find(shared: &Shared, id: Result<Path<String>, PathRejection>) -> Result<Letter, Problem> {
    let Path(id) = id.map_err(|why| bad(why.body_text()))?;
    let letter = asked(shared, move |kept| kept.find(&id)).await?;
    letter.ok_or_else(|| Problem::new(Kind::NotFound, "no dead letter has this id"))
}

/// The bytes of a letter's original, where they are all there. Masked numbers make it no event,
/// which its check will say.
fn original(letter: &Letter) -> Result<Vec<u8>, Problem> {
    let DeadLetter { original, original_sha256, .. } = &letter.letter;
    match original {
        Some(text) if original_sha256.is_none() && !text.is_empty() => {
            Ok(text.clone().into_bytes())
        }
        _ => {
            let detail = "only a part of the original was kept: send the mended event in the body";
            Err(Problem::new(Kind::OriginalIncomplete, detail))
        }
    }
}

async fn asked<T: Send + 'static>(
    shared: &Shared,
    question: impl FnOnce(&dyn DeadLetters) -> Result<T, String> + Send + 'static,
) -> Result<T, Problem> {
    let kept = Arc::clone(&shared.handles.dead_letters);
    let answer = tokio::task::spawn_blocking(move || question(&*kept)).await;
    let answer = answer.map_err(|_| "the reading of them failed".to_owned());
    answer.and_then(|answer| answer).map_err(|why| {
        let detail = format!("read dead letters: {why}");
        Problem::new(Kind::Internal, detail)
    })
}

fn moment(name: &str, text: Option<&str>) -> Result<Option<Time>, Problem> {
    let parse = |text| {
        let why = || bad(format!("{name} must be a moment in RFC 3339 with an offset"));
        Time::parse(text).ok_or_else(why)
    };
    text.map(parse).transpose()
}

/// The error class of a word.
///
/// # Errors
/// With the words that there are.
pub fn class_of(word: &str) -> Result<Class, String> {
    use Class as C;
    let all = [
        C::Malformed,
        C::Envelope,
        C::UnknownType,
        C::Schema,
        C::InvalidValue,
        C::Identity,
        C::Conflict,
        C::TooLate,
    ];
    let found = all.into_iter().find(|class| class.word() == word);
    found.ok_or_else(|| format!("class must be one of {}", all.map(C::word).join(", ")))
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::BadRequest, detail)
}

/// A letter in the shape of the result files, with its id and time.
pub fn shown(letter: &Letter) -> Value {
    let DeadLetter {
        class,
        message,
        field,
        original,
        original_b64,
        original_sha256,
        source_file,
        line,
    } = &letter.letter;
    let mut value = json!({
        "id": letter.id,
        "at": letter.at.to_string(),
        "class": class,
        "message": message,
    });
    let optional = [
        ("field", field),
        ("original", original),
        ("original_b64", original_b64),
        ("original_sha256", original_sha256),
    ];
    for (key, text) in optional {
        if let Some(text) = text {
            value[key] = json!(text);
        }
    }
    value["source"] = json!(source_file);
    value["position"] = json!(line);
    value
}
