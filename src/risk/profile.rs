//! What does the register say now? Name, scope, industry, capital, holders of one enterprise.
//!
//! Invariant: a function of the registration events that hold. Must not know: points.

use crate::event::{Body, Change, Event, Holder, Party};
use crate::id::EventId;
use crate::money::Fen;
use crate::risk::config::Lexicon;
use crate::time::Day;
use std::sync::Arc;

/// The register's view of one enterprise.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Profile {
    /// When it was established, and the event that says so.
    pub(crate) established: Option<(Day, EventId)>,
    /// When the registration first came to our knowledge.
    pub(crate) known_on: Option<Day>,
    /// GB/T 4754 code, and the event.
    pub(crate) industry: Option<(Box<str>, EventId)>,
    /// GB/T 2260 code of the place, 6 or 9 digits.
    pub(crate) division: Option<Box<str>>,
    /// Subscribed capital, and the event.
    pub(crate) subscribed: Option<(Fen, EventId)>,
    /// Paid-in capital.
    pub(crate) paid: Option<Fen>,
    /// A financial word in the name: the event.
    pub(crate) name_word: Option<EventId>,
    /// A financial word in the scope: the event.
    pub(crate) scope_word: Option<EventId>,
    /// Places in the lexicon's licensed scopes that the scope needs, since when, and the event.
    pub(crate) licensed: Vec<(usize, Day, EventId)>,
    /// Address of a cluster or host: the event.
    pub(crate) hosted: Option<EventId>,
    /// Changes of the majority holder: the day and the event.
    pub(crate) takeovers: Vec<(Day, EventId)>,
}

impl Profile {
    /// From the events, in the order in which they take effect.
    pub(crate) fn of(events: &[Arc<Event>], lexicon: &Lexicon) -> Self {
        let mut profile = Self::default();
        let mut majority: Option<Party> = None;
        for event in events {
            match &event.body {
                Body::Established(data) => {
                    let on = data.established_on;
                    if profile.established.is_none() {
                        profile.established = Some((on, event.id.clone()));
                        profile.known_on = Some(event.time.day());
                    }
                    profile.name(&data.name, event, lexicon);
                    profile.place(&data.domicile, event, lexicon);
                    profile.division = Some(data.division.clone());
                    if let Some(scope) = &data.scope {
                        profile.scope(scope, on, event, lexicon);
                    }
                    if let Some(industry) = &data.industry {
                        profile.industry = Some((industry.clone(), event.id.clone()));
                    }
                    if let Some(fen) = data.subscribed_fen {
                        profile.subscribed = Some((fen, event.id.clone()));
                    }
                    profile.paid = data.paid_fen.or(profile.paid);
                    majority = majority_of(&data.holders).or(majority);
                }
                Body::Changed(data) => {
                    for change in &data.changes {
                        profile.change(change, data.approved_on, event, lexicon, &mut majority);
                    }
                }
                _ => {}
            }
        }
        profile
    }

    fn change(
        &mut self,
        change: &Change,
        on: Day,
        event: &Event,
        lexicon: &Lexicon,
        majority: &mut Option<Party>,
    ) {
        match change {
            Change::Name { after, .. } => self.name(after, event, lexicon),
            Change::Domicile { after, .. } => self.place(after, event, lexicon),
            Change::Scope { after } => self.scope(after, on, event, lexicon),
            Change::Industry { after, .. } => {
                self.industry = Some((after.clone(), event.id.clone()));
            }
            Change::Subscribed { after, .. } => {
                self.subscribed = Some((*after, event.id.clone()));
            }
            Change::Holders { before, after } => {
                let old = before.as_deref().and_then(majority_of).or(majority.take());
                let new = majority_of(after);
                let gone = old.as_ref().is_some_and(|old| {
                    new.as_ref().is_some_and(|new| new != old)
                        && !after.iter().any(|holder| holder.party == *old)
                });
                if gone {
                    self.takeovers.push((on, event.id.clone()));
                }
                *majority = new;
            }
            Change::Division { after } => self.division = Some(after.clone()),
            Change::LegalRep { .. }
            | Change::Officers { .. }
            | Change::Phones { .. }
            | Change::Emails { .. }
            | Change::Liaison { .. }
            | Change::EntityType { .. } => {}
        }
    }

    fn name(&mut self, name: &str, event: &Event, lexicon: &Lexicon) {
        let financial = lexicon.financial.iter().any(|word| name.contains(&**word));
        self.name_word = financial.then(|| event.id.clone());
    }

    fn place(&mut self, address: &str, event: &Event, lexicon: &Lexicon) {
        let hosted = lexicon.hosted.iter().any(|word| address.contains(&**word));
        self.hosted = hosted.then(|| event.id.clone());
    }

    fn scope(&mut self, scope: &str, on: Day, event: &Event, lexicon: &Lexicon) {
        let says = |words: &[String]| claims(scope, words, &lexicon.negations);
        self.scope_word = says(&lexicon.financial).then(|| event.id.clone());
        let before = std::mem::take(&mut self.licensed);
        for (place, licensed) in lexicon.licensed.iter().enumerate() {
            if says(&licensed.words) {
                let since = before.iter().find(|(known, ..)| *known == place);
                self.licensed.push(since.cloned().unwrap_or_else(|| (place, on, event.id.clone())));
            }
        }
    }
}

/// Whether a scope claims one of the words, in a clause that does not deny it.
pub(crate) fn claims(scope: &str, words: &[String], negations: &[String]) -> bool {
    scope.split(['；', ';', '。', '，', ',', '（', '）', '(', ')', '\n']).any(|clause| {
        words.iter().any(|word| clause.contains(&**word))
            && !negations.iter().any(|negation| clause.contains(&**negation))
    })
}

/// The holder of over half, if one is identified.
fn majority_of(holders: &[Holder]) -> Option<Party> {
    let whole = holders.len() == 1;
    holders
        .iter()
        .find(|holder| holder.pct.map_or(whole, |pct| pct > 50.0))
        .map(|holder| holder.party.clone())
        .filter(|party| match party {
            Party::Enterprise(_) => true,
            Party::Person(person) => person.0.is_some(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_no_claim() {
        let words = ["理财".to_owned(), "金融".to_owned()];
        let negations = ["不含".to_owned(), "不得".to_owned()];
        assert!(claims("商务咨询；投资理财", &words, &negations));
        assert!(!claims("商务咨询（不含金融、理财）；餐饮", &words, &negations));
        assert!(!claims("餐饮服务", &words, &negations));
    }
}
