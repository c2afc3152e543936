//! Is this line an event? The envelope, then the data; the first class of fault that applies.

use crate::event::bodies::Context;
use crate::event::fields::{Faults, Fields, Path};
use crate::event::json::{self, Json};
use crate::event::seal::seal;
use crate::event::{AccessBasis, Body, Class, Event, EventType, Mention, Op, Pseudonyms, Reject};
use crate::id::{EventId, IdFault, OrgCode, RegNo, Uscc};
use crate::limits::{EVENT_ID_CHARS_MAX, SOURCE_CHARS_MAX, TEXT_CHARS_MAX};
use crate::time::Time;
use std::collections::BTreeSet;

/// An event may be dated so many days after its ingestion (contract, section 1).
const AHEAD_DAYS_MAX: i64 = 1;

/// Reads lines into events.
#[derive(Clone, Debug)]
pub struct Reader {
    pseudonyms: Pseudonyms,
    overrides: BTreeSet<String>,
    ingested_at: Time,
    reopens: bool,
    canonical: Vec<u8>,
}

/// An event and the digest of its content: equal content, equal digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The event.
    pub event: Event,
    /// Of its canonical JSON.
    pub digest: u128,
}

/// A rejected line, and the type that it claims to be of, where that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Why.
    pub reject: Reject,
    /// Of which type.
    pub kind: Option<EventType>,
}

impl Reader {
    /// A reader. `overrides` are USCCs that are admitted although their check character fails;
    /// `ingested_at` is the moment against which events from the future are refused.
    pub fn new(
        pseudonyms: Pseudonyms,
        overrides: impl IntoIterator<Item = String>,
        ingested_at: Time,
    ) -> Self {
        let overrides =
            overrides.into_iter().map(|code| crate::id::normalise_number(&code).into_owned());
        let overrides = overrides.collect();
        Self { pseudonyms, overrides, ingested_at, reopens: false, canonical: Vec::new() }
    }

    /// The same, for events that were accepted and sealed before: a sealed number is taken for its
    /// pseudonym, and no override or clock is asked again.
    #[must_use]
    pub fn reopening(self) -> Self {
        let ingested_at = Time(i64::MAX / 2);
        Self { pseudonyms: self.pseudonyms.reopening(), reopens: true, ingested_at, ..self }
    }

    /// The moment against which events from the future are refused is another now.
    pub fn ingest_at(&mut self, now: Time) {
        self.ingested_at = now;
    }

    /// Reads one line.
    ///
    /// # Errors
    /// With the first class of the contract's table that applies.
    pub fn read(&mut self, line: &[u8]) -> Result<Parsed, Refused> {
        self.read_with(line, |_, _| ()).map(|(parsed, ())| parsed)
    }

    /// Reads one line, and gives its JSON as it may be kept: without a clear personal number.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_sealed(&mut self, line: &[u8]) -> Result<(Parsed, Vec<u8>), Refused> {
        self.read_with(line, |json, pseudonyms| seal(line, json, pseudonyms).into_owned())
    }

    fn read_with<T>(
        &mut self,
        line: &[u8],
        and: impl FnOnce(&Json<'_>, &Pseudonyms) -> T,
    ) -> Result<(Parsed, T), Refused> {
        let plain = |reject| Refused { reject, kind: None };
        let json = json::parse(line).map_err(plain)?;
        let Json::Object(_) = &json else {
            let rule = format!("must be an object, not {}", json.kind());
            return Err(plain(Reject::line(Class::Malformed, rule)));
        };
        let kind = match json.get("type") {
            Some(Json::Text(word)) => EventType::parse(word),
            _ => None,
        };
        let event = self.event(&json, kind).map_err(|reject| Refused { reject, kind })?;
        let digest = json.digest(&mut self.canonical);
        let and = and(&json, &self.pseudonyms);
        Ok((Parsed { event, digest }, and))
    }

    fn event(&self, json: &Json<'_>, kind: Option<EventType>) -> Result<Event, Reject> {
        let envelope = Envelope::read(json, kind)?;
        let Some(kind) = kind else {
            return Err(Reject::of(Class::UnknownType, "type", "is no type of the contract"));
        };
        let faults = Faults::default();
        let subject = envelope.subject.and_then(|text| self.subject(text, &faults));
        let named = envelope.subject.zip(subject.as_ref().and_then(|s| s.uscc));
        // Most events name their subject again: no need to check it again.
        let uscc = |raw: &str| match named {
            Some((text, code)) if text == raw => Ok(code),
            _ => self.uscc(raw),
        };
        let context = Context {
            pseudonyms: &self.pseudonyms,
            source: envelope.source,
            uscc: &uscc,
            time: envelope.time,
        };
        let mut body = None;
        if let Some(data) = envelope.data
            && let Some(fields) = Fields::of(data, Path::Data, &faults)
        {
            body = context.body(kind, &fields);
            subject_agrees(subject.as_ref(), &fields, &uscc, &faults);
        }
        if envelope.time > self.ingested_at.plus_days(AHEAD_DAYS_MAX) {
            let rule = "is more than one day after the ingestion";
            faults.record(Reject::of(Class::InvalidValue, "time", rule));
        }
        if let Some(reject) = faults.worst() {
            return Err(reject);
        }
        let retracts = matches!(envelope.op, Op::Retract(_));
        Ok(Event {
            id: EventId::new(envelope.source, envelope.id),
            time: envelope.time,
            subject,
            op: envelope.op,
            access_basis: envelope.access_basis,
            kind,
            body: if retracts { Body::None } else { body.expect("no fault, so there is data") },
        })
    }

    fn uscc(&self, raw: &str) -> Result<Uscc, IdFault> {
        match Uscc::parse(raw) {
            Err(fault) => {
                let normal = crate::id::normalise_number(raw);
                let admitted = self.reopens || self.overrides.contains(&*normal);
                if admitted { Uscc::admit(&normal) } else { Err(fault) }
            }
            found => found,
        }
    }

    /// The subject's mention; an identity fault is recorded.
    fn subject(&self, text: &str, faults: &Faults) -> Option<Mention> {
        let fault = |what: &str, fault: IdFault| {
            let why = if fault == IdFault::Form {
                "has the wrong length or characters"
            } else {
                "fails its check digit"
            };
            faults.record(Reject::of(Class::Identity, "subject", format!("the {what} {why}")));
        };
        let mut mention = Mention::default();
        if let Some(number) = text.strip_prefix("regno:") {
            mention.reg_no =
                Some(RegNo::parse(number).map_err(|f| fault("registration number", f)).ok()?);
        } else if let Some(code) = text.strip_prefix("orgcode:") {
            mention.org_code =
                Some(OrgCode::parse(code).map_err(|f| fault("organisation code", f)).ok()?);
        } else if let Some(name) = text.strip_prefix("name:") {
            mention.name = Some(name.into());
        } else {
            mention.uscc =
                Some(self.uscc(text).map_err(|f| fault("unified social credit code", f)).ok()?);
        }
        Some(mention)
    }
}

/// The subject must not name another enterprise than `data.uscc`, as far as they compare.
fn subject_agrees(
    subject: Option<&Mention>,
    fields: &Fields<'_, '_>,
    uscc: &dyn Fn(&str) -> Result<Uscc, IdFault>,
    faults: &Faults,
) {
    let Some(Json::Text(raw)) = fields.value("uscc") else { return };
    let (Some(subject), Ok(uscc)) = (subject, uscc(raw)) else { return };
    let other = subject.uscc.is_some_and(|code| code != uscc)
        || subject.org_code.is_some_and(|code| code != uscc.org_code());
    if other {
        let rule = "names another enterprise than data.uscc";
        faults.record(Reject::of(Class::InvalidValue, "subject", rule));
    }
}

/// The attributes around the data.
struct Envelope<'a> {
    id: &'a str,
    source: &'a str,
    time: Time,
    subject: Option<&'a str>,
    op: Op,
    access_basis: Option<AccessBasis>,
    data: Option<&'a Json<'a>>,
}

fn fault(field: &str, rule: impl Into<String>) -> Reject {
    Reject::of(Class::Envelope, field, rule)
}

/// A string attribute; `null` counts as absent.
fn attribute<'a>(json: &'a Json<'a>, key: &str) -> Result<Option<&'a str>, Reject> {
    match json.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(other) => Err(fault(key, format!("must be a string, not {}", other.kind()))),
    }
}

fn required<'a>(json: &'a Json<'a>, key: &str) -> Result<&'a str, Reject> {
    attribute(json, key)?.ok_or_else(|| fault(key, "is required"))
}

fn event_id<'a>(key: &str, text: &'a str) -> Result<&'a str, Reject> {
    let length = text.chars().count();
    if !(1..=EVENT_ID_CHARS_MAX).contains(&length) {
        return Err(fault(key, format!("must have 1 to {EVENT_ID_CHARS_MAX} characters")));
    }
    if !text.chars().all(printable) {
        return Err(fault(key, "must be of printable characters"));
    }
    Ok(text)
}

/// Neither a control character, nor a blank other than the space, nor one that is not seen or that
/// turns the direction of writing (Unicode's general category Cf, as far as ids could hold it).
fn printable(c: char) -> bool {
    let unseen = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_ascii_graphic() || c == ' ' || !(c.is_control() || c.is_whitespace() || unseen)
}

/// RFC 3986: a URI or a relative reference.
fn uri_reference<'a>(key: &str, text: &'a str) -> Result<&'a str, Reject> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    let escapes = text.bytes().enumerate().filter(|(_, b)| *b == b'%').all(|(at, _)| {
        let hex = text.as_bytes().get(at + 1..at + 3);
        hex.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let one_fragment = text.bytes().filter(|b| *b == b'#').count() <= 1;
    let right = !text.is_empty()
        && text.len() <= SOURCE_CHARS_MAX
        && text.bytes().all(fits)
        && escapes
        && one_fragment
        && scheme_fits(text);
    if right { Ok(text) } else { Err(fault(key, "must be a URI reference")) }
}

/// What stands before a colon in the first segment is a scheme.
fn scheme_fits(text: &str) -> bool {
    let segment = text.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = segment.split_once(':') else { return true };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

impl<'a> Envelope<'a> {
    fn read(json: &'a Json<'a>, kind: Option<EventType>) -> Result<Self, Reject> {
        if required(json, "specversion")? != "1.0" {
            return Err(fault("specversion", "must be \"1.0\""));
        }
        let id = event_id("id", required(json, "id")?)?;
        let source = uri_reference("source", required(json, "source")?)?;
        required(json, "type")?;
        let time = required(json, "time")?;
        let time = Time::parse(time)
            .ok_or_else(|| fault("time", "must be a real moment in RFC 3339 with an offset"))?;
        let subject = Self::subject(json, kind)?;
        let op = Self::op(json, source)?;
        let access_basis = Self::access_basis(json, kind)?;
        let data = match json.get("data") {
            None | Some(Json::Null) => None,
            Some(data @ Json::Object(_)) => Some(data),
            Some(other) => {
                return Err(fault("data", format!("must be an object, not {}", other.kind())));
            }
        };
        if data.is_none() && !matches!(op, Op::Retract(_)) {
            return Err(fault("data", "is required"));
        }
        Ok(Self { id, source, time, subject, op, access_basis, data })
    }

    fn subject(json: &'a Json<'a>, kind: Option<EventType>) -> Result<Option<&'a str>, Reject> {
        let Some(text) = attribute(json, "subject")? else {
            let optional = matches!(
                kind,
                None | Some(
                    EventType::Transfer | EventType::Patrol | EventType::Opinion | EventType::Asset
                )
            );
            return if optional { Ok(None) } else { Err(fault("subject", "is required")) };
        };
        let rule = "must be a USCC, regno:…, orgcode:… or name:…";
        if let Some(name) = text.strip_prefix("name:") {
            let length = name.trim().chars().count();
            let fits = (1..=TEXT_CHARS_MAX).contains(&length);
            return if fits { Ok(Some(text)) } else { Err(fault("subject", rule)) };
        }
        let prefixed = text.starts_with("regno:") || text.starts_with("orgcode:");
        let normal = crate::id::normalise_number(text);
        let like_code = !normal.is_empty() && normal.bytes().all(|b| b.is_ascii_alphanumeric());
        if prefixed || like_code { Ok(Some(text)) } else { Err(fault("subject", rule)) }
    }

    fn op(json: &'a Json<'a>, source: &str) -> Result<Op, Reject> {
        let target = |op: &str| {
            let target = attribute(json, "ref")?;
            let target = target.ok_or_else(|| fault("ref", format!("is required with {op}")))?;
            Ok(EventId::new(source, event_id("ref", target)?))
        };
        match attribute(json, "op")? {
            None | Some("assert") => Ok(Op::Assert),
            Some("correct") => target("correct").map(Op::Correct),
            Some("retract") => target("retract").map(Op::Retract),
            Some(_) => Err(fault("op", "must be assert, correct or retract")),
        }
    }

    fn access_basis(
        json: &'a Json<'a>,
        kind: Option<EventType>,
    ) -> Result<Option<AccessBasis>, Reject> {
        if kind != Some(EventType::Transfer) {
            return Ok(None);
        }
        let word = attribute(json, "accessbasis")?
            .ok_or_else(|| fault("accessbasis", "is required on transfer.booked"))?;
        let basis = AccessBasis::parse(word)
            .ok_or_else(|| fault("accessbasis", "is not one of the five lawful bases"))?;
        Ok(Some(basis))
    }
}
