//! What comes of an enterprise's day? Its index evaluated, compared, put in place of the old one.
//!
//! Must not know: what queued it.

use crate::id::EntityId;
use crate::risk::Index;
use crate::risk::measure::{Hit, View, measure};
use crate::risk::score;
use crate::risk::tags::Tags;
use std::sync::Arc;

/// The index of one enterprise on one day.
pub(super) fn evaluate(
    view: &View<'_>,
    entity: EntityId,
    relations: &[(usize, Hit)],
    needs: &[Tags],
) -> Index {
    let tags = view.record.tags | Tags::ALWAYS;
    let mut hits = relations.to_vec();
    for (place, indicator) in view.config.indicators.iter().enumerate() {
        if tags.meets(needs[place])
            && let Some(hit) = measure(view, indicator)
        {
            hits.push((place, hit));
        }
    }
    score::index(view, entity, hits)
}

/// Whether the indicators over monthly reports say something else than the index shows.
pub(super) fn months_differ(view: &View<'_>, monthly: &[usize], index: &Index) -> bool {
    monthly.iter().any(|&place| {
        let indicator = &view.config.indicators[place];
        let hit: Option<Hit> = measure(view, indicator);
        let line = hit.and_then(|hit| score::line(view.config, indicator, hit));
        let known = index.contributions.iter().find(|l| l.indicator == *indicator.id.get_ref());
        line.as_ref().map(|(line, _)| line) != known
    })
}

/// Puts an index in place of the old one; gives both when something but its day changed.
pub(super) fn replace(
    known: &mut Option<Arc<Index>>,
    index: Index,
) -> Option<(Option<Arc<Index>>, Arc<Index>)> {
    let same = known.as_ref().is_some_and(|known| {
        known.score == index.score
            && known.grade == index.grade
            && known.contributions == index.contributions
            && known.vetoes == index.vetoes
    });
    if same {
        return None;
    }
    let after = Arc::new(index);
    Some((known.replace(after.clone()), after))
}
