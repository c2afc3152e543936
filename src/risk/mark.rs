//! What does an event say about one enterprise? Events flattened into marks.
//!
//! A mark keeps tags, dates, a key that pairs it with others (case, ticket, list, licence) and
//! one number. Invariant: a function of the event and the rules alone. Must not know: indicators.

use crate::entity::Fact;
use crate::event::ledger::Lineage;
use crate::event::{
    Body, CaseState, ComplaintClosed, ComplaintKind, ComplaintReceived, ComplaintResult, Court,
    CourtKind, CourtRole, Customs, CustomsKind, Inspection, InspectionResult, Licence,
    LicenceState, ListState, Listing, NoticeKind, Opinion, Party, Penalty, PenaltyKind, Procedure,
    RepairDecision, Severity, Transfer,
};
use crate::id::{EntityId, EventId, stable_hash};
use crate::risk::config::Config;
use crate::risk::tags::Tags;
use crate::risk::words::{change_tag, end_tag, list_tag, notice_tag, patrol_tag, penalty_tag};
use crate::time::{Day, Time};
use std::sync::Arc;

/// No day: later than any.
pub(crate) const NEVER: Day = Day(i32::MAX);

/// Penalties that cost nothing.
const MILD: [PenaltyKind; 2] = [PenaltyKind::Warning, PenaltyKind::Criticism];

/// One fact about one enterprise.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Mark {
    /// The event, or the first of the evidence.
    pub(crate) id: EventId,
    /// The rest of the event's lineage.
    pub(crate) lineage: Option<Arc<Lineage>>,
    /// When the source knew.
    pub(crate) at: Time,
    /// What it is.
    pub(crate) tags: Tags,
    /// From which day it counts.
    pub(crate) on: Day,
    /// The last day on which it may count.
    pub(crate) end: Day,
    /// When the duty in it was done.
    pub(crate) done: Day,
    /// Pairs it with others; 0 for none.
    pub(crate) key: u64,
    /// Fen, tier, per mille … by kind.
    pub(crate) value: i64,
    /// Hashes: violations, complainant.
    pub(crate) more: Box<[u64]>,
    /// What it rests on, when that is not the event alone.
    pub(crate) evidence: Option<Arc<[EventId]>>,
}

impl Mark {
    fn new(fact: &Fact, tags: Tags, on: Day) -> Self {
        Self {
            id: fact.event.id.clone(),
            lineage: fact.lineage.clone(),
            at: fact.event.time,
            tags,
            on,
            end: NEVER,
            done: NEVER,
            key: 0,
            value: 0,
            more: Box::default(),
            evidence: None,
        }
    }

    /// Whether an id names it: that of its event, or of another of the lineage.
    pub(crate) fn is_named(&self, id: &EventId) -> bool {
        self.id == *id || self.lineage.as_ref().is_some_and(|l| l.others.contains(id))
    }

    /// The order in which marks are kept and walked.
    pub(crate) fn order(&self) -> (Day, Time, &EventId) {
        (self.on, self.at, &self.id)
    }

    fn keyed(mut self, text: &str) -> Self {
        self.key = key_of(text);
        self
    }
}

/// The key of a number or text: equal after removing width, case, blanks and kinds of brackets.
pub(crate) fn key_of(text: &str) -> u64 {
    stable_hash(crate::id::document_number(text).as_bytes()).max(1)
}

/// Turns facts into marks, by the rules of the model.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    config: Arc<Config>,
    publicity: Vec<(Day, [i32; 3])>,
}

impl Marker {
    /// By these rules.
    pub(crate) fn new(config: Arc<Config>) -> Self {
        let mut publicity: Vec<(Day, [i32; 3])> = config
            .publicity
            .iter()
            .filter_map(|p| {
                let months = [p.minor_months, p.general_months, p.serious_months];
                Day::parse(&p.from).map(|from| (from, months))
            })
            .collect();
        publicity.sort_unstable();
        Self { config, publicity }
    }

    /// The marks that a fact leaves, with whom they are about.
    pub(crate) fn marks(&self, fact: &Fact, mut give: impl FnMut(EntityId, Mark)) {
        match &fact.event.body {
            Body::Opinion(opinion) => self.opinion(fact, opinion, &mut give),
            Body::Asset(asset) => {
                if let Party::Enterprise(from) = &asset.from
                    && let Some(owner) = fact.entity(from).or(fact.subject)
                {
                    let cheap = asset
                        .price_fen
                        .is_some_and(|price| price.0 <= self.config.facts.cheap_fen_max);
                    let tags = Tags::ASSET_OUT | when(cheap, Tags::ASSET_CHEAP);
                    give(owner, Mark::new(fact, tags, asset.on));
                }
            }
            Body::Patrol(patrol) => {
                let operator = patrol.operator.as_ref().and_then(|o| fact.entity(o));
                if let Some(owner) = operator.or(fact.subject)
                    && let Some(tags) = patrol_tag(patrol.kind)
                    && !(tags.meets(Tags::PATROL_GAP) && self.is_moratorium(patrol.on))
                {
                    give(owner, Mark::new(fact, tags, patrol.on));
                }
            }
            Body::Court(court) => {
                if let Party::Enterprise(party) = &court.party
                    && let Some(owner) = fact.entity(party).or(fact.subject)
                {
                    give(owner, court_mark(fact, court));
                }
            }
            Body::ComplaintReceived(complaint) => {
                if let Some(owner) = fact.entity(&complaint.respondent).or(fact.subject) {
                    give(owner, self.complaint(fact, complaint));
                }
            }
            Body::ComplaintClosed(closed) => {
                if let Some(owner) = fact.entity(&closed.respondent).or(fact.subject) {
                    give(owner, closed_mark(fact, closed));
                }
            }
            Body::Transfer(transfer) => self.transfer(fact, transfer, &mut give),
            _ => {
                if let Some(owner) = fact.subject
                    && let Some(mark) = self.own(fact)
                {
                    give(owner, mark);
                }
            }
        }
    }

    /// Whether a text tells of beneficial owners who were not filed.
    fn unfiled(&self, text: &str) -> Tags {
        let mut words = self.config.lexicon.owners_unfiled.iter();
        when(words.any(|word| text.contains(&**word)), Tags::OWNERS_UNFILED)
    }

    /// Whether boats lie still on a day.
    fn is_moratorium(&self, day: Day) -> bool {
        let (_, month, date) = day.civil();
        let within = |[first, last]: [(i32, i32); 2]| (first..=last).contains(&(month, date));
        self.config.facts.moratorium.is_some_and(within)
    }

    /// The mark of an event that is about its subject alone.
    fn own(&self, fact: &Fact) -> Option<Mark> {
        match &fact.event.body {
            Body::Established(established) => {
                let declared = when(!established.predecessors.is_empty(), Tags::PREDECESSOR);
                let tags = Tags::ESTABLISHED | declared;
                Some(Mark::new(fact, tags, established.established_on))
            }
            Body::Changed(changed) => {
                let tags = changed.changes.iter().fold(Tags::NONE, |t, c| t | change_tag(c));
                Some(Mark::new(fact, tags, changed.approved_on))
            }
            Body::Notice(notice) => {
                let mut mark = Mark::new(fact, notice_tag(notice.kind), notice.notice_on);
                let days = self.config.facts.notice_days;
                mark.end = notice.until.unwrap_or_else(|| notice.notice_on.plus(days));
                if matches!(notice.kind, NoticeKind::ImpersonationClaim) && notice.until.is_none() {
                    mark.end = NEVER;
                }
                Some(mark)
            }
            Body::Ended(ended) => {
                let lies = ended.reason.as_deref().is_some_and(|reason| {
                    self.config.lexicon.ground_false.iter().any(|word| reason.contains(&**word))
                });
                let tags = end_tag(ended.kind) | when(lies, Tags::GROUND_FALSE);
                Some(Mark::new(fact, tags, ended.on))
            }
            Body::Licence(licence) => Some(self.licence(fact, licence)),
            Body::Listing(listing) => Some(self.listing(fact, listing)),
            Body::Penalty(penalty) => Some(self.penalty(fact, penalty)),
            Body::Customs(customs) => Some(self.customs(fact, customs)),
            Body::Inspection(inspection) => {
                let mut mark = inspection_mark(fact, inspection);
                let faults =
                    inspection.items.iter().filter(|item| item.result != InspectionResult::Ok);
                mark.tags |= faults.fold(Tags::NONE, |tags, item| tags | self.unfiled(&item.code));
                Some(mark)
            }
            Body::Commitment(breach) => {
                let tags = Tags::COMMITMENT | self.unfiled(&breach.matter);
                Some(Mark::new(fact, tags, breach.on))
            }
            Body::Repair(repair) => (repair.decision == RepairDecision::Granted)
                .then(|| Mark::new(fact, Tags::REPAIRED, repair.effective_on)),
            Body::None
            | Body::Court(_)
            | Body::Transfer(_)
            | Body::ComplaintReceived(_)
            | Body::ComplaintClosed(_)
            | Body::Opinion(_)
            | Body::Patrol(_)
            | Body::Staff(_)
            | Body::Activity(_)
            | Body::Asset(_)
            | Body::ObjectionFiled(_)
            | Body::ObjectionDecided(_) => None,
        }
    }

    fn listing(&self, fact: &Fact, listing: &Listing) -> Mark {
        let lexicon = &self.config.lexicon;
        let reason = listing.reason.as_deref().unwrap_or("");
        let says = |words: &[String]| words.iter().any(|word| reason.contains(&**word));
        let tags = list_tag(listing.list)
            | if listing.state == ListState::Listed { Tags::LISTED } else { Tags::REMOVED }
            | when(says(&lexicon.ground_unreachable), Tags::GROUND_UNREACHABLE)
            | when(says(&lexicon.ground_annual_report), Tags::GROUND_ANNUAL_REPORT)
            | when(says(&lexicon.ground_false), Tags::GROUND_FALSE)
            | when(listing.state == ListState::Listed, self.unfiled(reason));
        let mut mark = Mark::new(fact, tags, listing.on).keyed(listing.list.word());
        if listing.state == ListState::Listed {
            let months = self.config.list_months.get(listing.list.word()).copied();
            let term = months.map(|months| listing.on.plus_months(months).plus(-1));
            mark.end = listing.until.or(term).unwrap_or(NEVER);
        }
        mark
    }

    fn penalty(&self, fact: &Fact, penalty: &Penalty) -> Mark {
        let kinds = penalty.kinds.iter().fold(Tags::NONE, |tags, kind| tags | penalty_tag(*kind));
        let severity = self.severity(penalty, kinds);
        let (class, months) = match severity {
            Severity::Minor => (Tags::PENALTY_MINOR, 0),
            Severity::General => (Tags::PENALTY_GENERAL, 1),
            Severity::Serious => (Tags::PENALTY_SERIOUS, 2),
        };
        // A minor breach that only drew a warning and was corrected at once is on the lists of
        // breaches without penalty (R18: no points).
        let exempt = severity == Severity::Minor
            && penalty.kinds.iter().all(|kind| MILD.contains(kind))
            && penalty.performed_on.is_some();
        let unfiled = penalty.violations.iter().fold(Tags::NONE, |t, text| t | self.unfiled(text));
        let tags = Tags::PENALTY | kinds | class | unfiled | when(exempt, Tags::PENALTY_EXEMPT);
        let mut mark = Mark::new(fact, tags, penalty.decided_on).keyed(&penalty.doc_no);
        mark.end = penalty.public_until.unwrap_or_else(|| {
            let rule = self.publicity.iter().rev().find(|(from, _)| *from <= penalty.decided_on);
            let longest = rule.or(self.publicity.first()).map_or(0, |(_, by)| by[months]);
            penalty.decided_on.plus_months(longest)
        });
        mark.done = penalty.performed_on.unwrap_or(NEVER);
        mark.value = sum_fen(penalty);
        mark.more = penalty.violations.iter().map(|violation| key_of(violation)).collect();
        mark
    }

    fn severity(&self, penalty: &Penalty, kinds: Tags) -> Severity {
        let rule = &self.config.severity;
        penalty.severity.unwrap_or_else(|| {
            let mild = penalty.kinds.iter().all(|kind| MILD.contains(kind));
            if kinds.meets(rule.serious) || sum_fen(penalty) >= rule.serious_fen {
                Severity::Serious
            } else if mild
                || (penalty.procedure == Procedure::Summary && sum_fen(penalty) <= rule.minor_fen)
            {
                Severity::Minor
            } else {
                Severity::General
            }
        })
    }

    fn complaint(&self, fact: &Fact, complaint: &ComplaintReceived) -> Mark {
        let kind = match complaint.kind {
            ComplaintKind::Complaint => Tags::COMPLAINT,
            ComplaintKind::Report => Tags::REPORT,
        };
        let prepaid = complaint
            .issues
            .iter()
            .any(|issue| self.config.lexicon.prepaid.iter().any(|word| issue.contains(&**word)));
        let tags = kind | when(prepaid, Tags::PREPAID);
        let mut mark = Mark::new(fact, tags, fact.event.time.day()).keyed(&complaint.ticket_no);
        mark.value = i64::from(complaint.victims.unwrap_or(1).max(1));
        mark.more = complaint.complainant.iter().map(|token| key_of(token)).collect();
        mark
    }

    fn customs(&self, fact: &Fact, customs: &Customs) -> Mark {
        let tags = match customs.kind {
            CustomsKind::Declaration => Tags::CUSTOMS_DECLARATION,
            CustomsKind::Nonconforming => Tags::CUSTOMS_NONCONFORMING,
            CustomsKind::TrademarkInfringement => Tags::CUSTOMS_TRADEMARK,
            CustomsKind::ZeroTariffTransfer => Tags::CUSTOMS_ZERO_TARIFF,
            CustomsKind::DutyFreeResaleLead => Tags::CUSTOMS_DUTY_FREE,
            CustomsKind::SmugglingCase => Tags::CUSTOMS_SMUGGLING,
            CustomsKind::NoProofOfOrigin => Tags::CUSTOMS_NO_PROOF,
        };
        let mut mark = Mark::new(fact, tags, customs.on);
        match customs.kind {
            CustomsKind::NoProofOfOrigin => {
                let days = self.config.facts.proof_days;
                let due = customs.proof_due_on.unwrap_or_else(|| customs.on.plus(days));
                mark.on = due.plus(1);
                mark.done = customs.proof_provided_on.unwrap_or(NEVER);
                mark.value = customs.case_value_fen.map_or(0, |fen| fen.0);
            }
            CustomsKind::Declaration => {
                if let (Some(declared), Some(reference)) =
                    (customs.declared_fen, customs.reference_fen)
                    && reference.0 > 0
                {
                    mark.value = (i128::from(declared.0) * 1000 / i128::from(reference.0)) as i64;
                }
                mark.more = customs.declared_fen.iter().map(|fen| fen.0.max(0) as u64).collect();
            }
            CustomsKind::Nonconforming
            | CustomsKind::TrademarkInfringement
            | CustomsKind::ZeroTariffTransfer
            | CustomsKind::DutyFreeResaleLead
            | CustomsKind::SmugglingCase => {
                mark.value = customs.case_value_fen.map_or(0, |fen| fen.0);
            }
        }
        mark
    }

    fn licence(&self, fact: &Fact, licence: &Licence) -> Mark {
        let tags = match licence.state {
            LicenceState::Granted => Tags::LICENCE_GRANTED,
            LicenceState::Renewed => Tags::LICENCE_RENEWED,
            LicenceState::Suspended => Tags::LICENCE_SUSPENDED,
            LicenceState::Revoked => Tags::LICENCE_REVOKED,
            LicenceState::Expired => Tags::LICENCE_EXPIRED,
            LicenceState::Cancelled => Tags::LICENCE_CANCELLED,
        };
        let mut mark = Mark::new(fact, tags, licence.on).keyed(&licence.licence_no);
        mark.done = licence.valid_to.unwrap_or(NEVER);
        mark.value = self.config.lexicon.covers(&licence.kind);
        mark.more = Box::new([key_of(&licence.kind)]);
        mark
    }

    fn opinion(&self, fact: &Fact, opinion: &Opinion, give: &mut impl FnMut(EntityId, Mark)) {
        let rules = &self.config.facts;
        let lures = !opinion.lure_terms.is_empty()
            || opinion.promised_rate_pct.is_some_and(|rate| rate >= rules.lure_rate_pct_min);
        let tags = when(opinion.sentiment <= rules.opinion_negative_max, Tags::OPINION_NEGATIVE)
            | when(lures, Tags::OPINION_LURE)
            | if opinion.tier >= rules.opinion_anonymous_tier {
                Tags::OPINION_ANONYMOUS
            } else {
                Tags::OPINION_OFFICIAL
            };
        if !tags.meets(Tags::OPINION_NEGATIVE | Tags::OPINION_LURE) {
            return;
        }
        for mention in &opinion.mentions {
            if mention.confidence < rules.opinion_confidence_min {
                continue;
            }
            if let Some(owner) = fact.entity_of(mention.uscc) {
                let same = opinion.cluster.as_deref().unwrap_or(&opinion.doc_id);
                let mut mark = Mark::new(fact, tags, fact.event.time.day()).keyed(same);
                mark.value = i64::from(opinion.tier);
                give(owner, mark);
            }
        }
    }

    /// Money that left a special account for something that it is not for.
    fn transfer(&self, fact: &Fact, transfer: &Transfer, give: &mut impl FnMut(EntityId, Mark)) {
        use crate::event::{Line, Programme, Regime};
        let Some(Party::Enterprise(payer)) = &transfer.payer.party else { return };
        let Some(owner) = fact.entity(payer) else { return };
        let day = fact.event.time.day();
        let to_firm = matches!(transfer.payee.party, Some(Party::Enterprise(_)));
        let purpose = transfer.purpose.as_deref().unwrap_or("");
        let wages = self.config.lexicon.wages.iter().any(|word| purpose.contains(&**word));
        let misused =
            transfer.programme == Some(Programme::Wage) && to_firm && !purpose.is_empty() && !wages;
        let island = matches!(transfer.regime, Some(Regime::Ef | Regime::Ft));
        let out = island && transfer.line == Some(Line::Second);
        let goods = transfer.line == Some(Line::First)
            && self.config.lexicon.goods.iter().any(|word| purpose.contains(&**word));
        let tags = when(misused, Tags::TRANSFER_MISUSE)
            | when(out, Tags::TRANSFER_SECOND_OUT)
            | when(goods, Tags::TRANSFER_GOODS_OUT);
        if !tags.is_empty() {
            let mut mark = Mark::new(fact, tags, day);
            mark.value = transfer.amount_fen.0;
            give(owner, mark);
        }
    }
}

/// The tags, if so.
fn when(holds: bool, tags: Tags) -> Tags {
    if holds { tags } else { Tags::NONE }
}

fn sum_fen(penalty: &Penalty) -> i64 {
    let fine = penalty.fine_fen.map_or(0, |fen| fen.0);
    fine.saturating_add(penalty.confiscated_fen.map_or(0, |fen| fen.0))
}

fn court_mark(fact: &Fact, court: &Court) -> Mark {
    let kind = match court.kind {
        CourtKind::EnforcementFiled => Tags::COURT_ENFORCEMENT,
        CourtKind::DishonestListed => Tags::COURT_DISHONEST,
        CourtKind::ConsumptionRestricted => Tags::COURT_CONSUMPTION,
        CourtKind::ClosedWithoutAssets => Tags::COURT_NO_ASSETS,
        CourtKind::EquityFrozen => Tags::COURT_FROZEN,
        CourtKind::AssetAuctioned => Tags::COURT_AUCTIONED,
        CourtKind::BankruptcyAccepted => Tags::COURT_BANKRUPTCY,
        CourtKind::Litigation => Tags::COURT_LITIGATION,
    };
    let state = match court.state {
        CaseState::Opened => Tags::COURT_OPENED,
        CaseState::Closed => Tags::COURT_CLOSED,
    };
    let owes = matches!(court.role, CourtRole::Debtor | CourtRole::Defendant);
    let tags = kind | state | when(owes, Tags::COURT_OWING);
    let mut mark = Mark::new(fact, tags, court.on).keyed(&court.case_no);
    mark.end = court.until.unwrap_or(NEVER);
    if let (Some(claim), Some(performed)) = (court.claim_fen, court.performed_fen)
        && performed >= claim
    {
        mark.done = court.on;
    }
    let performed = court.performed_fen.map_or(0, |fen| fen.0);
    mark.value = court.claim_fen.map_or(0, |claim| (claim.0 - performed).max(0));
    mark
}

fn closed_mark(fact: &Fact, closed: &ComplaintClosed) -> Mark {
    let result = match closed.result {
        ComplaintResult::Settled => Tags::CLOSED_SETTLED,
        ComplaintResult::Failed => Tags::CLOSED_FAILED,
        ComplaintResult::Withdrawn => Tags::CLOSED_WITHDRAWN,
        ComplaintResult::Refused => Tags::CLOSED_REFUSED,
        ComplaintResult::CaseFiled => Tags::CLOSED_CASE,
    };
    let truth = match closed.substantiated {
        Some(true) => Tags::SUBSTANTIATED,
        Some(false) => Tags::UNSUBSTANTIATED,
        None => Tags::NONE,
    };
    Mark::new(fact, result | truth, fact.event.time.day()).keyed(&closed.ticket_no)
}

fn inspection_mark(fact: &Fact, inspection: &Inspection) -> Mark {
    let tags = inspection.items.iter().fold(Tags::NONE, |tags, item| {
        tags | match item.result {
            InspectionResult::Ok => Tags::INSPECTION_OK,
            InspectionResult::NotDisclosed => Tags::INSPECTION_UNDISCLOSED,
            InspectionResult::False => Tags::INSPECTION_FALSE,
            InspectionResult::Unreachable => Tags::INSPECTION_UNREACHABLE,
            InspectionResult::Uncooperative => Tags::INSPECTION_UNCOOPERATIVE,
            InspectionResult::Rectify => Tags::INSPECTION_RECTIFY,
            InspectionResult::CaseFiled => Tags::INSPECTION_CASE,
            InspectionResult::SampleFailed => Tags::INSPECTION_SAMPLE,
        }
    });
    Mark::new(fact, tags, inspection.on)
}
