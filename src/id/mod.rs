//! Who and what, by number: identifiers as newtypes that cannot hold a wrong check digit.
//!
//! Numbers are normalised (NFKC, upper case, no blanks) before they are checked. A value of one of
//! these types has passed its check, except where a constructor says that it is admitted without
//! (the override list for codes that exist although their check character fails).

mod check;
mod share;

pub use check::{CitizenId, IdFault, Imo, OrgCode, RegNo, Uscc, document_number, normalise_number};
pub use share::Share;

use std::fmt;
use std::sync::Arc;

/// An enterprise inside the pipeline, stable for the life of the journal: a dense number, given out
/// in the order of first mention, behind a rank that comes from its own code or name.
///
/// Ids are ordered by rank, so that whatever is put in the order of ids stands in the same order
/// however the enterprises came to be known.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct EntityId(u64);

impl EntityId {
    /// The number `index` with a rank.
    pub const fn new(rank: u32, index: u32) -> Self {
        Self((rank as u64) << 32 | index as u64)
    }

    /// The number `index`, ranked by itself.
    pub const fn nth(index: u32) -> Self {
        Self::new(index, index)
    }

    /// The id as an index into tables that are kept by entity.
    pub const fn index(self) -> usize {
        self.0 as u32 as usize
    }

    /// Its place among all, which does not depend on when it was first mentioned.
    pub const fn rank(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The key by which work on this entity is shared among workers.
    pub fn key(self) -> u64 {
        stable_hash(&self.0.to_le_bytes())
    }
}

/// A natural person inside the pipeline: the first 128 bits of the keyed pseudonym, never the
/// number. Two persons are the same only when these are equal.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct PersonKey(pub u128);

/// An event, as `source#id`. `source` may itself hold `#`; the last one splits.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct EventId(Arc<str>);

impl EventId {
    /// The id of an event of a source.
    pub fn new(source: &str, id: &str) -> Self {
        let mut text = String::with_capacity(source.len() + 1 + id.len());
        text.push_str(source);
        text.push('#');
        text.push_str(id);
        Self(text.into())
    }

    /// Reads `source#id`; `None` without a `#` or with an empty half.
    pub fn parse(text: &str) -> Option<Self> {
        let (source, id) = text.rsplit_once('#')?;
        (!source.is_empty() && !id.is_empty()).then(|| Self(text.into()))
    }

    /// `source#id`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The feed's name.
    pub fn source(&self) -> &str {
        self.0.rsplit_once('#').map_or(&*self.0, |(source, _)| source)
    }

    /// The id within the feed.
    pub fn id(&self) -> &str {
        self.0.rsplit_once('#').map_or("", |(_, id)| id)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 64 bits that depend on nothing but the bytes: not on the process, the platform or the version.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// As [`stable_hash`], 128 bits.
pub fn stable_hash_128(bytes: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(bytes)
}

/// Bytes, such as a digest, as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_split_at_the_last_hash() {
        let id = EventId::parse("urn:a#b#7").expect("two halves");
        assert_eq!((id.source(), id.id()), ("urn:a#b", "7"));
        assert_eq!(EventId::parse("no-hash"), None);
        assert_eq!(EventId::new("urn:a#b", "7"), id);
    }
}
