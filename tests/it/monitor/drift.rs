//! Do dashboards, rules and metrics say the same? Both directions, without a Grafana.

use super::files::{asked, asks_prometheus, dashboards, panels, rules};
use super::promql::{Found, read};
use crate::vestigo::root;
use ::vestigo::telemetry::{Described, Form, metrics};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Labels that the scrape adds.
const OF_THE_SCRAPE: [&str; 2] = ["job", "instance"];
/// Series of Prometheus itself.
const OF_PROMETHEUS: [&str; 1] = ["up"];
/// Metrics that no dashboard and no alert needs, and why they are there.
const AD_HOC: [(&str, &str); 0] = [];

fn described() -> BTreeMap<&'static str, &'static Described> {
    metrics().described().iter().map(|one| (one.name.as_str(), one)).collect()
}

/// The metric of a series, and the suffix of a histogram's series.
fn metric<'a>(
    all: &BTreeMap<&str, &'a Described>,
    series: &str,
) -> Option<(&'a Described, Option<&'static str>)> {
    if let Some(one) = all.get(series) {
        return Some((one, None));
    }
    ["_bucket", "_sum", "_count"].into_iter().find_map(|suffix| {
        let one = all.get(series.strip_suffix(suffix)?)?;
        (one.form == Form::Histogram).then_some((*one, Some(suffix)))
    })
}

/// What a recorded series has as labels: those by which its rule groups.
fn recorded() -> BTreeMap<String, BTreeSet<String>> {
    let records = rules().into_iter().filter(|rule| !rule.record.is_empty());
    records
        .map(|rule| (rule.record, read(&rule.expr).unwrap().grouped.into_iter().collect()))
        .collect()
}

/// What is wrong with an expression.
fn faults(found: &Found, used: &mut BTreeSet<String>) -> Vec<String> {
    let (all, recorded) = (described(), recorded());
    let mut faults = Vec::new();
    let mut known: BTreeSet<String> = OF_THE_SCRAPE.iter().map(|&label| label.into()).collect();
    for one in &found.selected {
        let mut own: BTreeSet<String> = OF_THE_SCRAPE.iter().map(|&label| label.into()).collect();
        if let Some(labels) = recorded.get(&one.name) {
            own.extend(labels.iter().cloned());
        } else if let Some((metric, suffix)) = metric(&all, &one.name) {
            used.insert(metric.name.clone());
            own.extend(metric.labels.iter().cloned());
            if suffix == Some("_bucket") {
                own.insert("le".into());
            }
            let bare = metric.form == Form::Histogram && suffix.is_none();
            let counts = metric.form != Form::Gauge && !bare;
            if counts && !one.rated {
                faults.push(format!("{} is a counter: take its rate or increase", one.name));
            }
            if metric.form == Form::Gauge && one.rated {
                faults.push(format!("{} is a gauge: it has no rate", one.name));
            }
            if bare {
                faults.push(format!("{} is a histogram: take its series", one.name));
            }
        } else if !OF_PROMETHEUS.contains(&one.name.as_str()) {
            faults.push(format!("there is no metric {}", one.name));
        }
        for label in one.labels.iter().filter(|label| !own.contains(*label)) {
            faults.push(format!("{} has no label {label}", one.name));
        }
        known.extend(own);
    }
    for label in found.grouped.iter().filter(|label| !known.contains(*label)) {
        faults.push(format!("nothing has a label {label}"));
    }
    faults
}

#[test]
fn every_expression_asks_for_what_there_is_and_every_metric_is_asked_for() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for one in asked("5m") {
        match read(&one.expr) {
            Ok(found) => {
                let faults = faults(&found, &mut used);
                wrong.extend(faults.iter().map(|fault| format!("{}: {fault}", one.place)));
            }
            Err(why) => wrong.push(format!("{}: {why}", one.place)),
        }
    }
    let ad_hoc: BTreeSet<&str> = AD_HOC.iter().map(|(name, _)| *name).collect();
    for name in described().keys().filter(|name| !used.contains(**name)) {
        if !ad_hoc.contains(name) {
            wrong.push(format!("{name} is on no dashboard and in no rule"));
        }
    }
    wrong.extend(
        ad_hoc
            .iter()
            .filter(|name| used.contains(**name))
            .map(|name| format!("{name} is asked for: it is not for ad-hoc use alone")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dashboard_is_of_the_house() {
    let mut uids = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        assert_eq!(dashboard["uid"], name.as_str(), "the file is called as its uid");
        assert!(uids.insert(name.clone()) && name.starts_with("vestigo-"));
        assert_eq!(dashboard["editable"], false, "{name}");
        assert_eq!(dashboard["timezone"], "browser", "{name}");
        assert!(dashboard["tags"].as_array().unwrap().contains(&"vestigo".into()), "{name}");
        let text = dashboard.to_string();
        for banned in ["libraryPanel", "__inputs", "dashboard.grafana.app/v2"] {
            assert!(!text.contains(banned), "{name}: {banned}");
        }
        bilingual(&name, &dashboard);
        let variables: Vec<&str> = dashboard["templating"]["list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let (mut ids, mut places) = (BTreeSet::new(), Vec::new());
        for panel in dashboard["panels"].as_array().unwrap() {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: {}", panel["id"]);
            places.push(place(&name, panel));
        }
        for (at, a) in places.iter().enumerate() {
            for b in &places[at + 1..] {
                let apart = a.0 + a.2 <= b.0 || b.0 + b.2 <= a.0;
                assert!(apart || a.1 + a.3 <= b.1 || b.1 + b.3 <= a.1, "{name}: panels overlap");
            }
        }
        for panel in panels(&dashboard) {
            panel_is_of_the_house(&name, panel, &variables);
        }
    }
}

fn panel_is_of_the_house(name: &str, panel: &Value, variables: &[&str]) {
    let title = panel["title"].as_str().unwrap();
    let what = format!("{name}: {title}");
    assert!(!title.is_empty(), "{name}: a panel without a title");
    bilingual(&what, panel);
    assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{what}: no unit");
    let links = panel["links"].as_array().unwrap();
    let to_console = |link: &Value| link["url"].as_str().unwrap().starts_with("${console}");
    assert!(links.iter().any(to_console), "{what}: no link to the console");
    let targets = panel["targets"].as_array().unwrap();
    assert!(!targets.is_empty(), "{what}: asks nothing");
    let source = panel["datasource"]["uid"].as_str().unwrap();
    let variable = source.strip_prefix("${").and_then(|v| v.strip_suffix('}')).unwrap();
    assert!(variables.contains(&variable), "{what}: {source}");
    if !asks_prometheus(panel) {
        return;
    }
    for target in targets {
        let expr = target["expr"].as_str().unwrap();
        let selectors = expr.matches("{job=~\"$job\", instance=~\"$instance\"").count();
        let found = read(&super::files::filled(expr, "5m")).unwrap();
        assert_eq!(selectors, found.selected.len(), "{what}: {expr}: not of the chosen instances");
    }
}

fn place(name: &str, panel: &Value) -> (u64, u64, u64, u64) {
    let of = |key: &str| panel["gridPos"][key].as_u64().unwrap();
    assert!(of("x") + of("w") <= 24, "{name}: {} is too wide", panel["title"]);
    (of("x"), of("y"), of("w"), of("h"))
}

fn bilingual(what: &str, value: &Value) {
    let text = value["description"].as_str().unwrap_or_default();
    let (en, zh) = text.split_once("\n\n").unwrap_or_default();
    assert!(en.ends_with('.'), "{what}: no description in English");
    assert!(zh.chars().any(|c| ('一'..='龥').contains(&c)), "{what}: no description in Chinese");
}

#[test]
fn every_alert_has_its_texts_its_runbook_its_dashboard_and_its_unit_test() {
    let known: BTreeSet<String> = dashboards().into_iter().map(|(name, _)| name).collect();
    let tests = root().join("dashboards/prometheus/tests/alerts_test.yml");
    let tests = fs::read_to_string(tests).unwrap();
    let mut names = BTreeSet::new();
    for rule in rules().iter().filter(|rule| !rule.alert.is_empty()) {
        let name = &rule.alert;
        assert!(names.insert(name.clone()), "{name} is there twice");
        assert!(["critical", "warning", "info"].contains(&rule.said("severity")), "{name}");
        assert!(!rule.said("for").is_empty(), "{name}: for how long?");
        assert!(
            rule.said("summary").ends_with('.') && !rule.said("summary").contains("{{"),
            "{name}"
        );
        assert!(rule.said("description").ends_with('.'), "{name}");
        let (page, anchor) = rule.said("runbook_url").split_once('#').unwrap_or_default();
        assert_eq!(anchor, name.to_lowercase(), "{name}");
        let book = fs::read_to_string(root().join(page)).unwrap_or_default();
        assert!(book.contains(&format!("\n## {name}\n")), "{name}: {page} does not tell of it");
        let dashboard = rule.said("dashboard_url").strip_prefix("/d/").unwrap();
        assert!(known.contains(dashboard), "{name}: no dashboard {dashboard}");
        for test in ["fires", "stays silent"] {
            assert!(tests.contains(&format!("- name: {name} {test}\n")), "{name}: no test: {test}");
        }
    }
    for entry in fs::read_dir(root().join("docs/runbooks")).unwrap() {
        let path = entry.unwrap().path();
        for line in fs::read_to_string(&path).unwrap().lines() {
            if let Some(alert) = line.strip_prefix("## ") {
                assert!(names.contains(alert), "{}: no alert {alert}", path.display());
            }
        }
    }
}

#[test]
fn a_drift_is_noticed() {
    let wrong = |expr: &str| faults(&read(expr).unwrap(), &mut BTreeSet::new());
    assert!(
        wrong("sum by (stage) (rate(vestigo_stage_duration_seconds_bucket{le=\"1\"}[5m]))")
            .is_empty()
    );
    for expr in [
        "vestigo_nothing",
        "vestigo_journal_epochs_total",
        "rate(vestigo_watermark_timestamp_seconds[5m])",
        "vestigo_queue_depth{colour=\"red\"}",
        "sum by (colour) (vestigo_queue_depth)",
        "vestigo_stage_duration_seconds",
        "stage:vestigo_stage_busy:ratio_rate5m{outcome=\"x\"}",
    ] {
        assert_eq!(wrong(expr).len(), 1, "{expr}: {:?}", wrong(expr));
    }
}
