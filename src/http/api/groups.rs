//! How do industries and towns stand? Indices of groups in which nobody can be read.

use crate::access::{Doing, View};
use crate::http::Shared;
use crate::http::api::lists::asked;
use crate::http::api::page::told;
use crate::http::api::shapes::rounded;
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::Problem;
use crate::id::EntityId;
use crate::money::Fen;
use crate::risk::groups::{self, GROWTH_DAYS, GroupIndex, INDUSTRY_CHARS, Member};
use crate::source::live::wall_clock;
use crate::time::Day;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which groups.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct GroupQuery {
    /// What makes a group.
    #[param(inline)]
    by: GroupBy,
}

/// What makes a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum GroupBy {
    /// Division of GB/T 4754.
    Industry,
    /// GB/T 2260, as far as it is known: the town.
    Town,
}

/// A group.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Group {
    /// Code of the industry or the town.
    group: String,
    /// Enterprises.
    members: usize,
    /// Mean index, by subscribed capital.
    index: f64,
    /// Of grades A to D.
    grades: [usize; 4],
    /// Of grade D 90 days before.
    d_before: usize,
    /// 0–1: how much of the mean few enterprises make (Herfindahl–Hirschman).
    concentration: f64,
    /// Systemic signals by the model's `groups.toml`: `concentration`, `growth`.
    signals: Vec<String>,
}

/// The groups.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Groups {
    /// Highest index first.
    groups: Vec<Group>,
    /// Groups that are too small, or in which one weighs too much, to be told.
    withheld: usize,
}

fn key(view: &View<'_>, entity: EntityId, by: GroupBy) -> Option<String> {
    let profile = view.profile(entity)?;
    let text = match by {
        GroupBy::Industry => profile.industries.current()?.chars().take(INDUSTRY_CHARS).collect(),
        GroupBy::Town => profile.division().to_owned(),
    };
    Some(text).filter(|text: &String| !text.is_empty())
}

fn member(view: &View<'_>, entity: EntityId, earlier: Day) -> Option<Member> {
    let index = view.index(entity)?;
    let before = view.scores(entity).iter().rev().find(|score| score.day <= earlier);
    let capital = view.profile(entity)?.subscribed.current().copied().unwrap_or(Fen::ZERO);
    Some(Member {
        score: index.score,
        grade: index.grade,
        before: before.map(|score| score.grade),
        weight: capital.as_yuan().max(1.0),
    })
}

/// How industries or towns stand. Only those of which no enterprise can be read are told.
#[utoipa::path(get, path = "/api/v1/groups", operation_id = "groups", params(GroupQuery), responses(
    (status = 200, body = Groups), (status = 304), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)
))]
pub(in crate::http) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    query: Result<Query<GroupQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.needs(Doing::Read)?;
    let by = asked(query)?.by;
    let bounds = shared.handles.about.read().ok().and_then(|about| about.groups.clone());
    let signals = |group: &GroupIndex| -> Vec<String> {
        let found = bounds.as_ref().map(|bounds| bounds.of(group)).unwrap_or_default();
        found.into_iter().map(|signal| signal.word().to_owned()).collect()
    };
    let found = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let earlier = view.clock().day().plus(-GROWTH_DAYS);
        let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for entity in view.all_enterprises() {
            if let (Some(key), Some(member)) =
                (key(view, entity, by), member(view, entity, earlier))
            {
                members.entry(key).or_default().push(member);
            }
        }
        let all = members.len();
        let told = members.into_iter().filter_map(|(group, members)| {
            let found = groups::index(&members)?;
            Some(Group {
                group,
                members: found.members,
                index: rounded(found.index),
                grades: found.grades,
                d_before: found.d_before,
                concentration: rounded(found.concentration),
                signals: signals(&found),
            })
        });
        let mut groups: Vec<Group> = told.collect();
        groups.sort_by(|a, b| b.index.total_cmp(&a.index));
        let withheld = all - groups.len();
        Groups { groups, withheld }
    });
    Ok(told(&headers, &found))
}
