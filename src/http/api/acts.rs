//! What do people decide? Steps of tasks, pulls and verdicts: durable before they are answered.
//!
//! Invariant: an act holds against what its author saw (`If-Match`, `version`), or it is answered
//! 412 with what changed and nothing happens. Must not know: the journal.

use crate::access::view::{Seen, TaskFilter};
use crate::access::{Doing, View, Who};
use crate::desk::promotion::Fault;
use crate::desk::{
    self, Act, By, Deed, Finding, ModelDeed, Need, Refused, Saw, Side, State as TaskState,
    TaskDeed, Verb, VerdictDeed,
};
use crate::dispatch::TaskState as Sent;
use crate::http::answers::{self, Answer, Claim};
use crate::http::api::bodies::{ActBody, Object, PullBody, Pulled, VerdictBody, object};
use crate::http::api::joint;
use crate::http::api::lists::{id, none};
use crate::http::api::shapes::{self, Pair, Task, task_etag};
use crate::http::api::{Caller, ProblemBody};
use crate::http::problem::{Kind, Problem};
use crate::http::{Handed, Shared};
use crate::source::live::{Item, wall_clock};
use crate::time::Time;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Minutes for which a task is held, at most: a day.
const LEASE_MAX: u32 = 24 * 60;
/// Minutes for which a pulled task is held, unless the request says otherwise.
const LEASE: u32 = 60;
/// Tasks of a pull, at most.
const PULL_MAX: usize = 50;
/// Bytes of a reason.
const REASON_MAX: usize = 2_000;
/// The source of the events that findings become.
pub(in crate::http) const SOURCE: &str = "urn:vestigo:acts";

/// Why a task was not stepped on, before it is asked.
fn may(who: &Who, seen: &Seen<'_>, verb: Verb) -> Result<(), Problem> {
    let caller = Caller(Arc::new(who.clone()));
    let rule = desk::rule(verb);
    caller.needs(match rule.side {
        Side::Worker | Side::Partner => Doing::Work,
        Side::Dispatcher => Doing::Direct,
        Side::Clock => {
            return Err(Problem::new(Kind::Forbidden, "the clock does this, when a term ends"));
        }
    })?;
    // Whether a partner was asked is told by the measure itself.
    let own = rule.side == Side::Partner || who.sees_agency(&seen.standing.agency);
    if !who.may(Doing::Direct) && !own {
        return Err(Problem::new(Kind::Forbidden, "the task is another agency's"));
    }
    if seen.task.state == Sent::Recalled && verb != Verb::Lift {
        let detail = "the task is recalled: its warning fell, or needs this agency no longer";
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    Ok(())
}

/// What changed since the author looked: the task as it is, and the steps that he did not know.
fn difference(view: &View<'_>, seen: &Seen<'_>, told: &str) -> Value {
    let known = told.trim_matches('"').strip_prefix('t').and_then(|rest| rest.split('-').next());
    let known: usize = known.and_then(|number| number.parse().ok()).unwrap_or(0);
    let task = shapes::task(view, seen, true);
    let since = task.steps.as_ref().map(|steps| &steps[known.min(steps.len())..]);
    json!({ "steps_since": since, "task": task })
}

fn lease(now: Time, minutes: Option<u32>) -> Result<Option<Time>, Problem> {
    match minutes {
        None => Ok(None),
        Some(minutes) if (1..=LEASE_MAX).contains(&minutes) => {
            Ok(Some(Time(now.0 + i64::from(minutes) * 60_000)))
        }
        Some(_) => Err(Problem::field("/lease_minutes", format!("must be 1 to {LEASE_MAX}"))),
    }
}

fn reason(text: &str) -> Result<String, Problem> {
    if text.len() > REASON_MAX {
        return Err(Problem::field("/reason", format!("must have at most {REASON_MAX} bytes")));
    }
    Ok(crate::event::mask(text).into_owned())
}

fn by(who: &Who) -> By {
    By { account: who.id.clone(), agency: who.agency.clone(), dispatcher: who.may(Doing::Direct) }
}

pub(super) fn refused(refusal: &Refused) -> Problem {
    match refusal {
        Refused::Stale { .. } => Problem::new(Kind::Stale, refusal.to_string()),
        Refused::NotFrom { .. } | Refused::Held | Refused::Unfit(_) | Refused::ByClock => {
            Problem::new(Kind::NotAllowed, refusal.to_string())
        }
        Refused::Promotion(fault) => {
            let kind = match fault {
                Fault::Unknown => Kind::NotFound,
                Fault::Own => Kind::Forbidden,
                Fault::Moved => Kind::Stale,
                Fault::Over(_) | Fault::Unfit(_) => Kind::NotAllowed,
            };
            Problem::new(kind, refusal.to_string())
        }
        Refused::Needs(need) => {
            Problem::field(format!("/{}", need.field()), "is needed for this step")
        }
    }
}

impl ActBody {
    fn check(&self, shared: &Shared, who: &Who) -> Result<(), Problem> {
        let rules = joint::rules(shared);
        let known = |agency: &String| rules.config.is_agency(agency);
        if self.agency.as_ref().is_some_and(|agency| !known(agency)) {
            return Err(Problem::field("/agency", "is no agency of the routing table"));
        }
        if let Some(at) = self.partners.iter().position(|agency| !known(agency)) {
            let pointer = format!("/partners/{at}");
            return Err(Problem::field(pointer, "is no agency of the routing table"));
        }
        if self.approver.as_deref() == Some(&*who.id) && !who.may(Doing::Direct) {
            return Err(Problem::field("/approver", "must be somebody else"));
        }
        Ok(())
    }

    fn deed(&self, seen: &Seen<'_>, verb: Verb, now: Time) -> Result<TaskDeed, Problem> {
        let standing = &seen.standing;
        let saw = Saw { state: standing.state, agency: standing.agency.clone() };
        Ok(TaskDeed {
            lease_until: lease(now, self.lease_minutes)?,
            agency: self.agency.as_deref().map(Into::into),
            partners: self.partners.iter().map(|one| one.as_str().into()).collect(),
            approver: self.approver.as_deref().map(Into::into),
            finding: self.finding.clone().map(|finding| Finding {
                code: crate::event::mask(&finding.code).into_owned(),
                ..finding
            }),
            rules_on: (verb == Verb::Close && seen.task.lead).then(|| seen.task.warning.clone()),
            ..TaskDeed::plain(seen.task, verb, standing.version, saw)
        })
    }
}

/// The event that a finding with an inspection becomes: the contract's own.
fn event(view: &View<'_>, seen: &Seen<'_>, act: &str, finding: &Finding) -> Option<Vec<u8>> {
    if finding.items.is_empty() {
        return None;
    }
    let subject = view.warning(&seen.task.warning)?.subject?;
    let uscc = view.profile(subject)?.uscc?;
    let at = view.clock();
    let event = json!({
        "specversion": "1.0",
        "id": act,
        "source": SOURCE,
        "type": "inspection.completed",
        "time": at.to_string(),
        "subject": uscc.as_str(),
        "data": {
            "uscc": uscc.as_str(),
            "plan": "case",
            "on": at.day().to_string(),
            "authority": &*seen.standing.agency,
            "items": finding.items,
        },
    });
    Some(event.to_string().into_bytes())
}

/// Hands acts in and waits until they are on disk or refused.
async fn hand_in(
    shared: &Shared,
    handed: Vec<Handed>,
) -> Result<Vec<Result<(), Refused>>, Problem> {
    crate::http::events::ready(shared)?;
    let told: Vec<(Arc<str>, Arc<str>, Value)> =
        handed.iter().map(|one| audited(&one.act)).collect();
    let closing = || Problem::new(Kind::Closing, "the service stops: look again when it runs");
    let answers = shared.handles.acts.hand_in(handed).map_err(|_| closing())?;
    let wait = Duration::from_secs(shared.config.answer_seconds);
    let mut found = Vec::with_capacity(answers.len());
    for (answer, (who, on, detail)) in answers.into_iter().zip(told) {
        let again = shared.config.retry_after_seconds;
        let late = || {
            let detail = "it may hold yet: read the task before you try again";
            Problem::new(Kind::AnswerLate, detail).again_after(again)
        };
        let answer = tokio::time::timeout(wait, answer).await.map_err(|_| late())?;
        let outcome = answer.map_err(|_| closing())?;
        if outcome.is_ok() {
            // It holds whatever becomes of its line; a start adds lines that are missing.
            shared.audit(&who, "act", &on, detail).await.ok();
        }
        found.push(outcome);
    }
    Ok(found)
}

/// Hands in one act of the caller, with the event that it becomes, and tells what became of it.
pub(super) async fn hand_in_one(
    shared: &Shared,
    caller: &Caller,
    id: Arc<str>,
    why: &str,
    (deed, event): (Deed, Option<Item>),
) -> Result<Result<(), Refused>, Problem> {
    let act = Act { id, at: wall_clock(), by: by(&caller.0), reason: reason(why)?, deed };
    Ok(hand_in(shared, vec![Handed { act, event }]).await?.remove(0))
}

/// Who, on what, and what of it, for the audit.
fn audited(act: &Act) -> (Arc<str>, Arc<str>, Value) {
    let agency = act.by.agency.as_deref();
    let (on, detail) = match &act.deed {
        Deed::Task(deed) => (
            deed.task.clone(),
            json!({ "act": &*act.id, "verb": deed.verb.word(), "agency": agency }),
        ),
        Deed::Verdict(deed) => {
            let verdict = deed.verdict.word();
            (deed.pair.clone(), json!({ "act": &*act.id, "verdict": verdict, "agency": agency }))
        }
        Deed::Matter(deed) => {
            let verb = deed.verb.word();
            let detail = json!({ "act": &*act.id, "verb": verb, "agency": agency });
            (deed.matter.clone(), detail)
        }
        Deed::Sample(deed) => {
            let detail = json!({ "act": &*act.id, "list": &deed.draw.list_digest });
            (deed.id.clone(), detail)
        }
        Deed::Model(deed) => match &**deed {
            ModelDeed::Propose(proposal) => {
                (act.id.clone(), json!({ "act": &*act.id, "proposed": &*proposal.model }))
            }
            ModelDeed::Decide(decision) => (
                decision.promotion.clone(),
                json!({ "act": &*act.id, "approved": decision.approved }),
            ),
        },
    };
    (act.by.account.clone(), on, detail)
}

pub(super) fn new_id(shared: &Shared) -> Result<Arc<str>, Problem> {
    let fault = |_| Problem::new(Kind::Internal, "the system gives no random number");
    shared.handles.ids().map_err(fault).map(Into::into)
}

/// A step of a task: dispatch, ack, renew, release, start, wait, resume, return, transfer, join,
/// report, close, recall, escalate, raise or remind; of a measure: initiate, push, respond, feedback
/// or lift.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/{act}", params(
    ("id" = String, Path), ("act" = String, Path),
    ("If-Match" = String, Header, description = "The task's etag"),
    ("Idempotency-Key" = Option<String>, Header)
), request_body = ActBody, responses(
    (status = 200, body = Task), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 412, body = ProblemBody), (status = 413), (status = 422, body = ProblemBody),
    (status = 428, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn act(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Work)?;
    let Path((task, verb)) = path.map_err(|why| Problem::new(Kind::BadRequest, why.body_text()))?;
    let task = task.replace('~', "/");
    let verb = Verb::parse(&verb).ok_or_else(|| none("step"))?;
    let told = headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
    let told = told.ok_or_else(|| {
        Problem::new(Kind::IfMatchMissing, "send the task's etag in the header If-Match")
    })?;
    let bytes = body.map_err(|_| Problem::new(Kind::TooLarge, "an act has at most 64 KiB"))?;
    let key = answers::key(&headers)?;
    let claimed = match key {
        None => None,
        Some(key) => {
            let key = format!("{} {task} {} {key}", caller.0.id, verb.word());
            match shared.answers.claim(&key, answers::digest(&headers, &bytes), Instant::now()) {
                Claim::First(claimed) => Some(claimed),
                Claim::Answered(answer) => return Ok(answer.into_response()),
                Claim::Refused(problem) => return Err(problem),
            }
        }
    };
    let body: ActBody = if bytes.is_empty() { ActBody::default() } else { object(&bytes)? };
    let stepped = step(&shared, &caller, &task, verb, told, &body).await?;
    let answer = Answer {
        status: StatusCode::OK,
        content_type: "application/json",
        body: serde_json::to_vec(&stepped).expect("plain values").into(),
    };
    if let Some(claimed) = claimed {
        claimed.keep(answer.clone(), Instant::now());
    }
    let mut response = answer.into_response();
    if let Ok(etag) = HeaderValue::from_str(&stepped.etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    Ok(response)
}

async fn step(
    shared: &Shared,
    caller: &Caller,
    task: &str,
    verb: Verb,
    told: &str,
    body: &ActBody,
) -> Result<Task, Problem> {
    body.check(shared, &caller.0)?;
    let now = wall_clock();
    let id = new_id(shared)?;
    let reads = &shared.handles.reads;
    let stale = |view: &View<'_>, seen: &Seen<'_>| {
        let detail = "look at what changed, then send the new etag in If-Match";
        Problem::new(Kind::Stale, detail).showing(difference(view, seen, told))
    };
    let (deed, event) = reads.with(&caller.0, now, |view| {
        let seen = view.task(task).ok_or_else(|| none("task"))?;
        may(&caller.0, &seen, verb)?;
        if told != "*" && told != task_etag(&seen) {
            return Err(stale(view, &seen));
        }
        let finding = body.finding.as_ref().filter(|_| verb == Verb::Report);
        let event = finding.and_then(|finding| event(view, &seen, &id, finding));
        let deed = joint::complete(shared, view, (&seen, body), body.deed(&seen, verb, now)?)?;
        Ok((deed, event))
    })?;
    let item = match event {
        None => None,
        Some(bytes) => {
            let mut checker = shared.handles.checker.clone();
            checker.tick();
            let item = checker.check(1, &bytes);
            if let Err(refusal) = &item.read {
                return Err(Problem::field("/finding/items", refusal.reject.rule.clone()));
            }
            Some(item)
        }
    };
    let deed = Deed::Task(Box::new(deed));
    let outcome = hand_in_one(shared, caller, id, &body.reason, (deed, item)).await?;
    reads.with(&caller.0, wall_clock(), |view| {
        let seen = view.task(task).ok_or_else(|| none("task"))?;
        match outcome {
            Ok(()) => Ok(shapes::task(view, &seen, true)),
            Err(Refused::Stale { .. }) => Err(stale(view, &seen)),
            Err(refusal) => Err(refused(&refusal)),
        }
    })
}

/// Takes the tasks that are due soonest and holds them for the caller. No task is given to two.
#[utoipa::path(post, path = "/api/v1/tasks/pull", request_body = PullBody, responses(
    (status = 200, body = Pulled), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 415, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn pull(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    body: Result<Object<PullBody>, Problem>,
) -> Result<Response, Problem> {
    /// How often others may be quicker.
    const TRIES: usize = 4;
    caller.needs(Doing::Work)?;
    let Object(body) = body?;
    let max = body.max.unwrap_or(1);
    if !(1..=PULL_MAX).contains(&max) {
        return Err(Problem::field("/max", format!("must be 1 to {PULL_MAX}")));
    }
    let agency = body.agency.clone().or_else(|| caller.0.agency.as_ref().map(ToString::to_string));
    if agency.as_ref().is_some_and(|agency| !caller.0.sees_agency(agency)) {
        return Err(Problem::new(Kind::Forbidden, "the tasks are another agency's"));
    }
    let filter = TaskFilter {
        states: vec![TaskState::Dispatched, TaskState::Transferred],
        agency,
        ..TaskFilter::default()
    };
    let lease_minutes = Some(body.lease_minutes.unwrap_or(LEASE));
    let step = ActBody { lease_minutes, ..ActBody::default() };
    let mut got: Vec<Arc<str>> = Vec::new();
    for _ in 0..TRIES {
        let (now, wanted) = (wall_clock(), max - got.len());
        let deeds = shared.handles.reads.with(&caller.0, now, |view| {
            let (found, _) = view.tasks(&filter, None, wanted);
            let deeds = found.iter().map(|seen| step.deed(seen, Verb::Acknowledge, now));
            deeds.collect::<Result<Vec<TaskDeed>, Problem>>()
        })?;
        if deeds.is_empty() {
            break;
        }
        let tasks: Vec<Arc<str>> = deeds.iter().map(|deed| deed.task.clone()).collect();
        let mut handed = Vec::with_capacity(deeds.len());
        for deed in deeds {
            let deed = Deed::Task(Box::new(deed));
            let (id, by) = (new_id(&shared)?, by(&caller.0));
            let act = Act { id, at: now, by, reason: String::new(), deed };
            handed.push(Handed { act, event: None });
        }
        let outcomes = hand_in(&shared, handed).await?;
        let all = outcomes.iter().all(Result::is_ok);
        let held = tasks.into_iter().zip(outcomes).filter(|(_, outcome)| outcome.is_ok());
        got.extend(held.map(|(task, _)| task));
        if all || got.len() >= max {
            break;
        }
    }
    let tasks = shared.handles.reads.with(&caller.0, wall_clock(), |view| {
        let seen = got.iter().filter_map(|task| view.task(task));
        seen.map(|seen| shapes::task(view, &seen, true)).collect()
    });
    Ok(Json(Pulled { tasks }).into_response())
}

/// A verdict on a pair: whether the second is the first under another name.
#[utoipa::path(post, path = "/api/v1/pairs/{id}/verdicts", params(("id" = String, Path)),
    request_body = VerdictBody, responses(
    (status = 200, body = Pair), (status = 400, body = ProblemBody),
    (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 412, body = ProblemBody),
    (status = 415, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)
))]
pub(in crate::http) async fn verdict(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    body: Result<Object<VerdictBody>, Problem>,
) -> Result<Response, Problem> {
    caller.needs(Doing::Judge)?;
    let pair = id(path)?;
    let Object(body) = body?;
    if body.reason.trim().is_empty() {
        let needed = format!("/{}", Need::Reason.field());
        return Err(Problem::field(needed, "is needed for a verdict"));
    }
    let reads = &shared.handles.reads;
    let find = |view: &View<'_>| {
        let (a, b) = pair.split_once("..")?;
        view.pair(a, b).map(|pair| shapes::pair(view, pair, true))
    };
    let found = reads.with(&caller.0, wall_clock(), find).ok_or_else(|| none("pair"))?;
    let deed = Deed::Verdict(VerdictDeed {
        pair: found.id.as_str().into(),
        version: body.version,
        verdict: body.verdict,
    });
    let id = new_id(&shared)?;
    let outcome = hand_in_one(&shared, &caller, id, &body.reason, (deed, None)).await?;
    let found = reads.with(&caller.0, wall_clock(), find).ok_or_else(|| none("pair"))?;
    match outcome {
        Ok(()) => Ok(Json(found).into_response()),
        Err(refusal) => Err(refused(&refusal).showing(json!({ "pair": found }))),
    }
}
