//! What does it stand on, and what does it lead to? Tests, legal hooks, tasks, sources.

use crate::dispatch;
use crate::dossier::finding::{Finding, Line};
use crate::dossier::folder::{Results, code};
use crate::dossier::material::Material;
use crate::dossier::texts::Texts;
use crate::id::Uscc;
use crate::succession::Config;
use crate::text::Text;
use crate::warning;
use serde::Serialize;
use serde_json::Value;

/// A test, with the lines that speak to it.
#[derive(Clone, Debug, Serialize)]
pub struct Test {
    /// Its name in the texts.
    pub id: String,
    /// Whether it is one of the four mixing tests.
    pub mixing: bool,
    /// Its title.
    pub title: Text,
    /// What it asks.
    pub ask: Text,
    /// The bits of its lines together.
    pub bits: f64,
    /// Numbers of its lines.
    pub lines: Vec<usize>,
}

/// A provision of law, and how the evidence speaks to its conditions.
#[derive(Clone, Debug, Serialize)]
pub struct Hook {
    /// The provision.
    pub title: Text,
    /// What it says, in short.
    pub says: Text,
    /// Its conditions.
    pub conditions: Vec<Condition>,
}

/// A condition of a provision.
#[derive(Clone, Debug, Serialize)]
pub struct Condition {
    /// What is asked.
    pub text: Text,
    /// Whether there is evidence that counts.
    pub supported: bool,
    /// Numbers of the lines that speak to it.
    pub lines: Vec<usize>,
}

/// An event that the finding cites.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// `source#id`.
    pub event: String,
    /// The event's type in words.
    pub kind: Text,
    /// Event time; `null` when the events at hand do not hold it.
    pub time: Option<String>,
    /// Numbers of the lines that cite it.
    pub lines: Vec<usize>,
}

/// The tests in the order of the texts; those without a line too, except `other`.
pub(super) fn tests(finding: &Finding, texts: &Texts) -> Vec<Test> {
    let known = |line: &Line| texts.test.iter().any(|test| test.families.contains(&line.family));
    let of = |test: &crate::dossier::texts::TestText| {
        let belongs = |line: &&Line| {
            test.families.contains(&line.family) || (test.families.is_empty() && !known(line))
        };
        let lines: Vec<&Line> = finding.pro.iter().filter(belongs).collect();
        let bits: f64 = lines.iter().map(|line| line.weight).sum();
        Test {
            id: test.id.clone(),
            mixing: test.mixing,
            title: test.title(),
            ask: test.ask(),
            bits: (bits * 100.0).round() / 100.0 + 0.0,
            lines: lines.iter().map(|line| line.number).collect(),
        }
    };
    let all = texts.test.iter().map(|test| (test.families.is_empty(), of(test)));
    all.filter(|(other, test)| !other || !test.lines.is_empty()).map(|(_, test)| test).collect()
}

/// The provisions, with the evidence for each condition. A test speaks to a condition when it has
/// as many bits as the model's gate asks of a family.
pub(super) fn hooks(finding: &Finding, texts: &Texts, config: &Config) -> Vec<Hook> {
    let hook = |hook: &crate::dossier::texts::HookText| {
        let conditions = hook.condition.iter().map(|condition| {
            let named = texts.test.iter().filter(|test| condition.tests.contains(&test.id));
            let families: Vec<String> = named.flat_map(|test| test.families.clone()).collect();
            let lines = finding.pro.iter().filter(|line| families.contains(&line.family));
            Condition {
                text: condition.text(),
                supported: finding.bits_of(&families) >= config.gate.family_bits,
                lines: lines.map(|line| line.number).collect(),
            }
        });
        Hook { title: hook.title(), says: hook.says(), conditions: conditions.collect() }
    };
    texts.hook.iter().map(hook).collect()
}

/// The measures that the warnings propose, each with its legal basis.
pub(super) fn measures(warnings: &[Value], config: &warning::Config) -> Vec<Text> {
    let ids =
        warnings.iter().flat_map(|warning| warning["measures"].as_array().into_iter().flatten());
    let mut found: Vec<Text> = Vec::new();
    for id in ids.filter_map(Value::as_str) {
        let text = match config.measure(id) {
            Some(measure) => Text::new(
                format!("{}（依据：{}）", measure.zh, measure.basis),
                format!("{} (basis: {})", measure.en, measure.basis),
            ),
            None => Text::new(id, id),
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// Tasks in a sentence each.
pub(super) fn tasks(tasks: &[Value], config: &dispatch::Config) -> Vec<Text> {
    let one = |task: &Value| {
        let part = |key: &str| task[key].as_str().unwrap_or_default();
        let agency = config.agencies().iter().find(|agency| *agency.id == *part("agency"));
        let agency = agency.map_or_else(
            || Text::new(part("agency"), part("agency")),
            |agency| Text::new(&*agency.zh, &*agency.en),
        );
        let state = match part("state") {
            "recalled" => ("已收回", "recalled"),
            _ => ("已派发", "dispatched"),
        };
        let role = match part("role") {
            "lead" => ("主办", "lead"),
            _ => ("协办", "partner"),
        };
        let (ack, judge) = (part("ack_due_at"), part("judge_due_at"));
        Text::new(
            format!("{}（{}，{}）：{ack} 前签收，{judge} 前研判", agency.zh, role.0, state.0),
            format!(
                "{} ({}, {}): acknowledge by {ack}, judge by {judge}",
                agency.en, role.1, state.1
            ),
        )
    };
    tasks.iter().map(one).collect()
}

/// Other findings about either firm: pairs and flows.
pub(super) fn beside(results: &Results, material: &Material) -> Vec<Text> {
    let shown = |uscc: &str| {
        let id = Uscc::admit(uscc).ok().and_then(|code| material.directory.by_uscc(code));
        let name = id.and_then(|id| material.shown(id));
        name.map_or_else(|| uscc.to_owned(), |name| format!("{name} ({uscc})"))
    };
    let pair = |pair: &Value| {
        let (a, b) = (shown(&code(pair, "predecessor")), shown(&code(pair, "successor")));
        let confidence = pair["confidence"].as_f64().unwrap_or_default();
        Text::new(
            format!("另有一对疑似承接：{a} → {b}，置信度 {confidence:.2}"),
            format!("another suspected succession: {a} → {b}, confidence {confidence:.2}"),
        )
    };
    let flow = |flow: &Value| {
        let part = |key: &str| flow[key].as_str().unwrap_or_default();
        let kind = part("kind").replace('_', " ");
        let sum = crate::money::Fen(flow["total_fen"].as_i64().unwrap_or_default());
        Text::new(
            format!("可疑资金模式 {}：{} 元，{}", part("kind"), sum, part("id")),
            format!("suspicious flow ({kind}): {sum} yuan, {}", part("id")),
        )
    };
    results.others.iter().map(pair).chain(results.flows.iter().map(flow)).collect()
}

/// Every event that a line cites, by time.
pub(super) fn sources(finding: &Finding, material: &Material) -> Vec<Source> {
    let mut found: Vec<Source> = Vec::new();
    for line in finding.lines() {
        for id in &line.events {
            if let Some(source) = found.iter_mut().find(|source| source.event == *id) {
                source.lines.push(line.number);
                continue;
            }
            let known = material.cited.get(id);
            let kind = known.map_or_else(
                || Text::new("（不在所读事件中）", "(not among the events at hand)"),
                |(_, kind)| Text::new(kind.zh(), kind.word()),
            );
            found.push(Source {
                event: id.clone(),
                kind,
                time: known.map(|(time, _)| time.to_string()),
                lines: vec![line.number],
            });
        }
    }
    found.sort_by(|a, b| (&a.time, &a.event).cmp(&(&b.time, &b.event)));
    found
}
