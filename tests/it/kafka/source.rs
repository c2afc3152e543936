//! Does every record of a topic arrive once, in order, from where the cursors say?

use super::broker::shared;
use super::client::{self, Record};
use super::intake::{DATA, Intake, event};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use vestigo::telemetry::metrics;

/// A configuration for a topic of the shared broker.
fn config(topic: &str, more: &str) -> String {
    let brokers = shared().address();
    format!("brokers = [\"{brokers}\"]\ntopics = [\"{topic}\"]\nrefresh_seconds = 1\n{more}")
}

fn ids(numbers: impl Iterator<Item = i32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

#[test]
fn a_hundred_thousand_records_arrive_once_and_in_order_over_a_restart() {
    const RECORDS: i32 = 100_000;
    const PARTITIONS: i32 = 4;
    let topic = "many";
    let brokers = shared().address();
    client::create_topic(&brokers, topic, PARTITIONS);
    let records = (0..RECORDS).map(|at| Record::new(at % PARTITIONS, event(at)));
    client::produce(&brokers, topic, "lz4", records);
    let config = config(topic, "");
    let first = Intake::start(&config, BTreeMap::new(), 10_000);
    first.wait_for(30_000);
    let first = first.stop();
    assert!(first.items.len() < RECORDS as usize, "stopped in the middle");
    assert_eq!(first.cursors.len(), PARTITIONS as usize);
    // Cursors of other sources come back too, and are none of this one's business.
    let mut cursors = first.cursors.clone();
    cursors.insert("file:/a.ndjson".into(), "7".into());
    cursors.insert("kafka:another/0".into(), "7".into());
    let second = Intake::start(&config, cursors, 10_000);
    second.wait_for(RECORDS as usize - first.items.len());
    let second = second.stop();
    for partition in 0..PARTITIONS {
        let source = format!("kafka:{topic}/{partition}");
        let read = [first.ids(&source), second.ids(&source)].concat();
        let expected = ids((0..RECORDS).filter(|at| at % PARTITIONS == partition));
        assert!(read == expected, "{source}: {} of {}", read.len(), expected.len());
        // A partition that the first read to its end brings the second nothing.
        let end = second.cursors.get(&source).unwrap_or(&first.cursors[&source]);
        assert_eq!(*end, (RECORDS / PARTITIONS).to_string());
    }
    assert_eq!(first.items.len() + second.items.len(), RECORDS as usize);
}

#[test]
fn poison_becomes_dead_letters_and_blocks_nothing() {
    let topic = "poison";
    let brokers = shared().address();
    client::create_topic(&brokers, topic, 1);
    let binary = |id: &str, value: &str| {
        Record::new(0, value)
            .header("ce_specversion", "1.0")
            .header("ce_id", id)
            .header("ce_source", "urn:t")
            .header("ce_type", "commitment.breached")
            .header("ce_time", "2026-01-01T00:00:00Z")
            .header("ce_subject", "91469007MA5TKB1082")
            .header("content-type", "application/json")
    };
    let huge = format!("{{\"x\":\"{}\"}}", "a".repeat(990_000));
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for codec in codecs {
        let records = [
            Record::new(0, event(codec)),
            Record::new(0, "{not json"),
            Record::new(0, ""),
            Record::new(0, [0xff, 0xfe]),
            Record::new(0, huge.as_str()),
            binary(&format!("{codec}-binary"), DATA),
            binary("x", "{"),
            Record::new(0, event(1).replace("commitment.breached", "no.such.type")),
            Record::new(0, event(format!("{codec}-last"))),
        ];
        client::produce(&brokers, topic, codec, records);
    }
    let intake = Intake::start(&config(topic, ""), BTreeMap::new(), 1_000);
    intake.wait_for(9 * codecs.len());
    let seen = intake.stop();
    let expected: Vec<String> = codecs
        .iter()
        .flat_map(|codec| [(*codec).to_owned(), format!("{codec}-binary"), format!("{codec}-last")])
        .collect();
    assert_eq!(seen.ids("kafka:poison/0"), expected);
    let classes: Vec<&str> = seen.items[..9]
        .iter()
        .map(|item| item.read.as_ref().map_or_else(|(class, _)| class.word(), |_| "event"))
        .collect();
    let expected = [
        "event",
        "malformed",
        "malformed",
        "malformed",
        "envelope",
        "event",
        "malformed",
        "unknown_type",
        "event",
    ];
    assert_eq!(classes, expected);
    assert!(seen.rules()[1].contains("tombstone"), "{:?}", seen.rules());
    let positions: Vec<u64> = seen.items.iter().map(|item| item.position).collect();
    assert_eq!(positions, (0..9 * codecs.len() as u64).collect::<Vec<u64>>());
}

#[test]
fn new_partitions_are_read_from_their_beginning_and_a_share_keeps_to_itself() {
    let topic = "growing";
    let brokers = shared().address();
    client::create_topic(&brokers, topic, 1);
    client::produce(&brokers, topic, "none", [Record::new(0, event("before the start"))]);
    let all = Intake::start(&config(topic, "start = \"latest\""), BTreeMap::new(), 1_000);
    // The position is told although nothing was read.
    all.wait_until("a position", |seen| seen.cursors.contains_key("kafka:growing/0"));
    client::produce(&brokers, topic, "none", [Record::new(0, event("a"))]);
    all.wait_for(1);
    client::add_partitions(&brokers, topic, 3);
    let late = [Record::new(1, event("b")), Record::new(2, event("c"))];
    client::produce(&brokers, topic, "none", late);
    all.wait_for(3);
    let all = all.stop();
    assert_eq!(all.ids("kafka:growing/0"), ["a"]);
    assert_eq!((all.ids("kafka:growing/1"), all.ids("kafka:growing/2")), (vec!["b"], vec!["c"]));
    // After a restart, what came to a partition without a cursor is not skipped.
    let mut cursors = all.cursors;
    cursors.remove("kafka:growing/2");
    let again = Intake::start(&config(topic, "start = \"latest\""), cursors, 1_000);
    again.wait_for(1);
    assert_eq!(again.stop().ids("kafka:growing/2"), ["c"]);
    let share =
        config(topic, "").replace("[\"growing\"]", "[{ name = \"growing\", partitions = [2] }]");
    let share = Intake::start(&share, BTreeMap::new(), 1_000);
    share.wait_for(1);
    let share = share.stop();
    assert_eq!((share.items.len(), share.ids("kafka:growing/2")), (1, vec!["c"]));
}

#[test]
fn a_full_inlet_pauses_the_source_and_loses_nothing() {
    const RECORDS: i32 = 20_000;
    const IN_FLIGHT: u32 = 500;
    const BATCH: i64 = 100;
    let topic = "stalled";
    let brokers = shared().address();
    client::create_topic(&brokers, topic, 2);
    client::produce(&brokers, topic, "none", (0..RECORDS).map(|at| Record::new(at % 2, event(at))));
    // A client that is not polled for that long counts as dead.
    let dead = Duration::from_secs(6);
    let properties = "batch_events_max = 100\n\
                      properties = { \"max.poll.interval.ms\" = 6000, \
                      \"session.timeout.ms\" = 6000 }";
    let intake = Intake::start(&config(topic, properties), BTreeMap::new(), IN_FLIGHT);
    intake.wait_for(1_000);
    intake.stall(true);
    std::thread::sleep(Duration::from_millis(500));
    let stalled = intake.seen().items.len();
    let until = Instant::now() + dead + Duration::from_secs(1);
    while Instant::now() < until {
        assert!(intake.inlet.waiting() <= IN_FLIGHT);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(intake.seen().items.len(), stalled, "nothing passes a stalled inlet");
    let lag = |partition: i32| metrics().ingest.lag(topic, partition).get();
    // Besides, the source holds a batch of each partition that found no room.
    let unread = i64::from(RECORDS) - stalled as i64 - i64::from(IN_FLIGHT) - 2 * BATCH;
    assert!(lag(0) + lag(1) >= unread, "{} + {} < {unread}", lag(0), lag(1));
    intake.stall(false);
    intake.wait_for(RECORDS as usize);
    let until = Instant::now() + Duration::from_secs(15);
    while lag(0) + lag(1) > 0 {
        assert!(Instant::now() < until, "the lag goes down");
        std::thread::sleep(Duration::from_millis(50));
    }
    let seen = intake.stop();
    for partition in 0..2 {
        let expected = ids((0..RECORDS).filter(|at| at % 2 == partition));
        assert!(seen.ids(&format!("kafka:stalled/{partition}")) == expected);
    }
}

#[test]
fn records_that_are_gone_are_told_and_the_reading_goes_on() {
    let topic = "gone";
    let brokers = shared().address();
    client::create_topic(&brokers, topic, 3);
    let records = (0..100).map(|at| Record::new(at % 2, event(at)));
    client::produce(&brokers, topic, "none", records.chain([Record::new(2, event("other"))]));
    client::delete_records(&brokers, topic, 0, 30);
    let cursors = [("kafka:gone/0", "10"), ("kafka:gone/1", "4711"), ("kafka:gone/2", "0")];
    let own = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let intake = Intake::start(&config(topic, ""), cursors.map(own).into(), 1_000);
    intake.wait_for(1 + 20 + 1 + 50 + 1);
    let seen = intake.stop();
    assert_eq!(seen.ids("kafka:gone/0"), ids((30..50).map(|offset| offset * 2)));
    assert_eq!(seen.ids("kafka:gone/1"), ids((0..50).map(|offset| offset * 2 + 1)));
    assert_eq!(seen.ids("kafka:gone/2"), ["other"]);
    let mut rules = seen.rules();
    rules.sort_unstable();
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert!(rules[0].contains("offsets 10 to 29"), "{rules:?}");
    assert!(rules[1].contains("ends at offset 50, before 4711"), "{rules:?}");
    let lost = |partition: i32| metrics().ingest.lost(topic, partition).get();
    assert_eq!((lost(0), lost(1), lost(2)), (20, 0, 0));
}
