//! How is a password kept? As Argon2id, with a salt of its own.
//!
//! Invariant: a hash says nothing of the password but whether another is the same.

use crate::access::store;
use crate::id::hex;
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use std::io;

/// Argon2id: memory in KiB, passes, lanes (the second recommendation of OWASP's password storage
/// cheat sheet).
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// A password, hashed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hashed {
    salt: String,
    hash: String,
    cost: (u32, u32, u32),
}

/// Compares digests; what is compared is no secret by itself, still in time that does not depend
/// on where they differ.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn argon(cost: (u32, u32, u32)) -> Option<Argon2<'static>> {
    let params = Params::new(cost.0, cost.1, cost.2, Some(32)).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

pub(super) fn hashed(password: &str) -> io::Result<Hashed> {
    let salt = store::random::<16>()?;
    let mut hash = [0; 32];
    let argon = argon(COST).ok_or_else(|| io::Error::other("the cost of hashes is wrong"))?;
    argon
        .hash_password_into(password.as_bytes(), &salt, &mut hash)
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Hashed { salt: hex(&salt), hash: hex(&hash), cost: COST })
}

pub(super) fn verify(kept: &Hashed, password: &str) -> bool {
    let (Some(argon), Some(salt)) = (argon(kept.cost), store::unhex(&kept.salt)) else {
        return false;
    };
    let mut hash = [0; 32];
    let done = argon.hash_password_into(password.as_bytes(), &salt, &mut hash);
    done.is_ok() && same(&kept.hash, &hex(&hash))
}
