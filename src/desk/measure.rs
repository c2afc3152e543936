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

impl MeasureDeed {
    /// Of a measure, with nothing beside.
    pub fn of(measure: Arc<str>) -> Self {
        Self {
            measure,
            agencies: Vec::new(),
            basis: String::new(),
            scope: String::new(),
            until: None,
            accepts: None,
        }
    }
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

    /// Whether it takes a step of somebody of an agency; a step that is of no measure, always.
    pub fn takes(&self, verb: Verb, agency: Option<&Arc<str>>) -> bool {
        let part = agency.and_then(|agency| self.parts.get(agency));
        let takes_part =
            |part: &Part| part.response.as_ref().is_some_and(|(_, _, accepts)| *accepts);
        match verb {
            Verb::Push => self.stands() && self.parts.values().any(|part| part.pushed.is_none()),
            Verb::Respond => {
                let asked = |part: &Part| part.pushed.is_some() && part.response.is_none();
                self.stands() && part.is_some_and(asked)
            }
            Verb::Feedback => part.is_some_and(|part| takes_part(part) && part.feedback.is_none()),
            Verb::Lift => self.stands(),
            _ => true,
        }
    }
}

/// Whether the measures of a case take a step of somebody of an agency: those of them that it may
/// be about.
pub fn takes(case: Option<&Case>, verb: Verb, agency: Option<&Arc<str>>) -> bool {
    let mut measures = case.into_iter().flat_map(|case| case.measures.values());
    !verb.is_of_measure() || measures.any(|measure| measure.takes(verb, agency))
}

/// Whether an act fits where the measure stands; other acts always do.
pub(super) fn check(case: Option<&Case>, act: &Act, deed: &TaskDeed) -> Result<(), Refused> {
    let Some(asked) = &deed.measure else { return Ok(()) };
    let known = case.and_then(|case| case.measures.get(&asked.measure));
    let stands = known.is_some_and(Decided::stands);
    let takes = known.is_some_and(|known| known.takes(deed.verb, act.by.agency.as_ref()));
    let fault = match deed.verb {
        Verb::Initiate => stands.then_some("the measure stands already: lift it first"),
        Verb::Push if !stands => Some("nobody decided the measure: initiate it first"),
        Verb::Push => {
            let unasked = |agency: &Arc<str>| {
                let part = known.and_then(|known| known.parts.get(agency));
                part.is_none_or(|part| part.pushed.is_some())
            };
            let wrong = !takes || asked.agencies.iter().any(unasked);
            wrong.then_some("it is pushed to agencies that were asked, once")
        }
        Verb::Respond if !takes => {
            Some("an agency answers once, after the request was pushed to it")
        }
        Verb::Respond => {
            asked.accepts.is_none().then_some("say whether the agency takes part: accepts")
        }
        Verb::Feedback => (!takes).then_some("an agency that took part tells once what it did"),
        Verb::Lift => (!takes).then_some("the measure does not stand"),
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
