//! What went wrong? The adverse facts of an enterprise, and whether they still stand.
//!
//! Invariant: a trouble stands or has fallen exactly as the facts that hold now say. Must not
//! know: how bad a trouble is; that is data of the stages that weigh it.

use crate::entity::Fact;
use crate::event::ledger::Lineage;
use crate::event::{
    Body, CaseState, ComplaintResult, CourtKind, CourtRole, CustomsKind, EndKind, Event,
    InspectionResult, LicenceState, List, ListState, Party, Penalty, PenaltyKind, Procedure,
    Severity,
};
use crate::id::{EventId, document_number, stable_hash};
use crate::money::Fen;
use crate::time::{Day, Time};
use std::sync::Arc;

/// A kind of adverse fact.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// A penalty of some weight.
    Penalty,
    /// A warning, a criticism, or a small fine in summary procedure.
    MinorPenalty,
    /// A licence revoked, a closure or a halt ordered.
    LicenceLost,
    /// A licence suspended.
    LicenceSuspended,
    /// A case filed after an inspection or a complaint.
    CaseFiled,
    /// A sample failed.
    SampleFailed,
    /// Facts concealed or falsified, or an inspection not allowed.
    InspectionFailed,
    /// Ordered to correct, or not disclosed as required.
    Rectify,
    /// Cannot be reached at its registered address.
    Unreachable,
    /// On the list of abnormal operations.
    Abnormal,
    /// On the list of serious violations.
    Serious,
    /// Dishonest judgment debtor (list or court).
    DishonestDebtor,
    /// On the list of wage arrears.
    WageArrears,
    /// Non-contactable tax payer.
    TaxAbnormal,
    /// On a customs list.
    CustomsListed,
    /// Enforcement filed.
    Enforcement,
    /// Consumption restricted.
    ConsumptionRestricted,
    /// Enforcement ended for want of assets.
    NoAssets,
    /// Equity frozen.
    EquityFrozen,
    /// Bankruptcy accepted.
    Bankruptcy,
    /// Sued.
    Defendant,
    /// A complaint or report.
    Complaint,
    /// A complaint or report that proved true.
    ComplaintUpheld,
    /// A bad publication.
    Opinion,
    /// A commitment breached.
    Commitment,
    /// A customs finding short of a case.
    Customs,
    /// A smuggling case, or no proof of origin.
    Smuggling,
    /// A finding of a patrol.
    Patrol,
    /// The registration revoked or rescinded.
    Revoked,
}

/// Whether a trouble still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TroubleState {
    /// It stands.
    Standing,
    /// Repaired from this day on.
    Repaired(Day),
    /// An objection was upheld, from this day on.
    Annulled(Day),
    /// It ended by itself: off the list, licence restored, enforcement closed.
    Ended(Day),
}

/// One adverse fact of an enterprise.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Trouble {
    /// What.
    pub kind: TroubleKind,
    /// Valid day.
    pub on: Day,
    /// When its source knew.
    pub at: Time,
    /// The event.
    pub event: EventId,
    /// What is known of the rest of its lineage.
    pub lineage: Option<Arc<Lineage>>,
    /// Fine, claim, or amount in dispute.
    pub amount: Option<Fen>,
    /// Victims of a complaint, readers of a publication; 1 otherwise.
    pub count: u32,
    /// Who complains, as a hash of the feed's token.
    pub claimant: Option<u64>,
    /// What ties it to others of the same matter: list, licence, case, ticket, or decision.
    pub thread: u64,
    /// Last day by itself (end of publicity or of the term).
    pub until: Option<Day>,
    /// Whether it stands.
    pub state: TroubleState,
}

impl Trouble {
    /// Whether both tell of one decision, which two feeds published.
    pub fn same_decision(&self, other: &Self) -> bool {
        let penalty = |kind| {
            matches!(
                kind,
                TroubleKind::Penalty | TroubleKind::MinorPenalty | TroubleKind::LicenceLost
            )
        };
        self.thread == other.thread && penalty(self.kind) && penalty(other.kind)
    }

    /// Whether an id names it: that of its event, or of another of the lineage.
    pub fn is_named(&self, id: &EventId) -> bool {
        self.event == *id || self.lineage.as_ref().is_some_and(|l| l.others.contains(id))
    }

    /// Whether it has neither been annulled nor repaired.
    pub fn counts(&self) -> bool {
        matches!(self.state, TroubleState::Standing | TroubleState::Ended(_))
    }

    /// Whether it stands on a day: not fallen, not ended, its term not over.
    pub fn stands_on(&self, day: Day) -> bool {
        self.on <= day
            && self.until.is_none_or(|until| day <= until)
            && match self.state {
                TroubleState::Standing => true,
                TroubleState::Repaired(on) | TroubleState::Ended(on) => day < on,
                TroubleState::Annulled(_) => false,
            }
    }
}

/// What an event says about the troubles of the enterprise it is about.
pub(super) enum Said {
    /// A new trouble.
    New(TroubleKind, Day),
    /// The troubles of this thread ended on this day.
    End(Day),
    /// Nothing.
    Nothing,
}

/// The adverse part of an event.
pub(super) fn said(event: &Event) -> Said {
    use Said::{End, New, Nothing};
    let published = event.time.day();
    match &event.body {
        Body::Penalty(penalty) => New(penalty_kind(penalty), penalty.decided_on),
        Body::Licence(licence) => match licence.state {
            LicenceState::Revoked => New(TroubleKind::LicenceLost, licence.on),
            LicenceState::Suspended => New(TroubleKind::LicenceSuspended, licence.on),
            LicenceState::Granted | LicenceState::Renewed => End(licence.on),
            LicenceState::Expired | LicenceState::Cancelled => Nothing,
        },
        Body::Listing(listing) => match (listing.state, list_kind(listing.list)) {
            (ListState::Listed, Some(kind)) => New(kind, listing.on),
            (ListState::Removed, Some(_)) => End(listing.on),
            (_, None) => Nothing,
        },
        // A case against a natural person is not the enterprise's, whoever the envelope names.
        Body::Court(court) if matches!(court.party, Party::Person(_)) => Nothing,
        Body::Court(court) => match (court.state, court_kind(court.kind, court.role)) {
            (CaseState::Opened, Some(kind)) => New(kind, court.on),
            (CaseState::Closed, Some(TroubleKind::NoAssets)) => {
                New(TroubleKind::NoAssets, court.on)
            }
            (CaseState::Closed, Some(_)) => End(court.on),
            (_, None) => Nothing,
        },
        Body::Inspection(inspection) => inspection
            .items
            .iter()
            .filter_map(|item| inspection_kind(item.result))
            .min()
            .map_or(Nothing, |kind| New(kind, inspection.on)),
        Body::ComplaintReceived(_) => New(TroubleKind::Complaint, published),
        Body::ComplaintClosed(closed) => match (closed.result, closed.substantiated) {
            (ComplaintResult::CaseFiled, _) => New(TroubleKind::CaseFiled, published),
            (_, Some(true)) => New(TroubleKind::ComplaintUpheld, published),
            (ComplaintResult::Withdrawn | ComplaintResult::Refused, _) | (_, Some(false)) => {
                End(published)
            }
            (ComplaintResult::Settled | ComplaintResult::Failed, None) => Nothing,
        },
        Body::Opinion(opinion) if opinion.sentiment < 0.0 && opinion.tier <= 3 => {
            New(TroubleKind::Opinion, published)
        }
        Body::Customs(customs) => customs_kind(customs.kind, customs.proof_provided_on.is_some())
            .map_or(Nothing, |kind| New(kind, customs.on)),
        Body::Patrol(patrol) => New(TroubleKind::Patrol, patrol.on),
        Body::Commitment(commitment) => New(TroubleKind::Commitment, commitment.on),
        Body::Ended(ended) if matches!(ended.kind, EndKind::Revoked | EndKind::Rescinded) => {
            New(TroubleKind::Revoked, ended.on)
        }
        _ => Nothing,
    }
}

/// The trouble itself, with its thread.
pub(super) fn trouble(fact: &Fact, kind: TroubleKind, on: Day) -> Trouble {
    let event = &*fact.event;
    let (amount, count, claimant, until) = match &event.body {
        Body::Penalty(penalty) => (penalty.fine_fen, 1, None, penalty.public_until),
        Body::Court(court) => (court.claim_fen, 1, None, court.until),
        Body::Listing(listing) => (None, 1, None, listing.until),
        Body::ComplaintReceived(complaint) => (
            complaint.amount_fen,
            complaint.victims.unwrap_or(1).max(1),
            complaint.complainant.as_deref().map(|token| stable_hash(token.as_bytes())),
            None,
        ),
        Body::Opinion(opinion) => {
            (None, opinion.reach.unwrap_or(1).clamp(1, u64::from(u32::MAX)) as u32, None, None)
        }
        Body::Customs(customs) => (customs.case_value_fen, 1, None, None),
        _ => (None, 1, None, None),
    };
    Trouble {
        kind,
        on,
        at: event.time,
        event: event.id.clone(),
        lineage: fact.lineage.clone(),
        amount,
        count,
        claimant,
        thread: thread(event),
        until,
        state: TroubleState::Standing,
    }
}

/// What ties the beginning and the end of one matter together.
pub(super) fn thread(event: &Event) -> u64 {
    let number = |tag: &str, number: &str| format!("{tag}\0{}", document_number(number));
    let text = match &event.body {
        Body::Licence(licence) => number("licence", &licence.licence_no),
        Body::Listing(listing) => format!("list\0{}", listing.list.word()),
        Body::Court(court) => number("case", &court.case_no),
        Body::ComplaintReceived(complaint) => number("ticket", &complaint.ticket_no),
        Body::ComplaintClosed(complaint) => number("ticket", &complaint.ticket_no),
        // Two feeds publish one decision (双公示 and GSXT).
        Body::Penalty(penalty) => number("decision", &penalty.doc_no),
        _ => format!("event\0{}", event.id.as_str()),
    };
    stable_hash(text.as_bytes())
}

fn penalty_kind(penalty: &Penalty) -> TroubleKind {
    let has = |kind| penalty.kinds.contains(&kind);
    if has(PenaltyKind::LicenceRevoked)
        || has(PenaltyKind::Closure)
        || has(PenaltyKind::ProductionHalted)
    {
        return TroubleKind::LicenceLost;
    }
    let mild =
        penalty.kinds.iter().all(|k| matches!(k, PenaltyKind::Warning | PenaltyKind::Criticism));
    let minor = match penalty.severity {
        Some(severity) => severity == Severity::Minor,
        None => penalty.procedure == Procedure::Summary,
    };
    if mild || minor { TroubleKind::MinorPenalty } else { TroubleKind::Penalty }
}

fn list_kind(list: List) -> Option<TroubleKind> {
    Some(match list {
        List::AbnormalOperations => TroubleKind::Abnormal,
        List::SeriousViolations => TroubleKind::Serious,
        List::DishonestDebtors => TroubleKind::DishonestDebtor,
        List::WageArrears => TroubleKind::WageArrears,
        List::TaxAbnormal => TroubleKind::TaxAbnormal,
        List::CustomsDishonest | List::CustomsSeriouslyDishonest => TroubleKind::CustomsListed,
        List::RedList => return None,
    })
}

fn court_kind(kind: CourtKind, role: CourtRole) -> Option<TroubleKind> {
    if matches!(role, CourtRole::Creditor | CourtRole::Plaintiff) {
        return None;
    }
    Some(match kind {
        CourtKind::EnforcementFiled => TroubleKind::Enforcement,
        CourtKind::DishonestListed => TroubleKind::DishonestDebtor,
        CourtKind::ConsumptionRestricted => TroubleKind::ConsumptionRestricted,
        CourtKind::ClosedWithoutAssets => TroubleKind::NoAssets,
        CourtKind::EquityFrozen => TroubleKind::EquityFrozen,
        CourtKind::BankruptcyAccepted => TroubleKind::Bankruptcy,
        CourtKind::Litigation => TroubleKind::Defendant,
        CourtKind::AssetAuctioned => return None,
    })
}

fn inspection_kind(result: InspectionResult) -> Option<TroubleKind> {
    Some(match result {
        InspectionResult::CaseFiled => TroubleKind::CaseFiled,
        InspectionResult::SampleFailed => TroubleKind::SampleFailed,
        InspectionResult::False | InspectionResult::Uncooperative => TroubleKind::InspectionFailed,
        InspectionResult::Rectify | InspectionResult::NotDisclosed => TroubleKind::Rectify,
        InspectionResult::Unreachable => TroubleKind::Unreachable,
        InspectionResult::Ok => return None,
    })
}

fn customs_kind(kind: CustomsKind, proven: bool) -> Option<TroubleKind> {
    match kind {
        CustomsKind::SmugglingCase => Some(TroubleKind::Smuggling),
        CustomsKind::NoProofOfOrigin => (!proven).then_some(TroubleKind::Smuggling),
        CustomsKind::Nonconforming
        | CustomsKind::TrademarkInfringement
        | CustomsKind::DutyFreeResaleLead => Some(TroubleKind::Customs),
        CustomsKind::Declaration | CustomsKind::ZeroTariffTransfer => None,
    }
}
