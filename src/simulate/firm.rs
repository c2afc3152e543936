//! What is an enterprise made of? Its state on a day, and its registry data as JSON.
//!
//! Must not know: whether it is honest.

use super::naming::{Name, Phone};
use super::place::{Place, Spelling};
use super::prng::mix;
use crate::time::Day;

/// Index of a firm.
pub(crate) type FirmNo = usize;
/// Index of a person.
pub(crate) type PersonNo = u32;

/// Kind of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Company,
    SoleTrader,
    Cooperative,
    Branch,
}

/// Latent disposition; how often trouble comes follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    A,
    B,
    C,
    D,
}

/// Who owns a share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Owner {
    Person(PersonNo),
    Firm(FirmNo),
}

/// Values of a staff sketch.
pub(crate) const SKETCH: usize = 128;

/// An enterprise.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent traits, each its own")]
pub(crate) struct Firm {
    pub(crate) code: String,
    pub(crate) reg_no: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) name: Name,
    /// Full name where it is not made of parts (branches).
    pub(crate) title: Option<String>,
    pub(crate) trade: u8,
    pub(crate) scope: String,
    pub(crate) place: Place,
    pub(crate) spelling: Spelling,
    pub(crate) established: Day,
    pub(crate) rep: PersonNo,
    pub(crate) officers: Vec<(PersonNo, &'static str)>,
    pub(crate) holders: Vec<(Owner, u32)>,
    pub(crate) capital_fen: i64,
    pub(crate) paid_fen: Option<i64>,
    pub(crate) phones: Vec<Phone>,
    pub(crate) phone_style: u8,
    pub(crate) emails: Vec<String>,
    pub(crate) liaison: Option<PersonNo>,
    pub(crate) agent: Option<FirmNo>,
    pub(crate) fingerprint: Option<u64>,
    pub(crate) predecessors: Vec<(String, &'static str)>,
    /// Insured staff, by number.
    pub(crate) staff: Vec<u32>,
    pub(crate) sketch: Option<Box<[u32; SKETCH]>>,
    /// Headcount that it strives for, out of season shrunk.
    pub(crate) target: f64,
    /// Headcount at full strength, once those who are to come have come.
    pub(crate) grown: f64,
    /// Monthly revenue in yuan at full pace.
    pub(crate) revenue: f64,
    /// 1 at full business, 0 at none.
    pub(crate) pace: f64,
    pub(crate) reports_staff: bool,
    pub(crate) reports_activity: bool,
    /// Its bank account is under lawful supervision, so that its transfers are seen.
    pub(crate) watched: bool,
    pub(crate) suppliers: Vec<FirmNo>,
    pub(crate) class: Class,
    /// Has kin in the background: same owner, family, group or brand.
    pub(crate) kin: bool,
    /// Part of a planted case: no chance events.
    pub(crate) reserved: bool,
    pub(crate) registered: bool,
    pub(crate) ended: bool,
    pub(crate) licence: Option<String>,
    /// Fields that the register lacks, as bits of [`super::slips::blank`].
    pub(crate) blanks: u8,
    /// Reports the emission of before, whatever it burns.
    pub(crate) emission_hidden: bool,
}

impl Firm {
    /// The full name.
    pub(crate) fn full_name(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.name.full())
    }

    /// Whether the register lacks a field.
    pub(crate) fn lacks(&self, field: u8) -> bool {
        self.blanks & field != 0
    }

    /// On the register and alive.
    pub(crate) fn active(&self) -> bool {
        self.registered && !self.ended
    }

    /// The registry's code of its type.
    pub(crate) fn entity_type(&self) -> &'static str {
        match self.kind {
            Kind::SoleTrader => "9500",
            Kind::Cooperative => "9100",
            Kind::Branch => "2151",
            Kind::Company => match self.holders.as_slice() {
                [(Owner::Person(_), _)] => "1151",
                [(Owner::Firm(_), _)] => "1152",
                _ => "1130",
            },
        }
    }

    /// The account's token.
    pub(crate) fn account(&self) -> String {
        account_of(&self.code)
    }
}

/// A token that stands for the account of someone.
pub(crate) fn account_of(holder: &str) -> String {
    format!("A:{:016x}", crate::id::stable_hash(holder.as_bytes()))
}

/// The multipliers and addends of the hash functions.
const FAMILY: [(u64, u64); SKETCH] = {
    let mut family = [(0, 0); SKETCH];
    let mut j = 0;
    while j < SKETCH {
        family[j] = (mix(j as u64) | 1, mix(j as u64 + 4_096));
        j += 1;
    }
    family
};

/// MinHash of a staff set: one family of functions for all firms, `h_j(x) = (a_j·mix(x) + b_j) >> 32`.
pub(crate) fn sketch_of(staff: &[u32]) -> Box<[u32; SKETCH]> {
    let mut sketch = Box::new([u32::MAX; SKETCH]);
    for person in staff {
        let hash = mix(u64::from(*person) ^ 0x57AF_F000_0000_0000);
        for (slot, (a, b)) in sketch.iter_mut().zip(FAMILY) {
            *slot = (*slot).min((hash.wrapping_mul(a).wrapping_add(b) >> 32) as u32);
        }
    }
    sketch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketches_estimate_overlap() {
        let (a, b): (Vec<u32>, Vec<u32>) = ((0..60).collect(), (30..90).collect());
        let (sa, sb) = (sketch_of(&a), sketch_of(&b));
        let same = sa.iter().zip(sb.iter()).filter(|(x, y)| x == y).count();
        let estimate = same as f64 / SKETCH as f64;
        assert!((estimate - 1.0 / 3.0).abs() < 0.15, "{estimate}");
    }
}
