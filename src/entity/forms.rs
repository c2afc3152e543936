//! Which comparable forms does an event carry? Computed once per event, before the stages.
//!
//! Invariant: a function of the event alone; empty (and without allocation) for events that name
//! no place, name or contact. Must not know: entities.

use crate::entity::{Address, CompanyName, Email, Phone, Scope};
use crate::event::{Body, Change, Event};
use std::sync::{Arc, OnceLock};

/// Comparable forms of what an event says about its subject.
///
/// | event | `names` | `addresses` | `phones`, `emails` | `scopes` |
/// |---|---|---|---|---|
/// | `registration.established` | `[name]` | `[domicile]` | all | `[scope]` if given |
/// | `registration.changed` | new names | new domiciles | all new ones | new scopes |
/// | `licence.changed` | | `[premises]` if given | | |
///
/// Of a change there is one value for each `after`, in the order of the changes (so the nth
/// [`Change::Name`] is `names[n]`), except phones and e-mails, of which unreadable ones are left
/// out and repeats dropped. All other events have none.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Forms {
    /// Names.
    #[serde(with = "crate::shared::list")]
    pub names: Vec<Arc<CompanyName>>,
    /// Addresses.
    #[serde(with = "crate::shared::list")]
    pub addresses: Vec<Arc<Address>>,
    /// Phones.
    pub phones: Vec<Phone>,
    /// E-mail addresses.
    pub emails: Vec<Email>,
    /// Business scopes.
    #[serde(with = "crate::shared::list")]
    pub scopes: Vec<Arc<Scope>>,
}

impl Forms {
    /// The forms of an event.
    pub fn of(event: &Event) -> Self {
        let mut forms = Self::default();
        match &event.body {
            Body::Established(e) => {
                forms.names.push(Arc::new(CompanyName::parse_in(&e.name, Some(&e.division))));
                forms.addresses.push(Arc::new(Address::parse(&e.domicile, Some(&e.division))));
                forms.add_phones(&e.phones);
                forms.add_emails(&e.emails);
                forms.scopes.extend(e.scope.as_ref().map(|s| Arc::new(Scope::parse(s))));
            }
            Body::Changed(changed) => {
                // Without a new division the first registration authority's is the best guess.
                let division = changed.changes.iter().find_map(|c| match c {
                    Change::Division { after } => Some(&**after),
                    _ => None,
                });
                let division = division.or(Some(changed.uscc.division()));
                for change in &changed.changes {
                    forms.add_change(change, division);
                }
            }
            Body::Licence(licence) => {
                let division = Some(licence.uscc.division());
                let premises = licence.premises.iter();
                forms.addresses.extend(premises.map(|p| Arc::new(Address::parse(p, division))));
            }
            _ => {}
        }
        forms
    }

    /// As [`Forms::of`]; events without forms share one empty value.
    pub fn shared(event: &Event) -> Arc<Self> {
        static NONE: OnceLock<Arc<Forms>> = OnceLock::new();
        match &event.body {
            Body::Established(_) | Body::Changed(_) | Body::Licence(_) => Arc::new(Self::of(event)),
            _ => Arc::clone(NONE.get_or_init(Arc::default)),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
            && self.addresses.is_empty()
            && self.phones.is_empty()
            && self.emails.is_empty()
            && self.scopes.is_empty()
    }

    fn add_change(&mut self, change: &Change, division: Option<&str>) {
        match change {
            Change::Name { after, .. } => {
                self.names.push(Arc::new(CompanyName::parse_in(after, division)));
            }
            Change::Domicile { after, .. } => {
                self.addresses.push(Arc::new(Address::parse(after, division)));
            }
            Change::Scope { after } => self.scopes.push(Arc::new(Scope::parse(after))),
            Change::Phones { after } => self.add_phones(after),
            Change::Emails { after } => self.add_emails(after),
            _ => {}
        }
    }

    fn add_phones(&mut self, raw: &[Box<str>]) {
        for phone in raw.iter().flat_map(|r| crate::entity::contact::phones(r)) {
            if !self.phones.contains(&phone) {
                self.phones.push(phone);
            }
        }
    }

    fn add_emails(&mut self, raw: &[Box<str>]) {
        for email in raw.iter().filter_map(|r| Email::parse(r)) {
            if !self.emails.contains(&email) {
                self.emails.push(email);
            }
        }
    }
}
