//! Can other tools read the results, without learning of any person or of more than was decided?

use crate::vestigo::{city, done, objects};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn exported(form: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("export").display().to_string();
    let out = city().1.display().to_string();
    done(&[&["export", form, "--out", &out, "--to", &to], more].concat());
    std::fs::read_to_string(to).unwrap()
}

fn entities(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn ftm_ties_name_entities_that_are_there() {
    let entities = entities(&exported("ftm", &[]));
    let ids: BTreeSet<&str> = entities.iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), entities.len(), "every id once");
    let of = |schema: &str| entities.iter().filter(|e| e["schema"] == schema).count();
    assert_eq!(of("Similar"), objects(city().1, "successions").len());
    assert_eq!(of("Succession"), 0, "nothing is confirmed without a verdict");
    assert!(of("Company") >= objects(city().1, "index").len() && of("Ownership") > 0);
    for entity in &entities {
        let properties = entity["properties"].as_object().unwrap();
        for (key, values) in properties {
            for value in values.as_array().unwrap() {
                assert!(value.is_string(), "{entity}");
                if ["owner", "asset", "candidate", "match"].contains(&&**key) {
                    assert!(ids.contains(value.as_str().unwrap()), "{entity}");
                }
            }
        }
        assert!(entity["schema"] != "Person" || !properties.contains_key("name"), "{entity}");
    }
}

#[test]
fn a_verdict_makes_a_succession_or_takes_the_pair_out() {
    let pairs = objects(city().1, "successions");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verdicts.ndjson");
    let verdict = |pair: &Value, verdict: &str| {
        json!({ "predecessor": pair["predecessor"], "successor": pair["successor"],
                "verdict": verdict })
        .to_string()
    };
    let lines = [verdict(&pairs[0], "confirmed"), verdict(&pairs[1], "refuted")];
    std::fs::write(&path, lines.join("\n")).unwrap();
    let entities = entities(&exported("ftm", &["--verdicts", &path.display().to_string()]));
    let of = |schema: &str| entities.iter().filter(|e| e["schema"] == schema).count();
    assert_eq!((of("Succession"), of("Similar")), (1, pairs.len() - 2));
}

#[test]
fn no_pseudonym_leaves() {
    for form in ["ftm", "graphml", "bods"] {
        let text = exported(form, &[]);
        assert!(!text.contains("P:"), "{form}: a pseudonym");
        for controlled in objects(city().1, "control") {
            for controller in controlled["controllers"].as_array().unwrap() {
                if let Some(person) = controller["party"]["person"].as_str() {
                    assert!(!text.contains(person.trim_start_matches("P:")), "{form}: {person}");
                }
            }
        }
    }
}

#[test]
fn graphml_edges_join_nodes() {
    let text = exported("graphml", &[]);
    let part = |line: &str, key: &str| {
        let from = line.find(&format!("{key}=\"")).unwrap() + key.len() + 2;
        line[from..].split('"').next().unwrap().to_owned()
    };
    let lines =
        |start: &str| text.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    let nodes: BTreeSet<String> = lines("<node ").iter().map(|line| part(line, "id")).collect();
    let edges = lines("<edge ");
    assert!(nodes.len() > 1_000 && edges.len() >= objects(city().1, "successions").len());
    for edge in edges {
        assert!(nodes.contains(&part(edge, "source")), "{edge}");
        assert!(nodes.contains(&part(edge, "target")), "{edge}");
    }
}

/// Checks statements on stdin by the standard's own schemas, which come with `libcovebods`.
const BY_THE_SCHEMAS: &str = "
import json, pathlib, sys
import libcovebods
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
folder = pathlib.Path(libcovebods.__file__).parent / 'data' / 'schema-0-4-0'
schemas = [json.loads(path.read_text()) for path in folder.glob('*.json')]
registry = Registry().with_resources(
    (schema['$id'], Resource.from_contents(schema)) for schema in schemas if '$id' in schema)
whole = next(schema for schema in schemas if schema.get('$id') == 'urn:statement')
check = Draft202012Validator(whole, registry=registry, format_checker=FormatChecker())
for error in list(check.iter_errors(json.load(sys.stdin)))[:5]:
    print('/'.join(map(str, error.absolute_path)), error.message[:200])
";

fn against_the_schemas(text: &str) -> String {
    use std::io::Write as _;
    let python = crate::vestigo::python(&["libcovebods"]);
    let mut child = std::process::Command::new(python)
        .args(["-c", BY_THE_SCHEMAS])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bods_statements_are_those_of_the_standard_and_name_no_person() {
    let text = exported("bods", &["--publisher", "A bureau"]);
    assert_eq!(against_the_schemas(&text), "");
    let mut statements: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of = |kind: &str| statements.iter().filter(|s| s["recordType"] == kind).count();
    assert!(of("entity") >= objects(city().1, "index").len());
    assert!(of("person") > 0 && of("relationship") > 0);
    let (mut records, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for one in &statements {
        let (record, details) = (one["recordId"].as_str().unwrap(), &one["recordDetails"]);
        assert!(records.insert(record), "{record} twice");
        assert!(ids.insert(one["statementId"].as_str().unwrap()), "{record}: its id is another's");
        // What a relationship names stands before it.
        for named in [&details["subject"], &details["interestedParty"], &one["declarationSubject"]]
        {
            assert!(named.is_null() || records.contains(named.as_str().unwrap()), "{one}");
        }
        if one["recordType"] == "person" {
            assert_eq!(details["personType"], "anonymousPerson");
            assert!(details["names"].is_null() && details["identifiers"].is_null(), "{one}");
        }
        for interest in details["interests"].as_array().into_iter().flatten() {
            let person = details["interestedParty"].as_str().unwrap().starts_with("person-");
            assert_eq!(interest["beneficialOwnershipOrControl"], person, "{one}");
        }
        assert_eq!(one["publicationDetails"]["publisher"]["name"], "A bureau");
    }
    // The schemas notice what is not theirs.
    statements[0]["recordDetails"]["entityType"]["type"] = json!("company");
    assert_ne!(against_the_schemas(&json!(statements).to_string()), "");
}
