//! What do the findings of other stages add? Flow patterns as marks, successions as points.
//!
//! Must not know: how they were found.

use crate::flow::{FlowDelta, FlowKind};
use crate::id::EventId;
use crate::risk::config::Successor;
use crate::risk::mark::{Mark, NEVER};
use crate::risk::measure::{Hit, View};
use crate::risk::tags::Tags;

/// A flow pattern as a mark; its value is the suspicion in per mille.
pub(super) fn flow_mark(delta: &FlowDelta) -> Mark {
    let instance = &delta.instance;
    let mut events: Vec<EventId> =
        instance.evidence.iter().flat_map(|line| line.events.iter().cloned()).collect();
    events.sort_unstable();
    events.dedup();
    Mark {
        id: EventId::new("flow", &instance.id),
        lineage: None,
        at: instance.last_at,
        tags: flow_tag(instance.kind),
        on: instance.last_at.day(),
        end: NEVER,
        done: NEVER,
        key: 0,
        value: (instance.suspicion * 1000.0).round() as i64,
        more: Box::default(),
        evidence: Some(events.into()),
    }
}

fn flow_tag(kind: FlowKind) -> Tags {
    match kind {
        FlowKind::Cycle => Tags::FLOW_CYCLE,
        FlowKind::FanIn => Tags::FLOW_FAN_IN,
        FlowKind::FanOut => Tags::FLOW_FAN_OUT,
        FlowKind::ScatterGather => Tags::FLOW_SCATTER_GATHER,
        FlowKind::GatherScatter => Tags::FLOW_GATHER_SCATTER,
        FlowKind::PassThrough => Tags::FLOW_PASS_THROUGH,
        FlowKind::Structuring => Tags::FLOW_STRUCTURING,
        FlowKind::DormantWake => Tags::FLOW_DORMANT_WAKE,
        FlowKind::Fundraising => Tags::FLOW_FUNDRAISING,
        FlowKind::EfLeakage => Tags::FLOW_EF_LEAKAGE,
        FlowKind::SpecialDrain => Tags::FLOW_SPECIAL_DRAIN,
        FlowKind::AssetShift => Tags::FLOW_ASSET_SHIFT,
    }
}

/// The strongest pair in which the enterprise is the successor.
pub(super) fn successor(view: &View<'_>, rule: &Successor) -> Option<Hit> {
    let pair = view
        .pairs
        .values()
        .filter(|pair| pair.confidence >= rule.confidence_min)
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))?;
    let events = pair.evidence.iter().flat_map(|line| line.events.iter().cloned()).collect();
    Some(Hit { points: rule.points * pair.confidence, events, firm: true })
}
