//! How are messages told to Kafka? CloudEvents in binary mode, by an idempotent producer.
//!
//! Invariant: a delivery is done when every replica in sync has every message of it, and not
//! before. Repeats carry the same `ce_id`. Must not know: what the messages say.

use super::message::{Delivery, Message, Outlet, OutletFault, SOURCE, Topic};
use crate::source::kafka::{Connection, Link, Property, Security, SetupFault};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext, PurgeConfig,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long is waited for reports at a time.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// How long after its time-out a message may stay without a report.
const GRACE: Duration = Duration::from_secs(5);
/// How long the making of topics may take.
const CREATE: Duration = Duration::from_secs(10);
/// The largest message, in bytes: a warning with all its evidence. Also set for topics made here.
const MESSAGE_BYTES_MAX: &str = "8388608";

/// What is fixed, whatever the properties say.
const FIXED: [(&str, &str); 2] = [("enable.idempotence", "true"), ("acks", "all")];
/// What properties may override.
const USUAL: [(&str, &str); 4] = [
    ("linger.ms", "5"),
    ("compression.type", "zstd"),
    ("message.max.bytes", MESSAGE_BYTES_MAX),
    // As the Java clients do: equal keys meet in the partition of the same number.
    ("partitioner", "murmur2_random"),
];

/// Where messages go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `HOST:PORT`, or `env:NAME` for a variable that holds one or more of them, with commas.
    pub brokers: Vec<String>,
    /// Stands before the name of every topic, e.g. `test.`.
    #[serde(default)]
    pub prefix: String,
    /// How topics are made that do not exist. Without it they are there already, or the broker
    /// makes them by itself.
    pub create: Option<Create>,
    /// A message that is not delivered after so many milliseconds has failed, and is told again.
    #[serde(default = "usual_timeout")]
    pub timeout_ms: u64,
    /// Encryption and authentication.
    #[serde(default)]
    pub security: Security,
    /// Properties passed on to librdkafka.
    #[serde(default)]
    pub properties: BTreeMap<String, Property>,
}

/// The form of new topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// Partitions of each.
    pub partitions: i32,
    /// Copies of each partition.
    pub replication: i32,
}

const fn usual_timeout() -> u64 {
    30_000
}

/// Collects what became of the messages under way.
struct Reports {
    link: Link,
    counts: Mutex<Counts>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    reported: usize,
    failed: usize,
    first: Option<RDKafkaErrorCode>,
}

impl Reports {
    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.link.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.link.error(error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut counts = self.counts();
        counts.reported += 1;
        match result {
            Ok(_) => self.link.answered(),
            Err((error, _)) => {
                counts.failed += 1;
                counts.first = counts.first.or(error.rdkafka_error_code());
            }
        }
    }
}

/// The way out to Kafka.
pub struct Kafka {
    name: String,
    config: Config,
    topics: BTreeMap<Topic, String>,
    client: ClientConfig,
    /// None until the first delivery, and after a fatal error.
    producer: Option<BaseProducer<Reports>>,
    /// The topics are there, or are not ours to make.
    made: bool,
}

impl std::fmt::Debug for Kafka {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kafka").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Kafka {
    /// Sets an outlet up; needs no broker. `env` looks up variables of the environment.
    ///
    /// # Errors
    /// When a setting is no good.
    pub fn open(
        name: impl Into<String>,
        config: &Config,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SetupFault> {
        let connection = Connection {
            brokers: &config.brokers,
            security: &config.security,
            properties: &config.properties,
        };
        let timeout = config.timeout_ms.to_string();
        let mut fixed = FIXED.to_vec();
        fixed.push(("message.timeout.ms", &timeout));
        let client = connection.client(&USUAL, &fixed, env)?;
        let topic = |topic: Topic| (topic, format!("{}{}", config.prefix, topic.name()));
        let mut made = Self {
            name: name.into(),
            config: config.clone(),
            topics: Topic::ALL.into_iter().map(topic).collect(),
            client,
            producer: None,
            made: config.create.is_none(),
        };
        made.producer = Some(made.producer()?);
        Ok(made)
    }

    fn producer(&self) -> Result<BaseProducer<Reports>, KafkaError> {
        let link = Link::new(&*self.name);
        self.client.create_with_context(Reports { link, counts: Mutex::default() })
    }

    /// Makes the topics that are not there.
    fn make_topics(&self, create: Create) -> Result<(), OutletFault> {
        let fault = |why: String| OutletFault::again(format!("make topics: {why}"));
        let admin: AdminClient<DefaultClientContext> =
            self.client.create().map_err(|error| fault(error.to_string()))?;
        let topics: Vec<NewTopic<'_>> = self
            .topics
            .values()
            .map(|name| {
                let copies = TopicReplication::Fixed(create.replication);
                NewTopic::new(name, create.partitions, copies)
                    .set("max.message.bytes", MESSAGE_BYTES_MAX)
            })
            .collect();
        let options = AdminOptions::new().request_timeout(Some(CREATE));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| fault(error.to_string()))?;
        let results = runtime
            .block_on(admin.create_topics(&topics, &options))
            .map_err(|error| fault(error.to_string()))?;
        for result in results {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                // Who may not make topics may still write to them.
                Err((topic, RDKafkaErrorCode::TopicAuthorizationFailed)) => {
                    tracing::warn!(outlet = self.name, topic, "may not make the topic");
                }
                Err((topic, code)) => return Err(fault(format!("\"{topic}\": {code}"))),
            }
        }
        Ok(())
    }
}

impl Outlet for Kafka {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&mut self, deliveries: &[Delivery]) -> Result<(), OutletFault> {
        let messages = || deliveries.iter().flat_map(|delivery| delivery.messages.iter());
        if messages().next().is_none() {
            return Ok(());
        }
        if let Some(create) = self.config.create.filter(|_| !self.made) {
            self.make_topics(create)?;
            self.made = true;
        }
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => self.producer().map_err(|error| fault(&error))?,
        };
        let timeout = Duration::from_millis(self.config.timeout_ms) + GRACE;
        let done = tell(&producer, &self.topics, messages(), timeout);
        // After a fatal error a producer delivers nothing any more: the next call begins anew.
        if producer.client().fatal_error().is_none() {
            self.producer = Some(producer);
        }
        done
    }
}

/// Sends messages and waits for the report of each. None is under way when it returns.
fn tell<'a>(
    producer: &BaseProducer<Reports>,
    topics: &BTreeMap<Topic, String>,
    messages: impl Iterator<Item = &'a Message>,
    timeout: Duration,
) -> Result<(), OutletFault> {
    let reports = producer.context();
    *reports.counts() = Counts::default();
    let mut sent = 0;
    let mut refused = None;
    let mut until = Instant::now() + timeout;
    'messages: for message in messages {
        let mut record = record(message, &topics[&message.topic]);
        loop {
            match producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    producer.poll(LOOK_AGAIN);
                }
                Err((error, _)) => {
                    refused = Some(fault(&error));
                    break 'messages;
                }
            }
        }
        sent += 1;
        until = Instant::now() + timeout;
    }
    while reports.counts().reported < sent {
        producer.poll(LOOK_AGAIN);
        if Instant::now() > until {
            producer.purge(PurgeConfig::default().queue().inflight());
            until += timeout;
        }
    }
    let counts = *reports.counts();
    match (refused, counts.first) {
        (Some(refused), _) => Err(refused),
        (None, Some(code)) => Err(OutletFault {
            why: format!("{} of {sent} messages were not delivered: {code}", counts.failed),
            again: again(code),
            after: None,
        }),
        (None, None) => Ok(()),
    }
}

/// A message by the Kafka binding of CloudEvents: its attributes are headers, its data the value.
fn record<'a>(message: &'a Message, topic: &'a str) -> BaseRecord<'a, str, [u8]> {
    let time = message.time.to_string();
    let kind = message.topic.name();
    let attributes = [
        ("ce_specversion", "1.0"),
        ("ce_id", &message.id),
        ("ce_source", SOURCE),
        ("ce_type", kind),
        ("ce_time", &time),
        ("ce_subject", &message.subject),
        ("content-type", "application/json"),
    ];
    let headers = OwnedHeaders::new_with_capacity(attributes.len());
    let headers = attributes
        .into_iter()
        .fold(headers, |all, (key, value)| all.insert(Header { key, value: Some(value) }));
    BaseRecord::to(topic).key(&*message.subject).payload(&*message.data).headers(headers)
}

fn fault(error: &KafkaError) -> OutletFault {
    let again = error.rdkafka_error_code().is_none_or(again);
    OutletFault { why: format!("tell Kafka: {error}"), again, after: None }
}

/// Whether the same messages may be delivered later. Missing rights or topics can be mended while
/// the service runs; a message that is too large stays so.
fn again(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    !matches!(code, Code::MessageSizeTooLarge | Code::InvalidMessage | Code::InvalidRecord)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;
    use rdkafka::message::Headers;

    fn config(text: &str) -> Config {
        toml::from_str(text).expect("valid")
    }

    #[test]
    fn a_message_becomes_a_record_in_binary_mode() {
        let message = Message {
            id: "w:1:open".into(),
            topic: Topic::Warning,
            subject: "91469007MA5TKB1082".into(),
            time: Time::parse("2026-03-01T08:00:00+08:00").expect("a moment"),
            data: b"{}"[..].into(),
        };
        let record = record(&message, "x.vestigo.warning.v1");
        assert_eq!(record.key, Some("91469007MA5TKB1082"));
        assert_eq!((record.payload, record.topic), (Some(&b"{}"[..]), "x.vestigo.warning.v1"));
        let headers = record.headers.expect("headers");
        let told: Vec<(String, String)> = headers
            .iter()
            .map(|h| {
                let value = h.value.expect("a value").to_vec();
                (h.key.to_owned(), String::from_utf8(value).expect("text"))
            })
            .collect();
        let told: Vec<(&str, &str)> = told.iter().map(|(k, v)| (&**k, &**v)).collect();
        let time = message.time.to_string();
        let expected = [
            ("ce_specversion", "1.0"),
            ("ce_id", "w:1:open"),
            ("ce_source", "urn:vestigo"),
            ("ce_type", "vestigo.warning.v1"),
            ("ce_time", &*time),
            ("ce_subject", "91469007MA5TKB1082"),
            ("content-type", "application/json"),
        ];
        assert_eq!(told, expected);
        assert_eq!(Time::parse(&time), Some(message.time));
    }

    #[test]
    fn settings_are_checked_at_once() {
        let none = |_: &str| None;
        let open = |text: &str| Kafka::open("kafka", &config(text), &none);
        let good = "brokers = [\"127.0.0.1:1\"]\nprefix = \"t.\"";
        let kafka = open(good).expect("valid");
        assert_eq!(kafka.topics[&Topic::DeadLetter], "t.vestigo.dead-letter.v1");
        let fault = open(&format!("{good}\nproperties = {{ acks = 0 }}")).expect_err("fixed");
        assert_eq!(fault, SetupFault::Reserved("acks".into()));
    }

    #[test]
    fn what_cannot_be_delivered_ever_is_told_apart() {
        assert!(again(RDKafkaErrorCode::MessageTimedOut));
        assert!(again(RDKafkaErrorCode::TopicAuthorizationFailed));
        assert!(!again(RDKafkaErrorCode::MessageSizeTooLarge));
    }
}
