//! How does a test write to a broker and look into it?

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use std::future::Future;
use std::time::{Duration, Instant};

/// How long a broker on the same machine may take for anything.
const ASK: Duration = Duration::from_secs(20);

/// A record as it is written or was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Where to, or where it stood.
    pub(crate) partition: i32,
    /// Empty: none.
    pub(crate) key: String,
    pub(crate) headers: Vec<(String, String)>,
    /// Empty: none (a tombstone).
    pub(crate) value: Vec<u8>,
}

impl Record {
    pub(crate) fn new(partition: i32, value: impl Into<Vec<u8>>) -> Self {
        Self { partition, value: value.into(), ..Self::default() }
    }

    pub(crate) fn header(mut self, key: &str, value: &str) -> Self {
        self.headers.push((key.to_owned(), value.to_owned()));
        self
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn admin(brokers: &str) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap()
}

/// Makes a topic with so many partitions.
pub(crate) fn create_topic(brokers: &str, name: &str, partitions: i32) {
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    let made = wait(admin(brokers).create_topics([&topic], &AdminOptions::new()));
    made.unwrap().remove(0).unwrap();
}

/// Gives a topic more partitions: so many in all.
pub(crate) fn add_partitions(brokers: &str, name: &str, partitions: usize) {
    let more = NewPartitions::new(name, partitions);
    let made = wait(admin(brokers).create_partitions([&more], &AdminOptions::new()));
    made.unwrap().remove(0).unwrap();
}

/// Deletes the records of a partition before an offset, as retention does.
pub(crate) fn delete_records(brokers: &str, topic: &str, partition: i32, before: i64) {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(before)).unwrap();
    wait(admin(brokers).delete_records(&list, &AdminOptions::new())).unwrap();
}

/// Writes records and waits until they are there. `codec` is one of Kafka's, or `none`.
pub(crate) fn produce(
    brokers: &str,
    topic: &str,
    codec: &str,
    records: impl IntoIterator<Item = Record>,
) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("compression.type", codec)
        .set("linger.ms", "5")
        .create()
        .unwrap();
    for record in records {
        let headers = record.headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header { key, value: Some(value) })
        });
        let mut sent: BaseRecord<'_, str, [u8]> =
            BaseRecord::to(topic).partition(record.partition).headers(headers);
        sent.key = Some(&*record.key).filter(|key| !key.is_empty());
        sent.payload = Some(&*record.value).filter(|value| !value.is_empty());
        while let Err((error, back)) = producer.send(sent) {
            let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
            assert_eq!(error, full);
            sent = back;
            producer.poll(Duration::from_millis(2));
        }
    }
    producer.flush(ASK).unwrap();
    assert_eq!(producer.in_flight_count(), 0);
}

/// Writes lines, each to the partition of its number; for whole pipelines.
pub(crate) fn produce_lines(brokers: &str, topic: &str, partitions: i32, lines: &[String]) {
    let record = |(at, line): (usize, &String)| Record::new(at as i32 % partitions, line.as_str());
    produce(brokers, topic, "zstd", lines.iter().enumerate().map(record));
}

/// Everything that a topic holds, partition by partition.
pub(crate) fn consume_all(brokers: &str, topic: &str) -> Vec<Record> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "look")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), ASK).unwrap();
    let (mut list, mut left) = (TopicPartitionList::new(), 0);
    for partition in metadata.topics()[0].partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), ASK).unwrap();
        list.add_partition_offset(topic, partition.id(), Offset::Offset(low)).unwrap();
        left += high - low;
    }
    consumer.assign(&list).unwrap();
    let mut records = Vec::new();
    let until = Instant::now() + ASK;
    while left > 0 {
        assert!(Instant::now() < until, "{left} records of {topic} do not come");
        let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
        let message = message.unwrap();
        let text = |bytes: Option<&[u8]>| {
            String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("text")
        };
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        records.push(Record {
            partition: message.partition(),
            key: text(message.key()),
            headers: headers.map(|h| (h.key.to_owned(), text(h.value))).collect(),
            value: message.payload().unwrap_or_default().to_vec(),
        });
        left -= 1;
    }
    records.sort_by_key(|record| record.partition);
    records
}
