//! Which events are in a request? Its media type says: JSON, CloudEvents or lines.
//!
//! CloudEvents HTTP binding 1.0: `application/cloudevents+json` is structured mode,
//! `application/cloudevents-batch+json` is a batch, and attributes in `ce-` headers beside any
//! other JSON body are binary mode, which is put together again as structured JSON.

use crate::event::{Class, Reject};
use crate::http::problem::{Kind, Problem};
use crate::http::split;
use crate::source::Original;
use crate::source::live::{Checker, Item, Refusal};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode;
use serde::de::IgnoredAny;

/// The media types that are taken.
const ACCEPTED: &str = "application/json, application/cloudevents+json, \
                        application/cloudevents-batch+json, application/x-ndjson";

/// How events lie in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One object, or an array of them.
    Json,
    /// One object.
    Structured,
    /// An array.
    Batch,
    /// One a line.
    Lines,
    /// The data of one, and its attributes.
    Binary(Vec<(String, String)>),
}

impl Form {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let named = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        let essence =
            |named: &str| named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let media = named.map(essence);
        match media.as_deref() {
            Some("application/cloudevents+json") => return Ok(Self::Structured),
            Some("application/cloudevents-batch+json") => return Ok(Self::Batch),
            _ => {}
        }
        let is_json = media.as_deref().is_none_or(|media| {
            media == "application/json" || media == "text/json" || media.ends_with("+json")
        });
        if headers.contains_key("ce-specversion") && is_json {
            return binary(headers, media.as_deref());
        }
        match media.as_deref() {
            Some("application/json") => Ok(Self::Json),
            Some("application/x-ndjson" | "application/ndjson") => Ok(Self::Lines),
            _ => {
                let detail = format!("Content-Type must be one of {ACCEPTED}");
                Err(Problem::new(Kind::UnsupportedMedia, detail).with(ACCEPT, ACCEPTED))
            }
        }
    }

    /// The records of a body, checked, numbered from 1.
    pub(super) fn items(
        &self,
        body: &[u8],
        events_max: usize,
        checker: &mut Checker,
    ) -> Result<Vec<Item>, Problem> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let first = body.iter().find(|b| !b.is_ascii_whitespace());
        let records = match self {
            Self::Binary(attributes) => return Ok(vec![rebuilt(attributes, body, checker)]),
            Self::Lines => split::lines(body).take(events_max + 1).collect(),
            _ if first.is_none() => {
                return Err(Problem::new(Kind::UnreadableBody, "the body is empty"));
            }
            Self::Structured => vec![body],
            Self::Json if first != Some(&b'[') => vec![body],
            Self::Json | Self::Batch => split::array(body).map_err(|why| {
                let detail = format!("{why}; nothing was taken");
                Problem::new(Kind::UnreadableBody, detail)
            })?,
        };
        if records.len() > events_max {
            let detail = format!(
                "a request may have {events_max} events: send them in several requests; \
                 nothing was taken"
            );
            return Err(Problem::new(Kind::TooManyEvents, detail));
        }
        Ok((1..).zip(records).map(|(at, record)| checker.check(at, record)).collect())
    }
}

fn binary(headers: &HeaderMap, media: Option<&str>) -> Result<Form, Problem> {
    let mut attributes = Vec::new();
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix("ce-") {
            let text = attribute(value).ok_or_else(|| {
                let detail = format!("the header ce-{name} is not UTF-8 after percent-decoding");
                Problem::new(Kind::BadRequest, detail)
            })?;
            attributes.push((name.to_owned(), text));
        }
    }
    // Where the data is plain JSON the structured form leaves its type out: the same event sent
    // either way has the same content.
    if let Some(media) = media.filter(|media| *media != "application/json") {
        attributes.push(("datacontenttype".to_owned(), media.to_owned()));
    }
    Ok(Form::Binary(attributes))
}

/// The value of an attribute: unquoted, then percent-decoded once (HTTP binding, 3.1.3.2).
fn attribute(value: &HeaderValue) -> Option<String> {
    let raw = value.as_bytes();
    let quoted = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\""));
    let plain = match quoted {
        None => raw.to_vec(),
        Some(quoted) => {
            let mut bytes = quoted.iter();
            let next = || match bytes.next() {
                Some(b'\\') => bytes.next().copied(),
                other => other.copied(),
            };
            std::iter::from_fn(next).collect()
        }
    };
    percent_decode(&plain).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The event of binary mode: its structured JSON, checked.
fn rebuilt(attributes: &[(String, String)], body: &[u8], checker: &mut Checker) -> Item {
    let quoted = |text: &str| serde_json::to_string(text).expect("a string is JSON");
    let fields = attributes.iter().map(|(name, text)| format!("{}:{}", quoted(name), quoted(text)));
    let mut event = format!("{{{}", fields.collect::<Vec<_>>().join(",")).into_bytes();
    let data = body.trim_ascii();
    if !data.is_empty() {
        event.extend_from_slice(b",\"data\":");
        event.extend_from_slice(data);
    }
    event.push(b'}');
    // A body that is more or less than one value must not reach into the attributes.
    if !data.is_empty() && serde_json::from_slice::<IgnoredAny>(data).is_err() {
        let reject = Reject::of(Class::Malformed, "data", "must be JSON");
        let refusal = Refusal { reject, kind: None, original: Original::of(&event) };
        return Item { position: 1, read: Err(refusal) };
    }
    checker.check(1, &event)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn the_media_type_says_the_form() {
        let check = |media: &'static str, form: Option<Form>| {
            assert_eq!(Form::of(&headers(&[("content-type", media)])).ok(), form, "{media}");
        };
        check("application/json", Some(Form::Json));
        check("Application/JSON; charset=utf-8", Some(Form::Json));
        check("application/cloudevents+json; charset=UTF-8", Some(Form::Structured));
        check("application/cloudevents-batch+json", Some(Form::Batch));
        check("application/x-ndjson", Some(Form::Lines));
        check("application/ndjson", Some(Form::Lines));
        check("application/cloudevents+avro", None);
        check("text/plain", None);
        check("", None);
        assert!(Form::of(&HeaderMap::new()).is_err());
    }

    #[test]
    fn attributes_are_unquoted_and_percent_decoded_once() {
        let check = |value: &'static [u8], text: Option<&str>| {
            let value = HeaderValue::from_bytes(value).expect("a header");
            assert_eq!(attribute(&value).as_deref(), text);
        };
        check(b"Euro%20%E2%82%AC%20%F0%9F%98%80", Some("Euro € 😀"));
        check(b"%e2%82%ac", Some("€"));
        check(b"\"a \\\"b\\\" \\\\ c%20d\"", Some("a \"b\" \\ c d"));
        check(b"100%2525", Some("100%25"));
        check(b"50% of", Some("50% of"));
        check(b"\"", Some("\""));
        check(b"%C0%A0", None);
        check(b"\xE7\x94\xB2", Some("甲"));
        check(b"\xff", None);
    }

    #[test]
    fn binary_mode_does_not_say_its_data_type_when_it_is_plain_json() {
        let ce = ("ce-specversion", "1.0");
        let form = |media| Form::of(&headers(&[ce, ("content-type", media)])).expect("a form");
        let version = ("specversion".to_owned(), "1.0".to_owned());
        assert_eq!(form("application/json"), Form::Binary(vec![version.clone()]));
        let typed = ("datacontenttype".to_owned(), "application/x+json".to_owned());
        assert_eq!(form("application/x+json"), Form::Binary(vec![version, typed]));
        assert_eq!(form("application/cloudevents+json"), Form::Structured);
    }
}
