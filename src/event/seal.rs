//! How is an event kept? Its JSON with every personal number sealed: a pseudonym in its place.
//!
//! Invariant: sealed JSON holds no clear personal number, and read again (by a reader that
//! [reopens](crate::event::Reader::reopening)) it gives the same event. Unknown attributes and
//! fields are kept. Must not know: where the bytes go.

use crate::event::json::Json;
use crate::event::{Pseudonyms, mask};
use std::borrow::Cow;

/// What stands before the pseudonym of a sealed number.
pub(crate) const SEALED: &str = "sealed:";
/// Fields by which things are told apart. They are kept to the letter: masking one could make two
/// things one.
const IDENTIFIERS: [&str; 20] = [
    "account",
    "bank",
    "case_no",
    "cluster",
    "complainant",
    "declaration_no",
    "doc_id",
    "doc_no",
    "domain",
    "filing_fingerprint",
    "id",
    "imo",
    "licence_no",
    "mmsi",
    "org_code",
    "ref",
    "reg_no",
    "source",
    "ticket_no",
    "txn_id",
];

/// The line as it may be kept: itself when nothing in it could be a personal number.
pub(crate) fn seal<'a>(line: &'a [u8], json: &Json<'_>, pseudonyms: &Pseudonyms) -> Cow<'a, [u8]> {
    if !suspicious(line) {
        return Cow::Borrowed(line.trim_ascii());
    }
    let mut out = String::with_capacity(line.len());
    write(json, "", pseudonyms, &mut out);
    Cow::Owned(out.into_bytes())
}

/// Whether a line may hold a personal number: it names one, escapes something, or has a long run
/// of digits. Errs on the safe side.
fn suspicious(line: &[u8]) -> bool {
    /// Digits of a citizen id before its check character.
    const RUN: usize = 17;
    let mut run = 0;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'0'..=b'9' => run += 1,
            b' ' | b'-' => {}
            b'\\' => return true,
            // Full-width digits are EF BC 90 to EF BC 99.
            0xef if line.get(at + 1) == Some(&0xbc)
                && line.get(at + 2).is_some_and(|b| (0x90..=0x99).contains(b)) =>
            {
                return true;
            }
            _ => run = 0,
        }
        if run >= RUN {
            return true;
        }
    }
    memchr::memmem::find(line, b"id_no").is_some() || memchr::memmem::find(line, b"port:").is_some()
}

fn write(json: &Json<'_>, key: &str, pseudonyms: &Pseudonyms, out: &mut String) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        // A number is no identifier of the contract: one that looks personal is masked as text.
        Json::Number(text) => match mask(text) {
            Cow::Borrowed(text) => out.push_str(text),
            Cow::Owned(masked) => quote(&masked, out),
        },
        Json::Text(text) => quote(&kept(text, key, pseudonyms), out),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, key, pseudonyms, out);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(&mask(key), out);
                out.push(':');
                write(value, key, pseudonyms, out);
            }
            out.push('}');
        }
    }
}

fn kept<'a>(text: &'a str, key: &str, pseudonyms: &Pseudonyms) -> Cow<'a, str> {
    if key == "id_no" {
        return match pseudonyms.of_number(text) {
            Ok(person) => Cow::Owned(format!("{SEALED}{:032x}", person.0)),
            Err(_) => Cow::Borrowed(""),
        };
    }
    if IDENTIFIERS.contains(&key) { Cow::Borrowed(text) } else { mask(text) }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a string is JSON"));
}

#[cfg(test)]
mod tests {
    use crate::event::{Pseudonyms, Reader};
    use crate::time::Time;

    const NUMBER: &str = "11010519491231002X";

    fn reader() -> Reader {
        let now = Time::parse("2026-01-01T00:00:00Z").expect("a moment");
        Reader::new(Pseudonyms::new(b"key"), Vec::new(), now)
    }

    fn event(data: &str) -> String {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"urn:x\",\"time\":\
             \"2025-03-01T08:00:00Z\",\"type\":\"asset.transferred\",\"x\":\"kept\",\"data\":{data}}}"
        )
    }

    #[test]
    fn a_sealed_event_reads_as_the_same_event() {
        let line = event(&format!(
            "{{\"kind\":\"vehicle\",\"on\":\"2025-02-28\",\"from\":{{\"person\":{{\"id_no\":\
             \"{NUMBER}\"}}}},\"to\":{{\"enterprise\":{{\"name\":\"甲\"}}}},\
             \"label\":\"of {NUMBER}\",\"more\":[1.50,true,null]}}"
        ));
        let (clear, sealed) = reader().read_sealed(line.as_bytes()).expect("a valid event");
        let sealed = String::from_utf8(sealed).expect("text");
        assert!(!sealed.contains(NUMBER), "{sealed}");
        assert!(sealed.contains("sealed:") && sealed.contains("\"x\":\"kept\""), "{sealed}");
        assert!(sealed.contains("[1.50,true,null]"), "{sealed}");
        let again = reader().reopening().read(sealed.as_bytes()).expect("a sealed event");
        assert_eq!(clear.event.id, again.event.id);
        let (crate::event::Body::Asset(clear), crate::event::Body::Asset(again)) =
            (clear.event.body, again.event.body)
        else {
            panic!("an asset")
        };
        assert_eq!(clear.from, again.from);
        assert_eq!(again.label.as_deref(), Some("of ******"));
    }

    #[test]
    fn a_feed_cannot_send_sealed_numbers() {
        let line = event(&format!(
            "{{\"kind\":\"vehicle\",\"on\":\"2025-02-28\",\"from\":{{\"person\":{{\"id_no\":\
             \"sealed:{:032x}\"}}}},\"to\":{{\"enterprise\":{{\"name\":\"甲\"}}}}}}",
            7
        ));
        assert!(reader().read(line.as_bytes()).is_err());
        assert!(reader().reopening().read(line.as_bytes()).is_ok());
    }

    #[test]
    fn an_event_without_persons_is_kept_as_it_came() {
        let line = event(
            "{\"kind\":\"vehicle\",\"on\":\"2025-02-28\",\"from\":{\"enterprise\":\
             {\"name\":\"乙\"}},\"to\":{\"enterprise\":{\"name\":\"甲\"}}}",
        );
        let (_, sealed) = reader().read_sealed(line.as_bytes()).expect("a valid event");
        assert_eq!(sealed, line.as_bytes());
    }
}
