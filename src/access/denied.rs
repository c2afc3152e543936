//! Why is somebody not let in, or an account not made?

use std::fmt;
use std::io;

/// Why somebody is not let in, or an account cannot be made.
#[derive(Debug)]
pub enum Denied {
    /// Name or password, token or key is wrong.
    Wrong,
    /// Too many wrong passwords: later again.
    Resting,
    /// There is a first administrator already.
    SetUp,
    /// A field is not as it must be: which, and the rule.
    Field(&'static str, String),
    /// No such account or key.
    Unknown,
    /// The account is switched off.
    Disabled,
    /// A provider vouches for somebody to whom nothing is granted.
    Ungranted,
    /// The file cannot be written.
    Io(io::Error),
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong => f.write_str("name and password, or the token, are not right"),
            Self::Resting => f.write_str("too many wrong passwords: try again in a minute"),
            Self::SetUp => f.write_str("the first administrator exists: log in"),
            Self::Field(name, rule) => write!(f, "\"{name}\" {rule}"),
            Self::Unknown => f.write_str("there is no such account or key"),
            Self::Disabled => f.write_str("the account is switched off: ask an administrator"),
            Self::Ungranted => f.write_str(
                "nothing is granted to this account: ask for one of the groups that \
                 [access.oidc] grants something to, and log in again",
            ),
            Self::Io(error) => write!(f, "the accounts cannot be written: {error}"),
        }
    }
}

impl std::error::Error for Denied {}

impl From<io::Error> for Denied {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
