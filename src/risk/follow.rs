//! Whose relations may have changed? The other ends of ties, followed.
//!
//! An enterprise is looked at again when its own ties changed, when one on whom its relations lean
//! changed, when a relative with troubles changed, or when a value that it shares turned common.
//! Must not know: what a relation is worth.

use crate::entity::Fact;
use crate::event::{Body, Party};
use crate::graph::{Graph, LinkKey, LinkKind, Member, Tie, Trouble, TroubleKind, TroubleState};
use crate::id::EntityId;
use crate::risk::config::{Config, Measure};
use crate::risk::features::Register;
use crate::risk::mark::NEVER;
use crate::risk::relations::{self, Kin};
use crate::risk::{Inputs, Risk};
use crate::time::Day;
use rustc_hash::FxHasher;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

impl Risk {
    /// Queues those whose relations the epoch may have changed.
    pub(super) fn take_ties(&mut self, inputs: &Inputs<'_>) {
        if self.relational.is_empty() {
            return;
        }
        let Inputs { graph, delta, facts, .. } = *inputs;
        for &changed in &delta.changed {
            self.take_troubles(graph, changed);
        }
        for &entity in delta.controlled.iter().chain(&delta.ringed) {
            self.touch_ties(entity);
        }
        // A value that has just turned a hub leads nowhere any more: its members lose relations.
        let far = |key: &LinkKey| graph.is_hub(*key) && !graph.is_new_hub(*key);
        for key in delta.crossed.iter().filter(|key| !far(key)) {
            self.take_crossed(graph, *key);
        }
        for fact in facts {
            self.take_tie(graph, fact);
        }
    }

    /// The troubles of an enterprise may have changed: those who lean on it or may come to.
    fn take_troubles(&mut self, graph: &Graph, changed: EntityId) {
        let now = signature(graph.troubles(changed), &self.heeded);
        let before = self.signatures.get(&changed).copied().unwrap_or_default();
        if now == before {
            return;
        }
        self.signatures.insert(changed, now);
        self.touch_leaning(changed);
        self.touch_related(graph, changed);
    }

    fn touch_related(&mut self, graph: &Graph, to: EntityId) {
        for related in graph.related(to, matters) {
            self.touch_ties(related.other);
        }
    }

    fn touch_leaning(&mut self, on: EntityId) {
        if let Some(leaning) = self.leaning.get(&on).cloned() {
            for entity in leaning {
                self.touch_ties(entity);
            }
        }
    }

    /// A value is more or less rare than before.
    fn take_crossed(&mut self, graph: &Graph, key: LinkKey) {
        let members = graph.members(key);
        let Some(first) = members.first() else { return };
        let ties = graph.ties(first.entity);
        let Ok(place) = ties.binary_search_by_key(&key, |tie| tie.key) else { return };
        let kind = ties[place].kind;
        let contact = matches!(kind, LinkKind::Phone | LinkKind::Email);
        // A person who turns a hub, or is none any more, is nobody's nominee, or is one again.
        let leads_many = kind == LinkKind::Person && members.len() >= self.batch_min;
        let troubled = |m: &Member| self.signatures.get(&m.entity).is_some_and(|s| *s != 0);
        if matters(kind) && (contact || leads_many || members.iter().any(troubled)) {
            for member in members {
                self.touch_ties(member.entity);
            }
        }
    }

    /// A fact may change the ties of its subject, and who founded or leads how many.
    fn take_tie(&mut self, graph: &Graph, fact: &Fact) {
        let Some(subject) = fact.subject else { return };
        match &fact.event.body {
            Body::Established(_) | Body::Changed(_) => {
                self.touch_ties(subject);
                self.touch_leaning(subject);
                if self.signatures.get(&subject).is_some_and(|s| *s != 0) {
                    // New ties of a troubled one are new relations of the others.
                    self.touch_related(graph, subject);
                }
                for tie in graph.ties(subject) {
                    self.take_members(graph, subject, *tie);
                }
            }
            Body::Licence(licence) if licence.premises.is_some() => self.touch_ties(subject),
            Body::Transfer(transfer) => {
                for account in [&transfer.payer, &transfer.payee] {
                    if let Some(Party::Enterprise(mention)) = &account.party
                        && let Some(owner) = fact.entity(mention)
                    {
                        self.take_account(graph, owner);
                    }
                }
            }
            _ => {}
        }
    }

    /// One more holds a value: the others' batch or neighbourhood may have changed. Who no longer
    /// holds it was leaned on by those whose relations rested on it.
    fn take_members(&mut self, graph: &Graph, new: EntityId, tie: Tie) {
        if graph.is_hub(tie.key) {
            return;
        }
        let members = graph.members(tie.key);
        let touched = match tie.kind {
            LinkKind::Person => members.len() >= self.batch_min,
            LinkKind::AddressUnit | LinkKind::Building => {
                members.iter().any(|m| self.signatures.get(&m.entity).is_some_and(|s| *s != 0))
            }
            // A filing agent among the holders of a contact explains it.
            LinkKind::Phone | LinkKind::Email => {
                let agent = |id: EntityId| graph.profile(id).and_then(|profile| profile.agent);
                let hers = agent(new);
                members.iter().any(|m| hers == Some(m.entity) || agent(m.entity) == Some(new))
            }
            _ => false,
        };
        if touched {
            for member in members {
                self.touch_ties(member.entity);
            }
        }
    }

    /// Money changes relations only where an account is shared or a payee has troubles.
    fn take_account(&mut self, graph: &Graph, owner: EntityId) {
        if !self.share.owns(owner.key()) {
            return;
        }
        let shared = graph
            .ties(owner)
            .iter()
            .any(|tie| tie.kind == LinkKind::Account && graph.members(tie.key).len() > 1);
        let troubled = |id: &EntityId| self.signatures.get(id).is_some_and(|s| *s != 0);
        let pays = graph.profile(owner).is_some_and(|profile| profile.paid_to.keys().any(troubled));
        if shared || pays {
            self.touch_ties(owner);
        }
    }

    /// Finds anew what an enterprise's ties give.
    pub(super) fn relate(&mut self, entity: EntityId, graph: &Graph, today: Day) {
        let Some(seat) = self.seats[entity.index()].as_mut() else { return };
        let kin = Kin {
            config: &self.config,
            graph,
            record: &seat.record,
            pairs: &seat.pairs,
            troubled: &self.signatures,
            entity,
            today,
            next: Cell::new(NEVER),
            leans: RefCell::new(Vec::new()),
        };
        let found = relations::find(&kin, &self.relational);
        let (next, leans) = (kin.next.get(), kin.leans.into_inner());
        seat.relations = found;
        seat.relations_wake = next;
        if seat.leans == leans {
            return;
        }
        let before = std::mem::replace(&mut seat.leans, leans);
        for other in before.iter().filter(|other| seat.leans.binary_search(other).is_err()) {
            if let Some(leaning) = self.leaning.get_mut(other) {
                leaning.retain(|id| *id != entity);
            }
        }
        for other in seat.leans.iter().filter(|other| before.binary_search(other).is_err()) {
            self.leaning.entry(*other).or_default().push(entity);
        }
    }
}

/// The kinds of shared value over which relations are looked for.
const fn matters(kind: LinkKind) -> bool {
    matches!(
        kind,
        LinkKind::Person
            | LinkKind::AddressUnit
            | LinkKind::Building
            | LinkKind::Phone
            | LinkKind::Email
            | LinkKind::EmailDomain
            | LinkKind::Account
    )
}

/// A hash of the troubles of the heeded kinds, 0 for none.
fn signature(troubles: &[Trouble], heeded: &BTreeSet<TroubleKind>) -> u64 {
    let mut hasher = FxHasher::default();
    let mut any = false;
    for trouble in troubles.iter().filter(|trouble| heeded.contains(&trouble.kind)) {
        any = true;
        let state = match trouble.state {
            TroubleState::Standing => (0, Day(0)),
            TroubleState::Repaired(on) => (1, on),
            TroubleState::Annulled(on) => (2, on),
            TroubleState::Ended(on) => (3, on),
        };
        (trouble.kind, trouble.on, trouble.until, state, &trouble.event).hash(&mut hasher);
    }
    if any { hasher.finish().max(1) } else { 0 }
}

/// The kinds of trouble that a relational indicator heeds.
pub(super) fn heeded(config: &Config) -> BTreeSet<TroubleKind> {
    let mut kinds = BTreeSet::new();
    for measure in config.all_measures() {
        match measure {
            Measure::Relatives(rule) => kinds.extend(rule.troubles.keys().copied()),
            Measure::Unit(rule) => kinds.extend(rule.troubles.iter().copied()),
            Measure::Parent(rule) => kinds.extend(rule.troubles.iter().copied()),
            Measure::Barred(rule) => kinds.extend(rule.troubles.iter().copied()),
            _ => {}
        }
    }
    kinds
}

/// The fewest enterprises of one person at which a batch indicator gives points.
pub(super) fn batch_min(config: &Config) -> usize {
    let least = config.all_measures().filter_map(|measure| match measure {
        Measure::Batch(batch) | Measure::Nominee(batch) => batch.bands.first(),
        _ => None,
    });
    least.map(|band| band.0 as usize).min().unwrap_or(usize::MAX)
}

/// The least confidence from which a successor indicator counts a pair.
pub(super) fn confidence_min(config: &Config) -> f64 {
    let least = config.all_measures().filter_map(|measure| match measure {
        Measure::Successor(successor) => Some(successor.confidence_min),
        _ => None,
    });
    let features = config.features.iter().filter_map(|feature| match feature.register {
        Some(Register::Succession { confidence_min }) => Some(confidence_min),
        _ => None,
    });
    least.chain(features).fold(f64::INFINITY, f64::min)
}
