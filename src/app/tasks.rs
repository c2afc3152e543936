//! How does an agency work on its tasks from its own scripts? A thin client of the API.

use crate::app::client::Client;
use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome};
use crate::desk::Verb;
use clap::Args;
use hyper::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Columns of a list of tasks.
const COLUMNS: &[Column] = &[
    ("task", "id"),
    ("agency", "agency"),
    ("level", "level"),
    ("state", "state"),
    ("acknowledge by", "ack_due_at"),
    ("judge by", "judge_due_at"),
    ("holder", "holder"),
];

/// Columns of a list of measures.
const MEASURES: &[Column] =
    &[("measure", "id"), ("名称", "zh"), ("basis", "basis"), ("term", "term"), ("undo", "undo")];

/// What is asked of the tasks.
#[derive(Debug, Args)]
pub(crate) struct Tasks {
    /// list, show, pull, proposals, or a step: ack, renew, release, start, wait, resume, return,
    /// transfer, join, report, close, recall, escalate, raise, dispatch, remind; of a measure:
    /// initiate, push, respond, feedback, lift.
    what: String,
    /// The task.
    id: Option<String>,
    /// The service.
    #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    /// list, pull: of this agency. transfer: the agency that gets it.
    #[arg(long)]
    agency: Option<String>,
    /// list: in these states, separated by commas.
    #[arg(long)]
    state: Option<String>,
    /// pull: so many at most.
    #[arg(long, default_value_t = 1)]
    max: usize,
    /// pull, ack, renew: minutes for which the task is held.
    #[arg(long, default_value_t = 60)]
    lease: u32,
    /// join: an agency that takes part; may be repeated.
    #[arg(long)]
    partner: Vec<String>,
    /// wait: the account that approved that the clock stops.
    #[arg(long)]
    approver: Option<String>,
    /// report: confirmed, partly, unfounded or unverified.
    #[arg(long)]
    outcome: Option<String>,
    /// report: why, by the agency's list.
    #[arg(long)]
    code: Option<String>,
    /// report: amount concerned, in fen.
    #[arg(long)]
    amount_fen: Option<i64>,
    /// report: a result on the spot, as WHAT=RESULT in the contract's words; may be repeated.
    #[arg(long)]
    item: Vec<String>,
    /// initiate, push, respond, feedback, lift: the measure.
    #[arg(long)]
    measure: Option<String>,
    /// initiate, push: an agency that is asked; may be repeated.
    #[arg(long)]
    ask: Vec<String>,
    /// initiate: what the measure covers; as in the catalogue by default.
    #[arg(long)]
    scope: Option<String>,
    /// respond: whether the agency takes part, true or false.
    #[arg(long)]
    accepts: Option<bool>,
    /// The etag that was seen; the newest by default.
    #[arg(long)]
    if_match: Option<String>,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

fn path(id: &str) -> String {
    format!("/api/v1/tasks/{}", utf8_percent_encode(id, NON_ALPHANUMERIC))
}

impl Tasks {
    fn finding(&self) -> Result<Value, Failure> {
        let needed = |name: &str| Failure::Data(format!("report needs --{name}"));
        let outcome = self.outcome.as_ref().ok_or_else(|| needed("outcome"))?;
        let code = self.code.as_ref().ok_or_else(|| needed("code"))?;
        let item = |text: &String| match text.split_once('=') {
            Some((code, result)) => Ok(json!({ "code": code, "result": result })),
            None => Err(Failure::Data(format!("--item \"{text}\": give WHAT=RESULT"))),
        };
        let items = self.item.iter().map(item).collect::<Result<Vec<Value>, Failure>>()?;
        Ok(json!({
            "outcome": outcome, "code": code, "amount_fen": self.amount_fen, "items": items,
        }))
    }

    fn body(&self, verb: Verb) -> Result<Value, Failure> {
        let mut body = json!({ "reason": self.reason });
        match verb {
            Verb::Acknowledge | Verb::Renew => body["lease_minutes"] = json!(self.lease),
            Verb::Transfer => body["agency"] = json!(self.agency),
            Verb::Join => body["partners"] = json!(self.partner),
            Verb::Wait => body["approver"] = json!(self.approver),
            Verb::Report => body["finding"] = self.finding()?,
            Verb::Initiate | Verb::Push | Verb::Respond | Verb::Feedback | Verb::Lift => {
                let measure = self.measure.as_ref();
                let measure = measure
                    .ok_or_else(|| Failure::Data(format!("{} needs --measure", verb.word())))?;
                body["measure"] = json!({
                    "id": measure,
                    "agencies": self.ask,
                    "scope": self.scope,
                    "accepts": self.accepts,
                });
            }
            _ => {}
        }
        Ok(body)
    }

    fn list_path(&self) -> String {
        let pairs = [("state", &self.state), ("agency", &self.agency)];
        let given = pairs.into_iter().filter_map(|(name, value)| {
            let value = value.as_ref()?;
            Some(format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        });
        let query: Vec<String> = given.chain(["limit=200".to_owned()]).collect();
        format!("/api/v1/tasks?{}", query.join("&"))
    }
}

/// Asks the service and shows what it answers. The key stands in `VESTIGO_API_KEY`.
pub(crate) fn run(tasks: &Tasks, key: Option<String>) -> Result<Outcome, Failure> {
    let client = Client::new(&tasks.server, key)?;
    let id = || tasks.id.clone().ok_or_else(|| Failure::Data("which task? give its id".into()));
    match tasks.what.as_str() {
        "list" => {
            let mut all = Vec::new();
            let mut cursor = String::new();
            loop {
                let path = format!("{}{cursor}", tasks.list_path());
                let page = client.ask(Method::GET, &path, &[], None)?.good()?;
                all.extend(page["tasks"].as_array().cloned().unwrap_or_default());
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            show(tasks.format, &all)
        }
        "show" => {
            let task = client.ask(Method::GET, &path(&id()?), &[], None)?.good()?;
            show(tasks.format, &[task])
        }
        "proposals" => {
            let path = format!("{}/proposals", path(&id()?));
            let found = client.ask(Method::GET, &path, &[], None)?.good()?;
            let rows = found["measures"].as_array().map_or(&[][..], Vec::as_slice);
            output::rows(tasks.format, rows, MEASURES)?;
            Ok(if rows.is_empty() { Outcome::No } else { Outcome::Done })
        }
        "pull" => {
            let body = json!({
                "agency": tasks.agency, "max": tasks.max, "lease_minutes": tasks.lease,
            });
            let path = "/api/v1/tasks/pull";
            let pulled = client.ask(Method::POST, path, &[], Some(&body))?.good()?;
            show(tasks.format, pulled["tasks"].as_array().map_or(&[][..], Vec::as_slice))
        }
        word => {
            let verb = Verb::parse(word)
                .ok_or_else(|| Failure::Data(format!("\"{word}\" is no step of a task")))?;
            let (path, body) = (path(&id()?), tasks.body(verb)?);
            let etag = if let Some(etag) = &tasks.if_match {
                etag.clone()
            } else {
                let seen = client.ask(Method::GET, &path, &[], None)?.good()?;
                seen["etag"].as_str().unwrap_or_default().to_owned()
            };
            let headers = [("If-Match", etag.as_str())];
            let path = format!("{path}/{word}");
            let stepped = client.ask(Method::POST, &path, &headers, Some(&body))?.good()?;
            show(tasks.format, &[stepped])
        }
    }
}

fn show(format: Format, tasks: &[Value]) -> Result<Outcome, Failure> {
    output::rows(format, tasks, COLUMNS)?;
    Ok(if tasks.is_empty() { Outcome::No } else { Outcome::Done })
}
