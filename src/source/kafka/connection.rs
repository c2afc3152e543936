//! How is a Kafka cluster reached? Brokers, security and whatever librdkafka knows besides.
//!
//! Invariant: a secret is named (`env:NAME`, `file:PATH`) and never written into a pipeline file,
//! a log or an error. Settings on which correctness hangs cannot be overridden.

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

/// How brokers are spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Neither encrypted nor authenticated.
    #[default]
    Plaintext,
    /// TLS.
    Ssl,
    /// A password, in the clear.
    SaslPlaintext,
    /// A password, over TLS.
    SaslSsl,
}

impl Protocol {
    const fn word(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }

    const fn asks_password(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }
}

/// How a password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Mechanism {
    /// Sent as it is; for TLS only.
    #[serde(rename = "PLAIN")]
    Plain,
    /// RFC 5802 with SHA-256.
    #[serde(rename = "SCRAM-SHA-256")]
    Scram256,
    /// RFC 5802 with SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    Scram512,
}

impl Mechanism {
    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram256 => "SCRAM-SHA-256",
            Self::Scram512 => "SCRAM-SHA-512",
        }
    }
}

/// Encryption and authentication.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// How brokers are spoken to.
    pub protocol: Protocol,
    /// PEM file of the authorities that vouch for the brokers; without it, those of the system.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client's own certificate.
    pub cert_file: Option<PathBuf>,
    /// PEM file of the key of that certificate.
    pub key_file: Option<PathBuf>,
    /// The password of the key file, as `env:NAME` or `file:PATH`.
    pub key_password: Option<String>,
    /// How a password is proved.
    pub mechanism: Option<Mechanism>,
    /// The user: as it is, or `env:NAME` or `file:PATH`.
    pub username: Option<String>,
    /// The password, as `env:NAME` or `file:PATH`.
    pub password: Option<String>,
}

/// A value of a librdkafka property.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Property {
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(i64),
    /// Anything else.
    Text(String),
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// Why a client of Kafka cannot be set up. (A broker that is down is no reason: it is waited for.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupFault {
    /// Nobody to connect to.
    NoBrokers,
    /// No topic to read.
    NoTopics,
    /// A password or user is missing, or the mechanism.
    Incomplete(&'static str),
    /// A secret that is not named but given.
    Clear(&'static str),
    /// A variable of the environment is not set.
    Unset(String),
    /// A secret's file cannot be read.
    Unread(PathBuf, String),
    /// A property that is not the pipeline's to set.
    Reserved(String),
    /// A cursor of the journal that is none.
    Cursor(String, String),
    /// librdkafka refuses a setting.
    Refused(String),
}

impl fmt::Display for SetupFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBrokers => f.write_str("\"brokers\" is empty: name one as HOST:PORT"),
            Self::NoTopics => f.write_str("\"topics\" is empty: name one"),
            Self::Incomplete(setting) => {
                write!(f, "\"security.{setting}\" is missing, and the protocol needs it")
            }
            Self::Clear(setting) => write!(
                f,
                "\"security.{setting}\" holds a secret: put it elsewhere, name it env:NAME or \
                 file:PATH"
            ),
            Self::Unset(name) => write!(f, "the variable \"{name}\" is not set"),
            Self::Unread(path, why) => write!(f, "read the secret \"{}\": {why}", path.display()),
            Self::Reserved(name) => write!(
                f,
                "\"properties\" may not set \"{name}\": it has a setting of its own or is fixed"
            ),
            Self::Cursor(key, value) => write!(f, "the cursor \"{key}\" = \"{value}\" is none"),
            Self::Refused(why) => write!(f, "set up the Kafka client: {why}"),
        }
    }
}

impl std::error::Error for SetupFault {}

impl From<KafkaError> for SetupFault {
    fn from(error: KafkaError) -> Self {
        Self::Refused(match error {
            // The value could be a secret.
            KafkaError::ClientConfig(_, why, property, _) => format!("\"{property}\": {why}"),
            other => other.to_string(),
        })
    }
}

/// Properties that have a setting of their own.
const RESERVED: [&str; 16] = [
    "bootstrap.servers",
    "metadata.broker.list",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
];

/// The three settings by which a cluster is reached, of a source or a sink.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// `HOST:PORT`, or `env:NAME` for a variable that holds one or more of them, with commas.
    pub brokers: &'a [String],
    /// Encryption and authentication.
    pub security: &'a Security,
    /// Properties passed on to librdkafka.
    pub properties: &'a BTreeMap<String, Property>,
}

impl Connection<'_> {
    /// The settings of a client: the `usual` ones, which properties override, and the `fixed` ones,
    /// which they may not.
    ///
    /// # Errors
    /// With the setting that is missing or refused.
    pub fn client(
        &self,
        usual: &[(&str, &str)],
        fixed: &[(&str, &str)],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<ClientConfig, SetupFault> {
        let mut client = ClientConfig::new();
        client.set_log_level(RDKafkaLogLevel::Info).set("client.id", "vestigo");
        // Down for long, up again soon: the default waits up to 10 s.
        client.set("reconnect.backoff.max.ms", "2000");
        for (name, value) in usual {
            client.set(*name, *value);
        }
        for (name, value) in self.properties {
            if RESERVED.contains(&name.as_str()) || fixed.iter().any(|(own, _)| own == name) {
                return Err(SetupFault::Reserved(name.clone()));
            }
            client.set(name, value.to_string());
        }
        for (name, value) in fixed {
            client.set(*name, *value);
        }
        client.set("bootstrap.servers", self.brokers(env)?);
        self.secure(&mut client, env)?;
        Ok(client)
    }

    fn brokers(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<String, SetupFault> {
        let mut all = Vec::new();
        for broker in self.brokers {
            all.push(match broker.strip_prefix("env:") {
                Some(name) => env(name).ok_or_else(|| SetupFault::Unset(name.to_owned()))?,
                None => broker.clone(),
            });
        }
        let all = all.join(",");
        if all.trim().is_empty() { Err(SetupFault::NoBrokers) } else { Ok(all) }
    }

    fn secure(
        &self,
        client: &mut ClientConfig,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), SetupFault> {
        let security = self.security;
        client.set("security.protocol", security.protocol.word());
        let files = [
            ("ssl.ca.location", &security.ca_file),
            ("ssl.certificate.location", &security.cert_file),
            ("ssl.key.location", &security.key_file),
        ];
        for (name, file) in files {
            if let Some(file) = file {
                client.set(name, file.display().to_string());
            }
        }
        if let Some(reference) = &security.key_password {
            client.set("ssl.key.password", secret("key_password", reference, env)?);
        }
        if security.protocol.asks_password() {
            let mechanism = security.mechanism.ok_or(SetupFault::Incomplete("mechanism"))?;
            let user = security.username.as_ref().ok_or(SetupFault::Incomplete("username"))?;
            let password = security.password.as_ref().ok_or(SetupFault::Incomplete("password"))?;
            client.set("sasl.mechanisms", mechanism.word());
            client.set("sasl.username", named(user, env)?.unwrap_or_else(|| user.clone()));
            client.set("sasl.password", secret("password", password, env)?);
        }
        Ok(())
    }
}

/// The value of a secret that a setting names.
fn secret(
    setting: &'static str,
    reference: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<String, SetupFault> {
    named(reference, env)?.ok_or(SetupFault::Clear(setting))
}

/// What `env:NAME` or `file:PATH` means; nothing for any other text. A file may end in a newline.
fn named(
    reference: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, SetupFault> {
    if let Some(name) = reference.strip_prefix("env:") {
        return env(name).map(Some).ok_or_else(|| SetupFault::Unset(name.to_owned()));
    }
    let Some(path) = reference.strip_prefix("file:") else { return Ok(None) };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned())),
        Err(why) => Err(SetupFault::Unread(PathBuf::from(path), why.to_string())),
    }
}

/// How the cluster is, as far as the client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unknown,
    Up,
    Unreachable,
    Refused,
}

/// Watches the connection: each change of its state is logged once.
#[derive(Debug)]
pub struct Link {
    who: String,
    state: Mutex<State>,
    said: Mutex<BTreeSet<String>>,
}

impl Link {
    /// The watch of a client, which is called `who` in logs.
    pub fn new(who: impl Into<String>) -> Self {
        Self { who: who.into(), state: Mutex::new(State::Unknown), said: Mutex::default() }
    }

    /// The cluster has answered.
    pub fn answered(&self) {
        if self.turn(State::Up) {
            lock(&self.said).clear();
            tracing::info!(client = self.who, "Kafka answers");
        }
    }

    /// Whether the last that was heard was an answer.
    pub fn is_up(&self) -> bool {
        *lock(&self.state) == State::Up
    }

    /// Logs a fault once until the state of the connection has changed.
    pub fn complain(&self, what: &str) {
        if lock(&self.said).insert(what.to_owned()) {
            tracing::error!(client = self.who, "{what}");
        }
    }

    fn turn(&self, to: State) -> bool {
        let mut state = lock(&self.state);
        std::mem::replace(&mut *state, to) != to
    }

    fn lost(&self, code: RDKafkaErrorCode, reason: &str) {
        let to = match code {
            RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::SSL
            | RDKafkaErrorCode::UnsupportedSASLMechanism => State::Refused,
            RDKafkaErrorCode::AllBrokersDown => State::Unreachable,
            // One broker of several; the others go on.
            _ => return tracing::debug!(client = self.who, "{code}: {reason}"),
        };
        // Brokers that refuse are soon all "down": the refusal tells more.
        if to == State::Unreachable && *lock(&self.state) == State::Refused {
            return;
        }
        if self.turn(to) {
            tracing::error!(client = self.who, "Kafka is out of reach, trying on: {reason}");
        }
    }
}

/// A panic of another thread does not make the state of a connection wrong.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl ClientContext for Link {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, text: &str) {
        // It repeats itself at every attempt; changes of state are told by `error`.
        tracing::debug!(target: "librdkafka", client = self.who, "{facility} {text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if let Some(code) = error.rdkafka_error_code() {
            self.lost(code, reason);
        }
    }
}

impl ConsumerContext for Link {}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(security: &str, properties: &str) -> Result<ClientConfig, SetupFault> {
        let security: Security = toml::from_str(security).expect("security");
        let properties = toml::from_str(properties).expect("properties");
        let brokers = ["env:BROKERS".to_owned()];
        let connection =
            Connection { brokers: &brokers, security: &security, properties: &properties };
        let env = |name: &str| match name {
            "BROKERS" => Some("a:1,b:2".to_owned()),
            "PASSWORD" => Some("opensesame".to_owned()),
            _ => None,
        };
        connection.client(&[("linger.ms", "5")], &[("acks", "all")], &env)
    }

    #[test]
    fn settings_become_properties() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("user");
        std::fs::write(&file, "city\n").expect("written");
        let security = format!(
            "protocol = \"sasl_ssl\"\nca_file = \"/ca.pem\"\nmechanism = \"SCRAM-SHA-512\"\n\
             username = \"file:{}\"\npassword = \"env:PASSWORD\"",
            file.display()
        );
        let client = client(&security, "\"linger.ms\" = 50\n\"check.crcs\" = true").expect("valid");
        let expected = [
            ("bootstrap.servers", "a:1,b:2"),
            ("security.protocol", "sasl_ssl"),
            ("ssl.ca.location", "/ca.pem"),
            ("sasl.mechanisms", "SCRAM-SHA-512"),
            ("sasl.username", "city"),
            ("sasl.password", "opensesame"),
            ("linger.ms", "50"),
            ("check.crcs", "true"),
            ("acks", "all"),
        ];
        for (name, value) in expected {
            assert_eq!(client.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_secret_in_the_clear_is_refused_and_not_repeated() {
        let sasl = "protocol = \"sasl_plaintext\"\nmechanism = \"PLAIN\"\nusername = \"u\"\n";
        let fault = client(&format!("{sasl}password = \"hunter2\""), "").expect_err("clear");
        assert_eq!(fault, SetupFault::Clear("password"));
        assert!(!fault.to_string().contains("hunter2"));
        assert_eq!(client(sasl, "").expect_err("none"), SetupFault::Incomplete("password"));
        let unset = client(&format!("{sasl}password = \"env:NOT\""), "").expect_err("unset");
        assert_eq!(unset, SetupFault::Unset("NOT".into()));
    }

    #[test]
    fn what_correctness_hangs_on_is_fixed() {
        for property in ["acks", "sasl.password", "bootstrap.servers"] {
            let fault = client("", &format!("\"{property}\" = \"1\"")).expect_err("reserved");
            assert_eq!(fault, SetupFault::Reserved(property.into()));
        }
    }

    #[test]
    fn a_connection_changes_its_state_once() {
        let link = Link::new("test");
        link.answered();
        assert!(link.is_up() && !link.turn(State::Up));
        link.lost(RDKafkaErrorCode::BrokerTransportFailure, "one of several");
        assert!(link.is_up());
        link.lost(RDKafkaErrorCode::Authentication, "wrong password");
        link.lost(RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down");
        assert!(!link.turn(State::Refused), "a refusal tells more than \"down\"");
        link.answered();
        link.lost(RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down");
        assert!(!link.is_up() && !link.turn(State::Unreachable));
    }
}
