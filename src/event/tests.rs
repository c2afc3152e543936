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

/// The ledger as one would write it without thought for speed: lineages as lists, searched.
#[derive(Default)]
struct Reference {
    /// Members, what is in force, whether withdrawn.
    lineages: Vec<(Vec<String>, Option<String>, bool)>,
}

impl Reference {
    fn of(&mut self, id: &str) -> usize {
        if let Some(at) = self.lineages.iter().position(|(ids, ..)| ids.iter().any(|i| i == id)) {
            return at;
        }
        self.lineages.push((vec![id.to_owned()], None, false));
        self.lineages.len() - 1
    }

    fn admit(&mut self, id: &str, op: u8, target: &str) {
        let (mine, named) = (self.of(id), self.of(if op == 0 { id } else { target }));
        let (_, standing, withdrawn) = self.lineages[mine].clone();
        let version = standing.or_else(|| (op != 2).then(|| id.to_owned()));
        let lineage = &mut self.lineages[named];
        lineage.2 |= withdrawn || op == 2;
        lineage.1 = version.filter(|_| !lineage.2);
        if mine != named {
            let (ids, ..) = std::mem::take(&mut self.lineages[mine]);
            self.lineages[named].0.extend(ids);
        }
    }

    fn holds(&self) -> Vec<String> {
        let mut ids: Vec<String> = self
            .lineages
            .iter()
            .filter_map(|(_, held, _)| Some(format!("urn:t#{}", held.as_ref()?)))
            .collect();
        ids.sort();
        ids
    }
}

proptest! {
    /// Whatever the order: what holds is what the reference says, every retirement names an event
    /// that was in force, none is in force twice, and repeating the lines changes nothing.
    #[test]
    fn a_random_history_goes_as_its_reference(
        ops in prop::collection::vec((0u8..3, 0u32..12, 0u32..12), 1..24),
    ) {
        let word = ["assert", "correct", "retract"];
        let mut lines = Vec::new();
        let mut reference = Reference::default();
        let mut seen = std::collections::BTreeSet::new();
        for (minute, (op, id, target)) in (0..).zip(&ops) {
            if !seen.insert(*id) {
                continue;
            }
            let named = (*op > 0).then_some(*target);
            lines.push(commitment(*id, word[*op as usize], named, minute));
            reference.admit(&format!("e{id}"), *op, &format!("e{target}"));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (_, once) = admit_all(&lines);
        prop_assert_eq!(in_force(&once).into_keys().collect::<Vec<_>>(), reference.holds());
        let mut now: BTreeMap<String, bool> = BTreeMap::new();
        for admission in &once {
            let Admission::Accepted(steps) = admission else { panic!("{admission:?}") };
            for step in steps {
                let held = now.entry(step.event.id.to_string()).or_insert(false);
                prop_assert_eq!(*held, step.op == StepOp::Retire);
                *held = step.op == StepOp::Assert;
            }
        }
        let doubled: Vec<&str> = lines.iter().flat_map(|line| [*line, *line]).collect();
        let (_, twice) = admit_all(&doubled);
        prop_assert_eq!(in_force(&once), in_force(&twice));
    }

    /// A chain of corrections ends in its last one, or in nothing when any was retracted, in
    /// whatever order its events come.
    #[test]
    fn a_chain_ends_alike_in_any_order(
        length in 1u32..8,
        retracted in prop::option::of(0u32..8),
        keys in prop::collection::vec(any::<u32>(), 9),
    ) {
        let mut lines = vec![commitment(0, "assert", None, 0)];
        lines.extend((1..length).map(|at| commitment(at, "correct", Some(at - 1), at)));
        let retracted = retracted.map(|at| at % length);
        lines.extend(retracted.map(|at| commitment(99, "retract", Some(at), 30)));
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|at| keys[*at]);
        let shuffled: Vec<String> = order.iter().map(|at| lines[*at].clone()).collect();
        let last = format!("urn:t#e{}", length - 1);
        let expected = if retracted.is_some() { vec![] } else { vec![last] };
        prop_assert_eq!(holds(&shuffled), expected);
    }

    #[test]
    fn any_line_is_judged_without_panic(line in "[ -~]{0,200}") {
        let _ = reader().read(line.as_bytes()).is_ok();
    }
}

#[test]
fn what_came_before_and_is_of_another_type_gives_way() {
    let original = commitment(1, "assert", None, 5);
    let other = |op: &str| {
        commitment(2, op, Some(1), 1)
            .replace("commitment.breached", "staff.reported")
            .replace(r#""matter":"m2","on":"2026-01-01""#, r#""month":"2026-01","headcount":1"#)
    };
    assert_eq!(holds(&[other("correct"), original.clone()]), ["urn:t#e1"]);
    assert_eq!(holds(&[other("retract"), original.clone()]), ["urn:t#e1"]);
    assert!(holds(&[commitment(2, "retract", Some(1), 1), original]).is_empty());
}

#[test]
fn of_two_contents_the_fuller_has_the_lower_digest() {
    let digest = |line: &str| reader().read(line.as_bytes()).expect("valid").digest;
    let line = commitment(1, "assert", None, 0);
    assert!(digest(&line) > digest(&line.replace("\"m1\"", "\"m12\"")));
}

#[test]
fn ids_and_sources_have_a_form() {
    let with = |from: &str, to: &str| {
        let line = commitment(1, "assert", None, 0).replace(from, to);
        reader().read(line.as_bytes()).err().map(|refused| refused.reject.class)
    };
    for id in ["a b", "東方#1", "é", &"x".repeat(128)] {
        assert_eq!(with("\"e1\"", &format!("\"{id}\"")), None, "{id}");
    }
    for id in ["", "a\u{202e}b", "a\\tb", "\u{200b}", &"x".repeat(129)] {
        assert_eq!(with("\"e1\"", &format!("\"{id}\"")), Some(Class::Envelope), "{id:?}");
    }
    for source in ["urn:cn:1", "/feeds/a", "https://a.example/x?y#z", "a%20b", "feed"] {
        assert_eq!(with("urn:t", source), None, "{source}");
    }
    for source in ["", "a b", "東方", "a%2", "1a:b", "a#b#c", ":a"] {
        assert_eq!(with("urn:t", source), Some(Class::Envelope), "{source}");
    }
}

/// The JSON pointers of a value and all values in it.
fn places(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(key, v)| places(v, &format!("{path}/{key}"), found));
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, v)| places(v, &format!("{path}/{at}"), found));
        }
        _ => {}
    }
}

/// An event with the data of many types, read as every type, with each value in turn replaced or taken away: judged without a
/// panic, and a rejection never repeats a personal number.
#[test]
fn damaged_events_are_judged_without_panic() {
    use serde_json::{Value, json};
    let whole = r#"{"specversion":"1.0","id":"1","source":"urn:t","type":"registration.established","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","data":{"uscc":"91469007MA5TKB1082","reg_no":"469007012345672","name":"n","entity_type":"1130","established_on":"2021-06-18","division":"469007100","domicile":"d","industry":"H6210","scope":"s","subscribed_fen":1,"legal_rep":{"id_no":"11010519491231002X","ref":"P:3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f"},"officers":[{"person":{"name":"x"},"role":"director"}],"holders":[{"party":{"enterprise":{"org_code":"MA5TKB108"}},"pct":70}],"phones":["1"],"agent":{"name":"a"},"predecessors":[{"uscc":"91469007MA5TKB1082","kind":"merger"}],"changes":[{"item":"scope","before":"b","after":"c"},{"item":"holders","after":[]}],"approved_on":"2026-01-01","month":"2026-01","headcount":3,"staff_minhash":[1],"kind":"other","on":"2026-01-01","from":{"person":{"name":"x"}},"to":{"person":{"name":"x"}},"payer":{"account":"a"},"payee":{"account":"b"},"amount_fen":5,"txn_id":"t","doc_id":"d","tier":1,"topics":[],"sentiment":0,"mentions":[]},"accessbasis":"referral"}"#;
    let whole: Value = serde_json::from_str(whole).expect("JSON");
    let values = [
        json!(null),
        json!(""),
        json!(0),
        json!(-1.5),
        json!([]),
        json!({}),
        json!(true),
        json!("110105194912310021"),
        json!([null]),
        json!([{}]),
        json!([[""]]),
        json!("x".repeat(30_000)),
    ];
    let mut paths = Vec::new();
    places(&whole, "", &mut paths);
    let mut reader = reader();
    for kind in crate::event::EventType::ALL {
        for path in &paths {
            for value in &values {
                let mut damaged = whole.clone();
                damaged["type"] = kind.word().into();
                *damaged.pointer_mut(path).expect("there") = value.clone();
                if let Err(refused) = reader.read(damaged.to_string().as_bytes()) {
                    assert!(!refused.reject.to_string().contains("110105"), "{refused:?}");
                }
            }
        }
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
