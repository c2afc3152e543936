//! How is a topic read? One thread: looks for partitions, reads, checks, hands in, and waits.
//!
//! Where the inlet is full the partition is paused and the client is still polled, so that it stays
//! alive. Invariant: offsets are never reset by the client; where the broker no longer has what is
//! wanted, [`Consumer`] decides, and says it.

use super::partition::{Partition, parse_key};
use super::record;
use super::{Config, Link, SetupFault, Start, Topic};
use crate::event::{Class, Reject};
use crate::source::Original;
use crate::source::live::{Checker, Closed, Inlet, Item, NotTaken, Refusal};
use crate::telemetry::{Note, metrics};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::metadata::MetadataPartition;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an idle client waits for records; the inlet's end is noticed as fast.
const IDLE: Duration = Duration::from_millis(50);
/// Records read before batches are looked at.
const READS: usize = 512;
/// How long a full inlet is waited for before partitions are paused: a pause drops what the client
/// has fetched ahead.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often a full inlet is tried.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// How long a broker may take to answer a question.
const ASK: Duration = Duration::from_secs(1);
/// When a question without an answer is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How often the lag of each partition is looked up,
const LAG_EVERY: Duration = Duration::from_secs(5);
/// and how far apart two look-ups are at least.
const LAG_APART: Duration = Duration::from_millis(50);

/// What is fixed, whatever the properties say.
const FIXED: [(&str, &str); 4] = [
    // The journal holds the positions.
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // No silent jump.
    ("auto.offset.reset", "error"),
    ("allow.auto.create.topics", "false"),
];
/// What properties may override.
const USUAL: [(&str, &str); 2] = [
    // Of each partition: many partitions share one process.
    ("queued.max.messages.kbytes", "16384"),
    ("fetch.queue.backoff.ms", "50"),
];

/// A topic and its partitions as far as they are read.
struct Owned {
    topic: Topic,
    name: Arc<str>,
    partitions: BTreeMap<i32, Partition>,
    /// Where cursors say to go on.
    cursors: BTreeMap<i32, i64>,
    /// The partitions that were there when the topic was first seen, without any cursor. Others
    /// came later and are read from their beginning.
    first: Option<Vec<i32>>,
}

/// A consumer, set up but not connected yet.
pub struct Consumer {
    config: Config,
    client: ClientConfig,
    consumer: BaseConsumer<Link>,
    topics: Vec<Owned>,
    look_at: Instant,
    lag_at: Instant,
    lag_turn: usize,
    full_since: Option<Instant>,
    /// The broker no longer has an offset; to be seen to at that moment.
    out_of_range: Option<Instant>,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Consumer {
    /// Sets a consumer up; needs no broker. `env` looks up variables of the environment.
    ///
    /// # Errors
    /// When a setting or a cursor is no good.
    pub fn open(
        config: &Config,
        cursors: &BTreeMap<String, String>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SetupFault> {
        if config.topics.is_empty() {
            return Err(SetupFault::NoTopics);
        }
        let mut fixed = FIXED.to_vec();
        fixed.push(("group.id", &config.group));
        let client = config.connection().client(&USUAL, &fixed, env)?;
        let mut topics: Vec<Owned> = config.topics.iter().cloned().map(Owned::new).collect();
        for (key, value) in cursors {
            let Some((topic, partition)) = parse_key(key) else { continue };
            let bad = || SetupFault::Cursor(key.clone(), value.clone());
            let next = value.parse().ok().filter(|next| *next >= 0).ok_or_else(bad)?;
            for owned in topics.iter_mut().filter(|owned| *owned.name == *topic) {
                owned.cursors.insert(partition, next);
            }
        }
        let now = Instant::now();
        Ok(Self {
            config: config.clone(),
            consumer: client.create_with_context(Link::new("source"))?,
            client,
            topics,
            look_at: now,
            lag_at: now,
            lag_turn: 0,
            full_since: None,
            out_of_range: None,
        })
    }

    /// Reads until the inlet stops.
    pub fn run(mut self, mut checker: Checker, inlet: &Inlet) {
        while !inlet.stopping() {
            if self.full_since.is_some_and(|since| since.elapsed() < PATIENCE) {
                std::thread::sleep(LOOK_AGAIN);
            } else {
                self.look_for_partitions();
                self.see_to_range();
                self.read(&mut checker);
                self.show_lag();
            }
            if self.hand_in(inlet).is_err() {
                break;
            }
        }
    }

    /// Reads what has come, or waits a little for it.
    fn read(&mut self, checker: &mut Checker) {
        checker.tick();
        let waits = self.partitions().any(Partition::waits);
        let shortly = self.config.batch_wait().clamp(LOOK_AGAIN, IDLE);
        let mut wait = if waits { shortly } else { IDLE };
        let mut faults = Vec::new();
        for _ in 0..READS {
            match self.consumer.poll(wait) {
                None => break,
                Some(Err(error)) => faults.push(error),
                Some(Ok(record)) => {
                    if wait > Duration::ZERO {
                        self.consumer.context().answered();
                    }
                    take(&mut self.topics, checker, &record);
                }
            }
            wait = Duration::ZERO;
        }
        for fault in faults {
            self.fault(&fault);
        }
    }

    fn fault(&mut self, error: &KafkaError) {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(Code::AutoOffsetReset | Code::OffsetOutOfRange | Code::LogTruncation) => {
                self.out_of_range.get_or_insert_with(Instant::now);
            }
            // The link tells of these.
            Some(
                Code::AllBrokersDown
                | Code::BrokerTransportFailure
                | Code::Resolve
                | Code::Authentication
                | Code::SaslAuthenticationFailed
                | Code::SSL
                | Code::OperationTimedOut,
            ) => {}
            _ => self.consumer.context().complain(&format!("read from Kafka: {error}")),
        }
        if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            match self.client.create_with_context(Link::new("source")) {
                Ok(consumer) => self.consumer = consumer,
                Err(error) => self.consumer.context().complain(&format!("begin anew: {error}")),
            }
            self.assign_all();
        }
    }

    /// Hands in what is due, the oldest first.
    fn hand_in(&mut self, inlet: &Inlet) -> Result<(), Closed> {
        let (events_max, wait) = (self.config.batch_events_max.max(1), self.config.batch_wait());
        let patient = self.full_since.is_none_or(|since| since.elapsed() < PATIENCE);
        let mut due: Vec<(Instant, &mut Partition)> = self
            .topics
            .iter_mut()
            .flat_map(|owned| owned.partitions.values_mut())
            .filter_map(|partition| Some((partition.due(events_max, wait)?, partition)))
            .collect();
        due.sort_by_key(|(since, _)| *since);
        let mut full = false;
        for (_, partition) in due {
            match inlet.offer(partition.batch()) {
                Ok(()) => {
                    partition.handed_in();
                    if partition.paused {
                        set_paused(&self.consumer, partition, false);
                    }
                }
                Err(NotTaken::Full(batch)) => {
                    full = true;
                    partition.put_back(batch);
                    if !patient && !partition.paused {
                        set_paused(&self.consumer, partition, true);
                    }
                }
                Err(NotTaken::Closed(_)) => return Err(Closed),
            }
        }
        let since = self.full_since.unwrap_or_else(Instant::now);
        self.full_since = full.then_some(since);
        Ok(())
    }

    /// Finds the partitions of the topics, at first and again from time to time.
    fn look_for_partitions(&mut self) {
        if Instant::now() < self.look_at {
            return;
        }
        // A question without an answer takes its time: the next topic would get none either.
        let start = self.config.start;
        let complete =
            self.topics.iter_mut().all(|owned| owned.look(&self.consumer, start).unwrap_or(false));
        let again = if complete { self.config.refresh() } else { ASK_AGAIN };
        self.look_at = Instant::now() + again;
    }

    /// Where the broker no longer has what is read next: goes on at the beginning, and says so.
    fn see_to_range(&mut self) {
        if self.out_of_range.is_none_or(|at| Instant::now() < at) {
            return;
        }
        for partition in self.topics.iter_mut().flat_map(|owned| owned.partitions.values_mut()) {
            let asked = self.consumer.fetch_watermarks(&partition.topic, partition.number, ASK);
            let Ok((low, high)) = asked else {
                self.out_of_range = Some(Instant::now() + ASK_AGAIN);
                return;
            };
            if partition.next < low || partition.next > high {
                let from = partition.next;
                let lost = partition.jump(low, high);
                let (topic, number) = (&*partition.topic, partition.number);
                let range = (low, high);
                Note::Lost { topic, partition: number, from, range, lost }.tell();
            }
        }
        self.out_of_range = None;
        // The client does not tell which partition it has given up: all are begun anew.
        self.assign_all();
    }

    fn assign_all(&mut self) {
        let mut list = TopicPartitionList::new();
        for partition in self.topics.iter_mut().flat_map(|owned| owned.partitions.values_mut()) {
            add(&mut list, partition);
            partition.paused = false;
        }
        let consumer = &self.consumer;
        let done = consumer
            .unassign()
            .and_then(|()| consumer.assign(&list))
            .and_then(|()| consumer.resume(&list));
        if let Err(error) = done {
            consumer.context().complain(&format!("assign partitions: {error}"));
            self.out_of_range = Some(Instant::now() + ASK_AGAIN);
        }
    }

    /// Looks up how far one partition is behind its end: each in turn.
    fn show_lag(&mut self) {
        let now = Instant::now();
        let count = self.partitions().count();
        if now < self.lag_at || count == 0 || !self.consumer.context().is_up() {
            return;
        }
        let Some(partition) = self.partitions().nth(self.lag_turn % count) else { return };
        let (topic, number) = (&*partition.topic, partition.number);
        match self.consumer.fetch_watermarks(topic, number, ASK) {
            Ok((_, high)) => {
                let lag = (high - partition.taken).max(0);
                metrics().ingest.lag(topic, number).set(lag);
                let each = LAG_EVERY / u32::try_from(count).unwrap_or(u32::MAX);
                self.lag_at = now + each.max(LAG_APART);
            }
            Err(_) => self.lag_at = now + LAG_EVERY,
        }
        self.lag_turn += 1;
        if self.config.commit && self.lag_turn.is_multiple_of(count) {
            let mut list = TopicPartitionList::new();
            for partition in self.partitions() {
                add_at(&mut list, partition, partition.taken);
            }
            // Nobody reads it but tools: the next one mends a fault.
            let _ = self.consumer.commit(&list, CommitMode::Async);
        }
    }

    fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.topics.iter().flat_map(|owned| owned.partitions.values())
    }
}

impl Owned {
    fn new(topic: Topic) -> Self {
        let name = topic.name().into();
        let (partitions, cursors) = (BTreeMap::new(), BTreeMap::new());
        Self { topic, name, partitions, cursors, first: None }
    }

    /// Takes up partitions that are not read yet. Returns whether all that are wanted are read;
    /// nothing without an answer.
    fn look(&mut self, consumer: &BaseConsumer<Link>, start: Start) -> Option<bool> {
        let metadata = consumer.fetch_metadata(Some(&self.name), ASK).ok()?;
        let link = consumer.context();
        link.answered();
        let topic = metadata.topics().iter().find(|topic| topic.name() == &*self.name)?;
        if let Some(error) = topic.error() {
            let code = RDKafkaErrorCode::from(error);
            link.complain(&format!("the topic \"{}\" cannot be read: {code}", self.name));
            return Some(false);
        }
        let mut found: Vec<i32> = topic.partitions().iter().map(MetadataPartition::id).collect();
        found.sort_unstable();
        let known = !self.cursors.is_empty();
        self.first.get_or_insert_with(|| if known { Vec::new() } else { found.clone() });
        let mut complete = true;
        let mut list = TopicPartitionList::new();
        let mut fresh = Vec::new();
        for number in found {
            if !self.topic.owns(number) || self.partitions.contains_key(&number) {
                continue;
            }
            match self.begin(consumer, number, start) {
                Some(partition) => {
                    add(&mut list, &partition);
                    fresh.push(partition);
                }
                None => complete = false,
            }
        }
        if !fresh.is_empty() {
            if let Err(error) = consumer.incremental_assign(&list) {
                link.complain(&format!("assign partitions of \"{}\": {error}", self.name));
                return Some(false);
            }
            for partition in fresh {
                let (topic, number, next) = (&*partition.topic, partition.number, partition.next);
                tracing::info!(topic, partition = number, next, "reading");
                self.partitions.insert(number, partition);
            }
        }
        if let Topic::Some(share) = &self.topic {
            for number in share.partitions.iter().filter(|one| !self.partitions.contains_key(one)) {
                link.complain(&format!("the topic \"{}\" has no partition {number}", self.name));
                complete = false;
            }
        }
        Some(complete)
    }

    /// A partition at the place from which it is read; nothing when the broker does not tell.
    fn begin(&self, consumer: &BaseConsumer<Link>, number: i32, start: Start) -> Option<Partition> {
        if let Some(next) = self.cursors.get(&number) {
            return Some(Partition::new(Arc::clone(&self.name), number, *next, false));
        }
        let (low, high) = consumer.fetch_watermarks(&self.name, number, ASK).ok()?;
        let of_old = self.first.as_ref().is_some_and(|first| first.contains(&number));
        let next = if of_old && start == Start::Latest { high } else { low };
        // Told even without records: after a restart, "latest" is not to skip what came meanwhile.
        Some(Partition::new(Arc::clone(&self.name), number, next, true))
    }
}

/// Reads, checks and keeps a record.
fn take(topics: &mut [Owned], checker: &mut Checker, record: &BorrowedMessage<'_>) {
    let partition = topics
        .iter_mut()
        .filter(|owned| *owned.name == *record.topic())
        .find_map(|owned| owned.partitions.get_mut(&record.partition()));
    let Some(partition) = partition else { return };
    if !partition.reads(record.offset()) {
        return;
    }
    let position = record.offset() as u64;
    let (item, bytes) = match record::read(record) {
        Ok(bytes) => (checker.check(position, &bytes), bytes.len()),
        Err((bytes, why)) => {
            let original = Original::of(&bytes);
            let reject = Reject::line(Class::Malformed, why);
            let read = Err(Refusal { reject, kind: None, original });
            (Item { position, read }, bytes.len())
        }
    };
    partition.push(item, bytes);
}

fn set_paused(consumer: &BaseConsumer<Link>, partition: &mut Partition, paused: bool) {
    let mut list = TopicPartitionList::new();
    list.add_partition(&partition.topic, partition.number);
    let done = if paused { consumer.pause(&list) } else { consumer.resume(&list) };
    match done {
        Ok(()) => partition.paused = paused,
        Err(error) => consumer.context().complain(&format!("pause or resume: {error}")),
    }
}

fn add(list: &mut TopicPartitionList, partition: &Partition) {
    add_at(list, partition, partition.next);
}

fn add_at(list: &mut TopicPartitionList, partition: &Partition, offset: i64) {
    list.add_partition_offset(&partition.topic, partition.number, Offset::Offset(offset))
        .expect("an offset from 0 on is one");
}
