//! Are a case's own expectations met? Rule by rule, with what was found instead.

use super::Results;
use super::rules::{
    Case, ControlRule, DeadLetterRule, FlowRule, IndexRule, LevelWord, SuccessionRule, SummaryRule,
    TaskRule, WarningRule,
};
use serde_json::Value;

/// Everything that a case expects and the results do not give.
pub(super) fn expectations(case: &Case, results: &Results) -> Vec<String> {
    let mut failures = Vec::new();
    let mut tell = |failure: Option<String>| failures.extend(failure);
    for rule in &case.successions {
        tell(succession(case, rule, &results.successions));
    }
    for rule in &case.warnings {
        tell(warning(case, rule, &results.warnings));
    }
    for rule in &case.index {
        tell(index(case, rule, &results.index));
    }
    for rule in &case.flows {
        tell(flow(case, rule, &results.flows));
    }
    for rule in &case.control {
        tell(control(case, rule, &results.control));
    }
    for rule in &case.tasks {
        tell(task(case, rule, results));
    }
    for rule in &case.dead_letters {
        tell(dead_letter(rule, &results.dead_letters));
    }
    if let Some(rule) = &case.summary {
        failures.extend(summary(rule, &results.summary));
    }
    for firm in &case.quiet {
        failures.extend(quiet(case, firm, results));
    }
    failures
}

/// Judges the records that a rule is about: with `absent` none may meet the demands, else one must.
fn judge<'a>(
    what: &str,
    absent: bool,
    records: impl Iterator<Item = &'a Value>,
    show: impl Fn(&Value) -> String,
    fault: impl Fn(&Value) -> Option<String>,
) -> Option<String> {
    let mut faults = Vec::new();
    for record in records {
        match fault(record) {
            None if absent => return Some(format!("{what} must not be there: {}", show(record))),
            None => return None,
            Some(fault) => faults.push(format!("{fault} ({})", show(record))),
        }
    }
    match (absent, faults.is_empty()) {
        (true, _) => None,
        (false, true) => Some(format!("{what} is missing")),
        (false, false) => Some(format!("{what}: {}", faults.join("; or "))),
    }
}

fn succession(case: &Case, rule: &SuccessionRule, records: &[Value]) -> Option<String> {
    let (old, new) = (case.code(&rule.predecessor), case.code(&rule.successor));
    let about = records.iter().filter(|r| r["predecessor"] == old && r["successor"] == new);
    let what = format!("succession {} > {}", rule.predecessor, rule.successor);
    judge(&what, rule.absent, about, show_pair, |record| {
        let families = words(&record["families"]);
        let chain: Vec<&str> = rule.chain.iter().map(|name| case.code(name)).collect();
        let confidence = record["confidence"].as_f64().unwrap_or(f64::NAN);
        let missing = rule.families.iter().find(|family| !families.contains(&family.as_str()));
        level_fault(&record["level"], rule.level_min, rule.level_max)
            .or_else(|| {
                range_fault("confidence", confidence, rule.confidence_min, rule.confidence_max)
            })
            .or_else(|| missing.map(|family| format!("no family {family}")))
            .or_else(|| {
                let few = rule.families_min.filter(|min| families.len() < *min)?;
                Some(format!("fewer than {few} families"))
            })
            .or_else(|| {
                let other = !chain.is_empty() && words(&record["chain"]) != chain;
                other.then(|| format!("chain {}", record["chain"]))
            })
            .or_else(|| {
                let silent =
                    rule.has_against && record["against"].as_array().is_none_or(Vec::is_empty);
                silent.then(|| "nothing said against it".to_owned())
            })
            .or_else(|| late_fault(&record["first_seen_at"], rule.seen_by.as_deref()))
    })
}

fn show_pair(record: &Value) -> String {
    format!(
        "confidence {}, level {}, families {}, chain {}, for: {}, against: {}",
        record["confidence"],
        record["level"],
        record["families"],
        record["chain"],
        statements(&record["evidence"]),
        statements(&record["against"]),
    )
}

fn statements(lines: &Value) -> String {
    let lines = lines.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<String> = lines
        .iter()
        .map(|line| {
            format!("{} [{}]", line["statement"]["zh"].as_str().unwrap_or("?"), line["weight"])
        })
        .collect();
    shown.join(" / ")
}

fn is_kind(kinds: &[String], kind: &Value) -> bool {
    let kind = kind.as_str().unwrap_or_default();
    kinds.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    })
}

fn warning(case: &Case, rule: &WarningRule, records: &[Value]) -> Option<String> {
    let about = records.iter().filter(|record| {
        is_kind(&rule.kind, &record["kind"])
            && rule.subject.as_ref().is_none_or(|name| record["subject"] == case.code(name))
            && has_firms(case, &rule.subjects, &record["subjects"])
    });
    let who = rule.subject.iter().chain(&rule.subjects).map(String::as_str).collect::<Vec<_>>();
    let what = format!("warning {} about {}", rule.kind.join("|"), who.join(", "));
    let state = rule.state.as_deref().unwrap_or("open");
    judge(&what, rule.absent, about, show_warning, |record| {
        let subjects = words(&record["subjects"]).len();
        let other = record["state"] != state;
        other
            .then(|| format!("state {}", record["state"]))
            .or_else(|| level_fault(&record["level"], rule.level_min, rule.level_max))
            .or_else(|| {
                let few = rule.subjects_min.filter(|min| subjects < *min)?;
                Some(format!("{subjects} subjects, fewer than {few}"))
            })
            .or_else(|| late_fault(&record["raised_at"], rule.raised_by.as_deref()))
    })
}

fn show_warning(record: &Value) -> String {
    format!(
        "{} {} {} {}, raised {}, {}: {}",
        record["kind"],
        record["subject"],
        record["level"],
        record["state"],
        record["raised_at"],
        record["summary"]["zh"],
        statements(&record["evidence"]),
    )
}

fn index(case: &Case, rule: &IndexRule, records: &[Value]) -> Option<String> {
    let code = case.code(&rule.firm);
    let about = records.iter().filter(|record| record["uscc"] == code);
    judge(&format!("index of {}", rule.firm), rule.absent, about, show_index, |record| {
        let lines = record["contributions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has = |id: &String| lines.iter().any(|line| line["indicator"] == id.as_str());
        let grade = record["grade"].as_str().unwrap_or_default();
        let score = record["score"].as_i64().unwrap_or_default() as f64;
        let low = rule.grade_min.as_ref().is_some_and(|min| grade < min.as_str());
        let high = rule.grade_max.as_ref().is_some_and(|max| grade > max.as_str());
        (low || high)
            .then(|| format!("grade {grade}"))
            .or_else(|| {
                let bound = |bound: Option<i64>| bound.map(|points| points as f64);
                range_fault("score", score, bound(rule.score_min), bound(rule.score_max))
            })
            .or_else(|| rule.with.iter().find(|id| !has(id)).map(|id| format!("no {id}")))
            .or_else(|| rule.without.iter().find(|id| has(id)).map(|id| format!("{id} is there")))
    })
}

fn show_index(record: &Value) -> String {
    let lines = record["contributions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<String> = lines
        .iter()
        .map(|line| format!("{}={}", line["indicator"].as_str().unwrap_or("?"), line["points"]))
        .collect();
    format!("{} {}: {}", record["grade"], record["score"], shown.join(" "))
}

fn flow(case: &Case, rule: &FlowRule, records: &[Value]) -> Option<String> {
    let about = records.iter().filter(|record| {
        rule.kind.as_ref().is_none_or(|kind| record["kind"] == kind.as_str())
            && rule.pattern.as_ref().is_none_or(|name| record["pattern"] == name.as_str())
            && has_firms(case, &rule.subjects, &record["subjects"])
            && has_words(&rule.accounts, &record["accounts"])
            && has_words(&rule.transfers, &record["transfers"])
    });
    let what = format!(
        "flow {} of {} {} {}",
        rule.pattern.as_deref().or(rule.kind.as_deref()).unwrap_or("of any kind"),
        rule.subjects.join(", "),
        rule.accounts.join(", "),
        rule.transfers.join(", "),
    );
    judge(what.trim_end(), rule.absent, about, Value::to_string, |_| None)
}

fn control(case: &Case, rule: &ControlRule, records: &[Value]) -> Option<String> {
    let code = case.code(&rule.firm);
    let about = records
        .iter()
        .filter(|record| record["uscc"] == code)
        .flat_map(|record| record["controllers"].as_array().into_iter().flatten())
        .filter(|controller| match &rule.controller {
            Some(name) => controller["party"]["enterprise"] == case.code(name),
            None => rule.absent || controller["party"]["person"].is_string(),
        });
    judge(&format!("controller of {}", rule.firm), rule.absent, about, Value::to_string, |found| {
        let pct = found["pct"].as_f64().unwrap_or(f64::NAN);
        let other = rule.pct.filter(|expected| (pct - expected).abs() > 0.000_5);
        other.map(|expected| format!("not {expected} %")).or_else(|| {
            let via: Vec<&str> = rule.via.as_ref()?.iter().map(|name| case.code(name)).collect();
            let mut found = words(&found["via"]);
            let mut wanted = via.clone();
            found.sort_unstable();
            wanted.sort_unstable();
            (found != wanted).then(|| "via others".to_owned())
        })
    })
}

fn task(case: &Case, rule: &TaskRule, results: &Results) -> Option<String> {
    let behind = |task: &Value| {
        results.warnings.iter().any(|warning| {
            warning["id"] == task["warning"]
                && is_kind(&rule.kind, &warning["kind"])
                && rule.subject.as_ref().is_none_or(|name| warning["subject"] == case.code(name))
        })
    };
    let about = results.tasks.iter().filter(|task| behind(task));
    let subject = rule.subject.as_deref().unwrap_or("anyone");
    let what = format!("task for {} about {subject}", rule.kind.join("|"));
    judge(&what, rule.absent, about, Value::to_string, |task| {
        let differs = |field: &str, wanted: &Option<String>| {
            let wanted = wanted.as_ref()?;
            (task[field] != wanted.as_str()).then(|| format!("{field} is not {wanted}"))
        };
        differs("agency", &rule.agency)
            .or_else(|| differs("state", &rule.state))
            .or_else(|| level_fault(&task["level"], rule.level_min, None))
            .or_else(|| {
                let wanted = rule.division.as_ref()?;
                let division = task["division"].as_str().unwrap_or_default();
                (!division.starts_with(wanted.as_str())).then(|| format!("division {division}"))
            })
    })
}

fn dead_letter(rule: &DeadLetterRule, records: &[Value]) -> Option<String> {
    let found = records
        .iter()
        .filter(|record| record["class"] == rule.class.as_str())
        .filter(|record| rule.field.as_ref().is_none_or(|field| record["field"] == field.as_str()))
        .filter(|record| {
            let original = record["original"].as_str().unwrap_or_default();
            rule.original.as_ref().is_none_or(|text| original.contains(text.as_str()))
        })
        .count();
    let enough = rule.count.map_or(found > 0, |count| count == found);
    (!enough).then(|| {
        let all: Vec<String> = records
            .iter()
            .map(|r| format!("{} {} {}", r["class"], r["field"], r["message"]))
            .collect();
        format!("{found} dead letters of {rule:?}; all: {}", all.join("; "))
    })
}

fn summary(rule: &SummaryRule, summary: &Value) -> Vec<String> {
    [
        ("read", rule.read),
        ("accepted", rule.accepted),
        ("duplicate", rule.duplicate),
        ("dead", rule.dead),
    ]
    .into_iter()
    .filter_map(|(field, expected)| {
        let expected = expected?;
        (summary[field] != expected)
            .then(|| format!("summary: {field} is {}, not {expected}", summary[field]))
    })
    .collect()
}

/// No open warning over blue about a firm, and no flagged succession with it.
fn quiet(case: &Case, firm: &str, results: &Results) -> Vec<String> {
    let code = case.code(firm);
    let warned = results.warnings.iter().filter(|warning| {
        (warning["subject"] == code || words(&warning["subjects"]).contains(&code))
            && warning["state"] == "open"
            && LevelWord::of(&warning["level"]) > LevelWord::Blue
    });
    let paired = results.successions.iter().filter(|pair| {
        (pair["predecessor"] == code || pair["successor"] == code)
            && LevelWord::of(&pair["level"]) > LevelWord::Blue
    });
    warned
        .map(|warning| format!("{firm} must stay quiet: {}", show_warning(warning)))
        .chain(paired.map(|pair| format!("{firm} must stay quiet: {}", show_pair(pair))))
        .collect()
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn has_words(wanted: &[String], list: &Value) -> bool {
    let list = words(list);
    wanted.iter().all(|word| list.contains(&word.as_str()))
}

fn has_firms(case: &Case, wanted: &[String], list: &Value) -> bool {
    let list = words(list);
    wanted.iter().all(|name| list.contains(&case.code(name)))
}

fn level_fault(found: &Value, min: Option<LevelWord>, max: Option<LevelWord>) -> Option<String> {
    let level = LevelWord::of(found);
    let low = min.filter(|min| level < *min).map(|min| format!("level under {min:?}"));
    low.or_else(|| max.filter(|max| level > *max).map(|max| format!("level over {max:?}")))
}

fn range_fault(what: &str, found: f64, min: Option<f64>, max: Option<f64>) -> Option<String> {
    let fits = min.is_none_or(|min| found >= min) && max.is_none_or(|max| found <= max);
    (!fits).then(|| format!("{what} {found}"))
}

/// Times are RFC 3339 of one offset: comparing their first ten characters compares their days.
fn late_fault(found: &Value, by: Option<&str>) -> Option<String> {
    let found = found.as_str().unwrap_or_default();
    let by = by?;
    (found.get(..10).is_none_or(|day| day > by)).then(|| format!("{found} is after {by}"))
}
