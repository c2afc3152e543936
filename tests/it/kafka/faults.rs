//! What if the broker goes away, or wants a password?

use super::broker::{Broker, PASSWORD, shared};
use super::client::{self, Record};
use super::intake::{Intake, event};
use super::sink::{delivery, message, outlet};
use std::collections::BTreeMap;
use std::time::Duration;
use vestigo::sink::{Outlet, Topic};

#[test]
fn a_broker_that_goes_and_comes_back_costs_nothing() {
    const RECORDS: usize = 4_000;
    let mut broker = Broker::start();
    let brokers = broker.address();
    client::create_topic(&brokers, "in", 2);
    let lines: Vec<String> = (0..RECORDS).map(event).collect();
    client::produce_lines(&brokers, "in", 2, &lines[..RECORDS / 2]);
    let config = format!("brokers = [\"{brokers}\"]\ntopics = [\"in\"]\nbatch_events_max = 50");
    let intake = Intake::start(&config, BTreeMap::new(), 100);
    let mut outlet = outlet(&brokers, "", "timeout_ms = 2000");
    let first = delivery(1, vec![message(Topic::Warning, "w-1", "a")]);
    let second = delivery(2, vec![message(Topic::Warning, "w-2", "a")]);
    outlet.deliver(std::slice::from_ref(&first)).unwrap();

    intake.wait_for(RECORDS / 10);
    broker.stop();
    let fault = outlet.deliver(std::slice::from_ref(&second)).unwrap_err();
    assert!(fault.again, "{fault}");
    broker.start_again();

    outlet.deliver(&[second]).unwrap();
    client::produce_lines(&brokers, "in", 2, &lines[RECORDS / 2..]);
    intake.wait_for(RECORDS);
    let seen = intake.stop();
    assert_eq!(seen.items.len(), RECORDS);
    for partition in 0..2 {
        let expected: Vec<String> =
            (0..RECORDS).filter(|at| at % 2 == partition).map(|at| at.to_string()).collect();
        assert!(seen.ids(&format!("kafka:in/{partition}")) == expected);
    }
    let told: Vec<String> = client::consume_all(&brokers, "vestigo.warning.v1")
        .into_iter()
        .map(|record| record.headers[1].1.clone())
        .collect();
    // What was in doubt may come twice, under the same id.
    assert_eq!(told.first().map(String::as_str), Some("w-1"));
    assert!(told.len() >= 2 && told[1..].iter().all(|id| id == "w-2"), "{told:?}");

    // A source and an outlet whose broker is down end as promptly.
    broker.stop();
    let down = Intake::start(&config, BTreeMap::new(), 100);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(down.stop().items.len(), 0);
}

#[test]
fn passwords_over_tls_open_both_ways() {
    let broker = shared();
    let (plain, secure) = (broker.address(), broker.secure_address());
    client::create_topic(&plain, "secret", 1);
    client::produce(&plain, "secret", "none", [Record::new(0, event("a"))]);
    let config = |security: &str| {
        format!("brokers = [\"{secure}\"]\ntopics = [\"secret\"]\nsecurity = {security}")
    };
    for (mechanism, prefix) in [("PLAIN", "p."), ("SCRAM-SHA-256", "q."), ("SCRAM-SHA-512", "r.")] {
        let security = broker.security(mechanism);
        let intake = Intake::start(&config(&security), BTreeMap::new(), 10);
        intake.wait_for(1);
        assert_eq!(intake.stop().ids("kafka:secret/0"), ["a"]);
        let mut outlet = outlet(&secure, prefix, &format!("security = {security}"));
        let told = message(Topic::Task, "t-1", "91469007MA5TKB1082");
        outlet.deliver(&[delivery(1, vec![told])]).unwrap();
        assert_eq!(client::consume_all(&plain, &format!("{prefix}vestigo.task.v1")).len(), 1);
    }
    // A wrong password, and a broker whose certificate nobody vouches for, let nothing through,
    // and do not end the source.
    let right = broker.security("PLAIN");
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("password");
    std::fs::write(&wrong, format!("not-{PASSWORD}")).unwrap();
    let (head, _) = right.split_once("file:").unwrap();
    let wrong = format!("{head}file:{}\" }}", wrong.display());
    let (before, after) = right.split_once("ca_file").unwrap();
    let unknown = format!("{before}{}", after.split_once(", ").unwrap().1);
    for security in [wrong, unknown] {
        let intake = Intake::start(&config(&security), BTreeMap::new(), 10);
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(intake.stop().items.len(), 0);
        let more = format!("timeout_ms = 1000\nsecurity = {security}");
        let mut refused = outlet(&secure, "s.", &more);
        let told = message(Topic::Task, "t-1", "91469007MA5TKB1082");
        assert!(refused.deliver(&[delivery(1, vec![told])]).unwrap_err().again);
    }
}
