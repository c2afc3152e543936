//! How does a task look in the API, with its findings, measures and steps?

use crate::access::view::Seen;
use crate::access::{Doing, View};
use crate::desk::measure::Part;
use crate::desk::{self, Case, Decided, Finding, Verb};
use crate::http::api::shapes::{Text, text};
use crate::text::Level;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What the lead's finding did to a warning.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Ruling {
    /// kept, lowered or closed.
    pub(in crate::http) effect: String,
    /// The level at which it is to be treated; null when it is closed.
    pub(in crate::http) level: Option<String>,
    /// What was found.
    pub(in crate::http) outcome: String,
    /// When the task was closed.
    pub(in crate::http) at: String,
    /// The account that closed it.
    pub(in crate::http) by: String,
    /// The act.
    pub(in crate::http) act: String,
}

impl Ruling {
    pub(super) fn of(ruling: &desk::Ruling, level: Level) -> Self {
        Self {
            effect: ruling.effect.word().into(),
            level: ruling.treated_at(level).map(|level| level.word().into()),
            outcome: ruling.outcome.word().into(),
            at: ruling.at.to_string(),
            by: ruling.by.to_string(),
            act: ruling.act.to_string(),
        }
    }
}

/// A measure that a person decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct MeasureShape {
    /// Its id in the catalogue.
    pub(in crate::http) measure: String,
    /// When it was decided.
    pub(in crate::http) at: String,
    /// The account.
    pub(in crate::http) by: String,
    /// Legal basis, as of then.
    pub(in crate::http) basis: String,
    /// What it covers.
    pub(in crate::http) scope: String,
    /// When it lapses; null when it is done once.
    pub(in crate::http) until: Option<String>,
    /// Whether it is in force.
    pub(in crate::http) in_force: bool,
    /// When it was lifted.
    pub(in crate::http) lifted_at: Option<String>,
    /// The account that lifted it; `clock` for the system.
    pub(in crate::http) lifted_by: Option<String>,
    /// The steps that the caller may take with it now: of those of the task.
    pub(in crate::http) allowed: Vec<String>,
    /// The agencies that were asked.
    pub(in crate::http) agencies: Vec<PartShape>,
}

/// What an agency did about a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct PartShape {
    /// The agency.
    pub(in crate::http) agency: String,
    /// initiated, pushed, accepted, declined or fed_back.
    pub(in crate::http) stage: String,
    /// When it was pushed.
    pub(in crate::http) pushed_at: Option<String>,
    /// When it answered.
    pub(in crate::http) responded_at: Option<String>,
    /// When it told what it did.
    pub(in crate::http) fed_back_at: Option<String>,
    /// What it did.
    pub(in crate::http) result: Option<String>,
}

/// A task.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Task {
    /// Its id. In a path, `/` may be written as `~`.
    pub(in crate::http) id: String,
    /// The warning's id.
    pub(in crate::http) warning: String,
    /// The warning's kind.
    pub(in crate::http) kind: Option<String>,
    /// The code of the enterprise that it is about.
    pub(in crate::http) subject: Option<String>,
    /// Its name.
    pub(in crate::http) subject_name: Option<String>,
    /// The agency that has it.
    pub(in crate::http) agency: String,
    /// lead or partner.
    pub(in crate::http) role: String,
    /// GB/T 2260 division.
    pub(in crate::http) division: String,
    /// Level of the warning.
    pub(in crate::http) level: String,
    /// Where it stands.
    pub(in crate::http) state: String,
    /// The steps that it takes now.
    pub(in crate::http) allowed: Vec<String>,
    /// Until when to acknowledge.
    pub(in crate::http) ack_due_at: String,
    /// Until when to judge; later by the time for which the clock was stopped.
    pub(in crate::http) judge_due_at: String,
    /// Whether a term has passed.
    pub(in crate::http) overdue: bool,
    /// The account that holds it.
    pub(in crate::http) holder: Option<String>,
    /// Until when.
    pub(in crate::http) lease_until: Option<String>,
    /// Acts on it so far.
    pub(in crate::http) version: u32,
    /// What `If-Match` must say to act on it.
    pub(in crate::http) etag: String,
    /// Why this agency, and why recalled.
    pub(in crate::http) reason: Text,
    /// Agencies that take part.
    pub(in crate::http) partners: Vec<String>,
    /// What was found. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) findings: Option<Vec<FindingShape>>,
    /// Measures that a person decided. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) measures: Option<Vec<MeasureShape>>,
    /// All steps. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) steps: Option<Vec<Step>>,
}

/// A step of a task.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Step {
    /// The act's id.
    pub(in crate::http) act: String,
    /// When.
    pub(in crate::http) at: String,
    /// The account.
    pub(in crate::http) by: String,
    /// For which agency.
    pub(in crate::http) agency: Option<String>,
    /// What.
    pub(in crate::http) verb: String,
    /// From which state.
    pub(in crate::http) from: String,
    /// To which.
    pub(in crate::http) to: String,
    /// Why.
    pub(in crate::http) reason: String,
    /// The end of the term for which the system acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) due_at: Option<String>,
    /// The measure that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) measure: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct FindingShape {
    /// When.
    pub(in crate::http) at: String,
    /// confirmed, partly, unfounded or unverified.
    pub(in crate::http) outcome: String,
    /// Why, by the agency's list.
    pub(in crate::http) code: String,
    /// Amount concerned, in fen.
    pub(in crate::http) amount_fen: Option<i64>,
    /// Passed to the police or a court.
    pub(in crate::http) referred: bool,
    /// Put right.
    pub(in crate::http) rectified: bool,
}

/// What `If-Match` must say: whatever an act depends on, and nothing that time alone changes
/// before it matters.
pub(in crate::http) fn task_etag(seen: &Seen<'_>) -> String {
    let standing = &seen.standing;
    let told = format!(
        "{}|{}|{}|{}|{}",
        seen.task.id,
        standing.state.word(),
        seen.task.level,
        seen.task.ack_due_at.0,
        standing.agency
    );
    format!("\"t{}-{:016x}\"", standing.version, crate::id::stable_hash(told.as_bytes()))
}

pub(in crate::http) fn task(view: &View<'_>, seen: &Seen<'_>, whole: bool) -> Task {
    let (task, standing) = (seen.task, &seen.standing);
    let case = seen.case;
    let who = view.who();
    let warning = view.warning(&task.warning);
    let subject = warning.and_then(|warning| warning.subject);
    let mine = who.sees_all_agencies() || who.sees_agency(&standing.agency);
    // A task whose warning fell is moved by its warning alone; what was decided is still lifted.
    let fallen = task.state == crate::dispatch::TaskState::Recalled;
    let allowed: Vec<Verb> = desk::table::from(standing.state)
        .filter(|verb| {
            let may = match desk::rule(*verb).side {
                desk::Side::Worker => mine && who.may(Doing::Work),
                desk::Side::Dispatcher => mine && who.may(Doing::Direct),
                desk::Side::Partner => who.may(Doing::Work),
                desk::Side::Clock => false,
            };
            let fits = !fallen || *verb == Verb::Lift;
            may && fits && desk::measure::takes(case, *verb, who.agency.as_ref())
        })
        .collect();
    Task {
        id: task.id.to_string(),
        warning: task.warning.to_string(),
        kind: warning.map(|warning| warning.kind.to_string()),
        subject: subject.map(|entity| view.code(entity)),
        subject_name: subject.map(|entity| view.name(entity)),
        agency: standing.agency.to_string(),
        role: if task.lead { "lead" } else { "partner" }.into(),
        division: task.division.to_string(),
        level: task.level.word().into(),
        state: standing.state.word().into(),
        measures: whole.then(|| {
            case.map_or_else(Vec::new, |case| measures(case, &allowed, who.agency.as_ref()))
        }),
        allowed: words(&allowed),
        ack_due_at: standing.ack_due_at.to_string(),
        judge_due_at: standing.judge_due_at.to_string(),
        overdue: standing.overdue,
        holder: standing.holder.as_ref().map(ToString::to_string),
        lease_until: standing.lease_until.map(|until| until.to_string()),
        version: standing.version,
        etag: task_etag(seen),
        reason: text(&task.reason),
        partners: case
            .map_or_else(Vec::new, |case| case.partners.iter().map(ToString::to_string).collect()),
        findings: whole.then(|| case.map_or_else(Vec::new, findings)),
        steps: whole.then(|| case.map_or_else(Vec::new, steps)),
    }
}

fn findings(case: &Case) -> Vec<FindingShape> {
    let shape = |(at, finding): &(crate::time::Time, Finding)| FindingShape {
        at: at.to_string(),
        outcome: finding.outcome.word().into(),
        code: finding.code.clone(),
        amount_fen: finding.amount_fen.map(|fen| fen.0),
        referred: finding.referred,
        rectified: finding.rectified,
    };
    case.findings.iter().map(shape).collect()
}

fn steps(case: &Case) -> Vec<Step> {
    let shape = |step: &desk::Step| Step {
        act: step.act.to_string(),
        at: step.at.to_string(),
        by: step.by.account.to_string(),
        agency: step.by.agency.as_ref().map(ToString::to_string),
        verb: step.verb.word().into(),
        from: step.from.word().into(),
        to: step.to.word().into(),
        reason: step.reason.clone(),
        due_at: step.due_at.map(|due_at| due_at.to_string()),
        measure: step.measure.as_ref().map(ToString::to_string),
    };
    case.steps.iter().map(shape).collect()
}

fn words<'a>(verbs: impl IntoIterator<Item = &'a Verb>) -> Vec<String> {
    verbs.into_iter().map(|verb| verb.word().into()).collect()
}

fn measures(case: &Case, allowed: &[Verb], own: Option<&Arc<str>>) -> Vec<MeasureShape> {
    let part = |(agency, part): (&Arc<str>, &Part)| PartShape {
        agency: agency.to_string(),
        stage: match (&part.pushed, &part.response, &part.feedback) {
            (_, _, Some(_)) => "fed_back",
            (_, Some((_, _, true)), _) => "accepted",
            (_, Some((_, _, false)), _) => "declined",
            (Some(_), ..) => "pushed",
            (None, ..) => "initiated",
        }
        .into(),
        pushed_at: part.pushed.map(|at| at.to_string()),
        responded_at: part.response.as_ref().map(|(at, ..)| at.to_string()),
        fed_back_at: part.feedback.as_ref().map(|(at, ..)| at.to_string()),
        result: part.feedback.as_ref().map(|(_, _, what)| what.clone()),
    };
    let shape = |(id, one): (&Arc<str>, &Decided)| MeasureShape {
        measure: id.to_string(),
        at: one.at.to_string(),
        by: one.by.to_string(),
        basis: one.basis.clone(),
        scope: one.scope.clone(),
        until: one.until.map(|until| until.to_string()),
        in_force: one.stands(),
        lifted_at: one.lifted.as_ref().map(|(at, ..)| at.to_string()),
        lifted_by: one.lifted.as_ref().map(|(_, by, _)| by.to_string()),
        allowed: words(
            allowed.iter().filter(|verb| verb.is_of_measure() && one.takes(**verb, own)),
        ),
        agencies: one.parts.iter().map(part).collect(),
    };
    case.measures.iter().map(shape).collect()
}
