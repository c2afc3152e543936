//! Where do events come from? Kafka topics, partition by partition, from where the journal says.
//!
//! Partitions are assigned by hand and never by a consumer group; where to go on comes back from
//! the journal as cursors `kafka:TOPIC/PARTITION`, so that a record and its position are on disk
//! together. Invariant: every record becomes an event or a dead letter, in the order of its
//! partition; nothing of the broker ends the source. Must not know: the journal, the engine.

mod connection;
mod consumer;
mod partition;
mod record;

pub use connection::{Connection, Link, Mechanism, Property, Protocol, Security, SetupFault};
pub use consumer::Consumer;

use crate::source::live::{Checker, Inlet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which topics are read, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `HOST:PORT`, or `env:NAME` for a variable that holds one or more of them, with commas.
    pub brokers: Vec<String>,
    /// The topics.
    pub topics: Vec<Topic>,
    /// Where a topic is read first, when no cursor tells of it.
    #[serde(default)]
    pub start: Start,
    /// The consumer group under whose name this source shows itself. It joins no group.
    #[serde(default = "usual_group")]
    pub group: String,
    /// Whether positions are also committed to the group, for tools that show lag. They are never
    /// read.
    #[serde(default)]
    pub commit: bool,
    /// A batch is handed in at so many records,
    #[serde(default = "usual_batch")]
    pub batch_events_max: usize,
    /// or so many milliseconds after its first.
    #[serde(default = "usual_wait")]
    pub batch_wait_ms: u64,
    /// New partitions are looked for so often.
    #[serde(default = "usual_refresh")]
    pub refresh_seconds: u64,
    /// Encryption and authentication.
    #[serde(default)]
    pub security: Security,
    /// Properties passed on to librdkafka.
    #[serde(default)]
    pub properties: BTreeMap<String, Property>,
}

/// A topic: all its partitions, or some, so that several processes can share it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Topic {
    /// All partitions, also those that are added while the service runs.
    All(String),
    /// Some of its partitions.
    Some(Share),
}

/// Some partitions of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The topic.
    pub name: String,
    /// The partitions, from 0.
    pub partitions: Vec<i32>,
}

impl Topic {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::All(name) | Self::Some(Share { name, .. }) => name,
        }
    }

    /// Whether a partition is to be read.
    pub fn owns(&self, partition: i32) -> bool {
        match self {
            Self::All(_) => true,
            Self::Some(share) => share.partitions.contains(&partition),
        }
    }
}

/// Where a topic is read first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// From its oldest record.
    #[default]
    Earliest,
    /// What is sent from now on.
    Latest,
}

fn usual_group() -> String {
    "vestigo".to_owned()
}

const fn usual_batch() -> usize {
    2_000
}

const fn usual_wait() -> u64 {
    100
}

const fn usual_refresh() -> u64 {
    30
}

impl Config {
    /// How the cluster is reached.
    pub fn connection(&self) -> Connection<'_> {
        Connection {
            brokers: &self.brokers,
            security: &self.security,
            properties: &self.properties,
        }
    }

    fn batch_wait(&self) -> Duration {
        Duration::from_millis(self.batch_wait_ms)
    }

    fn refresh(&self) -> Duration {
        Duration::from_secs(self.refresh_seconds.max(1))
    }
}

/// Reads until the inlet stops: what a thread of its own runs. `cursors` are those of the last
/// start; keys of other sources are passed over.
///
/// # Errors
/// Only when the settings are no good: see [`Consumer::open`], with which they can be checked
/// before anything starts.
pub fn run(
    config: &Config,
    cursors: &BTreeMap<String, String>,
    checker: Checker,
    inlet: &Inlet,
) -> Result<(), SetupFault> {
    let env = |name: &str| std::env::var(name).ok();
    Consumer::open(config, cursors, &env)?.run(checker, inlet);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_reads() {
        let config: Config = toml::from_str(
            r#"
            brokers = ["127.0.0.1:9092"]
            topics = ["a", { name = "b", partitions = [1, 3] }]
            start = "latest"
            properties = { "fetch.wait.max.ms" = 50 }
            security = { protocol = "ssl", ca_file = "/ca.pem" }
            "#,
        )
        .expect("valid");
        assert_eq!(config.topics[0], Topic::All("a".into()));
        assert!(config.topics[1].owns(3) && !config.topics[1].owns(0));
        assert_eq!((config.start, config.batch_events_max), (Start::Latest, 2_000));
        let unknown = toml::from_str::<Config>("brokers = []\ntopics = []\nbroker = 1");
        assert!(unknown.is_err());
    }

    #[test]
    fn settings_are_checked_before_anything_starts() {
        let none = |_: &str| None;
        let open = |text: &str, cursors: &[(&str, &str)]| {
            let config: Config = toml::from_str(text).expect("valid");
            let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            Consumer::open(&config, &cursors.iter().map(own).collect(), &none).err()
        };
        let good = "brokers = [\"127.0.0.1:1\"]\ntopics = [\"a\"]";
        assert_eq!(open(good, &[("kafka:a/0", "7"), ("file:x", "?")]), None);
        let cursor = SetupFault::Cursor("kafka:a/0".into(), "x".into());
        assert_eq!(open(good, &[("kafka:a/0", "x")]), Some(cursor));
        assert_eq!(open("brokers = []\ntopics = [\"a\"]", &[]), Some(SetupFault::NoBrokers));
        assert_eq!(open("brokers = [\"b\"]\ntopics = []", &[]), Some(SetupFault::NoTopics));
        let typo = format!("{good}\nproperties = {{ \"fetch.wait.max\" = 1 }}");
        let refused = open(&typo, &[]).expect("refused").to_string();
        assert!(refused.contains("fetch.wait.max"), "{refused}");
        let fixed = format!("{good}\nproperties = {{ \"enable.auto.commit\" = true }}");
        assert_eq!(open(&fixed, &[]), Some(SetupFault::Reserved("enable.auto.commit".into())));
    }
}
