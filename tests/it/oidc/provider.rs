//! What would a provider say? A small one of OpenID Connect, which also lies on demand.
//!
//! It checks what a real one does (client, redirect, code once, PKCE), so that a login that is let
//! in went the whole way.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use vestigo::source::live::wall_clock;

pub(super) const CLIENT: &str = "vestigo";
pub(super) const SECRET: &str = "a/secret:of the client";

/// A key that signs.
pub(super) enum Key {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Key {
    pub(super) fn ed() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap())
    }

    pub(super) fn ec() -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap())
    }

    pub(super) fn rsa() -> Self {
        let made = Command::new("openssl")
            .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
            .args(["-outform", "DER"])
            .output()
            .expect("openssl is installed by `make test-tools`");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // Which of the two it writes depends on its version.
        let pair = RsaKeyPair::from_der(&made.stdout);
        Self::Rsa(Box::new(pair.or_else(|_| RsaKeyPair::from_pkcs8(&made.stdout)).unwrap()))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    /// The public half, as the provider shows it.
    fn shown(&self, id: &str) -> Value {
        let mut key = match self {
            Self::Ed(pair) => json!({
                "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(pair.public_key().as_ref()),
            }),
            Self::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y) })
            }
            Self::Rsa(pair) => {
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public().into();
                json!({ "kty": "RSA", "n": BASE64.encode(n), "e": BASE64.encode(e) })
            }
        };
        key["kid"] = id.into();
        key["use"] = "sig".into();
        key
    }

    /// The public half, as bytes that anybody has.
    fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Self::Rsa(pair) => pair.public().as_ref().to_vec(),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// How the next token is signed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Seal {
    Honest,
    /// `alg` none, without a signature.
    None,
    /// By a shared secret: the public key.
    Hmac,
    /// By a key of somebody else, under the name of the right one.
    Stranger,
    /// Under a name that no key has.
    Unnamed,
}

/// A code that was given out.
struct Given {
    nonce: String,
    challenge: String,
    redirect: String,
}

pub(super) struct Script {
    pub(super) key: (String, Key),
    pub(super) seal: Seal,
    /// Instead of what the token holds, or more.
    pub(super) claims: Value,
    /// How often it was asked for its keys.
    pub(super) keys_asked: usize,
    codes: BTreeMap<String, Given>,
    issued: usize,
    issuer: String,
}

#[derive(Clone)]
pub(super) struct Provider {
    pub(super) issuer: String,
    script: Arc<Mutex<Script>>,
}

impl Provider {
    pub(super) fn start(key: Key) -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap(), key)
    }

    pub(super) fn at(listener: TcpListener, key: Key) -> Self {
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        let script = Script {
            key: ("first".into(), key),
            seal: Seal::Honest,
            claims: json!({}),
            keys_asked: 0,
            codes: BTreeMap::new(),
            issued: 0,
            issuer: issuer.clone(),
        };
        let provider = Self { issuer, script: Arc::new(Mutex::new(script)) };
        let routes = Router::new()
            .route("/realm/.well-known/openid-configuration", get(description))
            .route("/realm/keys", get(keys))
            .route("/realm/token", post(token))
            .with_state(provider.clone());
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, routes).await.unwrap();
            });
        });
        provider
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Somebody logs in at the address to which the browser was sent: the code that it brings back.
    pub(super) fn logs_in(&self, asked: &BTreeMap<String, String>) -> String {
        let mut script = self.script();
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        script.issued += 1;
        let code = format!("code-{}-{}", script.issued, "c".repeat(20));
        let given = Given {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        script.codes.insert(code.clone(), given);
        code
    }
}

async fn description(State(provider): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": at("authorize?tenant=1"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "response_types_supported": ["code"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let mut script = provider.script();
    script.keys_asked += 1;
    let (id, key) = &script.key;
    // Keys of other kinds and uses stand beside it, as with real providers.
    let odd = json!({ "kty": "other", "kid": "odd", "x": 1 });
    Json(json!({ "keys": [odd, key.shown(id)] }))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let refused = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why })));
    let form = pairs(&body);
    let shown = headers["authorization"].to_str().unwrap().strip_prefix("Basic ").unwrap();
    let shown = String::from_utf8(STANDARD.decode(shown).unwrap()).unwrap();
    let (id, secret) = shown.split_once(':').unwrap();
    if (decoded(id).as_str(), decoded(secret).as_str()) != (CLIENT, SECRET) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" })));
    }
    let mut script = provider.script();
    // Once: a code that comes again is refused.
    let Some(given) = script.codes.remove(&form["code"]) else { return refused("invalid_grant") };
    let challenge = BASE64.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if challenge != given.challenge || form["redirect_uri"] != given.redirect {
        return refused("invalid_grant");
    }
    assert_eq!(form["grant_type"], "authorization_code");
    let token = script.token(&given.nonce);
    (
        StatusCode::OK,
        Json(json!({ "id_token": token, "access_token": "at", "token_type": "Bearer" })),
    )
}

impl Script {
    fn token(&self, nonce: &str) -> String {
        let now = wall_clock().0 / 1_000;
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "person-110105194912310021", "nonce": nonce,
            "iat": now, "exp": now + 300, "name": "李四 110105194912310021", "groups": ["staff"],
        });
        for (name, value) in self.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let (id, key) = &self.key;
        let id = if self.seal == Seal::Unnamed { "nobody's" } else { id };
        let algorithm = match self.seal {
            Seal::None => "none",
            Seal::Hmac => "HS256",
            _ => key.algorithm(),
        };
        let header = json!({ "typ": "JWT", "alg": algorithm, "kid": id });
        let part = |value: &Value| BASE64.encode(value.to_string());
        let told = format!("{}.{}", part(&header), part(&claims));
        let signature = match self.seal {
            Seal::Honest | Seal::Unnamed => key.sign(told.as_bytes()),
            Seal::None => Vec::new(),
            Seal::Hmac => {
                let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key.public());
                ring::hmac::sign(&secret, told.as_bytes()).as_ref().to_vec()
            }
            Seal::Stranger => match key {
                Key::Ed(_) => Key::ed(),
                Key::Ec(_) => Key::ec(),
                Key::Rsa(_) => Key::rsa(),
            }
            .sign(told.as_bytes()),
        };
        format!("{told}.{}", BASE64.encode(signature))
    }
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().unwrap().into_owned()
}

/// A query or form.
pub(super) fn pairs(text: &str) -> BTreeMap<String, String> {
    let parts = text.split('&').filter_map(|pair| pair.split_once('='));
    parts.map(|(name, value)| (decoded(name), decoded(value))).collect()
}
