//! Is it a person, an enterprise, an account? The shapes that several event types share.

use crate::event::bodies::Context;
use crate::event::body::{Account, Holder, Officer, Role};
use crate::event::fields::{Fields, Path};
use crate::event::json::Json;
use crate::event::{Class, Mention, Party, Person, Reject};
use crate::id::EventId;

/// Percentages may sum to this (contract: a tolerance of 0.01).
const PCT_SUM_MAX: f64 = 100.01;

impl Context<'_> {
    /// An enterprise: at least one of its four names.
    pub(super) fn enterprise(
        &self,
        f: &Fields<'_, '_>,
        value: &Json<'_>,
        path: Path<'_>,
    ) -> Option<Mention> {
        let e = Fields::of(value, path, f.faults())?;
        if ["uscc", "reg_no", "org_code", "name"].iter().all(|key| e.value(key).is_none()) {
            let rule = "needs one of uscc, reg_no, org_code, name";
            f.faults().record(Reject::of(Class::Schema, path, rule));
            return None;
        }
        Some(Mention {
            uscc: e.opt_uscc("uscc", self.uscc),
            reg_no: e.opt_reg_no("reg_no"),
            org_code: e.opt_org_code("org_code"),
            name: e.opt_text("name"),
        })
    }

    pub(super) fn party(
        &self,
        f: &Fields<'_, '_>,
        value: &Json<'_>,
        path: Path<'_>,
    ) -> Option<Party> {
        let p = Fields::of(value, path, f.faults())?;
        match (p.value("enterprise"), p.value("person")) {
            (Some(enterprise), None) => {
                self.enterprise(f, enterprise, p.path("enterprise")).map(Party::Enterprise)
            }
            (None, Some(person)) => self.person(&p, "person", Some(person)).map(Party::Person),
            _ => {
                let rule = "needs either enterprise or person";
                f.faults().record(Reject::of(Class::Schema, path, rule));
                None
            }
        }
    }

    /// A person, as a pseudonym. A name alone is no identity and is not kept.
    pub(super) fn person(
        &self,
        f: &Fields<'_, '_>,
        key: &str,
        value: Option<&Json<'_>>,
    ) -> Option<Person> {
        let p = Fields::of(value?, f.path(key), f.faults())?;
        if ["id_no", "ref", "name"].iter().all(|key| p.value(key).is_none()) {
            f.fault(Class::Schema, key, "needs one of id_no, ref, name");
            return None;
        }
        p.opt_text("name");
        let reference = p.value("ref").map(|_| p.str("ref"));
        let by_reference = reference.map(|text| {
            self.pseudonyms
                .of_reference(self.source, text?)
                .map_err(|_| p.fault(Class::Identity, "ref", "must be P: and 64 hex digits"))
                .ok()
        });
        if p.value("id_no").is_some() {
            let number = p.str("id_no")?;
            return match self.pseudonyms.of_number(number) {
                Ok(key) => Some(Person(Some(key))),
                Err(fault) => {
                    p.id_fault("id_no", "personal number", fault);
                    None
                }
            };
        }
        match by_reference {
            Some(found) => found.map(|key| Person(Some(key))),
            None => Some(Person(None)),
        }
    }

    pub(super) fn officers(
        &self,
        f: &Fields<'_, '_>,
        key: &str,
        value: &Json<'_>,
    ) -> Option<Vec<Officer>> {
        f.list_of(key, value, |v, path| {
            let o = Fields::of(v, path, f.faults())?;
            let person = self.person(&o, "person", o.require("person"));
            let role = o.word("role", Role::parse);
            Some(Officer { person: person?, role: role? })
        })
    }

    pub(super) fn holders(
        &self,
        f: &Fields<'_, '_>,
        key: &str,
        value: &Json<'_>,
    ) -> Option<Vec<Holder>> {
        let holders = f.list_of(key, value, |v, path| {
            let h = Fields::of(v, path, f.faults())?;
            let party = h.require("party").and_then(|v| self.party(f, v, h.path("party")));
            let pct = h.opt_float("pct", 0.0, 100.0);
            let subscribed_fen = h.opt_fen("subscribed_fen");
            Some(Holder { party: party?, pct, subscribed_fen })
        })?;
        let sum: f64 = holders.iter().filter_map(|h| h.pct).sum();
        // Binary fractions such as 33.34 * 3 must not tip over the tolerance.
        if sum > PCT_SUM_MAX + 1e-6 {
            f.fault(Class::InvalidValue, key, format!("percentages sum to {sum:.2}, over 100"));
        }
        Some(holders)
    }

    pub(super) fn entity_type(
        &self,
        f: &Fields<'_, '_>,
        key: &str,
        value: Option<&Json<'_>>,
    ) -> Option<Box<str>> {
        let code = match value? {
            Json::Text(code) => code,
            other => {
                f.fault(Class::Schema, key, format!("must be a string, not {}", other.kind()));
                return None;
            }
        };
        let fits = (1..=32).contains(&code.chars().count());
        if !fits {
            f.fault(Class::InvalidValue, key, "must have 1 to 32 characters");
        }
        fits.then(|| code.as_ref().into())
    }

    pub(super) fn account(
        &self,
        f: &Fields<'_, '_>,
        value: &Json<'_>,
        path: Path<'_>,
    ) -> Option<Account> {
        let a = Fields::of(value, path, f.faults())?;
        let account = a.text("account");
        let party = a.value("party").and_then(|v| self.party(f, v, a.path("party")));
        let bank = a.opt_text("bank");
        Some(Account { account: account?, party, bank })
    }

    pub(super) fn targets(&self, f: &Fields<'_, '_>) -> Option<Vec<EventId>> {
        f.list("targets", |v, path| {
            let target = match v {
                Json::Text(text) => EventId::parse(text),
                _ => None,
            };
            if target.is_none() {
                let class =
                    if matches!(v, Json::Text(_)) { Class::InvalidValue } else { Class::Schema };
                let rule = "must be the id of an event, as source#id";
                f.faults().record(Reject::of(class, path, rule));
            }
            target
        })
    }
}

pub(super) fn word_item<T>(
    f: &Fields<'_, '_>,
    value: &Json<'_>,
    path: Path<'_>,
    parse: fn(&str) -> Option<T>,
) -> Option<T> {
    let word = match value {
        Json::Text(word) => parse(word),
        _ => None,
    };
    if word.is_none() {
        let rule = "is not one of the listed words";
        f.faults().record(Reject::of(Class::Schema, path, rule));
    }
    word
}
