//! Which tag does a word of the contract give?

use crate::event::{Change, EndKind, List, NoticeKind, PatrolKind, PenaltyKind};
use crate::risk::tags::Tags;

pub(super) fn change_tag(change: &Change) -> Tags {
    match change {
        Change::Name { .. } => Tags::CHANGED_NAME,
        Change::LegalRep { .. } => Tags::CHANGED_LEGAL_REP,
        Change::Domicile { .. } => Tags::CHANGED_DOMICILE,
        Change::Division { .. } => Tags::CHANGED_DIVISION,
        Change::Holders { .. } => Tags::CHANGED_HOLDERS,
        Change::Officers { .. } => Tags::CHANGED_OFFICERS,
        Change::Scope { .. } | Change::Industry { .. } => Tags::CHANGED_SCOPE,
        Change::Subscribed { .. } => Tags::CHANGED_CAPITAL,
        Change::Phones { .. } | Change::Emails { .. } => Tags::CHANGED_CONTACT,
        Change::Liaison { .. } => Tags::CHANGED_LIAISON,
        Change::EntityType { .. } => Tags::CHANGED_TYPE,
    }
}

pub(super) fn notice_tag(kind: NoticeKind) -> Tags {
    match kind {
        NoticeKind::SimpleDeregistration => Tags::NOTICE_SIMPLE,
        NoticeKind::Liquidation => Tags::NOTICE_LIQUIDATION,
        NoticeKind::Merger => Tags::NOTICE_MERGER,
        NoticeKind::Split => Tags::NOTICE_SPLIT,
        NoticeKind::CapitalReduction => Tags::NOTICE_REDUCTION,
        NoticeKind::Suspension => Tags::NOTICE_SUSPENSION,
        NoticeKind::Resumption => Tags::NOTICE_RESUMPTION,
        NoticeKind::CompulsoryDeregistration => Tags::NOTICE_COMPULSORY,
        NoticeKind::ImpersonationClaim => Tags::NOTICE_IMPERSONATION,
    }
}

pub(super) fn end_tag(kind: EndKind) -> Tags {
    match kind {
        EndKind::Deregistered => Tags::ENDED_DEREGISTERED,
        EndKind::Revoked => Tags::ENDED_REVOKED,
        EndKind::Rescinded => Tags::ENDED_RESCINDED,
        EndKind::MovedOut => Tags::ENDED_MOVED,
    }
}

pub(super) fn list_tag(list: List) -> Tags {
    match list {
        List::AbnormalOperations => Tags::LIST_ABNORMAL,
        List::SeriousViolations => Tags::LIST_SERIOUS,
        List::DishonestDebtors => Tags::LIST_DEBTORS,
        List::WageArrears => Tags::LIST_WAGES,
        List::TaxAbnormal => Tags::LIST_TAX,
        List::CustomsDishonest => Tags::LIST_CUSTOMS,
        List::CustomsSeriouslyDishonest => Tags::LIST_CUSTOMS_SERIOUS,
        List::RedList => Tags::LIST_RED,
    }
}

pub(super) fn penalty_tag(kind: PenaltyKind) -> Tags {
    match kind {
        PenaltyKind::Fine | PenaltyKind::Confiscation => Tags::PENALTY_MONEY,
        PenaltyKind::LicenceSuspended => Tags::PENALTY_LICENCE_SUSPENDED,
        PenaltyKind::LicenceRevoked => Tags::PENALTY_LICENCE_REVOKED,
        PenaltyKind::ProductionHalted => Tags::PENALTY_HALTED,
        PenaltyKind::Closure => Tags::PENALTY_CLOSURE,
        PenaltyKind::BusinessRestricted => Tags::PENALTY_RESTRICTED,
        PenaltyKind::Warning | PenaltyKind::Criticism | PenaltyKind::Other => Tags::NONE,
    }
}

pub(super) fn patrol_tag(kind: PatrolKind) -> Option<Tags> {
    match kind {
        PatrolKind::NightLanding => Some(Tags::PATROL_LANDING),
        PatrolKind::TrackGap => Some(Tags::PATROL_GAP),
        PatrolKind::IdentityClash => Some(Tags::PATROL_CLASH),
        PatrolKind::NoPapers => Some(Tags::PATROL_NO_PAPERS),
        PatrolKind::StorageMismatch => Some(Tags::PATROL_STORAGE),
        PatrolKind::Other => None,
    }
}
