//! Does the reader keep to the contract? Single rules, and the ledger's properties. The contract's
//! own examples are read in the tests of `source`, which may touch files.

use crate::event::ledger::{Admission, Ledger, Step, StepOp};
use crate::event::{Class, Op, Parsed, Pseudonyms, Reader};
use crate::time::Time;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn reader() -> Reader {
    let now = Time::parse("2026-11-25T12:00:00+08:00").expect("a moment");
    Reader::new(Pseudonyms::new(b"for tests only"), [], now)
}

fn admit_all(lines: &[&str]) -> (Ledger, Vec<Admission>) {
    let mut reader = reader();
    let parsed: Vec<Parsed> =
        lines.iter().map(|line| reader.read(line.as_bytes()).expect("valid")).collect();
    let newest = parsed.iter().map(|p| p.event.time).max().unwrap_or_default();
    let mut ledger = Ledger::new(10, newest);
    let admissions =
        parsed.into_iter().map(|p| ledger.admit(Arc::new(p.event), p.digest)).collect();
    (ledger, admissions)
}

fn commitment(id: u32, op: &str, target: Option<u32>, minute: u32) -> String {
    let target = target.map_or_else(String::new, |t| format!(r#","ref":"e{t}""#));
    format!(
        r#"{{"specversion":"1.0","id":"e{id}","source":"urn:t","type":"commitment.breached","time":"2026-01-01T00:{minute:02}:00Z","subject":"91469007MA5TKB1082","op":"{op}"{target},"data":{{"uscc":"91469007MA5TKB1082","matter":"m{id}","on":"2026-01-01"}}}}"#
    )
}

/// What holds after all steps: by event id.
fn in_force(admissions: &[Admission]) -> BTreeMap<String, i32> {
    let mut counts = BTreeMap::new();
    for admission in admissions {
        let Admission::Accepted(steps) = admission else { continue };
        for Step { op, event, .. } in steps {
            *counts.entry(event.id.to_string()).or_insert(0) +=
                if *op == StepOp::Assert { 1 } else { -1 };
        }
    }
    counts.retain(|_, count| *count != 0);
    counts
}

fn holds(lines: &[String]) -> Vec<String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    in_force(&admit_all(&lines).1).into_keys().collect()
}

#[test]
fn corrections_and_retractions_in_any_order() {
    let original = commitment(1, "assert", None, 0);
    let correction = commitment(2, "correct", Some(1), 1);
    let later = commitment(3, "correct", Some(2), 2);
    let retraction = commitment(4, "retract", Some(2), 3);
    let all = [&original, &correction, &later];
    assert_eq!(holds(&[original.clone(), correction.clone()]), ["urn:t#e2"]);
    assert_eq!(holds(&[correction.clone(), original.clone()]), ["urn:t#e2"]);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]] {
        let lines: Vec<String> = order.iter().map(|at| all[*at].clone()).collect();
        assert_eq!(holds(&lines), ["urn:t#e3"], "{order:?}");
        let mut first = vec![retraction.clone()];
        first.extend(lines.clone());
        assert!(holds(&first).is_empty(), "retraction first, then {order:?}");
        let mut last = lines;
        last.push(retraction.clone());
        assert!(holds(&last).is_empty(), "{order:?}, then the retraction");
    }
}

#[test]
fn a_correction_of_another_type_is_refused() {
    let other = commitment(1, "assert", None, 0);
    let wrong = commitment(2, "correct", Some(1), 1)
        .replace("commitment.breached", "staff.reported")
        .replace(r#""matter":"m2","on":"2026-01-01""#, r#""month":"2026-01","headcount":1"#);
    let (_, admissions) = admit_all(&[&other, &wrong]);
    let Admission::Rejected(reject) = &admissions[1] else { panic!("{:?}", admissions[1]) };
    assert_eq!((reject.class, reject.field.as_deref()), (Class::InvalidValue, Some("ref")));
}

#[test]
fn several_faults_get_the_first_class_that_applies() {
    let line = commitment(1, "assert", None, 0)
        .replace(r#""uscc":"91469007MA5TKB1082""#, r#""uscc":"91469007MA5TKB1083""#)
        .replace(r#""on":"2026-01-01""#, r#""on":"2026-02-30""#);
    let class = |line: &str| reader().read(line.as_bytes()).expect_err("faulty").reject.class;
    assert_eq!(class(&line), Class::InvalidValue);
    assert_eq!(class(&line.replace("\"matter\":\"m1\",", "")), Class::Schema);
    assert_eq!(class(&line.replace("commitment.breached", "x")), Class::UnknownType);
    assert_eq!(class(&line.replace("\"1.0\"", "\"2.0\"")), Class::Envelope);
    assert_eq!(class(&line[1..]), Class::Malformed);
}

#[test]
fn no_message_repeats_a_personal_number() {
    let number = "110105194912310021";
    let line = r#"{"specversion":"1.0","id":"1","source":"urn:t","type":"asset.transferred","time":"2026-01-01T00:00:00Z","data":{"kind":"other","from":{"person":{"id_no":"N"}},"to":{"person":{"name":"x"}},"on":"2026-01-01"}}"#;
    let refused = reader().read(line.replace('N', number).as_bytes()).expect_err("check digit");
    assert_eq!(refused.reject.class, Class::Identity);
    assert_eq!(refused.reject.field.as_deref(), Some("data.from.person.id_no"));
    assert!(!refused.reject.to_string().contains(number));
}

#[test]
fn a_code_on_the_override_list_is_admitted() {
    let code = "91350211M0000XUF46";
    let line = commitment(1, "assert", None, 0).replace("91469007MA5TKB1082", code);
    assert_eq!(
        reader().read(line.as_bytes()).expect_err("quarantined").reject.class,
        Class::Identity
    );
    let now = Time::parse("2026-11-25T12:00:00+08:00").expect("a moment");
    let mut admitting = Reader::new(Pseudonyms::new(b"k"), [code.to_lowercase()], now);
    let parsed = admitting.read(line.as_bytes()).expect("admitted");
    assert_eq!(
        parsed.event.subject.and_then(|s| s.uscc).map(|u| u.to_string()).as_deref(),
        Some(code)
    );
}

proptest! {
    /// Fed in canonical order, duplicates and splits do not matter; the survivor of a lineage is
    /// its last correction, and a retraction ends it.
    #[test]
    fn a_random_history_ends_as_its_reference(
        ops in prop::collection::vec((0u8..3, 0u32..8, 0u32..8), 1..24),
    ) {
        let mut lines = Vec::new();
        for (at, (op, id, target)) in ops.iter().enumerate() {
            let id = id + 8 * at as u32 / 4;
            let line = match op {
                0 => commitment(id, "assert", None, at as u32),
                1 => commitment(100 + at as u32, "correct", Some(*target), at as u32),
                _ => commitment(100 + at as u32, "retract", Some(*target), at as u32),
            };
            lines.push(line);
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (_, once) = admit_all(&lines);
        // Every step of a retirement names an event that was in force, and none is in force twice.
        let mut now: BTreeMap<String, bool> = BTreeMap::new();
        for admission in &once {
            let Admission::Accepted(steps) = admission else { continue };
            for step in steps {
                let held = now.entry(step.event.id.to_string()).or_insert(false);
                prop_assert_eq!(*held, step.op == StepOp::Retire);
                *held = step.op == StepOp::Assert;
            }
        }
        let doubled: Vec<&str> = lines.iter().flat_map(|line| [*line, *line]).collect();
        let (_, twice) = admit_all(&doubled);
        prop_assert_eq!(in_force(&once), in_force(&twice));
        let names_something = lines.iter().any(|line| line.contains("\"ref\""));
        prop_assert!(names_something || once.iter().all(|a| !matches!(a, Admission::Accepted(s) if s.len() > 1)));
    }

    #[test]
    fn any_line_is_judged_without_panic(line in "[ -~]{0,200}") {
        let _ = reader().read(line.as_bytes()).is_ok();
    }
}

#[test]
fn ops_are_read() {
    let read = |line: String| reader().read(line.as_bytes()).expect("valid").event.op;
    assert_eq!(read(commitment(1, "assert", None, 0)), Op::Assert);
    assert!(
        matches!(read(commitment(1, "retract", Some(2), 0)), Op::Retract(id) if id.id() == "e2")
    );
}
