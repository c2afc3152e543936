//! What does the line say, as JSON? A strict, bounded reader into a borrowed tree.
//!
//! Stricter than common readers where the contract is: a duplicate key, nesting over the limit,
//! text after the value and bytes that are not UTF-8 are faults. Property-tested against
//! `serde_json`. Must not know: what the keys mean.

use crate::event::{Class, Reject};
use crate::id::stable_hash_128;
use crate::limits::{LINE_BYTES_MAX, NESTING_MAX};
use std::borrow::Cow;

/// An object of so many fields is put in order without a list of its own.
const FEW_FIELDS: usize = 24;
/// Items for which an array of numbers has room at first: that of a staff sketch.
const NUMBERS: usize = crate::limits::MINHASH_VALUES;
/// Bits of a digest that order contents by their length.
const DIGEST_LENGTH_BITS: usize = 24;

/// A JSON value that borrows from its line.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object; keys are distinct, in the order of the line.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The value of a key of an object.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        match self {
            Self::Object(fields) => fields.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// 128 bits of the content: equal for texts that are equal as canonical JSON (the order of
    /// keys, blanks, escapes and the spelling of numbers do not count). The upper 24 bits fall with
    /// the length, so that of two contents the fuller one comes first.
    pub fn digest(&self, buffer: &mut Vec<u8>) -> u128 {
        buffer.clear();
        self.canonical(buffer);
        let brevity =
            (1 << DIGEST_LENGTH_BITS) - 1 - buffer.len().min((1 << DIGEST_LENGTH_BITS) - 1);
        (brevity as u128) << (128 - DIGEST_LENGTH_BITS)
            | stable_hash_128(buffer) >> DIGEST_LENGTH_BITS
    }

    fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(b'n'),
            Self::Bool(value) => out.push(if *value { b't' } else { b'f' }),
            Self::Number(text) => canonical_number(text, out),
            Self::Text(text) => canonical_text(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for item in items {
                    item.canonical(out);
                }
                out.push(b']');
            }
            Self::Object(fields) => {
                out.push(b'{');
                let mut few = [0_u32; FEW_FIELDS];
                let mut many = Vec::new();
                let order = if fields.len() <= FEW_FIELDS {
                    &mut few[..fields.len()]
                } else {
                    many.resize(fields.len(), 0);
                    &mut many[..]
                };
                order.iter_mut().zip(0..).for_each(|(slot, at)| *slot = at);
                order.sort_unstable_by(|a, b| fields[*a as usize].0.cmp(&fields[*b as usize].0));
                for at in order {
                    let (key, value) = &fields[*at as usize];
                    canonical_text(key, out);
                    value.canonical(out);
                }
                out.push(b'}');
            }
        }
    }
}

fn canonical_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn canonical_number(text: &str, out: &mut Vec<u8>) {
    out.push(b'#');
    let plain = !text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) && text != "-0";
    let value: f64 = if plain { 0.0 } else { text.parse().unwrap_or(f64::INFINITY) };
    if plain || !value.is_finite() {
        out.extend_from_slice(text.as_bytes());
    } else if value.fract() == 0.0 && value.abs() < 9e15 {
        out.extend_from_slice((value as i64).to_string().as_bytes());
    } else {
        out.extend_from_slice(value.to_string().as_bytes());
    }
}

/// Reads one line.
///
/// # Errors
/// `malformed`, with what was expected and where (byte, from 1).
pub fn parse(line: &[u8]) -> Result<Json<'_>, Reject> {
    if line.len() > LINE_BYTES_MAX {
        return Err(malformed(format!("a line of over {LINE_BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| malformed(format!("not UTF-8 at byte {}", error.valid_up_to() + 1)))?;
    let mut reader = Reader { text, bytes: line, at: 0 };
    reader.blanks();
    let value = reader.value(0)?;
    reader.blanks();
    if reader.at < line.len() {
        return Err(reader.fault("text after the value"));
    }
    Ok(value)
}

fn malformed(rule: String) -> Reject {
    Reject::line(Class::Malformed, rule)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, what: &str) -> Reject {
        malformed(format!("not JSON at byte {}: {what}", self.at + 1))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, Reject> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => Err(self.fault("no value starts like this")),
            None => Err(self.fault("the line ends too soon")),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, Reject> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.fault("no value starts like this"))
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, Reject> {
        self.open(depth)?;
        if self.closes(b'}') {
            return Ok(Json::Object(Vec::new()));
        }
        let mut fields: Vec<(Cow<'a, str>, Json<'a>)> = Vec::with_capacity(8);
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.fault("a key was expected"));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.fault("a colon was expected"));
            }
            self.at += 1;
            self.blanks();
            let value = self.value(depth)?;
            fields.push((key, value));
            if self.ends(b'}')? {
                break;
            }
        }
        if has_duplicate(&fields) {
            return Err(self.fault("a duplicate key in the object that ends here"));
        }
        Ok(Json::Object(fields))
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, Reject> {
        self.open(depth)?;
        if self.closes(b']') {
            return Ok(Json::Array(Vec::new()));
        }
        let numbers = matches!(self.peek(), Some(b'0'..=b'9'));
        let mut items = Vec::with_capacity(if numbers { NUMBERS } else { 2 });
        loop {
            self.blanks();
            items.push(self.value(depth)?);
            if self.ends(b']')? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn open(&mut self, depth: usize) -> Result<(), Reject> {
        if depth > NESTING_MAX {
            return Err(malformed(format!("nesting over {NESTING_MAX}")));
        }
        self.at += 1;
        Ok(())
    }

    fn closes(&mut self, with: u8) -> bool {
        self.blanks();
        let closes = self.peek() == Some(with);
        self.at += usize::from(closes);
        closes
    }

    /// After an item: a comma goes on, the closing mark ends.
    fn ends(&mut self, with: u8) -> Result<bool, Reject> {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == with => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => Err(self.fault("a comma or the end was expected")),
            None => Err(self.fault("the line ends too soon")),
        }
    }

    fn number(&mut self) -> Result<Json<'a>, Reject> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.fault("a digit was expected")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Json::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), Reject> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("a digit was expected")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Reject> {
        self.at += 1;
        let start = self.at;
        self.plain();
        match self.peek() {
            Some(b'"') => {
                let text = &self.text[start..self.at];
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped(start).map(Cow::Owned),
            Some(_) => Err(self.fault("a control character in a string")),
            None => Err(self.fault("a string that does not end")),
        }
    }

    /// Goes on to the next character that is special within a string.
    fn plain(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1F));
        self.at += length.unwrap_or(rest.len());
    }

    fn escaped(&mut self, start: usize) -> Result<String, Reject> {
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let plain = self.at;
            self.plain();
            text.push_str(&self.text[plain..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.fault("a control character in a string")),
                None => return Err(self.fault("a string that does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Reject> {
        self.at += 1;
        let mark = self.peek();
        self.at += 1;
        Ok(match mark {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("no such escape")),
        })
    }

    fn unicode(&mut self) -> Result<char, Reject> {
        let first = self.hex4()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self.bytes[self.at..].starts_with(b"\\u") {
                return Err(self.fault("half of a surrogate pair"));
            }
            self.at += 2;
            let second = self.hex4()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.fault("half of a surrogate pair"));
            }
            0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.fault("half of a surrogate pair"))
    }

    fn hex4(&mut self) -> Result<u32, Reject> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.fault("four hex digits were expected"))?;
            self.at += 1;
        }
        Ok(code)
    }
}

fn has_duplicate(fields: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    if fields.len() <= FEW_FIELDS {
        return (1..fields.len()).any(|i| fields[..i].iter().any(|(key, _)| *key == fields[i].0));
    }
    let mut keys: Vec<&str> = fields.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same value as `serde_json` reads, numbers by their text.
    fn same(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Json::Null, serde_json::Value::Null) => true,
            (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Json::Number(a), serde_json::Value::Number(b)) => {
                // serde_json rounds the last digit otherwise than the standard library.
                let (a, b) = (a.parse().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
                a == b || ((a - b) / b).abs() < 1e-12
            }
            (Json::Text(a), serde_json::Value::String(b)) => a == b,
            (Json::Array(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Json::Object(a), serde_json::Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(k, v)| b.get(&**k).is_some_and(|w| same(v, w)))
            }
            _ => false,
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e12..1e12f64).prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((".{0,4}", inner), 0..5)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(value in value(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("a value is JSON");
            let ours = parse(text.as_bytes()).expect("JSON");
            prop_assert!(same(&ours, &value));
        }

        #[test]
        fn judges_damage_as_serde_json_does(value in value(), at: prop::sample::Index, byte: u8) {
            let mut text = serde_json::to_vec(&value).expect("a value is JSON");
            let at = at.index(text.len());
            text[at] = byte;
            let theirs: Result<serde_json::Value, _> = serde_json::from_slice(&text);
            if let Ok(ours) = parse(&text) {
                let finite = theirs.as_ref().is_ok_and(|v| same(&ours, v));
                // serde_json refuses numbers beyond f64 where we keep the text.
                prop_assert!(finite || theirs.is_err_and(|e| e.to_string().contains("out of range")));
            } else if theirs.is_ok() {
                let duplicate = parse(&text).is_err_and(|r| r.rule.contains("duplicate"));
                prop_assert!(duplicate);
            }
        }

        #[test]
        fn any_bytes_are_judged_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&bytes).is_ok();
        }
    }

    #[test]
    fn digest_ignores_order_blanks_escapes_and_spelling() {
        let mut buffer = Vec::new();
        let mut digest = |text: &str| parse(text.as_bytes()).expect("JSON").digest(&mut buffer);
        let one = digest(r#"{"a":1,"b":["é",2.50,true]}"#);
        assert_eq!(one, digest("{ \"b\" : [\"\\u00e9\", 2.5, true], \"a\": 1.0 }"));
        assert_ne!(one, digest(r#"{"a":1,"b":["é",2.51,true]}"#));
        assert_ne!(digest(r#"["ab","c"]"#), digest(r#"["a","bc"]"#));
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(NESTING_MAX).as_bytes()).is_ok());
        assert!(parse(nested(NESTING_MAX + 1).as_bytes()).is_err());
    }
}
