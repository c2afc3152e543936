//! Whom does an event mention, and by what?

use crate::entity::mention_key;
use crate::entity::name::name_key;
use crate::event::{Body, Change, Event, Holder, Mention, Party};
use crate::id::{RegNo, Uscc, stable_hash};

/// One mention in an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named<'a> {
    /// By code alone.
    Code(Uscc),
    /// As written.
    Mention(&'a Mention),
}

impl Named<'_> {
    /// The key of the mention.
    pub(super) fn key(&self) -> u64 {
        match self {
            Named::Code(uscc) => stable_hash(uscc.as_str().as_bytes()),
            Named::Mention(mention) => mention_key(mention),
        }
    }

    /// How firm: a code before an organisation code before a claimed number before a name.
    fn rank(&self) -> u8 {
        match self {
            Named::Code(_) => 0,
            Named::Mention(m) if m.uscc.is_some() => 0,
            Named::Mention(m) if m.org_code.is_some() => 1,
            Named::Mention(m) if m.reg_no.is_some() => 2,
            Named::Mention(_) => 3,
        }
    }

    fn soft(&self) -> Option<&Mention> {
        match self {
            Named::Mention(m) if m.uscc.is_none() && m.org_code.is_none() => Some(m),
            _ => None,
        }
    }
}

/// The mentions of whom the event is about: in the envelope and in the data. They mean one
/// enterprise (contract, section 1), so the firmest decides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Main<'a> {
    data: Option<Named<'a>>,
    envelope: Option<Named<'a>>,
}

impl<'a> Main<'a> {
    pub(super) fn best(&self) -> Option<Named<'a>> {
        [self.data, self.envelope].into_iter().flatten().min_by_key(Named::rank)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        [self.data, self.envelope].into_iter().flatten().map(|named| named.key())
    }
}

/// All mentions of an event.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) main: Main<'a>,
    pub(super) others: Vec<Named<'a>>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        let mut parts = Self::default();
        parts.main.envelope = event.subject.as_ref().map(Named::Mention);
        parts.read(&event.body);
        parts
    }

    pub(super) fn len(&self) -> usize {
        self.others.len() + 2
    }

    /// The code of the subject, where there is one.
    pub(super) fn own_code(&self) -> Option<Uscc> {
        match self.main.best()? {
            Named::Code(uscc) => Some(uscc),
            Named::Mention(mention) => mention.uscc,
        }
    }

    fn soft(&self) -> impl Iterator<Item = &Mention> {
        let main = self.main.best();
        // The subject's weaker mention does not decide.
        let main = match main {
            Some(Named::Mention(m)) if m.uscc.is_none() && m.org_code.is_none() => Some(m),
            _ => None,
        };
        main.into_iter().chain(self.others.iter().filter_map(Named::soft))
    }

    /// Whether anything is mentioned by a claimed number or name.
    pub(super) fn has_soft(&self) -> bool {
        self.soft().next().is_some()
    }

    /// The keys on which the meaning of the event depends.
    pub(super) fn soft_keys(&self) -> Vec<u64> {
        let mut keys = Vec::new();
        for mention in self.soft() {
            keys.extend(Soft::of(mention).keys());
        }
        keys
    }

    fn read(&mut self, body: &'a Body) {
        match body {
            Body::None => {}
            Body::Established(e) => {
                self.code(e.uscc);
                self.others.extend(e.agent.as_ref().map(Named::Mention));
                self.holders(&e.holders);
                self.others.extend(e.predecessors.iter().map(|p| Named::Code(p.uscc)));
            }
            Body::Changed(e) => {
                self.code(e.uscc);
                for change in &e.changes {
                    if let Change::Holders { before, after } = change {
                        self.holders(before.as_deref().unwrap_or(&[]));
                        self.holders(after);
                    }
                }
            }
            Body::Notice(e) => {
                self.code(e.uscc);
                self.others.extend(e.counterparties.iter().map(Named::Mention));
            }
            Body::Ended(e) => self.code(e.uscc),
            Body::Licence(e) => self.code(e.uscc),
            Body::Listing(e) => self.code(e.uscc),
            Body::Penalty(e) => self.code(e.uscc),
            Body::Court(e) => match &e.party {
                Party::Enterprise(mention) => self.main.data = Some(Named::Mention(mention)),
                Party::Person(_) => {}
            },
            Body::Transfer(e) => {
                self.party(e.payer.party.as_ref());
                self.party(e.payee.party.as_ref());
            }
            Body::ComplaintReceived(e) => self.main.data = Some(Named::Mention(&e.respondent)),
            Body::ComplaintClosed(e) => self.main.data = Some(Named::Mention(&e.respondent)),
            Body::Opinion(e) => {
                self.others.extend(e.mentions.iter().map(|m| Named::Code(m.uscc)));
            }
            Body::Customs(e) => {
                self.code(e.uscc);
                self.others.extend(e.counterparty.as_ref().map(Named::Mention));
            }
            Body::Patrol(e) => self.main.data = e.operator.as_ref().map(Named::Mention),
            Body::Inspection(e) => self.code(e.uscc),
            Body::Staff(e) => self.code(e.uscc),
            Body::Activity(e) => self.code(e.uscc),
            Body::Asset(e) => {
                self.party(Some(&e.from));
                self.party(Some(&e.to));
            }
            Body::Commitment(e) => self.code(e.uscc),
            Body::Repair(e) => self.code(e.uscc),
            Body::ObjectionFiled(e) => self.code(e.uscc),
            Body::ObjectionDecided(e) => self.code(e.uscc),
        }
    }

    fn code(&mut self, uscc: Uscc) {
        self.main.data = Some(Named::Code(uscc));
    }

    fn holders(&mut self, holders: &'a [Holder]) {
        for holder in holders {
            self.party(Some(&holder.party));
        }
    }

    fn party(&mut self, party: Option<&'a Party>) {
        if let Some(Party::Enterprise(mention)) = party {
            self.others.push(Named::Mention(mention));
        }
    }
}

/// The claimed number and name of a mention, as keys.
pub(super) struct Soft {
    number: Option<u64>,
    name: Option<u64>,
}

impl Soft {
    pub(super) fn of(mention: &Mention) -> Self {
        Self {
            number: mention.reg_no.map(Self::number_key),
            name: mention.name.as_deref().map(Self::name_key),
        }
    }

    /// The number first: it is firmer.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> + use<> {
        [self.number, self.name].into_iter().flatten()
    }

    pub(super) fn number_key(number: RegNo) -> u64 {
        stable_hash(number.as_str().as_bytes())
    }

    pub(super) fn name_key(name: &str) -> u64 {
        name_key(name)
    }

    /// The key of the mention's own provisional entity: that of the number, else of the name.
    pub(super) fn own(&self) -> u64 {
        self.keys().next().unwrap_or_default()
    }
}
