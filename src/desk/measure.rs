//! Who asks whom for which measure? Joint action: 发起 → 推送 → 响应 → 反馈, as acts on a task.
//!
//! The system proposes measures by level and kind; a named person decides one (*initiates* it), with
//! its basis, scope and end, and names the agencies that are asked. The request is *pushed* to
//! them, each *responds*, and those who accept *feed back* what they did. A measure is *lifted* by
//! a person, or by the clock when its time is over or its warning has fallen. Invariant: nothing
//! is in force that no person decided; the four steps of an agency come in their order, once each.

use crate::desk::act::{Act, TaskDeed};
use crate::desk::table::Verb;
use crate::desk::{Case, Refused};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an act says of a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureDeed {
    /// Its id in the catalogue.
    pub measure: Arc<str>,
    /// The agencies that are asked, of an initiation; to which it is pushed: all when empty.
    #[serde(default)]
    pub agencies: Vec<Arc<str>>,
    /// Legal basis, as the catalogue had it when it was decided.
    #[serde(default)]
    pub basis: String,
    /// What it covers, as decided.
    #[serde(default)]
    pub scope: String,
    /// When it lapses; none when it is done once.
    #[serde(default)]
    pub until: Option<Time>,
    /// Whether the agency takes part, of a response.
    #[serde(default)]
    pub accepts: Option<bool>,
}

/// What one agency did about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// When it was pushed.
    pub pushed: Option<Time>,
    /// When it answered, who, and whether it takes part.
    pub response: Option<(Time, Arc<str>, bool)>,
    /// When it told what it did, who, and what.
    pub feedback: Option<(Time, Arc<str>, String)>,
}

/// A measure that a person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The act.
    pub act: Arc<str>,
    /// When.
    pub at: Time,
    /// The account.
    pub by: Arc<str>,
    /// Legal basis.
    pub basis: String,
    /// What it covers.
    pub scope: String,
    /// When it lapses.
    pub until: Option<Time>,
    /// The agencies that were asked.
    pub parts: BTreeMap<Arc<str>, Part>,
    /// When it was lifted, by whom and why.
    pub lifted: Option<(Time, Arc<str>, String)>,
}

impl Decided {
    /// Whether it is in force.
    pub const fn stands(&self) -> bool {
        self.lifted.is_none()
    }
}

/// Whether an act fits where the measure stands; other acts always do.
pub(super) fn check(case: Option<&Case>, act: &Act, deed: &TaskDeed) -> Result<(), Refused> {
    let Some(asked) = &deed.measure else { return Ok(()) };
    let known = case.and_then(|case| case.measures.get(&asked.measure));
    let standing = known.filter(|known| known.stands());
    let part = |known: &'_ Decided| {
        let agency = act.by.agency.as_ref()?;
        known.parts.get(agency).cloned()
    };
    let fault = match deed.verb {
        Verb::Initiate => standing.map(|_| "the measure stands already: lift it first"),
        Verb::Push => match standing {
            None => Some("nobody decided the measure: initiate it first"),
            Some(known) => {
                let asks = |agency: &Arc<str>| {
                    known.parts.get(agency).is_some_and(|part| part.pushed.is_none())
                };
                let any = asked.agencies.is_empty() && known.parts.keys().any(asks);
                let all = !asked.agencies.is_empty() && asked.agencies.iter().all(asks);
                (!any && !all).then_some("it is pushed to agencies that were asked, once")
            }
        },
        Verb::Respond => match standing.and_then(part) {
            Some(part) if part.pushed.is_some() && part.response.is_none() => {
                asked.accepts.is_none().then_some("say whether the agency takes part: accepts")
            }
            _ => Some("an agency answers once, after the request was pushed to it"),
        },
        Verb::Feedback => match known.and_then(part) {
            Some(part) if part.feedback.is_none() => {
                let takes_part = part.response.is_some_and(|(_, _, accepts)| accepts);
                (!takes_part).then_some("an agency that took part tells what it did")
            }
            _ => Some("an agency tells once what it did"),
        },
        Verb::Lift => standing.is_none().then_some("the measure does not stand"),
        _ => None,
    };
    fault.map_or(Ok(()), |why| Err(Refused::Unfit(why)))
}

/// Takes an act that was checked.
pub(super) fn take(case: &mut Case, act: &Act, deed: &TaskDeed) {
    let Some(asked) = &deed.measure else { return };
    let (at, who) = (act.at, act.by.account.clone());
    if deed.verb == Verb::Initiate {
        for agency in &asked.agencies {
            if !case.partners.contains(agency) {
                case.partners.push(agency.clone());
            }
        }
        let decided = Decided {
            act: act.id.clone(),
            at,
            by: who,
            basis: asked.basis.clone(),
            scope: asked.scope.clone(),
            until: asked.until,
            parts: asked.agencies.iter().map(|id| (id.clone(), Part::default())).collect(),
            lifted: None,
        };
        case.measures.insert(asked.measure.clone(), decided);
        return;
    }
    let Some(known) = case.measures.get_mut(&asked.measure) else { return };
    let own = act.by.agency.as_ref();
    match deed.verb {
        Verb::Push => {
            for (agency, part) in &mut known.parts {
                let meant = asked.agencies.is_empty() || asked.agencies.contains(agency);
                if meant && part.pushed.is_none() {
                    part.pushed = Some(at);
                }
            }
        }
        Verb::Respond => {
            if let Some(part) = own.and_then(|own| known.parts.get_mut(own)) {
                part.response = Some((at, who, asked.accepts.unwrap_or(false)));
            }
        }
        Verb::Feedback => {
            if let Some(part) = own.and_then(|own| known.parts.get_mut(own)) {
                part.feedback = Some((at, who, act.reason.clone()));
            }
        }
        Verb::Lift => known.lifted = Some((at, who, act.reason.clone())),
        _ => {}
    }
}
