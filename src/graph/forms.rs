//! What can be compared of a name, an address, a scope, a phone?
//!
//! The value as written beside its comparable form, which comes with the fact (of values before a
//! change it is made here). Must not know: profiles.

use crate::entity::contact::phones;
use crate::entity::{
    Address, AddressMatch, BrandLevel, CompanyName, Email, Fact, Scope, brand_similarity,
};
use std::sync::Arc;

/// A name as written, with its parts.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Named {
    /// As written.
    pub text: Box<str>,
    /// In parts.
    #[serde(with = "crate::shared")]
    pub form: Arc<CompanyName>,
}

/// An address as written, with its parts.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// As written.
    pub text: Box<str>,
    /// In parts.
    #[serde(with = "crate::shared")]
    pub form: Arc<Address>,
}

/// A business scope as written, with its items.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scoped {
    /// As written.
    pub text: Box<str>,
    /// Its items.
    #[serde(with = "crate::shared")]
    pub form: Arc<Scope>,
}

impl Named {
    /// The `nth` name of a fact.
    pub(super) fn of(fact: &Fact, nth: usize, text: &str) -> Self {
        let form = fact.forms.names.get(nth).cloned();
        let form = form.unwrap_or_else(|| Arc::new(CompanyName::parse(text)));
        Self { text: text.into(), form }
    }

    /// A name that came without its form.
    pub(super) fn parse(text: &str) -> Self {
        Self { text: text.into(), form: Arc::new(CompanyName::parse(text)) }
    }

    /// The brand word (字号), folded.
    pub fn brand(&self) -> Option<&str> {
        (!self.form.brand.is_empty()).then_some(&*self.form.brand)
    }

    /// How alike two brand words are, 0–1; 1 when they are equal. What is alike by chance alone
    /// (one character of two) counts nothing.
    pub fn likeness(&self, other: &Self) -> f64 {
        let found = brand_similarity(&self.form.brand, &other.form.brand);
        if matches!(found.level, BrandLevel::Different | BrandLevel::Partial) {
            return 0.0;
        }
        found.score()
    }
}

impl Place {
    /// The `nth` address of a fact.
    pub(super) fn of(fact: &Fact, nth: usize, text: &str) -> Self {
        let form = fact.forms.addresses.get(nth).cloned();
        let form = form.unwrap_or_else(|| Arc::new(Address::parse(text, None)));
        Self { text: text.into(), form }
    }

    /// An address that came without its form.
    pub(super) fn parse(text: &str, division: Option<&str>) -> Self {
        Self { text: text.into(), form: Arc::new(Address::parse(text, division)) }
    }

    /// The key of the unit (room, shop, sole premises), where the address goes that deep.
    pub fn unit(&self) -> Option<u64> {
        if self.form.public { None } else { self.form.unit_key() }
    }

    /// The key of the building.
    pub fn building(&self) -> Option<u64> {
        self.form.building_key()
    }

    /// Whether many unrelated enterprises are registered there by design (集群注册, 托管,
    /// 集中办公区) or by necessity (a village committee).
    pub fn is_hosted(&self) -> bool {
        self.form.cluster || self.form.public
    }

    /// How near another address is.
    pub fn compare(&self, other: &Self) -> AddressMatch {
        Address::compare(&self.form, &other.form)
    }
}

impl Scoped {
    /// The `nth` scope of a fact.
    pub(super) fn of(fact: &Fact, nth: usize, text: &str) -> Self {
        let form = fact.forms.scopes.get(nth).cloned();
        let form = form.unwrap_or_else(|| Arc::new(Scope::parse(text)));
        Self { text: text.into(), form }
    }
}

/// Comparable phones.
pub(super) fn comparable_phones(raw: &[Box<str>]) -> Arc<[Box<str>]> {
    let mut digits: Vec<Box<str>> =
        raw.iter().flat_map(|text| phones(text)).map(|phone| phone.digits).collect();
    digits.sort_unstable();
    digits.dedup();
    digits.into()
}

/// Comparable e-mail addresses, each with whether its domain is its own.
pub(super) fn comparable_emails(raw: &[Box<str>]) -> Arc<[Box<str>]> {
    raw.iter().filter_map(|text| Email::parse(text)).map(|email| email.address).collect()
}

/// The domain of a comparable address, unless it is a public provider's.
pub(super) fn own_domain(email: &str) -> Option<Box<str>> {
    let email = Email::parse(email)?;
    (!email.free && !email.domain().is_empty()).then(|| email.domain().into())
}
