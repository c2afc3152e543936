//! Did the index jump, and is a veto in force? Warnings about the index of an enterprise.

use super::super::config::Config;
use super::super::finding::{Finding, Sight, line, same};
use super::super::trigger::GradeName;
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
/// Most days for which changes of grade are remembered.
const MEMORY_DAYS: i32 = 400;

/// The indices of this share, and how their grades moved.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Indices {
    standings: FxHashMap<EntityId, Standing>,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Standing {
    #[serde(with = "crate::shared")]
    index: Arc<Index>,
    /// Days on which the grade changed, with the grade before.
    moves: Vec<(Day, Grade)>,
}

impl Indices {
    /// Adds the indices of another share.
    pub(in super::super) fn merge(&mut self, other: Self) {
        self.standings.extend(other.standings);
    }

    /// Takes a delta. Tells whether warnings may change by it: the grade, the vetoes or the flags
    /// changed, or a fact (not time alone) changed the points.
    pub(in super::super) fn take(&mut self, delta: &IndexDelta, today: Day) -> bool {
        let index = &delta.after;
        let known = self.standings.get(&index.entity).map(|standing| &standing.index);
        let moved = known.is_none_or(|known| known.grade != index.grade);
        let vetoes = known.map_or(!index.vetoes.is_empty(), |known| known.vetoes != index.vetoes);
        let flags = known.map_or(!index.flags.is_empty(), |known| known.flags != index.flags);
        let by_fact = delta.at > today.start();
        let before = known.map(|known| known.grade);
        let standing = self
            .standings
            .entry(index.entity)
            .or_insert_with(|| Standing { index: index.clone(), moves: Vec::new() });
        standing.index = index.clone();
        if let Some(before) = before.filter(|before| *before != index.grade) {
            standing.moves.retain(|(day, _)| today.since(*day) <= MEMORY_DAYS);
            standing.moves.push((today, before));
        }
        moved || vetoes || flags || by_fact
    }

    /// The index as last told.
    pub(in super::super) fn of(&self, entity: EntityId) -> Option<&Index> {
        self.standings.get(&entity).map(|standing| &*standing.index)
    }

    /// By how many grades it rose within so many days.
    fn jump(&self, entity: EntityId, today: Day, days: i32) -> u8 {
        let Some(standing) = self.standings.get(&entity) else { return 0 };
        let recent = standing.moves.iter().filter(|(day, _)| today.since(*day) <= days);
        let lowest = recent.map(|(_, grade)| *grade).min().unwrap_or(standing.index.grade);
        (standing.index.grade as u8).saturating_sub(lowest as u8)
    }
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
    pub(in super::super) keep_score: i32,
    pub(in super::super) quiet_with_veto: bool,
}

/// A jump, or a grade reached.
pub(in super::super) fn level(
    sight: Sight<'_>,
    indices: &Indices,
    entity: EntityId,
    params: &Params,
) -> Option<Finding> {
    let index = indices.of(entity)?;
    let quiet = params.quiet_with_veto && !index.vetoes.is_empty();
    let jumped = index.score >= params.jump_score
        && indices.jump(entity, sight.today, params.jump_days) >= params.jump_grades;
    let level = match (jumped, index.grade >= params.reach.grade()) {
        (true, true) => Some(params.jump_reach_level),
        (true, false) => Some(params.jump_level),
        (false, true) => Some(params.reach_level),
        (false, false) => None,
    };
    let level = level.filter(|_| !quiet);
    // What was raised stays until the score is well below.
    let keep = (index.score >= params.keep_score).then_some(Level::Red);
    if level.is_none() && keep.is_none() {
        return None;
    }
    let mut strongest: Vec<&Contribution> =
        index.contributions.iter().filter(|c| c.points > 0).collect();
    strongest.sort_by_key(|c| std::cmp::Reverse(c.points));
    let evidence = strongest.iter().take(LINES_MAX).map(|c| told(sight.config, c)).collect();
    let against = index.contributions.iter().filter(|c| c.points < 0);
    let reasons: Vec<Text> =
        strongest.iter().take(3).map(|c| sight.config.indicator(&c.indicator)).collect();
    let finding = Finding {
        level,
        keep,
        score: f64::from(index.score),
        subjects: vec![entity],
        evidence,
        against: against.map(|c| told(sight.config, c)).collect(),
        ..Finding::default()
    };
    Some(
        finding
            .value("{name}", same(sight.book.name(entity)))
            .value("{grade}", same(format!("{:?}", index.grade)))
            .value("{score}", same(index.score.to_string()))
            .value("{reasons}", join(&reasons)),
    )
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
    Some(
        finding
            .value("{name}", same(sight.book.name(entity)))
            .value("{reasons}", join(&reasons))
            .value("{grade}", same(format!("{:?}", index.grade)))
            .value("{score}", same(index.score.to_string())),
    )
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
    Some(
        finding
            .value("{name}", same(sight.book.name(entity)))
            .value("{reasons}", join(&reasons))
            .value("{grade}", same(index.grade.word()))
            .value("{score}", same(index.score.to_string())),
    )
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
