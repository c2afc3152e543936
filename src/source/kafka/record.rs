//! What does a record say? A CloudEvent in structured or in binary mode, as one JSON object.
//!
//! By the Kafka binding of CloudEvents 1.0: in structured mode the value is the event; in binary
//! mode the headers `ce_*` are its attributes and the value is its `data`. Invariant: every record
//! becomes bytes that are checked like a line of a file, or a reason why it is none.

use rdkafka::message::{Headers, Message};
use std::borrow::Cow;

/// Prefix of the headers that are attributes.
const ATTRIBUTE: &str = "ce_";
/// The header that tells the form of the value.
const CONTENT_TYPE: &str = "content-type";
/// Content types of structured mode begin so.
const STRUCTURED: &[u8] = b"application/cloudevents";
/// The content type that an event has when it names none.
const JSON: &str = "application/json";

/// A record as one JSON object, or what it is instead with a reason.
pub(super) type Read<'a> = Result<Cow<'a, [u8]>, (Cow<'a, [u8]>, &'static str)>;

/// Reads a record.
pub(super) fn read<M: Message>(record: &M) -> Read<'_> {
    let value = record.payload().unwrap_or_default();
    let headers: Vec<(&str, &[u8])> = match record.headers() {
        Some(headers) => {
            headers.iter().filter_map(|header| Some((header.key, header.value?))).collect()
        }
        None => Vec::new(),
    };
    let header = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let structured = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with(STRUCTURED));
    if !structured && header("ce_specversion").is_some() {
        return binary(&headers, value);
    }
    if value.is_empty() {
        let why = "an empty record (a tombstone): a fact is withdrawn by an event with op=retract";
        return Err((Cow::Borrowed(value), why));
    }
    Ok(Cow::Borrowed(value))
}

/// The structured form of an event in binary mode. An empty value means no `data`.
fn binary<'a>(headers: &[(&str, &'a [u8])], value: &'a [u8]) -> Read<'a> {
    let mut text = String::with_capacity(value.len() + 512);
    for (name, attribute) in headers {
        let name = match name.strip_prefix(ATTRIBUTE) {
            Some(name) => name,
            None if *name == CONTENT_TYPE => "datacontenttype",
            None => continue,
        };
        let Ok(attribute) = std::str::from_utf8(attribute) else {
            return Err((Cow::Borrowed(value), "a header ce_* of the record is not UTF-8"));
        };
        if name == "datacontenttype" && is_json(attribute) {
            continue;
        }
        text.push(if text.is_empty() { '{' } else { ',' });
        quote(name, &mut text);
        text.push(':');
        quote(attribute, &mut text);
    }
    let mut bytes = text.into_bytes();
    if value.is_empty() {
        bytes.push(b'}');
        return Ok(Cow::Owned(bytes));
    }
    bytes.extend_from_slice(b",\"data\":");
    bytes.extend_from_slice(value);
    bytes.push(b'}');
    // Alone, not only between the attributes: a value `1,"op":"retract"` would add one.
    match serde_json::from_slice::<serde::de::IgnoredAny>(value) {
        Ok(_) => Ok(Cow::Owned(bytes)),
        Err(_) => Err((Cow::Owned(bytes), "the value of the record is not JSON")),
    }
}

/// Whether a content type is that of JSON, with whatever parameters: an event that names none is
/// JSON too, and both are the same event.
fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JSON))
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a string is always JSON"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::message::{Header, OwnedHeaders, OwnedMessage, Timestamp};

    fn record(headers: &[(&str, &str)], value: Option<&str>) -> OwnedMessage {
        let headers = headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header { key, value: Some(*value) })
        });
        let value = value.map(|value| value.as_bytes().to_vec());
        let at = Timestamp::NotAvailable;
        OwnedMessage::new(value, None, "t".into(), at, 0, 0, Some(headers))
    }

    fn text(headers: &[(&str, &str)], value: Option<&str>) -> Result<String, &'static str> {
        read(&record(headers, value))
            .map(|bytes| String::from_utf8(bytes.into_owned()).expect("text"))
            .map_err(|(_, why)| why)
    }

    const ENVELOPE: [(&str, &str); 3] =
        [("ce_specversion", "1.0"), ("ce_id", "a\"b"), ("traceparent", "00-1")];

    #[test]
    fn structured_mode_is_the_value() {
        assert_eq!(text(&[], Some("{}")).as_deref(), Ok("{}"));
        let both = [("content-type", "application/cloudevents+json"), ("ce_specversion", "1.0")];
        assert_eq!(text(&both, Some("{}")).as_deref(), Ok("{}"));
        assert!(text(&[], None).expect_err("a tombstone").contains("op=retract"));
    }

    #[test]
    fn binary_mode_is_headers_and_data() {
        let expected = r#"{"specversion":"1.0","id":"a\"b","data":{"x":[1]}}"#;
        assert_eq!(text(&ENVELOPE, Some(r#"{"x":[1]}"#)).as_deref(), Ok(expected));
        assert_eq!(text(&ENVELOPE, None).as_deref(), Ok(r#"{"specversion":"1.0","id":"a\"b"}"#));
        let json = [("ce_specversion", "1.0"), ("content-type", "application/json; charset=utf-8")];
        assert_eq!(text(&json, None).as_deref(), Ok(r#"{"specversion":"1.0"}"#));
        let other = [("ce_specversion", "1.0"), ("content-type", "text/plain")];
        let expected = r#"{"specversion":"1.0","datacontenttype":"text/plain"}"#;
        assert_eq!(text(&other, None).as_deref(), Ok(expected));
    }

    #[test]
    fn data_cannot_add_attributes() {
        for value in [r#"1,"op":"retract""#, "{", "{} {}"] {
            let why = text(&ENVELOPE, Some(value)).expect_err("no JSON value");
            assert_eq!(why, "the value of the record is not JSON");
        }
    }
}
