//! Is every message told once, in order and signed, whatever the endpoint does?

use super::*;
use crate::sink::message::Topic;
use crate::sink::outbox::{self, Activity, Outbox, Receipts};
use crate::source::live::Closed;
use crate::time::Time;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

const FIRST: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECOND: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// One request that came.
#[derive(Clone, Debug)]
struct Came {
    id: String,
    timestamp: String,
    signature: String,
    media: String,
    body: Vec<u8>,
}

/// An endpoint: what it answers next, and what came.
#[derive(Debug, Default)]
struct Endpoint {
    answers: Mutex<VecDeque<(u16, Option<&'static str>)>>,
    came: Mutex<Vec<Came>>,
}

impl Endpoint {
    fn answering(answers: &[(u16, Option<&'static str>)]) -> Arc<Self> {
        let answers = Mutex::new(answers.iter().copied().collect());
        Arc::new(Self { answers, ..Self::default() })
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    fn ids(&self) -> Vec<String> {
        self.came().into_iter().map(|came| came.id).collect()
    }
}

async fn take(
    State(endpoint): State<Arc<Endpoint>>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let header = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    endpoint.came.lock().unwrap().push(Came {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        media: header("content-type"),
        body: body.to_vec(),
    });
    let (status, after) = endpoint.answers.lock().unwrap().pop_front().unwrap_or((204, None));
    let mut more = HeaderMap::new();
    if let Some(after) = after {
        more.insert(RETRY_AFTER, after.parse().unwrap());
    }
    more.insert("location", "/elsewhere".parse().unwrap());
    (StatusCode::from_u16(status).unwrap(), more)
}

/// Serves an endpoint as long as the runtime lives; gives its address.
fn serve(endpoint: &Arc<Endpoint>) -> (Runtime, String) {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/hook", post(take))
        .route("/elsewhere", post(take))
        .with_state(endpoint.clone());
    runtime.spawn(async move { axum::serve(listener, router).await });
    (runtime, format!("http://{address}/hook"))
}

fn env(name: &str) -> Option<String> {
    match name {
        "FIRST" => Some(FIRST.into()),
        "SECOND" => Some(SECOND.into()),
        _ => None,
    }
}

fn config(url: &str, more: &str) -> Config {
    let text = format!(
        "url = \"{url}\"\nsecrets = [\"env:FIRST\", \"env:SECOND\"]\nallow_private = true\n\
         schedule_seconds = [0]\n{more}"
    );
    toml::from_str(&text).expect("settings")
}

fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        topic: Topic::Warning,
        subject: "91469007MA5TKB1082".into(),
        time: Time(0),
        data: br#"{"level":"red"}"#[..].into(),
    }
}

fn delivery(epoch: u64, ids: &[&str]) -> Delivery {
    Delivery::new(epoch, ids.iter().map(|id| message(id)).collect())
}

fn open(config: &Config, parked: &Path) -> Webhook {
    Webhook::open(config, &env, parked).expect("good settings")
}

/// Delivers as the outbox does, without its pauses; gives the faults.
fn push(webhook: &mut Webhook, deliveries: &[Delivery]) -> Vec<OutletFault> {
    let mut faults = Vec::new();
    while let Err(fault) = webhook.deliver(deliveries) {
        let again = fault.again;
        faults.push(fault);
        if !again {
            break;
        }
    }
    faults
}

/// As a receiver checks it: from the headers, the body and its own secret alone.
fn is_signed(came: &Came, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    came.signature.split(' ').any(|one| {
        let (version, sum) = one.split_once(',').unwrap();
        let mut mac: Hmac<sha2::Sha256> = Hmac::new_from_slice(&key).unwrap();
        mac.update(&[came.id.as_bytes(), b".", came.timestamp.as_bytes(), b"."].concat());
        mac.update(&came.body);
        version == "v1" && mac.verify_slice(&STANDARD.decode(sum).unwrap()).is_ok()
    })
}

#[test]
fn messages_come_signed_under_both_secrets_and_in_order() {
    let (endpoint, folder) = (Endpoint::answering(&[]), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let mut webhook = open(&config(&url, ""), folder.path());
    let deliveries = [delivery(1, &["W-1@1", "a..b@1"]), delivery(3, &["W-2@3"])];
    assert_eq!(push(&mut webhook, &deliveries), []);
    assert_eq!(endpoint.ids(), ["W-1@1", "a%2E%2Eb@1", "W-2@3"]);
    let now = wall_clock().0 / 1000;
    for came in endpoint.came() {
        assert!(is_signed(&came, FIRST) && is_signed(&came, SECOND), "{came:?}");
        assert!(!is_signed(&came, "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"));
        let mut forged = came.clone();
        forged.body.push(b' ');
        assert!(!is_signed(&forged, FIRST));
        assert!((came.timestamp.parse::<i64>().unwrap() - now).abs() < 60);
        assert_eq!(came.media, MEDIA);
        let event: serde_json::Value = serde_json::from_slice(&came.body).unwrap();
        assert_eq!(
            (&event["specversion"], &event["type"]),
            (&json!("1.0"), &json!("vestigo.warning.v1"))
        );
    }
}

#[test]
fn what_was_taken_is_not_told_again_when_the_next_fails() {
    let answers = [(204, None), (500, None), (302, None), (204, None)];
    let (endpoint, folder) = (Endpoint::answering(&answers), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let mut webhook = open(&config(&url, ""), folder.path());
    let faults = push(&mut webhook, &[delivery(1, &["a", "b", "c"])]);
    assert_eq!(faults.len(), 2);
    assert!(faults[1].why.contains("redirects"), "{faults:?}");
    assert_eq!(endpoint.ids(), ["a", "b", "b", "b", "c"]);
    // A restart knows nothing of the call: it comes again, with the same ids and bytes.
    let before = endpoint.came();
    let mut again = open(&config(&url, ""), folder.path());
    assert_eq!(push(&mut again, &[delivery(1, &["a", "b", "c"])]), []);
    assert_eq!(endpoint.ids()[5..], ["a", "b", "c"]);
    assert_eq!(endpoint.came()[5].body, before[0].body);
}

#[test]
fn the_endpoint_may_ask_for_time() {
    let answers = [(503, Some("7200")), (429, Some("9999999")), (500, Some("7200"))];
    let (endpoint, folder) = (Endpoint::answering(&answers), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let mut webhook = open(&config(&url, ""), folder.path());
    let faults = push(&mut webhook, &[delivery(1, &["a"])]);
    let pauses: Vec<_> = faults.iter().map(|fault| fault.after.unwrap()).collect();
    let asked = [Duration::from_hours(2), RETRY_AFTER_MAX, Duration::ZERO];
    assert_eq!(pauses, asked, "429 and 503 may ask, within a day; others may not");
}

#[test]
fn pauses_follow_the_schedule_and_stay_at_its_end() {
    let answers = [(500, None); 4];
    let (endpoint, folder) = (Endpoint::answering(&answers), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let settings = Config { schedule_seconds: vec![10, 100, 1_000], ..config(&url, "") };
    let mut webhook = open(&settings, folder.path());
    let faults = push(&mut webhook, &[delivery(1, &["a"])]);
    let seconds: Vec<f64> = faults.iter().map(|f| f.after.unwrap().as_secs_f64()).collect();
    for (pause, usual) in seconds.iter().zip([10.0, 100.0, 1_000.0, 1_000.0]) {
        assert!((usual * 0.8..=usual * 1.2).contains(pause), "{seconds:?}");
    }
    // The next failure begins at the first pause again.
    endpoint.answers.lock().unwrap().push_back((500, None));
    let faults = push(&mut webhook, &[delivery(2, &["b"])]);
    assert!(faults[0].after.unwrap() <= Duration::from_secs(12));
}

#[test]
fn a_refused_message_is_parked_and_the_next_is_told() {
    let answers = [(422, None), (500, None), (400, None), (422, None)];
    let (endpoint, folder) = (Endpoint::answering(&answers), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let settings = config(&url, "name = \"bureau\"\nrefused_seconds = [0, 0]");
    let mut webhook = open(&settings, folder.path());
    assert_eq!(push(&mut webhook, &[delivery(1, &["a.b", "c"])]).len(), 3);
    assert_eq!(endpoint.ids(), ["a%2Eb", "a%2Eb", "a%2Eb", "a%2Eb", "c"]);
    let text = std::fs::read_to_string(folder.path().join("bureau.ndjson")).unwrap();
    let parked: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&parked["webhook_id"], &parked["status"]), (&json!("a%2Eb"), &json!(422)));
    assert_eq!((&parked["attempts"], &parked["event"]["id"]), (&json!(3), &json!("a.b")));
}

#[test]
fn private_addresses_are_refused_also_behind_a_name() {
    let (endpoint, folder) = (Endpoint::answering(&[]), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let refused = |url: &str| {
        let settings = Config { allow_private: false, ..config(url, "") };
        Webhook::open(&settings, &env, folder.path()).map(|_| ()).expect_err(url)
    };
    assert!(refused(&url).why.contains("https"));
    let port = url.rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:10.0.0.1]"] {
        let fault = refused(&format!("https://{host}:{port}"));
        assert!(fault.why.contains("no public address"), "{fault}");
    }
    let url = format!("https://localhost:{port}");
    let settings = Config { allow_private: false, ..config(&url, "") };
    let fault =
        open(&settings, folder.path()).deliver(&[delivery(1, &["a"])]).expect_err("refused");
    assert!(fault.why.contains("no public address"), "{fault}");
    assert!(endpoint.came().is_empty());
}

#[test]
fn bad_settings_are_told_without_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |settings: Config| {
        let fault = Webhook::open(&settings, &env, folder.path()).map(|_| ()).expect_err("bad");
        assert!(!fault.to_string().contains("MfKQ"), "{fault}");
        fault.setting
    };
    let good = || config("https://example.com/hook", "");
    assert_eq!(refused(Config { secrets: vec![FIRST.into()], ..good() }), "secrets");
    assert_eq!(refused(Config { secrets: vec!["env:NONE".into()], ..good() }), "secrets");
    assert_eq!(refused(Config { secrets: vec![], ..good() }), "secrets");
    assert_eq!(refused(Config { schedule_seconds: vec![], ..good() }), "schedule_seconds");
    assert_eq!(refused(Config { name: "a/b".into(), ..good() }), "name");
    assert_eq!(refused(Config { ca: Some("/nowhere".into()), ..good() }), "ca");
    assert_eq!(refused(config("https://u:p@example.com", "")), "url");
    assert_eq!(refused(config("ftp://example.com", "")), "url");
    assert!(Webhook::open(&good(), &env, folder.path()).is_ok());
}

/// Receipts that only count.
struct Kept(Mutex<Vec<u64>>);

impl Receipts for Kept {
    fn record(&self, _: &str, epoch: u64) -> Result<(), Closed> {
        self.0.lock().unwrap().push(epoch);
        Ok(())
    }
}

#[test]
fn an_endpoint_that_is_gone_is_called_once_and_told_as_halted() {
    let (endpoint, folder) = (Endpoint::answering(&[(410, None)]), tempfile::tempdir().unwrap());
    let (_running, url) = serve(&endpoint);
    let settings = config(&url, "name = \"gone\"\nlevel_min = \"orange\"");
    let webhook = Box::new(open(&settings, folder.path()));
    let kept = Arc::new(Kept(Mutex::default()));
    let receipts: Arc<dyn Receipts> = kept.clone();
    let spool = folder.path().join("spool");
    let outbox = Outbox::start(&spool, vec![(webhook, 0)], &receipts, outbox::Config::default());
    let outbox = outbox.unwrap();
    let low = Message { data: br#"{"level":"blue"}"#[..].into(), ..message("low") };
    outbox.entrance().hand(&Delivery::new(1, vec![low])).unwrap();
    for epoch in 2..5 {
        outbox.entrance().hand(&delivery(epoch, &["a"])).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let activity = || outbox.entrance().standings()[0].activity.clone();
    while !matches!(activity(), Activity::Halted { .. }) {
        assert!(Instant::now() < deadline, "{:?}", activity());
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(matches!(activity(), Activity::Halted { why } if why.contains("410")));
    assert_eq!(metrics().outlets.condition("gone").get(), 2);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(endpoint.ids(), ["a"], "called once; what is below the level is not told");
    assert!(kept.0.lock().unwrap().is_empty());
    outbox.stop(Duration::from_secs(5)).unwrap();
}

#[test]
fn the_certificate_of_an_own_authority_is_trusted_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let endpoint = Endpoint::answering(&[]);
    let (_running, port) = serve_tls(&endpoint, &made);
    let url = format!("https://localhost:{port}/hook");
    let stranger = open(&config(&url, ""), folder.path()).deliver(&[delivery(1, &["a"])]);
    assert!(stranger.is_err_and(|fault| fault.again && fault.why.contains("ertificate")));
    assert!(endpoint.came().is_empty());
    let settings = Config { ca: Some(ca), ..config(&url, "") };
    assert_eq!(push(&mut open(&settings, folder.path()), &[delivery(1, &["a"])]), []);
    assert_eq!(endpoint.ids(), ["a"]);
}

fn serve_tls(
    endpoint: &Arc<Endpoint>,
    made: &rcgen::CertifiedKey<rcgen::KeyPair>,
) -> (Runtime, u16) {
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/hook", post(take)).with_state(endpoint.clone());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
    (runtime, port)
}
