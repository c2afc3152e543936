//! Is it the browser that began this login, and does it come back once? A sealed cookie.
//!
//! The cookie holds a random token, an end and where to go; state, nonce and the verifier of PKCE
//! are made from the token with a key of the service. So nothing is kept of those who begin and
//! never come back. Invariant: a login is finished once, by its own browser, in time.

use crate::access::random;
use crate::time::Time;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// How long a login may take.
pub const LOGIN_SECONDS: i64 = 600;
const LOGIN_MS: i64 = LOGIN_SECONDS * 1_000;
/// Logins that came back and are remembered; the one that ends first makes room.
const SPENT_MAX: usize = 10_000;
/// Bytes of a place to go to.
const PLACE_BYTES_MAX: usize = 512;

/// Whether a text is a place within this service: a path, which no browser takes for another host.
pub fn is_place(to: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'<' | b'>' | b'"');
    let bytes = to.as_bytes();
    bytes.len() <= PLACE_BYTES_MAX
        && bytes.first() == Some(&b'/')
        && bytes.get(1) != Some(&b'/')
        && bytes.iter().all(|byte| plain(*byte))
}

/// A login on its way.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    token: String,
    ends_at: Time,
    /// Where to go afterwards.
    pub(super) to: String,
    /// What the provider sends back.
    pub(super) state: String,
    /// What its token must hold.
    pub(super) nonce: String,
    /// What shows it that who began asks (PKCE).
    verifier: String,
}

/// Why a browser that comes back is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// It did not begin this login, or too long ago.
    NotBegun,
    /// It came back before.
    Spent,
}

/// Makes and knows logins.
pub(super) struct Seal {
    key: [u8; 32],
    spent: Mutex<BTreeMap<String, Time>>,
}

impl Seal {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key, spent: Mutex::default() }
    }

    fn mac(&self, purpose: &str, told: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(told.as_bytes());
        mac
    }

    /// A text that only this service makes of another.
    pub(super) fn derived(&self, purpose: &str, told: &str) -> String {
        BASE64.encode(self.mac(purpose, told).finalize().into_bytes())
    }

    /// Begins a login.
    ///
    /// # Errors
    /// When the system has no random bytes to give.
    pub(super) fn begin(&self, to: &str, now: Time) -> io::Result<Login> {
        let token = BASE64.encode(random::<32>()?);
        Ok(self.login(token, Time(now.0 + LOGIN_MS), to))
    }

    fn login(&self, token: String, ends_at: Time, to: &str) -> Login {
        let made = |purpose| self.derived(purpose, &token);
        let (state, nonce, verifier) = (made("state"), made("nonce"), made("verifier"));
        Login { token, ends_at, to: to.to_owned(), state, nonce, verifier }
    }

    /// The cookie of a login.
    pub(super) fn cookie(&self, login: &Login) -> String {
        let told = format!("{}.{}.{}", login.token, login.ends_at.0, BASE64.encode(&login.to));
        let signature = self.derived("cookie", &told);
        format!("{told}.{signature}")
    }

    fn read(&self, cookie: &str) -> Option<Login> {
        let (told, signature) = cookie.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        self.mac("cookie", told).verify_slice(&signature).ok()?;
        let mut parts = told.split('.');
        let (token, ends_at, to) = (parts.next()?, parts.next()?, parts.next()?);
        let to = String::from_utf8(BASE64.decode(to).ok()?).ok()?;
        Some(self.login(token.to_owned(), Time(ends_at.parse().ok()?), &to))
    }

    /// The login that a browser comes back from, which is spent by that.
    pub(super) fn finish(&self, cookie: &str, state: &str, now: Time) -> Result<Login, Stray> {
        let login = self.read(cookie).filter(|login| login.ends_at > now).ok_or(Stray::NotBegun)?;
        let told = BASE64.decode(state).map_err(|_| Stray::NotBegun)?;
        self.mac("state", &login.token).verify_slice(&told).map_err(|_| Stray::NotBegun)?;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|_, ends_at| *ends_at > now);
        if spent.contains_key(&login.token) {
            return Err(Stray::Spent);
        }
        if spent.len() >= SPENT_MAX {
            // The provider takes a code once too: what is forgotten here is still refused there.
            let first = spent.iter().min_by_key(|(_, ends_at)| **ends_at);
            let first = first.map(|(token, _)| token.clone()).unwrap_or_default();
            spent.remove(&first);
        }
        spent.insert(login.token.clone(), login.ends_at);
        Ok(login)
    }
}

impl Login {
    /// What stands in the address for the verifier: its SHA-256.
    pub(super) fn challenge(&self) -> String {
        BASE64.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// The verifier.
    pub(super) fn verifier(&self) -> &str {
        &self.verifier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_comes_back_once_in_its_own_browser_in_time() {
        let seal = Seal::new([7; 32]);
        let now = Time(1_000_000);
        let login = seal.begin("/alerts?x=1", now).expect("random bytes");
        let cookie = seal.cookie(&login);
        let other = seal.begin("/", now).expect("random bytes");
        let stray = |cookie: &str, state: &str, at| seal.finish(cookie, state, at).err();
        assert_eq!(stray(&cookie, &other.state, now), Some(Stray::NotBegun));
        assert_eq!(stray(&seal.cookie(&other), &login.state, now), Some(Stray::NotBegun));
        assert_eq!(stray(&cookie, "", now), Some(Stray::NotBegun));
        assert_eq!(stray("", &login.state, now), Some(Stray::NotBegun));
        assert_eq!(stray(&cookie, &login.state, Time(now.0 + LOGIN_MS)), Some(Stray::NotBegun));
        let elsewhere = Seal::new([8; 32]).finish(&cookie, &login.state, now);
        assert_eq!(elsewhere.err(), Some(Stray::NotBegun));
        let Ok(back) = seal.finish(&cookie, &login.state, now) else { panic!("it is its own") };
        assert!(back == login && back.to == "/alerts?x=1");
        assert_eq!(stray(&cookie, &login.state, now), Some(Stray::Spent));
        assert!(seal.finish(&seal.cookie(&other), &other.state, now).is_ok());
    }

    #[test]
    fn a_changed_cookie_is_none() {
        let seal = Seal::new([7; 32]);
        let login = seal.begin("/", Time(0)).expect("random bytes");
        let cookie = seal.cookie(&login);
        for at in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert!(seal.finish(&changed, &login.state, Time(0)).is_err(), "{at}");
        }
    }

    #[test]
    fn the_parts_of_a_login_differ_and_do_not_tell_each_other() {
        let seal = Seal::new([7; 32]);
        let login = seal.begin("/", Time(0)).expect("random bytes");
        let challenge = login.challenge();
        let parts = [&*login.token, &login.state, &login.nonce, login.verifier(), &challenge];
        for (at, part) in parts.iter().enumerate() {
            assert_eq!(part.len(), 43, "as PKCE has it");
            assert!(!parts[..at].contains(part));
            assert_eq!(seal.cookie(&login).contains(part), at == 0, "the token alone");
        }
    }

    #[test]
    fn only_a_path_of_this_service_is_a_place() {
        for good in ["/", "/alerts", "/pairs/a..b?x=%2F&y#z", "/a//b"] {
            assert!(is_place(good), "{good}");
        }
        for bad in [
            "",
            "alerts",
            "//evil.example",
            "/\\evil.example",
            "\\/evil",
            "https://evil.example",
            "/a\nb",
            "/\t/evil",
            " /",
            "/ä",
            "javascript:alert(1)",
        ] {
            assert!(!is_place(bad), "{bad}");
        }
        assert!(!is_place(&format!("/{}", "a".repeat(PLACE_BYTES_MAX))));
    }
}
