//! Does the provider say so, to us, now, for this login? An ID token, checked.
//!
//! The signature is checked first; of claims that nobody signed nothing is read. Invariant: a fault
//! names the rule, never what the token holds.

use crate::oidc::crypto::{ALGORITHMS, install};
use crate::oidc::flow::LOGIN_SECONDS;
use crate::time::Time;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::Value;

/// How far the provider's clock may be from ours, in seconds.
const SKEW: i64 = 60;
/// How old a token of a login may be, in seconds: as long as a login may take.
const AGE_MAX: i64 = LOGIN_SECONDS;
/// Bytes of a token.
const TOKEN_BYTES_MAX: usize = 32 << 10;
/// Bytes of a subject, as the specification has it.
const SUBJECT_BYTES_MAX: usize = 255;

/// What a token must agree with.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Time,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// None of the keys that are known signed it; it may be of a newer one.
    Key,
    /// The rule against it.
    Rule(&'static str),
}

/// The claims of a token that agrees.
pub(super) fn claims(token: &str, keys: &[Jwk], expected: Expected<'_>) -> Result<Value, Fault> {
    let claims = signed(token, keys)?;
    agrees(&claims, expected).map_err(Fault::Rule)?;
    Ok(claims)
}

/// The claims, if one of the keys signed them.
fn signed(token: &str, keys: &[Jwk]) -> Result<Value, Fault> {
    install();
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Fault::Rule("the token is too long"));
    }
    let header = decode_header(token).map_err(|_| Fault::Rule("no algorithm that is taken"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Fault::Rule("no algorithm that is taken"));
    }
    let key = key(&header, keys).ok_or(Fault::Key)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Fault::Rule("the key cannot be used"))?;
    // Claims are checked below, against a time that is handed in.
    let mut rules = Validation::new(header.alg);
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let decoded = decode::<Value>(token, &key, &rules);
    decoded.map(|token| token.claims).map_err(|_| Fault::Rule("the signature is not right"))
}

/// The key that a header names; without a name the only one of its kind.
fn key<'a>(header: &Header, keys: &'a [Jwk]) -> Option<&'a Jwk> {
    let mut fitting = keys.iter().filter(|key| fits(key, header.alg));
    if let Some(id) = &header.kid {
        return fitting.find(|key| key.common.key_id.as_ref() == Some(id));
    }
    let only = fitting.next()?;
    fitting.next().is_none().then_some(only)
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let named = key.common.key_algorithm;
    let meant = named.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let kind = match (algorithm, &key.algorithm) {
        (Algorithm::RS256, AlgorithmParameters::RSA(_)) => true,
        (Algorithm::ES256, AlgorithmParameters::EllipticCurve(key)) => {
            key.curve == EllipticCurve::P256
        }
        (Algorithm::EdDSA, AlgorithmParameters::OctetKeyPair(key)) => {
            key.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    signs && meant && kind
}

/// Whether claims are for this service, now, and for this login (OpenID Connect Core, 3.1.3.7).
fn agrees(claims: &Value, expected: Expected<'_>) -> Result<(), &'static str> {
    let text = |name: &str| claims[name].as_str();
    if text("iss") != Some(expected.issuer) {
        return Err("it is of another issuer");
    }
    let (for_us, others) = match &claims["aud"] {
        Value::String(one) => (one == expected.client, false),
        Value::Array(all) => (all.iter().any(|one| one == expected.client), all.len() > 1),
        _ => (false, false),
    };
    if !for_us {
        return Err("it is for another audience");
    }
    let party = &claims["azp"];
    if (others || !party.is_null()) && party != expected.client {
        return Err("it was made for another party");
    }
    let now = expected.now.0.div_euclid(1_000);
    let moment = |name: &str| match &claims[name] {
        // Some providers write seconds with a fraction.
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|s| s as i64)),
        _ => None,
    };
    if moment("exp").is_none_or(|end| end <= now - SKEW) {
        return Err("it has ended");
    }
    if moment("iat").is_none_or(|made| made > now + SKEW || made < now - SKEW - AGE_MAX) {
        return Err("it was not made now");
    }
    if !claims["nbf"].is_null() && moment("nbf").is_none_or(|begin| begin > now + SKEW) {
        return Err("it does not hold yet");
    }
    if text("nonce") != Some(expected.nonce) {
        return Err("it is of another login");
    }
    let subject = text("sub").unwrap_or_default();
    if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
        return Err("it names no subject");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    const NOW: i64 = 1_700_000_000;

    fn expected() -> Expected<'static> {
        let now = Time(NOW * 1_000);
        Expected { issuer: "https://id", client: "vestigo", nonce: "n", now }
    }

    fn good() -> Value {
        json!({
            "iss": "https://id", "aud": "vestigo", "sub": "1", "nonce": "n",
            "exp": NOW + 300, "iat": NOW,
        })
    }

    fn fault(change: Value) -> Option<&'static str> {
        let mut claims = good();
        for (name, value) in change.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        agrees(&claims, expected()).err()
    }

    #[test]
    fn claims_agree_or_say_which_rule_is_against_them() {
        for fine in [
            json!({}),
            json!({ "aud": ["vestigo"] }),
            json!({ "aud": ["vestigo", "other"], "azp": "vestigo" }),
            json!({ "exp": NOW - SKEW + 1 }),
            json!({ "iat": NOW + SKEW }),
            json!({ "iat": NOW as f64 + 0.5 }),
            json!({ "nbf": NOW + SKEW }),
        ] {
            assert_eq!(fault(fine.clone()), None, "{fine}");
        }
        for (wrong, rule) in [
            (json!({ "iss": "https://id/" }), "issuer"),
            (json!({ "iss": ["https://id"] }), "issuer"),
            (json!({ "iss": null }), "issuer"),
            (json!({ "aud": "other" }), "audience"),
            (json!({ "aud": [] }), "audience"),
            (json!({ "aud": null }), "audience"),
            (json!({ "aud": { "vestigo": 1 } }), "audience"),
            (json!({ "aud": ["vestigo", "other"] }), "party"),
            (json!({ "azp": "other" }), "party"),
            (json!({ "azp": 7 }), "party"),
            (json!({ "exp": NOW - SKEW }), "ended"),
            (json!({ "exp": null }), "ended"),
            (json!({ "exp": "9999999999" }), "ended"),
            (json!({ "iat": NOW + SKEW + 1 }), "now"),
            (json!({ "iat": NOW - SKEW - AGE_MAX - 1 }), "now"),
            (json!({ "iat": null }), "now"),
            (json!({ "nbf": NOW + SKEW + 1 }), "yet"),
            (json!({ "nbf": "soon" }), "yet"),
            (json!({ "nonce": "m" }), "login"),
            (json!({ "nonce": null }), "login"),
            (json!({ "sub": "" }), "subject"),
            (json!({ "sub": 7 }), "subject"),
            (json!({ "sub": "x".repeat(256) }), "subject"),
        ] {
            let found = fault(wrong.clone());
            assert!(found.is_some_and(|why| why.contains(rule)), "{wrong}: {found:?}");
        }
    }

    /// A key pair, and its public half as the provider shows it.
    fn pair(id: &str) -> (Ed25519KeyPair, Value) {
        let random = ring::rand::SystemRandom::new();
        let made = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("a key");
        let x = BASE64.encode(pair.public_key().as_ref());
        let shown = json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x });
        (pair, shown)
    }

    fn token(pair: &Ed25519KeyPair, header: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let told = format!("{}.{}", part(header), part(&good()));
        let signature = BASE64.encode(pair.sign(told.as_bytes()));
        format!("{told}.{signature}")
    }

    fn keys(shown: &[&Value]) -> Vec<Jwk> {
        let read = |one: &&Value| serde_json::from_value((*one).clone()).expect("a key");
        shown.iter().map(read).collect()
    }

    #[test]
    fn the_key_that_is_named_signed_it() {
        let ((one, shown), (other, also)) = (pair("a"), pair("b"));
        let both = keys(&[&shown, &also]);
        let check = |token: &str, keys: &[Jwk]| claims(token, keys, expected()).err();
        let named = json!({ "alg": "EdDSA", "kid": "a" });
        assert_eq!(check(&token(&one, &named), &both), None);
        let forged = check(&token(&other, &named), &both);
        assert_eq!(forged, Some(Fault::Rule("the signature is not right")));
        let unknown = json!({ "alg": "EdDSA", "kid": "c" });
        assert_eq!(check(&token(&one, &unknown), &both), Some(Fault::Key));
        let unnamed = json!({ "alg": "EdDSA" });
        assert_eq!(check(&token(&one, &unnamed), &both), Some(Fault::Key), "which of them?");
        assert_eq!(check(&token(&one, &unnamed), &keys(&[&shown])), None, "the only one");
        let mut sealing = shown.clone();
        sealing["use"] = "enc".into();
        assert_eq!(check(&token(&one, &named), &keys(&[&sealing])), Some(Fault::Key));
        let mut meant = shown;
        meant["alg"] = "RS256".into();
        assert_eq!(check(&token(&one, &named), &keys(&[&meant])), Some(Fault::Key));
    }

    #[test]
    fn other_algorithms_and_spoilt_tokens_are_refused() {
        let (one, shown) = pair("a");
        let keys = keys(&[&shown]);
        for algorithm in ["none", "None", "HS256", "RS512", "ES384", "PS256", "", "EdDSA "] {
            let header = json!({ "alg": algorithm, "kid": "a" });
            let found = claims(&token(&one, &header), &keys, expected());
            assert_eq!(found.err(), Some(Fault::Rule("no algorithm that is taken")), "{algorithm}");
        }
        // One key is no key of another algorithm.
        let header = json!({ "alg": "ES256", "kid": "a" });
        assert_eq!(claims(&token(&one, &header), &keys, expected()).err(), Some(Fault::Key));
        let good = token(&one, &json!({ "alg": "EdDSA", "kid": "a" }));
        let (told, _) = good.rsplit_once('.').expect("three parts");
        for spoilt in [told, &format!("{told}."), &format!("{good}A"), &good[1..], "..", ""] {
            assert!(claims(spoilt, &keys, expected()).is_err(), "{spoilt}");
        }
        let long = format!("{good}{}", "A".repeat(TOKEN_BYTES_MAX));
        assert_eq!(
            claims(&long, &keys, expected()).err(),
            Some(Fault::Rule("the token is too long"))
        );
    }
}
