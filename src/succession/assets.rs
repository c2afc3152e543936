//! Did things and money come along? Transfers of assets, shared accounts, payments.
//!
//! Must not know: motive.

use crate::event::AssetKind;
use crate::graph::{AssetMove, LinkKind, Owner};
use crate::id::EventId;
use crate::money::Fen;
use crate::succession::compare::Sides;
use crate::succession::gate::Sale;
use crate::succession::weigh::Scales;
use crate::text::{Family, Text};

/// The buyer is seen to pay when it paid one of so many parts of the price: the rest may come later.
const PAID_PART: i64 = 3;

/// Assets that moved from the old firm to the new in the window, with their events.
pub(super) fn moved<'a>(sides: &Sides<'a>) -> impl Iterator<Item = &'a AssetMove> {
    let (born, windows) = (sides.birth.on.0, &sides.config.windows);
    let (from, to) = (born - windows.assets_before, born + windows.assets_after);
    let new = sides.new_id;
    sides.old.assets.iter().filter(move |moved| {
        moved.away
            && moved.other == Some(Owner::Enterprise(new))
            && (from..=to).contains(&moved.on.0)
    })
}

/// Whether all that went over has a stated price, with no account or money along with it, and whether
/// the buyer paid.
pub(super) fn sale(sides: &Sides<'_>) -> Sale {
    let token = sides.config.assets.token_yuan * 100;
    let sold = |moved: &AssetMove| moved.price.is_some_and(|price| price.0 >= token);
    let some = moved(sides).next().is_some();
    let account = sides
        .shared
        .iter()
        .any(|(tie, _)| matches!(tie.kind, LinkKind::Account | LinkKind::OnlineShop));
    let given = sides.old.paid_to.contains_key(&sides.new_id);
    if !some || !moved(sides).all(sold) || account || given {
        return Sale::No;
    }
    let prices: Fen = moved(sides).filter_map(|moved| moved.price).sum();
    let paid = sides.new.paid_to.get(&sides.old_id).map_or(Fen::ZERO, |(sum, _)| *sum);
    let named = |moved: &AssetMove| {
        matches!(moved.kind, AssetKind::Trademark | AssetKind::OnlineShop | AssetKind::Domain)
    };
    if paid.0 >= prices.0 / PAID_PART {
        Sale::Paid
    } else if moved(sides).any(named) {
        Sale::No
    } else {
        Sale::Fittings
    }
}

/// Adds assets and money to the scales.
pub(super) fn weigh(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.assets;
    let mut labels: Vec<&str> = Vec::new();
    for moved in moved(sides) {
        let base = match moved.kind {
            AssetKind::Trademark | AssetKind::OnlineShop | AssetKind::Domain => model.moved,
            _ => model.moved_other,
        };
        let priced = moved.price.is_some_and(|price| price.0 >= model.token_yuan * 100);
        labels.extend(moved.label.as_deref());
        let terms = if priced {
            Text::new("有偿", "for a price")
        } else {
            Text::new("无偿、象征性价款或未载明价款", "without a price worth the name")
        };
        scales.add(
            Family::Assets,
            base * if priced { model.priced } else { 1.0 },
            Text::new(
                format!("前身的{}转到新主体（{}）", moved.kind.zh(), terms.zh),
                format!("{} went from the old firm to the new, {}", moved.kind.word(), terms.en),
            ),
            [moved.event.clone()],
        );
    }
    for (old, _) in sides.shared {
        let factor = sides.config.rarity.factor(old.kind, sides.graph.rarity_class(old.key));
        match old.kind {
            LinkKind::Asset | LinkKind::OnlineShop if labels.is_empty() => scales.add(
                Family::Assets,
                model.shared * factor,
                Text::new("同一具名资产先后在两家主体", "one named asset was at both in turn"),
                asset_events(sides),
            ),
            LinkKind::Account => scales.add(
                Family::Assets,
                model.account * factor,
                Text::new("同一收付款账户", "the same account"),
                sides.registered(),
            ),
            _ => {}
        }
    }
    if let Some((_, number)) = sides.old.paid_to.get(&sides.new_id) {
        scales.add(
            Family::Assets,
            model.paid,
            Text::new(
                format!("前身向新主体付款 {number} 笔"),
                format!("the old firm paid the new one {number} times"),
            ),
            sides.registered(),
        );
    }
    scales.diminish(Family::Assets, model.again);
    scales.cap(Family::Assets, model.cap);
}

fn asset_events(sides: &Sides<'_>) -> Vec<EventId> {
    let of = |moves: &[AssetMove]| moves.iter().map(|m| m.event.clone()).collect::<Vec<_>>();
    let mut events = of(&sides.old.assets);
    events.extend(of(&sides.new.assets));
    events
}
