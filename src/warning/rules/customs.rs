//! Are the goods lawful? Signs of smuggling, zero-tariff goods passed on, imported lots that fail.

use super::super::book::Held;
use super::super::finding::{Finding, Sight, fact_line, same};
use super::super::trigger::{Step, level_at, level_kept};
use super::super::words::Sign;
use super::flow::Signs;
use super::succession::join;
use crate::event::{Body, Change, Customs, CustomsKind, PatrolKind};
use crate::id::EntityId;
use crate::money::Fen;
use crate::text::Text;
use crate::time::Day;
use std::collections::BTreeMap;

/// Signs of smuggling, each once.
pub(in super::super) fn smuggling(
    sight: Sight<'_>,
    entity: EntityId,
    points: &BTreeMap<Sign, f64>,
    days: i32,
    moratorium: (i32, i32),
    levels: &[Step],
) -> Option<Finding> {
    let today = sight.today;
    let mut by_sign: BTreeMap<Sign, Vec<&Held>> = BTreeMap::new();
    let mut again: Option<Day> = None;
    let mut look_again = |day: Day| again = Some(again.map_or(day, |known| known.min(day)));
    // Customs signs stand until they are cleared; patrols near one stand with it.
    let mut customs_days: Vec<Day> = Vec::new();
    for held in sight.book.standing(entity, today) {
        let Body::Customs(data) = &held.event.body else { continue };
        if let Some(due) = data.proof_due_on.filter(|due| *due >= today) {
            look_again(due.plus(1));
        }
        if let Some(sign) = sign_of(data, today) {
            customs_days.push(data.on);
            by_sign.entry(sign).or_default().push(held);
        }
    }
    for held in sight.book.standing(entity, today) {
        let Body::Patrol(data) = &held.event.body else { continue };
        let (_, month, _) = data.on.civil();
        let resting = month >= moratorium.0 && month <= moratorium.1;
        let sign = patrol_sign(data.kind).filter(|sign| !(resting && *sign == Sign::TrackGap));
        let near = customs_days.iter().any(|day| day.since(data.on).abs() <= days);
        if let Some(sign) = sign.filter(|_| near || today.since(data.on) <= days) {
            by_sign.entry(sign).or_default().push(held);
            if !near {
                look_again(data.on.plus(days + 1));
            }
        }
    }
    if by_sign.is_empty() {
        return None;
    }
    let mut signs = Signs::default();
    for (sign, facts) in by_sign {
        let points = points.get(&sign).copied().unwrap_or(0.0);
        let lines = facts.iter().rev().take(3).map(|held| fact_line(held, points)).collect();
        signs.add(points, sign_name(sign), lines);
    }
    let finding = finding(sight, entity, signs, levels);
    Some(Finding { again, ..finding })
}

fn finding(sight: Sight<'_>, entity: EntityId, signs: Signs, levels: &[Step]) -> Finding {
    let finding = Finding {
        level: level_at(levels, signs.points),
        keep: level_kept(levels, signs.points),
        score: signs.points,
        subjects: vec![entity],
        evidence: signs.evidence,
        against: signs.against,
        ..Finding::default()
    };
    finding.value("{name}", same(sight.book.name(entity))).value("{reasons}", join(&signs.reasons))
}

fn sign_of(data: &Customs, today: Day) -> Option<Sign> {
    match data.kind {
        CustomsKind::SmugglingCase => Some(Sign::SmugglingCase),
        CustomsKind::NoProofOfOrigin => {
            if data.proof_provided_on.is_some_and(|day| day <= today) {
                return None;
            }
            let due = data.proof_due_on.unwrap_or(data.on);
            Some(if due < today { Sign::NoProof } else { Sign::ProofPending })
        }
        _ => None,
    }
}

const fn patrol_sign(kind: PatrolKind) -> Option<Sign> {
    Some(match kind {
        PatrolKind::NightLanding => Sign::NightLanding,
        PatrolKind::TrackGap => Sign::TrackGap,
        PatrolKind::IdentityClash => Sign::IdentityClash,
        PatrolKind::NoPapers => Sign::NoPapers,
        PatrolKind::StorageMismatch => Sign::StorageMismatch,
        PatrolKind::Other => return None,
    })
}

fn sign_name(sign: Sign) -> Text {
    let (zh, en) = match sign {
        Sign::SmugglingCase => ("走私案件", "a smuggling case"),
        Sign::NoProof => ("逾期未提供合法来源证明", "no proof of lawful origin in time"),
        Sign::ProofPending => ("尚未提供合法来源证明", "proof of lawful origin still due"),
        Sign::StorageMismatch => ("库存与凭证不符", "stock that does not fit the papers"),
        Sign::NightLanding => ("夜间非设关地靠泊", "a landing at night off the customs ports"),
        Sign::NoPapers => ("三无船舶", "a vessel without papers"),
        Sign::IdentityClash => ("船舶身份冲突", "a vessel identity clash"),
        Sign::TrackGap => ("船舶轨迹中断", "a gap in a vessel's track"),
    };
    Text::new(zh, en)
}

/// Parameters of the zero-tariff rule.
pub(in super::super) struct Tariff<'a> {
    pub(in super::super) days: i32,
    pub(in super::super) transfer: f64,
    pub(in super::super) stranger: f64,
    pub(in super::super) resale: f64,
    pub(in super::super) capacity: f64,
    pub(in super::super) capacity_factor: f64,
    pub(in super::super) levels: &'a [Step],
}

/// Zero-tariff goods passed on, or duty-free goods resold.
pub(in super::super) fn zero_tariff(
    sight: Sight<'_>,
    entity: EntityId,
    params: &Tariff<'_>,
) -> Option<Finding> {
    let from = sight.today.plus(-params.days);
    let mut signs = Signs::default();
    let mut oldest: Option<Day> = None;
    let mut declared = Fen::ZERO;
    let mut declarations = Vec::new();
    for held in sight.book.standing(entity, sight.today) {
        let Body::Customs(data) = &held.event.body else { continue };
        if data.on < from {
            continue;
        }
        match data.kind {
            CustomsKind::ZeroTariffTransfer => {
                let lines = vec![fact_line(held, params.transfer)];
                signs.add(
                    params.transfer,
                    Text::new("零关税货物转让", "zero-tariff goods passed on"),
                    lines,
                );
                if !has_customs_record(sight, held) {
                    signs.points += params.stranger;
                }
            }
            CustomsKind::DutyFreeResaleLead => {
                let lines = vec![fact_line(held, params.resale)];
                signs.add(
                    params.resale,
                    Text::new("免税品转售线索", "leads on resold duty-free goods"),
                    lines,
                );
            }
            CustomsKind::Declaration => {
                declared += data.declared_fen.unwrap_or(Fen::ZERO);
                declarations.push(held);
                continue;
            }
            _ => continue,
        }
        oldest = Some(oldest.map_or(data.on, |day| day.min(data.on)));
    }
    let oldest = oldest?;
    let capital = capital(sight, entity);
    if capital > Fen::ZERO && declared.as_yuan() > capital.as_yuan() * params.capacity_factor {
        let lines = declarations.iter().rev().take(3).map(|held| fact_line(held, params.capacity));
        let reason = Text::new("进口规模远超资本", "imports far beyond its capital");
        signs.add(params.capacity, reason, lines.collect());
    }
    let finding = finding(sight, entity, signs, params.levels);
    Some(Finding { again: Some(oldest.plus(params.days + 1)), ..finding })
}

/// Whether the other side of a customs record has records of its own: a beneficiary has.
fn has_customs_record(sight: Sight<'_>, held: &Held) -> bool {
    held.others.iter().any(|other| {
        sight.book.facts(*other).iter().any(|held| match &held.event.body {
            Body::Customs(data) => data.kind == CustomsKind::Declaration,
            _ => false,
        })
    })
}

fn capital(sight: Sight<'_>, entity: EntityId) -> Fen {
    let known = sight.book.facts(entity).iter().rev().find_map(|held| match &held.event.body {
        Body::Established(data) => data.paid_fen.or(data.subscribed_fen),
        Body::Changed(data) => data.changes.iter().find_map(|change| match change {
            Change::Subscribed { after, .. } => Some(*after),
            _ => None,
        }),
        _ => None,
    });
    known.unwrap_or(Fen::ZERO)
}

/// Imported lots that fail, of one enterprise.
pub(in super::super) fn import_quality(
    sight: Sight<'_>,
    entity: EntityId,
    days: i32,
    levels: &[Step],
) -> Option<Finding> {
    let from = sight.today.plus(-days);
    let mut signs = Signs::default();
    let mut oldest: Option<Day> = None;
    for held in sight.book.standing(entity, sight.today) {
        let Body::Customs(data) = &held.event.body else { continue };
        if data.on < from || !is_failed_lot(data.kind) {
            continue;
        }
        oldest = Some(oldest.map_or(data.on, |day| day.min(data.on)));
        let reason = Text::new(data.kind.zh(), super::super::statement::spaced(data.kind.word()));
        signs.add(1.0, reason, vec![fact_line(held, 1.0)]);
    }
    let oldest = oldest?;
    let count = same(format!("{:.0}", signs.points));
    let finding = finding(sight, entity, signs, levels).value("{count}", count);
    Some(Finding { again: Some(oldest.plus(days + 1)), ..finding })
}

/// A lot that failed its inspection or infringes a mark.
pub(in super::super) const fn is_failed_lot(kind: CustomsKind) -> bool {
    matches!(kind, CustomsKind::Nonconforming | CustomsKind::TrademarkInfringement)
}
