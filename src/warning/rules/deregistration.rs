//! May it leave the register the simple way? Notices of simple deregistration against the
//! statutory bars (D06; 市场主体登记管理条例 33, 实施细则 48).
//!
//! The conflict is judged as of today, but not later than the end of the time in which the
//! deregistration may be applied for: a bar that is lifted within it ends the conflict, one that
//! is lifted later does not undo that the notice was false. A bar that is withdrawn, repaired or
//! annulled never counted.

use super::super::book::{Book, Held};
use super::super::finding::{fact_line, line};
use super::super::words::Bar;
use crate::event::{Body, CaseState, Court, CourtKind, CourtRole, EndKind, InspectionResult, List};
use crate::event::{ListState, NoticeKind, Party, PenaltyKind};
use crate::id::{EntityId, document_number};
use crate::text::{Evidence, Text};
use crate::time::Day;

/// The parameters that the test for a conflict needs.
#[derive(Clone, Copy)]
pub(in super::super) struct Terms<'a> {
    pub(in super::super) bars: &'a [Bar],
    pub(in super::super) notice_days: i32,
    pub(in super::super) apply_days: i32,
    pub(in super::super) case_days: i32,
}

/// A notice that contradicts a bar.
pub(in super::super) struct Conflict {
    /// The notice, then every bar.
    pub(in super::super) evidence: Vec<Evidence>,
    /// What the bars are called.
    pub(in super::super) reasons: Vec<Text>,
}

/// What a look at an enterprise gave.
pub(in super::super) struct Look {
    pub(in super::super) conflict: Option<Conflict>,
    /// The notice still runs: look again on this day.
    pub(in super::super) again: Option<Day>,
}

/// The newest notice that contradicts a bar.
pub(in super::super) fn look(book: &Book, entity: EntityId, today: Day, terms: Terms<'_>) -> Look {
    let mut again = None;
    let ended = book.ended(entity).map(|(day, _)| day);
    for held in book.facts(entity).iter().rev() {
        let Body::Notice(notice) = &held.event.body else { continue };
        if notice.kind != NoticeKind::SimpleDeregistration {
            continue;
        }
        let until = notice.until.unwrap_or_else(|| notice.notice_on.plus(terms.notice_days));
        let end = until.plus(terms.apply_days);
        let end = ended.filter(|day| *day >= notice.notice_on).map_or(end, |day| day.min(end));
        if today < end {
            again = Some(today.plus(1));
        }
        let day = today.min(end).max(notice.notice_on);
        let bars = bars(book, entity, Moment { day, today }, terms);
        if !bars.is_empty() {
            let mut evidence = vec![fact_line(held, 1.0)];
            let (lines, reasons): (Vec<Evidence>, Vec<Text>) = bars.into_iter().unzip();
            evidence.extend(lines);
            return Look { conflict: Some(Conflict { evidence, reasons }), again };
        }
    }
    Look { conflict: None, again }
}

/// The day for which bars are judged, and the day on which we judge.
#[derive(Clone, Copy)]
struct Moment {
    day: Day,
    today: Day,
}

fn bars(book: &Book, entity: EntityId, moment: Moment, terms: Terms<'_>) -> Vec<(Evidence, Text)> {
    let facts: Vec<&Held> = book.standing(entity, moment.today).collect();
    let mut found = Vec::new();
    for bar in terms.bars {
        let name = name(*bar);
        let mut tell = |held: &Held| {
            let mut told = fact_line(held, 1.0);
            told.statement.zh = format!("法定禁止情形“{}”：{}", name.zh, told.statement.zh);
            told.statement.en = format!("Statutory bar ({}): {}", name.en, told.statement.en);
            found.push((told, name.clone()));
        };
        match bar {
            Bar::AbnormalList => {
                listed(&facts, List::AbnormalOperations, moment.day).map(&mut tell)
            }
            Bar::SeriousList => listed(&facts, List::SeriousViolations, moment.day).map(&mut tell),
            Bar::EquityFrozen => {
                in_court(&facts, moment.day, |court| court.kind == CourtKind::EquityFrozen)
                    .map(&mut tell)
            }
            Bar::Litigation => {
                in_court(&facts, moment.day, |court| court.kind == CourtKind::Litigation)
                    .map(&mut tell)
            }
            Bar::Enforcement => in_court(&facts, moment.day, |court| {
                court.role == CourtRole::Debtor
                    && matches!(
                        court.kind,
                        CourtKind::EnforcementFiled
                            | CourtKind::DishonestListed
                            | CourtKind::ClosedWithoutAssets
                    )
            })
            .map(&mut tell),
            Bar::CaseFiled => case_filed(&facts, moment.day, terms.case_days).map(&mut tell),
            Bar::UnpaidFine => {
                facts.iter().find(|h| is_unpaid(&facts, h, moment.day)).copied().map(&mut tell)
            }
            Bar::Revoked => {
                facts.iter().find(|h| is_revoked(h, moment.day)).copied().map(&mut tell)
            }
            Bar::HoldsStakes => {
                found.extend(stakes(book, entity, moment.day).map(|told| (told, name)));
                None
            }
        };
    }
    found
}

fn name(bar: Bar) -> Text {
    let (zh, en) = match bar {
        Bar::AbnormalList => ("被列入经营异常名录", "in the list of abnormal operations"),
        Bar::SeriousList => ("被列入严重违法失信名单", "in the list of serious violations"),
        Bar::EquityFrozen => ("股权被冻结", "equity frozen"),
        Bar::CaseFiled => ("正在被立案调查", "under a filed investigation"),
        Bar::Litigation => ("正在诉讼程序中", "in litigation"),
        Bar::Enforcement => ("尚有未履行的执行案件", "under enforcement"),
        Bar::UnpaidFine => ("罚款尚未执行完毕", "a fine not fully paid"),
        Bar::HoldsStakes => ("存在对外投资", "holds stakes in others"),
        Bar::Revoked => ("被吊销或责令关闭", "revoked or ordered to close"),
    };
    Text::new(zh, en)
}

/// The entry by which it stands in a list on a day.
fn listed<'a>(facts: &[&'a Held], list: List, day: Day) -> Option<&'a Held> {
    let steps = facts.iter().filter_map(|held| match &held.event.body {
        Body::Listing(data) if data.list == list && data.on <= day => Some((*held, data)),
        _ => None,
    });
    let (held, data) =
        steps.max_by_key(|(held, data)| (data.on, held.event.time, &held.event.id))?;
    let stands = data.state == ListState::Listed && data.until.is_none_or(|until| until >= day);
    stands.then_some(held)
}

/// A case that is open on a day and passes a test.
fn in_court<'a>(facts: &[&'a Held], day: Day, wanted: impl Fn(&Court) -> bool) -> Option<&'a Held> {
    let cases = || {
        facts.iter().filter_map(|held| match &held.event.body {
            Body::Court(court) if matches!(court.party, Party::Enterprise(_)) => {
                Some((*held, &**court))
            }
            _ => None,
        })
    };
    cases()
        .find(|(_, court)| {
            let paid = match (court.claim_fen, court.performed_fen) {
                (Some(claim), Some(performed)) => claim.0 > 0 && performed >= claim,
                _ => false,
            };
            court.state == CaseState::Opened
                && court.on <= day
                && court.until.is_none_or(|until| until >= day)
                && !paid
                && wanted(court)
                && !cases().any(|(_, other)| {
                    other.state == CaseState::Closed
                        && other.kind == court.kind
                        && other.on <= day
                        && other.on >= court.on
                        && document_number(&other.case_no) == document_number(&court.case_no)
                })
        })
        .map(|(held, _)| held)
}

/// A filed case without a decision since.
fn case_filed<'a>(facts: &[&'a Held], day: Day, case_days: i32) -> Option<&'a Held> {
    facts
        .iter()
        .filter_map(|held| {
            let on = match &held.event.body {
                Body::Inspection(data) => {
                    let filed =
                        data.items.iter().any(|item| item.result == InspectionResult::CaseFiled);
                    filed.then_some(data.on)
                }
                Body::ComplaintClosed(data) => {
                    let filed = data.result == crate::event::ComplaintResult::CaseFiled;
                    filed.then(|| held.event.time.day())
                }
                _ => None,
            };
            on.filter(|on| *on <= day && day.since(*on) <= case_days).map(|on| (*held, on))
        })
        .find(|(_, on)| {
            !facts.iter().any(|held| match &held.event.body {
                Body::Penalty(data) => data.decided_on >= *on && data.decided_on <= day,
                _ => false,
            })
        })
        .map(|(held, _)| held)
}

/// Whether a fine is not paid by any fact about the same decision: one feed may tell of it, and
/// another that it was paid.
fn is_unpaid(facts: &[&Held], held: &Held, day: Day) -> bool {
    let Body::Penalty(fined) = &held.event.body else { return false };
    if fined.fine_fen.is_none_or(|fine| fine.0 <= 0) || fined.decided_on > day {
        return false;
    }
    let number = document_number(&fined.doc_no);
    !facts.iter().any(|other| match &other.event.body {
        Body::Penalty(data) => {
            data.performed_on.is_some_and(|on| on <= day) && document_number(&data.doc_no) == number
        }
        _ => false,
    })
}

fn is_revoked(held: &Held, day: Day) -> bool {
    match &held.event.body {
        Body::Ended(data) => data.kind == EndKind::Revoked && data.on <= day,
        Body::Penalty(data) => data.decided_on <= day && data.kinds.contains(&PenaltyKind::Closure),
        _ => false,
    }
}

/// The stakes that it holds in enterprises that still stand in the register.
fn stakes(book: &Book, entity: EntityId, day: Day) -> Option<Evidence> {
    let live: Vec<_> = book
        .stakes(entity)
        .filter(|(held, _)| book.ended(*held).is_none_or(|(ended, _)| ended > day))
        .collect();
    let (first, _) = *live.first()?;
    let (name, count) = (book.name(first), live.len());
    let text = Text::new(
        format!("法定禁止情形“存在对外投资”：持有{name}等{count}户企业的股权"),
        format!("Statutory bar (holds stakes in others): {name}, {count} in all"),
    );
    Some(line(text, 1.0, live.into_iter().map(|(_, event)| event.clone()).collect()))
}
