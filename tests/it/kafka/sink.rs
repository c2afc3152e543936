//! Do messages arrive as they are, with their ids, headers and keys?

use super::broker::shared;
use super::client::{self, Record};
use vestigo::sink::kafka::{Config, Kafka};
use vestigo::sink::{Delivery, Message, Outlet, Topic};
use vestigo::time::Time;

/// An outlet with topics of its own, which it makes.
pub(super) fn outlet(brokers: &str, prefix: &str, more: &str) -> Kafka {
    let text = format!(
        "brokers = [\"{brokers}\"]\nprefix = \"{prefix}\"\n\
         create = {{ partitions = 3, replication = 1 }}\n{more}"
    );
    let config: Config = toml::from_str(&text).unwrap();
    Kafka::open("kafka", &config, &|name| std::env::var(name).ok()).unwrap()
}

pub(super) fn message(topic: Topic, id: &str, subject: &str) -> Message {
    let time = Time::parse("2026-03-01T08:00:00+08:00").unwrap();
    let data = format!("{{\"id\":\"{id}\",\"说\":\"预警\"}}").into_bytes();
    Message { id: id.into(), topic, subject: subject.into(), time, data: data.into() }
}

pub(super) fn delivery(epoch: u64, messages: Vec<Message>) -> Delivery {
    Delivery::new(epoch, messages)
}

/// The record that a message must become, but for its partition.
fn expected(message: &Message) -> Record {
    let record = Record { key: message.subject.to_string(), ..Record::default() };
    let record = record
        .header("ce_specversion", "1.0")
        .header("ce_id", &message.id)
        .header("ce_source", "urn:vestigo")
        .header("ce_type", message.topic.name())
        .header("ce_time", &message.time.to_string())
        .header("ce_subject", &message.subject)
        .header("content-type", "application/json");
    Record { value: message.data.to_vec(), ..record }
}

#[test]
fn messages_arrive_as_they_are_in_the_order_of_their_keys() {
    let brokers = shared().address();
    let mut outlet = outlet(&brokers, "sink.", "");
    assert_eq!(outlet.name(), "kafka");
    outlet.deliver(&[]).unwrap();
    let subject = |at: usize| format!("91469007MA5TKB10{:02}", at % 7);
    let all: Vec<Message> =
        (0..500).map(|at| message(Topic::ALL[at % 5], &format!("m-{at}"), &subject(at))).collect();
    let deliveries: Vec<Delivery> =
        all.chunks(100).zip(1..).map(|(some, epoch)| delivery(epoch, some.to_vec())).collect();
    outlet.deliver(&deliveries).unwrap();
    for topic in Topic::ALL {
        let records = client::consume_all(&brokers, &format!("sink.{}", topic.name()));
        assert_eq!(records.len(), 100);
        for key in 0..7 {
            let of_key = |record: &&Record| record.key == subject(key);
            let read: Vec<Record> = records.iter().filter(of_key).cloned().collect();
            let partitions: Vec<i32> = read.iter().map(|record| record.partition).collect();
            let told: Vec<Record> = all
                .iter()
                .filter(|message| message.topic == topic && *message.subject == *subject(key))
                .map(|message| Record { partition: partitions[0], ..expected(message) })
                .collect();
            assert_eq!(read, told);
        }
    }
    // Topics that are there already are no fault, and large messages pass.
    let mut again = self::outlet(&brokers, "sink.", "");
    let mut large = message(Topic::Warning, "large", "91469007MA5TKB1082");
    large.data = format!("\"{}\"", "证据".repeat(500_000)).into_bytes().into();
    again.deliver(&[delivery(9, vec![large.clone()])]).unwrap();
    let records = client::consume_all(&brokers, "sink.vestigo.warning.v1");
    assert!(records.iter().any(|record| record.value == *large.data));
    large.data = vec![b'x'; 9 << 20].into();
    let fault = again.deliver(&[delivery(10, vec![large])]).unwrap_err();
    assert!(!fault.again, "{fault}");
    again.deliver(&[delivery(11, vec![message(Topic::Task, "t", "after")])]).unwrap();
}
