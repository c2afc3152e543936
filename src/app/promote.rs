//! How do people switch the model of a running service? A thin client of its API.

use crate::app::client::Client;
use crate::app::output::{self, Column, Format};
use crate::app::{Failure, Outcome};
use hyper::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Which service, and how it is shown; the key stands in `VESTIGO_API_KEY`.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The service.
    #[arg(long, env = "VESTIGO_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What is asked of a running service about its model.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Task {
    /// Propose that a model judge in a running service; somebody else approves it.
    Promote {
        /// The model's id below the service's models folder.
        model: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Propose that the model judge again that judged before the last promotion.
    Rollback {
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Approve what somebody else proposed: the model is switched.
    Approve {
        /// The promotion's id.
        id: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
        /// The etag that was seen; the newest by default.
        #[arg(long)]
        if_match: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Reject a promotion, or take the own one back.
    Reject {
        /// The promotion's id.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The etag that was seen; the newest by default.
        #[arg(long)]
        if_match: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// How the model that a running service runs beside sees the same enterprises.
    Shadow {
        /// Most enterprises listed.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        asked: Asked,
    },
    /// All promotions of a running service, with who proposed and who decided.
    Promotions {
        #[command(flatten)]
        asked: Asked,
    },
}

const COLUMNS: &[Column] = &[
    ("promotion", "id"),
    ("kind", "kind"),
    ("model", "model"),
    ("instead of", "before"),
    ("state", "state"),
    ("proposed", "proposed_at"),
    ("by", "proposed_by"),
    ("decided by", "decided_by"),
    ("reason", "reason"),
];

impl Asked {
    fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.server, super::environment("VESTIGO_API_KEY"))
    }

    fn post(&self, path: &str, headers: &[(&str, &str)], reason: &str) -> Result<Outcome, Failure> {
        let body = json!({ "reason": reason });
        let made = self.client()?.ask(Method::POST, path, headers, Some(&body))?.good()?;
        output::rows(self.format, &[made], COLUMNS)?;
        Ok(Outcome::Done)
    }

    fn decide(
        &self,
        id: &str,
        act: &str,
        reason: &str,
        if_match: Option<String>,
    ) -> Result<Outcome, Failure> {
        let path =
            format!("/api/v1/models/promotions/{}", utf8_percent_encode(id, NON_ALPHANUMERIC));
        let etag = if let Some(etag) = if_match {
            etag
        } else {
            let seen = self.client()?.ask(Method::GET, &path, &[], None)?.good()?;
            seen["etag"].as_str().unwrap_or_default().to_owned()
        };
        self.post(&format!("{path}/{act}"), &[("If-Match", &etag)], reason)
    }
}

/// One row for each enterprise that the two put into different classes.
fn shadow(limit: usize, asked: &Asked) -> Result<Outcome, Failure> {
    let path = format!("/api/v1/models/shadow?limit={limit}");
    let found = asked.client()?.ask(Method::GET, &path, &[], None)?.good()?;
    let rows: Vec<Value> = found["disagreements"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(|one| {
            json!({
                "uscc": one["uscc"],
                "name": one["name"],
                "live": one["live"]["grade"],
                "live_score": one["live"]["score"],
                "shadow": one["shadow"]["grade"],
                "shadow_score": one["shadow"]["score"],
            })
        })
        .collect();
    output::rows(asked.format, &rows, SHADOW)?;
    if asked.format == Format::Table {
        let word = |key: &str| found[key].as_str().unwrap_or_default();
        let number = |key: &str| found[key].as_u64().unwrap_or_default();
        output::text(&format!(
            "{} beside {}: {} enterprises, {} in the same class, {} not",
            word("shadow"),
            word("live"),
            number("enterprises"),
            number("agree"),
            number("disagree"),
        ))?;
    }
    Ok(Outcome::Done)
}

const SHADOW: &[Column] = &[
    ("enterprise", "uscc"),
    ("name", "name"),
    ("class", "live"),
    ("score", "live_score"),
    ("shadow's class", "shadow"),
    ("shadow's score", "shadow_score"),
];

/// Does it.
pub(crate) fn run(task: Task) -> Result<Outcome, Failure> {
    match task {
        Task::Promote { model, reason, asked } => {
            let version = model.replace('/', "~");
            let version = utf8_percent_encode(&version, NON_ALPHANUMERIC);
            asked.post(&format!("/api/v1/models/{version}/promotions"), &[], &reason)
        }
        Task::Rollback { reason, asked } => asked.post("/api/v1/models/rollback", &[], &reason),
        Task::Approve { id, reason, if_match, asked } => {
            asked.decide(&id, "approve", &reason, if_match)
        }
        Task::Reject { id, reason, if_match, asked } => {
            asked.decide(&id, "reject", &reason, if_match)
        }
        Task::Shadow { limit, asked } => shadow(limit, &asked),
        Task::Promotions { asked } => {
            let path = "/api/v1/models/promotions";
            let found = asked.client()?.ask(Method::GET, path, &[], None)?.good()?;
            let rows = found["promotions"].as_array().map_or(&[][..], Vec::as_slice);
            output::rows(asked.format, rows, COLUMNS)?;
            Ok(Outcome::Done)
        }
    }
}
