//! Is the comparison right? Small results against a small truth.

use super::*;
use serde_json::{Value, json};

fn truth() -> Truth {
    let value = json!({
        "successions": [
            {"predecessor": "A", "successor": "B", "scenario": "V6", "difficulty": "easy",
             "visible_at": "2026-01-01T00:00:00+08:00", "evasions": ["new_phone"],
             "first_official_at": "2026-01-14T00:00:00+08:00"},
            {"predecessor": "B", "successor": "C", "scenario": "V6", "difficulty": "hard",
             "visible_at": "2026-02-01T00:00:00+08:00"},
        ],
        "unripe": [["U", "W"]],
        "decoys": [{"kind": "N4", "enterprises": ["X", "Y"], "pairs": [["X", "Y"]]}],
        "flows": [{"kind": "cycle", "transfers": ["t1", "t2", "t3"]}],
        "warnings": [{"kind": "batch_shells", "subject": "S", "subjects": ["S", "T"]}],
    });
    serde_json::from_value(value).expect("a truth")
}

fn pair(from: &str, to: &str, confidence: f64, level: Value) -> Value {
    json!({"predecessor": from, "successor": to, "confidence": confidence, "level": level,
           "first_seen_at": "2026-01-03T00:00:00+08:00"})
}

fn pairs_of(values: Vec<Value>) -> PairReport {
    let found = values.into_iter().map(|v| serde_json::from_value(v).expect("a pair"));
    let raised = [("B".to_owned(), moment("2026-01-04T00:00:00+08:00"))].into();
    let spoken = timing::Spoken { raised, ..Default::default() };
    pairs::compare(&truth(), &found.collect::<Vec<_>>(), &spoken, 2)
}

fn moment(text: &str) -> crate::time::Time {
    crate::time::Time::parse(text).expect("a moment")
}

#[test]
fn counts_chains_as_true_and_the_unripe_not_at_all() {
    let report = pairs_of(vec![
        pair("A", "B", 0.9, json!("orange")),
        pair("A", "C", 0.8, json!("yellow")),
        pair("U", "W", 0.7, json!("yellow")),
        pair("X", "Y", 0.6, json!("yellow")),
        pair("B", "C", 0.3, json!(null)),
    ]);
    assert_eq!((report.flagged, report.flagged_true, report.found), (4, 2, 1));
    assert_eq!((report.precision, report.recall), (0.6667, 0.5));
    assert_eq!(report.decoys["N4"], Share { found: 1, of: 1 });
    assert_eq!(report.wrong[0].case, "N4");
    assert_eq!(report.false_alarm_rate["N4"], 1.0);
    assert_eq!(report.missed[0].case, "V6 hard");
    assert_eq!(report.by_evasion["new_phone"], Share { found: 1, of: 1 });
    assert_eq!(report.by_evasion["none"], Share { found: 0, of: 1 });
    assert_eq!(report.by_difficulty["easy"], Share { found: 1, of: 1 });
    // Seen on the third, warned about on the fourth.
    assert_eq!((report.latency.median_hours, report.latency.within_24h), (72.0, 0.0));
    assert_eq!((report.lead.with_action, report.lead.median_days), (1, 10.0));
    assert_eq!((report.at_k.looked_into, report.at_k.hits), (2, 1));
    let bin = report.reliability[8];
    assert_eq!((bin.pairs, bin.said, bin.true_share), (1, 0.8, 1.0));
    assert_eq!(report.reliability[7].pairs, 0);
    // Ranks: A→B first, then X→Y, then B→C third of the pairs that count.
    assert_eq!(report.average_precision, 0.8333);
}

#[test]
fn nothing_found_is_precise_and_useless() {
    let report = pairs_of(vec![]);
    assert_eq!((report.precision, report.recall, report.average_precision), (1.0, 0.0, 0.0));
}

#[test]
fn reads_a_result_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, lines: &[Value]| {
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        let text = text.join("\n");
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    let truth_file = folder.path().join("truth.json");
    std::fs::write(&truth_file, serde_json::to_string(&truth()).expect("JSON")).expect("written");
    write("events-1.ndjson", &[json!({"id": "1", "source": "urn:a"})]);
    write("successions.ndjson", &[pair("A", "B", 0.9, json!("red"))]);
    write(
        "flows.ndjson",
        &[
            json!({"kind": "cycle", "transfers": ["t1", "t2"]}),
            json!({"kind": "fan_in", "transfers": ["t8", "t9"]}),
        ],
    );
    let line = json!({"statement": {"zh": "", "en": ""}, "weight": 1.0, "events": ["urn:a#1"]});
    let other = json!({"events": ["urn:a#2"]});
    write(
        "warnings.ndjson",
        &[json!({"id": "w", "kind": "batch_shells", "subject": null, "subjects": ["T", "92X"],
                 "level": "orange", "state": "open", "evidence": [line, other]})],
    );
    write(
        "index.ndjson",
        &[
            json!({"uscc": "A", "score": 0.3, "grade": "A",
                   "contributions": [{"points": 0.1}, {"points": 0.2}]}),
            json!({"uscc": "B", "score": 5, "grade": "B", "contributions": [{"points": 4}]}),
        ],
    );
    let report = evaluate(&truth_file, folder.path(), None).expect("a report");
    assert_eq!(report.flows.by_kind["cycle"].found, 1);
    assert_eq!(report.flows.precision, 0.5);
    assert_eq!(report.warnings.called_for["batch_shells "], (1, 1, 1));
    assert_eq!((report.warnings.thin.len(), report.warnings.about_persons.len()), (1, 1));
    assert_eq!(report.warnings.unknown_events, Some(1));
    assert_eq!(report.index.not_adding_up, ["B"]);
    assert!(report.to_table().contains("recall 0.500"));
}

#[test]
fn names_the_file_that_is_missing() {
    let problem = evaluate(Path::new("/nowhere/truth.json"), Path::new("/nowhere"), None);
    assert!(problem.expect_err("no file").to_string().contains("/nowhere/truth.json"));
}
