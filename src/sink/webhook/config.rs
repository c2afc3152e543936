//! What is called, with what, and how often? The settings of a webhook, checked at the start.
//!
//! Invariant: a secret is named (`env:NAME`, `file:PATH`) and never stands in a pipeline file or an
//! error.

use crate::sink::message::{Selection, Topic};
use crate::sink::webhook::address::{Reach, literal};
use crate::sink::webhook::sign::Secret;
use crate::text::Level;
use reqwest::Url;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;

/// One endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the outlet; `webhook` unless there are several endpoints.
    #[serde(default = "usual_name")]
    pub name: String,
    /// Where messages are posted: `https`, or `http` within the own network.
    pub url: String,
    /// One secret, or two while it is changed: `env:NAME` or `file:PATH`, each holding `whsec_…`.
    pub secrets: Vec<String>,
    /// Topics that are posted; all of them unless given.
    #[serde(default)]
    pub topics: Vec<Topic>,
    /// Messages with a level below this one are left out. Those without a level are not.
    pub level_min: Option<Level>,
    /// Seconds before the second attempt, the third, and so on, while the endpoint is down; after
    /// the last, it is tried again and again at that distance.
    #[serde(default = "usual_schedule")]
    pub schedule_seconds: Vec<u64>,
    /// Seconds before the second attempt, the third, and so on, of a message that the endpoint
    /// refuses (4xx); after the last, the message is parked, and the next one is told.
    #[serde(default = "usual_refused")]
    pub refused_seconds: Vec<u64>,
    /// Seconds for one attempt.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u64,
    /// Whether the endpoint may be in the own network.
    #[serde(default)]
    pub allow_private: bool,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca: Option<PathBuf>,
}

fn usual_name() -> String {
    "webhook".into()
}

/// The schedule that the specification recommends: about three days.
fn usual_schedule() -> Vec<u64> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    vec![5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
}

/// Shorter: while it lasts, everything behind the refused message waits.
fn usual_refused() -> Vec<u64> {
    vec![5, 60, 300, 1_200]
}

const fn usual_timeout() -> u64 {
    20
}

/// A setting that is no good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// Its name.
    pub setting: &'static str,
    /// What is wrong, without a secret.
    pub why: String,
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the setting \"{}\": {}", self.setting, self.why)
    }
}

impl std::error::Error for SettingFault {}

pub(super) fn fault(setting: &'static str, why: impl Into<String>) -> SettingFault {
    SettingFault { setting, why: why.into() }
}

impl Config {
    /// What is told.
    pub(super) fn selection(&self) -> Selection {
        Selection { topics: self.topics.clone(), level_min: self.level_min }
    }

    /// The address, and what may be called for it.
    pub(super) fn endpoint(&self) -> Result<(Url, Reach), SettingFault> {
        let bad = |why: &str| fault("url", why);
        let url = Url::parse(&self.url).map_err(|why| bad(&why.to_string()))?;
        let plain = match url.scheme() {
            "https" => false,
            "http" if self.allow_private => true,
            "http" => return Err(bad("http is for the own network: use https, or allow_private")),
            _ => return Err(bad("must be https")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("holds a user or password, which would be a secret in a file"));
        }
        let reach = Reach { private: self.allow_private, plain };
        if let Some(address) = url.host_str().and_then(literal) {
            reach.check(address).map_err(|why| bad(&format!("{address} {why}")))?;
        }
        Ok((url, reach))
    }

    /// The secrets, looked up.
    pub(super) fn keys(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Vec<Secret>, SettingFault> {
        if !(1..=2).contains(&self.secrets.len()) {
            return Err(fault("secrets", "names one secret, or two while it is changed"));
        }
        let each = self.secrets.iter().map(|reference| {
            let text = looked_up(reference, env)?;
            Secret::parse(&text).map_err(|why| fault("secrets", format!("\"{reference}\": {why}")))
        });
        each.collect()
    }

    /// Whether the name and the times make sense.
    pub(super) fn check(&self) -> Result<(), SettingFault> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if self.name.is_empty() || !self.name.bytes().all(plain) {
            return Err(fault("name", "is made of ASCII letters, digits, - and _"));
        }
        if self.schedule_seconds.is_empty() {
            return Err(fault("schedule_seconds", "needs at least one pause"));
        }
        if self.timeout_seconds == 0 {
            return Err(fault("timeout_seconds", "must be at least 1"));
        }
        Ok(())
    }
}

/// What `env:NAME` or `file:PATH` holds.
fn looked_up(
    reference: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<String, SettingFault> {
    let bad = |why: String| fault("secrets", why);
    if let Some(name) = reference.strip_prefix("env:") {
        return env(name).ok_or_else(|| bad(format!("the variable \"{name}\" is not set")));
    }
    match reference.strip_prefix("file:") {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|why| bad(format!("read \"{path}\": {why}")))
        }
        // It may be the secret itself: not repeated.
        None => Err(bad("holds a secret: put it elsewhere, name it env:NAME or file:PATH".into())),
    }
}
