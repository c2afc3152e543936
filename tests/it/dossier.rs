//! Does a dossier tell a pair's story truly, to people and programs, and about nobody's person?

use crate::vestigo::{city, command, done, objects};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;

/// The dossier of a pair of the shared city.
fn dossier(pair: &str, format: &str, language: &str) -> Output {
    let (events, results) = city();
    let events = format!("{}/*.ndjson", events.display());
    let out = results.display().to_string();
    let arguments = ["dossier", pair, "--format", format, "--lang", language];
    command(&arguments).args(["--events", &events, "--out", &out]).output().unwrap()
}

fn told(pair: &str, format: &str, language: &str) -> String {
    let output = dossier(pair, format, language);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{pair} as {format}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn pairs() -> Vec<Value> {
    objects(city().1, "successions")
}

fn id(pair: &Value) -> String {
    format!("{}..{}", word(pair, "predecessor"), word(pair, "successor"))
}

/// The most confident pair, and a pair that the gate holds back, where there is one.
fn chosen() -> &'static [(String, Value)] {
    static CHOSEN: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let mut pairs = pairs();
        let confidence = |pair: &Value| pair["confidence"].as_f64().unwrap();
        pairs.sort_by(|a, b| confidence(b).total_cmp(&confidence(a)));
        let best = pairs.first().cloned().unwrap();
        let weak = pairs.iter().find(|p| !p["against"].as_array().unwrap().is_empty()).cloned();
        let some = std::iter::once(best).chain(weak);
        some.map(|pair| {
            (id(&pair), serde_json::from_str(&told(&id(&pair), "json", "both")).unwrap())
        })
        .collect()
    })
}

fn lines(dossier: &Value) -> Vec<&Value> {
    ["pro", "contra"].iter().flat_map(|s| dossier["finding"][s].as_array().unwrap()).collect()
}

#[test]
fn weights_are_those_of_the_pair_and_add_up() {
    for (name, dossier) in chosen() {
        let pair = pairs().into_iter().find(|pair| id(pair) == *name).unwrap();
        let weights = |list: &Value| -> Vec<f64> {
            list.as_array().unwrap().iter().map(|line| line["weight"].as_f64().unwrap()).collect()
        };
        assert_eq!(weights(&dossier["finding"]["pro"]), weights(&pair["evidence"]));
        assert_eq!(weights(&dossier["finding"]["contra"]), weights(&pair["against"]));
        assert_eq!(dossier["finding"]["confidence"], pair["confidence"]);
        let sum = &dossier["finding"]["sum"];
        let part = |key: &str| sum[key].as_f64().unwrap();
        let total = part("prior") + part("pro") + part("contra");
        assert!((total - part("total")).abs() < 0.01, "{name}: {sum}");
        let off = (part("confidence") - pair["confidence"].as_f64().unwrap()).abs();
        // What the sum does not explain is explained in words.
        assert!(off < 0.02 || !sum["held"].is_null(), "{name}: {sum}");
        let tests: f64 =
            dossier["tests"].as_array().unwrap().iter().map(|t| t["bits"].as_f64().unwrap()).sum();
        assert!((tests - part("pro")).abs() < 0.05, "{name}: every line stands under one test");
    }
}

#[test]
fn refuting_a_line_lowers_the_confidence_and_an_objection_raises_it() {
    for (name, dossier) in chosen() {
        let confidence = dossier["finding"]["confidence"].as_f64().unwrap();
        for line in lines(dossier) {
            let without = line["refuted"]["confidence"].as_f64().unwrap();
            if line["weight"].as_f64().unwrap() > 0.0 {
                assert!(without <= confidence + 0.01, "{name}: {line}");
            } else {
                assert!(without >= confidence - 0.01, "{name}: {line}");
            }
        }
        let flagged =
            pairs().iter().any(|p| id(p) == *name && confidence >= 0.5 && !p["level"].is_null());
        let undone = dossier["finding"]["undone_by"].as_array().unwrap();
        assert_eq!(flagged, !undone.is_empty(), "{name}: what would take the flag away");
    }
}

#[test]
fn it_has_every_part() {
    let (name, dossier) = &chosen()[0];
    let mixing: Vec<&str> = dossier["tests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|test| test["mixing"] == true)
        .map(|test| word(test, "id"))
        .collect();
    assert_eq!(mixing, ["property", "business", "personnel", "premises"]);
    let timeline = dossier["timeline"].as_array().unwrap();
    for side in ["old", "new"] {
        let of = |entry: &&Value| entry["side"] == side && entry["matter"] == "registration";
        assert!(
            timeline.iter().any(|entry| of(&entry)),
            "{name}: a registration of the {side} firm"
        );
    }
    let days: Vec<&str> = timeline.iter().map(|entry| word(entry, "on")).collect();
    assert!(days.is_sorted(), "oldest first");
    assert!(!dossier["birth"]["on"].as_str().unwrap().is_empty());
    for value in dossier["shared"].as_array().unwrap() {
        let (holders, of) = (value["holders"].as_u64().unwrap(), value["of"].as_u64().unwrap());
        assert!(2 <= holders && holders <= of, "{value}");
        assert!(word(&value["rarity"], "en").contains(&format!("{holders} of {of}")));
    }
    let cited: Vec<&str> = lines(dossier)
        .iter()
        .flat_map(|line| line["events"].as_array().unwrap())
        .map(|event| event.as_str().unwrap())
        .collect();
    let sources = dossier["sources"].as_array().unwrap();
    for event in cited {
        let source = sources.iter().find(|source| source["event"] == event).unwrap();
        assert!(source["time"].is_string(), "{event} stands in the events");
    }
    let hooks: Vec<&str> = dossier["hooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hook| word(&hook["title"], "zh"))
        .collect();
    assert!(hooks.iter().any(|hook| hook.contains("第95号") && hook.contains("第二十条")));
    assert!(hooks.iter().any(|hook| hook.contains("公司法") && hook.contains("第二十三条")));
    assert!(word(&dossier["lead"], "en").contains("lead for a human decision"));
}

/// Every name, number, phone and mail address of persons in the city's events.
fn personal(events: &Path) -> Vec<String> {
    fn walk(value: &Value, key: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                let is_person = map.contains_key("id_no") || map.contains_key("ref");
                for (key, value) in map {
                    if let (true, "id_no" | "ref" | "name", Some(text)) =
                        (is_person, key.as_str(), value.as_str())
                    {
                        found.push(text.to_owned());
                    }
                    walk(value, key, found);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, key, found)),
            Value::String(text) if key == "phones" || key == "emails" => found.push(text.clone()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(events).unwrap() {
        let path = entry.unwrap().path();
        let registry = path.to_string_lossy().contains("registry");
        if !registry || path.extension().is_none_or(|e| e != "ndjson") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            walk(&event["data"], "", &mut found);
        }
    }
    found.sort();
    found.dedup();
    assert!(found.len() > 1_000, "the city has persons: {}", found.len());
    found
}

#[test]
fn no_person_is_in_it() {
    let personal = personal(city().0);
    let (name, dossier) = &chosen()[0];
    let pages = [dossier.to_string(), told(name, "html", "both"), told(name, "md", "both")];
    for page in &pages {
        for text in &personal {
            // A name of two characters may stand in another word.
            let long = text.chars().count() > 2;
            assert!(!long || !page.contains(text.as_str()), "{name}: \"{text}\"");
        }
        assert!(!page.contains("P:"), "a pseudonym");
        let digits = page.split(|c: char| !c.is_ascii_hexdigit());
        assert!(!digits.into_iter().any(|run| run.len() >= 32), "a pseudonym in hex");
    }
}

#[test]
fn both_languages_and_each_alone() {
    let (name, _) = &chosen()[0];
    let (zh, en, both) = (told(name, "md", "zh"), told(name, "md", "en"), told(name, "md", "both"));
    let (zh_only, en_only) = ("置信度", "confidence");
    assert!(zh.contains(zh_only) && !zh.contains(en_only));
    assert!(en.contains(en_only) && !en.contains(zh_only));
    assert!(both.contains(zh_only) && both.contains(en_only));
}

#[test]
fn the_page_needs_nothing_and_runs_nothing() {
    let (name, _) = &chosen()[0];
    let page = told(name, "html", "both");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for banned in
        ["<script", "src=", "@import", "url(", "javascript:", " onclick", "<link", "<iframe"]
    {
        assert!(!page.contains(banned), "{banned}");
    }
    let only = "=\"http://www.w3.org/2000/svg";
    let page_without = page.replace(only, "");
    assert!(!page_without.contains("=\"http"), "no attribute leads anywhere");
    assert_eq!(page.matches("<svg").count(), 2, "the evidence and the timeline");
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    for tag in ["table", "tbody", "tr", "section", "ul", "g"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let opened = page.match_indices(&open).filter(|(at, _)| {
            !page[at + open.len()..].starts_with(|c: char| c.is_ascii_alphabetic())
        });
        assert_eq!(opened.count(), page.matches(&close).count(), "every <{tag}> is closed");
    }
}

#[test]
fn a_name_that_is_markup_stays_text() {
    let (events, results) = city();
    let folder = tempfile::tempdir().unwrap();
    let (name, _) = &chosen()[0];
    let (_, successor) = name.split_once("..").unwrap();
    for entry in std::fs::read_dir(events).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "ndjson") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let changed: Vec<String> = text
            .lines()
            .map(|line| {
                if !line.contains(successor) || !line.contains("registration.established") {
                    return line.to_owned();
                }
                let mut event: Value = serde_json::from_str(line).unwrap();
                if event["data"]["uscc"] == successor {
                    event["data"]["name"] = "<img src=x onerror=alert(1)>\"'&|*公司".into();
                }
                event.to_string()
            })
            .collect();
        std::fs::write(folder.path().join(path.file_name().unwrap()), changed.join("\n")).unwrap();
    }
    let (events, out) =
        (format!("{}/*.ndjson", folder.path().display()), results.display().to_string());
    let page = done(&["dossier", name, "--events", &events, "--out", &out]);
    assert!(page.contains("&lt;img") && !page.contains("<img"));
    let page = done(&["dossier", name, "--events", &events, "--out", &out, "--format", "md"]);
    assert!(page.contains("&lt;img") && !page.contains("<img") && page.contains("\\|\\*公司"));
}

#[test]
fn an_unknown_pair_is_an_error_that_helps() {
    let (name, _) = &chosen()[0];
    let (old, new) = name.split_once("..").unwrap();
    let output = dossier(&format!("{new}..{old}"), "md", "en");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("find the pair") && said.contains(&**name), "{said}");
    assert!(output.stdout.is_empty());
    // One side is enough where it is in one pair alone; otherwise its pairs are offered.
    let output = dossier(old, "json", "en");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || said.contains(&**name), "{said}");
}
