//! Who comes in by the word of a provider? An account of its own kind, granted anew at each login.
//!
//! The account is found by a pseudonym of issuer and subject; neither is kept. Invariant: what such
//! an account may is what the last login granted, and nothing once a login grants nothing. Must not
//! know: how the provider was asked.

use crate::access::accounts::{Accounts, Begun, Book, Denied, Grant, Proof};
use crate::time::Time;
use std::sync::Arc;

/// Accounts that providers vouch for, at most: each is a line of a file that is written whole.
const ACCOUNTS_MAX: usize = 20_000;

/// Somebody whom a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// A pseudonym of issuer and subject.
    pub subject: String,
    /// How to call it; no personal number.
    pub name: Arc<str>,
    /// What it may; nothing when no mapping fits.
    pub grant: Option<Grant>,
}

impl Accounts {
    /// Begins a session of somebody whom a provider vouches for, and tells whether the account is
    /// new. When nothing is granted any more, the account's other sessions end.
    ///
    /// # Errors
    /// When the account is switched off, nothing is granted, or the file cannot be written.
    pub fn enter(&self, vouched: &Vouched, now: Time) -> Result<(Begun, bool), Denied> {
        let entered = self.change(|book| match book.vouched_for(vouched, now)? {
            Some((id, is_new)) => Ok(Some((book.begin(&id, now, self.session_ms)?, is_new))),
            None => Ok(None),
        })?;
        entered.ok_or(Denied::Ungranted)
    }
}

impl Book {
    /// The account, as it is granted now, and whether it is new; none when a known one is granted
    /// nothing any more.
    fn vouched_for(
        &mut self,
        vouched: &Vouched,
        now: Time,
    ) -> Result<Option<(Arc<str>, bool)>, Denied> {
        let Vouched { subject, name, grant } = vouched;
        let mut known = self.accounts.iter_mut();
        let known = known.find(|(_, one)| one.subject.as_deref() == Some(subject));
        let Some((id, account)) = known else {
            let grant = grant.clone().ok_or(Denied::Ungranted)?;
            let kept = self.accounts.values().filter(|one| one.subject.is_some()).count();
            if kept >= ACCOUNTS_MAX {
                let full = "more accounts than are kept come from the identity provider";
                return Err(Denied::Io(std::io::Error::other(full)));
            }
            let proof = Proof::Subject(subject.clone());
            return Ok(Some((self.add(name, grant, proof, now), true)));
        };
        let id = id.clone();
        if account.disabled {
            return Err(Denied::Disabled);
        }
        account.name = name.clone();
        if let Some(grant) = grant.clone() {
            account.grant = grant;
            return Ok(Some((id, false)));
        }
        account.grant = Grant { roles: vec![], agency: None, divisions: vec![] };
        self.sessions.retain(|_, session| session.account != id);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn grant(role: Role) -> Grant {
        Grant { roles: vec![role], agency: None, divisions: vec!["".into()] }
    }

    fn vouched(grant: Option<Grant>) -> Vouched {
        Vouched { subject: "p1".into(), name: "chief".into(), grant }
    }

    #[test]
    fn each_login_says_what_an_account_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let accounts = Accounts::open(folder.path(), 1).expect("opened");
        let now = Time(1_000);
        let refused = accounts.enter(&vouched(None), now);
        assert!(matches!(refused, Err(Denied::Ungranted)));
        assert!(accounts.accounts().is_empty(), "who may nothing leaves nothing");

        let (first, is_new) = accounts.enter(&vouched(Some(grant(Role::Viewer))), now).expect("in");
        assert!(is_new && accounts.is_new(), "no administrator of the first run");
        let (second, is_new) =
            accounts.enter(&vouched(Some(grant(Role::Analyst))), now).expect("in");
        assert!(!is_new);
        assert_eq!(first.who.id, second.who.id);
        let who = |token: &str| accounts.session(token, now).map(|(who, ..)| who.roles);
        assert_eq!(who(&first.token), Some(vec![Role::Analyst]), "the older session too");

        let refused = accounts.enter(&vouched(None), now);
        assert!(matches!(refused, Err(Denied::Ungranted)));
        assert_eq!((who(&first.token), who(&second.token)), (None, None));
        assert_eq!(accounts.accounts()[0].grant.roles, []);
    }

    #[test]
    fn it_is_another_account_than_the_local_one_of_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let accounts = Accounts::open(folder.path(), 1).expect("opened");
        let now = Time(1_000);
        let (begun, _) = accounts.enter(&vouched(Some(grant(Role::Viewer))), now).expect("in");
        let token = std::fs::read_to_string(folder.path().join("setup-token")).expect("left");
        let local = accounts.set_up(&token, "chief", "a long password", now).expect("the token");
        assert_ne!(begun.who.id, local);
        let who = accounts.log_in("chief", "a long password", now).expect("the password").who;
        assert_eq!(who.id, local);

        let taken = accounts.amend(&begun.who.id, Some(grant(Role::Operator)), false);
        assert!(matches!(taken, Err(Denied::Field("grant", _))));
        accounts.amend(&begun.who.id, None, true).expect("switched off");
        assert!(accounts.session(&begun.token, now).is_none());
        let refused = accounts.enter(&vouched(Some(grant(Role::Viewer))), now);
        assert!(matches!(refused, Err(Denied::Disabled)));
        // A restart forgets neither.
        let accounts = Accounts::open(folder.path(), 1).expect("again");
        assert!(!accounts.is_new());
        assert!(matches!(
            accounts.enter(&vouched(Some(grant(Role::Viewer))), now),
            Err(Denied::Disabled)
        ));
    }
}
