//! Why does it not run? What keeps a service from starting, or ends it.

use crate::service::archive::Missing;
use std::fmt;

/// Why a service could not start or had to end.
#[derive(Debug)]
pub enum Fault {
    /// The journal is damaged, locked, or takes no more.
    Journal(crate::journal::Error),
    /// A model is not at hand.
    Model(String),
    /// The journal does not fit this program.
    Replay(String),
    /// The key, an outlet, or the HTTP server cannot be set up.
    Setup(String),
    /// A stage failed.
    Engine(String),
    /// Results or snapshots cannot be written.
    Io(std::io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Model(why) | Self::Replay(why) | Self::Setup(why) => f.write_str(why),
            Self::Engine(why) => write!(f, "the engine stopped: {why}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Missing> for Fault {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Journal(error) => Self::Journal(error),
            Missing::Archive(error) => Self::Io(error),
            Missing::Epochs { .. } => Self::Replay(missing.to_string()),
        }
    }
}
