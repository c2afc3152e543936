//! What does a fact tell of an enterprise? One fact into one profile.
//!
//! Invariant: folding the holding facts in canonical order gives the profile; payments may come in
//! any order. Must not know: other enterprises' profiles.

use crate::entity::Fact;
use crate::event::{
    Account, Body, Change, Changed, CourtKind, Established, Holder, Notice, ObjectionDecision,
    Officer, Party, RepairDecision,
};
use crate::graph::forms::{Named, Place, Scoped, comparable_emails, comparable_phones};
use crate::graph::profile::{
    Announcement, AssetMove, Auction, Declared, Ending, LicenceStep, ListStep, Owner, Profile,
    Stake,
};
use crate::graph::timeline::Timeline;
use crate::graph::trouble::{self, Said, Trouble, TroubleState};
use crate::id::{EntityId, EventId, stable_hash};
use crate::time::Day;
use std::sync::Arc;

/// The enterprises whose profiles a fact belongs to, without repeats.
pub fn concerned(fact: &Fact) -> Vec<EntityId> {
    let mut ids: Vec<EntityId> = fact.subject.into_iter().collect();
    match &fact.event.body {
        Body::Established(established) => {
            let codes = established.predecessors.iter().map(|p| p.uscc);
            ids.extend(codes.filter_map(|code| fact.entity_of(code)));
        }
        Body::Notice(notice) => {
            ids.extend(notice.counterparties.iter().filter_map(|other| fact.entity(other)));
        }
        Body::Asset(asset) => {
            ids.extend([&asset.from, &asset.to].into_iter().filter_map(|p| enterprise(fact, p)));
        }
        Body::Transfer(transfer) => {
            let sides = [&transfer.payer, &transfer.payee];
            ids.extend(sides.into_iter().filter_map(|side| account_owner(fact, side)));
        }
        Body::Court(court) => ids.extend(enterprise(fact, &court.party)),
        Body::ComplaintReceived(complaint) => ids.extend(fact.entity(&complaint.respondent)),
        Body::ComplaintClosed(complaint) => ids.extend(fact.entity(&complaint.respondent)),
        Body::Opinion(opinion) => {
            let sure = opinion.mentions.iter().filter(|m| m.confidence >= 0.5);
            ids.extend(sure.filter_map(|mention| fact.entity_of(mention.uscc)));
        }
        Body::Patrol(patrol) => ids.extend(patrol.operator.as_ref().and_then(|m| fact.entity(m))),
        _ => {}
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Profile {
    /// Learns a fact about enterprise `me`.
    pub(super) fn learn(&mut self, me: EntityId, fact: &Fact) {
        let event = &*fact.event;
        match &event.body {
            Body::Established(established) => self.establish(me, fact, established),
            Body::Changed(changed) => self.change(fact, changed),
            Body::Notice(notice) => self.announce(me, fact, notice),
            Body::Ended(ended) => self.endings.push(Ending {
                kind: ended.kind,
                on: ended.on,
                at: fact.at,
                event: event.id.clone(),
            }),
            Body::Licence(licence) => self.licences.push(LicenceStep {
                number: licence.licence_no.clone(),
                kind: licence.kind.clone(),
                state: licence.state,
                on: licence.on,
                premises: licence.premises.as_deref().map(|text| Place::of(fact, 0, text)),
                event: event.id.clone(),
            }),
            Body::Listing(listing) => self.listings.push(ListStep {
                list: listing.list,
                state: listing.state,
                on: listing.on,
                event: event.id.clone(),
            }),
            Body::Court(court) if court.kind == CourtKind::AssetAuctioned => {
                self.auctions.push(Auction { on: court.on, event: event.id.clone() });
            }
            Body::Asset(asset) => {
                let (from, to) = (enterprise(fact, &asset.from), enterprise(fact, &asset.to));
                let away = from == Some(me);
                if from != to {
                    self.assets.push(AssetMove {
                        kind: asset.kind,
                        other: owner(fact, if away { &asset.to } else { &asset.from }),
                        away,
                        on: asset.on,
                        label: asset.label.clone(),
                        price: asset.price_fen,
                        event: event.id.clone(),
                    });
                }
            }
            Body::Repair(repair) if repair.decision == RepairDecision::Granted => {
                self.pardon(&repair.targets, TroubleState::Repaired(repair.effective_on));
            }
            Body::ObjectionDecided(decided) if decided.decision == ObjectionDecision::Upheld => {
                self.pardon(&decided.targets, TroubleState::Annulled(decided.effective_on));
            }
            _ => {}
        }
        self.suffer(fact);
    }

    /// A monthly report: the short way. Whether it is the newest of its kind.
    pub(super) fn report(&mut self, fact: &Fact) -> bool {
        match &fact.event.body {
            Body::Staff(staff) => self.staff.insert(staff.month, fact.event.clone()),
            Body::Activity(activity) => self.activity.insert(activity.month, fact.event.clone()),
            _ => true,
        }
    }

    /// Counts a fact that tells the code of enterprise `me`, or no longer does.
    pub(super) fn identify(&mut self, me: EntityId, fact: &Fact) {
        if fact.subject != Some(me) {
            return;
        }
        let code = match &fact.event.body {
            Body::Established(established) => Some(established.uscc),
            _ => fact.event.subject.as_ref().and_then(|mention| mention.uscc),
        };
        let Some(code) = code else { return };
        self.told = if fact.asserts() { self.told + 1 } else { self.told.saturating_sub(1) };
        self.uscc = (self.told > 0).then_some(code);
    }

    fn establish(&mut self, me: EntityId, fact: &Fact, event: &Established) {
        let id = &fact.event.id;
        for predecessor in &event.predecessors {
            let Some(other) = fact.entity_of(predecessor.uscc) else { continue };
            let subject = fact.subject.unwrap_or(other);
            let is_mine = subject == me;
            if other != subject && (is_mine || other == me) {
                self.declared.push(Declared {
                    other: if is_mine { other } else { subject },
                    kind: predecessor.kind,
                    other_is_predecessor: is_mine,
                    event: id.clone(),
                });
            }
        }
        if fact.subject != Some(me) {
            return;
        }
        let on = event.established_on;
        self.established_on = Some(self.established_on.map_or(on, |have| have.min(on)));
        self.registered = Some((id.clone(), fact.at));
        self.names.insert(on, Named::of(fact, 0, &event.name), id.clone());
        self.domiciles.insert(on, Place::of(fact, 0, &event.domicile), id.clone());
        self.divisions.insert(on, event.division.clone(), id.clone());
        self.entity_types.insert(on, event.entity_type.clone(), id.clone());
        let known = |person: &Option<_>| usize::from(person.is_some());
        tell(&mut self.legal_reps, on, event.legal_rep.0, id, known);
        tell(&mut self.holders, on, stakes(fact, &event.holders), id, identified);
        tell(&mut self.officers, on, officers(&event.officers), id, |list| list.len());
        tell(&mut self.phones, on, comparable_phones(&event.phones), id, |list| list.len());
        tell(&mut self.emails, on, comparable_emails(&event.emails), id, |list| list.len());
        insert_some(&mut self.industries, on, event.industry.as_ref(), id);
        let scope = event.scope.as_deref().map(|text| Scoped::of(fact, 0, text));
        insert_some(&mut self.scopes, on, scope.as_ref(), id);
        insert_some(&mut self.subscribed, on, event.subscribed_fen.as_ref(), id);
        if let Some(liaison) = event.liaison {
            tell(&mut self.liaisons, on, liaison.0, id, known);
        }
        self.paid = event.paid_fen.or(self.paid);
        self.agent = event.agent.as_ref().and_then(|m| fact.entity(m)).or(self.agent);
        if let Some(fingerprint) = &event.filing_fingerprint {
            self.fingerprint = Some(fingerprint.clone());
        }
    }

    fn change(&mut self, fact: &Fact, event: &Changed) {
        let (on, id) = (event.approved_on, &fact.event.id);
        // The nth value of a kind has the nth form.
        let (mut names, mut places, mut scopes) = (0, 0, 0);
        for change in &event.changes {
            match change {
                Change::Name { before, after } => {
                    let before = before.as_deref().map(Named::parse);
                    turn(&mut self.names, on, before, Named::of(fact, names, after), id);
                    names += 1;
                }
                Change::LegalRep { before, after } => {
                    turn(&mut self.legal_reps, on, before.map(|person| person.0), after.0, id);
                }
                Change::Domicile { before, after } => {
                    let division = Some(event.uscc.division());
                    let before = before.as_deref().map(|text| Place::parse(text, division));
                    turn(&mut self.domiciles, on, before, Place::of(fact, places, after), id);
                    places += 1;
                }
                Change::Division { after } => {
                    turn(&mut self.divisions, on, None, after.clone(), id);
                }
                Change::Holders { before, after } => {
                    let before = before.as_ref().map(|holders| stakes(fact, holders));
                    turn(&mut self.holders, on, before, stakes(fact, after), id);
                }
                Change::Officers { before, after } => {
                    let before = before.as_ref().map(|list| officers(list));
                    turn(&mut self.officers, on, before, officers(after), id);
                }
                Change::Scope { after } => {
                    turn(&mut self.scopes, on, None, Scoped::of(fact, scopes, after), id);
                    scopes += 1;
                }
                Change::Industry { before, after } => {
                    turn(&mut self.industries, on, before.clone(), after.clone(), id);
                }
                Change::Subscribed { before, after } => {
                    turn(&mut self.subscribed, on, *before, *after, id);
                }
                Change::Phones { after } => {
                    turn(&mut self.phones, on, None, comparable_phones(after), id);
                }
                Change::Emails { after } => {
                    turn(&mut self.emails, on, None, comparable_emails(after), id);
                }
                Change::Liaison { after } => turn(&mut self.liaisons, on, None, after.0, id),
                Change::EntityType { before, after } => {
                    turn(&mut self.entity_types, on, before.clone(), after.clone(), id);
                }
            }
        }
    }

    fn announce(&mut self, me: EntityId, fact: &Fact, notice: &Notice) {
        let others = notice.counterparties.iter().filter_map(|mention| fact.entity(mention));
        let others: Vec<EntityId> =
            others.chain(fact.subject).filter(|other| *other != me).collect();
        self.notices.push(Announcement {
            kind: notice.kind,
            on: notice.notice_on,
            until: notice.until,
            others,
            at: fact.at,
            event: fact.event.id.clone(),
        });
    }

    /// Counts a payment, or no longer. Whether the accounts of `me`, or the first days of their
    /// use, are others than before.
    pub(super) fn pay(
        &mut self,
        me: EntityId,
        fact: &Fact,
        transfer: &crate::event::Transfer,
    ) -> bool {
        let payer = account_owner(fact, &transfer.payer);
        let payee = account_owner(fact, &transfer.payee);
        let mut turned = false;
        for (side, holder) in [(&transfer.payer, payer), (&transfer.payee, payee)] {
            if holder == Some(me) {
                let key = stable_hash(side.account.as_bytes());
                turned |= self.use_account(key, fact.event.time.day(), fact.asserts());
            }
        }
        if let (Some(from), Some(to)) = (payer, payee)
            && from == me
            && to != me
        {
            let (sum, number) = self.paid_to.entry(to).or_default();
            if fact.asserts() {
                *sum += transfer.amount_fen;
                *number += 1;
            } else {
                sum.0 -= transfer.amount_fen.0;
                *number = number.saturating_sub(1);
                if *number == 0 {
                    self.paid_to.remove(&to);
                }
            }
        }
        turned
    }

    fn use_account(&mut self, key: u64, day: Day, asserts: bool) -> bool {
        let days = self.accounts.entry(key).or_default();
        let first = days.keys().next().copied();
        if asserts {
            *days.entry(day).or_default() += 1;
        } else if let Some(times) = days.get_mut(&day) {
            *times -= 1;
            if *times == 0 {
                days.remove(&day);
            }
        }
        let turned = days.keys().next().copied() != first;
        if days.is_empty() {
            self.accounts.remove(&key);
        }
        turned
    }

    /// Marks the troubles of these events, also those that are learned later.
    fn pardon(&mut self, targets: &[EventId], state: TroubleState) {
        for target in targets {
            self.pardons.push((target.clone(), state));
            let named = self.troubles.iter().find(|t| t.is_named(target)).cloned();
            let Some(named) = named else { continue };
            let same = |t: &&mut Trouble| t.is_named(target) || t.same_decision(&named);
            for trouble in self.troubles.iter_mut().filter(same) {
                trouble.state = state;
            }
        }
    }

    /// Takes the adverse part of a fact.
    fn suffer(&mut self, fact: &Fact) {
        match trouble::said(&fact.event) {
            Said::New(kind, on) => {
                let mut new = trouble::trouble(fact, kind, on);
                let ended =
                    self.ends.iter().filter(|(thread, end)| *thread == new.thread && *end >= on);
                if let Some(end) = ended.map(|(_, end)| *end).min() {
                    new.state = TroubleState::Ended(end);
                }
                if let Some((_, state)) = self.pardons.iter().rfind(|(id, _)| new.is_named(id)) {
                    let state = *state;
                    new.state = state;
                    let same = self.troubles.iter_mut().filter(|t| t.same_decision(&new));
                    same.for_each(|trouble| trouble.state = state);
                } else if let Some(same) = self.troubles.iter().find(|t| {
                    t.same_decision(&new)
                        && matches!(t.state, TroubleState::Repaired(_) | TroubleState::Annulled(_))
                }) {
                    new.state = same.state;
                }
                let at = self.troubles.partition_point(|have| have.on <= on);
                self.troubles.insert(at, new);
            }
            Said::End(on) => {
                let thread = trouble::thread(&fact.event);
                self.ends.push((thread, on));
                for trouble in &mut self.troubles {
                    let sooner = match trouble.state {
                        TroubleState::Standing => true,
                        TroubleState::Ended(have) => on < have,
                        TroubleState::Repaired(_) | TroubleState::Annulled(_) => false,
                    };
                    if trouble.thread == thread && trouble.on <= on && sooner {
                        trouble.state = TroubleState::Ended(on);
                    }
                }
            }
            Said::Nothing => {}
        }
    }
}

/// The enterprise that a party is.
fn enterprise(fact: &Fact, party: &Party) -> Option<EntityId> {
    match party {
        Party::Enterprise(mention) => fact.entity(mention),
        Party::Person(_) => None,
    }
}

fn account_owner(fact: &Fact, account: &Account) -> Option<EntityId> {
    account.party.as_ref().and_then(|party| enterprise(fact, party))
}

fn owner(fact: &Fact, party: &Party) -> Option<Owner> {
    match party {
        Party::Enterprise(mention) => fact.entity(mention).map(Owner::Enterprise),
        Party::Person(person) => person.0.map(Owner::Person),
    }
}

fn stakes(fact: &Fact, holders: &[Holder]) -> Arc<[Stake]> {
    let stake = |holder: &Holder| Stake {
        owner: owner(fact, &holder.party),
        pct: holder.pct,
        subscribed: holder.subscribed_fen,
    };
    holders.iter().map(stake).collect()
}

fn officers(officers: &[Officer]) -> Arc<[(crate::id::PersonKey, crate::event::Role)]> {
    officers.iter().filter_map(|o| o.person.0.map(|person| (person, o.role))).collect()
}

/// What a registration tells of the founding day. Another feed's copy of it stands unless it tells
/// less: what a feed leaves out, or names without an identity, it does not know.
fn tell<T>(line: &mut Timeline<T>, on: Day, value: T, id: &EventId, told: fn(&T) -> usize) {
    let have = line.on(on).filter(|entry| entry.from == on);
    if have.is_none_or(|entry| told(&value) >= told(&entry.value)) {
        line.insert(on, value, id.clone());
    }
}

/// How many holders are known.
fn identified(stakes: &Arc<[Stake]>) -> usize {
    stakes.iter().filter(|stake| stake.owner.is_some()).count()
}

fn insert_some<T: Clone>(line: &mut Timeline<T>, on: Day, value: Option<&T>, id: &EventId) {
    if let Some(value) = value {
        line.insert(on, value.clone(), id.clone());
    }
}

fn turn<T>(line: &mut Timeline<T>, on: Day, before: Option<T>, after: T, id: &EventId) {
    if let Some(before) = before {
        line.insert_before(on, before, id.clone());
    }
    line.insert(on, after, id.clone());
}
