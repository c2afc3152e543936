//! Did the index jump, and is a veto in force? Warnings about the index of an enterprise.

use super::super::book::Book;
use super::super::config::Config;
use super::super::finding::{Finding, Sight, line, same};
use super::super::words::GradeName;
use super::flow::Flows;
use super::succession::join;
use crate::id::EntityId;
use crate::risk::{Contribution, Grade, Ground, Index, IndexDelta};
use crate::text::{Evidence, Level, Text};
use crate::time::Day;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most contributions that a warning tells.
const LINES_MAX: usize = 10;

/// The indices of this share.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Indices {
    #[serde(with = "crate::shared::map")]
    indices: FxHashMap<EntityId, Arc<Index>>,
}

impl Indices {
    /// Adds the indices of another share.
    pub(in super::super) fn merge(&mut self, other: Self) {
        self.indices.extend(other.indices);
    }

    /// Takes a delta. Tells whether warnings may change by it: the grade, the vetoes or the flags
    /// changed, the score rose, or a fact (not time alone) changed the points.
    pub(in super::super) fn take(&mut self, delta: &IndexDelta) -> bool {
        let index = &delta.after;
        let known = self.indices.insert(index.entity, index.clone());
        let moved = known
            .as_ref()
            .is_none_or(|known| known.grade != index.grade || known.score < index.score);
        let vetoes =
            known.as_ref().map_or(!index.vetoes.is_empty(), |known| known.vetoes != index.vetoes);
        let flags =
            known.as_ref().map_or(!index.flags.is_empty(), |known| known.flags != index.flags);
        moved || vetoes || flags || delta.by_fact
    }

    /// The index as last told.
    pub(in super::super) fn of(&self, entity: EntityId) -> Option<&Index> {
        self.indices.get(&entity).map(|index| &**index)
    }
}

/// Whether facts that became known within some days lifted the index by so many grades, told from
/// the lines that count now and when their newest fact was known. What was believed in between,
/// and by which way it came to be known, leaves no trace. Lines of unknown time (monthly reports,
/// facts of others) count as known before.
fn jumped(sight: Sight<'_>, flows: &Flows, index: &Index, params: &Params) -> bool {
    let lines = by_day(sight.book, flows, index);
    let grade = |upto: &dyn Fn(Day) -> bool| {
        let counted = lines.iter().filter(|(day, _)| day.is_none_or(upto));
        sight.config.grade(counted.map(|(_, points)| points).sum())
    };
    let days = lines.iter().filter_map(|(day, _)| *day);
    let recent = days.filter(|day| sight.today.since(*day) < params.memory_days);
    recent.into_iter().any(|last| {
        let before = grade(&|day| last.since(day) > params.jump_days);
        let after = grade(&|day| day <= last);
        (after as u8).saturating_sub(before as u8) >= params.jump_grades
    })
}

/// When the newest fact of a line was known; none for a line of unknown time.
fn known_on(book: &Book, flows: &Flows, index: &Index, line: &Contribution) -> Option<Day> {
    let days = line.events.iter().filter_map(|id| {
        let by_fact = book.known_on(index.entity, id);
        by_fact.or_else(|| flows.known_on(index.entity, id))
    });
    days.max()
}

/// The lines of an index by the day on which they were known, those of unknown time first.
fn by_day(book: &Book, flows: &Flows, index: &Index) -> Vec<(Option<Day>, i32)> {
    let day = |line| known_on(book, flows, index, line);
    let mut lines: Vec<(Option<Day>, i32)> =
        index.contributions.iter().map(|line| (day(line), line.points)).collect();
    lines.sort_unstable();
    lines
}

/// Of an enterprise of class D, the day from which that follows from the lines that count now and
/// were known by then, by its score or else by a veto. What was believed in between leaves no trace.
pub(in super::super) fn high_since(
    book: &Book,
    flows: &Flows,
    config: &Config,
    index: &Index,
) -> Option<Day> {
    if index.grade != Grade::D {
        return None;
    }
    let always = Day(i32::MIN);
    if config.grade(index.score) < Grade::D {
        let vetoes = index.vetoes.iter();
        return vetoes.map(|line| known_on(book, flows, index, line).unwrap_or(always)).min();
    }
    let mut score = 0;
    let lines = by_day(book, flows, index);
    let reached = lines.into_iter().find(|(_, points)| {
        score += points;
        config.grade(score) == Grade::D
    });
    Some(reached.and_then(|(day, _)| day).unwrap_or(always))
}

/// The parameters.
pub(in super::super) struct Params {
    pub(in super::super) jump_grades: u8,
    pub(in super::super) jump_days: i32,
    pub(in super::super) jump_score: i32,
    pub(in super::super) jump_level: Level,
    pub(in super::super) reach: GradeName,
    pub(in super::super) reach_level: Level,
    pub(in super::super) jump_reach_level: Level,
    pub(in super::super) memory_days: i32,
    pub(in super::super) refresh_days: i32,
    pub(in super::super) quiet_with_veto: bool,
}

/// A jump, or a grade reached.
pub(in super::super) fn level(
    sight: Sight<'_>,
    (indices, flows): (&Indices, &Flows),
    entity: EntityId,
    params: &Params,
) -> Option<Finding> {
    let index = indices.of(entity)?;
    let quiet = params.quiet_with_veto && !index.vetoes.is_empty();
    let jumped = index.score >= params.jump_score && jumped(sight, flows, index, params);
    let level = match (jumped, index.grade >= params.reach.grade()) {
        (true, true) => Some(params.jump_reach_level),
        (true, false) => Some(params.jump_level),
        (false, true) => Some(params.reach_level),
        (false, false) => None,
    };
    // Points fade day by day: what follows from that is told on common days only.
    let again = Some(Day((sight.today.0 / params.refresh_days + 1) * params.refresh_days));
    let Some(level) = level.filter(|_| !quiet) else {
        let high = index.score >= params.jump_score;
        return Some(Finding { again: again.filter(|_| high), ..Finding::default() });
    };
    let mut strongest: Vec<&Contribution> =
        index.contributions.iter().filter(|c| c.points > 0).collect();
    strongest.sort_by_key(|c| std::cmp::Reverse(c.points));
    let evidence = strongest.iter().take(LINES_MAX).map(|c| told(sight.config, c)).collect();
    let against = index.contributions.iter().filter(|c| c.points < 0);
    let reasons: Vec<Text> =
        strongest.iter().take(3).map(|c| sight.config.indicator(&c.indicator)).collect();
    let finding = Finding {
        level: Some(level),
        score: f64::from(index.score),
        subjects: vec![entity],
        evidence,
        again,
        against: against.map(|c| told(sight.config, c)).collect(),
        ..Finding::default()
    };
    Some(named(finding, sight, index, &reasons))
}

/// Veto indicators in force.
pub(in super::super) fn veto(
    sight: Sight<'_>,
    indices: &Indices,
    entity: EntityId,
    levels: &BTreeMap<String, Level>,
    default: Level,
    except: &[String],
) -> Option<Finding> {
    let index = indices.of(entity)?;
    let vetoes: Vec<&Contribution> = index
        .vetoes
        .iter()
        .filter(|veto| !except.iter().any(|id| **id == *veto.indicator))
        .collect();
    let level_of = |veto: &&Contribution| levels.get(&*veto.indicator).copied().unwrap_or(default);
    let level = vetoes.iter().map(level_of).max()?;
    let evidence = vetoes
        .iter()
        .map(|veto| {
            let name = sight.config.indicator(&veto.indicator);
            let text = Text::new(
                format!("一票否决指标{}（{}）成立", veto.indicator, name.zh),
                format!("Veto indicator {} ({}) is in force", veto.indicator, name.en),
            );
            line(text, f64::from(veto.points), veto.events.clone())
        })
        .collect();
    let reasons: Vec<Text> = vetoes.iter().map(|v| sight.config.indicator(&v.indicator)).collect();
    let finding = Finding {
        level: Some(level),
        score: f64::from(index.score),
        subjects: vec![entity],
        evidence,
        ..Finding::default()
    };
    Some(named(finding, sight, index, &reasons))
}

/// A condition in SQL that holds.
pub(in super::super) fn flag(
    sight: Sight<'_>,
    indices: &Indices,
    entity: EntityId,
    kind: &str,
) -> Option<Finding> {
    let index = indices.of(entity)?;
    let flag = index.flags.iter().find(|flag| *flag.kind == *kind)?;
    let said: Vec<(Text, &Ground)> = flag
        .grounds
        .iter()
        .map(|ground| {
            let name = sight.config.indicator(&ground.feature);
            let (zh, en) = (name.zh, name.en);
            (Text::new(format!("{zh} {}", ground.value), format!("{en} {}", ground.value)), ground)
        })
        .collect();
    let evidence =
        said.iter().map(|(text, ground)| line(text.clone(), 1.0, ground.events.clone())).collect();
    let reasons: Vec<Text> = said.into_iter().map(|(text, _)| text).collect();
    let finding = Finding {
        level: Some(flag.level),
        score: f64::from(index.score),
        subjects: vec![entity],
        evidence,
        ..Finding::default()
    };
    Some(named(finding, sight, index, &reasons))
}

/// With what the sentences about an index name.
fn named(finding: Finding, sight: Sight<'_>, index: &Index, reasons: &[Text]) -> Finding {
    finding
        .value("{name}", same(sight.book.name(index.entity)))
        .value("{grade}", same(index.grade.word()))
        .value("{score}", same(index.score.to_string()))
        .value("{reasons}", join(reasons))
}

fn told(config: &Config, contribution: &Contribution) -> Evidence {
    let name = config.indicator(&contribution.indicator);
    let (id, points) = (&contribution.indicator, contribution.points);
    let text = Text::new(
        format!("指标{id}（{}）：{points:+}分", name.zh),
        format!("Indicator {id} ({}): {points:+} points", name.en),
    );
    line(text, f64::from(points), contribution.events.clone())
}
