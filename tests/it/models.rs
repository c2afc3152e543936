//! Do analysts get what the manual says? Models listed, checked, compared, edited, tried.

use crate::vestigo::{city, done, root, vestigo};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn json(arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&done(&[arguments, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn shipped_models_are_listed_and_sound() {
    let models = json(&["model", "list"]);
    let ids: Vec<&str> = models.iter().map(|model| model["id"].as_str().unwrap()).collect();
    for id in ["dongfang/2026.1", "dongfang/2026.2", "dongfang/2026.3"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
    let sql = &models[ids.iter().position(|id| *id == "dongfang/2026.2").unwrap()];
    assert!(sql["in_sql"].as_u64().unwrap() >= 50, "{sql}");
    for id in ids {
        done(&["model", "check", id]);
    }
}

#[test]
fn a_misprint_is_answered_with_the_name_that_was_meant() {
    let output = vestigo(&["model", "check", "dongfang/2026.22"]);
    let stderr = String::from_utf8_lossy(&output.stderr).replace(['\n', '│', ' '], "");
    assert!(!output.status.success());
    assert!(stderr.contains("didyoumean\"dongfang/2026.2\"?"), "{stderr}");
}

#[test]
fn every_feature_is_named_and_explained() {
    for model in ["dongfang/2026.2", "dongfang/2026.3"] {
        let features = json(&["model", "features", model]);
        assert!(features.len() > 60);
        for feature in &features {
            for key in ["zh", "en", "unit", "made"] {
                assert_ne!(feature[key], "", "{feature}");
            }
        }
    }
    let features = json(&["model", "features", "dongfang/2026.3"]);
    let of = |name: &str| features.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(of("subscribed_off_peers")["made"], "deviation of subscribed_yuan against peers");
    assert_eq!(of("subscribed_yuan")["used_by"], serde_json::json!(["subscribed_off_peers"]));
}

/// Fenced blocks after a heading of a page: what follows the backticks, and the text.
fn blocks(page: &str, heading: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut found = Vec::new();
    let mut parts = section.split("```");
    parts.next();
    while let (Some(block), _) = (parts.next(), parts.next()) {
        let (info, text) = block.split_once('\n').unwrap();
        found.push((info.trim().to_owned(), text.to_owned()));
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A block with lines that begin with `-` and `+`: those become these, once.
fn patch(file: &Path, diff: &str) {
    let side = |sign: char| -> String {
        diff.lines().filter_map(|line| Some(format!("{}\n", line.strip_prefix(sign)?))).collect()
    };
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(text.matches(&side('-')).count(), 1, "{} in {}", side('-'), file.display());
    fs::write(file, text.replacen(&side('-'), &side('+'), 1)).unwrap();
}

#[test]
fn the_walk_through_of_the_manual_works() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    copy(&root().join("models"), &place.join("models"));
    copy(&root().join("pipelines"), &place.join("pipelines"));
    let (events, _) = city();
    let events = format!("{}/*.ndjson", events.display());
    let out = place.join("out").display().to_string();
    let mut last = String::new();
    for (info, text) in blocks("docs/models.md", "Walk-through") {
        let (kind, file) = info.split_once(' ').unwrap_or((&info, ""));
        match kind {
            "diff" => patch(&place.join(file), &text),
            "toml" => {
                let file = place.join(file);
                let known = fs::read_to_string(&file).unwrap();
                fs::write(&file, format!("{known}\n{text}")).unwrap();
            }
            "sh" => {
                for line in text.lines() {
                    let words: Vec<&str> = line
                        .split_whitespace()
                        .map(|word| match word {
                            "$EVENTS" => events.as_str(),
                            "$OUT" => out.as_str(),
                            other => other,
                        })
                        .collect();
                    if words[0] == "cp" {
                        copy(&place.join(words[2]), &place.join(words[3]));
                        continue;
                    }
                    assert_eq!(words[0], "vestigo");
                    let output =
                        crate::vestigo::command(&words[1..]).current_dir(place).output().unwrap();
                    let stderr = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "{line}: {stderr}");
                    if line.contains("diff") {
                        last = String::from_utf8(output.stdout).unwrap();
                    }
                }
            }
            other => panic!("a block of the kind \"{other}\""),
        }
    }
    for said in ["D14", "32 * samples_failed", "repeat_samples", "food-drug"] {
        assert!(last.contains(said), "the difference names {said}:\n{last}");
    }
    let report = fs::read_to_string(place.join("out/backtest.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["enterprises"].as_u64().map(|n| n > 500), Some(true), "{report}");
}

fn backtest(events: &str, out: &Path, more: &[&str]) -> Value {
    let out_name = out.display().to_string();
    let fixed = ["backtest", "dongfang/2026.2", "--against", "dongfang/2026.1"];
    done(&[&fixed[..], &["--events", events, "--out", &out_name], more].concat());
    serde_json::from_str(&fs::read_to_string(out.join("backtest.json")).unwrap()).unwrap()
}

#[test]
fn the_model_in_sql_grades_a_city_as_the_first_one() {
    let (events, _) = city();
    let truth = events.join("truth.json").display().to_string();
    let out = tempfile::tempdir().unwrap();
    let all = format!("{}/*.ndjson", events.display());
    let report = backtest(&all, out.path(), &["--truth", &truth, "--first", "20"]);
    assert_eq!(report["regraded"], Value::Array(Vec::new()));
    assert_eq!(report["mix"]["model"], report["mix"]["against"]);
    let hits = &report["hits"]["model"];
    assert!(hits["precision_at"]["20"].is_number() && hits["warned"].as_u64() > Some(0), "{hits}");
    assert!(report["months"].as_array().unwrap().len() > 10);
    let page = fs::read_to_string(out.path().join("backtest.html")).unwrap();
    assert!(page.contains("Grades C and D by group"));

    let again = tempfile::tempdir().unwrap();
    backtest(&all, again.path(), &["--truth", &truth, "--first", "20"]);
    for file in ["backtest.json", "backtest.html"] {
        let of = |folder: &Path| fs::read(folder.join(file)).unwrap();
        assert!(of(out.path()) == of(again.path()), "{file} is the same on a second run");
    }
}

/// What is learned after a day changes nothing that is reported up to that day.
#[test]
fn no_report_knows_the_future() {
    let (events, _) = city();
    let mut days = Vec::new();
    let mut lines = Vec::new();
    for entry in fs::read_dir(events).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "ndjson") {
            for line in fs::read_to_string(&path).unwrap().lines() {
                let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
                let Some(time) = event["time"].as_str().filter(|time| time.len() > 9) else {
                    continue;
                };
                let Some(time) = ::vestigo::time::Time::parse(time) else { continue };
                days.push(time.day());
                lines.push((time.day(), line.to_owned()));
            }
        }
    }
    days.sort_unstable();
    let to = days[days.len() * 2 / 3];
    let folder = tempfile::tempdir().unwrap();
    let until = folder.path().join("until.ndjson");
    let whole = folder.path().join("whole.ndjson");
    let write = |path: &Path, keep: &dyn Fn(::vestigo::time::Day) -> bool| {
        let kept: Vec<&str> =
            lines.iter().filter(|(day, _)| keep(*day)).map(|(_, line)| line.as_str()).collect();
        fs::write(path, kept.join("\n")).unwrap();
    };
    write(&until, &|day| day <= to);
    write(&whole, &|_| true);
    let to = to.to_string();
    let report = |events: &Path, out: &str| {
        let out = folder.path().join(out);
        backtest(&events.display().to_string(), &out, &["--to", &to])
    };
    assert_eq!(report(&until, "short"), report(&whole, "long"), "reported to {to}");
}

#[test]
fn a_repair_clears_what_it_repairs() {
    let (events, results) = city();
    let indices = crate::vestigo::objects(results, "index");
    let bad = indices
        .iter()
        .find(|index| {
            let lines = index["contributions"].as_array().unwrap();
            index["score"].as_i64() > Some(60) && lines.iter().any(|l| l["indicator"] == "R01")
        })
        .unwrap();
    let all = format!("{}/*.ndjson", events.display());
    let code = bad["uscc"].as_str().unwrap();
    let asked = |scenario: &str| {
        let arguments = ["explain", code, "--what-if", scenario, "--events", &all];
        json(&arguments).remove(0)
    };
    let found = asked("repair:all");
    assert_eq!(found["before"]["score"], bad["score"], "{found}");
    assert!(found["after"]["score"].as_i64() < found["before"]["score"].as_i64(), "{found}");
    let penalty = found["changes"].as_array().unwrap().iter().find(|c| c["indicator"] == "R01");
    assert_eq!(penalty.unwrap()["after"], 0);
    let lines = bad["contributions"].as_array().unwrap();
    let line = lines.iter().find(|l| l["indicator"] == "R01").unwrap();
    let one = asked(&format!("withdraw:{}", line["events"][0].as_str().unwrap()));
    // The case behind a penalty may be open again without it; the penalty's points are gone.
    let change = one["changes"].as_array().unwrap().iter().find(|c| c["indicator"] == "R01");
    let change = change.unwrap_or_else(|| panic!("{one}"));
    assert!(change["after"].as_i64() < change["before"].as_i64(), "{one}");
    let wrong = vestigo(&["explain", code, "--what-if", "repiar:all", "--events", &all]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("did you mean \"repair\""));
}

#[test]
fn a_companion_is_learned_out_of_time_and_the_same_twice() {
    let (events, _) = city();
    let truth = events.join("truth.json").display().to_string();
    let all = format!("{}/*.ndjson", events.display());
    let folder = tempfile::tempdir().unwrap();
    let train = |out: &str| {
        let out = folder.path().join(out).display().to_string();
        let fixed = ["model", "train", "dongfang/2026.2", "--events", &all, "--truth", &truth];
        json(&[&fixed[..], &["--horizon", "90", "--every", "30", "--out", &out]].concat()).remove(0)
    };
    let card = train("one");
    assert!(card["auc"].as_f64() > Some(0.5), "it tells cases from others: {card}");
    let moments = card["plan"]["moments"].as_array().unwrap();
    let day = |text: &Value| ::vestigo::time::Day::parse(text.as_str().unwrap()).unwrap();
    let (last, checked) = (day(moments.last().unwrap()), day(&card["plan"]["checked_at"]));
    assert!(checked.since(last) >= 90, "what was learned ends before it is checked: {card}");
    let cells = card["calibration"].as_array().unwrap();
    let told: u64 = cells.iter().map(|cell| cell["enterprises"].as_u64().unwrap()).sum();
    assert_eq!(card["checked"]["rows"].as_u64(), Some(told));
    train("two");
    for file in ["scorecard.toml", "card.md", "card.json"] {
        let of = |out: &str| fs::read_to_string(folder.path().join(out).join(file)).unwrap();
        assert!(of("one") == of("two"), "{file} is the same on a second run");
        assert!(!of("one").contains("91469"), "{file} names nobody");
    }

    let companion = folder.path().join("one").display().to_string();
    let out = folder.path().join("report");
    let more = ["--truth", &truth, "--first", "20", "--companion", &companion];
    let report = backtest(&all, &out, &more);
    let classes = report["companion"]["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 4);
    let all_in: u64 = classes.iter().map(|class| class["enterprises"].as_u64().unwrap()).sum();
    assert_eq!(report["enterprises"].as_u64(), Some(all_in));
    assert!(report["companion"]["precision_at"]["20"]["companion"].is_number());
    let page = fs::read_to_string(out.join("backtest.html")).unwrap();
    assert!(page.contains("Order of work inside classes"));
    assert_eq!(report["regraded"], Value::Array(Vec::new()), "a companion changes no class");

    let far = ["model", "train", "dongfang/2026.2", "--events", &all, "--horizon", "400"];
    let output = vestigo(&far);
    assert_eq!(output.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--horizon"), "{output:?}");
}
