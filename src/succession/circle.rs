//! Do the same people stand behind both, though not in the register of both? Control through
//! holdings, and straw men who sit beside the old circle elsewhere.
//!
//! Must not know: motive, premises, money.

use crate::graph::{Graph, Holder, LinkKey, LinkKind, Profile, Tie};
use crate::id::{EntityId, PersonKey};
use crate::succession::compare::Sides;
use crate::succession::weigh::Scales;
use crate::text::{Family, Text};

/// The natural persons who control an enterprise, through whatever holdings.
fn heads(graph: &Graph, id: EntityId) -> impl Iterator<Item = PersonKey> {
    graph.controllers(id).into_iter().filter_map(|controller| match controller.party {
        Holder::Person(person) => Some(person),
        Holder::Enterprise(_) => None,
    })
}

fn persons(ties: &[Tie]) -> impl Iterator<Item = &Tie> {
    ties.iter().filter(|tie| tie.kind == LinkKind::Person)
}

fn has(ties: &[Tie], key: LinkKey) -> bool {
    ties.binary_search_by_key(&key, |tie| tie.key).is_ok()
}

/// A person who is tied to one of two enterprises, or controls it, and controls the other through
/// holdings without being tied to it.
pub(super) fn behind(graph: &Graph, old: EntityId, new: EntityId) -> Option<PersonKey> {
    let (old_ties, new_ties) = (graph.ties(old), graph.ties(new));
    let mut of_old = None;
    for person in heads(graph, new) {
        let key = LinkKey::person(person);
        if has(new_ties, key) {
            continue;
        }
        let of_old = of_old.get_or_insert_with(|| heads(graph, old).collect::<Vec<_>>());
        if has(old_ties, key) || of_old.contains(&person) {
            return Some(person);
        }
    }
    heads(graph, old).find(|person| {
        let key = LinkKey::person(*person);
        !has(old_ties, key) && has(new_ties, key)
    })
}

/// Those whom the persons of an enterprise control, and those to whom its controllers are tied.
pub(super) fn reached(graph: &Graph, id: EntityId) -> Vec<EntityId> {
    let mut found = Vec::new();
    let control = graph.control();
    for head in heads(graph, id).filter(|head| !has(graph.ties(id), LinkKey::person(*head))) {
        let key = LinkKey::person(head);
        if !graph.is_hub(key) {
            found.extend(graph.members(key).iter().map(|member| member.entity));
            found.extend(control.controlled_by(Holder::Person(head)).into_iter().map(|c| c.0));
        }
    }
    let posts = graph.profile(id).map(Profile::posts).unwrap_or_default();
    let mut own: Vec<PersonKey> = posts.into_iter().map(|post| post.person).collect();
    own.sort_unstable();
    own.dedup();
    for person in own.into_iter().filter(|person| !graph.is_hub(LinkKey::person(*person))) {
        found.extend(control.controlled_by(Holder::Person(person)).into_iter().map(|c| c.0));
    }
    found
}

/// Adds what is found behind the scenes to the family of control.
pub(super) fn weigh(scales: &mut Scales, sides: &Sides<'_>) {
    let model = &sides.config.control;
    if let Some(person) = behind(sides.graph, sides.old_id, sides.new_id) {
        let key = LinkKey::person(person);
        scales.values.push(key);
        let class = sides.graph.rarity_class(key);
        let factor = sides.config.rarity.factor(LinkKind::Person, class);
        let text = Text::new(
            "同一自然人经持股企业间接控制其中一方",
            "the same natural person controls one of the two through holdings",
        );
        scales.add(Family::Control, model.through * factor, text, sides.registered());
    }
    beside(scales, sides);
}

/// A new person in office who sits beside one of the old firm's people in a third enterprise.
fn beside(scales: &mut Scales, sides: &Sides<'_>) {
    let (graph, config) = (sides.graph, sides.config);
    let (old, new) = (graph.ties(sides.old_id), graph.ties(sides.new_id));
    let factor = |key: LinkKey| config.rarity.factor(LinkKind::Person, graph.rarity_class(key));
    let mut best: Option<(f64, EntityId)> = None;
    for stranger in persons(new).filter(|tie| !has(old, tie.key)) {
        scales.values.push(stranger.key);
        if graph.is_hub(stranger.key) {
            continue;
        }
        for member in graph.members(stranger.key) {
            let third = member.entity;
            if third == sides.old_id || third == sides.new_id || sides.agents.contains(&third) {
                continue;
            }
            scales.values.push(LinkKey::enterprise(third));
            let known = persons(graph.ties(third)).filter(|tie| has(old, tie.key));
            for friend in known.filter(|tie| !has(new, tie.key)) {
                scales.values.push(friend.key);
                let bits = config.control.beside * factor(stranger.key) * factor(friend.key);
                if best.is_none_or(|(have, _)| bits > have) {
                    best = Some((bits, third));
                }
            }
        }
    }
    let Some((bits, third)) = best else { return };
    let name = graph.profile(third).map_or("", |profile| profile.name());
    let text = Text::new(
        format!("新主体任职人员与前身任职人员在第三家企业（{name}）共事"),
        format!("someone in office at the new firm sits beside the old firm's people at {name}"),
    );
    let mut events = sides.registered();
    let theirs = graph.profile(third).and_then(|profile| profile.registered.as_ref());
    events.extend(theirs.map(|(event, _)| event.clone()));
    scales.add(Family::Control, bits, text, events);
}
