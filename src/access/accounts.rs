//! Who is it? Accounts with passwords or vouched for by a provider, sessions, keys for machines.
//!
//! Passwords are hashed by Argon2id; sessions, keys and the one-time token are random and kept as
//! SHA-256. Invariant: no secret is kept in clear or told twice. Must not know: HTTP.

pub use crate::access::denied::Denied;
use crate::access::password::{Hashed, hashed, same, verify};
use crate::access::store;
use crate::access::{Role, Who};
use crate::id::hex;
use crate::time::Time;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 64;
/// Least characters of a password.
pub const PASSWORD_MIN: usize = 12;
/// Wrong passwords in a row until an account rests.
const WRONG_MAX: u32 = 5;
/// For how long it rests, in milliseconds.
const REST_MS: i64 = 60_000;
/// Sessions of an account; the oldest goes.
const SESSIONS_MAX: usize = 20;
/// How a key begins.
const KEY_PREFIX: &str = "vk_";

/// What an account or key may, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What it is for.
    pub roles: Vec<Role>,
    /// Its agency.
    pub agency: Option<Arc<str>>,
    /// Prefixes of divisions.
    pub divisions: Vec<Arc<str>>,
}

/// A person's account: with a password, or a subject that a provider vouches for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) name: Arc<str>,
    pub(super) grant: Grant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<Hashed>,
    /// Pseudonym of issuer and subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    pub(super) disabled: bool,
    created_at: Time,
}

/// A machine's key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Key {
    name: Arc<str>,
    grant: Grant,
    digest: String,
    created_at: Time,
}

/// A session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) account: Arc<str>,
    csrf: String,
    begun_at: Time,
    ends_at: Time,
}

/// The file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Book {
    next: u64,
    setup: Option<String>,
    pub(super) accounts: BTreeMap<Arc<str>, Account>,
    keys: BTreeMap<Arc<str>, Key>,
    /// By the digest of the token.
    pub(super) sessions: BTreeMap<String, Session>,
}

/// An account or key as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What it may.
    pub grant: Grant,
    /// Whether a provider vouches for it, and says what it may at each login.
    pub vouched: bool,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Since when.
    pub created_at: Time,
}

/// A session that has begun: told once.
#[derive(Clone, Debug)]
pub struct Begun {
    /// For the cookie.
    pub token: String,
    /// For the header of requests that change something.
    pub csrf: String,
    /// Until when.
    pub ends_at: Time,
    /// Whose.
    pub who: Who,
}

/// All accounts of a service.
#[derive(Debug)]
pub struct Accounts {
    path: PathBuf,
    pub(super) session_ms: i64,
    book: Mutex<Book>,
    /// Who changes the book takes turns; who reads it does not wait for the disk.
    turn: Mutex<()>,
    /// Wrong passwords in a row, and the last, by name.
    wrong: Mutex<BTreeMap<String, (u32, Time)>>,
}

impl Accounts {
    /// Opens the accounts below a folder. Without any, a one-time token for the first
    /// administrator is left in the file `setup-token` there.
    ///
    /// # Errors
    /// When the files cannot be read or written.
    pub fn open(folder: &Path, session_hours: u32) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("accounts.json");
        let mut book: Book = store::read(&path)?;
        if !book.has_password() {
            let token = secret()?;
            book.setup = Some(digest(&token));
            store::write(&path, &book)?;
            let place = folder.join("setup-token");
            store::write_bytes(&place, token.as_bytes())?;
            tracing::warn!(
                file = %place.display(),
                "there is no account yet: create the first administrator with this one-time token"
            );
        }
        let session_ms = i64::from(session_hours) * 3_600_000;
        let (book, turn, wrong) = (Mutex::new(book), Mutex::default(), Mutex::default());
        Ok(Self { path, session_ms, book, turn, wrong })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the book: on disk first, then here.
    pub(super) fn change<T>(
        &self,
        work: impl FnOnce(&mut Book) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = self.book().clone();
        let done = work(&mut next)?;
        store::write(&self.path, &next)?;
        *self.book() = next;
        Ok(done)
    }

    /// Whether the first administrator is still to be made.
    pub fn is_new(&self) -> bool {
        !self.book().has_password()
    }

    /// Makes the first administrator, who gets all roles of a person, everywhere.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn set_up(
        &self,
        token: &str,
        name: &str,
        password: &str,
        now: Time,
    ) -> Result<Arc<str>, Denied> {
        let mut roles = Role::ALL.to_vec();
        roles.retain(|role| *role != Role::Feeder);
        let grant = Grant { roles, agency: None, divisions: vec!["".into()] };
        check(name, password)?;
        let hashed = hashed(password)?;
        let id = self.change(|book| {
            if book.has_password() {
                return Err(Denied::SetUp);
            }
            if !book.setup.as_ref().is_some_and(|kept| same(kept, &digest(token))) {
                return Err(Denied::Wrong);
            }
            book.setup = None;
            Ok(book.add(name, grant, Proof::Password(hashed), now))
        })?;
        // It was good for once.
        std::fs::remove_file(self.path.with_file_name("setup-token")).ok();
        Ok(id)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn add(
        &self,
        name: &str,
        password: &str,
        grant: Grant,
        now: Time,
    ) -> Result<Arc<str>, Denied> {
        check(name, password)?;
        let hashed = hashed(password)?;
        self.change(|book| {
            let mut local = book.accounts.values().filter(|account| account.subject.is_none());
            if local.any(|account| *account.name == *name) {
                return Err(Denied::Field("name", "is taken".into()));
            }
            Ok(book.add(name, grant, Proof::Password(hashed), now))
        })
    }

    /// Changes what an account may, or switches it off; its sessions end.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn amend(&self, id: &str, grant: Option<Grant>, disabled: bool) -> Result<(), Denied> {
        self.change(|book| {
            let account = book.accounts.get_mut(id).ok_or(Denied::Unknown)?;
            account.disabled = disabled;
            if let Some(grant) = grant {
                if account.subject.is_some() {
                    let rule = "is what the identity provider says at each login";
                    return Err(Denied::Field("grant", rule.into()));
                }
                account.grant = grant;
            }
            book.sessions.retain(|_, session| *session.account != *id);
            Ok(())
        })
    }

    /// Makes a key; it is told once.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn add_key(
        &self,
        name: &str,
        grant: Grant,
        now: Time,
    ) -> Result<(Arc<str>, String), Denied> {
        if name.trim().is_empty() {
            return Err(Denied::Field("name", "is empty".into()));
        }
        let secret = secret()?;
        self.change(|book| {
            book.next += 1;
            let id: Arc<str> = format!("k{}", book.next).into();
            let (name, digest) = (name.into(), digest(&secret));
            book.keys.insert(id.clone(), Key { name, grant, digest, created_at: now });
            Ok((id.clone(), format!("{KEY_PREFIX}{id}_{secret}")))
        })
    }

    /// Takes a key back.
    ///
    /// # Errors
    /// See [`Denied`].
    pub fn remove_key(&self, id: &str) -> Result<(), Denied> {
        self.change(|book| book.keys.remove(id).map(|_| ()).ok_or(Denied::Unknown))
    }

    /// All accounts.
    pub fn accounts(&self) -> Vec<Listed> {
        let book = self.book();
        let listed = book.accounts.iter().map(|(id, account)| Listed {
            id: id.clone(),
            name: account.name.clone(),
            grant: account.grant.clone(),
            vouched: account.subject.is_some(),
            disabled: account.disabled,
            created_at: account.created_at,
        });
        listed.collect()
    }

    /// All keys, without their secrets.
    pub fn keys(&self) -> Vec<Listed> {
        let book = self.book();
        let listed = book.keys.iter().map(|(id, key)| Listed {
            id: id.clone(),
            name: key.name.clone(),
            grant: key.grant.clone(),
            vouched: false,
            disabled: false,
            created_at: key.created_at,
        });
        listed.collect()
    }

    /// Whose name and password these are, without a session. Blocks as [`Self::log_in`] does; fails
    /// as [`Denied`] says.
    pub fn authenticate(&self, name: &str, password: &str, now: Time) -> Result<Who, Denied> {
        let id = self.check(name, password, now)?;
        self.book().who(&id).ok_or(Denied::Unknown)
    }

    /// The account. Takes as long for a name that does not exist.
    fn check(&self, name: &str, password: &str, now: Time) -> Result<Arc<str>, Denied> {
        let wrong = || self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((times, last)) = wrong().get(name)
            && *times >= WRONG_MAX
            && now.0 - last.0 < REST_MS
        {
            return Err(Denied::Resting);
        }
        let found = {
            let book = self.book();
            let mut accounts = book.accounts.iter();
            accounts.find_map(|(id, account)| {
                let named = *account.name == *name && !account.disabled;
                let password = account.password.as_ref().filter(|_| named)?;
                Some((id.clone(), password.clone()))
            })
        };
        let right = match &found {
            Some((_, kept)) => verify(kept, password),
            None => hashed(password).map(|_| false)?,
        };
        let Some((id, _)) = found.filter(|_| right) else {
            let mut wrong = wrong();
            // What rests long enough is forgotten, so that names cannot fill the memory.
            wrong.retain(|_, (_, last)| now.0 - last.0 < REST_MS);
            let entry = wrong.entry(name.to_owned()).or_insert((0, now));
            *entry = (entry.0 + 1, now);
            return Err(Denied::Wrong);
        };
        wrong().remove(name);
        Ok(id)
    }

    /// Begins a session. Blocks for the time of a hash; fails as [`Denied`] says.
    pub fn log_in(&self, name: &str, password: &str, now: Time) -> Result<Begun, Denied> {
        let id = self.check(name, password, now)?;
        self.change(|book| book.begin(&id, now, self.session_ms))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn log_out(&self, token: &str) -> Result<(), Denied> {
        self.change(|book| {
            book.sessions.remove(&digest(token));
            Ok(())
        })
    }

    /// Whose session it is, with what its requests must carry.
    pub fn session(&self, token: &str, now: Time) -> Option<(Who, String, Time)> {
        let book = self.book();
        let session = book.sessions.get(&digest(token)).filter(|s| s.ends_at > now)?;
        Some((book.who(&session.account)?, session.csrf.clone(), session.ends_at))
    }

    /// Whose key it is.
    pub fn key(&self, text: &str) -> Option<Who> {
        let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
        let book = self.book();
        let (id, key) = book.keys.get_key_value(id)?;
        same(&key.digest, &digest(secret)).then(|| who(id, &key.name, &key.grant))
    }
}

fn who(id: &Arc<str>, name: &Arc<str>, grant: &Grant) -> Who {
    Who {
        id: id.clone(),
        name: name.clone(),
        roles: grant.roles.clone(),
        agency: grant.agency.clone(),
        divisions: grant.divisions.clone(),
    }
}

/// By what an account is known to be somebody's.
pub(super) enum Proof {
    /// A password.
    Password(Hashed),
    /// The pseudonym of a provider's subject.
    Subject(String),
}

impl Book {
    pub(super) fn add(&mut self, name: &str, grant: Grant, proof: Proof, now: Time) -> Arc<str> {
        self.next += 1;
        let id: Arc<str> = format!("u{}", self.next).into();
        let (password, subject) = match proof {
            Proof::Password(hashed) => (Some(hashed), None),
            Proof::Subject(subject) => (None, Some(subject)),
        };
        let (name, disabled) = (name.into(), false);
        let account = Account { name, grant, password, subject, disabled, created_at: now };
        self.accounts.insert(id.clone(), account);
        id
    }

    /// Begins a session of somebody who is known to be who it says.
    pub(super) fn begin(
        &mut self,
        id: &Arc<str>,
        now: Time,
        session_ms: i64,
    ) -> Result<Begun, Denied> {
        let who = self.who(id).ok_or(Denied::Unknown)?;
        let (token, csrf) = (secret()?, secret()?);
        let ends_at = Time(now.0 + session_ms);
        let kept = Session { account: id.clone(), csrf: csrf.clone(), begun_at: now, ends_at };
        self.sessions.retain(|_, session| session.ends_at > now);
        let own = self.sessions.iter().filter(|(_, session)| session.account == *id);
        let own = own.map(|(digest, session)| (session.begun_at, digest.clone()));
        let mut own: Vec<(Time, String)> = own.collect();
        own.sort();
        for (_, digest) in own.iter().rev().skip(SESSIONS_MAX - 1) {
            self.sessions.remove(digest);
        }
        self.sessions.insert(digest(&token), kept);
        Ok(Begun { token, csrf, ends_at, who })
    }

    /// Whether anybody can log in by a password: whom a provider vouches for is no administrator
    /// of the first run.
    fn has_password(&self) -> bool {
        self.accounts.values().any(|account| account.password.is_some())
    }

    fn who(&self, id: &Arc<str>) -> Option<Who> {
        let account = self.accounts.get(id).filter(|account| !account.disabled)?;
        Some(who(id, &account.name, &account.grant))
    }
}

fn check(name: &str, password: &str) -> Result<(), Denied> {
    if name.trim().is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(Denied::Field("name", format!("must have 1 to {NAME_BYTES_MAX} bytes")));
    }
    if password.chars().count() < PASSWORD_MIN || password.len() > 1_024 {
        let rule = format!("must have at least {PASSWORD_MIN} characters");
        return Err(Denied::Field("password", rule));
    }
    Ok(())
}

/// 256 random bits as text.
fn secret() -> io::Result<String> {
    Ok(BASE64.encode(store::random::<32>()?))
}

fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}
