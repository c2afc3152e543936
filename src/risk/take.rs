//! What does an epoch bring to whom? Facts, payments, flow patterns, pairs and the day itself.
//!
//! Invariant: whoever may be changed by something is queued. Must not know: what an indicator
//! makes of it.

use crate::entity::Fact;
use crate::event::{Body, Party};
use crate::flow::FlowDelta;
use crate::id::EntityId;
use crate::risk::derived::flow_mark;
use crate::risk::mark::Mark;
use crate::risk::{News, Risk};
use crate::succession::Pair;
use crate::time::Day;
use std::sync::Arc;

impl Risk {
    pub(super) fn take(&mut self, fact: &Fact) {
        let mut marks: Vec<(EntityId, Mark)> = Vec::new();
        let share = self.share;
        self.marker.marks(fact, |owner, mark| {
            if share.owns(owner.key()) {
                marks.push((owner, mark));
            }
        });
        for (owner, mark) in marks {
            if let Some(seat) = self.seat(owner) {
                seat.record.mark(mark, fact.asserts());
            }
            self.note_late(owner, fact);
            self.touch(owner, Some(fact.at));
        }
        if self.looks_at_inflow {
            self.take_inflow(fact);
        }
        if let Some(owner) = fact.subject
            && share.owns(owner.key())
        {
            let config = self.config.clone();
            let Some(seat) = self.seat(owner) else { return };
            let code = seat.record.code;
            let touched = seat.record.subject(fact, owner, &config.lexicon);
            if seat.record.code != code {
                self.late.insert(owner);
            }
            self.note_late(owner, fact);
            let (all, at) = (touched.all, Some(fact.at));
            let news = News { queued: true, all, ties: false, fact: true, at };
            self.bring(owner, news);
        }
    }

    /// A payment that an enterprise got from another, unless its purpose says that it is no
    /// turnover.
    fn take_inflow(&mut self, fact: &Fact) {
        let Body::Transfer(transfer) = &fact.event.body else { return };
        let entity = |party: &Option<Party>| match party {
            Some(Party::Enterprise(mention)) => fact.entity(mention),
            _ => None,
        };
        let Some(owner) = entity(&transfer.payee.party) else { return };
        let purpose = transfer.purpose.as_deref().unwrap_or("");
        let mut words = self.config.lexicon.not_turnover.iter();
        if entity(&transfer.payer.party) == Some(owner)
            || words.any(|word| purpose.contains(&**word))
        {
            return;
        }
        let month = fact.event.time.day().month();
        let Some(seat) = self.seat(owner) else { return };
        seat.record.paid(month, transfer.amount_fen.0, fact.asserts());
        self.note_late(owner, fact);
        let at = Some(fact.at);
        self.bring(owner, News { queued: true, all: false, ties: false, fact: true, at });
    }

    pub(super) fn take_flow(&mut self, delta: &FlowDelta) {
        let mark = flow_mark(delta);
        for subject in self.flows.remove(&mark.id).unwrap_or_default() {
            if let Some(seat) = self.seat(subject) {
                seat.record.unmark(&mark.id);
            }
            self.touch(subject, Some(delta.at));
        }
        if delta.fallen {
            return;
        }
        let mut subjects = delta.instance.subjects.clone();
        subjects.retain(|subject| self.share.owns(subject.key()));
        for &subject in &subjects {
            if let Some(seat) = self.seat(subject) {
                seat.record.mark(mark.clone(), true);
            }
            self.touch(subject, Some(delta.at));
        }
        self.flows.insert(mark.id, subjects);
    }

    pub(super) fn take_pair(&mut self, pair: &Arc<Pair>) {
        let counts = pair.confidence >= self.confidence_min;
        let Some(seat) = self.seat(pair.successor) else { return };
        let known = if counts {
            seat.pairs.insert(pair.predecessor, pair.clone())
        } else {
            seat.pairs.remove(&pair.predecessor)
        };
        if known.is_some() != counts {
            self.touch_ties(pair.successor);
        }
        if known.is_some() || counts {
            self.touch(pair.successor, Some(pair.last_changed_at));
        }
    }

    /// Queues those for whom this is a day of change.
    pub(super) fn wake(&mut self, today: Day) {
        while let Some(entry) = self.due.first_entry() {
            if *entry.key() > today {
                break;
            }
            let (day, entities) = entry.remove_entry();
            for entity in entities {
                if self.seat(entity).is_some_and(|seat| seat.wake == day) {
                    self.bring(entity, News { queued: true, all: true, ..News::default() });
                }
            }
        }
    }
}
