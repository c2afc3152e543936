//! What is in the dashboards and rule files? Every expression, with the place where it stands.

use crate::vestigo::root;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// An expression and where it stands.
pub(super) struct Asked {
    pub(super) place: String,
    pub(super) expr: String,
    /// Whether it only filters: an alert is silent when all is well.
    pub(super) alert: bool,
}

/// A rule of a rule file.
#[derive(Default)]
pub(super) struct Rule {
    pub(super) file: String,
    /// What it records; none of an alert.
    pub(super) record: String,
    /// The alert's name; none of a recording rule.
    pub(super) alert: String,
    pub(super) expr: String,
    /// Labels and annotations.
    pub(super) said: Vec<(String, String)>,
}

impl Rule {
    pub(super) fn said(&self, key: &str) -> &str {
        self.said.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// File name and content of every dashboard.
pub(super) fn dashboards() -> Vec<(String, Value)> {
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    files("dashboards/grafana/dashboards", "json").into_iter().map(read).collect()
}

/// The rules. The files are written in one way, a key a line: `promtool` reads them as YAML.
pub(super) fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for path in files("dashboards/prometheus/rules", "yml") {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        for line in fs::read_to_string(path).unwrap().lines() {
            let line = line.trim();
            let begins = line.starts_with("- record:") || line.starts_with("- alert:");
            let Some((key, value)) = line.trim_start_matches("- ").split_once(": ") else {
                continue;
            };
            let value = match value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')) {
                Some(quoted) => quoted.replace("''", "'"),
                None => value.to_owned(),
            };
            if begins {
                rules.push(Rule { file: file.clone(), ..Rule::default() });
            }
            let Some(rule) = rules.last_mut() else { continue };
            match key {
                "record" => rule.record = value,
                "alert" => rule.alert = value,
                "expr" => rule.expr = value,
                key => rule.said.push((key.to_owned(), value)),
            }
        }
    }
    rules
}

/// The panels of a dashboard that show something.
pub(super) fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row")
}

/// Whether a panel asks Prometheus; the others ask by SQL.
pub(super) fn asks_prometheus(panel: &Value) -> bool {
    panel["datasource"]["type"] == "prometheus"
}

/// An expression with the variables of Grafana filled in.
pub(super) fn filled(expr: &str, interval: &str) -> String {
    expr.replace("$__rate_interval", interval).replace("$job", ".+").replace("$instance", ".+")
}

/// Every expression of every dashboard and rule.
pub(super) fn asked(interval: &str) -> Vec<Asked> {
    let mut all = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard).filter(|panel| asks_prometheus(panel)) {
            for target in panel["targets"].as_array().unwrap() {
                let place = format!("{name}: {} ({})", panel["title"], target["refId"]);
                let expr = filled(target["expr"].as_str().unwrap(), interval);
                all.push(Asked { place, expr, alert: false });
            }
        }
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            let definition = variable["definition"].as_str().unwrap_or_default();
            let inside = definition.strip_prefix("label_values(");
            if let Some((expr, _)) = inside.and_then(|rest| rest.rsplit_once(',')) {
                let place = format!("{name}: variable {}", variable["name"]);
                all.push(Asked { place, expr: filled(expr, interval), alert: false });
            }
        }
        for one in dashboard["annotations"]["list"].as_array().unwrap() {
            if let Some(expr) = one["expr"].as_str() {
                let place = format!("{name}: annotation {}", one["name"]);
                all.push(Asked { place, expr: filled(expr, interval), alert: true });
            }
        }
    }
    for rule in rules() {
        let alert = !rule.alert.is_empty();
        let place = format!("{}: {}{}", rule.file, rule.alert, rule.record);
        all.push(Asked { place, expr: rule.expr, alert });
    }
    all
}
