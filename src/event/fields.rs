//! Is the field there, and is it right? Typed access to an object that gathers faults.
//!
//! Every getter records what is wrong and gives `None`; the first fault of the lowest class wins,
//! so that an event with several faults gets the first class that applies, whatever the order in
//! which its fields were read. Must not know: which fields an event type has.

use crate::event::json::Json;
use crate::event::{Class, Reject};
use crate::id::{IdFault, Imo, OrgCode, RegNo, Uscc};
use crate::limits;
use crate::money::Fen;
use crate::time::{Day, Month};
use std::cell::RefCell;
use std::fmt;

/// The faults of one event.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Option<Reject>>);

impl Faults {
    /// Records a fault, unless an earlier one has the same or a lower class.
    pub(super) fn record(&self, reject: Reject) {
        let mut held = self.0.borrow_mut();
        if held.as_ref().is_none_or(|known| reject.class < known.class) {
            *held = Some(reject);
        }
    }

    /// The fault that counts.
    pub(super) fn worst(self) -> Option<Reject> {
        self.0.into_inner()
    }
}

/// The way to a value; written out only for a fault.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'p> {
    /// The event's data.
    Data,
    /// A key of an object.
    Key(&'p Path<'p>, &'p str),
    /// An item of the array of a key.
    Item(&'p Path<'p>, &'p str, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data => f.write_str("data"),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Item(parent, key, at) => write!(f, "{parent}.{key}[{at}]"),
        }
    }
}

impl From<Path<'_>> for String {
    fn from(path: Path<'_>) -> Self {
        path.to_string()
    }
}

/// One object and the way to it.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a, 'p> {
    object: &'a [(std::borrow::Cow<'a, str>, Json<'a>)],
    path: Path<'p>,
    faults: &'a Faults,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// The fields of a value that should be an object.
    pub(super) fn of(value: &'a Json<'a>, path: Path<'p>, faults: &'a Faults) -> Option<Self> {
        match value {
            Json::Object(object) => Some(Self { object, path, faults }),
            other => {
                let rule = format!("must be an object, not {}", other.kind());
                faults.record(Reject::of(Class::Schema, path, rule));
                None
            }
        }
    }

    /// The path of a key.
    pub(super) fn path<'s>(&'s self, key: &'s str) -> Path<'s> {
        Path::Key(&self.path, key)
    }

    /// Records a fault of a key.
    pub(super) fn fault(&self, class: Class, key: &str, rule: impl Into<String>) {
        self.faults.record(Reject::of(class, self.path(key), rule));
    }

    /// Where the faults go.
    pub(super) fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// The value of a key; `null` is no value.
    pub(super) fn value(&self, key: &str) -> Option<&'a Json<'a>> {
        let (_, value) = self.object.iter().find(|(k, _)| k == key)?;
        (*value != Json::Null).then_some(value)
    }

    /// Records that a key is missing when it has no value.
    pub(super) fn require(&self, key: &str) -> Option<&'a Json<'a>> {
        let value = self.value(key);
        if value.is_none() {
            self.fault(Class::Schema, key, "is required");
        }
        value
    }

    fn wrong_type(&self, key: &str, expected: &str, value: &Json<'_>) {
        let rule = format!("must be {expected}, not {}", value.kind());
        self.fault(Class::Schema, key, rule);
    }

    fn str_of(&self, key: &str, value: &'a Json<'a>) -> Option<&'a str> {
        match value {
            Json::Text(text) => Some(text),
            other => {
                self.wrong_type(key, "a string", other);
                None
            }
        }
    }

    fn short(&self, key: &str, text: &'a str, most: usize) -> Option<Box<str>> {
        if text.is_empty() {
            self.fault(Class::InvalidValue, key, "must not be empty");
            return None;
        }
        if text.len() > most && text.chars().count() > most {
            self.fault(Class::InvalidValue, key, format!("over {most} characters"));
            return None;
        }
        Some(text.into())
    }

    /// A required string.
    pub(super) fn str(&self, key: &str) -> Option<&'a str> {
        self.str_of(key, self.require(key)?)
    }

    /// A required, non-empty, short text.
    pub(super) fn text(&self, key: &str) -> Option<Box<str>> {
        self.short(key, self.str(key)?, limits::TEXT_CHARS_MAX)
    }

    /// A required, non-empty, long text.
    pub(super) fn long_text(&self, key: &str) -> Option<Box<str>> {
        self.short(key, self.str(key)?, limits::LONG_TEXT_CHARS_MAX)
    }

    /// An optional short text. An empty one is none.
    pub(super) fn opt_text(&self, key: &str) -> Option<Box<str>> {
        self.opt_bounded(key, limits::TEXT_CHARS_MAX)
    }

    /// An optional long text. An empty one is none.
    pub(super) fn opt_long_text(&self, key: &str) -> Option<Box<str>> {
        self.opt_bounded(key, limits::LONG_TEXT_CHARS_MAX)
    }

    fn opt_bounded(&self, key: &str, most: usize) -> Option<Box<str>> {
        let text = self.str_of(key, self.value(key)?)?;
        if text.is_empty() { None } else { self.short(key, text, most) }
    }

    /// The word of a closed set.
    pub(super) fn word_of<T>(
        &self,
        key: &str,
        value: &'a Json<'a>,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let word = self.str_of(key, value)?;
        let found = parse(word);
        if found.is_none() {
            self.fault(Class::Schema, key, "is not one of the listed words");
        }
        found
    }

    /// A required word.
    pub(super) fn word<T>(&self, key: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
        self.word_of(key, self.require(key)?, parse)
    }

    /// An optional word.
    pub(super) fn opt_word<T>(&self, key: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
        self.word_of(key, self.value(key)?, parse)
    }

    /// A boolean; absent is `None`.
    pub(super) fn opt_bool(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Json::Bool(value) => Some(*value),
            other => {
                self.wrong_type(key, "a boolean", other);
                None
            }
        }
    }

    /// The items of an array, within the bound.
    fn items_of(&self, key: &str, value: &'a Json<'a>) -> Option<&'a [Json<'a>]> {
        match value {
            Json::Array(items) => {
                if items.len() > limits::ITEMS_MAX {
                    let rule = format!("over {} items", limits::ITEMS_MAX);
                    self.fault(Class::InvalidValue, key, rule);
                }
                Some(items)
            }
            other => {
                self.wrong_type(key, "an array", other);
                None
            }
        }
    }

    /// A required array, each item read by a function that gets it and its path.
    pub(super) fn list<T>(
        &self,
        key: &str,
        item: impl FnMut(&'a Json<'a>, Path<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.list_of(key, self.require(key)?, item)
    }

    /// As [`Self::list`]; absent is empty.
    pub(super) fn opt_list<T>(
        &self,
        key: &str,
        item: impl FnMut(&'a Json<'a>, Path<'_>) -> Option<T>,
    ) -> Vec<T> {
        self.value(key).and_then(|value| self.list_of(key, value, item)).unwrap_or_default()
    }

    /// As [`Self::list`], of a value at hand.
    pub(super) fn list_of<T>(
        &self,
        key: &str,
        value: &'a Json<'a>,
        mut item: impl FnMut(&'a Json<'a>, Path<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items_of(key, value)?;
        let mut found = Vec::with_capacity(items.len());
        for (at, value) in items.iter().enumerate() {
            found.extend(item(value, Path::Item(&self.path, key, at)));
        }
        Some(found)
    }

    /// A required array of short texts.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<Box<str>>> {
        self.texts_of(key, self.require(key)?)
    }

    /// An optional array of short texts.
    pub(super) fn opt_texts(&self, key: &str) -> Vec<Box<str>> {
        self.value(key).and_then(|value| self.texts_of(key, value)).unwrap_or_default()
    }

    /// An array of short texts, of a value at hand; empty texts are left out.
    pub(super) fn texts_of(&self, key: &str, value: &'a Json<'a>) -> Option<Vec<Box<str>>> {
        let items = self.items_of(key, value)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match self.str_of(key, item) {
                Some("") | None => {}
                Some(text) => texts.extend(self.short(key, text, limits::TEXT_CHARS_MAX)),
            }
        }
        Some(texts)
    }

    fn number_of(&self, key: &str, value: &'a Json<'a>) -> Option<&'a str> {
        match value {
            Json::Number(text) => Some(text),
            other => {
                self.wrong_type(key, "a number", other);
                None
            }
        }
    }

    /// A whole number from a value at hand.
    fn whole_of(&self, key: &str, value: &'a Json<'a>, least: i64, most: i64) -> Option<i64> {
        let Json::Number(text) = value else {
            self.wrong_type(key, "an integer", value);
            return None;
        };
        match whole(text) {
            Some(number) if (least..=most).contains(&number) => return Some(number),
            None if text.contains(['.', 'e', 'E']) => {
                self.fault(Class::Schema, key, "must be an integer, not a float");
            }
            _ => self.fault(Class::InvalidValue, key, format!("must be from {least} to {most}")),
        }
        None
    }

    /// A required whole number.
    pub(super) fn whole(&self, key: &str, least: i64, most: i64) -> Option<i64> {
        self.whole_of(key, self.require(key)?, least, most)
    }

    /// An optional whole number.
    pub(super) fn opt_whole(&self, key: &str, least: i64, most: i64) -> Option<i64> {
        self.whole_of(key, self.value(key)?, least, most)
    }

    /// An amount of at least `least` fen, of a value at hand.
    pub(super) fn fen_of(&self, key: &str, value: &'a Json<'a>, least: i64) -> Option<Fen> {
        self.whole_of(key, value, least, limits::FEN_MAX).map(Fen)
    }

    /// A required amount.
    pub(super) fn fen(&self, key: &str, least: i64) -> Option<Fen> {
        self.fen_of(key, self.require(key)?, least)
    }

    /// An optional amount, at least 0.
    pub(super) fn opt_fen(&self, key: &str) -> Option<Fen> {
        self.fen_of(key, self.value(key)?, 0)
    }

    /// A number within bounds, of a value at hand.
    fn float_of(&self, key: &str, value: &'a Json<'a>, least: f64, most: f64) -> Option<f64> {
        let number: f64 = self.number_of(key, value)?.parse().unwrap_or(f64::INFINITY);
        if number.is_finite() && (least..=most).contains(&number) {
            return Some(number);
        }
        self.fault(Class::InvalidValue, key, format!("must be from {least} to {most}"));
        None
    }

    /// A required number within bounds.
    pub(super) fn float(&self, key: &str, least: f64, most: f64) -> Option<f64> {
        self.float_of(key, self.require(key)?, least, most)
    }

    /// An optional number within bounds.
    pub(super) fn opt_float(&self, key: &str, least: f64, most: f64) -> Option<f64> {
        self.float_of(key, self.value(key)?, least, most)
    }

    /// An optional quantity: a number of at least 0.
    pub(super) fn opt_quantity(&self, key: &str) -> Option<f64> {
        self.opt_float(key, 0.0, 1e15)
    }

    fn day_of(&self, key: &str, value: &'a Json<'a>) -> Option<Day> {
        let text = self.str_of(key, value)?;
        let day = Day::parse(text);
        if day.is_none() {
            self.fault(Class::InvalidValue, key, "must be a date YYYY-MM-DD that exists");
        }
        day
    }

    /// A required date.
    pub(super) fn day(&self, key: &str) -> Option<Day> {
        self.day_of(key, self.require(key)?)
    }

    /// An optional date.
    pub(super) fn opt_day(&self, key: &str) -> Option<Day> {
        self.day_of(key, self.value(key)?)
    }

    /// A required month.
    pub(super) fn month(&self, key: &str) -> Option<Month> {
        let month = Month::parse(self.str(key)?);
        if month.is_none() {
            self.fault(Class::InvalidValue, key, "must be a month YYYY-MM that exists");
        }
        month
    }

    /// A division of GB/T 2260: 6 or 9 digits, of a value at hand.
    pub(super) fn division_of(&self, key: &str, value: &'a Json<'a>) -> Option<Box<str>> {
        let text = self.str_of(key, value)?;
        let fits = matches!(text.len(), 6 | 9) && text.bytes().all(|b| b.is_ascii_digit());
        if !fits {
            self.fault(Class::InvalidValue, key, "must have 6 or 9 digits (GB/T 2260)");
        }
        fits.then(|| text.into())
    }

    /// An industry of GB/T 4754: a letter A–T and 4 digits, of a value at hand.
    pub(super) fn industry_of(&self, key: &str, value: &'a Json<'a>) -> Option<Box<str>> {
        let text = self.str_of(key, value)?;
        let bytes = text.as_bytes();
        let fits = bytes.len() == 5
            && (b'A'..=b'T').contains(&bytes[0])
            && bytes[1..].iter().all(u8::is_ascii_digit);
        if !fits {
            self.fault(Class::InvalidValue, key, "must be a letter A-T and 4 digits (GB/T 4754)");
        }
        fits.then(|| text.into())
    }

    /// Records why a number is not admitted.
    pub(super) fn id_fault(&self, key: &str, what: &str, fault: IdFault) {
        let rule = match fault {
            IdFault::Form => format!("is no {what}: wrong length or characters"),
            IdFault::CheckDigit => format!("the check digit of the {what} fails"),
            IdFault::OuterOnly => format!(
                "the check character of the {what} fails while the organisation code inside \
                 passes: quarantined until it is on the override list"
            ),
        };
        self.fault(Class::Identity, key, rule);
    }

    fn checked<T>(
        &self,
        key: &str,
        value: &'a Json<'a>,
        what: &str,
        parse: impl Fn(&str) -> Result<T, IdFault>,
    ) -> Option<T> {
        let text = self.str_of(key, value)?;
        parse(text).map_err(|fault| self.id_fault(key, what, fault)).ok()
    }

    /// A required USCC.
    pub(super) fn uscc(
        &self,
        key: &str,
        parse: &dyn Fn(&str) -> Result<Uscc, IdFault>,
    ) -> Option<Uscc> {
        self.checked(key, self.require(key)?, "unified social credit code", parse)
    }

    /// An optional USCC.
    pub(super) fn opt_uscc(
        &self,
        key: &str,
        parse: &dyn Fn(&str) -> Result<Uscc, IdFault>,
    ) -> Option<Uscc> {
        self.checked(key, self.value(key)?, "unified social credit code", parse)
    }

    /// An optional 15-digit registration number.
    pub(super) fn opt_reg_no(&self, key: &str) -> Option<RegNo> {
        self.checked(key, self.value(key)?, "15-digit registration number", RegNo::parse)
    }

    /// An optional organisation code.
    pub(super) fn opt_org_code(&self, key: &str) -> Option<OrgCode> {
        self.checked(key, self.value(key)?, "organisation code", OrgCode::parse)
    }

    /// An optional IMO number.
    pub(super) fn opt_imo(&self, key: &str) -> Option<Imo> {
        self.checked(key, self.value(key)?, "IMO number", Imo::parse)
    }

    /// The staff sketch: exactly 128 whole numbers of 32 bits.
    pub(super) fn opt_minhash(&self, key: &str) -> Option<Box<[u32; limits::MINHASH_VALUES]>> {
        let items = self.items_of(key, self.value(key)?)?;
        if items.len() != limits::MINHASH_VALUES {
            let rule = format!("must have {} values, not {}", limits::MINHASH_VALUES, items.len());
            self.fault(Class::Schema, key, rule);
            return None;
        }
        let mut sketch = Box::new([0; limits::MINHASH_VALUES]);
        for (slot, item) in sketch.iter_mut().zip(items) {
            *slot = self.whole_of(key, item, 0, i64::from(u32::MAX)).unwrap_or_default() as u32;
        }
        Some(sketch)
    }
}

/// A JSON number without fraction and exponent, within 64 bits.
fn whole(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut number: i64 = 0;
    for byte in digits.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some(sign * number)
}
