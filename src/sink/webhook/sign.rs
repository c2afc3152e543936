//! How does a receiver know that a message is ours? Standard Webhooks 1.0: HMAC-SHA256, base 64.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
//!
//! Invariant: a message has one id, whatever the attempt; what is signed can be taken apart in one
//! way only. A secret is in no log and no error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use std::fmt;

/// Begins a secret.
const SECRET: &str = "whsec_";
/// Bytes of a secret, as the specification asks for.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Characters of an id that stay as they are. A dot does not: it parts the id, the timestamp and
/// the body in what is signed.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'@').remove(b':');

/// A key to sign with.
#[derive(Clone)]
pub(super) struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Reads `whsec_` and 24 to 64 bytes in base 64. The error says what is wrong, not with what.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim().strip_prefix(SECRET).ok_or("it does not begin with whsec_")?;
        let key = STANDARD.decode(text).map_err(|_| "what follows whsec_ is no base 64")?;
        if SECRET_BYTES.contains(&key.len()) {
            Ok(Self(key))
        } else {
            Err("it has not 24 to 64 bytes")
        }
    }

    /// `v1,` and the signature of one attempt.
    fn signature(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(&self.0).expect("a key of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The header `webhook-signature`: one for each secret, so that a receiver may change its own
/// while both are in use.
pub(super) fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let each = secrets.iter().map(|secret| secret.signature(id, timestamp, body));
    each.collect::<Vec<_>>().join(" ")
}

/// The header `webhook-id` of a message: its id, percent-encoded but for ASCII letters, digits and
/// `-`, `_`, `@`, `:`. Percent-decoding gives the id back.
pub(super) fn webhook_id(message: &str) -> String {
    utf8_percent_encode(message, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // Secret, message and result of the reference implementations' own test.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signed = signatures(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_bad_secret_is_refused_and_not_repeated() {
        for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?", "whsec_c2hvcnQ="] {
            let why = Secret::parse(text).expect_err(text);
            assert!(text.is_empty() || !why.contains(text));
        }
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("a secret");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn ids_of_pairs_have_no_dots() {
        let pair = "91469007MA5TKB1082..91469007MA5TKB2092@77";
        assert_eq!(webhook_id(pair), "91469007MA5TKB1082%2E%2E91469007MA5TKB2092@77");
        assert_eq!(webhook_id("W-1@7"), "W-1@7");
    }

    proptest! {
        #[test]
        fn an_id_is_ascii_without_dots_and_comes_back(id in "\\PC{0,40}") {
            let made = webhook_id(&id);
            prop_assert!(made.is_ascii() && !made.contains('.') && !made.contains(' '));
            prop_assert_eq!(percent_decode_str(&made).decode_utf8().expect("text"), id);
        }
    }
}
