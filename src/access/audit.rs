//! Who did or saw what, and was the record changed since? A chain of signed lines.
//!
//! ```text
//! audit/audit.ndjson    a record a line; each holds the hash of the one before, and a signature
//! audit/audit.pub       the public key (Ed25519, hex)
//! access/audit.key      the private key, readable by its owner alone
//! ```
//!
//! Invariant: a line that was changed, removed from the middle, or put in breaks the chain. Lines
//! cut off the end are noticed by whoever kept a later head ([`Verified::head`]). Must not know:
//! what an act means.

use crate::access::store::{self, unhex};
use crate::id::hex;
use crate::telemetry::Note;
use crate::time::Time;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What the first line follows.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// From 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// The account or key.
    pub who: String,
    /// What was done: `act`, `reveal`, `login`, `account`, `key`.
    pub what: String,
    /// On what: a task, a pair, an enterprise, an account.
    pub on: String,
    /// More about it, without names and secrets.
    pub detail: Value,
    /// The hash of the line before.
    pub prev: String,
    /// SHA-256 over all of the above.
    pub hash: String,
    /// Ed25519 over the hash.
    pub sig: String,
}

impl Line {
    fn digest(&self) -> String {
        let Self { seq, at, who, what, on, detail, prev, .. } = self;
        let told = serde_json::json!([seq, at.0, who, what, on, detail, prev]);
        hex(&Sha256::digest(told.to_string().as_bytes()))
    }
}

/// The chain, to be added to.
#[derive(Debug)]
pub struct Audit {
    key: SigningKey,
    end: Mutex<End>,
}

#[derive(Debug)]
struct End {
    file: File,
    seq: u64,
    hash: String,
}

/// What a check of a chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Lines.
    pub lines: u64,
    /// The hash of the last: keep it elsewhere.
    pub head: String,
    /// The first fault: the line and what is wrong.
    pub fault: Option<(u64, String)>,
}

fn reading(path: &Path) -> io::Result<Option<BufReader<File>>> {
    match File::open(path) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks a chain below a state folder: every hash, every link, every signature.
///
/// # Errors
/// When a file cannot be read.
pub fn verify(state: &Path) -> io::Result<Verified> {
    let folder = state.join("audit");
    let public = std::fs::read_to_string(folder.join("audit.pub")).unwrap_or_default();
    let key = unhex(public.trim())
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let mut found = Verified { lines: 0, head: BEGINNING.into(), fault: None };
    let Some(file) = reading(&folder.join("audit.ndjson"))? else { return Ok(found) };
    for (number, text) in (1..).zip(file.lines()) {
        let fault = |why: &str| Some((number, why.to_owned()));
        let Ok(line) = serde_json::from_str::<Line>(&text?) else {
            found.fault = fault("is no line of an audit");
            break;
        };
        let signature = unhex(&line.sig).and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signed = match (&key, signature) {
            (Some(key), Some(sig)) => key.verify_strict(line.hash.as_bytes(), &sig).is_ok(),
            _ => false,
        };
        found.fault = if line.seq != number || line.prev != found.head {
            fault("does not follow the line before")
        } else if line.digest() != line.hash {
            fault("was changed")
        } else if !signed {
            fault("is not signed by the key in audit.pub")
        } else {
            None
        };
        if found.fault.is_some() {
            break;
        }
        found.lines = number;
        found.head = line.hash;
    }
    Ok(found)
}

impl Audit {
    /// Opens the chain below a state folder, with its key; both are made on first use. A torn last
    /// line (a crash while it was written) is cut off; it was answered to nobody.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn open(state: &Path) -> io::Result<Self> {
        let (folder, secrets) = (state.join("audit"), state.join("access"));
        std::fs::create_dir_all(&folder)?;
        std::fs::create_dir_all(&secrets)?;
        let place = secrets.join("audit.key");
        let bytes = std::fs::read_to_string(&place).ok().and_then(|text| unhex(text.trim()));
        let key = if let Some(bytes) = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            SigningKey::from_bytes(&bytes)
        } else {
            let bytes = store::random::<32>()?;
            store::write_bytes(&place, hex(&bytes).as_bytes())?;
            SigningKey::from_bytes(&bytes)
        };
        let public = hex(key.verifying_key().as_bytes());
        std::fs::write(folder.join("audit.pub"), public + "\n")?;
        let path = folder.join("audit.ndjson");
        let (mut seq, mut hash, mut whole) = (0, BEGINNING.to_owned(), 0);
        if let Some(mut file) = reading(&path)? {
            let mut text = String::new();
            while file.read_line(&mut text)? > 0 {
                let Ok(line) = serde_json::from_str::<Line>(&text) else { break };
                (seq, hash, whole) = (line.seq, line.hash, whole + text.len() as u64);
                text.clear();
            }
        }
        let file = store::private(OpenOptions::new().create(true).append(true), &path)?;
        if file.metadata()?.len() > whole {
            Note::AuditTorn(&path).tell();
            file.set_len(whole)?;
        }
        Ok(Self { key, end: Mutex::new(End { file, seq, hash }) })
    }

    /// A secret of its own for a purpose, the same after a restart.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.key.to_bytes());
        hash.finalize().into()
    }

    /// Lines so far.
    pub fn lines(&self) -> u64 {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).seq
    }

    /// Adds a line, durably.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, at: Time, who: &str, what: &str, on: &str, detail: Value) -> io::Result<()> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = Line {
            seq: end.seq + 1,
            at,
            who: who.to_owned(),
            what: what.to_owned(),
            on: on.to_owned(),
            detail,
            prev: end.hash.clone(),
            hash: String::new(),
            sig: String::new(),
        };
        line.hash = line.digest();
        line.sig = hex(&self.key.sign(line.hash.as_bytes()).to_bytes());
        let mut text = serde_json::to_vec(&line).map_err(io::Error::other)?;
        text.push(b'\n');
        end.file.write_all(&text)?;
        end.file.sync_data()?;
        (end.seq, end.hash) = (line.seq, line.hash);
        Ok(())
    }
}

/// The ids of the acts that a chain tells of.
///
/// # Errors
/// When it cannot be read.
pub fn acts(state: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for line in lines(state)? {
        if let Some(id) = line.detail["act"].as_str() {
            found.insert(id.to_owned());
        }
    }
    Ok(found)
}

/// All lines.
///
/// # Errors
/// When they cannot be read.
pub fn lines(state: &Path) -> io::Result<Vec<Line>> {
    let Some(file) = reading(&state.join("audit/audit.ndjson"))? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for text in file.lines() {
        if let Ok(line) = serde_json::from_str(&text?) {
            found.push(line);
        }
    }
    Ok(found)
}
