//! Who may see and do what? One layer under every read and every act.
//!
//! ```text
//! request ─▶ Access (who is it?) ─▶ Who ─▶ Reads::with ─▶ View: rows and fields that Who may see
//! ```
//!
//! Rows are limited by division and agency, fields and acts by role. Invariant: nothing of the
//! stand is read but through a [`View`]. Must not know: HTTP.

pub mod accounts;
pub mod audit;
mod denied;
pub mod duty;
mod password;
mod scan;
mod store;
#[cfg(test)]
pub(crate) mod tests;
pub mod view;
mod vouched;
pub mod wide;
mod work;

pub(crate) use store::random;
pub use view::{Reads, View};
pub use vouched::Vouched;

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads warnings and enterprises, without the evidence's events.
    Viewer,
    /// Works on the tasks of its agency.
    Investigator,
    /// Sees and directs the tasks of all agencies in its divisions.
    Dispatcher,
    /// Reads everything in its divisions, and judges pairs.
    Analyst,
    /// Looks after sources, dead letters, accounts; reads no case.
    Operator,
    /// Reads everything in its divisions, and the audit.
    Auditor,
    /// Hands in events: a machine.
    Feeder,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 7] = [
        Self::Viewer,
        Self::Investigator,
        Self::Dispatcher,
        Self::Analyst,
        Self::Operator,
        Self::Auditor,
        Self::Feeder,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Investigator => "investigator",
            Self::Dispatcher => "dispatcher",
            Self::Analyst => "analyst",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Feeder => "feeder",
        }
    }
}

/// Something that needs a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Hand in events.
    Feed,
    /// Read enterprises and warnings.
    Read,
    /// Read what warnings and indices rest on.
    ReadReasons,
    /// Read pairs.
    ReadPairs,
    /// Read fund flows.
    ReadFlows,
    /// Read tasks.
    ReadTasks,
    /// Read models and sources.
    ReadSystem,
    /// Work on tasks of the own agency.
    Work,
    /// Direct tasks of all agencies.
    Direct,
    /// Judge pairs.
    Judge,
    /// Propose another model.
    ProposeModel,
    /// Approve or reject a model that somebody else proposed.
    DecideModel,
    /// See what is masked, for a purpose.
    Reveal,
    /// Look after sources and dead letters.
    Operate,
    /// Look after accounts and keys.
    Administer,
    /// Read the audit.
    Audit,
}

impl Doing {
    /// The roles that may.
    pub const fn roles(self) -> &'static [Role] {
        use Role as R;
        match self {
            Self::Feed => &[R::Feeder, R::Operator],
            Self::Read => &[R::Viewer, R::Investigator, R::Dispatcher, R::Analyst, R::Auditor],
            Self::ReadReasons | Self::ReadPairs | Self::ReadTasks => {
                &[R::Investigator, R::Dispatcher, R::Analyst, R::Auditor]
            }
            Self::ReadFlows => &[R::Investigator, R::Dispatcher, R::Analyst],
            Self::ReadSystem => &[R::Operator, R::Dispatcher, R::Analyst, R::Auditor],
            Self::Work => &[R::Investigator, R::Dispatcher],
            Self::Direct => &[R::Dispatcher],
            Self::Judge => &[R::Investigator, R::Analyst],
            Self::ProposeModel => &[R::Analyst],
            Self::DecideModel => &[R::Analyst, R::Dispatcher],
            Self::Reveal => &[R::Investigator, R::Analyst],
            Self::Operate | Self::Administer => &[R::Operator],
            Self::Audit => &[R::Auditor],
        }
    }
}

/// Someone who asks: a person with an account, or a machine with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The account's or key's id. Written into the journal and the audit.
    pub id: Arc<str>,
    /// How it is called; shown to itself and to operators alone.
    pub name: Arc<str>,
    /// What it is for.
    pub roles: Vec<Role>,
    /// Its agency, of the routing table.
    pub agency: Option<Arc<str>>,
    /// Prefixes (GB/T 2260) of the divisions that it may see; an empty prefix stands for all, also
    /// for what has no division.
    pub divisions: Vec<Arc<str>>,
}

impl Who {
    /// Whoever sits at the machine: of a pipeline without accounts, which listens on the loopback
    /// alone.
    pub fn local() -> Self {
        Self {
            id: "local".into(),
            name: "local".into(),
            roles: Role::ALL.to_vec(),
            agency: None,
            divisions: vec!["".into()],
        }
    }

    /// Who has not said who it is: may do and see nothing.
    pub fn nobody() -> Self {
        Self {
            id: "nobody".into(),
            name: "nobody".into(),
            roles: Vec::new(),
            agency: None,
            divisions: Vec::new(),
        }
    }

    /// Whether it is a machine with a key, and no person.
    pub fn is_machine(&self) -> bool {
        self.id.strip_prefix('k').is_some_and(|number| number.parse::<u64>().is_ok())
    }

    /// Whether one of its roles may.
    pub fn may(&self, doing: Doing) -> bool {
        self.roles.iter().any(|role| doing.roles().contains(role))
    }

    /// Whether a division is one of its own.
    pub fn covers(&self, division: &str) -> bool {
        self.divisions.iter().any(|prefix| division.starts_with(&**prefix))
    }

    /// Whether it sees the work of all agencies.
    pub fn sees_all_agencies(&self) -> bool {
        let wide = [Role::Dispatcher, Role::Analyst, Role::Auditor];
        self.agency.is_none() || self.roles.iter().any(|role| wide.contains(role))
    }

    /// Whether what an agency has to do with is to be seen.
    pub fn sees_agency(&self, agency: &str) -> bool {
        self.sees_all_agencies() || self.agency.as_deref() == Some(agency)
    }
}
