//! Why? A warning, a pair or an enterprise of a result folder, as a tree on the terminal.

use crate::app::output::Column;
use crate::dossier::objects;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// The language of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// Everything in the folder that an id means: a warning id, a pair (`PREDECESSOR..SUCCESSOR`), a
/// task or flow id, or a USCC or enterprise name. Empty when nothing does.
pub(crate) fn find(folder: &Path, id: &str) -> io::Result<Value> {
    let is = |value: &Value, key: &str| value[key].as_str() == Some(id);
    let holds = |value: &Value, key: &str| {
        value[key].as_array().is_some_and(|list| list.iter().any(|item| item == id))
    };
    let mut indices = objects(folder, "index")?;
    indices.retain(|index| is(index, "uscc") || is(index, "name"));
    let usccs: Vec<String> =
        indices.iter().filter_map(|index| index["uscc"].as_str().map(str::to_owned)).collect();
    let about = |value: &Value, key: &str| {
        value[key].as_str().is_some_and(|code| usccs.iter().any(|uscc| uscc == code))
    };
    let pair = id.split_once("..");
    let mut pairs = objects(folder, "successions")?;
    pairs.retain(|p| {
        pair.is_some_and(|(a, b)| p["predecessor"] == a && p["successor"] == b)
            || about(p, "predecessor")
            || about(p, "successor")
    });
    let mut warnings = objects(folder, "warnings")?;
    warnings.retain(|w| {
        is(w, "id")
            || usccs
                .iter()
                .any(|u| w["subjects"].as_array().is_some_and(|s| s.iter().any(|x| x == u)))
    });
    let mut flows = objects(folder, "flows")?;
    flows.retain(|f| {
        is(f, "id")
            || usccs
                .iter()
                .any(|u| f["subjects"].as_array().is_some_and(|s| s.iter().any(|x| x == u)))
    });
    let mut tasks = objects(folder, "tasks")?;
    tasks.retain(|t| {
        is(t, "id") || warnings.iter().any(|w| w["id"] == t["warning"]) || holds(t, "subjects")
    });
    let mut control = objects(folder, "control")?;
    control.retain(|c| about(c, "uscc"));
    Ok(json!({
        "enterprises": indices,
        "control": control,
        "successions": pairs,
        "warnings": warnings,
        "flows": flows,
        "tasks": tasks,
    }))
}

/// Whether [`find`] found nothing.
pub(crate) fn is_empty(found: &Value) -> bool {
    found.as_object().is_none_or(|map| map.values().all(|v| v.as_array().is_none_or(Vec::is_empty)))
}

/// Columns of the board.
pub(crate) const BOARD: &[Column] = &[
    ("level", "level"),
    ("kind", "kind"),
    ("subject", "subject"),
    ("raised", "raised_at"),
    ("state", "state"),
    ("summary", "said"),
];

/// The warnings of a folder, highest level first, then newest; `said` holds the summary in one
/// language.
pub(crate) fn board(folder: &Path, withdrawn: bool, language: Language) -> io::Result<Vec<Value>> {
    let mut warnings = objects(folder, "warnings")?;
    warnings.retain(|w| withdrawn || w["state"] == "open");
    let rank = |w: &Value| match w["level"].as_str() {
        Some("red") => 0,
        Some("orange") => 1,
        Some("yellow") => 2,
        _ => 3,
    };
    let time = |w: &Value| w["updated_at"].as_str().unwrap_or_default().to_owned();
    warnings
        .sort_by_cached_key(|w| (rank(w), std::cmp::Reverse(time(w)), word(w, "id").to_owned()));
    for warning in &mut warnings {
        warning["said"] = warning["summary"][language.key()].clone();
    }
    Ok(warnings)
}

/// One warning with its reasons.
pub(crate) fn warning_tree(warning: &Value, language: Language) -> String {
    tree(&json!({ "warnings": [warning] }), language)
}

/// What was found, as a tree.
pub(crate) fn tree(found: &Value, language: Language) -> String {
    let mut out = String::new();
    for index in list(found, "enterprises") {
        enterprise(&mut out, index);
    }
    for control in list(found, "control") {
        line(&mut out, 0, &format!("control of {}", word(control, "uscc")));
        for controller in list(control, "controllers") {
            let party = &controller["party"];
            let who = party["enterprise"].as_str().unwrap_or("a natural person");
            line(&mut out, 1, &format!("{who}: {} %", controller["pct"]));
        }
    }
    for pair in list(found, "successions") {
        let head = format!(
            "succession {} → {}  confidence {}  {}",
            word(pair, "predecessor"),
            word(pair, "successor"),
            pair["confidence"],
            pair["level"].as_str().unwrap_or("not flagged"),
        );
        line(&mut out, 0, &head);
        line(&mut out, 1, &format!("first seen {}", word(pair, "first_seen_at")));
        let chain: Vec<&str> = list(pair, "chain").iter().filter_map(Value::as_str).collect();
        if chain.len() > 2 {
            line(&mut out, 1, &format!("chain {}", chain.join(" → ")));
        }
        statements(&mut out, pair, language);
    }
    for warning in list(found, "warnings") {
        let head = format!(
            "warning {}  {}  {}  {}",
            word(warning, "id"),
            word(warning, "kind"),
            word(warning, "level"),
            word(warning, "state")
        );
        line(&mut out, 0, &head);
        line(&mut out, 1, warning["summary"][language.key()].as_str().unwrap_or_default());
        let times = format!(
            "raised {}, updated {}",
            word(warning, "raised_at"),
            word(warning, "updated_at")
        );
        line(&mut out, 1, &times);
        statements(&mut out, warning, language);
    }
    for flow in list(found, "flows") {
        let head = format!(
            "flow {}  {}  {} transfers, {} fen",
            word(flow, "id"),
            word(flow, "kind"),
            list(flow, "transfers").len(),
            flow["total_fen"]
        );
        line(&mut out, 0, &head);
        statements(&mut out, flow, language);
    }
    for task in list(found, "tasks") {
        let head = format!(
            "task {}  {}  {}  {}",
            word(task, "id"),
            word(task, "agency"),
            word(task, "level"),
            word(task, "state")
        );
        line(&mut out, 0, &head);
        let due = format!(
            "acknowledge by {}, judge by {}",
            word(task, "ack_due_at"),
            word(task, "judge_due_at")
        );
        line(&mut out, 1, &due);
        line(&mut out, 1, task["reason"][language.key()].as_str().unwrap_or_default());
    }
    out
}

fn enterprise(out: &mut String, index: &Value) {
    let head = format!(
        "{} {}  index {}  grade {}  as of {}",
        word(index, "uscc"),
        word(index, "name"),
        index["score"],
        word(index, "grade"),
        word(index, "as_of")
    );
    line(out, 0, &head);
    for contribution in list(index, "contributions") {
        let points = contribution["points"].as_i64().unwrap_or_default();
        line(out, 1, &format!("{points:+5}  {}", word(contribution, "indicator")));
        events(out, 3, contribution);
    }
}

fn statements(out: &mut String, value: &Value, language: Language) {
    for (key, sign) in [("evidence", "+"), ("against", "−")] {
        for item in list(value, key) {
            let said = item["statement"][language.key()].as_str().unwrap_or_default();
            line(out, 1, &format!("{sign} {said}  ({})", item["weight"]));
            events(out, 3, item);
        }
    }
}

/// At most a few ids, and how many more there are.
fn events(out: &mut String, depth: usize, value: &Value) {
    const SHOWN: usize = 4;
    let ids = list(value, "events");
    for id in ids.iter().take(SHOWN).filter_map(Value::as_str) {
        line(out, depth, id);
    }
    if ids.len() > SHOWN {
        line(out, depth, &format!("and {} more", ids.len() - SHOWN));
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn line(out: &mut String, depth: usize, text: &str) {
    let lead = match depth {
        0 => String::new(),
        depth => format!("{}├─ ", "│  ".repeat(depth - 1)),
    };
    writeln!(out, "{lead}{text}").expect("a String takes all");
}
