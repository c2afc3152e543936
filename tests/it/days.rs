//! What was an index made of on each day on which it changed? The past against the present.

use crate::api::By;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestigo::time::Day;

/// On each day on which an index changed, its lines add up to its score of that day, and what is
/// said to have changed leads from the lines of the day before to its own.
pub(crate) fn days_agree(by: &By, uscc: &str, index: &Value) {
    let points = |value: &Value, key: &str| -> BTreeMap<String, i64> {
        let line = |line: &Value| {
            (line["indicator"].as_str().unwrap().to_owned(), line[key].as_i64().unwrap())
        };
        value.as_array().unwrap().iter().map(line).collect()
    };
    let on =
        |day: Day| by.get(&format!("/api/v1/enterprises/{uscc}/index?on={day}"))["then"].clone();
    for score in index["history"].as_array().unwrap() {
        let day = Day::parse(score["day"].as_str().unwrap()).unwrap();
        let (eve, then) = (on(day.plus(-1)), on(day));
        assert_eq!((&then["score"], &then["grade"]), (&score["score"], &score["grade"]));
        let lines = points(&then["contributions"], "points");
        assert_eq!(json!(lines.values().sum::<i64>()), score["score"], "{uscc} on {day}");
        let mut made = points(&eve["contributions"], "points");
        assert!(made.values().all(|points| *points != 0), "{eve}");
        let (was, is) = (points(&then["moved"], "before"), points(&then["moved"], "after"));
        for (indicator, points) in was {
            assert_eq!(made.get(&indicator).copied().unwrap_or(0), points, "{uscc} on {day}");
        }
        made.extend(is);
        made.retain(|_, points| *points != 0);
        assert_eq!(made, lines, "{uscc} on {day}");
    }
    let last = on(Day::of(2030, 1, 1));
    let now = points(&index["now"]["contributions"], "points");
    assert_eq!(points(&last["contributions"], "points"), now, "the last day is as now");
    let path = format!("/api/v1/enterprises/{uscc}/index?on=yesterday");
    assert_eq!(by.send("GET", &path, &[], "").0, 400);
}
